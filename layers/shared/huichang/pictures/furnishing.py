"""Light, furniture and decoration."""

# ruff: noqa: ARG001 - every painter takes the camera; most leave it to the frame

from __future__ import annotations

from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import mix, shade, tint
from huichang.pictures.shapes import arc, around, box, curve, oval, poly
from huichang.pictures.stage import drawing


@drawing("lamp", "ceramic", ("front", "podium", "pair"), foot=90)
def lamp(canvas: Canvas, camera: int) -> None:
    """A table lamp, lit."""
    canvas.dot(240, 196, 150, "#ffe3a0", 0.35)
    canvas.solid(
        curve((226, 238), (254, 238), (262, 280), (292, 340), (272, 392), (208, 392), (188, 340), (218, 280)),
        canvas.main,
    )
    canvas.flat(box(180, 386, 120, 21, 10), shade(canvas.main, 0.25))
    canvas.solid(
        poly((184, 84, 10), (296, 84, 10), (352, 244, 12), (128, 244, 12)),
        mix(canvas.second, "#fff3d0", 0.5),
        (-16, 0),
        pattern=True,
    )
    canvas.flat(oval(240, 242, 108, 9), "#fff2c4")
    canvas.gloss("M196 104l-40 120h20l34-120Z", 0.4)
    canvas.gloss(oval(214, 330, 8, 26), 0.4)


@drawing("bulb", "ceramic", ("front", "tilt", "trio"), foot=60, usual=(("#ffe29a", "#9aa1ab"), ("#fff1c9", "#7d848f")))
def bulb(canvas: Canvas, camera: int) -> None:
    """A light bulb."""
    canvas.dot(240, 198, 158, "#ffe3a0", 0.4)
    canvas.solid(
        curve((240, 70), (330, 116), (346, 206), (300, 278), (288, 326), (192, 326), (180, 278), (134, 206), (150, 116)),
        mix(canvas.main, "#fff6da", 0.5),
        amount=0.12,
    )
    canvas.stroke("M216 320L206 226L240 252L274 226L264 320", "#e8a53f", 5)
    for y in (324, 350, 376):
        canvas.solid(box(194, y, 92, 24, 10), "#aab1b9", (-10, 0))
    canvas.flat(oval(240, 402, 24, 7), "#4b5058")
    canvas.gloss(oval(184, 152, 14, 30), 0.7)


@drawing("string-lights", "toy", ("front", "mirror", "close"), foot=0)
def string_lights(canvas: Canvas, camera: int) -> None:
    """A garland of lights."""
    for y, bend in ((110, -46), (220, -50), (330, -42)):
        canvas.stroke(arc((30, y), (450, y), bend), "#5b5560", 4)
        for step in range(7):
            share = (step + 0.5) / 7
            x = 30 + 420 * share
            drop = y + 4 * -bend * share * (1 - share)
            tone = (canvas.main, canvas.second, canvas.third)[step % 3]
            canvas.dot(x, drop + 22, 26, tone, 0.25)
            canvas.flat(curve((x, drop + 4), (x + 13, drop + 22), (x, drop + 42), (x - 13, drop + 22)), tone)


@drawing("chair", "wood", ("front", "mirror", "pair"), foot=110)
def chair(canvas: Canvas, camera: int) -> None:
    """A wooden chair with a seat cushion."""
    wood = canvas.main
    for x in (164, 302):
        canvas.solid(box(x, 264, 17, 142, 6), shade(wood, 0.18), (-4, 0))
    canvas.solid("M148 96Q148 66 180 66H300Q332 66 332 96V270H312V170H168V270H148Z", wood)
    canvas.flat(box(168, 104, 144, 66, 12), canvas.second)
    for x in (196, 232, 268):
        canvas.flat(box(x, 166, 14, 102, 4), shade(wood, 0.1))
    for x, lean in ((126, 3), (336, -3)):
        with canvas.group(f"rotate({lean} {x} 280)"):
            canvas.solid(box(x, 280, 20, 128, 6), wood, (-4, 0))
    canvas.solid(box(112, 252, 256, 46, 20), canvas.second, (-6, -9), pattern=True)


@drawing("office-chair", "gadget", ("front", "mirror", "small+leaf"), foot=120)
def office_chair(canvas: Canvas, camera: int) -> None:
    """A swivel chair."""
    colour = canvas.main
    canvas.stroke("M240 320V372M240 372L150 398M240 372L330 398M240 372V402", "#5b616d", 13)
    for x, y in ((148, 402), (240, 408), (332, 402)):
        canvas.dot(x, y, 12, "#33353c")
    canvas.solid(curve((240, 58), (322, 74), (330, 150), (314, 244), (240, 254), (166, 244), (150, 150), (158, 74)), colour)
    canvas.solid(box(184, 84, 112, 50, 22), canvas.second, (-4, -4))
    for side in (-1, 1):
        canvas.stroke(f"M{240 + side * 84} 236h{side * 34}v60", "#5b616d", 13)
    canvas.solid(box(138, 270, 204, 56, 26), colour, (-6, -9))


@drawing("sofa", "fabric", ("front", "mirror", "small+leaf"), foot=210)
def sofa(canvas: Canvas, camera: int) -> None:
    """A two-seat sofa with cushions."""
    colour = canvas.main
    for x in (76, 382):
        canvas.flat(box(x, 376, 22, 32, 6), "#8a5f40")
    canvas.solid(box(70, 150, 340, 190, 40), colour)
    canvas.stroke("M240 166V280", shade(colour, 0.28), 4)
    for x in (84, 242):
        canvas.solid(box(x, 270, 154, 74, 24), tint(colour, 0.12), (-5, -9), pattern=True)
    canvas.solid(box(60, 324, 360, 62, 22), shade(colour, 0.08), (-6, -6))
    for x in (32, 376):
        canvas.solid(box(x, 218, 72, 172, 34), colour, (-7, -8))
    with canvas.group("rotate(-12 138 240)"):
        canvas.solid(box(104, 206, 80, 76, 18), canvas.second, (-6, -6))
    with canvas.group("rotate(10 338 246)"):
        canvas.solid(box(300, 208, 76, 72, 18), canvas.third, (-6, -6))


@drawing("table", "wood", ("front", "mirror", "small+leaf"), foot=190)
def table(canvas: Canvas, camera: int) -> None:
    """A table or desk with a vase."""
    wood = canvas.main
    for x, lean in ((92, 5), (372, -5)):
        with canvas.group(f"rotate({lean} {x} 260)"):
            canvas.solid(box(x - 4, 250, 24, 158, 8), shade(wood, 0.12), (-5, 0))
    canvas.flat(box(92, 262, 296, 40, 6), shade(wood, 0.22))
    canvas.solid(box(40, 226, 400, 42, 18), wood, (-4, -12))
    canvas.flat(box(190, 270, 100, 24, 6), canvas.second)
    canvas.dot(240, 282, 5, shade(canvas.second, 0.5))
    canvas.solid(curve((300, 156), (322, 156), (340, 200), (328, 226), (294, 226), (282, 200)), "#f1ece2", (-5, -3))
    for bend, tip in ((-14, (276, 96)), (4, (312, 76)), (18, (350, 102))):
        canvas.stroke(arc((311, 160), tip, bend * 0.5), "#7fa37a", 4)
        canvas.dot(tip[0], tip[1], 13, "#e8a59a")


@drawing("shelf", "wood", ("front", "mirror", "close"), foot=150, focus=(240, 240))
def shelf(canvas: Canvas, camera: int) -> None:
    """A shelf with books, a plant and boxes."""
    wood = canvas.main
    canvas.solid(box(96, 66, 288, 340, 12), wood)
    for y in (84, 194, 304):
        canvas.flat(box(114, y, 252, 92, 4), shade(wood, 0.34))
    x = 122
    for width, height, colour in (
        (18, 76, "#d8655a"),
        (22, 68, canvas.second),
        (16, 80, "#5f93a8"),
        (24, 62, "#e0b04f"),
        (18, 74, "#7f9c6e"),
    ):
        canvas.flat(box(x, 176 - height, width, height, 2), colour)
        x += width + 3
    canvas.flat(poly((300, 138), (344, 138), (338, 176), (306, 176), r=4), "#f1ece2")
    canvas.flat(curve((322, 140), (290, 112), (312, 96), (322, 118), (336, 94), (354, 114)), "#7fa37a")
    canvas.solid(box(126, 222, 104, 64, 8), canvas.second, (-4, -4))
    canvas.flat(box(162, 238, 32, 9, 4), shade(canvas.second, 0.4))
    canvas.dot(300, 254, 31, tint(canvas.second, 0.4))
    canvas.flat(box(138, 334, 64, 62, 6), "#e7d2b4")
    canvas.flat(box(222, 346, 126, 50, 6), mix(canvas.second, "#b9788f", 0.5))


@drawing("cabinet", "wood", ("front", "mirror", "small+leaf"), foot=150)
def cabinet(canvas: Canvas, camera: int) -> None:
    """A chest of drawers or cupboard."""
    wood = canvas.main
    for x in (116, 340):
        canvas.flat(poly((x, 372), (x + 24, 372), (x + 20, 408), (x + 4, 408), r=3), shade(wood, 0.35))
    canvas.solid(box(86, 112, 308, 270, 14), wood)
    for y in (136, 216, 296):
        canvas.solid(box(106, y, 268, 68, 8), tint(wood, 0.18), (-4, -4), amount=0.14)
        for x in (180, 300):
            canvas.dot(x, y + 34, 8, canvas.second)
    canvas.solid(box(74, 98, 332, 24, 10), shade(wood, 0.1), (-4, -6))


@drawing("storage-box", "fabric", ("front", "tilt", "pair"), foot=140)
def storage_box(canvas: Canvas, camera: int) -> None:
    """A fabric storage basket."""
    canvas.flat(poly((96, 202), (384, 202), (376, 240), (104, 240), r=6), shade(canvas.main, 0.45))
    canvas.solid(poly((88, 222), (392, 222), (372, 406, 18), (108, 406, 18), r=8), canvas.main, pattern=True)
    canvas.solid(box(82, 208, 316, 42, 14), canvas.second, (-6, -6))
    for x in (200, 280):
        canvas.dot(x, 296, 8, shade(canvas.second, 0.4))
    canvas.stroke("M200 296Q240 336 280 296", canvas.second, 12)


@drawing("mirror", "wood", ("front", "tilt", "small+leaf"), foot=80)
def mirror(canvas: Canvas, camera: int) -> None:
    """A standing mirror."""
    canvas.stroke("M186 330L158 404M294 330L322 404", canvas.main, 13)
    canvas.solid(oval(240, 214, 118, 152), canvas.main)
    canvas.flat(oval(240, 214, 98, 132), "#dcebf0")
    canvas.flat("M180 300Q190 150 268 88Q300 110 312 140Q240 210 222 338Q196 326 180 300Z", "#fff", 0.55)


@drawing("clock", "wood", ("front", "tilt", "small+leaf"), foot=0)
def clock(canvas: Canvas, camera: int) -> None:
    """A wall clock."""
    canvas.solid(oval(240, 236, 160), canvas.main)
    canvas.solid(oval(240, 236, 134), "#fdfaf3", (5, 7), amount=0.1)
    for index, (x, y) in enumerate(around(240, 236, 112, 12)):
        canvas.dot(x, y, 8 if index % 3 == 0 else 4, "#4b4550")
    canvas.stroke("M240 236L182 190", "#4b4550", 11)
    canvas.stroke("M240 236L312 170", "#4b4550", 8)
    canvas.stroke("M240 262L240 330", "#d8655a", 4)
    canvas.dot(240, 236, 11, "#d8655a")


@drawing("picture-frame", "wood", ("front", "tilt", "trio"), foot=0)
def picture_frame(canvas: Canvas, camera: int) -> None:
    """A framed picture, poster or wall sticker."""
    canvas.solid(box(96, 72, 288, 324, 8), canvas.main)
    canvas.flat(box(116, 92, 248, 284, 3), "#fdfaf3")
    art = box(148, 126, 184, 216, 3)
    canvas.flat(art, mix(canvas.second, "#f4ead8", 0.5))
    with canvas.inside(art):
        canvas.dot(276, 188, 34, "#e8a53f")
        canvas.flat("M140 300Q200 206 256 276Q300 226 340 290V350H140Z", canvas.second)
        canvas.flat("M140 326Q220 270 340 330V350H140Z", shade(canvas.second, 0.3))


@drawing("vase", "ceramic", ("front", "podium", "pair"), foot=90)
def vase(canvas: Canvas, camera: int) -> None:
    """A vase with flowers."""
    for tip, bend in (((150, 118), -16), ((204, 78), -8), ((262, 70), 6), ((322, 104), 16), ((238, 132), 2)):
        canvas.stroke(arc((240, 250), tip, bend), "#7fa37a", 5)
        for x, y in around(*tip, 15, 5):
            canvas.dot(x, y, 12, canvas.second if tip[0] != 262 else "#f2c667")
        canvas.dot(*tip, 9, "#fff3c9")
    canvas.solid(
        curve((206, 218), (274, 218), (270, 256), (326, 320), (300, 396), (240, 407), (180, 396), (154, 320), (210, 256)),
        canvas.main,
        pattern=True,
    )
    canvas.gloss(oval(190, 322, 10, 34), 0.4)


@drawing("plant", "ceramic", ("front", "podium", "pair"), foot=80)
def plant(canvas: Canvas, camera: int) -> None:
    """A pot plant."""
    green = "#6f9d6b"
    for tip, side in (((130, 150), -1), ((178, 84), -1), ((240, 60), 1), ((306, 92), 1), ((350, 160), 1)):
        canvas.flat(
            f"M240 290Q{tip[0] - 34} {tip[1] + 96} {tip[0]} {tip[1]}Q{tip[0] + 62} {tip[1] + 88} 240 290Z",
            green if side < 0 else tint(green, 0.18),
        )
    canvas.stroke("M240 290L180 110M240 290L240 90M240 290L304 118", shade(green, 0.25), 3)
    canvas.solid(poly((156, 278, 8), (324, 278, 8), (302, 406, 16), (178, 406, 16)), canvas.main, pattern=True)
    canvas.solid(box(146, 262, 188, 36, 10), tint(canvas.main, 0.1), (-5, -4))
    canvas.gloss(box(176, 314, 10, 70, 5), 0.35)


@drawing("figurine", "gold", ("front", "podium", "pair"), foot=90)
def figurine(canvas: Canvas, camera: int) -> None:
    """A decorative elephant on a base: showpieces of every sort."""
    colour = canvas.main
    canvas.solid(box(110, 362, 260, 46, 14), "#8a5f40", (-5, -8))
    canvas.solid(
        curve(
            (150, 180),
            (260, 158),
            (346, 190),
            (366, 268),
            (356, 362),
            (304, 364),
            (296, 318),
            (222, 318),
            (216, 364),
            (160, 364),
            (140, 270),
        ),
        colour,
    )
    canvas.solid(
        curve(
            (112, 160),
            (176, 128),
            (222, 170),
            (212, 246),
            (160, 268),
            (120, 246),
            (108, 320),
            (140, 348),
            (118, 362),
            (84, 330),
            (88, 230),
        ),
        tint(colour, 0.08),
        (-6, -6),
    )
    canvas.solid(curve((196, 158), (258, 150), (268, 218), (222, 258), (190, 220)), shade(colour, 0.12), (-5, -5))
    canvas.flat(poly((256, 168), (330, 176), (336, 246), (252, 240), r=12), canvas.second)
    canvas.stroke("M262 184H328M260 224H330", tint(colour, 0.5), 5)
    canvas.dot(142, 194, 8, "#2c2730")


@drawing("lantern", "toy", ("front", "tilt", "trio"), foot=0, usual=(("#d8453f", "#e8bd52", "#f6d98a"),))
def lantern(canvas: Canvas, camera: int) -> None:
    """A festive lantern."""
    canvas.stroke("M240 40V100", canvas.second, 5)
    canvas.dot(240, 220, 168, "#ffd98a", 0.28)
    outline = oval(240, 220, 134, 112)
    canvas.solid(outline, canvas.main)
    for rx in (104, 60, 16):
        canvas.stroke(oval(240, 220, rx, 112), shade(canvas.main, 0.2), 3.5, 0.8)
    for y in (98, 316):
        canvas.solid(box(188, y, 104, 26, 8), canvas.second, (-5, -4))
    for x in (216, 232, 248, 264):
        canvas.stroke(f"M{x} 342v{64 - abs(x - 240)}", canvas.second, 5)
    canvas.gloss(oval(176, 176, 16, 36), 0.3)


@drawing("wall-sticker", "fabric", ("small", "tilt", "mirror"), foot=0)
def wall_sticker(canvas: Canvas, camera: int) -> None:
    """A sheet of stickers or a wall decal: a branch with birds."""
    canvas.solid(poly((80, 76, 4), (400, 76, 4), (400, 404, 4), (80, 404, 4)), "#fffdf8", (-4, -4), amount=0.12)
    canvas.flat("M400 330V400L330 404Q372 388 400 330Z", "#e3d9cc")
    canvas.stroke("M130 380Q176 230 320 130", canvas.main, 9)
    for x, y, turn in ((156, 312, -60), (190, 252, 20), (214, 222, -100), (262, 172, 30), (300, 142, -70)):
        with canvas.group(f"translate({x} {y}) rotate({turn})"):
            canvas.flat("M0 0q22-22 56-4q-26 24-56 4Z", canvas.second)
    canvas.flat(curve((300, 262), (330, 240), (356, 252), (372, 258), (352, 276), (322, 296), (276, 300)), canvas.main)
    canvas.dot(344, 256, 4, "#fff")
