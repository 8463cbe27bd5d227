"""`python -m infra.pictures.page_sheet`: every installed template x phone/desktop x zh/en as a browser paints it, into a folder.

The venues are of the sample catalogue (infra/pictures/venues.py). The folder gets a PNG of each whole page, index.html to look at them one
by one, pages.json with what is known of each, and sheet.png with the upper part of all of them. `--styles` paints every template in these
style presets instead of its own; `--hard` adds pages that are hard to set: 400 letters without a break, missing pictures, no
hero, one floor of three goods.
"""

from __future__ import annotations

import argparse
import gzip
import html
import io
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from huichang.adapters.browser import ARGUMENTS, VIEWPORTS, find_browser
from huichang.kernel.language import Language
from huichang.materials.styles.packages import load_presets
from huichang.pages.model import Card, PageModel
from huichang.pages.rendering import render
from huichang.pages.templates import load_templates
from infra.pictures.venues import Shelf, make_venue

LANGUAGES: tuple[Language, ...] = ("zh", "en")
HARD = ("long", "bare", "small")
_ADDRESS = "http://venue.test/v/sample/"
_TILE, _GAP = 560, 14
_TALLEST = 30_000
_SEEN = {"phone": 3.2, "desktop": 2.0}
"""How many screens of a page stand on the sheet."""
_STYLE = (
    "body{margin:24px;font:14px/1.5 system-ui,sans-serif;background:#f4f4f2;color:#222}"
    "h1{font-size:20px}h2{font-size:17px;margin:30px 0 8px}"
    ".row{display:flex;flex-wrap:wrap;gap:14px;align-items:flex-start}figure{margin:0}"
    "img{display:block;height:640px;width:auto;object-fit:cover;object-position:top;border-radius:6px;box-shadow:0 1px 6px #0003}"
    ".phone img{width:300px}.desktop img{width:720px}figcaption{font-size:12px;color:#555;max-width:700px}"
)


def hard(page: PageModel, kind: str) -> PageModel:
    """The page as nobody would design it: `long` words, `bare` of pictures, `small`."""
    if kind == "long":
        unbroken = "Unbreakable" * 37
        cards = _cards(
            page, lambda card, at: card.model_copy(update={"title": unbroken[:400], "merchant": unbroken[:80]} if at % 2 else {})
        )
        return cards.model_copy(update={"title": page.title + " " + "Donaudampfschifffahrtsgesellschaft", "subtitle": unbroken[:120]})
    if kind == "bare":
        bare = _cards(page, lambda card, at: card.model_copy(update={"picture": ""} if at % 3 else {}))
        return bare.model_copy(update={"hero_image": "", "hero_shots": (), "hero_cards": (), "hero_alt": "", "slogan": "", "benefits": ()})
    floor = page.floors[0]
    return page.model_copy(update={"floors": (floor.model_copy(update={"cards": floor.cards[:3], "layout": "grid"}),), "related": ()})


def _cards(page: PageModel, change: Any) -> PageModel:
    floors = [
        floor.model_copy(update={"cards": tuple(change(card, at) for at, card in enumerate(floor.cards))}) for floor in page.floors
    ]  # fmt: skip
    hero: tuple[Card, ...] = page.hero_cards
    return page.model_copy(update={"floors": tuple(floors), "hero_cards": hero})


def pages(templates: Sequence[str], styles: Sequence[str], floors: int, *, with_hard: bool) -> Iterator[tuple[str, str, PageModel, Shelf]]:
    """(template id, what it shows, page, its pictures) in the order of the sheet."""
    for template_id in templates:
        for style in styles or [""]:
            for language in LANGUAGES:
                shelf = Shelf()
                page = make_venue(template_id, language, shelf, floors=floors, style=style)
                yield template_id, f"{language}{'-' + style if style else ''}", page, shelf
                if with_hard and not style:
                    for kind in HARD:
                        yield template_id, f"{language}-{kind}", hard(page, kind), shelf


def shoot(
    folder: Path, templates: Sequence[str], styles: Sequence[str] = (), floors: int = 6, *, with_hard: bool = False
) -> list[dict[str, Any]]:
    """Paint all of them; what is known of each picture, in order. Raises FileNotFoundError where no browser is found."""
    from playwright.sync_api import sync_playwright

    found = find_browser()
    if found is None:
        raise FileNotFoundError("no Chromium or Chrome on PATH: install one, then run this again")
    folder.mkdir(parents=True, exist_ok=True)
    made: list[dict[str, Any]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(found), args=list(ARGUMENTS))
        try:
            for template_id, shows, model, shelf in pages(templates, styles, floors, with_hard=with_hard):
                document = render(model, template_id)
                for screen, width, height in VIEWPORTS:
                    file = f"{template_id}-{shows}-{screen}.png"
                    told = _paint(browser, document, shelf, (width, height), folder / file)
                    known = {"file": file, "template": template_id, "shows": shows, "screen": screen, "title": model.title}
                    size = {"bytes": len(document.encode()), "compressed": len(gzip.compress(document.encode()))}
                    made.append(known | size | told)
                sys.stdout.write(f"· {template_id} {shows}\n")
        finally:
            browser.close()
    return made


def _paint(browser: Any, document: str, shelf: Shelf, screen: tuple[int, int], file: Path) -> dict[str, Any]:
    """One picture of the whole page; how high it is, how much is wider than the screen, what the console said, how far it shifted."""
    noise: list[str] = []
    context = browser.new_context(viewport={"width": screen[0], "height": screen[1]}, reduced_motion="reduce")
    try:
        page = context.new_page()
        page.on("console", lambda message: noise.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: noise.append(str(error)))

        def serve(route: Any) -> None:
            if route.request.is_navigation_request():
                route.fulfill(body=document, content_type="text/html; charset=utf-8")
            elif route.request.method != "GET":
                route.fulfill(status=204)
            else:
                media = shelf.resolve("/" + route.request.url.split("/", 3)[3])
                route.fulfill(body=media[0], content_type=media[1]) if media else route.fulfill(status=404)

        page.route("**/*", serve)
        page.goto(_ADDRESS, wait_until="load")
        page.evaluate("document.querySelectorAll('img[loading=lazy]').forEach((img) => { img.loading = 'eager'; })")
        page.wait_for_load_state("networkidle")
        seen = page.evaluate(
            """() => new Promise((done) => { let shift = 0; const root = document.documentElement;
                 new PerformanceObserver((list) => { for (const e of list.getEntries()) shift += e.value; })
                   .observe({ type: 'layout-shift', buffered: true });
                 setTimeout(() => done({ height: root.scrollHeight, sideways: root.scrollWidth - root.clientWidth, shift }), 150); })"""
        )
        page.screenshot(path=str(file), clip={"x": 0, "y": 0, "width": screen[0], "height": min(seen["height"], _TALLEST)}, full_page=True)
    finally:
        context.close()
    return {**seen, "shift": round(seen["shift"], 4), "console": noise}


def index(made: Sequence[dict[str, Any]]) -> str:
    """The folder's index.html."""
    parts = [f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Pages</title><style>{_STYLE}</style>']
    parts.append(f"<h1>{len(made)} pages as a browser paints them</h1>")
    for template_id in dict.fromkeys(each["template"] for each in made):
        parts.append(f'<h2>{html.escape(template_id)}</h2><div class="row">')
        for each in (one for one in made if one["template"] == template_id):
            file, title = html.escape(each["file"], quote=True), html.escape(each["title"], quote=True)
            told = f"{each['shows']} · {each['screen']} · {each['compressed'] / 1024:.0f} KB compressed · {each['height']} px high"
            faults = [*each["console"], *([f"{each['sideways']} px too wide"] if each["sideways"] > 0 else [])]
            parts.append(f'<figure class="{each["screen"]}"><a href="{file}"><img src="{file}" alt="{title}" loading="lazy"></a>')
            wrong = f" · <b>{html.escape('; '.join(faults))}</b>" if faults else ""
            parts.append(f"<figcaption>{html.escape(told)}{wrong}</figcaption></figure>")
        parts.append("</div>")
    return "".join(parts)


def sheet(folder: Path, made: Sequence[dict[str, Any]]) -> Image.Image:
    """The upper part of all pages on one picture: a row for each template and what it shows, both languages, phone beside desktop."""
    rows: list[list[Image.Image]] = []
    for group in dict.fromkeys(map(_group, made)):
        row = []
        for each in (one for one in made if _group(one) == group):
            _, width, height = next(view for view in VIEWPORTS if view[0] == each["screen"])
            with Image.open(io.BytesIO((folder / each["file"]).read_bytes())) as shot:
                upper = shot.convert("RGB").crop((0, 0, width, min(shot.height, round(height * _SEEN[each["screen"]]))))
            scale = _TILE / (height * _SEEN[each["screen"]])
            row.append(upper.resize((round(width * scale), round(upper.height * scale)), Image.Resampling.LANCZOS))
        rows.append(row)
    width = max(sum(tile.width + _GAP for tile in row) for row in rows) + _GAP
    whole = Image.new("RGB", (width, len(rows) * (_TILE + _GAP) + _GAP), "#d9d9d6")
    for number, row in enumerate(rows):
        x = _GAP
        for tile in row:
            whole.paste(tile, (x, _GAP + number * (_TILE + _GAP)))
            x += tile.width + _GAP
    return whole


def _group(known: dict[str, Any]) -> tuple[str, str]:
    """Both languages of one thing stand in a row."""
    return known["template"], known["shows"].partition("-")[2]


def main(arguments: list[str] | None = None) -> int:
    """0 where no page is wider than its screen and no console said anything."""
    parser = argparse.ArgumentParser(prog="python -m infra.pictures.page_sheet", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("contact-sheet-pages"))
    parser.add_argument("--templates", nargs="*", default=list(load_templates()), choices=list(load_templates()))
    parser.add_argument("--styles", nargs="*", default=[], choices=list(load_presets()))
    parser.add_argument("--floors", type=int, default=6)
    parser.add_argument("--hard", action="store_true")
    options = parser.parse_args(arguments)
    made = shoot(options.folder, options.templates, options.styles, options.floors, with_hard=options.hard)
    (options.folder / "index.html").write_text(index(made), encoding="utf-8")
    (options.folder / "pages.json").write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8")
    sheet(options.folder, made).save(options.folder / "sheet.png")
    faulty = [each["file"] for each in made if each["console"] or each["sideways"] > 0]
    sys.stdout.write(f"{len(made)} pages. Look at {options.folder}/index.html, or at all of them at once: {options.folder}/sheet.png\n")
    sys.stdout.write("".join(f"! {file}\n" for file in faulty))
    return 1 if faulty else 0


if __name__ == "__main__":
    raise SystemExit(main())
