"""Contact–company associations: which ones a plan adds. A primary company that stands is never replaced silently."""

from __future__ import annotations

from dataclasses import dataclass

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import Action, ActionKind, ActionState, Reason

__all__ = ["CompanyAction", "decide_link", "other_company", "told"]

_UNUSABLE = frozenset({ActionState.BLOCKED, ActionState.SKIPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyAction:
    """A company's action as far as a link needs it."""

    id: int
    state: ActionState
    crm_id: str


def decide_link(
    contact: Action, company: CompanyAction, standing: tuple[tuple[str, bool], ...], link_id: int
) -> Action | None:
    """The link from `contact` to `company`, or None where none is to be made.

    `standing` is (company id, is the first one) as the CRM has them for an existing contact. A link to a company that needs a
    person waits with it; to one that is left out there is none.
    """
    if contact.state in _UNUSABLE:
        return None
    if company.crm_id and any(company.crm_id == existing for existing, _ in standing):
        return None
    if company.state is ActionState.SKIPPED and not company.crm_id:
        return None
    waits = company.state is ActionState.BLOCKED
    return Action(
        id=link_id,
        object=ObjectName.CONTACTS,
        kind=ActionKind.LINK,
        state=ActionState.WAITING if waits else ActionState.PLANNED,
        rows=contact.rows[:1],
        crm_id=contact.crm_id,
        from_action=contact.id,
        to_action=company.id,
        primary=not any(first for _, first in standing),
        code="company_waits" if waits else "",
        message="Its company needs you; the association waits for it." if waits else "",
    )


def told(link: Action, standing: tuple[tuple[str, bool], ...]) -> Reason | None:
    """What to know of an association beside a first company that stays."""
    first = next((company for company, is_first in standing if is_first), "")
    if not first or link.state is not ActionState.PLANNED:
        return None
    message = f"The contact's first company (record {first}) stays; this one is associated beside it."
    return Reason(row=link.rows[0], field="", code="beside_first_company", message=message)


def other_company(row: int, counts: int, column: str) -> Reason:
    """What to know of a repeated contact whose rows name several companies: none of them is lost, one is associated."""
    message = (
        f"Row {row} names another company than row {counts}: row {counts} counts. "
        "The other company is imported, but not associated with this contact."
    )
    return Reason(row=row, field=column, code="rows_disagree", message=message)
