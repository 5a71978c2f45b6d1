"""Small values for the planner's tests."""

from __future__ import annotations

from collections.abc import Mapping

from smartsync_core.model.crm import Field, FieldType, ObjectName, Option, Schema
from smartsync_core.model.mapping import Problem, WritePolicies
from smartsync_core.model.plan import Draft, Group, Match, MatchKind, Mode
from smartsync_core.planning.decide import Rules

STAGES = ("subscriber", "lead", "customer")

CONTACTS = Schema(
    object=ObjectName.CONTACTS,
    fields={
        field.name: field
        for field in (
            Field(name="email", label="Email", type=FieldType.STRING),
            Field(name="firstname", label="First Name", type=FieldType.STRING),
            Field(name="lastname", label="Last Name", type=FieldType.STRING),
            Field(name="phone", label="Phone Number", type=FieldType.PHONE),
            Field(name="score", label="Score", type=FieldType.NUMBER),
            Field(name="tags", label="Tags", type=FieldType.ENUMERATION, multi=True),
            Field(name="seen", label="Seen", type=FieldType.DATETIME),
            Field(
                name="lifecyclestage",
                label="Lifecycle Stage",
                type=FieldType.ENUMERATION,
                options=tuple(Option(value=stage, label=stage.title()) for stage in STAGES),
                closed=True,
            ),
        )
    },
    identity_fields=("email",),
    create_needs_any=("email", "firstname", "lastname"),
)
NOBODY = Match(kind=MatchKind.NONE)


def one(live: Mapping[str, str | None], **more: object) -> Match:
    return Match(kind=MatchKind.ONE, id="501", live=live, **{"by": "email", **more})  # type: ignore[arg-type]


def draft(
    row: int, values: dict[str, str], *, bad: bool = False, suppressed: str = "", **more: object
) -> Draft:
    problems = (
        (Problem(field="Email", code="invalid_email", message="“x” is no e-mail address."),) if bad else ()
    )
    return Draft(
        row=row,
        object=ObjectName.CONTACTS,
        values=values,
        key_field="email" if "email" in values else "",
        key_value=values.get("email", ""),
        problems=problems,
        blocked=bad,
        suppressed=suppressed,
        **more,  # type: ignore[arg-type]
    )


def group(*drafts: Draft, match: Match = NOBODY) -> Group:
    return Group(first_row=drafts[0].row, object=ObjectName.CONTACTS, drafts=drafts, match=match)


def rules(
    policies: WritePolicies | None = None, mode: Mode = Mode.BOTH, stamp: Mapping[str, str] | None = None
) -> Rules:
    return Rules(
        object=ObjectName.CONTACTS,
        schema=CONTACTS,
        policies=policies or WritePolicies(),
        mode=mode,
        create_key=lambda key_field, key_value, generation, row: (
            f"{key_field}:{key_value}:{generation}:{row}"
        ),
        label="contact",
        stamp=stamp or {},
    )
