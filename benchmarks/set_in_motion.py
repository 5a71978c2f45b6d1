"""Tasks and deals ticked, killed often, resumed, uploaded again: one task per company, one deal per company that qualifies.

    .venv/bin/python -m benchmarks.set_in_motion [--rows 1000] [--companies 200] [--kills 8] [--latency-ms 250]

Of five companies two are worth a deal, two are known but are not, and of one nothing is known. What is known stands in the
store beforehand; nobody is asked. Prints a table; the counts are asserted, times are not.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from smartsync_core.enrichment.places import SOURCES
from smartsync_core.model.evidence import Evidence, Tier
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.score_cards import use_card
from smartsync_core.settings import Settings
from smartsync_core.store.research import Check
from smartsync_core.wiring import Application
from tests.command_line import CommandLine
from tests.twin_process import CLIENT, TwinProcess, start_hubspot_twin

__all__ = [
    "CARD",
    "DIM",
    "FACTS",
    "STRONG",
    "WEAK",
    "beside",
    "kind_of",
    "know",
    "lay_out",
    "off",
    "upload",
    "write_sheet",
]

CARD = """
name: benchmark
icp:
  industry: {primary: [Software]}
  employees: {core: [[50, 500]]}
  country: {covered: [GB]}
"""
STRONG, WEAK, DIM = "strong", "weak", "dim"
_STANDING = {"company_status": "active", "accounts_type": "full", "founded": "2009-01-01"}
FACTS: dict[str, dict[str, str]] = {
    STRONG: {"industry": "Software", "employees": "120", "country": "GB"} | _STANDING,
    WEAK: {"industry": "Software", "employees": "9", "country": "US"} | _STANDING,
    DIM: {},
}
WORDS = ("--to", "Twin", "--as", "both", "--with", "tasks,deals")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--companies", type=int, default=200)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--latency-ms", type=int, default=250)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        start_hubspot_twin("--tier", "professional", "--latency-ms", str(options.latency_ms)) as twin,
    ):
        cli = CommandLine(Path(folder) / "data")
        sheet = write_sheet(Path(folder) / "leads.csv", options.rows, options.companies)
        lay_out(cli, twin, options.companies)
        print("| upload | killed | tasks | deals | companies off | calls | seconds |")
        print("|---|--:|--:|--:|--:|--:|--:|")
        for name, kills in (("first", options.kills), ("the same file", 0), ("the same file, killed", 2)):
            before, began = sum(twin.calls().values()), time.monotonic()
            upload(cli, twin, sheet, kills)
            calls, seconds = sum(twin.calls().values()) - before, time.monotonic() - began
            wrong = off(twin, options.companies)
            state = twin.state()
            print(
                f"| {name} | {kills} | {state['tasks']} | {state['deals']} | {len(wrong)} | {calls} | {seconds:.0f} |",
                flush=True,
            )
            assert not wrong, wrong[:5]


# What is there before


def kind_of(company: int) -> str:
    return (STRONG, STRONG, WEAK, WEAK, DIM)[company % 5]


def write_sheet(path: Path, rows: int, companies: int) -> str:
    lines = [f"p{n}@firm{n % companies}.example,First{n},Firm {n % companies}" for n in range(rows)]
    path.write_text("Email,First name,Company\n" + "\n".join(lines) + "\n")
    return str(path)


def lay_out(cli: CommandLine, twin: TwinProcess, companies: int) -> None:
    """The account “Twin” with our fields, a score card, and what is known of each company."""
    words = ("connect", "hubspot", "--name", "Twin", "--token", twin.token, "--base-url", twin.url)
    cli.run(*words, "--add-fields")
    with _opened(cli) as ctx:
        use_card(ctx, CARD)
        for number in range(companies):
            know(ctx, f"firm{number}.example", FACTS[kind_of(number)])


@contextmanager
def _opened(cli: CommandLine) -> Iterator[Context]:
    app = Application(Settings.from_env(cli.settings))
    try:
        yield app.context
    finally:
        app.stop()


def know(ctx: Context, domain: str, facts: dict[str, str]) -> None:
    """As if every source had been asked just now, and the register had said this."""
    now = datetime.now(UTC)
    evidence = [
        Evidence(
            source="companies_house",
            field=field,
            value=value,
            quote=value,
            as_of=now.date(),
            fetched_at=now,
            tier=Tier.REGISTRY,
        )
        for field, value in facts.items()
    ]
    for source in SOURCES:
        said = evidence if source == "companies_house" else []
        check = Check(
            source=source,
            state="found" if said else "none",
            reason="",
            evidence=tuple(one.id for one in said),
            boards={},
            checked_at=now,
        )
        ctx.research.note(f"domain:{domain}", [(check, said)])


# What is done


def upload(cli: CommandLine, twin: TwinProcess, sheet: str, kills: int) -> None:
    """Import the sheet; the process is killed at chance moments, so often, and goes on each time."""
    chance = random.Random(kills)
    words: tuple[str, ...] = ("sync", sheet, *WORDS, "--yes")
    for _ in range(kills):
        process = cli.start(*words)
        _wait_for_calls(twin, chance.randint(2, 25), process)
        time.sleep(chance.random() / 4)
        process.kill()
        process.communicate()
        found = cli.json("runs")
        if found and found[0]["state"] != "previewing":
            words = ("resume", found[0]["run_id"], "--yes")
    process = cli.start(*words)
    _, told = process.communicate()
    assert process.returncode == 0, told[-2000:]


def _wait_for_calls(twin: TwinProcess, calls: int, process: subprocess.Popen[str]) -> None:
    before = sum(twin.calls().values())
    while process.poll() is None and sum(twin.calls().values()) < before + calls:
        time.sleep(0.01)


# What is there after


def beside(twin: TwinProcess, name: str) -> Counter[str]:
    """How many of these stand by each company, by its domain."""
    domains = {
        one["id"]: one["properties"]["domain"] for one in _all(twin, "companies", {"properties": "domain"})
    }
    found = Counter[str]()
    for one in _all(twin, name, {"associations": "companies"}):
        linked = one.get("associations", {}).get("companies", {}).get("results", [])
        found.update({domains[company] for company in {link["id"] for link in linked}})
    return found


def off(twin: TwinProcess, companies: int) -> list[str]:
    """Companies that do not have exactly what is due to them."""
    tasks, deals = beside(twin, "tasks"), beside(twin, "deals")
    found = []
    for number in range(companies):
        domain, kind = f"firm{number}.example", kind_of(number)
        due = (int(kind != DIM), int(kind == STRONG))
        if (tasks[domain], deals[domain]) != due:
            found.append(f"{domain} ({kind}): {tasks[domain]} tasks, {deals[domain]} deals")
    return found


def _all(twin: TwinProcess, name: str, params: dict[str, str]) -> Iterable[dict[str, Any]]:
    after: str | None = None
    while True:
        asked = {"limit": "100"} | params | ({"after": after} if after else {})
        told = CLIENT.get(f"{twin.url}/crm/v3/objects/{name}", params=asked, headers=twin.headers).json()
        yield from told["results"]
        after = told.get("paging", {}).get("next", {}).get("after")
        if after is None:
            return


if __name__ == "__main__":
    main()
