"""Texts by which a record is recognised, each in one canonical form; "" means: this recognises nothing."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

import tldextract
from email_validator import EmailNotValidError, validate_email

from smartsync_core.mapping.countries import country_code
from smartsync_core.mapping.free_mail import FREE_MAIL_DOMAINS
from smartsync_core.mapping.text import tidy

__all__ = [
    "company_name_key",
    "country_code",
    "domain_of",
    "domain_word",
    "email_address",
    "email_domain",
    "email_key",
    "is_free_mail",
    "own_key",
]

_NAMED_ADDRESS = re.compile(r"(?:mailto:\s*|[^<>]*<)\s*([^<>]+?)\s*>?", re.IGNORECASE)
_PLAIN_MAILBOX = re.compile(r"[A-Za-z0-9_+-]{1,64}|(?=.{3,64}$)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)+")
_LONGEST_ADDRESS = 200  # the library looks at longer ones
_HOSTS = 262_144  # remembered: the companies of a million people, 70 MiB; fewer would all be looked at again per person
_JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))
_WWW = re.compile(r"^www\d?\.")
_LABEL = re.compile(r"(?!-)[^\W_]([\w-]{0,61}[^\W_])?")
_SUFFIXES = tldextract.TLDExtract(
    suffix_list_urls=(), cache_dir=None
)  # its own snapshot; no network, no files

_FORMS = """
    ltd limited llp llc lp inc incorporated corp corporation co company plc pty pte gmbh ag kg kgaa ohg ug mbh se
    sa sas sarl sasu eurl sl slu srl snc bv nv vof oy oyj ab as asa aps kk sro kft zrt ltda sae
"""
_LEGAL_FORMS = frozenset(_FORMS.split())
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_NAME_WORD = re.compile(r"[^\W_]+[+#]*")


def email_address(text: str) -> str:
    """The address in a cell, lower-cased; "Name <x>" and "mailto:x" are understood.

    Raises ValueError with a sentence on what is wrong. The mail server is not asked. Addresses under `.test` are taken.
    """
    address = tidy(text).translate(_JOINERS)
    if match := _NAMED_ADDRESS.fullmatch(address):
        address = match[1]
    if address.count("@") > 1 and re.search(r"[;, ]", address):
        raise ValueError("It holds several addresses.")
    mailbox, _, host = address.rpartition("@")
    if _PLAIN_MAILBOX.fullmatch(mailbox) and len(address) <= _LONGEST_ADDRESS and _takes_mail(host):
        return address.lower()
    return _validated(address)


def _validated(address: str) -> str:
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    if "." not in found.domain:
        raise ValueError("The part after the @-sign is not valid. It should have a period.")
    return found.normalized.lower()


@lru_cache(maxsize=_HOSTS)
def _takes_mail(host: str) -> bool:
    """Whether every plain mailbox at this host is an address as it stands: said by the library once, not per address."""
    try:
        return host.isascii() and _validated(f"a@{host}") == f"a@{host}".lower()
    except ValueError:
        return False


@lru_cache(maxsize=16_384)
def email_key(text: str) -> str:
    """`email_address`, or "" for what is none."""
    try:
        return email_address(text)
    except ValueError:
        return ""


def email_domain(email: str) -> str:
    """The host of a valid address, as `domain_of` writes it."""
    return domain_of(email_key(email).rpartition("@")[2])


@lru_cache(maxsize=_HOSTS)
def domain_of(url_or_domain: str) -> str:
    """The host of a web address or a bare domain: lower case, without "www.", port and path; its subdomain stays.

    "" for what no website can have: a word without a dot, an IP address, a public suffix such as co.uk alone.
    """
    text = tidy(url_or_domain).translate(_JOINERS)
    if not text or re.search(r"[\s,;]", text) or ("@" in text and "://" not in text):
        return ""
    try:
        host = urlsplit(text if "://" in text else f"//{text.lstrip('/')}").hostname or ""
    except ValueError:
        return ""
    host = _WWW.sub("", host.rstrip("."))
    labels = host.split(".")
    if len(labels) < 2 or len(host) > 253 or labels[-1].isdigit() or len(labels[-1]) < 2:
        return ""
    if not all(_LABEL.fullmatch(label) for label in labels):
        return ""
    known = _SUFFIXES(host)
    return "" if known.suffix and not known.domain else host


@lru_cache(maxsize=16_384)
def domain_word(domain: str) -> str:
    """What a company registered of a domain, without its ending and all in front: "acme" of shop.acme.co.uk."""
    known = _SUFFIXES(domain)
    return known.domain if known.suffix else (["", *domain.split(".")[:-1]])[-1]


def is_free_mail(domain: str) -> bool:
    """Whether the domain belongs to a mail provider and so says nothing about a company."""
    return domain_of(domain) in FREE_MAIL_DOMAINS


@lru_cache(maxsize=16_384)
def company_name_key(name: str) -> str:
    """A company's name without case, punctuation and a legal form at its end: "ACME, Inc." and "Acme" are one.

    Accents, digits and all other words stay: "ProspectCo 1" and "ProspectCo 2" are two companies.
    """
    plain = unicodedata.normalize("NFKC", tidy(name)).casefold().replace("&", " and ")
    plain = _DOTTED.sub(lambda match: match[0].replace(".", ""), plain).replace("'", "").replace("’", "")
    words = _NAME_WORD.findall(plain)
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
        if words[-1] == "and" and len(words) > 1:  # "Smith & Co"
            words.pop()
    return " ".join(words) or plain.strip()


def own_key(text: str) -> str:
    """An id of the file's own as it is typed, but for spaces and invisible characters: case and leading zeros count."""
    return tidy(text).translate(_JOINERS)
