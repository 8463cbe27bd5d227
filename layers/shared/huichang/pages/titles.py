"""The page's title, set so that it fits: where it may break, and how wide it is in its own type size."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence

from huichang.pages.typesetting.breaking import break_lines
from huichang.pages.wording import text_width

# Widths of heavy sans-serif letters in em, on the generous side: system fonts differ, and a title must not touch the edge.
_WIDTHS = {
    **dict.fromkeys("WM@%—…", 1.0),
    **dict.fromkeys("mw", 0.94),
    **dict.fromkeys("ABCDGHKNOQRUVXYZ&", 0.8),
    **dict.fromkeys("EFLPSTJ", 0.7),
    **dict.fromkeys('fjrt-()[]/"*', 0.46),
    **dict.fromkeys("Iil.,:;'’!|·", 0.36),
    " ": 0.28,
}
_LETTER = 0.66
_SPACING = 0.012
_LONGEST_LINE = 14.0
"""Lines wider than this wrap: at the smallest type size a phone's line holds about so many em."""
_SEPARATED = re.compile(r"[·：:｜|，！、]|\s[–—-]\s")


def em_width(text: str) -> float:
    """Width of a text in em of a heavy sans-serif: a Chinese character is 1, Latin letters as wide as they are."""
    return sum(
        (1.0 if unicodedata.east_asian_width(char) in "WF" else _WIDTHS.get(char, _LETTER)) + _SPACING for char in text
    )  # fmt: skip


def title_em(lines: Sequence[str]) -> float:
    """What the type size is divided by: the widest line, or, of lines that have to wrap anyway, their widest word.

    The stylesheets set the title at container width / this, between a smallest and a largest size.
    """
    words = [word for line in lines for word in line.split()] or [""]
    wrapped = min(max(map(em_width, lines), default=1.0), _LONGEST_LINE)
    latin = [em_width(word) for word in words if word.isascii()]
    return round(max([1.0, wrapped, *latin]), 2)


def title_lines(title: str) -> tuple[str, ...]:
    """The title in at most two lines: cut at a separator, where Latin words are many, or where it wraps anyway.

    The places are those of posters (typesetting/breaking.py). What stands between Chinese and Latin is the stylesheet's business.
    """
    latin = len(title.split()) >= 2 and text_width(title) > 12
    wanted = latin or em_width(title) > _LONGEST_LINE
    broken = break_lines(title, math.inf, em_width, most=2, least=2, gap="") if wanted or _SEPARATED.search(title) else None
    return broken.lines if broken and (wanted or broken.parted == (True,)) else (" ".join(title.split()),)
