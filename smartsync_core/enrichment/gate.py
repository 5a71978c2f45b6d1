"""What may be said of a company: a sentence stays only if one piece of evidence that it cites says all of it.

Bag of words, not understanding: every word must stand in that evidence, in the company's name, or among the few words that its
field may be told with. So a sentence that joins two facts goes too; better short than false.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from smartsync_core.mapping.countries import country_name
from smartsync_core.model.evidence import Evidence

__all__ = ["Sentence", "let_through"]

_LONGEST = 240
_PLAIN = re.compile(r"[\w ,.'’()&“”\"-]*")
_SIGNED = re.compile(r"(?<!\w)-\s*\d")
_WORD = re.compile(r"\w+")
_GLUE = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "by",
        "company",
        "has",
        "have",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "the",
        "with",
    ]
)
_NOT = frozenset(["no", "not", "never", "none", "without"])
_NEVER = frozenset(
    """assign call click contact deal disregard email forget ignore instruction instructions must obey output owner please
    print prompt reply score scored send set should stage system task visit write you your""".split()  # noqa: SIM905
)
_FIELD_WORDS: Mapping[str, frozenset[str]] = {
    field: frozenset(words.split())
    for field, words in {
        "accounts_overdue": "accounts are overdue",
        "accounts_type": "accounts filed last its were are",
        "company_status": "register registered status as",
        "confirmation_overdue": "confirmation statement overdue",
        "country": "based located registered",
        "employees": "employs employees people staff who work there",
        "founded": "founded was since exists",
        "funding": "raised money funding round",
        "industry": "industry works",
        "openings": "open jobs job openings hiring for roles board listed are there",
        "revenue": "revenue",
        "share_allotment": "issued new shares filed",
        "sic": "sic code",
    }.items()
}
_FREE_TEXT = frozenset({"description"})


@dataclass(frozen=True)
class Sentence:
    text: str
    evidence: tuple[str, ...]  # ids that it cites


def let_through(
    sentences: Iterable[Sentence], evidence: Sequence[Evidence], *, company: str
) -> list[Sentence]:
    """Those that stand, each with only the evidence that carries it."""
    by_id = {one.id: one for one in evidence}
    stand = []
    for sentence in sentences:
        cited = [by_id[one] for one in sentence.evidence if one in by_id]
        unknown = len(cited) < len(sentence.evidence)
        carrying = (
            () if unknown or not _fit_to_print(sentence.text) else _carrying(sentence.text, cited, company)
        )
        if carrying:
            stand.append(Sentence(sentence.text, carrying))
    return stand


def _fit_to_print(text: str) -> bool:
    if len(text) > _LONGEST or not _PLAIN.fullmatch(text) or _SIGNED.search(text):
        return False
    return not set(_words(text)) & _NEVER


def _carrying(text: str, cited: Iterable[Evidence], company: str) -> tuple[str, ...]:
    return tuple(one.id for one in cited if _says(one, _words(text), set(_words(company))))


def _says(one: Evidence, words: list[str], name: set[str]) -> bool:
    if not words or set(words) <= name | _GLUE:
        return False
    if one.field in _FREE_TEXT:
        return _in_order([word for word in words if word not in name | _GLUE], _words(one.quote))
    if one.field not in _FIELD_WORDS or (one.value == "no") != bool(set(words) & _NOT):
        return False
    return any(_tells(reading, words, name) for reading in _readings(one))


def _readings(one: Evidence) -> tuple[Evidence, ...]:
    """A country may be told by its code or by its name."""
    return (one, replace(one, value=country_name(one.value))) if one.field == "country" else (one,)


def _tells(one: Evidence, words: list[str], name: set[str]) -> bool:
    told = set(_words(one.value)) | _FIELD_WORDS[one.field] | (_NOT if one.value == "no" else set())
    return set(words) <= told | name | _GLUE and _essential(one) <= set(words)


def _essential(one: Evidence) -> set[str]:
    """What a sentence about it cannot leave out."""
    if one.value in ("yes", "no"):
        return {"overdue"}
    if one.field == "founded":
        return {one.value[:4]}
    return {"shares"} if one.field == "share_allotment" else set(_words(one.value))


def _in_order(words: list[str], quote: list[str]) -> bool:
    left = iter(quote)
    return bool(words) and all(word in left for word in words)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
