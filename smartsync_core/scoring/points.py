"""Whole points per value of a column, learnt from closed deals: a logistic regression over bands and choices, rounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

__all__ = ["Column", "Level", "Points", "chances", "learn", "logistic", "why_not"]

Column = Sequence[float | None] | Sequence[str]
"""Numbers with None for a blank, or texts with "" for one."""
Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

_BANDS = 10
_MOST_CHOICES = 15
_SELDOM = 10  # deals; a choice seen less often gives no points
_RIDGE = 1.0
_PER_DOUBLING = 10  # points for twice the odds
_LN2 = float(np.log(2))


@dataclass(frozen=True, kw_only=True)
class Level:
    """Points that one value, or band of numbers, gives. `deals` of those it was learnt from have it.

    A band is above `low` and up to `high`, None where it has no such end; a value has neither.
    """

    column: str
    value: str
    points: int
    deals: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Points:
    levels: tuple[Level, ...]
    _edges: Mapping[str, tuple[float, ...]]

    def of(self, columns: Mapping[str, Column]) -> Numbers:
        """The sum for each deal; what was never seen gives nothing."""
        total = np.zeros(len(next(iter(columns.values()))))
        for name, values in columns.items():
            given = {level.value: level.points for level in self.levels if level.column == name}
            words = _words(values, self._edges.get(name))
            total += np.array([given.get(word, 0) for word in words], dtype=float)
        return total


def why_not(values: Column) -> str:
    """Why a column can give no points; "" where it can."""
    filled = [value for value in values if value not in (None, "")]
    if len(set(filled)) < 2:
        return "it says the same everywhere"
    if len(filled) < _SELDOM:
        return "it is hardly ever filled"
    if isinstance(filled[0], str) and max(Counter(filled).values()) < _SELDOM:
        return "hardly a value comes twice"
    return ""


def learn(columns: Mapping[str, Column], won: Truths) -> Points:
    edges = {name: _edges(values) for name, values in columns.items() if not _is_text(values)}
    parts = [_part(name, values, edges.get(name)) for name, values in columns.items()]
    parts = [part for part in parts if part.levels]
    x = np.column_stack([np.ones(len(won)), *(part.has @ part.steps for part in parts)])
    weights, at, levels = logistic(x, won), 1, list[Level]()
    for part in parts:
        given = part.steps @ weights[at : at + part.steps.shape[1]]
        at += part.steps.shape[1]
        levels += [
            replace(level, points=round(float(weight) / _LN2 * _PER_DOUBLING))
            for level, weight in zip(part.levels, given, strict=True)
        ]
    return Points(tuple(levels), edges)


@dataclass(frozen=True)
class _Part:
    """One column: which deal has which level, and how the weights of the regression add up to a level's."""

    levels: list[Level]
    has: Numbers  # deals × levels
    steps: Numbers  # levels × weights


def _part(name: str, values: Column, edges: tuple[float, ...] | None) -> _Part:
    """Choices have a weight each. Bands climb by steps, so that neighbours are held together; a blank stands at their mean."""
    words = _words(values, edges)
    counts = Counter(words)
    if edges is None:
        chosen = [value for value, deals in counts.most_common(_MOST_CHOICES) if value and deals >= _SELDOM]
        steps = np.eye(len(chosen))
    else:
        chosen = _band_names(edges)
        shares = np.array([counts[value] for value in chosen]) / max(
            sum(counts[value] for value in chosen), 1
        )
        steps = np.tri(len(chosen), len(edges), -1)
        steps = steps - shares @ steps
    has = np.array([[word == value for value in chosen] for word in words], dtype=float)
    ends = dict(zip(_band_names(edges), pairwise([None, *edges, None]), strict=True)) if edges else {}
    levels = [
        Level(column=name, value=value, points=0, deals=counts[value], low=low, high=high)
        for value in chosen
        for low, high in [ends.get(value, (None, None))]
    ]
    return _Part(levels, has, steps)


def chances(points: Numbers, won: Truths, of: Numbers) -> Numbers:
    """Platt: the chance that goes with points, learnt from `points` and `won`, for the points `of`."""
    scale = max(float(points.std()), 1e-9)
    weights = logistic(np.column_stack([np.ones(len(points)), points / scale]), won, ridge=1e-3)
    return np.asarray(1 / (1 + np.exp(-(weights[0] + weights[1] * of / scale))))


def logistic(x: Numbers, won: Truths, *, ridge: float = _RIDGE) -> Numbers:
    """Weights by Newton's method; the first column is the constant, and is not held back."""
    held = np.full(x.shape[1], ridge)
    held[0] = 1e-9
    weights = np.zeros(x.shape[1])
    for _ in range(100):
        likely = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (won - likely) - held * weights
        step = np.linalg.solve((x.T * (likely * (1 - likely))) @ x + np.diag(held), slope)
        weights = weights + step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights


def _is_text(values: Column) -> bool:
    return any(isinstance(value, str) for value in values)


def _edges(values: Column) -> tuple[float, ...]:
    known = np.array([value for value in values if value is not None] or [0.0], dtype=float)
    return tuple(dict.fromkeys(np.quantile(known, np.linspace(0, 1, _BANDS + 1)[1:-1]).tolist()))


def _words(values: Column, edges: tuple[float, ...] | None) -> list[str]:
    """Each value as the name of its level; "" for a blank."""
    if edges is None:
        return [str(value) for value in values]
    names = _band_names(edges)
    return [
        "" if value is None else names[int(np.searchsorted(edges, float(value), side="left"))]
        for value in values
    ]


def _band_names(edges: tuple[float, ...]) -> list[str]:
    told = [f"{edge:g}" for edge in edges]
    inner = [f"above {low} to {high}" for low, high in pairwise(told)]
    return [f"to {told[0]}", *inner, f"above {told[-1]}"]
