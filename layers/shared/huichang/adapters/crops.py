"""Which part of a picture a format shows: what there is to see stays in, and the words get the quiet side."""

from __future__ import annotations

import math
from operator import mul
from typing import TYPE_CHECKING

from huichang.pages.typesetting.formats import Box

if TYPE_CHECKING:
    from PIL import Image

_SIDE = 96
_STEPS = 24
_STAY = 0.06
"""A move off the middle must be worth this much: a picture that is the same everywhere is cut in its middle."""


def window(picture: Image.Image, aspect: float, words: Box | None = None) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of the largest cut with this width over height.

    Of all places it may take, the one with most to see (edges and colour changes) where the format looks, weighted towards its middle
    or away from `words`, and least of it behind them. Deterministic.
    """
    width, height = picture.size
    wide, high = (float(width), width / aspect) if width / height < aspect else (height * aspect, float(height))
    free = max(width - wide, height - high)
    if free < 1:
        return ((width - wide) / 2, (height - high) / 2, (width + wide) / 2, (height + high) / 2)
    shown, columns, rows = _to_see(picture)
    cell_w, cell_h = min(columns, max(2, round(wide / width * columns))), min(rows, max(2, round(high / height * rows)))
    wanted = _wanted(cell_w, cell_h, words)
    everything = max(sum(shown) / len(shown), 1e-9) * cell_w * cell_h
    best, best_score = 0.5, -math.inf
    for step in range(_STEPS + 1):
        share = step / _STEPS
        x, y = round(share * (columns - cell_w)), round(share * (rows - cell_h))
        cells = (shown[(y + row) * columns + x : (y + row) * columns + x + cell_w] for row in range(cell_h))
        seen = sum(sum(map(mul, line, weights)) for line, weights in zip(cells, wanted, strict=True))
        score = seen / everything - _STAY * abs(share - 0.5)
        if score > best_score + 1e-9:
            best, best_score = share, score
    left, top = best * (width - wide), best * (height - high)
    return left, top, left + wide, top + high


def _to_see(picture: Image.Image) -> tuple[bytes, int, int]:
    """(how much there is to see in each cell, row by row, 0 to 255; columns; rows): edges, and what differs from its surroundings."""
    from PIL import Image, ImageChops, ImageFilter

    columns = max(8, round(_SIDE * min(1.0, picture.width / picture.height)))
    rows = max(8, round(_SIDE * min(1.0, picture.height / picture.width)))
    cells = picture.resize((columns, rows), Image.Resampling.BOX)
    across, down = (ImageChops.difference(cells, _moved(cells, dx, dy)) for dx, dy in ((1, 0), (0, 1)))
    edges = _stretched(ImageChops.add(across, down))
    # A disc of one colour has no edges inside, and is what one looks at: it differs from what lies around it.
    apart = _stretched(ImageChops.difference(cells, cells.filter(ImageFilter.GaussianBlur(_SIDE / 6))))
    return Image.blend(edges, apart, 0.45).filter(ImageFilter.GaussianBlur(2)).tobytes(), columns, rows


def _moved(cells: Image.Image, dx: int, dy: int) -> Image.Image:
    """Moved left and up; the last column or row stays, so that the border is no edge."""
    moved = cells.copy()
    moved.paste(cells.crop((dx, dy, cells.width, cells.height)), (0, 0))
    return moved


def _stretched(picture: Image.Image) -> Image.Image:
    """Grey, its lightest cell at 255, differences between dark cells made larger."""
    grey = picture.convert("L")
    most = max(int(grey.getextrema()[1]), 16)  # type: ignore[arg-type]
    return grey.point([round(255 * min(1.0, value / most) ** 0.6) for value in range(256)])


def _wanted(columns: int, rows: int, words: Box | None) -> list[list[float]]:
    """Weight of each cell of the cut: highest where the format looks, negative behind the words."""
    middle = (0.5, 0.5)
    if words is not None:
        right, below = 1 - (words.x + words.width), 1 - (words.y + words.height)
        middle = (1 - right / 2, 0.5) if right > below else (0.5, 1 - below / 2)

    def weight(x: float, y: float) -> float:
        if words is not None and words.x <= x < words.x + words.width and words.y <= y < words.y + words.height:
            return -0.8
        return math.exp(-((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / 0.18)

    return [[weight((column + 0.5) / columns, (row + 0.5) / rows) for column in range(columns)] for row in range(rows)]
