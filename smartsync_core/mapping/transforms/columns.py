"""Transforms that look at other columns of the row, or at what a blank cell stands for."""

from __future__ import annotations

from collections.abc import Mapping

from smartsync_core.errors import BadInput
from smartsync_core.mapping.text import tidy
from smartsync_core.mapping.transforms.base import (
    Apply,
    Kind,
    Option,
    Options,
    Transform,
    filled_in,
    named_columns,
)

__all__ = ["TRANSFORMS"]

_COLUMNS = Option(name="columns", label="Columns, e.g. {Mobile} {Phone}", kind=Kind.COLUMNS, needed=True)


def _template(options: Options) -> Apply:
    pattern = options["text"]
    _need_columns(pattern)

    def filled(text: str, row: Mapping[str, str]) -> str:
        if not any(row[column] for column in named_columns(pattern)):
            return ""
        return tidy(filled_in(pattern, row))

    return filled


def _join(options: Options) -> Apply:
    names, between = _need_columns(options["columns"]), options["by"]

    def joined(text: str, row: Mapping[str, str]) -> str:
        return between.join(row[name] for name in names if row[name])

    return joined


def _first_of(options: Options) -> Apply:
    names = _need_columns(options["columns"])

    def first(text: str, row: Mapping[str, str]) -> str:
        return text or next((row[name] for name in names if row[name]), "")

    return first


def _need_columns(text: str) -> list[str]:
    names = named_columns(text)
    if not names:
        raise BadInput(
            "No column is named.", hint="Write its name in braces, e.g. {First name}.", code="bad_step"
        )
    return names


def _default(options: Options) -> Apply:
    value = options["value"]
    return lambda text, row: text or value


def _blank_if(options: Options) -> Apply:
    words = {tidy(line).casefold() for line in options["words"].split(",")}
    return lambda text, row: "" if tidy(text).casefold() in words else text


TRANSFORMS = (
    Transform(
        name="template",
        label="Text from several columns",
        does="Writes a text of your own with other columns in it; blank where all of them are.",
        build=_template,
        options=(
            Option(name="text", label="Text, e.g. {First name} {Last name}", kind=Kind.COLUMNS, needed=True),
        ),
        fills=True,
    ),
    Transform(
        name="join",
        label="Join columns",
        does="Puts several columns one after the other and passes over blank ones.",
        build=_join,
        options=(_COLUMNS, Option(name="by", label="Between them", preset=", ")),
        fills=True,
    ),
    Transform(
        name="first_of",
        label="First that is not blank",
        does="Where the cell is blank, takes the first of several other columns that is not.",
        build=_first_of,
        options=(_COLUMNS,),
        fills=True,
    ),
    Transform(
        name="default",
        label="Value for blank cells",
        does="Fills a blank cell.",
        build=_default,
        options=(Option(name="value", label="Value", needed=True),),
        fills=True,
    ),
    Transform(
        name="blank_if",
        label="Words that mean blank",
        does="Empties a cell that only says that there is nothing.",
        build=_blank_if,
        options=(
            Option(
                name="words", label="Words, parted by commas", preset="-, n/a, na, none, null, unknown, ?"
            ),
        ),
    ),
)
