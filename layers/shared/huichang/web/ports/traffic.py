"""What the API calls for operators' orders over traffic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from huichang.delivery.control.orders import Order, OrderTerms
from huichang.delivery.serving.outlook import Outlook
from huichang.line.traffic import OrderPreview, OrderView, PlacementRules, Subjects
from huichang.venues.model import Actor


class Traffic(Protocol):
    """line/traffic.py TrafficDesk."""

    def listed(self, placement: str = "", *, finished: bool = False) -> Sequence[OrderView]:
        """Newest first."""
        ...

    def rules(self, placement: str) -> PlacementRules:
        """What holds there now, and what could not hold."""
        ...

    def preview(self, terms: OrderTerms, look: str = "") -> OrderPreview:
        """What an order would do; nothing is written."""
        ...

    def without(self, order_id: str, look: str = "") -> Outlook:
        """What withdrawing it would do; nothing is written."""
        ...

    def subjects(self) -> Subjects:
        """Whom orders can be about."""
        ...

    def order(self, terms: OrderTerms, actor: Actor, *, override: str = "", key: str = "") -> Order:
        """Give it. The same again is the same order. OverrideNeededError where the gate does not say "ship"."""
        ...

    def withdraw(self, order_id: str, why: str, actor: Actor) -> Order:
        """Take it back. Again: nothing more happens."""
        ...
