"""Where a scenario of the crash benchmark is played: an account, a data folder, a sheet, and the words typed at a terminal."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from benchmarks.leads import Leads, runs_in
from tests.command_line import CommandLine
from tests.twin_process import TwinProcess

__all__ = ["Scenario", "Stage"]


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

    def calls(self, ask: httpx.Client | None = None) -> int:
        """How many the CRM has received so far."""
        answer = (ask or httpx).get(f"{self.twin.url}/_twin/calls")
        return sum(answer.json().values())

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
    opening: str = "intake, or the first step"  # what is under way before the first step is on record

    def on(self, stage: Stage) -> Stage:
        """The stage with the sheet that this scenario is about."""
        return replace(stage, leads=replace(stage.leads, bad_every=self.bad_every))
