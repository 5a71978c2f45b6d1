"""The app as one process: where it answers, how a second one is turned away, and that a stop in mid-run loses nothing."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import accounts, connect, import_drafts, imports, write
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application
from tests.running_app import PROJECT, RunningApp, app_command, app_environment, free_port
from tests.twin_process import TwinProcess, hubspot_twin

pytestmark = pytest.mark.slow

ROWS = 4_000
_PATIENCE_S = 120


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with RunningApp(tmp_path_factory.mktemp("shell")) as started:
        yield started


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with hubspot_twin("--latency-ms", "600") as started:
        yield started


def test_screens_and_api_answer_on_the_same_port(app: RunningApp) -> None:
    assert app.health()["status"] == "ok"
    for path in ("/", "/history", "/accounts"):
        page = httpx.get(app.url + path, timeout=30)
        assert page.status_code == httpx.codes.OK
        assert "<title>" in page.text
    assert httpx.get(f"{app.url}/api/nothing", timeout=30).status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize("path", ["/", "/api/health", "/_stcore/health"])
def test_a_strange_host_name_is_refused_everywhere(app: RunningApp, path: str) -> None:
    answer = httpx.get(app.url + path, headers={"Host": "evil.example"}, timeout=30)
    assert answer.status_code == httpx.codes.BAD_REQUEST


@pytest.mark.parametrize("strange", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_a_strange_page_cannot_talk_to_the_screens(app: RunningApp, strange: dict[str, str]) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    handshake = upgrade | {"Sec-WebSocket-Key": "c21hcnRzeW5jIGhlcmUhIQ=="}
    answers = []
    for headers in (handshake, handshake | strange):
        with httpx.stream("GET", f"{app.url}/_stcore/stream", headers=headers, timeout=30) as answer:
            answers.append(answer.status_code)
    assert answers[0] == httpx.codes.SWITCHING_PROTOCOLS
    assert answers[1] in (httpx.codes.BAD_REQUEST, httpx.codes.FORBIDDEN)


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api//runs",
        "//api",
        "//api//",
        "///api/runs",
        "/api/runs/%00",
        "/api/runs%0A",
        "/api/..%2fruns",
        "/api/%5C%5Celsewhere",
    ],
)
def test_beneath_api_the_api_answers_whatever_the_address(app: RunningApp, path: str) -> None:
    for method in ("GET", "POST"):
        answer = httpx.request(method, app.url + path, timeout=30)
        assert answer.is_client_error
        assert answer.json().keys() == {"code", "message", "hint", "id"}


def test_it_listens_on_this_machine_only(app: RunningApp) -> None:
    assert f"127.0.0.1:{app.port}" in str(app.note())


def test_it_notes_who_and_where_it_is(app: RunningApp) -> None:
    assert app.note() == {"pid": app.process.pid, "address": app.url}


def test_a_second_process_is_told_in_one_sentence_who_has_the_data(app: RunningApp) -> None:
    second = subprocess.run(
        app_command(free_port()),
        cwd=PROJECT,
        env=app_environment(app.data_dir),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode != 0
    assert second.stderr.strip() == (
        f"SmartSync is already open on these data (process {app.process.pid}, {app.url}): use it there, or close it first."
    )
    assert "Traceback" not in second.stdout
    assert app.note() == {"pid": app.process.pid, "address": app.url}, "the note is still the first one's"


def test_a_stop_leaves_no_note_and_a_clean_log(tmp_path: Path) -> None:
    app = RunningApp(tmp_path / "data")
    app.end(signal.SIGTERM)
    assert app.note() is None
    assert app.log().strip() == f"SmartSync is open at {app.url}"


def test_a_stop_in_the_middle_of_an_import_loses_nothing(tmp_path: Path, twin: TwinProcess) -> None:
    data_dir = tmp_path / "data"
    run_id = _approved_import(data_dir, tmp_path / "people.csv", twin)
    with RunningApp(data_dir, {"HUBSPOT_BASE_URL": twin.url}) as app:
        _until(lambda: 0 < twin.state()["contacts"] < ROWS or not app.health()["open_imports"])
        app.end(signal.SIGTERM)
    stopped_at = twin.state()["contacts"]
    with RunningApp(data_dir, {"HUBSPOT_BASE_URL": twin.url}) as app:
        _until(lambda: not app.health()["open_imports"])
    assert 0 < stopped_at < ROWS, "it was stopped in the middle"
    assert twin.state()["contacts"] == ROWS
    run, outcomes = _result(data_dir, run_id)
    assert run is RunState.DONE
    assert outcomes["created"] == ROWS


def _approved_import(data_dir: Path, file: Path, twin: TwinProcess) -> str:
    """Everything up to the button, by a process that then stops at once: nothing is sent yet."""
    lines = "".join(f"First{n},Last{n},p{n}@people.example\n" for n in range(ROWS))
    file.write_text(f"First name,Last name,Email\n{lines}")
    application = _application(data_dir)
    application.start()
    ctx = application.context
    connection = connect.connect(
        ctx, crm_type="hubspot", name="HubSpot", token=twin.token, base_url=twin.url
    ).connection
    draft = import_drafts.begin(ctx, file).of_rows(RecordType.CONTACTS).into(connection.id)
    run_id = imports.preview(ctx, draft, accounts.fields_of(ctx, connection)).run_id
    ctx.engine.wait(f"preview-{run_id}", timeout_s=_PATIENCE_S)
    write.approve(ctx, run_id, shown=True)
    application.stop()
    return run_id


def _result(data_dir: Path, run_id: str) -> tuple[RunState, dict[str, int]]:
    application = _application(data_dir)
    try:
        run = application.context.runs.get(run_id)
    finally:
        application.stop()
    outcomes = run.result["outcomes"]
    assert isinstance(outcomes, dict)
    return run.state, outcomes


def _application(data_dir: Path) -> Application:
    return Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(data_dir)}))


def _until(condition: object) -> None:
    assert callable(condition)
    until = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.02)
