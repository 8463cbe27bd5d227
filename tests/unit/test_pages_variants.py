"""Personalised structure: what a segment's buyers are shown first, why, and that nothing else differs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.catalog.indicators import load_indicators
from huichang.catalog.product import Product
from huichang.kernel.errors import InvalidInputError, PermanentError
from huichang.pages.inspection import inspect_html
from huichang.pages.model import Card, PageFloor, PageModel, Region, TemplateManifest
from huichang.pages.packages.checking import page_refused
from huichang.pages.releases import MOST_BYTES, Release, Slot, pointed, pointer_of, without_room
from huichang.pages.rendering import make_card, render
from huichang.pages.segments import MOST_DECLARED, Fact, Segment, checked, load_segments, suits
from huichang.pages.templates import load_templates
from huichang.pages.variants import Variant, Variants, arranged_for, check_variant, plan_variants, with_choices
from infra.local.edge_function import Rewritten, route
from tests.support.fakes import a_product

MANIFEST = load_templates()["everyday_goods"]
SEGMENTS = load_segments()


def a_page(floors: Iterable[Iterable[Product]], **changes: Any) -> PageModel:
    built = tuple(
        PageFloor(floor_id=f"floor-{n}", title=f"楼层 {'甲乙丙丁戊'[n - 1]}", cards=tuple(card(each) for each in goods))
        for n, goods in enumerate(floors, 1)
    )
    hero = tuple(floor.cards[0] for floor in built)
    return PageModel(venue_id="v-1", language="zh", title="会场", subtitle="副题", floors=built, hero_cards=hero, **changes)


def card(product: Product) -> Card:
    return make_card(product, "zh", lambda each: (f"/media/{each.id}.webp", ""))


def goods(prefix: str, fitting: int, of: int = 4, **fits: Any) -> list[Product]:
    return [a_product(f"{prefix}{n}", **(fits if n < fitting else {})) for n in range(of)]


def planned(page: PageModel, products: Iterable[Product], *names: str, manifest: TemplateManifest = MANIFEST, **how: Any) -> Variants:
    return plan_variants(page, {each.id: each for each in products}, [SEGMENTS[name] for name in names], manifest, **how)


@pytest.fixture
def shop() -> tuple[PageModel, list[Product]]:
    """Three floors; what can be dropshipped stands on the last one, but for its first product."""
    floors = [goods("a", 0), goods("b", 2, benefits=("dropshipping",)), [a_product("c9"), *goods("c", 3, of=3, benefits=("dropshipping",))]]
    return a_page(floors), [each for floor in floors for each in floor]


def test_the_floor_with_most_goods_that_suit_leads_and_says_why(shop: tuple[PageModel, list[Product]]) -> None:
    page, products = shop
    (variant,) = planned(page, products, "dropship").made
    assert variant.order == ("floor-3", "floor-2", "floor-1")
    assert variant.hero == ("c0", "b0", "c1")
    assert variant.why["zh"] == "「楼层 丙」排到最前：3/4 款支持一件代发；默认打头的「楼层 甲」是 0/4 款"
    assert variant.why["en"].startswith("“楼层 丙” leads: 3 of 4 goods are offered for dropshipping;")
    shown = arranged_for(page, variant)
    assert [floor.floor_id for floor in shown.floors] == ["floor-3", "floor-2", "floor-1"]
    assert [each.product_id for each in shown.hero_cards] == ["c0", "b0", "c1"]
    assert {floor.floor_id: floor for floor in shown.floors} == {floor.floor_id: floor for floor in page.floors}


def test_where_nothing_else_would_lead_there_is_no_variant(shop: tuple[PageModel, list[Product]]) -> None:
    page, products = shop
    none = planned(page, products, "export")
    assert (none.made, none.kept[0].why["zh"]) == ((), "本场没有商品符合：支持跨境供货")
    every = [each.model_copy(update={"benefits": ("cross_border",)}) for each in products]
    already = planned(page, every, "export")
    assert already.made == ()
    assert "4/4" in already.kept[0].why["zh"]
    # A single good more on another floor is no reason to turn a page around.
    for most, of in ((5, 10), (6, 9)):
        floors = [goods("a", 4, of=9, moq=50), goods("b", most, of=of, moq=50)]
        assert planned(a_page(floors), [each for floor in floors for each in floor], "bulk").made == (), (most, of)
    floors = [goods("a", 4, of=9, moq=50), goods("b", 7, of=10, moq=50)]
    assert planned(a_page(floors), [each for floor in floors for each in floor], "bulk").made


def test_only_the_lead_may_differ(shop: tuple[PageModel, list[Product]]) -> None:
    floors = [[a_product("a0"), *goods("x", 3, of=3, moq=50)], goods("b", 1, moq=50)]
    (variant,) = planned(a_page(floors), [each for floor in floors for each in floor], "bulk").made
    assert variant.order == ("floor-1", "floor-2")
    assert variant.hero == ("x0", "b0")
    assert "首图" in variant.why["zh"]


def test_what_the_template_a_person_or_the_words_hold_in_place_stays(shop: tuple[PageModel, list[Product]]) -> None:
    page, products = shop
    held = MANIFEST.model_copy(update={"regions": (Region(name="goods", locked=True, holds=("floors",)), Region(name="hero", locked=True))})
    assert planned(page, products, "dropship", manifest=held).made == ()
    only_hero = planned(page, products, "dropship", by_hand=True).made[0]
    assert only_hero.order == ("floor-1", "floor-2", "floor-3")
    assert only_hero.hero[0] == "b0"
    spoken = page.model_copy(update={"subtitle": "第一层先逛毛绒"})
    assert planned(spoken, products, "dropship").made[0].order == ("floor-1", "floor-2", "floor-3")
    middle = page.floors[1].model_copy(update={"point": "Cheaper than the goods above"})
    one = page.model_copy(update={"floors": (page.floors[0], middle, page.floors[2])})
    assert planned(one, products, "dropship").made[0].order == ("floor-3", "floor-2", "floor-1")  # its place, and it keeps it
    rest = page.floors[2].model_copy(update={"title": "更多好货"})  # what is left of others leads nothing
    left_over = page.model_copy(update={"floors": (*page.floors[:2], rest)})
    assert planned(left_over, products, "dropship").made[0].order == ("floor-2", "floor-1", "floor-3")
    first = page.floors[0].model_copy(update={"title": "1F 公仔"})
    held_first = page.model_copy(update={"floors": (first, *page.floors[1:])})
    assert planned(held_first, products, "dropship").made[0].order == ("floor-1", "floor-2", "floor-3")  # only the hero gains then


@pytest.mark.parametrize("template", sorted(load_templates()))
def test_every_template_numbers_and_leads_as_arranged_and_names_the_default_address(
    template: str, shop: tuple[PageModel, list[Product]]
) -> None:
    page, products = shop
    page = page.model_copy(update={"public_base": "https://venues.example"})
    variants = planned(page, products, "dropship")
    page = with_choices(page, variants, SEGMENTS)
    shown = arranged_for(page, variants.made[0])
    html = render(shown, template)
    assert html.index('id="floor-3"') < html.index('id="floor-2"') < html.index('id="floor-1"')
    assert '<link rel="canonical" href="https://venues.example/v/v-1/">' in html
    mine = '<a href="/s/dropship?to=/v/v-1/" rel="nofollow" aria-current="true">一件代发</a>'
    assert mine in html
    assert mine not in render(page, template)
    assert page_refused(html, shown) == ()  # nor would it be in an uploaded package
    found = [each for each in inspect_html(html, shown, load_templates()[template]) if each.rule not in ("picture-missing", "slot-empty")]
    assert not [each for each in found if each.severity == "blocker"], found


def test_a_page_without_segments_is_what_it_was(shop: tuple[PageModel, list[Product]]) -> None:
    page, _ = shop
    assert with_choices(page, Variants(), SEGMENTS) is page
    assert "choices" not in json.loads(page.model_dump_json())
    assert "/s/" not in render(page, "everyday_goods")


def test_with_the_facts_of_now_what_is_gone_leads_nothing(shop: tuple[PageModel, list[Product]]) -> None:
    page, products = shop
    (variant,) = planned(page, products, "dropship").made
    out = page.floors[2].cards[1].model_copy(update={"state": "sold_out"})
    last = page.floors[2].model_copy(update={"cards": (page.floors[2].cards[0], out, *page.floors[2].cards[2:])})
    now = page.model_copy(update={"floors": (page.floors[1], last)})  # the first floor was closed
    shown = arranged_for(now, variant)
    assert [floor.floor_id for floor in shown.floors] == ["floor-3", "floor-2"]
    assert [each.product_id for each in shown.hero_cards] == ["b0", "c1", "a0"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=5), min_size=1, max_size=5), st.sampled_from(sorted(SEGMENTS)))
def test_whatever_the_goods_a_variant_is_a_permutation(kinds: list[list[int]], name: str) -> None:
    looks: list[dict[str, Any]] = [
        {},
        {"moq": 50, "benefits": ("dropshipping", "cross_border")},
        {"listed_days": 3, "price": 5},
        {"attributes": {"适用人群": "女士 儿童"}},
    ]
    floors = [[a_product(f"p{x}-{y}", **looks[kind]) for y, kind in enumerate(row)] for x, row in enumerate(kinds)]
    page = a_page(floors)
    for variant in planned(page, [each for floor in floors for each in floor], name).made:
        shown = arranged_for(page, variant)
        check_variant(page, shown)
        assert shown != page
        assert sorted(variant.order) == sorted(floor.floor_id for floor in page.floors)


def test_anything_else_is_no_variant(shop: tuple[PageModel, list[Product]]) -> None:
    page, _ = shop
    stranger = card(a_product("z0"))
    for changed in (
        page.model_copy(update={"title": "别的"}),
        page.model_copy(update={"floors": page.floors[:2]}),
        page.model_copy(update={"hero_cards": (stranger, *page.hero_cards[1:])}),
        page.model_copy(update={"floors": (page.floors[0].model_copy(update={"title": "别的"}), *page.floors[1:])}),
    ):
        with pytest.raises(PermanentError) as caught:
            check_variant(page, changed)
        assert caught.value.code == "not_a_variant"


# --- segments as data ---------------------------------------------------------------------------------------------------


def test_the_declared_segments_speak_of_facts_that_products_have() -> None:
    assert 0 < len(SEGMENTS) <= MOST_DECLARED
    known = set(load_indicators())
    for segment in SEGMENTS.values():
        assert segment.who.keys() == segment.because.keys() == {"zh", "en"}
        assert all(not fact.indicator or fact.indicator in known for fact in segment.goods), segment.id


@pytest.mark.parametrize(
    ("name", "product", "fits"),
    [
        ("bulk", {"moq": 10}, True),
        ("bulk", {"moq": 9}, False),
        ("small", {"moq": 2}, True),
        ("fresh", {"listed_days": 30}, True),
        ("fresh", {"listed_days": None}, False),  # what nobody knows is not guessed
        ("women", {"attributes": {"适用人群": "女士"}}, True),
        ("women", {"attributes": {"Suits": "women and girls"}}, True),
        ("men", {"attributes": {"Suits": "women"}}, False),  # "men" is a word, not three letters
        ("men", {"attributes": {"款式": "男友风"}}, False),  # a style says nothing about whom it is for
        ("kids", {"attributes": {"适用年龄": "3岁以上儿童"}}, True),
        ("custom", {"benefits": ("sample_available",)}, True),
    ],
)
def test_what_suits_whom(name: str, product: dict[str, Any], fits: bool) -> None:
    assert bool(suits(SEGMENTS[name], [a_product("p", **product)])) is fits


def test_the_lowest_third_is_of_this_page_and_of_one_currency() -> None:
    shown = [a_product(f"p{n}", price=10 + n) for n in range(9)]
    assert suits(SEGMENTS["value"], shown) == {"p0", "p1", "p2"}
    assert suits(SEGMENTS["value"], [*shown, a_product("d", currency="USD", price=1)]) == frozenset()


def test_what_cannot_be_switched_on_is_said() -> None:
    assert checked(["bulk", "value", "bulk"]) == ("bulk", "value")
    for wanted, code in ((["nobody"], "unknown_segment"), (list(SEGMENTS)[:7], "too_many_segments")):
        with pytest.raises(InvalidInputError) as caught:
            checked(wanted)
        assert caught.value.code == code
    with pytest.raises(ValueError, match="one of"):
        Fact(indicator="moq", tiers_from=3)
    with pytest.raises(ValueError, match="pattern"):
        Segment(id="a.b", who={}, because={}, goods=(Fact(tiers_from=3),))


# --- what the edge is told ----------------------------------------------------------------------------------------------


def a_release(slots: Iterable[Slot]) -> Release:
    return Release(campaign_id="c-1", number=7, kind="publish", by="x", at="", language="zh", industry="toys", slots=tuple(slots))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sets(st.sampled_from(["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh"])), min_size=1, max_size=9))
def test_the_edge_finds_exactly_what_the_release_lists(listed: list[set[str]]) -> None:
    slots = [
        Slot(venue_id=f"v-{n}", version_id="x", code=f"AA{n:02d}", siblings=dict.fromkeys(sorted(each), "y"))
        for n, each in enumerate(listed)
    ]
    release = a_release(slots)
    store = {"c/c-1": pointer_of(release)} | {f"v/v-{n}": f"c-1:{n}" for n in range(len(slots))}
    assert pointed(store["c/c-1"]) == (7, len(slots))
    for slot in slots:
        for segment in ("aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh", "zz"):
            mine = f".{segment}" if segment in slot.siblings else ""
            assert route(f"/v/{slot.venue_id}/", "", store.get, f"hc_seg={segment}") == Rewritten(
                f"/r/{slot.venue_id}/{slot.code}{mine}.html"
            )


def test_where_a_pointer_has_no_room_everybody_gets_the_default() -> None:
    six = dict.fromkeys(["bulk", "small", "dropship", "export", "custom", "value"], "y")

    def of(count: int) -> Release:
        return a_release(Slot(venue_id=f"v-{n}", version_id="x", code="AAAA", siblings=six) for n in range(count))

    assert not without_room(of(190))
    assert "|" in pointer_of(of(190))
    assert without_room(of(240))
    assert len(pointer_of(of(240)).encode()) <= MOST_BYTES
    assert pointed(pointer_of(of(240))) == (7, 240)


def test_a_variant_is_kept_as_it_was_planned(shop: tuple[PageModel, list[Product]]) -> None:
    page, products = shop
    (variant,) = planned(page, products, "dropship").made
    assert Variant.model_validate_json(variant.model_dump_json()) == variant
