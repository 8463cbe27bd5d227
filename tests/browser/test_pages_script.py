"""The page's own script in a real browser: beacons, the lit tab, contrast of painted words; and life without script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from huichang.adapters.browser import ARGUMENTS
from huichang.delivery.model import BeaconBatch
from huichang.pages.rendering import render
from huichang.pages.templates import load_templates
from huichang.pages.words import WORDS
from huichang.web.buyers import beacon_script
from tests.support.browser import browser_or_skip, make_page, resolve

TEMPLATES = sorted(load_templates())
pytestmark = pytest.mark.browser

SHIFT = """() => new Promise((done) => { let sum = 0;
  new PerformanceObserver((list) => { for (const e of list.getEntries()) sum += e.value; }).observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(sum), 300); })"""
SMALL = """() => [...document.querySelectorAll('a[href], button')].filter((el) => el.checkVisibility())
  .map((el) => [el.className || el.textContent.trim().slice(0, 20), el.getBoundingClientRect()])
  .filter(([name, r]) => name !== 'skip' && (r.height < 43.5 || r.width < 43.5)).map(([name]) => name)"""


def eventually(holds: Callable[[], bool], page: Any) -> None:
    """Playwright hears of requests only while it waits, so this waits in the page."""
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it never became true")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(browser_or_skip()), args=list(ARGUMENTS))
        try:
            yield running
        finally:
            running.close()


TOKEN = "1~ab12~d-0001~home_top~none~venue-1~1~~0~0.25~68b54a00~c2lnbmF0dXJlLi4uLi4"


@contextmanager
def opened(
    browser: Any,
    html: str,
    query: str = "",
    *,
    width: int = 390,
    height: int = 844,
    script: bool = True,
    path: str = "/v/venue-1/",
    clock: bool = False,
) -> Iterator[Any]:
    """The page in a browser, in a context of its own; `page.beacons` collects what it reports, `page.served` is what its address answers,
    `clock`: time goes on when it is told to."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        java_script_enabled=script,
        reduced_motion="reduce" if width < 700 else "no-preference",  # both ways of getting there: at once, and gliding
    )
    try:
        page = context.new_page()
        beacons: list[dict[str, Any]] = []

        def serve(route: Any) -> None:
            asked = route.request.url.split("venue.test", 1)[1].split("?")[0]
            if asked == "/api/beacons":
                beacons.extend(json.loads(route.request.post_data or "{}")["beacons"])
                route.fulfill(status=202)
            elif asked == "/api/beacon.js":
                route.fulfill(body=beacon_script(), content_type="text/javascript")
            elif asked == path:
                route.fulfill(status=page.served[0], body=page.served[1], content_type="text/html; charset=utf-8")
            else:
                found = resolve(asked)
                route.fulfill(body=found[0], content_type=found[1]) if found else route.fulfill(status=404)

        page.route("**/*", serve)
        page.beacons, page.served = beacons, (200, html)
        if clock:
            page.clock.install()
        page.goto(f"http://venue.test{path}{query}")
        yield page
    finally:
        context.close()


@pytest.mark.parametrize(
    ("template_id", "width", "height"),
    [(each, 390, 844) for each in TEMPLATES] + [(each, 1440, 900) for each in ("deep_dive", "festival", "wholesale_price_list")],
)
def test_a_visit(browser: Any, template_id: str, width: int, height: int) -> None:
    """One page is opened and used: nothing jumps, fingers find what they touch, the lit tab follows, and what was done is reported."""
    with opened(browser, render(make_page(), template_id), f"?p=home_top&d={TOKEN}", width=width, height=height) as page:
        page.wait_for_load_state("networkidle")
        assert page.evaluate(SHIFT) < 0.01
        if width == 390:
            assert page.evaluate(SMALL) == []

        lit = page.locator("[data-tabs] a[aria-current]")
        assert lit.get_attribute("href") == "#floor-1"
        page.locator("[data-tabs] a").nth(2).click()
        page.wait_for_selector("[data-tabs] a[aria-current][href='#floor-3']")
        eventually(lambda: 0 <= page.locator("#floor-3 h2").bounding_box()["y"] < height * 0.35, page)  # it glides there

        goods = page.locator("[data-floor] [data-product]")
        for number in (0, 1, 1):
            goods.nth(number).click()
        eventually(lambda: len(page.beacons) >= 4, page)
        page.wait_for_timeout(300)  # time for a beacon too many
        batch = BeaconBatch.model_validate({"beacons": page.beacons})
    # Who comes from a feed has seen its item and clicked it; of all clicks of one item the first counts.
    assert [beacon.kind for beacon in batch.beacons] == ["impression", "click", "click", "click"]
    assert {beacon.placement for beacon in batch.beacons} == {"home_top"}
    assert {beacon.token for beacon in batch.beacons} == {TOKEN}
    assert {beacon.venue_id for beacon in batch.beacons} == {"venue-1"}
    assert len({beacon.beacon_id for beacon in batch.beacons}) == 4
    assert [beacon.product_id for beacon in batch.beacons][2:] == ["p00001", "p00002"]


def test_a_reviewer_who_looks_at_a_staged_page_is_no_buyer(browser: Any) -> None:
    with opened(browser, render(make_page(), "festival"), path="/preview/token.signature") as page:
        page.locator("[data-floor] [data-product]").first.click()
        page.wait_for_timeout(700)
        assert page.beacons == []


def test_a_crafted_placement_is_dropped(browser: Any) -> None:
    with opened(browser, render(make_page(floors=(5,)), "festival"), "?p=<b>&d=" + "x" * 100) as page:
        page.wait_for_timeout(700)
        assert [(beacon["kind"], beacon["placement"], beacon["token"]) for beacon in page.beacons] == [("impression", "direct", "")]


FEED = """<!doctype html><body style="margin:0"><script src="/api/beacon.js" defer></script>
<a href="#" id="seen" style="display:block;height:300px" data-hc-token="token-of-the-first-one" data-hc-venue="v-1">1</a>
<a href="#" id="passed" style="display:block;height:300px;margin-top:2000px" data-hc-token="token-of-the-second-one" data-hc-venue="v-2">2</a>
<a href="#" id="below" style="display:block;height:300px;margin-top:4000px" data-hc-token="token-of-the-third-one" data-hc-venue="v-3">3</a>"""


def test_a_placements_page_reports_what_of_a_feed_was_really_seen_and_clicked(browser: Any) -> None:
    with opened(browser, FEED, path="/shop/") as page:
        page.wait_for_timeout(1200)
        page.evaluate("scrollTo(0, 2200)")  # the second is in the window for less than a second
        page.wait_for_timeout(300)
        page.evaluate("scrollTo(0, 0)")
        page.locator("#seen").click()
        page.locator("#seen").click()
        eventually(lambda: len(page.beacons) >= 2, page)
        page.wait_for_timeout(1200)
        batch = BeaconBatch.model_validate({"beacons": page.beacons})
    assert [(beacon.kind, beacon.venue_id, beacon.token) for beacon in batch.beacons] == [
        ("impression", "v-1", "token-of-the-first-one"),
        ("click", "v-1", "token-of-the-first-one"),
    ]


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_the_page_works_without_script(browser: Any, template_id: str) -> None:
    with opened(browser, render(make_page(), template_id), script=False) as page:
        assert page.locator("[data-floor] [data-product]").count() == 40
        page.locator("[data-tabs] a").nth(3).click()
        eventually(lambda: page.locator("#floor-4 h2").bounding_box()["y"] < 844, page)
        assert not page.locator("[data-share]").is_visible()


def test_a_page_that_stays_open_follows_what_changes(browser: Any) -> None:
    model = make_page()
    card = model.floors[0].cards[1]
    dearer = card.model_copy(update={"price": card.price.model_copy(update={"amount": Decimal("77.31")})})
    floor = model.floors[0].model_copy(update={"cards": (model.floors[0].cards[0], dearer, *model.floors[0].cards[2:])})
    changed = model.model_copy(update={"floors": (floor, *model.floors[1:])})
    with opened(browser, render(model, "festival"), clock=True) as page:
        wrong: list[str] = []
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        shown, told = page.locator(f'[data-floor] [data-product="{card.product_id}"] .now'), page.locator(".fresh")

        def later(html: str, says: str, status: int = 200) -> None:
            """Half a minute later the address answers this, and the page says so."""
            page.served = (status, html)
            with page.expect_response("**/v/venue-1/"):
                page.clock.fast_forward(31_000)
            page.wait_for_timeout(200)  # for what should not be said
            eventually(lambda: str(told.text_content()).startswith(says) and bool(told.text_content()) == bool(says), page)

        later(render(model, "festival"), "")
        later(render(changed, "festival"), WORDS["tab_updated"]["zh"])
        assert "77.31" in shown.inner_text()
        page.clock.fast_forward(7_000)
        assert told.text_content() == ""
        renamed = changed.model_copy(update={"title": "另一个标题"})
        later(render(renamed, "festival"), WORDS["tab_changed"]["zh"] + WORDS["tab_reload"]["zh"])
        assert told.get_attribute("role") == "status"
        told.locator("a").click()
        page.wait_for_function("document.querySelector('h1').textContent.includes('另一个标题')")
        later("<p>", WORDS["tab_over"]["zh"], 410)
        assert [each for each in wrong if "410" not in each] == []
