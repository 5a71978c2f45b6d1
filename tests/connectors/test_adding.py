"""docs/adding-a-connector.md, typed as it stands into a copy of the project: the toy keeps the contract and takes an import."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[2]
GUIDE = (PROJECT / "docs/adding-a-connector.md").read_text(encoding="utf-8")
COPIED = ["smartsync_core", "tests", "docs/connectors.md", "pyproject.toml"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With every block of the page typed into the file that it is under."""
    copy = tmp_path_factory.mktemp("toy") / "project"
    for name in COPIED:
        place = copy / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, place, ignore=shutil.ignore_patterns("output"))
        else:
            shutil.copy(PROJECT / name, place)
    for name, kind, text in re.findall(
        r"^`([\w/.]+)`\n\n```(\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL
    ):
        place = copy / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(_changed(place, text) if kind == "diff" else text, encoding="utf-8")
    return copy


def _changed(place: Path, diff: str) -> str:
    lines = diff.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] != "+")
    after = "".join(line[1:] for line in lines if line[0] != "-")
    text = place.read_text(encoding="utf-8")
    if after in text:  # somebody is following the page here
        return text
    assert text.count(before) == 1, f"{place.name} no longer holds: {before}"
    return text.replace(before, after)


def _python(project: Path, *words: str) -> str:
    environment = {**os.environ, "SMARTSYNC_DATA_DIR": str(project / "data")}
    done = subprocess.run(
        [sys.executable, *words], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_toy_passes_the_conformance_suite_and_is_listed_and_documented(project: Path) -> None:
    files = ["tests/connectors/test_notebook.py", "tests/connectors/test_registry.py"]
    said = _python(project, "-m", "pytest", "-v", "-p", "no:cacheprovider", *files)
    told = re.search(r"says `(\d+) passed, (\d+) skipped`", GUIDE)
    suite = re.findall(r"test_notebook\.py::\S+ (PASSED|SKIPPED)", said)
    assert told
    assert [suite.count("PASSED"), suite.count("SKIPPED")] == [int(told[1]), int(told[2])]


def test_the_toy_is_connected_and_imported_into_on_the_command_line(project: Path, tmp_path: Path) -> None:
    file, notebook = tmp_path / "toy.csv", tmp_path / "notebook.json"
    rows = re.search(r"^printf '(.*)' > data/toy.csv$", GUIDE, re.MULTILINE)
    typed = re.findall(r"^\.venv/bin/python -m smartsync_core ((?:connect|sync) .*)$", GUIDE, re.MULTILINE)
    assert rows
    assert [line.split()[0] for line in typed] == ["connect", "sync"]
    file.write_text(rows[1].replace("\\n", "\n"), encoding="utf-8")
    places = {"$PWD/data/notebook.json": str(notebook), "data/toy.csv": str(file)}
    commands = [[places.get(word, word) for word in shlex.split(line)] for line in typed]
    one_after_the_other = (
        "import sys; from smartsync_core.cli import main; sys.exit(any([main(words) for words in {}]))"
    )
    _python(project, "-c", one_after_the_other.format(commands))
    held = notebook.read_text(encoding="utf-8")
    assert '"email": "ann@mill.example"' in held
    assert '"name": "Mill"' in held
