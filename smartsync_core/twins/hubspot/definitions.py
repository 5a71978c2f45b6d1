"""Property definitions: what fields an object has, of which type, and which of them a client may set."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from smartsync_core.twins.clock import iso

STOCK = Path(__file__).parent / "stock"
Options = tuple[tuple[str, str], ...]  # (value, label), in order


@dataclass(slots=True, kw_only=True)
class Definition:
    """One property of one object; `options` empty on an enumeration means its values live elsewhere."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    description: str = ""
    options: list[dict[str, Any]] = field(default_factory=list)
    display_order: int = -1
    read_only: bool = False
    unique: bool = False
    hidden: bool = False
    form_field: bool = False
    external: bool = False  # options are kept elsewhere (owners, pipelines)
    stock: bool = False
    references: str | None = None
    sensitivity: str = "non_sensitive"
    formula: str | None = None
    created_ms: int = 0
    updated_ms: int = 0
    archived_ms: int | None = None
    allowed: frozenset[str] = frozenset()  # the option values, for the check
    free_text: bool = False  # takes any text of bearable length

    def __post_init__(self) -> None:
        self.free_text = self.type in ("string", "phone_number") and not self.read_only
        self.allowed = frozenset(option["value"] for option in self.options)

    @property
    def multiple(self) -> bool:
        return self.type == "enumeration" and self.field_type == "checkbox"

    def wire(self) -> dict[str, Any]:
        """As the properties API prints it (contract §6)."""
        body: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": self.options,
            "displayOrder": self.display_order,
            "calculated": self.formula is not None,
            "externalOptions": self.external,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "hubspotDefined": self.stock,
            "modificationMetadata": {
                "archivable": True,
                "readOnlyDefinition": self.stock,
                "readOnlyValue": self.read_only,
            },
            "formField": self.form_field,
            "dataSensitivity": self.sensitivity,
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.updated_ms),
            "archived": self.archived_ms is not None,
        }
        if self.references:
            body["referencedObjectType"] = self.references
        if self.formula:
            body["calculationFormula"] = self.formula
        if self.archived_ms is not None:
            body["archivedAt"] = iso(self.archived_ms)
        if not self.stock:
            body.update(createdUserId="1", updatedUserId="1")
        return body

    def row(self) -> dict[str, Any]:
        """For the state file; `Definition(**row)` is its way back."""
        skipped = {"allowed", "free_text"}
        return {name: getattr(self, name) for name in self.__slots__ if name not in skipped}


@dataclass(slots=True)
class Group:
    name: str
    label: str
    display_order: int = -1
    archived: bool = False

    def wire(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.label,
            "displayOrder": self.display_order,
            "archived": self.archived,
        }


class Catalogue:
    """The definitions of one object: live ones, archived ones, and groups."""

    def __init__(self, object_name: str) -> None:
        stock = _read(object_name)
        self.object_name = object_name
        self.live: dict[str, Definition] = {
            row["name"]: _stock_definition(row) for row in stock["properties"]
        }
        self.archived: dict[str, Definition] = {}
        self.groups = {
            row["name"]: Group(row["name"], row["label"], order) for order, row in enumerate(stock["groups"])
        }

    def custom(self) -> list[Definition]:
        return [definition for definition in self.live.values() if not definition.stock]

    def unique_names(self) -> list[str]:
        return [name for name, definition in self.live.items() if definition.unique]

    def shown(self, names: Iterable[str]) -> tuple[str, ...]:
        """`names` without repeats and without what is not defined."""
        return tuple(name for name in dict.fromkeys(names) if name in self.live)


def options_of(pairs: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"label": label, "value": value, "description": "", "displayOrder": order, "hidden": False}
        for order, (value, label) in enumerate(pairs)
    ]


def stock_options(name: str) -> Options:
    """A named list of `options.json`: LIFE, IND, …"""
    return tuple((value, label) for value, label in _read("options")[name])


def _stock_definition(row: dict[str, Any]) -> Definition:
    given = row.get("options", [])
    return Definition(
        name=row["name"],
        label=row["label"],
        type=row["type"],
        field_type=row["fieldType"],
        group=row["group"],
        options=options_of(stock_options(given) if isinstance(given, str) else given),
        read_only=row.get("readOnly", False),
        unique=row.get("unique", False),
        hidden=row.get("hidden", False),
        form_field=row.get("formField", False),
        external=row.get("external", False),
        references=row.get("references"),
        stock=True,
    )


@cache
def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((STOCK / f"{name}.json").read_text(encoding="utf-8"))
    return data
