"""The key of stored tokens is changed, and every token opens before, after and in between."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import pytest
import sqlalchemy as sa

from smartsync_core.orchestrator.secret_keys import rotate
from smartsync_core.settings import Settings
from smartsync_core.store.connections import Connections
from smartsync_core.store.tables import orgs
from smartsync_core.wiring import Application

TOKEN = "pat-na1-marked"


def opened(folder: Path) -> Application:
    return Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(folder)}))


def read_token(folder: Path) -> str:
    application = opened(folder)
    try:
        connections = application.context.connections
        return connections.tokens(connections.by_name("Main").id).access
    finally:
        application.stop()


def rotated(folder: Path, *, forget_old: bool = False) -> int:
    application = opened(folder)
    try:
        return rotate(application.context, forget_old=forget_old)
    finally:
        application.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    application = opened(tmp_path)
    application.context.connections.save(
        name="Main", crm_type="hubspot", base_url="", token=TOKEN, refresh_token="again"
    )
    application.stop()
    return tmp_path


def test_a_new_key_comes_first_and_every_token_is_sealed_with_it(folder: Path) -> None:
    (old,) = (folder / "keys").read_text().split()
    assert rotated(folder) == 2
    new, kept = (folder / "keys").read_text().split()
    assert kept == old
    (folder / "keys").write_text(new)
    assert read_token(folder) == TOKEN, "it needs the new key only"


def test_old_keys_can_be_forgotten(folder: Path) -> None:
    old = (folder / "keys").read_text().strip()
    rotated(folder, forget_old=True)
    (new,) = (folder / "keys").read_text().split()
    assert new != old
    assert (folder / "keys").stat().st_mode & 0o777 == 0o600
    assert read_token(folder) == TOKEN


def test_stopped_after_the_key_was_made_every_token_opens_and_it_can_be_begun_again(folder: Path) -> None:
    with (
        mock.patch.object(Connections, "rotate", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        rotated(folder)
    assert read_token(folder) == TOKEN
    assert rotated(folder, forget_old=True) == 2
    assert read_token(folder) == TOKEN


def test_tokens_of_every_organisation_are_sealed_anew(folder: Path) -> None:
    application = opened(folder)
    with application.context.database.write() as conn:
        conn.execute(sa.insert(orgs).values(id="other", name="Other", created_at=datetime.now(UTC)))
    application.context_of("other").connections.save(
        name="Theirs", crm_type="hubspot", base_url="", token=TOKEN
    )
    application.stop()
    assert rotated(folder, forget_old=True) == 3
    application = opened(folder)
    theirs = application.context_of("other").connections
    assert theirs.tokens(theirs.by_name("Theirs").id).access == TOKEN
    application.stop()
