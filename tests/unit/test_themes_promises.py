"""A name promises what its goods keep, whoever wrote it and in whatever words."""

from __future__ import annotations

from typing import Any

import pytest

from huichang.kernel.language import Language
from huichang.selection.model import Condition, RuleSet
from huichang.themes.model import CampaignBrief, SubTheme, Theme
from huichang.themes.promises import Promises, kept_to
from tests.support.fakes import a_product

CHEAP = Condition(indicator="price", op="<=", value=30.0, because="低价")
DEAR = Condition(indicator="price", op=">=", value=90.0, because="高端")
UNDER = Condition(indicator="price", op="<", value=2000.0, because="under 2000")
FREE = Condition(indicator="free_shipping", op="=", value=True, because="包邮")
HUNDRED = Condition(indicator="price", op="<=", value=100.0, because="百元以下")
NINE = (Condition(indicator="price", op="<=", value=9.9, because="9.9包邮"), FREE.model_copy(update={"because": "9.9包邮"}))
NEW = Condition(indicator="listed_days", op="<=", value=30.0, because="新品")
WIDER = UNDER.model_copy(update={"value": 2400.0})


def a_brief(*subjects: str, language: Language = "zh", **changes: Any) -> CampaignBrief:
    values: dict[str, Any] = {
        "campaign_id": "c",
        "sentence": "-",
        "language": language,
        "idea": subjects[0] if subjects else "-",
        "industries": (),
        "subjects": subjects,
        "constraints": (),
    }
    return CampaignBrief(**values | changes)


GOODS = (a_product("a", price=12, rating=4.9, listed_days=9), a_product("b", price=80, rating=4.8, listed_days=90))


@pytest.mark.parametrize(
    ("name", "rules", "kept"),
    [
        # 低价高端 contradict each other, and one of them was kept
        ("低价连衣裙", RuleSet(conditions=(DEAR,), broken=(CHEAP,)), "连衣裙"),
        ("高端连衣裙", RuleSet(conditions=(DEAR,), broken=(CHEAP,)), "高端连衣裙"),
        ("平价高档连衣裙", RuleSet(conditions=(DEAR,), broken=(CHEAP,)), "高档连衣裙"),
        ("特惠连衣裙", RuleSet(conditions=(CHEAP,)), "特惠连衣裙"),
        # other words for what was asked for
        ("平价连衣裙", RuleSet(conditions=(CHEAP,)), "平价连衣裙"),
        ("爆款连衣裙", RuleSet(conditions=(CHEAP,)), "连衣裙"),
        ("低价包邮连衣裙", RuleSet(conditions=(CHEAP,), broken=(FREE,)), "低价连衣裙"),
        ("包邮的连衣裙", RuleSet(broken=(FREE,)), "连衣裙"),
        # numbers
        ("百元以下连衣裙", RuleSet(conditions=(HUNDRED,)), "百元以下连衣裙"),
        ("100元以下连衣裙", RuleSet(conditions=(HUNDRED,)), "100元以下连衣裙"),
        ("百元连衣裙", RuleSet(conditions=(HUNDRED,)), "百元连衣裙"),
        ("百元以下连衣裙", RuleSet(broken=(HUNDRED,)), "连衣裙"),
        ("50元以下连衣裙", RuleSet(conditions=(HUNDRED,)), "连衣裙"),
        ("9.9包邮连衣裙", RuleSet(conditions=NINE), "9.9包邮连衣裙"),
        ("9.9包邮连衣裙", RuleSet(broken=NINE), "连衣裙"),
        ("五折连衣裙", RuleSet(), "连衣裙"),
        # what every chosen product meets needs no rule
        ("好评连衣裙", RuleSet(), "好评连衣裙"),
        ("新品连衣裙", RuleSet(), "连衣裙"),
        ("90元以下连衣裙", RuleSet(), "90元以下连衣裙"),
        # numbers and words that promise nothing
        ("二次元连衣裙", RuleSet(), "二次元连衣裙"),
        ("三折伞连衣裙", RuleSet(), "三折伞连衣裙"),
        ("618连衣裙", RuleSet(), "618连衣裙"),
        ("四件套连衣裙", RuleSet(), "四件套连衣裙"),
        # nothing but promises: then what the theme is about
        ("低价爆款", RuleSet(broken=(CHEAP,)), "连衣裙"),
    ],
)
def test_chinese_names(name: str, rules: RuleSet, kept: str) -> None:
    brief = a_brief("连衣裙", constraints=("低价", "包邮"))
    theme, told = kept_to(Theme(name=name, keywords=("连衣裙",)), Promises(brief, rules, GOODS), brief)
    assert theme.name == kept
    assert bool(told) == (name != kept)
    assert theme.as_planned.name == name
    if told:
        assert name in told[0]["zh"]
        assert name in told[0]["en"]


@pytest.mark.parametrize(
    ("name", "rules", "kept"),
    [
        ("Low-Price Handbags", RuleSet(), "Handbags"),
        ("Handbags Under 2000", RuleSet(conditions=(UNDER,)), "Handbags Under 2000"),
        ("Handbags Under ₹2,000", RuleSet(conditions=(UNDER,)), "Handbags Under ₹2,000"),
        ("Handbags Under 2000", RuleSet(conditions=(WIDER,), broken=(UNDER,)), "Handbags"),
        ("Handbags Under 50", RuleSet(conditions=(UNDER,)), "Handbags"),
        ("Budget and Premium Handbags", RuleSet(), "Handbags"),
        ("Premium New Handbags", RuleSet(conditions=(DEAR, NEW)), "Premium New Handbags"),
        ("Premium New Handbags", RuleSet(conditions=(DEAR,)), "Premium Handbags"),
        ("New Year Handbags", RuleSet(), "New Year Handbags"),
        ("Free Shipping Handbags", RuleSet(), "Handbags"),
        ("Best-Sellers", RuleSet(), "Handbags"),
        ("Handbags for Women Over 40", RuleSet(), "Handbags for Women Over 40"),
        ("50% Off Handbags", RuleSet(), "Handbags"),
        ("Handbags at $20", RuleSet(), "Handbags"),
    ],
)
def test_english_names(name: str, rules: RuleSet, kept: str) -> None:
    brief = a_brief("handbags", language="en")
    theme, told = kept_to(Theme(name=name, keywords=("handbags",)), Promises(brief, rules, GOODS[1:]), brief)
    assert theme.name == kept
    assert bool(told) == (name != kept)


def test_slogans_and_tabs_promise_nothing_false_either_and_all_comes_back_when_it_holds_again() -> None:
    brief = a_brief("连衣裙", constraints=("低价",))
    tabs = (SubTheme(name="低价长裙"), SubTheme(name="碎花裙"))
    planned = Theme(name="低价连衣裙", slogan="爆款一页看完", subthemes=tabs, keywords=("连衣裙",))
    broken, told = kept_to(planned, Promises(brief, RuleSet(broken=(CHEAP,)), GOODS), brief)
    assert (broken.name, broken.slogan, [tab.name for tab in broken.subthemes]) == ("连衣裙", "", ["碎花裙"])
    assert len(told) == 2
    # A replay says the same again, and a later selection that keeps the promise gives the words back.
    assert kept_to(broken, Promises(brief, RuleSet(broken=(CHEAP,)), GOODS), brief) == (broken, told)
    best = Condition(indicator="sales_30d", op=">=", value=9.0, because="爆款")
    assert kept_to(broken, Promises(brief, RuleSet(conditions=(CHEAP, best)), GOODS), brief) == (planned, ())


def test_goods_that_are_called_by_such_a_word_keep_their_name() -> None:
    brief = a_brief("custom made mugs", language="en")
    theme, told = kept_to(Theme(name="Custom Made Mugs", keywords=("mugs",)), Promises(brief, RuleSet(), GOODS), brief)
    assert (theme.name, told) == ("Custom Made Mugs", ())


def test_a_wish_that_nothing_measures_is_no_part_of_a_name() -> None:
    brief = a_brief("杯子", constraints=("环保认证",))
    theme, _ = kept_to(Theme(name="环保认证杯子", keywords=("杯子",)), Promises(brief, RuleSet(unsupported=("环保认证",)), GOODS), brief)
    assert theme.name == "杯子"


def test_before_there_are_products_only_the_rules_speak() -> None:
    assert Promises(a_brief("杯子"), RuleSet()).false_in("好评杯子") == ("好评",)
    assert Promises(a_brief("杯子"), RuleSet(), GOODS).false_in("好评杯子") == ()


def test_a_venue_of_many_kinds_of_goods_is_not_called_after_the_first_of_them() -> None:
    for language, name, kept in (("zh", "9.9包邮好物", "精选好物"), ("en", "Free-Shipping Finds", "Good Finds")):
        brief = a_brief(language=language, constraints=("9.9包邮", "free shipping"))  # type: ignore[arg-type]
        theme, _ = kept_to(Theme(name=name, keywords=("布艺", "rugs")), Promises(brief, RuleSet(broken=NINE), GOODS), brief)
        assert theme.name == kept


def test_hostile_names_take_no_time() -> None:
    promises = Promises(a_brief("杯子", constraints=("a" * 60,)), RuleSet(), GOODS)
    assert promises.without_false("一" * 60)
    assert promises.without_false("under " * 10)
