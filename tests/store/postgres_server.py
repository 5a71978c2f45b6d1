"""A PostgreSQL server for one test session, on a free loopback port, in a folder that goes with it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.running_app import free_port

_USER = "postgres"  # the server refuses to run as root


class Unavailable(Exception):
    """No server can be had here; the text says why."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yield the URL of the server's first database."""
    found = shutil.which("initdb")
    if found is None:
        raise Unavailable("PostgreSQL is not installed")
    programs = Path(found).resolve().parent
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    data = f"{folder}/db"
    run_as = _demoted(folder)
    try:
        initdb = [
            f"{programs}/initdb",
            f"--pgdata={data}",
            f"--username={_USER}",
            "--auth=trust",
            "--encoding=UTF8",
        ]
        subprocess.run([*initdb, "--no-sync"], check=True, capture_output=True, cwd=folder, user=run_as)
        port = free_port()
        options = [f"-cport={port}", "-clisten_addresses=127.0.0.1", f"-cunix_socket_directories={folder}"]
        server = subprocess.Popen(
            [f"{programs}/postgres", "-D", data, *options, "-cfsync=off", "-cautovacuum=off"],
            stderr=subprocess.DEVNULL,
            cwd=folder,
            user=run_as,
        )
        try:
            _wait_for(port, server)
            yield f"postgresql://{_USER}@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # without waiting for whoever is still connected
            server.wait(timeout=20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _demoted(folder: Path) -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        shutil.chown(folder, _USER)
    except LookupError:
        raise Unavailable(f"as root it needs a user {_USER}, and there is none") from None
    return _USER


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if server.poll() is not None:
            raise Unavailable("the server did not start")
        try:
            psycopg.connect(f"postgresql://{_USER}@127.0.0.1:{port}/postgres", connect_timeout=2).close()
            return
        except psycopg.OperationalError:  # it listens before it is ready
            time.sleep(0.05)
    raise Unavailable("the server did not answer")
