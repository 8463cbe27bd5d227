"""PictureEncoder with Pillow, and the one door through which foreign picture bytes come in."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from huichang.kernel.errors import PermanentError
from huichang.pages.mirroring import Made

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 24 * 1024 * 1024
MAX_PIXELS = 40_000_000
MIN_SIDE = 128
"""Less cannot be enlarged to a hero that anybody would look at."""
MAX_ASPECT = 5.0
FORMATS = ("PNG", "JPEG", "WEBP")
QUALITIES = (86, 78, 68, 56, 42)
SHRINKS = (0.8, 0.65, 0.5)
"""Where even the lowest quality is too large: what a budget cannot carry at this size is shown smaller, never over the budget."""


def opened(data: bytes, *, where: str = "image model", ground: str = "#ffffff") -> Image.Image:
    """The picture as upright RGB: its first frame, transparency on `ground`, any colour depth and space.

    Raises PermanentError that says what is wrong: no picture, cut off, too many bytes or pixels (seen before decoding), too small, a strip.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if len(data) > MAX_BYTES:
        raise PermanentError(f"the picture has {len(data) / 1e6:.0f} MB, at most {MAX_BYTES / 1e6:.0f} are opened", where=where, mend=_MEND)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise PermanentError(f"the picture has {width}x{height} pixels, at most {MAX_PIXELS:,} are opened", where=where, mend=_MEND)
            if min(width, height) < MIN_SIDE:
                raise PermanentError(f"the picture has {width}x{height} pixels, {MIN_SIDE} a side are needed", where=where, mend=_MEND)
            if max(width, height) > MAX_ASPECT * min(width, height):
                raise PermanentError(f"the picture is a strip of {width}x{height} pixels", where=where, mend=_MEND)
            upright = ImageOps.exif_transpose(picture)
            upright.load()
            return _rgb(upright, ground)
    # Pillow's readers raise SyntaxError, ValueError and struct.error for chunks that lie; a bomb is told before it is decoded.
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise PermanentError(f"the image model's answer is no picture: {str(error)[:200]}", where=where, mend=_MEND) from error


_MEND = "send the picture back for another one, or check IMAGE_MODEL"


def _rgb(picture: Image.Image, ground: str) -> Image.Image:
    from PIL import Image

    if picture.mode.startswith("I"):  # 16 and 32 bits of grey: Pillow's own conversion clips what is above 255
        brightest = picture.getextrema()[1]
        scale = 257.0 if float(brightest) > 255 else 1.0  # type: ignore[arg-type]
        return picture.convert("F").point(lambda value: value / scale).convert("L").convert("RGB")
    if picture.has_transparency_data:
        over = picture.convert("RGBA")
        flat = Image.new("RGBA", over.size, ground)
        flat.alpha_composite(over)
        return flat.convert("RGB")
    return picture.convert("RGB")


def webp(picture: Image.Image, budget: int, xmp: bytes = b"", qualities: tuple[int, ...] = QUALITIES) -> tuple[bytes, int, int]:
    """(bytes, width, height): the best quality, then the largest size that keeps within `budget` bytes.

    Raises PermanentError where half the size at the lowest quality is still too large.
    """
    from PIL import Image

    for share in (1.0, *SHRINKS):
        size = (round(picture.width * share), round(picture.height * share))
        shown = picture if share == 1.0 else picture.resize(size, Image.Resampling.LANCZOS)
        for quality in qualities if share == 1.0 else qualities[-2:]:
            out = io.BytesIO()
            shown.save(out, "WEBP", quality=quality, method=4, xmp=xmp)
            if out.tell() <= budget:
                return out.getvalue(), *size
    raise PermanentError(
        f"the picture has {out.tell():,} bytes at half its size and lowest quality, {budget:,} are allowed",
        where="picture",
        mend="ask for a calmer picture: fine noise cannot be compressed",
        code="picture_too_large",
    )


class PillowEncoder:
    """Crops to fill around what the picture shows, strips what the provider wrote into the file, writes WebP with the label it is given."""

    def encode(self, data: bytes, *, width: int, height: int, budget: int, xmp: bytes = b"") -> tuple[bytes, int, int]:
        """See PictureEncoder."""
        from PIL import Image

        from huichang.adapters.crops import window

        picture = opened(data)
        box = window(picture, width / height)
        # Cuts are made of this picture and encoded again: it starts from nearer to what was painted.
        return webp(picture.resize((width, height), Image.Resampling.LANCZOS, box=box), budget, xmp, (95, *QUALITIES))


class PillowPictures:
    """PictureMaker: at most 800 pixels a side, WebP, and nothing of what the file carried beside its pixels."""

    SIDE = 800
    BUDGET = 120_000
    WIDTHS = (240, 400)
    """A card on a phone at one and two device pixels, or a thumbnail; 800 is a large card, or a card at three."""
    SPEED = 9
    """Twice as fast as a hero's: there are a hundred of these, and the page waits for them."""

    def made(self, data: bytes) -> Made:
        """See pages/mirroring.py."""
        from PIL import Image

        from huichang.adapters.renditions import renditions

        picture = opened(data, where="merchant's picture")
        picture.thumbnail((self.SIDE, self.SIDE), Image.Resampling.LANCZOS)
        # A fresh image: profiles, comments and EXIF hang on the old one.
        fresh = Image.frombytes("RGB", picture.size, picture.tobytes())
        data, width, height = webp(fresh, self.BUDGET)
        if (width, height) != fresh.size:
            fresh = fresh.resize((width, height), Image.Resampling.LANCZOS)
        smaller = renditions(fresh, self.WIDTHS, webp_widths=self.WIDTHS[-1:], first=len(data), budget=self.BUDGET, speed=self.SPEED)
        return Made(data=data, width=width, height=height, renditions=smaller)
