"""`apikey`: made for a role, listed, revoked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import CommandLine


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "data")


def test_a_key_is_made_for_a_role_and_shown_once(cli: CommandLine) -> None:
    made = cli.json("apikey", "create", "--role", "operator", "--name", "Nightly load")
    assert made.keys() == {"id", "key", "role"}
    assert made["role"] == "operator"
    listed = cli.run("apikey", "list").stdout
    assert "Nightly load" in listed
    assert "never used" in listed
    assert made["key"] not in listed


def test_without_json_the_key_stands_on_a_line_of_its_own(cli: CommandLine) -> None:
    said = cli.run("apikey", "create", "--role", "viewer").stdout.splitlines()
    assert said[-1].startswith("ssk_")


def test_a_revoked_key_stays_on_the_list(cli: CommandLine) -> None:
    made = cli.json("apikey", "create", "--role", "admin")
    cli.run("apikey", "revoke", made["id"])
    (listed,) = cli.json("apikey", "list")
    assert listed["revoked_at"] is not None


def test_an_unknown_key_cannot_be_revoked(cli: CommandLine) -> None:
    said = cli.run("apikey", "revoke", "nothing", code=2).stderr
    assert said.strip() == "There is no API key nothing. `apikey list` names those there are."
