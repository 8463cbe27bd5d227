"""A day's budget of impressions, spread over the day as buyers come, so that the evening's buyers see it too."""

from __future__ import annotations

from collections.abc import Sequence


def hour_budget(limit: int, delivered: int, profile: Sequence[float], hour: int) -> float:
    """Impressions that may be spent in this hour, of `limit` a day of which `delivered` are gone.

    `profile`: 24 weights, how busy each hour usually is. What is left goes to the hours that are left in their proportion, so a quiet
    morning is made up for and a rush does not eat the evening. Raises ValueError for another number of hours or negative weights.
    """
    if len(profile) != 24 or min(profile) < 0 or not 0 <= hour < 24:
        raise ValueError("a profile has 24 weights, none below 0, and an hour lies in 0..23")
    ahead = sum(profile[hour:])
    return max(0, limit - delivered) * (profile[hour] / ahead if ahead > 0 else 1 / (24 - hour))


def paced_cap(limit: int, delivered: int, profile: Sequence[float], hour: int, answers: float) -> float:
    """The largest share (0..1) of this hour's `answers` that a venue with `limit` impressions a day may be in. See `hour_budget`."""
    budget = hour_budget(limit, delivered, profile, hour)
    if delivered >= limit or answers <= 0:
        return 0.0 if delivered >= limit else 1.0
    return min(1.0, budget / answers)
