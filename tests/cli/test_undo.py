"""Taking an import back from the command line, also when its process is killed on the way."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import hubspot
import pytest

from tests.cli.test_kills import write_leads
from tests.command_line import CommandLine
from tests.twin_process import TwinProcess

ROWS, COMPANIES, KNOWN = 600, 120, 100


def contacts(twin: TwinProcess) -> dict[str, dict[str, str]]:
    """Every live contact by e-mail, through the vendor's own client."""
    client = hubspot.HubSpot(access_token=twin.token, host=twin.url)
    found = client.crm.contacts.get_all(properties=["email", "firstname", "city"])
    names = ("email", "firstname", "city")
    return {one.properties["email"]: {name: one.properties.get(name) for name in names} for one in found}


def known_ones(twin: TwinProcess) -> dict[str, dict[str, str]]:
    lines = [
        {"object": "contacts", "properties": {"email": f"p{n}@firm{n % COMPANIES}.example", "city": "Hull"}}
        for n in range(KNOWN)
    ]
    twin.control("PUT", "records", {"lines": lines})
    return contacts(twin)


def imported(cli: CommandLine, tmp_path: Path) -> str:
    file = write_leads(tmp_path / "leads.csv", ROWS, COMPANIES)
    return str(
        cli.json("sync", file, "--to", "Twin", "--as", "both", "--policy", "overwrite", "--yes")["run_id"]
    )


def killed(cli: CommandLine, twin: TwinProcess, chance: random.Random, calls: int, *words: str) -> None:
    """Start a command, and kill it after it has made about so many calls."""
    process = cli.start(*words)
    before, after = sum(twin.calls().values()), chance.randint(1, calls)
    deadline = time.monotonic() + 30
    while (
        sum(twin.calls().values()) < before + after and time.monotonic() < deadline and process.poll() is None
    ):
        time.sleep(0.01)
    time.sleep(chance.random() / 10)
    process.kill()
    process.communicate()


def undos(cli: CommandLine) -> list[dict[str, Any]]:
    return [run for run in cli.json("runs") if run["kind"] == "undo"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_an_undo_that_is_killed_goes_on_and_everything_is_as_before(
    cli: CommandLine, twin: TwinProcess, tmp_path: Path, seed: int
) -> None:
    before = known_ones(twin)
    run_id = imported(cli, tmp_path)
    assert len(contacts(twin)) == ROWS
    twin.control("PUT", "latency", {"ms": 60})
    chance = random.Random(seed)
    try:
        killed(cli, twin, chance, 20, "undo", run_id, "--preview")
        cli.run("check", run_id)  # what was open is finished first
        if not undos(cli):  # killed before it was on record
            cli.run("undo", run_id, "--preview")
        undo_id = undos(cli)[0]["run_id"]
        planned = cli.json("run", undo_id)
        assert planned["predicted"]["updated"] == ROWS
        for _ in range(2):
            killed(cli, twin, chance, 40, "resume", undo_id, "--yes")
    finally:
        twin.control("PUT", "latency", {"ms": 0})
    result = cli.json("resume", undo_id, "--yes")
    assert (result["state"], result["outcomes"]["updated"]) == ("done", ROWS)
    assert result["predicted"] == planned["predicted"]
    assert result["proof"] == {"checked": ROWS + COMPANIES, "changed": 0, "missing": 0}
    assert contacts(twin) == before
    assert twin.state()["companies"] == 0
    with_fields = (
        "sync",
        str(tmp_path / "leads.csv"),
        "--to",
        "Twin",
        "--as",
        "both",
        "--policy",
        "overwrite",
    )
    again = cli.json(*with_fields, "--yes")
    assert (again["outcomes"]["created"], again["outcomes"]["updated"]) == (ROWS - KNOWN, KNOWN)


def test_a_preview_a_part_and_what_is_left(cli: CommandLine, twin: TwinProcess, tmp_path: Path) -> None:
    run_id = cli.json(
        "sync", write_leads(tmp_path / "leads.csv", 6, 3), "--to", "Twin", "--as", "both", "--yes"
    )["run_id"]
    planned = cli.json("undo", run_id, "--preview", "--rows", "2, 3")
    assert (planned["kind"], planned["undo_of"], planned["state"]) == ("undo", run_id, "previewed")
    assert (planned["rows"], twin.state()["contacts"]) == (2, 6)
    result = cli.json("undo", run_id, "--rows", "2,3", "--yes")
    assert (result["outcomes"]["updated"], twin.state()["contacts"]) == (2, 4)
    checked = cli.json("check", run_id)
    assert (checked["gone"], checked["changed"], checked["taken_back"]) == (0, 0, 2)
    assert cli.json("undo", run_id, "--only", "created", "--yes")["rows"] == 4
    assert (twin.state()["contacts"], twin.state()["companies"]) == (0, 0)
    assert [run["undo_of"] for run in undos(cli)] == [run_id] * 3


def test_what_people_keep_is_no_failure(cli: CommandLine, twin: TwinProcess, tmp_path: Path) -> None:
    run_id = cli.json(
        "sync", write_leads(tmp_path / "leads.csv", 3, 3), "--to", "Twin", "--as", "contacts", "--yes"
    )["run_id"]
    client = hubspot.HubSpot(access_token=twin.token, host=twin.url)
    one = client.crm.contacts.get_all()[0].id
    client.crm.contacts.basic_api.update(one, {"properties": {"city": "York"}})
    result = cli.json("undo", run_id, "--yes", code=0)
    assert (result["outcomes"]["updated"], result["outcomes"]["skipped"]) == (2, 1)
    assert [reason["code"] for reason in result["reasons"] if reason["row"]] == ["filled_since"]


def test_nothing_can_be_done_without_an_answer_a_run_or_something_to_take_back(
    cli: CommandLine, tmp_path: Path
) -> None:
    run_id = cli.json(
        "sync", write_leads(tmp_path / "leads.csv", 3, 3), "--to", "Twin", "--as", "contacts", "--yes"
    )["run_id"]
    assert "Nobody is there" in cli.run("undo", run_id, code=2).stderr
    assert "no import" in cli.run("undo", "nowhere", "--yes", code=2).stderr
    assert "no line of the file" in cli.run("undo", run_id, "--rows", "two", "--yes", code=2).stderr
    undo_id = cli.json("undo", run_id, "--yes")["run_id"]
    assert "taken back already" in cli.run("undo", run_id, "--yes", code=2).stderr
    assert "itself an undo" in cli.run("undo", undo_id, "--yes", code=2).stderr
