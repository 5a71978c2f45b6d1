"""Error answers, in HubSpot's envelope (contract §4.1)."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

Context = dict[str, list[str]]


class Refusal(Exception):
    """One error answer; inside a 207 the same refusal becomes an entry of `errors`."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        category: str | None = None,
        sub_category: str | None = None,
        context: Context | None = None,
        entry_context: Context | None = None,
        errors: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
        plain: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.category = category
        self.sub_category = sub_category
        self.context = context
        self.entry_context = entry_context  # shown only where the refusal is an entry of a 207
        self.errors = errors
        self.headers = headers or {}
        self.plain = plain  # the whole body, where it is not the usual envelope
        self.more = more

    def body(self) -> dict[str, Any]:
        """The whole body of an answer that failed as one."""
        if self.plain is not None:
            return self.plain
        body: dict[str, Any] = {"status": "error", "message": self.message, "correlationId": str(uuid4())}
        optional = {"context": self.context, "errors": self.errors, "subCategory": self.sub_category}
        body.update({name: value for name, value in optional.items() if value})
        body.update(self.more)
        if self.category:
            body["category"] = self.category
        return body

    def entry(self, **context: list[str]) -> dict[str, Any]:
        """The same refusal as one of the `errors` of a 207."""
        return {**self.short_entry(**context), "errors": self.errors or [], "links": {}}

    def short_entry(self, **context: list[str]) -> dict[str, Any]:
        """As association batches print it (contract §7)."""
        entry: dict[str, Any] = {"status": "error", "category": self.category or "VALIDATION_ERROR"}
        if self.sub_category:
            entry["subCategory"] = self.sub_category
        entry["message"] = self.message
        entry["context"] = {**(self.context or {}), **(self.entry_context or {}), **context}
        return entry


def invalid(message: str, **more: Any) -> Refusal:
    return Refusal(400, message, category="VALIDATION_ERROR", **more)


def not_found(message: str = "resource not found", **more: Any) -> Refusal:
    return Refusal(404, message, category="OBJECT_NOT_FOUND", **more)


def missing_records(label: str, ids: list[str], status: int = 400) -> Refusal:
    """`label` is the object in capitals, `CONTACT`."""
    message = (
        f"Could not get some {label} objects, they may be deleted or not exist. Check that ids are valid."
    )
    return Refusal(status, message, category="OBJECT_NOT_FOUND", context={"ids": ids})


def contact_exists(existing_id: str | None) -> Refusal:
    """409; without an id when several inputs of one batch clash (contract §4.4 rule 2)."""
    named = f". Existing ID: {existing_id}" if existing_id else ""
    context = {"existingId": [existing_id]} if existing_id else None
    return Refusal(409, f"Contact already exists{named}", category="CONFLICT", entry_context=context)


def bad_values(problems: list[dict[str, str]], portal_id: int) -> Refusal:
    """400 naming every bad property of one record (contract §4.8); a problem has name, code, message."""
    listed = [
        {
            "isValid": False,
            "message": problem["message"],
            "error": problem["code"],
            "name": problem["name"],
            "localizedErrorMessage": problem["message"],
            "portalId": portal_id,
        }
        for problem in problems
    ]
    errors = [
        {
            "message": problem["message"],
            "code": problem["code"],
            "context": {"propertyName": [problem["name"]]},
        }
        for problem in problems
    ]
    as_json = json.dumps(listed, separators=(",", ":"), ensure_ascii=False)
    return invalid(f"Property values were not valid: {as_json}", errors=errors)


def bad_json(what: str, *, line: int = 1, column: int = 1) -> Refusal:
    """400 of a body that is no JSON, or JSON of the wrong shape; carries no category."""
    return Refusal(400, f"Invalid input JSON on line {line}, column {column}: {what}")


def wrong_shape(expected: str, found: object) -> Refusal:
    kind = {dict: "Object", list: "Array", str: "String", bool: "Boolean", type(None): "Null"}
    return bad_json(
        f"Cannot deserialize value of type `{expected}` from {kind.get(type(found), 'Number')} value"
    )
