"""The rooms around verdicts where nobody has moved in: the placements that ship, no rules of operators, no snapshots to be built."""

from __future__ import annotations

from datetime import datetime

from huichang.delivery.control.rules import Controls
from huichang.delivery.placements.model import Placement
from huichang.delivery.placements.shipped import PLACEMENTS


class ShippedPlacements:
    """Placements."""

    def all(self) -> list[Placement]:
        """See Placements."""
        return [PLACEMENTS[name] for name in sorted(PLACEMENTS)]

    def get(self, name: str) -> Placement | None:
        """See Placements."""
        return PLACEMENTS.get(name)


class NoSnapshots:
    """Rebuilds, where the feed reads standings itself."""

    def ask(self, placement: str) -> None:
        """See Rebuilds."""


class NoRules:
    """Rulebook."""

    def controls(self, placement: str, now: datetime) -> Controls:  # noqa: ARG002 - a port's signature
        """See Rulebook."""
        return Controls()
