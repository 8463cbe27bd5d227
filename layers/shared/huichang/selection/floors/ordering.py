"""In which order floors stand: by the sales to be expected, pinned goods first, leftovers last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huichang.catalog.product import Product
from huichang.selection.floors.goods import Goods

_PRIOR = 1.0  # a product's own sales weigh as much as the mean of its category
_RANK = 60


def expected_sales(goods: Goods) -> Mapping[str, float]:
    """What each product can be expected to sell in 30 days (pieces), or, where no product's sales are known, its rank score.

    A product's own sales are drawn half-way to the mean of its category, and that mean to the venue's (by one product's weight):
    a part of a category is not judged by one runaway alone, and a product without figures counts as an ordinary one of its kind.
    """
    known = {product.id: float(product.sales_30d) for product in goods.products.values() if product.sales_30d is not None}
    if not known:
        return {product_id: 1 / (_RANK + place + 1) for place, product_id in enumerate(goods.ids)}
    overall = sum(known.values()) / len(known)
    leaves: dict[str, list[float]] = {}
    for product_id, sold in known.items():
        leaves.setdefault(goods.products[product_id].leaf_category, []).append(sold)
    mean = {leaf: (sum(sales) + overall) / (len(sales) + 1) for leaf, sales in leaves.items()}

    def expected(product: Product) -> float:
        prior = mean.get(product.leaf_category, overall)
        return prior if product.id not in known else (known[product.id] + _PRIOR * prior) / (1 + _PRIOR)

    return {product.id: expected(product) for product in goods.products.values()}


def floor_order(floors: Sequence[Sequence[str]], goods: Goods, pinned: Mapping[str, int]) -> list[int]:
    """Places of the floors in page order: those with pinned goods first (by the first pin), then by expected sales."""
    sales = expected_sales(goods)

    def place(number: int) -> tuple[int, float, int]:
        ids = floors[number]
        pin = min((pinned[product_id] for product_id in ids if product_id in pinned), default=len(goods.ids))
        return pin, -round(sum(sales[product_id] for product_id in ids), 6), min(goods.rank[product_id] for product_id in ids)

    return sorted(range(len(floors)), key=place)
