"""What the role of whoever looks allows: buttons that do, and the sentence where they may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.blocks import late_presses
from pages.blocks.services import context
from smartsync_core.errors import NotAllowed
from smartsync_core.orchestrator.rights import role_for

__all__ = ["button", "submit", "told"]

UseCase = Callable[..., object]


def told(use_case: UseCase) -> bool:
    """Whether they may; where not, that is said in its place."""
    refusal = _refusal(use_case)
    if refusal:
        st.info(refusal)
    return not refusal


def button(label: str, use_case: UseCase, **options: Any) -> bool:
    """A button that ends in that use case, with the options of Streamlit's; where they may not, it is grey and says why."""
    late_presses.offered(options.get("key"))
    return st.button(label, **_allowed(use_case, options))


def submit(label: str, use_case: UseCase, **options: Any) -> bool:
    """The same at the end of a form."""
    late_presses.offered(options.get("key"))
    return st.form_submit_button(label, **_allowed(use_case, options))


def _allowed(use_case: UseCase, options: dict[str, Any]) -> dict[str, Any]:
    refusal = _refusal(use_case)
    return options | {"disabled": True, "help": refusal} if refusal else options


def _refusal(use_case: UseCase) -> str:
    try:
        context().refuse_below(role_for(use_case))
    except NotAllowed as error:
        return error.sentence()
    return ""
