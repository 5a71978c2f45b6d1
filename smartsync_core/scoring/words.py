"""When two texts name the same thing."""

from __future__ import annotations

import re

__all__ = ["folded"]


def folded(text: str) -> str:
    """Without case, underscores and signs: "COMPUTER_SOFTWARE", as a CRM may spell it, and "Computer software" are one."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold().replace("&", " and ")))
