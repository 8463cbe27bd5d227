"""How good a way of dividing is: five scores between 0 and 1, each a pure function of counts, and their weighted sum."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

MIN_FLOOR = 4
MAX_FLOORS = 12
CROWDED = 16  # more products than this a buyer does not take in at one look


@cache
def config() -> Mapping[str, Any]:
    """floors.yaml."""
    loaded: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("floors.yaml").read_text(encoding="utf-8"))
    return loaded


def coverage(own: float, total: int) -> float:
    """Share of the products that stand on their floor by their own value. Scale-free, grows with `own`."""
    return own / total if total else 0.0


def balance(sizes: Sequence[int]) -> float:
    """Entropy of the sizes over that of as many equal floors: 1 when all are equal, near 0 when one has all. Scale-free."""
    total = sum(sizes)
    if len(sizes) < 2 or total == 0:
        return 0.0
    entropy = -sum(size / total * math.log(size / total) for size in sizes if size)
    return min(1.0, max(0.0, entropy / math.log(len(sizes))))


def purity(within: float, overall: float) -> float:
    """How much of the unlikeness in the venue a floor takes away: 1 when its goods are all alike, 0 when like the venue.

    `within` and `overall` are mean likenesses of pairs (0..1). Grows with `within`. A venue that is nearly of one kind has
    little to take away: its unlikeness counts as at least a quarter, so that a trace of it decides nothing.
    """
    return min(1.0, max(0.0, 1 - (1 - within) / max(1 - overall, 0.25)))


def wanted_floors(total: int) -> tuple[int, int]:
    """The fewest and most floors that suit this many products: one for every 4 to 16, from 2 to 12."""
    fewest = min(MAX_FLOORS, max(2 if total < 24 else 3, math.ceil(total / CROWDED)))
    return fewest, max(fewest, min(MAX_FLOORS, total // (MIN_FLOOR + 1)))


def size(sizes: Sequence[int]) -> float:
    """Whether floors can be taken in: the mean over products of 1 on floors of 4 to 16 and less on larger ones,
    times how well the number of floors suits the number of products. Splitting a crowded floor never lowers it while
    the floors are not too many.
    """
    total = sum(sizes)
    if not total:
        return 0.0
    held = sum(
        each * (1.0 if MIN_FLOOR <= each <= CROWDED else (CROWDED / each) ** 1.5 if each > CROWDED else each / MIN_FLOOR) for each in sizes
    )
    fewest, most = wanted_floors(total)
    number = len(sizes)
    count = number / fewest if number < fewest else most / number if number > most else 1.0
    return held / total * count


def naming(scores: Sequence[float]) -> float:
    """Mean of how well the titles read (naming.readable)."""
    return sum(scores) / len(scores) if scores else 0.0


def weighted(parts: Mapping[str, float], preference: float) -> float:
    """The score: preference times the weighted sum of the parts (weights of floors.yaml, which add to 1)."""
    weights: Mapping[str, float] = config()["weights"]
    return round(preference * sum(weight * parts[name] for name, weight in weights.items()), 4)
