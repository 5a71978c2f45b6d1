"""A company's card: its score in parts, the evidence behind every point, what to do next, what each source said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import urlencode, urlsplit

import pandas as pd
import streamlit as st

from pages.blocks import download, problems, rights
from pages.blocks.moving import moving
from pages.blocks.services import context
from pages.blocks.words import count, moment, plain, table_height
from smartsync_core.model.evidence import Evidence
from smartsync_core.model.score import Score, SubScore, Topic
from smartsync_core.orchestrator.companies import CompanyLine
from smartsync_core.orchestrator.enrich import SUMMARY, Enriched, in_words, pending_of, why
from smartsync_core.orchestrator.fact_words import Origin, missing, origins, value_words
from smartsync_core.orchestrator.identities import PERSON, deny_number, proved_number, set_number

__all__ = ["GRID_HELP", "TOPICS", "called", "filling_in", "line", "show", "title", "wrong"]

GRID_HELP = "A to C: how well it fits; 1 to 3: how engaged it is, – unknown"
_KNOWN_HELP = "The score card asks so many questions; a fact is known once something on record answers it."
_RANGE_HELP = "Where it would lie once everything is known, at worst and at best."
TOPICS = {
    Topic.FIT: "Fit",
    Topic.ENGAGEMENT: "Engagement",
    Topic.GROWTH: "Growth",
    Topic.FINANCIAL: "Financial",
}
_SOURCES = {
    "sheet": "Your files",
    "crm": "Your CRM",
    "website": "Its website",
    "companies_house": "Companies House",
    SUMMARY: "the LLM",
    PERSON: "A person",
}
_POLL_S = 0.5
_KINDS = {"number": "Company number", "domain": "Domain", "name": "Name", "unsure": "Name"}
_STATES = {
    "found": "Found",
    "none": "Nothing there",
    "not checked": "Not asked",
    "failed": "Failed",
    "being asked": "Being asked …",
}


def line(one: CompanyLine, *, in_file: bool = False) -> dict[str, object]:
    """The name leads to the company; in a file it is the name."""
    return {
        "Company": one.name if in_file else f"/companies?{urlencode({'company': one.key})}#{one.name}",
        "Looked up by": one.key.partition(":")[2],
        "Lead score": one.overall,
        "Grid": one.grid,
        "Score card": one.card,
        download.when("Looked up", in_file): moment(one.as_of, dated=in_file),
    }


def title(found: Enriched) -> str:
    return plain(found.name)


def called(found: Enriched) -> str:
    kind, _, rest = found.company.partition(":")
    return f"{_KINDS[kind]} {plain(rest)}"


@moving(_POLL_S)
def filling_in(key: str, shown: tuple[str, ...]) -> None:
    """Who is still being asked; with each answer the page is drawn anew. Nothing once all have answered."""
    if not shown:
        return
    if pending_of(context(), key) != shown:
        st.rerun()
    asked = ", ".join(_source(name) for name in shown)
    st.info(f"Still being asked: {asked}. What they answer is filled in here.", icon=":material/sync:")


def wrong(found: Enriched) -> bool:
    """Says which company of the register it is taken for, and takes a correction; whether there was one."""
    if not found.company.startswith("domain:"):
        return False
    number = proved_number(found.evidence)
    with st.popover("Wrong company?"), problems.sentences():
        if number:
            st.markdown(f"In the register it is taken for {plain(_registered(found))}, number {number}.")
            if rights.button("That is another company", deny_number):
                deny_number(context(), found.company, number)
                return True
        right = st.text_input("Its company number", placeholder="07123456")
        if rights.button("Use this number", set_number, disabled=not right.strip()):
            set_number(context(), found.company, right)
            return True
    return False


def _registered(found: Enriched) -> str:
    return next((one.value for one in found.evidence if one.field == "registered_name"), "a company")


def show(found: Enriched) -> None:
    score, evidence = found.score, {one.id: one for one in found.evidence}
    _overall(score)
    if found.summary:
        st.markdown(plain(found.summary))
        st.caption(plain(found.told.sentence()))
    _signals(found, evidence)
    _next(found)
    where = origins(context(), found.company, found.evidence)
    _points(found, where)
    _lift(found)
    _sources(found)
    _evidence(found, where)


def _overall(score: Score) -> None:
    for reason in score.knock_outs:
        st.error(f"{plain(reason)}: its score is capped.")
    if score.missing:
        st.info(plain(missing(score)), title="No lead score")
    parts = {share.name: share.points for share in score.shares}
    with st.grid("auto", min_column_width=125):
        if score.overall is not None:
            _number("Lead score", score.overall, f"{score.low} to {score.high}", _RANGE_HELP)
        for sub in score.subscores:
            share = f"{parts[sub.topic]} of the {score.overall}" if sub.topic in parts else "not counted"
            _number(TOPICS[sub.topic], "unknown" if sub.value is None else sub.value, share)
    grid = f"Grid {score.grid} ({GRID_HELP}) · " if score.grid else ""
    st.caption(
        f"{grid}{score.known_checks} of {score.all_checks} facts known · score card {plain(score.card)}"
        f" · as of {moment(score.as_of)}",
        help=_KNOWN_HELP,
    )


def _number(name: str, value: int | str, beside: str, told: str | None = None) -> None:
    st.metric(name, value, border=True, delta=beside, delta_color="off", delta_arrow="off", help=told)


def _signals(found: Enriched, evidence: dict[str, Evidence]) -> None:
    if not found.score.signals:
        return
    st.subheader("Signals")
    for signal in found.score.signals:
        source = evidence[signal.evidence[0]]
        age = "today" if not signal.age_days else f"{count(signal.age_days, 'day')} ago"
        told = in_words(signal.text, signal.evidence, found)
        st.markdown(f"- {plain(told)}, {age} ({_source(source.source)})")


def _next(found: Enriched) -> None:
    stage = found.stage
    if not found.next_actions and stage is None:
        return
    st.subheader("What to do next")
    if stage is not None:
        open_yet = f" Not known yet: {', '.join(stage.unknown)}." if stage.unknown else ""
        st.markdown(
            f"Suggested deal stage: **{stage.stage.value.capitalize()}**. {plain(stage.reason)}.{open_yet}"
        )
    for action in found.next_actions:
        due = f", by {moment(action.due_at)}" if action.due_at else ""
        st.markdown(f"- **{plain(action.text)}**{due}. {plain(action.reason)}.")


def _points(found: Enriched, where: Mapping[str, Origin]) -> None:
    lines = [one for sub in found.score.subscores for one in _points_of(sub, found, where)]
    if not lines:
        return
    st.subheader("Where the points come from")
    st.caption("Each part is its start and the points after it, added up; what is unknown gives none.")
    st.dataframe(
        pd.DataFrame(lines),
        hide_index=True,
        placeholder="",
        height=table_height(len(lines)),
        column_config={
            "Points": st.column_config.NumberColumn(format="%+d", width=70),
            "Link": st.column_config.LinkColumn(display_text="Open"),
        },
    )
    _take_away("line", "points", lines, found)


def _points_of(sub: SubScore, found: Enriched, where: Mapping[str, Origin]) -> list[dict[str, object]]:
    if sub.value is None:
        return []
    evidence = {one.id: one for one in found.evidence}
    first = {"Part": TOPICS[sub.topic], "Points": sub.start, "Why": "Start", **_said(None, where)}
    rest = [
        {
            "Part": TOPICS[sub.topic],
            "Points": one.points,
            "Why": why(one, found),
            **_said(evidence[one.evidence[0]] if one.evidence else None, where),
        }
        for one in sub.contributions
    ]
    return [first, *rest]


def _said(one: Evidence | None, where: Mapping[str, Origin]) -> dict[str, object]:
    """Who said so: a page outside, or a row or record of ours by its name."""
    if one is None:
        return {"Said by": "", "In its words": "", "Of": None, "Where": "", "Link": None}
    own = where.get(one.id)
    link = one.url or (f"/history?{urlencode({'run': own.run_id})}" if own and own.run_id else None)
    return {
        "Said by": _source(one.source),
        "In its words": one.quote,
        "Of": one.as_of,
        "Where": own.told if own else _host(one.url),
        "Link": link,
    }


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _lift(found: Enriched) -> None:
    lift = found.lift
    if not lift.steps or any(action.rule == "insolvency" for action in found.next_actions):
        return
    st.subheader(f"What would lift it to {lift.target}")
    for step in lift.steps:
        st.markdown(f"- {plain(step.text)} (+{step.points} {TOPICS[step.topic].lower()})")
    end = f"Then it would be {lift.overall}." if lift.reaches else f"Even then it would be {lift.overall}."
    st.caption(end)


def _sources(found: Enriched) -> None:
    st.subheader("Who was asked")
    st.dataframe(pd.DataFrame(_asked(found)), hide_index=True, height="content")
    label = download.these(len(found.sources), "source")
    download.lines(label, f"{found.name} sources", "Sources", partial(_asked, found, in_file=True))


def _asked(found: Enriched, *, in_file: bool = False) -> list[dict[str, object]]:
    return [
        {
            "Source": _source(source.name),
            "Answer": _STATES.get(source.state, source.state),
            "Why": source.reason,
            download.when("When", in_file): moment(source.asked_at, dated=in_file),
        }
        for source in found.sources
    ]


def _evidence(found: Enriched, where: Mapping[str, Origin]) -> None:
    if not found.evidence:
        return
    lost = {one.evidence for one in found.score.overruled}
    with st.expander(f"Everything that was read: {count(len(found.evidence), 'statement')}"):
        st.caption("Several can speak of one fact, and some answer no question of the score card.")
        lines = [
            {
                "Fact": one.field.replace("_", " ").capitalize(),
                "Value": value_words(one),
                **_said(one, where),
                "Overruled": "by a better or newer source" if one.id in lost else "",
            }
            for one in sorted(found.evidence, key=lambda one: (one.field, one.as_of, one.id))
        ]
        st.dataframe(
            pd.DataFrame(lines),
            hide_index=True,
            placeholder="",
            height=table_height(len(lines)),
            column_config={"Link": st.column_config.LinkColumn(display_text="Open")},
        )
        _take_away("statement", "statements", lines, found)


def _take_away(one: str, many: str, lines: Sequence[dict[str, object]], found: Enriched) -> None:
    """A way into SmartSync leads nowhere from a file; where that is, stands in words."""
    told = [line | {"Link": None if str(line["Link"]).startswith("/") else line["Link"]} for line in lines]
    download.lines(download.these(len(told), one), f"{found.name} {many}", many.capitalize(), lambda: told)


def _source(name: str) -> str:
    return _SOURCES.get(name, name.capitalize())
