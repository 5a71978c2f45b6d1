"""Who changed what: only looked at, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd
import streamlit as st

from pages.blocks import download
from pages.blocks.services import context
from pages.blocks.words import count, moment, person, table_height
from smartsync_core.orchestrator.changes import Made, all_changes, changes, how_many

__all__ = ["section"]

_PAGE = 50
_SHOWN = "audit-shown"
_WORDS: Mapping[str, str] = {
    "api_key.made": "Made an API key",
    "api_key.revoked": "Revoked an API key",
    "company.corrected": "Corrected a company's number",
    "company.decided": "Said which company is meant",
    "company.open_again": "Took back which company is meant",
    "connection.changed": "Changed an account's settings",
    "connection.deactivated": "Disconnected an account",
    "connection.saved": "Connected an account",
    "data.backed_up": "Backed the data up",
    "deal_place.chosen": "Chose where new deals begin",
    "do_not_touch.added": "Added to the do-not-touch list",
    "do_not_touch.removed": "Took off the do-not-touch list",
    "field_mappings.saved": "Saved where columns go",
    "fields.added": "Added fields",
    "choices.added": "Added choices to a field",
    "need.assigned": "Said who takes what waits",
    "person.first_admin": "Became the first admin",
    "person.met": "Logged in for the first time",
    "person.removed": "Deleted a person's data",
    "person.role_given": "Gave a role",
    "person.shown": "Exported a person's data",
    "practice.copied": "Copied records into the practice account",
    "practice.emptied": "Emptied the practice account",
    "recipe.dropped": "Dropped a recipe",
    "recipe.saved": "Saved a recipe",
    "run.approved": "Approved an import",
    "run.edited": "Corrected rows of an import",
    "run.repaired": "Sent rows of an import again",
    "run.settled": "Finished or paused an import",
    "score_card.used": "Took a score card into use",
    "secrets.rotated": "Changed the encryption key",
    "time_zone.chosen": "Chose the time zone of the charts",
}


def section() -> None:
    st.subheader("Who changed what")
    shown = st.session_state.get(_SHOWN, _PAGE)
    found = changes(context(), limit=shown + 1)
    if not found:
        st.info("Nothing was changed yet.")
        return
    lines = [_line(one) for one in found[:shown]]
    st.dataframe(pd.DataFrame(lines), hide_index=True, height=table_height(len(lines)))
    if len(found) > shown and st.button("Show older ones", key="audit-older"):
        st.session_state[_SHOWN] = shown + _PAGE
        st.rerun()
    label = download.these(how_many(context()), "change")
    download.lines(label, "Who changed what", "Changes", _all)


def _all() -> Iterator[dict[str, str]]:
    return (_line(one, in_file=True) for one in all_changes(context()))


def _line(one: Made, *, in_file: bool = False) -> dict[str, str]:
    return {
        download.when("When", in_file): moment(one.at, seconds=True, dated=in_file),
        "Who": person(one.who),
        "What": _WORDS.get(one.what, one.what),
        "Which": _which(one),
    }


def _which(one: Made) -> str:
    if one.what == "person.role_given":
        return f"{one.subject}: {one.details['before']} → {one.details['role']}"
    if one.what == "api_key.made":
        return f"{one.subject}, {one.details['role']}"
    if "count" in one.details:
        return count(int(one.details["count"]), "entry", "entries")
    return one.subject
