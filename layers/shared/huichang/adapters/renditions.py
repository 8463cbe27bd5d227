"""Renditions with Pillow: AVIF and WebP of one picture in several widths."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from huichang.pages.renditions import Encoded

if TYPE_CHECKING:
    from PIL import Image

# Of libavif's ten speeds: slower ones save a tenth of the bytes and take four times as long (docs/decisions/0033).
SPEED = 8
AVIF_QUALITIES = (50, 42, 34, 26)
WEBP_QUALITIES = (78, 68, 56)


def renditions(
    picture: Image.Image,
    widths: tuple[int, ...],
    *,
    webp_widths: tuple[int, ...],
    first: int,
    budget: int,
    xmp: bytes = b"",
    speed: int = SPEED,
) -> tuple[Encoded, ...]:
    """AVIF of each of `widths` and of the picture's own, WebP of `webp_widths` (its own is there already).

    `first`: bytes of the picture as it is: AVIF that saves nothing there is left off at every width. `budget`: bytes of the widest; the
    highest quality that keeps within it is taken, and a picture that no quality brings there gets no AVIF. Never larger than the picture.
    """
    from PIL import Image

    sized = {
        width: picture.resize((width, _high(picture, width)), Image.Resampling.LANCZOS)
        for width in sorted({*widths, *webp_widths})
        if width < picture.width
    }
    found: list[Encoded] = []
    for quality in AVIF_QUALITIES:
        data = _saved(picture, "AVIF", quality=quality, speed=speed, max_threads=1, xmp=xmp)
        if len(data) > min(budget, first):
            continue
        found.append(Encoded(kind="avif", width=picture.width, height=picture.height, data=data))
        for width in widths:
            if smaller := sized.get(width):
                data = _saved(smaller, "AVIF", quality=quality, speed=speed, max_threads=1, xmp=xmp)
                found.append(Encoded(kind="avif", width=width, height=smaller.height, data=data))
        break
    for width in webp_widths:
        if not (smaller := sized.get(width)):
            continue
        share = budget * width / picture.width
        for quality in WEBP_QUALITIES:
            data = _saved(smaller, "WEBP", quality=quality, method=4, xmp=xmp)
            if len(data) <= share:
                break
        if len(data) < first:
            found.append(Encoded(kind="webp", width=width, height=smaller.height, data=data))
    return tuple(found)


def _high(picture: Image.Image, width: int) -> int:
    return max(1, round(picture.height * width / picture.width))


def _saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()
