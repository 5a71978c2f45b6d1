"""A large CSV from file to finished preview against a CRM in memory, beside pandas doing the same row by row.

    .venv/bin/python -m benchmarks.large_file [--rows 25000 50000 100000] [--pandas 10000]

What a CRM would take to read is priced apart (calls ÷ 19 a second). Each size runs in a process of its own, so that
its peak memory is its own. Prints a table; nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.bulk_import import write_sheet

PER_COMPANY = 5


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[25_000, 50_000, 100_000])
    parser.add_argument("--pandas", type=int, default=10_000, help="rows for pandas; 0 leaves it out")
    parser.add_argument("--one", choices=sorted(MEASURED), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(MEASURED[options.one](options.rows[0])))
        return
    print("| who | rows | read | clean, match and plan | in all | rows/s | peak memory |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for rows in options.rows:
        _print("SmartSync", rows, _measure("smartsync", rows))
    if options.pandas:
        _print("pandas, row by row", options.pandas, _measure("pandas", options.pandas))


def with_smartsync(rows: int) -> dict[str, float]:
    """Through the app itself, its store on disk."""
    from smartsync_core.model.mapping import RecordType
    from smartsync_core.orchestrator.connect import connect
    from smartsync_core.orchestrator.files import import_options, take_file
    from smartsync_core.orchestrator.history import report
    from smartsync_core.orchestrator.preview import start_preview
    from smartsync_core.settings import Settings
    from smartsync_core.wiring import Application, serve_smoothly

    serve_smoothly()  # as the app and the command line do
    with tempfile.TemporaryDirectory() as folder:
        sheet = _sheet(Path(folder), rows)
        app = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(Path(folder) / "data")}))
        app.start()
        try:
            ctx = app.context
            made = connect(ctx, crm_type="memory", name="Memory", token="none", base_url="memory://bench")
            began = time.monotonic()
            upload = take_file(ctx, sheet)
            read_s = time.monotonic() - began
            with ctx.visit(made.connection, interactive=False) as session:
                chosen, notes = import_options(ctx, session, upload, RecordType.BOTH)
                run_id = start_preview(
                    ctx,
                    connection=made.connection,
                    upload_id=upload.id,
                    options=chosen,
                    notes=notes,
                    session=session,
                )
            ctx.engine.wait(f"preview-{run_id}")
            took = time.monotonic() - began
            planned = report(ctx, run_id)
        finally:
            app.stop()
    return _numbers(read_s, took, planned.predicted["created"])


def with_pandas(rows: int) -> dict[str, float]:
    """What a script would do: every row by itself, the same cleaners, what the CRM holds in dictionaries."""
    import pandas as pd
    import phonenumbers
    import pycountry
    from email_validator import EmailNotValidError, validate_email

    with tempfile.TemporaryDirectory() as folder:
        sheet = _sheet(Path(folder), rows)
        began = time.monotonic()
        frame = pd.read_csv(sheet, dtype=str)
        read_s = time.monotonic() - began
        contacts: dict[str, dict[Any, Any]] = {}
        companies: dict[str, str] = {}
        for _, row in frame.iterrows():
            try:
                email = validate_email(
                    row["Email"], check_deliverability=False, test_environment=True
                ).normalized
            except EmailNotValidError:
                continue
            country = pycountry.countries.lookup(row["Country"]).alpha_2
            phone = phonenumbers.parse(row["Phone"], country)
            said = phonenumbers.format_number(phone, phonenumbers.PhoneNumberFormat.E164)
            companies.setdefault(email.partition("@")[2], row["Company"].strip())
            contacts.setdefault(email.lower(), row.to_dict() | {"Phone": said})
        took = time.monotonic() - began
    return _numbers(read_s, took, len(contacts))


def _sheet(folder: Path, rows: int) -> Path:
    sheet = folder / "leads.csv"
    write_sheet(sheet, rows, max(rows // PER_COMPANY, 1))
    return sheet


def _numbers(read_s: float, took: float, created: int) -> dict[str, float]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"read_s": read_s, "took_s": took, "created": created, "peak_mib": peak}


def _measure(who: str, rows: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.large_file", "--one", who, "--rows", str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _print(who: str, rows: int, found: dict[str, float]) -> None:
    planned_s = found["took_s"] - found["read_s"]
    print(
        f"| {who} | {rows:,} | {found['read_s']:.1f} s | {planned_s:.1f} s | {found['took_s']:.1f} s"
        f" | {rows / found['took_s']:,.0f} | {found['peak_mib']:,.0f} MiB |",
        flush=True,
    )


MEASURED = {"smartsync": with_smartsync, "pandas": with_pandas}

if __name__ == "__main__":
    main()
