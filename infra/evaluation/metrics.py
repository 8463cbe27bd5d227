"""Measures of a ranking against graded judgments. Standard definitions (Järvelin and Kekäläinen 2002; exponential gain)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def ndcg(ranking: Sequence[str], grades: Mapping[str, float], depth: int = 10) -> float:
    """nDCG@depth with gain 2^grade - 1; what is not judged counts as 0. 0 where nothing is relevant."""
    ideal = _dcg(sorted(grades.values(), reverse=True)[:depth])
    return _dcg([grades.get(name, 0.0) for name in ranking[:depth]]) / ideal if ideal else 0.0


def _dcg(grades: Sequence[float]) -> float:
    return math.fsum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def judged_only(ranking: Sequence[str], grades: Mapping[str, float]) -> list[str]:
    """The ranking without what nobody judged: how good is the order, whatever the judges did not see."""
    return [name for name in ranking if name in grades]


def recall(ranking: Sequence[str], grades: Mapping[str, float], depth: int) -> float:
    """The share of relevant products (grade above 0) among the first `depth`."""
    relevant = {name for name, grade in grades.items() if grade > 0}
    return len(relevant & set(ranking[:depth])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, float]) -> float:
    """1 / rank of the first relevant product, 0 where none was found."""
    return next((1 / place for place, name in enumerate(ranking, 1) if grades.get(name, 0) > 0), 0.0)


def percentile(values: Sequence[float], share: float) -> float:
    """Linear interpolation between order statistics; `share` 0..1."""
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)
