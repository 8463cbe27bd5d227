"""What search engines and shared links are told: addresses, languages, goods, and nothing that is staged."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest

from huichang.delivery.model import LiveVenue
from huichang.kernel.money import Money
from huichang.pages.inspection import Node, inspect_html, parse
from huichang.pages.linked import linked_findings
from huichang.pages.model import PageModel
from huichang.pages.rendering import render
from huichang.pages.sharing import robots_of, script_safe, sitemap_of
from huichang.pages.templates import TEMPLATES, load_templates
from huichang.web.buyers import sitemap_app
from tests.support.memory_delivery import live_venue
from tests.support.web_api import event, reply

BASE = "https://shop.example"
NAMES = {
    "s": "{http://www.sitemaps.org/schemas/sitemap/0.9}",
    "x": "{http://www.w3.org/1999/xhtml}",
}


def sample(template: str, **changes: object) -> PageModel:
    text = (TEMPLATES / template / "sample.json").read_text(encoding="utf-8")
    return PageModel.model_validate_json(text).model_copy(update={"public_base": BASE} | changes)


def heads(root: Node) -> dict[str, str]:
    """meta and link of a page's head, by name, property or relation."""
    found = {}
    for node in root.walk():
        if node.tag == "meta" and (name := node.attributes.get("name") or node.attributes.get("property")):
            found[name] = node.attributes["content"]
        if node.tag == "link":
            found[node.attributes["rel"] + node.attributes.get("hreflang", "")] = node.attributes["href"]
    return found


def linked(html: str) -> dict:  # type: ignore[type-arg]
    """The JSON-LD as a browser's parser cuts it out."""
    return json.loads(html.partition('<script type="application/ld+json">')[2].partition("</script")[0])


@pytest.mark.parametrize("template", sorted(load_templates()))
def test_a_page_names_its_address_its_language_and_its_picture(template: str) -> None:
    page = sample(template)
    found = heads(parse(render(page, template)))
    address = f"{BASE}/v/{page.venue_id}/"
    tag = {"zh": "zh-CN", "en": "en"}[page.language]
    assert (found["canonical"], found["og:url"], found[f"alternate{tag}"]) == (address, address, address)
    assert found["og:locale"] == {"zh": "zh_CN", "en": "en_US"}[page.language]
    assert (found["twitter:title"], found["og:title"]) == (page.title, page.title)
    if share := page.poster("share"):
        assert found["og:image"] == found["twitter:image"] == f"{BASE}/{share.media_key}"
    assert "noindex" not in found["robots"]


@pytest.mark.parametrize("template", sorted(load_templates()))
def test_the_goods_in_json_ld_are_those_on_the_page_at_its_prices(template: str) -> None:
    page = sample(template)
    html = render(page, template)
    document = linked(html)
    cards = {card.product_id: card for floor in page.floors for card in floor.cards}
    assert document["@type"] == "ItemList"
    assert document["numberOfItems"] == len(cards) == len(document["itemListElement"])
    ids = {node.attributes.get("id") for node in parse(html).walk()}
    for place, entry in enumerate(document["itemListElement"], 1):
        product = entry["item"]
        card = cards[product["sku"]]
        assert (entry["position"], product["name"]) == (place, card.title)
        assert (product["offers"]["price"], product["offers"]["priceCurrency"]) == (f"{card.price.amount:.2f}", card.price.currency)
        assert product["offers"]["availability"] == "https://schema.org/InStock"
        assert "itemCondition" not in product["offers"]  # nothing in the catalogue tells
        assert product["url"].rpartition("#")[2] in ids
        assert product["image"].startswith("https://")


def with_states(page: PageModel, *states: str) -> PageModel:
    """Its first cards, one in each of these states."""
    floor = page.floors[0]
    bare = {"price": Money(amount=Decimal(0), currency="CNY"), "list_price": None, "tier_hint": "", "tags": (), "sold_hint": ""}
    cards = tuple(card.model_copy(update={**bare, "state": state}) for card, state in zip(floor.cards, states, strict=False))
    first = floor.model_copy(update={"cards": (*cards, *floor.cards[len(cards) :])})
    return page.model_copy(update={"floors": (first, *page.floors[1:])})


@pytest.mark.parametrize("template", sorted(load_templates()))
def test_what_is_sold_out_has_no_price_and_what_nobody_can_confirm_no_offer(template: str) -> None:
    page = with_states(sample(template), "sold_out", "unconfirmed")
    html = render(page, template)
    offers = {each["item"]["sku"]: each["item"].get("offers") for each in linked(html)["itemListElement"]}
    sold_out, unconfirmed, buyable, *_ = (card.product_id for card in page.floors[0].cards)
    assert offers[sold_out]["availability"] == "https://schema.org/SoldOut"
    assert not {"price", "priceCurrency"} & offers[sold_out].keys()
    assert offers[unconfirmed] is None
    assert offers[buyable]["price"]
    assert list(linked_findings(parse(html))) == []


@pytest.mark.parametrize("template", sorted(load_templates()))
def test_machines_are_told_what_people_see(template: str) -> None:
    page = with_states(sample(template), "sold_out", "unconfirmed")
    html = render(page, template)
    sold_out, unconfirmed, buyable, *_ = (card.product_id for card in page.floors[0].cards)
    data = linked(html)
    items = {each["item"]["sku"]: each["item"] for each in data["itemListElement"]}

    def told(**changed: Any) -> list[str]:
        """Places of the findings where the data of one product says this instead."""
        ((sku, offers),) = changed.items()
        entries = [
            {**each, "item": {**each["item"], "offers": offers}} if each["item"]["sku"] == sku else each for each in data["itemListElement"]
        ]
        wrong = html.replace(script_safe(data), script_safe({**data, "itemListElement": entries}))
        assert wrong != html
        return [each.place for each in linked_findings(parse(wrong))]

    assert told(**{buyable: {**items[buyable]["offers"], "price": "0.07"}}) == [buyable]
    assert told(**{buyable: {**items[buyable]["offers"], "availability": "https://schema.org/SoldOut"}}) == [buyable]
    assert told(**{buyable: None}) == [buyable]
    assert told(**{sold_out: {**items[sold_out]["offers"], "availability": "https://schema.org/InStock"}}) == [sold_out]
    assert told(**{sold_out: {**items[sold_out]["offers"], "price": "12.00"}}) == [sold_out]
    assert told(**{unconfirmed: {"@type": "Offer", "availability": "https://schema.org/InStock"}}) == [unconfirmed]


def test_data_that_nobody_can_read_and_goods_that_nobody_sees_are_found() -> None:
    html = render(sample("festival"), "festival")
    data = linked(html)
    stranger = {"@type": "ListItem", "position": 1, "item": {"@type": "Product", "sku": "p-stranger", "name": "?"}}
    for wrong in ("{", "[]", script_safe({**data, "itemListElement": [stranger]})):
        (found,) = linked_findings(parse(html.replace(script_safe(data), wrong)))
        assert (found.rule, found.severity) == ("linked-data", "blocker")
    assert "p-stranger" in found.told["zh"]


def test_a_page_whose_address_nobody_knows_claims_none() -> None:
    for base in ("", "javascript:alert(1)", "//shop.example"):
        html = render(sample("festival", public_base=base), "festival")
        assert "ld+json" not in html
        assert "canonical" not in heads(parse(html))


def test_no_word_of_a_merchant_leaves_the_json() -> None:
    page = sample("festival")
    hostile = "</script><script>alert(1)</script><!--\u2028]]>&quot;"
    first = page.floors[0]
    card = first.cards[0].model_copy(update={"title": hostile, "merchant": hostile})
    page = page.model_copy(
        update={"title": hostile, "floors": (first.model_copy(update={"cards": (card, *first.cards[1:])}), *page.floors[1:])}
    )
    html = render(page, "festival")
    assert linked(html)["itemListElement"][0]["item"]["name"] == hostile
    assert linked(html)["name"] == hostile
    assert len(re.findall(r"<script\b", html)) == 3  # goods, data, script
    assert "\u2028" not in html.partition("ld+json")[2].partition("</script")[0]


def test_the_policy_of_a_page_allows_no_inline_code_but_its_own() -> None:
    policy = next(
        node.attributes["content"]
        for node in parse(render(sample("festival"), "festival")).walk()
        if node.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_an_inspection_lets_a_page_name_itself_and_nobody_else() -> None:
    page, manifest = sample("festival"), load_templates()["festival"]
    html = render(page, "festival")
    assert [f for f in inspect_html(html, page, manifest) if f.rule in ("outside-reference", "page-address")] == []
    stolen = html.replace(f'rel="canonical" href="{BASE}/', 'rel="canonical" href="https://evil.example/')
    assert [f.rule for f in inspect_html(stolen, page, manifest) if f.rule == "page-address"] == ["page-address"]
    preload = html.replace("<style>", '<link rel="preload" href="https://evil.example/x"><style>', 1)
    assert [f.rule for f in inspect_html(preload, page, manifest) if f.rule == "outside-reference"] == ["outside-reference"]


# --- what is live -----------------------------------------------------------------------------------------------------


def test_the_sitemap_lists_what_is_live_and_names_other_languages() -> None:
    zh = live_venue("v-1").model_copy(update={"campaign_id": "c-1"})
    en = live_venue("v-2", "en").model_copy(update={"campaign_id": "c-1"})
    alone = live_venue("v-3").model_copy(update={"campaign_id": "c-2"})
    root = ElementTree.fromstring(sitemap_of([zh, en, alone], f"{BASE}/"))  # noqa: S314 - our own
    urls = {url.findtext(f"{NAMES['s']}loc"): url for url in root}
    assert set(urls) == {f"{BASE}/v/v-1/", f"{BASE}/v/v-2/", f"{BASE}/v/v-3/"}
    links = {link.get("hreflang"): link.get("href") for link in urls[f"{BASE}/v/v-1/"].findall(f"{NAMES['x']}link")}
    assert links == {"zh-CN": f"{BASE}/v/v-1/", "en": f"{BASE}/v/v-2/"}
    assert not urls[f"{BASE}/v/v-3/"].findall(f"{NAMES['x']}link")


def test_two_pages_of_one_language_are_nobody_s_counterpart() -> None:
    venues = [live_venue(f"v-{n}", language).model_copy(update={"campaign_id": "c-1"}) for n, language in enumerate(("zh", "zh", "en"))]
    assert "xhtml:link" not in sitemap_of(venues, BASE)


def test_an_address_cannot_break_the_sitemap() -> None:
    odd = live_venue("v-1").model_copy(update={"href": '/v/a"&<b>/', "campaign_id": "c-1"})
    other = live_venue("v-2", "en").model_copy(update={"campaign_id": "c-1"})
    root = ElementTree.fromstring(sitemap_of([odd, other], BASE))  # noqa: S314 - our own
    assert f'{BASE}/v/a"&<b>/' in {url.findtext(f"{NAMES['s']}loc") for url in root}


def test_robots_may_read_pages_and_nothing_staged() -> None:
    said = robots_of(BASE).splitlines()
    assert {"Disallow: /preview/", "Disallow: /api/", "Disallow: /console", f"Sitemap: {BASE}/sitemap.xml"} <= set(said)
    assert "Sitemap" not in robots_of("")


def test_the_function_answers_both_and_nothing_else() -> None:
    live: list[LiveVenue] = [live_venue("v-1")]
    app = sitemap_app(lambda: live, BASE)
    sitemap = reply(app(event("GET", "/sitemap.xml", role=None)))
    assert (sitemap.status, sitemap.headers["content-type"]) == (200, "application/xml; charset=utf-8")
    assert "/v/v-1/" in sitemap.text
    live.clear()
    assert "/v/v-1/" not in reply(app(event("GET", "/sitemap.xml", role=None))).text
    assert reply(app(event("GET", "/robots.txt", role=None))).text == robots_of(BASE)
    assert reply(app(event("GET", "/other", role=None))).status == 404
