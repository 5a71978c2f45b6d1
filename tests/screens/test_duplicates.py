"""The duplicates step: rows that may be one record are shown beside each other, and a person says."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from smartsync_core.model.mapping import RecordType
from smartsync_core.orchestrator import import_drafts
from smartsync_core.orchestrator.import_drafts import ImportDraft
from tests.screens.conftest import Open, Person, all_texts

PEOPLE = """Email,First name,Last name,Phone
jon.holm@holmwood.example,Jon,Holm,+44 20 7946 0301
john.holm@holmwood.example,John,Holm,
tom@reedley.example,Tom,Reed,
"""


def says(at: AppTest, word: str | None) -> AppTest:
    """Of the one pair that is asked about."""
    return next(one for one in at.button_group if str(one.key).startswith("pair-")).set_value(word).run()


def at_duplicates(person: Person, open_page: Open) -> tuple[ImportDraft, AppTest]:
    draft = person.chooses(person.hands_in(PEOPLE), person.connects(), RecordType.CONTACTS)
    at = open_page(draft=person.previews(draft).id)
    assert "One pair of rows may be the same record" in all_texts(at)
    return draft, at.button(key="to-duplicates").click().run()


def test_a_pair_is_decided_on_with_the_value_that_counts_and_the_preview_goes_by_it(
    person: Person, open_page: Open
) -> None:
    draft, at = at_duplicates(person, open_page)
    assert "**Rows 2 and 3** · addresses at holmwood.example" in all_texts(at)
    assert "1 pair of rows may be the same record" in all_texts(at)
    says(at, "the same")
    assert [one.label for one in at.radio] == ["Email", "First name"]
    at.radio[0].set_value(3).run()
    at = open_page(draft=draft.id)
    assert "You said: 1 pair the same" in all_texts(at), "a reload loses nothing"
    at.button(key="duplicates-preview").click().run()
    kept = import_drafts.load(person.ctx, draft.id)
    assert kept is not None
    run = person.waits(kept.run_id)
    assert (run.predicted["created"], run.predicted["skipped"]) == (2, 1)
    person.writes(run.id)
    assert person.holds("john.holm@holmwood.example", "firstname") == "Jon"


def test_a_preview_that_goes_by_no_decision_any_more_is_not_offered(person: Person, open_page: Open) -> None:
    draft, at = at_duplicates(person, open_page)
    says(at, "not the same")
    kept = import_drafts.load(person.ctx, draft.id)
    assert kept is not None
    assert (kept.run_id, [one.same for one in kept.decisions]) == ("", [False])
    says(at, None)
    assert "1 pair of rows may be the same record" in all_texts(at)
