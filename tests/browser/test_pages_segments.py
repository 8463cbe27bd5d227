"""A buyer says what they need, without a script, and gets their order of the page: one document at one address, and nothing jumps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from huichang.adapters.browser import ARGUMENTS
from huichang.pages.releases import Release, Slot, edge_entries
from huichang.pages.rendering import render
from huichang.pages.segments import load_segments
from huichang.pages.variants import Variant, Variants, arranged_for, with_choices
from infra.local.edge_function import Chosen, Rewritten, route
from tests.support.browser import browser_or_skip, make_page, resolve

pytestmark = pytest.mark.browser
VENUE = "venue-1"


@contextmanager
def street(pages: dict[str, str], store: dict[str, str]) -> Iterator[str]:
    """The front door's function before what a release has opened; the origin's address."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            led = route(path, "", store.get, self.headers.get("cookie", ""), query)
            if isinstance(led, Chosen):
                self.send_response(302)
                self.send_header("location", led.location)
                self.send_header("set-cookie", led.cookie)
                self.end_headers()
                return
            found = led.path if isinstance(led, Rewritten) else ""
            body, kind = (pages[found].encode(), "text/html; charset=utf-8") if found in pages else resolve(found) or (b"", "text/plain")
            self.send_response(200 if body else 404)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_what_a_buyer_says_leads_to_one_document_that_does_not_move() -> None:
    from playwright.sync_api import sync_playwright

    page = make_page().model_copy(update={"venue_id": VENUE})
    order = tuple(floor.floor_id for floor in reversed(page.floors))
    hero = tuple(card.product_id for card in reversed(page.hero_cards))
    mine = Variant(segment="bulk", order=order, hero=hero, why={"zh": "换", "en": "other"})
    page = with_choices(page, Variants(made=(mine,)), load_segments())
    slot = Slot(venue_id=VENUE, version_id="x", code="AAAA", siblings={"bulk": "y"})
    release = Release(campaign_id="c-1", number=1, kind="publish", by="x", at="", language="zh", slots=(slot,))
    documents = {f"/r/{VENUE}/AAAA.html": page, f"/r/{VENUE}/AAAA.bulk.html": arranged_for(page, mine)}
    pages = {path: render(each, "everyday_goods") for path, each in documents.items()}
    with street(pages, edge_entries(release)) as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(browser_or_skip()), args=list(ARGUMENTS))
        try:
            context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
            plain = context.new_page()
            plain.goto(f"{origin}/v/{VENUE}/")
            assert floors_of(plain.content()) == [floor.floor_id for floor in page.floors]
            plain.get_by_role("link", name=load_segments()["bulk"].who[page.language], exact=True).click()
            assert plain.url == f"{origin}/v/{VENUE}/"
            assert floors_of(plain.content()) == list(order)
            (cookie,) = context.cookies()
            assert (cookie["name"], cookie["value"], cookie["path"]) == ("hc_seg", "bulk", "/")
            assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
            seen = browser.new_context(viewport={"width": 390, "height": 844})
            seen.add_cookies([cookie])
            moving = seen.new_page()
            answer = moving.goto(f"{origin}/v/{VENUE}/", wait_until="load")
            assert floors_of(answer.text()) == list(order), "the very first bytes are theirs"
            moving.wait_for_timeout(300)
            shifts = """() => new Promise((done) => { let sum = 0;
              new PerformanceObserver((list) => { for (const each of list.getEntries()) sum += each.value; }).observe({ type: "layout-shift", buffered: true });
              setTimeout(() => done([sum, document.querySelectorAll("[data-floor]")[0].id]), 100); })"""
            assert moving.evaluate(shifts) == [0, order[0]]
            plain.get_by_role("link", name="默认顺序" if page.language == "zh" else "Default view").click()
            assert floors_of(plain.content()) == [floor.floor_id for floor in page.floors]
            assert context.cookies() == []
        finally:
            browser.close()


def floors_of(html: str) -> list[str]:
    """Ids of the floors, in the order of the document."""
    return [piece.split('"', 1)[0] for piece in html.split('<section class="floor ')[1:] for piece in [piece.split('id="', 1)[1]]]
