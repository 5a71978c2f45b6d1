"""Fifty calls a second on the app's API, alone and beside imports of 10,000 rows in the same process.

    .venv/bin/python -m benchmarks.api_load [--seconds 60] [--alone 20] [--rate 50] [--rows 10000] [--companies 2000]
                                            [--each 100]

The whole app (`streamlit run app.py`), the CRM (a HubSpot twin, professional tier, 250 ms a call) and the caller are three
processes. Calls begin by the clock, whether earlier ones were answered or not, and their time counts from the moment when they
were due. As soon as an import has ended, the next one begins, of other people. Eighty-eight of a hundred calls read, ten are
webhooks, two sync one contact under an Idempotency-Key of its own. Before that each kind is called `--each` times (a contact
a fifth as often), one after the other: how long that takes, and the processor time it costs the app, which holds on a machine
that is not quiet too. The contacts synced there have a company that the app knows. Prints tables; nothing is asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx

from benchmarks.bulk_import import HEADER, professional_twin
from tests.running_app import PROJECT, RunningApp, app_environment
from tests.twin_process import TwinProcess

SECRET = "benchmark-secret"
ADDRESS = "https://sync.example.com/api/webhooks/hubspot"
WEBHOOK = "/webhooks/hubspot"
SYNC = "POST sync, one contact"
MIX = {  # how many of a hundred calls
    "GET connect": 20,
    "GET sync (log)": 20,
    "GET runs": 14,
    "GET runs/{id}": 10,
    "GET runs/{id}/rows": 10,
    "GET jobs/{id}": 14,
    "POST webhooks/hubspot": 10,
    SYNC: 2,
}


@dataclass(kw_only=True)
class Load:
    """What was measured: seconds per kind of call, and answers that were none."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Account:
    integration_id: str
    portal_id: int
    run_id: str = ""  # the import of which calls ask


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=60, help="beside imports")
    parser.add_argument("--alone", type=int, default=20, help="seconds of the same calls before them")
    parser.add_argument("--rate", type=int, default=50, help="calls a second")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--companies", type=int, default=2_000)
    parser.add_argument("--each", type=int, default=100, help="calls of each kind, one after the other")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, professional_twin() as twin:
        data = Path(folder) / "data"
        key = made_key(data)
        variables = {
            "HUBSPOT_BASE_URL": twin.url,
            "HUBSPOT_CLIENT_SECRET": SECRET,
            "HUBSPOT_WEBHOOK_URL": ADDRESS,
        }
        with RunningApp(data, variables) as app:
            asyncio.run(measure(options, app, key, twin, Path(folder)))


def made_key(data: Path) -> str:
    words = [sys.executable, "-m", "smartsync_core", "apikey", "create", "--role", "admin", "--json"]
    done = subprocess.run(
        words, cwd=PROJECT, env=app_environment(data), check=True, stdout=subprocess.PIPE, text=True
    )
    return str(json.loads(done.stdout)["key"])


async def measure(
    options: argparse.Namespace, app: RunningApp, key: str, twin: TwinProcess, folder: Path
) -> None:
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200, keepalive_expiry=60)
    async with httpx.AsyncClient(
        base_url=f"{app.url}/api", headers={"Authorization": f"Bearer {key}"}, timeout=60, limits=limits
    ) as client:
        account = await connected(client, twin)
        imports = Imports(client, account, folder, options.rows, options.companies)
        await imports.one(rows=100)  # so that there is something to read
        await one_after_the_other(client, account, app.process.pid, options.each)
        print(f"\n{options.rate} calls a second\n")
        print("| call | beside | calls | p50 | p95 | p99 | longest | errors |")
        print("|---|---|--:|--:|--:|--:|--:|--:|")
        show("nothing", await load(client, account, options.rate, options.alone))
        bulk = asyncio.create_task(imports.one_after_the_other())
        show("imports", await load(client, account, options.rate, options.seconds))
        imports.last = True
        await bulk
        print(
            f"\nImports of {options.rows:,} rows took: {', '.join(f'{s:.1f} s' for s in imports.took[1:])}."
        )


async def one_after_the_other(client: httpx.AsyncClient, account: Account, pid: int, times: int) -> None:
    print("| call, one after the other | calls | CPU of the app | p50 | p90 | longest |")
    print("|---|--:|--:|--:|--:|--:|")
    calls = kinds_of_calls(client, account) | {
        SYNC: lambda: synced(client, account, next(_numbers), "Acme Ltd")
    }
    for kind, call in calls.items():
        answered(await call())  # what is known after it, is known in what is measured
        took, before = list[float](), cpu_s(pid)
        for _ in range(times // 5 if kind == SYNC else times):
            began = time.monotonic()
            answered(await call())
            took.append(time.monotonic() - began)
        cpu_ms = 1000 * (cpu_s(pid) - before) / len(took)
        p = statistics.quantiles(took, n=10, method="inclusive")
        times_ms = " | ".join(f"{1000 * s:.0f} ms" for s in (p[4], p[8], max(took)))
        print(f"| {kind} | {len(took)} | {cpu_ms:.1f} ms | {times_ms} |", flush=True)


def cpu_s(pid: int) -> float:
    """Processor time that a process has had so far, of its user and in the kernel (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def connected(client: httpx.AsyncClient, twin: TwinProcess) -> Account:
    body = {"crm_type": "hubspot", "access_token": twin.token, "name": "Twin"}
    made = answered(await client.post("/integrations/crm/connect", json=body))["integration"]
    return Account(integration_id=made["id"], portal_id=int(made["portal_id"]))


class Imports:
    """Files of people whom nobody has met, from upload to result, over the API."""

    def __init__(
        self, client: httpx.AsyncClient, account: Account, folder: Path, rows: int, companies: int
    ) -> None:
        self._client, self._account, self._folder = client, account, folder
        self._rows, self._companies = rows, companies
        self._number = 0
        self.took: list[float] = []
        self.last = False

    async def one_after_the_other(self) -> None:
        while not self.last:
            await self.one(rows=self._rows)

    async def one(self, *, rows: int) -> None:
        began = time.monotonic()
        self._number += 1
        sheet = self._folder / f"leads-{self._number}.csv"
        sheet.write_text("\n".join(sheet_lines(self._number, rows, self._companies)), encoding="utf-8")
        with sheet.open("rb") as file:
            kept = answered(await self._client.post("/uploads", files={"file": file}))
        body = {
            "upload_id": kept["id"],
            "integration_id": self._account.integration_id,
            "record_type": "both",
        }
        run_id = answered(await self._client.post("/runs", json=body))["run_id"]
        self._account.run_id = self._account.run_id or run_id
        await self._until(run_id, "previewed")
        answered(await self._client.post(f"/runs/{run_id}/write", json={}))
        self._account.run_id = run_id
        await self._until(run_id, "done")
        self.took.append(time.monotonic() - began)

    async def _until(self, run_id: str, state: str) -> None:
        while (found := answered(await self._client.get(f"/jobs/{run_id}"))["state"]) != state:
            if found in ("failed", "paused", "stopped"):
                raise SystemExit(f"Import {run_id} is {found}.")
            await asyncio.sleep(0.5)


def sheet_lines(number: int, rows: int, companies: int) -> Iterator[str]:
    yield ",".join(HEADER)
    for n in range(rows):
        firm = f"firm{n % companies}-{number}"
        yield f"person{n}@{firm}.example,First{n},Last{n},Manager,,{firm} Ltd,Leeds,United Kingdom"


async def load(client: httpx.AsyncClient, account: Account, rate: int, seconds: int) -> Load:
    """That many calls a second for that long, each begun when it is due."""
    found, calls = Load(), kinds_of_calls(client, account)
    kinds = Random(1).choices(list(MIX), weights=list(MIX.values()), k=rate * seconds)
    began = time.monotonic()
    tasks = []
    for place, kind in enumerate(kinds):
        due = began + place / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        tasks.append(asyncio.create_task(timed(found, kind, calls[kind], due)))
    await asyncio.gather(*tasks)
    return found


async def timed(found: Load, kind: str, call: Callable[[], Awaitable[httpx.Response]], due: float) -> None:
    try:
        answer = await call()
    except httpx.HTTPError as error:
        found.errors.append(f"{kind}: {error!r}")
        return
    found.took[kind].append(time.monotonic() - due)
    if not answer.is_success:
        found.errors.append(f"{kind}: {answer.status_code} {answer.text[:200]}")


_numbers = itertools.count(1)


def kinds_of_calls(
    client: httpx.AsyncClient, account: Account
) -> dict[str, Callable[[], Awaitable[httpx.Response]]]:
    return {
        "GET connect": lambda: client.get("/integrations/crm/connect"),
        "GET sync (log)": lambda: client.get("/integrations/crm/sync", params={"limit": 50}),
        "GET runs": lambda: client.get("/runs"),
        "GET runs/{id}": lambda: client.get(f"/runs/{account.run_id}"),
        "GET runs/{id}/rows": lambda: client.get(f"/runs/{account.run_id}/rows"),
        "GET jobs/{id}": lambda: client.get(f"/jobs/{account.run_id}"),
        "POST webhooks/hubspot": lambda: delivered(client, account, next(_numbers)),
        SYNC: lambda: synced(client, account, next(_numbers)),
    }


async def synced(
    client: httpx.AsyncClient, account: Account, number: int, company: str = ""
) -> httpx.Response:
    contact = {"email": f"ada{number}@single.example", "firstName": "Ada", "lastName": f"Byron {number}"}
    contact |= {"company": company} if company else {}
    body = {
        "entity_type": "contact",
        "contact": contact,
        "integration_id": account.integration_id,
        "options": {"skipEnrichment": True},
    }
    once = {"Idempotency-Key": f"contact-{number}"}
    return await client.post("/integrations/crm/sync", json=body, headers=once)


async def delivered(client: httpx.AsyncClient, account: Account, number: int) -> httpx.Response:
    """As HubSpot signs: v3."""
    change: dict[str, object] = {
        "eventId": number,
        "subscriptionId": 7,
        "portalId": account.portal_id,
        "objectId": number,
    }
    change |= {"subscriptionType": "contact.creation", "occurredAt": 1_700_000_000_000, "attemptNumber": 0}
    body = json.dumps([change]).encode()
    sent = str(int(time.time() * 1000))
    digest = hmac.new(SECRET.encode(), b"POST" + ADDRESS.encode() + body + sent.encode(), hashlib.sha256)
    headers = {
        "X-HubSpot-Signature-v3": base64.b64encode(digest.digest()).decode(),
        "X-HubSpot-Request-Timestamp": sent,
    }
    return await client.post(WEBHOOK, content=body, headers=headers)


def answered(answer: httpx.Response) -> dict:  # type: ignore[type-arg]
    if not answer.is_success:
        raise SystemExit(f"{answer.request.url} answered {answer.status_code}: {answer.text}")
    return dict(answer.json())


def show(beside: str, found: Load) -> None:
    at_once = [s for kind, took in found.took.items() if kind != SYNC for s in took]
    for kind, took in [*((kind, found.took[kind]) for kind in MIX), ("all but sync", at_once)]:
        errors = sum(one.startswith(kind) for one in found.errors)
        if kind == "all but sync":
            errors = sum(not one.startswith(SYNC) for one in found.errors)
        if len(took) > 1:
            p = statistics.quantiles(took, n=100, method="inclusive")
            times = " | ".join(f"{1000 * s:.0f} ms" for s in (p[49], p[94], p[98], max(took)))
            print(f"| {kind} | {beside} | {len(took)} | {times} | {errors} |", flush=True)
    with suppress(IndexError):
        print(f"first error: {found.errors[0]}", file=sys.stderr)


if __name__ == "__main__":
    main()
