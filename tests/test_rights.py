"""Who may do what: each use case that a face calls either names the role it takes, or only looks."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from smartsync_core.errors import NotAllowed
from smartsync_core.model.access import Role
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.rights import role_for, takes
from smartsync_core.orchestrator.undo import start_undo

PROJECT = Path(__file__).parents[1]
ROOM = "smartsync_core.orchestrator"
FACES = ("pages", "smartsync_core/api", "smartsync_core/cli")
LOOKS = re.findall(
    r"\S+",
    """
    accounts.accounts accounts.fields_of adjust.checked adjust.look api_keys.api_keys api_keys.known api_keys.recognise
    backtest.try_on
    card_drafts.compare card_drafts.draft card_drafts.versions card_parts.industries fact_words.origins past.lines
    past.not_as_hoped past.pulse
    changes.all_changes changes.changes changes.how_many
    charts.all_rows_behind charts.api charts.behind_cells charts.behind_landed charts.behind_took
    charts.behind_waiting organisation.time_zone charts.behind_why charts.rows_behind charts.shown
    charts.cells charts.landed charts.pace charts.took charts.waiting
    charts.why companies.all_companies companies.companies
    deal_place.places_of do_not_touch.listed duplicates.questions enrich.completed
    enrich.known enrich.pending_of enrich.replay errors_file.read_corrections errors_file.write_errors
    export.write_result field_mapping_rows.look files.earlier_imports files.import_options
    findings.forecast findings.sample first_steps.first_steps history.progress history.report
    copying.copied_from copying.sources
    import_drafts.latest import_drafts.load imports.columns imports.earlier imports.missing imports.policies
    imports.standing inbox.open_rows namesakes.questions
    namesakes.said needs_you.needs needs_you.row_count new_choices.foreseen past.cell_totals past.cells
    past.all_imports past.how_many past.imports past_deals.try_on_account past.one_import past.riskiest past.rows
    past.under_way past.undos single.typed_values past.working people.people
    recipes.fitting recipes.options_by score_cards.current_card values.questions
""",
)
BY_OTHER_MEANS = {  # what lets somebody in there is no role
    "oauth.finish": "a state that an admin began",
    "oauth.is_offered": "nothing is done",
    "people.meet": "whoever has logged in",
    "webhooks.take_delivery": "HubSpot's signature",
}


def called() -> Iterator[str]:
    """`module.function` of every use case with a context that a screen, the API or the command line imports."""
    for path in [file for face in FACES for file in (PROJECT / face).rglob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used = {
            (n.value.id, n.attr)
            for n in ast.walk(tree)
            if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(ROOM):
                continue
            module = (node.module or "").removeprefix(ROOM).removeprefix(".")
            for alias in node.names:
                here = alias.asname or alias.name
                names = (
                    [f"{module}.{alias.name}"]
                    if module
                    else [f"{alias.name}.{n}" for m, n in used if m == here]
                )
                yield from (name for name in names if takes_a_context(name))


def takes_a_context(name: str) -> bool:
    found = use_case(name)
    return inspect.isfunction(found) and next(iter(inspect.signature(found).parameters), "") == "ctx"


def use_case(name: str) -> object:
    module, _, function = name.partition(".")
    return getattr(import_module(f"{ROOM}.{module}"), function, None)


def somebody(role: Role) -> Context:
    """As far as a use case sees that is refused before it begins."""
    looks = SimpleNamespace(role=role)
    looks.refuse_below = lambda needed: Context.refuse_below(cast(Context, looks), needed)
    return cast(Context, looks)


def test_whatever_a_face_calls_either_takes_a_role_or_only_looks() -> None:
    found = set(called())
    assert len(found) > 60
    unmarked = {name for name in found if role_for(use_case(name)) is Role.VIEWER}  # type: ignore[arg-type]
    assert unmarked == set(LOOKS) | BY_OTHER_MEANS.keys()


def test_whatever_only_looks_leaves_nothing_on_the_audit_list() -> None:
    for name in LOOKS:
        found = use_case(name)
        assert found is not None, name
        assert "audit.record" not in inspect.getsource(found)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("needed", list(Role))
def test_each_role_may_do_what_those_before_it_may(role: Role, needed: Role) -> None:
    done: list[str] = []

    @takes(needed)
    def work(ctx: Context, what: str) -> None:
        done.append(what)

    order = list(Role)
    if order.index(role) >= order.index(needed):
        work(somebody(role), "this")
        assert done == ["this"]
    else:
        with pytest.raises(NotAllowed):
            work(somebody(role), "this")
        assert done == []


def test_a_viewer_takes_nothing_back_and_is_told_who_can_change_that() -> None:
    with pytest.raises(NotAllowed) as refused:
        start_undo(somebody(Role.VIEWER), "run")
    assert refused.value.sentence() == (
        "This takes the role operator; yours is viewer. An admin gives roles under Setup → People and keys."
    )


def test_accounts_are_an_admins_business() -> None:
    with pytest.raises(NotAllowed, match="takes the role admin; yours is operator"):
        connect(somebody(Role.OPERATOR), crm_type="hubspot", name="One", token="pat-na1-x")
