"""kill −9 at seeded instants of real runs, and what is left afterwards.

    .venv/bin/python -m benchmarks.crash_points [--points 120] [--rows 1200] [--scenario import …] [--seed 1]

A point is one real process of the command line, killed: when the CRM had received so many calls, when so many seconds had
passed since its first call, or when the engine had so many steps on record. A run is killed up to three times, then brought
to its end by the words a person would type; then the CRM is read with the vendor's own client and compared with the sheet.
Prints a table; nothing is asserted here (tests/reliability asserts a short form).
"""

from __future__ import annotations

import argparse
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.crash_scenarios import SCENARIOS, Scenario, Stage
from benchmarks.leads import Leads
from tests.twin_process import start_hubspot_twin

__all__ = ["Course", "Story", "crash", "stage", "undisturbed"]

LATENCY_MS = 40
LOOK_S = 0.003
STARTING_S = 1.5  # of a process, before its first call
AT_MOST_S = 120  # no process is waited for longer
NEVER = 10**9


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


# Killing


@dataclass(frozen=True, kw_only=True)
class Course:
    """How much an undisturbed process of a scenario does: the space in which instants are drawn."""

    calls: int
    seconds: float
    steps: int


def undisturbed(scenario: Scenario, stage: Stage) -> Course:
    stage = scenario.on(stage)
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
    story, stage = Story(scenario=scenario.name), scenario.on(stage)
    started = time.monotonic()
    scenario.prepare(stage)
    before = len(stage.steps())
    for _ in range(kills):
        how = chance.choice(("calls", "time", "steps"))
        if not _killed(scenario, stage, course, how, chance):
            break  # it was faster than the instant; what is done cannot be killed
        story.kills.append((how, _under_way(stage.steps()[before:])))
    finish(scenario, stage)
    story.faults = scenario.faults(stage)
    story.in_doubt = scenario.in_doubt(stage)
    story.seconds = time.monotonic() - started
    return story


def finish(scenario: Scenario, stage: Stage) -> None:
    for _ in range(4):
        stage.type(*scenario.words(stage), "--json")
        if scenario.ended(stage):
            return
    raise SystemExit(f"{scenario.name} does not come to an end: {stage.last_run()}")


def _killed(scenario: Scenario, stage: Stage, course: Course, how: str, chance: random.Random) -> bool:
    """Start it and kill it; False if it came to its end before."""
    due: dict[str, float] = {"calls": NEVER, "time": NEVER, "steps": NEVER}
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
    return not ended


_AFTER = {
    "": "intake, or the first step",
    "preview draft": "preview: match",
    "preview match": "preview: match or plan",
    "preview decide": "between preview and write",
    "undo plan": "between preview and write",
    "repair doubts": "repair: plan",
    "repair draft": "repair: plan",
    "repair match": "repair: plan",
    "repair decide": "write",
    "repair phases": "write",
    "repair wave": "write",
    "repair ledger": "write",
    "repair left to check": "check",
    "repair check": "check",
    "repair links": "settle",
    "repair settle": "settle",
    "repair late check due": "its last moments",
    "repair late-check": "its last moments",
    "write phases": "write",
    "write wave": "write",
    "write ledger": "write",
    "write left to check": "check",
    "write check": "check",
    "write links": "settle",
    "write settle": "settle",
    "write late check due": "its last moments",
    "write late-check": "its last moments",
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
    course, stories = undisturbed(scenario, here), list[Story]()
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
            f"| {sum(1 for story in mine if story.faults)} | {sum(story.in_doubt for story in mine)} |"
        )
    print("\n| killed during | kills |\n|---|--:|")
    for what, count in Counter(what for story in stories for _, what in story.kills).most_common():
        print(f"| {what} | {count} |")
    for story in stories:
        for fault in story.faults:
            print(f"- {story.scenario}, killed {story.kills}: {fault}")


if __name__ == "__main__":
    main()
