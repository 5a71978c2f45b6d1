"""Engine: registers workflows, launches DBOS, starts work, waits for it and stops without losing any.

What a crash or a stop leaves behind:
- A finished step or transaction is on record: it is not run again, its result is handed out instead.
- The step that was under way runs again (at least once).
- A transaction either committed together with its record or not at all.
- The workflow itself stays open and goes on by itself within seconds of the next launch.

So a workflow must be deterministic between its steps: the same calls in the same order, whatever the clock
says. An exception that leaves a step is on record too, and comes back at a replay as an error with the same
text but not of the same class; a step should return what its workflow wants to tell apart.

Everything here blocks: from an event loop, call it in a thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from contextvars import copy_context
from datetime import UTC, datetime
from enum import StrEnum
from threading import Condition, Event
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar, cast

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID

from smartsync_core.engine.datasource import create_datasource
from smartsync_core.engine.notes import Notes
from smartsync_core.errors import StopRun
from smartsync_core.settings import Settings
from smartsync_core.store.database import Database

__all__ = ["Engine", "EngineStopping", "WorkflowState"]

_log = logging.getLogger(__name__)

_P = ParamSpec("_P")
_R = TypeVar("_R")

_QUEUE = "bulk"
_MAX_RECOVERIES = 1_000  # then a workflow is parked: it probably kills its process
_NAP_S = 1.0  # clocks may be set while we wait, and a wait may become needless
_LOOK_S = 0.01  # between two looks at a workflow, right after one was entered or left here
_LOOK_AT_MOST_S = 0.3
_FORGOTTEN_AT_ONCE = 2_000  # workflows; the others go at the next start
_DRAIN_S = 10  # how long a stop waits for steps that are under way
_ASIDE_AT_ONCE = 40


class EngineStopping(BaseException):
    """The engine is stopping; the workflow stays open and goes on at the next launch.

    Not an Exception: DBOS would put any of those on record as the workflow's end.
    """


class WorkflowState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PARKED = "parked"  # taken up too often without coming to an end

    @property
    def is_open(self) -> bool:
        return self in (WorkflowState.QUEUED, WorkflowState.RUNNING)


_STATES = {
    "ENQUEUED": WorkflowState.QUEUED,
    "DELAYED": WorkflowState.QUEUED,
    "PENDING": WorkflowState.RUNNING,
    "SUCCESS": WorkflowState.DONE,
    "ERROR": WorkflowState.FAILED,
    "CANCELLED": WorkflowState.CANCELLED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": WorkflowState.PARKED,
}


class Engine:
    """One per process at a time: create, register workflows, `launch`, and in the end `stop`."""

    _launched_here: ClassVar[Engine | None] = None

    def __init__(self, settings: Settings, database: Database) -> None:
        """`database` is migrated already and stays open until after `stop`."""
        self._url = settings.engine_url
        self._database = database
        self._workflows: dict[str, Callable[..., Any]] = {}
        self._bodies: dict[str, Callable[..., Any]] = {}  # the same ones, as they were given
        self._light: set[str] = set()  # what is done without a record
        self._aside: set[Future[Any]] = set()
        self._aside_pool = ThreadPoolExecutor(_ASIDE_AT_ONCE, thread_name_prefix="aside")
        self._launched = False
        self._stopping = Event()
        self._here: set[str] = set()  # workflows whose bodies run at this moment
        self._turn = Condition()  # guards them; told when a body is entered or left, in whatever way
        self._notes = Notes(self._url)

    # Before and after the work

    def workflow(self, name: str, function: Callable[..., Any]) -> None:
        """Register `function` under `name`, before launch. Arguments and result are small JSON.

        The name and the order of the steps must stay the same as long as there may be open workflows.
        """
        self._must_be_alone()

        def body(*args: Any) -> Any:
            self.checkpoint()
            with self._running(cast(str, DBOS.workflow_id)):
                return function(*args)

        self._bodies[name] = function
        self._workflows[name] = DBOS.workflow(name=name, max_recovery_attempts=_MAX_RECOVERIES)(body)

    def launch(self) -> None:
        """Start, and go on in the background with every workflow that an earlier process left open."""
        self._must_be_alone()
        Engine._launched_here = self
        _hush()
        DBOS(config=self._config())
        self._datasource = create_datasource(self._database)
        DBOS.launch()
        self._launched = True
        DBOS.register_queue(
            _QUEUE, partition_concurrency=1, polling_interval_sec=0.25, on_conflict="always_update"
        )

    def stop(self) -> None:
        """Let steps that are under way finish (at most 10 s); open workflows stay open. Idempotent."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        with self._turn:
            self._turn.notify_all()
        wait_for(list(self._aside), _DRAIN_S)
        self._aside_pool.shutdown(wait=False, cancel_futures=True)
        if Engine._launched_here in (self, None):
            working = self._launched and bool(self.open_ids(""))
            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=_DRAIN_S if working else 0)
            Engine._launched_here = None
        self._notes.close()

    # Inside a workflow

    @property
    def on_record(self) -> bool:
        """Whether what this thread is in is a workflow that outlives the process; not so inside `do`."""
        return DBOS.workflow_id is not None

    def step(self, name: str, function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Run `function` at least once and keep its result, small JSON. Outside a workflow: just call it."""
        return DBOS.run_step({"name": name}, function, *args, **kwargs)

    def steps(
        self, name: str, function: Callable[..., _R], arguments: Sequence[tuple[Any, ...]], *, in_flight: int
    ) -> Iterator[_R]:
        """One step per tuple of arguments, `in_flight` of them at a time; yield the results in the order given.

        The steps are numbered before the first one starts, so the caller may do transactions between two results. The
        first exception ends the iteration, and so does leaving it early; steps not begun by then are not begun any more.
        """
        reserved = [DBOS.reserve_step() for _ in arguments] if self.on_record else []
        abandoned = Event()

        def run(place: int) -> _R:
            if abandoned.is_set():
                raise EngineStopping
            self.checkpoint()
            if not reserved:
                return function(*arguments[place])
            return reserved[place].run({"name": name}, function, *arguments[place])

        with ThreadPoolExecutor(in_flight, thread_name_prefix=name) as pool:
            futures = [pool.submit(copy_context().run, run, place) for place in range(len(arguments))]
            try:
                for future in futures:
                    yield future.result()
            finally:
                abandoned.set()

    def transaction(
        self,
        name: str,
        function: Callable[Concatenate[sa.Connection, _P], _R],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _R:
        """Run `function(conn, …)` in the app's database; rows and record commit together, exactly once.

        The result is small JSON. Other writers wait meanwhile. It may be run again before it commits, so it
        touches nothing but the database.
        """

        def body() -> _R:
            conn = self._datasource.sql_session().connection()
            self._database.speak(conn)
            return function(conn, *args, **kwargs)

        return self._datasource.run_tx_step({"name": name}, body)

    def sleep_until(self, moment: datetime, over: Callable[[], bool] = lambda: False) -> None:
        """Wait inside a workflow, at most until `over` says so; a stop interrupts it, and it goes on waiting at the next launch.

        When it ends may differ between a run and its replay: a step has to find out what holds then.
        """
        while (left_s := (moment - datetime.now(UTC)).total_seconds()) > 0 and not over():
            if self._stopping.wait(min(left_s, _NAP_S)):
                raise EngineStopping

    def must_be_open(self) -> None:
        """Raise StopRun once `stop` was called; for whoever looks at work again and again from outside."""
        if self._stopping.is_set():
            raise StopRun(
                "SmartSync is closing.", hint="The work goes on when it is started again.", code="closing"
            )

    def checkpoint(self) -> None:
        """Raise EngineStopping once `stop` was called; for workflows and for whatever waits inside a step."""
        if self._stopping.is_set():
            raise EngineStopping

    # From outside

    def start(self, name: str, workflow_id: str, *args: Any, partition: str = "") -> None:
        """Start the workflow `name`, unless there is one with this id already.

        With `partition`, it waits its turn: of all that are started with the same one, one runs at a time.
        Without, it begins at once.
        """
        function = self._workflows[name]
        with SetWorkflowID(workflow_id):
            if not partition:
                DBOS.start_workflow(function, *args)
                return
            with SetEnqueueOptions(queue_partition_key=partition):
                DBOS.enqueue_workflow(_QUEUE, function, *args)

    def do(self, name: str, workflow_id: str, *args: Any) -> Any:
        """The result of the workflow `name`, done in this thread with no step on record: that is most of what a small one costs.

        For work on what is found open at the next launch, and begun anew then. Raise StopRun if it failed or the engine stops.
        """
        self.must_be_open()
        self._light.add(workflow_id)
        try:
            return self._bodies[name](*args)
        except EngineStopping:
            self.must_be_open()
        except Exception as error:  # noqa: BLE001 - of any class, as `_result`
            _log.exception("workflow %s", workflow_id)
            raise StopRun(str(error) or type(error).__name__, code="workflow_failed") from None
        finally:
            self._light.discard(workflow_id)

    def aside(self, function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> Future[_R]:
        """Begin `function` in a thread of ours: whoever asks may go before it ends, and `stop` waits for it as for a step.

        What has not begun when the engine stops is cancelled. Raise StopRun from then on.
        """
        self.must_be_open()
        try:
            work = self._aside_pool.submit(function, *args, **kwargs)
        except RuntimeError:  # it has stopped since
            self.must_be_open()
            raise
        self._aside.add(work)
        work.add_done_callback(self._aside.discard)
        return work

    def wait(self, workflow_id: str, timeout_s: float | None = None) -> Any:
        """The workflow's result. Raise StopRun if it failed or the engine stops, TimeoutError if late."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        pause_s = _LOOK_S
        while workflow_id in self._here or self._is_open(workflow_id):
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"workflow {workflow_id} is still open after {timeout_s} s")
            with self._turn:
                woken = self._turn.wait(pause_s)
            self.must_be_open()
            pause_s = _LOOK_S if woken else min(pause_s * 2, _LOOK_AT_MOST_S)
        return self._result(workflow_id)

    def status(self, workflow_id: str) -> WorkflowState | None:
        """None = there is no workflow with this id."""
        found = DBOS.get_workflow_status(workflow_id)
        return None if found is None else _STATES[found.status]

    def open_ids(self, prefix: str) -> list[str]:
        """Ids that begin with `prefix` of workflows that wait or run, oldest first."""
        found = DBOS.list_workflows(
            status=[name for name, state in _STATES.items() if state.is_open],
            workflow_id_prefix=prefix or None,
            load_input=False,
            load_output=False,
        )
        light = [workflow_id for workflow_id in list(self._light) if workflow_id.startswith(prefix)]
        return [workflow.workflow_id for workflow in found] + light

    def forget(self, before: datetime) -> int:
        """Drop workflows that came to an end before that moment, with their steps; how many. At most some thousands at once."""
        ended = DBOS.list_workflows(
            status=[name for name, state in _STATES.items() if not state.is_open],
            completed_before=before.isoformat(),
            limit=_FORGOTTEN_AT_ONCE,
            load_input=False,
            load_output=False,
        )
        if ended:
            DBOS.delete_workflows([workflow.workflow_id for workflow in ended])
        return len(ended)

    def put_note(self, key: str, value: object) -> None:
        """Keep a small JSON value beside the checkpoints, over restarts; nothing may depend on it."""
        self._notes.put(key, value)

    def get_note(self, key: str) -> object:
        """What was last put under `key`; None when nothing was."""
        return self._notes.get(key)

    # Private

    def _must_be_alone(self) -> None:
        """DBOS is global: a second one would take over the names of the first one's workflows, and its end would be both's."""
        if Engine._launched_here not in (self, None):
            raise RuntimeError("another engine runs in this process: stop it first")

    @contextmanager
    def _running(self, workflow_id: str) -> Iterator[None]:
        with self._turn:
            self._here.add(workflow_id)
            self._turn.notify_all()
        try:
            yield
        finally:
            with self._turn:
                self._here.discard(workflow_id)
                self._turn.notify_all()

    def _is_open(self, workflow_id: str) -> bool:
        state = self.status(workflow_id)
        return state is not None and state.is_open

    def _result(self, workflow_id: str) -> Any:
        try:
            return DBOS.retrieve_workflow(workflow_id).get_result()
        except Exception as error:  # noqa: BLE001 - of any class: it was stored as text
            raise StopRun(str(error) or type(error).__name__, code="workflow_failed") from None

    def _config(self) -> DBOSConfig:
        return {
            "name": "smartsync",
            "system_database_url": self._url,
            "application_version": "1",  # constant: DBOS takes up only workflows of its own version
            "executor_id": "smartsync",  # constant: it takes up only those of its own executor
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
            "notification_listener_polling_interval_sec": 0.1,  # its thread ends only between two polls
        }


def _hush() -> None:
    """DBOS logs through ours, which redacts, instead of a console handler of its own."""
    logger = logging.getLogger("dbos")
    logger.handlers = [logging.NullHandler()]
    logger.propagate = True
