"""What the documents say is there is there, and what is there is in the documents."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartsync_core import settings
from smartsync_core.cli.examples import EXAMPLES
from smartsync_core.cli.parser import build_parser, leaves
from tests import reference

PROJECT = Path(__file__).parents[1]
DOCS = [*sorted(PROJECT.glob("*.md")), *sorted(PROJECT.glob("docs/**/*.md"))]
GUIDE = (PROJECT / "docs/guide.md").read_text(encoding="utf-8")
ADMIN = (PROJECT / "docs/admin.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_link_inside_the_project_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text)
    assert links or path != PROJECT / "README.md"
    assert not [link for link in links if "://" not in link and not (path.parent / link).exists()]


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_link_to_a_heading_finds_it(path: Path) -> None:
    links = re.findall(r"\]\(((?!\w+:)[^)#]*)#([^)]+)\)", path.read_text(encoding="utf-8"))
    assert not [
        f"{file}#{anchor}"
        for file, anchor in links
        if anchor not in _anchors(path.parent / file if file else path)
    ]


def _anchors(path: Path) -> set[str]:
    """Of the headings, as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


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


def test_the_admin_page_names_every_variable_that_is_read_and_no_other() -> None:
    said = set(re.findall(r"^([A-Z][A-Z_0-9]+)\b", settings.__doc__ or "", re.MULTILINE))
    source = Path(settings.__file__).read_text(encoding="utf-8")
    read = set(re.findall(r"\"([A-Z][A-Z_0-9]{3,})\"", source)) - {"LOOPBACK"}
    lines = [line for line in ADMIN.splitlines() if line.startswith("| `")]
    told = {name for line in lines for name in re.findall(r"`([A-Z][A-Z_0-9]+)`", line.split(" | ")[0])}
    assert said == read == told


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_command_that_is_printed_can_be_typed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    printed = re.findall(r"^python -m smartsync_core ([^#<\n]*)", text, re.MULTILINE)
    for line in printed:
        words = shlex.split(line)
        if "COMMAND" not in words:
            build_parser().parse_args(words)


def test_every_command_has_an_example() -> None:
    assert {name for name, _, _ in leaves(build_parser())} == EXAMPLES.keys()


def test_every_sentence_that_the_admin_page_explains_is_one_that_is_said() -> None:
    files = [PROJECT / "Makefile", *PROJECT.glob("smartsync_core/**/*.py"), *PROJECT.glob("pages/**/*.py")]
    said = "".join(path.read_text(encoding="utf-8") for path in files).replace("{crm}", "HubSpot")
    explained = re.findall(r"^\| “([^”]+)” \|", ADMIN, re.MULTILINE)
    assert explained
    assert not [sentence for sentence in explained if sentence not in said]


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


def test_every_screen_stands_in_three_views_in_the_gallery() -> None:
    gallery = (PROJECT / "docs/screens/README.md").read_text()
    made = {path.stem for path in (PROJECT / "docs/screens").glob("*.png")} - {"23-report-for-others"}
    shown = set(re.findall(r'src="([^"]+)\.png"', gallery))
    screens = {name.removesuffix("-dark").removesuffix("-narrow") for name in made}
    assert shown == made
    assert made == {f"{name}{view}" for name in screens for view in ("", "-dark", "-narrow")}
