"""What a document says wrong is found; a merchant's words only warn."""

from __future__ import annotations

import pytest

from huichang.pages.inspection import inspect_html
from huichang.pages.model import PageModel
from huichang.pages.rendering import render
from huichang.pages.templates import load_templates
from tests.support.browser import make_page

TEMPLATES = sorted(load_templates())


def told(html: str, page: PageModel, template_id: str = "festival") -> set[tuple[str, str]]:
    return {(each.rule, each.severity) for each in inspect_html(html, page, load_templates()[template_id])}


@pytest.mark.parametrize("template_id", TEMPLATES)
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("</main>", "<p>undefined</p></main>", "placeholder"),
        ("</main>", "<p>¥NaN</p></main>", "placeholder"),
        ("</main>", "<p>None</p></main>", "placeholder"),
        ("</main>", "<p>[object Object]</p></main>", "placeholder"),
        ("</main>", "<p>${price}</p></main>", "placeholder"),
        ("</main>", "<p>Lorem ipsum dolor</p></main>", "placeholder"),
        ("</main>", "<p>ç\x86\x8aç\x8c«ç\x8e©</p></main>", "mojibake"),
        ("</main>", "<p>â€œsoftâ€</p></main>", "mojibake"),
        ("</main>", "<p>锟斤拷</p></main>", "mojibake"),
        ("</main>", "<p>a \ufffd b</p></main>", "mojibake"),
        ("</main>", "<p>Back to top</p></main>", "language-mixed"),
        ('lang="zh-CN"', 'lang="en"', "language-wrong"),
        ('name="viewport"', 'name="view-port"', "no-viewport"),
        ("</main>", '<a href="#nowhere">去看看</a></main>', "anchor-lost"),
    ],
)
def test_a_fault_of_ours_blocks(template_id: str, old: str, new: str, rule: str) -> None:
    page = make_page()
    html = render(page, template_id)
    assert old in html
    assert (rule, "blocker") in told(html.replace(old, new), page, template_id)


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_headings_and_repeated_products_warn(template_id: str) -> None:
    page = make_page()
    html = render(page, template_id)
    assert ("heading-order", "warning") in told(html.replace("<h2", "<h3").replace("</h2", "</h3"), page, template_id)
    assert ("heading-order", "warning") in told(html.replace("</main>", "<h1>again</h1></main>"), page, template_id)
    doubled = html.replace('data-product="p00012"', 'data-product="p00011"')
    assert ("duplicate-product", "warning") in told(doubled, page, template_id)


@pytest.mark.parametrize("title", ["Second to None, a lamp", "NaNa plush", "Nullarbor boots", "Null", "价格待定的熊猫"])
def test_what_merely_looks_like_a_placeholder_is_none_of_ours(title: str) -> None:
    page = make_page(titles={1: title})
    assert not [rule for rule, severity in told(render(page, "festival"), page) if severity == "blocker"]


def test_garbled_titles_of_merchants_warn_and_do_not_stop_the_page() -> None:
    page = make_page(titles={1: "熊猫锟斤拷玩偶"})
    assert told(render(page, "festival"), page) == {("mojibake", "warning")}


def test_copy_in_another_language_is_told() -> None:
    page = make_page("en", name="熊猫玩偶会场")
    assert told(render(page, "festival"), page) == {("language-mixed", "warning")}
