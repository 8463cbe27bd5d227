"""Near-duplicates as one: several titles, often of several feeds, that say the same.

Merging is a view over what is stored: no trend is changed or lost, a replay cannot merge twice, and another threshold takes
effect at once. Trends are taken warmest first; each joins the first leader whose title is alike, or becomes a leader. Alike:
the Jaccard similarity of the character bigrams (Chinese) and words (others) of the normalised titles is at least `SAME_TITLE`, the
industries do not contradict each other, and they were seen within `SAME_DAYS` of each other. Candidates come from an exact
prefix filter (two sets can reach the threshold only if they share one of their rarest tokens), so no pair is missed and few are compared.

The warmth of a merged trend is not a sum: the warmest of each source counts, and sources confirm each other (heat.together).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from huichang.kernel.model import Model
from huichang.selection.words import english_words, fold, han_runs
from huichang.trends.heat import RankedTrend, together
from huichang.trends.trend import Trend

SAME_TITLE = 0.6
SAME_DAYS = 30
_NUMBER = re.compile(r"\d+")


class Member(Model):
    """A trend that was merged into another."""

    id: str
    source: str
    title: str


class MergedTrend(Model):
    """The warmest of several trends that say the same, the others, and the warmth of all of them together (0..1)."""

    trend: Trend
    warmth: float
    members: tuple[Member, ...] = ()


def merged(trends: Sequence[RankedTrend]) -> list[MergedTrend]:
    """Merge what `heat.ranked` gave; warmest first, ties by id."""
    tokens = [_tokens(item.trend.title) for item in trends]
    frequency = Counter(token for found in tokens for token in found)
    leaders: dict[str, list[int]] = {}  # token -> positions of leaders that have it among their rarest
    groups: dict[int, list[int]] = {}
    for place, found in enumerate(tokens):
        rarest = sorted(found, key=lambda token: (frequency[token], token))
        prefix = rarest[: len(found) - math.ceil(SAME_TITLE * len(found)) + 1]
        candidates = sorted({leader for token in prefix for leader in leaders.get(token, ())})
        leader = next((other for other in candidates if _same(trends[place].trend, trends[other].trend, found, tokens[other])), None)
        if leader is not None:
            groups[leader].append(place)
            continue
        groups[place] = [place]
        for token in prefix:
            leaders.setdefault(token, []).append(place)
    found_groups = [_group([trends[place] for place in group]) for group in groups.values()]
    return sorted(found_groups, key=lambda item: (-item.warmth, item.trend.id))


def _group(items: Sequence[RankedTrend]) -> MergedTrend:
    by_source: dict[str, float] = {}
    for item in items:
        by_source[item.trend.source] = max(by_source.get(item.trend.source, 0.0), item.warmth)
    others = tuple(Member(id=item.trend.id, source=item.trend.source, title=item.trend.title) for item in items[1:])
    return MergedTrend(trend=items[0].trend, warmth=together(by_source), members=others)


def _same(one: Trend, other: Trend, left: frozenset[str], right: frozenset[str]) -> bool:
    if len(left & right) < SAME_TITLE * len(left | right):
        return False
    if one.industry is not None and other.industry is not None and one.industry != other.industry:
        return False
    apart = max(one.first_seen, other.first_seen) - min(one.observed_on, other.observed_on)
    return apart <= timedelta(days=SAME_DAYS)


def _tokens(title: str) -> frozenset[str]:
    folded = fold(title)
    han = [run[place : place + 2] for run in han_runs(folded) for place in range(max(1, len(run) - 1))]
    return frozenset((*han, *english_words(folded), *_NUMBER.findall(folded))) or frozenset({folded})
