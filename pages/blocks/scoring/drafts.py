"""The draft of the next version: where it stands, what it would change for the stored companies, and publishing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.blocks import problems, rights
from pages.blocks.services import context
from pages.blocks.words import count, moment, person, plain, table_height
from smartsync_core.orchestrator import card_drafts, card_parts
from smartsync_core.orchestrator.card_drafts import CardDraft, Changed, Compared
from smartsync_core.orchestrator.card_parts import ScoreCard
from smartsync_core.orchestrator.score_cards import CurrentCard, current_card

__all__ = ["compared", "differences", "keep", "keep_button", "lines", "moved", "show", "standing"]

_TOLD = "scoring-told"  # one sentence that outlives the rerun after a change
_KEPT_S = 60


def standing(current: CurrentCard, draft: CardDraft | None) -> None:
    """Which version scores go by, and whether a draft waits."""
    since = (
        f", since {moment(current.used_at)} by {plain(person(current.used_by))}" if current.used_at else ""
    )
    st.caption(f"Scores go by the score card **{plain(current.card.label)}**{since}.")
    if told := st.session_state.pop(_TOLD, ""):
        st.success(plain(told))
    if not any(current.card.icp.says(field) for field in ("industry", "employees", "country")):
        st.info("Until it says whom you sell to, no company gets a lead score.")
    if draft is not None:
        st.info(
            f"Last changed {moment(draft.saved_at)} by {plain(person(draft.saved_by))}. "
            "No score goes by it until you publish it.",
            title="This is a draft of the next version",
        )


def keep_button(parts: Mapping[str, Any] | None, card: ScoreCard, key: str) -> None:
    """Takes the parts into the draft. None = they cannot be read as they stand, which was said above."""
    if rights.button(
        "Keep in the draft", card_drafts.keep, key=f"keep-{key}", type="primary", disabled=parts is None
    ):
        with problems.sentences():
            keep(card_parts.as_text(parts or {}))
    st.caption("What you change here is gone when you leave this part without keeping it.")


def keep(text: str) -> None:
    """Raises BadInput with a sentence per mistake."""
    card_drafts.keep(context(), text)
    st.session_state[_TOLD] = "Kept in the draft. Compare and publish shows what it would change."
    st.rerun()


def show(card: ScoreCard) -> None:
    draft = card_drafts.draft(context())
    if draft is None:
        st.info(
            "There is no draft. Change something in one of the other parts, or open an older version as a draft."
        )
        _text(current_card(context()).text, card)
        return
    if draft.overtaken:
        st.warning(
            "Publishing this draft takes the changes of that version back where they differ below.",
            title="Another version was published since this draft was begun",
        )
    old = current_card(context()).card
    found = compared(old, draft.card)
    st.subheader(found.diff.sentence())
    moved(found)
    st.subheader("What it says differently")
    differences(found)
    with st.container(horizontal=True):
        if rights.button(
            "Publish", card_drafts.publish, type="primary", key="publish", disabled=not found.changes
        ):
            new = card_drafts.publish(context())
            st.session_state[_TOLD] = f"Scores go by the score card {new.card.label} from now on."
            st.rerun()
        if rights.button("Discard the draft", card_drafts.discard, key="discard"):
            card_drafts.discard(context())
            st.rerun()
    st.caption(
        "Scores that were given stay as they are, and can be computed again by their own version. "
        "A company gets its new score when it is looked up again or comes with an import."
    )
    _text(draft.text, draft.card)


def compared(old: ScoreCard, new: ScoreCard) -> Compared:
    return _compared(old.sha256, new.sha256, old, new)


@st.cache_data(ttl=_KEPT_S, max_entries=8, show_spinner="Scoring the stored companies by both …")
def _compared(old_digest: str, new_digest: str, _old: ScoreCard, _new: ScoreCard) -> Compared:
    return card_drafts.compare(context(), _old, _new)


def moved(found: Compared) -> None:
    """Each company whose score changes; those that cross the target come first."""
    if not found.diff.moved:
        st.caption(
            f"No score of {count(found.diff.companies, 'stored company', 'stored companies')} changes."
        )
        return
    target = found.diff.target
    first = sorted(found.diff.moved, key=lambda one: _reaches(one.old, target) == _reaches(one.new, target))
    listed = [
        {
            "Company": found.names[one.company],
            "Lead score now": one.old,
            "Then": one.new,
            "Change": _crosses(one.old, one.new, target),
        }
        for one in first
    ]
    frame = pd.DataFrame(listed).astype({"Lead score now": "Int64", "Then": "Int64"})
    st.dataframe(frame, hide_index=True, placeholder="none", height=table_height(len(listed)))


def _crosses(old: int | None, new: int | None, target: int) -> str:
    before, after = _reaches(old, target), _reaches(new, target)
    if after and not before:
        return f"Rises to {target} or above"
    if before and not after:
        return f"Falls below {target}"
    if new is None:
        return "Has no score any more"
    return "Gets a first score" if old is None else f"{new - old:+d}"


def _reaches(overall: int | None, target: int) -> bool:
    return overall is not None and overall >= target


def differences(found: Compared) -> None:
    if not found.changes:
        st.caption("Nothing: both say the same.")
        return
    lines(found.changes)


def lines(changes: Sequence[Changed]) -> None:
    """One for each in which the cards differ."""
    told = [{"Part": one.place, "Now": one.old, "Then": one.new} for one in changes]
    st.dataframe(pd.DataFrame(told), hide_index=True, placeholder="", height=table_height(len(told)))


def _text(text: str, card: ScoreCard) -> None:
    """The card as a file, for those who keep it elsewhere."""
    with st.expander("As a file"):
        st.caption("The whole score card as YAML. A file with only some of its parts changes only these.")
        st.download_button(
            "Download",
            text.encode(),
            file_name=f"{card.name}-{card.version}.yaml",
            mime="application/yaml",
            on_click="ignore",
        )
        given = st.file_uploader(
            "A score card to take into the draft", ["yaml", "yml"], key=f"file-{card.sha256}"
        )
        if given is not None and rights.button("Take into the draft", card_drafts.keep, key="take-file"):
            with problems.sentences():
                keep(card_drafts.text_of(given.getvalue()))
