"""The next version of the score card: a draft that outlives the page, compared with the card in use, then published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from smartsync_core.errors import BadInput, NotFound
from smartsync_core.model.access import Role
from smartsync_core.orchestrator.companies import names
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.rights import takes
from smartsync_core.orchestrator.score_cards import (
    NewCard,
    check_card,
    compared,
    current_card,
    next_version,
    use_card,
)
from smartsync_core.scoring.card import ScoreCard, parse, standard, standard_text
from smartsync_core.scoring.changes import Changed, changes
from smartsync_core.scoring.compare import CardDiff
from smartsync_core.scoring.edit import edited
from smartsync_core.store.score_cards import StoredDraft

__all__ = [
    "CardDraft",
    "CardVersion",
    "Changed",
    "Compared",
    "compare",
    "discard",
    "draft",
    "keep",
    "publish",
    "versions",
]


@dataclass(frozen=True, kw_only=True)
class CardDraft:
    """`overtaken`: another version was put to use since it was begun, and publishing it would take that one's changes back."""

    card: ScoreCard
    text: str
    saved_by: str
    saved_at: datetime
    overtaken: bool


@dataclass(frozen=True, kw_only=True)
class CardVersion:
    """`used_at` None = nobody put it to use: the card that SmartSync starts with."""

    card: ScoreCard
    text: str
    in_use: bool
    used_by: str = ""
    used_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What two cards say differently, and what that does to the stored companies; `names` of those that move."""

    changes: list[Changed]
    diff: CardDiff
    names: dict[str, str]


def draft(ctx: Context) -> CardDraft | None:
    stored = ctx.score_cards.draft()
    return _read(ctx, stored) if stored else None


@takes(Role.ADMIN)
def keep(ctx: Context, text: str) -> CardDraft:
    """Take a whole card, or only the parts that differ, into the draft; without one, into a new one from the card in use.

    Raises BadInput with a sentence per mistake; the draft then stays as it was.
    """
    before, current = ctx.score_cards.draft(), current_card(ctx)
    base = before.text if before else current.text
    card, whole = edited(text, base, next_version=parse(base).version)
    check_card(card)
    whole = _numbered(ctx, card, whole)
    ctx.score_cards.save_draft(whole, before.begun_from if before else current.card.sha256, ctx.user)
    return _read(ctx, ctx.score_cards.draft())


@takes(Role.ADMIN)
def discard(ctx: Context) -> None:
    ctx.score_cards.discard_draft()


@takes(Role.ADMIN)
def publish(ctx: Context) -> NewCard:
    """Put the draft to use as a version of its own. Scores that were given stay as they are. Raises NotFound without one."""
    stored = ctx.score_cards.draft()
    if stored is None:
        raise NotFound("There is no draft of a score card.", hint="Change something first.")
    new = use_card(ctx, _numbered(ctx, parse(stored.text), stored.text))
    ctx.score_cards.discard_draft()
    return new


def versions(ctx: Context) -> list[CardVersion]:
    """The newest first; the card that SmartSync starts with is the last."""
    current = current_card(ctx).card.sha256
    kept = [
        CardVersion(
            card=parse(one.text),
            text=one.text,
            in_use=one.sha256 == current,
            used_by=one.used_by or "",
            used_at=one.used_at.astimezone(UTC) if one.used_at else None,
        )
        for one in ctx.score_cards.all()
    ]
    if all(one.card.sha256 != standard().sha256 for one in kept):
        in_use = current == standard().sha256
        kept.append(CardVersion(card=standard(), text=standard_text(), in_use=in_use))
    return kept


def compare(ctx: Context, old: ScoreCard, new: ScoreCard) -> Compared:
    """Over every company of which something is known, as of now."""
    diff = compared(ctx, old, new)
    moved = [one.company for one in diff.moved]
    return Compared(changes=changes(old, new), diff=diff, names=names(ctx, moved))


def _read(ctx: Context, stored: StoredDraft | None) -> CardDraft:
    assert stored is not None
    return CardDraft(
        card=parse(stored.text),
        text=stored.text,
        saved_by=stored.saved_by,
        saved_at=stored.saved_at.astimezone(UTC),
        overtaken=stored.begun_from != current_card(ctx).card.sha256,
    )


def _numbered(ctx: Context, card: ScoreCard, text: str) -> str:
    """With the number that its name has next."""
    number = next_version(ctx, card.name)
    return edited(f"version: {number}", text, next_version=number)[1]


def text_of(body: bytes) -> str:
    """Of a file that was handed in. Raises BadInput where it is no text."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("The file is not a text in UTF-8.", hint="Save the score card as UTF-8.") from None
