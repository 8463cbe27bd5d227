"""Money and answers of one run in memory: what was spent, on what, how long it took; and a cap that nothing passes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from huichang.kernel.errors import CapReachedError
from huichang.ledger.model import ModelCall, Reservation
from infra.bench.figures import quantile


class Purse:
    """Till and CallLog of a single process. `most_calls`: a cap for servers whose prices nobody knows."""

    def __init__(self, cap_usd: Decimal, most_calls: int) -> None:
        self.cap_usd = cap_usd
        self.most_calls = most_calls
        self.calls: list[ModelCall] = []
        self.unclear_usd = Decimal(0)
        self.unclear_calls = 0
        self._held: dict[str, Decimal] = {}
        self._answers: dict[str, bytes] = {}

    # --- Till -------------------------------------------------------------------------------------------------------

    def reserve(self, reservation: Reservation) -> None:
        """See the port. Nothing is released by others here: what does not fit now never will."""
        made = len(self.calls) + self.unclear_calls + len(self._held)
        left = self.cap_usd - self.spent_usd - sum(self._held.values(), Decimal(0))
        if made >= self.most_calls or reservation.most_usd > left:
            raise CapReachedError(
                f"{made} calls were made and {self.spent_usd} USD spent: the next may cost {reservation.most_usd} USD, {left} are left",
                where="budget",
                mend="raise --cap or --most-calls",
            )
        self._held[reservation.call_key] = reservation.most_usd

    def settle(self, call: ModelCall) -> bool:
        """See the port."""
        if self._held.pop(call.call_key, None) is None:
            return False
        self.calls.append(call)
        return True

    def release(self, call_key: str) -> None:
        """See the port."""
        self._held.pop(call_key, None)

    def hold(self, call_key: str) -> None:
        """Nobody asks again: it counts as unclear at once."""
        self.write_off(call_key)

    def write_off(self, call_key: str) -> None:
        """See the port."""
        if (most := self._held.pop(call_key, None)) is not None:
            self.unclear_usd += most
            self.unclear_calls += 1

    # --- CallLog ----------------------------------------------------------------------------------------------------

    def claim(self, key: str, lease_seconds: float) -> bool:  # noqa: ARG002 - a port
        """One process, one worker: always."""
        return key not in self._answers

    def answer(self, key: str) -> bytes | None:
        """See the port."""
        return self._answers.get(key)

    def store(self, key: str, body: bytes) -> None:
        """See the port."""
        self._answers[key] = body

    # --- what it says -------------------------------------------------------------------------------------------------

    @property
    def spent_usd(self) -> Decimal:
        """What was booked, and what calls without a usable answer may have cost."""
        return sum((call.cost_usd for call in self.calls), Decimal(0)) + self.unclear_usd

    def figures(self) -> dict[str, Any]:
        """Calls, repairs, tokens, money, and seconds by kind of work."""
        seconds: dict[str, list[float]] = defaultdict(list)
        for call in self.calls:
            seconds[call.purpose.partition(" ")[0] or call.kind].append(call.seconds)
        return {
            "calls": len(self.calls),
            "unclear_calls": self.unclear_calls,
            "repairs": sum(call.repaired for call in self.calls),
            "input_tokens": sum(call.input_tokens for call in self.calls),
            "output_tokens": sum(call.output_tokens for call in self.calls),
            "cost_usd": f"{sum((call.cost_usd for call in self.calls), Decimal(0)):f}",
            "unclear_usd": f"{self.unclear_usd:f}",
            "prices": sorted({call.price for call in self.calls}),
            "offline": any(call.offline for call in self.calls),
            "seconds": {name: spread(found) for name, found in sorted(seconds.items())},
        }


def spread(seconds: Iterable[float]) -> dict[str, float]:
    """Median and nearest-rank 95 % of some seconds."""
    ordered = sorted(seconds)
    return {"p50": quantile(ordered, 0.5), "p95": quantile(ordered, 0.95)}
