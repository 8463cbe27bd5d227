"""Backgrounds as vector scenes: one light, three depths, a quiet area for the words, motif elements placed by rule. No text."""

from __future__ import annotations

import colorsys
import hashlib
import math
import random
import re
from collections.abc import Callable

MIN_SIDE, MAX_SIDE = 64, 2400
_HEX = re.compile(r"#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}(?![0-9a-fA-F])")


def paint(prompt: str, width: int, height: int) -> bytes:
    """PNG bytes for a prompt with `motif:`, `palette:`, `mood:` and `seed:` hints; every hint may be missing."""
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=scene(prompt, width, height)))


def scene(prompt: str, width: int, height: int) -> str:
    """The scene as SVG."""
    hints = {name: value.strip() for name, value in re.findall(r"(motif|mood|palette|seed):\s*([^;\n]+)", prompt)}
    motif = hints.get("motif", "").lower()
    colours = _HEX.findall(hints.get("palette", "")) or ["#2f6b3f", "#3a7448", "#f4d774", "#e4efd9"]
    digest = hashlib.sha256(f"{motif}|{hints.get('seed', '')}|{prompt}".encode()).digest()
    return Scene(motif, colours, width, height, random.Random(digest)).draw()


def mix(one: str, other: str, share: float) -> str:
    """A colour between two: share 0 is the first."""
    a, b = _rgb(one), _rgb(other)
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(a, b, strict=True))


def _rgb(colour: str) -> tuple[int, int, int]:
    text = colour.lstrip("#")
    if len(text) == 3:
        text = "".join(char * 2 for char in text)
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


def _lightness(colour: str) -> float:
    red, green, blue = (part / 255 for part in _rgb(colour))
    return colorsys.rgb_to_hls(red, green, blue)[1]


class Scene:
    """One picture. Units are pixels; `unit` is 1/100 of the shorter side."""

    def __init__(self, motif: str, colours: list[str], width: int, height: int, dice: random.Random) -> None:
        self.motif = motif
        self.width, self.height = width, height
        self.unit = min(width, height) / 100
        self.dice = dice
        ordered = sorted(dict.fromkeys(colours), key=_lightness)
        self.dark, self.light = ordered[0], ordered[-1]
        self.base = colours[0]
        self.second = colours[1] if len(colours) > 1 else mix(self.base, "#ffffff", 0.2)
        saturated = sorted(colours, key=lambda c: -colorsys.rgb_to_hls(*(p / 255 for p in _rgb(c)))[2])
        warm = [c for c in colours if _rgb(c)[0] > _rgb(c)[2] + 40 and _lightness(c) > 0.5]
        self.glow = warm[0] if warm else saturated[0]
        self.wide = width > height * 1.15
        # The focal point stands right of the middle on wide pictures, low on tall ones: words have the rest.
        self.focus = (width * 0.76, height * 0.46) if self.wide else (width * 0.62, height * 0.72)
        self.parts: list[str] = []

    def draw(self) -> str:
        """Background, middle, foreground, then a veil over the quiet area."""
        self._ground()
        self._light()
        self._hills()
        self._motif()
        self._stage()
        self._quiet()
        sky, deep = mix(self.base, "#ffffff", 0.04), mix(self.base, "#000000", 0.12)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}">'
            f'<defs><linearGradient id="sky" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="{deep}"/>'
            f'<stop offset="0.55" stop-color="{sky}"/><stop offset="1" stop-color="{mix(self.second, self.glow, 0.22)}"/></linearGradient>'
            f'<radialGradient id="glow"><stop offset="0" stop-color="{mix(self.glow, "#ffffff", 0.45)}" stop-opacity="0.75"/>'
            f'<stop offset="0.5" stop-color="{self.glow}" stop-opacity="0.22"/><stop offset="1" stop-color="{self.glow}" stop-opacity="0"/></radialGradient>'
            f'<linearGradient id="veil" x1="0" y1="0" x2="{1 if self.wide else 0}" y2="{0 if self.wide else 1}">'
            f'<stop offset="0" stop-color="{deep}" stop-opacity="0.72"/><stop offset="0.55" stop-color="{deep}" stop-opacity="0"/></linearGradient>'
            '<filter id="soft" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="'
            f'{self.unit * 1.6:.1f}"/></filter></defs>' + "".join(self.parts) + "</svg>"
        )

    # --- layers -------------------------------------------------------------------------------------------------------

    def _ground(self) -> None:
        self.parts.append(f'<rect width="{self.width}" height="{self.height}" fill="url(#sky)"/>')
        for _ in range(5):  # large, barely visible discs: air
            x, y = self.dice.uniform(0, self.width), self.dice.uniform(0, self.height)
            self._disc(x, y, self.dice.uniform(14, 34) * self.unit, "#ffffff", 0.035)

    def _light(self) -> None:
        x, y = self.focus[0] + 8 * self.unit, self.focus[1] - 14 * self.unit
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{62 * self.unit:.1f}" fill="url(#glow)"/>')
        if not self._has("snow", "tech", "circuit", "petal", "fabric"):
            self._disc(x, y, 19 * self.unit, mix(self.glow, "#ffffff", 0.3), 0.9)
            self._disc(x, y, 23 * self.unit, mix(self.glow, "#ffffff", 0.5), 0.22)

    def _hills(self) -> None:
        for depth, (level, share) in enumerate(((0.74, 0.16), (0.83, 0.3), (0.92, 0.46))):
            top = self.height * level
            swing = (7 - depth) * self.unit
            steps = 6
            path = f"M0 {self.height} L0 {top:.1f}"
            for step in range(steps):
                x0, x1 = self.width * step / steps, self.width * (step + 1) / steps
                lift = swing * self.dice.uniform(0.3, 1.0) * (1 if (step + depth) % 2 else -1)
                path += f" Q{(x0 + x1) / 2:.1f} {top + lift:.1f} {x1:.1f} {top:.1f}"
            fill = mix(mix(self.second, self.base, 0.4), self.dark, share) if depth else mix(self.second, "#ffffff", 0.12)
            self.parts.append(f'<path d="{path} L{self.width} {self.height} Z" fill="{fill}" opacity="{0.55 + depth * 0.2:.2f}"/>')

    def _stage(self) -> None:
        """A low round stage in the right two thirds, where the page sets real goods."""
        x = self.width * (0.72 if self.wide else 0.5)
        y = self.height * 0.93
        reach = self.width * (0.25 if self.wide else 0.4)
        self._ellipse(x, y + 3 * self.unit, reach * 1.05, 7 * self.unit, "#000000", 0.2, soft=True)
        self._ellipse(x, y + 1.6 * self.unit, reach, 6 * self.unit, mix(self.light, self.dark, 0.35), 0.95)
        self._ellipse(x, y, reach, 5.6 * self.unit, mix(self.light, self.glow, 0.12), 0.96)
        self._ellipse(x, y - 0.4 * self.unit, reach * 0.94, 4.8 * self.unit, mix(self.light, "#ffffff", 0.5), 0.5)

    def _quiet(self) -> None:
        self.parts.append(f'<rect width="{self.width}" height="{self.height}" fill="url(#veil)"/>')

    # --- motifs -------------------------------------------------------------------------------------------------------

    def _has(self, *words: str) -> bool:
        return any(word in self.motif for word in words)

    def _motif(self) -> None:
        choices: list[tuple[tuple[str, ...], Callable[[], None]]] = [
            (("bamboo", "panda"), self._bamboo),
            (("lantern",), self._lanterns),
            (("moon", "osmanthus"), self._clouds),
            (("snow", "christmas", "fir", "winter", "pine"), self._snow),
            (("petal", "flower", "blossom", "fabric", "ribbon"), self._petals),
            (("wave", "sea", "summer", "beach"), self._waves),
            (("leaf", "leaves", "autumn", "maple"), self._leaves),
            (("tent", "camp", "mountain", "outdoor"), self._tents),
            (("circuit", "tech", "glow", "grid"), self._circuit),
            (("star", "balloon", "baby", "toy"), self._balloons),
            (("paw", "pet"), self._paws),
            (("window", "home", "interior", "arch", "shelf", "table"), self._arches),
        ]
        done = False
        for words, drawer in choices:
            if self._has(*words):
                drawer()
                done = True
                break
        if not done:
            self._arches()
        self._sparkles()

    def _bamboo(self) -> None:
        stems = (0.9, 0.955, 0.985, 0.6) if self.wide else (0.9, 0.97, 0.06, 0.12)
        for number, place in enumerate(stems):
            x = self.width * place + self.dice.uniform(-1, 1) * self.unit
            thick = (3.4 - number * 0.5) * self.unit
            colour = mix(self.second, self.glow if number % 2 else self.dark, 0.25)
            joint = 15 * self.unit
            top = -2 * self.unit if number < 3 else self.height * 0.3
            y = self.height * 0.96
            while y > top:
                self.parts.append(
                    f'<rect x="{x - thick / 2:.1f}" y="{y - joint:.1f}" width="{thick:.1f}" height="{joint - 0.7 * self.unit:.1f}" rx="{thick * 0.28:.1f}" fill="{colour}"/>'
                    f'<rect x="{x - thick * 0.32:.1f}" y="{y - joint:.1f}" width="{thick * 0.2:.1f}" height="{joint - 0.7 * self.unit:.1f}" rx="{thick * 0.1:.1f}" fill="#ffffff" opacity="0.22"/>'
                )
                if self.dice.random() < 0.55:
                    side = -1 if number < 3 else 1
                    self._leaf_fan(x, y - joint, side, colour)
                y -= joint

    def _leaf_fan(self, x: float, y: float, side: int, colour: str) -> None:
        for angle, length in ((8, 13), (32, 16), (58, 12)):
            turn = math.radians(180 - angle if side < 0 else angle)
            reach = length * self.unit
            ex, ey = x + math.cos(turn) * reach, y + math.sin(turn) * reach
            mx, my = (x + ex) / 2 + 1.8 * self.unit, (y + ey) / 2 - 2.2 * self.unit
            nx, ny = (x + ex) / 2 - 0.8 * self.unit, (y + ey) / 2 + 1.6 * self.unit
            self.parts.append(
                f'<path d="M{x:.1f} {y:.1f} Q{mx:.1f} {my:.1f} {ex:.1f} {ey:.1f} Q{nx:.1f} {ny:.1f} {x:.1f} {y:.1f}Z" fill="{mix(colour, "#ffffff", 0.1)}" opacity="0.92"/>'
            )

    def _lanterns(self) -> None:
        red, gold = "#d8322c", "#f6c667"
        places = ((0.66, 0.2, 8), (0.82, 0.13, 11), (0.94, 0.24, 8)) if self.wide else ((0.12, 0.42, 7), (0.88, 0.38, 9), (0.74, 0.5, 6))
        for px, py, size in places:
            x, y, r = self.width * px, self.height * py + size * self.unit * 0.4, size * self.unit
            self.parts.append(f'<path d="M{x:.1f} 0V{y - r:.1f}" stroke="{gold}" stroke-width="{0.5 * self.unit:.1f}"/>')
            self._ellipse(x, y, r * 1.5, r * 1.3, red, 0.22, soft=True)
            self._ellipse(x, y, r * 1.15, r, red, 1)
            for share in (0.75, 0.38):
                self.parts.append(
                    f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{r * 1.15 * share:.1f}" ry="{r:.1f}" fill="none" stroke="{mix(red, gold, 0.45)}" stroke-width="{0.45 * self.unit:.1f}"/>'
                )
            self._ellipse(x - r * 0.4, y - r * 0.35, r * 0.3, r * 0.4, "#ffffff", 0.16)
            for edge in (-1, 1):
                self.parts.append(
                    f'<rect x="{x - r * 0.5:.1f}" y="{y + edge * r * 0.98 - r * 0.11:.1f}" width="{r:.1f}" height="{r * 0.22:.1f}" rx="{r * 0.1:.1f}" fill="{gold}"/>'
                )
            for strand in (-2, -1, 0, 1, 2):
                self.parts.append(
                    f'<path d="M{x + strand * r * 0.12:.1f} {y + r * 1.1:.1f}v{r * (0.9 - abs(strand) * 0.08):.1f}" stroke="{gold}" stroke-width="{0.4 * self.unit:.1f}" stroke-linecap="round"/>'
                )
        self._clouds()

    def _clouds(self) -> None:
        places = ((0.6, 0.62, 9), (0.92, 0.52, 12), (0.8, 0.7, 8)) if self.wide else ((0.15, 0.62, 8), (0.85, 0.58, 10))
        for px, py, size in places:
            x, y, r = self.width * px, self.height * py, size * self.unit
            colour = mix(self.light, self.glow, 0.2)
            for dx, dy, share in (
                (-1.1, 0.1, 0.55),
                (0, -0.25, 0.8),
                (1.05, 0.05, 0.6),
                (2.0, 0.2, 0.35),
                (-1.9, 0.25, 0.3),
            ):
                self._disc(x + dx * r, y + dy * r, r * share, colour, 0.5)
            self.parts.append(
                f'<rect x="{x - 2.2 * r:.1f}" y="{y + 0.1 * r:.1f}" width="{4.6 * r:.1f}" height="{0.5 * r:.1f}" rx="{0.25 * r:.1f}" fill="{colour}" opacity="0.5"/>'
            )

    def _snow(self) -> None:
        for place, size in ((0.62, 26), (0.7, 34), (0.9, 44), (0.97, 30), (0.82, 24)):
            x, y = self.width * place, self.height * 0.93
            tall = size * self.unit
            for tier in range(4):
                top = y - tall * (0.34 + 0.22 * tier) - tall * 0.1
                half = tall * (0.3 - 0.055 * tier)
                low = y - tall * 0.2 * tier - tall * 0.06
                green = mix("#1f5d4a", self.dark, 0.15 + 0.08 * (tier % 2))
                self.parts.append(
                    f'<path d="M{x:.1f} {top:.1f} L{x + half:.1f} {low:.1f} Q{x:.1f} {low + tall * 0.05:.1f} {x - half:.1f} {low:.1f}Z" fill="{green}"/>'
                )
                self.parts.append(
                    f'<path d="M{x:.1f} {top:.1f} L{x + half * 0.45:.1f} {top + (low - top) * 0.45:.1f} Q{x:.1f} {top + (low - top) * 0.32:.1f} {x - half * 0.45:.1f} {top + (low - top) * 0.45:.1f}Z" fill="#ffffff" opacity="0.85"/>'
                )
        for _ in range(70):
            x, y = self.dice.uniform(0, self.width), self.dice.uniform(0, self.height * 0.9)
            self._disc(x, y, self.dice.uniform(0.25, 0.9) * self.unit, "#ffffff", self.dice.uniform(0.35, 0.9))

    def _petals(self) -> None:
        pink = mix(self.glow, "#ffffff", 0.35)
        blooms = (
            ((0.9, 0.3, 15), (0.99, 0.55, 11), (0.66, 0.16, 9), (0.8, 0.1, 7))
            if self.wide
            else ((0.92, 0.44, 14), (0.06, 0.52, 11), (0.78, 0.55, 7))
        )
        for px, py, size in blooms:
            x, y, r = self.width * px, self.height * py, size * self.unit
            for petal in range(6):
                turn = 60 * petal + size * 7
                self.parts.append(
                    f'<g transform="translate({x:.1f} {y:.1f}) rotate({turn})"><ellipse cx="0" cy="{-r * 0.62:.1f}" rx="{r * 0.4:.1f}" ry="{r * 0.62:.1f}" fill="{mix(pink, self.second, 0.16 * (petal % 2))}" opacity="0.94"/>'
                    f'<ellipse cx="0" cy="{-r * 0.5:.1f}" rx="{r * 0.12:.1f}" ry="{r * 0.42:.1f}" fill="#ffffff" opacity="0.28"/></g>'
                )
            self._disc(x, y, r * 0.22, mix(self.glow, self.dark, 0.2), 1)
        for _ in range(16):
            x, y = self.width * self.dice.uniform(0.45, 1), self.height * self.dice.uniform(0.05, 0.85)
            turn, r = self.dice.uniform(0, 180), self.dice.uniform(1.2, 2.4) * self.unit
            self.parts.append(
                f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{r:.1f}" ry="{r * 0.5:.1f}" transform="rotate({turn:.0f} {x:.1f} {y:.1f})" fill="{pink}" opacity="0.7"/>'
            )

    def _waves(self) -> None:
        for number in range(5):
            top = self.height * (0.62 + number * 0.08)
            length = (22 + number * 4) * self.unit
            path, x = f"M{-length:.1f} {self.height} V{top:.1f}", -length + self.dice.uniform(0, length)
            path += f" L{x:.1f} {top:.1f}"
            while x < self.width + length:
                path += f" q{length / 4:.1f} {-5 * self.unit:.1f} {length / 2:.1f} 0 t{length / 2:.1f} 0"
                x += length
            colour = mix(mix(self.second, "#ffffff", 0.35), self.base, number / 5)
            self.parts.append(f'<path d="{path} V{self.height} Z" fill="{colour}" opacity="0.75"/>')

    def _leaves(self) -> None:
        palette = [self.glow, mix(self.glow, "#c2461f", 0.6), mix(self.glow, "#8a2f14", 0.7)]
        for number in range(26):
            x = self.width * (0.5 + 0.52 * self.dice.random()) if number % 4 else self.width * self.dice.random()
            y = self.height * self.dice.uniform(0.02, 0.9)
            r = self.dice.uniform(2.2, 6.5) * self.unit
            turn = self.dice.uniform(0, 360)
            self.parts.append(
                f'<g transform="translate({x:.1f} {y:.1f}) rotate({turn:.0f})" opacity="0.92"><path d="M0 {-r:.1f} C{r * 0.9:.1f} {-r * 0.5:.1f} {r * 0.8:.1f} {r * 0.6:.1f} 0 {r:.1f} C{-r * 0.8:.1f} {r * 0.6:.1f} {-r * 0.9:.1f} {-r * 0.5:.1f} 0 {-r:.1f}Z" fill="{palette[number % 3]}"/>'
                f'<path d="M0 {-r * 0.8:.1f}V{r * 1.3:.1f}" stroke="{mix(palette[number % 3], "#000000", 0.3)}" stroke-width="{r * 0.08:.2f}"/></g>'
            )

    def _tents(self) -> None:
        for place, size, level in ((0.6, 46, 0.9), (0.8, 58, 0.92), (1.0, 50, 0.9)):
            x, y, r = self.width * place, self.height * level, size * self.unit
            self.parts.append(
                f'<path d="M{x - r:.1f} {y:.1f} L{x:.1f} {y - r * 0.95:.1f} L{x + r:.1f} {y:.1f}Z" fill="{mix(self.second, self.dark, 0.35)}" opacity="0.6"/>'
            )
            self.parts.append(
                f'<path d="M{x - r * 0.26:.1f} {y - r * 0.7:.1f} L{x:.1f} {y - r * 0.95:.1f} L{x + r * 0.26:.1f} {y - r * 0.7:.1f} L{x + r * 0.08:.1f} {y - r * 0.76:.1f} L{x:.1f} {y - r * 0.68:.1f} L{x - r * 0.1:.1f} {y - r * 0.77:.1f}Z" fill="#ffffff" opacity="0.7"/>'
            )
        x, y, r = self.width * 0.9, self.height * 0.9, 26 * self.unit
        self.parts.append(
            f'<path d="M{x - r:.1f} {y:.1f} L{x:.1f} {y - r * 1.05:.1f} L{x + r:.1f} {y:.1f}Z" fill="{mix(self.glow, "#d9682b", 0.45)}"/>'
        )
        self.parts.append(f'<path d="M{x:.1f} {y - r * 1.05:.1f} L{x + r:.1f} {y:.1f} H{x + r * 0.3:.1f}Z" fill="#000000" opacity="0.16"/>')
        self.parts.append(
            f'<path d="M{x:.1f} {y - r * 0.75:.1f} L{x + r * 0.28:.1f} {y:.1f} H{x - r * 0.28:.1f}Z" fill="{mix(self.light, self.glow, 0.5)}"/>'
        )

    def _circuit(self) -> None:
        glow = mix(self.glow, "#ffffff", 0.3)
        for number in range(16):
            x = self.width * (0.48 + 0.52 * self.dice.random())
            y = self.height * self.dice.uniform(0.05, 0.9)
            run, drop = (
                self.dice.uniform(8, 26) * self.unit,
                self.dice.choice((-1, 1)) * self.dice.uniform(4, 12) * self.unit,
            )
            self.parts.append(
                f'<path d="M{x:.1f} {y:.1f}h{run:.1f}l{abs(drop):.1f} {drop:.1f}h{run * 0.6:.1f}" fill="none" stroke="{glow}" stroke-width="{0.42 * self.unit:.2f}" opacity="{0.25 + 0.04 * (number % 8):.2f}"/>'
            )
            self._disc(x, y, 0.9 * self.unit, glow, 0.8)
        for ring in (16, 24, 33):
            self.parts.append(
                f'<circle cx="{self.focus[0]:.1f}" cy="{self.focus[1]:.1f}" r="{ring * self.unit:.1f}" fill="none" stroke="{glow}" stroke-width="{0.5 * self.unit:.1f}" opacity="{0.5 - ring * 0.01:.2f}"/>'
            )

    def _balloons(self) -> None:
        colours = [
            self.glow,
            mix(self.glow, "#ffffff", 0.45),
            mix(self.second, "#ffffff", 0.35),
            mix(self.glow, "#e2574c", 0.5),
        ]
        places = (
            ((0.64, 0.26, 8), (0.74, 0.16, 10), (0.86, 0.24, 12), (0.95, 0.4, 9))
            if self.wide
            else ((0.12, 0.5, 8), (0.86, 0.44, 10), (0.7, 0.52, 7))
        )
        for number, (px, py, size) in enumerate(places):
            x, y, r = self.width * px, self.height * py, size * self.unit
            colour = colours[number % len(colours)]
            self.parts.append(
                f'<path d="M{x:.1f} {y + r * 1.2:.1f}q{r * 0.4:.1f} {r * 1.4:.1f} {-r * 0.2:.1f} {r * 3:.1f}" fill="none" stroke="#ffffff" stroke-width="{0.35 * self.unit:.1f}" opacity="0.6"/>'
            )
            self._ellipse(x, y, r, r * 1.2, colour, 1)
            self._ellipse(x + r * 0.25, y + r * 0.3, r * 0.7, r * 0.85, "#000000", 0.06)
            self._ellipse(x - r * 0.35, y - r * 0.45, r * 0.2, r * 0.34, "#ffffff", 0.55)
            self.parts.append(
                f'<path d="M{x - r * 0.14:.1f} {y + r * 1.32:.1f}L{x:.1f} {y + r * 1.14:.1f}L{x + r * 0.14:.1f} {y + r * 1.32:.1f}Z" fill="{colour}"/>'
            )
        for _ in range(12):
            self._star(
                self.width * self.dice.uniform(0.5, 1),
                self.height * self.dice.uniform(0.04, 0.7),
                self.dice.uniform(1, 2.2) * self.unit,
            )

    def _paws(self) -> None:
        colour = mix(self.light, self.glow, 0.35)
        for number in range(7):
            x = self.width * (0.56 + 0.065 * number)
            y = self.height * (0.72 - 0.1 * number + (0.06 if number % 2 else -0.03))
            r = (3.4 + number * 0.35) * self.unit
            self.parts.append(f'<g transform="rotate({24 + number * 3} {x:.1f} {y:.1f})" opacity="0.6">')
            self._ellipse(x, y, r, r * 0.82, colour, 1)
            for dx, dy in ((-0.95, -0.75), (-0.35, -1.25), (0.35, -1.25), (0.95, -0.75)):
                self._ellipse(x + dx * r, y + dy * r, r * 0.34, r * 0.44, colour, 1)
            self.parts.append("</g>")

    def _arches(self) -> None:
        wall = mix(self.light, self.glow, 0.18)
        for place, size, share in ((0.62, 30, 0.2), (0.78, 42, 0.0), (0.94, 32, 0.12)):
            x, y, r = self.width * place, self.height * 0.92, size * self.unit * 0.5
            tall = size * self.unit * 1.25
            self.parts.append(
                f'<path d="M{x - r:.1f} {y:.1f}V{y - tall + r:.1f}A{r:.1f} {r:.1f} 0 0 1 {x + r:.1f} {y - tall + r:.1f}V{y:.1f}Z" fill="{mix(wall, self.second, share + 0.12)}" opacity="0.88"/>'
                f'<path d="M{x - r * 0.86:.1f} {y:.1f}V{y - tall + r:.1f}A{r * 0.86:.1f} {r * 0.86:.1f} 0 0 1 {x + r * 0.86:.1f} {y - tall + r:.1f}V{y:.1f}Z" fill="{mix(self.second, self.base, 0.3)}" opacity="0.5"/>'
            )

    def _sparkles(self) -> None:
        for _ in range(14):
            x, y = self.width * self.dice.uniform(0.4, 1), self.height * self.dice.uniform(0.03, 0.72)
            self._disc(x, y, self.dice.uniform(0.2, 0.6) * self.unit, "#ffffff", self.dice.uniform(0.3, 0.8))

    # --- strokes ------------------------------------------------------------------------------------------------------

    def _disc(self, x: float, y: float, r: float, colour: str, opacity: float) -> None:
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{colour}" opacity="{opacity:.3f}"/>')

    def _ellipse(self, x: float, y: float, rx: float, ry: float, colour: str, opacity: float, *, soft: bool = False) -> None:
        blur = ' filter="url(#soft)"' if soft else ""
        self.parts.append(f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}" fill="{colour}" opacity="{opacity:.3f}"{blur}/>')

    def _star(self, x: float, y: float, r: float) -> None:
        points = " ".join(
            f"{x + math.cos(math.pi * k / 5 - math.pi / 2) * (r if k % 2 == 0 else r * 0.45):.1f},{y + math.sin(math.pi * k / 5 - math.pi / 2) * (r if k % 2 == 0 else r * 0.45):.1f}"
            for k in range(10)
        )
        self.parts.append(f'<polygon points="{points}" fill="{mix(self.glow, "#ffffff", 0.4)}" opacity="0.85"/>')
