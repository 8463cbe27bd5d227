"""How hot a trend still is.

Feeds count in their own units (search volume, posts, an index), so heat is compared as a share of the hottest trend of
the same source, and fades by half every half-life of its kind: news is old after days, an industry trend after a month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from huichang.kernel.model import Model
from huichang.trends.trend import Trend, TrendKind

HALF_LIFE_DAYS: Mapping[TrendKind, float] = {"event": 3.0, "seasonal": 14.0, "industry": 30.0}


class RankedTrend(Model):
    """A trend and its heat today: 0..1, 1 being the hottest its source ever reported among those ranked together."""

    trend: Trend
    warmth: float


def decay(heat: float, age_days: float, half_life_days: float) -> float:
    """Heat left after `age_days`; the future counts as today. Raises ValueError for a half-life of zero or less."""
    if half_life_days <= 0:
        raise ValueError(f"a half-life of {half_life_days} days is not possible")
    return float(heat * 0.5 ** (max(0.0, age_days) / half_life_days))


def ranked(trends: Iterable[Trend], today: date, half_lives: Mapping[TrendKind, float] = HALF_LIFE_DAYS) -> list[RankedTrend]:
    """All trends by what is left of their heat, hottest first, ties by id; of repeats the newest observation."""
    newest: dict[str, Trend] = {}
    for trend in trends:
        seen = newest.get(trend.id)
        if seen is None or (trend.observed_on, trend.heat) > (seen.observed_on, seen.heat):
            newest[trend.id] = trend
    peaks: dict[str, float] = {}
    for trend in newest.values():
        peaks[trend.source] = max(peaks.get(trend.source, 0.0), trend.heat)
    warm = [
        RankedTrend(
            trend=trend,
            warmth=decay(
                trend.heat / peaks[trend.source] if peaks[trend.source] else 0.0,
                (today - trend.observed_on).days,
                half_lives[trend.kind],
            ),
        )
        for trend in newest.values()
    ]
    return sorted(warm, key=lambda item: (-item.warmth, item.trend.id))
