"""`apikey create`, `apikey list`, `apikey revoke`; `secrets rotate`."""

from __future__ import annotations

import argparse

from smartsync_core.cli import printing
from smartsync_core.model.access import ApiKey, Role
from smartsync_core.orchestrator.api_keys import api_keys, make_key, revoke_key
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.secret_keys import rotate

__all__ = ["apikey", "secrets"]


def apikey(ctx: Context, options: argparse.Namespace) -> int:
    {"create": _create, "list": _list, "revoke": _revoke}[options.what](ctx, options)
    return 0


def secrets(ctx: Context, options: argparse.Namespace) -> int:
    sealed = rotate(ctx, forget_old=options.forget_old)
    tokens = "1 token is" if sealed == 1 else f"{sealed} tokens are"
    print(f"{tokens} protected by the newest key now.")
    return 0


def _create(ctx: Context, options: argparse.Namespace) -> None:
    made = make_key(ctx, Role(options.role), options.name)
    if options.json:
        printing.print_json({"id": made.key.id, "key": made.text, "role": made.key.role.value})
        return
    print(f"API key {made.key.id} for the role {made.key.role}. It is shown this once:")
    print(made.text)


def _list(ctx: Context, options: argparse.Namespace) -> None:
    found = api_keys(ctx)
    if options.json:
        printing.print_json([_json(key) for key in found])
        return
    if not found:
        print("No API keys yet. `apikey create --role viewer` makes one.")
    for key in found:
        used = f"last used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
        revoked = f", revoked {key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else ""
        print(f"{key.id}  {key.role:<8}  {key.name}  made {key.created_at:%Y-%m-%d %H:%M}, {used}{revoked}")


def _revoke(ctx: Context, options: argparse.Namespace) -> None:
    key = revoke_key(ctx, options.id)
    print(f"API key {key.id} ({key.name}) is revoked.")


def _json(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role.value,
        "created_at": key.created_at.isoformat(),
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }
