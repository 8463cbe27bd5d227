"""Phones, computers, sound, pictures, power and small household machines."""

# ruff: noqa: ARG001 - every painter takes the camera; most leave it to the frame

from __future__ import annotations

from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import lightness, mix, shade, tint
from huichang.pictures.shapes import arc, box, curve, oval, poly
from huichang.pictures.stage import drawing

DARK = "#2c2f38"


def _screen(canvas: Canvas, path: str, glow: str = "#7fa8d8") -> None:
    """A lit display: two quiet fields and a diagonal reflection."""
    canvas.solid(path, glow, (-60, -70), amount=0.12)
    with canvas.inside(path):
        canvas.dot(330, 330, 120, mix(glow, "#fff3df", 0.55), 0.7)
        canvas.flat("M60 60L270 60L90 420H60Z", "#fff", 0.16)


@drawing("phone", "gadget", ("front", "tilt", "pair"), foot=80)
def phone(canvas: Canvas, camera: int) -> None:
    """A smartphone: its screen, or its back with the lenses."""
    colour = canvas.main
    if camera == 1:
        canvas.solid(box(146, 60, 188, 348, 34), colour)
        canvas.solid(box(162, 76, 84, 92, 24), shade(colour, 0.12), (-3, -3))
        for x, y in ((184, 100), (184, 144), (224, 122)):
            canvas.dot(x, y, 17, DARK)
            canvas.dot(x - 4, y - 4, 6, "#7d93b5")
        canvas.gloss("M300 70L322 92L200 396H160Z", 0.14)
        return
    canvas.solid(box(146, 58, 188, 350, 36), colour)
    _screen(canvas, box(156, 68, 168, 330, 27), mix("#6f9fd0", canvas.second, 0.35))
    canvas.flat(box(214, 80, 52, 14, 7), "#1c1e25")
    for row in range(3):
        for column in range(3):
            canvas.flat(box(176 + column * 46, 272 + row * 40, 34, 28, 9), "#fff", 0.5 if (row + column) % 2 else 0.75)
    canvas.flat(box(206, 386, 68, 5, 2), "#fff", 0.9)


@drawing("phone-case", "gadget", ("front", "tilt", "pair"), foot=85)
def phone_case(canvas: Canvas, camera: int) -> None:
    """A phone case, or any printed cover."""
    colour = canvas.main
    canvas.solid(box(142, 58, 196, 350, 40), colour, pattern=True)
    canvas.stroke(box(150, 66, 180, 334, 33), tint(colour, 0.4), 3)
    canvas.flat(box(162, 80, 78, 88, 24), "#23252d")
    for x, y in ((184, 104), (184, 144), (218, 124)):
        canvas.dot(x, y, 14, "#4c5568")
        canvas.dot(x - 3, y - 4, 5, "#a9bcd8")
    if not canvas.detail.get("pattern"):
        canvas.flat(oval(240, 290, 46), canvas.second)
        canvas.flat("M240 318q-34-24-22-46q15-13 22 6q7-19 22-6q12 22-22 46Z", colour)


@drawing("tablet", "gadget", ("front", "tilt", "pair"), foot=130)
def tablet(canvas: Canvas, camera: int) -> None:
    """A tablet or e-reader."""
    canvas.solid(box(102, 72, 276, 336, 26), canvas.main)
    _screen(canvas, box(118, 88, 244, 304, 14), mix("#7fb0c4", canvas.second, 0.3))
    for y, width in ((250, 150), (280, 190), (310, 120)):
        canvas.flat(box(144, y, width, 13, 6), "#fff", 0.75)
    canvas.dot(240, 80, 3, "#8b93a0")


@drawing("laptop", "gadget", ("front", "mirror", "small+cup"), foot=200)
def laptop(canvas: Canvas, camera: int) -> None:
    """An open laptop."""
    colour = canvas.main if lightness(canvas.main) > 0.4 else tint(canvas.main, 0.3)
    canvas.solid(box(88, 108, 304, 220, 18), DARK)
    _screen(canvas, box(100, 120, 280, 190, 8), mix("#6f93c9", canvas.second, 0.3))
    for x, y, width in ((128, 150, 90), (128, 174, 140), (128, 198, 70)):
        canvas.flat(box(x, y, width, 12, 6), "#fff", 0.7)
    canvas.solid(poly((84, 322), (396, 322), (450, 386, 12), (30, 386, 12), r=6), colour, (0, -8))
    canvas.flat(poly((106, 332), (374, 332), (398, 358), (82, 358), r=4), shade(colour, 0.32))
    for y in (340, 349):
        canvas.stroke(f"M{112 - (y - 334)} {y}H{368 + (y - 334)}", tint(colour, 0.2), 2.4, 0.8, "14 5")
    canvas.flat(poly((198, 364), (282, 364), (288, 380), (192, 380), r=3), shade(colour, 0.16))
    canvas.flat(box(30, 384, 420, 13, 6), shade(colour, 0.4))


@drawing("monitor", "gadget", ("front", "mirror", "small+cup"), foot=120)
def monitor(canvas: Canvas, camera: int) -> None:
    """A television or desktop display."""
    canvas.flat(poly((214, 320), (266, 320), (276, 392), (204, 392), r=3), "#7d848f")
    canvas.flat(box(156, 388, 168, 16, 8), "#9aa1ab")
    canvas.solid(box(56, 104, 368, 228, 16), DARK)
    _screen(canvas, box(68, 116, 344, 196, 6), mix("#5f8fc4", canvas.second, 0.35))
    canvas.flat("M68 312V270Q140 206 208 262Q290 190 412 280V312Z", mix("#3f6f8f", canvas.second, 0.25), 0.7)
    canvas.dot(330, 172, 24, "#ffe7b0", 0.9)


@drawing("keyboard", "gadget", ("small", "tilt", "close"), foot=190, focus=(200, 330))
def keyboard(canvas: Canvas, camera: int) -> None:
    """A keyboard with a few accented keys."""
    colour = canvas.main
    canvas.solid(poly((66, 238, 18), (414, 238, 18), (448, 396, 22), (32, 396, 22)), shade(colour, 0.12), (0, -12))
    key = tint(colour, 0.35)
    for row in range(4):
        y, left = 254 + row * 34, 76 - row * 7
        width = (480 - 2 * left) / 11
        parts = [box(left + column * width + 2, y, width - 5, 26, 6) for column in range(11)]
        accents = {(0, 0), (1, 10), (3, 0)}
        canvas.flat("".join(part for column, part in enumerate(parts) if (row, column) not in accents), key)
        for column in (0, 10):
            if (row, column) in accents:
                canvas.flat(parts[column], canvas.second)
    canvas.flat(box(150, 356, 180, 24, 7), canvas.second)


@drawing("mouse", "gadget", ("front", "tilt", "pair"), foot=95)
def mouse(canvas: Canvas, camera: int) -> None:
    """A computer mouse from above."""
    colour = canvas.main
    canvas.solid("M144 230Q144 92 240 92Q336 92 336 230V300Q336 408 240 408Q144 408 144 300Z", colour)
    canvas.stroke("M240 96V214M146 226Q240 250 334 226", shade(colour, 0.35), 4)
    canvas.flat(box(227, 134, 26, 60, 13), shade(colour, 0.5))
    canvas.flat(box(232, 146, 16, 36, 8), canvas.second)
    canvas.gloss("M166 220q4-76 50-98q-28 36-30 100Z", 0.35)


@drawing("earphones", "gadget", ("front", "podium", "pair"), foot=130)
def earphones(canvas: Canvas, camera: int) -> None:
    """Wireless earbuds in front of their case."""
    colour = canvas.main
    canvas.solid("M130 262V222Q130 150 202 150H278Q350 150 350 222V262Z", colour)
    canvas.flat("M146 262V226Q150 168 206 168H274Q330 168 334 226V262Z", shade(colour, 0.36))
    for x in (196, 284):
        canvas.solid(oval(x, 226, 33, 31), tint(colour, 0.3), (-5, -5))
        canvas.flat(oval(x, 222, 14, 10), shade(colour, 0.55))
    canvas.solid(box(122, 252, 236, 154, 58), colour)
    canvas.flat(box(226, 262, 28, 8, 4), shade(colour, 0.4))
    canvas.dot(240, 318, 7, "#8fe0b0")
    canvas.gloss("M146 300q2-26 30-30h60q-60 6-72 40Z", 0.4)


@drawing("headphones", "gadget", ("front", "tilt", "pair"), foot=130)
def headphones(canvas: Canvas, camera: int) -> None:
    """Over-ear headphones."""
    colour = canvas.main
    canvas.stroke("M112 286V240Q112 86 240 86Q368 86 368 240V286", shade(colour, 0.18), 26)
    canvas.stroke("M108 270V238Q110 84 238 82Q324 84 352 160", tint(colour, 0.2), 10)
    canvas.stroke("M170 112Q240 76 310 112", canvas.second, 22)
    for side in (-1, 1):
        canvas.solid(box(240 + side * 104 - 32, 236, 64, 160, 30), shade(colour, 0.5), (-4, -3))
        canvas.solid(box(240 + side * 144 - 34, 246, 68, 142, 32), colour, (-9, -5))
        canvas.flat(oval(240 + side * 150, 316, 17, 42), canvas.second, 0.9)
    canvas.gloss(box(72, 268, 9, 66, 4), 0.4)


@drawing("smart-watch", "gadget", ("front", "tilt", "pair"), foot=80)
def smart_watch(canvas: Canvas, camera: int) -> None:
    """A square smart watch."""
    strap = canvas.second if len(canvas.given) > 1 else canvas.main
    canvas.solid(poly((184, 50, 18), (296, 50, 18), (306, 170), (174, 170)), strap)
    canvas.solid(poly((174, 300), (306, 300), (296, 414, 18), (184, 414, 18)), strap)
    for y in (344, 366, 388):
        canvas.flat(oval(240, y, 8, 5), shade(strap, 0.5))
    canvas.flat(box(326, 208, 18, 44, 8), "#8b929d")
    canvas.solid(box(148, 138, 186, 194, 48), "#4a4f5a")
    canvas.flat(box(160, 150, 162, 170, 38), "#15171d")
    for radius, colour, length in ((58, "#ef6f6c", "260 400"), (44, "#8fd07f", "190 400"), (30, "#6fc3e8", "120 400")):
        canvas.stroke(f"M241 {235 - radius}a{radius} {radius} 0 1 1 -.1 0", mix(colour, "#15171d", 0.75), 11)
        canvas.stroke(f"M241 {235 - radius}a{radius} {radius} 0 1 1 -.1 0", colour, 11, 1, length)
    canvas.gloss("M176 176q8-18 30-20l-34 60Z", 0.2)


@drawing("watch", "leather", ("front", "tilt", "pair"), foot=80)
def watch(canvas: Canvas, camera: int) -> None:
    """A wrist watch with hands."""
    strap = canvas.main
    canvas.solid(poly((190, 44, 14), (290, 44, 14), (304, 170), (176, 170)), strap)
    canvas.solid(poly((176, 300), (304, 300), (290, 418, 14), (190, 418, 14)), strap)
    for y in (350, 374, 398):
        canvas.flat(oval(240, y, 6, 4), shade(strap, 0.5))
    metal = "#dcb35c" if canvas.second[1] > "b" and canvas.second[5:] < "a0" else "#cdd3da"
    canvas.flat(box(340, 224, 22, 26, 6), shade(metal, 0.2))
    canvas.solid(oval(240, 236, 108), metal)
    canvas.solid(oval(240, 236, 88), "#fdfaf3", (4, 5), amount=0.1)
    for x, y in ((240, 164), (312, 236), (240, 308), (168, 236)):
        canvas.dot(x, y, 6, "#3b3d46")
    canvas.stroke("M240 236L204 204", "#3b3d46", 8)
    canvas.stroke("M240 236L282 184", "#3b3d46", 5)
    canvas.stroke("M240 250L226 300", "#d8453f", 3)
    canvas.dot(240, 236, 8, "#3b3d46")


@drawing("power-bank", "gadget", ("front", "tilt", "pair"), foot=90)
def power_bank(canvas: Canvas, camera: int) -> None:
    """A power bank with its cable."""
    colour = canvas.main
    canvas.stroke("M240 96Q240 40 310 48Q392 60 380 200Q376 300 392 392", canvas.second, 9)
    canvas.flat(box(226, 72, 28, 38, 6), "#8b929d")
    canvas.solid(box(148, 100, 184, 308, 34), colour)
    for index in range(4):
        canvas.dot(210 + index * 20, 138, 5, "#8fe0b0" if index < 3 else shade(colour, 0.3))
    canvas.flat("M254 206L206 282h28l-10 52l50-78h-28Z", canvas.second)
    canvas.gloss(box(166, 128, 12, 200, 6), 0.3)


@drawing("charger", "gadget", ("front", "mirror", "pair"), foot=130)
def charger(canvas: Canvas, camera: int) -> None:
    """A wall charger and its coiled cable."""
    colour = canvas.main if lightness(canvas.main) > 0.3 else tint(canvas.main, 0.2)
    for radius in (88, 70, 52):
        canvas.stroke(oval(306, 312, radius, radius * 0.98), shade(canvas.second, 0.05), 11)
    canvas.stroke("M160 300Q170 380 236 384", canvas.second, 11)
    canvas.stroke("M370 380Q420 400 432 350", canvas.second, 11)
    canvas.flat(box(420, 306, 26, 44, 8), shade(colour, 0.2))
    canvas.flat(box(426, 284, 14, 24, 4), "#b9c0c8")
    for x in (122, 168):
        canvas.flat(box(x, 120, 14, 50, 4), "#b9c0c8")
    canvas.solid(box(84, 164, 138, 142, 28), colour)
    canvas.flat(box(130, 274, 46, 14, 6), shade(colour, 0.5))
    canvas.gloss(box(102, 182, 60, 9, 4), 0.5)


@drawing("usb-gadget", "gadget", ("front", "tilt", "trio"), foot=90)
def usb_gadget(canvas: Canvas, camera: int) -> None:
    """A USB stick, adapter or card reader."""
    colour = canvas.main
    canvas.solid(box(194, 60, 92, 110, 6), "#cdd3da")
    for x in (212, 246):
        canvas.flat(box(x, 86, 22, 26, 3), "#6b727d")
    canvas.solid(box(164, 156, 152, 250, 34), colour)
    canvas.flat(box(180, 176, 120, 60, 16), canvas.second)
    canvas.stroke(oval(240, 364, 17), shade(colour, 0.45), 9)
    canvas.gloss(box(180, 256, 11, 90, 5), 0.35)


@drawing("router", "gadget", ("front", "podium", "small+cup"), foot=180)
def router(canvas: Canvas, camera: int) -> None:
    """A router or set-top box with antennas."""
    colour = canvas.main
    for x, lean in ((124, -10), (204, -3), (276, 3), (356, 10)):
        with canvas.group(f"rotate({lean} {x} 316)"):
            canvas.solid(box(x - 8, 128, 17, 200, 8), shade(colour, 0.16), (-4, 0))
    canvas.solid(poly((92, 306, 22), (388, 306, 22), (420, 400, 20), (60, 400, 20)), colour, (-6, -10))
    for index in range(5):
        canvas.dot(176 + index * 32, 368, 6, "#8fe0b0" if index != 3 else canvas.second)
    canvas.gloss(box(112, 320, 140, 8, 4), 0.4)


@drawing("speaker", "gadget", ("front", "podium", "pair"), foot=110)
def speaker(canvas: Canvas, camera: int) -> None:
    """A portable loudspeaker."""
    colour = canvas.main
    canvas.stroke("M176 118Q180 66 240 66Q300 66 304 118", canvas.second, 13)
    canvas.solid(box(126, 104, 228, 304, 64), colour)
    for y, radius in ((190, 42), (310, 70)):
        canvas.dot(240, y, radius, shade(colour, 0.4))
        canvas.dot(240, y, radius * 0.78, "#34373f")
        canvas.dot(240, y, radius * 0.34, canvas.second)
        canvas.stroke(arc((240 - radius * 0.5, y - radius * 0.25), (240, y - radius * 0.58), 5), "#fff", 4, 0.35)
    canvas.gloss(box(146, 156, 11, 140, 5), 0.35)


@drawing("camera", "gadget", ("front", "tilt", "close"), foot=150, focus=(250, 290))
def camera_(canvas: Canvas, camera: int) -> None:
    """A camera with its lens."""
    colour = canvas.main
    canvas.solid(poly((176, 186), (196, 128), (284, 128), (304, 186), r=14), shade(colour, 0.1))
    canvas.flat(box(104, 150, 54, 34, 8), shade(colour, 0.3))
    canvas.dot(352, 166, 20, "#b9c0c8")
    canvas.solid(box(74, 174, 332, 230, 34), colour)
    canvas.flat(box(74, 228, 332, 118, 0), canvas.second if len(canvas.given) > 1 else shade(colour, 0.35))
    canvas.dot(244, 288, 96, "#c3c9d0")
    canvas.dot(244, 288, 84, "#2c2f38")
    canvas.dot(244, 288, 58, "#3f4f6f")
    canvas.dot(244, 288, 32, "#1d2230")
    canvas.gloss(curve((206, 268), (230, 242), (252, 244), (224, 272)), 0.55)
    canvas.dot(272, 316, 9, "#9fb8e0", 0.8)
    canvas.flat(box(330, 194, 50, 22, 8), "#f4e9c8")


@drawing("battery", "gadget", ("front", "tilt", "trio"), foot=110)
def battery(canvas: Canvas, camera: int) -> None:
    """A battery pack or printer cartridge."""
    colour = canvas.main
    canvas.flat(box(170, 96, 42, 28, 6), "#c3c9d0")
    canvas.flat(box(268, 96, 42, 28, 6), "#c3c9d0")
    canvas.solid(box(132, 116, 216, 292, 26), colour)
    canvas.flat(box(132, 176, 216, 118), canvas.second)
    canvas.flat("M256 190L212 244h26l-10 36l46-56h-28Z", colour)
    canvas.stroke("M176 336h40M196 316v40M268 336h40", tint(colour, 0.6), 8)


@drawing("hair-dryer", "beauty", ("front", "mirror", "pair"), foot=110)
def hair_dryer(canvas: Canvas, camera: int) -> None:
    """A hair dryer."""
    colour = canvas.main
    canvas.stroke("M222 398Q226 428 300 420Q390 412 430 420", "#5a5e68", 8)
    canvas.solid(poly((190, 226), (262, 226), (246, 400, 18), (198, 400, 18), r=8), shade(colour, 0.1))
    canvas.flat(box(208, 280, 26, 46, 8), canvas.second)
    canvas.solid(poly((356, 122), (414, 110), (414, 230), (356, 218), r=8), "#4a4e58", (-4, -5))
    canvas.solid("M178 88H330Q366 92 366 170Q366 248 330 252H178Q100 246 100 170Q100 92 178 88Z", colour)
    canvas.dot(172, 170, 46, shade(colour, 0.32))
    canvas.dot(172, 170, 30, canvas.second)
    canvas.gloss(box(206, 104, 110, 11, 5), 0.45)


@drawing("trimmer", "gadget", ("front", "tilt", "pair"), foot=60)
def trimmer(canvas: Canvas, camera: int) -> None:
    """A shaver, trimmer or electric toothbrush."""
    colour = canvas.main
    canvas.flat(box(198, 70, 84, 46, 8), "#b9c0c8")
    canvas.stroke("M206 74H274", "#6b727d", 9, 1, "3 8")
    canvas.solid(poly((186, 106), (294, 106), (302, 250, 40), (280, 404, 24), (200, 404, 24), (178, 250, 40), r=14), colour)
    canvas.flat(box(222, 190, 36, 74, 18), canvas.second)
    canvas.dot(240, 214, 9, "#fff", 0.9)
    canvas.gloss("M198 140q-4 70 6 140h11q-8-70-4-140Z", 0.35)


@drawing("fan", "gadget", ("front", "podium", "pair"), foot=90)
def fan(canvas: Canvas, camera: int) -> None:
    """A desk fan."""
    colour = canvas.main
    canvas.flat(box(230, 300, 20, 90, 6), shade(colour, 0.2))
    canvas.solid(box(156, 380, 168, 28, 14), colour, (-4, -6))
    canvas.dot(240, 202, 130, tint(colour, 0.55), 0.6)
    for turn in (0, 120, 240):
        with canvas.group(f"rotate({turn} 240 202)"):
            canvas.solid("M240 202Q196 150 222 100Q286 92 288 146Q276 184 240 202Z", canvas.second, (-5, -4))
    for radius in (128, 96, 64):
        canvas.stroke(oval(240, 202, radius), shade(colour, 0.12), 9 if radius == 128 else 3)
    canvas.dot(240, 202, 24, colour)


@drawing("kettle", "metal", ("front", "mirror", "small+cup"), foot=130)
def kettle(canvas: Canvas, camera: int) -> None:
    """An electric kettle."""
    colour = canvas.main
    canvas.stroke("M318 166Q400 150 392 250Q386 330 340 350", canvas.second, 24)
    canvas.solid(poly((150, 176), (92, 150), (104, 128), (170, 146), r=8), shade(colour, 0.1))
    canvas.solid(poly((160, 128, 20), (308, 128, 20), (350, 374, 18), (118, 374, 18)), colour, (-16, -4))
    canvas.flat(box(108, 370, 252, 34, 12), canvas.second)
    canvas.flat(poly((168, 112), (300, 112), (308, 134), (160, 134), r=8), canvas.second)
    canvas.dot(234, 100, 14, shade(canvas.second, 0.2))
    canvas.gloss("M178 160L150 350h18L192 160Z", 0.4)


@drawing("rice-cooker", "gadget", ("front", "podium", "small+leaf"), foot=150)
def rice_cooker(canvas: Canvas, camera: int) -> None:
    """A rice cooker, air fryer or any rounded kitchen machine."""
    colour = canvas.main if lightness(canvas.main) > 0.35 else tint(canvas.main, 0.2)
    canvas.solid("M104 226Q104 124 240 124Q376 124 376 226V366Q376 404 336 404H144Q104 404 104 366Z", colour)
    canvas.stroke("M106 232H374", shade(colour, 0.3), 5)
    canvas.solid(box(196, 100, 88, 30, 14), canvas.second, (-3, -4))
    canvas.flat(box(170, 266, 140, 104, 22), "#2f323b")
    canvas.flat(box(188, 282, 104, 40, 8), "#9fd8d0")
    for x in (206, 240, 274):
        canvas.dot(x, 346, 8, canvas.second)
    canvas.gloss("M128 214q8-60 80-70q-50 24-60 74Z", 0.4)


@drawing("vacuum", "gadget", ("front", "mirror", "small+leaf"), foot=150)
def vacuum(canvas: Canvas, camera: int) -> None:
    """A cordless vacuum cleaner or mop."""
    with canvas.group("rotate(16 240 240)"):
        canvas.solid(box(229, 196, 22, 190, 8), "#aab1bb", (-6, 0))
        canvas.solid(box(200, 96, 84, 116, 26), canvas.main)
        canvas.stroke("M212 100Q216 44 270 58Q304 78 282 130", shade(canvas.main, 0.35), 17)
        canvas.flat(box(214, 150, 56, 74, 18), "#cfe2ea")
        canvas.flat(box(224, 160, 36, 40, 10), canvas.second)
    canvas.solid(poly((106, 364, 18), (264, 364, 18), (280, 406, 12), (90, 406, 12)), canvas.main, (-4, -6))
