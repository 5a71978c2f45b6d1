"""Closed deals out of the CRM for the back-test, each with what its company was known to be when the deal was opened.

What somebody wrote there since tells nothing: it may have been written because of how the deal ended. Nothing is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from smartsync_core.connectors.base import BaseCRMConnector
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import DealStage, Field, FieldType, ObjectName, Record, Version
from smartsync_core.orchestrator.backtest import Tried, found_in
from smartsync_core.orchestrator.context import Context

__all__ = ["try_on_account"]

_READ = ("dealstage", "pipeline", "closedate")
_TELLS = frozenset([FieldType.STRING, FieldType.NUMBER, FieldType.ENUMERATION, FieldType.BOOL])
_NAMES = frozenset(
    ["name", "domain", "website", "phone", "hubspot_owner_id"]
)  # of one company or person only
_OURS = ("oppspot_", "smartsync_")  # scores would foretell by what they were made of


@dataclass(frozen=True, kw_only=True)
class _Deal:
    id: str
    won: bool
    opened_at: datetime
    closed_on: date


def try_on_account(ctx: Context, connection: Connection) -> Tried:
    """Raises NeedsPerson where the account may not be read so far, RetryLater where it does not answer."""
    left_out = Counter[str]()
    with ctx.visit(connection, interactive=False, prompt=False) as session:
        crm = session.connector
        deals = list(_closed(crm, left_out))
        company_of = _companies(crm, deals)
        fields = _fields(crm)
        past = crm.history(ObjectName.COMPANIES, sorted(set(company_of.values())), list(fields))
    known = [deal for deal in deals if company_of.get(deal.id) in past]
    left_out["no company stands by it"] += len(deals) - len(known)
    named = {
        label: [_at(past[company_of[deal.id]][name], deal.opened_at, fields[name]) for deal in known]
        for name, label in _labels(fields).items()
    }
    found = found_in(ctx, [deal.won for deal in known], [deal.closed_on for deal in known], named)
    rows = len(known) + left_out.total()
    return Tried(found=found, rows=rows, left_out={why: number for why, number in left_out.items() if number})


def _closed(crm: BaseCRMConnector, left_out: Counter[str]) -> Iterator[_Deal]:
    """Deals that are won or lost, each once; of the others how many, and why."""
    stages = {(one.id, stage.id): stage for one in crm.pipelines() for stage in one.stages}
    newest = {one.id: one for page in crm.changes(ObjectName.DEALS, None, _READ) for one in page.records}
    for record in newest.values():
        stage = stages.get(
            (record.properties.get("pipeline") or "", record.properties.get("dealstage") or "")
        )
        deal = _deal(record, stage)
        if deal is None:
            left_out[
                "no day of closing" if stage is not None and stage.closed else "neither won nor lost"
            ] += 1
        elif deal.opened_at.date() > deal.closed_on:  # its company may have been filled by how it ended
            left_out["entered after it was closed"] += 1
        else:
            yield deal


def _deal(record: Record, stage: DealStage | None) -> _Deal | None:
    try:
        closed_on = datetime.fromisoformat(record.properties.get("closedate") or "").date()
    except ValueError:
        return None
    if stage is None or not stage.closed or record.created_at is None:
        return None
    return _Deal(id=record.id, won=stage.won, opened_at=record.created_at, closed_on=closed_on)


def _companies(crm: BaseCRMConnector, deals: Sequence[_Deal]) -> dict[str, str]:
    """The company of each deal that has one: its primary one, else the first."""
    linked = crm.linked(ObjectName.DEALS, [deal.id for deal in deals], ObjectName.COMPANIES)
    return {
        deal_id: next((one for one in found if one.primary), found[0]).to_id
        for deal_id, found in linked.items()
        if found
    }


def _fields(crm: BaseCRMConnector) -> dict[str, Field]:
    """What people or imports write there, and can say something of more than one company."""
    schema = crm.describe(ObjectName.COMPANIES)
    return {
        name: one
        for name, one in schema.fields.items()
        if one.writable and one.type in _TELLS and name not in _NAMES and not name.startswith(_OURS)
    }


def _labels(fields: Mapping[str, Field]) -> dict[str, str]:
    """A column's name per field: its label, with the field's own name where another has the same.

    Beside fields that people added, the CRM's own keeps its label, by which the score card knows it.
    """
    often = Counter(one.label for one in fields.values())
    own = Counter(one.label for one in fields.values() if not one.custom)
    return {
        name: one.label
        if often[one.label] == 1 or (own[one.label] == 1 and not one.custom)
        else f"{one.label} ({name})"
        for name, one in fields.items()
    }


def _at(versions: Sequence[Version], moment: datetime, field: Field) -> str:
    """What it said then, in the words of its list; "" = nothing, as far as the CRM can tell."""
    value = next((one.value for one in versions if one.at <= moment), None) or ""
    return next((option.label for option in field.options if option.value == value), value)
