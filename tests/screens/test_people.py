"""People and keys: what cannot be done is said in a sentence."""

from __future__ import annotations

from smartsync_core.orchestrator.api_keys import api_keys
from smartsync_core.orchestrator.context import Context
from tests.screens.conftest import Open, all_texts


def test_a_name_that_is_too_long_makes_no_key_and_says_so(ctx: Context, open_page: Open) -> None:
    at = open_page("people.py")
    next(one for one in at.text_input if one.label == "Name").input("x" * 325)
    next(one for one in at.button if one.label == "Make a key").click().run()
    assert api_keys(ctx) == []
    assert "No key was made: its name may have 80 characters, and this one has 325." in all_texts(at).replace(
        "\\", ""
    )
