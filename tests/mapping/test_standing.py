"""Standing mappings beside the columns of one file."""

from __future__ import annotations

from smartsync_core.mapping.headers import Reading, match_columns
from smartsync_core.mapping.standing import Standing, copy_name, faults, rivals, standing_for
from smartsync_core.model.mapping import (
    Certainty,
    ColumnMatch,
    FieldMapping,
    Policy,
    RecordType,
    Step,
    Target,
)
from tests.mapping.crm import COMPANIES, CONTACTS, OWNERS, SCHEMAS, column

TRIM = Step(name="trim")


def mapping(source: str, place: str, **more: object) -> FieldMapping:
    name, _, field = place.partition(".")
    target = Target(object=CONTACTS if name == "contacts" else COMPANIES, property=field)
    return FieldMapping(source=source, target=target, **more)  # type: ignore[arg-type]


def standing(*mappings: FieldMapping, columns: str, rows: str = "contacts") -> Standing:
    return standing_for(mappings, columns.split(","), SCHEMAS, RecordType(rows))


def matched(found: Standing, **cells: list[str]) -> dict[str, ColumnMatch]:
    reading = Reading(copies=found.copies, steps=found.steps, standing=found.places)
    columns = [column(header, values, index) for index, (header, values) in enumerate(cells.items())]
    matches = match_columns(columns, SCHEMAS, RecordType.CONTACTS, OWNERS, {}, reading)
    return {one.header: one for one in matches}


def test_a_header_in_any_spelling_goes_where_the_account_sends_it() -> None:
    found = standing(mapping("Funktion", "contacts.jobtitle"), columns="E-Mail,FUNKTION")
    one = matched(found, FUNKTION=["CTO"])["FUNKTION"]
    assert (str(one.target), one.certainty) == ("contacts.jobtitle", Certainty.SURE)
    assert one.reason == "This account sends “Funktion” to Job Title (contacts.jobtitle)."


def test_it_is_not_doubted_even_where_the_values_speak_against_it() -> None:
    found = standing(mapping("Stage", "contacts.hs_lead_status"), columns="Stage")
    assert matched(found, Stage=["Ice cubed"])["Stage"].certainty is Certainty.SURE


def test_the_value_for_blank_cells_is_its_last_step() -> None:
    found = standing(
        mapping("Stage", "contacts.hs_lead_status", steps=(TRIM,), default="NEW"), columns="Stage"
    )
    assert found.steps["Stage"] == (TRIM, Step(name="default", options={"value": "NEW"}))
    assert matched(found, Stage=[])["Stage"].certainty is Certainty.SURE


def test_one_column_named_twice_is_used_twice() -> None:
    found = standing(
        mapping("Ort", "contacts.city"), mapping("Ort", "contacts.state", steps=(TRIM,)), columns="Ort"
    )
    both = matched(found, Ort=["Bonn"])
    assert [(name, str(one.target), one.column) for name, one in both.items()] == [
        ("Ort", "contacts.city", "Ort"),
        ("Ort (2)", "contacts.state", "Ort"),
    ]
    assert both["Ort (2)"].steps == (TRIM,)


def test_of_rows_that_hold_both_the_person_comes_first() -> None:
    found = standing(
        mapping("Telefon", "companies.phone"),
        mapping("Telefon", "contacts.phone"),
        columns="Telefon",
        rows="both",
    )
    assert str(found.places["Telefon"].target) == "contacts.phone"


def test_a_field_that_is_gone_or_filled_by_the_crm_itself_takes_nothing() -> None:
    found = standing(
        mapping("Score", "contacts.old_score"),
        mapping("Record", "contacts.createdate"),
        columns="Score,Record",
    )
    assert [place.target for place in found.places.values()] == [None, None]
    assert "no longer has a field “old_score”" in found.places["Score"].reason
    assert "filled by the CRM itself" in found.places["Record"].reason
    assert found.gone == {"Score": "old_score"}


def test_steps_that_look_into_a_column_that_the_file_lacks_leave_it_out_and_say_so() -> None:
    looks = Step(name="phone", options={"country": "{Land}"})
    found = standing(mapping("Telefon", "contacts.phone", steps=(looks,)), columns="Telefon")
    assert found.places["Telefon"].target is None
    assert "“Land”" in found.places["Telefon"].reason


def test_a_mapping_says_its_own_rule_for_records_that_are_there() -> None:
    found = standing(mapping("Funktion", "contacts.jobtitle", policy=Policy.NEVER), columns="Funktion")
    assert found.policies == {"contacts.jobtitle": Policy.NEVER}


def test_what_cannot_be_kept_is_said_before_it_is_saved() -> None:
    def said(one: FieldMapping) -> str:
        return " ".join(faults(one, SCHEMAS, OWNERS))

    assert said(mapping("Funktion", "contacts.jobtitle", steps=(TRIM,), default="CTO")) == ""
    assert "no column that goes there" in said(mapping(" ", "contacts.jobtitle"))
    assert "no longer has a field" in said(mapping("Score", "contacts.old_score"))
    assert "is not a choice of" in said(mapping("Stage", "contacts.hs_lead_status", default="Ice cubed"))
    assert "is not a pattern" in said(
        mapping("X", "contacts.city", steps=(Step(name="pattern_take", options={"find": "("}),))
    )
    assert "several choices" in said(mapping("Ort", "contacts.city", policy=Policy.ADD))
    assert said(mapping("Rolle", "contacts.hs_buying_role", policy=Policy.ADD)) == ""
    assert "There is no step “sing”." in said(mapping("X", "contacts.city", steps=(Step(name="sing"),)))
    assert (
        said(mapping("X", "contacts.city", steps=(Step(name="template", options={"text": "{Land}"}),))) == ""
    )


def test_two_columns_to_one_field_are_named() -> None:
    one, two = mapping("Ort", "contacts.city"), mapping("Stadt", "contacts.city")
    assert rivals([one, two, mapping("Land", "contacts.country")]) == [(one.target, ["Ort", "Stadt"])]


def test_a_further_use_never_takes_the_name_of_a_column() -> None:
    assert copy_name("Ort", ["Ort", "Ort (2)"]) == "Ort (3)"
