"""The portal setting that makes and links companies from e-mail domains (contract §4.6); off by default."""

from __future__ import annotations

from smartsync_core.twins.hubspot.computed import at_birth, derived
from smartsync_core.twins.hubspot.links import End
from smartsync_core.twins.hubspot.object_types import object_type
from smartsync_core.twins.hubspot.portal import Portal
from smartsync_core.twins.hubspot.records import Record

FREE_MAIL = frozenset(
    {
        "aol.com",
        "gmail.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.co.uk",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mail.com",
        "mail.ru",
        "me.com",
        "msn.com",
        "outlook.com",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "t-online.de",
        "web.de",
        "yahoo.co.uk",
        "yahoo.com",
        "yandex.ru",
    }
)


def link_company(portal: Portal, contact: Record, now_ms: int) -> set[End]:
    """Link a new contact to its domain's company, made if need be; returns the ends that were touched."""
    domain = contact.properties.get("email", "").rpartition("@")[2]
    end = ("contacts", contact.id)
    if not domain or domain in FREE_MAIL or portal.links.primary(end, "companies"):
        return set()
    company_id = portal.shelves["companies"].owner("domain", domain) or _new_company(portal, domain, now_ms)
    primary = portal.links.type("contacts", "companies", None, 1)
    assert primary is not None
    return portal.links.add(end, ("companies", company_id), primary)


def _new_company(portal: Portal, domain: str, now_ms: int) -> str:
    kind = object_type("companies")
    shelf = portal.shelf(kind)
    company_id = shelf.new_id()
    held = at_birth(kind, company_id, now_ms)
    held.update(name=domain, domain=domain, hs_object_source="CONTACTS", hs_object_source_label="CONTACTS")
    held.update(derived(portal, kind, {}, held, now_ms))
    shelf.add(Record(company_id, held, now_ms, now_ms), now_ms)
    return company_id
