"""Every fault that an inspection knows is put into a good page, and found."""

from __future__ import annotations

import pytest

from huichang.pages.inspection import inspect_html
from huichang.pages.model import Finding, PageModel
from huichang.pages.rendering import render
from huichang.pages.templates import load_templates
from tests.support.browser import make_page

TEMPLATES = sorted(load_templates())


def look(html: str, page: PageModel, template_id: str = "festival") -> list[Finding]:
    return list(inspect_html(html, page, load_templates()[template_id]))


def rules(findings: list[Finding], severity: str = "blocker") -> set[str]:
    return {finding.rule for finding in findings if finding.severity == severity}


@pytest.mark.parametrize("template_id", TEMPLATES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_good_page_has_no_findings(template_id: str, language: str) -> None:
    page = make_page(language)  # type: ignore[arg-type]
    assert look(render(page, template_id), page, template_id) == []


@pytest.mark.parametrize("template_id", TEMPLATES)
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('id="floor-2"', 'id="floor-1"', "duplicate-id"),
        ('id="floor-2"', 'id="floor-x"', "floor-missing"),
        ('data-product="p00011"', 'data-product="p99999"', "cards-differ"),
        ('src="/media/p00011.svg"', 'src="https://elsewhere.example/p.svg"', "picture-address"),
        ('src="/media/p00011.svg"', 'src="//elsewhere.example/p.svg"', "picture-address"),
        ('src="/media/p00011.svg"', 'src="/media/other.svg"', "picture-lost"),
        ("</main>", "{{ floor.title }}</main>", "template-syntax"),
        ("</main>", "<iframe></iframe></main>", "foreign-element"),
        ("</main>", '<p style="color:red">x</p></main>', "inline-code"),
        ("</main>", '<p onclick="x()">x</p></main>', "inline-code"),
        ("</main>", "<script>1</script></main>", "inline-code"),
        ("</main>", '<a href="javascript:x()">x</a></main>', "link-address"),
        ("</main>", '<a href="/\\\\evil.example">x</a></main>', "link-address"),
        ("</main>", '<img src="/a.png" width="1" height="1"></main>', "picture-alt"),
        ("</main>", '<script src="/x.js"></script></main>', "outside-reference"),
        ("</head>", '<link rel="stylesheet" href="https://x.example/a.css"></head>', "outside-reference"),
        ('http-equiv="Content-Security-Policy"', 'name="nothing"', "no-policy"),
        ('lang="zh-CN"', "", "language"),
        ("<h1", "<h4", "slot-empty"),
    ],
)
def test_a_fault_is_found_and_blocks(template_id: str, old: str, new: str, rule: str) -> None:
    page = make_page()
    html = render(page, template_id)
    assert old in html
    assert rule in rules(look(html.replace(old, new), page, template_id))


def test_a_price_that_moved_is_found() -> None:
    page = make_page(floors=(5,))
    dearer = page.floors[0].cards[1].price.model_copy(update={"amount": page.floors[0].cards[1].price.amount + 1})
    cards = list(page.floors[0].cards)
    cards[1] = cards[1].model_copy(update={"price": dearer})
    changed = page.model_copy(update={"floors": (page.floors[0].model_copy(update={"cards": tuple(cards)}),)})
    found = look(render(page, "festival"), changed)
    assert [finding.place for finding in found if finding.rule == "price-differs"] == [f"floor-1/{cards[1].product_id}"]


def test_an_invented_strike_price_is_found() -> None:
    page = make_page(floors=(3,), changes={"list_price": None})
    html = render(page, "everyday_goods").replace("</b></p>", "</b> <s>¥999</s></p>")
    assert "price-differs" in rules(look(html, page, "everyday_goods"))


def test_a_lost_subtitle_and_an_empty_required_slot_are_found() -> None:
    page = make_page()
    html = render(page, "festival")
    assert "slot-lost" in rules(look(html.replace(page.subtitle, ""), page))
    bare = page.model_copy(update={"subtitle": ""})
    assert "slot-empty" in rules(look(render(bare, "festival"), bare))


def test_a_floor_without_products_is_found() -> None:
    page = make_page(floors=(3, 3))
    empty = page.model_copy(update={"floors": (page.floors[0], page.floors[1].model_copy(update={"cards": ()}))})
    html = render(page, "festival")
    assert "floor-empty" in rules(look(html, empty))


def test_a_page_of_more_products_than_a_phone_can_open_does_not_go_out(monkeypatch: pytest.MonkeyPatch) -> None:
    page = make_page()
    html = render(page, "festival")
    monkeypatch.setattr("huichang.pages.inspection.MAX_PRODUCTS", 40)
    assert look(html, page) == []
    monkeypatch.setattr("huichang.pages.inspection.MAX_PRODUCTS", 39)
    assert rules(look(html, page)) == {"too-many-products"}


def test_a_missing_hero_picture_is_told_but_does_not_block() -> None:
    page = make_page(images={})
    found = look(render(page, "festival"), page)
    assert rules(found) == set()
    assert rules(found, "warning") == {"picture-missing"}


def test_a_long_title_is_told() -> None:
    page = make_page(name="很长很长很长很长很长很长很长的会场名字")
    assert "title-length" in rules(look(render(page, "festival"), page), "warning")


def test_template_syntax_in_a_products_own_words_is_told_but_does_not_block() -> None:
    page = make_page(titles={2: "熊猫 {{7*7}}"}, floors=(5,))
    found = look(render(page, "festival"), page)
    assert rules(found) == set()
    assert "template-syntax" in rules(found, "warning")


def test_pictures_of_allowed_hosts_are_allowed() -> None:
    page = make_page(floors=(5,))
    cards = tuple(card.model_copy(update={"picture": "https://img.example.com/a.jpg"}) for card in page.floors[0].cards)
    page = page.model_copy(update={"floors": (page.floors[0].model_copy(update={"cards": cards}),), "hero_cards": ()})
    html = render(page, "festival")
    manifest = load_templates()["festival"]
    assert "picture-address" in rules(look(html, page))
    assert inspect_html(html, page, manifest, picture_hosts=("img.example.com",)) == ()
    assert "picture-address" in rules(list(inspect_html(html, page, manifest, picture_hosts=("example.com",))))
