"""Prices that cannot be meant."""

from __future__ import annotations

import pytest

from huichang.catalog.product import Product
from huichang.selection.policy import load_policy
from huichang.selection.pricing import SanePrices
from tests.support.fakes import a_product

POLICY = load_policy().price
CUPS = [a_product(f"cup-{n}", price=20 + 3 * n, category_path=("家居", "水具", "保温杯")) for n in range(12)]


def cup(price: float, path: tuple[str, ...] = ("家居", "水具", "保温杯"), currency: str = "CNY") -> Product:
    return a_product("odd", price=price, category_path=path, currency=currency)


@pytest.mark.parametrize("price", [0.01, 1, 99_999, 9_999])
def test_a_placeholder_is_far_from_its_kind(price: float) -> None:
    found = SanePrices([*CUPS, cup(price)], POLICY).problem(cup(price))
    assert found
    assert not found.low <= price <= found.high
    assert (found.category, found.currency, found.known) == ("保温杯", "CNY", 13)


@pytest.mark.parametrize("price", [3.5, 9.9, 299, 600])
def test_cheap_and_dear_goods_are_no_placeholders(price: float) -> None:
    assert SanePrices([*CUPS, cup(price)], POLICY).problem(cup(price)) is None


def test_a_category_that_is_too_small_is_judged_by_the_one_above() -> None:
    odd = cup(99_999, ("家居", "水具", "温度计"))
    assert SanePrices([*CUPS, odd], POLICY).problem(odd).category == "水具"  # type: ignore[union-attr]


def test_another_currency_is_another_scale_and_a_few_prices_prove_nothing() -> None:
    assert SanePrices([*CUPS, cup(99_999, currency="JPY")], POLICY).problem(cup(99_999, currency="JPY")) is None
    assert SanePrices([cup(1), cup(99_999)], POLICY).problem(cup(99_999)) is None


def test_where_prices_truly_spread_far_nothing_is_odd() -> None:
    spread = [a_product(f"s-{n}", price=10 ** (n % 5)) for n in range(25)]
    prices = SanePrices(spread, POLICY)
    assert [product.id for product in spread if prices.problem(product)] == []
