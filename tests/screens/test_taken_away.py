"""Lists taken away as files: all lines that the filter leaves, in the words of the screen, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from pages.blocks import services
from smartsync_core.errors import NotAllowed
from smartsync_core.model.access import Identity, Login, Role
from smartsync_core.model.crm import AccountKind
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import ImportOptions, RunState
from smartsync_core.orchestrator import do_not_touch, past
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.enrich import enrich
from smartsync_core.orchestrator.needs_you import assign, needs
from smartsync_core.orchestrator.score_cards import use_card
from tests.research_places import places_on
from tests.screens.conftest import LEADS, Downloads, Open, Person
from tests.twin_process import CLIENT, start_research_twin

TOKYO = ZoneInfo("Asia/Tokyo")
CONTACTS = "Email,First name\nada@taken.example,Ada\nnobody,Ben\n"


@pytest.fixture(scope="module")
def stand_in() -> Iterator[str]:
    with start_research_twin() as twin:
        yield twin.url


def stored(ctx: Context, query: str) -> list[Any]:
    """What a look into the store itself finds."""
    with ctx.database.read() as conn:
        return list(conn.execute(sa.text(query)))


def in_tokyo(when: datetime, clock: str = "%H:%M") -> str:
    here = when.astimezone(TOKYO)
    return f"{here.day} {here:%b %Y}, {here:{clock}}"


def looked_at_from_tokyo(at: AppTest) -> AppTest:
    at.context["timezone"] = "Asia/Tokyo"
    return at.run()


def test_who_changed_what_is_taken_away_whole_by_the_clock_of_whoever_looks(
    ctx: Context, open_page: Open, downloads: Downloads
) -> None:
    for number in range(1_100):
        ctx.audit.record("Ann", "recipe.saved", details={"name": f"Fair {number}", "token": "pat-na1-secret"})
    at = looked_at_from_tokyo(open_page("people.py"))
    assert len(at.dataframe[-1].value) == 50
    lines = downloads.table(at, "Download these 1,100 changes")
    found = stored(ctx, """select "at", cast(details as text) as details from audit order by "at" desc""")
    assert [line["Which"] for line in lines] == [json.loads(one.details)["name"] for one in found]
    assert lines[0] == {
        "When (Asia/Tokyo)": in_tokyo(found[0].at, "%H:%M:%S"),
        "Who": "Ann",
        "What": "Saved a recipe",
        "Which": "Fair 1099",
    }
    assert b"pat-na1" not in downloads.file(at, "Download these 1,100 changes (CSV)")


def test_the_do_not_touch_list_is_taken_away_and_its_texts_are_no_formulas(
    ctx: Context, open_page: Open, downloads: Downloads
) -> None:
    do_not_touch.add(ctx, "ada@taken.example", note="=1+1")
    do_not_touch.add(ctx, "taken.example", note="\t@SUM(1)")
    at = open_page("accounts.py")
    lines = downloads.table(at, "Download these 2 entries")
    found = stored(ctx, "select value, note from suppressions order by kind desc, value")
    assert [tuple(line.values()) for line in lines] == [(one.value, f"'{one.note}") for one in found]
    whole = downloads.file(at, "Download these 2 entries (CSV)").decode("utf-8-sig")
    assert [tuple(line) for line in csv.reader(io.StringIO(whole))][1:] == [
        ("ada@taken.example", "'=1+1"),
        ("taken.example", "'\t@SUM(1)"),
    ]


def test_what_waits_is_taken_away_with_its_filters_beyond_the_page_that_is_shown(
    person: Person, open_page: Open, downloads: Downloads
) -> None:
    columns = [f"Born {number}" for number in range(55)]
    for number, label in enumerate(columns):
        field = {"name": f"born_{number}", "label": label, "type": "date", "fieldType": "date"}
        path = f"{person.twin.url}/crm/v3/properties/contacts"
        body = field | {"groupName": "contactinformation"}
        CLIENT.post(path, json=body, headers=person.twin.headers).raise_for_status()
    account = person.connects("=HubSpot")
    person.imports(
        f"Email,{','.join(columns)}\na@taken.example{',2001-02-03' * 55}\nz@taken.example{',no day' * 55}\n",
        "born.csv",
    )
    person.ctx.connections.record_sync(account.id, error="The key expired at 2026-11-25 14:02 UTC.")
    assign(person.ctx, [one for one in needs(person.ctx) if one.rows], "Ada")
    at = looked_at_from_tokyo(open_page("needs_you.py", taken="Ada"))
    lines = downloads.table(at, "Download these 55 lines")
    found = stored(person.ctx, "select field, count(distinct row_no) as rows from run_reasons group by field")
    assert {line["Column"]: line["Rows"] for line in lines} == {one.field: one.rows for one in found}
    (since,) = {one.since for one in needs(person.ctx) if one.rows and one.since}
    assert {
        (
            line["What it waits for"],
            line["File"],
            line["Account"],
            line["Waits since (Asia/Tokyo)"],
            line["Taken by"],
        )
        for line in lines
    } == {("Cell to correct", "born.csv", "'=HubSpot", in_tokyo(since), "Ada")}
    (line,) = downloads.table(
        looked_at_from_tokyo(open_page("needs_you.py", kind="account")), "Download this line"
    )
    assert (line["What it waits for"], line["File"]) == ("Account does not work", None)
    assert line["What to know"] == "The key expired at 25 Nov 2026, 23:02."


def test_the_list_of_imports_is_taken_away_with_its_filter_beyond_those_that_are_shown(
    person: Person, open_page: Open, downloads: Downloads
) -> None:
    account = person.connects("HubSpot US", kind=AccountKind.PRODUCTION)
    uploads = {name: person.hands_in(LEADS, name).upload_id for name in ("fair.csv", "other.csv")}
    options = ImportOptions(record_type=RecordType.CONTACTS, columns=(), keys=())
    for number in range(50):
        run_id = person.ctx.runs.create(
            integration_id=account.id,
            upload_id=uploads["other.csv" if number % 2 else "fair.csv"],
            options=options,
            row_count=number,
            by="local",
            began_at=datetime(2026, 3, 1, 12, number, tzinfo=UTC),
        )
        person.ctx.runs.update(run_id, state=RunState.PREVIEWED, predicted={"created": number, "blocked": 0})
    at = looked_at_from_tokyo(open_page("history.py", show="previews", file="FAIR"))
    lines = downloads.table(at, "Download these 25 previews")
    found = stored(
        person.ctx,
        "select r.row_count as number from runs r join uploads u on u.id = r.upload_id"
        " where u.name = 'fair.csv' order by r.created_at desc",
    )
    assert [line["Rows"] for line in lines] == [one.number for one in found]
    assert {name: cell for name, cell in lines[0].items() if cell is not None} == {
        "File": "fair.csv",
        "What": "Import",
        "Rows": 48,
        "State": "Preview only",
        "Account": "HubSpot US",
        "Kind": "Production",
        "When (Asia/Tokyo)": "1 Mar 2026, 21:48",
        "Numbers": "of the preview",
        "Created": 48,
        "Updated": 0,
        "Already up to date": 0,
        "Left out": 0,
        "Needs you": 0,
        "Failed": 0,
        "Not sent": 0,
        "In doubt": 0,
    }


def test_an_import_and_its_undo_each_have_their_own_words_in_the_file(
    person: Person, open_page: Open, downloads: Downloads
) -> None:
    person.undoes(person.imports(CONTACTS))
    undo, taken_back = downloads.table(open_page("history.py"), "Download these 2 imports")
    assert (undo["What"], taken_back["What"], taken_back["Undone"]) == ("Undo", "Import", "Undone")
    results = {
        one.kind: json.loads(one.result)["outcomes"]
        for one in stored(person.ctx, "select kind, cast(result as text) as result from runs")
    }
    assert (taken_back["Created"], taken_back["Needs you"]) == (1, 1)
    assert (results["import"]["created"], results["import"]["blocked"]) == (1, 1)
    assert undo["Put back"] == results["undo"]["updated"] == 1
    assert (undo["Updated"], taken_back["Put back"]) == (None, None)


def test_the_change_history_of_a_record_is_taken_away_with_what_the_search_found(
    person: Person, open_page: Open, downloads: Downloads
) -> None:
    run_id = person.imports(CONTACTS)
    (row,) = [one for one in past.rows(person.ctx, run_id) if one.crm_id]
    at = looked_at_from_tokyo(
        open_page("history.py", run=run_id, record=f"contacts:{row.crm_id}", find="first name")
    )
    (line,) = downloads.table(at, "Download this change")
    (kept,) = stored(person.ctx, f"select created_at from crm_sync_logs where crm_record_id = '{row.crm_id}'")
    assert (line["When (Asia/Tokyo)"], line["Import"]) == (in_tokyo(kept.created_at, "%H:%M:%S"), "leads.csv")
    assert (line["Row"], line["Field"], line["After"]) == (2, "First name", "Ada")


def test_the_list_of_companies_is_taken_away_whole_where_the_page_shows_the_newest(
    ctx: Context, open_page: Open, downloads: Downloads
) -> None:
    for number in range(205):
        said = {"overall": number % 101, "grid": "A1", "card": "standard 1"}
        ctx.research.keep_score(
            company=f"name:firm {number}",
            card_sha256="0" * 64,
            evidence=[],
            as_of=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
            result=json.dumps(said),
        )
    at = looked_at_from_tokyo(open_page("companies.py"))
    assert len(at.dataframe[0].value) == 200
    lines = downloads.table(at, "Download all companies")
    found = stored(ctx, "select company, result from scores order by created_at desc, company")
    assert [(line["Looked up by"], line["Lead score"]) for line in lines] == [
        (one.company.removeprefix("name:"), json.loads(one.result)["overall"]) for one in found
    ]
    assert lines[0] == {
        "Company": "firm 204",
        "Looked up by": "firm 204",
        "Lead score": 2,
        "Grid": "A1",
        "Score card": "standard 1",
        "Looked up (Asia/Tokyo)": "1 Mar 2026, 21:00",
    }


def test_a_company_s_points_sources_and_statements_are_taken_away(
    person: Person, stand_in: str, open_page: Open, downloads: Downloads
) -> None:
    ctx = person.ctx
    ctx.places = places_on(stand_in)
    person.imports(LEADS.replace("birchworks.example", "acme.example"))
    use_card(ctx, "icp: {industry: {primary: [Software]}, country: {covered: [GB]}}")
    found = enrich(ctx, "acme.example")
    at = looked_at_from_tokyo(open_page("companies.py", company=found.company))
    points = downloads.table(at, _label(at, "line"))
    added: Counter[str] = Counter()
    for line in points:
        added[line["Part"]] += line["Points"]
    (kept,) = stored(ctx, f"select result from scores where id = '{found.id}'")
    parts = json.loads(kept.result)["subscores"]
    assert added == {one["topic"].capitalize(): one["value"] for one in parts if one["value"] is not None}
    assert {line["Link"] for line in points if line["Said by"] == "Your files"} == {None}
    assert "leads.csv, row 2" in {line["Where"] for line in points}
    statements = downloads.table(at, _label(at, "statement"))
    told = stored(ctx, f"select field, quote, as_of from research_evidence where company = '{found.company}'")
    assert sorted((line["Fact"], line["In its words"] or "", line["Of"]) for line in statements) == sorted(
        (one.field.replace("_", " ").capitalize(), one.quote, str(one.as_of)) for one in told
    )
    sources = downloads.table(at, _label(at, "source"))
    asked = stored(
        ctx, f"select checked_at from research_checks where company = '{found.company}' and state = 'found'"
    )
    assert Counter(line["When (Asia/Tokyo)"] for line in sources if line["Answer"] == "Found") == Counter(
        in_tokyo(one.checked_at) for one in asked
    )


def _label(at: AppTest, word: str) -> str:
    """Of the one button that names a number of these."""
    labels = {one.proto.label.rpartition(" (")[0] for one in at.get("download_button")}
    (found,) = (label for label in labels if word in label)
    return str(found)


def test_the_calls_of_accounts_say_in_a_file_which_day_and_by_whose_clock(
    person: Person, open_page: Open, downloads: Downloads
) -> None:
    person.connects(kind=AccountKind.PRODUCTION)
    at = open_page("history.py", show="technical")
    assert at.dataframe[0].value["As of"][0].startswith("today")
    at.context["timezone"] = "Asia/Tokyo"
    (line,) = downloads.table(at.run(), "Download these numbers")
    assert line["As of (Asia/Tokyo)"].startswith(f"{datetime.now(TOKYO).day} ")
    assert "Last success (Asia/Tokyo)" in line


def test_who_lost_their_role_since_the_page_was_drawn_takes_nothing_away(
    ctx: Context, open_page: Open, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    do_not_touch.add(ctx, "ada@taken.example")
    whole = services.application()
    login = Login(
        issuer="http://127.0.0.1/op", client_id="id", client_secret="s", redirect_uri="http://127.0.0.1"
    )
    monkeypatch.setattr(whole, "settings", replace(whole.settings, login=login))
    ann, _ = ctx.people.meet(Identity(issuer=login.issuer, subject="ann", name="Ann"))
    ctx.people.set_role(ann.id, Role.VIEWER)
    at = open_page("accounts.py")
    assert not at.get("download_button")
    at.user = {
        "is_logged_in": True,
        "iss": login.issuer,
        "sub": "ann",
        "name": "Ann",
        "iat": int(time.time()),
    }
    at = at.run()
    assert downloads.table(at, "Download this entry") == [
        {"Address or domain": "ada@taken.example", "Why": None}
    ]
    ctx.people.set_role(ann.id, None)
    with pytest.raises(NotAllowed):
        downloads.table(at, "Download this entry")
