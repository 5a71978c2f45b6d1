"""`backtest --from`: an account's own closed deals, with their companies as they were before."""

from __future__ import annotations

from tests.closed_deals import close_deals
from tests.command_line import CommandLine
from tests.scoring.test_backtest import history
from tests.twin_process import CLIENT, TwinProcess


def test_a_back_test_reads_the_account_s_own_closed_deals_and_nothing_that_was_written_since(
    cli: CommandLine, twin: TwinProcess
) -> None:
    """What the type says, and how many people were typed in once a deal had ended, would tell won from lost without fail."""
    close_deals(twin, history(600))
    before = sum(twin.calls().values())
    found = cli.json("backtest", "--from", "Twin")
    assert (found["rows"], found["deals"], found["left_out"]) == (600, 600, {})
    assert found["verdict"] == "proposal"
    assert found["leaking"] == {}
    assert "Type" in found["passed_over"]
    assert {one["column"] for one in found["proposal"]} == {"Industry", "Number of Employees"}
    points = {one["value"]: one["points"] for one in found["proposal"]}
    assert points["Computer Software"] > 0 > points["Mining Metals"]
    assert sum(twin.calls().values()) - before <= 30


def test_a_back_test_of_an_account_without_deals_is_refused(cli: CommandLine) -> None:
    assert "0 closed deals" in cli.run("backtest", "--from", "Twin", code=1).stdout
    assert "from an account" in cli.run("backtest", "deals.csv", "--from", "Twin", code=2).stderr
    assert (
        'No account is connected under the name "Mars".'
        in cli.run("backtest", "--from", "Mars", code=2).stderr
    )


def test_deals_that_were_entered_after_they_were_closed_teach_nothing(
    cli: CommandLine, twin: TwinProcess
) -> None:
    """Brought in from elsewhere: nobody knows whether their companies were filled in before or after they ended."""
    deal = {"pipeline": "default", "dealstage": "closedwon"}
    entered = [
        {"properties": {"dealname": day, "closedate": f"{day}T12:00:00Z", **deal}}
        for day in ("2019-03-01", "2019-04-01")
    ]
    CLIENT.post(
        f"{twin.url}/crm/v3/objects/deals/batch/create", json={"inputs": entered}, headers=twin.headers
    ).raise_for_status()
    found = cli.json("backtest", "--from", "Twin", code=1)
    assert (found["rows"], found["deals"]) == (2, 0)
    assert found["left_out"] == {"entered after it was closed": 2}


def test_a_field_of_the_same_label_takes_nothing_from_the_crm_s_own(
    cli: CommandLine, twin: TwinProcess
) -> None:
    """The score card knows the CRM's own by its label."""
    added = {
        "name": "our_industry",
        "label": "Industry",
        "type": "string",
        "fieldType": "text",
        "groupName": "companyinformation",
    }
    CLIENT.post(
        f"{twin.url}/crm/v3/properties/companies", json=added, headers=twin.headers
    ).raise_for_status()
    close_deals(twin, history(500))
    found = cli.json("backtest", "--from", "Twin")
    assert {one["column"] for one in found["proposal"]} == {"Industry", "Number of Employees"}
    assert "Industry (our_industry)" in found["passed_over"]
