"""One organisation with something in every table, and a call for every method of every repository."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import sqlalchemy as sa
from cryptography.fernet import Fernet
from pydantic import TypeAdapter

from smartsync_core import store
from smartsync_core.errors import NeedsPerson
from smartsync_core.model.access import Identity, Role
from smartsync_core.model.automation import DealPlace, Findings
from smartsync_core.model.connection import OAuthTokens
from smartsync_core.model.crm import ObjectName, Record, Window
from smartsync_core.model.duplicates import CompanyDecision, LikelyPair
from smartsync_core.model.evidence import Evidence, Tier
from smartsync_core.model.mapping import FieldMapping, RecordType, Target
from smartsync_core.model.plan import (
    Action,
    ActionKind,
    ActionState,
    Answer,
    Change,
    Draft,
    Match,
    MatchKind,
    Outcome,
    Proof,
    Proved,
    Reason,
    RowVerdict,
    StoredAction,
)
from smartsync_core.model.run import ImportOptions, RunState
from smartsync_core.model.spending import Budget, Llm, Prices, Spent
from smartsync_core.model.table import RawRow, Table
from smartsync_core.model.webhook import Change as Told
from smartsync_core.planning.accounting import RowOutcome
from smartsync_core.planning.followups import CLIENT_KEY
from smartsync_core.store import tables
from smartsync_core.store.charts import Why
from smartsync_core.store.ledger import WaveLines
from smartsync_core.store.owners_given import Given
from smartsync_core.store.research import Check
from smartsync_core.store.secrets import Secrets

__all__ = ["METHODS", "ONE", "TWO", "InOneTransaction", "Method", "fill", "org_tables", "rows_of_one"]

ONE, TWO = "one", "two"
AT = datetime.now(UTC)
SECRETS = Secrets([Fernet.generate_key().decode()])
KEY = f"ssk_{'0' * 12}_{'a' * 43}"


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


_DRAFT = Draft(
    row=2,
    object=ObjectName.CONTACTS,
    values={"email": "ada@one.example"},
    key_field="email",
    key_value="ada@one.example",
)
_ACTION = StoredAction(
    id=1,
    object=ObjectName.CONTACTS,
    kind=ActionKind.CREATE,
    state=ActionState.DONE,
    rows=(2,),
    changes=(Change("email", None, "new@one.example"),),
    group_row=2,
)
_NEW_ACTION = Action(
    id=90, object=ObjectName.CONTACTS, kind=ActionKind.NONE, state=ActionState.SKIPPED, rows=(2,)
)
_REASON = Reason(row=2, field="Email", code="bad_email", message="This is no address.")
_CHECK = Check(source="website", state="found", reason="", evidence=("e",), boards={}, checked_at=AT)
_EVIDENCE = Evidence(
    source="website",
    field="industry",
    value="Software",
    as_of=date(2026, 11, 25),
    fetched_at=AT,
    tier=Tier.FIRST_PARTY,
)
_TOLD = Told(
    key="told anew",
    portal_id="7",
    kind="contact.creation",
    object_type="",
    record_id="123",
    field="",
    source="CRM",
    source_id="",
    occurred_at=AT,
)

LONG_AGO = AT - timedelta(days=30)
_FOUND = Findings(company="domain:one.example", name="One", overall=70, summary="Of one.", at=AT)
_MAPPING = FieldMapping(source="Town", target=Target(object=ObjectName.CONTACTS, property="city"))
_WHY = Why(code="bad_email", field="Email", recipe="", rows=1, example="")
_LLM = Llm(model="m", base_url="", key="", prices=Prices(), budget=Budget(), deadline_s=1.0)

_MET = Identity(issuer="https://login.example", subject="ann", name="Ann", email="ann@one.example")
_MET_ID = digest(f"{ONE}\n{_MET.issuer}\n{_MET.subject}")[:32]
_PLAN = {"run_id": "run", "object": "contacts", "rows": [2], "main_row": 2, "group_row": 2, "wave": 0}
SEEDS: dict[str, list[dict[str, object]]] = {
    "users": [{"id": _MET_ID, "role": "admin"}],
    "api_keys": [{"id": "0" * 12, "role": "admin", "digest": digest(KEY), "last_used_at": None, "revoked_at": None}],
    "api_answers": [
        {"key_id": "key", "token": digest("token"), "request": digest("request"), "status": 200},
        {"key_id": "key", "token": digest("open"), "request": digest("request"), "status": None},
    ],
    "audit": [{"subject_id": "account"}],
    "crm_integrations": [
        {"id": "account", "name": "Sales", "portal_id": "7", "crm_type": "hubspot", "kind": "production"}
        | {"sync_direction": "to_crm", "sync_frequency": "manual"}
        | {"access_token": SECRETS.seal(ONE, "access_token", "pat-na1-one"), "refresh_token": None}
    ],
    "crm_sync_logs": [{"action_id": 1, "row_no": 2, "sync_type": "contact", "status": "success", "crm_record_id": "101"}
                      | {"before": {"email": None}, "after": {"email": "ada@one.example"}},
                      {"id": "replaced", "action_id": 2, "sync_type": "contact", "status": "success", "operation": "update"}
                      | {"before": {"email": "old@one.example"}, "after": {"email": "ada@one.example"}}],
    "crm_entity_mappings": [{"entity_type": "contacts", "key_field": "email", "key_value": "ada@one.example", "closed": False}
                            | {"held": {"phone": ["1", "2"]}}],
    "oauth_states": [
        {"state": digest("state"), "verifier": SECRETS.seal(ONE, "oauth_verifier", "verifier"), "begun_at": AT}
    ],
    "suppressions": [{"kind": "email", "value": "ada@one.example"}, {"kind": "domain", "value": "one.example"}],
    "uploads": [{"id": "upload", "sha256": "sha", "columns": ["Email"], "notes": []},
                {"id": "unfinished", "sha256": "none", "columns": ["Email"], "notes": [], "row_count": -1}],
    "upload_rows": [{"row_no": 2, "cells": ["ada@one.example"]}, {"row_no": 3, "cells": ["bob@one.example"]},
                    {"upload_id": "never finished", "row_no": 2, "cells": []}],
    "import_drafts": [{"id": "draft", "state": {"file": "one"}}],
    "value_choices": [{"target": "contacts.city"}],
    "recipes": [{"id": "recipe", "columns": ["Email"], "choices": {"of": "one"}}],
    "runs": [
        {"id": "run", "kind": "import", "undo_of": None, "state": "done", "result": {"outcomes": {"created": 1}}},
        {"id": "undo", "kind": "undo", "undo_of": "run", "state": "running", "result": {}},
        {"id": "later", "kind": "import", "undo_of": None, "state": "done", "upload_id": "unfinished"}
        | {"approved_at": AT + timedelta(days=1)},
    ],
    "run_drafts": [
        {"object": "contacts", "row_no": 2, "key_field": "email", "key_value": "ada@one.example"}
        | {"email": "ada@one.example", "domain": "", "domain_source": "", "values": {"email": "ada@one.example"}}
        | {"group_row": 2},
        {"object": "contacts", "row_no": 3, "key_field": "", "key_value": "", "email": "", "domain": "", "values": {}},
        {"object": "companies", "row_no": 2, "key_field": "domain", "key_value": "one.example", "name_key": "one"}
        | {"domain": "one.example", "domain_source": "email", "values": {"name": "One"}, "group_row": 2},
        {"object": "companies", "row_no": 3, "key_field": "domain", "key_value": "one.example", "name_key": "other"}
        | {"domain": "one.example", "domain_source": "email", "values": {"name": "Other"}, "group_row": 3},
    ],
    "run_matches": [
        {"object": "contacts", "key_field": "email", "key_value": "ada@one.example", "kind": "one", "crm_id": "101"},
        {"object": "companies", "key_field": "name+country", "key_value": "one|", "kind": "possible", "crm_id": ""}
        | {"candidates": [["201", "One"]]},
    ],
    "crm_field_mappings": [{"entity_type": "contacts", "crm_field": "city", "steps": [], "policy": None}],
    "field_mapping_versions": [{"entity_type": "contacts", "version": 1, "mappings": []}],
    "likely_pairs": [{"object": "contacts", "row_no": 2, "later_row": 3}],
    "run_findings": [{"found": TypeAdapter(Findings).dump_python(_FOUND, mode="json")}],
    "owners_given": [{"owner": "7", "name": "dana@one.example", "action_id": 3}],
    "summaries": [{"id": "summary", "state": "ok", "sentences": []}],
    "records": [{"object": "contacts", "crm_id": "101", "properties": {"email": "ada@one.example"}}],
    "plan_actions": [
        _PLAN | {"id": 1, "kind": "create", "state": "done", "crm_id": "101", "proof": None}
        | {"changes": [["email", None, "ada@one.example"]]},
        _PLAN | {"id": 2, "kind": "update", "state": "done", "crm_id": "102", "proof": "changed"}
        | {"changes": [["phone", "1", None]], "proof_details": {"phone": ["1", "2"]}}
        | {"key_field": "email", "key_value": "ada@one.example"},
        _PLAN | {"id": 3, "object": "companies", "kind": "create", "state": "done", "crm_id": "201", "proof": "missing"},
        _PLAN | {"id": 4, "kind": "create", "state": "planned", "wave": 1, "group_row": 9},
        _PLAN | {"id": 5, "kind": "update", "state": "failed", "wave": 1, "group_row": 9},
        _PLAN | {"id": 6, "kind": "none", "state": "blocked", "wave": -1, "group_row": 9, "rows": [2, 3], "code": "bad_email"},
        _PLAN | {"id": 7, "kind": "update", "state": "skipped", "wave": 1, "group_row": 9},
        _PLAN | {"id": 8, "object": "tasks", "kind": "create", "state": "done", "crm_id": "301"}
        | {"associations": [["contacts", 1]], "key_field": CLIENT_KEY},
        _PLAN | {"id": 9, "object": "companies", "kind": "none", "state": "blocked", "code": "possible_match", "wave": -1}
        | {"key_field": "name+country", "key_value": "one|"},
        _PLAN | {"id": 10, "object": "companies", "kind": "none", "state": "unchanged", "crm_id": "201", "wave": -1}
        | {"key_field": "name+country", "key_value": "one|"},
        _PLAN | {"id": -1, "kind": "link", "state": "done", "from_action": 1, "to_action": 3, "crm_id": "101"},
        _PLAN | {"id": -4, "kind": "link", "state": "planned", "from_action": 4, "to_action": 3},
        _PLAN | {"run_id": "undo", "id": 1, "kind": "archive", "state": "done", "crm_id": "101"},
        _PLAN | {"run_id": "undo", "id": 2, "kind": "update", "state": "done", "crm_id": "102"}
        | {"changes": [["phone", None, "1"]]},
        _PLAN | {"run_id": "later", "id": 1, "kind": "update", "state": "done", "crm_id": "101"}
        | {"changes": [["phone", None, "1"]]},
    ],
    "run_edits": [{"row_no": 2, "repair": 1, "cells": ["ada@one.example"]}],
    "run_rows": [
        {"row_no": 2, "main_action": 1, "own": None, "duplicate_of": 0, "other_actions": [3]}
        | {"predicted": "created", "outcome": "blocked", "repair": 1, "awaits_plan": True},
        {"row_no": 3, "main_action": 4, "own": None, "duplicate_of": 0, "other_actions": []}
        | {"predicted": "created", "outcome": "created", "repair": 1, "awaits_plan": False},
        {"run_id": "later", "row_no": 2, "main_action": 1, "own": None, "duplicate_of": 0, "other_actions": []}
        | {"predicted": "updated", "outcome": "created"},
        {"run_id": "later", "row_no": 3, "main_action": 0, "own": "skipped", "duplicate_of": 0, "other_actions": []}
        | {"predicted": "skipped", "outcome": "skipped"},
    ],
    "run_first_reasons": [{"row_no": 2, "field": "Email", "code": "bad_email"}],
    "need_assignees": [{"subject": "cell|run|bad_email|Email"}],
    "settled_outcomes": [{"outcome": "blocked", "rows": 1, "first_pass": 1}],
    "settled_reasons": [
        {"told": told, "code": "bad_email", "field": "Email", "rows": 1, "example_row": 2} for told in ("first", "now")
    ],
    "settled_cells": [{"object": "contact", "field": "email", "replaced": 1}],
    "run_reasons": [{"row_no": 2, "field": "Email", "code": "bad_email", "origin": "plan"}],
    "research_evidence": [{"field": "industry", "id": "e"}],
    "research_checks": [{"source": "website", "evidence": ["e"]}],
    "score_cards": [{"sha256": "card", "name": "Ours"}],
    "score_card_in_use": [{"sha256": "card"}],
    "score_card_drafts": [{"text": "target: 80", "begun_from": "card"}],
    "scores": [{"id": "score", "evidence": ["e"]}],
}  # fmt: skip
"""Rows of each table; columns that are not named are filled by their type."""

_SAME: dict[str, object] = {
    "run_id": "run",
    "upload_id": "upload",
    "integration_id": "account",
    "company": "domain:one.example",
    "sha256": "sha",
    "options": {"record_type": "contacts", "columns": [], "keys": []},
    "record_type": "contacts",
    "received_at": datetime(2020, 1, 1, tzinfo=UTC),
    "blocked": False,
    "suppressed": "",
    "repair": None,
    "crm_id": "101",
    "key_field": "email",
    "key_value": "ada@one.example",
    "proof": "checked",
    "proof_details": {},
    "changes": [],
    "other_actions": [],
    "associations": [],
    "clears": [],
    "problems": [],
    "companies": [],
    "candidates": [],
    "rows": [2],
    "group_row": 0,
    "pause_after": None,
    "part": None,
    "marks": ["ada"],
    "refusals": [["email", "bad", "No."]],
}


def org_tables() -> list[sa.Table]:
    return [table for table in tables.metadata.sorted_tables if "org_id" in table.c]


def fill(conn: sa.Connection, org_id: str) -> None:
    """Something of this organisation in every table."""
    for table in org_tables():
        for given in SEEDS.get(table.name, [{}]):
            row = {
                column.name: given.get(column.name, _SAME.get(column.name, _plain(column)))
                for column in table.c
            }
            conn.execute(sa.insert(table).values(row | {"org_id": org_id}))


def _plain(column: sa.Column[Any]) -> object:
    match column.type:
        case sa.Boolean():
            return True
        case sa.Integer() | sa.Float():
            return 1
        case sa.TIMESTAMP():
            return AT
        case sa.Date():
            return AT.date()
        case sa.JSON():
            return {}
    return f"{column.name} of one"


def rows_of_one(conn: sa.Connection) -> list[tuple[str, str | None]]:
    """All that organisation ONE has, as (table, its rows)."""
    query = " UNION ALL ".join(
        f"SELECT '{table.name}' AS name, string_agg(CAST(t AS VARCHAR), '|' ORDER BY CAST(t AS VARCHAR)) AS rows "
        f"FROM \"{table.name}\" AS t WHERE org_id = '{ONE}'"
        for table in org_tables()
    )
    return sorted((name, rows) for name, rows in conn.exec_driver_sql(query))


class InOneTransaction:
    """Stands for the database of a repository: all that it does is one transaction, which the test rolls back."""

    def __init__(self, conn: sa.Connection, is_duckdb: bool) -> None:
        self.conn = conn
        self.is_duckdb = is_duckdb
        self.wrote = False

    @contextmanager
    def read(self, conn: sa.Connection | None = None) -> Iterator[sa.Connection]:
        yield conn or self.conn

    @contextmanager
    def write(self, conn: sa.Connection | None = None) -> Iterator[sa.Connection]:
        self.wrote = True
        yield conn or self.conn

    @contextmanager
    def write_apart(self, what: str) -> Iterator[sa.Connection]:
        with self.write() as conn:
            yield conn

    def alone(self, conn: sa.Connection, what: str) -> None:
        """Nobody else is there."""


class Method(NamedTuple):
    """What the store does for an organisation: a public method of a repository, or a function (then there is no repository)."""

    repository: Callable[..., Any] | None
    function: Callable[..., Any]

    def __str__(self) -> str:
        return self.function.__qualname__

    def __call__(self, database: InOneTransaction, org_id: str) -> object:
        """What it answers to a caller of `org_id` who asks for what belongs to organisation ONE."""
        if self.repository is None:
            database.wrote = True
            return self.function(**self._arguments({"conn": database.conn, "org_id": org_id}))
        repository = self.repository(database, org_id, **_BUILT_WITH.get(self.repository.__name__, {}))
        if own := _CALLS.get(str(self)):
            database.wrote = True
            return own(repository, database.conn)
        answer = self.function(**self._arguments({"self": repository}))
        return list(answer) if isinstance(answer, Iterator) else answer

    def _arguments(self, given: dict[str, object]) -> dict[str, object]:
        given |= _GIVEN.get(str(self), {})
        for name, parameter in inspect.signature(self.function).parameters.items():
            if name in given or parameter.default is not parameter.empty or parameter.kind in _MANY:
                continue
            if name not in _BY_NAME:
                raise LookupError(f"say in two_orgs.py with which `{name}` {self} is called")
            given[name] = _BY_NAME[name]
        return given


_MANY = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)


def _methods() -> Iterator[Method]:
    for module in pkgutil.iter_modules(store.__path__, f"{store.__name__}."):
        for one in vars(importlib.import_module(module.name)).values():
            if getattr(one, "__module__", "") != module.name or one.__name__.startswith("_"):
                continue
            if inspect.isfunction(one) and {"conn", "org_id"} <= inspect.signature(one).parameters.keys():
                yield Method(None, one)
            if (
                inspect.isclass(one)
                and {"database", "org_id"} <= inspect.signature(one.__init__).parameters.keys()
            ):
                yield from (Method(one, each) for name, each in vars(one).items() if _is_public(name, each))


def _is_public(name: str, member: object) -> bool:
    return inspect.isfunction(member) and not name.startswith("_")


METHODS = sorted(_methods(), key=str)

_BUILT_WITH: Mapping[str, dict[str, Any]] = {
    "Comparison": {"earlier": "run", "later": "later"},
    "Connections": {"secrets": SECRETS},
    "OAuthStates": {"secrets": SECRETS},
}

_BY_NAME: dict[str, object] = {
    "run_id": "run",
    "run_ids": ["run"],
    "from_run": "run",
    "to_run": "other",
    "upload_id": "upload",
    "integration_id": "account",
    "connection_id": "account",
    "key_id": "key",
    "draft_id": "draft",
    "recipe_id": "recipe",
    "company": "domain:one.example",
    "companies": ["domain:one.example"],
    "domain": "one.example",
    "crm_type": "hubspot",
    "tokens": OAuthTokens(access="new", refresh="new", expires_at=AT, renew_at=AT),
    "state": "state",
    "crm_id": "101",
    "crm_ids": ["101", "102"],
    "sha256": "sha",
    "object_name": ObjectName.CONTACTS,
    "ids": [1, 2, 3, 4],
    "rows": [2],
    "numbers": [2],
    "group_rows": [2],
    "groups": [2],
    "limit": 50,
    "row_count": 5,
    "name": "Sales",
    "columns": ["Email"],
    "who": "somebody",
    "by": "somebody",
    "at": AT,
    "as_of": AT,
    "read_at": AT,
    "until": AT + timedelta(days=400),
    "began_at": AT,
    "kind": "email",
    "token": "token",
    "request": "request",
    "status": 201,
    "wave": 0,
    "what": "test.made",
    "reasons": [_REASON],
    "origin": "plan",
    "duration_ms": 5,
    "target": "contacts.city",
    "field": "industry",
    "text": KEY,
}  # fmt: skip
"""What a parameter of this name is given, in whichever method."""

_OPTIONS = ImportOptions(record_type=RecordType.CONTACTS, columns=(), keys=())
_GIVEN: dict[str, dict[str, object]] = {
    "ApiAnswers.keep": {"answer": {"of": "another"}},
    "ApiKeys.get": {"key_id": "0" * 12},
    "ApiKeys.make": {"role": Role.ADMIN},
    "ApiKeys.revoke": {"key_id": "0" * 12},
    "Connections.note_failure": {"refresh": "refresh", "error": NeedsPerson("No longer let in.")},
    "Connections.note_refusal": {"error": NeedsPerson("No longer let in.")},
    "Connections.save": {"crm_type": "hubspot", "base_url": "", "token": "pat-na1-other"},
    "Connections.set_fields_added": {"added": False},
    "Connections.set_switches": {"auto_score": True},
    "Connections.set_base_url": {"base_url": "http://other.example"},
    "Connections.rotate": {"secrets": SECRETS},
    "ChangeHistory.written": {"fields": ["email"]},
    "CallTimes.add": {"counted": {(AT, 3): 1}},
    "CallTimes.weeks": {"since": LONG_AGO},
    "Charts.cells": {"since": LONG_AGO, "now": AT + timedelta(days=20)},
    "Charts.landed": {"since": LONG_AGO},
    "Charts.pace": {"since": LONG_AGO},
    "Charts.took": {"since": LONG_AGO},
    "Charts.waiting": {"now": AT},
    "Charts.why": {"since": LONG_AGO},
    "Behind.cells": {"since": LONG_AGO, "object_name": ObjectName.CONTACTS, "field": "email", "effect": "filled"},
    "Behind.landed": {"week": (AT - timedelta(days=AT.weekday())).date(), "outcome": "blocked", "undone": False},
    "Behind.took": {"since": LONG_AGO, "most_rows": 100},
    "Behind.waiting": {"now": AT, "days": "<1"},
    "Behind.why": {"since": LONG_AGO, "why": _WHY},
    "Behind.why_rows": {"since": LONG_AGO, "why": _WHY},
    "Assignees.assign": {"subjects": ["cell|run|bad_email|Email"], "assignee": "Ben"},
    "Organisation.set_time_zone": {"name": "Asia/Tokyo"},
    "DealPlaces.choose": {"place": DealPlace(pipeline="another", stage="another")},
    "Drafts.add": {"drafts": [Draft(**{**vars(_DRAFT), "row": 7})]},
    "Drafts.add_matches": {
        "matches": {("email", "new@one.example"): Match(kind=MatchKind.NONE)},
        "found": [Record(object=ObjectName.CONTACTS, id="900", properties={})],
        "companies": {},
    },
    "Drafts.domains": {"object_name": ObjectName.COMPANIES, "group_rows": [3]},
    "Drafts.groups": {"at_most": 50},
    "Drafts.keys": {"object_name": ObjectName.COMPANIES, "after": ("", "")},
    "Drafts.named": {"rows": [2, 3]},
    "Drafts.part_shared_domains": {"name_key_field": "name+country"},
    "Edits.over": {"rows": [RawRow(2, ("as uploaded",))]},
    "FieldMappings.save": {"mappings": [_MAPPING]},
    "Grouping.fold": {"into": {2: 3}},
    "HeaderChoices.of": {"record_type": RecordType.CONTACTS},
    "HeaderChoices.remember": {"record_type": RecordType.CONTACTS, "chosen": {"phone": "contacts.phone"}},
    "ImportDrafts.save": {"state": {"file": "other"}, "draft_id": "draft"},
    "Inbox.numbers": {"code": "bad_email", "column": "Email"},
    "Inbox.page": {"run_id": "run"},
    "Likely.keep": {"pairs": [LikelyPair(object=ObjectName.CONTACTS, row=8, later=9, why="a name")]},
    "Links.close": {"said": {("email", "ada@one.example"): "101"}},
    "Links.lookup": {"keys": [("email", "ada@one.example")]},
    "Links.point": {"to": {("email", "ada@one.example"): "102", ("email", "new@one.example"): "103"}},
    "Plans.add_actions": {"actions": [_NEW_ACTION]},
    "Plans.add_rows": {"verdicts": [RowVerdict(row=7)]},
    "Plans.answer": {"answers": [Answer(id=4, state=ActionState.FAILED, changes=())]},
    "Plans.assign_waves": {"first": 5},
    "Plans.hang_on": {"rows_of": {8: [2]}},
    "Plans.intend": {"actions": [_ACTION]},
    "Plans.links_from": {"ids": [4], "reached": list(ActionState)},
    "Plans.predict": {"outcomes": [(2, RowOutcome(Outcome.FAILED, partly=False))]},
    "Plans.prove": {"proofs": [Proved(id=1, proof=Proof.MISSING)]},
    "Plans.settle": {"outcomes": [(2, RowOutcome(Outcome.FAILED, partly=False))]},
    "Plans.wave": {"states": list(ActionState)},
    "Plans.withdraw": {"actions": [_ACTION]},
    "Privacy.held": {"text": "ada@one.example"},
    "Privacy.purge": {"text": "ada@one.example"},
    "Recipes.save": {"name": "name of one", "choices": {"of": "another"}},
    "Repairs.begin": {"cells": {2: ["new@one.example"]}},
    "Repairs.plan": {"actions": [_NEW_ACTION], "verdicts": [RowVerdict(row=2, main_action=90)]},
    "Research.keep_score": {"card_sha256": "card", "evidence": ["e"], "result": "{}"},
    "People.get": {"person_id": _MET_ID},
    "People.meet": {"identity": _MET},
    "People.of": {"identity": _MET},
    "People.set_role": {"person_id": _MET_ID, "role": Role.VIEWER},
    "Recipes.written": {"columns": ["Phone"], "choices": {"of": "another"}},
    "Research.answers": {"source": "website"},
    "Research.companies_with": {"value": "value of one"},
    "Research.note": {"answers": [(_CHECK, [_EVIDENCE])]},
    "OwnersGiven.by_others": {"run_id": "another"},
    "OwnersGiven.keep": {"given": {"domain:new.example": Given(owner="8", name="eve", action_id=1)}},
    "RunFindings.held_owners": {"field": "email"},
    "RunFindings.keep": {"found": replace(_FOUND, company="domain:new.example"), "asked": True, "took_ms": 9},
    "Runs.calls_since": {"moment": LONG_AGO},
    "Summaries.last": {"digest": "digest of one"},
    "Summaries.reserve": {"digest": "another", "run_id": "another", "llm": _LLM, "at_most": Spent(read=9), "request": "What?"},
    "Summaries.settle": {"summary_id": "summary", "state": "ok", "reason": "", "sentences": [], "dropped": 3}
    | {"spent": Spent(read=9), "took_ms": 9, "reply": "Another."},
    "Runs.add_work": {"calls": {Window.APP: 3}, "seconds": 1.0},
    "Runs.claim": {"expected": RunState.DONE, "new": RunState.RUNNING},
    "Namesakes.others": {"keys": {("name+country", "one|")}},
    "Runs.forget_company": {"key": ("domain", "one.example")},
    "Runs.decide_company": {"decision": CompanyDecision(key_field="domain", key_value="one.example")},
    "Runs.create": {"options": _OPTIONS},
    "Runs.update": {"message": "changed"},
    "ScoreCards.keep": {"sha256": "another", "version": 9},
    "ScoreCards.save_draft": {"begun_from": "another"},
    "ScoreCards.text": {"sha256": "card"},
    "ScoreCards.use": {"sha256": "another"},
    "ScoreCards.versions": {"name": "Ours"},
    "Suppressions.add": {"values": ["new@one.example"]},
    "Suppressions.added_since": {"moment": datetime(2000, 1, 1, tzinfo=UTC)},
    "Suppressions.matching": {"emails": ["ada@one.example"], "domains": ["one.example"]},
    "Suppressions.remove": {"values": ["ada@one.example"]},
    "Uploads.counts": {"place": 0},
    "ValueChoices.remember": {"choices": {"value of one": "Another"}},
    "close_archived": {"binned": {"contacts": ["101"]}},
    "keep_wave": {"said": WaveLines(lines=[], binned={"contacts": ["101"]})},
    "keep_held": {"held": [("email", "ada@one.example", {"phone": ("1", "2")})]},
    "Webhooks.take": {"crm_type": "hubspot", "signature": "signed", "changes": [_TOLD]},
}  # fmt: skip
"""What one method is given beside that."""

_CALLS: dict[str, Callable[[Any, sa.Connection], object]] = {
    "ApiKeys.known": lambda one, _: (one.recognise(KEY), one.known(KEY)),
    "Connections.failure": lambda one, _: (one.failure("account", "refresh"), one.get("account")),
    "Connections.lock_of": lambda one, _: (one.lock_of("account").locked(), one.get("account")),
    "Connections.token_source": lambda one, _: one.token_source("account").token(),
    "Drafts.group": lambda one, _: one.group("run", ObjectName.CONTACTS),
    "Edits.put": lambda one, conn: one.put(conn, "run", {2: ["new@one.example"]}, repair=2, who="somebody", at=AT),
    "Runs.in_state": lambda one, _: one.in_state(*RunState),
    "Uploads.store": lambda one, _: _stored(one),
}  # fmt: skip
"""Methods whose answer has to be asked further, or that take something that can be used only once."""


def _stored(uploads: Any) -> object:
    table = Table(name="leads.csv", columns=("Email",), rows=iter([RawRow(2, ("new@one.example",))]))
    return uploads.store(table, "another").columns
