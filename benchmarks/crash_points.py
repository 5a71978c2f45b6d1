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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.crash_scenarios import SCENARIOS
from benchmarks.crash_stage import Scenario, Stage
from benchmarks.leads import Leads
from tests.twin_process import start_hubspot_twin

__all__ = ["Course", "Story", "crash", "stage", "undisturbed"]

LATENCY_MS = 40
LOOK_S = 0.003
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
    seconds: float  # from its first call to its end
    steps: int


def undisturbed(scenario: Scenario, stage: Stage) -> Course:
    stage = scenario.on(stage)
    scenario.prepare(stage)
    before, steps = stage.calls(), len(stage.steps())
    process, seconds = _watched(scenario, stage, {})
    process.wait()
    course = Course(calls=stage.calls() - before, seconds=seconds, steps=len(stage.steps()) - steps)
    finish(scenario, stage)
    return course


def crash(scenario: Scenario, stage: Stage, course: Course, chance: random.Random, kills: int) -> Story:
    """Lay out, kill up to `kills` times, finish, judge."""
    story, stage = Story(scenario=scenario.name), scenario.on(stage)
    started = time.monotonic()
    scenario.prepare(stage)
    before = len(stage.steps())
    for _ in range(kills):
        how = chance.choice(("calls", "time", "steps") if course.steps else ("calls", "time"))
        if not _killed(scenario, stage, course, how, chance):
            break  # it was faster than the instant; what is done cannot be killed
        story.kills.append((how, _under_way(stage.steps()[before:]) or scenario.opening))
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
    due = _instant(course, how, chance)
    later_s = chance.uniform(0, 0.06)
    process, _ = _watched(scenario, stage, {how: due})
    time.sleep(later_s)
    ended = process.poll() is not None
    process.kill()
    process.wait()
    return not ended


def _instant(course: Course, how: str, chance: random.Random) -> float:
    if how == "time":
        return chance.uniform(0, course.seconds)
    return chance.randint(1, course.calls if how == "calls" else course.steps)


def _watched(
    scenario: Scenario, stage: Stage, due: Mapping[str, float]
) -> tuple[subprocess.Popen[str], float]:
    """Start it, and come back when one of `due` is reached or it has ended; with the seconds since its first call."""
    before, steps = stage.calls(), len(stage.steps())
    process = stage.cli.start(
        *scenario.words(stage), "--json", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + AT_MOST_S
    first_call, passed = 0.0, 0.0
    with httpx.Client() as ask:
        while process.poll() is None and time.monotonic() < deadline:
            received = stage.calls(ask) - before
            if received:
                first_call = first_call or time.monotonic()
                passed = time.monotonic() - first_call
            if received >= due.get("calls", NEVER) or passed >= due.get("time", NEVER):
                break
            if "steps" in due and len(stage.steps()) - steps >= due["steps"]:
                break
            time.sleep(LOOK_S)
    return process, passed


_AFTER = {
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
    """After the last step on record; "" before the first."""
    return _AFTER.get(steps[-1], f"after {steps[-1]}") if steps else ""


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
