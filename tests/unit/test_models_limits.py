"""Limits in sentences the demo does not know: which are read, which are names, which nothing measures."""

from __future__ import annotations

import pytest
import yaml

from huichang.catalog.indicators import INDICATORS, load_vague_words
from huichang.selection.model import RuleAnswer
from infra.local.models import rules
from infra.local.models.embeddings import Embedder
from infra.local.models.grammar import limits, unmeasured, without_names

Said = tuple[str, str, float | bool | str]


def read(sentence: str) -> list[Said]:
    """(indicator, op, value); a percentile is written p80."""
    return [(x.indicator, x.op, f"p{x.percentile:g}" if x.value is None else x.value) for x in limits(sentence)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("百元以下女装会场", [("price", "<=", 100)]),
        ("千元以上的行李箱", [("price", ">=", 1000)]),
        ("30元以内的零食", [("price", "<=", 30)]),
        ("三十块以内的零食", [("price", "<=", 30)]),
        ("不到50元的台灯", [("price", "<", 50)]),
        ("超过200元的大衣", [("price", ">", 200)]),
        ("低于一百二十元", [("price", "<", 120)]),
        ("不超过1,299元的家具", [("price", "<=", 1299)]),
        ("20到35元的马克杯", [("price", ">=", 20), ("price", "<=", 35)]),
        ("价格在35~20元之间", [("price", ">=", 20), ("price", "<=", 35)]),
        ("10元左右的袜子", [("price", ">=", 8), ("price", "<=", 12)]),
        ("9.9包邮小饰品", [("price", "<=", 9.9), ("free_shipping", "=", True)]),
        ("9块9包邮", [("price", "<=", 9.9), ("free_shipping", "=", True)]),
        ("满99包邮", [("free_shipping", "=", True)]),
        ("不包邮也行", [("free_shipping", "=", False)]),
        ("价格<=30", [("price", "<=", 30)]),
        ("dresses under 30", [("price", "<", 30)]),
        ("dresses over $30", [("price", ">", 30)]),
        ("no more than 5 dollars each", [("price", "<=", 5)]),
        ("mugs from $3", [("price", ">=", 3)]),
        ("gadgets between 20 and 35", [("price", ">=", 20), ("price", "<=", 35)]),
        ("lamps $20-$35", [("price", ">=", 20), ("price", "<=", 35)]),
        ("sarees below Rs. 999", [("price", "<", 999)]),
        ("under twenty five dollars", [("price", "<", 25)]),
        ("$15 or less", [("price", "<=", 15)]),
        ("三折以下", [("discount_rate", ">=", 0.7)]),
        ("七五折以下", [("discount_rate", ">=", 0.25)]),
        ("at least 40% off", [("discount_rate", ">=", 0.4)]),
        ("50% off or more", [("discount_rate", ">=", 0.5)]),
        ("月销1w+的数码", [("sales_30d", ">=", 10_000)]),
        ("销量过万", [("sales_30d", ">=", 10_000)]),
        ("月销量超过500件", [("sales_30d", ">", 500)]),
        ("10k+ sold", [("sales_30d", ">=", 10_000)]),
        ("销量前10%的女装", [("sales_30d", ">=", "p90")]),
        ("两天内发货", [("ship_within_hours", "<=", 48)]),
        ("48小时发货", [("ship_within_hours", "<=", 48)]),
        ("当天发货", [("ship_within_hours", "<=", 24)]),
        ("ships within 2 days", [("ship_within_hours", "<=", 48)]),
        ("24-hour dispatch", [("ship_within_hours", "<=", 24)]),
        ("at least 4.8 stars", [("rating", ">=", 4.8)]),
        ("4.5分以上", [("rating", ">=", 4.5)]),
        ("rated above 4.5", [("rating", ">", 4.5)]),
        ("评价1000条以上", [("review_count", ">=", 1000)]),
        ("MOQ 2, cross-border", [("moq", "<=", 2), ("cross_border", "=", True)]),
        ("2件起批", [("moq", "<=", 2)]),
        ("起批量不超过10件", [("moq", "<=", 10)]),
        ("库存1000以上", [("stock", ">=", 1000)]),
        ("复购率30%以上", [("repurchase_rate", ">=", 0.3)]),
        ("退货率低于5%", [("return_rate", "<", 0.05)]),
        ("return rate under 5%", [("return_rate", "<", 0.05)]),
        ("近7天上新", [("listed_days", "<=", 7)]),
        ("listed in the last 2 weeks", [("listed_days", "<=", 14)]),
        ("5年以上老店", [("merchant_years", ">=", 5)]),
        ("源头工厂可定制一件代发", [("factory_verified", "=", True), ("customizable", "=", True), ("dropshipping", "=", True)]),
        ("低价爆款", [("price", "<=", "p30"), ("sales_30d", ">=", "p80")]),
        ("best-selling low-price goods", [("sales_30d", ">=", "p80"), ("price", "<=", "p30")]),
    ],
)
def test_limits(sentence: str, expected: list[Said]) -> None:
    assert read(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "618大促女装",
        "双11耳机会场",
        "iPhone 15 手机壳",
        "100% cotton towels",
        "a 3-piece luggage set",
        "四件套",
        "3岁以下宝宝玩具",
        "toys for kids under 12",
        "toys for babies 6-12 months",
        "500ml 保温杯",
        "12寸披萨盘",
        "2026年春季外套",
        "boots over the knee",
        "10个女装会场",
        "make 5 venues for dresses",
        "5G手机",
        "up to 100 pieces",
        "Xbox 360 games",
    ],
)
def test_numbers_that_are_names_are_no_limits(sentence: str) -> None:
    assert read(sentence) == []


def test_phrases_are_verbatim_and_in_order() -> None:
    sentence = "帮我做 iPhone 15 手机壳会场，30元以内包邮，月销1w+，48小时发货"
    found = limits(sentence)
    assert list(dict.fromkeys(x.phrase for x in found)) == ["30元以内包邮", "月销1w+", "48小时发货"]
    assert all(sentence[x.start : x.start + len(x.phrase)] == x.phrase for x in found)
    assert len(without_names(sentence)) == len(sentence)


def test_what_nothing_measures() -> None:
    assert unmeasured("七天无理由，满300减30，顺丰包邮") == ["七天无理由", "满300减30", "顺丰包邮"]
    assert unmeasured("vegan snacks with cash on delivery") == ["vegan", "cash on delivery"]


def ask(sentence: str, constraints: list[str] | None = None, without: tuple[str, ...] = ()) -> RuleAnswer:
    data = {
        "sentence": sentence,
        "constraints": constraints or [],
        "indicators": [entry.model_dump(mode="json", by_alias=True) for entry in INDICATORS.values() if entry.code not in without],
        "vague_words": [entry.model_dump(mode="json") for entry in load_vague_words()],
    }
    return RuleAnswer.model_validate(rules.answer(data, "", Embedder()))


def test_rules_use_only_the_indicators_offered() -> None:
    answer = ask("48小时发货的低价女装，货到付款", ["48小时发货", "低价", "货到付款"], without=("ship_within_hours",))
    assert [(c.indicator, c.op, c.value, c.percentile) for c in answer.conditions] == [("price", "<=", None, 30)]
    assert answer.unsupported == ("48小时发货", "货到付款")


def test_rules_take_percentiles_from_the_list_they_are_given() -> None:
    data = {
        "sentence": "cheap mugs",
        "constraints": ["cheap"],
        "indicators": [{"code": "price"}],
        "vague_words": [{"indicator": "price", "op": "<=", "percentile": 12, "zh": [], "en": ["cheap"]}],
    }
    answer = RuleAnswer.model_validate(rules.answer(data, "", Embedder()))
    assert answer.conditions[0].percentile == 12


def test_every_agreed_vague_word_is_read() -> None:
    for entry in load_vague_words():
        raw = entry.model_dump(mode="json")
        for word in (*raw["zh"], *raw["en"]):
            answer = ask(f"{word} 女装" if word in raw["zh"] else f"{word} dresses", [word])
            assert [c.indicator for c in answer.conditions] == [entry.indicator], word
            assert answer.unsupported == ()


def test_a_wish_said_only_in_the_brief_counts_too() -> None:
    answer = ask("女装会场", ["30元以内", "像云一样轻"])
    assert [(c.indicator, c.value) for c in answer.conditions] == [("price", 30)]
    assert answer.unsupported == ("像云一样轻",)


def test_a_hostile_sentence_ends_quickly() -> None:
    for sentence in ("9" * 500, "元" * 500, "under " * 80, "一" * 500, "1-" * 250, "$" * 500):
        assert len(limits(sentence)) <= 100


def test_the_lexicon_is_yaml_without_a_line_twice() -> None:
    from infra.local.models import words

    raw = yaml.safe_load((words.Path(words.__file__).parent / "lexicon.yaml").read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    lines = [
        str(line)
        for section in raw.values()
        for line in (section if isinstance(section, list) else [x for y in section.values() for x in y])
    ]
    assert len(lines) >= 400
    assert len(lines) == len(set(lines))
