from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from huichang.catalog.product import Enrolment
from huichang.selection.recall import Recaller
from huichang.selection.rules import RuleWriter
from huichang.themes.depth import StockDepth
from huichang.themes.model import CampaignBrief, Expansion, Theme
from tests.support.edits import edits as edited
from tests.support.edits import rule
from tests.support.fakes import FakeChatModel, FakeEmbeddings, FakeProductIndex, a_product
from tests.support.little_shop import industries, shop

EMBEDDINGS = FakeEmbeddings()
INDEX = FakeProductIndex(shop(), EMBEDDINGS)
PANDA = Theme(name="熊猫来了", keywords=("熊猫玩偶", "熊猫公仔"), industry="toys")
WORDS = Expansion(text="熊猫毛绒玩偶公仔 panda plush doll", words={"zh": ("熊猫玩偶", "熊猫公仔"), "en": ("panda doll",)})


def a_brief(**changes: Any) -> CampaignBrief:
    values: dict[str, Any] = {
        "campaign_id": "c",
        "sentence": "包邮熊猫玩偶会场",
        "language": "zh",
        "idea": "熊猫玩偶",
        "industries": ("toys",),
        "subjects": ("熊猫玩偶",),
        "constraints": (),
    }
    return CampaignBrief(**values | changes)


def recaller(chat: FakeChatModel | None = None, index: FakeProductIndex = INDEX, size: int = 300) -> Recaller:
    ticks: Iterator[int] = iter(range(100))
    writer = RuleWriter(chat or FakeChatModel(), index)
    return Recaller(index, EMBEDDINGS, writer, industries(), size=size, timer=lambda: next(ticks) / 4)


def kinds(ids: list[str]) -> set[str]:
    return {product_id.rsplit("-", 1)[0] for product_id in ids}


def test_by_search_says_what_it_asked_and_how_long_it_took() -> None:
    recall = recaller().by_search(a_brief(), WORDS)
    assert recall.path == "search"
    assert recall.query == "熊猫玩偶 熊猫公仔 | panda doll"
    assert recall.seconds == 0.25
    assert kinds([hit.product_id for hit in recall.hits[:20]]) <= {"panda-doll", "panda-soft"}
    assert [hit.rank for hit in recall.hits] == list(range(1, len(recall.hits) + 1))


def test_no_words_find_nothing_and_say_so() -> None:
    recall = recaller().by_search(a_brief(), Expansion(text="x", words={}))
    assert recall.hits == ()
    assert recall.notes == ({"zh": "没有找到商品", "en": "found no product"},)


def test_by_vector_asks_for_the_expanded_text_once() -> None:
    EMBEDDINGS.queries.clear()
    recall = recaller(size=30).by_vector(a_brief(), WORDS)
    assert EMBEDDINGS.queries == [WORDS.text]
    assert recall.path == "vector"
    assert len(recall.hits) == 30
    assert kinds([hit.product_id for hit in recall.hits[:10]]) <= {"panda-doll", "panda-soft"}


def test_by_rules_stays_within_the_theme_and_costs_no_call_without_constraints() -> None:
    chat = FakeChatModel()
    found = recaller(chat).by_rules(PANDA, a_brief(), WORDS, 8)
    assert chat.history == []
    assert kinds([hit.product_id for hit in found.recall.hits]) == {"panda-doll", "panda-soft"}
    sales = [INDEX.items[hit.product_id].product.sales_30d or 0 for hit in found.recall.hits]
    assert sales == sorted(sales, reverse=True)
    assert "22 件" in found.recall.notes[0]["zh"]


def test_by_rules_applies_the_conditions() -> None:
    chat = FakeChatModel(
        {
            "conditions": [{"indicator": "free_shipping", "op": "=", "value": True, "percentile": None, "because": "包邮"}],
            "unsupported": [],
        }
    )
    found = recaller(chat).by_rules(PANDA, a_brief(constraints=("包邮",)), WORDS, 8, venue_id="v1")
    assert len(found.recall.hits) == 11
    assert all("free_shipping" in INDEX.items[hit.product_id].product.benefits for hit in found.recall.hits)
    assert found.recall.query == "包邮"
    assert chat.history[0][1].venue_id == "v1"


def test_exclusions_act_in_fusion_and_only_make_the_recalls_reach_deeper() -> None:
    """Else a preview of lifting an exclusion could not find the product, and 低价 would mean another price after every edit."""
    doing = recaller(size=10)
    plain = doing.by_search(a_brief(), WORDS)
    deeper = doing.by_search(a_brief(), WORDS, edited(excludes=["panda-doll-00", "panda-doll-01", "not-here"]))
    assert len(plain.hits) == 10
    assert deeper.hits[:10] == plain.hits
    assert len(deeper.hits) == 13
    assert len(doing.by_search(a_brief(), WORDS, edited(rule("exclude", "毛绒玩偶", "category"))).hits) == 20
    vector = doing.by_vector(a_brief(), WORDS, edited(excludes=["x"]))
    assert len(vector.hits) == 11


def test_a_theme_the_catalogue_has_no_words_for_is_drawn_from_its_categories() -> None:
    index = FakeProductIndex(
        [
            a_product(f"p{n}", f"Panda plush doll {n}", language="en", category_path=("Toys", "Plush" if n % 2 else "Other"))
            for n in range(20)
        ],
        EMBEDDINGS,
    )
    zh_only = Expansion(text="熊猫", words={"zh": ("熊猫玩偶",)}, categories=("Plush",))
    found = recaller(index=index).by_rules(PANDA, a_brief(), zh_only, 8)
    assert len(found.recall.hits) == 10
    without = recaller(index=index).by_rules(PANDA, a_brief(), WORDS.model_copy(update={"words": {"en": ("panda",)}}), 8)
    assert len(without.recall.hits) == 20
    nothing = recaller(index=index).by_rules(PANDA, a_brief(), Expansion(text="x", words={}), 8)
    assert nothing.recall.hits == ()
    assert "没有找到商品" in [note["zh"] for note in nothing.recall.notes]


def test_without_sales_figures_the_words_rank() -> None:
    index = FakeProductIndex([a_product(f"p{n}", f"熊猫玩偶{'熊猫' * (n == 7)} {n}", sales_30d=None) for n in range(20)], EMBEDDINGS)
    found = recaller(index=index).by_rules(PANDA, a_brief(), WORDS, 8)
    assert found.recall.hits[0].product_id == "p7"
    assert len(found.recall.hits) == 20
    assert any("没有销量" in note["zh"] for note in found.recall.notes)


def test_of_a_promotion_no_path_leaves_what_is_enrolled_for_it() -> None:
    dolls = [product for product in shop() if product.id.startswith("panda-doll")]
    named = [doll.model_copy(update={"enrolments": (Enrolment(promotion="2026-1212"),)}) for doll in dolls[:3]]
    index = FakeProductIndex([*shop(), *named], EMBEDDINGS)
    brief, wanted = a_brief(promotion="2026-1212"), {doll.id for doll in named}
    for recall in (
        recaller(index=index).by_search(brief, WORDS),
        recaller(index=index).by_vector(brief, WORDS),
        recaller(index=index).by_rules(PANDA, brief, WORDS, 3).recall,
    ):
        assert {hit.product_id for hit in recall.hits} == wanted, recall.path
    assert StockDepth(index, industries()).of(("熊猫玩偶",), promotion="2026-1212").count == len(wanted)


def test_one_category_does_not_fill_the_rules_path_alone() -> None:
    index = FakeProductIndex(
        [
            a_product(
                f"p{n:03d}",
                f"熊猫玩偶 {n}",
                category_path=("玩具", "大类" if n < 100 else f"小类{n % 4}"),
                sales_30d=1000 - n,
            )
            for n in range(140)
        ],
        EMBEDDINGS,
    )
    found = recaller(index=index, size=60).by_rules(PANDA, a_brief(), WORDS, 8)
    leaves = [index.items[hit.product_id].product.leaf_category for hit in found.recall.hits]
    assert len(leaves) == 60
    assert leaves.count("大类") == 20  # its quarter is 15; the 40 others leave room for 5 more
    assert [hit.rank for hit in found.recall.hits] == list(range(1, 61))
