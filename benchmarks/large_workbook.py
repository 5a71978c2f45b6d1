"""A workbook of Excel from the file to rows that are kept, with the row of the column names among its rows.

    .venv/bin/python -m benchmarks.large_workbook [--rows 1048576] [--columns 3]

Prints a line; nothing is asserted.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from openpyxl import Workbook

from smartsync_core.orchestrator.files import take_file
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application, serve_smoothly


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_048_576, help="the most that Excel takes")
    parser.add_argument("--columns", type=int, default=3)
    options = parser.parse_args()
    serve_smoothly()  # as the app and the command line do
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leads.xlsx"
        _write(path, options.rows, options.columns)
        app = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(Path(folder) / "data")}))
        app.start()
        try:
            began = time.monotonic()
            kept = take_file(app.context, path)
            took_s = time.monotonic() - began
        finally:
            app.stop()
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{kept.row_count + 1:,} rows of {len(kept.columns):,} columns: {took_s:.0f} s, at most {peak_mib:,.0f} MiB"
    )


def _write(path: Path, rows: int, columns: int) -> None:
    """Row by row, so that little of it is in memory."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Leads")
    sheet.append(["Email", *(f"Column {number}" for number in range(2, columns + 1))])
    for row in range(2, rows + 1):
        sheet.append([f"p{row}@large.example", *(f"{row}-{number}" for number in range(2, columns + 1))])
    book.save(path)


if __name__ == "__main__":
    main()
