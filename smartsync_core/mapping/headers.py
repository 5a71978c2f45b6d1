"""Columns → targets. Sure only where the header's meaning is not in doubt and the values do not speak against it.

a person's word → a standing mapping of the account → what a person chose for such a header before → exact (the CRM's own
label or name) → known word → hint → likeness. Fields that a person added to the CRM come before our words: who named a
field "Region" means that one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from rapidfuzz import fuzz, process

from smartsync_core.mapping.choices import settled
from smartsync_core.mapping.cleaning import FULL_NAME
from smartsync_core.mapping.evidence import Evidence, weigh
from smartsync_core.mapping.text import quoted
from smartsync_core.mapping.transforms import CannotRead, Chain
from smartsync_core.mapping.words import COMPANYS_OWN, CONCEPTS, Concept, header_key, hinted, known, qualified
from smartsync_core.model.crm import Field, ObjectName, Owner, Schema
from smartsync_core.model.mapping import Certainty, ColumnMatch, ColumnProfile, RecordType, Step, Target

__all__ = ["Place", "Reading", "field_of", "match_columns"]

_LIKE_ENOUGH = 86  # of 100; "Adress" and "Address" are 92 alike
_SHORTEST_LIKENESS = 5  # below it nearly everything looks alike
_TICKERS = frozenset({"symbol", "ticker", "tickersymbol"})
_NAMES_A_COMPANY = frozenset({"associatedcompanyid"})
_FULL_NAME_PARTS = ("firstname", "lastname")
_REMOVALS = frozenset(
    {
        "delete",
        "remove",
        "archive",
        "erase",
        "purge",
        "löschen",
        "entfernen",
        "supprimer",
        "eliminar",
        "borrar",
    }
)


class _Rank(IntEnum):
    """How a column came to its target, strongest first."""

    CHOSEN = 0
    STANDING = 1
    BEFORE = 2  # a person chose it for such a header once
    EXACT = 3
    WORD = 4
    SPLIT = 5  # a known word for a full name, which gives way to columns of its parts
    HINT = 6
    LIKENESS = 7


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """A column's wish for a target, and what stands against it."""

    target: Target | None
    rank: _Rank
    reason: str
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a standing mapping sends a column; None = nowhere, for the reason that is given."""

    target: Target | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What is known about a file's columns besides the choices of where they go; by header, unless it says otherwise."""

    steps: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by target, "contacts.industry"
    copies: Mapping[str, str] = field(
        default_factory=dict
    )  # further uses of a column, by a name of their own
    standing: Mapping[str, Place] = field(default_factory=dict)  # never doubted
    before: Mapping[str, Target] = field(default_factory=dict)  # doubted where the values speak against it


_AS_TYPED = Reading()


def match_columns(
    columns: Sequence[ColumnProfile],
    schemas: Mapping[ObjectName, Schema],
    record_type: RecordType,
    owners: Sequence[Owner],
    overrides: Mapping[str, Target | None],
    reading: Reading = _AS_TYPED,
) -> list[ColumnMatch]:
    """One match per column, in order, and after it one per further use of it.

    `overrides` (by header) are a person's word: never doubted, None leaves a column out. A sure match needs a header that is
    exact or a known word, values that fit as they are read, and a target no other column has. Raises BadInput where a step
    does not stand.
    """
    columns = _with_copies(columns, reading.copies)
    finder = _Finder(columns, schemas, record_type)
    places = {column.header: column.index for column in columns}
    seen = [_seen(column, reading.steps.get(column.header, ()), places) for column in columns]
    claims = [_claim(column, finder, schemas, owners, overrides, reading) for column in seen]
    rivals = _rivals(claims, columns)
    return [
        _read_as(_match(column, claim, rival), reading)
        for column, claim, rival in zip(columns, claims, rivals, strict=True)
    ]


def _with_copies(columns: Sequence[ColumnProfile], copies: Mapping[str, str]) -> list[ColumnProfile]:
    return [
        one
        for column in columns
        for one in (
            column,
            *(replace(column, header=name) for name, source in copies.items() if source == column.header),
        )
    ]


def _seen(column: ColumnProfile, steps: Sequence[Step], places: Mapping[str, int]) -> ColumnProfile:
    """The column as its steps leave it; what a step looks up in other columns is not known here, and then not doubted."""
    if not steps:
        return column
    chain, after = Chain(steps, places), list[str]()
    for value in column.distinct:
        try:
            after.append(chain.run(value, ()) if not chain.looks_aside else value)
        except CannotRead:
            after.append(value)
    return replace(column, distinct=tuple(dict.fromkeys(filter(None, after))))


def _why_nowhere(column: ColumnProfile) -> str:
    """Words that ask for something are never obeyed; whoever wrote them has to know."""
    asked = next((value for value in column.distinct if value.strip().casefold() in _REMOVALS), "")
    if asked:
        return f"No import deletes anything: rows that say {quoted(asked)} here are imported like the others."
    return "No field of the CRM goes by this name."


def _read_as(match: ColumnMatch, reading: Reading) -> ColumnMatch:
    values = reading.values.get(str(match.target), {})
    return replace(
        match,
        steps=reading.steps.get(match.header, ()),
        values=values,
        copy_of=reading.copies.get(match.header, ""),
    )


def field_of(target: Target, schemas: Mapping[ObjectName, Schema]) -> Field:
    """The field behind a target, the full-name pseudo-property included."""
    return (
        FULL_NAME if target.property == Target.FULL_NAME else schemas[target.object].fields[target.property]
    )


def _claim(
    column: ColumnProfile,
    finder: _Finder,
    schemas: Mapping[ObjectName, Schema],
    owners: Sequence[Owner],
    overrides: Mapping[str, Target | None],
    reading: Reading,
) -> _Claim:
    if column.header in overrides:
        target = overrides[column.header]
        reason = f"You chose {field_of(target, schemas).label}." if target else "You left it out."
        return _firm(target, _Rank.CHOSEN, reason, column, schemas, owners)
    filled_by_steps = bool(reading.steps.get(column.header))
    if not column.distinct and not filled_by_steps:
        return _Claim(target=None, rank=_Rank.CHOSEN, reason="It has no values.")
    if placed := reading.standing.get(column.header):
        return _firm(placed.target, _Rank.STANDING, placed.reason, column, schemas, owners)
    claim = finder.find(column, reading.before.get(column.header))
    if claim.target is None:
        return claim
    wanted = field_of(claim.target, schemas)
    if not wanted.writable:
        reason = f"{wanted.label} is filled by the CRM itself and cannot be imported."
        if wanted.name in _NAMES_A_COMPANY:
            reason = (
                "It names a company by its record id: with people and companies in each row, choose it under "
                "“Who is who” to recognise companies."
            )
        return _Claim(target=None, rank=claim.rank, reason=reason)
    if not column.distinct:
        return claim
    values = reading.values.get(str(claim.target), {})
    meant = (settled(value, values, multi=wanted.multi) for value in column.distinct)
    known_values = replace(column, distinct=tuple(dict.fromkeys(filter(None, meant))))
    return replace(claim, evidence=weigh(wanted, known_values, owners))


def _firm(
    target: Target | None,
    rank: _Rank,
    reason: str,
    column: ColumnProfile,
    schemas: Mapping[ObjectName, Schema],
    owners: Sequence[Owner],
) -> _Claim:
    """Whatever the values say, they only tell how they are written."""
    if target is None:
        return _Claim(target=None, rank=rank, reason=reason)
    weighed = weigh(field_of(target, schemas), column, owners)
    return _Claim(target=target, rank=rank, reason=reason, evidence=replace(weighed, doubt=""))


def _match(column: ColumnProfile, claim: _Claim, rival: str) -> ColumnMatch:
    certainty, reason = Certainty.SURE, claim.reason
    if claim.target is None:
        certainty = Certainty.NONE
    elif rival:
        certainty, reason = Certainty.CHECK, f"The column {quoted(rival)} already goes there."
    elif claim.evidence.doubt:
        certainty, reason = Certainty.CHECK, claim.evidence.doubt
    elif claim.rank >= _Rank.HINT:
        certainty = Certainty.CHECK
    return ColumnMatch(
        index=column.index,
        header=column.header,
        target=claim.target,
        certainty=certainty,
        reason=reason,
        samples=tuple(value if len(value) <= 60 else value[:59] + "…" for value in column.distinct[:3]),
        filled=column.filled,
        format=claim.evidence.format,
    )


def _rivals(claims: Sequence[_Claim], columns: Sequence[ColumnProfile]) -> list[str]:
    """Per claim the header of the column that has its target already, "" for none: the strongest and first claim wins."""
    holders: dict[tuple[ObjectName, str], str] = {}
    rivals = [""] * len(claims)
    order = sorted(
        range(len(claims)), key=lambda place: (*_against(claims[place]), claims[place].rank, place)
    )
    for position in order:
        target = claims[position].target
        if target is None:
            continue
        names = _FULL_NAME_PARTS if target.property == Target.FULL_NAME else (target.property,)
        slots = [(target.object, name) for name in names]
        rivals[position] = next((holders[slot] for slot in slots if slot in holders), "")
        if not rivals[position]:
            holders.update(dict.fromkeys(slots, columns[position].header))
    return rivals


def _against(claim: _Claim) -> tuple[bool, bool]:
    return bool(claim.evidence.doubt), not claim.evidence.fits


class _Finder:
    """Finds a header's target among the fields of the objects that a row holds."""

    def __init__(
        self, columns: Sequence[ColumnProfile], schemas: Mapping[ObjectName, Schema], record_type: RecordType
    ) -> None:
        self._objects = [name for name in record_type.objects if name in schemas]
        self._schemas = schemas
        self._type = record_type
        self._headers = {header_key(column.header) for column in columns}
        self._concepts = {concept.name for column in columns if (concept := known(column.header))}
        self._by_key: dict[str, list[Target]] = {}
        for name in self._objects:
            for known_field in schemas[name].fields.values():
                for key in {header_key(known_field.name), header_key(known_field.label)} - {""}:
                    self._by_key.setdefault(key, []).append(Target(object=name, property=known_field.name))
        self._likely = self._likely_words()

    def find(self, column: ColumnProfile, before: Target | None) -> _Claim:
        """`before`: what a person chose for such a header in another file."""
        header = column.header
        return (
            self._chosen_before(header, before)
            or self._exact(header, custom=True)
            or self._word(header)
            or self._contextual(header)
            or self._exact(header, custom=False)
            or self._hint(header)
            or self._likeness(header)
            or _Claim(target=None, rank=_Rank.LIKENESS, reason=_why_nowhere(column))
        )

    def _field(self, target: Target) -> Field:
        return field_of(target, self._schemas)

    def _chosen_before(self, header: str, target: Target | None) -> _Claim | None:
        """Not where this account lacks the field, or fills it by itself."""
        if target is None or target.object not in self._objects or not self._exists(target):
            return None
        if not self._field(target).writable:
            return None
        reason = f"You chose {self._field(target).label} for {quoted(header)} before."
        return _Claim(target=target, rank=_Rank.BEFORE, reason=reason)

    def _exact(self, header: str, *, custom: bool) -> _Claim | None:
        """The CRM's own name or label. Writable ones first; two fields of one label on one object are a question."""
        found = [
            target
            for target in self._by_key.get(header_key(header), [])
            if self._field(target).custom is custom
        ]
        found = [target for target in found if self._field(target).writable] or found
        if not found:
            return None
        if len({target.object for target in found}) == 2:
            home = ObjectName.COMPANIES if found[0].property in COMPANYS_OWN else ObjectName.CONTACTS
            found = [target for target in found if target.object is home]
        if len(found) == 1:
            reason = f"It is the CRM's own field {quoted(self._field(found[0]).label)}."
            return _Claim(target=found[0], rank=_Rank.EXACT, reason=reason)
        names = ", ".join(target.property for target in found)
        return _Claim(
            target=found[0], rank=_Rank.HINT, reason=f"Several fields of the CRM have this label: {names}."
        )

    def _word(self, header: str) -> _Claim | None:
        if concept := known(header):
            return self._of_concept(header, concept, self._home(concept))
        if found := qualified(header):
            owner, concept = found
            return self._of_concept(
                header, concept, concept.home if concept.home is ObjectName.COMPANIES else owner
            )
        return None

    def _contextual(self, header: str) -> _Claim | None:
        """Words that mean something only beside others.

        "Name": of the person in a list of people, of either where a row holds both (sure only beside a company column).
        "Security": the company, in a list of companies with a ticker column and no other name.
        """
        key = header_key(header)
        if key == "name" and self._type is not RecordType.COMPANIES:
            target = Target(object=ObjectName.CONTACTS, property=Target.FULL_NAME)
            alone = self._type is RecordType.BOTH and "company name" not in self._concepts
            reason = (
                "It may name the person or the company."
                if alone
                else "“Name” is read as the person's full name."
            )
            return _Claim(target=target, rank=_Rank.HINT if alone else _Rank.SPLIT, reason=reason)
        if key == "security" and self._type is RecordType.COMPANIES and self._headers & _TICKERS:
            target = Target(object=ObjectName.COMPANIES, property="name")
            if "company name" not in self._concepts and "name" not in self._headers and self._exists(target):
                return _Claim(
                    target=target,
                    rank=_Rank.WORD,
                    reason="“Security” beside a ticker column names the company.",
                )
        return None

    def _home(self, concept: Concept) -> ObjectName:
        return concept.home if self._type is RecordType.BOTH else self._type.objects[0]

    def _of_concept(self, header: str, concept: Concept, wanted: ObjectName) -> _Claim | None:
        """The concept's field on `wanted`; where rows hold only the other object, its own field for a company's matter."""
        home = wanted if wanted in self._objects else None
        if home is None and concept.home is ObjectName.COMPANIES:
            home = self._objects[0] if self._objects else None
        target = self._target(concept, home) if home else None
        if target is not None:
            rank = _Rank.SPLIT if target.property == Target.FULL_NAME else _Rank.WORD
            label = self._field(target).label
            same = header_key(header) == header_key(label)
            reason = (
                f"It is the CRM's own field {quoted(label)}."
                if same
                else f"{quoted(header)} means {quoted(label)}."
            )
            return _Claim(target=target, rank=rank, reason=reason)
        if len(self._objects) == 1:
            other = "a person" if self._objects[0] is ObjectName.COMPANIES else "a company"
            rows = "companies" if self._objects[0] is ObjectName.COMPANIES else "people"
            return _Claim(
                target=None, rank=_Rank.WORD, reason=f"It describes {other}, and the rows are {rows}."
            )
        return None

    def _target(self, concept: Concept, object_name: ObjectName) -> Target | None:
        candidates = (Target(object=object_name, property=name) for name in concept.properties(object_name))
        return next((target for target in candidates if self._exists(target)), None)

    def _exists(self, target: Target) -> bool:
        return target.property == Target.FULL_NAME or target.property in self._schemas[target.object]

    def _hint(self, header: str) -> _Claim | None:
        concept = hinted(header)
        target = self._suggested(concept) if concept else None
        if target is None:
            return None
        return _Claim(
            target=target,
            rank=_Rank.HINT,
            reason=f"{quoted(header)} may mean {quoted(self._field(target).label)}.",
        )

    def _suggested(self, concept: Concept) -> Target | None:
        homes = sorted(self._objects, key=lambda name: name is not concept.home)
        found = (self._target(concept, home) for home in homes)
        return next((target for target in found if target is not None and self._field(target).writable), None)

    def _likeness(self, header: str) -> _Claim | None:
        key = header_key(header)
        if len(key) < _SHORTEST_LIKENESS:
            return None
        best = process.extractOne(key, self._likely.keys(), scorer=fuzz.ratio, score_cutoff=_LIKE_ENOUGH)
        if best is None:
            return None
        target = self._likely[best[0]]
        return _Claim(
            target=target,
            rank=_Rank.LIKENESS,
            reason=f"{quoted(header)} looks like {quoted(self._field(target).label)}.",
        )

    def _likely_words(self) -> dict[str, Target]:
        words: dict[str, Target] = {}
        for concept in CONCEPTS:
            target = self._suggested(concept)
            if target is not None:
                words.update(dict.fromkeys(map(header_key, concept.sure), target))
        for key, targets in self._by_key.items():
            writable = [target for target in targets if self._field(target).writable]
            if writable:
                words.setdefault(key, writable[0])
        return {key: target for key, target in words.items() if len(key) >= _SHORTEST_LIKENESS}
