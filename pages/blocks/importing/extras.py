"""What else an import would do: how many and for whom, and the boxes that tick it. Nothing of it is done unless ticked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.blocks import account, looked_up, problems, rights
from pages.blocks.importing import course
from pages.blocks.services import context
from pages.blocks.words import MANY, ONE, count, duration, noted, table_height
from smartsync_core.model.automation import Extra, Forecast
from smartsync_core.model.crm import ObjectName
from smartsync_core.orchestrator import extras, findings, imports, past
from smartsync_core.orchestrator.deal_place import PlaceOption, remember_place
from smartsync_core.orchestrator.import_drafts import ImportDraft

__all__ = ["show"]

_MADE = (ObjectName.TASKS, ObjectName.DEALS, ObjectName.NOTES)


def show(one: past.OneImport, draft: ImportDraft | None) -> None:
    st.subheader("What else will happen")
    st.markdown(_headline(one))
    for reason in one.report.reasons:
        if not reason.row and reason.code in extras.TOLD:
            st.caption(noted(reason.message))
    _samples(one)
    with st.container(border=True):
        _choose(one, draft)


def _headline(one: past.OneImport) -> str:
    if not one.run.options.extras:
        return "Nothing besides the rows, unless you tick it here."
    made = {name: one.report.actions.get(name, {}).get("create", 0) for name in _MADE}
    told = [count(number, ONE[name], MANY[name]) for name, number in made.items() if number]
    if not told:
        return "No task, deal or note would be made."
    return f"**{', '.join(told)}** would be made. {account.system(one.connection)} may tell their owners."


def _samples(one: past.OneImport) -> None:
    found = findings.sample(context(), one.run.id)
    if not found:
        return
    people = {owner.id: owner.name for owner in looked_up.fields_of(one.connection.id).owners()}
    lines = [
        {
            "Type": ONE[sample.object].capitalize(),
            "What": sample.title or "What was found out",
            "Due": sample.day,
            "Owner": people.get(sample.owner, "") or "Nobody",
            "Row": sample.row,
        }
        for sample in found
    ]
    st.caption("Some of them:")
    st.dataframe(pd.DataFrame(lines), hide_index=True, height=table_height(len(lines)))


def _choose(one: past.OneImport, draft: ImportDraft | None) -> None:
    proposed = one.run.options.extras or one.connection.extras
    words = _words(findings.forecast(context(), one.run))
    ticked = {
        extra
        for extra, (label, told) in words.items()
        if st.checkbox(label, value=extra in proposed, key=f"extra-{extra}-{one.run.id}", help=told)
    }
    place = None
    if Extra.DEALS in ticked:
        with problems.sentences():
            place = _place(one)
    pressed = rights.button(
        "Preview this too" if ticked else "Preview the rows alone",
        imports.again,
        key="preview-extras",
        disabled=not ticked and not one.run.options.extras,
    )
    if ticked != one.run.options.extras:
        st.caption("This preview is as it was before you ticked. A new one shows what would be made.")
    if pressed:
        with problems.sentences():
            if place is not None:
                remember_place(context(), one.connection.id, place)
            run_id = imports.again(context(), one.run.id, frozenset(ticked))
            if draft is None:
                course.show_run(run_id)
            else:
                course.go(replace(draft, run_id=run_id, extras=frozenset(ticked)), "preview")


def _words(foreseen: Forecast) -> Mapping[Extra, tuple[str, str]]:
    companies = count(foreseen.companies, "company", "companies")
    anew = f"{foreseen.to_ask:,} of them anew, about {duration(foreseen.seconds)}, {_price(foreseen)}"
    whom = f"{companies}, {anew if foreseen.to_ask else 'none of them anew'}"
    return {
        Extra.ENRICH: (
            f"Look the companies up first ({whom if foreseen.companies else 'none here can be looked up'})",
            "Their websites, the register and job boards are asked; summary and signals go into SmartSync's own fields. "
            "Without it, what is known already counts.",
        ),
        Extra.SCORES: (
            f"Lead score, its parts, signals and next actions in SmartSync's own fields ({companies})",
            "Only where the account has these fields, and never over what somebody typed there.",
        ),
        Extra.TASKS: (
            "One task per company, with what to do next and by when",
            "Only where enough is known for a lead score.",
        ),
        Extra.DEALS: (
            "One deal per company whose lead score reaches the score card's target",
            "Not where a deal is open already.",
        ),
        Extra.NOTES: ("One note per company with what was found out", "Only where enough is known."),
        Extra.OWNERS: (
            "An owner for records that have none, by the score card's rules",
            "A record that somebody owns is never moved.",
        ),
    }


def _price(foreseen: Forecast) -> str:
    """Questions to others, and what the LLM costs."""
    told = f"{count(foreseen.asks, 'question')} to websites and the register"
    if not foreseen.tokens:
        return told
    return f"{told}, {foreseen.tokens:,} tokens of the LLM" + (f", {foreseen.cost}" if foreseen.cost else "")


def _place(one: past.OneImport) -> PlaceOption | None:
    options = looked_up.deal_places(one.connection.id)
    if not options:
        st.warning("This account has no pipeline in which a deal can begin.")
        return None
    chosen = context().deal_places.of(one.connection.id)
    at = next((place for place, option in enumerate(options) if option.place == chosen), 0)
    return st.selectbox(
        "New deals begin in",
        options,
        index=at,
        format_func=lambda option: option.label,
        key=f"deal-place-{one.run.id}",
    )
