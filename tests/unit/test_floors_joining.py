"""Floors of broad venues: small departments stand in pairs, and prices mix nothing that departments could keep apart."""

from __future__ import annotations

from huichang.catalog.product import Product
from huichang.selection.floors.goods import Goods
from huichang.selection.floors.joining import joined_departments
from tests.support.fakes import a_product
from tests.unit.test_selection_floors import plan

NAMES_ZH = ("玩具", "男装", "女装", "美妆个护", "数码家电", "五金汽配", "宠物用品", "文具办公")
NAMES_EN = ("Toys", "Menswear", "Womenswear", "Beauty and Personal Care", "Mother and Baby", "Sports and Outdoors", "Pet Supplies")


def bargains(names: tuple[str, ...], each: tuple[int, ...], language: str = "zh") -> list[Product]:
    goods = []
    for name, many in zip(names, each, strict=True):
        for number in range(many):
            title = f"{name}小物 {chr(97 + number)}款" if language == "zh" else f"{name} thing {chr(97 + number)}"
            price = 5 + (7 * len(goods)) % 11 / 2
            path = (name, f"{name}{number}")
            goods.append(
                a_product(f"p{len(goods):02}", title, category_path=path, price=price, merchant=f"m{len(goods)}", language=language)
            )
    return goods


def test_a_broad_page_is_divided_by_departments_and_not_by_price() -> None:
    goods = bargains(NAMES_ZH, (6, 2, 2, 3, 2, 2, 3, 6))
    made = plan(goods, "zh")
    assert made.by == "category:joined"
    assert "小类目两两并层" in made.reason
    department = {product.id: product.category_path[0] for product in goods}
    kinds = [{department[one] for one in floor.product_ids} for floor in made.floors]
    assert all(len(found) <= 2 for found in kinds)
    assert sum(len(floor.product_ids) for floor in made.floors) == len(goods)
    for floor, found in zip(made.floors, kinds, strict=True):
        assert all(name in floor.title for name in found), floor.title


def test_what_has_enough_for_a_floor_stands_alone_and_none_is_in_two() -> None:
    (found,) = joined_departments(Goods({product.id: product for product in bargains(NAMES_ZH, (6, 2, 2, 3, 2, 2, 3, 6))}, "zh"))
    titles = [part.title for part in found.parts]
    assert {"玩具", "文具办公"} <= set(titles)
    assert all(part.size >= 4 for part in found.parts)
    ids = [product_id for part in found.parts for product_id in part.own] + [*found.rest]
    assert len(ids) == len(set(ids)) == 26


def test_long_names_are_shortened_to_what_they_name_first() -> None:
    goods = bargains(NAMES_EN, (5, 5, 5, 2, 2, 5, 5), "en")
    (found,) = joined_departments(Goods({product.id: product for product in goods}, "en"))
    joined = [part.title for part in found.parts if "&" in part.title]
    assert joined in (["Mother and Baby & Beauty"], ["Beauty & Mother and Baby"])


def test_one_without_a_partner_is_left_over() -> None:
    (found,) = joined_departments(Goods({product.id: product for product in bargains(NAMES_ZH, (6, 5, 5, 5, 5, 5, 5, 2))}, "zh"))
    assert len(found.rest) == 2
    assert all("、" not in part.title for part in found.parts)


def test_a_venue_of_few_or_of_large_departments_needs_no_pairs() -> None:
    few = bargains(NAMES_ZH[:3], (8, 2, 2))
    large = bargains(NAMES_ZH, (4, 4, 4, 4, 4, 4, 4, 4))
    for goods in (few, large):
        assert list(joined_departments(Goods({product.id: product for product in goods}, "zh"))) == []


def test_goods_without_a_category_are_left_over() -> None:
    bare = [a_product(f"x{number}", f"无名小物 {number}款", category_path=()) for number in range(2)]
    goods = [*bargains(NAMES_ZH, (6, 2, 2, 3, 2, 2, 3, 6)), *bare]
    (found,) = joined_departments(Goods({product.id: product for product in goods}, "zh"))
    assert {"x0", "x1"} <= set(found.rest)
