"""A product's terms as cards show them: price steps, smallest order, when it ships, what is sold and left. Facts only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.kernel.money import Money
from huichang.pages.model import Card, CardTier, PageModel
from huichang.pages.wording import clean_text, cut, human_count
from huichang.pages.words import words

_TRAITS, _NAME, _VALUE = 6, 24, 40
_DAY = 24
_DAYS_FROM = 72


def terms_of(product: Product, language: Language) -> dict[str, Any]:
    """The fields of a card that say on which terms a product is sold."""
    least = max(product.moq, product.tiers[0].min_quantity)
    # The first step is the price that the card shows. Steps that begin below the smallest order cannot be bought by themselves.
    steps = [CardTier(pieces=least, price=product.price)]
    steps += [
        CardTier(pieces=tier.min_quantity, price=Money(amount=tier.price, currency=product.currency))
        for tier in product.tiers
        if tier.min_quantity > least
    ]
    stated = ((clean_text(name), clean_text(value)) for name, value in product.text(language).attributes.items())
    return {
        "tiers": tuple(steps),
        "moq": least,
        "ships_within": product.ship_within_hours or None,
        "sold": product.sales_30d,
        "stock": product.stock,
        "rating": product.rating,
        "traits": tuple((cut(name, _NAME), cut(value, _VALUE)) for name, value in stated if name and value)[:_TRAITS],
    }


def in_hours(hours: int | None, language: Language) -> str:
    """ "48小时内" or "within 5 days"; "" where it is not known. Rounded up: never sooner than promised."""
    if hours is None or hours <= 0:
        return ""
    said = words(language)
    return said["within_days"].format(n=math.ceil(hours / _DAY)) if hours > _DAYS_FROM else said["within_hours"].format(n=hours)


def pieces_of(number: int, language: Language) -> str:
    """ "1,000件" or "1,000 pcs"."""
    said = words(language)
    return said["one_piece"] if number == 1 else said["pieces_n"].format(n=f"{number:,}")


def sold_count(card: Card, language: Language) -> str:
    """ "1.2万件" or "12k pcs" of the last 30 days; "" where none are known. Rounded down."""
    return words(language)["pieces_n"].format(n=human_count(card.sold, language)) if card.sold else ""


def page_figures(page: PageModel) -> list[tuple[str, str]]:
    """(name, figure) of the whole page: products, suppliers, unit prices, the lowest smallest order; what is not known is left out."""
    said = words(page.language)
    cards = list({card.product_id: card for floor in page.floors for card in floor.cards}.values())
    figures = [(said["goods_n"], f"{len(cards):,}")]
    suppliers = {card.merchant_id for card in cards if card.merchant_id}
    if len(suppliers) > 1 and all(card.merchant_id for card in cards):
        figures.append((said["suppliers_n"], f"{len(suppliers):,}"))
    if prices := price_range(cards):
        figures.append((said["price_range"], prices))
    if cards and all(card.moq for card in cards):
        figures.append((said["least_moq"], pieces_of(min(card.moq for card in cards), page.language)))
    return figures


def price_range(cards: Iterable[Card]) -> str:
    """ "¥4.21–¥56.95" of the prices at the smallest order; one price where all are alike, "" with two currencies."""
    prices = [card.price for card in cards if not card.state]
    if not prices or len({price.currency for price in prices}) > 1:
        return ""
    low, high = (choose(prices, key=lambda price: price.amount) for choose in (min, max))
    return str(low) if low == high else f"{low}–{high}"


def saving(card: Card) -> int:
    """How far the price lies below a true list price, in whole percent rounded down; 0 where there is none."""
    if card.list_price is None or card.list_price.currency != card.price.currency or card.list_price.amount <= card.price.amount:
        return 0
    return int((1 - card.price.amount / card.list_price.amount) * 100)


def gone(card: Card) -> int | None:
    """Of the pieces sold in 30 days and those in stock, the share sold, in whole percent rounded down; None where one is not known."""
    if card.sold is None or card.stock is None or card.sold + card.stock == 0:
        return None
    return card.sold * 100 // (card.sold + card.stock)


def trait_line(card: Card, most: int = 3) -> str:
    """ "短毛绒 · 黑白 · 55cm": values that its title does not say already."""
    title = card.title.casefold()
    fresh: Sequence[str] = [value for _, value in card.traits if value.casefold() not in title]
    return " · ".join(dict.fromkeys(fresh[:most]))
