"""Pages in a real browser for `python -m infra.bench.pages`: a trace on slow 4G, axe-core's verdict, and what is left without scripts.

The trace is of a cold first view on a phone that nobody touches. Slow 4G as Lighthouse has it: 150 ms to and fro, 1.6 Mbit/s down, a
processor four times slower. Chromium's own throttling delays each answer by the 150 ms; the three ways that a new connection needs before
its first request (address, TCP, TLS) are waited for by the server before it sends the document. Everything else rides on that connection,
as it does over HTTP/2.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huichang.adapters.browser import ARGUMENTS, VIEWPORTS
from huichang.kernel.model import Model
from infra.bench.pages_venues import Site

AWAY_MS, BYTES_PER_SECOND, SLOWER = 150, 1_638_400 / 8, 4
OPENING_SECONDS = 3 * AWAY_MS / 1000
PHONE: dict[str, Any] = {
    "viewport": {"width": 412, "height": 823},
    "device_scale_factor": 1.75,
    "is_mobile": True,
    "has_touch": True,
    "ignore_https_errors": True,
}
SCREENS = {name: (width, height) for name, width, height in VIEWPORTS}
_QUIET_MS = 2_000
_OBSERVERS = """
window.seen = { lcp: 0, what: "", cls: 0, tasks: [] };
new PerformanceObserver((list) => { for (const e of list.getEntries()) {
  const el = e.element;
  window.seen.lcp = e.startTime; window.seen.what = el ? el.tagName.toLowerCase() + (el.className ? "." + el.className : "") : ""; } })
  .observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.seen.cls += e.value; })
  .observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => { for (const e of list.getEntries()) window.seen.tasks.push(Math.round(e.duration)); })
  .observe({ type: "longtask", buffered: true });
"""
# What a buyer needs of a card: a name and a price that can be read, and a way to buy where the product has one.
_BUYABLE = """() => [...document.querySelectorAll("main [data-floor] [data-product]")].filter((card) => {
  const name = card.querySelector(".name"), price = card.querySelector(".now"), link = card.querySelector("a[href]");
  const seen = { opacityProperty: true, visibilityProperty: true };
  const shows = (el) => el && el.checkVisibility(seen) && el.getBoundingClientRect().height > 4;
  return shows(name) && shows(price) && link;
}).map((card) => card.dataset.product)"""


class Trace(Model):
    """One first view. Milliseconds from the navigation's start, bytes as they crossed the wire, headers included."""

    lcp_ms: int
    lcp_of: str
    cls: float
    bytes: int
    requests: int
    long_task_ms: int
    long_tasks: int


_ALL_LAID_OUT = """() => new Promise((done) => {
  const look = () => document.querySelector('[data-later]') ? requestAnimationFrame(look) : requestAnimationFrame(done);
  look();
})"""


class Axe(Model):
    """axe-core's answer: rules that are violated with the elements concerned, and how many could not be decided."""

    violations: tuple[tuple[str, str], ...]
    undecided: int
    passed: int


class Browser:
    """A Chromium; every look has a context of its own."""

    def __init__(self, chromium: Any, axe: str) -> None:
        self._chromium = chromium
        self._axe = axe

    def trace(self, site: Site, address: str) -> Trace:
        """A cold first view on slow 4G."""
        context = self._chromium.new_context(**PHONE)
        try:
            page = context.new_page()
            page.add_init_script(_OBSERVERS)
            wire = context.new_cdp_session(page)
            sizes: list[float] = []
            wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
            wire.send("Network.enable")
            wire.send(
                "Network.emulateNetworkConditions",
                {"offline": False, "latency": AWAY_MS, "downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": 768_000 / 8},
            )
            wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            site.opening = OPENING_SECONDS
            page.goto(address, wait_until="load", timeout=60_000)
            page.wait_for_load_state("networkidle", timeout=60_000)
            page.wait_for_timeout(_QUIET_MS)
            seen = page.evaluate("window.seen")
        finally:
            site.opening = 0.0
            context.close()
        return Trace(
            lcp_ms=round(seen["lcp"]), lcp_of=seen["what"], cls=round(seen["cls"], 4), bytes=round(sum(sizes)), requests=len(sizes),
            long_task_ms=sum(seen["tasks"]), long_tasks=len(seen["tasks"]),
        )  # fmt: skip

    def axe(self, address: str, screen: str) -> Axe:
        """Every rule of axe-core on this screen ("phone", "desktop")."""
        width, height = SCREENS[screen]
        context = self._chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", ignore_https_errors=True)
        try:
            page = context.new_page()
            page.goto(address, wait_until="load")
            # Far floors are laid out one a frame after loading; until then axe cannot see what lies behind their words.
            page.evaluate(_ALL_LAID_OUT)
            page.evaluate(self._axe)
            found = page.evaluate("axe.run(document, { resultTypes: ['violations', 'incomplete'] })")
        finally:
            context.close()
        violations = tuple((each["id"], " ".join(map(str, node["target"]))) for each in found["violations"] for node in each["nodes"])
        return Axe(violations=violations, undecided=sum(len(each["nodes"]) for each in found["incomplete"]), passed=len(found["passes"]))

    def buyable(self, address: str) -> set[str]:
        """Products that can be read and bought on a phone that runs no script."""
        context = self._chromium.new_context(**PHONE, java_script_enabled=False)
        try:
            page = context.new_page()
            page.goto(address, wait_until="load")
            return set(page.evaluate(_BUYABLE))
        finally:
            context.close()


@contextmanager
def browser(chrome: Path, axe: Path) -> Iterator[Browser]:
    """This Chromium with this axe-core."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(chrome), args=list(ARGUMENTS))
        try:
            yield Browser(chromium, axe.read_text(encoding="utf-8"))
        finally:
            chromium.close()
