"""Imports into a HubSpot twin on bad days: at 1 %, 5 % and 20 % of calls faulted, and with each single kind of fault.

    .venv/bin/python -m benchmarks.fault_mix [--rows 1500] [--companies 300] [--rounds 3] [--only "5 % of calls"] [--seed 1]

Each line is one import (or `--rounds` of them) from file to last read-back, written without a person; where it pauses, it is
resumed as a person would. The CRM is then read with the vendor's own client and compared with the sheet. Prints a table;
nothing is asserted here (tests/reliability asserts a short form).
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.fault_account import THEIRS, Keys, application, contested, make_anew, make_first
from benchmarks.leads import SETTLED_S, Crm, Leads, read_books, read_crm
from smartsync_core.errors import NeedsPerson
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import RunReport, RunState
from smartsync_core.orchestrator import late_check
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.files import import_options, take_file
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.preview import start_preview
from smartsync_core.orchestrator.write import approve
from tests.twin_process import TwinProcess, start_hubspot_twin

__all__ = ["CASES", "Case", "Result", "run_case"]

LATENCY_MS = 20
SLOW_S = 0.5
SOON, NOT_TODAY = (
    timedelta(seconds=2),
    timedelta(days=1),
)  # of a late check; the twin's clock is set meanwhile
RESUMPTIONS = 5  # then it is told that the run does not come to an end
SINGLE = (
    "429",
    "423",
    "477",
    "500",
    "502",
    "503",
    "504",
    "slow",
    "reset_after_commit",
    "malformed_json",
    "silent_omission",
    "empty_207",
    "search_flap",
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A bad day. `oauth`: the key is an OAuth token, which the twin lets expire and renews."""

    name: str
    rate: float
    kinds: tuple[str, ...] = ()  # () = the even mix of all but the daily limit
    oauth: bool = False
    with_fields: bool = True
    shown: bool = True  # a person saw the plan, so all is looked at again before it is written
    unsettled: bool = False  # what the account holds was made a moment ago: search does not show it reliably
    key_lives: int | None = None  # calls; then the service key has expired, and a person brings the next
    contested: bool = False  # somebody else makes some of the new contacts first: batches are refused in part
    traced: bool = True  # errors of a batch name the trace id of their input, and the status is 207


CASES = (
    Case(name="no faults", rate=0),
    Case(name="1 % of calls", rate=0.01),
    Case(name="5 % of calls", rate=0.05),
    Case(name="5 %, OAuth, tokens expire too", rate=0.05, oauth=True),
    Case(name="5 %, without our fields", rate=0.05, with_fields=False),
    Case(name="5 %, service keys that expire", rate=0.05, key_lives=40),
    Case(name="5 %, batches refused in part", rate=0.05, contested=True),
    Case(name="5 %, refused in part, no trace ids", rate=0.05, contested=True, traced=False),
    Case(name="20 % of calls", rate=0.20),
    *(Case(name=f"only {kind}, 20 %", rate=0.20, kinds=(kind,)) for kind in SINGLE if kind != "search_flap"),
    Case(name="only token_expiry, 20 %", rate=0.20, kinds=("token_expiry",), oauth=True),
    Case(name="every search flaps", rate=1.0, kinds=("search_flap",)),
    Case(name="every search flaps, new companies", rate=1.0, kinds=("search_flap",), unsettled=True),
    Case(
        name="every search flaps, new companies, plan not shown",
        rate=1.0,
        kinds=("search_flap",),
        unsettled=True,
        shown=False,
    ),
)


@dataclass(kw_only=True)
class Result:
    """Sums over the rounds of a case."""

    case: Case
    rows: int = 0
    accounted: int = 0
    valid: int = 0
    landed: int = 0
    doubled: int = 0
    told: int = 0  # rivals that the late check found
    strangers: int = 0
    as_predicted: int = 0
    calls: int = 0
    seconds: float = 0.0
    resumed: int = 0
    books_wrong: int = 0  # ledger lines missing or twice
    unfinished: list[str] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)  # why rows did not end as predicted, by sentence


def run_case(case: Case, leads: Leads, twin: TwinProcess, folder: Path) -> Result:
    """One import on a fresh folder into an emptied account."""
    twin.control("POST", "reset")
    twin.control("PUT", "switches", {"trace_ids_in_errors": case.traced, "partial_status_207": case.traced})
    twin.control("PUT", "faults", {"rate": 0, "next": [], "slow_s": SLOW_S})
    twin.control("PUT", "clock", {"advance_s": SETTLED_S})
    result = Result(case=case)
    late_check_after = SOON if case.unsettled else NOT_TODAY
    with application(twin, folder, oauth=case.oauth, late_check_after=late_check_after) as ctx:
        day = _Day(ctx, case, leads, twin, result)
        leads.seed(twin)
        if case.unsettled:
            make_anew(twin)
        before, began = sum(twin.calls().values()), time.monotonic()
        run_id = day.run(leads.write(folder / "leads.csv"))
        result.seconds, result.calls = time.monotonic() - began, sum(twin.calls().values()) - before
        if case.unsettled:
            _wait_for_late_check(ctx, twin, run_id)
        if run_id:
            _count_reasons(report(ctx, run_id), result)
    if run_id:
        _judge(leads, twin, folder / "smartsync.duckdb", run_id, result)
    return result


class _Day:
    """What a person does on it: preview, write, and where it does not go on, a new key if need be, and on again."""

    def __init__(self, ctx: Context, case: Case, leads: Leads, twin: TwinProcess, result: Result) -> None:
        self._ctx, self._case, self._leads, self._twin, self._result = ctx, case, leads, twin, result
        self._keys = Keys(twin, case.key_lives)
        self._connection = self._keys.connect(ctx, with_fields=case.with_fields)

    def run(self, file: Path) -> str:
        """The run's id, "" where not even a preview came about."""
        upload = take_file(self._ctx, file).id
        self._strike(True)
        run_id = self._preview(upload)
        if run_id and self._case.contested:
            make_first(self._leads, self._twin)
        if run_id:
            self._write(run_id)
        self._keys.retire()
        self._strike(False)
        return run_id

    def _preview(self, upload_id: str) -> str:
        for _ in range(RESUMPTIONS if self._keys.expire else 1):
            try:
                run_id = self._previewed(upload_id)
            except NeedsPerson as error:
                told = error.sentence()
            else:
                run = self._ctx.runs.get(run_id)
                if run.state is RunState.PREVIEWED:
                    return run_id
                told = run.message or ""
            self._new_key()
        self._result.unfinished.append(f"preview: {told}")
        return ""

    def _previewed(self, upload_id: str) -> str:
        ctx = self._ctx
        with ctx.visit(self._connection, interactive=False) as session:
            upload = ctx.uploads.get(upload_id)
            options, notes = import_options(ctx, session, upload, RecordType.BOTH)
            run_id = start_preview(
                ctx,
                connection=self._connection,
                upload_id=upload_id,
                options=options,
                notes=notes,
                session=session,
            )
        ctx.engine.wait(f"preview-{run_id}")
        return run_id

    def _write(self, run_id: str) -> None:
        ctx = self._ctx
        for tried in range(RESUMPTIONS + 1):
            approve(ctx, run_id, shown=self._case.shown)
            for workflow in ctx.engine.open_ids(f"write-{run_id}"):
                ctx.engine.wait(workflow)
            run = ctx.runs.get(run_id)
            self._result.resumed += tried > 0
            if run.state is RunState.DONE:
                return
            self._new_key()
        self._result.unfinished.append(f"{run.state}: {run.message}")

    def _new_key(self) -> None:
        if self._keys.expire:
            self._strike(False)
            self._connection = self._keys.connect(self._ctx, with_fields=False)
            self._strike(True)

    def _strike(self, on: bool) -> None:
        """The day's faults; none while somebody is at the settings or looks at the outcome."""
        wanted = {"rate": self._case.rate, "kinds": list(self._case.kinds)} if on else {"rate": 0}
        self._twin.control("PUT", "faults", wanted)


def _wait_for_late_check(ctx: Context, twin: TwinProcess, run_id: str) -> None:
    twin.control("PUT", "clock", {"advance_s": SETTLED_S})
    for workflow in ctx.engine.open_ids(f"{late_check.WORKFLOW}-{run_id}"):
        ctx.engine.wait(workflow)


# What came of it


def _count_reasons(found: RunReport, result: Result) -> None:
    result.told = sum(reason.code == "rival_company" for reason in found.reasons)
    for reason in found.reasons:
        if reason.row and reason.code not in ("invalid_email", "duplicate"):
            sentence = f"{reason.code}: {reason.message}"
            result.reasons[sentence] = result.reasons.get(sentence, 0) + 1


def _judge(leads: Leads, twin: TwinProcess, database: Path, run_id: str, result: Result) -> None:
    """A contested row is right where it waits for a person, and its contact is as the other hand made it."""
    books, crm = read_books(database, run_id), read_crm(twin)
    theirs = contested(leads) if result.case.contested else set[int]()
    outcomes = books.outcomes
    result.rows = leads.rows
    result.accounted = sum(outcome not in ("", "not_sent") for outcome in outcomes.values())
    result.valid = sum(row.lands and row.number not in theirs for row in leads.all)
    result.landed = len(crm.landed(leads) - theirs)
    result.doubled = sum(crm.doubled().values())
    result.strangers = crm.strangers(leads)
    changed = {row.number for row in leads.all if row.number in theirs and not _is_theirs(crm, row.email)}
    result.as_predicted = sum(
        outcomes.get(row) == ("blocked" if row in theirs else told)
        for row, told in books.predicted.items()
        if row not in changed
    )
    result.books_wrong = books.unlogged + books.logged_twice


def _is_theirs(crm: Crm, email: str) -> bool:
    return [cells["firstname"] for cells, _ in crm.contacts.get(email, [])] == [THEIRS]


def _summed(results: list[Result]) -> Result:
    total = Result(case=results[0].case)
    for one in results:
        for name in ("rows", "accounted", "valid", "landed", "doubled", "told", "strangers", "as_predicted", "calls",
                     "seconds", "resumed", "books_wrong"):  # fmt: skip
            setattr(total, name, getattr(total, name) + getattr(one, name))
        total.unfinished += one.unfinished
        for sentence, count in one.reasons.items():
            total.reasons[sentence] = total.reasons.get(sentence, 0) + count
    return total


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_500)
    parser.add_argument("--companies", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3, help="imports per line, each with faults of its own")
    names = [case.name for case in CASES]
    parser.add_argument(
        "--only",
        action="append",
        choices=names,
        metavar="NAME",
        help="a line by its name; default: all of them",
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    leads = Leads(rows=options.rows, companies=options.companies)
    cases = [case for case in CASES if not options.only or case.name in options.only]
    words = ("--latency-ms", str(LATENCY_MS), "--seed", str(options.seed))
    results = []
    with start_hubspot_twin(*words) as twin:
        for case in cases:
            results.append(_summed([_round(case, leads, twin) for _ in range(options.rounds)]))
            print(_line(results[-1]), flush=True)
    _print(options, results)


def _round(case: Case, leads: Leads, twin: TwinProcess) -> Result:
    with TemporaryDirectory() as folder:
        return run_case(case, leads, twin, Path(folder))


def _print(options: Any, results: list[Result]) -> None:
    print(
        f"\n{options.rounds} × {options.rows:,} rows, {options.companies:,} companies, seed {options.seed}\n"
    )
    print(
        "| calls faulted | rows accounted | valid rows landed | doubled | as predicted | calls | s | resumed by hand |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for result in results:
        print(_line(result))
    for result in results:
        faults = [*result.unfinished]
        faults += [f"{result.strangers} strangers"] if result.strangers else []
        faults += [f"{result.books_wrong} ledger lines missing or twice"] if result.books_wrong else []
        for fault in faults:
            print(f"- {result.case.name}: {fault}")
        for sentence, count in sorted(result.reasons.items(), key=lambda pair: -pair[1])[:5]:
            print(f"- {result.case.name}: {count} × {sentence}")


def _line(result: Result) -> str:
    rounds = max(1, result.rows)
    return (
        f"| {result.case.name} | {_percent(result.accounted, result.rows)} | {_percent(result.landed, result.valid)} "
        f"| {_doubled(result)} | {_percent(result.as_predicted, rounds)} | {result.calls} | {result.seconds:.0f} "
        f"| {result.resumed} |"
    )


def _doubled(result: Result) -> str:
    return (
        f"{result.doubled} ({result.told} told by the late check)"
        if result.case.unsettled
        else str(result.doubled)
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %".replace("100.00", "100") if whole else "–"


if __name__ == "__main__":
    main()
