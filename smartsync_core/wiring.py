"""Builds the concrete things once, registers the workflows before the engine starts, and stops all in order."""

from __future__ import annotations

import atexit
import gc
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import cast

from smartsync_core.connectors.base import BaseCRMConnector
from smartsync_core.connectors.base import Settings as ConnectorSettings
from smartsync_core.connectors.registry import CRMConnectorFactory
from smartsync_core.engine import Engine
from smartsync_core.enrichment.llm.server import Server
from smartsync_core.enrichment.places import Places
from smartsync_core.http import FixedToken, RateLimiter, SendTimes, limiters
from smartsync_core.model.access import Role
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import Window
from smartsync_core.model.run import Run
from smartsync_core.orchestrator import late_check, oauth, preview, repair, undo, write
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.people import FirstAdmin
from smartsync_core.orchestrator.practice import PRACTICE_URL, STOPPED, Practice
from smartsync_core.orchestrator.recover import recover
from smartsync_core.orchestrator.single import SmartSyncOrchestrator
from smartsync_core.settings import Settings, configure_logging
from smartsync_core.store.api_answers import ApiAnswers
from smartsync_core.store.api_keys import ApiKeys
from smartsync_core.store.audit import Audit
from smartsync_core.store.backup import rewrite_if_asked
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
from smartsync_core.store.orgs import DEFAULT_ORG_ID, Organisation
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
from smartsync_core.store.secrets import Secrets
from smartsync_core.store.summaries import Summaries
from smartsync_core.store.suppressions import Suppressions
from smartsync_core.store.sync_logs import SyncLogs
from smartsync_core.store.uploads import Uploads
from smartsync_core.store.value_choices import ValueChoices
from smartsync_core.store.webhooks import Webhooks
from smartsync_core.store.wishes import Wishes

__all__ = ["NOBODY", "Application", "get_smartsync_orchestrator", "serve_smoothly"]

NOBODY = "local"  # who works where nobody has to log in
_YIELD_S = 0.0005
_REMEMBERED = timedelta(days=30)  # how long the engine keeps the steps of finished work; runs themselves stay


class Application:
    """One process of SmartSync: opened, started, stopped. Raises NeedsPerson when another process holds the data."""

    def __init__(self, settings: Settings) -> None:
        configure_logging(settings)
        self.settings = settings
        rewrite_if_asked(settings.database_url, settings.data_dir)
        self._database = Database(settings.database_url, data_dir=settings.data_dir)
        self._database.migrate()
        self._practice = Practice(settings.data_dir)
        self._engine = Engine(settings, self._database.of(DEFAULT_ORG_ID))
        self.context = self.context_of(DEFAULT_ORG_ID)
        self.orchestrator = SmartSyncOrchestrator(self.context)
        self.first_admin = FirstAdmin()
        self._engine.workflow(preview.WORKFLOW, partial(preview.preview_workflow, self.context))
        self._engine.workflow(late_check.WORKFLOW, partial(late_check.late_check_workflow, self.context))
        self._engine.workflow(undo.WORKFLOW, partial(undo.undo_workflow, self.context))
        self._engine.workflow(write.WORKFLOW, partial(write.write_workflow, self.context))
        self._engine.workflow(write.REPAIR, partial(repair.repair_workflow, self.context))

    def context_of(self, org_id: str) -> Context:
        """The services of one organisation. Workflows are those of the first one, whose process this is."""
        database = self._database.of(org_id)
        secrets = Secrets.from_settings(self.settings)
        connections = Connections(database, org_id, secrets)
        return Context(
            settings=self.settings,
            database=database,
            engine=self._engine,
            org_id=org_id,
            user=NOBODY,
            role=Role.ADMIN,
            connections=connections,
            oauth_states=OAuthStates(database, org_id, secrets),
            uploads=Uploads(database, org_id),
            runs=Runs(database, org_id),
            drafts=Drafts(database, org_id),
            plans=Plans(database, org_id),
            links=Links(database, org_id),
            own_rows=OwnRows(database, org_id),
            research=Research(database, org_id),
            summaries=Summaries(database, org_id),
            score_cards=ScoreCards(database, org_id),
            findings=RunFindings(database, org_id),
            deal_places=DealPlaces(database, org_id),
            owners_given=OwnersGiven(database, org_id),
            results=Results(database, org_id),
            change_history=ChangeHistory(database, org_id),
            suppressions=Suppressions(database, org_id),
            import_drafts=ImportDrafts(database, org_id),
            sync_logs=SyncLogs(database, org_id),
            value_choices=ValueChoices(database, org_id),
            field_mappings=FieldMappings(database, org_id),
            header_choices=HeaderChoices(database, org_id),
            recipes=Recipes(database, org_id),
            audit=Audit(database, org_id),
            organisation=Organisation(database, org_id),
            call_times=CallTimes(database, org_id),
            privacy=Privacy(database, org_id),
            api_keys=ApiKeys(database, org_id),
            people=People(database, org_id),
            api_answers=ApiAnswers(database, org_id),
            webhooks=Webhooks(database, org_id),
            wishes=Wishes(self.settings.data_dir),
            open_connector=partial(_open, self.settings, connections, self._practice),
            trial_connector=partial(_trial, self._practice),
            practice=self._practice,
            places=Places(
                register_key=self.settings.companies_house_key, base_urls=self.settings.research_base_urls
            ),
            llm=Server(self.settings.llm) if self.settings.llm else None,
        )

    def start(self) -> list[Run]:
        """Launch the engine; runs that were left open go on by themselves, and are returned."""
        limiters.keeper = _SendTimes(self._engine)  # first: what goes on by itself sends at once
        self.context.uploads.drop_unfinished()
        self.context.api_answers.drop_unfinished()
        self.context.webhooks.drop_old()
        self._engine.launch()
        self._engine.forget(datetime.now(UTC) - _REMEMBERED)
        _running[:] = [self]
        runs = recover(self.context)
        self.orchestrator.mind(runs)
        return runs

    def stop(self) -> None:
        """Engine (with a drain), connectors, store, practice account: in this order. Nothing is lost. Idempotent."""
        limiters.keeper = None
        if self in _running:
            _running.remove(self)
        self._engine.stop()
        self.context.close()
        self._database.close()
        rewrite_if_asked(self.settings.database_url, self.settings.data_dir)
        self._practice.stop()


_running: list[Application] = []  # the one of this process, while it is started
_opening = Lock()


def serve_smoothly() -> None:
    """For a process that is ours alone: nobody waits long for the garbage collector, nor for an import that computes.

    What is loaded by now stays, so it is no longer walked over. Rows by the thousand are made and freed by their reference
    counts; looking for cycles among them cost a fifth of a run. A thread that computes yields after half a millisecond: whoever
    answers a call stands in line behind it some ten times, after each look into the database.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    sys.setswitchinterval(_YIELD_S)


def get_smartsync_orchestrator() -> SmartSyncOrchestrator:
    """Of the application that this process runs; where there is none it is opened, and stopped when the process ends.

    Raises NeedsPerson when another process holds the data.
    """
    with _opening:
        if not _running:
            application = Application(Settings.from_env())
            application.start()
            atexit.register(application.stop)
        return _running[0].orchestrator


def _address(practice: Practice, base_url: str) -> str:
    """The practice account has a new address at each start; others keep theirs."""
    return practice.address() if base_url == PRACTICE_URL else base_url


def _open(
    settings: Settings,
    connections: Connections,
    practice: Practice,
    connection: Connection,
    *,
    on_call: Callable[[Window], None],
    before_call: Callable[[bool], None],
    interactive: bool,
    prompt: bool,
) -> BaseCRMConnector:
    return CRMConnectorFactory.create(
        connection.crm_type,
        ConnectorSettings(
            base_url=_address(practice, connection.base_url),
            tokens=connections.token_source(connection.id, oauth.renewal(settings, connection)),
            on_call=on_call,
            before_call=before_call,
            interactive=interactive,
            prompt=prompt,
            unreachable=STOPPED if connection.base_url == PRACTICE_URL else "",
            account_key=connection.id,
        ),
    )


def _trial(practice: Practice, crm_type: str, base_url: str, token: str) -> BaseCRMConnector:
    settings = ConnectorSettings(
        base_url=_address(practice, base_url), tokens=FixedToken(token), prompt=True, account_key=base_url
    )
    return CRMConnectorFactory.create(crm_type, settings)


class _SendTimes:
    """Keeps the send times of the last rate window beside the engine's checkpoints, so that a restart does not overshoot."""

    _EVERY_S = 0.25  # sends of a shorter time may be forgotten; the limiter stays 10 % below the limit

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._saved: dict[str, float] = {}

    def load(self, account_key: str) -> SendTimes | None:
        found = self._engine.get_note(f"sent {account_key}")
        if found is None:
            return {}
        return cast(SendTimes, found) if isinstance(found, dict) else None

    def save(self, account_key: str, limiter: RateLimiter) -> None:
        now = time.monotonic()
        if now - self._saved.get(account_key, 0.0) >= self._EVERY_S:
            self._saved[account_key] = now
            self._engine.put_note(f"sent {account_key}", limiter.snapshot())
