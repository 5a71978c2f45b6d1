"""Which company an entry means, by what is stored of it: a number that the register or a person ties to a domain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from smartsync_core.enrichment.identity import Identity, number_key, of_key
from smartsync_core.enrichment.results import SourceState
from smartsync_core.enrichment.sources import companies_house, ours
from smartsync_core.errors import BadInput
from smartsync_core.model.access import Role
from smartsync_core.model.evidence import Evidence, Tier
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.rights import takes
from smartsync_core.store.research import Check

__all__ = [
    "PERSON",
    "deny_number",
    "entry",
    "proved",
    "proved_number",
    "set_number",
    "standing",
    "without_rows",
]

PERSON = "person"
_NUMBER, _NOT_NUMBER = companies_house.NUMBER, "not_company_number"


def entry(ctx: Context, company: Identity) -> Identity:
    """As it is stored: who is looked up by a number that stands proved in a domain's entry is that entry."""
    if company.number and not company.domain:
        for key in ctx.research.companies_with(_NUMBER, company.number):
            if key.startswith("domain:") and proved_number(ctx.research.evidence(key)) == company.number:
                return of_key(key)
    return company


def proved(company: Identity, evidence: Sequence[Evidence]) -> Identity:
    """With the number that stands proved for it, and those that a person said are not its."""
    return replace(
        company, number=company.number or proved_number(evidence), denied=frozenset(_denied(evidence))
    )


def proved_number(evidence: Sequence[Evidence]) -> str:
    """A person's word before the register's, the newer before the older; "" for none."""
    denied = _denied(evidence)
    told = [one for one in evidence if one.field == _NUMBER and one.value not in denied]
    told.sort(key=lambda one: (one.source == PERSON, one.fetched_at))
    return told[-1].value if told else ""


def standing(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Without what the register says of a company that a person said is another, or of another than the one it is."""
    number, denied = proved_number(evidence), _denied(evidence)
    return [
        one
        for one in evidence
        if one.source != companies_house.SOURCE
        or not (of := companies_house.number_in(one.url))
        or (of not in denied and number in ("", of))
    ]


def without_rows(evidence: Iterable[Evidence], counted: Collection[str]) -> list[Evidence]:
    """Without what rows said that no longer count, or not yet: of the rows' facts, those with the ids `counted`."""
    return [one for one in evidence if one.source != ours.SHEET or one.id in counted]


@takes(Role.OPERATOR)
def set_number(ctx: Context, key: str, text: str) -> None:
    """A person says which company it is. Raises BadInput."""
    number = number_key(text)
    if not number:
        raise BadInput(
            f"“{text.strip()}” is no company number.",
            hint="It has eight characters, as in the register: 07123456 or SC123456.",
        )
    _note(ctx, key, _NUMBER, number)


@takes(Role.OPERATOR)
def deny_number(ctx: Context, key: str, number: str) -> None:
    """A person says that this one is another company: nothing the register says of it counts here any more."""
    _note(ctx, key, _NOT_NUMBER, number)


def _note(ctx: Context, key: str, field: str, number: str) -> None:
    now = datetime.now(UTC)
    said = Evidence(
        source=PERSON,
        field=field,
        value=number,
        quote=f"said by {ctx.user}",
        as_of=now.date(),
        fetched_at=now,
        tier=Tier.OURS,
    )
    check = Check(
        source=PERSON,
        state=SourceState.FOUND,
        reason="",
        evidence=(said.id,),
        boards={},
        checked_at=now,
    )
    with ctx.database.write() as conn:
        ctx.research.note(key, [(check, [said])], conn=conn)
        ctx.audit.record(ctx.user, "company.corrected", key, {field: number}, conn=conn)


def _denied(evidence: Sequence[Evidence]) -> set[str]:
    """What was said last of a number counts."""
    said: dict[str, str] = {}
    for one in sorted(evidence, key=lambda one: one.fetched_at):
        if one.source == PERSON and one.field in (_NUMBER, _NOT_NUMBER):
            said[one.value] = one.field
    return {number for number, field in said.items() if field == _NOT_NUMBER}
