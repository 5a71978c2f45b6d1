"""`enrich` and `score`, with the stand-in for the register. Websites fail: their guard refuses this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import CommandLine
from tests.scoring.test_backtest import history
from tests.twin_process import TwinProcess, start_research_twin

ACME, LIQUIDATED, NOBODY = "07123456", "08000001", "09999999"
ICP = (
    "icp:\n  industry: {primary: [Software]}\n  employees: {core: [[50, 500]]}\n  country: {covered: [GB]}\n"
)


@pytest.fixture(scope="module")
def register() -> Iterator[str]:
    with start_research_twin() as twin:
        yield f"{twin.url}/companies-house"


@pytest.fixture
def cli(tmp_path: Path, register: str) -> CommandLine:
    line = CommandLine(tmp_path / "data")
    line.settings |= {"COMPANIES_HOUSE_KEY": "key", "RESEARCH_BASE_URLS": f"companies_house={register}"}
    return line


@pytest.fixture
def icp(tmp_path: Path) -> Path:
    path = tmp_path / "icp.yaml"
    path.write_text(ICP, encoding="utf-8")
    return path


@pytest.fixture
def sheet(cli: CommandLine, twin: TwinProcess, tmp_path: Path) -> CommandLine:
    """A file with Acme in it was written."""
    cli.run("connect", "hubspot", "--name", "Twin", "--token", twin.token, "--base-url", twin.url)
    leads = written(
        tmp_path / "leads.csv",
        "First name,Last name,Email,Job title,Company,Website,Postcode,Employees,Revenue,Country\n"
        "Ada,Byron,ada@acme.example,Chief Technology Officer,Acme Robotics Ltd,acme.example,N1 1AA,120,£12m,UK\n",
    )
    cli.run(
        "sync",
        leads,
        "--to",
        "Twin",
        "--as",
        "both",
        "--map",
        "Postcode=companies.zip",
        "--map",
        "Country=companies.country",
        "--yes",
        code=None,
    )
    return cli


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_company_is_told_with_its_points_and_the_card_they_were_given_by(cli: CommandLine) -> None:
    said = cli.run("enrich", ACME).stdout
    assert "Lead score: none. Not enough known: how well it fits is open." in said
    assert "Computed by the score card standard 1." in said
    assert "    +15  Last accounts: Full" in said
    assert "  companies_house: found" in said


def test_a_first_answer_names_who_is_still_being_asked_and_the_whole_follows(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartsync_core.cli.research.AT_ONCE_S", 0.0)
    early, _, whole = cli.run("enrich", ACME).stdout.partition("The whole follows.")
    assert "  companies_house: being asked" in early
    assert "Still being asked: ashby, companies_house" in early
    assert "  companies_house: found" in whole
    assert "Still being asked" not in whole


def test_an_llm_that_the_environment_names_phrases_the_summary(cli: CommandLine, register: str) -> None:
    base = register.removesuffix("/companies-house")
    cli.settings |= {"LLM_MODEL": "stand-in", "LLM_BASE_URL": f"{base}/llm/needs-key/v1"}
    cli.settings |= {"LLM_API_KEY": "sk-right-key-0000000000", "LLM_PRICES": "0.15 0.60 EUR"}
    said = cli.run("enrich", ACME)
    assert "Phrased by stand-in; 460 tokens, 0.000096 EUR." in said.stdout
    found = cli.json("enrich", ACME)
    assert (found["told"]["by"], found["told"]["dropped"], found["pending"]) == ("stand-in", 0, [])
    assert "right-key" not in said.stdout + said.stderr
    cli.settings["LLM_TOKENS_DAY"] = "500"
    assert "budget for today does not allow it" in cli.run("enrich", LIQUIDATED).stdout


def test_once_the_card_says_whom_you_sell_to_fit_is_known(cli: CommandLine, icp: Path) -> None:
    assert cli.json("enrich", ACME)["score"]["overall"] is None
    cli.run("score", "card", "use", str(icp))
    found = cli.json("enrich", ACME)["score"]
    assert found["card"] == "standard 2"
    assert found["overall"] == 78  # fit 50 + 20 + 10, financial 50 + 15 + 8
    assert cli.json("enrich", NOBODY)["score"]["overall"] is None


def test_a_strong_lead_that_nobody_has_touched_reaches_85(sheet: CommandLine, icp: Path) -> None:
    sheet.run("score", "card", "use", str(icp))
    found = sheet.json("enrich", "acme.example")
    states = {source["name"]: source["state"] for source in found["sources"]}
    assert (states["sheet"], states["crm"], states["companies_house"]) == ("found", "none", "found")
    assert found["score"]["overall"] >= 85
    assert found["score"]["grid"] == "A–"
    by_number = sheet.json("enrich", ACME)  # name and postcode of the row tie the two
    assert (by_number["company"], by_number["score"]["overall"]) == (
        "domain:acme.example",
        found["score"]["overall"],
    )
    assert [one["same"] for one in sheet.json("score", "replay", found["id"])] == [True]


def test_a_company_of_which_nothing_is_known_gets_no_score(sheet: CommandLine, icp: Path) -> None:
    sheet.run("score", "card", "use", str(icp))
    found = sheet.json("enrich", "nobody.example")
    assert (found["score"]["overall"], found["score"]["known_checks"], found["evidence"]) == (None, 0, [])


def test_scores_of_every_card_are_computed_again_to_the_byte(cli: CommandLine, icp: Path) -> None:
    first = cli.json("enrich", ACME)["id"]
    cli.run("score", "card", "use", str(icp))
    second = cli.json("enrich", ACME)["id"]
    assert [(one["id"], one["same"]) for one in cli.json("score", "replay")] == [
        (first, True),
        (second, True),
    ]
    assert "1 of 1 scores are the same to the byte." in cli.run("score", "replay", second).stdout


def test_a_preview_says_what_would_change_and_changes_nothing(cli: CommandLine, icp: Path) -> None:
    cli.run("enrich", ACME)
    said = cli.run("score", "card", "use", str(icp), "--preview").stdout
    assert said.splitlines()[0] == (
        "Scores would go by the score card standard 2 from now on. "
        "1 company rises to 70 or above, 0 fall below; 1 of 1 change."
    )
    assert cli.json("score", "card", "show")["card"] == "standard 1"


def test_the_card_in_use_can_be_printed_edited_and_used(cli: CommandLine, tmp_path: Path) -> None:
    text = cli.run("score", "card", "show").stdout
    edited = written(
        tmp_path / "card.yaml", text.replace("version: 1", "version: 2").replace("target: 70", "target: 80")
    )
    used = cli.json("score", "card", "use", edited)
    assert (used["card"], used["used"]) == ("standard 2", True)
    shown = cli.json("score", "card", "show")
    assert (shown["card"], shown["used_by"]) == ("standard 2", "local")
    assert "target: 80" in shown["text"]


def test_what_the_card_in_use_says_already_makes_no_version(cli: CommandLine, icp: Path) -> None:
    cli.run("score", "card", "use", str(icp))
    said = cli.run("score", "card", "use", str(icp)).stdout
    assert said.strip() == "The score card standard 2 is in use and says the same."
    assert cli.json("score", "card", "show")["card"] == "standard 2"


def test_one_version_never_says_two_things(cli: CommandLine, icp: Path, tmp_path: Path) -> None:
    cli.run("score", "card", "use", str(icp))
    other = written(tmp_path / "other.yaml", "{version: 2, target: 80}")
    said = cli.run("score", "card", "use", other, code=2).stderr
    assert said.strip() == (
        "There is a score card standard 2 already, and this one says something else. "
        "Write version: 3, or leave the version out."
    )


def test_a_country_is_named_by_its_code(cli: CommandLine, tmp_path: Path) -> None:
    wrong = written(tmp_path / "wrong.yaml", "icp: {country: {covered: [UK, Narnia]}}")
    said = cli.run("score", "card", "use", wrong, code=2).stderr
    assert "at icp.country.covered: “UK” is not a two-letter country code; write GB." in said
    assert "“Narnia” is not a two-letter country code." in said
    assert cli.json("score", "card", "show")["card"] == "standard 1"


def test_a_file_that_is_no_text_or_not_there_is_said_so(cli: CommandLine, tmp_path: Path) -> None:
    picture = tmp_path / "card.png"
    picture.write_bytes(b"\x89PNG\r\n")
    assert "is not a text in UTF-8." in cli.run("score", "card", "use", str(picture), code=2).stderr
    gone = tmp_path / "gone.yaml"
    assert f"{gone} cannot be opened" in cli.run("score", "card", "use", str(gone), code=2).stderr


def test_a_past_day_is_scored_from_what_was_known_then(cli: CommandLine) -> None:
    cli.run("enrich", LIQUIDATED)
    assert (
        "Nothing is known of this company yet."
        in cli.run("enrich", LIQUIDATED, "--as-of", "2020-01-01").stdout
    )
    said = cli.run("enrich", LIQUIDATED, "--as-of", "yesterday", code=2).stderr
    assert said.strip() == "yesterday is not a day. Write it like 2026-11-23."


def test_a_score_that_is_not_there_is_said_so(cli: CommandLine) -> None:
    assert "There is no score nothing." in cli.run("score", "replay", "nothing", code=2).stderr


def test_a_back_test_proposes_points_and_changes_nothing(cli: CommandLine, tmp_path: Path) -> None:
    deals = history()
    lines = ["Deal,Outcome,Closed,Industry,Employees,Lost because"]
    for number, (won, day) in enumerate(zip(deals.won, deals.days, strict=True)):
        industry, people = deals.columns["Industry"][number], deals.columns["Employees"][number]
        why = "" if won else f"Reason {number % 3}"
        lines.append(f"D{number},{'Won' if won else 'Lost'},{day},{industry},{people or ''},{why}")
    file = tmp_path / "deals.csv"
    file.write_text("\n".join([*lines, "D9999,Open,2025-01-01,Retail,5,"]) + "\n")
    before = cli.json("score", "card", "show")
    words = ("backtest", str(file), "--outcome", "outcome", "--time", "Closed")
    found = cli.json(*words)
    assert found["verdict"] == "proposal"
    assert found["left_out"] == {"neither won nor lost": 1}
    assert list(found["leaking"]) == ["Lost because"]
    assert "Deal" in found["passed_over"]
    assert found["measures"]["auc"]["low"] > 0.5
    assert {one["column"] for one in found["proposal"]} == {"Industry", "Employees"}
    told = cli.run(*words).stdout
    assert "These points are a proposal: nothing was changed." in told
    assert "“Lost because” alone tells won from lost" in told
    assert cli.json("score", "card", "show") == before


def test_a_back_test_of_a_few_deals_is_refused(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "few.csv"
    file.write_text("Outcome,Closed,Industry\nwon,2025-01-01,Retail\nlost,2025-02-01,Mining\n")
    words = ("backtest", str(file), "--outcome", "Outcome", "--time", "Closed")
    assert cli.run(*words, code=1).stdout.splitlines()[-1].startswith("2 closed deals, 1 of the rarer kind")
    wrong = cli.run("backtest", str(file), "--outcome", "Result", "--time", "Closed", code=2)
    assert "no column “Result”" in wrong.stderr
