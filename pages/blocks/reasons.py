"""Why a row did not land, in a few words: beside a bar there is no room for the sentence."""

from __future__ import annotations

from collections.abc import Mapping

from pages.blocks import account

__all__ = ["in_short"]

_WORDS: Mapping[str, str] = {
    "ambiguous": "Several records could be meant",
    "appeared_in_crm": "Somebody made the record meanwhile",
    "company_missing": "Its company is not there",
    "company_waits": "Waits for its company",
    "contact_missing": "Its contact is not there",
    "deleted_in_crm": "Deleted in {crm}",
    "goes_with": "Goes with another row",
    "in_doubt": "Sent and never answered",
    "invalid_email": "Not an e-mail address",
    "missing_required": "A value that {crm} demands is missing",
    "no_such_record": "No record of that id",
    "not_taken": "Not taken by {crm}",
    "possible_match": "Possibly the same company",
    "property_vanished": "The field is gone from {crm}",
    "read_only": "A field that {crm} fills by itself",
    "rival_company": "{crm} made a second company",
    "stale": "Changed in {crm} since preview",
    "step_failed": "A step of its column failed",
    "too_many_cells": "More cells than the header",
    "two_in_crm": "Two records of one key in {crm}",
    "value_taken": "Another record has the value",
}


def in_short(code: str, sentence: str) -> str:
    """Of a kind of reason; where there are no words of its own, how the sentence begins."""
    if words := _WORDS.get(code):
        told = words.format(crm=account.every_system())
        return told[0].upper() + told[1:]
    return sentence.partition(". ")[0].rstrip(".")
