"""Tokens at rest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from smartsync_core.errors import NeedsPerson
from smartsync_core.settings import Settings
from smartsync_core.store.secrets import Secrets

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def in_folder(folder: Path, **environ: str) -> Secrets:
    return Secrets.from_settings(Settings.from_env({"SMARTSYNC_DATA_DIR": str(folder), **environ}))


def test_a_secret_opens_for_the_org_and_kind_it_was_sealed_for() -> None:
    secrets = Secrets([OLD])
    sealed = secrets.seal("org", "access_token", "pat-na1-x")
    assert "pat-na1-x" not in sealed
    assert secrets.open("org", "access_token", sealed) == "pat-na1-x"


@pytest.mark.parametrize(("org", "kind"), [("other", "access_token"), ("org", "refresh_token")])
def test_a_secret_copied_elsewhere_does_not_open(org: str, kind: str) -> None:
    secrets = Secrets([OLD])
    with pytest.raises(NeedsPerson) as refused:
        secrets.open(org, kind, secrets.seal("org", "access_token", "pat-na1-x"))
    assert "pat-na1-x" not in str(refused.value)


def test_without_its_key_a_secret_asks_for_a_person() -> None:
    with pytest.raises(NeedsPerson, match="cannot be decrypted"):
        Secrets([NEW]).open("org", "access_token", Secrets([OLD]).seal("org", "access_token", "x"))


def test_once_rotated_a_secret_needs_only_the_newest_key() -> None:
    sealed = Secrets([OLD]).seal("org", "access_token", "x")
    rotated = Secrets([NEW, OLD]).rotate(sealed)
    assert Secrets([NEW]).open("org", "access_token", rotated) == "x"


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    sealed = in_folder(tmp_path / "data").seal("org", "access_token", "x")
    assert (tmp_path / "data" / "keys").stat().st_mode & 0o777 == 0o600
    assert in_folder(tmp_path / "data").open("org", "access_token", sealed) == "x"


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    in_folder(tmp_path)
    (tmp_path / "keys").chmod(0o640)
    with pytest.raises(NeedsPerson, match="can be read by others"):
        in_folder(tmp_path)


def test_keys_from_the_environment_make_no_file(tmp_path: Path) -> None:
    in_folder(tmp_path, SMARTSYNC_KEYS=f"{NEW}, {OLD}")
    assert not (tmp_path / "keys").exists()


def test_a_key_that_is_none_is_refused_without_being_shown() -> None:
    with pytest.raises(NeedsPerson) as refused:
        Secrets(["not-a-key"])
    assert "not-a-key" not in refused.value.sentence()
