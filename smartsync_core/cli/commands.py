"""One function per command. Exit codes: 0 all well, 1 some rows need a person or failed, 2 nothing could be done."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import TracebackType

from smartsync_core.cli import keys, printing
from smartsync_core.cli.parser import build_parser
from smartsync_core.cli.research import run_backtest, run_enrich, run_score
from smartsync_core.cli.through_app import application_here, forward
from smartsync_core.errors import BadInput, InUse, NeedsPerson, SmartSyncError
from smartsync_core.model.automation import Extra
from smartsync_core.model.mapping import Policy, RecordType
from smartsync_core.model.plan import Mode, Outcome, Reason
from smartsync_core.model.run import ImportOptions, Run, RunReport, RunState, Wish
from smartsync_core.model.table import Upload
from smartsync_core.orchestrator import namesakes, past
from smartsync_core.orchestrator.backup import backup, restore
from smartsync_core.orchestrator.check_again import check_again
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.deal_place import choose_deal_place
from smartsync_core.orchestrator.duplicates import parse_same
from smartsync_core.orchestrator.errors_file import read_corrections, write_errors
from smartsync_core.orchestrator.export import write_result
from smartsync_core.orchestrator.files import (
    about_file,
    already_imported,
    earlier_imports,
    import_options,
    take_file,
)
from smartsync_core.orchestrator.history import progress, report
from smartsync_core.orchestrator.inbox import open_rows
from smartsync_core.orchestrator.preview import start_preview
from smartsync_core.orchestrator.privacy import remove, write_held
from smartsync_core.orchestrator.recipes import keep_choices, of_options, options_by
from smartsync_core.orchestrator.repair import retry
from smartsync_core.orchestrator.undo import start_undo
from smartsync_core.orchestrator.write import approve, ask, leave_wish
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application

__all__ = ["main", "run"]

_POLL_S, _POLL_AT_MOST_S = 0.02, 0.3  # soon at first: most commands are short
_LOOKS_BETWEEN_DOUBTS = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. Deliberate errors become one sentence on stderr and 2."""
    return run(build_parser().parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """One command as it was parsed; where the app has the data open, the app does it."""
    try:
        return _COMMANDS[options.command](options)
    except InUse as error:
        done = _through_app(options, error)
        if done is not None:
            return done
        print(error.sentence(), file=sys.stderr)
        return 2
    except SmartSyncError as error:
        print(error.sentence(), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted; an open import goes on at the next start.", file=sys.stderr)
        return 130


def _through_app(options: argparse.Namespace, error: InUse) -> int | None:
    """The exit code of the app that did it; None where it cannot: there is none, or it is about this terminal's own keys."""
    settings = Settings.from_env()
    own_keys = options.command == "secrets" and settings.keys
    return None if options.command == "restore" or own_keys else forward(settings, options, error.holder)


class _Opened(AbstractContextManager[Context]):
    """The application for one command; with `engine`, runs left open are finished first. Inside the app, that one."""

    def __init__(self, *, engine: bool) -> None:
        self._engine = engine

    def __enter__(self) -> Context:
        self._is_ours = application_here() is None
        if (found := application_here()) is not None:
            return found.context
        self._application = Application(Settings.from_env())
        if self._engine:
            signal.signal(signal.SIGTERM, _interrupt)
            self._finish(self._application.start())
        return self._application.context

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_ours:
            self._application.stop()

    def _finish(self, runs: list[Run]) -> None:
        for run in runs:
            print(f"Finishing import {run.id} of {run.file_name} first.", file=sys.stderr)
            _wait(self._application.context, run.id)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _twin(options: argparse.Namespace) -> int:
    """Run the stand-in as a child that watches our pipe; SIGTERM and SIGINT end it, our own standard input does not."""
    command = [sys.executable, "-m", "smartsync_core.twins", options.crm, "--port", str(options.port)]
    for name in ("tier", "latency_ms", "fault_rate", "seed", "seed_records", "state"):
        value = getattr(options, name)
        if value is not None:
            command += [f"--{name.replace('_', '-')}", str(value)]
    if options.auto_companies:
        command.append("--auto-companies")
    signal.signal(signal.SIGTERM, _interrupt)
    child = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.terminate()
        return child.wait()


def _connect(options: argparse.Namespace) -> int:
    if options.token == "-":
        options.token = sys.stdin.readline().strip()
    with _Opened(engine=False) as ctx:
        connected = connect(
            ctx,
            crm_type=options.crm,
            name=options.name,
            token=options.token,
            base_url=options.base_url,
            with_fields=options.add_fields,
        )
    if options.json:
        printing.print_json(printing.connected_json(connected))
    else:
        printing.print_connected(connected)
    return 0


def _sync(options: argparse.Namespace) -> int:
    _need_a_decision(options)
    began_at = datetime.now(UTC)
    with _Opened(engine=True) as ctx:
        run_id = _preview(ctx, options, began_at)
        _wait(ctx, run_id)
        planned = report(ctx, run_id)
        if planned.state is not RunState.PREVIEWED:
            raise NeedsPerson(planned.message or f"The preview {run_id} did not come to an end.")
        if options.preview:
            return _finish(planned, options.json)
        if not options.yes:
            printing.print_report(planned)
            if not _agreed(planned):
                print(f"Nothing was written. `resume {run_id}` writes this preview later.", file=sys.stderr)
                return 0
        return _write(ctx, run_id, options, shown=not options.yes)


def _need_a_decision(options: argparse.Namespace) -> None:
    if not options.yes and not getattr(options, "preview", False) and not _at_a_terminal():
        raise BadInput(
            "Nobody is there to agree to the preview.",
            hint="Add --preview to stop before writing, or --yes to write without asking.",
        )


def _at_a_terminal() -> bool:
    return application_here() is None and sys.stdin.isatty()


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
    _wait(ctx, run_id)
    return _finish(report(ctx, run_id), options.json, may_pause=bool(first))


def _finish(result: RunReport, as_json: bool, *, may_pause: bool = False) -> int:
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


def _wait(ctx: Context, run_id: str) -> None:
    """Until the run is not being worked on any more."""
    for look in count():
        ctx.engine.must_be_open()
        if not ctx.runs.state(run_id).open:
            break
        if look % _LOOKS_BETWEEN_DOUBTS == _LOOKS_BETWEEN_DOUBTS - 1 and not _under_way(ctx, run_id):
            raise NeedsPerson(
                f"The work on import {run_id} ended without a result.",
                hint=f"`resume {run_id}` takes it up again.",
            )
        if sys.stderr.isatty():
            printing.progress_line(progress(ctx, ctx.runs.get(run_id)))
        time.sleep(min(_POLL_S * (look + 1), _POLL_AT_MOST_S))
    if sys.stderr.isatty():
        print(file=sys.stderr)


def _under_way(ctx: Context, run_id: str) -> bool:
    return any(ctx.engine.open_ids(f"{name}-{run_id}") for name in ("write", "preview", "undo", "repair"))


def _runs(options: argparse.Namespace) -> int:
    with _Opened(engine=False) as ctx:
        lines = past.lines(ctx, ctx.runs.recent(1000))
        outcomes = {
            line.run.id: line.outcomes or report(ctx, line.run.id).outcomes
            for line in (lines if options.json else ())
        }
    printing.print_runs(lines, options.json, outcomes)
    return 0


def _run(options: argparse.Namespace) -> int:
    with _Opened(engine=False) as ctx:
        return _finish(report(ctx, options.id), options.json)


def _resume(options: argparse.Namespace) -> int:
    """Runs that were interrupted are finished by opening; a stored preview is written, a paused run goes on."""
    _need_a_decision(options)
    with _Opened(engine=True) as ctx:
        found = report(ctx, options.id)
        if found.state is RunState.DONE:
            what = "Undo" if found.undo_of else "Import"
            print(f"{what} {found.run_id} is finished already: nothing was resumed.", file=sys.stderr)
            return _finish(found, options.json)
        if found.state is RunState.PREVIEWED and not options.yes:
            printing.print_report(found)
            if not _agreed(found):
                return 0
        return _write(ctx, options.id, options, shown=True)


def _halt(options: argparse.Namespace) -> int:
    """A run that another process works on is asked through a file that it looks for."""
    wish = Wish(options.command)
    try:
        with _Opened(engine=False) as ctx:
            ask(ctx, options.id, wish)
            stands = ctx.runs.state(options.id) is RunState.STOPPED
    except InUse as error:
        done = _through_app(options, error)
        if done is not None:
            return done
        leave_wish(Settings.from_env(), options.id, wish)
        print(f"Another process works on the data: it is asked to {wish.value} import {options.id}.")
        return 0
    will = "is stopped" if stands else f"is to {wish.value} before anything more of it is sent"
    print(f"Import {options.id} {will}.")
    return 0


def _retry(options: argparse.Namespace) -> int:
    with _Opened(engine=True) as ctx:
        edits = read_corrections(ctx, options.id, Path(options.edits)) if options.edits else None
        if not options.yes and not _agreed_to_retry(ctx, options.id, edits):
            return 0
        retried = retry(ctx, options.id, edits)
        for sentence in printing.retried_sentences(retried):
            print(sentence, file=sys.stderr)
        _wait(ctx, options.id)
        return _finish(report(ctx, options.id), options.json)


def _agreed_to_retry(ctx: Context, run_id: str, edits: Mapping[int, object] | None) -> bool:
    """Asked at a terminal only: elsewhere the command itself says so."""
    rows = len(edits) if edits is not None else open_rows(ctx, run_id, limit=1).total
    if not rows or not _at_a_terminal():
        return True
    return input(f"Type {rows} to send {rows} rows again, anything else to leave: ").strip() == str(rows)


def _companies(options: argparse.Namespace) -> int:
    """Without a word they are listed. With words a preview is made again, and rows of a written import are sent again."""
    words = dict(options.records) | dict.fromkeys(options.new, "") | dict.fromkeys(options.ask_again)
    with _Opened(engine=bool(words)) as ctx:
        if not words:
            asked = [*namesakes.questions(ctx, options.id), *namesakes.said(ctx, options.id)]
            printing.print_companies(asked, options.json)
            return 0
        if not options.yes and not _agreed_to_words(ctx, options.id):
            return 0
        run_id = namesakes.settle(ctx, options.id, words)
        _wait(ctx, run_id)
        return _finish(report(ctx, run_id), options.json)


def _agreed_to_words(ctx: Context, run_id: str) -> bool:
    """Asked at a terminal only, and where something is sent."""
    if ctx.runs.get(run_id).approved_at is None or not _at_a_terminal():
        return True
    return input("Type yes to send the rows of these companies again: ").strip().casefold() == "yes"


def _errors(options: argparse.Namespace) -> int:
    out = Path(options.out)
    with _Opened(engine=False) as ctx:
        rows = write_errors(ctx, options.id, out)
    if options.json:
        printing.print_json({"run_id": options.id, "file": str(out), "rows": rows})
    else:
        print(
            f"{out} holds the {'row' if rows == 1 else f'{rows} rows'} of import {options.id} that need you."
        )
    return 0


def _undo(options: argparse.Namespace) -> int:
    _need_a_decision(options)
    rows = _row_numbers(options.rows)
    with _Opened(engine=True) as ctx:
        undo_id = start_undo(ctx, options.id, only_created=options.only == "created", rows=rows)
        _wait(ctx, undo_id)
        planned = report(ctx, undo_id)
        if planned.state is not RunState.PREVIEWED:
            raise NeedsPerson(planned.message or f"The preview {undo_id} did not come to an end.")
        if options.preview:
            return _finish(planned, options.json)
        if not options.yes:
            printing.print_report(planned)
            if not _agreed(planned):
                print(f"Nothing was taken back. `resume {undo_id}` does it later.", file=sys.stderr)
                return 0
        return _write(ctx, undo_id, options, shown=not options.yes)


def _row_numbers(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    wrong = next((part for part in parts if not part.isdecimal()), None)
    if wrong is not None:
        raise BadInput(f"“{wrong}” is no line of the file.", hint="Give line numbers, e.g. --rows 2,5,9.")
    return [int(part) for part in parts]


def _check(options: argparse.Namespace) -> int:
    with _Opened(engine=True) as ctx:
        checked = check_again(ctx, options.id)
    if options.json:
        printing.print_json(printing.checked_json(checked))
    else:
        printing.print_checked(checked)
    return 0


def _export(options: argparse.Namespace) -> int:
    out = Path(options.out)
    with _Opened(engine=False) as ctx:
        rows = write_result(ctx, options.id, out)
    if options.json:
        printing.print_json({"run_id": options.id, "file": str(out), "rows": rows})
    else:
        print(f"{out} holds {'the one row' if rows == 1 else f'all {rows} rows'} of import {options.id}.")
    return 0


def _backup(options: argparse.Namespace) -> int:
    with _Opened(engine=False) as ctx:
        backup(ctx, Path(options.out))
    print(f"{options.out} holds everything but the keys that protect tokens: keep those elsewhere.")
    return 0


def _restore(options: argparse.Namespace) -> int:
    kept = restore(Settings.from_env(), Path(options.file))
    print(f"Everything is as it was in {options.file}.")
    if kept is not None:
        print(f"What was there before is kept as {kept.name}.")
    return 0


def _privacy(options: argparse.Namespace) -> int:
    with _Opened(engine=False) as ctx:
        if options.what == "delete":
            print(f"{remove(ctx, options.whom)} rows held something of {options.whom}: it is gone.")
        else:
            rows = write_held(ctx, options.whom, Path(options.out), overwrite=options.overwrite)
            print(f"{options.out} holds the {rows} rows that are kept of {options.whom}.")
    return 0


def _secrets(options: argparse.Namespace) -> int:
    with _Opened(engine=False) as ctx:
        return keys.secrets(ctx, options)


def _apikey(options: argparse.Namespace) -> int:
    with _Opened(engine=False) as ctx:
        return keys.apikey(ctx, options)


def _enrich(options: argparse.Namespace) -> int:
    with _Opened(engine=False) as ctx:
        return run_enrich(ctx, options)


def _backtest(options: argparse.Namespace) -> int:
    with _Opened(engine=False) as ctx:
        return run_backtest(ctx, options)


def _score(options: argparse.Namespace) -> int:
    with _Opened(engine=False) as ctx:
        return run_score(ctx, options)


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "twin": _twin,
    "connect": _connect,
    "sync": _sync,
    "runs": _runs,
    "run": _run,
    "resume": _resume,
    "pause": _halt,
    "stop": _halt,
    "retry": _retry,
    "companies": _companies,
    "errors": _errors,
    "undo": _undo,
    "export": _export,
    "apikey": _apikey,
    "backup": _backup,
    "restore": _restore,
    "privacy": _privacy,
    "secrets": _secrets,
    "check": _check,
    "enrich": _enrich,
    "backtest": _backtest,
    "score": _score,
}
