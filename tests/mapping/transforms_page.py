"""Writes docs/transforms.md out of the transforms themselves and their cases: `python -m tests.mapping.transforms_page`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from smartsync_core.mapping.transforms import TRANSFORMS, Kind, Option, Transform
from tests.mapping.cases import cases

PAGE = Path(__file__).parents[2] / "docs" / "transforms.md"

_INTRODUCTION = """# What can be done to a column

Before a cell is cleaned and compared, it can pass through steps, one after the other. On the screen they stand under *Adjust a
column*, with each row before and after; on the command line `--step "Column=step option=value"` adds one, for instance
`--step "Revenue=number unit=thousands"`. The file itself is never changed, and a blank cell stays blank unless a step says that
it fills. A cell that a step cannot read makes its row *Needs you*, with the sentence below.

This page is written by `python -m tests.mapping.transforms_page` from the same cases that the tests run.
"""


def page() -> str:
    return "\n".join([_INTRODUCTION, *(line for one in TRANSFORMS.values() for line in _section(one))])


def _section(transform: Transform) -> Iterator[str]:
    yield f"## {transform.label}: `{transform.name}`"
    yield f"{transform.does}{' It fills blank cells too.' if transform.fills else ''}"
    yield ""
    if transform.options:
        yield from ("| option | holds | without it |", "|---|---|---|")
        yield from (
            f"| `{one.name}` | {_cell(_holds(one))} | {_cell(_without(one))} |" for one in transform.options
        )
        yield ""
    yield from ("| options | before | after |", "|---|---|---|")
    yield from (_line(case) for case in cases("transforms")["case"] if case["step"] == transform.name)
    yield ""


def _holds(option: Option) -> str:
    return f"{option.label}: {', '.join(option.choices)}" if option.kind is Kind.CHOICE else option.label


def _without(option: Option) -> str:
    return _code(option.preset) if option.preset else "must be given" if option.needed else "nothing"


def _line(case: Mapping[str, Any]) -> str:
    options = ", ".join(f"{name} {_code(value)}" for name, value in case.get("options", {}).items())
    row = ", ".join(f"{name}: {_code(value)}" for name, value in case.get("row", {}).items())
    before = _code(case["before"]) + (f" with {row}" if row else "")
    after = f"*{case['problem']}*" if "problem" in case else _code(case["after"])
    return f"| {_cell(options)} | {_cell(before)} | {_cell(after)} |"


def _code(text: str) -> str:
    shown = text.replace("\n", " ⏎ ").replace("\u00a0", "⍽").replace("\u200b", "")
    return "*a space*" if shown == " " else f"`{shown}`" if shown else "*blank*"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
