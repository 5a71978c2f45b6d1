"""A column's steps, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from smartsync_core.errors import BadInput
from smartsync_core.mapping.overrides import find_column
from smartsync_core.mapping.text import quoted
from smartsync_core.mapping.transforms import columns, contact, figures, formula, lists, text
from smartsync_core.mapping.transforms.base import CannotRead, Kind, Transform, named_columns
from smartsync_core.model.mapping import Step

__all__ = ["TRANSFORMS", "Chain", "looked_into", "options_in_words"]

TRANSFORMS: Mapping[str, Transform] = {
    one.name: one for module in (text, columns, figures, contact, lists, formula) for one in module.TRANSFORMS
}
_CACHE_SIZE = 10_000


def options_in_words(step: Step) -> str:
    """`how “upper”`: what a step goes by, what nobody changed included; "" where there is nothing to say."""
    known = TRANSFORMS[step.name].options if step.name in TRANSFORMS else ()
    said = {one.name: step.options.get(one.name, one.preset) for one in known}
    return ", ".join(f"{name.replace('_', ' ')} {quoted(value)}" for name, value in said.items() if value)


class Chain:
    """Built once per column. Equal cells (and equal cells of the columns it looks at) are worked out once."""

    def __init__(self, steps: Sequence[Step], places: Mapping[str, int]) -> None:
        """`places`: every column of the table, by header. Raises BadInput naming the step that does not stand."""
        self._steps = [self._built(step) for step in steps]
        self._places = {name: places[find_column(name, list(places))] for name in looked_into(steps)}
        self._cache: dict[tuple[str, ...], str | CannotRead] = {}

    @property
    def looks_aside(self) -> bool:
        """Whether a cell alone does not tell what becomes of it."""
        return bool(self._places)

    def run(self, cell: str, cells: Sequence[str]) -> str:
        """The cell after every step; `cells` = the whole row. Raises CannotRead."""
        if not self._steps:
            return cell
        row = {name: cells[place] for name, place in self._places.items()}
        key = (cell, *row.values())
        found = self._cache.get(key)
        if found is None:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            found = self._cache[key] = self._worked_out(cell, row)
        if isinstance(found, CannotRead):
            raise found
        return found

    def _worked_out(self, cell: str, row: Mapping[str, str]) -> str | CannotRead:
        try:
            for transform, apply in self._steps:
                if cell or transform.fills:
                    cell = apply(cell, row)
        except CannotRead as why:
            return why
        return cell

    def _built(self, step: Step):  # type: ignore[no-untyped-def]
        transform = _known(step)
        return transform, transform.build(transform.settled(step.options))


def looked_into(steps: Iterable[Step]) -> list[str]:
    """The columns whose cells the steps need besides their own. Raises BadInput naming a step that there is not."""
    return [name for step in steps for name in _columns_of(step)]


def _known(step: Step) -> Transform:
    if step.name not in TRANSFORMS:
        raise BadInput(
            f"There is no step {quoted(step.name)}.",
            hint=f"Steps are: {', '.join(TRANSFORMS)}.",
            code="bad_step",
        )
    return TRANSFORMS[step.name]


def _columns_of(step: Step) -> list[str]:
    options = _known(step).options
    return [
        name
        for option in options
        if option.kind is Kind.COLUMNS
        for name in named_columns(step.options.get(option.name, option.preset))
    ]
