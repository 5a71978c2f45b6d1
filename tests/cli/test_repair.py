"""`errors`, `retry`, `companies`, `stop`, `pause`, `--first` and `--max-calls`."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_kills import everybody, write_leads
from tests.command_line import CommandLine
from tests.twin_process import CLIENT, TwinProcess

LEADS = "Email,First name\nada@x.example,Ada\nnobody,Ben\n\nnobody else,Cleo\n"


def connect(twin: TwinProcess) -> tuple[str, ...]:
    return ("connect", "hubspot", "--name", "Twin", "--token", twin.token, "--base-url", twin.url)


def correct(path: Path, **cells: str) -> None:
    """As a person in an editor would."""
    text = path.read_text(encoding="utf-8-sig")
    for wrong, right in cells.items():
        text = text.replace(f"{wrong.replace('_', ' ')},", f"{right},", 1)
    path.write_text(text, encoding="utf-8-sig")


# Correcting


@pytest.fixture(scope="module")
def broken(
    running_twin: TwinProcess, tmp_path_factory: pytest.TempPathFactory
) -> tuple[CommandLine, str, Path]:
    """An import of which row 2 landed, and rows 3 and 5 need a person; and the folder of its file. Only to be looked at."""
    running_twin.control("POST", "reset")
    folder = tmp_path_factory.mktemp("broken")
    (folder / "leads.csv").write_text(LEADS)
    line = CommandLine(folder / "data")
    line.run(*connect(running_twin))
    words = ("sync", str(folder / "leads.csv"), "--to", "Twin", "--as", "contacts", "--yes")
    done = line.json(*words, code=1)
    assert (done["outcomes"]["created"], done["outcomes"]["blocked"]) == (1, 2)
    return line, done["run_id"], folder


def test_rows_are_corrected_in_the_error_file_and_sent_until_none_is_left(
    cli: CommandLine, twin: TwinProcess, tmp_path: Path
) -> None:
    (tmp_path / "leads.csv").write_text(LEADS)
    words = ("sync", str(tmp_path / "leads.csv"), "--to", "Twin", "--as", "contacts", "--yes")
    first = cli.json(*words, code=1)
    run_id, out = first["run_id"], tmp_path / "errors.csv"
    told = cli.json("errors", run_id, "--out", str(out))
    assert told == {"run_id": run_id, "file": str(out), "rows": 2}
    correct(out, nobody="ben@x.example")
    half = cli.json("retry", run_id, "--edits", str(out), code=1)
    assert (half["outcomes"]["created"], half["outcomes"]["blocked"]) == (2, 1)
    assert cli.json("errors", run_id, "--out", str(out))["rows"] == 1
    correct(out, nobody_else="cleo@x.example")
    whole = cli.json("retry", run_id, "--edits", str(out))
    assert whole["outcomes"]["created"] == whole["rows"] == 3
    assert whole["predicted"] == first["predicted"]
    assert whole["actions"]["contacts"]["create"] == twin.state()["contacts"] == 3
    again = cli.run("retry", run_id, "--edits", str(out))
    assert "none of them needs you" in again.stderr
    assert cli.json("errors", run_id, "--out", str(out))["rows"] == 0


def test_without_corrections_all_open_rows_are_tried_again(
    broken: tuple[CommandLine, str, Path],
) -> None:
    cli, run_id, _ = broken
    before = cli.json("run", run_id, code=1)
    assert cli.json("retry", run_id, code=1)["outcomes"] == before["outcomes"]


def test_companies_known_by_name_alone_are_listed_and_settled(
    cli: CommandLine, twin: TwinProcess, tmp_path: Path
) -> None:
    body = {"properties": {"name": "Alder Works", "domain": "alder-works.example"}}
    answer = CLIENT.post(f"{twin.url}/crm/v3/objects/companies", json=body, headers=twin.headers)
    alder = str(answer.raise_for_status().json()["id"])
    (tmp_path / "people.csv").write_text("Email,Company\nada@gmail.com,Alder Works\n")
    words = ("sync", str(tmp_path / "people.csv"), "--to", "Twin", "--as", "both", "--preview")
    first = cli.json(*words, code=1)["run_id"]
    listed = cli.run("companies", first).stdout
    assert listed == (
        f"Alder Works (rows 2)\n  --is 'Alder Works={alder}'   Alder Works · alder-works.example\n"
        "  --new 'Alder Works'\n"
    )
    by_it = cli.json("companies", first, "--is", f"Alder Works={alder}")
    assert (by_it["state"], by_it["predicted"]["created"]) == ("previewed", 1)
    assert cli.run("companies", by_it["run_id"]).stdout == (
        f"Alder Works (rows 2): you said that it is record {alder}\n  --ask-again 'Alder Works'\n"
    )
    anew = cli.json("companies", by_it["run_id"], "--ask-again", "Alder Works", code=1)["run_id"]
    (asked,) = cli.json("companies", anew)
    assert (asked["answer"], asked["said"], list(asked["records"])) == (None, False, [alder])
    by_it = cli.json("companies", anew, "--is", f"Alder Works={alder}")
    assert cli.json("resume", by_it["run_id"], "--yes")["actions"]["contacts"]["link"] == 1


def test_a_word_on_a_written_import_sends_the_rows_of_its_company_again(
    cli: CommandLine, twin: TwinProcess, tmp_path: Path
) -> None:
    body = {"properties": {"name": "Alder Works"}}
    CLIENT.post(f"{twin.url}/crm/v3/objects/companies", json=body, headers=twin.headers).raise_for_status()
    (tmp_path / "people.csv").write_text("Email,Company\nada@gmail.com,Alder Works\n")
    words = ("sync", str(tmp_path / "people.csv"), "--to", "Twin", "--as", "both", "--yes")
    run_id = cli.json(*words, code=1)["run_id"]
    done = cli.json("companies", run_id, "--new", "Alder Works")
    assert (done["run_id"], done["actions"]["companies"]["create"]) == (run_id, 1)
    assert twin.state()["companies"] == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("companies", "nope"), "nope"),
        (("companies", "{id}", "--new", "Alder Works"), "No company of that name waits"),
        (
            ("companies", "{id}", "--ask-again", "Alder Works"),
            "No word on a company of that name can be taken back",
        ),
        (("retry", "nope"), "nope"),
        (("errors", "nope", "--out", "{folder}/e.csv"), "nope"),
        (("stop", "nope"), "nope"),
        (("pause", "nope"), "nope"),
        (("stop", "{id}"), "nothing to stop"),
        (("errors", "{id}", "--out", "{folder}/e.pdf"), "neither a CSV file nor an Excel file"),
        (("errors", "{id}", "--out", "{folder}/no/such/folder/e.csv"), "cannot be written"),
        (("retry", "{id}", "--edits", "{folder}/leads.csv"), "no column “row”"),
        (("retry", "{id}", "--edits", "{folder}/missing.csv"), "missing.csv"),
        (("retry", "{id}", "--edits", "{folder}/words.csv"), "says “three”"),
        (("retry", "{id}", "--edits", "{folder}/far.csv"), "no row 99"),
        (("retry", "{id}", "--edits", "{folder}/twice.csv"), "two lines for row 3"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(
    broken: tuple[CommandLine, str, Path], words: tuple[str, ...], sentence: str
) -> None:
    cli, run_id, folder = broken
    (folder / "words.csv").write_text("Email,row\na@x.example,three\n")
    (folder / "far.csv").write_text("Email,row\na@x.example,99\n")
    (folder / "twice.csv").write_text("Email,row\na@x.example,3\nb@x.example,3\n")
    done = cli.run(*(word.format(id=run_id, folder=folder) for word in words), code=2)
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


# Pause and stop


def test_the_first_rows_are_written_then_it_pauses_and_goes_on(
    cli: CommandLine, twin: TwinProcess, tmp_path: Path
) -> None:
    leads = write_leads(tmp_path / "leads.csv", rows=30, companies=3)
    words = ("sync", leads, "--to", "Twin", "--as", "both", "--yes")
    part = cli.json(*words, "--first", "10")
    assert (part["state"], part["outcomes"]["created"], part["outcomes"]["not_sent"]) == ("paused", 10, 20)
    assert twin.state()["contacts"] == 10
    whole = cli.json("resume", part["run_id"], "--yes")
    assert (whole["state"], whole["outcomes"]["created"]) == ("done", 30)


def test_a_cap_on_calls_pauses_before_it_is_passed(
    cli: CommandLine, twin: TwinProcess, tmp_path: Path
) -> None:
    leads = write_leads(tmp_path / "leads.csv", rows=30, companies=3)
    before = sum(twin.calls().values())
    words = ("sync", leads, "--to", "Twin", "--as", "both", "--yes", "--max-calls", "9")
    capped = cli.json(*words, code=1)
    assert (capped["state"], capped["message"]) == ("paused", "The cap of 9 calls is reached.")
    assert sum(twin.calls().values()) - before == sum(capped["calls"].values()) <= 9
    whole = cli.json("resume", capped["run_id"], "--yes")
    assert (whole["state"], whole["outcomes"]["created"]) == ("done", 30)


@pytest.mark.slow
def test_a_run_of_another_process_is_asked_to_stop_and_goes_on_later(
    cli: CommandLine, twin: TwinProcess, tmp_path: Path
) -> None:
    leads = write_leads(tmp_path / "leads.csv", rows=1_000, companies=20)
    preview = cli.json("sync", leads, "--to", "Twin", "--as", "both", "--preview")
    twin.control("PUT", "latency", {"ms": 250})
    busy = cli.start("resume", preview["run_id"], "--yes", "--json")
    try:
        until(lambda: twin.state()["companies"] > 0)
        asked = cli.run("stop", preview["run_id"])
        assert "another process" in asked.stdout.lower()
        out, _ = busy.communicate(timeout=120)
    finally:
        twin.control("PUT", "latency", {"ms": 0})
        busy.kill()
    halted = json.loads(out)
    assert halted["state"] == "stopped"
    assert halted["rows"] == sum(halted["outcomes"].values())
    assert halted["outcomes"]["created"] == twin.state()["contacts"] < 1_000
    whole = cli.json("resume", preview["run_id"], "--yes")
    assert (whole["state"], whole["outcomes"]["created"]) == ("done", 1_000)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


# Kills


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_a_repair_that_was_killed_goes_on_by_itself_and_makes_nobody_twice(
    cli: CommandLine, twin: TwinProcess, tmp_path: Path, seed: int
) -> None:
    cli.run(*connect(twin), "--add-fields")
    rows = [f"p{n}@x.example,Good {n}\n" for n in range(100)] + [f"p{n},Bad {n}\n" for n in range(100, 300)]
    (tmp_path / "leads.csv").write_text("Email,First name\n" + "".join(rows))
    words = ("sync", str(tmp_path / "leads.csv"), "--to", "Twin", "--as", "contacts", "--yes")
    first = cli.json(*words, code=1)
    edits = tmp_path / "edits.csv"
    edits.write_text("row,Email\n" + "".join(f"{n + 2},p{n}@x.example\n" for n in range(100, 300)))
    twin.control("PUT", "latency", {"ms": 60})
    chance, before = random.Random(seed), sum(twin.calls().values())
    process = cli.start("retry", first["run_id"], "--edits", str(edits))
    try:
        until(lambda: sum(twin.calls().values()) >= before + chance.randint(1, 9))
        time.sleep(chance.random() / 5)
    finally:
        process.kill()
        process.communicate()
        twin.control("PUT", "latency", {"ms": 0})
    whole: dict[str, Any] = cli.json("retry", first["run_id"], "--edits", str(edits))
    assert (whole["state"], whole["outcomes"]["created"]) == ("done", 300)
    assert whole["predicted"] == first["predicted"]
    found = everybody(twin)
    assert (len(found), set(found.values())) == (300, {1})
    assert whole["actions"]["contacts"]["create"] == 300
