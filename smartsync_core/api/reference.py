"""The OpenAPI document as one plain page: no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

__all__ = ["page"]

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "h2{margin-top:2.5rem;font-size:1.1rem}code{background:#8882;padding:.1rem .3rem;border-radius:4px}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .75rem .25rem 0;"
    "border-bottom:1px solid #8884;vertical-align:top}"
)


def page(document: Mapping[str, Any]) -> str:
    calls = [
        (path, method, call)
        for path, methods in document["paths"].items()
        for method, call in methods.items()
    ]
    parts = "".join(part for path, method, call in calls for part in _call(document, path, method, call))
    title = escape(document["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title} API</title><style>{_STYLE}</style>'
        f"<h1>{title} API</h1><p>{escape(document['info'].get('description', ''))}</p>"
        f'<p>The same for programs: <a href="openapi.json">openapi.json</a></p>{parts}'
    )


def _call(document: Mapping[str, Any], path: str, method: str, call: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2><code>{method.upper()} /api{escape(path)}</code></h2><p>{escape(call.get('description', ''))}</p>"
    given = [
        (one["name"], one["in"], one.get("required", False), one.get("schema", {}))
        for one in call.get("parameters", ())
    ]
    for content in call.get("requestBody", {}).get("content", {}).values():
        schema = _resolved(document, content["schema"])
        needed = schema.get("required", ())
        given += [(name, "body", name in needed, one) for name, one in schema.get("properties", {}).items()]
    if given:
        rows = "".join(
            f"<tr><td><code>{escape(name)}</code><td>{where}<td>{_kind(one)}<td>{'needed' if needed else ''}"
            for name, where, needed, one in given
        )
        yield f"<table>{rows}</table>"
    statuses = ", ".join(
        f"{status} {escape(one['description'])}" for status, one in call["responses"].items()
    )
    yield f"<p>Answers: {statuses}</p>"


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return found


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return escape(schema["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return escape(" | ".join(map(str, schema.get("enum", [schema.get("const")]))))
    return escape(str(schema.get("type", "any")))
