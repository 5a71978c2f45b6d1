"""A running HubSpot practice server as its tests see it: control plane, and records with fresh keys."""

from typing import Any
from uuid import uuid4

import httpx

from tests.twin_process import TOKEN

__all__ = ["TOKEN", "ControlPlane", "Maker", "fresh", "fresh_email"]

Body = dict[str, Any]


class ControlPlane:
    """The `/_twin/` side of a running server: never counted, never faulted."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def state(self) -> dict[str, int]:
        """Living records by object."""
        return dict(self._call("GET", "state"))

    def calls(self) -> dict[str, int]:
        """Every request received, by the rate window it used."""
        return dict(self._call("GET", "calls"))

    def advance(self, seconds: float) -> None:
        self._call("PUT", "clock", {"advance_s": seconds})

    def know_token(self, token: str, *scopes: str, expires_in: int | None = None) -> str:
        """Make `token` valid with exactly these scopes, for `expires_in` seconds of its clock or for ever."""
        self._call("PUT", "tokens", {token: {"scopes": list(scopes), "expires_in": expires_in}})
        return token

    def know_code(self, code: str, *scopes: str) -> None:
        """Make `code` good for one exchange into tokens with these scopes."""
        self._call("PUT", "codes", {code: {"scopes": list(scopes), "expires_in": 1800}})

    def spend_today(self, calls: int) -> None:
        """Let the account have used this many calls of its day."""
        self._call("PUT", "limits", {"used_today": calls})

    def fail_next(self, kind: str, path: str = "", *, after: int = 0) -> None:
        """Let one call whose path contains `path` fail as `kind`, once `after` such calls went through."""
        self._call("PUT", "faults", {"next": [{"kind": kind, "path": path, "after": after}]})

    def no_faults(self) -> None:
        self._call("PUT", "faults", {"rate": 0, "next": []})

    def reset(self) -> None:
        self._call("POST", "reset")

    def _call(self, method: str, name: str, body: Body | None = None) -> Body:
        answer = self._http.request(method, f"/_twin/{name}", json=body).raise_for_status().json()
        assert isinstance(answer, dict)
        return answer


class Maker:
    """Creates records with keys nobody else uses, and returns their ids."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def contact(self, **properties: str) -> str:
        return self.record("contacts", {"email": fresh_email(), **properties})

    def company(self, **properties: str) -> str:
        return self.record("companies", {"name": fresh("Works"), **properties})

    def deal(self, **properties: str) -> str:
        stock = {"dealname": fresh("Deal"), "pipeline": "default", "dealstage": "appointmentscheduled"}
        return self.record("deals", {**stock, **properties})

    def task(self, **properties: str) -> str:
        return self.record("tasks", {"hs_timestamp": "2026-11-23T10:00:00.000Z", **properties})

    def note(self, **properties: str) -> str:
        return self.record("notes", {"hs_timestamp": "2026-11-23T10:00:00.000Z", **properties})

    def record(self, kind: str, properties: Body) -> str:
        answer = self._http.post(f"/crm/v3/objects/{kind}", json={"properties": properties})
        assert answer.status_code == 201, answer.text
        record_id = answer.json()["id"]
        assert isinstance(record_id, str)
        return record_id

    def unique_property(self, kind: str) -> str:
        """A new string property of `kind` whose values are unique; its name."""
        name = fresh("key")
        group = {"companies": "companyinformation", "deals": "dealinformation"}.get(
            kind, "contactinformation"
        )
        definition = {
            "name": name,
            "label": name,
            "type": "string",
            "fieldType": "text",
            "groupName": group,
            "hasUniqueValue": True,
        }
        answer = self._http.post(f"/crm/v3/properties/{kind}", json=definition)
        assert answer.status_code == 201, answer.text
        return name


def fresh(stem: str) -> str:
    return f"{stem}_{uuid4().hex[:10]}".lower()


def fresh_email() -> str:
    return f"row-{uuid4().hex[:10]}@sample.example"
