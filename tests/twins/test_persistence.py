"""What a twin with `--state` still knows after it was ended, or killed."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.twin_process import PROJECT, TwinProcess, hubspot_twin

CONTACTS = "/crm/v3/objects/contacts"


def client(twin: TwinProcess) -> httpx.Client:
    return httpx.Client(base_url=twin.url, headers=twin.headers, timeout=10)


def made(http: httpx.Client, kind: str, **properties: str) -> str:
    answer = http.post(f"/crm/v3/objects/{kind}", json={"properties": properties})
    return str(answer.raise_for_status().json()["id"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "practice" / "hubspot.sqlite"


def test_records_links_and_definitions_survive_a_restart(file: Path) -> None:
    definition = {
        "name": "own_key",
        "label": "Own key",
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
        "hasUniqueValue": True,
    }
    with hubspot_twin("--state", str(file)) as twin, client(twin) as http:
        http.post("/crm/v3/properties/contacts", json=definition).raise_for_status()
        contact = made(http, "contacts", email="a@works.example", own_key="k1")
        company = made(http, "companies", name="Works")
        gone = made(http, "contacts", email="gone@works.example")
        http.put(
            f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}"
        ).raise_for_status()
        http.delete(f"{CONTACTS}/{gone}").raise_for_status()
        before = http.get(f"{CONTACTS}/{contact}?associations=companies&properties=own_key").json()
    with hubspot_twin("--state", str(file)) as twin, client(twin) as http:
        assert http.get(f"{CONTACTS}/{contact}?associations=companies&properties=own_key").json() == before
        assert http.get(f"{CONTACTS}/k1?idProperty=own_key").json()["id"] == contact
        assert http.get(f"{CONTACTS}/{gone}").status_code == 404
        assert http.get(f"{CONTACTS}/{gone}?archived=true").json()["archived"] is True
        found = http.post(f"{CONTACTS}/search", json={}).json()
        assert [row["id"] for row in found["results"]] == [contact]
        assert http.post(CONTACTS, json={"properties": {"email": "A@works.example"}}).status_code == 409
        assert made(http, "contacts", email="b@works.example") > gone


def test_a_merge_survives_a_restart(file: Path) -> None:
    with hubspot_twin("--state", str(file)) as twin, client(twin) as http:
        first, second = (made(http, "contacts", email=f"{name}@works.example") for name in "ab")
        body = {"primaryObjectId": first, "objectIdToMerge": second}
        survivor = http.post(f"{CONTACTS}/merge", json=body).json()["id"]
    with hubspot_twin("--state", str(file)) as twin, client(twin) as http:
        assert {http.get(f"{CONTACTS}/{one}").json()["id"] for one in (first, second)} == {survivor}
        assert twin.state()["contacts"] == 1


def test_every_answered_write_survives_a_kill(file: Path) -> None:
    answered: list[str] = []
    with hubspot_twin("--state", str(file)) as twin, client(twin) as http:
        for batch in range(5):
            inputs: list[Any] = [
                {"properties": {"email": f"r{batch}-{row}@works.example"}} for row in range(100)
            ]
            answer = http.post(f"{CONTACTS}/batch/create", json={"inputs": inputs}).raise_for_status()
            answered += [row["id"] for row in answer.json()["results"]]
        twin.process.kill()
        twin.process.wait()
    with hubspot_twin("--state", str(file)) as twin, client(twin) as http:
        assert twin.state()["contacts"] == len(answered) == 500
        assert http.get(f"{CONTACTS}/{answered[-1]}").status_code == 200


def test_start_over_is_for_good_and_gives_no_id_twice(file: Path) -> None:
    with hubspot_twin("--state", str(file)) as twin, client(twin) as http:
        first = made(http, "contacts", email="a@works.example")
        assert twin.control("POST", "reset")["contacts"] == 0
    with hubspot_twin("--state", str(file)) as twin, client(twin) as http:
        assert twin.state()["contacts"] == 0
        assert int(made(http, "contacts", email="a@works.example")) > int(first)


def test_two_twins_cannot_share_a_file(file: Path) -> None:
    with hubspot_twin("--state", str(file)):
        second = subprocess.run(
            [sys.executable, "-m", "smartsync_core.twins", "hubspot", "--port", "0", "--state", str(file)],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert second.returncode != 0
    assert "is another twin using it?" in second.stderr


def test_what_names_somebody_is_forgotten_to_the_last_byte(file: Path) -> None:
    """Live, in the recycle bin, in what a record held before, and among blocked addresses."""
    with hubspot_twin("--state", str(file)) as twin, client(twin) as http:
        made(http, "contacts", email="zeb@private.example", lastname="Quillfeather")
        binned = made(http, "contacts", email="old@works.example", lastname="Quillfeather")
        http.patch(f"{CONTACTS}/{binned}", json={"properties": {"email": "ZEB@private.example.old"}})
        before = made(http, "contacts", email="moved@works.example")
        http.patch(f"{CONTACTS}/{before}", json={"properties": {"email": "new@works.example"}})
        http.delete(f"{CONTACTS}/{binned}").raise_for_status()
        blocked = {"objectId": "moved@works.example", "idProperty": "email"}
        other = made(http, "contacts", email="jozeb@private.example")
        http.post(f"{CONTACTS}/gdpr-delete", json=blocked).raise_for_status()
        for whom, removed in (
            ("ZEB@private.example", 1),
            ("old@works.example", 1),
            ("moved@works.example", 1),
        ):
            assert len(twin.control("PUT", "naming", {"text": whom})["records"]) == removed, whom
            assert twin.control("PUT", "forget", {"text": whom}) == {"removed": removed}, whom
            assert twin.control("PUT", "naming", {"text": whom}) == {"records": []}
        assert http.get(f"{CONTACTS}/{other}").is_success
    kept = b"".join(one.read_bytes() for one in file.parent.iterdir())
    for gone in (b"Quillfeather", b"zeb@private.example", b"moved@works.example"):
        assert gone not in kept.replace(b"jozeb@private.example", b"")
