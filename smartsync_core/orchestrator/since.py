"""What happened to the records of a run since it wrote them: asked of the CRM, and of our own later imports."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from smartsync_core.errors import NeedsPerson
from smartsync_core.model.crm import Activity, Association, Linkable, ObjectName, Record, Schema
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.value_words import live_word
from smartsync_core.planning.inverse import Around, Inverse, Seen, Wrote, leads, put_back, take_back, wrote
from smartsync_core.store.written import Written

__all__ = ["Since", "kinds_beside"]

_STANDS_BY: dict[ObjectName, tuple[Linkable, ...]] = {
    ObjectName.CONTACTS: (
        *Activity,
        ObjectName.TASKS,
        ObjectName.NOTES,
        ObjectName.DEALS,
        ObjectName.COMPANIES,
    ),
    ObjectName.COMPANIES: (
        *Activity,
        ObjectName.TASKS,
        ObjectName.NOTES,
        ObjectName.DEALS,
        ObjectName.CONTACTS,
    ),
    ObjectName.DEALS: (
        *Activity,
        ObjectName.TASKS,
        ObjectName.NOTES,
        ObjectName.CONTACTS,
        ObjectName.COMPANIES,
    ),
    ObjectName.TASKS: (ObjectName.CONTACTS, ObjectName.COMPANIES, ObjectName.DEALS),
    ObjectName.NOTES: (ObjectName.CONTACTS, ObjectName.COMPANIES, ObjectName.DEALS),
}
_Neighbours = dict[str, list[Association]]


class Since:
    """For one run that is taken back, at one moment. `undo_id`: the undo that is under way; what it did is done."""

    def __init__(self, ctx: Context, session: Session, undone: Run, *, undo_id: str = "") -> None:
        self._session = session
        self._run = undone
        self.written = Written(ctx.database, ctx.org_id)
        self._claims = self.written.claims(undone.id)
        self.added = self.written.added(undone.id)
        done = self.written.undone(undone.id, by=undo_id) if undo_id else None
        self.around = Around(
            made=self.written.made(undone.id),
            links={one.pair: leads(one.action) for one in self.added},
            beside=self.written.beside(undone.id),
            gone=set(done.records) if done else set(),
            unlinked={one.pair for one in self.added if done and one.action.id in done.actions},
        )

    def inverses(
        self, object_name: ObjectName, crm_ids: Sequence[str], *, halfway: frozenset[str] = frozenset()
    ) -> dict[str, tuple[Wrote, Inverse]]:
        """What is to be done now about these records of the run, by the id they had then.

        `halfway`: records to which the undo sent something before that was never answered.
        """
        done = {
            id_: wrote(some)
            for id_, some in self.written.of_records(self._run.id, object_name, crm_ids).items()
        }
        created = [id_ for id_, one in done.items() if one.created]
        schema = self._session.schema(object_name)
        live = self._session.connector.read(object_name, list(done), self._properties(done, schema))
        neighbours, hidden = self._neighbours(
            object_name, [id_ for id_ in created if _is_there(live.get(id_))]
        )
        if object_name is ObjectName.CONTACTS:
            self._learn_domains(neighbours)
        found, say = {}, partial(live_word, self._session, object_name)
        for id_, one in done.items():
            claims = self._claims.get((object_name, id_), ())
            seen = Seen(
                record=live.get(id_),
                neighbours=neighbours.get(id_, ()),
                claims=claims,
                hidden=hidden,
                say=say,
            )
            if one.created:
                found[id_] = one, take_back(one, seen, schema, self.around)
            else:
                found[id_] = one, put_back(one, seen, schema, halfway=id_ in halfway)
        return found

    def _properties(self, done: dict[str, Wrote], schema: Schema) -> list[str]:
        names = {name for one in done.values() for name in one.cells}
        if any(one.created for one in done.values()):
            names |= {field.name for field in schema.fields.values() if field.writable}
            names |= {*schema.identity_fields, schema.merged_field} - {""}
        return sorted(names)

    def _neighbours(self, object_name: ObjectName, ids: Sequence[str]) -> tuple[_Neighbours, list[Linkable]]:
        """Whatever stands by each record, and the types of which the key cannot see whether one does."""
        found: _Neighbours = {id_: [] for id_ in ids}
        if not ids:
            return found, []
        kinds = _STANDS_BY[object_name]
        unseen = self._session.account().hidden

        def read(kind: Linkable) -> _Neighbours | None:
            try:
                return self._session.connector.linked(object_name, ids, kind)
            except NeedsPerson as error:
                if error.code == "missing_scope":
                    return None
                raise

        with ThreadPoolExecutor(len(kinds), thread_name_prefix="neighbours") as pool:
            answers = dict(zip(kinds, pool.map(read, kinds), strict=True))
        for answer in answers.values():
            for id_, some in (answer or {}).items():
                found[id_] += some
        return found, [kind for kind, answer in answers.items() if answer is None or kind in unseen]

    def _learn_domains(self, neighbours: _Neighbours) -> None:
        """Domains of companies that the run did not link to these contacts: the CRM may have done it by itself."""
        around = self.around
        asked = {
            one.to_id
            for some in neighbours.values()
            for one in some
            if one.to_object is ObjectName.COMPANIES and (one.from_id, one.to_id) not in around.links
        } - around.domains.keys()
        if asked:
            records = self._session.connector.read(ObjectName.COMPANIES, sorted(asked), ["domain"])
            around.domains.update({id_: one.properties.get("domain") or "" for id_, one in records.items()})


def kinds_beside(object_name: ObjectName) -> int:
    """How many types of association are read of a record before it goes to the recycle bin."""
    return len(_STANDS_BY[object_name])


def _is_there(record: Record | None) -> bool:
    return record is not None and not record.archived
