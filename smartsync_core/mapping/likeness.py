"""Rows that may be one record under different keys: the marks under which they meet, and whether two that met are alike.

Nobody is taken for somebody else by this. It only decides what a person is asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from rapidfuzz import fuzz

from smartsync_core.mapping.identity import domain_word, is_free_mail
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import Draft

__all__ = ["marks_of", "what_they_share"]

_ALIKE = 85  # of 100: one letter of a short name, two of a long one
_SHORTEST = 4  # a shorter name inside a longer one says nothing
_DIGITS_OF_A_PHONE = 7
_ACCENTS, _WORDS, _NO_DIGITS = re.compile(r"[\u0300-\u036f]"), re.compile(r"[^\W_]+"), re.compile(r"\D")
_PHONES = {ObjectName.CONTACTS: ("phone", "mobilephone"), ObjectName.COMPANIES: ("phone",)}
_NAME, _PHONE, _POSTCODE, _SITE = "name", "phone", "postcode", "site"
_FIRM, _MAIL, _MAILBOX = "firm", "mail", "mailbox"


def marks_of(
    name: ObjectName, values: Mapping[str, str], *, name_key: str, email: str = "", domain: str = ""
) -> tuple[str, ...]:
    """Two drafts that are alike share at least one of these texts; most that share one are not alike.

    `name_key`: of the company, a person's own one too. Where a draft has no name, nothing is alike.
    """
    if name is ObjectName.COMPANIES:
        marks = _of_company(values, name_key, domain) if name_key else None
    else:
        marks = _of_person(values, name_key, email)
    return () if marks is None else tuple(dict.fromkeys([*marks, *_phones(name, values)]))


def _of_company(values: Mapping[str, str], name_key: str, domain: str) -> list[str]:
    marks = [f"{_NAME}:{name_key}"]
    if postcode := _postcode(values):
        marks.append(f"{_POSTCODE}:{postcode}|{name_key[0]}")
    if word := domain_word(domain):
        marks.append(f"{_SITE}:{word}")
    return marks


def _of_person(values: Mapping[str, str], firm: str, email: str) -> list[str] | None:
    first, last = _names(values)
    if not (first and last):
        return None
    who = f"{last}|{first[0]}"
    marks = [f"{_FIRM}:{who}|{firm}"] if firm else []
    mailbox, _, host = email.rpartition("@")
    if host:
        marks += [f"{_MAIL}:{who}|{host}", f"{_MAILBOX}:{who}|{mailbox}"]
    return marks


def _postcode(values: Mapping[str, str]) -> str:
    return "".join(values.get("zip", "").split()).casefold()


def _phones(name: ObjectName, values: Mapping[str, str]) -> list[str]:
    numbers = [_NO_DIGITS.sub("", values.get(field, "")) for field in _PHONES.get(name, ())]
    return [f"{_PHONE}:{number}" for number in numbers if len(number) >= _DIGITS_OF_A_PHONE]


def what_they_share(mark: str, one: Draft, other: Draft) -> str:
    """Why two drafts of one object that met under `mark` may be one record, as half a sentence; "" = they are not alike."""
    kind = mark.partition(":")[0]
    if one.object is ObjectName.CONTACTS:
        return _of_people(kind, one, other) if _people_alike(_names(one.values), _names(other.values)) else ""
    if not _names_alike(one.name_key, other.name_key) or (kind == _NAME and _elsewhere(one, other)):
        return ""
    return {
        _NAME: "the same name",
        _PHONE: "the same phone number",
        _POSTCODE: "the same postcode",
        _SITE: "much the same domain",
    }[kind]


def _of_people(kind: str, one: Draft, other: Draft) -> str:
    boxes, hosts = zip(*(draft.email.rpartition("@")[::2] for draft in (one, other)), strict=True)
    host = hosts[0]
    match kind:
        case "phone":
            return "the same phone number"
        case "firm":
            return "the same company"
        case "mail" if not is_free_mail(host):
            return f"addresses at {host}"
        case "mail" if fuzz.ratio(*boxes) >= _ALIKE:
            return "e-mail addresses that differ by a letter or two"
        case "mailbox" if _may_be_ones(hosts) and any(
            name in _plain(boxes[0]) for name in _names(one.values)[1].split()
        ):
            return "the same name before the @"
    return ""


def _may_be_ones(hosts: tuple[str, ...]) -> bool:
    """A private address beside another, or much the same domain; at two firms, two people have one name."""
    return any(map(is_free_mail, hosts)) or len({domain_word(host) for host in hosts}) == 1


def _elsewhere(one: Draft, other: Draft) -> bool:
    """Two companies of one name that say themselves that they are not one: another domain, country or postcode."""
    said = [(draft.domain, draft.country_key, _postcode(draft.values)) for draft in (one, other)]
    return any(a and b and a != b for a, b in zip(*said, strict=True))


def _names(values: Mapping[str, str]) -> tuple[str, str]:
    return _plain(values.get("firstname", "")), _plain(values.get("lastname", ""))


def _people_alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    (first, last), (their_first, their_last) = one, other
    if not (first and last and their_first and their_last):
        return False
    initial = len(first) == 1 or len(their_first) == 1
    if initial and last == their_last and first[0] == their_first[0]:
        return True
    ours, theirs = f"{first} {last}", f"{their_first} {their_last}"
    return fuzz.token_sort_ratio(ours, theirs, score_cutoff=_ALIKE) >= _ALIKE


def _names_alike(one: str, other: str) -> bool:
    """Company names; two that differ in a number are two branches, two sites, two years."""
    if not one or not other or _numbers(one) != _numbers(other):
        return False
    if min(len(one), len(other)) >= _SHORTEST and fuzz.token_set_ratio(one, other) == 100:
        return True
    return fuzz.token_sort_ratio(one, other) >= _ALIKE


def _numbers(name: str) -> set[str]:
    return {word for word in name.split() if any(map(str.isdigit, word))}


@lru_cache(maxsize=16_384)
def _plain(text: str) -> str:
    """Without case, accents and signs: “Müller-Lüdenscheidt” and “muller ludenscheidt” are one."""
    folded = text.casefold()
    if not folded.isascii():
        folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", folded))
    return " ".join(_WORDS.findall(folded))
