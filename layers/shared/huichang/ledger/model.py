"""One record per model call."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, Protocol

from huichang.kernel.model import Model


class ModelCall(Model):
    """A call and what it cost (USD). `offline` calls carry the price a hosted model would have asked."""

    call_key: str
    kind: Literal["chat", "embedding", "image"]
    model: str
    purpose: str
    campaign_id: str
    venue_id: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    images: int = 0
    cost_usd: Decimal = Decimal(0)
    seconds: float = 0.0
    repaired: bool = False
    offline: bool = False
    at: str


class LedgerTotals(Model):
    """Sum over calls."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    images: int = 0
    cost_usd: Decimal = Decimal(0)


class Ledger(Protocol):
    """The book of model calls."""

    def book(self, call: ModelCall) -> bool:
        """Record once per call_key; False if it was booked before."""
        ...

    def of_venue(self, campaign_id: str, venue_id: str) -> list[ModelCall]:
        """Calls made for a venue, oldest first."""
        ...

    def of_campaign(self, campaign_id: str) -> list[ModelCall]:
        """All calls of a campaign, oldest first."""
        ...


def total(calls: list[ModelCall]) -> LedgerTotals:
    """Sum a list of calls."""
    return LedgerTotals(
        calls=len(calls),
        input_tokens=sum(call.input_tokens for call in calls),
        output_tokens=sum(call.output_tokens for call in calls),
        images=sum(call.images for call in calls),
        cost_usd=sum((call.cost_usd for call in calls), Decimal(0)),
    )
