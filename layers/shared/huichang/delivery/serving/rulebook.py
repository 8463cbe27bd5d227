"""Operators' orders as the builder of snapshots reads them, and where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from huichang.delivery.control.limits import Delivered, paced_shares
from huichang.delivery.control.orders import Order, Withdrawal, combined
from huichang.delivery.control.rules import Controls
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placements


class OrderStore(Protocol):
    """All orders: those that hold or will, and for some months those that did. At most MOST_ORDERS."""

    def all(self) -> list[Order]:
        """Oldest first, read consistently: an order holds from the moment it is stored. Raises TransientError."""
        ...

    def add(self, order: Order) -> bool:
        """Store a new one; False (and nothing written) if the id exists. Raises TransientError."""
        ...

    def withdraw(self, order_id: str, withdrawal: Withdrawal) -> Order:
        """Take it back; one that was taken back stays as it was. Raises NotFoundError, TransientError."""
        ...


@dataclass
class Briefly:
    """Live venues, read at most once in some seconds: a person's one look asks for them a dozen times. Not for the builder of snapshots: a
    venue that was released this second must not escape its campaign's hold. `elapsed`: seconds on some clock that only runs forward."""

    read: Callable[[], Sequence[LiveVenue]]
    elapsed: Callable[[], float]
    seconds: float = 5.0
    _known: tuple[float, Sequence[LiveVenue]] | None = None

    def __call__(self) -> Sequence[LiveVenue]:
        """Raises TransientError."""
        now = self.elapsed()
        if self._known is None or now - self._known[0] > self.seconds:
            self._known = (now, self.read())
        return self._known[1]


@dataclass(frozen=True)
class OrderBook:
    """Rulebook over the orders. One query for the orders, one for live venues; counters only where a daily limit holds."""

    orders: OrderStore
    live: Callable[[], Sequence[LiveVenue]]
    placements: Placements
    delivered: Delivered

    def controls(self, placement: str, now: datetime) -> Controls:
        """See Rulebook. A placement nobody knows has no rules."""
        return self.come_to(self.orders.all(), placement, now)

    def come_to(self, orders: Iterable[Order], placement: str, now: datetime, *, at: datetime | None = None) -> Controls:
        """What these orders would come to there, `at` another moment than now (counters are those of now). Raises TransientError."""
        holding = [order for order in orders if order.holds(placement, at or now)]
        places = self.placements.all() if any(order.kind == "daily_limit" for order in holding) else []
        here = next((each for each in places if each.name == placement), None) or self.placements.get(placement)
        if not holding or here is None:
            return Controls()
        venues = self.live()
        shares = paced_shares(holding, placement, places, venues, self.delivered, now)
        return combined(holding, venues, here.slots, shares)
