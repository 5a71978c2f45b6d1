"""Asks one OpenAI-compatible server for a summary. Whatever it does, there is one reply within the deadline, and nothing raised.

The client's own timeout counts per read and its own retries sleep as long as the server wishes, so both are off: the deadline is
the event loop's, and what is tried again is decided here. Its parsing is not used either: it loses the text and the tokens of a
reply that is not as asked for.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
)

from smartsync_core.enrichment.gate import Sentence
from smartsync_core.enrichment.llm.prompt import WRITTEN_AT_MOST, Prompt, Unreadable
from smartsync_core.model.spending import Llm, Spent

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAIError

__all__ = ["Reply", "ReplyState", "Server"]

_MOST_CALLS = 5  # of one summary, whatever is tried again
_REPAIR_READS = 1_100  # tokens that a repair reads more than the first try
_TRIES = 3
_KEPT = 20_000  # characters of a reply
_PASSING = frozenset({429, 502, 503, 504, 529})
_ABOUT_THE_WAY = frozenset({400, 415, 422})
_AT_A_LOSS = frozenset({500, 501})  # as some servers answer to a schema


class ReplyState(StrEnum):
    OK = "ok"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    INVALID = "invalid"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """`sentences` have not passed the gate yet; `reason` is for a person, "" when all is well."""

    state: ReplyState
    reason: str = ""
    sentences: tuple[Sentence, ...] = ()
    spent: Spent = field(default_factory=Spent)
    raw: str = ""
    took_ms: int = 0


class Server:
    """May be shared by threads; remembers which way of asking the server understood."""

    def __init__(self, llm: Llm) -> None:
        self.llm = llm
        self._way = _Way()

    def at_most(self, prompt: Prompt) -> Spent:
        """What asking can cost."""
        read, written = _reads(prompt.messages) + _REPAIR_READS, WRITTEN_AT_MOST
        return self.llm.prices.spent(_MOST_CALLS * read, _MOST_CALLS * written, estimated=True)

    def ask(self, prompt: Prompt) -> Reply:
        """Blocks until the deadline at most. Not from inside an event loop."""
        import openai  # takes a second, and only who has an LLM needs it

        meter, started = _Meter(self.llm), time.monotonic()
        loop = (
            asyncio.new_event_loop()
        )  # asyncio.run would wait for a look-up of the host beyond the deadline
        try:
            reply = loop.run_until_complete(self._in_time(prompt, meter))
        except (TimeoutError, openai.APITimeoutError):
            reply = Reply(
                state=ReplyState.TIMEOUT, reason=f"It did not answer within {self.llm.deadline_s:g} seconds."
            )
        except openai.OpenAIError as error:
            reply = Reply(state=ReplyState.UNAVAILABLE, reason=_why(error))
        except (httpx.InvalidURL, UnicodeEncodeError):
            reply = Reply(
                state=ReplyState.UNAVAILABLE, reason="Its address or its key cannot be used as it is set."
            )
        except _Useless as useless:
            reply = Reply(state=useless.state, reason=useless.reason)
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
        took_ms = round((time.monotonic() - started) * 1000)
        return replace(reply, spent=meter.spent, raw=meter.raw[-_KEPT:], took_ms=took_ms)

    async def _in_time(self, prompt: Prompt, meter: _Meter) -> Reply:
        import openai

        ends_at = time.monotonic() + self.llm.deadline_s
        async with asyncio.timeout(self.llm.deadline_s):
            client = openai.AsyncOpenAI(
                base_url=self.llm.base_url,
                api_key=self.llm.key or "not-needed",
                timeout=openai.Timeout(self.llm.deadline_s, connect=2),
                max_retries=0,
            )
            async with client:
                talk = _Talk(client, self.llm.model, prompt, meter, ends_at, self._way)
                sentences = await talk.sentences()
        self._way = talk.way
        return Reply(state=ReplyState.OK, sentences=tuple(sentences))


class _Useless(Exception):
    """An answer came, and there is no summary in it."""

    def __init__(self, state: ReplyState, reason: str) -> None:
        super().__init__(reason)
        self.state, self.reason = state, reason


@dataclass(frozen=True)
class _Way:
    """How to ask: servers differ in what they take."""

    schema: bool = True
    limit: str = "max_tokens"  # newer models of OpenAI want the other name; most other servers know only this
    steady: bool = True  # reasoning models take no temperature

    def arguments(self, prompt: Prompt) -> dict[str, Any]:
        wanted: dict[str, Any] = {self.limit: WRITTEN_AT_MOST}
        if self.steady:
            wanted |= {"temperature": 0, "seed": 7}
        if self.schema:
            wanted["response_format"] = prompt.response_format
        return wanted

    def next(self, status: int, said: str) -> _Way | None:
        """Another way after a refusal; None where the refusal is not about the way."""
        if status in _ABOUT_THE_WAY:
            if self.limit == "max_tokens" and "max_completion_tokens" in said:
                return replace(self, limit="max_completion_tokens")
            if self.steady and ("temperature" in said or "seed" in said):
                return replace(self, steady=False)
        if self.schema and status in _ABOUT_THE_WAY | _AT_A_LOSS:
            return replace(self, schema=False)
        return None


class _Meter:
    """Counts every call: by the server's word, or by what there can have been where it gives none."""

    def __init__(self, llm: Llm) -> None:
        self._prices = llm.prices
        self._done, self._open, self._calls = Spent(), Spent(), 0
        self.raw = ""

    @property
    def spent(self) -> Spent:
        """With a call that never came to an end."""
        return self._done + self._open

    def begin(self, messages: list[dict[str, str]]) -> None:
        if self._calls == _MOST_CALLS:
            raise _Useless(ReplyState.UNAVAILABLE, f"It gave no answer to {_MOST_CALLS} calls.")
        self._calls += 1
        self._done, self._open = (
            self.spent,
            self._prices.spent(_reads(messages), WRITTEN_AT_MOST, estimated=True),
        )

    def refused(self) -> None:
        """With a status that says nothing was made."""
        self._open = Spent()

    def answered(self, usage: Any) -> None:
        usage = usage if isinstance(usage, dict) else {}
        counts = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if all(isinstance(count, int) and count >= 0 for count in counts):
            self._open = self._prices.spent(counts[0] or 0, counts[1] or 0)
        self._done, self._open = self.spent, Spent()


@dataclass
class _Talk:
    """One summary: the first try, other ways of asking, one repair."""

    client: AsyncOpenAI
    model: str
    prompt: Prompt
    meter: _Meter
    ends_at: float
    way: _Way

    async def sentences(self) -> list[Sentence]:
        text = await self._turn(self.prompt.messages)
        try:
            return self.prompt.read(text)
        except Unreadable as problem:
            text = await self._turn(self.prompt.repair(text, str(problem)))
        try:
            return self.prompt.read(text)
        except Unreadable as problem:
            raise _Useless(ReplyState.INVALID, f"Its answer cannot be read, twice: {problem}") from None

    async def _turn(self, messages: list[dict[str, str]]) -> str:
        import openai

        while True:
            try:
                return await self._patiently(messages)
            except openai.APIStatusError as error:
                another = self.way.next(error.status_code, str(error).casefold())
                if another is None:
                    raise
                self.way = another

    async def _patiently(self, messages: list[dict[str, str]]) -> str:
        left = self.ends_at - time.monotonic()
        trying = AsyncRetrying(
            retry=retry_if_exception(_may_pass),
            wait=_wish,
            stop=stop_after_attempt(_TRIES) | stop_before_delay(max(left, 0)),
            reraise=True,
        )
        return await trying(self._once, messages)

    async def _once(self, messages: list[dict[str, str]]) -> str:
        import openai

        self.meter.begin(messages)
        create: Callable[..., Any] = self.client.chat.completions.with_raw_response.create
        try:
            answer = await create(model=self.model, messages=messages, **self.way.arguments(self.prompt))
        except openai.APIStatusError:
            self.meter.refused()
            raise
        self.meter.raw += answer.text
        said = _json(answer.text)
        self.meter.answered(said.get("usage"))
        return _text(said)


def _json(body: str) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise _Useless(
            ReplyState.INVALID, "It answers with something else than an LLM does. Is LLM_BASE_URL right?"
        )
    return said


def _text(said: dict[str, Any]) -> str:
    choices = said.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise _Useless(ReplyState.INVALID, "It answered with nothing.")
    if message.get("refusal") or choice.get("finish_reason") == "content_filter":
        raise _Useless(ReplyState.REFUSED, "It refused to write about this company.")
    if choice.get("finish_reason") == "length":
        raise _Useless(ReplyState.TRUNCATED, "Its answer broke off before its end.")
    content = message.get("content")
    if isinstance(content, list):  # in parts, as some servers do
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _may_pass(error: BaseException) -> bool:
    import openai

    if isinstance(error, openai.APIStatusError):
        return error.status_code in _PASSING and error.code != "insufficient_quota"
    return isinstance(error, openai.APIConnectionError) and not isinstance(error, openai.APITimeoutError)


def _wish(state: RetryCallState) -> float:
    """Seconds until the next try: as the server asks, else half a second, then one."""
    error = state.outcome.exception() if state.outcome else None
    asked = getattr(getattr(error, "response", None), "headers", {}).get("retry-after", "")
    try:
        return float(asked) if asked else 0.5 * state.attempt_number
    except ValueError:  # a date: longer than we wait
        return 3_600.0


def _why(error: OpenAIError) -> str:
    """In our words: the server's may hold a part of the key."""
    import openai

    if isinstance(error, (openai.AuthenticationError, openai.PermissionDeniedError)):
        return "It refuses the key. Check LLM_API_KEY."
    if isinstance(error, openai.NotFoundError):
        return "It knows no such model or address. Check LLM_MODEL and LLM_BASE_URL."
    if isinstance(error, openai.RateLimitError):
        spent = error.code == "insufficient_quota"
        return (
            "Its own account is used up." if spent else "It is busy and asks to wait for longer than we can."
        )
    if isinstance(error, openai.APIStatusError):
        return f"It answered with status {error.status_code}."
    return "It cannot be reached."


def _reads(messages: list[dict[str, str]]) -> int:
    """Tokens at most, short of odd alphabets: two bytes each, and a few for every message."""
    return sum(len(one["content"].encode()) // 2 + 8 for one in messages)
