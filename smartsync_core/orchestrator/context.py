"""What a use case works with. Built once by wiring; sessions keep one connector per run, with its calls counted."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Protocol

from smartsync_core.connectors.base import BaseCRMConnector
from smartsync_core.engine import Engine
from smartsync_core.enrichment.llm.server import Server
from smartsync_core.enrichment.places import Places
from smartsync_core.errors import NeedsPerson, NotAllowed, SmartSyncError
from smartsync_core.model.access import Role
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import Account, ObjectName, Owner, Paces, Pipeline, Schema, Window
from smartsync_core.model.run import Run, RunState
from smartsync_core.orchestrator.gate import Gate
from smartsync_core.orchestrator.look_ups import LookUps
from smartsync_core.settings import Settings
from smartsync_core.store.api_answers import ApiAnswers
from smartsync_core.store.api_keys import ApiKeys
from smartsync_core.store.audit import Audit
from smartsync_core.store.call_times import CallTimes
from smartsync_core.store.change_history import ChangeHistory
from smartsync_core.store.connections import Connections
from smartsync_core.store.database import Database
from smartsync_core.store.deal_places import DealPlaces
from smartsync_core.store.drafts import Drafts
from smartsync_core.store.field_mappings import FieldMappings
from smartsync_core.store.findings import RunFindings
from smartsync_core.store.header_choices import HeaderChoices
from smartsync_core.store.import_drafts import ImportDrafts
from smartsync_core.store.links import Links
from smartsync_core.store.oauth_states import OAuthStates
from smartsync_core.store.orgs import Organisation
from smartsync_core.store.own_rows import OwnRows
from smartsync_core.store.owners_given import OwnersGiven
from smartsync_core.store.people import People
from smartsync_core.store.plans import Plans
from smartsync_core.store.privacy import Privacy
from smartsync_core.store.recipes import Recipes
from smartsync_core.store.research import Research
from smartsync_core.store.results import Results
from smartsync_core.store.runs import Runs
from smartsync_core.store.score_cards import ScoreCards
from smartsync_core.store.summaries import Summaries
from smartsync_core.store.suppressions import Suppressions
from smartsync_core.store.sync_logs import SyncLogs
from smartsync_core.store.uploads import Uploads
from smartsync_core.store.value_choices import ValueChoices
from smartsync_core.store.webhooks import Webhooks
from smartsync_core.store.wishes import Wishes

__all__ = ["Context", "OpenConnector", "PracticeProcess", "Session"]

_FEW = 20  # rows of a run whose steps are one transaction each
_SAVED_EVERY_S = 1.0  # what a run has cost so far
_REFUSED = ("key_expired", "key_refused")  # codes of a key that opens nothing any more


class OpenConnector(Protocol):
    """A connector of an account, told of and asked before every request; lane and patience as in its settings."""

    def __call__(
        self,
        connection: Connection,
        *,
        on_call: Callable[[Window], None],
        before_call: Callable[[bool], None],
        interactive: bool,
        prompt: bool,
    ) -> BaseCRMConnector: ...


class PracticeProcess(Protocol):
    """The made-up CRM; `address` starts it if need be, `reset` empties it, `forget` removes all that names somebody."""

    def address(self) -> str: ...

    def reset(self) -> None: ...

    def naming(self, whom: str) -> list[dict[str, object]]: ...

    def forget(self, whom: str) -> int: ...


@dataclass
class Session:
    """A run's connector, and what it learnt of the account; counts its calls."""

    connector: BaseCRMConnector
    gate: Gate
    calls: Counter[Window] = field(default_factory=Counter)
    earlier: Counter[Window] | None = None  # the run's calls before this session
    saved: Counter[Window] = field(default_factory=Counter)  # of `calls`, what is in the store
    unsaved_s: float = 0.0  # of working time
    saved_at: float = field(default_factory=time.monotonic)
    adopted: bool = False  # a run has taken it over
    _schemas: dict[ObjectName, Schema] = field(default_factory=dict)
    _owners: list[Owner] | None = None
    _pipelines: list[Pipeline] | None = None
    _account: Account | None = None

    def schema(self, object_name: ObjectName) -> Schema:
        if object_name not in self._schemas:
            self._schemas[object_name] = self.connector.describe(object_name)
        return self._schemas[object_name]

    def recall(self, schema: Schema) -> None:
        """Take a schema that was read a moment ago as known."""
        self._schemas[schema.object] = schema

    def owners(self) -> list[Owner]:
        if self._owners is None:
            self._owners = self.connector.owners()
        return self._owners

    def pipelines(self) -> list[Pipeline]:
        """Of deals."""
        if self._pipelines is None:
            self._pipelines = self.connector.pipelines()
        return self._pipelines

    def account(self) -> Account:
        if self._account is None:
            self._account = self.connector.check()
        return self._account


@dataclass
class Context:
    """Everything below the use cases, for one org and one user."""

    settings: Settings
    database: Database
    engine: Engine
    org_id: str
    user: str
    role: Role  # what that user may do
    connections: Connections
    oauth_states: OAuthStates
    uploads: Uploads
    runs: Runs
    drafts: Drafts
    plans: Plans
    links: Links
    own_rows: OwnRows
    research: Research
    summaries: Summaries
    score_cards: ScoreCards
    findings: RunFindings
    deal_places: DealPlaces
    owners_given: OwnersGiven
    results: Results
    change_history: ChangeHistory
    suppressions: Suppressions
    import_drafts: ImportDrafts
    sync_logs: SyncLogs
    value_choices: ValueChoices
    field_mappings: FieldMappings
    header_choices: HeaderChoices
    recipes: Recipes
    audit: Audit
    organisation: Organisation
    call_times: CallTimes
    privacy: Privacy
    api_keys: ApiKeys
    people: People
    api_answers: ApiAnswers
    webhooks: Webhooks
    wishes: Wishes
    open_connector: OpenConnector
    trial_connector: Callable[[str, str, str], BaseCRMConnector]  # (crm_type, base_url, token), nothing saved
    practice: PracticeProcess
    places: Places  # that are asked about companies
    llm: Server | None  # that phrases summaries
    look_ups: LookUps = field(default_factory=LookUps)
    awaited: dict[str, list[SmartSyncError]] = field(
        default_factory=dict
    )  # previews that somebody waits for, and what ended them
    _sessions: dict[str, Session] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def acting_as(self, who: str, role: Role | None = None) -> Context:
        """The same services in the name of somebody else of the org, with that role, else with the one it has."""
        return replace(self, user=who, role=role or self.role)

    def refuse_below(self, role: Role) -> None:
        """Raise NotAllowed where that takes more than the user's role."""
        if not self.role.may(role):
            raise NotAllowed(
                f"This takes the role {role}; yours is {self.role}.",
                hint="An admin gives roles under Setup → People and keys.",
                code="role_too_small",
            )

    def connected(self, connection_id: str) -> Connection:
        """For work that reaches the CRM. Raises NeedsPerson where somebody disconnected it."""
        connection = self.connections.get(connection_id)
        if not connection.is_active:
            raise NeedsPerson(
                f"The account “{connection.name}” is disconnected.",
                hint="Connect it again under Accounts.",
                code="disconnected",
            )
        return connection

    @contextmanager
    def session(self, run: Run, *, heeds: bool = False) -> Iterator[Session]:
        """The run's session; what happens inside is added to the run's calls and working time.

        With `heeds`, writes end with Halted once somebody wishes the run to pause or stop.
        """
        session, started, in_order = self._session_of(run), time.monotonic(), False
        session.gate.watch(run, heeds=heeds)
        if session.earlier is None:
            session.earlier = Counter(run.calls)
        try:
            with self._told_if_refused(run.integration_id):
                yield session
            in_order = True
        finally:
            session.unsaved_s += time.monotonic() - started
            soon = in_order and run.max_calls is None  # else what comes next wants to know it
            if not soon or time.monotonic() - session.saved_at > _SAVED_EVERY_S:
                self.save_work(run.id)

    def save_work(self, run_id: str) -> None:
        """Put on record what a run's session has cost since it was last saved: before anybody is told its numbers."""
        with self._lock:
            session = self._sessions.get(run_id)
            if session is None:
                return
            calls, seconds = session.calls - session.saved, session.unsaved_s
            session.saved, session.unsaved_s, session.saved_at = session.calls.copy(), 0.0, time.monotonic()
        if calls or seconds:
            self.runs.add_work(run_id, calls, seconds)

    @contextmanager
    def few_together(self, run: Run) -> Iterator[None]:
        """Of a run of a few rows, all that is written inside is one transaction; nothing inside may ask the CRM.

        Of many rows each chunk stays one of its own, so that others who write get their turn.
        """
        with self.database.together() if run.row_count <= _FEW else nullcontext():
            yield

    def calls_made(self, run: Run) -> Counter[Window]:
        """Of the run so far, those included that are not in the store yet."""
        with self._lock:
            session = self._sessions.get(run.id)
            if session is None or session.earlier is None:
                return Counter(run.calls)
            return session.earlier + session.calls

    def paces(self, run: Run) -> Paces | None:
        """What the limits of the run's account allow at this moment; None where nothing of the run is under way."""
        with self._lock:
            session = self._sessions.get(run.id)
        return session.connector.paces() if session else None

    def end_session(self, run_id: str) -> None:
        self.save_work(run_id)
        with self._lock:
            session = self._sessions.pop(run_id, None)
        if session is not None:
            session.connector.close()

    def forget_key(self, connection_id: str) -> None:
        """What rests holds no key: who goes on with it opens the account anew, with the key that it has then."""
        for run_id in list(self._sessions):
            run = self.runs.get(run_id)
            if run.integration_id == connection_id and not run.state.open:
                self.end_session(run_id)

    @contextmanager
    def visit(
        self,
        connection: Connection,
        *,
        interactive: bool = True,
        prompt: bool = True,
        looks_only: bool = False,
    ) -> Iterator[Session]:
        """A session outside any run: a person looks at an account. A run may adopt it. `looks_only`: it can write nothing.

        Where its key is refused the account says so from then on; where it answers, what was said before is past.
        """
        session = self._open(connection, interactive=interactive, prompt=prompt, looks_only=looks_only)
        try:
            with self._told_if_refused(connection.id):
                yield session
            if connection.last_error and session.calls:
                self.connections.note_answer(connection.id)
        finally:
            if not session.adopted:
                session.connector.close()

    @contextmanager
    def _told_if_refused(self, connection_id: str) -> Iterator[None]:
        try:
            yield
        except NeedsPerson as error:
            if error.code in _REFUSED:
                self.connections.note_refusal(connection_id, error)
            raise

    def adopt(self, run_id: str, session: Session) -> None:
        """Hand a visit's session over to a run that begins with it."""
        session.adopted = True
        with self._lock:
            self._sessions[run_id] = session

    def close(self) -> None:
        self.look_ups.close()
        for run_id in list(self._sessions):
            self.end_session(run_id)

    def _session_of(self, run: Run) -> Session:
        with self._lock:
            if run.id in self._sessions:
                return self._sessions[run.id]
        connection, prompt = self.connected(run.integration_id), run.state is RunState.PREVIEWING
        session = self._open(connection, interactive=False, prompt=prompt)
        with self._lock:
            return self._sessions.setdefault(run.id, session)

    def _open(
        self, connection: Connection, *, interactive: bool, prompt: bool, looks_only: bool = False
    ) -> Session:
        calls: Counter[Window] = Counter()
        gate = Gate(self.wishes, self.engine, looks_only=looks_only)
        lock = self._lock

        def count(window: Window) -> None:
            with lock:
                calls[window] += 1

        connector = self.open_connector(
            connection, on_call=count, before_call=gate.ask, interactive=interactive, prompt=prompt
        )
        return Session(connector=connector, gate=gate, calls=calls)
