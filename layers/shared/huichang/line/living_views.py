"""What people are shown of a live page's claims."""

from __future__ import annotations

from dataclasses import dataclass

from huichang.kernel.model import Model
from huichang.line.living import ClaimsStore
from huichang.pages.living import TakenOff
from huichang.venues.model import VenueStore


class ClaimsView(Model):
    """Since when a live page is known to be true, and what is not on it any more. Moments are ISO 8601, "" where there was none.

    `refreshed`: buyers get another version than the reviewed one. `unread_since`: the facts cannot be read since then; after
    `unread_seconds` the page claims nothing (`withheld`). `problem`: why it could not be made true.
    """

    venue_id: str
    live: bool = False
    base_version: str = ""
    shown_version: str = ""
    refreshed: bool = False
    confirmed_at: str = ""
    changed_at: str = ""
    unread_since: str = ""
    unread_seconds: int = 0
    withheld: bool = False
    taken_off: tuple[TakenOff, ...] = ()
    problem: str = ""
    renders: int = 0
    changes: int = 0


@dataclass(frozen=True)
class ClaimsReader:
    """Read model of GET /api/venues/{id}/claims."""

    venues: VenueStore
    claims: ClaimsStore
    unread_seconds: int

    def view(self, venue_id: str) -> ClaimsView:
        """Raises NotFoundError for an unknown venue."""
        self.venues.get(venue_id)
        state = self.claims.get(venue_id)
        if state is None:
            return ClaimsView(venue_id=venue_id, unread_seconds=self.unread_seconds)
        said = state.model_dump(include=set(ClaimsView.model_fields) & set(type(state).model_fields))
        return ClaimsView(**said, live=True, refreshed=state.shown_version != state.base_version, unread_seconds=self.unread_seconds)
