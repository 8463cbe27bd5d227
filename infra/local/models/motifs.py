"""What a scene shows: one drawer for each motif. They place by rule, in the box that the words leave free."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from infra.local.models.scenes import Canvas, mix

Drawer = Callable[[Canvas], None]
LEAF = "M0 0 C2.2 -1.6 6 -1.9 9 0 C6 1.2 2.2 1.4 0 0Z"
MAPLE = (
    "M0 -5 L0.9 -2.9 L2.5 -3.6 L2.1 -1.4 L4.6 -1.7 L3.5 -0.2 L4.8 0.7 L2.2 1.5 L2.5 2.7 L0.35 2.2 L0.3 4.6 L-0.3 4.6 L-0.35 2.2 "
    "L-2.5 2.7 L-2.2 1.5 L-4.8 0.7 L-3.5 -0.2 L-4.6 -1.7 L-2.1 -1.4 L-2.5 -3.6 L-0.9 -2.9Z"
)
FLAME = "M0 -5 C2.6 -2 2.9 -0.2 1.9 1.5 C1.3 2.6 -1.3 2.6 -1.9 1.5 C-2.9 -0.2 -1 -1.6 0 -5Z"


def lantern(c: Canvas) -> None:
    """Red lanterns with tassels, a plum branch, clouds, a golden gate."""
    red, gold = "#d9342b", mix(c.glow, "#ffd27a", 0.4)
    c.ground()
    x, y = c.glowing(0.5, 0.42)
    c.disc(x, y, 30, mix(c.second, c.glow, 0.16), 0.55)
    for r, thick, opacity in ((30, 0.7, 0.75), (27.5, 0.25, 0.6), (33, 0.25, 0.4)):
        c.ring(x, y, r, gold, thick, opacity)
    c.hills((0.8, 0.9), 5)
    for bx, by, size in ((0.04, 0.66, 6.5), (0.95, 0.6, 8), (0.6, 0.74, 5)):
        c.cloud(c.x(bx), c.y(by), size, mix(c.light, gold, 0.55), 0.92)
    if c.wide:  # on a tall picture it would hang behind a lantern
        _branch(c, c.x(1.02), c.y(0.2), -1, mix(c.dark, "#000000", 0.3), mix(c.light, red, 0.12))
    for bx, by, size in ((0.17, 0.3, 8.5), (0.36, 0.16, 6.5), (0.8, 0.36, 7.5)) if c.wide else ((0.1, 0.08, 8), (0.9, 0.14, 9.5)):
        _lantern(c, c.x(bx), c.y(by), size, red, gold)
    c.sparkles(12, gold)
    c.stage(mix(c.light, gold, 0.5))


def _lantern(c: Canvas, x: float, y: float, r: float, red: str, gold: str) -> None:
    u = c.unit
    c.add(f'<path d="M{x:.1f} 0V{y - r * u:.1f}" stroke="{gold}" stroke-width="{0.4 * u:.1f}"/>')
    c.oval(x, y, r * 1.6, r * 1.4, red, 0.25, soft=True)
    c.oval(x, y, r * 1.18, r, red)
    c.oval(x + r * 0.25 * u, y + r * 0.1 * u, r * 0.8, r * 0.86, "#8e1216", 0.18)
    for share in (0.8, 0.42):
        c.add(
            f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{r * 1.18 * share * u:.1f}" ry="{r * u:.1f}" fill="none" '
            f'stroke="{mix(red, gold, 0.5)}" stroke-width="{0.35 * u:.1f}"/>'
        )
    c.oval(x - r * 0.45 * u, y - r * 0.35 * u, r * 0.22, r * 0.34, "#ffffff", 0.22)
    for edge in (-1, 1):
        c.box_at(x, y + edge * r * 0.98 * u, r * 1.0, r * 0.24, gold, r=r * 0.1)
    for strand in (-2, -1, 0, 1, 2):
        top = y + r * 1.1 * u
        c.add(
            f'<path d="M{x + strand * r * 0.13 * u:.1f} {top:.1f}v{r * (1.0 - abs(strand) * 0.1) * u:.1f}" stroke="{gold}" '
            f'stroke-width="{0.35 * u:.1f}" stroke-linecap="round"/>'
        )


def _branch(c: Canvas, x: float, y: float, side: int, bark: str, bloom: str, centre: str = "") -> None:
    """A branch reaching in from the edge, with five-petalled blossoms."""
    c.shape(
        x,
        y,
        "M0 0 C-8 1 -14 4 -24 2 M-10 1.6 C-13 -2 -16 -4 -20 -5.5 M-16 3.2 C-19 6 -22 7 -26 8",
        bark,
        line=0.9,
        turn=0 if side < 0 else 180,
    )
    for dx, dy, r in ((-8, 1.2, 1.7), (-14, 3, 2.1), (-20, -5.4, 1.8), (-24, 2, 2.3), (-26, 8, 1.6), (-16.5, -3.6, 1.3)):
        _blossom(c, x - side * dx * c.unit, y + dy * c.unit, r, bloom, centre or mix(c.glow, "#e08a1e", 0.3))


def _blossom(c: Canvas, x: float, y: float, r: float, colour: str, centre: str, petals: int = 5, opacity: float = 1) -> None:
    for petal in range(petals):
        turn = math.radians(360 / petals * petal + r * 40)
        px, py = x + math.cos(turn) * r * 0.62 * c.unit, y + math.sin(turn) * r * 0.62 * c.unit
        c.oval(px, py, r * 0.62, r * 0.46, colour, opacity, turn=math.degrees(turn))
    c.disc(x, y, r * 0.3, centre, opacity)


def moon(c: Canvas) -> None:
    """A large full moon, an osmanthus branch, drifting clouds."""
    c.ground()
    c.stars(22)
    x, y = c.glowing(0.5, 0.42, 74)
    pale = mix(c.glow, "#ffffff", 0.35)
    c.disc(x, y, 33, pale, 0.16)
    c.disc(x, y, 27, mix(pale, c.glow, 0.2))
    for dx, dy, r in ((-9.0, -8.0, 5), (7.0, 4.0, 7), (-4.0, 11.0, 4), (12.0, -11.0, 3), (-14.0, 4.0, 3)):
        c.disc(x + dx * c.unit, y + dy * c.unit, r, mix(c.glow, c.second, 0.12), 0.35)
    c.hills((0.8, 0.9), 6)
    leaf, gold = mix(c.dark, "#3d6b52", 0.6), mix(c.glow, "#ffb93f", 0.5)
    bx, by = c.x(1.02), c.y(0.16)
    c.shape(bx, by, "M0 0 C-10 1 -17 5 -28 4 M-13 2.6 C-17 -1 -20 -2 -24 -3", mix(c.dark, "#5a4230", 0.5), line=0.7)
    for dx, dy, turn in (
        (-7.0, 1.0, 150),
        (-12.0, 3.0, 205),
        (-17, 4, 150),
        (-22, 4.6, 210),
        (-28, 4, 180),
        (-24, -3, 195),
        (-18, -1.4, 120),
        (-5, 0.4, 215),
    ):
        c.shape(bx + dx * c.unit, by + dy * c.unit, LEAF, leaf, scale=0.95, turn=turn)
    for dx, dy in ((-9, 3), (-13, 1), (-16, 6), (-20, 3), (-25, 5.6), (-22, -3.4), (-27, 2.6), (-11, 5)):
        _blossom(c, bx + dx * c.unit, by + dy * c.unit, 0.95, gold, mix(gold, "#ffffff", 0.5), 4)
    for px, py, size in ((0.1, 0.62, 7.5), (0.86, 0.56, 9), (0.5, 0.72, 5.5)):
        c.cloud(c.x(px), c.y(py), size, mix(c.light, c.second, 0.18), 0.9)
    c.stage(mix(c.light, c.glow, 0.45))


def bamboo(c: Canvas) -> None:
    """Bamboo stems and leaves, misty hills, a round sun."""
    c.ground()
    c.sun(0.46, 0.36, 18)
    c.hills((0.66, 0.76, 0.88), 9, far=0.2)
    for px, py, wide in ((0.2, 0.66, 26), (0.75, 0.74, 30)):
        c.oval(c.x(px), c.y(py), wide, 2.6, "#ffffff", 0.16, soft=True)
    fresh = mix(c.second, "#a9d26a", 0.42)
    stems = (
        ((0.8, 2.6, -1, 0.2), (0.88, 3.4, -1, 0.0), (0.97, 3.9, -1, 0.12), (0.03, 2.2, 1, 0.3))
        if c.wide
        else ((0.03, 3.4, 1, 0.05), (0.11, 2.4, 1, 0.3), (0.9, 2.8, -1, 0.25), (0.97, 3.8, -1, 0.0))
    )
    for number, (bx, thick, side, shade) in enumerate(stems):
        x = c.x(bx)
        colour = mix(fresh, c.dark, shade)
        joint, y = 13 * c.unit, c.height * 0.98
        while y > -joint:
            c.box_at(x, y - joint / 2, thick, joint / c.unit - 0.7, colour, r=thick * 0.3)
            c.box_at(x - thick * 0.2 * c.unit, y - joint / 2, thick * 0.16, joint / c.unit - 1.6, "#ffffff", 0.3, r=0.2)
            step = round(y / joint) + number
            if y - joint > 0 and step % 2 == 0 and y < c.height * 0.9:
                for turn, size in ((-34, 1.15), (-8, 1.5), (22, 1.2)):
                    angle = turn if side > 0 else 180 - turn
                    c.shape(x, y - joint, LEAF, mix(colour, "#d7ef9a", 0.22), scale=size, turn=angle, opacity=0.96)
            y -= joint
    c.sparkles(10)
    c.stage()


def petal(c: Canvas) -> None:
    """Round arches, blossoms, a soft ribbon, falling petals."""
    c.ground()
    c.glowing(0.5, 0.36, 66)
    pale = mix(c.light, c.second, 0.16)
    for bx, wide, tall, share in ((0.2, 24, 46, 0.4), (0.8, 24, 46, 0.4), (0.5, 34, 66, 0.1)):
        _arch(c, c.x(bx), c.y(0.95), wide, tall, mix(pale, c.second, share), 0.55)
    c.hills((0.86, 0.93), 3)
    ribbon = mix(c.glow, c.light, 0.45)
    x, y = c.x(-0.06), c.y(0.68)
    reach = c.box[2] * 1.14 / c.unit
    c.shape(
        x,
        y,
        f"M0 0 C{reach * 0.2:.1f} -16 {reach * 0.38:.1f} 13 {reach * 0.58:.1f} -3 S{reach * 0.86:.1f} 10 {reach:.1f} -6",
        ribbon,
        line=1.9,
        opacity=0.5,
    )
    centre = mix(c.glow, "#d98a2b", 0.35)
    for bx, by, r in ((0.95, 0.16, 10), (0.83, 0.06, 6.5), (1.0, 0.4, 7.5), (0.06, 0.7, 6), (0.93, 0.74, 5)):
        for petal_number in range(5):
            turn = 72 * petal_number + r * 9
            c.shape(
                c.x(bx),
                c.y(by),
                "M0 0 C2.9 -1.2 3.7 -5.2 1 -6.5 Q0 -5.7 -1 -6.5 C-3.7 -5.2 -2.9 -1.2 0 0Z",
                mix(pale, "#f2a9bd", 0.25 + 0.14 * (petal_number % 2)),
                scale=r / 6,
                turn=turn,
                opacity=0.97,
            )
        c.disc(c.x(bx), c.y(by), r * 0.18, centre)
    for _ in range(18):
        c.oval(
            c.x(c.dice.uniform(0, 1)),
            c.y(c.dice.uniform(0.04, 0.84)),
            c.dice.uniform(0.9, 1.9),
            c.dice.uniform(0.45, 0.8),
            mix(pale, "#ffffff", 0.2),
            0.75,
            turn=c.dice.uniform(0, 180),
        )
    c.stage(mix(c.light, "#ffffff", 0.3))


def _arch(c: Canvas, x: float, base: float, wide: float, tall: float, colour: str, opacity: float) -> None:
    r = wide / 2
    for inset, fill, share in ((0.0, mix(colour, "#ffffff", 0.25), opacity), (1.6, colour, opacity * 0.8)):
        w = r - inset
        c.shape(x, base, f"M{-w:.2f} 0 V{-(tall - r):.2f} A{w:.2f} {w:.2f} 0 0 1 {w:.2f} {-(tall - r):.2f} V0Z", fill, opacity=share)


def wave(c: Canvas) -> None:
    """Rolling waves, a sun disc, palm leaves, bubbles."""
    c.ground()
    c.sun(0.5, 0.34, 19)
    for bx, by, size in ((0.1, 0.24, 5.5), (0.86, 0.46, 6.5)):
        c.cloud(c.x(bx), c.y(by), size, mix(c.light, "#ffffff", 0.6), 0.75)
    for number in range(5):
        top = c.height * (0.6 + number * 0.085)
        length = (30 + number * 5) * c.unit
        x = -length * (0.3 + 0.37 * number % 1)
        path = f"M{x:.1f} {c.height} V{top:.1f}"
        while x < c.width + length:
            path += f" c{length * 0.25:.1f} {-4.2 * c.unit:.1f} {length * 0.25:.1f} {4.2 * c.unit:.1f} {length * 0.5:.1f} 0"
            x += length * 0.5
        shade = mix(mix(c.second, "#ffffff", 0.36), c.base, number / 5)
        c.add(f'<path d="{path} V{c.height} Z" fill="{shade}" opacity="0.85"/>')
        crest = path.split(" V", 1)[1].split(" ", 1)[1]
        start = -length * (0.3 + 0.37 * number % 1)
        c.add(f'<path d="M{start:.1f} {top:.1f} {crest}" fill="none" stroke="#ffffff" stroke-width="{0.35 * c.unit:.1f}" opacity="0.35"/>')
    leaf = mix(c.dark, "#2f8f5b", 0.65)
    for turn, size, bx, by in ((200, 3.1, 1.04, -0.03), (172, 3.4, 1.04, -0.01), (146, 3.0, 1.04, 0.0), (122, 2.5, 1.04, 0.02)):
        _palm(c, c.x(bx), c.y(by), size, turn, mix(leaf, c.glow, 0.1 * (size % 1)))
    for _ in range(16):
        r = c.dice.uniform(0.5, 1.9)
        x, y = c.x(c.dice.random()), c.y(c.dice.uniform(0.2, 0.9))
        c.ring(x, y, r, "#ffffff", 0.22, 0.6)
        c.disc(x - r * 0.3 * c.unit, y - r * 0.3 * c.unit, r * 0.2, "#ffffff", 0.7)
    c.stage()


def _palm(c: Canvas, x: float, y: float, scale: float, turn: float, colour: str) -> None:
    blades = "".join(
        f"M{k} {0.05 * k * k * 0.1:.2f} q0.6 {side * 1.1} {0.4 + 0.08 * k:.2f} {side * (3.0 - abs(k - 5) * 0.3):.2f} q-0.9 {-side * 1.2} -1.1 {-side * (2.7 - abs(k - 5) * 0.3):.2f}Z"
        for k in range(2, 12)
        for side in (-1, 1)
    )
    c.shape(x, y, blades, colour, scale=scale, turn=turn, opacity=0.95)
    c.shape(x, y, "M0 0 C4 0.1 8 0.4 12.6 1.2", mix(colour, "#ffffff", 0.25), scale=scale, turn=turn, line=0.5)


def snow(c: Canvas) -> None:
    """Fir trees on soft hills of snow, string lights, snowflakes."""
    c.ground()
    c.glowing(0.5, 0.36, 66)
    c.hills((0.7,), 8, far=0.1)
    for bx, tall, shade in ((0.02, 34, 0.5), (0.14, 24, 0.62), (0.74, 30, 0.55), (0.98, 40, 0.5), (0.87, 50, 0.2), (0.3, 18, 0.7)):
        _fir(c, c.x(bx), c.height * 0.9, tall, shade)
    for level, share in ((0.86, 0.72), (0.92, 0.9)):
        top = c.height * level
        c.add(
            f'<path d="M0 {c.height} V{top:.1f} Q{c.width * 0.25:.1f} {top - 6 * c.unit:.1f} {c.width * 0.5:.1f} {top:.1f} '
            f'T{c.width} {top - 1 * c.unit:.1f} V{c.height}Z" fill="{mix(c.second, "#f4faf7", share)}" opacity="0.9"/>'
        )
    lights = [c.glow, "#ef6f5e", mix(c.light, "#ffffff", 0.4), "#7fd0b0"]
    start, end, sag = c.x(-0.02), c.x(1.02), c.y(0.1)
    c.add(
        f'<path d="M{start:.1f} {c.y(0.0):.1f} Q{(start + end) / 2:.1f} {sag + 16 * c.unit:.1f} {end:.1f} {c.y(0.0):.1f}" fill="none" stroke="{mix(c.dark, "#000000", 0.3)}" stroke-width="{0.35 * c.unit:.1f}"/>'
    )
    for k in range(11):
        t = (k + 0.5) / 11
        x = start + (end - start) * t
        y = (1 - t) ** 2 * c.y(0) + 2 * t * (1 - t) * (sag + 16 * c.unit) + t * t * c.y(0)
        c.disc(x, y + 1.4 * c.unit, 3.2, lights[k % 4], 0.18)
        c.oval(x, y + 1.5 * c.unit, 1.0, 1.5, lights[k % 4])
    for number in range(64):
        x, y = c.dice.uniform(0, c.width), c.dice.uniform(0, c.height * 0.9)
        quiet = x < c.box[0] if c.wide else y < c.box[1]
        if number % 8 == 0 and not quiet:
            c.star(x, y, c.dice.uniform(1.2, 2), "#ffffff", 0.85, 6, 0.25)
        else:
            c.disc(x, y, c.dice.uniform(0.2, 0.75), "#ffffff", c.dice.uniform(0.2, 0.5) if quiet else c.dice.uniform(0.4, 0.9))
    c.stage(mix(c.light, "#ffffff", 0.6))


def _fir(c: Canvas, x: float, base: float, tall: float, shade: float) -> None:
    green = mix("#2a7a5c", mix(c.base, c.second, 0.5), shade)
    u = c.unit
    c.box_at(x, base, tall * 0.07, tall * 0.16, mix("#5b3b26", c.base, shade * 0.6))
    for tier in range(3):
        low = base - tall * u * (0.06 + 0.26 * tier)
        half = tall * (0.3 - 0.07 * tier)
        high = tall * 0.42
        c.shape(
            x,
            low,
            f"M0 {-high:.2f} L{half:.2f} 0 Q{half * 0.5:.2f} {tall * 0.045:.2f} 0 {tall * 0.02:.2f} Q{-half * 0.5:.2f} {tall * 0.045:.2f} {-half:.2f} 0Z",
            mix(green, "#000000", 0.05 * (2 - tier)),
        )
        c.shape(
            x,
            low,
            f"M0 {-high:.2f} L{half * 0.42:.2f} {-high * 0.58:.2f} Q{half * 0.2:.2f} {-high * 0.5:.2f} 0 {-high * 0.62:.2f} Q{-half * 0.2:.2f} {-high * 0.5:.2f} {-half * 0.42:.2f} {-high * 0.58:.2f}Z",
            "#f6fbf8",
            opacity=0.92 - shade * 0.4,
        )


def leaf(c: Canvas) -> None:
    """Rolling fields, wheat ears, a low golden sun, maple leaves."""
    c.ground()
    c.sun(0.46, 0.44, 20)
    c.hills((0.68, 0.78, 0.88), 7, far=0.18)
    gold = mix(c.glow, "#e9a53a", 0.35)
    for bx, size, turn in ((0.02, 2.0, 6), (0.08, 2.5, -4), (0.15, 1.8, 12), (0.99, 2.2, -8), (0.92, 1.8, -14)):
        _wheat(c, c.x(bx), c.height * 0.99, size, turn, gold)
    tones = [mix(c.glow, "#e2762a", 0.55), mix(c.glow, "#c2461f", 0.75), mix(c.glow, "#f0b04a", 0.5), "#a8371a"]
    fixed = (
        (0.92, 0.1, 1.9, 20),
        (0.78, 0.03, 1.3, -30),
        (1.0, 0.34, 1.5, 60),
        (0.84, 0.28, 1.0, 100),
        (0.08, 0.2, 1.2, -50),
        (0.24, 0.07, 0.8, 40),
    )
    for number, (bx, by, size, turn) in enumerate(fixed):
        c.shape(c.x(bx), c.y(by), MAPLE, tones[number % 4], scale=size, turn=turn)
        c.shape(
            c.x(bx),
            c.y(by),
            "M0 4.4 V-3.6 M0 1 L2.6 -0.6 M0 1 L-2.6 -0.6",
            mix(tones[number % 4], "#5c1f0a", 0.4),
            scale=size,
            turn=turn,
            line=0.22,
        )
    for number in range(12):
        c.shape(
            c.x(c.dice.random()),
            c.y(c.dice.uniform(0.05, 0.8)),
            MAPLE,
            tones[number % 4],
            scale=c.dice.uniform(0.28, 0.6),
            turn=c.dice.uniform(0, 360),
            opacity=0.9,
        )
    c.stage()


def _wheat(c: Canvas, x: float, base: float, scale: float, turn: float, colour: str) -> None:
    grains = "".join(
        f"M{side * 0.3:.1f} {-10 - k * 1.7:.1f} q{side * 1.9:.1f} -0.4 {side * 1.6:.1f} -2.6 q{-side * 1.9:.1f} 0.4 {-side * 1.6:.1f} 2.6Z"
        for k in range(5)
        for side in (-1, 1)
    )
    c.shape(x, base, "M0 0 C0.6 -5 -0.4 -12 0 -20", mix(colour, c.dark, 0.25), scale=scale, turn=turn, line=0.6)
    c.shape(x, base, grains + "M0 -18 q1.2 -1.4 0 -3.6 q-1.2 2.2 0 3.6Z", colour, scale=scale, turn=turn)


def tent(c: Canvas) -> None:
    """Mountain ridges, a tent with light in it, a camp fire, stars."""
    c.ground()
    c.stars(18)
    c.sun(0.62, 0.26, 10)
    far, near = mix(c.second, "#ffffff", 0.22), mix(c.second, c.dark, 0.25)
    for bx, size, colour, opacity in (
        (0.1, 34, far, 0.55),
        (0.46, 46, far, 0.7),
        (0.9, 40, far, 0.6),
        (0.26, 26, near, 0.85),
        (0.74, 32, near, 0.9),
    ):
        x, base = c.x(bx), c.height * 0.86
        c.shape(
            x,
            base,
            f"M{-size * 0.95:.1f} 0 L{-size * 0.3:.1f} {-size * 0.62:.1f} L{-size * 0.16:.1f} {-size * 0.56:.1f} L{size * 0.06:.1f} {-size:.1f} L{size * 0.4:.1f} {-size * 0.5:.1f} L{size * 0.5:.1f} {-size * 0.56:.1f} L{size:.1f} 0Z",
            colour,
            opacity=opacity,
        )
        c.shape(
            x,
            base,
            f"M{-size * 0.1:.1f} {-size * 0.68:.1f} L{size * 0.06:.1f} {-size:.1f} L{size * 0.25:.1f} {-size * 0.72:.1f} L{size * 0.14:.1f} {-size * 0.76:.1f} L{size * 0.06:.1f} {-size * 0.68:.1f} L{-size * 0.02:.1f} {-size * 0.75:.1f}Z",
            "#ffffff",
            opacity=0.75,
        )
    c.hills((0.84, 0.92), 4, far=0.05)
    for bx, tall in ((0.03, 22), (0.09, 15), (0.97, 26), (0.91, 17)):
        _pine(c, c.x(bx), c.height * 0.9, tall)
    x, base, warm = c.x(0.76 if c.wide else 0.8), c.height * 0.885, mix(c.glow, "#e4672b", 0.5)
    c.oval(x, base, 26, 5, mix(c.glow, "#ffffff", 0.2), 0.28, soft=True)
    c.shape(x, base, "M-19 0 L-1 -21 L17 0Z", warm)
    c.shape(x, base, "M-1 -21 L17 0 L23 -2.5 L5 -21Z", mix(warm, "#000000", 0.22))
    c.shape(x, base, "M-1 -17 L6 0 H-8Z", mix(c.glow, "#ffffff", 0.45))
    c.shape(x, base, "M-1 -17 L-1 0 H-8Z", mix(warm, "#ffffff", 0.25), opacity=0.8)
    fx, fy = c.x(0.2), c.height * 0.875
    c.oval(fx, fy - 3 * c.unit, 14, 9, c.glow, 0.28, soft=True)
    for turn in (-18, 18):
        c.box_at(fx, fy + 0.6 * c.unit, 11, 1.7, mix("#6b3f22", c.dark, 0.2), r=0.8, turn=turn)
    for scale, colour in ((1.5, "#ef7a2e"), (1.0, c.glow), (0.5, "#fff3cf")):
        c.shape(fx, fy - 1.2 * c.unit, FLAME, colour, scale=scale)
    c.sparkles(8, c.glow)
    c.stage()


def _pine(c: Canvas, x: float, base: float, tall: float) -> None:
    green = mix(c.dark, "#0f3a2c", 0.4)
    for tier in range(4):
        low, half = -tall * (0.08 + 0.21 * tier), tall * (0.25 - 0.05 * tier)
        c.shape(x, base, f"M0 {low - tall * 0.32:.1f} L{half:.1f} {low:.1f} H{-half:.1f}Z", mix(green, "#ffffff", 0.03 * tier))


def orbit(c: Canvas) -> None:
    """Glowing orbits around a soft core, light trails, small stars."""
    bright = mix(c.glow, "#ffffff", 0.25)
    c.ground()
    c.stars(26, bright)
    x, y = c.glowing(0.5, 0.44, 70)
    for number, (rx, ry, turn) in enumerate(((40, 12, -18), (46, 16, -18), (34, 9, 24), (52, 22, -18))):
        c.add(
            f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx * c.unit:.1f}" ry="{ry * c.unit:.1f}" fill="none" stroke="{bright}" '
            f'stroke-width="{(0.5 - 0.08 * number) * c.unit:.2f}" opacity="{0.85 - 0.17 * number:.2f}" transform="rotate({turn} {x:.1f} {y:.1f})"/>'
        )
        angle, tilt = math.radians((40, 200, 310, 130)[number]), math.radians(turn)
        dx, dy = rx * math.cos(angle), ry * math.sin(angle)
        px = x + (dx * math.cos(tilt) - dy * math.sin(tilt)) * c.unit
        py = y + (dx * math.sin(tilt) + dy * math.cos(tilt)) * c.unit
        c.disc(px, py, 3.2, bright, 0.2)
        c.disc(px, py, 1.3, mix(bright, "#ffffff", 0.5))
    c.disc(x, y, 17, mix(c.second, bright, 0.3), 0.5)
    c.disc(x, y, 14.5, mix(c.second, bright, 0.5))
    c.disc(x - 3 * c.unit, y - 3.4 * c.unit, 9, "#ffffff", 0.12)
    c.disc(x + 3.4 * c.unit, y + 3 * c.unit, 10.4, c.base, 0.16)
    # Light trails on the floor run towards one point, so the stage stands in a room.
    horizon, middle = c.height * 0.8, c.x(0.48 if c.wide else 0.5)
    c.add(
        f'<rect y="{horizon:.1f}" width="{c.width}" height="{c.height - horizon:.1f}" fill="{mix(c.base, c.second, 0.35)}" opacity="0.7"/>'
    )
    for k in range(-9, 10):
        c.add(
            f'<path d="M{middle + k * 5 * c.unit:.1f} {horizon:.1f} L{middle + k * 19 * c.unit:.1f} {c.height}" stroke="{bright}" stroke-width="{0.22 * c.unit:.2f}" opacity="{0.42 - abs(k) * 0.035:.2f}"/>'
        )
    for k in range(4):
        level = horizon + (c.height - horizon) * (k / 4) ** 1.5
        c.add(f'<path d="M0 {level:.1f}H{c.width}" stroke="{bright}" stroke-width="{0.2 * c.unit:.2f}" opacity="{0.2 + 0.06 * k:.2f}"/>')
    for by, start, reach in ((0.12, 0.62, 0.3), (0.2, 0.76, 0.3), (0.66, 0.02, 0.2), (0.6, 0.78, 0.3)):
        c.add(
            f'<path d="M{c.x(start):.1f} {c.y(by):.1f}h{c.box[2] * reach:.1f}" stroke="{bright}" stroke-width="{0.7 * c.unit:.1f}" stroke-linecap="round" opacity="0.28"/>'
        )
        c.disc(c.x(start), c.y(by), 0.8, bright, 0.9)
    c.stage(mix(mix(c.light, bright, 0.3), c.second, 0.12))
    c.add("")


def slate(c: Canvas) -> None:
    """Layered planes of light, fine diagonal lines, a studio stage."""
    c.ground()
    c.glowing(0.54, 0.36, 60)
    for bx, wide, share, opacity in ((0.02, 26, 0.1, 0.5), (0.3, 34, 0.2, 0.5), (0.66, 30, 0.32, 0.45), (0.92, 26, 0.14, 0.5)):
        c.shape(c.x(bx), c.y(1.0), f"M0 0 L{wide:.0f} 0 L{wide + 42:.0f} -110 L42 -110Z", mix(c.second, "#ffffff", share), opacity=opacity)
    warm = mix(c.glow, "#ffffff", 0.15)
    for number in range(9):
        c.shape(c.x(0.12 + number * 0.012), c.y(1.0), "M0 0 L42 -110", warm, line=0.16, opacity=0.5 - number * 0.04)
    for bx, opacity in ((0.5, 0.9), (0.9, 0.5)):
        c.shape(c.x(bx), c.y(1.0), "M0 0 L42 -110", warm, line=0.45, opacity=opacity)
    floor = c.height * 0.82
    c.add(f'<rect y="{floor:.1f}" width="{c.width}" height="{c.height - floor:.1f}" fill="{mix(c.second, c.dark, 0.35)}" opacity="0.9"/>')
    c.add(f'<path d="M0 {floor:.1f}H{c.width}" stroke="{warm}" stroke-width="{0.2 * c.unit:.2f}" opacity="0.5"/>')
    x = c.x(0.48 if c.wide else 0.5)
    c.ring(x, c.y(0.46), 27, warm, 0.5, 0.8)
    c.ring(x, c.y(0.46), 29.5, warm, 0.18, 0.5)
    c.disc(x, c.y(0.46), 26, mix(c.second, "#ffffff", 0.3), 0.35)
    c.add(
        f'<path d="M{x - 16 * c.unit:.1f} 0 L{x + 16 * c.unit:.1f} 0 L{x + 42 * c.unit:.1f} {c.height:.1f} L{x - 42 * c.unit:.1f} {c.height:.1f}Z" fill="url(#beam)"/>'
    )
    c.stage(mix(c.light, c.second, 0.1))


def balloon(c: Canvas) -> None:
    """Balloons, bunting, rounded clouds, building blocks."""
    c.ground()
    c.glowing(0.5, 0.36, 66)
    colours = [c.glow, "#ef6f53", mix(c.light, "#ffffff", 0.5), "#63c0a6", "#f59fb0"]
    rays = mix(c.second, "#ffffff", 0.3)
    for k in range(12):
        turn = 30 * k
        c.shape(c.x(0.5), c.y(0.5), "M0 0 L-7 -90 L7 -90Z", rays, turn=turn, opacity=0.13)
    start, end = c.x(-0.04), c.x(1.04)
    sag = c.y(0.03) + 18 * c.unit
    top = c.y(-0.02)
    c.add(
        f'<path d="M{start:.1f} {top:.1f} Q{(start + end) / 2:.1f} {sag:.1f} {end:.1f} {top:.1f}" fill="none" stroke="#ffffff" stroke-width="{0.35 * c.unit:.1f}" opacity="0.85"/>'
    )
    for k in range(9):
        t = (k + 0.5) / 9
        x = start + (end - start) * t
        y = (1 - t) ** 2 * top + 2 * t * (1 - t) * sag + t * t * top
        slope = math.degrees(math.atan2((1 - 2 * t) * 2 * (sag - top), end - start))
        c.shape(x, y, "M-3.2 0 H3.2 L0 6Z", colours[k % 5], turn=slope)
    for bx, by, size in ((0.06, 0.66, 7), (0.96, 0.7, 8.5), (0.4, 0.58, 5)):
        c.cloud(c.x(bx), c.y(by), size, "#ffffff", 0.85)
    c.hills((0.86, 0.93), 4, far=0.25)
    places = (
        ((0.14, 0.42, 8.5), (0.28, 0.26, 6.5), (0.78, 0.3, 9.5), (0.92, 0.44, 7.5), (0.66, 0.44, 5.5))
        if c.wide
        else ((0.1, 0.36, 8.5), (0.24, 0.5, 6), (0.9, 0.34, 9.5), (0.77, 0.5, 6.5))
    )
    for number, (bx, by, r) in enumerate(places):
        x, y, colour = c.x(bx), c.y(by), colours[number % 5]
        c.shape(x, y, f"M0 {r * 1.2:.1f} q{r * 0.4:.1f} {r * 0.9:.1f} {-r * 0.15:.1f} {r * 2.2:.1f}", "#ffffff", line=0.3, opacity=0.75)
        c.oval(x, y, r, r * 1.18, colour)
        c.oval(x + r * 0.24 * c.unit, y + r * 0.26 * c.unit, r * 0.72, r * 0.86, "#000000", 0.07)
        c.oval(x - r * 0.36 * c.unit, y - r * 0.46 * c.unit, r * 0.18, r * 0.32, "#ffffff", 0.65, turn=18)
        c.shape(x, y, f"M{-r * 0.15:.2f} {r * 1.34:.2f} L0 {r * 1.12:.2f} L{r * 0.15:.2f} {r * 1.34:.2f}Z", mix(colour, "#000000", 0.1))
    for bx, level, size, number in (
        (0.04, 0.9, 9, 1),
        (0.13, 0.91, 8, 3),
        (0.085, 0.9, 8, 0),
        (0.95, 0.9, 9.5, 4),
        (0.86, 0.915, 7.5, 0),
    ):
        _block(c, c.x(bx), c.height * level, size, colours[number])
    c.sparkles(10)
    c.stage()


def _block(c: Canvas, x: float, y: float, size: float, colour: str) -> None:
    c.box_at(x, y, size, size, colour, r=1)
    c.box_at(x, y + size * 0.36 * c.unit, size, size * 0.28, mix(colour, "#000000", 0.14), r=0.6)
    c.box_at(x, y - size * 0.06 * c.unit, size * 0.62, size * 0.52, mix(colour, "#ffffff", 0.3), r=0.8)
    c.star(x, y - size * 0.06 * c.unit, size * 0.2, mix(colour, "#000000", 0.1), 1)


def sprig(c: Canvas) -> None:
    """Window light on a wall, eucalyptus sprigs, ceramic shapes on a ledge."""
    c.ground()
    wall = mix(c.second, "#ffffff", 0.16)
    light = mix(c.glow, "#ffffff", 0.4)
    c.glowing(0.42, 0.3, 56)
    for bx in (0.16, 0.4):
        for by in (0.06, 0.36):
            c.shape(c.x(bx), c.y(by), "M0 0 L17 3 L22 24 L5 21Z", light, opacity=0.2 if c.wide else 0.16)
    floor = c.height * 0.83
    c.add(f'<rect y="{floor:.1f}" width="{c.width}" height="{c.height - floor:.1f}" fill="{mix(wall, c.base, 0.3)}"/>')
    c.add(f'<rect y="{floor:.1f}" width="{c.width}" height="{0.7 * c.unit:.1f}" fill="{mix(light, wall, 0.5)}" opacity="0.6"/>')
    _arch(c, c.x(0.5), floor, 40, 60, mix(wall, light, 0.2), 0.5)
    clay, cream, sage = mix(c.glow, "#b9744a", 0.55), mix(c.light, "#ffffff", 0.3), mix("#7d9a77", c.second, 0.25)
    for bx, kind, size in ((0.9, "vase", 1.15), (0.03, "jug", 1.0), (0.99, "bowl", 1.0), (0.14, "bowl", 0.8)):
        x, y = c.x(bx), floor + 3 * c.unit
        c.oval(x, y, 9 * size, 1.6, "#000000", 0.18, soft=True)
        if kind == "vase":
            for turn, tall in ((-22, 30), (-4, 36), (16, 31)):
                _eucalyptus(c, x, y - 20 * c.unit, tall, turn, sage)
            c.shape(
                x,
                y,
                "M-3 -21 C-3.2 -17 -8.6 -14 -8.6 -7.6 C-8.6 -2.4 -5 0 0 0 C5 0 8.6 -2.4 8.6 -7.6 C8.6 -14 3.2 -17 3 -21Z",
                cream,
                scale=size,
            )
            c.shape(
                x,
                y,
                "M1 -20 C1.4 -16 6 -13 6 -7.6 C6 -3 3.6 -0.8 0 0 C5 0 8.6 -2.4 8.6 -7.6 C8.6 -14 3.2 -17 3 -21Z",
                "#000000",
                scale=size,
                opacity=0.08,
            )
        elif kind == "jug":
            for turn, tall in ((-10, 22), (14, 25)):
                _eucalyptus(c, x, y - 15 * c.unit, tall, turn, mix(sage, c.light, 0.2))
            c.shape(x, y, "M-4 -17 H4 C4 -13 7 -10 7 -6 C7 -2 4.4 0 0 0 C-4.4 0 -7 -2 -7 -6 C-7 -10 -4 -13 -4 -17Z", clay, scale=size)
            c.shape(x, y, "M5.6 -12 C11 -13 11 -5 6.6 -4.6", clay, scale=size, line=1.4)
        else:
            c.shape(x, y, "M-9 -7 H9 C9 -2.4 5 0 0 0 C-5 0 -9 -2.4 -9 -7Z", mix(clay, cream, 0.5), scale=size)
            c.oval(x, y - 7 * size * c.unit, 9 * size, 1.4 * size, mix(clay, c.base, 0.35))
    c.stage(mix(c.light, "#ffffff", 0.35))


def _eucalyptus(c: Canvas, x: float, y: float, tall: float, turn: float, colour: str) -> None:
    c.shape(x, y, f"M0 0 C0.8 {-tall * 0.3:.1f} -0.8 {-tall * 0.7:.1f} 0 {-tall:.1f}", mix(colour, c.dark, 0.35), turn=turn, line=0.35)
    angle = math.radians(turn)
    for k in range(1, 7):
        along = tall * (0.22 + 0.13 * k)
        for side in (-1, 1):
            dx, dy = side * 2.6, -min(along, tall)
            px = x + (dx * math.cos(angle) - dy * math.sin(angle)) * c.unit
            py = y + (dx * math.sin(angle) + dy * math.cos(angle)) * c.unit
            c.oval(px, py, 2.7 - k * 0.16, 1.9 - k * 0.1, mix(colour, "#ffffff", 0.1 * (k % 3)), 0.96, turn=turn + side * -28)


def lamp(c: Canvas) -> None:
    """A rangoli behind, marigold garlands above, oil lamps with flames."""
    gold, flower = mix(c.glow, "#ffb547", 0.4), "#f28a1e"
    c.ground()
    x, y = c.glowing(0.5, 0.46, 70)
    for r, count, size, colour, opacity in (
        (37, 24, 2.6, gold, 0.5),
        (29, 16, 4.6, mix(c.second, gold, 0.5), 0.62),
        (19, 12, 4.4, mix(c.second, "#f06a8a", 0.5), 0.6),
        (10, 8, 3.2, gold, 0.75),
    ):
        c.ring(x, y, r, gold, 0.3, opacity)
        for k in range(count):
            angle = 360 / count * k
            px, py = x + math.cos(math.radians(angle)) * r * c.unit, y + math.sin(math.radians(angle)) * r * c.unit
            c.oval(px, py, size * 0.62, size * 0.32, colour, opacity, turn=angle)
    c.disc(x, y, 4, gold, 0.85)
    c.hills((0.86, 0.93), 3, far=0.05)
    for bx0, bx1, drop in ((-0.04, 0.3, 15), (0.3, 0.7, 11), (0.7, 1.04, 15)):
        steps = 13
        for k in range(steps + 1):
            t = k / steps
            px = c.x(bx0 + (bx1 - bx0) * t)
            py = c.y(-0.01) + 4 * t * (1 - t) * drop * c.unit
            _marigold(c, px, py, 1.75 if k % 2 else 2.05, flower if k % 2 else mix(flower, c.glow, 0.7))
    for bx, length in ((0.3, 6), (0.7, 6), (0.02, 9), (0.98, 9)):
        for k in range(length):
            _marigold(c, c.x(bx), c.y(-0.01) + k * 3.1 * c.unit, 1.7, mix(flower, c.glow, 0.2 + 0.5 * (k % 2)))
    for bx, level, size in ((0.03, 0.9, 1.15), (0.14, 0.945, 0.85), (0.95, 0.905, 1.2), (0.85, 0.95, 0.85)):
        _diya(c, c.x(bx), c.height * level, size, gold)
    c.sparkles(16, gold)
    c.stage(mix(c.light, gold, 0.45))


def _marigold(c: Canvas, x: float, y: float, r: float, colour: str) -> None:
    c.star(x, y, r, mix(colour, "#8f3a05", 0.18), 1, 11, 0.82)
    c.star(x, y, r * 0.74, colour, 1, 9, 0.8)
    c.star(x, y, r * 0.4, mix(colour, "#fff2c4", 0.4), 1, 7, 0.75)


def _diya(c: Canvas, x: float, y: float, scale: float, gold: str) -> None:
    u = c.unit * scale
    c.oval(x, y - 8 * u, 11 * scale, 9 * scale, c.glow, 0.4, soft=True)
    clay = "#b5532a"
    c.shape(x, y, "M-9 -4.6 C-8 2.6 8 2.6 9 -4.6 C5 -3 -5 -3 -9 -4.6Z", clay, scale=scale)
    c.shape(x, y, "M-9 -4.6 C-4 -2.2 4 -2.2 9 -4.6 C4 -6.2 -4 -6.2 -9 -4.6Z", mix(clay, "#5a1f10", 0.4), scale=scale)
    for dx in (-4.4, 0, 4.4):
        c.disc(x + dx * u, y - 1.0 * u, 0.6 * scale, gold)
    c.shape(x + 0 * u, y - 6.6 * u, FLAME, "#ff9a2e", scale=scale * 0.95)
    c.shape(x, y - 6.4 * u, FLAME, "#fff0b8", scale=scale * 0.5)


def pencil(c: Canvas) -> None:
    """Notebook lines, a round clock, paper planes, pencils standing in a row."""
    c.ground()
    c.glowing(0.5, 0.36, 62)
    line = mix(c.second, "#ffffff", 0.4)
    paper = mix(c.light, "#ffffff", 0.6)
    c.box_at(c.x(0.5), c.y(0.42), 74 if c.wide else 80, 60, paper, 0.12, r=3, turn=-3)
    for k in range(9):
        c.box_at(c.x(0.5), c.y(0.42) + (k - 4) * 6 * c.unit, 68 if c.wide else 74, 0.3, line, 0.5, turn=-3)
    for k in range(8):
        c.ring(c.x(0.5) + (-31.5 + k * 9) * c.unit, c.y(0.42) - 30 * c.unit + (31.5 - k * 9) * 0.052 * c.unit, 1.1, paper, 0.5, 0.8)
    x, y = c.x(0.5), c.y(0.4)
    c.disc(x, y + 0.8 * c.unit, 16.4, "#000000", 0.12)
    c.disc(x, y, 16, c.glow)
    c.disc(x, y, 13.6, paper)
    for k in range(12):
        angle = math.radians(30 * k)
        c.box_at(
            x + math.sin(angle) * 11.4 * c.unit,
            y - math.cos(angle) * 11.4 * c.unit,
            0.7,
            2.2 if k % 3 == 0 else 1.2,
            c.base,
            turn=30 * k,
            r=0.3,
        )
    c.shape(x, y, "M0 0 L-4.6 -4.4", c.base, line=1.3)
    c.shape(x, y, "M0 0 L5.4 -7.6", c.base, line=0.9)
    c.disc(x, y, 1.1, "#e4573d")
    for bx, by, size, turn in ((0.86, 0.14, 1.5, -14), (0.12, 0.2, 1.1, -24), (0.98, 0.44, 0.9, 4)):
        c.shape(c.x(bx), c.y(by), "M-30 13 C-22 15 -16 4 -9 3", "#ffffff", scale=size * 0.6, turn=turn, line=0.35, opacity=0.45)
        c.shape(c.x(bx), c.y(by), "M-8 1 L9 -6 L1 7 L-1.4 2.6Z", paper, scale=size, turn=turn)
        c.shape(c.x(bx), c.y(by), "M9 -6 L-1.4 2.6 L-2 7 L1 4Z", mix(paper, c.second, 0.35), scale=size, turn=turn)
    c.hills((0.87, 0.94), 2.5, far=0.2)
    tones = ["#ef6f53", c.glow, "#58b89a", "#f2a3b8", mix(c.light, c.second, 0.4)]
    for number, (bx, tall, turn) in enumerate(((0.0, 40, -5), (0.06, 50, 3), (0.12, 34, -2), (0.9, 38, 3), (0.96, 52, -3), (1.02, 42, 5))):
        _pencil(c, c.x(bx), c.height * 1.0, tall, turn, tones[number % 5])
    c.sparkles(8)
    c.stage()


def _pencil(c: Canvas, x: float, base: float, tall: float, turn: float, colour: str) -> None:
    w = 2.6
    c.shape(x, base, f"M{-w} 0 V{-tall} H{w} V0Z", colour, turn=turn)
    c.shape(x, base, f"M{w * 0.35:.2f} 0 V{-tall} H{w} V0Z", "#000000", turn=turn, opacity=0.13)
    c.shape(x, base, f"M{-w} 0 V{-tall} H{-w * 0.45:.2f} V0Z", "#ffffff", turn=turn, opacity=0.2)
    c.shape(x, base, f"M{-w} {-tall} L0 {-tall - 6} L{w} {-tall} Q{w * 0.5:.1f} {-tall + 1} 0 {-tall} T{-w} {-tall}Z", "#f6dcb4", turn=turn)
    c.shape(
        x, base, f"M{-w * 0.36:.2f} {-tall - 3.8} L0 {-tall - 6} L{w * 0.36:.2f} {-tall - 3.8}Z", mix(colour, "#2a2a2a", 0.45), turn=turn
    )


def tag(c: Canvas) -> None:
    """Bold stripes, stacked parcels, price tags on strings, coupons."""
    c.ground()
    c.glowing(0.5, 0.38, 60)
    for k in range(9):
        c.shape(c.x(-0.02 + k * 0.16), c.height, "M0 0 L9 0 L51 -110 L42 -110Z", mix(c.second, "#ffffff", 0.35), opacity=0.16)
    x, y = c.x(0.5), c.y(0.42)
    c.star(x, y, 33, mix(c.glow, c.second, 0.15), 0.28, 20, 0.9)
    c.star(x, y, 28, mix(c.glow, "#ffffff", 0.2), 0.5, 20, 0.92)
    c.hills((0.86, 0.93), 2.5, far=0.18)
    paper = mix(c.light, "#ffffff", 0.5)
    for bx, level, w, h, shade in (
        (0.03, 0.83, 19, 17, 0.0),
        (0.145, 0.87, 13, 12, 0.12),
        (0.05, 0.83, 13, 11, 0.2),
        (0.95, 0.83, 20, 18, 0.06),
        (0.855, 0.875, 12, 11, 0.0),
        (0.96, 0.83, 13, 11, 0.16),
    ):
        _parcel(c, c.x(bx), c.height * level, w, h, mix("#d9a066", c.dark, shade))
    for bx, by, size, turn, colour in (
        (0.9, 0.14, 1.25, 16, paper),
        (0.76, 0.1, 0.9, -12, c.glow),
        (0.1, 0.2, 1.05, -14, paper),
        (0.24, 0.1, 0.8, 12, c.glow),
    ):
        px, py = c.x(bx), c.y(by)
        c.shape(px, py, "M0 -6.4 C-2 -14 3 -20 0 -30", mix(paper, c.second, 0.2), scale=size, line=0.35)
        c.shape(px, py, "M0 -9 L5.4 -4.2 V10 Q5.4 11.4 4 11.4 H-4 Q-5.4 11.4 -5.4 10 V-4.2Z", colour, scale=size, turn=turn)
        angle = math.radians(turn)
        c.disc(px + math.sin(angle) * 5.4 * size * c.unit, py - math.cos(angle) * 5.4 * size * c.unit, 1.1 * size, c.base)
        c.shape(px, py, "M-3 1 H3 M-3 4 H3 M-3 7 H1", mix(colour, c.base, 0.55), scale=size, turn=turn, line=0.8)
    for bx, by, turn, colour in ((0.04, 0.46, -14, c.glow), (0.96, 0.42, 12, mix(c.glow, "#ffffff", 0.4))):
        c.shape(c.x(bx), c.y(by), "M-9 -4.6 H9 V-1.5 A1.5 1.5 0 0 0 9 1.5 V4.6 H-9 V1.5 A1.5 1.5 0 0 0 -9 -1.5Z", colour, turn=turn)
        c.shape(c.x(bx), c.y(by), "M-3.4 -3 V3 M0.4 -1.4 H5.6 M0.4 1.4 H4", mix(c.base, colour, 0.2), turn=turn, line=0.6)
    c.sparkles(8)
    c.stage()


def _parcel(c: Canvas, x: float, y: float, w: float, h: float, colour: str) -> None:
    c.oval(x, y + h / 2 * c.unit, w * 0.56, 1.4, "#000000", 0.2, soft=True)
    c.box_at(x, y, w, h, colour, r=0.6)
    c.box_at(x + w * 0.33 * c.unit, y, w * 0.34, h, "#000000", 0.08, r=0.6)
    c.box_at(x, y - h * 0.4 * c.unit, w, h * 0.2, mix(colour, "#ffffff", 0.22), r=0.5)
    c.box_at(x, y, w * 0.14, h, mix(colour, "#ffffff", 0.42), 0.85)
    c.box_at(x - w * 0.3 * c.unit, y + h * 0.24 * c.unit, w * 0.24, h * 0.2, "#ffffff", 0.75, r=0.3)


def paw(c: Canvas) -> None:
    """A trail of paw prints over soft hills, a low sun."""
    c.ground()
    c.sun(0.5, 0.34, 18)
    c.hills((0.72, 0.82, 0.92), 7, far=0.2)
    colour = mix(c.light, c.glow, 0.35)
    for number in range(6):
        x, y = c.x(0.06 + 0.18 * number), c.y(0.7 - 0.11 * number + (0.06 if number % 2 else 0.0))
        r = 3.4 + number * 0.3
        c.oval(x, y, r, r * 0.8, colour, 0.75, turn=18)
        for dx, dy in ((-0.95, -0.85), (-0.3, -1.3), (0.45, -1.25), (1.05, -0.65)):
            c.oval(x + dx * r * c.unit, y + dy * r * c.unit, r * 0.34, r * 0.44, colour, 0.75, turn=18)
    c.sparkles(10)
    c.stage()


def arches(c: Canvas) -> None:
    """Three arches and a light: what is drawn where no motif is named."""
    c.ground()
    c.sun(0.5, 0.3, 16)
    for bx, wide, tall, share in ((0.16, 24, 44, 0.35), (0.84, 24, 44, 0.35), (0.5, 34, 62, 0.15)):
        _arch(c, c.x(bx), c.y(0.95), wide, tall, mix(c.light, c.second, share + 0.2), 0.6)
    c.sparkles(12)
    c.stage()


# Words a prompt may use, most telling first. Whole words only: a camp fire is no fir.
MOTIFS: dict[str, tuple[Drawer, tuple[str, ...]]] = {
    "lantern": (lantern, ("lantern", "plum", "tassel", "fireworks")),
    "moon": (moon, ("moon", "osmanthus", "rabbit")),
    "bamboo": (bamboo, ("bamboo", "panda", "misty")),
    "petal": (petal, ("petal", "blossom", "flower", "ribbon", "rose", "tender")),
    "wave": (wave, ("wave", "palm", "sea", "beach", "bubble", "summer", "ocean")),
    "snow": (snow, ("snowflake", "snow", "fir", "christmas", "winter", "pine")),
    "leaf": (leaf, ("maple", "wheat", "leaf", "autumn", "harvest", "field", "pumpkin")),
    "tent": (tent, ("tent", "mountain", "ridge", "camp", "camping", "outdoor")),
    "star": (orbit, ("orbit", "circuit", "tech", "neon", "grid", "light trail", "star")),
    "slate": (slate, ("diagonal", "studio", "slate", "plane of light", "planes of light", "layered")),
    "balloon": (balloon, ("balloon", "bunting", "building block", "toy", "playful")),
    "sprig": (sprig, ("sprig", "eucalyptus", "linen", "window", "ceramic", "home", "interior")),
    "lamp": (lamp, ("marigold", "oil lamp", "rangoli", "diya", "diwali")),
    "pencil": (pencil, ("pencil", "paper plane", "notebook", "clock", "school")),
    "tag": (tag, ("price tag", "parcel", "coupon", "stripe", "cardboard", "tag")),
    "paw": (paw, ("paw", "pet")),
}  # fmt: skip


def drawer_for(words: str) -> Drawer:
    """The drawer that most of the words name; the earlier word weighs more. Plain arches where none is named."""
    best, best_score = arches, 0.0
    for drawer, names in MOTIFS.values():
        score = 0.0
        for place, name in enumerate(names):
            if re.search(rf"(?<![a-z]){re.escape(name)}(?:e?s)?(?![a-z])", words):
                score += 1 + 0.5 / (1 + place)
        if score > best_score:
            best, best_score = drawer, score
    return best
