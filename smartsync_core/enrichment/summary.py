"""A few sentences about a company, made of evidence alone; each names what it stands on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from smartsync_core.enrichment.gate import Sentence, let_through
from smartsync_core.enrichment.sources.reading import LONGEST
from smartsync_core.mapping.countries import country_name
from smartsync_core.model.evidence import Evidence
from smartsync_core.scoring.words import spoken

__all__ = ["believed", "compose", "text_of"]

_TELL = (
    ("industry", "{name} works in {value}."),
    ("country", "{name} is based in {value}."),
    ("employees", "{name} has {value} employees."),
    ("founded", "{name} was founded in {value}."),
    ("openings", "{name} has {value} open jobs."),
    ("share_allotment", "{name} issued new shares."),
    ("company_status", "Its status in the register is {value}."),
    ("accounts_type", "Its last accounts are {value}."),
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_ENDS = (".", "!", "?")
_OWN_SENTENCES = 2
_READ: Mapping[str, Callable[[str], str]] = {
    "country": country_name,
    "industry": lambda value: value if spoken(value) == value else spoken(value).lower(),
    "founded": lambda value: value[:4],
}


def compose(evidence: Sequence[Evidence], *, company: str) -> list[Sentence]:
    """In a fixed order, one sentence per field that is known; [] where nothing is. What a site says of itself passes the gate
    like anybody's words."""
    best = believed(evidence)
    said = _own_words(best.get("description"))
    for field, words in _TELL:
        if (known := best.get(field)) is not None:
            value = _READ[field](known.value) if field in _READ else known.value
            said.append(Sentence(words.format(name=company or "The company", value=value), (known.id,)))
    overdue = best.get("accounts_overdue")
    if overdue is not None and overdue.value == "yes":
        said.append(Sentence("Its accounts are overdue.", (overdue.id,)))
    return let_through(said, evidence, company=company)


def believed(evidence: Sequence[Evidence]) -> dict[str, Evidence]:
    """Of each field the piece that counts: the better believed, then the newer."""
    best: dict[str, Evidence] = {}
    for one in sorted(evidence, key=lambda one: (one.tier, -one.as_of.toordinal(), one.id)):
        best.setdefault(one.field, one)
    return best


def _own_words(one: Evidence | None) -> list[Sentence]:
    """The first sentences of a description, whole ones only."""
    if one is None:
        return []
    told = _SENTENCE_END.split(one.value)
    if len(one.value) >= LONGEST and not told[-1].endswith(_ENDS):
        del told[-1]
    return [
        Sentence(text if text.endswith(_ENDS) else f"{text}.", (one.id,)) for text in told[:_OWN_SENTENCES]
    ]


def text_of(sentences: Sequence[Sentence]) -> str:
    return " ".join(sentence.text for sentence in sentences)
