"""What came of what was shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from huichang.adapters.dynamodb.cells import Shards
from huichang.bootstrap.delivery import placements
from huichang.bootstrap.parts import audit, bodies, cells, clock, settings, table

if TYPE_CHECKING:
    from huichang.adapters.results import StoredDays
    from huichang.delivery.results.answering import ResultsDesk
    from huichang.delivery.results.rollups import PackClosedDays, Rollups

# Of the schedule's function: it ends by itself before Lambda ends it.
_SCHEDULED = timedelta(minutes=4)


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

    return ResultsDesk(rollups(), StoredNames(table()), AuditHappened(audit()), placements(), clock(), settings().currency)


@cache
def pack_closed_days() -> PackClosedDays:
    """For functions/pack_results."""
    from huichang.delivery.placements.shipped import PLACEMENTS
    from huichang.delivery.results.rollups import PackClosedDays

    def names() -> list[str]:
        # What was counted in a placement stays when it is removed.
        return sorted({*PLACEMENTS, *placements().ever()})

    return PackClosedDays(replace(rollups(), patience=_SCHEDULED), names, clock())
