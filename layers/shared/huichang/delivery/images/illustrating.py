"""The shares of a placement's first images, brought up to date when its snapshot is built.

Once an hour, and at once when an image comes or goes: in between the very bytes of before are given back, so that a snapshot in which
nothing changed stays the same. What was counted before lies in the kept history; of the windows that late beacons can still reach each is
read again when it is one, two, six and twenty-five hours old. The reward is the click, whatever ranking is after: to be clicked is what a
first image is for.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, cast

from huichang.delivery.cells import Cell, hour_of, window_of
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.images.counted import ImageHistory, Row, as_arms
from huichang.delivery.images.shares import DRAWS, EXPLORE, image_shares, pack, pictures_of
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placement
from huichang.delivery.ranking.history import History
from huichang.delivery.ranking.remembered import Remembered, pack_history, unpack_history
from huichang.delivery.ranking.rewards import Reward
from huichang.kernel.errors import NotFoundError
from huichang.kernel.ids import content_hash

FORMAT = "illustrated/1"
READ_AT = (0, 1, 2, 6, 25)
"""Ages in hours of a window at which it is read (again)."""
BACKWARDS = 96
"""Where no history is kept, so many windows are read: beyond them half is forgotten anyway."""
REWARD = Reward()


class Counted(Protocol):
    """What was counted (delivery/events/counting.py CellStore)."""

    def cells(self, placement: str, window: str) -> Mapping[CellKey, Counts]:
        """Everything of a placement and window. Raises TransientError."""
        ...


class Kept(Protocol):
    """One object for each placement. Of two builds at a time the later one's stays: either is right, and reads again what it lacks."""

    def get(self, placement: str) -> bytes:
        """Raises NotFoundError, TransientError."""
        ...

    def put(self, placement: str, body: bytes) -> None:
        """In place of what was there. Raises TransientError."""
        ...


@dataclass(frozen=True)
class _State:
    """`said`: fingerprint of the pictures that `shares` are of. `hour`: when they were built, and up to when was counted."""

    said: str
    hour: int
    shares: bytes
    remembered: Remembered


@dataclass(frozen=True)
class Illustrate:
    """Called by whoever builds a snapshot; `unpack` (shares.py) reads what it returns."""

    counted: Counted
    kept: Kept

    def __call__(self, placement: Placement, venues: Sequence[LiveVenue], now: datetime) -> bytes | None:
        """Packed shares of the placement's venues; None where none has a choice. Raises TransientError."""
        pictures = {venue.venue_id: pictures_of(venue) for venue in venues}
        choices = {venue_id: each for venue_id, each in sorted(pictures.items()) if len(each) > 1}
        if not choices:
            return None
        said, hour = content_hash([choices, DRAWS, EXPLORE]), hour_of(window_of(now))
        state = self._state(placement.name)
        if state is not None and (state.said, state.hour) == (said, hour):
            return state.shares
        remembered = state.remembered if state else Remembered(History(REWARD))
        self._read(placement.name, remembered, frozenset(choices), now)
        generator = random.Random(f"{placement.name} {hour} {said}")  # the same inputs give the same bytes, whoever builds
        shares = pack(image_shares([ImageHistory(remembered.history)], venues, now, generator))
        self.kept.put(placement.name, _packed(_State(said, hour, shares, remembered)))
        return shares

    def _state(self, placement: str) -> _State | None:
        try:
            return _unpacked(self.kept.get(placement))
        except NotFoundError:
            return None

    def _read(self, placement: str, remembered: Remembered, choosing: frozenset[str], now: datetime) -> None:
        hour, at = hour_of(window_of(now)), int(now.timestamp())
        history = remembered.history
        history.settle(now)
        # Without a history older windows are read once; with one they are in it.
        first = hour - BACKWARDS + 1 if not history.folded_to else max(history.folded_to + 1, hour - REWARD.settled_hours)
        for number in range(first, hour + 1):
            if _due(number, remembered.read_at.get(number), hour):
                window = _window(number)
                rows = [
                    Row(window, key.segment, key.venue_id, key.image, key.position, counts.impressions, counts.clicks)
                    for key, counts in self.counted.cells(placement, window).items()
                    # Direct visits are at no position, and nobody chose an image for them.
                    if key.position >= 1 and counts.impressions > 0 and key.venue_id in choosing
                ]
                remembered.put(window, as_arms(cast(list[Cell], rows)), at)
        history.settle(now)
        remembered.tidy(hour)


def _due(number: int, read_at: int | None, hour: int) -> bool:
    """Whether the window `number` is to be read in `hour`: never read, or older by now than one of READ_AT at which it was not yet."""
    if read_at is None:
        return True
    age, then = hour - number, read_at // 3600 - number
    return any(then < each <= age for each in READ_AT) or age == 0


def _window(number: int) -> str:
    return window_of(datetime.fromtimestamp(number * 3600, UTC))


def _packed(state: _State) -> bytes:
    history = pack_history(state.remembered)
    head = {"format": FORMAT, "said": state.said, "hour": state.hour, "shares": len(state.shares), "history": len(history)}
    return json.dumps(head).encode() + b"\n" + state.shares + history


def _unpacked(body: bytes) -> _State | None:
    """None for what cannot be read any more: then it is counted again."""
    line, _, rest = body.partition(b"\n")
    try:
        head = json.loads(line)
        if head["format"] != FORMAT or len(rest) != head["shares"] + head["history"]:
            return None
    except (ValueError, KeyError, TypeError):
        return None
    remembered = unpack_history(rest[head["shares"] :], REWARD)
    return _State(head["said"], head["hour"], rest[: head["shares"]], remembered) if remembered else None
