"""The contract every connector keeps. A further CRM = one folder beside this file + one line in registry.py.

Terms. A *key value* is the text a person's file holds; `find` compares it as the remote would (e-mails and domains in any
case). A *ref* names one write for the caller. All calls raise the four families of errors.py and nothing else; a call that was
limited or briefly failed was already waited for and retried inside (http.py), so RetryLater means "not in this sitting".
Methods take any number of items and cut them into the remote's batches themselves; they may be called from several threads.
"""

from __future__ import annotations

import tomllib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Self

from smartsync_core.errors import NeedsPerson
from smartsync_core.http import FixedToken
from smartsync_core.model.crm import (
    Account,
    Association,
    Budget,
    Field,
    Linkable,
    ObjectName,
    Owner,
    Paces,
    Pipeline,
    Provision,
    Record,
    Schema,
    TokenSource,
    Version,
    Window,
    Write,
    WriteResult,
)

__all__ = ["BaseCRMConnector", "Counts", "Limit", "Manifest", "Page", "Settings", "lacking_options"]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A number the remote sets, and where and when it was read."""

    value: int
    source: str
    read: date


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a remote is and what it allows; every limit carries its source in manifest.toml."""

    id: str
    title: str
    objects: tuple[ObjectName, ...]
    batch_size: int  # records per write or read call
    association_batch_size: int  # inputs per association read
    in_flight: int  # batch sends worth having open at once
    default_base_url: str
    for_tests: bool = False  # people are not offered it
    key_place: str = ""  # where in the remote's settings an admin makes a key
    remote_names: Mapping[ObjectName, str] = field(
        default_factory=dict
    )  # fills {object} in Account.record_url
    limits: Mapping[str, Limit] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `manifest.toml` of a connector's folder."""
        told: dict[str, Any] = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))
        limits = {name: Limit(**limit) for name, limit in told["limits"].items()}
        return cls(
            id=told["id"],
            title=told["title"],
            objects=tuple(ObjectName(name) for name in told["objects"]),
            batch_size=limits["batch_size"].value,
            association_batch_size=limits["association_batch_size"].value,
            in_flight=told["in_flight"],
            default_base_url=told["default_base_url"],
            for_tests=told.get("for_tests", False),
            key_place=told.get("key_place", ""),
            remote_names={ObjectName(name): text for name, text in told["remote_names"].items()},
            limits=limits,
        )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a connector needs to reach one account. `on_call` is told the window of every request that leaves.

    `before_call` is asked before each, and told whether it writes: it raises what stops it.
    `prompt`: a person waits to hear whether the remote answers at all. `unreachable`: what to tell where nothing listens
    at the address; "" = the address, and that it may be wrong.
    """

    base_url: str
    tokens: TokenSource
    on_call: Callable[[Window], None] = lambda window: None
    before_call: Callable[[bool], None] = lambda writes: None
    interactive: bool = True  # the lane: a person is waiting (false for bulk runs)
    prompt: bool = False
    unreachable: str = ""
    account_key: str = ""  # shares one rate limiter among all connectors of the same account
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How much work is meant, for `price`. Records per object; `shown` = the plan is re-read before it is written."""

    find_unique: Mapping[ObjectName, int] = field(default_factory=dict)  # by id, unique property or e-mail
    find_search: Mapping[ObjectName, int] = field(default_factory=dict)  # by domain or name
    create: Mapping[ObjectName, int] = field(default_factory=dict)
    update: Mapping[ObjectName, int] = field(default_factory=dict)
    links: int = 0  # associations that no create carries
    unlinks: int = 0
    link_reads: int = 0  # records whose associations are read
    shown: bool = True


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of changes and the cursor to save once it is stored: the next reading starts there.

    The last page has one too, or the next poll would begin at the beginning. `cursor` is None only where nothing was
    ever read.
    """

    records: tuple[Record, ...]
    cursor: str | None


def lacking_options(
    wanted: Mapping[ObjectName, Sequence[Field]], there: Mapping[ObjectName, Schema]
) -> dict[ObjectName, dict[str, tuple[str, ...]]]:
    """Per object and field that is there: wanted values that its list has not. Raises NeedsPerson for a list that takes none."""
    found: dict[ObjectName, dict[str, tuple[str, ...]]] = {}
    for object_name, fields in wanted.items():
        for one in fields:
            held = there[object_name].fields.get(one.name)
            values = {option.value for option in held.options} if held is not None else set()
            lacking = tuple(option.value for option in one.options if option.value not in values)
            if held is None or not lacking:
                continue
            if not held.open_list:
                raise NeedsPerson(
                    f"The choices of {held.label} cannot be added to from here.",
                    hint="Change the list in the CRM itself, or choose one of its values.",
                    code="closed_list",
                    object_name=object_name,
                )
            found.setdefault(object_name, {})[one.name] = lacking
    return found


class BaseCRMConnector(ABC):
    """One account of one remote. Without settings it is not connected yet: `connect` comes first."""

    manifest: Manifest
    permissions: ClassVar[Mapping[str, str]] = {}
    """What a key has to be allowed for everything: {the remote's name of it: "see contacts"}."""

    def __init__(self, settings: Settings | None = None) -> None:
        if settings is not None:
            self.open(settings)

    def connect(self, credentials: Mapping[str, str]) -> Self:
        """Use `{"type": …, "accessToken": …}` (or `access_token`, and an optional `base_url`). Nothing is sent yet."""
        token = (credentials.get("accessToken") or credentials.get("access_token") or "").strip()
        if not token:
            raise NeedsPerson(
                f"The {self.manifest.title} key is missing.", hint="Paste the service key or access token."
            )
        base_url = credentials.get("base_url") or credentials.get("baseUrl") or self.manifest.default_base_url
        self.open(Settings(base_url=base_url, tokens=FixedToken(token)))
        return self

    def validate_credentials(self) -> bool:
        """Whether the remote accepts the token; RetryLater where it cannot be asked now."""
        try:
            self.check()
        except NeedsPerson:
            return False
        return True

    @abstractmethod
    def open(self, settings: Settings) -> None:
        """Take these settings; sends nothing."""

    @abstractmethod
    def check(self) -> Account:
        """Who the token belongs to and what it may do. Raises NeedsPerson for a wrong or expired token."""

    @abstractmethod
    def describe(self, object_name: ObjectName) -> Schema:
        """The object's fields as they are now. Raises NeedsPerson where the token may not read them."""

    @abstractmethod
    def owners(self) -> list[Owner]:
        """All owners, inactive ones too (marked)."""

    @abstractmethod
    def pipelines(self) -> list[Pipeline]:
        """Where deals can stand, in the account's order. Raises NeedsPerson where the token may not read them."""

    @abstractmethod
    def provision(self, wanted: Mapping[ObjectName, Sequence[Field]], *, dry_run: bool = False) -> Provision:
        """Make the custom fields that are missing, and add options that the list of one that is there lacks; idempotent.

        `dry_run` says what would be made. Options that are there stay as they are. Raises NeedsPerson for a list that
        takes none.
        """

    @abstractmethod
    def find(
        self, object_name: ObjectName, field: str, values: Sequence[str], properties: Sequence[str]
    ) -> dict[str, list[Record]]:
        """Records by key value: {value as given: records}, [] for none; several when the field is not unique.

        `field` is "id", a unique field, an identity field of the Schema, or one the remote can search (domain, name).
        Records reached by an additional e-mail or domain count. Searches may lag behind writes; unique fields do not.
        """

    @abstractmethod
    def read(
        self,
        object_name: ObjectName,
        ids: Sequence[str],
        properties: Sequence[str],
        *,
        archived: bool = False,
    ) -> dict[str, Record]:
        """Records by id as they are now: {id asked: record}. A missing key = gone, archived or merged away:

        for those few a single look is made: a merged record comes back under the asked id with its new `Record.id`;
        an archived one with `archived=True`; one that is gone stays missing.
        With `archived` only the recycle bin is looked into: a missing key = not there.
        """

    def history(
        self, object_name: ObjectName, ids: Sequence[str], properties: Sequence[str]
    ) -> dict[str, dict[str, list[Version]]]:
        """What live records held before: {id: {property: versions, newest first}}, [] for one that was never set.

        A missing id = gone, archived or merged away. A remote may know the newest versions only. Raises NeedsPerson where
        it tells none.
        """
        raise NeedsPerson(
            f"{self.manifest.title} does not tell what its {object_name} held before.",
            hint="Take a file of closed deals instead.",
            code="no_history",
        )

    @abstractmethod
    def linked(
        self, from_object: ObjectName, ids: Sequence[str], to_object: Linkable
    ) -> dict[str, list[Association]]:
        """Associations of each record to `to_object`; every asked id is a key, [] for none."""

    @abstractmethod
    def changes(
        self, object_name: ObjectName, cursor: str | None, properties: Sequence[str]
    ) -> Iterator[Page]:
        """Pages of records modified since `cursor` (None = from the beginning), oldest first; may repeat the last seen."""

    @abstractmethod
    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Send the writes; one result per write, in the given order, whatever the remote's shape and order.

        All writes are of one object and one kind. Never re-sends one whose fate is unknown: that is UNANSWERED. Where the
        remote closes its door half-way (limit, outage, key), the rest is NOT_SENT; when nothing at all was sent, that
        error is raised instead. One that `steps_back` may take two sendings; stopped between them it is UNANSWERED, and
        the fields it steps back in may be empty.
        """

    @abstractmethod
    def link(self, add: Sequence[Association] = (), remove: Sequence[Association] = ()) -> list[str]:
        """Add and remove associations (idempotent); one sentence per association, in order, "" when it is done.

        An added one with `primary` becomes the first; without, it is added beside what is there.
        """

    @abstractmethod
    def price(self, counts: Counts) -> Budget:
        """What that work costs at this account's tier, by the remote's batch sizes."""

    def paces(self) -> Paces | None:
        """What the account's limits allow now; None where the remote has none."""
        return None

    def close(self) -> None:  # noqa: B027 - many remotes hold nothing open
        """Give back what is held open. Safe to call twice."""
