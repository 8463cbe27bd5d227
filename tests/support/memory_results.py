"""Results over memory: counters, packed days, names, a trail."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.placements.model import Placement
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.delivery.results.answering import ResultsDesk
from huichang.delivery.results.model import Happening, VenueName
from huichang.delivery.results.rollups import Rollups
from tests.support.fakes import FakeClock


class MemoryCounted:
    """Counted; remembers what was read."""

    def __init__(self, cells: Mapping[CellKey, Counts] | None = None) -> None:
        self.stored = dict(cells or {})
        self.read: list[tuple[str, str]] = []

    def cells(self, placement: str, window: str) -> dict[CellKey, Counts]:
        self.read.append((placement, window))
        return {cell: counts for cell, counts in self.stored.items() if (cell.placement, cell.window) == (placement, window)}


class MemoryDays:
    """DayShelf."""

    def __init__(self, counted: MemoryCounted) -> None:
        self.days: dict[tuple[str, str], bytes] = {}
        self.notes: dict[tuple[str, str], str] = {}
        self._counted = counted

    def get(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
        return {key: self.days[key] for key in keys if key in self.days}

    def put(self, placement: str, day: str, data: bytes) -> None:
        self.days[(placement, day)] = data

    def mended(self, since: str) -> Mapping[tuple[str, str], str]:
        return {(placement, day): at for (placement, day), at in self.notes.items() if day >= since}

    def note_mended(self, placement: str, day: str, at: str) -> None:
        self.notes[(placement, day)] = at

    def ever_counted(self, placement: str) -> bool:
        return any(cell.placement == placement for cell in self._counted.stored)


class MemoryNames:
    """Names."""

    def __init__(self, *venues: VenueName, campaigns: Mapping[str, str] | None = None) -> None:
        self.known = {venue.venue_id: venue for venue in venues}
        self.sentences = dict(campaigns or {})

    def venues(self, venue_ids: Collection[str]) -> Mapping[str, VenueName]:
        return {venue_id: self.known[venue_id] for venue_id in venue_ids if venue_id in self.known}

    def campaigns(self, campaign_ids: Collection[str]) -> Mapping[str, str]:
        return {name: self.sentences[name] for name in campaign_ids if name in self.sentences}


class MemoryHappened:
    """Happened."""

    def __init__(self, *told: Happening) -> None:
        self.told = list(told)
        self.asked: list[Collection[str]] = []

    def about(self, subjects: Collection[str], since: str, until: str) -> Sequence[Happening]:
        self.asked.append(subjects)
        return [each for each in self.told if since <= each.at < until]


class ShippedPlacements:
    """Placements as they ship."""

    def all(self) -> list[Placement]:
        return sorted(PLACEMENTS.values(), key=lambda place: place.name)

    def get(self, name: str) -> Placement | None:
        return PLACEMENTS.get(name)


def results_of(
    cells: Mapping[CellKey, Counts] | None = None,
    names: MemoryNames | None = None,
    happened: MemoryHappened | None = None,
    *,
    clock: FakeClock | None = None,
    patience: timedelta = timedelta(seconds=18),
    currency: str = "CNY",
) -> ResultsDesk:
    """The real desk over memory."""
    counted, names, clock = MemoryCounted(cells), names or MemoryNames(), clock or FakeClock()
    rollups = Rollups(counted, MemoryDays(counted), names, clock, patience)
    return ResultsDesk(rollups, names, happened or MemoryHappened(), ShippedPlacements(), clock, currency)
