"""Screens call the CRM by the name of its connector: here it is called Northwind, and no page says another name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Dataframe

from pages.blocks import handout, report
from smartsync_core.connectors.hubspot import HubSpotConnector
from smartsync_core.connectors.registry import CRMConnectorFactory
from smartsync_core.model.crm import AccountKind
from smartsync_core.orchestrator import import_drafts, past
from tests.screens.conftest import Open, Person

_PRACTISED = "A made-up HubSpot to learn with"  # what the practice account really is


class _Northwind(HubSpotConnector):
    manifest = replace(HubSpotConnector.manifest, title="Northwind")


@pytest.fixture(autouse=True)
def northwind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The one connector under another name, with an app of ours there."""
    monkeypatch.setenv("HUBSPOT_CLIENT_ID", "our-app")
    monkeypatch.setenv("HUBSPOT_CLIENT_SECRET", "its-secret")
    CRMConnectorFactory.register("hubspot", _Northwind)
    yield
    CRMConnectorFactory.register("hubspot", HubSpotConnector)


def said(at: AppTest) -> str:
    """Every word of a page: texts, labels, helps and the heads of its tables. What those hold may be the account's own."""
    assert not at.exception
    elements = [str(getattr(one, "proto", "")) for one in at.main if not isinstance(one, Dataframe)]
    heads = [str(list(table.value.columns)) for table in at.dataframe]
    words = "\n".join(elements + heads).replace("\\'", "'").replace(_PRACTISED, "")
    assert [line for line in words.splitlines() if "HubSpot" in line] == []
    return words


def test_before_any_account_is_connected(person: Person, open_page: Open) -> None:
    assert "Fills Northwind from your spreadsheets" in said(open_page("home.py"))
    assert "Connect Northwind without a key" in said(open_page("accounts.py"))
    assert "Nothing is sent to Northwind yet" in said(open_page())
    assert "Connect Northwind" in said(open_page(of="contact"))
    draft = import_drafts.save(person.ctx, replace(person.hands_in(), step="account"))
    assert "Connect Northwind" in said(open_page(draft=draft.id))


@pytest.mark.parametrize("what", ["refused", "expired", "other_account", "failed"])
def test_on_the_way_back_from_there(person: Person, open_page: Open, what: str) -> None:
    assert "Northwind" in said(open_page("accounts.py", hubspot=what))


def test_from_the_columns_to_the_result(person: Person, open_page: Open) -> None:
    draft = person.chooses(person.hands_in(), person.connects("Europe", kind=AccountKind.PRODUCTION))
    columns = said(open_page(draft=draft.id, column="Email"))
    assert "values that Northwind holds stay as they are" in columns
    assert "Goes to Northwind as" in columns
    assert "The preview reads Northwind" in columns
    for step in ("values", "duplicates"):
        import_drafts.save(person.ctx, replace(draft, step=step))
        assert "The preview reads Northwind and writes nothing." in said(open_page(draft=draft.id))

    previewed = person.previews(draft)
    preview = said(open_page(draft=previewed.id))
    for sentence in ("Northwind was read", "Northwind's own workflows", "Read Northwind again"):
        assert sentence in preview
    person.writes(previewed.run_id)
    assert "Checked in Northwind" in said(open_page(run=previewed.run_id))
    one = past.one_import(person.ctx, previewed.run_id)
    assert "Checked in Northwind" in handout.page(one, report.headline(one))


def test_everywhere_else(person: Person, open_page: Open) -> None:
    person.connects("Europe")
    run_id = person.imports()
    for page in ("home.py", "history.py", "needs_you.py", "accounts.py", "companies.py", "scoring.py"):
        said(open_page(page))
    fields = open_page("fields.py")
    said(fields)
    assert "Northwind itself" in {
        filled for table in fields.dataframe for filled in table.value.get("Filled by", ())
    }
    assert "An empty field leaves Northwind's value alone" in said(open_page(of="contact"))
    said(open_page("history.py", run=run_id))
