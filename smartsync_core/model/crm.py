"""What a remote CRM is made of, in our words. Connectors translate to and from these; nothing else knows vendor JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

__all__ = [
    "CLEAR",
    "Account",
    "AccountKind",
    "Activity",
    "Association",
    "Budget",
    "Clear",
    "DayCalls",
    "DealStage",
    "Field",
    "FieldType",
    "Linkable",
    "ObjectName",
    "Option",
    "Owner",
    "Paces",
    "Pipeline",
    "Properties",
    "Provision",
    "Record",
    "Refusal",
    "Schema",
    "TokenSource",
    "Value",
    "Version",
    "Window",
    "Write",
    "WriteKind",
    "WriteResult",
    "WriteStatus",
]


class ObjectName(StrEnum):
    """The objects we know, in the order in which they are written."""

    COMPANIES = "companies"
    CONTACTS = "contacts"
    DEALS = "deals"
    TASKS = "tasks"
    NOTES = "notes"


class Activity(StrEnum):
    """What people do with records. We never write these; that one stands by a record shows that somebody works with it."""

    CALLS = "calls"
    MEETINGS = "meetings"
    EMAILS = "emails"


Linkable = ObjectName | Activity
"""Whatever a record can be associated with."""


class Clear:
    """The wish to empty a field: a value of its own, since an absent key means "untouched"."""

    def __repr__(self) -> str:
        return "CLEAR"


CLEAR: Final = Clear()

Value = str | None
"""A field's value as text in the remote's canonical form; None = empty. Types live in the Schema, not in the value."""

Properties = Mapping[str, str | None]


class FieldType(StrEnum):
    STRING = "string"
    NUMBER = "number"
    DATE = "date"  # YYYY-MM-DD
    DATETIME = "datetime"  # ISO 8601, UTC, `Z`
    BOOL = "bool"  # "true" / "false"
    ENUMERATION = "enumeration"
    PHONE = "phone"


@dataclass(frozen=True, kw_only=True)
class Option:
    value: str  # internal name, case-sensitive
    label: str
    hidden: bool = False


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of one object, as the remote defines it now."""

    name: str
    label: str
    type: FieldType
    options: tuple[Option, ...] = ()
    multi: bool = False  # an enumeration that takes several options, joined by ";"
    closed: bool = False  # only `options` are accepted (false when the list lives elsewhere, e.g. owners)
    open_list: bool = False  # `provision` may add options to it
    writable: bool = True
    unique: bool = False  # no two records share a value; usable as a key
    required: bool = False  # a create without it is refused
    custom: bool = False
    max_length: int | None = None  # characters; None = no limit known
    preset: str = ""  # what the remote puts into it at the creation of a record; "" = nothing
    derived: bool = False  # the remote fills it by itself, though it could be written: its value says nothing about people
    group: str = ""
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Schema:
    """All fields of one object, by name, plus which of its fields can name a record without being `unique`."""

    object: ObjectName
    fields: Mapping[str, Field]
    identity_fields: tuple[
        str, ...
    ] = ()  # behave as unique keys for `find`, strongest first, e.g. ("email",)
    create_needs_any: tuple[str, ...] = ()  # a create must carry at least one of these
    merged_field: str = (
        ""  # filled in a record that others were merged into; "" = the remote has no such field
    )

    def __contains__(self, name: str) -> bool:
        return name in self.fields


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record as read. `properties` holds what was asked for; a property the remote does not have is absent."""

    object: ObjectName
    id: str
    properties: Mapping[str, Value]
    created_at: datetime | None = None  # UTC
    updated_at: datetime | None = None  # UTC
    archived: bool = False
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Version:
    """What a property was set to, and when; None = it was emptied."""

    value: Value
    at: datetime  # UTC


@dataclass(frozen=True, kw_only=True)
class Owner:
    id: str
    email: str  # "" where the remote names none
    name: str
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class DealStage:
    id: str
    label: str
    closed: bool = False  # won or lost
    won: bool = False


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """A course that deals take; `stages` in their order."""

    id: str
    label: str
    stages: tuple[DealStage, ...]


@dataclass(frozen=True, kw_only=True)
class Association:
    """One record stands by another; `primary` = it is the first one of its kind for `from_id`."""

    from_object: ObjectName
    from_id: str
    to_object: Linkable
    to_id: str
    primary: bool = False
    labels: tuple[
        str, ...
    ] = ()  # as read: what people call it besides; we set none, and writing ignores them

    @classmethod
    def of_contact(cls, contact_id: str, company_id: str, *, primary: bool) -> Association:
        """A contact by its company; `contact_id` "" = the one that is created with it."""
        return cls(
            from_object=ObjectName.CONTACTS,
            from_id=contact_id,
            to_object=ObjectName.COMPANIES,
            to_id=company_id,
            primary=primary,
        )


class WriteKind(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    ARCHIVE = "archive"


@dataclass(frozen=True, kw_only=True)
class Write:
    """One record to write. `ref` is the caller's name for it and comes back in the result (HubSpot: the trace id)."""

    ref: str
    kind: WriteKind
    object: ObjectName
    id: str = ""  # update and archive: the record; create: ""
    properties: Mapping[str, str | Clear] = field(default_factory=dict)
    associations: tuple[Association, ...] = ()  # create only; `from_id` is "" there
    steps_back: frozenset[str] = (
        frozenset()
    )  # update: fields the remote only moves forward, here set to an earlier value


class WriteStatus(StrEnum):
    DONE = "done"  # the answer matches this write
    REFUSED = "refused"  # the remote said no to this record; `refusals` and `message` say why
    CONFLICT = "conflict"  # a unique value is taken; `existing_id` when the remote named it
    GONE = "gone"  # the record to update or archive is not there
    UNANSWERED = "unanswered"  # sent, but no answer says what became of it; never re-sent blindly
    NOT_SENT = "not_sent"  # nothing of it reached the remote (limit, outage, key); safe to send again later


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why one cell was refused, in the remote's own words. `field` is "" when it named none."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class WriteResult:
    ref: str
    status: WriteStatus
    id: str = ""  # DONE: the record
    existing_id: str = ""  # CONFLICT
    message: str = ""  # the remote's sentence
    refusals: tuple[Refusal, ...] = ()
    linked: bool = False  # the create carried its associations with it


class AccountKind(StrEnum):
    PRODUCTION = "production"
    SANDBOX = "sandbox"
    PRACTICE = "practice"


@dataclass(frozen=True, kw_only=True)
class DayCalls:
    """What all apps of an account together have used of its day's calls."""

    used: int
    allowed: int


@dataclass(frozen=True, kw_only=True)
class Account:
    """What a token opens. `missing_scopes` are those a full run needs and the token lacks; empty = all there."""

    portal_id: str
    kind: AccountKind
    name: str = ""
    time_zone: str = "UTC"
    currency: str = ""
    scopes: frozenset[str] = frozenset()
    missing_scopes: tuple[str, ...] = ()
    can_write: bool = True  # contacts and companies at least
    can_add_fields: bool = True
    notices: tuple[str, ...] = ()
    day: DayCalls | None = None  # None = the remote does not say
    record_url: str = ""  # template with {object} and {id}; "" = none known
    hidden: frozenset[Linkable] = (
        frozenset()
    )  # types of which the key may not see who is associated with whom


class Window(StrEnum):
    """The rate windows calls are counted in."""

    APP = "app"
    SEARCH = "search"
    ASSOCIATION = "association"


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a piece of work will cost: calls per window and the least time they take at this account's tier."""

    calls: Mapping[Window, int]
    seconds: float


class Paces(Protocol):
    """What an account's limits allow at this moment, given what has been sent."""

    def per_second(self, window: Window) -> float:
        """Calls that may leave in the long run."""
        ...

    def due_s(self, calls: Mapping[Window, int]) -> float:
        """Seconds until so many more calls that nobody waits for can have left."""
        ...


@dataclass(frozen=True, kw_only=True)
class Provision:
    """What `provision` found and did, per object: names that were there, names that were made (or would be).

    `options`: of fields that were there, the values that their lists lacked, by name.
    """

    present: Mapping[ObjectName, tuple[str, ...]]
    added: Mapping[ObjectName, tuple[str, ...]]
    options: Mapping[ObjectName, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


class TokenSource(Protocol):
    """Where a connector gets its token: always the current one, refreshed under one lock and saved before use."""

    def token(self) -> str: ...

    def refreshed(self, refused: str) -> str | None:
        """A newer token than `refused`, or None when there is none to be had (then a person must reconnect)."""
        ...
