"""People at work in an account, through the vendor's own client, and what the account holds when they look."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import hubspot
from hubspot.utils.objects import fetch_all

from tests.twin_process import TwinProcess

__all__ = ["Account", "People", "Snapshot"]

CELLS = {
    "contacts": ("email", "firstname", "lastname", "jobtitle", "city", "phone", "lifecyclestage"),
    "companies": ("name", "domain", "phone", "city"),
}
WINDOW_S = 61  # after this long every rate window is empty again, and search shows everything
CALL_OF_CONTACT, DEAL_OF_CONTACT = 194, 3

Records = Mapping[str, Mapping[str, str | None]]
Links = Mapping[str, tuple[tuple[str, tuple[int, ...]], ...]]  # contact → ((company, type ids), …)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Live records with the cells that matter, associations with their types, and the contacts with a call or a deal."""

    contacts: Records
    companies: Records
    links: Links
    beside: Mapping[str, frozenset[str]]  # calls, deals → contacts that have one

    def of(self, name: str) -> Records:
        return self.contacts if name == "contacts" else self.companies

    def cell(self, name: str, id_: str, cell: str) -> str | None:
        """None: the record is gone."""
        record = self.of(name).get(id_)
        return None if record is None else record[cell] or ""

    def stands(self, name: str, contact: str) -> bool:
        return contact in self.contacts and contact in self.beside[name]

    def companies_of(self, contact: str) -> set[str]:
        return {company for company, _ in self.links.get(contact, ())}


class Account:
    """An account as its own people see it."""

    def __init__(self, twin: TwinProcess) -> None:
        self.twin = twin
        self.client = hubspot.HubSpot(access_token=twin.token, host=twin.url)

    def snapshot(self) -> Snapshot:
        self.rest()
        contacts, companies = self._records("contacts"), self._records("companies")
        return Snapshot(
            contacts=contacts,
            companies=companies,
            links=self._links(contacts),
            beside={name: self._beside(name) for name in ("calls", "deals")},
        )

    def rest(self) -> None:
        self.twin.control("PUT", "clock", {"advance_s": WINDOW_S})

    def _records(self, name: str) -> Records:
        api = (
            self.client.crm.contacts.basic_api if name == "contacts" else self.client.crm.companies.basic_api
        )
        found = fetch_all(api, properties=list(CELLS[name]))
        return {str(one.id): {cell: one.properties.get(cell) for cell in CELLS[name]} for one in found}

    def _links(self, contacts: Iterable[str]) -> Links:
        found: dict[str, tuple[tuple[str, tuple[int, ...]], ...]] = dict.fromkeys(contacts, ())
        ids = list(found)
        for start in range(0, len(ids), 1_000):
            asked = {"inputs": [{"id": id_} for id_ in ids[start : start + 1_000]]}
            page = self.client.crm.associations.v4.batch_api.get_page("contacts", "companies", asked)
            for one in page.results:
                ends = ((str(to.to_object_id), to.association_types) for to in one.to)
                found[one.to_dict()["_from"]["id"]] = tuple(
                    sorted(
                        (company, tuple(sorted(kind.type_id for kind in kinds))) for company, kinds in ends
                    )
                )
        return found

    def _beside(self, name: str) -> frozenset[str]:
        api = self.client.crm.objects.calls.basic_api if name == "calls" else self.client.crm.deals.basic_api
        ends = [(one.associations or {}).get("contacts") for one in fetch_all(api, associations=["contacts"])]
        return frozenset(str(end.id) for some in ends if some for end in some.results)


@dataclass
class People:
    """What they do to an account after an import; nobody touches a record twice."""

    account: Account
    before: Snapshot
    imported: Snapshot
    chance: random.Random
    edited: list[tuple[str, str, str]] = field(default_factory=list)  # (object, id, cell)
    called: list[str] = field(default_factory=list)
    dealt: list[str] = field(default_factory=list)
    merged: set[str] = field(default_factory=set)  # ids of both ends
    deleted: set[str] = field(default_factory=set)
    relabelled: list[str] = field(default_factory=list)

    def work(self) -> None:
        self.account.rest()
        fresh = self._drawn("contacts", self.imported.contacts.keys() - self.before.contacts.keys())
        known = self._drawn("contacts", self.before.contacts.keys())
        new_firms = self._drawn("companies", self.imported.companies.keys() - self.before.companies.keys())
        firms = self._drawn("companies", self.before.companies.keys())
        for cell, id_ in zip(["jobtitle", "phone"] * 10, fresh, strict=False):
            self._edit("contacts", id_, cell)
        for cell, id_ in zip(["city", "firstname", "lastname", "jobtitle"] * 5, known, strict=False):
            self._edit("contacts", id_, cell)
        for some in (new_firms, firms):
            for cell, id_ in zip(["phone", "city", "phone", "name", "phone"], some, strict=False):
                self._edit("companies", id_, cell)
        for _ in range(5):
            self._beside("calls", next(fresh), CALL_OF_CONTACT, hs_timestamp="2026-11-23T10:00:00Z")
        for _ in range(3):
            stage = {"dealstage": "appointmentscheduled", "pipeline": "default"}
            self._beside("deals", next(fresh), DEAL_OF_CONTACT, dealname="Theirs", **stage)
        self._merge(next(fresh), next(fresh))
        self._merge(next(known), next(fresh))
        for id_ in (next(fresh), next(known)):
            self._delete(id_)
        self._relabel([next(fresh), next(fresh), next(known), next(known)])

    def merged_into(self, snapshot: Snapshot) -> set[str]:
        """The survivors: under the id of one end, or under one that the merge made."""
        stood = self.imported.contacts.keys()
        return {id_ for id_ in snapshot.contacts if id_ in self.merged or id_ not in stood}

    def _drawn(self, name: str, ids: Iterable[str]) -> Iterator[str]:
        """Records of the import, in an order of chance."""
        touched = [id_ for id_ in sorted(ids) if self.imported.of(name)[id_] != self.before.of(name).get(id_)]
        self.chance.shuffle(touched)
        return iter(touched)

    def _edit(self, name: str, id_: str, cell: str) -> None:
        value = "+44 161 496 0000" if cell == "phone" else f"Their {cell}"
        self.account.client.crm.objects.basic_api.update(name, id_, {"properties": {cell: value}})
        self.edited.append((name, id_, cell))

    def _beside(self, name: str, contact: str, type_id: int, **properties: str) -> None:
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]
        made = {"properties": properties, "associations": [{"to": {"id": contact}, "types": types}]}
        self.account.client.crm.objects.basic_api.create(name, made)
        (self.called if name == "calls" else self.dealt).append(contact)

    def _merge(self, kept: str, absorbed: str) -> None:
        body = {"primaryObjectId": kept, "objectIdToMerge": absorbed}
        self.account.client.crm.contacts.basic_api.merge(body)
        self.merged |= {kept, absorbed}

    def _delete(self, contact: str) -> None:
        self.account.client.crm.objects.basic_api.archive("contacts", contact)
        self.deleted.add(contact)

    def _relabel(self, contacts: Iterable[str]) -> None:
        """With a label of the account's own, on the first company of each."""
        made = self.account.client.crm.associations.v4.schema.definitions_api.create(
            "contacts", "companies", {"label": "Billing", "name": "billing"}
        )
        label = {
            "associationCategory": made.results[0].category,
            "associationTypeId": made.results[0].type_id,
        }
        for contact in contacts:
            company = self.imported.links[contact][0][0]
            self.account.client.crm.associations.v4.basic_api.create(
                "contacts", contact, "companies", company, [label]
            )
            self.relabelled.append(contact)
