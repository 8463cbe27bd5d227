"""What the API calls for placements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from huichang.delivery.placements.model import Placement
from huichang.line.placing import PlacedVenues, PlacementView, Which
from huichang.venues.model import Actor


class PlacementDesk(Protocol):
    """line/placing.py PlacementDesk."""

    def all(self) -> Sequence[PlacementView]:
        """Sorted by name, with how many venues may enter."""
        ...

    def show(self, name: str) -> PlacementView:
        """Raises NotFoundError."""
        ...

    def put(self, placement: Placement, actor: Actor) -> PlacementView:
        """Change or add it. ConflictError if somebody else did since `placement.version`."""
        ...

    def remove(self, name: str, version: int, actor: Actor) -> PlacementView | None:
        """Take it away, or make it as it ships. ConflictError as above."""
        ...

    def venues(self, name: str, *, which: Which = "all", venue_id: str = "", cursor: str = "", limit: int = 50) -> PlacedVenues:
        """Who is there, who is not and why."""
        ...
