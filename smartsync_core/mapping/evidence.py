"""What a column's values say for or against the field its header points to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from smartsync_core.mapping.choices import OWNER_FIELDS, Options, Owners, bool_text
from smartsync_core.mapping.cleaning import (
    COUNTRY_FIELDS,
    DOMAIN_FIELDS,
    EMAIL_FIELDS,
    WEBSITE_FIELDS,
    WHOLE_FIELDS,
)
from smartsync_core.mapping.countries import country_code
from smartsync_core.mapping.dates import AmbiguousDate, NotADate, date_order, date_text, shows_both_orders
from smartsync_core.mapping.identity import domain_of, email_key
from smartsync_core.mapping.numbers import AmbiguousNumber, NotANumber, number_format, number_text
from smartsync_core.mapping.text import quoted, tidy
from smartsync_core.mapping.words import header_key
from smartsync_core.model.crm import Field, FieldType, Owner
from smartsync_core.model.mapping import ColumnProfile

__all__ = ["Evidence", "weigh"]

_LOOKED_AT = 1_000  # values looked at where one that fits is enough
_SALUTATIONS = frozenset(
    ("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "madam", "herr", "frau", "mme", "m", "sr", "sra")
)
_FEWEST_PHONE_DIGITS = 5


@dataclass(frozen=True, kw_only=True)
class Evidence:
    doubt: str = ""  # why a person should look, as a sentence; "" = the values fit
    format: str = ""  # how the values are written, where reading them needs it
    fits: bool = (
        True  # False = no value fits, yet the header alone is believed: each cell is for a person to correct
    )


def weigh(field: Field, profile: ColumnProfile, owners: Sequence[Owner]) -> Evidence:
    """Weigh the column's distinct values against `field`. Closed lists and owners must fit whole, other types in part."""
    values = [tidy(value) for value in profile.distinct]
    if field.name in OWNER_FIELDS:
        return _named(field, profile, _all_known(values, Owners(owners), field, profile.capped))
    if field.type is FieldType.ENUMERATION:
        return _named(field, profile, _all_options(values, field, profile.capped))
    if field.type is FieldType.BOOL:
        unread = (value for value in values if bool_text(value) is None)
        return _named(field, profile, _listed(unread, "is neither yes nor no", "are neither yes nor no"))
    if field.type in (FieldType.DATE, FieldType.DATETIME):
        return _dates(values, field)
    if field.type is FieldType.NUMBER:
        return _numbers(values, field)
    return _texts(values[:_LOOKED_AT], field)


def _named(field: Field, profile: ColumnProfile, evidence: Evidence) -> Evidence:
    """Values are quoted under the field's label, unless the column is called so itself: its name stands before every reason."""
    if not evidence.doubt.startswith("“") or header_key(field.label) == header_key(profile.header):
        return evidence
    return replace(evidence, doubt=f"{field.label}: {evidence.doubt}")


def _texts(values: Sequence[str], field: Field) -> Evidence:
    if field.type is FieldType.PHONE:
        return _some(
            any(sum(map(str.isdigit, value)) >= _FEWEST_PHONE_DIGITS for value in values), "a phone number"
        )
    if field.name in EMAIL_FIELDS:
        return _emails(values)
    if field.name in DOMAIN_FIELDS | WEBSITE_FIELDS:
        return _some(any(map(domain_of, values)), "a web address")
    if field.name in COUNTRY_FIELDS:
        return _some(any(map(country_code, values)), "a country")
    if field.name == "jobtitle" and all(value.casefold().rstrip(".") in _SALUTATIONS for value in values):
        return Evidence(doubt="Its values are forms of address such as Mr and Dr, not job titles.")
    return Evidence()


def _emails(values: Sequence[str]) -> Evidence:
    """Without its e-mail a person would be made whom nobody recognises again, so bad addresses never unmake the column.

    Only where it answers yes or no it is about something else.
    """
    if any(map(email_key, values)):
        return Evidence()
    return _some(False, "an e-mail address") if all(map(bool_text, values)) else Evidence(fits=False)


def _some(fits: bool, what: str) -> Evidence:
    return Evidence() if fits else Evidence(doubt=f"None of its values looks like {what}.")


def _all_options(values: Sequence[str], field: Field, capped: bool) -> Evidence:
    if not field.closed and not field.options:
        return Evidence(
            doubt=f"The choices of {field.label} are not known here, so its values cannot be checked."
        )
    if capped:
        return Evidence(
            doubt=f"It has too many different values for {field.label}, which takes one of a list."
        )
    options = Options(field)
    unknown = (value for value in values if options.value_of(value) is None)
    return _listed(unknown, "is not among its choices", "are not among its choices")


def _all_known(values: Sequence[str], owners: Owners, field: Field, capped: bool) -> Evidence:
    if capped:
        return Evidence(doubt=f"It has too many different values for {field.label}.")
    unknown = (value for value in values if owners.id_of(value) is None)
    return _listed(unknown, "is not an active owner", "are not active owners")


def _listed(unknown: Iterable[str], one: str, several: str) -> Evidence:
    """The first three by name, the rest by number."""
    found = list(unknown)
    if not found:
        return Evidence()
    named = ", ".join(map(quoted, found[:3]))
    rest = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return Evidence(doubt=f"{named}{rest} {one if len(found) == 1 else several}.")


def _dates(values: Sequence[str], field: Field) -> Evidence:
    if shows_both_orders(values):
        return Evidence(
            doubt="Some of its dates put the day first and some the month: the step “Date or time” takes their format."
        )
    order = date_order(values)
    readable = False
    for value in values:
        try:
            date_text(value, order)
            readable = True
        except AmbiguousDate:
            return Evidence(
                doubt=f"{quoted(value)} can be read in two ways: is the day first or the month? "
                "Say it with the step “Date or time”."
            )
        except NotADate:
            continue
    return Evidence(format=order or "") if readable else _some(False, "a date")


def _numbers(values: Sequence[str], field: Field) -> Evidence:
    written = number_format(values)
    readable = False
    for value in values:
        try:
            number_text(value, written, whole=field.name in WHOLE_FIELDS)
            readable = True
        except AmbiguousNumber:
            return Evidence(
                doubt=f"{quoted(value)} can be read in two ways: does the mark part thousands or decimals? "
                "Say it with the step “Number or money”."
            )
        except NotANumber:
            continue
    return Evidence(format=written or "") if readable else _some(False, "a number")
