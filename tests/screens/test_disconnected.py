"""An account that was disconnected, whose key changed, or that is connected once more, while something waits for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from smartsync_core.errors import BadInput, NeedsPerson
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import connect, imports
from smartsync_core.orchestrator.accounts import disconnect
from smartsync_core.orchestrator.check_again import check_again
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.needs_you import needs, send_again
from smartsync_core.orchestrator.repair import retry
from smartsync_core.orchestrator.undo import start_undo
from smartsync_core.orchestrator.write import approve
from tests.screens.conftest import Open, Person, all_texts


def previewed(person: Person, email: str) -> str:
    """The id of a preview of one new contact."""
    connection = next(iter(person.ctx.connections.all()), None) or person.connects()
    file = person.hands_in(f"Email,First name\n{email},Ada\n", f"{email}.csv")
    return person.previews(person.chooses(file, connection, RecordType.CONTACTS)).run_id


@pytest.mark.parametrize(
    ("use_case", "written"),
    [
        (lambda ctx, run_id: approve(ctx, run_id, shown=True), False),
        (imports.again, False),
        (start_undo, True),
        (check_again, True),
        (retry, True),
    ],
    ids=["write", "read again", "undo", "check again", "send again"],
)
def test_nothing_is_begun_in_it(
    person: Person, use_case: Callable[[Context, str], object], written: bool
) -> None:
    run_id = previewed(person, "ada@gone.example")
    if written:
        person.writes(run_id)
    before = [(run.id, run.state) for run in person.ctx.runs.recent(9)]
    disconnect(person.ctx, person.ctx.connections.all()[0].id)
    with pytest.raises(NeedsPerson, match="is disconnected"):
        use_case(person.ctx, run_id)
    assert [(run.id, run.state) for run in person.ctx.runs.recent(9)] == before


def test_its_rows_are_left_alone_where_many_are_sent_again(person: Person) -> None:
    person.imports("Email,First name\nnobody,Ada\n", record_type=RecordType.CONTACTS)
    waiting = needs(person.ctx)
    disconnect(person.ctx, person.ctx.connections.all()[0].id)
    sent = send_again(person.ctx, waiting)
    assert (sent.rows, sent.imports) == (0, 0)
    assert sent.sentences == (
        "The account “HubSpot Europe” is disconnected. Connect it again under Accounts.",
    )


def test_its_imports_say_so_before_anything_is_pressed(person: Person, open_page: Open) -> None:
    run_id = previewed(person, "ada@said.example")
    assert "This account is disconnected." not in all_texts(open_page(run=run_id))
    disconnect(person.ctx, person.ctx.connections.all()[0].id)
    at = open_page(run=run_id)
    assert "This account is disconnected." in all_texts(at)
    assert at.button(key="write").disabled


def test_settings_saved_in_another_tab_are_told_not_to_be(person: Person, open_page: Open) -> None:
    connection = person.connects()
    at = open_page("accounts.py").button(key=f"settings-{connection.id}").click().run()
    disconnect(person.ctx, connection.id)
    at.button(key=f"save-{connection.id}").click().run()
    assert "What you pressed is no longer offered." in all_texts(at)


def test_what_waited_goes_on_with_the_key_that_came_since(person: Person) -> None:
    run_id = previewed(person, "eve@newkey.example")
    fresh = "pat-na1-fresh-key"
    person.twin.control("PUT", "tokens", {fresh: {}, person.twin.token: {"expires_in": -1}})
    try:
        connect.connect(person.ctx, crm_type="hubspot", name="HubSpot Europe", token=fresh)
        assert person.writes(run_id).state is RunState.DONE
    finally:
        person.twin.control("PUT", "tokens", {person.twin.token: {}})
    assert person.holds("eve@newkey.example", "firstname") == "Ada"


def test_a_key_of_another_account_does_not_take_its_place(person: Person) -> None:
    """Else what was written to the one would be taken back in the other."""
    person.ctx.connections.save(
        name="HubSpot Europe", crm_type="hubspot", base_url="", token="pat-na1-x", portal_id="7"
    )
    with pytest.raises(BadInput, match="is account 7, and this key opens account 49000001"):
        person.connects()
    assert person.ctx.connections.by_name("HubSpot Europe").portal_id == "7"


def test_one_that_is_connected_under_a_second_name_is_told(person: Person, open_page: Open) -> None:
    person.connects()
    at = open_page("accounts.py")
    at.text_input(key="name-0").set_value("Europe again")
    at.text_input(key="key-0").set_value(person.twin.token)
    at.button(key="FormSubmitter:connect-hubspot-Connect").click().run()
    assert "It is connected as “HubSpot Europe” already" in all_texts(at)
