"""What copy is handed: counted of exactly the goods that a component shows, and again before they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from statistics import fmean
from typing import Any

from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.materials.claims import Facts, qualities_of, ungrounded
from huichang.themes.model import Window
from huichang.themes.promises import Promises
from huichang.venues.model import Venue

_NUMBERS = (
    "sales_30d", "sales_growth_7d", "stock", "moq", "rating", "review_count", "repurchase_rate", "return_rate", "ship_within_hours",
    "discount_rate", "listed_days", "merchant_years",
)  # fmt: skip
_SUMMED = frozenset({"sales_30d", "stock", "review_count"})
_AVERAGED = frozenset({"rating"})
_TENTH = frozenset({"discount_rate"})
_YES_OR_NO = ("factory_verified",)  # beside the benefits
_DENIED = frozenset({"", "否", "无", "不支持", "不", "no", "none", "false", "n/a", "-", "/"})


def facts_of(
    venue: Venue,
    products: Sequence[Product],
    trend_titles: Sequence[str],
    promises: Promises,
    *,
    runs: Window | None = None,
    scene: str = "",
) -> dict[str, Any]:
    """What copy may claim about a set of products: counted, never estimated. The keys are those of materials/claims/facts.py.

    `withheld`: words it must not use, because what they promise was asked for and does not hold. `runs`: the days of the promotion.
    `scene`: what the picture beside the text shows.
    """
    return {
        "theme_name": venue.theme.name,
        "slogan": venue.theme.slogan,
        "language": venue.language,
        "keywords": [word for word in venue.theme.keywords[:8] if not promises.false_in(word)],
        "withheld": list(promises.withheld(venue.language)),
        "held": list(promises.held()),
        "trend_titles": list(trend_titles),
        "season": venue.theme.kind,
        **({"runs": {"from": runs.start.isoformat(), "to": runs.end.isoformat()}} if runs else {}),
        **({"scene": scene} if scene else {}),
        **counted(products, venue.language),
    }


def counted(products: Sequence[Product], language: Language) -> dict[str, Any]:
    """The part of the facts that the products decide. Prices only where all are in one currency."""
    currencies = {product.currency for product in products}
    prices = [product.price.amount for product in products] if len(currencies) == 1 else []
    return {
        "product_count": len(products),
        "merchants": len({product.merchant.id for product in products}),
        "price_min": str(min(prices)) if prices else None,
        "price_max": str(max(prices)) if prices else None,
        "currency": next(iter(currencies)) if prices else None,
        "benefits": _offered(products),
        "measures": _measures(products),
        "qualities": dict(sorted(qualities_of(map(_own_words, products)).items())),
        "sample_titles": [product.text(language).title for product in products[:5]],
    }


def _offered(products: Sequence[Product]) -> list[dict[str, Any]]:
    having: dict[str, int] = {}
    for product in products:
        measures = product.indicators()
        for code in (*product.benefits, *(code for code in _YES_OR_NO if measures[code])):
            having[code] = having.get(code, 0) + 1
    # Rounded down: a share of 1 means all of them.
    return [{"code": code, "share": n * 100 // len(products) / 100, "count": n} for code, n in sorted(having.items())]


def _measures(products: Sequence[Product]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    every = [product.indicators() for product in products]
    for code in _NUMBERS:
        values = [float(value) for measures in every if (value := measures[code]) is not None]
        if not values:
            continue
        found[code] = {"known": len(values), "min": _round(min(values), up=False), "max": _round(max(values), up=True)}
        if code in _SUMMED:
            found[code]["total"] = _round(sum(values), up=False)
        if code in _AVERAGED:
            found[code]["mean"] = round(fmean(values), 2)
        if code in _TENTH:
            reached = sorted(values, reverse=True)
            needed = -(-len(products) // 10)
            found[code]["tenth"] = _round(reached[needed - 1], up=False) if len(reached) >= needed else 0.0
    return found


def _round(value: float, *, up: bool) -> float:
    """Three decimals, on the side that claims less."""
    exact = Decimal(repr(value))
    return float(exact.quantize(Decimal("0.001"), rounding="ROUND_CEILING" if up else "ROUND_FLOOR"))


def _own_words(product: Product) -> str:
    """What a product says of itself, in all its languages: titles and attributes. Descriptions are advertising."""
    texts = [product.title, *_attributes(product.attributes)]
    for other in product.localized.values():
        texts += [other.title, *_attributes(other.attributes)]
    return " ; ".join(texts)


def _attributes(attributes: Mapping[str, str]) -> Iterable[str]:
    return (f"{name} {value}" for name, value in attributes.items() if value.strip().casefold() not in _DENIED)


def still_true(texts: Mapping[str, str], facts: Mapping[str, Any]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The texts whose claims follow from these facts, and what is wrong with the others, as "slot: …".

    Copy was checked when it was written. Prices, stock and the goods themselves change until the page is rendered.
    """
    known = Facts.of(facts)
    kept: dict[str, str] = {}
    wrong: list[str] = []
    for slot, text in texts.items():
        found = ungrounded(text, known)
        if found:
            wrong.append(f"{slot}: {found[0].told}")
        else:
            kept[slot] = text
    return kept, tuple(wrong)
