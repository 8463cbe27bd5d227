"""What cards say of a product's terms, when a promotion is over, and which goods stand side by side: facts or nothing."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from huichang.catalog.product import PriceTier
from huichang.kernel.money import Money
from huichang.pages.comparing import comparison, facet_of, most_sold
from huichang.pages.ends import end_of, ending_of
from huichang.pages.model import Card
from huichang.pages.rendering import render
from huichang.pages.templates import load_templates
from huichang.pages.terms import gone, in_hours, page_figures, price_range, saving, terms_of, trait_line
from huichang.pages.tree import parse
from huichang.themes.model import Window
from tests.support.browser import make_page
from tests.support.products import make_product

TIERS = (
    PriceTier(min_quantity=1, price=Decimal(10)),
    PriceTier(min_quantity=5, price=Decimal(9)),
    PriceTier(min_quantity=100, price=Decimal(8)),
)


def card(**fields: object) -> Card:
    known = {"product_id": "p", "title": "t", "price": Money(amount=Decimal(10), currency="CNY"), "picture": "/media/p.svg"}
    return Card.model_validate(known | fields)


def test_steps_begin_at_the_smallest_order_and_at_the_price_of_the_card() -> None:
    product = make_product(1, tiers=TIERS, moq=20, ship_within_hours=None, sales_30d=None, stock=None, rating=None)
    terms = terms_of(product, "zh")
    assert [(step.pieces, step.price.amount) for step in terms["tiers"]] == [(20, Decimal(10)), (100, Decimal(8))]
    assert terms["tiers"][0].price == product.price
    assert terms["moq"] == 20
    assert [terms[name] for name in ("ships_within", "sold", "stock", "rating")] == [None] * 4


@pytest.mark.parametrize(
    ("hours", "zh", "en"),
    [(None, "", ""), (0, "", ""), (24, "24小时内", "within 24h"), (72, "72小时内", "within 72h"), (73, "4天内", "within 4 days")],
)
def test_shipping_is_never_said_sooner_than_promised(hours: int | None, zh: str, en: str) -> None:
    assert (in_hours(hours, "zh"), in_hours(hours, "en")) == (zh, en)


def test_savings_and_what_is_gone_are_rounded_down_and_never_guessed() -> None:
    assert saving(card(list_price=Money(amount=Decimal(15), currency="CNY"))) == 33
    assert saving(card(list_price=Money(amount=Decimal(15), currency="USD"))) == 0
    assert saving(card()) == 0
    assert gone(card(sold=2, stock=1)) == 66
    assert (gone(card(sold=2)), gone(card(stock=2)), gone(card(sold=0, stock=0))) == (None, None, None)
    dollars = card(price=Money(amount=Decimal(1), currency="USD"))
    assert (price_range([card(), card()]), price_range([card(), dollars]), price_range([])) == ("¥10", "", "")


def test_traits_that_the_title_says_already_are_not_repeated() -> None:
    assert trait_line(card(title="Red mug", traits=(("Colour", "red"), ("Material", "steel"), ("Use", "gifts")))) == "steel · gifts"


def test_figures_of_a_page_are_left_out_where_one_product_does_not_know() -> None:
    page = make_page("en", floors=(3,))
    assert [name for name, _ in page_figures(page)] == ["Products", "Suppliers", "Unit prices", "Lowest min. order"]
    cards = (page.floors[0].cards[0].model_copy(update={"moq": 0, "merchant_id": ""}), *page.floors[0].cards[1:])
    old = page.model_copy(update={"floors": (page.floors[0].model_copy(update={"cards": cards}),)})
    assert [name for name, _ in page_figures(old)] == ["Products", "Unit prices"]


def test_a_promotion_is_over_after_its_last_day() -> None:
    end = end_of(Window(start=date(2026, 11, 1), end=date(2026, 11, 11)), "Asia/Shanghai")
    assert end == "2026-11-12T00:00:00+08:00"
    assert end_of(None, "Asia/Shanghai") == ""
    assert ending_of("", "zh") is None
    said = {language: ending_of(end, language) for language in ("zh", "en")}  # type: ignore[arg-type]
    assert said["zh"]
    assert said["zh"].said == "2026年11月11日 24:00（北京时间）"
    assert said["en"]
    assert said["en"].said == "Nov 11, 2026, 24:00 (UTC+8)"
    assert said["en"].moment == "2026-11-11T16:00:00Z"
    other = ending_of("2026-03-01T18:30:00+05:30", "zh")
    assert other
    assert other.said == "2026年3月1日 18:30（UTC+5:30）"
    with pytest.raises(ValueError, match="offset"):
        ending_of("2026-11-12T00:00:00", "zh")


@pytest.mark.parametrize(
    ("zone", "last", "end", "zh", "en"),
    [
        ("Asia/Shanghai", date(2026, 11, 11), "2026-11-12T00:00:00+08:00", "24:00（北京时间）", "24:00 (Beijing time, UTC+8)"),
        # The same zone before and after its clocks are moved: another offset, the same midnight.
        ("America/New_York", date(2026, 10, 31), "2026-11-01T00:00:00-04:00", "24:00（纽约时间，UTC-4）", "24:00 (New York time, UTC-4)"),
        ("America/New_York", date(2026, 11, 1), "2026-11-02T00:00:00-05:00", "24:00（纽约时间，UTC-5）", "24:00 (New York time, UTC-5)"),
        # Midnight comes twice: the later one. Midnight does not come: when the clocks are moved.
        ("America/Havana", date(2026, 10, 31), "2026-11-01T00:00:00-05:00", "24:00（UTC-5）", "24:00 (Havana time, UTC-5)"),
        ("Africa/Cairo", date(2026, 4, 23), "2026-04-24T01:00:00+03:00", "01:00（UTC+3）", "01:00 (Cairo time, UTC+3)"),
        ("Asia/Kolkata", date(2026, 11, 11), "2026-11-12T00:00:00+05:30", "24:00（印度时间，UTC+5:30）", "24:00 (India time, UTC+5:30)"),
    ],
)
def test_the_end_is_a_midnight_of_the_campaigns_own_zone_and_the_zone_is_said(zone: str, last: date, end: str, zh: str, en: str) -> None:
    found = end_of(Window(start=date(2026, 4, 1), end=last), zone)
    assert found == end
    for language, said in (("zh", zh), ("en", en)):
        ending = ending_of(found, language, zone)  # type: ignore[arg-type]
        assert ending
        assert ending.said.endswith(said), ending.said


@pytest.mark.parametrize("template_id", ["wholesale_price_list", "deep_dive", "flash_sale"])
def test_the_end_stands_as_text_only_where_there_is_one(template_id: str) -> None:
    page = make_page(floors=(6, 6))
    assert "datetime=" not in render(page, template_id)
    assert "data-ends" not in re.sub(r"<script.*?</script>", "", render(page, template_id).split("</head>")[1], flags=re.S)
    ending = render(page.model_copy(update={"ends_at": "2026-11-12T00:00:00+08:00"}), template_id)
    times = [node.text() for node in parse(ending).walk() if node.tag == "time"]
    assert times == ["活动截止 2026年11月11日 24:00（北京时间）"]


def test_goods_side_by_side_are_compared_only_in_what_two_of_them_state() -> None:
    page = make_page("en", floors=(8, 8), changes={"rating": None, "sales_30d": 50})
    side = comparison(page)
    assert side is not None
    assert len(side.cards) == 4
    assert {each.product_id for each in side.cards} <= {each.product_id for floor in page.floors for each in floor.cards}
    names = [row.name for row in side.rows]
    assert "Rating" not in names
    assert {"Min. order", "30-day sales"} <= set(names)
    assert all(sum(map(bool, row.values)) >= 2 for row in side.rows)
    assert comparison(make_page(floors=(3,))) is None


def test_the_chart_needs_known_sales_and_a_page_worth_ranking() -> None:
    page = make_page(floors=(10, 10))
    sold = [each.sold or 0 for each in most_sold(page)]
    assert sold == sorted(sold, reverse=True)
    assert len(sold) == 5
    assert most_sold(make_page(floors=(10, 10), changes={"sales_30d": None})) == ()
    assert most_sold(make_page(floors=(6,))) == ()


def test_only_one_attribute_in_the_pages_language_names_the_facet() -> None:
    assert facet_of("attribute:材质", "zh") == "材质"
    assert [facet_of(by, "zh") for by in ("attribute:Material", "category", "category+attribute:材质", "attribute:材质+price")] == [""] * 4


@pytest.mark.parametrize("template_id", sorted(load_templates()))
def test_a_page_of_twelve_floors_stays_light(template_id: str) -> None:
    import gzip

    for language in ("zh", "en"):
        page = make_page(language, floors=(8,) * 12).model_copy(update={"ends_at": "2026-11-12T00:00:00+08:00"})  # type: ignore[arg-type]
        html = render(page, template_id)
        assert len(gzip.compress(html.encode())) <= 60 * 1024
        assert len(html.split("<script>")[1].split("</script>")[0].encode()) <= 10 * 1024


def test_a_page_modelled_before_there_were_terms_still_renders() -> None:
    page = make_page(floors=(6,))
    bare = {"tiers": (), "moq": 0, "ships_within": None, "sold": None, "stock": None, "rating": None, "traits": ()}
    floors = tuple(floor.model_copy(update={"cards": tuple(each.model_copy(update=bare) for each in floor.cards)}) for floor in page.floors)
    old = page.model_copy(update={"floors": floors})
    for template_id in ("wholesale_price_list", "deep_dive", "flash_sale"):
        now = [node.text() for node in parse(render(old, template_id)).walk() if "now" in node.classes()]
        assert now == [str(each.price) for each in old.floors[0].cards]
