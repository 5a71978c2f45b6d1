"""What people call a value: "Ada Lovelace" for an owner's id, "Marketing Qualified Lead" for what the CRM keeps of that choice.

The account's words are noted when a run is planned, for the fields that its columns go to and those that what is ticked besides
fills: screens ask no account for them. Where no word is noted, a value stands as it is. A moment in milliseconds is a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import cast

from smartsync_core.errors import NeedsPerson
from smartsync_core.mapping.choices import OWNER_FIELDS
from smartsync_core.model.crm import FieldType, ObjectName
from smartsync_core.model.mapping import Certainty
from smartsync_core.model.moments import written
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.field_words import readable
from smartsync_core.store.cells import Cells

__all__ = ["ValueWords", "live_word", "note_words"]

_OWNERS, _MOMENTS = "owners", "moments"  # no field has these names
_IN_MILLISECONDS = re.compile(r"-?\d{10,14}")
_Labels = Mapping[str, Mapping[str, str]]  # "contacts.lifecyclestage" -> value -> label


def note_words(ctx: Context, run: Run, session: Session) -> None:
    """Note them for a plan that stands: all choices of the fields that it fills, and all owners where it sets one.

    What the CRM makes of a value may be any of them.
    """
    sure = (one.target for one in run.options.columns if one.certainty is Certainty.SURE)
    places = {(target.object, target.property) for target in sure if target}
    if run.options.extras:
        places |= {
            (ObjectName(name), field) for name, field in Cells(ctx.database, ctx.org_id).places(run.id)
        }
    labels = {f"{name}.{field}": known for name, field in places if (known := _choices(session, name, field))}
    labels[_MOMENTS] = {
        f"{name}.{field}": kind for name, field in places if (kind := _moment(session, name, field))
    }
    if any(field in OWNER_FIELDS for _, field in places):
        labels[_OWNERS] = {one.id: one.name or one.email for one in session.owners()}
    ctx.engine.put_note(_note(run.id), labels)


def _choices(session: Session, name: ObjectName, field_name: str) -> dict[str, str]:
    """Value → label. Where a deal stands is told by the account's pipelines, not by the field."""
    if (name, field_name) == (ObjectName.DEALS, "pipeline"):
        return {one.id: one.label for one in session.pipelines()}
    if (name, field_name) == (ObjectName.DEALS, "dealstage"):
        return {stage.id: stage.label for one in session.pipelines() for stage in one.stages}
    field = session.schema(name).fields.get(field_name)
    return {one.value: one.label for one in field.options} if field is not None else {}


def _moment(session: Session, name: ObjectName, field_name: str) -> str:
    """ "date" or "datetime" where a moment stands there, else ""."""
    field = session.schema(name).fields.get(field_name)
    return (
        field.type.value if field is not None and field.type in (FieldType.DATE, FieldType.DATETIME) else ""
    )


def live_word(session: Session, name: ObjectName, field_name: str, value: str) -> str:
    """As `ValueWords.of`, by what the account says now. An owner whom the key may not see stands as an id."""
    if field_name not in OWNER_FIELDS:
        return _worded(
            field_name, value, _choices(session, name, field_name), _moment(session, name, field_name)
        )
    try:
        return _worded(field_name, value, {one.id: one.name or one.email for one in session.owners()})
    except NeedsPerson:
        return value


def _worded(field_name: str, value: str, labels: Mapping[str, str] | None, moment: str = "") -> str:
    """Of several choices in one value each has its word."""
    if moment and _IN_MILLISECONDS.fullmatch(value):
        when = datetime.fromtimestamp(int(value) / 1000, UTC)
        return written(when) if moment == FieldType.DATETIME else when.date().isoformat()
    if not labels or not value:
        return readable(field_name, value)
    if value in labels:
        return labels[value]
    return "; ".join(labels.get(one, one) for one in value.split(";"))


class ValueWords:
    """The words of some runs; of an undo, those of the import that it takes back."""

    def __init__(self, ctx: Context, runs: Iterable[Run]) -> None:
        self._labels: dict[str, dict[str, str]] = {}
        for run_id in dict.fromkeys(run.undo_of or run.id for run in runs):
            noted = cast(_Labels, ctx.engine.get_note(_note(run_id)) or {})
            for place, labels in noted.items():
                self._labels.setdefault(place, {}).update(labels)
        self._moments = self._labels.pop(_MOMENTS, {})

    def of(self, object_name: str, name: str, value: str) -> str:
        place = f"{object_name}.{name}"
        labels = self._labels.get(_OWNERS if name in OWNER_FIELDS else place)
        return _worded(name, value, labels, self._moments.get(place, ""))

    def meant(self, text: str) -> list[tuple[str, str]]:
        """(field, value) of every word in which that text stands, in any case: what a search for it finds besides."""
        return [
            (name, value)
            for place, labels in self._labels.items()
            for value, label in labels.items()
            if text.casefold() in label.casefold()
            for name in (OWNER_FIELDS if place == _OWNERS else (place.partition(".")[2],))
        ]


def _note(run_id: str) -> str:
    return f"value words {run_id}"
