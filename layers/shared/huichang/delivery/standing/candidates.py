"""Who is in a placement: live venues that may be there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Eligibility, Placement
from huichang.kernel.clock import Clock


def may_be_there(eligible: Eligibility, venue: LiveVenue) -> bool:
    """An empty list bounds nothing; a venue with regions may be where it shares one with the placement."""
    return (
        (not eligible.industries or venue.industry in eligible.industries)
        and (not eligible.languages or venue.language in eligible.languages)
        and (not eligible.regions or not venue.regions or bool({*eligible.regions} & {*venue.regions}))
    )


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
        return [venue for venue in self._known[1] if may_be_there(placement.eligible, venue)]
