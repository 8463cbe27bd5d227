"""How hot a trend still is, on one scale for all feeds.

Feeds count in their own units (search volume, posts, an index). Three steps make one number of 0..1, the warmth:

1. level(h) = min(1, log10(1 + 9 h / r)): r is the 99th percentile (nearest rank) of the peaks of the same source, so one
   freak count does not press all others down. 0 at no heat, 1 from r on, and independent of the unit: a feed that counts in
   thousands gives the same levels. A tenth of r is 0.28, a half 0.74.
2. warmth = max(level(latest) x 0.5^(age of the latest / H), level(peak) x 0.5^(age of the peak / H)), H being the half-life of
   the kind: news is old after days, an industry trend after a month.
3. Reports of one matter by several trends (merging.py) are one: within a source the warmest counts, and sources confirm
   each other as independent witnesses do, 1 - product of (1 - warmth).

More heat never lowers the warmth, time never raises it, and a replay of what was seen changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date

from huichang.kernel.model import Model
from huichang.trends.trend import Trend, TrendKind

HALF_LIFE_DAYS: Mapping[TrendKind, float] = {"event": 3.0, "seasonal": 14.0, "industry": 30.0}
_REFERENCE_PERCENTILE = 0.99


class RankedTrend(Model):
    """A trend and its warmth today, 0..1."""

    trend: Trend
    warmth: float


def decay(heat: float, age_days: float, half_life_days: float) -> float:
    """Heat left after `age_days`; the future counts as today. Raises ValueError for a half-life of zero or less."""
    if half_life_days <= 0:
        raise ValueError(f"a half-life of {half_life_days} days is not possible")
    return float(heat * 0.5 ** (max(0.0, age_days) / half_life_days))


def level(heat: float, reference: float) -> float:
    """Heat as a share of what is hot in its source, 0..1, on a logarithmic scale."""
    return min(1.0, math.log10(1 + 9 * heat / reference)) if reference > 0 else 0.0


def references(trends: Iterable[Trend]) -> dict[str, float]:
    """For each source the heat that counts as 1."""
    peaks: dict[str, list[float]] = {}
    for trend in trends:
        peaks.setdefault(trend.source, []).append(trend.peak_heat)
    return {source: sorted(found)[math.ceil(_REFERENCE_PERCENTILE * len(found)) - 1] for source, found in peaks.items()}


def warmth(trend: Trend, reference: float, today: date, half_lives: Mapping[TrendKind, float] = HALF_LIFE_DAYS) -> float:
    """What is left today of the latest observation or of the peak, whichever is more: 0..1."""
    half_life = half_lives[trend.kind]
    latest = decay(level(trend.heat, reference), (today - trend.observed_on).days, half_life)
    peak = decay(level(trend.peak_heat, reference), (today - trend.peak_on).days, half_life)
    return max(latest, peak)


def together(by_source: Mapping[str, float]) -> float:
    """The warmth of one matter that several sources report, from the warmest of each."""
    return 1.0 - math.prod(1.0 - value for value in by_source.values())


def ranked(trends: Iterable[Trend], today: date, half_lives: Mapping[TrendKind, float] = HALF_LIFE_DAYS) -> list[RankedTrend]:
    """All trends by their warmth, warmest first, ties by id; repeats of a trend count as one."""
    unique: dict[str, Trend] = {}
    for trend in trends:
        seen = unique.get(trend.id)
        unique[trend.id] = trend if seen is None else seen.with_observations_of(trend)
    scale = references(unique.values())
    warm = [RankedTrend(trend=trend, warmth=warmth(trend, scale[trend.source], today, half_lives)) for trend in unique.values()]
    return sorted(warm, key=lambda item: (-item.warmth, item.trend.id))
