"""A formula over the row's columns, read by `simpleeval` with everything taken away that could reach out or run on.

What is left are texts, numbers, comparisons, `and`/`or`/`not`, and the functions below: no attributes, no indexes, no powers,
no loops. Numbers are decimal, so 0.1 + 0.2 is 0.3.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from smartsync_core.errors import BadInput
from smartsync_core.mapping.text import quoted
from smartsync_core.mapping.transforms.base import (
    Apply,
    CannotRead,
    Kind,
    Option,
    Options,
    Transform,
    named_columns,
    replaced,
)
from smartsync_core.mapping.transforms.figures import plain_number

__all__ = ["TRANSFORMS"]

_LONGEST_FORMULA = 1_000  # characters
_LONGEST_TEXT = 10_000
_MOST_DIGITS = 40
_NODES = (
    ast.Expr, ast.Name, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Constant,
)  # fmt: skip
_FAILS = (InvalidExpression, ArithmeticError, DecimalException, TypeError, ValueError, RecursionError)


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
            raise CannotRead("The formula gives a number that is too large.")
        return format(value.normalize(), "f")
    if not isinstance(value, str):
        raise CannotRead("The formula gives neither a text nor a number.")
    if len(value) > _LONGEST_TEXT:
        raise CannotRead("The formula gives a text that is too long.")
    return value


def _replace(text: Any, find: Any, by: Any) -> str:
    return (
        replaced(_text(text), _text(find), _text(by), longest=_LONGEST_TEXT) if _text(find) else _text(text)
    )


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "number": lambda text: text if isinstance(text, Decimal) else plain_number(_text(text)),
    "text": _text,
    "upper": lambda text: _text(text).upper(),
    "lower": lambda text: _text(text).lower(),
    "trim": lambda text: " ".join(_text(text).split()),
    "left": lambda text, count: _text(text)[: max(0, int(count))],
    "right": lambda text, count: _text(text)[max(0, len(_text(text)) - int(count)) :],
    "length": lambda text: Decimal(len(_text(text))),
    "replace": _replace,
    "contains": lambda text, part: _text(part).casefold() in _text(text).casefold(),
    "when": lambda condition, yes, no: yes if condition else no,
    "round": lambda number, places=Decimal(0): round(number, min(int(places), 12)),
    "smaller": min,
    "larger": max,
}
_OPERATORS: Mapping[type, Callable[..., Any]] = {
    ast.Add: lambda left, right: (
        left + right
        if isinstance(left, Decimal) and isinstance(right, Decimal)
        else _text(_text(left) + _text(right))
    ),
    ast.Sub: operator.sub,
    ast.Mult: lambda left, right: _decimal(left) * _decimal(right),
    ast.Div: lambda left, right: _decimal(left) / _decimal(right),
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}


def _decimal(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    raise TypeError("only numbers can be multiplied or divided")


def _formula(options: Options) -> Apply:
    formula = options["formula"]
    names = {name: f"column_{place}" for place, name in enumerate(named_columns(formula))}
    plain = formula
    for name, variable in names.items():
        plain = plain.replace(f"{{{name}}}", variable)
    parsed = _parsed(formula, plain)

    def result(text: str, row: Mapping[str, str]) -> str:
        evaluator = _evaluator({"value": text} | {names[name]: row[name] for name in names})
        try:
            return _text(evaluator.eval(plain, previously_parsed=parsed))
        except CannotRead:
            raise
        except _FAILS as error:
            raise CannotRead(f"The formula cannot be worked out here: {_plainly(error)}.") from None

    return result


def _parsed(formula: str, plain: str) -> ast.AST:
    """Raises BadInput where the formula is none, or uses what is not allowed."""
    wrong = BadInput(
        f"{quoted(formula)} is not a formula that can be read.",
        hint="Write it as number({Revenue}) * 1000, or when({Country} == 'UK', 'EMEA', 'Other').",
        code="bad_step",
    )
    if len(plain) > _LONGEST_FORMULA:
        raise wrong
    try:
        tree: ast.AST = SimpleEval.parse(plain)
        nodes = list(ast.walk(tree))
    except (InvalidExpression, SyntaxError, ValueError, RecursionError, MemoryError):
        raise wrong from None
    if not isinstance(tree, ast.Expr):
        raise wrong
    for node in nodes:
        called = isinstance(node, ast.Call) and not (
            isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS and not node.keywords
        )
        if called or (isinstance(node, ast.expr) and not isinstance(node, _NODES)):
            raise wrong
        if isinstance(node, ast.operator | ast.unaryop | ast.cmpop) and type(node) not in _OPERATORS:
            raise wrong
    return tree


def _evaluator(names: Mapping[str, Any]) -> SimpleEval:
    evaluator = SimpleEval(operators=dict(_OPERATORS), functions=dict(_FUNCTIONS), names=dict(names))
    evaluator.nodes = {kind: evaluator.nodes[kind] for kind in _NODES}
    evaluator.nodes[ast.Constant] = _constant
    return evaluator


def _constant(node: ast.Constant) -> Any:
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return Decimal(str(node.value))
    return node.value


def _plainly(error: BaseException) -> str:
    if isinstance(error, ZeroDivisionError | DecimalException):
        return "it divides by zero or by nothing"
    if isinstance(error, TypeError):
        return "a text stands where a number should; use number({Column})"
    return str(error).rstrip(".") or "it is too deep"


TRANSFORMS = (
    Transform(
        name="formula",
        label="Formula",
        does=(
            "Works out a cell from columns in braces and `value`, the cell itself. Functions: "
            + ", ".join(f"`{name}`" for name in _FUNCTIONS)
            + "."
        ),
        build=_formula,
        options=(Option(name="formula", label="Formula", kind=Kind.COLUMNS, needed=True),),
        fills=True,
    ),
)
