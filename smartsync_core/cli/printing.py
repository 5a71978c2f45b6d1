"""What a person reads on the terminal, and what --json prints."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

from smartsync_core.model.crm import Account, Provision
from smartsync_core.model.moments import told_by
from smartsync_core.model.plan import OUTCOME_WORDS, UNDO_WORDS, Outcome
from smartsync_core.model.run import Progress, RunReport, RunState
from smartsync_core.orchestrator.check_again import CheckedAgain
from smartsync_core.orchestrator.connect import Connected
from smartsync_core.orchestrator.field_words import usual_name
from smartsync_core.orchestrator.namesakes import Question
from smartsync_core.orchestrator.past import ImportLine
from smartsync_core.orchestrator.repair import Retried

__all__ = [
    "checked_json",
    "clock",
    "connected_json",
    "print_checked",
    "print_connected",
    "print_json",
    "print_report",
    "print_runs",
    "progress_line",
    "report_json",
    "retried_sentences",
]

_SHOWN_REASONS = 20


def clock(when: datetime) -> str:
    """By the clock of this computer."""
    return f"{when.astimezone():%Y-%m-%d %H:%M}"


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def report_json(report: RunReport) -> dict[str, object]:
    return {
        "run_id": report.run_id,
        "kind": report.kind,
        "undo_of": report.undo_of or None,
        "state": report.state.value,
        "message": report.message,
        "rows": report.rows,
        "outcomes": dict(report.outcomes),
        "partly_failed": report.partly_failed,
        "partly_blocked": report.partly_blocked,
        "predicted": dict(report.predicted),
        "actions": {name.value: dict(kinds) for name, kinds in report.actions.items()},
        "proof": dict(report.proof),
        "calls": dict(report.calls),
        "budget": dict(report.budget),
        "duration_s": report.duration_s,
        "reasons": [
            {
                "row": reason.row or None,
                "field": reason.field or None,
                "code": reason.code,
                "message": reason.message,
            }
            for reason in report.reasons
        ],
    }


def print_report(report: RunReport) -> None:
    foreseen = report.state is RunState.PREVIEWED
    counts = report.predicted if foreseen else report.outcomes
    what = "Undo" if report.undo_of else "Import"
    title = f"{what}: preview" if foreseen else f"{what} {report.state.value}"
    if report.undo_of and report.state is RunState.DONE and not counts.get(Outcome.UPDATED.value):
        title = "Undo done, and nothing was taken back:"
    print(f"{title} {report.run_id}: {report.rows} rows, {report.duration_s:.1f} s")
    if report.message:
        print(f"  {told_by(clock, report.message)}")
    for outcome, word in (UNDO_WORDS if report.undo_of else OUTCOME_WORDS).items():
        if counts.get(outcome.value):
            print(f"  {word:<20}{counts[outcome.value]:>8}")
    for name, kinds in report.actions.items():
        print(
            f"  {name.value}: "
            + (", ".join(f"{kind} {n}" for kind, n in kinds.items() if n) or "nothing to do")
        )
    if not foreseen:
        print("  Checked in the CRM: " + ", ".join(f"{verdict} {n}" for verdict, n in report.proof.items()))
    for reason in report.reasons[:_SHOWN_REASONS]:
        where = ", ".join(filter(None, [f"row {reason.row}" if reason.row else "", reason.field]))
        print(f"  - {where + ': ' if where else ''}{told_by(clock, reason.message)}")
    if len(report.reasons) > _SHOWN_REASONS:
        print(f"  … and {len(report.reasons) - _SHOWN_REASONS} more (run {report.run_id} --json)")


def retried_sentences(retried: Retried) -> list[str]:
    """What a person should know of a repair before its result."""
    told = []
    if not retried.rows:
        told.append("No row is sent again: none of them needs you.")
    if retried.rows and retried.passed_over:
        rows = ", ".join(str(row) for row in retried.passed_over[:_SHOWN_REASONS])
        told.append(f"Left alone, since they do not need you: rows {rows}.")
    if retried.without_effect:
        told.append(f"Corrected, but not imported: {', '.join(retried.without_effect)}.")
    return told


def print_companies(asked: Sequence[Question], as_json: bool) -> None:
    """Companies that wait for a word, each with the records that have its name, then those that go by one."""
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "rows": list(one.rows),
                    "records": dict(one.candidates),
                    "answer": one.answer,
                    "said": one.said,
                }
                for one in asked
            ]
        )
        return
    if not asked:
        print("No company waits for your word.")
    for one in asked:
        company = f"{one.name} (rows {', '.join(map(str, one.rows[:_SHOWN_REASONS]))})"
        if one.said:
            what = f"record {one.answer}" if one.answer else "a new company"
            print(f"{company}: you said that it is {what}\n  --ask-again {shlex.quote(one.name)}")
            continue
        print(company)
        for crm_id, called in one.candidates.items():
            print(f"  --is {shlex.quote(f'{one.name}={crm_id}')}   {called}")
        print(f"  --new {shlex.quote(one.name)}")


def print_runs(lines: list[ImportLine], as_json: bool, outcomes: Mapping[str, Mapping[str, int]]) -> None:
    if as_json:
        print_json(
            [
                {
                    "run_id": run.id,
                    "kind": run.kind,
                    "undo_of": run.undo_of or None,
                    "undone": line.undone or None,
                    "account": line.connection.name,
                    "state": run.state.value,
                    "file": run.file_name,
                    "rows": run.row_count,
                    "outcomes": dict(outcomes[run.id]),
                    "started_at": run.created_at.isoformat(),
                }
                for line in lines
                for run in [line.run]
            ]
        )
        return
    if not lines:
        print("No imports yet. `sync FILE --to NAME --as contacts` makes one.")
    for line in lines:
        run = line.run
        marks = [f"undo of {run.undo_of}" if run.undo_of else "", line.undone.lower(), _landed(line)]
        told = "; ".join(filter(None, marks))
        print(
            f"{run.id}  {clock(run.created_at)}  {run.state.value:<10} {run.row_count:>8} rows  "
            f"{run.file_name} → {line.connection.name}" + (f" ({told})" if told else "")
        )


def _landed(line: ImportLine) -> str:
    words = UNDO_WORDS if line.run.undo_of else OUTCOME_WORDS
    return ", ".join(
        f"{line.outcomes[name]} {words[name].lower()}" for name in words if line.outcomes.get(name)
    )


def progress_line(progress: Progress) -> None:
    """One line on a terminal, overwritten each time."""
    eta = f", about {progress.eta_s:.0f} s left" if progress.eta_s else ""
    print(
        f"\r{progress.phase}: {progress.done} of {progress.total}{eta}   ",
        end="",
        file=sys.stderr,
        flush=True,
    )


def checked_json(checked: CheckedAgain) -> dict[str, object]:
    return {
        "run_id": checked.run_id,
        "checked_at": checked.at.isoformat(),
        "holds": checked.holds,
        "changed": checked.changed,
        "gone": checked.gone,
        "taken_back": checked.taken_back,
        "findings": [
            {
                "row": one.row or None,
                "object": one.object.value,
                "record_id": one.crm_id,
                "field": one.field or None,
                "code": one.code,
                "ours": one.ours or None,
                "now": one.now or None,
            }
            for one in checked.findings
        ],
    }


def print_checked(checked: CheckedAgain) -> None:
    print(f"Import {checked.run_id}, looked at again: what it wrote")
    counts = {
        "still holds": checked.holds,
        "changed since": checked.changed,
        "is gone": checked.gone,
        "was taken back by an undo": checked.taken_back,
    }
    for words, count in counts.items():
        print(f"  {words:<28}{count:>8}")
    for one in checked.findings[:_SHOWN_REASONS]:
        where = f"row {one.row}, {one.object.value} {one.crm_id}" + (
            f", {usual_name(one.field)}" if one.field else ""
        )
        values = f": “{one.ours}” → “{one.now}”" if one.ours or one.now else ""
        print(f"  - {where}: {one.code.replace('_', ' ')}{values}")
    if len(checked.findings) > _SHOWN_REASONS:
        print(f"  … and {len(checked.findings) - _SHOWN_REASONS} more (check {checked.run_id} --json)")


def connected_json(connected: Connected) -> dict[str, object]:
    connection, account = connected.connection, connected.account
    return {
        "id": connection.id,
        "name": connection.name,
        "crm_type": connection.crm_type,
        "portal_id": account.portal_id,
        "kind": connection.kind.value,
        "can_write": account.can_write,
        "missing_scopes": list(account.missing_scopes),
        "fields_added": _added(connected.provision),
    }


def print_connected(connected: Connected) -> None:
    connection, account = connected.connection, connected.account
    print(f"Connected “{connection.name}”: {connection.kind.value} account {account.portal_id}.")
    for sentence in filter(None, [*_account_sentences(account), connected.twice]):
        print(f"  {sentence}")
    for name, fields in _added(connected.provision).items():
        print(f"  Fields added to {name}: {', '.join(fields) or 'none, all were there'}")


def _account_sentences(account: Account) -> list[str]:
    sentences = list(account.notices)
    if account.missing_scopes:
        sentences.append(f"The key lacks: {', '.join(account.missing_scopes)}.")
    if not account.can_write:
        sentences.append("It can read but not write: previews work, writing does not.")
    return sentences


def _added(provision: Provision | None) -> dict[str, list[str]]:
    return {name.value: list(fields) for name, fields in provision.added.items()} if provision else {}
