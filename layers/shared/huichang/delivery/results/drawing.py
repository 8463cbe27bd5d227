"""Marks on a chart, as SVG text. Whatever is not ours is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape


def line(points: Sequence[tuple[float, float]], colour: str) -> list[str]:
    """A line through points, with dots where they are few."""
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in points] if len(points) <= 40 else []
    return [f'<polyline points="{points_of(points)}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"/>', *dots]


def points_of(points: Sequence[tuple[float, float]]) -> str:
    """Coordinates as SVG writes them."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def rule(x1: float, y1: float, x2: float, y2: float, colour: str, *, dash: bool = False) -> str:
    """A straight line."""
    dashed = ' stroke-dasharray="3 3"' if dash else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{dashed}/>'


def text_at(x: float, y: float, text: str, anchor: str, colour: str, *, bold: bool = False) -> str:
    """Words at a place. `anchor`: start, middle or end."""
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>{plain(text)}</text>'


def plain(text: str) -> str:
    """Escaped, without what XML cannot hold."""
    return escape("".join(mark for mark in text if mark >= " " and not "\ud800" <= mark <= "\udfff" and mark not in "\ufffe\uffff"))


def short(text: str, room: float) -> str:
    """As much as fits; a Chinese letter takes 12 pixels, a Latin one about 6.5."""
    used = 0.0
    for at, mark in enumerate(text):
        used += 12 if ord(mark) > 0x2E80 else 6.5
        if used > room:
            return text[: max(1, at - 1)] + "…"
    return text
