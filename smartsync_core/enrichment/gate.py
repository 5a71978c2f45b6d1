"""What may be said of a company: a sentence stays only if every part of it is said by one piece of evidence that it cites.

Bag of words, not understanding: every word must stand in that evidence, in the company's name, or among the few words that its
field may be told with. Parts are split at commas and "and"; each has to stand by itself, so joining two facts makes no third one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from smartsync_core.mapping.countries import country_name
from smartsync_core.model.evidence import Evidence
from smartsync_core.scoring.words import spoken

__all__ = ["Sentence", "let_through", "may_name"]

_LONGEST = 240
_LONGEST_NAME = 60
_PLAIN = re.compile(r"[\w ,.'’()&“”\"-]*")
_QUOTED = re.compile(r"[\w ,.'’()&“”\"!?:;/%+–—·…™®-]*")
_SIGNED = re.compile(r"(?<!\w)-\s*\d")
_ADDRESS = re.compile(r"://|\w\.[a-z]{2}", re.IGNORECASE)
_JOINT = re.compile(r",\s+|\s+(?:and|with)\s+")
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
_TURNS = frozenset(
    ["cannot", "formerly", "hardly", "neither", "nobody", "nor", "nothing", "t", "unlike"]
)  # t: "don't"
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
_COUNTED: Mapping[str, frozenset[str]] = {
    "employees": frozenset(["employs", "employees", "people", "staff"]),
    "founded": frozenset(["founded", "since"]),
    "openings": frozenset(["job", "jobs", "openings", "roles"]),
    "revenue": frozenset(["revenue"]),
}
"""Numbers of which a sentence must say what they count, with one of these words."""
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
        if carrying := () if unknown else _carrying(sentence.text, cited, company):
            stand.append(Sentence(sentence.text, carrying))
    return stand


def may_name(text: str) -> bool:
    """Whether a company may be called so on the word of its own site: short, plain, and no instruction."""
    return len(text) <= _LONGEST_NAME and bool(_PLAIN.fullmatch(text)) and not set(_words(text)) & _NEVER


def _carrying(text: str, cited: Sequence[Evidence], company: str) -> tuple[str, ...]:
    """Ids of what says the whole, else of what says its parts; () where a part is said by none."""
    words = _unnamed(text, company)
    if len(text) > _LONGEST or _SIGNED.search(text) or set(words) & _NEVER:
        return ()
    if whole := _saying(text, cited, company):
        return whole
    parts = [part for part in _JOINT.split(text.strip()) if _unnamed(part, company)]
    said = [_saying(part, cited, company) for part in parts]
    together = set().union(*said) if all(said) else set()
    return tuple(one.id for one in cited if one.id in together)


def _saying(text: str, cited: Iterable[Evidence], company: str) -> tuple[str, ...]:
    return tuple(one.id for one in cited if _says(one, text, company))


def _says(one: Evidence, text: str, company: str) -> bool:
    words = _unnamed(text, company)
    if set(words) <= _GLUE:
        return False
    if one.field in _FREE_TEXT:
        verbatim = text.strip(" .") in one.quote and _QUOTED.fullmatch(text)
        return bool(verbatim or _plain(text, company)) and _quotes(words, one.quote, company)
    if one.field not in _FIELD_WORDS or not _plain(text, company):
        return False
    if sum(word in _NOT for word in words) != (one.value == "no"):  # a second one would turn it back
        return False
    return any(_tells(reading, set(words)) for reading in _readings(one))


def _quotes(words: list[str], quote: str, company: str) -> bool:
    """Whether the words stand there in one piece; all of them where something there may turn the sense of a part."""
    said = [word for word in _unnamed(quote, company) if word not in _GLUE]
    wanted = [word for word in words if word not in _GLUE]
    if _ADDRESS.search(quote):
        return False
    if set(said) & (_NOT | _TURNS):
        return wanted == said
    starts = range(len(said) - len(wanted) + 1)
    return any(said[start : start + len(wanted)] == wanted for start in starts)


def _readings(one: Evidence) -> tuple[Evidence, ...]:
    """A country may be told by its code or by its name, an industry by a CRM's inner name or in words."""
    if one.field == "country":
        return one, replace(one, value=country_name(one.value))
    return (one, replace(one, value=spoken(one.value))) if one.field == "industry" else (one,)


def _tells(one: Evidence, words: set[str]) -> bool:
    told = set(_words(one.value)) | _FIELD_WORDS[one.field] | (_NOT if one.value == "no" else set())
    counted = one.field not in _COUNTED or bool(words & _COUNTED[one.field])
    return counted and words <= told | _GLUE and _essential(one) <= words


def _essential(one: Evidence) -> set[str]:
    """What a sentence about it cannot leave out."""
    if one.value in ("yes", "no"):
        return {"overdue"}
    if one.field == "founded":
        return {one.value[:4]}
    return {"shares"} if one.field == "share_allotment" else set(_words(one.value))


def _plain(text: str, company: str) -> bool:
    """The name may have signs of its own."""
    return bool(_PLAIN.fullmatch(text.replace(company, "") if company else text))


def _unnamed(text: str, company: str) -> list[str]:
    """The words without the company's name, or its beginning, wherever it stands: its words in any other order say something."""
    words, name = _words(text), _words(company)
    left, at = [], 0
    while at < len(words):
        run = 0
        while run < len(name) and words[at + run : at + run + 1] == name[run : run + 1]:
            run += 1
        left += [] if run else [words[at]]
        at += run or 1
    return left


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
