"""Every deliberate exception, grouped by what to do next.

    SmartSyncError
    ├── RetryLater    the same call may succeed after `after_s` seconds
    ├── SkipRecord    this record cannot be done; the others can
    ├── StopRun       nothing more is safe in this run
    └── NeedsPerson   somebody must change a credential, a permission, a setting or a file
        ├── BadInput    a file, a form or a command line that cannot be used as it is
        ├── NotAllowed  the role of whoever asks does not do
        └── NotFound    an id or a name that nothing here answers to

`message` says what happened and to what; `hint` says what to do. Both are fit for a screen: no secrets, no ids of ours.
"""

from __future__ import annotations

__all__ = [
    "BadInput",
    "InUse",
    "NeedsPerson",
    "NotAllowed",
    "NotFound",
    "RetryLater",
    "SkipRecord",
    "SmartSyncError",
    "StopRun",
]


class SmartSyncError(Exception):
    """Base of all of ours; never raised itself."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: str = "",
        connector: str = "",
        object_name: str = "",
        record_id: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
        self.connector = connector
        self.object_name = object_name
        self.record_id = record_id

    def sentence(self) -> str:
        """Message and hint as one line for a person."""
        return f"{self.message} {self.hint}".strip()


class RetryLater(SmartSyncError):
    """The remote is busy, limited or down for a moment; `after_s` is its wish, or our guess when it named none.

    `daily` is true when the account's daily pool is used up: then the account pauses, not the call.
    """

    def __init__(
        self, message: str, *, after_s: float, daily: bool = False, hint: str = "", **where: str
    ) -> None:
        super().__init__(message, hint=hint, **where)
        self.after_s = after_s
        self.daily = daily


class SkipRecord(SmartSyncError):
    """One record was refused or is gone; the rest of the run goes on."""


class StopRun(SmartSyncError):
    """Nothing more is safe: the run stops, what was done stays on record."""


class NeedsPerson(SmartSyncError):
    """Only a person can change this: credentials, permission, settings, a file."""


class InUse(NeedsPerson):
    """Another process has the data open; `holder` is the address of its screens, "" where it has none."""

    def __init__(self, message: str, *, holder: str) -> None:
        super().__init__(message, code="in_use")
        self.holder = holder


class BadInput(NeedsPerson):
    """What was handed in cannot be used as it is; the sentence says where and what to do."""


class NotAllowed(NeedsPerson):
    """Somebody else may do this."""


class NotFound(NeedsPerson):
    """Nothing here has that id or name."""
