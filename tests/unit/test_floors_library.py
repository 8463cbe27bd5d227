"""Floors that operators made are suggested to the next venue with such goods."""

from __future__ import annotations

from typing import Any

from huichang.catalog.product import Product
from huichang.selection.floors import library
from huichang.selection.floors.goods import Goods
from huichang.selection.floors.library import KeptFloors
from tests.support.fakes import a_product
from tests.support.memory_floors import a_kept_entry
from tests.unit.test_selection_floors import plan, sizes

LEAVES = ("熊猫公仔", "熊猫挂件", "熊猫抱枕")


def pandas(count: int, start: int = 0, **changes: Any) -> list[Product]:
    return [
        a_product(f"p{n:03}", f"熊猫{n}", category_path=("玩具", "毛绒玩具", LEAVES[n % 3]), attributes={"用途": ["送礼", "自用"][n % 2]}, **changes)
        for n in range(start, start + count)
    ]  # fmt: skip


def kept(products: list[Product]) -> KeptFloors:
    """By use, as no category does it."""
    gifts = [product.id for product in products if product.attributes["用途"] == "送礼"]
    own = [product.id for product in products if product.attributes["用途"] == "自用"]
    entry = library.describe(
        [("带一只回家", own), ("送给朋友", gifts)], Goods({p.id: p for p in products}, "zh"),
        venue_id="v-1", venue_name="熊猫玩偶会场", industry="toys", by="mei", at="2026-09-01T00:00:00.000Z",
    )  # fmt: skip
    assert entry is not None
    return entry


def test_an_entry_says_what_the_floors_have_in_common_and_whose_they_are() -> None:
    entry = kept(pandas(24))
    assert (entry.venue_id, entry.kept_by, entry.industry, entry.language) == ("v-1", "mei", "toys", "zh")
    assert set(entry.categories) == set(LEAVES)
    assert entry.floors[1].features["attribute:用途=送礼"] == 1.0
    assert "attribute:用途=送礼" not in entry.floors[0].features
    assert entry.entry_id == library.entry_id("v-1") != library.entry_id("v-2")


def test_new_goods_of_the_same_kind_are_divided_as_people_divided_before() -> None:
    products = pandas(24, start=100)
    result = plan(products, kept=[kept(pandas(24))])
    assert result.by.startswith("library:fl-")
    assert [floor.title for floor in result.floors] == ["带一只回家", "送给朋友"]  # in the order they were given
    gifts = {product.id for product in products if product.attributes["用途"] == "送礼"}
    assert set(result.floors[1].product_ids) == gifts
    assert "熊猫玩偶会场" in result.reason


def test_other_goods_retired_entries_and_other_languages_get_no_suggestion() -> None:
    entry = kept(pandas(24))
    dresses = [a_product(f"d{n}", f"裙{n}", category_path=("女装", "连衣裙")) for n in range(24)]
    assert library.suggested([entry], Goods({p.id: p for p in dresses}, "zh")) == []
    same = Goods({p.id: p for p in pandas(24)}, "zh")
    assert len(library.suggested([entry], same)) == 1
    assert library.suggested([entry.model_copy(update={"status": "retired"})], same) == []
    assert library.suggested([entry], Goods({p.id: p for p in pandas(24)}, "en")) == []


def test_goods_that_share_nothing_telling_are_left_over() -> None:
    found = library.suggested(
        [a_kept_entry()], Goods({p.id: p for p in [*pandas(12), a_product("x", "锅", category_path=("厨房", "锅"))]}, "zh")
    )
    assert found[0].rest  # 熊猫抱枕 and the pot are described by neither floor
    assert "x" in found[0].rest
    assert {part.title for part in found[0].parts} == {"抱抱熊猫", "随身熊猫"}


def test_floors_that_nothing_tells_apart_do_not_win() -> None:
    products = pandas(24)
    goods = Goods({p.id: p for p in products}, "zh")
    how: dict[str, Any] = {"venue_id": "v", "venue_name": "n", "industry": None, "by": "mei", "at": "2026-09-01T00:00:00.000Z"}
    # Halves that have the same share of each category and use.
    entry = library.describe([("前半场", goods.ids[:12]), ("后半场", goods.ids[12:])], goods, **how)
    assert entry is not None
    assert library.distinctness(entry) == 0
    assert library.distinctness(kept(products)) == 1
    result = plan(pandas(24, start=100), kept=[entry])
    assert result.by == "category"
    (mine,) = [candidate for candidate in result.candidates if candidate.by.startswith("library")]
    assert mine.parts.get("purity", 0) == 0


def test_one_floor_is_nothing_to_learn_from() -> None:
    goods = Goods({p.id: p for p in pandas(8)}, "zh")
    how: dict[str, Any] = {"venue_id": "v", "venue_name": "n", "industry": None, "by": "mei", "at": "2026-09-01T00:00:00.000Z"}
    assert library.describe([("全部", goods.ids)], goods, **how) is None
    assert library.describe([("全部", goods.ids[:4]), ("空", ["gone"])], goods, **how) is None


def test_titles_of_people_may_be_longer_than_ours() -> None:
    entry = kept(pandas(24))
    entry = entry.model_copy(update={"floors": (entry.floors[0].model_copy(update={"title": "带一只软软的回家陪你"}), entry.floors[1])})
    assert set(sizes(plan(pandas(24), kept=[entry]))) == {"带一只软软的回家陪你", "送给朋友"}
