"""A day counted again from the log of accepted events: are the cells what they must be, and if not, mended.

A window is closed 25 hours after it began to be past: then no token of it is valid any more. Only closed windows are mended. First its
events are given to the counter once more: what was logged but never counted is counted now, with its mark, so that its message,
should it come back from a dead-letter queue, is a repetition. What differs after that is set to the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from huichang.delivery.events.cells import CellKey, Counts, truth_of, windows_of
from huichang.delivery.events.counting import KNOWN_FOR, CellStore, CountEvents, EventLog
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.kernel.clock import Clock
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.model import Model

CLOSED_AFTER = timedelta(hours=25)


class Difference(Model):
    """A cell that does not say what the log says."""

    cell: CellKey
    stored: Counts
    counts: Counts
    mended: bool = False


class Recounted(Model):
    """`events`: lines of the log, repetitions among them. `counted_late`: events that were logged and had not been counted."""

    day: str
    windows: int
    open_windows: tuple[str, ...]
    events: int
    cells: int
    counted_late: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Recount:
    """Compare, and mend if asked. `added`: names of placements besides those that ship with the product, removed ones among them."""

    store: CellStore
    log: EventLog
    counter: CountEvents
    clock: Clock
    added: Callable[[], Collection[str]] = frozenset
    # (placement, day) of which a window was set right: whoever keeps sums of them must add up again.
    told: Callable[[str, str], None] = field(default=lambda _, __: None)

    def __call__(self, day: str, *, mend: bool = False) -> Recounted:
        """Of a UTC day (2026-11-29). Raises InvalidInputError, TransientError."""
        try:
            windows = windows_of(day)
        except ValueError as error:
            raise InvalidInputError(f"{day} is no day", where="day", mend="write it as 2026-11-29", code="day_malformed") from error
        now, known = self.clock.now(), {*PLACEMENTS, *self.added()}
        events = cells = late = 0
        still_open: list[str] = []
        found: list[Difference] = []
        changed: set[str] = set()
        for window in windows:
            begins = datetime.strptime(window, "%Y-%m-%dT%H").replace(tzinfo=UTC)
            closed = begins + CLOSED_AFTER + timedelta(hours=1) <= now
            told = self.log.read(window)
            events += len(told)
            truth = truth_of(told)
            if not closed and (told or begins <= now):
                still_open.append(window)
            if mend and closed and begins > now - KNOWN_FOR:
                counted = self.counter.count(told)[0]
                late += counted
                changed |= {cell.placement for cell in truth} if counted else set()
            placements = known | {cell.placement for cell in truth}
            stored = {cell: counts for placement in placements for cell, counts in self.store.cells(placement, window).items()}
            cells += len(truth)
            for cell in sorted(truth.keys() | stored.keys(), key=str):
                was, must = stored.get(cell, Counts()), truth.get(cell, Counts())
                if was != must:
                    mended = mend and closed and self.store.correct(cell, was, must)
                    found.append(Difference(cell=cell, stored=was, counts=must, mended=mended))
                    changed |= {cell.placement} if mended else set()
        for placement in sorted(changed):
            self.told(placement, day)
        return Recounted(
            day=day,
            windows=len(windows),
            open_windows=tuple(still_open),
            events=events,
            cells=cells,
            counted_late=late,
            differences=tuple(found),
        )
