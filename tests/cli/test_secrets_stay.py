"""Marked secrets go in; nothing that comes out, and nothing that is kept, has them: outputs with DEBUG, files, tables."""

from __future__ import annotations

import base64
import re
import sqlite3
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pytest

from tests.command_line import CommandLine
from tests.twin_process import start_hubspot_twin

LEADS = "Email,First name,Employees\nada@x.example,Ada,1\nnobody,Ben,2\n"
WRONG = "pat-na1-0badbad0-0bad-4bad-8bad-0badbad00bad"
CLIENT_SECRET = "marked-0badbad0-client-secret"
LOGIN_SECRET = "marked-0badbad0-login-secret"
LOGIN = {
    "OIDC_ISSUER": "https://login.example",
    "OIDC_CLIENT_ID": "smartsync",
    "OIDC_CLIENT_SECRET": LOGIN_SECRET,
    "OIDC_REDIRECT_URI": "https://sync.example.com/oauth2callback",
}


@pytest.fixture
def chatty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Says all that it can; what it says and keeps stands in one folder."""
    monkeypatch.setenv("DEBUG", "smartsync:*")
    monkeypatch.setenv("HUBSPOT_CLIENT_SECRET", CLIENT_SECRET)
    for name, value in LOGIN.items():
        monkeypatch.setenv(name, value)
    return CommandLine(tmp_path / "data")


@pytest.mark.slow
def test_no_secret_is_said_or_kept(chatty: CommandLine, tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text(LEADS, encoding="utf-8")
    said: list[str] = []

    def do(*words: str, ends: int = 0) -> str:
        process = chatty.start(*words)
        out, err = process.communicate(timeout=120)
        said.extend((out, err))
        assert process.returncode == ends, err
        return out

    with start_hubspot_twin("--search-lag-s", "0") as twin:
        twin.control("PUT", "tokens", {WRONG: {"expires_in": -1}})
        do("connect", "hubspot", "--name", "Wrong", "--token", WRONG, "--base-url", twin.url, ends=2)
        do(
            "connect",
            "hubspot",
            "--name",
            "Twin",
            "--token",
            twin.token,
            "--base-url",
            twin.url,
            "--add-fields",
        )
        key = re.search(r"ssk_\S+", do("apikey", "create", "--role", "admin"))
        assert key is not None
        said.pop(-2)  # where it was shown, the one time
        do("sync", str(leads), "--to", "Twin", "--as", "contacts", "--yes", "--json", ends=1)
        run_id = do("runs").split()[0]
        for kind in ("csv", "xlsx"):
            do("errors", run_id, "--out", str(tmp_path / f"errors.{kind}"))
            do("export", run_id, "--out", str(tmp_path / f"all.{kind}"))
        do("secrets", "rotate")
        do("undo", run_id, "--yes", "--json")
    do("sync", str(leads), "--to", "Twin", "--as", "contacts", "--yes", ends=2)  # nobody answers there now

    secrets = [WRONG, twin.token, key[0], key[0].rpartition("_")[2], CLIENT_SECRET, LOGIN_SECRET]
    places = {"said": "\n".join(said).encode()} | _files(tmp_path) | _tables(tmp_path / "data")
    assert _found(secrets, places) == []
    assert _found(["ada@x.example"], places) != []  # it looks where things are
    assert any("smartsync_core" in line for line in said)  # and DEBUG did say something


def _files(folder: Path) -> dict[str, bytes]:
    """Every file; of a workbook what it unpacks to."""
    found = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for path in folder.rglob("*.xlsx"):
        with ZipFile(path) as workbook:
            found |= {f"{path.name}/{name}": workbook.read(name) for name in workbook.namelist()}
    return found


def _tables(data: Path) -> dict[str, bytes]:
    """Every value of both databases as text: what a file holds compressed, a search of its bytes would miss."""
    found = {}
    with duckdb.connect(str(data / "smartsync.duckdb"), read_only=True) as app:
        for schema, name in app.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
        ).fetchall():
            found[f"{schema}.{name}"] = repr(app.execute(f'SELECT * FROM "{schema}"."{name}"').fetchall())
    engine = sqlite3.connect(data / "smartsync.engine.sqlite")
    for (name,) in engine.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        found[f"engine.{name}"] = repr(engine.execute(f'SELECT * FROM "{name}"').fetchall())
    engine.close()
    return {name: text.encode() for name, text in found.items()}


def _found(secrets: list[str], places: dict[str, bytes]) -> list[tuple[str, str]]:
    """(secret, place), in plain or as base64."""
    return [
        (secret, name)
        for secret in secrets
        for form in (secret.encode(), base64.b64encode(secret.encode()).rstrip(b"=")[:-1])
        for name, content in places.items()
        if form in content
    ]
