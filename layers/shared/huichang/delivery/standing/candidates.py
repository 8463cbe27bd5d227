"""Who is in a placement: live venues that may be there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Eligibility, Placement


def may_be_there(eligible: Eligibility, venue: LiveVenue) -> bool:
    """An empty list bounds nothing; a venue with regions may be where it shares one with the placement."""
    return (
        (not eligible.industries or venue.industry in eligible.industries)
        and (not eligible.languages or venue.language in eligible.languages)
        and (not eligible.regions or not venue.regions or bool({*eligible.regions} & {*venue.regions}))
    )


@dataclass(frozen=True)
class LiveCandidates:
    """Candidates."""

    live: Callable[[], Sequence[LiveVenue]]

    def of(self, placement: Placement) -> Sequence[LiveVenue]:
        """See Candidates."""
        return [venue for venue in self.live() if may_be_there(placement.eligible, venue)]
