"""Match: what the CRM holds for a chunk of keys.

link → unique field → e-mail (contacts), domain (companies) → a person's word → name, which is never proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from smartsync_core.model.crm import ObjectName, Record
from smartsync_core.model.mapping import Certainty, RecordType
from smartsync_core.model.plan import Match, MatchKind
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.fields import RESEARCH
from smartsync_core.planning.automations import OWNER
from smartsync_core.planning.stamp import stamp_values
from smartsync_core.store.drafts import KeyAsked
from smartsync_core.store.links import Link

__all__ = ["Found", "Matcher"]

_Key = tuple[str, str]
_SEARCHABLE = {ObjectName.COMPANIES: ("domain",), ObjectName.CONTACTS: ()}


@dataclass(frozen=True, kw_only=True)
class Found:
    """Matches by key, the records behind them, and each contact's companies as (id, is the first one)."""

    matches: dict[_Key, Match]
    records: list[Record]
    companies: Mapping[str, Sequence[tuple[str, bool]]]


@dataclass
class _Answers:
    matches: dict[_Key, Match] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    generations: dict[_Key, int] = field(default_factory=dict)


class Matcher:
    """For one object of one run. `also`: what is read of its records besides, where the account has it."""

    def __init__(
        self,
        ctx: Context,
        run: Run,
        session: Session,
        object_name: ObjectName,
        *,
        also: Iterable[str] = (),
    ) -> None:
        self._ctx = ctx
        self._run = run
        self._connector = session.connector
        self._object = object_name
        self._schema = session.schema(object_name)
        always = {*self._schema.identity_fields, *_SEARCHABLE[object_name], *also}
        self.mapped = self._mapped()  # what the columns write, as far as the account has it
        read = self.mapped | {name for name in always if name in self._schema}
        stamp = stamp_values(run.options.stamp, run.created_at.date(), self._schema)
        beside = {name for name in (*RESEARCH, OWNER) if run.options.extras and name in self._schema}
        self.properties = sorted(read | stamp.keys() | beside)
        self._by_id_alone = any(
            key.object is object_name and key.field == "id" for key in run.options.keys
        )  # who names a record by its id means no other one
        self._decided = {one.key: one for one in run.options.companies}
        self._exact = {"id", *self._schema.identity_fields, *_SEARCHABLE[object_name]} | {
            name for name, definition in self._schema.fields.items() if definition.unique
        }

    def match(self, keys: Sequence[KeyAsked]) -> Found:
        answers = _Answers()
        asked = {(key.key_field, key.key_value): key for key in keys}
        self._by_link(asked, answers)
        for key_field in sorted(self._exact & {key.key_field for key in keys}):
            wanted = {key: key[1] for key in asked if key[0] == key_field}
            self._by_field(key_field, wanted, answers)
        for name, value_of in (("email", attrgetter("email")), ("domain", attrgetter("domain"))):
            wanted = {
                key: value_of(row)
                for key, row in asked.items()
                if key[0] != name and not (key[0] == "id" and self._by_id_alone)
            }
            self._by_field(name, wanted, answers)
        nameless = {
            key: row.name for key, row in asked.items() if not row.domain and key[0] not in self._exact
        }
        self._by_name(nameless, answers)
        for key in asked.keys() - answers.matches.keys():
            answers.matches[key] = Match(kind=MatchKind.NONE, generation=answers.generations.get(key, 0))
        return Found(
            matches=answers.matches,
            records=list(answers.records.values()),
            companies=self._companies(answers),
        )

    def _mapped(self) -> set[str]:
        names = {
            name
            for match in self._run.options.columns
            if match.certainty is Certainty.SURE
            and match.target is not None
            and match.target.object is self._object
            for name in _properties_of(match.target.property)
        }
        return {name for name in names if name in self._schema}

    def _by_link(self, asked: Mapping[_Key, KeyAsked], answers: _Answers) -> None:
        links = self._ctx.links.lookup(self._run.integration_id, self._object, list(asked))
        answers.generations.update({key: link.generation for key, link in links.items()})
        standing = {key: link for key, link in links.items() if not link.closed}
        live = self._connector.read(
            self._object, sorted({link.crm_id for link in standing.values()}), self.properties
        )
        for key, link in standing.items():
            answers.matches[key] = self._linked(link, live.get(link.crm_id), answers)

    def _linked(self, link: Link, record: Record | None, answers: _Answers) -> Match:
        if record is None or record.archived:
            return Match(kind=MatchKind.DELETED, id=link.crm_id, by="link")
        answers.records[record.id] = (
            record  # a merged one comes back under its new id: the link moves with it
        )
        return Match(kind=MatchKind.ONE, id=record.id, held=link.held, by="link", generation=link.generation)

    def _by_field(self, name: str, wanted: Mapping[_Key, str], answers: _Answers) -> None:
        """Ask for keys that nothing has answered yet, by the value each has for `name`."""
        if name not in self._exact:
            return
        still = {key: value for key, value in wanted.items() if value and key not in answers.matches}
        if not still:
            return
        found = self._connector.find(self._object, name, sorted(set(still.values())), self.properties)
        for key, value in still.items():
            records = found.get(value, [])
            if len(records) == 1:
                answers.records[records[0].id] = records[0]
                answers.matches[key] = Match(
                    kind=MatchKind.ONE, id=records[0].id, by=name, generation=answers.generations.get(key, 0)
                )
            elif records:
                candidates = tuple(sorted(record.id for record in records))
                answers.matches[key] = Match(kind=MatchKind.AMBIGUOUS, candidates=candidates, by=name)

    def _by_name(self, wanted: Mapping[_Key, str], answers: _Answers) -> None:
        if self._object is not ObjectName.COMPANIES:
            return
        gone = self._by_word(wanted, answers)
        still = {key: name for key, name in wanted.items() if name and key not in answers.matches}
        if not still:
            return
        found = self._connector.find(self._object, "name", sorted(set(still.values())), ["name", "domain"])
        for key, name in still.items():
            others = self._decided[key].not_these if key in self._decided else ()
            called = {one.id: _called(one) for one in found.get(name, []) if one.id not in others}
            if called or key in gone:
                answers.matches[key] = Match(
                    kind=MatchKind.POSSIBLE,
                    id=gone.get(key, ""),
                    candidates=tuple(sorted(called)),
                    called=called,
                    by="name",
                )

    def _by_word(self, wanted: Mapping[_Key, str], answers: _Answers) -> dict[_Key, str]:
        """Records that a person chose. Those that are gone since are no answer: they come back, as key → id."""
        chosen = {
            key: self._decided[key].crm_id
            for key in wanted.keys() & self._decided.keys()
            if self._decided[key].crm_id and key not in answers.matches
        }
        if not chosen:
            return {}
        gone = {}
        live = self._connector.read(self._object, sorted(set(chosen.values())), self.properties)
        for key, id_ in chosen.items():
            record = live.get(id_)
            if record is not None and not record.archived:
                answers.records[record.id] = record
                answers.matches[key] = Match(
                    kind=MatchKind.ONE,
                    id=record.id,
                    by="name",
                    generation=answers.generations.get(key, 0),
                )
            else:
                gone[key] = id_
        return gone

    def _companies(self, answers: _Answers) -> dict[str, list[tuple[str, bool]]]:
        if self._object is not ObjectName.CONTACTS or self._run.options.record_type is not RecordType.BOTH:
            return {}
        linked = self._connector.linked(ObjectName.CONTACTS, sorted(answers.records), ObjectName.COMPANIES)
        return {id_: [(link.to_id, link.primary) for link in links] for id_, links in linked.items()}


def _called(company: Record) -> str:
    told = (company.properties.get(name) for name in ("name", "domain"))
    return " · ".join(filter(None, told))


def _properties_of(target: str) -> tuple[str, ...]:
    """CRM properties that a target writes."""
    return {"full_name": ("firstname", "lastname"), "website": ("website", "domain")}.get(target, (target,))
