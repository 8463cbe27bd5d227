"""What the API asks about venues' standings in placements."""

from __future__ import annotations

from typing import Protocol

from huichang.delivery.standing.desk import Decided, PlacementStanding
from huichang.delivery.standing.model import Freeze
from huichang.venues.model import Actor


class StandingDesk(Protocol):
    """See delivery/standing/desk.py, which says what is raised."""

    def view(self, name: str, *, attention: str = "", venue: str = "", limit: int = 200) -> PlacementStanding:
        """A placement's venues, those that need attention first."""
        ...

    def restore(self, name: str, venue_id: str, why: str, actor: Actor) -> Decided:
        """Put a venue back."""
        ...

    def retire(self, name: str, venue_id: str, why: str, actor: Actor) -> Decided:
        """Take one out by hand."""
        ...

    def freeze(self, name: str, why: str, actor: Actor) -> Freeze:
        """The system takes nobody out from now on."""
        ...

    def thaw(self, name: str, why: str, actor: Actor) -> None:
        """The end of it."""
        ...

    def refold(self, name: str, day: str, actor: Actor) -> tuple[str, ...]:
        """Read a day's windows once more."""
        ...
