"""The next version of the score card: kept as a draft, compared over the stored companies, published; older ones stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from smartsync_core.errors import BadInput, NotFound
from smartsync_core.model.evidence import Evidence
from smartsync_core.model.score import Topic
from smartsync_core.orchestrator import card_drafts
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.enrich import enrich, replay
from smartsync_core.orchestrator.proposals import proposed
from smartsync_core.orchestrator.score_cards import current_card, use_card
from smartsync_core.scoring.card import standard
from smartsync_core.scoring.points import Level
from smartsync_core.settings import Settings
from smartsync_core.store.research import Check
from smartsync_core.wiring import Application
from tests.scoring.made import NOW, fact

ICP = "icp: {industry: {primary: [Software]}, employees: {core: [[50, 500]]}, country: {covered: [GB]}}"


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    application = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(tmp_path)}))
    yield application.context
    application.stop()


def known(ctx: Context, domain: str, **facts: str) -> None:
    told: list[Evidence] = [fact(field, value, source="website") for field, value in facts.items()]
    check = Check(
        source="website",
        state="found",
        reason="",
        evidence=tuple(one.id for one in told),
        boards={},
        checked_at=NOW - timedelta(days=1),
    )
    ctx.research.note(f"domain:{domain}", [(check, told)])


def test_a_draft_takes_change_after_change_and_touches_nothing(ctx: Context) -> None:
    assert card_drafts.draft(ctx) is None
    card_drafts.keep(ctx, ICP)
    draft = card_drafts.keep(ctx, "target: 80")
    assert (draft.card.label, draft.card.target, draft.saved_by) == ("standard 2", 80, "local")
    assert draft.card.icp.country == {"covered": ("GB",)}
    assert not draft.overtaken
    assert card_drafts.draft(ctx) == draft
    assert current_card(ctx).card == standard()
    card_drafts.discard(ctx)
    assert card_drafts.draft(ctx) is None


def test_what_is_wrong_is_told_in_its_place_and_the_draft_stays(ctx: Context) -> None:
    draft = card_drafts.keep(ctx, "target: 80")
    for text, says in {
        "weights: {fit: 35, engagement: 30, growth: 20, financial: 10}": "at weights: together they are 95, not 100.",
        "icp: {country: {covered: [UK]}}": "“UK” is not a two-letter country code; write GB.",
        "knock_outs: [{field: competitors, values: [a], text: x}]": "the fact “competitors” is not known; competitor is",
        "next_actions: [{rule: signal, within: 2}, {rule: signal, within: 3}]": "signal stands twice among next_actions",
        "icp: [": "not readable YAML in line",
    }.items():
        with pytest.raises(BadInput, match="The score card") as told:
            card_drafts.keep(ctx, text)
        assert says in told.value.message
    assert card_drafts.draft(ctx) == draft


def test_a_draft_is_compared_over_every_stored_company_by_name(ctx: Context) -> None:
    known(ctx, "a.example", industry="Software", employees="120", country="GB", accounts_type="full", founded="1990",
          company_status="active", site_name="Acme")  # fmt: skip
    known(ctx, "b.example", industry="Mining", employees="3")
    draft = card_drafts.keep(ctx, ICP)
    found = card_drafts.compare(ctx, current_card(ctx).card, draft.card)
    assert found.diff.sentence() == "1 company rises to 70 or above, 0 fall below; 1 of 2 change."
    assert found.names == {"domain:a.example": "Acme"}
    assert [(one.place, one.old, one.new) for one in found.changes] == [
        ("Industries, primary", "", "Software"),
        ("People, core", "", "50 to 500"),
        ("Countries, covered", "", "GB"),
    ]


def test_published_it_is_a_version_with_who_and_when_and_older_scores_are_computed_again_to_the_byte(
    ctx: Context,
) -> None:
    known(ctx, "a.example", industry="Software", employees="120")
    first = enrich(ctx, "a.example", ask=False)
    card_drafts.keep(ctx, ICP)
    assert card_drafts.publish(ctx).card.label == "standard 2"
    second = enrich(ctx, "a.example", ask=False)
    card_drafts.keep(ctx, "owners: {pool: [ann, bob], capacities: {ann: 3}}")
    card_drafts.publish(ctx)
    assert [(one.card.label, one.used_by, one.in_use) for one in card_drafts.versions(ctx)] == [
        ("standard 3", "local", True),
        ("standard 2", "local", False),
        ("standard 1", "", False),
    ]
    assert [(one.id, one.same) for one in replay(ctx)] == [(first.id, True), (second.id, True)]
    assert first.score.card_sha256 != second.score.card_sha256
    with pytest.raises(NotFound):
        card_drafts.publish(ctx)


def test_what_a_back_test_proposes_gives_its_points_once_it_is_published(ctx: Context) -> None:
    """The CRM says the industry by its inner name; the bounds of the grid are slid in the same draft."""
    known(ctx, "acme.example", industry="COMPUTER_SOFTWARE", employees="120", country="GB")
    first = enrich(ctx, "acme.example", ask=False)
    levels = [
        Level(column="Industry", value="Computer Software", points=21, deals=107),
        Level(column="Number of Employees", value="above 97.1", points=14, deals=80, low=97.1),
        Level(column="Country/Region", value="United Kingdom", points=-4, deals=60),
    ]
    current = current_card(ctx)
    card_drafts.keep(ctx, proposed(current.card, current.text, levels).text)
    card_drafts.keep(ctx, "grid: {fit: [60, 30], engagement: [90, 10]}")
    card_drafts.publish(ctx)
    second = enrich(ctx, "acme.example", ask=False)
    fit = second.score.of(Topic.FIT)
    assert {one.rule: one.points for one in fit.contributions} == {
        "industry": 21,
        "size": 14,
        "territory": -4,
    }
    assert fit.value == fit.start + 21 + 14 - 4
    assert [(one.id, one.same) for one in replay(ctx)] == [(first.id, True), (second.id, True)]


def test_an_older_version_comes_back_as_a_draft_with_a_number_of_its_own(ctx: Context) -> None:
    use_card(ctx, ICP)
    draft = card_drafts.keep(ctx, card_drafts.versions(ctx)[-1].text)
    assert (draft.card.label, draft.card.icp) == ("standard 3", standard().icp)


def test_a_draft_that_another_version_overtook_says_so_and_is_numbered_anew(ctx: Context) -> None:
    card_drafts.keep(ctx, "target: 80")
    use_card(ctx, ICP)
    draft = card_drafts.draft(ctx)
    assert draft is not None
    assert draft.overtaken
    assert card_drafts.publish(ctx).card.label == "standard 3"
