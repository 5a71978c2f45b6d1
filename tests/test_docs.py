"""What the documents say is there is there, and what is there is in the documents."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartsync_core import settings
from smartsync_core.cli.parser import build_parser, leaves
from tests import reference

PROJECT = Path(__file__).parents[1]
DOCS = [*sorted(PROJECT.glob("*.md")), *sorted(PROJECT.glob("docs/**/*.md"))]
GUIDE = (PROJECT / "docs/guide.md").read_text(encoding="utf-8")
README = (PROJECT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_link_inside_the_project_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text)
    assert links or path != PROJECT / "README.md"
    assert not [link for link in links if "://" not in link and not (path.parent / link).exists()]


def test_the_guide_names_every_command_and_option() -> None:
    words = set(_words(build_parser()))
    assert words
    assert not [word for word in sorted(words) if not re.search(rf"[` ]{word}[` ]", GUIDE)]


@pytest.mark.parametrize(("name", "text"), reference.written().items())
def test_the_reference_says_what_the_code_says(name: str, text: str) -> None:
    assert (reference.FOLDER / name).read_text(encoding="utf-8") == text, "`make docs` writes it anew"


def test_every_option_says_what_it_is_for() -> None:
    options = [(name, one) for name, command, _ in leaves(build_parser()) for one in command._actions]
    assert options
    assert not [(name, one.dest) for name, one in options if not one.help]


def test_the_readme_names_every_variable_that_is_read() -> None:
    variables = re.findall(r"^([A-Z][A-Z_]+)\b", settings.__doc__ or "", re.MULTILINE)
    assert variables
    assert not [name for name in variables if f"`{name}`" not in README]


def test_every_decision_is_dated_and_listed() -> None:
    folder = PROJECT / "docs/decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    notes = [path.name for path in folder.glob("*.md") if path.name != "README.md"]
    assert not [
        name for name in notes if not re.match(r"\d{4}-\d\d-\d\d-", name) or f"({name})" not in listed
    ]


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_a_lock_names_versions_and_hashes_but_no_place(lock: str) -> None:
    text = (PROJECT / lock).read_text(encoding="utf-8")
    assert "--hash=sha256:" in text
    assert not re.findall(r"://|--(?:extra-)?index-url|--find-links", text)


def _words(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from (option for option in action.option_strings if option not in ("-h", "--help"))
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield name
                yield from _words(command)
