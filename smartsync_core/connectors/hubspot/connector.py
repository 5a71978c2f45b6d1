"""HubSpot behind the connector contract (connectors/base.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from smartsync_core.connectors.base import BaseCRMConnector, Counts, Manifest, Page, Settings
from smartsync_core.connectors.hubspot import (
    answers,
    changes,
    linking,
    provisioning,
    reading,
    scopes,
    wire,
    writing,
)
from smartsync_core.connectors.hubspot.paths import KEY_INFO
from smartsync_core.connectors.hubspot.session import Session
from smartsync_core.errors import NeedsPerson
from smartsync_core.model.crm import (
    Account,
    AccountKind,
    Association,
    Budget,
    Field,
    Linkable,
    ObjectName,
    Owner,
    Paces,
    Pipeline,
    Provision,
    Record,
    Schema,
    Version,
    Window,
    Write,
    WriteResult,
)

__all__ = ["HubSpotConnector"]

_KINDS: Final = {"STANDARD": AccountKind.PRODUCTION}  # every other type is for trying things out
_READ_AGAIN: Final = (ObjectName.CONTACTS, ObjectName.COMPANIES)  # read again right before they are created
_SEARCHED_AT_ONCE: Final = 70  # domains of usual length that fit into one search


class HubSpotConnector(BaseCRMConnector):
    """One HubSpot account. Settings option `version`: "2026-09" (default) or "classic"."""

    manifest = Manifest.load(Path(__file__).parent)
    permissions = scopes.NEEDED

    def __init__(self, settings: Settings | None = None) -> None:
        self._opened: Session | None = None
        self._schemas: dict[ObjectName, Schema] = {}
        super().__init__(settings)

    def open(self, settings: Settings) -> None:
        self.close()
        self._schemas = {}
        self._opened = Session(settings, self.manifest)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def check(self) -> Account:
        session = self._session
        answer = session.get(session.paths.account, expect=(403, 404))
        details = self._told(answer)
        body = {"tokenKey": session.settings.tokens.token()}
        key = self._told(session.post(KEY_INFO, body, expect=(400, 401, 403, 404)))  # it knows keys, no OAuth
        portal_id = str(details.get("portalId") or key.get("hubId") or "")
        if not portal_id:
            hint = "Correct HUBSPOT_BASE_URL, then connect the account again under Setup → Accounts."
            raise NeedsPerson("This address does not answer as HubSpot does.", hint=hint, connector="hubspot")
        account = Account(
            portal_id=portal_id,
            kind=self._kind(details),
            time_zone=session.remember_zone(details.get("timeZone") or "UTC"),
            currency=details.get("companyCurrency") or "",
            day=answers.day_told(answer),
            record_url=self._record_url(details, portal_id),
        )
        return self._with_scopes(account, wire.json_list(key, "scopes"))

    def describe(self, object_name: ObjectName) -> Schema:
        session = self._session
        told = session.get(session.paths.properties(object_name)).body
        text_chars = session.limits["text_chars"]
        schema = wire.schema(object_name, wire.json_list(told, "results"), text_chars=text_chars)
        self._schemas[object_name] = schema
        return schema

    def owners(self) -> list[Owner]:
        return [owner for archived in ("false", "true") for owner in self._owners(archived)]

    def pipelines(self) -> list[Pipeline]:
        told = self._session.get(self._session.paths.deal_pipelines).body
        return wire.pipelines(wire.json_list(told, "results"))

    def provision(self, wanted: Mapping[ObjectName, Sequence[Field]], *, dry_run: bool = False) -> Provision:
        there = {object_name: self.describe(object_name) for object_name in wanted}
        found = provisioning.compare(wanted, there)
        if not dry_run:
            self._schemas.clear()
            for object_name, names in found.added.items():
                fields = [field for field in wanted[object_name] if field.name in names]
                provisioning.make(self._session, object_name, fields)
            for object_name, lacking in found.options.items():
                for field in wanted[object_name]:
                    new = [one for one in field.options if one.value in lacking.get(field.name, ())]
                    provisioning.add_options(self._session, object_name, field.name, new)
        return found

    def find(
        self, object_name: ObjectName, field: str, values: Sequence[str], properties: Sequence[str]
    ) -> dict[str, list[Record]]:
        folded = {value: value.strip().lower() for value in values}
        asked = [one for one in dict.fromkeys(folded.values()) if one]
        if field == "id":
            records = self.read(object_name, [one for one in asked if one.isdigit()], properties)
            found = {one: [record] for one, record in records.items() if not record.archived}
        elif self._names_one(object_name, field):
            found = reading.find_by_unique(self._session, object_name, field, asked, properties)
        else:
            found = reading.find_by_search(self._session, object_name, field, asked, properties)
        return {value: found.get(one, []) for value, one in folded.items()}

    def read(
        self,
        object_name: ObjectName,
        ids: Sequence[str],
        properties: Sequence[str],
        *,
        archived: bool = False,
    ) -> dict[str, Record]:
        look = reading.read_archived if archived else reading.read
        return look(self._session, object_name, ids, properties)

    def history(
        self, object_name: ObjectName, ids: Sequence[str], properties: Sequence[str]
    ) -> dict[str, dict[str, list[Version]]]:
        return reading.history(self._session, object_name, ids, properties)

    def linked(
        self, from_object: ObjectName, ids: Sequence[str], to_object: Linkable
    ) -> dict[str, list[Association]]:
        return linking.linked(self._session, from_object, ids, to_object)

    def changes(
        self, object_name: ObjectName, cursor: str | None, properties: Sequence[str]
    ) -> Iterator[Page]:
        return changes.changes(self._session, object_name, cursor, properties)

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        return writing.write(self._session, writes)

    def link(self, add: Sequence[Association] = (), remove: Sequence[Association] = ()) -> list[str]:
        removed = linking.remove(self._session, remove)
        return linking.add(self._session, add) + removed

    def price(self, counts: Counts) -> Budget:
        batch, links = self.manifest.batch_size, self.manifest.limits["link_batch_size"].value
        written = [*counts.create.values(), *counts.update.values()]
        again = [*counts.update.values(), *(n for name, n in counts.create.items() if name in _READ_AGAIN)]
        read = [
            *counts.find_unique.values(),
            *written,
            *(again if counts.shown else ()),
        ]  # match, proof, precondition
        calls = {
            Window.APP: _batches([*read, *written], batch),
            Window.SEARCH: _batches(counts.find_search.values(), _SEARCHED_AT_ONCE),
            Window.ASSOCIATION: _batches([counts.links], links)
            + _batches([counts.unlinks], self.manifest.limits["unlink_batch_size"].value)
            + _batches([counts.link_reads], self.manifest.association_batch_size),
        }
        limiter = self._session.limiter
        return Budget(calls=calls, seconds=max(n / limiter.per_second(window) for window, n in calls.items()))

    def paces(self) -> Paces | None:
        return self._session.limiter

    @property
    def _session(self) -> Session:
        if self._opened is None:
            raise NeedsPerson("No HubSpot account is connected.", hint="Connect one under Setup → Accounts.")
        return self._opened

    def _owners(self, archived: str) -> Iterator[Owner]:
        session = self._session
        params = {"limit": str(session.limits["owners_page_size"]), "archived": archived}
        while True:
            told = session.get(session.paths.owners, params).body
            for one in wire.json_list(told, "results"):
                owner = wire.owner(one)
                yield replace(owner, active=owner.active and archived == "false")
            after = ((told.get("paging") or {}).get("next") or {}).get("after")
            if not after or after == params.get("after"):
                return
            params["after"] = str(after)

    def _names_one(self, object_name: ObjectName, field: str) -> bool:
        """Whether HubSpot takes this field for the name of one record; NeedsPerson where there is no such field."""
        if field in wire.IDENTITY.get(object_name, ()):
            return True
        schema = self._schemas.get(object_name)
        if schema is None or field not in schema:
            schema = self.describe(object_name)
        if field not in schema:
            raise NeedsPerson(
                f"HubSpot has no field “{field}” on {object_name}.",
                hint="Choose another field to recognise records by, or add it in HubSpot.",
                code="field_gone",
                connector="hubspot",
            )
        return schema.fields[field].unique

    def _kind(self, details: Mapping[str, Any]) -> AccountKind:
        """A HubSpot on this computer can only be the practice account."""
        if urlsplit(self._session.settings.base_url).hostname in ("127.0.0.1", "::1", "localhost"):
            return AccountKind.PRACTICE
        return _KINDS.get(details.get("accountType") or "STANDARD", AccountKind.SANDBOX)

    def _record_url(self, details: Mapping[str, Any], portal_id: str) -> str:
        host = details.get("uiDomain")
        if not host or not portal_id or self._kind(details) is AccountKind.PRACTICE:
            return ""
        return f"https://{host}/contacts/{portal_id}/record/{{object}}/{{id}}"

    def _with_scopes(self, account: Account, told: Sequence[Any]) -> Account:
        if not told:
            unknown = "HubSpot does not say what this key may do; you will see it when something is refused."
            return replace(account, notices=(unknown,))
        held = frozenset(map(str, told))
        lacking = scopes.missing(held)
        return replace(
            account,
            scopes=held,
            missing_scopes=lacking,
            can_write=held.issuperset(scopes.WRITE),
            can_add_fields=held.issuperset(scopes.ADD_FIELDS),
            notices=scopes.notices(lacking),
            hidden=scopes.hidden(held),
        )

    @staticmethod
    def _told(answer: Any) -> Mapping[str, Any]:
        return answer.body if answer.ok and isinstance(answer.body, Mapping) else {}


def _batches(counts: Any, size: int) -> int:
    return sum(ceil(count / size) for count in counts)
