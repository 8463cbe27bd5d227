"""Events that are believed, and the cells in which they are counted.

An event belongs to a *mark*: everything about one decision, or one beacon of a page that nobody offered. A mark remembers by short
*tags* what was counted of it, so that each thing counts once, however often it is told. Whoever clicked has seen, and whoever put into
the cart or ordered has clicked: what a lost beacon would have said is counted with it. Of an offered item the first click, cart and
order count, and the value of every order; so no cell has more clicks, carts or orders than impressions.

The window of an offered item is the hour of its *decision*, whenever its beacons come: it is part of the token, so all that a
mark counts lies in one window, and no order of arrival can change where.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from huichang.kernel.ids import content_hash
from huichang.kernel.model import Model

Kind = Literal["impression", "click", "cart", "order"]
Window = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d$")]
DIRECT = "direct"
NO_SEGMENT = "none"
# More is no shop's order; and the sum of a billion of them still fits a signed 64-bit number.
MOST_VALUE = 10**9

_BEFORE: dict[Kind, tuple[Kind, ...]] = {
    "impression": (),
    "click": ("impression",),
    "cart": ("impression", "click"),
    "order": ("impression", "click"),
}
_LETTER: dict[Kind, str] = {"impression": "i", "click": "k", "cart": "c", "order": "o"}


def window_of(moment: datetime) -> str:
    """The UTC hour: 2026-11-29T10."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H")


def windows_of(day: str) -> tuple[str, ...]:
    """The 24 windows of a day (2026-11-29). Raises ValueError."""
    start = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    return tuple(window_of(start + timedelta(hours=hour)) for hour in range(24))


class CellKey(Model):
    """Where is counted. `position` from 1, 0 for direct visits; `image` "" is the venue's default."""

    window: Window
    placement: str
    segment: str
    position: Annotated[int, Field(ge=0)]
    venue_id: str
    image: str = ""
    explored: bool = False


class Counts(Model):
    """What was counted: offered items that were seen, clicked, led to a cart, to an order; `order_value` of all their orders, in minor
    units of the deployment's currency."""

    impressions: int = 0
    clicks: int = 0
    carts: int = 0
    orders: int = 0
    order_value: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Both together."""
        return Counts(
            impressions=self.impressions + other.impressions,
            clicks=self.clicks + other.clicks,
            carts=self.carts + other.carts,
            orders=self.orders + other.orders,
            order_value=self.order_value + other.order_value,
        )


_ONE: dict[Kind, Counts] = {
    "impression": Counts(impressions=1),
    "click": Counts(clicks=1),
    "cart": Counts(carts=1),
    "order": Counts(orders=1),
}


class Event(Model):
    """A beacon that is believed; a line of the queue and of the log. It names no buyer: no address, no browser, no id that outlives a page.

    `subject`: of an order its hashed number. `decision_id` "": a direct visit, told apart by `beacon_id`.
    """

    kind: Kind
    beacon_id: str
    decision_id: str = ""
    cell: CellKey
    subject: str = ""
    value: Annotated[int, Field(ge=0, le=MOST_VALUE)] = 0
    at: str

    @property
    def mark(self) -> str:
        """What remembers whether this was counted."""
        return f"d#{self.decision_id}" if self.decision_id else f"b#{self.beacon_id}"

    def steps(self) -> Iterator[tuple[str, Counts]]:
        """(tag, what it counts) of the event and of all that must have come before it."""
        if self.decision_id:
            for before in _BEFORE[self.kind]:
                yield self._tag(_LETTER[before]), _ONE[before]
        yield self._tag(_LETTER[self.kind]), _ONE[self.kind]
        if self.kind == "order":
            yield self._tag("v", self.subject), Counts(order_value=self.value)

    def _tag(self, letter: str, subject: str = "") -> str:
        return letter + content_hash([self.cell.venue_id, subject])[:10]


def truth_of(events: Iterable[Event]) -> dict[CellKey, Counts]:
    """What the cells must say after these events, in whatever order and however often each was told."""
    told: set[tuple[str, str]] = set()
    cells: dict[CellKey, Counts] = {}
    for event in events:
        for tag, counts in event.steps():
            if (event.mark, tag) not in told:
                told.add((event.mark, tag))
                cells[event.cell] = cells.get(event.cell, Counts()) + counts
    return cells
