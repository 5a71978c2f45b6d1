"""Phone numbers → international form, only where they are surely meant so."""

from __future__ import annotations

import phonenumbers

from smartsync_core.mapping.countries import country_code

__all__ = ["phone_text"]


def phone_text(text: str, country: str) -> str | None:
    """ "+442079461001", with " ext. 12" where there is one; None when it is not a valid number of the row's country.

    A number that begins with + is judged by its own country code. Valid = in the library's numbering plans, not reachable.
    """
    try:
        number = phonenumbers.parse(text, country_code(country) or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain} ext. {number.extension}" if number.extension else plain
