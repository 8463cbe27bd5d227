"""Weighted reciprocal rank fusion: ranks are fused, never scores. BM25, cosine and sales have no common unit.

Cormack, Clarke and Buettcher (SIGIR 2009): score(d) = sum over paths of weight / (k + rank(d)). What a path did not find adds nothing.

A rank tells an order and not by how much. Of eighteen tents that all say "tent", BM25 puts the shortest title first by a hair, and a
plain rank would hold that for as good a reason as any. Where scores of a path lie as near to each other as that, the products share the
mean of their ranks (fractional ranking, as statistics ranks ties), and the other paths decide among them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from huichang.selection.model import Hit, Path

_OWN = 0.01
"""How far of the way from the mean back to its own rank each of a group keeps: enough for an order where no other path has an opinion."""

Recalls = Mapping[Path, Sequence[Hit]]


def ranks_of(recalls: Recalls) -> dict[str, dict[Path, int]]:
    """Rank from 1 of every product on every path that found it; its best one where a path lists it twice."""
    ranks: dict[str, dict[Path, int]] = {}
    for path in sorted(recalls):
        for rank, hit in enumerate(recalls[path], 1):
            ranks.setdefault(hit.product_id, {}).setdefault(path, rank)
    return ranks


def places_of(recalls: Recalls, near: Mapping[Path, float]) -> dict[str, dict[Path, float]]:
    """As `ranks_of`, but near scores share a place: those that lie less than the part `near` of it below the first of their group.

    A path that `near` does not name keeps its ranks, and so does a list whose scores are not above 0 or do not fall.
    """
    places: dict[str, dict[Path, float]] = {}
    for path in sorted(recalls):
        for hit, place in zip(recalls[path], _places([hit.score for hit in recalls[path]], near.get(path, 0.0)), strict=True):
            places.setdefault(hit.product_id, {}).setdefault(path, place)
    return places


def _places(scores: Sequence[float], near: float) -> list[float]:
    places: list[float] = []
    while len(places) < len(scores):
        first = end = len(places)
        highest = last = scores[first]
        while end < len(scores) and 0 < highest * (1 - near) < scores[end] <= last:
            last = scores[end]
            end += 1
        end = max(end, first + 1)
        mean = (first + 1 + end) / 2
        places += [mean + _OWN * (rank - mean) for rank in range(first + 1, end + 1)]
    return places


def score(places: Mapping[Path, float], weights: Mapping[Path, float], k: float) -> float:
    """Sum of weight / (k + place). A path without a weight counts nothing. Independent of the paths' order."""
    return math.fsum(weights.get(path, 0.0) / (k + place) for path, place in places.items())


def fuse(recalls: Recalls, weights: Mapping[Path, float], k: float, near: Mapping[Path, float] | None = None) -> list[tuple[str, float]]:
    """Return (product id, score) of every recalled product, highest score first, ties by id.

    `recalls`: hits of each path, best first. `k` above 0: how little the very first ranks stand out. `near`: as for `places_of`.
    """
    places = places_of(recalls, near or {})
    scored = [(product_id, score(mine, weights, k)) for product_id, mine in places.items()]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))
