"""What was written, read once more at any time: what holds, what changed since, what is gone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pandas as pd
import streamlit as st

from pages.blocks import account, problems, rights, rows
from pages.blocks.services import context
from pages.blocks.words import WHY_PX, count, moment, noted, row_height, table_height
from smartsync_core.orchestrator import past
from smartsync_core.orchestrator.check_again import check_again

__all__ = ["LATE", "again", "late", "read_back"]

LATE = ("late_check", "late_check_pending", "late_check_failed")


def read_back(one: past.OneImport) -> tuple[str, bool]:
    """What the read-back at its end found, in a sentence, and whether all stands as sent; "" where nothing was written."""
    proof = one.report.proof
    written = sum(proof.values())
    if not written:
        return "", False
    if written == proof.get("checked"):
        if written == 1:
            return "The written record was read back and holds what was sent.", True
        return f"All {written:,} written records were read back and hold what was sent.", True
    return (
        f"{proof.get('checked', 0):,} of {count(written, 'record')} hold what was sent. "
        f"{account.system(one.connection)} changed a value in {proof.get('changed', 0):,}; "
        f"{proof.get('missing', 0):,} were not found."
    ), False


def again(one: past.OneImport) -> None:
    """The button, and what the newest such check found."""
    crm = account.system(one.connection)
    if rights.button(
        "Check again", check_again, key="check-again", help=f"Reads in {crm} everything that was written"
    ):
        with problems.sentences(), st.spinner("Reading everything that was written …"):
            check_again(context(), one.run.id)
            st.rerun()
    found = one.run.result.get("checked_again")
    if isinstance(found, Mapping):
        _found(one, found)


def _found(one: past.OneImport, found: Mapping[str, object]) -> None:
    when = moment(datetime.fromisoformat(str(found["at"])), seconds=True)
    counts = {name: int(str(found.get(name, 0))) for name in ("holds", "changed", "gone", "taken_back")}
    told = [
        f"{counts['holds']:,} hold what was written",
        f"{counts['changed']:,} changed since",
        f"{counts['gone']:,} gone",
    ]
    if counts["taken_back"]:
        told.append(f"{counts['taken_back']:,} taken back by an undo")
    say = st.warning if counts["changed"] or counts["gone"] else st.success
    say(f"Records and associations: {', '.join(told)}.", title=f"Checked again {when}")
    lines = [
        {
            "Row": reason.row or None,
            "What was found": reason.message,
            "Column": rows.column(one, reason.field),
        }
        for reason in one.report.reasons
        if reason.code in rows.FOUND_AGAIN
    ]
    if lines:
        st.dataframe(
            pd.DataFrame(lines),
            hide_index=True,
            height=table_height(len(lines)),
            row_height=row_height(str(line["What was found"]) for line in lines),
            column_config={
                "Row": st.column_config.NumberColumn(width=60, help="Line in your file"),
                "What was found": st.column_config.TextColumn(width=WHY_PX),
            },
        )
        st.caption(f"The history of the record in {account.system(one.connection)} says who changed it.")


def late(one: past.OneImport) -> None:
    """Whether the CRM made companies of its own beside the new ones."""
    for reason in one.report.reasons:
        if reason.code in LATE:
            st.caption(noted(reason.message))
