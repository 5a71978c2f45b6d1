"""The account of a bad day, and the hands that meet it: keys that expire, companies made a moment ago, contacts made first."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from unittest import mock

import httpx

from benchmarks.leads import Leads
from smartsync_core.connectors.base import BaseCRMConnector
from smartsync_core.connectors.base import Settings as ConnectorSettings
from smartsync_core.connectors.hubspot import HubSpotConnector
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import Window
from smartsync_core.orchestrator import late_check
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.context import Context
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application
from tests.twin_process import TwinProcess

__all__ = ["THEIRS", "Keys", "application", "contested", "make_anew", "make_first"]


@contextmanager
def application(
    twin: TwinProcess, folder: Path, *, oauth: bool, late_check_after: timedelta
) -> Iterator[Context]:
    app = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(folder)}))
    app.start()
    if oauth:
        app.context.open_connector = partial(_open_with_oauth, _Renewing(twin))
    with mock.patch.object(late_check, "_WAIT", late_check_after):
        try:
            yield app.context
        finally:
            app.stop()


THEIRS = "Theirs"  # the first name of every contact that somebody else made
_NUMBERS = count(1)  # of keys: none is known twice


class Keys:
    """Service keys as a person brings them; each is accepted for `lives` calls, or half as many, or some number between."""

    def __init__(self, twin: TwinProcess, lives: int | None) -> None:
        self._twin, self._lives = twin, lives
        self._chance, self._over = random.Random(lives), threading.Event()

    @property
    def expire(self) -> bool:
        return self._lives is not None

    def connect(self, ctx: Context, *, with_fields: bool) -> Connection:
        """Save the account with its next key, under the name it has."""
        self.retire()
        token = f"pat-na1-short-lived-{next(_NUMBERS)}" if self.expire else self._twin.token
        made = connect(
            ctx,
            crm_type="hubspot",
            name="Twin",
            token=token,
            base_url=self._twin.url,
            with_fields=with_fields,
        )
        if self._lives is not None:
            calls = self._chance.randint(self._lives // 2, self._lives)
            self._over = threading.Event()
            threading.Thread(target=self._wear_out, args=(token, calls, self._over)).start()
        return made.connection

    def retire(self) -> None:
        """The key at hand is no longer watched."""
        self._over.set()

    def _wear_out(self, token: str, calls: int, over: threading.Event) -> None:
        last = sum(self._twin.calls().values()) + calls
        while not over.wait(0.01):
            if sum(self._twin.calls().values()) >= last:
                self._twin.control("PUT", "tokens", {token: {"expires_in": -1}})
                return


# Somebody else


def make_anew(twin: TwinProcess) -> None:
    """Companies as if somebody had made them a few seconds ago: search shows them, but not every time."""
    listed = httpx.get(
        f"{twin.url}/crm/v3/objects/companies?limit=100&properties=name,domain", headers=twin.headers
    )
    known = [
        {name: one["properties"][name] for name in ("name", "domain")} for one in listed.json()["results"]
    ]
    ids = [{"id": one["id"]} for one in listed.json()["results"]]
    for call, inputs in (("archive", ids), ("create", [{"properties": one} for one in known])):
        path = f"{twin.url}/crm/v3/objects/companies/batch/{call}"
        httpx.post(path, json={"inputs": inputs}, headers=twin.headers).raise_for_status()
    twin.control("PUT", "clock", {"advance_s": 6})


def contested(leads: Leads) -> set[int]:
    """One row in 40 whose contact is new, and which no other row repeats."""
    return {
        row.number
        for row, after in pairwise(leads.all)
        if row.number % 40 == 0 and row.outcome == "created" and after.outcome != "skipped"
    }


def make_first(leads: Leads, twin: TwinProcess) -> None:
    """Contacts of contested rows, made by hand before the import gets there."""
    wanted = contested(leads)
    lines = [
        {"object": "contacts", "properties": {"email": row.email, "firstname": THEIRS}}
        for row in leads.all
        if row.number in wanted
    ]
    twin.control("PUT", "records", {"lines": lines})


# An OAuth token


class _Renewing:
    """An OAuth token that is renewed at the twin when it was refused: what the app's own token source will do."""

    def __init__(self, twin: TwinProcess) -> None:
        self._url = f"{twin.url}/oauth/v3/token"
        self._lock = threading.Lock()
        twin.control("PUT", "codes", {"benchmark": {}})
        form = {"grant_type": "authorization_code", "code": "benchmark", "redirect_uri": "http://127.0.0.1/"}
        self._take(form)

    def token(self) -> str:
        return self._token

    def refreshed(self, refused: str) -> str | None:
        with self._lock:
            if self._token == refused:
                self._take({"grant_type": "refresh_token", "refresh_token": self._refresh})
            return self._token

    def _take(self, form: dict[str, str]) -> None:
        """Until it is answered: the token call may meet a fault as well."""
        known = {"client_id": "benchmark", "client_secret": "benchmark"}
        for _ in range(20):
            try:
                answer = httpx.post(self._url, data=form | known)
                told = answer.raise_for_status().json()
            except (httpx.HTTPError, ValueError):
                continue
            self._token, self._refresh = str(told["access_token"]), str(told["refresh_token"])
            return
        raise SystemExit("the twin gives no token")


def _open_with_oauth(
    tokens: _Renewing,
    connection: Connection,
    *,
    on_call: Callable[[Window], None],
    before_call: Callable[[bool], None],
    interactive: bool,
    prompt: bool,
) -> BaseCRMConnector:
    return HubSpotConnector(
        ConnectorSettings(
            base_url=connection.base_url,
            tokens=tokens,
            on_call=on_call,
            before_call=before_call,
            interactive=interactive,
            prompt=prompt,
            account_key=connection.id,
        )
    )
