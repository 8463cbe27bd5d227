"""How much stock truly stands behind a theme, before anything is built."""

from __future__ import annotations

from collections.abc import Sequence

from huichang.kernel.model import Model
from huichang.selection.evidence import POOL_SIZE, TopicFinder
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility
from huichang.selection.words import IndustryEntry


class Depth(Model):
    """What was counted. `at_least`: the pool was cut, so there may be more than `count`."""

    count: int
    product_ids: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    anchored: bool = False
    at_least: bool = False


class StockDepth:
    """Counts the eligible products that speak of a theme in words (selection/evidence.py says what counts)."""

    def __init__(self, index: ProductIndex, industries: Sequence[IndustryEntry] = (), *, pool_size: int = POOL_SIZE) -> None:
        self._finder = TopicFinder(index, industries)
        self._pool_size = pool_size

    def of(self, keywords: Sequence[str], *, subjects: Sequence[str] = (), catalogue: str | None = None) -> Depth:
        """Count for a theme's keywords, anchored in the brief's subjects. Raises what the index raises."""
        topic = self._finder.find(keywords, subjects, Eligibility(catalogue=catalogue), self._pool_size)
        return Depth(
            count=topic.depth,
            product_ids=topic.products,
            categories=topic.categories,
            anchored=topic.anchored,
            at_least=topic.full,
        )
