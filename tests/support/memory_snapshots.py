"""SnapshotStore, Asked, Tasks and Rebuilds in memory, and a placement with everything that builds and serves it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from huichang.delivery.cells import window_of
from huichang.delivery.control.rules import Controls
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placement
from huichang.delivery.serving.building import BuildSnapshots
from huichang.delivery.serving.feed import Feed
from huichang.delivery.serving.model import Pointer, Size
from huichang.delivery.serving.planning import PlanSnapshots, Task, WorkOnSnapshots
from huichang.delivery.serving.ports import PolicySettings
from huichang.delivery.serving.warm import Warm
from huichang.delivery.verdicts.judging import Verdict
from huichang.kernel.errors import NotFoundError, TransientError
from infra.bench.unruled import ShippedPlacements
from tests.support.fakes import FakeClock
from tests.support.memory_delivery import MemoryCells, MemoryDelivery, MemoryKeys, live_venue


class MemorySnapshots:
    """SnapshotStore. `away`: nothing can be reached. `races`: so many times another build points first."""

    def __init__(self) -> None:
        self.pointers: dict[str, Pointer] = {}
        self.objects: dict[str, bytes] = {}
        self.away = False
        self.races = 0
        self.reads: Counter[str] = Counter()
        self.puts: list[str] = []

    def pointer(self, placement: str) -> Pointer | None:
        self._reach("pointer")
        return self.pointers.get(placement)

    def point(self, pointer: Pointer) -> bool:
        self._reach("point")
        known = self.pointers.get(pointer.placement)
        if self.races and known:
            self.races -= 1
            self.pointers[pointer.placement] = known.model_copy(update={"number": known.number + 1})
            return False
        if pointer.number != (known.number + 1 if known else 1):
            return False
        self.pointers[pointer.placement] = pointer
        return True

    def forget(self, placement: str) -> None:
        self._reach("forget")
        self.pointers.pop(placement, None)

    def put(self, key: str, body: bytes) -> None:
        self._reach("put")
        assert self.objects.get(key, body) == body, "a name of content"
        self.objects[key] = body
        self.puts.append(key)

    def get(self, key: str) -> bytes:
        self._reach("get")
        if key not in self.objects:
            raise NotFoundError(f"nothing is stored under {key}")
        return self.objects[key]

    def _reach(self, what: str) -> None:
        self.reads[what] += 1
        if self.away:
            raise TransientError("the store is away")


class MemoryAsked:
    """Asked."""

    def __init__(self) -> None:
        self.times: dict[str, Counter[Size]] = {}

    def note(self, placement: str, sizes: Mapping[Size, int]) -> None:
        self.times.setdefault(placement, Counter()).update(sizes)

    def sizes(self, placement: str) -> Sequence[Size]:
        return [size for size, _ in self.times.get(placement, Counter()).most_common()]


class MemoryTasks:
    """Tasks."""

    def __init__(self) -> None:
        self.sent: list[Task] = []

    def send(self, tasks: Sequence[Task]) -> None:
        self.sent += tasks


class MemoryRebuilds:
    """Rebuilds."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, placement: str) -> None:
        self.asked.append(placement)


class Say:
    """Rulebook, Standings, LivePolicy and Placements that say what they are told to."""

    def __init__(self) -> None:
        self.rules = Controls()
        self.out: frozenset[str] = frozenset()
        self.said: dict[str, Verdict] = {}
        self.policy = PolicySettings(draws=64)
        self.places = {place.name: place for place in ShippedPlacements().all()}
        self.away = False

    def controls(self, placement: str, now: datetime) -> Controls:
        return self.rules

    def eliminated(self, placement: str) -> frozenset[str]:
        return self.out

    def verdicts(self, placement: str) -> Mapping[str, Verdict]:
        return self.said

    def settings(self, placement: str) -> PolicySettings:
        return self.policy

    def all(self) -> list[Placement]:
        if self.away:
            raise TransientError("the table is away")
        return [self.places[name] for name in sorted(self.places)]

    def get(self, name: str) -> Placement | None:
        return self.places.get(name)

    def change(self, name: str, **changes: Any) -> None:
        self.places[name] = self.places[name].model_copy(update=changes)


class Delivery:
    """The whole of it: `build`, `feed`, and the ports behind them."""

    def __init__(self, *venues: LiveVenue, seed: int = 1) -> None:
        # Half an hour into a window: of a younger one nearly nothing is believed to have arrived.
        self.clock = FakeClock(datetime(2026, 9, 1, 8, 30, tzinfo=UTC))
        self.store = MemoryDelivery(*venues)
        self.cells = MemoryCells()
        self.snapshots = MemorySnapshots()
        self.asked = MemoryAsked()
        self.tasks = MemoryTasks()
        self.say = Say()
        self.told: Counter[str] = Counter()
        self.build = BuildSnapshots(
            placements=self.say,
            live=self.store.live,
            cells=self.cells,
            rulebook=self.say,
            standings=self.say,
            policy=self.say,
            store=self.snapshots,
            clock=self.clock,
            asked=self.asked,
        )
        self.plan = PlanSnapshots(self.say, self.store.live, self.snapshots, self.tasks, self.clock)
        self.work = WorkOnSnapshots(self.build, self.plan)
        self.keys = MemoryKeys()
        self.feed = self.another_feed(seed)

    def another_feed(self, seed: int = 1, **changes: Any) -> Feed:
        """Of a process that has just begun."""
        parts: dict[str, Any] = {
            "warm": Warm(self.snapshots, self.clock),
            "store": self.store,
            "placements": self.say,
            "keys": self.keys,
            "clock": self.clock,
            "asked": self.asked,
            "generator": random.Random(seed),
            "tell": lambda name: self.told.update([name]),
        }
        return Feed(**parts | changes)

    def count(self, venue_id: str, shown: int, clicks: int, placement: str = "home", **where: Any) -> None:
        """What was counted of a venue in the current window."""
        key = {"window": window_of(self.clock.now()), "placement": placement, "segment": "none", "position": 1, "venue_id": venue_id}
        cell = CellKey.model_validate(key | where)
        self.cells.stored[cell] = self.cells.stored.get(cell, Counts()) + Counts(impressions=shown, clicks=clicks)


def venues(count: int, industries: Sequence[str] = ("toys", "tea", "home"), **changes: Any) -> list[LiveVenue]:
    """Of these industries in turn."""
    return [live_venue(f"v-{i:03d}").model_copy(update={"industry": industries[i % len(industries)], **changes}) for i in range(count)]
