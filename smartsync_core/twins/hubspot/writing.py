"""Writing records: an input is first checked into a draft, which changes nothing; then drafts are applied.

So a batch can be refused as a whole, or in part, before a single record has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from smartsync_core.twins.hubspot.association_types import AssociationType
from smartsync_core.twins.hubspot.auto_companies import link_company
from smartsync_core.twins.hubspot.computed import ALWAYS, at_birth, derived
from smartsync_core.twins.hubspot.errors import (
    Refusal,
    bad_values,
    contact_exists,
    invalid,
    wrong_shape,
)
from smartsync_core.twins.hubspot.links import End
from smartsync_core.twins.hubspot.object_types import ObjectType, object_type
from smartsync_core.twins.hubspot.portal import Portal
from smartsync_core.twins.hubspot.records import Changes, Record, rendered
from smartsync_core.twins.hubspot.values import LONGEST, BadValue, as_text, checked, email, not_an_option

Check = Callable[[str, str], str]  # (property, value) → the value as it is kept; raises BadValue


@dataclass(slots=True, kw_only=True)
class Draft:
    """One input that passed every check; `record` None = to be created."""

    id: str
    record: Record | None
    changes: Changes
    links: list[tuple[End, AssociationType]] = field(default_factory=list)


class Writer:
    """Checks and applies the inputs of one request in order; a draft's unique values count as taken."""

    def __init__(self, portal: Portal, kind: ObjectType) -> None:
        self.portal = portal
        self.kind = kind
        self.shelf = portal.shelf(kind)
        self.now_ms = portal.clock.now_ms()
        self._taken: dict[tuple[str, str], str] = {}
        self._defined = self.shelf.catalogue.live
        self._unique = set(self.shelf.catalogue.unique_names())
        self._checks = self._special_checks()
        self._lenient = kind.is_activity and portal.switches.lenient_activity_properties

    # -- checking

    def new(self, properties: Any, associations: Any = None) -> Draft:
        """A draft of a record to create; raises Refusal."""
        changes = self._cleaned(properties, {})
        self._require(changes)
        draft = Draft(id=self.shelf.new_id(), record=None, changes=changes)
        draft.links = self._inline(associations)
        self._take(draft)
        return draft

    def change(self, record: Record, properties: Any) -> Draft:
        """A draft of a change to `record`; raises Refusal."""
        changes = self._cleaned(properties, record.properties)
        draft = Draft(id=record.id, record=record, changes=changes)
        self._take(draft)
        return draft

    # -- applying

    def apply(self, draft: Draft) -> dict[str, Any]:
        """Write it; returns the record as a write answer shows it: what was written and what follows."""
        if draft.record is None:
            return self._create(draft)
        record = draft.record
        computed = derived(self.portal, self.kind, record.properties, draft.changes, self.now_ms)
        self.shelf.change(record, {**draft.changes, **computed}, self.now_ms)
        always = (name for name in ALWAYS if name in record.properties)
        return self._shown(record, dict.fromkeys([*draft.changes, *computed, *always]))

    def _create(self, draft: Draft) -> dict[str, Any]:
        held = at_birth(self.kind, draft.id, self.now_ms)
        given = {name: value for name, value in draft.changes.items() if value}
        held.update(given)
        held.update(derived(self.portal, self.kind, {}, held, self.now_ms))
        properties = {name: value for name, value in held.items() if value}
        record = Record(draft.id, properties, self.now_ms, self.now_ms)
        self.shelf.add(record, self.now_ms)
        touched: set[End] = set()
        for end, kind in draft.links:
            touched |= self.portal.links.add((self.kind.name, record.id), end, kind)
        if self.kind.name == "contacts" and self.portal.options.auto_companies:
            touched |= link_company(self.portal, record, self.now_ms)
        self.portal.touch(touched, self.now_ms)
        return self._shown(record, None)

    def _shown(self, record: Record, names: Iterable[str] | None) -> dict[str, Any]:
        return rendered(record, self.kind, names, self.portal.id)

    # -- values

    def _cleaned(self, properties: Any, held: Changes) -> Changes:
        if not isinstance(properties, dict):
            raise wrong_shape("java.util.Map<java.lang.String,java.lang.String>", properties)
        changes: Changes = {}
        problems: list[dict[str, str]] = []
        for name, raw in properties.items():
            try:
                value = None if raw is None else self._value(name, raw, held)
            except BadValue as bad:
                problems.append(bad.problem)
            else:
                if value is not None:
                    changes[name] = value
        if self.kind.name == "deals":
            problems += self._stage_problems(changes, held)
        if problems:
            refusal = bad_values(problems, self.portal.id)
            if self.portal.switches.short_errors:
                refusal.errors = None
            raise refusal
        if "lifecyclestage" in changes and self._goes_back(changes["lifecyclestage"], held):
            del changes["lifecyclestage"]
        return changes

    def _value(self, name: str, raw: Any, held: Changes) -> str | None:
        """What the property will hold, "" to clear it, None to leave it alone; raises BadValue."""
        definition = self._defined.get(name)
        if definition is None or definition.read_only:
            if self._lenient:
                return None
            raise _unknown(name) if definition is None else _read_only(name)
        special = self._checks.get(name)
        if definition.free_text and special is None and type(raw) is str and len(raw) <= LONGEST:
            return raw  # most values: nothing more to check
        value = checked(definition, as_text(raw), held.get(name))
        return special(name, value) if special and value else value

    def _special_checks(self) -> dict[str, Check]:
        checks: dict[str, Check] = {"hubspot_owner_id": self._owner}
        if self.kind.name == "contacts":
            checks.update(email=email, hs_additional_emails=_emails)
        return checks

    def _owner(self, name: str, value: str) -> str:
        known = self.portal.owner_ids()
        if value not in known:
            raise not_an_option(name, value, known)
        return value

    def _stage_problems(self, changes: Changes, held: Changes) -> list[dict[str, str]]:
        if "pipeline" not in changes and "dealstage" not in changes:
            return []
        pipeline = changes.get("pipeline") or held.get("pipeline", "default")
        stages = self.portal.stages(pipeline)
        if stages is None:
            known = [found["id"] for found in self.portal.pipelines["deals"]]
            return [not_an_option("pipeline", pipeline, known).problem]
        stage = changes.get("dealstage") or held.get("dealstage", "")
        if stage and stage not in stages:
            return [not_an_option("dealstage", stage, list(stages)).problem]
        return []

    def _goes_back(self, stage: str, held: Changes) -> bool:
        """A lifecycle stage only moves forward; an earlier one is quietly left out (contract §4.10)."""
        before = held.get("lifecyclestage")
        if not stage or not before:
            return False
        order = [option["value"] for option in self.shelf.catalogue.live["lifecyclestage"].options]
        return before in order and order.index(stage) < order.index(before)

    def _require(self, changes: Changes) -> None:
        kind = self.kind
        missing = [name for name in kind.all_of if not changes.get(name)]
        if kind.name == "meetings" and missing and changes.get("hs_meeting_start_time"):
            changes["hs_timestamp"] = changes["hs_meeting_start_time"]
            missing = []
        if kind.name == "deals" and not changes.get("pipeline") and len(self.portal.pipelines["deals"]) > 1:
            missing.append("pipeline")
        if kind.one_of and not any(changes.get(name) for name in kind.one_of):
            missing = list(kind.one_of)
        if missing:
            message = f"Error creating {kind.label}. Some required properties were not set."
            errors = [
                {
                    "message": message,
                    "code": "MISSING_REQUIRED_PROPERTY",
                    "context": {"properties": missing},
                }
            ]
            raise invalid(message, context={"properties": missing}, errors=errors)

    # -- uniqueness

    def _take(self, draft: Draft) -> None:
        """Claim the unique values of a draft; raises Refusal where another record or draft has one."""
        claims = []
        if self.kind.name == "contacts":
            given = f"{draft.changes.get('email', '')};{draft.changes.get('hs_additional_emails', '')}"
            claims = [("email", address) for address in given.split(";") if address]
            self._refuse_taken_emails(claims, draft.id)
        for name in self._unique & draft.changes.keys():
            value = draft.changes[name]
            holder = self._holder(name, value) if value else None
            if holder not in (None, draft.id):
                raise self._already_has(name, value, str(holder))
            claims.append((name, value))
        for claim in claims:
            self._taken[claim] = draft.id

    def _refuse_taken_emails(self, addresses: list[tuple[str, str]], draft_id: str) -> None:
        for name, address in addresses:
            holder = self._holder(name, address)
            if holder not in (None, draft_id):
                raise contact_exists(holder)
            if address in self.portal.blocked_emails:
                raise invalid(f"Email address {address} was permanently deleted and cannot be used again")

    def _holder(self, name: str, value: str) -> str | None:
        return self._taken.get((name, value)) or self.shelf.owner(name, value)

    def _already_has(self, name: str, value: str, holder: str) -> Refusal:
        where = (
            f"portalId={self.portal.id}, objectTypeId={self.kind.type_id}, propertyName={name}, value={value}"
        )
        record = f"{self.kind.type_id}:{holder}"
        message = f"Cannot set PropertyValueCoordinates{{{where}}}. {record} already has that value."
        problem = {"name": name, "code": "CONFLICTING_UNIQUE_VALUE", "message": message}
        return bad_values([problem], self.portal.id)

    # -- associations given with a create

    def _inline(self, associations: Any) -> list[tuple[End, AssociationType]]:
        if not associations:
            return []
        if not isinstance(associations, list):
            raise wrong_shape("java.util.List<com.hubspot.associations.Association>", associations)
        return [link for item in associations for link in self._inline_one(item)]

    def _inline_one(self, item: Any) -> list[tuple[End, AssociationType]]:
        try:
            to_id, types = str(item["to"]["id"]), item["types"]
            numbers = [(spec["associationCategory"], int(spec["associationTypeId"])) for spec in types]
        except (KeyError, TypeError, ValueError):
            raise wrong_shape("com.hubspot.associations.Association", item) from None
        links: list[tuple[End, AssociationType]] = []
        for category, number in numbers:
            kind = self.portal.links.leading_from(self.kind.name, category, number)
            if kind is None:
                raise invalid(
                    f"{category} association type {number} is not valid for {self.kind.label} records"
                )
            if to_id not in self.portal.shelf(object_type(kind.target)).live:
                raise invalid(f"{to_id} is not a valid ID", context={"id": [to_id]})
            links.append(((kind.target, to_id), kind))
        if not links:
            raise invalid("Associations given on create need at least one type")
        return links


def _emails(name: str, value: str) -> str:
    return ";".join(email(name, part) for part in value.split(";") if part.strip())


def _unknown(name: str) -> BadValue:
    return BadValue(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')


def _read_only(name: str) -> BadValue:
    return BadValue(name, "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set')
