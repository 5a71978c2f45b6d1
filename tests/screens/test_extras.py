"""What else an import does: nothing unless ticked, and what is ticked is looked at before it is written."""

from __future__ import annotations

from benchmarks.set_in_motion import CARD, FACTS, STRONG, know
from smartsync_core.model.automation import Extra
from smartsync_core.orchestrator.score_cards import use_card
from tests.screens.conftest import Open, Person, all_texts


def test_what_is_ticked_is_previewed_and_only_then_written(person: Person, open_page: Open) -> None:
    use_card(person.ctx, CARD)
    know(person.ctx, "okoro.example", FACTS[STRONG])
    draft = person.previews(person.chooses(person.hands_in(), person.connects()))
    at = open_page("import_file.py", draft=draft.id)
    assert "Nothing besides the rows, unless you tick it here." in all_texts(at)
    assert at.button(key="preview-extras").disabled

    for extra in (Extra.TASKS, Extra.DEALS):
        at.checkbox(key=f"extra-{extra}-{draft.run_id}").check()
    at.run()
    place = at.selectbox(key=f"deal-place-{draft.run_id}").value
    assert place is not None
    assert place.label == "Sales Pipeline · Appointment Scheduled"
    at.button(key="preview-extras").click().run()
    run = person.ctx.runs.recent(1)[0]
    person.waits(run.id)
    assert run.options.extras == {Extra.TASKS, Extra.DEALS}
    assert person.twin.state()["tasks"] == 0

    at = open_page("import_file.py", draft=draft.id)
    told = all_texts(at)
    assert "**1 task, 1 deal** would be made" in told
    assert "of which too little is known" in told
    samples = next(frame.value for frame in at.dataframe if "What" in frame.value)
    assert list(samples["What"]) == ["Okoro Logistics", "Okoro Logistics: Find a decision maker"]
    values = next(frame.value for frame in at.dataframe if "New" in frame.value)
    shown = dict(zip(values["Column"], values["New"], strict=True))
    assert (shown["Deal stage"], shown["Kind of task"]) == ("Appointment Scheduled", "To Do")
    assert "1 task" in next(text for text in told.splitlines() if text.startswith("Writes "))
    at.button(key="write").click().run()
    person.waits(run.id)
    assert (person.twin.state()["tasks"], person.twin.state()["deals"]) == (1, 1)
