"""What the CRM holds right before a send, after a lost answer, and at the read-back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from smartsync_core.model.crm import ObjectName, Record
from smartsync_core.model.plan import Change, Proof
from smartsync_core.planning.recheck import Before, create_is_ours, precondition, proof_of
from tests.planning.made import CONTACTS

PHONE = Change(field="phone", old="1", new="2")
NAME = Change(field="firstname", old=None, new="Ada")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("live", "sent_before", "verdict"),
    [
        ({"phone": "1", "firstname": None}, False, Before.WRITE),
        ({"phone": "2", "firstname": "Ada"}, False, Before.UNCHANGED),
        ({"phone": "2", "firstname": "Ada"}, True, Before.OURS),
        ({"phone": "3", "firstname": None}, False, Before.STALE),
        ({"phone": "3", "firstname": None}, True, Before.STALE),
    ],
)
def test_a_cell_is_written_only_over_what_the_plan_saw(
    live: dict[str, str | None], sent_before: bool, verdict: Before
) -> None:
    assert precondition([PHONE, NAME], live, CONTACTS, sent_before=sent_before).verdict is verdict


def test_a_cell_that_holds_our_value_already_is_not_written_again() -> None:
    found = precondition([PHONE, NAME], {"phone": "2", "firstname": None}, CONTACTS, sent_before=False)
    assert found.changes == (NAME,)


def test_a_stale_cell_shows_what_the_crm_holds() -> None:
    assert precondition([PHONE], {"phone": "3"}, CONTACTS, sent_before=False).theirs == {"phone": "3"}


def test_an_unanswered_create_is_ours_only_if_made_after_our_intent_and_holding_what_we_sent() -> None:
    def found(made_at: datetime, phone: str) -> bool:
        record = Record(object=ObjectName.CONTACTS, id="5", properties={"phone": phone}, created_at=made_at)
        return create_is_ours([PHONE], record, CONTACTS, NOON)

    assert found(NOON + timedelta(seconds=1), "2")
    assert not found(NOON + timedelta(seconds=1), "9")
    assert not found(NOON - timedelta(days=1), "2")


def test_the_read_back_tells_checked_changed_and_missing_apart() -> None:
    def proof(**properties: str) -> tuple[Proof, dict[str, tuple[str, str]]]:
        return proof_of([PHONE], Record(object=ObjectName.CONTACTS, id="5", properties=properties), CONTACTS)

    assert proof(phone="2") == (Proof.CHECKED, {})
    assert proof(phone="+2") == (Proof.CHANGED, {"phone": ("2", "+2")})
    assert proof_of([PHONE], None, CONTACTS)[0] is Proof.MISSING
