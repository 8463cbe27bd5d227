"""When two texts, or two pictures, are so near that a person would say: that one again.

Texts are compared without punctuation, case and width. Pictures are compared by their *look*: 16 x 16 RGB cells in base64 (768 bytes),
taken by an adapter. Two pictures are near copies when their gradients point the same way (a difference hash with a dead band, so that
flat ground is no noise) AND their colours are the same: a rejected picture that comes back brighter is another picture.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from huichang.materials.checks import Region

SIDE = 16
LOOK_BYTES = SIDE * SIDE * 3
# Measured on 15 presets of the offline painter (tests/adapters/test_imaging_look.py): a picture encoded anew, resized or cropped by one
# per cent stays below 0.06 and 2.6; the next rejection's picture (another light, another scene) is beyond 5.8 in colour.
NEAR_GRADIENTS = 0.08
NEAR_COLOURS = 5.0
_DEAD_BAND = 4
_TEXTURE = 0.15
_SAME_COLOUR = 60.0
_NOTICEABLE = 0.12
NEAR_TEXT = 0.8
_LINE, _REPEATED = 6, 0.9  # characters of a line that is worth recognising inside another, and how much of it
_NOISE = re.compile(r"[\W_]+", re.UNICODE)


def folded(text: str) -> str:
    """Without width, case, spaces and punctuation."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text).casefold())


def near_same_text(one: str, other: str, names: Sequence[str] = ()) -> bool:
    """Whether at least four fifths of the two texts are the same characters in the same order, or `one` holds nearly all of `other`.

    `names` (of the theme, of the floor) that both have are left out of it: 抱枕专区 and 精选抱枕 share only what the page is about.
    """
    first, second = folded(one), folded(other)
    if not first or not second:
        return False
    if first == second:
        return True
    for name in sorted({folded(name) for name in names} - {""}, key=len, reverse=True):
        if name in first and name in second:
            first, second = first.replace(name, "", 1), second.replace(name, "", 1)
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    if matcher.ratio() >= NEAR_TEXT:
        return True
    # The same with something around it: 亲们，…！ does not make a rejected line a new one.
    kept = sum(block.size for block in matcher.get_matching_blocks() if block.size > 1)
    return len(second) >= _LINE and kept >= _REPEATED * len(second)


def says(text: str, phrase: str) -> bool:
    """Whether a phrase stands in a text. Latin words must be whole: "art" does not stand in "start"."""
    wide, wanted = unicodedata.normalize("NFKC", text).casefold(), unicodedata.normalize("NFKC", phrase).casefold().strip()
    if not wanted:
        return False
    if re.search(r"[a-z0-9]", wanted):
        start = r"(?<![a-z0-9])" if re.match(r"[a-z0-9]", wanted) else ""
        end = r"(?![a-z0-9])" if re.search(r"[a-z0-9]$", wanted) else ""
        return re.search(start + re.escape(wanted) + end, wide) is not None
    # Chinese is written with and without spaces and marks in between: 包 邮, 包-邮. A phrase of marks only (！！) is met as it stands.
    bare = folded(wanted)
    return wanted in wide or bool(bare and bare in folded(wide))


@lru_cache(maxsize=256)
def _cells(look: str) -> tuple[tuple[int, int, int], ...]:
    try:
        data = base64.b64decode(look, validate=True)
    except binascii.Error:
        return ()
    if len(data) != LOOK_BYTES:
        return ()
    return tuple((data[at], data[at + 1], data[at + 2]) for at in range(0, LOOK_BYTES, 3))


def _luma(cell: tuple[int, int, int]) -> float:
    return 0.299 * cell[0] + 0.587 * cell[1] + 0.114 * cell[2]


def _signs(cells: tuple[tuple[int, int, int], ...], left: int, top: int, right: int, bottom: int) -> list[int]:
    """-1, 0 or 1 for each pair of neighbours in the part, across and down."""
    luma = {(x, y): _luma(cells[y * SIDE + x]) for y in range(top, bottom) for x in range(left, right)}
    steps = [luma[x + 1, y] - luma[x, y] for y in range(top, bottom) for x in range(left, right - 1)]
    steps += [luma[x, y + 1] - luma[x, y] for y in range(top, bottom - 1) for x in range(left, right)]
    return [0 if abs(step) < _DEAD_BAND else 1 if step > 0 else -1 for step in steps]


def apart(one: str, other: str, region: Region | None = None) -> tuple[float, float] | None:
    """(share of gradients that differ 0..1, mean difference of colours 0..255) of two looks; None where a look is missing."""
    first, second = _cells(one), _cells(other)
    if not first or not second:
        return None
    left, top, right, bottom = _part(region)
    ours, theirs = _signs(first, left, top, right, bottom), _signs(second, left, top, right, bottom)
    gradients = sum(abs(mine - yours) for mine, yours in zip(ours, theirs, strict=True)) / (2 * len(ours))
    places = [y * SIDE + x for y in range(top, bottom) for x in range(left, right)]
    colours = sum(abs(first[at][band] - second[at][band]) for at in places for band in range(3)) / (3 * len(places))
    return gradients, colours


def near_copy(one: str, other: str, region: Region | None = None) -> bool:
    """Whether one picture is the other again; with a region, whether that part is. A part without texture is never "again"."""
    distance = apart(one, other, region)
    if distance is None:
        return False
    if region is not None:
        signs = _signs(_cells(one), *_part(region))
        if sum(sign != 0 for sign in signs) < _TEXTURE * len(signs):
            return False
    return distance[0] <= NEAR_GRADIENTS and distance[1] <= NEAR_COLOURS


def _part(region: Region | None) -> tuple[int, int, int, int]:
    """The cells of a region, at least three each way."""
    if region is None:
        return 0, 0, SIDE, SIDE

    def span(start: float, size: float) -> tuple[int, int]:
        first = min(int(start * SIDE), SIDE - 3)
        return first, max(first + 3, min(SIDE, round((start + size) * SIDE)))

    (left, right), (top, bottom) = span(region.x, region.width), span(region.y, region.height)
    return left, top, right, bottom


def lightness(look: str) -> float | None:
    """Mean lightness 0 (black) to 1 (white); None without a look."""
    cells = _cells(look)
    return sum(map(_luma, cells)) / (255 * len(cells)) if cells else None


def shows_colour(look: str, colour: str) -> bool:
    """Whether a colour (#rrggbb) covers a noticeable part."""
    cells = _cells(look)
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    near = sum((r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2 <= _SAME_COLOUR**2 for r, g, b in cells)
    return bool(cells) and near >= _NOTICEABLE * len(cells)
