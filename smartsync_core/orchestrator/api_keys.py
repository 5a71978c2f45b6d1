"""Keys with which programs use the API: made for a role, recognised at each call, taken back."""

from __future__ import annotations

from dataclasses import dataclass

from smartsync_core.errors import BadInput
from smartsync_core.model.access import ApiKey, Role
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.rights import takes

__all__ = ["NewKey", "api_keys", "known", "make_key", "recognise", "revoke_key"]

_LONGEST_NAME = 80


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """`text` is what its caller sends; it cannot be read again."""

    key: ApiKey
    text: str


@takes(Role.ADMIN)
def make_key(ctx: Context, role: Role, name: str = "") -> NewKey:
    """`name`: what its caller is called in History; default "API"."""
    name = " ".join(name.split()) or "API"
    if len(name) > _LONGEST_NAME:
        raise BadInput(
            f"No key was made: its name may have {_LONGEST_NAME} characters, and this one has {len(name)}.",
            hint="Give it a shorter name.",
        )
    with ctx.database.write() as conn:
        key, text = ctx.api_keys.make(role, name, ctx.user, conn=conn)
        details = {"name": name, "role": role.value}
        ctx.audit.record(ctx.user, "api_key.made", key.id, details, conn=conn)
    return NewKey(key=key, text=text)


def api_keys(ctx: Context) -> list[ApiKey]:
    """Oldest first, the revoked ones too."""
    return ctx.api_keys.all()


def recognise(ctx: Context, text: str) -> ApiKey | None:
    """The key that reads so, unless it was revoked."""
    return ctx.api_keys.recognise(text)


def known(ctx: Context, text: str) -> ApiKey | None:
    """As `recognise`, at once: None where that has to look into the database."""
    return ctx.api_keys.known(text)


@takes(Role.ADMIN)
def revoke_key(ctx: Context, key_id: str) -> ApiKey:
    """From now on it opens nothing. Raises NotFound."""
    with ctx.database.write() as conn:
        key = ctx.api_keys.revoke(key_id, conn=conn)
        ctx.audit.record(ctx.user, "api_key.revoked", key_id, {"name": key.name}, conn=conn)
    return key
