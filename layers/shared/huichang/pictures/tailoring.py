"""What all garments share: hanger, bust, sleeves, bodies, necklines, folds."""

from __future__ import annotations

from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import lightness, shade, tint
from huichang.pictures.shapes import Corner, both, box, curve, oval, poly

GARMENT = ("front", "tilt", "small+branch")


def hanger(canvas: Canvas, top: float) -> None:
    """A wooden hanger whose shoulders lie at `top`."""
    canvas.stroke(f"M240 {top - 10}v-18q0-10 10-12q16-6 12-22q-6-16-24-12", "#aeb4bc", 5)
    canvas.stroke(poly((158, top + 16), (240, top - 12), (322, top + 16), r=20, close=False), "#b98a5c", 11)


def bust(canvas: Canvas, top: float, low: float = 300) -> None:
    """A dressmaker's bust on its stand, behind a garment."""
    linen = "#e6d9c6"
    canvas.flat(box(235, low - 20, 10, 416 - low, 3), "#a97c52")
    canvas.flat(box(180, 394, 120, 13, 6), "#a97c52")
    canvas.solid(
        poly(
            (222, top - 46),
            (258, top - 46),
            (264, top + 6),
            (312, top + 26),
            (300, low),
            (180, low),
            (168, top + 26),
            (216, top + 6),
            r=14,
        ),
        linen,
        (-7, 0),
    )
    canvas.flat(oval(240, top - 46, 18, 6), "#b98a5c")
    canvas.dot(240, top - 58, 9, "#b98a5c")


def dressed(canvas: Canvas, camera: int, top: float) -> None:
    """What carries a garment in this view: nothing (ghost), a hanger, or a bust."""
    if camera == 1:
        hanger(canvas, top)
    elif camera == 2:
        bust(canvas, top)


def seam(colour: str) -> str:
    """The colour of a seam: darker than the cloth, or lighter where the cloth is dark."""
    return tint(colour, 0.3) if lightness(colour) < 0.3 else shade(colour, 0.3)


def sleeves(canvas: Canvas, style: str, colour: str, top: float, shoulder: float, pattern: bool = True, splay: float = 0) -> None:
    """Both sleeves: none | short | long | puff | bell | wide; `splay` swings long ones out over a wide skirt."""
    for side in (1, -1):

        def at(x: float, y: float, r: float = 8, side: int = side) -> Corner:
            return (240 + side * x, top + y, r)

        lit = (-7, -3)
        if style == "short":
            canvas.solid(
                poly(
                    at(shoulder - 24, 4, 14),
                    at(shoulder + 10, 22, 24),
                    at(shoulder + 54, 96),
                    at(shoulder + 8, 122),
                    at(shoulder - 16, 96),
                ),
                colour,
                lit,
                pattern=pattern,
            )
        elif style == "puff":
            canvas.solid(
                curve(
                    *[
                        (p[0], p[1])
                        for p in (
                            at(shoulder - 22, 6),
                            at(shoulder + 32, 14),
                            at(shoulder + 52, 66),
                            at(shoulder + 34, 104),
                            at(shoulder - 8, 100),
                        )
                    ]
                ),
                colour,
                lit,
                pattern=pattern,
            )
            canvas.flat(
                poly(
                    at(shoulder + 40, 92, 4),
                    at(shoulder + 32, 112, 4),
                    at(shoulder - 6, 108, 4),
                    at(shoulder - 4, 92, 4),
                ),
                shade(colour, 0.12),
            )
        elif style in ("long", "bell", "wide"):
            cuff = {"long": 0, "bell": 20, "wide": 12}[style]
            canvas.solid(
                poly(
                    at(shoulder - 26, 4, 14),
                    at(shoulder + 10, 22, 26),
                    at(shoulder + 40 + splay * 0.5, 120, 30),
                    at(shoulder + 54 + cuff + splay, 248 - splay * 0.3),
                    at(shoulder + 16 - cuff * 0.4 + splay, 254 - splay * 0.2),
                    at(shoulder - 6, 126, 20),
                ),
                colour,
                lit,
                pattern=pattern,
            )
            canvas.stroke(
                f"M{240 + side * (shoulder - 4):.0f} {top + 62:.0f}Q{240 + side * (shoulder + 4):.0f} {top + 130:.0f} "
                f"{240 + side * (shoulder + 10):.0f} {top + 200:.0f}",
                seam(colour),
                3.5,
                0.7,
            )


def body(half: list[Corner]) -> str:
    """The outline of a garment from its right half."""
    return poly(*both(half), r=10)


def neckline(canvas: Canvas, style: str, colour: str, top: float, width: float = 36) -> None:
    """The opening: the dark inside of the back, cut by the front edge."""
    inside = shade(colour, 0.42)
    if style == "v":
        canvas.flat(f"M{240 - width} {top - 2}Q240 {top - 12} {240 + width} {top - 2}L240 {top + 74}Z", inside)
        canvas.stroke(f"M{240 - width} {top}L240 {top + 74}L{240 + width} {top}", shade(colour, 0.12), 6)
    elif style == "square":
        canvas.flat(
            poly((240 - width, top - 3), (240 + width, top - 3), (232 + width, top + 44), (248 - width, top + 44), r=5),
            inside,
        )
    else:
        depth = 15 if style == "crew" else 30
        canvas.flat(
            f"M{240 - width} {top - 2}Q240 {top - 10} {240 + width}"
            f" {top - 2}Q{240 + width - 6} {top + depth} 240 {top + depth}"
            f"Q{246 - width} {top + depth} {240 - width} {top - 2}Z",
            inside,
        )
        canvas.stroke(
            f"M{240 - width} {top}Q{244 - width} {top + depth + 3}"
            f" 240 {top + depth + 3}Q{236 + width} {top + depth + 3}"
            f" {240 + width} {top}",
            shade(colour, 0.12),
            6,
        )


def folds(canvas: Canvas, colour: str, *lines: str) -> None:
    """Soft creases in the cloth."""
    for path in lines:
        canvas.stroke(path, seam(colour), 3, 0.5)
