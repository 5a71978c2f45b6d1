"""The Companies page: looking one up, its score with the evidence behind every point, asking again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event
from time import sleep

import pytest
from streamlit.testing.v1 import AppTest

from smartsync_core.enrichment.llm.server import Server
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.enrich import completed, enrich, known
from smartsync_core.orchestrator.score_cards import use_card
from smartsync_core.settings import Settings
from tests.research_places import HERE, places_on
from tests.screens.conftest import Open, Person, all_texts
from tests.twin_process import start_research_twin

ICP = "icp: {industry: {primary: [Software]}, employees: {core: [[50, 500]]}, country: {covered: [GB]}}"
LEADS = """First name,Last name,Email,Job title,Company,Website,ZIP,Revenue,Industry
Ada,Byron,ada@acme.example,Chief Technology Officer,Acme Robotics Ltd,acme.example,N1 1AA,£12m,
"""


@pytest.fixture(scope="module")
def stand_in() -> Iterator[str]:
    with start_research_twin() as twin:
        yield twin.url


@pytest.fixture
def places(ctx: Context, stand_in: str) -> Context:
    """Every website, the register and the boards are the stand-in."""
    ctx.places = places_on(stand_in)
    return ctx


def metrics(at: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in at.metric}


def test_before_the_first_one_it_says_so(ctx: Context, open_page: Open) -> None:
    at = open_page("companies.py")
    assert "No company was looked up yet." in all_texts(at)
    assert not at.exception


def test_a_company_is_looked_up_and_listed(places: Context, open_page: Open) -> None:
    at = open_page("companies.py")
    at.text_input[0].input("07123456")
    at.button(key="FormSubmitter:look-up-Look up").click().run()
    assert "ACME ROBOTICS LTD" in all_texts(at)
    listed = open_page("companies.py").dataframe[0].value
    assert list(listed["Company"]) == ["/companies?company=number%3A07123456#ACME ROBOTICS LTD"]
    assert list(listed["Looked up by"]) == ["07123456"]
    assert list(listed["Score card"]) == ["standard 1"]


def test_it_says_who_is_still_being_asked_and_then_no_more(
    places: Context, open_page: Open, stand_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = Event()

    def late(*_: object) -> list[str]:
        go_on.wait(30)
        return ["127.0.0.1"]

    places.places = places_on(stand_in, site=replace(HERE, resolve=late), deadline_s=30.0)
    monkeypatch.setattr("smartsync_core.orchestrator.enrich.AT_ONCE_S", 0.2)
    at = open_page("companies.py")
    at.text_input[0].input("acme.example")
    at.button(key="FormSubmitter:look-up-Look up").click().run()
    assert "Still being asked: Ashby, Greenhouse, Lever, Its website, Workable." in all_texts(at)
    assert "Being asked …" in [answer for one in at.dataframe for answer in one.value.get("Answer", [])]
    go_on.set()
    key = "domain:acme.example"
    assert completed(places, known(places, key)).pending == ()
    at.run()
    assert "Still being asked" not in all_texts(at)
    assert not at.exception


def test_it_says_who_phrased_the_summary_and_what_that_cost(
    places: Context, open_page: Open, stand_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = enrich(places, "acme.example").company
    assert "Put together from the facts by rule. No LLM is set." in all_texts(
        open_page("companies.py", company=key)
    )
    llm = {"LLM_MODEL": "stand-in", "LLM_BASE_URL": f"{stand_in}/llm/good/v1", "LLM_PRICES": "0.15 0.60"}
    settings = Settings.from_env(llm).llm
    assert settings is not None
    monkeypatch.setattr(places, "llm", Server(settings))
    enrich(places, "acme.example")
    told = all_texts(open_page("companies.py", company=key)).replace("\\", "")
    assert "Phrased by stand-in; 460 tokens, 0.000096 USD." in told


def test_without_an_overall_it_says_what_is_missing(places: Context, open_page: Open) -> None:
    at = open_page("companies.py", company=enrich(places, "acme.example").company)
    assert "No lead score" in all_texts(at)
    assert "how well it fits is open" in all_texts(at)
    assert "Lead score" not in metrics(at)
    assert metrics(at)["Engagement"] == "unknown"


def test_every_point_stands_beside_who_said_so_and_adds_up(
    person: Person, places: Context, open_page: Open
) -> None:
    person.imports(LEADS)
    use_card(places, ICP)
    at = open_page("companies.py", company=enrich(places, "acme.example").company)
    assert int(metrics(at)["Lead score"]) >= 85
    assert "Grid A– (" in all_texts(at)
    assert "Suggested deal stage: **New**. Nobody has been in touch." in all_texts(at)
    points = next(one.value for one in at.dataframe if "Points" in one.value)
    for part in ("Fit", "Growth", "Financial"):
        assert str(points[points["Part"] == part]["Points"].sum()) == metrics(at)[part]
    industry = points[points["Why"] == "Industry: Software"].iloc[0]
    assert industry["Said by"] == "Companies House"
    assert industry["Link"].endswith("/company/07123456")
    contact = points[points["Why"] == "Contact: Executive"].iloc[0]
    assert contact["Where"] == "leads.csv, row 2"
    assert contact["Link"].startswith("/history?run=")
    assert "Hiring: 14 open jobs, today (Greenhouse)" in all_texts(at).replace("\\", "")


def test_only_a_source_that_was_asked_has_a_time(places: Context, open_page: Open) -> None:
    key = enrich(places, "acme.example").company
    at = open_page("companies.py", company=key)
    asked = next(one.value for one in at.dataframe if "Answer" in one.value)
    timed = {answer: set(rows["When"] != "") for answer, rows in asked.groupby("Answer")}
    assert timed["Not asked"] == {False}
    assert timed["Found"] == {True}


def test_the_title_counts_only_sources_that_were_asked(places: Context, open_page: Open) -> None:
    key = enrich(places, "acme.example").company
    unasked = [one for one in places.research.checks(key).values() if one.state == "not checked"]
    assert unasked
    later = datetime(2101, 1, 1, 12, tzinfo=UTC)
    places.research.note(key, [(replace(one, checked_at=later), ()) for one in unasked])
    told = all_texts(open_page("companies.py", company=key))
    assert "sources last asked today" in told
    assert "2101" not in told


def test_a_due_date_stands_as_it_was_when_the_score_was_kept(places: Context) -> None:
    use_card(places, ICP)
    kept = enrich(places, "07123456")
    sleep(1.1)  # a score is as of a whole second
    again = known(places, kept.company)
    assert again.next_actions
    assert (again.next_actions, again.score.as_of) == (kept.next_actions, kept.score.as_of)
    use_card(places, "target: 80")
    assert known(places, kept.company).score.card == "standard 3"


def test_it_says_what_would_lift_it(places: Context, open_page: Open) -> None:
    use_card(places, ICP.replace("icp", "target: 90\nicp", 1))
    at = open_page("companies.py", company=enrich(places, "07123456").company)
    told = all_texts(at)
    assert "What would lift it to 90" in told
    assert "It has the size you sell to (+15 fit)" in told


def test_the_wrong_company_of_the_register_is_corrected_by_a_person(places: Context, open_page: Open) -> None:
    key = enrich(places, "acme.example").company
    at = open_page("companies.py", company=key)
    next(one for one in at.text_input if one.label == "Its company number").input("08000001").run()
    next(one for one in at.button if one.label == "Use this number").click().run()
    assert "Companies House" in all_texts(at) + str(
        [list(one.value.get("Said by", [])) for one in at.dataframe]
    )
    at = open_page("companies.py", company=key)
    assert "taken for OLD MILL LIMITED, number 08000001" in all_texts(at)
    next(one for one in at.button if one.label == "That is another company").click().run()
    at = open_page("companies.py", company=key)
    assert "OLD MILL" not in all_texts(at)
    assert not at.exception


def test_ask_again_asks_every_source_anew(places: Context, open_page: Open) -> None:
    key = enrich(places, "07123456").company
    before = places.research.checks(key)["companies_house"].checked_at
    at = open_page("companies.py", company=key)
    next(one for one in at.button if one.label == "Ask again").click().run()
    assert places.research.checks(key)["companies_house"].checked_at > before
    assert not at.exception


def test_a_company_that_nobody_looked_up_is_one_sentence(ctx: Context, open_page: Open) -> None:
    at = open_page("companies.py", company="domain:nowhere.example")
    assert "Nobody has looked up the company nowhere.example yet." in all_texts(at).replace("\\", "")
    assert not at.exception


@pytest.mark.parametrize("wanted", ["", "gmail.com"])
def test_what_names_no_company_is_one_sentence(ctx: Context, open_page: Open, wanted: str) -> None:
    at = open_page("companies.py")
    at.text_input[0].input(wanted)
    at.button(key="FormSubmitter:look-up-Look up").click().run()
    assert len(at.error) == 1
    assert not at.exception
