"""The Scoring page: each part in tables, a draft that is compared over the stored companies, published, and found again."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from smartsync_core.model.score import Topic
from smartsync_core.orchestrator import card_drafts
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.score_cards import current_card, use_card
from tests.closed_deals import close_deals
from tests.enrichment.test_card_drafts import known
from tests.scoring.test_backtest import history
from tests.screens.conftest import Open, all_texts
from tests.twin_process import TwinProcess

ICP = "icp: {industry: {primary: [Software]}, employees: {core: [[50, 500]]}, country: {covered: [GB]}}"


def types(at: AppTest, title: str, **changes: Any) -> None:
    """Into the table with such a column: `edited` cells by line, `added` lines."""
    editor = next(one for one in at.data_editor if title in one.value.columns)
    at.session_state[str(editor.key)] = {
        "edited_rows": changes.get("edited", {}),
        "added_rows": changes.get("added", []),
        "deleted_rows": [],
    }


def keeps(at: AppTest) -> AppTest:
    return next(one for one in at.button if one.label == "Keep in the draft").click().run()


def test_whom_you_sell_to_is_chosen_kept_and_published_as_a_version(ctx: Context, open_page: Open) -> None:
    known(ctx, "strong.example", industry="Software", employees="120", country="GB", company_status="active",
          accounts_type="full", founded="1990", site_name="Strong")  # fmt: skip
    at = open_page("scoring.py")
    assert "Until it says whom you sell to, no company gets a lead score." in all_texts(at)
    at.multiselect[0].set_value(["Software"]).run()
    at.multiselect[3].set_value(["GB"]).run()
    types(at, "Counts as", added=[{"From": 50, "To": 500, "Counts as": "The size you sell to"}])
    at = keeps(at)
    assert "Kept in the draft." in all_texts(at)
    assert current_card(ctx).card.label == "standard 1"
    at = open_page("scoring.py", part="draft")
    assert "1 company rises to 70 or above, 0 fall below; 1 of 1 change." in all_texts(at)
    assert list(at.dataframe[0].value["Company"]) == ["Strong"]
    assert list(at.dataframe[0].value["Change"]) == ["Rises to 70 or above"]
    at.button(key="publish").click().run()
    assert "Scores go by the score card standard 2 from now on." in all_texts(at)
    assert current_card(ctx).card.icp.employees["core"] == ((50, 500),)
    listed = open_page("scoring.py", part="versions").dataframe[0].value
    assert list(zip(listed["Version"], listed["By"], listed["In use"], strict=True)) == [
        ("standard 2", "somebody at this computer", "In use"),
        ("standard 1", "", ""),
    ]
    assert not at.exception


def test_weights_that_are_no_hundred_are_told_there_and_not_kept(ctx: Context, open_page: Open) -> None:
    at = open_page("scoring.py", part="points")
    next(one for one in at.slider if one.label == "Fit").set_value(30).run()
    assert "The weights are 95 together, not 100." in all_texts(at)
    assert next(one for one in at.button if one.label == "Keep in the draft").disabled
    next(one for one in at.slider if one.label == "Growth").set_value(25).run()
    keeps(at)
    draft = card_drafts.draft(ctx)
    assert draft is not None
    assert sorted(draft.card.weights.values()) == [15, 25, 30, 30]


def test_points_are_typed_into_tables(ctx: Context, open_page: Open) -> None:
    at = open_page("scoring.py", part="points")
    types(at, "Points", edited={0: {"Points": 25}})
    types(at, "Each time", edited={1: {"Each time": 33, "Halved every … days": 40}})
    keeps(at)
    draft = card_drafts.draft(ctx)
    assert draft is not None
    found = {
        (one.place, one.new) for one in card_drafts.compare(ctx, current_card(ctx).card, draft.card).changes
    }
    assert found == {
        ("Fit: Industry, primary", "+25"),
        ("Engagement: Meeting held, each time", "+33"),
        ("Engagement: Meeting held, halved every", "40 days"),
    }


def test_the_grid_and_the_cap_of_a_knock_out_are_slid(ctx: Context, open_page: Open) -> None:
    at = open_page("scoring.py", part="points")
    assert "it asked not to be contacted" in all_texts(at)
    fit = next(one for one in at.slider if one.label.startswith("Fit: B from"))
    assert fit.value == (50, 70)
    fit.set_value((40, 80)).run()
    next(one for one in at.slider if one.label == "Then it is at most").set_value(5).run()
    keeps(at)
    draft = card_drafts.draft(ctx)
    assert draft is not None
    found = {
        (one.place, one.new) for one in card_drafts.compare(ctx, current_card(ctx).card, draft.card).changes
    }
    assert found == {("Fit for grid A and B", "80 and 40"), ("Knocked out, a score is at most", "5")}


def test_rules_for_what_to_do_next_are_ordered_and_left_out(ctx: Context, open_page: Open) -> None:
    at = open_page("scoring.py", part="next")
    off = {place: {"Use": False} for place in range(2, 8)}
    types(at, "Use", edited={**off, 0: {"Order": 5, "Within": 8}})
    keeps(at)
    draft = card_drafts.draft(ctx)
    assert draft is not None
    assert [(step.rule, step.within) for step in draft.card.next_actions] == [
        ("best_cell", 2),
        ("inbound", 8),
    ]


def test_owners_have_territories_and_limits_and_half_a_line_is_told(ctx: Context, open_page: Open) -> None:
    at = open_page("scoring.py", part="owners")
    types(at, "Domain", added=[{"Domain": "acme.example"}])
    at.run()
    assert "A named company is not finished." in all_texts(at)
    types(at, "Domain", added=[{"Domain": "acme.example", "Owner": "ann"}])
    types(at, "Countries", added=[{"Countries": ["Germany"], "Industries": ["Retail"], "Owner": "bob"}])
    types(at, "At most", added=[{"Owner": "cat", "In turn": True, "At most": 20}])
    at.run()
    keeps(at)
    draft = card_drafts.draft(ctx)
    assert draft is not None
    owners = draft.card.owners
    assert owners.accounts == {"domain:acme.example": "ann"}
    assert [(one.owner, one.countries, one.industries) for one in owners.territories] == [
        ("bob", ("DE",), ("Retail",))
    ]
    assert (owners.pool, owners.room("cat"), owners.room("bob")) == (("cat",), 20, 50)


def test_what_stands_in_the_card_stands_in_the_tables(ctx: Context, open_page: Open) -> None:
    use_card(ctx, ICP)
    at = open_page("scoring.py")
    assert at.multiselect[0].value == ["Software"]
    assert at.data_editor[0].value.iloc[0].tolist() == [50, 500, "The size you sell to"]
    keeps(at)
    draft = card_drafts.draft(ctx)
    assert draft is not None
    found = card_drafts.compare(ctx, current_card(ctx).card, draft.card)
    assert [one for one in found.changes if one.new] == []


def test_a_file_with_a_mistake_is_told_in_its_place(ctx: Context, open_page: Open) -> None:
    at = open_page("scoring.py", part="draft")
    at.file_uploader[0].set_value(("card.yaml", b"icp: {country: {covered: [UK]}}", "application/yaml")).run()
    at.button(key="take-file").click().run()
    assert "“UK” is not a two-letter country code; write GB." in all_texts(at)
    assert card_drafts.draft(ctx) is None


def test_a_back_test_shows_what_it_measured_and_opens_its_points_as_a_draft(
    ctx: Context, open_page: Open
) -> None:
    deals = history()
    lines = ["Deal,Outcome,Closed,Industry,Employees,Office"]
    for number, (won, day) in enumerate(zip(deals.won, deals.days, strict=True)):
        cells = [deals.columns[name][number] for name in ("Industry", "Employees", "Office")]
        told = ",".join("" if cell is None else str(cell) for cell in cells)
        lines.append(f"D{number},{'Won' if won else 'Lost'},{day},{told}")
    body = "\n".join(lines).encode()
    at = open_page("scoring.py", part="trial")
    at.file_uploader[0].set_value(("deals.csv", body, "text/csv")).run()
    told = all_texts(at)
    assert "1,500 closed deals" in told
    assert "Ranks won above lost" in [one.label for one in at.metric]
    drawn = json.loads(at.get("plotly_chart")[0].proto.spec)["layout"]
    assert (drawn["xaxis"]["type"], drawn["xaxis"]["range"]) == ("linear", drawn["yaxis"]["range"])
    assert "Hardly a value comes twice: “Deal”" in told.replace("\\", "")
    at.button(key="open-proposal").click().run()
    draft = card_drafts.draft(ctx)
    assert draft is not None
    rules = {rule.field: rule.model_dump() for rule in draft.card.subscores[Topic.FIT].rules}
    assert rules["industry"]["points"]["software"] > 0 > rules["industry"]["points"]["mining"]
    assert rules["employees"]["points"][-1]["to"] is None
    assert current_card(ctx).card.label == "standard 1"
    assert not at.exception


def test_a_back_test_that_proposes_nothing_says_why(ctx: Context, open_page: Open) -> None:
    at = open_page("scoring.py", part="trial")
    body = b"Outcome,Closed,Industry\nWon,2025-01-01,Retail\nLost,2025-02-01,Mining\n"
    at.file_uploader[0].set_value(("deals.csv", body, "text/csv")).run()
    assert "Nothing is proposed" in all_texts(at)
    assert "2 closed deals, 1 of the rarer kind: 400 and 100 are needed." in all_texts(at).replace("\\", "")


def test_a_back_test_of_an_account_reads_its_deals_when_asked_to(
    ctx: Context, twin: TwinProcess, open_page: Open
) -> None:
    connect(ctx, crm_type="hubspot", name="Europe", token=twin.token)
    close_deals(twin, history(500))
    before = twin.calls()
    at = open_page("scoring.py", part="trial")
    at.radio[0].set_value(ctx.connections.by_name("Europe").id).run()
    assert twin.calls() == before
    at.button(key="trial-read").click().run()
    told = all_texts(at)
    assert "500 closed deals" in told
    assert "“Type”, “Annual Revenue”" in told.replace("\\", "")
    assert "Ranks won above lost" in [one.label for one in at.metric]
    at.button(key="open-proposal").click().run()
    draft = card_drafts.draft(ctx)
    assert draft is not None
    assert "employees" in {rule.field for rule in draft.card.subscores[Topic.FIT].rules}
    assert not at.exception


def test_an_account_that_refuses_is_not_asked_again_until_told_to(
    ctx: Context, twin: TwinProcess, open_page: Open
) -> None:
    kinds = [f"{kind}.{name}" for kind in ("objects", "schemas") for name in ("contacts", "companies")]
    twin.control("PUT", "tokens", {"no-deals": {"scopes": [f"crm.{kind}.read" for kind in kinds]}})
    connect(ctx, crm_type="hubspot", name="Europe", token="no-deals")
    at = open_page("scoring.py", part="trial")
    at.radio[0].set_value(ctx.connections.by_name("Europe").id).run()
    at.button(key="trial-read").click().run()
    assert "crm.objects.deals.read" in all_texts(at).replace("\\", "")
    before = twin.calls()
    at.run()
    assert twin.calls() == before
    assert not at.exception


def test_an_older_version_is_opened_as_a_draft(ctx: Context, open_page: Open) -> None:
    use_card(ctx, ICP)
    at = open_page("scoring.py", part="versions")
    at.button(key="open-version").click().run()
    draft = card_drafts.draft(ctx)
    assert draft is not None
    assert draft.card.label == "standard 3"
    assert json.loads(draft.card.icp.model_dump_json())["industry"]["primary"] == []
