"""The page of HubSpot on which a person lets an app into the account, and the way back to that app (contract §2.1)."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from smartsync_core.twins.hubspot.call import Answer, Call
from smartsync_core.twins.hubspot.errors import Refusal

_NEEDED = ("client_id", "redirect_uri", "scope")
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Connect an app</title></head><body>
<h1>Connect an app to this account</h1><p>It asks for:</p><ul>{scopes}</ul>
<form method="post" action="authorize">{hidden}<button>Connect app</button></form>
<p><a href="{cancel}">Cancel</a></p></body></html>"""


def page(call: Call) -> Answer:
    given = asked(call)
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in given.items()
    )
    scopes = "".join(f"<li>{escape(scope)}</li>" for scope in given["scope"].split())
    cancel = escape(back(given, error="access_denied").headers["Location"])
    shown = _PAGE.format(scopes=scopes, hidden=hidden, cancel=cancel)
    return Answer(200, shown, {"Content-Type": "text/html;charset=utf-8"})


def asked(call: Call) -> dict[str, str]:
    """What the app asks for; raises the refusal of a request that lacks something."""
    names = (*_NEEDED, "state", "code_challenge", "code_challenge_method")
    given = {name: call.form.get(name) or call.text(name) for name in names}
    missing = [name for name in _NEEDED if not given[name]]
    if missing:
        raise Refusal(400, f"{missing[0]} is missing")
    if given["code_challenge"] and given["code_challenge_method"] != "S256":
        raise Refusal(400, "code_challenge_method must be S256")
    return given


def back(given: dict[str, str], **told: str) -> Answer:
    query = urlencode(told | ({"state": given["state"]} if given["state"] else {}))
    return Answer(302, headers={"Location": f"{given['redirect_uri']}?{query}"})
