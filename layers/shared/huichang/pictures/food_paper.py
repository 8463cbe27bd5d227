"""Food, drink, paper and pens."""

# ruff: noqa: ARG001 - every painter takes the camera; most leave it to the frame

from __future__ import annotations

from huichang.pictures.canvas import INK, Canvas
from huichang.pictures.colours import mix, shade, tint
from huichang.pictures.shapes import arc, around, box, curve, oval, poly, star
from huichang.pictures.stage import drawing


@drawing("snack-bag", "food", ("front", "tilt", "pair"), foot=110)
def snack_bag(canvas: Canvas, camera: int) -> None:
    """A pillow bag of snacks."""
    canvas.solid(
        curve(
            (240, 84),
            (338, 82),
            (352, 110),
            (362, 240),
            (352, 380),
            (340, 406),
            (240, 402),
            (140, 406),
            (128, 380),
            (118, 240),
            (128, 110),
            (142, 82),
        ),
        canvas.main,
    )
    for y in (84, 386):
        canvas.flat(box(138, y, 204, 17, 3), shade(canvas.main, 0.2))
    canvas.flat(oval(240, 250, 84, 92), canvas.second)
    for x, y, turn in ((216, 226, -20), (266, 238, 30), (234, 280, 8)):
        with canvas.group(f"rotate({turn} {x} {y})"):
            canvas.solid(oval(x, y, 30, 22), "#d99a4a", (-4, -4))
    canvas.flat(box(176, 118, 128, 17, 8), "#fffaf0", 0.9)
    canvas.flat(box(200, 144, 80, 10, 5), "#fffaf0", 0.7)
    canvas.gloss("M142 120q-14 120-2 250h14q-10-130 2-250Z", 0.35)


@drawing("tea-tin", "food", ("front", "podium", "small+leaf"), foot=95)
def tea_tin(canvas: Canvas, camera: int) -> None:
    """A caddy of tea or coffee."""
    canvas.solid(box(142, 156, 196, 252, 18), canvas.main, (-18, 0))
    canvas.solid(box(134, 96, 212, 74, 18), shade(canvas.main, 0.14), (-16, -4))
    canvas.flat(box(142, 168, 196, 10), "#dcb35c")
    canvas.flat(box(174, 206, 132, 160, 8), canvas.second)
    canvas.flat("M240 336q-46-54 0-104q46 50 0 104Z", "#6f9d5b")
    canvas.flat("M232 330q-46-4-56-40q44-2 56 40ZM248 330q46-4 56-40q-44-2-56 40Z", "#8db57a")
    canvas.gloss(box(156, 184, 11, 200, 5), 0.3)


@drawing("fruit-box", "food", ("front", "mirror", "small+leaf"), foot=170)
def fruit_box(canvas: Canvas, camera: int) -> None:
    """A crate of fruit."""
    colours = (canvas.main, mix(canvas.main, "#f0954a", 0.5), mix(canvas.main, "#f4cb55", 0.6), canvas.main)
    for index, (x, y) in enumerate(((132, 252), (208, 234), (284, 236), (352, 254), (172, 280), (250, 276), (318, 282))):
        canvas.solid(oval(x, y, 48), colours[index % 4], (-8, -8))
        canvas.stroke(f"M{x} {y - 42}q2-12 10-16", "#7a5636", 5)
    canvas.flat("M214 196q6-26 34-28q0 26-34 28Z", "#6f9d5b")
    wood = "#cda06c"
    for index in range(3):
        canvas.solid(box(72, 284 + index * 42, 336, 36, 6), wood, (-3, -5))
    for x in (72, 380):
        canvas.flat(box(x, 276, 28, 132, 5), shade(wood, 0.2))


@drawing("gift-box", "food", ("front", "tilt", "pair"), foot=150)
def gift_box(canvas: Canvas, camera: int) -> None:
    """A gift box with a ribbon: mooncakes, biscuits, samplers."""
    canvas.solid(box(98, 230, 284, 178, 12), canvas.main, pattern=True)
    canvas.flat(box(216, 230, 48, 178), canvas.second)
    canvas.solid(box(82, 178, 316, 66, 12), tint(canvas.main, 0.12), (-7, -7))
    canvas.flat(box(216, 178, 48, 66), canvas.second)
    canvas.solid("M240 178Q140 176 146 116Q188 84 240 178Q292 84 334 116Q340 176 240 178Z", canvas.second, (-5, -5))
    canvas.flat(oval(240, 170, 21, 17), shade(canvas.second, 0.25))


@drawing(
    "mooncake",
    "food",
    ("front", "tilt", "trio"),
    foot=150,
    usual=(("#c98a45", "#f6d98a"), ("#a9653a", "#f0c76a"), ("#8fae7a", "#f3e6b8")),
)
def mooncake(canvas: Canvas, camera: int) -> None:
    """A moulded mooncake or biscuit."""
    edge = poly(*star(240, 276, 158, 140, 14), r=26)
    canvas.solid(edge, shade(canvas.main, 0.2), (0, -12))
    with canvas.group("translate(0 -22)"):
        canvas.solid(poly(*star(240, 270, 150, 134, 14), r=26), canvas.main, (-8, -8))
        canvas.stroke(oval(240, 270, 108), shade(canvas.main, 0.26), 7)
        for x, y in around(240, 270, 52, 8):
            canvas.stroke(oval(x, y, 22), shade(canvas.main, 0.22), 6)
        canvas.dot(240, 270, 22, canvas.second)
        canvas.stroke(arc((146, 216), (196, 166), 10), "#fff", 7, 0.45)


@drawing(
    "cookies",
    "food",
    ("front", "mirror", "small+cup"),
    foot=160,
    usual=(("#d9a867", "#7a4a32"), ("#e8c48a", "#b2475f"), ("#b98352", "#f3dfc4")),
)
def cookies(canvas: Canvas, camera: int) -> None:
    """A pile of biscuits."""
    for x, y, rx, ry in ((240, 374, 150, 34), (246, 336, 142, 34), (236, 298, 140, 34)):
        canvas.solid(oval(x, y, rx, ry), canvas.main, (0, -9))
    canvas.solid(oval(240, 208, 112, 104), canvas.main)
    for x, y in ((200, 164), (258, 150), (300, 200), (238, 214), (186, 232), (270, 264), (216, 272)):
        canvas.solid(oval(x, y, 15, 12), canvas.second, (-3, -3))
    canvas.gloss(oval(184, 140, 22, 9), 0.3)


@drawing("drink-bottle", "food", ("front", "podium", "trio"), foot=62)
def drink_bottle(canvas: Canvas, camera: int) -> None:
    """A bottle of drink, oil, sauce or wine."""
    canvas.solid(box(212, 52, 56, 40, 8), canvas.second, (-8, 0))
    canvas.solid(
        "M216 88H264V150Q268 182 306 206Q318 218 318 246V378Q318 408 288 408H192Q162 408 162 378V246Q162 218 174 206Q212 182 216 150Z",
        canvas.main,
        (-14, 0),
    )
    canvas.flat(box(162, 252, 156, 104), mix(canvas.second, "#fffaf0", 0.5))
    canvas.dot(240, 304, 30, canvas.main)
    canvas.gloss(box(178, 236, 11, 150, 5), 0.4)


@drawing("noodles", "food", ("front", "mirror", "podium"), foot=120)
def noodles(canvas: Canvas, camera: int) -> None:
    """A cup or bag of instant food, flour or rice."""
    canvas.solid(poly((118, 144), (362, 144), (322, 406, 20), (158, 406, 20), r=8), canvas.main, (-18, 0))
    canvas.flat(poly((130, 220), (350, 220), (334, 326), (146, 326), r=2), canvas.second)
    canvas.flat(oval(240, 272, 66, 37), "#fffaf0")
    for y in (262, 274, 286):
        canvas.stroke(f"M190 {y}q12-10 25 0t25 0t25 0t25 0", "#e0a23f", 5)
    canvas.solid(oval(240, 144, 124, 24), tint(canvas.second, 0.35), (0, -5))
    canvas.flat("M340 134L392 112L366 152Z", "#e6e0d6")


@drawing("notebook", "fabric", ("front", "tilt", "pair"), foot=120)
def notebook(canvas: Canvas, camera: int) -> None:
    """A bound notebook with an elastic band."""
    canvas.flat(box(138, 82, 232, 324, 10), "#efe6d6")
    canvas.solid(box(126, 74, 234, 328, 14), canvas.main, pattern=True)
    canvas.flat("M140 74H162V402H140Q126 402 126 388V88Q126 74 140 74Z", shade(canvas.main, 0.2))
    canvas.flat(box(190, 140, 120, 66, 8), "#fffaf0", 0.95)
    canvas.flat(box(206, 160, 88, 9, 4) + box(220, 180, 60, 7, 3), shade(canvas.second, 0.3))
    canvas.flat(box(324, 74, 14, 328), canvas.second)
    canvas.flat(poly((230, 400), (254, 400), (254, 428), (242, 418), (230, 428), r=1), "#d8655a")


@drawing("book", "fabric", ("front", "mirror", "small+cup"), foot=150)
def book(canvas: Canvas, camera: int) -> None:
    """A stack of books, spines towards us."""
    tones = (canvas.main, "#d9a24f", shade(canvas.main, 0.3), mix(canvas.main, "#d8655a", 0.75))
    for index, (colour, inset, width) in enumerate(zip(tones, (0, 16, -4, 34), (312, 280, 300, 236), strict=True)):
        y = 348 - index * 62
        canvas.flat(box(92 + inset, y + 6, width, 46, 4), "#f3e9d8")
        canvas.solid(box(84 + inset, y, width, 58, 10), colour, (0, -6))
        canvas.flat(box(84 + inset + width * 0.16, y, 13, 58), canvas.second)
        canvas.flat(box(84 + inset + width * 0.78, y, 13, 58), canvas.second)
        canvas.flat(box(84 + inset + width * 0.32, y + 22, width * 0.32, 11, 5), "#fffaf0", 0.8)


@drawing("pen-set", "fabric", ("front", "mirror", "small+leaf"), foot=80)
def pen_set(canvas: Canvas, camera: int) -> None:
    """Pens and pencils in a pot."""
    for x, lean, colour in (
        (180, -12, canvas.second),
        (220, -3, "#f4cb55"),
        (262, 4, canvas.third),
        (300, 13, "#d8655a"),
    ):
        with canvas.group(f"rotate({lean} {x} 400)"):
            canvas.flat(poly((x - 13, 130), (x, 78), (x + 13, 130), r=1), "#f0d9b0")
            canvas.flat(poly((x - 4, 94), (x, 78), (x + 4, 94), r=0), INK)
            canvas.solid(box(x - 13, 128, 26, 220, 2), colour, (-8, 0))
    canvas.solid(box(144, 244, 192, 162, 22), canvas.main, pattern=True)
    canvas.flat(box(144, 284, 192, 20), canvas.second)
    canvas.gloss(box(162, 262, 11, 110, 5), 0.35)


@drawing("pen", "metal", ("front", "mirror", "tilt"), foot=120)
def pen(canvas: Canvas, camera: int) -> None:
    """A fountain pen above the line it wrote."""
    canvas.stroke("M92 392q24-26 46-4t44-6t46 2t40-8", canvas.main, 5, 0.8)
    with canvas.group("translate(0 14) rotate(44 240 240)"):
        canvas.solid(box(214, 40, 52, 168, 18), canvas.main, (-14, 0))
        canvas.flat(box(258, 54, 13, 110, 6), "#dcb35c")
        canvas.flat(box(212, 200, 56, 13, 3), "#dcb35c")
        canvas.solid(poly((218, 212), (262, 212), (256, 344), (224, 344), r=4), shade(canvas.main, 0.12), (-12, 0))
        canvas.flat(box(222, 338, 36, 10, 3), "#dcb35c")
        canvas.flat("M225 348H255L242 410H238Z", "#e3c070")
        canvas.stroke("M240 362V402", "#7a5a20", 2.4)
        canvas.gloss(box(222, 58, 8, 128, 4), 0.4)


@drawing("pencil-case", "fabric", ("front", "tilt", "pair"), foot=160)
def pencil_case(canvas: Canvas, camera: int) -> None:
    """A zipped pencil case or pouch."""
    canvas.solid(box(70, 226, 340, 180, 56), canvas.main, pattern=True)
    canvas.stroke("M98 276Q240 258 382 276", "#fdf6ea", 13)
    canvas.stroke("M100 276Q240 258 380 276", shade(canvas.main, 0.4), 5, 1, "4 6")
    canvas.flat(box(352, 270, 17, 52, 7), canvas.second)
    if not canvas.detail.get("pattern"):
        canvas.dot(226, 342, 36, canvas.second)
        canvas.flat(poly(*star(226, 342, 24, 11), r=3), "#fffaf0")
    canvas.gloss(box(106, 242, 120, 9, 4), 0.35)


@drawing("stapler", "metal", ("front", "mirror", "pair"), foot=170)
def stapler(canvas: Canvas, camera: int) -> None:
    """Office helpers: stapler, punch, tape."""
    canvas.solid(box(70, 370, 340, 36, 14), shade(canvas.main, 0.25), (-4, -6))
    canvas.flat(poly((92, 330), (400, 352), (400, 372), (92, 372), r=4), "#b9c0c8")
    canvas.solid("M64 300Q60 250 110 250Q300 262 396 312Q418 324 408 350L92 336Q66 332 64 300Z", canvas.main)
    canvas.gloss("M96 268q100-2 220 36q-110-22-224-18Z", 0.4)
    canvas.dot(104, 352, 13, "#6b727d")


@drawing("calculator", "gadget", ("front", "tilt", "pair"), foot=100)
def calculator(canvas: Canvas, camera: int) -> None:
    """A calculator."""
    canvas.solid(box(132, 66, 216, 340, 26), canvas.main)
    canvas.flat(box(156, 92, 168, 66, 10), "#cfe0cd")
    canvas.flat(box(262, 116, 46, 24, 4), "#7f9a86")
    for row in range(4):
        for column in range(4):
            tone = canvas.second if column == 3 else mix(canvas.main, "#ffffff", 0.55)
            canvas.flat(box(156 + column * 43, 180 + row * 52, 36, 42, 9), tone)
