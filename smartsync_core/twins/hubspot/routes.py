"""Which call a path means: one table for classic and dated paths (contract §1), and who answers it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smartsync_core.twins.hubspot import account, associations, batch, merging, objects, properties, search
from smartsync_core.twins.hubspot.call import Answer, Call
from smartsync_core.twins.hubspot.errors import Refusal
from smartsync_core.twins.hubspot.limits import APP, ASSOCIATION, FREE, SEARCH
from smartsync_core.twins.hubspot.object_types import object_type
from smartsync_core.twins.hubspot.portal import Portal

Handler = Callable[[Portal, Call], Answer]
CLASSIC, DATED = "classic", ("2026-03", "2026-09")
_DATE = r"(?P<version>2026-03|2026-09)"

# pattern → what stands in its place; the first that matches decides
_VERSIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"/crm/objects/{_DATE}/(?=[^/]+/[^/]+/associations/)"), "links/"),
    (re.compile(rf"/crm/objects/{_DATE}/"), "objects/"),
    (re.compile(rf"/crm/properties/{_DATE}/"), "properties/"),
    (re.compile(rf"/crm/associations/{_DATE}/"), "associations/"),
    (re.compile(rf"/crm/owners/{_DATE}(?=/|$)/?"), "owners/"),
    (re.compile(rf"/crm/pipelines/{_DATE}/"), "pipelines/"),
    (re.compile(rf"/crm/limits/{_DATE}/"), "limits/"),
    (re.compile(rf"/account-info/{_DATE}/"), "account/"),
    (re.compile(rf"/oauth/{_DATE}/"), "oauth/"),
    (re.compile(r"/crm/v3/objects/"), "objects/"),
    (re.compile(r"/crm/v4/objects/(?=[^/]+/[^/]+/associations/)"), "links/"),
    (re.compile(r"/crm/v3/properties/"), "properties/"),
    (re.compile(r"/crm/(?:v4/associations|associations/v4)/"), "associations/"),
    (re.compile(r"/crm/v3/owners(?=/|$)/?"), "owners/"),
    (re.compile(r"/crm/v3/pipelines/"), "pipelines/"),
    (re.compile(r"/crm/v3/limits/"), "limits/"),
    (re.compile(r"/account-info/v3/"), "account/"),
    (re.compile(r"/oauth/(?=v1/|v2/)"), "oauth/"),
    (re.compile(r"/oauth/v3/"), "oauth/"),
    (re.compile(r"/oauth/(?=authorize$)"), "oauth/"),
)


@dataclass(frozen=True, kw_only=True)
class Route:
    method: str
    parts: tuple[str, ...]  # "{name}" stands for anything
    handler: Handler | str  # a name: answered by the gate itself (tokens, usage)
    window: str
    right: str  # read | write | schema.write | … : which scopes it asks for
    is_batch_write: bool = False
    is_form: bool = False


def _route(line: str, handler: Handler | str, window: str = APP, **more: Any) -> Route:
    method, path, right = line.split()
    return Route(
        method=method, parts=tuple(path.split("/")), handler=handler, window=window, right=right, **more
    )


_OBJECTS = (
    _route("POST objects/{type}/batch/read read", batch.read),
    _route("POST objects/{type}/batch/create write", batch.create, is_batch_write=True),
    _route("POST objects/{type}/batch/update write", batch.update, is_batch_write=True),
    _route("POST objects/{type}/batch/upsert write", batch.upsert, is_batch_write=True),
    _route("POST objects/{type}/batch/archive write", batch.archive),
    _route("POST objects/{type}/search read", search.search, SEARCH),
    _route("POST objects/{type}/merge write", merging.merge),
    _route("POST objects/{type}/gdpr-delete write", objects.gdpr_delete),
    _route("POST objects/{type} write", objects.create),
    _route("GET objects/{type} read", objects.page),
    _route("GET objects/{type}/{id} read", objects.read),
    _route("PATCH objects/{type}/{id} write", objects.change),
    _route("DELETE objects/{type}/{id} write", objects.archive),
)

_LINKS = (
    _route("PUT links/{type}/{id}/associations/default/{to}/{toId} link", associations.put_default),
    _route("PUT links/{type}/{id}/associations/{to}/{toId} link", associations.put_labelled),
    _route("DELETE links/{type}/{id}/associations/{to}/{toId} link", associations.delete),
    _route("GET links/{type}/{id}/associations/{to} link", associations.read),
)
_LINK_BATCHES = tuple(
    _route(f"{line} link", handler, ASSOCIATION, is_batch_write=writes)
    for line, handler, writes in (
        ("POST associations/{type}/{to}/batch/associate/default", associations.batch_default, True),
        ("POST associations/{type}/{to}/batch/create", associations.batch_create, True),
        ("POST associations/{type}/{to}/batch/read", associations.batch_read, False),
        ("POST associations/{type}/{to}/batch/archive", associations.batch_archive, False),
        ("POST associations/{type}/{to}/batch/labels/archive", associations.batch_labels_archive, False),
        ("GET associations/{type}/{to}/labels", associations.labels, False),
        ("POST associations/{type}/{to}/labels", associations.create_label, False),
    )
)

_PROPERTIES = (
    _route("GET properties/{type}/groups schema.read", properties.groups),
    _route("POST properties/{type}/groups schema.write", properties.create_group),
    _route("GET properties/{type}/groups/{name} schema.read", properties.group),
    _route("PATCH properties/{type}/groups/{name} schema.write", properties.change_group),
    _route("DELETE properties/{type}/groups/{name} schema.write", properties.archive_group),
    _route("POST properties/{type}/batch/read schema.read", properties.batch_read),
    _route("POST properties/{type}/batch/create schema.write", properties.batch_create),
    _route("POST properties/{type}/batch/archive schema.write", properties.batch_archive),
    _route("GET properties/{type} schema.read", properties.every),
    _route("POST properties/{type} schema.write", properties.create),
    _route("GET properties/{type}/{name} schema.read", properties.one),
    _route("PATCH properties/{type}/{name} schema.write", properties.change),
    _route("DELETE properties/{type}/{name} schema.write", properties.archive),
    _route("GET limits/custom-properties none", properties.usage),
)

_ACCOUNT = (
    _route("GET owners owners", account.owners),
    _route("GET owners/{id} owners", account.owner),
    _route("GET pipelines/{type} pipelines", account.pipelines),
    _route("GET pipelines/{type}/{pipeline} pipelines", account.pipeline),
    _route("GET pipelines/{type}/{pipeline}/stages pipelines", account.stages),
    _route("GET pipelines/{type}/{pipeline}/stages/{stage} pipelines", account.stage),
    _route("GET account/details none", account.details),
    _route("GET account/api-usage/daily/private-apps none", "usage"),
    _route("POST oauth/v2/private-apps/get/access-token-info open", "private_app_info"),
)

_OAUTH = tuple(
    _route(f"{line} open", handler, FREE, is_form=True)
    for line, handler in (
        ("GET oauth/authorize", "authorize"),
        ("POST oauth/authorize", "allow"),
        ("POST oauth/token", "token"),
        ("POST oauth/v1/token", "token"),
        ("POST oauth/token/introspect", "introspect"),
        ("POST oauth/token/revoke", "revoke"),
        ("GET oauth/v1/access-tokens/{token}", "access_token_v1"),
        ("GET oauth/v1/refresh-tokens/{token}", "refresh_token_v1"),
        ("DELETE oauth/v1/refresh-tokens/{token}", "refresh_token_v1"),
    )
)

ROUTES = (*_OBJECTS, *_LINKS, *_LINK_BATCHES, *_PROPERTIES, *_ACCOUNT, *_OAUTH)
Found = tuple[Route, dict[str, str], str]
_BY_SHAPE: dict[tuple[str, str, int], list[Route]] = {}
for _one in ROUTES:
    _BY_SHAPE.setdefault((_one.method, _one.parts[0], len(_one.parts)), []).append(_one)


def find(method: str, path: str) -> Found | None:
    """The route of a request, the variable parts of its path and its version; None = no such call."""
    for pattern, place in _VERSIONS:
        match = pattern.match(path)
        if match is None:
            continue
        version = match.groupdict().get("version") or CLASSIC
        parts = tuple((place + path[match.end() :]).rstrip("/").split("/"))
        for route in _BY_SHAPE.get((method, parts[0], len(parts)), []):
            params = _params(route.parts, parts)
            if params is not None:
                return route, params, version
    return None


def scopes(route: Route, params: dict[str, str]) -> tuple[str, ...]:
    """Any one of these lets the call through; none = every token does (contract §2.2)."""
    right = route.right
    if right in ("none", "open"):
        return ()
    if right == "link":
        return tuple(
            f"crm.objects.{name}.{one}"
            for name in ("contacts", "companies", "deals")
            for one in ("read", "write")
        )
    if right == "owners":
        return ("crm.objects.owners.read",)
    name = object_type(params.get("type", "contacts")).scope
    if right == "pipelines":
        return (f"crm.objects.{name}.read", f"crm.schemas.{name}.read")
    if right == "schema.read":
        return (f"crm.objects.{name}.read", f"crm.schemas.{name}.read")
    if right == "schema.write":
        return (f"crm.schemas.{name}.write",)
    return (f"crm.objects.{name}.{right}",)


def unknown_path(path: str) -> Refusal:
    return Refusal(404, f"No HTTP resource was found for {path}")


def _params(pattern: tuple[str, ...], parts: tuple[str, ...]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for wanted, given in zip(pattern, parts, strict=True):
        if wanted.startswith("{"):
            params[wanted[1:-1]] = given
        elif wanted != given:
            return None
    return params
