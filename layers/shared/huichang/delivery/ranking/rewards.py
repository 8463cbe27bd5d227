"""What a placement is to earn, and how long one has to wait for it."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from huichang.delivery.cells import Cell
from huichang.kernel.model import Model

RewardKind = Literal["click", "cart", "order", "order_value"]


class Reward(Model):
    """A placement's reward.

    `delay_hours`: mean time from an impression to what it leads to, taken as exponential. `half_life_hours`: an impression as old as
    this counts half. `value_cap`: an order counts at most this much (minor units), because one order of a thousand chairs must not choose
    everybody's page.
    """

    kind: RewardKind = "click"
    delay_hours: Annotated[float, Field(gt=0, le=168)] = 0.1
    half_life_hours: Annotated[float, Field(gt=0, le=24 * 365)] = 120.0
    value_cap: Annotated[int, Field(gt=0)] = 100_000

    def events(self, cell: Cell) -> int:
        """How often the reward happened: at most once an impression."""
        return {"click": cell.clicks, "cart": cell.carts, "order": cell.orders, "order_value": cell.orders}[self.kind]

    def value(self, cell: Cell) -> int:
        """What that was worth. Orders of a cell are capped together: a cell keeps their sum only."""
        return min(cell.order_value, cell.orders * self.value_cap) if self.kind == "order_value" else self.events(cell)

    def arrived(self, age_hours: float) -> float:
        """Share (0..1) of what impressions of a window lead to that has been reported when the window *began* `age_hours` ago.

        Impressions are spread evenly over their hour; those of a window that has not ended yet over its elapsed part.
        """
        if age_hours <= 0:
            return 0.0
        spread = min(1.0, age_hours)
        oldest, youngest = age_hours / self.delay_hours, (age_hours - spread) / self.delay_hours
        return 1 - self.delay_hours / spread * (math.exp(-youngest) - math.exp(-oldest))

    @property
    def settled_hours(self) -> int:
        """After this many hours 99.9 % has arrived, and beacons that came late (a day at most) are in their window."""
        return 25 + math.ceil(7 * self.delay_hours)
