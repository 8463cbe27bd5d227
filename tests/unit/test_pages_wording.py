"""Hints, tags and benefits say what is true, in both languages."""

from __future__ import annotations

from decimal import Decimal

import pytest

from huichang.catalog.product import Merchant, PriceTier, Product
from huichang.kernel.language import Language
from huichang.pages.wording import (
    benefit_claims,
    clean_text,
    cut,
    human_count,
    sold_hint,
    tags,
    text_width,
    tier_hint,
)
from tests.support.products import make_product


def tiers(*steps: tuple[int, str]) -> tuple[PriceTier, ...]:
    return tuple(PriceTier(min_quantity=quantity, price=Decimal(price)) for quantity, price in steps)


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [
        (320, "320", "320"),
        (1288, "1288", "1.2k"),
        (12_345, "1.2万", "12k"),
        (10_000, "1万", "10k"),
        (99_999, "9.9万", "99k"),
        (1_230_000, "123万", "1.2M"),
    ],
)
def test_counts_are_human_and_never_rounded_up(number: int, zh: str, en: str) -> None:
    assert (human_count(number, "zh"), human_count(number, "en")) == (zh, en)


@pytest.mark.parametrize(("sales", "zh", "en"), [(12_345, "30天售 1.2万件", "12k sold in 30 days"), (None, "", ""), (0, "", "")])
def test_sold_hint(sales: int | None, zh: str, en: str) -> None:
    product = make_product(1, sales_30d=sales)
    assert (sold_hint(product, "zh"), sold_hint(product, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("moq", "steps", "zh", "en"),
    [
        (2, ((1, "12.80"), (100, "11.50")), "2件起批 · 100件 ¥11.50", "Min. 2 pcs · 100+ ¥11.50"),
        (1, ((1, "12.80"), (100, "11.50")), "100件 ¥11.50", "100+ ¥11.50"),
        (1, ((1, "9"),), "", ""),
        (50, ((1, "9"), (20, "8")), "50件起批", "Min. 50 pcs"),  # nobody may buy 20
        (1, ((1, "9"), (20, "9")), "", ""),  # the step saves nothing
    ],
)
def test_tier_hint(moq: int, steps: tuple[tuple[int, str], ...], zh: str, en: str) -> None:
    product = make_product(1, moq=moq, tiers=tiers(*steps), list_price=None)
    assert (tier_hint(product, "zh"), tier_hint(product, "en")) == (zh, en)


def test_at_most_two_tags_and_only_true_ones() -> None:
    rich = make_product(1, benefits=("free_shipping", "seven_day_return"), ship_within_hours=24, listed_days=3)
    plain = make_product(1, benefits=(), ship_within_hours=72, listed_days=200, merchant=Merchant(id="m", factory_verified=False))
    assert tags(rich, "zh") == ("包邮", "24h发货")
    assert tags(rich, "en") == ("Free shipping", "Ships in 24h")
    assert tags(plain, "zh") == ()


def goods(count: int, shipped: int, hours: int | None = None) -> list[Product]:
    return [
        make_product(
            number,
            benefits=("free_shipping",) if number < shipped else (),
            ship_within_hours=hours,
            merchant=Merchant(id="m"),
            list_price=None,
            tiers=tiers((1, str(10 + number))),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("shipped", "language", "expected"),
    [
        (20, "zh", "全场包邮"),
        (19, "zh", "19 款包邮"),
        (20, "en", "Free shipping on all"),
        (5, "en", "Free shipping on 5"),
    ],
)
def test_a_claim_without_a_number_holds_for_all(shipped: int, language: Language, expected: str) -> None:
    assert ("shipping", expected) in benefit_claims(goods(20, shipped), language)


def test_a_claim_that_holds_for_next_to_nothing_is_not_made() -> None:
    assert "shipping" not in [kind for kind, _ in benefit_claims(goods(40, 2), "zh")]


def test_the_price_claim_is_the_lowest_price_and_needs_one_currency() -> None:
    mixed = [*goods(4, 0), make_product(9, currency="USD")]
    assert ("price", "¥10 起") in benefit_claims(goods(4, 0), "zh")
    assert "price" not in [kind for kind, _ in benefit_claims(mixed, "zh")]


def test_the_slowest_of_the_quick_is_promised() -> None:
    both = [*goods(3, 0, hours=24), *goods(3, 0, hours=36)]
    assert ("clock", "36小时内发货") in benefit_claims(both, "zh")


def test_there_are_never_more_than_five_and_none_for_nothing() -> None:
    everything = [
        make_product(
            number,
            benefits=("free_shipping", "seven_day_return", "coupon_300_30", "dropshipping"),
            ship_within_hours=24,
            merchant=Merchant(id="m", factory_verified=True),
        )
        for number in range(10)
    ]
    claims = benefit_claims(everything, "zh")
    assert len(claims) == 5
    assert "price" in [kind for kind, _ in claims]
    assert benefit_claims([], "zh") == []


def test_text_cannot_leave_its_line() -> None:
    assert clean_text("熊猫\u202e3.9¥\u2066 玩偶\n\n\x00大号") == "熊猫3.9¥ 玩偶 大号"
    zalgo = "p" + "\u0301\u0302\u0303\u0304\u0305\u0306" * 20 + "anda"
    assert len(clean_text(zalgo)) <= 8
    assert clean_text("हिन्दी नमस्ते") == "हिन्दी नमस्ते"


def test_cutting_counts_chinese_as_two_and_keeps_latin_words() -> None:
    assert text_width("熊猫ab") == 6
    assert cut("熊猫玩偶大号抱枕", 9) == "熊猫玩偶…"
    assert cut("Panda plush doll for kids", 19) == "Panda plush doll…"
    assert cut("short", 20) == "short"
