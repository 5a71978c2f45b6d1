"""What an import does besides its rows, as ticked: scores in their fields, owners, and deals, tasks and notes in its plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from smartsync_core.enrichment.identity import identify
from smartsync_core.errors import NeedsPerson
from smartsync_core.mapping.choices import Owners
from smartsync_core.mapping.identity import email_domain
from smartsync_core.model.automation import DealPlace, Extra, Findings
from smartsync_core.model.crm import ObjectName, Value
from smartsync_core.model.plan import Action, ActionState, FollowUp, Group, Reason
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.deal_place import deal_place
from smartsync_core.orchestrator.fields import RESEARCH
from smartsync_core.orchestrator.findings import counted, subject_of
from smartsync_core.orchestrator.followups import plan_follow_ups
from smartsync_core.orchestrator.owner_cap import loads
from smartsync_core.orchestrator.score_cards import current_card
from smartsync_core.planning.automations import (
    AGAIN_AFTER,
    OWNER,
    fields_of,
    qualifies,
    settable,
    wanted,
)
from smartsync_core.planning.followups import CLIENT_KEY, client_key
from smartsync_core.scoring.card import ScoreCard
from smartsync_core.scoring.owner import assign
from smartsync_core.store.owners_given import Given

__all__ = ["TOLD", "Extras"]

TOLD = (
    *("research", "research_failed", "research_late", "scores_filled", "no_score_fields", "too_little_known"),
    *("deal_open", "deal_place_open", "owners_given", "owner_unknown"),
)
"""Codes of what is said about all that an import does besides its rows."""

_MADE = frozenset({Extra.DEALS, Extra.TASKS, Extra.NOTES})
_FILL = frozenset({Extra.ENRICH, Extra.SCORES})
_OUT = frozenset({ActionState.BLOCKED, ActionState.SKIPPED})


class Extras:
    """Of one plan that is being made. Companies come before people, chunk by chunk: `take_up`, the decision, `hang_on`."""

    def __init__(self, ctx: Context, run: Run, session: Session) -> None:
        self._ctx, self._run, self._session = ctx, run, session
        self._ticked = run.options.extras
        self._subject = subject_of(run)
        self._found: dict[str, Findings] = {}
        self._ours: Mapping[str, Mapping[str, Value]] = {}
        self._given: dict[str, str] = {}  # company → its owner's id, "" = nobody
        self._nobody: Counter[str] = (
            Counter()
        )  # owner of the score card that the account does not have → companies
        self._by_card: dict[str, tuple[str, str]] = {}  # company → its new owner's id and name
        self._noted: dict[str, Given] = {}
        self._assigned_to: Counter[str] = Counter()  # owner as the score card names them → companies
        self._follow_ups: list[FollowUp] = []
        self._subjects: dict[int, Action] = {}
        self._met: set[str] = set()  # companies beside whose record something is made
        self._open_deals = self._too_little = self._filled = 0
        self._no_place = ""
        if not self._ticked:
            return
        self._card = current_card(ctx).card
        self._place = self._deal_place() if Extra.DEALS in self._ticked else None
        if Extra.OWNERS in self._ticked:
            self._owners = Owners(session.owners())
            self._loads = loads(ctx, run)

    def _deal_place(self) -> DealPlace | None:
        """None where nobody is there to choose it."""
        try:
            return deal_place(self._ctx, self._session, self._run.integration_id)
        except NeedsPerson as error:
            if not self._run.options.unattended:
                raise
            self._no_place = f"{error.message} No deal is begun until somebody chose."
            return None

    def take_up(self, groups: Sequence[Group]) -> None:
        """Read what the decision on these groups needs."""
        if not self._ticked:
            return
        keys = {_company(group) for group in groups} - {""}
        self._found = self._ctx.findings.of(self._run.id, sorted(keys))
        fields = {name for found in self._found.values() for name in found.values}
        standing = [group.match.id for group in groups if group.match.id and group.object is self._subject]
        self._ours = self._ctx.change_history.written(
            self._run.integration_id, self._subject, standing, fields
        )

    def values(self, group: Group) -> dict[str, str]:
        """What may be set in the record of a group, beside its cells."""
        found = self._found.get(_company(group)) if self._ticked else None
        if found is None:
            return {}
        schema, live = self._session.schema(group.object), group.match.live
        values = {}
        if group.object is self._subject:
            ours = self._ours.get(group.match.id, {})
            values = settable(fields_of(found.values, self._ticked), live, ours, schema)
        if Extra.OWNERS in self._ticked:
            own = next((draft.values[OWNER] for draft in group.drafts if draft.values.get(OWNER)), "")
            owner = self._owner(found, own or live.get(OWNER) or "")
            values |= settable({OWNER: owner} if owner else {}, live, {}, schema)
        return values

    def _owner(self, found: Findings, held: str) -> str:
        """Who has the company: by the CRM or the file, else by the score card's rules, once for all of its records."""
        if found.company not in self._given:
            self._given[found.company] = held or self._assigned(found)
        return self._given[found.company]

    def _assigned(self, found: Findings) -> str:
        given = assign(
            self._card,
            company=found.company,
            country=found.country,
            industry=found.industry,
            loads={name: self._loads[self._owners.id_of(name) or ""] for name in _named(self._card)},
        )
        if not given.owner:
            return ""
        owner = self._owners.id_of(given.owner)
        if owner is None:
            self._nobody[given.owner] += 1
            return ""
        self._loads[owner] += 1
        self._by_card[found.company] = (owner, given.owner)
        self._assigned_to[given.owner] += 1
        return owner

    def hang_on(self, groups: Sequence[Group], actions: Sequence[Action]) -> None:
        """Take note of what is filled in the records that were decided on, and of what is to be made beside them."""
        self._filled += sum(
            action.state not in _OUT and any(change.field in RESEARCH for change in action.changes)
            for action in actions
        )
        self._note_owners(groups, actions)
        if not self._ticked & _MADE:
            return
        by_row = {group.first_row: group for group in groups if group.object is self._subject}
        standing = {}
        for action in actions:
            group = by_row.get(action.group_row)
            found = self._found.get(_company(group)) if group else None
            if group is None or found is None or action.state in _OUT or found.company in self._met:
                continue
            self._met.add(found.company)
            self._too_little += found.overall is None
            named = replace(found, name=_name(group) or found.name)
            standing[action.id] = (action, named, group.match.live.get(OWNER) or "")
        busy = self._with_open_deal(
            [action for action, found, _ in standing.values() if self._asks_deal(found)]
        )
        self._open_deals += len(busy)
        for action, found, held in standing.values():
            owner = self._given.get(found.company) or _planned_owner(action) or held
            ticked = self._ticked - {Extra.DEALS} if action.id in busy else self._ticked
            self._subjects[action.id] = action
            self._follow_ups += wanted(
                found, action.id, ticked, target=self._card.target, place=self._place, owner=owner
            )

    def _note_owners(self, groups: Sequence[Group], actions: Sequence[Action]) -> None:
        """Of each company that gets one by the score card the first record by which it is written."""
        by_row = {group.first_row: group for group in groups} if self._by_card else {}
        for action in actions:
            company = _company(by_row[action.group_row]) if action.group_row in by_row else ""
            if company in self._by_card and company not in self._noted and action.state not in _OUT:
                owner, name = self._by_card[company]
                if _planned_owner(action) == owner:
                    self._noted[company] = Given(owner=owner, name=name, action_id=action.id)

    def _asks_deal(self, found: Findings) -> bool:
        return Extra.DEALS in self._ticked and qualifies(found, self._card.target)

    def _with_open_deal(self, actions: Sequence[Action]) -> set[int]:
        """Of the records that stand in the CRM, the actions of those with a deal that is neither won nor lost."""
        known = {action.crm_id: action.id for action in actions if action.crm_id}
        if not known:
            return set()
        connector = self._session.connector
        linked = connector.linked(self._subject, sorted(known), ObjectName.DEALS)
        deals = sorted({link.to_id for links in linked.values() for link in links})
        told = connector.read(ObjectName.DEALS, deals, ["hs_is_closed"])
        open_ones = {id_ for id_, deal in told.items() if deal.properties.get("hs_is_closed") != "true"}
        return {
            known[crm_id]
            for crm_id, links in linked.items()
            if any(link.to_id in open_ones for link in links)
        }

    def add(self) -> None:
        """Put what was taken note of into the plan, and say what a person should know of it."""
        if not self._ticked:
            return
        ctx, run = self._ctx, self._run
        plan_follow_ups(ctx, run, self._session, self._in_their_turn(), self._subjects)
        ctx.owners_given.keep(run.id, run.integration_id, self._noted)
        ctx.plans.add_reasons(run.id, self._said(), "plan")

    def _in_their_turn(self) -> list[FollowUp]:
        """Each with the occasion that is its turn now: the next one begins when the last was made long enough ago."""
        settled, open_ones, turn = list[FollowUp](), self._follow_ups, 1
        while open_ones:
            keys = {self._key(one): one for one in open_ones}
            old = set()
            for name in {one.object for one in open_ones}:
                asked = [(CLIENT_KEY, key) for key, one in keys.items() if one.object is name]
                links = self._ctx.links.lookup(self._run.integration_id, name, asked)
                old |= {
                    key
                    for (_, key), link in links.items()
                    if link.last_sync_at
                    and not link.closed  # what was taken back is made anew in its own turn
                    and link.last_sync_at + AGAIN_AFTER < self._run.created_at
                }
            turn += 1
            settled += [one for key, one in keys.items() if key not in old]
            open_ones = [replace(one, occasion=str(turn)) for key, one in keys.items() if key in old]
        return settled

    def _key(self, one: FollowUp) -> str:
        return client_key(self._run.integration_id, one, self._subjects[one.subject], self._run.id)

    def _said(self) -> list[Reason]:
        told = {
            "too_little_known": (
                self._too_little,
                "{companies} of which too little is known for a score: nothing is set in motion there.",
            ),
            "deal_open": (self._open_deals, "{companies} with an open deal already: no other is begun."),
        }
        said = [
            Reason(row=0, field="", code=code, message=words.format(companies=counted(number)))
            for code, (number, words) in told.items()
            if number
        ]
        if self._filled:
            records = _records(self._filled, self._subject)
            message = f"Lead score and what was found out go into SmartSync's own fields of {records}."
            said.append(Reason(row=0, field="", code="scores_filled", message=message))
        if self._ticked & _FILL and not set(RESEARCH) & self._session.schema(self._subject).fields.keys():
            message = (
                "The account has no fields for lead score and findings: they are not written. "
                "Add SmartSync's fields first, on the screen Accounts or with connect --add-fields."
            )
            said.append(Reason(row=0, field="", code="no_score_fields", message=message))
        if self._no_place:
            said.append(Reason(row=0, field="", code="deal_place_open", message=self._no_place))
        if self._assigned_to:
            given = ", ".join(f"{name} {number:,}" for name, number in self._assigned_to.most_common())
            message = f"Companies without an owner get one by the score card: {given}."
            said.append(Reason(row=0, field="", code="owners_given", message=message))
        for name, number in self._nobody.items():
            message = (
                f"The score card gives {counted(number)} to {name}, who is no active owner in the account."
            )
            said.append(Reason(row=0, field="", code="owner_unknown", message=message))
        return said


def _company(group: Group) -> str:
    """The key of the company that a group's record is, or works for; "" where none can be told for sure."""
    for draft in group.drafts:
        domain = draft.domain if group.object is ObjectName.COMPANIES else email_domain(draft.email)
        if key := identify(domain=domain).key:
            return key
    return ""


def _name(group: Group) -> str:
    """The company's, as the CRM or the file has it; "" for a person."""
    if group.object is not ObjectName.COMPANIES:
        return ""
    told = [group.match.live.get("name"), *(draft.values.get("name") for draft in group.drafts)]
    return next(filter(None, told), "")


def _records(number: int, name: ObjectName) -> str:
    one, many = ("contact", "contacts") if name is ObjectName.CONTACTS else ("company", "companies")
    return f"{number:,} {one if number == 1 else many}"


def _planned_owner(action: Action) -> str:
    return next((change.new or "" for change in action.changes if change.field == OWNER), "")


def _named(card: ScoreCard) -> set[str]:
    """Everybody to whom the score card may give a company."""
    owners = card.owners
    return {*owners.accounts.values(), *owners.pool, *(one.owner for one in owners.territories)}
