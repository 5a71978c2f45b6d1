"""The entry: one process serves the screens and the API. Start it with `streamlit run app.py`."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from pages.blocks import entrance, problems, services
from smartsync_core.api import Ahead, create_api, under_api
from smartsync_core.cli import commands_route, door, run
from smartsync_core.errors import SmartSyncError
from smartsync_core.wiring import serve_smoothly

login = entrance.configured()
_command_keys: list[str] = []  # the one that lets commands in, while the app is open


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Open the store, start the engine, note where we are; at the end the same backwards."""
    try:
        entrance.refuse_the_network(login)
        application = await asyncio.to_thread(services.application)
    except SmartSyncError as error:
        print(error.sentence(), file=sys.stderr)
        logging.getLogger(
            "uvicorn.error"
        ).disabled = True  # it would add a traceback to a sentence that says it all
        raise
    serve_smoothly()
    if login and (code := application.first_admin.announce(application.context)):
        print(f"There is no admin yet. Log in, and enter this code: {code}", flush=True)
    note = application.settings.data_dir / "app.json"
    address = f"http://127.0.0.1:{st.get_option('server.port')}"
    _write(note, {"pid": os.getpid(), "address": address})
    print(f"SmartSync is open at {address}", flush=True)
    try:
        with door(application.settings) as key:
            _command_keys[:] = [key]
            yield
    finally:
        _command_keys.clear()
        note.unlink(missing_ok=True)
        await asyncio.to_thread(api.state.clock.keep)
        await asyncio.to_thread(services.close)


def _write(note: Path, content: dict[str, object]) -> None:
    """Whole or not at all: another process may read it at any time."""
    unfinished = note.with_suffix(".new")
    unfinished.write_text(json.dumps(content))
    unfinished.replace(note)


api = create_api(services.application)
commands = commands_route(services.application, lambda: "".join(_command_keys), run)
app = st.App(
    "pages/navigation.py",
    lifespan=lifespan,
    on_script_error=problems.script_error,
    middleware=[
        Middleware(entrance.OnlyHere, login=login),
        Middleware(TrustedHostMiddleware, allowed_hosts=entrance.hosts_of(login)),
        Middleware(Ahead, routes=[commands, *under_api(api)]),
    ],
    secrets=entrance.auth_of(login),
)
