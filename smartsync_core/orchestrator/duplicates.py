"""Likely duplicates of a file on their way to a decision: each pair with what its rows say, and what the person said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from smartsync_core.errors import BadInput
from smartsync_core.model.access import Role
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.duplicates import Decision, LikelyPair
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.plan import Draft
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.field_words import FieldWords
from smartsync_core.orchestrator.import_drafts import ImportDraft, save
from smartsync_core.orchestrator.rights import takes
from smartsync_core.store.likely import Likely

__all__ = ["Differing", "Question", "decide", "look_at", "parse_same", "questions"]

_TELLING = {
    ObjectName.CONTACTS: ("firstname", "lastname", "email", "phone", "company"),
    ObjectName.COMPANIES: ("name", "domain", "phone", "zip", "city"),
}
_DECIDED = "you said so"


@dataclass(frozen=True, kw_only=True)
class Differing:
    """A field of which the two rows say different things."""

    property: str
    label: str
    first: str
    second: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """Two rows, what tells their records, and what was decided; `same` None = nothing yet."""

    object: ObjectName
    row: int
    later: int
    first: str
    second: str
    why: str
    same: bool | None
    differing: tuple[Differing, ...]
    survivors: Mapping[str, int]


def look_at(draft: ImportDraft) -> ImportDraft:
    """The draft on the step where its preview's likely duplicates are decided on."""
    return replace(draft, likely_of=draft.run_id or draft.likely_of, step="duplicates")


def questions(ctx: Context, draft: ImportDraft) -> list[Question]:
    """Those that the preview found and those that were decided on, companies first, then in row order."""
    if not draft.likely_of:
        return []
    likely = Likely(ctx.database, ctx.org_id)
    decided = {_place(one): one for one in draft.decisions}
    pairs = {_place(one): one.why for one in likely.pairs(draft.likely_of)}
    places = sorted({*decided, *pairs}, key=lambda place: (place[0], place[2], place[1]))
    words = FieldWords(ctx.runs.get(draft.likely_of).options)
    said = {name: likely.drafts(draft.likely_of, name, _rows(places, name)) for name in ObjectName}
    return [
        _question(place, pairs.get(place, _DECIDED), decided.get(place), said[place[0]], words)
        for place in places
        if {place[1], place[2]} <= said[place[0]].keys()
    ]


@takes(Role.OPERATOR)
def decide(ctx: Context, draft: ImportDraft, decisions: Sequence[Decision | Question]) -> ImportDraft:
    """Keep what was said of some pairs; one without a word is open again. The next preview goes by it."""
    kept = {_place(one): one for one in draft.decisions}
    for one in decisions:
        if isinstance(one, Decision):
            kept[_place(one)] = one
        else:
            kept.pop(_place(one), None)
    return save(ctx, replace(draft, decisions=tuple(kept.values()), run_id=""))


def parse_same(texts: Iterable[str], record_type: RecordType) -> tuple[Decision, ...]:
    """ "3,8" or "companies=3,8" of a command line: these rows are one record, without a word the main one. Raises BadInput."""
    decisions = []
    for text in texts:
        name, found, rows = text.rpartition("=")
        numbers = sorted({int(row) for row in rows.split(",") if row.strip().isdecimal()})
        objects = {one.value: one for one in record_type.objects}
        wanted = objects.get(name.strip()) if found else record_type.objects[0]
        if wanted is None or len(numbers) < 2 or len(numbers) != len(rows.split(",")):
            raise BadInput(
                f"“{text}” does not say which rows are the same.",
                hint=f"Give their numbers in the file, 3,8 or {next(iter(objects))}=3,8.",
            )
        decisions += [Decision(object=wanted, row=numbers[0], later=row, same=True) for row in numbers[1:]]
    return tuple(decisions)


def _place(one: Decision | LikelyPair | Question) -> tuple[ObjectName, int, int]:
    return one.object, one.row, one.later


def _rows(places: Iterable[tuple[ObjectName, int, int]], name: ObjectName) -> list[int]:
    return sorted({row for place in places if place[0] is name for row in place[1:]})


def _question(
    place: tuple[ObjectName, int, int],
    why: str,
    decision: Decision | None,
    said: Mapping[int, Draft],
    words: FieldWords,
) -> Question:
    name, row, later = place
    one, other = said[row], said[later]
    return Question(
        object=name,
        row=row,
        later=later,
        first=_told(one),
        second=_told(other),
        why=why,
        same=decision.same if decision else None,
        differing=tuple(
            Differing(property=field, label=words.field(name, field), first=value, second=other.values[field])
            for field, value in one.values.items()
            if other.values.get(field, value) != value
        ),
        survivors=decision.survivors if decision else {},
    )


def _told(draft: Draft) -> str:
    values = {"domain": draft.domain, **draft.values}
    told = [values[name] for name in _TELLING[draft.object] if values.get(name)]
    if draft.object is ObjectName.CONTACTS and values.get("firstname") and values.get("lastname"):
        told[:2] = [" ".join(told[:2])]
    return " · ".join(told)
