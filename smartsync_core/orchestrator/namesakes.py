"""Possibly the same company: one that the CRM has only by its name waits for a person's word, given once per company.

The word is kept among the options of the run: sending rows again, a preview made again and an import that is brought back
after its undo go by it. Once the company is written, its link recognises it in every later file, until that import is undone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smartsync_core.errors import BadInput
from smartsync_core.model.access import Role
from smartsync_core.model.duplicates import CompanyDecision
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.imports import again
from smartsync_core.orchestrator.repair import Retried, retry
from smartsync_core.orchestrator.rights import takes
from smartsync_core.store.namesakes import Namesake, Namesakes

__all__ = ["Question", "ask_again", "decide", "questions", "said", "send_decided", "settle"]


_NAMED = 12  # companies in one sentence


@dataclass(frozen=True, kw_only=True)
class _Absent:
    """What is said where no company has a name; `hint` begins the list of those that are there."""

    message: str
    hint: str
    code: str


_NOT_WAITING = _Absent(
    message="No company of that name waits for your word", hint="Those that wait", code="not_waiting"
)
_NOT_SAID = _Absent(
    message="No word on a company of that name can be taken back here",
    hint="A written import is undone instead. Those that can",
    code="not_said",
)


@dataclass(frozen=True, kw_only=True)
class Question:
    """A company of the file, and the records in the CRM that have its name; `candidates` {CRM id: name and domain}.

    `answer`: the record that a person said it is, "" = a new company, None = nothing was said yet. `said`: the preview goes by
    it.
    """

    key: tuple[str, str]
    name: str
    rows: tuple[int, ...]
    candidates: Mapping[str, str]
    answer: str | None
    said: bool = False


def questions(ctx: Context, run_id: str) -> list[Question]:
    """Those that wait, answered or not, in row order."""
    decided = {one.key: one for one in ctx.runs.get(run_id).options.companies}
    return [
        Question(
            key=(one.key_field, one.key_value),
            name=one.name,
            rows=one.rows,
            candidates=one.candidates,
            answer=_answer(one, decided.get((one.key_field, one.key_value))),
        )
        for one in Namesakes(ctx.database, ctx.org_id).waiting(run_id)
    ]


def said(ctx: Context, run_id: str) -> list[Question]:
    """Companies of a preview that go by a person's word, in row order. Of a written import none: there an undo takes it back."""
    run = ctx.runs.get(run_id)
    decided = {one.key: one for one in run.options.companies}
    if run.approved_at is not None or not decided:
        return []
    return [
        Question(key=key, name=one.name, rows=one.rows, candidates={}, answer=decided[key].crm_id, said=True)
        for one in Namesakes(ctx.database, ctx.org_id).others(run_id, decided.keys())
        for key in [(one.key_field, one.key_value)]
    ]


@takes(Role.OPERATOR)
def decide(ctx: Context, run_id: str, key: tuple[str, str], crm_id: str) -> None:
    """Say which record a company is, "" = a new company. Nothing is sent. Raises BadInput where it does not wait (any more)."""
    run = ctx.runs.get(run_id)
    asked = next((one for one in questions(ctx, run_id) if one.key == key), None)
    if run.state.open or asked is None or (crm_id and crm_id not in asked.candidates):
        raise BadInput(
            "This company does not wait for a decision any more.",
            hint="Look at the import again.",
            code="not_waiting",
        )
    not_these = () if crm_id else tuple(asked.candidates)
    said = CompanyDecision(key_field=key[0], key_value=key[1], crm_id=crm_id, not_these=not_these)
    with ctx.database.write() as conn:
        ctx.runs.decide_company(run_id, said, conn)
        details = {"company": asked.name, "rows": len(asked.rows), "record": crm_id, "not": list(not_these)}
        ctx.audit.record(who=ctx.user, what="company.decided", subject_id=run_id, details=details, conn=conn)


@takes(Role.OPERATOR)
def ask_again(ctx: Context, run_id: str, key: tuple[str, str]) -> None:
    """Take a word back: a preview made again asks. Raises BadInput where none can be taken back (any more)."""
    asked = next((one for one in said(ctx, run_id) if one.key == key), None)
    if asked is None:
        raise BadInput(
            "The word on this company can no longer be taken back here.",
            hint="Undo the import instead.",
            code="not_said",
        )
    with ctx.database.write() as conn:
        ctx.runs.forget_company(run_id, key, conn)
        details = {"company": asked.name, "rows": len(asked.rows)}
        ctx.audit.record(
            who=ctx.user, what="company.open_again", subject_id=run_id, details=details, conn=conn
        )


@takes(Role.OPERATOR)
def send_decided(ctx: Context, run_id: str) -> Retried:
    """Send the rows of the companies that were decided on again, in their run. Raises BadInput where none was, as `retry`."""
    rows = {row for one in questions(ctx, run_id) if one.answer is not None for row in one.rows}
    if not rows:
        raise BadInput("Nothing was decided yet.", hint="Say which company it is.", code="not_decided")
    return retry(ctx, run_id, {row: {} for row in rows})


@takes(Role.OPERATOR)
def settle(ctx: Context, run_id: str, words: Mapping[str, str | None]) -> str:
    """Say which records companies are, {name in the file: CRM id, "" = a new company, None = ask again}, and go by it at once.

    A preview is made again, as a run of its own; of a written import the rows are sent again. The run to look at. Raises
    BadInput, before anything is kept, for a company that does not wait, for a record that does not have its name, and for a
    word that cannot be taken back (any more).
    """
    run, asked, known = ctx.runs.get(run_id), questions(ctx, run_id), said(ctx, run_id)
    told = [(_meant(asked, name, crm_id), crm_id) for name, crm_id in words.items() if crm_id is not None]
    taken_back = [_named(known, name, _NOT_SAID) for name, crm_id in words.items() if crm_id is None]
    for one, crm_id in told:
        decide(ctx, run_id, one.key, crm_id)
    for one in taken_back:
        ask_again(ctx, run_id, one.key)
    if run.approved_at is None:
        return again(ctx, run_id, same_choices=False)
    send_decided(ctx, run_id)
    return run_id


def _meant(asked: Sequence[Question], name: str, crm_id: str) -> Question:
    one = _named(asked, name, _NOT_WAITING)
    if crm_id and crm_id not in one.candidates:
        known = "; ".join(f"{id_} ({called})" for id_, called in one.candidates.items())
        raise BadInput(
            f"Record {crm_id} is none of those that have the name “{name}”.",
            hint=f"They are: {known}.",
            code="not_a_candidate",
        )
    return one


def _named(known: Sequence[Question], name: str, absent: _Absent) -> Question:
    found = [one for one in known if one.name.strip().casefold() == name.strip().casefold()]
    if len(found) > 1:
        raise BadInput(
            f"More than one company of that name is there: “{name}”.",
            hint="Answer it on the import's page.",
            code=absent.code,
        )
    if not found:
        there = "; ".join(one.name for one in known[:_NAMED]) or "none"
        raise BadInput(f"{absent.message}: “{name}”.", hint=f"{absent.hint}: {there}.", code=absent.code)
    return found[0]


def _answer(one: Namesake, said: CompanyDecision | None) -> str | None:
    """What was said no longer answers where the record is gone, or another one of the name came to be."""
    if said is None:
        return None
    holds = said.crm_id in one.candidates if said.crm_id else set(one.candidates) <= set(said.not_these)
    return said.crm_id if holds else None
