"""Cutting a selection into floors by category, an attribute, brand, price band or sub-themes: what divides best."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.selection.evidence import ProductWords, speaks
from huichang.selection.model import Floor, FloorPlan, Selection
from huichang.selection.words import clean, content_words, fold, han_runs, say
from huichang.themes.model import Theme

MIN_FLOOR = 4
MAX_FLOORS = 8
ENOUGH_FOR_FLOORS = 12
MAX_REST = 1 / 3
MIN_COVERAGE = 0.6
_WELL_FILLED = 24
_TITLE_CHARS = 24
_SHORT = 6
_AFTER_A_NAME = 0.4  # readable once the attribute's name stands before it: 尺码 36
# What a buyer thinks of first when walking through a shop; a way of cutting scores higher for it.
_KIND_WEIGHT = {
    "subthemes": 1.0,
    "category": 0.95,
    "parent_category": 0.9,
    "attribute": 0.75,
    "brand": 0.65,
    "price": 0.5,
}
_WEIGHTS = {"coverage": 0.3, "balance": 0.25, "size": 0.15, "count": 0.15, "naming": 0.15}


class _Cut(Model):
    """One way to cut: groups of product ids by value, and those that belong to none."""

    by: str
    kind: str
    label: str = ""
    groups: dict[str, tuple[str, ...]]
    rest: tuple[str, ...] = ()
    score: float = 0.0
    parts: dict[str, float] = {}


class FloorPlanner:
    """Plans the floors of a venue. Pure: the products come from the caller."""

    def plan(self, theme: Theme, selection: Selection, products: Mapping[str, Product], language: Language) -> FloorPlan:
        """Return 1 to 8 floors that hold every selected product known to `products`, each exactly once.

        No floor has fewer than 4 products unless it is the only one. What fits no floor goes into a last floor "more",
        and a way of cutting that would put a third of the page there is not used. Floors are in order of expected
        sales, "more" last; inside a floor the selection's order holds.
        """
        ids = [item.product_id for item in selection.products if item.product_id in products]
        chosen = {product_id: products[product_id] for product_id in ids}
        cuts = self._cuts(theme, chosen, language) if len(ids) >= ENOUGH_FOR_FLOORS else []
        usable = [scored for cut in cuts if (scored := _scored(_settled(cut), len(ids), language)) is not None]
        usable.sort(key=lambda cut: (-cut.score, cut.by))
        if not usable:
            return self._one(theme, ids, language, too_few=len(ids) < ENOUGH_FOR_FLOORS)
        best = usable[0]
        runner_up = usable[1] if len(usable) > 1 else None
        return FloorPlan(
            by=best.by,
            floors=self._floors(best, chosen, language),
            score=best.score,
            reason=_reason(best, len(ids), language),
            runner_up="" if runner_up is None else f"{runner_up.by} ({runner_up.score:.2f})",
        )

    def _one(self, theme: Theme, ids: Sequence[str], language: Language, *, too_few: bool) -> FloorPlan:
        reason = (
            say(language, f"只有 {len(ids)} 件商品，不分楼层", f"only {len(ids)} products: one floor")
            if too_few
            else say(language, "没有一种分法能均匀地分开", "no way of cutting divides them well")
        )
        title = clean(theme.name, _TITLE_CHARS) or say(language, "全部商品", "All products")
        floors = (Floor(floor_id="floor-1", title=title, value="", product_ids=tuple(ids)),) if ids else ()
        return FloorPlan(by="one", floors=floors, score=0.0, reason=reason)

    def _cuts(self, theme: Theme, chosen: Mapping[str, Product], language: Language) -> list[_Cut]:
        cuts = [_cut("category", "category", "", chosen, lambda product: _leaf(product, language))]
        names: dict[str, int] = {}
        for product in chosen.values():
            for name in product.text(language).attributes:
                names[name] = names.get(name, 0) + 1
        for name in sorted(names):
            if names[name] >= MIN_COVERAGE * len(chosen):
                cuts.append(_cut(f"attribute:{clean(name, 40)}", "attribute", clean(name, 20), chosen, _attribute(name, language)))
        cuts.append(_cut("parent_category", "parent_category", "", chosen, lambda product: _parent(product, language)))
        cuts.append(_cut("brand", "brand", "", chosen, lambda product: product.brand or ""))
        cuts.append(_cut("price", "price", "", chosen, _price_band(list(chosen.values()), language)))
        if len(theme.subthemes) > 1:
            cuts.append(_cut("subthemes", "subthemes", "", chosen, _subtheme(theme)))
        return cuts

    def _floors(self, cut: _Cut, chosen: Mapping[str, Product], language: Language) -> tuple[Floor, ...]:
        order = {product_id: place for place, product_id in enumerate(chosen)}

        def expected(ids: Sequence[str]) -> int:
            return sum(chosen[product_id].sales_30d or 0 for product_id in ids)

        def place(item: tuple[str, tuple[str, ...]]) -> tuple[float, int]:
            if cut.kind == "price":  # bands read from cheap to dear
                return float(min(chosen[product_id].price.amount for product_id in item[1])), 0
            return -expected(item[1]), min(order[product_id] for product_id in item[1])

        groups = sorted(cut.groups.items(), key=place)
        rows = [(_title(cut, value, language), value, ids) for value, ids in groups]
        if cut.rest:
            rows.append((say(language, "更多好货", "More to explore"), "", cut.rest))
        return tuple(
            Floor(floor_id=f"floor-{number}", title=title, value=value, product_ids=ids)
            for number, (title, value, ids) in enumerate(rows, 1)
        )


def _cut(by: str, kind: str, label: str, chosen: Mapping[str, Product], value_of: Callable[[Product], str]) -> _Cut:
    spelled: dict[str, str] = {}
    groups: dict[str, list[str]] = {}
    rest: list[str] = []
    for product_id, product in chosen.items():
        value = clean(value_of(product), 60)
        if not value:
            rest.append(product_id)
            continue
        # "100% 棉" and "100%棉" are one value, in the spelling that came first.
        groups.setdefault(spelled.setdefault(fold(value).replace(" ", ""), value), []).append(product_id)
    return _Cut(
        by=by,
        kind=kind,
        label=label,
        groups={value: tuple(ids) for value, ids in groups.items()},
        rest=tuple(rest),
    )


def _leaf(product: Product, language: Language) -> str:
    path = product.text(language).category_path
    return path[-1] if path else ""


def _parent(product: Product, language: Language) -> str:
    path = product.text(language).category_path
    return path[-2] if len(path) > 2 else ""  # the root is no floor


def _price_band(products: Sequence[Product], language: Language) -> Callable[[Product], str]:
    """Three or four bands of about equal size with round limits; no band where currencies are mixed."""
    prices = sorted(float(product.price.amount) for product in products)
    bands = 4 if len(prices) >= 2 * _WELL_FILLED else 3
    limits = sorted({_round_number(prices[len(prices) * step // bands]) for step in range(1, bands)})
    if len({product.currency for product in products}) != 1:
        return lambda _: ""
    symbol = products[0].price.symbol

    def value(product: Product) -> str:
        amount = float(product.price.amount)
        above = [limit for limit in limits if amount < limit]
        below = [limit for limit in limits if limit <= amount]
        if not below:
            return say(language, f"{symbol}{above[0]:,.10g} 以下", f"Under {symbol}{above[0]:,.10g}")
        if not above:
            return say(language, f"{symbol}{below[-1]:,.10g} 起", f"From {symbol}{below[-1]:,.10g}")
        return f"{symbol}{below[-1]:,.10g}–{above[0]:,.10g}"

    return value


def _round_number(amount: float) -> float:
    """The nearest amount of one or two round digits: a limit that reads like a price band."""
    unit = 10.0 ** math.floor(math.log10(amount))
    return min(
        (step * unit for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9, 10)),
        key=lambda limit: (abs(limit - amount), limit),
    )


def _attribute(name: str, language: Language) -> Callable[[Product], str]:
    def value(product: Product) -> str:
        text = product.text(language).attributes.get(name, "")
        for sign in ("、", "，", ",", ";", "；", "|", "/"):
            text = text.partition(sign)[0]  # of several values the first is the main one
        return text

    return value


def _subtheme(theme: Theme) -> Callable[[Product], str]:
    def value(product: Product) -> str:
        words = ProductWords(product)
        for subtheme in theme.subthemes:
            if any(speaks(words, phrase) for phrase in (*subtheme.keywords, subtheme.name)):
                return subtheme.name
        return ""

    return value


def _settled(cut: _Cut) -> _Cut:
    """Without floors that are too small or too many: they go to the rest, and the rest is never a floor of under 4."""
    ordered = sorted(cut.groups.items(), key=lambda item: (-len(item[1]), item[0]))
    groups = [(value, ids) for value, ids in ordered if len(ids) >= MIN_FLOOR]
    rest = set(cut.rest) | {product_id for _, ids in ordered if len(ids) < MIN_FLOOR for product_id in ids}
    while len(groups) + bool(rest) > MAX_FLOORS or (0 < len(rest) < MIN_FLOOR and len(groups) > 1):
        rest |= set(groups.pop()[1])
    everything = [*(product_id for _, ids in ordered for product_id in ids), *cut.rest]
    kept = tuple(product_id for product_id in everything if product_id in rest)
    return cut.model_copy(update={"groups": dict(groups), "rest": kept})


def _scored(cut: _Cut, total: int, language: Language) -> _Cut | None:
    """The cut with its score, or None if it does not divide."""
    sizes = [len(ids) for ids in cut.groups.values()]
    if len(sizes) < 2 or len(cut.rest) >= MAX_REST * total or max(sizes) > 0.8 * total:
        return None
    if 0 < len(cut.rest) < MIN_FLOOR:
        return None
    covered = sum(sizes)
    entropy = -sum(size / covered * math.log(size / covered) for size in sizes)
    floors = len(sizes) + bool(cut.rest)
    parts = {
        "coverage": covered / total,
        "balance": entropy / math.log(len(sizes)),
        "size": sum(size <= _WELL_FILLED for size in sizes) / len(sizes),
        "count": 1.0 if 3 <= floors <= 6 else 0.8 if floors > 6 else 0.5,
        # Brands and price bands read well in any language.
        "naming": 1.0 if cut.kind in ("brand", "price") else sum(_well_named(value, language) for value in cut.groups) / len(sizes),
    }
    if parts["naming"] < _AFTER_A_NAME:
        return None  # nobody reads a floor called "1.5米床品： 被套 200*230cm"
    score = _KIND_WEIGHT[cut.kind] * sum(_WEIGHTS[name] * part for name, part in parts.items())
    return cut.model_copy(update={"score": round(score, 4), "parts": parts})


def _well_named(value: str, language: Language) -> float:
    """How well a value reads as a floor's title: in the page's language, short, not a bare number."""
    if language == "zh":
        if not han_runs(value):
            return _AFTER_A_NAME if len(value) <= _SHORT else 0.0
        return _AFTER_A_NAME if len(value) < 2 else 1.0 if len(value) <= 8 else 0.5 if len(value) <= 12 else 0.0
    if not any(not word.isdigit() for word in content_words(value)) or han_runs(value):
        return _AFTER_A_NAME if len(value) <= _SHORT else 0.0
    return 1.0 if len(value) <= 24 else 0.5 if len(value) <= 36 else 0.0


def _title(cut: _Cut, value: str, language: Language) -> str:
    """The value, after the attribute's name where it alone says too little (a number, one character)."""
    bare = value if _well_named(value, language) >= 0.5 or not cut.label else f"{cut.label} {value}"
    return clean(bare, _TITLE_CHARS if language == "zh" else 40)


def _reason(cut: _Cut, total: int, language: Language) -> str:
    by = {
        "category": say(language, "叶子类目", "leaf category"),
        "parent_category": say(language, "上级类目", "parent category"),
        "brand": say(language, "品牌", "brand"),
        "price": say(language, "价格带", "price band"),
        "subthemes": say(language, "子主题", "sub-theme"),
        "attribute": say(language, f"属性「{cut.label}」", f"the attribute {cut.label!r}"),
    }[cut.kind]
    parts = cut.parts
    return say(
        language,
        f"按{by}分成 {len(cut.groups)} 层：覆盖 {total} 件商品的 {parts['coverage']:.0%}，均衡度 {parts['balance']:.2f}",
        f"{len(cut.groups)} floors by {by}: they hold {parts['coverage']:.0%} of {total} products, balance {parts['balance']:.2f}",
    )
