"""What an account does by itself: told on its card, and the form that changes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import streamlit as st

from pages.blocks import account, looked_up, problems, rights
from pages.blocks.services import context
from smartsync_core.model.automation import DealPlace
from smartsync_core.model.connection import Connection, Switches, SyncDirection, SyncFrequency
from smartsync_core.orchestrator.account_settings import change_settings
from smartsync_core.orchestrator.deal_place import PlaceOption, remember_place

__all__ = ["closed", "form", "told"]

_OPENED = "settings-opened"  # {connection id: its settings when the form was opened}

_DIRECTIONS = {
    SyncDirection.TO_CRM: "To {crm}",
    SyncDirection.FROM_CRM: "From {crm} (until that exists: to {crm})",
    SyncDirection.BIDIRECTIONAL: "Both ways (until that exists: to {crm})",
}
_FREQUENCIES = {
    SyncFrequency.REALTIME: "At once",
    SyncFrequency.MANUAL: "By hand",
    SyncFrequency.HOURLY: "Every hour (until that exists: at once)",
    SyncFrequency.DAILY: "Every day (until that exists: at once)",
    SyncFrequency.WEEKLY: "Every week (until that exists: at once)",
}
_MEANS = {
    SyncFrequency.REALTIME: "What is handed in goes out at once.",
    SyncFrequency.MANUAL: "Nothing goes out before somebody, or a program, hands it in.",
}
_SCHEDULED = (
    "Set to {}; there are no schedules yet: what is handed in goes out at once, and nothing by itself."
)
_TWO_WAY = "Set to take changes from {crm} too; that does not exist yet, so it runs to {crm} only."
_PROPOSED = {
    "auto_enrich": ("Look the companies up first", "looking companies up"),
    "auto_score": ("Lead score, its parts, signals and next actions", "lead scores"),
    "auto_create_tasks": ("Tasks, and deals where the lead score reaches the target", "tasks and deals"),
    "auto_assign": ("An owner for records that have none", "owners"),
}


def told(connection: Connection) -> list[str]:
    """A sentence each."""
    frequency = connection.sync_frequency
    said = [_MEANS.get(frequency) or _SCHEDULED.format(frequency.value)]
    if connection.sync_direction is not SyncDirection.TO_CRM:
        said.append(_TWO_WAY.format(crm=account.system(connection)))
    if proposed := [what for name, (_, what) in _PROPOSED.items() if getattr(connection, name)]:
        said.append(f"Proposed with each preview: {', '.join(proposed)}.")
    return said


def form(connection: Connection, *, leave: Callable[[], None]) -> bool:
    """The settings as they were when it was opened, to be changed; whether they were saved. `leave` closes it.

    Only what the person changed is saved: the rest may have been changed in another tab meanwhile.
    """
    crm, place = account.system(connection), None
    opened = _opened(connection)
    with st.form(f"settings-{connection.id}", border=False):
        first, second = st.columns(2)
        direction = first.selectbox(
            "Direction",
            list(_DIRECTIONS),
            index=list(_DIRECTIONS).index(opened["sync_direction"]),
            format_func=lambda one: _DIRECTIONS[one].format(crm=crm),
        )
        frequency = second.selectbox(
            "When",
            list(_FREQUENCIES),
            index=list(_FREQUENCIES).index(opened["sync_frequency"]),
            format_func=_FREQUENCIES.__getitem__,
            help="Of what is handed in here or by a program. SmartSync takes nothing from anywhere by itself.",
        )
        st.markdown("**What else an import proposes**")
        switches = {name: st.checkbox(label, value=opened[name]) for name, (label, _) in _PROPOSED.items()}
        st.caption(
            "With an import these boxes are ticked in the preview, and nothing is done until somebody asks for it. "
            "Where nobody is asked, for records that programs send, they are done at once."
        )
        with problems.sentences():
            place = _place(connection, opened["place"])
        with st.container(horizontal=True):
            saved = rights.submit("Save", change_settings, type="primary", key=f"save-{connection.id}")
            st.form_submit_button("Cancel", on_click=leave)
    if saved:
        wanted = {"sync_direction": direction, "sync_frequency": frequency, **switches}
        changed = {name: value for name, value in wanted.items() if value != opened[name]}
        change_settings(context(), connection.id, **cast("Switches", changed))
        if place is not None and place.place != opened["place"]:
            remember_place(context(), connection.id, place)
    return saved


def closed() -> None:
    """The next form begins with the settings as they are then."""
    st.session_state.pop(_OPENED, None)


def _opened(connection: Connection) -> Mapping[str, Any]:
    now = {name: getattr(connection, name) for name in ("sync_direction", "sync_frequency", *_PROPOSED)}
    now["place"] = context().deal_places.of(connection.id)
    return dict(st.session_state.setdefault(_OPENED, {}).setdefault(connection.id, now))


def _place(connection: Connection, chosen: DealPlace | None) -> PlaceOption | None:
    """None where none is chosen yet."""
    options = looked_up.deal_places(connection.id)
    return st.selectbox(
        "New deals begin in",
        options,
        index=next((place for place, option in enumerate(options) if option.place == chosen), None),
        format_func=lambda option: option.label,
        placeholder="not chosen yet",
    )
