"""The History page: the imports, one of them, its rows and values."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.blocks import runs
from smartsync_core.model.crm import AccountKind
from smartsync_core.model.mapping import RecordType
from smartsync_core.orchestrator import accounts, do_not_touch
from smartsync_core.orchestrator.changes import changes
from smartsync_core.orchestrator.charts import ImportCount
from tests.screens.conftest import LEADS, Open, Person, all_texts


def test_without_imports_it_leads_to_the_first_one(person: Person, open_page: Open) -> None:
    at = open_page("history.py")
    assert "Nothing was imported yet" in all_texts(at)
    assert not at.exception


def test_imports_stand_newest_first_with_account_and_numbers(person: Person, open_page: Open) -> None:
    connection = person.connects()
    for name in ("first.csv", "second.csv"):
        person.writes(person.previews(person.chooses(person.hands_in(LEADS, name), connection)).run_id)
    told = all_texts(open_page("history.py"))
    assert told.index("second.csv") < told.index("first.csv")
    assert "HubSpot Europe · Created 2 · Left out 1 · Needs you 1" in told


def test_a_preview_of_which_nothing_was_written_is_listed_apart(person: Person, open_page: Open) -> None:
    person.previews(person.chooses(person.hands_in(), person.connects()))
    at = open_page("history.py")
    assert "Nothing was imported yet" in all_texts(at)
    at.segmented_control(key="by-show").set_value("previews").run()
    assert "**leads.csv** · 4 rows" in all_texts(at)


def test_the_address_narrows_the_list_to_an_account_and_to_files(person: Person, open_page: Open) -> None:
    first, second = person.connects(), person.connects("HubSpot US", kind=AccountKind.PRODUCTION)
    for name, connection in (("fair.csv", first), ("webinar.csv", first), ("fair us.csv", second)):
        person.previews(person.chooses(person.hands_in(LEADS, name), connection))
    told = all_texts(open_page("history.py", show="previews", file="FAIR"))
    assert "**fair.csv**" in told
    assert "**fair us.csv**" in told
    assert "webinar" not in told
    told = all_texts(open_page("history.py", show="previews", account=second.id))
    assert "**fair us.csv**" in told
    assert "**fair.csv**" not in told
    assert "No import matches" in all_texts(open_page("history.py", show="previews", file="nothing"))


def test_the_name_of_an_account_stands_as_it_is_where_one_is_chosen(person: Person, open_page: Open) -> None:
    first, _ = (
        person.connects("US *bold* :red[x]"),
        person.connects("HubSpot US", kind=AccountKind.PRODUCTION),
    )
    person.previews(person.chooses(person.hands_in(), first))
    chosen = next(one for one in open_page("history.py", show="previews").pills if one.label == "Account")
    assert r"US \*bold\* \:red\[x\]" in chosen.options


def test_a_week_in_which_all_rows_were_left_out_stands_among_the_numbers(
    person: Person, open_page: Open
) -> None:
    person.connects(kind=AccountKind.PRODUCTION)
    do_not_touch.add(person.ctx, "left@weekly.example")
    person.imports("Email\nleft@weekly.example\n", record_type=RecordType.CONTACTS)
    numbers = open_page("history.py", show="charts").dataframe[0].value
    assert [*numbers["Left out"]] == [1]
    assert [*numbers["First pass"]] == [""], "there is none of no rows"


def test_charts_count_an_import_as_soon_as_it_has_ended(person: Person, open_page: Open) -> None:
    person.connects(kind=AccountKind.PRODUCTION)
    told = all_texts(open_page("history.py", show="charts"))
    assert "Nothing was written to a real account in this time." in told
    person.imports()
    at = open_page("history.py", show="charts")
    assert [*at.dataframe[0].value["Created"]] == [2]


def test_behind_two_bars_may_be_the_same_imports(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "card", lambda line, beside, at: st.markdown(beside))  # no page, no way from it
    found = [ImportCount(run_id=person.imports(), number=1)] * 11  # more than stand on a page
    at = AppTest.from_function(two_bars, kwargs={"found": found}, default_timeout=60).run()
    assert not at.exception
    assert all_texts(at).count("1 row of 4") == 20


def two_bars(found) -> None:  # type: ignore[no-untyped-def]  # AppTest reads it without our imports
    from pages.blocks import behind

    for name in ("landed", "waiting"):
        behind.rows(name, found)


def test_weeks_are_those_of_the_first_account_s_time_zone_until_an_admin_chooses_another(
    person: Person, open_page: Open
) -> None:
    person.connects(kind=AccountKind.PRACTICE)
    assert "Weeks begin on Monday, in UTC." in all_texts(open_page("history.py", show="charts"))
    person.connects("HubSpot US", kind=AccountKind.PRODUCTION)
    at = open_page("history.py", show="charts")
    assert "Weeks begin on Monday, in US/Eastern." in all_texts(at), "as HubSpot has it"
    at.selectbox[0].set_value("Pacific/Auckland").run()
    at.button(key="zone-save").click().run()
    assert "Weeks begin on Monday, in Pacific/Auckland." in all_texts(at)
    person.connects("HubSpot Europe", kind=AccountKind.PRODUCTION)
    assert "in Pacific/Auckland." in all_texts(open_page("history.py", show="charts"))
    (made,) = [one for one in changes(person.ctx) if one.what == "time_zone.chosen"]
    assert made.details == {"before": "US/Eastern", "now": "Pacific/Auckland"}


def test_the_technical_page_tells_how_long_the_api_took_and_what_is_left_of_the_day(
    person: Person, open_page: Open
) -> None:
    person.connects(kind=AccountKind.PRODUCTION)
    told = all_texts(open_page("history.py", show="technical"))
    assert "No program has called the API in this time." in told
    person.ctx.call_times.add({(datetime.now(UTC) - timedelta(days=15), 120): 9, (datetime.now(UTC), 700): 1})
    st.cache_data.clear()
    at = open_page("history.py", show="technical")
    assert "Promised: p90 under 500 ms." in all_texts(at)
    (drawn,) = at.get("plotly_chart")
    spec = json.loads(drawn.proto.spec)
    assert [trace["name"] for trace in spec["data"]] == ["p50", "p90", "p99", "Promise"]
    numbers, calls = (one.value for one in at.dataframe)
    assert [*numbers["Calls"]] == [9, 1]
    assert [*numbers["p90"]] == [120, 700]
    assert [*calls["Account"]] == ["HubSpot Europe"]
    assert re.fullmatch(r"[1-9]\d* of 625,000, 0\.\d%", calls["All apps, of its day"][0])


def test_one_import_opens_by_its_address_with_rows_values_and_what_the_preview_said(
    person: Person, open_page: Open
) -> None:
    run_id = person.previews(person.chooses(person.hands_in(), person.connects())).run_id
    person.writes(run_id)
    at = open_page("history.py", run=run_id)
    told = all_texts(at)
    assert "Import of leads.csv" in told
    assert "Contacts: 2 created · Companies: 2 created · 2 associated" in told
    assert "Exactly as the preview said" in told
    values = next(one.value for one in at.dataframe if "What happens" in one.value)
    assert set(values["Checked in HubSpot"]) == {"As sent"}
    reasons = at.table[0].value
    assert list(reasons["Column"]) == ["Email"]
    assert list(reasons["In rows"]) == ["4"]


def test_the_address_narrows_the_values_of_an_import_to_those_of_one_field(
    person: Person, open_page: Open
) -> None:
    run_id = person.imports()

    def told(at: AppTest) -> set[str]:
        return set(next(one.value for one in at.dataframe if "What happens" in one.value)["Column"])

    at = open_page("history.py", run=run_id, object="contacts", field="lastname", effect="new")
    assert told(at) == {"Last name"}
    at.pills(key=f"values-field-{run_id}").set_value(None).run()
    assert {"First name", "Last name", "Email"} <= told(at)
    at = open_page("history.py", run=run_id, field="no :red[such]", effect="odd", object="odd")
    assert "No values match this filter." in all_texts(at)
    assert not at.exception


def test_it_stays_after_its_account_was_disconnected(person: Person, open_page: Open) -> None:
    connection = person.connects()
    run_id = person.previews(person.chooses(person.hands_in(), connection)).run_id
    person.writes(run_id)
    accounts.disconnect(person.ctx, connection.id)
    assert "HubSpot Europe" in all_texts(open_page("history.py", run=run_id))


def test_an_unknown_import_is_one_sentence(person: Person, open_page: Open) -> None:
    at = open_page("history.py", run="nowhere")
    assert "There is no import nowhere" in all_texts(at)
    assert not at.exception


def test_charts_without_practice_accounts_do_not_say_that_nothing_happened(
    person: Person, open_page: Open
) -> None:
    connection = person.connects(kind=AccountKind.PRACTICE)
    person.writes(person.previews(person.chooses(person.hands_in(), connection)).run_id)
    told = all_texts(open_page("history.py", show="charts"))
    assert "No row of a real account waits for anybody." in told
    assert "No import into a real account was finished in this time." in told


def test_times_are_told_in_whole_milliseconds(person: Person, open_page: Open) -> None:
    person.connects(kind=AccountKind.PRODUCTION)
    person.imports("Email\na@whole.example\nb@whole.example\n", record_type=RecordType.CONTACTS)
    with person.ctx.database.write() as conn:
        for ms in (1, 2):
            conn.execute(
                sa.text("UPDATE crm_sync_logs SET duration_ms = :ms WHERE after ->> 'email' LIKE :who"),
                {"ms": ms, "who": f"{'ab'[ms - 1]}@%"},
            )
    numbers = open_page("history.py", show="technical").dataframe[0].value
    assert [*numbers["p99"]] == [2], "between 1 and 2 lies 1.99"
