"""Commands while the app is open: the app does them, for whoever may read its key, and says what it has to say here."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from smartsync_core.cli.through_app import forward
from smartsync_core.settings import Settings
from tests.command_line import CommandLine
from tests.running_app import RunningApp
from tests.twin_process import TwinProcess, hubspot_twin

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def twin() -> Iterator[TwinProcess]:
    with hubspot_twin() as started:
        yield started


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, twin: TwinProcess) -> Iterator[RunningApp]:
    with RunningApp(tmp_path_factory.mktemp("commanded"), {"HUBSPOT_BASE_URL": twin.url}) as started:
        yield started


@pytest.fixture
def cli(app: RunningApp) -> CommandLine:
    return CommandLine(app.data_dir)


def test_an_import_is_previewed_and_written_by_the_app(
    cli: CommandLine, twin: TwinProcess, tmp_path: Path
) -> None:
    cli.run("connect", "hubspot", "--name", "Main", "--token", "-", stdin=f"{twin.token}\n")
    file = tmp_path / "people.csv"
    file.write_text("Email\nann@through.example\nbo@through.example\n")
    done: Any = cli.json("sync", str(file), "--to", "Main", "--as", "contacts", "--yes")
    assert done["outcomes"]["created"] == twin.state()["contacts"] == 2
    assert [run["run_id"] for run in cli.json("runs")] == [done["run_id"]]
    assert "Nobody is there" in cli.run("sync", str(file), "--to", "Main", "--as", "contacts", code=2).stderr


def test_a_file_is_found_from_where_the_person_stands(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cli.run("backup", "--out", "all.backup")
    other = CommandLine(tmp_path / "restored")
    other.run("restore", "all.backup")
    assert other.json("apikey", "list") == cli.json("apikey", "list")


def test_a_key_made_while_the_app_is_open_opens_it_at_once(cli: CommandLine, app: RunningApp) -> None:
    key = cli.json("apikey", "create", "--role", "viewer")["key"]
    answer = httpx.get(f"{app.url}/api/runs", headers={"Authorization": f"Bearer {key}"}, timeout=30)
    assert answer.is_success


def test_what_went_wrong_is_the_same_sentence_and_exit_code(cli: CommandLine) -> None:
    ended = cli.run("run", "nothing", code=2)
    assert ended.stderr.startswith("There is no import nothing.")
    assert not ended.stdout


@pytest.mark.parametrize("command", ["pause", "stop"])
def test_what_is_not_under_way_is_not_said_to_be_halted(cli: CommandLine, command: str) -> None:
    assert cli.run(command, "nothing", code=2).stderr.startswith("There is no import nothing.")


def test_the_terminals_own_address_of_the_crm_holds(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBSPOT_BASE_URL", "http://127.0.0.1:9")
    words = ("connect", "hubspot", "--name", "Nowhere", "--token", "-")
    assert "127.0.0.1:9" in cli.run(*words, stdin="pat-na1-nowhere\n", code=2).stderr


def test_keys_of_the_terminal_are_not_taken_for_the_apps(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTSYNC_KEYS", Fernet.generate_key().decode())
    assert "already open on these data" in cli.run("secrets", "rotate", code=2).stderr


def test_a_command_goes_to_no_address_but_that_of_who_holds_the_data(app: RunningApp) -> None:
    stale = argparse.Namespace(command="runs")
    assert forward(Settings.from_env({"SMARTSYNC_DATA_DIR": str(app.data_dir)}), stale, "") is None


@pytest.mark.parametrize("body", ["no JSON", "[]", "7"])
def test_what_is_no_command_is_refused(app: RunningApp, body: str) -> None:
    headers = {"Authorization": f"Bearer {(app.data_dir / 'app.key').read_text()}"}
    answer = httpx.post(f"{app.url}/api/commands", content=body, headers=headers)
    assert answer.status_code == httpx.codes.BAD_REQUEST


def test_a_backup_is_not_restored_over_an_open_app(cli: CommandLine, tmp_path: Path) -> None:
    cli.run("backup", "--out", str(tmp_path / "all.backup"))
    assert "already open on these data" in cli.run("restore", str(tmp_path / "all.backup"), code=2).stderr


@pytest.mark.parametrize("key", ["", "guessed"])
def test_without_the_key_nobody_commands(app: RunningApp, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answer = httpx.post(f"{app.url}/api/commands", json={"command": "runs", "json": True}, headers=headers)
    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert (app.data_dir / "app.key").stat().st_mode & 0o777 == 0o600


def test_the_key_goes_with_the_app(tmp_path: Path) -> None:
    with RunningApp(tmp_path) as app:
        assert (app.data_dir / "app.key").exists()
    assert not (tmp_path / "app.key").exists()
    assert CommandLine(tmp_path).json("runs") == []


def test_the_app_closes_under_a_command_and_its_import_goes_on_at_the_next_start(
    tmp_path: Path, twin: TwinProcess
) -> None:
    cli, rows = CommandLine(tmp_path / "data"), 2_000
    file = tmp_path / "many.csv"
    file.write_text("Email\n" + "".join(f"p{number}@closing.example\n" for number in range(rows)))
    twin.control("PUT", "latency", {"ms": 300})
    try:
        with RunningApp(tmp_path / "data", {"HUBSPOT_BASE_URL": twin.url}) as app:
            cli.run("connect", "hubspot", "--name", "Main", "--token", "-", stdin=f"{twin.token}\n")
            before = twin.state()["contacts"]
            command = cli.start("sync", str(file), "--to", "Main", "--as", "contacts", "--yes")
            while twin.state()["contacts"] == before:
                assert command.poll() is None
                time.sleep(0.02)
            assert app.end() != -signal.SIGKILL
        _, said = command.communicate()
        assert command.returncode == 2
        assert "goes on at the next start" in said
        assert "Traceback" not in app.log()
    finally:
        twin.control("PUT", "latency", {"ms": 0})
    with RunningApp(tmp_path / "data", {"HUBSPOT_BASE_URL": twin.url}):
        (run,) = cli.json("runs")
        while (done := cli.json("run", run["run_id"], code=None))["state"] == "running":
            time.sleep(0.1)
    assert (done["state"], done["outcomes"]["created"]) == ("done", rows)
    assert twin.state()["contacts"] == before + rows
