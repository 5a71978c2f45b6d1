"""One request as the handlers see it, and the answer they give."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from smartsync_core.twins.hubspot.errors import Refusal, bad_json, invalid, wrong_shape

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


@dataclass(slots=True, kw_only=True)
class Call:
    method: str
    path: str  # as it was requested
    params: dict[str, str]  # the variable parts of the path
    version: str  # classic | 2026-03 | 2026-09
    host_url: str  # http://127.0.0.1:1234
    raw: bytes
    query: dict[str, list[str]] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    flapping: bool = False
    body: Any = None

    def text(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[-1]

    def flag(self, name: str) -> bool:
        return self.text(name) == "true"

    def names(self, name: str) -> list[str]:
        """A list given as `a,b`, as repeated parameters, or both."""
        return [
            part.strip() for value in self.query.get(name, []) for part in value.split(",") if part.strip()
        ]

    def number(self, name: str, default: int, most: int) -> int:
        text = self.text(name, str(default))
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise invalid(f"Invalid value for '{name}': {text}. It must be between 1 and {most}")
        return int(text)

    def read(self, *, form: bool) -> None:
        """Parse the body as a form or as JSON; an empty one stays None."""
        if form:
            fields = parse_qs(self.raw.decode("utf-8", "replace"), keep_blank_values=True)
            self.form = {name: values[-1] for name, values in fields.items()}
            return
        if not self.raw.strip():
            return
        try:
            self.body = json.loads(self.raw)
        except json.JSONDecodeError as error:
            raise bad_json(f"Unexpected input: {error.msg}", line=error.lineno, column=error.colno) from None
        except UnicodeDecodeError:
            raise bad_json("Invalid UTF-8") from None

    def object_body(self) -> dict[str, Any]:
        if not isinstance(self.body, dict):
            raise wrong_shape("com.hubspot.request.Body", self.body)
        return self.body

    def inputs(self) -> list[dict[str, Any]]:
        """The `inputs` of a batch body, each of them an object."""
        found = self.object_body().get("inputs")
        if not isinstance(found, list):
            raise wrong_shape("java.util.List<com.hubspot.request.Input>", found)
        for item in found:
            if not isinstance(item, dict):
                raise wrong_shape("com.hubspot.request.Input", item)
        return found

    def next_page(self, after: str) -> dict[str, Any]:
        """`paging` with a link on the host that was asked (contract §13.1)."""
        query = urlencode({**self.query, "after": after}, doseq=True)
        return {"next": {"after": after, "link": f"{self.host_url}{self.path}?{query}"}}


@dataclass(slots=True)
class Answer:
    status: int
    body: Any = None  # None = no content; a string is sent as it is
    headers: dict[str, str] = field(default_factory=dict)

    def payload(self) -> bytes:
        if self.body is None:
            return b""
        if isinstance(self.body, str):
            return self.body.encode()
        return _encode(self.body).encode("utf-8", "replace")


def refused(refusal: Refusal) -> Answer:
    return Answer(refusal.status, refusal.body(), dict(refusal.headers))
