"""Relevance feedback: what the words find best pulls the question by meaning towards itself (Rocchio 1971).

A short question says little to a small embedding model; the ten products that say its very words say more. It costs one search and
no model call. Where the words find nothing (a language the catalogue does not speak) the question stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from huichang.kernel.language import Language
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility

PULLED_BY = 10
PULL = 0.3


def pulled(vector: Sequence[float], neighbours: Sequence[Sequence[float]], pull: float = PULL) -> list[float]:
    """vector + pull x mean of the neighbours, of unit length. The vector as it is where there are no neighbours."""
    if not neighbours:
        return list(vector)
    share = pull / len(neighbours)
    moved = [value + share * math.fsum(column) for value, column in zip(vector, zip(*neighbours, strict=True), strict=True)]
    length = math.sqrt(math.fsum(value * value for value in moved))
    return [value / length for value in moved] if length else list(vector)


def with_feedback(index: ProductIndex, vector: Sequence[float], words: dict[Language, tuple[str, ...]], where: Eligibility) -> list[float]:
    """The question pulled towards the eligible products that its words find best. Raises what the index raises."""
    hits = index.search(words, where, PULLED_BY) if words else []
    products = index.get([hit.product_id for hit in hits])
    known = index.known_vectors([product.embedding_hash() for product in products.values()])
    return pulled(vector, [known[digest] for product in products.values() if (digest := product.embedding_hash()) in known])
