"""Properties that HubSpot sets by itself, at the creation of a record and after a change (contract §4.2)."""

from __future__ import annotations

from smartsync_core.twins.clock import short_iso
from smartsync_core.twins.hubspot.object_types import ObjectType
from smartsync_core.twins.hubspot.portal import APP_ID, Portal
from smartsync_core.twins.hubspot.records import Changes

# shown by every write, whatever was written
ALWAYS = (
    "createdate",
    "hs_createdate",
    "hs_object_id",
    "hs_object_source",
    "hs_object_source_id",
    "hs_object_source_label",
    "lastmodifieddate",
    "hs_lastmodifieddate",
    "hs_all_contact_vids",
    "hs_email_domain",
    "hs_full_name_or_email",
    "hs_is_contact",
    "hs_is_unworked",
    "hs_pipeline",
    "lifecyclestage",
    "hs_is_closed",
    "hs_is_closed_won",
    "hs_is_closed_lost",
    "hs_deal_stage_probability",
)

# ITU country calling codes of two digits; those that begin with 1 or 7 have one digit, all others three
_TWO_DIGITS = (
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66"
)
TWO_DIGIT_CODES = frozenset(f"{_TWO_DIGITS} 81 82 84 86 90 91 92 93 94 95 98".split())

_AT_BIRTH: dict[str, Changes] = {
    "contacts": {
        "hs_is_contact": "true",
        "hs_is_unworked": "true",
        "hs_pipeline": "contacts-lifecycle-pipeline",
        "lifecyclestage": "lead",
    },
    "companies": {"hs_pipeline": "companies-lifecycle-pipeline"},
    "deals": {"pipeline": "default"},
    "tasks": {"hs_task_status": "NOT_STARTED", "hs_task_priority": "NONE", "hs_task_type": "TODO"},
}


def at_birth(kind: ObjectType, record_id: str, now_ms: int) -> Changes:
    """What a new record has before anything was written to it."""
    now = short_iso(now_ms)
    values = {
        kind.created: now,
        "hs_object_id": record_id,
        "hs_object_source": "INTEGRATION",
        "hs_object_source_id": str(APP_ID),
        "hs_object_source_label": "INTEGRATION",
        **dict.fromkeys(kind.stamps, now),
        **_AT_BIRTH.get(kind.name, {}),
    }
    if kind.name == "contacts":
        values["hs_all_contact_vids"] = record_id
    if kind.name in ("contacts", "deals"):
        values["hs_createdate"] = now
    return values


def derived(portal: Portal, kind: ObjectType, held: Changes, changes: Changes, now_ms: int) -> Changes:
    """What follows from `changes` on a record that held `held`; "" clears."""
    result: Changes = {}
    if "hubspot_owner_id" in changes:
        owner = changes["hubspot_owner_id"]
        result["hubspot_owner_assigneddate"] = short_iso(now_ms) if owner else ""
        result["hs_all_owner_ids"] = owner
    if kind.name == "contacts":
        _of_contact(held, changes, result)
        _of_phones(changes, result)
    if kind.name in ("contacts", "companies"):
        _of_stage(portal, kind, changes, result, now_ms)
    if kind.name == "deals" and not changes.keys().isdisjoint(("dealstage", "pipeline", "amount")):
        _of_deal(portal, {**held, **changes}, result)
    if kind.name == "tasks" and "hs_task_status" in changes:
        done = changes["hs_task_status"] == "COMPLETED"
        result["hs_task_completion_date"] = short_iso(now_ms) if done else ""
        result["hs_task_is_completed"] = "1" if done else "0"
    defined = portal.catalogues[kind.name].live
    return {name: value for name, value in result.items() if name in defined}


def _of_contact(held: Changes, changes: Changes, result: Changes) -> None:
    if "email" in changes:
        result["hs_email_domain"] = changes["email"].rpartition("@")[2]
    if "email" in changes or "firstname" in changes or "lastname" in changes:
        now = {**held, **changes}
        name = f"{now.get('firstname', '')} {now.get('lastname', '')}".strip()
        result["hs_full_name_or_email"] = name or now.get("email", "")


def _of_phones(changes: Changes, result: Changes) -> None:
    """Search finds phones only by their digits without the country code (contract §5)."""
    if "phone" in changes:
        international, national = _digits(changes["phone"])
        result["hs_calculated_phone_number"] = international
        result["hs_searchable_calculated_phone_number"] = national
    if "mobilephone" in changes:
        result["hs_searchable_calculated_mobile_number"] = _digits(changes["mobilephone"])[1]


def _digits(phone: str) -> tuple[str, str]:
    """(with country code, without); a number that names no country is taken as it stands."""
    digits = "".join(letter for letter in phone if letter.isdecimal())
    if not phone.strip().startswith("+"):
        return "", digits
    code = 1 if digits[:1] in ("1", "7") else 2 if digits[:2] in TWO_DIGIT_CODES else 3
    return f"+{digits}", digits[code:]


def _of_stage(portal: Portal, kind: ObjectType, changes: Changes, result: Changes, now_ms: int) -> None:
    stage = changes.get("lifecyclestage")
    if not stage:
        return
    now = short_iso(now_ms)
    result[f"hs_lifecyclestage_{stage}_date"] = now
    result[f"hs_v2_date_entered_{stage}"] = now
    result[f"hs_date_entered_{stage}"] = now


def _of_deal(portal: Portal, now: Changes, result: Changes) -> None:
    stages = portal.stages(now.get("pipeline", "default")) or {}
    metadata = stages.get(now.get("dealstage", ""), {}).get("metadata", {})
    closed, share = metadata.get("isClosed", "false"), metadata.get("probability", "0")
    won = closed == "true" and float(share) == 1
    result["hs_is_closed"] = closed
    result["hs_is_closed_won"] = str(won).lower()
    result["hs_is_closed_lost"] = str(closed == "true" and not won).lower()
    result["hs_deal_stage_probability"] = share
    amount = now.get("amount", "")
    result["amount_in_home_currency"] = amount
    result["hs_projected_amount"] = _plain(float(amount) * float(share)) if amount else ""
    result["hs_closed_amount"] = (amount or "0") if won else "0"


def _plain(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)
