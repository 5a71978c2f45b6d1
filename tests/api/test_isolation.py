"""Two organisations: no route tells one of them, or changes, what belongs to the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
import sqlalchemy as sa

from smartsync_core.api import create_api
from smartsync_core.model.access import Role
from smartsync_core.orchestrator.api_keys import make_key
from smartsync_core.orchestrator.single import SmartSyncOrchestrator
from smartsync_core.wiring import Application
from tests.api.serving import Caller, served
from tests.store.two_orgs import ONE, TWO, fill, org_tables, rows_of_one

PATHS = {"run_id": "run", "integration_id": "account", "object_name": "contacts"}
BODIES: dict[str, dict[str, Any]] = {
    "/integrations/crm/connect": {"json": {"crm_type": "hubspot", "access_token": "pat-na1-none"}},
    "/integrations/crm/sync": {
        "json": {"entity_type": "contact", "contact": {"email": "ada@one.example"}, "integration_id": "account"}
    },
    "/uploads": {"files": {"file": ("people.csv", b"Email\nbob@two.example\n")}},
    "/runs": {"json": {"upload_id": "upload", "integration_id": "account", "record_type": "contacts"}},
    "/runs/{run_id}/write": {"json": {}},
    "/runs/{run_id}/undo": {"json": {}},
    "/runs/{run_id}/retry": {"json": {}},
    "/runs/{run_id}/companies": {"json": {"words": {"Alder Works": ""}}},
    "/jobs/{run_id}/pause": {},
    "/jobs/{run_id}/stop": {},
    "/jobs/{run_id}/resume": {},
    "/webhooks/hubspot": {},
    "/integrations/crm/{integration_id}/field-mappings/{object_name}": {"json": {"field_mappings": []}},
    "/integrations/crm/{integration_id}/settings": {
        "json": {
            "sync_direction": "to_crm",
            "sync_frequency": "daily",
            "auto_enrich": True,
            "auto_score": True,
            "auto_assign": True,
            "auto_create_tasks": True,
        }
    },
    "/privacy/held": {"json": {"whom": "ada@one.example"}},
    "/privacy/removals": {"json": {"whom": "ada@one.example"}},
}  # fmt: skip
"""What is sent to each route that takes something; a new one belongs here."""

_OF_ONE = re.compile(r"of one\b|one\.example|\"(account|run|undo|later|101)\"")
NAMED_IN_BODY = {"/integrations/crm/sync", "/runs"}


@pytest.fixture(scope="module")
def callers(application: Application) -> Iterator[dict[str, Caller]]:
    """An API and an admin's key of each organisation; ONE has something of everything."""
    database = application.context.database
    with database.of(ONE).write() as conn:
        fill(conn, ONE)
    with ExitStack() as stack:
        yield {org_id: stack.enter_context(_caller(stack, application, org_id)) for org_id in (ONE, TWO)}
    with database.write() as conn:
        for table in org_tables():
            conn.execute(sa.delete(table).where(table.c.org_id.in_([ONE, TWO])))


def _caller(stack: ExitStack, application: Application, org_id: str) -> Caller:
    context = application.context_of(org_id)
    services = SimpleNamespace(context=context, orchestrator=SmartSyncOrchestrator(context))
    url = stack.enter_context(served(create_api(lambda: cast(Application, services))))
    return Caller(url, make_key(context, Role.ADMIN, f"admin of {org_id}").text)


def _calls(application: Application) -> list[tuple[str, str]]:
    paths = create_api(lambda: application).openapi()["paths"]
    return [(method, path) for path, methods in paths.items() for method in methods]


def _ask(caller: Caller, method: str, path: str) -> httpx.Response:
    sent = BODIES[path] if method in ("post", "put") else {}
    return caller.request(method, path.format(**PATHS), **sent)


def test_no_route_reaches_another_organisation(application: Application, callers: dict[str, Caller]) -> None:
    for method, path in _calls(application):
        if method == "get":
            assert _ask(callers[ONE], method, path).status_code != httpx.codes.NOT_FOUND, path
        with application.context.database.read() as conn:
            before = rows_of_one(conn)
        answer = _ask(callers[TWO], method, path)
        if "{" in path or (method == "post" and path in NAMED_IN_BODY):
            assert answer.status_code == httpx.codes.NOT_FOUND, f"{method} {path} {answer.text}"
        assert not _OF_ONE.search(answer.text), f"{method} {path} {answer.text}"
        with application.context.database.read() as conn:
            assert rows_of_one(conn) == before, f"{method} {path}"


def test_a_key_opens_nothing_elsewhere(callers: dict[str, Caller], url: str) -> None:
    for caller in callers.values():
        answer = httpx.get(f"{url}/runs", headers=caller.headers)
        assert answer.status_code == httpx.codes.UNAUTHORIZED
