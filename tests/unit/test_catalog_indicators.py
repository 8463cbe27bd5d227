"""The indicator catalogue and `Product.indicators()` are one list; vague words stand for the agreed thresholds."""

from __future__ import annotations

import pytest

from huichang.catalog.indicators import (
    INDICATORS,
    Indicator,
    VagueWord,
    indicator_options,
    load_indicators,
    load_vague_words,
)
from tests.support.products import make_product

TEXT_INDICATORS = {"category", "brand", "attribute"}


def test_the_file_and_the_product_name_the_same_indicators() -> None:
    measured = make_product(0).indicators()
    assert set(INDICATORS) == set(measured) | TEXT_INDICATORS


def test_types_agree_with_what_a_product_measures() -> None:
    measured = make_product(0).indicators()
    for code, value in measured.items():
        assert (INDICATORS[code].type == "boolean") == isinstance(value, bool), code
    assert {code for code, item in INDICATORS.items() if item.type == "text"} == TEXT_INDICATORS


def test_a_measured_product_lies_in_every_range() -> None:
    for number in range(50):
        for code, value in make_product(number).indicators().items():
            low, high = INDICATORS[code].range
            if value is not None and not isinstance(value, bool):
                assert low is None or value >= low, code
                assert high is None or value <= high, code


@pytest.mark.parametrize(
    ("word", "indicator", "op", "value", "percentile"),
    [
        ("低价", "price", "<=", None, 30),
        ("cheap", "price", "<=", None, 30),
        ("low-price", "price", "<=", None, 30),
        ("高端", "price", ">=", None, 80),
        ("爆款", "sales_30d", ">=", None, 80),
        ("best-selling", "sales_30d", ">=", None, 80),
        ("高复购", "repurchase_rate", ">=", None, 80),
        ("好评", "rating", ">=", 4.7, None),
        ("新品", "listed_days", "<=", 30, None),
        ("现货", "stock", ">=", 1, None),
        ("小批量", "moq", "<=", 2, None),
        ("快速发货", "ship_within_hours", "<=", 48, None),
        ("大折扣", "discount_rate", ">=", 0.5, None),
        ("包邮", "free_shipping", "=", True, None),
        ("free shipping", "free_shipping", "=", True, None),
    ],
)
def test_vague_words(word: str, indicator: str, op: str, value: float | bool | None, percentile: float | None) -> None:
    found = [vague for vague in load_vague_words() if word in vague.words]
    assert [(item.indicator, item.op, item.value, item.percentile) for item in found] == [(indicator, op, value, percentile)]
    assert isinstance(found[0].value, bool) == isinstance(value, bool)


def test_options_carry_both_languages_and_the_class_under_its_own_name() -> None:
    price = next(option for option in indicator_options() if option["code"] == "price")
    assert price["class"] == "price"
    assert price["zh"] == "价格"
    assert price["en"] == "Price"
    assert load_indicators()["price"].name == {"zh": "价格", "en": "Price"}


def test_a_threshold_must_be_one_thing() -> None:
    with pytest.raises(ValueError, match="either value or percentile"):
        VagueWord(indicator="price", op="<=", zh=("低",), en=("low",))
    with pytest.raises(ValueError, match="either value or percentile"):
        VagueWord(indicator="price", op="<=", value=1.0, percentile=3, zh=("低",), en=("low",))


def test_a_range_must_be_in_order() -> None:
    good = INDICATORS["rating"].model_dump(by_alias=True)
    with pytest.raises(ValueError, match="runs from"):
        Indicator.model_validate(good | {"range": (5, 0)})
