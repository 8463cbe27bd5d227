"""What a page puts forward besides its floors: the lowest prices, the newest goods, budgets; and how a wall of tiles is laid."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from huichang.kernel.model import Model
from huichang.kernel.money import Money
from huichang.pages.model import Card, PageModel
from huichang.pages.wording import NEW_DAYS
from huichang.pages.words import words

Tile = Literal["lead", "wide", "tile"]

_WALL = 4
_ROUND = (1, 1.5, 2, 3, 5, 8)
_BAND_LEAST = 3
_BAND_SHOWN = 4
_FEW_NEW = 4


class Budget(Model):
    """A price band in words ("¥20 – ¥50"), and a few goods of it, each of another floor where there are enough."""

    label: str
    cards: tuple[Card, ...]


def cheapest(page: PageModel, limit: int = 10) -> tuple[Card, ...]:
    """The lowest unit prices of the page, one currency only; () where a page is too small to repeat itself."""
    cards = _cards(page)
    if len(cards) < 2 * limit or len({card.price.currency for card in cards}) != 1:
        return ()
    return tuple(sorted(cards, key=lambda card: (card.price.amount, card.product_id))[:limit])


def newest(page: PageModel, limit: int = 16) -> tuple[Card, ...]:
    """Goods that were listed in the last 30 days, the latest first; () where there are too few to speak of."""
    fresh = [card for card in _cards(page) if card.listed_days is not None and card.listed_days <= NEW_DAYS]
    if len(fresh) < _FEW_NEW:
        return ()
    return tuple(sorted(fresh, key=lambda card: (card.listed_days or 0, card.product_id))[:limit])


def budgets(page: PageModel) -> tuple[Budget, ...]:
    """Three bands between round prices, about a third of the goods in each; () with several currencies or too few goods in a band."""
    cards = _cards(page)
    if len({card.price.currency for card in cards}) != 1 or len(cards) < 3 * _BAND_LEAST:
        return ()
    prices = sorted(card.price.amount for card in cards)
    low, high = (_round(prices[len(prices) * third // 3]) for third in (1, 2))
    currency = cards[0].price.currency
    below, above = (str(Money(amount=limit, currency=currency)) for limit in (low, high))
    t = words(page.language)
    bands = (
        (t["budget_below"].format(price=below), [card for card in cards if card.price.amount <= low]),
        (t["budget_between"].format(low=below, high=above), [card for card in cards if low < card.price.amount <= high]),
        (t["budget_above"].format(price=above), [card for card in cards if card.price.amount > high]),
    )
    if any(len(within) < _BAND_LEAST for _, within in bands):
        return ()
    return tuple(Budget(label=label, cards=_spread(page, within)) for label, within in bands)


def mosaic(count: int, lead: bool) -> tuple[Tile, ...]:
    """Sizes of `count` tiles in order, on four columns (two on phones), so that no cell stays empty.

    lead: 2 x 2 cells, the first one; wide: 2 x 1; tile: 1 x 1. Fewer than three goods are all wide.
    """
    if count < 3:
        return tuple("wide" for _ in range(count))
    cells = count + (3 if lead else 0)
    wide = -cells % _WALL
    rest = count - lead
    pairs = [False] * ((rest - wide) // 2) + [True] * wide  # pairs of small tiles, and wide ones: two cells each
    # Wide ones are spread over the wall, and begin where rows do or end where they end: both are two cells.
    step = len(pairs) / wide if wide else 1
    turns = {int(number * step + step / 2) for number in range(wide)}
    tiles: list[Tile] = ["lead"] if lead else []
    for place in range(len(pairs)):
        tiles += ["wide"] if place in turns else ["tile", "tile"]
    return tuple(tiles)


def _cards(page: PageModel) -> list[Card]:
    """Goods that can be bought, and whose price is known."""
    return list({card.product_id: card for floor in page.floors for card in floor.cards if not card.state}.values())


def _round(amount: Decimal) -> Decimal:
    """The nearest price that people would name: 1, 1.5, 2, 3, 5, 8 and their tenfolds."""
    power = Decimal(10) ** (amount.adjusted())
    steps = [Decimal(str(step)) * scale for scale in (power, power * 10) for step in _ROUND]
    return min(steps, key=lambda step: (abs(step - amount), step))


def _spread(page: PageModel, within: list[Card]) -> tuple[Card, ...]:
    """First one good of every floor, then second ones."""
    left = {card.product_id for card in within}
    rows = [[card for card in floor.cards if card.product_id in left] for floor in page.floors]
    ordered = [row[depth] for depth in range(max(map(len, rows), default=0)) for row in rows if depth < len(row)]
    return tuple({card.product_id: card for card in ordered}.values())[:_BAND_SHOWN]
