"""What is kept of a person or company, over the API: shown and removed, by an admin alone."""

from __future__ import annotations

import httpx
import pytest

from smartsync_core.model.access import Role
from smartsync_core.wiring import Application
from tests.api.serving import Caller

PEOPLE = b"First name,Email\nPandora,pandora@shown.example\nPhilemon,philemon@shown.example\n"


def test_a_person_is_shown_and_then_removed(admin: Caller, application: Application) -> None:
    admin.post("/uploads", files={"file": ("people.csv", PEOPLE)})
    whom = {"whom": "pandora@shown.example"}
    assert "Pandora" in str(admin.post("/privacy/held", json=whom).json()["held"]["upload_rows"])
    assert admin.post("/privacy/removals", json=whom).json()["rows"] > 0
    assert admin.post("/privacy/held", json=whom).json() == {"held": {}}
    whole = admin.post("/privacy/held", json={"whom": "shown.example"}).text
    assert "Philemon" in whole
    assert "Pandora" not in whole
    assert [line["what"] for line in application.context.audit.recent(4)].count("person.shown") == 3


def test_a_company_goes_with_its_people(admin: Caller) -> None:
    sheet = b"Company,Website,Email\nPelican Works,pelican.example,pia@pelican.example\n"
    admin.post("/uploads", files={"file": ("firms.csv", sheet)})
    whom = {"whom": "pelican.example"}
    assert "Pelican Works" in admin.post("/privacy/held", json=whom).text
    assert admin.post("/privacy/removals", json=whom).is_success
    assert admin.post("/privacy/held", json=whom).json() == {"held": {}}


@pytest.mark.parametrize("path", ["/privacy/held", "/privacy/removals"])
def test_it_takes_an_admin_and_a_whole_address(
    admin: Caller, keys: dict[Role, str], url: str, path: str
) -> None:
    with Caller(url, keys[Role.OPERATOR]) as operator:
        refused = operator.post(path, json={"whom": "pandora@shown.example"})
    assert refused.status_code == httpx.codes.FORBIDDEN
    assert admin.post(path, json={"whom": "pandora"}).status_code == httpx.codes.BAD_REQUEST
