"""The fonts that ship with us, opened: letters' widths, and Pillow fonts by family, weight and size."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from huichang.kernel.errors import PermanentError
from huichang.materials.styles.fonts import load_fonts

if TYPE_CHECKING:
    from PIL import ImageFont

_EM = 200
"""Widths are measured at this size: a variable font without hints is the same at all sizes."""


@lru_cache(maxsize=64)
def font(family: str, weight: int, size: int) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels. Raises PermanentError for a family that does not ship, or whose package is not installed."""
    from PIL import ImageFont

    fonts = load_fonts()
    if family not in fonts:
        known = ", ".join(sorted(fonts))
        raise PermanentError(f"no font family {family!r}", where="type style", mend=f"use one of {known}", code="font_missing")
    entry = fonts[family]
    package = find_spec(entry.package)
    path = Path(package.submodule_search_locations[0]) / entry.file if package and package.submodule_search_locations else None
    if path is None or not path.is_file():
        raise PermanentError(
            f"the font {entry.file} is not installed", where=f"package {entry.package}",
            mend="deploy the imaging layer: layers/imaging/requirements.txt carries it", code="font_missing",
        )  # fmt: skip
    opened = ImageFont.truetype(str(path), size, index=entry.index)
    opened.set_variation_by_axes([weight])
    return opened


def drawable(text: str, family: str) -> str:
    """The text without what the font has no glyph or no ink for (emoji, say, and invisible marks): a poster shows no empty boxes."""
    return " ".join("".join(char for char in text if char.isspace() or _has_glyph(char, family)).split())


@lru_cache(maxsize=8192)
def _has_glyph(char: str, family: str) -> bool:
    face = font(family, 400, 32)
    glyph = face.getmask(char)
    # What no font has is drawn as the box of the missing.
    return glyph.getbbox() is not None and bytes(glyph) != bytes(face.getmask("\U0010ffff"))


class PillowMetrics:
    """Metrics with the real letters."""

    def width(self, text: str, family: str, weight: int) -> float:
        """In em."""
        return _width(text, family, weight)


@lru_cache(maxsize=8192)
def _width(text: str, family: str, weight: int) -> float:
    return float(font(family, weight, _EM).getlength(text)) / _EM
