"""Shares of first images for a placement's snapshot, brought up to date once an hour, or at once where pictures come or go.

What was counted of images is kept beside the snapshots, under one key that is written over: whoever writes an older state there only
makes the next build read some windows again. Sums that are an hour old choose as well as new ones; a picture that was switched off must
not wait for them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import Base64Bytes

from huichang.delivery.cells import hour_of, window_of
from huichang.delivery.images.counted import ImageHistory, as_arms
from huichang.delivery.images.shares import image_shares, pack, pictures_of
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placement
from huichang.delivery.ranking.history import History
from huichang.delivery.ranking.remembered import Remembered, pack_history, unpack_history
from huichang.delivery.ranking.rewards import Reward
from huichang.delivery.serving.counted import Cells, positioned
from huichang.kernel.clock import iso
from huichang.kernel.ids import content_hash
from huichang.kernel.model import Model

EVERY = timedelta(hours=1)
# How far back a placement is read of which nothing is kept.
FIRST_HOURS = 72


class ImageShelf(Protocol):
    """One object for each placement."""

    def kept(self, placement: str) -> bytes | None:
        """What was kept last, None for nothing. Raises TransientError."""
        ...

    def keep(self, placement: str, body: bytes) -> None:
        """In place of what was there. Raises TransientError."""
        ...


class Kept(Model):
    """`choices`: fingerprint of the pictures that `shares` are over. `counts`: a packed history whose venues are venues with images."""

    at: str
    choices: str
    shares: Base64Bytes
    counts: Base64Bytes


@dataclass(frozen=True)
class Illustrating:
    """What BuildSnapshots attaches (serving/building.py Illustrate)."""

    shelf: ImageShelf
    cells: Cells
    reward: Reward = field(default_factory=Reward)

    def __call__(self, placement: Placement, venues: Sequence[LiveVenue], now: datetime) -> bytes | None:
        """Packed shares; None where no venue has a choice. Raises TransientError."""
        choices = {venue.venue_id: pictures for venue in venues if len(pictures := pictures_of(venue)) > 1}
        if not choices:
            return None
        fingerprint = content_hash(sorted((venue_id, sorted(pictures.items())) for venue_id, pictures in choices.items()))
        kept = self._kept(placement.name)
        if kept and kept.choices == fingerprint and now - datetime.fromisoformat(kept.at) < EVERY:
            return kept.shares
        counts = self._counted(placement.name, unpack_history(kept.counts, self.reward) if kept else None, now)
        # The same counts give the same shares, whoever builds them.
        generator = random.Random(f"{placement.name}/{fingerprint}/{window_of(now)}")
        shares = pack(image_shares([ImageHistory(counts.history)], venues, now, generator))
        record = Kept.model_construct(at=iso(now), choices=fingerprint, shares=shares, counts=pack_history(counts))
        self.shelf.keep(placement.name, record.model_dump_json().encode())
        return shares

    def _kept(self, placement: str) -> Kept | None:
        body = self.shelf.kept(placement)
        try:
            return Kept.model_validate_json(body) if body else None
        except ValueError:  # of another format: it is read again
            return None

    def _counted(self, placement: str, counts: Remembered | None, now: datetime) -> Remembered:
        hour, at = hour_of(window_of(now)), int(now.timestamp())
        if counts is None:
            counts, first = Remembered(History(self.reward)), hour - FIRST_HOURS
        else:
            counts.history.settle(now)
            first = max(counts.history.folded_to + 1, hour - self.reward.settled_hours + 1)
        for number in range(first, hour + 1):
            window = window_of(datetime.fromtimestamp(number * 3600, now.tzinfo))
            counts.put(window, as_arms(positioned(self.cells, placement, window)), at)
        counts.tidy(hour)
        return counts
