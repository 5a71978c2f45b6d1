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
