"""Goods that look the same: a few of a family, the rest in reserve, and never next to each other."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from huichang.catalog.product import Product
from huichang.selection.floors.goods import Goods
from huichang.selection.floors.ordering import mixed
from huichang.selection.lookalikes import families, too_many
from tests.support.edits import edits as edited
from tests.support.fakes import FakeProductIndex, a_product
from tests.unit.test_selection_fusion import arrange, recall


def mug(number: int, brand: str | None = "Printland", price: float = 199, motto: str = "") -> Product:
    title = f"{brand or 'Printland'} {motto or f'CMW{number:04}'} Ceramic Mug"
    return a_product(f"m{number:02}", title, language="en", brand=brand, price=price, merchant="m", category_path=("Kitchen", "Mugs"))


def test_a_family_is_one_maker_category_price_and_nearly_one_title() -> None:
    same = [mug(1), mug(2), mug(3, motto="keep-calm"), mug(4, motto="i-love-music")]
    others = [
        mug(5, price=259),
        mug(6, brand="Rockmantra"),
        a_product("bowl", "Printland Ceramic Bowl", language="en", brand="Printland", price=199, category_path=("Kitchen", "Bowls")),
        a_product("tea", "Printland Glass Teapot", language="en", brand="Printland", price=199, category_path=("Kitchen", "Mugs")),
    ]
    found = families([*same, *others])
    assert {found[product.id] for product in same} == {"m01"}
    assert {found[product.id] for product in others} == {product.id for product in others}


def test_without_a_brand_the_first_word_of_the_title_names_the_maker() -> None:
    sea = a_product("sea", "Rockmantra CMW0009 Ceramic Mug", language="en", merchant="m", price=199, category_path=("Kitchen", "Mugs"))
    found = families([mug(1, brand=None), mug(2, brand=None), sea])
    assert found == {"m01": "m01", "m02": "m01", "sea": "sea"}


def test_chinese_goods_of_one_shop_and_price_are_told_apart_by_their_names() -> None:
    names = {"nut1": "每日坚果 混合装", "nut2": "每日坚果 核桃装", "date": "新疆红枣夹心"}
    goods = [a_product(key, name, brand="松鼠", price=9.9, category_path=("食品", "零食")) for key, name in names.items()]
    assert families(goods) == {"nut1": "nut1", "nut2": "nut1", "date": "date"}


def test_only_some_of_a_family_stay_and_pins_count() -> None:
    many = [mug(number) for number in range(10)]
    assert too_many(many, [], 4, 0) == {f"m{number:02}": "m00" for number in range(4, 10)}
    assert sorted(too_many(many[:-1], many[-1:], 4, 0)) == [f"m{number:02}" for number in range(3, 9)]
    assert too_many(many, [], 10, 0) == {}


def test_a_thin_page_keeps_as_many_as_it_needs_one_of_each_family_at_a_time() -> None:
    many = [mug(number) for number in range(8)] + [mug(number, "Rockmantra") for number in range(10, 18)]
    assert len(too_many(many, [], 2, 0)) == 12
    dropped = too_many(many, [], 2, 8)
    kept = [product for product in many if product.id not in dropped]
    assert Counter(product.brand for product in kept) == {"Printland": 4, "Rockmantra": 4}
    assert too_many(many, [], 2, 99) == {}


def test_the_reserve_has_its_reason() -> None:
    goods = [mug(number) for number in range(30)] + [mug(number, f"Maker {number}", price=100 + number) for number in range(30, 60)]
    index = FakeProductIndex(goods)
    arranged = arrange(recall("search", *(product.id for product in goods)), index=index, edits=edited(pins=("m29",)))
    alike = {key: out for key, out in arranged.left.items() if out.code == "look_alike"}
    assert len(alike) == 26
    assert {out.by for out in alike.values()} == {"m29"}
    chosen = {row.product_id for row in arranged.selection.products}
    assert {"m29", "m00", "m01", "m02"} <= chosen
    assert chosen.isdisjoint(alike)


def test_neighbours_on_a_floor_differ_and_the_best_stays_first() -> None:
    goods = Goods({product.id: product for product in [*(mug(n) for n in range(5)), *(mug(n, f"Maker {n}") for n in range(5, 10))]}, "en")
    order = mixed(goods.ids, goods, {})
    assert sorted(order) == sorted(goods.ids)
    assert order[0] == "m00"
    assert all(goods.products[one].brand != goods.products[other].brand for one, other in pairwise(order))
    pinned = {"m03": 0, "m02": 1}
    assert mixed(("m03", "m02", *goods.ids[4:]), goods, pinned)[:2] == ("m03", "m02")


def test_a_maker_of_nearly_all_does_not_end_in_a_wall() -> None:
    many = [mug(n) for n in range(2)] + [mug(n, f"Maker {n}") for n in range(2, 6)] + [mug(n) for n in range(6, 9)]
    order = mixed(tuple(product.id for product in many), Goods({product.id: product for product in many}, "en"), {})
    brands = [next(product.brand for product in many if product.id == one) for one in order]
    assert all(one != other for one, other in pairwise(brands))
