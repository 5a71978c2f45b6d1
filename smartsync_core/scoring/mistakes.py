"""What is wrong with a score card that a person wrote: one sentence per mistake, saying where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["sentences"]

_MOST = 5
_PLAINER = {
    "extra_forbidden": "this word is not known here",
    "missing": "this is missing",
    "invalid_key": "a part is named by a word",
    "int_type": "a whole number belongs here, not {input}",
    "tuple_type": "a list in square brackets belongs here, not {input}",
    "string_type": "a word belongs here, not {input}",
    "literal_error": "{input} is not known here; it is one of {expected}",
    "enum": "{input} is not known here; it is one of {expected}",
    "greater_than_equal": "it is at least {ge}, not {input}",
    "less_than_equal": "it is at most {le}, not {input}",
    "dict_type": "named parts belong here, not {input}",
    "model_type": "named parts such as icp: belong here, not {input}",
}
_READ_AS_TRUTH = "put the word in quotes; without them it is read as yes or no"


def sentences(error: ValidationError) -> str:
    """A misspelt word comes first, and what is missing only because of it is left out."""
    found = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    if found[0]["type"] == "extra_forbidden":
        found = [one for one in found if one["type"] != "missing"]
    said: dict[str, str] = {}
    for one in found:
        said.setdefault(_place(one), _said(one))
    told = [f"The score card{f', at {place}' if place else ''}: {what}." for place, what in said.items()]
    more = [f"{len(told) - _MOST} more like these."] if len(told) > _MOST else []
    return " ".join(told[:_MOST] + more)


def _place(one: ErrorDetails) -> str:
    steps = [str(step) for step in one["loc"] if "[" not in str(step)]
    return ".".join(steps)


def _said(one: ErrorDetails) -> str:
    if one["type"] == "string_type" and isinstance(one["input"], bool):
        return _READ_AS_TRUTH
    plain = _PLAINER.get(one["type"])
    if plain is None:
        return one["msg"].removeprefix("Value error, ").rstrip(".")
    words: Mapping[str, Any] = {**one.get("ctx", {}), "input": _shown(one["input"])}
    return plain.format(**words)


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = f"“{value}”" if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
