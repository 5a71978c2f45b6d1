"""Who looks at the screens, as the service says at which people log in."""

from __future__ import annotations

import time
from collections.abc import Mapping

import streamlit as st

from smartsync_core.model.access import Identity

__all__ = ["identity"]

_LONGEST_S = 12 * 3600  # then they log in again, and are out if that service knows them no more


def identity() -> Identity | None:
    """None where nobody is logged in, or was too long ago."""
    told = _claims()
    issuer, subject, since = told.get("iss"), told.get("sub"), told.get("iat")
    if not (told.get("is_logged_in") and issuer and subject and isinstance(since, int | float)):
        return None
    if time.time() - since > _LONGEST_S:
        return None
    email = str(told.get("email") or "") if told.get("email_verified") is True else ""
    name = told.get("name") or told.get("preferred_username") or email or subject
    return Identity(issuer=str(issuer), subject=str(subject), name=str(name), email=email)


def _claims() -> Mapping[str, object]:
    return st.user.to_dict()
