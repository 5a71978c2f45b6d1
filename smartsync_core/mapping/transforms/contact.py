"""Transforms of what names a person's or a company's whereabouts. What cannot be read stays as it is: cleaning says so."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pycountry

from smartsync_core.mapping.countries import country_code, country_name
from smartsync_core.mapping.identity import domain_of, email_key
from smartsync_core.mapping.phones import phone_text
from smartsync_core.mapping.text import tidy
from smartsync_core.mapping.transforms.base import Apply, Kind, Option, Options, Transform, filled_in

__all__ = ["TRANSFORMS"]

_COUNTRY = Option(
    name="country", label="Country: its column in braces, e.g. {Country}, or its name", kind=Kind.COLUMNS
)
_FLOAT_TAIL = re.compile(r"(\d{7,})\.0")


def _phone(options: Options) -> Apply:
    def read(text: str, row: Mapping[str, str]) -> str:
        typed = _FLOAT_TAIL.sub(r"\1", tidy(text))
        return phone_text(typed, filled_in(options["country"], row)) or typed

    return read


def _email(options: Options) -> Apply:
    def address(text: str, row: Mapping[str, str]) -> str:
        found = (email_key(part) for part in (text, *re.split(r"[;,]", text)))
        return next(filter(None, found), text)

    return address


def _domain(options: Options) -> Apply:
    return lambda text, row: domain_of(text) or text


def _country(options: Options) -> Apply:
    def read(text: str, row: Mapping[str, str]) -> str:
        return country_name(text) if options["to"] == "name" else country_code(text) or text

    return read


def _region(options: Options) -> Apply:
    def read(text: str, row: Mapping[str, str]) -> str:
        code = country_code(filled_in(options["country"], row))
        found = _regions(code).get(tidy(text).casefold()) if code else None
        if found is None:
            return text
        return found[0] if options["to"] == "code" else found[1]

    return read


def _regions(code: str) -> Mapping[str, tuple[str, str]]:
    """By short code and by name: (short code, name)."""
    found = {}
    for region in pycountry.subdivisions.get(country_code=code) or ():  # type: ignore[no-untyped-call]
        short = region.code.partition("-")[2]
        found[short.casefold()] = found[region.name.casefold()] = (short, region.name)
    return found


def _to(preset: str) -> Option:
    return Option(name="to", label="What to write", kind=Kind.CHOICE, preset=preset, choices=("code", "name"))


TRANSFORMS = (
    Transform(
        name="phone",
        label="International phone number",
        does="Writes a valid number with its country code, by the country of the row.",
        build=_phone,
        options=(_COUNTRY,),
    ),
    Transform(
        name="email",
        label="E-mail address only",
        does="Takes the first address out of “Name <address>”, a link, or a list.",
        build=_email,
    ),
    Transform(
        name="domain",
        label="Web address to domain",
        does="Takes the domain out of a web address.",
        build=_domain,
    ),
    Transform(
        name="country",
        label="Country",
        does="Writes countries one way, by code or by name.",
        build=_country,
        options=(_to("name"),),
    ),
    Transform(
        name="region",
        label="State or region",
        does="Writes states and regions one way, by code or by name, within their country.",
        build=_region,
        options=(_COUNTRY, _to("name")),
    ),
)
