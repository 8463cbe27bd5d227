"""From the queue into the cells, each event exactly once: whatever is repeated, reordered, or interrupted half-way.

Whether an event was counted is remembered in the same transaction that counts it (its mark), so neither happens alone. Events of one
decision share a mark, and a transaction carries as many marks and cells as it may (100 items): the page of six offers that reports
six impressions costs one mark and six cells, not twelve items. Before writing, the marks are read: repetitions are cheap.
"""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from huichang.delivery.events.cells import CellKey, Counts, Event
from huichang.delivery.model import LiveVenue
from huichang.kernel.clock import Clock
from huichang.kernel.errors import TransientError
from huichang.kernel.model import Model

# DynamoDB's bound on a transaction.
MOST_ITEMS = 100
# Of one mark at once: with a cell and a total for each, a mark never needs more than a transaction.
MOST_STEPS = 24
# A mark of so many things is no buyer's: 20 offers with a hundred orders each.
MOST_TAGS = 2000
# Marks are forgotten after seven days. What is older could be a repetition that nobody can tell from news.
KNOWN_FOR = timedelta(days=6)
LIVE_REFRESH_SECONDS = 2
# Marks that are read, planned and written together: about what a transaction holds.
WIDTH = 40
_TRIES = 12

EVENTS: TypeAdapter[tuple[Event, ...]] = TypeAdapter(tuple[Event, ...])


class Mark(Model):
    """What was counted of a decision, or of a direct beacon. `lock` 0: nothing yet."""

    key: str
    tags: frozenset[str] = frozenset()
    lock: int = 0


@dataclass(frozen=True)
class Change:
    """One transaction: marks as they were read with the tags they get, and what is added to cells."""

    marks: Mapping[str, tuple[Mark, frozenset[str]]]
    cells: Mapping[CellKey, Counts]


class CellStore(Protocol):
    """Marks and cells."""

    def marks(self, keys: Sequence[str]) -> dict[str, Mark]:
        """Those that there are, read consistently. Raises TransientError."""
        ...

    def write(self, change: Change) -> bool:
        """All of it or nothing. False: somebody wrote a mark meanwhile. Raises TransientError."""
        ...

    def cells(self, placement: str, window: str) -> dict[CellKey, Counts]:
        """Everything that was counted in a placement and window. Raises TransientError."""
        ...

    def correct(self, cell: CellKey, stored: Counts, counts: Counts) -> bool:
        """Set a cell that holds `stored` to `counts`; False if it holds something else by now. Raises TransientError."""
        ...


class EventLog(Protocol):
    """Events as they were accepted, by window; what a recount reads."""

    def keep(self, events: Sequence[Event]) -> None:
        """Before they are counted; the same events again change nothing. Raises TransientError."""
        ...

    def read(self, window: str) -> Sequence[Event]:
        """All of a window, perhaps several times. Raises TransientError."""
        ...


class Counted(Model):
    """How many events counted something, repeated others, were about no live venue, came too late, or were of a full mark."""

    counted: int = 0
    repeated: int = 0
    unknown: int = 0
    too_late: int = 0
    too_many: int = 0
    unreadable: tuple[int, ...] = ()


@dataclass
class CountEvents:
    """Take messages from the queue into the log and the cells."""

    store: CellStore
    log: EventLog
    live: Callable[[], Sequence[LiveVenue]]
    clock: Clock
    sleep: Callable[[float], None] = time.sleep
    _live: frozenset[str] = frozenset()
    _read_again: datetime | None = None

    def __call__(self, bodies: Sequence[str]) -> Counted:
        """Count all messages' events. `unreadable` are the indices of bodies that are none. Raises TransientError: then nothing is lost
        by counting all of them again."""
        events: list[Event] = []
        unreadable = []
        for index, body in enumerate(bodies):
            try:
                events += EVENTS.validate_json(body)
            except ValidationError:
                unreadable.append(index)
        oldest = self.clock.now() - KNOWN_FOR
        known = [event for event in events if event.decision_id or self._is_live(event.cell.venue_id)]
        fresh = [event for event in known if datetime.fromisoformat(event.at) >= oldest]
        if fresh:
            self.log.keep(fresh)
        counted, too_many = self.count(fresh)
        return Counted(
            counted=counted,
            repeated=len(fresh) - counted - too_many,
            unknown=len(events) - len(known),
            too_late=len(known) - len(fresh),
            too_many=too_many,
            unreadable=tuple(unreadable),
        )

    def count(self, events: Sequence[Event]) -> tuple[int, int]:
        """(events that counted something, events of marks that are full). Raises TransientError."""
        waiting: dict[str, list[Event]] = {}
        for event in events:
            waiting.setdefault(event.mark, []).append(event)
        pending, races, width = deque(waiting), Counter[str](), WIDTH
        counted = too_many = 0
        while pending:
            # Read just before they are written, and fewer after a race: consumers that count the same decisions let each other through.
            keys = [pending.popleft() for _ in range(min(width, len(pending)))]
            marks = self.store.marks(keys)
            full = {key for key, mark in marks.items() if len(mark.tags) >= MOST_TAGS}
            too_many += sum(len(waiting[key]) for key in full)
            changes, shares = plan({key: waiting[key] for key in keys if key not in full}, marks)
            lost: list[str] = []
            for change in changes:
                if not self.store.write(change):
                    lost += change.marks
                    continue
                for key in change.marks:
                    counting, done = shares[key]
                    counted += counting
                    waiting[key] = waiting[key][done:]
                    pending.extend([key] if waiting[key] else [])
            width = max(1, width // 2) if lost else min(WIDTH, 2 * width)
            if lost:
                races.update(lost)
                pending.extend(lost)
                tries = races.most_common(1)[0][1]
                if tries >= _TRIES:
                    raise TransientError("these decisions are being reported by too many at once", where="cells")
                self.sleep(random.uniform(0, 0.01 * 2 ** min(tries, 6)))
        return counted, too_many

    def _is_live(self, venue_id: str) -> bool:
        now = self.clock.now()
        if venue_id not in self._live and (self._read_again is None or now >= self._read_again):
            self._live = frozenset(venue.venue_id for venue in self.live())
            self._read_again = now + timedelta(seconds=LIVE_REFRESH_SECONDS)
        return venue_id in self._live


def plan(waiting: Mapping[str, Sequence[Event]], marks: Mapping[str, Mark]) -> tuple[list[Change], dict[str, tuple[int, int]]]:
    """Transactions for what is waiting, by mark; (events that count something, events dealt with) of each mark that is in one.

    A mark whose events were all counted is in none. A mark with more than MOST_STEPS new steps is dealt with in part.
    """
    changes: list[Change] = []
    shares: dict[str, tuple[int, int]] = {}
    held: dict[str, tuple[Mark, frozenset[str]]] = {}
    cells: dict[CellKey, Counts] = {}
    for key, events in waiting.items():
        mark = marks.get(key, Mark(key=key))
        tags, added, counting, done = _of_one(mark, events)
        if not tags:
            continue
        # A transaction may not name an item twice: each cell, and each placement's total of a venue, is one item.
        if held and _items(len(held) + 1, {**cells, **added}) > MOST_ITEMS:
            changes.append(Change(held, cells))
            held, cells = {}, {}
        held[key] = (mark, tags)
        for cell, counts in added.items():
            cells[cell] = cells.get(cell, Counts()) + counts
        shares[key] = (counting, done)
    if held:
        changes.append(Change(held, cells))
    return changes, shares


def _of_one(mark: Mark, events: Sequence[Event]) -> tuple[frozenset[str], dict[CellKey, Counts], int, int]:
    tags: set[str] = set()
    cells: dict[CellKey, Counts] = {}
    counting = done = 0
    for event in events:
        new = [(tag, counts) for tag, counts in event.steps() if tag not in mark.tags and tag not in tags]
        if len(tags) + len(new) > MOST_STEPS:
            break
        for tag, counts in new:
            tags.add(tag)
            cells[event.cell] = cells.get(event.cell, Counts()) + counts
        counting += bool(new)
        done += 1
    return frozenset(tags), cells, counting, done


def _items(marks: int, cells: Mapping[CellKey, Counts]) -> int:
    return marks + len(cells) + len({(cell.placement, cell.venue_id) for cell in cells})
