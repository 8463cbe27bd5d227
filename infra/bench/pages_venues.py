"""Venues of twelve floors and 96 products for `python -m infra.bench.pages`, and a server that shows them as the distribution does.

Goods, drawings, hero and page come from where the line's come from (infra/pictures/venues.py). `photographs` puts photographs in the place
of the drawings, mirrored as a merchant's are: painted scenes cut to squares, with the grain of a camera, since no photographs ship here.
"""

from __future__ import annotations

import gzip
import io
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from PIL import Image

import infra.product  # noqa: F401 - makes the product importable
from huichang.adapters.imaging import PillowPictures
from huichang.adapters.s3 import IMMUTABLE, RELEASED
from huichang.kernel.ids import content_hash
from huichang.kernel.language import Language
from huichang.materials.styles.packages import load_presets
from huichang.pages.mirroring import Made
from huichang.pages.model import Card, PageModel
from huichang.pages.rendering import render
from huichang.pages.renditions import PictureSet, kept
from huichang.pages.sharing import robots_of
from infra.local.edge import read_routes
from infra.local.package import load_template
from infra.pictures.backgrounds import scene
from infra.pictures.venues import Shelf, make_venue

FLOORS, PRODUCTS = 12, 96
REPOSITORY = Path(__file__).resolve().parents[2]
# What CloudFront compresses: these types, and no object below or above these sizes.
_COMPRESSED = ("text/", "image/svg+xml", "application/json", "application/xml")
_FROM, _TO = 1_000, 10_000_000
_PHOTOGRAPHS, _SCENES = 24, 6


class Site:
    """Pages and media at one address. `opening`: seconds a document waits, as a new connection would make it wait."""

    def __init__(self, base: str = "") -> None:
        self.base = base
        self.opening = 0.0
        self.shelf = Shelf()
        self.documents: dict[str, bytes] = {}
        self.headers = _headers()

    def publish(self, template_id: str, language: Language, photographs: bool = False) -> tuple[PageModel, str, str]:
        """(model, address, document) of this template's venue. Raises ValueError where the sample cannot fill it."""
        page = make_venue(template_id, language, self.shelf, floors=FLOORS, per_floor=PRODUCTS // FLOORS, filled=True)
        shown = {card.product_id for floor in page.floors for card in floor.cards}
        if (len(page.floors), len(shown)) != (FLOORS, PRODUCTS):
            raise ValueError(f"the venue of {template_id} has {len(page.floors)} floors and {len(shown)} products: mend venues.yaml")
        if photographs:
            page = self._photographed(page)
        name = f"{template_id.replace('_', '-')}-{language}{'-photographs' if photographs else ''}"
        page = _linked(page).model_copy(update={"venue_id": name, "public_base": self.base})
        document = render(page, template_id)
        self.documents[f"/v/{name}/"] = document.encode()
        return page, f"{self.base}/v/{name}/", document

    def answer(self, path: str) -> tuple[bytes, str, str] | None:
        """(body, content type, cache control)."""
        if path in self.documents:
            return self.documents[path], "text/html; charset=utf-8", RELEASED
        if path == "/robots.txt":
            return robots_of(self.base).encode(), "text/plain; charset=utf-8", "public, max-age=300"
        if found := self.shelf.media.get(path):
            return found[0], found[1], IMMUTABLE
        return None

    def _photographed(self, page: PageModel) -> PageModel:
        sets: dict[str, PictureSet] = {}
        addresses = []
        for made in map(photograph, range(_PHOTOGRAPHS)):
            path = "/" + self.shelf.put_media(made.data, "image/webp", "webp")
            sets[path] = PictureSet(width=made.width, height=made.height, renditions=kept(made.renditions, self.shelf.put_media))
            addresses.append(path)
        order = {product: at for at, product in enumerate(dict.fromkeys(card.product_id for floor in page.floors for card in floor.cards))}

        def shown(cards: tuple[Card, ...]) -> tuple[Card, ...]:
            return tuple(
                card.model_copy(update={"picture": addresses[order[card.product_id] % len(addresses)], "picture_note": ""})
                for card in cards
            )

        floors = tuple(floor.model_copy(update={"cards": shown(floor.cards)}) for floor in page.floors)
        return page.model_copy(update={"floors": floors, "hero_cards": shown(page.hero_cards), "pictures": sets})


def _linked(page: PageModel) -> PageModel:
    """Every card with the merchant's page behind it, where a buyer buys; the sample's products have none."""

    def card(each: Card) -> Card:
        return each.model_copy(update={"href": f"https://shop.example.com/offer/{content_hash(each.product_id)[:12]}.html"})

    floors = tuple(floor.model_copy(update={"cards": tuple(map(card, floor.cards))}) for floor in page.floors)
    return page.model_copy(update={"floors": floors})


@cache
def photograph(number: int) -> Made:
    """What mirroring makes of a picture that weighs what a photograph weighs."""
    presets = sorted(load_presets())[:_SCENES]
    dice = random.Random(number)
    with Image.open(io.BytesIO(scene(presets[number % len(presets)]))) as painted:
        left, top = dice.randint(0, painted.width - 800), dice.randint(0, painted.height - 800)
        pixels = np.asarray(painted.convert("RGB").crop((left, top, left + 800, top + 800)), dtype=np.float32)
    grain = np.random.default_rng(number).normal(0, 6, pixels.shape)
    out = io.BytesIO()
    Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=92)
    return PillowPictures().made(out.getvalue())


@contextmanager
def served() -> Iterator[Site]:
    """A site on a free port of this machine."""
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    server.daemon_threads = True
    site.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


def _headers() -> tuple[tuple[str, str], ...]:
    """Of the distribution's default behaviour, as the embedded front door reads them from the template."""
    template = load_template(REPOSITORY / "template.yaml")
    found = read_routes(template, dict.fromkeys(template["Resources"], "bench")).behaviour_for("/v/x/")
    return found.headers if found else ()


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """Nothing: the bench says what there is to say."""

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            found = site.answer(path)
            if found is None:
                self._send(404, b"", "text/plain", "no-store")
                return
            if site.opening and path in site.documents:
                time.sleep(site.opening)
            self._send(200, *found)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", "0")))
            self._send(204 if self.path == "/api/beacons" else 404, b"", "", "no-store")

        def _send(self, status: int, body: bytes, content_type: str, cache: str) -> None:
            self.send_response(status)
            if content_type.startswith(_COMPRESSED) and _FROM <= len(body) <= _TO:
                body = gzip.compress(body, 6)
                self.send_header("content-encoding", "gzip")
                self.send_header("vary", "accept-encoding")
            if content_type:
                self.send_header("content-type", content_type)
            self.send_header("cache-control", cache)
            for name, value in site.headers:
                self.send_header(name, value)
            if status != 204:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
