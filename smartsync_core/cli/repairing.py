"""`retry`, `companies`, `errors`, `check`, `export`: what becomes of the rows of a written import."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from smartsync_core.cli import printing
from smartsync_core.cli.importing import finish
from smartsync_core.cli.opened import Opened, at_a_terminal, wait
from smartsync_core.orchestrator import namesakes, repair
from smartsync_core.orchestrator.check_again import check_again
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.errors_file import read_corrections, write_errors
from smartsync_core.orchestrator.export import write_result
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.inbox import open_rows

__all__ = ["check", "companies", "errors", "export", "retry"]


def retry(options: argparse.Namespace) -> int:
    with Opened(engine=True) as ctx:
        edits = read_corrections(ctx, options.id, Path(options.edits)) if options.edits else None
        if not options.yes and not _agreed_to_retry(ctx, options.id, edits):
            return 0
        retried = repair.retry(ctx, options.id, edits)
        for sentence in printing.retried_sentences(retried):
            print(sentence, file=sys.stderr)
        wait(ctx, options.id)
        return finish(report(ctx, options.id), options.json)


def _agreed_to_retry(ctx: Context, run_id: str, edits: Mapping[int, object] | None) -> bool:
    """Asked at a terminal only: elsewhere the command itself says so."""
    rows = len(edits) if edits is not None else open_rows(ctx, run_id, limit=1).total
    if not rows or not at_a_terminal():
        return True
    return input(f"Type {rows} to send {rows} rows again, anything else to leave: ").strip() == str(rows)


def companies(options: argparse.Namespace) -> int:
    """Without a word they are listed. With words a preview is made again, and rows of a written import are sent again."""
    words = dict(options.records) | dict.fromkeys(options.new, "") | dict.fromkeys(options.ask_again)
    with Opened(engine=bool(words)) as ctx:
        if not words:
            asked = [*namesakes.questions(ctx, options.id), *namesakes.said(ctx, options.id)]
            printing.print_companies(asked, options.json)
            return 0
        if not options.yes and not _agreed_to_words(ctx, options.id):
            return 0
        run_id = namesakes.settle(ctx, options.id, words)
        wait(ctx, run_id)
        return finish(report(ctx, run_id), options.json)


def _agreed_to_words(ctx: Context, run_id: str) -> bool:
    """Asked at a terminal only, and where something is sent."""
    if ctx.runs.get(run_id).approved_at is None or not at_a_terminal():
        return True
    return input("Type yes to send the rows of these companies again: ").strip().casefold() == "yes"


def errors(options: argparse.Namespace) -> int:
    out = Path(options.out)
    with Opened(engine=False) as ctx:
        rows = write_errors(ctx, options.id, out)
    if options.json:
        printing.print_json({"run_id": options.id, "file": str(out), "rows": rows})
    else:
        print(
            f"{out} holds the {'row' if rows == 1 else f'{rows} rows'} of import {options.id} that need you."
        )
    return 0


def check(options: argparse.Namespace) -> int:
    with Opened(engine=True) as ctx:
        checked = check_again(ctx, options.id)
    if options.json:
        printing.print_json(printing.checked_json(checked))
    else:
        printing.print_checked(checked)
    return 0


def export(options: argparse.Namespace) -> int:
    out = Path(options.out)
    with Opened(engine=False) as ctx:
        rows = write_result(ctx, options.id, out)
    if options.json:
        printing.print_json({"run_id": options.id, "file": str(out), "rows": rows})
    else:
        print(f"{out} holds {'the one row' if rows == 1 else f'all {rows} rows'} of import {options.id}.")
    return 0
