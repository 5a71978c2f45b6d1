"""What a step makes of a cell: tests/cases/mapping/transforms.toml, and what a table of cases cannot say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartsync_core.errors import BadInput
from smartsync_core.mapping.transforms import TRANSFORMS, CannotRead, Chain
from smartsync_core.model.mapping import Step
from tests.mapping.cases import cases
from tests.mapping.transforms_page import PAGE, page

CASES: list[dict[str, Any]] = cases("transforms")["case"]
FORMULAS_THAT_REACH_OUT = [
    "__import__('os').system('true')",
    "value.__class__",
    "().__class__.__bases__[0].__subclasses__()",
    "open('/etc/passwd')",
    "[one for one in value]",
    "lambda: 1",
    "value[0]",
    "f'{value:>99999999}'",
    "9 ** 9 ** 9",
    "1 << 100",
    "'%s' % value",
    "upper(text=value)",
    "value := 1",
    "import os",
    "(" * 500,
    "",
    "-" * 900 + "1 1",
]


def chain(*steps: Step, columns: tuple[str, ...] = ()) -> Chain:
    return Chain(steps, {name: place for place, name in enumerate(columns)})


def one(step: str, before: str, **options: str) -> str:
    return chain(Step(name=step, options=options)).run(before, ())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['step']} {case['before'][:30]!r}")
def test_a_cell_before_and_after_a_step(case: dict[str, Any]) -> None:
    row = case.get("row", {})
    made = chain(Step(name=case["step"], options=case.get("options", {})), columns=tuple(row))
    if "problem" in case:
        with pytest.raises(CannotRead) as why:
            made.run(case["before"], tuple(row.values()))
        assert str(why.value) == case["problem"]
    else:
        assert made.run(case["before"], tuple(row.values())) == case["after"]


def test_the_page_of_transforms_says_what_they_do() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.mapping.transforms_page"


@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_transform_and_each_of_its_options_has_a_case(name: str) -> None:
    mine = [case for case in CASES if case["step"] == name]
    used = {option for case in mine for option in case.get("options", {})}
    assert mine
    assert used == {option.name for option in TRANSFORMS[name].options}


def test_steps_follow_one_another() -> None:
    steps = (
        Step(name="split", options={"by": ",", "part": "last"}),
        Step(name="trim"),
        Step(name="case", options={"to": "upper"}),
    )
    assert chain(*steps).run("Leeds, uk ", ()) == "UK"


def test_a_blank_cell_stays_blank_until_a_step_fills_it() -> None:
    steps = (Step(name="number"), Step(name="blank_if"), Step(name="default", options={"value": "0"}))
    assert chain(*steps).run("", ()) == "0"


def test_a_step_looks_into_columns_of_its_row_whatever_the_spelling() -> None:
    step = Step(name="first_of", options={"columns": "{mobile_phone}"})
    made = chain(step, columns=("Phone", "Mobile Phone"))
    assert made.run("", ("", "07700 900123")) == "07700 900123"
    assert made.looks_aside


@pytest.mark.parametrize(
    ("step", "options", "said"),
    [
        ("shout", {}, "There is no step “shout”."),
        ("case", {"how": "upper"}, "has no option “how”"),
        ("case", {"to": "loud"}, "cannot take “loud” as “to”"),
        ("replace", {}, "lacks its option “find”"),
        ("split", {"part": "0"}, "names no part"),
        ("template", {"text": "hello"}, "No column is named."),
        ("template", {"text": "{Nowhere}"}, "The file has no column “Nowhere”."),
        ("lookup", {"table": "Hot - OPEN"}, "does not say what becomes of what"),
        ("date", {"written": "MM/YYYY"}, "names no day or no year"),
        ("date", {"written": "DD/MM/YYYY HH:mm", "zone": "Mars/Base"}, "is no time zone"),
        ("pattern_take", {"find": "("}, "is not a pattern"),
        ("pattern_take", {"find": "a" * 501}, "The pattern has 501 characters."),
        ("pattern_replace", {"find": "a", "by": r"\3"}, "cannot stand in for the pattern"),
    ],
)
def test_a_step_that_does_not_stand_is_refused_with_a_sentence(
    step: str, options: dict[str, str], said: str
) -> None:
    with pytest.raises(BadInput) as why:
        chain(Step(name=step, options=options), columns=("Email",))
    assert said in why.value.sentence()


@pytest.mark.parametrize("formula", FORMULAS_THAT_REACH_OUT, ids=lambda formula: formula[:30] or "blank")
def test_a_formula_that_reaches_out_or_runs_on_is_refused_before_it_runs(formula: str) -> None:
    with pytest.raises(BadInput):
        chain(Step(name="formula", options={"formula": formula}))


@pytest.mark.parametrize(
    "formula",
    [
        "replace(" * 30 + "value" + ", 'a', 'aaaaaaa')" * 30,
        "number('9999999999999999999999') " + "* number('9999999999999999999999')" * 5,
        "'a' * 10",
        "nothing + 1",
        "left()",
        "upper",
    ],
    ids=lambda formula: formula[:20],
)
def test_a_formula_that_grows_or_fails_is_said_on_its_cell(formula: str) -> None:
    with pytest.raises(CannotRead):
        one("formula", "a", formula=formula)


def test_a_pattern_that_is_slow_again_and_again_is_given_up() -> None:
    slow = Step(name="pattern_take", options={"find": r"(?:a|a)*(?:a|aa)*(?:a|aa)+b$"})
    made = chain(slow)
    for number in range(2_000):
        with pytest.raises(CannotRead):
            made.run("a" * 70 + f"b{number}", ())


@settings(max_examples=60, deadline=None)
@given(before=st.text(max_size=60), case=st.sampled_from(CASES), other=st.text(max_size=20))
def test_whatever_a_cell_holds_it_is_changed_or_explained(
    before: str, case: dict[str, Any], other: str
) -> None:
    columns = tuple(case.get("row", {}))
    made = chain(Step(name=case["step"], options=case.get("options", {})), columns=columns)
    cells = tuple(other for _ in columns)
    assert _changed_or_explained(made, before, cells) == _changed_or_explained(made, before, cells)


def _changed_or_explained(made: Chain, before: str, cells: tuple[str, ...]) -> str:
    try:
        return made.run(before, cells)
    except CannotRead as why:
        return str(why)
