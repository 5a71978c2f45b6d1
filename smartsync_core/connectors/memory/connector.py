"""The in-process CRM behind the connector contract. Its base address names the account: `memory://any-name`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any

from smartsync_core.connectors.base import BaseCRMConnector, Counts, Manifest, Page, Settings, lacking_options
from smartsync_core.connectors.memory.crm import MemoryCRM
from smartsync_core.errors import NeedsPerson
from smartsync_core.http import FixedToken
from smartsync_core.model.crm import (
    Account,
    AccountKind,
    Association,
    Budget,
    Field,
    Linkable,
    ObjectName,
    Owner,
    Pipeline,
    Provision,
    Record,
    Schema,
    Version,
    Window,
    Write,
    WriteResult,
)

__all__ = ["MemoryConnector"]

_PAGE_SIZE = 200


class MemoryConnector(BaseCRMConnector):
    """Works without settings too, on an account of its own. `crm` is the account itself, for tests to look into."""

    manifest = Manifest.load(Path(__file__).parent)

    def __init__(self, settings: Settings | None = None, *, crm: MemoryCRM | None = None) -> None:
        self.crm = crm or MemoryCRM()
        self._settings = Settings(base_url=self.manifest.default_base_url, tokens=FixedToken(""))
        super().__init__(settings)

    def open(self, settings: Settings) -> None:
        self._settings = settings
        self.crm = MemoryCRM.named(settings.base_url or self.manifest.default_base_url)

    def check(self) -> Account:
        self._call("check", 1)
        return Account(portal_id="memory", kind=AccountKind.PRACTICE, name="Memory")

    def describe(self, object_name: ObjectName) -> Schema:
        self._call("describe", 1)
        return self.crm.schema(object_name)

    def owners(self) -> list[Owner]:
        self._call("owners", 1)
        return list(self.crm.owners)

    def pipelines(self) -> list[Pipeline]:
        self._call("pipelines", 1)
        return list(self.crm.pipelines)

    def provision(self, wanted: Mapping[ObjectName, Sequence[Field]], *, dry_run: bool = False) -> Provision:
        there = {name: self.describe(name) for name in wanted}
        present = {
            name: tuple(one.name for one in fields if one.name in there[name])
            for name, fields in wanted.items()
        }
        added = {
            name: tuple(one.name for one in fields if one.name not in there[name])
            for name, fields in wanted.items()
        }
        options = lacking_options(wanted, there)
        if not dry_run:
            for name, fields in wanted.items():
                self._call("provision", 1)
                self.crm.add_fields(name, [one for one in fields if one.name in added[name]])
                self.crm.add_options(
                    name, {one.name: one.options for one in fields if one.name in options.get(name, {})}
                )
        return Provision(present=present, added=added, options=options)

    def find(
        self, object_name: ObjectName, field: str, values: Sequence[str], properties: Sequence[str]
    ) -> dict[str, list[Record]]:
        schema = self.crm.schema(object_name)
        if field != "id" and field not in schema:
            raise NeedsPerson(f"There is no field “{field}” on {object_name}.", hint="Choose another field.")
        searched = field != "id" and not schema.fields[field].unique and field not in schema.identity_fields
        self._call("find", self._batches(len(values)), Window.SEARCH if searched else Window.APP)
        return {value: self._find(object_name, field, value.strip().lower(), properties) for value in values}

    def read(
        self,
        object_name: ObjectName,
        ids: Sequence[str],
        properties: Sequence[str],
        *,
        archived: bool = False,
    ) -> dict[str, Record]:
        self._call("read", self._batches(len(ids)))
        found = ((one, self.crm.record(object_name, one, properties)) for one in ids)
        return {one: record for one, record in found if record and (record.archived or not archived)}

    def history(
        self, object_name: ObjectName, ids: Sequence[str], properties: Sequence[str]
    ) -> dict[str, dict[str, list[Version]]]:
        self._call("history", self._batches(len(ids)))
        return self.crm.history(object_name, ids, properties)

    def linked(
        self, from_object: ObjectName, ids: Sequence[str], to_object: Linkable
    ) -> dict[str, list[Association]]:
        self._call("linked", ceil(len(ids) / self.manifest.association_batch_size), Window.ASSOCIATION)
        return {one: self.crm.linked(from_object, one, to_object) for one in ids}

    def changes(
        self, object_name: ObjectName, cursor: str | None, properties: Sequence[str]
    ) -> Iterator[Page]:
        ids = self.crm.changed(object_name, datetime.fromisoformat(cursor) if cursor else None)
        for begin in range(0, len(ids), _PAGE_SIZE):
            self._call("changes", 1, Window.SEARCH)
            found = [self.crm.record(object_name, one, properties) for one in ids[begin : begin + _PAGE_SIZE]]
            records = tuple(one for one in found if one)
            reached = max((one.updated_at for one in records if one.updated_at), default=None)
            yield Page(records=records, cursor=reached.isoformat() if reached else cursor)

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        self._call("write", self._batches(len(writes)))
        return self.crm.after_write([self.crm.apply(write) for write in writes])

    def link(self, add: Sequence[Association] = (), remove: Sequence[Association] = ()) -> list[str]:
        self._call("link", ceil(len(add) / self.manifest.association_batch_size), Window.ASSOCIATION)
        for one in remove:
            self.crm.dissociate(one)
        return [self.crm.associate(one) for one in add] + [""] * len(remove)

    def price(self, counts: Counts) -> Budget:
        written = [*counts.create.values(), *counts.update.values()]
        per_record = 3 if counts.shown else 2  # precondition, write, proof
        links = [counts.links, counts.unlinks, counts.link_reads]
        calls = {
            Window.APP: self._sum(counts.find_unique.values()) + per_record * self._sum(written),
            Window.SEARCH: self._sum(counts.find_search.values()),
            Window.ASSOCIATION: sum(ceil(one / self.manifest.association_batch_size) for one in links),
        }
        return Budget(calls=calls, seconds=0.0)

    def _find(self, name: ObjectName, field: str, value: str, properties: Sequence[str]) -> list[Record]:
        ids = [value] if field == "id" else self.crm.ids_with(name, field, value)
        records = (self.crm.record(name, one, properties) for one in ids)
        return [one for one in records if one and not one.archived]

    def _call(self, method: str, count: int, window: Window = Window.APP) -> None:
        self.crm.before_call(method)
        for _ in range(count):
            self._settings.before_call(method in ("write", "link"))
            self._settings.on_call(window)

    def _batches(self, count: int) -> int:
        return ceil(count / self.manifest.batch_size)

    def _sum(self, counts: Any) -> int:
        return sum(self._batches(count) for count in counts)
