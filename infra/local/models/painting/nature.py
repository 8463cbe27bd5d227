"""Scenes out of doors: bamboo, moon, snow, meadow, sea, autumn, camp, sport, tea hills."""

from __future__ import annotations

import math

from infra.local.models.painting.canvas import BLACK, WHITE, Canvas, Point, darker, lighter, mix


def sun(k: Canvas, a: float, b: float, size: float, colour: str, *, halo: float = 2.6) -> Point:
    """A low sun with its light on everything; `size` in area units."""
    x, y = k.at(a, b)
    r = size * k.s
    k.glow(x, y, r * halo * 1.5, colour, 0.5)
    k.disc(x, y, r * 1.32, lighter(colour, 0.3), 0.16)
    k.disc(x, y, r * 1.14, lighter(colour, 0.3), 0.22)
    k.disc(x, y, r, k.linear((0, lighter(colour, 0.55), 1), (1, lighter(colour, 0.12), 1)))
    return x, y


def cloud(k: Canvas, x: float, y: float, r: float, colour: str, opacity: float) -> None:
    """A flat cloud of overlapping rounds, lit from above."""
    with k.group(opacity=opacity):
        k.box(x - 1.75 * r, y - 0.02 * r, 3.5 * r, 0.54 * r, k.linear((0, lighter(colour, 0.2), 1), (1, colour, 1)), r=0.27 * r)
        for dx, dy, share in ((-1.1, 0.02, 0.5), (1.2, 0.08, 0.44), (-0.35, -0.26, 0.72), (0.55, -0.1, 0.62)):
            k.disc(
                x + dx * r, y + dy * r, share * r, k.linear((0, lighter(colour, 0.55), 1), (0.75, lighter(colour, 0.12), 1), (1, colour, 1))
            )


def swirl_cloud(k: Canvas, x: float, y: float, r: float, colour: str, opacity: float) -> None:
    """An auspicious cloud: a long foot and two curls."""
    with k.group(move=(x, y), opacity=opacity):
        fill = k.linear((0, lighter(colour, 0.35), 1), (1, colour, 0.85))
        k.path(
            f"M{-2.6 * r:.1f} {0.5 * r:.1f}C{-2 * r:.1f} {-0.05 * r:.1f} {-1.5 * r:.1f} {0.1 * r:.1f} {-1.2 * r:.1f} {-0.1 * r:.1f}"
            f"C{-1.2 * r:.1f} {-1 * r:.1f} {0.1 * r:.1f} {-1.2 * r:.1f} {0.3 * r:.1f} {-0.45 * r:.1f}"
            f"C{0.7 * r:.1f} {-0.8 * r:.1f} {1.4 * r:.1f} {-0.5 * r:.1f} {1.3 * r:.1f} {0.05 * r:.1f}"
            f"C{1.8 * r:.1f} {0.05 * r:.1f} {2.3 * r:.1f} {0.1 * r:.1f} {2.8 * r:.1f} {0.5 * r:.1f}Z",
            fill,
        )
        line = darker(colour, 0.18)
        for cx, cy, cr in ((-0.45, -0.25, 0.42), (0.8, -0.1, 0.3)):
            k.path(
                f"M{(cx - cr) * r:.1f} {(cy + 0.3) * r:.1f}a{cr * r:.1f} {cr * r:.1f} 0 1 1 {cr * 1.5 * r:.1f} {0.12 * r:.1f}"
                f"a{cr * 0.45 * r:.1f} {cr * 0.45 * r:.1f} 0 1 1 {-cr * 0.7 * r:.1f} {-0.16 * r:.1f}",
                stroke=line, width=0.09 * r, opacity=0.6,
            )  # fmt: skip


# --- bamboo -----------------------------------------------------------------------------------------------------------


def stalk(
    k: Canvas, x: float, thick: float, colour: str, *, top: float, foot: float, lean: float = 0, blur: float = 0, opacity: float = 1
) -> None:
    """A bamboo stalk from `foot` up to `top` (pixels), its joints and a few fans of leaves."""
    with k.group(move=(x, foot), turn=lean, opacity=opacity, blur=blur):
        y, joint, index = 0.0, thick * 4.2, 0
        while y > top - foot:
            body = k.linear((0, darker(colour, 0.28), 1), (0.62, colour, 1), (0.8, lighter(colour, 0.35), 1), (1, colour, 1), angle=0)
            k.path(
                f"M{-thick / 2:.1f} {y:.1f}C{-thick * 0.42:.1f} {y - joint * 0.3:.1f} {-thick * 0.42:.1f} {y - joint * 0.7:.1f} {-thick / 2:.1f} {y - joint:.1f}"
                f"H{thick / 2:.1f}C{thick * 0.42:.1f} {y - joint * 0.7:.1f} {thick * 0.42:.1f} {y - joint * 0.3:.1f} {thick / 2:.1f} {y:.1f}Z",
                body,
            )
            k.box(-thick * 0.56, y - joint - thick * 0.09, thick * 1.12, thick * 0.18, darker(colour, 0.3), r=thick * 0.09)
            k.box(-thick * 0.56, y - joint - thick * 0.15, thick * 1.12, thick * 0.09, lighter(colour, 0.3), r=thick * 0.045)
            if index % 2:
                side = 1 if (index // 2) % 2 else -1
                for turn, length in ((-38, 6.4), (-8, 8), (22, 6)):
                    angle = turn if side > 0 else 180 - turn
                    k.leaf(
                        side * thick * 0.5, y - joint, length * thick, thick * 0.85, angle, mix(colour, k.c.glow, 0.12 + 0.1 * (turn < 0))
                    )
            y -= joint
            index += 1


def panda(k: Canvas, x: float, y: float, r: float, *, holding: str = "") -> None:
    """A sitting panda; (x, y) is the middle of its seat, r the radius of its head. `holding` is the colour of its bamboo."""
    black, white = "#2b2f33", "#fbf8f0"
    k.shadow(x - r * 0.3, y + r * 0.05, r * 2.1, r * 0.42, 0.5)
    for side in (-1, 1):
        k.ball(x + side * r * 1.05, y - r * 0.25, r * 0.55, black, ry=r * 0.5, shine=0.2)
        k.oval(x + side * r * 1.12, y - r * 0.2, r * 0.24, r * 0.22, "#5a4a4a")
    k.ball(x, y - r * 0.95, r * 1.15, white, ry=r * 1.1, shine=0.4)
    k.path(
        f"M{x - r * 1.12:.1f} {y - r * 1.25:.1f}C{x - r * 0.9:.1f} {y - r * 2.1:.1f} {x + r * 0.9:.1f} {y - r * 2.1:.1f} {x + r * 1.12:.1f} {y - r * 1.25:.1f}"
        f"C{x + r * 0.6:.1f} {y - r * 0.95:.1f} {x - r * 0.6:.1f} {y - r * 0.95:.1f} {x - r * 1.12:.1f} {y - r * 1.25:.1f}Z",
        black,
    )
    head = y - r * 2.25
    for side in (-1, 1):
        k.ball(x + side * r * 0.8, head - r * 0.7, r * 0.36, black, shine=0.2)
    k.ball(x, head, r * 1.12, white, ry=r, shine=0.5)
    for side in (-1, 1):
        k.oval(x + side * r * 0.46, head + r * 0.02, r * 0.27, r * 0.35, black, turn=side * 28)
        k.disc(x + side * r * 0.42, head - r * 0.02, r * 0.12, WHITE)
        k.disc(x + side * r * 0.43, head, r * 0.085, "#15181b")
        k.disc(x + side * r * 0.43 + r * 0.03, head - r * 0.03, r * 0.03, WHITE)
        k.oval(x + side * r * 0.66, head + r * 0.42, r * 0.17, r * 0.1, "#f2a7a0", 0.55)
    k.oval(x, head + r * 0.33, r * 0.14, r * 0.1, black)
    k.path(
        f"M{x - r * 0.16:.1f} {head + r * 0.5:.1f}q{r * 0.08:.1f} {r * 0.12:.1f} {r * 0.16:.1f} 0q{r * 0.08:.1f} {r * 0.12:.1f} {r * 0.16:.1f} 0",
        stroke=black,
        width=r * 0.05,
    )
    if holding:
        with k.group(move=(x + r * 0.75, y - r * 0.3), turn=14):
            k.box(
                -r * 0.09,
                -r * 2.1,
                r * 0.18,
                r * 2.2,
                k.linear((0, darker(holding, 0.2), 1), (1, lighter(holding, 0.3), 1), angle=0),
                r=r * 0.08,
            )
            for dy, turn in ((-2.0, -60), (-2.0, -100), (-1.55, -25), (-1.5, 200)):
                k.leaf(0, dy * r, r * 0.85, r * 0.17, turn, holding)
    for side in (-1, 1):
        k.oval(x + side * r * 0.82, y - r * 1.0, r * 0.3, r * 0.52, black, turn=side * -24)


def bamboo(k: Canvas) -> None:
    """Bamboo in the mist before a round sun."""
    c = k.c
    k.sky(darker(c.deep, 0.12), c.deep, mix(c.base, c.glow, 0.12), mix(c.base, c.glow, 0.5))
    sun(k, 0.6, 0.34, 15, c.glow)
    for level, share, fade in ((0.62, 0.34, 0.75), (0.7, 0.2, 0.7), (0.79, 0.08, 0.5)):
        k.hill(level, 0.05, mix(mix(c.base, c.glow, share), c.pale, share * 0.5), fade=fade, phase=level)
    far = mix(c.base, c.glow, 0.38)
    for a, thick, lean in ((0.14, 1.1, -2), (0.24, 0.9, 1.5), (0.42, 0.9, -1), (0.72, 1.2, 2)):
        stalk(k, k.at(a, 0)[0], thick * k.s, far, top=-5, foot=k.h * 0.9, lean=lean, opacity=0.36)
    if k.has_panda:
        panda(k, *k.at(0.15, 0.87), 7.4 * k.s, holding=mix(c.base, "#9bcf5c", 0.7))
    green = mix(c.base, "#7fbf5a", 0.42)
    for a, thick, lean in ((0.83, 2.3, -1.5), (0.925, 3.0, 1.2)):
        stalk(k, k.at(a, 0)[0], thick * k.s, green, top=-8 * k.s, foot=k.h * 1.02, lean=lean)
    # Near leaves reach in from above, out of focus further out.
    for a, length, turn, blur in ((0.98, 26, 150, 0), (0.9, 22, 128, 0), (0.78, 18, 112, 0), (1.04, 30, 172, 0.5), (0.66, 14, 98, 0)):
        x, y = k.at(a, -0.03)
        y = min(y, k.h * 0.02) if k.wide else y - k.ah * 0.02
        with k.group(blur=blur * k.u):
            k.leaf(x, y, length * k.s, length * 0.085 * k.s, turn, mix(green, c.deep, 0.15))
            k.leaf(x, y, length * 0.7 * k.s, length * 0.07 * k.s, turn + 22, mix(green, c.glow, 0.2))
    k.dust(18, lighter(c.glow, 0.4), high=0.4)


# --- moon and lanterns share the night --------------------------------------------------------------------------------


def moon(k: Canvas) -> None:
    """A full moon over mountains in the clouds, osmanthus in bloom, small lanterns rising."""
    c = k.c
    k.sky(darker(c.deep, 0.25), c.deep, c.base, mix(c.base, c.glow, 0.28), angle=35)
    for _ in range(46):
        x, y = k.any(0, k.w), k.any(0, k.h * 0.6)
        k.disc(x, y, k.any(0.1, 0.3) * k.u, lighter(c.glow, 0.6), k.any(0.2, 0.75))
    # Whole above the ridges: peaks that bite into the disc make a guitar pick of it.
    x, y = k.at(0.5, 0.34)
    r = 23 * k.s
    k.glow(x, y, r * 2.5, c.glow, 0.5)
    k.disc(x, y, r, k.radial((0, lighter(c.glow, 0.75), 1), (0.7, lighter(c.glow, 0.4), 1), (1, lighter(c.glow, 0.12), 1), at=(0.6, 0.36)))
    for dx, dy, share in ((-0.35, -0.2, 0.22), (0.2, 0.3, 0.28), (-0.1, 0.5, 0.13), (0.45, -0.35, 0.12), (-0.5, 0.25, 0.1)):
        k.oval(x + dx * r, y + dy * r, share * r, share * r * 0.85, mix(c.glow, c.base, 0.25), 0.16)
    for level, share in ((0.76, 0.25), (0.84, 0.12), (0.92, 0.02)):
        _peaks(k, level, 0.11, mix(mix(c.base, c.deep, 0.35), c.glow, share), fade=0.55)
    for a, b, size, opacity in (
        (0.12, 0.68, 6, 0.7),
        (0.86, 0.6, 7.5, 0.75),
        (0.42, 0.8, 8, 0.55),
        (0.98, 0.84, 7, 0.6),
        (0.3, 0.22, 3.2, 0.35),
    ):
        swirl_cloud(k, *k.at(a, b), size * k.s, mix(c.pale, c.glow, 0.35), opacity)
    for a, b, size in ((0.16, 0.3, 2.4), (0.27, 0.48, 1.6), (0.08, 0.5, 1.2)):
        _sky_lantern(k, *k.at(a, b), size * k.s)
    _osmanthus(k)


def _peaks(k: Canvas, level: float, tall: float, colour: str, *, fade: float, snow: str = "") -> None:
    base, d, x = k.top + level * k.ah, "", -0.08 * k.w
    caps = []
    d = f"M{x:.1f} {k.h:.1f}L{x:.1f} {base:.1f}"
    while x < k.w * 1.05:
        span = k.any(0.14, 0.24) * k.w * (1 if k.wide else 1.5)
        up = k.ah * tall * k.any(0.55, 1.25)
        top = (x + span * k.any(0.4, 0.6), base - up)
        d += f"L{top[0]:.1f} {top[1]:.1f}L{x + span:.1f} {base - k.ah * 0.01:.1f}"
        caps.append((top, span, up))
        x += span
    k.path(d + f"L{x:.1f} {k.h:.1f}Z", k.linear((0, lighter(colour, 0.14), 1), (0.5, colour, 1 - fade * 0.3), (1, colour, 1 - fade)))
    for (tx, ty), span, up in caps:
        k.path(
            f"M{tx:.1f} {ty:.1f}L{tx - span * 0.34:.1f} {base:.1f}L{tx + span * 0.04:.1f} {base:.1f}L{tx - span * 0.05:.1f} {ty + up * 0.4:.1f}Z",
            BLACK,
            opacity=0.09,
        )
        if snow:
            s = min(0.32, 10 * k.u / max(up, 1))
            k.path(
                f"M{tx:.1f} {ty:.1f}L{tx - span * 0.24 * s * 2:.1f} {ty + up * s:.1f}l{span * 0.07:.1f} {-up * 0.05:.1f}l{span * 0.06:.1f} {up * 0.08:.1f}"
                f"l{span * 0.07:.1f} {-up * 0.09:.1f}l{span * 0.05:.1f} {up * 0.05:.1f}Z",
                snow, opacity=0.75,
            )  # fmt: skip


def _sky_lantern(k: Canvas, x: float, y: float, r: float) -> None:
    k.glow(x, y, r * 3.4, "#ffb45e", 0.55)
    k.path(
        f"M{x - r * 0.8:.1f} {y - r:.1f}C{x - r * 1.15:.1f} {y:.1f} {x - r * 0.8:.1f} {y + r * 0.9:.1f} {x - r * 0.55:.1f} {y + r * 1.2:.1f}"
        f"H{x + r * 0.55:.1f}C{x + r * 0.8:.1f} {y + r * 0.9:.1f} {x + r * 1.15:.1f} {y:.1f} {x + r * 0.8:.1f} {y - r:.1f}Q{x:.1f} {y - r * 1.35:.1f} {x - r * 0.8:.1f} {y - r:.1f}Z",
        k.linear((0, "#ff9a4a", 1), (1, "#ffe29a", 1)),
    )


def _osmanthus(k: Canvas) -> None:
    c = k.c
    green = mix("#3d6b4a", c.deep, 0.3)
    x0, y0 = k.at(1.04, 0.02 if k.wide else 0.08)
    branch = [(x0, y0), (x0 - 13 * k.s, y0 + 9 * k.s), (x0 - 27 * k.s, y0 + 11 * k.s), (x0 - 42 * k.s, y0 + 7 * k.s)]
    k.line(branch, darker("#6b4a35", 0.25), 1.1 * k.s)
    k.line([branch[1], (x0 - 16 * k.s, y0 + 20 * k.s), (x0 - 24 * k.s, y0 + 28 * k.s)], darker("#6b4a35", 0.25), 0.8 * k.s)
    spots = [
        (x0 - d * k.s, y0 + e * k.s)
        for d, e in ((8, 6), (15, 10), (22, 11), (29, 11), (36, 9), (42, 7), (16, 18), (20, 24), (24, 28), (10, 14))
    ]
    for index, (x, y) in enumerate(spots):
        for turn in (30 + index * 17, 130 + index * 11, 235 + index * 7):
            k.leaf(x, y, 6.5 * k.s, 1.5 * k.s, turn, mix(green, c.glow, 0.1 * (index % 3)))
        for _ in range(9):
            fx, fy = x + k.any(-2.6, 2.6) * k.s, y + k.any(-2.2, 2.6) * k.s
            k.disc(fx, fy, k.any(0.35, 0.65) * k.s, mix("#ffd45e", WHITE, k.any(0, 0.35)))
            k.disc(fx, fy, 0.16 * k.s, "#e08a1e")


# --- snow -------------------------------------------------------------------------------------------------------------


def pine(k: Canvas, x: float, y: float, tall: float, colour: str, *, snow: float = 1.0) -> None:
    """A fir with snow on its tiers."""
    k.box(x - tall * 0.03, y - tall * 0.1, tall * 0.06, tall * 0.12, "#4b382c")
    for tier in range(4):
        low, high = y - tall * (0.06 + 0.2 * tier), y - tall * (0.42 + 0.195 * tier)
        half = tall * (0.3 - 0.06 * tier)
        d = f"M{x:.1f} {high:.1f}C{x + half * 0.3:.1f} {high + (low - high) * 0.5:.1f} {x + half * 0.7:.1f} {low - tall * 0.02:.1f} {x + half:.1f} {low:.1f}"
        d += f"Q{x + half * 0.5:.1f} {low + tall * 0.035:.1f} {x:.1f} {low + tall * 0.015:.1f}Q{x - half * 0.5:.1f} {low + tall * 0.045:.1f} {x - half:.1f} {low:.1f}"
        d += f"C{x - half * 0.7:.1f} {low - tall * 0.02:.1f} {x - half * 0.3:.1f} {high + (low - high) * 0.5:.1f} {x:.1f} {high:.1f}Z"
        k.path(d, k.linear((0, darker(colour, 0.25), 1), (0.6, colour, 1), (1, lighter(colour, 0.16), 1), angle=0))
        if snow:
            k.path(
                f"M{x:.1f} {high:.1f}C{x + half * 0.3:.1f} {high + (low - high) * 0.5:.1f} {x + half * 0.7:.1f} {low - tall * 0.03:.1f} {x + half:.1f} {low:.1f}"
                f"Q{x + half * 0.62:.1f} {low - tall * 0.045:.1f} {x + half * 0.4:.1f} {low - tall * 0.025:.1f}Q{x + half * 0.2:.1f} {low - tall * 0.09:.1f} {x:.1f} {low - tall * 0.06:.1f}"
                f"Q{x - half * 0.2:.1f} {high + (low - high) * 0.5:.1f} {x:.1f} {high:.1f}Z",
                "#f5fbff", opacity=0.88 * snow,
            )  # fmt: skip


def string_lights(k: Canvas, bulbs: tuple[str, ...], *, level: float = 0.06, sag: float = 0.1) -> None:
    """Two strings of warm bulbs hung across the top of the area."""
    for row, (x1, y1, x2, y2) in enumerate(((-0.04, 0.0, 0.5, -0.03), (0.5, -0.03, 1.06, 0.04))):
        (ax, ay), (bx, by) = k.at(x1, level + y1), k.at(x2, level + y2)
        points = [
            (ax + (bx - ax) * t / 12, ay + (by - ay) * t / 12 + math.sin(math.pi * t / 12) * sag * k.ah * (1 + 0.2 * row))
            for t in range(13)
        ]
        k.line(points, darker(k.c.deep, 0.4), 0.35 * k.s, 0.8)
        for index, (x, y) in enumerate(points[1:-1]):
            colour = bulbs[(index + row) % len(bulbs)]
            k.glow(x, y + 1.6 * k.s, 4.6 * k.s, colour, 0.6)
            k.box(x - 0.35 * k.s, y, 0.7 * k.s, 0.9 * k.s, "#5b4a3a", r=0.2 * k.s)
            k.oval(x, y + 1.8 * k.s, 0.85 * k.s, 1.15 * k.s, k.radial((0, WHITE, 1), (0.5, lighter(colour, 0.4), 1), (1, colour, 1)))


def snow(k: Canvas) -> None:
    """Firs and a lit cottage on hills of snow, lights strung above."""
    c = k.c
    k.sky(darker(c.deep, 0.2), c.deep, mix(c.base, c.deep, 0.2), mix(c.base, c.glow, 0.25), angle=30)
    k.glow(*k.at(0.62, 0.56), 46 * k.s, c.glow, 0.4)
    white = mix("#eef6fa", c.base, 0.1)
    k.hill(0.66, 0.05, mix(c.base, white, 0.32), phase=0.2)
    for a, tall in ((0.06, 15), (0.15, 20), (0.25, 14), (0.4, 17), (0.78, 18), (0.9, 22)):
        pine(k, k.at(a, 0)[0], k.at(0, 0.71)[1], tall * k.s, mix(mix(c.base, "#2f7d62", 0.5), white, 0.22), snow=0.6)
    k.hill(0.75, 0.04, mix(c.base, white, 0.62), phase=0.6)
    _cottage(k, *k.at(0.47, 0.78), 15 * k.s)
    for a, b, tall in ((0.2, 0.83, 30), (0.7, 0.8, 27), (0.84, 0.86, 44), (0.98, 0.86, 36)):
        pine(k, *k.at(a, b), tall * k.s, mix("#1f6a52", c.deep, 0.25))
    k.hill(0.88, 0.03, white, phase=0.9)
    string_lights(k, ("#ffd27a", "#ff8d6b", "#ffe9b8"))
    for _ in range(110):
        r = k.any(0.12, 0.55) * k.u
        k.disc(k.any(0, k.w), k.any(0, k.h * 0.95), r, WHITE, k.any(0.35, 0.95))
    for _ in range(7):
        x, y = k.at(k.any(0, 1), k.any(0.05, 0.9))
        r = k.any(1.2, 2.4) * k.u
        k.disc(x, y, r, k.radial((0, WHITE, 0.55), (1, WHITE, 0)))


def _cottage(k: Canvas, x: float, y: float, w: float) -> None:
    wall = "#7a4a34"
    k.shadow(x - w * 0.2, y + w * 0.02, w * 0.9, w * 0.16, 0.4)
    k.box(x - w * 0.5, y - w * 0.55, w, w * 0.58, k.linear((0, darker(wall, 0.25), 1), (1, lighter(wall, 0.1), 1), angle=0))
    k.box(x + w * 0.16, y - w * 1.16, w * 0.16, w * 0.4, darker(wall, 0.2))
    k.path(f"M{x - w * 0.68:.1f} {y - w * 0.48:.1f}L{x:.1f} {y - w * 1.1:.1f}L{x + w * 0.68:.1f} {y - w * 0.48:.1f}Z", "#5c3526")
    k.path(
        f"M{x - w * 0.72:.1f} {y - w * 0.44:.1f}L{x:.1f} {y - w * 1.14:.1f}L{x + w * 0.72:.1f} {y - w * 0.44:.1f}l{-w * 0.1:.1f} {w * 0.03:.1f}"
        f"L{x:.1f} {y - w * 0.9:.1f}L{x - w * 0.62:.1f} {y - w * 0.41:.1f}Z",
        "#f6fbff",
    )
    k.box(x + w * 0.13, y - w * 1.2, w * 0.22, w * 0.09, "#f6fbff", r=w * 0.04)
    for dx in (-0.32, 0.14):
        k.glow(x + (dx + 0.09) * w, y - w * 0.3, w * 0.5, "#ffc766", 0.6)
        k.box(x + dx * w, y - w * 0.42, w * 0.19, w * 0.22, k.linear((0, "#fff0b8", 1), (1, "#ffbf57", 1)), r=w * 0.02)
        k.path(
            f"M{x + (dx + 0.095) * w:.1f} {y - w * 0.42:.1f}v{w * 0.22:.1f}M{x + dx * w:.1f} {y - w * 0.31:.1f}h{w * 0.19:.1f}",
            stroke=darker(wall, 0.2),
            width=w * 0.02,
        )
    k.path(
        f"M{x - w * 0.09:.1f} {y + w * 0.03:.1f}v{-w * 0.28:.1f}a{w * 0.09:.1f} {w * 0.09:.1f} 0 0 1 {w * 0.18:.1f} 0v{w * 0.28:.1f}Z",
        "#3d2419",
    )
    for index in range(4):
        k.disc(x + w * (0.25 + 0.08 * index), y - w * (1.3 + 0.16 * index), w * (0.06 + 0.03 * index), WHITE, 0.22 - 0.04 * index)


# --- meadow -----------------------------------------------------------------------------------------------------------


def blossom(k: Canvas, x: float, y: float, r: float, colour: str, *, petals: int = 5, turn: float = 0, heart: str = "#ffd45e") -> None:
    """An open flower, petals notched like a cherry's."""
    for index in range(petals):
        with k.group(move=(x, y), turn=turn + 360 * index / petals):
            k.path(
                f"M0 0C{-r * 0.62:.2f} {-r * 0.3:.2f} {-r * 0.55:.2f} {-r * 1.02:.2f} {-r * 0.1:.2f} {-r:.2f}L0 {-r * 0.88:.2f}L{r * 0.1:.2f} {-r:.2f}"
                f"C{r * 0.55:.2f} {-r * 1.02:.2f} {r * 0.62:.2f} {-r * 0.3:.2f} 0 0Z",
                k.linear((0, lighter(colour, 0.45), 1), (0.6, colour, 1), (1, darker(colour, 0.12), 1)),
            )
    k.disc(x, y, r * 0.17, heart)
    for index in range(petals * 2):
        a = math.radians(turn + 180 * index / petals)
        k.disc(x + math.cos(a) * r * 0.32, y + math.sin(a) * r * 0.32, r * 0.045, lighter(heart, 0.3))


def meadow(k: Canvas) -> None:
    """A spring meadow: tulips near, hills far, a cherry branch above."""
    c = k.c
    k.sky(c.deep, mix(c.deep, c.base, 0.6), mix(c.base, c.pale, 0.45), mix(c.pale, c.glow, 0.3))
    sun(k, 0.62, 0.3, 12, c.glow)
    for a, b, size in ((0.2, 0.28, 5), (0.9, 0.42, 6), (0.42, 0.14, 3.6)):
        cloud(k, *k.at(a, b), size * k.s, c.pale, 0.7)
    green = mix("#79b86a", c.base, 0.25)
    for level, share in ((0.6, 0.5), (0.7, 0.25), (0.8, 0.0)):
        k.hill(level, 0.05, mix(green, c.pale, share), phase=level)
    pinks = (mix("#ef6f93", c.accent, 0.25), "#f6a94f", "#fbd6e0", mix("#d94f7c", c.accent, 0.3))
    for index in range(26):
        a, near = k.any(0.02, 1.0), index / 26
        b = 0.82 + 0.2 * near
        _tulip(k, *k.at(a, b), (5 + 6 * near) * k.s, pinks[index % 4], darker(green, 0.25))
    cherry_branch(k, mix("#f7a8bd", c.glow, 0.1))


def _tulip(k: Canvas, x: float, y: float, r: float, colour: str, green: str) -> None:
    k.path(f"M{x:.1f} {y + r * 1.8:.1f}q{r * 0.15:.1f} {-r * 1.2:.1f} 0 {-r * 2.2:.1f}", stroke=green, width=r * 0.13)
    k.leaf(x, y + r * 1.5, r * 1.7, r * 0.24, -112, green)
    k.leaf(x, y + r * 1.5, r * 1.5, r * 0.22, -66, lighter(green, 0.1))
    top = y - r * 0.5
    for dx, shade in ((-0.26, 0.12), (0.26, -0.1), (0.0, 0.0)):
        fill = darker(colour, shade) if shade > 0 else lighter(colour, -shade)
        k.path(
            f"M{x:.1f} {top + r * 0.15:.1f}C{x + (dx - 0.42) * r:.1f} {top:.1f} {x + (dx - 0.3) * r:.1f} {top - r * 0.7:.1f} {x + dx * r * 0.9:.1f} {top - r * 0.95:.1f}"
            f"C{x + (dx + 0.3) * r:.1f} {top - r * 0.7:.1f} {x + (dx + 0.42) * r:.1f} {top:.1f} {x:.1f} {top + r * 0.15:.1f}Z",
            k.linear((0, lighter(fill, 0.2), 1), (1, fill, 1)),
        )


def cherry_branch(k: Canvas, colour: str, *, wood: str = "#6b4437") -> None:
    """A flowering branch that reaches in from the upper right."""
    x0, y0 = k.at(1.04, 0.06 if k.wide else 0.1)
    main = [(x0, y0), (x0 - 12 * k.s, y0 + 5 * k.s), (x0 - 26 * k.s, y0 + 3 * k.s), (x0 - 44 * k.s, y0 + 8 * k.s)]
    side = [main[1], (x0 - 17 * k.s, y0 + 15 * k.s), (x0 - 28 * k.s, y0 + 22 * k.s)]
    k.line(main, wood, 1.3 * k.s)
    k.line(side, wood, 0.9 * k.s)
    k.line([main[2], (x0 - 32 * k.s, y0 - 5 * k.s)], wood, 0.7 * k.s)
    for index, (d, e, r) in enumerate(
        (
            (6, 3, 4.6),
            (13, 7, 3.4),
            (20, 3, 4.2),
            (28, 4, 3.4),
            (35, 6, 4.0),
            (44, 8, 3.2),
            (17, 14, 3.8),
            (24, 19, 3.2),
            (29, 22, 2.6),
            (32, -4, 3.0),
            (9, 11, 2.6),
        )
    ):
        blossom(k, x0 - d * k.s, y0 + e * k.s, r * k.s, mix(colour, WHITE, 0.18 * (index % 3)), turn=index * 23)
    for d, e in ((39, 2), (22, 9), (48, 12), (12, 19)):
        k.disc(x0 - d * k.s, y0 + e * k.s, 0.8 * k.s, darker(colour, 0.12))
    petals(k, 14, colour)


def petals(k: Canvas, count: int, colour: str) -> None:
    """Petals in the air, the near ones larger and out of focus."""
    for index in range(count):
        x, y = k.at(k.any(-0.15, 1), k.any(0.12, 0.95))
        near = index % 7 == 0
        r = (k.any(2.2, 3.2) if near else k.any(0.8, 1.7)) * k.s
        with k.group(move=(x, y), turn=k.any(0, 360), opacity=0.55 if near else 0.9, blur=0.7 * k.u if near else 0):
            k.path(
                f"M0 0C{r * 0.8:.2f} {-r:.2f} {r * 1.9:.2f} {-r * 0.5:.2f} {r * 2:.2f} 0C{r * 1.7:.2f} {r * 0.5:.2f} {r * 0.7:.2f} {r * 0.6:.2f} 0 0Z",
                k.linear((0, lighter(colour, 0.4), 1), (1, colour, 1)),
            )


# --- sea --------------------------------------------------------------------------------------------------------------


def wave(k: Canvas) -> None:
    """A low sun on the sea, palms in the corner, rolling waves."""
    c = k.c
    k.sky(c.deep, mix(c.deep, c.base, 0.7), mix(c.base, c.glow, 0.4), mix(c.glow, c.pale, 0.35), angle=60)
    x, _ = sun(k, 0.52, 0.4, 16, c.glow, halo=3)
    for a, b, size in ((0.14, 0.22, 4.2), (0.86, 0.3, 5.5)):
        cloud(k, *k.at(a, b), size * k.s, mix(c.pale, c.glow, 0.2), 0.75)
    horizon = k.at(0, 0.56)[1]
    k.box(0, horizon, k.w, k.h - horizon, k.linear((0, mix(c.base, c.glow, 0.45), 1), (0.35, c.base, 1), (1, c.deep, 1)))
    for index in range(16):
        half = (14 - index * 0.5) * k.s * k.any(0.4, 1)
        k.box(
            x - half + k.any(-2, 2) * k.s,
            horizon + (1.2 + index * 1.9) * k.s,
            half * 2,
            0.55 * k.s,
            lighter(c.glow, 0.45),
            r=0.3 * k.s,
            opacity=0.6 - index * 0.03,
        )
    _sail(k, *k.at(0.24, 0.575), 6 * k.s)
    _sail(k, *k.at(0.84, 0.565), 3.6 * k.s)
    for row in range(4):
        level = k.at(0, 0.68 + row * 0.085)[1]
        length, phase = (15 + row * 5) * k.s, k.any(0, 20) * k.s
        crest = (1.6 + row * 0.9) * k.s
        d, px = f"M{-length - phase:.1f} {k.h:.1f}V{level:.1f}", -length - phase
        while px < k.w + length:
            d += f"C{px + length * 0.35:.1f} {level - crest * 1.6:.1f} {px + length * 0.55:.1f} {level - crest * 1.2:.1f} {px + length * 0.62:.1f} {level - crest * 0.1:.1f}S{px + length * 0.85:.1f} {level + crest * 0.5:.1f} {px + length:.1f} {level:.1f}"
            px += length
        top = mix(mix(c.base, c.pale, 0.42), c.base, row / 4)
        k.path(d + f"V{k.h:.1f}Z", k.linear((0, lighter(top, 0.35), 1), (0.12, top, 1), (1, mix(top, c.deep, 0.55), 1)), opacity=0.94)
        foam = d.replace(f"M{-length - phase:.1f} {k.h:.1f}V", f"M{-length - phase:.1f} ", 1)
        k.path(foam, stroke=lighter(top, 0.8), width=(0.22 + 0.08 * row) * k.s, opacity=0.5)
    _palm(k)
    k.dust(16, WHITE, high=0.45)


def _sail(k: Canvas, x: float, y: float, r: float) -> None:
    k.path(
        f"M{x:.1f} {y - r * 2.1:.1f}L{x + r * 1.1:.1f} {y - r * 0.4:.1f}H{x:.1f}Z",
        k.linear((0, WHITE, 1), (1, mix(WHITE, k.c.glow, 0.35), 1)),
    )
    k.path(f"M{x - r * 0.1:.1f} {y - r * 1.8:.1f}L{x - r * 0.7:.1f} {y - r * 0.4:.1f}H{x - r * 0.1:.1f}Z", mix(WHITE, k.c.accent, 0.3))
    k.path(
        f"M{x - r:.1f} {y - r * 0.3:.1f}H{x + r * 1.2:.1f}Q{x + r * 0.9:.1f} {y + r * 0.15:.1f} {x + r * 0.5:.1f} {y + r * 0.15:.1f}H{x - r * 0.5:.1f}Z",
        darker(k.c.deep, 0.1),
    )


def _palm(k: Canvas) -> None:
    green = mix("#2f8f6b", k.c.deep, 0.25)
    x0, y0 = k.at(1.03, -0.02 if k.wide else 0.03)
    for turn, length in ((196, 44), (174, 46), (152, 42), (128, 34), (106, 26)):
        with k.group(move=(x0, y0), turn=turn):
            reach = length * k.s
            k.path(f"M0 0Q{reach * 0.5:.1f} {-reach * 0.16:.1f} {reach:.1f} 0", stroke=darker(green, 0.2), width=0.7 * k.s)
            for index in range(15):
                t = 0.1 + index * 0.06
                px, py = reach * t, -reach * 0.32 * t * (1 - t)
                size = reach * (0.3 - 0.13 * abs(t - 0.45))
                k.leaf(px, py, size, size * 0.11, 46 - 12 * t, green, vein=False)
                k.leaf(px, py, size, size * 0.11, -46 + 12 * t, lighter(green, 0.1), vein=False)


# --- autumn -----------------------------------------------------------------------------------------------------------


def maple(k: Canvas, x: float, y: float, r: float, colour: str, turn: float, *, blur: float = 0, opacity: float = 1) -> None:
    """A maple leaf with five points."""
    points: list[Point] = []
    for angle, reach in (
        (-90, 1.0), (-74, 0.52), (-52, 0.78), (-44, 0.62), (-28, 0.98), (-16, 0.52), (10, 0.72), (22, 0.4), (62, 0.3), (90, 0.24),
        (118, 0.3), (158, 0.4), (170, 0.72), (196, 0.52), (208, 0.98), (224, 0.62), (232, 0.78), (254, 0.52),
    ):  # fmt: skip
        points.append((math.cos(math.radians(angle)) * reach * r, math.sin(math.radians(angle)) * reach * r))
    with k.group(move=(x, y), turn=turn, blur=blur, opacity=opacity):
        d = "M" + "L".join(f"{px:.2f} {py:.2f}" for px, py in points) + "Z"
        k.path(d, k.linear((0, lighter(colour, 0.25), 1), (1, darker(colour, 0.12), 1)), stroke=darker(colour, 0.05), width=r * 0.05)
        vein = "".join(
            f"M0 {r * 0.2:.2f}L{px * 0.85:.2f} {py * 0.85:.2f}" for px, py in (points[0], points[4], points[14], points[6], points[12])
        )
        k.path(vein + f"M0 {r * 0.2:.2f}V{r * 0.75:.2f}", stroke=darker(colour, 0.25), width=max(0.5, r * 0.045), opacity=0.7)


def autumn(k: Canvas) -> None:
    """Golden fields under a low sun, a maple branch above, leaves in the air."""
    c = k.c
    k.sky(darker(c.deep, 0.1), c.deep, mix(c.base, c.glow, 0.3), mix(c.glow, c.pale, 0.25))
    sun(k, 0.5, 0.4, 17, c.glow, halo=3)
    gold = mix("#e2a541", c.base, 0.3)
    for level, share in ((0.58, 0.5), (0.66, 0.34), (0.75, 0.16), (0.85, 0.0)):
        k.hill(level, 0.045, mix(gold, c.pale, share * 0.8), phase=level * 2)
    for index in range(9):  # furrows run to the horizon
        x0, y0 = k.at(0.52, 0.72)
        x1 = k.w * (index / 8 * 1.3 - 0.12)
        k.path(
            f"M{x0 + (x1 - x0) * 0.25:.1f} {y0 + (k.h - y0) * 0.25:.1f}Q{(x0 + x1) / 2:.1f} {(y0 + k.h) / 2:.1f} {x1:.1f} {k.h:.1f}",
            stroke=darker(gold, 0.2),
            width=0.5 * k.s,
            opacity=0.4,
        )
    for a, tall in ((0.08, 12), (0.17, 9), (0.82, 11), (0.93, 15)):
        x, y = k.at(a, 0.7)
        k.box(x - 0.4 * k.s, y - tall * 0.3 * k.s, 0.8 * k.s, tall * 0.32 * k.s, "#6b4426")
        k.ball(x, y - tall * 0.65 * k.s, tall * 0.36 * k.s, mix("#cf6a2a", c.base, 0.25), ry=tall * 0.46 * k.s, shine=0.25)
    for a in (0.86, 0.9, 0.94, 0.975, 1.0):
        _wheat(k, *k.at(a, 1.02), k.any(26, 36) * k.s, mix("#f3c668", c.glow, 0.3), k.any(-9, 6))
    reds = (mix("#d9541e", c.base, 0.15), "#ec8a2c", mix("#b8341a", c.deep, 0.1), "#f2b13c")
    x0, y0 = k.at(1.04, 0.0 if k.wide else 0.06)
    k.line([(x0, y0), (x0 - 14 * k.s, y0 + 7 * k.s), (x0 - 30 * k.s, y0 + 8 * k.s), (x0 - 46 * k.s, y0 + 13 * k.s)], "#5d3620", 1.1 * k.s)
    for index, (d, e, r) in enumerate(
        ((4, 4, 6.5), (11, 10, 7.5), (18, 4, 6.2), (24, 12, 7), (31, 6, 5.6), (37, 14, 6.4), (46, 13, 5), (13, 19, 6), (28, 19, 4.6))
    ):
        maple(k, x0 - d * k.s, y0 + e * k.s, r * k.s, reds[index % 4], 150 + index * 31)
    for index in range(17):
        x, y = k.at(k.any(-0.2, 1), k.any(0.25, 0.98))
        near = index % 6 == 0
        maple(
            k,
            x,
            y,
            (k.any(4, 5.5) if near else k.any(1.5, 3)) * k.s,
            reds[index % 4],
            k.any(0, 360),
            blur=0.6 * k.u if near else 0,
            opacity=0.7 if near else 0.95,
        )


def _wheat(k: Canvas, x: float, y: float, tall: float, colour: str, lean: float) -> None:
    with k.group(move=(x, y), turn=lean):
        k.path(f"M0 0Q{tall * 0.03:.1f} {-tall * 0.5:.1f} 0 {-tall:.1f}", stroke=darker(colour, 0.2), width=tall * 0.018)
        for index in range(7):
            y0 = -tall * (0.62 + index * 0.055)
            for side in (-1, 1):
                k.leaf(0, y0, tall * 0.11, tall * 0.026, -90 + side * 28, colour, vein=False)
                k.path(
                    f"M{side * tall * 0.03:.1f} {y0 - tall * 0.06:.1f}l{side * tall * 0.06:.1f} {-tall * 0.12:.1f}",
                    stroke=lighter(colour, 0.3),
                    width=tall * 0.006,
                    opacity=0.8,
                )


# --- camp -------------------------------------------------------------------------------------------------------------


def camp(k: Canvas) -> None:
    """A lit tent below the ridges at dusk, firs, a fire, lights on a string."""
    c = k.c
    k.sky(darker(c.deep, 0.2), c.deep, mix(c.base, c.deep, 0.15), mix(c.base, c.glow, 0.5), angle=50)
    for _ in range(34):
        k.disc(k.any(0, k.w), k.any(0, k.h * 0.4), k.any(0.1, 0.26) * k.u, WHITE, k.any(0.3, 0.8))
    sun(k, 0.34, 0.44, 10, c.glow, halo=3.4)
    snowy = mix(WHITE, c.glow, 0.18)
    _peaks(k, 0.66, 0.4, mix(c.base, c.glow, 0.34), fade=0.25, snow=snowy)
    _peaks(k, 0.72, 0.26, mix(c.base, c.glow, 0.14), fade=0.2, snow=snowy)
    k.hill(0.72, 0.03, mix(c.base, c.deep, 0.25), phase=0.3)
    for index in range(15):
        a = index / 14
        pine(k, k.at(a, 0)[0] + k.any(-2, 2) * k.s, k.at(0, 0.775)[1], k.any(10, 19) * k.s, mix(c.deep, c.base, 0.35), snow=0)
    k.hill(0.79, 0.025, mix(c.base, "#7fa05c", 0.22), phase=0.7)
    _tent(k, *k.at(0.76, 0.87), 24 * k.s, mix(c.glow, "#e0702f", 0.5))
    _fire(k, *k.at(0.45, 0.9), 5.5 * k.s)
    for a, b, tall in ((0.99, 0.95, 52), (0.9, 0.9, 34), (0.06, 0.93, 38), (0.14, 0.89, 26)):
        pine(k, *k.at(a, b), tall * k.s, darker(mix(c.deep, "#2f6b4f", 0.3), 0.1), snow=0)
    k.hill(0.93, 0.02, darker(mix(c.base, c.deep, 0.6), 0.1), phase=0.1)
    string_lights(k, ("#ffd88a", "#ffe9bd"), level=0.04, sag=0.13)


def _tent(k: Canvas, x: float, y: float, r: float, colour: str) -> None:
    k.shadow(x - r * 0.2, y, r * 1.4, r * 0.16, 0.5)
    k.glow(x - r * 0.1, y - r * 0.3, r * 1.5, "#ffcf7a", 0.4)
    k.path(
        f"M{x - r:.1f} {y:.1f}Q{x - r * 0.45:.1f} {y - r * 0.55:.1f} {x - r * 0.15:.1f} {y - r * 0.98:.1f}Q{x + r * 0.3:.1f} {y - r * 0.5:.1f} {x + r * 0.55:.1f} {y:.1f}Z",
        k.linear((0, lighter(colour, 0.2), 1), (1, colour, 1)),
    )
    k.path(
        f"M{x - r * 0.15:.1f} {y - r * 0.98:.1f}Q{x + r * 0.55:.1f} {y - r * 0.6:.1f} {x + r * 1.05:.1f} {y - r * 0.06:.1f}L{x + r * 0.55:.1f} {y:.1f}Q{x + r * 0.3:.1f} {y - r * 0.5:.1f} {x - r * 0.15:.1f} {y - r * 0.98:.1f}Z",
        darker(colour, 0.24),
    )
    k.path(
        f"M{x - r * 0.17:.1f} {y - r * 0.72:.1f}Q{x - r * 0.38:.1f} {y - r * 0.3:.1f} {x - r * 0.52:.1f} {y:.1f}H{x + r * 0.2:.1f}Q{x:.1f} {y - r * 0.35:.1f} {x - r * 0.17:.1f} {y - r * 0.72:.1f}Z",
        k.linear((0, "#ffe6a8", 1), (1, "#ffb95e", 1)),
    )
    k.path(
        f"M{x - r * 0.17:.1f} {y - r * 0.72:.1f}Q{x - r * 0.02:.1f} {y - r * 0.35:.1f} {x + r * 0.06:.1f} {y:.1f}H{x + r * 0.2:.1f}Q{x:.1f} {y - r * 0.35:.1f} {x - r * 0.17:.1f} {y - r * 0.72:.1f}Z",
        darker(colour, 0.1),
    )
    k.line([(x - r * 0.15, y - r * 0.98), (x - r * 1.25, y + r * 0.03)], lighter(colour, 0.5), r * 0.012, 0.8)


def _fire(k: Canvas, x: float, y: float, r: float) -> None:
    k.glow(x, y - r * 0.6, r * 5, "#ff9a3c", 0.55)
    for turn in (-16, 16):
        with k.group(move=(x, y), turn=turn):
            k.box(-r, -r * 0.14, r * 2, r * 0.3, "#5a3a26", r=r * 0.14)
    for share, colour in ((1.0, "#ff7a2e"), (0.68, "#ffb03c"), (0.36, "#fff0a8")):
        k.path(
            f"M{x:.1f} {y - r * 2.1 * share:.1f}C{x + r * 0.5 * share:.1f} {y - r * 1.4 * share:.1f} {x + r * 0.9 * share:.1f} {y - r * 0.8 * share:.1f} {x + r * 0.5 * share:.1f} {y - r * 0.15:.1f}"
            f"Q{x:.1f} {y + r * 0.1:.1f} {x - r * 0.5 * share:.1f} {y - r * 0.15:.1f}C{x - r * 0.95 * share:.1f} {y - r * 0.9 * share:.1f} {x - r * 0.2 * share:.1f} {y - r * 1.2 * share:.1f} {x:.1f} {y - r * 2.1 * share:.1f}Z",
            colour, opacity=0.95,
        )  # fmt: skip
    for _ in range(9):
        k.disc(x + k.any(-1.6, 1.6) * r, y - k.any(1.8, 5) * r, k.any(0.04, 0.1) * r, "#ffd58a", 0.9)


# --- sport ------------------------------------------------------------------------------------------------------------


def sport(k: Canvas) -> None:
    """A track under floodlights, a ball in flight."""
    c = k.c
    k.sky(darker(c.deep, 0.25), c.deep, c.base, mix(c.base, c.glow, 0.25), angle=40)
    for a in (0.2, 0.55, 0.92):
        x, y = k.at(a, 0.07)
        for turn in (78, 90, 102):
            k.beam(x, y, k.ah * 1.3, 13 * k.s, turn, lighter(c.glow, 0.5), 0.2)
        for row in range(2):
            for col in range(4):
                lx, ly = x + (col - 1.5) * 2.1 * k.s, y + (row - 1) * 2 * k.s
                k.glow(lx, ly, 3.4 * k.s, WHITE, 0.5)
                k.disc(lx, ly, 0.75 * k.s, WHITE)
    stand = mix(c.deep, c.base, 0.5)
    for row in range(5):
        y = k.at(0, 0.46 + row * 0.035)[1]
        k.path(
            f"M0 {y + row * 0.4 * k.s:.1f}Q{k.w * 0.6:.1f} {y - 5 * k.s:.1f} {k.w:.1f} {y:.1f}V{k.h:.1f}H0Z", mix(stand, c.pale, 0.05 * row)
        )
        for index in range(60):
            k.disc(k.w * (index + k.any(0, 1)) / 60, y + k.any(0, 2) * k.s, 0.42 * k.s, mix(c.pale, c.glow, k.any(0, 1)), 0.3)
    horizon = k.at(0, 0.66)[1]
    k.path(
        f"M0 {horizon:.1f}Q{k.w * 0.6:.1f} {horizon - 4 * k.s:.1f} {k.w:.1f} {horizon:.1f}V{k.h:.1f}H0Z",
        k.linear((0, mix(c.accent, "#c8532f", 0.5), 1), (1, darker(mix(c.accent, "#c8532f", 0.5), 0.3), 1)),
    )
    for index in range(7):
        x = k.at(0.62, 0)[0]
        x1 = k.w * (index / 6 * 2.2 - 0.6)
        k.path(
            f"M{x + (x1 - x) * 0.06:.1f} {horizon:.1f}L{x1:.1f} {k.h:.1f}",
            stroke=WHITE,
            width=(0.35 + 0.15 * abs(index - 3)) * k.s,
            opacity=0.75,
        )
    x, y = k.at(0.3, 0.34)
    r = 9.5 * k.s
    for index in range(4):
        k.line(
            [
                (x - r * (4.6 + index * 0.5), y + r * (1.7 + index * 0.3)),
                (x - r * 2, y + r * (0.9 + index * 0.12)),
                (x - r * 0.7, y + r * 0.3),
            ],
            lighter(c.glow, 0.4),
            (0.9 - index * 0.16) * k.s,
            0.32,
        )
    orange = mix("#ee7b2d", c.glow, 0.1)
    k.ball(x, y, r, orange, shine=0.45)
    seam = darker(orange, 0.55)
    with k.group(move=(x, y), turn=-24):
        k.path(
            f"M{-r:.1f} 0H{r:.1f}M0 {-r:.1f}V{r:.1f}M{-r * 0.72:.1f} {-r * 0.7:.1f}Q{-r * 0.1:.1f} 0 {-r * 0.72:.1f} {r * 0.7:.1f}M{r * 0.72:.1f} {-r * 0.7:.1f}Q{r * 0.1:.1f} 0 {r * 0.72:.1f} {r * 0.7:.1f}",
            stroke=seam,
            width=r * 0.05,
        )
    k.dust(20, c.glow)


# --- tea --------------------------------------------------------------------------------------------------------------


def tea(k: Canvas) -> None:
    """Terraces of tea in the morning, a pot and cups on a wooden board, tea leaves above."""
    c = k.c
    k.sky(c.deep, mix(c.deep, c.base, 0.7), mix(c.base, c.pale, 0.35), mix(c.glow, c.pale, 0.5))
    sun(k, 0.66, 0.3, 12, c.glow)
    _peaks(k, 0.58, 0.22, mix(c.base, c.pale, 0.45), fade=0.7)
    green = mix("#6f9f52", c.base, 0.35)
    for index in range(7):
        k.hill(
            0.56 + index * 0.055,
            0.02 + 0.004 * index,
            mix(green, c.pale, 0.34 - index * 0.05) if index % 2 else darker(mix(green, c.pale, 0.3 - index * 0.05), 0.12),
            phase=0.35,
            bumps=4,
        )
    board = mix("#8a5a36", c.deep, 0.12)
    y = k.at(0, 0.86)[1]
    k.box(0, y, k.w, k.h - y, k.linear((0, lighter(board, 0.12), 1), (0.1, board, 1), (1, darker(board, 0.3), 1)))
    for index in range(5):
        k.line(
            [(0, y + (3 + index * 3.2) * k.s), (k.w * 0.5, y + (2.4 + index * 3.3) * k.s), (k.w, y + (3.2 + index * 3.1) * k.s)],
            darker(board, 0.3),
            0.25 * k.s,
            0.4,
        )
    _teapot(k, *k.at(0.3, 0.9), 9 * k.s, mix("#a6563a", c.accent, 0.2))
    for a, size in ((0.52, 3.6), (0.63, 3.6)):
        _cup(k, *k.at(a, 0.92), size * k.s)
    leaf = mix("#5f9a4a", c.base, 0.2)
    x0, y0 = k.at(1.03, 0.0 if k.wide else 0.06)
    k.line([(x0, y0), (x0 - 14 * k.s, y0 + 8 * k.s), (x0 - 30 * k.s, y0 + 10 * k.s)], darker(leaf, 0.3), 0.7 * k.s)
    for d, e, turn, size in (
        (6, 4, 150, 15),
        (12, 8, 200, 14),
        (14, 8, 110, 15),
        (21, 9, 210, 13),
        (22, 10, 130, 14),
        (30, 10, 172, 15),
        (30, 10, 215, 10),
        (9, 6, 80, 12),
    ):
        k.leaf(x0 - d * k.s, y0 + e * k.s, size * k.s, size * 0.2 * k.s, turn, mix(leaf, c.glow, 0.12 * (d % 3)))
    k.dust(12, lighter(c.glow, 0.4))


def _teapot(k: Canvas, x: float, y: float, r: float, colour: str) -> None:
    k.shadow(x - r * 0.3, y + r * 0.05, r * 2, r * 0.35, 0.5)
    k.path(
        f"M{x - r * 1.1:.1f} {y - r * 1.2:.1f}C{x - r * 2.1:.1f} {y - r * 1.4:.1f} {x - r * 2.1:.1f} {y - r * 0.2:.1f} {x - r * 1.0:.1f} {y - r * 0.4:.1f}",
        stroke=darker(colour, 0.15),
        width=r * 0.2,
    )
    k.path(
        f"M{x + r * 0.9:.1f} {y - r * 0.6:.1f}C{x + r * 1.5:.1f} {y - r * 0.8:.1f} {x + r * 1.4:.1f} {y - r * 1.5:.1f} {x + r * 2:.1f} {y - r * 1.7:.1f}L{x + r * 1.85:.1f} {y - r * 1.3:.1f}C{x + r * 1.6:.1f} {y - r * 0.9:.1f} {x + r * 1.6:.1f} {y - r * 0.3:.1f} {x + r * 0.9:.1f} {y - r * 0.15:.1f}Z",
        colour,
    )
    k.ball(x, y - r * 0.78, r * 1.2, colour, ry=r * 0.85, shine=0.4)
    k.oval(x, y - r * 1.52, r * 0.62, r * 0.16, darker(colour, 0.2))
    k.oval(x, y - r * 1.58, r * 0.58, r * 0.14, lighter(colour, 0.12))
    k.ball(x, y - r * 1.8, r * 0.17, colour, shine=0.5)
    steam(k, x + r * 2.05, y - r * 1.9, r * 1.6)


def _cup(k: Canvas, x: float, y: float, r: float) -> None:
    k.shadow(x - r * 0.3, y + r * 0.1, r * 1.6, r * 0.35, 0.45)
    body = k.linear((0, "#dcd6c8", 1), (0.7, "#fdfbf4", 1), (1, "#f1ebdd", 1), angle=0)
    k.path(
        f"M{x - r:.1f} {y - r * 1.2:.1f}Q{x - r * 0.9:.1f} {y + r * 0.1:.1f} {x - r * 0.4:.1f} {y + r * 0.1:.1f}H{x + r * 0.4:.1f}Q{x + r * 0.9:.1f} {y + r * 0.1:.1f} {x + r:.1f} {y - r * 1.2:.1f}Z",
        body,
    )
    k.oval(x, y - r * 1.2, r, r * 0.26, "#efe8d8")
    k.oval(x, y - r * 1.17, r * 0.86, r * 0.2, "#b9772f")
    steam(k, x, y - r * 1.5, r * 2.2)


def steam(k: Canvas, x: float, y: float, r: float) -> None:
    """Three threads of rising steam."""
    for dx, tall in ((-0.3, 1.2), (0.05, 1.7), (0.35, 1.1)):
        k.path(
            f"M{x + dx * r:.1f} {y:.1f}c{-r * 0.25:.1f} {-r * 0.25 * tall:.1f} {r * 0.25:.1f} {-r * 0.4 * tall:.1f} 0 {-r * 0.65 * tall:.1f}s{r * 0.2:.1f} {-r * 0.3 * tall:.1f} {r * 0.02:.1f} {-r * 0.5 * tall:.1f}",
            stroke=WHITE, width=r * 0.11, opacity=0.2,
        )  # fmt: skip
