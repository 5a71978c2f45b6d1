"""The command line as a person at a terminal meets it: a process of its own, with a data folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]


class CommandLine:
    """Runs `python -m smartsync_core …` on one data folder. Nobody sits at the terminal."""

    def __init__(self, data_dir: Path) -> None:
        self.environment = {**os.environ, "SMARTSYNC_DATA_DIR": str(data_dir)}

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "smartsync_core", *words]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        return subprocess.Popen(command, cwd=PROJECT, env=self.environment, text=True, **pipes)

    def run(
        self, *words: str, code: int | None = 0, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run to its end; `code` is the exit code it must have (None = any)."""
        process = self.start(*words, **({"stdin": subprocess.PIPE} if stdin is not None else {}))
        out, err = process.communicate(stdin, timeout=300)
        assert code is None or process.returncode == code, (
            f"exit {process.returncode}\n{out[-2000:]}\n{err[-2000:]}"
        )
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def json(self, *words: str, code: int | None = 0) -> Any:
        return json.loads(self.run(*words, "--json", code=code).stdout)
