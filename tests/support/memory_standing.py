"""Standings, evidence and what stands around them, in memory; they keep the ports' promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from huichang.delivery.control.rules import Controls, VenueRule
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placement
from huichang.delivery.standing.desk import StandingDesk
from huichang.delivery.standing.judging import JudgePlacement
from huichang.delivery.standing.model import Freeze, Sheet, Standing
from huichang.kernel.errors import NotFoundError
from huichang.kernel.language import both
from huichang.venues.model import AuditEntry
from tests.support.fakes import FakeClock
from tests.support.memory_delivery import live_venue

HOME = Placement(name="home", kind="public", what=both("首页", "front page"), slots=6, margin=0.1)


class MemoryPlacements:
    """Placements."""

    def __init__(self, *placements: Placement) -> None:
        self.known = {each.name: each for each in placements or (HOME,)}

    def all(self) -> list[Placement]:
        return [self.known[name] for name in sorted(self.known)]

    def get(self, name: str) -> Placement | None:
        return self.known.get(name)


class MemoryCandidates:
    """Candidates: the same everywhere."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)

    def of(self, placement: Placement) -> Sequence[LiveVenue]:
        return [live_venue(name) for name in self.names]


class MemoryStandings:
    """StandingRecords. `before_put` is called before every write: somebody else is faster."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], Standing] = {}
        self.freezes: dict[str, Freeze] = {}
        self.before_put: Callable[[], None] | None = None

    def of(self, placement: str) -> dict[str, Standing]:
        return {venue: each for (name, venue), each in self.known.items() if name == placement}

    def get(self, placement: str, venue_id: str) -> Standing | None:
        return self.known.get((placement, venue_id))

    def put(self, standing: Standing) -> Standing | None:
        if self.before_put:
            meanwhile, self.before_put = self.before_put, None
            meanwhile()
        key = (standing.placement, standing.venue_id)
        if (self.known[key].version if key in self.known else 0) != standing.version:
            return None
        self.known[key] = standing.model_copy(update={"version": standing.version + 1})
        return self.known[key]

    def remove(self, standing: Standing) -> None:
        key = (standing.placement, standing.venue_id)
        if key in self.known and self.known[key].version == standing.version:
            del self.known[key]

    def frozen(self) -> Mapping[str, Freeze]:
        return dict(self.freezes)

    def freeze(self, freeze: Freeze) -> None:
        self.freezes[freeze.placement] = freeze

    def thaw(self, placement: str) -> None:
        self.freezes.pop(placement, None)


class MemoryShelf:
    """EvidenceShelf."""

    def __init__(self) -> None:
        self.sums: dict[str, tuple[bytes, str]] = {}
        self.windows: dict[tuple[str, str, str], bytes] = {}
        self.sheets: dict[str, Sheet] = {}

    def evidence(self, placement: str) -> tuple[bytes, str] | None:
        return self.sums.get(placement)

    def keep_evidence(self, placement: str, body: bytes, tag: str) -> bool:
        had = self.sums.get(placement)
        if (had[1] if had else "") != tag:
            return False
        self.sums[placement] = (body, f"{int(tag or 0) + 1}")
        return True

    def window(self, placement: str, window: str, fingerprint: str) -> bytes:
        try:
            return self.windows[placement, window, fingerprint]
        except KeyError:
            raise NotFoundError("nothing is stored", where=window) from None

    def keep_window(self, placement: str, window: str, fingerprint: str, body: bytes) -> None:
        self.windows[placement, window, fingerprint] = body

    def sheet(self, placement: str) -> Sheet | None:
        return self.sheets.get(placement)

    def keep_sheet(self, sheet: Sheet) -> None:
        self.sheets[sheet.placement] = Sheet.model_validate_json(sheet.model_dump_json())


class MemoryLooks:
    """Looks."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def ask(self, placement: str, windows: Sequence[str] = ()) -> None:
        self.asked.append((placement, tuple(windows)))


class MemoryRebuilds:
    """Rebuilds."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, placement: str) -> None:
        self.asked.append(placement)


class MemoryTrail:
    """AuditTrail."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    def record(self, entry: AuditEntry) -> None:
        self.entries.append(entry)

    def of(self, subject: str, limit: int = 100) -> list[AuditEntry]:
        return [each for each in reversed(self.entries) if each.subject == subject][:limit]

    def recent(self, limit: int = 100) -> list[AuditEntry]:
        return self.entries[::-1][:limit]


class Room:
    """A placement with its cells, its judge and its desk, and a clock that is moved by hand."""

    def __init__(self, *names: str, placement: Placement = HOME) -> None:
        self.clock = FakeClock()
        self.placements, self.candidates = MemoryPlacements(placement), MemoryCandidates(*names)
        self.records, self.shelf, self.trail = MemoryStandings(), MemoryShelf(), MemoryTrail()
        self.rebuilds, self.looks = MemoryRebuilds(), MemoryLooks()
        self.counted: dict[str, dict[CellKey, Counts]] = {}
        self.reads: list[str] = []
        self.held: set[str] = set()
        self.judge = JudgePlacement(
            self.placements, self.candidates, self, self.shelf, self.records, self.rebuilds, self.trail, self.clock, self
        )
        self.desk = StandingDesk(
            self.placements, self.candidates, self.shelf, self.records, self.rebuilds, self.looks, self.trail, self.clock
        )

    def cells(self, placement: str, window: str) -> Mapping[CellKey, Counts]:
        """What the judge reads."""
        self.reads.append(window)
        return {cell: counts for cell, counts in self.counted.get(window, {}).items() if cell.placement == placement}

    def controls(self, placement: str, now: datetime) -> Controls:
        """Rulebook: who is held."""
        return Controls(venues={name: VenueRule(hold=True) for name in self.held})

    def count(self, cell: CellKey, counts: Counts) -> None:
        """More of a cell."""
        there = self.counted.setdefault(cell.window, {})
        there[cell] = there.get(cell, Counts()) + counts

    def later(self, hours: float) -> None:
        """Time passes."""
        self.clock.moment += timedelta(hours=hours)


def judged_room() -> Room:
    """Home with three places, looked at once: `v-2` was taken out, `v-1` is as good as the others."""
    room = Room("v-1", "v-2", "v-3", "v-4", placement=HOME.model_copy(update={"slots": 3}))
    for name, clicks in (("v-1", 300), ("v-2", 20), ("v-3", 310), ("v-4", 290)):
        cell = CellKey(window="2026-09-01T05", placement="home", segment="none", position=1, venue_id=name, explored=True)
        room.count(cell, Counts(impressions=2000, clicks=clicks))
    room.judge("home")
    return room
