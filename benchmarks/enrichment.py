"""How soon a company is answered: from stored facts, from answers that still hold, and asked for the first time.

    .venv/bin/python -m benchmarks.enrichment [--companies 40] [--rows 10000] [--latency 300 1500] [--dead companies-house]

The store holds an import of that many rows, in which each company stands. Websites, register and job boards are stand-ins that
take 300 to 1,500 ms a call, and one of them never answers. No LLM is set: it could only fill in later. Prints a table; nothing is
asserted.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from smartsync_core.model.mapping import RecordType
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.enrich import AT_ONCE_S, Enriched, completed, enrich, known
from smartsync_core.orchestrator.files import import_options, take_file
from smartsync_core.orchestrator.preview import start_preview
from smartsync_core.orchestrator.score_cards import use_card
from smartsync_core.orchestrator.write import approve
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application
from tests.research_places import places_on
from tests.twin_process import start_research_twin

ICP = "icp: {industry: {primary: [Software]}, employees: {core: [[50, 500]]}, country: {covered: [GB]}}"
SOURCES = 8


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--companies", type=int, default=40, help="that are looked up")
    parser.add_argument("--rows", type=int, default=10_000, help="of the import in the store")
    parser.add_argument("--latency", type=int, nargs=2, default=[300, 1500], metavar=("LOW", "HIGH"))
    parser.add_argument("--dead", nargs="*", default=["companies-house"], help="services that never answer")
    options = parser.parse_args()
    low, high = map(str, options.latency)
    with (
        tempfile.TemporaryDirectory() as folder,
        start_research_twin("--latency-ms", low, high, "--dead", *options.dead) as twin,
    ):
        application = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": f"{folder}/data"}))
        application.start()
        try:
            ctx = application.context
            ctx.places = places_on(twin.url)
            use_card(ctx, ICP)
            imported(ctx, Path(folder) / "leads.csv", options.rows)
            measure(ctx, [f"acme-{number}.example" for number in range(options.companies)])
        finally:
            application.stop()


def imported(ctx: Context, sheet: Path, rows: int) -> None:
    """It is written: rows count from then on."""
    with sheet.open("w", newline="", encoding="utf-8") as out:
        lines = csv.writer(out)
        lines.writerow(["First name", "Last name", "Email", "Job title", "Company", "Website", "Industry"])
        for number in range(rows):
            at = f"acme-{number // 5}.example"
            name = f"Acme {number // 5} Ltd"
            lines.writerow(["Ada", f"Byron {number}", f"ada{number}@{at}", "CTO", name, at, "Software"])
    made = connect(ctx, crm_type="memory", name="Memory", token="none", base_url="memory://bench")
    upload = take_file(ctx, sheet)
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
    ctx.engine.wait(approve(ctx, run_id, shown=False))


def measure(ctx: Context, domains: list[str]) -> None:
    with ThreadPoolExecutor(len(domains)) as waiting:
        cold, rest = [], []
        for domain in domains:
            cold.append(timed(partial(enrich, ctx, domain, within_s=AT_ONCE_S)))
            rest.append(waiting.submit(timed, partial(completed, ctx, cold[-1][1])))
        filled_in = [took + one.result()[0] for (took, _), one in zip(cold, rest, strict=True)]
    with start_research_twin() as healthy:  # the dead one answers now, so that every answer holds
        ctx.places = places_on(healthy.url)
        for domain in domains:
            enrich(ctx, domain, anew=True)
    by_rule = [timed(partial(known, ctx, early.company))[0] for _, early in cold]
    cached = [timed(partial(enrich, ctx, domain))[0] for domain in domains]
    print("| answer | look-ups | p50 | p95 | longest |")
    print("|---|--:|--:|--:|--:|")
    show("from stored facts, rules only", by_rule)
    show("every source's answer holds", cached)
    show("asked for the first time: what is in by then", [took for took, _ in cold])
    show("asked for the first time: the whole, filled in", filled_in)
    in_by_then = statistics.mean(SOURCES - len(early.pending) for _, early in cold)
    print(f"\n{in_by_then:.1f} of {SOURCES} sources were in by then.")


def timed(work: Callable[[], Enriched]) -> tuple[float, Enriched]:
    began = time.monotonic()
    found = work()
    return time.monotonic() - began, found


def show(what: str, took: list[float]) -> None:
    p50, p95 = statistics.median(took), statistics.quantiles(took, n=20, method="inclusive")[-1]
    print(f"| {what} | {len(took)} | {told(p50)} | {told(p95)} | {told(max(took))} |", flush=True)


def told(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


if __name__ == "__main__":
    main()
