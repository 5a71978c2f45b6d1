"""Likely duplicates inside a file: looked for in every plan, said, and folded only where a person said that they are one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from smartsync_core.mapping.likeness import what_they_share
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.duplicates import Decision, LikelyPair
from smartsync_core.model.plan import Draft, Reason
from smartsync_core.model.run import ImportOptions, Run
from smartsync_core.orchestrator.context import Context
from smartsync_core.store.grouping import Grouping
from smartsync_core.store.likely import Likely, Met

__all__ = ["LIKELY", "fold_decided", "look_for_likely", "said_to_be_one", "survivors_of"]

LIKELY = "likely_duplicates"
_MOST = 2_000  # pairs that a person can be asked about; further ones are not looked for
_ONE = {ObjectName.CONTACTS: "contact", ObjectName.COMPANIES: "company"}


def survivors_of(options: ImportOptions, name: ObjectName) -> frozenset[tuple[int, str]]:
    """(row, property) whose value a person chose among those of several rows."""
    decided = [one for one in options.decisions if one.object is name and one.same]
    return frozenset((row, field) for one in decided for field, row in one.survivors.items())


def said_to_be_one(options: ImportOptions, name: ObjectName | None = None) -> Mapping[int, Collection[int]]:
    """Each row that a person said is one record with others: all rows of that record, itself too."""
    found: dict[int, set[int]] = {}
    for one in options.decisions:
        if one.same and name in (None, one.object):
            few, many = sorted((found.get(row, {row}) for row in (one.row, one.later)), key=len)
            many |= few
            found.update(dict.fromkeys((*few, one.row, one.later), many))
    return found


def fold_decided(run: Run, name: ObjectName, grouping: Grouping) -> None:
    """Records that a person said are one become one, unless the CRM has two already."""
    pairs = [one for one in run.options.decisions if one.object is name and one.same]
    if not pairs:
        return
    groups = grouping.groups(run.id, name, _rows(pairs))
    reached = {
        group: {id_} for group, id_ in grouping.crm_ids(run.id, name, sorted(set(groups.values()))).items()
    }
    joined: dict[int, int] = {}

    def head(group: int) -> int:
        while group in joined:
            group = joined[group]
        return group

    for one in pairs:
        if one.row in groups and one.later in groups:
            first, other = sorted((head(groups[one.row]), head(groups[one.later])))
            ids = reached.get(first, set()) | reached.get(other, set())
            if first != other and len(ids) < 2:
                joined[other], reached[first] = first, ids
    grouping.fold(run.id, name, {group: head(group) for group in joined})


def look_for_likely(ctx: Context, run: Run) -> None:
    """Find rows of the plan that may be one record; those that nobody decided on are kept, and said."""
    likely, grouping = Likely(ctx.database, ctx.org_id), Grouping(ctx.database, ctx.org_id)
    found, reasons = list[LikelyPair](), list[Reason]()
    for name in sorted(run.options.record_type.objects, key=list(ObjectName).index):
        decided = [one for one in run.options.decisions if one.object is name]
        groups = grouping.groups(run.id, name, _rows(decided))
        known = {frozenset(groups.get(row, row) for row in (one.row, one.later)) for one in decided}
        open_ones = _pairs(likely.met(run.id, name), name, _MOST - len(found) + len(decided))
        of_rows = grouping.groups(run.id, name, _rows(open_ones)) if known else {}
        found += [
            one
            for one in open_ones
            if frozenset(of_rows.get(row, row) for row in (one.row, one.later)) not in known
        ]
        reasons += _in_vain(decided, groups)
    likely.keep(run.id, found)
    ctx.plans.add_reasons(run.id, [*reasons, *_told(found)], "plan")


def _pairs(met: Iterable[tuple[str, list[Met]]], name: ObjectName, most: int) -> list[LikelyPair]:
    """In row order; what a pair shares under several marks is said together."""
    shared: dict[tuple[int, int], list[str]] = {}
    for mark, records in met:
        for one, other in _couples(records):
            why = what_they_share(mark, one, other)
            if why and ((one.row, other.row) in shared or len(shared) < most):
                shared.setdefault((one.row, other.row), []).append(why)
    return [
        LikelyPair(object=name, row=row, later=later, why=" and ".join(dict.fromkeys(why)))
        for (row, later), why in sorted(shared.items(), key=lambda item: item[0][::-1])
    ]


def _couples(records: Sequence[Met]) -> Iterator[tuple[Draft, Draft]]:
    """Two that the CRM holds as two records are no question to this file."""
    for (one, id_), (other, other_id) in combinations(records, 2):
        if not (id_ and other_id):
            yield one, other


def _told(found: Sequence[LikelyPair]) -> list[Reason]:
    if not found:
        return []
    told = [
        Reason(
            row=pair.later,
            field="",
            code="likely_duplicate",
            message=f"Perhaps the same {_ONE[pair.object]} as row {pair.row}: {pair.why}.",
        )
        for pair in found
    ]
    many = f"{len(found):,} pairs" if len(found) > 1 else "One pair"
    rest = " There may be more." if len(found) >= _MOST else ""
    words = f"{many} of rows may be the same record. Unless you say so, each stays a record of its own.{rest}"
    return [Reason(row=0, field="", code=LIKELY, message=words), *told]


def _in_vain(decided: Sequence[Decision], groups: Mapping[int, int]) -> list[Reason]:
    """Rows that a person called one and that cannot be: one of them has no such record, or the CRM holds two already."""
    return [
        _two_in_crm(one) if gone is None else _nobody_there(one, gone)
        for one in decided
        if one.same and groups.get(one.row, -1) != groups.get(one.later, -2)
        for gone in [next((row for row in (one.row, one.later) if row not in groups), None)]
    ]


def _two_in_crm(one: Decision) -> Reason:
    words = (
        f"You said that this is the same {_ONE[one.object]} as row {one.row}, but the CRM has a record of each. "
        "Merge them there."
    )
    return Reason(row=one.later, field="", code="two_in_crm", message=words)


def _nobody_there(one: Decision, row: int) -> Reason:
    words = f"Rows {one.row} and {one.later} cannot be one {_ONE[one.object]}: there is none in row {row}."
    return Reason(row=0, field="", code="no_such_row", message=words)


def _rows(pairs: Iterable[Decision | LikelyPair]) -> list[int]:
    return sorted({row for one in pairs for row in (one.row, one.later)})
