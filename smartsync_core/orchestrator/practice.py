"""The practice account: a made-up CRM in a process of its own, which ends with us, also when we are killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import httpx

from smartsync_core.errors import StopRun
from smartsync_core.model.access import Role
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import AccountKind
from smartsync_core.orchestrator.accounts import refuse_while_working
from smartsync_core.orchestrator.connect import add_fields, connect
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.rights import takes

__all__ = ["NAME", "PRACTICE_URL", "STOPPED", "Practice", "practice_connection", "start_over"]

NAME = "Practice account"
PRACTICE_URL = "practice"  # stands for wherever it listens now
STOPPED = "The practice account stopped. Press “Go on”, or try again: that starts it."
_TOKEN = "pat-na1-practice"
_STATE = "practice.sqlite"
_CONTROL_S = 30


class Practice:
    """At most one child process; its records live in the data folder and survive restarts."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._process: subprocess.Popen[str] | None = None
        self._address = ""
        self._lock = Lock()

    def address(self) -> str:
        """Where it listens; starts it if need be."""
        with self._lock:
            if self._process is not None and self._process.poll() is not None:
                self._let_go(self._process)
            if self._process is None:
                self._start()
            return self._address

    def reset(self) -> None:
        """Empty it: no records, no fields of anybody's making."""
        self._told("POST", "reset", {}, "The practice account could not be emptied.")

    def naming(self, whom: str) -> list[dict[str, object]]:
        """Its records that name this e-mail address or domain, those in its recycle bin too. Not started where it never was."""
        if not self._was_used():
            return []
        told = self._told("PUT", "naming", {"text": whom}, "The practice account could not be searched.")
        return list(told["records"])

    def forget(self, whom: str) -> int:
        """Remove them for ever; how many there were."""
        if not self._was_used():
            return 0
        told = self._told("PUT", "forget", {"text": whom}, "The practice account could not be searched.")
        return int(told["removed"])

    def _was_used(self) -> bool:
        return (self._data_dir / _STATE).exists()

    def _told(self, method: str, path: str, body: Mapping[str, str], failed: str) -> dict[str, Any]:
        try:
            url = f"{self.address()}/_twin/{path}"
            answer = httpx.request(method, url, json=body, timeout=_CONTROL_S).raise_for_status()
        except httpx.HTTPError:
            raise StopRun(failed, hint="Try again; if it persists, restart SmartSync.") from None
        return dict(answer.json())

    def stop(self) -> None:
        with self._lock:
            if self._process is not None and self._process.stdin:
                self._process.stdin.close()  # it ends when this pipe closes
                try:
                    self._process.wait(5)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                self._let_go(self._process)

    def _let_go(self, ended: subprocess.Popen[str]) -> None:
        for pipe in filter(None, (ended.stdin, ended.stdout)):
            pipe.close()
        self._process = None

    def _start(self) -> None:
        command = [sys.executable, "-m", "smartsync_core.twins", "hubspot", "--port", "0"]
        command += ["--state", str(self._data_dir / _STATE)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        line = self._process.stdout.readline().strip() if self._process.stdout else ""
        if not line.startswith("ready "):
            raise StopRun(
                "The practice account did not start.", hint="Try again; if it persists, restart SmartSync."
            )
        self._address = line.removeprefix("ready ")


@takes(Role.OPERATOR)
def practice_connection(ctx: Context) -> Connection:
    """The practice account as a connection, made on first use. Our fields are added: it is ours."""
    known = [connection for connection in ctx.connections.all() if connection.base_url == PRACTICE_URL]
    if known:
        return known[0]
    return connect(
        _may_all(ctx),
        crm_type="hubspot",
        name=NAME,
        token=_TOKEN,
        base_url=PRACTICE_URL,
        kind=AccountKind.PRACTICE,
        with_fields=True,
    ).connection


@takes(Role.OPERATOR)
def start_over(ctx: Context, connection: Connection) -> None:
    """Empty the practice account and forget what was linked to its records. Imports into it stay in History."""
    refuse_while_working(ctx, connection)
    ctx.practice.reset()
    ctx.links.forget(connection.id)
    add_fields(_may_all(ctx), connection)
    ctx.audit.record(who=ctx.user, what="practice.emptied", subject_id=connection.id)


def _may_all(ctx: Context) -> Context:
    """Other accounts are an admin's business; this one is nobody's."""
    return ctx.acting_as(ctx.user, Role.ADMIN)
