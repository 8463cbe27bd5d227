"""PixelInspector with a real Chromium, driven by Playwright. It sees only what `resolve` serves: no network."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from huichang.adapters.warm_browser import BrowserHungError, WarmBrowser
from huichang.kernel.errors import TransientError
from huichang.pages.model import Finding, PageModel
from huichang.pages.seeing import Sight, judge

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FloatRect, Page, Route

Resolve = Callable[[str], tuple[bytes, str] | None]
Verdict = tuple[Literal["passed", "failed", "not_run"], str, tuple[Finding, ...]]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless_shell")
VIEWPORTS: tuple[tuple[str, int, int], ...] = (("phone", 390, 844), ("desktop", 1440, 900))
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--disable-dev-shm-usage",
)
_MAX_HEIGHT = 16_000
_TIMEOUT_MS = 20_000
_BAND_LEAST = 0.25  # of a screen: shorter stretches of one colour are anybody's spacing
_MOST_PICTURES = 12
_SUSPECT = 0.7  # of a picture's place in one colour: it is opened and looked at by itself
_DOT = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
_PROBE = Path(__file__).with_name("page_probe.js").read_text("utf-8")

# Before anything of the page runs: what moves although nobody touched it. The largest mover's name tells where to look.
_WATCH_SHIFTS = """
globalThis.__shift = 0; globalThis.__shifted = ''; let most = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) {
    if (each.hadRecentInput) continue;
    globalThis.__shift += each.value;
    const node = each.sources?.[0]?.node, el = node && (node.nodeType === 1 ? node : node.parentElement);
    if (el && each.value > most) {
      most = each.value;
      globalThis.__shifted = el.id ? '#' + el.id : el.tagName.toLowerCase() + (el.classList.length ? '.' + el.classList[0] : '');
    }
  }
}).observe({ type: 'layout-shift', buffered: true });
"""

# All words see-through, so that what lies behind them can be measured.
_NO_INK = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { color: transparent !important; -webkit-text-fill-color: transparent !important;' +
    ' -webkit-text-stroke-color: transparent !important; text-shadow: none !important; text-decoration-color: transparent !important;' +
    ' transition: none !important; caret-color: transparent !important }' +
    ' header * { filter: none !important; -webkit-background-clip: border-box !important } header h1 * { background: none !important }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""

# Cards that wait in a scroller, laid out below one another: what is scrolled out of sight is on no screenshot. Returns their products.
_UNROLL = """() => {
  document.adoptedStyleSheets = [];
  const rolled = [];
  for (const el of document.querySelectorAll('body *')) {
    if (el.scrollWidth <= el.clientWidth + 1 || !['auto', 'scroll'].includes(getComputedStyle(el).overflowX)) continue;
    const cards = [...el.querySelectorAll('[data-product]')];
    if (!cards.length) continue;
    const wide = Math.min(el.clientWidth, Math.max(...[...el.children].map((child) => child.offsetWidth)));
    const laid = { overflow: 'visible', display: 'grid', 'grid-template-columns': `repeat(auto-fill, ${wide}px)`, 'grid-auto-flow': 'row',
      'grid-auto-columns': 'auto', height: 'auto', 'max-height': 'none', mask: 'none' };
    for (const [name, value] of Object.entries(laid)) el.style.setProperty(name, value, 'important');
    el.dataset.rolled = '';
    rolled.push(...cards.map((card) => card.dataset.product));
  }
  // The other floors were looked at already: without them a second look is short.
  if (rolled.length) for (const floor of document.querySelectorAll('[data-floor]')) {
    if (!floor.querySelector('[data-rolled]')) floor.style.setProperty('display', 'none', 'important');
  }
  return rolled;
}"""
# What is asked of unrolled cards: what only pixels tell. How they lie was judged where buyers see them.
_ASKED_UNROLLED = frozenset({"low-contrast", "text-unseen", "picture-blank", "blank-card"})

_DECODED = "() => Promise.all([...document.images].map((img) => img.decode().catch(() => {})))"

# How many products and letters a buyer sees, with JavaScript and without.
_CONTENT = """() => {
  const shows = (el) => el.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  let letters = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), parent = walker.currentNode.parentElement;
    if (!text || !parent || ['SCRIPT', 'STYLE', 'NOSCRIPT', 'TITLE'].includes(parent.tagName) || parent.closest('svg')) continue;
    if (shows(parent)) letters += Math.min(text.length, 60);
  }
  const cards = [...document.querySelectorAll('[data-product]')].filter((el) => shows(el) && el.offsetHeight > 8).length;
  return [cards, letters];
}"""


def find_browser() -> Path | None:
    """A Chromium or Chrome on PATH, or None."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return Path(found)
    return None


class NoBrowser:
    """Where no browser is: the pixels are reported as not looked at."""

    def __init__(self, reason: str = "no browser is installed here") -> None:
        self._reason = reason

    def look(self, html: str, base_url: str, page: PageModel | None = None) -> Verdict:  # noqa: ARG002 - the port's signature
        """See PixelInspector: always not run."""
        return "not_run", self._reason, ()


class ChromiumInspector:
    """Opens the page on a phone and a desktop and reports what a buyer's eye would stumble over.

    One browser is kept for all pages (warm_browser.py); each view gets a context of its own, so that no page leaves anything to
    the next. `resolve` answers the path of a request on our own origin ("/media/ab.svg") with (bytes, content type), or None.
    """

    def __init__(self, executable: Path | None, resolve: Resolve, *, arguments: tuple[str, ...] = ARGUMENTS) -> None:
        self._executable = executable
        self._resolve = resolve
        self._warm = None if executable is None else WarmBrowser(executable, arguments)

    def close(self) -> None:
        """End the browser that is kept. The process's end does it too."""
        if self._warm is not None:
            self._warm.close()

    def look(self, html: str, base_url: str, page: PageModel | None = None) -> Verdict:
        """See PixelInspector. Raises TransientError when the browser crashes or hangs: a crash is no verdict."""
        if self._warm is None or self._executable is None or not self._executable.exists():
            return "not_run", "no browser is installed here", ()
        try:
            from playwright.sync_api import Error
        except ImportError:
            return "not_run", "the playwright package is not installed here", ()
        try:
            version, findings = self._warm.use(lambda browser: self._views(browser, html, base_url, page))
        except (Error, BrowserHungError) as error:
            raise TransientError(f"the browser failed: {str(error).splitlines()[0]}", where="pixels") from error
        blocked = any(finding.severity == "blocker" for finding in findings)
        sizes = " and ".join(f"{width}x{height}" for _, width, height in VIEWPORTS)
        return ("failed" if blocked else "passed"), f"Chromium {version} at {sizes}", tuple(findings)

    def _views(self, browser: Browser, html: str, base_url: str, page: PageModel | None) -> tuple[str, list[Finding]]:
        findings: list[Finding] = []
        with ExitStack() as opened:
            # All are opened before any is looked at: one loads while the other waits for its network to fall silent.
            views = [self._open(_View(*viewport), browser, html, base_url, opened) for viewport in VIEWPORTS]
            _, bare = self._open(_View(*VIEWPORTS[0]), browser, html, base_url, opened, script=False)
            for view, tab in views:
                findings += self._seen(view, tab, bare if view.name == "phone" else None, page)
        return browser.version, findings

    def _open(
        self, view: _View, browser: Browser, html: str, base_url: str, opened: ExitStack, *, script: bool = True
    ) -> tuple[_View, Page]:
        context = browser.new_context(
            viewport={"width": view.width, "height": view.height},
            service_workers="block",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        opened.callback(context.close)
        context.set_default_timeout(_TIMEOUT_MS)
        page = context.new_page()
        page.on("console", lambda message: view.noise.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: view.noise.append(str(error)))
        page.route("**/*", lambda route: self._serve(route, html, base_url, view))
        if script:
            page.add_init_script(_WATCH_SHIFTS)
        page.goto(base_url, wait_until="load")
        # Lazy pictures are asked for now, so that broken ones below the fold are seen too.
        page.evaluate("document.querySelectorAll('img[loading=lazy]').forEach((img) => { img.loading = 'eager'; })")
        return view, page

    def _serve(self, route: Route, html: str, base_url: str, view: _View) -> None:
        url, base = urlsplit(route.request.url), urlsplit(base_url)
        if (url.scheme, url.netloc) != (base.scheme, base.netloc):
            if route.request.resource_type == "image":  # let in by the page's policy, so only not looked at here
                view.elsewhere.append(url.netloc)
                route.fulfill(body=_DOT, content_type="image/gif")
            else:
                view.missing.append(f"{url.scheme}://{url.netloc}{url.path}")
                route.abort()
        elif route.request.is_navigation_request() or url.path == base.path:  # an open tab asks for its page again
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif route.request.method != "GET":  # a beacon: an inspection is no visit
            route.fulfill(status=204)
        else:
            found = self._resolve(url.path)
            if found is None:
                view.missing.append(url.path)
                route.fulfill(status=404)
            else:
                view.types[url.path] = found[1]
                route.fulfill(body=found[0], content_type=found[1])

    def _seen(self, view: _View, tab: Page, bare: Page | None, page: PageModel | None) -> list[Finding]:
        """The findings of one screen, the first of them with pictures."""
        from huichang.adapters.browser_pixels import crop

        def pictured(findings: Iterable[Finding], pixels: Any) -> list[Finding]:
            listed = list(findings)
            for number, each in enumerate(listed[:_MOST_PICTURES]):
                if each.box is not None and min(each.box[2:]) > 0:
                    listed[number] = each.model_copy(update={"picture": crop(pixels, each.box)})
            return listed

        sight, pixels = self._sight(view, tab, bare)
        findings = pictured(judge(sight, page), pixels)
        # On the phone only, where most scrollers are: a second look costs as much as the first.
        rolled: list[str] = tab.evaluate(_UNROLL) if view.name == "phone" else []
        if rolled:
            sight, pixels = self._sight(view, tab, bare)
            theirs = {part.path for parts in (sight.lines, sight.images, sight.cards) for part in parts if part.product in rolled}
            known = {(each.rule, each.path) for each in findings}
            more = [each for each in judge(sight, page) if each.rule in _ASKED_UNROLLED and each.path in theirs]
            findings += pictured([each for each in more if (each.rule, each.path) not in known], pixels)
        return findings

    def _sight(self, view: _View, tab: Page, bare: Page | None) -> tuple[Sight, Any]:
        from huichang.adapters.browser_pixels import area, blank_bands, contrast_with, inked_share, pixels_of, uniform_share

        tab.wait_for_load_state("networkidle")
        tab.evaluate(_DECODED)  # a picture that came but is not decoded yet is white on the screenshot
        seen: dict[str, Any] = tab.evaluate(_PROBE)
        clip: FloatRect = {"x": 0, "y": 0, "width": view.width, "height": max(1, min(seen["height"], _MAX_HEIGHT))}
        pixels = pixels_of(tab.screenshot(full_page=True, clip=clip))
        first = pixels[: view.height]
        if seen["lines"]:
            tab.evaluate(_NO_INK)
            behind = pixels_of(tab.screenshot(full_page=True, clip=clip))
            for line in seen["lines"]:
                ground = area(behind, line["box"])
                # What is scrolled out of sight, or lies on nothing that was painted, is not measured.
                if ground.size and not line["scrolls"] and not line["pinned"] and line["seen_down"] > 0.5 and line["seen_across"] > 0.5:
                    line["inked"] = inked_share(area(pixels, line["box"]), ground)
                    line["contrast"] = contrast_with(line["colour"], line["alpha"], ground)
        for image in seen["images"]:
            image["foreign"] = urlsplit(image["shown"]).netloc in view.elsewhere
            image["drawn"] = "svg" in view.types.get(urlsplit(image["shown"]).path, "svg")
            if image["product"] and image["visible"] and image["open"] > 0.98 and not image["foreign"]:
                image["uniform"] = uniform_share(area(pixels, image["box"])[::3, ::3])
                if image["uniform"] > _SUSPECT and not image["drawn"]:
                    # Badges and shadows lie over a picture that is blank itself.
                    served = self._resolve(urlsplit(image["shown"]).path)
                    own = uniform_share(pixels_of(served[0])[::3, ::3]) if served else 0.0
                    image["uniform"] = max(image["uniform"], own)
        for card in seen["cards"]:
            if card["open"] > 0.98 and card["box"][1] + card["box"][3] <= len(pixels):
                card["uniform"] = uniform_share(area(pixels, card["box"])[::3, ::3])
        facts = seen | {
            "screen": view.name,
            "screen_height": view.height,
            "uniform": uniform_share(first[::2, ::2]),
            "bands": [{"top": top, "rows": rows} for top, rows in blank_bands(pixels, round(view.height * _BAND_LEAST))],
            "noise": view.noise,
            "missing": view.missing,
            "elsewhere": dict(Counter(view.elsewhere)),
            "dead": self._dead(seen["targets"]),
            "scripted": tab.evaluate(_CONTENT),
            "scriptless": None if bare is None else bare.evaluate(_CONTENT),
        }
        return Sight.model_validate({name: value for name, value in facts.items() if name in Sight.model_fields}), pixels

    def _dead(self, targets: list[dict[str, Any]]) -> list[str]:
        """Links on our own origin behind which nothing is published."""
        paths = {urlsplit(target["href"]).path for target in targets if target["href"].startswith("/")}
        return [path for path in sorted(paths) if self._resolve(f"{path}index.html" if path.endswith("/") else path) is None]


@dataclass
class _View:
    """One screen, and what was heard while the page loaded on it."""

    name: str
    width: int
    height: int
    noise: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)  # of what was served, by path
