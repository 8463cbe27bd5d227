"""Which preset a page gets: the occasion settles it, else the goods decide with the words beside them, and every reason is told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huichang.catalog.product import LocalizedText, PriceTier, Product
from huichang.materials.styles.goods import GoodsMix
from huichang.materials.styles.matching import load_scoring, match_style, score_styles
from huichang.materials.styles.model import StyleChoice, StylePreset
from huichang.materials.styles.packages import DEFAULT, StyleShelf, load_presets
from huichang.themes.model import Evidence, SubTheme, Theme
from infra.bench.styles import judge, load_cases, shelves
from tests.support.products import make_product

NOTHING = GoodsMix()
PLUSH = {"玩具/毛绒玩具/小熊公仔": 24}


def theme(name: str, **fields: object) -> Theme:
    return Theme.model_validate({"name": name, "keywords": (), **fields})


def codes(choice: StyleChoice) -> set[str]:
    return {reason.code for reason in choice.reasons}


def points(given: Theme, goods: GoodsMix, style_id: str, **more: object) -> dict[str, float]:
    """Points of one preset by code."""
    scores = score_styles(given, goods, presets={style_id: load_presets()[style_id]}, **more)  # type: ignore[arg-type]
    found: dict[str, float] = {}
    for reason in scores[0].reasons if scores else ():
        found[reason.code] = found.get(reason.code, 0) + reason.points
    return found


def a_product(number: int = 1, **changes: object) -> Product:
    return make_product(number, **{"localized": {}, **changes})


# --- the labelled set --------------------------------------------------------------------------------------------------


def test_labelled_themes_get_a_preset_that_a_designer_would_accept() -> None:
    judged = judge(load_cases(), shelves())
    assert len(judged) >= 40
    wrong = [(case.name, choice.style_id, case.expect) for case, choice in judged if choice.style_id not in case.expect]
    assert len(wrong) <= 0.05 * len(judged), wrong


# --- what decides ------------------------------------------------------------------------------------------------------


def test_the_goods_decide_where_the_name_says_nothing() -> None:
    plain = theme("今日精选", subthemes=(SubTheme(name="新品"),))
    assert match_style(plain, GoodsMix.counted({**PLUSH, "餐厨/杯壶/马克杯": 6})).style_id == "balloon_play"
    assert match_style(plain, GoodsMix.counted({"Home/Kitchen/Mugs": 24, "Toys/Plush toys/Bears": 6})).style_id == "linen_home"


def test_the_goods_decide_where_a_word_of_the_name_misleads() -> None:
    assert match_style(theme("Cool new arrivals"), GoodsMix.counted({"Electronics/Audio/Headphones": 30})).style_id == "night_circuit"


def test_an_occasion_settles_it_whatever_the_goods_are() -> None:
    for name, style_id in (("圣诞礼物", "winter_fir"), ("Diwali gifts", "diya_glow"), ("中秋好礼", "autumn_moon")):
        choice = match_style(theme(name, kind="seasonal", industry="toys"), GoodsMix.counted(PLUSH))
        assert choice.style_id == style_id
        assert choice.reasons[0].code == "sign"


def test_a_trend_that_the_theme_cites_names_the_occasion_too() -> None:
    cited = theme("送给孩子", evidence=(Evidence(kind="trend", id="t", said="圣诞节礼物热度上升"),))
    assert points(cited, NOTHING, "winter_fir")["sign"] == load_scoring().points.sign_around


def test_goods_that_say_the_occasion_speak_for_it() -> None:
    goods = GoodsMix.of([a_product(number, title=f"圣诞树挂件 {number}") for number in (1, 11, 21)])
    assert match_style(theme("今日精选"), goods).style_id == "winter_fir"


def test_ancestors_of_a_category_count_less_than_the_leaf_and_more_than_the_industry() -> None:
    step = load_scoring().points.step
    leaf = points(theme("x"), GoodsMix.counted({"杂货/其他/积木": 10}), "balloon_play")["goods"]
    parent = points(theme("x"), GoodsMix.counted({"杂货/积木/其他": 10}), "balloon_play")["goods"]
    root = points(theme("x"), GoodsMix.counted({"积木/杂货/其他": 10}), "balloon_play")["goods"]
    industry = points(theme("x"), GoodsMix.of([a_product(category_path=("杂货",), industry="toys")]), "balloon_play")["goods"]
    assert leaf > parent > root > industry > 0
    assert parent == pytest.approx(leaf * step[1])


def test_both_languages_of_a_category_are_read_and_each_told_in_its_own() -> None:
    product = a_product(category_path=("A", "B"), localized={"zh": LocalizedText(title="熊", category_path=("玩具", "小熊公仔"))})
    other = a_product(
        category_path=("玩具", "小熊公仔"), localized={"en": LocalizedText(title="Bear", category_path=("Things", "Teddies"))}
    )
    assert match_style(theme("x"), GoodsMix.of([product])).style_id == "balloon_play"
    said = match_style(theme("x"), GoodsMix.of([other])).said()
    assert "小熊公仔" in said["zh"]
    assert "Teddies" in said["en"]


def test_what_merchants_wrote_is_cleaned_and_cut_before_it_is_told() -> None:
    hostile = a_product(category_path=("玩具", "<script>alert(1)</script>毛绒\u202e" + "熊" * 300))
    said = match_style(theme("x"), GoodsMix.of([hostile])).said()["zh"]
    assert "毛绒" in said
    assert "script" not in said
    assert "\u202e" not in said
    assert said.count("熊") <= 40


@given(st.integers(0, 40))
def test_more_of_its_goods_never_speak_less_for_a_preset(more: int) -> None:
    fewer = GoodsMix.counted({**PLUSH, "餐厨/锅具/汤锅": 20})
    richer = GoodsMix.counted({"玩具/毛绒玩具/小熊公仔": 24 + more, "餐厨/锅具/汤锅": 20})
    assert points(theme("x"), richer, "balloon_play")["goods"] >= points(theme("x"), fewer, "balloon_play")["goods"]


def test_what_a_preset_does_not_suit_speaks_against_it() -> None:
    goods = GoodsMix.counted({"美妆个护/护肤/面霜": 20})
    assert match_style(theme("护肤精选"), goods).style_id == "petal_pink"
    choice = match_style(theme("男士护肤"), goods)
    assert choice.style_id == "urban_slate"
    against = next(other for other in choice.others if other.style_id == "petal_pink")
    assert against.reasons[-1].code == "against"
    assert against.reasons[-1].points < 0
    assert points(theme("x"), GoodsMix.counted({"宠物用品/玩具/猫玩具": 20}), "balloon_play") == {}


@pytest.mark.parametrize(
    ("name", "season", "speaks"),
    [("春日上新", "spring_meadow", True), ("青春衣橱", "spring_meadow", False), ("春节好物", "spring_meadow", False),
     ("Mid-Autumn Tea", "maple_harvest", False), ("Autumn picks", "maple_harvest", True), ("冬瓜与火锅", "winter_fir", False)],
)  # fmt: skip
def test_a_season_is_read_and_what_only_sounds_like_it_is_not(name: str, season: str, speaks: bool) -> None:
    assert ("season" in points(theme(name), NOTHING, season)) is speaks


def test_the_start_of_the_promotion_says_a_little() -> None:
    assert points(theme("x"), NOTHING, "summer_wave", starts=date(2026, 7, 1))["season"] == load_scoring().points.season_by_date
    assert points(theme("x"), NOTHING, "summer_wave", starts=date(2026, 12, 1)) == {}
    assert match_style(theme("今日精选"), GoodsMix.counted(PLUSH), starts=date(2026, 7, 1)).style_id == "balloon_play"


def test_the_tone_of_the_brief_decides_between_two_that_fit() -> None:
    goods = GoodsMix.counted({"餐厨/杯壶/马克杯": 12, "玩具/毛绒玩具/小熊公仔": 12})
    assert match_style(theme("x"), goods, tone="温馨").style_id == "linen_home"
    assert match_style(theme("x"), goods, tone="可爱").style_id == "balloon_play"


def test_colours_of_the_goods_speak_where_most_share_one() -> None:
    pink = [a_product(number, attributes={"颜色": "粉色"}) for number in range(1, 40, 10)]
    grey = [a_product(number, attributes={"颜色": "灰色"}) for number in range(1, 40, 10)]
    given = theme("女装")
    assert "colour" in points(given, GoodsMix.of(pink), "petal_pink")
    assert "colour" not in points(given, GoodsMix.of(grey), "petal_pink")
    assert "colour" not in points(given, GoodsMix.of(pink), "camp_ridge")


def test_the_price_level_speaks_in_currencies_that_are_known() -> None:
    def priced(price: str, currency: str = "CNY") -> GoodsMix:
        return GoodsMix.of([a_product(tiers=(PriceTier(min_quantity=1, price=Decimal(price)),), currency=currency, list_price=None)])

    given = theme("批发")
    assert "price" in points(given, priced("3"), "market_orange")
    assert "price" not in points(given, priced("300"), "market_orange")
    assert "price" not in points(given, priced("3", "XOF"), "market_orange")


def test_mixed_goods_get_a_preset_for_mixed_goods() -> None:
    mixed = GoodsMix.counted({"玩具/积木": 5, "女装/连衣裙": 5, "数码/耳机": 5, "食品/坚果": 5, "文具/钢笔": 5, "宠物/猫砂": 5})
    choice = match_style(theme("甄选"), mixed)
    assert choice.style_id == "market_orange"
    assert "mixed" in codes(choice)


def test_where_nothing_speaks_the_default_says_so() -> None:
    choice = match_style(theme("清单", keywords=("其他",)), NOTHING)
    assert (choice.style_id, choice.score, codes(choice)) == (DEFAULT, 0, {"default"})


# --- what is told ------------------------------------------------------------------------------------------------------


def test_reasons_add_up_stand_in_order_and_are_told_in_both_languages() -> None:
    choice = match_style(theme("熊猫玩偶会场", kind="event", industry="toys"), GoodsMix.of([a_product(0), a_product(10)]))
    for score in (choice, *choice.others):
        assert sum(reason.points for reason in score.reasons) == pytest.approx(score.score)
        assert [reason.points for reason in score.reasons] == sorted((reason.points for reason in score.reasons), reverse=True)
        assert all(reason.said["zh"] and reason.said["en"] and reason.said["zh"] != reason.said["en"] for reason in score.reasons)
    assert [other.score for other in choice.others] == sorted((other.score for other in choice.others), reverse=True)
    assert choice.style_id not in {other.style_id for other in choice.others}


def test_equals_go_to_the_lower_id_and_the_order_of_the_goods_changes_nothing() -> None:
    one = load_presets()["balloon_play"]
    twins: dict[str, StylePreset] = {name: one.model_copy(update={"id": name}) for name in ("zebra", "apple", "mango")}
    shelf = StyleShelf(twins, {})
    choice = match_style(theme("x"), GoodsMix.counted(PLUSH), shelf=shelf)
    assert (choice.style_id, [other.style_id for other in choice.others]) == ("apple", ["mango", "zebra"])
    products = [make_product(number) for number in range(20)]
    assert match_style(theme("x"), GoodsMix.of(products)) == match_style(theme("x"), GoodsMix.of(products[::-1]))
