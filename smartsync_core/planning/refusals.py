"""What a CRM's refusal of a cell means, in plain words with what to do; and which cells no CRM is asked about."""

from __future__ import annotations

__all__ = ["WRONG_IN_THE_FILE", "is_refusal", "plain"]

WRONG_IN_THE_FILE = frozenset(
    {
        "ambiguous_date",
        "ambiguous_number",
        "invalid_domain",
        "invalid_email",
        "not_a_date",
        "not_a_number",
        "not_yes_or_no",
        "nothing_to_import",
        "step_failed",
        "too_long",
        "too_many_cells",
    }
)
"""Codes of what stays wrong whatever the CRM holds meanwhile, so that sending the row as it stands is in vain."""

_WORDS = {
    "CONFLICTING_UNIQUE_VALUE": "Another record has this value already, and no two may share it. Correct one of them.",
    "INVALID_BOOLEAN_OPTION": "This field takes only yes or no. Write one of them.",
    "INVALID_DATE": "This is not a date that the CRM can read. Write it as 2026-03-31.",
    "INVALID_EMAIL": "The CRM does not take this for an e-mail address. Correct it or empty the cell.",
    "INVALID_INTEGER": "This field takes only numbers. Correct it or empty the cell.",
    "INVALID_LONG": "This is not a date that the CRM can read. Write it as 2026-03-31.",
    "INVALID_NUMBER": "This field takes only numbers. Correct it or empty the cell.",
    "INVALID_OPTION": "This is not one of the field's choices. Choose one of them, or empty the cell.",
    "INVALID_STRING_LENGTH": "The text is longer than the field takes. Shorten it.",
    "MISSING_CONDITIONAL_REQUIRED_PROPERTY": "With the other values of this row, the CRM demands a value here. Fill it in.",
    "MISSING_REQUIRED_PROPERTY": "The CRM demands a value here. Fill it in.",
    "PROPERTY_DOESNT_EXIST": "The CRM does not have this field any more. Send the column to another one.",
    "READ_ONLY_VALUE": "The CRM fills this field by itself. Empty the cell, or leave the column out.",
}


def is_refusal(code: str) -> bool:
    """Whether a reason's sentence is the CRM's own; the codes of ours are in lower case."""
    return code.isupper()


def plain(code: str, sentence: str) -> str:
    """Our words for it; where there are none, the sentence itself."""
    return _WORDS.get(code, sentence)
