from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.selection.floors import FloorPlanner
from huichang.selection.model import ArrangedFloor, FloorArrangement, FloorPlan, Reason, RuleSet, SelectedProduct, Selection
from huichang.themes.model import SubTheme, Theme
from tests.support.fakes import a_product

THEME = Theme(name="熊猫来了", keywords=("熊猫",))


def plan(
    products: list[Product], language: Language = "zh", theme: Theme = THEME, *, pinned: tuple[str, ...] = (), **how: Any
) -> FloorPlan:
    selection = Selection(
        products=tuple(
            SelectedProduct(
                product_id=product.id, rank=rank, reason=Reason(ranks={}, score=0.0, pinned_by="mei" if product.id in pinned else "")
            )
            for rank, product in enumerate(products, 1)
        ),
        recalled={},
        rules=RuleSet(),
    )
    return FloorPlanner().plan(theme, selection, {product.id: product for product in products}, language, **how)


def goods(leaf: str, count: int, start: int = 0, **changes: Any) -> list[Product]:
    return [
        a_product(
            f"{leaf}-{n:02d}",
            f"{leaf} {n}",
            category_path=("玩具", leaf),
            sales_30d=changes.pop("sales", 10),
            **changes,
        )
        for n in range(start, start + count)
    ]


def sizes(result: FloorPlan) -> dict[str, int]:
    return {floor.title: len(floor.product_ids) for floor in result.floors}


def test_leaf_categories_become_floors_in_order_of_expected_sales() -> None:
    products = [
        *[a_product(f"a{n}", category_path=("玩具", "积木"), sales_30d=5) for n in range(6)],
        *[a_product(f"b{n}", category_path=("玩具", "毛绒玩偶"), sales_30d=500) for n in range(8)],
        *[a_product(f"c{n}", category_path=("玩具", "挂件"), sales_30d=50) for n in range(5)],
    ]
    result = plan(products)
    assert result.by == "category"
    assert [floor.title for floor in result.floors] == ["毛绒玩偶", "挂件", "积木"]
    assert [floor.floor_id for floor in result.floors] == ["floor-1", "floor-2", "floor-3"]
    assert result.floors[0].product_ids == tuple(f"b{n}" for n in range(8))
    assert "100%" in result.reason


def test_an_attribute_divides_where_the_category_does_not() -> None:
    materials = ["纯棉", "毛绒", "亚麻", "真丝"]
    products = [
        a_product(f"p{n}", category_path=("女装", "连衣裙"), attributes={"材质": materials[n % 4], "货号": f"X{n % 3}"}) for n in range(24)
    ]
    result = plan(products)
    assert result.by == "attribute:材质"
    assert sorted(sizes(result)) == sorted(materials)
    assert set(sizes(result).values()) == {6}
    assert not any("货号" in candidate.by for candidate in result.candidates)  # nobody shops by article number


def test_a_crowded_category_is_divided_by_what_a_buyer_would_ask_for() -> None:
    poses = ["抱竹", "坐姿", "趴趴", "围巾"]
    products = [
        *[a_product(f"a{n:02}", category_path=("玩具", "毛绒玩具", "熊猫公仔"), attributes={"款式": poses[n % 4]}) for n in range(30)],
        *[a_product(f"b{n}", category_path=("玩具", "毛绒玩具", "安抚玩具"), attributes={"款式": f"款{n}"}) for n in range(8)],
    ]
    result = plan(products)
    assert result.by == "category+attribute:款式"
    assert sizes(result) == {"抱竹熊猫公仔": 8, "坐姿熊猫公仔": 8, "趴趴熊猫公仔": 7, "围巾熊猫公仔": 7, "安抚玩具": 8}
    assert max(len(floor.product_ids) for floor in result.floors) <= 16
    assert result.floors[-1].title == "安抚玩具"  # the pieces of one category stand together, before a smaller one


def test_sub_themes_divide_where_categories_do_not() -> None:
    theme = Theme(
        name="宿舍",
        keywords=("宿舍",),
        subthemes=(
            SubTheme(name="点亮书桌", keywords=("台灯",)),
            SubTheme(name="收纳有方", keywords=("收纳盒", "收纳")),
            SubTheme(name="暖暖被窝", keywords=("床品",)),
        ),
    )
    products = [a_product(f"p{n}", f"{['学习台灯', '桌面收纳盒', '纯棉床品'][n % 3]} {n}", category_path=("家居", "杂货")) for n in range(18)]  # fmt: skip
    result = plan(products, theme=theme)
    assert result.by == "subthemes"
    assert sizes(result) == {"点亮书桌": 6, "收纳有方": 6, "暖暖被窝": 6}


def test_titles_are_in_the_venues_language() -> None:
    products = [
        a_product(
            f"p{n}",
            category_path=("玩具", ["积木", "玩偶", "拼图"][n % 3]),
            localized={"en": {"title": f"T{n}", "category_path": ["Toys", ["building blocks", "Dolls", "Puzzles"][n % 3]]}},
        )
        for n in range(18)
    ]
    assert sorted(sizes(plan(products, "en"))) == ["Building Blocks", "Dolls", "Puzzles"]
    assert sorted(sizes(plan(products, "zh"))) == ["拼图", "玩偶", "积木"]


def test_brands_in_category_names_do_not_divide() -> None:
    brands = ["StyleStuffs", "Prithish", "Rockmantra", "Giftsmate"]
    kinds = ["Coffee Mugs", "Beer Mugs", "Tea Cups"]
    products = [
        a_product(
            f"p{n:02}", f"Thing {n}", language="en", brand=brands[n % 4],
            category_path=("Kitchen & Dining", f"{brands[n % 4]} {kinds[n % 3]}"), localized={},
        )
        for n in range(24)
    ]  # fmt: skip
    assert sizes(plan(products, "en")) == dict.fromkeys(kinds, 8)


def test_words_of_titles_divide_where_nothing_is_stated() -> None:
    cuts = ["Push-up", "Plunge", "T-Shirt", "Minimizer"]
    products = [
        a_product(
            f"p{n:02}", f"Lovable Women's {cuts[n % 4]} Bra", language="en", category_path=("Clothing", "Bras"), price=10, localized={}
        )
        for n in range(24)
    ]
    result = plan(products, "en")
    assert result.by == "words"
    assert sorted(sizes(result)) == ["Minimizer Bras", "Plunge Bras", "Push-Up Bras", "T-Shirt Bras"]


def test_goods_for_different_people_stand_apart() -> None:
    products = [
        a_product(f"p{n:02}", f"Analog Watch for {['Men', 'Women'][n % 2]}", language="en", category_path=("Watches", "Wrist Watches"), price=10, localized={})
        for n in range(20)
    ]  # fmt: skip
    assert sizes(plan(products, "en")) == {"Men's Wrist Watches": 10, "Women's Wrist Watches": 10}


def test_small_groups_join_their_like() -> None:
    products = [*goods("积木", 8), *goods("玩偶", 8), *goods("拼图", 2)]
    result = plan(products)
    assert result.by == "category"
    assert sum(sizes(result).values()) == 18
    assert set(sizes(result)) == {"积木", "玩偶"}


def test_strangers_go_to_a_last_floor_of_at_most_fifteen_percent() -> None:
    products = [
        *[a_product(f"a{n:02}", f"积木玩具 {n}", category_path=("玩具", "积木")) for n in range(14)],
        *[a_product(f"b{n:02}", f"毛绒玩偶 {n}", category_path=("玩具", "玩偶")) for n in range(14)],
        *[a_product(f"c{n}", f"{'锅碗瓢盆'[n]}{n}", category_path=("厨房", f"厨具{n}"), attributes={}) for n in range(4)],
    ]
    result = plan(products)
    assert result.floors[-1].title == "更多好货"
    assert set(result.floors[-1].product_ids) == {"c0", "c1", "c2", "c3"}
    assert len(result.floors[-1].product_ids) <= 0.15 * len(products)


def test_a_third_left_over_is_no_way_to_cut() -> None:
    result = plan(
        [
            *goods("积木", 6, price=10),
            *goods("玩偶", 6, price=10),
            *[a_product(f"x{n}", category_path=("玩具", f"叶子{'甲乙丙丁戊己庚辛'[n]}"), price=10) for n in range(8)],
        ]
    )
    assert result.by == "one"
    assert {(c.by, c.refused) for c in result.candidates if c.by.startswith("category")} == {("category", "leftovers")}
    assert [floor.title for floor in result.floors] == ["熊猫来了"]


def test_few_products_are_one_floor() -> None:
    result = plan([*goods("积木", 5), *goods("玩偶", 5)])
    assert result.by == "one"
    assert "10" in result.reason
    assert plan([]).floors == ()


def test_at_most_twelve_floors() -> None:
    products = [product for n in range(14) for product in goods(f"类目{'甲乙丙丁戊己庚辛壬癸子丑寅卯'[n]}", 20 - n)]
    result = plan(products)
    assert len(result.floors) <= 12
    assert sum(len(floor.product_ids) for floor in result.floors) == len(products)


def test_every_candidate_is_told_with_its_scores() -> None:
    products = [
        a_product(
            f"p{n}",
            category_path=("玩具", ["积木", "玩偶", "拼图"][n % 3]),
            attributes={"颜色": ["白色", "黑色"][n % 2]},
        )
        for n in range(24)
    ]
    result = plan(products)
    assert result.by == result.candidates[0].by == "category"
    assert result.score == result.candidates[0].score
    assert set(result.candidates[0].parts) == {"coverage", "balance", "purity", "size", "naming"}
    assert result.runner_up == f"{result.candidates[1].by} ({result.candidates[1].score:.2f})"
    assert "属性「颜色」" in plan(products).reason or "次选" in result.reason
    scores = [candidate.score for candidate in result.candidates if not candidate.refused]
    assert scores == sorted(scores, reverse=True)


def test_a_hostile_category_is_inert() -> None:
    products = [
        a_product(f"p{n}", category_path=("x", ["<script>alert(1)</script>积木", "{{7*7}}玩偶", "长" * 300][n % 3]), price=10)
        for n in range(18)
    ]
    for floor in plan(products).floors:
        assert "<" not in floor.title
        assert "{" not in floor.title
        assert len(floor.title) <= 24


def test_the_number_in_a_title_gets_its_name() -> None:
    products = [
        a_product(f"p{n}", category_path=("x", "鞋靴"), attributes={"尺码": ["36", "38", "40"][n % 3]}, price=10) for n in range(18)
    ]
    assert sorted(sizes(plan(products))) == ["尺码 36", "尺码 38", "尺码 40"]


def test_brands_divide_only_where_the_theme_is_about_brands() -> None:
    branded = [a_product(f"p{n}", brand=["Sonata", "Fastrack", "Maxima"][n % 3], price=10) for n in range(18)]
    assert plan(branded).by == "one"
    assert plan(branded, theme=Theme(name="大牌手表", keywords=("品牌手表",))).by == "brand"


def test_price_bands_serve_where_nothing_else_divides() -> None:
    priced = [a_product(f"p{n}", price=10 + 10 * n) for n in range(18)]
    result = plan(priced)
    assert result.by == "price"
    assert [floor.title for floor in result.floors] == ["¥70 以下", "¥70–130", "¥130 起"]
    assert [floor.title for floor in plan(priced, "en").floors] == ["Under ¥70", "¥70–130", "From ¥130"]
    mixed = [a_product(f"p{n}", price=10 + n, currency=["CNY", "USD"][n % 2]) for n in range(18)]
    assert plan(mixed).by == "one"


def test_a_higher_level_serves_where_leaves_are_too_fine() -> None:
    rooms = ["床品", "灯具", "收纳"]
    products = [a_product(f"p{n}", category_path=("家居", rooms[n % 3], f"叶{n}"), price=10) for n in range(18)]
    assert sorted(sizes(plan(products))) == sorted(rooms)


def test_one_value_in_two_spellings_is_one_floor() -> None:
    values = ["100% 棉", "100%棉", "亚麻", "真丝"]
    products = [a_product(f"p{n}", attributes={"材质": values[n % 4]}, price=10) for n in range(24)]
    assert sorted(sizes(plan(products)).values()) == [6, 6, 12]


def test_an_unreadable_value_makes_no_floor() -> None:
    values = ["GB/T 22844-2009", "GB18401-2010", "SKU_88123_A"]
    products = [a_product(f"p{n}", attributes={"标准": values[n % 3]}, price=10) for n in range(24)]
    assert plan(products).by == "one"


def test_floors_stand_by_expected_sales_and_pins_come_first() -> None:
    products = [
        *[a_product(f"a{n}", category_path=("玩具", "积木"), sales_30d=60_000 if n == 0 else 1) for n in range(6)],
        *[a_product(f"b{n}", category_path=("玩具", "玩偶"), sales_30d=None) for n in range(6)],
    ]
    unknown = plan([product.model_copy(update={"sales_30d": None}) for product in products[::-1]])
    assert [floor.title for floor in unknown.floors] == ["玩偶", "积木"]  # the selection's own order
    assert plan(products).floors[0].title == "积木"
    assert [floor.title for floor in plan(products, pinned=("b3",)).floors] == ["玩偶", "积木"]


def test_an_arrangement_wins_and_survives_a_new_selection() -> None:
    products = [*goods("积木", 8), *goods("玩偶", 8)]
    first = [product.id for product in products if product.leaf_category == "积木"]
    second = [product.id for product in products if product.leaf_category == "玩偶"]
    arrangement = FloorArrangement(
        floors=(ArrangedFloor(title="先看玩偶", product_ids=tuple(second)), ArrangedFloor(title="再看积木", product_ids=(*first, "gone"))),
        arranged_by="mei",
        arranged_at="2026-09-01T00:00:00.000Z",
    )
    later = [*products, *goods("玩偶", 1, start=20)]
    result = plan(later, arrangement=arrangement)
    assert (result.by, [floor.title for floor in result.floors]) == ("operator", ["先看玩偶", "再看积木"])
    assert result.floors[0].product_ids == (*second, "玩偶-20")
    assert result.floors[1].product_ids == tuple(first)
    assert {floor.named_by for floor in result.floors} == {"mei"}
    assert "mei" in result.reason
    assert "1" in result.reason
    assert result.candidates  # what the planner would have done is told as well


def test_the_plan_id_changes_with_what_stands_on_the_page() -> None:
    products = [*goods("积木", 8), *goods("玩偶", 8)]
    assert plan(products).plan_id == plan(products).plan_id != plan(products[1:]).plan_id


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("甲乙丙丁戊己庚辛壬癸"), st.sampled_from(["白色", "黑色", "粉色", ""]), st.integers(0, 50)),
        max_size=60,
    )
)
def test_every_product_stands_on_exactly_one_floor_of_at_least_four(rows: list[tuple[str, str, int]]) -> None:
    products = [
        a_product(
            f"p{n}",
            category_path=("x", f"类目{leaf}"),
            attributes={"颜色": colour} if colour else {},
            sales_30d=sales,
        )
        for n, (leaf, colour, sales) in enumerate(rows)
    ]
    result = plan(products)
    placed = [name for floor in result.floors for name in floor.product_ids]
    assert sorted(placed) == sorted(product.id for product in products)
    if len(result.floors) > 1:
        assert all(len(floor.product_ids) >= 4 for floor in result.floors)
        assert len(result.floors) <= 12
        rest = [floor for floor in result.floors if floor.value == ""]
        assert all(len(floor.product_ids) <= 0.15 * len(products) for floor in rest)
    assert len({floor.title for floor in result.floors}) == len(result.floors)
    assert plan(products) == result
