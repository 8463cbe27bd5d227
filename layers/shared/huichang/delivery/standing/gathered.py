"""A placement's evidence as it is kept: sums of every venue, and of each window what was counted of it.

Evidence is a sum over strata, so an hour costs what is new in it: a window that is read again has its old strata taken out and
its new ones put in, only of what differs. That holds for a window that is still open, for one that a recount mended, and for beacons that
came a week late. The sums name the windows that are in them by fingerprint; whoever stores sums stores those windows first.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from huichang.delivery.cells import hour_of, window_of
from huichang.delivery.standing.strata import Own, Place, WindowCounts, beside_others
from huichang.delivery.verdicts.evidence import GRID, Evidence, Stratum, gather

# Hours after its end at which a window is read. Clicks come within minutes: half an hour later both sides have theirs. Then each time
# its age has doubled; at 26 hours no beacon of it is taken any more; at a week what was stuck in a queue has been counted too.
READ_AT = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 26.0, 168.0)
# Windows that nobody has read yet are looked for this far back, at the first look only those to which beacons still come: what was before
# is read on request. Those in the sums are known for KNOWN_FOR and can be read again.
LOOK_BACK, FIRST_LOOK_BACK = timedelta(days=15), timedelta(hours=27)
KNOWN_FOR = timedelta(days=90)
# A venue that is not in the placement any more is forgotten after this.
FORGET_AFTER = timedelta(days=7)
_MAGIC = b"HUICHANG-STANDING-1\n"


class Read(NamedTuple):
    """Of a window in the sums: which counts, "" for none, and its age in hours when they were read."""

    fingerprint: str
    age: float


@dataclass
class Sums:
    """A venue's evidence. `since`: the first window that counts ("": all). `absent`: since when it is not in the placement ("": it is).
    `compared`: how many strata say something; at none of them the likelihood is empty, as Evidence has it."""

    since: str = ""
    absent: str = ""
    shown: int = 0
    clicks: int = 0
    baseline_shown: int = 0
    baseline_clicks: int = 0
    compared: int = 0
    information: float = 0.0
    likelihood: array[float] = field(default_factory=lambda: array("d"))

    def add(self, strata: Sequence[Stratum], sign: int = 1) -> None:
        """In place; `sign` -1 takes out what was put in."""
        evidence = gather(strata)
        self.shown += sign * evidence.shown
        self.clicks += sign * evidence.clicks
        self.baseline_shown += sign * evidence.baseline_shown
        self.baseline_clicks += sign * evidence.baseline_clicks
        self.compared += sign * sum(stratum.compares for stratum in strata)
        self.information += sign * evidence.information
        if evidence.log_likelihood:
            had = self.likelihood or array("d", bytes(8 * len(GRID)))
            self.likelihood = array("d", (a + sign * b for a, b in zip(had, evidence.log_likelihood, strict=True)))
        if not self.compared:
            # Everything was taken out: what rounding left behind goes too, or it would look like an estimate.
            self.information, self.likelihood = 0.0, array("d")

    def evidence(self) -> Evidence:
        """As the verdict wants it."""
        return Evidence.model_construct(
            shown=self.shown,
            clicks=self.clicks,
            baseline_shown=self.baseline_shown,
            baseline_clicks=self.baseline_clicks,
            information=self.information,
            log_likelihood=tuple(self.likelihood),
        )


@dataclass
class Gathered:
    """Of one placement. `windows` are those that were read. `left`: venues that were forgotten, and from which window on they would
    count if they came back: what they did before is in no sum, so it must not be taken out of one."""

    windows: dict[str, Read] = field(default_factory=dict)
    venues: dict[str, Sums] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    def due(self, now: datetime) -> list[str]:
        """Windows to be read at this moment, oldest first."""
        newest = int(now.timestamp()) // 3600 - 1
        oldest = int((now - (LOOK_BACK if self.windows else FIRST_LOOK_BACK)).timestamp()) // 3600
        if self.windows:
            oldest = max(oldest, hour_of(min(self.windows)))
        found = []
        for hour in range(oldest, newest + 1):
            window = window_of(datetime.fromtimestamp(hour * 3600, UTC))
            age = age_of(window, now)
            read = self.windows.get(window)
            passed = sum(at <= age for at in READ_AT)
            if passed > (sum(at <= read.age for at in READ_AT) if read else 0):
                found.append(window)
        return found

    def fold(self, window: str, was: WindowCounts, counts: WindowCounts, read: Read) -> None:
        """Put `counts` of a window in place of `was`, which must be what the sums hold of it (NOTHING: it is new)."""
        for venue_id in sorted({*was.venues, *counts.venues}):
            sums = self._of(venue_id)
            if window >= sums.since:
                out, into = _different(venue_id, was, counts)
                if out:
                    sums.add(out, -1)
                if into:
                    sums.add(into)
        self.windows[window] = read

    def start_again(self, venue_id: str, since: str, counts_of: Callable[[str, Read], WindowCounts]) -> bool:
        """From now on only windows from `since` count for the venue; False if no earlier one does.

        `counts_of`: the counts of a window in the sums.
        """
        sums = self._of(venue_id)
        if sums.since >= since:
            return False
        self.venues[venue_id] = fresh = Sums(since=since, absent=sums.absent)
        for window, read in self.windows.items():
            if window >= since and read.fingerprint:
                fresh.add([*counts_of(window, read).strata(venue_id)])
        return True

    def see(self, present: Collection[str], now: datetime) -> list[str]:
        """Note who is in the placement, and forget who left it a week ago. Returns who was forgotten, and forgets old windows' names."""
        gone = []
        for venue_id in present:
            self._of(venue_id).absent = ""
        here = frozenset(present)
        for venue_id, sums in self.venues.items():
            if venue_id not in here:
                sums.absent = sums.absent or window_of(now)
                if hour_of(sums.absent) * 3600 < (now - FORGET_AFTER).timestamp():
                    gone.append(venue_id)
        for venue_id in gone:
            del self.venues[venue_id]
            self.left[venue_id] = next_window(now)
        oldest = window_of(now - KNOWN_FOR)
        self.left = {venue_id: since for venue_id, since in self.left.items() if since >= oldest}
        self.windows = {window: read for window, read in self.windows.items() if window >= oldest}
        return gone

    def _of(self, venue_id: str) -> Sums:
        if venue_id not in self.venues:
            self.venues[venue_id] = Sums(since=self.left.get(venue_id, ""))
        return self.venues[venue_id]

    def pack(self) -> bytes:
        """As bytes: a compressed head, then 241 numbers of eight bytes for each venue of which something was compared."""
        names = sorted(self.venues)
        listed = [
            [name, s.since, s.absent, s.shown, s.clicks, s.baseline_shown, s.baseline_clicks, s.compared, s.information]
            for name, s in ((name, self.venues[name]) for name in names)
        ]
        head = {"windows": dict(sorted(self.windows.items())), "left": self.left, "venues": listed, "grid": len(GRID)}
        packed = zlib.compress(json.dumps(head, separators=(",", ":")).encode(), 6)
        return b"".join(
            (_MAGIC, len(packed).to_bytes(4, "big"), packed, *(_little(self.venues[name].likelihood).tobytes() for name in names))
        )

    @classmethod
    def unpack(cls, body: bytes) -> Gathered:
        """What `pack` wrote. Raises ValueError."""
        start = len(_MAGIC) + 4
        if body[: len(_MAGIC)] != _MAGIC:
            raise ValueError("this is no packed evidence")
        end = start + int.from_bytes(body[len(_MAGIC) : start], "big")
        try:
            head = json.loads(zlib.decompress(body[start:end]))
        except zlib.error as error:
            raise ValueError("packed evidence is damaged") from error
        width = 8 * len(GRID)
        if head["grid"] != len(GRID) or len(body) != end + width * sum(bool(each[7]) for each in head["venues"]):
            raise ValueError("packed evidence is of another grid, or cut short")
        found = cls(windows={window: Read(*read) for window, read in head["windows"].items()}, left=head["left"])
        for name, since, absent, shown, clicks, baseline_shown, baseline_clicks, compared, information in head["venues"]:
            likelihood = array("d")
            if compared:
                likelihood.frombytes(body[end : end + width])
                likelihood = _little(likelihood)
                end += width
            found.venues[name] = Sums(since, absent, shown, clicks, baseline_shown, baseline_clicks, compared, information, likelihood)
        return found


def age_of(window: str, now: datetime) -> float:
    """Hours since the window's end."""
    return now.timestamp() / 3600 - hour_of(window) - 1


def next_window(moment: datetime) -> str:
    """The first window that begins after the moment."""
    return window_of(moment + timedelta(hours=1))


def _different(venue_id: str, was: WindowCounts, counts: WindowCounts) -> tuple[list[Stratum], list[Stratum]]:
    """Strata of the venue that were and are not any more, and those that are and were not."""
    before, after = dict(_placed(venue_id, was)), dict(_placed(venue_id, counts))
    out = [beside_others(*key) for place, key in before.items() if after.get(place) != key]
    into = [beside_others(*key) for place, key in after.items() if before.get(place) != key]
    return out, into


def _placed(venue_id: str, counts: WindowCounts) -> Iterator[tuple[Place, tuple[Own, int, int]]]:
    for place, own in counts.venues.get(venue_id, {}).items():
        yield place, (own, *counts.even.get(place, (0, 0)))


def _little(numbers: array[float]) -> array[float]:
    """Little endian, whatever the machine is."""
    if sys.byteorder == "little":
        return numbers
    swapped = array("d", numbers)
    swapped.byteswap()
    return swapped
