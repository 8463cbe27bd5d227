"""The catalogue's own opportunities, counted by code: what sells, what rises, what is new, what goes together.

A model that plans themes is handed these facts in the prompt; the same facts are attached to a theme as its evidence
once its products are known. Everything is counted on eligible products, so that no theme is led by what cannot be sold.
Cost: two filters and one get for each industry in scope, whatever the size of the catalogue.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from huichang.catalog.product import Product, promoted
from huichang.kernel.ids import content_hash
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.selection.eligibility import eligibility
from huichang.selection.index import ProductIndex
from huichang.selection.model import Condition, Eligibility
from huichang.selection.words import IndustryEntry, by_language, clean, fold, han_runs, say
from huichang.themes.model import CampaignBrief, Evidence

FactKind = Literal["shelf", "together"]
FactSignal = Literal["sells", "rises", "new"]
_BEST = 150
_RISING = 60
_FOUND = 400
_SHELVES_OF_INDUSTRY = 40
_MAX_SHELVES = 140
_MAX_TOGETHER = 24
_NEW_DAYS = 30
# Attributes that tell what a product is for or like. Colours, sizes and counts are shared by everything.
_TELLING = frozenset(
    {"风格", "图案", "用途", "适用", "适用场景", "场景", "主题", "功能", "适用人群", "元素", "系列", "工艺", "风味",
     "style", "pattern", "use", "occasion", "theme", "suitable for", "function", "ideal for", "print", "character", "series", "flavour"}
)  # fmt: skip


class Fact(Model):
    """One thing the catalogue shows. Figures: products, sales_30d, growth_7d (median), price_low/mid/high, merchants, new.

    `category` is the shelf as the index knows it ("" for what goes together), `name` the same in the brief's language.
    """

    id: str
    kind: FactKind
    name: str
    category: str = ""
    group: str = ""
    department: str = ""
    industry: str | None = None
    categories: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    signals: tuple[FactSignal, ...] = ()
    asked_for: int = 0
    figures: dict[str, float] = {}

    def as_evidence(self, language: Language) -> Evidence:
        """The fact as a line an operator reads."""
        kind = self.signals[0] if self.signals else ("together" if self.kind == "together" else "stocked")
        return Evidence(kind=kind, id=self.id, said=self._said(kind, language), figures=self.figures)

    def _said(self, kind: str, language: Language) -> str:
        figures = self.figures
        count, merchants = int(figures.get("products", 0)), int(figures.get("merchants", 0))
        if kind == "together":
            shelves = say(language, "、", ", ").join(self.categories[:4])
            return say(
                language,
                f"「{self.name}」出现在 {len(self.categories)} 个类目的 {count} 件商品上：{shelves}",
                f"{self.name!r} is on {count} products of {len(self.categories)} shelves: {shelves}",
            )
        if kind == "sells":
            sold = int(figures.get("sales_30d", 0))
            return say(
                language,
                f"「{self.name}」近 30 天卖出 {sold} 件，{count} 件在售",
                f"{self.name}: {sold} sold in 30 days, {count} products on sale",
            )
        if kind == "rises":
            growth = figures.get("growth_7d", 0.0)
            return say(
                language,
                f"「{self.name}」近 7 天销量中位增长 {growth:.0%}，{count} 件在售",
                f"{self.name}: sales up {growth:.0%} in 7 days (median), {count} products on sale",
            )
        if kind == "new":
            new = int(figures.get("new", 0))
            return say(
                language,
                f"「{self.name}」近 {_NEW_DAYS} 天上架 {new} 件，共 {count} 件在售",
                f"{self.name}: {new} listed in the last {_NEW_DAYS} days, {count} products on sale",
            )
        return say(
            language,
            f"「{self.name}」在售 {count} 件，{merchants} 家商家",
            f"{self.name}: {count} products on sale from {merchants} merchants",
        )


class Digest(Model):
    """The facts, best first, and what the whole scope looks like. `merchants`: distinct ones among those looked at."""

    facts: tuple[Fact, ...] = ()
    merchants: int = 0
    prices_differ: bool = False

    def by_id(self) -> dict[str, Fact]:
        """Facts by id."""
        return {fact.id: fact for fact in self.facts}


class DigestReader:
    """Counts the digest of a brief's scope."""

    def __init__(self, index: ProductIndex, industries: Sequence[IndustryEntry]) -> None:
        self._index = index
        self._industries = industries

    def read(self, brief: CampaignBrief, conditions: Sequence[Condition] = ()) -> Digest:
        """Return the facts of the brief's industries, or of all where it names none or asks for an occasion with many
        venues; shelves on which the brief's subjects are found come first. Raises what the index raises.

        `conditions`: only goods that meet them are counted.
        """
        where = eligibility(brief).model_copy(update={"conditions": tuple(conditions)})
        found = [hit.product_id for hit in self._index.search(by_language(brief.subjects), where, _FOUND)] if brief.subjects else []
        counts: dict[str, int] = {}
        ids: dict[str, None] = dict.fromkeys(found)
        for scope in self._scopes(where):
            facets = self._index.facet("leaf_category", scope, _SHELVES_OF_INDUSTRY)
            for facet in facets:
                counts[facet.value] = counts.get(facet.value, 0) + facet.count
            ids.update(dict.fromkeys(hit.product_id for hit in self._index.filter(scope, _BEST)))
            ids.update(dict.fromkeys(hit.product_id for hit in self._index.filter(scope, _RISING, "sales_growth_7d")))
        products = promoted(self._index.get(list(ids)), brief.promotion)
        asked = Counter(products[key].leaf_category for key in found if key in products)
        if asked:
            among = where.model_copy(update={"leaf_categories": tuple(shelf for shelf, _ in asked.most_common(40))})
            counts |= {facet.value: facet.count for facet in self._index.facet("leaf_category", among, 40)}
        shelves = _shelves(list(products.values()), counts, asked, brief)
        together = _together(list(products.values()), brief)
        return Digest(
            facts=(*shelves[:_MAX_SHELVES], *together[:_MAX_TOGETHER]),
            merchants=len({product.merchant.id for product in products.values()}),
            prices_differ=len({product.tiers[0].price for product in products.values()}) > 1,
        )

    def _scopes(self, where: Eligibility) -> list[Eligibility]:
        present = {facet.value for facet in self._index.facet("industry", where, 64)}
        known = [entry.code for entry in self._industries if entry.code in present]
        # Products of no known industry are looked at as a whole.
        return [where.model_copy(update={"industries": (code,)}) for code in known] or [where]


def _shelves(products: Sequence[Product], counts: Mapping[str, int], asked: Counter[str], brief: CampaignBrief) -> list[Fact]:
    on: dict[str, list[Product]] = defaultdict(list)
    for product in products:
        if product.leaf_category in counts:
            on[product.leaf_category].append(product)
    facts = [_shelf(shelf, goods, counts[shelf], asked[shelf], brief.language) for shelf, goods in on.items()]
    facts = _with_signals(facts)
    codes = {code: place for place, code in enumerate(brief.industries)}

    def order(fact: Fact) -> tuple[int, int, float, str]:
        return (-fact.asked_for, codes.get(fact.industry or "", len(codes)), -fact.figures.get("sales_30d", 0.0), fact.category)

    asked_first = sorted((fact for fact in facts if fact.asked_for or fact.industry in codes), key=order)
    others = sorted((fact for fact in facts if not fact.asked_for and fact.industry not in codes), key=order)
    return [*asked_first, *_in_turns(others)]


def _in_turns(facts: Iterable[Fact]) -> list[Fact]:
    """One of each industry after the other, so that a cut leaves something of all."""
    queues: dict[str | None, list[Fact]] = defaultdict(list)
    for fact in facts:
        queues[fact.industry].append(fact)
    turns: list[Fact] = []
    for place in range(max(map(len, queues.values()), default=0)):
        turns += [queue[place] for queue in queues.values() if place < len(queue)]
    return turns


def _shelf(shelf: str, goods: Sequence[Product], count: int, asked: int, language: Language) -> Fact:
    path = next((product.text(language).category_path for product in goods if product.text(language).category_path), ())
    own = goods[0].category_path
    industry = Counter(product.industry for product in goods if product.industry).most_common(1)
    names = dict.fromkeys(
        clean(found.category_path[-1], 40) for product in goods for found in (product.text("zh"), product.text("en")) if found.category_path
    )
    return Fact(
        id=f"fact-{content_hash('shelf|' + shelf)[:10]}",
        kind="shelf",
        name=shelf_title(path[-1] if path else shelf, goods),
        category=shelf,
        group=clean(path[-2], 40) if len(path) > 2 else "",
        department=clean(path[0], 40) if len(path) > 1 else "",
        industry=industry[0][0] if industry else None,
        categories=(shelf,),
        words=tuple(list(dict.fromkeys([clean(own[-1], 40), *names]))[:4]) if own else (),
        asked_for=asked,
        figures={"products": float(count)} | _figures(goods),
    )


def shelf_title(shelf: str, goods: Sequence[Product]) -> str:
    """A shelf's name without the brand that some catalogues put in front of it: "Mynte Shorts" are shorts."""
    name = clean(shelf, 40)
    for brand in dict.fromkeys(fold(product.brand) for product in goods if product.brand):
        if fold(name).startswith(f"{brand} ") and len(name) > len(brand) + 2:
            return name[len(brand) :].strip()
    return name


def _figures(goods: Sequence[Product]) -> dict[str, float]:
    """Sums over the products that were looked at; a measure that none of them knows is left out, never zero."""
    prices = sorted(float(product.tiers[0].price) for product in goods)
    figures = {
        "merchants": float(len({product.merchant.id for product in goods})),
        "price_low": percentile(prices, 0.1),
        "price_mid": percentile(prices, 0.5),
        "price_high": percentile(prices, 0.9),
    }
    sales = [product.sales_30d for product in goods if product.sales_30d is not None]
    if sales:
        figures["sales_30d"] = float(sum(sales))
    growths = [product.sales_growth_7d for product in goods if product.sales_growth_7d is not None]
    if growths:
        figures["growth_7d"] = round(statistics.median(growths), 3)
    listed = [product.listed_days for product in goods if product.listed_days is not None]
    if listed:
        figures["new"] = float(sum(days <= _NEW_DAYS for days in listed))
    return figures


def percentile(ordered: Sequence[float], share: float) -> float:
    """Linear interpolation in a sorted, non-empty sequence."""
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 2)


def _with_signals(facts: Sequence[Fact]) -> list[Fact]:
    """Say of each shelf what it leads in: the top fifth by sales, by growth (if it grows), by share of new arrivals."""

    def top(name: str, floor: float) -> set[str]:
        known = sorted((fact for fact in facts if fact.figures.get(name, 0.0) > floor), key=lambda fact: -fact.figures[name])
        return {fact.id for fact in known[: max(1, len(facts) // 5)]}

    leaders: dict[FactSignal, set[str]] = {"sells": top("sales_30d", 0), "rises": top("growth_7d", 0.02), "new": top("new", 2)}
    return [fact.model_copy(update={"signals": tuple(signal for signal, ids in leaders.items() if fact.id in ids)}) for fact in facts]


def _together(products: Sequence[Product], brief: CampaignBrief) -> list[Fact]:
    """What runs through several shelves: a style, a use, a motif that at least three shelves and two merchants share."""
    language = brief.language
    having: dict[str, list[Product]] = defaultdict(list)
    said: dict[str, str] = {}
    for product in products:
        attributes = product.text(language).attributes
        for name, value in attributes.items():
            word = clean(value, 30)
            if is_telling(name, word, language):
                having[fold(word)].append(product)
                said.setdefault(fold(word), word)
    facts = []
    codes = set(brief.industries)
    for key, goods in having.items():
        shelves = Counter(product.leaf_category for product in goods if product.leaf_category)
        merchants = {product.merchant.id for product in goods}
        if len(shelves) < 3 or len(merchants) < 2 or len(goods) < 8 or len(goods) > 0.4 * len(products):
            continue
        industries = Counter(product.industry for product in goods if product.industry).most_common(1)
        facts.append(
            Fact(
                id=f"fact-{content_hash('together|' + key)[:10]}",
                kind="together",
                name=said[key],
                industry=industries[0][0] if industries else None,
                categories=tuple(shelf for shelf, _ in shelves.most_common(8)),
                words=(said[key],),
                figures={"products": float(len(goods)), "shelves": float(len(shelves))} | _figures(goods),
            )
        )
    return sorted(facts, key=lambda fact: (fact.industry not in codes, -fact.figures["shelves"], -fact.figures["products"], fact.name))


def is_telling(attribute: str, word: str, language: Language) -> bool:
    """Whether an attribute's value says what goods are for or like, in a few words of this language."""
    return fold(attribute) in _TELLING and _short(word, language)


def _short(word: str, language: Language) -> bool:
    if language == "zh":
        return bool(han_runs(word)) and 2 <= len(word) <= 6
    return word.replace(" ", "").replace("-", "").isalpha() and 1 <= len(word.split()) <= 3 and not han_runs(word)
