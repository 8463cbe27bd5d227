"""Womenswear and the shared tailoring of all garments: hanger, bust, sleeves, bodies, necklines."""

from __future__ import annotations

from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import lightness, mix, shade, tint
from huichang.pictures.shapes import Corner, arc, both, box, curve, oval, poly
from huichang.pictures.stage import drawing

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
    canvas.solid(poly((222, top - 46), (258, top - 46), (264, top + 6), (312, top + 26), (300, low), (180, low),
                      (168, top + 26), (216, top + 6), r=14), linen, (-7, 0))  # fmt: skip
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
            canvas.solid(poly(at(shoulder - 24, 4, 14), at(shoulder + 10, 22, 24), at(shoulder + 54, 96), at(shoulder + 8, 122),
                              at(shoulder - 16, 96)), colour, lit, pattern=pattern)  # fmt: skip
        elif style == "puff":
            canvas.solid(curve(*[(p[0], p[1]) for p in (at(shoulder - 22, 6), at(shoulder + 32, 14), at(shoulder + 52, 66),
                               at(shoulder + 34, 104), at(shoulder - 8, 100))]), colour, lit, pattern=pattern)  # fmt: skip
            canvas.flat(poly(at(shoulder + 40, 92, 4), at(shoulder + 32, 112, 4), at(shoulder - 6, 108, 4), at(shoulder - 4, 92, 4)),
                        shade(colour, 0.12))  # fmt: skip
        elif style in ("long", "bell", "wide"):
            cuff = {"long": 0, "bell": 20, "wide": 12}[style]
            canvas.solid(poly(at(shoulder - 26, 4, 14), at(shoulder + 10, 22, 26), at(shoulder + 40 + splay * 0.5, 120, 30),
                              at(shoulder + 54 + cuff + splay, 248 - splay * 0.3), at(shoulder + 16 - cuff * 0.4 + splay, 254 - splay * 0.2),
                              at(shoulder - 6, 126, 20)),
                         colour, lit, pattern=pattern)  # fmt: skip
            canvas.stroke(f"M{240 + side * (shoulder - 4):.0f} {top + 62:.0f}Q{240 + side * (shoulder + 4):.0f} {top + 130:.0f} "
                          f"{240 + side * (shoulder + 10):.0f} {top + 200:.0f}", seam(colour), 3.5, 0.7)  # fmt: skip


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
        canvas.flat(poly((240 - width, top - 3), (240 + width, top - 3), (232 + width, top + 44), (248 - width, top + 44), r=5), inside)
    else:
        depth = 15 if style == "crew" else 30
        canvas.flat(f"M{240 - width} {top - 2}Q240 {top - 10} {240 + width} {top - 2}Q{240 + width - 6} {top + depth} 240 {top + depth}"
                    f"Q{246 - width} {top + depth} {240 - width} {top - 2}Z", inside)  # fmt: skip
        canvas.stroke(f"M{240 - width} {top}Q{244 - width} {top + depth + 3} 240 {top + depth + 3}Q{236 + width} {top + depth + 3}"
                      f" {240 + width} {top}", shade(colour, 0.12), 6)  # fmt: skip


def folds(canvas: Canvas, colour: str, *lines: str) -> None:
    """Soft creases in the cloth."""
    for path in lines:
        canvas.stroke(path, seam(colour), 3, 0.5)


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
    half: list[Corner] = [(276, top - 2, 3), (240 + shoulder + 8, top + 6, 10), (302, top + 84, 18), (286, 214, 26),
                          (240 + spread, hem - 4, 14), (240, hem + 10, 60)]  # fmt: skip
    canvas.solid(body(half), colour, pattern=True)
    folds(canvas, colour, f"M262 236Q286 290 {240 + spread * 0.62:.0f} {hem - 14}", f"M220 236Q200 300 {240 - spread * 0.55:.0f} {hem - 10}",
          f"M240 250Q246 300 244 {hem - 24}")  # fmt: skip
    neckline(canvas, neck, colour, top)
    canvas.flat(poly((193, 208), (287, 208), (289, 227), (191, 227), r=4), canvas.second if len(canvas.given) > 1 else shade(colour, 0.22))
    canvas.gloss(f"M{206} {top + 60}q6 30 4 66l12-2q2-34-4-66Z", 0.22)


@drawing("slip-dress", "womens", GARMENT, foot=100)
def slip_dress(canvas: Canvas, camera: int) -> None:
    """A strappy slip dress or nightdress."""
    colour = canvas.main
    dressed(canvas, camera, 88)
    for side in (-1, 1):
        canvas.stroke(arc((240 + side * 44, 152), (240 + side * 34, 84), -side * 4), shade(colour, 0.15), 6)
    canvas.solid(curve((240, 168), (284, 146), (302, 190), (288, 236), (318, 310), (348, 384), (240, 398), (132, 384),
                       (162, 310), (192, 236), (178, 190), (196, 146)), colour, pattern=True)  # fmt: skip
    canvas.stroke(curve((184, 158), (200, 150), (240, 172), (280, 150), (296, 158), close=False), tint(colour, 0.4), 5)
    folds(canvas, colour, "M262 250Q290 310 306 372", "M222 250Q196 320 184 374")
    canvas.stroke(curve((136, 376), (190, 388), (240, 390), (290, 388), (344, 376), close=False), tint(colour, 0.45), 9, 0.8, "2 10")


@drawing("blouse", "womens", GARMENT, foot=110)
def blouse(canvas: Canvas, camera: int) -> None:
    """A blouse with a bow at the neck and soft sleeves."""
    colour, top = canvas.main, 110.0
    dressed(canvas, camera, top)
    sleeves(canvas, canvas.detail.get("sleeve", "bell"), colour, top, 62)
    canvas.solid(body([(272, top - 2, 3), (312, top + 10, 18), (312, top + 100, 20), (304, 236, 20), (322, 342, 16), (240, 352, 40)]), colour, pattern=True)
    neckline(canvas, "v", colour, top, 32)
    folds(canvas, colour, "M240 190V340", "M196 252q-6 40-14 74", "M284 252q6 40 14 74")
    for y in (214, 256, 298):
        canvas.dot(240, y, 5, tint(colour, 0.6))
    tie = canvas.second if len(canvas.given) > 1 else shade(colour, 0.14)
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
            x, low = 240 + share * 58, 240 + share * spread
            canvas.flat(f"M{x:.0f} 128L{low:.0f} {hem + 16}h-12Z", shade(colour, 0.24), 0.5)
    band = canvas.second if len(canvas.given) > 1 else shade(colour, 0.14)
    canvas.solid(box(178, 98, 124, 28, 8), band, (-5, -4))
    canvas.gloss(f"M196 140L{240 - spread * 0.72:.0f} {hem - 20}h14L206 140Z", 0.2)


@drawing("kurta", "womens", GARMENT, foot=100)
def kurta(canvas: Canvas, camera: int) -> None:
    """A long straight tunic with a placket and side slits."""
    colour, top, trim = canvas.main, 88.0, canvas.second
    dressed(canvas, camera, top)
    sleeves(canvas, canvas.detail.get("sleeve", "short"), colour, top, 60)
    canvas.solid(body([(268, top - 2, 3), (308, top + 10, 16), (304, top + 90, 18), (296, 226, 24), (324, 396, 8), (240, 400, 40)]), colour, pattern=True)
    neckline(canvas, "crew", colour, top, 30)
    canvas.flat(poly((226, top + 14), (254, top + 14), (252, 210), (240, 222), (228, 210), r=5), trim)
    for y in (124, 150, 176):
        canvas.dot(240, y, 4.5, shade(trim, 0.5))
    canvas.stroke("M160 382Q240 390 320 382", trim, 11)
    folds(canvas, colour, "M184 330L178 388", "M296 330L302 388")


@drawing("saree", "womens", ("small", "tilt", "small+branch"), foot=120,
         usual=(("#b8324f", "#e2b354"), ("#2f7f78", "#e8c46a"), ("#7a4fa0", "#f0c76a"), ("#d97a2b", "#8c2f3f")))  # fmt: skip
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
    canvas.solid("M170 112Q196 96 220 104Q252 190 306 226Q330 300 344 388L314 392Q290 300 268 268Q196 236 170 112Z", colour, pattern=True)
    canvas.stroke("M171 114Q196 236 268 268Q292 300 314 390", trim, 9)


@drawing("bra", "womens", ("front", "tilt", "small+branch"), foot=0)
def bra(canvas: Canvas, camera: int) -> None:
    """A bra."""
    colour = canvas.main
    for side in (-1, 1):
        canvas.stroke(arc((240 + side * 96, 196), (240 + side * 78, 78), side * -8), shade(colour, 0.18), 9)
        canvas.solid(poly((240 + side * 150, 214), (240 + side * 196, 238), (240 + side * 196, 276), (240 + side * 120, 306), r=8), colour, (-4, -4))
        canvas.solid(curve(*[(240 + side * x, y) for x, y in ((10, 236), (56, 206), (98, 184), (146, 212), (160, 270), (120, 318), (60, 322), (14, 292))]),
                     colour, (-8, -8), pattern=True)  # fmt: skip
        canvas.stroke(curve(*[(240 + side * x, y) for x, y in ((16, 238), (58, 212), (98, 190))], close=False), tint(colour, 0.5), 8, 0.9, "1 10")
    canvas.flat(poly((226, 240), (254, 240), (250, 294), (230, 294), r=6), shade(colour, 0.12))
    canvas.flat("M240 250q-22-14-22 0q2 12 22 0q22-14 22 0q-2 12-22 0Z", canvas.second)


@drawing("briefs", "fabric", ("front", "tilt", "trio"), foot=0)
def briefs(canvas: Canvas, camera: int) -> None:
    """Underwear, plain."""
    colour = canvas.main
    canvas.solid("M116 168H364Q366 250 330 262Q280 276 262 334Q240 346 218 334Q200 276 150 262Q114 250 116 168Z", colour, pattern=True)
    canvas.solid(box(112, 152, 256, 36, 9), canvas.second if len(canvas.given) > 1 else shade(colour, 0.16), (-6, -4))
    folds(canvas, colour, "M148 258Q200 262 224 328", "M332 258Q280 262 256 328")


@drawing("leggings", "womens", ("front", "tilt", "pair"), foot=80)
def leggings(canvas: Canvas, camera: int) -> None:
    """Leggings or tights."""
    colour = canvas.main
    canvas.solid(poly((178, 84), (302, 84), (312, 170, 30), (290, 396), (254, 398), (242, 214, 10), (238, 214, 10), (226, 398), (190, 396), (168, 170, 30), r=7),
                 colour, pattern=True)  # fmt: skip
    canvas.flat(box(174, 80, 132, 34, 8), shade(colour, 0.16))
    folds(canvas, colour, "M240 118V206", "M268 300q10 4 20 0", "M212 300q-10 4-20 0")
    canvas.gloss("M190 130q-6 60 6 130h10q-8-70-4-130Z", 0.2)


@drawing("pyjamas", "fabric", ("front", "tilt", "small+leaf"), foot=150)
def pyjamas(canvas: Canvas, camera: int) -> None:
    """A pyjama set: shirt and trousers side by side."""
    colour, trim = canvas.main, canvas.second
    with canvas.group("translate(104 96) scale(.74)"):
        canvas.solid(poly((186, 120), (318, 120), (352, 396), (268, 402), (252, 220), (236, 402), (152, 396), r=8), colour, pattern=True)
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
