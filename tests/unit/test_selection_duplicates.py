"""The same goods offered twice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.selection.duplicates import collapse, grams_of, jaccard, models_of, title_key
from tests.support.fakes import a_product


def test_sizes_do_not_make_other_goods_and_model_numbers_do() -> None:
    titles = ["不锈钢保温杯 500ml", "不锈钢保温杯 750ml", "不锈钢保温杯 2只装", "iPhone 15 手机壳透明防摔", "iPhone 14 手机壳透明防摔"]
    goods = [a_product(f"p{n}", title) for n, title in enumerate(titles)]
    assert collapse(goods, (), 0.92) == {"p1": "p0", "p2": "p0"}


def test_long_titles_with_another_model_number_are_other_goods() -> None:
    long = "加厚牛皮纸笔记本 横线内页 学生办公记事本 文艺复古 可定制 封面烫金 环保油墨 圆角设计 平铺不断裂 送书签和收纳袋"
    goods = [a_product("a5", f"A5 {long}"), a_product("a6", f"A6 {long}")]
    assert jaccard(grams_of(title_key(goods[0])), grams_of(title_key(goods[1]))) > 0.92
    assert collapse(goods, (), 0.92) == {}


def test_one_merchants_picture_shown_twice_is_one_product() -> None:
    shown = ("https://shop.example/1.jpg",)
    goods = [
        a_product("a", "熊猫玩偶", merchant="m1", pictures=shown),
        a_product("b", "国宝毛绒公仔礼物", merchant="m1", pictures=shown),
        a_product("c", "国宝毛绒公仔生日", merchant="m2", pictures=shown),
    ]
    assert collapse(goods, (), 0.92) == {"b": "a"}


def test_what_is_protected_is_kept_and_takes_the_others_in() -> None:
    goods = [a_product(name, "熊猫玩偶") for name in ("a", "b", "c")]
    assert collapse(goods, {"b"}, 0.92) == {"c": "a"}
    assert collapse([goods[1], goods[0], goods[2]], {"a", "b"}, 0.92) == {"c": "b"}


words = st.lists(st.sampled_from(["panda", "plush", "toy", "soft", "kids", "gift", "bear", "A5", "30cm", "big"]), min_size=1, max_size=9)


@settings(max_examples=150, deadline=None)
@given(st.lists(words, max_size=14), st.sampled_from([0.5, 0.75, 0.92, 1.0]))
def test_prefix_filtering_misses_no_pair_and_invents_none(titles: list[list[str]], threshold: float) -> None:
    goods = [a_product(f"p{n:02d}", " ".join(title)) for n, title in enumerate(titles)]
    kept: list[int] = []
    expected: dict[str, list[str]] = {}
    for place, product in enumerate(goods):
        mine = grams_of(title_key(product))
        twins = [
            goods[other].id
            for other in kept
            if title_key(product) == title_key(goods[other])
            or (models_of(product) == models_of(goods[other]) and jaccard(mine, grams_of(title_key(goods[other]))) >= threshold)
        ]
        if twins:
            expected[product.id] = twins
        else:
            kept.append(place)
    found = collapse(goods, (), threshold)
    assert set(found) == set(expected)
    assert all(found[product_id] in twins for product_id, twins in expected.items())
