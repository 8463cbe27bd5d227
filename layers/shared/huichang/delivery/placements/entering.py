"""Which of the venues that are live are in a placement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placement

USUAL = 1


@dataclass(frozen=True)
class Entered:
    """`venues` in the order in which they enter. `left_out`: all the others, with the reason, by venue id."""

    venues: tuple[LiveVenue, ...]
    left_out: Mapping[str, str]


def usual(_: LiveVenue) -> int:
    """The priority of every venue where nobody gave its campaign one."""
    return USUAL


def entered(
    placement: Placement,
    venues: Iterable[LiveVenue],
    priority: Callable[[LiveVenue], int] = usual,
    *,
    held: Collection[str] = (),
    eliminated: Collection[str] = (),
) -> Entered:
    """Who is there now: whoever may be, campaigns of higher priority first, then the newest, as far as there is room."""
    left_out: dict[str, str] = {}
    may = []
    wants = placement.eligible
    for venue in venues:
        if venue.venue_id in eliminated:
            left_out[venue.venue_id] = "eliminated"
        elif venue.venue_id in held:
            left_out[venue.venue_id] = "held"
        elif wants.industries and (venue.industry or "") not in wants.industries:
            left_out[venue.venue_id] = "industry"
        elif wants.languages and venue.language not in wants.languages:
            left_out[venue.venue_id] = "language"
        elif wants.regions and venue.regions and not set(wants.regions) & set(venue.regions):
            left_out[venue.venue_id] = "region"
        else:
            may.append(venue)
    may.sort(key=lambda venue: (priority(venue), venue.published_at, venue.venue_id), reverse=True)
    left_out |= dict.fromkeys((venue.venue_id for venue in may[placement.capacity :]), "full")
    return Entered(tuple(may[: placement.capacity]), left_out)
