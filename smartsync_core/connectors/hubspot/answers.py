"""What HubSpot's answers mean: refusals in our four families, and which input of a batch became what. Pure.

A batch answer is believed only where it names an input: by trace id, by id, or by a value nobody else in the batch has.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from smartsync_core.connectors.hubspot.wire import json_list
from smartsync_core.errors import NeedsPerson, RetryLater, SkipRecord, SmartSyncError, StopRun
from smartsync_core.http import Answer, TokenExpired
from smartsync_core.model.crm import DayCalls, Refusal, Window, Write, WriteKind, WriteResult, WriteStatus

__all__ = ["batch_results", "classify", "day_told", "limits_told", "named_refusals", "refusal_of", "repeated"]

_PAUSES: Final = {  # status: what to say, and how long to wait where HubSpot does not tell
    423: ("HubSpot is busy with these records.", 2.0),
    477: ("HubSpot is moving this account to another place.", 60.0),
}
_ASSOCIATION_LIMITS: Final = {
    100: 100,
    110: 100,
    190: 150,
    250: 200,
}  # app limit per 10 s -> association limit

# --- families -----------------------------------------------------------------------------------------------------------


def classify(answer: Answer, *, now: datetime, zone: str) -> SmartSyncError:
    """The family of a refused call. `now` is aware; the daily limit starts anew at midnight in `zone`."""
    if answer.status == 429:
        return _limited(answer, now, zone)
    if answer.status in _PAUSES or (answer.status >= 500 and answer.status != 530):
        message, wait_s = _PAUSES.get(answer.status, ("HubSpot is in trouble at the moment.", 0.5))
        hint = "Nothing is lost; try again in a minute."
        return RetryLater(message, after_s=_retry_after(answer) or wait_s, hint=hint, connector="hubspot")
    if answer.status in (401, 530):  # 530: the account itself cannot be reached with this key
        return _unauthorised(_body(answer).get("category") == "EXPIRED_AUTHENTICATION")
    if answer.status == 403:
        return _forbidden(answer.body)
    if answer.status in (404, 409, 414):
        message = _message(answer.body) or "HubSpot has no such record."
        return SkipRecord(message, code=f"refused_{answer.status}", connector="hubspot")
    return _not_possible(answer)


def limits_told(answer: Answer) -> dict[Window, int]:
    """The account's limits as the headers of an ordinary answer tell them; {} where they say nothing."""
    headers = answer.headers
    told = headers.get("x-hubspot-ratelimit-max", "")
    if not told.isdigit() or headers.get("x-hubspot-ratelimit-interval-milliseconds", "10000") != "10000":
        return {}
    calls = int(told)
    return {Window.APP: calls, Window.ASSOCIATION: _ASSOCIATION_LIMITS.get(calls, 100)} if calls else {}


def day_told(answer: Answer) -> DayCalls | None:
    """The account's day as the headers of an ordinary answer tell it; those to an OAuth app do not."""
    allowed, left = (answer.headers.get(f"x-hubspot-ratelimit-daily{of}", "") for of in ("", "-remaining"))
    if not (allowed.isdigit() and left.isdigit()):
        return None
    return DayCalls(used=max(0, int(allowed) - int(left)), allowed=int(allowed))


def _unauthorised(expired: bool) -> NeedsPerson:
    """HubSpot also calls a key expired that it never knew (HubSpot/hubspot-api-php#363)."""
    hint = "Connect it again with a new service key, under the same name: Setup → Accounts."
    if expired:
        return TokenExpired(
            "HubSpot says this key has expired.", hint=hint, code="key_expired", connector="hubspot"
        )
    return NeedsPerson(
        "HubSpot does not accept this key.", hint=hint, code="key_refused", connector="hubspot"
    )


def _forbidden(body: object) -> NeedsPerson:
    scopes = ", ".join(_named_scopes(body))
    message = "This key may not do that in HubSpot."
    return NeedsPerson(
        f"{message} HubSpot names the permission {scopes}." if scopes else message,
        hint="Ask your HubSpot admin to add it to the key; Setup → Accounts lists what is missing.",
        code="missing_scope",
        connector="hubspot",
    )


def _not_possible(answer: Answer) -> SmartSyncError:
    if unknown := [one.field for one in _refusals(answer.body) if one.code == "PROPERTY_DOESNT_EXIST"]:
        return NeedsPerson(
            f"HubSpot has no field “{unknown[0]}” any more.",
            hint="Match the column to another field, or add the field in HubSpot.",
            code="field_gone",
            connector="hubspot",
        )
    if 300 <= answer.status < 400:
        hint = "Correct HUBSPOT_BASE_URL, then connect the account again under Setup → Accounts."
        return NeedsPerson("This address is not HubSpot's.", hint=hint, code="address", connector="hubspot")
    told = _message(answer.body) or f"answer {answer.status}"
    return StopRun(f"HubSpot refused the request: {told}", code="refused", connector="hubspot")


def _named_scopes(body: object) -> Iterator[str]:
    """May name the wrong one (HubSpot/hubspot-api-nodejs#268): a hint, not the truth."""
    told = body if isinstance(body, Mapping) else {}
    for entry in [told, *json_list(told, "errors")]:
        context = entry.get("context") if isinstance(entry, Mapping) else None
        for key in ("requiredGranularScopes", "requiredScopes"):
            yield from (str(scope) for scope in json_list(context, key))


def _limited(answer: Answer, now: datetime, zone: str) -> RetryLater:
    policy = str(_body(answer).get("policyName") or _message(answer.body)).lower()
    if "daily" in policy:
        return RetryLater(
            "HubSpot's calls for today are used up in this account.",
            after_s=_until_midnight(now, zone),
            daily=True,
            hint="There are new ones after midnight.",
            code="daily_limit",
            connector="hubspot",
        )
    guess_s = 2.5 if "ten_secondly" in policy else 1.0  # doubled with each try, so a 10 s window passes
    wait_s = _retry_after(answer) or guess_s
    return RetryLater(
        "HubSpot asks for fewer calls at a time.",
        after_s=wait_s,
        hint="Nothing is lost; try again in a minute.",
        code="limit",
        connector="hubspot",
    )


def _until_midnight(now: datetime, zone: str) -> float:
    there = now.astimezone(ZoneInfo(zone))
    midnight = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight.astimezone(now.tzinfo) - now).total_seconds()


def _retry_after(answer: Answer) -> float | None:
    told = answer.headers.get("retry-after", "")
    return float(told) if told.replace(".", "", 1).isdigit() else None


# --- one result per write -----------------------------------------------------------------------------------------------


def batch_results(writes: Sequence[Write], body: object) -> list[WriteResult]:
    """One result per write, in order, from a 2xx: what neither a result nor an error names stays UNANSWERED."""
    found, nameless = _refused(writes, json_list(body, "errors"))
    found |= _matched(_left(writes, found), json_list(body, "results"))
    left = _left(writes, found)
    if len(left) == 1 and len(nameless) == 1:  # it can only mean this one
        found[left[0].ref] = refusal_of(left[0], nameless[0])
    elif not nameless:  # an archive is answered by 204 for all at once, or by an empty list
        found |= {write.ref: _done(write, write.id) for write in left if write.kind is WriteKind.ARCHIVE}
    silent = "HubSpot's answer says nothing about this record."
    return [
        found.get(write.ref) or WriteResult(ref=write.ref, status=WriteStatus.UNANSWERED, message=silent)
        for write in writes
    ]


def refusal_of(write: Write, error: object) -> WriteResult:
    """What one error says about one write."""
    told = error if isinstance(error, Mapping) else {}
    refusals = tuple(_refusals(told))
    message = "; ".join(one.message for one in refusals) or _message(told) or "HubSpot refused this record."
    category = str(told.get("category") or "")
    if _is_conflict(category, refusals, message):
        status = WriteStatus.CONFLICT
    elif category == "OBJECT_NOT_FOUND" and write.kind is not WriteKind.CREATE:
        status = WriteStatus.GONE
    else:
        status = WriteStatus.REFUSED
        code = str(told.get("subCategory") or category or "REFUSED")
        refusals = refusals or (Refusal(field="", code=code, message=message),)
    taken_by = _existing_id(told, message) if status is WriteStatus.CONFLICT else ""
    return WriteResult(ref=write.ref, status=status, existing_id=taken_by, message=message, refusals=refusals)


def named_refusals(writes: Sequence[Write], body: object) -> dict[str, WriteResult]:
    """From a batch refused as a whole (nothing was written): the writes it surely names as guilty, by ref."""
    found, _ = _refused(writes, json_list(body, "errors"))
    gone_fields = [
        one.field for one in _refusals(body) if one.code in ("PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE")
    ]
    for write in writes:
        if any(name in write.properties for name in gone_fields):
            found.setdefault(write.ref, refusal_of(write, body))
    return found


def repeated(writes: Sequence[Write]) -> list[Write]:
    """Writes to a record that an earlier one of the same batch writes too; HubSpot refuses such a batch as a whole."""
    seen: set[str] = set()
    again = []
    for write in writes:
        if write.id and write.id in seen:
            again.append(write)
        seen.add(write.id)
    return again


def _matched(writes: Sequence[Write], results: Iterable[Any]) -> dict[str, WriteResult]:
    """By trace id; what carries none by id, then by e-mail or unique key, then by values that one write alone has."""
    open_writes = {write.ref: write for write in writes}
    open_results = [one for one in results if isinstance(one, Mapping) and one.get("id")]
    found: dict[str, WriteResult] = {}
    for name_write, name_result in _MATCHES:
        names = Counter(name for write in open_writes.values() if (name := name_write(write)))
        answers = Counter(name for one in open_results if (name := name_result(one)))
        by_name = {name_write(write): write for write in open_writes.values()}
        unmatched = []
        for one in open_results:
            name = name_result(one)
            write = by_name.get(name) if names[name] == 1 and answers[name] == 1 else None
            if write is None:
                unmatched.append(one)
                continue
            found[write.ref] = _done(write, str(one["id"]))
            del open_writes[write.ref]
        open_results = unmatched
    return found


def _done(write: Write, record_id: str) -> WriteResult:
    return WriteResult(ref=write.ref, status=WriteStatus.DONE, id=record_id, linked=bool(write.associations))


def _property(name: str) -> tuple[Callable[[Write], str], Callable[[Mapping[str, Any]], str]]:
    def of_write(write: Write) -> str:
        return _folded(write.properties.get(name)) if write.kind is WriteKind.CREATE else ""

    return of_write, lambda told: _folded((told.get("properties") or {}).get(name))


_TELLING = ("domain", "name", "firstname", "lastname", "dealname", "hs_task_subject", "hs_note_body")
"""What tells two records of one batch apart when no key does; HubSpot gives these back as they were sent."""


def _telling_of_write(write: Write) -> str:
    return _telling(write.properties) if write.kind is WriteKind.CREATE else ""


def _telling(properties: Mapping[str, Any]) -> str:
    values = [_folded(properties.get(name)) for name in _TELLING]
    return "\n".join(values) if any(values) else ""


_MATCHES: Final[list[tuple[Callable[[Write], str], Callable[[Mapping[str, Any]], str]]]] = [
    (lambda write: write.ref, lambda told: str(told.get("objectWriteTraceId") or "")),
    (lambda write: write.id, lambda told: str(told["id"])),
    _property("smartsync_key"),
    _property("email"),
    (_telling_of_write, lambda told: _telling(told.get("properties") or {})),
]


def _refused(writes: Sequence[Write], errors: Sequence[Any]) -> tuple[dict[str, WriteResult], list[Any]]:
    """Refusals by ref, from the trace ids or ids that errors name; and the errors that name nobody."""
    by_ref = {write.ref: write for write in writes}
    by_id: dict[str, list[Write]] = defaultdict(list)
    for write in writes:
        if write.id:
            by_id[write.id].append(write)
    found: dict[str, WriteResult] = {}
    nameless = []
    for error in errors:
        context = error.get("context") if isinstance(error, Mapping) else None
        traced = [by_ref[ref] for ref in map(str, json_list(context, "objectWriteTraceId")) if ref in by_ref]
        named = traced or [write for one in json_list(context, "ids") for write in by_id.get(str(one), ())]
        for write in named:
            found.setdefault(write.ref, refusal_of(write, error))
        if not named:
            nameless.append(error)
    return found, nameless


def _left(writes: Sequence[Write], found: Mapping[str, WriteResult]) -> list[Write]:
    return [write for write in writes if write.ref not in found]


# --- the words of an error ------------------------------------------------------------------------------------------------

_EXISTING = re.compile(r"Existing ID:\s*(\d+)|(\d+) already has that value")


def _refusals(error: object) -> list[Refusal]:
    """Refused cells, from `errors[]` and from the JSON inside `message`; either may be short or missing."""
    found: dict[tuple[str, str], Refusal] = {}
    for entry in json_list(error, "errors"):
        context = entry.get("context") if isinstance(entry, Mapping) else None
        names = [str(name) for key in ("propertyName", "properties") for name in json_list(context, key)]
        for name in names:
            code = str(entry.get("code") or "")
            found[name, code] = Refusal(field=name, code=code, message=_message(entry))
    for entry in _in_message(_message(error)):
        name, code = str(entry.get("name") or ""), str(entry.get("error") or "")
        found.setdefault((name, code), Refusal(field=name, code=code, message=_message(entry)))
    return list(found.values())


def _in_message(message: str) -> list[Mapping[str, Any]]:
    _, _, tail = message.partition(":")
    try:
        told, _ = json.JSONDecoder().raw_decode(tail.strip())
    except ValueError:
        return []
    return [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []


def _is_conflict(category: str, refusals: Iterable[Refusal], message: str) -> bool:
    return (
        category in ("CONFLICT", "OBJECT_ALREADY_EXISTS")
        or any(one.code == "CONFLICTING_UNIQUE_VALUE" for one in refusals)
        or _EXISTING.search(message) is not None
        or "already has that value" in message
    )


def _existing_id(error: Mapping[str, Any], message: str) -> str:
    context = error.get("context")
    if told := json_list(context, "existingId"):
        return str(told[0])
    found = _EXISTING.search(message)
    return (found[1] or found[2]) if found else ""


def _message(told: object) -> str:
    return str(told.get("message") or "") if isinstance(told, Mapping) else ""


def _body(answer: Answer) -> Mapping[str, Any]:
    return answer.body if isinstance(answer.body, Mapping) else {}


def _folded(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""
