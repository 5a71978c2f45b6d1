"""Research of an import: each company once, foretold and told, kept through a stop, and never without an end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from smartsync_core.enrichment.fetch import Fetcher
from smartsync_core.enrichment.places import Places
from smartsync_core.model.automation import Extra
from smartsync_core.orchestrator import findings
from smartsync_core.orchestrator.findings import RESEARCH_S, find_out, forecast
from tests.orchestrator.conftest import Imports
from tests.twin_process import start_research_twin

ROWS = "Email,Company\n" + "".join(
    f"{name}@{domain},{domain}\n"
    for domain in ("acme.example", "bare.example")
    for name in ("ann", "bob", "cat")
)


@pytest.fixture(scope="module")
def stand_in() -> Iterator[str]:
    with start_research_twin() as twin:
        yield twin.url


@pytest.fixture
def web(imports: Imports, stand_in: str) -> Iterator[Counter[str]]:
    """The stand-ins for the web; how often each host was looked for."""
    asked = Counter[str]()

    def resolve(host: str, *_: object) -> list[str]:
        asked[host] += 1
        return ["127.0.0.1"]

    before = imports.ctx.places
    imports.ctx.places = Places(
        base_urls={name: f"{stand_in}/{name}" for name in ("greenhouse", "lever", "ashby", "workable")},
        site=Fetcher(resolve=resolve, allowed=lambda address: address == "127.0.0.1", ports=None),
        site_scheme="http",
        site_port=f":{stand_in.rpartition(':')[2]}",
    )
    yield asked
    imports.ctx.places = before


def told(imports: Imports, run_id: str) -> dict[str, str]:
    return {one.code: one.message for one in imports.ctx.results.reasons(run_id, [0])}


def test_each_company_is_asked_about_once_whatever_it_has_of_people(
    imports: Imports, web: Counter[str]
) -> None:
    first = imports.preview(imports.file(ROWS), "both", extras={Extra.ENRICH})
    assert set(web) == {"acme.example", "bare.example"}
    asked = dict(web)
    run = imports.ctx.runs.get(first.run_id)
    assert run.budget[RESEARCH_S] > 0
    said = told(imports, run.id)["research"]
    assert said.startswith("2 companies looked up, 2 of them anew")
    assert "sources asked, foreseen were 2 and the job boards that the sites name." in said
    assert "LLM" not in said
    assert (
        imports.ctx.findings.of(run.id, ["domain:acme.example"])["domain:acme.example"].name
        == "Acme Robotics"
    )
    summary = imports.ctx.plans.records(run.id).values()
    assert any(change.field == "oppspot_summary" for action in summary for change in action.changes)

    assert forecast(imports.ctx, run).to_ask == 0
    second = imports.preview(imports.file(ROWS), "both", extras={Extra.ENRICH})
    assert dict(web) == asked
    assert told(imports, second.run_id)["research"].startswith("2 companies looked up, 0 of them anew")


def test_what_a_stopped_process_found_out_is_not_looked_up_again(imports: Imports, web: Counter[str]) -> None:
    ctx = imports.ctx
    run = ctx.runs.get(imports.preview(imports.file(ROWS), "both", extras={Extra.ENRICH}).run_id)
    kept = ctx.findings.of(run.id, ["domain:acme.example"])
    with ctx.session(run) as session:
        find_out(ctx, run, session)
    assert ctx.findings.of(run.id, ["domain:acme.example"]) == kept


def test_sources_out_of_reach_are_summed_up_and_not_waited_for_again_at_once(
    imports: Imports, web: Counter[str]
) -> None:
    imports.ctx.places = replace(imports.ctx.places, site_port=":9")
    rows = "Email,Company\nann@dead-one.example,One\nbob@dead-two.example,Two\n"
    words = "The website could not be reached for 2 companies: scores use what was known."
    first = imports.preview(imports.file(rows), "both", extras={Extra.ENRICH})
    assert told(imports, first.run_id)["research_failed"] == words
    asked = dict(web)
    second = imports.preview(imports.file(rows), "both", extras={Extra.ENRICH})
    assert dict(web) == asked
    assert told(imports, second.run_id)["research_failed"] == words


def test_when_the_time_is_up_the_rows_go_with_what_is_known_and_it_is_said(
    imports: Imports, web: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "LONGEST", timedelta(0))
    rows = "Email,Company\nann@liar.example,Liar\n"
    result = imports.run(imports.file(rows), "both", extras={Extra.ENRICH, Extra.TASKS})
    assert not web
    assert told(imports, result.run_id)["research_late"].startswith("1 company could not be asked about")
    assert result.outcomes["created"] == 1
