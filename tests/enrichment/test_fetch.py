"""The guard before every web address that somebody typed."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

import pytest

from smartsync_core.enrichment.addresses import is_public
from smartsync_core.enrichment.fetch import Fetcher
from smartsync_core.errors import SkipRecord

HOSTILE = """
http://127.0.0.1/ http://127.1/ http://0x7f.1/ http://0x7f000001/ http://2130706433/ http://017700000001/ http://0.0.0.0/ http://0/
http://localhost/ http://10.0.0.1/ http://172.16.0.1/ http://192.168.1.1/ http://100.64.0.1/ http://198.18.0.1/
http://169.254.169.254/latest/meta-data/ http://[fd00:ec2::254]/latest/ http://[::1]/ http://[::]/ http://[::ffff:127.0.0.1]/
http://[::ffff:7f00:1]/ http://[::127.0.0.1]/ http://[fe80::1]/ http://[fc00::1]/ http://[2002:7f00:1::]/
http://[64:ff9b::7f00:1]/ http://[64:ff9b::a9fe:a9fe]/ http://[64:ff9b:1::7f00:1]/ http://[2001:0:53aa:64c:0:0:80ff:fffe]/
http://[ff02::1]/ http://224.0.0.1/ http://240.0.0.1/ http://255.255.255.255/ http://192.0.2.1/ http://１２７.０.０.１/
file:///etc/passwd ftp://firm.example/ gopher://127.0.0.1/ javascript:alert(1) http:/// //firm.example http://user@firm.example/
http://a:b@127.0.0.1/ http://firm.example:22/ http://firm.example:6379/ http://firm.example:99999/ http://firm.example\\@127.0.0.1/
http://[::1 http://[fe80::1%25eth0]/
""".split()  # noqa: SIM905


def test_there_are_thirty_hostile_addresses() -> None:
    assert len(set(HOSTILE)) >= 30


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(SkipRecord) as told:
        Fetcher(deadline_s=2).get(url)
    assert told.value.code in ("url_refused", "fetch_failed")


@pytest.mark.parametrize(
    "url", ["http://a.example/\r\nHost: b", "http://a.example/ b", "http://a\x00.example/"]
)
def test_an_address_cannot_carry_a_second_request(url: str) -> None:
    with pytest.raises(SkipRecord, match="plain http"):
        Fetcher().get(url)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["", "firm.example", "127.0.0.1 ", "fe80::1%eth0", "::ffff:10.0.0.1"])
def test_what_is_no_public_address_is_not(address: str) -> None:
    assert not is_public(address)


def test_one_private_address_among_public_ones_is_one_too_many() -> None:
    fetcher = Fetcher(resolve=lambda *_: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(SkipRecord, match="not public"):
        fetcher.get("http://firm.example/")


def test_a_name_is_looked_up_once_so_that_a_second_answer_cannot_differ(stand_in: str) -> None:
    asked = []

    def rebinding(host: str, port: int, left_s: float) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    port = stand_in.rpartition(":")[2]
    local = Fetcher(resolve=rebinding, allowed=lambda address: address == "127.0.0.1", ports=None)
    assert local.get(f"http://firm.example:{port}/bad/fine").text() == "fine"
    assert asked == ["firm.example"]


def test_a_name_that_changes_to_a_private_address_is_refused_at_the_next_hop(
    stand_in: str, on_stand_in: Callable[..., Fetcher]
) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    fetcher = on_stand_in(resolve=lambda *_: next(answers))
    with pytest.raises(SkipRecord, match="not public"):
        fetcher.get(f"{stand_in}/bad/redirect?to=/bad/fine")


@pytest.mark.parametrize(
    "to",
    [
        "http://169.254.169.254/latest",
        "http://[::ffff:10.0.0.1]/",
        "file:///etc/passwd",
        "http://u@x.example/",
    ],
)
def test_a_redirect_is_judged_like_the_first_address(
    to: str, stand_in: str, on_stand_in: Callable[..., Fetcher]
) -> None:
    with pytest.raises(SkipRecord) as told:
        on_stand_in().get(f"{stand_in}/bad/redirect?to={to}")
    assert told.value.code == "url_refused"


def test_a_redirect_inside_the_site_is_followed(stand_in: str, on_stand_in: Callable[..., Fetcher]) -> None:
    fetched = on_stand_in().get(f"{stand_in}/bad/redirect?to=/bad/fine")
    assert (fetched.status, fetched.text(), fetched.url) == (200, "fine", f"{stand_in}/bad/fine")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("circle", "redirects more than 3 times"),
        ("huge", "more than 1,000,000 bytes"),
        ("bomb", "compressed"),
        ("binary", "image/png"),
        ("slow", "did not answer within"),
        ("drip", "did not answer within"),
    ],
)
def test_a_badly_behaved_server_is_left_in_time(
    path: str, says: str, stand_in: str, on_stand_in: Callable[..., Fetcher]
) -> None:
    with pytest.raises(SkipRecord, match=says):
        on_stand_in(deadline_s=1.5).get(f"{stand_in}/bad/{path}")


def test_a_look_up_of_a_name_that_never_ends_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    never = Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [never.wait(60)][1:])
    with pytest.raises(SkipRecord, match="no address that answers"):
        Fetcher(deadline_s=0.3).get("http://firm.example/")
    never.set()


def test_the_pages_of_one_look_share_one_deadline(stand_in: str, on_stand_in: Callable[..., Fetcher]) -> None:
    fetcher = on_stand_in().until(time.monotonic() - 1)
    with pytest.raises(SkipRecord, match="did not answer within"):
        fetcher.get(f"{stand_in}/bad/fine")


def test_a_status_is_an_answer(stand_in: str, on_stand_in: Callable[..., Fetcher]) -> None:
    assert on_stand_in().get(f"{stand_in}/nothing/here").status == 404
