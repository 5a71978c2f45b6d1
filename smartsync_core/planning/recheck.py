"""What the CRM holds right before a send, after a lost answer, and at the read-back: one rule each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from smartsync_core.model.crm import Record, Schema, Value
from smartsync_core.model.plan import Change, Proof
from smartsync_core.planning.compare import same

__all__ = ["Before", "Precondition", "create_is_ours", "precondition", "proof_of"]

_CLOCK_SKEW = timedelta(minutes=2)


class Before(StrEnum):
    WRITE = "write"
    UNCHANGED = "unchanged"  # the CRM already holds all of it; nobody of us sent it
    OURS = "ours"  # an earlier send of this action, never answered, explains what is there
    STALE = "stale"


@dataclass(frozen=True, kw_only=True)
class Precondition:
    """`changes` are those still to write; `theirs` what the CRM holds instead of what the plan saw."""

    verdict: Before
    changes: tuple[Change, ...] = ()
    theirs: Mapping[str, Value] | None = None


def precondition(
    changes: Sequence[Change], live: Mapping[str, Value], schema: Schema, *, sent_before: bool
) -> Precondition:
    """Per property: live = old → write; live = new → nothing to do (ours if a send of it was never answered); else stale."""
    open_changes, theirs, landed = [], {}, False
    for change in changes:
        field, held = schema.fields.get(change.field), live.get(change.field)
        if same(field, held, change.new):
            landed = True
        elif same(field, held, change.old):
            open_changes.append(change)
        else:
            theirs[change.field] = held
    if theirs:
        return Precondition(verdict=Before.STALE, theirs=theirs)
    if open_changes:
        return Precondition(verdict=Before.WRITE, changes=tuple(open_changes))
    return Precondition(verdict=Before.OURS if landed and sent_before else Before.UNCHANGED)


def create_is_ours(changes: Sequence[Change], found: Record, schema: Schema, intent_at: datetime) -> bool:
    """Whether a record found under the e-mail of an unanswered create is that create.

    Used only where the account lacks our key field: an e-mail is unique in the CRM, so a record made after our intent that
    holds exactly what we sent has no other explanation worth asking a person about.
    """
    made_after = found.created_at is not None and found.created_at >= intent_at - _CLOCK_SKEW
    return made_after and all(
        same(schema.fields.get(change.field), change.new, found.properties.get(change.field))
        for change in changes
    )


def proof_of(
    changes: Sequence[Change], live: Record | None, schema: Schema
) -> tuple[Proof, dict[str, tuple[str, str]]]:
    """The read-back's verdict, and {property: (sent, held)} where the CRM holds something else."""
    if live is None or live.archived:
        return Proof.MISSING, {}
    differing = {
        change.field: (change.new or "", live.properties.get(change.field) or "")
        for change in changes
        if not same(schema.fields.get(change.field), change.new, live.properties.get(change.field))
    }
    return (Proof.CHANGED if differing else Proof.CHECKED), differing
