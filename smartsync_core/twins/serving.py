"""Serving a twin: one loopback socket, one line when it listens, and an end when the parent's pipe closes."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, NoReturn

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

STDIN_FD = 0
GRACE_S = 2
KEEP_ALIVE_S = 75


def serve(app: Any, *, port: int, at_end: Callable[[], None]) -> None:
    """Serve `app` on 127.0.0.1:`port` (0 = a free one) until a signal or the end of the stdin pipe.

    Prints `ready http://127.0.0.1:PORT` once it listens. `at_end` runs last, after every answer was sent.
    """
    listener = _listen(port)
    config = uvicorn.Config(
        app,
        http=_Connection,
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = _Server(config)
    _watch_parent(server)
    try:
        server.run(sockets=[listener])
    finally:
        at_end()


class _Connection(H11Protocol):
    """Hands each request its connection (`scope["state"]["connection"]`), so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "connection": transport}


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if sockets and self.started:
            host, port = sockets[0].getsockname()
            print(f"ready http://{host}:{port}", flush=True)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals ask for an orderly end and are not raised again: a twin that was told to stop did well."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        yield

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.should_exit = True


def _listen(port: int) -> socket.socket:
    # The explicit protocol lets asyncio recognise TCP and turn Nagle's delay off (44 ms a call otherwise).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        refuse(
            f"Port {port} cannot be used on 127.0.0.1: {_why(error)}. Choose another with --port; 0 takes a free one."
        )
    return listener


def _why(error: OSError | OverflowError) -> str:
    if isinstance(error, OverflowError):
        return "ports go from 0 to 65535"
    in_use = error.errno == errno.EADDRINUSE
    return "another program listens there" if in_use else (error.strerror or str(error))


def refuse(sentence: str) -> NoReturn:
    """Nothing could be done: the sentence, and the exit code that says so."""
    print(sentence, file=sys.stderr)
    sys.exit(2)


def _watch_parent(server: uvicorn.Server) -> None:
    """End with the parent: its death closes the pipe on our stdin. A terminal or /dev/null is not watched."""
    try:
        mode = os.fstat(STDIN_FD).st_mode
    except OSError:
        return
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        threading.Thread(target=_wait_for_end, args=(server,), daemon=True).start()


def _wait_for_end(server: uvicorn.Server) -> None:
    with contextlib.suppress(OSError):
        while os.read(STDIN_FD, 4096):
            pass
    server.should_exit = True
