"""`python -m tests.reference` (`make docs`): writes docs/reference from what the API and the command line say of themselves."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from smartsync_core.api import create_api
from smartsync_core.cli.examples import EXAMPLES, PROGRAM
from smartsync_core.cli.parser import build_parser, leaves
from smartsync_core.wiring import Application

FOLDER = Path(__file__).parents[1] / "docs/reference"
_MADE = "<!-- Made by `make docs`; what is changed here by hand is lost. -->\n"
_PIPE = "\\|"  # inside a cell of a table
_STATUSES = {"200": "done", "202": "begun", "204": "done", "303": "goes on to a screen"}


def written() -> dict[str, str]:
    """Each file of docs/reference, by name, as it should be now."""
    return {"api.md": _api(), "commands.md": _commands()}


def _api() -> str:
    document = create_api(_nobody).openapi()
    return "\n".join(_api_lines(document))


def _nobody() -> Application:
    raise AssertionError("Only the description is asked for.")


def _api_lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield f"# Every call of the API\n\n{_MADE}"
    yield "How the API is used, with examples: [../api.md](../api.md). The app shows this page under `/api/docs`, and"
    yield "`/api/openapi.json` is the same for programs. Errors all have the shape [Problem](#problem).\n"
    calls = [
        (call["tags"][0], f"{method.upper()} /api{path}", call)
        for path, methods in document["paths"].items()
        for method, call in methods.items()
    ]
    for tag in dict.fromkeys(tag for tag, _, _ in calls):
        yield f"## Calls: {tag}\n"
        for of, title, call in calls:
            if of == tag:
                yield from _call(document, title, call)
    yield "## Shapes\n"
    for name, schema in document["components"]["schemas"].items():
        yield from _shape(name, schema)


def _call(document: Mapping[str, Any], title: str, call: Mapping[str, Any]) -> Iterator[str]:
    yield f"### `{title}`\n\n{call['description']}\n"
    roles = [role for need in call.get("security", ()) for role in need["HTTPBearer"]]
    yield f"Key: {roles[0] if roles else 'none'}.\n"
    given = [
        (one["name"], one["in"], one["schema"], one.get("required", False))
        for one in call.get("parameters", ())
    ]
    for kind, content in call.get("requestBody", {}).get("content", {}).items():
        schema = content["schema"]
        if "$ref" not in schema:
            continue
        shape = document["components"]["schemas"][_name(schema)]
        where = "form" if "multipart" in kind else "body"
        given += [
            (name, where, one, name in shape.get("required", ()))
            for name, one in shape.get("properties", {}).items()
        ]
    yield from _table(
        ["name", "where", "is", "default"],
        [
            [f"`{name}`", where, _kind(one), "needed" if needed else _default(one)]
            for name, where, one, needed in given
        ],
    )
    good = {status: answer for status, answer in call["responses"].items() if status < "400"}
    bad = [status for status in call["responses"] if status >= "400"]
    told = [f"{status} {_answer(status, answer)}" for status, answer in good.items()]
    yield f"Answers {', '.join(told)}{'; else ' if bad else ''}{', '.join(bad)}.\n"


def _answer(status: str, answer: Mapping[str, Any]) -> str:
    for content in answer.get("content", {}).values():
        if "$ref" in content.get("schema", {}):
            return _kind(content["schema"])
    return _STATUSES[status]


def _shape(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    if told := schema.get("description", ""):
        yield f"{told}\n"
    if "enum" in schema:
        yield f"One of {', '.join(f'`{one}`' for one in schema['enum'])}.\n"
    needed = schema.get("required", ())
    yield from _table(
        ["name", "is", "default"],
        [
            [f"`{key}`", _kind(one), "" if key in needed else _default(one)]
            for key, one in schema.get("properties", {}).items()
        ],
    )


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value is, in a word or two; other shapes as links."""
    if "$ref" in schema:
        return f"[{_name(schema)}](#{_name(schema).lower()})"
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{one}`" for one in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"map to {_kind(schema['additionalProperties'])}"
    return str(schema.get("type", "any"))


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"].rsplit("/", 1)[-1])


def _default(schema: Mapping[str, Any]) -> str:
    held = schema.get("default")
    return (
        f"`{json.dumps(held)}`".replace('`"', "`").replace('"`', "`")
        if held not in ("", None, [], {})
        else ""
    )


def _commands() -> str:
    return "\n".join(_command_lines())


def _command_lines() -> Iterator[str]:
    yield f"# Every command\n\n{_MADE}"
    yield f"Each begins with `{PROGRAM}`. What they do step by step, and what their options mean together:"
    yield "[../guide.md](../guide.md#on-the-command-line).\n"
    yield "Exit codes, of every command: 0 all well · 1 done, and rows need a person or failed, or the answer is no"
    yield "(`backtest` proposes nothing, `score replay` found a difference) · 2 nothing could be done, with one sentence why ·"
    yield "130 interrupted; an open import goes on at the next start.\n"
    for name, command, told in leaves(build_parser()):
        yield f"## `{name}`\n\n{told[:1].upper()}{told[1:]}.\n"
        yield f"```\n{PROGRAM} {EXAMPLES[name]}\n```\n"
        actions = [one for one in command._actions if "--help" not in one.option_strings]
        yield from _table(
            ["", "does", "default"], [[_option(one), _meaning(one), _standard(one)] for one in actions]
        )


def _option(action: argparse.Action) -> str:
    takes = (
        "" if action.nargs == 0 else str(action.metavar or "|".join(action.choices or ()) or _word(action))
    )
    return f"`{' '.join([*action.option_strings[:1], takes]).strip()}`"


def _word(action: argparse.Action) -> str:
    """What stands for the value where the parser names no word for it."""
    return "N" if action.type is int else (action.dest.upper() if not action.option_strings else "TEXT")


def _meaning(action: argparse.Action) -> str:
    return f"{action.help}; needed" if action.option_strings and action.required else str(action.help)


def _standard(action: argparse.Action) -> str:
    return f"`{action.default}`" if action.default not in (None, False, "", []) else ""


def _table(titles: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    if not lines:
        return
    yield f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}"
    for line in lines:
        yield f"| {' | '.join(cell.replace('|', _PIPE) for cell in line)} |"
    yield ""


if __name__ == "__main__":
    for file, text in written().items():
        (FOLDER / file).write_text(text, encoding="utf-8")
