"""The inverse of what a run wrote: per record and association, what goes back, what stays and why. Used for the plan and

again right before each send, so that what people did in between is seen by the same rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from smartsync_core.model.crm import Activity, Association, Linkable, ObjectName, Record, Schema
from smartsync_core.model.plan import ActionKind, ActionState, Change, Proof, Reason, StoredAction
from smartsync_core.planning.compare import blank, same
from smartsync_core.planning.keys import KEY_FIELD

__all__ = [
    "Around",
    "Cell",
    "Claim",
    "Inverse",
    "Linked",
    "Seen",
    "Wrote",
    "leads",
    "put_back",
    "steps_back",
    "take_back",
    "unlink",
    "wrote",
]

_Say = Callable[[str, str], str]
_STAGE = "lifecyclestage"
_WORDS = {
    "companies": ("company", "companies"),
    "contacts": ("contact", "contacts"),
    "deals": ("deal", "deals"),
    "tasks": ("task", "tasks"),
    "notes": ("note", "notes"),
    "calls": ("call", "calls"),
    "meetings": ("meeting", "meetings"),
    "emails": ("e-mail", "e-mails"),
}

Linked = tuple[ObjectName | Activity, str]
"""A record or an activity: what it is, and its id in the CRM."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One value that a run wrote: what was there, what was sent, and what the CRM made of it at the read-back."""

    before: str | None
    sent: str | None
    held: str | None


@dataclass(frozen=True, kw_only=True)
class Wrote:
    """All that one run wrote to one record. `action` stands for them all: the create, else the first."""

    action: StoredAction
    actions: tuple[StoredAction, ...]
    created: bool
    cells: Mapping[str, Cell]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A later import that wrote to the same record, or whose file names it too (then without fields)."""

    run_id: str
    file_name: str
    fields: frozenset[str] = frozenset()

    @property
    def words(self) -> str:
        return f"the later import {self.run_id} of {self.file_name}"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One record as it is now. `hidden`: types of record of which the key cannot see whether one stands by it.

    `say(field, value)`: what people call a value.
    """

    record: Record | None
    neighbours: Sequence[Association] = ()
    claims: Sequence[Claim] = ()
    hidden: Sequence[Linkable] = ()
    say: _Say = field(default=lambda _, value: value)


@dataclass(kw_only=True)
class Around:
    """Whose associations are whose. Grows while an undo is decided: activities, then contacts, then companies."""

    made: AbstractSet[Linked] = frozenset()  # by the run that is taken back
    links: Mapping[tuple[str, str], bool] = field(
        default_factory=dict
    )  # (contact, company) it added -> as the first one
    beside: Mapping[Linked, AbstractSet[Linked]] = field(
        default_factory=dict
    )  # what deals, tasks, notes were made with
    domains: dict[str, str] = field(default_factory=dict)  # of companies that the run did not link
    gone: set[Linked] = field(default_factory=set)  # records this undo moves to the recycle bin
    unlinked: set[tuple[str, str]] = field(default_factory=set)  # (contact, company) it parts


@dataclass(frozen=True, kw_only=True)
class Inverse:
    """What is to be done about one action. `settled`: fields that hold again what they held before the run."""

    action: StoredAction
    reasons: tuple[Reason, ...] = ()
    settled: frozenset[str] = frozenset()


def wrote(actions: Sequence[StoredAction]) -> Wrote:
    """Several actions on one record (a row that was repaired and sent again) are one: first *before*, last *sent*."""
    ordered = sorted(actions, key=lambda one: (one.intent_at is None, one.intent_at, one.id))
    cells: dict[str, Cell] = {}
    for action in ordered:
        for change in action.changes:
            before = cells[change.field].before if change.field in cells else change.old
            held = (
                action.proof_details[change.field][1] if change.field in action.proof_details else change.new
            )
            cells[change.field] = Cell(before=before, sent=change.new, held=held)
    created = next((one for one in ordered if one.kind is ActionKind.CREATE), None)
    return Wrote(
        action=created or ordered[0], actions=tuple(ordered), created=created is not None, cells=cells
    )


# A record the run created


def take_back(written: Wrote, seen: Seen, schema: Schema, around: Around) -> Inverse:
    """To the recycle bin, if nobody but the run ever touched it."""
    action, record = written.action, seen.record
    if record is None or record.archived:
        return _nothing_left(action, "already_gone", "It is no longer in the CRM: somebody deleted it.")
    reasons = list(_merged(action, record, schema)) or [
        *_claimed(action, seen.claims),
        *_edited(written, record, schema, seen.say),
        *_filled(written, record, schema, seen.say),
        *_held_by(action, record, seen.neighbours, around),
    ]
    if reasons:
        return _kept(action, reasons)
    if seen.hidden:
        names = ", ".join(sorted(_WORDS[name][1] for name in seen.hidden))
        message = f"The key may not see {names}, so nobody can tell whether somebody works with this record."
        return _kept(action, [_reason(action, "cannot_see", message)], state=ActionState.BLOCKED)
    changes = tuple(
        Change(field=name, old=record.properties.get(name), new=None)
        for name in written.cells
        if not blank(record.properties.get(name))
    )
    return Inverse(action=_planned(action, ActionKind.ARCHIVE, changes))


def _merged(action: StoredAction, record: Record, schema: Schema) -> Iterator[Reason]:
    if record.id != action.crm_id:
        yield _reason(action, "merged", f"Kept: somebody merged it into record {record.id}.")
    elif schema.merged_field and not blank(record.properties.get(schema.merged_field)):
        yield _reason(action, "merged", "Kept: somebody merged other records into it.")


def _claimed(action: StoredAction, claims: Sequence[Claim]) -> Iterator[Reason]:
    for claim in claims[:1]:
        yield _reason(action, "later_import", f"Kept: {claim.words} has it too.")


def _edited(written: Wrote, record: Record, schema: Schema, say: _Say) -> Iterator[Reason]:
    for name, cell in written.cells.items():
        live = record.properties.get(name)
        definition = schema.fields.get(name)
        if not same(definition, live, cell.sent) and not same(definition, live, cell.held):
            yield _changed(written.action, name, cell, live, say)


def _filled(written: Wrote, record: Record, schema: Schema, say: _Say) -> Iterator[Reason]:
    """Values in other fields; what the CRM puts there by itself does not count."""
    for name, live in record.properties.items():
        definition = schema.fields.get(name)
        if name in written.cells or name == KEY_FIELD or blank(live):
            continue
        if definition is None or not definition.writable or definition.derived:
            continue
        if definition.preset and same(definition, live, definition.preset):
            continue
        message = f"Kept: somebody filled in “{definition.label}”: “{say(name, live or '')}”."
        yield _reason(written.action, "filled_since", message, name)


def _held_by(
    action: StoredAction, record: Record, neighbours: Iterable[Association], around: Around
) -> Iterator[Reason]:
    """What stands by the record and is not taken back with it, one reason per kind of thing."""
    found = Counter(
        (code, one.to_object.value) for one in neighbours if (code := _holds(record, one, around))
    )
    for (code, name), count in sorted(found.items()):
        words = f"{count} {_WORDS[name][count > 1]}"
        yield _reason(action, code, _HELD[code].format(words=words))


_HELD = {
    "worked_on": "Kept: {words} that this import did not make belong to it.",
    "relabelled": "Kept: somebody changed how it is associated with {words}.",
    "still_needed": "Kept: {words} that stay belong to it.",
}


def _holds(record: Record, neighbour: Association, around: Around) -> str:
    """Why a neighbour keeps the record: a code; "" = it does not."""
    other = (neighbour.to_object, neighbour.to_id)
    if other in around.gone:
        return ""
    if record.object is ObjectName.CONTACTS and neighbour.to_object is ObjectName.COMPANIES:
        return _company_holds(record, neighbour, around)
    if record.object is ObjectName.COMPANIES and neighbour.to_object is ObjectName.CONTACTS:
        pair = (neighbour.to_id, record.id)
        if pair in around.unlinked:
            return ""
        return "still_needed" if pair in around.links or other in around.made else "worked_on"
    if other in around.beside.get((record.object, record.id), frozenset()):
        return ""  # it was made with this one
    return "still_needed" if other in around.made else "worked_on"


def _company_holds(contact: Record, neighbour: Association, around: Around) -> str:
    if neighbour.labels:
        return "relabelled"
    pair = (contact.id, neighbour.to_id)
    if pair in around.links:
        return "" if around.links[pair] == neighbour.primary else "relabelled"
    domain = (contact.properties.get("email") or "").rpartition("@")[2].casefold()
    by_itself = domain and around.domains.get(neighbour.to_id, "").casefold() == domain
    return "" if by_itself else "worked_on"


# A record the run changed


def put_back(written: Wrote, seen: Seen, schema: Schema, *, halfway: bool = False) -> Inverse:
    """Cell by cell: back to what it held where nobody changed it since. `halfway`: our own earlier send may have been cut

    off between the two steps of a stage that goes back.
    """
    action, record = written.action, seen.record
    if record is None or record.archived:
        return _kept(action, [_reason(action, "already_gone", "Left: somebody deleted it in the CRM.")])
    if record.id != action.crm_id:
        return _kept(action, list(_merged(action, record, schema)))
    claimed = {name: claim for claim in seen.claims for name in claim.fields}
    changes, reasons, settled = [], [], set()
    for name, cell in written.cells.items():
        live, definition = record.properties.get(name), schema.fields.get(name)
        ours = same(definition, live, cell.sent) or same(definition, live, cell.held)
        if same(definition, live, cell.before):
            settled.add(name)
        elif definition is None or not definition.writable:
            reasons.append(_reason(action, "field_gone", "Kept: this field can no longer be written.", name))
        elif name in claimed:
            message = f"Kept: {claimed[name].words} wrote it too; it holds “{seen.say(name, live or '')}”."
            reasons.append(_reason(action, "later_import", message, name))
        elif ours or (halfway and name == _STAGE and blank(live)):
            changes.append(Change(field=name, old=live, new=cell.before))
        else:
            reasons.append(_changed(action, name, cell, live, seen.say))
    if changes:
        planned = _planned(action, ActionKind.UPDATE, tuple(changes))
        return Inverse(action=planned, reasons=tuple(reasons), settled=frozenset(settled))
    if reasons:
        return replace(_kept(action, reasons), settled=frozenset(settled))
    return replace(_nothing_left(action, "", ""), settled=frozenset(settled))


def steps_back(changes: Iterable[Change], schema: Schema) -> frozenset[str]:
    """Fields that only move forward by themselves and here go to an earlier value."""
    stage = next((change for change in changes if change.field == _STAGE), None)
    if stage is None or blank(stage.new) or _STAGE not in schema:
        return frozenset()
    order = [option.value for option in schema.fields[_STAGE].options]
    forward = stage.old in order and stage.new in order and order.index(stage.new) > order.index(stage.old)
    return frozenset() if forward or blank(stage.old) else frozenset({_STAGE})


# An association the run added


def leads(link: StoredAction) -> bool:
    """Whether the run left it as the contact's first company; where the CRM had another one lead, it did not."""
    return link.primary and link.proof is not Proof.CHANGED


def unlink(link: StoredAction, company_id: str, standing: Sequence[Association]) -> Inverse:
    """Parted again, if it still is what the run made of it. `standing`: the contact's associations with companies."""
    found = next((one for one in standing if one.to_id == company_id), None)
    if found is None:
        return _nothing_left(link, "already_gone", "The association is no longer there.")
    if found.labels or found.primary != leads(link):
        message = f"Kept: somebody changed the association with company {company_id}."
        return _kept(link, [_reason(link, "relabelled", message)])
    return Inverse(action=_planned(link, ActionKind.UNLINK, ()))


# Shapes


def _planned(action: StoredAction, kind: ActionKind, changes: tuple[Change, ...]) -> StoredAction:
    return replace(_blank(action), kind=kind, state=ActionState.PLANNED, changes=changes)


def _kept(
    action: StoredAction, reasons: Sequence[Reason], *, state: ActionState = ActionState.SKIPPED
) -> Inverse:
    first = reasons[0]
    kept = replace(_blank(action), kind=ActionKind.NONE, state=state, code=first.code, message=first.message)
    return Inverse(action=kept, reasons=tuple(reasons))


def _nothing_left(action: StoredAction, code: str, message: str) -> Inverse:
    left = replace(
        _blank(action), kind=ActionKind.NONE, state=ActionState.UNCHANGED, code=code, message=message
    )
    return Inverse(action=left, reasons=(_reason(action, code, message),) if code else ())


def _blank(action: StoredAction) -> StoredAction:
    """The same record, key and place, with nothing yet said about it."""
    return StoredAction(
        id=action.id,
        object=action.object,
        kind=ActionKind.NONE,
        state=ActionState.PLANNED,
        rows=action.rows[:1],
        crm_id=action.crm_id,
        key_field=action.key_field,
        key_value=action.key_value,
        from_action=action.from_action,
        to_action=action.to_action,
        primary=action.primary,
        group_row=action.group_row,
    )


def _reason(action: StoredAction, code: str, message: str, name: str = "") -> Reason:
    return Reason(row=action.rows[0], field=name, code=code, message=message)


def _changed(action: StoredAction, name: str, cell: Cell, live: str | None, say: _Say) -> Reason:
    was = f"We wrote “{say(name, cell.sent)}”" if cell.sent is not None else "We emptied it"
    now = f"it holds “{say(name, live)}” now" if live and not blank(live) else "it is empty now"
    return _reason(action, "edited_since", f"Kept: {was}, {now}.", name)
