"""Start the HubSpot twin as tests meet it: a child process on a free port, spoken to over HTTP only.

with hubspot_twin("--tier", "starter") as twin:
    httpx.get(twin.url + "/crm/v3/owners", headers=twin.headers)
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

PROJECT = Path(__file__).parents[1]
CLIENT = httpx.Client(timeout=30, trust_env=False)  # one for all: a new one reads every certificate first
TOKEN = "pat-na1-00000000-0000-4000-8000-000000000001"


class TwinProcess:
    """One running twin; leaving its `with` block ends it. `token` may do everything."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url
        self.token = TOKEN

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control plane, e.g. `control("PUT", "clock", {"advance_s": 10})`; returns its JSON."""
        answer = CLIENT.request(method, f"{self.url}/_twin/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def state(self) -> dict[str, int]:
        """Live records per object."""
        return dict(self.control("GET", "state"))

    def calls(self) -> dict[str, int]:
        """Every request received so far, per rate window."""
        return dict(self.control("GET", "calls"))

    def stop(self) -> None:
        """End it in an orderly way by closing its stdin; safe to call twice."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_hubspot_twin(*args: str) -> TwinProcess:
    """Start a twin (free port, no latency, seed 1); later `args` win over these."""
    return _start("hubspot", "--latency-ms", "0", "--seed", "1", *args)


def start_research_twin(*args: str) -> TwinProcess:
    """Start the stand-ins for websites, register and job boards (free port, no latency)."""
    return _start("research", *args)


def _start(*args: str) -> TwinProcess:
    command = [sys.executable, "-m", "smartsync_core.twins", args[0], "--port", "0", *args[1:]]
    process = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    twin = TwinProcess(process, line.removeprefix("ready ").strip())
    if not line:
        twin.stop()
        raise RuntimeError(f"The twin did not start: {' '.join(command)}")
    return twin


hubspot_twin = start_hubspot_twin
