"""The twin as a process: how it starts, what it says, and what ends it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.twin_process import PROJECT, hubspot_twin

COMMAND = [sys.executable, "-m", "smartsync_core.twins", "hubspot", "--port", "0", "--latency-ms", "0"]
PARENT = f"""
import subprocess, sys, time
twin = subprocess.Popen({COMMAND!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
print(twin.pid, twin.stdout.readline().strip(), flush=True)
time.sleep(60)
"""


def listens(url: str) -> bool:
    try:
        httpx.get(f"{url}/_twin/state")
    except httpx.TransportError:
        return False
    return True


def becomes_silent(url: str) -> bool:
    """Whether it stops answering, given ten seconds at most."""
    for _ in range(100):
        if not listens(url):
            return True
        time.sleep(0.1)
    return False


def test_it_says_where_it_listens_in_one_line_and_ends_with_its_stdin() -> None:
    with hubspot_twin() as twin:
        assert listens(twin.url)
        twin.stop()
        assert twin.process.returncode == 0
        assert not listens(twin.url)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a thing of POSIX")
def test_it_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        _pid, _ready, url = parent.stdout.readline().split()
        assert listens(url)
        parent.kill()
        assert becomes_silent(url)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(number: signal.Signals) -> None:
    with hubspot_twin() as twin:
        os.kill(twin.process.pid, number)
        assert twin.process.wait(timeout=10) == 0


def test_it_lives_on_where_stdin_is_no_pipe() -> None:
    with subprocess.Popen(
        COMMAND, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as twin:
        assert twin.stdout is not None
        url = twin.stdout.readline().split()[1]
        assert listens(url)
        twin.terminate()
        assert twin.wait(timeout=10) == 0


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [*COMMAND, "--port", port], cwd=PROJECT, capture_output=True, text=True, check=False
        )
    assert ended.returncode != 0
    assert ended.stderr.startswith(f"Port {port} cannot be used on 127.0.0.1")
    assert "Traceback" not in ended.stderr


def test_a_state_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("these are notes, and not a database at all" * 50)
    ended = subprocess.run(
        [*COMMAND, "--state", str(file)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert ended.returncode != 0
    assert ended.stderr.startswith(f"The state file {file} cannot be used")


@pytest.mark.parametrize("port", ["in use", "70000"])
def test_nothing_could_be_done_is_exit_2(port: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = str(taken.getsockname()[1]) if port == "in use" else port
        ended = subprocess.run(
            [*COMMAND, "--port", wanted], cwd=PROJECT, capture_output=True, text=True, check=False
        )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "--port" in ended.stderr
