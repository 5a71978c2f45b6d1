"""Records of a real account that match an import, copied into the practice account: its preview is then that of the real one.

The real account is only looked at: a request that would write is refused before it leaves. What was copied once is renewed by
the next copying, whatever file asks for it; each key that names one record there names its copy here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic, sleep

from smartsync_core.errors import BadInput, SmartSyncError
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import (
    CLEAR,
    Association,
    Clear,
    ObjectName,
    Record,
    Write,
    WriteKind,
    WriteStatus,
)
from smartsync_core.model.moments import written
from smartsync_core.model.plan import Change, Match, MatchKind, Reason
from smartsync_core.model.run import Run, Wish
from smartsync_core.orchestrator.asking import open_keys
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.fitting import Fitting, listed
from smartsync_core.orchestrator.matching import Found, Matcher
from smartsync_core.orchestrator.practice import PRACTICE_URL
from smartsync_core.planning.compare import same
from smartsync_core.planning.inverse import steps_back
from smartsync_core.store.drafts import KeyAsked

__all__ = ["COPIED", "check_source", "copied_from", "copy_matching", "sources"]

COPIED = "copied"
_CHUNK = 500  # keys between two words on how far it is
_COPY_OF = (
    "copy of "  # and the id of an account: the key field by which the id of an original leads to its copy
)
_SEARCH_S = 20  # how long the practice account's search may take to show what was copied
_SEVERAL = (MatchKind.AMBIGUOUS, MatchKind.POSSIBLE)
_ONE = {ObjectName.CONTACTS: "contact", ObjectName.COMPANIES: "company"}


def sources(ctx: Context, connection: Connection) -> list[Connection]:
    """Accounts whose records can be copied into this one: of the same CRM. None where this is not the practice account."""
    if connection.base_url != PRACTICE_URL:
        return []
    known = ctx.connections.all()
    return [one for one in known if one.crm_type == connection.crm_type and one.base_url != PRACTICE_URL]


def copied_from(ctx: Context, connection: Connection) -> list[str]:
    """Names of the accounts of which this one holds copies."""
    if connection.base_url != PRACTICE_URL:
        return []
    marks = ctx.links.key_fields(connection.id)
    return [one.name for one in ctx.connections.all(inactive=True) if _mark(one) in marks]


def check_source(ctx: Context, run: Run, source_id: str) -> Connection:
    """The account to copy from. Raises BadInput where its records may not go into the account of this run."""
    for one in sources(ctx, ctx.connections.get(run.integration_id)):
        if one.id == source_id:
            return one
    raise BadInput(
        "Records are copied from a connected account into the practice account, and nowhere else.",
        hint="Choose the practice account for this file, and connect the real one under Accounts.",
    )


def copy_matching(ctx: Context, run: Run, session: Session) -> None:
    """Copy what the drafts of `run` reach in the account it names; the drafts are then still to be matched.

    May be run again. An account that cannot be read does not end the preview, which says what is missing.
    """
    source = ctx.connections.get(run.copies_from)
    objects = sorted(run.options.record_type.objects, key=list(ObjectName).index)
    for name in objects:
        ctx.drafts.clear_matches(run.id, name)
    with ctx.visit(source, interactive=False, looks_only=True) as there:
        copying = _Copying(ctx, run, source, there, session)
        try:
            for name in objects:
                copying.take(name)
        except SmartSyncError as error:
            copying.stopped_by = error.sentence()
    ctx.plans.drop_reasons(run.id, COPIED)
    ctx.plans.add_reasons(run.id, copying.told(), COPIED)
    ctx.runs.update(run.id, message="")


class _Copying:
    """From `source`, open as `there`, into the account of `run`, open as `here`."""

    def __init__(self, ctx: Context, run: Run, source: Connection, there: Session, here: Session) -> None:
        self.stopped_by = ""
        self._ctx, self._run, self._source = ctx, run, source
        self._session = there
        self._there, self._here = there.connector, here.connector
        self._at = datetime.now(UTC)
        self._fitting = Fitting(there, here)
        self._schemas = {name: here.schema(name) for name in run.options.record_type.objects}
        self._theirs: dict[ObjectName, Matcher] = {}
        self._ours = {name: Matcher(ctx, run, here, name) for name in self._schemas}
        self._copies: dict[ObjectName, dict[str, str]] = {name: {} for name in self._schemas}
        self._refused: list[str] = []
        self._deleted = 0

    def take(self, name: ObjectName) -> None:
        """All of one object, chunk by chunk, until somebody wants it stopped: the preview then ends."""
        self._theirs[name] = self._matcher_there(name)
        unsettled = list[KeyAsked]()
        for keys in open_keys(self._ctx.drafts, self._run, name, _CHUNK):
            if self._ctx.wishes.get(self._run.id) is Wish.STOP:
                return
            there, here = self._theirs[name].match(keys), self._ours[name].match(keys)
            self._take(name, there, here)
            unsettled += [key for key in keys if _of(there, key).kind in _SEVERAL]
            if counts := self._counts():
                self._ctx.runs.update(self._run.id, message=f"{counts} so far")
        _await_search(self._ours[name], unsettled)

    def _matcher_there(self, name: ObjectName) -> Matcher:
        """By the real account's own links, and by none of the answers that were given on this one."""
        options = replace(self._run.options, companies=())
        run = replace(self._run, integration_id=self._source.id, options=options)
        return Matcher(self._ctx, run, self._session, name, also=self._schemas[name].create_needs_any)

    def told(self) -> list[Reason]:
        """What became of it, for the preview."""
        source, counts, at = self._source.name, self._counts(), written(self._at)
        told = list[str]()
        if counts:
            told.append(f"Copied from {source}, as of {at}: {counts}. Nothing was changed there.")
        if self.stopped_by:
            what = "Not everything" if counts else "Nothing"
            told.append(f"{what} could be copied from {source}: {self.stopped_by}")
        elif not counts:
            told.append(f"{source} holds no record that matches, as of {at}. Nothing was copied.")
        if self._deleted:
            told.append(
                f"{self._deleted:,} of those were deleted in {source}: an import there would need you."
            )
        if lacking := self._lacking():
            told.append(f"{source} has no field {listed(lacking)}: an import there could not fill it.")
        if self._refused:
            told.append(f"{len(self._refused):,} could not be copied; the first: {self._refused[0]}")
        told += self._fitting.told()
        return [Reason(row=0, field="", code=COPIED, message=one) for one in told]

    def _counts(self) -> str:
        """`28 companies and 53 contacts`."""
        done = [(len(copies), name) for name, copies in self._copies.items() if copies]
        return " and ".join(f"{number:,} {_ONE[name] if number == 1 else name}" for number, name in done)

    def _lacking(self) -> list[str]:
        """Labels of fields that the columns go to and the real account does not have."""
        return [
            self._schemas[name].fields[one].label
            for name, theirs in self._theirs.items()
            for one in sorted(self._ours[name].mapped - theirs.mapped)
        ]

    # One chunk

    def _take(self, name: ObjectName, there: Found, here: Found) -> None:
        """Copies of all that the keys reach there; each key that reaches one names its copy from now on."""
        matches = there.matches.values()
        self._deleted += sum(one.kind is MatchKind.DELETED for one in matches)
        named = {key: one.id for key, one in there.matches.items() if one.kind is MatchKind.ONE}
        several = [id_ for one in matches if one.kind in _SEVERAL for id_ in one.candidates]
        known = {record.id: record for record in there.records}
        self._copy(name, [*named.values(), *several], known, _standing(named, here))
        copies = self._copies[name]
        reached = {key: copies[id_] for key, id_ in named.items() if id_ in copies}
        self._ctx.links.point(self._run.integration_id, name, reached)
        if there.companies:
            self._associate(there.companies)

    def _associate(self, companies: Mapping[str, Sequence[tuple[str, bool]]]) -> None:
        """Each copied contact stands by the copies of its original's companies, and by no other."""
        self._copy(ObjectName.COMPANIES, [id_ for one in companies.values() for id_, _ in one], {}, {})
        people, firms = self._copies[ObjectName.CONTACTS], self._copies[ObjectName.COMPANIES]
        wanted = {
            (people[contact], firms[company]): primary
            for contact, links in companies.items()
            for company, primary in links
            if contact in people and company in firms
        }
        ours = [people[one] for one in companies if one in people]
        held = self._here.linked(ObjectName.CONTACTS, ours, ObjectName.COMPANIES)
        standing = {(one.from_id, one.to_id): one for links in held.values() for one in links}
        self._here.link(
            add=[
                Association.of_contact(*ends, primary=primary)
                for ends, primary in wanted.items()
                if ends not in standing or (primary and not standing[ends].primary)
            ],
            remove=[one for ends, one in standing.items() if ends not in wanted],
        )

    # Records

    def _copy(
        self, name: ObjectName, ids: Iterable[str], known: Mapping[str, Record], reached: Mapping[str, Record]
    ) -> None:
        """Make or renew copies. `known`: originals as read already; `reached`: {original: what its key reaches here}."""
        done = self._copies[name]
        fresh = [id_ for id_ in dict.fromkeys(ids) if id_ not in done]
        unread = [id_ for id_ in fresh if id_ not in known]
        read = dict(known) | self._there.read(name, unread, self._theirs[name].properties)
        originals = {id_: read[id_] for id_ in fresh if id_ in read and not read[id_].archived}
        here = {id_: one for id_, one in reached.items() if id_ in originals}
        self._write(name, originals, here | self._copied_before(name, originals))
        marks = {(_mark(self._source), id_): done[id_] for id_ in originals if id_ in done}
        self._ctx.links.point(self._run.integration_id, name, marks)

    def _copied_before(self, name: ObjectName, originals: Iterable[str]) -> dict[str, Record]:
        """{original: its copy as it is now}"""
        asked = [(_mark(self._source), id_) for id_ in originals]
        links = self._ctx.links.lookup(self._run.integration_id, name, asked)
        return self._standing_here(
            name, {key[1]: link.crm_id for key, link in links.items() if not link.closed}
        )

    def _standing_here(self, name: ObjectName, ids: Mapping[str, str]) -> dict[str, Record]:
        """{original: record} of {original: id here}, without those that are gone."""
        properties = [one for one in self._theirs[name].properties if one in self._schemas[name]]
        live = self._here.read(name, sorted(set(ids.values())), properties)
        return {one: live[id_] for one, id_ in ids.items() if id_ in live and not live[id_].archived}

    def _write(self, name: ObjectName, originals: Mapping[str, Record], here: Mapping[str, Record]) -> None:
        """What stands here becomes as its original is; the others are created."""
        done, taken = self._copies[name], dict[str, str]()
        done |= {id_: here[id_].id for id_ in originals if id_ in here}
        writes = [self._as_original(one, here.get(id_)) for id_, one in originals.items()]
        for kind in (WriteKind.UPDATE, WriteKind.CREATE):
            of_kind = [one for one in writes if one is not None and one.kind is kind]
            for result in self._here.write(of_kind) if of_kind else ():
                if result.status is WriteStatus.DONE:
                    done[result.ref] = result.id
                elif kind is WriteKind.CREATE and result.existing_id:
                    taken[result.ref] = result.existing_id
                else:
                    self._refused.append(result.message or "the practice account did not answer.")
        if standing := self._standing_here(name, taken) if taken else {}:
            self._write(name, {id_: originals[id_] for id_ in standing}, standing)

    def _as_original(self, original: Record, here: Record | None) -> Write | None:
        """None where nothing differs."""
        schema = self._schemas[original.object]
        held = here.properties if here else {}
        changes = [
            Change(name, held.get(name), value)
            for name, told in original.properties.items()
            if name in schema and schema.fields[name].writable
            for value in [self._fitting.value(schema.fields[name], told)]
            if not same(schema.fields[name], value, held.get(name))
        ]
        if here and not changes:
            return None
        properties: dict[str, str | Clear] = {one.field: one.new or CLEAR for one in changes}
        return Write(
            ref=original.id,
            kind=WriteKind.UPDATE if here else WriteKind.CREATE,
            object=original.object,
            id=here.id if here else "",
            properties=properties,
            steps_back=steps_back(changes, schema) if here else frozenset(),
        )


def _mark(source: Connection) -> str:
    return f"{_COPY_OF}{source.id}"


def _of(found: Found, key: KeyAsked) -> Match:
    return found.matches[key.key_field, key.key_value]


def _standing(named: Mapping[tuple[str, str], str], here: Found) -> dict[str, Record]:
    """{original: the one record that its key reaches here}. An id of the other account's reaches nobody here."""
    records = {record.id: record for record in here.records}
    found: dict[str, Record] = {}
    for key, original in named.items():
        match = here.matches[key]
        if match.kind is MatchKind.ONE and match.by != "id" and match.id in records:
            found.setdefault(original, records.pop(match.id))  # none becomes the copy of two
    return found


def _await_search(matcher: Matcher, keys: Sequence[KeyAsked]) -> None:
    """Until each of these reaches something: a search is some seconds behind what was written."""
    until, left = monotonic() + _SEARCH_S, list(keys)
    while left and monotonic() < until:
        found = matcher.match(left)
        left = [key for key in left if _of(found, key).kind is MatchKind.NONE]
        if left:
            sleep(1)
