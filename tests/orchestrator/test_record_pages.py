"""Each record leads to its page in the CRM."""

from __future__ import annotations

import pytest

from smartsync_core.connectors.hubspot import HubSpotConnector
from smartsync_core.model.crm import AccountKind, ObjectName
from smartsync_core.orchestrator.connect import test_connection as ask_account
from smartsync_core.orchestrator.record_pages import RecordPages
from tests.orchestrator.conftest import Imports


def test_a_record_of_a_real_account_has_a_page_once_the_account_was_asked(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HubSpotConnector, "_kind", lambda self, details: AccountKind.PRODUCTION)
    ask_account(imports.ctx, imports.connection)
    pages = RecordPages(imports.ctx, imports.connection)
    portal = imports.connection.portal_id
    assert (
        pages.address(ObjectName.CONTACTS, "7") == f"https://app.hubspot.com/contacts/{portal}/record/0-1/7"
    )
    assert pages.address(ObjectName.COMPANIES, "8").endswith("/record/0-2/8")
    assert pages.address(ObjectName.CONTACTS, "") == ""


def test_the_practice_account_has_no_pages(imports: Imports) -> None:
    assert RecordPages(imports.ctx, imports.connection).address(ObjectName.CONTACTS, "7") == ""
