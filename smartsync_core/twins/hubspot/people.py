"""The owners and pipelines of a fresh account. All of them are made up."""

from __future__ import annotations

from typing import Any

from smartsync_core.twins.clock import iso
from smartsync_core.twins.hubspot.definitions import stock_options

_SINCE = iso(1_735_689_600_000)  # 2025-01-01
_EPOCH = "1970-01-01T00:00:00Z"


def _owner(
    owner_id: str, first: str, last: str, *, kind: str = "PERSON", archived: bool = False, team: str = "Sales"
) -> dict[str, Any]:
    person = kind == "PERSON"
    user_id = int(owner_id) - 40_000_000 if person else None
    owner: dict[str, Any] = {
        "id": owner_id,
        "email": f"{first}.{last}@example.com".lower() if person else None,
        "type": kind,
        "firstName": first,
        "lastName": last,
        "userId": None if archived else user_id,
        "userIdIncludingInactive": user_id,
        "createdAt": _SINCE,
        "updatedAt": _SINCE,
        "archived": archived,
    }
    if person:
        owner["teams"] = [{"id": "1" if team == "Sales" else "2", "name": team, "primary": True}]
    return owner


OWNERS: tuple[dict[str, Any], ...] = (
    _owner("41000101", "Avery", "Example"),
    _owner("41000102", "Blake", "Sample"),
    _owner("41000103", "Casey", "Placeholder", team="Partners"),
    _owner("41000104", "Drew", "Specimen", team="Partners"),
    _owner("41000105", "Inbound", "Queue", kind="QUEUE"),
    _owner("41000106", "Former", "Colleague", archived=True),
)

_DEAL_STAGES = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
)


def stage(stage_id: str, label: str, order: int, metadata: dict[str, str]) -> dict[str, Any]:
    return {
        "id": stage_id,
        "label": label,
        "displayOrder": order,
        "metadata": metadata,
        "createdAt": _EPOCH,
        "updatedAt": _EPOCH,
        "archived": False,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    }


def pipeline(pipeline_id: str, label: str, stages: list[dict[str, Any]], order: int = 0) -> dict[str, Any]:
    return {
        "id": pipeline_id,
        "label": label,
        "displayOrder": order,
        "archived": False,
        "createdAt": _EPOCH,
        "updatedAt": _EPOCH,
        "stages": stages,
    }


def _sales() -> dict[str, Any]:
    stages = [
        stage(name, label, order, {"isClosed": str(name.startswith("closed")).lower(), "probability": share})
        for order, (name, label, share) in enumerate(_DEAL_STAGES)
    ]
    return pipeline("default", "Sales Pipeline", stages)


def _lifecycle(pipeline_id: str) -> dict[str, Any]:
    stages = [
        stage(name, label, order, {"isClosed": "false"})
        for order, (name, label) in enumerate(stock_options("LIFE"))
    ]
    return pipeline(pipeline_id, "Lifecycle Stage Pipeline", stages)


PIPELINES: dict[str, list[dict[str, Any]]] = {
    "deals": [_sales()],
    "contacts": [_lifecycle("contacts-lifecycle-pipeline")],
    "companies": [_lifecycle("companies-lifecycle-pipeline")],
}
