"""An import is taken back after people worked with what it wrote: is all that they did kept, and all else as before?

    .venv/bin/python -m benchmarks.undo_after_people [--rows 1200] [--companies 240] [--rounds 3] [--seed 1] [--fault-rate 0.05]

People work through the vendor's own client: 50 cells edited, a call logged with 5 new contacts, a deal opened with 3, 2 merged
into others, 2 deleted, 4 associations relabelled, all drawn by the seed. What must hold afterwards is worked out from what the
account held before the import and after the people. Prints a table; nothing is asserted here (tests/orchestrator does).
"""

from __future__ import annotations

import argparse
import csv
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.leads import Books, read_books
from benchmarks.people import Account, People, Snapshot
from tests.command_line import CommandLine
from tests.twin_process import start_hubspot_twin

__all__: list[str] = []

HEADER = ("Email", "First name", "Last name", "Job title", "City", "Company", "Company phone")
WRITTEN = {  # what the import writes, by object
    "contacts": ("firstname", "lastname", "jobtitle", "city"),
    "companies": ("name", "phone"),
}
LATENCY_MS = 20


# The sheet, and the account before it


def write_sheet(path: Path, rows: int, companies: int) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        for n in range(rows):
            firm = n % companies
            words = (f"First{n}", f"Last{n}", f"Title {n % 40}", "York", f"Firm {firm}")
            out.writerow((f"p{n}@firm{firm}.example", *words, f"+44 20 7946 {firm:04d}"))
    return path


def known(rows: int, companies: int) -> Iterator[Mapping[str, object]]:
    """Two people and one company in five are known, with other values in some cells and none in others; and bystanders."""
    for n in range(rows):
        if n % 5 < 2:
            cells = {"email": f"p{n}@firm{n % companies}.example", "firstname": "Old", "city": "Hull"}
            yield {
                "object": "contacts",
                "properties": cells
                | ({"lastname": f"Before{n}", "phone": f"+44 20 7946 {n:04d}"} if n % 2 else {}),
            }
    for firm in range(0, companies, 5):
        yield {
            "object": "companies",
            "properties": {"name": f"Old firm {firm}", "domain": f"firm{firm}.example", "city": "Hull"},
        }
    for n in range(50):
        yield {"object": "contacts", "properties": {"email": f"by{n}@stander.example", "city": "Hull"}}
        yield {"object": "companies", "properties": {"name": f"Stander {n}", "domain": f"stander{n}.example"}}


# What came of it


@dataclass(kw_only=True)
class Tally:
    """(as it must be, all) per line of the table."""

    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def count(self, line: str, right: Iterable[bool]) -> None:
        seen = list(right)
        good, whole = self.lines.get(line, (0, 0))
        self.lines[line] = (good + sum(seen), whole + len(seen))


def judge(
    before: Snapshot, imported: Snapshot, people: People, theirs: Snapshot, after: Snapshot, into: Tally
) -> None:
    _kept(people, theirs, after, into)
    _restored(before, imported, people, theirs, after, into)


def _kept(people: People, theirs: Snapshot, after: Snapshot, into: Tally) -> None:
    into.count(
        "cells that people edited, kept",
        (after.cell(name, id_, cell) == theirs.cell(name, id_, cell) for name, id_, cell in people.edited),
    )
    into.count("contacts with a call, kept with it", (after.stands("calls", id_) for id_ in people.called))
    into.count("contacts with a deal, kept with it", (after.stands("deals", id_) for id_ in people.dealt))
    into.count(
        "merged contacts, kept as they were merged",
        (
            id_ in after.contacts and after.contacts[id_] == theirs.contacts[id_]
            for id_ in theirs.contacts.keys() & people.merged_into(theirs)
        ),
    )
    into.count(
        "contacts that people deleted, still deleted", (id_ not in after.contacts for id_ in people.deleted)
    )
    into.count(
        "associations that people relabelled, kept",
        (after.links.get(id_) == theirs.links[id_] for id_ in people.relabelled),
    )


def _restored(
    before: Snapshot, imported: Snapshot, people: People, theirs: Snapshot, after: Snapshot, into: Tally
) -> None:
    """Everything that people did not touch."""
    gone = people.deleted | people.merged
    edited = set(people.edited)
    for name in ("contacts", "companies"):
        stood, now = before.of(name), after.of(name)
        ours = [
            (id_, cell)
            for id_ in stood.keys() - gone
            for cell in WRITTEN[name]
            if imported.of(name)[id_][cell] != stood[id_][cell] and (name, id_, cell) not in edited
        ]
        into.count(
            f"untouched cells of known {name}, as before",
            (now[id_][cell] == stood[id_][cell] for id_, cell in ours),
        )
        others = [
            (id_, cell)
            for id_ in stood.keys() - gone
            for cell in stood[id_]
            if (name, id_, cell) not in edited and (id_, cell) not in set(ours)
        ]
        into.count(
            f"cells of {name} that the import never wrote, as before",
            (now[id_][cell] == stood[id_][cell] for id_, cell in others),
        )
    stay = {id_ for name, id_, _ in people.edited if name == "contacts"}
    stay |= {*people.called, *people.dealt, *people.relabelled, *people.merged_into(theirs)}
    fresh = imported.contacts.keys() - before.contacts.keys() - gone
    into.count(
        "untouched new contacts, in the recycle bin", (id_ not in after.contacts for id_ in fresh - stay)
    )
    into.count(
        "associations with known contacts, as before",
        (
            after.links[id_] == before.links[id_]
            for id_ in before.contacts.keys() - gone - set(people.relabelled)
        ),
    )
    needed = {company for id_ in stay - before.contacts.keys() for company in theirs.companies_of(id_)}
    needed |= {company for id_ in people.relabelled for company in theirs.companies_of(id_)}
    needed |= {company for id_ in people.merged_into(theirs) for company in theirs.companies_of(id_)}
    needed |= {id_ for name, id_, _ in people.edited if name == "companies"}
    made = imported.companies.keys() - before.companies.keys()
    into.count(
        "untouched new companies, in the recycle bin", (id_ not in after.companies for id_ in made - needed)
    )
    into.count("companies of contacts that stay, kept", (id_ in after.companies for id_ in needed))


def _round(options: Any, seed: int, into: Tally) -> None:
    words = ("--latency-ms", str(LATENCY_MS), "--seed", str(seed))
    with start_hubspot_twin(*words) as twin, TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        account, cli = Account(twin), CommandLine(data)
        twin.control("PUT", "records", {"lines": list(known(options.rows, options.companies))})
        to = ("--token", twin.token, "--base-url", twin.url, "--add-fields")
        cli.run("connect", "hubspot", "--name", "Twin", *to)
        before = account.snapshot()
        sheet = write_sheet(Path(folder) / "leads.csv", options.rows, options.companies)
        how = ("--as", "both", "--policy", "overwrite", "--map", "Company phone=companies.phone", "--yes")
        done = cli.json("sync", str(sheet), "--to", "Twin", *how)
        imported = account.snapshot()
        people = People(account, before, imported, random.Random(seed))
        people.work()
        theirs = account.snapshot()
        twin.control("PUT", "faults", {"rate": options.fault_rate, "slow_s": 0.5})
        undone = cli.json("undo", done["run_id"], "--yes", code=None)
        twin.control("PUT", "faults", {"rate": 0})
        judge(before, imported, people, theirs, account.snapshot(), into)
        _tell(undone, read_books(data / "smartsync.duckdb", undone["run_id"]), into)


def _tell(undone: Mapping[str, Any], books: Books, into: Tally) -> None:
    right = (books.outcomes[row] == outcome for row, outcome in books.predicted.items())
    into.count("rows whose outcome is the predicted one", right)
    codes = Counter(reason["code"] for reason in undone["reasons"] if reason["row"])
    told = ", ".join(f"{count} {code.replace('_', ' ')}" for code, count in sorted(codes.items()))
    into.notes.append(f"{undone['state']}; {undone['rows']} rows; kept and listed: {told}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_200)
    parser.add_argument("--companies", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault-rate", type=float, default=0.0, help="of the calls that the undo makes")
    options = parser.parse_args()
    tally = Tally()
    for n in range(options.rounds):
        _round(options, options.seed + n, tally)
        print(f"  round {n + 1}: {tally.notes[-1]}", flush=True)
    print(
        f"\n{options.rounds} × {options.rows:,} rows, {options.companies:,} companies, seeds from {options.seed}\n"
    )
    print("| what | all | as it must be |\n|---|--:|--:|")
    for line, (good, whole) in tally.lines.items():
        print(f"| {line} | {whole:,} | {good / whole:.2%} |" if whole else f"| {line} | 0 | – |")


if __name__ == "__main__":
    main()
