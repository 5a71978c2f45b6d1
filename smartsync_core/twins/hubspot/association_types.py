"""The stock association types and their ids (contract §7, properties §11), each with its inverse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AssociationType:
    source: str  # object name: contacts
    target: str
    type_id: int
    inverse_id: int
    label: str | None = None
    category: str = "HUBSPOT_DEFINED"
    name: str | None = None  # of a portal's own label

    @property
    def spec(self) -> dict[str, object]:
        return {"associationCategory": self.category, "associationTypeId": self.type_id}

    @property
    def wire(self) -> dict[str, object]:
        return {"category": self.category, "typeId": self.type_id, "label": self.label}


# (source, target, id there, id back); the first of a pair is its default
_PAIRS: tuple[tuple[str, str, int, int], ...] = (
    ("contacts", "companies", 279, 280),
    ("contacts", "deals", 4, 3),
    ("deals", "companies", 341, 342),
    ("contacts", "contacts", 449, 449),
    ("companies", "companies", 450, 450),
    ("deals", "deals", 451, 451),
    ("tasks", "contacts", 204, 203),
    ("tasks", "companies", 192, 191),
    ("tasks", "deals", 216, 215),
    ("notes", "contacts", 202, 201),
    ("notes", "companies", 190, 189),
    ("notes", "deals", 214, 213),
    ("calls", "contacts", 194, 193),
    ("calls", "companies", 182, 181),
    ("calls", "deals", 206, 205),
    ("emails", "contacts", 198, 197),
    ("emails", "companies", 186, 185),
    ("emails", "deals", 210, 209),
    ("meetings", "contacts", 200, 199),
    ("meetings", "companies", 188, 187),
    ("meetings", "deals", 212, 211),
    ("calls", "meetings", 399, 400),
)
_LABELLED: tuple[tuple[str, str, int, int, str, str], ...] = (
    ("contacts", "companies", 1, 2, "Primary", "Primary"),
    ("deals", "companies", 5, 6, "Primary", "Primary"),
    ("companies", "companies", 13, 14, "Child Company", "Parent Company"),
)

PRIMARY = {("contacts", "companies"): 1, ("deals", "companies"): 5}


def stock_types() -> Iterator[AssociationType]:
    """Defaults before labelled ones."""
    for source, target, there, back in _PAIRS:
        yield AssociationType(source, target, there, back)
        if there != back:
            yield AssociationType(target, source, back, there)
    for source, target, there, back, label, label_back in _LABELLED:
        yield AssociationType(source, target, there, back, label)
        yield AssociationType(target, source, back, there, label_back)
