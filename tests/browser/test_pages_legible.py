"""The hero's words in a real browser, over a picture no designer would choose: what lies behind every line is measured on the screen."""

from __future__ import annotations

import io
import random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from huichang.adapters.browser import ARGUMENTS
from huichang.adapters.posters import PillowStudio
from huichang.materials.policy.labels import ContentMaker
from huichang.pages.hero_shots import hung
from huichang.pages.model import HeroShot, PageModel
from huichang.pages.rendering import render
from huichang.pages.templates import load_templates
from huichang.pages.typesetting.poster import LEAST_CONTRAST, Colours
from infra.pictures.backgrounds import checkers
from tests.support.browser import browser_or_skip, make_page, resolve
from tests.support.line_fakes import FakePages

pytestmark = pytest.mark.browser

WIDTHS = (320, 390, 690, 800, 1024, 1440, 2200)
TEXTS = {"slogan": "新春将至", "subtitle": "年味零食、灯笼春联一站备齐，48小时发货"}

# Lines of the title and the line below it: rectangle and colours of its letters (a gradient has two). Then the letters are hidden.
LINES = """() => {
  const found = [];
  const root = getComputedStyle(document.documentElement);
  for (const element of document.querySelectorAll('h1.art > span, .lead')) {
    const style = getComputedStyle(element);
    const clear = style.webkitTextFillColor.endsWith(', 0)');
    const range = document.createRange();
    range.selectNodeContents(element);
    for (const box of range.getClientRects()) {
      if (box.width < 2) continue;
      found.push({ left: box.left, top: box.top, right: box.right, bottom: box.bottom,
        colours: clear ? [root.getPropertyValue('--hero-ink'), root.getPropertyValue('--highlight')] : [style.color] });
    }
  }
  const hide = new CSSStyleSheet();
  hide.replaceSync('h1.art *, .lead { color: transparent !important; background: none !important; filter: none !important; -webkit-text-fill-color: transparent !important }');
  document.adoptedStyleSheets = [hide];
  return found;
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


def light(pixels: Any) -> Any:
    share = np.asarray(pixels, dtype=np.float64) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4) @ np.array([0.2126, 0.7152, 0.0722])


def rgb(colour: str) -> tuple[int, ...]:
    colour = colour.strip()
    if colour.startswith("#"):
        return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return tuple(int(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3])


@pytest.fixture(scope="module")
def painted() -> tuple[PageModel, FakePages, tuple[HeroShot, ...]]:
    """A page and both crops of its hero, typeset once for all templates."""
    shelf, label = FakePages(), ContentMaker().label("a-task")
    model = make_page(floors=(4,), style="spring_lantern", name="年货大集：囤好礼", texts={"hero": TEXTS}, images={"hero": "/media/x"})
    crops = PillowStudio().hero(checkers(random.Random(3)), Colours.of(model.style), xmp=label.xmp)
    assert min(crop.contrast for crop in crops) >= LEAST_CONTRAST
    return model, shelf, hung(crops, shelf.put_media)


@pytest.mark.parametrize("template_id", sorted(load_templates()))
def test_every_line_of_the_hero_can_be_read_on_a_chess_board(browser: Any, painted: Any, template_id: str) -> None:
    model, shelf, shots = painted
    html = render(model.model_copy(update={"hero_shots": shots, "hero_image": shots[1].path}), template_id)

    def serve(route: Any) -> None:
        path = route.request.url.split("venue.test", 1)[1]
        if route.request.is_navigation_request():
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif path.lstrip("/") in shelf.media:
            route.fulfill(body=shelf.media[path.lstrip("/")], content_type=f"image/{path.rsplit('.')[-1]}")
        else:
            found = resolve(path)
            route.fulfill(body=found[0], content_type=found[1]) if found else route.fulfill(status=404)

    page = browser.new_page()
    page.route("**/*", serve)
    page.goto("http://venue.test/v/venue-1/")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        page.evaluate("document.adoptedStyleSheets = []")
        cut = shots[0 if '<source media="(max-width:699px)"' in html and width < 700 else 1]
        ways = [cut.path, *(each.path for each in cut.renditions)]  # any of the cut's widths: a browser takes the one that fits
        page.wait_for_function(
            """ways => { const hero = document.querySelector('.backdrop img');
                return hero.complete && hero.naturalWidth && ways.some((path) => hero.currentSrc.endsWith(path)) }""",
            arg=ways,
        )
        lines = page.evaluate(LINES)
        assert len(lines) >= 3, width
        with Image.open(io.BytesIO(page.screenshot(clip={"x": 0, "y": 0, "width": width, "height": 560}))) as shot:
            pixels = np.asarray(shot.convert("RGB"))
        for line in lines:
            behind = light(pixels[round(line["top"]) : round(line["bottom"]), round(line["left"]) : round(line["right"])].reshape(-1, 3))
            for colour in line["colours"]:
                ink = light(rgb(colour))
                ratios = (np.maximum(behind, ink) + 0.05) / (np.minimum(behind, ink) + 0.05)
                assert np.percentile(ratios, 1) >= LEAST_CONTRAST, (width, colour, line, float(np.percentile(ratios, 1)))
    page.close()
