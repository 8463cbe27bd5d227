"""What came of what was shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from huichang.adapters.dynamodb.cells import Shards
from huichang.bootstrap.parts import audit, bodies, cells, clock, settings, table

if TYPE_CHECKING:
    from huichang.adapters.results import StoredDays
    from huichang.delivery.placements.model import Placement
    from huichang.delivery.results.answering import ResultsDesk
    from huichang.delivery.results.rollups import PackClosedDays, Rollups

# Of the schedule's function: it ends by itself before Lambda ends it.
_SCHEDULED = timedelta(minutes=4)


@dataclass(frozen=True)
class Shipped:
    """Placements: those that ship with the product."""

    def all(self) -> list[Placement]:
        """Sorted by name."""
        from huichang.delivery.placements.shipped import PLACEMENTS

        return sorted(PLACEMENTS.values(), key=lambda place: place.name)

    def get(self, name: str) -> Placement | None:
        """One."""
        from huichang.delivery.placements.shipped import PLACEMENTS

        return PLACEMENTS.get(name)


@cache
def day_shelf() -> StoredDays:
    """Packed days."""
    from huichang.adapters.results import StoredDays

    return StoredDays(bodies(), table(), Shards(table(), clock()), clock())


@cache
def rollups() -> Rollups:
    """Packed days, made where they are missing."""
    from huichang.adapters.results import StoredNames
    from huichang.delivery.results.rollups import Rollups

    return Rollups(cells(), day_shelf(), StoredNames(table()), clock())


@cache
def results_desk() -> ResultsDesk:
    """For the API."""
    from huichang.adapters.results import StoredNames
    from huichang.delivery.results.answering import ResultsDesk
    from huichang.delivery.results.telling import AuditHappened

    return ResultsDesk(rollups(), StoredNames(table()), AuditHappened(audit()), Shipped(), clock(), settings().currency)


@cache
def pack_closed_days() -> PackClosedDays:
    """For functions/pack_results."""
    from huichang.delivery.results.rollups import PackClosedDays

    return PackClosedDays(replace(rollups(), patience=_SCHEDULED), lambda: [place.name for place in Shipped().all()], clock())
