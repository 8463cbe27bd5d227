"""The hero's title in a real browser: no word is broken that fits a line, no line is wider than its column, none ends in an orphan."""

from __future__ import annotations

from typing import Any

import pytest

from huichang.adapters.browser import ARGUMENTS
from huichang.pages.rendering import render
from huichang.pages.templates import load_templates
from tests.support.browser import browser_or_skip, make_page, resolve

pytestmark = pytest.mark.browser

TITLES = {
    "zh": ("熊猫", "低价女装好货铺", "开学季宿舍收纳好物一站备齐", "国庆出游穿搭清单从头到脚一次配齐的女装会场"),
    "en": ("Toys", "Low-Price Womenswear", "Everyday Homewares for Every Shop and Season", "Supercalifragilisticexpialidocious Gifts"),
}  # fmt: skip

# For every line of the title as it was laid out: its text and whether it begins inside a Latin word; and what overflows.
MEASURE = """() => {
  const title = document.querySelector('h1.art');
  const room = title.parentElement.getBoundingClientRect();
  const walker = document.createTreeWalker(title, NodeFilter.SHOW_TEXT);
  const lines = [];
  let before = null;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (let i = 0; i < node.data.length; i++) {
      const range = document.createRange();
      range.setStart(node, i);
      range.setEnd(node, i + 1);
      const box = range.getClientRects()[0];
      if (!box || !box.width) continue;
      if (!before || box.top - before.top > before.height / 2) {
        const inside = i > 0 && /[A-Za-z]/.test(node.data[i]) && /[A-Za-z]/.test(node.data[i - 1]);
        lines.push({ text: '', inside, right: 0 });
        before = box;
      }
      const line = lines[lines.length - 1];
      line.text += node.data[i];
      line.right = Math.max(line.right, box.right);
    }
  }
  const style = getComputedStyle(title.parentElement);
  return { lines, right: room.right - parseFloat(style.paddingRight), size: parseFloat(getComputedStyle(title).fontSize),
           page: document.documentElement.scrollWidth - innerWidth };
}"""


@pytest.fixture(scope="module")
def browser() -> Any:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(browser_or_skip()), args=list(ARGUMENTS))
        try:
            yield running
        finally:
            running.close()


@pytest.mark.parametrize(
    ("template_id", "width"),
    [(each, 390) for each in sorted(load_templates())] + [(each, 1440) for each in ("deep_dive", "festival", "gift_guide")],
)
def test_titles_fit_their_column(browser: Any, template_id: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    shown = {"html": ""}

    def serve(route: Any) -> None:
        found = resolve(route.request.url.split("venue.test", 1)[1])
        if route.request.is_navigation_request():
            route.fulfill(body=shown["html"], content_type="text/html; charset=utf-8")
        else:
            route.fulfill(body=found[0], content_type=found[1]) if found else route.fulfill(status=404)

    page.route("**/*", serve)
    sizes: dict[str, float] = {}
    for language, titles in TITLES.items():
        for title in titles:
            shown["html"] = render(make_page(language, floors=(4,), name=title, images={}), template_id)  # type: ignore[arg-type]
            page.goto("http://venue.test/v/venue-1/", wait_until="domcontentloaded")
            seen = page.evaluate(MEASURE)
            sizes[title] = seen["size"]
            assert seen["page"] <= 0, title
            assert all(line["right"] <= seen["right"] + 1 for line in seen["lines"]), (title, seen)
            if "Super" not in title:
                assert not any(line["inside"] for line in seen["lines"]), (title, seen)
                assert all(len(line["text"].strip()) > 1 for line in seen["lines"]), (title, seen)
            assert len(seen["lines"]) <= 3, (title, seen)
    page.close()
    assert sizes["熊猫"] == sizes["Toys"] == max(sizes.values())  # short titles are as large as the design allows
    assert sizes["低价女装好货铺"] > sizes["开学季宿舍收纳好物一站备齐"]
