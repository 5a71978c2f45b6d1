"""Imports into a HubSpot twin on bad days: at 1 %, 5 % and 20 % of calls faulted, and with each single kind of fault.

    .venv/bin/python -m benchmarks.fault_mix [--rows 1500] [--companies 300] [--rounds 3] [--only "5 % of calls"] [--seed 1]

Each line is one import (or `--rounds` of them) from file to last read-back, written without a person; where it pauses, it is
resumed as a person would. The CRM is then read with the vendor's own client and compared with the sheet. Prints a table;
nothing is asserted here (tests/reliability asserts a short form).
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import httpx

from benchmarks.leads import SETTLED_S, Leads, read_books, read_crm
from smartsync_core.connectors.base import BaseCRMConnector
from smartsync_core.connectors.base import Settings as ConnectorSettings
from smartsync_core.connectors.hubspot import HubSpotConnector
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import Window
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import RunReport, RunState
from smartsync_core.orchestrator import late_check
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.files import import_options, take_file
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.preview import start_preview
from smartsync_core.orchestrator.write import approve
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application
from tests.twin_process import TwinProcess, start_hubspot_twin

__all__ = ["CASES", "Case", "Result", "run_case"]

LATENCY_MS = 20
SLOW_S = 0.5
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


CASES = (
    Case(name="no faults", rate=0),
    Case(name="1 % of calls", rate=0.01),
    Case(name="5 % of calls", rate=0.05),
    Case(name="5 %, OAuth, tokens expire too", rate=0.05, oauth=True),
    Case(name="5 %, without our fields", rate=0.05, with_fields=False),
    Case(name="20 % of calls", rate=0.20),
    *(Case(name=f"only {kind}, 20 %", rate=0.20, kinds=(kind,)) for kind in SINGLE if kind != "search_flap"),
    Case(name="only token_expiry, 20 %", rate=0.20, kinds=("token_expiry",), oauth=True),
    Case(name="every search flaps", rate=1.0, kinds=("search_flap",), unsettled=True),
    Case(
        name="every search flaps, plan not shown",
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
    twin.control("PUT", "faults", {"rate": 0, "next": [], "slow_s": SLOW_S})
    twin.control("PUT", "clock", {"advance_s": SETTLED_S})
    result = Result(case=case)
    with _application(case, twin, folder) as ctx:
        connection = _connected(ctx, case, twin)
        leads.seed(twin)
        if case.unsettled:
            _make_anew(twin)
        twin.control("PUT", "faults", {"rate": case.rate, "kinds": list(case.kinds)})
        before, began = sum(twin.calls().values()), time.monotonic()
        run_id = _import(ctx, connection, leads.write(folder / "leads.csv"), case, result)
        result.seconds, result.calls = time.monotonic() - began, sum(twin.calls().values()) - before
        twin.control("PUT", "faults", {"rate": 0})
        if case.unsettled:
            _wait_for_late_check(ctx, twin, run_id)
        if run_id:
            _count_reasons(report(ctx, run_id), result)
    if run_id:
        _judge(leads, twin, folder / "smartsync.duckdb", run_id, result)
    return result


def _import(ctx: Context, connection: Connection, file: Path, case: Case, result: Result) -> str:
    """Preview, write, and resume as often as it pauses; the run's id, "" where not even a preview came about."""
    upload = take_file(ctx, file)
    with ctx.visit(connection, interactive=False) as session:
        options, notes = import_options(ctx, session, upload, RecordType.BOTH)
        run_id = start_preview(
            ctx, connection=connection, upload_id=upload.id, options=options, notes=notes, session=session
        )
    ctx.engine.wait(f"preview-{run_id}")
    run = ctx.runs.get(run_id)
    if run.state is not RunState.PREVIEWED:
        result.unfinished.append(f"preview: {run.message}")
        return ""
    for tried in range(RESUMPTIONS + 1):
        approve(ctx, run_id, shown=case.shown)
        for workflow in ctx.engine.open_ids(f"write-{run_id}"):
            ctx.engine.wait(workflow)
        run = ctx.runs.get(run_id)
        result.resumed += tried > 0
        if run.state is RunState.DONE:
            return run_id
    result.unfinished.append(f"{run.state}: {run.message}")
    return run_id


def _wait_for_late_check(ctx: Context, twin: TwinProcess, run_id: str) -> None:
    twin.control("PUT", "clock", {"advance_s": SETTLED_S})
    for workflow in ctx.engine.open_ids(f"{late_check.WORKFLOW}-{run_id}"):
        ctx.engine.wait(workflow)


# The account and the application


@contextmanager
def _application(case: Case, twin: TwinProcess, folder: Path) -> Iterator[Context]:
    app = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(folder)}))
    app.start()
    if case.oauth:
        app.context.open_connector = partial(_open_with_oauth, _Renewing(twin))
    with mock.patch.object(late_check, "_WAIT", timedelta(seconds=2)):  # the twin's clock is set instead
        try:
            yield app.context
        finally:
            app.stop()


def _connected(ctx: Context, case: Case, twin: TwinProcess) -> Connection:
    made = connect(
        ctx,
        crm_type="hubspot",
        name="Twin",
        token=twin.token,
        base_url=twin.url,
        with_fields=case.with_fields,
    )
    return made.connection


def _make_anew(twin: TwinProcess) -> None:
    """Companies as if somebody had made them a few seconds ago: search shows them, but not every time."""
    listed = httpx.get(
        f"{twin.url}/crm/v3/objects/companies?limit=100&properties=name,domain", headers=twin.headers
    )
    known = [
        {name: one["properties"][name] for name in ("name", "domain")} for one in listed.json()["results"]
    ]
    ids = [{"id": one["id"]} for one in listed.json()["results"]]
    for call, inputs in (("archive", ids), ("create", [{"properties": one} for one in known])):
        path = f"{twin.url}/crm/v3/objects/companies/batch/{call}"
        httpx.post(path, json={"inputs": inputs}, headers=twin.headers).raise_for_status()
    twin.control("PUT", "clock", {"advance_s": 6})


class _Renewing:
    """An OAuth token that is renewed at the twin when it was refused: what the app's own token source will do."""

    def __init__(self, twin: TwinProcess) -> None:
        self._url = f"{twin.url}/oauth/v3/token"
        self._lock = threading.Lock()
        twin.control("PUT", "codes", {"benchmark": {}})
        form = {"grant_type": "authorization_code", "code": "benchmark", "redirect_uri": "http://127.0.0.1/"}
        self._take(form)

    def token(self) -> str:
        return self._token

    def refreshed(self, refused: str) -> str | None:
        with self._lock:
            if self._token == refused:
                self._take({"grant_type": "refresh_token", "refresh_token": self._refresh})
            return self._token

    def _take(self, form: dict[str, str]) -> None:
        """Until it is answered: the token call may meet a fault as well."""
        known = {"client_id": "benchmark", "client_secret": "benchmark"}
        for _ in range(20):
            try:
                answer = httpx.post(self._url, data=form | known)
                told = answer.raise_for_status().json()
            except (httpx.HTTPError, ValueError):
                continue
            self._token, self._refresh = str(told["access_token"]), str(told["refresh_token"])
            return
        raise SystemExit("the twin gives no token")


def _open_with_oauth(
    tokens: _Renewing,
    connection: Connection,
    *,
    on_call: Callable[[Window], None],
    before_call: Callable[[bool], None],
    interactive: bool,
    prompt: bool,
) -> BaseCRMConnector:
    return HubSpotConnector(
        ConnectorSettings(
            base_url=connection.base_url,
            tokens=tokens,
            on_call=on_call,
            before_call=before_call,
            interactive=interactive,
            prompt=prompt,
            account_key=connection.id,
        )
    )


# What came of it


def _count_reasons(found: RunReport, result: Result) -> None:
    result.told = sum(reason.code == "rival_company" for reason in found.reasons)
    for reason in found.reasons:
        if reason.row and reason.code not in ("invalid_email", "duplicate"):
            sentence = f"{reason.code}: {reason.message}"
            result.reasons[sentence] = result.reasons.get(sentence, 0) + 1


def _judge(leads: Leads, twin: TwinProcess, database: Path, run_id: str, result: Result) -> None:
    books, crm = read_books(database, run_id), read_crm(twin)
    result.rows = leads.rows
    result.accounted = sum(outcome not in ("", "not_sent") for outcome in books.outcomes.values())
    result.valid = sum(row.lands for row in leads.all)
    result.landed = len(crm.landed(leads))
    result.doubled = sum(crm.doubled().values())
    result.strangers = crm.strangers(leads)
    result.as_predicted = books.as_predicted
    result.books_wrong = books.unlogged + books.logged_twice


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
    parser.add_argument("--only", action="append", help="lines by name; default: all of them")
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
