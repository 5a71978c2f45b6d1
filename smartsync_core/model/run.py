"""One pass of the pipeline: what was asked, where it stands, and its numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from smartsync_core.model.automation import Extra
from smartsync_core.model.crm import ObjectName, Window
from smartsync_core.model.duplicates import CompanyDecision, Decision
from smartsync_core.model.mapping import ColumnMatch, KeyChoice, RecordType, WritePolicies
from smartsync_core.model.plan import Mode, Reason

__all__ = [
    "CellChange",
    "ImportOptions",
    "Progress",
    "Run",
    "RunReport",
    "RunState",
    "Wish",
    "budgeted",
    "foreseen_calls",
    "preview_calls",
]


class RunState(StrEnum):
    PREVIEWING = "previewing"  # the plan is being made
    PREVIEWED = "previewed"  # waits for a person
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"

    @property
    def open(self) -> bool:
        """Whether the engine still has work to do."""
        return self in (RunState.PREVIEWING, RunState.RUNNING)


class Wish(StrEnum):
    """What a person asks of a run that is under way."""

    PAUSE = "pause"
    STOP = "stop"


def budgeted(calls: Mapping[Window, int], preview: Mapping[Window, int], seconds: float) -> dict[str, float]:
    """As a run keeps it: what writing and checking will take, and the calls that its preview took."""
    return (
        {"seconds": seconds}
        | {window.value: count for window, count in calls.items()}
        | {f"preview_{window.value}": count for window, count in preview.items()}
    )


def foreseen_calls(budget: Mapping[str, float]) -> Counter[Window]:
    return Counter({window: int(budget.get(window.value, 0)) for window in Window})


def preview_calls(budget: Mapping[str, float]) -> Counter[Window]:
    return Counter({window: int(budget.get(f"preview_{window.value}", 0)) for window in Window})


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """Everything a plan needs besides the rows and the CRM; stored with the run, so that it can be planned again."""

    record_type: RecordType
    columns: tuple[ColumnMatch, ...]
    keys: tuple[KeyChoice, ...]
    policies: WritePolicies = field(default_factory=WritePolicies)
    mode: Mode = Mode.BOTH
    stamp: str = ""  # the name that written records carry; "" = none
    recipe: str = ""  # id of the recipe by whose choices it goes; "" = none
    recipe_name: str = ""  # as it was called then
    decisions: tuple[Decision, ...] = ()  # on rows that may be one record
    companies: tuple[CompanyDecision, ...] = ()  # on companies that the CRM has only by their names
    extras: frozenset[Extra] = frozenset()
    unattended: bool = (
        False  # nobody is there to choose: what cannot be settled by rule is left out, and said
    )
    typed: bool = False  # one contact, by a person into the form


@dataclass(frozen=True, kw_only=True)
class Run:
    """A row of `runs`."""

    id: str
    org_id: str
    integration_id: str
    upload_id: str
    file_name: str
    options: ImportOptions
    state: RunState
    shown: bool
    row_count: int
    created_at: datetime
    created_by: str
    kind: str = "import"  # import | undo
    undo_of: str = ""  # undo: the run it takes back
    part: Mapping[str, object] = field(
        default_factory=dict
    )  # undo of a part: {"only": "created"}, {"rows": [..]}; preview made again: {"refreshes": run} or {"copies_from": account}
    predicted: Mapping[str, int] = field(default_factory=dict)
    planned: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    budget: Mapping[str, float] = field(default_factory=dict)
    result: Mapping[str, object] = field(default_factory=dict)
    message: str = ""
    calls: Mapping[Window, int] = field(default_factory=dict)
    work_s: float = 0.0
    waited_s: float = 0.0  # since its approval: paused, stopped, or done until a repair
    crm_read_at: datetime | None = None
    planned_at: datetime | None = None
    approved_at: datetime | None = None
    pause_after: int | None = None  # the last wave to send before it pauses by itself
    max_calls: int | None = None
    wakes_at: datetime | None = None  # paused by a daily limit: when it goes on by itself
    finished_at: datetime | None = None

    @property
    def checked_at(self) -> datetime | None:
        """When what it wrote was read back last; None where rows were sent again since, in vain: that try read nothing."""
        return None if self.message else self.finished_at

    @property
    def refreshes(self) -> str:
        """The preview that this one was made again of; "" for none."""
        return str(self.part.get("refreshes", ""))

    @property
    def copies_from(self) -> str:
        """The account whose matching records are copied into this one first; "" for none."""
        return str(self.part.get("copies_from", ""))


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is: sends and read-backs done of all that are to be made; `eta_s` None while unknown."""

    phase: str  # "preview" | "write" | "check" | "done"
    done: int
    total: int
    eta_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """The numbers of a run, as `--json` prints them."""

    run_id: str
    state: RunState
    rows: int
    outcomes: Mapping[str, int]
    partly_failed: int
    partly_blocked: int
    predicted: Mapping[str, int]
    actions: Mapping[ObjectName, Mapping[str, int]]
    proof: Mapping[str, int]
    calls: Mapping[str, int]
    duration_s: float
    reasons: tuple[Reason, ...]
    kind: str = "import"  # import | undo
    undo_of: str = ""  # undo: the run it takes back
    budget: Mapping[str, float] = field(
        default_factory=dict
    )  # foretold by the preview: calls per window, seconds
    message: str = ""
    first_calls: int = 0  # before any row was sent again; 0 = none was

    @property
    def foreseen_calls(self) -> int:
        """What writing and checking would take."""
        return foreseen_calls(self.budget).total()

    @property
    def written_calls(self) -> int:
        """What writing and checking took so far, before any row was sent again."""
        made = self.first_calls or sum(self.calls.values())
        return max(made - preview_calls(self.budget).total(), 0)

    @property
    def repair_calls(self) -> int:
        """What sending rows again took so far."""
        return sum(self.calls.values()) - self.first_calls if self.first_calls else 0


@dataclass(frozen=True, kw_only=True)
class CellChange:
    """One cell that one run changed. `proof` "" = not read back; `held` = what the CRM held instead of `after`, "" for none."""

    at: datetime
    who: str
    run_id: str
    file_name: str
    row: int
    operation: str  # create | update | link | archive | unlink
    status: str
    field: str
    before: str | None
    after: str | None
    proof: str
    held: str
