"""Score cards by version, kept for good; which of them is in use; and the draft of the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from smartsync_core.errors import NotFound
from smartsync_core.store.database import Database
from smartsync_core.store.tables import audit, score_card_drafts, score_card_in_use, score_cards

__all__ = ["USED", "InUse", "KeptCard", "ScoreCards", "StoredDraft"]

USED = "score_card.used"
"""In the audit, of a card that was put to use; its subject is the card's digest."""


@dataclass(frozen=True, kw_only=True)
class InUse:
    text: str
    used_by: str
    used_at: datetime


@dataclass(frozen=True, kw_only=True)
class KeptCard:
    """`used_at` None = it was never put to use by anybody."""

    sha256: str
    name: str
    version: int
    text: str
    used_by: str | None
    used_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class StoredDraft:
    text: str
    begun_from: str
    saved_by: str
    saved_at: datetime


class ScoreCards:
    """Bound to one org. A card is known by the digest of what it says."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def keep(
        self, *, sha256: str, name: str, version: int, text: str, conn: sa.Connection | None = None
    ) -> None:
        """Keep a version for good; one that is kept already stays as it is."""
        with self._database.write(conn) as own:
            there = sa.select(score_cards.c.sha256).where(*self._of(sha256))
            if own.execute(there).first() is None:
                own.execute(
                    sa.insert(score_cards).values(
                        org_id=self._org_id,
                        sha256=sha256,
                        name=name,
                        version=version,
                        text=text,
                        created_at=datetime.now(UTC),
                    )
                )

    def text(self, sha256: str) -> str:
        with self._database.read() as conn:
            found = conn.execute(sa.select(score_cards.c.text).where(*self._of(sha256))).scalar()
        if found is None:
            raise NotFound("The score card of that score is not kept.")
        return str(found)

    def versions(self, name: str) -> dict[int, str]:
        """Digests of the kept cards of that name, by version."""
        c = score_cards.c
        query = sa.select(c.version, c.sha256).where(c.org_id == self._org_id, c.name == name)
        with self._database.read() as conn:
            return {version: sha256 for version, sha256 in conn.execute(query)}

    def all(self) -> list[KeptCard]:
        """Every kept card with who put it to use last, and when; the highest version first."""
        c, a = score_cards.c, audit.c
        turn = sa.func.row_number().over(partition_by=a.subject_id, order_by=a.at.desc()).label("turn")
        used = (
            sa.select(a.subject_id, a.who.label("used_by"), a.at.label("used_at"), turn)
            .where(a.org_id == self._org_id, a.what == USED)
            .subquery()
        )
        query = (
            sa.select(c.sha256, c.name, c.version, c.text, used.c.used_by, used.c.used_at)
            .select_from(
                score_cards.outerjoin(used, sa.and_(used.c.subject_id == c.sha256, used.c.turn == 1))
            )
            .where(c.org_id == self._org_id)
            .order_by(c.version.desc(), c.created_at.desc())
        )
        with self._database.read() as conn:
            return [KeptCard(**row) for row in conn.execute(query).mappings()]

    def draft(self) -> StoredDraft | None:
        d = score_card_drafts.c
        query = sa.select(d.text, d.begun_from, d.saved_by, d.saved_at).where(d.org_id == self._org_id)
        with self._database.read() as conn:
            row = conn.execute(query).mappings().first()
        return StoredDraft(**row) if row is not None else None

    def save_draft(self, text: str, begun_from: str, who: str, *, conn: sa.Connection | None = None) -> None:
        """In the place of the one before, if any."""
        with self._database.write(conn) as own:
            self.discard_draft(conn=own)
            own.execute(
                sa.insert(score_card_drafts).values(
                    org_id=self._org_id,
                    text=text,
                    begun_from=begun_from,
                    saved_by=who,
                    saved_at=datetime.now(UTC),
                )
            )

    def discard_draft(self, *, conn: sa.Connection | None = None) -> None:
        with self._database.write(conn) as own:
            own.execute(sa.delete(score_card_drafts).where(score_card_drafts.c.org_id == self._org_id))

    def use(self, sha256: str, who: str, *, conn: sa.Connection | None = None) -> None:
        """From now on scores are computed by this kept card."""
        mine = score_card_in_use.c.org_id == self._org_id
        with self._database.write(conn) as own:
            own.execute(sa.delete(score_card_in_use).where(mine))
            own.execute(
                sa.insert(score_card_in_use).values(
                    org_id=self._org_id, sha256=sha256, used_by=who, used_at=datetime.now(UTC)
                )
            )

    def in_use(self) -> InUse | None:
        """None = nobody chose one."""
        used, cards = score_card_in_use, score_cards
        same = sa.and_(cards.c.org_id == used.c.org_id, cards.c.sha256 == used.c.sha256)
        query = (
            sa.select(cards.c.text, used.c.used_by, used.c.used_at)
            .select_from(used.join(cards, same))
            .where(used.c.org_id == self._org_id)
        )
        with self._database.read() as conn:
            row = conn.execute(query).mappings().first()
        return InUse(**row) if row is not None else None

    def _of(self, sha256: str) -> tuple[sa.ColumnElement[bool], ...]:
        return score_cards.c.org_id == self._org_id, score_cards.c.sha256 == sha256
