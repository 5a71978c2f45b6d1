"""Leads for the reliability benchmarks: a sheet, the account it meets, and what both must look like afterwards.

What a run did is judged from two sides that know nothing of each other: the CRM as the vendor's own client reads it, and the
books of the run as its database holds them. What should be there comes from here, not from the product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import duckdb
import hubspot

from tests.twin_process import TwinProcess

__all__ = ["SETTLED_S", "Books", "Crm", "Leads", "Row", "read_books", "read_crm", "runs_in"]

HEADER = ("Email", "First name", "Last name", "Job title", "Company")
SETTLED_S = 61  # after this long HubSpot's search shows everything, and every rate window is empty again


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the sheet and what must become of it. `stands`: what the CRM holds of it before the import."""

    number: int  # in the file
    cells: tuple[str, ...]
    outcome: str
    stands: str = ""  # "" nobody | "bare" an e-mail and a first name | "whole" every cell

    @property
    def email(self) -> str:
        return self.cells[0]

    @property
    def domain(self) -> str:
        return self.email.partition("@")[2]

    @property
    def lands(self) -> bool:
        """Whether the CRM must hold it in the end."""
        return self.outcome in ("created", "updated", "unchanged")


@dataclass(frozen=True, kw_only=True)
class Leads:
    """`rows` people at `companies` firms. Of the people one in seven is known, one in 35 with every cell already; of the
    firms one in five is known. One row in `bad_every` has an address that is none, one in 101 repeats the row before it.
    `corrected`: the bad addresses were put right.
    """

    rows: int
    companies: int
    bad_every: int = 97
    corrected: bool = False

    @cached_property
    def all(self) -> list[Row]:
        made: list[Row] = []
        for n in range(self.rows):
            made.append(self._row(n, made[-1] if made else None))
        return made

    def write(self, path: Path) -> Path:
        lines = [",".join(cells) for cells in (HEADER, *(row.cells for row in self.all))]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def write_corrections(self, path: Path) -> Path:
        """The rows with a bad address as a person hands them back: put right, with their numbers."""
        right = {row.number: row for row in replace(self, corrected=True).all}
        lines = [",".join((*HEADER, "row"))]
        lines += [
            ",".join((*right[row.number].cells, str(row.number)))
            for row in self.all
            if row.outcome == "blocked"
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def seed(self, twin: TwinProcess) -> None:
        """Put what is known into an empty account, and let search catch up."""
        twin.control("PUT", "records", {"lines": list(self._known())})
        twin.control("PUT", "clock", {"advance_s": SETTLED_S})

    def expected(self) -> Counter[str]:
        return Counter(row.outcome for row in self.all)

    def _row(self, n: int, before: Row | None) -> Row:
        firm = n % self.companies
        number = n + 2
        rest = (f"First{n}", f"Last{n}", f"Title {n % 40}", f"Firm {firm} Ltd")
        if self._is_bad(n):
            if self.corrected:
                return Row(
                    number=number, cells=(f"put-right{n}@firm{firm}.example", *rest), outcome="created"
                )
            return Row(number=number, cells=(f"nobody at firm{firm}", *rest), outcome="blocked")
        if n % 101 == 100 and before is not None and not self._is_bad(n - 1):
            return Row(number=number, cells=before.cells, outcome="skipped")
        cells = (f"p{n}@firm{firm}.example", *rest)
        if n % 35 == 0:
            return Row(number=number, cells=cells, outcome="unchanged", stands="whole")
        if n % 7 == 0:
            return Row(number=number, cells=cells, outcome="updated", stands="bare")
        return Row(number=number, cells=cells, outcome="created")

    def _is_bad(self, n: int) -> bool:
        return n % self.bad_every == self.bad_every - 1

    def _known(self) -> Iterator[Mapping[str, object]]:
        for firm in range(0, self.companies, 5):
            domain = f"firm{firm}.example"
            yield {"object": "companies", "properties": {"name": f"Firm {firm} Ltd", "domain": domain}}
        for row in self.all:
            if row.stands and row.lands:
                properties = dict(
                    zip(("email", "firstname", "lastname", "jobtitle"), row.cells, strict=False)
                )
                if row.stands == "bare":
                    del properties["lastname"], properties["jobtitle"]
                yield {"object": "contacts", "properties": properties}


# What the CRM holds


@dataclass(frozen=True, kw_only=True)
class Crm:
    """Every contact by e-mail and every company by domain, as often as they are there."""

    contacts: Mapping[
        str, list[tuple[Mapping[str, str], frozenset[str]]]
    ]  # (properties, ids of its companies)
    companies: Mapping[str, list[str]]

    def landed(self, leads: Leads) -> set[int]:
        """Rows whose contact is there once, with every cell, beside its company and no other."""
        return {row.number for row in leads.all if row.lands and self._holds(row)}

    def off_from_before(self, leads: Leads) -> int:
        """Contacts and companies that are not as they were before any import: too many, missing, or changed."""
        stood = {row.email: row for row in leads.all if row.stands and row.lands}
        contacts = sum(
            len(self.contacts.get(email, ())) != 1 or not _as_before(stood[email], *self.contacts[email][0])
            for email in stood
        )
        firms = {f"firm{firm}.example" for firm in range(0, leads.companies, 5)}
        companies = sum(len(self.companies.get(domain, ())) != 1 for domain in firms)
        return contacts + companies + len(self.contacts.keys() - stood) + len(self.companies.keys() - firms)

    def doubled(self) -> dict[str, int]:
        """Records beyond the first of one e-mail or one domain."""
        return {
            "contacts": sum(len(some) - 1 for some in self.contacts.values()),
            "companies": sum(len(some) - 1 for some in self.companies.values()),
        }

    def strangers(self, leads: Leads) -> int:
        """Contacts that no row asked for."""
        wanted = {row.email for row in leads.all}
        return sum(len(some) for email, some in self.contacts.items() if email not in wanted)

    def _holds(self, row: Row) -> bool:
        there = self.contacts.get(row.email, [])
        if len(there) != 1:
            return False
        properties, companies = there[0]
        cells = tuple(properties.get(name) or "" for name in ("email", "firstname", "lastname", "jobtitle"))
        return cells == row.cells[:4] and companies == set(self.companies.get(row.domain, ()))


def read_crm(twin: TwinProcess) -> Crm:
    """By the vendor's own client, with the twin's faults off and its rate windows empty."""
    twin.control("PUT", "clock", {"advance_s": 11})
    client = hubspot.HubSpot(access_token=twin.token, host=twin.url)
    contacts: dict[str, list[tuple[Mapping[str, str], frozenset[str]]]] = {}
    names = ["email", "firstname", "lastname", "jobtitle"]
    for one in client.crm.contacts.get_all(properties=names, associations=["companies"]):
        linked = (one.associations or {}).get("companies")
        ids = frozenset(str(end.id) for end in linked.results) if linked else frozenset()
        contacts.setdefault(one.properties["email"], []).append((one.properties, ids))
    companies: dict[str, list[str]] = {}
    for one in client.crm.companies.get_all(properties=["domain"]):
        companies.setdefault(one.properties["domain"], []).append(str(one.id))
    return Crm(contacts=contacts, companies=companies)


def _as_before(row: Row, properties: Mapping[str, str], companies: frozenset[str]) -> bool:
    cells = tuple(properties.get(name) or "" for name in ("email", "firstname", "lastname", "jobtitle"))
    return not companies and cells == (row.cells[:4] if row.stands == "whole" else (*row.cells[:2], "", ""))


# What the run says of itself


@dataclass(frozen=True, kw_only=True)
class Books:
    """A run as its database holds it, once its process has ended."""

    state: str
    message: str
    predicted: Mapping[int, str] = field(default_factory=dict)  # by row
    outcomes: Mapping[int, str] = field(default_factory=dict)  # "failed (partly)" where only a dependent did
    unlogged: int = 0  # actions that are done and have no line of success in the ledger
    logged_twice: int = 0

    @property
    def as_predicted(self) -> int:
        return sum(self.outcomes.get(row) == outcome for row, outcome in self.predicted.items())


def read_books(database: Path, run_id: str) -> Books:
    with duckdb.connect(str(database), read_only=True) as conn:
        run = conn.execute("SELECT state, message FROM runs WHERE id = ?", [run_id]).fetchone()
        rows = conn.execute(
            "SELECT row_no, predicted, predicted_partly, outcome, partly FROM run_rows WHERE run_id = ?",
            [run_id],
        ).fetchall()
        done = conn.execute(
            "SELECT id FROM plan_actions WHERE run_id = ? AND state = 'done'", [run_id]
        ).fetchall()
        lines = conn.execute(
            "SELECT action_id, count(*) FROM crm_sync_logs WHERE run_id = ? AND status = 'success' GROUP BY ALL",
            [run_id],
        ).fetchall()
    assert run is not None, f"the database knows no run {run_id}"
    logged = dict(lines)
    return Books(
        state=run[0],
        message=run[1] or "",
        predicted={row[0]: _words(row[1], row[2]) for row in rows},
        outcomes={row[0]: _words(row[3], row[4]) for row in rows},
        unlogged=sum(id_ not in logged for (id_,) in done),
        logged_twice=sum(count - 1 for count in logged.values()),
    )


def runs_in(database: Path) -> list[tuple[str, str, str]]:
    """(id, state, kind) of every run, oldest first; [] while there is no database."""
    if not database.exists():
        return []
    with duckdb.connect(str(database), read_only=True) as conn:
        return conn.execute("SELECT id, state, kind FROM runs ORDER BY created_at").fetchall()


def _words(outcome: str | None, partly: bool | None) -> str:
    return f"{outcome or ''} (partly)" if partly else outcome or ""
