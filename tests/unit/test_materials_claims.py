"""What a text claims, and whether the facts carry it: kinds, comparators, how many goods, and evasions."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from huichang.materials.claims import Facts, claims_in, qualities_of, ungrounded
from huichang.materials.claims.checking import TESTS
from huichang.materials.claims.lexicon import the_lexicon
from huichang.materials.claims.reading import fold, read
from infra.bench.claims import CASES, LEAST_PRECISION, LEAST_RECALL, measure, read_cases

FACTS: dict[str, Any] = {
    "theme_name": "熊猫玩偶", "keywords": ["毛绒公仔"], "product_count": 24, "merchants": 9, "currency": "CNY", "price_min": "12.00", "price_max": "128.00",
    "benefits": [
        {"code": "free_shipping", "share": 0.5, "count": 12}, {"code": "customizable", "share": 1.0, "count": 24},
        {"code": "seven_day_return", "share": 1.0, "count": 24}, {"code": "coupon_300_30", "share": 1.0, "count": 24},
    ],
    "measures": {
        "sales_30d": {"known": 24, "min": 40, "max": 5200, "total": 31500}, "stock": {"known": 24, "min": 60, "max": 900, "total": 9000},
        "moq": {"known": 24, "min": 1, "max": 2}, "rating": {"known": 24, "min": 4.5, "max": 4.9, "mean": 4.7},
        "ship_within_hours": {"known": 24, "min": 12, "max": 48}, "discount_rate": {"known": 24, "min": 0.1, "max": 0.6, "tenth": 0.4},
        "listed_days": {"known": 24, "min": 3, "max": 25}, "merchant_years": {"known": 20, "min": 6, "max": 12},
    },
    "qualities": {"plush": 24, "handmade": 2, "cotton": 3},
    "held": ["sales_30d>"],
    "runs": {"from": "2026-12-10", "to": "2026-12-12"},
}  # fmt: skip


def says(text: str, **changes: Any) -> list[str]:
    """Kinds of what does not follow."""
    return [found.kind for found in ungrounded(text, Facts.of(FACTS | changes))]


# --- the labelled sentences -------------------------------------------------------------------------------------------


def test_there_are_enough_sentences_and_the_blind_half_is_one() -> None:
    cases = [case for path in sorted(CASES.glob("*.yaml")) for case in read_cases(path)]
    assert sum(case.grounded for case in cases) >= 150
    assert sum(not case.grounded for case in cases) >= 150
    assert {path.stem for path in CASES.glob("*.yaml")} == {"blind", "known", "wild"}
    assert len({(case.text, case.file) for case in cases}) >= len(cases) - 3


@pytest.mark.parametrize("name", ["blind", "known", "wild"])
def test_sentences_are_told_apart(name: str) -> None:
    figures = measure(read_cases(CASES / f"{name}.yaml"))
    assert figures["figures"]["all"]["precision"] >= LEAST_PRECISION, figures["wrong"]
    assert figures["figures"]["all"]["recall"] >= LEAST_RECALL, figures["wrong"]


# --- the lexicon ------------------------------------------------------------------------------------------------------


def test_every_pattern_has_a_test() -> None:
    lexicon = the_lexicon()
    assert {pattern.test for pattern in lexicon.patterns} <= TESTS
    for pattern in lexicon.patterns:
        if pattern.test in ("at_most", "at_least", "total", "benefit"):
            assert pattern.of


def test_the_vocabulary_of_thresholds_is_the_catalogues_own() -> None:
    """Words of indicators.yaml are not written down a second time."""
    text = (Path(__file__).parents[2] / "layers/shared/huichang/materials/claims/lexicon.yaml").read_text(encoding="utf-8")
    kinds = {entry["kind"] for entry in yaml.safe_load(text)["patterns"]}
    assert not kinds & {"free_shipping", "factory_verified", "listed_days", "sales_30d"}
    assert says("包邮到家") == ["free_shipping"]
    assert says("new arrivals every week", measures={}) == ["listed_days"]


# --- reading ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("24款", [24]), ("二十四款", [24]), ("两百元", [200]), ("一百二十款", [120]), ("八五折", [85]), ("三万件", [30000]), ("1.2万件", [12000]), ("1,280元", [1280]),
        ("10w+件", [100000]), ("12k sold", [12000]), ("thirty-six styles", [36]), ("two hundred picks", [200]), ("three dozen mugs", [36]), ("a dozen picks", [12]),
        ("一起挑，一站配齐", []), ("七夕", []), ("百搭好物", []), ("in one place", []), ("５折", [5]), ("伍折", [5]), ("$3.50 to $18", [Decimal("3.50"), 18]),
    ],
)  # fmt: skip
def test_numbers(text: str, values: list[Any]) -> None:
    assert [number.value for number in read(text).numbers] == values


@pytest.mark.parametrize("text", ["包 邮", "包·邮", "包\u200b邮", "包🎉邮", "包_邮", "包郵", "包  邮"])
def test_evasions_are_read_as_what_they_say(text: str) -> None:
    assert says(f"全场{text}") == ["free_shipping"]


@pytest.mark.parametrize("text", ["f r e e gift", "FREE GIFT", "ｆｒｅｅ ｇｉｆｔ", "frее gift", "free  gift"])
def test_evasions_in_english(text: str) -> None:
    assert "gift" in says(f"A {text} for you")


def test_words_are_the_texts_own_and_places_hold() -> None:
    (claim,) = claims_in("快来看！全场５ 折，真好")
    assert claim.words == "５ 折"
    assert claim.kind == "discount"
    assert claim.scope == "all"
    assert fold("全場 ５折") == "全场5折"


@pytest.mark.parametrize("text", ["", " ", "好货到店", "熊猫来了", "Easy to restock", "十分可爱", "一天的好心情", "!?"])
def test_what_claims_nothing(text: str) -> None:
    assert claims_in(text) == () or says(text) == []


def test_reading_is_linear_enough_for_any_text_a_slot_can_hold() -> None:
    for text in ("9" * 400, "满" * 400, "1,2,3," * 66, "up to " * 66, "十" * 400, "N" * 400, "free " * 80, "a b c " * 66):
        assert isinstance(claims_in(text), tuple)


# --- of how many --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("包邮好物", ["free_shipping"]), ("全场包邮", ["free_shipping"]), ("部分包邮", []), ("12款包邮", []), ("其中12款包邮", []), ("13款包邮", ["free_shipping"]),
        ("不少款包邮", []), ("大部分包邮", ["free_shipping"]), ("不包邮", []), ("支持定制", []), ("24款可定制", []), ("Free shipping on 12", []), ("Free shipping on 13", ["free_shipping"]),
        ("Free shipping on selected items", []), ("Some with free shipping", []), ("Most with free shipping", ["free_shipping"]), ("No free shipping", []),
        ("12 of them with free shipping", []), ("Everything ships free", ["free_shipping"]), ("纯棉公仔", []), ("全部纯棉", ["quality"]), ("手工公仔", ["quality"]), ("部分手工", []), ("毛绒好物", []),
    ],
)  # fmt: skip
def test_all_some_and_so_many(text: str, kinds: list[str]) -> None:
    assert says(text) == kinds


# --- kinds -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("12元起", []), ("¥12.00起", []), ("11元起", ["price"]), ("13元起", ["price"]), ("$12起", ["price"]), ("128元封顶", []), ("200元以内", []), ("100元以内", ["price"]),
        ("12元", ["price"]), ("12-128元", []), ("20-50元", ["price"]), ("百元好物", ["price"]), ("9.9包邮", ["price", "free_shipping"]),
        ("6折起", []), ("四折起", ["discount"]), ("全场9折", []), ("全场8折", ["discount"]), ("up to 40% off", []), ("up to 60% off", ["discount"]), ("at least 10% off", []), ("半价", ["discount"]),
        ("half off selected styles", []), ("满300减30", []), ("满200减30", ["threshold"]), ("30 off every 300", []), ("立减20元", ["price cut"]),
        ("48小时发货", []), ("24小时发货", ["shipping time"]), ("最快12小时发货", []), ("2天内发货", []), ("当天发货", ["shipping time"]), ("次日达", ["delivery time"]),
        ("7天无理由", []), ("15天无理由", ["returns"]), ("七天无理由退货", []), ("终身质保", ["guarantee"]),
        ("24款", []), ("20多款", []), ("30款", ["count"]), ("不到30款", []), ("9家商家", []), ("12家商家", ["merchants"]),
        ("近30天售出3万件", []), ("月销5万件", ["sales"]), ("近7天售出3万件", ["sales"]), ("Over 30,000 sold in the last 30 days", []), ("¥12 and up", []), ("¥10 and up", ["price"]), ("三天卖出两千件", ["sales"]), ("4.5分以上", []), ("4.9分好评", ["rating"]), ("平均评分4.7", []),
        ("爆款", []), ("销量第一", ["rank"]), ("人气公仔", []), ("新品上架", []), ("仅剩9000件", []), ("仅剩3件", ["scarcity"]), ("限量", ["scarcity"]),
        ("限时优惠", []), ("12月12日截止", []), ("12月15日截止", ["dates"]), ("今日特价", ["time limit"]), ("双12专场", []), ("双11专场", ["occasion"]),
        ("6年老店", ["years"]), ("2件起批", []), ("1件起批", ["order minimum"]), ("百分百正品", ["percentage"]), ("十倍好看", ["multiple"]), ("99", ["number"]),
    ],
)  # fmt: skip
def test_kinds(text: str, kinds: list[str]) -> None:
    assert says(text) == kinds


def test_a_claim_about_all_needs_all_to_be_known() -> None:
    """Years are known of 20 of 24: nobody may speak for the others."""
    (found,) = ungrounded("6年以上老店", Facts.of(FACTS))
    assert "known of 20 of 24" in found.says
    assert found.told.startswith("says '6年以上老店' (years), which the facts do not")


def test_names_were_read_before_and_what_never_holds_is_no_name() -> None:
    named = {"theme_name": "百元以下爆款女装", "held": [], "keywords": ["iPhone 15 手机壳"]}
    assert says("百元以下爆款女装来了", **named) == []
    assert says("爆款来了", **named) == ["sales_30d"]
    assert says("iPhone 15 手机壳", **named) == []
    assert says("买一送一专场", theme_name="买一送一专场") == ["gift"]


def test_without_facts_nothing_is_grounded() -> None:
    for text in ("24款", "12元起", "包邮", "5折起", "爆款", "48小时发货", "4.8分好评", "限时", "2件起批"):
        assert ungrounded(text, Facts.of({})), text


def test_facts_that_cannot_be_read_are_not_known() -> None:
    facts = Facts.of(
        {"product_count": "many", "price_min": "12", "price_max": None, "measures": {"stock": {"known": -1}}, "runs": {"from": "never"}}
    )
    assert facts.product_count == 0
    assert facts.price_min == Decimal(12)
    assert facts.measures == {}
    assert facts.runs is None


def test_goods_speak_of_their_own_qualities() -> None:
    found = qualities_of(["防水帐篷 ; 材质 牛津布", "Handmade ceramic mug", "不防水的袋子", "waterproof tent"])
    assert found["waterproof"] == 2
    assert found["handmade"] == 1
    assert found["ceramic"] == 1
