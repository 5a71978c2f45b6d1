"""What a run wrote, record by record, and what our other runs have to do with those records. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import ActionKind, ActionState, StoredAction
from smartsync_core.planning.inverse import Claim, Linked
from smartsync_core.store.database import Database
from smartsync_core.store.plans import stored_action
from smartsync_core.store.tables import plan_actions, runs, uploads

__all__ = ["Added", "RecordId", "TakenBack", "Written"]

RecordId = tuple[ObjectName, str]
_CHUNK = 500
_RECORDS = (ActionKind.CREATE.value, ActionKind.UPDATE.value)


@dataclass(frozen=True, kw_only=True)
class Added:
    """An association that a run added: a contact's with a company."""

    action: StoredAction
    company_id: str

    @property
    def pair(self) -> tuple[str, str]:
        return self.action.crm_id, self.company_id


@dataclass(frozen=True, kw_only=True)
class TakenBack:
    """What undos took back for good: records moved to the recycle bin, and ids of those and of parted associations' actions."""

    records: frozenset[RecordId] = field(default_factory=frozenset)
    actions: frozenset[int] = field(default_factory=frozenset)


class Written:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def record_ids(self, run_id: str, object_name: ObjectName) -> list[str]:
        """CRM ids of the records that the run created or changed, in the order of their actions."""
        a = plan_actions
        query = (
            sa.select(a.c.crm_id)
            .where(
                *self._done(run_id), a.c.kind.in_(_RECORDS), a.c.object == object_name.value, a.c.crm_id != ""
            )
            .group_by(a.c.crm_id)
            .order_by(sa.func.min(a.c.id))
        )
        with self._database.read() as conn:
            return list(conn.execute(query).scalars())

    def of_records(
        self, run_id: str, object_name: ObjectName, crm_ids: Sequence[str]
    ) -> dict[str, list[StoredAction]]:
        """All that the run did to each of these records, by CRM id."""
        a, found = plan_actions, dict[str, list[StoredAction]]()
        with self._database.read() as conn:
            for start in range(0, len(crm_ids), _CHUNK):
                query = sa.select(a).where(
                    *self._done(run_id),
                    a.c.kind.in_(_RECORDS),
                    a.c.object == object_name.value,
                    a.c.crm_id.in_(crm_ids[start : start + _CHUNK]),
                )
                for row in conn.execute(query).mappings():
                    found.setdefault(row["crm_id"], []).append(stored_action(row))
        return found

    def made(self, run_id: str) -> set[RecordId]:
        """Records that the run created."""
        return self._records(*self._done(run_id), plan_actions.c.kind == ActionKind.CREATE.value)

    def added(self, run_id: str) -> list[Added]:
        """Associations of contacts with companies that the run added, in id order."""
        a, b = plan_actions, plan_actions.alias("company")
        query = (
            sa.select(a, b.c.crm_id.label("company_id"))
            .select_from(a.join(b, sa.and_(b.c.run_id == a.c.run_id, b.c.id == a.c.to_action)))
            .where(*self._done(run_id), a.c.kind == ActionKind.LINK.value)
            .order_by(a.c.id.desc())
        )
        with self._database.read() as conn:
            rows = conn.execute(query).mappings()
            return [Added(action=stored_action(row), company_id=row["company_id"]) for row in rows]

    def beside(self, run_id: str) -> dict[Linked, set[Linked]]:
        """The records that each deal, task and note of the run was made with."""
        a = plan_actions
        query = sa.select(a.c.id, a.c.object, a.c.crm_id, a.c.associations).where(
            a.c.org_id == self._org_id,
            a.c.run_id == run_id,
            a.c.crm_id != "",
            a.c.kind != ActionKind.LINK.value,
        )
        with self._database.read() as conn:
            rows = conn.execute(query).all()
        known: dict[int, Linked] = {row.id: (ObjectName(row.object), row.crm_id) for row in rows}
        return {
            known[row.id]: {known[id_] for _, id_ in row.associations if id_ in known}
            for row in rows
            if row.associations
        }

    def undone(self, run_id: str, *, by: str = "") -> TakenBack:
        """What undos took back of a run; with `by`, that one alone."""
        a = plan_actions
        which = runs.c.id == by if by else runs.c.undo_of == run_id
        undos = sa.select(runs.c.id).where(runs.c.org_id == self._org_id, which)
        done = (a.c.org_id == self._org_id, a.c.run_id.in_(undos), a.c.state == ActionState.DONE.value)
        kinds = [ActionKind.ARCHIVE.value, ActionKind.UNLINK.value]
        with self._database.read() as conn:
            ids = frozenset(conn.execute(sa.select(a.c.id).where(*done, a.c.kind.in_(kinds))).scalars())
        binned = self._records(*done, a.c.kind == ActionKind.ARCHIVE.value)
        return TakenBack(records=frozenset(binned), actions=ids)

    def count(self, run_id: str) -> int:
        """Records and associations that the run wrote."""
        a = plan_actions
        kinds = [*_RECORDS, ActionKind.LINK.value]
        query = sa.select(sa.func.count()).where(*self._done(run_id), a.c.kind.in_(kinds))
        with self._database.read() as conn:
            return int(conn.execute(query).scalar_one())

    def claims(self, run_id: str) -> dict[RecordId, list[Claim]]:
        """Later imports that wrote to records of this run, or whose file, another one, names them; the earliest first.

        One that wrote nothing at all claims nothing; what an undo of such an import took back again is no claim.
        """
        mine, theirs, first = plan_actions, plan_actions.alias("theirs"), runs.alias("first")
        own, other, wrote = uploads.alias("own"), uploads.alias("other"), plan_actions.alias("wrote")
        did = sa.select(wrote.c.run_id).where(
            wrote.c.org_id == self._org_id, wrote.c.state == ActionState.DONE.value
        )
        query = (
            sa.select(
                theirs, runs.c.approved_at, other.c.name, (own.c.sha256 == other.c.sha256).label("same_file")
            )
            .select_from(
                mine.join(
                    theirs,
                    sa.and_(
                        theirs.c.object == mine.c.object,
                        theirs.c.crm_id == mine.c.crm_id,
                        theirs.c.run_id != mine.c.run_id,
                        theirs.c.org_id == mine.c.org_id,
                    ),
                )
                .join(runs, runs.c.id == theirs.c.run_id)
                .join(first, first.c.id == mine.c.run_id)
                .join(other, other.c.id == runs.c.upload_id)
                .join(own, own.c.id == first.c.upload_id)
            )
            .where(
                *self._done(run_id),
                mine.c.kind.in_(_RECORDS),
                mine.c.crm_id != "",
                theirs.c.state.in_([ActionState.DONE.value, ActionState.UNCHANGED.value]),
                runs.c.kind == "import",
                runs.c.integration_id == first.c.integration_id,
                runs.c.approved_at > first.c.approved_at,
                runs.c.id.in_(did),
            )
            .order_by(runs.c.approved_at)
        )
        with self._database.read() as conn:
            rows = conn.execute(query).mappings().all()
        given_back = self.given_back({row["run_id"] for row in rows})
        found: dict[RecordId, list[Claim]] = {}
        for row in rows:
            claim = _claim(row, given_back.get((row["run_id"], row["id"]), frozenset()))
            claims = found.setdefault((ObjectName(row["object"]), row["crm_id"]), [])
            if claim is not None and claim not in claims:
                claims.append(claim)
        return {record: claims for record, claims in found.items() if claims}

    def given_back(self, run_ids: Iterable[str]) -> dict[tuple[str, int], frozenset[str] | None]:
        """What undos took back of runs: {(run, action): fields restored; None = all of it}"""
        a, found = plan_actions, dict[tuple[str, int], frozenset[str] | None]()
        query = (
            sa.select(a.c.id, a.c.kind, a.c.changes, runs.c.undo_of)
            .select_from(a.join(runs, runs.c.id == a.c.run_id))
            .where(
                a.c.org_id == self._org_id,
                runs.c.undo_of.in_(list(run_ids)),
                a.c.state == ActionState.DONE.value,
            )
        )
        with self._database.read() as conn:
            for row in conn.execute(query):
                before = found.get((row.undo_of, row.id), frozenset())
                whole = row.kind != ActionKind.UPDATE.value or before is None
                fields = frozenset(name for name, _, _ in row.changes)
                found[row.undo_of, row.id] = None if whole else (before or frozenset()) | fields
        return found

    def _records(self, *where: sa.ColumnElement[bool]) -> set[RecordId]:
        a = plan_actions
        query = sa.select(a.c.object, a.c.crm_id).where(*where, a.c.crm_id != "")
        with self._database.read() as conn:
            return {(ObjectName(row.object), row.crm_id) for row in conn.execute(query)}

    def _done(self, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        a = plan_actions
        return a.c.org_id == self._org_id, a.c.run_id == run_id, a.c.state == ActionState.DONE.value


def _claim(row: Any, given_back: frozenset[str] | None) -> Claim | None:
    """None where nothing of it stands: it wrote nothing and is of the same file, or it was taken back."""
    claim = Claim(run_id=row["run_id"], file_name=row["name"])
    if row["state"] == ActionState.UNCHANGED.value:
        return None if row["same_file"] else claim
    if given_back is None:
        return None
    fields = frozenset(name for name, _, _ in row["changes"])
    left = fields - given_back
    if fields and not left:
        return None
    return Claim(run_id=row["run_id"], file_name=row["name"], fields=left)
