"""Where the app may be reached: on its own computer only, unless people log in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Scope

from pages.blocks.entrance import OnlyHere, auth_of, hosts_of
from smartsync_core.errors import NeedsPerson
from smartsync_core.model.access import Login
from smartsync_core.settings import Settings
from tests.running_app import PROJECT, app_command, app_environment, free_port

OIDC = {
    "OIDC_ISSUER": "https://login.firm.example/realm/",
    "OIDC_CLIENT_ID": "smartsync",
    "OIDC_CLIENT_SECRET": "hidden",
    "OIDC_REDIRECT_URI": "https://smartsync.firm.example/oauth2callback",
}


def login() -> Login:
    found = Settings.from_env(OIDC).login
    assert found
    return found


async def called(server: tuple[str, int | None], login: Login | None, kind: str = "http") -> list[Message]:
    """What is answered to a call that came in at that address of ours."""
    told: list[Message] = []

    async def send(message: Message) -> None:
        told.append(message)

    async def receive() -> Message:
        return {"type": f"{kind}.request"}

    scope: Scope = {"type": kind, "server": server, "method": "GET", "path": "/", "headers": []}
    await OnlyHere(PlainTextResponse("open"), login=login)(scope, receive, send)
    return told


@pytest.mark.anyio
@pytest.mark.parametrize("address", ["10.0.0.5", "192.168.1.2", "fd00::1"])
async def test_without_login_a_call_over_the_network_is_refused(address: str) -> None:
    assert (await called((address, 8501), None))[0]["status"] == httpx.codes.FORBIDDEN
    assert (await called((address, 8501), None, "websocket"))[0]["type"] == "websocket.close"
    assert (await called((address, 8501), login()))[0]["status"] == httpx.codes.OK


@pytest.mark.anyio
@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1", "/run/smartsync.sock"])
async def test_a_call_on_this_computer_is_answered(address: str) -> None:
    assert (await called((address, 8501), None))[0]["status"] == httpx.codes.OK


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_with_login_the_app_answers_under_its_public_name_too() -> None:
    assert hosts_of(None) == ["127.0.0.1", "localhost"]
    assert hosts_of(login()) == ["127.0.0.1", "localhost", "smartsync.firm.example"]


def test_streamlit_is_told_where_people_log_in_and_signs_with_a_new_secret_each_time() -> None:
    first, second = auth_of(login())["auth"], auth_of(login())["auth"]
    assert first["server_metadata_url"] == "https://login.firm.example/realm/.well-known/openid-configuration"
    assert first["cookie_secret"] != second["cookie_secret"]
    assert auth_of(None) == {}


@pytest.mark.parametrize("name", list(OIDC))
def test_half_a_configuration_of_login_is_refused(name: str) -> None:
    with pytest.raises(NeedsPerson, match=name):
        Settings.from_env(OIDC | {name: " "})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OIDC_ISSUER", "http://login.firm.example"),
        ("OIDC_REDIRECT_URI", "http://smartsync.firm.example/oauth2callback"),
        ("OIDC_REDIRECT_URI", "https://smartsync.firm.example/elsewhere"),
    ],
)
def test_an_address_at_which_others_could_read_along_is_refused(name: str, value: str) -> None:
    with pytest.raises(NeedsPerson, match=name):
        Settings.from_env(OIDC | {name: value})


def test_the_secret_of_our_registration_is_not_shown() -> None:
    assert "hidden" not in repr(Settings.from_env(OIDC))


@pytest.mark.slow
def test_without_login_the_app_does_not_start_on_another_address(tmp_path: Path) -> None:
    ended = subprocess.run(
        [*app_command(free_port()), "--server.address", "0.0.0.0"],
        cwd=PROJECT,
        env=app_environment(tmp_path / "data"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert ended.stderr.strip() == (
        "Without login SmartSync answers on this computer only, and not on 0.0.0.0. Start it with --server.address 127.0.0.1, "
        "or configure login with the four OIDC_ variables."
    )
