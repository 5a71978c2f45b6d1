"""Writes docs/headers.md out of the headers that the tests match: `python -m tests.mapping.headers_page`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from smartsync_core.mapping.headers import match_columns
from smartsync_core.model.mapping import Certainty, ColumnMatch, RecordType
from tests.mapping.cases import cases
from tests.mapping.crm import FITTING, OWNERS, SCHEMAS, column

PAGE = Path(__file__).parents[2] / "docs" / "headers.md"

_INTRODUCTION = """# How headers are recognised

Headers as exports, lead lists and home-made sheets write them, each matched alone in a file of people and their companies, with
values that fit. *Recognised* = imported without a question, and rightly so, or rightly left out. *Asked* = a person confirms.
*Missed* = left out although there is a field for it. *Wrong* = imported into another field without a question: never.

This page is written by `python -m tests.mapping.headers_page` from the same list that the tests run.
"""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    language: str
    header: str
    wanted: str  # "" = no field of ours
    match: ColumnMatch

    @property
    def fate(self) -> str:
        goes_to = str(self.match.target) if self.match.target else ""
        if self.match.certainty is Certainty.CHECK:
            return "asked"
        if self.match.certainty is Certainty.SURE:
            return "recognised" if goes_to == self.wanted else "wrong"
        return "missed" if self.wanted else "recognised"


def verdicts() -> list[Verdict]:
    return [
        Verdict(language=language, header=header, wanted=wanted, match=_match(header, wanted))
        for language, headers in cases("headers_world").items()
        for header, wanted in headers.items()
    ]


def _match(header: str, wanted: str) -> ColumnMatch:
    profile = column(header, FITTING.get(wanted.partition(".")[2], ["Something"]))
    return match_columns([profile], SCHEMAS, RecordType.BOTH, OWNERS, {})[0]


def page() -> str:
    return "\n".join([_INTRODUCTION, *_summary(), "", *_headers(), ""])


def _summary() -> Iterator[str]:
    yield "| language | headers | recognised | asked | missed | wrong | recognised or asked |"
    yield "|---|---|---|---|---|---|---|"
    found = verdicts()
    for language in [*dict.fromkeys(one.language for one in found), "all"]:
        mine = [one for one in found if language in (one.language, "all")]
        fates = Counter(one.fate for one in mine)
        share = 100 * (fates["recognised"] + fates["asked"]) / len(mine)
        counts = " | ".join(str(fates[fate]) for fate in ("recognised", "asked", "missed", "wrong"))
        yield f"| {language} | {len(mine)} | {counts} | {share:.1f} % |"


def _headers() -> Iterator[str]:
    yield "| language | header | means | what happens |"
    yield "|---|---|---|---|"
    for one in verdicts():
        means = f"`{one.wanted}`" if one.wanted else "no field of ours"
        yield f"| {one.language} | {one.header} | {means} | {one.fate} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
