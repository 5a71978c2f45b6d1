"""One function per command. Exit codes: 0 all well, 1 some rows need a person or failed, 2 nothing could be done."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from smartsync_core.cli import importing, keys, printing, repairing
from smartsync_core.cli.opened import Opened, interrupt, through_app
from smartsync_core.cli.parser import build_parser
from smartsync_core.cli.research import run_backtest, run_enrich, run_score
from smartsync_core.errors import InUse, SmartSyncError
from smartsync_core.orchestrator.backup import backup, restore
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.privacy import remove, write_held
from smartsync_core.settings import Settings

__all__ = ["main", "run"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. Deliberate errors become one sentence on stderr and 2."""
    return run(build_parser().parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """One command as it was parsed; where the app has the data open, the app does it."""
    try:
        return _COMMANDS[options.command](options)
    except InUse as error:
        done = through_app(options, error)
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


def _twin(options: argparse.Namespace) -> int:
    """Run the stand-in as a child that watches our pipe; SIGTERM and SIGINT end it, our own standard input does not."""
    command = [sys.executable, "-m", "smartsync_core.twins", options.crm, "--port", str(options.port)]
    for name in ("tier", "latency_ms", "fault_rate", "seed", "seed_records", "state"):
        value = getattr(options, name)
        if value is not None:
            command += [f"--{name.replace('_', '-')}", str(value)]
    if options.auto_companies:
        command.append("--auto-companies")
    signal.signal(signal.SIGTERM, interrupt)
    child = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.terminate()
        return child.wait()


def _connect(options: argparse.Namespace) -> int:
    if options.token == "-":
        options.token = sys.stdin.readline().strip()
    with Opened(engine=False) as ctx:
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


def _backup(options: argparse.Namespace) -> int:
    with Opened(engine=False) as ctx:
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
    with Opened(engine=False) as ctx:
        if options.what == "delete":
            print(f"{remove(ctx, options.whom)} rows held something of {options.whom}: it is gone.")
        else:
            rows = write_held(ctx, options.whom, Path(options.out), overwrite=options.overwrite)
            print(f"{options.out} holds the {rows} rows that are kept of {options.whom}.")
    return 0


def _secrets(options: argparse.Namespace) -> int:
    with Opened(engine=False) as ctx:
        return keys.secrets(ctx, options)


def _apikey(options: argparse.Namespace) -> int:
    with Opened(engine=False) as ctx:
        return keys.apikey(ctx, options)


def _enrich(options: argparse.Namespace) -> int:
    with Opened(engine=False) as ctx:
        return run_enrich(ctx, options)


def _backtest(options: argparse.Namespace) -> int:
    with Opened(engine=False) as ctx:
        return run_backtest(ctx, options)


def _score(options: argparse.Namespace) -> int:
    with Opened(engine=False) as ctx:
        return run_score(ctx, options)


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "twin": _twin,
    "connect": _connect,
    "sync": importing.sync,
    "runs": importing.runs,
    "run": importing.show,
    "resume": importing.resume,
    "pause": importing.halt,
    "stop": importing.halt,
    "retry": repairing.retry,
    "companies": repairing.companies,
    "errors": repairing.errors,
    "undo": importing.undo,
    "export": repairing.export,
    "apikey": _apikey,
    "backup": _backup,
    "restore": _restore,
    "privacy": _privacy,
    "secrets": _secrets,
    "check": repairing.check,
    "enrich": _enrich,
    "backtest": _backtest,
    "score": _score,
}
