"""Countries as people write them → ISO 3166 alpha-2. Names and codes from pycountry; what people say instead is below."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import pycountry

__all__ = ["COUNTRY_PLACES", "country_code", "country_name"]

COUNTRY_PLACES = frozenset({"country", "hs_country_region_code", "hs_country_code"})
"""Fields of a CRM that hold a country, by name or by code."""

_ALIASES = {
    "uk": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "u k": "GB", "gt britain": "GB",
    "us": "US", "u s": "US", "u s a": "US", "usa": "US", "america": "US", "the united states": "US",
    "united states of america": "US", "the us": "US", "estados unidos": "US",
    "germany": "DE", "deutschland": "DE", "allemagne": "DE", "alemania": "DE", "brd": "DE",
    "france": "FR", "frankreich": "FR", "francia": "FR",
    "spain": "ES", "espana": "ES", "espagne": "ES", "spanien": "ES",
    "italia": "IT", "italien": "IT", "italie": "IT",
    "austria": "AT", "osterreich": "AT", "oesterreich": "AT", "autriche": "AT",
    "switzerland": "CH", "schweiz": "CH", "suisse": "CH", "svizzera": "CH",
    "holland": "NL", "the netherlands": "NL", "nederland": "NL", "niederlande": "NL", "pays bas": "NL",
    "belgie": "BE", "belgique": "BE", "belgien": "BE",
    "danmark": "DK", "sverige": "SE", "norge": "NO", "suomi": "FI", "polska": "PL", "brasil": "BR", "mexique": "MX",
    "eire": "IE", "republic of ireland": "IE", "irland": "IE",
    "czech republic": "CZ", "slovak republic": "SK", "turkey": "TR", "macedonia": "MK",
    "russia": "RU", "south korea": "KR", "korea": "KR", "republic of korea": "KR", "north korea": "KP",
    "vietnam": "VN", "viet nam": "VN", "laos": "LA", "taiwan": "TW", "hong kong sar": "HK", "macau": "MO",
    "prc": "CN", "mainland china": "CN", "peoples republic of china": "CN",
    "uae": "AE", "u a e": "AE", "emirates": "AE", "ksa": "SA", "iran": "IR", "syria": "SY", "palestine": "PS",
    "venezuela": "VE", "bolivia": "BO", "tanzania": "TZ", "moldova": "MD", "brunei": "BN",
    "ivory coast": "CI", "cape verde": "CV", "swaziland": "SZ", "burma": "MM", "drc": "CD", "congo": "CG",
    "vatican": "VA", "east timor": "TL", "rsa": "ZA",
}  # fmt: skip


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """ISO alpha-2 of a country's name, code or everyday name, in any case and with or without accents; "" when unknown."""
    return _codes().get(_key(text), "")


@lru_cache(maxsize=4096)
def country_name(text: str) -> str:
    """As a person reads it, of a code or any other way to write it; the text itself when unknown."""
    found = pycountry.countries.get(alpha_2=country_code(text))
    return getattr(found, "common_name", found.name) if found is not None else text


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for country in pycountry.countries:
        for attribute in ("name", "common_name", "official_name", "alpha_2", "alpha_3"):
            name = getattr(country, attribute, None)
            if name:
                codes.setdefault(_key(name), country.alpha_2)
    return codes | _ALIASES


def _key(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = (
        char if char.isalnum() else " "
        for char in plain
        if not unicodedata.combining(char) and char not in "'’"
    )
    return " ".join("".join(letters).split())
