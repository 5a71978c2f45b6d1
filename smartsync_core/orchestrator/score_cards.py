"""The score card that an organisation goes by: shown, compared with the one before, and put to use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from smartsync_core.errors import BadInput
from smartsync_core.mapping.identity import country_code
from smartsync_core.model.access import Role
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.identities import standing, without_rows
from smartsync_core.orchestrator.rights import takes
from smartsync_core.scoring.card import ScoreCard, loaded, parse, standard, standard_text
from smartsync_core.scoring.compare import CardDiff, compare_cards
from smartsync_core.scoring.edit import edited
from smartsync_core.scoring.replay import plain
from smartsync_core.store.score_cards import USED

__all__ = [
    "CurrentCard",
    "NewCard",
    "as_json",
    "check_card",
    "compared",
    "current_card",
    "next_version",
    "use_card",
]

_FURTHER_FACTS = frozenset(["need"])  # that a rule may read beside those of the standard card
_WEIGHTS = 100


@dataclass(frozen=True, kw_only=True)
class CurrentCard:
    """`used_by` "" = nobody chose one: it is the standard card."""

    card: ScoreCard
    text: str
    used_by: str = ""
    used_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class NewCard:
    card: ScoreCard
    diff: CardDiff  # against the card before
    used: bool  # False where it was only compared
    same: bool = False  # it says what the card in use says, which stays


def current_card(ctx: Context) -> CurrentCard:
    """The one that scores are computed by from now on."""
    found = ctx.score_cards.in_use()
    if found is None:
        return CurrentCard(card=standard(), text=standard_text())
    return CurrentCard(
        card=parse(found.text), text=found.text, used_by=found.used_by, used_at=found.used_at.astimezone(UTC)
    )


@takes(Role.ADMIN)
def use_card(ctx: Context, text: str, *, only_compare: bool = False) -> NewCard:
    """A whole card, or only the parts that differ from the one in use. Stored scores stay as they were given.

    Raises BadInput with a sentence per mistake, also where another card of that name and version is kept.
    """
    before = current_card(ctx)
    card, whole = edited(text, before.text, next_version=next_version(ctx, _name(text, before.card)))
    check_card(card)
    if card.model_copy(update={"version": before.card.version}) == before.card:
        return NewCard(card=before.card, diff=compared(ctx, before.card, before.card), used=True, same=True)
    _check_version(ctx, card)
    diff = compared(ctx, before.card, card)
    if not only_compare:
        _put_to_use(ctx, card, whole)
    return NewCard(card=card, diff=diff, used=not only_compare)


def as_json(new: NewCard) -> dict[str, Any]:
    return {"card": new.card.label, "used": new.used, "diff": plain(new.diff)}


def _put_to_use(ctx: Context, card: ScoreCard, text: str) -> None:
    with ctx.database.write() as conn:
        ctx.score_cards.keep(sha256=card.sha256, name=card.name, version=card.version, text=text, conn=conn)
        ctx.score_cards.use(card.sha256, ctx.user, conn=conn)
        ctx.audit.record(ctx.user, USED, card.sha256, {"card": card.label}, conn=conn)


def _name(text: str, before: ScoreCard) -> str:
    said = loaded(text)
    name = said.get("name") if isinstance(said, dict) else None
    return name if isinstance(name, str) else before.name


def _versions(ctx: Context, name: str) -> dict[int, str]:
    known = {standard().version: standard().sha256} if name == standard().name else {}
    return known | ctx.score_cards.versions(name)


def next_version(ctx: Context, name: str) -> int:
    """The number of the next card of that name."""
    return max(_versions(ctx, name), default=0) + 1


def _check_version(ctx: Context, card: ScoreCard) -> None:
    kept = _versions(ctx, card.name).get(card.version)
    if kept is not None and kept != card.sha256:
        raise BadInput(
            f"There is a score card {card.label} already, and this one says something else.",
            hint=f"Write version: {next_version(ctx, card.name)}, or leave the version out.",
        )


def check_card(card: ScoreCard) -> None:
    """What only a card that is to be used has to keep to. Raises BadInput with a sentence per mistake."""
    wrong = [*_weights(card), *_countries(card), *_facts(card)]
    if wrong:
        raise BadInput(" ".join(wrong), hint="Correct it and save again.")


def _weights(card: ScoreCard) -> Iterator[str]:
    if (total := sum(card.weights.values())) != _WEIGHTS:
        yield f"The score card, at weights: together they are {total}, not {_WEIGHTS}."


def _countries(card: ScoreCard) -> Iterator[str]:
    said = {"icp.country.covered": card.icp.country.get("covered", ())}
    said |= {
        f"owners.territories.{at}.countries": one.countries for at, one in enumerate(card.owners.territories)
    }
    for place, names in said.items():
        for name in names:
            if country_code(name) != name.upper():
                yield (
                    f"The score card, at {place}: “{name}” is not a two-letter country code{_meant(name)}."
                )


def _facts(card: ScoreCard) -> Iterator[str]:
    """Of a fact that nobody ever tells, a rule would give nothing, silently."""
    known = _read_by(standard()) | _FURTHER_FACTS
    for place, fields in _places(card):
        for field in sorted(set(fields) - known):
            near = get_close_matches(field, known, n=1)
            meant = f"; {near[0]} is meant perhaps" if near else ""
            yield f"The score card, at {place}: the fact “{field}” is not known{meant}."


def _places(card: ScoreCard) -> Iterator[tuple[str, Sequence[str]]]:
    for topic, subject in card.subscores.items():
        for rule in subject.rules:
            yield f"subscores.{topic}.rules.{rule.id}", [rule.field]
    for name, check in card.checks.items():
        yield f"checks.{name}", check.fields
    for out in card.knock_outs:
        yield "knock_outs", [out.field]


def _read_by(card: ScoreCard) -> set[str]:
    return {field for _, fields in _places(card) for field in fields}


def _meant(name: str) -> str:
    code = country_code(name)
    return f"; write {code}" if code else ""


def compared(ctx: Context, before: ScoreCard, after: ScoreCard) -> CardDiff:
    """Over every company of which something is known."""
    last = {one.company: one.evidence for one in ctx.research.latest()}
    companies = (
        (key, without_rows(standing(evidence), last.get(key, ())))
        for key, evidence in ctx.research.evidence_of_all().items()
    )
    return compare_cards(before, after, companies, datetime.now(UTC).replace(microsecond=0))
