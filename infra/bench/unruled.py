"""The rooms around serving where nobody lives: no rules, nobody eliminated, the built-in policy, the shipped placements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from huichang.delivery.control.rules import Controls
from huichang.delivery.placements.model import Placement
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.delivery.serving.ports import PolicySettings
from huichang.delivery.verdicts.judging import Verdict


class NoRules:
    """Rulebook."""

    def controls(self, placement: str, now: datetime) -> Controls:  # noqa: ARG002 - a port's signature
        """See Rulebook."""
        return Controls()


class NoStandings:
    """Standings."""

    def eliminated(self, placement: str) -> frozenset[str]:  # noqa: ARG002
        """See Standings."""
        return frozenset()

    def verdicts(self, placement: str) -> Mapping[str, Verdict]:  # noqa: ARG002
        """See Standings."""
        return {}


class BuiltInPolicy:
    """LivePolicy."""

    def settings(self, placement: str) -> PolicySettings:  # noqa: ARG002
        """See LivePolicy."""
        return PolicySettings()


class ShippedPlacements:
    """Placements."""

    def all(self) -> list[Placement]:
        """See Placements."""
        return [PLACEMENTS[name] for name in sorted(PLACEMENTS)]

    def get(self, name: str) -> Placement | None:
        """See Placements."""
        return PLACEMENTS.get(name)
