"""Which trends the model is shown for a brief: those of its words, then of its industries, then everybody's.

What may not be promoted never gets here, whatever stands in the store: a trend that was dropped is left out, and one that
nobody has judged, or that was judged by older rules, is judged again for sensitive news.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from huichang.selection.words import terms
from huichang.themes.model import CampaignBrief
from huichang.trends.heat import ranked
from huichang.trends.meaning import sensitive_reason
from huichang.trends.merging import MergedTrend, merged
from huichang.trends.trend import Trend

LIMIT = 20


def shares_words(brief: CampaignBrief, trend: Trend) -> bool:
    """Whether a subject of the brief and the trend's title or keywords have a word in common (generic words apart)."""
    wanted = frozenset[str]().union(*(terms(subject) for subject in (*brief.subjects, brief.idea)))
    return bool(wanted & frozenset[str]().union(terms(trend.title), *(terms(word) for word in trend.keywords)))


def may_be_offered(trend: Trend) -> bool:
    """Whether planning may see it: not dropped, and nothing sensitive in it."""
    return not trend.dropped and sensitive_reason(trend) is None


def candidates(brief: CampaignBrief, trends: Iterable[Trend], now: datetime, limit: int = LIMIT) -> list[Trend]:
    """At most `limit` trends for the prompt, best first; each group by the warmth that is left, near-duplicates once.

    1. trends that share words with the brief, whatever their industry; 2. trends of the brief's industries, in the
    brief's order; 3. trends of no industry (festivals, news). Other industries' trends without a shared word are left
    out.
    """
    order = {code: place for place, code in enumerate(brief.industries)}

    def group(item: MergedTrend) -> int | None:
        if shares_words(brief, item.trend):
            return 0
        if item.trend.industry is None:
            return 2 + len(order)
        place = order.get(item.trend.industry)
        return None if place is None else 1 + place

    known = merged(ranked(filter(may_be_offered, trends), now.date()))
    placed = [(place, item) for item in known if (place := group(item)) is not None]
    placed.sort(key=lambda pair: pair[0])  # stable: the order of warmth stays within a group
    return [item.trend for _, item in placed[:limit]]
