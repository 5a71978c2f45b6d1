"""What goes back and what stays: the rules alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from smartsync_core.model.crm import Activity, Association, Field, FieldType, Linkable, ObjectName, Record
from smartsync_core.model.plan import ActionKind, ActionState, Change, Proof, StoredAction
from smartsync_core.planning.inverse import (
    Around,
    Claim,
    Inverse,
    Seen,
    put_back,
    steps_back,
    take_back,
    unlink,
    wrote,
)
from tests.planning.made import CONTACTS

CONTACT, COMPANY = ObjectName.CONTACTS, ObjectName.COMPANIES
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SCHEMA = replace(
    CONTACTS,
    merged_field="merged",
    fields={
        **CONTACTS.fields,
        "stage": Field(name="stage", label="Stage", type=FieldType.STRING, preset="new"),
        "first_company": Field(name="first_company", label="Company", type=FieldType.NUMBER, derived=True),
        "seen_at": Field(name="seen_at", label="Seen", type=FieldType.DATETIME, writable=False),
    },
)
LATER = Claim(run_id="r2", file_name="later.csv", fields=frozenset({"phone"}))


def action(kind: ActionKind, *changes: Change, **more: object) -> StoredAction:
    told = {"id": 7, "object": CONTACT, "rows": (2, 5), "crm_id": "501", "state": ActionState.DONE, **more}
    return StoredAction(kind=kind, changes=changes, **told)  # type: ignore[arg-type]


def cell(field: str, old: str | None, new: str | None) -> Change:
    return Change(field=field, old=old, new=new)


def now(**values: str | None) -> Record:
    return Record(object=CONTACT, id="501", properties=values)


def beside(
    to_object: Linkable, to_id: str = "9", *, primary: bool = False, labels: tuple[str, ...] = ()
) -> Association:
    return Association(
        from_object=CONTACT, from_id="501", to_object=to_object, to_id=to_id, primary=primary, labels=labels
    )


CREATED = wrote([action(ActionKind.CREATE, cell("email", None, "a@x.example"), cell("phone", None, "1"))])
AS_WRITTEN = now(email="a@x.example", phone="1")


def created(
    record: Record | None, *neighbours: Association, around: Around | None = None, **seen: object
) -> Inverse:
    return take_back(CREATED, Seen(record=record, neighbours=neighbours, **seen), SCHEMA, around or Around())  # type: ignore[arg-type]


def said(inverse: Inverse) -> tuple[ActionKind, ActionState, list[str]]:
    return inverse.action.kind, inverse.action.state, [reason.code for reason in inverse.reasons]


KEPT, NOTHING = (ActionKind.NONE, ActionState.SKIPPED), (ActionKind.NONE, ActionState.UNCHANGED)
BINNED: tuple[ActionKind, ActionState, list[str]] = (ActionKind.ARCHIVE, ActionState.PLANNED, [])


# A record the run created


def test_an_untouched_record_goes_and_what_it_held_is_on_record() -> None:
    inverse = created(AS_WRITTEN)
    assert said(inverse) == BINNED
    assert inverse.action.changes == (cell("email", "a@x.example", None), cell("phone", "1", None))
    assert (inverse.action.id, inverse.action.crm_id, inverse.action.rows) == (7, "501", (2,))


@pytest.mark.parametrize(
    "by_itself",
    [{"stage": "new"}, {"first_company": "77"}, {"seen_at": "2026-01-01"}, {"smartsync_key": "k"}],
)
def test_what_the_crm_put_there_by_itself_keeps_nothing(by_itself: dict[str, str]) -> None:
    assert said(created(now(email="a@x.example", phone="1", **by_itself))) == BINNED


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"phone": "2"}, "edited_since"),
        ({"phone": None}, "edited_since"),
        ({"lastname": "Lovelace"}, "filled_since"),
        ({"stage": "old"}, "filled_since"),
        ({"merged": "600"}, "merged"),
    ],
)
def test_an_edit_keeps_it(values: dict[str, str | None], code: str) -> None:
    record = now(**{"email": "a@x.example", "phone": "1", **values})
    assert said(created(record)) == (*KEPT, [code])


def test_what_the_crm_made_of_our_value_is_no_edit() -> None:
    held = replace(CREATED.action, proof_details={"phone": ("1", "+1")})
    inverse = take_back(wrote([held]), Seen(record=now(email="a@x.example", phone="+1")), SCHEMA, Around())
    assert said(inverse) == BINNED


def test_a_merged_one_is_kept_and_a_deleted_one_is_nothing_left() -> None:
    assert said(created(Record(object=CONTACT, id="502", properties={}))) == (*KEPT, ["merged"])
    assert said(created(replace(AS_WRITTEN, archived=True))) == (*NOTHING, ["already_gone"])
    assert said(created(None)) == (*NOTHING, ["already_gone"])


@pytest.mark.parametrize("kind", [*Activity, ObjectName.TASKS, ObjectName.NOTES, ObjectName.DEALS])
def test_what_people_did_with_it_keeps_it(kind: Linkable) -> None:
    inverse = created(AS_WRITTEN, beside(kind), beside(kind, "10"))
    assert said(inverse) == (*KEPT, ["worked_on"])
    assert "2 " in inverse.reasons[0].message


def test_a_task_of_the_run_goes_first_or_keeps_it() -> None:
    task = (ObjectName.TASKS, "9")
    assert said(created(AS_WRITTEN, beside(*task), around=Around(made={task}, gone={task}))) == BINNED
    assert said(created(AS_WRITTEN, beside(*task), around=Around(made={task}))) == (*KEPT, ["still_needed"])


@pytest.mark.parametrize(
    ("company", "verdict"),
    [
        (beside(COMPANY, "70", primary=True), []),
        (beside(COMPANY, "70"), ["relabelled"]),
        (beside(COMPANY, "70", primary=True, labels=("Billing",)), ["relabelled"]),
        (beside(COMPANY, "71"), []),
        (beside(COMPANY, "72"), ["worked_on"]),
    ],
)
def test_only_a_company_that_neither_we_nor_the_crm_linked_keeps_a_contact(
    company: Association, verdict: list[str]
) -> None:
    around = Around(links={("501", "70"): True}, domains={"71": "X.example", "72": "elsewhere.example"})
    found = created(AS_WRITTEN, company, around=around)
    assert [reason.code for reason in found.reasons] == verdict


@pytest.mark.parametrize(
    ("around", "verdict"),
    [
        (Around(links={("9", "501"): True}, gone={(CONTACT, "9")}), []),
        (Around(links={("9", "501"): True}, unlinked={("9", "501")}), []),
        (Around(links={("9", "501"): True}), ["still_needed"]),
        (Around(), ["worked_on"]),
    ],
)
def test_a_contact_that_stays_keeps_its_company(around: Around, verdict: list[str]) -> None:
    company = wrote([replace(CREATED.action, object=COMPANY)])
    neighbour = Association(from_object=COMPANY, from_id="501", to_object=CONTACT, to_id="9")
    record = replace(AS_WRITTEN, object=COMPANY)
    found = take_back(company, Seen(record=record, neighbours=[neighbour]), SCHEMA, around)
    assert [reason.code for reason in found.reasons] == verdict


def test_a_later_import_keeps_it() -> None:
    inverse = created(AS_WRITTEN, claims=[LATER])
    assert said(inverse) == (*KEPT, ["later_import"])
    assert "r2 of later.csv" in inverse.reasons[0].message


def test_what_cannot_be_seen_blocks_it_unless_something_else_keeps_it() -> None:
    blocked = created(AS_WRITTEN, hidden=[Activity.CALLS, ObjectName.DEALS])
    assert said(blocked) == (ActionKind.NONE, ActionState.BLOCKED, ["cannot_see"])
    assert "calls, deals" in blocked.reasons[0].message
    assert said(created(AS_WRITTEN, beside(Activity.MEETINGS), hidden=[Activity.CALLS])) == (
        *KEPT,
        ["worked_on"],
    )


# A record the run changed

CHANGED = wrote(
    [
        action(
            ActionKind.UPDATE,
            cell("phone", "0", "1"),
            cell("firstname", None, "Ada"),
            cell("tags", "a", None),
        )
    ]
)


def changed(record: Record | None, *claims: Claim, halfway: bool = False) -> Inverse:
    return put_back(CHANGED, Seen(record=record, claims=claims), SCHEMA, halfway=halfway)


def test_cells_go_back_and_those_filled_from_empty_are_emptied() -> None:
    inverse = changed(now(phone="1", firstname="Ada", tags=None))
    assert said(inverse) == (ActionKind.UPDATE, ActionState.PLANNED, [])
    assert inverse.action.changes == (
        cell("phone", "1", "0"),
        cell("firstname", "Ada", None),
        cell("tags", None, "a"),
    )


def test_a_cell_that_somebody_changed_since_stays_and_the_others_go_back() -> None:
    inverse = changed(now(phone="1", firstname="Augusta", tags=None))
    assert [change.field for change in inverse.action.changes] == ["phone", "tags"]
    assert [(reason.field, reason.code) for reason in inverse.reasons] == [("firstname", "edited_since")]


def test_a_cell_of_a_later_import_stays() -> None:
    inverse = changed(now(phone="1", firstname="Ada", tags=None), LATER)
    assert [change.field for change in inverse.action.changes] == ["firstname", "tags"]
    assert [(reason.field, reason.code) for reason in inverse.reasons] == [("phone", "later_import")]


def test_a_field_that_can_no_longer_be_written_is_said() -> None:
    gone = replace(SCHEMA, fields={name: one for name, one in SCHEMA.fields.items() if name != "phone"})
    inverse = put_back(CHANGED, Seen(record=now(firstname="Ada", tags=None)), gone)
    assert [(reason.field, reason.code) for reason in inverse.reasons] == [("phone", "field_gone")]


def test_nothing_is_left_where_all_is_as_before() -> None:
    inverse = changed(now(phone="0", firstname=None, tags="a"))
    assert said(inverse) == (*NOTHING, [])
    assert inverse.settled == {"phone", "firstname", "tags"}


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (None, "already_gone"),
        (replace(AS_WRITTEN, archived=True), "already_gone"),
        (replace(AS_WRITTEN, id="502"), "merged"),
    ],
)
def test_a_record_that_is_gone_or_merged_is_left(record: Record | None, code: str) -> None:
    assert said(changed(record)) == (*KEPT, [code])


def test_a_stage_that_was_cut_off_on_its_way_back_goes_on() -> None:
    stage = wrote([action(ActionKind.UPDATE, cell("lifecyclestage", "lead", "customer"))])
    empty = Seen(record=now(lifecyclestage=None))
    assert said(put_back(stage, empty, SCHEMA)) == (*KEPT, ["edited_since"])
    assert put_back(stage, empty, SCHEMA, halfway=True).action.changes == (
        cell("lifecyclestage", None, "lead"),
    )


def test_several_writes_of_one_run_are_one() -> None:
    first = action(ActionKind.UPDATE, cell("phone", "0", "1"), intent_at=NOON)
    second = action(ActionKind.UPDATE, cell("phone", "1", "2"), id=3, intent_at=NOON + timedelta(minutes=1))
    inverse = put_back(wrote([second, first]), Seen(record=now(phone="2")), SCHEMA)
    assert inverse.action.changes == (cell("phone", "2", "0"),)
    assert inverse.action.id == 7


@pytest.mark.parametrize(
    ("old", "new", "back"),
    [
        ("customer", "lead", True),
        ("own stage", "lead", True),
        ("lead", "customer", False),
        ("customer", None, False),
        (None, "lead", False),
    ],
)
def test_only_a_stage_that_goes_back_takes_two_steps(old: str | None, new: str | None, back: bool) -> None:
    assert bool(steps_back([cell("lifecyclestage", old, new), cell("phone", "1", "0")], SCHEMA)) is back


# An association the run added

LINK = action(ActionKind.LINK, id=-7, primary=True)


@pytest.mark.parametrize(
    ("standing", "verdict"),
    [
        (
            [beside(COMPANY, "70", primary=True), beside(COMPANY, "71")],
            (ActionKind.UNLINK, ActionState.PLANNED, []),
        ),
        ([beside(COMPANY, "71", primary=True)], (*NOTHING, ["already_gone"])),
        ([beside(COMPANY, "70")], (*KEPT, ["relabelled"])),
        ([beside(COMPANY, "70", primary=True, labels=("Billing",))], (*KEPT, ["relabelled"])),
    ],
)
def test_an_association_goes_if_it_is_as_it_was_made(
    standing: list[Association], verdict: tuple[ActionKind, ActionState, list[str]]
) -> None:
    assert said(unlink(LINK, "70", standing)) == verdict


def test_one_that_never_became_the_first_goes_as_it_is() -> None:
    link = replace(LINK, proof=Proof.CHANGED)
    assert unlink(link, "70", [beside(COMPANY, "70")]).action.kind is ActionKind.UNLINK
