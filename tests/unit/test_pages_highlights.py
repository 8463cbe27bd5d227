"""What a page puts forward is true of its goods, and a wall has no hole."""

from __future__ import annotations

from decimal import Decimal

import pytest

from huichang.kernel.money import Money
from huichang.pages.highlights import budgets, cheapest, mosaic, newest
from huichang.pages.model import PageModel
from tests.support.browser import make_page


def priced(prices: list[str], *, currency: str = "CNY", per: int = 4) -> PageModel:
    sizes = [len(prices[at : at + per]) for at in range(0, len(prices), per)]
    page = make_page(floors=sizes)
    left = iter(prices)
    floors = tuple(
        floor.model_copy(
            update={
                "cards": tuple(
                    card.model_copy(update={"price": Money(amount=Decimal(next(left)), currency=currency)}) for card in floor.cards
                )
            }
        )
        for floor in page.floors
    )
    return page.model_copy(update={"floors": floors})


def test_budgets_lie_between_round_prices_and_every_good_stands_in_its_own() -> None:
    bands = budgets(priced([f"{amount}.90" for amount in range(4, 40, 3)]))
    assert [band.label for band in bands] == ["¥15 以内", "¥15 – ¥30", "¥30 以上"]
    amounts = [[card.price.amount for card in band.cards] for band in bands]
    assert all(amount <= 15 for amount in amounts[0])
    assert all(15 < amount <= 30 for amount in amounts[1])
    assert all(amount > 30 for amount in amounts[2])
    assert all(3 <= len(band) <= 4 for band in amounts)


def test_a_band_shows_goods_of_several_floors_first() -> None:
    (first, *_) = budgets(priced(["1", "2", "3", "4", "9", "9", "40", "40", "5", "6", "41", "42"], per=4))
    assert len({card.product_id for card in first.cards}) == len(first.cards)
    page = priced(["1", "2", "3", "4", "9", "9", "40", "40", "5", "6", "41", "42"], per=4)
    floor_of = {card.product_id: floor.floor_id for floor in page.floors for card in floor.cards}
    assert len({floor_of[card.product_id] for card in first.cards[:2]}) == 2


@pytest.mark.parametrize("prices", [["5"] * 12, ["1", "2", "3"], ["9.90"] * 11 + ["500"]])
def test_there_are_no_budgets_where_prices_do_not_part(prices: list[str]) -> None:
    assert budgets(priced(prices)) == ()


def test_two_currencies_are_not_compared() -> None:
    page = priced([str(amount) for amount in range(4, 40)])
    card = page.floors[0].cards[0].model_copy(update={"price": Money(amount=Decimal(1), currency="USD")})
    mixed = page.floors[0].model_copy(update={"cards": (card, *page.floors[0].cards[1:])})
    page = page.model_copy(update={"floors": (mixed, *page.floors[1:])})
    assert budgets(page) == ()
    assert cheapest(page) == ()


def test_the_newest_come_first_and_only_goods_that_are_new() -> None:
    page = make_page(floors=(8,))
    ages = [3, None, 200, 30, 31, 1, 12, 0]
    cards = tuple(card.model_copy(update={"listed_days": age}) for card, age in zip(page.floors[0].cards, ages, strict=True))
    page = page.model_copy(update={"floors": (page.floors[0].model_copy(update={"cards": cards}),)})
    assert [card.listed_days for card in newest(page)] == [0, 1, 3, 12, 30]
    few = tuple(card.model_copy(update={"listed_days": 99}) for card in cards[:5]) + cards[5:]
    assert newest(page.model_copy(update={"floors": (page.floors[0].model_copy(update={"cards": few}),)})) == ()


@pytest.mark.parametrize("lead", [True, False])
@pytest.mark.parametrize("count", range(3, 60))
@pytest.mark.parametrize("across", [2, 4])
def test_a_wall_has_no_hole_on_phones_nor_desktops(count: int, lead: bool, across: int) -> None:
    """Tiles are laid as a grid lays them: in order, each where it next fits, never back."""
    tiles = mosaic(count, lead)
    assert len(tiles) == count
    taken: set[tuple[int, int]] = set()
    row = column = 0
    for tile in tiles:
        wide, high = {"lead": (2, 2), "wide": (2, 1), "tile": (1, 1)}[tile]
        while column + wide > across or any((row + y, column + x) in taken for y in range(high) for x in range(wide)):
            column += 1
            if column + wide > across:
                row, column = row + 1, 0
        taken |= {(row + y, column + x) for y in range(high) for x in range(wide)}
        column += wide
    assert len(taken) == across * (max(y for y, _ in taken) + 1)
