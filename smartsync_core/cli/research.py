"""`enrich`, `score` and `backtest` on the command line."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from smartsync_core.cli.printing import clock, print_json
from smartsync_core.errors import BadInput
from smartsync_core.orchestrator import backtest, score_cards
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.enrich import AT_ONCE_S, Enriched, as_json, completed, enrich, replay, why
from smartsync_core.orchestrator.past_deals import try_on_account
from smartsync_core.orchestrator.score_cards import CurrentCard, current_card, use_card

__all__ = ["run_backtest", "run_enrich", "run_score"]

_SHOWN_POINTS = 30


def run_enrich(ctx: Context, options: argparse.Namespace) -> int:
    as_of = _day(options.as_of)
    if options.json:
        print_json(as_json(enrich(ctx, options.company, as_of=as_of)))
        return 0
    found = enrich(ctx, options.company, as_of=as_of, within_s=AT_ONCE_S)
    if found.pending:
        _print(found)
        print(f"Still being asked: {', '.join(found.pending)}. The whole follows.\n", flush=True)
        found = completed(ctx, found)
    _print(found)
    return 0


def run_score(ctx: Context, options: argparse.Namespace) -> int:
    if options.what == "replay":
        return _replay(ctx, options)
    if options.do == "show":
        _show_card(current_card(ctx), as_json=options.json)
    else:
        _use_card(ctx, options)
    return 0


def run_backtest(ctx: Context, options: argparse.Namespace) -> int:
    """1 where nothing is proposed."""
    tried = _tried(ctx, options)
    if options.json:
        print_json(backtest.as_json(tried))
    else:
        _print_tried(tried)
    return 0 if tried.proposes else 1


def _tried(ctx: Context, options: argparse.Namespace) -> backtest.Tried:
    if options.account and not (options.file or options.outcome or options.time):
        return try_on_account(ctx, ctx.connections.by_name(options.account))
    if options.account or not (options.file and options.outcome and options.time):
        raise BadInput(
            "Deals come from a file, with --outcome and --time, or from an account, with --from alone.",
            hint="backtest deals.csv --outcome Won --time Closed, or backtest --from NAME",
        )
    return backtest.try_on(ctx, Path(options.file), outcome=options.outcome, time_column=options.time)


def _print_tried(tried: backtest.Tried) -> None:
    found = tried.found
    print(f"{found.deals} closed deals, {found.won} won ({found.base_rate:.0%}).")
    for reason, rows in tried.left_out.items():
        print(f"  {rows} rows left out: {reason}")
    for name, alone in found.leaking.items():
        print(
            f"  “{name}” alone tells won from lost (AUC {alone:.2f}): it says how a deal ended, and is left out."
        )
    for name, reason in found.passed_over.items():
        print(f"  “{name}” gives no points: {reason}")
    if found.until is not None:
        print(
            f"Learnt from {found.learnt_from} deals until {found.until}, tried on the {found.tried_on} after it."
        )
    if (told := found.measures) is not None:
        print(f"  AUC {told.auc.value:.3f} ({told.auc.low:.3f} to {told.auc.high:.3f})")
        print(
            f"  The best 10 % were won {told.lift_10:.2f} times as often as all, the best 20 % {told.lift_20:.2f} times"
        )
        print(f"  Brier {told.brier:.3f}; the base rate alone has {told.brier_of_base_rate:.3f}")
        print(f"  Foretold and come differ by {told.off_by:.3f} on average:")
        for one in told.calibration:
            print(f"    {one.deals:>5} deals: foretold {one.foretold:.0%}, came {one.came:.0%}")
    print(found.why)
    for level in sorted(found.proposal, key=lambda one: -abs(one.points))[:_SHOWN_POINTS]:
        print(f"  {level.points:+4d}  {level.column}: {level.value} ({level.deals} deals)")
    if len(found.proposal) > _SHOWN_POINTS:
        print(f"  … and {len(found.proposal) - _SHOWN_POINTS} more (--json)")
    if found.proposal:
        print(
            "These points are a proposal: nothing was changed. `score card use` takes what you make of them."
        )


def _replay(ctx: Context, options: argparse.Namespace) -> int:
    """1 when a score cannot be computed again as it was given."""
    found = replay(ctx, options.id)
    if options.json:
        print_json([{"id": one.id, "company": one.company, "same": one.same} for one in found])
    else:
        for one in found:
            print(f"{one.id}  {'the same' if one.same else 'DIFFERENT'}  {one.company}")
        print(f"{sum(one.same for one in found)} of {len(found)} scores are the same to the byte.")
    return 0 if all(one.same for one in found) else 1


def _show_card(current: CurrentCard, *, as_json: bool) -> None:
    if not as_json:
        print(current.text, end="")
        return
    print_json(
        {
            "card": current.card.label,
            "used_by": current.used_by,
            "used_at": current.used_at.isoformat() if current.used_at else None,
            "text": current.text,
        }
    )


def _use_card(ctx: Context, options: argparse.Namespace) -> None:
    new = use_card(ctx, _text_of(Path(options.file)), only_compare=options.preview)
    if options.json:
        print_json(score_cards.as_json(new))
        return
    if new.same:
        print(f"The score card {new.card.label} is in use and says the same.")
        return
    will = "go by" if new.used else "would go by"
    print(f"Scores {will} the score card {new.card.label} from now on. {new.diff.sentence()}")
    print("Scores that were given stay as they are; `enrich` gives new ones.")


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(
            f"{path} cannot be opened: {error.strerror}.", hint="Give the file of a score card."
        ) from None
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not a text in UTF-8.", hint="Save the score card as UTF-8.") from None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(f"{text} is not a day.", hint="Write it like 2026-11-23.") from None


def _print(found: Enriched) -> None:
    score = found.score
    print(found.summary or "Nothing is known of this company yet.")
    if found.summary:
        print(found.told.sentence())
    if score.overall is None:
        print(f"Lead score: none. {score.missing}")
    else:
        print(f"Lead score: {score.overall} ({score.low}–{score.high}) {score.grid}")
    print(f"Computed by the score card {score.card}.")
    for sub in score.subscores:
        print(f"  {sub.topic.value}: {'unknown' if sub.value is None else sub.value}")
        for one in sub.contributions:
            print(f"    {one.points:+d}  {why(one, found)}")
    for step in found.lift.steps:
        print(f"Would lift it: {step.text} (+{step.points})")
    for action in found.next_actions:
        due = f" by {clock(action.due_at)}" if action.due_at else ""
        print(f"Next: {action.text}{due}. {action.reason}.")
    for source in found.sources:
        print(f"  {source.name}: {source.state}{f' – {source.reason}' if source.reason else ''}")
