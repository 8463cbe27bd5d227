"""Contrast of colours, as WCAG 2 measures it."""

from __future__ import annotations

import re

HEX = re.compile(r"^#[0-9a-f]{6}$")


def luminance(colour: str) -> float:
    """Relative luminance 0..1 of "#rrggbb"."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio 1..21 of two "#rrggbb" colours."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)
