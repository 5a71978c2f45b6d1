"""What may happen to a field of records that are there already, in a person's words."""

from __future__ import annotations

from collections.abc import Mapping

from smartsync_core.model.mapping import Policy, Target
from smartsync_core.orchestrator.accounts import AccountFields

__all__ = ["every", "of_typed", "words"]

_OF_EVERY_FIELD = {
    Policy.FILL.value: "Fill only what is empty",
    Policy.OVERWRITE.value: "Replace with my file",
    Policy.NEVER.value: "Never touch it on records that are there already",
}

_OF_SEVERAL_CHOICES = {
    Policy.ADD.value: "Add my choices to those that are there",
    Policy.REMOVE.value: "Take my choices away from those that are there",
}


def words(target: Target | None, fields: AccountFields) -> Mapping[str, str]:
    """Policy → its words, those that this field can have."""
    known = fields.schema(target.object).fields.get(target.property) if target else None
    return every() if known is not None and known.multi else _OF_EVERY_FIELD


def of_typed() -> Mapping[str, str]:
    """Those of a contact that is typed: there is no file, and its fields are few."""
    fill, overwrite = Policy.FILL.value, Policy.OVERWRITE.value
    return {fill: _OF_EVERY_FIELD[fill], overwrite: "Replace with what I type"}


def every() -> Mapping[str, str]:
    """All that there are."""
    return {**_OF_EVERY_FIELD, **_OF_SEVERAL_CHOICES}
