"""Check again: everything a run wrote is read once more, at any time after it. What still holds, and what was changed since?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from smartsync_core.errors import BadInput
from smartsync_core.model.access import Role
from smartsync_core.model.crm import ObjectName, Record, Schema
from smartsync_core.model.moments import written
from smartsync_core.model.plan import Reason
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.field_words import FieldWords
from smartsync_core.orchestrator.rights import takes
from smartsync_core.orchestrator.value_words import ValueWords
from smartsync_core.planning.compare import same
from smartsync_core.planning.inverse import Wrote, wrote
from smartsync_core.store.written import Written

__all__ = ["CheckedAgain", "Finding", "check_again"]

_ORIGIN = "again"
_CHUNK = 2_000


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is no longer as the run left it. `field` "" = the whole record, "company" = an association."""

    row: int
    object: ObjectName
    crm_id: str
    field: str
    code: str  # changed_since | merged_since | gone_since | back_since
    ours: str
    now: str


@dataclass(kw_only=True)
class CheckedAgain:
    """Records and associations that the run wrote, counted once each; what its undo took back is counted apart."""

    run_id: str
    at: datetime
    holds: int = 0
    changed: int = 0
    gone: int = 0
    taken_back: int = 0
    findings: list[Finding] = field(default_factory=list)


@takes(Role.OPERATOR)
def check_again(ctx: Context, run_id: str) -> CheckedAgain:
    """Read everything the run wrote, now. Its numbers stay; the result is kept beside them and among its reasons.

    The calls are not the run's. Raises BadInput where the run wrote nothing yet or is still writing.
    """
    run = ctx.runs.get(run_id)
    if run.state.open:
        raise BadInput(
            f"The import of {run.file_name} is {run.state.value}.",
            hint="Wait until it is done.",
            code="is_open",
        )
    if run.approved_at is None:
        raise BadInput(
            f"The import of {run.file_name} wrote nothing: there is nothing to check.",
            code="nothing_to_check",
        )
    with ctx.visit(ctx.connected(run.integration_id)) as session:
        checked = _Check(ctx, session, run).all()
    _keep(ctx, run, checked)
    return checked


class _Check:
    def __init__(self, ctx: Context, session: Session, run: Run) -> None:
        self._session, self._run = session, run
        self._written = Written(ctx.database, ctx.org_id)
        self._undone = self._written.undone(run.id)
        self._given_back = self._written.given_back([run.id])
        self._gone: set[tuple[ObjectName, str]] = set(self._undone.records)
        self.result = CheckedAgain(run_id=run.id, at=datetime.now(UTC))

    def all(self) -> CheckedAgain:
        for name in ObjectName:
            ids = self._written.record_ids(self._run.id, name)
            for start in range(0, len(ids), _CHUNK):
                self._records(name, ids[start : start + _CHUNK])
        self._links()
        if self._run.undo_of:
            self._taken_back()
        return self.result

    def _records(self, name: ObjectName, ids: list[str]) -> None:
        found = {one: wrote(some) for one, some in self._written.of_records(self._run.id, name, ids).items()}
        schema = self._session.schema(name)
        asked = [one for one in found if (name, one) not in self._undone.records]
        properties = sorted({cell for one in found.values() for cell in one.cells})
        live = self._session.connector.read(name, asked, properties)
        self.result.taken_back += len(found) - len(asked)
        for crm_id in asked:
            self._record(found[crm_id], live.get(crm_id), schema)

    def _record(self, one: Wrote, live: Record | None, schema: Schema) -> None:
        action = one.action
        if live is None or live.archived:
            self._gone.add((action.object, action.crm_id))
            self._found("gone", [_finding(one, "", "gone_since", "", "")])
        elif live.id != action.crm_id:
            self._found("changed", [_finding(one, "", "merged_since", action.crm_id, live.id)])
        else:
            cells = self._cells(one)
            self._found("changed", list(_changed(one, cells, live.properties, schema)))

    def _cells(self, one: Wrote) -> set[str]:
        """What is still the run's: not restored by an undo of it."""
        given_back = self._given_back.get((self._run.id, one.action.id), frozenset())
        return set() if given_back is None else set(one.cells) - given_back

    def _found(self, kind: str, findings: list[Finding]) -> None:
        if not findings:
            self.result.holds += 1
        elif kind == "gone":
            self.result.gone += 1
        else:
            self.result.changed += 1
        self.result.findings += findings

    def _links(self) -> None:
        """Associations whose ends are both still there."""
        contacts, companies = ObjectName.CONTACTS, ObjectName.COMPANIES
        links = [
            one
            for one in self._written.added(self._run.id)
            if (contacts, one.action.crm_id) not in self._gone
            and (companies, one.company_id) not in self._gone
        ]
        self.result.taken_back += sum(one.action.id in self._undone.actions for one in links)
        links = [one for one in links if one.action.id not in self._undone.actions]
        standing = self._session.connector.linked(
            contacts, sorted({one.action.crm_id for one in links}), companies
        )
        for one in links:
            there = any(link.to_id == one.company_id for link in standing[one.action.crm_id])
            gone = Finding(
                row=one.action.rows[0],
                object=contacts,
                crm_id=one.action.crm_id,
                field="company",
                code="gone_since",
                ours=one.company_id,
                now="",
            )
            self._found("gone", [] if there else [gone])

    def _taken_back(self) -> None:
        """Of an undo: what it moved to the recycle bin is still there."""
        mine = self._written.undone("", by=self._run.id).records
        for name in ObjectName:
            ids = sorted(crm_id for object_name, crm_id in mine if object_name is name)
            binned = self._session.connector.read(name, ids, [], archived=True) if ids else {}
            for crm_id in ids:
                back = Finding(
                    row=0, object=name, crm_id=crm_id, field="", code="back_since", ours="", now=crm_id
                )
                self._found("changed", [] if crm_id in binned else [back])


def _changed(
    one: Wrote, cells: set[str], live: Mapping[str, str | None], schema: Schema
) -> Iterator[Finding]:
    for name in sorted(cells):
        cell, definition, now = one.cells[name], schema.fields.get(name), live.get(name)
        if not same(definition, now, cell.sent) and not same(definition, now, cell.held):
            yield _finding(one, name, "changed_since", cell.sent or "", now or "")


def _finding(one: Wrote, name: str, code: str, ours: str, now: str) -> Finding:
    action = one.action
    return Finding(
        row=action.rows[0],
        object=action.object,
        crm_id=action.crm_id,
        field=name,
        code=code,
        ours=ours,
        now=now,
    )


def _keep(ctx: Context, run: Run, checked: CheckedAgain) -> None:
    """The newest check replaces the one before."""
    words, values = FieldWords(run.options), ValueWords(ctx, [run])
    counts = {
        "holds": checked.holds,
        "changed": checked.changed,
        "gone": checked.gone,
        "taken_back": checked.taken_back,
    }
    summary = (
        f"Checked again {written(checked.at)}: {checked.holds} hold, {checked.changed} changed since, "
        f"{checked.gone} gone."
    )
    reasons = [Reason(row=0, field="", code="checked_again", message=summary)]
    for one in checked.findings:
        header = words.of(one.object, one.field)
        ours, now = (values.of(one.object, one.field, told) for told in (one.ours, one.now))
        message = _SAID[one.code].format(ours=ours, now=now, crm_id=one.crm_id)
        reasons.append(Reason(row=one.row, field=header, code=one.code, message=message))
    ctx.plans.drop_reasons(run.id, _ORIGIN)
    ctx.plans.add_reasons(run.id, reasons, _ORIGIN)
    ctx.runs.update(run.id, result={**run.result, "checked_again": {"at": checked.at.isoformat(), **counts}})


_SAID = {
    "changed_since": "Changed since: we wrote “{ours}”, the CRM holds “{now}”.",
    "merged_since": "Merged into record {now} since.",
    "gone_since": "No longer in the CRM.",
    "back_since": "Record {crm_id} was restored from the recycle bin since.",
}
