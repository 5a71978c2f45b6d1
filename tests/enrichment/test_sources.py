"""What each source makes of its stand-in: found, none, not checked and failed are four different things."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from smartsync_core.enrichment.fetch import Fetcher
from smartsync_core.enrichment.identity import Identity, identify
from smartsync_core.enrichment.results import SourceResult, SourceState
from smartsync_core.enrichment.sources import boards, companies_house, ours, website
from smartsync_core.enrichment.sources.sic import industry_of
from smartsync_core.model.evidence import Tier

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BY_NAME = {board.name: board for board in boards.BOARDS}


def facts(result: SourceResult) -> dict[str, str]:
    return {one.field: one.value for one in result.evidence}


class TestWebsite:
    @pytest.fixture
    def look(self, stand_in: str, on_stand_in: Callable[..., Fetcher]) -> Callable[[str], SourceResult]:
        port = f":{stand_in.rpartition(':')[2]}"
        return lambda domain: website.look(domain, on_stand_in(), NOW, scheme="http", port=port)

    def test_reads_what_the_company_says_of_itself_and_its_job_board(
        self, look: Callable[[str], SourceResult]
    ) -> None:
        found = look("acme.example")
        assert found.state is SourceState.FOUND
        assert facts(found) == {
            "employees": "120",
            "founded": "2010",
            "country": "GB",
            "description": "Robots for warehouses.",
            "site_name": "Acme Robotics",
        }
        assert found.boards == {"greenhouse": "acmerobotics"}
        assert {one.tier for one in found.evidence} == {Tier.FIRST_PARTY}
        assert all(one.quote and one.sha256 and one.url for one in found.evidence)

    def test_a_page_that_says_nothing_is_none(self, look: Callable[[str], SourceResult]) -> None:
        assert look("bare.example").state is SourceState.NONE

    def test_robots_txt_is_respected(self, look: Callable[[str], SourceResult]) -> None:
        assert look("private.example").state is SourceState.NOT_CHECKED

    def test_lies_and_links_that_climb_out_give_nothing(self, look: Callable[[str], SourceResult]) -> None:
        found = look("liar.example")
        assert (found.evidence, dict(found.boards)) == ((), {})

    def test_a_site_that_is_not_there_failed(self, look: Callable[[str], SourceResult]) -> None:
        assert look("absent.example").state is SourceState.FAILED

    def test_a_domain_that_leads_inside_is_refused(self) -> None:
        result = website.look("localhost", Fetcher(), NOW)
        assert result.state is SourceState.FAILED
        assert "not public" in result.reason

    def test_without_a_domain_it_is_not_checked(self) -> None:
        assert website.look("", Fetcher(), NOW).state is SourceState.NOT_CHECKED


class TestCompaniesHouse:
    @pytest.fixture
    def look(self, stand_in: str) -> Callable[[Identity], SourceResult]:
        fetcher = companies_house.service("key")
        base = f"{stand_in}/companies-house"
        return lambda company: companies_house.look(company, fetcher, NOW, base_url=base)

    def test_a_number_finds_standing_accounts_age_and_new_shares(
        self, look: Callable[[Identity], SourceResult]
    ) -> None:
        found = look(identify(number="7123456"))
        assert facts(found) == {
            "company_status": "active",
            "accounts_overdue": "no",
            "confirmation_overdue": "no",
            "accounts_type": "full",
            "founded": "2010-01-12",
            "company_number": "07123456",
            "registered_name": "ACME ROBOTICS LTD",
            "sic": "62012",
            "industry": "Software",
            "country": "GB",
            "share_allotment": "SH01",
        }
        assert (
            next(e for e in found.evidence if e.field == "share_allotment").as_of.isoformat() == "2026-11-02"
        )

    @pytest.mark.parametrize(
        ("code", "industry"),
        [
            ("62012", "Software"),
            ("62020", "IT services"),
            ("26600", "Medical devices"),
            ("26110", "Electronics"),
            ("10710", "Food and drink"),
            ("82990", ""),  # other business support
            ("70100", ""),  # a head office
            ("64209", ""),  # a holding
            ("99999", ""),  # dormant
            ("", ""),
        ],
    )
    def test_a_code_names_its_industry_or_none(self, code: str, industry: str) -> None:
        assert industry_of(code) == industry

    def test_a_name_with_its_postcode_finds_the_number(
        self, look: Callable[[Identity], SourceResult]
    ) -> None:
        found = look(identify(name="Old Mill Ltd", postcode="m2 2bb"))
        assert facts(found)["company_status"] == "liquidation"

    def test_a_namesake_is_a_possible_match_and_gives_no_evidence(
        self, look: Callable[[Identity], SourceResult]
    ) -> None:
        found = look(identify(name="Acme Robotics"))
        assert (found.state, found.evidence) == (SourceState.NONE, ())
        assert found.reason == "Possible match, confirm: ACME ROBOTICS LTD, number 07123456."

    @pytest.mark.parametrize("company", [identify(number="09999999"), identify(name="Nobody of that name")])
    def test_who_is_not_there_is_none(
        self, company: Identity, look: Callable[[Identity], SourceResult]
    ) -> None:
        assert look(company).state is SourceState.NONE

    def test_without_a_key_it_is_not_checked(self) -> None:
        result = companies_house.look(identify(number="07123456"), None, NOW)
        assert (result.state, result.reason) == (
            SourceState.NOT_CHECKED,
            "No key for Companies House is set.",
        )

    def test_a_refused_key_is_a_failure_that_does_not_show_it(self, stand_in: str) -> None:
        fetcher = Fetcher.of_service(headers={"Authorization": "Bearer SECRET"})
        base = f"{stand_in}/companies-house"
        result = companies_house.look(identify(number="07123456"), fetcher, NOW, base_url=base)
        assert result.state is SourceState.FAILED
        assert "SECRET" not in f"{result!r}{fetcher!r}"


class TestBoards:
    @pytest.fixture
    def look(self, stand_in: str) -> Callable[[str, str], SourceResult]:
        bases = {name: f"{stand_in}/{name}" for name in BY_NAME}
        fetcher = Fetcher.of_service(deadline_s=5)
        return lambda name, token: boards.look(BY_NAME[name], {name: token}, fetcher, bases, NOW)

    @pytest.mark.parametrize(
        ("name", "openings"), [("greenhouse", "14"), ("lever", "14"), ("ashby", "13"), ("workable", "14")]
    )
    def test_counts_the_openings(
        self, name: str, openings: str, look: Callable[[str, str], SourceResult]
    ) -> None:
        assert facts(look(name, "acmerobotics")) == {"openings": openings}

    @pytest.mark.parametrize("name", BY_NAME)
    def test_no_openings_no_board_and_no_answer_are_three_things(
        self, name: str, look: Callable[[str, str], SourceResult]
    ) -> None:
        assert facts(look(name, "quiet")) == {"openings": "0"}
        assert look(name, "nobody").state is SourceState.NONE
        assert look(name, "down").state is SourceState.FAILED

    @pytest.mark.parametrize("name", BY_NAME)
    @pytest.mark.parametrize("token", ["html", "lying", "broken"])
    def test_an_answer_of_another_shape_failed(
        self, name: str, token: str, look: Callable[[str, str], SourceResult]
    ) -> None:
        assert look(name, token).state is SourceState.FAILED

    def test_a_board_that_the_site_does_not_link_to_is_not_asked(self) -> None:
        result = boards.look(BY_NAME["lever"], {}, Fetcher(), {}, NOW)
        assert result.state is SourceState.NOT_CHECKED

    @pytest.mark.parametrize(
        ("link", "board"),
        [
            ("https://boards.greenhouse.io/acme", ("greenhouse", "acme")),
            ("https://jobs.lever.co/acme/1234", ("lever", "acme")),
            ("https://jobs.ashbyhq.com/acme", ("ashby", "acme")),
            ("https://apply.workable.com/acme/j/1", ("workable", "acme")),
            ("https://jobs.lever.co.evil.example/acme", None),
            ("https://boards.greenhouse.io/", None),
            ("https://boards.greenhouse.io/a%2f..%2fb", None),
            ("https://[", None),
        ],
    )
    def test_the_token_comes_out_of_a_link(self, link: str, board: tuple[str, str] | None) -> None:
        assert boards.board_in(link) == board


class TestOurs:
    def test_the_sheets_cells_become_evidence_in_the_cards_words(self) -> None:
        company = identify(domain="acme.example")
        cells = {
            "industry": "Software",
            "employees": "1,200",
            "country": "United Kingdom",
            "title": "Chief Technology Officer",
            "email": "ada@acme.example",
        }
        assert facts(ours.look("sheet", company, cells, NOW)) == {
            "industry": "Software",
            "employees": "1200",
            "country": "GB",
            "seniority": "executive",
            "email_kind": "company",
        }

    @pytest.mark.parametrize(
        ("cell", "revenue"),
        [
            ("£12m", "12000000"),
            ("1.2 million", "1200000"),
            ("€ 1,5 Mio", "1500000"),
            ("(1,200.50)", "-1200.5"),
        ],
    )
    def test_money_is_read_with_its_magnitude(self, cell: str, revenue: str) -> None:
        assert facts(ours.look("sheet", identify(), {"revenue": cell}, NOW)) == {"revenue": revenue}

    @pytest.mark.parametrize("cell", ["rich", "12 apples", "1,234"])
    def test_what_can_be_read_in_two_ways_or_in_none_says_nothing(self, cell: str) -> None:
        assert facts(ours.look("sheet", identify(), {"revenue": cell}, NOW)) == {}

    def test_empty_cells_say_nothing(self) -> None:
        assert ours.look("sheet", identify(), {"industry": " "}, NOW).state is SourceState.NOT_CHECKED
