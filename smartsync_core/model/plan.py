"""The plan of a run: drafts from rows, groups of drafts that are one record, actions on the CRM, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from smartsync_core.model.crm import ObjectName, Value
from smartsync_core.model.mapping import Problem

__all__ = [
    "NOTE_CODES",
    "OUTCOME_WORDS",
    "UNDO_WORDS",
    "Action",
    "ActionKind",
    "ActionState",
    "Answer",
    "Change",
    "Draft",
    "FollowUp",
    "Group",
    "Match",
    "MatchKind",
    "Mode",
    "Outcome",
    "Proof",
    "Proved",
    "Reason",
    "RowVerdict",
    "StoredAction",
    "naming",
]


NOTE_CODES = frozenset(
    {
        "beside_first_company",
        "country_as_typed",
        "crm_changed_it",
        "likely_duplicate",
        "name_part_left_out",
        "phone_as_typed",
        "rows_disagree",
        "same_record",
        "website_as_typed",
    }
)
"""Codes of reasons that keep no row from landing: something to know, nothing to correct."""


class Outcome(StrEnum):
    """What became of a row: that of its main record. Exactly one per row; they add up to the rows."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"  # left out by choice: mode, do-not-touch list, or a duplicate of another row
    BLOCKED = "blocked"  # needs a person
    FAILED = "failed"  # refused by the CRM
    NOT_SENT = "not_sent"  # the run is open or was stopped before it
    IN_DOUBT = "in_doubt"  # sent, never answered, and nothing proves that it landed


OUTCOME_WORDS: Mapping[Outcome, str] = {
    Outcome.CREATED: "Created",
    Outcome.UPDATED: "Updated",
    Outcome.UNCHANGED: "Already up to date",
    Outcome.SKIPPED: "Left out",
    Outcome.BLOCKED: "Needs you",
    Outcome.FAILED: "Failed",
    Outcome.NOT_SENT: "Not sent",
    Outcome.IN_DOUBT: "In doubt",
}
"""As people read them, on screens, on the command line and in files."""

UNDO_WORDS: Mapping[Outcome, str] = {
    **OUTCOME_WORDS,
    Outcome.UPDATED: "Put back",
    Outcome.UNCHANGED: "Nothing left to do",
    Outcome.SKIPPED: "Kept",
}
"""What becomes of the rows of an import that is taken back."""


class Mode(StrEnum):
    """Which records a run may touch."""

    BOTH = "both"
    CREATE_ONLY = "create_only"
    UPDATE_ONLY = "update_only"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why something is not as hoped, or what a person should know. `row` 0 = the whole run; `field` "" = the whole row."""

    row: int
    field: str
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One object of one row, cleaned. `key_value` "" = nothing recognises it again."""

    row: int
    object: ObjectName
    is_main: bool = True  # its object is the row's main record
    values: Mapping[str, str]  # property -> text in the remote's form; blank cells have no entry
    key_field: str = ""  # property, own column ("own:Symbol") or "name+country"
    key_value: str = ""  # canonical
    problems: tuple[Problem, ...] = ()
    clears: frozenset[str] = frozenset()  # properties to empty (blank cells under a clear switch)
    blocked: bool = False  # a cell of its row, of this object or another, cannot be sent
    suppressed: str = ""  # the do-not-touch entry that matched its row, "" for none
    email: str = ""  # canonical; the second way to recognise a contact
    domain: str = ""  # the second way to recognise a company
    domain_source: str = ""  # "cell", or "email" where the work e-mail named it
    name_key: str = ""  # normalised company name
    country_key: str = ""  # ISO code, or the text in lower case
    marks: tuple[str, ...] = ()  # rows that may be the same record share one of them


def naming(email: str, domain: str) -> tuple[str, ...]:
    """What a do-not-touch list may hold of somebody: the address, its domain, the company's domain; the closest first."""
    return tuple(filter(None, (email, email.rpartition("@")[2], domain)))


class MatchKind(StrEnum):
    NONE = "none"  # nothing in the CRM: would be created
    ONE = "one"
    AMBIGUOUS = "ambiguous"  # several candidates; a person decides
    POSSIBLE = "possible"  # a same-named record; never taken for a match
    DELETED = "deleted"  # linked before, now in the recycle bin or gone


@dataclass(frozen=True, kw_only=True)
class Match:
    """What the CRM holds for a group. `candidates` are ids for AMBIGUOUS and POSSIBLE."""

    kind: MatchKind
    id: str = ""
    live: Mapping[str, Value] = field(default_factory=dict)
    candidates: tuple[str, ...] = ()
    called: Mapping[str, str] = field(default_factory=dict)  # POSSIBLE: candidate -> its name and domain
    held: Mapping[str, tuple[str, str]] = field(
        default_factory=dict
    )  # property -> (sent, held) where they differed
    by: str = ""  # what recognised it: "link", a property, "domain"
    generation: int = 0  # how often a record of this key was taken back by us
    companies: tuple[tuple[str, bool], ...] = ()  # contacts: (company id, is the first one)


@dataclass(frozen=True, kw_only=True)
class Group:
    """All drafts of one object that are one record, in row order, and its match."""

    first_row: int  # lowest row of the group, blocked ones counted; names it within its run
    object: ObjectName
    drafts: tuple[Draft, ...]
    match: Match


class ActionKind(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    LINK = "link"
    ARCHIVE = "archive"  # undo: a record we made goes to the recycle bin
    UNLINK = "unlink"  # undo: an association we added goes
    NONE = "none"  # nothing to send: unchanged, skipped or blocked


class ActionState(StrEnum):
    PLANNED = "planned"
    SENDING = "sending"  # an intent is on record; no answer yet
    DONE = "done"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    STALE = "stale"  # the CRM changed between preview and write
    BLOCKED = "blocked"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    WAITING = "waiting"  # a link whose company was not written
    SUPERSEDED = "superseded"  # did not land, and a repair planned its rows anew: history, counts nowhere


class Proof(StrEnum):
    """What the read-back said of a written record."""

    CHECKED = "checked"
    CHANGED = "changed"  # the CRM holds something else: normalised, or changed by a workflow
    MISSING = "missing"


class Change(NamedTuple):
    """One cell: what the CRM holds now (None = empty or not there) and what it would hold (None = emptied)."""

    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, kw_only=True)
class Action:
    """What the plan does to one CRM record; serves `rows` (the main row first)."""

    id: int  # unique in its run: companies, then contacts, in row order; a link has its contact's id, negative
    object: ObjectName
    kind: ActionKind
    state: ActionState
    rows: tuple[int, ...]
    crm_id: str = ""
    key_field: str = ""
    key_value: str = ""
    changes: tuple[Change, ...] = ()
    to_action: int = 0  # link: the company's action; `from_action` the contact's
    from_action: int = 0
    associations: tuple[
        tuple[ObjectName, int], ...
    ] = ()  # deals, tasks, notes: (object, action id) they stand by
    primary: bool = False  # link: becomes the contact's first company
    matched_by: str = ""
    code: str = ""  # why it is BLOCKED or SKIPPED
    message: str = ""
    create_key: str = ""  # what a create carries in smartsync_key
    group_row: int = 0  # Group.first_row; 0 for links


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """A deal, task or note that a rule wants beside a record of the plan."""

    rule: str  # names the rule; part of what it is recognised by
    object: ObjectName
    subject: int  # id of the contact's or company's action it hangs on
    occasion: str  # cadence window or digest of the evidence; the same occasion makes it only once
    values: Mapping[str, str]
    also: tuple[int, ...] = ()  # ids of other actions it stands by
    about: str = ""  # the company it is about; then that one recognises it, whatever record it hangs on


@dataclass(frozen=True, kw_only=True)
class StoredAction(Action):
    """An action as the store has it: what was sent of it, what came back, what the read-back said."""

    wave: int = -1  # -1 = nothing to send
    attempts: int = 0
    intent_at: datetime | None = None  # UTC; when its last send was put on record
    duration_ms: int = 0  # of the send that answered it, shared by its whole batch
    refusals: tuple[tuple[str, str, str], ...] = ()  # (field, code, the CRM's sentence)
    theirs: Mapping[str, Value] = field(default_factory=dict)  # stale: what the CRM holds instead
    proof: Proof | None = None
    proof_details: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # field -> (sent, held)
    proved_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of an action at its send; `attempts` as on record."""

    id: int
    state: ActionState
    crm_id: str = ""
    code: str = ""
    message: str = ""
    refusals: tuple[tuple[str, str, str], ...] = ()
    theirs: Mapping[str, Value] = field(default_factory=dict)
    changes: tuple[Change, ...] | None = None  # what was really written, where less than planned


@dataclass(frozen=True, kw_only=True)
class Proved:
    id: int
    proof: Proof
    details: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RowVerdict:
    """Where a row's outcome comes from: its own problem, or the action that serves it."""

    row: int
    main_action: int = 0  # 0 = none (the row is blocked or skipped by itself)
    own: Outcome | None = None  # BLOCKED by its own cells, SKIPPED by choice; None = take the action's
    duplicate_of: int = 0  # the main row of its group; 0 = it is the main row
    other_actions: tuple[int, ...] = ()  # company and link actions this row needs
