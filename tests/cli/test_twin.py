"""`twin`: a stand-in CRM of one's own, with every option that the guide names."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.twin_process import CLIENT, PROJECT, TOKEN

pytestmark = pytest.mark.slow


def test_it_says_when_it_listens_takes_every_option_and_ends_on_sigterm(tmp_path: Path) -> None:
    records = tmp_path / "records.jsonl"
    records.write_text(
        json.dumps({"object": "contacts", "properties": {"email": "ada@alder.example"}}) + "\n"
    )
    words = ["--port", "0", "--tier", "starter", "--latency-ms", "0", "--fault-rate", "0.0", "--seed", "3"]
    words += ["--seed-records", str(records), "--auto-companies", "--state", str(tmp_path / "twin.sqlite")]
    command = [sys.executable, "-m", "smartsync_core", "twin", "hubspot", *words]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith("ready http://127.0.0.1:")
        url = said.removeprefix("ready ").strip()
        assert CLIENT.get(f"{url}/_twin/state").json()["contacts"] == 1
        found = CLIENT.get(f"{url}/crm/v3/objects/contacts", headers={"Authorization": f"Bearer {TOKEN}"})
        assert found.json()["results"][0]["properties"]["email"] == "ada@alder.example"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) in (0, -signal.SIGTERM, 128 + signal.SIGTERM)
    with pytest.raises(OSError, match="refused"):
        _reach(url)


def test_an_option_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "smartsync_core", "twin", "hubspot", "--latency-ms", "quick"]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "--latency-ms" in ended.stderr
    assert "Traceback" not in ended.stderr


def _reach(url: str) -> None:
    host, _, port = url.removeprefix("http://").partition(":")
    socket.create_connection((host, int(port)), timeout=5).close()
