"""The ledger and the links of a run: written from what the plan's answers say, inside the engine's own transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import insert

from smartsync_core.courtesy import giving_way
from smartsync_core.model.automation import Findings
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import ActionKind, ActionState
from smartsync_core.planning.automations import told
from smartsync_core.planning.followups import CLIENT_KEY
from smartsync_core.store.bulk import insert_many, update_many
from smartsync_core.store.tables import crm_entity_mappings as links
from smartsync_core.store.tables import crm_sync_logs, plan_actions, run_drafts, run_findings

__all__ = ["SYNC_TYPE", "WaveLines", "keep_held", "keep_wave", "link_keys", "wave_lines"]

_FOUND = TypeAdapter(Findings)
_STATUS = {
    ActionState.DONE.value: "success",
    ActionState.FAILED.value: "failed",
    ActionState.IN_DOUBT.value: "pending",
}
_LINK_KEY = ["integration_id", "entity_type", "key_field", "key_value"]
_REACHED = (ActionState.DONE, ActionState.UNCHANGED)
SYNC_TYPE = {
    ObjectName.CONTACTS: "contact",
    ObjectName.COMPANIES: "company",
    ObjectName.DEALS: "deal",
    ObjectName.TASKS: "task",
    ObjectName.NOTES: "note",
}
_SYNC_TYPE = {name.value: sync_type for name, sync_type in SYNC_TYPE.items()}
_Sent = sa.Row[*tuple[Any, ...]]
"""What the ledger says of an action, as the plan has it."""


@dataclass(frozen=True, kw_only=True)
class WaveLines:
    """What the ledger says of a wave, in the order of its actions, and which records went to the recycle bin, by object."""

    lines: Sequence[dict[str, Any]]
    binned: Mapping[str, Sequence[str]]


def wave_lines(conn: sa.Connection, org_id: str, integration_id: str, run_id: str, wave: int) -> WaveLines:
    """For `keep_wave`: read and made before it begins, as others who write wait for it."""
    a, now = plan_actions, datetime.now(UTC)
    query = sa.select(
        *(a.c.id, a.c.object, a.c.kind, a.c.state, a.c.crm_id, a.c.main_row, a.c.changes),
        *(a.c.attempts, a.c.duration_ms, a.c.message),
    ).where(a.c.org_id == org_id, a.c.run_id == run_id, a.c.wave == wave, a.c.state.in_(_STATUS))
    sent = conn.execute(query.order_by(a.c.id)).all()
    found = _found(conn, org_id, run_id, sent[0].id, sent[-1].id) if sent else {}
    lines, binned = [], dict[str, list[str]]()
    for action in giving_way(sent):
        lines.append(_line(org_id, integration_id, run_id, action, now) | found.get(action.id, {}))
        if (action.kind, action.state) == (ActionKind.ARCHIVE.value, ActionState.DONE.value):
            binned.setdefault(action.object, []).append(action.crm_id)
    return WaveLines(lines=lines, binned=binned)


def keep_wave(
    conn: sa.Connection, org_id: str, integration_id: str, run_id: str, wave: int, said: WaveLines
) -> int:
    """What a wave did, as links and as lines of the ledger; the number of new lines."""
    link_keys(conn, org_id, integration_id, run_id, wave)
    link_follow_ups(conn, org_id, integration_id, run_id, wave)
    close_archived(conn, org_id, integration_id, said.binned)
    return _log(conn, org_id, run_id, said.lines)


def _log(conn: sa.Connection, org_id: str, run_id: str, lines: Sequence[dict[str, Any]]) -> int:
    """One ledger line per action that was sent and is not in the ledger yet; the number of new lines."""
    if not lines:
        return 0
    log = crm_sync_logs
    known = sa.select(log.c.id).where(
        log.c.org_id == org_id,
        log.c.run_id == run_id,
        log.c.action_id.between(lines[0]["action_id"], lines[-1]["action_id"]),
    )
    there = set(conn.execute(known).scalars())
    return insert_many(conn, log, [line for line in lines if line["id"] not in there])


def _found(
    conn: sa.Connection, org_id: str, run_id: str, first: int, last: int
) -> dict[int, dict[str, object]]:
    """What was found out about the companies behind these actions, by action id."""
    a, d, f = plan_actions, run_drafts, run_findings
    of_run = (f.c.org_id == org_id, f.c.run_id == run_id)
    if not conn.execute(sa.select(sa.exists().where(*of_run))).scalar_one():
        return {}
    companies = d.c.object == ObjectName.COMPANIES.value
    domain = sa.case((companies, d.c.domain), else_=sa.func.split_part(d.c.email, "@", 2))
    query = (
        sa.select(a.c.id, f.c.found, f.c.took_ms)
        .join(d, sa.and_(d.c.run_id == a.c.run_id, d.c.object == a.c.object, d.c.row_no == a.c.main_row))
        .join(f, sa.and_(f.c.run_id == a.c.run_id, f.c.company == sa.literal("domain:") + domain))
        .where(a.c.org_id == org_id, d.c.org_id == org_id, *of_run, a.c.id.between(first, last))
        .where(a.c.kind != ActionKind.LINK.value)
    )
    return {
        row.id: {
            "enrichments": told(_FOUND.validate_python(row.found)),
            "enrichment_time_ms": row.took_ms,
        }
        for row in conn.execute(query)
    }


def _line_id(run_id: str, action: _Sent) -> str:
    """A send in doubt that turns out to have landed gets a second line."""
    doubt = "-in-doubt" if action.state == ActionState.IN_DOUBT.value else ""
    return f"{run_id}-{action.id}-{action.attempts}{doubt}"


def _line(org_id: str, integration_id: str, run_id: str, action: _Sent, now: datetime) -> dict[str, Any]:
    return {
        "id": _line_id(run_id, action),
        "org_id": org_id,
        "integration_id": integration_id,
        "run_id": run_id,
        "action_id": action.id,
        "sync_type": _SYNC_TYPE[action.object],
        "operation": action.kind,
        "status": _STATUS[action.state],
        "crm_record_id": action.crm_id or None,
        "row_no": action.main_row,
        "before": {name: old for name, old, _ in action.changes},
        "after": {name: new for name, _, new in action.changes},
        "enrichments": None,
        "duration_ms": action.duration_ms or 0,
        "enrichment_time_ms": None,
        "error_message": action.message or None,
        "created_at": now,
    }


def link_keys(conn: sa.Connection, org_id: str, integration_id: str, run_id: str, wave: int) -> None:
    """Remember which CRM record each key of a wave's rows reached (wave -1 = those with nothing to send)."""
    a, d = plan_actions, run_drafts
    reached = (
        sa.select(
            sa.literal(org_id).label("org_id"),
            sa.literal(integration_id).label("integration_id"),
            d.c.object.label("entity_type"),
            d.c.key_field,
            d.c.key_value,
            sa.func.max(a.c.crm_id).label("crm_id"),
            sa.literal(0).label("generation"),
            sa.literal(False).label("closed"),
            sa.literal(1).label("sync_count"),
            sa.literal(datetime.now(UTC), sa.TIMESTAMP(timezone=True)).label("last_sync_at"),
            sa.literal(run_id).label("last_run_id"),
        )
        .select_from(
            a.join(
                d, sa.and_(a.c.run_id == d.c.run_id, a.c.object == d.c.object, a.c.group_row == d.c.group_row)
            )
        )
        .where(
            a.c.org_id == org_id,
            a.c.run_id == run_id,
            a.c.wave == wave,
            a.c.kind != "link",
            a.c.state.in_([state.value for state in _REACHED]),
            a.c.crm_id != "",
            d.c.key_value != "",
            d.c.blocked.is_(False),
            d.c.suppressed == "",
        )
        .group_by(d.c.object, d.c.key_field, d.c.key_value)
    )
    statement = insert(links).from_select([column.name for column in reached.selected_columns], reached)
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=_LINK_KEY,
            set_={
                "crm_id": statement.excluded.crm_id,
                "closed": False,
                "sync_count": links.c.sync_count + 1,
                "last_sync_at": statement.excluded.last_sync_at,
                "last_run_id": statement.excluded.last_run_id,
            },
        )
    )


def link_follow_ups(conn: sa.Connection, org_id: str, integration_id: str, run_id: str, wave: int) -> None:
    """Remember which record each follow-up of a wave became, by its client key."""
    a = plan_actions
    query = sa.select(a.c.object, a.c.key_field, a.c.key_value, a.c.crm_id).where(
        a.c.org_id == org_id,
        a.c.run_id == run_id,
        a.c.wave == wave,
        a.c.key_field == CLIENT_KEY,
        a.c.kind.in_([ActionKind.CREATE.value, ActionKind.NONE.value]),
        a.c.state.in_([state.value for state in _REACHED]),
        a.c.crm_id != "",
    )
    rows = [
        {
            "org_id": org_id,
            "integration_id": integration_id,
            "entity_type": row.object,
            "key_field": row.key_field,
            "key_value": row.key_value,
            "crm_id": row.crm_id,
            "generation": 0,
            "closed": False,
            "sync_count": 1,
            "last_sync_at": datetime.now(UTC),
            "last_run_id": run_id,
        }
        for row in conn.execute(query)
    ]
    if rows:
        statement = insert(links).values(rows)
        anew = sa.case((links.c.closed, statement.excluded.last_sync_at), else_=links.c.last_sync_at)
        kept = {
            "crm_id": statement.excluded.crm_id,
            "closed": False,
            "last_run_id": run_id,
            "last_sync_at": anew,  # when it was made, which what stands already was before
        }
        conn.execute(statement.on_conflict_do_update(index_elements=_LINK_KEY, set_=kept))


def close_archived(
    conn: sa.Connection, org_id: str, integration_id: str, binned: Mapping[str, Sequence[str]]
) -> None:
    """Records that an undo moved to the recycle bin name nobody now; what is created under their keys is the next generation."""
    for object_name, crm_ids in binned.items():
        here = (
            links.c.org_id == org_id,
            links.c.integration_id == integration_id,
            links.c.entity_type == object_name,
            links.c.crm_id.in_(crm_ids),
            links.c.closed.is_(False),
        )
        conn.execute(sa.update(links).where(*here).values(closed=True, generation=links.c.generation + 1))


def keep_held(
    conn: sa.Connection,
    org_id: str,
    integration_id: str,
    object_name: ObjectName,
    held: Sequence[tuple[str, str, dict[str, tuple[str, str]]]],
) -> None:
    """Set what the CRM held instead of what we sent, per (key field, key value)."""
    rows = [
        {
            "org_id": org_id,
            "integration_id": integration_id,
            "entity_type": object_name.value,
            "key_field": key_field,
            "key_value": key_value,
            "held": {name: list(pair) for name, pair in details.items()},
        }
        for key_field, key_value, details in held
    ]
    if rows:
        update_many(conn, links, ("org_id", *_LINK_KEY), rows)
