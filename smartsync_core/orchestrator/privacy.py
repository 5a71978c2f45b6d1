"""What is kept of a person or a company, for whoever asks; and a person removed from everything that is kept here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from smartsync_core.errors import BadInput
from smartsync_core.model.access import Role
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.rights import takes

__all__ = ["held", "remove_person", "write_held"]

Held = Mapping[str, Sequence[Mapping[str, object]]]
"""{what kind of thing: each of them, as it is stored}"""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+")


@takes(Role.ADMIN)
def held(ctx: Context, whom: str) -> Held:
    """Everything that names this e-mail address (of a person) or domain (of a company), and what belongs to that person."""
    if not (_ADDRESS.fullmatch(whom) or _DOMAIN.fullmatch(whom)):
        raise BadInput(
            f"“{whom}” is neither an e-mail address nor a domain.", hint="Give one of them in full."
        )
    return ctx.privacy.held(whom)


@takes(Role.ADMIN)
def write_held(ctx: Context, whom: str, out: Path) -> int:
    """As a JSON file; how many rows are in it."""
    found = held(ctx, whom)
    try:
        out.write_text(json.dumps(found, default=str, ensure_ascii=False, indent=2), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.", hint="Choose another place.") from error
    ctx.audit.record(ctx.user, "person.shown", _about(whom))
    return sum(map(len, found.values()))


@takes(Role.ADMIN)
def remove_person(ctx: Context, email: str) -> int:
    """Empty what is kept here of the person; counts stay, and so do do-not-touch lists. How many rows held something.

    The CRM is not touched: its own records are removed there. Backups keep what they hold.
    """
    if not _ADDRESS.fullmatch(email):
        raise BadInput(f"“{email}” is no e-mail address.", hint="Give the person's address in full.")
    if ctx.runs.open_ones():
        raise BadInput("An import is being worked on.", hint="Wait until it is done: History shows it.")
    rows = ctx.privacy.purge(email)
    ctx.audit.record(ctx.user, "person.removed", _about(email), {"rows": rows})
    return rows


def _about(whom: str) -> str:
    """Who it was can be checked, and not read."""
    return sha256(whom.lower().encode()).hexdigest()[:16]
