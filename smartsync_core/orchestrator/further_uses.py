"""One column for more than one field: each further use has a name of its own, steps of its own, and the same cells."""

from __future__ import annotations

from dataclasses import replace

from smartsync_core.mapping.standing import copy_name
from smartsync_core.model.access import Role
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.files import FieldSource
from smartsync_core.orchestrator.import_drafts import ImportDraft
from smartsync_core.orchestrator.imports import standing
from smartsync_core.orchestrator.rights import takes

__all__ = ["use_again", "use_no_more"]


@takes(Role.OPERATOR)
def use_again(ctx: Context, draft: ImportDraft, fields: FieldSource, header: str, target: str) -> ImportDraft:
    """Send a column to one more field ("contacts.city")."""
    columns, of_account = ctx.uploads.get(draft.upload_id).columns, standing(ctx, draft, fields).copies
    name = copy_name(header, {*columns, *draft.copies, *of_account})
    copies, chosen = {**draft.copies, name: header}, {**draft.chosen, name: target}
    return replace(draft, copies=copies, chosen=chosen, run_id="")


def use_no_more(draft: ImportDraft, name: str) -> ImportDraft:
    """Take a further use away again, with what was said about it."""
    copies, chosen, steps = dict(draft.copies), dict(draft.chosen), dict(draft.steps)
    del copies[name]
    chosen.pop(name, None)
    steps.pop(name, None)
    return replace(draft, copies=copies, chosen=chosen, steps=steps, run_id="")
