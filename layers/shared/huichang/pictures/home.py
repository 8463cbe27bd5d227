"""Bedding, towels, curtains and rugs."""

# ruff: noqa: ARG001 - every painter takes the camera; most leave it to the frame

from __future__ import annotations

from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import shade, tint
from huichang.pictures.shapes import arc, box, curve, oval, poly
from huichang.pictures.stage import drawing


@drawing("bedding", "fabric", ("front", "mirror", "close"), foot=200, focus=(240, 300))
def bedding(canvas: Canvas, camera: int) -> None:
    """A made bed: duvet cover, sheet and pillows."""
    wood = "#c49a6c"
    canvas.solid(box(66, 128, 348, 180, 34), wood)
    for x in (84, 372):
        canvas.flat(box(x, 380, 24, 28, 6), shade(wood, 0.3))
    canvas.solid(box(60, 262, 360, 132, 22), "#fbf7f0", (-6, -4))
    for x in (98, 246):
        canvas.solid(
            curve(
                (x + 68, 192),
                (x + 132, 200),
                (x + 136, 244),
                (x + 128, 276),
                (x + 68, 282),
                (x + 8, 276),
                (x, 244),
                (x + 6, 200),
            ),
            canvas.second,
            (-7, -7),
        )
    outline = curve(
        (60, 296),
        (150, 274),
        (240, 282),
        (330, 274),
        (420, 296),
        (428, 352),
        (424, 392),
        (330, 398),
        (240, 394),
        (150, 398),
        (56, 392),
        (52, 352),
    )
    canvas.solid(outline, canvas.main, (-8, -8), pattern=True)
    canvas.flat("M58 296Q150 268 240 280Q330 268 422 296L424 322Q330 296 240 308Q150 296 56 322Z", canvas.second)
    canvas.stroke(arc((160, 330), (140, 388), 8), shade(canvas.main, 0.2), 4, 0.7)
    canvas.stroke(arc((316, 330), (332, 388), -8), shade(canvas.main, 0.2), 4, 0.7)


@drawing("quilt", "fabric", ("front", "tilt", "small+leaf"), foot=170)
def quilt(canvas: Canvas, camera: int) -> None:
    """A folded quilt or blanket, one corner turned."""
    for index, colour in enumerate((shade(canvas.main, 0.12), canvas.second, canvas.main)):
        y = 334 - index * 70
        canvas.solid(box(84, y, 312, 74, 36), colour, (-6, -8), pattern=index == 2)
    canvas.solid(
        "M84 226Q90 150 160 146H340Q400 150 396 226Q392 262 340 264H140Q84 260 84 226Z",
        canvas.main,
        (-8, -8),
        pattern=True,
    )
    for x in (150, 210, 270, 330):
        for y in (178, 226):
            canvas.stroke(f"M{x - 5} {y}h10", shade(canvas.main, 0.35), 5)
    canvas.gloss(box(124, 160, 100, 10, 5), 0.35)


@drawing("pillow", "fabric", ("small", "tilt", "pair"), foot=150)
def pillow(canvas: Canvas, camera: int) -> None:
    """A cushion or pillow."""
    outline = curve(
        (240, 128),
        (330, 116),
        (386, 120),
        (374, 200),
        (372, 262),
        (376, 330),
        (388, 402),
        (322, 398),
        (240, 390),
        (158, 398),
        (92, 402),
        (104, 330),
        (108, 262),
        (106, 200),
        (94, 120),
        (150, 116),
    )
    canvas.solid(outline, canvas.main, (-12, -12), pattern=True)
    if not canvas.detail.get("pattern"):
        canvas.stroke(
            curve((128, 152), (240, 164), (352, 152), (342, 262), (352, 370), (240, 356), (128, 370), (138, 262)),
            canvas.second,
            6,
            0.9,
        )
    canvas.stroke(arc((112, 140), (150, 176), -4), shade(canvas.main, 0.25), 4)
    canvas.stroke(arc((368, 384), (330, 350), -4), shade(canvas.main, 0.25), 4)
    canvas.gloss(oval(176, 170, 40, 12), 0.3)


@drawing("towel", "fabric", ("front", "tilt", "small+leaf"), foot=140)
def towel(canvas: Canvas, camera: int) -> None:
    """Folded towels in a stack."""
    tones = (shade(canvas.main, 0.14), canvas.second, canvas.main)
    for index, colour in enumerate(tones):
        y = 330 - index * 84
        canvas.solid(box(104, y, 272, 78, 34), colour, (-8, -8), pattern=index == 2)
        canvas.stroke(f"M132 {y + 42}H344", shade(colour, 0.2), 4)
        canvas.stroke(f"M332 {y + 14}V{y + 66}", tint(colour, 0.4), 9, 0.7)
    canvas.gloss(box(134, 174, 100, 10, 5), 0.4)


@drawing("mattress", "fabric", ("front", "mirror", "small+leaf"), foot=200)
def mattress(canvas: Canvas, camera: int) -> None:
    """A mattress or seat pad."""
    canvas.solid(poly((110, 212, 24), (370, 212, 24), (440, 322, 26), (40, 322, 26)), tint(canvas.second, 0.3), (0, -6))
    for y, inset in ((244, 18), (280, -6)):
        for x in range(4):
            canvas.flat(oval(150 + x * 60 + (x - 1.5) * (-inset) * 0.5, y, 8, 5), shade(canvas.second, 0.25))
    canvas.solid(box(40, 304, 400, 98, 26), canvas.main, (-6, -8))
    canvas.stroke("M44 334H436M44 374H436", canvas.second, 6)


@drawing("curtain", "fabric", ("front", "mirror", "close"), foot=0, focus=(180, 220))
def curtain(canvas: Canvas, camera: int) -> None:
    """Curtains drawn to both sides of a window."""
    canvas.flat(box(150, 84, 180, 262, 6), "#dcebf2")
    canvas.flat("M150 346V280Q196 244 240 282Q290 250 330 288V346Z", "#b9d3b4")
    canvas.stroke("M240 86V344M150 208H330", "#fffaf2", 8)
    canvas.stroke(box(150, 84, 180, 262, 6), "#fffaf2", 12)
    canvas.stroke("M56 66H424", "#a97c52", 12)
    for side in (-1, 1):
        outline = poly(*[(240 + side * x, y) for x, y in ((164, 72), (34, 72), (66, 230), (108, 272), (96, 410), (176, 410))], r=10)
        canvas.solid(outline, canvas.main, (-6, 0), pattern=True)
        with canvas.inside(outline):
            for x in (74, 104, 134):
                canvas.stroke(
                    f"M{240 + side * x} 72Q{240 + side * (x + 10)} 210 {240 + side * (x * 0.3 + 96)} 268L{240 + side * (x * 0.3 + 92)} 412",
                    shade(canvas.main, 0.24),
                    6,
                    0.6,
                )
        canvas.flat(poly(*[(240 + side * x, y) for x, y in ((84, 252), (150, 252), (150, 280), (90, 280))], r=6), canvas.second)
    for x in (52, 428):
        canvas.dot(x, 66, 13, "#a97c52")


@drawing("rug", "fabric", ("small", "tilt", "close"), foot=0, focus=(240, 330))
def rug(canvas: Canvas, camera: int) -> None:
    """A rug with fringes, in perspective."""
    for step in range(-12, 13, 2):
        canvas.stroke(f"M{240 + step * 17} 384v20", canvas.second, 5)
    outline = poly((112, 212), (368, 212), (456, 388), (24, 388), r=10)
    canvas.solid(outline, canvas.main, (0, -8), pattern=True)
    if not canvas.detail.get("pattern"):
        canvas.stroke(poly((130, 230), (350, 230), (420, 368), (60, 368), r=8), canvas.second, 9)
        canvas.flat(poly((240, 246), (330, 298), (240, 354), (150, 298), r=6), canvas.second)
        canvas.flat(poly((240, 270), (288, 298), (240, 330), (192, 298), r=4), canvas.main)
