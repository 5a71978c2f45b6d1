"""Fields that take several choices: what one holds after some are added to it, or taken away from it."""

from __future__ import annotations

from smartsync_core.model.crm import Field
from smartsync_core.model.mapping import Policy
from smartsync_core.planning.compare import blank

__all__ = ["CHANGES_SOME", "changes_some", "outcome"]

CHANGES_SOME = frozenset({Policy.ADD, Policy.REMOVE})


def changes_some(field: Field | None, policy: Policy) -> bool:
    """Whether the choices that stand there stay but for those that are given."""
    return policy in CHANGES_SOME and field is not None and field.multi


def outcome(policy: Policy, held: str | None, given: str) -> str | None:
    """The choices afterwards, those that stood there first; None = none is left."""
    there, said = _parts(held), _parts(given)
    if policy is Policy.ADD:
        return ";".join(dict.fromkeys([*there, *said]))
    left = [one for one in there if one not in said]
    return ";".join(left) or None


def _parts(value: str | None) -> list[str]:
    if value is None or blank(value):
        return []
    return [part.strip() for part in value.split(";") if part.strip()]
