"""The account behind the twin: its records, definitions, associations, owners and pipelines."""

from __future__ import annotations

from random import Random
from typing import Any

from smartsync_core.twins.clock import Clock
from smartsync_core.twins.hubspot.definitions import Catalogue, Definition, Group
from smartsync_core.twins.hubspot.links import End, Links
from smartsync_core.twins.hubspot.object_types import OBJECT_TYPES, ObjectType
from smartsync_core.twins.hubspot.options import Options
from smartsync_core.twins.hubspot.people import OWNERS, PIPELINES
from smartsync_core.twins.hubspot.persistence import Journal
from smartsync_core.twins.hubspot.records import Record, Shelf

PORTAL_ID = 49_000_001
APP_ID = 9_300_001


class Portal:
    """One HubSpot account. Every request works on it alone and ends with `commit`."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self.options = options
        self.switches = options.switches
        self.clock = clock
        self.rng = Random(options.seed)
        self.journal = Journal(options.state)
        self.id = PORTAL_ID
        self._fill()
        self._load()

    # -- reading

    def shelf(self, kind: ObjectType) -> Shelf:
        return self.shelves[kind.name]

    def record(self, end: End) -> Record | None:
        return self.shelves[end[0]].live.get(end[1])

    @property
    def is_new(self) -> bool:
        """Whether no state file told of an earlier life of this account."""
        return not any(True for _ in self.journal.rows("last_id"))

    def live_counts(self) -> dict[str, int]:
        return {name: len(shelf.live) for name, shelf in self.shelves.items()}

    def owner_ids(self) -> list[str]:
        return [owner["id"] for owner in self.owners if not owner["archived"]]

    def stages(self, pipeline_id: str) -> dict[str, dict[str, Any]] | None:
        """Stages of a deal pipeline by id; None when there is no such pipeline."""
        for pipeline in self.pipelines["deals"]:
            if pipeline["id"] == pipeline_id:
                return {stage["id"]: stage for stage in pipeline["stages"]}
        return None

    # -- changing

    def touch(self, ends: set[End], now_ms: int) -> None:
        """An association counts as a change of the records at both ends (contract §5)."""
        for end in ends:
            record = self.record(end)
            if record is None:
                continue
            changes = {}
            if end[0] == "contacts":
                primary = self.links.primary(end, "companies") or ""
                if primary != record.properties.get("associatedcompanyid", ""):
                    changes["associatedcompanyid"] = primary
            self.shelves[end[0]].change(record, changes, now_ms)

    def archive(self, kind: ObjectType, record: Record, now_ms: int) -> None:
        """Archive a record and let go of what it was associated with."""
        touched = self.links.detach((kind.name, record.id))
        self.shelf(kind).archive(record, now_ms)
        self.touch(touched, now_ms)

    def block_email(self, email: str) -> None:
        self.blocked_emails.add(email)
        self.journal.put("blocked", email, lambda: True)

    def unblock_email(self, email: str) -> None:
        self.blocked_emails.discard(email)
        self.journal.drop("blocked", email)

    def save_definition(self, object_name: str, definition: Definition) -> None:
        self.journal.put("property", f"{object_name}:{definition.name}", definition.row)

    def save_group(self, object_name: str, group: Group) -> None:
        self.journal.put("group", f"{object_name}:{group.name}", group.wire)

    def drop_group(self, object_name: str, name: str) -> None:
        self.journal.drop("group", f"{object_name}:{name}")

    def save_pipelines(self, object_name: str) -> None:
        self.journal.put("pipelines", object_name, lambda: self.pipelines[object_name])

    def set_search_lag(self, seconds: float) -> None:
        self.options.search_lag_s = seconds
        for shelf in self.shelves.values():
            shelf.lag_ms = int(seconds * 1000)

    def show_at_once(self) -> None:
        """Let search see everything written so far."""
        for shelf in self.shelves.values():
            shelf.index.settle(self.clock.now_ms() + shelf.lag_ms)

    def commit(self) -> None:
        self.journal.commit()

    def start_over(self) -> None:
        """An empty account again: no records, no custom properties, no blocks. Ids are never used twice."""
        last_ids = {name: shelf.last_id for name, shelf in self.shelves.items()}
        self.journal.clear()
        self._fill()
        for name, shelf in self.shelves.items():
            shelf.last_id = last_ids[name]
            shelf.save_last_id()
        self.journal.commit()

    # -- inside

    def _fill(self) -> None:
        lag_ms = int(self.options.search_lag_s * 1000)
        self.catalogues = {kind.name: Catalogue(kind.name) for kind in OBJECT_TYPES}
        self.shelves = {
            kind.name: Shelf(kind, self.catalogues[kind.name], self.journal, self.rng, lag_ms)
            for kind in OBJECT_TYPES
        }
        for name, shelf in self.shelves.items():
            for unique in self.catalogues[name].unique_names():
                shelf.look_up_by(unique)
        self.shelves["contacts"].look_up_by("email")
        self.shelves["companies"].look_up_by("domain")
        self.links = Links(self.journal)
        self.owners = [dict(owner) for owner in OWNERS]
        self.pipelines: dict[str, list[dict[str, Any]]] = {
            name: [dict(pipeline) for pipeline in found] for name, found in PIPELINES.items()
        }
        self.blocked_emails: set[str] = set()

    def _load(self) -> None:
        for key, row in self.journal.rows("property"):
            self._load_definition(key.split(":")[0], Definition(**row))
        for key, row in self.journal.rows("group"):
            group = Group(row["name"], row["label"], row["displayOrder"], row["archived"])
            self.catalogues[key.split(":")[0]].groups[group.name] = group
        self.pipelines.update(self.journal.rows("pipelines"))
        self.blocked_emails.update(key for key, _ in self.journal.rows("blocked"))
        for shelf in self.shelves.values():
            shelf.load()
        self.links.load()
        self.journal.forget()

    def _load_definition(self, object_name: str, definition: Definition) -> None:
        catalogue = self.catalogues[object_name]
        if definition.archived_ms is not None:
            catalogue.live.pop(definition.name, None)
            catalogue.archived[definition.name] = definition
            return
        catalogue.live[definition.name] = definition
        if definition.unique:
            self.shelves[object_name].look_up_by(definition.name)
