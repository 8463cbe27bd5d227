"""Snapshots as a warm process holds them: a pointer is looked at every ten seconds at most, an object is read when its key is news.

What cannot be read leaves what is held as it is. So a store that is away costs freshness, and how much is told (`stale_seconds`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from huichang.delivery.ranking.policies import Policy
from huichang.delivery.serving.answers import Condition, Conditioned, EvenLine
from huichang.delivery.serving.bundle import Part, Snapshot, opened
from huichang.delivery.serving.memory import short
from huichang.delivery.serving.model import REFRESH_SECONDS, Pointer, Size, SnapshotStore
from huichang.delivery.serving.shelf import Shown
from huichang.kernel.clock import Clock
from huichang.kernel.errors import NotFoundError, TransientError
from huichang.kernel.language import Language

# Placements of which a process holds the snapshot; of more, those asked for longest ago are read again when they are asked for.
MOST_PLACEMENTS = 400
# Lists of venues: placements follow each other within seconds, so two are in use at a time.
_MOST_LISTS = 4
_MOST_NAMES = 1000
_MOST_KEPT = 512


@dataclass
class Venues:
    """What can be shown, of one moment."""

    by_id: Shown
    _short: dict[str, list[str]] | None = None

    def named(self, name: str) -> list[str]:
        """Venues of a short hash (memory.py)."""
        if self._short is None:
            self._short = {}
            for venue_id in self.by_id:
                self._short.setdefault(short(venue_id), []).append(venue_id)
        return self._short.get(name, [])


@dataclass
class Served:
    """A placement's snapshot, opened, with what was worked out from it."""

    pointer: Pointer
    snapshot: Snapshot
    venues: Venues
    checked: datetime
    failing: bool = False
    due: datetime | None = None
    opened_attachments: dict[str, object] = field(default_factory=dict)
    _lines: dict[tuple[str, Language | None], EvenLine] = field(default_factory=dict)
    _kept: OrderedDict[tuple[str, str, int], Conditioned] = field(default_factory=OrderedDict)

    def policy(self, segment: str, size: Size) -> Policy | Conditioned:
        """For everybody who asks for this size: built for it, or else drawn from the placement's own size."""
        exact = self.snapshot.part(size)
        if exact is not None:
            return self.snapshot.policies(exact).of(segment)
        key = (segment if segment in self.snapshot.policies(self.snapshot.base).segments else "", size.language or "", size.slots)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._changed(self.snapshot.base, segment, Condition(size.slots, allowed=self._in(size.language)), 1)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def without(self, segment: str, size: Size, names: frozenset[str], first: int) -> Conditioned:
        """The same without these venues, its first place counted as `first`."""
        part = self.snapshot.part(size) or self.snapshot.base
        return self._changed(part, segment, Condition(size.slots, names, self._in(size.language)), first)

    def bounds_of(self, size: Size) -> Part:
        """The part that answers this size."""
        return self.snapshot.part(size) or self.snapshot.base

    def _changed(self, part: Part, segment: str, condition: Condition, first: int) -> Conditioned:
        policies = self.snapshot.policies(part)
        # A part for one language holds no other: only the placement's own has to be cut.
        key = (part.size.name, None if part.language else self._language(condition))
        if key not in self._lines:
            line = EvenLine(policies.even)
            self._lines[key] = line.cut(condition.allowed) if condition.allowed is not None else line
        return Conditioned(
            policies.of(segment),
            condition,
            self.venues.by_id.groups,
            part.bounds,
            frozenset(self.snapshot.header.capped),
            self._lines[key],
            first,
        )

    @staticmethod
    def _language(condition: Condition) -> Language | None:
        return condition.allowed.language if isinstance(condition.allowed, _Speaks) else None

    def _in(self, language: Language | None) -> Callable[[str], bool] | None:
        return _Speaks(self.venues.by_id, language) if language else None


@dataclass(frozen=True)
class _Speaks:
    venues: Shown
    language: Language

    def __call__(self, name: str) -> bool:
        return self.venues.language(name) == self.language


@dataclass
class Warm:
    """All that a process holds."""

    store: SnapshotStore
    clock: Clock
    refresh_seconds: float = REFRESH_SECONDS
    most: int = MOST_PLACEMENTS
    _held: OrderedDict[str, Served] = field(default_factory=OrderedDict)
    _nothing: OrderedDict[str, datetime] = field(default_factory=OrderedDict)
    _lists: OrderedDict[str, Venues] = field(default_factory=OrderedDict)

    def of(self, placement: str) -> Served | None:
        """The newest that can be had; None: there is none. Raises TransientError where nothing is held and nothing can be read."""
        now = self.clock.now()
        held = self._held.get(placement)
        if held is not None and held.due is not None and now < held.due:
            self._held.move_to_end(placement)
            return held
        if held is None and now < self._nothing.get(placement, now):
            return None
        try:
            return self._look(placement, held, now)
        except TransientError:
            if held is None:
                raise
            held.failing, held.due = True, now + timedelta(seconds=self.refresh_seconds)
            return held

    def _look(self, placement: str, held: Served | None, now: datetime) -> Served | None:
        pointer = self.store.pointer(placement)
        due = now + timedelta(seconds=self.refresh_seconds)
        if pointer is None:
            self._held.pop(placement, None)
            self._nothing[placement] = due
            if len(self._nothing) > _MOST_NAMES:
                self._nothing.popitem(last=False)
            return None
        if held is None or (held.pointer.key, held.pointer.live) != (pointer.key, pointer.live):
            held = self._read(pointer, now)
            self._held[placement] = held
            self._nothing.pop(placement, None)
        held.checked, held.due, held.failing = now, due, False
        self._held.move_to_end(placement)
        while len(self._held) > self.most:
            self._held.popitem(last=False)
        return held

    def _read(self, pointer: Pointer, now: datetime) -> Served:
        try:
            venues = self._lists.get(pointer.live)
            if venues is None:
                venues = self._lists[pointer.live] = Venues(Shown(self.store.get(pointer.live)))
                while len(self._lists) > _MOST_LISTS:
                    self._lists.popitem(last=False)
            return Served(pointer, opened(self.store.get(pointer.key)), venues, now)
        except (NotFoundError, ValueError) as error:
            # The next build writes both anew; until then what is held goes on, or the default does.
            raise TransientError(f"the snapshot cannot be read: {error}", where=f"snapshot of {pointer.placement}") from error
