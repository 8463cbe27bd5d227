"""Prices as data: what a call may cost, what it cost, and what nobody knows the price of."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huichang.kernel.errors import InvalidInputError, PermanentError
from huichang.ledger.prices import free, load_prices

OWN = """
qwen: {currency: CNY, as_of: 2026-08-01, input_per_million: "0.8", output_per_million: "2"}
studio: {currency: USD, as_of: 2026-08-01, image: "0.2"}
tokens-and-picture: {currency: USD, as_of: 2026-08-01, output_per_million: "40", image: "0.2"}
twin: {priced_as: gpt-5-mini}
"""


def test_every_stand_in_has_the_price_of_a_hosted_model() -> None:
    prices = load_prices()
    for model, entry in (("chat", "gpt-5-mini"), ("embedding", "text-embedding-3-small"), ("image", "hosted-picture")):
        found = prices.of(f"huichang-offline-{model}")
        assert found == prices.of(entry)
        assert found.told.startswith(f"{entry} of 20")


def test_a_dated_name_is_its_undated_entry() -> None:
    assert load_prices().of("gpt-5-mini-2025-08-07") == load_prices().of("gpt-5-mini")


def test_another_currency_is_counted_in_dollars_and_told() -> None:
    found = load_prices(OWN).of("qwen")
    assert found.input_per_million == Decimal("0.8") * Decimal("0.14")
    assert found.told == "qwen of 2026-08-01, CNY at 0.14 of 2026-11-01"


def test_nobody_calls_what_has_no_price() -> None:
    with pytest.raises(PermanentError, match="nobody knows what a call of mystery costs") as refused:
        load_prices().of("mystery")
    assert refused.value.code == "price_unknown"
    assert "ModelPrices" in refused.value.mend


def test_an_entry_may_stand_for_the_unknown_and_says_so() -> None:
    prices = load_prices(unknown="gpt-5")
    assert prices.of("mystery").input_per_million == Decimal("1.25")
    assert prices.of("mystery").told == "gpt-5 of 2025-08-07, standing for the unknown mystery"
    with pytest.raises(InvalidInputError, match="UnknownModelPrice is priced as nothing"):
        load_prices(unknown="nothing")


def test_a_picture_costs_its_tokens_where_they_are_told() -> None:
    prices = load_prices(OWN)
    assert prices.of("studio").cost(input_tokens=9, output_tokens=9, images=1) == Decimal("0.2")
    picture = prices.of("tokens-and-picture")
    assert picture.cost(input_tokens=0, output_tokens=1000, images=1) == Decimal("0.04")
    assert picture.cost(input_tokens=0, output_tokens=0, images=1) == Decimal("0.2")
    assert picture.most(input_tokens=0, output_tokens=0, images=1) == Decimal("0.2")


@given(st.integers(0, 10**6), st.integers(0, 10**5), st.data())
def test_the_most_covers_every_cost(input_most: int, output_limit: int, data: st.DataObject) -> None:
    used = data.draw(st.integers(0, input_most)), data.draw(st.integers(0, output_limit))
    price = load_prices().of("gpt-5-mini")
    cost = price.cost(input_tokens=used[0], output_tokens=used[1], images=0)
    assert 0 <= cost <= price.most(input_tokens=input_most, output_tokens=output_limit, images=0)


def test_an_evaluation_costs_nothing() -> None:
    assert free().of("anything").cost(input_tokens=10**6, output_tokens=10**6, images=3) == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("m: {currency: USD, as_of: 2026-01-01, input_per_million: -1}", "price of m: input_per_million"),
        ("m: {currency: USD, input_per_million: 1}", "price of m: as_of"),
        ("m: {currency: XAU, as_of: 2026-01-01}", "no rate of XAU"),
        ("m: {currency: USD, as_of: 2026-01-01, per_call: 1}", "price of m: per_call"),
        ("m: {priced_as: nothing}", "m is priced as nothing"),
        ("m: 3", "price of m: the entry"),
        ("[1]", "no mapping"),
        ("m: {", "no YAML"),
    ],
)
def test_a_price_that_cannot_be_read_is_named(text: str, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        load_prices(text)
