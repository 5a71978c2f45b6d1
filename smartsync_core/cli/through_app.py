"""A command while the app has the data open: the app does it, and what it says is said here.

The app leaves a key beside its address in the data folder, for its user alone; whoever can read it may command.
"""

from __future__ import annotations

import argparse
import hmac
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from pathlib import Path
from queue import SimpleQueue
from secrets import token_urlsafe
from threading import Thread, current_thread, main_thread
from types import FrameType
from typing import TextIO

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from smartsync_core.settings import HUBSPOT_BASE_URL, Settings
from smartsync_core.wiring import Application

__all__ = ["application_here", "commands_route", "door", "forward"]

_PATH = "/api/commands"
_FILES = ("file", "out", "edits")  # options that name a file, from where the person stands
_Piece = tuple[str, str | int]
_Pieces = SimpleQueue[_Piece | None]  # None = the app is closing: nothing more will come

_pieces: ContextVar[_Pieces | None] = ContextVar("pieces", default=None)
_application: ContextVar[Application | None] = ContextVar("application", default=None)
_listened_to: set[_Pieces] = set()  # in the app: commands whose giver waits for what they say


def application_here() -> Application | None:
    """The app's own, where a command is done inside it: it is open, and no terminal belongs to the command."""
    return _application.get()


def forward(settings: Settings, options: argparse.Namespace, holder: str) -> int | None:
    """Let the app do it that holds the data, at the address `holder`; its exit code. None where no app answers there."""
    if not holder:
        return None
    try:
        key = _key_file(settings).read_text()
    except OSError:
        return None
    said = {name: _absolute(name, value) for name, value in vars(options).items()}
    if (
        options.command == "connect"
        and options.crm == "hubspot"
        and not options.base_url
        and settings.hubspot_base_url != HUBSPOT_BASE_URL
    ):
        said["base_url"] = settings.hubspot_base_url  # as this terminal is set, whatever the app's is
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(trust_env=False, timeout=httpx.Timeout(10, read=None)) as client:
        try:
            with client.stream("POST", holder + _PATH, json=said, headers=headers) as answer:
                return _listen(answer) if answer.is_success else None
        except httpx.ConnectError:
            return None
        except httpx.TransportError:
            return _closed()
        except KeyboardInterrupt:
            print(
                "Interrupted here; the app goes on with it. `pause` or `stop` ends an import.",
                file=sys.stderr,
            )
            return 130


def _closed() -> int:
    print(
        "The app was closed before the command was done; an import that it had begun goes on at the next start.",
        file=sys.stderr,
    )
    return 2


def _listen(answer: httpx.Response) -> int:
    for line in answer.iter_lines():
        where, what = json.loads(line)
        if where == "code":
            return int(what)
        print(what, end="", file=sys.stderr if where == "err" else sys.stdout, flush=True)
    return _closed()


def _absolute(name: str, value: object) -> object:
    return str(Path(value).absolute()) if name in _FILES and isinstance(value, str) and value else value


# In the app


@contextmanager
def door(settings: Settings) -> Iterator[str]:
    """The key that lets commands in, in its file as long as the app is open."""
    key, file = token_urlsafe(32), _key_file(settings)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(key)
    said = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Said("out", said[0]), _Said("err", said[1])
    try:
        with _commands_let_go():
            yield key
    finally:
        sys.stdout, sys.stderr = said
        file.unlink(missing_ok=True)


@contextmanager
def _commands_let_go() -> Iterator[None]:
    """When the app is told to end, whoever waits for a command is told at once: the server closes only after they have gone."""
    if current_thread() is not main_thread():  # signals are not ours then
        yield
        return
    usual = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def let_go(number: int, frame: FrameType | None) -> None:
        for pieces in list(_listened_to):
            pieces.put(None)
        handler = usual[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in usual:
        signal.signal(number, let_go)
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


def commands_route(
    application: Callable[[], Application], key: Callable[[], str], run: Callable[[argparse.Namespace], int]
) -> Route:
    """Where the app is commanded. `run` does one command; its exit code."""

    async def commanded(request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not (key() and hmac.compare_digest(given.encode(), key().encode())):
            return JSONResponse({"code": "unknown_key"}, httpx.codes.UNAUTHORIZED)
        try:
            options = argparse.Namespace(**await request.json())
        except (TypeError, ValueError):
            return JSONResponse({"code": "invalid_request"}, httpx.codes.BAD_REQUEST)
        return StreamingResponse(_done(application(), run, options), media_type="application/x-ndjson")

    return Route(_PATH, commanded, methods=["POST"])


def _done(
    application: Application, run: Callable[[argparse.Namespace], int], options: argparse.Namespace
) -> Iterator[str]:
    """What it says, as it says it, and its exit code at the end. It goes on where nobody listens any more."""
    pieces: _Pieces = SimpleQueue()

    def work() -> None:
        _pieces.set(pieces)
        _application.set(application)
        code = 2
        try:
            code = run(options)
        except Exception as error:
            pieces.put(("err", f"An error inside SmartSync stopped the command ({type(error).__name__}).\n"))
            raise
        finally:
            pieces.put(("code", code))

    Thread(target=copy_context().run, args=(work,), name="command", daemon=True).start()
    _listened_to.add(pieces)
    try:
        while (piece := pieces.get()) is not None:
            yield json.dumps(piece) + "\n"
            if piece[0] == "code":
                return
    finally:
        _listened_to.discard(pieces)


class _Said(io.TextIOBase):
    """Standard output and error: of a command they go to whoever gave it, else where they always go."""

    def __init__(self, name: str, usual: TextIO) -> None:
        self._name = name
        self._usual = usual

    def write(self, text: str) -> int:
        pieces = _pieces.get()
        if pieces is None:
            return self._usual.write(text)
        pieces.put((self._name, text))
        return len(text)

    def flush(self) -> None:
        self._usual.flush()

    def isatty(self) -> bool:
        return _pieces.get() is None and self._usual.isatty()

    def fileno(self) -> int:
        return self._usual.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._usual.encoding


def _key_file(settings: Settings) -> Path:
    return settings.data_dir / "app.key"
