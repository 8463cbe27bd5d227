"""Floors that are fair to a buyer: price bands, no floor above half, leftovers where they belong, titles in the page's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.selection.floors import naming, settling
from huichang.selection.floors.bands import banded, limits_of
from huichang.selection.floors.goods import Goods
from huichang.selection.floors.partitions import Part, Partition, category_levels
from huichang.selection.floors.scoring import MIN_FLOOR
from huichang.selection.floors.translating import translated
from tests.support.fakes import a_product
from tests.unit.test_selection_floors import plan


def english(product_id: str, title: str, *path: str, price: float = 20, **more: object) -> Product:
    return a_product(product_id, title, language="en", category_path=path, price=price, **more)


# --- price bands ------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 3000).map(float), min_size=12, max_size=96))
def test_every_price_is_in_one_band_and_limits_ascend(amounts: list[float]) -> None:
    limits = limits_of(amounts)
    assert list(limits) == sorted(set(limits))
    assert len(limits) <= 4
    assert (not limits) == (len(set(amounts)) == 1)
    assert all(min(amounts) < limit <= max(amounts) for limit in limits)
    said = banded(amounts, "¥", "en")
    assert len({said(amount) for amount in amounts}) == len(limits) + 1


def test_prices_that_crowd_are_cut_between_them() -> None:
    """Ninety-six mugs at four prices: the round limits of equal parts would have put 71 of them under one title."""
    mugs = [199.0] * 25 + [259.0] * 35 + [299.0] * 36
    low, high = limits_of(mugs)
    assert (low, 259 < high <= 299) == (200.0, True)
    assert limits_of(mugs, 2) in ((low,), (high,))
    assert limits_of([5.0] * 40) == ()


def test_limits_are_round_where_the_shares_allow_it() -> None:
    assert limits_of([float(amount) for amount in range(10, 490, 10)]) == (100.0, 200.0, 350.0)
    assert limits_of([3.0] * 6 + [97.0] * 6 + [1180.0] * 6) == (50.0, 1000.0)


# --- half a page ------------------------------------------------------------------------------------------------------


def test_a_floor_with_more_than_half_is_cut_by_price_and_reads_from_cheap_to_dear() -> None:
    pens = [
        a_product(f"pen{n:02}", f"中性笔 第{n}款", category_path=("文具", "中性笔"), price=5 + 3 * n, merchant=f"m{n}") for n in range(10)
    ]
    books = [a_product(f"book{n}", f"笔记本 第{n}款", category_path=("文具", "笔记本"), merchant=f"m{n}") for n in range(6)]
    made = plan([*pens, *books], "zh")
    assert made.by == "category+price"
    assert max(len(floor.product_ids) for floor in made.floors) <= 8
    prices = {product.id: product.price.amount for product in pens}
    bands = [[prices[one] for one in floor.product_ids] for floor in made.floors if floor.product_ids[0] in prices]
    assert len(bands) > 1
    assert all(max(one) < min(other) for one, other in pairwise(bands))


def test_where_nothing_divides_finer_the_plan_says_so() -> None:
    many = [english(f"m{n:02}", f"Mug {chr(97 + n)}", "Kitchen", "Mugs", price=9.9) for n in range(14)]
    few = [english(f"p{n}", f"Plate {chr(97 + n)}", "Kitchen", "Plates", price=9.9) for n in range(6)]
    made = plan([*many, *few], "en")
    assert [len(floor.product_ids) for floor in made.floors] in ([14, 6], [6, 14])
    assert "one floor has 70%: nothing divides these goods finer" in made.reason
    assert next(each for each in made.candidates if each.by == made.by).refused == "lopsided"


# --- leftovers --------------------------------------------------------------------------------------------------------


def test_what_names_a_floor_in_its_title_belongs_to_it() -> None:
    necklaces = [english(f"n{n}", f"Necklace {n}", "Jewellery", "Necklaces & Chains") for n in range(8)]
    pendants = [english(f"p{n}", f"Heart Pendant {n}", "Jewellery", "Pendants & Lockets") for n in range(6)]
    strays = [english("stray", "NEVI Crystal Pendant", "Jewellery"), english("both", "Pendant on a Necklace", "Jewellery")]
    goods = Goods({product.id: product for product in [*necklaces, *pendants, *strays]}, "en")
    found = next(category_levels(goods))
    own = {part.title: part.own for part in found.parts}
    assert "stray" in own["Pendants & Lockets"]
    assert found.rest == ("both",)


def a_rest(vectors: Mapping[str, Sequence[float]] | None) -> tuple[Partition, Goods]:
    products = [english(f"a{n}", f"Alpha {n}", "One") for n in range(6)] + [english(f"b{n}", f"Beta {n}", "Two") for n in range(6)]
    products.append(english("x", "Unlike any"))
    goods = Goods({product.id: product for product in products}, "en", vectors)
    parts = tuple(
        Part(title=title, value=title, own=tuple(p.id for p in products if p.title.startswith(title))) for title in ("Alpha", "Beta")
    )
    return settling.placed(Partition(by="category", kind="category", parts=parts, rest=("x",)), goods), goods


def test_a_leftover_goes_where_its_meaning_is() -> None:
    near_beta = {f"a{n}": (1.0, 0.0) for n in range(6)} | {f"b{n}": (0.6, 0.8) for n in range(6)} | {"x": (0.7, 0.71)}
    placed, _ = a_rest(near_beta)
    assert [part.guests for part in placed.parts] == [(), ("x",)]
    without, _ = a_rest(None)
    assert [part.guests for part in without.parts] == [("x",), ()]  # words know nothing of it: the first
    same, _ = a_rest(dict.fromkeys(near_beta, (1.0, 0.0)))
    assert same.parts == without.parts
    partly, _ = a_rest({key: vector for key, vector in near_beta.items() if key != "a0"})
    assert partly.parts == without.parts


def test_a_guest_of_price_bands_stands_in_its_own_band() -> None:
    products = [english(f"c{n}", f"Cheap {n}", "One", price=10) for n in range(5)] + [
        english(f"d{n}", f"Dear {n}", "One", price=90) for n in range(5)
    ]
    products.append(english("x", "Cheap by name", price=80))
    goods = Goods({product.id: product for product in products}, "en")
    parts = tuple(
        Part(title=title, value=title, own=tuple(p.id for p in products[:-1] if p.title.startswith(word)), priced=True, family="f")
        for title, word in (("Under ¥50", "Cheap"), ("From ¥50", "Dear"))
    )
    placed = settling.placed(Partition(by="price", kind="price", parts=parts, rest=("x",)), goods)
    assert [part.guests for part in placed.parts] == [(), ("x",)]


def test_a_little_too_much_aside_joins_the_other_floors_and_much_is_refused() -> None:
    def aside(size: int) -> tuple[Partition, Partition]:
        products = [english(f"a{n}", f"Alpha {n}", "One") for n in range(20)] + [english(f"b{n}", f"Beta {n}", "Two") for n in range(20)]
        products += [english(f"m{n}", f"More {n}", "Three") for n in range(size)]
        goods = Goods({product.id: product for product in products}, "en")
        ids = [[p.id for p in products if p.id[0] == letter] for letter in "abm"]
        parts = tuple(
            Part(title=t, value=t, own=tuple(own), beside=t == "More") for t, own in zip(("Alpha", "Beta", "More"), ids, strict=True)
        )
        made = Partition(by="category", kind="category", parts=parts)
        return made, settling.trimmed(made, goods)

    _, trimmed = aside(8)  # 15 % of 48 are seven
    assert [part.size for part in trimmed.parts if part.beside] == [7]
    assert sum(part.size for part in trimmed.parts) == 48
    made, kept = aside(14)
    assert kept == made


# --- titles -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "language", "said"),
    [
        ("Coffee Mugs", "zh", "马克杯"),
        ("Men's Sweaters", "zh", "男士毛衣"),
        ("Baby Bath Towels", "zh", "婴儿浴巾"),
        ("Wall Decals & Stickers", "zh", "墙贴"),
        ("Deodorant Combos", "zh", "喷雾套装"),
        ("Quantum Flanges", "zh", ""),
        ("Baby", "zh", ""),  # a word before goods is no name of goods
        ("男士毛衣", "en", "Men Sweaters"),
        ("布艺软装", "en", "Home Textiles"),
        ("量子法兰", "en", ""),
    ],
)
def test_names_of_goods_in_the_other_language(name: str, language: Language, said: str) -> None:
    assert translated(name, language) == said


def test_a_price_and_its_goods_fit_the_slot_of_a_chinese_title() -> None:
    covers = [english(f"c{n:02}", f"Cover {n}", "Car", "Car Interior", price=400 + 45 * n, merchant=f"m{n}") for n in range(40)]
    mats = [english(f"m{n}", f"Mat {n}", "Car", "Car Mats", merchant=f"m{n}") for n in range(5)]
    titles = [floor.title for floor in plan([*covers, *mats], "zh").floors]
    assert "汽车脚垫" in titles
    assert len(titles) > 3
    assert all(len(title) <= 12 for title in titles)
    assert all(title.endswith("内饰") for title in titles if "¥" in title)


def test_a_chinese_page_over_english_goods_has_chinese_titles() -> None:
    kinds = {"Coffee Mugs": "马克杯", "Wall Clocks": "挂钟", "Quantum Flanges": ""}
    goods = [
        english(f"{kind}{n}", f"{kind} {chr(97 + n)}", "Home", kind, price=10 + 5 * n, merchant=f"m{n}") for kind in kinds for n in range(7)
    ]
    made = plan(goods, "zh")
    assert len(made.floors) > 1
    assert all(naming.speaks(floor.title, "zh") or "¥" in floor.title for floor in made.floors)
    known = plan([product for product in goods if "Quantum" not in product.title], "zh")
    assert {floor.title for floor in known.floors} == {"马克杯", "挂钟"}
    assert {floor.title for floor in plan(goods, "en").floors} == set(kinds)


def test_titles_of_which_one_says_the_other_are_one_floor_or_name_their_audience() -> None:
    assert naming.overlap("Sweaters", "Sweaters & Pullovers")
    assert not naming.overlap("Sweaters", "Sweatshirts")
    boxes = [english(f"a{n}", f"Box {n}", "School", "Pencil Boxes") for n in range(6)]
    more = [english(f"b{n}", f"Box {n}", "Office", "Geometry & Pencil Boxes") for n in range(6)]
    goods = Goods({product.id: product for product in [*boxes, *more]}, "en")
    assert list(category_levels(goods)) == []  # one kind of goods kept in two departments
    women = [english(f"w{n}", f"Knit {n}", "Women's Clothing", "Sweaters") for n in range(6)]
    men = [english(f"m{n}", f"Knit {n}", "Men's Clothing", "Sweaters & Pullovers") for n in range(6)]
    found = next(category_levels(Goods({product.id: product for product in [*women, *men]}, "en")))
    assert {part.title for part in found.parts} == {"Women's Sweaters", "Sweaters & Pullovers"}


def test_of_a_long_enumeration_the_part_that_the_goods_speak_of() -> None:
    goods = Goods(
        {
            f"p{n}": english(f"p{n}", f"Pencil Box {n}", "Remote Control Toys, Puzzles & School Supplies", f"Maker{n} School Supplies")
            for n in range(3)
        },
        "en",
    )
    assert {path[0] for path in goods.paths.values()} == {"School Supplies"}
    assert naming.tidy("Remote Control Toys, Puzzles & School Supplies") == "Remote Control Toys"
    assert MIN_FLOOR == 4
