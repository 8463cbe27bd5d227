"""Scenes of rooms, feasts and goods' own worlds: lanterns, diyas, petals, fabric, beauty, toys, pets, school, kitchen, home, tech, studio, market, gifts."""

from __future__ import annotations

import math
from itertools import pairwise

from infra.local.models.painting.canvas import BLACK, WHITE, Canvas, curve, darker, lighter, mix, turned
from infra.local.models.painting.nature import blossom, cherry_branch, cloud, panda, petals, steam, sun, swirl_cloud

# --- feasts -----------------------------------------------------------------------------------------------------------


def lantern(k: Canvas, x: float, y: float, r: float, colour: str, gold: str, *, blur: float = 0) -> None:
    """A round lantern hung from above."""
    with k.group(blur=blur):
        k.path(f"M{x:.1f} {min(0, y - r * 6):.1f}V{y - r:.1f}", stroke=gold, width=r * 0.06)
        k.glow(x, y, r * 2.6, mix(colour, "#ff9a4a", 0.5), 0.5)
        k.oval(
            x, y, r * 1.18, r, k.radial((0, "#ffb36b", 1), (0.4, lighter(colour, 0.12), 1), (1, darker(colour, 0.25), 1), at=(0.55, 0.5))
        )
        for share in (0.92, 0.6, 0.22):
            k.ring(x, y, r * 1.18 * share, r * 0.995, mix(colour, gold, 0.5), r * 0.035, 0.7)
        k.oval(x + r * 0.5, y - r * 0.42, r * 0.16, r * 0.26, WHITE, 0.28, turn=-28)
        for edge in (-1, 1):
            k.box(
                x - r * 0.52,
                y + edge * r * 0.97 - r * 0.12,
                r * 1.04,
                r * 0.24,
                k.linear((0, darker(gold, 0.25), 1), (0.7, gold, 1), (1, lighter(gold, 0.4), 1), angle=0),
                r=r * 0.08,
            )
        k.ball(x, y + r * 1.3, r * 0.12, gold)
        for strand in range(-3, 4):
            k.path(
                f"M{x + strand * r * 0.05:.1f} {y + r * 1.4:.1f}q{strand * r * 0.03:.1f} {r * 0.5:.1f} {strand * r * 0.045:.1f} {r * (0.95 - abs(strand) * 0.05):.1f}",
                stroke=mix(colour, gold, 0.35),
                width=r * 0.05,
            )


def lanterns(k: Canvas) -> None:
    """Lanterns in the evening, plum blossom, clouds, far roofs, fireworks."""
    c = k.c
    gold = mix(c.glow, "#f6c667", 0.5)
    red = mix("#e03a2f", c.base, 0.15)
    k.sky(darker(c.deep, 0.2), c.deep, c.base, mix(c.base, c.glow, 0.35), angle=35)
    k.glow(*k.at(0.6, 0.55), 62 * k.s, c.glow, 0.4)
    for a, b, burst in ((0.3, 0.2, 12), (0.12, 0.4, 8), (0.9, 0.5, 9)):
        _firework(k, *k.at(a, b), burst * k.s, gold)
    for level, share in ((0.72, 0.2), (0.84, 0.08)):
        _roofs(k, level, mix(c.deep, c.glow, share))
    for a, b, size in ((0.08, 0.62, 6), (0.5, 0.7, 7), (0.96, 0.68, 8), (0.3, 0.82, 8)):
        swirl_cloud(k, *k.at(a, b), size * k.s, mix(c.base, gold, 0.62), 0.8)
    tops = (
        (0.36, 0.1, 3.4, 0.6),
        (0.5, 0.3, 6.2, 0),
        (0.66, 0.17, 9.2, 0),
        (0.82, 0.36, 6.6, 0),
        (0.22, 0.22, 4.4, 0.25),
        (0.94, 0.12, 4.0, 0.5),
    )
    for a, b, r, blur in tops:
        x, y = k.at(a, b)
        lantern(k, x, y, r * k.s, red, gold, blur=blur * k.u)
    cherry_branch(k, mix("#ff8f8f", c.glow, 0.25), wood=darker("#5a2a22", 0.2))
    k.dust(40, gold, high=0.4)


def _firework(k: Canvas, x: float, y: float, r: float, colour: str) -> None:
    k.glow(x, y, r * 1.2, colour, 0.35)
    for index in range(22):
        turn = math.tau * index / 22
        for start, end, width, faint in ((0.28, 0.62, 0.035, 0.8), (0.7, 0.86, 0.028, 0.6)):
            long = 1.0 if index % 2 else 0.78
            x1, y1 = x + math.cos(turn) * r * start * long, y + math.sin(turn) * r * start * long
            x2, y2 = x + math.cos(turn) * r * end * long, y + math.sin(turn) * r * end * long + r * 0.04
            k.path(f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}", stroke=lighter(colour, 0.25), width=r * width, opacity=faint)
        k.disc(x + math.cos(turn) * r * 0.96, y + math.sin(turn) * r * 0.96 + r * 0.06, r * 0.028, WHITE, 0.8)


def _roofs(k: Canvas, level: float, colour: str) -> None:
    y = k.at(0, level)[1]
    x = k.left - k.aw * 0.1
    k.box(0, y + 8 * k.s, k.w, k.h, colour, opacity=0.9)
    while x < k.w:
        w = k.any(14, 22) * k.s
        tall = k.any(2, 5) * k.s
        for tier in (0, 1):
            half, top = w * (0.5 - 0.13 * tier), y - tier * (5.5 * k.s) + 4 * k.s - tall
            k.path(
                f"M{x - half * 1.3:.1f} {top + 2.6 * k.s:.1f}Q{x - half * 0.8:.1f} {top + 2.2 * k.s:.1f} {x - half * 0.45:.1f} {top - 1.4 * k.s:.1f}H{x + half * 0.45:.1f}"
                f"Q{x + half * 0.8:.1f} {top + 2.2 * k.s:.1f} {x + half * 1.3:.1f} {top + 2.6 * k.s:.1f}L{x + half:.1f} {top + 4 * k.s:.1f}H{x - half:.1f}Z",
                colour,
            )
            k.box(x - half * 0.8, top + 3.6 * k.s, half * 1.6, 9 * k.s, colour)
            for window in (-0.45, 0, 0.45):
                k.box(x + window * half - 0.7 * k.s, top + 5 * k.s, 1.4 * k.s, 1.8 * k.s, k.c.glow, r=0.2 * k.s, opacity=0.55)
        x += w * 1.5


def diya(k: Canvas) -> None:
    """Oil lamps before a great rangoli, garlands of marigold."""
    c = k.c
    k.sky(darker(c.deep, 0.25), c.deep, c.base, mix(c.base, c.glow, 0.25), angle=40)
    x, y = k.at(0.54, 0.4)
    k.glow(x, y, 58 * k.s, c.glow, 0.42)
    pinks = (c.glow, mix("#ff6f91", c.accent, 0.25), mix(c.pale, c.glow, 0.3), "#ff9d3c")
    for ring, (reach, count) in enumerate(((36, 24), (28, 16), (20, 12), (12, 8))):
        for index in range(count):
            turn = 360 * index / count + ring * 7.5
            with k.group(move=(x, y), turn=turn, opacity=0.8):
                r = reach * k.s
                k.path(
                    f"M{r * 0.66:.1f} 0C{r * 0.74:.1f} {-r * 0.13:.1f} {r * 0.92:.1f} {-r * 0.1:.1f} {r:.1f} 0C{r * 0.92:.1f} {r * 0.1:.1f} {r * 0.74:.1f} {r * 0.13:.1f} {r * 0.66:.1f} 0Z",
                    pinks[ring],
                    opacity=0.75,
                )
                k.disc(r * 1.05, 0, r * 0.022, lighter(c.glow, 0.4))
        k.ring(x, y, reach * 0.64 * k.s, reach * 0.64 * k.s, lighter(c.glow, 0.3), 0.3 * k.s, 0.6)
    k.disc(x, y, 5 * k.s, k.radial((0, lighter(c.glow, 0.6), 1), (1, c.glow, 1)))
    k.bokeh(12, c.glow, low=2, high=5, strength=0.16)
    k.hill(0.86, 0.012, darker(mix(c.deep, c.base, 0.4), 0.2))
    for row, (x1, x2, sag) in enumerate(((-0.02, 0.36, 0.13), (0.32, 0.72, 0.16), (0.68, 1.06, 0.14))):
        count = 17
        for index in range(count):
            t = index / (count - 1)
            gx, gy = k.at(x1 + (x2 - x1) * t, 0.0)
            gy = (gy if k.wide else k.top - 0.06 * k.ah) + math.sin(math.pi * t) * sag * k.ah + 1.5 * k.s
            _marigold(k, gx, gy, (2.1 + 0.5 * math.sin(math.pi * t)) * k.s, "#ff9f1c" if (index + row) % 3 else "#ffcf3f")
    for a, b, size in ((0.08, 0.9, 5), (0.24, 0.95, 6.4), (0.8, 0.95, 6.4), (0.96, 0.9, 5)):
        _oil_lamp(k, *k.at(a, b), size * k.s)
    k.dust(26, lighter(c.glow, 0.4), high=0.4)


def _marigold(k: Canvas, x: float, y: float, r: float, colour: str) -> None:
    for reach, count, shade in ((1.0, 11, 0.16), (0.74, 9, 0.04), (0.46, 6, -0.12)):
        fill = darker(colour, shade) if shade > 0 else lighter(colour, -shade)
        for index in range(count):
            turn = math.tau * index / count + reach
            k.disc(x + math.cos(turn) * r * reach * 0.68, y + math.sin(turn) * r * reach * 0.68, r * 0.34, fill)
    k.disc(x, y, r * 0.3, lighter(colour, 0.2))


def _oil_lamp(k: Canvas, x: float, y: float, r: float) -> None:
    k.shadow(x, y + r * 0.15, r * 1.6, r * 0.3, 0.5)
    k.glow(x + r * 0.5, y - r * 1.3, r * 3.2, "#ffb347", 0.65)
    clay = "#b5562b"
    k.path(
        f"M{x - r * 1.2:.1f} {y - r * 0.55:.1f}Q{x - r * 0.7:.1f} {y + r * 0.25:.1f} {x:.1f} {y + r * 0.2:.1f}Q{x + r * 0.9:.1f} {y + r * 0.2:.1f} {x + r * 1.35:.1f} {y - r * 0.7:.1f}Q{x:.1f} {y - r * 0.3:.1f} {x - r * 1.2:.1f} {y - r * 0.55:.1f}Z",
        k.linear((0, darker(clay, 0.25), 1), (1, lighter(clay, 0.22), 1), angle=0),
    )
    k.path(
        f"M{x - r * 1.2:.1f} {y - r * 0.55:.1f}Q{x:.1f} {y - r * 0.85:.1f} {x + r * 1.35:.1f} {y - r * 0.7:.1f}Q{x:.1f} {y - r * 0.3:.1f} {x - r * 1.2:.1f} {y - r * 0.55:.1f}Z",
        "#ffd98a",
    )
    for index in range(5):
        k.disc(x + (-0.7 + 0.36 * index) * r, y - r * 0.08, r * 0.07, "#ffe6b0")
    for share, colour in ((1.0, "#ff8f2b"), (0.66, "#ffc44d"), (0.36, "#fff6cf")):
        k.path(
            f"M{x + r * 0.95:.1f} {y - r * (0.6 + 1.5 * share):.1f}C{x + r * (0.95 + 0.4 * share):.1f} {y - r * (0.6 + 0.8 * share):.1f} {x + r * (0.95 + 0.36 * share):.1f} {y - r * 0.62:.1f} {x + r * 0.95:.1f} {y - r * 0.6:.1f}C{x + r * (0.95 - 0.36 * share):.1f} {y - r * 0.62:.1f} {x + r * (0.95 - 0.4 * share):.1f} {y - r * (0.6 + 0.8 * share):.1f} {x + r * 0.95:.1f} {y - r * (0.6 + 1.5 * share):.1f}Z",
            colour,
        )


# --- clothes and beauty -----------------------------------------------------------------------------------------------


def _room(k: Canvas, wall: str, floor: str, *, level: float = 0.8) -> float:
    """A wall lit from the upper right, and a floor; returns the floor's edge in pixels."""
    y = k.at(0, level)[1]
    k.sky(k.c.deep, mix(k.c.deep, wall, 0.55), wall, lighter(wall, 0.2), angle=15)
    k.box(0, y, k.w, k.h - y, k.linear((0, darker(floor, 0.35), 1), (0.5, floor, 1), (1, lighter(floor, 0.12), 1), angle=0))
    k.box(0, y, k.w, 1.6 * k.s, k.linear((0, BLACK, 0.2), (1, BLACK, 0)))
    return y


def arch(k: Canvas, x: float, y: float, w: float, tall: float, colour: str, *, inner: str = "") -> None:
    """An arched niche standing on y, with depth on the side away from the light."""
    r = w / 2
    d = f"M{x - r:.1f} {y:.1f}V{y - tall + r:.1f}A{r:.1f} {r:.1f} 0 0 1 {x + r:.1f} {y - tall + r:.1f}V{y:.1f}Z"
    k.path(d, k.linear((0, darker(colour, 0.1), 1), (1, lighter(colour, 0.25), 1), angle=0))
    if inner:
        s, m = r * 0.82, r * 0.06
        k.path(
            f"M{x - s + m:.1f} {y:.1f}V{y - tall + r * 1.02:.1f}A{s:.1f} {s:.1f} 0 0 1 {x + s + m:.1f} {y - tall + r * 1.02:.1f}V{y:.1f}Z",
            darker(inner, 0.22),
        )
        k.path(
            f"M{x - s:.1f} {y:.1f}V{y - tall + r * 1.06:.1f}A{s:.1f} {s:.1f} 0 0 1 {x + s:.1f} {y - tall + r * 1.06:.1f}V{y:.1f}Z",
            k.linear((0, inner, 1), (1, lighter(inner, 0.22), 1), angle=-40),
        )


def petal_arch(k: Canvas) -> None:
    """Round arches among blossoms, a ribbon through the air."""
    c = k.c
    wall, rose = mix(c.base, c.pale, 0.38), mix(c.pale, c.base, 0.3)
    y = _room(k, wall, mix(c.base, c.pale, 0.3))
    k.glow(*k.at(0.72, 0.2), 60 * k.s, lighter(c.glow, 0.4), 0.4)
    for a, w, tall, share in ((0.18, 26, 46, 0.4), (0.88, 28, 52, 0.45), (0.53, 38, 66, 0.72)):
        arch(k, k.at(a, 0)[0], y, w * k.s, tall * k.s, mix(c.base, c.pale, share), inner=mix(c.base, c.pale, share - 0.24))
    sun(k, 0.53, 0.36, 9, mix(c.glow, c.pale, 0.4), halo=3)
    _ribbon(k, mix(c.accent, c.pale, 0.25))
    pink = mix(rose, WHITE, 0.25)
    for a, b, r, shade in ((0.02, 0.84, 6, 0.2), (0.1, 0.9, 8, 0), (0.96, 0.82, 9, 0), (0.87, 0.92, 7, 0.25), (1.02, 0.66, 7, 0.2)):
        for turn in (200, 320, 250):
            k.leaf(*k.at(a, b), r * 1.8 * k.s, r * 0.32 * k.s, turn, mix("#6f9a78", c.base, 0.3))
        blossom(k, *k.at(a, b), r * k.s, mix(pink, c.base, shade), turn=r * 20, petals=6, heart=mix(c.glow, "#ffd45e", 0.5))
    cherry_branch(k, mix(pink, c.accent, 0.18), wood=mix("#7a4a44", c.base, 0.2))


def _ribbon(k: Canvas, colour: str) -> None:
    points = [k.at(a, b) for a, b in ((-0.25, 0.52), (0.05, 0.32), (0.3, 0.5), (0.55, 0.66), (0.8, 0.44), (1.1, 0.3))]
    w = 4.5 * k.s
    lower = [(x + w * 0.2, y + w * (1.1 if index % 2 else 0.65)) for index, (x, y) in enumerate(points)]
    k.path(
        curve(points) + "L" + curve(lower[::-1])[1:] + "Z",
        k.linear(
            (0, darker(colour, 0.2), 0.25),
            (0.3, colour, 0.9),
            (0.5, lighter(colour, 0.45), 0.95),
            (0.7, colour, 0.9),
            (1, lighter(colour, 0.3), 0.9),
            angle=0,
        ),
    )


def fabric(k: Canvas) -> None:
    """A rail with clothes in one tone, satin falling from above."""
    c = k.c
    wall = mix(c.base, c.pale, 0.42)
    y = _room(k, wall, mix(c.base, c.pale, 0.55), level=0.84)
    _window_light(k, lighter(wall, 0.45))
    arch(k, k.at(0.2, 0)[0], y, 30 * k.s, 60 * k.s, lighter(wall, 0.15), inner=darker(wall, 0.06))
    rail = k.at(0, 0.2)[1]
    metal = mix(c.glow, "#c9a25a", 0.5)
    x1, x2 = k.at(0.3, 0)[0], k.at(0.84, 0)[0]
    for x in (x1, x2):
        k.box(
            x - 0.5 * k.s,
            rail,
            k.s,
            y - rail + 2 * k.s,
            k.linear((0, darker(metal, 0.3), 1), (0.7, lighter(metal, 0.35), 1), (1, metal, 1), angle=0),
            r=0.5 * k.s,
        )
        k.shadow(x, y + 2 * k.s, 5 * k.s, k.s, 0.4)
    k.box(
        x1 - 2 * k.s,
        rail - 0.5 * k.s,
        x2 - x1 + 4 * k.s,
        k.s,
        k.linear((0, lighter(metal, 0.5), 1), (1, darker(metal, 0.2), 1)),
        r=0.5 * k.s,
    )
    tones = (
        mix(c.accent, c.pale, 0.25),
        mix(c.pale, c.glow, 0.4),
        mix(c.base, c.pale, 0.75),
        mix(c.accent, c.glow, 0.45),
        lighter(c.pale, 0.4),
    )
    for index in range(5):
        _hung_dress(k, x1 + (index + 0.7) * (x2 - x1) / 5.4, rail, (9.2 + 0.8 * (index % 2)) * k.s, tones[index], long=index % 2 == 0)
    satin = mix(c.accent, c.pale, 0.3)
    x0 = k.at(1.02, 0)[0]
    for offset, share in ((0, 0.0), (6, 0.25), (12, 0.5)):
        d = f"M{x0 + 4 * k.s:.1f} {-2 * k.s:.1f}C{x0 - (26 - offset) * k.s:.1f} {k.h * 0.16:.1f} {x0 + (4 - offset * 0.3) * k.s:.1f} {k.h * 0.42:.1f} {x0 - (14 - offset) * k.s:.1f} {k.h * 0.66:.1f}S{x0 - (6 - offset * 0.5) * k.s:.1f} {k.h * 0.92:.1f} {x0 - (22 - offset) * k.s:.1f} {k.h * 1.02:.1f}H{x0 + 10 * k.s:.1f}V{-2 * k.s:.1f}Z"
        k.path(d, k.linear((0, darker(satin, 0.2), 0.95), (0.45, lighter(satin, 0.25 + share * 0.4), 0.95), (1, satin, 0.95), angle=0))
    petals(k, 9, mix(c.pale, c.accent, 0.2))


def _hung_dress(k: Canvas, x: float, y: float, w: float, colour: str, *, long: bool) -> None:
    tall = w * (3.4 if long else 2.5)
    k.path(
        f"M{x:.1f} {y + w * 0.34:.1f}V{y + w * 0.12:.1f}a{w * 0.1:.1f} {w * 0.1:.1f} 0 1 0 {-w * 0.1:.1f} {-w * 0.1:.1f}",
        stroke=darker(colour, 0.45),
        width=w * 0.04,
    )
    k.path(
        f"M{x - w * 0.42:.1f} {y + w * 0.62:.1f}L{x:.1f} {y + w * 0.34:.1f}L{x + w * 0.42:.1f} {y + w * 0.62:.1f}",
        stroke=darker(colour, 0.45),
        width=w * 0.05,
    )
    top, waist = y + w * 0.5, y + w * 1.45
    d = f"M{x - w * 0.36:.1f} {top:.1f}Q{x:.1f} {top + w * 0.36:.1f} {x + w * 0.36:.1f} {top:.1f}L{x + w * 0.44:.1f} {top + w * 0.45:.1f}Q{x + w * 0.3:.1f} {waist - w * 0.2:.1f} {x + w * 0.28:.1f} {waist:.1f}"
    d += f"Q{x + w * 0.42:.1f} {y + tall * 0.75:.1f} {x + w * 0.56:.1f} {y + tall:.1f}Q{x + w * 0.3:.1f} {y + tall + w * 0.1:.1f} {x + w * 0.14:.1f} {y + tall:.1f}T{x - w * 0.2:.1f} {y + tall:.1f}T{x - w * 0.56:.1f} {y + tall:.1f}"
    d += f"Q{x - w * 0.42:.1f} {y + tall * 0.75:.1f} {x - w * 0.28:.1f} {waist:.1f}Q{x - w * 0.3:.1f} {waist - w * 0.2:.1f} {x - w * 0.44:.1f} {top + w * 0.45:.1f}Z"
    k.path(d, k.linear((0, darker(colour, 0.2), 1), (0.6, colour, 1), (1, lighter(colour, 0.3), 1), angle=0))
    for dx in (-0.14, 0.04, 0.2):
        k.path(
            f"M{x + dx * w * 0.6:.1f} {waist:.1f}Q{x + dx * w:.1f} {y + tall * 0.7:.1f} {x + dx * w * 1.7:.1f} {y + tall * 0.97:.1f}",
            stroke=darker(colour, 0.22),
            width=w * 0.03,
            opacity=0.5,
        )
    k.box(x - w * 0.29, waist - w * 0.05, w * 0.58, w * 0.09, darker(colour, 0.25), r=w * 0.04)


def _window_light(k: Canvas, colour: str) -> None:
    """The panes of a window thrown on the wall."""
    x, y = k.at(0.5, 0.1)
    for row in range(2):
        for col in range(2):
            px, py = x + col * 15 * k.s + row * 5 * k.s, y + row * 24 * k.s + col * 4 * k.s
            k.path(
                f"M{px:.1f} {py:.1f}l{13 * k.s:.1f} {3.6 * k.s:.1f}l{4.6 * k.s:.1f} {22 * k.s:.1f}l{-13 * k.s:.1f} {-3.6 * k.s:.1f}Z",
                k.linear((0, colour, 0.55), (1, colour, 0.12)),
            )


def beauty(k: Canvas) -> None:
    """Soft spheres and water rings, petals, a halo of light."""
    c = k.c
    wall = mix(c.base, c.pale, 0.4)
    y = _room(k, wall, mix(c.base, c.pale, 0.5), level=0.76)
    x0, y0 = k.at(0.54, 0.42)
    k.glow(x0, y0, 56 * k.s, lighter(c.glow, 0.4), 0.5)
    for reach, opacity in ((34, 0.5), (28, 0.65), (22, 0.85)):
        k.ring(x0, y0, reach * k.s, reach * k.s, lighter(c.pale, 0.5), 0.5 * k.s, opacity)
    k.disc(x0, y0, 21.5 * k.s, k.linear((0, lighter(c.pale, 0.5), 0.75), (1, mix(c.pale, c.base, 0.35), 0.5), angle=120))
    for index in range(6):
        k.ring(*k.at(0.54, 0.9), (14 + index * 9) * k.s, (2.4 + index * 1.7) * k.s, lighter(wall, 0.5), 0.45 * k.s, 0.55 - index * 0.07)
    for a, b, r in (
        (0.14, 0.5, 6),
        (0.24, 0.24, 3.4),
        (0.87, 0.52, 7.5),
        (0.78, 0.16, 4.2),
        (0.95, 0.28, 2.6),
        (0.06, 0.3, 2.2),
        (0.33, 0.6, 2.6),
        (0.7, 0.66, 2.2),
    ):
        x, yy = k.at(a, b)
        rr = r * k.s
        k.shadow(x - rr * 0.3, yy + rr * 1.25, rr, rr * 0.22, 0.16)
        k.disc(
            x,
            yy,
            rr,
            k.radial(
                (0, WHITE, 0.9),
                (0.3, lighter(c.pale, 0.3), 0.55),
                (0.85, mix(c.accent, c.pale, 0.5), 0.5),
                (1, lighter(c.pale, 0.4), 0.85),
                at=(0.64, 0.32),
            ),
        )
        k.oval(x + rr * 0.36, yy - rr * 0.42, rr * 0.2, rr * 0.13, WHITE, 0.9, turn=38)
    arch(k, k.at(0.97, 0)[0], y, 16 * k.s, 30 * k.s, mix(c.base, c.pale, 0.6), inner=mix(c.base, c.pale, 0.35))
    cherry_branch(k, mix(c.pale, c.accent, 0.3), wood=mix("#8a5a50", c.base, 0.3))


# --- children and pets ------------------------------------------------------------------------------------------------


def balloon(k: Canvas, x: float, y: float, r: float, colour: str) -> None:
    """A balloon on its string."""
    k.path(
        f"M{x:.1f} {y + r * 1.3:.1f}q{r * 0.5:.1f} {r * 1.2:.1f} {-r * 0.1:.1f} {r * 2.2:.1f}t{r * 0.1:.1f} {r * 1.6:.1f}",
        stroke=WHITE,
        width=max(0.8, r * 0.035),
        opacity=0.6,
    )
    k.path(
        f"M{x - r * 0.13:.1f} {y + r * 1.34:.1f}L{x:.1f} {y + r * 1.14:.1f}L{x + r * 0.13:.1f} {y + r * 1.34:.1f}Z", darker(colour, 0.15)
    )
    k.ball(x, y, r, colour, ry=r * 1.2, shine=0.5)
    k.path(
        f"M{x + r * 0.32:.1f} {y - r * 0.78:.1f}Q{x + r * 0.72:.1f} {y - r * 0.5:.1f} {x + r * 0.7:.1f} {y - r * 0.02:.1f}",
        stroke=WHITE,
        width=r * 0.1,
        opacity=0.55,
    )


def bunting(k: Canvas, colours: tuple[str, ...]) -> None:
    """Flags on a string across the top of the area."""
    top = 0.0 if k.wide else -0.08
    for x1, x2, sag in ((-0.06, 0.5, 0.13), (0.46, 1.06, 0.15)):
        (ax, ay), (bx, _) = k.at(x1, top), k.at(x2, top)
        points = [(ax + (bx - ax) * t / 9, ay + math.sin(math.pi * t / 9) * sag * k.ah) for t in range(10)]
        k.line(points, WHITE, 0.35 * k.s, 0.8)
        for index, ((px, py), (qx, qy)) in enumerate(pairwise(points)):
            colour = colours[index % len(colours)]
            mx, my = (px + qx) / 2, (py + qy) / 2
            w = (qx - px) * 0.36
            k.path(
                f"M{mx - w:.1f} {my - w * 0.05:.1f}L{mx + w:.1f} {my + (qy - py) * 0.3:.1f}L{mx:.1f} {my + w * 2.1:.1f}Z",
                k.linear((0, colour, 1), (1, darker(colour, 0.15), 1)),
            )


def _merry(k: Canvas) -> tuple[str, str, str, str, str]:
    c = k.c
    return (
        mix(c.glow, "#ffd23f", 0.4),
        mix("#ef5d60", c.accent, 0.3),
        mix("#4fb3d9", c.base, 0.2),
        mix("#7ac77a", c.base, 0.15),
        mix("#f49ac1", c.pale, 0.2),
    )


def play(k: Canvas) -> None:
    """Balloons over the clouds, a rainbow, building blocks."""
    c = k.c
    k.sky(c.deep, mix(c.deep, c.base, 0.6), mix(c.base, c.pale, 0.3), mix(c.pale, c.glow, 0.4), angle=35)
    merry = _merry(k)
    x, y = k.at(0.5, 0.9)
    for index, colour in enumerate((merry[1], merry[0], merry[3], merry[2])):
        r = (52 - index * 4.6) * k.s
        k.ring(x, y, r, r, lighter(colour, 0.2), 4.4 * k.s, 0.55)
    for a, b, size, opacity in (
        (0.06, 0.44, 5.4, 0.8),
        (0.95, 0.5, 7, 0.85),
        (0.5, 0.24, 4.4, 0.6),
        (0.02, 0.84, 8, 0.9),
        (0.9, 0.86, 9, 0.9),
    ):
        cloud(k, *k.at(a, b), size * k.s, mix(WHITE, c.pale, 0.3), opacity)
    bunting(k, merry)
    for a, b, r, index in ((0.2, 0.36, 5.6, 0), (0.33, 0.5, 4.2, 2), (0.68, 0.42, 5, 3), (0.8, 0.3, 7.4, 1), (0.92, 0.42, 5.2, 4)):
        balloon(k, *k.at(a, b), r * k.s, merry[index])
    k.hill(0.9, 0.015, mix("#8ecf7e", c.base, 0.2))
    for a, b, size, index in ((0.06, 0.93, 7.5, 1), (0.15, 0.93, 7.5, 2), (0.105, 0.8, 7.5, 0), (0.92, 0.94, 7, 3), (0.985, 0.94, 7, 4)):
        _block(k, *k.at(a, b), size * k.s, merry[index], index)
    if k.has_panda:
        panda(k, *k.at(0.25, 0.95), 6 * k.s, holding="#7fbf5a")
    for _ in range(14):
        star(k, *k.at(k.any(0, 1), k.any(0.12, 0.6)), k.any(0.6, 1.3) * k.s, lighter(c.glow, 0.4))


def star(k: Canvas, x: float, y: float, r: float, colour: str, opacity: float = 0.9) -> None:
    """A five-pointed star with round corners."""
    points = [
        (
            x + math.cos(math.pi * i / 5 - math.pi / 2) * r * (1 if i % 2 == 0 else 0.48),
            y + math.sin(math.pi * i / 5 - math.pi / 2) * r * (1 if i % 2 == 0 else 0.48),
        )
        for i in range(10)
    ]
    k.path("M" + "L".join(f"{px:.2f} {py:.2f}" for px, py in points) + "Z", colour, opacity=opacity, stroke=colour, width=r * 0.22)


def _block(k: Canvas, x: float, y: float, r: float, colour: str, index: int) -> None:
    k.shadow(x - r * 0.3, y + r * 0.55, r * 1.1, r * 0.18, 0.35)
    k.path(
        f"M{x + r * 0.55:.1f} {y - r * 0.55:.1f}l{r * 0.3:.1f} {-r * 0.22:.1f}v{r * 1.06:.1f}l{-r * 0.3:.1f} {r * 0.22:.1f}Z",
        lighter(colour, 0.16),
    )
    k.path(
        f"M{x - r * 0.55:.1f} {y - r * 0.55:.1f}l{r * 0.3:.1f} {-r * 0.22:.1f}h{r * 1.1:.1f}l{-r * 0.3:.1f} {r * 0.22:.1f}Z",
        lighter(colour, 0.4),
    )
    k.box(x - r * 0.55, y - r * 0.55, r * 1.1, r * 1.06, k.linear((0, darker(colour, 0.18), 1), (1, colour, 1), angle=0), r=r * 0.06)
    mark = lighter(colour, 0.62)
    if index % 3 == 0:
        star(k, x, y, r * 0.3, mark)
    elif index % 3 == 1:
        k.disc(x, y, r * 0.28, mark)
    else:
        k.path(
            f"M{x:.1f} {y + r * 0.28:.1f}C{x - r * 0.55:.1f} {y - r * 0.05:.1f} {x - r * 0.22:.1f} {y - r * 0.42:.1f} {x:.1f} {y - r * 0.14:.1f}C{x + r * 0.22:.1f} {y - r * 0.42:.1f} {x + r * 0.55:.1f} {y - r * 0.05:.1f} {x:.1f} {y + r * 0.28:.1f}Z",
            mark,
        )


def plush(k: Canvas) -> None:
    """Soft toys on a shelf under bunting: bear, panda, rabbit."""
    c = k.c
    wall = mix(c.base, c.pale, 0.34)
    y = _room(k, wall, mix(c.base, c.glow, 0.35), level=0.82)
    merry = _merry(k)
    k.glow(*k.at(0.6, 0.35), 60 * k.s, lighter(c.glow, 0.4), 0.45)
    for _ in range(26):
        star(k, *k.at(k.any(-0.1, 1), k.any(0.05, 0.7)), k.any(0.5, 1.1) * k.s, lighter(wall, 0.35), 0.7)
    bunting(k, merry)
    toy_bear(k, k.at(0.28, 0)[0], y + 4 * k.s, 8.6 * k.s, mix("#b9794a", c.base, 0.15))
    toy_bear(k, k.at(0.8, 0)[0], y + 4 * k.s, 8.0 * k.s, mix("#f3d7d0", c.pale, 0.3), rabbit=True)
    panda(k, k.at(0.54, 0)[0], y + 6 * k.s, 10 * k.s, holding="#7fbf5a")
    balloon(k, *k.at(0.96, 0.4), 5.4 * k.s, merry[1])
    balloon(k, *k.at(0.08, 0.44), 4.8 * k.s, merry[0])


def toy_bear(k: Canvas, x: float, y: float, r: float, colour: str, *, rabbit: bool = False) -> None:
    """A sitting soft toy; r is the radius of its head."""
    soft = lighter(colour, 0.35)
    k.shadow(x - r * 0.3, y, r * 1.9, r * 0.36, 0.45)
    for side in (-1, 1):
        k.ball(x + side * r * 0.95, y - r * 0.28, r * 0.5, colour, shine=0.25)
        k.disc(x + side * r * 0.98, y - r * 0.26, r * 0.24, soft)
        if rabbit:
            with k.group(move=(x + side * r * 0.38, y - r * 3.0), turn=side * 10):
                k.ball(0, -r * 0.55, r * 0.27, colour, ry=r * 0.95, shine=0.3)
                k.oval(0, -r * 0.5, r * 0.13, r * 0.66, mix("#f2a7a0", soft, 0.3))
        else:
            k.ball(x + side * r * 0.74, y - r * 2.92, r * 0.36, colour, shine=0.25)
            k.disc(x + side * r * 0.74, y - r * 2.9, r * 0.19, soft)
    k.ball(x, y - r * 0.95, r * 1.05, colour, ry=r * 1.02, shine=0.3)
    k.oval(x, y - r * 0.85, r * 0.62, r * 0.66, soft, 0.8)
    k.ball(x, y - r * 2.25, r * 1.05, colour, ry=r * 0.95, shine=0.35)
    k.oval(x, y - r * 2.0, r * 0.46, r * 0.36, soft)
    k.oval(x, y - r * 2.12, r * 0.14, r * 0.1, "#3a2722")
    k.path(
        f"M{x:.1f} {y - r * 2.02:.1f}v{r * 0.12:.1f}m{-r * 0.16:.1f} {-r * 0.02:.1f}q{r * 0.08:.1f} {r * 0.13:.1f} {r * 0.16:.1f} 0q{r * 0.08:.1f} {r * 0.13:.1f} {r * 0.16:.1f} 0",
        stroke="#3a2722",
        width=r * 0.05,
    )
    for side in (-1, 1):
        k.disc(x + side * r * 0.42, y - r * 2.38, r * 0.1, "#2a1c18")
        k.disc(x + side * r * 0.42 + r * 0.03, y - r * 2.41, r * 0.035, WHITE)
        k.oval(x + side * r * 0.64, y - r * 2.1, r * 0.15, r * 0.09, "#f08f86", 0.5)
        k.ball(x + side * r * 0.85, y - r * 1.15, r * 0.3, colour, ry=r * 0.5, shine=0.25)
    k.path(
        f"M{x:.1f} {y - r * 1.42:.1f}l{-r * 0.42:.1f} {-r * 0.2:.1f}v{r * 0.42:.1f}Zl{r * 0.42:.1f} {-r * 0.2:.1f}v{r * 0.42:.1f}Z",
        mix("#e2574c", k.c.accent, 0.3),
    )


def pets(k: Canvas) -> None:
    """A cat and a dog on a hill at sundown, paw prints along the way."""
    c = k.c
    k.sky(c.deep, mix(c.deep, c.base, 0.6), mix(c.base, c.glow, 0.35), mix(c.glow, c.pale, 0.4))
    sun(k, 0.54, 0.44, 20, c.glow, halo=2.6)
    for a, b, size in ((0.12, 0.26, 5), (0.92, 0.22, 5.6), (0.34, 0.14, 3.4)):
        cloud(k, *k.at(a, b), size * k.s, mix(c.pale, c.glow, 0.3), 0.7)
    green = mix("#7fae62", c.base, 0.4)
    for level, share in ((0.7, 0.4), (0.8, 0.15)):
        k.hill(level, 0.04, mix(green, c.glow, share), phase=level)
    ink = darker(mix(c.deep, "#4a3527", 0.35), 0.1)
    _cat(k, *k.at(0.36, 0.86), 7 * k.s, ink)
    _dog(k, *k.at(0.66, 0.86), 8.4 * k.s, mix(ink, "#7a5236", 0.35))
    k.hill(0.86, 0.012, darker(green, 0.12), phase=0.4)
    for index in range(8):
        a = 0.98 - index * 0.052
        _paw(k, *k.at(a, 0.9 + 0.02 * (index % 2) + 0.007 * index), (1.5 + 0.12 * index) * k.s, mix(c.pale, green, 0.25), -70)
    for a, b, r in ((0.05, 0.5, 3), (0.2, 0.42, 2.2), (0.84, 0.46, 2.6), (0.96, 0.4, 1.8)):
        _paw(k, *k.at(a, b), r * k.s, lighter(c.glow, 0.5), k.any(-30, 30), 0.5)
    for a in (0.02, 0.07, 0.12, 0.9, 0.95, 1.0):
        for turn in (-100, -84, -70):
            k.leaf(*k.at(a, 1.0), k.any(9, 15) * k.s, 1.0 * k.s, turn, darker(green, 0.25), vein=False)


def _paw(k: Canvas, x: float, y: float, r: float, colour: str, turn: float, opacity: float = 0.85) -> None:
    with k.group(move=(x, y), turn=turn, opacity=opacity):
        k.path(
            f"M0 {-r * 0.35:.2f}C{r * 0.9:.2f} {-r * 0.3:.2f} {r:.2f} {r * 0.9:.2f} {r * 0.45:.2f} {r * 0.8:.2f}Q0 {r * 0.62:.2f} {-r * 0.45:.2f} {r * 0.8:.2f}C{-r:.2f} {r * 0.9:.2f} {-r * 0.9:.2f} {-r * 0.3:.2f} 0 {-r * 0.35:.2f}Z",
            colour,
        )
        for dx, dy, t in ((-0.92, -0.35, -24), (-0.36, -0.95, -8), (0.36, -0.95, 8), (0.92, -0.35, 24)):
            k.oval(dx * r, dy * r, r * 0.28, r * 0.4, colour, turn=t)


def _cat(k: Canvas, x: float, y: float, r: float, colour: str) -> None:
    k.path(
        f"M{x + r * 0.9:.1f} {y - r * 0.2:.1f}C{x + r * 2.3:.1f} {y - r * 0.1:.1f} {x + r * 1.4:.1f} {y - r * 1.5:.1f} {x + r * 2.1:.1f} {y - r * 1.9:.1f}",
        stroke=colour,
        width=r * 0.32,
    )
    k.path(
        f"M{x - r * 0.9:.1f} {y:.1f}C{x - r * 1.1:.1f} {y - r * 1.6:.1f} {x - r * 0.7:.1f} {y - r * 2.2:.1f} {x - r * 0.3:.1f} {y - r * 2.4:.1f}H{x + r * 0.3:.1f}C{x + r * 0.8:.1f} {y - r * 2.1:.1f} {x + r * 1.4:.1f} {y - r * 1.2:.1f} {x + r * 1.15:.1f} {y:.1f}Z",
        colour,
    )
    k.oval(x - r * 0.1, y - r * 2.85, r * 0.86, r * 0.74, colour)
    for side in (-1, 1):
        k.path(
            f"M{x - r * 0.1 + side * r * 0.25:.1f} {y - r * 3.4:.1f}L{x - r * 0.1 + side * r * 0.72:.1f} {y - r * 4:.1f}L{x - r * 0.1 + side * r * 0.8:.1f} {y - r * 2.95:.1f}Z",
            colour,
            stroke=colour,
            width=r * 0.12,
        )
    k.path(
        f"M{x + r * 0.68:.1f} {y - r * 3.1:.1f}Q{x + r * 0.8:.1f} {y - r * 2.6:.1f} {x + r * 0.5:.1f} {y - r * 2.3:.1f}M{x + r * 0.75:.1f} {y - r * 1.9:.1f}Q{x + r * 1.3:.1f} {y - r * 1.1:.1f} {x + r * 1.1:.1f} {y - r * 0.2:.1f}",
        stroke=lighter(k.c.glow, 0.3),
        width=r * 0.07,
        opacity=0.7,
    )


def _dog(k: Canvas, x: float, y: float, r: float, colour: str) -> None:
    k.path(
        f"M{x + r * 1.0:.1f} {y - r * 0.3:.1f}Q{x + r * 1.9:.1f} {y - r * 0.7:.1f} {x + r * 1.8:.1f} {y - r * 1.4:.1f}",
        stroke=colour,
        width=r * 0.3,
    )
    k.path(
        f"M{x - r * 0.8:.1f} {y:.1f}C{x - r * 0.9:.1f} {y - r * 1.2:.1f} {x - r * 0.7:.1f} {y - r * 1.9:.1f} {x - r * 0.4:.1f} {y - r * 2.3:.1f}H{x + r * 0.35:.1f}C{x + r * 0.9:.1f} {y - r * 1.9:.1f} {x + r * 1.35:.1f} {y - r * 1.1:.1f} {x + r * 1.2:.1f} {y:.1f}Z",
        colour,
    )
    k.oval(x - r * 0.05, y - r * 2.75, r * 0.74, r * 0.72, colour)
    k.oval(x - r * 0.62, y - r * 2.5, r * 0.5, r * 0.34, colour)
    k.disc(x - r * 1.05, y - r * 2.6, r * 0.14, darker(colour, 0.5))
    k.path(
        f"M{x + r * 0.2:.1f} {y - r * 3.3:.1f}C{x + r * 0.9:.1f} {y - r * 3.4:.1f} {x + r * 0.95:.1f} {y - r * 2.4:.1f} {x + r * 0.62:.1f} {y - r * 2.1:.1f}C{x + r * 0.4:.1f} {y - r * 2.3:.1f} {x + r * 0.1:.1f} {y - r * 2.8:.1f} {x + r * 0.2:.1f} {y - r * 3.3:.1f}Z",
        darker(colour, 0.2),
    )
    k.box(x - r * 0.55, y - r * 2.22, r * 1.05, r * 0.2, mix("#e2574c", k.c.accent, 0.3), r=r * 0.1)
    k.disc(x - r * 0.2, y - r * 1.95, r * 0.15, k.c.glow)
    k.path(
        f"M{x + r * 0.8:.1f} {y - r * 1.8:.1f}Q{x + r * 1.25:.1f} {y - r * 1.1:.1f} {x + r * 1.12:.1f} {y - r * 0.2:.1f}",
        stroke=lighter(k.c.glow, 0.3),
        width=r * 0.07,
        opacity=0.7,
    )


# --- school and rooms -------------------------------------------------------------------------------------------------


def school(k: Canvas) -> None:
    """A desk by the board: pencils, books, a clock, paper planes."""
    c = k.c
    wall = mix(c.base, c.pale, 0.2)
    k.sky(c.deep, mix(c.deep, c.base, 0.7), wall, lighter(wall, 0.25), angle=20)
    step = 6.5 * k.s
    grid = lighter(wall, 0.4)
    for index in range(int(k.w / step) + 1):
        k.path(f"M{index * step:.1f} 0V{k.h:.1f}", stroke=grid, width=0.15 * k.s, opacity=0.28)
    for index in range(int(k.h / step) + 1):
        k.path(f"M0 {index * step:.1f}H{k.w:.1f}", stroke=grid, width=0.15 * k.s, opacity=0.28)
    k.glow(*k.at(0.7, 0.2), 56 * k.s, lighter(c.glow, 0.4), 0.35)
    merry = _merry(k)
    for a, b, r, turn, trail in ((0.2, 0.3, 8, -14, 1.0), (0.52, 0.16, 5.4, -24, 0.8), (0.3, 0.58, 4.4, 6, 0.6)):
        _plane(k, *k.at(a, b), r * k.s, turn, trail)
    _clock(k, *k.at(0.8, 0.3), 9.5 * k.s)
    y = k.at(0, 0.85)[1]
    desk = mix("#c98d55", c.glow, 0.2)
    k.box(0, y, k.w, k.h - y, k.linear((0, darker(desk, 0.4), 1), (0.5, desk, 1), (1, lighter(desk, 0.15), 1), angle=0))
    k.box(0, y, k.w, 1.1 * k.s, lighter(desk, 0.3), opacity=0.5)
    x0 = k.at(0.1, 0)[0]
    for index, (w, colour) in enumerate(((24, merry[2]), (21, merry[1]), (22.5, merry[0]))):
        top = y - (index + 1) * 4.6 * k.s + 2 * k.s
        shift = (-1.2, 1.2, 0)[index] * k.s
        k.box(
            x0 - w / 2 * k.s + shift,
            top,
            w * k.s,
            4.5 * k.s,
            k.linear((0, darker(colour, 0.25), 1), (1, lighter(colour, 0.1), 1), angle=0),
            r=0.7 * k.s,
        )
        k.box(x0 + (w / 2 - 3) * k.s + shift, top + 0.7 * k.s, 3.4 * k.s, 3.1 * k.s, "#fdf8ea")
    cup_x = k.at(0.93, 0)[0]
    k.shadow(cup_x - k.s, y + 2.4 * k.s, 9 * k.s, 1.6 * k.s, 0.45)
    for dx, turn, index in ((-4.4, -17, 0), (-2, -7, 1), (0.6, 2, 2), (3, 10, 3), (5, 20, 4)):
        _pencil(k, cup_x + dx * k.s, y - 8 * k.s, 21 * k.s, turn, merry[index])
    k.path(
        f"M{cup_x - 6.4 * k.s:.1f} {y - 12 * k.s:.1f}h{12.8 * k.s:.1f}l{-1 * k.s:.1f} {14 * k.s:.1f}q{-5.4 * k.s:.1f} {1.4 * k.s:.1f} {-10.8 * k.s:.1f} 0Z",
        k.linear((0, darker(c.base, 0.1), 1), (0.7, mix(c.base, c.pale, 0.5), 1), (1, mix(c.base, c.pale, 0.75), 1), angle=0),
    )
    k.dust(10, WHITE, high=0.35)


def _pencil(k: Canvas, x: float, y: float, tall: float, turn: float, colour: str) -> None:
    w = tall * 0.13
    with k.group(move=(x, y), turn=turn):
        k.box(
            -w / 2,
            -tall * 0.78,
            w,
            tall * 0.8,
            k.linear((0, darker(colour, 0.22), 1), (0.45, colour, 1), (0.7, lighter(colour, 0.35), 1), (1, colour, 1), angle=0),
        )
        k.path(
            f"M{-w / 2:.1f} {-tall * 0.78:.1f}L0 {-tall:.1f}L{w / 2:.1f} {-tall * 0.78:.1f}Q0 {-tall * 0.74:.1f} {-w / 2:.1f} {-tall * 0.78:.1f}Z",
            "#f3d3a4",
        )
        k.path(f"M{-w * 0.16:.1f} {-tall * 0.93:.1f}L0 {-tall:.1f}L{w * 0.16:.1f} {-tall * 0.93:.1f}Z", darker(colour, 0.35))


def _plane(k: Canvas, x: float, y: float, r: float, turn: float, trail: float) -> None:
    k.line(
        [
            (x - r * 3.6 * trail, y + r * 1.5),
            (x - r * 2.6 * trail, y + r * 0.4),
            (x - r * 1.7 * trail, y + r * 1.1),
            (x - r * 0.8, y + r * 0.4),
        ],
        WHITE,
        r * 0.06,
        0.6,
        dash=f"{r * 0.22:.1f} {r * 0.2:.1f}",
    )
    with k.group(move=(x, y), turn=turn):
        k.path(f"M{r:.1f} {-r * 0.35:.1f}L{-r:.1f} {-r * 0.15:.1f}L{-r * 0.35:.1f} {r * 0.15:.1f}Z", "#ffffff")
        k.path(f"M{r:.1f} {-r * 0.35:.1f}L{-r * 0.35:.1f} {r * 0.15:.1f}L{-r * 0.28:.1f} {r * 0.62:.1f}Z", "#c6d4ea")
        k.path(f"M{r:.1f} {-r * 0.35:.1f}L{-r * 0.12:.1f} {r * 0.26:.1f}L{r * 0.32:.1f} {r * 0.5:.1f}Z", "#e9f0fb")


def _clock(k: Canvas, x: float, y: float, r: float) -> None:
    k.shadow(x - r * 0.15, y + r * 0.18, r * 1.25, r * 1.25, 0.35)
    k.disc(x, y, r, k.linear((0, lighter(k.c.glow, 0.1), 1), (1, darker(k.c.glow, 0.2), 1)))
    k.disc(x, y, r * 0.86, "#fdfaf2")
    for index in range(12):
        turn = math.tau * index / 12
        long = 0.16 if index % 3 == 0 else 0.09
        k.path(
            f"M{x + math.cos(turn) * r * 0.76:.1f} {y + math.sin(turn) * r * 0.76:.1f}L{x + math.cos(turn) * r * (0.76 - long):.1f} {y + math.sin(turn) * r * (0.76 - long):.1f}",
            stroke=k.c.deep, width=r * 0.045,
        )  # fmt: skip
    for turn, long, width in ((-150, 0.42, 0.075), (-60, 0.6, 0.055)):
        k.path(
            f"M{x:.1f} {y:.1f}L{x + math.cos(math.radians(turn)) * r * long:.1f} {y + math.sin(math.radians(turn)) * r * long:.1f}",
            stroke=darker(k.c.deep, 0.2),
            width=r * width,
        )
    k.disc(x, y, r * 0.07, mix("#e2574c", k.c.accent, 0.3))


def _pendant(k: Canvas, x: float, drop: float, r: float, colour: str) -> None:
    k.path(f"M{x:.1f} 0V{drop:.1f}", stroke=darker(k.c.deep, 0.3), width=r * 0.06)
    k.glow(x, drop + r * 1.1, r * 4.4, "#ffd89a", 0.5)
    k.path(
        f"M{x - r:.1f} {drop + r:.1f}Q{x - r * 0.9:.1f} {drop:.1f} {x:.1f} {drop:.1f}Q{x + r * 0.9:.1f} {drop:.1f} {x + r:.1f} {drop + r:.1f}Z",
        k.linear((0, darker(colour, 0.3), 1), (0.65, colour, 1), (1, lighter(colour, 0.3), 1), angle=0),
    )
    k.oval(x, drop + r, r, r * 0.16, "#fff1cf")


def _vase(k: Canvas, x: float, y: float, r: float, colour: str) -> None:
    k.shadow(x - r * 0.4, y + r * 0.06, r * 1.5, r * 0.28, 0.4)
    k.path(
        f"M{x - r * 0.28:.1f} {y - r * 2.2:.1f}Q{x - r * 0.3:.1f} {y - r * 1.75:.1f} {x - r * 0.75:.1f} {y - r * 1.3:.1f}Q{x - r * 1.15:.1f} {y - r * 0.6:.1f} {x - r * 0.55:.1f} {y:.1f}H{x + r * 0.55:.1f}Q{x + r * 1.15:.1f} {y - r * 0.6:.1f} {x + r * 0.75:.1f} {y - r * 1.3:.1f}Q{x + r * 0.3:.1f} {y - r * 1.75:.1f} {x + r * 0.28:.1f} {y - r * 2.2:.1f}Z",
        k.linear((0, darker(colour, 0.25), 1), (0.65, colour, 1), (1, lighter(colour, 0.35), 1), angle=0),
    )
    k.oval(x, y - r * 2.2, r * 0.28, r * 0.07, darker(colour, 0.4))


def _sprig(k: Canvas, x: float, y: float, tall: float, turn: float, colour: str) -> None:
    with k.group(move=(x, y), turn=turn):
        k.path(f"M0 0Q{tall * 0.08:.1f} {-tall * 0.5:.1f} 0 {-tall:.1f}", stroke=darker(colour, 0.25), width=tall * 0.018)
        for index in range(7):
            t = 0.22 + index * 0.12
            for side in (-1, 1):
                size = tall * (0.2 - 0.012 * index)
                k.leaf(
                    tall * 0.06 * math.sin(t * 3), -tall * t, size, size * 0.34, -90 + side * 52, mix(colour, k.c.pale, 0.1 * (index % 3))
                )


def home(k: Canvas) -> None:
    """A quiet room: window light on the wall, a niche, a vase with sprigs, linen."""
    c = k.c
    wall = mix(c.base, c.pale, 0.4)
    y = _room(k, wall, mix(c.base, c.pale, 0.22), level=0.8)
    _window_light(k, lighter(wall, 0.5))
    arch(k, k.at(0.22, 0)[0], y, 27 * k.s, 56 * k.s, lighter(wall, 0.16), inner=darker(wall, 0.06))
    shelf = mix("#a9764a", c.base, 0.3)
    for b, x1, x2 in ((0.36, 0.13, 0.31), (0.58, 0.13, 0.31)):
        (px, py), (qx, _) = k.at(x1, b), k.at(x2, b)
        k.box(px, py, qx - px, 1.2 * k.s, k.linear((0, lighter(shelf, 0.2), 1), (1, darker(shelf, 0.2), 1)), r=0.3 * k.s)
    for a, b, size, colour in (
        (0.17, 0.36, 2.2, mix(c.pale, c.glow, 0.3)),
        (0.22, 0.36, 2.9, mix(c.accent, c.pale, 0.4)),
        (0.18, 0.58, 2.8, c.pale),
        (0.26, 0.58, 2.2, mix(c.glow, c.base, 0.3)),
    ):
        _vase(k, *k.at(a, b), size * k.s, colour)
    for index in range(4):
        px, py = k.at(0.255 + index * 0.012, 0.36)
        k.box(
            px,
            py - (6 - index % 2) * k.s,
            1.0 * k.s,
            (6 - index % 2) * k.s,
            (mix(c.accent, c.pale, 0.2), c.pale, mix(c.glow, c.base, 0.4), mix(c.base, c.pale, 0.6))[index],
            r=0.15 * k.s,
        )
    x, base = k.at(0.82, 0.93)
    _vase(k, x, base, 7.6 * k.s, mix(c.pale, c.glow, 0.12))
    green = mix("#7d9a78", c.base, 0.25)
    for turn, tall in ((-30, 34), (-10, 42), (12, 38), (32, 30)):
        _sprig(k, x, base - 16 * k.s, tall * k.s, turn, green)
    _vase(k, *k.at(0.94, 0.96), 4.6 * k.s, mix(c.accent, c.pale, 0.3))
    _pendant(k, k.at(0.56, 0)[0], k.at(0, 0.12)[1] if k.wide else k.at(0, 0.06)[1], 6 * k.s, mix(c.accent, c.pale, 0.25))
    linen = mix(c.pale, c.glow, 0.18)
    x0 = k.at(1.02, 0)[0]
    for offset in (0, 4.5, 9):
        k.path(
            f"M{x0 - (7 - offset * 0.5) * k.s:.1f} {-2 * k.s:.1f}C{x0 - (11 - offset) * k.s:.1f} {k.h * 0.3:.1f} {x0 - (3 - offset * 0.6) * k.s:.1f} {k.h * 0.55:.1f} {x0 - (9 - offset) * k.s:.1f} {k.h * 0.84:.1f}H{x0 + 8 * k.s:.1f}V{-2 * k.s:.1f}Z",
            k.linear((0, darker(linen, 0.22), 0.9), (0.4, linen, 0.9), (1, lighter(linen, 0.4), 0.9), angle=0),
        )


def kitchen(k: Canvas) -> None:
    """A kitchen table by a tiled wall: hanging pans, pots with steam, lemons, herbs."""
    c = k.c
    wall = mix(c.base, c.pale, 0.34)
    k.sky(c.deep, mix(c.deep, wall, 0.6), wall, lighter(wall, 0.25), angle=15)
    tw, th = 11 * k.s, 6 * k.s
    for row in range(int(k.h / th) + 1):
        for col in range(int(k.w / tw) + 2):
            x = col * tw - (tw / 2 if row % 2 else 0)
            k.box(
                x + 0.15 * k.s,
                row * th + 0.15 * k.s,
                tw - 0.3 * k.s,
                th - 0.3 * k.s,
                lighter(wall, 0.5),
                r=0.5 * k.s,
                opacity=k.any(0.03, 0.16),
            )
    k.glow(*k.at(0.75, 0.2), 60 * k.s, lighter(c.glow, 0.4), 0.42)
    rail = k.at(0, 0.13)[1] if k.wide else k.at(0, 0.04)[1]
    metal = mix("#c79a5b", c.glow, 0.3)
    k.box(
        k.at(0.2, 0)[0], rail - 0.5 * k.s, k.aw * 0.66, k.s, k.linear((0, lighter(metal, 0.4), 1), (1, darker(metal, 0.25), 1)), r=0.5 * k.s
    )
    for index, a in enumerate((0.25, 0.35, 0.46, 0.57, 0.69, 0.8)):
        _hung_tool(k, k.at(a, 0)[0], rail, (15, 17, 21, 16, 20, 15)[index] * k.s, index, mix(metal, c.deep, 0.12 * (index % 3)))
    y = k.at(0, 0.82)[1]
    wood = mix("#b27a48", c.base, 0.2)
    k.box(0, y, k.w, k.h - y, k.linear((0, darker(wood, 0.4), 1), (0.5, wood, 1), (1, lighter(wood, 0.15), 1), angle=0))
    k.box(0, y, k.w, 1.2 * k.s, lighter(wood, 0.3), opacity=0.6)
    pot = mix(c.accent, "#c4523a", 0.3)
    x, py = k.at(0.2, 0.88)
    r = 9.5 * k.s
    k.shadow(x - 2 * k.s, py + 0.5 * k.s, r * 1.6, r * 0.26, 0.5)
    for side in (-1, 1):
        k.ring(x + side * r * 1.08, py - r * 0.75, r * 0.2, r * 0.16, darker(pot, 0.25), r * 0.1)
    k.path(
        f"M{x - r:.1f} {py - r * 1.1:.1f}H{x + r:.1f}V{py - r * 0.25:.1f}Q{x + r:.1f} {py + r * 0.05:.1f} {x + r * 0.7:.1f} {py + r * 0.05:.1f}H{x - r * 0.7:.1f}Q{x - r:.1f} {py + r * 0.05:.1f} {x - r:.1f} {py - r * 0.25:.1f}Z",
        k.linear((0, darker(pot, 0.35), 1), (0.65, pot, 1), (0.85, lighter(pot, 0.35), 1), (1, pot, 1), angle=0),
    )
    k.path(
        f"M{x - r * 1.05:.1f} {py - r * 1.08:.1f}Q{x:.1f} {py - r * 1.75:.1f} {x + r * 1.05:.1f} {py - r * 1.08:.1f}Z",
        k.linear((0, darker(pot, 0.2), 1), (1, lighter(pot, 0.25), 1), angle=0),
    )
    k.ball(x, py - r * 1.55, r * 0.15, metal)
    steam(k, x + r * 0.6, py - r * 1.5, r * 1.2)
    for a, b, size in ((0.84, 0.91, 3), (0.9, 0.93, 3.2), (0.87, 0.87, 2.8)):
        lx, ly = k.at(a, b)
        k.shadow(lx - k.s, ly + size * 0.85 * k.s, size * 1.3 * k.s, size * 0.3 * k.s, 0.35)
        k.ball(lx, ly, size * k.s, "#f4c63d", ry=size * 0.85 * k.s)
    jar_x, jar_y = k.at(0.97, 0.9)
    _vase(k, jar_x, jar_y, 5 * k.s, mix(c.pale, c.base, 0.1))
    for turn, tall in ((-24, 20), (0, 24), (22, 19)):
        _sprig(k, jar_x, jar_y - 10.5 * k.s, tall * k.s, turn, mix("#6d9a5c", c.base, 0.15))


def _hung_tool(k: Canvas, x: float, y: float, tall: float, kind: int, colour: str) -> None:
    k.path(f"M{x:.1f} {y:.1f}q{tall * 0.06:.1f} {tall * 0.06:.1f} 0 {tall * 0.12:.1f}", stroke=darker(colour, 0.35), width=tall * 0.03)
    k.box(
        x - tall * 0.035,
        y + tall * 0.1,
        tall * 0.07,
        tall * 0.52,
        k.linear((0, darker(colour, 0.3), 1), (1, lighter(colour, 0.25), 1), angle=0),
        r=tall * 0.03,
    )
    head = y + tall * 0.78
    if kind in (2, 4):  # pans
        k.disc(x - tall * 0.02, head + tall * 0.08, tall * 0.31, darker(colour, 0.45))
        k.disc(
            x,
            head + tall * 0.06,
            tall * 0.3,
            k.radial((0, lighter(colour, 0.35), 1), (0.8, colour, 1), (1, darker(colour, 0.2), 1), at=(0.65, 0.32)),
        )
        k.ring(x, head + tall * 0.06, tall * 0.21, tall * 0.21, darker(colour, 0.2), tall * 0.015, 0.6)
    elif kind == 1:  # ladle
        k.path(
            f"M{x - tall * 0.16:.1f} {head - tall * 0.12:.1f}H{x + tall * 0.16:.1f}Q{x + tall * 0.14:.1f} {head + tall * 0.12:.1f} {x:.1f} {head + tall * 0.12:.1f}Q{x - tall * 0.14:.1f} {head + tall * 0.12:.1f} {x - tall * 0.16:.1f} {head - tall * 0.12:.1f}Z",
            k.linear((0, darker(colour, 0.25), 1), (1, lighter(colour, 0.3), 1), angle=0),
        )
    elif kind == 3:  # whisk
        for share in (0.13, 0.08, 0.03):
            k.ring(x, head, tall * share, tall * 0.2, lighter(colour, 0.2), tall * 0.014)
    else:  # spatula
        k.box(
            x - tall * 0.11,
            head - tall * 0.18,
            tall * 0.22,
            tall * 0.3,
            k.linear((0, darker(colour, 0.25), 1), (1, lighter(colour, 0.25), 1), angle=0),
            r=tall * 0.05,
        )
        for dx in (-0.045, 0, 0.045):
            k.box(x + (dx - 0.012) * tall, head - tall * 0.1, tall * 0.024, tall * 0.16, darker(colour, 0.5), r=tall * 0.012)


# --- light and trade --------------------------------------------------------------------------------------------------


def tech(k: Canvas) -> None:
    """A glowing core with orbits over a floor of light."""
    c = k.c
    k.sky(darker(c.deep, 0.35), c.deep, mix(c.deep, c.base, 0.7), mix(c.base, c.glow, 0.14), angle=35)
    second = turned(mix(c.glow, c.base, 0.25), 60)
    horizon = k.at(0, 0.68)[1]
    x0, y0 = k.at(0.55, 0.4)
    for _ in range(60):
        k.disc(k.any(0, k.w), k.any(0, horizon), k.any(0.08, 0.28) * k.u, WHITE, k.any(0.2, 0.8))
    k.glow(x0, y0, 60 * k.s, c.glow, 0.34)
    k.glow(*k.at(0.95, 0.12), 44 * k.s, second, 0.3)
    k.box(0, horizon, k.w, k.h - horizon, k.linear((0, mix(c.base, c.glow, 0.25), 0.9), (0.25, c.base, 0.7), (1, darker(c.deep, 0.2), 1)))
    for index in range(-16, 17):
        k.path(
            f"M{x0 + index * 3.4 * k.s:.1f} {horizon:.1f}L{x0 + index * 17 * k.s:.1f} {k.h:.1f}",
            stroke=c.glow,
            width=0.16 * k.s,
            opacity=0.4,
        )
    for index in range(8):
        y = horizon + (k.h - horizon) * (index / 8) ** 1.8
        k.path(f"M0 {y:.1f}H{k.w:.1f}", stroke=c.glow, width=0.14 * k.s, opacity=0.2 + 0.03 * index)
    k.box(0, horizon - 0.2 * k.s, k.w, 0.4 * k.s, k.linear((0, c.glow, 0), (0.55, lighter(c.glow, 0.5), 0.9), (1, c.glow, 0.2), angle=0))
    for rx, ry, turn, colour, width in (
        (38, 12, -18, c.glow, 0.5),
        (32, 26, 24, second, 0.35),
        (46, 16, 12, lighter(c.glow, 0.2), 0.28),
        (26, 8, -40, second, 0.45),
    ):
        k.ring(x0, y0, rx * k.s, ry * k.s, colour, width * 2.6 * k.s, 0.14, turn)
        k.ring(x0, y0, rx * k.s, ry * k.s, lighter(colour, 0.35), width * k.s, 0.85, turn)
        for angle in (40, 215):
            a, t = math.radians(angle + rx), math.radians(turn)
            px, py = math.cos(a) * rx * k.s, math.sin(a) * ry * k.s
            dx, dy = px * math.cos(t) - py * math.sin(t), px * math.sin(t) + py * math.cos(t)
            k.glow(x0 + dx, y0 + dy, 3.4 * k.s, colour, 0.8)
            k.disc(x0 + dx, y0 + dy, 0.75 * k.s, WHITE)
    k.disc(
        x0,
        y0,
        11 * k.s,
        k.radial((0, WHITE, 1), (0.25, lighter(c.glow, 0.5), 1), (0.7, mix(c.glow, c.base, 0.45), 1), (1, c.base, 1), at=(0.62, 0.34)),
    )
    k.ring(x0, y0, 11 * k.s, 11 * k.s, lighter(c.glow, 0.5), 0.3 * k.s, 0.8)
    for index in range(9):
        a, b = k.any(0, 1), k.any(0.06, 0.62)
        x, y = k.at(a, b)
        run, drop = k.any(4, 12) * k.s, k.dice.choice((-1, 1)) * k.any(2, 5) * k.s
        k.path(
            f"M{x:.1f} {y:.1f}h{run:.1f}l{abs(drop):.1f} {drop:.1f}h{run * 0.6:.1f}",
            stroke=lighter(c.glow, 0.2),
            width=0.25 * k.s,
            opacity=0.28 + 0.04 * (index % 4),
        )
        k.disc(x, y, 0.55 * k.s, lighter(c.glow, 0.5), 0.85)
    for index in range(5):
        y = k.at(0, 0.78 + index * 0.04)[1]
        k.path(
            f"M{k.w * 0.3:.1f} {y + 3 * k.s:.1f}C{k.w * 0.55:.1f} {y - 5 * k.s:.1f} {k.w * 0.75:.1f} {y + 6 * k.s:.1f} {k.w * 1.02:.1f} {y - 7 * k.s:.1f}",
            stroke=mix(c.glow, second, index / 4),
            width=(0.5 - 0.07 * index) * k.s,
            opacity=0.5,
        )


def studio(k: Canvas) -> None:
    """A photo studio: panes of light, a backdrop that runs into the floor."""
    c = k.c
    k.sky(darker(c.deep, 0.15), c.deep, c.base, mix(c.base, c.pale, 0.35), angle=20)
    x0, y0 = k.at(0.54, 0.38)
    k.glow(x0, y0, 66 * k.s, lighter(c.pale, 0.3), 0.42)
    panes = ((0.06, 26, 0.1), (0.24, 17, 0.18), (0.4, 30, 0.1), (0.68, 22, 0.2), (0.84, 34, 0.12))
    for a, w, strength in panes:
        x, y = k.at(a, 0)[0], -0.08 * k.h
        tall = k.at(0, 0.92)[1] - y
        k.path(
            f"M{x:.1f} {y:.1f}l{w * k.s:.1f} 0l{-30 * k.s:.1f} {tall:.1f}l{-w * k.s:.1f} 0Z",
            k.linear((0, lighter(c.pale, 0.4), strength * 2.4), (1, c.pale, 0), angle=105),
        )
        k.path(f"M{x + w * k.s:.1f} {y:.1f}l{-30 * k.s:.1f} {tall:.1f}", stroke=lighter(c.pale, 0.6), width=0.2 * k.s, opacity=0.6)
    for index in range(13):
        x, y = k.at(0.06 + index * 0.085, 0)[0], -0.05 * k.h
        k.path(f"M{x:.1f} {y:.1f}l{-44 * k.s:.1f} {k.h * 1.1:.1f}", stroke=lighter(c.pale, 0.4), width=0.1 * k.s, opacity=0.3)
    k.ring(x0, y0, 26 * k.s, 26 * k.s, mix(c.glow, c.pale, 0.2), 0.7 * k.s, 0.8)
    k.disc(x0, y0, 25 * k.s, k.linear((0, lighter(c.glow, 0.3), 0.34), (1, c.base, 0.05), angle=120))
    floor = k.at(0, 0.8)[1]
    k.path(
        f"M0 {floor + 3 * k.s:.1f}Q{k.w * 0.6:.1f} {floor - 5 * k.s:.1f} {k.w:.1f} {floor + 2 * k.s:.1f}V{k.h:.1f}H0Z",
        k.linear((0, mix(c.base, c.pale, 0.4), 0.9), (1, mix(c.deep, c.base, 0.6), 1)),
    )
    for a, b, w, tall, share in ((0.1, 0.9, 15, 16, 0.5), (0.21, 0.93, 10, 9, 0.7), (0.93, 0.9, 17, 24, 0.45), (0.82, 0.93, 10, 12, 0.65)):
        x, y = k.at(a, b)
        tone = mix(c.base, c.pale, share)
        k.shadow(x - 3 * k.s, y, w * k.s, 2 * k.s, 0.4)
        k.box(x - w / 2 * k.s, y - tall * k.s, w * k.s, tall * k.s, k.linear((0, darker(tone, 0.35), 1), (1, tone, 1), angle=0))
        k.path(
            f"M{x - w / 2 * k.s:.1f} {y - tall * k.s:.1f}l{2.2 * k.s:.1f} {-1.8 * k.s:.1f}h{w * k.s:.1f}l{-2.2 * k.s:.1f} {1.8 * k.s:.1f}Z",
            lighter(tone, 0.35),
        )
    k.disc(*k.at(0.21, 0.83), 3 * k.s, k.radial((0, lighter(c.glow, 0.4), 1), (1, darker(c.glow, 0.25), 1), at=(0.65, 0.3)))
    k.dust(14, lighter(c.pale, 0.5), high=0.3)


def market(k: Canvas) -> None:
    """Rays, parcels stacked, price tags on strings, coupons in the air."""
    c = k.c
    k.sky(darker(c.deep, 0.12), c.deep, c.base, mix(c.base, c.glow, 0.35), angle=25)
    x0, y0 = k.at(0.55, 0.62)
    for index in range(24):
        if index % 2:
            k.beam(x0, y0, max(k.w, k.h) * 1.2, max(k.w, k.h) * 0.155, index * 15, lighter(c.glow, 0.2), 0.22)
    k.glow(x0, y0, 60 * k.s, lighter(c.glow, 0.3), 0.6)
    for ring, opacity in ((33, 0.16), (25, 0.2)):
        k.disc(x0, y0 - 8 * k.s, ring * k.s, lighter(c.glow, 0.4), opacity)
    awning = 0.0
    w = 8.5 * k.s
    x, index = k.left - w * 0.5, 0
    while x < k.w + w:
        fill = mix(c.pale, WHITE, 0.4) if index % 2 else mix(c.accent, "#e2452a", 0.3)
        d = f"M{x:.1f} {awning - k.s:.1f}h{w:.1f}v{7.5 * k.s:.1f}a{w / 2:.1f} {w / 2:.1f} 0 0 1 {-w:.1f} 0Z"
        k.path(d, k.linear((0, darker(fill, 0.18), 1), (1, fill, 1)))
        x, index = x + w, index + 1
    card = mix("#c99660", c.glow, 0.12)
    for a, b, pw, tall in (
        (0.1, 0.94, 19, 15),
        (0.07, 0.75, 14, 11),
        (0.9, 0.95, 22, 17),
        (0.94, 0.735, 15, 12),
        (0.25, 0.96, 11, 9),
        (0.76, 0.97, 10, 9),
    ):
        _parcel(k, *k.at(a, b), pw * k.s, tall * k.s, card)
    for a, drop, r, turn, colour in (
        (0.2, 0.28, 6, -8, mix(c.pale, WHITE, 0.4)),
        (0.38, 0.4, 4.6, 10, lighter(c.glow, 0.1)),
        (0.72, 0.37, 5.2, -10, mix(c.pale, WHITE, 0.4)),
        (0.88, 0.27, 6.6, 8, lighter(c.glow, 0.1)),
    ):
        _tag(k, *k.at(a, drop), r * k.s, turn, colour)
    for index in range(26):
        x, y = k.at(k.any(-0.1, 1), k.any(0.15, 0.95))
        with k.group(move=(x, y), turn=k.any(0, 360), opacity=0.9):
            k.box(
                0,
                0,
                k.any(0.8, 1.7) * k.s,
                0.7 * k.s,
                (c.glow, mix(c.pale, WHITE, 0.5), mix(c.accent, c.glow, 0.3))[index % 3],
                r=0.15 * k.s,
            )


def _parcel(k: Canvas, x: float, y: float, w: float, tall: float, colour: str) -> None:
    k.shadow(x - w * 0.1, y, w * 0.72, w * 0.1, 0.5)
    side = w * 0.22
    k.path(
        f"M{x + w * 0.5:.1f} {y - tall:.1f}l{side:.1f} {-side * 0.55:.1f}v{tall * 0.94:.1f}l{-side:.1f} {side * 0.62:.1f}Z",
        lighter(colour, 0.12),
    )
    k.path(f"M{x - w * 0.5:.1f} {y - tall:.1f}l{side:.1f} {-side * 0.55:.1f}h{w:.1f}l{-side:.1f} {side * 0.55:.1f}Z", lighter(colour, 0.32))
    k.box(x - w * 0.5, y - tall, w, tall, k.linear((0, darker(colour, 0.22), 1), (1, colour, 1), angle=0))
    tape = mix(colour, k.c.pale, 0.55)
    k.box(x - w * 0.09, y - tall, w * 0.18, tall * 0.42, tape, opacity=0.85)
    k.path(
        f"M{x - w * 0.09:.1f} {y - tall:.1f}l{side:.1f} {-side * 0.55:.1f}h{w * 0.18:.1f}l{-side:.1f} {side * 0.55:.1f}Z",
        lighter(tape, 0.2),
        opacity=0.9,
    )


def _tag(k: Canvas, x: float, y: float, r: float, turn: float, colour: str) -> None:
    k.path(f"M{x:.1f} {min(0.0, y - r * 8):.1f}V{y - r * 1.2:.1f}", stroke=lighter(k.c.pale, 0.2), width=r * 0.05, opacity=0.8)
    with k.group(move=(x, y - r * 1.2), turn=turn):
        k.path(
            f"M0 {-r * 0.1:.1f}L{r * 0.75:.1f} {r * 0.6:.1f}V{r * 2.2:.1f}q0 {r * 0.2:.1f} {-r * 0.2:.1f} {r * 0.2:.1f}H{-r * 0.55:.1f}q{-r * 0.2:.1f} 0 {-r * 0.2:.1f} {-r * 0.2:.1f}V{r * 0.6:.1f}Z",
            k.linear((0, darker(colour, 0.1), 1), (1, lighter(colour, 0.2), 1), angle=0),
        )
        k.disc(0, r * 0.42, r * 0.13, darker(k.c.base, 0.2))
        k.ring(0, r * 0.42, r * 0.2, r * 0.2, k.c.accent, r * 0.05, 0.8)
        k.box(-r * 0.45, r * 1.0, r * 0.9, r * 0.2, k.c.accent, r=r * 0.1, opacity=0.8)
        k.box(-r * 0.45, r * 1.4, r * 0.6, r * 0.16, k.c.accent, r=r * 0.08, opacity=0.4)
        k.box(-r * 0.45, r * 1.75, r * 0.75, r * 0.16, k.c.accent, r=r * 0.08, opacity=0.4)


def gifts(k: Canvas) -> None:
    """Presents under ribbons and confetti."""
    c = k.c
    k.sky(darker(c.deep, 0.1), c.deep, c.base, mix(c.base, c.glow, 0.35), angle=25)
    k.glow(*k.at(0.56, 0.42), 62 * k.s, lighter(c.glow, 0.2), 0.5)
    k.bokeh(16, lighter(c.glow, 0.3), low=1.6, high=5, strength=0.2)
    _ribbon(k, mix(c.accent, c.glow, 0.3))
    x0 = k.at(0, 0)[0]
    for index, a in enumerate((0.16, 0.34, 0.58, 0.78, 0.95)):
        x, drop = x0 + a * k.aw, (24, 15, 19, 13, 26)[index] * k.s
        top = 0 if k.wide else k.at(0, -0.1)[1]
        colour = (c.glow, mix(c.pale, WHITE, 0.3), mix(c.accent, c.glow, 0.4))[index % 3]
        k.path(
            f"M{x:.1f} {top:.1f}c{3 * k.s:.1f} {drop * 0.3:.1f} {-3 * k.s:.1f} {drop * 0.5:.1f} 0 {drop:.1f}s{2 * k.s:.1f} {drop * 0.3:.1f} {-1 * k.s:.1f} {drop * 0.55:.1f}",
            stroke=colour,
            width=0.9 * k.s,
            opacity=0.85,
        )
    k.hill(0.86, 0.012, mix(c.deep, c.base, 0.5))
    box = (mix(c.pale, WHITE, 0.3), mix(c.accent, c.glow, 0.25), mix(c.glow, c.base, 0.12), mix(c.base, c.pale, 0.5))
    for a, b, w, tall, i, j in (
        (0.2, 0.93, 17, 17, 0, 1),
        (0.08, 0.96, 12, 11, 1, 2),
        (0.84, 0.94, 20, 20, 2, 0),
        (0.96, 0.97, 12, 12, 3, 1),
        (0.7, 0.97, 10, 9, 1, 0),
    ):
        _present(k, *k.at(a, b), w * k.s, tall * k.s, box[i], box[j])
    for index in range(46):
        x, y = k.at(k.any(-0.15, 1), k.any(0.02, 0.95))
        with k.group(move=(x, y), turn=k.any(0, 360)):
            if index % 3:
                k.box(0, 0, k.any(0.6, 1.5) * k.s, 0.6 * k.s, box[index % 4], r=0.15 * k.s)
            else:
                star(k, 0, 0, k.any(0.5, 0.9) * k.s, lighter(c.glow, 0.3))


def _present(k: Canvas, x: float, y: float, w: float, tall: float, colour: str, band: str) -> None:
    k.shadow(x - w * 0.1, y, w * 0.75, w * 0.11, 0.5)
    k.box(
        x - w * 0.5,
        y - tall,
        w,
        tall,
        k.linear((0, darker(colour, 0.3), 1), (0.6, colour, 1), (1, lighter(colour, 0.2), 1), angle=0),
        r=w * 0.03,
    )
    k.box(x - w * 0.09, y - tall, w * 0.18, tall, k.linear((0, darker(band, 0.2), 1), (1, lighter(band, 0.2), 1), angle=0))
    k.box(
        x - w * 0.55,
        y - tall - w * 0.06,
        w * 1.1,
        w * 0.26,
        k.linear((0, darker(colour, 0.22), 1), (0.6, lighter(colour, 0.08), 1), (1, lighter(colour, 0.3), 1), angle=0),
        r=w * 0.04,
    )
    k.box(x - w * 0.1, y - tall - w * 0.06, w * 0.2, w * 0.26, band)
    top = y - tall - w * 0.06
    for side in (-1, 1):
        k.path(
            f"M{x:.1f} {top:.1f}C{x + side * w * 0.1:.1f} {top - w * 0.4:.1f} {x + side * w * 0.5:.1f} {top - w * 0.36:.1f} {x + side * w * 0.42:.1f} {top - w * 0.1:.1f}C{x + side * w * 0.36:.1f} {top + w * 0.02:.1f} {x + side * w * 0.12:.1f} {top + w * 0.02:.1f} {x:.1f} {top:.1f}Z",
            k.linear((0, lighter(band, 0.3), 1), (1, darker(band, 0.18), 1)),
        )
    k.oval(x, top - w * 0.02, w * 0.08, w * 0.07, lighter(band, 0.15))
