"""In which order floors stand (by the sales to be expected, pinned goods first, leftovers last), and goods on them (neighbours differ)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from huichang.catalog.product import Product
from huichang.selection.floors.goods import Goods

_PRIOR = 1.0  # a product's own sales weigh as much as the mean of its category
_RANK = 60
_LOOK_AHEAD = 12  # so many places a product may come forward to stand between two that are alike
_SAME = {"family": 8, "picture": 4, "maker": 2, "merchant": 1}


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


def mixed(ids: Sequence[str], goods: Goods, fixed: Mapping[str, int]) -> tuple[str, ...]:
    """These products nearly in their order, but neighbours differ in looks, picture, maker, merchant, as far as they can.

    What is `fixed` (pins) keeps its place. A maker of more than half of what is left takes every second place from here on,
    not all the last ones.
    """
    waiting = [product_id for product_id in ids if product_id not in fixed]
    placed: list[str] = []
    for product_id in ids:
        if product_id in fixed:
            placed.append(product_id)
            continue
        before = goods.marks[placed[-1]] if placed else None
        makers = Counter(goods.marks[other]["maker"] for other in waiting)
        most = max(makers, key=lambda maker: (makers[maker], maker))
        crowd = makers[most] > len(waiting) // 2 and (before is None or before["maker"] != most)
        near = [other for other in waiting if goods.marks[other]["maker"] == most] if crowd else waiting
        best = min(near[:_LOOK_AHEAD], key=lambda other: (_sameness(before, goods.marks[other]), goods.rank[other]))
        waiting.remove(best)
        placed.append(best)
    return tuple(placed)


def _sameness(one: Mapping[str, str] | None, other: Mapping[str, str]) -> int:
    return 0 if one is None else sum(weight for mark, weight in _SAME.items() if one[mark] and one[mark] == other[mark])
