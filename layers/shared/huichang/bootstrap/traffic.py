"""Operators' orders over traffic: for the API that takes them, and for whoever builds snapshots under them."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING

from huichang.bootstrap.parts import audit, campaigns, cells, clock, delivery, table, venues

if TYPE_CHECKING:
    from huichang.delivery.placements.model import Placement, Placements
    from huichang.delivery.serving.ports import Rebuilds
    from huichang.delivery.serving.rulebook import OrderBook
    from huichang.line.traffic import TrafficDesk


class _Shipped:
    """Placements: those that ship with the product."""

    def all(self) -> list[Placement]:
        from huichang.delivery.placements.shipped import PLACEMENTS

        return [PLACEMENTS[name] for name in sorted(PLACEMENTS)]

    def get(self, name: str) -> Placement | None:
        from huichang.delivery.placements.shipped import PLACEMENTS

        return PLACEMENTS.get(name)


class _NothingKept:
    """Rebuilds where no snapshots are kept: whoever answers reads the rules themselves."""

    def ask(self, placement: str) -> None:
        """Nothing to build."""


def _placements() -> Placements:
    return _Shipped()


def _rebuilds() -> Rebuilds:
    return _NothingKept()


@cache
def rulebook() -> OrderBook:
    """What operators ask of traffic, for the builder of snapshots."""
    from huichang.adapters.dynamodb.orders import DynamoOrders
    from huichang.delivery.control.limits import Delivered
    from huichang.delivery.serving.rulebook import OrderBook

    return OrderBook(DynamoOrders(table()), delivery().live, _placements(), Delivered(cells()))


@cache
def traffic_desk() -> TrafficDesk:
    """For the API."""
    from dataclasses import replace

    from huichang.catalog.industries import load_industries
    from huichang.delivery.serving.outlook import Outlooks
    from huichang.delivery.serving.rulebook import Briefly
    from huichang.line.traffic import TrafficDesk

    live = Briefly(delivery().live, time.monotonic)
    return TrafficDesk(
        book=replace(rulebook(), live=live),
        placements=_placements(),
        live=live,
        venues=venues(),
        campaigns=campaigns(),
        industries=load_industries(),
        outlooks=Outlooks(cells(), time.monotonic),
        rebuilds=_rebuilds(),
        audit=audit(),
        clock=clock(),
        elapsed=time.monotonic,
    )
