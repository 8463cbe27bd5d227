"""Price bands a buyer reads at a glance: limits of few digits, where the prices leave a gap, and bands of about one size."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from huichang.kernel.language import Language
from huichang.selection.floors.scoring import MIN_FLOOR
from huichang.selection.words import say

MOST = 5
_MANY, _SOME = 72, 24  # prices for five and for four bands
_CANDIDATES = 40
_UGLY = 0.012  # what an odd limit costs, in the unit of uneven shares
_FEWER = 0.02  # what a band less costs


def banded(amounts: Sequence[float], symbol: str, language: Language, most: int = MOST) -> Callable[[float], str]:
    """The band of an amount in words: Under ₹200, ₹200–500, From ₹500. Where all prices are one, one band without limits."""
    limits = limits_of(amounts, most)

    def band(amount: float) -> str:
        above = [limit for limit in limits if amount < limit]
        below = [limit for limit in limits if limit <= amount]
        if not limits:
            return say(language, "全部价格", "All Prices")
        if not below:
            return say(language, f"{symbol}{_figure(above[0])} 以下", f"Under {symbol}{_figure(above[0])}")
        if not above:
            return say(language, f"{symbol}{_figure(below[-1])} 起", f"From {symbol}{_figure(below[-1])}")
        return f"{symbol}{_figure(below[-1])}–{_figure(above[0])}"

    return band


def _figure(amount: float) -> str:
    return f"{amount:,.10g}" if amount >= 10_000 else f"{amount:.10g}"


def limits_of(amounts: Sequence[float], most: int = MOST) -> tuple[float, ...]:
    """The limits of two to `most` bands, ascending: those whose shares are evenest, odd limits and fewer bands counted against them.

    Every band holds at least MIN_FLOOR amounts where that is possible; without two different amounts there is no limit.
    """
    counts = Counter(amounts)
    distinct = sorted(counts)
    if len(distinct) < 2:
        return ()
    below = 0
    found: list[tuple[float, int, float]] = []  # limit, how many lie below it, how odd it is
    for left, right in pairwise(distinct):
        below += counts[left]
        limit, odd = _roundest(left, right)
        found.append((limit, below, odd))
    if len(found) > _CANDIDATES:
        found = sorted(sorted(found, key=lambda each: (each[2], each[0]))[:_CANDIDATES])
    total = len(amounts)
    wanted = min(most, MOST if total >= _MANY else MOST - 1 if total >= _SOME else MOST - 2)
    tries = []
    for bands in range(2, wanted + 1):
        cost, limits = _best(found, total, bands)
        tries.append((cost + _FEWER * (wanted - bands), bands, limits))
    return min(tries)[2]


def _best(found: Sequence[tuple[float, int, float]], total: int, bands: int) -> tuple[float, tuple[float, ...]]:
    """The cheapest `bands` - 1 of the limits, by dynamic programming over them."""
    share = 1 / bands

    def cost(size: int) -> float:
        return (size / total - share) ** 2 + (1.0 if size < MIN_FLOOR else 0.0)

    best: list[tuple[float, tuple[float, ...], int]] = [(0.0, (), 0)]
    for _ in range(bands - 1):
        step: list[tuple[float, tuple[float, ...], int]] = []
        for limit, below, odd in found:
            ways = [
                (so_far + cost(below - start) + _UGLY * odd**2, (*limits, limit), below) for so_far, limits, start in best if start < below
            ]
            if ways:
                step.append(min(ways))
        best = step
    ends = [(so_far + cost(total - start), limits) for so_far, limits, start in best]
    return min(ends, default=(math.inf, ()))


def _roundest(left: float, right: float) -> tuple[float, float]:
    """The roundest limit above `left` and at most `right`, and how odd it is: 0 for one digit, 0.5 for 15, 1 for 12, 2 for 129."""
    unit = 10.0 ** math.ceil(math.log10(right))
    while unit > 1e-3:
        for step in (unit, unit / 2):
            limit = round(math.floor(right / step + 1e-9) * step, 4)
            if limit > left:
                digits = f"{limit:.4f}".rstrip("0").rstrip(".").replace(".", "").strip("0")
                return limit, min(len(digits) - 1, 3) - (0.5 if len(digits) > 1 and digits.endswith("5") else 0.0)
        unit /= 10
    return right, 3.0
