"""`sync`, `undo`, `resume`, `pause`, `stop`, `runs`, `run`: from a file to a result, and back."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from smartsync_core.cli import printing
from smartsync_core.cli.opened import Opened, at_a_terminal, through_app, wait
from smartsync_core.errors import BadInput, InUse, NeedsPerson
from smartsync_core.model.automation import Extra
from smartsync_core.model.mapping import Policy, RecordType
from smartsync_core.model.plan import Mode, Outcome, Reason
from smartsync_core.model.run import ImportOptions, RunReport, RunState, Wish
from smartsync_core.model.table import Upload
from smartsync_core.orchestrator import past
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.deal_place import choose_deal_place
from smartsync_core.orchestrator.duplicates import parse_same
from smartsync_core.orchestrator.files import (
    about_file,
    already_imported,
    earlier_imports,
    import_options,
    take_file,
)
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.preview import start_preview
from smartsync_core.orchestrator.recipes import keep_choices, of_options, options_by
from smartsync_core.orchestrator.undo import start_undo
from smartsync_core.orchestrator.write import approve, ask, leave_wish
from smartsync_core.settings import Settings

__all__ = ["finish", "halt", "resume", "runs", "show", "sync", "undo"]


def sync(options: argparse.Namespace) -> int:
    _need_a_decision(options)
    began_at = datetime.now(UTC)
    with Opened(engine=True) as ctx:
        run_id = _preview(ctx, options, began_at)
        return _when_agreed(
            ctx, run_id, options, "Nothing was written. `resume {}` writes this preview later."
        )


def _when_agreed(ctx: Context, run_id: str, options: argparse.Namespace, left: str) -> int:
    """From a preview that was begun to its result; `left`: what is said, with the run in it, where nobody agrees."""
    wait(ctx, run_id)
    planned = report(ctx, run_id)
    if planned.state is not RunState.PREVIEWED:
        raise NeedsPerson(planned.message or f"The preview {run_id} did not come to an end.")
    if options.preview:
        return finish(planned, options.json)
    if not options.yes:
        printing.print_report(planned)
        if not _agreed(planned):
            print(left.format(run_id), file=sys.stderr)
            return 0
    return _write(ctx, run_id, options, shown=not options.yes)


def _preview(ctx: Context, options: argparse.Namespace, began_at: datetime) -> str:
    connection = ctx.connections.by_name(options.to)
    upload = take_file(ctx, Path(options.file), sheet=options.sheet, header=options.header_row)
    notes = _earlier(ctx, connection.id, upload, options)
    with ctx.visit(connection, interactive=False) as session:
        chosen, left_out = _choices(ctx, session, connection.id, upload, options)
        chosen = replace(chosen, decisions=parse_same(options.same, chosen.record_type))
        if options.save_recipe:
            recipe = keep_choices(ctx, connection.id, upload, of_options(chosen), options.save_recipe)
            chosen = replace(chosen, recipe=recipe, recipe_name=options.save_recipe.strip())
        if options.deal_stage:
            choose_deal_place(ctx, session, connection.id, options.deal_stage)
        return start_preview(
            ctx,
            connection=connection,
            upload_id=upload.id,
            options=replace(chosen, extras=frozenset(map(Extra, options.extras))),
            notes=[*about_file(upload), *notes, *left_out],
            began_at=began_at,
            session=session,
        )


def _choices(
    ctx: Context, session: Session, connection_id: str, upload: Upload, options: argparse.Namespace
) -> tuple[ImportOptions, list[Reason]]:
    """By the recipe, or by the words of the command line."""
    if options.recipe:
        if options.key or options.map or options.step:
            raise BadInput(
                f"The recipe “{options.recipe}” says itself what becomes of each column.",
                hint="Leave out --key, --map and --step, or leave out --recipe.",
            )
        chosen, notes = options_by(ctx, session, connection_id, upload, options.recipe)
        return replace(chosen, stamp=options.stamp), notes
    if not options.record_type:
        raise BadInput("Nothing says what is in each row.", hint="Add --as contacts, companies or both.")
    return import_options(
        ctx,
        session,
        upload,
        RecordType(options.record_type),
        connection_id=connection_id,
        keys=options.key,
        maps=options.map,
        steps=options.step,
        policy=Policy(options.policy),
        mode=Mode(options.mode.replace("-", "_")),
        stamp=options.stamp,
    )


def _earlier(ctx: Context, connection_id: str, upload, options: argparse.Namespace) -> list[Reason]:  # type: ignore[no-untyped-def]
    """A file that is being imported is refused; one that was imported before is said, or asked about."""
    earlier = earlier_imports(ctx, connection_id, upload)
    if any(run.state is RunState.RUNNING for run in earlier):
        raise BadInput(
            f"{upload.name} is being imported right now ({earlier[0].id}).", hint="Wait until it is done."
        )
    if not earlier:
        return []
    return [already_imported(earlier[0])]


def undo(options: argparse.Namespace) -> int:
    _need_a_decision(options)
    rows = _row_numbers(options.rows)
    with Opened(engine=True) as ctx:
        undo_id = start_undo(ctx, options.id, only_created=options.only == "created", rows=rows)
        return _when_agreed(ctx, undo_id, options, "Nothing was taken back. `resume {}` does it later.")


def _row_numbers(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    wrong = next((part for part in parts if not part.isdecimal()), None)
    if wrong is not None:
        raise BadInput(f"“{wrong}” is no line of the file.", hint="Give line numbers, e.g. --rows 2,5,9.")
    return [int(part) for part in parts]


def resume(options: argparse.Namespace) -> int:
    """Runs that were interrupted are finished by opening; a stored preview is written, a paused run goes on."""
    _need_a_decision(options)
    with Opened(engine=True) as ctx:
        found = report(ctx, options.id)
        if found.state is RunState.DONE:
            what = "Undo" if found.undo_of else "Import"
            print(f"{what} {found.run_id} is finished already: nothing was resumed.", file=sys.stderr)
            return finish(found, options.json)
        if found.state is RunState.PREVIEWED and not options.yes:
            printing.print_report(found)
            if not _agreed(found):
                return 0
        return _write(ctx, options.id, options, shown=True)


def halt(options: argparse.Namespace) -> int:
    """A run that another process works on is asked through a file that it looks for."""
    wish = Wish(options.command)
    try:
        with Opened(engine=False) as ctx:
            ask(ctx, options.id, wish)
            stands = ctx.runs.state(options.id) is RunState.STOPPED
    except InUse as error:
        done = through_app(options, error)
        if done is not None:
            return done
        leave_wish(Settings.from_env(), options.id, wish)
        print(f"Another process works on the data: it is asked to {wish.value} import {options.id}.")
        return 0
    will = "is stopped" if stands else f"is to {wish.value} before anything more of it is sent"
    print(f"Import {options.id} {will}.")
    return 0


def runs(options: argparse.Namespace) -> int:
    with Opened(engine=False) as ctx:
        lines = past.lines(ctx, ctx.runs.recent(1000))
        outcomes = {
            line.run.id: line.outcomes or report(ctx, line.run.id).outcomes
            for line in (lines if options.json else ())
        }
    printing.print_runs(lines, options.json, outcomes)
    return 0


def show(options: argparse.Namespace) -> int:
    with Opened(engine=False) as ctx:
        return finish(report(ctx, options.id), options.json)


def _need_a_decision(options: argparse.Namespace) -> None:
    if not options.yes and not getattr(options, "preview", False) and not at_a_terminal():
        raise BadInput(
            "Nobody is there to agree to the preview.",
            hint="Add --preview to stop before writing, or --yes to write without asking.",
        )


def _agreed(planned: RunReport) -> bool:
    landing = planned.predicted.get(Outcome.CREATED.value, 0) + planned.predicted.get(
        Outcome.UPDATED.value, 0
    )
    does = "take back" if planned.undo_of else "create or update"
    words = f"Type {landing} to {does} {landing} records, anything else to leave: "
    return input(words).strip() == str(landing)


def _write(ctx: Context, run_id: str, options: argparse.Namespace, *, shown: bool) -> int:
    first = getattr(options, "first", None) or 0
    approve(ctx, run_id, shown=shown, first=first, max_calls=getattr(options, "max_calls", None))
    wait(ctx, run_id)
    return finish(report(ctx, run_id), options.json, may_pause=bool(first))


def finish(result: RunReport, as_json: bool, *, may_pause: bool = False) -> int:
    if as_json:
        printing.print_json(printing.report_json(result))
    else:
        printing.print_report(result)
    if result.state is RunState.PREVIEWED:
        counts = result.predicted
    elif result.state is RunState.DONE or (may_pause and result.state is RunState.PAUSED):
        counts = result.outcomes
    else:
        return 1
    troubled = counts.get("blocked", 0) + counts.get("failed", 0) + counts.get("in_doubt", 0)
    return 1 if troubled else 0
