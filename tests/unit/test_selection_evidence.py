from __future__ import annotations

import pytest

from huichang.adapters.index_sqlite import SqliteProductIndex
from huichang.catalog.product import Product
from huichang.selection.evidence import TopicFinder, languages_of
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility
from huichang.selection.product_words import ProductWords, speaks
from huichang.themes.depth import StockDepth
from tests.support.fakes import FakeProductIndex, a_product
from tests.support.little_shop import industries, shop

ALL = Eligibility()


@pytest.fixture(scope="module", params=["fake", "sqlite"])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ProductIndex:
    """The same judgement whatever the index: the real one cuts and weighs words in its own way."""
    fake = FakeProductIndex(shop())
    if request.param == "fake":
        return fake
    sqlite = SqliteProductIndex(tmp_path_factory.mktemp("index"), fake.embeddings.dimension)
    sqlite.upsert(list(fake.items.values()))
    return sqlite


@pytest.fixture(scope="module")
def depth(index: ProductIndex) -> StockDepth:
    return StockDepth(index, industries())


def test_a_panda_venue_counts_pandas_and_not_other_plush(depth: StockDepth) -> None:
    found = depth.of(("熊猫玩偶", "毛绒玩偶", "公仔"), subjects=("熊猫玩偶",))
    assert found.anchored
    # 14 dolls, and 8 cushions that stand on the dolls' shelf; no teddy bear, no keyring.
    assert {product_id.rsplit("-", 1)[0] for product_id in found.product_ids} == {"panda-doll", "panda-soft"}
    assert found.count == 22


def test_the_same_in_english(depth: StockDepth) -> None:
    found = depth.of(("panda dolls", "plush toys"), subjects=("panda dolls",))
    assert {product_id.rsplit("-", 1)[0] for product_id in found.product_ids} == {"panda-doll", "panda-soft"}


@pytest.mark.parametrize(
    ("keywords", "subjects"),
    [
        (("飞船零件",), ("飞船零件",)),
        (("飞船零件", "零件", "汽车零件", "配件"), ("飞船零件",)),
        (("飞船零件", "毛绒玩偶", "连衣裙", "积木"), ("飞船零件",)),
        (("submarine periscopes",), ("submarine periscopes",)),
        (("periscope", "car parts", "spare parts"), ("submarine periscopes",)),
        (("submarine", "periscopes"), ("submarine periscopes",)),
        (("飞船零件", "飞船", "零件"), ("飞船零件", "零件", "飞船")),
        (("periscope", "parts", "car parts"), ("submarine periscope parts", "parts")),
        (("飞船零件",), ()),
        (("飞船零件", "零件"), ()),
        (("submarine periscope parts",), ()),
    ],
)
def test_an_absurd_theme_has_no_stock(depth: StockDepth, keywords: tuple[str, ...], subjects: tuple[str, ...]) -> None:
    assert depth.of(keywords, subjects=subjects).count == 0


@pytest.mark.parametrize("word", ["会场", "商品", "新品", "sale", "熊", "包", "new arrivals", "好物推荐", "!!!", ""])
def test_generic_and_single_characters_prove_nothing(depth: StockDepth, word: str) -> None:
    assert depth.of((word,)).count == 0


def test_a_scene_is_carried_by_its_own_keywords(depth: StockDepth) -> None:
    found = depth.of(("台灯", "收纳盒"), subjects=("宿舍好物",))
    assert not found.anchored
    assert found.count == 24
    assert depth.of(("宿舍好物",), subjects=("宿舍好物",)).count == 0


def test_a_whole_industry_is_named_by_its_name(depth: StockDepth) -> None:
    assert depth.of(("女装",), subjects=("女装",)).count == 60
    assert depth.of(("womenswear",), subjects=("womenswear",)).count == 60
    assert depth.of(("连衣裙",), subjects=("女装",)).count == 36


def test_a_subject_in_a_language_the_catalogue_does_not_speak_anchors_nothing() -> None:
    english = FakeProductIndex(
        [a_product(f"p{n}", f"Panda plush doll number {n}", language="en", category_path=("Toys", "Plush")) for n in range(10)]
    )
    assert languages_of(english, ALL) == ("en",)
    topic = TopicFinder(english).find(("熊猫玩偶", "panda doll"), ("熊猫玩偶",), ALL)
    assert not topic.anchored
    assert topic.depth == 10


def test_only_eligible_products_count() -> None:
    products = [a_product(f"p{n}", f"熊猫玩偶 {n}", stock=0 if n < 5 else 3, enrolled=n != 9) for n in range(10)]
    found = StockDepth(FakeProductIndex(products)).of(("熊猫玩偶",))
    assert found.count == 4


def test_a_longer_phrase_may_miss_a_part_but_not_its_rarest(depth: StockDepth) -> None:
    assert depth.of(("panda plush toys",)).count >= 14
    assert depth.of(("unicorn plush dolls",)).count == 0


def test_the_cut_pool_is_admitted() -> None:
    index = FakeProductIndex([a_product(f"p{n}", f"熊猫玩偶 {n}") for n in range(30)])
    found = StockDepth(index, pool_size=20).of(("熊猫玩偶",))
    assert found.at_least
    assert found.count == 20


def test_a_product_judged_by_itself() -> None:
    words = ProductWords(a_product("p", "纯棉T恤 男士短袖", brand="Acme"))
    assert speaks(words, "T恤")
    assert speaks(words, "男士短袖")
    assert speaks(words, "acme")
    assert not speaks(words, "会场")
    assert not speaks(words, "长袖")


def test_the_judge_is_deterministic() -> None:
    finder = TopicFinder(FakeProductIndex(shop()), industries())
    first = finder.find(("熊猫玩偶",), ("熊猫玩偶",), ALL)
    second = TopicFinder(FakeProductIndex(reversed(shop())), industries()).find(("熊猫玩偶",), ("熊猫玩偶",), ALL)
    assert first.products == second.products
    assert first.categories == second.categories


def test_a_subject_nobody_says_stands_for_the_industry_whose_word_it_is(depth: StockDepth) -> None:
    # 零食 (snacks) is on no product here, but one of the food industry's own words.
    assert depth.of(("月饼", "台灯"), subjects=("零食",)).count == 12
    assert depth.of(("mooncake", "lamp"), subjects=("snacks",)).count == 12
    assert depth.of(("月饼",), subjects=("潜望镜",)).count == 0
    assert depth.of(("月饼",), subjects=("periscopes",)).count == 0


def test_what_is_for_others_is_left_out() -> None:
    titles = [
        "Watch for Men",
        "Watch for Women",
        "Watch for Boys, Men",
        "Watch for Girls",
        "Watch, classic",
        "Ladies watch",
    ]
    index = FakeProductIndex([a_product(f"p{n}", title, language="en", category_path=("Watches",)) for n, title in enumerate(titles)])
    depth = StockDepth(index)
    assert set(depth.of(("watches",), subjects=("men's watches",)).product_ids) == {"p0", "p2", "p4"}
    assert set(depth.of(("watches",), subjects=("watches for women",)).product_ids) == {"p1", "p4", "p5"}
    assert depth.of(("watches",), subjects=("watches",)).count == 6


def test_a_short_attribute_is_what_it_ends_with_and_a_long_one_is_prose() -> None:
    care = "请用毛巾轻轻擦拭并不要暴晒不要机洗更不要放进烘干机里面去"
    words = ProductWords(a_product("p", "坐垫", attributes={"颜色": "酒红色/米白", "面料": "毛巾布", "洗涤": care}))
    assert words.has("红色")
    assert words.has("米白")
    assert not words.has("毛巾")


def test_a_hostile_keyword_list_costs_one_search() -> None:
    index = FakeProductIndex(shop())
    TopicFinder(index, industries()).find(["熊" * 5000] * 400 + ["<b>熊猫玩偶</b>"], ["熊猫玩偶"] * 900, ALL)
    assert index.calls["search"] == 1


def rows(*entries: tuple[str, str, str, int]) -> FakeProductIndex:
    return FakeProductIndex(
        [
            a_product(f"{title}-{n}", f"{title} {n}", category_path=("根", group, leaf))
            for title, group, leaf, count in entries
            for n in range(count)
        ]
    )


def test_beside_a_rare_part_the_whole_group_will_do_beside_a_common_one_only_the_shelf() -> None:
    toys = rows(
        ("大熊猫玩偶", "毛绒玩具", "熊猫公仔", 6),
        ("熊猫抱枕靠垫", "毛绒玩具", "熊猫抱枕", 5),
        ("儿童拼图熊猫图案款", "益智玩具", "拼图", 4),
        ("小熊玩偶", "毛绒玩具", "小熊公仔", 20),
    )
    found = StockDepth(toys).of(("熊猫玩偶",), subjects=("熊猫玩偶",))
    assert set(found.categories) == {"熊猫公仔", "熊猫抱枕"}
    clothes = rows(("红色连衣裙", "裙装", "连衣裙", 6), ("红色半身裙", "裙装", "半身裙", 9), ("蓝色连衣裙", "裙装", "连衣裙", 3))
    assert StockDepth(clothes).of(("红色连衣裙",), subjects=("红色连衣裙",)).count == 6


def of_a_place() -> FakeProductIndex:
    def goods(kind: str, title: str, path: tuple[str, ...], count: int, **attributes: str) -> list[Product]:
        return [
            a_product(f"{kind}-{n}", f"{'甲乙丙丁戊己庚辛壬癸'[n]}{title}", category_path=path, attributes=attributes) for n in range(count)
        ]

    return FakeProductIndex(
        [
            *goods("jar", "收纳密封罐", ("厨房用品", "密封罐"), 8),
            *goods("box", "布艺收纳箱", ("家居", "收纳箱"), 3),
            *goods("dorm-box", "布艺收纳箱", ("家居", "收纳箱"), 2, 适用场景="宿舍"),
            *goods("pencil", "收纳文具盒", ("文具", "笔袋"), 4),
        ]
    )


def test_a_subject_that_names_a_place_is_about_goods_of_that_place() -> None:
    def found(subject: str) -> set[str]:
        topic = TopicFinder(of_a_place()).find((subject, "收纳"), (subject,), ALL)
        return {product_id.rsplit("-", 1)[0] for product_id in topic.products}

    # Boxes named after the goods belong anywhere but where they say otherwise; pencil cases only mention them.
    assert found("厨房收纳") == {"jar", "box"}
    # Nothing says that it is of the bathroom: then only what lies among the goods of another place is far from it.
    assert found("浴室收纳") == {"box", "dorm-box", "pencil"}
    assert found("收纳") == {"jar", "box", "dorm-box", "pencil"}
