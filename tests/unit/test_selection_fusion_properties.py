"""What holds for every fusion, whatever is recalled and whatever an operator wishes."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.catalog.product import Product
from huichang.selection.edits import EditRule, MerchandisingEdits, Verdicts
from huichang.selection.eligibility import HARD
from huichang.selection.fusion import Fusion
from huichang.selection.model import Condition, Hit, Path, Recall, RuleSet
from huichang.selection.pool import Arrangement
from huichang.selection.rules import meets
from huichang.themes.model import SubTheme, Theme
from tests.support.edits import rule
from tests.support.fakes import FakeProductIndex, eligible
from tests.support.little_shop import industries, shop
from tests.unit.test_selection_fusion import EXPANSION, a_brief, recall

SHOP = FakeProductIndex(shop())
ALL_IDS = sorted(SHOP.items)
PATHS: tuple[Path, ...] = ("search", "vector", "rules")
SUBTHEMES = (SubTheme(name="公仔", keywords=("公仔",)), SubTheme(name="玩偶", keywords=("玩偶",)))
CHANGES: list[dict[str, Any]] = [{"stock": 0}, {"enrolled": False}, {"catalogue": "other"}, {"stock": None}]
CONDITIONS = [
    Condition(indicator="free_shipping", op="=", value=True),
    Condition(indicator="price", op="<=", value=40.0),
    Condition(indicator="rating", op=">=", value=4.2),
]


@st.composite
def edit_rules(draw: st.DrawFn) -> EditRule:
    action = draw(st.sampled_from(["pin", "exclude", "boost", "bury"]))
    scope, value = draw(
        st.one_of(
            st.tuples(st.just("product"), st.sampled_from([*ALL_IDS, "unknown"])),
            st.tuples(st.just("category"), st.sampled_from(["毛绒玩偶", "连衣裙", "玩具"])),
            st.tuples(st.just("merchant"), st.sampled_from([f"m-{n}" for n in range(4)])),
        )
    )
    more: dict[str, Any] = {"level": draw(st.integers(1, 3))}
    if (action, scope) == ("pin", "product") and draw(st.booleans()):
        more["position"] = draw(st.integers(1, 12))
    return rule(action, value, scope, **more)


def a_shop() -> FakeProductIndex:
    """The shop, free to be changed. Its products are read once: that is most of the work."""
    copy = FakeProductIndex(embeddings=SHOP.embeddings)
    copy.items, copy._tokens = dict(SHOP.items), dict(SHOP._tokens)
    return copy


@st.composite
def situations(draw: st.DrawFn) -> dict[str, Any]:
    some = st.lists(st.sampled_from([*ALL_IDS, "unknown"]), max_size=40, unique=True)
    index = a_shop()
    for number, name in enumerate(draw(st.lists(st.sampled_from(ALL_IDS), max_size=30, unique=True))):
        product: Product = index.items[name].product
        index.add(product.model_copy(update=CHANGES[number % 4]))
    conditions = draw(st.lists(st.sampled_from(CONDITIONS), max_size=2, unique_by=lambda condition: condition.indicator))
    subject = draw(st.sampled_from(["熊猫玩偶", "女装", "宿舍", "飞船零件"]))
    return {
        "index": index,
        "recalls": [recall(path, *draw(some)) for path in PATHS],
        "rules": RuleSet(conditions=tuple(conditions)),
        "edits": MerchandisingEdits(rules=tuple(draw(st.lists(edit_rules(), max_size=14)))),
        "theme": Theme(name="会场", keywords=("熊猫玩偶", subject), subthemes=draw(st.sampled_from([(), SUBTHEMES]))),
        "brief": a_brief(subject, catalogue="sample"),
        "limit": draw(st.sampled_from([5, 30, 96])),
    }


def fused(given_: dict[str, Any], recalls: list[Recall] | None = None) -> Arrangement:
    fusion = Fusion(given_["index"], industries(), max_products=given_["limit"])
    wanted = given_["recalls"] if recalls is None else recalls
    return fusion.fuse(given_["theme"], given_["brief"], EXPANSION, wanted, given_["rules"], given_["edits"])


@settings(max_examples=40, deadline=None)
@given(situations(), st.randoms(use_true_random=False))
def test_what_holds_for_every_selection(given_: dict[str, Any], dice: random.Random) -> None:
    arranged = fused(given_)
    selection, left, edits, index = arranged.selection, arranged.left, given_["edits"], given_["index"]
    chosen = [row.product_id for row in selection.products]
    verdicts = Verdicts(edits)

    # never twice, ranks in order, never more than the limit
    assert len(chosen) == len(set(chosen)) <= given_["limit"]
    assert [row.rank for row in selection.products] == list(range(1, len(chosen) + 1))

    # nothing excluded, nothing that cannot be sold or breaks a promise
    where = Fusion(index, industries()).pool(given_["theme"], given_["brief"], EXPANSION, (), RuleSet()).where
    for name in chosen:
        product = index.items[name].product
        verdict = verdicts.of(product)
        assert verdict is None or verdict.action != "exclude"
        assert eligible(product, where)
        assert all(meets(product, condition) for condition in given_["rules"].conditions)

    # everything recalled or pinned is chosen or has exactly one reason
    asked = {hit.product_id for one in given_["recalls"] for hit in one.hits} | set(edits.pins)
    assert set(chosen).isdisjoint(left)
    assert {*chosen, *left} == asked
    assert sum(selection.dropped.values()) == len(left)

    # pins: first and in their order, unless they are excluded, cannot be sold, or the page is full of pins; never collapsed
    for name in edits.pins:
        if name in left:
            assert left[name].code in HARD | {"excluded", "over_limit"}
    free = [one.value for one in edits.rules if one.action == "pin" and one.scope == "product" and one.position is None]
    first_rule = {one.value: one for one in reversed(edits.rules) if one.action == "pin" and one.scope == "product"}
    placed = {name for name, one in first_rule.items() if one.position is not None}
    kept = [name for name in dict.fromkeys(free) if name in chosen and name not in placed]
    assert [name for name in chosen if name not in placed][: len(kept)] == kept
    for row in selection.products:
        assert set(row.reason.collapsed).isdisjoint(edits.pins)
        assert all(left[twin].code == "near_duplicate" and left[twin].by == row.product_id for twin in row.reason.collapsed)

    # the order in which paths and hits are handed over changes nothing; neither does asking again
    shuffled = [one.model_copy(update={"hits": tuple(dice.sample(one.hits, len(one.hits)))}) for one in given_["recalls"]]
    dice.shuffle(shuffled)
    again = fused(given_, shuffled)
    assert (again.selection, again.left) == (selection, left)


@settings(max_examples=12, deadline=None)
@given(situations())
def test_one_pool_arranged_twice_is_two_fusions(given_: dict[str, Any]) -> None:
    """A preview arranges the pool of a run twice; a saved edit fuses anew. They must say the same."""
    fusion = Fusion(given_["index"], industries(), max_products=given_["limit"])
    pool = fusion.pool(given_["theme"], given_["brief"], EXPANSION, given_["recalls"], given_["rules"], given_["edits"].pins)
    plain = pool.arrange(MerchandisingEdits())
    assert pool.arrange(given_["edits"]).selection == fused(given_).selection
    assert plain.selection == fused(given_ | {"edits": MerchandisingEdits()}).selection


def test_a_boost_lifts_and_a_bury_lowers() -> None:
    index = a_shop()
    names = [name for name in ALL_IDS if name.startswith("panda-doll")]
    hits = tuple(Hit(product_id=name, rank=rank, score=0.0) for rank, name in enumerate(names, 1))
    given_: dict[str, Any] = {
        "index": index,
        "recalls": [Recall(path="search", hits=hits)],
        "rules": RuleSet(),
        "edits": MerchandisingEdits(),
        "theme": Theme(name="熊猫", keywords=("熊猫玩偶",)),
        "brief": a_brief(),
        "limit": 96,
    }
    plain = [row.product_id for row in fused(given_).selection.products]
    edits = MerchandisingEdits(rules=(rule("boost", plain[-1], level=3), rule("bury", plain[0], level=3)))
    moved = fused(given_ | {"edits": edits}).selection
    now = [row.product_id for row in moved.products]
    assert (now[0], now[-1]) == (plain[-1], plain[0])
    assert now[1:-1] == plain[1:-1]
    assert (moved.products[0].reason.edit, moved.products[-1].reason.edit) == (f"boost +3 product {now[0]}", f"bury -3 product {now[-1]}")


def test_a_pinned_set_brings_its_best_goods_forward_and_no_more_than_its_limit() -> None:
    index = a_shop()
    everything = sorted(name for name in ALL_IDS if name.startswith(("panda", "bear")))
    given_: dict[str, Any] = {
        "index": index,
        "recalls": [recall("search", *reversed(everything))],
        "rules": RuleSet(),
        "edits": MerchandisingEdits(),
        "theme": Theme(name="熊猫", keywords=("熊猫玩偶",)),
        "brief": a_brief(),
        "limit": 96,
    }
    plain = [row.product_id for row in fused(given_).selection.products]
    leaf = index.items[plain[0]].product.leaf_category
    pinned = fused(given_ | {"edits": MerchandisingEdits(rules=(rule("pin", leaf, "category", limit=3),))}).selection
    assert [row.product_id for row in pinned.products if row.reason.pinned_by] == [row.product_id for row in pinned.products[:3]]
    assert all(row.reason.edit == f"pin category {leaf}" for row in pinned.products[:3])


def test_sub_themes_and_thresholds_stand_beside_each_product() -> None:
    index = a_shop()
    names = [name for name in ALL_IDS if name.startswith("panda")]
    given_: dict[str, Any] = {
        "index": index,
        "recalls": [recall("search", *names)],
        "rules": RuleSet(conditions=(CONDITIONS[1],)),
        "edits": MerchandisingEdits(),
        "theme": Theme(name="熊猫", keywords=("熊猫玩偶",), subthemes=SUBTHEMES),
        "brief": a_brief(),
        "limit": 96,
    }
    arranged = fused(given_)
    assert sum(arranged.selection.subthemes.values()) == sum(bool(row.reason.subtheme) for row in arranged.selection.products) > 0
    for row in arranged.selection.products:
        price = float(index.items[row.product_id].product.price.amount)
        assert [(one.indicator, one.threshold, one.value) for one in row.reason.measured] == [("price", 40.0, price)]
        assert price <= 40
    failed = [out for out in arranged.left.values() if out.code == "condition"]
    assert all(out.measured and float(out.measured.value or 0) > 40 for out in failed)
