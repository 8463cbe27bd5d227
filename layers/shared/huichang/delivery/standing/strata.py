"""What a window's cells say about each venue beside the others: the strata that evidence is made of.

A venue's side of a stratum is all its traffic there, however it was drawn: within one window, position and segment a venue
is clicked alike. The baseline's side is what the *other* venues got of the evenly drawn traffic. The venue's own even traffic is
on its own side only: were it on both, each of its clicks would be held against itself, a strong venue would be compared with
a baseline that it lifts, and with few venues nobody could ever be far from it.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.verdicts.evidence import Stratum
from huichang.kernel.ids import content_hash

Place = tuple[int, str]
"""Position and segment."""
_FORMAT = 1


class Own(NamedTuple):
    """A venue's impressions and clicks at a place of a window, and those of them that were drawn evenly."""

    shown: int
    clicks: int
    even_shown: int
    even_clicks: int


def beside_others(own: Own, even_shown: int, even_clicks: int) -> Stratum:
    """The stratum of a venue; `even_shown` and `even_clicks` are those of all venues, its own among them. Raises ValueError."""
    return Stratum(
        shown=own.shown,
        clicks=own.clicks,
        baseline_shown=even_shown - own.even_shown,
        baseline_clicks=even_clicks - own.even_clicks,
    )


@dataclass(frozen=True)
class WindowCounts:
    """One window of one placement: what was drawn evenly at each place, and each venue's own."""

    even: Mapping[Place, tuple[int, int]]
    venues: Mapping[str, Mapping[Place, Own]]

    @classmethod
    def of(cls, counted: Mapping[CellKey, Counts]) -> WindowCounts:
        """From the cells of a window, images together. Direct visits (position 0) were offered by nobody and say nothing.

        A cell with more clicks than impressions cannot be; it says what it can (every impression was clicked), so that one wrong
        counter does not keep a placement from being judged.
        """
        even: defaultdict[Place, list[int]] = defaultdict(lambda: [0, 0])
        venues: defaultdict[str, defaultdict[Place, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0, 0]))
        for cell, counts in counted.items():
            shown = max(0, counts.impressions)
            clicks = min(max(0, counts.clicks), shown)
            if not cell.position or not shown:
                continue
            place = (cell.position, cell.segment)
            own = venues[cell.venue_id][place]
            own[0] += shown
            own[1] += clicks
            if cell.explored:
                own[2] += shown
                own[3] += clicks
                even[place][0] += shown
                even[place][1] += clicks
        return cls(
            even={place: (each[0], each[1]) for place, each in even.items()},
            venues={venue_id: {place: Own(*own) for place, own in places.items()} for venue_id, places in venues.items()},
        )

    def strata(self, venue_id: str) -> Iterator[Stratum]:
        """Of one venue: where it was shown."""
        for place, own in self.venues.get(venue_id, {}).items():
            yield beside_others(own, *self.even.get(place, (0, 0)))

    def pack(self) -> bytes:
        """As bytes that depend on nothing but the counts. About 3 bytes a cell."""
        places = sorted({*self.even, *(place for own in self.venues.values() for place in own)})
        number = {place: i for i, place in enumerate(places)}
        body = {
            "format": _FORMAT,
            "places": [[*place, *self.even.get(place, (0, 0))] for place in places],
            "venues": {
                venue_id: [[number[place], *own] for place, own in sorted(self.venues[venue_id].items())]
                for venue_id in sorted(self.venues)
            },
        }
        return zlib.compress(json.dumps(body, separators=(",", ":")).encode(), 6)

    @classmethod
    def unpack(cls, body: bytes) -> WindowCounts:
        """What `pack` wrote. Raises ValueError."""
        try:
            read = json.loads(zlib.decompress(body))
        except zlib.error as error:
            raise ValueError("these are no packed counts of a window") from error
        if read["format"] != _FORMAT:
            raise ValueError(f"windows are packed as {_FORMAT}")
        places: list[Place] = [(position, segment) for position, segment, _, _ in read["places"]]
        return cls(
            even={place: (shown, clicks) for place, (_, _, shown, clicks) in zip(places, read["places"], strict=True) if shown},
            venues={venue_id: {places[i]: Own(*own) for i, *own in listed} for venue_id, listed in read["venues"].items()},
        )


NOTHING = WindowCounts({}, {})


def fingerprint(packed: bytes) -> str:
    """By which packed counts are known: equal counts have the same."""
    return content_hash(packed)[:24]
