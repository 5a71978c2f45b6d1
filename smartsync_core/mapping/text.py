"""Texts as people mean them: no invisible characters, one kind of space."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["quoted", "tidy"]

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\ufeff\u00ad"))
_CONTROLS = dict.fromkeys([code for code in range(32) if code not in (9, 10, 13)] + [127])
_SPACES = re.compile(r"[^\S\n]+")
_LINE_EDGES = re.compile(r" ?\n ?")


def tidy(text: str) -> str:
    """Trimmed, runs of spaces (no-break ones too) made one, invisible characters out, accents composed; newlines stay."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE).translate(_CONTROLS)
    text = _SPACES.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _LINE_EDGES.sub("\n", text).strip()


def quoted(text: str) -> str:
    """A cell's text inside a sentence, cut where it is long."""
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"
