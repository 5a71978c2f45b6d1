"""What a person does that may be killed at any instant, and how to tell afterwards that nothing was lost or done twice.

A further scenario is one more entry of SCENARIOS.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import hubspot
from hubspot.utils.objects import fetch_all

from benchmarks.leads import Leads, read_books, read_crm, runs_in
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import FollowUp
from smartsync_core.orchestrator.followups import add_follow_ups
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application
from tests.command_line import CommandLine
from tests.twin_process import TwinProcess

__all__ = ["SCENARIOS", "Scenario", "Stage"]


@dataclass(frozen=True)
class Stage:
    """One account, one data folder, one sheet; emptied and laid out anew for every run."""

    folder: Path
    twin: TwinProcess
    leads: Leads

    @property
    def cli(self) -> CommandLine:
        return CommandLine(self.folder / "data")

    @property
    def database(self) -> Path:
        return self.folder / "data" / "smartsync.duckdb"

    @property
    def sheet(self) -> str:
        return str(self.folder / "leads.csv")

    def lay_out(self, *, with_fields: bool) -> None:
        """An account with what is known, connected under the name “Twin”, and no runs."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        self.leads.write(self.folder / "leads.csv")
        self.twin.control("POST", "reset")
        words = (
            "connect",
            "hubspot",
            "--name",
            "Twin",
            "--token",
            self.twin.token,
            "--base-url",
            self.twin.url,
        )
        self.cli.run(*words, *(("--add-fields",) if with_fields else ()))
        self.leads.seed(self.twin)

    def type(self, *words: str) -> None:
        """Run a command to its end, in a process of its own. Its exit code may say that some rows need a person."""
        _, told = self.cli.start(*words).communicate()
        if "Traceback" in told:
            raise SystemExit(told)

    def last_run(self) -> tuple[str, str, str] | None:
        """(id, state, kind) of the newest run; None before the first."""
        found = runs_in(self.database)
        return found[-1] if found else None

    def now(self) -> tuple[str, str, str]:
        """The newest run, which there is."""
        run = self.last_run()
        assert run is not None, "there is no run yet"
        return run

    def steps(self) -> list[str]:
        """“workflow step” of each step that the engine has on record, in the order of finishing."""
        file = self.folder / "data" / "smartsync.engine.sqlite"
        if not file.exists():
            return []
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)) as conn:
                return [
                    f"{workflow.partition('-')[0]} {name}"
                    for workflow, name in conn.execute(
                        "SELECT workflow_uuid, function_name FROM operation_outputs ORDER BY rowid"
                    )
                ]
        except sqlite3.Error:  # the file is being made at this moment
            return []


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Something a person does that may be killed at any instant."""

    name: str
    prepare: Callable[[Stage], None]
    words: Callable[[Stage], tuple[str, ...]]  # what is typed first, and again after a kill; without --json
    ended: Callable[[Stage], bool]
    faults: Callable[[Stage], list[str]]  # what is wrong in the end, in words; [] = all is well
    in_doubt: Callable[[Stage], int] = lambda stage: 0  # rows that nothing could prove; shown, not a fault
    bad_every: int = 97  # how seldom the sheet has a bad row

    def on(self, stage: Stage) -> Stage:
        """The stage with the sheet that this scenario is about."""
        return replace(stage, leads=replace(stage.leads, bad_every=self.bad_every))


# An import


def import_words(stage: Stage) -> tuple[str, ...]:
    """The import itself until it is on record; afterwards its resumption."""
    run = stage.last_run()
    if run is None:
        return ("sync", stage.sheet, "--to", "Twin", "--as", "both", "--yes")
    return ("resume", run[0], "--yes")


def import_ended(stage: Stage) -> bool:
    run = stage.last_run()
    return run is not None and run[1] == "done"


def import_faults(stage: Stage, *, provable: bool = True) -> list[str]:
    """`provable`: with our fields in the account every lost answer can be cleared up, so all must be as expected."""
    books, crm, leads = read_books(stage.database, stage.now()[0]), read_crm(stage.twin), stage.leads
    landed, doubled = crm.landed(leads), crm.doubled()
    wanted = {row.number: row.outcome for row in leads.all}
    found = {
        "runs": len(runs_in(stage.database)) - 1,
        "rows without an outcome": sum(not outcome for outcome in books.outcomes.values()),
        "rows not accounted for": abs(len(books.outcomes) - leads.rows),
        "rows predicted otherwise": sum(
            books.predicted.get(row) != outcome for row, outcome in wanted.items()
        ),
        "contacts doubled": doubled["contacts"],
        "companies doubled": doubled["companies"],
        "strangers": crm.strangers(leads),
        "ledger lines missing": books.unlogged,
        "ledger lines doubled": books.logged_twice,
        "rows said to have landed that did not": sum(
            books.outcomes.get(row.number) == row.outcome and row.number not in landed
            for row in leads.all
            if row.lands
        ),
    }
    if provable:
        found["rows lost"] = sum(row.lands and row.number not in landed for row in leads.all)
        found["rows not as predicted"] = leads.rows - books.as_predicted
    return [f"{count} {what}" for what, count in found.items() if count]


def import_in_doubt(stage: Stage) -> int:
    outcomes = read_books(stage.database, stage.now()[0]).outcomes
    return sum(outcomes.get(row.number) != row.outcome for row in stage.leads.all)


# An import that also makes a task per contact, and a deal and a note per company


def plan_follow_ups(stage: Stage) -> None:
    """Into a preview that stands: no command puts them there yet."""
    stage.lay_out(with_fields=True)
    stage.cli.run("sync", stage.sheet, "--to", "Twin", "--as", "both", "--preview", code=None)
    run_id = stage.now()[0]
    app = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(stage.folder / "data")}))
    app.start()
    try:
        subjects = app.context.plans.records(run_id).values()
        wanted = [
            one for action in subjects for one in _follow_ups(action.id, action.object, action.key_value)
        ]
        add_follow_ups(app.context, run_id, wanted)
    finally:
        app.stop()


def _follow_ups(subject: int, name: ObjectName, key: str) -> list[FollowUp]:
    due = "2027-01-04T09:00:00Z"
    task = {"hs_timestamp": due, "hs_task_subject": f"Call {key}", "hs_task_status": "NOT_STARTED"}
    deal = {"dealname": f"Deal of {key}", "dealstage": "appointmentscheduled", "pipeline": "default"}
    note = {"hs_timestamp": due, "hs_note_body": f"About {key}"}
    wanted = (
        [("call", ObjectName.TASKS, task)]
        if name is ObjectName.CONTACTS
        else [("deal", ObjectName.DEALS, deal), ("note", ObjectName.NOTES, note)]
    )
    return [
        FollowUp(rule=rule, object=kind, subject=subject, occasion="2027-Q1", values=values)
        for rule, kind, values in wanted
    ]


def follow_up_faults(stage: Stage) -> list[str]:
    client = hubspot.HubSpot(access_token=stage.twin.token, host=stage.twin.url)
    told = {
        "tasks": (client.crm.objects.tasks.basic_api, "hs_task_subject"),
        "deals": (client.crm.deals.basic_api, "dealname"),
        "notes": (client.crm.objects.notes.basic_api, "hs_note_body"),
    }
    people, firms = sum(row.lands for row in stage.leads.all), stage.leads.companies
    faults = import_faults(stage)
    for name, (api, title) in told.items():
        made = Counter(one.properties[title] for one in fetch_all(api, properties=[title]))
        wanted = people if name == "tasks" else firms
        if len(made) != wanted:
            faults.append(f"{wanted - len(made)} {name} missing")
        if made.total() != len(made):
            faults.append(f"{made.total() - len(made)} {name} doubled")
    return faults


# A repair


def import_bad_rows(stage: Stage) -> None:
    import_first(stage)
    stage.leads.write_corrections(stage.folder / "corrections.csv")


def repair_words(stage: Stage) -> tuple[str, ...]:
    """Until the repair is on record it is asked for again; then it goes on by itself, whatever is typed."""
    run_id, state, _ = stage.now()
    if state == "done":
        return ("retry", run_id, "--edits", str(stage.folder / "corrections.csv"), "--yes")
    return ("resume", run_id, "--yes")


def repair_ended(stage: Stage) -> bool:
    run_id, state, _ = stage.now()
    return state == "done" and "blocked" not in read_books(stage.database, run_id).outcomes.values()


def repair_faults(stage: Stage) -> list[str]:
    books, crm = read_books(stage.database, stage.now()[0]), read_crm(stage.twin)
    right = replace(stage.leads, corrected=True)
    landed, doubled = crm.landed(right), crm.doubled()
    found = {
        "runs": len(runs_in(stage.database)) - 1,
        "rows with another outcome": sum(books.outcomes.get(row.number) != row.outcome for row in right.all),
        "rows predicted otherwise": sum(
            books.predicted.get(row.number) != row.outcome for row in stage.leads.all
        ),
        "rows lost": sum(row.lands and row.number not in landed for row in right.all),
        "contacts doubled": doubled["contacts"],
        "companies doubled": doubled["companies"],
        "strangers": crm.strangers(right),
        "ledger lines missing": books.unlogged,
        "ledger lines doubled": books.logged_twice,
    }
    return [f"{count} {what}" for what, count in found.items() if count]


# An undo


def import_first(stage: Stage) -> None:
    stage.lay_out(with_fields=True)
    stage.cli.run("sync", stage.sheet, "--to", "Twin", "--as", "both", "--yes", code=None)


def undo_words(stage: Stage) -> tuple[str, ...]:
    run_id, _, kind = stage.now()
    return ("resume", run_id, "--yes") if kind == "undo" else ("undo", run_id, "--yes")


def undo_ended(stage: Stage) -> bool:
    _, state, kind = stage.now()
    return (kind, state) == ("undo", "done")


def undo_faults(stage: Stage) -> list[str]:
    books, crm = read_books(stage.database, stage.now()[0]), read_crm(stage.twin)
    found = {
        "undos": len(runs_in(stage.database)) - 2,
        "records not as they were before the import": crm.off_from_before(stage.leads),
        "rows not as predicted": len(books.predicted) - books.as_predicted,
        "ledger lines missing": books.unlogged,
        "ledger lines doubled": books.logged_twice,
    }
    return [f"{count} {what}" for what, count in found.items() if count]


SCENARIOS = {
    one.name: one
    for one in (
        Scenario(
            name="import",
            prepare=lambda stage: stage.lay_out(with_fields=True),
            words=import_words,
            ended=import_ended,
            faults=import_faults,
        ),
        Scenario(
            name="import without our fields",
            prepare=lambda stage: stage.lay_out(with_fields=False),
            words=import_words,
            ended=import_ended,
            faults=lambda stage: import_faults(stage, provable=False),
            in_doubt=import_in_doubt,
        ),
        Scenario(
            name="import with tasks, deals and notes",
            prepare=plan_follow_ups,
            words=import_words,
            ended=import_ended,
            faults=follow_up_faults,
        ),
        Scenario(
            name="repair",
            prepare=import_bad_rows,
            words=repair_words,
            ended=repair_ended,
            faults=repair_faults,
            bad_every=4,
        ),
        Scenario(
            name="undo",
            prepare=import_first,
            words=undo_words,
            ended=undo_ended,
            faults=undo_faults,
        ),
    )
}
