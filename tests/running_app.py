"""Start the whole app as people do: `streamlit run app.py` in a child process, on a free port, with its own data.

with RunningApp(folder) as app:
    httpx.get(app.url + "/api/health")
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

__all__ = ["AS_SHIPPED", "RunningApp", "free_port"]

PROJECT = Path(__file__).parents[1]
AS_SHIPPED = {"STREAMLIT_RUNNER_ENFORCE_SERIALIZABLE_SESSION_STATE": "false"}
"""Variables of an app that does not check, as all others of the tests do, what its pages keep in their session."""

_START_S = 60
_STOP_S = 30


class RunningApp:
    """One process; leaving its `with` block ends it with SIGTERM."""

    def __init__(self, data_dir: Path, variables: Mapping[str, str] | None = None, *, port: int = 0) -> None:
        """`variables` of the environment besides the data folder. `port` 0 = a free one."""
        self.data_dir = data_dir
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        data_dir.mkdir(parents=True, exist_ok=True)
        self._log = data_dir / "app.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                app_command(self.port),
                cwd=PROJECT,
                env=app_environment(data_dir) | dict(variables or {}),
                stdout=log,
                stderr=log,
            )
        self._wait_until_up()

    def health(self) -> dict[str, object]:
        return dict(httpx.get(f"{self.url}/api/health", timeout=30).json())

    def log(self) -> str:
        """All that it said on stdout and stderr."""
        return self._log.read_text()

    def note(self) -> dict[str, object] | None:
        """What it left in app.json; None when there is none."""
        path = self.data_dir / "app.json"
        return dict(json.loads(path.read_text())) if path.exists() else None

    def end(self, number: int = signal.SIGTERM) -> int:
        """Its exit code after that signal; safe to call twice."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def _wait_until_up(self) -> None:
        until = time.monotonic() + _START_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"The app ended at once: {self.log()}")
            try:
                if httpx.get(f"{self.url}/api/health", timeout=5).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        self.end()
        raise RuntimeError(f"The app did not start: {self.log()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()


def app_command(port: int) -> list[str]:
    options = ["--server.headless", "true", "--server.port", str(port)]
    return [sys.executable, "-m", "streamlit", "run", "app.py", *options]


def app_environment(data_dir: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SMARTSYNC_", "HUBSPOT_", "OIDC_"))
    }
    checked = dict.fromkeys(AS_SHIPPED, "true")
    return kept | checked | {"SMARTSYNC_DATA_DIR": str(data_dir)}


def free_port() -> int:
    """Below the ports that the system hands out by itself, so nothing else takes it before it is used."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", random.randrange(10_000, 30_000)))
            return int(probe.getsockname()[1])
