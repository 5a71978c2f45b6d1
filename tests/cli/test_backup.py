"""Everything into one file while it is used, and back."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.command_line import CommandLine


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "data")


def names(cli: CommandLine) -> list[str]:
    return [key["name"] for key in cli.json("apikey", "list")]


def test_what_is_restored_is_what_was_backed_up_and_what_was_there_is_kept(
    cli: CommandLine, tmp_path: Path
) -> None:
    cli.run("apikey", "create", "--role", "viewer", "--name", "before")
    cli.run("backup", "--out", str(tmp_path / "all.backup"))
    assert (tmp_path / "all.backup").stat().st_mode & 0o777 == 0o600
    cli.run("apikey", "create", "--role", "viewer", "--name", "after")
    said = cli.run("restore", str(tmp_path / "all.backup")).stdout
    assert names(cli) == ["before"]
    kept = said.strip().rpartition(" ")[2].rstrip(".")
    cli.run("restore", str(tmp_path / "data" / kept))
    assert names(cli) == ["before", "after"]


def test_a_backup_is_restored_where_nothing_was(cli: CommandLine, tmp_path: Path) -> None:
    cli.run("apikey", "create", "--role", "viewer", "--name", "moved")
    cli.run("backup", "--out", str(tmp_path / "all.backup"))
    elsewhere = CommandLine(tmp_path / "elsewhere")
    elsewhere.run("restore", str(tmp_path / "all.backup"))
    assert names(elsewhere) == ["moved"]


def test_no_key_is_in_a_backup(cli: CommandLine, tmp_path: Path) -> None:
    cli.run("apikey", "create", "--role", "viewer", "--name", "any")
    cli.run("backup", "--out", str(tmp_path / "all.backup"))
    (key,) = (tmp_path / "data" / "keys").read_bytes().split()
    assert key not in (tmp_path / "all.backup").read_bytes()


def test_what_is_no_backup_changes_nothing(cli: CommandLine, tmp_path: Path) -> None:
    cli.run("apikey", "create", "--role", "viewer", "--name", "stays")
    (tmp_path / "leads.csv").write_text("Email\na@b.example\n" * 999)
    for file in ("leads.csv", "nothing"):
        assert len(cli.run("restore", str(tmp_path / file), code=2).stderr.splitlines()) == 1
    assert names(cli) == ["stays"]


def test_a_backup_of_a_newer_version_changes_nothing(cli: CommandLine, tmp_path: Path) -> None:
    cli.run("apikey", "create", "--role", "viewer", "--name", "stays")
    cli.run("backup", "--out", str(tmp_path / "newer"))
    with duckdb.connect(str(tmp_path / "newer")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer SmartSync" in cli.run("restore", str(tmp_path / "newer"), code=2).stderr
    assert names(cli) == ["stays"]


def test_a_file_that_is_there_is_not_written_over(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    assert "is there already" in cli.run("backup", "--out", str(tmp_path / "mine"), code=2).stderr
    assert (tmp_path / "mine").read_text() == "kept"
