"""Who gets which companies: named accounts, territories and industries, and everybody in turn; each up to a limit."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.blocks import problems
from pages.blocks.scoring import drafts
from pages.blocks.services import context
from pages.blocks.words import plain
from smartsync_core.errors import BadInput
from smartsync_core.orchestrator import card_parts
from smartsync_core.orchestrator.card_parts import ScoreCard

__all__ = ["show"]

_ORDER = (
    "Who owns it in the CRM keeps it.",
    "A named company goes to its owner.",
    "A territory that names country and industry, then one by country, then one by industry.",
    "Of those who take companies in turn, whoever has the fewest.",
    "Else nobody.",
)


def show(card: ScoreCard) -> None:
    st.markdown("\n".join(f"{number}. {one}" for number, one in enumerate(_ORDER, 1)))
    st.caption(
        "The first that holds decides, and who has reached their limit is passed over. Write owners as the CRM has them: "
        "by e-mail address or full name."
    )
    parts = None
    try:
        parts = {"owners": _parts(card)}
    except BadInput as unfinished:
        problems.tell(unfinished)
    drafts.keep_button(parts, card, "owners")


def _parts(card: ScoreCard) -> Any:
    """Raises BadInput where a line is not finished."""
    st.subheader("Territories")
    territories = _territories(card)
    st.subheader("People and their limits")
    capacity = st.number_input(
        "Companies per owner at most",
        1,
        100_000,
        card.owners.capacity,
        key=f"capacity-{card.sha256}",
        width=260,
        help="Of one import; who has a limit of their own below goes by that.",
    )
    people = _people(card)
    st.subheader("Named companies")
    accounts = _accounts(card)
    return card_parts.owners_part(
        accounts=accounts, territories=territories, people=people, capacity=int(capacity)
    )


def _territories(card: ScoreCard) -> list[tuple[str, list[str], list[str]]]:
    names = card_parts.countries()
    codes = {name: code for code, name in names.items()}
    lines = [
        {
            "Countries": [names.get(code.upper(), code) for code in one.countries],
            "Industries": list(one.industries),
            "Owner": one.owner,
        }
        for one in card.owners.territories
    ]
    edited = st.data_editor(
        pd.DataFrame(lines, columns=["Countries", "Industries", "Owner"], dtype="object"),
        num_rows="dynamic",
        hide_index=True,
        placeholder="",
        key=f"territories-{card.sha256}",
        column_config={
            "Countries": st.column_config.MultiselectColumn(options=list(codes), width=260),
            "Industries": st.column_config.MultiselectColumn(
                options=card_parts.industries(context(), card), accept_new_options=True, width=260
            ),
            "Owner": st.column_config.TextColumn(width=220),
        },
    )
    found = []
    for _, line in edited.iterrows():
        countries, industries, owner = (
            _list(line["Countries"]),
            _list(line["Industries"]),
            _word(line["Owner"]),
        )
        if not countries and not industries and not owner:
            continue
        if not owner or not (countries or industries):
            raise BadInput(
                "A territory is not finished.", hint="It has an owner, and a country or an industry or both."
            )
        found.append((owner, [codes.get(name, name) for name in countries], industries))
    return found


def _people(card: ScoreCard) -> list[tuple[str, bool, int | None]]:
    owners = card.owners
    named = list(dict.fromkeys([*owners.pool, *owners.capacities]))
    frame = pd.DataFrame(
        {
            "Owner": pd.array(named, dtype="string"),
            "In turn": pd.array([name in owners.pool for name in named], dtype="boolean"),
            "At most": pd.array([owners.capacities.get(name) for name in named], dtype="Int64"),
        }
    )
    edited = st.data_editor(
        frame,
        num_rows="dynamic",
        hide_index=True,
        placeholder="",
        key=f"people-{card.sha256}",
        column_config={
            "Owner": st.column_config.TextColumn(width=260),
            "In turn": st.column_config.CheckboxColumn("Takes companies in turn", default=True, width=180),
            "At most": st.column_config.NumberColumn(
                "Companies at most", min_value=1, step=1, width=150, help="Empty: as everybody"
            ),
        },
    )
    found = [
        (
            _word(line["Owner"]),
            not pd.isna(line["In turn"]) and bool(line["In turn"]),
            None if pd.isna(line["At most"]) else int(line["At most"]),
        )
        for _, line in edited.iterrows()
    ]
    known = [one for one in found if one[0]]
    names = [name for name, _, _ in known]
    if twice := [name for name in names if names.count(name) > 1]:
        raise BadInput(f"{plain(twice[0])} stands twice among the people.", hint="Leave one line.")
    return known


def _accounts(card: ScoreCard) -> list[tuple[str, str]]:
    lines = [
        {"Domain": card_parts.domain_of(key), "Owner": owner} for key, owner in card.owners.accounts.items()
    ]
    edited = st.data_editor(
        pd.DataFrame(lines, columns=["Domain", "Owner"], dtype="string"),
        num_rows="dynamic",
        hide_index=True,
        placeholder="",
        key=f"accounts-{card.sha256}",
        column_config={
            "Domain": st.column_config.TextColumn("Company (domain)", width=260),
            "Owner": st.column_config.TextColumn(width=260),
        },
    )
    found = []
    for _, line in edited.iterrows():
        domain, owner = _word(line["Domain"]), _word(line["Owner"])
        if not domain and not owner:
            continue
        if not domain or not owner:
            raise BadInput("A named company is not finished.", hint="It has a domain and an owner.")
        found.append((domain, owner))
    return found


def _word(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value).strip()


def _list(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []
