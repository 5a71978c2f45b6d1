"""Transforms by a list: one value for another, and several values in one cell."""

from __future__ import annotations

import re
from collections.abc import Mapping

from smartsync_core.mapping.text import tidy
from smartsync_core.mapping.transforms.base import Apply, CannotRead, Kind, Option, Options, Transform, pairs

__all__ = ["TRANSFORMS"]


def _lookup(options: Options) -> Apply:
    table = {tidy(before).casefold(): after for before, after in pairs(options["table"]).items()}
    other = options["other"]

    def find(text: str, row: Mapping[str, str]) -> str:
        found = table.get(tidy(text).casefold())
        if found is not None:
            return found
        if other == "stop":
            raise CannotRead(f"“{text}” is not in the table.")
        return text if other == "keep" else ""

    return find


def _several(options: Options) -> Apply:
    between = re.compile(r"\s*[" + re.escape(options["parted_by"]) + r"]\s*")
    add, remove, only = (_words(options[name]) for name in ("add", "remove", "instead"))
    removed = {word.casefold() for word in remove}

    def change(text: str, row: Mapping[str, str]) -> str:
        parts = only or [part for part in between.split(text) if part.casefold() not in removed]
        return ";".join(dict.fromkeys(filter(None, [*parts, *add])))

    return change


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(";") if word.strip()]


TRANSFORMS = (
    Transform(
        name="lookup",
        label="Lookup table",
        does="Replaces a whole cell by what a table says, in any case; other cells stay, become blank, or stop the row.",
        build=_lookup,
        options=(
            Option(name="table", label="One “from => to” per line", kind=Kind.PAIRS, needed=True),
            Option(
                name="other",
                label="Other cells",
                kind=Kind.CHOICE,
                preset="keep",
                choices=("keep", "blank", "stop"),
            ),
        ),
    ),
    Transform(
        name="several",
        label="Several choices in one cell",
        does="Parts a cell into choices, adds some, takes some away, or replaces them all; they go with semicolons between.",
        build=_several,
        options=(
            Option(name="parted_by", label="What parts them", preset=",;", needed=True),
            Option(name="add", label="Add, parted by semicolons"),
            Option(name="remove", label="Take away, parted by semicolons"),
            Option(name="instead", label="Replace all by, parted by semicolons"),
        ),
        fills=False,
    ),
)
