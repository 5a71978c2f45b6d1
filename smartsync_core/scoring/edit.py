"""A new version of a score card out of what a person wrote: all of it, or only the parts that differ."""

from __future__ import annotations

import re

import yaml

from smartsync_core.scoring.card import ScoreCard, loaded, parse

__all__ = ["edited"]

_REST = re.compile(r"(\s*(#.*)?\n)*\s*(#.*)?\Z")  # blank lines and comments up to the next part


def edited(text: str, base: str, *, next_version: int) -> tuple[ScoreCard, str]:
    """The card and its whole text. Parts that are left out stay as `base` has them, the version is then the next.

    Raises BadInput.
    """
    said = loaded(text)
    if not isinstance(said, dict) or not said or loaded(base).keys() <= said.keys():
        return parse(text), text
    given = {name: text[start:end] for name, (start, end) in _parts(text).items()}
    whole = base
    for name, part in {"version": f"version: {next_version}", **given}.items():
        start, end = _parts(whole).get(name, (len(whole), len(whole)))
        whole = whole[:start] + part + (whole[end:] or "\n")
    return parse(whole), whole


def _parts(text: str) -> dict[str, tuple[int, int]]:
    """Where each part stands in the text, from its name to its last word."""
    root = yaml.compose(text)
    assert isinstance(root, yaml.MappingNode)
    found = {}
    for name, value in root.value:
        start = name.start_mark.index
        last = len(_REST.sub("", text[start : value.end_mark.index], count=1))
        found[str(name.value)] = (start, start + last)
    return found
