"""What the pixels of a screen say: how much of it is one colour, stretches and cards that nothing was painted on, contrast of words.

Pictures are arrays (rows, columns, 3) of one CSS pixel each, as Playwright takes them at density 1.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

Box = Sequence[int]

_QUIET = 6  # steps of 255 within which two pixels are one colour
_CROP_WIDTH = 480
_MARGIN = 24


def pixels_of(data: bytes) -> Any:
    """A screenshot as (rows, columns, 3), 0..255."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))


def uniform_share(pixels: Any) -> float:
    """Share of the pixels that are within a few steps of the commonest colour; 1 for an empty area."""
    import numpy as np

    flat = pixels.reshape(-1, 3).astype(np.int16)
    if not len(flat):
        return 1.0
    coarse = flat // 8
    codes = coarse[:, 0] * 1024 + coarse[:, 1] * 32 + coarse[:, 2]
    commonest = int(np.bincount(codes).argmax())
    colour = flat[codes == commonest].mean(axis=0)
    return float((np.abs(flat - colour).max(axis=1) <= _QUIET).mean())


def blank_bands(pixels: Any, least: int) -> list[tuple[int, int]]:
    """(first row, rows) of every stretch of at least `least` rows of one and the same colour."""
    import numpy as np

    rows = pixels[:, 8:-8:2].astype(np.int16)
    plain = np.abs(rows - rows[:, :1]).max(axis=(1, 2)) <= 4
    # A band ends where its colour changes: a footer below a section is another thing than nothing.
    same = np.abs(rows[1:, 0] - rows[:-1, 0]).max(axis=1) <= 4
    found: list[tuple[int, int]] = []
    start = -1
    for number in range(len(plain) + 1):
        goes_on = number < len(plain) and plain[number] and (start < 0 or same[number - 1])
        if start >= 0 and not goes_on:
            if number - start >= least:
                found.append((start, number - start))
            start = -1
        if start < 0 and number < len(plain) and plain[number]:
            start = number
    return found


def area(pixels: Any, box: Box) -> Any:
    """The part of the picture under a box [left, top, width, height]; may be empty."""
    left, top, width, height = map(int, box)
    return pixels[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]


def contrast_with(colour: Sequence[float], alpha: float, behind: Any) -> float:
    """WCAG 2 contrast of a colour (0..255) with what lies behind it, which a tenth of the pixels fall short of.

    A star behind a letter does not make a word unreadable; hence not the worst pixel.
    """
    import numpy as np

    ground = behind.reshape(-1, 3)[:: max(1, behind.shape[0] * behind.shape[1] // 4000)].astype(np.float64) / 255
    ink = np.asarray(colour, dtype=np.float64)[:3] / 255
    inks = ink * alpha + ground * (1 - alpha)

    def luminance(values: Any) -> Any:
        linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
        return linear @ np.array([0.2126, 0.7152, 0.0722])

    one, many = luminance(inks), luminance(ground)
    ratios = np.sort((np.maximum(one, many) + 0.05) / (np.minimum(one, many) + 0.05))
    return float(ratios[len(ratios) // 10])


def inked_share(shown: Any, behind: Any) -> float:
    """Share of the pixels of a place that its words change: `behind` is the same place with their ink taken away. 0: they are not seen."""
    import numpy as np

    if shown.shape != behind.shape or not shown.size:
        return 1.0
    return float((np.abs(shown.astype(np.int16) - behind.astype(np.int16)).max(axis=2) > 16).mean())


def crop(pixels: Any, box: Box) -> str:
    """The place with a little around it and a frame, small, as a data: address; "" for a place outside the picture."""
    from PIL import Image, ImageDraw

    left, top, width, height = box
    wide, high = min(max(width, 160), 900), min(max(height, 90), 700)
    x, y = max(left - _MARGIN - (wide - width) // 2, 0), max(top - _MARGIN - (max(high, height) - height) // 2, 0)
    piece = pixels[y : y + high + 2 * _MARGIN, x : x + wide + 2 * _MARGIN]
    if piece.shape[0] < 4 or piece.shape[1] < 4:
        return ""
    picture = Image.fromarray(piece)
    frame = [left - x - 2, top - y - 2, left - x + width + 1, top - y + height + 1]
    ImageDraw.Draw(picture).rectangle(frame, outline=(226, 0, 60), width=2)
    picture.thumbnail((_CROP_WIDTH, _CROP_WIDTH))
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=55)
    return "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode()
