"""The API over HTTP, mounted as in the app, in a thread of this process."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette

from smartsync_core.api import under_api

__all__ = ["Caller", "served"]


class Caller(httpx.Client):
    """Speaks to a served API with a key, or with none. Addresses are those under /api."""

    def __init__(self, url: str, key: str = "") -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        super().__init__(base_url=url, headers=headers, timeout=60)


@contextmanager
def served(api: FastAPI) -> Iterator[str]:
    """Yield the address, with /api at its end."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as door:
        door.bind(("127.0.0.1", 0))
        door.listen(128)  # from now on a call waits until the server is there
        app = Starlette(routes=under_api(api))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", lifespan="off"))
        thread = Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}/api"
        finally:
            server.should_exit = True
            thread.join()
