"""Values of a file that become choices of a list in the CRM: said first, added only when a person says so, put on record."""

from __future__ import annotations

from collections.abc import Sequence

from smartsync_core.errors import BadInput
from smartsync_core.mapping.text import quoted, tidy
from smartsync_core.model.access import Role
from smartsync_core.model.crm import Field, FieldType, ObjectName, Option
from smartsync_core.model.mapping import Target
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.rights import takes
from smartsync_core.orchestrator.values import ValueTable

__all__ = ["add", "foreseen"]

_LONGEST = 100


def foreseen(ctx: Context, connection_id: str, table: ValueTable, texts: Sequence[str]) -> list[str]:
    """What would be added to the list as it is now; what somebody added meanwhile is not among it.

    Raises BadInput for a value that can be no choice, NeedsPerson where the list takes none.
    """
    return _provision(ctx, connection_id, table, texts, dry_run=True)


@takes(Role.ADMIN)
def add(ctx: Context, connection_id: str, table: ValueTable, texts: Sequence[str]) -> list[str]:
    """Add them, behind the choices that are there; what was added."""
    added = _provision(ctx, connection_id, table, texts, dry_run=False)
    if added:
        ctx.audit.record(
            who=ctx.user,
            what="choices.added",
            subject_id=connection_id,
            details={"field": table.target, "choices": added},
        )
    return added


def _provision(
    ctx: Context, connection_id: str, table: ValueTable, texts: Sequence[str], *, dry_run: bool
) -> list[str]:
    target = Target.parse(table.target)
    options = tuple(Option(value=text, label=text) for text in map(_checked, texts))
    wanted = Field(name=target.property, label=table.label, type=FieldType.ENUMERATION, options=options)
    with ctx.visit(ctx.connections.get(connection_id)) as session:
        found = session.connector.provision({ObjectName(target.object): [wanted]}, dry_run=dry_run)
    return list(found.options.get(target.object, {}).get(target.property, ()))


def _checked(text: str) -> str:
    text = tidy(text)
    if ";" in text or len(text) > _LONGEST:
        why = "it holds a semicolon" if ";" in text else f"it is longer than {_LONGEST} characters"
        raise BadInput(
            f"{quoted(text)} can be no choice: {why}.",
            hint="Say instead which choice it means, or leave it blank.",
        )
    return text
