"""A placement's day in as few bytes as can be read at once: what results are added up from.

    head      JSON: which day, as of when, and the names that numbers below stand for
    totals    venue -> counts of the day
    strata    (hour, segment, position, explored) -> counts of all venues: totals, hours, baselines
    groups    (segment, venue, image) -> counts of the day, and where its rows are
    rows      (hour, position, explored) -> counts, by group

One zlib stream of columns. At 10,000 venues and 205,000 cells it takes about a megabyte and a tenth of a second to open
(infra/bench/results.py), where the counters themselves are 24 x shards queries.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from huichang.delivery.events.cells import CellKey, Counts
from huichang.kernel.errors import PermanentError

FIELDS = ("impressions", "clicks", "carts", "orders", "order_value")
_LAYOUT = 1
_MOST_BYTES = 256 * 1024 * 1024


def _columns() -> tuple[array[int], ...]:
    return array("I"), array("I"), array("I"), array("I"), array("Q")


@dataclass
class Strata:
    """Parallel columns."""

    hour: array[int] = field(default_factory=lambda: array("B"))
    segment: array[int] = field(default_factory=lambda: array("H"))
    position: array[int] = field(default_factory=lambda: array("H"))
    explored: array[int] = field(default_factory=lambda: array("B"))
    counts: tuple[array[int], ...] = field(default_factory=_columns)


@dataclass
class Groups:
    """Parallel columns; the rows of group i are start[i] .. start[i + 1]."""

    segment: array[int] = field(default_factory=lambda: array("H"))
    venue: array[int] = field(default_factory=lambda: array("I"))
    image: array[int] = field(default_factory=lambda: array("I"))
    start: array[int] = field(default_factory=lambda: array("I"))
    counts: tuple[array[int], ...] = field(default_factory=_columns)


@dataclass
class Rows:
    """Parallel columns."""

    hour: array[int] = field(default_factory=lambda: array("B"))
    position: array[int] = field(default_factory=lambda: array("H"))
    explored: array[int] = field(default_factory=lambda: array("B"))
    counts: tuple[array[int], ...] = field(default_factory=_columns)


@dataclass
class Day:
    """Numbers in columns stand for the names of the same place in `segments`, `venues`, `images`. `campaigns`: of each venue, "" for
    none. `read_at`: when reading began (ISO 8601); `closed`: nothing can be counted in it any more but by a recount."""

    placement: str
    day: str
    read_at: str
    closed: bool
    segments: list[str]
    venues: list[str]
    images: list[str]
    campaigns: list[str]
    totals: tuple[array[int], ...]
    strata: Strata
    groups: Groups
    rows: Rows

    def pack(self) -> bytes:
        """The bytes that `unpack` reads."""
        arrays = self._arrays()
        head = json.dumps(
            {
                "layout": _LAYOUT,
                "placement": self.placement,
                "day": self.day,
                "read_at": self.read_at,
                "closed": self.closed,
                "segments": self.segments,
                "venues": self.venues,
                "images": self.images,
                "campaigns": self.campaigns,
                "lengths": [len(each) for each in arrays],
            },
            ensure_ascii=False,
        ).encode()
        return zlib.compress(b"".join([struct.pack("<I", len(head)), head, *(_little(each) for each in arrays)]), 6)

    def _arrays(self) -> list[array[int]]:
        s, g, r = self.strata, self.groups, self.rows
        return [
            *self.totals,
            *(s.hour, s.segment, s.position, s.explored, *s.counts),
            *(g.segment, g.venue, g.image, g.start, *g.counts),
            *(r.hour, r.position, r.explored, *r.counts),
        ]


def unpack(data: bytes) -> Day:
    """Raises PermanentError for what `pack` did not write."""
    try:
        opener = zlib.decompressobj()
        plain = opener.decompress(data, _MOST_BYTES)
        if opener.unconsumed_tail or not opener.eof:
            raise ValueError("it does not end where it should")
        (size,) = struct.unpack_from("<I", plain)
        head = json.loads(plain[4 : 4 + size])
        if head["layout"] != _LAYOUT:
            raise ValueError("another layout")
        day = Day(
            placement=head["placement"],
            day=head["day"],
            read_at=head["read_at"],
            closed=head["closed"],
            segments=head["segments"],
            venues=head["venues"],
            images=head["images"],
            campaigns=head["campaigns"],
            totals=_columns(),
            strata=Strata(),
            groups=Groups(),
            rows=Rows(),
        )
        at = 4 + size
        for column, length in zip(day._arrays(), head["lengths"], strict=True):
            end = at + length * column.itemsize
            column.frombytes(plain[at:end])
            if sys.byteorder == "big":
                column.byteswap()
            at = end
        if at != len(plain):
            raise ValueError("columns of another length")
    except (zlib.error, struct.error, ValueError, KeyError, TypeError) as error:
        raise PermanentError(f"this is no packed day: {error}", where="results", code="rollup_unreadable") from error
    return day


def fill(
    placement: str,
    day: str,
    windows: Iterable[tuple[int, Mapping[CellKey, Counts]]],
    campaigns: Mapping[str, str],
    *,
    read_at: str,
    closed: bool,
) -> Day:
    """A day of the cells of its hours (0..23). Raises PermanentError for counts below 0 (a cell that is being set right)."""
    listed = [
        (cell.segment, cell.venue_id, cell.image, hour, cell.position, int(cell.explored), counts)
        for hour, cells in windows
        for cell, counts in cells.items()
        if any(getattr(counts, name) for name in FIELDS)
    ]
    listed.sort(key=lambda each: each[:6])
    segments, venues, images = (
        sorted({each[0] for each in listed}),
        sorted({each[1] for each in listed}),
        sorted({each[2] for each in listed}),
    )
    number = [{name: index for index, name in enumerate(names)} for names in (segments, venues, images)]
    made = Day(
        placement=placement,
        day=day,
        read_at=read_at,
        closed=closed,
        segments=segments,
        venues=venues,
        images=images,
        campaigns=[campaigns.get(venue, "") for venue in venues],
        totals=_columns(),
        strata=Strata(),
        groups=Groups(),
        rows=Rows(),
    )
    strata: dict[tuple[int, int, int, int], list[int]] = {}
    before: tuple[str, str, str] | None = None
    sums = [0] * 5
    of_venues = [[0] * 5 for _ in venues]
    try:
        for segment, venue, image, hour, position, explored, counts in listed:
            if (segment, venue, image) != before:
                if before is not None:
                    _append(made.groups.counts, sums)
                before, sums = (segment, venue, image), [0] * 5
                made.groups.segment.append(number[0][segment])
                made.groups.venue.append(number[1][venue])
                made.groups.image.append(number[2][image])
                made.groups.start.append(len(made.rows.hour))
            values = [counts.impressions, counts.clicks, counts.carts, counts.orders, counts.order_value]
            made.rows.hour.append(hour)
            made.rows.position.append(position)
            made.rows.explored.append(explored)
            _append(made.rows.counts, values)
            of_venue = of_venues[number[1][venue]]
            stratum = strata.setdefault((hour, number[0][segment], position, explored), [0] * 5)
            for place, value in enumerate(values):
                sums[place] += value
                stratum[place] += value
                of_venue[place] += value
        if before is not None:
            _append(made.groups.counts, sums)
        made.groups.start.append(len(made.rows.hour))
        for total in of_venues:
            _append(made.totals, total)
        for (hour, of, position, explored), values in sorted(strata.items()):
            made.strata.hour.append(hour)
            made.strata.segment.append(of)
            made.strata.position.append(position)
            made.strata.explored.append(explored)
            _append(made.strata.counts, values)
    except OverflowError as error:
        raise PermanentError(
            f"counts of {placement} on {day} lie below 0 or above all bounds", where="results", code="counts_impossible"
        ) from error
    return made


def _append(columns: tuple[array[int], ...], values: list[int]) -> None:
    for column, value in zip(columns, values, strict=True):
        column.append(value)


def _little(column: array[int]) -> bytes:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column.tobytes()
