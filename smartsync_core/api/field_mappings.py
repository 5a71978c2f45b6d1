"""Standing mappings of an account: where columns and keys of a name always go."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from smartsync_core.api.access import Admin, Caller, Viewer
from smartsync_core.api.once import Once, answer
from smartsync_core.api.problems import answers
from smartsync_core.errors import BadInput
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.mapping import FieldMapping, Policy, RecordType, Step, Target
from smartsync_core.orchestrator.accounts import fields_of
from smartsync_core.orchestrator.field_mappings import save

__all__ = ["router"]

router = APIRouter(prefix="/integrations/crm/{integration_id}/field-mappings", tags=["integrations"])

_IntegrationId = Annotated[str, InPath(pattern="^[0-9a-z]{1,32}$")]
_OneObject = Annotated[RecordType, InPath(description="contacts or companies")]
_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Text = Annotated[str, Field(max_length=5_000)]


class StepBody(BaseModel):
    """One of docs/transforms.md, with its options."""

    model_config = ConfigDict(from_attributes=True)

    name: _Name
    options: Annotated[dict[_Name, _Text], Field(max_length=20)] = {}


class StandingMapping(BaseModel):
    """`policy`: what may happen on records that are there; without it, what the import says. `default` fills blank values."""

    source: _Name
    goes_to: Annotated[_Name, Field(description="the property of the CRM")]
    steps: Annotated[list[StepBody], Field(max_length=50)] = []
    policy: Policy | None = None
    default: _Text = ""


class StandingMappings(BaseModel):
    field_mappings: Annotated[list[StandingMapping], Field(max_length=1_000)]


class Kept(StandingMappings):
    """`version` 0 = none was ever saved."""

    version: int


@router.get("/{object_name}", responses=answers(400, 401, 403, 404, 422, 429))
def read_standing(caller: Viewer, integration_id: _IntegrationId, object_name: _OneObject) -> Kept:
    """Where columns and keys of these names go in every import of this account, and in every call."""
    return _kept(caller, caller.ctx.connections.get(integration_id), _one(object_name))


@router.put(
    "/{object_name}",
    response_model=Kept,
    responses=answers(400, 401, 403, 404, 409, 413, 422, 429, 503),
)
def save_standing(
    caller: Admin,
    once: Once,
    integration_id: _IntegrationId,
    object_name: _OneObject,
    body: StandingMappings,
) -> JSONResponse:
    """These instead of those that there were, as a new version; each is checked against the account's fields as they are now."""
    name = _one(object_name)

    def work() -> JSONResponse:
        connection = caller.ctx.connections.get(integration_id)
        mappings = [_mapping(one, name) for one in body.field_mappings]
        save(caller.ctx, connection.id, name, mappings, fields_of(caller.ctx, connection))
        return answer(_kept(caller, connection, name))

    return once(caller, [integration_id, object_name, body], work)


def _one(record_type: RecordType) -> ObjectName:
    if record_type is RecordType.BOTH:
        raise BadInput("Mappings are kept for contacts and for companies apart.", hint="Ask for one of them.")
    return record_type.objects[0]


def _kept(caller: Caller, connection: Connection, name: ObjectName) -> Kept:
    kept = caller.ctx.field_mappings
    newest = next(iter(kept.versions(connection.id, name)), None)
    return Kept(
        version=newest.version if newest else 0,
        field_mappings=[
            StandingMapping(
                source=one.source,
                goes_to=one.target.property,
                steps=[StepBody(name=step.name, options=dict(step.options)) for step in one.steps],
                policy=one.policy,
                default=one.default,
            )
            for one in kept.of(connection.id, name)
        ],
    )


def _mapping(given: StandingMapping, name: ObjectName) -> FieldMapping:
    return FieldMapping(
        source=given.source.strip(),
        target=Target(object=name, property=given.goes_to.strip()),
        steps=tuple(Step(name=step.name, options=step.options) for step in given.steps),
        policy=given.policy,
        default=given.default.strip(),
    )
