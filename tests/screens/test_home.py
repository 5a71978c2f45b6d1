"""Home: the three ways in, what was done of the first steps, what waits, what runs, the latest imports."""

from __future__ import annotations

import re

from smartsync_core.model.crm import AccountKind
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import past
from tests.screens.conftest import Open, Person, all_texts


def test_the_first_visit_shows_three_ways_in_and_what_to_do_first(person: Person, open_page: Open) -> None:
    at = open_page("home.py")
    assert [one.label for one in at.button] == ["Try with a sample file", "Import my file", "Connect HubSpot"]
    told = all_texts(at)
    assert told.count("○") == 4
    assert "Needs you" not in told
    assert "Latest imports" not in told
    assert not at.exception


def test_the_steps_are_ticked_by_what_was_done(person: Person, open_page: Open) -> None:
    connection = person.connects(kind=AccountKind.SANDBOX)
    assert all_texts(open_page("home.py")).count("✓") == 1, "an account is connected"
    previewed = person.previews(person.chooses(person.hands_in(), connection))
    assert all_texts(open_page("home.py")).count("✓") == 2
    person.writes(previewed.run_id)
    assert "First steps" not in all_texts(open_page("home.py")), "practice is no duty"


def test_it_tells_what_needs_a_person_how_the_accounts_are_and_what_was_imported_last(
    person: Person, open_page: Open
) -> None:
    person.connects(kind=AccountKind.SANDBOX)
    run_id = person.imports()
    at = open_page("home.py")
    told = all_texts(at)
    assert "**1** · Cell to correct" in told
    assert "**HubSpot Europe** · account" in told
    assert "last success today" in told
    assert "**leads.csv** · 4 rows" in told
    assert "Running now" not in told
    person.ctx.runs.update(run_id, state=RunState.RUNNING)
    assert "Running now" in all_texts(open_page("home.py"))


def test_the_sample_goes_into_the_practice_account_up_to_its_columns(person: Person, open_page: Open) -> None:
    at = open_page("home.py")
    at.button[0].click().run()
    draft = person.ctx.import_drafts.recent(1)[0]
    assert (draft["file_name"], draft["step"]) == ("leads_messy.xlsx", "columns")
    assert person.ctx.connections.get(str(draft["connection_id"])).kind is AccountKind.PRACTICE


def test_every_page_names_every_account_beside_it(person: Person, open_page: Open) -> None:
    person.connects(kind=AccountKind.PRODUCTION)
    for page in ("home.py", "needs_you.py", "history.py", "companies.py", "accounts.py", "import_file.py"):
        beside = "\n".join(str(one.value) for one in open_page(page).sidebar.markdown)
        assert re.search(r"HubSpot Europe.*account \d+.*Production", beside, re.DOTALL), page


def test_it_notices_imports_that_begin_and_end_elsewhere(person: Person) -> None:
    person.connects(kind=AccountKind.SANDBOX)
    quiet = past.pulse(person.ctx)
    run_id = person.imports()
    done = past.pulse(person.ctx)
    assert done != quiet, "one that began and ended between two looks counts too"
    person.ctx.runs.update(run_id, state=RunState.RUNNING)
    assert past.pulse(person.ctx).working == ((run_id, RunState.RUNNING),)
    person.ctx.runs.update(run_id, state=RunState.DONE)
    assert past.pulse(person.ctx) == done
