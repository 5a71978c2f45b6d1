"""10,000 contacts with 2,000 companies into a HubSpot twin, beside a client that sends one record at a time.

    .venv/bin/python -m benchmarks.bulk_import [--rows 10000] [--companies 2000] [--sequential 500]

Professional tier, 250 ms latency, everything on this machine. Prints a table; nothing is asserted.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import hubspot
from hubspot.crm.associations.v4 import (
    BatchInputPublicDefaultAssociationMultiPost,
    PublicDefaultAssociationMultiPost,
)
from hubspot.crm.companies import SimplePublicObjectInputForCreate as NewCompany
from hubspot.crm.contacts import SimplePublicObjectInputForCreate as NewContact
from hubspot.crm.contacts.exceptions import ApiException

from tests.twin_process import TwinProcess, start_hubspot_twin

PROJECT = Path(__file__).parents[1]
PER_S = 19.0  # calls a second of the professional tier
HEADER = ("Email", "First name", "Last name", "Job title", "Phone", "Company", "City", "Country")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--companies", type=int, default=2_000)
    parser.add_argument("--sequential", type=int, default=500, help="rows for the one-record client")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "leads.csv"
        rows = write_sheet(sheet, options.rows, options.companies)
        with professional_twin() as twin:
            first, first_peak = import_with_smartsync(sheet, twin, Path(folder) / "data", connect=True)
            second, second_peak = import_with_smartsync(sheet, twin, Path(folder) / "data", connect=False)
    print_imports(options, first, first_peak, second, second_peak)
    if options.sequential:
        with professional_twin() as twin:
            started = time.monotonic()
            calls = import_one_by_one(rows[: options.sequential], twin)
            print_comparison(options, first, time.monotonic() - started, calls)
    print(f"Outcomes: {first['outcomes']}; again: {second['outcomes']}")


def professional_twin() -> TwinProcess:
    return start_hubspot_twin("--tier", "professional", "--latency-ms", "250")


def write_sheet(path: Path, rows: int, companies: int) -> list[tuple[str, ...]]:
    made: list[tuple[str, ...]] = [
        (
            f"person{n}@firm{n % companies}.example",
            f"First{n}",
            f"Last{n}",
            "Manager",
            f"+44 20 7946 {n % 10_000:04d}",
            f"Firm {n % companies} Ltd",
            "Leeds",
            "United Kingdom",
        )
        for n in range(rows)
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *made])
    return made


def import_with_smartsync(
    sheet: Path, twin: TwinProcess, data: Path, *, connect: bool
) -> tuple[dict[str, object], int]:
    """The command line's own numbers, and the peak memory of its process in MiB."""
    environment = {**os.environ, "SMARTSYNC_DATA_DIR": str(data)}
    base = [sys.executable, "-m", "smartsync_core"]
    if connect:
        words = [
            "connect",
            "hubspot",
            "--name",
            "Twin",
            "--token",
            twin.token,
            "--base-url",
            twin.url,
            "--add-fields",
        ]
        subprocess.run(base + words, cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL)
    words = ["sync", str(sheet), "--to", "Twin", "--as", "both", "--yes", "--json"]
    with subprocess.Popen(base + words, cwd=PROJECT, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)  # of this process alone
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"sync ended with {process.returncode}")
    return json.loads(told), usage.ru_maxrss // 1024


def import_one_by_one(rows: list[tuple[str, ...]], twin: TwinProcess) -> int:
    """What a script of everyday quality does per row: look for both, create what is missing, associate. Its calls."""
    client = hubspot.HubSpot(access_token=twin.token, host=twin.url)
    companies: dict[str, str] = {}
    before = sum(twin.calls().values())
    for email, first, last, title, phone, company, city, country in rows:
        try:
            contact_id = client.crm.contacts.basic_api.get_by_id(email, id_property="email").id
        except ApiException:
            properties = {"email": email, "firstname": first, "lastname": last, "jobtitle": title}
            properties |= {"phone": phone, "city": city, "country": country}
            contact_id = client.crm.contacts.basic_api.create(NewContact(properties=properties)).id
        domain = email.partition("@")[2]
        if domain not in companies:
            properties = {"name": company, "domain": domain}
            companies[domain] = client.crm.companies.basic_api.create(NewCompany(properties=properties)).id
        pair = PublicDefaultAssociationMultiPost(_from={"id": contact_id}, to={"id": companies[domain]})
        client.crm.associations.v4.batch_api.create_default(
            "contacts", "companies", BatchInputPublicDefaultAssociationMultiPost(inputs=[pair])
        )
    return sum(twin.calls().values()) - before


def print_imports(
    options: argparse.Namespace,
    first: dict[str, object],
    first_peak: int,
    second: dict[str, object],
    second_peak: int,
) -> None:
    """At once: the other client takes minutes."""
    print(
        f"\n{options.rows:,} contacts, {options.companies:,} companies, professional tier, 250 ms, {os.cpu_count()} cores\n"
    )
    print("| run | app | search | association | calls | wall s | rows/s | peak MiB |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name, result, peak in (("first", first, first_peak), ("same file again", second, second_peak)):
        calls = result["calls"]
        assert isinstance(calls, dict)
        seconds = float(str(result["duration_s"]))
        print(
            f"| {name} | {calls['app']} | {calls['search']} | {calls['association']} | {sum(calls.values())} "
            f"| {seconds:.1f} | {options.rows / seconds:,.0f} | {peak} |",
            flush=True,
        )


def print_comparison(
    options: argparse.Namespace, first: dict[str, object], sequential_s: float, sequential_calls: int
) -> None:
    pace = options.sequential / sequential_s
    paced = options.sequential / (sequential_calls / PER_S)
    print(
        f"| one record at a time ({options.sequential} rows) |  |  |  | {sequential_calls} | {sequential_s:.1f} | {pace:.1f} |  |"
    )
    ours = options.rows / float(str(first["duration_s"]))
    app = first["calls"]["app"]  # type: ignore[index]
    print(
        f"\nThe limit's own time for these app calls: {app / PER_S:.1f} s; target ≤ {1.3 * app / PER_S + 5:.1f} s."
    )
    print(f"Against one record at a time: × {ours / pace:.0f}.")
    print(f"Against a perfectly paced one ({paced:.1f} rows/s): × {ours / paced:.0f}.")


if __name__ == "__main__":
    main()
