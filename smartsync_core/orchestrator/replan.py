"""Planning anew: rows that a repair took up are drafted, matched and decided again, beside what their run did already.

Each step may be run again from its start. Nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

from smartsync_core.mapping.drafts import NAME_KEY
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import (
    Action,
    ActionKind,
    ActionState,
    Answer,
    Draft,
    Group,
    MatchKind,
    Reason,
    RowVerdict,
    StoredAction,
)
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.asking import look_up
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.likely import said_to_be_one
from smartsync_core.orchestrator.lost import resolve
from smartsync_core.orchestrator.preview import draft_builder, rules_of
from smartsync_core.orchestrator.untouched import mark_suppressed
from smartsync_core.orchestrator.value_words import note_words
from smartsync_core.planning.anew import Anew, Standing, decide_anew
from smartsync_core.planning.decide import Rules
from smartsync_core.planning.followups import CLIENT_KEY
from smartsync_core.planning.linking import CompanyAction, decide_link, told
from smartsync_core.store.drafts import Drafts
from smartsync_core.store.edits import Edits
from smartsync_core.store.repairs import LANDED, Repairs, TakenUp

__all__ = ["decide_again", "draft_again", "look_up_again", "settle_doubts"]

_CHUNK = 2_000
_LOST = "The send was lost on its way: the CRM never had it."


def settle_doubts(ctx: Context, run: Run, session: Session) -> None:
    """Find out what became of sends in doubt, as far as the CRM can tell now. What surely never landed is failed."""
    repairs = _repairs(ctx)
    rows = repairs.awaiting(run.id)
    for start in range(0, len(rows), _CHUNK):
        taken_up = repairs.taken_up(run.id, rows[start : start + _CHUNK])
        doubtful = [one for one in taken_up.actions.values() if one.state is ActionState.IN_DOUBT]
        for name, kind in sorted({(one.object, one.kind) for one in doubtful}):
            same = [one for one in doubtful if (one.object, one.kind) == (name, kind)]
            resolved = resolve(session, same, {}, ctx.engine.checkpoint)
            never_landed = [
                Answer(id=one.id, state=ActionState.FAILED, crm_id=one.crm_id, code="lost", message=_LOST)
                for one in resolved.again
            ]
            ctx.plans.answer(run.id, [*resolved.answers, *never_landed], 0)


def draft_again(ctx: Context, run: Run, session: Session) -> None:
    """Drafts from the rows as they stand now. The main record of a row that landed is known by its id."""
    repairs, drafts, builder = _repairs(ctx), _drafts(ctx), draft_builder(run, session)
    edits = Edits(ctx.database, ctx.org_id)
    one_row = said_to_be_one(run.options)
    one_record = {name: said_to_be_one(run.options, name) for name in run.options.record_type.objects}
    rows = repairs.awaiting(run.id)
    for start in range(0, len(rows), _CHUNK):
        some = rows[start : start + _CHUNK]
        taken_up = repairs.taken_up(run.id, set(some).union(*(one_row.get(row, ()) for row in some)))
        raw = edits.rows(run.id, run.upload_id, some)
        made = [
            _known(draft, taken_up, one_record[draft.object].get(draft.row, ()))
            for row in some
            for draft in builder.build(raw[row])
        ]
        drafts.drop(run.id, some)
        drafts.add(run.id, mark_suppressed(ctx, made))
    if ObjectName.COMPANIES in run.options.record_type.objects:
        drafts.part_shared_domains(run.id, NAME_KEY)


def _known(draft: Draft, taken_up: TakenUp, one_record: Collection[int]) -> Draft:
    landed = taken_up.landed_main(draft.row) if draft.is_main else None
    if landed is None or landed.object is not draft.object:
        landed = _decided(draft, taken_up, one_record)
    return replace(draft, key_field="id", key_value=landed.crm_id) if landed else draft


def _decided(draft: Draft, taken_up: TakenUp, one_record: Collection[int]) -> StoredAction | None:
    """What brought the record into the CRM that a person said this row is, too."""
    for row in sorted(set(one_record) - {draft.row}):
        for one in taken_up.of([row]):
            records = one.object is draft.object and one.kind is not ActionKind.LINK
            if records and one.state in LANDED and one.crm_id and row in one.rows:
                return one
    return None


def look_up_again(ctx: Context, run: Run, session: Session, object_name: ObjectName) -> None:
    """What the CRM holds for them now."""
    drafts = _drafts(ctx)
    drafts.clear_matches(run.id, object_name)
    ctx.runs.update(run.id, crm_read_at=datetime.now(UTC))
    look_up(ctx, run, session, object_name, drafts)


def decide_again(ctx: Context, run: Run, session: Session) -> None:
    """New actions in the same run, chunk by chunk; what they replace counts no longer; waves for what is to be sent."""
    repairs = _repairs(ctx)
    repairs.drop_reasons(run.id)
    companies: dict[int, _Company] = {}
    for name in sorted(run.options.record_type.objects, key=list(ObjectName).index):
        rules = rules_of(run, session, name)
        for groups in _drafts(ctx).groups(run.id, name, _CHUNK):
            chunk = _Chunk(ctx, run, rules, groups, companies)
            repairs.plan(run.id, chunk.added, chunk.verdicts, chunk.reasons)
    repairs.retire(run.id)
    ctx.plans.assign_waves(run.id)
    note_words(ctx, run, session)


@dataclass(frozen=True, kw_only=True)
class _Company:
    """The company of a row: what a link goes to, and all that the row hangs on for it."""

    link_to: CompanyAction
    needs: tuple[int, ...]


class _Chunk:
    """Up to 2,000 groups of one object, decided. `companies` grows with each chunk of companies."""

    def __init__(
        self, ctx: Context, run: Run, rules: Rules, groups: Sequence[Group], companies: dict[int, _Company]
    ) -> None:
        repairs, edits = _repairs(ctx), Edits(ctx.database, ctx.org_id)
        rows = [draft.row for group in groups for draft in group.drafts]
        reached = {group.match.id for group in groups if group.match.kind is MatchKind.ONE}
        self.added: list[Action] = []
        self.verdicts: list[RowVerdict] = []
        self.reasons: list[Reason] = []
        self._rules = rules
        self._companies = companies
        self._taken_up = repairs.taken_up(run.id, rows)
        self._edited = frozenset(edits.edited(run.id, rows, repair=repairs.last(run.id)))
        self._landed = repairs.landed(run.id, rules.object, reached)
        self._stored = repairs.planned(run.id, rules.object, [group.first_row for group in groups])
        self._next_id = repairs.next_id(run.id)
        for group in groups:
            self._decide(group)

    def _decide(self, group: Group) -> None:
        stored = self._stored.get(group.first_row)
        action_id = stored.id if stored else self._take_id()
        anew = decide_anew(group, self._rules, action_id, self._standing(group))
        if anew.added is not None and stored is None:
            self.added.append(anew.added)
        if self._rules.object is ObjectName.COMPANIES:
            self._remember(group, anew)
        self.verdicts += [self._hung(one, group, anew) for one in anew.verdicts]
        self.reasons += anew.reasons

    def _standing(self, group: Group) -> Standing:
        rows = [draft.row for draft in group.drafts]
        before = [
            one
            for one in self._taken_up.of(rows)
            if one.object is self._rules.object
            and one.kind is not ActionKind.LINK
            and one.key_field != CLIENT_KEY
        ]
        mains = [
            one for draft in group.drafts if draft.is_main and (one := self._taken_up.landed_main(draft.row))
        ]
        landed = mains[0] if mains else self._landed.get(group.match.id)
        doubtful = next((one for one in before if one.state is ActionState.IN_DOUBT), None)
        return Standing(landed=landed, doubtful=doubtful, edited=self._edited)

    def _remember(self, group: Group, anew: Anew) -> None:
        """Whose company this is, for the contacts of the same rows."""
        if anew.record is None:
            return
        link_to = CompanyAction(id=anew.record.id, state=anew.record.state, crm_id=anew.record.crm_id)
        needs = tuple({anew.record.id: None} | ({anew.added.id: None} if anew.added else {}))
        company = _Company(link_to=link_to, needs=needs)
        self._companies.update(
            (draft.row, company) for draft in group.drafts if not draft.blocked and not draft.suppressed
        )

    def _hung(self, verdict: RowVerdict, group: Group, anew: Anew) -> RowVerdict:
        """The verdict with all that its row hangs on: what landed of it, its company, their link, its follow-ups."""
        before = self._taken_up.verdicts[verdict.row]
        if anew.record is not None and anew.record.state is ActionState.IN_DOUBT:
            return before
        needs = dict.fromkeys(
            id_
            for id_ in before.other_actions
            if id_ in self._taken_up.actions and self._taken_up.actions[id_].state in LANDED
        )
        needs |= dict.fromkeys(verdict.other_actions)
        if verdict.own is None and verdict.duplicate_of == 0 and anew.record is not None:
            if self._rules.object is ObjectName.CONTACTS:
                needs |= dict.fromkeys(self._linked(verdict.row, group, anew.record, anew.added))
            needs |= dict.fromkeys(self._follow_ups(verdict.row, anew.record))
        needs.pop(verdict.main_action, None)
        return replace(verdict, other_actions=tuple(needs))

    def _linked(self, row: int, group: Group, contact: Action, added: Action | None) -> Iterable[int]:
        company = self._companies.get(row)
        if company is None or (contact is not added and row not in contact.rows):
            return ()
        if added is not None and added.state is ActionState.BLOCKED:
            return company.needs  # what landed is gone
        number = contact.id if contact is added else self._take_id()
        link = decide_link(contact, company.link_to, group.match.companies, -number)
        if link is None:
            return company.needs
        self.added.append(replace(link, rows=(row,)))
        if note := told(self.added[-1], group.match.companies):
            self.reasons.append(note)
        return *company.needs, link.id

    def _follow_ups(self, row: int, record: Action) -> list[int]:
        """Deals, tasks and notes of the row that did not land are planned again beside what the row became."""
        if record.state in (ActionState.BLOCKED, ActionState.SKIPPED):
            return []
        before = self._taken_up.verdicts[row]
        now = {before.main_action: record.id}
        if company := self._companies.get(row):
            now |= {
                one.id: company.link_to.id
                for one in self._taken_up.of([row])
                if one.object is ObjectName.COMPANIES and one.key_field != CLIENT_KEY
            }
        again = []
        for one in self._taken_up.of([row]):
            if one.key_field != CLIENT_KEY or one.state in LANDED:
                continue
            if one.state is ActionState.IN_DOUBT:
                again.append(one.id)
                continue
            copy = _planned_again(one, self._take_id(), now)
            self.added.append(copy)
            again.append(copy.id)
        return again

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1


def _planned_again(before: StoredAction, action_id: int, now: Mapping[int, int]) -> Action:
    """The same follow-up, not sent yet, beside the actions that stand for its records now."""
    said = {one.name: getattr(before, one.name) for one in fields(Action)}
    said |= {"id": action_id, "state": ActionState.PLANNED, "code": "", "message": "", "crm_id": ""}
    said["associations"] = tuple((name, now.get(id_, id_)) for name, id_ in before.associations)
    return Action(**said)


def _repairs(ctx: Context) -> Repairs:
    return Repairs(ctx.database, ctx.org_id)


def _drafts(ctx: Context) -> Drafts:
    return Drafts(ctx.database, ctx.org_id, awaiting=True)
