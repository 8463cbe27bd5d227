"""Womenswear."""

# ruff: noqa: ARG001 - every painter takes the camera; most leave it to the frame

from __future__ import annotations

from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import mix, shade, tint
from huichang.pictures.shapes import Corner, arc, box, curve, oval, poly
from huichang.pictures.stage import drawing
from huichang.pictures.tailoring import GARMENT, body, bust, dressed, folds, neckline, sleeves


@drawing("dress", "womens", GARMENT, foot=110, focus=(240, 200))
def dress(canvas: Canvas, camera: int) -> None:
    """A dress; detail sleeve = none | short | long | puff, length = mini | midi | maxi, neck = v | round | square."""
    colour, top = canvas.main, 92.0
    sleeve = canvas.detail.get("sleeve", ("puff", "none", "short")[camera])
    hem = {"mini": 328, "midi": 372, "maxi": 402}.get(canvas.detail.get("length", ""), 372)
    spread = {328: 104, 372: 124, 402: 120}[hem]
    neck = canvas.detail.get("neck", ("square", "v", "round")[camera])
    dressed(canvas, camera, top)
    shoulder = 58.0 if sleeve != "none" else 50.0
    sleeves(canvas, sleeve, colour, top, shoulder, splay=46)
    half: list[Corner] = [
        (276, top - 2, 3),
        (240 + shoulder + 8, top + 6, 10),
        (302, top + 84, 18),
        (286, 214, 26),
        (240 + spread, hem - 4, 14),
        (240, hem + 10, 60),
    ]
    canvas.solid(body(half), colour, pattern=True)
    folds(
        canvas,
        colour,
        f"M262 236Q286 290 {240 + spread * 0.62:.0f} {hem - 14}",
        f"M220 236Q200 300 {240 - spread * 0.55:.0f} {hem - 10}",
        f"M240 250Q246 300 244 {hem - 24}",
    )
    neckline(canvas, neck, colour, top)
    canvas.flat(
        poly((193, 208), (287, 208), (289, 227), (191, 227), r=4),
        canvas.second if len(canvas.given) > 1 else shade(colour, 0.22),
    )
    canvas.gloss(f"M{206} {top + 60}q6 30 4 66l12-2q2-34-4-66Z", 0.22)


@drawing("slip-dress", "womens", GARMENT, foot=100)
def slip_dress(canvas: Canvas, camera: int) -> None:
    """A strappy slip dress or nightdress."""
    colour = canvas.main
    dressed(canvas, camera, 88)
    for side in (-1, 1):
        canvas.stroke(arc((240 + side * 44, 152), (240 + side * 34, 84), -side * 4), shade(colour, 0.15), 6)
    canvas.solid(
        curve(
            (240, 168),
            (284, 146),
            (302, 190),
            (288, 236),
            (318, 310),
            (348, 384),
            (240, 398),
            (132, 384),
            (162, 310),
            (192, 236),
            (178, 190),
            (196, 146),
        ),
        colour,
        pattern=True,
    )
    canvas.stroke(curve((184, 158), (200, 150), (240, 172), (280, 150), (296, 158), close=False), tint(colour, 0.4), 5)
    folds(canvas, colour, "M262 250Q290 310 306 372", "M222 250Q196 320 184 374")
    canvas.stroke(
        curve((136, 376), (190, 388), (240, 390), (290, 388), (344, 376), close=False),
        tint(colour, 0.45),
        9,
        0.8,
        "2 10",
    )


@drawing("blouse", "womens", GARMENT, foot=110)
def blouse(canvas: Canvas, camera: int) -> None:
    """A blouse with a bow at the neck and soft sleeves."""
    colour, top = canvas.main, 110.0
    dressed(canvas, camera, top)
    sleeves(canvas, canvas.detail.get("sleeve", "bell"), colour, top, 62)
    canvas.solid(
        body(
            [
                (272, top - 2, 3),
                (312, top + 10, 18),
                (312, top + 100, 20),
                (304, 236, 20),
                (322, 342, 16),
                (240, 352, 40),
            ]
        ),
        colour,
        pattern=True,
    )
    neckline(canvas, "v", colour, top, 32)
    folds(canvas, colour, "M240 190V340", "M196 252q-6 40-14 74", "M284 252q6 40 14 74")
    for y in (214, 256, 298):
        canvas.dot(240, y, 5, tint(colour, 0.6))
    tie = canvas.second if len(canvas.given) > 1 else tint(colour, 0.35)
    canvas.solid("M240 182l-30 84q-14 4-20-4l36-82ZM240 182l30 84q14 4 20-4l-36-82Z", tie, (-3, -3))
    canvas.solid("M240 182q-52-34-56-4q4 30 56 4q52-34 56-4q-4 30-56 4Z", tie, (-4, -4))
    canvas.flat(oval(240, 180, 13, 11), shade(tie, 0.25))


@drawing("skirt", "womens", ("front", "tilt", "small+branch"), foot=130)
def skirt(canvas: Canvas, camera: int) -> None:
    """A pleated or A-line skirt; detail length = mini | midi | maxi."""
    colour = canvas.main
    hem = {"mini": 300, "maxi": 400}.get(canvas.detail.get("length", ""), 366)
    spread = 118 + (hem - 300) * 0.25
    if camera == 1:
        canvas.stroke("M240 92V66q0-10 10-12q14-8 8-22q-8-10-20-6", "#aeb4bc", 5)
        canvas.stroke("M160 96H320", "#b98a5c", 10)
        for x in (182, 298):
            canvas.flat(box(x - 7, 86, 14, 26, 4), "#8f959d")
    outline = poly((182, 106), (298, 106), (240 + spread, hem, 16), (240, hem + 18, 50), (240 - spread, hem, 16), r=6)
    canvas.solid(outline, colour, pattern=True)
    with canvas.inside(outline):
        for share in (-0.75, -0.45, -0.15, 0.15, 0.45, 0.75):
            waist, low = 240 + share * 58, 240 + share * spread
            canvas.flat(f"M{waist:.0f} 128L{low:.0f} {hem + 16}h-12Z", shade(colour, 0.24), 0.5)
    band = canvas.second if len(canvas.given) > 1 else shade(colour, 0.14)
    canvas.solid(box(178, 98, 124, 28, 8), band, (-5, -4))
    canvas.gloss(f"M196 140L{240 - spread * 0.72:.0f} {hem - 20}h14L206 140Z", 0.2)


@drawing("kurta", "womens", GARMENT, foot=100)
def kurta(canvas: Canvas, camera: int) -> None:
    """A long straight tunic with a placket and side slits."""
    colour, top, trim = canvas.main, 88.0, canvas.second
    dressed(canvas, camera, top)
    sleeves(canvas, canvas.detail.get("sleeve", "short"), colour, top, 60)
    canvas.solid(
        body([(268, top - 2, 3), (308, top + 10, 16), (304, top + 90, 18), (296, 226, 24), (324, 396, 8), (240, 400, 40)]),
        colour,
        pattern=True,
    )
    neckline(canvas, "crew", colour, top, 30)
    canvas.flat(poly((226, top + 14), (254, top + 14), (252, 210), (240, 222), (228, 210), r=5), trim)
    for y in (124, 150, 176):
        canvas.dot(240, y, 4.5, shade(trim, 0.5))
    canvas.stroke("M160 382Q240 390 320 382", trim, 11)
    folds(canvas, colour, "M184 330L178 388", "M296 330L302 388")


@drawing(
    "saree",
    "womens",
    ("small", "tilt", "small+branch"),
    foot=120,
    usual=(("#b8324f", "#e2b354"), ("#2f7f78", "#e8c46a"), ("#7a4fa0", "#f0c76a"), ("#d97a2b", "#8c2f3f")),
)
def saree(canvas: Canvas, camera: int) -> None:
    """A draped saree or any length of festive cloth on a bust."""
    colour, trim = canvas.main, canvas.second
    bust(canvas, 92, 260)
    canvas.solid(poly((186, 116, 14), (294, 116, 14), (300, 196), (180, 196), r=8), shade(trim, 0.12))
    outline = poly((186, 224), (294, 224), (342, 404, 10), (138, 404, 10), r=10)
    canvas.solid(outline, colour, pattern=True)
    with canvas.inside(outline):
        for x in (206, 224, 242, 260):
            canvas.flat(f"M{x} 232L{x - 8} 410h-9Z", shade(colour, 0.28), 0.6)
        canvas.flat("M130 384H350V408H130Z", trim)
    canvas.solid(
        "M170 112Q196 96 220 104Q252 190 306 226Q330 300 344 388L314 392Q290 300 268 268Q196 236 170 112Z",
        colour,
        pattern=True,
    )
    canvas.stroke("M171 114Q196 236 268 268Q292 300 314 390", trim, 9)


@drawing("bra", "womens", ("front", "tilt", "small+branch"), foot=0)
def bra(canvas: Canvas, camera: int) -> None:
    """A bra."""
    colour = canvas.main
    for side in (-1, 1):
        canvas.stroke(arc((240 + side * 96, 196), (240 + side * 78, 78), side * -8), shade(colour, 0.18), 9)
        canvas.solid(
            poly((240 + side * 150, 214), (240 + side * 196, 238), (240 + side * 196, 276), (240 + side * 120, 306), r=8),
            colour,
            (-4, -4),
        )
        canvas.solid(
            curve(
                *[
                    (240 + side * x, y)
                    for x, y in (
                        (10, 236),
                        (56, 206),
                        (98, 184),
                        (146, 212),
                        (160, 270),
                        (120, 318),
                        (60, 322),
                        (14, 292),
                    )
                ]
            ),
            colour,
            (-8, -8),
            pattern=True,
        )
        canvas.stroke(
            curve(*[(240 + side * x, y) for x, y in ((16, 238), (58, 212), (98, 190))], close=False),
            tint(colour, 0.5),
            8,
            0.9,
            "1 10",
        )
    canvas.flat(poly((226, 240), (254, 240), (250, 294), (230, 294), r=6), shade(colour, 0.12))
    canvas.flat("M240 250q-22-14-22 0q2 12 22 0q22-14 22 0q-2 12-22 0Z", canvas.second)


@drawing("briefs", "fabric", ("front", "tilt", "trio"), foot=0)
def briefs(canvas: Canvas, camera: int) -> None:
    """Underwear, plain."""
    colour = canvas.main
    canvas.solid(
        "M116 168H364Q366 250 330 262Q280 276 262 334Q240 346 218 334Q200 276 150 262Q114 250 116 168Z",
        colour,
        pattern=True,
    )
    canvas.solid(box(112, 152, 256, 36, 9), canvas.second if len(canvas.given) > 1 else shade(colour, 0.16), (-6, -4))
    folds(canvas, colour, "M148 258Q200 262 224 328", "M332 258Q280 262 256 328")


@drawing("leggings", "womens", ("front", "tilt", "pair"), foot=80)
def leggings(canvas: Canvas, camera: int) -> None:
    """Leggings or tights."""
    colour = canvas.main
    canvas.solid(
        poly(
            (178, 84),
            (302, 84),
            (312, 170, 30),
            (290, 396),
            (254, 398),
            (242, 214, 10),
            (238, 214, 10),
            (226, 398),
            (190, 396),
            (168, 170, 30),
            r=7,
        ),
        colour,
        pattern=True,
    )
    canvas.flat(box(174, 80, 132, 34, 8), shade(colour, 0.16))
    folds(canvas, colour, "M240 118V206", "M268 300q10 4 20 0", "M212 300q-10 4-20 0")
    canvas.gloss("M190 130q-6 60 6 130h10q-8-70-4-130Z", 0.2)


@drawing("pyjamas", "fabric", ("front", "tilt", "small+leaf"), foot=150)
def pyjamas(canvas: Canvas, camera: int) -> None:
    """A pyjama set: shirt and trousers side by side."""
    colour, trim = canvas.main, canvas.second
    with canvas.group("translate(104 96) scale(.74)"):
        canvas.solid(
            poly((186, 120), (318, 120), (352, 396), (268, 402), (252, 220), (236, 402), (152, 396), r=8),
            colour,
            pattern=True,
        )
        canvas.flat(box(182, 112, 140, 28, 8), shade(colour, 0.16))
        canvas.stroke("M252 134q-24 40-14 52M252 134q24 36 16 56", trim, 5)
    with canvas.group("translate(-44 22) scale(.86)"):
        sleeves(canvas, "long", colour, 84, 66)
        canvas.solid(body([(272, 82, 3), (314, 94, 18), (314, 190), (318, 330, 10), (240, 334)]), colour, pattern=True)
        neckline(canvas, "v", colour, 84, 32)
        canvas.stroke("M208 84L240 158L272 84M240 158V328", trim, 5)
        for y in (190, 232, 274):
            canvas.dot(240, y, 6, mix(trim, "#ffffff", 0.4))
        canvas.flat(box(264, 184, 36, 34, 5), shade(colour, 0.12))
