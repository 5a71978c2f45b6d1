"""Values of a file that its account does not know: asked about once, remembered for every later file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from smartsync_core.errors import BadInput
from smartsync_core.mapping.choices import value_key
from smartsync_core.mapping.headers import field_of
from smartsync_core.mapping.transforms import CannotRead, Chain
from smartsync_core.mapping.values import Choice, ValueLine, choices_of, takes_choices, value_lines
from smartsync_core.model.access import Role
from smartsync_core.model.mapping import Certainty, ColumnMatch
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.import_drafts import ImportDraft, save
from smartsync_core.orchestrator.rights import takes

__all__ = ["Choice", "ValueLine", "ValueTable", "confirm", "questions"]

_MOST = 1_000  # distinct values that a person can be asked about


@dataclass(frozen=True, kw_only=True)
class ValueTable:
    """One column whose field takes one of a list, and its values that are none of it."""

    header: str
    target: str  # "contacts.hs_lead_status"
    label: str  # the field's
    open_list: bool  # choices may be added to it in the CRM
    imported: bool  # also while values are open: rows with one wait; else the whole column is left out
    choices: tuple[Choice, ...]
    lines: tuple[ValueLine, ...]

    @property
    def open(self) -> int:
        """How many values nobody has settled."""
        return sum(line.choice is None for line in self.lines)


def questions(
    ctx: Context, draft: ImportDraft, fields: AccountFields, matches: Sequence[ColumnMatch]
) -> list[ValueTable]:
    """Columns with values to settle, or settled before. A column that goes elsewhere, or nowhere, asks nothing."""
    known = ctx.value_choices.of(draft.connection_id)
    taken = {match.target for match in matches if match.certainty is Certainty.SURE}
    places = {match.header: match.index for match in matches}
    tables = []
    for match in matches:
        rival = match.certainty is Certainty.CHECK and match.target in taken
        if match.target is None or match.certainty is Certainty.NONE or rival:
            continue
        field = field_of(match.target, fields.schemas)
        chain = Chain(match.steps, places)
        if not takes_choices(field) or chain.looks_aside:
            continue
        counts = _after(chain, ctx.uploads.counts(draft.upload_id, match.index, limit=_MOST))
        lines = value_lines(field, fields.owners(), counts, known.get(str(match.target), {}))
        if lines:
            tables.append(
                ValueTable(
                    header=match.header,
                    target=str(match.target),
                    label=field.label,
                    open_list=field.open_list,
                    imported=match.certainty is Certainty.SURE,
                    choices=tuple(choices_of(field, fields.owners())),
                    lines=tuple(lines),
                )
            )
    return tables


@takes(Role.OPERATOR)
def confirm(ctx: Context, draft: ImportDraft, table: ValueTable, chosen: Mapping[str, str]) -> ImportDraft:
    """Remember what these values mean (text → the CRM's value, "" = leave blank), and that the column goes there."""
    allowed = {choice.value for choice in table.choices} | {""}
    for text, choice in chosen.items():
        if choice not in allowed:
            raise BadInput(f"“{text}” cannot become “{choice}”.", hint=f"Take a choice of {table.label}.")
    ctx.value_choices.remember(
        draft.connection_id,
        table.target,
        {value_key(text): choice for text, choice in chosen.items()},
        by=ctx.user,
    )
    return save(ctx, replace(draft, chosen={**draft.chosen, table.header: table.target}, run_id=""))


def _after(chain: Chain, counts: Mapping[str, int]) -> dict[str, int]:
    after: dict[str, int] = {}
    for cell, rows in counts.items():
        try:
            text = chain.run(cell, ())
        except CannotRead:
            continue  # the preview says so, row by row
        after[text] = after.get(text, 0) + rows
    return after
