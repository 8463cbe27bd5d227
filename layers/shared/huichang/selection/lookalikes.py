"""Goods that are not the same and look the same: a maker's forty mugs at one price, told apart by a model code or a motto.

A page takes a few of a family; a wall of them shows a buyer nothing. Repeated offers of the very same goods are duplicates.py's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from huichang.catalog.product import Product
from huichang.selection.duplicates import grams_of, plain_title
from huichang.selection.words import fold

SHARED_TITLE = 0.4
"""Part of the shorter title's character pairs (without brand, sizes and codes) that two of a family share."""


def maker_of(product: Product) -> str:
    """Who makes it as a buyer sees it: its brand; without one its merchant and, in Latin titles, the first word."""
    if product.brand:
        return fold(product.brand)
    first, space, _ = fold(product.title).partition(" ")
    return f"{product.merchant.id} {first if space and first.isascii() else ''}".strip()


def families(products: Iterable[Product]) -> dict[str, str]:
    """For each product the first one of its family (itself, where it has none before it).

    A family has one maker, one category, one price, and titles of which each shares SHARED_TITLE with another one's.
    """
    shelves: dict[tuple[object, ...], list[tuple[str, frozenset[str]]]] = {}
    first: dict[str, str] = {}
    for product in products:
        shelf = (maker_of(product), fold(product.leaf_category), product.price.amount, product.currency)
        mine = grams_of(plain_title(product))
        like = next((other for other, theirs in shelves.get(shelf, ()) if _alike(mine, theirs)), None)
        first[product.id] = product.id if like is None else first[like]
        shelves.setdefault(shelf, []).append((product.id, mine))
    return first


def _alike(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    return len(mine & theirs) >= SHARED_TITLE * min(len(mine), len(theirs))


def too_many(ordered: Sequence[Product], pinned: Sequence[Product], most: int, enough: int) -> dict[str, str]:
    """Of a list that is best first: which products are more than `most` of their family, and the first of that family.

    Pinned products count and are never among them. A page that would have fewer than `enough` products keeps as many of them as
    it needs, one of each family at a time.
    """
    first = families([*pinned, *ordered])
    taken = Counter(first[product.id] for product in pinned)
    beyond: list[tuple[int, int, str]] = []
    for place, product in enumerate(ordered):
        family = first[product.id]
        taken[family] += 1
        if taken[family] > most:
            beyond.append((taken[family], place, product.id))
    kept = len(pinned) + len(ordered) - len(beyond)
    return {product_id: first[product_id] for _, _, product_id in sorted(beyond)[max(0, enough - kept) :]}
