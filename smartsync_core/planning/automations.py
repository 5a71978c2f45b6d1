"""What is set in motion for a company: rules over what is known of it. Not enough known = nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from html import escape

from smartsync_core.model.automation import DealPlace, Extra, Findings
from smartsync_core.model.crm import ObjectName, Schema, Value
from smartsync_core.model.plan import FollowUp
from smartsync_core.planning.compare import blank, same

__all__ = ["AGAIN_AFTER", "OWNER", "fields_of", "qualifies", "settable", "told", "wanted"]

OWNER = "hubspot_owner_id"
AGAIN_AFTER = timedelta(days=90)
"""So long after one was made, the same rule may make another of the same company."""

_FOUND_OUT = frozenset({"oppspot_summary", "oppspot_signals"})


def fields_of(values: Mapping[str, str], ticked: Collection[Extra]) -> dict[str, str]:
    """Those of our own fields that are to be filled: with the score all of them, with research alone what was found out."""
    if Extra.SCORES in ticked:
        return dict(values)
    return {name: text for name, text in values.items() if Extra.ENRICH in ticked and name in _FOUND_OUT}


def told(found: Findings) -> dict[str, object]:
    """As programs read it, in the log and in an answer; what is unknown has no entry."""
    prefix = "oppspot_score_"
    said: dict[str, object] = {
        "summary": found.summary,
        "leadScore": found.overall,
        "scores": {
            name.removeprefix(prefix): int(text)
            for name, text in found.values.items()
            if name.startswith(prefix)
        },
        "buyingSignals": list(found.signals),
        "nextActions": list(found.next_actions),
        "dealStage": found.values.get("oppspot_deal_stage"),
    }
    return {name: one for name, one in said.items() if one not in (None, "", [], {})}


def qualifies(found: Findings, target: int) -> bool:
    """Whether a deal may begin."""
    return found.overall is not None and found.overall >= target


def wanted(
    found: Findings,
    subject: int,
    ticked: Collection[Extra],
    *,
    target: int,
    place: DealPlace | None,
    owner: str = "",
) -> Iterator[FollowUp]:
    """Deal, task and note for one company, beside the record `subject`. `owner`: who has the company, "" for nobody."""
    if found.overall is None:
        return
    if Extra.DEALS in ticked and place is not None and qualifies(found, target):
        deal = {"dealname": found.name, "pipeline": place.pipeline, "dealstage": place.stage}
        yield _follow_up("deal", ObjectName.DEALS, found, subject, deal | _owned(owner))
    action = found.action
    if Extra.TASKS in ticked and action is not None and action.due_at is not None:
        task = {
            "hs_timestamp": _instant(action.due_at),
            "hs_task_subject": f"{found.name}: {action.text}",
            "hs_task_body": _html(f"{action.reason}.", found.summary),
            "hs_task_status": "NOT_STARTED",
            "hs_task_type": "TODO",
        }
        yield _follow_up("task", ObjectName.TASKS, found, subject, task | _owned(owner))
    if Extra.NOTES in ticked:
        note = {
            "hs_timestamp": _instant(found.at),
            "hs_note_body": _html(f"Lead score {found.overall}.", found.summary),
        }
        yield _follow_up("note", ObjectName.NOTES, found, subject, note | _owned(owner))


def settable(
    values: Mapping[str, str], live: Mapping[str, Value], ours: Mapping[str, Value], schema: Schema
) -> dict[str, str]:
    """Those that the account has a field for, and that stand empty there or as we wrote them last: a person's value stays."""
    return {
        name: value
        for name, value in values.items()
        if name in schema
        and schema.fields[name].writable
        and (
            blank(live.get(name)) or (name in ours and same(schema.fields[name], ours[name], live.get(name)))
        )
    }


def _follow_up(
    rule: str, name: ObjectName, found: Findings, subject: int, values: Mapping[str, str]
) -> FollowUp:
    return FollowUp(rule=rule, object=name, subject=subject, occasion="1", values=values, about=found.company)


def _owned(owner: str) -> dict[str, str]:
    return {OWNER: owner} if owner else {}


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _html(*paragraphs: str) -> str:
    """Text of the web stays text."""
    return "".join(f"<p>{escape(text, quote=False)}</p>" for text in paragraphs if text)
