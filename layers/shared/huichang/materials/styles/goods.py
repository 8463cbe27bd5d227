"""What a theme's products are, counted: the shelves they lie on, their colours, their prices, what they say."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping

from huichang.catalog.product import Product
from huichang.kernel.model import Model

_COLOUR_NAMES = frozenset({"颜色", "色彩", "花色", "color", "colour"})
Steps = tuple[tuple[str, ...], ...]
"""A category path from the root, each step by its names in one or two languages."""


class ShelfCount(Model):
    """So many products lie on this shelf and are of this industry."""

    steps: Steps
    industry: str | None
    count: int

    @property
    def department(self) -> str:
        """What tells mixed goods from goods of one kind: the root of the path, or the industry where there is no path."""
        return self.steps[0][0] if self.steps else self.industry or ""


class GoodsMix(Model):
    """The distribution of a theme's products.

    `colours`: how often a colour is stated, in the products' words; `texts`: title and attributes of each product; `median_price`: None
    where prices are of several currencies.
    """

    total: int = 0
    shelves: tuple[ShelfCount, ...] = ()
    colours: dict[str, int] = {}
    texts: tuple[str, ...] = ()
    median_price: float | None = None
    currency: str = ""

    @classmethod
    def of(cls, products: Iterable[Product]) -> GoodsMix:
        """Counted from products."""
        found = list(products)
        shelves = Counter((_steps(product), product.industry) for product in found)
        currencies = {product.currency for product in found}
        stated = (
            next((value for name, value in product.attributes.items() if name.casefold() in _COLOUR_NAMES and value.strip()), "")
            for product in found
        )
        colours = Counter(filter(None, stated))
        return cls(
            total=len(found),
            shelves=tuple(ShelfCount(steps=steps, industry=industry, count=count) for (steps, industry), count in shelves.most_common()),
            colours=dict(colours),
            texts=tuple(" | ".join((product.title, *product.attributes.values())) for product in found),
            median_price=statistics.median(float(product.price.amount) for product in found) if len(currencies) == 1 else None,
            currency=currencies.pop() if len(currencies) == 1 else "",
        )

    @classmethod
    def counted(cls, shelves: Mapping[str, int]) -> GoodsMix:
        """From counts by category path ("玩具/毛绒玩具/熊猫公仔"), where nothing else is known."""
        found = tuple(
            ShelfCount(steps=tuple((step.strip(),) for step in path.split("/") if step.strip()), industry=None, count=count)
            for path, count in shelves.items()
        )
        return cls(total=sum(shelf.count for shelf in found), shelves=found)

    @property
    def concentration(self) -> float:
        """Share 0..1 of the largest department."""
        departments: Counter[str] = Counter()
        for shelf in self.shelves:
            departments[shelf.department] += shelf.count
        return max(departments.values(), default=0) / self.total if self.total else 0.0


def _steps(product: Product) -> Steps:
    own = product.category_path
    others = [text.category_path for text in product.localized.values() if len(text.category_path) == len(own)]
    return tuple((step, *(path[depth] for path in others)) for depth, step in enumerate(own))
