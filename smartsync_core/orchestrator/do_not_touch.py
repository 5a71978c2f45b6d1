"""The do-not-touch list: e-mail addresses and domains that no import may create or change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from smartsync_core.errors import BadInput
from smartsync_core.model.access import Role
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.rights import takes

__all__ = ["Listed", "add", "listed", "remove"]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DOMAIN = re.compile(r"(?!-)[^\s@/:]+\.[^\s@/:.]{2,}")
_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True, kw_only=True)
class Listed:
    value: str
    note: str


def listed(ctx: Context) -> list[Listed]:
    """Addresses, then domains, each by value."""
    found = [*ctx.suppressions.all("email"), *ctx.suppressions.all("domain")]
    return [Listed(value=value, note=note) for value, note in found]


@takes(Role.OPERATOR)
def add(ctx: Context, text: str, *, note: str = "") -> int:
    """Add addresses and domains, separated by anything; how many were new. Raises BadInput naming what is neither."""
    words = [word.lower().removeprefix("@") for word in _BETWEEN.split(text) if word]
    if not words:
        raise BadInput(
            "Nothing was written into the box.", hint="Write e-mail addresses or domains, one per line."
        )
    emails = [word for word in words if _EMAIL.fullmatch(word)]
    domains = [word for word in words if _DOMAIN.fullmatch(word)]
    strange = [word for word in words if word not in emails and word not in domains]
    if strange:
        raise BadInput(
            f"“{strange[0]}” is neither an e-mail address nor a domain.",
            hint="Write them like ada@firm.example or firm.example.",
        )
    added = ctx.suppressions.add("email", emails, note=note) + ctx.suppressions.add(
        "domain", domains, note=note
    )
    ctx.audit.record(who=ctx.user, what="do_not_touch.added", details={"count": added})
    return added


@takes(Role.OPERATOR)
def remove(ctx: Context, values: Sequence[str]) -> None:
    """Take them off the list; imports may touch them again."""
    ctx.suppressions.remove("email", [value for value in values if "@" in value])
    ctx.suppressions.remove("domain", [value for value in values if "@" not in value])
    ctx.audit.record(who=ctx.user, what="do_not_touch.removed", details={"count": len(values)})
