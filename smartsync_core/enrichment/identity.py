"""Which company is meant: by its number, its domain, or its name with its postcode. A possible match is never a match."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from smartsync_core.mapping.identity import company_name_key, domain_of, email_domain, is_free_mail

__all__ = ["Agreement", "Identity", "agree", "identify", "number_key", "of_key"]


class Agreement(StrEnum):
    SAME = "same"
    POSSIBLE = "possible"  # the name alone agrees: a person decides
    DIFFERENT = "different"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Canonical forms, "" where unknown."""

    name: str = ""  # as written
    number: str = ""  # of Companies House, 8 characters
    domain: str = ""
    postcode: str = ""
    denied: frozenset[str] = frozenset()  # numbers that a person said are another company's

    @property
    def key(self) -> str:
        """What the company is stored under; "" = it cannot be recognised for sure."""
        if self.number:
            return f"number:{self.number}"
        if self.domain:
            return f"domain:{self.domain}"
        return f"name:{company_name_key(self.name)}|{self.postcode}" if self.name and self.postcode else ""


def identify(
    *,
    name: str = "",
    number: str = "",
    domain: str = "",
    postcode: str = "",
    email: str = "",
    shared: Collection[str] = (),
) -> Identity:
    """`shared` are domains that companies of different names use: like a mail provider's, they recognise nobody."""
    own = domain_of(domain) or email_domain(email)
    if is_free_mail(own) or own in shared:
        own = ""
    return Identity(name=name.strip(), number=number_key(number), domain=own, postcode=_letters(postcode))


def of_key(key: str) -> Identity:
    """The company that is stored under a key; of a mere name its canonical form."""
    kind, _, rest = key.partition(":")
    if kind in ("number", "domain"):
        return identify(**{kind: rest})
    if kind != "name":  # a mere name, as written: it may hold the sign that parts name and postcode
        return identify(name=rest)
    name, _, postcode = rest.partition("|")
    return identify(name=name, postcode=postcode)


def agree(ours: Identity, theirs: Identity) -> Agreement:
    """Numbers decide alone. Else the name must agree together with the domain or the postcode."""
    if ours.number and theirs.number:
        return Agreement.SAME if ours.number == theirs.number else Agreement.DIFFERENT
    named = bool(ours.name) and company_name_key(ours.name) == company_name_key(theirs.name)
    at_one_place = bool(ours.postcode) and ours.postcode == theirs.postcode
    one_domain = bool(ours.domain) and ours.domain == theirs.domain
    if named and (at_one_place or one_domain):
        return Agreement.SAME
    return Agreement.POSSIBLE if named or one_domain else Agreement.DIFFERENT


def number_key(text: str) -> str:
    """ "7123456" and "07123456" are one; "SC123456" keeps its letters. "" for what is no company number."""
    number = _letters(text)
    if number.isdigit() and len(number) <= 8:
        return number.zfill(8)
    return number if re.fullmatch(r"[A-Z]{2}\d{6}|[A-Z]\d{7}", number) else ""


def _letters(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())
