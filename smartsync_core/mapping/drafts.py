"""Rows → drafts: each cell cleaned and put where its column goes, and the key that may recognise the record again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from smartsync_core.mapping import identity
from smartsync_core.mapping.cleaning import ColumnCleaner
from smartsync_core.mapping.countries import COUNTRY_PLACES, country_code
from smartsync_core.mapping.likeness import marks_of
from smartsync_core.mapping.transforms import CannotRead, Chain
from smartsync_core.model.crm import ObjectName, Owner, Schema
from smartsync_core.model.mapping import Certainty, ColumnMatch, KeyChoice, Problem, RecordType, Target
from smartsync_core.model.plan import Draft
from smartsync_core.model.run import ImportOptions
from smartsync_core.model.table import RawRow

__all__ = ["NAME_KEY", "DraftBuilder"]

NAME_KEY = "name+country"
_PERSON = frozenset({"email", "firstname", "lastname", Target.FULL_NAME})


@dataclass(frozen=True)
class _Column:
    index: int
    header: str
    target: Target
    chain: Chain
    cleaner: ColumnCleaner


class DraftBuilder:
    """Built once per run; `build` is called per row. Cleaning works on distinct cells: equal ones are cleaned once."""

    def __init__(
        self, options: ImportOptions, schemas: Mapping[ObjectName, Schema], owners: Sequence[Owner]
    ) -> None:
        self._type = options.record_type
        self._clears = options.policies.clear_blank
        places = {match.header: match.index for match in options.columns}
        self._columns = [
            _Column(
                match.index,
                match.column,
                match.target,
                Chain(match.steps, places),
                _cleaner(match, match.target, schemas, owners),
            )
            for match in options.columns
            if match.target is not None and match.certainty is Certainty.SURE
        ]
        self._keys = {key.object: key for key in options.keys}

    def build(self, row: RawRow) -> list[Draft]:
        """The row's drafts, its main record's first; a row of blanks gives one blocked draft."""
        texts, problems = self._texts(row)
        country = next(
            (text for column, text in texts if column.target.property in COUNTRY_PLACES and text), ""
        )
        values: dict[ObjectName, dict[str, str]] = {}
        blanks: dict[ObjectName, set[str]] = {}
        for column, text in texts:
            target = column.target
            if not text:
                if f"{target}" in self._clears:
                    blanks.setdefault(target.object, set()).add(target.property)
                continue
            cleaned = column.cleaner.clean(text, country)
            of_object = values.setdefault(target.object, {})
            for name, value in cleaned.values.items():
                if (
                    name == target.property or name not in of_object
                ):  # a website's domain gives way to a domain column
                    of_object[name] = value
            if cleaned.problem:
                problems.setdefault(target.object, []).append(replace(cleaned.problem, field=column.header))
        has_person = any(
            text and column.target.object is ObjectName.CONTACTS and column.target.property in _PERSON
            for column, text in texts
        )
        objects = self._objects_of(row, values, problems, has_person=has_person)
        if row.extra:
            problems.setdefault(objects[0], []).append(_too_many_cells(row))
        drafts = [
            self._draft(
                row,
                name,
                name is objects[0],
                values,
                problems.get(name, []),
                blanks.get(name, set()),
                country,
            )
            for name in objects
        ]
        if any(problem.blocks for draft in drafts for problem in draft.problems):
            return [replace(draft, blocked=True) for draft in drafts]
        company = drafts[-1] if len(drafts) > 1 else None
        return [replace(draft, marks=marks_of(draft, company)) for draft in drafts]

    def _texts(self, row: RawRow) -> tuple[list[tuple[_Column, str]], dict[ObjectName, list[Problem]]]:
        """Each imported column's cell after its steps; where a step cannot read it, the problem instead."""
        texts, problems = [], dict[ObjectName, list[Problem]]()
        for column in self._columns:
            try:
                texts.append((column, column.chain.run(row.cells[column.index], row.cells)))
            except CannotRead as why:
                problem = Problem(field=column.header, code="step_failed", message=f"{why} Correct it.")
                problems.setdefault(column.target.object, []).append(problem)
        return texts, problems

    def _objects_of(
        self,
        row: RawRow,
        values: Mapping[ObjectName, object],
        problems: Mapping[ObjectName, object],
        *,
        has_person: bool,
    ) -> tuple[ObjectName, ...]:
        if self._type is not RecordType.BOTH:
            return self._type.objects
        key = self._keys.get(ObjectName.COMPANIES)
        has_key = (
            key is not None and key.column >= 0 and bool(row.cells[key.column])
        )  # its own id names it too
        has_company = has_key or ObjectName.COMPANIES in values or ObjectName.COMPANIES in problems
        if has_person and has_company:
            return (ObjectName.CONTACTS, ObjectName.COMPANIES)
        return (ObjectName.CONTACTS,) if has_person or not has_company else (ObjectName.COMPANIES,)

    def _draft(
        self,
        row: RawRow,
        name: ObjectName,
        is_main: bool,
        of_row: Mapping[ObjectName, Mapping[str, str]],
        problems: list[Problem],
        clears: set[str],
        country: str,
    ) -> Draft:
        values, choice = of_row.get(name, {}), self._keys.get(name)
        named = choice is not None and choice.column >= 0 and bool(row.cells[choice.column])
        if not values and not problems and not named:
            problems = [
                Problem(
                    field="", code="nothing_to_import", message="No imported column has a value in this row."
                )
            ]
        email = (
            values.get("email", "").lower() if name is ObjectName.CONTACTS else ""
        )  # cleaned, so it is one
        domain, source = self._domain(values, of_row) if name is ObjectName.COMPANIES else ("", "")
        draft = Draft(
            row=row.number,
            object=name,
            is_main=is_main,
            values=values,
            problems=tuple(problems),
            clears=frozenset(clears),
            email=email,
            domain=domain,
            domain_source=source,
            name_key=identity.company_name_key(values.get("name", ""))
            if name is ObjectName.COMPANIES
            else "",
            country_key=(country_code(country) or country.strip().lower())
            if name is ObjectName.COMPANIES
            else "",
        )
        key_field, key_value = self._key(row, draft)
        return replace(draft, key_field=key_field, key_value=key_value)

    def _domain(
        self, values: Mapping[str, str], of_row: Mapping[ObjectName, Mapping[str, str]]
    ) -> tuple[str, str]:
        """The company's domain and where it came from; free-mail domains name nobody."""
        domain = _domain_of(values.get("domain", ""))
        if domain and not identity.is_free_mail(domain):
            return domain, "cell"
        work_email = of_row.get(ObjectName.CONTACTS, {}).get("email", "")
        domain = _domain_of(work_email.rpartition("@")[2])
        if domain and "domain" not in values and not identity.is_free_mail(domain):
            return domain, "email"
        return "", ""

    def _key(self, row: RawRow, draft: Draft) -> tuple[str, str]:
        """The chosen key where the row has it, else the object's natural one; ("", "") for none."""
        choice = self._choice_for(draft)
        if choice is not None:
            text = row.cells[choice.column] if choice.column >= 0 else draft.values.get(choice.field, "")
            if text:
                return choice.key_field, _canonical(choice.field, text)
        if draft.email:
            return "email", draft.email
        if draft.domain:
            return "domain", draft.domain
        if draft.name_key:
            return NAME_KEY, f"{draft.name_key}|{draft.country_key}"
        return "", ""

    def _choice_for(self, draft: Draft) -> KeyChoice | None:
        """The object's own choice; a company without a person in its row is the main record and goes by that one's column."""
        choice = self._keys.get(draft.object)
        if choice is None and draft.is_main:
            main = self._keys.get(self._type.objects[0])
            return main if main is not None and not main.field else None
        return choice


def _too_many_cells(row: RawRow) -> Problem:
    found = ", ".join(f"“{cell}”" for cell in row.extra[:3])
    message = f"The row has more cells than the table has columns ({found} stand beyond): they may be shifted. Correct it."
    return Problem(field="", code="too_many_cells", message=message)


@lru_cache(maxsize=50_000)
def _domain_of(text: str) -> str:
    return identity.domain_of(text)


def _canonical(property_name: str, text: str) -> str:
    if property_name == "email":
        return identity.email_key(text)
    if property_name == "domain":
        return _domain_of(text)
    return identity.own_key(text)


def _cleaner(
    match: ColumnMatch, target: Target, schemas: Mapping[ObjectName, Schema], owners: Sequence[Owner]
) -> ColumnCleaner:
    return ColumnCleaner(match, schemas[target.object].fields.get(target.property), owners)
