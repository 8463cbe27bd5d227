from __future__ import annotations

import pytest

from huichang.selection.evidence import ProductWords, TopicFinder, languages_of, speaks
from huichang.selection.model import Eligibility
from huichang.themes.depth import StockDepth
from tests.support.fakes import FakeProductIndex, a_product
from tests.support.little_shop import industries, shop

ALL = Eligibility()


@pytest.fixture(scope="module")
def index() -> FakeProductIndex:
    return FakeProductIndex(shop())


@pytest.fixture(scope="module")
def depth(index: FakeProductIndex) -> StockDepth:
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
        (("飞船零件",), ()),
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
        [
            a_product(f"p{n}", f"Panda plush doll number {n}", language="en", category_path=("Toys", "Plush"))
            for n in range(10)
        ]
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


def test_the_judge_is_deterministic(index: FakeProductIndex) -> None:
    finder = TopicFinder(index, industries())
    first = finder.find(("熊猫玩偶",), ("熊猫玩偶",), ALL)
    second = TopicFinder(FakeProductIndex(reversed(shop())), industries()).find(("熊猫玩偶",), ("熊猫玩偶",), ALL)
    assert first.products == second.products
    assert first.categories == second.categories
