"""Backgrounds as vector scenes: one light, three depths, a quiet area for the words, a stage for goods. No text."""

from __future__ import annotations

import colorsys
import hashlib
import math
import random
import re
from collections.abc import Iterable

MIN_SIDE, MAX_SIDE = 64, 2400
_HEX = re.compile(r"#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}(?![0-9a-fA-F])")
_DEFAULT = ("#2f6b3f", "#3a7448", "#f4d774", "#e4efd9")


def paint(prompt: str, width: int, height: int) -> bytes:
    """PNG bytes for a prompt with `motif:`, `palette:`, `mood:` and `seed:` hints; every hint may be missing."""
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=scene(prompt, width, height)))


def scene(prompt: str, width: int, height: int) -> str:
    """The scene as SVG."""
    from infra.local.models.motifs import drawer_for

    hints = {name: value.strip() for name, value in re.findall(r"\b(motif|palette|seed):\s*([^;\n]+)", prompt)}
    words = hints.get("motif", "").lower() or prompt.lower()
    colours = _HEX.findall(hints.get("palette", "")) or list(_DEFAULT)
    digest = hashlib.sha256(f"{words}|{hints.get('seed', '')}|{prompt}".encode()).digest()
    canvas = Canvas(colours, width, height, random.Random(digest))
    drawer_for(words)(canvas)
    return canvas.svg()


def mix(one: str, other: str, share: float) -> str:
    """A colour between two: share 0 is the first."""
    a, b = _rgb(one), _rgb(other)
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(a, b, strict=True))


def _rgb(colour: str) -> tuple[int, int, int]:
    text = colour.lstrip("#")
    if len(text) == 3:
        text = "".join(char * 2 for char in text)
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


def lightness(colour: str) -> float:
    """0 (black) to 1 (white)."""
    red, green, blue = (part / 255 for part in _rgb(colour))
    return colorsys.rgb_to_hls(red, green, blue)[1]


def saturation(colour: str) -> float:
    """0 (grey) to 1."""
    red, green, blue = (part / 255 for part in _rgb(colour))
    return colorsys.rgb_to_hls(red, green, blue)[2]


class Canvas:
    """Strokes and layers. Lengths are in units (1/100 of the shorter side); places are shares of the scene's box.

    The box is what the words leave free: the right half of a wide picture, the lower part of a tall one. (0, 0) is its
    left upper corner, (1, 1) the right lower one; a motif drawn in it is composed for both.
    """

    def __init__(self, colours: Iterable[str], width: int, height: int, dice: random.Random) -> None:
        given = list(dict.fromkeys(colours))
        self.width, self.height, self.dice = width, height, dice
        self.unit = min(width, height) / 100
        self.wide = width > height * 1.15
        ordered = sorted(given, key=lightness)
        self.dark, self.light = ordered[0], ordered[-1]
        self.base = given[0]
        self.second = given[1] if len(given) > 1 else mix(self.base, "#ffffff", 0.2)
        bright = [colour for colour in given if lightness(colour) > 0.5] or [ordered[-1]]
        self.glow = max(bright, key=saturation)
        self.box = (width * 0.47, 0.0, width * 0.53, height) if self.wide else (0.0, height * 0.4, width, height * 0.6)
        self._parts: list[str] = []

    # --- places -------------------------------------------------------------------------------------------------------

    def x(self, share: float) -> float:
        """Pixels from the left of a place in the box."""
        return self.box[0] + self.box[2] * share

    def y(self, share: float) -> float:
        """Pixels from the top of a place in the box."""
        return self.box[1] + self.box[3] * share

    # --- strokes ------------------------------------------------------------------------------------------------------

    def add(self, svg: str) -> None:
        """Anything else."""
        self._parts.append(svg)

    def disc(self, x: float, y: float, r: float, colour: str, opacity: float = 1) -> None:
        """A circle; x, y in pixels, r in units."""
        self.add(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r * self.unit:.1f}" fill="{colour}" opacity="{opacity:.3f}"/>')

    def ring(self, x: float, y: float, r: float, colour: str, thick: float, opacity: float = 1, dash: str = "") -> None:
        """A circle's line."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.add(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r * self.unit:.1f}" fill="none" stroke="{colour}" '
            f'stroke-width="{thick * self.unit:.2f}" opacity="{opacity:.3f}"{dashes}/>'
        )

    def oval(
        self, x: float, y: float, rx: float, ry: float, colour: str, opacity: float = 1, *, turn: float = 0, soft: bool = False
    ) -> None:
        """An ellipse, turned by degrees; soft ones are blurred."""
        blur = ' filter="url(#soft)"' if soft else ""
        turned = f' transform="rotate({turn:.1f} {x:.1f} {y:.1f})"' if turn else ""
        self.add(
            f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx * self.unit:.1f}" ry="{ry * self.unit:.1f}" fill="{colour}" '
            f'opacity="{opacity:.3f}"{blur}{turned}/>'
        )

    def box_at(self, x: float, y: float, w: float, h: float, colour: str, opacity: float = 1, *, r: float = 0, turn: float = 0) -> None:
        """A rectangle around its middle, sides in units."""
        turned = f' transform="rotate({turn:.1f} {x:.1f} {y:.1f})"' if turn else ""
        u = self.unit
        self.add(
            f'<rect x="{x - w * u / 2:.1f}" y="{y - h * u / 2:.1f}" width="{w * u:.1f}" height="{h * u:.1f}" rx="{r * u:.1f}" '
            f'fill="{colour}" opacity="{opacity:.3f}"{turned}/>'
        )

    def shape(
        self,
        x: float,
        y: float,
        path: str,
        colour: str,
        *,
        scale: float = 1,
        turn: float = 0,
        opacity: float = 1,
        line: float = 0,
    ) -> None:
        """A path in units around (x, y): filled, or drawn as a line of that thickness."""
        style = (
            f'fill="none" stroke="{colour}" stroke-width="{line / scale:.3f}" stroke-linecap="round" stroke-linejoin="round"'
            if line
            else f'fill="{colour}"'
        )
        self.add(
            f'<path transform="translate({x:.1f} {y:.1f}) rotate({turn:.1f}) scale({scale * self.unit:.4f})" d="{path}" '
            f'{style} opacity="{opacity:.3f}"/>'
        )

    def star(self, x: float, y: float, r: float, colour: str, opacity: float = 0.9, points: int = 5, waist: float = 0.45) -> None:
        """A star with so many points; a waist of 0.2 makes it a sparkle."""
        corners = " ".join(
            f"{math.cos(math.pi * k / points - math.pi / 2) * (1 if k % 2 == 0 else waist):.3f},"
            f"{math.sin(math.pi * k / points - math.pi / 2) * (1 if k % 2 == 0 else waist):.3f}"
            for k in range(points * 2)
        )
        self.add(
            f'<polygon transform="translate({x:.1f} {y:.1f}) scale({r * self.unit:.3f})" points="{corners}" '
            f'fill="{colour}" opacity="{opacity:.3f}"/>'
        )

    # --- layers every scene is made of --------------------------------------------------------------------------------

    def ground(self) -> None:
        """The sky: a gradient and some air."""
        self.add(f'<rect width="{self.width}" height="{self.height}" fill="url(#sky)"/>')
        for _ in range(4):
            x, y = self.dice.uniform(0, self.width), self.dice.uniform(0, self.height)
            self.disc(x, y, self.dice.uniform(16, 34), "#ffffff", 0.028)

    def glowing(self, bx: float = 0.54, by: float = 0.4, r: float = 62) -> tuple[float, float]:
        """The one light, soft; returns where."""
        x, y = self.x(bx), self.y(by)
        self.add(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r * self.unit:.1f}" fill="url(#glow)"/>')
        return x, y

    def sun(self, bx: float = 0.54, by: float = 0.34, r: float = 19) -> tuple[float, float]:
        """A disc of light with a halo; returns where."""
        x, y = self.glowing(bx, by)
        self.disc(x, y, r * 1.22, mix(self.glow, "#ffffff", 0.5), 0.2)
        self.disc(x, y, r, mix(self.glow, "#ffffff", 0.3), 0.92)
        return x, y

    def hills(self, levels: tuple[float, ...] = (0.72, 0.82, 0.92), swing: float = 7, *, far: float = 0.12) -> None:
        """Rolling ground, the far hills lighter."""
        for depth, level in enumerate(levels):
            top = self.height * level
            steps, shift = 5, self.dice.uniform(-0.5, 0.5)
            path = f"M{-self.width * 0.2:.1f} {self.height} L{-self.width * 0.2:.1f} {top:.1f}"
            for step in range(steps + 2):
                x0 = self.width * (step - 1 + shift) / steps
                x1 = self.width * (step + shift) / steps
                lift = swing * (1 - depth * 0.15) * self.unit * self.dice.uniform(0.4, 1.0) * (1 if (step + depth) % 2 else -1)
                path += f" Q{(x0 + x1) / 2:.1f} {top + lift:.1f} {x1:.1f} {top:.1f}"
            near = depth / max(1, len(levels) - 1)
            fill = mix(mix(self.second, "#ffffff", far), mix(self.base, self.dark, 0.5), near * 0.75)
            self.add(f'<path d="{path} L{self.width * 1.3:.1f} {self.height} Z" fill="{fill}" opacity="{0.6 + near * 0.35:.2f}"/>')

    def stage(self, colour: str = "") -> None:
        """A low round stage where the page sets real goods."""
        x, y = self.x(0.48 if self.wide else 0.5), self.height * 0.93
        reach = (self.box[2] * (0.46 if self.wide else 0.4)) / self.unit
        top = colour or mix(self.light, self.glow, 0.12)
        self.oval(x, y + 3 * self.unit, reach * 1.06, 7, "#000000", 0.22, soft=True)
        self.oval(x, y + 2.2 * self.unit, reach, 6, mix(top, self.dark, 0.42))
        self.oval(x, y, reach, 5.6, top)
        self.oval(x, y - 0.4 * self.unit, reach * 0.94, 4.7, mix(top, "#ffffff", 0.55), 0.55)

    def sparkles(self, count: int = 14, colour: str = "#ffffff") -> None:
        """Dust in the light."""
        for _ in range(count):
            self.disc(
                self.x(self.dice.random()),
                self.y(self.dice.uniform(0.02, 0.7)),
                self.dice.uniform(0.2, 0.55),
                colour,
                self.dice.uniform(0.3, 0.8),
            )

    def stars(self, count: int = 16, colour: str = "") -> None:
        """Small stars and sparkles over the whole sky, few where the words stand."""
        for number in range(count):
            x, y = self.dice.uniform(0, self.width), self.dice.uniform(0, self.height * 0.6)
            near_words = x < self.box[0] if self.wide else y < self.box[1]
            size = self.dice.uniform(0.4, 0.9) if near_words else self.dice.uniform(0.7, 1.9)
            self.star(x, y, size, colour or mix(self.glow, "#ffffff", 0.5), 0.45 if near_words else 0.85, 4, 0.3 if number % 2 else 0.2)

    def cloud(self, x: float, y: float, size: float, colour: str, opacity: float = 0.9) -> None:
        """A flat-bottomed cloud, one even colour."""
        puffs = ((-1.15, 0.02, 0.5), (-0.3, -0.3, 0.78), (0.62, -0.12, 0.6), (1.3, 0.12, 0.36))
        u = size * self.unit
        inner = "".join(f'<circle cx="{x + dx * u:.1f}" cy="{y + dy * u:.1f}" r="{r * u:.1f}"/>' for dx, dy, r in puffs)
        self.add(
            f'<g fill="{colour}" opacity="{opacity:.2f}">{inner}<rect x="{x - 1.62 * u:.1f}" y="{y:.1f}" width="{3.26 * u:.1f}" '
            f'height="{0.5 * u:.1f}" rx="{0.25 * u:.1f}"/></g>'
        )

    def svg(self) -> str:
        """All of it, with a veil over the quiet area."""
        sky, deep = mix(self.base, "#ffffff", 0.04), mix(self.base, "#000000", 0.12)
        end = mix(self.second, self.glow, 0.22)
        glow = mix(self.glow, "#ffffff", 0.45)
        across = (1, 0) if self.wide else (0, 1)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}">'
            f'<defs><linearGradient id="sky" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="{deep}"/>'
            f'<stop offset="0.55" stop-color="{sky}"/><stop offset="1" stop-color="{end}"/></linearGradient>'
            f'<radialGradient id="glow"><stop offset="0" stop-color="{glow}" stop-opacity="0.75"/>'
            f'<stop offset="0.5" stop-color="{self.glow}" stop-opacity="0.22"/><stop offset="1" stop-color="{self.glow}" stop-opacity="0"/></radialGradient>'
            f'<linearGradient id="beam" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{glow}" stop-opacity="0.34"/>'
            f'<stop offset="1" stop-color="{glow}" stop-opacity="0"/></linearGradient>'
            f'<linearGradient id="veil" x1="0" y1="0" x2="{across[0]}" y2="{across[1]}"><stop offset="0" stop-color="{deep}" stop-opacity="0.78"/>'
            f'<stop offset="0.36" stop-color="{deep}" stop-opacity="0.42"/><stop offset="0.58" stop-color="{deep}" stop-opacity="0"/></linearGradient>'
            f'<filter id="soft" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="{self.unit * 1.6:.1f}"/></filter></defs>'
            + "".join(self._parts)
            + f'<rect width="{self.width}" height="{self.height}" fill="url(#veil)"/></svg>'
        )
