"""Plush animals, dolls, blocks, balls and other toys."""

# ruff: noqa: ARG001 - every painter takes the camera; most leave it to the frame

from __future__ import annotations

from huichang.pictures.canvas import INK, Canvas, eye
from huichang.pictures.colours import mix, shade
from huichang.pictures.shapes import arc, box, curve, oval, poly, star
from huichang.pictures.stage import drawing


def _ears(canvas: Canvas, animal: str, colour: str, inner: str) -> None:
    for side in (-1, 1):
        if animal == "rabbit":
            with canvas.group(f"rotate({side * 14} {240 + side * 44} 110)"):
                canvas.solid(oval(240 + side * 46, 70, 29, 74), colour, (-6, -4))
                canvas.flat(oval(240 + side * 46, 78, 14, 50), inner)
        elif animal == "cat":
            canvas.solid(poly((240 + side * 40, 92), (240 + side * 112, 38), (240 + side * 118, 150), r=18), colour)
            canvas.flat(poly((240 + side * 64, 90), (240 + side * 102, 60), (240 + side * 106, 118), r=12), inner)
        elif animal == "dog":
            with canvas.group(f"rotate({side * -16} {240 + side * 96} 110)"):
                canvas.solid(oval(240 + side * 112, 172, 35, 76), shade(colour, 0.3), (-6, -5))
        else:
            canvas.solid(oval(240 + side * 86, 88, 39), colour, (-6, -5))
            canvas.flat(oval(240 + side * 86, 94, 20), inner)


def _plush(canvas: Canvas, animal: str) -> None:
    fur, belly = canvas.main, canvas.second
    inner = "#f2b8b0" if animal in ("rabbit", "cat") else belly
    if animal != "dog":
        _ears(canvas, animal, fur, inner)
    for side in (-1, 1):
        canvas.solid(oval(240 + side * 100, 374, 56, 34), fur, (-6, -6))
    canvas.solid(curve((240, 228), (318, 264), (338, 340), (300, 396), (240, 406), (180, 396), (142, 340), (162, 264)), fur)
    canvas.flat(oval(240, 338, 58, 58), belly, 0.9)
    for side in (-1, 1):
        with canvas.group(f"rotate({side * 26} {240 + side * 92} 270)"):
            canvas.solid(oval(240 + side * 94, 312, 29, 58), fur, (-6, -5))
        canvas.flat(oval(240 + side * 108, 376, 30, 20), belly, 0.85)
    canvas.solid(
        curve(
            (240, 68),
            (312, 84),
            (356, 148),
            (342, 212),
            (290, 246),
            (240, 252),
            (190, 246),
            (138, 212),
            (124, 148),
            (168, 84),
        ),
        fur,
        (-12, -9),
    )
    if animal == "dog":
        _ears(canvas, animal, fur, inner)
    canvas.flat(oval(240, 204, 54, 38), belly)
    for side in (-1, 1):
        eye(canvas, 240 + side * 56, 160, 13)
        canvas.flat(oval(240 + side * 88, 200, 16, 10), "#f08d84", 0.4)
    canvas.flat(curve((240, 184), (257, 188), (240, 204), (223, 188)), INK if animal != "rabbit" else "#e58a86")
    canvas.stroke("M240 203v9M220 214q10 10 20-1q10 11 20 1", INK, 4)
    if animal == "cat":
        for side in (-1, 1):
            canvas.stroke(f"M{240 + side * 66} 206l{side * 44} -6M{240 + side * 66} 216l{side * 42} 6", INK, 2.5, 0.6)
    canvas.gloss(oval(186, 108, 24, 11), 0.4)
    canvas.flat("M240 262l-42-20q-12 24 0 40l42-16l42 16q12-16 0-40Z", canvas.third)
    canvas.dot(240, 264, 11, shade(canvas.third))


def _animal(name: str, *palettes: tuple[str, ...]) -> None:
    animal = name.split("-")[0]

    @drawing(name, views=("front", "tilt+stars", "pair"), foot=140, focus=(240, 180), usual=palettes)
    def paint(canvas: Canvas, camera: int) -> None:
        _plush(canvas, animal)


_animal(
    "bear-plush",
    ("#c39062", "#f2ddc0", "#d8655a"),
    ("#e8cfae", "#fbf1e2", "#6f9fb8"),
    ("#8f6548", "#e6c9a5", "#e0b04f"),
)
_animal(
    "rabbit-plush",
    ("#f5e4e0", "#fffaf5", "#e58a96"),
    ("#d8d3de", "#f8f5f7", "#8fa8d0"),
    ("#eed9b8", "#fff7ea", "#8db596"),
)
_animal("cat-plush", ("#e7b16b", "#fdf0dc", "#5f93a8"), ("#a7a9b4", "#f1f0f3", "#e2807a"), ("#f1e7dc", "#fffaf4", "#d8655a"))
_animal("dog-plush", ("#d8a873", "#fbeedb", "#5d86b3"), ("#f0e2cd", "#fffaf2", "#e07a62"), ("#a97c5a", "#ecd6b8", "#6fa08a"))


@drawing("dinosaur-plush", "toy", ("front", "mirror+stars", "pair"), foot=140)
def dinosaur_plush(canvas: Canvas, camera: int) -> None:
    """A round dinosaur with a ridge of spikes."""
    for x, y, size in ((150, 112, 24), (116, 170, 26), (102, 236, 26), (108, 300, 24), (92, 352, 18)):
        canvas.flat(poly((x - size, y + size * 0.5), (x - size * 0.7, y - size), (x + size, y), r=8), canvas.second)
    canvas.solid(
        curve(
            (148, 250),
            (120, 330),
            (60, 372),
            (52, 396),
            (140, 402),
            (240, 406),
            (320, 402),
            (338, 330),
            (300, 250),
            (240, 220),
        ),
        canvas.main,
    )
    canvas.flat(oval(256, 336, 62, 62), mix(canvas.second, "#fffaf0", 0.4))
    canvas.solid(
        curve((168, 100), (240, 64), (330, 92), (392, 150), (384, 206), (300, 240), (206, 246), (146, 196)),
        canvas.main,
        (-8, -9),
    )
    for x in (190, 310):
        canvas.solid(oval(x, 392, 46, 20), shade(canvas.main, 0.1), (-5, -5))
    canvas.solid(oval(306, 296, 38, 18), canvas.main, (-4, -5))
    eye(canvas, 272, 140, 15)
    canvas.flat(oval(302, 178, 18, 10), "#f08d84", 0.45)
    canvas.dot(362, 150, 4, INK, 0.6)
    canvas.stroke(arc((308, 200), (366, 190), -10), INK, 4)


@drawing("doll", "womens", ("front", "tilt", "pair"), foot=90)
def doll(canvas: Canvas, camera: int) -> None:
    """A rag doll with plaits in a dress."""
    hair, skin = "#7a4b37", "#f7d9bf"
    for side in (-1, 1):
        canvas.solid(box(240 + side * 34 - 14, 348, 28, 56, 12), skin, (-4, 0))
        canvas.flat(box(240 + side * 34 - 20, 388, 40, 20, 10), shade(canvas.main, 0.35))
        with canvas.group(f"rotate({side * -30} {240 + side * 46} 246)"):
            canvas.solid(box(240 + side * 56 - 14, 240, 28, 92, 14), skin, (-4, 0))
        canvas.solid(oval(240 + side * 106, 206, 19, 52), hair, (-5, -3))
        canvas.flat(oval(240 + side * 104, 164, 15, 11), canvas.main)
    canvas.solid(poly((204, 232), (276, 232), (330, 362, 22), (150, 362, 22), r=12), canvas.main, pattern=True)
    canvas.flat(curve((194, 238), (240, 258), (286, 238), (270, 222), (210, 222)), canvas.second)
    canvas.solid(oval(240, 152, 104, 96), hair)
    canvas.solid(oval(240, 164, 84, 76), skin, (-7, -6), amount=0.12)
    canvas.flat("M152 152q18-78 88-76q70-2 88 76q-46-10-66-44q-30 44-110 44Z", hair)
    for side in (-1, 1):
        eye(canvas, 240 + side * 34, 172, 9)
        canvas.flat(oval(240 + side * 56, 196, 14, 9), "#f08d84", 0.55)
    canvas.stroke(arc((226, 202), (254, 202), -7), "#b5564f", 4)


@drawing("toy-blocks", "toy", ("front", "mirror+stars", "close"), foot=170, focus=(240, 330))
def toy_blocks(canvas: Canvas, camera: int) -> None:
    """A tower of wooden blocks."""
    colours = (canvas.main, canvas.second, canvas.third, mix(canvas.main, canvas.third, 0.5))
    for x, y, colour in ((86, 312, colours[0]), (188, 312, colours[1]), (290, 312, colours[2]), (240, 214, colours[3])):
        canvas.solid(box(x, y, 96, 96, 14), colour)
        canvas.gloss(box(x + 12, y + 10, 40, 9, 4), 0.4)
    canvas.flat(poly(*star(134, 362, 30, 14), r=5), "#fff", 0.85)
    canvas.flat(oval(236, 360, 26), "#fff", 0.85)
    canvas.flat(poly((338, 332), (366, 384), (310, 384), r=8), "#fff", 0.85)
    canvas.flat("M288 288q-36-24-24-44q14-14 24 4q10-18 24-4q12 20-24 44Z", "#fff", 0.85)
    canvas.solid("M138 312v-14a48 48 0 0 1 96 0v14h-28a20 20 0 0 0-40 0Z", colours[2], (-7, -5))
    canvas.solid(poly((288, 112), (344, 212), (232, 212), r=12), colours[0], (-16, 0))


@drawing("toy-car", "toy", ("front", "mirror", "pair"), foot=170)
def toy_car(canvas: Canvas, camera: int) -> None:
    """A small round car, from its side."""
    canvas.solid("M136 262q16-98 96-100h34q70 4 96 100Z", canvas.main, (-8, -6))
    glass = "#cfe6f0"
    canvas.flat("M162 256q14-66 68-70h4v70ZM250 186h12q52 6 72 70h-84Z", glass)
    canvas.flat("M178 250q10-46 40-56l-16 56Z", "#fff", 0.5)
    canvas.solid(box(56, 250, 368, 104, 46), canvas.main)
    canvas.flat(box(56, 302, 368, 14, 4), canvas.second)
    canvas.dot(402, 286, 15, "#ffe9a8")
    canvas.flat(box(58, 276, 16, 24, 6), "#c9473c")
    for x in (138, 342):
        canvas.dot(x, 352, 55, "#2f3038")
        canvas.dot(x, 352, 31, "#d9dde2")
        canvas.dot(x, 352, 13, canvas.second)
    canvas.gloss(box(92, 262, 120, 9, 4), 0.45)


@drawing("toy-train", "toy", ("front", "mirror+stars", "pair"), foot=180)
def toy_train(canvas: Canvas, camera: int) -> None:
    """A steam engine."""
    canvas.solid(box(78, 168, 132, 184, 14), canvas.main)
    canvas.flat(box(104, 200, 80, 66, 10), "#dcecf2")
    canvas.solid(box(64, 150, 160, 30, 12), canvas.third)
    canvas.solid(box(196, 244, 206, 108, 30), canvas.second)
    canvas.solid(poly((306, 176), (366, 176), (352, 246), (320, 246), r=6), canvas.main)
    canvas.flat(box(298, 164, 76, 20, 8), canvas.third)
    canvas.dot(398, 296, 17, "#ffe9a8")
    for x, radius in ((132, 52), (246, 38), (346, 38)):
        canvas.dot(x, 406 - radius, radius, "#33343c")
        canvas.dot(x, 406 - radius, radius * 0.58, canvas.third)
        canvas.dot(x, 406 - radius, radius * 0.2, "#33343c")
    for x, y, radius in ((350, 132, 20), (378, 102, 16), (398, 80, 11)):
        canvas.dot(x, y, radius, "#fff", 0.75)


@drawing("puzzle", "toy", ("front", "tilt", "close"), foot=150)
def puzzle(canvas: Canvas, camera: int) -> None:
    """Four jigsaw pieces, one apart."""
    piece = "M0 0h46q-10-30 14-30t14 30h46v46q30-10 30 14t-30 14v46h-46q10-30-14-30t-14 30h-46v-46q-30 10-30-14t30-14Z"
    places = ((118, 164, canvas.main), (238, 164, canvas.second), (118, 284, canvas.third), (276, 300, canvas.main))
    for x, y, colour in places:
        with canvas.group(f"translate({x} {y})" + (" rotate(10)" if x == 276 else "")):
            canvas.solid(piece, colour, (-5, -5))
            canvas.gloss(box(12, 12, 30, 7, 3), 0.4)


@drawing("robot", "toy", ("front", "tilt+stars", "pair"), foot=110)
def robot(canvas: Canvas, camera: int) -> None:
    """A toy robot or figurine."""
    grey = "#8b93a1"
    canvas.stroke("M240 96V62", grey, 8)
    canvas.dot(240, 56, 14, canvas.second)
    for side in (-1, 1):
        canvas.flat(box(240 + side * 54 - 22, 346, 44, 46, 6), grey)
        canvas.solid(box(240 + side * 60 - 40, 376, 80, 32, 14), canvas.third)
        canvas.flat(box(240 + side * 118 - 15, 236, 30, 76, 14), grey)
        canvas.solid(oval(240 + side * 118, 322, 27), canvas.third, (-5, -5))
    canvas.solid(box(132, 220, 216, 142, 26), canvas.main)
    canvas.flat(box(176, 256, 128, 70, 14), mix(canvas.main, "#ffffff", 0.6))
    for index, colour in enumerate((canvas.second, canvas.third, "#7fb08a")):
        canvas.dot(204 + index * 36, 291, 12, colour)
    canvas.solid(box(142, 92, 196, 122, 36), canvas.main)
    canvas.flat(box(164, 118, 152, 70, 28), "#2f3440")
    for x in (206, 274):
        canvas.dot(x, 152, 15, "#9fe3e0")
    canvas.gloss(box(168, 102, 62, 8, 4), 0.45)


@drawing("balloon", "toy", ("front", "mirror+stars", "close"), foot=0)
def balloon(canvas: Canvas, camera: int) -> None:
    """Party balloons and bunting."""
    for x, y, colour in ((142, 176, canvas.second), (338, 184, canvas.third), (240, 142, canvas.main)):
        canvas.stroke(arc((x, y + 92), (240, 430), (x - 240) * 0.2), "#b9b0a6", 3)
        canvas.solid(
            curve((x, y - 92), (x + 74, y - 30), (x + 46, y + 58), (x, y + 88), (x - 46, y + 58), (x - 74, y - 30)),
            colour,
            (-9, -6),
        )
        canvas.flat(poly((x, y + 82), (x + 12, y + 102), (x - 12, y + 102), r=3), shade(colour))
        canvas.gloss(oval(x - 28, y - 38, 12, 22), 0.5)


@drawing("kite", "toy", ("front", "tilt", "mirror"), foot=0)
def kite(canvas: Canvas, camera: int) -> None:
    """A diamond kite."""
    canvas.stroke("M240 330q40 40 0 70t10 70", "#a79c8f", 3)
    outline = poly((240, 60), (360, 180), (240, 350), (120, 180), r=6)
    canvas.solid(outline, canvas.main)
    with canvas.inside(outline):
        canvas.flat("M240 60L360 180H240Z", canvas.second)
        canvas.flat("M240 180V350L120 180Z", canvas.third)
    canvas.stroke("M240 64V346M124 180H356", "#7a5b45", 3)
    for x, y in ((254, 382), (236, 426)):
        canvas.flat(f"M{x} {y}l-24-12v24ZM{x} {y}l24-12v24Z", canvas.second)
