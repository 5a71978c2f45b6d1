"""The four public sample files, as a person would import them. They lie beside the project, not in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hubspot
import pytest
from hubspot.crm.contacts import PublicObjectSearchRequest

from tests.command_line import PROJECT, CommandLine
from tests.twin_process import TwinProcess

SAMPLES = PROJECT.parent / "shared" / "samples"
pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the public sample files are not beside the project"
)


def count(twin: TwinProcess) -> dict[str, int]:
    """What the vendor's own client counts."""
    client = hubspot.HubSpot(access_token=twin.token, host=twin.url)
    request = PublicObjectSearchRequest(limit=1, filter_groups=[], sorts=[], properties=[], after="0")
    return {
        "contacts": client.crm.contacts.search_api.do_search(request).total,
        "companies": client.crm.companies.search_api.do_search(request).total,
    }


def sync(cli: CommandLine, name: str, *words: str) -> dict[str, Any]:
    result: dict[str, Any] = cli.json("sync", str(SAMPLES / name), "--to", "Twin", *words, "--yes", code=None)
    assert result["rows"] == sum(result["outcomes"].values())
    assert result["outcomes"] == result["predicted"]
    return result


@pytest.mark.parametrize(
    ("name", "words", "created"),
    [
        ("uk_demo_leads.csv", ("--as", "both"), 20),
        ("salesforce_demo_leads.xlsx", ("--as", "both"), 44),
        ("northwind_customers.csv", ("--as", "both", "--key", "customer_id"), 91),
        ("sp500_companies.csv", ("--as", "companies", "--key", "Symbol"), 503),
    ],
)
def test_a_sample_lands_whole_and_a_second_time_nothing_is_written(
    cli: CommandLine, twin: TwinProcess, name: str, words: tuple[str, ...], created: int
) -> None:
    first = sync(cli, name, *words)
    assert first["outcomes"]["created"] == created
    counted = count(twin)
    for object_name, kinds in first["actions"].items():
        assert counted[object_name] == kinds["create"]
    untouched = twin.control("GET", "revision")
    second = sync(cli, name, *words)
    assert second["outcomes"]["unchanged"] == created
    assert twin.control("GET", "revision") == untouched


def test_companies_on_one_demo_mail_domain_stay_apart(cli: CommandLine, twin: TwinProcess) -> None:
    assert sync(cli, "uk_demo_leads.csv", "--as", "both")["actions"]["companies"]["create"] == 20


def test_a_key_that_repeats_is_shown_and_not_folded_silently(cli: CommandLine) -> None:
    result = sync(cli, "sp500_companies.csv", "--as", "companies", "--key", "CIK")
    assert (result["outcomes"]["created"], result["outcomes"]["skipped"]) == (500, 3)
    assert len([reason for reason in result["reasons"] if reason["code"] == "rows_disagree"]) == 3


def test_a_file_without_a_key_warns_and_its_second_run_creates_again(
    cli: CommandLine, twin: TwinProcess
) -> None:
    for made in (91, 182):
        result = sync(cli, "northwind_customers.csv", "--as", "both")
        assert "no_key" in {reason["code"] for reason in result["reasons"]}
        assert (result["outcomes"]["created"], count(twin)["contacts"]) == (91, made)


def test_all_four_files_lie_where_they_should() -> None:
    assert len([path for path in Path(SAMPLES).iterdir() if path.suffix in (".csv", ".xlsx")]) == 4
