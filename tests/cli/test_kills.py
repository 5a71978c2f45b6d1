"""kill −9 in the middle of a run, then `resume`: nothing lost, nothing doubled, created stays created."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import hubspot
import pytest

from benchmarks import set_in_motion
from tests.command_line import CommandLine
from tests.twin_process import TwinProcess

ROWS, COMPANIES = 1_000, 200


def write_leads(path: Path, rows: int = ROWS, companies: int = COMPANIES) -> str:
    lines = [f"p{n}@firm{n % companies}.example,First{n},Firm {n % companies}" for n in range(rows)]
    path.write_text("Email,First name,Company\n" + "\n".join(lines) + "\n")
    return str(path)


def everybody(twin: TwinProcess) -> Counter[str]:
    """How often each e-mail is in the CRM, by the vendor's own client."""
    client = hubspot.HubSpot(access_token=twin.token, host=twin.url)
    return Counter(
        contact.properties["email"] for contact in client.crm.contacts.get_all(properties=["email"])
    )


@pytest.mark.parametrize("with_fields", [True, False])
@pytest.mark.parametrize("seed", range(2))
def test_a_run_killed_twice_ends_as_if_nothing_had_happened(
    cli: CommandLine, twin: TwinProcess, tmp_path: Path, seed: int, with_fields: bool
) -> None:
    if with_fields:
        words = ("connect", "hubspot", "--name", "Twin", "--token", twin.token, "--base-url", twin.url)
        cli.run(*words, "--add-fields")
    preview = cli.json(
        "sync", write_leads(tmp_path / "leads.csv"), "--to", "Twin", "--as", "both", "--preview"
    )
    twin.control("PUT", "latency", {"ms": 60})
    chance = random.Random(seed)
    try:
        for _ in range(2):
            process = cli.start("resume", preview["run_id"], "--yes")
            before = sum(twin.calls().values())
            deadline = time.monotonic() + 20
            while sum(twin.calls().values()) < before + chance.randint(2, 14) and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(chance.random() / 10)
            process.kill()
            process.communicate()
    finally:
        twin.control("PUT", "latency", {"ms": 0})
    result = cli.json("resume", preview["run_id"], "--yes", code=None)
    assert result["state"] == "done"
    assert result["rows"] == ROWS == sum(result["outcomes"].values())
    assert result["predicted"] == preview["predicted"]
    found = everybody(twin)
    assert len(found) == ROWS
    assert set(found.values()) == {1}
    if with_fields:  # our key proves every lost answer
        assert result["outcomes"]["created"] == ROWS
        assert twin.state()["companies"] == COMPANIES == result["actions"]["companies"]["create"]


def test_an_import_that_was_under_way_goes_on_from_a_backup(
    cli: CommandLine, twin: TwinProcess, tmp_path: Path
) -> None:
    sheet = write_leads(tmp_path / "leads.csv", rows=300, companies=60)
    run_id = cli.json("sync", sheet, "--to", "Twin", "--as", "both", "--preview")["run_id"]
    twin.control("PUT", "latency", {"ms": 60})
    process = cli.start("resume", run_id, "--yes")
    while not twin.state()["companies"]:
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate()
    twin.control("PUT", "latency", {"ms": 0})
    cli.run("backup", "--out", str(tmp_path / "open.backup"))
    elsewhere = CommandLine(tmp_path / "elsewhere")
    elsewhere.run("restore", str(tmp_path / "open.backup"))
    (tmp_path / "elsewhere" / "keys").write_bytes(
        (Path(cli.settings["SMARTSYNC_DATA_DIR"]) / "keys").read_bytes()
    )
    (tmp_path / "elsewhere" / "keys").chmod(0o600)
    assert elsewhere.json("run", run_id, code=None)["state"] == "running"
    result = elsewhere.json("resume", run_id, "--yes", code=None)
    assert (result["state"], sum(result["outcomes"].values())) == ("done", 300)
    assert set(everybody(twin).values()) == {1}
    assert len(everybody(twin)) == 300


def test_tasks_and_deals_come_once_per_company_through_kills_and_a_second_upload(
    cli: CommandLine, twin: TwinProcess, tmp_path: Path
) -> None:
    set_in_motion.lay_out(cli, twin, companies=10)
    sheet = set_in_motion.write_sheet(tmp_path / "leads.csv", rows=40, companies=10)
    twin.control("PUT", "latency", {"ms": 60})
    try:
        for kills in (2, 0):
            set_in_motion.upload(cli, twin, sheet, kills)
            assert set_in_motion.off(twin, companies=10) == []
    finally:
        twin.control("PUT", "latency", {"ms": 0})
