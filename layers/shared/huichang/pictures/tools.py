"""Tools, vehicles, office machines, games and the plain box."""

# ruff: noqa: ARG001 - every painter takes the camera; most leave it to the frame

from __future__ import annotations

from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import lightness, mix, shade, tint
from huichang.pictures.shapes import box, oval, poly
from huichang.pictures.stage import drawing


@drawing(
    "tool-set",
    "sport",
    ("front", "tilt", "small+pebbles"),
    foot=180,
    usual=(("#d8453f", "#3a3b44"), ("#e0a23f", "#3a3b44"), ("#3f7fa8", "#2f3038")),
)
def tool_set(canvas: Canvas, camera: int) -> None:
    """A toolbox with hammer and spanner."""
    with canvas.group("rotate(-12 170 200)"):
        canvas.flat(box(158, 130, 22, 140, 6), "#b5835a")
        canvas.solid(box(118, 92, 108, 46, 10), "#8b929d", (-4, -7))
    with canvas.group("rotate(14 310 200)"):
        canvas.flat(box(300, 140, 24, 130, 6), "#b9c0c8")
        canvas.flat("M276 76Q272 140 312 146Q352 140 348 76L326 104H298Z", "#b9c0c8")
    canvas.stroke("M190 246Q192 206 240 206Q288 206 290 246", canvas.second, 18)
    canvas.solid(box(64, 242, 352, 74, 20), tint(canvas.main, 0.1), (-5, -6))
    canvas.solid(box(76, 300, 328, 106, 18), canvas.main, (-8, -4))
    for x in (132, 312):
        canvas.flat(box(x, 288, 36, 46, 6), "#cfd4da")
    canvas.gloss(box(90, 256, 120, 9, 4), 0.4)


@drawing(
    "drill",
    "sport",
    ("front", "mirror", "small+pebbles"),
    foot=110,
    usual=(("#e0a23f", "#33353c"), ("#3f7fa8", "#2f3038"), ("#d8453f", "#33353c")),
)
def drill(canvas: Canvas, camera: int) -> None:
    """A cordless drill."""
    canvas.flat(box(386, 168, 66, 10, 3), "#aab1b9")
    canvas.flat(poly((336, 144), (392, 158), (392, 188), (336, 202), r=4), "#5b616d")
    canvas.solid(box(92, 122, 252, 104, 32), canvas.main)
    canvas.solid(poly((128, 214), (218, 214), (206, 352), (136, 352), r=10), canvas.second, (-8, -3))
    canvas.flat(box(216, 232, 26, 50, 10), "#d8453f" if canvas.main != "#d8453f" else "#f4cb55")
    canvas.solid(box(92, 340, 156, 66, 14), canvas.main, (-6, -5))
    canvas.flat(box(126, 152, 100, 15, 7), canvas.second)
    canvas.gloss(box(116, 132, 120, 8, 4), 0.45)


@drawing("garden-tool", "sport", ("front", "tilt", "small+leaf"), foot=90)
def garden_tool(canvas: Canvas, camera: int) -> None:
    """A trowel and a watering can."""
    canvas.stroke("M330 196Q420 200 412 290Q404 350 336 356", shade(canvas.main, 0.2), 17)
    canvas.solid("M176 322L84 214L58 230L46 206L96 176L108 196L190 262Z", shade(canvas.main, 0.08), (-4, -4))
    canvas.solid(poly((168, 206, 16), (340, 206, 16), (360, 406, 20), (150, 406, 20)), canvas.main, (-14, -3))
    canvas.stroke("M196 206Q204 130 262 130Q316 132 322 206", shade(canvas.main, 0.2), 15)
    canvas.flat(box(152, 320, 206, 22), canvas.second)
    canvas.gloss("M186 230l-12 150h13l12-150Z", 0.35)


@drawing("car-part", "metal", ("front", "tilt", "pair"), foot=140)
def car_part(canvas: Canvas, camera: int) -> None:
    """A wheel: parts and accessories of vehicles."""
    canvas.dot(240, 250, 156, "#2f3038")
    canvas.stroke(oval(240, 250, 142), "#45464f", 6, 1, "22 12")
    metal = canvas.main if lightness(canvas.main) > 0.5 else "#c6ccd3"
    canvas.solid(oval(240, 250, 106), metal, (-8, -8))
    canvas.dot(240, 250, 90, "#55585f")
    for turn in range(0, 360, 72):
        with canvas.group(f"rotate({turn} 240 250)"):
            canvas.flat(poly((222, 246), (228, 152), (252, 152), (258, 246), r=6), metal)
    canvas.dot(240, 250, 30, canvas.second if lightness(canvas.second) < 0.7 else "#d8453f")
    canvas.dot(240, 250, 13, metal)


@drawing(
    "car-mat",
    "fabric",
    ("small", "tilt", "pair"),
    foot=0,
    usual=(("#4b5058", "#d8453f"), ("#8a6a4c", "#e8cfae"), ("#3a3f4b", "#8fb6e6")),
)
def car_mat(canvas: Canvas, camera: int) -> None:
    """A car mat, seat cover or vehicle cover."""
    canvas.solid(poly((120, 84, 30), (360, 84, 30), (380, 280, 40), (340, 400, 30), (140, 400, 30), (100, 280, 40)), canvas.main)
    canvas.stroke(
        poly((136, 102, 24), (344, 102, 24), (360, 280, 34), (326, 382, 24), (154, 382, 24), (120, 280, 34)),
        canvas.second,
        7,
    )
    for y in range(140, 360, 30):
        canvas.stroke(f"M160 {y}H320", tint(canvas.main, 0.3), 6, 0.6, "12 14")


@drawing("bolt", "metal", ("front", "tilt", "trio"), foot=80)
def bolt(canvas: Canvas, camera: int) -> None:
    """A bolt and nut: hardware, taps, switches."""
    metal = canvas.main if lightness(canvas.main) > 0.45 else "#b9c0c8"
    canvas.solid(box(206, 176, 68, 222, 8), metal, (-14, 0))
    for y in range(214, 392, 20):
        canvas.stroke(f"M206 {y}l68 12", shade(metal, 0.35), 5)
    canvas.solid(poly((152, 96), (328, 96), (346, 140), (328, 186), (152, 186), (134, 140), r=10), metal, (-12, -6))
    canvas.stroke("M200 98V184M280 98V184", shade(metal, 0.2), 4)
    canvas.solid(
        poly((150, 276), (330, 276), (340, 310), (330, 344), (150, 344), (140, 310), r=8),
        canvas.second if lightness(canvas.second) < 0.8 else "#dcb35c",
        (-12, -5),
    )


@drawing("printer", "gadget", ("front", "mirror", "small+cup"), foot=170)
def printer(canvas: Canvas, camera: int) -> None:
    """A printer."""
    colour = canvas.main if lightness(canvas.main) > 0.35 else tint(canvas.main, 0.25)
    canvas.flat(poly((152, 88), (328, 88), (340, 226), (140, 226), r=4), "#fffdf8")
    canvas.solid(box(70, 196, 340, 168, 28), colour)
    canvas.flat(box(112, 298, 256, 34, 10), "#33353c")
    canvas.solid(poly((130, 316), (350, 316), (374, 406), (106, 406), r=6), "#fffdf8", (-3, -4), amount=0.1)
    canvas.flat(box(150, 340, 120, 11, 5) + box(146, 362, 180, 11, 5), mix(canvas.second, "#b9c0c8", 0.4))
    canvas.dot(364, 238, 10, "#8fe0b0")
    canvas.dot(334, 238, 10, canvas.second)


@drawing("mahjong", "wood", ("front", "mirror", "tilt"), foot=150)
def mahjong(canvas: Canvas, camera: int) -> None:
    """Game tiles, dice and board games."""
    for x, y, tone in (
        (94, 268, "#5f9e6e"),
        (196, 268, "#d8453f"),
        (298, 268, "#4a7fc1"),
        (146, 150, "#d8453f"),
        (248, 150, "#5f9e6e"),
    ):
        canvas.solid(box(x, y + 10, 92, 128, 14), "#7fae83", (-3, -4))
        canvas.solid(box(x, y, 92, 120, 14), "#fffaf0", (-4, -4), amount=0.12)
        for dx, dy in ((28, 34), (64, 34), (46, 60), (28, 86), (64, 86)):
            canvas.dot(x + dx, y + dy, 11, tone)


@drawing("music", "gadget", ("front", "tilt", "mirror"), foot=110)
def music(canvas: Canvas, camera: int) -> None:
    """A record, game disc or musical thing."""
    canvas.dot(280, 236, 140, "#2c2e35")
    for radius in (120, 98, 76):
        canvas.stroke(oval(280, 236, radius), "#45474f", 3)
    canvas.dot(280, 236, 46, canvas.second)
    canvas.dot(280, 236, 9, "#fffaf0")
    canvas.solid(box(70, 100, 220, 276, 10), canvas.main)
    canvas.dot(180, 216, 62, mix(canvas.second, "#fffaf0", 0.3))
    canvas.flat(box(104, 318, 130, 13, 6), "#fffaf0", 0.8)


@drawing(
    "generic-box",
    "wood",
    ("front", "mirror", "pair"),
    foot=150,
    usual=(("#cfa97a", "#e9d3b0"), ("#c39b6c", "#e6cfae"), ("#d8b88c", "#efe0c6")),
)
def generic_box(canvas: Canvas, camera: int) -> None:
    """A parcel, for what we have no drawing of."""
    colour = canvas.main
    canvas.flat(poly((240, 236), (400, 196), (400, 344), (240, 406), r=4), shade(colour, 0.24))
    canvas.flat(poly((80, 196), (240, 236), (240, 406), (80, 344), r=4), colour)
    canvas.flat(poly((80, 196), (236, 150), (400, 196), (240, 238), r=4), tint(colour, 0.25))
    canvas.flat("M138 178L298 218L298 276L270 266V228L118 184Z", canvas.second)
    canvas.flat(box(110, 300, 60, 36, 4), "#fffaf0", 0.7)
