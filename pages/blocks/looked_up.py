"""What a page reads again and again while a person filters: kept until the import moves on."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.blocks.services import context
from smartsync_core.orchestrator import accounts, past
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.deal_place import PlaceOption, places_of

__all__ = ["cell_totals", "deal_places", "fields_of", "one_import", "riskiest"]

_KEPT_S = 600
_FIELDS_KEPT_S = 300


def one_import(run_id: str) -> past.OneImport:
    """Raises NotFound. While it is being worked on, always as it is now; its account, in any case."""
    run = context().runs.get(run_id)
    if run.state.open:
        return past.one_import(context(), run_id)
    told = context().results.reasons(run_id, [0])  # what was found since the end of the import is among them
    undone = [f"{undo.id} {undo.state}" for undo in past.undos(context(), run)]
    moments = (run.planned_at, run.approved_at, run.finished_at)
    kept = _one_import(run_id, f"{run.state} {moments} {told} {undone} {run.result.get('checked_again')}")
    return replace(kept, connection=context().connections.get(run.integration_id))


def cell_totals(one: past.OneImport) -> dict[str, int]:
    """Values per effect."""
    return _cell_totals(one.run.id, str(one.run.planned_at))


def riskiest(one: past.OneImport) -> tuple[past.Cell, ...]:
    """The few values to look at first."""
    return _riskiest(one.run.id, str(one.run.planned_at))


@st.cache_data(ttl=_KEPT_S, max_entries=32, show_spinner=False)
def _one_import(run_id: str, version: str) -> past.OneImport:
    return past.one_import(context(), run_id)


@st.cache_data(ttl=_KEPT_S, max_entries=32, show_spinner=False)
def _cell_totals(run_id: str, version: str) -> dict[str, int]:
    return past.cell_totals(context(), run_id)


@st.cache_data(ttl=_KEPT_S, max_entries=32, show_spinner=False)
def _riskiest(run_id: str, version: str) -> tuple[past.Cell, ...]:
    return past.riskiest(context(), run_id)


@st.cache_data(ttl=_FIELDS_KEPT_S, max_entries=8, show_spinner=False)
def fields_of(connection_id: str) -> AccountFields:
    """What the account's records are made of, asked a few minutes ago at most."""
    return accounts.fields_of(context(), context().connections.get(connection_id))


@st.cache_data(ttl=_FIELDS_KEPT_S, max_entries=16, show_spinner="Asking for the pipelines …")
def deal_places(connection_id: str) -> list[PlaceOption]:
    """Where its deals can begin, asked a few minutes ago at most."""
    return places_of(context(), context().connections.get(connection_id))
