"""PixelInspector with a real Chromium, driven by Playwright. It sees only what `resolve` serves: no network."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from huichang.adapters.warm_browser import BrowserHungError, WarmBrowser
from huichang.kernel.errors import TransientError
from huichang.pages.model import Finding

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
# A blank band this much of a screen high, below the fold too, is a floor that did not paint.
_BLANK_BAND = 0.8
_UNIFORM = 0.985
_MAX_HEIGHT = 16_000
_TIMEOUT_MS = 20_000
_DOT = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")

# What a buyer could see in the first screen: letters of visible text, painted pictures, and the share of it they cover.
_LOOK = """() => {
  const seen = (el) => el.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const inside = (r) => r.width > 1 && r.height > 1
    && r.bottom > 0 && r.right > 0 && r.top < innerHeight && r.left < innerWidth;
  let letters = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), parent = walker.currentNode.parentElement;
    if (!text || !parent || ['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(parent.tagName) || !seen(parent)) continue;
    const range = document.createRange(); range.selectNodeContents(walker.currentNode);
    if (inside(range.getBoundingClientRect())) letters += text.length;
  }
  let pictures = 0, broken = [];
  for (const img of document.images) {
    if (img.complete && img.naturalWidth === 0) broken.push(img.getAttribute('src'));
    else if (seen(img) && inside(img.getBoundingClientRect())) pictures += 1;
  }
  const wide = [...document.querySelectorAll('body *')].filter((el) => {
    const r = el.getBoundingClientRect();
    if (r.width === 0 || r.right <= document.documentElement.clientWidth + 1) return false;
    for (let up = el.parentElement; up; up = up.parentElement) {
      const o = getComputedStyle(up).overflowX; if (o !== 'visible') return false;
    }
    return true;
  }).slice(0, 3).map((el) => el.tagName.toLowerCase() + (el.classList.length ? '.' + el.classList[0] : ''));
  return { letters, pictures, broken, wide,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    height: document.documentElement.scrollHeight };
}"""

# Lines of text in the header with their colour and size; afterwards all of its words are see-through.
_HEADER_WORDS = """() => {
  scrollTo(0, 0);
  const header = document.querySelector('header');
  if (!header) return [];
  const lines = [];
  const walker = document.createTreeWalker(header, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), parent = walker.currentNode.parentElement;
    if (!text || !parent || !parent.checkVisibility() || parent.closest('svg')) continue;
    const style = getComputedStyle(parent), range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    for (const r of range.getClientRects())
      if (r.width > 4 && r.height > 4) lines.push({
        text: text.slice(0, 40), size: parseFloat(style.fontSize),
        colour: (style.color.match(/[0-9.]+/g) || [0, 0, 0]).slice(0, 3).map(Number),
        // + 0: minus zero would arrive as a float, and no slice takes one
        left: Math.round(r.left) + 0, top: Math.round(r.top) + 0, right: Math.round(r.right) + 0, bottom: Math.round(r.bottom) + 0 });
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('header * { color: transparent !important; -webkit-text-fill-color: transparent !important;' +
    ' text-shadow: none !important; -webkit-background-clip: border-box !important; filter: none !important }' +
    ' header h1 * { background: none !important }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return lines;
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

    def look(self, html: str, base_url: str) -> Verdict:  # noqa: ARG002 - the port's signature
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

    def look(self, html: str, base_url: str) -> Verdict:
        """See PixelInspector. Raises TransientError when the browser crashes or hangs: a crash is no verdict."""
        if self._warm is None or self._executable is None or not self._executable.exists():
            return "not_run", "no browser is installed here", ()
        try:
            from playwright.sync_api import Error
        except ImportError:
            return "not_run", "the playwright package is not installed here", ()
        try:
            version, findings = self._warm.use(lambda browser: self._views(browser, html, base_url))
        except (Error, BrowserHungError) as error:
            raise TransientError(f"the browser failed: {str(error).splitlines()[0]}", where="pixels") from error
        blocked = any(finding.severity == "blocker" for finding in findings)
        sizes = " and ".join(f"{width}x{height}" for _, width, height in VIEWPORTS)
        return ("failed" if blocked else "passed"), f"Chromium {version} at {sizes}", tuple(findings)

    def _views(self, browser: Browser, html: str, base_url: str) -> tuple[str, list[Finding]]:
        findings: list[Finding] = []
        with ExitStack() as opened:
            # Both are opened before either is looked at: one loads while the other waits for its network to fall silent.
            views = [self._open(_View(*viewport), browser, html, base_url, opened) for viewport in VIEWPORTS]
            for view, page in views:
                findings += _findings(view, page)
        return browser.version, findings

    def _open(self, view: _View, browser: Browser, html: str, base_url: str, opened: ExitStack) -> tuple[_View, Page]:
        context = browser.new_context(viewport={"width": view.width, "height": view.height}, service_workers="block")
        opened.callback(context.close)
        context.set_default_timeout(_TIMEOUT_MS)
        page = context.new_page()
        page.on("console", lambda message: view.noise.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: view.noise.append(str(error)))
        page.route("**/*", lambda route: self._serve(route, html, base_url, view.missing, view.elsewhere))
        page.goto(base_url, wait_until="load")
        # Lazy pictures are asked for now, so that broken ones below the fold are seen too.
        page.evaluate("document.querySelectorAll('img[loading=lazy]').forEach((img) => { img.loading = 'eager'; })")
        return view, page

    def _serve(self, route: Route, html: str, base_url: str, missing: list[str], elsewhere: list[str]) -> None:
        url, base = urlsplit(route.request.url), urlsplit(base_url)
        if (url.scheme, url.netloc) != (base.scheme, base.netloc):
            if route.request.resource_type == "image":  # let in by the page's policy, so only not looked at here
                elsewhere.append(url.netloc)
                route.fulfill(body=_DOT, content_type="image/gif")
            else:
                missing.append(f"{url.scheme}://{url.netloc}{url.path}")
                route.abort()
        elif route.request.is_navigation_request():
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif route.request.method != "GET":  # a beacon: an inspection is no visit
            route.fulfill(status=204)
        else:
            found = self._resolve(url.path)
            if found is None:
                missing.append(url.path)
                route.fulfill(status=404)
            else:
                route.fulfill(body=found[0], content_type=found[1])


@dataclass
class _View:
    """One screen, and what was heard while the page loaded on it."""

    name: str
    width: int
    height: int
    noise: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


def _findings(view: _View, page: Page) -> list[Finding]:
    page.wait_for_load_state("networkidle")
    seen: dict[str, Any] = page.evaluate(_LOOK)
    findings = _dom_findings(view.name, seen, view.noise, view.missing)
    for host in sorted(set(view.elsewhere)):
        message = f"{view.elsewhere.count(host)} pictures come from {host}; they were not looked at"
        findings.append(Finding(severity="warning", rule="picture-elsewhere", place=f"{view.name}: {host}", message=message))
    findings += _pixel_findings(view.name, page, seen, view.width, view.height)
    findings += _contrast_findings(view.name, page)
    return findings


def _dom_findings(name: str, seen: dict[str, Any], noise: list[str], missing: list[str]) -> list[Finding]:
    findings: list[Finding] = []
    for source in dict.fromkeys(seen["broken"]):
        message = "the picture does not show"
        findings.append(_blocker("broken-picture", f"{name}: {source}", message, "make the picture again"))
    known = {*seen["broken"]}
    for address in dict.fromkeys(missing):
        if address not in known:
            message = "the page asks for something that is not there"
            findings.append(_blocker("missing-file", f"{name}: {address}", message, "mend the template"))
    for text in dict.fromkeys(noise):
        if "Failed to load resource" in text:  # told above, by its address
            continue
        rule = "policy-violation" if "Content Security Policy" in text else "console-error"
        findings.append(_blocker(rule, name, text[:200], "mend the template"))
    if seen["overflow"] > 1:
        culprits = ", ".join(seen["wide"]) or "an element"
        message = f"the page is {seen['overflow']} px too wide ({culprits})"
        findings.append(_blocker("sideways-scroll", name, message, "mend the template"))
    return findings


def _pixel_findings(name: str, page: Page, seen: dict[str, Any], width: int, height: int) -> list[Finding]:
    import numpy as np
    from PIL import Image

    def pixels(data: bytes) -> Any:
        with Image.open(io.BytesIO(data)) as picture:
            return np.asarray(picture.convert("RGB").resize((picture.width // 2, picture.height // 2)), dtype=np.int16)

    findings: list[Finding] = []
    first = pixels(page.screenshot())
    uniform = _uniform_share(first)
    if uniform >= _UNIFORM and seen["letters"] < 20 and seen["pictures"] == 0:
        # One colour alone is no fault: a page that says something in two quiet colours is minimalist, not white.
        findings.append(
            _blocker(
                "white-screen",
                name,
                f"{uniform:.0%} of the first screen is one colour and nothing can be read",
                "render the page again",
            )
        )
        return findings
    area: FloatRect = {"x": 0, "y": 0, "width": width, "height": min(seen["height"], _MAX_HEIGHT)}
    top, length = _longest_band(pixels(page.screenshot(full_page=True, clip=area)))
    if length * 2 >= height * _BLANK_BAND:
        message = f"nothing is painted for {length * 2} px from {top * 2} px down"
        findings.append(_blocker("blank-band", name, message, "look at the floor there"))
    return findings


def _contrast_findings(name: str, page: Page) -> list[Finding]:
    """Words of the header against the pixels behind them: the picture there comes from a model and may be any colour."""
    import numpy as np
    from PIL import Image

    lines: list[dict[str, Any]] = page.evaluate(_HEADER_WORDS)
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        behind = np.asarray(picture.convert("RGB"), dtype=np.float64) / 255
    findings: list[Finding] = []
    for line in lines:
        area = behind[max(line["top"], 0) : line["bottom"], max(line["left"], 0) : line["right"]]
        if area.size == 0:
            continue
        ratios = np.sort(_contrast(np.asarray(line["colour"], dtype=np.float64) / 255, area.reshape(-1, 3)))
        # A tenth of the pixels may be worse: a star behind a letter does not make a word unreadable.
        ratio = float(ratios[len(ratios) // 10])
        needed = 3.0 if line["size"] >= 24 else 4.5
        if ratio < needed:
            message = f"{line['text']!r} has a contrast of {ratio:.1f} to its background, {needed:g} are needed"
            findings.append(Finding(severity="warning", rule="hard-to-read", place=name, message=message, mend="paint the hero again"))
    return findings


def _contrast(colour: Any, pixels: Any) -> Any:
    """WCAG 2 contrast of one colour (3,) with pixels (n, 3), all 0..1."""
    import numpy as np

    def luminance(values: Any) -> Any:
        linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
        return linear @ np.array([0.2126, 0.7152, 0.0722])

    one, many = luminance(colour), luminance(pixels)
    return (np.maximum(one, many) + 0.05) / (np.minimum(one, many) + 0.05)


def _uniform_share(pixels: Any) -> float:
    """Share of pixels within 6 steps of the commonest colour."""
    import numpy as np

    flat = pixels.reshape(-1, 3)
    coarse = flat // 8
    codes = coarse[:, 0] * 1024 + coarse[:, 1] * 32 + coarse[:, 2]
    commonest = int(np.bincount(codes).argmax())
    colour = flat[codes == commonest].mean(axis=0)
    return float((np.abs(flat - colour).max(axis=1) <= 6).mean())


def _longest_band(pixels: Any) -> tuple[int, int]:
    """(first row, rows) of the longest run of rows that are one and the same colour."""
    import numpy as np

    rows = pixels[:, 4:-4]
    flat = np.abs(rows - rows[:, :1]).max(axis=(1, 2)) <= 4
    best = (0, 0)
    start = -1
    for number, plain in enumerate([*flat.tolist(), False]):
        if plain and start < 0:
            start = number
        elif not plain and start >= 0:
            if number - start > best[1]:
                best = (start, number - start)
            start = -1
    return best


def _blocker(rule: str, place: str, message: str, mend: str) -> Finding:
    return Finding(severity="blocker", rule=rule, place=place, message=message, mend=mend)
