"""Tops, coats and trousers that anyone wears."""

# ruff: noqa: ARG001 - every painter takes the camera; most leave it to the frame

from __future__ import annotations

from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import lightness, mix, shade, tint
from huichang.pictures.shapes import Corner, arc, box, curve, oval, poly, star
from huichang.pictures.stage import drawing
from huichang.pictures.tailoring import GARMENT, body, dressed, folds, neckline, seam, sleeves

_TORSO: list[Corner] = [(276, 98, 3), (322, 112, 20), (324, 208, 16), (322, 364, 12), (240, 368, 30)]


@drawing("t-shirt", "mens", ("front", "tilt", "pair"), foot=110)
def t_shirt(canvas: Canvas, camera: int) -> None:
    """A T-shirt; detail print = panda | star paints a chest print."""
    colour = canvas.main
    if camera == 1:
        dressed(canvas, 1, 100)
    sleeves(canvas, canvas.detail.get("sleeve", "short"), colour, 100, 76)
    canvas.solid(body(_TORSO), colour, pattern=True)
    neckline(canvas, "v" if canvas.detail.get("neck") == "v" else "round", colour, 100)
    folds(canvas, colour, "M166 232q14 20 10 60", "M314 232q-14 20-10 60", "M170 352Q240 360 310 352")
    chest_print(canvas, 240, 222)
    canvas.gloss("M178 140q-4 40 0 90h12q-4-50 0-88Z", 0.16)


def chest_print(canvas: Canvas, x: float, y: float, size: float = 1) -> None:
    """The printed motif the product names, if any."""
    motif = canvas.detail.get("print", "")
    ink = "#2c2e35" if lightness(canvas.main) > 0.4 else "#f6f1e8"
    if motif == "panda":
        with canvas.group(f"translate({x} {y}) scale({size})"):
            for side in (-1, 1):
                canvas.dot(side * 34, -32, 17, "#2c2e35")
            canvas.flat(oval(0, 0, 52, 44), "#fbf8f2")
            for side in (-1, 1):
                canvas.flat(oval(side * 21, 0, 12, 15), "#2c2e35")
                canvas.dot(side * 20, -2, 4, "#fff")
            canvas.flat(oval(0, 17, 7, 5), "#2c2e35")
    elif motif == "star":
        canvas.flat(poly(*star(x, y, 38 * size, 17 * size), r=4), ink, 0.85)
    elif motif:
        canvas.flat(box(x - 34 * size, y - 8 * size, 68 * size, 14 * size, 6), ink, 0.7)
        canvas.dot(x, y - 34 * size, 18 * size, canvas.second)


@drawing("tank-top", "fabric", ("front", "tilt", "pair"), foot=95)
def tank_top(canvas: Canvas, camera: int) -> None:
    """A sleeveless top or camisole."""
    colour = canvas.main
    canvas.solid(
        poly(
            (190, 84),
            (212, 84),
            (222, 150, 40),
            (258, 150, 40),
            (268, 84),
            (290, 84),
            (296, 160, 30),
            (326, 196),
            (322, 366),
            (158, 366),
            (154, 196),
            (184, 160, 30),
            r=6,
        ),
        colour,
        pattern=True,
    )
    canvas.flat("M212 84h56q-6 66-28 66t-28-66Z", shade(colour, 0.4))
    folds(canvas, colour, "M170 250q8 30 4 70", "M310 250q-8 30-4 70", "M164 354Q240 362 316 354")


@drawing("polo-shirt", "mens", ("front", "tilt", "pair"), foot=110)
def polo_shirt(canvas: Canvas, camera: int) -> None:
    """A polo shirt."""
    colour = canvas.main
    sleeves(canvas, "short", colour, 100, 76)
    canvas.solid(body(_TORSO), colour, pattern=True)
    _collar(canvas, colour, 100)
    canvas.flat(box(230, 130, 20, 72, 5), shade(colour, 0.12))
    for y in (148, 170, 190):
        canvas.dot(240, y, 4, tint(colour, 0.7))
    folds(canvas, colour, "M170 352Q240 360 310 352")


def _collar(canvas: Canvas, colour: str, top: float) -> None:
    canvas.flat(f"M204 {top - 4}Q240 {top - 18} 276 {top - 4}L240 {top + 40}Z", shade(colour, 0.42))
    for side in (-1, 1):
        canvas.solid(
            poly(
                (240 + side * 36, top - 10),
                (240 + side * 54, top + 16),
                (240 + side * 26, top + 56),
                (240, top + 34),
                r=5,
            ),
            tint(colour, 0.12),
            (-3, -3),
        )


@drawing("shirt", "mens", ("front", "tilt", "pair"), foot=110)
def shirt(canvas: Canvas, camera: int) -> None:
    """A buttoned shirt with a pocket."""
    colour = canvas.main
    if camera == 1:
        dressed(canvas, 1, 96)
    sleeves(canvas, canvas.detail.get("sleeve", "long"), colour, 96, 74)
    canvas.solid(body([(276, 94, 3), (320, 108, 20), (322, 208, 16), (320, 352, 22), (240, 376, 50)]), colour, pattern=True)
    canvas.flat(box(229, 130, 22, 240, 4), shade(colour, 0.1))
    for y in (164, 204, 244, 284, 324):
        canvas.dot(240, y, 4.5, tint(colour, 0.75))
    canvas.flat(poly((266, 170), (306, 170), (306, 208), (286, 218), (266, 208), r=4), shade(colour, 0.13))
    _collar(canvas, colour, 96)
    folds(canvas, colour, "M168 238q12 26 8 60", "M312 246q-10 26-8 56")


@drawing("sweater", "womens", GARMENT, foot=115)
def sweater(canvas: Canvas, camera: int) -> None:
    """A knitted jumper with ribs."""
    colour = canvas.main
    dressed(canvas, 1 if camera == 1 else 0, 100)
    sleeves(canvas, "wide", colour, 100, 76)
    outline = body([(274, 96, 3), (326, 114, 26), (330, 216, 16), (324, 360, 14), (240, 366, 30)])
    canvas.solid(outline, colour, pattern=True)
    with canvas.inside(outline):
        canvas.flat("M140 338H340V380H140Z", shade(colour, 0.16))
        for x in range(150, 340, 14):
            canvas.stroke(f"M{x} 342V366", shade(colour, 0.32), 3, 0.6)
        if not canvas.detail.get("pattern"):
            for x in (196, 240, 284):
                canvas.stroke("".join(f"M{x - 11} {y}q11 12 22 0" for y in range(150, 330, 22)), seam(colour), 4, 0.7)
    neckline(canvas, "crew", colour, 98)
    canvas.stroke("M204 98Q208 120 240 120Q272 120 276 98", tint(colour, 0.18), 12)


@drawing("cardigan", "womens", GARMENT, foot=115)
def cardigan(canvas: Canvas, camera: int) -> None:
    """A cardigan, buttoned, with a V neck."""
    colour = canvas.main
    dressed(canvas, camera, 100)
    sleeves(canvas, "wide", colour, 100, 74)
    canvas.solid(body([(274, 98, 3), (320, 112, 20), (324, 212, 16), (320, 362, 10), (240, 364)]), colour, pattern=True)
    neckline(canvas, "v", colour, 100, 34)
    trim = canvas.second if len(canvas.given) > 1 else shade(colour, 0.16)
    canvas.stroke("M206 100L240 176V360", trim, 15)
    canvas.stroke("M274 100L240 176", trim, 15)
    for y in (200, 244, 288, 332):
        canvas.dot(240, y, 7, mix(colour, "#fff6e6", 0.75))
    for x in (176, 268):
        canvas.flat(box(x, 292, 44, 46, 6), shade(colour, 0.12))


@drawing("hoodie", "mens", ("front", "tilt", "pair"), foot=120)
def hoodie(canvas: Canvas, camera: int) -> None:
    """A hooded sweatshirt."""
    colour = canvas.main
    sleeves(canvas, "wide", colour, 112, 78)
    canvas.solid(body([(276, 112, 3), (326, 126, 24), (330, 226, 16), (324, 376, 12), (240, 380, 30)]), colour, pattern=True)
    canvas.flat(poly((162, 354), (318, 354), (322, 378), (158, 378), r=8), shade(colour, 0.18))
    canvas.solid(
        curve((240, 54), (300, 82), (310, 140), (274, 170), (240, 178), (206, 170), (170, 140), (180, 82)),
        colour,
        (-8, -6),
    )
    canvas.flat(curve((240, 84), (278, 104), (278, 142), (240, 168), (202, 142), (202, 104)), shade(colour, 0.45))
    for side in (-1, 1):
        canvas.stroke(f"M{240 + side * 24} 168v58", mix(canvas.second, "#ffffff", 0.3), 5)
    canvas.solid(poly((196, 276), (284, 276), (310, 340), (170, 340), r=8), shade(colour, 0.08), (-4, -4))
    chest_print(canvas, 240, 232, 0.6)


@drawing("jacket", "mens", GARMENT, foot=120)
def jacket(canvas: Canvas, camera: int) -> None:
    """A zipped jacket with two pockets."""
    colour = canvas.main
    dressed(canvas, camera, 100)
    sleeves(canvas, "wide", colour, 100, 78)
    canvas.solid(body([(274, 96, 3), (326, 112, 22), (328, 212, 16), (322, 356, 8), (240, 358)]), colour, pattern=True)
    for x in (158, 238):
        canvas.flat(box(x, 338, 84, 26, 7), shade(colour, 0.2))
    canvas.flat("M204 96Q240 84 276 96L240 142Z", canvas.second)
    for side in (-1, 1):
        canvas.solid(
            poly((240 + side * 34, 88), (240 + side * 56, 112), (240 + side * 30, 150), (240 + side * 2, 132), r=7),
            shade(colour, 0.08),
            (-3, -3),
        )
        canvas.stroke(f"M{240 + side * 56} 250l{side * 22} 54", shade(colour, 0.36), 5)
    canvas.stroke("M240 136V356", "#d5d8dc", 5)
    canvas.stroke("M240 138V356", shade(colour, 0.4), 2, 1, "3 4")
    canvas.flat(box(236, 150, 8, 22, 3), "#b6bbc2")


@drawing("coat", "womens", GARMENT, foot=115)
def coat(canvas: Canvas, camera: int) -> None:
    """A long coat with lapels and a belt."""
    colour = canvas.main
    dressed(canvas, camera, 86)
    sleeves(canvas, "wide", colour, 86, 72)
    canvas.solid(
        body([(270, 84, 3), (316, 98, 20), (312, 190, 16), (300, 232, 20), (330, 392, 10), (240, 396, 20)]),
        colour,
        pattern=True,
    )
    canvas.flat("M210 84Q240 74 270 84L240 178Z", canvas.second)
    canvas.stroke("M240 176V392", shade(colour, 0.34), 4)
    for side in (-1, 1):
        canvas.solid(
            poly(
                (240 + side * 30, 78),
                (240 + side * 58, 118),
                (240 + side * 40, 136),
                (240 + side * 50, 148),
                (240, 206),
                (240 + side * 4, 166),
                r=5,
            ),
            tint(colour, 0.1),
            (-3, -3),
        )
        canvas.flat(
            poly((240 + side * 24, 282), (240 + side * 70, 278), (240 + side * 72, 296), (240 + side * 25, 300), r=4),
            shade(colour, 0.24),
        )
    canvas.solid(poly((178, 222), (302, 222), (302, 244), (178, 244), r=5), shade(colour, 0.2), (-3, -3))
    canvas.stroke(box(226, 218, 28, 30, 5), mix(canvas.second, "#8a5a3c", 0.5), 6)
    for x, y in ((222, 206), (222, 268), (222, 320)):
        canvas.dot(x, y, 6, shade(colour, 0.55))


@drawing("puffer", "fabric", GARMENT, foot=125)
def puffer(canvas: Canvas, camera: int) -> None:
    """A quilted down jacket."""
    colour = canvas.main
    sleeves(canvas, "wide", colour, 104, 82)
    outline = curve(
        (240, 96),
        (300, 100),
        (334, 130),
        (330, 210),
        (338, 290),
        (328, 368),
        (240, 376),
        (152, 368),
        (142, 290),
        (150, 210),
        (146, 130),
        (180, 100),
    )
    canvas.solid(outline, colour)
    with canvas.inside(outline):
        for y in (160, 212, 264, 316):
            canvas.stroke(f"M130 {y}Q240 {y + 14} 350 {y}", shade(colour, 0.32), 4)
            canvas.stroke(f"M136 {y + 14}Q190 {y + 22} 224 {y + 22}", tint(colour, 0.45), 5, 0.7)
    for side in (-1, 1):
        for y, out in ((196, 114), (246, 124), (296, 132)):
            canvas.stroke(arc((240 + side * 100, y), (240 + side * out, y - 4), side * 3), shade(colour, 0.3), 4)
    canvas.solid(box(190, 66, 100, 60, 26), colour, (-6, -6))
    canvas.flat(oval(240, 84, 38, 14), shade(colour, 0.45))
    canvas.stroke("M240 112V372", "#e3e5e8", 5)


@drawing("vest", "fabric", GARMENT, foot=100)
def vest(canvas: Canvas, camera: int) -> None:
    """A waistcoat."""
    colour = canvas.main
    dressed(canvas, camera, 96)
    canvas.solid(
        body([(264, 94, 4), (304, 104, 10), (296, 180, 40), (320, 220), (314, 344), (276, 372), (240, 350)]),
        colour,
        pattern=True,
    )
    canvas.flat("M216 94Q240 84 264 94L240 204Z", canvas.second)
    canvas.stroke("M216 94L240 206V350M264 94L240 206", shade(colour, 0.3), 6)
    for y in (230, 266, 302):
        canvas.dot(250, y, 5, mix(canvas.second, "#8a6a3c", 0.4))
    for x in (180, 262):
        canvas.flat(box(x, 288, 38, 11, 4), shade(colour, 0.28))


@drawing("suit", "mens", ("front", "tilt", "small+branch"), foot=110)
def suit(canvas: Canvas, camera: int) -> None:
    """A suit jacket over shirt and tie."""
    colour = canvas.main
    dressed(canvas, camera, 94)
    sleeves(canvas, "long", colour, 94, 76)
    canvas.solid(
        body([(270, 92, 3), (322, 108, 16), (318, 208, 16), (308, 240, 16), (322, 368, 30), (252, 376), (240, 340)]),
        colour,
        pattern=True,
    )
    canvas.flat("M208 92Q240 82 272 92L240 246Z", "#f8f5ef")
    canvas.flat(poly((230, 112), (250, 112), (254, 216), (240, 240), (226, 216), r=3), canvas.second)
    canvas.flat(poly((226, 96), (254, 96), (248, 120), (232, 120), r=3), shade(canvas.second, 0.2))
    for side in (-1, 1):
        canvas.solid(
            poly(
                (240 + side * 32, 84),
                (240 + side * 68, 138),
                (240 + side * 46, 148),
                (240 + side * 58, 162),
                (240 + side * 2, 252),
                r=4,
            ),
            tint(colour, 0.1),
            (-3, -3),
        )
        canvas.flat(box(240 + side * 50 - 22, 292, 44, 12, 4), shade(colour, 0.3))
    for y in (268, 302):
        canvas.dot(246, y, 5.5, shade(colour, 0.5))
    canvas.flat(poly((272, 176), (300, 170), (300, 182), (274, 186), r=2), "#f8f5ef")


def _trousers(canvas: Canvas, low: float, flare: float) -> None:
    colour = canvas.main
    canvas.solid(
        poly(
            (176, 80),
            (304, 80),
            (326, 170, 30),
            (306 + flare, low),
            (256, low),
            (242, 208, 8),
            (238, 208, 8),
            (224, low),
            (174 - flare, low),
            (154, 170, 30),
            r=7,
        ),
        colour,
        (-9, -2),
        pattern=True,
    )
    canvas.flat(poly((174, 76), (306, 76), (309, 102), (171, 102), r=6), shade(colour, 0.13))
    folds(canvas, colour, "M240 102V200", "M184 106q-4 30-22 42", "M296 106q4 30 22 42")
    for x in (192, 240, 288):
        canvas.flat(box(x - 4, 74, 8, 32, 2), shade(colour, 0.28))


@drawing(
    "jeans",
    "fabric",
    ("front", "tilt", "pair"),
    foot=95,
    usual=(("#5878a3", "#d9a55c"), ("#39486a", "#d9a55c"), ("#8fabc9", "#c98f52"), ("#3a3c45", "#c9a36f")),
)
def jeans(canvas: Canvas, camera: int) -> None:
    """Blue jeans with stitching."""
    _trousers(canvas, 398, 6)
    stitch = mix(canvas.main, "#e8b266", 0.75)
    canvas.stroke("M240 104V176q-2 14-16 16M182 108q-2 30-22 42M298 108q2 30 22 42", stitch, 2.6, 1, "5 4")
    for x in (166, 254):
        canvas.flat(poly((x - 2, 386), (x + 60, 386), (x + 60, 402), (x - 4, 402), r=3), tint(canvas.main, 0.32))
    for side in (-1, 1):
        canvas.gloss(oval(240 + side * 44, 250, 13, 56), 0.16)
    canvas.dot(240, 90, 6, "#c98f52")


@drawing("trousers", "mens", ("front", "tilt", "pair"), foot=95)
def trousers(canvas: Canvas, camera: int) -> None:
    """Pressed trousers."""
    _trousers(canvas, 400, 4)
    folds(canvas, canvas.main, "M206 150Q196 280 198 392", "M274 150Q284 280 282 392")
    canvas.dot(240, 90, 5, tint(canvas.main, 0.6))


@drawing("shorts", "sport", ("small", "tilt", "pair"), foot=110)
def shorts(canvas: Canvas, camera: int) -> None:
    """Shorts with a drawstring."""
    colour = canvas.main
    canvas.solid(
        poly((158, 140), (322, 140), (366, 336), (254, 350), (242, 246, 6), (238, 246, 6), (226, 350), (114, 336), r=8),
        colour,
        pattern=True,
    )
    canvas.flat(box(152, 132, 176, 34, 10), shade(colour, 0.16))
    canvas.stroke("M240 152q-22 44-12 58M240 152q22 40 14 62", mix(canvas.second, "#ffffff", 0.4), 5)
    for side in (-1, 1):
        canvas.flat(
            poly((240 + side * 82, 170), (240 + side * 92, 170), (240 + side * 124, 334), (240 + side * 108, 338), r=3),
            canvas.second,
        )
