"""What would make a person never come back, and the tests that keep it from happening: each one named is there."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

KEPT = {
    "a company is matched that is another one": [
        "orchestrator/test_import.py::test_a_same_named_company_is_never_taken_for_a_match",
        "orchestrator/test_import.py::test_two_companies_of_one_domain_are_a_question",
        "orchestrator/test_import.py::test_companies_on_one_mail_domain_are_not_folded_into_one",
        "orchestrator/test_repair.py::test_a_correction_that_makes_a_domain_shared_joins_nobody",
        "orchestrator/test_bad_answers.py::test_a_company_that_somebody_made_since_the_preview_is_not_made_again",
    ],
    "a blank cell wipes a phone": [
        "orchestrator/test_import.py::test_a_blank_cell_never_wipes_a_phone_also_where_the_file_replaces",
        "orchestrator/test_repair.py::test_a_blank_cell_never_wipes_a_phone",
        "planning/test_decide.py::test_a_blank_cell_leaves_the_field_alone_unless_its_column_clears",
    ],
    "an undo bins a contact that somebody worked with": [
        "orchestrator/test_undo.py::test_what_people_did_since_is_kept_and_everything_else_goes_back",
        "orchestrator/test_undo.py::test_what_changes_between_preview_and_write_is_kept_too",
        "orchestrator/test_undo.py::test_a_type_that_the_key_may_not_see_blocks_the_recycle_bin",
        "planning/test_inverse.py::test_what_people_did_with_it_keeps_it",
    ],
    "a bigger HubSpot bill comes unannounced": [
        "screens/test_writing.py::test_new_contacts_that_may_be_billed_are_announced_before_the_write",
    ],
    "a draft is lost on refresh": [
        "screens/test_import.py::test_a_file_is_kept_at_once_and_the_address_names_its_draft",
        "screens/test_import.py::test_a_draft_survives_a_restart",
        "e2e/test_import_journey.py::test_a_sample_goes_from_file_to_checked_rows_and_stands_in_history",
    ],
    "a green result has a row missing": [
        "planning/test_accounting.py::test_every_row_gets_one_verdict_and_the_outcomes_add_up",
        "orchestrator/test_import.py::test_a_run_that_lost_a_row_is_never_done",
        "orchestrator/test_bad_answers.py::test_what_the_read_back_does_not_find_is_told_by_row",
        "screens/test_import.py::test_writing_leads_to_a_result_in_which_every_row_is_accounted_for",
    ],
    "people are mailed or tasked en masse and nobody knew": [
        "orchestrator/test_extras.py::test_nothing_is_set_in_motion_unless_it_is_ticked",
        "orchestrator/test_extras.py::test_the_preview_says_how_many_and_only_what_it_said_is_made",
        "orchestrator/test_extras.py::test_a_second_upload_makes_nothing_again_and_writes_nothing",
        "cli/test_kills.py::test_tasks_and_deals_come_once_per_company_through_kills_and_a_second_upload",
        "screens/test_extras.py::test_what_is_ticked_is_previewed_and_only_then_written",
    ],
    "somebody writes to production and believes it practice": [
        "screens/test_import.py::test_a_production_account_is_named_as_one_at_every_step",
        "screens/test_import.py::test_only_the_practice_account_says_that_nothing_leaves_this_computer",
        "screens/test_accounts.py::test_the_practice_accounts_name_cannot_be_taken",
    ],
    "a file is written twice": [
        "orchestrator/test_import.py::test_the_same_file_again_writes_nothing",
        "orchestrator/test_bad_answers.py::test_contacts_whose_answer_is_lost_land_once",
    ],
}


@pytest.mark.parametrize("trouble", KEPT)
def test_each_of_these_has_tests_that_are_there(trouble: str) -> None:
    places = [name.split("::") for name in KEPT[trouble]]
    assert places
    assert not [f"{file}::{test}" for file, test in places if test not in _tests_in(file)]


@cache
def _tests_in(file: str) -> set[str]:
    """Functions that say something: at least one statement beside a docstring."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {
        one.name
        for one in tree.body
        if isinstance(one, ast.FunctionDef) and not isinstance(one.body[-1], ast.Pass)
    }
