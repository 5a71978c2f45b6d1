"""The object types this twin knows, and how paths may spell them (contract §1, §4.2, §4.3)."""

from __future__ import annotations

from dataclasses import dataclass

from smartsync_core.twins.hubspot.errors import Refusal


@dataclass(frozen=True, kw_only=True)
class ObjectType:
    name: str  # plural, as in paths: contacts
    singular: str
    type_id: str  # 0-1
    defaults: tuple[str, ...]  # properties a read shows unasked
    one_of: tuple[str, ...] = ()  # a create needs at least one of these
    all_of: tuple[str, ...] = ()  # a create needs each of these
    searched: tuple[str, ...] = ()  # where a search's `query` looks
    modified: str = "hs_lastmodifieddate"
    created: str = "createdate"
    scope: str = "contacts"  # the middle word of its scopes

    @property
    def stamps(self) -> tuple[str, ...]:
        """The properties that carry the modified date: `modified`, and for contacts one more."""
        return tuple(dict.fromkeys((self.modified, "hs_lastmodifieddate")))

    @property
    def label(self) -> str:
        return self.singular.upper()

    @property
    def is_activity(self) -> bool:
        return self.created == "hs_createdate"


def _activity(name: str, singular: str, type_id: str, searched: tuple[str, ...]) -> ObjectType:
    return ObjectType(
        name=name,
        singular=singular,
        type_id=type_id,
        defaults=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
        all_of=("hs_timestamp",),
        searched=searched,
        created="hs_createdate",
    )


OBJECT_TYPES: tuple[ObjectType, ...] = (
    ObjectType(
        name="contacts",
        singular="contact",
        type_id="0-1",
        defaults=("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
        one_of=("email", "firstname", "lastname"),
        searched=("firstname", "lastname", "email", "phone", "hs_additional_emails", "company"),
        modified="lastmodifieddate",
    ),
    ObjectType(
        name="companies",
        singular="company",
        type_id="0-2",
        defaults=("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
        one_of=("name", "domain"),
        searched=("name", "domain", "website", "phone"),
        scope="companies",
    ),
    ObjectType(
        name="deals",
        singular="deal",
        type_id="0-3",
        defaults=(
            "amount",
            "closedate",
            "createdate",
            "dealname",
            "dealstage",
            "hs_lastmodifieddate",
            "hs_object_id",
            "pipeline",
        ),
        all_of=("dealname", "dealstage"),
        searched=("dealname", "description", "dealtype"),
        scope="deals",
    ),
    _activity("tasks", "task", "0-27", ("hs_task_subject", "hs_task_body")),
    _activity("notes", "note", "0-46", ("hs_note_body",)),
    _activity("meetings", "meeting", "0-47", ("hs_meeting_title", "hs_meeting_body")),
    _activity("calls", "call", "0-48", ("hs_call_title", "hs_call_body")),
    _activity("emails", "email", "0-49", ("hs_email_subject", "hs_email_text")),
)

_BY_SPELLING = {
    spelling: kind for kind in OBJECT_TYPES for spelling in (kind.name, kind.singular, kind.type_id)
}


def object_type(spelling: str) -> ObjectType:
    """By plural, singular or type id; anything else is refused as HubSpot does."""
    kind = _BY_SPELLING.get(spelling.lower())
    if kind is None:
        raise Refusal(400, f"Unable to infer object type from: {spelling}")
    return kind
