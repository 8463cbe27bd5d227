"""A placement's counts with their age taken into account, kept so that an hour costs what is new in it.

Windows whose rewards may still arrive are kept as they are and can be put again (the counters of a window grow while beacons come
in). Windows that are settled are folded into sums. Forgetting is exponential, so a sum of yesterday is a sum of today times a
factor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from huichang.delivery.cells import Cell, hour_of
from huichang.delivery.ranking.rewards import Reward

# Segment, venue and position.
Key = tuple[str, str, int]


@dataclass
class Sums:
    """Weighted impressions whose reward was to be expected by now, events, and what these were worth."""

    shown: float = 0.0
    events: float = 0.0
    value: float = 0.0

    def add(self, shown: float, events: float, value: float) -> None:
        """In place."""
        self.shown += shown
        self.events += events
        self.value += value


Tally = dict[Key, Sums]
# Impressions, events and value, as counted.
_Window = dict[Key, tuple[int, int, int]]


class State(NamedTuple):
    """What a History consists of."""

    settled: Tally
    reference: int
    folded_to: int
    open: dict[int, _Window]


@dataclass
class History:
    """Of one placement. `put` the windows in any order, each as often as it changed."""

    reward: Reward = field(default_factory=Reward)
    _settled: Tally = field(default_factory=dict)
    _reference: int = 0
    _folded_to: int = 0
    _open: dict[int, _Window] = field(default_factory=dict)

    def put(self, window: str, cells: Iterable[Cell]) -> frozenset[str]:
        """Replace what is known of a window. Returns the segments in which something changed.

        Raises ValueError for cells of another window, and for a window that is settled.
        """
        hour = hour_of(window)
        if hour <= self._folded_to:
            raise ValueError(f"window {window} is settled: no beacon as late as this is taken")
        fresh: _Window = {}
        for cell in cells:
            if cell.window != window:
                raise ValueError(f"cells of another window than {window}")
            key = (cell.segment, cell.venue_id, cell.position)
            shown, events, value = fresh.get(key, (0, 0, 0))
            fresh[key] = (shown + cell.impressions, events + self.reward.events(cell), value + self.reward.value(cell))
        before = self._open.get(hour, {})
        self._open[hour] = fresh
        return frozenset(key[0] for key in fresh.keys() | before.keys() if fresh.get(key) != before.get(key))

    def tally(self, now: datetime) -> Tally:
        """Sums by (segment, venue, position) as of `now`, which must not run backwards."""
        moment = now.timestamp() / 3600
        self._fold(moment)
        found: defaultdict[Key, Sums] = defaultdict(Sums)
        factor = self._forgotten(moment - self._reference)
        for key, sums in self._settled.items():
            found[key].add(sums.shown * factor, sums.events * factor, sums.value * factor)
        for hour, cells in self._open.items():
            self._add(found, cells, self._forgotten(moment - hour), self.reward.arrived(moment - hour))
        return {key: sums for key, sums in found.items() if sums.shown > 0}

    def settle(self, now: datetime) -> None:
        """Fold what is settled as of `now`, which must not run backwards: `put` refuses these windows from now on."""
        self._fold(now.timestamp() / 3600)

    def counted(self, since: int) -> Iterator[tuple[int, Key, int]]:
        """(hour, key, impressions as counted) of the windows from the hour `since` on that are not settled."""
        for hour, cells in self._open.items():
            if hour >= since:
                for key, (shown, _, _) in cells.items():
                    yield hour, key, shown

    @property
    def folded_to(self) -> int:
        """The last hour that is settled: none up to it can be put any more. 0: none is."""
        return self._folded_to

    def state(self) -> State:
        """All of it, to be kept and given to `of_state` again. Not a copy."""
        return State(self._settled, self._reference, self._folded_to, self._open)

    @classmethod
    def of_state(cls, reward: Reward, state: State) -> History:
        """What `state` gave. `reward` must be the one it was counted with: events of other rewards are other numbers."""
        return cls(reward, state.settled, state.reference, state.folded_to, state.open)

    def _fold(self, moment: float) -> None:
        """Into the sums with what is settled. A sum that has been forgotten to less than a thousandth of an impression goes."""
        due = [hour for hour in self._open if moment - hour > self.reward.settled_hours]
        if not due:
            return
        newest = max(due)
        factor = self._forgotten(newest - self._reference) if self._settled else 1.0
        sums: defaultdict[Key, Sums] = defaultdict(Sums)
        for key, old in self._settled.items():
            if old.shown * factor > 1e-3:
                sums[key].add(old.shown * factor, old.events * factor, old.value * factor)
        for hour in due:
            self._add(sums, self._open.pop(hour), self._forgotten(newest - hour), 1.0)
        self._settled, self._reference = dict(sums), newest
        self._folded_to = max(self._folded_to, newest)

    def _add(self, to: defaultdict[Key, Sums], window: _Window, weight: float, arrived: float) -> None:
        for key, (shown, events, value) in window.items():
            # Before its window is over next to nothing is expected of an impression; what has come already counts with it.
            to[key].add(max(shown * arrived, float(events)) * weight, events * weight, value * weight)

    def _forgotten(self, hours: float) -> float:
        return float(0.5 ** (max(0.0, hours) / self.reward.half_life_hours))
