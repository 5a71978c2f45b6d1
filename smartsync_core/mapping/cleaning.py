"""One cell → the values to send, or the problem that a person must see. What only a cleaner cannot read goes as typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from smartsync_core.mapping.choices import OWNER_FIELDS, Options, Owners, bool_text, settled
from smartsync_core.mapping.countries import country_code, country_name
from smartsync_core.mapping.dates import AmbiguousDate, DateOrder, NotADate, date_text, instant_text
from smartsync_core.mapping.identity import domain_of, email_address
from smartsync_core.mapping.numbers import AmbiguousNumber, NotANumber, NumberFormat, number_text
from smartsync_core.mapping.people import split_name
from smartsync_core.mapping.phones import phone_text
from smartsync_core.mapping.text import quoted, tidy
from smartsync_core.model.crm import Field, FieldType, ObjectName, Owner
from smartsync_core.model.mapping import Cleaned, ColumnMatch, Problem, Target

__all__ = ["COUNTRY_FIELDS", "DOMAIN_FIELDS", "EMAIL_FIELDS", "FULL_NAME", "WEBSITE_FIELDS", "WHOLE_FIELDS"]
__all__ += ["ColumnCleaner", "clean_cell"]

EMAIL_FIELDS = frozenset({"email", "work_email", "Email"})
DOMAIN_FIELDS = frozenset({"domain"})
WEBSITE_FIELDS = frozenset({"website", "Website"})
COUNTRY_FIELDS = frozenset({"country", "Country"})
WHOLE_FIELDS = frozenset({"numberofemployees", "NumberOfEmployees"})  # numbers without fractions

FULL_NAME = Field(name=Target.FULL_NAME, label="Full name", type=FieldType.STRING)
"""Stands for the pseudo-property: its cells become firstname and lastname."""

_BLANK = Cleaned()
_CACHE_SIZE = 10_000
_SHOWN_OPTIONS = 8

_Rule = Callable[[str, str], Cleaned]


def clean_cell(
    field: Field,
    text: str,
    *,
    country: str = "",
    owners: Sequence[Owner] = (),
    written: str = "",
    website: bool = False,
) -> Cleaned:
    """Clean one cell for `field`. `country` = the row's country as typed; `written` = the column's format (ColumnMatch.format);
    `website` = the field is a company's website, which names its domain too.
    """
    return _CellCleaner(field, owners, written, names_domain=website).clean(text, country)


class ColumnCleaner:
    """Cleans a column; equal cells are cleaned once. `field` is None for the full-name pseudo-property.

    A company's website gives `website` and `domain`; a domain from a column of its own should win over that one.
    """

    def __init__(self, match: ColumnMatch, field: Field | None, owners: Sequence[Owner] = ()) -> None:
        self._values, self._multi = match.values, field is not None and field.multi
        self._is_phone = field is not None and field.type is FieldType.PHONE
        company = match.target is not None and match.target.object is ObjectName.COMPANIES
        self._cleaner = _CellCleaner(field or FULL_NAME, owners, match.format, names_domain=company)
        self._cache: dict[tuple[str, str], Cleaned] = {}

    def clean(self, text: str, country: str = "") -> Cleaned:
        key = (text, country if self._is_phone else "")
        cleaned = self._cache.get(key)
        if cleaned is None:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            text = settled(text, self._values, multi=self._multi)
            cleaned = self._cache[key] = self._cleaner.clean(text, key[1])
        return cleaned


class _CellCleaner:
    """The rule of one field, with its lists looked up once."""

    def __init__(self, field: Field, owners: Sequence[Owner], written: str, *, names_domain: bool) -> None:
        self._field = field
        self._written = written
        self._names_domain = names_domain
        self._rule = self._rule_for(field, owners)

    def clean(self, text: str, country: str) -> Cleaned:
        text = tidy(text)
        if not text:
            return _BLANK
        if not self._field.writable:
            return self._problem(
                "read_only", f"{self._label} cannot be set: the CRM fills it itself. Leave the column out."
            )
        cleaned = self._rule(text, country)
        limit = self._field.max_length
        if limit and any(len(value) > limit for value in cleaned.values.values()):
            found = max(map(len, cleaned.values.values()))
            return self._problem(
                "too_long", f"{self._label} takes {limit} characters; this has {found}. Shorten it."
            )
        return cleaned

    def _rule_for(self, field: Field, owners: Sequence[Owner]) -> _Rule:
        if field.name == Target.FULL_NAME:
            return self._full_name
        if field.name in OWNER_FIELDS:
            self._owners = Owners(owners)
            return self._owner
        by_type: dict[FieldType, _Rule] = {
            FieldType.NUMBER: self._number,
            FieldType.DATE: self._date,
            FieldType.DATETIME: self._date,
            FieldType.BOOL: self._bool,
            FieldType.PHONE: self._phone,
        }
        if field.type is FieldType.ENUMERATION and (field.closed or field.options):
            self._options = Options(field)
            return self._option
        if field.type in by_type:
            return by_type[field.type]
        for names, rule in (
            (EMAIL_FIELDS, self._email),
            (DOMAIN_FIELDS, self._domain),
            (WEBSITE_FIELDS, self._website),
            (COUNTRY_FIELDS, self._country),
        ):
            if field.name in names:
                return rule
        return self._text

    @property
    def _label(self) -> str:
        return self._field.label or self._field.name

    def _value(self, value: str) -> Cleaned:
        return Cleaned(values={self._field.name: value})

    def _problem(self, code: str, message: str) -> Cleaned:
        return Cleaned(problem=Problem(field=self._field.name, code=code, message=message))

    def _as_typed(self, text: str, code: str, message: str) -> Cleaned:
        note = Problem(field=self._field.name, code=code, message=message, blocks=False)
        return replace(self._value(text), problem=note)

    def _text(self, text: str, country: str) -> Cleaned:
        return self._value(text)

    def _email(self, text: str, country: str) -> Cleaned:
        try:
            return self._value(email_address(text))
        except ValueError as why:
            return self._problem(
                "invalid_email",
                f"{quoted(text)} is not an e-mail address. {why} Correct it or empty the cell.",
            )

    def _domain(self, text: str, country: str) -> Cleaned:
        domain = domain_of(text)
        if domain:
            return self._value(domain)
        return self._problem(
            "invalid_domain",
            f"{quoted(text)} is not a web domain such as example.com. Correct it or empty the cell.",
        )

    def _website(self, text: str, country: str) -> Cleaned:
        domain = domain_of(text)
        if not domain:
            return self._as_typed(
                text, "website_as_typed", f"{quoted(text)} does not look like a website; it is sent as typed."
            )
        if not self._names_domain:
            return self._value(text)
        return Cleaned(values={self._field.name: text, "domain": domain})

    def _country(self, text: str, country: str) -> Cleaned:
        if country_code(text):
            return self._value(text)
        return self._as_typed(
            text, "country_as_typed", f"{quoted(text)} is no country that is known here; it is sent as typed."
        )

    def _phone(self, text: str, country: str) -> Cleaned:
        number = phone_text(text, country)
        if number:
            return self._value(number)
        place = (
            f"a valid number in {country_name(country)}"
            if country_code(country)
            else "valid without knowing its country"
        )
        return self._as_typed(text, "phone_as_typed", f"{quoted(text)} is not {place}; it is sent as typed.")

    def _number(self, text: str, country: str) -> Cleaned:
        written = NumberFormat(self._written) if self._written else None
        try:
            return self._value(number_text(text, written, whole=self._field.name in WHOLE_FIELDS))
        except AmbiguousNumber:
            return self._problem(
                "ambiguous_number",
                f"{quoted(text)} can be read in two ways: thousands or decimals. Say how this column writes its numbers "
                "with the step “Number or money”.",
            )
        except NotANumber:
            return self._problem(
                "not_a_number",
                f"{quoted(text)} is not a number, and {self._label} takes only numbers. Correct it.",
            )

    def _date(self, text: str, country: str) -> Cleaned:
        read = date_text if self._field.type is FieldType.DATE else instant_text
        try:
            return self._value(read(text, DateOrder(self._written) if self._written else None))
        except AmbiguousDate:
            return self._problem(
                "ambiguous_date",
                f"{quoted(text)} can be read in two ways: is the day first or the month? Say it with the step “Date or time”.",
            )
        except (NotADate, OverflowError):
            return self._problem(
                "not_a_date", f"{quoted(text)} is not a date that can be read. Write it as 2026-03-31."
            )

    def _bool(self, text: str, country: str) -> Cleaned:
        value = bool_text(text)
        if value is None and self._field.options:
            value = Options(self._field).value_of(text)
        if value is not None:
            return self._value(value)
        return self._problem(
            "not_yes_or_no",
            f"{quoted(text)} is neither yes nor no, and {self._label} takes only these. Correct it.",
        )

    def _option(self, text: str, country: str) -> Cleaned:
        value = self._options.value_of(text)
        if value is not None:
            return self._value(value)
        shown = ", ".join(self._options.labels[:_SHOWN_OPTIONS])
        more = len(self._options.labels) - _SHOWN_OPTIONS
        rest = f" and {more} more" if more > 0 else ""
        return self._problem(
            "not_an_option", f"{quoted(text)} is not a choice of {self._label}. It takes: {shown}{rest}."
        )

    def _owner(self, text: str, country: str) -> Cleaned:
        found = self._owners.id_of(text)
        if found is not None:
            return self._value(found)
        return self._problem(
            "unknown_owner",
            f"{quoted(text)} {self._owners.why_not(text)}. Write the e-mail address of an active owner.",
        )

    def _full_name(self, text: str, country: str) -> Cleaned:
        first, last, left_out = split_name(text)
        values = {name: value for name, value in (("firstname", first), ("lastname", last)) if value}
        if not values:
            values = {"lastname": text}
        if not left_out:
            return Cleaned(values=values)
        note = f"Of {quoted(text)}, {quoted(left_out)} is neither first nor last name and is left out."
        return Cleaned(
            values=values,
            problem=Problem(field=self._field.name, code="name_part_left_out", message=note, blocks=False),
        )
