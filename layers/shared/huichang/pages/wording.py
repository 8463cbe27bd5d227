"""Facts of products as short, true words: tiers, sales, tags, benefits. No model writes any of these."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.kernel.money import Money

# Marks that turn the writing direction: a title with one of them could reorder the price next to it.
_DIRECTION = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u2060\ufeff\ufff9-\ufffb]")
_MAX_MARKS = 2
NEW_DAYS = 30
"""Goods listed for no longer are new."""


def clean_text(text: str) -> str:
    """Text that cannot leave its line: no direction marks, no control characters, at most two marks on a letter."""
    text = _DIRECTION.sub("", _INVISIBLE.sub(" ", text))
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MAX_MARKS:
            kept.append(character)
    return " ".join("".join(kept).split())


def text_width(text: str) -> int:
    """Width in Latin letters: a Chinese character counts two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def cut(text: str, width: int) -> str:
    """The text, cut to a width in Latin letters with an ellipsis; Latin words stay whole where they can."""
    if text_width(text) <= width:
        return text
    kept = ""
    for character in text:
        if text_width(kept + character) > width - 1:
            break
        kept += character
    head, space, _ = kept.rpartition(" ")
    if space and text_width(head) > width * 0.6:
        kept = head
    return kept.rstrip(" ,，、·-—") + "…"


def human_count(number: int, language: Language) -> str:
    """12345 -> "1.2万" or "12k". Rounded down: never more than was sold."""
    if language == "zh":
        if number >= 10_000:
            return f"{_tenths(number, 10_000)}万"
        return f"{number:,}" if number < 1000 else str(number)
    if number >= 1_000_000:
        return f"{_tenths(number, 1_000_000)}M"
    if number >= 10_000:
        return f"{number // 1000}k"
    if number >= 1000:
        return f"{_tenths(number, 1000)}k"
    return str(number)


def _tenths(number: int, unit: int) -> str:
    whole, rest = divmod(number * 10 // unit, 10)
    return f"{whole}.{rest}" if rest and whole < 100 else str(whole)


def sold_hint(product: Product, language: Language) -> str:
    """ "30天售 1.2万件"; "" where sales are unknown or none."""
    if not product.sales_30d:
        return ""
    count = human_count(product.sales_30d, language)
    return f"30天售 {count}件" if language == "zh" else f"{count} sold in 30 days"


def tier_hint(product: Product, language: Language) -> str:
    """ "2件起批 · 100件 ¥11.5"; "" for goods sold singly at one price."""
    first, last = product.tiers[0], product.tiers[-1]
    least = max(product.moq, first.min_quantity)
    parts: list[str] = []
    if least > 1:
        parts.append(f"{least}件起批" if language == "zh" else f"Min. {least:,} pcs")
    if last.price < first.price and last.min_quantity > least:
        price = str(Money(amount=last.price, currency=product.currency))
        parts.append(f"{last.min_quantity}件 {price}" if language == "zh" else f"{last.min_quantity:,}+ {price}")
    return " · ".join(parts)


def tags(product: Product, language: Language) -> tuple[str, ...]:
    """At most two facts worth a badge, strongest first."""
    zh = language == "zh"
    found: list[str] = []
    if "free_shipping" in product.benefits:
        found.append("包邮" if zh else "Free shipping")
    hours = product.ship_within_hours
    if hours is not None and 0 < hours <= 48:
        found.append(f"{hours}h发货" if zh else f"Ships in {hours}h")
    if product.listed_days is not None and product.listed_days <= NEW_DAYS:
        found.append("新品" if zh else "New")
    if product.merchant.factory_verified:
        found.append("源头工厂" if zh else "Factory")
    if "seven_day_return" in product.benefits:
        found.append("7天无理由" if zh else "7-day returns")
    if "customizable" in product.benefits:
        found.append("支持定制" if zh else "Custom")
    return tuple(found[:2])


def benefit_claims(products: Sequence[Product], language: Language, limit: int = 5) -> list[tuple[str, str]]:
    """(kind, text) of what may truly be said of the shown products, strongest first.

    A claim without a number holds for every product; a claim that holds for some says for how many.
    """
    zh = language == "zh"
    total = len(products)
    if not total:
        return []
    whole: list[tuple[str, str]] = []
    partly: list[tuple[int, str, str]] = []

    def claim(kind: str, holds: int, all_text: str, some_text: str) -> None:
        if holds == total:
            whole.append((kind, all_text))
        elif holds >= max(3, total // 10):
            partly.append((holds, kind, some_text.format(n=holds)))

    def offering(benefit: str) -> int:
        return sum(benefit in product.benefits for product in products)

    claim(
        "coupon", offering("coupon_300_30"),
        "满300减30" if zh else "30 off every 300",
        "{n} 款满300减30" if zh else "{n} items: 30 off 300",
    )  # fmt: skip
    claim(
        "shipping", offering("free_shipping"),
        "全场包邮" if zh else "Free shipping on all",
        "{n} 款包邮" if zh else "Free shipping on {n}",
    )  # fmt: skip
    hours = [product.ship_within_hours for product in products if product.ship_within_hours is not None]
    quick = [wait for wait in hours if 0 < wait <= 48]
    slowest = max(quick, default=48)
    claim(
        "clock", len(quick),
        f"{slowest}小时内发货" if zh else f"All ship in {slowest}h",
        "{n} 款48小时内发货" if zh else "{n} ship within 48h",
    )  # fmt: skip
    factory = sum(product.merchant.factory_verified for product in products)
    claim(
        "factory", factory,
        "全部源头工厂" if zh else "All from factories",
        "{n} 款源头工厂" if zh else "{n} factory-direct",
    )  # fmt: skip
    claim(
        "returns", offering("seven_day_return"),
        "7天无理由退货" if zh else "7-day returns",
        "{n} 款7天无理由" if zh else "7-day returns on {n}",
    )  # fmt: skip
    priced: list[tuple[str, str]] = []
    if len({product.currency for product in products}) == 1:
        lowest = str(Money(amount=min(_prices(products)), currency=products[0].currency))
        priced = [("price", f"{lowest} 起" if zh else f"From {lowest}")]
    claim(
        "dropship", offering("dropshipping"),
        "一件代发" if zh else "Dropshipping",
        "{n} 款一件代发" if zh else "{n} dropship",
    )  # fmt: skip
    # Words without a number speak first, then the price, then what most goods have in common.
    some = [(kind, text) for _, kind, text in sorted(partly, key=lambda item: -item[0])]
    found = [*whole[: limit - 1], *priced, *whole[limit - 1 :], *some]
    if len(found) < limit:
        found.append(("goods", f"{total} 款精选" if zh else f"{total} picks"))
    return found[:limit]


def _prices(products: Sequence[Product]) -> list[Decimal]:
    return [product.price.amount for product in products]
