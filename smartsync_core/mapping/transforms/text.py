"""Transforms of a text by itself: spaces, case, names, parts, patterns, markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import regex
from selectolax.lexbor import LexborHTMLParser

from smartsync_core.errors import BadInput
from smartsync_core.mapping.text import quoted, tidy
from smartsync_core.mapping.transforms.base import (
    Apply,
    CannotRead,
    Kind,
    Option,
    Options,
    Transform,
    replaced,
)

__all__ = ["TRANSFORMS"]

_Found = TypeVar("_Found")
_SMALL = """
    al af av bin da dal das de del della den der di do dos du e el la le las los san ten ter van vom von y zu zum zur
"""
_PARTICLES = frozenset(_SMALL.split())
_NAME_PIECE = re.compile(r"[^\W\d_]+")
_MC = re.compile(r"^(Mc)([a-z])")

_PATTERN_LIMIT = 500  # characters
_PATTERN_S = 0.05  # for one cell
_SLOW_CELLS = 3  # after so many a pattern is given up, so that a column cannot take for ever
_LONGEST = 100_000  # characters a cell may grow to


def _trim(options: Options) -> Apply:
    return lambda text, row: " ".join(tidy(text).split())


def _case(options: Options) -> Apply:
    to: Mapping[str, Callable[[str], str]] = {
        "upper": str.upper,
        "lower": str.lower,
        "sentence": lambda text: text[:1].upper() + text[1:].lower(),
        "words": lambda text: " ".join(word[:1].upper() + word[1:].lower() for word in text.split(" ")),
    }
    change = to[options["to"]]
    return lambda text, row: change(text)


def _proper_name(options: Options) -> Apply:
    return lambda text, row: " ".join(map(_name_word, tidy(text).split(" ")))


def _name_word(word: str) -> str:
    """A word of mixed case was typed so on purpose and stays; particles are written small."""
    if not (word.isupper() or word.islower()) or (len(word) == 2 and word.endswith(".")):
        return word
    if word.casefold() in _PARTICLES:
        return word.lower()
    pieces = _NAME_PIECE.sub(lambda match: match[0][:1].upper() + match[0][1:].lower(), word)
    return _MC.sub(lambda match: match[1] + match[2].upper(), pieces)


def _split(options: Options) -> Apply:
    by, wanted = options["by"], options["part"]
    place = {"first": 0, "last": -1}.get(wanted)
    if place is None:
        if not wanted.isdecimal() or int(wanted) < 1:
            raise BadInput(
                f"{quoted(wanted)} names no part.", hint="Give 1, 2, 3 …, first or last.", code="bad_step"
            )
        place = int(wanted) - 1

    def part(text: str, row: Mapping[str, str]) -> str:
        found = text.split(by)
        return found[place].strip() if place < len(found) else ""

    return part


def _replace(options: Options) -> Apply:
    find, by = options["find"], options["by"]
    return lambda text, row: replaced(text, find, by, longest=_LONGEST)


def _pattern_replace(options: Options) -> Apply:
    pattern = _Pattern(options["find"])
    by = options["by"]
    pattern.check(by)
    return lambda text, row: pattern.replace(text, by)


def _pattern_take(options: Options) -> Apply:
    pattern = _Pattern(options["find"])
    return lambda text, row: pattern.first(text)


class _Pattern:
    """A regular expression that has a moment for each cell; one that is slow again and again is asked no more."""

    def __init__(self, text: str) -> None:
        if len(text) > _PATTERN_LIMIT:
            raise BadInput(
                f"The pattern has {len(text)} characters.",
                hint=f"Shorten it to {_PATTERN_LIMIT}.",
                code="bad_step",
            )
        try:
            self._pattern = regex.compile(text)
        except (regex.error, OverflowError, RecursionError) as error:
            raise BadInput(
                f"{quoted(text)} is not a pattern: {error}.", hint="Correct it.", code="bad_step"
            ) from None
        self._slow = 0

    def check(self, by: str) -> None:
        """Raises BadInput where `by` names a part that the pattern has not."""
        probe = regex.compile(f"(?:{self._pattern.pattern})|") if self._pattern.pattern else self._pattern
        try:
            probe.sub(by, "", timeout=1)
        except (regex.error, IndexError) as error:
            raise BadInput(
                f"{quoted(by)} cannot stand in for the pattern: {error}.",
                hint=r"\1 is the first part in parentheses.",
                code="bad_step",
            ) from None

    def replace(self, text: str, by: str) -> str:
        return _bounded(self._in_time(lambda: self._pattern.sub(by, text, timeout=_PATTERN_S)))

    def first(self, text: str) -> str:
        found = self._in_time(lambda: self._pattern.search(text, timeout=_PATTERN_S))
        if found is None:
            return ""
        return (found[1] if found.re.groups else found[0]) or ""

    def _in_time(self, look: Callable[[], _Found]) -> _Found:
        try:
            if self._slow < _SLOW_CELLS:
                return look()
        except TimeoutError:
            self._slow += 1
        raise CannotRead("The pattern takes too long on such cells. Make it plainer.")


def _bounded(text: str) -> str:
    if len(text) > _LONGEST:
        raise CannotRead(f"The cell would grow to {len(text):,} characters.")
    return text


def _html_to_text(options: Options) -> Apply:
    def words(text: str, row: Mapping[str, str]) -> str:
        if "<" not in text and "&" not in text:
            return text
        tree = LexborHTMLParser(_BREAKS.sub(r"\n\g<0>", text))
        tree.strip_tags(["script", "style", "head"])
        lines = (" ".join(line.split()) for line in tree.text().splitlines())
        return "\n".join(filter(None, lines))

    return words


_BREAKS = re.compile(r"</?(?:br|p|div|li|tr|h[1-6]|ul|ol|table)\b", re.IGNORECASE)


TRANSFORMS = (
    Transform(
        name="trim",
        label="Trim spaces",
        does="Takes away spaces at both ends and invisible characters, and makes several spaces one.",
        build=_trim,
    ),
    Transform(
        name="case",
        label="Upper and lower case",
        does="Writes the cell in upper case, lower case, with one capital at its beginning, or one for each word.",
        build=_case,
        options=(
            Option(
                name="to",
                label="How",
                kind=Kind.CHOICE,
                preset="upper",
                choices=("upper", "lower", "sentence", "words"),
            ),
        ),
    ),
    Transform(
        name="proper_name",
        label="Proper names",
        does="Gives names their capitals and keeps particles such as “van der” small; a name of mixed case stays as typed.",
        build=_proper_name,
    ),
    Transform(
        name="split",
        label="Take a part",
        does="Splits the cell and takes one part; a part that is not there is blank.",
        build=_split,
        options=(
            Option(name="by", label="Split at", preset=" ", needed=True),
            Option(name="part", label="Which part: 1, 2, 3 …, first or last", preset="first"),
        ),
    ),
    Transform(
        name="replace",
        label="Find and replace",
        does="Replaces a text wherever it stands; upper and lower case count.",
        build=_replace,
        options=(Option(name="find", label="Find", needed=True), Option(name="by", label="Replace by")),
    ),
    Transform(
        name="pattern_replace",
        label="Find and replace by pattern",
        does="Replaces whatever a regular expression finds; \\1 is its first part in parentheses.",
        build=_pattern_replace,
        options=(Option(name="find", label="Pattern", needed=True), Option(name="by", label="Replace by")),
    ),
    Transform(
        name="pattern_take",
        label="Take what a pattern finds",
        does="Keeps the first find of a regular expression, or that find's first part in parentheses; blank where there is none.",
        build=_pattern_take,
        options=(Option(name="find", label="Pattern", needed=True),),
    ),
    Transform(
        name="html_to_text",
        label="HTML to text",
        does="Keeps the words of a piece of HTML, each paragraph on its line.",
        build=_html_to_text,
    ),
)
