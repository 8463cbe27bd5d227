"""Prices that cannot be meant: 0.01 to reserve a listing, 99999 to hide one. Judged against the goods beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import median

from huichang.catalog.product import Product
from huichang.kernel.model import Model
from huichang.selection.policy import PricePolicy

_MAD_TO_SIGMA = 1.4826
_Place = tuple[str, ...]


class PriceRange(Model):
    """What goods of this kind cost, in their currency: `low` to `high`, judged from `known` prices of `category`."""

    low: float
    high: float
    known: int
    category: str
    currency: str


class SanePrices:
    """The price ranges of a pool, by category and currency; a category that is too small is judged by the one above it."""

    def __init__(self, products: Iterable[Product], policy: PricePolicy) -> None:
        self._policy = policy
        self._logs: dict[_Place, list[float]] = {}
        self._ranges: dict[_Place, PriceRange | None] = {}
        for product in products:
            if product.price.amount > 0:
                for place in _places(product):
                    self._logs.setdefault(place, []).append(math.log(product.price.amount))

    def range_for(self, product: Product) -> PriceRange | None:
        """The range of its leaf category, else of the nearest one above with enough prices; None where all are too small."""
        for place in _places(product):
            if len(self._logs.get(place, ())) >= self._policy.known:
                if place not in self._ranges:
                    self._ranges[place] = self._range(place)
                return self._ranges[place]
        return None

    def problem(self, product: Product) -> PriceRange | None:
        """The range that the price lies outside of, None where it can be meant."""
        found = self.range_for(product)
        if found is None or found.low <= float(product.price.amount) <= found.high:
            return None
        return found

    def _range(self, place: _Place) -> PriceRange:
        logs = self._logs[place]
        middle = median(logs)
        sigma = _MAD_TO_SIGMA * median(abs(value - middle) for value in logs)
        width = max(self._policy.deviations * sigma, math.log(self._policy.factor))
        return PriceRange(
            low=round(math.exp(middle - width), 4),
            high=round(math.exp(middle + width), 4),
            known=len(logs),
            category=place[-1] if len(place) > 1 else "",
            currency=place[0],
        )


def _places(product: Product) -> list[_Place]:
    """Currency and category path, leaf first, the whole currency last."""
    path = product.category_path
    return [(product.currency, *path[:length]) for length in range(len(path), -1, -1)]
