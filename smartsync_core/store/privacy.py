"""All that is kept of one person or company, found by an e-mail address or domain in whatever table; and both removed.

A removed one's rows stay, so that an import still adds up; what they held is gone. Do-not-touch lists keep the address:
it stands there so that nobody writes to them again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import ActionState
from smartsync_core.store.database import Database
from smartsync_core.store.ledger import SYNC_TYPE
from smartsync_core.store.tables import (
    crm_entity_mappings,
    crm_integrations,
    crm_sync_logs,
    import_drafts,
    metadata,
    oauth_states,
    plan_actions,
    records,
    run_drafts,
    run_edits,
    run_first_reasons,
    run_matches,
    run_reasons,
    runs,
    scores,
    summaries,
    suppressions,
    upload_rows,
    webhook_changes,
    webhook_deliveries,
)
from smartsync_core.store.webhooks import APART

__all__ = ["REMOVED", "Privacy"]

REMOVED = "(removed)"
_CONTACTS, _COMPANIES = ObjectName.CONTACTS.value, ObjectName.COMPANIES.value
_LEFT_ALONE = {crm_integrations.name, oauth_states.name, runs.name}
"""Accounts and their sealed tokens, and what imports were asked to do: about nobody, but for samples of a column."""
_WRITTEN_APART = (webhook_changes.name, webhook_deliveries.name)
_TIED = (
    upload_rows,
    run_edits,
    run_drafts,
    run_reasons,
    run_first_reasons,
    plan_actions,
    crm_sync_logs,
    records,
)
"""Tables whose rows say something of a person without naming the address."""

_Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Traces:
    """By what rows belong to the one who is searched for."""

    of_upload: set[tuple[str, int]] = field(default_factory=set)
    of_run: set[tuple[str, int]] = field(default_factory=set)
    records: set[tuple[str, str, str]] = field(default_factory=set)  # (account, object, id of it there)


class Privacy:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def held(self, text: str) -> dict[str, list[_Row]]:
        """{table: rows} of all that names this e-mail address or domain, and what belongs to such a one."""
        with self._database.read() as conn:
            found = self._naming(conn, text)
            for table, rows in self._tied(conn, found, _objects(text)).items():
                known = found.setdefault(table, [])
                known += [row for row in rows if row not in known]
        return {table: rows for table, rows in found.items() if rows}

    def purge(self, text: str) -> int:
        """Remove what is kept of the person with this address, or of the company with this domain and its people.

        How many rows held something. Inside `together` nothing comes in between what is found and what is removed.
        """
        found, pattern = self.held(text), _pattern(text)
        for name in (suppressions.name, *_WRITTEN_APART):
            found.pop(name, None)
        dropped = {run_matches, *((scores,) if _COMPANIES in _objects(text) else ())}
        with self._database.write() as conn:
            for name, rows in found.items():
                for row in rows:
                    self._empty(conn, metadata.tables[name], row, pattern, dropped)
            self._forget_samples(
                conn, {row["run_id"] for rows in found.values() for row in rows if row.get("run_id")}
            )
        return sum(map(len, found.values())) + self._purge_deliveries(text)

    def _purge_deliveries(self, text: str) -> int:
        """As whoever delivers writes them, who waits for no other writer."""
        with self._database.write_apart(APART) as conn:
            found = self._naming(conn, text, [metadata.tables[name] for name in _WRITTEN_APART])
            for name, rows in found.items():
                for row in rows:
                    self._empty(conn, metadata.tables[name], row, _pattern(text), ())
        return sum(map(len, found.values()))

    def _naming(
        self, conn: sa.Connection, text: str, tables: Sequence[sa.Table] = metadata.sorted_tables
    ) -> dict[str, list[_Row]]:
        pattern, found = _pattern(text), {}
        for table in tables:
            columns = _texts(table)
            if "org_id" not in table.c or table.name in _LEFT_ALONE or not columns:
                continue
            says = [
                sa.func.lower(sa.cast(c, sa.String)).contains(text.lower(), autoescape=True) for c in columns
            ]
            query = sa.select(table).where(table.c.org_id == self._org_id, sa.or_(*says))
            rows = [dict(row) for row in conn.execute(query).mappings()]
            found[table.name] = [
                row for row in rows if any(pattern.search(str(row[column.name])) for column in columns)
            ]
        return found

    def _tied(
        self, conn: sa.Connection, found: Mapping[str, list[_Row]], objects: Sequence[str]
    ) -> dict[str, list[_Row]]:
        traces = self._traces(conn, found, objects)
        tied: dict[str, list[_Row]] = {}
        for table in _TIED:
            query = sa.select(table).where(table.c.org_id == self._org_id, _belongs(table, traces))
            tied[table.name] = [dict(row) for row in conn.execute(query).mappings()]
        return tied

    def _traces(
        self, conn: sa.Connection, found: Mapping[str, list[_Row]], objects: Sequence[str]
    ) -> _Traces:
        traces = _Traces()
        traces.of_upload.update((row["upload_id"], row["row_no"]) for row in found[upload_rows.name])
        drafts = [row for row in found[run_drafts.name] if row["object"] in objects]
        for row in [*found[run_edits.name], *drafts]:
            traces.of_run.add((row["run_id"], row["row_no"]))
        query = sa.select(runs.c.id, runs.c.upload_id, runs.c.integration_id).where(
            runs.c.org_id == self._org_id
        )
        run_of = {run.id: run for run in conn.execute(query)}
        traces.of_upload.update((run_of[run].upload_id, row) for run, row in traces.of_run if run in run_of)
        traces.of_run.update(
            (run.id, row)
            for run in run_of.values()
            for upload, row in traces.of_upload
            if upload == run.upload_id
        )
        for row in [*found[plan_actions.name], *found[records.name]]:
            if row["object"] in objects and row["crm_id"] and row["run_id"] in run_of:
                traces.records.add((run_of[row["run_id"]].integration_id, row["object"], row["crm_id"]))
        traces.records.update(
            (row["integration_id"], row["entity_type"], row["crm_id"])
            for row in found[crm_entity_mappings.name]
            if row["entity_type"] in objects
        )
        return traces

    def _forget_samples(self, conn: sa.Connection, run_ids: set[str]) -> None:
        """Imports keep some values of each column, to show what it holds."""
        here = (runs.c.org_id == self._org_id, runs.c.id.in_(sorted(run_ids)))
        for run_id, options in conn.execute(sa.select(runs.c.id, runs.c.options).where(*here)).all():
            columns = [column | {"samples": []} for column in options["columns"]]
            conn.execute(
                sa.update(runs)
                .where(runs.c.org_id == self._org_id, runs.c.id == run_id)
                .values(options=options | {"columns": columns})
            )

    def _empty(
        self,
        conn: sa.Connection,
        table: sa.Table,
        row: _Row,
        pattern: re.Pattern[str],
        dropped: Collection[sa.Table],
    ) -> None:
        key = list(table.primary_key) or list(table.c)
        here = [column == row[column.name] for column in key if not isinstance(column.type, sa.JSON)]
        named_by_it = any(pattern.search(str(row[column.name])) for column in table.primary_key)
        if named_by_it or table in dropped:
            conn.execute(sa.delete(table).where(table.c.org_id == self._org_id, *here))
            return
        values = {
            name: _emptied(table, name, value)
            for name, value in row.items()
            if name in _VALUES.get(table.name, ())
        }
        if table is plan_actions and row["state"] in _NOT_SENT:
            values |= {"state": _NOT_SENT[row["state"]], "message": _GONE}  # what is emptied is never sent
        for column in _texts(table):
            if column.name not in values and not column.primary_key and pattern.search(str(row[column.name])):
                values[column.name] = _without(row[column.name], pattern)
        if values:
            conn.execute(sa.update(table).where(table.c.org_id == self._org_id, *here).values(**values))


_VALUES = {
    upload_rows.name: ("cells",),
    run_edits.name: ("cells",),
    import_drafts.name: ("state",),
    run_drafts.name: ("values", "email", "key_value", "marks", "problems"),
    run_reasons.name: ("message",),
    run_first_reasons.name: ("message",),
    plan_actions.name: ("changes", "key_value", "theirs", "proof_details", "refusals"),
    crm_sync_logs.name: ("before", "after", "enrichments", "error_message"),
    records.name: ("properties",),
    summaries.name: ("sentences", "request", "reply"),
}
"""What of a row that belongs to a person is emptied; of all other rows only the address itself."""


_NOT_SENT = {
    ActionState.PLANNED.value: ActionState.SKIPPED.value,
    ActionState.SENDING.value: ActionState.IN_DOUBT.value,
}
_GONE = "The person was removed from what is kept here."


def _belongs(table: sa.Table, traces: _Traces) -> sa.ColumnElement[bool]:
    if table is upload_rows:
        return _any(
            traces.of_upload, lambda one: sa.and_(table.c.upload_id == one[0], table.c.row_no == one[1])
        )
    if table is crm_sync_logs:
        return _any(
            traces.records,
            lambda one: sa.and_(
                table.c.integration_id == one[0],
                table.c.sync_type == SYNC_TYPE[ObjectName(one[1])],
                table.c.crm_record_id == one[2],
            ),
        )
    if table is plan_actions or table is records:
        in_account = sa.select(runs.c.id).where(runs.c.org_id == table.c.org_id)
        return _any(
            traces.records,
            lambda one: sa.and_(
                table.c.object == one[1],
                table.c.crm_id == one[2],
                table.c.run_id.in_(in_account.where(runs.c.integration_id == one[0])),
            ),
        )
    return _any(traces.of_run, lambda one: sa.and_(table.c.run_id == one[0], table.c.row_no == one[1]))


def _any(
    traces: Iterable[tuple[Any, ...]], said: Callable[[Any], sa.ColumnElement[bool]]
) -> sa.ColumnElement[bool]:
    return sa.or_(sa.false(), *map(said, sorted(traces)))


def _objects(text: str) -> tuple[str, ...]:
    """What belongs to whom is named by an address: a person alone; by a domain: a company, and its people."""
    return (_CONTACTS,) if "@" in text else (_CONTACTS, _COMPANIES)


def _texts(table: sa.Table) -> list[sa.Column[Any]]:
    kinds = (sa.String, sa.JSON)
    return [column for column in table.c if isinstance(column.type, kinds) and column.name != "org_id"]


def _pattern(text: str) -> re.Pattern[str]:
    """The whole address, in any case: one that only ends like it is somebody else's."""
    return re.compile(rf"(?<![\w.+%-]){re.escape(text)}(?![\w-]|\.\w)", re.IGNORECASE)


def _emptied(table: sa.Table, name: str, value: Any) -> Any:
    """Of the same shape, so that whoever counts finds as many as before."""
    if name == "changes":
        return [[field, _hidden(old), _hidden(new)] for field, old, new in value]
    if name == "state":
        return value | {"file_name": REMOVED, "lines": []}
    if name == "cells":
        return ["" for _ in value]
    if isinstance(value, dict):
        return {key: _hidden(one) for key, one in value.items()} if table is crm_sync_logs else {}
    if isinstance(value, list):
        return []
    return "" if name in ("email", "key_value") else _hidden(value)


def _hidden(value: Any) -> Any:
    return None if value is None else REMOVED


def _without(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(REMOVED, value)
    if isinstance(value, dict):
        return {_without(key, pattern): _without(one, pattern) for key, one in value.items()}
    if isinstance(value, list):
        return [_without(one, pattern) for one in value]
    return value
