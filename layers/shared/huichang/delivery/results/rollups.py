"""Days of counters, packed once and kept: what is closed is not read from the counters at every look.

A day is closed when its last window is (events/recounting.py: 25 hours after it). What was accepted in time may still wait in a blocked
queue for KNOWN_FOR; until then a closed day is packed again once a day, and after that never, unless a recount mended it. An open day is
packed as well and used for FRESH; the answer says up to when it was counted. What a recount mends is noted; a pack whose reading began
before the note (or shortly after: clocks differ) is made anew. Two that pack the same day at once write the same thing; the later one
wins, and both say when they read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from huichang.delivery.cells import hour_of
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.events.counting import KNOWN_FOR
from huichang.delivery.events.recounting import CLOSED_AFTER
from huichang.delivery.results.model import Counted, DayShelf, Names, window_at
from huichang.delivery.results.packed import fill
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import InvalidInputError, TransientError, in_both
from huichang.kernel.language import both

FRESH = timedelta(minutes=5)
# A closed day is packed again a day later, until even a queue that was blocked could not count in it any more.
AGAIN = timedelta(days=1)
# Clocks of two machines differ by less.
SKEW = timedelta(minutes=1)
# A look may pack what is missing for so long; what it got done is kept, so the next look goes on from there.
PATIENCE = timedelta(seconds=18)
MOST_PACKS = 1000
MOST_BYTES = 200_000_000
READERS = 8
AT_ONCE = 32
_STAMP = 26


@dataclass(frozen=True)
class Packs:
    """Packed days as bytes. `counted_to`: of the oldest of them that is still open ("" where none is). `settled`: all are closed."""

    days: tuple[bytes, ...]
    counted_to: str
    settled: bool


@dataclass(frozen=True)
class Rollups:
    """Packed days, made where they are missing."""

    counted: Counted
    shelf: DayShelf
    names: Names
    clock: Clock
    patience: timedelta = PATIENCE

    def days(self, placements: Sequence[str], days: Sequence[str]) -> Packs:
        """Of these placements and UTC days; a placement that never counted anything has none.

        Raises InvalidInputError where that is more than can be held at once, TransientError where packing takes longer than a look may
        wait: the next one goes on where this one stopped.
        """
        if len(placements) * len(days) > MOST_PACKS:
            raise _too_much(f"{len(placements)} placements in {len(days)} days")
        started = self.clock.now()
        wanted = [(placement, day) for placement in placements for day in days if self.shelf.ever_counted(placement)]
        mended = self.shelf.mended(min(days))
        found: list[bytes] = []
        held = 0
        open_since: list[str] = []
        kept: dict[tuple[str, str], bytes] = {}
        with ThreadPoolExecutor(READERS) as pool:
            for done, key in enumerate(wanted):
                if done % AT_ONCE == 0:
                    # A few at a time: what is more than can be held is refused before it is held.
                    kept = dict(self.shelf.get(wanted[done : done + AT_ONCE]))
                stamped = kept.pop(key, None)
                if stamped is None or not _holds(stamped, key[1], mended.get(key, ""), started):
                    if self.clock.now() - started > self.patience:
                        raise _not_yet(len(wanted) - done)
                    stamped = self.pack(*key, pool)
                found.append(stamped[_STAMP:])
                held += len(stamped)
                if not _closed(stamped):
                    open_since.append(_read_at(stamped))
                if held > MOST_BYTES:
                    raise _too_much(f"{held / 1e6:.0f} MB of counters")
        return Packs(days=tuple(found), counted_to=min(open_since, default=""), settled=not open_since)

    def pack(self, placement: str, day: str, pool: Executor) -> bytes:
        """Read a day from the counters, its hours side by side, and keep it. Raises TransientError."""
        read_at = self.clock.now()
        first = hour_of(f"{day}T00")
        hours = [hour for hour in range(24) if _begins(first + hour) <= read_at]

        def read(hour: int) -> tuple[int, Mapping[CellKey, Counts]]:
            return hour, self.counted.cells(placement, window_at(first + hour))

        windows = list(pool.map(read, hours))
        campaigns = {
            name.venue_id: name.campaign_id
            for name in self.names.venues({cell.venue_id for _, cells in windows for cell in cells}).values()
        }
        closed = _begins(first + 24) + CLOSED_AFTER <= read_at
        made = fill(placement, day, windows, campaigns, read_at=iso(read_at), closed=closed)
        stamped = f"{int(closed)} {iso(read_at)}".encode().ljust(_STAMP)[:_STAMP] + made.pack()
        self.shelf.put(placement, day, stamped)
        return stamped


@dataclass(frozen=True)
class PackClosedDays:
    """What a schedule does, so that no operator waits: the newest closed days of every placement."""

    rollups: Rollups
    placements: Callable[[], Sequence[str]]
    clock: Clock
    back: int = 8

    def __call__(self) -> dict[str, int]:
        """How many were looked at, packed, and left for the next time. Raises TransientError."""
        began = self.clock.now()
        newest = began - CLOSED_AFTER - timedelta(days=1)
        days = [(newest - timedelta(days=back)).strftime("%Y-%m-%d") for back in range(self.back)]
        shelf = self.rollups.shelf
        mended = shelf.mended(min(days))
        looked = packed = left = 0
        with ThreadPoolExecutor(READERS) as pool:
            for placement in self.placements():
                if not shelf.ever_counted(placement):
                    continue
                kept = shelf.get([(placement, day) for day in days])
                for key in ((placement, day) for day in days):
                    looked += 1
                    stamped = kept.get(key)
                    if stamped is not None and _closed(stamped) and _holds(stamped, key[1], mended.get(key, ""), began):
                        continue
                    if self.clock.now() - began > self.rollups.patience:
                        left += 1
                        continue
                    self.rollups.pack(*key, pool)
                    packed += 1
        return {"looked_at": looked, "packed": packed, "left": left}


def _closed(stamped: bytes) -> bool:
    return stamped[:1] == b"1"


def _read_at(stamped: bytes) -> str:
    return stamped[2:_STAMP].decode("ascii", "replace").strip()


def _holds(stamped: bytes, day: str, mended: str, now: datetime) -> bool:
    try:
        read_at = datetime.fromisoformat(_read_at(stamped))
    except ValueError:
        return False
    if mended and read_at <= datetime.fromisoformat(mended) + SKEW:
        return False
    if not _closed(stamped):
        return now - read_at < FRESH
    return read_at >= _begins(hour_of(f"{day}T00") + 24) + CLOSED_AFTER + KNOWN_FOR or now - read_at < AGAIN


def _begins(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * 3600, UTC)


def _too_much(what: str) -> InvalidInputError:
    error = InvalidInputError(
        f"{what} are more than can be added up at once", where="from", mend="name a placement, or ask for fewer days", code="range_too_long"
    )
    return in_both(
        error,
        both("一次汇总不了这么多数据。", error.message + "."),
        both("请选择一个投放位，或缩短时间范围。", "Name a placement, or ask for fewer days."),
    )


def _not_yet(left: int) -> TransientError:
    error = TransientError(
        f"{left} days are still being added up", where="results", mend="ask again in some seconds", code="results_preparing"
    )
    return in_both(
        error,
        both(f"还有 {left} 天的数据在汇总。", f"{left} days are still being added up."),
        both("请几秒后再看。", "Look again in some seconds."),
    )
