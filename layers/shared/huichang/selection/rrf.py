"""Weighted reciprocal rank fusion: ranks are fused, never scores. BM25, cosine and sales have no common unit.

Cormack, Clarke and Buettcher (SIGIR 2009): score(d) = sum over paths of weight / (k + rank(d)). What a path did not find adds nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from huichang.selection.model import Path


def ranks_of(recalls: Mapping[Path, Sequence[str]]) -> dict[str, dict[Path, int]]:
    """Rank from 1 of every product on every path that found it; its best one where a path lists it twice."""
    ranks: dict[str, dict[Path, int]] = {}
    for path in sorted(recalls):
        for rank, product_id in enumerate(recalls[path], 1):
            ranks.setdefault(product_id, {}).setdefault(path, rank)
    return ranks


def score(ranks: Mapping[Path, int], weights: Mapping[Path, float], k: float) -> float:
    """Sum of weight / (k + rank). A path without a weight counts nothing. Independent of the paths' order."""
    return math.fsum(weights.get(path, 0.0) / (k + rank) for path, rank in ranks.items())


def fuse_ranks(recalls: Mapping[Path, Sequence[str]], weights: Mapping[Path, float], k: float) -> list[tuple[str, float]]:
    """Return (product id, score) of every recalled product, highest score first, ties by id.

    `recalls`: product ids of each path, best first. `k` above 0: how little the very first ranks stand out.
    """
    ranks = ranks_of(recalls)
    scored = [(product_id, score(mine, weights, k)) for product_id, mine in ranks.items()]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))
