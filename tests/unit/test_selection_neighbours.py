"""Goods near a theme: for whom they are, when they may fill a page, and what planning counts of it."""

from __future__ import annotations

from typing import Any

import pytest

from huichang.catalog.product import Product
from huichang.selection.evidence import TopicFinder
from huichang.selection.fusion import Fusion
from huichang.selection.model import Condition, Eligibility, RuleSet, Selection
from huichang.selection.recall import Recaller, RulesRecall
from huichang.selection.rules import RuleWriter
from huichang.themes.depth import StockDepth
from huichang.themes.model import CampaignBrief, Expansion, Theme
from tests.support.fakes import FakeChatModel, FakeEmbeddings, FakeProductIndex, a_product

WHERE = Eligibility()
KEYWORDS = ("women's running shoes", "women's sports shoes", "sports shoes")
THEME = Theme(name="Women's Running Shoes", keywords=KEYWORDS)
UNDER = Condition(indicator="price", op="<", value=2000.0, because="under 2000")


def shoe(kind: str, number: int, whose: str, shelf: str, price: float) -> Product:
    return a_product(
        f"{whose[0]}-{kind}-{number}",
        f"{['Alder', 'Birch', 'Cedar', 'Elm', 'Fir', 'Hazel', 'Maple', 'Oak', 'Pine', 'Rowan'][number]} {kind}",
        language="en",
        category_path=("Footwear", f"{whose} Footwear", shelf),
        industry="shoes_bags",
        price=price,
        merchant=f"m{number % 4}",
    )


def shop(*, walking: int = 4) -> FakeProductIndex:
    dear = {6: 2999.0, 7: 10_399.0}
    return FakeProductIndex(
        [
            *(shoe("Running Shoes", n, "Women's", "Sports Shoes", dear.get(n, 900 + n)) for n in range(8)),
            *(shoe("Walking Shoes", n, "Women's", "Sports Shoes", 800 + n) for n in range(walking)),
            *(shoe("Running Shoes", n, "Men's", "Sports Shoes", 500 + n) for n in range(6)),
            *(shoe("Wedges", n, "Women's", "Heels", 400 + n) for n in range(9)),
        ]
    )


def a_brief(subjects: tuple[str, ...] = ("women's running shoes",), **changes: Any) -> CampaignBrief:
    values: dict[str, Any] = {
        "campaign_id": "c",
        "sentence": "women's running shoes under 2000",
        "language": "en",
        "idea": "women's running shoes",
        "industries": (),
        "subjects": subjects,
        "constraints": ("under 2000",),
    }
    return CampaignBrief(**values | changes)


def selected(index: FakeProductIndex, brief: CampaignBrief) -> tuple[RuleSet, Selection]:
    limit = {"indicator": "price", "op": "<", "value": 2000, "percentile": None, "because": "under 2000"}
    chat = FakeChatModel({"conditions": [limit] if brief.constraints else [], "unsupported": []})
    recaller = Recaller(index, FakeEmbeddings(), RuleWriter(chat, index))
    expansion = Expansion(text="shoes", words={"en": KEYWORDS})
    found: RulesRecall = recaller.by_rules(THEME, brief, expansion, 8)
    recalls = (recaller.by_search(brief, expansion), found.recall)
    return found.rules, Fusion(index).fuse(THEME, brief, expansion, recalls, found.rules).selection


def kinds(selection: Selection) -> list[str]:
    return [chosen.product_id.rsplit("-", 1)[0] for chosen in selection.products]


def test_an_explicit_number_is_kept_and_similar_goods_of_the_same_shelf_fill_the_page() -> None:
    rules, selection = selected(shop(), a_brief())
    assert rules.conditions == (UNDER,)
    assert rules.broken == ()
    assert rules.neighbours
    assert [list(told) for told in rules.relaxed] == [["zh", "en"]]
    assert "under 2000" in rules.relaxed[0]["en"]
    assert kinds(selection)[:10] == ["W-Running Shoes"] * 6 + ["W-Walking Shoes"] * 4  # what was asked for comes first
    assert selection.products[6].reason.matched_words == ("women's sports shoes", "sports shoes")


def test_without_similar_goods_the_number_is_widened_and_what_was_asked_is_told_as_broken() -> None:
    rules, selection = selected(shop(walking=0), a_brief())
    assert not rules.neighbours
    assert rules.broken == (UNDER,)
    assert set(kinds(selection)) == {"W-Running Shoes"}


def test_neighbours_stay_out_where_nothing_has_to_be_broken() -> None:
    _, selection = selected(shop(), a_brief(constraints=()))
    assert kinds(selection)[:8] == ["W-Running Shoes"] * 8
    assert len(kinds(selection)) <= 10  # a quarter more from the same shelf, as for any thin page


@pytest.mark.parametrize(
    ("subjects", "audience"), [(("women's running shoes",), ""), (("running shoes",), "women"), (("running shoes",), "for women")]
)
def test_goods_for_others_are_off_topic_whoever_said_for_whom(subjects: tuple[str, ...], audience: str) -> None:
    index = shop()
    brief = a_brief(subjects, audience=audience, constraints=())
    _, selection = selected(index, brief)
    assert not any(kind.startswith("M-") for kind in kinds(selection))
    topic = TopicFinder(index).find(KEYWORDS, subjects, WHERE, audience=audience)
    assert {product.id.split("-")[0] for product in (*topic.found, *topic.neighbours, *topic.beside)} == {"W"}
    assert StockDepth(index).of(KEYWORDS, subjects=subjects, audience=audience).count == 8


def test_a_neighbour_speaks_of_a_keyword_by_itself_and_lies_on_a_shelf_of_the_theme() -> None:
    index = shop()
    topic = TopicFinder(index).find(KEYWORDS, ("women's running shoes",), WHERE)
    assert {product.title.split(" ", 1)[1] for product in topic.neighbours} == {"Walking Shoes"}
    wedge = next(product for product in index.get(list(index.items)).values() if "Wedges" in product.title)
    assert topic.near(wedge) == ()
    assert topic.near(topic.found[0]) == ()  # what is of the theme is no neighbour of it


def test_what_could_be_shown_is_counted_as_selection_chooses() -> None:
    def showable(index: FakeProductIndex, *conditions: Condition) -> int:
        subjects = ("women's running shoes",)
        return StockDepth(index).measured(KEYWORDS, WHERE, subjects=subjects, conditions=conditions, minimum=8)[0].showable

    assert showable(shop()) == 8
    assert showable(shop(), UNDER) == 10  # six, and four neighbours
    assert showable(shop(walking=0), UNDER) == 6
    twice = [
        *(shoe("Running Shoes", n % 7, "Women's", "Sports Shoes", 900) for n in range(7)),
        shoe("Running Shoes", 0, "Women's", "S", 900),
    ]
    twins = FakeProductIndex([product.model_copy(update={"id": f"t-{n}"}) for n, product in enumerate(twice)])
    assert showable(twins) == 7
