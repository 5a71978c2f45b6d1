"""What every connector keeps, whatever its remote: subclass `ConnectorContract` and give it one fixture, `remote`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol
from uuid import uuid4

import pytest

from smartsync_core.connectors.base import BaseCRMConnector, Counts
from smartsync_core.errors import NeedsPerson
from smartsync_core.model.crm import (
    CLEAR,
    Activity,
    Association,
    Clear,
    Field,
    FieldType,
    ObjectName,
    Option,
    Window,
    Write,
    WriteKind,
    WriteResult,
    WriteStatus,
)

CONTACTS, COMPANIES, DEALS = ObjectName.CONTACTS, ObjectName.COMPANIES, ObjectName.DEALS
TASKS, NOTES = ObjectName.TASKS, ObjectName.NOTES
KEY = Field(name="smartsync_key", label="SmartSync key", type=FieldType.STRING, unique=True)
SCORE = Field(name="oppspot_score", label="Lead score", type=FieldType.NUMBER)

TRADE = Field(name="industry", label="Industry", type=FieldType.ENUMERATION)

_refs = itertools.count(1)


class Remote(Protocol):
    """A connector, and what other people or bad luck may do to its remote behind its back."""

    connector: BaseCRMConnector

    def merge(self, name: ObjectName, kept_id: str, absorbed_id: str) -> str:
        """Merge two records as a person would; the id the survivor has now."""
        ...

    def log_call(self, contact_id: str) -> str:
        """Log a call with a contact; its id."""
        ...

    def label(self, association: Association) -> str:
        """Call an association something, as a person would; what it is called."""
        ...

    def settle(self) -> None:
        """Let whatever lags behind (a search index) catch up."""
        ...

    def lose_next_answer(self) -> None:
        """The next write is done, but its answer never arrives."""
        ...


def fresh(stem: str = "row") -> str:
    return f"{stem}-{uuid4().hex[:10]}"


def create(name: ObjectName, associations: Sequence[Association] = (), /, **properties: str) -> Write:
    return Write(
        ref=f"t{next(_refs)}",
        kind=WriteKind.CREATE,
        object=name,
        properties=properties,
        associations=tuple(associations),
    )


def update(name: ObjectName, record_id: str, /, **properties: str | Clear) -> Write:
    return Write(
        ref=f"t{next(_refs)}", kind=WriteKind.UPDATE, object=name, id=record_id, properties=properties
    )


def archive(name: ObjectName, record_id: str) -> Write:
    return Write(ref=f"t{next(_refs)}", kind=WriteKind.ARCHIVE, object=name, id=record_id)


def to_company(company_id: str, *, contact_id: str = "", primary: bool = False) -> Association:
    return Association(
        from_object=CONTACTS, from_id=contact_id, to_object=COMPANIES, to_id=company_id, primary=primary
    )


def made(connector: BaseCRMConnector, name: ObjectName, /, **properties: str) -> str:
    """The id of a new record."""
    (result,) = connector.write([create(name, **properties)])
    assert result.status is WriteStatus.DONE, result
    return result.id


def statuses(results: Sequence[WriteResult]) -> list[str]:
    return [result.status.value for result in results]


def _needs_history(remote: Remote) -> None:
    if type(remote.connector).history is BaseCRMConnector.history:
        pytest.skip("this CRM tells no history")


class ConnectorContract:
    """Each test says one thing the rest of SmartSync relies on."""

    # --- the account ---

    def test_check_tells_whose_account_it_is_and_what_may_be_done(self, remote: Remote) -> None:
        account = remote.connector.check()
        assert account.portal_id
        assert account.can_write
        assert account.can_add_fields
        assert not account.missing_scopes

    def test_credentials_that_work_are_valid(self, remote: Remote) -> None:
        assert remote.connector.validate_credentials() is True

    def test_describe_tells_what_can_be_written_and_what_recognises_a_record(self, remote: Remote) -> None:
        schema = remote.connector.describe(CONTACTS)
        assert schema.identity_fields == ("email",)
        assert schema.fields["email"].writable
        assert "email" in schema.create_needs_any
        assert not schema.fields["hs_object_id"].writable

    def test_describe_tells_the_choices_of_a_closed_list(self, remote: Remote) -> None:
        stage = remote.connector.describe(CONTACTS).fields["lifecyclestage"]
        assert stage.type is FieldType.ENUMERATION
        assert stage.closed
        assert "lead" in {option.value for option in stage.options}

    def test_a_list_whose_choices_live_elsewhere_is_not_closed(self, remote: Remote) -> None:
        assert not remote.connector.describe(CONTACTS).fields["hubspot_owner_id"].closed

    def test_owners_have_an_id_and_a_name(self, remote: Remote) -> None:
        owners = remote.connector.owners()
        assert owners
        assert all(owner.id for owner in owners)
        assert any(owner.active and owner.email for owner in owners)

    def test_deals_begin_in_an_open_stage_of_a_pipeline(self, remote: Remote) -> None:
        first = remote.connector.pipelines()[0]
        assert first.id
        assert first.label
        assert [first.stages[0].closed, first.stages[-1].closed] == [False, True]
        assert any(stage.won for stage in first.stages)
        assert not any(stage.won for stage in first.stages if not stage.closed)

    # --- our own fields ---

    def test_provision_tells_what_it_would_add_and_adds_nothing(self, remote: Remote) -> None:
        found = remote.connector.provision({CONTACTS: [KEY, SCORE]}, dry_run=True)
        assert found.added == {CONTACTS: ("smartsync_key", "oppspot_score")}
        assert found.present == {CONTACTS: ()}
        assert "smartsync_key" not in remote.connector.describe(CONTACTS)

    def test_provision_adds_what_is_missing_once(self, remote: Remote) -> None:
        wanted = {name: [KEY] for name in (COMPANIES, CONTACTS, DEALS, TASKS, NOTES)}
        first = remote.connector.provision(wanted)
        again = remote.connector.provision(wanted)
        assert all(first.added[name] == ("smartsync_key",) for name in wanted)
        assert all(again.added[name] == () and again.present[name] == ("smartsync_key",) for name in wanted)
        assert remote.connector.describe(TASKS).fields["smartsync_key"].unique

    def test_provision_adds_a_choice_to_a_list_once_and_leaves_the_others_as_they_are(
        self, remote: Remote
    ) -> None:
        before = remote.connector.describe(COMPANIES).fields["industry"].options
        space = Option(value=fresh("SPACE"), label="Space freight")
        wanted = {COMPANIES: [replace(TRADE, options=(before[0], space))]}
        foreseen = remote.connector.provision(wanted, dry_run=True)
        assert foreseen.options == {COMPANIES: {"industry": (space.value,)}}
        assert remote.connector.describe(COMPANIES).fields["industry"].options == before
        assert remote.connector.provision(wanted).options == foreseen.options
        assert remote.connector.describe(COMPANIES).fields["industry"].options == (*before, space)
        assert remote.connector.provision(wanted).options == {}
        company = made(remote.connector, COMPANIES, name=fresh(), industry=space.value)
        held = remote.connector.read(COMPANIES, [company], ["industry"])[company]
        assert held.properties["industry"] == space.value

    def test_provision_adds_no_choice_to_a_list_that_is_kept_elsewhere(self, remote: Remote) -> None:
        new = Option(value="dreamer", label="Dreamer")
        stage = replace(TRADE, name="lifecyclestage", options=(new,))
        with pytest.raises(NeedsPerson, match="cannot be added to from here"):
            remote.connector.provision({CONTACTS: [stage]})

    def test_a_unique_field_recognises_its_record_and_takes_no_second_one(self, remote: Remote) -> None:
        remote.connector.provision({COMPANIES: [KEY]})
        key = fresh("key")
        company = made(remote.connector, COMPANIES, name=fresh(), smartsync_key=key)
        (again,) = remote.connector.write([create(COMPANIES, name=fresh(), smartsync_key=key)])
        found = remote.connector.find(COMPANIES, "smartsync_key", [key], ["smartsync_key"])
        assert again.status is WriteStatus.CONFLICT
        assert [(one.id, one.properties["smartsync_key"]) for one in found[key]] == [(company, key)]

    # --- write ---

    def test_writing_nothing_answers_nothing(self, remote: Remote) -> None:
        assert remote.connector.write([]) == []

    def test_results_come_in_the_order_of_the_writes(self, remote: Remote) -> None:
        writes = [create(CONTACTS, email=f"{fresh()}@sample.example", firstname=str(n)) for n in range(250)]
        results = remote.connector.write(writes)
        held = remote.connector.read(CONTACTS, [result.id for result in results], ["email"])
        assert [result.ref for result in results] == [write.ref for write in writes]
        assert set(statuses(results)) == {"done"}
        assert [held[result.id].properties["email"] for result in results] == [
            w.properties["email"] for w in writes
        ]

    def test_companies_without_any_key_get_their_own_ids(self, remote: Remote) -> None:
        writes = [create(COMPANIES, name=fresh("Works"), city="Leeds") for _ in range(20)]
        results = remote.connector.write(writes)
        held = remote.connector.read(COMPANIES, [result.id for result in results], ["name"])
        assert [held[result.id].properties["name"] for result in results] == [
            w.properties["name"] for w in writes
        ]

    def test_deals_tasks_and_notes_are_records_too(self, remote: Remote) -> None:
        when = "2026-11-23T10:00:00.000Z"
        line = remote.connector.pipelines()[0]
        ids = {
            DEALS: made(
                remote.connector, DEALS, dealname="Pilot", dealstage=line.stages[0].id, pipeline=line.id
            ),
            TASKS: made(remote.connector, TASKS, hs_task_subject="Call", hs_timestamp=when),
            NOTES: made(remote.connector, NOTES, hs_note_body="Met at the fair", hs_timestamp=when),
        }
        assert all(one in remote.connector.read(name, [one], []) for name, one in ids.items())

    def test_an_update_changes_what_it_names_and_nothing_else(self, remote: Remote) -> None:
        contact = made(remote.connector, CONTACTS, firstname="Ada", lastname="Lane", city="Leeds")
        remote.connector.write([update(CONTACTS, contact, city="York", lastname=CLEAR)])
        held = remote.connector.read(CONTACTS, [contact], ["firstname", "lastname", "city"])[
            contact
        ].properties
        assert held == {"firstname": "Ada", "lastname": None, "city": "York"}

    def test_two_updates_of_one_record_are_both_answered(self, remote: Remote) -> None:
        contact, other = (made(remote.connector, CONTACTS, firstname="Ada") for _ in range(2))
        writes = [
            update(CONTACTS, contact, city="York"),
            update(CONTACTS, other, city="Hull"),
            update(CONTACTS, contact, phone="1"),
        ]
        assert statuses(remote.connector.write(writes)) == ["done", "done", "done"]
        held = remote.connector.read(CONTACTS, [contact], ["city", "phone"])[contact]
        assert held.properties == {"city": "York", "phone": "1"}

    def test_one_record_that_is_gone_does_not_stop_the_others(self, remote: Remote) -> None:
        contact = made(remote.connector, CONTACTS, firstname="Ada")
        results = remote.connector.write(
            [update(CONTACTS, "999999999", city="Hull"), update(CONTACTS, contact, city="York")]
        )
        assert statuses(results) == ["gone", "done"]

    def test_a_taken_email_is_a_conflict_that_names_who_has_it(self, remote: Remote) -> None:
        email = f"{fresh()}@sample.example"
        contact = made(remote.connector, CONTACTS, email=email)
        results = remote.connector.write(
            [create(CONTACTS, firstname="Ada"), create(CONTACTS, email=email.upper())]
        )
        assert statuses(results) == ["done", "conflict"]
        assert results[1].existing_id == contact

    def test_a_refused_cell_is_named_and_the_other_records_are_written(self, remote: Remote) -> None:
        results = remote.connector.write(
            [create(CONTACTS, firstname="Ada"), create(CONTACTS, firstname="Bo", lifecyclestage="astronaut")]
        )
        assert statuses(results) == ["done", "refused"]
        assert [one.field for one in results[1].refusals] == ["lifecyclestage"]
        assert results[1].refusals[0].code
        assert results[1].message

    def test_every_wrong_cell_of_a_record_is_named(self, remote: Remote) -> None:
        wrong = create(COMPANIES, name="Mill", numberofemployees="many", no_such_field="x", hs_object_id="7")
        (result,) = remote.connector.write([wrong])
        assert result.status is WriteStatus.REFUSED
        assert {one.field for one in result.refusals} == {
            "numberofemployees",
            "no_such_field",
            "hs_object_id",
        }

    def test_a_create_without_what_it_needs_is_refused(self, remote: Remote) -> None:
        assert statuses(remote.connector.write([create(TASKS, hs_task_subject="Call")])) == ["refused"]
        assert statuses(remote.connector.write([create(CONTACTS, city="York")])) == ["refused"]

    def test_a_lost_answer_leaves_the_write_unanswered_and_it_is_not_sent_again(self, remote: Remote) -> None:
        remote.lose_next_answer()
        email = f"{fresh()}@sample.example"
        (result,) = remote.connector.write([create(CONTACTS, email=email)])
        assert (result.status, result.id) == (WriteStatus.UNANSWERED, "")
        assert len(remote.connector.find(CONTACTS, "email", [email], [])[email]) == 1

    def test_an_archived_record_is_found_by_nobody_but_read_as_archived(self, remote: Remote) -> None:
        email = f"{fresh()}@sample.example"
        contact = made(remote.connector, CONTACTS, email=email)
        assert statuses(remote.connector.write([archive(CONTACTS, contact)])) == ["done"]
        assert remote.connector.read(CONTACTS, [contact], ["email"])[contact].archived
        assert remote.connector.find(CONTACTS, "email", [email], []) == {email: []}
        assert remote.connector.find(CONTACTS, "id", [contact], []) == {contact: []}

    # --- find ---

    def test_find_answers_under_the_value_as_it_was_given(self, remote: Remote) -> None:
        email = f"{fresh()}@sample.example"
        contact = made(remote.connector, CONTACTS, email=email, firstname="Ada")
        given = [f" {email.upper()} ", email, "nobody@sample.example", ""]
        found = remote.connector.find(CONTACTS, "email", given, ["firstname"])
        assert list(found) == given
        assert [[one.id for one in records] for records in found.values()] == [[contact], [contact], [], []]
        assert found[email][0].properties == {"firstname": "Ada"}

    def test_a_second_email_leads_to_its_owner(self, remote: Remote) -> None:
        email, second = f"{fresh()}@sample.example", f"{fresh()}@sample.example"
        contact = made(remote.connector, CONTACTS, email=email, hs_additional_emails=second)
        found = remote.connector.find(CONTACTS, "email", [second, email], [])
        assert [[one.id for one in found[value]] for value in (second, email)] == [[contact], [contact]]

    def test_find_takes_more_values_than_fit_into_one_call(self, remote: Remote) -> None:
        writes = [create(CONTACTS, email=f"{fresh()}@sample.example") for _ in range(230)]
        ids = [result.id for result in remote.connector.write(writes)]
        emails = [str(write.properties["email"]) for write in writes]
        found = remote.connector.find(CONTACTS, "email", [*emails, "nobody@sample.example"], [])
        assert [[one.id for one in found[email]] for email in emails] == [[one] for one in ids]

    def test_find_by_id_takes_what_is_no_id_for_nobody(self, remote: Remote) -> None:
        contact = made(remote.connector, CONTACTS, firstname="Ada")
        found = remote.connector.find(CONTACTS, "id", [contact, "not an id"], [])
        assert {value: [one.id for one in records] for value, records in found.items()} == {
            contact: [contact],
            "not an id": [],
        }

    def test_find_by_domain_names_every_company_that_has_it(self, remote: Remote) -> None:
        domain, other = f"{fresh('mill')}.example", f"{fresh('dyer')}.example"
        twins = {made(remote.connector, COMPANIES, domain=domain, name=fresh()) for _ in range(2)}
        third = made(
            remote.connector,
            COMPANIES,
            domain=other,
            name=fresh(),
            hs_additional_domains=f"{domain};x.example",
        )
        remote.settle()
        found = remote.connector.find(
            COMPANIES, "domain", [domain.upper(), other, "nobody.example"], ["name"]
        )
        assert {one.id for one in found[domain.upper()]} == {*twins, third}
        assert [one.id for one in found[other]] == [third]
        assert found["nobody.example"] == []

    def test_find_by_many_domains(self, remote: Remote) -> None:
        writes = [create(COMPANIES, domain=f"{fresh('a-rather-long-domain')}.example") for _ in range(210)]
        ids = [result.id for result in remote.connector.write(writes)]
        remote.settle()
        domains = [str(write.properties["domain"]) for write in writes]
        found = remote.connector.find(COMPANIES, "domain", domains, [])
        assert [[one.id for one in found[domain]] for domain in domains] == [[one] for one in ids]

    def test_find_by_name_ignores_case_but_not_words(self, remote: Remote) -> None:
        stem = fresh("Mill")
        company = made(remote.connector, COMPANIES, name=f"{stem} & Söhne")
        made(remote.connector, COMPANIES, name=f"{stem} & Söhne Holding")
        remote.settle()
        asked = f"{stem} & SÖHNE".lower()
        assert [one.id for one in remote.connector.find(COMPANIES, "name", [asked], [])[asked]] == [company]

    def test_a_field_nobody_has_is_a_matter_for_a_person(self, remote: Remote) -> None:
        with pytest.raises(NeedsPerson, match="no_such_field"):
            remote.connector.find(CONTACTS, "no_such_field", ["x"], [])

    # --- read ---

    def test_read_gives_what_was_asked_for_and_leaves_out_what_is_not_there(self, remote: Remote) -> None:
        contact = made(remote.connector, CONTACTS, firstname="Ada")
        read = remote.connector.read(
            CONTACTS, [contact, "999999999"], ["firstname", "lastname", "no_such_field"]
        )
        assert list(read) == [contact]
        assert read[contact].properties == {"firstname": "Ada", "lastname": None}
        assert read[contact].updated_at is not None
        assert not read[contact].archived

    def test_history_tells_what_a_record_held_and_since_when(self, remote: Remote) -> None:
        _needs_history(remote)
        company, other = (made(remote.connector, COMPANIES, name=fresh(), city="Leeds") for _ in range(2))
        remote.settle()
        remote.connector.write([update(COMPANIES, company, city="York")])
        remote.settle()
        remote.connector.write([update(COMPANIES, company, city=CLEAR)])
        told = remote.connector.history(COMPANIES, [company, other, "999999999"], ["city", "phone"])
        assert set(told) == {company, other}
        assert [one.value for one in told[company]["city"]] == [None, "York", "Leeds"]
        times = [one.at for one in told[company]["city"]]
        assert times == sorted(times, reverse=True)
        assert [one.value for one in told[other]["city"]] == ["Leeds"]
        assert told[other]["phone"] == []

    def test_history_is_read_of_more_records_than_one_call_takes(self, remote: Remote) -> None:
        _needs_history(remote)
        writes = [create(COMPANIES, name=fresh(), city="Leeds") for _ in range(60)]
        ids = [one.id for one in remote.connector.write(writes)]
        told = remote.connector.history(COMPANIES, ids, ["city"])
        assert {versions["city"][0].value for versions in told.values()} == {"Leeds"}
        assert set(told) == set(ids)

    def test_a_merged_record_is_read_under_the_asked_id_with_the_id_it_has_now(self, remote: Remote) -> None:
        kept, absorbed = (made(remote.connector, COMPANIES, name=fresh()) for _ in range(2))
        now = remote.merge(COMPANIES, kept, absorbed)
        assert remote.connector.read(COMPANIES, [absorbed], [])[absorbed].id == now

    def test_the_recycle_bin_is_read_on_its_own(self, remote: Remote) -> None:
        live, binned = (made(remote.connector, CONTACTS, firstname="Ada") for _ in range(2))
        remote.connector.write([archive(CONTACTS, binned)])
        found = remote.connector.read(CONTACTS, [live, binned, "999999999"], ["firstname"], archived=True)
        assert list(found) == [binned]
        assert found[binned].archived

    def test_a_record_that_others_were_merged_into_shows_it(self, remote: Remote) -> None:
        merged_field = remote.connector.describe(CONTACTS).merged_field
        kept, absorbed = (made(remote.connector, CONTACTS, email=f"{fresh()}@x.example") for _ in range(2))
        assert not remote.connector.read(CONTACTS, [kept], [merged_field])[kept].properties[merged_field]
        now = remote.merge(CONTACTS, kept, absorbed)
        assert remote.connector.read(CONTACTS, [now], [merged_field])[now].properties[merged_field]

    # --- fields that the remote fills or moves by itself ---

    def test_what_a_new_record_holds_by_itself_is_told(self, remote: Remote) -> None:
        schema = remote.connector.describe(CONTACTS)
        contact = made(remote.connector, CONTACTS, firstname="Ada")
        writable = [field.name for field in schema.fields.values() if field.writable and not field.derived]
        read = remote.connector.read(CONTACTS, [contact], writable)[contact].properties
        filled = {name: value for name, value in read.items() if value and name != "firstname"}
        assert filled == {name: schema.fields[name].preset for name in filled}

    def test_a_lifecycle_stage_only_moves_forward(self, remote: Remote) -> None:
        contact = made(remote.connector, CONTACTS, firstname="Ada", lifecyclestage="opportunity")
        assert statuses(remote.connector.write([update(CONTACTS, contact, lifecyclestage="lead")])) == [
            "done"
        ]
        read = remote.connector.read(CONTACTS, [contact], ["lifecyclestage"])
        assert read[contact].properties == {"lifecyclestage": "opportunity"}

    def test_a_write_that_steps_back_sets_an_earlier_stage(self, remote: Remote) -> None:
        contact, other = (
            made(remote.connector, CONTACTS, firstname="Ada", lifecyclestage="opportunity") for _ in range(2)
        )
        back = replace(
            update(CONTACTS, contact, lifecyclestage="lead", city="York"),
            steps_back=frozenset({"lifecyclestage"}),
        )
        onward = update(CONTACTS, other, lifecyclestage="customer")
        gone = replace(
            update(CONTACTS, "999999999", lifecyclestage="lead"), steps_back=frozenset({"lifecyclestage"})
        )
        assert statuses(remote.connector.write([onward, back, gone])) == ["done", "done", "gone"]
        read = remote.connector.read(CONTACTS, [contact, other], ["lifecyclestage", "city"])
        assert read[contact].properties == {"lifecyclestage": "lead", "city": "York"}
        assert read[other].properties == {"lifecyclestage": "customer", "city": None}

    # --- associations ---

    def test_a_call_with_a_contact_is_seen(self, remote: Remote) -> None:
        called, quiet = (made(remote.connector, CONTACTS, firstname="Ada") for _ in range(2))
        call = remote.log_call(called)
        found = remote.connector.linked(CONTACTS, [called, quiet], Activity.CALLS)
        assert {one: [link.to_id for link in links] for one, links in found.items()} == {
            called: [call],
            quiet: [],
        }
        assert not found[called][0].labels
        assert remote.connector.linked(CONTACTS, [called], Activity.MEETINGS) == {called: []}

    def test_what_people_call_an_association_is_seen_from_both_sides(self, remote: Remote) -> None:
        contact, company = self._pair(remote)
        link = to_company(company, contact_id=contact, primary=True)
        remote.connector.link([link])
        assert remote.connector.linked(CONTACTS, [contact], COMPANIES)[contact] == [link]
        label = remote.label(link)
        assert remote.connector.linked(CONTACTS, [contact], COMPANIES)[contact][0].labels == (label,)
        assert remote.connector.linked(COMPANIES, [company], CONTACTS)[company][0].labels == (label,)

    def test_a_create_carries_its_associations(self, remote: Remote) -> None:
        company = made(remote.connector, COMPANIES, name=fresh())
        (result,) = remote.connector.write(
            [create(CONTACTS, [to_company(company, primary=True)], firstname="Ada")]
        )
        assert result.linked
        assert remote.connector.linked(CONTACTS, [result.id], COMPANIES) == {
            result.id: [to_company(company, contact_id=result.id, primary=True)]
        }

    def test_every_asked_record_is_told_about_also_with_no_association(self, remote: Remote) -> None:
        contact = made(remote.connector, CONTACTS, firstname="Ada")
        assert remote.connector.linked(CONTACTS, [contact], COMPANIES) == {contact: []}

    def test_an_association_is_seen_from_both_sides(self, remote: Remote) -> None:
        contact, company = self._pair(remote)
        assert remote.connector.link([to_company(company, contact_id=contact)]) == [""]
        assert [one.to_id for one in remote.connector.linked(CONTACTS, [contact], COMPANIES)[contact]] == [
            company
        ]
        assert [one.to_id for one in remote.connector.linked(COMPANIES, [company], CONTACTS)[company]] == [
            contact
        ]

    def test_a_second_company_stands_beside_the_primary_one(self, remote: Remote) -> None:
        contact, first = self._pair(remote)
        second = made(remote.connector, COMPANIES, name=fresh())
        remote.connector.link([to_company(first, contact_id=contact, primary=True)])
        remote.connector.link([to_company(second, contact_id=contact)])
        assert self._primaries(remote, contact) == {first: True, second: False}

    def test_a_new_primary_company_takes_over(self, remote: Remote) -> None:
        contact, first = self._pair(remote)
        second = made(remote.connector, COMPANIES, name=fresh())
        remote.connector.link([to_company(first, contact_id=contact, primary=True)])
        remote.connector.link([to_company(second, contact_id=contact, primary=True)])
        assert self._primaries(remote, contact) == {first: False, second: True}

    def test_primary_and_other_companies_can_be_added_in_one_go(self, remote: Remote) -> None:
        contact, first = self._pair(remote)
        second = made(remote.connector, COMPANIES, name=fresh())
        wanted = [to_company(second, contact_id=contact), to_company(first, contact_id=contact, primary=True)]
        assert remote.connector.link(wanted) == ["", ""]
        assert self._primaries(remote, contact) == {first: True, second: False}

    def test_adding_and_removing_an_association_twice_is_as_good_as_once(self, remote: Remote) -> None:
        contact, company = self._pair(remote)
        link = to_company(company, contact_id=contact)
        assert remote.connector.link([link, link]) == ["", ""]
        assert remote.connector.link([link]) == [""]
        assert remote.connector.link(remove=[link]) == [""]
        assert remote.connector.link(remove=[link]) == [""]
        assert remote.connector.linked(CONTACTS, [contact], COMPANIES) == {contact: []}

    def test_an_association_to_nobody_is_told_in_a_sentence_and_the_others_are_made(
        self, remote: Remote
    ) -> None:
        contact, company = self._pair(remote)
        said = remote.connector.link(
            [to_company("999999999", contact_id=contact), to_company(company, contact_id=contact)]
        )
        assert said[0]
        assert said[1] == ""
        assert self._primaries(remote, contact).keys() == {company}

    # --- changes and price ---

    def test_changes_come_oldest_first_and_go_on_where_they_stopped(self, remote: Remote) -> None:
        first = made(remote.connector, COMPANIES, name=fresh())
        second = made(remote.connector, COMPANIES, name=fresh())
        remote.settle()
        pages = list(remote.connector.changes(COMPANIES, None, ["name"]))
        assert [one.id for page in pages for one in page.records] == [first, second]
        remote.connector.write([update(COMPANIES, first, name=fresh())])
        remote.settle()
        later = [
            one.id
            for page in remote.connector.changes(COMPANIES, pages[-1].cursor, [])
            for one in page.records
        ]
        assert later[-1] == first

    def test_a_price_counts_calls_per_window(self, remote: Remote) -> None:
        allowed = remote.connector.manifest
        asked, new = 2 * allowed.batch_size + 1, allowed.batch_size + 1
        links = allowed.association_batch_size
        some = Counts(find_unique={CONTACTS: asked}, create={CONTACTS: new}, link_reads=links)
        budget = remote.connector.price(some)
        assert budget.calls[Window.APP] == 3 + 2 + 2 + 2  # match, precondition, write, proof
        assert budget.calls[Window.ASSOCIATION] == 1
        assert budget.calls[Window.SEARCH] == 0

    def _pair(self, remote: Remote) -> tuple[str, str]:
        return made(remote.connector, CONTACTS, firstname="Ada"), made(
            remote.connector, COMPANIES, name=fresh()
        )

    def _primaries(self, remote: Remote, contact: str) -> dict[str, bool]:
        return {
            one.to_id: one.primary for one in remote.connector.linked(CONTACTS, [contact], COMPANIES)[contact]
        }
