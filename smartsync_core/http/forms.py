"""A form sent once, to an address where no key opens anything yet: how tokens are got."""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from smartsync_core.errors import RetryLater
from smartsync_core.http.client import LOOPBACK, Answer, certificates, read_answer

__all__ = ["post_form"]

_TRIES = 3
_PAUSE_S = 1.0
_TIMEOUT_S = 10


def post_form(url: str, form: Mapping[str, str], *, title: str, repeatable: bool) -> Answer:
    """The remote's answer, whatever its status below 500, but for 429. Raises RetryLater where there is none.

    Sent again where the remote was not reached, and, if it is `repeatable`, where it did not answer as it should.
    """
    host = urlsplit(url).hostname
    with httpx.Client(
        timeout=_TIMEOUT_S, trust_env=host not in LOOPBACK, verify=certificates(), follow_redirects=False
    ) as client:
        for turn in range(_TRIES):
            if turn:
                time.sleep(_PAUSE_S * turn)
            try:
                response = client.post(url, data=dict(form), headers={"Accept": "application/json"})
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
            except httpx.RequestError:
                if repeatable:
                    continue
                break
            answer = read_answer(response)
            if answer is not None and answer.status < 500 and answer.status != 429:
                return answer
            if not repeatable:
                break
    raise RetryLater(f"{title} does not answer at {host}.", after_s=30, hint="Try again in a minute.")
