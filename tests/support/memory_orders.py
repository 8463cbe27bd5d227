"""OrderStore, Rebuilds and Placements in memory, and a desk of traffic over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from huichang.catalog.industries import load_industries
from huichang.delivery.control.gate import Gate
from huichang.delivery.control.limits import Delivered
from huichang.delivery.control.orders import Order, OrderTerms, Withdrawal
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placement
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.delivery.serving.outlook import Outlooks
from huichang.delivery.serving.rulebook import OrderBook
from huichang.kernel.errors import NotFoundError
from huichang.line.traffic import TrafficDesk
from huichang.venues.model import AuditTrail, CampaignStore, VenueStore
from tests.support.fakes import FakeClock
from tests.support.memory_delivery import MemoryCells


class MemoryOrders:
    """OrderStore."""

    def __init__(self, *orders: Order) -> None:
        self.kept = {order.order_id: order for order in orders}

    def all(self) -> list[Order]:
        return sorted(self.kept.values(), key=lambda order: (order.at, order.order_id))

    def add(self, order: Order) -> bool:
        if order.order_id in self.kept:
            return False
        self.kept[order.order_id] = order
        return True

    def withdraw(self, order_id: str, withdrawal: Withdrawal) -> Order:
        if order_id not in self.kept:
            raise NotFoundError(f"there is no order {order_id}", where="order_id")
        if self.kept[order_id].withdrawn is None:
            self.kept[order_id] = self.kept[order_id].model_copy(update={"withdrawn": withdrawal})
        return self.kept[order_id]


class MemoryRebuilds:
    """Rebuilds."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails: Exception | None = None

    def ask(self, placement: str) -> None:
        if self.fails:
            raise self.fails
        self.asked.append(placement)


class MemoryPlacements:
    """Placements: the shipped ones, some of them changed."""

    def __init__(self, *changed: Placement) -> None:
        self.known = PLACEMENTS | {placement.name: placement for placement in changed}

    def all(self) -> list[Placement]:
        return [self.known[name] for name in sorted(self.known)]

    def get(self, name: str) -> Placement | None:
        return self.known.get(name)


def live_one(venue_id: str, **changes: Any) -> LiveVenue:
    """A live venue."""
    said = {
        "venue_id": venue_id,
        "title": f"Venue {venue_id}",
        "href": f"/v/{venue_id}/",
        "language": "zh",
        "published_at": "2026-09-01T07:00:00.000Z",
        "campaign_id": "c-1",
        "merchant": "m-1",
        "industry": "toys",
    }
    return LiveVenue.model_validate(said | changes)


def some_terms(kind: str = "cap", value: float | None = 0.2, subject: str = "venue:v-1", **changes: Any) -> OrderTerms:
    """What an operator sends."""
    about, _, name = subject.partition(":")
    said = {"kind": kind, "value": value, "subject": {"kind": about, "id": name}, "why": "because of the festival"}
    return OrderTerms.model_validate(said | changes)


def an_order(kind: str = "cap", value: float | None = 0.2, subject: str = "venue:v-1", **changes: Any) -> Order:
    """One that holds since 07:00."""
    at = "2026-09-01T07:00:00.000Z"
    given = {"order_id": f"o-{kind}-{subject}-{value}", "at": at, "by": "olga", "starts": at} | changes
    names = set(OrderTerms.model_fields) - {"kind", "value", "subject"}
    terms = some_terms(kind, value, subject, **{name: given.pop(name) for name in list(given) if name in names})
    return Order(**terms.model_dump(), **given)


class Traffic:
    """A TrafficDesk and everything behind it."""

    def __init__(
        self,
        venues: VenueStore,
        campaigns: CampaignStore,
        audit: AuditTrail,
        live: Iterable[LiveVenue] = (),
        placements: Sequence[Placement] = (),
        gate: Gate | None = None,
        elapsed: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.clock = FakeClock()
        self.orders, self.rebuilds, self.cells = MemoryOrders(), MemoryRebuilds(), MemoryCells()
        self.live = list(live)
        self.placements = MemoryPlacements(*placements)
        self.book = OrderBook(self.orders, lambda: self.live, self.placements, Delivered(self.cells))
        self.desk = TrafficDesk(
            book=self.book,
            placements=self.placements,
            live=lambda: self.live,
            venues=venues,
            campaigns=campaigns,
            industries=load_industries(),
            outlooks=Outlooks(self.cells, elapsed),
            rebuilds=self.rebuilds,
            audit=audit,
            clock=self.clock,
            elapsed=elapsed,
            gate=gate,
        )
