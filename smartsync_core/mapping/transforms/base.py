"""What a transform is: a name, a sentence, its options, and how to build the function that changes one cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from smartsync_core.errors import BadInput
from smartsync_core.mapping.text import quoted

__all__ = [
    "Apply",
    "CannotRead",
    "Kind",
    "Option",
    "Options",
    "Transform",
    "filled_in",
    "named_columns",
    "pairs",
    "replaced",
]

Options = Mapping[str, str]
Apply = Callable[[str, Mapping[str, str]], str]
"""(cell, the row's cells by column) → the cell afterwards. Raises CannotRead. Only columns that an option names are given."""

_COLUMN = re.compile(r"\{([^{}]+)\}")
_ARROW = "=>"


class CannotRead(ValueError):
    """This cell cannot be changed so; the message is a sentence for the person."""


class Kind(StrEnum):
    """What an option holds. Every option is a text; this says how a person gives it."""

    TEXT = "text"
    CHOICE = "choice"
    COLUMNS = "columns"  # names columns in braces: "{First name} {Last name}"
    PAIRS = "pairs"  # one "from => to" per line


@dataclass(frozen=True, kw_only=True)
class Option:
    name: str
    label: str
    kind: Kind = Kind.TEXT
    preset: str = ""
    choices: tuple[str, ...] = ()
    needed: bool = False  # a step without it does not stand


@dataclass(frozen=True, kw_only=True)
class Transform:
    name: str
    label: str
    does: str  # one sentence for the person
    build: Callable[[Options], Apply]  # raises BadInput where the options make no sense
    options: tuple[Option, ...] = ()
    fills: bool = False  # whether it also acts on a blank cell

    def settled(self, given: Options) -> Options:
        """Every option with its value, or its preset. Raises BadInput naming an option that is unknown, missing or wrong."""
        known = {option.name: option for option in self.options}
        for name in given:
            if name not in known:
                raise self._wrong(f"has no option {quoted(name)}", f"It takes: {', '.join(known) or 'none'}.")
        settled = {name: given.get(name, option.preset) for name, option in known.items()}
        for name, value in settled.items():
            if known[name].needed and not value:
                raise self._wrong(f"lacks its option {quoted(name)}", f"It says: {known[name].label}.")
            if known[name].choices and value not in known[name].choices:
                raise self._wrong(
                    f"cannot take {quoted(value)} as {quoted(name)}",
                    f"It takes: {', '.join(known[name].choices)}.",
                )
        return settled

    def _wrong(self, what: str, hint: str) -> BadInput:
        return BadInput(f"The step {quoted(self.name)} {what}.", hint=hint, code="bad_step")


def named_columns(text: str) -> list[str]:
    """The columns that stand in braces, in order, each once."""
    return list(dict.fromkeys(_COLUMN.findall(text)))


def filled_in(text: str, row: Mapping[str, str]) -> str:
    """`text` with each column in braces replaced by its cell."""
    return _COLUMN.sub(lambda match: row[match[1]], text)


def replaced(text: str, find: str, by: str, *, longest: int) -> str:
    """`find` replaced wherever it stands; a text that would grow beyond `longest` is never made. Raises CannotRead."""
    if len(text) + text.count(find) * (len(by) - len(find)) > longest:
        raise CannotRead(f"The cell would grow beyond {longest:,} characters.")
    return text.replace(find, by)


def pairs(text: str) -> dict[str, str]:
    """ "from => to" per line; an empty right side is allowed. Raises BadInput naming a line that is none."""
    found = {}
    for line in filter(str.strip, text.splitlines()):
        left, arrow, right = line.partition(_ARROW)
        if not arrow or not left.strip():
            raise BadInput(
                f"{quoted(line)} does not say what becomes of what.",
                hint="Write one “from => to” per line.",
                code="bad_step",
            )
        found[left.strip()] = right.strip()
    return found
