"""The command line as a person at a terminal meets it, with a data folder of its own. Nobody sits at the terminal."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

from smartsync_core.cli import main

PROJECT = Path(__file__).parents[1]


class CommandLine:
    """`run` calls the command in this process, which spares the start of one; `start` makes a real one, to be killed."""

    def __init__(self, data_dir: Path) -> None:
        self.settings = {"SMARTSYNC_DATA_DIR": str(data_dir)}

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "smartsync_core", *words]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        return subprocess.Popen(command, cwd=PROJECT, env={**os.environ, **self.settings}, text=True, **pipes)

    def run(
        self, *words: str, code: int | None = 0, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run to its end; `code` is the exit code it must have (None = any)."""
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.settings),
            mock.patch("sys.stdin", io.StringIO(stdin or "")),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            ended = main(words)
        assert code is None or ended == code, (
            f"exit {ended}\n{out.getvalue()[-2000:]}\n{err.getvalue()[-2000:]}"
        )
        assert "Traceback" not in err.getvalue(), err.getvalue()
        return subprocess.CompletedProcess(words, ended, out.getvalue(), err.getvalue())

    def json(self, *words: str, code: int | None = 0) -> Any:
        return json.loads(self.run(*words, "--json", code=code).stdout)
