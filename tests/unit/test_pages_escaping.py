"""Nothing that merchants, models or operators wrote leaves its place: in HTML, attributes, addresses, JSON, CSS and XML."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huichang.kernel.errors import PermanentError
from huichang.materials.styles.model import PALETTE
from huichang.pages.addresses import allowed, linked
from huichang.pages.inspection import Node, parse
from huichang.pages.model import Card, PageModel
from huichang.pages.rendering import checked_style, make_card, render
from huichang.pages.sharing import script_safe, sitemap_of
from huichang.pages.templates import TEMPLATES, load_templates
from tests.support.fakes import a_product
from tests.support.memory_delivery import live_venue

PAYLOADS = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "` onfocus=`alert(1)",
    "javascript:alert(1)",
    "jAvA\tScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "</style><style>*{background:url(//evil)}",
    "}body{background:url(https://evil.example)}",
    "expression(alert(1))",
    "-->]]><!--<script>",
    "{{ 7*7 }}{% for a in range(9) %}x{% endfor %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "&lt;script&gt;&#x3C;script&#62;",
    "\u2028\u2029\u202e\ufeff\x00",
    "</title><base href=//evil>",
    "</noscript></textarea></iframe><script>",
    "; script-src * 'unsafe-inline'",
    "a\r\nSet-Cookie: x=1",
)
HOSTILE = st.one_of(
    st.sampled_from(PAYLOADS),
    st.lists(st.one_of(st.sampled_from(PAYLOADS), st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)), max_size=4).map(
        "".join
    ),
)
FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SOME = settings(max_examples=40, deadline=None)


@cache
def sample(template: str) -> PageModel:
    text = (TEMPLATES / template / "sample.json").read_text(encoding="utf-8")
    page = PageModel.model_validate_json(text).model_copy(update={"public_base": "https://shop.example"})
    return page.model_copy(update={"floors": tuple(floor.model_copy(update={"cards": floor.cards[:3]}) for floor in page.floors[:4])})


@cache
def benign(template: str) -> Node:
    return parse(render(poisoned(sample(template), "plain"), template))


@cache
def own_css(template: str) -> str:
    return css_of(render(sample(template), template))


def css_of(html: str) -> str:
    """The page's style, without what depends on how long its title is."""
    found = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert found
    return re.sub(r"--title-em:[\d.]+", "", found[1])


def poisoned(page: PageModel, words: str) -> PageModel:
    """The page with these words in every text that data fills, and as every address that a card has."""
    card = {"title": words, "tier_hint": words, "sold_hint": words, "tags": (words,), "picture_note": words, "merchant": words}
    floors = tuple(
        floor.model_copy(
            update={
                "title": words, "subtitle": words, "point": words,
                "cards": tuple(each.model_copy(update=card | {"product_id": f"{words}{n}"}) for n, each in enumerate(floor.cards)),
            }
        )
        for floor in page.floors
    )  # fmt: skip
    told = {
        "title": words or "x",
        "subtitle": words,
        "slogan": words,
        "share_text": words,
        "hero_alt": words,
        "benefits": (words,) * len(page.benefits),
    }
    heroes = tuple(each.model_copy(update=card) for each in page.hero_cards)
    related = tuple(link.model_copy(update={"title": words}) for link in page.related)
    return page.model_copy(update=told | {"floors": floors, "hero_cards": heroes, "aigc": words, "related": related})


def shape(root: Node) -> tuple[Counter[str], set[tuple[str, str]]]:
    """How many of each element that can do something, and which attributes elements carry."""
    active = {"script", "style", "iframe", "object", "embed", "base", "form", "input", "link", "meta", "template", "noscript", "textarea"}
    nodes = list(root.walk())
    return Counter(node.tag for node in nodes if node.tag in active), {(node.tag, name) for node in nodes for name in node.attributes}


def addresses(root: Node) -> set[str]:
    return {
        node.attributes[name]
        for node in root.walk()
        for name in ("href", "src", "srcset", "action", "formaction")
        if name in node.attributes
    }


@pytest.mark.parametrize("template", sorted(load_templates()))
def test_every_known_payload_at_once_stays_words(template: str) -> None:
    check(template, "".join(PAYLOADS))


@FEW
@given(words=HOSTILE)
def test_any_words_stay_words(words: str) -> None:
    check("festival", words)


def check(template: str, words: str) -> None:
    """Render with these words everywhere: the same elements, no new attribute, no foreign address, and the words read back."""
    html = render(poisoned(sample(template), words), template)
    root = parse(html)
    (elements, attributes), (expected, known) = shape(root), shape(benign(template))
    assert elements == expected
    assert {name for _, name in attributes - known} == set()
    assert not {name for _, name in attributes if name.startswith("on") or name == "style"}
    tags = {node.tag for node in root.walk()}
    assert tags <= {node.tag for node in benign(template).walk()} | {"rt", "wbr"}
    for address in addresses(root):
        assert urlsplit(address).scheme in ("", "https", "data") or address == "", address
        assert not address.lower().startswith("data:text")
    # JSON: what a browser's parser cuts out of the element reads back as what was put in.
    for kind in ("application/json", "application/ld+json"):
        for cut in re.findall(rf'<script type="{re.escape(kind)}"[^>]*>(.*?)</script', html, re.DOTALL):
            read = json.loads(cut)
            assert (read.get("title") or read.get("name")) == (words or "x")
    # CSS and policy come from our own files and checked colours: nothing of the words is in them.
    assert css_of(html) == own_css(template)
    policy = next(node.attributes["content"] for node in root.walk() if node.attributes.get("http-equiv") == "Content-Security-Policy")
    assert [part.split()[0] for part in policy.split(";")] == [
        "default-src", "img-src", "style-src", "script-src", "connect-src", "base-uri", "form-action",
    ]  # fmt: skip
    assert "unsafe" not in policy
    assert "evil" not in policy


@SOME
@given(words=HOSTILE)
def test_json_in_a_script_element_cannot_close_it_and_reads_back(words: str) -> None:
    text = str(script_safe({"a": words, "b": [words]}))
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == {"a": words, "b": [words]}


@SOME
@given(words=HOSTILE, name=st.sampled_from(PALETTE))
def test_a_style_is_a_colour_or_nothing(words: str, name: str) -> None:
    try:
        style = checked_style({name: words})
    except PermanentError:
        return
    assert re.fullmatch(r"#[0-9a-fA-F]{6}", style[name])


@SOME
@given(words=HOSTILE.filter(lambda text: not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", text)))
def test_a_sitemap_stays_one(words: str) -> None:
    root = ElementTree.fromstring(sitemap_of([live_venue("v-1").model_copy(update={"href": f"/v/{words}/"})], "https://shop.example"))  # noqa: S314
    assert [child.tag.rpartition("}")[2] for child in root] == ["url"]


# --- addresses --------------------------------------------------------------------------------------------------------

HOSTS = ("img.example.com", "*.cdn.example", "odd.example:8443")


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://img.example.com/a b.jpg", ""),
        ("https://img.example.com/a%20b.jpg?w=1&h=2#x", "https://img.example.com/a%20b.jpg?w=1&h=2#x"),
        ("https://IMG.Example.COM:443/a.jpg", "https://img.example.com/a.jpg"),
        ("https://a.cdn.example/x", "https://a.cdn.example/x"),
        ("https://a.b.cdn.example", "https://a.b.cdn.example/"),
        ("https://cdn.example/x", ""),
        ("https://evilcdn.example/x", ""),
        ("https://odd.example:8443/x", "https://odd.example:8443/x"),
        ("https://odd.example/x", ""),
        ("https://img.example.com:8443/x", ""),
        ("http://img.example.com/x", ""),
        ("//img.example.com/x", ""),
        ("https://img.example.com@evil.example/", ""),
        ("https://evil.example#@img.example.com/", ""),
        ("https://user:pw@img.example.com/", ""),
        ("https://img.example.com\\@evil.example/", ""),
        ("https://img.example.com.evil.example/", ""),
        ("https://img.example.com%2eevil.example/", ""),
        ("https://img.example.com:0x1bb/", ""),
        ("https://127.0.0.1/", ""),
        ("https://[::1]/", ""),
        ("https://2130706433/", ""),
        ("https://localhost/", ""),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt://img.example.com/%0aalert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("https://img.example.com/'\"><script>", "https://img.example.com/%27%22%3E%3Cscript%3E"),
        ("https://img.example.com/)(;url(x", "https://img.example.com/%29%28;url%28x"),
        ("https://img.example.com/图.jpg", "https://img.example.com/%E5%9B%BE.jpg"),
        ("https://ıMG.example.com/", ""),
        ("https://img\u3002example.com/", "https://img.example.com/"),  # as every browser reads it
        ("https://img.example.com/\u202egpj", "https://img.example.com/%E2%80%AEgpj"),
        ("", ""),
        ("https://img.example.com/" + "a" * 3000, ""),
    ],
)
def test_an_address_is_allowed_by_scheme_and_host(address: str, kept: str) -> None:
    assert allowed(address, HOSTS) == kept


@SOME
@given(
    words=HOSTILE,
    before=st.sampled_from(["", "https://", "https://img.example.com", "https://img.example.com/", "http://img.example.com/?"]),
)
def test_what_is_allowed_is_a_plain_address_of_a_listed_host(words: str, before: str) -> None:
    address = allowed(before + words, HOSTS)
    if address:
        assert re.fullmatch(
            r"https://(img\.example\.com|([a-z0-9_-]+\.)+cdn\.example|odd\.example:8443)/[A-Za-z0-9/%:@!$&*+,;=~._?#-]*", address
        )
        assert allowed(address, HOSTS) == address


@SOME
@given(words=HOSTILE)
def test_without_hosts_nothing_is_allowed(words: str) -> None:
    assert allowed(words, ()) == ""


def test_products_keep_links_to_listed_hosts_and_the_others_are_counted() -> None:
    products = {
        "p-1": a_product("p-1", "甲", url="https://IMG.example.com/1"),
        "p-2": a_product("p-2", "乙", url="https://evil.example/2"),
        "p-3": a_product("p-3", "丙"),
        "p-4": a_product("p-4", "丁", url="http://evil.example/4"),
    }
    kept, left_out = linked(products, HOSTS)
    cards: dict[str, Card] = {pid: make_card(product, "zh", lambda _: ("/media/x.svg", "")) for pid, product in kept.items()}
    assert [cards[pid].href for pid in products] == ["https://img.example.com/1", "", "", ""]
    assert left_out == {"evil.example": 2}
