"""The fields of ours that an account may carry; adding them is optional, previewed, and can be done at any time."""

from __future__ import annotations

from smartsync_core.model.crm import Field, FieldType, ObjectName
from smartsync_core.planning.keys import key_field_definition
from smartsync_core.planning.stamp import stamp_fields

__all__ = ["RESEARCH", "our_fields"]

_RESEARCH = (
    ("oppspot_summary", "Research summary", FieldType.STRING),
    ("oppspot_score", "Lead score", FieldType.NUMBER),
    ("oppspot_signals", "Buying signals", FieldType.STRING),
    ("oppspot_next_actions", "Next actions", FieldType.STRING),
    ("oppspot_deal_stage", "Suggested deal stage", FieldType.STRING),
    ("oppspot_score_financial", "Lead score: financial", FieldType.NUMBER),
    ("oppspot_score_growth", "Lead score: growth", FieldType.NUMBER),
    ("oppspot_score_engagement", "Lead score: engagement", FieldType.NUMBER),
    ("oppspot_score_fit", "Lead score: fit", FieldType.NUMBER),
)

RESEARCH = tuple(name for name, _, _ in _RESEARCH)
"""Fields that hold what was found out about a company."""


def our_fields() -> dict[ObjectName, list[Field]]:
    """Per object: the key that makes a lost answer provable, the stamp of an import, and what the research fills in."""
    research = [
        Field(name=name, label=label, type=kind, custom=True, group="smartsync")
        for name, label, kind in _RESEARCH
    ]
    fields = {
        name: [key_field_definition(), *stamp_fields(), *research]
        for name in (ObjectName.CONTACTS, ObjectName.COMPANIES)
    }
    return fields | {
        name: [key_field_definition()] for name in (ObjectName.DEALS, ObjectName.TASKS, ObjectName.NOTES)
    }
