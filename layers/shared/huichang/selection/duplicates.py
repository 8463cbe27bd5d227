"""The same goods offered twice: found by title, by picture, and by titles that nearly agree. Exact, and near linear.

Titles are compared without sizes and pack counts. Pairs of similar titles are found with prefix filtering (Bayardo, Ma,
Srikant: "Scaling up all pairs similarity search", WWW 2007): two sets of character pairs with a Jaccard of at least t
share one of their rarest pairs, so only those are looked up, and no pair above t is missed.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence

from huichang.catalog.product import Product
from huichang.selection.words import fold

_SIZE = re.compile(
    r"(?:pack|set|box) of \d+|\d+(?:[.x*×]\d+)*\s*"
    r"(?:(?:cm|mm|m|ml|l|g|kg|oz|inch|inches|pcs?|pieces?|pack|sheets?|pairs?)\b|英寸|寸|只装?|个装?|件装?|片装?|支装?|[包袋盒瓶双条套页张号码])"
)
_MODEL = re.compile(r"[a-z]*\d[a-z0-9]*")


def title_key(product: Product) -> str:
    """The title's letters and digits, without sizes and pack counts; model numbers (iPhone 15) stay."""
    title = fold(product.title)
    return "".join(char for char in _SIZE.sub(" ", title) or title if char.isalnum())


def models_of(product: Product) -> tuple[str, ...]:
    """What has a digit and is no size: an A5 notebook is no A6 notebook, however long the rest of the title agrees."""
    return tuple(sorted(_MODEL.findall(_SIZE.sub(" ", fold(product.title)))))


def plain_title(product: Product) -> str:
    """The title's letters without sizes, model numbers and the brand; the whole title where nothing else is left."""
    title = fold(product.title)
    bare = _MODEL.sub(" ", _SIZE.sub(" ", title)).replace(fold(product.brand) if product.brand else "\0", " ")
    return "".join(char for char in bare if char.isalnum()) or title_key(product)


def grams_of(key: str) -> frozenset[str]:
    """Pairs of neighbouring characters; the key itself where it has only one."""
    return frozenset(key[i : i + 2] for i in range(len(key) - 1)) or frozenset({key})


def jaccard(one: Collection[str], other: Collection[str]) -> float:
    """Shared part of two sets."""
    mine, theirs = frozenset(one), frozenset(other)
    return len(mine & theirs) / len(mine | theirs)


def collapse(ordered: Sequence[Product], protected: Collection[str], threshold: float) -> dict[str, str]:
    """Return for each product that repeats an earlier one the id of the one that is kept. `ordered`: best first.

    The same goods are: the same title but for sizes; the same merchant and first picture; or the same model numbers and
    titles whose character pairs have a Jaccard of at least `threshold`. A `protected` product is always kept.
    """
    keys = {product.id: title_key(product) for product in ordered}
    grams = {product_id: grams_of(key) for product_id, key in keys.items()}
    common = Counter(gram for mine in grams.values() for gram in mine)
    titles: dict[str, str] = {}
    pictures: dict[tuple[str, str], str] = {}
    models: dict[str, tuple[str, ...]] = {}
    kept_with: dict[str, list[str]] = {}
    collapsed: dict[str, str] = {}
    for product in ordered:
        mine = grams[product.id]
        rare = sorted(mine, key=lambda gram: (common[gram], gram))[: len(mine) - math.ceil(threshold * len(mine)) + 1]
        picture = (product.merchant.id, product.pictures[0]) if product.pictures else None
        models[product.id] = models_of(product)
        if product.id not in protected:
            twin = titles.get(keys[product.id]) or (pictures.get(picture) if picture else None)
            if twin is None:
                twin = _near(product.id, rare, grams, kept_with, models, threshold)
            if twin is not None:
                collapsed[product.id] = twin
                continue
        titles.setdefault(keys[product.id], product.id)
        if picture:
            pictures.setdefault(picture, product.id)
        for gram in rare:
            kept_with.setdefault(gram, []).append(product.id)
    return collapsed


def _near(
    product_id: str,
    rare: Sequence[str],
    grams: dict[str, frozenset[str]],
    kept_with: dict[str, list[str]],
    models: dict[str, tuple[str, ...]],
    threshold: float,
) -> str | None:
    mine = grams[product_id]
    seen: set[str] = set()
    for gram in rare:
        for other in kept_with.get(gram, ()):
            theirs = grams[other]
            if other in seen or min(len(mine), len(theirs)) < threshold * max(len(mine), len(theirs)):
                continue
            seen.add(other)
            if models[other] == models[product_id] and jaccard(mine, theirs) >= threshold:
                return other
    return None
