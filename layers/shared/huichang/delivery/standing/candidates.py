"""Who is in a placement: live venues that may be there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.entering import ineligible
from huichang.delivery.placements.model import Placement
from huichang.kernel.clock import Clock


@dataclass
class LiveCandidates:
    """Candidates. What is live is read again after `seconds`: looks at many placements follow each other in one process."""

    live: Callable[[], Sequence[LiveVenue]]
    clock: Clock
    seconds: float = 0.0
    _known: tuple[datetime, Sequence[LiveVenue]] | None = None

    def of(self, placement: Placement) -> Sequence[LiveVenue]:
        """See Candidates."""
        now = self.clock.now()
        if self._known is None or (now - self._known[0]).total_seconds() >= self.seconds:
            self._known = (now, self.live())
        return [venue for venue in self._known[1] if ineligible(placement, venue) is None]
