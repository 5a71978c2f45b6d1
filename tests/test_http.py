"""The one HTTP client: what it repeats, what it never repeats, how it keeps inside rate windows, what it keeps secret."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartsync_core.errors import NeedsPerson, RetryLater, SkipRecord, SmartSyncError
from smartsync_core.http import (
    Answer,
    FixedToken,
    HttpClient,
    Patience,
    Rate,
    RateLimiter,
    SendTimes,
    TokenExpired,
    Unanswered,
)
from smartsync_core.http.rates import Limiters
from smartsync_core.model.crm import Window
from smartsync_core.redaction import redact

APP, SEARCH = Window.APP, Window.SEARCH
TOKEN = "pat-na1-11111111-2222-4333-8444-555555555555"


class Clock:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def wait(self, condition: threading.Condition, seconds: float) -> None:
        self.now += seconds

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def limiter(clock: Clock, calls: int = 100, seconds: float = 10.0) -> RateLimiter:
    rates = {APP: Rate(calls=calls, seconds=seconds), SEARCH: Rate(calls=5, seconds=1)}
    return RateLimiter(rates, clock=clock, pause=clock.wait)


def take(of: RateLimiter, count: int, *, interactive: bool = False, window: Window = APP) -> None:
    for _ in range(count):
        of.acquire(window, interactive=interactive, within_s=1000)


# --- rate windows -------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    calls=st.sampled_from([5, 100, 110, 190, 250]),
    gaps=st.lists(st.floats(0, 3), min_size=1, max_size=400),
    lanes=st.lists(st.booleans(), min_size=1, max_size=5),
)
def test_no_window_of_the_remote_ever_sees_more_than_nine_tenths_of_its_limit(
    calls: int, gaps: list[float], lanes: list[bool]
) -> None:
    clock = Clock()
    of, sent = limiter(clock, calls), []
    for number, gap in enumerate(gaps):
        clock.now += gap / 20
        take(of, 1, interactive=lanes[number % len(lanes)])
        sent.append(clock.now)
    busiest = max(sum(begin <= at < begin + 10.0 for at in sent) for begin in sent)
    assert busiest <= calls * 0.9


@settings(max_examples=30, deadline=None)
@given(earlier=st.lists(st.floats(0, 1), max_size=60), lanes=st.booleans(), calls=st.integers(0, 60))
def test_when_calls_can_have_left_is_told_before_they_do(
    earlier: list[float], lanes: bool, calls: int
) -> None:
    clock = Clock()
    of = limiter(clock, calls=40)
    for gap in earlier:
        clock.now += gap
        take(of, 1, interactive=lanes)
    told, began = of.due_s({APP: calls, SEARCH: 0}), clock.now
    take(of, calls)
    assert told == pytest.approx(clock.now - began)


def test_of_many_calls_the_long_runs_pace_tells_when_they_can_have_left() -> None:
    of = limiter(Clock(), calls=100)
    assert of.due_s({APP: 9_000}) == pytest.approx(9_000 / of.per_second(APP), rel=0.02)


def test_search_leaves_at_most_four_times_a_second() -> None:
    clock = Clock()
    of = limiter(clock)
    take(of, 9, window=SEARCH)
    assert clock.now == pytest.approx(1000 + 2 * 1.02)


def test_a_full_window_does_not_hold_up_another() -> None:
    clock = Clock()
    of = limiter(clock)
    take(of, 90)
    take(of, 1, window=SEARCH)
    assert clock.now == 1000


def test_bulk_may_use_everything_while_nobody_waits() -> None:
    clock = Clock()
    take(limiter(clock), 90)
    assert clock.now == 1000


def test_a_fifth_is_kept_for_people_for_a_minute_after_one_waited() -> None:
    clock = Clock()
    of = limiter(clock)
    take(of, 1, interactive=True)
    take(of, 72)
    assert clock.now == 1000
    take(of, 1)
    assert clock.now == pytest.approx(1010.2)
    clock.now += 60
    take(of, 90)
    assert clock.now == pytest.approx(1070.2)


def test_people_still_get_through_when_bulk_has_used_its_part() -> None:
    clock = Clock()
    of = limiter(clock)
    take(of, 1, interactive=True)
    take(of, 72)
    take(of, 17, interactive=True)
    assert clock.now == 1000


def test_a_wait_beyond_the_callers_patience_is_refused_at_once() -> None:
    clock = Clock()
    of = limiter(clock)
    take(of, 90)
    with pytest.raises(RetryLater) as refused:
        of.acquire(APP, interactive=False, within_s=5)
    assert clock.now == 1000
    assert refused.value.after_s == pytest.approx(10.2)


def test_a_limit_the_remote_tells_counts_from_now_on() -> None:
    clock = Clock()
    of = limiter(clock)
    take(of, 90)
    of.set_limit(APP, 190)
    take(of, 81)
    assert clock.now == 1000
    of.set_limit(APP, 100)
    take(of, 1)
    assert clock.now == pytest.approx(1010.2)


def test_a_window_on_hold_lets_nobody_through() -> None:
    clock = Clock()
    of = limiter(clock)
    of.hold(APP, 4)
    take(of, 1, interactive=True)
    assert clock.now == pytest.approx(1004)


def test_sends_of_the_last_seconds_are_remembered_over_a_restart() -> None:
    clock = Clock()
    before, after = limiter(clock), limiter(clock)
    take(before, 90)
    clock.now += 4
    after.restore(before.snapshot())
    take(after, 1)
    assert clock.now == pytest.approx(1010.2, abs=0.1)


def test_callers_in_many_threads_get_one_turn_each() -> None:
    of = RateLimiter({APP: Rate(calls=1000)})
    threads = [
        threading.Thread(target=take, args=(of, 20), kwargs={"interactive": n % 2 == 0}) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(of.snapshot()[APP]) == 160


class Kept:
    """Keeps send times in a dict; `unreadable` says so of what it kept."""

    def __init__(self, *, unreadable: bool = False) -> None:
        self.times: dict[str, SendTimes] = {}
        self.unreadable = unreadable

    def load(self, account_key: str) -> SendTimes | None:
        return None if self.unreadable else self.times.get(account_key, {})

    def save(self, account_key: str, limiter: RateLimiter) -> None:
        self.times[account_key] = limiter.snapshot()


def test_callers_of_one_account_share_one_limiter_and_its_sends_are_kept() -> None:
    room, kept = Limiters(), Kept()
    room.keeper = kept
    rates = {APP: Rate(calls=100)}
    take(room.of("account", rates), 3)
    assert room.of("account", rates) is room.of("account", rates)
    assert room.of("", rates) is not room.of("", rates)
    assert len(kept.times["account"][APP]) == 3


def test_where_the_last_sends_cannot_be_read_every_window_is_taken_for_full() -> None:
    room = Limiters()
    room.keeper = Kept(unreadable=True)
    with pytest.raises(RetryLater):
        room.of("account", {APP: Rate(calls=100)}).acquire(APP, interactive=True, within_s=5)


# --- the client ---------------------------------------------------------------------------------------------------------


@dataclass
class Server:
    """Answers with what it was told, in order; the last one for ever."""

    answers: list[httpx.Response | Exception]
    seen: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = self.answers[min(len(self.seen), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Renewing:
    """A TokenSource with one newer token to give."""

    def __init__(self, *tokens: str) -> None:
        self.left = list(tokens)

    def token(self) -> str:
        return self.left[0]

    def refreshed(self, refused: str) -> str | None:
        self.left.remove(refused)
        return self.left[0] if self.left else None


def classify(answer: Answer) -> SmartSyncError | None:
    if answer.status == 401:
        return TokenExpired("too old")
    if answer.status == 429:
        daily = answer.body.get("policyName") == "DAILY"
        return RetryLater("full", after_s=3600 if daily else 2, daily=daily)
    if answer.status in (423, 477) or answer.status >= 500:
        return RetryLater("busy", after_s=1)
    return SkipRecord("refused")


def ok(**body: object) -> httpx.Response:
    return httpx.Response(200, json=body)


Client = Callable[..., HttpClient]


@pytest.fixture
def client() -> Iterator[Client]:
    made = []

    def make(server: Callable[[httpx.Request], httpx.Response], **options: object) -> HttpClient:
        clock = Clock()
        one = HttpClient(
            title="The CRM",
            base_url="https://crm.example",
            limiter=limiter(clock),
            classify=classify,
            transport=httpx.MockTransport(server),
            **{"tokens": FixedToken(TOKEN), "sleep": clock.sleep, **options},  # type: ignore[arg-type]
        )
        made.append(one)
        return one

    yield make
    for one in made:
        one.close()


def send(client: HttpClient, *, repeatable: bool = True) -> Answer:
    return client.send("POST", "/records", window=APP, repeatable=repeatable, body={"name": "Äpfel"})


def test_a_request_carries_the_token_and_its_body(client: Client) -> None:
    server = Server([ok(id="7")])
    answer = send(client(server))
    assert answer.body == {"id": "7"}
    assert server.seen[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert server.seen[0].content.decode() == '{"name":"Äpfel"}'


TROUBLES = [
    httpx.Response(500),
    httpx.Response(502, text="<html>"),
    httpx.Response(504),
    httpx.Response(200, text='{"id":'),
]
LOSSES = [httpx.ReadTimeout("slow"), httpx.ReadError("reset"), httpx.RemoteProtocolError("cut off")]


@pytest.mark.parametrize("trouble", [*TROUBLES, *LOSSES], ids=repr)
def test_a_read_is_repeated_until_it_is_answered(client: Client, trouble: httpx.Response | Exception) -> None:
    server = Server([trouble, trouble, ok(id="7")])
    assert send(client(server)).body == {"id": "7"}
    assert len(server.seen) == 3


@pytest.mark.parametrize("trouble", [*TROUBLES, *LOSSES], ids=repr)
def test_a_create_whose_fate_is_unknown_is_never_sent_again(
    client: Client, trouble: httpx.Response | Exception
) -> None:
    server = Server([trouble, ok(id="7")])
    with pytest.raises(Unanswered):
        send(client(server), repeatable=False)
    assert len(server.seen) == 1


NOTHING_DONE = [
    httpx.Response(429, json={}),
    httpx.Response(423),
    httpx.Response(477),
    httpx.ConnectError("no route"),
]


@pytest.mark.parametrize("trouble", NOTHING_DONE, ids=repr)
def test_a_create_that_was_turned_away_at_the_door_is_sent_again(
    client: Client, trouble: httpx.Response | Exception
) -> None:
    server = Server([trouble, trouble, ok(id="7")])
    assert send(client(server), repeatable=False).body == {"id": "7"}


def test_a_web_page_in_the_place_of_an_answer_is_called_one_and_where_it_came_from(client: Client) -> None:
    server = Server([httpx.Response(200, html="<h1>Welcome to our hotel</h1>")])
    with pytest.raises(RetryLater, match=r"a web page came from crm\.example") as found:
        send(client(server, patience=Patience(tries=2, total_s=100)))
    assert "login page" in found.value.hint
    assert len(server.seen) == 2


def test_after_some_tries_it_says_to_come_back_later(client: Client) -> None:
    server = Server([httpx.Response(503)])
    with pytest.raises(RetryLater, match="busy"):
        send(client(server, patience=Patience(tries=3, total_s=100)))
    assert len(server.seen) == 3


UNREACHABLE = httpx.ConnectError("refused")


@pytest.mark.parametrize("interactive", [True, False])
def test_who_waits_for_a_dead_remote_hears_of_it_within_ten_seconds(
    client: Client, interactive: bool
) -> None:
    clock, server = Clock(), Server([UNREACHABLE])
    with pytest.raises(RetryLater, match="cannot be reached"):
        send(client(server, sleep=clock.sleep, interactive=interactive, prompt=True))
    assert clock.now - 1000 < 10


def test_a_remote_that_answered_once_is_waited_for_as_long_as_a_bulk_run_can_wait(client: Client) -> None:
    clock, server = Clock(), Server([ok(), UNREACHABLE])
    bulk = client(server, sleep=clock.sleep, interactive=False, prompt=True)
    send(bulk)
    with pytest.raises(RetryLater, match="cannot be reached"):
        send(bulk)
    assert clock.now - 1000 > 30


def test_an_answer_that_does_not_come_is_waited_for_less_while_there_was_none(client: Client) -> None:
    patience = []

    def answer(request: httpx.Request) -> httpx.Response:
        patience.append(request.extensions["timeout"]["read"])
        return httpx.Response(200, json={})

    prompt = client(answer, prompt=True)
    send(prompt)
    send(prompt)
    assert patience[0] <= 10 < patience[1]


def test_a_used_up_daily_limit_is_told_at_once(client: Client) -> None:
    server = Server([httpx.Response(429, json={"policyName": "DAILY"})])
    with pytest.raises(RetryLater) as refused:
        send(client(server))
    assert refused.value.daily
    assert refused.value.after_s == 3600
    assert len(server.seen) == 1


def test_an_expired_token_is_renewed_once_and_the_request_sent_again(client: Client) -> None:
    server = Server([httpx.Response(401), ok(id="7")])
    assert send(client(server, tokens=Renewing("old", "new")), repeatable=False).body == {"id": "7"}
    assert [one.headers["authorization"] for one in server.seen] == ["Bearer old", "Bearer new"]


def test_an_expired_token_that_cannot_be_renewed_is_a_matter_for_a_person(client: Client) -> None:
    with pytest.raises(NeedsPerson):
        send(client(Server([httpx.Response(401)])))


def test_a_pasted_text_that_cannot_be_a_key_is_told_before_anything_is_sent(client: Client) -> None:
    server = Server([ok()])
    with pytest.raises(NeedsPerson, match="cannot be a key"):
        send(client(server, tokens=FixedToken("Schlüssel\n")))
    assert not server.seen


def test_a_refusal_is_raised_and_not_repeated_unless_the_caller_expects_it(client: Client) -> None:
    server = Server([httpx.Response(404, json={"message": "no"})])
    one = client(server)
    with pytest.raises(SkipRecord):
        send(one)
    assert one.send("GET", "/records/7", window=APP, repeatable=True, expect=(404,)).body == {"message": "no"}
    assert len(server.seen) == 2


def test_every_request_that_left_is_reported_with_its_window(client: Client) -> None:
    calls: list[Window] = []
    server = Server([httpx.Response(500), httpx.ReadError("reset"), httpx.ConnectError("no route"), ok()])
    send(client(server, on_call=calls.append))
    assert calls == [APP] * 3


def test_limits_told_by_an_answer_are_taken_over(client: Client) -> None:
    one = client(Server([ok()]), limits_told=lambda answer: {APP: 190})
    send(one)
    assert one.limiter.per_second(APP) == pytest.approx(171 / 10.2)


def test_an_address_that_is_none_is_told_in_one_sentence() -> None:
    one = HttpClient(
        title="The CRM",
        base_url="ftp://crm",
        tokens=FixedToken(TOKEN),
        limiter=limiter(Clock()),
        classify=classify,
    )
    with pytest.raises(NeedsPerson, match="not an address"):
        send(one)
    one.close()


# --- secrets --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"key {TOKEN} refused",
        f"Authorization: Bearer {TOKEN}",
        '{"access_token": "CMa-secret", "n": 1}',
        "{'tokenKey': 'CMa-secret'}",
        "grant_type=refresh_token&refresh_token=CMa-secret&client_id=1",
        "https://local/callback?code=CMa-secret&state=1",
    ],
)
def test_tokens_are_blotted_out(text: str) -> None:
    assert "secret" not in redact(text).replace("client_secret", "")
    assert TOKEN not in redact(text)


def test_what_holds_no_secret_stays_as_it_is() -> None:
    assert (
        redact("zip code: 1234, the token ring of Mill & Co") == "zip code: 1234, the token ring of Mill & Co"
    )


def test_a_token_never_shows_in_logs_errors_or_reprs(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "smartsync")
    server = Server([httpx.Response(503, text=f"bad {TOKEN}"), ok()])
    one = client(server)
    send(one)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(FixedToken(TOKEN))
