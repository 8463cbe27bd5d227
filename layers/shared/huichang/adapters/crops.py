"""Which part of a picture a format shows: what there is to see stays in, and the words get the quiet side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    import numpy as np

    width, height = picture.size
    wide, high = (float(width), width / aspect) if width / height < aspect else (height * aspect, float(height))
    free = max(width - wide, height - high)
    if free < 1:
        return ((width - wide) / 2, (height - high) / 2, (width + wide) / 2, (height + high) / 2)
    shown = _to_see(picture)
    rows, columns = shown.shape
    cell_w, cell_h = min(columns, max(2, round(wide / width * columns))), min(rows, max(2, round(high / height * rows)))
    wanted = _wanted(cell_h, cell_w, words)
    best, best_score = 0.5, -np.inf
    for step in range(_STEPS + 1):
        share = step / _STEPS
        x, y = round(share * (columns - cell_w)), round(share * (rows - cell_h))
        part = shown[y : y + cell_h, x : x + cell_w]
        score = float((part * wanted).sum() / max(float(shown.mean()) * wanted.size, 1e-9))
        score -= _STAY * abs(share - 0.5)
        if score > best_score + 1e-9:
            best, best_score = share, score
    left, top = best * (width - wide), best * (height - high)
    return left, top, left + wide, top + high


def _to_see(picture: Image.Image) -> Any:
    """How much there is to see in each cell, 0 to 1: edges, and colours that are not the ground's, spread a little."""
    import numpy as np
    from PIL import Image, ImageFilter

    columns = max(8, round(_SIDE * min(1.0, picture.width / picture.height)))
    rows = max(8, round(_SIDE * min(1.0, picture.height / picture.width)))
    cells = np.asarray(picture.resize((columns, rows), Image.Resampling.BOX), dtype=np.float32)
    edges = sum(np.hypot(*np.gradient(cells[..., channel])) for channel in range(3))
    apart = np.abs(cells - np.median(cells, axis=(0, 1))).sum(axis=2)
    seen = 0.6 * np.sqrt(edges / max(float(np.max(edges)), 1.0)) + 0.4 * apart / max(float(np.max(apart)), 1.0)
    spread = Image.fromarray((seen * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(2))
    return np.asarray(spread, dtype=np.float32) / 255


def _wanted(rows: int, columns: int, words: Box | None) -> Any:
    """Weight of each cell of the cut: highest where the format looks, negative behind the words."""
    import numpy as np

    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    x, y = (x + 0.5) / columns, (y + 0.5) / rows
    middle = (0.5, 0.55)
    if words is not None:
        right, below = 1 - (words.x + words.width), 1 - (words.y + words.height)
        middle = (1 - right / 2, 0.55) if right > below else (0.5, 1 - below / 2)
    weight = np.exp(-((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / 0.18)
    if words is not None:
        behind = (x >= words.x) & (x < words.x + words.width) & (y >= words.y) & (y < words.y + words.height)
        weight[behind] = -0.8
    return weight
