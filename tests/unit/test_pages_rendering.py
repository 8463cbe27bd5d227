"""Pages say what the data says, and nothing in the data can say more than text."""

from __future__ import annotations

import base64
import hashlib
import html as htmllib
import json
import re
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from huichang.catalog.product import PriceTier
from huichang.kernel.errors import PermanentError
from huichang.pages.inspection import inspect_html
from huichang.pages.model import PageModel
from huichang.pages.policing import says_unreviewed
from huichang.pages.rendering import columns, feature_columns, render
from huichang.pages.templates import load_templates
from huichang.pages.titles import title_em, title_lines
from huichang.pages.tree import Node, parse
from tests.support.browser import make_page

TEMPLATES = sorted(load_templates())
HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "</style><img src=x onerror=alert(3)>",
    '" onmouseover="alert(4)',
    "{{7*7}}",
    "{% for x in ().__class__.__base__.__subclasses__() %}x{% endfor %}",
    "{{ page.__class__.__mro__ }}",
    "<!-- ",
    "&lt;b&gt;&#x3c;i&#62;",
    "javascript:alert(5)",
    "\u202eelbisrever\u202c",
    "z" + "\u0300\u0301\u0302\u0303" * 30,
    "]]><svg/onload=alert(6)>",
)


def elements(root: Node, tag: str) -> list[Node]:
    return [node for node in root.walk() if node.tag == tag]


@pytest.mark.parametrize("template_id", TEMPLATES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_equal_pages_give_equal_bytes(template_id: str, language: str) -> None:
    first, second = (render(make_page(language), template_id) for _ in range(2))  # type: ignore[arg-type]
    assert first == second


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_hostile_product_words_stay_text(template_id: str) -> None:
    titles = dict(enumerate(HOSTILE, 1))
    page = make_page(titles=titles, floors=(7, 7))
    html = render(page, template_id)
    root = parse(html)
    clean = parse(render(make_page(titles=dict.fromkeys(titles, "harmless"), floors=(7, 7)), template_id))
    shape = [node.tag for node in root.walk()]
    assert shape == [node.tag for node in clean.walk()]  # not one element more than with harmless words
    assert not [name for node in root.walk() for name in node.attributes if name.startswith("on") or name == "style"]
    shown = [node.text() for node in root.walk() if "name" in node.classes()]
    assert "<script>alert(1)</script>" in shown
    assert "{{7*7}}" in shown
    assert "49" not in [text.strip() for text in shown]
    assert "\u202e" not in html
    assert not [finding for finding in inspect_html(html, page, load_templates()[template_id]) if finding.severity == "blocker"]


@pytest.mark.parametrize("template_id", TEMPLATES)
@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_copy_stays_text(template_id: str, attack: str) -> None:
    texts = {
        "hero": {"title": attack, "subtitle": attack, "slogan": attack},
        "floor-1": {"title": attack, "subtitle": attack},
        "share": {"text": attack},
    }
    page = make_page(texts=texts, floors=(6,), name=attack[:60])
    root = parse(render(page, template_id))
    assert len(elements(root, "script")) == 2
    assert not [node for node in root.walk() if node.tag == "img" and node.attributes.get("src") == "x"]
    assert not [name for node in root.walk() for name in node.attributes if name.startswith("on")]
    data = next(node for node in elements(root, "script") if node.attributes.get("type") == "application/json")
    assert json.loads("".join(piece for piece in data.content if isinstance(piece, str)))["share"] == page.share_text


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_the_policy_allows_exactly_this_style_and_this_script(template_id: str) -> None:
    html = render(make_page(), template_id)
    policy = htmllib.unescape(re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html).group(1))  # type: ignore[union-attr]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL).group(1)  # type: ignore[union-attr]
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL).group(1)  # type: ignore[union-attr]
    for text, directive in ((style, "style-src"), (script, "script-src")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert len(script.encode()) <= 10 * 1024


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_nothing_is_loaded_from_outside(template_id: str) -> None:
    html = render(make_page(), template_id)
    assert not re.search(r"https?://", html.replace("http://www.w3.org", ""))
    assert "@import" not in html
    assert "@font-face" not in html
    assert "url(" not in html


def test_another_origin_gets_in_only_through_the_page_model() -> None:
    page = make_page(floors=(5,))
    cards = tuple(card.model_copy(update={"picture": "https://img.example.com/a.jpg"}) for card in page.floors[0].cards)
    floor = page.floors[0].model_copy(update={"cards": cards})
    page = page.model_copy(update={"floors": (floor,), "beacon_url": "https://api.example.com/api/beacons"})
    html = htmllib.unescape(render(page, "festival"))
    assert "img-src 'self' data: https://img.example.com;" in html
    assert "connect-src 'self' https://api.example.com;" in html


@pytest.mark.parametrize("value", ["red", "#fff", "#000000;background:url(//x)", "#00000g", "</style>"])
def test_a_style_that_is_no_colour_is_refused(value: str) -> None:
    page = make_page()
    with pytest.raises(PermanentError):
        render(page.model_copy(update={"style": {**page.style, "accent": value}}), "festival")


def test_an_unknown_template_is_refused() -> None:
    for name in ("nothing", "../festival", "_parts"):
        with pytest.raises(PermanentError):
            render(make_page(), name)


def test_prices_are_set_in_parts_and_struck_only_where_a_list_price_is_true() -> None:
    tier = (PriceTier(min_quantity=1, price=Decimal("1234.50")),)
    page = make_page(floors=(3,), changes={"tiers": tier, "list_price": Decimal("1234.50")})
    assert [card.list_price for card in page.floors[0].cards] == [None, None, None]  # the same price is no saving
    root = parse(render(page, "everyday_goods"))
    assert not elements(root, "s")
    now = [node for node in root.walk() if "now" in node.classes()]
    assert {node.text() for node in now} == {"¥1,234.50"}
    assert '<i class="dec">.50</i>' in render(page, "everyday_goods")
    saving = make_page(floors=(3,), changes={"tiers": tier, "list_price": Decimal(2000)})
    assert {node.text() for node in elements(parse(render(saving, "festival")), "s")} == {"划线价 ¥2,000"}


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_a_card_is_a_link_only_where_the_product_has_an_address(template_id: str) -> None:
    linked = parse(render(make_page(floors=(6,), changes={"url": "https://shop.example.com/1?a=1&b=2"}), template_id))
    outward = [node for node in elements(linked, "a") if node.attributes["href"].startswith("https:")]
    assert len(outward) == 6
    assert outward[0].attributes["href"] == "https://shop.example.com/1?a=1&b=2"
    assert all("noopener" in node.attributes["rel"] for node in outward)
    plain = parse(render(make_page(floors=(6,)), template_id))
    assert all(node.attributes["href"].startswith("#") for node in elements(plain, "a"))
    anchors = {node.attributes["href"][1:] for node in elements(plain, "a")}
    assert anchors <= {node.attributes.get("id", "") for node in plain.walk()}


def test_a_product_may_not_point_anywhere_but_the_web() -> None:
    for url in ("javascript:alert(1)", "data:text/html,x", "//x", 'https://x"onclick=1', "ftp://x"):
        with pytest.raises(ValueError, match="url"):
            make_page(floors=(3,), changes={"url": url})


def test_floors_have_rhythm_and_medals_only_with_known_sales() -> None:
    known = make_page(floors=(8, 8, 8, 8), changes={"sales_30d": 50})
    assert [floor.layout for floor in known.floors] == ["feature", "ranked", "shelf", "grid"]
    unknown = make_page(floors=(8, 8, 8, 8), changes={"sales_30d": None})
    assert "ranked" not in [floor.layout for floor in unknown.floors]
    many = make_page(floors=(8,) * 12, changes={"sales_30d": 50})
    layouts = [floor.layout for floor in many.floors]
    assert all(one != other for one, other in pairwise(layouts))


def test_a_ranked_floor_is_ranked_and_leaves_pins_alone() -> None:
    page = make_page(floors=(5, 8))
    ranked = page.floors[1]
    assert ranked.layout == "ranked"
    order = [card.product_id for card in ranked.cards]
    assert order != sorted(order)
    pinned = make_page(floors=(5, 8), pins=["p00008"])
    assert pinned.floors[1].layout != "ranked"
    assert [card.product_id for card in pinned.floors[1].cards] == [f"p{number:05d}" for number in range(6, 14)]


def test_missing_products_leave_no_hole_and_an_empty_page_is_refused() -> None:
    from huichang.pages.rendering import build_page
    from huichang.selection.model import Floor, FloorPlan
    from tests.support.browser import NOW, make_venue, picture_of
    from tests.support.products import make_product

    plan = FloorPlan(
        by="x",
        score=1,
        reason="",
        floors=(
            Floor(floor_id="floor-1", title="空", value="", product_ids=("gone",)),
            Floor(floor_id="floor-2", title="有", value="", product_ids=("gone", "p00001")),
        ),
    )
    goods = {"p00001": make_product(1)}
    page = build_page(make_venue(), plan, goods, {}, {}, {}, picture_of, True, NOW)
    assert [floor.floor_id for floor in page.floors] == ["floor-2"]
    assert page.title == "熊猫玩偶会场"  # the theme's name stands in for missing copy
    with pytest.raises(PermanentError) as caught:
        build_page(make_venue(), plan, {}, {}, {}, {}, picture_of, True, NOW)
    assert caught.value.code == "empty_page"


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_the_page_says_that_models_were_offline(template_id: str) -> None:
    offline, hosted = (render(make_page(offline=offline), template_id) for offline in (True, False))
    assert "未使用大模型" in offline
    assert "由人工智能生成" in hosted
    assert "未使用大模型" not in hosted


@pytest.mark.parametrize("template_id", TEMPLATES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_that_nobody_looked_at_says_so_and_claims_no_review(template_id: str, language: Any) -> None:
    seen = make_page(language, offline=False)
    unseen = render(seen.model_copy(update={"unreviewed": True}), template_id)
    assert says_unreviewed(unseen, language)
    assert not says_unreviewed(unseen.replace("data-unreviewed", "data-unreviewed hidden"), language)
    assert not says_unreviewed(render(seen, template_id), language)
    claim = {"zh": "发布前经人工审核", "en": "reviewed by people"}[language]
    assert claim in render(seen, template_id)
    assert claim not in unseen
    assert not [found for found in inspect_html(unseen, seen, load_templates()[template_id]) if found.severity == "blocker"]


@pytest.mark.parametrize("template_id", TEMPLATES)
@pytest.mark.parametrize("floors", [(1,), (3, 3, 3), (5, 2, 9, 16, 40), (8,) * 12])
def test_any_number_of_floors_and_cards_passes_inspection(template_id: str, floors: tuple[int, ...]) -> None:
    page = make_page(floors=floors)
    findings = inspect_html(render(page, template_id), page, load_templates()[template_id])
    assert findings == ()


def test_pictures_below_the_fold_wait_and_all_have_their_size() -> None:
    root = parse(render(make_page(), "festival"))
    pictures = elements(root, "img")
    assert all(node.attributes["width"].isdigit() and node.attributes["height"].isdigit() for node in pictures)
    lazy = [node for node in pictures if node.attributes.get("loading") == "lazy"]
    assert len(lazy) > len(pictures) * 0.7


@pytest.mark.parametrize("count", range(1, 60))
def test_the_last_row_is_nearly_full(count: int) -> None:
    wide, empty = columns(count)
    assert (count + empty) % wide == 0
    assert empty <= 3
    if count >= 5:
        wide, empty = feature_columns(count)
        cells = count + 3 if count != 5 else 5
        assert (cells + empty) % wide == 0
        assert empty <= 3


def test_titles_are_cut_where_words_end() -> None:
    assert title_lines("熊猫玩偶会场") == ("熊猫玩偶会场",)
    assert title_lines("低价包邮·女装会场") == ("低价包邮", "女装会场")
    assert title_lines("Panda Plush Party") == ("Panda", "Plush Party")
    assert title_lines("Panda") == ("Panda",)
    assert title_lines("Low-Price Womenswear") == ("Low-Price", "Womenswear")


def test_titles_know_how_wide_they_are() -> None:
    assert 6 <= title_em(("熊猫玩偶会场",)) < 6.2
    assert title_em(("Womenswear",)) > title_em(("Illicitly.",)) * 1.3
    assert title_em(("短",)) == title_em(("",)) + 0.01  # never larger than the largest size asks for
    assert title_em(("很" * 40,)) == 14  # wraps
    assert title_em(("Donaudampfschifffahrtsgesellschaft",)) > 20  # a word does not
    root = render(make_page("en", name="Low-Price Womenswear"), "everyday_goods").split("--title-em:")[1].split("}")[0]
    assert float(root) == title_em(("Low-Price", "Womenswear"))


def test_the_page_model_round_trips_as_json() -> None:
    page = make_page()
    assert PageModel.model_validate_json(page.model_dump_json()) == page
