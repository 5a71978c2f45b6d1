"""Rows that need a person or failed are corrected and sent again in the same run, until none is left."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from smartsync_core.errors import NeedsPerson, NotFound
from smartsync_core.model.run import RunReport, RunState
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.repair import retry
from tests.orchestrator.conftest import Imports

Edits = Mapping[int, Mapping[str, str]]

LEADS = """Email,First name,Company,Phone,Country
ada@engines.example,Ada,Engines Ltd,+44 20 7946 0001,United Kingdom
not an e-mail,Ben,Engines Ltd,020 7946 0002,United Kingdom
cleo@stars.example,Cleo,Stars GmbH,+49 30 901820,Germany
nobody,Dan,Alone Ltd,,
"""


def send_again(imports: Imports, run_id: str, edits: Edits | None = None) -> RunReport:
    retry(imports.ctx, run_id, edits)
    for workflow in imports.ctx.engine.open_ids(f"repair-{run_id}"):
        imports.ctx.engine.wait(workflow, 60)
    result = report(imports.ctx, run_id)
    assert result.state is RunState.DONE
    assert result.rows == sum(result.outcomes.values())
    return result


def outcomes(result: RunReport) -> dict[str, int]:
    return {name: count for name, count in result.outcomes.items() if count}


def codes(result: RunReport, row: int) -> set[str]:
    return {reason.code for reason in result.reasons if reason.row == row}


def holds_what_was_done(imports: Imports, result: RunReport) -> bool:
    """The CRM holds what it held (nothing) and what the run says that it created."""
    held = imports.twin.state()
    return all(held[name.value] == kinds["create"] for name, kinds in result.actions.items())


# The main path


def test_corrected_rows_are_sent_in_the_same_run_until_none_is_left(imports: Imports) -> None:
    first = imports.run(imports.file(LEADS), "both")
    assert outcomes(first) == {"created": 2, "blocked": 2}
    half = send_again(imports, first.run_id, {3: {"Email": "ben@engines.example"}})
    assert outcomes(half) == {"created": 3, "blocked": 1}
    assert codes(half, 3) == set()
    assert codes(half, 5) == {"invalid_email"}
    whole = send_again(imports, first.run_id, {5: {"Email": "dan@alone.example"}})
    assert outcomes(whole) == {"created": 4}
    assert whole.predicted == first.predicted
    assert holds_what_was_done(imports, whole)
    assert whole.actions["contacts"] == {"create": 4, "update": 0, "link": 4}  # type: ignore[index]
    assert whole.proof == {"checked": 7, "changed": 0, "missing": 0}
    assert imports.contact("ben@engines.example", "firstname", "company")["firstname"] == "Ben"


def test_nothing_but_the_corrected_rows_is_sent(imports: Imports) -> None:
    first = imports.run(imports.file(LEADS))
    imports.crm("PATCH", "/crm/v3/objects/contacts/ada@engines.example?idProperty=email", {"properties": {"firstname": "Theirs"}})
    before = imports.twin.control("GET", "revision")["revision"]
    send_again(imports, first.run_id, {3: {"Email": "ben@engines.example"}})
    assert imports.twin.control("GET", "revision")["revision"] == before + 1
    assert imports.contact("ada@engines.example", "firstname")["firstname"] == "Theirs"


def test_without_corrections_every_open_row_is_tried_as_it_stands(imports: Imports) -> None:
    first = imports.run(imports.file(LEADS))
    again = send_again(imports, first.run_id)
    assert outcomes(again) == outcomes(first)
    assert codes(again, 3) == codes(again, 5) == {"invalid_email"}
    assert len([reason for reason in again.reasons if reason.row == 3]) == 1
    assert again.actions == first.actions


def test_the_calls_of_a_repair_count_for_its_run(imports: Imports) -> None:
    before = imports.twin.calls()
    first = imports.run(imports.file(LEADS), "both")
    whole = send_again(imports, first.run_id, {3: {"Email": "ben@engines.example"}})
    received = {window: count - before[window] for window, count in imports.twin.calls().items()}
    assert whole.calls == received
