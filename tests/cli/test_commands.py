"""The command line: what it prints, how it ends, and what it says of bad input."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from smartsync_core.cli import main
from tests.command_line import CommandLine
from tests.twin_process import PROJECT, TwinProcess

LEADS = "Email,First name,Mood\nada@x.example,Ada,fine\nben@x.example,Ben,fine\n"
KEYS = {
    "run_id",
    "state",
    "rows",
    "outcomes",
    "partly_failed",
    "partly_blocked",
    "predicted",
    "actions",
    "proof",
    "calls",
    "duration_s",
    "reasons",
}
OUTCOMES = {"created", "updated", "unchanged", "skipped", "blocked", "failed", "not_sent", "in_doubt"}


@pytest.fixture
def leads(tmp_path: Path) -> str:
    path = tmp_path / "leads.csv"
    path.write_text(LEADS)
    return str(path)


def test_sync_prints_one_object_with_the_numbers_of_the_run(cli: CommandLine, leads: str) -> None:
    result = cli.json("sync", leads, "--to", "Twin", "--as", "contacts", "--yes")
    assert result.keys() >= KEYS
    assert set(result["outcomes"]) == set(result["predicted"]) == OUTCOMES
    assert result["state"] == "done"
    assert result["outcomes"]["created"] == result["rows"] == 2
    assert set(result["calls"]) == {"app", "search", "association"}
    assert {"row": None, "field": "Mood"}.items() <= result["reasons"][0].items()


def test_a_preview_is_stored_listed_shown_and_written_later(
    cli: CommandLine, leads: str, twin: TwinProcess
) -> None:
    preview = cli.json("sync", leads, "--to", "Twin", "--as", "contacts", "--preview")
    assert (preview["state"], twin.state()["contacts"]) == ("previewed", 0)
    listed = cli.json("runs")
    assert [run["run_id"] for run in listed] == [preview["run_id"]]
    assert listed[0].keys() >= {"run_id", "state", "rows", "outcomes", "started_at"}
    assert cli.json("run", preview["run_id"]) == preview
    written = cli.json("resume", preview["run_id"], "--yes")
    assert (written["state"], written["outcomes"]["created"]) == ("done", 2)
    assert cli.json("run", preview["run_id"]) == written


def test_the_list_says_where_each_import_went_what_became_of_it_and_whether_it_was_undone(
    cli: CommandLine, leads: str
) -> None:
    run_id = cli.json("sync", leads, "--to", "Twin", "--as", "contacts", "--yes")["run_id"]
    assert "→ Twin (2 created)" in cli.run("runs").stdout
    undo_id = cli.json("undo", run_id, "--yes")["run_id"]
    undo, done = cli.json("runs")
    assert (done["account"], done["outcomes"]["created"], done["undone"]) == ("Twin", 2, "Undone")
    assert (undo["run_id"], undo["undo_of"], undo["undone"]) == (undo_id, run_id, None)
    assert "(undone; 2 created)" in cli.run("runs").stdout


def test_the_command_line_can_be_told_to_only_create_or_only_update(
    cli: CommandLine, tmp_path: Path, twin: TwinProcess
) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("Email\na@x.example\n")
    two.write_text("Email,City\na@x.example,York\nb@x.example,Hull\n")
    words = ("--to", "Twin", "--as", "contacts", "--yes")
    assert cli.json("sync", str(one), *words, "--mode", "update-only")["outcomes"]["skipped"] == 1
    assert twin.state()["contacts"] == 0
    assert cli.json("sync", str(one), *words, "--mode", "create-only")["outcomes"]["created"] == 1
    outcomes = cli.json("sync", str(two), *words, "--mode", "update-only")["outcomes"]
    assert (outcomes["updated"], outcomes["skipped"]) == (1, 1)


def test_some_rows_that_need_a_person_end_with_1(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("Email\nada@x.example\nnobody\n")
    result = cli.json("sync", str(tmp_path / "bad.csv"), "--to", "Twin", "--as", "contacts", "--yes", code=1)
    assert result["outcomes"]["blocked"] == 1


def test_the_token_can_come_by_standard_input_and_is_never_printed(tmp_path: Path, twin: TwinProcess) -> None:
    line = CommandLine(tmp_path / "data")
    words = ("connect", "hubspot", "--name", "A", "--token", "-", "--base-url", twin.url, "--json")
    done = line.run(*words, stdin=f"{twin.token}\n")
    assert json.loads(done.stdout)["name"] == "A"
    assert twin.token not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("sync", "{leads}", "--to", "Nobody", "--as", "contacts", "--yes"), 'under the name "Nobody"'),
        (("sync", "{leads}", "--to", "Twin", "--as", "contacts"), "--preview"),
        (("sync", "missing.csv", "--to", "Twin", "--as", "contacts", "--yes"), "missing.csv"),
        (("sync", "{leads}", "--to", "Twin", "--as", "contacts", "--key", "Shoe", "--yes"), "“Shoe”"),
        (
            ("sync", "{leads}", "--to", "Twin", "--as", "contacts", "--map", "Mood=shoe_size", "--yes"),
            "shoe_size",
        ),
        (("sync", "{leads}", "--to", "Twin", "--as", "contacts", "--map", "Mod=city", "--yes"), "Mod"),
        (("sync", "{html}", "--to", "Twin", "--as", "contacts", "--yes"), "page.csv"),
        (("sync", "{empty}", "--to", "Twin", "--as", "contacts", "--yes"), "empty.csv"),
        (("sync", "{headers}", "--to", "Twin", "--as", "contacts", "--yes"), "headers.csv"),
        (("run", "nope"), "nope"),
        (("resume", "nope", "--yes"), "nope"),
        (("connect", "hubspot", "--name", "B", "--token", "wrong", "--base-url", "{url}"), "key"),
        (
            ("connect", "hubspot", "--name", "B", "--token", "pat-x", "--base-url", "http://127.0.0.1:9"),
            "127.0.0.1:9",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(
    cli: CommandLine, leads: str, tmp_path: Path, twin: TwinProcess, words: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "page.csv").write_text("<!doctype html><html><body>Sign in</body></html>")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "headers.csv").write_text("Email,First name\n")
    files = {
        name: str(tmp_path / f"{stem}.csv")
        for name, stem in (("html", "page"), ("empty", "empty"), ("headers", "headers"))
    }
    done = cli.run(*(word.format(leads=leads, url=twin.url, **files) for word in words), code=2)
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_while_another_process_holds_the_data_it_is_named(
    cli: CommandLine, leads: str, twin: TwinProcess
) -> None:
    twin.control("PUT", "latency", {"ms": 2000})
    before = twin.calls()
    busy = cli.start("sync", leads, "--to", "Twin", "--as", "contacts", "--yes")
    try:
        while twin.calls() == before and busy.poll() is None:
            time.sleep(0.05)
        assert str(busy.pid) in cli.run("runs", code=2).stderr
    finally:
        twin.control("PUT", "latency", {"ms": 0})
        busy.communicate(timeout=60)
    assert busy.returncode == 0


def test_the_exit_code_of_the_process_is_that_of_the_command(cli: CommandLine) -> None:
    process = cli.start("run", "nope")
    _, err = process.communicate(timeout=60)
    assert (process.returncode, len(err.strip().splitlines())) == (2, 1)


def test_a_dead_crm_is_said_and_nothing_is_lost(cli: CommandLine, leads: str, twin: TwinProcess) -> None:
    preview = cli.json("sync", leads, "--to", "Twin", "--as", "contacts", "--preview")
    cli.run("connect", "hubspot", "--name", "Twin", "--token", twin.token, "--base-url", twin.url)
    assert cli.json("run", preview["run_id"])["state"] == "previewed"


def test_steps_are_done_to_a_column_before_it_is_written(
    cli: CommandLine, tmp_path: Path, twin: TwinProcess
) -> None:
    (tmp_path / "sums.csv").write_text("Company,Domain,Revenue\nALDER FOODS,alder.example,£1.2m\n")
    words = ("sync", str(tmp_path / "sums.csv"), "--to", "Twin", "--as", "companies")
    steps = ("--step", "Company=proper_name", "--step", "Revenue=number", "--map", "Revenue=annualrevenue")
    assert cli.json(*words, *steps, "--yes")["outcomes"]["created"] == 1
    address = f"{twin.url}/crm/v3/objects/companies?properties=name,annualrevenue"
    record = httpx.get(address, headers=twin.headers).json()["results"][0]["properties"]
    assert (record["name"], record["annualrevenue"]) == ("Alder Foods", "1200000")


def test_a_step_that_cannot_be_read_ends_with_2_and_a_sentence(cli: CommandLine, leads: str) -> None:
    words = ("sync", leads, "--to", "Twin", "--as", "contacts", "--preview", "--step")
    assert "There is no step “shout”." in cli.run(*words, "Mood=shout", code=2).stderr
    assert "does not say what is done to a column" in cli.run(*words, "Mood", code=2).stderr


def test_the_row_of_the_column_names_can_be_said(cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "titled.csv"
    path.write_text("Leads,of May,2024\nEmail,First name,\nada@x.example,Ada,\n")
    preview = cli.json(
        "sync", str(path), "--to", "Twin", "--as", "contacts", "--header-row", "2", "--preview"
    )
    assert (preview["rows"], preview["predicted"]["created"]) == (1, 1)
    assert "Above the column names, and not imported: row 1." in [
        reason["message"] for reason in preview["reasons"]
    ]
    wrong = cli.run(
        "sync", str(path), "--to", "Twin", "--as", "contacts", "--header-row", "x", "--yes", code=2
    )
    assert "“x” is no row of column names" in wrong.stderr


def test_a_saved_recipe_imports_the_next_file_of_its_kind(cli: CommandLine, tmp_path: Path) -> None:
    first, second = tmp_path / "may.csv", tmp_path / "june.csv"
    first.write_text("Email,Who,Mood\nada@x.example,ada,fine\n")
    second.write_text("WHO,E-mail,Mood\nben,ben@x.example,fine\n")
    options = ("--map", "Who=firstname", "--step", "Who=proper_name", "--save-recipe", "Fair", "--yes")
    cli.json("sync", str(first), "--to", "Twin", "--as", "contacts", *options)
    again = cli.json("sync", str(second), "--to", "Twin", "--recipe", "Fair", "--yes")
    assert again["outcomes"]["created"] == 1
    assert [one["message"] for one in again["reasons"]] == ["The recipe “Fair” leaves it out."]


def test_columns_that_drifted_from_a_recipe_end_with_2_and_other_numbers_of_rows_are_said(
    cli: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("Email,Who\nada@x.example,ada\n")
    cli.json("sync", str(path), "--to", "Twin", "--as", "contacts", "--preview", "--save-recipe", "Fair")
    path.write_text("Email,Mood\nada@x.example,fine\n")
    words = ("sync", str(path), "--to", "Twin", "--recipe", "Fair", "--preview")
    told = cli.run(*words, code=2).stderr
    assert "It has no column “Who”, which the recipe knows." in told
    assert "It has a column “Mood” that the recipe does not know." in told
    path.write_text("Email,Who\n" + "".join(f"p{number}@x.example,p\n" for number in range(9)))
    assert "It has 9 rows; the last one had 1." in [one["message"] for one in cli.json(*words)["reasons"]]


def test_a_recipe_that_is_unknown_or_not_alone_is_said(cli: CommandLine, leads: str) -> None:
    words = ("sync", leads, "--to", "Twin", "--preview")
    assert "has no recipe “Nothing”" in cli.run(*words, "--recipe", "Nothing", code=2).stderr
    alone = cli.run(*words, "--recipe", "Nothing", "--map", "Mood=", code=2).stderr
    assert "Leave out --key, --map and --step" in alone
    assert "Add --as" in cli.run(*words, code=2).stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("sync", "leads.csv", "--policy", "guess"), "Argument --policy: invalid choice: 'guess'"),
        (
            ("companies", "RUN", "--is", "Alder Works"),
            "Argument --is: “Alder Works” is not a name and a record with = between.",
        ),
        (("runs", "--jsn"), "Unrecognized arguments: --jsn."),
        (("sync", "leads.csv"), "The following arguments are required: --to."),
    ],
)
def test_a_wrong_option_is_one_sentence_and_not_the_usage(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith(says)
    assert said.endswith("--help` lists what can be said.\n")
    assert len(said.splitlines()) == 1


def test_resuming_what_is_finished_says_so(cli: CommandLine, leads: str) -> None:
    done = cli.json("sync", leads, "--to", "Twin", "--as", "contacts", "--yes")
    again = cli.run("resume", done["run_id"], "--yes", code=None)
    assert again.stderr == f"Import {done['run_id']} is finished already: nothing was resumed.\n"


def test_times_are_told_by_the_clock_of_this_computer(
    cli: CommandLine, leads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        told = cli.run("sync", leads, "--to", "Twin", "--as", "contacts", "--yes").stdout
    at = datetime.fromisoformat(cli.json("runs")[1]["started_at"])
    assert "UTC" not in told
    assert f"was imported before: {at.astimezone():%Y-%m-%d %H:%M}, import" in told


def test_a_reader_that_has_seen_enough_is_no_error(cli: CommandLine) -> None:
    with cli.start("score", "card", "show") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 141


def test_typed_outside_the_environment_it_says_how_to_switch_it_on() -> None:
    bare = [sys.executable, "-S", "-m", "smartsync_core", "runs"]  # a Python without what was installed
    ended = subprocess.run(bare, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "source .venv/bin/activate" in ended.stderr
    assert "Traceback" not in ended.stderr
