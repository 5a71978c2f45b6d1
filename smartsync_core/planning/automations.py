"""What is set in motion for a company: rules over what is known of it. Not enough known = nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from html import escape

from smartsync_core.model.automation import DealPlace, Extra, Findings
from smartsync_core.model.crm import ObjectName, Schema, Value
from smartsync_core.model.plan import FollowUp
from smartsync_core.planning.compare import blank, same

__all__ = ["AGAIN_AFTER", "OWNER", "qualifies", "settable", "wanted"]

OWNER = "hubspot_owner_id"
AGAIN_AFTER = timedelta(days=90)
"""So long after one was made, the same rule may make another of the same company."""


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
