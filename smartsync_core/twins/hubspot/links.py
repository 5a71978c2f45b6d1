"""Which records belong together. Every association is kept from both ends, each end with its own type ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smartsync_core.twins.hubspot.association_types import PRIMARY, AssociationType, stock_types
from smartsync_core.twins.hubspot.persistence import Journal

End = tuple[str, str]  # object name, record id
Types = list[int]


class Links:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._held: dict[End, dict[str, dict[str, Types]]] = {}
        self.types: dict[tuple[str, str], list[AssociationType]] = {}
        for kind in stock_types():
            self.know(kind)

    # -- types

    def know(self, kind: AssociationType) -> None:
        self.types.setdefault((kind.source, kind.target), []).append(kind)

    def forget(self, kind: AssociationType) -> None:
        self.types[kind.source, kind.target].remove(kind)

    def default(self, source: str, target: str) -> AssociationType | None:
        """The unlabelled type of this direction; None where the two objects cannot be associated."""
        return next((kind for kind in self.types.get((source, target), []) if kind.label is None), None)

    def type(self, source: str, target: str, category: str | None, type_id: int) -> AssociationType | None:
        for kind in self.types.get((source, target), []):
            if kind.type_id == type_id and category in (None, kind.category):
                return kind
        return None

    def leading_from(self, source: str, category: str, type_id: int) -> AssociationType | None:
        """The type of this id that starts at `source`, whatever it leads to."""
        for start, target in self.types:
            found = self.type(start, target, category, type_id) if start == source else None
            if found is not None:
                return found
        return None

    # -- reading

    def of(self, end: End, target: str) -> dict[str, Types]:
        """Ids of the associated `target` records, oldest association first, with their type ids."""
        return self._held.get(end, {}).get(target, {})

    def primary(self, end: End, target: str) -> str | None:
        """The primary company of a contact or deal."""
        wanted = PRIMARY.get((end[0], target))
        return next((to_id for to_id, types in self.of(end, target).items() if wanted in types), None)

    def around(self, end: End) -> Iterator[tuple[str, str, Types]]:
        for target, found in self._held.get(end, {}).items():
            for to_id, types in found.items():
                yield target, to_id, types

    # -- changing; each returns the ends whose records were touched

    def add(self, source: End, target: End, kind: AssociationType) -> set[End]:
        """A primary type brings the plain one along and takes the place of another primary."""
        touched: set[End] = set()
        if kind.type_id == PRIMARY.get((source[0], target[0])):
            touched |= self._yield_primary(source, target, kind)
        elif kind.inverse_id == PRIMARY.get((target[0], source[0])):
            touched |= self._yield_primary(target, source, self._inverse(kind))
        if kind.label is not None:
            plain = self.default(source[0], target[0])
            if plain is not None:
                touched |= self._add_one(source, target, plain)
        return touched | self._add_one(source, target, kind)

    def add_first_primary(self, source: End, target: End) -> set[End]:
        """Make a contact's company its primary one if it has none yet; either end may come first."""
        contact, company = (source, target) if source[0] == "contacts" else (target, source)
        if (contact[0], company[0]) != ("contacts", "companies") or self.primary(contact, "companies"):
            return set()
        primary = self.type("contacts", "companies", None, PRIMARY["contacts", "companies"])
        assert primary is not None
        return self.add(contact, company, primary)

    def remove(self, source: End, target: End, type_ids: Types | None = None) -> set[End]:
        """Drop these types from both ends, every type when None."""
        held = self.of(source, target[0]).get(target[1])
        if held is None:
            return set()
        dropped = held if type_ids is None else [number for number in held if number in type_ids]
        if not dropped:
            return set()
        back = [kind.inverse_id for kind in self.types[source[0], target[0]] if kind.type_id in dropped]
        self._set(source, target, [number for number in held if number not in dropped])
        other = self.of(target, source[0]).get(source[1], [])
        self._set(target, source, [number for number in other if number not in back])
        return {source, target}

    def detach(self, end: End) -> set[End]:
        """Drop everything this record is associated with."""
        touched: set[End] = set()
        for target, to_id, _ in list(self.around(end)):
            touched |= self.remove(end, (target, to_id))
        return touched

    # -- the state file

    def load(self) -> None:
        for _, row in self._journal.rows("label"):
            self.know(AssociationType(*row))
        for key, types in self._journal.rows("link"):
            source, target = key.split(">")
            (from_name, from_id), (to_name, to_id) = source.split(":"), target.split(":")
            self._held.setdefault((from_name, from_id), {}).setdefault(to_name, {})[to_id] = types

    def save_label(self, kind: AssociationType) -> None:
        row: list[Any] = [
            kind.source,
            kind.target,
            kind.type_id,
            kind.inverse_id,
            kind.label,
            kind.category,
            kind.name,
        ]
        self._journal.put("label", f"{kind.source}>{kind.target}:{kind.type_id}", lambda: row)

    def drop_label(self, kind: AssociationType) -> None:
        self._journal.drop("label", f"{kind.source}>{kind.target}:{kind.type_id}")

    # -- inside

    def _inverse(self, kind: AssociationType) -> AssociationType:
        return next(back for back in self.types[kind.target, kind.source] if back.type_id == kind.inverse_id)

    def _yield_primary(self, owner: End, target: End, kind: AssociationType) -> set[End]:
        held = self.primary(owner, target[0])
        if held is None or held == target[1]:
            return set()
        return self.remove(owner, (target[0], held), [kind.type_id])

    def _add_one(self, source: End, target: End, kind: AssociationType) -> set[End]:
        there = self.of(source, target[0]).get(target[1], [])
        if kind.type_id in there:
            return set()
        self._set(source, target, [*there, kind.type_id])
        back = self.of(target, source[0]).get(source[1], [])
        if kind.inverse_id not in back:
            self._set(target, source, [*back, kind.inverse_id])
        return {source, target}

    def _set(self, source: End, target: End, types: Types) -> None:
        key = f"{source[0]}:{source[1]}>{target[0]}:{target[1]}"
        found = self._held.setdefault(source, {}).setdefault(target[0], {})
        if types:
            found[target[1]] = types
            self._journal.put("link", key, lambda: types)
        else:
            found.pop(target[1], None)
            self._journal.drop("link", key)
