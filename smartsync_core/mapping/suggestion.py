"""Which of a list's choices an unknown value may mean. A person confirms many at once, so a poor guess is worse than none."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rapidfuzz import fuzz, process

__all__ = ["suggested"]

_LIKE_ENOUGH = 80  # of 100, over the whole text: one part that sounds alike says nothing
_NEARER = 3  # of 100: two choices closer than this are as good as each other
_SHORTEST = 3  # below it nearly everything looks alike
_WORDS = re.compile(r"[^\W_]+")
_HYPHENED = re.compile(r"\b(dis|non|un)-")
_DENIALS = frozenset(
    {
        "not",
        "no",
        "non",
        "never",
        "without",
        "former",
        "ex",
        "nicht",
        "kein",
        "keine",
        "ohne",
        "pas",
        "sans",
        "sin",
    }
)
_DENYING = ("un", "in", "im", "non", "dis")  # before a word


def suggested(text: str, spoken: Mapping[str, str]) -> str:
    """The value behind the one name in `spoken` that `text` resembles as a whole, or is a part of; "" for none or several."""
    if len(text) < _SHORTEST:
        return ""
    near = [(name, score) for name, score in _alike(text, spoken) if not _denies(text, name)]
    if near:
        best = max(score for _, score in near)
        return _only({spoken[name] for name, score in near if score > best - _NEARER})
    words = set(_words(text))
    return _only(
        {value for name, value in spoken.items() if words < set(_words(name)) and not _denies(text, name)}
    )


def _alike(text: str, spoken: Mapping[str, str]) -> list[tuple[str, float]]:
    found = process.extract(
        text, spoken.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=_LIKE_ENOUGH, limit=None
    )
    return [(name, score) for name, score, _ in found]


def _only(values: set[str]) -> str:
    return values.pop() if len(values) == 1 else ""


def _words(text: str) -> list[str]:
    return _WORDS.findall(_HYPHENED.sub(r"\1", text.casefold()))


def _denies(one: str, other: str) -> bool:
    """Whether one says what the other denies: "qualified" and "unqualified", "connected" and "not connected"."""
    here, there = _words(one), _words(other)
    if bool(_DENIALS.intersection(here)) != bool(_DENIALS.intersection(there)):
        return True
    return any(_denied(word, said) or _denied(said, word) for word in here for said in there)


def _denied(word: str, said: str) -> bool:
    """Whether `word` is nearer to `said` without a beginning that denies."""
    rests = (word.removeprefix(before) for before in _DENYING if word.startswith(before))
    return any(fuzz.ratio(rest, said) > max(_LIKE_ENOUGH, fuzz.ratio(word, said)) for rest in rests)
