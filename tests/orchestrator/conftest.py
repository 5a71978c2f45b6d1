"""A real application on a folder of its own, a real twin, and the steps of an import in one call each."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from unittest import mock

import httpx
import pytest

from smartsync_core.model.automation import Extra
from smartsync_core.model.connection import Connection
from smartsync_core.model.duplicates import Decision
from smartsync_core.model.mapping import Policy, RecordType
from smartsync_core.model.plan import Mode
from smartsync_core.model.run import RunReport
from smartsync_core.orchestrator import late_check
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.files import import_options, take_file
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.preview import start_preview
from smartsync_core.orchestrator.write import approve
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application
from tests.twin_process import CLIENT, TwinProcess, start_hubspot_twin


@pytest.fixture(scope="package", autouse=True)
def no_late_checks() -> Iterator[None]:
    """They would call in the middle of a later test."""
    with mock.patch.object(late_check, "_WAIT", timedelta(days=1)):
        yield


@pytest.fixture(scope="package")
def running_twin() -> Iterator[TwinProcess]:
    with start_hubspot_twin("--search-lag-s", "0") as twin:
        yield twin


@pytest.fixture
def twin(running_twin: TwinProcess) -> TwinProcess:
    """Empty, without faults."""
    running_twin.control("POST", "reset")
    running_twin.control("PUT", "clock", {"advance_s": 11})  # every rate window is empty
    running_twin.control("PUT", "faults", {"rate": 0, "kinds": []})
    return running_twin


@dataclass
class Imports:
    """What a person does, without the face."""

    ctx: Context
    connection: Connection
    twin: TwinProcess
    folder: Path

    def file(self, text: str, name: str = "leads.csv") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def preview(
        self,
        file: Path,
        record_type: str = "contacts",
        *,
        keys: tuple[str, ...] = (),
        maps: tuple[str, ...] = (),
        policy: str = "fill",
        mode: Mode = Mode.BOTH,
        stamp: str = "",
        decisions: tuple[Decision, ...] = (),
        extras: Collection[Extra] = (),
    ) -> RunReport:
        upload = take_file(self.ctx, file)
        with self.ctx.visit(self.connection, interactive=False) as session:
            options, notes = import_options(
                self.ctx,
                session,
                upload,
                RecordType(record_type),
                connection_id=self.connection.id,
                keys=keys,
                maps=maps,
                policy=Policy(policy),
                mode=mode,
                stamp=stamp,
            )
            run_id = start_preview(
                self.ctx,
                connection=self.connection,
                upload_id=upload.id,
                options=replace(options, decisions=decisions, extras=frozenset(extras)),
                notes=notes,
                session=session,
            )
        self.ctx.engine.wait(f"preview-{run_id}", 60)
        return report(self.ctx, run_id)

    def write(self, run_id: str, *, shown: bool = True) -> RunReport:
        approve(self.ctx, run_id, shown=shown)
        for workflow in self.ctx.engine.open_ids(f"write-{run_id}"):
            self.ctx.engine.wait(workflow, 120)
        return report(self.ctx, run_id)

    def run(self, file: Path, record_type: str = "contacts", **how: object) -> RunReport:
        return self.write(self.preview(file, record_type, **how).run_id)  # type: ignore[arg-type]

    def crm(self, method: str, path: str, body: object = None) -> httpx.Response:
        """As somebody else with a key would: straight to the CRM."""
        answer = CLIENT.request(
            method, f"{self.twin.url}{path}", json=body, headers=self.twin.headers, timeout=30
        )
        answer.raise_for_status()
        return answer

    def contact(self, email: str, *names: str) -> dict[str, str | None]:
        """Properties of one contact as the CRM has them now."""
        asked = ",".join(names) or "email"
        answer = self.crm(
            "GET", f"/crm/v3/objects/contacts/{email}?idProperty=email&properties={asked}"
        ).json()
        return dict(answer["properties"]) | {"id": answer["id"]}


@pytest.fixture(scope="package")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """One for all tests: each has an account of its own, so they share no links."""
    opened = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(tmp_path_factory.mktemp("data"))}))
    opened.start()
    yield opened
    opened.stop()


@pytest.fixture
def imports(application: Application, twin: TwinProcess, tmp_path: Path) -> Imports:
    """An account with our fields, and no records."""
    ctx = application.context
    connected = connect(
        ctx, crm_type="hubspot", name=tmp_path.name, token=twin.token, base_url=twin.url, with_fields=True
    )
    for kind in ("email", "domain"):
        ctx.suppressions.remove(kind, [value for value, _ in ctx.suppressions.all(kind)])
    return Imports(ctx=ctx, connection=connected.connection, twin=twin, folder=tmp_path)
