"""What became of a feed, in numbers and examples: how many trends can be promoted, and why the others cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from huichang.kernel.language import Text
from huichang.kernel.model import Model
from huichang.trends.meaning import reasons
from huichang.trends.trend import Trend

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
    """Count judged trends in one pass; memory stays at the examples."""
    kinds, industries, ways, dropped = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    hottest: dict[str, list[tuple[float, str]]] = {}
    commercial = 0
    for trend in trends:
        if trend.verdict is not None and trend.verdict.drop is not None:
            code = trend.verdict.drop
            dropped[code] += 1
            hottest[code] = sorted({*hottest.get(code, ()), (-trend.heat, trend.title)})[:EXAMPLES]
            continue
        commercial += 1
        kinds[trend.kind] += 1
        industries[trend.industry or ""] += 1
        ways[trend.sorting.by if trend.sorting else "none"] += 1
    told = tuple(
        DroppedFor(
            code=reason.code,
            name=reason.name,
            sensitive=reason.sensitive,
            count=dropped[reason.code],
            examples=tuple(title for _, title in hottest[reason.code]),
        )
        for reason in reasons()
        if dropped[reason.code]
    )
    return TrendSummary(
        trends=commercial + dropped.total(),
        commercial=commercial,
        dropped=dropped.total(),
        sensitive=sum(item.count for item in told if item.sensitive),
        by_kind=dict(kinds.most_common()),
        by_industry=dict(industries.most_common()),
        sorted_by=dict(ways.most_common()),
        dropped_for=tuple(sorted(told, key=lambda item: -item.count)),
    )
