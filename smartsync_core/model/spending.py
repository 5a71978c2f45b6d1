"""What asking an LLM costs: tokens, their price, and how much may be spent. Money is whole millionths of a currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

__all__ = ["Budget", "Llm", "Prices", "Spent", "money"]

_MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Spent:
    """`estimated`: the server did not say how many tokens, so it is what there can have been at most."""

    read: int = 0
    written: int = 0
    micros: int = 0
    estimated: bool = False

    @property
    def tokens(self) -> int:
        return self.read + self.written

    def __add__(self, more: Spent) -> Spent:
        return Spent(
            read=self.read + more.read,
            written=self.written + more.written,
            micros=self.micros + more.micros,
            estimated=self.estimated or more.estimated,
        )


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Of a million tokens."""

    read: Decimal = Decimal(0)
    written: Decimal = Decimal(0)
    currency: str = "USD"

    def spent(self, read: int, written: int, *, estimated: bool = False) -> Spent:
        """A million tokens cost the price, so one costs that many millionths; rounded up."""
        micros = (read * self.read + written * self.written).to_integral_value(ROUND_CEILING)
        return Spent(read=read, written=written, micros=int(micros), estimated=estimated)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Hard: what might go beyond it is not asked. A run is an import, or one look-up; a day is one in UTC."""

    run_tokens: int = 200_000
    day_tokens: int = 1_000_000
    run_micros: int | None = None
    day_micros: int | None = None

    def refusal(self, run: Spent, day: Spent, more: Spent, currency: str) -> str:
        """Why `more` may not be spent, in a sentence; "" when it may."""
        for name, spent, tokens, micros in (
            ("this look-up or import", run, self.run_tokens, self.run_micros),
            ("today", day, self.day_tokens, self.day_micros),
        ):
            after = spent + more
            if after.tokens > tokens:
                return f"The LLM's budget for {name} does not allow it: {spent.tokens:,} of {tokens:,} tokens are used."
            if micros is not None and after.micros > micros:
                told = f"{money(spent.micros, currency)} of {money(micros, currency)}"
                return f"The LLM's budget for {name} does not allow it: {told} is spent."
        return ""


@dataclass(frozen=True, kw_only=True)
class Llm:
    """An OpenAI-compatible server as the operator set it."""

    model: str
    base_url: str
    key: str
    prices: Prices
    budget: Budget
    deadline_s: float

    def __repr__(self) -> str:
        return f"Llm({self.model} at {self.base_url})"


def money(micros: int, currency: str) -> str:
    """ "0.0012 USD": cents, or as many digits as there are."""
    amount = Decimal(micros) / _MILLION
    return f"{amount:.2f} {currency}" if micros % 10_000 == 0 else f"{amount:f} {currency}"
