"""The pages over a real application on a folder of its own, with a HubSpot twin behind them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from openpyxl import load_workbook
from streamlit import config
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest

from pages.blocks import services
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import AccountKind
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import Run, RunState
from smartsync_core.orchestrator import accounts, connect, import_drafts, imports, write
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.import_drafts import ImportDraft
from smartsync_core.orchestrator.undo import start_undo
from tests.twin_process import CLIENT, TwinProcess, hubspot_twin

_NAVIGATION = Path(__file__).parents[2] / "pages" / "navigation.py"
_PATIENCE_S = 60

LEADS = """First name,Last name,Email,Company,Website,Phone,Comment
Ada,Birch,ada@birchworks.example,Birchworks Ltd,birchworks.example,+44 20 7946 0011,met at fair
Tom,Okoro,tom@okoro.example,Okoro Logistics,okoro.example,,
Ben,Hart,not-an-email,Hart & Co,hartco.example,,
Tom,Okoro,tom@okoro.example,Okoro Logistics,okoro.example,,
"""

ALL_SCOPES = [
    "crm.objects.owners.read",
    *(
        f"crm.{kind}.{name}.{may}"
        for kind in ("objects", "schemas")
        for name in ("contacts", "companies", "deals")
        for may in ("read", "write")
    ),
]

Open = Callable[..., AppTest]


@pytest.fixture(scope="package")
def running_twin() -> Iterator[TwinProcess]:
    with hubspot_twin("--search-lag-s", "0") as twin:
        yield twin


@pytest.fixture
def twin(running_twin: TwinProcess) -> TwinProcess:
    """Empty, without faults."""
    running_twin.control("POST", "reset")
    running_twin.control("PUT", "faults", {"rate": 0, "kinds": []})
    return running_twin


@pytest.fixture
def ctx(tmp_path: Path, twin: TwinProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """New connections point at the twin."""
    monkeypatch.setenv("SMARTSYNC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HUBSPOT_BASE_URL", twin.url)
    config.set_option(
        "runner.enforceSerializableSessionState", False
    )  # AppTest keeps functions of its own there
    yield services.context()
    services.close()
    st.cache_data.clear()


@pytest.fixture
def open_page() -> Open:
    """`open_page("history.py", run=id)`: that page as a person finds it at that address."""

    def opened(page: str = "import_file.py", **query: str) -> AppTest:
        at = AppTest.from_file(str(_NAVIGATION), default_timeout=_PATIENCE_S)
        if page:
            at.switch_page(page)
        for name, value in query.items():
            at.query_params[name] = value
        return at.run()

    return opened


@dataclass
class Person:
    """What a person did before the screen under test, without clicking it together again."""

    ctx: Context
    twin: TwinProcess
    folder: Path

    def connects(
        self, name: str = "HubSpot Europe", token: str = "", kind: AccountKind | None = None
    ) -> Connection:
        return connect.connect(
            self.ctx, crm_type="hubspot", name=name, token=token or self.twin.token, kind=kind
        ).connection

    def loses(self, token: str) -> None:
        """HubSpot accepts that key no more."""
        self.twin.control("PUT", "tokens", {token: {"scopes": [], "expires_in": -1}})

    def hands_in(self, text: str = LEADS, name: str = "leads.csv") -> ImportDraft:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return import_drafts.begin(self.ctx, path)

    def chooses(
        self, draft: ImportDraft, connection: Connection, record_type: RecordType = RecordType.BOTH
    ) -> ImportDraft:
        """Rows and account: the columns come next."""
        return import_drafts.save(
            self.ctx, replace(draft.of_rows(record_type).into(connection.id), step="columns")
        )

    def previews(self, draft: ImportDraft) -> ImportDraft:
        fields = accounts.fields_of(self.ctx, self.ctx.connections.get(draft.connection_id))
        begun = import_drafts.save(
            self.ctx, replace(imports.preview(self.ctx, draft, fields), step="preview")
        )
        self.waits(begun.run_id)
        return begun

    def writes(self, run_id: str) -> Run:
        write.approve(self.ctx, run_id, shown=True)
        return self.waits(run_id)

    def imports(
        self, text: str = LEADS, name: str = "leads.csv", record_type: RecordType = RecordType.BOTH
    ) -> str:
        """A file all the way into the account; the id of its import."""
        known = next(iter(self.ctx.connections.all()), None)
        draft = self.chooses(self.hands_in(text, name), known or self.connects(), record_type)
        return self.writes(self.previews(draft).run_id).id

    def undoes(self, run_id: str, *, only_created: bool = False) -> str:
        """The undo's id."""
        return self.writes(self.waits(start_undo(self.ctx, run_id, only_created=only_created)).id).id

    def edits(self, email: str, **properties: str) -> None:
        """Somebody changes a contact in HubSpot itself."""
        address = f"{self.twin.url}/crm/v3/objects/contacts/{email}?idProperty=email"
        body = {"properties": properties}
        CLIENT.patch(address, json=body, headers=self.twin.headers).raise_for_status()

    def holds(self, email: str, name: str) -> str | None:
        """One property of a contact as HubSpot has it now."""
        address = f"{self.twin.url}/crm/v3/objects/contacts/{email}?idProperty=email&properties={name}"
        answer = CLIENT.get(address, headers=self.twin.headers).raise_for_status().json()
        value: str | None = answer["properties"][name]
        return value

    def waits(self, run_id: str) -> Run:
        for name in ("preview", "write", "repair", "undo"):
            for workflow in self.ctx.engine.open_ids(f"{name}-{run_id}"):
                self.ctx.engine.wait(workflow, timeout_s=_PATIENCE_S)
        run = self.ctx.runs.get(run_id)
        assert run.state not in (RunState.PREVIEWING, RunState.RUNNING)
        return run


@pytest.fixture
def person(ctx: Context, twin: TwinProcess, tmp_path: Path) -> Person:
    return Person(ctx, twin, tmp_path)


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> Downloads:
    return Downloads(monkeypatch)


class Downloads:
    """The files that pages hand over, made as the server makes them: when they are asked for, on a thread without a page."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._made: dict[str, Callable[[], bytes]] = {}
        keep = MediaFileManager.add_deferred

        def noted(manager: MediaFileManager, make: Callable[[], bytes], *args: Any, **options: Any) -> str:
            file_id = keep(manager, make, *args, **options)
            self._made[file_id] = make
            return file_id

        monkeypatch.setattr(MediaFileManager, "add_deferred", noted)

    def file(self, at: AppTest, label: str) -> bytes:
        """What the button of that label hands over."""
        protos = [one.proto for one in at.get("download_button")]
        (found,) = [one for one in protos if one.label == label]
        with ThreadPoolExecutor(1) as server:
            return server.submit(self._made[found.deferred_file_id]).result()

    def table(self, at: AppTest, label: str) -> list[dict[str, Any]]:
        """Its lines, by the words of its first."""
        sheet = load_workbook(io.BytesIO(self.file(at, f"{label} (Excel)"))).active
        header, *lines = sheet.iter_rows(values_only=True)
        return [dict(zip(header, line, strict=True)) for line in lines]


def all_texts(at: AppTest) -> str:
    """Every word on the page that is not in a table."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "error", "warning", "info", "success")
    found = []
    for kind in kinds:
        for element in getattr(at, kind):
            found.append(str(element.value))
            found.append(str(getattr(element.proto, "title", "")))
    return "\n".join(found)
