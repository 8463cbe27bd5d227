from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.selection.floors import FloorPlanner
from huichang.selection.model import FloorPlan, Reason, RuleSet, SelectedProduct, Selection
from huichang.themes.model import SubTheme, Theme
from tests.support.fakes import a_product

THEME = Theme(name="熊猫来了", keywords=("熊猫",))


def plan(products: list[Product], language: Language = "zh", theme: Theme = THEME) -> FloorPlan:
    selection = Selection(
        products=tuple(
            SelectedProduct(product_id=product.id, rank=rank, reason=Reason(ranks={}, score=0.0))
            for rank, product in enumerate(products, 1)
        ),
        recalled={},
        rules=RuleSet(),
    )
    return FloorPlanner().plan(theme, selection, {product.id: product for product in products}, language)


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
        a_product(f"p{n}", category_path=("女装", "连衣裙"), attributes={"材质": materials[n % 4], "货号": f"X{n}"}) for n in range(24)
    ]
    result = plan(products)
    assert result.by == "attribute:材质"
    assert sorted(sizes(result)) == sorted(materials)
    assert set(sizes(result).values()) == {6}


def test_sub_themes_win_when_they_divide_well() -> None:
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
            localized={"en": {"title": f"T{n}", "category_path": ["Toys", ["Blocks", "Dolls", "Puzzles"][n % 3]]}},
        )
        for n in range(18)
    ]
    assert sorted(sizes(plan(products, "en"))) == ["Blocks", "Dolls", "Puzzles"]
    assert sorted(sizes(plan(products, "zh"))) == ["拼图", "玩偶", "积木"]


def test_small_groups_go_to_the_last_floor() -> None:
    products = [*goods("积木", 8), *goods("玩偶", 8), *goods("拼图", 3), *goods("挂件", 2)]
    result = plan(products)
    assert sizes(result) == {"积木": 8, "玩偶": 8, "更多好货": 5}
    assert result.floors[-1].title == "更多好货"


def test_a_tiny_rest_takes_a_small_floor_along() -> None:
    result = plan([*goods("积木", 12), *goods("玩偶", 8), *goods("拼图", 4), *goods("挂件", 2)])
    assert sizes(result) == {"积木": 12, "玩偶": 8, "更多好货": 6}


def test_a_third_left_over_is_no_way_to_cut() -> None:
    result = plan(
        [
            *goods("积木", 6),
            *goods("玩偶", 6),
            *[a_product(f"x{n}", category_path=("玩具", f"叶{n}")) for n in range(8)],
        ]
    )
    assert result.by == "one"
    assert len(result.floors) == 1
    assert result.floors[0].title == "熊猫来了"


def test_few_products_are_one_floor() -> None:
    result = plan([*goods("积木", 5), *goods("玩偶", 5)])
    assert result.by == "one"
    assert "10" in result.reason
    assert plan([]).floors == ()


def test_at_most_eight_floors() -> None:
    products = [product for n in range(12) for product in goods(f"类目{'甲乙丙丁戊己庚辛壬癸子丑'[n]}", 20 - n)]
    result = plan(products)
    assert len(result.floors) <= 8
    assert sum(len(floor.product_ids) for floor in result.floors) == len(products)


def test_the_runner_up_is_told() -> None:
    products = [
        a_product(
            f"p{n}",
            category_path=("玩具", ["积木", "玩偶", "拼图"][n % 3]),
            attributes={"颜色": ["白色", "黑色"][n % 2]},
        )
        for n in range(24)
    ]
    result = plan(products)
    assert result.by == "category"
    assert result.runner_up.startswith("attribute:颜色 (0.")


def test_a_hostile_category_is_inert() -> None:
    products = [
        a_product(f"p{n}", category_path=("x", ["<script>alert(1)</script>积木", "{{7*7}}玩偶", "长" * 300][n % 3])) for n in range(18)
    ]
    for floor in plan(products).floors:
        assert "<" not in floor.title
        assert len(floor.title) <= 24


def test_the_number_in_a_title_gets_its_name() -> None:
    products = [a_product(f"p{n}", category_path=("x", "y"), attributes={"尺码": ["36", "38", "40"][n % 3]}) for n in range(18)]
    assert sorted(sizes(plan(products))) == ["尺码 36", "尺码 38", "尺码 40"]


def test_brands_and_price_bands_serve_where_nothing_else_divides() -> None:
    branded = [a_product(f"p{n}", brand=["Sonata", "Fastrack", "Maxima"][n % 3]) for n in range(18)]
    assert plan(branded).by == "brand"
    priced = [a_product(f"p{n}", price=10 + 10 * n) for n in range(18)]
    result = plan(priced)
    assert result.by == "price"
    assert [floor.title for floor in result.floors] == ["¥70 以下", "¥70–120", "¥120 起"]
    assert [floor.title for floor in plan(priced, "en").floors] == ["Under ¥70", "¥70–120", "From ¥120"]
    mixed = [a_product(f"p{n}", price=10 + n, currency=["CNY", "USD"][n % 2]) for n in range(18)]
    assert plan(mixed).by == "one"


def test_a_parent_category_serves_where_leaves_are_too_fine() -> None:
    rooms = ["床品", "灯具", "收纳"]
    products = [a_product(f"p{n}", category_path=("家居", rooms[n % 3], f"叶{n}"), price=10) for n in range(18)]
    assert plan(products).by == "parent_category"
    assert sorted(sizes(plan(products))) == sorted(rooms)


def test_one_value_in_two_spellings_is_one_floor() -> None:
    values = ["100% 棉", "100%棉", "亚麻", "真丝"]
    products = [a_product(f"p{n}", attributes={"材质": values[n % 4]}, price=10) for n in range(24)]
    assert sizes(plan(products)) == {"100% 棉": 12, "亚麻": 6, "真丝": 6}


def test_an_unreadable_value_makes_no_floor() -> None:
    values = ["1.5米床品： 被套 200*230cm", "1.8米床品： 被套 220*240cm", "150*200*25cm 无填充物"]
    products = [a_product(f"p{n}", attributes={"尺寸": values[n % 3]}, price=10) for n in range(24)]
    assert plan(products).by == "one"


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("甲乙丙丁戊己庚辛壬癸"), st.sampled_from(["白色", "黑色", "粉色", ""]), st.integers(0, 50)),
        max_size=96,
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
        assert len(result.floors) <= 8
        rest = [floor for floor in result.floors if floor.value == ""]
        assert all(len(floor.product_ids) < len(products) / 3 for floor in rest)
    assert len({floor.title for floor in result.floors}) == len(result.floors)
    assert plan(products) == result
