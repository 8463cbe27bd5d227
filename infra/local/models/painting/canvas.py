"""What every scene draws with: colours, gradients, smooth curves, soft light and shadow. Units are pixels; `u` is 1/100 of
the shorter side. The light always comes from the upper right."""

from __future__ import annotations

import colorsys
import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

Point = tuple[float, float]
WHITE = "#ffffff"
BLACK = "#000000"


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green, blue of #rgb or #rrggbb, 0 to 255."""
    text = colour.lstrip("#")
    if len(text) == 3:
        text = "".join(char * 2 for char in text)
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def mix(one: str, other: str, share: float) -> str:
    """A colour between two: share 0 is the first, 1 the other."""
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(rgb(one), rgb(other), strict=True))


def lighter(colour: str, share: float) -> str:
    """Towards white."""
    return mix(colour, WHITE, share)


def darker(colour: str, share: float) -> str:
    """Towards black."""
    return mix(colour, BLACK, share)


def lightness(colour: str) -> float:
    """0 to 1."""
    red, green, blue = (part / 255 for part in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def saturation(colour: str) -> float:
    """0 to 1."""
    red, green, blue = (part / 255 for part in rgb(colour))
    return colorsys.rgb_to_hls(red, green, blue)[2]


def turned(colour: str, degrees: float) -> str:
    """The same colour, its hue turned."""
    red, green, blue = (part / 255 for part in rgb(colour))
    hue, light, sat = colorsys.rgb_to_hls(red, green, blue)
    return "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb((hue + degrees / 360) % 1, light, sat))


@dataclass(frozen=True)
class Palette:
    """What the colours of a prompt are used for."""

    deep: str  # the quiet side, behind the words
    base: str  # the lit ground
    accent: str
    glow: str  # light
    pale: str

    @classmethod
    def of(cls, colours: Sequence[str]) -> Palette:
        """From the colours in the order given: two grounds, an accent, a light, a pale one; the missing ones are derived."""
        given = ["#" + "".join(f"{part:02x}" for part in rgb(colour)) for colour in dict.fromkeys(colours)] or ["#24573a"]
        by_light = sorted(given, key=lightness)
        deep = given[0] if lightness(given[0]) < 0.6 or lightness(by_light[0]) > 0.6 else by_light[0]
        others = [colour for colour in given if colour != deep]
        pale = max(others, key=lightness, default=lighter(deep, 0.85))
        if lightness(pale) < 0.7:
            pale = lighter(pale, 0.75)
        bright = [colour for colour in others if lightness(colour) > 0.45 and saturation(colour) > 0.3]
        glow = max(bright, key=saturation, default=mix(pale, "#ffd98a", 0.55))
        near = [colour for colour in others if abs(lightness(colour) - lightness(deep)) < 0.3]
        base = near[0] if near else mix(deep, pale, 0.22)
        rest = [colour for colour in others if colour not in (pale, glow, base)]
        return cls(deep=deep, base=base, accent=rest[0] if rest else mix(base, glow, 0.35), glow=glow, pale=pale)


class Canvas:
    """One picture being drawn. (a, b) with both 0 to 1 are places in the area that the words do not need."""

    def __init__(self, palette: Palette, width: int, height: int, dice: random.Random) -> None:
        self.c = palette
        self.w, self.h = width, height
        self.u = min(width, height) / 100
        self.dice = dice
        self.wide = width > height * 1.15
        # Words stand left on wide pictures, above on others; a quarter of the quiet side may still carry faint things.
        self.left, self.top = (0.38 * width, 0.0) if self.wide else (0.0, 0.34 * height)
        self.aw, self.ah = width - self.left, height - self.top
        self.s = min(self.aw, self.ah * 1.25) / 100  # unit of size inside the area
        self.has_panda = False  # whether a panda may sit in the scene
        self._parts: list[str] = []
        self._defs: dict[str, str] = {}

    # --- places and chance ------------------------------------------------------------------------------------------------

    def at(self, a: float, b: float) -> Point:
        """Pixels of a place in the area."""
        return self.left + a * self.aw, self.top + b * self.ah

    def any(self, low: float, high: float) -> float:
        """A seeded number between two."""
        return self.dice.uniform(low, high)

    # --- paint ------------------------------------------------------------------------------------------------------------

    def _define(self, text: str) -> str:
        known = self._defs.get(text)
        if known is None:
            known = self._defs[text] = f"d{len(self._defs)}"
        return known

    def linear(self, *stops: tuple[float, str, float], angle: float = 90) -> str:
        """A gradient across the shape; stops are (place, colour, opacity), 0 degrees runs to the right, 90 down."""
        turn = math.radians(angle)
        dx, dy = math.cos(turn) / 2, math.sin(turn) / 2
        inner = "".join(f'<stop offset="{o:.3f}" stop-color="{c}" stop-opacity="{a:.3f}"/>' for o, c, a in stops)
        name = self._define(
            f'<linearGradient id="%s" x1="{0.5 - dx:.3f}" y1="{0.5 - dy:.3f}" x2="{0.5 + dx:.3f}" y2="{0.5 + dy:.3f}">{inner}</linearGradient>'
        )
        return f"url(#{name})"

    def radial(self, *stops: tuple[float, str, float], at: Point = (0.5, 0.5)) -> str:
        """A round gradient across the shape, centred at a place in it."""
        inner = "".join(f'<stop offset="{o:.3f}" stop-color="{c}" stop-opacity="{a:.3f}"/>' for o, c, a in stops)
        name = self._define(
            f'<radialGradient id="%s" cx="{at[0]:.3f}" cy="{at[1]:.3f}" r="0.5" fx="{at[0]:.3f}" fy="{at[1]:.3f}">{inner}</radialGradient>'
        )
        return f"url(#{name})"

    def add(self, svg: str) -> None:
        """Raw SVG on top of what is there."""
        self._parts.append(svg)

    @contextmanager
    def group(
        self, *, move: Point = (0, 0), turn: float = 0, scale: float = 1, mirror: bool = False, opacity: float = 1, blur: float = 0
    ) -> Iterator[None]:
        """What is drawn inside is moved, turned, scaled, faded and blurred (pixels) together."""
        extra = f' opacity="{opacity:.3f}"' if opacity < 1 else ""
        if blur > 0:
            name = self._define(
                f'<filter id="%s" x="-30%" y="-30%" width="160%" height="160%"><feGaussianBlur stdDeviation="{blur:.2f}"/></filter>'
            )
            extra += f' filter="url(#{name})"'
        flip = -scale if mirror else scale
        self.add(f'<g transform="translate({move[0]:.2f} {move[1]:.2f}) rotate({turn:.2f}) scale({flip:.4f} {scale:.4f})"{extra}>')
        yield
        self.add("</g>")

    # --- shapes -----------------------------------------------------------------------------------------------------------

    def path(self, d: str, fill: str = "none", *, opacity: float = 1, stroke: str = "", width: float = 0, extra: str = "") -> None:
        """A path."""
        line = f' stroke="{stroke}" stroke-width="{width:.2f}" stroke-linecap="round" stroke-linejoin="round"' if stroke else ""
        faint = f' opacity="{opacity:.3f}"' if opacity < 1 else ""
        self.add(f'<path d="{d}" fill="{fill}"{line}{faint}{extra}/>')

    def disc(self, x: float, y: float, r: float, fill: str, opacity: float = 1) -> None:
        """A filled circle."""
        self.oval(x, y, r, r, fill, opacity)

    def oval(self, x: float, y: float, rx: float, ry: float, fill: str, opacity: float = 1, turn: float = 0) -> None:
        """A filled ellipse."""
        faint = f' opacity="{opacity:.3f}"' if opacity < 1 else ""
        spin = f' transform="rotate({turn:.1f} {x:.2f} {y:.2f})"' if turn else ""
        self.add(f'<ellipse cx="{x:.2f}" cy="{y:.2f}" rx="{rx:.2f}" ry="{ry:.2f}" fill="{fill}"{faint}{spin}/>')

    def ring(self, x: float, y: float, rx: float, ry: float, stroke: str, width: float, opacity: float = 1, turn: float = 0) -> None:
        """An outlined ellipse."""
        self.add(
            f'<ellipse cx="{x:.2f}" cy="{y:.2f}" rx="{rx:.2f}" ry="{ry:.2f}" fill="none" stroke="{stroke}" stroke-width="{width:.2f}" '
            f'opacity="{opacity:.3f}" transform="rotate({turn:.1f} {x:.2f} {y:.2f})"/>'
        )

    def box(self, x: float, y: float, w: float, h: float, fill: str, *, r: float = 0, opacity: float = 1) -> None:
        """A rectangle with round corners."""
        faint = f' opacity="{opacity:.3f}"' if opacity < 1 else ""
        self.add(f'<rect x="{x:.2f}" y="{y:.2f}" width="{w:.2f}" height="{h:.2f}" rx="{r:.2f}" fill="{fill}"{faint}/>')

    def line(self, points: Sequence[Point], stroke: str, width: float, opacity: float = 1, dash: str = "") -> None:
        """A smooth line through the points."""
        extra = f' stroke-dasharray="{dash}"' if dash else ""
        self.path(curve(points), stroke=stroke, width=width, opacity=opacity, extra=extra)

    def glow(self, x: float, y: float, r: float, colour: str, strength: float) -> None:
        """Light that fades outwards."""
        self.disc(x, y, r, self.radial((0, colour, strength), (0.45, colour, strength * 0.35), (1, colour, 0)))

    def shadow(self, x: float, y: float, rx: float, ry: float, strength: float = 0.35) -> None:
        """A soft shadow on the ground."""
        dark = darker(self.c.deep, 0.55)
        self.oval(x, y, rx, ry, self.radial((0, dark, strength), (0.55, dark, strength * 0.55), (1, dark, 0)))

    def ball(self, x: float, y: float, r: float, colour: str, *, ry: float = 0, shine: float = 0.5) -> None:
        """A round body lit from the upper right."""
        fill = self.radial((0, lighter(colour, shine), 1), (0.55, colour, 1), (1, darker(colour, 0.28), 1), at=(0.66, 0.3))
        self.oval(x, y, r, ry or r, fill)

    def leaf(
        self, x: float, y: float, length: float, width: float, turn: float, colour: str, *, opacity: float = 1, vein: bool = True
    ) -> None:
        """A pointed leaf that starts at (x, y), two shades and a vein."""
        d = f"M0 0C{length * 0.28:.2f} {-width:.2f} {length * 0.72:.2f} {-width * 0.8:.2f} {length:.2f} 0"
        low = f"C{length * 0.72:.2f} {width * 0.8:.2f} {length * 0.28:.2f} {width:.2f} 0 0Z"
        with self.group(move=(x, y), turn=turn, opacity=opacity):
            self.path(d + low, self.linear((0, lighter(colour, 0.16), 1), (1, darker(colour, 0.14), 1)))
            self.path(f"M0 0{low.replace('0 0Z', '0 0')}M0 0L{length:.2f} 0{low}", darker(colour, 0.2), opacity=0.35)
            if vein:
                self.path(
                    f"M{length * 0.04:.2f} 0L{length * 0.92:.2f} 0", stroke=lighter(colour, 0.3), width=max(0.6, width * 0.07), opacity=0.6
                )

    # --- grounds ----------------------------------------------------------------------------------------------------------

    def sky(self, *stops: str, angle: float = 20) -> None:
        """The ground of the whole picture: colours from the quiet side to the light."""
        places = [(index / (len(stops) - 1), colour, 1.0) for index, colour in enumerate(stops)]
        self.box(0, 0, self.w, self.h, self.linear(*places, angle=angle if self.wide else 75))

    def hill(
        self, level: float, swing: float, colour: str, *, fade: float = 0.0, bumps: int = 5, opacity: float = 1, phase: float = 0.0
    ) -> None:
        """A rolling horizon over the full width; `level` and `swing` are shares of the area's height, `fade` turns its foot to mist."""
        base = self.top + level * self.ah
        points = [
            (
                self.w * (index / bumps) - self.w * 0.05,
                base + self.ah * swing * (math.sin(index * 1.9 + phase * 6.3) * 0.65 + self.any(-0.35, 0.35)),
            )
            for index in range(bumps + 2)
        ]
        d = curve(points) + f"L{self.w * 1.3:.1f} {self.h:.1f}L{-self.w * 0.1:.1f} {self.h:.1f}Z"
        fill = (
            self.linear((0, lighter(colour, 0.12), 1), (0.5, colour, 1 - fade * 0.5), (1, colour, 1 - fade))
            if fade
            else self.linear((0, lighter(colour, 0.14), 1), (1, darker(colour, 0.1), 1))
        )
        self.path(d, fill, opacity=opacity)

    def beam(self, x: float, y: float, length: float, spread: float, turn: float, colour: str, strength: float) -> None:
        """A cone of light from (x, y)."""
        with self.group(move=(x, y), turn=turn):
            self.path(
                f"M0 0L{length:.1f} {-spread:.1f}L{length:.1f} {spread:.1f}Z", self.linear((0, colour, strength), (1, colour, 0), angle=0)
            )

    def dust(self, count: int, colour: str, *, low: float = 0.15, high: float = 0.5, strength: float = 0.8) -> None:
        """Fine light points over the area, sizes in units."""
        for _ in range(count):
            x, y = self.at(self.any(-0.05, 1), self.any(0.02, 0.85))
            self.disc(x, y, self.any(low, high) * self.u, colour, self.any(0.25, strength))

    def bokeh(self, count: int, colour: str, *, low: float = 2, high: float = 6, strength: float = 0.16) -> None:
        """Large faint discs of light out of focus."""
        for _ in range(count):
            x, y = self.at(self.any(0, 1), self.any(0, 0.7))
            r = self.any(low, high) * self.u
            self.disc(x, y, r, self.radial((0, colour, strength * 0.8), (0.85, colour, strength), (1, colour, 0)))

    def stage(self) -> None:
        """A low round stage where the page sets real goods."""
        x, y = self.at(0.52, 0.925)
        rx, ry = (self.aw * 0.4, self.ah * 0.075) if self.wide else (self.aw * 0.42, self.ah * 0.06)
        # A warm pale over a cold ground would turn olive: then the stage takes its white from the light, not from the pale.
        pale = self.c.pale if _near(self.c.base, self.c.pale) else mix(self.c.pale, WHITE, 0.7)
        side = mix(self.c.base, pale, 0.45)
        self.shadow(x - 2 * self.u, y + ry * 0.75, rx * 1.16, ry * 1.3, 0.5)
        thick = ry * 0.42
        self.path(
            f"M{x - rx:.1f} {y:.1f}v{thick:.1f}A{rx:.1f} {ry:.1f} 0 0 0 {x + rx:.1f} {y + thick:.1f}v{-thick:.1f}Z",
            self.linear((0, darker(side, 0.32), 1), (0.6, side, 1), (1, lighter(side, 0.2), 1), angle=0),
        )
        top = mix(self.c.base, pale, 0.78)
        self.oval(x, y, rx, ry, self.linear((0, darker(top, 0.16), 1), (0.7, top, 1), (1, lighter(top, 0.4), 1), angle=0))
        self.ring(x, y, rx * 0.985, ry * 0.965, lighter(top, 0.6), 0.25 * self.u, 0.7)

    def veil(self) -> None:
        """Keeps the side of the words quiet."""
        deep = darker(self.c.deep, 0.08)
        if self.wide:
            fill = self.linear((0, deep, 0.9), (0.3, deep, 0.72), (0.52, deep, 0), angle=0)
        else:
            fill = self.linear((0, deep, 0.88), (0.26, deep, 0.7), (0.46, deep, 0))
        self.box(0, 0, self.w, self.h, fill)

    def svg(self) -> str:
        """The whole picture."""
        defs = "".join(text.replace("%s", name, 1) for text, name in self._defs.items())
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.w}" height="{self.h}" viewBox="0 0 {self.w} {self.h}">'
            f"<defs>{defs}</defs>{''.join(self._parts)}</svg>"
        )


def _near(one: str, other: str) -> bool:
    """Whether two colours lie within 80 degrees of the colour circle, or one is nearly grey."""
    first, second = (colorsys.rgb_to_hls(*(part / 255 for part in rgb(colour))) for colour in (one, other))
    apart = abs(first[0] - second[0])
    return min(apart, 1 - apart) <= 80 / 360 or min(first[2], second[2]) < 0.15


def curve(points: Sequence[Point], *, closed: bool = False) -> str:
    """A path that runs smoothly through the points (Catmull-Rom)."""
    if closed:
        points = [points[-1], *points, points[0], points[1]]
    else:
        points = [points[0], *points, points[-1]]
    d = f"M{points[1][0]:.2f} {points[1][1]:.2f}"
    for (ax, ay), (bx, by), (cx, cy), (ex, ey) in zip(points, points[1:], points[2:], points[3:], strict=False):
        d += f"C{bx + (cx - ax) / 6:.2f} {by + (cy - ay) / 6:.2f} {cx - (ex - bx) / 6:.2f} {cy - (ey - by) / 6:.2f} {cx:.2f} {cy:.2f}"
    return d + ("Z" if closed else "")
