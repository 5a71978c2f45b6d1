"""Rooms and who may see whom: imports point down, equals never import each other. A new room needs a row here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PROJECT = Path(__file__).parents[1]
RANKS = [
    {"errors", "redaction", "courtesy"},
    {"model"},
    {"settings", "http"},
    {"mapping", "planning", "scoring"},
    {"intake", "store", "connectors", "enrichment"},
    {"engine"},
    {"orchestrator"},
    {"wiring"},
    {"api", "cli"},
    {"__main__", "pages"},
    {"app"},
]
RANK = {room: rank for rank, rooms in enumerate(RANKS) for room in rooms}
FACES = {"api", "cli", "pages", "app"}
USE_CASES = {"orchestrator", "wiring", "model", "errors"}
USE_CASES |= {"settings", "courtesy"}  # to say what is to be built, and who goes first
OUTSIDE = {"twins", "smartsync_core"}  # the stand-in CRMs, and the package's own __init__


class Import(NamedTuple):
    """One import of one file; `seen` is the room it comes from, or the library."""

    file: str
    room: str
    name: str
    seen: str

    def __str__(self) -> str:
        return f"{self.file} imports {self.name}"


def _all_imports() -> Iterator[Import]:
    for path in [PROJECT / "app.py", *PROJECT.glob("pages/**/*.py"), *PROJECT.glob("smartsync_core/**/*.py")]:
        file = path.relative_to(PROJECT)
        room = _room(".".join(file.with_suffix("").parts).removesuffix(".__init__"))
        for name in _names(ast.parse(path.read_text(encoding="utf-8"))):
            yield Import(str(file), room, name, _room(name))


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):  # a dot instead of a name is refused by ruff
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _room(name: str) -> str:
    """`smartsync_core.store.runs.Runs` → `store`; outside the package the first word."""
    first, _, rest = name.partition(".")
    return rest.split(".")[0] if first == "smartsync_core" and rest else first


IMPORTS = list(_all_imports())
BETWEEN_ROOMS = [i for i in IMPORTS if i.seen != i.room and i.seen in RANK.keys() | OUTSIDE]


def test_every_room_has_a_rank() -> None:
    assert {i.room for i in IMPORTS} <= RANK.keys() | OUTSIDE


def test_imports_point_down_and_equals_never_import_each_other() -> None:
    ranked = [i for i in BETWEEN_ROOMS if not {i.room, i.seen} & OUTSIDE]
    assert not [str(i) for i in ranked if RANK[i.seen] >= RANK[i.room]]


def test_the_stand_in_crms_share_nothing_with_the_app() -> None:
    assert not [str(i) for i in BETWEEN_ROOMS if "twins" in (i.room, i.seen)]


def test_the_package_itself_stays_light() -> None:
    assert not [str(i) for i in BETWEEN_ROOMS if i.room == "smartsync_core"]


def test_screens_api_and_command_line_see_only_the_use_cases() -> None:
    assert not [str(i) for i in BETWEEN_ROOMS if i.room in FACES and i.seen not in USE_CASES | FACES]


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("streamlit", {"app", "pages"}),
        ("sqlalchemy", {"store", "engine"}),
        ("duckdb", {"store", "engine"}),
        ("dbos", {"engine"}),
    ],
)
def test_a_library_is_used_where_its_subject_lives(library: str, rooms: set[str]) -> None:
    assert not [str(i) for i in IMPORTS if i.name.split(".")[0] == library and i.room not in rooms]


def test_tables_are_reached_inside_the_store_only() -> None:
    tables = "smartsync_core.store.tables"
    assert any(i.name.startswith(tables) for i in IMPORTS)
    assert not [str(i) for i in IMPORTS if i.name.startswith(tables) and i.room != "store"]
