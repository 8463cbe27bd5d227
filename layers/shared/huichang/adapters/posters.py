"""Studio with Pillow: a background and words to a finished poster whose legibility was measured on its own pixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from huichang.adapters.crops import window
from huichang.adapters.fonts import PillowMetrics, drawable, font
from huichang.adapters.imaging import opened, webp
from huichang.adapters.renditions import renditions
from huichang.kernel.errors import PermanentError
from huichang.materials.styles.model import TypeStyle
from huichang.pages.typesetting.formats import Box, Format
from huichang.pages.typesetting.layout import Layout, Plate, Run, Words, set_words
from huichang.pages.typesetting.poster import LEAST_CONTRAST, PERCENTILE, Colours, Drawn, HeroCrop, Legibility

if TYPE_CHECKING:
    from PIL import Image

TARGET = 4.6
"""What the veil is set for: a tenth above the limit, for what rounding to 8 bits takes."""
VEIL_FLOOR = 0.3
"""Weakest veil: one look for all posters, also over a ground that needs none."""
_VEIL_STEP = 0.05
_RIM = 0.04
_AI_GROUND = (0, 0, 0, 158)
Screen = Literal["phone", "desktop"]
HERO: dict[Screen, tuple[int, int]] = {"phone": (780, 936), "desktop": (1680, 600)}
HERO_BUDGET: dict[Screen, int] = {"phone": 120_000, "desktop": 180_000}
HERO_WIDTHS: dict[Screen, tuple[int, ...]] = {"phone": (480,), "desktop": (840, 1260)}
HERO_LIGHT: dict[Screen, int] = {"phone": 18_000, "desktop": 32_000}
"""What the AVIF of a hero may weigh: a phone on slow 4G waits a tenth of a second for it."""
HERO_WORDS: dict[Screen, Box] = {"phone": Box(x=0, y=0, width=1, height=0.66), "desktop": Box(x=0, y=0, width=0.5, height=1)}
"""Where a page's title may stand on its hero picture, generously: browsers cut the picture to fit their window, and the templates'
stylesheets let the title stand nowhere else (tests/browser/test_pages_legible.py)."""


@dataclass
class _Mask:
    """A run's glyphs: where its cut lies on the poster, the glyphs' cover 0 to 255, and the pixels to be measured."""

    run: Run
    left: int
    top: int
    cover: Any
    measured: Any


class PillowStudio:
    """See Studio. The design follows from words and format; of the background only the veil's strength does."""

    def poster(
        self,
        background: bytes | None,
        words: Words,
        form: Format,
        colours: Colours,
        style: TypeStyle,
        *,
        xmp: bytes,
        known: Iterable[str] = (),
        over: bytes | None = None,
    ) -> Drawn:
        """See Studio."""
        said = {name: drawable(getattr(words, name), style.family) for name in ("title", "subtitle", "badge", "ai_label")}
        if not said["title"]:
            raise PermanentError(
                f"the title {words.title!r} has no letter that the font can draw", where="hero/title",
                mend="write the hero's copy again", code="nothing_to_set",
            )  # fmt: skip
        layout = set_words(words.model_copy(update=said), form, style, PillowMetrics(), known)
        picture = None if background is None else opened(background, where="background", ground=colours.ground)
        scene = _scene(picture, form, colours)
        masks = [_mask(run, style) for run in layout.runs]
        field = _veil_field(form, layout)
        loose = [mask for mask in masks if mask.run.role in ("title", "subtitle")]
        veil = _veil_for(scene, field, loose, colours, style)
        pixels = _mixed(scene, field * veil, colours.ground)
        if over is not None:
            pixels = _covered(pixels, over)
        for plate in layout.plates:
            pixels = _plated(pixels, plate, colours)
        measured = tuple(_legibility(pixels, mask, colours, style, layout) for mask in masks)
        worst = min(measured, key=lambda each: each.contrast)
        if worst.contrast < LEAST_CONTRAST:
            raise PermanentError(
                f"{worst.place} has a contrast of {worst.contrast:.2f} on its own ground", where="style preset",
                mend=f"choose inks that differ more from {colours.ground} and from each other", code="not_legible",
            )  # fmt: skip
        data, width, height = webp(_written(pixels, masks, colours, style, layout), form.budget, xmp)
        return Drawn(data=data, width=width, height=height, veil=round(veil, 2), measured=measured, layout=layout)

    def hero(self, background: bytes, colours: Colours, *, xmp: bytes) -> tuple[HeroCrop, HeroCrop]:
        """See Studio."""
        import numpy as np
        from PIL import Image

        picture = opened(background, where="background", ground=colours.ground)
        crops = []
        for screen, (width, height) in HERO.items():
            words = HERO_WORDS[screen]
            # A phone's title lies across the whole width: the cut goes to what there is to see, and the veil helps the words.
            box = window(picture, width / height, words if words.width < 1 else None)
            shown = picture.resize((width, height), Image.Resampling.LANCZOS, box=box)
            left, top, right, bottom = words.pixels(width, height)
            behind = np.asarray(shown, dtype=np.float32)[top:bottom:2, left:right:2].reshape(-1, 3)
            veil, contrast = VEIL_FLOOR, _behind(behind, VEIL_FLOOR, colours)
            while contrast < TARGET and veil < 1:
                veil = min(1.0, veil + _VEIL_STEP)
                contrast = _behind(behind, veil, colours)
            data, wide, high = webp(shown, HERO_BUDGET[screen], xmp)
            if (wide, high) != shown.size:
                shown = shown.resize((wide, high), Image.Resampling.LANCZOS)
            narrow, light = HERO_WIDTHS[screen], HERO_LIGHT[screen]
            smaller = renditions(shown, narrow, webp_widths=narrow[:1], first=len(data), budget=light, xmp=xmp)
            crops.append(
                HeroCrop(
                    screen=screen, data=data, width=wide, height=high, veil=round(veil, 2), contrast=round(contrast, 2), renditions=smaller
                )
            )
        return crops[0], crops[1]


def _behind(pixels: Any, veil: float, colours: Colours) -> float:
    """Contrast of the less legible of a page's two title inks with these pixels under the veil."""
    import numpy as np

    over = _mixed(pixels, veil, colours.ground)
    return min(
        float(np.percentile(_contrasts(over, _luminance(_rgb(ink)[None, :])[0]), PERCENTILE)) for ink in (colours.ink, colours.highlight)
    )


# --- ground -----------------------------------------------------------------------------------------------------------


def _scene(picture: Image.Image | None, form: Format, colours: Colours) -> Any:
    """The background in its window over the palette's ground: float32, height x width x 3."""
    import numpy as np
    from PIL import Image

    left, top, right, bottom = form.window.pixels(form.width, form.height)
    one, two = _rgb(colours.ground), _rgb(colours.ground_2)
    if form.side == "top":
        along = np.linspace(0, 1, form.height, dtype=np.float32)[:, None, None]
        into = (np.arange(bottom - top, dtype=np.float32) / ((bottom - top) * form.melt))[:, None, None]
    else:
        along = np.linspace(0, 1, form.width, dtype=np.float32)[None, :, None]
        into = (np.arange(right - left, dtype=np.float32) / ((right - left) * form.melt))[None, :, None]
    scene = np.broadcast_to(one + (two - one) * _smooth(along), (form.height, form.width, 3)).copy()
    if picture is None:
        return np.rint(scene)
    # Above a scene the words stand on the ground that it melts into; beside it they reach into it.
    box = window(picture, (right - left) / (bottom - top), _inside(form.words, form.window) if form.side == "left" else None)
    shown = np.asarray(picture.resize((right - left, bottom - top), Image.Resampling.LANCZOS, box=box), dtype=np.float32)
    alpha = _smooth(np.clip(into, 0, 1))
    scene[top:bottom, left:right] = scene[top:bottom, left:right] * (1 - alpha) + shown * alpha
    return scene


def _inside(words: Box, place: Box) -> Box | None:
    """The words' box in shares of the window; None where they do not touch."""
    left, top = max(words.x, place.x), max(words.y, place.y)
    right, bottom = min(words.x + words.width, place.x + place.width), min(words.y + words.height, place.y + place.height)
    if right <= left or bottom <= top:
        return None
    wide, high = place.width, place.height
    return Box(x=(left - place.x) / wide, y=(top - place.y) / high, width=(right - left) / wide, height=(bottom - top) / high)


def _veil_field(form: Format, layout: Layout) -> Any:
    """Where the ground may cover the scene: 1 behind the words and out to their side, fading to 0 beyond them."""
    import numpy as np

    right, bottom = layout.reach
    if form.side == "left":
        x = np.arange(form.width, dtype=np.float32)
        edge = right + 0.01 * form.width
        fade = 1 - _smooth(np.clip((x - edge) / (0.2 * form.width), 0, 1))
        return np.broadcast_to(fade[None, :, None], (form.height, form.width, 1))
    y = np.arange(form.height, dtype=np.float32)
    edge = bottom + 0.012 * form.height
    fade = 1 - _smooth(np.clip((y - edge) / (0.16 * form.height), 0, 1))
    return np.broadcast_to(fade[:, None, None], (form.height, form.width, 1))


def _veil_for(scene: Any, field: Any, masks: list[_Mask], colours: Colours, style: TypeStyle) -> float:
    """The weakest veil, in steps, behind which every run can be read; 1 where none before it is enough."""
    import numpy as np

    behind = []
    lines = max((mask.run.line for mask in masks if mask.run.role == "title"), default=0) + 1
    for mask in masks:
        rows, columns = np.nonzero(mask.measured)
        place = (rows + mask.top, columns + mask.left)
        behind.append((scene[place], field[place], _inks(mask.run, colours, style, mask.cover.shape[0], lines)[1][rows]))

    def worst(veil: float) -> float:
        return min(
            float(np.percentile(_contrasts(_mixed(pixels, share * veil, colours.ground), inks), PERCENTILE))
            for pixels, share, inks in behind
        )

    veil = VEIL_FLOOR
    while veil < 1 and worst(veil) < TARGET:
        veil += _VEIL_STEP
    return min(veil, 1.0)


def _mixed(pixels: Any, alpha: Any, ground: str) -> Any:
    """Pixels under the ground at this opacity, as a screen shows them: whole numbers."""
    import numpy as np

    return np.rint(pixels + (_rgb(ground) - pixels) * alpha)


def _covered(pixels: Any, over: bytes) -> Any:
    """Under a picture of the same size with transparency, which no veil dims."""
    import io

    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(over), formats=("PNG",)) as picture:
        above = np.asarray(picture.convert("RGBA"), dtype=np.float32)
    alpha = above[..., 3:] / 255
    return np.rint(pixels + (above[..., :3] - pixels) * alpha)


def _plated(pixels: Any, plate: Plate, colours: Colours) -> Any:
    """A plate on the picture: the badge in the highlight, the AI label on black."""
    import numpy as np
    from PIL import Image, ImageDraw

    scale = 4  # smooth edges
    left, top = int(plate.left), int(plate.top)
    wide, high = int(plate.right) - left, int(plate.bottom) - top
    cover = Image.new("L", (wide * scale, high * scale), 0)
    draw = ImageDraw.Draw(cover)
    if plate.role == "ai":
        radius = high * scale // 3
        draw.rounded_rectangle((0, -radius, (wide + radius) * scale, high * scale - 1), radius, fill=255)
    elif plate.shape == "ribbon":
        notch, across, down = high * scale * 0.3, wide * scale, high * scale
        draw.polygon([(0, 0), (across, 0), (across - notch, down / 2), (across, down), (0, down)], fill=255)
    else:
        draw.rounded_rectangle((0, 0, wide * scale - 1, high * scale - 1), high * scale / 2, fill=255)
    alpha = np.asarray(cover.resize((wide, high), Image.Resampling.BOX), dtype=np.float32)[..., None] / 255
    colour = np.array(_AI_GROUND[:3], dtype=np.float32) if plate.role == "ai" else _rgb(colours.highlight)
    alpha = alpha * (_AI_GROUND[3] / 255 if plate.role == "ai" else 1.0)
    part = pixels[top : top + high, left : left + wide]
    pixels[top : top + high, left : left + wide] = np.rint(part + (colour - part) * alpha)
    return pixels


# --- glyphs -----------------------------------------------------------------------------------------------------------


def _mask(run: Run, style: TypeStyle) -> _Mask:
    import numpy as np
    from PIL import Image, ImageDraw, ImageFilter

    face = font(style.family, run.weight, max(1, round(run.size)))
    rim = max(1, round(run.size * _RIM))
    pad = rim + 3
    box = face.getbbox(run.text, anchor="ls")
    left, top = int(run.x + box[0]) - pad, int(run.baseline + box[1]) - pad
    wide, high = int(box[2] - box[0]) + 2 * pad + 2, int(box[3] - box[1]) + 2 * pad + 2
    cover = Image.new("L", (wide, high), 0)
    ImageDraw.Draw(cover).text((run.x - left, run.baseline - top), run.text, font=face, fill=255, anchor="ls")
    measured = cover.filter(ImageFilter.MaxFilter(2 * rim + 1))
    return _Mask(run=run, left=left, top=top, cover=np.asarray(cover, dtype=np.float32) / 255, measured=np.asarray(measured) > 64)


def _inks(run: Run, colours: Colours, style: TypeStyle, rows: int, lines: int) -> tuple[Any, Any]:
    """Colour and luminance of the glyphs in each row of the run's cut: (rows x 3, rows)."""
    import numpy as np

    if run.role == "badge":
        first = last = colours.ground
    elif run.role == "ai":
        first = last = "#ffffff"
    elif run.role == "subtitle" or style.effect != "two_tone":
        first = last = colours.highlight if run.role == "title" and run.line and style.effect == "plain" else colours.ink
    elif lines == 1:
        first, last = colours.ink, colours.highlight
    else:
        first = last = colours.highlight if run.line else colours.ink
    share = np.clip((np.arange(rows, dtype=np.float32) / max(rows - 1, 1) - 0.4) / 0.45, 0, 1)[:, None]
    colour = np.rint(_rgb(first) + (_rgb(last) - _rgb(first)) * share)
    return colour, _luminance(colour)


def _legibility(pixels: Any, mask: _Mask, colours: Colours, style: TypeStyle, layout: Layout) -> Legibility:
    import numpy as np

    rows, columns = np.nonzero(mask.measured)
    inks = _inks(mask.run, colours, style, mask.cover.shape[0], _title_lines(layout))[1][rows]
    found = _contrasts(pixels[rows + mask.top, columns + mask.left], inks)
    place = f"{mask.run.role}.{mask.run.line + 1}"
    return Legibility(place=place, contrast=round(float(np.percentile(found, PERCENTILE)), 2), lowest=round(float(found.min()), 2))


def _title_lines(layout: Layout) -> int:
    return sum(run.role == "title" for run in layout.runs)


def _written(pixels: Any, masks: list[_Mask], colours: Colours, style: TypeStyle, layout: Layout) -> Image.Image:
    """The glyphs on the picture: below a title its shadow, and its rim where the style has one."""
    import numpy as np
    from PIL import Image, ImageFilter

    deep = _rgb(colours.ground) * 0.45
    for mask in masks:
        if mask.run.role != "title":
            continue
        size = mask.run.size
        soft, drop = round(size * 0.1), max(1, round(size * 0.028))
        room = 3 * soft
        cover = np.pad(mask.cover, room)
        blurred = Image.fromarray((cover * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(soft))
        _paint(pixels, np.asarray(blurred, dtype=np.float32) / 255 * 0.55, deep, mask.left - room, mask.top - room + 2 * drop)
        if style.effect == "outline":
            rim = 2 * max(1, round(size * 0.035)) + 1
            thick = Image.fromarray((cover * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(rim)).filter(ImageFilter.GaussianBlur(0.8))
            _paint(pixels, np.asarray(thick, dtype=np.float32) / 255, deep, mask.left - room, mask.top - room)
        else:
            _paint(pixels, mask.cover, deep, mask.left, mask.top + drop)
    for mask in masks:
        colour = _inks(mask.run, colours, style, mask.cover.shape[0], _title_lines(layout))[0][:, None, :]
        _paint(pixels, mask.cover, colour, mask.left, mask.top)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _paint(pixels: Any, cover: Any, colour: Any, left: int, top: int) -> None:
    """Blend a colour (or one for each row) onto the pixels where `cover` says; what lies outside the picture is left off."""
    high, wide = cover.shape
    y0, x0, y1, x1 = max(top, 0), max(left, 0), min(top + high, pixels.shape[0]), min(left + wide, pixels.shape[1])
    if y1 <= y0 or x1 <= x0:
        return
    part = cover[y0 - top : y1 - top, x0 - left : x1 - left, None]
    ink = colour[y0 - top : y1 - top] if getattr(colour, "ndim", 1) == 3 else colour
    under = pixels[y0:y1, x0:x1]
    pixels[y0:y1, x0:x1] = under + (ink - under) * part


# --- colour -----------------------------------------------------------------------------------------------------------


def _rgb(colour: str) -> Any:
    import numpy as np

    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float32)


@lru_cache(maxsize=1)
def _linear() -> Any:
    """Linear light of the 256 values of a channel (WCAG 2)."""
    import numpy as np

    share = np.arange(256, dtype=np.float64) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _luminance(pixels: Any) -> Any:
    import numpy as np

    light = _linear()[np.clip(pixels, 0, 255).astype(np.uint8)]
    return light @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


def _contrasts(behind: Any, inks: Any) -> Any:
    """WCAG contrast of each pixel with the ink over it."""
    import numpy as np

    ground = _luminance(behind)
    return (np.maximum(ground, inks) + 0.05) / (np.minimum(ground, inks) + 0.05)


def _smooth(share: Any) -> Any:
    return share * share * (3 - 2 * share)
