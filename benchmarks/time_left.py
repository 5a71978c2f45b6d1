"""How true the estimated time left is: what an import said while it was written, beside what was really left.

    .venv/bin/python -m benchmarks.time_left [--rows 5000] [--companies 1000] [--pause S]

Professional tier, 250 ms latency. With `--pause` the import stands still for S seconds in its middle; the time it waits for a
person is not part of what is left. Off: (said − left) ÷ left; less than two seconds are not counted as off. Prints a table;
nothing is asserted.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bulk_import import professional_twin, write_sheet
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import RunState, Wish
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.files import import_options, take_file
from smartsync_core.orchestrator.history import progress
from smartsync_core.orchestrator.preview import start_preview
from smartsync_core.orchestrator.write import approve, ask
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application
from tests.twin_process import TwinProcess

_EVERY_S = 0.25
_PREVIEW_S = 600


@dataclass(frozen=True)
class Sample:
    worked_s: float  # since the approval, without standing still
    done: int
    total: int
    said_s: float | None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--companies", type=int, default=1_000)
    parser.add_argument("--pause", type=float, default=0.0, metavar="S")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, professional_twin() as twin:
        sheet = Path(folder) / "leads.csv"
        write_sheet(sheet, options.rows, options.companies)
        application = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": f"{folder}/data"}))
        application.start()
        try:
            run_id = planned(application.context, sheet, twin)
            samples = written(application.context, run_id, options.pause)
        finally:
            application.stop()
    print_table(options, samples)


def planned(ctx: Context, sheet: Path, twin: TwinProcess) -> str:
    made = connect(
        ctx, crm_type="hubspot", name="Twin", token=twin.token, base_url=twin.url, with_fields=True
    )
    upload = take_file(ctx, sheet)
    with ctx.visit(made.connection, interactive=False) as session:
        options, notes = import_options(ctx, session, upload, RecordType.BOTH)
        run_id = start_preview(
            ctx,
            connection=made.connection,
            upload_id=upload.id,
            options=options,
            notes=notes,
            session=session,
        )
    ctx.engine.wait(f"preview-{run_id}", _PREVIEW_S)
    return run_id


def written(ctx: Context, run_id: str, pause_s: float) -> list[Sample]:
    """What was said, every quarter of a second that the import worked."""
    samples: list[Sample] = []
    still_s, to_pause, began = 0.0, pause_s > 0, time.monotonic()
    approve(ctx, run_id, shown=True)
    while (run := ctx.runs.get(run_id)).state is not RunState.DONE:
        told = progress(ctx, run)
        samples.append(Sample(time.monotonic() - began - still_s, told.done, told.total, told.eta_s))
        if to_pause and told.done * 2 > told.total:
            to_pause = False
            ask(ctx, run_id, Wish.PAUSE)
            while ctx.runs.state(run_id) is RunState.RUNNING or ctx.engine.open_ids(f"write-{run_id}"):
                time.sleep(0.05)
            stood = time.monotonic()
            time.sleep(pause_s)
            approve(ctx, run_id, shown=True)
            still_s += time.monotonic() - stood
        time.sleep(_EVERY_S)
    return [*samples, Sample(time.monotonic() - began - still_s, 1, 1, 0.0)]


def print_table(options: argparse.Namespace, samples: Sequence[Sample]) -> None:
    whole_s = samples[-1].worked_s
    paused = f", stood still {options.pause:.0f} s" if options.pause else ""
    print(f"\n{options.rows:,} rows, {options.companies:,} companies, {whole_s:.1f} s{paused}\n")
    print("| done | after s | said s | left s | off |\n|--:|--:|--:|--:|--:|")
    shown, wide, counted = -1, 0, 0
    for one in samples[:-1]:
        share, left_s = one.done / one.total, whole_s - one.worked_s
        if share < 0.1 or one.said_s is None:
            continue
        counted, wide = counted + 1, wide + _is_off(one.said_s, left_s)
        if int(share * 10) > shown:
            shown = int(share * 10)
            off = (one.said_s - left_s) / left_s * 100
            print(f"| {share:.0%} | {one.worked_s:.1f} | {one.said_s:.1f} | {left_s:.1f} | {off:+.0f} % |")
    print(f"\n{counted} looks after the first tenth, {wide} of them off by more than 30 % and two seconds.")


def _is_off(said_s: float, left_s: float) -> bool:
    return abs(said_s - left_s) > max(0.3 * left_s, 2.0)


if __name__ == "__main__":
    main()
