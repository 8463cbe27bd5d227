"""What keeps releases: the tick that carries out plans and completes what was interrupted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from huichang.bootstrap.parts import clock, edge_teller, live_venues, pages, release_schedule, releases

if TYPE_CHECKING:
    from huichang.line.keeping import KeepReleases


def keep_releases() -> Callable[[], dict[str, int]]:
    """For functions/keep_releases."""
    return _keeper()


@cache
def _keeper() -> KeepReleases:
    from huichang.catalog.industries import load_industries
    from huichang.line.keeping import KeepReleases
    from huichang.line.leaving import Farewell

    farewell = Farewell(live_venues(), pages(), [industry.code for industry in load_industries()])
    return KeepReleases(release_schedule(), releases(), edge_teller(), farewell, clock())
