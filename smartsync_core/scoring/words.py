"""When two texts name the same thing."""

from __future__ import annotations

import re

__all__ = ["bare", "folded", "spoken"]


def folded(text: str) -> str:
    """Without case, underscores and signs: "COMPUTER_SOFTWARE", as a CRM may spell it, and "Computer software" are one."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold().replace("&", " and ")))


def bare(text: str) -> str:
    """As `folded`, and without “and”, which an inner name leaves out: "OIL_ENERGY" is “Oil & Energy”."""
    return " ".join(word for word in folded(text).split() if word != "and")


def spoken(text: str) -> str:
    """A CRM's inner name as a person says it: "COMPUTER_SOFTWARE" is “Computer software”; what is written in words stays."""
    inner = "_" in text or (text.isupper() and len(text) > 4)
    return text.replace("_", " ").strip().capitalize() if inner and " " not in text else text
