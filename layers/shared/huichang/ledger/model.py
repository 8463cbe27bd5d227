"""One record per model call, money held for calls that are being made, and what a campaign may spend."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.kernel.model import Model

Usd = Annotated[Decimal, Field(ge=0)]


class ModelCall(Model):
    """A call and what it cost (USD). `offline` calls carry the price a hosted model would have asked; `price` says whose."""

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
    price: str = ""
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


class Reservation(Model):
    """Money held for one call: the most that it may cost. It ends by itself at `expires_at` if its worker died."""

    call_key: str
    campaign_id: str
    venue_id: str = ""
    most_usd: Usd
    expires_at: str


class Budget(Model):
    """What a campaign may spend (`cap_usd` None: no cap) and has spent.

    `reserved_usd` is held for calls under way, and for calls that ended without an answer and will be asked again;
    `unclear_usd` is what calls that never got their answer may have cost: the provider may have billed them. Spent, reserved
    and unclear together never pass the cap, unless a call costs more than its own most. `reached_at`: since when a call was
    refused because of the cap; "" while none was.
    """

    campaign_id: str
    cap_usd: Usd | None = None
    spent_usd: Decimal = Decimal(0)
    reserved_usd: Decimal = Decimal(0)
    unclear_usd: Decimal = Decimal(0)
    rush: bool = False
    reached_at: str = ""

    @property
    def left_usd(self) -> Decimal | None:
        """What a call may still reserve; negative after the cap was lowered."""
        return None if self.cap_usd is None else self.cap_usd - self.spent_usd - self.reserved_usd - self.unclear_usd


class DaySpend(Model):
    """A day (UTC) and what was booked on it."""

    day: str
    totals: LedgerTotals


class Till(Protocol):
    """Where a call's money goes. All methods raise TransientError when the ledger cannot be reached."""

    def reserve(self, reservation: Reservation) -> None:
        """Hold the money, in one step with the check against the cap. Reserving a call again keeps the first amount.

        Raises CapReachedError if the cap leaves no room even when everything that is held came back, ThrottledError (code
        budget_held) if only what is held for others is in the way.
        """
        ...

    def settle(self, call: ModelCall) -> bool:
        """Book what the call cost in place of its reservation, once per call_key; False if it was booked before."""
        ...

    def release(self, call_key: str) -> None:
        """The call cost nothing: the money is free again. Nothing happens without a reservation."""
        ...

    def hold(self, call_key: str) -> None:
        """The call ended without an answer, and nobody knows whether it was billed. The money stays held for the next try of
        the same call; if none comes for a day it counts as unclear."""
        ...

    def write_off(self, call_key: str) -> None:
        """The provider answered something unusable, which it may bill: the reservation counts as unclear."""
        ...


class Ledger(Till, Protocol):
    """The book of model calls. All methods raise TransientError when it cannot be reached."""

    def reclaim(self) -> int:
        """End what has expired: book calls that were answered, free the money of dead workers. How many."""
        ...

    def budget(self, campaign_id: str) -> Budget:
        """What it may spend and has spent; the default cap where nobody set one."""
        ...

    def set_terms(self, campaign_id: str, *, cap_usd: Decimal | None, rush: bool) -> Budget:
        """Give the campaign this cap (None: no cap) and priority, whatever is spent already."""
        ...

    def of_venue(self, campaign_id: str, venue_id: str) -> list[ModelCall]:
        """Calls made for a venue, oldest first; for "": those made for the campaign and none of its venues."""
        ...

    def of_campaign(self, campaign_id: str) -> list[ModelCall]:
        """All calls of a campaign, oldest first."""
        ...

    def totals(self, campaign_id: str, venue_id: str = "") -> LedgerTotals:
        """Sums of a campaign, or of one of its venues, from their counters."""
        ...

    def days(self, campaign_id: str = "") -> list[DaySpend]:
        """What each day cost, oldest first: a campaign's days, or everybody's."""
        ...


def is_campaign(campaign_id: str) -> bool:
    """Whether the default cap is for it. Imports and the sorting of trends are booked as well, on names of their own."""
    return campaign_id.startswith("c-")


def total(calls: list[ModelCall]) -> LedgerTotals:
    """Sum a list of calls."""
    return LedgerTotals(
        calls=len(calls),
        input_tokens=sum(call.input_tokens for call in calls),
        output_tokens=sum(call.output_tokens for call in calls),
        images=sum(call.images for call in calls),
        cost_usd=sum((call.cost_usd for call in calls), Decimal(0)),
    )
