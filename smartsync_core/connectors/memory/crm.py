"""The in-process CRM: records, unique values, associations, merges. Thread-safe; speaks our nouns only."""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from smartsync_core.connectors.memory.fields import ADDITIONAL, MERGED, STAGE, UNIQUE_BY_NATURE, stock_schemas
from smartsync_core.model.crm import (
    Activity,
    Association,
    Clear,
    DealStage,
    Field,
    FieldType,
    Linkable,
    ObjectName,
    Option,
    Owner,
    Pipeline,
    Record,
    Refusal,
    Schema,
    Version,
    Write,
    WriteKind,
    WriteResult,
    WriteStatus,
)

__all__ = ["MemoryCRM"]

Key = tuple[ObjectName, str]  # object, field


@dataclass
class _Row:
    id: str
    properties: dict[str, str]
    created_at: datetime
    updated_at: datetime
    archived: bool = False
    versions: dict[str, list[Version]] = field(default_factory=dict)  # newest first

    def set(self, values: Mapping[str, str], now: datetime) -> None:
        for name, value in values.items():
            if value != self.properties.get(name, ""):
                self.versions.setdefault(name, []).insert(0, Version(value=value or None, at=now))
        self.properties.update(values)


@dataclass
class _Table:
    rows: dict[str, _Row] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)  # absorbed id -> the id it has now


class MemoryCRM:
    """One account. `before_call` is told the method's name and may raise; `after_write` may change what is answered."""

    _named: ClassVar[dict[str, MemoryCRM]] = {}
    _named_lock = threading.Lock()

    def __init__(self) -> None:
        self.owners: list[Owner] = [Owner(id="1", email="owner@sample.example", name="Sample Owner")]
        self.pipelines = [
            Pipeline(
                id="default",
                label="Sales",
                stages=(
                    DealStage(id="first", label="First talk"),
                    DealStage(id="won", label="Won", closed=True, won=True),
                    DealStage(id="lost", label="Lost", closed=True),
                ),
            )
        ]
        self.before_call: Callable[[str], None] = lambda method: None
        self.after_write: Callable[[list[WriteResult]], list[WriteResult]] = lambda results: results
        self._schemas = stock_schemas()
        self._tables = {name: _Table() for name in ObjectName}
        self._index: dict[Key, dict[str, set[str]]] = {}  # made when a field is first looked up
        self._links: dict[tuple[ObjectName, str, Linkable], dict[str, bool]] = defaultdict(
            dict
        )  # to id -> primary
        self._labels: dict[tuple[ObjectName, str, Linkable, str], str] = {}
        self._ids = itertools.count(1001)
        self._last = datetime.now(UTC)
        self._lock = threading.RLock()

    @classmethod
    def named(cls, name: str) -> MemoryCRM:
        """The account of that name in this process; made when first asked for."""
        with cls._named_lock:
            return cls._named.setdefault(name, cls())

    def schema(self, name: ObjectName) -> Schema:
        with self._lock:
            return self._schemas[name]

    def add_fields(self, name: ObjectName, fields: Iterable[Field]) -> None:
        with self._lock:
            schema = self._schemas[name]
            added = {one.name: replace(one, custom=True) for one in fields}
            self._schemas[name] = replace(schema, fields={**schema.fields, **added})

    def add_options(self, name: ObjectName, options: Mapping[str, Sequence[Option]]) -> None:
        """Behind those that are there, each value once."""
        with self._lock:
            schema = self._schemas[name]
            fields = dict(schema.fields)
            for field_name, wanted in options.items():
                held = fields[field_name].options
                new = [one for one in wanted if one.value not in {option.value for option in held}]
                fields[field_name] = replace(fields[field_name], options=(*held, *new))
            self._schemas[name] = replace(schema, fields=fields)

    def counts(self) -> dict[ObjectName, int]:
        """Live records per object."""
        with self._lock:
            return {
                name: sum(not row.archived for row in table.rows.values())
                for name, table in self._tables.items()
            }

    # --- reading ---

    def ids_with(self, name: ObjectName, field_name: str, value: str) -> list[str]:
        """Live records that answer to the value, in any case; oldest first."""
        with self._lock:
            found = self._indexed(name, field_name).get(value, set())
            return sorted(found, key=int)

    def record(self, name: ObjectName, record_id: str, properties: Sequence[str]) -> Record | None:
        """Also an archived one; a merged one as what it is now."""
        with self._lock:
            table = self._tables[name]
            row = table.rows.get(table.merged.get(record_id, record_id))
            if row is None:
                return None
            fields = self._schemas[name].fields
            own = {"hs_object_id": row.id, "createdate": row.created_at.isoformat()}
            values = own | row.properties
            held = {one: values.get(one) or None for one in properties if one in fields}
            return Record(
                object=name,
                id=row.id,
                properties=held,
                created_at=row.created_at,
                updated_at=row.updated_at,
                archived=row.archived,
            )

    def history(
        self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]
    ) -> dict[str, dict[str, list[Version]]]:
        with self._lock:
            rows = self._tables[name].rows
            live = [rows[one] for one in ids if one in rows and not rows[one].archived]
            return {row.id: {one: list(row.versions.get(one, [])) for one in properties} for row in live}

    def changed(self, name: ObjectName, since: datetime | None) -> list[str]:
        """Ids of live records modified at or after `since`, oldest change first."""
        with self._lock:
            rows = [row for row in self._tables[name].rows.values() if not row.archived]
            return [
                row.id
                for row in sorted(rows, key=lambda r: r.updated_at)
                if not since or row.updated_at >= since
            ]

    def linked(self, from_object: ObjectName, from_id: str, to_object: Linkable) -> list[Association]:
        with self._lock:
            return [
                Association(
                    from_object=from_object,
                    from_id=from_id,
                    to_object=to_object,
                    to_id=to_id,
                    primary=primary,
                    labels=self._labels_of(from_object, from_id, to_object, to_id),
                )
                for to_id, primary in self._links[from_object, from_id, to_object].items()
                if isinstance(to_object, Activity) or self._live(to_object, to_id)
            ]

    # --- writing ---

    def apply(self, write: Write) -> WriteResult:
        """Do one write or say why not."""
        with self._lock:
            if write.kind is WriteKind.CREATE:
                return self._create(write)
            row = self._live(write.object, write.id)
            if write.kind is WriteKind.ARCHIVE:
                if row:
                    self._archive(write.object, row)
                return WriteResult(ref=write.ref, status=WriteStatus.DONE, id=write.id)
            if row is None:
                return WriteResult(ref=write.ref, status=WriteStatus.GONE, message="There is no such record.")
            return self._set(write, row)

    def merge(self, name: ObjectName, kept_id: str, absorbed_id: str) -> str:
        """As a person would: `absorbed_id` answers as `kept_id` from now on."""
        with self._lock:
            table = self._tables[name]
            self._archive(name, table.rows[absorbed_id])
            del table.rows[absorbed_id]
            table.merged[absorbed_id] = kept_id
            table.rows[kept_id].properties[MERGED] = absorbed_id
            return kept_id

    def log(self, activity: Activity, name: ObjectName, record_id: str) -> str:
        """As a person would: a call, a meeting or an e-mail with a record; its id."""
        with self._lock:
            activity_id = str(next(self._ids))
            self._links[name, record_id, activity][activity_id] = False
            return activity_id

    def label(self, association: Association, text: str) -> None:
        """As a person would: call an association something."""
        ends = association.from_object, association.from_id, association.to_object, association.to_id
        with self._lock:
            self._labels[ends] = text

    def associate(self, wanted: Association) -> str:
        """ "" when done, else why not. The first of a record's companies is its primary one."""
        with self._lock:
            if isinstance(wanted.to_object, Activity):
                return "Activities are people's own."
            for name, record_id in ((wanted.from_object, wanted.from_id), (wanted.to_object, wanted.to_id)):
                if not self._live(name, record_id):
                    return f"There is no record {record_id} in {name}."
            there = self._links[wanted.from_object, wanted.from_id, wanted.to_object]
            may_lead = wanted.to_object is ObjectName.COMPANIES
            leads = may_lead and (wanted.primary or not any(there.values()) or there.get(wanted.to_id, False))
            if leads:
                there.update(dict.fromkeys(there, False))
            there[wanted.to_id] = leads
            self._links[wanted.to_object, wanted.to_id, wanted.from_object].setdefault(wanted.from_id, False)
            return ""

    def dissociate(self, unwanted: Association) -> None:
        if isinstance(unwanted.to_object, Activity):
            return
        with self._lock:
            self._links[unwanted.from_object, unwanted.from_id, unwanted.to_object].pop(unwanted.to_id, None)
            self._links[unwanted.to_object, unwanted.to_id, unwanted.from_object].pop(unwanted.from_id, None)

    def _create(self, write: Write) -> WriteResult:
        now = self._now()
        row = _Row(id=str(next(self._ids)), properties={}, created_at=now, updated_at=now)
        needs_any = self._schemas[write.object].create_needs_any
        if needs_any and not any(write.properties.get(one) for one in needs_any):
            return _refused(
                write, [Refusal(field="", code="MISSING", message=f"One of {needs_any} is needed.")]
            )
        missing = [one for one in self._required(write.object) if not write.properties.get(one)]
        if missing:
            return _refused(
                write, [Refusal(field=one, code="MISSING", message=f"{one} is needed.") for one in missing]
            )
        result = self._set(write, row)
        if result.status is WriteStatus.DONE:
            for link in write.associations:
                self.associate(replace(link, from_id=row.id))
        return result

    def _set(self, write: Write, row: _Row) -> WriteResult:
        schema = self._schemas[write.object]
        refusals = [one for name, value in write.properties.items() if (one := _refusal(schema, name, value))]
        if refusals:
            return _refused(write, refusals)
        values = {name: _stored(write.object, name, value) for name, value in write.properties.items()}
        if _goes_back(schema, row.properties, values) and STAGE not in write.steps_back:
            del values[STAGE]  # quietly, as a remote with stages does
        for name, value in values.items():
            if taken := self._taken(write.object, name, value) - {row.id}:
                message = f"{name} “{value}” is taken by record {min(taken)}."
                return WriteResult(
                    ref=write.ref, status=WriteStatus.CONFLICT, existing_id=min(taken), message=message
                )
        self._forget(write.object, row)
        row.updated_at = self._now()
        row.set(values, row.updated_at)
        self._tables[write.object].rows[row.id] = row
        self._remember(write.object, row)
        return WriteResult(ref=write.ref, status=WriteStatus.DONE, id=row.id, linked=bool(write.associations))

    def _taken(self, name: ObjectName, field_name: str, value: str) -> set[str]:
        """Ids of the records that hold a value of which there may be only one."""
        unique = self._schemas[name].fields[field_name].unique or (name, field_name) in UNIQUE_BY_NATURE
        return self._indexed(name, field_name).get(value.lower(), set()) if unique and value else set()

    def _archive(self, name: ObjectName, row: _Row) -> None:
        self._forget(name, row)
        row.archived = True
        row.updated_at = self._now()

    def _live(self, name: ObjectName, record_id: str) -> _Row | None:
        table = self._tables[name]
        row = table.rows.get(table.merged.get(record_id, record_id))
        return row if row and not row.archived else None

    def _labels_of(self, name: ObjectName, from_id: str, to_object: Linkable, to_id: str) -> tuple[str, ...]:
        there = [(name, from_id, to_object, to_id)]
        if isinstance(to_object, ObjectName):
            there.append((to_object, to_id, name, from_id))
        return tuple(self._labels[ends] for ends in there if ends in self._labels)

    def _required(self, name: ObjectName) -> list[str]:
        return [one.name for one in self._schemas[name].fields.values() if one.required]

    def _now(self) -> datetime:
        """The wall clock, but never the same instant twice."""
        self._last = max(datetime.now(UTC), self._last + timedelta(microseconds=1))
        return self._last

    # --- the index ---

    def _indexed(self, name: ObjectName, field_name: str) -> dict[str, set[str]]:
        if (name, field_name) not in self._index:
            self._index[name, field_name] = defaultdict(set)
            for row in self._tables[name].rows.values():
                if not row.archived:
                    self._enter(name, field_name, row)
        return self._index[name, field_name]

    def _enter(self, name: ObjectName, field_name: str, row: _Row) -> None:
        for value in _keys(row, field_name, ADDITIONAL.get((name, field_name))):
            self._index[name, field_name][value].add(row.id)

    def _remember(self, name: ObjectName, row: _Row) -> None:
        for object_name, field_name in self._index:
            if object_name is name:
                self._enter(name, field_name, row)

    def _forget(self, name: ObjectName, row: _Row) -> None:
        for (object_name, field_name), values in self._index.items():
            if object_name is name:
                for value in _keys(row, field_name, ADDITIONAL.get((name, field_name))):
                    values[value].discard(row.id)


def _keys(row: _Row, field_name: str, also: str | None) -> Iterator[str]:
    texts = [row.properties.get(field_name, "")]
    if also:
        texts += row.properties.get(also, "").split(";")
    return (text.strip().lower() for text in texts if text.strip())


def _stored(name: ObjectName, field_name: str, value: str | Clear) -> str:
    if isinstance(value, Clear):
        return ""
    return value.strip().lower() if (name, field_name) in UNIQUE_BY_NATURE else value


def _goes_back(schema: Schema, held: Mapping[str, str], values: Mapping[str, str]) -> bool:
    before, after = held.get(STAGE), values.get(STAGE)
    if not before or not after:
        return False
    order = [option.value for option in schema.fields[STAGE].options]
    return before in order and order.index(after) < order.index(before)


def _refused(write: Write, refusals: Sequence[Refusal]) -> WriteResult:
    message = "; ".join(one.message for one in refusals)
    return WriteResult(ref=write.ref, status=WriteStatus.REFUSED, message=message, refusals=tuple(refusals))


def _refusal(schema: Schema, name: str, value: str | Clear) -> Refusal | None:
    held = schema.fields.get(name)
    if held is None:
        return Refusal(field=name, code="PROPERTY_DOESNT_EXIST", message=f"There is no field {name}.")
    if not held.writable:
        return Refusal(field=name, code="READ_ONLY_VALUE", message=f"{name} cannot be changed.")
    if isinstance(value, Clear) or value == "" or _fits(held, value):
        return None
    code = "INVALID_OPTION" if held.closed else f"INVALID_{held.type.upper()}"
    return Refusal(field=name, code=code, message=f"“{value}” is not possible for {name}.")


def _fits(held: Field, value: str) -> bool:
    if held.closed:
        allowed = {option.value for option in held.options}
        return allowed.issuperset(value.split(";") if held.multi else [value])
    readable = _READABLE.get(held.type)
    return (readable is None or readable(value)) and len(value) <= (held.max_length or len(value))


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _is_time(text: str) -> bool:
    try:
        return text.isdigit() or datetime.fromisoformat(text) is not None
    except ValueError:
        return False


_READABLE: Mapping[FieldType, Callable[[str], bool]] = {
    FieldType.NUMBER: _is_number,
    FieldType.DATE: _is_time,
    FieldType.DATETIME: _is_time,
    FieldType.BOOL: lambda text: text in ("true", "false"),
}
