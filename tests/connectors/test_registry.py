"""The list of connectors, and what each of them says about itself."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import smartsync_core.connectors
from smartsync_core.connectors.base import BaseCRMConnector, Settings
from smartsync_core.connectors.hubspot import HubSpotConnector
from smartsync_core.connectors.memory import MemoryConnector
from smartsync_core.connectors.registry import CRMConnectorFactory
from smartsync_core.errors import NotFound
from smartsync_core.http import FixedToken
from tests.connectors.contract import CONTACTS, made

ROOM = Path(smartsync_core.connectors.__file__).parent
FOLDERS = sorted(path.parent for path in ROOM.glob("*/manifest.toml"))


@pytest.fixture
def known_names() -> Iterator[None]:
    """What a test registers is gone afterwards."""
    before = dict(CRMConnectorFactory._known)  # noqa: SLF001 - there is no reason to forget a connector but this
    yield
    CRMConnectorFactory._known.clear()  # noqa: SLF001
    CRMConnectorFactory._known.update(before)  # noqa: SLF001


def test_every_folder_is_in_the_registry_under_its_manifests_id() -> None:
    assert tuple(folder.name for folder in FOLDERS) == CRMConnectorFactory.names()
    assert all(CRMConnectorFactory.manifest(folder.name).id == folder.name for folder in FOLDERS)


def test_a_connector_is_made_by_name_in_any_case() -> None:
    assert isinstance(CRMConnectorFactory.create("HubSpot"), HubSpotConnector)


@pytest.mark.usefixtures("known_names")
def test_somebodys_own_connector_can_be_registered() -> None:
    class NewCRMConnector(MemoryConnector):
        pass

    CRMConnectorFactory.register("newcrm", NewCRMConnector)
    assert isinstance(CRMConnectorFactory.create("newcrm"), BaseCRMConnector)


@pytest.mark.usefixtures("known_names")
def test_people_are_offered_every_connector_but_those_for_tests() -> None:
    class NewCRMConnector(MemoryConnector):
        manifest = replace(MemoryConnector.manifest, title="New CRM", for_tests=False)

    before = CRMConnectorFactory.offered()
    assert before["hubspot"] == "HubSpot"
    assert "memory" not in before
    CRMConnectorFactory.register("newcrm", NewCRMConnector)
    assert CRMConnectorFactory.offered() == before | {"newcrm": "New CRM"}


def test_an_unknown_name_is_told_with_those_that_are_known() -> None:
    with pytest.raises(NotFound, match="pipedrive") as refused:
        CRMConnectorFactory.create("pipedrive")
    assert "hubspot" in refused.value.hint


def test_memory_accounts_of_one_name_are_the_same_account() -> None:
    settings = Settings(base_url="memory://shared", tokens=FixedToken(""))
    one, other = (CRMConnectorFactory.create("memory", settings) for _ in range(2))
    contact = made(one, CONTACTS, firstname="Ada")
    assert contact in other.read(CONTACTS, [contact], [])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_limit_has_a_source_and_a_date(folder: Path) -> None:
    limits = CRMConnectorFactory.manifest(folder.name).limits
    assert limits
    assert all(limit.value > 0 and limit.source and limit.read.year >= 2026 for limit in limits.values())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_quality_rule_is_done_or_says_why_not(folder: Path) -> None:
    rules: dict[str, Any] = tomllib.loads((folder / "quality.toml").read_text(encoding="utf-8"))["rules"]
    for name, rule in rules.items():
        if rule != "done":
            assert rule["status"] in ("todo", "exempt"), name
            assert len(rule["reason"]) > 10, name


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_connector_is_documented(folder: Path) -> None:
    assert (folder / "README.md").is_file()
    docs = Path(__file__).parents[2] / "docs" / "connectors.md"
    assert f"`{folder.name}`" in docs.read_text(encoding="utf-8")
