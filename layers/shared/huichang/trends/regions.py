"""Where the festivals that a theme is about are kept."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from huichang.kernel.ids import derived_id
from huichang.trends.calendar import SOURCE, festival_rules

EVERYWHERE = "world"


def festival_regions(trend_ids: Iterable[str], year: int) -> tuple[str, ...]:
    """The regions (ISO 3166-1 alpha-2, sorted) in which all of a theme's trends are festivals of `year` or of the years beside it;
    () where one is kept everywhere, one is no festival, or there is none: then nothing bounds where it may be shown."""
    known = _by_trend(year)
    found: set[str] = set()
    for trend_id in trend_ids:
        regions = known.get(trend_id, ())
        if not regions or EVERYWHERE in regions:
            return ()
        found.update(regions)
    return tuple(sorted(found))


@lru_cache(maxsize=16)
def _by_trend(year: int) -> dict[str, tuple[str, ...]]:
    """By trend id: what trends/calendar.py Festival.as_trend calls a festival of a year, in either language."""
    return {
        derived_id("trend", SOURCE, f"{name} {each}"): regions
        for _, names, regions in festival_rules()
        for each in (year - 1, year, year + 1)
        for name in names.values()
    }
