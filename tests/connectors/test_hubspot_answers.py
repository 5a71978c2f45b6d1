"""What HubSpot's answers mean: error families, and the fate of each input of a batch (CONTRACT §2.3, §3, §4.4, §4.8)."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from smartsync_core.connectors.hubspot.answers import (
    batch_results,
    classify,
    limits_told,
    named_refusals,
    refusal_of,
    repeated,
)
from smartsync_core.errors import NeedsPerson, RetryLater, SkipRecord, SmartSyncError, StopRun
from smartsync_core.http import Answer, TokenExpired
from smartsync_core.model.crm import ObjectName, Refusal, Window, WriteStatus
from tests.connectors.contract import archive, create, statuses, update

CONTACTS, COMPANIES = ObjectName.CONTACTS, ObjectName.COMPANIES
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def answer(status: int, body: object = None, **headers: str) -> Answer:
    return Answer(status=status, body={} if body is None else body, headers=headers)


def family(status: int, body: object = None, **headers: str) -> SmartSyncError:
    return classify(answer(status, body, **headers), now=NOON, zone="US/Eastern")


# --- families ---

WRONG_FIELD = {
    "status": "error",
    "message": 'Property values were not valid: [{"isValid":false,"message":"Property \\"x\\" does not exist",'
    '"error":"PROPERTY_DOESNT_EXIST","name":"x"}]',
    "category": "VALIDATION_ERROR",
}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"message": "Unable to infer object type from: butterflies"}, StopRun),
        (400, WRONG_FIELD, NeedsPerson),
        (401, {"category": "EXPIRED_AUTHENTICATION"}, TokenExpired),
        (401, {"category": "INVALID_AUTHENTICATION"}, NeedsPerson),
        (403, {"category": "MISSING_SCOPES"}, NeedsPerson),
        (404, {"category": "OBJECT_NOT_FOUND"}, SkipRecord),
        (409, {"category": "CONFLICT"}, SkipRecord),
        (414, {}, SkipRecord),
        (423, {}, RetryLater),
        (429, {"policyName": "TEN_SECONDLY_ROLLING"}, RetryLater),
        (477, {}, RetryLater),
        (500, {}, RetryLater),
        (502, "<html>", RetryLater),
        (524, [], RetryLater),
        (530, {}, NeedsPerson),
        (302, {}, NeedsPerson),
    ],
)
def test_a_refused_call_falls_into_the_family_of_what_to_do_next(
    status: int, body: object, kind: type[SmartSyncError]
) -> None:
    error = family(status, body)
    assert isinstance(error, kind)
    assert error.connector == "hubspot"


@pytest.mark.parametrize("status", [401, 403, 423, 477, 500, 530, 302])
def test_what_a_person_can_do_about_it_is_said(status: int) -> None:
    assert family(status).hint.endswith(".")


@pytest.mark.parametrize(
    ("body", "headers", "after_s", "daily"),
    [
        ({"policyName": "SECONDLY"}, {}, 1.0, False),
        ({"policyName": "TEN_SECONDLY_ROLLING"}, {}, 2.5, False),
        ({"message": "You have reached your ten_secondly_rolling limit."}, {}, 2.5, False),
        ({"message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}, {}, 1.0, False),
        ({"policyName": "TEN_SECONDLY_ROLLING"}, {"retry-after": "7"}, 7.0, False),
        ({"policyName": "DAILY"}, {}, 17 * 3600.0, True),
        ({"message": "You have reached your daily limit."}, {}, 17 * 3600.0, True),
    ],
)
def test_a_limit_says_how_long_to_wait(
    body: dict[str, str], headers: dict[str, str], after_s: float, daily: bool
) -> None:
    error = family(429, body, **headers)
    assert isinstance(error, RetryLater)
    assert (error.after_s, error.daily) == (after_s, daily)  # noon UTC is 7 in the morning in New York


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"context": {"requiredScopes": ["contacts"]}}], "category": "MISSING_SCOPES"},
        {"context": {"requiredGranularScopes": ["contacts"]}, "category": "MISSING_SCOPES"},
    ],
)
def test_a_missing_permission_is_named_wherever_hubspot_puts_it(body: dict[str, Any]) -> None:
    assert "contacts" in family(403, body).message


@pytest.mark.parametrize(
    ("headers", "limits"),
    [
        ({}, {}),
        ({"x-hubspot-ratelimit-max": "100"}, {Window.APP: 100, Window.ASSOCIATION: 100}),
        ({"x-hubspot-ratelimit-max": "190"}, {Window.APP: 190, Window.ASSOCIATION: 150}),
        ({"x-hubspot-ratelimit-max": "250"}, {Window.APP: 250, Window.ASSOCIATION: 200}),
        ({"x-hubspot-ratelimit-max": "110"}, {Window.APP: 110, Window.ASSOCIATION: 100}),
        ({"x-hubspot-ratelimit-max": "10", "x-hubspot-ratelimit-interval-milliseconds": "1000"}, {}),
        ({"x-hubspot-ratelimit-max": "0"}, {}),
    ],
)
def test_headers_tell_the_accounts_limits(headers: dict[str, str], limits: dict[Window, int]) -> None:
    assert limits_told(answer(200, **headers)) == limits


# --- one result per write ---


def done(record_id: str, **told: Any) -> dict[str, Any]:
    return {"id": record_id, "properties": told.pop("properties", {}), **told}


def test_results_are_matched_by_trace_id_in_whatever_order_they_come() -> None:
    writes = [create(CONTACTS, firstname="Ada") for _ in range(20)]
    results = [done(str(n), objectWriteTraceId=write.ref) for n, write in enumerate(writes)]
    random.Random(1).shuffle(results)
    assert [one.id for one in batch_results(writes, {"results": results})] == [str(n) for n in range(20)]


def test_without_trace_ids_a_create_is_recognised_by_its_key_or_email_in_any_case() -> None:
    writes = [
        create(CONTACTS, email="Ada@Sample.example"),
        create(CONTACTS, email="bo@sample.example", smartsync_key="k2"),
    ]
    body = {
        "results": [
            done("2", properties={"smartsync_key": "k2", "email": "bo@sample.example"}),
            done("1", properties={"email": "ada@sample.example"}),
        ]
    }
    assert [one.id for one in batch_results(writes, body)] == ["1", "2"]


def test_without_any_key_a_create_is_recognised_by_values_that_no_other_write_has() -> None:
    writes = [create(COMPANIES, name=name) for name in ("Mill", "Dyer", "Dyer")]
    body = {
        "results": [
            done(str(n), properties={"name": name}) for n, name in enumerate(("Dyer", "Mill", "Dyer"))
        ]
    }
    assert [(one.status, one.id) for one in batch_results(writes, body)] == [
        (WriteStatus.DONE, "1"),
        (WriteStatus.UNANSWERED, ""),
        (WriteStatus.UNANSWERED, ""),
    ]


def test_an_update_is_matched_by_id() -> None:
    writes = [update(CONTACTS, "7", city="York"), update(CONTACTS, "8", city="Hull")]
    assert statuses(batch_results(writes, {"results": [done("8"), done("7")]})) == ["done", "done"]


@pytest.mark.parametrize(
    "body",
    [
        {"status": "COMPLETE", "results": []},
        {"status": "COMPLETE", "results": [], "errors": [], "numErrors": 2},
        {},
        [],
        None,
        {"results": [done("99", properties={"email": "somebody@sample.example"})]},
    ],
)
def test_success_that_names_no_write_leaves_it_unanswered(body: object) -> None:
    writes = [create(CONTACTS, email="ada@sample.example"), create(CONTACTS, email="bo@sample.example")]
    assert statuses(batch_results(writes, body)) == ["unanswered", "unanswered"]


CONFLICT = {"status": "error", "category": "CONFLICT", "message": "Contact already exists. Existing ID: 1715"}
GONE = {
    "status": "error",
    "category": "OBJECT_NOT_FOUND",
    "message": "Could not get some CONTACT objects, they may be deleted or not exist.",
}


def test_errors_of_a_partly_successful_batch_go_to_the_writes_they_name() -> None:
    writes = [create(CONTACTS, firstname=name) for name in "ABC"]
    body = {
        "results": [done("1", objectWriteTraceId=writes[1].ref)],
        "errors": [
            CONFLICT | {"context": {"objectWriteTraceId": [writes[0].ref], "existingId": ["1715"]}},
            WRONG_FIELD | {"context": {"objectWriteTraceId": [writes[2].ref]}},
        ],
    }
    results = batch_results(writes, body)
    assert statuses(results) == ["conflict", "done", "refused"]
    assert results[0].existing_id == "1715"
    assert results[2].refusals[0].field == "x"


def test_an_error_that_names_ids_alone_is_matched_by_id() -> None:
    writes = [update(CONTACTS, "42", city="York"), update(CONTACTS, "43", city="Hull")]
    body = {"results": [done("43")], "errors": [GONE | {"context": {"ids": ["42"]}}]}
    assert statuses(batch_results(writes, body)) == ["gone", "done"]


def test_an_error_that_names_nobody_goes_to_the_only_write_left() -> None:
    writes = [create(CONTACTS, firstname=name) for name in "AB"]
    one_left = {"results": [done("1", objectWriteTraceId=writes[0].ref)], "errors": [CONFLICT]}
    assert statuses(batch_results(writes, one_left)) == ["done", "conflict"]
    assert statuses(batch_results(writes, {"results": [], "errors": [CONFLICT]})) == [
        "unanswered",
        "unanswered",
    ]


def test_an_error_of_one_write_never_falls_on_another_that_was_passed_over() -> None:
    writes = [create(CONTACTS, firstname=name) for name in "AB"]
    body = {"errors": [CONFLICT | {"context": {"objectWriteTraceId": [writes[0].ref]}}]}
    assert statuses(batch_results(writes, body)) == ["conflict", "unanswered"]


def test_an_archive_is_done_when_hubspot_says_nothing_against_it() -> None:
    writes = [archive(CONTACTS, "7"), archive(CONTACTS, "8")]
    assert statuses(batch_results(writes, {})) == ["done", "done"]
    named = {"errors": [GONE | {"context": {"ids": ["8"]}}]}
    assert statuses(batch_results(writes, named)) == ["done", "gone"]


# --- the words of one refusal ---


def test_cells_are_named_from_the_list_and_from_the_text_inside_the_message() -> None:
    inner = [
        {
            "isValid": False,
            "message": "X was not one of the allowed options: [a]",
            "error": "INVALID_OPTION",
            "name": "a",
        },
        {"isValid": False, "message": "many was not a valid number", "error": "INVALID_INTEGER", "name": "b"},
    ]
    body = {
        "message": f"Property values were not valid: {json.dumps(inner)}",
        "errors": [
            {"message": inner[0]["message"], "code": "INVALID_OPTION", "context": {"propertyName": ["a"]}}
        ],
        "category": "VALIDATION_ERROR",
    }
    result = refusal_of(create(CONTACTS, a="X", b="many"), body)
    assert result.refusals == (
        Refusal(field="a", code="INVALID_OPTION", message="X was not one of the allowed options: [a]"),
        Refusal(field="b", code="INVALID_INTEGER", message="many was not a valid number"),
    )
    assert "[{" not in result.message


@pytest.mark.parametrize("message", ["Something: [cut off", "Something: 12", "no colon at all", ""])
def test_a_message_that_holds_no_list_is_kept_as_the_reason(message: str) -> None:
    result = refusal_of(create(CONTACTS), {"message": message, "category": "VALIDATION_ERROR"})
    assert result.status is WriteStatus.REFUSED
    assert result.refusals == (
        Refusal(field="", code="VALIDATION_ERROR", message=message or "HubSpot refused this record."),
    )


@pytest.mark.parametrize(
    ("body", "existing_id"),
    [
        ({"category": "CONFLICT", "message": "Contact already exists"}, ""),
        ({"category": "CONFLICT", "message": "Contact already exists. Existing ID: 55"}, "55"),
        ({"category": "VALIDATION_ERROR", "message": "value on 1. 77 already has that value."}, "77"),
        (
            {
                "errors": [
                    {
                        "code": "CONFLICTING_UNIQUE_VALUE",
                        "message": "taken",
                        "context": {"propertyName": ["k"]},
                    }
                ]
            },
            "",
        ),
        ({"category": "OBJECT_ALREADY_EXISTS", "message": "there", "context": {"existingId": ["66"]}}, "66"),
    ],
)
def test_a_taken_value_is_a_conflict_and_names_its_holder_where_hubspot_does(
    body: dict[str, Any], existing_id: str
) -> None:
    result = refusal_of(create(CONTACTS, email="a@b.example"), body)
    assert (result.status, result.existing_id) == (WriteStatus.CONFLICT, existing_id)


# --- a batch refused as a whole ---


def test_of_a_batch_refused_as_a_whole_only_those_surely_named_are_guilty() -> None:
    writes = [create(CONTACTS, firstname="A"), create(CONTACTS, x="1"), create(CONTACTS, firstname="C")]
    assert list(named_refusals(writes, WRONG_FIELD)) == [writes[1].ref]
    assert named_refusals(writes, CONFLICT) == {}


def test_second_writes_to_one_record_are_told_apart() -> None:
    writes = [update(CONTACTS, one, city="York") for one in ("7", "8", "7", "7")]
    assert repeated(writes) == [writes[2], writes[3]]
    assert repeated([create(CONTACTS), create(CONTACTS)]) == []
