"""Why a row did not land, beside a bar: words, and never the code."""

from __future__ import annotations

import pytest

from pages.blocks.reasons import in_short
from smartsync_core.planning.refusals import plain


@pytest.mark.parametrize(
    ("code", "sentence", "words"),
    [
        ("two_in_crm", "2 contacts in HubSpot share this e-mail.", "Two records of one key in HubSpot"),
        ("INVALID_LONG", "x was not a valid long.", "This is not a date that the CRM can read"),
        ("INVALID_INTEGER", "x was not a valid integer.", "This field takes only numbers"),
        ("stale", "It changed.", "Changed in HubSpot since preview"),
        ("of_another_kind", "It cannot be written. Try again.", "It cannot be written"),
    ],
)
def test_a_kind_of_reason_has_words_or_says_how_its_sentence_begins(
    code: str, sentence: str, words: str
) -> None:
    assert in_short(code, plain(code, sentence)) == words
