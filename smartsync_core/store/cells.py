"""Cells of a plan: one line per value that a run writes, old → new. Reads only; counted and cut in the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from smartsync_core.mapping.drafts import NAME_KEY
from smartsync_core.planning.followups import CLIENT_KEY
from smartsync_core.store.database import Database

__all__ = ["KEY_FIELDS", "Cell", "CellPage", "Cells"]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One value of one record. `effect`: new (of a new record) · filled · replaced · emptied."""

    row: int
    object: str
    effect: str
    record: str  # what a person knows its record by: its key, a company without one by its name; "" = neither
    crm_id: str
    field: str
    old: str | None
    new: str | None
    state: str
    proof: str  # "" = not read back
    held: str | None  # what the CRM holds instead; None = as sent, or not read back


@dataclass(frozen=True, kw_only=True)
class CellPage:
    cells: tuple[Cell, ...]
    total: int  # that the filter finds, on all pages


class Cells:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def page(
        self,
        run_id: str,
        *,
        object_name: str = "",
        field: str = "",
        effect: str = "",
        state: str = "",
        search: str = "",
        meant: Collection[tuple[str, str]] = (),
        limit: int = 50,
        offset: int = 0,
    ) -> CellPage:
        """What takes something away first, then in row order. `search` looks into record, field, old and new, in any case.

        `meant`: (field, value) that a search finds besides, since people see another word for that value.
        """
        given = {
            "org": self._org_id,
            "run": run_id,
            "object": object_name,
            "field": field,
            "effect": effect,
            "state": state,
            "search": f"%{_literal(search)}%" if search else "",
            "meant": [f"{name}={value}" for name, value in meant],
            "limit": limit,
            "offset": offset,
        }
        found = f"{self._all()} SELECT *, count(*) OVER () AS total FROM found {_ORDER}"
        with self._database.read() as conn:
            rows = conn.execute(_with_meant(found), given).mappings().all()
        if not rows and offset:  # beyond the last page: only the first can say how many there are
            first = self.page(
                run_id,
                object_name=object_name,
                field=field,
                effect=effect,
                state=state,
                search=search,
                meant=meant,
            )
            return replace(first, cells=())
        return CellPage(cells=tuple(_cell(row) for row in rows), total=rows[0]["total"] if rows else 0)

    def riskiest(self, run_id: str, limit: int = 5) -> tuple[Cell, ...]:
        """What takes something away: emptied values, then replaced ones of who it is and whose, then the other replaced ones."""
        query = _with_meant(f"{self._all()} SELECT * FROM found {_RISK}").bindparams(
            sa.bindparam("telling", KEY_FIELDS, expanding=True)
        )
        given = self._everything(run_id) | {"limit": limit}
        with self._database.read() as conn:
            return tuple(_cell(row) for row in conn.execute(query, given).mappings())

    def totals(self, run_id: str, *, state: str = "") -> dict[str, int]:
        """Cells per effect; all four are there. `state`: of actions in that state alone."""
        query = _with_meant(f"{self._all()} SELECT effect, count(*) AS n FROM found GROUP BY effect")
        with self._database.read() as conn:
            given = self._everything(run_id) | {"state": state}
            counted = {row.effect: row.n for row in conn.execute(query, given)}
        return {effect: counted.get(effect, 0) for effect in ("new", "filled", "replaced", "emptied")}

    def places(self, run_id: str) -> set[tuple[str, str]]:
        """Every (object, field) in which the run writes a value."""
        query = _with_meant(f"{self._all()} SELECT DISTINCT object, field FROM found")
        with self._database.read() as conn:
            return {(row.object, row.field) for row in conn.execute(query, self._everything(run_id))}

    def _everything(self, run_id: str) -> dict[str, object]:
        no_filter = dict.fromkeys(("object", "field", "effect", "state", "search"), "")
        return {**no_filter, "meant": [], "org": self._org_id, "run": run_id}

    def _all(self) -> str:
        return _FOUND.format(
            triples=_DUCKDB if self._database.is_duckdb else _POSTGRESQL,
            name_key=NAME_KEY,
            client_key=CLIENT_KEY,
        )


_DUCKDB = """
    SELECT p.*, part AS place, triples[part][1] AS field, triples[part][2] AS old, triples[part][3] AS new
    FROM (SELECT *, generate_subscripts(triples, 1) AS part
          FROM (SELECT *, from_json(changes, '[["VARCHAR"]]') AS triples FROM plan) AS t) AS p"""

_POSTGRESQL = """
    SELECT p.*, e.ordinality AS place, e.value ->> 0 AS field, e.value ->> 1 AS old, e.value ->> 2 AS new
    FROM plan AS p, json_array_elements(p.changes) WITH ORDINALITY AS e"""

_FOUND = """
WITH plan AS (
    SELECT id, main_row, object, kind, key_field, key_value, crm_id, state, proof, proof_details, changes FROM plan_actions
    WHERE org_id = :org AND run_id = :run AND kind IN ('create', 'update')
      AND state <> 'superseded' AND (:state = '' OR state = :state) AND (:object = '' OR object = :object)
),
cell AS ({triples}),
told AS (
    SELECT *, CASE WHEN new IS NULL THEN 'emptied' WHEN kind = 'create' THEN 'new'
                   WHEN old IS NULL THEN 'filled' ELSE 'replaced' END AS effect,
              CASE WHEN key_field = '{client_key}'
                   THEN coalesce(max(CASE WHEN field IN ('dealname', 'hs_task_subject') THEN new END)
                                 OVER (PARTITION BY id), '')
                   WHEN key_field <> '{name_key}' THEN key_value
                   ELSE coalesce(max(CASE WHEN field = 'name' THEN new END) OVER (PARTITION BY id),
                                 split_part(key_value, '|', 1)) END AS record
    FROM cell
),
found AS (
    SELECT * FROM told
    WHERE (:effect = '' OR effect = :effect) AND (:field = '' OR field = :field)
      AND (:search = '' OR concat_ws(' ', record, field, old, new) ILIKE :search ESCAPE '!'
           OR concat(field, '=', old) IN :meant OR concat(field, '=', new) IN :meant)
)"""

_ORDER = """
ORDER BY CASE effect WHEN 'emptied' THEN 0 WHEN 'replaced' THEN 1 WHEN 'filled' THEN 2 ELSE 3 END, main_row, id, place
LIMIT :limit OFFSET :offset"""

KEY_FIELDS = (
    "email",
    "hs_additional_emails",
    "domain",
    "website",
    "name",
    "firstname",
    "lastname",
    "phone",
    "mobilephone",
    "hubspot_owner_id",
    "lifecyclestage",
)
"""Fields that say who a record is and whose."""

_RISK = """
WHERE effect IN ('emptied', 'replaced')
ORDER BY CASE WHEN effect = 'emptied' THEN 0 WHEN field IN :telling THEN 1 ELSE 2 END, main_row, id, place
LIMIT :limit"""


def _with_meant(query: str) -> sa.TextClause:
    return sa.text(query).bindparams(sa.bindparam("meant", type_=sa.String, expanding=True))


def _literal(text: str) -> str:
    """`%` and `_` as themselves."""
    for sign in "!%_":
        text = text.replace(sign, f"!{sign}")
    return text


def _cell(row: Mapping[Any, Any]) -> Cell:
    return Cell(
        row=row["main_row"],
        object=row["object"],
        effect=row["effect"],
        record=row["record"],
        crm_id=row["crm_id"] or "",
        field=row["field"],
        old=row["old"],
        new=row["new"],
        state=row["state"],
        proof=row["proof"] or "",
        held=_held(row["proof_details"], row["field"]),
    )


def _held(details: Any, field: str) -> str | None:
    told = json.loads(details) if isinstance(details, str) else details
    return told[field][1] if isinstance(told, dict) and field in told else None
