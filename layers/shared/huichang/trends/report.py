"""What became of a feed, in numbers and examples: how many trends can be promoted, and why the others cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from huichang.kernel.language import Text
from huichang.kernel.model import Model
from huichang.trends.meaning import reasons
from huichang.trends.trend import DropCode, Trend

EXAMPLES = 5


class DroppedFor(Model):
    """One reason: how many trends it dropped, and the hottest of them."""

    code: str
    name: Text
    sensitive: bool
    count: int
    examples: tuple[str, ...]


class TrendSummary(Model):
    """`trends` is `commercial` and `dropped`; kinds, industries ("" for none) and how these were found count the commercial ones."""

    trends: int
    commercial: int
    dropped: int
    sensitive: int
    by_kind: dict[str, int]
    by_industry: dict[str, int]
    sorted_by: dict[str, int]
    dropped_for: tuple[DroppedFor, ...]


def summarise(trends: Iterable[Trend]) -> TrendSummary:
    """Count judged trends in one pass; memory stays at those that can be promoted and the examples."""
    kept: list[Trend] = []
    counts = Counter[DropCode]()
    hottest: dict[DropCode, list[tuple[float, str]]] = {}
    for trend in trends:
        if trend.verdict is None or trend.verdict.drop is None:
            kept.append(trend)
            continue
        code = trend.verdict.drop
        counts[code] += 1
        hottest[code] = sorted({*hottest.get(code, ()), (-trend.heat, trend.title)})[:EXAMPLES]
    return summary_of(kept, counts, lambda code: [title for _, title in hottest[code]])


def summary_of(kept: Iterable[Trend], counts: Mapping[DropCode, int], hottest: Callable[[DropCode], Iterable[str]]) -> TrendSummary:
    """From the trends that can be promoted, the counts of the others by reason, and the hottest titles of a reason."""
    kinds, industries, ways = Counter[str](), Counter[str](), Counter[str]()
    for trend in kept:
        kinds[trend.kind] += 1
        industries[trend.industry or ""] += 1
        ways[trend.sorting.by if trend.sorting else "none"] += 1
    told = tuple(
        DroppedFor(
            code=reason.code,
            name=reason.name,
            sensitive=reason.sensitive,
            count=counts[reason.code],
            examples=tuple(hottest(reason.code)),
        )
        for reason in reasons()
        if counts.get(reason.code)
    )
    return TrendSummary(
        trends=kinds.total() + sum(counts.values()),
        commercial=kinds.total(),
        dropped=sum(counts.values()),
        sensitive=sum(item.count for item in told if item.sensitive),
        by_kind=dict(kinds.most_common()),
        by_industry=dict(industries.most_common()),
        sorted_by=dict(ways.most_common()),
        dropped_for=tuple(sorted(told, key=lambda item: -item.count)),
    )
