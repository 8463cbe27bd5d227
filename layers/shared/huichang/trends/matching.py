"""Which trends the model is shown for a brief: those of its words, then of its industries, then everybody's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from huichang.selection.words import terms
from huichang.themes.model import CampaignBrief
from huichang.trends.heat import RankedTrend, ranked
from huichang.trends.trend import Trend

LIMIT = 20


def shares_words(brief: CampaignBrief, trend: Trend) -> bool:
    """Whether a subject of the brief and the trend's title or keywords have a word in common (generic words apart)."""
    wanted = frozenset[str]().union(*(terms(subject) for subject in (*brief.subjects, brief.idea)))
    return bool(wanted & frozenset[str]().union(terms(trend.title), *(terms(word) for word in trend.keywords)))


def candidates(brief: CampaignBrief, trends: Iterable[Trend], now: datetime, limit: int = LIMIT) -> list[Trend]:
    """At most `limit` trends for the prompt, best first; each group by the heat that is left.

    1. trends that share words with the brief, whatever their industry; 2. trends of the brief's industries, in the
    brief's order; 3. trends of no industry (festivals, news). Other industries' trends without a shared word are left
    out.
    """
    order = {code: place for place, code in enumerate(brief.industries)}

    def group(item: RankedTrend) -> int | None:
        if shares_words(brief, item.trend):
            return 0
        if item.trend.industry is None:
            return 2 + len(order)
        place = order.get(item.trend.industry)
        return None if place is None else 1 + place

    placed = [(place, item) for item in ranked(trends, now.date()) if (place := group(item)) is not None]
    placed.sort(key=lambda pair: pair[0])  # stable: heat order stays within a group
    return [item.trend for _, item in placed[:limit]]
