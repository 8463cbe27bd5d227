"""Rules over goods, brief and words; the labelled themes hold the installed manifests to them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huichang.catalog.product import PriceTier
from huichang.pages.matching import Asked, Distribution, holds
from huichang.pages.model import MatchRule
from huichang.themes.model import Theme
from infra.bench.styles import shelves
from infra.bench.templates import LEAST, judge, load_cases
from tests.support.products import make_product

SAID = {"zh": "理由", "en": "a reason"}


def kept(rule: dict[str, Any], products: list[Any], **brief: Any) -> bool:
    theme = Theme.model_validate({"name": "Restock now", "keywords": ("mugs",), "industry": None})
    asked = Asked(theme, "en", products, **brief)
    return holds(MatchRule.model_validate({"weight": 1, "because": SAID} | rule), asked, Distribution.of(products))


def priced(number: int, price: int, **changes: Any) -> Any:
    return make_product(number, tiers=(PriceTier(min_quantity=1, price=Decimal(price)),), **changes)


@pytest.mark.parametrize(
    ("rule", "holds_for"),
    [
        ({"min_top_share": 0.75}, True),
        ({"min_top_share": 0.8}, False),
        ({"max_top_share": 0.75}, True),
        ({"max_top_share": 0.7}, False),
        ({"min_department_share": 0.75}, True),
        ({"max_department_share": 0.5}, False),
        ({"min_spread": 4}, True),
        ({"min_spread": 5}, False),
        ({"max_products": 4}, True),
        ({"max_products": 3}, False),
        ({"min_new_share": 0.5}, True),
        ({"min_new_share": 0.6}, False),
        ({"min_reduced_share": 0.25}, True),
        ({"min_reduced_share": 0.3}, False),
        ({"min_tiered_share": 0.25, "moq_from": 10}, True),
        ({"min_tiered_share": 0.25, "moq_from": 11}, False),
    ],
)
def test_shares_of_the_goods(rule: dict[str, Any], holds_for: bool) -> None:
    common = {"list_price": None, "moq": 1, "listed_days": 200}
    goods = [
        priced(10, 10, **common | {"listed_days": 30}),
        priced(20, 20, **common | {"listed_days": 1}),
        priced(30, 40, **common | {"list_price": Decimal(60)}),
        priced(41, 30, **common | {"moq": 10, "listed_days": None}),
    ]
    assert kept(rule, goods) is holds_for


def test_words_of_the_name_the_brief_and_the_end() -> None:
    goods = [make_product(1)]
    assert kept({"name_words": ["restock"]}, goods)
    assert not kept({"name_words": ["mugs"]}, goods)
    assert kept({"words": ["mugs"]}, goods)
    assert kept({"moods": ["urgent"]}, goods, tone="loud and urgent")
    assert not kept({"moods": ["urgent"]}, goods)
    assert kept({"signals": ["new"]}, goods, signal="new")
    assert not kept({"signals": ["new"]}, goods)
    assert kept({"ends": True}, goods, ends=True)
    assert not kept({"ends": True}, goods)
    assert kept({"ends": False}, goods)


def test_prices_of_two_currencies_hold_no_rule() -> None:
    mixed = [make_product(1), make_product(2, currency="USD")]
    assert not kept({"max_median_price": 10_000}, mixed)
    assert not kept({"min_spread": 0.1}, mixed)
    assert not kept({"max_median_price": 10_000}, [])


def test_labelled_themes_get_a_template_a_designer_would_accept() -> None:
    judged = [each.accepted for each in judge(load_cases(), shelves()) if each.accepted is not None]
    assert len(judged) >= 60
    assert sum(judged) / len(judged) >= LEAST


def test_a_choice_tells_the_runner_up_in_both_languages() -> None:
    (case,) = [each for each in load_cases() if each.name == "数码限时秒杀"]
    (judged,) = judge([case], shelves())
    choice = judged.choice
    assert choice.template_id == "flash_sale"
    assert all(set(reason.said) == {"zh", "en"} for reason in choice.why)
    assert choice.reasons == tuple(reason.said["zh"] for reason in choice.why)
    scores = [choice.score, *(other.score for other in choice.others)]
    assert scores == sorted(scores, reverse=True)
    assert choice.runner_up.startswith(f"{choice.others[0].template_id} (")
