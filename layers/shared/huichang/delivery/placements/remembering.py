"""Placements for whoever asks all day: read once in a while, and known even where the table is away."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from huichang.delivery.placements.model import Placement, Placements
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.kernel.errors import TransientError

KNOWN_SECONDS = 30.0
AWAY_SECONDS = 5.0


@dataclass
class RememberedPlacements:
    """Placements as of at most `seconds` ago. Where they cannot be read, the last ones hold, and before the first ones were read those
    that ship with the product; it is tried again after AWAY_SECONDS. Never raises TransientError. `away`: since when they cannot be read
    (of `timer`), None where the last reading went well.
    """

    store: Placements
    seconds: float = KNOWN_SECONDS
    timer: Callable[[], float] = time.monotonic
    away: float | None = field(default=None, init=False)
    _known: dict[str, Placement] = field(default_factory=lambda: dict(PLACEMENTS), init=False)
    _until: float | None = field(default=None, init=False)

    def all(self) -> list[Placement]:
        """See Placements."""
        return list(self._current().values())

    def get(self, name: str) -> Placement | None:
        """See Placements."""
        return self._current().get(name)

    def _current(self) -> dict[str, Placement]:
        now = self.timer()
        if self._until is None or now >= self._until:
            try:
                self._known = {placement.name: placement for placement in self.store.all()}
                self._until, self.away = now + self.seconds, None
            except TransientError:
                self._until, self.away = now + AWAY_SECONDS, now if self.away is None else self.away
        return self._known
