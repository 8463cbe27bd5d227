"""Operators' orders over traffic: for the API that takes them, and for whoever builds snapshots under them."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING

from huichang.bootstrap.delivery import placements
from huichang.bootstrap.parts import audit, campaigns, cells, clock, live_venues, rebuilds, table, venues

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huichang.delivery.control.rules import Controls
    from huichang.delivery.model import LiveVenue
    from huichang.delivery.placements.model import Placement
    from huichang.delivery.serving.rulebook import OrderBook
    from huichang.line.traffic import TrafficDesk


@cache
def rulebook() -> OrderBook:
    """What operators ask of traffic, for the builder of snapshots."""
    from huichang.adapters.dynamodb.orders import DynamoOrders
    from huichang.delivery.control.limits import Delivered
    from huichang.delivery.serving.rulebook import OrderBook

    return OrderBook(DynamoOrders(table()), live_venues().live, placements(), Delivered(cells()))


@cache
def traffic_desk() -> TrafficDesk:
    """For the API."""
    from dataclasses import replace

    from huichang.bootstrap.policies import live_policy, rule_gate
    from huichang.bootstrap.standing import standings
    from huichang.catalog.industries import load_industries
    from huichang.delivery.placements.entering import entered_under
    from huichang.delivery.serving.outlook import Outlooks
    from huichang.delivery.serving.rulebook import Briefly
    from huichang.line.traffic import TrafficDesk

    def there(placement: Placement, venues: Sequence[LiveVenue], controls: Controls) -> Sequence[LiveVenue]:
        return entered_under(controls, placement, venues, standings().eliminated(placement.name)).venues

    live = Briefly(live_venues().live, time.monotonic)
    return TrafficDesk(
        book=replace(rulebook(), live=live),
        placements=placements(),
        live=live,
        venues=venues(),
        campaigns=campaigns(),
        industries=load_industries(),
        outlooks=Outlooks(cells(), time.monotonic, there=there, policy=live_policy()),
        rebuilds=rebuilds(),
        audit=audit(),
        clock=clock(),
        elapsed=time.monotonic,
        gate=rule_gate(),
    )
