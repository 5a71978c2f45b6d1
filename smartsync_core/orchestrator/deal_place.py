"""Where new deals of an account begin: chosen once for the account; with a single pipeline nobody needs to choose."""

from __future__ import annotations

from dataclasses import dataclass

from smartsync_core.errors import BadInput, NeedsPerson
from smartsync_core.model.access import Role
from smartsync_core.model.automation import DealPlace
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import Pipeline
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.rights import takes

__all__ = ["PlaceOption", "choose_deal_place", "deal_place", "place_options", "places_of", "remember_place"]


@dataclass(frozen=True, kw_only=True)
class PlaceOption:
    label: str  # "Sales Pipeline · Appointment Scheduled"
    place: DealPlace


def place_options(session: Session) -> list[PlaceOption]:
    """Every stage in which a deal can begin."""
    return [option for pipeline in session.pipelines() for option in _options(pipeline)]


def places_of(ctx: Context, connection: Connection) -> list[PlaceOption]:
    """As `place_options`, asked now."""
    with ctx.visit(connection) as session:
        return place_options(session)


def deal_place(ctx: Context, session: Session, integration_id: str) -> DealPlace:
    """As chosen, else the first stage of the only pipeline. Raises NeedsPerson where a person has to choose."""
    pipelines = session.pipelines()
    options = [option for pipeline in pipelines for option in _options(pipeline)]
    chosen = ctx.deal_places.of(integration_id)
    if chosen is not None and any(option.place == chosen for option in options):
        return chosen
    if len(pipelines) == 1 and options and chosen is None:
        return options[0].place
    gone = "The stage in which new deals were to begin is no longer there." if chosen else ""
    raise NeedsPerson(
        gone or "Nothing says in which of the account's pipelines new deals begin.",
        hint=f"Choose one of: {'; '.join(option.label for option in options)}.",
        code="deal_place_open",
    )


@takes(Role.OPERATOR)
def choose_deal_place(ctx: Context, session: Session, integration_id: str, words: str) -> DealPlace:
    """Remember for the account the stage that goes by these words. Raises BadInput naming those there are."""
    options = place_options(session)
    found = [option for option in options if _said(option, words)]
    if len(found) != 1:
        raise BadInput(
            f"“{words}” names {'no' if not found else 'more than one'} stage in which a deal can begin.",
            hint=f"Choose one of: {'; '.join(option.label for option in options)}.",
        )
    remember_place(ctx, integration_id, found[0])
    return found[0].place


@takes(Role.OPERATOR)
def remember_place(ctx: Context, integration_id: str, option: PlaceOption) -> None:
    if ctx.deal_places.of(integration_id) == option.place:
        return
    ctx.deal_places.choose(integration_id, option.place, by=ctx.user)
    ctx.audit.record(
        who=ctx.user, what="deal_place.chosen", subject_id=integration_id, details={"place": option.label}
    )


def _options(pipeline: Pipeline) -> list[PlaceOption]:
    return [
        PlaceOption(
            label=f"{pipeline.label} · {stage.label}", place=DealPlace(pipeline=pipeline.id, stage=stage.id)
        )
        for stage in pipeline.stages
        if not stage.closed
    ]


def _said(option: PlaceOption, words: str) -> bool:
    """By its whole label, or by the stage's label or id alone."""
    said = words.strip().casefold()
    return said in (
        option.label.casefold(),
        option.label.partition(" · ")[2].casefold(),
        option.place.stage.casefold(),
    )
