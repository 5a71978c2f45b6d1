"""A person's name in one cell → first and last name."""

from __future__ import annotations

from nameparser import HumanName

__all__ = ["split_name"]


def split_name(text: str) -> tuple[str, str, str]:
    """(first, last, what was left out). Middle names go to the first name, "Jr." to the last; a title is left out.

    A single word is a first name, as the parser sees it: "Madonna". Nothing is re-capitalised.
    """
    name = HumanName(text)
    first = " ".join(part for part in (name.first, name.middle) if part)
    last = " ".join(part for part in (name.last, name.suffix) if part)
    left_out = " ".join(part for part in (name.title, name.nickname) if part)
    return first, last, left_out
