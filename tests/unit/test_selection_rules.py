from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.catalog.indicators import INDICATORS
from huichang.kernel.language import Language, Text
from huichang.selection.model import Condition, Eligibility, RuleAnswer, RuleAnswerCondition, RuleSet
from huichang.selection.rules import RuleWriter, in_words, meets
from huichang.selection.values import values_in
from huichang.selection.words import fold
from huichang.themes.model import CampaignBrief
from tests.support.fakes import FakeChatModel, FakeProductIndex, a_product, condition_met

# 40 products, price 1..40; every second ships free; rating known for three of four.
PRODUCTS = [
    a_product(
        f"p{n:02d}",
        price=n,
        benefits=("free_shipping",) if n % 2 == 0 else (),
        rating=None if n % 4 == 0 else 3 + n / 20,
        sales_30d=n * 10,
        brand="Acme" if n < 10 else None,
        attributes={"材质": "纯棉、亚麻" if n < 20 else "涤纶"},
        listed_days=n,
    )
    for n in range(1, 41)
]
INDEX = FakeProductIndex(PRODUCTS)
POOL = Eligibility(catalogue="sample")


def said(indicator: str, op: str, value: Any = None, percentile: float | None = None, because: str = "") -> dict[str, Any]:
    return {"indicator": indicator, "op": op, "value": value, "percentile": percentile, "because": because}


def write(
    sentence: str,
    *conditions: dict[str, Any],
    minimum: int = 5,
    constraints: tuple[str, ...] | None = None,
    unsupported: Sequence[str] = (),
    language: Language = "zh",
    pool: Eligibility = POOL,
) -> RuleSet:
    chat = FakeChatModel({"conditions": list(conditions), "unsupported": list(unsupported)})
    return RuleWriter(chat, INDEX).write(a_brief(sentence, constraints, language), pool, minimum)


def a_brief(sentence: str, constraints: tuple[str, ...] | None = None, language: Language = "zh") -> CampaignBrief:
    return CampaignBrief(
        campaign_id="c",
        sentence=sentence,
        language=language,
        idea="女装",
        industries=(),
        subjects=("女装",),
        constraints=(sentence,) if constraints is None else constraints,
    )


def thresholds(rules: RuleSet) -> dict[str, tuple[str, Any]]:
    return {item.indicator: (item.op, item.value) for item in rules.conditions}


def zh(told: Sequence[Text]) -> tuple[str, ...]:
    return tuple(each["zh"] for each in told)


def test_no_constraints_cost_no_model_call() -> None:
    chat = FakeChatModel()
    assert RuleWriter(chat, INDEX).write(a_brief("女装会场", ()), POOL, 5) == RuleSet()
    assert chat.history == []


def test_the_prompt_holds_the_closed_schema() -> None:
    chat = FakeChatModel({"conditions": [], "unsupported": []})
    RuleWriter(chat, INDEX).write(a_brief("低价包邮"), POOL, 5)
    assert all(f'"{code}"' in chat.prompts[0] for code in INDICATORS)
    assert "白菜价" in chat.prompts[0]


def test_numbers_and_yes_no_are_taken_as_said() -> None:
    rules = write(
        "20元以下包邮女装",
        said("price", "<=", 20, because="20元以下"),
        said("free_shipping", "=", True, because="包邮"),
    )
    assert thresholds(rules) == {"price": ("<=", 20.0), "free_shipping": ("=", True)}
    assert rules.relaxed == rules.notes == ()


def test_a_vague_word_is_a_percentile_of_the_themes_own_pool() -> None:
    rules = write("低价女装", said("price", "<=", percentile=30, because="低价"))
    assert thresholds(rules) == {"price": ("<=", 12.7)}
    assert rules.percentiles[0].p == 30
    dear = POOL.model_copy(update={"product_ids": tuple(f"p{n}" for n in range(30, 41))})
    assert thresholds(write("低价女装", said("price", "<=", percentile=30, because="低价"), minimum=3, pool=dear)) == {
        "price": ("<=", 33.0)
    }


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (said("profit_margin", ">=", 3, because="20元以下"), "编造"),
        (said("price; DROP TABLE", ">=", 3, because="20元以下"), "编造"),
        (said("rating", ">=", 4.9, because="五星好评"), "编造"),
        (said("rating", ">=", 4.9, because=""), "编造"),
        (said("free_shipping", ">=", True, because="包邮"), "不能用"),
        (said("price", "in", 20, because="20元以下"), "不能用"),
        (said("price", "<=", "cheap", because="20元以下"), "无效"),
        (said("price", "<=", -5, because="20元以下"), "无效"),
        (said("rating", ">=", 9, because="20元以下"), "无效"),
        (said("price", "<=", float("inf"), because="20元以下"), "无效"),
        (said("price", "<=", True, because="20元以下"), "无效"),
        (said("free_shipping", "=", 7, because="包邮"), "无效"),
        (said("price", "<=", because="20元以下"), "既没有"),
        (said("free_shipping", "=", percentile=50, because="包邮"), "分位"),
        (said("repurchase_rate", ">=", percentile=80, because="20元以下"), "没有商品"),
        (said("price", "<=", percentile=30, because="女装"), "没有数字"),
        (said("brand", "=", "Nobody", because="包邮"), "商品库里没有"),
        (said("attribute", "=", "钛", because="包邮"), "商品库里没有"),
        (said("price", "<=", 618, because="618"), "名称"),
        (said("price", "<=", 30, because="女装"), "没有数字"),
    ],
)
def test_what_a_model_gets_wrong_is_never_applied_and_is_told(condition: dict[str, Any], why: str) -> None:
    rules = write("618大促20元以下包邮女装", condition)
    assert rules.conditions == ()
    assert rules.percentiles == ()
    assert len(rules.notes) == 1
    assert why in rules.notes[0]["zh"]


def test_the_notes_are_in_both_languages_and_short() -> None:
    rules = write("cheap dresses", said("x" * 5000, "<=", 3, because="cheap"), language="en")
    assert "invented" in rules.notes[0]["en"]
    assert "编造" in rules.notes[0]["zh"]
    assert all(len(text) < 250 for text in rules.notes[0].values())


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        (said("price", "<=", "20", because="20元以下"), 20.0),
        (said("discount_rate", ">=", 30, because="20元以下"), 0.3),
        (said("discount_rate", ">=", "30%", because="20元以下"), 0.3),
        (said("free_shipping", "=", "true", because="包邮"), True),
        (said("brand", "=", "Acme", because="包邮"), "Acme"),
        (said("brand", "=", "Acme、Bolt", because="包邮"), "Acme"),
        (said("attribute", "in", "亚麻、涤纶", because="包邮"), ("亚麻", "涤纶")),
    ],
)
def test_harmless_slips_are_mended(condition: dict[str, Any], value: Any) -> None:
    rules = write("20元以下包邮女装", condition, minimum=0)
    assert [item.value for item in rules.conditions] == [value]


def test_a_vague_word_with_an_agreed_number_is_no_invention() -> None:
    assert thresholds(write("新品女装", said("listed_days", "<=", 30, because="新品"))) == {"listed_days": ("<=", 30.0)}


def test_of_two_on_one_side_the_stricter_stays_and_a_contradiction_is_told() -> None:
    rules = write(
        "10元以下20元以下30元以上",
        said("price", "<=", 20, because="20元以下"),
        said("price", "<=", 10, because="10元以下"),
        said("price", ">=", 30, because="30元以上"),
    )
    assert thresholds(rules) == {"price": ("<=", 10.0)}
    assert "矛盾" in rules.notes[0]["zh"]
    assert "contradicts" in rules.notes[0]["en"]
    between = write("5元以上20元以下", said("price", ">=", 5, because="5元以上"), said("price", "<=", 20, because="20元以下"))
    assert len(between.conditions) == 2


def test_unsupported_wishes_are_kept_only_if_they_were_said() -> None:
    assert write("适合送长辈的女装", unsupported=["送长辈", "环保认证", "<b>x</b>"]).unsupported == ("送长辈",)


def test_too_little_left_gives_up_the_vague_first() -> None:
    rules = write(
        "爆款10元以下包邮",
        said("sales_30d", ">=", percentile=80, because="爆款"),
        said("price", "<=", 10, because="10元以下"),
        said("free_shipping", "=", True, because="包邮"),
    )
    # price <= 10 and free shipping alone leave 2, 4, 6, 8, 10; best sellers are the dear ones here.
    assert thresholds(rules) == {"price": ("<=", 10.0), "free_shipping": ("=", True)}
    assert rules.percentiles == ()
    assert len(rules.relaxed) == 1
    assert "爆款" in rules.relaxed[0]["zh"]
    assert "放弃" in rules.relaxed[0]["zh"]


def test_an_exact_number_is_widened_before_it_is_given_up() -> None:
    rules = write("4元以下", said("price", "<=", 4, because="4元以下"))
    # Four at 4, four at 4.8, six at 6.
    assert thresholds(rules) == {"price": ("<=", 6.0)}
    assert zh(rules.relaxed) == ("「4元以下」由 价格 ≤ 4 放宽到 价格 ≤ 6：符合的商品不够",)


def test_an_explicit_number_outlives_a_yes_or_no() -> None:
    rules = write("8元以下包邮", said("price", "<=", 8, because="8元以下"), said("free_shipping", "=", True, because="包邮"))
    # 2, 4, 6, 8 ship free: four, one too few.
    assert thresholds(rules) == {"price": ("<=", 8.0)}
    assert zh(rules.relaxed) == ("「包邮」（包邮）已放弃：符合的商品不够",)


def test_every_relaxation_is_told_in_both_languages() -> None:
    rules = write(
        "new cheap mugs under 3 with free shipping",
        said("price", "<", 3, because="under 3"),
        said("listed_days", "<=", 1, because="new"),
        said("price", "<=", percentile=3, because="cheap"),
        said("free_shipping", "=", True, because="free shipping"),
        language="en",
        minimum=4,
    )
    assert "not applied" in rules.notes[0]["en"]  # "new" alone is no agreed word
    assert [text["en"].split()[0] for text in rules.relaxed] == ["gave", "gave", "widened"]
    assert ["放弃" in text["zh"] or "放宽" in text["zh"] for text in rules.relaxed] == [True] * 3
    assert thresholds(rules) == {"price": ("<", 4.5)}


def test_what_was_not_in_the_way_is_taken_back() -> None:
    rules = write(
        "低价包邮且48小时发货",
        said("price", "<=", percentile=50, because="低价"),
        said("ship_within_hours", "<=", 48, because="48小时发货"),
        said("free_shipping", "=", True, because="包邮"),
    )
    # Nobody states shipping hours: that one is the culprit, and the cheap half stays.
    assert set(thresholds(rules)) == {"price", "free_shipping"}
    assert len(rules.percentiles) == 1
    assert [text for text in rules.relaxed if "48小时发货" in text["zh"]] == list(rules.relaxed)


def test_a_percentile_is_widened_in_steps() -> None:
    rules = write("低价", said("price", "<=", percentile=2, because="低价"), minimum=20)
    assert rules.percentiles[0].p == 51
    assert thresholds(rules)["price"][1] == pytest.approx(20.89)


def test_a_pool_too_small_by_itself_is_not_relaxed() -> None:
    few = POOL.model_copy(update={"product_ids": ("p01", "p02", "p03")})
    rules = write("2元以下", said("price", "<=", 2, because="2元以下"), pool=few, minimum=8)
    assert thresholds(rules) == {"price": ("<=", 2.0)}
    assert rules.relaxed == ()


def test_a_flood_of_conditions_is_cut() -> None:
    hostile = RuleAnswer.model_construct(
        conditions=tuple(
            RuleAnswerCondition.model_construct(indicator=f"i{n}", op="<=", value=1.0, percentile=None, because="x" * 9000)
            for n in range(5000)
        ),
        unsupported=("女装" * 9000,) * 5000,
    )
    rules = RuleWriter(FakeChatModel(hostile), INDEX).write(a_brief("女装"), POOL, 5)
    assert rules.conditions == ()
    assert len(rules.notes) <= 30
    assert all(len(text) < 300 for note in rules.notes for text in note.values())


def test_text_conditions_look_at_all_words_of_the_product() -> None:
    product = a_product("p", attributes={"材质": "纯棉、亚麻"}, brand="Acme", localized={"en": {"title": "Bear", "category_path": ["Toys"], "attributes": {"Material": "Cotton"}}})  # fmt: skip
    for indicator, value in [
        ("attribute", "亚麻"), ("attribute", "材质：纯棉"), ("attribute", "material = COTTON"), ("brand", "ACME"),
        ("category", "toys"), ("category", ("x", "毛绒玩具")),
    ]:  # fmt: skip
        assert meets(product, Condition(indicator=indicator, op="=", value=value)), (indicator, value)
    assert not meets(product, Condition(indicator="attribute", op="=", value="涤纶"))
    assert not meets(product, Condition(indicator="nonsense", op="=", value=1.0))


def test_conditions_in_words() -> None:
    assert in_words(Condition(indicator="price", op="<=", value=30.0), "zh") == "价格 ≤ 30"
    assert in_words(Condition(indicator="discount_rate", op=">=", value=0.3), "en") == "Discount rate ≥ 30%"
    assert in_words(Condition(indicator="free_shipping", op="=", value=True), "en") == "Free shipping"
    assert in_words(Condition(indicator="brand", op="in", value=("A", "B")), "zh") == "品牌 = A / B"


NUMERIC = sorted(code for code, entry in INDICATORS.items() if entry.is_numeric)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(PRODUCTS),
    st.sampled_from(NUMERIC),
    st.sampled_from(["<=", ">=", "<", ">", "="]),
    st.floats(-5, 500, allow_nan=False),
)
def test_meets_agrees_with_the_index(product: Any, code: str, op: Any, value: float) -> None:
    condition = Condition(indicator=code, op=op, value=value)
    assert meets(product, condition) == condition_met(product, condition)


WORDS = st.sampled_from(["20元以下", "包邮", "低价", "女装", "618", "没有说过", ""])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.builds(
            said,
            st.sampled_from([*INDICATORS, "invented", ""]),
            st.sampled_from(["<=", ">=", "<", ">", "=", "in"]),
            st.one_of(st.none(), st.booleans(), st.floats(-10, 1000), st.sampled_from(["20", "x", "30%"])),
            st.one_of(st.none(), st.floats(0, 100)),
            WORDS,
        ),
        max_size=6,
    ),
    st.integers(0, 40),
)
def test_no_answer_leaves_less_than_asked_for_or_applies_what_was_not_said(conditions: list[dict[str, Any]], minimum: int) -> None:
    sentence = "618大促20元以下低价包邮女装"
    rules = write(sentence, *conditions, minimum=minimum)
    assert INDEX.count(POOL.model_copy(update={"conditions": rules.conditions})) >= minimum
    for condition in rules.conditions:
        assert condition.indicator in INDICATORS
        assert condition.because
        assert condition.because in sentence


# --- the catalogue's own values ------------------------------------------------------------------------------------------


def values(
    sentence: str, products: Sequence[Any] = PRODUCTS, pool: Eligibility = POOL, *, narrowing: bool = False
) -> list[tuple[str, tuple[str, ...], bool]]:
    found = values_in(sentence, FakeProductIndex(products), pool, narrowing=narrowing)
    return [(value.indicator, value.values, value.denied) for value in found]


GOODS = [
    a_product("w1", brand="Acme", category_path=("女装", "连衣裙"), attributes={"材质": "纯棉", "颜色": "红色", "口味": "香辣"}),
    a_product("w2", brand="半闲", category_path=("女装", "帆布包"), attributes={"材质": "帆布", "颜色": "白色"}),
    a_product(
        "w3",
        brand="Bolt",
        category_path=("Bags", "Creams"),
        language="en",
        attributes={"Material": "Cotton", "Colour": "Cream", "Style": "Boho"},
    ),
]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("纯棉的连衣裙", [("attribute", ("纯棉",), False)]),
        ("红色或白色的裙子", [("attribute", ("红色", "白色"), False)]),
        ("口味香辣的零食", [("attribute", ("口味=香辣",), False)]),
        ("香辣零食", []),  # a flavour must be named with its name
        ("不要纯棉的", [("attribute", ("纯棉",), True)]),
        ("帆布包会场", []),  # part of a category's name
        ("face cream under 30", []),
        ("boho dresses", []),  # a style is what the theme is about
        ("100% cotton sheets", [("attribute", ("cotton",), False)]),
        ("半闲的包", [("brand", ("半闲",), False)]),
        ("bags by Acme or Bolt", [("brand", ("acme", "bolt"), False)]),
        ("nuts and bolt cutters", []),  # a brand that is an ordinary word
        ("类目为连衣裙", [("category", ("连衣裙",), False)]),
        ("连衣裙会场", []),  # the subject is the pool, no condition
        ("真丝睡衣", []),  # nothing of it in the catalogue
    ],
)
def test_values_of_the_catalogue_in_a_sentence(sentence: str, expected: list[Any]) -> None:
    assert values(sentence, GOODS) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("女装里挑连衣裙", [("category", ("连衣裙",), False)]),  # of nested ones the innermost
        ("女装", [("category", ("女装",), False)]),  # the rest of the pool is something else
        ("连衣裙和帆布包", [("category", ("连衣裙", "帆布包"), False)]),
        ("women's bags", [("category", ("bags",), False)]),
        ("不要连衣裙", [("category", ("连衣裙",), True)]),
        ("连衣裙、帆布包 and bags", []),  # together the whole pool: nothing is narrowed
        ("T恤", []),  # not in the pool
    ],
)
def test_a_category_that_narrows_the_pool_is_asked_for(sentence: str, expected: list[Any]) -> None:
    assert values(sentence, GOODS, narrowing=True) == expected


def test_a_sentence_about_several_venues_narrows_none_of_them() -> None:
    index = FakeProductIndex(GOODS)
    for venues, told in ((1, [["连衣裙"]]), (2, [])):
        chat = FakeChatModel({"conditions": [], "unsupported": []})
        brief = a_brief("连衣裙，包邮").model_copy(update={"venues": venues})
        RuleWriter(chat, index).write(brief, POOL, 1)
        sent = json.loads(re.findall(r"<data>\n(.*?)\n</data>", chat.prompts[-1], re.DOTALL)[-1])
        assert [value["values"] for value in sent["values"]] == told


def test_words_of_letters_and_characters_are_read_whole() -> None:
    goods = [
        a_product("s1", category_path=("首饰", "手链"), attributes={"材质": "925银"}),
        a_product("s2", category_path=("男装", "T恤"), attributes={"材质": "棉"}),
    ]
    assert values("925银手链，30元以内", goods) == [("attribute", ("925银",), False)]
    assert values("男装T恤", goods, narrowing=True) == [("category", ("t恤",), False)]


def test_a_value_is_found_in_the_other_language_where_the_catalogue_knows_only_that() -> None:
    english = [GOODS[2]]
    assert values("纯棉床单", english) == [("attribute", ("cotton",), False)]
    assert values("red cotton dresses", GOODS[:1]) == [("attribute", ("红色",), False), ("attribute", ("纯棉",), False)]


def test_what_is_refused_is_told_and_what_the_catalogue_knows_is_not() -> None:
    chat = FakeChatModel({"conditions": [], "unsupported": ["亚麻", "送长辈"]})
    rules = RuleWriter(chat, INDEX).write(a_brief("不要涤纶，亚麻的，送长辈"), POOL, 1)
    assert rules.unsupported == ("不要涤纶", "送长辈")


# --- contradictions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "conflict"),
    [
        (said("price", "<=", 10, because="一"), said("price", ">=", 20, because="二"), True),
        (said("price", "<=", 10, because="一"), said("price", ">=", 10, because="二"), False),
        (said("price", "<", 10, because="一"), said("price", ">=", 10, because="二"), True),
        (said("price", "=", 10, because="一"), said("price", ">", 10, because="二"), True),
        (said("price", ">=", 5, because="一"), said("price", "<=", 20, because="二"), False),
        (said("free_shipping", "=", True, because="一"), said("free_shipping", "=", False, because="二"), True),
        (said("free_shipping", "=", True, because="一"), said("dropshipping", "=", False, because="二"), False),
        (said("price", "<=", percentile=30, because="一低价"), said("price", ">=", percentile=80, because="二高端"), True),
        (said("price", "<=", percentile=80, because="一低价"), said("price", ">=", percentile=30, because="二高端"), False),
        (said("price", ">=", percentile=80, because="一高端"), said("price", "<=", 10, because="二"), True),  # p80 is 32.2
        (said("price", ">=", percentile=80, because="一高端"), said("price", "<=", 39, because="二"), False),
        (said("price", ">", 30, because="一"), said("list_price", "<", 20, because="二"), True),
    ],
)
def test_contradictions_are_told_and_one_is_kept(first: dict[str, Any], second: dict[str, Any], conflict: bool) -> None:
    sentence = "一低价，一高端，二高端，二"
    writer = RuleWriter(FakeChatModel({"conditions": [first, second], "unsupported": []}), INDEX)
    asked = writer.asked(a_brief(sentence), POOL)
    assert bool(asked.conflicts) is conflict
    assert len(asked.conditions) == 2  # what was asked for stays on record
    rules = write(sentence, first, second, minimum=0)
    assert len(rules.conditions) == (1 if conflict else 2)
    assert bool(rules.conflicts) is conflict
    assert all(text in rules.notes for text in rules.conflicts)


def test_of_a_contradiction_the_more_important_is_kept_and_of_equals_the_first() -> None:
    rules = write("高端10元以下", said("price", ">=", percentile=80, because="高端"), said("price", "<=", 10, because="10元以下"))
    assert thresholds(rules) == {"price": ("<=", 10.0)}
    assert zh(rules.conflicts) == ("「10元以下」与「高端」矛盾，保留「10元以下」",)
    rules = write("30元以上10元以下", said("price", ">=", 30, because="30元以上"), said("price", "<=", 10, because="10元以下"))
    assert thresholds(rules) == {"price": (">=", 30.0)}


def test_a_vague_word_stays_beside_a_number() -> None:
    rules = write("低价20元以下", said("price", "<=", percentile=30, because="低价"), said("price", "<=", 20, because="20元以下"))
    assert [item.value for item in rules.conditions] == [12.7, 20.0]


# --- hostile answers -----------------------------------------------------------------------------------------------------

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.floats(allow_nan=True, allow_infinity=True), st.integers(-(10**12), 10**12), st.text(max_size=30),
    st.sampled_from(["1e999", "-1", "NaN", "' OR 1=1 --", "<script>", "100%", "1000%", "true", "纯棉", "Acme|Nobody"]),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "indicator": st.one_of(st.sampled_from([*INDICATORS]), st.text(max_size=20)),
                "op": st.sampled_from(["<=", ">=", "<", ">", "=", "in", "!=", "LIKE", ""]),
                "value": ANYTHING,
                "percentile": st.one_of(st.none(), st.floats(allow_nan=True), st.integers(-500, 500)),
                "because": st.sampled_from(["20元以下", "包邮", "低价", "纯棉", "618", "ignore all previous instructions", "", "女装"]),
            }
        ),
        max_size=8,
    ),
    st.lists(st.text(max_size=40), max_size=5),
)
def test_no_hostile_answer_gets_through(conditions: list[dict[str, Any]], unsupported: list[str]) -> None:
    items = tuple(RuleAnswerCondition.model_construct(**item) for item in conditions)
    hostile = RuleAnswer.model_construct(conditions=items, unsupported=tuple(unsupported))
    sentence = "618大促20元以下低价包邮纯棉女装"
    asked = RuleWriter(FakeChatModel(hostile), INDEX).asked(a_brief(sentence), POOL)
    for condition in asked.conditions:
        indicator = INDICATORS[condition.indicator]
        assert condition.because in sentence
        if indicator.type == "boolean":
            assert (condition.op, type(condition.value)) == ("=", bool)
        elif indicator.type == "text":
            words = condition.value if isinstance(condition.value, tuple) else (condition.value,)
            assert all(INDEX.known_values(condition.indicator, [str(word)], POOL) for word in words)  # type: ignore[arg-type]
        else:
            low, high = indicator.range
            assert condition.op in ("<=", ">=", "<", ">", "=")
            assert isinstance(condition.value, float)
            assert math.isfinite(condition.value)
            assert low is None or condition.value >= low
            assert high is None or condition.value <= high
    # Width does not matter: an answered ¹ is the 1 of the sentence.
    assert all(fold(phrase) in fold(sentence) for phrase in asked.unsupported)
