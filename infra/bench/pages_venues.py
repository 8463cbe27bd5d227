"""Venues of twelve floors and 96 products for `python -m infra.bench.pages`, and a server that shows them as the distribution does.

Goods, drawings, hero and page come from where the line's come from (infra/pictures/venues.py). `photographs` puts photographs in the place
of the drawings, mirrored as a merchant's are: painted scenes cut to squares, with the grain of a camera, since no photographs ship here.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import random
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypercorn.asyncio import serve
from hypercorn.config import Config
from PIL import Image

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
_BROTLI = """
const zlib = require("zlib"), all = JSON.parse(require("fs").readFileSync(0));
const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 };
const packed = all.map((body) => zlib.brotliCompressSync(Buffer.from(body, "base64"), { params }));
process.stdout.write(JSON.stringify(packed.map((body) => body.toString("base64"))));
"""
_PHOTOGRAPHS, _SCENES = 24, 6


class Site:
    """Pages and media at one address. `opening`: seconds a document waits, as a new connection would make it wait."""

    def __init__(self, base: str = "") -> None:
        self.base = base
        self.opening = 0.0
        self.shelf = Shelf()
        self.documents: dict[str, bytes] = {}
        self.packed: dict[bytes, bytes] = {}
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
        self._pack()
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

    def _pack(self) -> None:
        """Compress what the distribution compresses, before anybody waits for it."""
        texts = [*self.documents.values(), *(data for data, kind in self.shelf.media.values() if kind.startswith(_COMPRESSED))]
        new = [each for each in dict.fromkeys(texts) if _FROM <= len(each) <= _TO and each not in self.packed]
        self.packed |= dict(zip(new, brotli(new), strict=True))

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
    """A site on a free port of this machine, over HTTP/2 as the distribution speaks it, with a certificate of its own making."""
    site = Site()
    with tempfile.TemporaryDirectory() as folder:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        site.base = f"https://localhost:{listening.getsockname()[1]}"
        config = Config()
        config.certfile, config.keyfile = _certificate(Path(folder))
        config.bind = [f"fd://{listening.detach()}"]
        config.alpn_protocols = ["h2"]
        config.errorlog = None
        ended = threading.Event()
        thread = threading.Thread(target=asyncio.run, args=(_serve(site, config, ended),), daemon=True)
        thread.start()
        try:
            yield site
        finally:
            ended.set()
            thread.join(10)


def brotli(bodies: Sequence[bytes]) -> list[bytes]:
    """Each in Brotli, as CloudFront sends it to every browser of today; at a middling level, since it does not say which it takes.

    Node has it and is here for Lighthouse. One process for all of them.
    """
    asked = json.dumps([base64.b64encode(body).decode() for body in bodies])
    done = subprocess.run(["node", "-e", _BROTLI], input=asked.encode(), capture_output=True, check=True)
    return [base64.b64decode(each) for each in json.loads(done.stdout)]


async def _serve(site: Site, config: Config, ended: threading.Event) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await _answer(site, scope, receive, send)

    await serve(application, config, shutdown_trigger=lambda: asyncio.to_thread(ended.wait))


async def _answer(site: Site, scope: Any, receive: Any, send: Any) -> None:
    path = scope["path"]
    if scope["method"] == "POST":
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 204 if path == "/api/beacons" else 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    found = site.answer(path)
    if site.opening and path in site.documents:
        await asyncio.sleep(site.opening)
    body, content_type, cache = found or (b"", "text/plain", "no-store")
    headers = [("content-type", content_type), ("cache-control", cache), *site.headers]
    if body in site.packed:
        body = site.packed[body]
        headers += [("content-encoding", "br"), ("vary", "accept-encoding")]
    headers.append(("content-length", str(len(body))))
    encoded = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": 200 if found else 404, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def _certificate(folder: Path) -> tuple[str, str]:
    """(certificate, key) for this machine's own name, valid for a day; the browsers are told to accept it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    valid = (now - timedelta(hours=1), now + timedelta(days=1))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), *valid)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return str(certificate), str(secret)


def _headers() -> tuple[tuple[str, str], ...]:
    """Of the distribution's default behaviour, as the embedded front door reads them from the template."""
    template = load_template(REPOSITORY / "template.yaml")
    found = read_routes(template, dict.fromkeys(template["Resources"], "bench")).behaviour_for("/v/x/")
    return found.headers if found else ()
