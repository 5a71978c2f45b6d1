"""What a plan is made from: drafts, what the CRM answered for their keys, the records it read; grouped by set SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from smartsync_core.courtesy import giving_way
from smartsync_core.model.crm import ObjectName, Record
from smartsync_core.model.mapping import Problem
from smartsync_core.model.plan import Draft, Group, Match, MatchKind, naming
from smartsync_core.store.bulk import insert_many, one_of
from smartsync_core.store.database import Database
from smartsync_core.store.tables import records, run_drafts, run_matches, run_rows

__all__ = ["Drafts", "KeyAsked", "called", "drafts_of", "same_key"]

_NOTHING = Match(kind=MatchKind.NONE)
_OF_DRAFT = (
    *("group_row", "row_no", "is_main", "values", "key_field", "key_value", "problems", "clears", "blocked"),
    *("suppressed", "email", "domain", "domain_source", "name_key", "country_key"),
)
_OF_MATCH = ("kind", "crm_id", "candidates", "matched_by", "held", "generation")
_OF_RECORD = ("properties", "companies")
"""What a group is made from. Read by place: a big plan reads hundreds of thousands."""
_READ_AT_ONCE = 2_000
_SHARED = "shared:"
"""In domain_source, before the domain that a draft lost because companies of other names have it too."""


@dataclass(frozen=True, kw_only=True)
class KeyAsked:
    """One distinct key of a run, and what else its rows say that may recognise the record."""

    key_field: str
    key_value: str
    email: str
    domain: str
    name: str


def same_key() -> sa.ColumnElement[bool]:
    """Joins a draft and what the CRM answered for its key."""
    d, m = run_drafts, run_matches
    return sa.and_(
        m.c.run_id == d.c.run_id,
        m.c.object == d.c.object,
        m.c.key_field == d.c.key_field,
        m.c.key_value == d.c.key_value,
    )


def called(candidates: Sequence[Sequence[str]] | None) -> dict[str, str]:
    """Candidates of a match as stored: {CRM id: its name and domain}. Matches of earlier versions hold the ids alone."""
    pairs = ((one, "") if isinstance(one, str) else one for one in candidates or ())
    return {id_: told for id_, told in pairs}


def drafts_of(
    org_id: str, run_id: str, object_name: ObjectName, *, awaiting: bool
) -> tuple[sa.ColumnElement[bool], ...]:
    """The drafts of one object of a run; `awaiting`: only of rows that a repair took up and that are not planned anew yet."""
    d, r = run_drafts, run_rows
    here = (d.c.org_id == org_id, d.c.run_id == run_id, d.c.object == object_name.value)
    if not awaiting:
        return here
    taken_up = sa.select(r.c.row_no).where(
        r.c.org_id == org_id, r.c.run_id == run_id, r.c.awaits_plan.is_(True)
    )
    return *here, d.c.row_no.in_(taken_up)


class Drafts:
    """Bound to one org; every method speaks of one run.

    `awaiting`: only of its rows that a repair took up and that are not planned anew yet.
    """

    def __init__(self, database: Database, org_id: str, *, awaiting: bool = False) -> None:
        self._database = database
        self._org_id = org_id
        self.awaiting = awaiting

    def clear(self, run_id: str) -> None:
        """Forget what an interrupted planning left."""
        with self._database.write() as conn:
            for table in (run_drafts, run_matches, records):
                conn.execute(sa.delete(table).where(table.c.run_id == run_id, table.c.org_id == self._org_id))

    def drop(self, run_id: str, rows: Sequence[int]) -> None:
        """Forget the drafts of some rows."""
        d = run_drafts
        with self._database.write() as conn:
            for start in range(0, len(rows), 500):
                here = (d.c.org_id == self._org_id, d.c.run_id == run_id)
                conn.execute(sa.delete(d).where(*here, d.c.row_no.in_(rows[start : start + 500])))

    def clear_matches(self, run_id: str, object_name: ObjectName) -> None:
        """What the CRM said of these drafts' keys before; the others' answers stay: they belong to what was done."""
        d, m = run_drafts, run_matches
        asked = sa.exists().where(
            *self._of(run_id, object_name), d.c.key_field == m.c.key_field, d.c.key_value == m.c.key_value
        )
        with self._database.write() as conn:
            conn.execute(
                sa.delete(m).where(
                    m.c.org_id == self._org_id, m.c.run_id == run_id, m.c.object == object_name.value, asked
                )
            )

    def add(self, run_id: str, drafts: Iterable[Draft]) -> None:
        rows = [
            {
                "org_id": self._org_id,
                "run_id": run_id,
                "object": draft.object.value,
                "row_no": draft.row,
                "key_field": draft.key_field,
                "key_value": draft.key_value,
                "email": draft.email,
                "domain": draft.domain,
                "domain_source": draft.domain_source,
                "name_key": draft.name_key,
                "country_key": draft.country_key,
                "values": dict(draft.values),
                "clears": sorted(draft.clears),
                "problems": [[p.field, p.code, p.message, p.blocks] for p in draft.problems],
                "blocked": draft.blocked,
                "suppressed": draft.suppressed,
                "is_main": draft.is_main,
                "group_row": 0,
                "marks": list(draft.marks),
            }
            for draft in giving_way(drafts)
        ]
        with self._database.write() as conn:
            insert_many(conn, run_drafts, rows)

    def part_shared_domains(self, run_id: str, name_key_field: str) -> int:
        """Companies of different names on one domain go by name and country instead; the number of such rows.

        A domain that only their e-mails named is dropped; one that a cell named stays a value, but recognises nobody.
        Of a repair: only its own rows change, but all rows of the run say which domains are shared.
        """
        d = run_drafts
        of_run = (d.c.org_id == self._org_id, d.c.run_id == run_id, d.c.object == ObjectName.COMPANIES.value)
        mine = sa.and_(*self._of(run_id, ObjectName.COMPANIES), d.c.domain != "")
        shared = (
            sa.select(d.c.domain)
            .where(*of_run, d.c.domain != "", d.c.name_key != "")
            .group_by(d.c.domain)
            .having(sa.func.count(sa.distinct(d.c.name_key)) > 1)
        ).union(
            sa.select(sa.func.substr(d.c.domain_source, len(_SHARED) + 1)).where(
                *of_run, d.c.domain_source.startswith(_SHARED)
            )
        )
        by_name = sa.and_(d.c.key_field == "domain", d.c.name_key != "")
        with self._database.write() as conn:
            touched = conn.execute(
                sa.select(sa.func.count()).select_from(d).where(mine, d.c.domain.in_(shared))
            ).scalar_one()
            if touched:
                domains = list(conn.execute(shared).scalars())
                for start in range(0, len(domains), 1000):
                    here = sa.and_(mine, d.c.domain.in_(domains[start : start + 1000]))
                    conn.execute(
                        sa.update(d)
                        .where(here)
                        .values(
                            key_field=sa.case((by_name, name_key_field), else_=d.c.key_field),
                            key_value=sa.case(
                                (by_name, d.c.name_key + "|" + d.c.country_key), else_=d.c.key_value
                            ),
                            domain="",
                            domain_source=_SHARED + d.c.domain,
                        )
                    )
        return int(touched)

    def count(self, run_id: str, object_name: ObjectName, *conditions: sa.ColumnElement[bool]) -> int:
        with self._database.read() as conn:
            query = sa.select(sa.func.count()).where(*self._of(run_id, object_name), *conditions)
            return int(conn.execute(query).scalar_one())

    def without_key(self, run_id: str, object_name: ObjectName) -> int:
        """Rows that nothing will recognise again."""
        return self.count(run_id, object_name, run_drafts.c.key_value == "", run_drafts.c.blocked.is_(False))

    def with_domain_from_email(self, run_id: str) -> int:
        return self.count(run_id, ObjectName.COMPANIES, run_drafts.c.domain_source == "email")

    def keys(
        self, run_id: str, object_name: ObjectName, after: tuple[str, str], limit: int
    ) -> list[KeyAsked]:
        """Distinct keys of rows that may be sent and that have no answer yet, in order, after `after` (keyset)."""
        d = run_drafts
        answered = sa.exists().where(same_key())
        query = (
            sa.select(
                d.c.key_field,
                d.c.key_value,
                sa.func.max(d.c.email).label("email"),
                sa.func.max(d.c.domain).label("domain"),
                sa.func.max(d.c["values"]["name"].as_string()).label("name"),
            )
            .where(
                *self._of(run_id, object_name),
                d.c.key_value != "",
                d.c.blocked.is_(False),
                d.c.suppressed == "",
                ~answered,
                sa.or_(
                    d.c.key_field > after[0], sa.and_(d.c.key_field == after[0], d.c.key_value > after[1])
                ),
            )
            .group_by(d.c.key_field, d.c.key_value)
            .order_by(d.c.key_field, d.c.key_value)
            .limit(limit)
        )
        with self._database.read() as conn:
            return [
                KeyAsked(
                    key_field=row["key_field"],
                    key_value=row["key_value"],
                    email=row["email"],
                    domain=row["domain"],
                    name=row["name"] or "",
                )
                for row in conn.execute(query).mappings().all()
            ]

    def add_matches(
        self,
        run_id: str,
        object_name: ObjectName,
        matches: Mapping[tuple[str, str], Match],
        found: Sequence[Record],
        companies: Mapping[str, Sequence[tuple[str, bool]]],
        read_at: datetime,
    ) -> None:
        """Keep what the CRM said: one match per key, one copy of each record read."""
        match_rows = [
            {
                "org_id": self._org_id,
                "run_id": run_id,
                "object": object_name.value,
                "key_field": key_field,
                "key_value": key_value,
                "kind": match.kind.value,
                "crm_id": match.id,
                "candidates": [[id_, match.called.get(id_, "")] for id_ in match.candidates],
                "matched_by": match.by,
                "held": {name: list(pair) for name, pair in match.held.items()},
                "generation": match.generation,
            }
            for (key_field, key_value), match in giving_way(matches.items())
        ]
        ids = [record.id for record in found]
        with self._database.write() as conn:
            insert_many(conn, run_matches, match_rows)
            if self.awaiting:
                self._forget_records(conn, run_id, object_name, ids)
            known = self._known_records(conn, run_id, object_name, ids)
            record_rows = {
                record.id: {
                    "org_id": self._org_id,
                    "run_id": run_id,
                    "object": object_name.value,
                    "crm_id": record.id,
                    "properties": dict(record.properties),
                    "companies": [list(pair) for pair in companies.get(record.id, ())],
                    "read_at": read_at,
                }
                for record in found
                if record.id not in known
            }
            insert_many(conn, records, list(record_rows.values()))

    def _forget_records(
        self, conn: sa.Connection, run_id: str, object_name: ObjectName, ids: Sequence[str]
    ) -> None:
        """They were read anew: what they held at an earlier plan is no longer compared with."""
        r = records
        here = (r.c.org_id == self._org_id, r.c.run_id == run_id, r.c.object == object_name.value)
        conn.execute(sa.delete(r).where(*here, one_of(r.c.crm_id, ids)))

    def _known_records(
        self, conn: sa.Connection, run_id: str, object_name: ObjectName, ids: Sequence[str]
    ) -> set[str]:
        r = records
        here = (r.c.org_id == self._org_id, r.c.run_id == run_id, r.c.object == object_name.value)
        return set(conn.execute(sa.select(r.c.crm_id).where(*here, one_of(r.c.crm_id, ids))).scalars())

    def named(self, run_id: str, rows: Sequence[int]) -> dict[int, frozenset[str]]:
        """Whom each of these rows names, on whatever object: e-mail addresses, their domains, and domains of companies."""
        d = run_drafts
        query = sa.select(d.c.row_no, d.c.email, d.c.domain, d.c.domain_source).where(
            d.c.org_id == self._org_id, d.c.run_id == run_id, one_of(d.c.row_no, rows)
        )
        found: dict[int, set[str]] = {}
        with self._database.read() as conn:
            for row in conn.execute(query):
                shared = row.domain_source.startswith(_SHARED)
                domain = row.domain_source.removeprefix(_SHARED) if shared else row.domain
                found.setdefault(row.row_no, set()).update(naming(row.email, domain))
        return {row: frozenset(values) for row, values in found.items()}

    def domains(self, run_id: str, object_name: ObjectName, group_rows: Sequence[int]) -> dict[int, str]:
        """The domain that recognises each of these groups; "" where none does."""
        d = run_drafts
        query = sa.select(d.c.group_row, sa.func.max(d.c.domain).label("domain")).where(
            *self._of(run_id, object_name), one_of(d.c.group_row, group_rows)
        )
        with self._database.read() as conn:
            return {row.group_row: row.domain for row in conn.execute(query.group_by(d.c.group_row))}

    def groups(self, run_id: str, object_name: ObjectName, at_most: int) -> Iterator[list[Group]]:
        """All groups in the order of their first rows, `at_most` at a time. What is written meanwhile changes nothing."""
        with self._database.read() as conn:
            read = conn.execute(self._joined(run_id, object_name)).partitions(_READ_AT_ONCE)
            rows = groupby(chain.from_iterable(read), key=itemgetter(0))
            groups = (_group(object_name, first, list(members)) for first, members in giving_way(rows))
            while some := list(islice(groups, at_most)):
                yield some

    def _joined(self, run_id: str, object_name: ObjectName) -> sa.Select[tuple[object, ...]]:
        d, m, r = run_drafts, run_matches, records
        same_record = sa.and_(r.c.run_id == m.c.run_id, r.c.object == m.c.object, r.c.crm_id == m.c.crm_id)
        return (
            sa.select(
                *(d.c[name] for name in _OF_DRAFT),
                *(m.c[name] for name in _OF_MATCH),
                *(r.c[name] for name in _OF_RECORD),
            )
            .select_from(d.outerjoin(m, same_key()).outerjoin(r, same_record))
            .where(*self._of(run_id, object_name), d.c.group_row > 0)
            .order_by(d.c.group_row, d.c.row_no)
        )

    def _of(self, run_id: str, object_name: ObjectName) -> tuple[sa.ColumnElement[bool], ...]:
        return drafts_of(self._org_id, run_id, object_name, awaiting=self.awaiting)


def _group(object_name: ObjectName, first_row: int, rows: Sequence[sa.Row[Any]]) -> Group:
    """Each row has the columns of a draft, of its match and of the record that it met."""
    drafts = tuple(_draft(object_name, row[: len(_OF_DRAFT)]) for row in rows)
    matches = [row[len(_OF_DRAFT) :] for row in rows]
    matched = next((match for match in matches if match[0] == MatchKind.ONE), None)
    matched = matched or next((match for match in matches if match[0] is not None), None)
    return Group(
        first_row=first_row,
        object=object_name,
        drafts=drafts,
        match=_match(*matched) if matched is not None else _NOTHING,
    )


def _match(
    kind: str,
    crm_id: str,
    candidates: Sequence[Sequence[str]] | None,
    by: str,
    held: Mapping[str, tuple[str, str]] | None,
    generation: int,
    properties: Mapping[str, str | None] | None,
    companies: Sequence[tuple[str, bool]] | None,
) -> Match:
    return Match(
        kind=MatchKind(kind),
        id=crm_id,
        live=properties or {},
        candidates=tuple(called(candidates)),
        held={name: (sent, holds) for name, (sent, holds) in (held or {}).items()},
        by=by,
        generation=generation,
        companies=tuple((company, bool(first)) for company, first in companies or ()),
    )


def _draft(object_name: ObjectName, columns: Sequence[Any]) -> Draft:
    (_, row, is_main, values, key_field, key_value, problems, clears, blocked, suppressed, *known) = columns
    email, domain, domain_source, name_key, country_key = known
    if domain_source == "email":
        values["domain"] = domain
    return Draft(
        row=row,
        object=object_name,
        is_main=is_main,
        values=values,
        key_field=key_field,
        key_value=key_value,
        problems=tuple(
            Problem(field=name, code=code, message=message, blocks=blocks)
            for name, code, message, blocks in problems
        ),
        clears=frozenset(clears),
        blocked=blocked,
        suppressed=suppressed,
        email=email,
        domain=domain,
        domain_source=domain_source,
        name_key=name_key,
        country_key=country_key,
    )
