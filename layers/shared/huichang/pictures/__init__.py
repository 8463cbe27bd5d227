"""Product pictures as our own parametric vector drawings, and which drawing suits a product.

A picture is named by a URL, `drawing://panda-plush?colour=black&colour=white&camera=1&form=keyring`, so that a
catalogue of any size stores no image files and a drawing can be improved for every product at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from huichang.pictures import (  # noqa: F401 - importing a family registers its kinds
    accessories,
    apparel,
    beauty,
    electronics,
    food_paper,
    furnishing,
    home,
    kitchen,
    life,
    menswear,
    panda,
    pets,
    shoes_bags,
    tools,
    toys,
)
from huichang.pictures.colours import COLOURS, canonical, to_hex
from huichang.pictures.infer import infer_colours, infer_detail, infer_kind
from huichang.pictures.stage import KINDS, stage

CAMERAS = 3
GENERIC = "generic-box"
SCHEME = "drawing"

__all__ = [
    "CAMERAS",
    "COLOURS",
    "GENERIC",
    "KINDS",
    "Drawing",
    "canonical",
    "draw",
    "drawing_for",
    "drawing_url",
    "infer_colours",
    "infer_detail",
    "infer_kind",
    "parse_drawing_url",
    "render_url",
    "usual_colours",
]


@dataclass(frozen=True)
class Drawing:
    """What a drawing URL names."""

    kind: str
    colours: tuple[str, ...] = ()
    camera: int = 0
    detail: Mapping[str, str] = field(default_factory=dict)


def draw(kind: str, colours: Sequence[str] = (), camera: int = 0, *, detail: Mapping[str, str] | None = None) -> str:
    """A self-contained SVG (view box 0 0 480 480, at most 6 KB, no text, script or reference outside itself).

    `colours` are names in zh or en or "#rrggbb"; unknown ones are ignored, none at all means the kind's usual palette.
    `camera` is taken modulo 3. `detail` keys a kind does not know are ignored; no caller text reaches the markup.
    The same arguments give the same bytes. Raises KeyError for an unknown kind (see KINDS).
    """
    entry = KINDS[kind]
    hexes = tuple(value for value in map(to_hex, colours) if value) or entry.usual[0]
    known = dict(sorted((detail or {}).items()))
    seed = repr((kind, hexes, camera % CAMERAS, known))
    key = "d" + hashlib.blake2b(seed.encode(), digest_size=3).hexdigest()
    return stage(entry, hexes, camera % CAMERAS, known, key)


def drawing_url(kind: str, colours: Sequence[str] = (), camera: int = 0, *, detail: Mapping[str, str] | None = None) -> str:
    """The URL that names a drawing; `parse_drawing_url` is its inverse."""
    query = [("colour", colour) for colour in colours] + [("camera", str(camera))]
    query += sorted((detail or {}).items())
    return f"{SCHEME}://{kind}?{urlencode(query)}"


def parse_drawing_url(url: str) -> Drawing:
    """Take a drawing URL apart. Raises ValueError for another scheme, an unknown kind or a camera that is no number."""
    parts = urlsplit(url)
    if parts.scheme != SCHEME:
        raise ValueError(f"not a {SCHEME}:// URL: {url[:80]!r}")
    if parts.netloc not in KINDS:
        raise ValueError(f"no drawing of kind {parts.netloc[:60]!r}")
    colours: list[str] = []
    detail: dict[str, str] = {}
    camera = "0"
    for name, value in parse_qsl(parts.query):
        if name == "colour":
            colours.append(value)
        elif name == "camera":
            camera = value
        else:
            detail[name] = value
    if not camera.isdecimal():
        raise ValueError(f"camera must be a number, not {camera[:20]!r}")
    return Drawing(parts.netloc, tuple(colours), int(camera), detail)


def render_url(url: str) -> str:
    """The SVG a drawing URL names. Raises ValueError as `parse_drawing_url`."""
    wanted = parse_drawing_url(url)
    return draw(wanted.kind, wanted.colours, wanted.camera, detail=wanted.detail)


def usual_colours(kind: str, seed: str) -> tuple[str, ...]:
    """One of the kind's usual palettes ("#rrggbb"), chosen by the seed: products that name no colour still differ."""
    palettes = KINDS[kind].usual
    number = int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=4).digest(), "big")
    return palettes[number % len(palettes)]


def drawing_for(title: str, category_path: Sequence[str] = (), attributes: Mapping[str, str] | None = None, *, seed: str = "") -> str:
    """A drawing URL for any product. `seed` (its id) picks the camera, and the colours if it names none."""
    found = attributes or {}
    kind = infer_kind(title, category_path, found)
    colours: Sequence[str] = infer_colours(title, found)
    number = hashlib.blake2b((seed or title).encode(), digest_size=2).digest()[0]
    if not colours and kind != "panda-plush":
        colours = usual_colours(kind, seed or title)
    return drawing_url(kind, colours, number % CAMERAS, detail=infer_detail(kind, title, found))
