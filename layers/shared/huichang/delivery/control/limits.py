"""Daily limits as this hour's shares: how many impressions are left today, where they are spent, and of how many answers.

How many answers an hour will bring is told from the last day's counters and the placement's `busy` profile. A buyer sees an answer's
most seen position at least as often as any other, so the impressions of that position stand for the answers that were seen.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from huichang.delivery.cells import window_of
from huichang.delivery.control.orders import Order, members
from huichang.delivery.control.pacing import hour_budget
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placement

_HOURS = 24
_STEPS = 8
# A window that is over still gets late beacons; how long what was read of it is believed, by its age in hours.
_FRESH_SECONDS, _CLOSED_SECONDS = 20.0, 900.0


@dataclass(frozen=True)
class Traffic:
    """Of a placement: impressions since 00:00 UTC by venue, and how many answers each hour of the day brings (24 numbers)."""

    today: Mapping[str, int]
    answers: Sequence[float]


@dataclass(frozen=True)
class Seen:
    """Of one window: impressions of the most seen position, and impressions by venue."""

    answers: int
    venues: Mapping[str, int]


def seen_of(cells: Mapping[CellKey, Counts]) -> Seen:
    """A window's cells, added up; direct visits (position 0) are nobody's delivery."""
    by_position: defaultdict[int, int] = defaultdict(int)
    venues: defaultdict[str, int] = defaultdict(int)
    for key, counts in cells.items():
        if key.position and counts.impressions:
            by_position[key.position] += counts.impressions
            venues[key.venue_id] += counts.impressions
    return Seen(max(by_position.values(), default=0), dict(venues))


def traffic_of(windows: Mapping[str, Seen], busy: Sequence[float], now: datetime) -> Traffic:
    """From the last 24 windows and the one that is running; a missing one saw nothing.

    Answers are fitted to the hours since the first that saw anything; the running one counts only if it brought more already.
    """
    midnight, running = now.astimezone(UTC).strftime("%Y-%m-%dT00"), window_of(now)
    today: defaultdict[str, int] = defaultdict(int)
    for window, seen in windows.items():
        if window >= midnight:
            for name, number in seen.venues.items():
                today[name] += number
    busy = busy if sum(busy) > 0 else [1.0] * 24
    begun = min((window for window, seen in windows.items() if seen.answers), default=running)
    over = [window for window in _windows(now) if begun <= window < running]
    weight = sum(busy[int(window[-2:])] for window in over)
    rate = sum(windows[window].answers for window in over if window in windows) / weight if weight else 0.0
    answers = [rate * each for each in busy]
    hour = int(running[-2:])
    answers[hour] = max(answers[hour], float(windows[running].answers if running in windows else 0))
    return Traffic(dict(today), answers)


def paced(
    order: Order,
    placement: str,
    placements: Sequence[Placement],
    traffic: Mapping[str, Traffic],
    venues: Sequence[LiveVenue],
    now: datetime,
) -> float:
    """The share (of answers for a venue, of places for a group) that a daily limit leaves its subject in `placement` this hour.

    One that holds in all placements is spent in those of higher priority first: theirs is as much of the hour's budget as they have
    places for; what is left goes to the next, and placements of equal priority have equal shares. `traffic`: of every placement where
    the order holds. The budgets of all placements together never exceed the hour's.
    """
    where = sorted(
        (each for each in placements if each.offered and order.placement in ("", each.name)), key=lambda each: (-each.priority, each.name)
    )
    names = [venue.venue_id for venue in members(order.subject, venues)]
    limit = int(order.value or 0)
    delivered = sum(traffic[each.name].today.get(name, 0) for each in where for name in names)
    if delivered >= limit:
        return 0.0
    hour = now.astimezone(UTC).hour
    profile = [sum(traffic[each.name].answers[at] for each in where) for at in range(24)]
    if not any(profile):
        # Nothing was ever shown there: the first impressions are counted before the next snapshot is built.
        return 1.0
    left = hour_budget(limit, delivered, profile, hour)
    for priority in sorted({each.priority for each in where}, reverse=True):
        alike = [each for each in where if each.priority == priority]
        room = sum(traffic[each.name].answers[hour] * (1 if order.subject.kind == "venue" else each.slots) for each in alike)
        share = min(1.0, left / room) if room > 0 else float(left > 0)
        if placement in {each.name for each in alike}:
            return share
        left = max(0.0, left - share * room)
    return 0.0


class CountedCells(Protocol):
    """What was counted (events/counting.py CellStore)."""

    def cells(self, placement: str, window: str) -> Mapping[CellKey, Counts]:
        """Of a placement's window. Raises TransientError."""
        ...


@dataclass
class Delivered:
    """Reads traffic, and each window as seldom as its age allows: one process builds many placements."""

    counted: CountedCells
    _known: dict[tuple[str, str], tuple[datetime, Seen]] = field(default_factory=dict)

    def of(self, placement: Placement, now: datetime) -> Traffic:
        """The placement's. 25 windows at first, then those that may have changed. Raises TransientError."""
        found = {}
        wanted = _windows(now)
        for window in wanted:
            key = (placement.name, window)
            old = self._known.get(key)
            keep = _FRESH_SECONDS if window >= wanted[-2] else _CLOSED_SECONDS
            if old is None or not 0 <= (now - old[0]).total_seconds() < keep:
                old = self._known[key] = (now, seen_of(self.counted.cells(placement.name, window)))
            found[window] = old[1]
        for key in [key for key in self._known if key[1] < wanted[0]]:
            del self._known[key]
        return traffic_of(found, placement.busy, now)


def paced_shares(
    orders: Iterable[Order],
    placement: str,
    placements: Sequence[Placement],
    venues: Sequence[LiveVenue],
    delivered: Delivered,
    now: datetime,
) -> dict[str, float]:
    """Of every daily limit among orders that hold in `placement` now, by order id; reads nothing where there is none."""
    limits = [order for order in orders if order.kind == "daily_limit"]
    everywhere = any(not order.placement for order in limits)
    traffic = {
        each.name: delivered.of(each, now) for each in placements if limits and each.offered and (everywhere or each.name == placement)
    }
    return {order.order_id: coarse(paced(order, placement, placements, traffic, venues, now)) for order in limits}


def coarse(share: float) -> float:
    """The share rounded down, by at most a twelfth, to a step of which there are eight from one to its double: a policy must not be made
    anew because one more impression was counted. What that leaves unspent goes to the hours after."""
    return 2.0 ** (math.floor(math.log2(share) * _STEPS) / _STEPS) if 0 < share < 1 else share


def _windows(now: datetime) -> list[str]:
    return [window_of(now - timedelta(hours=ago)) for ago in range(_HOURS, -1, -1)]
