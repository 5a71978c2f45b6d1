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
        found = {name: self._problems(row, name, values, problems) for name in objects}
        blocked = any(problem.blocks for some in found.values() for problem in some)
        drafts = list[Draft]()
        for name in reversed(objects):  # a person goes by the name of the company in the same row too
            drafts.append(
                self._draft(
                    row,
                    name,
                    values,
                    found[name],
                    frozenset(blanks.get(name, ())),
                    country,
                    is_main=name is objects[0],
                    blocked=blocked,
                    company=drafts[0] if drafts else None,
                )
            )
        return drafts[::-1]

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

    def _problems(
        self,
        row: RawRow,
        name: ObjectName,
        of_row: Mapping[ObjectName, Mapping[str, str]],
        problems: Mapping[ObjectName, list[Problem]],
    ) -> tuple[Problem, ...]:
        """Of one object of the row; where it has neither a value nor an id of its own, that is one."""
        if name in problems:
            return tuple(problems[name])
        if of_row.get(name) or self._is_named(row, name):
            return ()
        message = "No imported column has a value in this row."
        return (Problem(field="", code="nothing_to_import", message=message),)

    def _is_named(self, row: RawRow, name: ObjectName) -> bool:
        """By a column that was chosen to recognise it."""
        choice = self._keys.get(name)
        return choice is not None and choice.column >= 0 and bool(row.cells[choice.column])

    def _draft(
        self,
        row: RawRow,
        name: ObjectName,
        of_row: Mapping[ObjectName, Mapping[str, str]],
        problems: tuple[Problem, ...],
        clears: frozenset[str],
        country: str,
        *,
        is_main: bool,
        blocked: bool,
        company: Draft | None,
    ) -> Draft:
        """Built at once: a big file has hundreds of thousands. It has marks unless it is not sent."""
        values = of_row.get(name, {})
        email = domain = source = name_key = country_key = firm = ""
        if name is ObjectName.CONTACTS:
            email = values.get("email", "").lower()  # cleaned, so it is one
            firm = company.name_key if company else identity.company_name_key(values.get("company", ""))
        else:
            domain, source = self._domain(row, values, of_row)
            name_key = identity.company_name_key(values.get("name", ""))
            country_key = country_code(country) or country.strip().lower()
        by_itself = (
            ("email", email)
            if email
            else ("domain", domain)
            if domain
            else (NAME_KEY, f"{name_key}|{country_key}")
            if name_key
            else ("", "")
        )
        key_field, key_value = self._chosen_key(row, name, values, is_main=is_main) or by_itself
        return Draft(
            row=row.number,
            object=name,
            is_main=is_main,
            values=values,
            key_field=key_field,
            key_value=key_value,
            problems=problems,
            clears=clears,
            blocked=blocked,
            email=email,
            domain=domain,
            domain_source=source,
            name_key=name_key,
            country_key=country_key,
            marks=()
            if blocked
            else marks_of(name, values, email=email, domain=domain, name_key=name_key or firm),
        )

    def _domain(
        self, row: RawRow, values: Mapping[str, str], of_row: Mapping[ObjectName, Mapping[str, str]]
    ) -> tuple[str, str]:
        """The company's domain and where it came from; free-mail domains name nobody."""
        domain = _domain_of(values.get("domain", ""))
        if domain and not identity.is_free_mail(domain):
            return domain, "cell"
        choice = self._keys.get(ObjectName.COMPANIES)
        if choice is not None and choice.key_field == "id" and self._is_named(row, ObjectName.COMPANIES):
            return "", ""  # a company named by its id need not be the one of the work e-mail
        work_email = of_row.get(ObjectName.CONTACTS, {}).get("email", "")
        domain = _domain_of(work_email.rpartition("@")[2])
        if domain and "domain" not in values and not identity.is_free_mail(domain):
            return domain, "email"
        return "", ""

    def _chosen_key(
        self, row: RawRow, name: ObjectName, values: Mapping[str, str], *, is_main: bool
    ) -> tuple[str, str] | None:
        """The chosen key, where the row has it."""
        choice = self._choice_for(name, is_main=is_main)
        if choice is None:
            return None
        text = row.cells[choice.column] if choice.column >= 0 else values.get(choice.field, "")
        return (choice.key_field, _canonical(choice.field, text)) if text else None

    def _choice_for(self, name: ObjectName, *, is_main: bool) -> KeyChoice | None:
        """The object's own choice; a company without a person in its row is the main record and goes by that one's column."""
        choice = self._keys.get(name)
        if choice is None and is_main:
            main = self._keys.get(self._type.objects[0])
            return main if main is not None and not main.field else None
        return choice


def _too_many_cells(row: RawRow) -> Problem:
    found = ", ".join(f"“{cell}”" for cell in row.extra[:3])
    message = f"The row has more cells than the table has columns ({found} stand beyond): they may be shifted. Correct it."
    return Problem(field="", code="too_many_cells", message=message)


@lru_cache(maxsize=16_384)
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
