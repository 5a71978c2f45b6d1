"""What of a score stands in the CRM, as text, by our field names there. What is unknown has no entry."""

from __future__ import annotations

from collections.abc import Sequence

from smartsync_core.model.score import NextAction, Score, StageSuggestion, Topic

__all__ = ["field_values"]


def field_values(
    score: Score, actions: Sequence[NextAction], stage: StageSuggestion | None, summary: str
) -> dict[str, str]:
    """Nothing in it changes from day to day by itself, so that an unchanged company is not written again."""
    told = {
        "oppspot_summary": summary,
        "oppspot_score": "" if score.overall is None else str(score.overall),
        "oppspot_signals": ", ".join(signal.text for signal in score.signals),
        "oppspot_next_actions": "; ".join(action.text for action in actions),
        "oppspot_deal_stage": stage.stage.value if stage else "",
    }
    for topic in Topic:
        value = score.of(topic).value
        told[f"oppspot_score_{topic.value}"] = "" if value is None else str(value)
    return {name: text for name, text in told.items() if text}
