"""How long screens take with a million ledger rows: each page opened anew, and drawn again as after a click.

    .venv/bin/python -m benchmarks.screens [--rows 1000000] [--imports 200] [--records 200000] [--data FOLDER]

Pages run in this process, as the app runs them; what the browser then draws is not in it. First: with nothing kept from
before. Again: the median of five. `--data` keeps the store for another look. Prints a table; nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import streamlit as st
from pydantic import TypeAdapter
from streamlit import config
from streamlit.testing.v1 import AppTest

from benchmarks.past_year import ACCOUNT, newest_import, seed
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import ImportOptions
from smartsync_core.orchestrator import charts
from smartsync_core.orchestrator.context import Context

_NAVIGATION = Path(__file__).parents[1] / "pages" / "navigation.py"
_AGAIN = 5
_PATIENCE_S = 120


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--imports", type=int, default=200)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(options.data or Path(folder), options)


def measure(folder: Path, options: argparse.Namespace) -> None:
    from pages.blocks import services

    os.environ["SMARTSYNC_DATA_DIR"] = str(folder)
    config.set_option("runner.enforceSerializableSessionState", False)
    ctx = services.context()
    if not ctx.connections.all():
        asked = (
            TypeAdapter(ImportOptions)
            .dump_json(ImportOptions(record_type=RecordType.BOTH, columns=(), keys=()))
            .decode()
        )
        seed(ctx.database, asked, imports=options.imports, rows=options.rows, records=options.records)
    one = {"run": newest_import(ctx.database)}
    print("| screen | first | again |\n|---|--:|--:|")
    for name, page, query in (
        ("Home", "home.py", {}),
        ("Import", "import_file.py", {}),
        ("Needs you", "needs_you.py", {}),
        ("History", "history.py", {}),
        ("History, one account", "history.py", {"account": ACCOUNT}),
        ("one import", "history.py", one),
        ("Charts", "history.py", {"show": "charts"}),
        ("Charts, a year", "history.py", {"show": "charts", "weeks": "52"}),
        ("Technical", "history.py", {"show": "technical"}),
        ("Companies", "companies.py", {}),
        ("Accounts", "accounts.py", {}),
    ):
        _line(name, page, query)
    print("\n| a pressed bar asks for | took |\n|---|--:|")
    for name, asks in _behind_bars(ctx):
        print(f"| {name} | {statistics.median(_took_ms(asks) for _ in range(_AGAIN)):,.0f} ms |", flush=True)
    services.close()


def _behind_bars(ctx: Context) -> Iterator[tuple[str, Callable[[], object]]]:
    """Of the longest bar of each chart over a year, as the page asks: a page of rows, or of imports."""
    weeks, zone = 52, "UTC"
    landed = max(charts.landed(ctx, weeks, zone), key=lambda one: one.rows)
    why, cells = charts.why(ctx, zone)[0], charts.cells(ctx, weeks, zone)[0]
    most_rows = charts.took(ctx, weeks, zone)[0].most_rows
    yield "rows of a reason", lambda: charts.rows_behind(ctx, why, limit=50)
    yield "its last rows", lambda: charts.rows_behind(ctx, why, limit=50, offset=max(0, why.rows - 50))
    for name, found in (
        ("imports of a reason", lambda: charts.behind_why(ctx, why)),
        ("imports of a week", lambda: charts.behind_landed(ctx, landed, zone)),
        ("imports that wait", lambda: charts.behind_waiting(ctx, ">7")),
        ("imports of a size", lambda: charts.behind_took(ctx, weeks, zone, most_rows)),
        ("imports that changed a field", lambda: charts.behind_cells(ctx, weeks, zone, cells, "replaced")),
    ):
        yield name, partial(_ten, ctx, found)


def _ten(
    ctx: Context, found: Callable[[], Sequence[charts.ImportCount] | Sequence[charts.ImportTime]]
) -> None:
    charts.shown(ctx, found()[:10])


def _line(name: str, page: str, query: dict[str, str]) -> None:
    at = AppTest.from_file(str(_NAVIGATION), default_timeout=_PATIENCE_S)
    at.switch_page(page)
    for key, value in query.items():
        at.query_params[key] = value
    st.cache_data.clear()
    first = _took_ms(at.run)
    assert not at.exception, at.exception
    again = statistics.median(_took_ms(at.run) for _ in range(_AGAIN))
    print(f"| {name} | {first:,.0f} ms | {again:,.0f} ms |", flush=True)


def _took_ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
