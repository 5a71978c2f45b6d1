"""`enrich` and `score` on the command line."""

from __future__ import annotations

import argparse
from datetime import date

from smartsync_core.cli.printing import clock, print_json
from smartsync_core.errors import BadInput
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.enrich import Enriched, as_json, enrich, replay

__all__ = ["run_enrich", "run_score"]


def run_enrich(ctx: Context, options: argparse.Namespace) -> int:
    found = enrich(ctx, options.company, as_of=_day(options.as_of))
    if options.json:
        print_json(as_json(found))
    else:
        _print(found)
    return 0


def run_score(ctx: Context, options: argparse.Namespace) -> int:
    """1 when a score cannot be computed again as it was given."""
    found = replay(ctx, options.id)
    if options.json:
        print_json([{"id": one.id, "company": one.company, "same": one.same} for one in found])
    else:
        for one in found:
            print(f"{one.id}  {'the same' if one.same else 'DIFFERENT'}  {one.company}")
        print(f"{sum(one.same for one in found)} of {len(found)} scores are the same to the byte.")
    return 0 if all(one.same for one in found) else 1


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(f"{text} is not a day.", hint="Write it like 2026-11-23.") from None


def _print(found: Enriched) -> None:
    score = found.score
    print(found.summary or "Nothing is known of this company yet.")
    if score.overall is None:
        print(f"Lead score: none. {score.missing}")
    else:
        print(f"Lead score: {score.overall} ({score.low}–{score.high}) {score.grid}")
    for sub in score.subscores:
        print(f"  {sub.topic.value}: {'unknown' if sub.value is None else sub.value}")
        for one in sub.contributions:
            print(f"    {one.points:+d}  {one.text}")
    for step in found.lift.steps:
        print(f"Would lift it: {step.text} (+{step.points})")
    for action in found.next_actions:
        due = f" by {clock(action.due_at)}" if action.due_at else ""
        print(f"Next: {action.text}{due}. {action.reason}.")
    for source in found.sources:
        print(f"  {source.name}: {source.state}{f' – {source.reason}' if source.reason else ''}")
