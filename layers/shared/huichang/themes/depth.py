"""How much stock truly stands behind a theme, before anything is built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.selection.conditions import meets
from huichang.selection.duplicates import collapse
from huichang.selection.evidence import POOL_SIZE, Topic, TopicFinder
from huichang.selection.index import ProductIndex
from huichang.selection.model import Condition, Eligibility
from huichang.selection.policy import load_policy
from huichang.selection.pool import FILLED
from huichang.selection.pricing import SanePrices
from huichang.selection.product_words import ProductWords, speaks
from huichang.selection.words import IndustryEntry, clean, fold
from huichang.themes.digest import is_telling, percentile, shelf_title
from huichang.themes.model import SubTheme
from huichang.themes.naming import fitted_name

EXACT = 100
_LOOKED_AT = 400
_MAX_TABS = 6


class Depth(Model):
    """What was counted. `at_least`: the pool was cut, so there may be more than `count`.

    `showable`: how many a venue could show: those that meet the conditions, with neighbours where the conditions leave too few
    and a few from the same shelves, without absurd prices and twins. Twins are looked for up to EXACT products.

    Prices (10th, 50th, 90th percentile) are of the commonest currency among the products; None where there are none.
    """

    count: int
    showable: int = 0
    product_ids: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    anchored: bool = False
    at_least: bool = False
    merchants: int = 0
    price_low: float | None = None
    price_mid: float | None = None
    price_high: float | None = None
    currency: str = ""


class StockDepth:
    """Counts the eligible products that speak of a theme in words (selection/evidence.py says what counts)."""

    def __init__(self, index: ProductIndex, industries: Sequence[IndustryEntry] = (), *, pool_size: int = POOL_SIZE) -> None:
        self._finder = TopicFinder(index, industries)
        self._pool_size = pool_size

    def of(
        self,
        keywords: Sequence[str],
        *,
        subjects: Sequence[str] = (),
        catalogue: str | None = None,
        promotion: str | None = None,
        audience: str = "",
    ) -> Depth:
        """Count for a theme's keywords, anchored in the brief's subjects. Raises what the index raises."""
        where = Eligibility(catalogue=catalogue, promotion=promotion)
        return self.measured(keywords, where, subjects=subjects, audience=audience)[0]

    def measured(
        self,
        keywords: Sequence[str],
        where: Eligibility,
        *,
        subjects: Sequence[str] = (),
        audience: str = "",
        conditions: Sequence[Condition] = (),
        minimum: int = 0,
    ) -> tuple[Depth, tuple[Product, ...]]:
        """`of`, and the products that were counted; of a promotion only what is enrolled for it, at its prices.

        `conditions`: what selection will demand of every product, `minimum`: how many products it will need.
        """
        topic = self._finder.find(keywords, subjects, where, self._pool_size, audience=audience)
        found = topic.found
        currency = Counter(product.currency for product in found).most_common(1)
        prices = sorted(float(product.tiers[0].price) for product in found if currency and product.currency == currency[0][0])
        return (
            Depth(
                count=topic.depth,
                showable=self._showable(topic, conditions, minimum),
                product_ids=topic.products,
                categories=topic.categories,
                anchored=topic.anchored,
                at_least=topic.full,
                merchants=len({product.merchant.id for product in found}),
                price_low=percentile(prices, 0.1) if prices else None,
                price_mid=percentile(prices, 0.5) if prices else None,
                price_high=percentile(prices, 0.9) if prices else None,
                currency=currency[0][0] if currency else "",
            ),
            found,
        )

    def _showable(self, topic: Topic, conditions: Sequence[Condition], minimum: int) -> int:
        """As selection chooses (selection/rules.py, selection/fusion.py), without its three recalls."""

        def meeting(products: Iterable[Product]) -> list[Product]:
            return [product for product in products if all(meets(product, condition) for condition in conditions)]

        policy = load_policy()
        prices = SanePrices(topic.found, policy.price)
        able = [product for product in meeting(topic.found) if prices.problem(product) is None]
        if conditions and len(able) < minimum:
            able += meeting(topic.neighbours)
        # Only near the minimum is it worth finding the twins.
        apart = len(able) - len(collapse(able, (), policy.twin)) if len(able) <= EXACT else len(able)
        fill = apart // FILLED if topic.anchored else apart // 2
        return apart + min(fill, len(meeting(topic.beside))) if apart < minimum else apart


def tabs(proposed: Sequence[SubTheme], products: Sequence[Product], minimum: int, name: str, language: Language) -> tuple[SubTheme, ...]:
    """The sub-themes that at least `minimum` of the theme's products speak of, with how many do; the theme's own shelves
    stand in where fewer than two of the proposed have that. A tab that holds everything divides nothing and is left out.
    """
    looked_at = [ProductWords(product) for product in products[:_LOOKED_AT]]
    kept: dict[str, SubTheme] = {}

    def keep(title: str, keywords: Sequence[str], depth: int) -> None:
        fitted, why = fitted_name(title, language)
        key = fold(fitted)
        # What holds nearly everything divides nothing.
        if (
            why
            or (fitted != title and fold(fitted) != fold(title))
            or key in kept
            or key == fold(name)
            or depth < minimum
            or depth > 0.85 * len(looked_at)
        ):
            return
        kept[key] = SubTheme(name=fitted[:40], keywords=tuple(keywords), depth=depth)

    for sub in proposed:
        phrases = sub.keywords or (sub.name,)
        keep(sub.name, sub.keywords, sum(any(speaks(words, phrase) for phrase in phrases) for words in looked_at))
    if len(kept) < 2:
        shelves = Counter(product.leaf_category for product in products[:_LOOKED_AT] if product.leaf_category)
        named = {product.leaf_category: product.text(language).category_path for product in reversed(products[:_LOOKED_AT])}
        for shelf, depth in shelves.most_common(_MAX_TABS):
            on_it = [product for product in products[:_LOOKED_AT] if product.leaf_category == shelf]
            keep(shelf_title(named[shelf][-1] if named[shelf] else shelf, on_it), (shelf,), depth)
    if len(kept) < 2:
        for value, depth in _values(products[:_LOOKED_AT], language).most_common(_MAX_TABS):
            keep(value, (value,), depth)
    return tuple(kept.values())[:_MAX_TABS]


def _values(products: Sequence[Product], language: Language) -> Counter[str]:
    """Uses, styles and motifs of the products, in the brief's language: tabs of a theme that is one shelf."""
    return Counter(
        clean(value, 30)
        for product in products
        for name, value in product.text(language).attributes.items()
        if is_telling(name, clean(value, 30), language)
    )
