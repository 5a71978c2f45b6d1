"""Which column goes where, and what became of a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from smartsync_core.model.crm import ObjectName

__all__ = [
    "Certainty",
    "Cleaned",
    "ColumnMatch",
    "ColumnProfile",
    "FieldMapping",
    "KeyChoice",
    "Policy",
    "Problem",
    "RecordType",
    "Step",
    "Target",
    "WritePolicies",
]


class RecordType(StrEnum):
    """What is in each row."""

    CONTACTS = "contacts"
    COMPANIES = "companies"
    BOTH = "both"

    @property
    def objects(self) -> tuple[ObjectName, ...]:
        """Objects a row can hold, the main record's first."""
        if self is RecordType.CONTACTS:
            return (ObjectName.CONTACTS,)
        if self is RecordType.COMPANIES:
            return (ObjectName.COMPANIES,)
        return (ObjectName.CONTACTS, ObjectName.COMPANIES)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A field of an object. The pseudo-property FULL_NAME splits into first and last name."""

    object: ObjectName
    property: str

    FULL_NAME = "full_name"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Out of what `str` makes of one: "contacts.email"."""
        name, _, property_name = text.partition(".")
        return cls(object=ObjectName(name), property=property_name)

    def __str__(self) -> str:
        return f"{self.object}.{self.property}"


class Certainty(StrEnum):
    SURE = "sure"
    CHECK = "check"  # a suggestion; a person confirms it, the command line leaves it out
    NONE = "none"  # not imported


@dataclass(frozen=True, kw_only=True)
class ColumnProfile:
    """What a column holds, as far as matching needs it."""

    header: str
    index: int  # position in Table.columns
    distinct: Sequence[str]  # distinct values that are not blank, as typed, in order of first appearance
    filled: float  # share of rows with a value, 0..1
    capped: bool = False  # there are more distinct values than `distinct` holds


@dataclass(frozen=True, kw_only=True)
class Step:
    """One transform of a column's chain, with its options as texts; docs/transforms.md lists both."""

    name: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ColumnMatch:
    """Where one column goes and why we think so."""

    index: int  # position in Table.columns
    header: str
    target: Target | None
    certainty: Certainty
    reason: str  # one sentence for the person
    samples: tuple[str, ...] = ()  # up to three distinct values
    filled: float = 0.0  # share of rows with a value, 0..1
    format: str = (
        ""  # how its values are written, where that must be known: "DMY", "MDY", "1,234.5", "1.234,5"
    )
    steps: tuple[Step, ...] = ()  # what is done to a cell before it is cleaned
    values: Mapping[str, str] = field(default_factory=dict)  # `value_key` of a cell → the choice it means
    copy_of: str = ""  # the file's column whose cells it takes once more; `header` is then a name of its own

    @property
    def column(self) -> str:
        """The file's column: where a person corrects its cells."""
        return self.copy_of or self.header


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A cell that cannot be sent as it is (`blocks`), or is sent as typed with a note."""

    field: str  # property name
    code: str
    message: str
    blocks: bool = True


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """A cell after cleaning: `values` per property ("" never occurs: a blank cell has no entry)."""

    values: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None


@dataclass(frozen=True, kw_only=True)
class KeyChoice:
    """What recognises a record of `object`: a CRM property, the CRM's record id ("id"), or an id column of the file's own."""

    object: ObjectName
    field: str = ""  # the CRM's; "" = an own column
    column: int = -1  # position of the column; -1 = wherever the field is mapped from
    header: str = ""

    @property
    def key_field(self) -> str:
        """How links and plans name it."""
        return self.field or f"own:{self.header}"


class Policy(StrEnum):
    """What may happen to a field of an existing record."""

    FILL = "fill"  # only where the CRM has nothing
    OVERWRITE = "overwrite"
    NEVER = "never"
    ADD = "add"  # of a field that takes several choices: those given come to those that stand there
    REMOVE = "remove"  # of such a field: those given are taken away


@dataclass(frozen=True, kw_only=True)
class FieldMapping:
    """A standing rule of an account: where a column, or a program's key, of that name goes in every import and call."""

    source: str
    target: Target
    steps: tuple[Step, ...] = ()
    policy: Policy | None = None  # on records that are there already; None = as the import says
    default: str = ""  # taken for a blank cell; "" = a blank cell stays one


@dataclass(frozen=True, kw_only=True)
class WritePolicies:
    """`default` for every field, `per_field` ("contacts.phone") where it differs, `clear_blank` = a blank cell empties it."""

    default: Policy = Policy.FILL
    per_field: Mapping[str, Policy] = field(default_factory=dict)
    clear_blank: frozenset[str] = frozenset()

    def for_field(self, object_name: ObjectName, name: str) -> Policy:
        return self.per_field.get(f"{object_name}.{name}", self.default)

    def clears(self, object_name: ObjectName, name: str) -> bool:
        return f"{object_name}.{name}" in self.clear_blank
