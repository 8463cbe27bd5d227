"""What copy is handed: counted of exactly the goods that a component shows, and again before they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from statistics import fmean
from typing import Any

from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.materials.claims import Facts, Ungrounded, qualities_of, ungrounded
from huichang.materials.model import MaterialRequest
from huichang.materials.policy import PolicyFinding
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


def still_true(
    request: MaterialRequest, texts: Mapping[str, str], products: Sequence[Product]
) -> tuple[dict[str, str], list[PolicyFinding]]:
    """The texts whose claims hold of the goods as they are shown now, and what is told of the others.

    Copy was checked when it was written; prices, stock and the goods themselves change until the page is rendered. What no longer holds is
    left out, and the page says what it says without copy. A request whose facts cannot be counted again (no products) is not judged.
    """
    if not products:
        return dict(texts), []
    known = Facts.of({**request.facts, **counted(products, request.language)})
    kept: dict[str, str] = {}
    told: list[PolicyFinding] = []
    for slot, text in texts.items():
        found = ungrounded(text, known)
        if not found:
            kept[slot] = text
        told += [_stale(f"{request.component}.{slot}", text, claim) for claim in found[:1]]
    return kept, told


def true_slogan(venue: Venue, products: Sequence[Product]) -> str:
    """The theme's slogan where nothing in it is more than these goods keep: it stands in for a subtitle that was not written."""
    known = Facts.of({"theme_name": venue.theme.name, **counted(products, venue.language)})
    return "" if ungrounded(venue.theme.slogan, known) else venue.theme.slogan


def _stale(place: str, text: str, claim: Ungrounded) -> PolicyFinding:
    return PolicyFinding(
        rule="claims.stale",
        kind="deceptive",
        severity="warn",
        words=claim.words,
        place=place,
        start=max(0, text.find(claim.words)),
        end=max(0, text.find(claim.words)) + len(claim.words),
        law="facts of the goods shown",
        message={
            "zh": f"写的时候成立，现在不再成立（{claim.says}）；这段文案没有上页面",
            "en": f"held when it was written and no longer does ({claim.says}); this text was left off the page",
        },
        mend={"zh": "退回这份文案重写，或先核对商品数据", "en": "send this copy back to be written again, or look at the products' data"},
    )
