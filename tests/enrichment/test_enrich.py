"""Finding out about a company: asked once, kept with its evidence, and computed again to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from smartsync_core.errors import BadInput, NotFound
from smartsync_core.orchestrator.companies import companies
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.enrich import Enriched, enrich, known, replay, why
from smartsync_core.orchestrator.identities import deny_number, set_number
from smartsync_core.orchestrator.score_cards import use_card
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application
from tests.research_places import places_on
from tests.twin_process import start_research_twin


@pytest.fixture(scope="module")
def stand_in() -> Iterator[str]:
    with start_research_twin() as twin:
        yield twin.url


@pytest.fixture
def ctx(tmp_path: Path, stand_in: str) -> Iterator[Context]:
    application = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(tmp_path)}))
    application.context.places = places_on(stand_in)
    yield application.context
    application.stop()


def states(found: Enriched) -> dict[str, tuple[str, bool]]:
    return {source.name: (source.state, source.cached) for source in found.sources}


def test_a_domain_is_looked_up_at_its_site_and_the_board_it_links_to(ctx: Context) -> None:
    found = enrich(ctx, "https://www.acme.example")
    assert found.company == "domain:acme.example"
    assert states(found)["website"] == ("found", False)
    assert states(found)["greenhouse"] == ("found", False)
    assert states(found)["lever"] == ("not checked", False)
    assert "Acme Robotics has 14 open jobs." in found.summary
    assert [signal.text for signal in found.score.signals] == ["Hiring: 14 open jobs"]


def test_without_an_icp_there_is_no_overall_and_the_answer_says_why(ctx: Context) -> None:
    found = enrich(ctx, "acme.example")
    assert found.score.overall is None
    assert found.score.missing == "Not enough known: how well it fits is open."


def test_what_was_found_is_used_again(ctx: Context) -> None:
    enrich(ctx, "acme.example")
    again = enrich(ctx, "acme.example")
    assert states(again)["website"] == ("found", True)
    assert states(again)["greenhouse"] == ("found", True)
    assert "14 open jobs" in again.summary


def test_a_company_number_is_looked_up_at_the_register(ctx: Context) -> None:
    found = enrich(ctx, "8000001")
    assert found.company == "number:08000001"
    assert [action.rule for action in found.next_actions] == ["insolvency"]


def test_a_name_alone_is_at_most_a_possible_match(ctx: Context) -> None:
    found = enrich(ctx, "Acme Robotics")
    register = next(source for source in found.sources if source.name == "companies_house")
    assert register.reason.startswith("Possible match, confirm")
    assert found.evidence == ()


def test_every_stored_score_is_computed_again_to_the_byte(ctx: Context) -> None:
    kept = [enrich(ctx, "acme.example").id, enrich(ctx, "07123456").id, enrich(ctx, "Nobody Ltd").id]
    assert [(one.id, one.same) for one in replay(ctx)] == [(one, True) for one in kept]
    assert [one.id for one in replay(ctx, kept[1])] == [kept[1]]


def test_a_number_that_stands_proved_for_a_domain_leads_to_the_same_entry(ctx: Context) -> None:
    enrich(ctx, "07123456")
    key = enrich(ctx, "acme.example").company
    assert len(companies(ctx)) == 2
    set_number(ctx, key, "7123456")
    whole = enrich(ctx, "acme.example", anew=True)
    assert states(whole)["companies_house"] == ("found", False)
    assert {one.company for one in (enrich(ctx, "7123456"), known(ctx, "number:07123456"))} == {key}
    assert [one.key for one in companies(ctx)] == [key]
    assert all(one.same for one in replay(ctx))


def test_what_the_register_says_of_a_company_that_a_person_denied_counts_no_more(ctx: Context) -> None:
    key = enrich(ctx, "acme.example").company
    set_number(ctx, key, "08000001")
    wrong = enrich(ctx, "acme.example", anew=True)
    assert [action.rule for action in wrong.next_actions] == ["insolvency"]
    deny_number(ctx, key, "08000001")
    right = enrich(ctx, "acme.example", anew=True)
    assert "companies_house" not in {one.source for one in right.evidence}
    assert "insolvency" not in [action.rule for action in right.next_actions]
    assert enrich(ctx, "08000001").company == "number:08000001"
    assert all(one.same for one in replay(ctx))


def test_what_is_no_company_number_is_refused_as_a_correction(ctx: Context) -> None:
    with pytest.raises(BadInput, match="no company number"):
        set_number(ctx, "domain:acme.example", "Acme")


def test_a_point_names_a_country_and_keeps_its_bytes(ctx: Context) -> None:
    use_card(ctx, "icp: {country: {covered: [GB]}}")
    found = enrich(ctx, "acme.example")
    point = next(one for sub in found.score.subscores for one in sub.contributions if one.rule == "territory")
    assert (point.text, why(point, found)) == ("Country: GB", "Country: United Kingdom")
    assert all(one.same for one in replay(ctx))


def test_a_past_day_asks_nobody_and_knows_nothing_that_came_later(ctx: Context) -> None:
    enrich(ctx, "acme.example")
    past = enrich(ctx, "acme.example", as_of=date(2020, 1, 1))
    assert past.score.known_checks == 0
    assert past.summary == ""


@pytest.mark.parametrize("wanted", ["", " ", "gmail.com", "127.0.0.1"])
def test_what_names_no_company_is_refused_with_a_sentence(ctx: Context, wanted: str) -> None:
    with pytest.raises(BadInput):
        enrich(ctx, wanted)


def test_a_score_that_is_not_there_is_said_so(ctx: Context) -> None:
    with pytest.raises(NotFound):
        replay(ctx, "nothing")
