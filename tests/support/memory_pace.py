"""DecisionStore in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from huichang.line.pacing import Decision


class MemoryDecisions:
    """See huichang.line.pacing.DecisionStore."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str, str], Decision] = {}

    def keep(self, decision: Decision) -> None:
        self.items.setdefault((decision.at, decision.venue_id, decision.version_id), decision)

    def of_day(self, day: date) -> Sequence[Decision]:
        return [self.items[key] for key in sorted(self.items) if key[0][:10] == day.isoformat()]
