"""The standing mappings of one account and record type: a table to change, one column looked at closely, versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.blocks import account, chain, policies, problems, rights
from pages.blocks.services import context
from pages.blocks.words import MANY, WHY_PX, count, moment, person, plain, row_height, table_height
from smartsync_core.errors import BadInput
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.mapping import FieldMapping, Policy, Step, Target
from smartsync_core.orchestrator import field_mapping_rows, field_mapping_words, field_mappings
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.field_mapping_words import FieldLine

__all__ = ["show"]

_TOLD = "fields-told"  # one sentence that outlives the rerun after a change
_AS_IMPORT = "As the import says"


def show(connection: Connection, name: ObjectName, fields: AccountFields) -> None:
    """Everything below the choice of account and record type."""
    account.banner(connection)
    st.markdown(
        f"Columns of these names go where it says here, in every import of {MANY[name]} and in every call of a program; "
        "an import can still say otherwise."
    )
    if told := st.session_state.pop(_TOLD, ""):
        st.success(told)
    may = rights.told(field_mappings.save)
    versions = context().field_mappings.versions(connection.id, name)
    kept = context().field_mappings.of(connection.id, name)
    places = {str(line.target): line for line in field_mapping_words.places(name, fields)}
    for fault in field_mappings.standing_faults(kept, fields):
        st.warning(
            "Until it is put right, the command line and programs refuse a file with this column; on screen it is left out, "
            "and said before the preview.",
            title=plain(fault),
        )
    for sentence in field_mapping_words.twice(kept, fields.schemas):
        st.warning(plain(sentence))
    if not kept:
        st.caption(
            "Nothing is kept here yet. Write the name of a column into the table, or press *Keep these columns for every import* "
            "on an import."
        )
    wanted = _table(connection, name, kept, places, len(versions))
    if wanted is None or wanted != kept:
        if wanted is not None:
            _save(connection, name, kept, wanted, fields)
        return
    if may:
        _closely(connection, name, kept, fields, places)
    _versions(connection, name, fields)
    _all_fields(places, account.system(connection))


# The table


def _table(
    connection: Connection,
    name: ObjectName,
    kept: Sequence[FieldMapping],
    places: Mapping[str, FieldLine],
    version: int,
) -> list[FieldMapping] | None:
    """The mappings as they stand in the table now; None while a line is not finished."""
    used = {str(one.target) for one in kept}
    labels = {place: line.label for place, line in places.items() if not line.read_only or place in used}
    before = _frame(kept, labels)
    edited = st.data_editor(
        before,
        key=f"standing-{connection.id}-{name}-{version}",
        num_rows="dynamic",
        hide_index=True,
        height="content",
        placeholder="choose …",
        disabled=["Steps"],
        column_config={
            "Column": st.column_config.TextColumn(width=160, help="As it stands in your files"),
            "Goes to": st.column_config.SelectboxColumn(options=list(labels.values()), width=180),
            "Records that are there already": st.column_config.SelectboxColumn(
                options=[_AS_IMPORT, *policies.every().values()], width=230
            ),
            "A blank cell becomes": st.column_config.TextColumn(width=170),
            "Steps": st.column_config.TextColumn(width=70, help="Choose the column below to change them"),
        },
    )
    try:
        return _mappings(edited, kept, labels)
    except BadInput as unfinished:
        problems.tell(unfinished)
        return None


def _frame(kept: Sequence[FieldMapping], labels: Mapping[str, str]) -> pd.DataFrame:
    words = policies.every()
    lines = [
        {
            "Column": one.source,
            "Goes to": _label(one, labels),
            "Records that are there already": words[one.policy.value] if one.policy else _AS_IMPORT,
            "A blank cell becomes": one.default,
            "Steps": str(len(one.steps) or ""),
        }
        for one in kept
    ]
    columns = ["Column", "Goes to", "Records that are there already", "A blank cell becomes", "Steps"]
    return pd.DataFrame(lines, columns=columns, dtype="str")


def _label(mapping: FieldMapping, labels: Mapping[str, str]) -> str:
    """A field that is gone goes by its property."""
    return labels.get(str(mapping.target), mapping.target.property)


def _mappings(
    edited: pd.DataFrame, kept: Sequence[FieldMapping], labels: Mapping[str, str]
) -> list[FieldMapping]:
    """A line that was there keeps its steps as long as it goes to the same field. Raises BadInput for half a line."""
    targets = {label: target for target, label in labels.items()}
    targets |= {one.target.property: str(one.target) for one in kept if str(one.target) not in labels}
    words = {word: Policy(value) for value, word in policies.every().items()}
    found = []
    for place, line in edited.iterrows():
        source, label = _text(line["Column"]), _text(line["Goes to"])
        if not source and not label:
            continue
        if not source or label not in targets:
            raise BadInput(
                f"A line lacks {'its field' if source else 'its column'}.",
                hint=f"“{source or label}” is kept once both are there.",
            )
        target = Target.parse(targets[label])
        old = kept[int(place)] if isinstance(place, int) and place < len(kept) else None
        found.append(
            FieldMapping(
                source=source,
                target=target,
                steps=old.steps if old is not None and old.target == target else (),
                policy=words.get(_text(line["Records that are there already"])),
                default=_text(line["A blank cell becomes"]),
            )
        )
    return found


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _save(
    connection: Connection,
    name: ObjectName,
    kept: Sequence[FieldMapping],
    wanted: Sequence[FieldMapping],
    fields: AccountFields,
) -> None:
    changes = field_mapping_words.differences(kept, wanted, fields.schemas)
    if changes:
        st.markdown("**What this changes**\n" + "\n".join(f"- {plain(change)}" for change in changes))
    with problems.sentences():
        if rights.button("Save", field_mappings.save, type="primary", key="standing-save"):
            _keep(connection, name, wanted, fields)


def _keep(
    connection: Connection, name: ObjectName, wanted: Sequence[FieldMapping], fields: AccountFields
) -> None:
    version = field_mappings.save(context(), connection.id, name, wanted, fields)
    st.session_state[_TOLD] = f"Saved as version {version}. It holds for imports from now on."
    st.rerun()


# One column, closely


def _closely(
    connection: Connection,
    name: ObjectName,
    kept: Sequence[FieldMapping],
    fields: AccountFields,
    places: Mapping[str, FieldLine],
) -> None:
    """Its steps, and what they make of rows that were imported before."""
    if not kept:
        return
    labels = {target: line.label for target, line in places.items()}
    at = st.selectbox(
        "Column to adjust",
        range(len(kept)),
        index=None,
        format_func=lambda place: f"{kept[place].source} → {_label(kept[place], labels)}",
        placeholder="choose a column …",
        key=f"standing-adjust-{connection.id}-{name}",
    )
    if at is None or at >= len(kept):
        return
    mapping = kept[at]

    def keep(steps: Sequence[Step]) -> None:
        changed = replace(mapping, steps=tuple(steps))
        _keep(connection, name, [changed if one is mapping else one for one in kept], fields)

    with st.container(border=True), problems.sentences():
        chain.listed(mapping.steps, keep)
        pending = chain.pending(f"standing-{connection.id}-{name}-{at}-{len(mapping.steps)}")
        steps = (*mapping.steps, *([pending] if pending else ()))
        _rows(connection, replace(mapping, steps=steps), fields)
        if pending and st.button("Add this step", type="primary", key="standing-step-add"):
            keep(steps)


def _rows(connection: Connection, mapping: FieldMapping, fields: AccountFields) -> None:
    file, seen = field_mapping_rows.look(context(), connection.id, mapping, fields)
    if not file:
        st.caption(f"No file that was imported to {plain(connection.name)} has such a column yet.")
        return
    st.caption(f"Rows of {plain(file)}, the last file with such a column:")
    frame = pd.DataFrame(
        {
            "Row": [one.row for one in seen],
            "In the file": [one.before for one in seen],
            f"Goes to {account.system(connection)} as": [one.sent for one in seen],
            "Note": [one.note for one in seen],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        height="content",
        row_height=row_height(one.note for one in seen),
        column_config={"Note": st.column_config.TextColumn(width=WHY_PX)},
    )


# What there was, and what there is


def _versions(connection: Connection, name: ObjectName, fields: AccountFields) -> None:
    versions = context().field_mappings.versions(connection.id, name)
    if not versions:
        return
    with st.expander(f"Versions ({len(versions)})"):
        for place, one in enumerate(versions):
            before = versions[place + 1].mappings if place + 1 < len(versions) else ()
            changes = field_mapping_words.differences(before, one.mappings, fields.schemas)
            told = "\n".join(f"- {plain(change)}" for change in changes) or "- The same as before"
            st.markdown(
                f"**Version {one.version}**, {moment(one.saved_at)}, {plain(person(one.saved_by))}: "
                f"{count(len(one.mappings), 'column')}\n{told}"
            )
            if place:
                words, key = f"Go back to version {one.version}", f"standing-back-{one.version}"
                with problems.sentences():
                    if rights.button(words, field_mappings.save, key=key):
                        _keep(connection, name, one.mappings, fields)


def _all_fields(places: Mapping[str, FieldLine], crm: str) -> None:
    with st.expander(f"All fields of this record type ({len(places)})"):
        lines = [
            {
                "Field": line.label,
                "Takes": line.takes,
                "New records": "must have it" if line.required else "",
                "Filled by": f"{crm} itself" if line.read_only else "",
            }
            for line in places.values()
        ]
        st.dataframe(pd.DataFrame(lines), hide_index=True, height=table_height(len(lines)))
