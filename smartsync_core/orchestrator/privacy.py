"""What is kept of a person or a company, for whoever asks; and both removed from everything that is kept here."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from smartsync_core.errors import BadInput
from smartsync_core.model.access import Role
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.import_drafts import drop_files
from smartsync_core.orchestrator.rights import takes
from smartsync_core.store.backup import ask_to_rewrite

__all__ = ["held", "remove", "show", "write_held"]

Held = Mapping[str, Sequence[Mapping[str, object]]]
"""{what kind of thing: each of them, as it is stored}"""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+")


@takes(Role.ADMIN)
def held(ctx: Context, whom: str) -> Held:
    """Everything that names this e-mail address (of a person) or domain (of a company), and what belongs to that one."""
    _check(whom)
    practised = ctx.practice.naming(whom)
    return ctx.privacy.held(whom) | ({"practice_account": practised} if practised else {})


@takes(Role.ADMIN)
def show(ctx: Context, whom: str) -> Held:
    """The same, and it is on record that it was shown."""
    found = held(ctx, whom)
    ctx.audit.record(ctx.user, "person.shown", _about(whom))
    return found


@takes(Role.ADMIN)
def write_held(ctx: Context, whom: str, out: Path, *, overwrite: bool = False) -> int:
    """As a JSON file for this user alone; how many rows are in it. Raises BadInput where one is there, but with `overwrite`."""
    if out.exists() and not overwrite:
        raise BadInput(f"{out} is there already.", hint="Choose another name, or add --overwrite.")
    found = show(ctx, whom)
    unfinished = out.with_name(f".{out.name}.part")
    try:
        unfinished.unlink(missing_ok=True)
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            json.dump(found, file, default=str, ensure_ascii=False, indent=2)
        unfinished.replace(out)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise BadInput(f"{out} cannot be written: {error.strerror}.", hint="Choose another place.") from error
    return sum(map(len, found.values()))


@takes(Role.ADMIN)
def remove(ctx: Context, whom: str) -> int:
    """Empty what is kept here of a person (an e-mail address) or a company and its people (a domain).

    How many rows held something. Counts stay, and so do do-not-touch lists. Files that were handed in on screen go, all of
    them: nobody has read what is in another sheet or above the header. Records of the practice account that name whoever it is
    are removed from it. The CRM is not touched: its own records are removed there. Backups keep what they hold.
    """
    _check(whom)
    _refuse_unless_at_rest(ctx)  # before the practice account is asked
    rows = ctx.practice.forget(whom)
    with ctx.database.together():
        _refuse_unless_at_rest(ctx)
        rows += ctx.privacy.purge(whom)
    files = drop_files(ctx)
    ask_to_rewrite(ctx.settings.data_dir)
    ctx.audit.record(ctx.user, "person.removed", _about(whom), {"rows": rows, "files": files})
    return rows


def _refuse_unless_at_rest(ctx: Context) -> None:
    if not ctx.runs.at_rest():
        raise BadInput("An import is being worked on.", hint="Wait until it is done: History shows it.")


def _check(whom: str) -> None:
    if not (_ADDRESS.fullmatch(whom) or _DOMAIN.fullmatch(whom)):
        raise BadInput(
            f"“{whom}” is neither an e-mail address nor a domain.", hint="Give one of them in full."
        )


def _about(whom: str) -> str:
    """Who it was can be checked, and not read."""
    return sha256(whom.lower().encode()).hexdigest()[:16]
