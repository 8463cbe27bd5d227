"""Composer with Pillow: goods as tiles on the palette's ground or in a scene, where the words will not stand."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from huichang.adapters.crops import window
from huichang.adapters.imaging import opened
from huichang.kernel.errors import PermanentError
from huichang.pages.first_images import Composed, Style
from huichang.pages.typesetting.formats import Format
from huichang.pages.typesetting.poster import Colours

if TYPE_CHECKING:
    from PIL import Image

_SMOOTH = 3
"""Edges are drawn so many times as large."""
_CORNER = 0.09
_SHADOW = 0.32
# Middle (x, y) of each tile and its side, in shares of the width, the height and the height; the farthest first.
_TILES: dict[Style, tuple[tuple[float, float, float], ...]] = {
    "goods": ((0.77, 0.54, 0.74),),
    "shelf": ((0.9, 0.72, 0.3), (0.9, 0.38, 0.3), (0.705, 0.55, 0.56)),
    "scene": ((0.775, 0.55, 0.64),),
}


class PillowComposer:
    """See pages/first_images.py Composer."""

    def compose(self, style: Style, goods: Sequence[bytes], background: bytes | None, form: Format, colours: Colours) -> Composed:
        """See Composer."""
        from PIL import Image

        size = (form.width, form.height)
        if style == "scene" and background is not None:
            scene = opened(background, where="background", ground=colours.ground)
            ground = scene.resize(size, Image.Resampling.LANCZOS, box=window(scene, form.width / form.height, form.words))
        else:
            ground = _ground(size, colours)
        over = Image.new("RGBA", size)
        # The leading one lies in front.
        for (x, y, share), data in zip(_TILES[style][-len(goods) :], reversed(goods), strict=True):
            side = round(share * form.height)
            tile = _tile(_square(data, side), round_one=style == "scene")
            over.alpha_composite(tile, (max(0, round(x * form.width) - tile.width // 2), max(0, round(y * form.height) - tile.height // 2)))
        return Composed(background=_png(ground), over=_png(over))


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _ground(size: tuple[int, int], colours: Colours) -> Image.Image:
    """From the palette's first ground to its second, and a lighter disc behind the goods."""
    from PIL import Image, ImageDraw

    wide, high = size
    across = Image.linear_gradient("L").rotate(90).resize(size)
    ground = Image.composite(Image.new("RGB", size, colours.ground_2), Image.new("RGB", size, colours.ground), across)
    disc = Image.new("L", (wide * _SMOOTH, high * _SMOOTH), 0)
    radius, x, y = 0.52 * high * _SMOOTH, 0.79 * wide * _SMOOTH, 0.53 * high * _SMOOTH
    ImageDraw.Draw(disc).ellipse((x - radius, y - radius, x + radius, y + radius), fill=46)
    ground.paste(Image.new("RGB", size, colours.highlight), (0, 0), disc.resize(size, Image.Resampling.BOX))
    return ground


def _square(data: bytes, side: int) -> Image.Image:
    """The goods' picture, cut to a square around what it shows."""
    from PIL import Image

    if data.lstrip()[:4] == b"<svg":
        return _drawn(data, side)
    picture = opened(data, where="goods")
    return picture.resize((side, side), Image.Resampling.LANCZOS, box=window(picture, 1.0))


def _drawn(data: bytes, side: int) -> Image.Image:
    import resvg_py
    from PIL import Image

    try:
        png = bytes(resvg_py.svg_to_bytes(svg_string=data.decode(), width=side, height=side))
    except ValueError as error:  # resvg's own, and bytes that are no UTF-8
        raise PermanentError(f"the drawing cannot be drawn: {str(error)[:200]}", where="goods", code="no_picture") from error
    return Image.open(io.BytesIO(png)).convert("RGB").resize((side, side), Image.Resampling.LANCZOS)


def _tile(picture: Image.Image, *, round_one: bool) -> Image.Image:
    """RGBA: the picture with round corners (or as a disc) in a white rim, its shadow around and below it."""
    from PIL import Image, ImageDraw, ImageFilter

    side = picture.width
    rim, room, drop = max(3, side // 45), side // 7, side // 28
    whole = side + 2 * rim

    def cut(wide: int) -> Image.Image:
        mask = Image.new("L", (wide * _SMOOTH, wide * _SMOOTH), 0)
        corner = wide / 2 if round_one else _CORNER * wide
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, wide * _SMOOTH - 1, wide * _SMOOTH - 1), corner * _SMOOTH, fill=255)
        return mask.resize((wide, wide), Image.Resampling.BOX)

    outer = cut(whole)
    framed = Image.new("RGB", (whole, whole), "#ffffff")
    framed.paste(picture, (rim, rim), cut(side))
    shadow = Image.new("L", (whole + 2 * room, whole + 2 * room), 0)
    shadow.paste(outer.point(lambda value: round(value * _SHADOW)), (room, room + drop))
    tile = Image.new("RGBA", shadow.size)
    tile.putalpha(shadow.filter(ImageFilter.GaussianBlur(side / 22)))
    framed.putalpha(outer)
    tile.alpha_composite(framed, (room, room))
    return tile
