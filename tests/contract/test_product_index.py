"""One contract, every product index: the embedded one always, OpenSearch on a real node (marked live)."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from huichang.adapters.index import open_index
from huichang.catalog.product import Enrolment, PriceTier, Product
from huichang.kernel.clock import Clock
from huichang.kernel.errors import InvalidInputError
from huichang.selection.index import Facet, IndexedProduct, ProductIndex, Reindexable
from huichang.selection.model import Condition, Eligibility, Hit
from huichang.selection.offers import Offer
from tests.support.products import DIMENSION, make_item, make_items, make_product, unit_vector

pytest_plugins = ("tests.support.search_node",)

MANY = 120
EVERYTHING = Eligibility(enrolled=False, min_stock=0)
Maker = Callable[..., ProductIndex]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("opensearch", marks=pytest.mark.live)])
def new_index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maker]:
    """Makes empty indexes of one adapter."""
    if request.param == "sqlite":
        endpoint = f"sqlite://{tmp_path_factory.mktemp('indexes')}"
    else:
        endpoint = request.getfixturevalue("search_node_url")
    made: list[str] = []

    def make(clock: Clock | None = None) -> ProductIndex:
        made.append(f"contract-{uuid.uuid4().hex}")
        return open_index(endpoint, index=made[-1], dimension=DIMENSION, clock=clock)

    yield make
    if request.param == "opensearch":
        from opensearchpy import OpenSearch

        OpenSearch(hosts=[endpoint]).indices.delete(index=",".join(f"{name}-v*" for name in made), ignore_unavailable=True)


@pytest.fixture
def index(new_index: Maker) -> ProductIndex:
    """An empty index."""
    return new_index()


@pytest.fixture(scope="module")
def filled(new_index: Maker) -> ProductIndex:
    """Products p00000 … p00119. Tests that use it only read."""
    index = new_index()
    assert index.upsert(make_items(range(MANY))).written == MANY
    return index


def ids(hits: Sequence[Hit]) -> list[str]:
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    return [hit.product_id for hit in hits]


def where(*conditions: Condition, **changes: object) -> Eligibility:
    return EVERYTHING.model_copy(update={"conditions": conditions, **changes})


def expected(meets: Callable[[Product], bool]) -> set[str]:
    return {product.id for product in map(make_product, range(MANY)) if meets(product)}


def one(number: int, **changes: Any) -> IndexedProduct:
    return make_item(number, **changes)


# --- writing and reading back ----------------------------------------------------------------------------------------


def test_an_empty_index_answers_everything(index: ProductIndex) -> None:
    assert index.get(["p1"]) == {}
    assert index.known_vectors(["x"]) == {}
    assert index.search({"zh": ("玩偶",)}, Eligibility(), 10) == []
    assert index.nearest(unit_vector(1), Eligibility(), 10) == []
    assert index.filter(Eligibility(), 10) == []
    assert index.percentile("price", 50, Eligibility()) is None
    assert index.facet("brand", Eligibility()) == []
    assert index.count(Eligibility()) == 0
    assert index.delete(["p1"]) == 0
    assert index.upsert([]).written == 0


def test_what_was_written_is_read_back_whole(filled: ProductIndex) -> None:
    found = filled.get(["p00003", "nobody", "p00001", "p00003"])
    assert list(found) == ["p00003", "p00001"]
    assert found == {"p00003": make_product(3), "p00001": make_product(1)}


def test_the_same_items_twice_leave_the_same_index(index: ProductIndex) -> None:
    items = make_items(range(30))
    for _ in range(3):
        assert index.upsert(items).written == 30
    assert index.count(EVERYTHING) == 30
    assert len(index.nearest(unit_vector(0), EVERYTHING, 100)) == 30
    assert len(set(ids(index.search({"zh": ("玩偶",)}, EVERYTHING, 100)))) == 3


def test_replacing_moves_words_measures_terms_and_vector(index: ProductIndex) -> None:
    index.upsert(make_items(range(10)))
    changed = IndexedProduct(
        product=make_product(
            0,
            title="黄铜台灯",
            localized={},
            category_path=("家居", "灯具"),
            attributes={"材质": "黄铜"},
            description="",
            brand="Lumen",
            tiers=(PriceTier(min_quantity=1, price=Decimal("1.5")),),
            list_price=None,
        ),
        vector=tuple(-value for value in unit_vector(0)),
    )
    assert index.upsert([changed]).written == 1
    assert index.count(EVERYTHING) == 10
    assert index.get(["p00000"])["p00000"].title == "黄铜台灯"
    assert ids(index.search({"zh": ("台灯",)}, EVERYTHING, 10)) == ["p00000"]
    assert index.search({"zh": ("熊猫",)}, EVERYTHING, 10) == []
    assert ids(index.filter(where(Condition(indicator="price", op="<=", value=1.5)), 10)) == ["p00000"]
    assert ids(index.filter(where(Condition(indicator="attribute", op="=", value="黄铜")), 10)) == ["p00000"]
    assert ids(index.nearest(changed.vector, EVERYTHING, 1)) == ["p00000"]
    assert "p00000" not in ids(index.nearest(unit_vector(0), EVERYTHING, 9))


def test_a_price_update_needs_no_new_vector(index: ProductIndex) -> None:
    before = make_item(1)
    index.upsert([before])
    cheaper = make_product(1, tiers=(PriceTier(min_quantity=1, price=Decimal(2)),), list_price=None)
    assert cheaper.embedding_hash() == before.product.embedding_hash()
    known = index.known_vectors([cheaper.embedding_hash(), "unknown"])
    assert list(known) == [cheaper.embedding_hash()]
    assert known[cheaper.embedding_hash()] == pytest.approx(before.vector, abs=1e-6)
    index.upsert([IndexedProduct(product=cheaper, vector=known[cheaper.embedding_hash()])])
    assert index.filter(EVERYTHING, 5, sort_by="price")[0].score == 2
    assert index.nearest(before.vector, EVERYTHING, 1)[0].score == pytest.approx(1, abs=1e-5)


def test_products_with_one_text_share_their_vector(index: ProductIndex) -> None:
    first = make_product(4)
    twin = make_product(4, id="twin")
    index.upsert([IndexedProduct(product=product, vector=unit_vector(4)) for product in (first, twin)])
    assert list(index.known_vectors([first.embedding_hash()])) == [first.embedding_hash()]
    assert sorted(ids(index.nearest(unit_vector(4), EVERYTHING, 5))) == ["p00004", "twin"]


def test_of_several_items_with_one_id_the_last_counts(index: ProductIndex) -> None:
    report = index.upsert([one(1, title="旧的标题"), one(2), one(1, title="新的标题")])
    assert (report.written, report.failed) == (2, {})
    assert index.get(["p00001"])["p00001"].title == "新的标题"


def test_delete_returns_how_many_existed(index: ProductIndex) -> None:
    index.upsert(make_items(range(5)))
    assert index.delete(["p00001", "p00003", "p00003", "nobody"]) == 2
    assert index.delete(["p00001"]) == 0
    assert set(index.get([f"p{number:05d}" for number in range(5)])) == {"p00000", "p00002", "p00004"}
    assert set(ids(index.nearest(unit_vector(1), EVERYTHING, 10))) == {"p00000", "p00002", "p00004"}
    assert index.search({"zh": ("儿童积木",)}, EVERYTHING, 10) == []
    assert index.known_vectors([make_product(1).embedding_hash()]) == {}
    assert index.upsert(make_items([1])).written == 1
    assert ids(index.nearest(unit_vector(1), EVERYTHING, 1)) == ["p00001"]


@pytest.mark.parametrize("bad", [(0.0,) * DIMENSION, (1.0,) * (DIMENSION - 1), (math.nan,) * DIMENSION])
def test_a_bad_vector_fails_alone_and_says_why(index: ProductIndex, bad: tuple[float, ...]) -> None:
    report = index.upsert([one(1), IndexedProduct(product=make_product(2), vector=bad), one(3)])
    assert report.written == 2
    assert list(report.failed) == ["p00002"]
    assert "vector" in report.failed["p00002"]
    assert set(index.get(["p00001", "p00002", "p00003"])) == {"p00001", "p00003"}


def test_a_vector_of_any_length_is_compared_by_direction(index: ProductIndex) -> None:
    index.upsert([IndexedProduct(product=make_product(1), vector=tuple(7 * value for value in unit_vector(1)))])
    found = index.nearest([0.1 * value for value in unit_vector(1)], EVERYTHING, 1)
    assert found[0].score == pytest.approx(1, abs=1e-5)


# --- offers ----------------------------------------------------------------------------------------------------------


def offer(number: int, at: str, **changes: Any) -> Offer:
    return Offer.model_validate({"product_id": f"p{number:05d}", "at": f"2026-09-01T{at}Z", **changes})


def test_an_offer_changes_measures_and_nothing_else(index: ProductIndex) -> None:
    index.upsert(make_items(range(5)))
    report = index.update([offer(1, "08:00:00", price="2.50", stock=7, enrolled=False), offer(99, "08:00:00", stock=1)])
    assert (report.updated, report.stale, report.unknown) == (("p00001",), (), ("p00099",))
    product = index.get(["p00001"])["p00001"]
    assert (str(product.price.amount), product.stock, product.enrolled) == ("2.50", 7, False)
    assert product.title == make_product(1).title
    assert index.filter(where(Condition(indicator="price", op="<=", value=2.5)), 9)[0].product_id == "p00001"
    assert index.filter(EVERYTHING, 9, sort_by="stock")
    assert "p00001" not in ids(index.nearest(unit_vector(1), Eligibility(min_stock=0), 9))
    assert index.nearest(unit_vector(1), EVERYTHING, 1)[0].score == pytest.approx(1, abs=1e-5)
    assert "p00001" in ids(index.search({"zh": ("积木",)}, EVERYTHING, 9))
    assert index.count(EVERYTHING) == 5


def test_an_older_offer_never_overwrites_a_newer_one(index: ProductIndex) -> None:
    index.upsert(make_items([1]))
    index.update([offer(1, "09:00:00", stock=9)])
    assert index.update([offer(1, "08:00:00", stock=8)]).stale == ("p00001",)
    assert index.update([offer(1, "09:00:00", stock=9)]).stale == ("p00001",)
    assert index.get(["p00001"])["p00001"].stock == 9
    assert index.update([offer(1, "08:30:00", price="1")]).updated == ("p00001",)  # of another field it is the newest word
    product = index.get(["p00001"])["p00001"]
    assert (product.stock, product.price.amount) == (9, 1)
    assert index.update([offer(1, "10:00:00", stock=1), offer(1, "11:00:00", stock=2), offer(1, "10:30:00", stock=3)]).updated
    assert index.get(["p00001"])["p00001"].stock == 2


def test_a_catalogue_from_before_an_offer_does_not_undo_it(index: ProductIndex) -> None:
    items = [item.model_copy(update={"as_of": "2026-09-01T08:00:00Z"}) for item in make_items([1, 2])]
    index.upsert(items)
    index.update([offer(1, "09:00:00", stock=9, enrolled=False)])
    index.upsert(items)  # the same chunk, delivered again
    product = index.get(["p00001"])["p00001"]
    assert (product.stock, product.enrolled) == (9, False)
    assert index.update([offer(1, "08:30:00", stock=1)]).stale == ("p00001",)
    index.upsert([items[0].model_copy(update={"as_of": "2026-09-01T10:00:00+00:00"})])
    assert index.get(["p00001"])["p00001"] == make_product(1)


def test_no_list_price_where_the_new_price_is_above_it(index: ProductIndex) -> None:
    index.upsert([one(1)])
    index.update([offer(1, "09:00:00", price="9000")])
    assert index.get(["p00001"])["p00001"].list_price is None
    assert index.count(where(Condition(indicator="discount_rate", op=">=", value=0))) == 0


# --- reindex ---------------------------------------------------------------------------------------------------------


def test_a_reindex_while_writes_go_on_loses_nothing(index: ProductIndex) -> None:
    index.upsert(make_items(range(40)))
    index.update([offer(3, "09:00:00", stock=77)])
    interrupted: list[int] = []

    def meanwhile(done: int) -> None:
        if not interrupted:  # the copy of the first page is made; the world goes on
            index.upsert([one(1, title="改过的标题"), one(50)])
            index.update([offer(2, "10:00:00", stock=88)])
            index.delete(["p00004"])
        interrupted.append(done)

    report = cast(Reindexable, index).reindex(meanwhile)
    assert report.copied >= 40
    other = _same(index)  # a process that opens it now
    assert other.count(EVERYTHING) == 40
    found = other.get([f"p{number:05d}" for number in (1, 2, 3, 4, 50)])
    assert set(found) == {"p00001", "p00002", "p00003", "p00050"}
    assert (found["p00001"].title, found["p00002"].stock, found["p00003"].stock) == ("改过的标题", 88, 77)
    assert ids(index.search({"zh": ("改过的标题",)}, EVERYTHING, 1)) == ["p00001"]
    assert ids(other.nearest(unit_vector(50), EVERYTHING, 1)) == ["p00050"]
    assert other.update([offer(2, "09:30:00", stock=1)]).stale == ("p00002",)


def test_a_reindex_remembers_of_which_text_a_vector_was_made(index: ProductIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a release that embeds other texts would pass old vectors for new ones."""
    index.upsert([one(1)])
    was = make_product(1).embedding_hash()
    monkeypatch.setattr(Product, "embedding_hash", lambda _: "of another text")
    cast(Reindexable, index).reindex(lambda _: None)
    assert list(_same(index).known_vectors([was, "of another text"])) == [was]


# --- words -----------------------------------------------------------------------------------------------------------


def test_a_chinese_word_finds_its_products(filled: ProductIndex) -> None:
    found = filled.search({"zh": ("熊猫玩偶",)}, EVERYTHING, MANY)
    assert set(ids(found)) == expected(lambda product: int(product.id[1:]) % 10 == 0)
    assert all(hit.score > 0 for hit in found)
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


def test_an_english_word_is_stemmed_and_finds_products_in_either_language(filled: ProductIndex) -> None:
    dolls = expected(lambda product: int(product.id[1:]) % 10 == 0)
    assert set(ids(filled.search({"en": ("Dolls",)}, EVERYTHING, MANY))) == dolls
    assert set(ids(filled.search({"en": ("PANDAS",)}, EVERYTHING, MANY))) == dolls


def test_any_one_word_is_enough(filled: ProductIndex) -> None:
    found = filled.search({"zh": ("帐篷", "没有这样的词"), "en": ("litter",)}, EVERYTHING, MANY)
    assert set(ids(found)) == expected(lambda product: int(product.id[1:]) % 10 in (7, 8))


def test_a_word_of_several_parts_needs_all_of_them(index: ProductIndex) -> None:
    titles = ["USB charger", "数据线收纳盒", "快充USB数据线", "USB数据线"]
    index.upsert(
        [
            one(number, title=title, localized={}, category_path=(), attributes={}, description="", brand=None)
            for number, title in enumerate(titles)
        ]
    )
    assert sorted(ids(index.search({"zh": ("USB数据线",)}, EVERYTHING, 9))) == ["p00002", "p00003"]
    assert sorted(ids(index.search({"en": ("usb charger",)}, EVERYTHING, 9))) == ["p00000"]


def test_of_a_long_english_word_the_head_and_one_more_part_must_match(index: ProductIndex) -> None:
    titles = ["case for mobiles", "leather phone case", "mobile phone case", "mobile phone", "pencil case", "a case"]
    index.upsert(
        [
            one(number, title=title, localized={}, category_path=(), attributes={}, description="", brand=None)
            for number, title in enumerate(titles)
        ]
    )
    found = ids(index.search({"en": ("mobile phone case",)}, EVERYTHING, 9))
    assert found[0] == "p00002"
    assert sorted(found) == ["p00000", "p00001", "p00002"]
    assert ids(index.search({"en": ("phone case",)}, EVERYTHING, 1)) in (["p00001"], ["p00002"])


def test_chinese_matches_by_phrase_and_compounds_by_their_parts(index: ProductIndex) -> None:
    titles = ["熊猫玩偶", "熊猫毛绒玩偶", "熊猫抱枕", "小熊玩偶", "偶尔玩猫", "连衣裤与短裙", "红色碎花连衣裙"]
    index.upsert(
        [
            one(number, title=title, localized={}, category_path=(), attributes={}, description="", brand=None)
            for number, title in enumerate(titles)
        ]
    )
    assert ids(index.search({"zh": ("熊猫玩偶",)}, EVERYTHING, 9)) == ["p00000", "p00001"]
    assert ids(index.search({"zh": ("连衣裙",)}, EVERYTHING, 9)) == ["p00006"]
    assert ids(index.search({"zh": ("红色连衣裙",)}, EVERYTHING, 9)) == ["p00006"]
    assert sorted(ids(index.search({"zh": ("猫",)}, EVERYTHING, 9))) == ["p00000", "p00001", "p00002", "p00004"]


def test_the_thing_itself_comes_before_what_goes_with_it(index: ProductIndex) -> None:
    plain: dict[str, Any] = {"localized": {}, "category_path": (), "attributes": {}, "brand": None, "description": ""}
    titles = ("gel mouse pad blue", "mouse wrist pillow", "wireless optical mouse for small hands and long days", "keyboard with mouse")
    index.upsert([one(number, title=title, **plain) for number, title in enumerate(titles)])
    assert ids(index.search({"en": ("mouse",)}, EVERYTHING, 9))[0] == "p00002"
    assert ids(index.search({"en": ("mouse pad", "mouse", "pad")}, EVERYTHING, 9))[0] == "p00000"


def test_in_chinese_too_the_thing_itself_comes_first(index: ProductIndex) -> None:
    plain: dict[str, Any] = {"localized": {}, "attributes": {}, "brand": None, "description": "", "language": "zh"}
    titles = (("手机支架", "支架"), ("蓝牙手机 学生用", "手机"), ("手机壳", "壳"))
    index.upsert([one(number, title=title, category_path=(leaf,), **plain) for number, (title, leaf) in enumerate(titles)])
    assert ids(index.search({"zh": ("手机",)}, EVERYTHING, 9))[0] == "p00001"


def test_what_a_product_has_not_is_not_found(index: ProductIndex) -> None:
    plain: dict[str, Any] = {"localized": {}, "category_path": (), "brand": None, "description": ""}
    index.upsert(
        [
            one(0, title="tea kettle", attributes={"quick charge": "False", "parcel weight": "450.0"}, **plain),
            one(1, title="power bank", attributes={"quick charge": "True"}, **plain),
        ]
    )
    assert ids(index.search({"en": ("quick charge",)}, EVERYTHING, 9)) == ["p00001"]
    assert ids(index.search({"en": ("parcel",)}, EVERYTHING, 9)) == []


def test_the_title_weighs_more_than_the_description(index: ProductIndex) -> None:
    plain: dict[str, Any] = {"localized": {}, "category_path": (), "attributes": {}, "brand": None}
    index.upsert(
        [
            one(0, title="wooden chair", description="matches every lamp", **plain),
            one(1, title="copper lamp", description="matches every chair", **plain),
            *(one(number, title=f"thing {number}", description="something else", **plain) for number in range(2, 8)),
        ]
    )
    assert ids(index.search({"en": ("lamp",)}, EVERYTHING, 9)) == ["p00001", "p00000"]
    assert ids(index.search({"en": ("chair",)}, EVERYTHING, 9)) == ["p00000", "p00001"]


def test_a_title_says_as_much_beside_a_long_table_of_attributes(index: ProductIndex) -> None:
    plain: dict[str, Any] = {"localized": {}, "category_path": (), "description": "", "brand": None}
    table = {f"property {number}": f"made of material {number}" for number in range(40)}
    index.upsert(
        [
            one(0, title="camera lens", attributes=table, **plain),
            one(1, title="camera bag, black, for days out and long trips", attributes={}, **plain),
            *(one(number, title=f"thing {number}", attributes={}, **plain) for number in range(2, 8)),
        ]
    )
    assert ids(index.search({"en": ("camera",)}, EVERYTHING, 9)) == ["p00000", "p00001"]


def test_goods_described_in_two_ways_are_not_twice_what_was_asked_for(index: ProductIndex) -> None:
    plain: dict[str, Any] = {"localized": {}, "category_path": (), "attributes": {}, "description": "", "brand": None}
    titles = ["headset headphones earphones", "wireless headset", *["headset", "headphones", "earphones", "wireless"] * 3]
    index.upsert([one(number, title=title, **plain) for number, title in enumerate(titles)])
    found = ids(index.search({"en": ("headset", "wireless")}, EVERYTHING, 20))
    assert found.index("p00001") < found.index("p00000")


@pytest.mark.parametrize("field", ["title", "category_path", "brand", "attributes", "description"])
def test_every_text_is_searched(index: ProductIndex, field: str) -> None:
    value = {"category_path": ("Home", "zebrawood"), "attributes": {"wood": "zebrawood"}}.get(field, "zebrawood")
    index.upsert([one(1, **{field: value}), one(2)])
    assert ids(index.search({"en": ("zebrawood",)}, EVERYTHING, 9)) == ["p00001"]


@pytest.mark.parametrize(
    "word",
    [
        '"', "'", "\"panda\" OR 1=1 --", "panda) OR (title:*", "title:panda", "panda*", "NEAR(panda doll)", "^panda",
        "{panda}", "-panda", "AND", "OR NOT", "\\", "%", "_", "*", "?", "", " ", "😀🎉", "a\x00b",
        "'; DROP TABLE facts; --", "<script>", '{"match_all":{}}', "panda~2", "/.*/", "熊猫\" OR \"积木", "the",
        "é" * 300, "熊猫" * 200,
    ],
)  # fmt: skip
def test_words_are_never_syntax(filled: ProductIndex, word: str) -> None:
    everything = filled.search({"zh": (word,), "en": (word,)}, EVERYTHING, MANY)
    assert len(everything) < MANY  # no word of these matches the whole catalogue …
    both = filled.search({"zh": (word, "帐篷")}, EVERYTHING, MANY)
    assert expected(lambda product: int(product.id[1:]) % 10 == 7) <= set(ids(both))  # … nor hides its neighbours
    assert filled.count(EVERYTHING) == MANY


def test_syntax_around_a_word_leaves_the_word(filled: ProductIndex) -> None:
    pandas = ids(filled.search({"en": ("panda",)}, EVERYTHING, MANY))
    for word in ('"panda"', "panda*", "^panda", "-panda", "{panda}", "(panda)", "panda's"):
        assert ids(filled.search({"en": (word,)}, EVERYTHING, MANY)) == pandas, word


def test_no_words_find_nothing(filled: ProductIndex) -> None:
    assert filled.search({}, EVERYTHING, 10) == []
    assert filled.search({"zh": (), "en": ("…", "!!")}, EVERYTHING, 10) == []


@pytest.mark.parametrize("asked", ["500ml", "500 ml", "0.5L", "0.5 升", "５００毫升", "500ML 杯"])
def test_a_size_is_found_however_it_is_written(index: ProductIndex, asked: str) -> None:
    titles = ["不锈钢杯 500ml", "steel cup 0.5 L", "玻璃杯 350ml", "500 pieces box"]
    index.upsert([one(number, title=title, localized={}, attributes={}, description="") for number, title in enumerate(titles)])
    assert {"p00000"} <= set(ids(index.search({"zh": (asked,)}, EVERYTHING, 9))) <= {"p00000", "p00001"}


def test_a_shoe_size_is_one_word(index: ProductIndex) -> None:
    titles = ["运动鞋 42码", "运动鞋 尺码 43", "42件套"]
    index.upsert([one(number, title=title, localized={}, attributes={}, description="") for number, title in enumerate(titles)])
    assert ids(index.search({"zh": ("42码",)}, EVERYTHING, 9)) == ["p00000"]
    assert ids(index.search({"zh": ("43码",)}, EVERYTHING, 9)) == ["p00001"]


def test_synonyms_find_what_is_called_otherwise(index: ProductIndex) -> None:
    titles = ["熊猫公仔", "熊猫帐篷", "wireless headset", "wireless lamp"]
    index.upsert([one(n, title=t, localized={}, attributes={}, description="", category_path=()) for n, t in enumerate(titles)])
    assert ids(index.search({"zh": ("熊猫玩偶",)}, EVERYTHING, 9)) == ["p00000"]
    assert ids(index.search({"en": ("wireless headphones",)}, EVERYTHING, 9)) == ["p00002"]


def test_a_typing_error_is_forgiven_only_where_nobody_knows_the_word(index: ProductIndex) -> None:
    titles = ["bluetooth speaker", "desk lamp", "deck chair", "garden chairs"]
    index.upsert([one(n, title=t, localized={}, attributes={}, description="", category_path=()) for n, t in enumerate(titles)])
    assert ids(index.search({"en": ("blutooth",)}, EVERYTHING, 9)) == ["p00000"]
    assert ids(index.search({"en": ("bluetooht speeker",)}, EVERYTHING, 9)) == ["p00000"]
    assert ids(index.search({"en": ("desk",)}, EVERYTHING, 9)) == ["p00001"]  # deck is one letter away, and desk is known
    assert set(ids(index.search({"en": ("chiar",)}, EVERYTHING, 9))) == {"p00002", "p00003"}
    assert index.search({"en": ("qwertyuiop",)}, EVERYTHING, 9) == []


# --- eligibility -----------------------------------------------------------------------------------------------------


def test_eligibility_applies_to_every_way_of_asking(filled: ProductIndex) -> None:
    eligible = Eligibility(
        catalogue="sample",
        industries=("toys", "pet"),
        conditions=(Condition(indicator="price", op="<=", value=200),),
        exclude_ids=("p00001",),
    )
    wanted = expected(
        lambda product: (
            product.catalogue == "sample"
            and product.industry in ("toys", "pet")
            and product.price.amount <= 200
            and (product.stock is None or product.stock >= 1)
            and product.id != "p00001"
        )
    )
    assert len(wanted) > 5
    assert set(ids(filled.filter(eligible, MANY))) == wanted
    assert set(ids(filled.nearest(unit_vector(3), eligible, MANY))) == wanted
    found = filled.search({"zh": ("适合", "送礼", "玩偶", "积木", "猫砂"), "en": ("gifts",)}, eligible, MANY)
    assert set(ids(found)) == wanted
    assert filled.count(eligible) == len(wanted)
    assert sum(facet.count for facet in filled.facet("industry", eligible)) == len(wanted)


def test_the_filter_is_inside_the_nearest_search(filled: ProductIndex) -> None:
    """The nearest ten of one leaf are found even where the query lies among another kind."""
    tents = where(leaf_categories=("帐篷",))
    far = unit_vector(0)
    wanted = expected(lambda product: int(product.id[1:]) % 10 == 7)
    vectors = {name: np.array(unit_vector(int(name[1:]))) for name in wanted}
    order = sorted(wanted, key=lambda name: -float(vectors[name] @ np.array(far)))
    assert ids(filled.nearest(far, tents, 10)) == order[:10]


def test_only_enrolled_products_unless_told_otherwise(index: ProductIndex) -> None:
    index.upsert([one(1, stock=5), one(2, stock=5, enrolled=False)])
    assert ids(index.filter(Eligibility(), 9)) == ["p00001"]
    assert index.count(Eligibility(enrolled=False)) == 2


def test_a_promotion_holds_what_was_enrolled_for_it_in_every_kind_of_query(index: ProductIndex) -> None:
    named = (Enrolment(promotion="2026-1212", price=Decimal("1.50")), Enrolment(promotion="spring"))
    index.upsert([one(1, enrolments=named), one(2), one(3, enrolments=named[1:]), one(4, enrolments=named, enrolled=False)])
    promotion = Eligibility(promotion="2026-1212", min_stock=0)
    assert ids(index.filter(promotion, 9)) == ["p00001"]
    assert ids(index.nearest(unit_vector(2), promotion, 9)) == ["p00001"]
    titles = tuple(make_product(number).title for number in range(1, 5))
    assert ids(index.search({"zh": titles, "en": titles}, promotion, 9)) == ["p00001"]
    assert index.count(Eligibility(promotion="spring", min_stock=0)) == 2
    assert index.count(Eligibility(promotion="Spring", min_stock=0)) == 0  # a name is compared as it stands
    assert index.count(Eligibility(min_stock=0)) == 3
    assert [facet.count for facet in index.facet("catalogue", promotion)] == [1]
    assert index.percentile("moq", 50, promotion) == make_product(1).moq
    assert index.get(["p00001"])["p00001"].enrolments == named


def test_within_a_promotion_its_prices_and_benefits_count(index: ProductIndex) -> None:
    cheap = Enrolment(promotion="2026-1212", price=Decimal("1.50"), benefits=("cross_border",))
    cheaper = Enrolment(promotion="2026-1212", price=Decimal("1.25"), benefits=())
    index.upsert([one(1, enrolments=(cheap,)), one(2, enrolments=(cheaper,)), one(3)])
    there = EVERYTHING.model_copy(update={"promotion": "2026-1212"})

    def meeting(where: Eligibility, indicator: str, op: Any, value: Any) -> list[str]:
        asked = where.model_copy(update={"conditions": (Condition(indicator=indicator, op=op, value=value),)})
        return sorted(hit.product_id for hit in index.filter(asked, 9))

    assert meeting(there, "price", "<=", 1.25) == ["p00002"]
    assert meeting(there, "price", "=", 1.5) == ["p00001"]
    assert meeting(there, "price", "in", ("1.5", "1.25")) == ["p00001", "p00002"]
    assert meeting(there, "cross_border", "=", True) == ["p00001"]
    assert meeting(there, "stock", ">=", 0) == meeting(
        EVERYTHING.model_copy(update={"product_ids": ("p00001", "p00002")}), "stock", ">=", 0
    )
    assert meeting(EVERYTHING, "price", "<=", 1.5) == []
    assert [hit.score for hit in index.filter(there, 9, sort_by="price")] == [1.5, 1.25]
    assert index.percentile("price", 50, there) == pytest.approx(1.375)
    nobody = EVERYTHING.model_copy(update={"promotion": "nobody"})
    assert (index.filter(nobody, 9, sort_by="price"), index.percentile("price", 50, nobody)) == ([], None)
    index.update([offer(1, "08:00:00", promotions={"2026-1212": None}), offer(2, "08:00:00", promotions={"2026-1212": {"price": "1.75"}})])
    assert [hit.score for hit in index.filter(there, 9, sort_by="price")] == [1.75]
    index.update([offer(1, "09:00:00", promotions={"2026-1212": {}}, price="1.10")])
    assert [hit.score for hit in index.filter(there, 9, sort_by="price")] == [1.75, 1.1]


def test_enrolments_come_and_go_with_offers(index: ProductIndex) -> None:
    index.upsert([one(1), one(2, enrolments=(Enrolment(promotion="old"),))])
    index.update([offer(1, "08:00:00", promotions={"2026-1212": {"price": "2.50", "benefits": ["free_shipping"]}})])
    index.update([offer(1, "09:00:00", promotions={"spring": {}}), offer(2, "09:00:00", promotions={"old": None})])
    assert [index.count(Eligibility(promotion=name, min_stock=0)) for name in ("2026-1212", "spring", "old")] == [1, 1, 0]
    late = offer(1, "07:00:00", promotions={"2026-1212": None})
    assert index.update([late]).stale == ("p00001",)
    product = index.get(["p00001"])["p00001"]
    assert [each.promotion for each in product.enrolments] == ["2026-1212", "spring"]
    assert (product.in_promotion("2026-1212").price.amount, product.price) == (Decimal("2.50"), make_product(1).price)
    assert index.search({"zh": ("积木",), "en": ("mug",)}, EVERYTHING, 9)  # its words are where they were


class SetClock:
    """Tells the time it was set to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 12, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


def test_an_enrolment_holds_in_its_window_and_nobody_has_to_say_when_it_opens_or_closes(new_index: Maker) -> None:
    clock = SetClock()
    index = new_index(clock)
    first, last = datetime(2026, 12, 10, 16, tzinfo=UTC), datetime(2026, 12, 12, 16, tzinfo=UTC)
    name = "2026-1212"
    index.upsert(
        [
            one(1, enrolments=(Enrolment(promotion=name, starts_at=first, ends_at=last), Enrolment(promotion="spring", starts_at=last))),
            one(2, enrolments=(Enrolment(promotion=name, starts_at=first),)),
            one(3, enrolments=(Enrolment(promotion=name, ends_at=first),)),
            one(4, enrolments=(Enrolment(promotion=name),)),
            one(5),
        ]
    )
    there = Eligibility(promotion=name, min_stock=0)
    titles = tuple(make_product(number).title for number in range(1, 6))

    def found(where: Eligibility = there) -> list[str]:
        by_filter = sorted(ids(index.filter(where, 9)))
        assert by_filter == sorted(ids(index.nearest(unit_vector(2), where, 9)))
        assert by_filter == sorted(ids(index.search({"zh": titles, "en": titles}, where, 9)))
        assert index.count(where) == len(by_filter) == sum(facet.count for facet in index.facet("currency", where))
        assert (index.percentile("price", 0, where) is None) == (not by_filter)
        return by_filter

    assert found() == ["p00003", "p00004"]
    assert found(there.model_copy(update={"opens_at": first})) == ["p00001", "p00002", "p00004"]  # prepared ahead
    clock.moment = first - timedelta(seconds=1)
    assert found() == ["p00003", "p00004"]
    clock.moment = first
    assert found() == ["p00001", "p00002", "p00004"]
    clock.moment = last - timedelta(seconds=1)
    assert found() == ["p00001", "p00002", "p00004"]
    clock.moment = last
    assert found() == ["p00002", "p00004"]
    assert found(there.model_copy(update={"opens_at": first})) == ["p00002", "p00004"]  # that moment is behind us
    assert found(Eligibility(promotion="spring", min_stock=0)) == ["p00001"]
    assert index.count(Eligibility(min_stock=0)) == 5  # without a name no window counts
    index.update([offer(2, "08:00:00", promotions={name: {"ends_at": "2026-12-12T00:00:00+08:00"}})])
    assert found() == ["p00004"]
    index.update(
        [offer(2, "09:00:00", promotions={name: {}}), offer(4, "09:00:00", promotions={name: {"starts_at": "2027-01-01T00:00:00Z"}})]
    )
    assert found() == ["p00002"]
    assert index.get(["p00001"])["p00001"].enrolment(name) == Enrolment(promotion=name, starts_at=first, ends_at=last)


@pytest.mark.parametrize(("min_stock", "eligible"), [(0, {"none", "some", "unknown"}), (1, {"some", "unknown"}), (5, {"some"}), (6, set())])
def test_unknown_stock_counts_as_one(index: ProductIndex, min_stock: int, eligible: set[str]) -> None:
    index.upsert([one(1, id="none", stock=0), one(2, id="some", stock=5), one(3, id="unknown", stock=None)])
    assert set(ids(index.filter(Eligibility(min_stock=min_stock), 9))) == eligible


def test_product_ids_limit_and_no_ids_mean_nothing(filled: ProductIndex) -> None:
    chosen = ("p00010", "p00020", "nobody")
    assert set(ids(filled.filter(where(product_ids=chosen), 9))) == {"p00010", "p00020"}
    assert set(ids(filled.nearest(unit_vector(5), where(product_ids=chosen), 9))) == {"p00010", "p00020"}
    assert filled.count(where(product_ids=())) == 0
    assert filled.search({"zh": ("熊猫",)}, where(product_ids=()), 9) == []
    assert filled.nearest(unit_vector(5), where(product_ids=()), 9) == []


def test_very_many_ids_can_be_excluded(filled: ProductIndex) -> None:
    others = tuple(f"q{number}" for number in range(70_000))
    assert filled.count(where(exclude_ids=("p00000", *others))) == MANY - 1
    assert filled.count(where(product_ids=("p00000", *others))) == 1


def test_a_leaf_category_is_meant_in_either_language_and_whole(filled: ProductIndex) -> None:
    pandas = expected(lambda product: int(product.id[1:]) % 10 == 0)
    assert set(ids(filled.filter(where(leaf_categories=("熊猫公仔",)), MANY))) == pandas
    assert set(ids(filled.filter(where(leaf_categories=("pandas",)), MANY))) == pandas
    assert filled.filter(where(leaf_categories=("玩具",)), MANY) == []  # a step, but no leaf


# --- conditions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "meets"),
    [
        ("<=", lambda value: value <= 4.2),
        (">=", lambda value: value >= 4.2),
        ("<", lambda value: value < 4.2),
        (">", lambda value: value > 4.2),
        ("=", lambda value: value == 4.2),
    ],
)
def test_numeric_operators_and_unknown_never_meets_one(filled: ProductIndex, op: str, meets: Callable[[float], bool]) -> None:
    condition = Condition.model_validate({"indicator": "rating", "op": op, "value": 4.2})
    wanted = expected(lambda product: product.rating is not None and meets(product.rating))
    assert wanted
    assert set(ids(filled.filter(where(condition), MANY))) == wanted


def test_numbers_in_a_list(filled: ProductIndex) -> None:
    condition = Condition(indicator="moq", op="in", value=("2", "10"))
    assert set(ids(filled.filter(where(condition), MANY))) == expected(lambda product: product.moq in (2, 10))


@pytest.mark.parametrize("flag", [True, False])
@pytest.mark.parametrize("code", ["free_shipping", "factory_verified"])
def test_flags(filled: ProductIndex, code: str, flag: bool) -> None:
    condition = Condition(indicator=code, op="=", value=flag)
    wanted = expected(lambda product: product.indicators()[code] is flag)
    assert 0 < len(wanted) < MANY
    assert set(ids(filled.filter(where(condition), MANY))) == wanted


@pytest.mark.parametrize(
    ("condition", "meets"),
    [
        (Condition(indicator="category", op="=", value="玩具"), lambda number: number % 10 in (0, 1)),
        (Condition(indicator="category", op="=", value=" plush  TOYS "), lambda number: number % 10 == 0),
        (Condition(indicator="category", op="in", value=("女装", "茶叶")), lambda number: number % 10 in (2, 3, 9)),
        (Condition(indicator="category", op="=", value="玩"), lambda number: False),
        (Condition(indicator="brand", op="=", value="acme"), lambda number: make_product(number).brand == "ACME"),
        (
            Condition(indicator="brand", op="in", value=("青禾", "MOONCAT")),
            lambda number: make_product(number).brand in ("青禾", "Mooncat"),
        ),
        (
            Condition(indicator="attribute", op="=", value="纯棉"),
            lambda number: "纯棉" in make_product(number).text("zh").attributes.values(),
        ),
        (
            Condition(indicator="attribute", op="=", value="Colour: RED"),
            lambda number: make_product(number).text("zh").attributes["颜色"] == "红色",
        ),
        (
            Condition(indicator="attribute", op="in", value=("材质=竹纤维", "颜色=黑色")),
            lambda number: bool({"竹纤维", "黑色"} & {*make_product(number).text("zh").attributes.values()}),
        ),
        (Condition(indicator="attribute", op="=", value="材质=红色"), lambda number: False),
    ],
)
def test_text_conditions(filled: ProductIndex, condition: Condition, meets: Callable[[int], bool]) -> None:
    wanted = {f"p{number:05d}" for number in range(MANY) if meets(number)}
    assert set(ids(filled.filter(where(condition), MANY))) == wanted


def test_one_value_of_an_attribute_list_is_enough(index: ProductIndex) -> None:
    index.upsert([one(1, attributes={"颜色": "红色、白色"}, localized={}), one(2, attributes={}, localized={})])
    assert ids(index.filter(where(Condition(indicator="attribute", op="=", value="颜色=白色")), 9)) == ["p00001"]


def test_conditions_add_up(filled: ProductIndex) -> None:
    eligible = where(
        Condition(indicator="price", op=">=", value=50),
        Condition(indicator="price", op="<=", value=150),
        Condition(indicator="free_shipping", op="=", value=True),
    )
    wanted = expected(lambda product: 50 <= product.price.amount <= 150 and "free_shipping" in product.benefits)
    assert wanted
    assert set(ids(filled.filter(eligible, MANY))) == wanted


@pytest.mark.parametrize(
    "condition",
    [
        {"indicator": "beauty", "op": "=", "value": 1.0},
        {"indicator": "price); DROP TABLE facts; --", "op": "=", "value": 1.0},
        {"indicator": "price", "op": "<=", "value": "cheap"},
        {"indicator": "price", "op": "<=", "value": True},
        {"indicator": "price", "op": "<=", "value": math.nan},
        {"indicator": "price", "op": "in", "value": 3.0},
        {"indicator": "price", "op": "in", "value": ("a",)},
        {"indicator": "free_shipping", "op": ">=", "value": True},
        {"indicator": "free_shipping", "op": "=", "value": "yes"},
        {"indicator": "brand", "op": ">=", "value": "A"},
        {"indicator": "brand", "op": "=", "value": 3.0},
        {"indicator": "brand", "op": "in", "value": "A"},
    ],
)
def test_conditions_outside_the_catalogue_are_refused(filled: ProductIndex, condition: dict[str, object]) -> None:
    eligible = where(Condition.model_validate(condition))
    with pytest.raises(InvalidInputError):
        filled.filter(eligible, 10)
    with pytest.raises(InvalidInputError):
        filled.count(eligible)


# --- nearest, filter, percentile, facet ------------------------------------------------------------------------------


def test_nearest_scores_are_cosines_best_first(filled: ProductIndex) -> None:
    query = unit_vector(12)
    found = filled.nearest(query, EVERYTHING, 20)
    assert found[0].product_id == "p00012"
    for hit in found:
        cosine = float(np.dot(unit_vector(int(hit.product_id[1:])), query))
        assert hit.score == pytest.approx(cosine, abs=1e-5)
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


def test_a_cosine_may_be_negative(index: ProductIndex) -> None:
    index.upsert([one(1)])
    found = index.nearest([-value for value in unit_vector(1)], EVERYTHING, 1)
    assert found[0].score == pytest.approx(-1, abs=1e-5)


def test_a_query_vector_must_fit(filled: ProductIndex) -> None:
    for vector in ([1.0] * (DIMENSION + 1), [0.0] * DIMENSION):
        with pytest.raises(InvalidInputError):
            filled.nearest(vector, EVERYTHING, 5)


def test_filter_orders_by_the_indicator_unknown_last_ties_by_id(filled: ProductIndex) -> None:
    found = filled.filter(EVERYTHING, MANY, sort_by="rating")
    products = [make_product(number) for number in range(MANY)]
    order = sorted(products, key=lambda product: (product.rating is None, -(product.rating or 0), product.id))
    assert ids(found) == [product.id for product in order]
    assert [hit.score for hit in found] == pytest.approx([product.rating or 0.0 for product in order])
    assert ids(filled.filter(EVERYTHING, 7, sort_by="rating")) == ids(found)[:7]


def test_filter_is_by_sales_unless_told_otherwise(filled: ProductIndex) -> None:
    best = max(range(MANY), key=lambda number: make_product(number).sales_30d or 0)
    assert filled.filter(EVERYTHING, 1)[0].product_id == f"p{best:05d}"


@pytest.mark.parametrize("p", [0, 12.5, 30, 50, 80, 99.9, 100])
@pytest.mark.parametrize("code", ["price", "rating", "sales_growth_7d"])
def test_percentiles_are_interpolated_over_what_is_known(filled: ProductIndex, p: float, code: str) -> None:
    eligible = Eligibility(catalogue="sample")
    values = [
        product.indicators()[code]
        for product in map(make_product, range(MANY))
        if product.catalogue == "sample" and (product.stock is None or product.stock >= 1)
    ]
    known = [float(value) for value in values if value is not None]
    assert filled.percentile(code, p, eligible) == pytest.approx(float(np.percentile(known, p)), rel=1e-9)


def test_a_percentile_of_what_nobody_knows_is_none(index: ProductIndex) -> None:
    index.upsert([one(1, rating=None), one(2, rating=None)])
    assert index.percentile("rating", 50, EVERYTHING) is None
    index.upsert([one(1, rating=4.0)])
    assert index.percentile("rating", 80, EVERYTHING) == 4.0


def test_facets_are_commonest_first_and_know_no_missing_value(index: ProductIndex) -> None:
    brands = ["b", None, "a", "b", "c", "a", "b", None]
    index.upsert([one(number, brand=brand) for number, brand in enumerate(brands)])
    assert index.facet("brand", EVERYTHING) == [
        Facet(value="b", count=3),
        Facet(value="a", count=2),
        Facet(value="c", count=1),
    ]
    assert index.facet("brand", EVERYTHING, size=1) == [Facet(value="b", count=3)]


def test_known_values_are_counted_as_text_conditions_compare(index: ProductIndex) -> None:
    index.upsert(
        [
            one(0, brand="Acme", category_path=("Toys", "Plush"), attributes={"材质": "纯棉、亚麻", "Colour": "Ecru"}),
            one(1, brand="acme", category_path=("Toys",), attributes={"材质": "纯棉"}),
            one(2, brand=None, category_path=("Toys",), attributes={}, enrolled=False),
        ]
    )
    assert index.known_values("brand", ["ACME", "Bolt"], EVERYTHING) == {"ACME": 2}
    assert index.known_values("category", ["toys", "plush", "x"], EVERYTHING) == {"toys": 3, "plush": 1}
    assert index.known_values("category", ["toys"], Eligibility(enrolled=True, min_stock=0)) == {"toys": 2}
    assert index.known_values("attribute", ["纯棉", "材质=亚麻", "材质：纯棉", "ecru", "材质=ecru"], EVERYTHING) == {
        "纯棉": 2,
        "材质=亚麻": 1,
        "材质：纯棉": 2,
        "ecru": 1,
    }
    assert index.known_values("attribute", [], EVERYTHING) == {}
    with pytest.raises(InvalidInputError):
        index.known_values("title", ["x"], EVERYTHING)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["leaf_category", "industry", "brand", "catalogue", "language", "currency"])
def test_every_facet(filled: ProductIndex, field: str) -> None:
    values = [getattr(make_product(number), field) for number in range(MANY)]
    counts = {value: values.count(value) for value in set(values) if value}
    assert {facet.value: facet.count for facet in filled.facet(field, EVERYTHING)} == counts


def test_unknown_fields_and_sizes_are_refused(filled: ProductIndex) -> None:
    asked: list[Callable[[], object]] = [
        lambda: filled.facet("title", EVERYTHING),
        lambda: filled.facet("brand; --", EVERYTHING),
        lambda: filled.filter(EVERYTHING, 3, sort_by="title"),
        lambda: filled.filter(EVERYTHING, 3, sort_by="free_shipping"),
        lambda: filled.filter(EVERYTHING, -1),
        lambda: filled.percentile("brand", 50, EVERYTHING),
        lambda: filled.percentile("price", 101, EVERYTHING),
        lambda: filled.search({"en": ("a",)}, EVERYTHING, 10_001),
        lambda: filled.nearest(unit_vector(1), EVERYTHING, -1),
    ]
    for ask in asked:
        with pytest.raises(InvalidInputError):
            ask()


def test_size_nought_is_nothing(filled: ProductIndex) -> None:
    assert filled.search({"zh": ("熊猫",)}, EVERYTHING, 0) == []
    assert filled.nearest(unit_vector(1), EVERYTHING, 0) == []
    assert filled.filter(EVERYTHING, 0) == []
    assert filled.facet("brand", EVERYTHING, 0) == []


def test_an_index_is_seen_by_others_at_once(new_index: Maker) -> None:
    """Another process opens the same endpoint: here, another object."""
    index = new_index()
    index.upsert(make_items(range(3)))
    other = _same(index)
    assert other.count(EVERYTHING) == 3
    index.delete(["p00001"])
    index.upsert(make_items([7]))
    assert set(ids(other.nearest(unit_vector(7), EVERYTHING, 9))) == {"p00000", "p00002", "p00007"}


def _same(index: ProductIndex) -> ProductIndex:
    from huichang.adapters.index_sqlite import SqliteProductIndex

    if isinstance(index, SqliteProductIndex):
        folder: Path = index._store.folder
        return open_index(f"sqlite://{folder.parent}", index=folder.name, dimension=DIMENSION)
    return open_index(index._endpoint, index=index._alias, dimension=DIMENSION)  # type: ignore[attr-defined]
