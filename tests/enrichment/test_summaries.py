"""Who phrases a summary, what it costs, and that a budget holds; and answers that come in stages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from smartsync_core.enrichment.identity import identify
from smartsync_core.enrichment.llm.server import Server
from smartsync_core.enrichment.results import SourceResult
from smartsync_core.model.spending import Budget, Llm, Prices
from smartsync_core.orchestrator.companies import companies
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.enrich import SUMMARY, completed, enrich, known, replay
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application
from tests.research_places import HERE, places_on
from tests.twin_process import start_research_twin

KEY = "sk-right-key-0000000000"
SetLlm = Callable[..., Server]


@pytest.fixture(scope="module")
def stand_in() -> Iterator[str]:
    with start_research_twin("--dead", "lever") as twin:
        yield twin.url


@pytest.fixture
def ctx(tmp_path: Path, stand_in: str) -> Iterator[Context]:
    application = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(tmp_path)}))
    application.context.places = places_on(stand_in)
    yield application.context
    application.stop()


@pytest.fixture
def llm(ctx: Context, stand_in: str) -> SetLlm:
    def use(behaviour: str, **changes: Any) -> Server:
        given: dict[str, Any] = {
            "model": "stand-in",
            "base_url": f"{stand_in}/llm/{behaviour}/v1",
            "key": "",
            "prices": Prices(read=Decimal("0.15"), written=Decimal("0.60")),
            "budget": Budget(),
            "deadline_s": 6.0,
        }
        ctx.llm = Server(Llm(**{**given, **changes}))
        return ctx.llm

    return use


def test_an_llm_phrases_what_the_facts_say_and_is_asked_once_for_the_same_facts(
    ctx: Context, llm: SetLlm
) -> None:
    llm("good")
    found = enrich(ctx, "acme.example")
    assert "Acme Robotics has 120 employees and Acme Robotics was founded in 2010." in found.summary
    assert found.told.sentence() == "Phrased by stand-in; 460 tokens, 0.000096 USD."
    cited = {one for sentence in found.told.sentences for one in sentence.evidence}
    assert cited <= {one.id for one in found.evidence}
    assert enrich(ctx, "acme.example").summary == known(ctx, "domain:acme.example").summary == found.summary
    assert ctx.summaries.spent().tokens == 460
    assert all(one.same for one in replay(ctx))


def test_without_an_llm_the_summary_is_put_together_by_rule_and_says_so(ctx: Context) -> None:
    found = enrich(ctx, "acme.example")
    assert "Acme Robotics has 14 open jobs." in found.summary
    assert found.told.sentence() == "Put together from the facts by rule. No LLM is set."


def test_lies_are_dropped_counted_and_change_neither_score_nor_summary(ctx: Context, llm: SetLlm) -> None:
    honest = enrich(ctx, "acme.example")
    llm("lies")
    found = enrich(ctx, "acme.example")
    assert (found.summary, found.told.by, found.told.dropped) == (honest.summary, "", 4)
    assert found.told.sentence() == (
        "Put together from the facts by rule; 4 sentences dropped that the facts do not bear out; "
        "460 tokens, 0.000096 USD. The evidence bears out nothing of what the LLM wrote."
    )
    assert found.score.subscores == honest.score.subscores


@pytest.mark.parametrize(
    ("behaviour", "says", "tokens"),
    [("refuses", "It refused to write", 460), ("down", "status 503", 0), ("breaks-off", "broke off", 460)],
)
def test_where_it_fails_the_rule_made_summary_stays_and_what_it_cost_is_kept(
    behaviour: str, says: str, tokens: int, ctx: Context, llm: SetLlm
) -> None:
    llm(behaviour)
    found = enrich(ctx, "acme.example")
    assert "Acme Robotics has 14 open jobs." in found.summary
    assert found.told.reason.startswith("The LLM gave none.")
    assert says in found.told.reason
    assert ctx.summaries.spent().tokens == found.told.spent.tokens == tokens


def test_a_run_may_not_spend_more_than_its_budget_whatever_it_asks_for(ctx: Context, llm: SetLlm) -> None:
    server = llm("good")
    enrich(ctx, "acme.example", run_id="import")
    once = ctx.summaries.spent(run_id="import").tokens
    server.llm = replace(server.llm, budget=Budget(run_tokens=once + 10))
    found = enrich(ctx, "07123456", run_id="import")
    assert "for this look-up or import does not allow it: 460 of 470 tokens" in found.told.sentence()
    assert "Its status in the register is active." in found.summary
    assert ctx.summaries.spent(run_id="import").tokens == once


def test_a_days_budget_holds_across_look_ups(ctx: Context, llm: SetLlm) -> None:
    llm("good", budget=Budget(day_micros=97))
    assert "budget for today" in enrich(ctx, "acme.example").told.reason
    assert ctx.summaries.spent().tokens == 0


def test_the_key_is_in_nothing_that_is_kept(ctx: Context, llm: SetLlm, tmp_path: Path) -> None:
    llm("needs-key", key=KEY)
    assert enrich(ctx, "acme.example").told.by == "stand-in"
    llm("needs-key", key="sk-wrong-key-1111111111")
    enrich(ctx, "07123456")
    ctx.database.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"Acme" in kept
    assert b"right-key" not in kept
    assert b"wrong-key" not in kept


def test_what_is_in_by_then_is_answered_and_the_rest_filled_in_and_kept(
    ctx: Context, llm: SetLlm, stand_in: str
) -> None:
    llm("good")
    go_on = Event()

    def late(*_: object) -> list[str]:
        go_on.wait(30)
        return ["127.0.0.1"]

    ctx.places = places_on(stand_in, site=replace(HERE, resolve=late), deadline_s=30.0)
    early = enrich(ctx, "acme.example", within_s=0.3)
    states = {source.name: source.state for source in early.sources}
    assert {"website", "greenhouse", SUMMARY} <= set(early.pending)
    assert (states["website"], states["companies_house"]) == ("being asked", "not checked")
    assert (early.id, early.summary) == ("", "")
    assert companies(ctx) == []
    go_on.set()
    whole = completed(ctx, early)
    assert (whole.pending, whole.told.by) == ((), "stand-in")
    assert known(ctx, early.company).summary == whole.summary
    assert [one.key for one in companies(ctx)] == ["domain:acme.example"]


def test_a_company_that_is_being_looked_up_is_not_looked_up_twice(ctx: Context, stand_in: str) -> None:
    asked = []

    def counted(*_: object) -> list[str]:
        asked.append(1)
        return ["127.0.0.1"]

    ctx.places = places_on(stand_in, site=replace(HERE, resolve=counted))
    early = enrich(ctx, "acme.example", within_s=0)
    both = [enrich(ctx, "acme.example"), completed(ctx, early)]
    assert both[0].evidence == both[1].evidence
    assert len(asked) == 2  # robots.txt and the page


class TestDeadline:
    def results(self, stand_in: str, **changes: Any) -> dict[str, SourceResult]:
        places = places_on(stand_in, deadline_s=1.0, **changes)
        company = identify(domain="acme.example", name="Acme Robotics", postcode="N1 1AA")
        due = {"website", "companies_house", "greenhouse", "lever"}
        asked = places.ask(company, due, {"lever": "acmerobotics"}, datetime.now(UTC), Event())
        return {one.source: one for one in asked}

    def test_it_holds_for_all_sources_together_also_for_the_look_up_of_a_name(self, stand_in: str) -> None:
        never = replace(HERE, resolve=lambda *_: [str(Event().wait(60))])
        got = self.results(stand_in, site=never)
        assert got["website"].reason == "It did not answer within 1 seconds."
        assert got["greenhouse"].state == "failed"  # it waited for the website, which would name it
        assert got["companies_house"].state == "found"

    def test_a_dead_source_costs_the_others_nothing(self, stand_in: str) -> None:
        got = self.results(stand_in)
        assert {name: str(one.state) for name, one in got.items()} == {
            "website": "found",
            "companies_house": "found",
            "greenhouse": "found",
            "lever": "failed",
        }
