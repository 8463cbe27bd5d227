"""Mother and baby, sport and outdoors."""

# ruff: noqa: ARG001 - every painter takes the camera; most leave it to the frame

from __future__ import annotations

from huichang.pictures.canvas import INK, Canvas, eye
from huichang.pictures.colours import mix, shade, tint
from huichang.pictures.shapes import arc, around, box, curve, oval, poly, star
from huichang.pictures.stage import drawing


@drawing("baby-bottle", "baby", ("front", "podium", "pair"), foot=70)
def baby_bottle(canvas: Canvas, camera: int) -> None:
    """A feeding bottle."""
    canvas.solid(curve((240, 54), (258, 74), (262, 104), (300, 134), (240, 140), (180, 134), (218, 104), (222, 74)), "#f0cf9f")
    canvas.solid(box(172, 128, 136, 46, 14), canvas.third, (-10, 0))
    canvas.flat(box(166, 168, 148, 240, 44), "#eef4f6")
    canvas.solid(box(174, 236, 132, 164, 38), mix(canvas.main, "#fffaf2", 0.55), (-12, 0))
    for y in (222, 254, 286, 318, 350):
        canvas.stroke(f"M262 {y}h{34 if y != 286 else 42}", shade(canvas.main, 0.3), 5)
    canvas.flat("M206 330q-26-22-14-40q12-10 14 6q4-16 16-6q10 18-16 40Z", canvas.main)
    canvas.gloss(box(182, 190, 11, 180, 5), 0.8)


@drawing("stroller", "baby", ("front", "mirror", "small+stars"), foot=140)
def stroller(canvas: Canvas, camera: int) -> None:
    """A pram with its hood."""
    canvas.stroke("M388 116Q420 116 414 150L320 330", "#6b6570", 12)
    canvas.stroke("M150 330L340 372M320 330L150 372", "#8b8590", 9)
    canvas.solid("M96 222H372Q368 332 286 336H182Q100 332 96 222Z", canvas.main)
    canvas.solid("M96 222Q100 84 240 78L252 222Z", canvas.third)
    for end in ((150, 118), (196, 88)):
        canvas.stroke(f"M252 222L{end[0]} {end[1]}", shade(canvas.third, 0.25), 4)
    canvas.flat(box(88, 212, 292, 22, 11), canvas.second)
    for x in (148, 338):
        canvas.dot(x, 372, 36, "#4b4754")
        canvas.dot(x, 372, 22, "#e8e4ea")
        canvas.dot(x, 372, 7, "#4b4754")


@drawing("baby-romper", "baby", ("front", "tilt", "pair"), foot=100)
def baby_romper(canvas: Canvas, camera: int) -> None:
    """A bodysuit or children's garment."""
    colour = canvas.main
    canvas.solid(
        poly(
            (176, 104, 20),
            (304, 104, 20),
            (392, 168),
            (358, 236),
            (316, 212),
            (322, 322, 20),
            (280, 400),
            (200, 400),
            (158, 322, 20),
            (164, 212),
            (122, 236),
            (88, 168),
            r=12,
        ),
        colour,
        pattern=True,
    )
    canvas.flat("M194 102H286Q280 146 240 148Q200 146 194 102Z", shade(colour, 0.35))
    canvas.stroke("M192 104Q200 150 240 152Q280 150 288 104", canvas.third, 9)
    canvas.stroke("M196 396Q200 350 162 322M284 396Q280 350 318 322", canvas.third, 8)
    for x in (214, 240, 266):
        canvas.dot(x, 388, 6, "#fffaf2")
    if not canvas.detail.get("pattern"):
        canvas.flat(oval(240, 244, 42, 37), canvas.second)
        for side in (-1, 1):
            canvas.dot(240 + side * 34, 212, 15, canvas.second)
            eye(canvas, 240 + side * 15, 240, 5)
        canvas.flat(oval(240, 256, 8, 6), "#e58a86")


@drawing("kids-dress", "baby", ("front", "tilt", "pair"), foot=110)
def kids_dress(canvas: Canvas, camera: int) -> None:
    """A girl's dress with a collar."""
    colour = canvas.main
    for side in (-1, 1):
        canvas.solid(
            curve(*[(240 + side * x, y) for x, y in ((46, 114), (94, 116), (112, 166), (84, 194), (48, 184))]),
            colour,
            (-5, -4),
        )
    canvas.solid(
        poly((188, 104), (292, 104), (296, 210), (374, 376, 24), (240, 398, 60), (106, 376, 24), (184, 210), r=8),
        colour,
        pattern=True,
    )
    canvas.stroke("M112 370Q240 404 368 370", canvas.second, 15)
    canvas.flat(poly((184, 204), (296, 204), (300, 226), (180, 226), r=5), canvas.third)
    canvas.flat("M240 216q-40-26-42-2q4 22 42 2q40-26 42-2q-4 22-42 2Z", shade(canvas.third, 0.12))
    for side in (-1, 1):
        canvas.solid(
            curve(*[(240 + side * x, y) for x, y in ((0, 128), (16, 98), (50, 100), (58, 132), (28, 152))]),
            "#fffaf4",
            (-3, -3),
        )


@drawing("diaper", "baby", ("front", "podium", "pair"), foot=130)
def diaper(canvas: Canvas, camera: int) -> None:
    """A pack of nappies or wipes."""
    canvas.solid(
        curve(
            (240, 124),
            (360, 118),
            (392, 160),
            (388, 280),
            (394, 380),
            (360, 404),
            (240, 400),
            (120, 404),
            (86, 380),
            (92, 280),
            (88, 160),
            (120, 118),
        ),
        canvas.main,
    )
    canvas.flat(box(92, 258, 296, 86), canvas.second)
    canvas.dot(240, 236, 62, "#fff8ee")
    for side in (-1, 1):
        eye(canvas, 240 + side * 24, 228, 7)
        canvas.flat(oval(240 + side * 38, 250, 12, 7), "#f3a6a0", 0.6)
    canvas.stroke(arc((224, 252), (256, 252), -9), INK, 4)
    canvas.stroke("M212 118Q214 84 240 84Q266 84 268 118", canvas.third, 12)


@drawing("rattle", "baby", ("front", "tilt+stars", "pair"), foot=60)
def rattle(canvas: Canvas, camera: int) -> None:
    """A rattle or teether."""
    canvas.solid(box(226, 210, 28, 150, 12), canvas.third, (-5, 0))
    canvas.stroke(oval(240, 376, 26), canvas.third, 13)
    canvas.solid(oval(240, 152, 98), canvas.main)
    canvas.flat("M146 128Q240 96 334 128L338 164Q240 200 142 164Z", canvas.second)
    for x in (186, 240, 294):
        canvas.flat(poly(*star(x, 146, 15, 7), r=3), canvas.third)
    canvas.gloss(oval(192, 92, 20, 10), 0.5)


@drawing(
    "ball",
    "sport",
    ("front", "mirror", "pair"),
    foot=120,
    usual=(("#e0813f", "#3a2f2f"), ("#f6f3ec", "#33363f"), ("#d6e06a", "#fffdf2"), ("#4a7fc1", "#f4cb55")),
)
def ball(canvas: Canvas, camera: int) -> None:
    """A basketball-like ball."""
    canvas.solid(oval(240, 254, 152), canvas.main, (-16, -14))
    for d in ("M88 254H392M240 102V406", "M132 146Q214 254 132 362M348 146Q266 254 348 362"):
        canvas.stroke(d, canvas.second, 7)
    canvas.gloss(oval(178, 164, 34, 17), 0.4)


@drawing("racket", "sport", ("front", "tilt", "pair"), foot=60)
def racket(canvas: Canvas, camera: int) -> None:
    """A racket and a shuttle or ball."""
    with canvas.group("rotate(24 240 240)"):
        canvas.flat(box(231, 240, 18, 90, 4), shade(canvas.main, 0.3))
        canvas.solid(box(222, 306, 36, 110, 12), canvas.second, (-5, 0))
        outline = oval(240, 150, 92, 112)
        with canvas.inside(outline):
            canvas.stroke(
                "".join(f"M{x} 30V270" for x in range(160, 330, 20)) + "".join(f"M140 {y}H340" for y in range(50, 260, 20)),
                "#fff",
                3,
            )
        canvas.stroke(outline, shade(canvas.main, 0.25), 19)
        canvas.stroke(oval(239, 148, 92, 112), canvas.main, 13)
    canvas.dot(372, 378, 29, "#d6e06a")
    canvas.stroke(arc((352, 360), (392, 394), 12), "#fffdf2", 4)


@drawing("yoga-mat", "sport", ("front", "mirror", "small+leaf"), foot=190)
def yoga_mat(canvas: Canvas, camera: int) -> None:
    """A half-rolled yoga mat."""
    canvas.solid(poly((176, 334), (452, 364), (400, 410), (64, 404), r=8), canvas.main, (0, -6))
    canvas.stroke("M128 392L410 398M214 350L420 370", tint(canvas.main, 0.35), 3, 0.8, "10 8")
    canvas.solid(poly((106, 236), (330, 188), (356, 300), (140, 402), r=14), canvas.main, (-4, -10))
    canvas.solid(oval(122, 322, 60, 82), shade(canvas.main, 0.1), (-4, -5))
    for radius in (44, 29, 13):
        canvas.stroke(oval(122, 322, radius, radius * 1.4), shade(canvas.main, 0.36), 6)
    for start, end in (((196, 216), (236, 356)), ((276, 200), (310, 322))):
        canvas.stroke(arc(start, end, -14), canvas.second, 15)


@drawing("dumbbell", "sport", ("front", "tilt", "pair"), foot=180)
def dumbbell(canvas: Canvas, camera: int) -> None:
    """A dumbbell."""
    canvas.solid(box(150, 272, 180, 42, 10), "#b9c0c8", (0, -10))
    for x in range(188, 300, 16):
        canvas.stroke(f"M{x} 280l8 26", "#8b929d", 3)
    for x, height, width in ((52, 150, 48), (96, 210, 58), (326, 210, 58), (380, 150, 48)):
        colour = canvas.main if height == 210 else canvas.second
        canvas.solid(box(x, 293 - height / 2, width, height, 17), colour, (-12, -4))
    canvas.gloss(box(106, 206, 11, 120, 5), 0.3)
    canvas.gloss(box(336, 206, 11, 120, 5), 0.3)


@drawing("tent", "sport", ("front", "mirror", "small+stars"), foot=200)
def tent(canvas: Canvas, camera: int) -> None:
    """A ridge tent, its door open."""
    canvas.solid(poly((240, 116), (324, 132), (452, 400), (330, 404), r=8), shade(canvas.main, 0.24), (-4, 0))
    canvas.solid(poly((232, 110), (346, 404), (52, 404), r=8), canvas.main, (-8, 0))
    canvas.flat("M232 150L286 404H164Z", "#3a3440")
    canvas.flat("M232 150Q222 320 130 404H176Q226 330 232 150Z", canvas.second)
    canvas.flat("M232 150Q246 320 320 404H282Q238 330 232 150Z", tint(canvas.second, 0.3))
    canvas.stroke("M60 400L30 412M444 398L464 412M232 112L224 92", "#8a6a4c", 6)
    canvas.gloss("M214 148L92 390h20L222 156Z", 0.25)


@drawing("bicycle", "sport", ("front", "mirror", "small+leaf"), foot=190)
def bicycle(canvas: Canvas, camera: int) -> None:
    """A city bicycle."""
    for x in (116, 364):
        canvas.stroke(oval(x, 320, 78), "#3a3b44", 13)
        canvas.stroke(oval(x, 320, 68), "#cfd4da", 4)
        canvas.stroke("".join(f"M{x} 320L{px:.0f} {py:.0f}" for px, py in around(x, 320, 66, 8)), "#b9c0c8", 2)
    canvas.stroke("M116 320L196 200H326L240 320ZM196 200L240 320M326 200L364 320M330 210L318 152", shade(canvas.main, 0.15), 15)
    canvas.stroke("M114 317L194 198H324L238 317ZM194 198L238 317M324 198L362 317M328 208L316 150", canvas.main, 10)
    canvas.stroke("M196 200L186 168", "#8b929d", 9)
    canvas.solid(curve((142, 156), (196, 146), (226, 158), (190, 176)), canvas.second, (-4, -4))
    canvas.stroke("M318 152Q340 128 366 146Q372 158 358 166", "#5b616d", 11)
    canvas.dot(240, 320, 21, "#5b616d")
    canvas.dot(240, 320, 9, "#cfd4da")


@drawing("scooter", "sport", ("front", "mirror", "pair"), foot=150)
def scooter(canvas: Canvas, camera: int) -> None:
    """A kick scooter or skateboard."""
    canvas.stroke("M344 356L300 92", "#aab1b9", 15)
    canvas.stroke("M252 100L346 84", "#3a3b44", 17)
    canvas.solid(poly((108, 336), (320, 346), (344, 300), (368, 308), (352, 370), (108, 364), r=10), canvas.main, (-4, -5))
    for x in (118, 366):
        canvas.dot(x, 374, 34, "#3a3b44")
        canvas.dot(x, 374, 19, canvas.second)
        canvas.dot(x, 374, 6, "#3a3b44")
    canvas.flat(box(288, 116, 60, 34, 10), canvas.second)


@drawing("fishing-rod", "sport", ("front", "mirror", "small+pebbles"), foot=90)
def fishing_rod(canvas: Canvas, camera: int) -> None:
    """A fishing rod with a reel and a float."""
    canvas.stroke("M112 400L232 218", "#b98a5c", 19)
    canvas.stroke("M232 218L396 62", "#4b5058", 8)
    canvas.stroke("M396 62Q440 180 408 306", "#8b929d", 2.4)
    canvas.solid(oval(194, 316, 42), canvas.main, (-6, -6))
    canvas.dot(194, 316, 17, "#dfe4e8")
    canvas.stroke("M194 316L244 338", "#5b616d", 9)
    canvas.dot(250, 340, 13, "#3a3b44")
    canvas.solid(curve((408, 300), (428, 330), (408, 372), (388, 330)), "#d8453f", (-4, -3))
    canvas.flat("M390 334H426Q422 352 408 370Q394 352 390 334Z", "#fffdf6")


@drawing("helmet", "sport", ("front", "mirror", "pair"), foot=140)
def helmet(canvas: Canvas, camera: int) -> None:
    """A helmet with a visor."""
    canvas.solid("M84 300Q76 104 244 100Q404 106 408 270L400 330Q396 372 340 376H196Q96 380 84 300Z", canvas.main)
    canvas.solid("M206 236Q320 214 408 236L402 312Q320 322 226 312Q198 280 206 236Z", "#3a4150", (-10, -10))
    canvas.gloss("M236 244q50-12 100-10l-30 60h-60Z", 0.25)
    canvas.flat("M96 210Q180 130 330 122Q260 150 214 206Q140 206 96 210Z", canvas.second)
    canvas.dot(226, 276, 16, shade(canvas.main, 0.4))


@drawing("lounge-chair", "sport", ("front", "mirror", "small+leaf"), foot=170)
def lounge_chair(canvas: Canvas, camera: int) -> None:
    """A folding camp chair."""
    canvas.stroke("M118 404L340 250M362 404L140 250M150 404L172 120M330 404L308 120", "#8b929d", 12)
    canvas.solid(poly((160, 92), (320, 92), (334, 250), (146, 250), r=16), canvas.main, pattern=True)
    canvas.solid(poly((132, 250), (348, 250), (366, 306), (114, 306), r=14), canvas.second, (-5, -6))
    for x in (92, 314):
        canvas.flat(box(x, 218, 74, 22, 11), "#b98a5c")


@drawing("swim-ring", "toy", ("front", "tilt", "pair"), foot=140)
def swim_ring(canvas: Canvas, camera: int) -> None:
    """An inflatable ring."""
    canvas.stroke(oval(240, 268, 108, 104), shade(canvas.main, 0.25), 72)
    canvas.stroke(oval(240, 262, 108, 104), canvas.main, 66)
    canvas.stroke(oval(240, 262, 108, 104), canvas.second, 66, 1, "56 56")
    canvas.stroke(arc((146, 200), (206, 146), 14), "#fff", 11, 0.6)
