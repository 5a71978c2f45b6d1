"""kill −9 at seeded instants of real runs, and what is left afterwards.

    .venv/bin/python -m benchmarks.crash_points [--points 120] [--rows 1200] [--scenario import …] [--seed 1]

A point is one real process of the command line, killed: when the CRM had received so many calls, when so many seconds had
passed since its first call, or when the engine had so many steps on record. A run is killed up to three times, then brought to its end by the
words a person would type; then the CRM is read with the vendor's own client and compared with the sheet. Prints a table;
nothing is asserted here (tests/reliability asserts a short form).
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.leads import Leads, read_books, read_crm, runs_in
from tests.command_line import CommandLine
from tests.twin_process import TwinProcess, start_hubspot_twin

__all__ = ["SCENARIOS", "Scenario", "Stage", "crash", "stage"]

LATENCY_MS = 40
LOOK_S = 0.003
STARTING_S = 1.5  # of a process, before its first call
AT_MOST_S = 120  # no process is waited for longer
NEVER = 10**9


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

    def last_run(self) -> tuple[str, str] | None:
        """(id, state) of the newest run; None before the first."""
        found = runs_in(self.database)
        return found[-1] if found else None

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


@dataclass
class Story:
    """One run with its kills."""

    scenario: str
    kills: list[tuple[str, str]] = field(
        default_factory=list
    )  # (how the instant was chosen, what was under way)
    faults: list[str] = field(default_factory=list)
    in_doubt: int = 0
    seconds: float = 0.0


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
    run = stage.last_run()
    assert run is not None
    books, crm, leads = read_books(stage.database, run[0]), read_crm(stage.twin), stage.leads
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
    run = stage.last_run()
    assert run is not None
    outcomes = read_books(stage.database, run[0]).outcomes
    return sum(outcomes.get(row.number) != row.outcome for row in stage.leads.all)


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
    )
}


# Killing


@dataclass(frozen=True, kw_only=True)
class Course:
    """How much an undisturbed process of a scenario does: the space in which instants are drawn."""

    calls: int
    seconds: float
    steps: int


def undisturbed(scenario: Scenario, stage: Stage) -> Course:
    scenario.prepare(stage)
    before, steps, started = sum(stage.twin.calls().values()), len(stage.steps()), time.monotonic()
    finish(scenario, stage)
    return Course(
        calls=sum(stage.twin.calls().values()) - before,
        seconds=time.monotonic() - started - STARTING_S,
        steps=len(stage.steps()) - steps,
    )


def crash(scenario: Scenario, stage: Stage, course: Course, chance: random.Random, kills: int) -> Story:
    """Lay out, kill up to `kills` times, finish, judge."""
    story = Story(scenario=scenario.name)
    started = time.monotonic()
    scenario.prepare(stage)
    for _ in range(kills):
        how = chance.choice(("calls", "time", "steps"))
        killed = _kill_once(scenario, stage, course, how, chance)
        if killed is None:
            break  # it was faster than the instant; what is done cannot be killed
        story.kills.append((how, killed))
    finish(scenario, stage)
    story.faults = scenario.faults(stage)
    story.in_doubt = scenario.in_doubt(stage)
    story.seconds = time.monotonic() - started
    return story


def finish(scenario: Scenario, stage: Stage) -> None:
    for _ in range(4):
        stage.cli.run(*scenario.words(stage), "--json", code=None)
        if scenario.ended(stage):
            return
    raise SystemExit(f"{scenario.name} does not come to an end: {stage.last_run()}")


def _kill_once(
    scenario: Scenario, stage: Stage, course: Course, how: str, chance: random.Random
) -> str | None:
    """What was under way when it was killed; None if the process ended before."""
    due = {"calls": NEVER, "time": NEVER, "steps": NEVER}
    due[how] = {
        "calls": chance.randint(1, course.calls),
        "time": chance.uniform(0, course.seconds),
        "steps": chance.randint(1, course.steps),
    }[how]
    later_s = chance.uniform(0, 0.06)
    before, steps = sum(stage.twin.calls().values()), len(stage.steps())
    process = stage.cli.start(
        *scenario.words(stage), "--json", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + AT_MOST_S
    first_call: float | None = None
    with httpx.Client() as ask:
        while process.poll() is None and time.monotonic() < deadline:
            received = sum(ask.get(f"{stage.twin.url}/_twin/calls").json().values()) - before
            if received and first_call is None:
                first_call = time.monotonic()
            passed = time.monotonic() - first_call if first_call is not None else 0.0
            if received >= due["calls"] or passed >= due["time"]:
                break
            if how == "steps" and len(stage.steps()) - steps >= due["steps"]:
                break
            time.sleep(LOOK_S)
    time.sleep(later_s)
    ended = process.poll() is not None
    process.kill()
    process.wait()
    return None if ended else _under_way(stage.steps())


_AFTER = {
    "": "intake, or the first step",
    "preview draft": "preview: match",
    "preview match": "preview: match or plan",
    "preview decide": "between preview and write",
    "write phases": "write: send",
    "write send": "write: send or ledger",
    "write ledger": "write: send or check",
    "write check": "check",
    "write links": "settle",
    "write settle": "settle",
}


def _under_way(steps: list[str]) -> str:
    last = steps[-1] if steps else ""
    return _AFTER.get(last, f"after {last}")


# The table


@contextmanager
def stage(leads: Leads, latency_ms: int = LATENCY_MS) -> Iterator[Stage]:
    with (
        tempfile.TemporaryDirectory() as folder,
        start_hubspot_twin("--latency-ms", str(latency_ms)) as twin,
    ):
        yield Stage(folder=Path(folder), twin=twin, leads=leads)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=120, help="kills per scenario")
    parser.add_argument("--rows", type=int, default=1_200)
    parser.add_argument("--companies", type=int, default=240)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", action="append", choices=[*SCENARIOS], help="default: all of them")
    options = parser.parse_args()
    stories: list[Story] = []
    with stage(Leads(rows=options.rows, companies=options.companies)) as here:
        for name in options.scenario or SCENARIOS:
            stories += _many(SCENARIOS[name], here, options)
    _print(options, stories)


def _many(scenario: Scenario, here: Stage, options: Any) -> list[Story]:
    chance = random.Random(f"{options.seed} {scenario.name}")
    course, stories = undisturbed(scenario, here), []
    while (left := options.points - sum(len(story.kills) for story in stories)) > 0:
        story = crash(scenario, here, course, chance, min(left, chance.randint(1, 3)))
        stories.append(story)
        where = ", ".join(f"{how} → {what}" for how, what in story.kills) or "too late"
        verdict = "; ".join(story.faults) or "all well"
        print(f"  {scenario.name} {len(stories)}: {where}: {verdict} ({story.seconds:.0f} s)", flush=True)
    return stories


def _print(options: Any, stories: list[Story]) -> None:
    print(f"\n{options.rows:,} rows, {options.companies:,} companies, seed {options.seed}\n")
    print(
        "| scenario | runs | kills | by calls | by time | by steps | runs with a fault | rows a person must look at |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name in dict.fromkeys(story.scenario for story in stories):
        mine = [story for story in stories if story.scenario == name]
        by = Counter(how for story in mine for how, _ in story.kills)
        print(
            f"| {name} | {len(mine)} | {by.total()} | {by['calls']} | {by['time']} | {by['steps']} "
            f"| {sum(bool(story.faults) for story in mine)} | {sum(story.in_doubt for story in mine)} |"
        )
    print("\n| killed during | kills |\n|---|--:|")
    for what, count in Counter(what for story in stories for _, what in story.kills).most_common():
        print(f"| {what} | {count} |")
    for story in stories:
        for fault in story.faults:
            print(f"- {story.scenario}, killed {story.kills}: {fault}")


if __name__ == "__main__":
    main()
