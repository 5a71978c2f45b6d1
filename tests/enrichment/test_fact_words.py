"""Facts as a person reads them, and where ours stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartsync_core.enrichment.summary import compose
from smartsync_core.orchestrator.fact_words import value_words
from smartsync_core.scoring.words import spoken
from tests.scoring.made import fact


@pytest.mark.parametrize(
    ("field", "value", "quote", "words"),
    [
        ("industry", "COMPUTER_SOFTWARE", "COMPUTER_SOFTWARE", "Computer software"),
        ("industry", "IT services", "", "IT services"),
        ("seniority", "director", "Head of Sales", "Director"),
        ("country", "GB", "UK", "United Kingdom"),
        ("revenue", "1200000", "£1.2m", "£1.2m"),
        ("revenue", "12000000", "12,000,000 EUR", "EUR 12m"),
        ("revenue", "950", "950", "950, currency not told"),
        ("employees", "1200", "1200", "1,200"),
        ("accounts_type", "micro-entity", "", "Micro entity"),
        ("accounts_overdue", "yes", "", "Yes"),
    ],
)
def test_a_value_is_said_as_a_person_says_it(field: str, value: str, quote: str, words: str) -> None:
    assert value_words(replace(fact(field, value), quote=quote)) == words


@pytest.mark.parametrize("words", ["SaaS", "IT", "Retail", "Oil and gas"])
def test_what_is_written_in_words_stays(words: str) -> None:
    assert spoken(words) == words


def test_a_summary_says_an_industry_in_words_and_the_gate_lets_it_through() -> None:
    told = compose([fact("industry", "COMPUTER_SOFTWARE")], company="Acme")
    assert [one.text for one in told] == ["Acme works in computer software."]
