"""The remotes that connectors are tried on: one in memory, and HubSpot twins reached over HTTP alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from smartsync_core.connectors.base import Settings
from smartsync_core.connectors.hubspot import HubSpotConnector
from smartsync_core.connectors.memory import MemoryConnector
from smartsync_core.http import FixedToken
from smartsync_core.model.crm import Activity, Association, ObjectName, Window, WriteResult, WriteStatus
from tests.twin_process import CLIENT, TwinProcess

SEARCH_LAG_S = 5


class MemoryRemote:
    def __init__(self) -> None:
        self.connector = MemoryConnector()

    def merge(self, name: ObjectName, kept_id: str, absorbed_id: str) -> str:
        return self.connector.crm.merge(name, kept_id, absorbed_id)

    def log_call(self, contact_id: str) -> str:
        return self.connector.crm.log(Activity.CALLS, ObjectName.CONTACTS, contact_id)

    def label(self, association: Association) -> str:
        self.connector.crm.label(association, "Billing")
        return "Billing"

    def settle(self) -> None:
        """Nothing lags here."""

    def lose_next_answer(self) -> None:
        crm = self.connector.crm

        def lose(results: list[WriteResult]) -> list[WriteResult]:
            crm.after_write = lambda later: later
            return [replace(one, status=WriteStatus.UNANSWERED, id="") for one in results]

        crm.after_write = lose


class HubSpotRemote:
    """A connector on a twin that was emptied and whose rate windows are free again."""

    def __init__(self, twin: TwinProcess, *, version: str = "2026-09", token: str = "") -> None:
        twin.control("POST", "reset")
        twin.control("PUT", "faults", {"rate": 0, "next": []})
        twin.control("PUT", "clock", {"advance_s": 61})
        self.twin = twin
        self.calls: list[Window] = []
        self.settings = Settings(
            base_url=twin.url,
            tokens=FixedToken(token or twin.token),
            on_call=self.calls.append,
            options={"version": version},
        )
        self.connector = HubSpotConnector(self.settings)

    def merge(self, name: ObjectName, kept_id: str, absorbed_id: str) -> str:
        body = {"primaryObjectId": kept_id, "objectIdToMerge": absorbed_id}
        url = f"{self.twin.url}/crm/v3/objects/{name}/merge"
        return str(CLIENT.post(url, json=body, headers=self.twin.headers).raise_for_status().json()["id"])

    def log_call(self, contact_id: str) -> str:
        to_contact = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 194}
        body = {
            "properties": {"hs_timestamp": "2026-11-23T10:00:00Z"},
            "associations": [{"to": {"id": contact_id}, "types": [to_contact]}],
        }
        return str(self._post("/crm/v3/objects/calls", body)["id"])

    def label(self, association: Association) -> str:
        pair = f"{association.from_object}/{association.to_object}"
        made = self._post(f"/crm/v4/associations/{pair}/labels", {"label": "Billing", "name": "billing"})
        kinds = [
            {"associationCategory": one["category"], "associationTypeId": one["typeId"]}
            for one in made["results"][:1]
        ]
        url = f"{self.twin.url}/crm/v4/objects/{association.from_object}/{association.from_id}"
        CLIENT.put(
            f"{url}/associations/{association.to_object}/{association.to_id}",
            json=kinds,
            headers=self.twin.headers,
        ).raise_for_status()
        return "Billing"

    def _post(self, path: str, body: object) -> Any:
        answer = CLIENT.post(f"{self.twin.url}{path}", json=body, headers=self.twin.headers)
        return answer.raise_for_status().json()

    def settle(self) -> None:
        self.twin.control("PUT", "clock", {"advance_s": 61})

    def lose_next_answer(self) -> None:
        self.fail("reset_after_commit", "/batch/")

    def fail(self, kind: str, path: str = "", *, after: int = 0) -> None:
        self.twin.control("PUT", "faults", {"next": [{"kind": kind, "path": path, "after": after}]})

    def fail_all(self, *kinds: str, path: str = "") -> None:
        self.twin.control(
            "PUT", "faults", {"next": [{"kind": kind, "path": path, "after": 0} for kind in kinds]}
        )

    def counting(self, work: Callable[[], object]) -> tuple[int, int]:
        """How many requests `work` made, as the connector reports them and as the twin received them."""
        reported, received = len(self.calls), sum(self.twin.calls().values())
        work()
        return len(self.calls) - reported, sum(self.twin.calls().values()) - received
