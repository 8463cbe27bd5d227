"""Pets and what they need."""

# ruff: noqa: ARG001 - every painter takes the camera; most leave it to the frame

from __future__ import annotations

from huichang.pictures.canvas import INK, Canvas, eye
from huichang.pictures.colours import shade
from huichang.pictures.shapes import arc, box, curve, oval, poly
from huichang.pictures.stage import drawing


@drawing("pet-bed", "fabric", ("front", "mirror", "small+yarn"), foot=190)
def pet_bed(canvas: Canvas, camera: int) -> None:
    """A round pet bed with a sleeping cat."""
    canvas.solid(oval(240, 322, 200, 84), canvas.main, (-8, -10), pattern=True)
    canvas.flat(oval(240, 300, 148, 52), shade(canvas.main, 0.35))
    canvas.flat(oval(240, 306, 140, 44), canvas.second)
    canvas.solid(curve((150, 296), (190, 236), (268, 226), (332, 262), (340, 310), (260, 334), (170, 328)), "#e7b16b", (-8, -8))
    canvas.stroke(arc((328, 300), (236, 320), -18), "#d79a52", 17)
    canvas.solid(oval(180, 288, 46, 37), "#e7b16b", (-5, -5))
    for side in (-1, 1):
        canvas.flat(poly((180 + side * 14, 262), (180 + side * 40, 242), (180 + side * 42, 280), r=6), "#e7b16b")
        canvas.stroke(arc((180 + side * 16 - 8, 286), (180 + side * 16 + 8, 286), -4), INK, 3)
    canvas.solid("M46 324Q60 406 240 406Q420 406 434 324Q380 378 240 380Q100 378 46 324Z", canvas.main, (-4, -8), pattern=True)


@drawing("pet-bowl", "ceramic", ("front", "podium", "pair"), foot=150)
def pet_bowl(canvas: Canvas, camera: int) -> None:
    """A pet's bowl full of kibble."""
    for x in range(140, 350, 34):
        canvas.dot(x, 262 - (12 if 180 < x < 310 else 0), 21, "#a9714a")
    canvas.flat(oval(240, 276, 138, 24), "#8f5c3b")
    canvas.solid("M92 270Q240 316 388 270L420 382Q424 406 398 406H82Q56 406 60 382Z", canvas.main)
    for x, y, radius in ((206, 330, 12), (228, 318, 12), (252, 318, 12), (274, 330, 12)):
        canvas.dot(x, y, radius, canvas.second)
    canvas.flat(curve((240, 334), (266, 352), (258, 374), (222, 374), (214, 352)), canvas.second)
    canvas.gloss("M106 296q-16 40-20 80h14q2-40 20-74Z", 0.4)


@drawing("cat-toy", "toy", ("front", "mirror", "small+yarn"), foot=70)
def cat_toy(canvas: Canvas, camera: int) -> None:
    """A feather wand and a mouse."""
    canvas.stroke("M96 96L300 178", "#b98a5c", 9)
    canvas.stroke(arc((300, 178), (330, 240), 14), "#8a8590", 3)
    for turn, colour in ((-30, canvas.second), (0, canvas.main), (30, canvas.third)):
        with canvas.group(f"rotate({turn} 330 240)"):
            canvas.solid("M330 240Q296 300 330 356Q364 300 330 240Z", colour, (-5, 0))
    canvas.stroke(arc((88, 366), (40, 300), 24), "#e58a96", 7)
    canvas.solid(curve((84, 380), (110, 322), (180, 316), (236, 372), (220, 402), (110, 404)), canvas.main)
    canvas.dot(172, 322, 21, canvas.second)
    eye(canvas, 206, 360, 7)
    canvas.dot(236, 376, 7, "#e58a96")


@drawing("cat-tree", "fabric", ("front", "mirror", "small+yarn"), foot=140)
def cat_tree(canvas: Canvas, camera: int) -> None:
    """A scratching post with a platform and house."""
    rope = "#d9b384"
    canvas.solid(box(92, 384, 296, 24, 10), canvas.main, (-4, -5))
    for x, top in ((138, 130), (310, 240)):
        canvas.solid(box(x, top, 38, 262, 6) if x == 138 else box(x, top, 38, 150, 6), rope, (-8, 0))
        for y in range(top + 14, 384, 20):
            canvas.stroke(f"M{x + 3} {y}h32", shade(rope, 0.25), 4, 0.6)
    canvas.solid(box(88, 106, 150, 32, 16), canvas.main, (-4, -6))
    canvas.solid(box(222, 210, 176, 34, 16), canvas.main, (-4, -6))
    canvas.solid(box(196, 274, 116, 112, 18), canvas.second, (-6, -5))
    canvas.dot(252, 334, 34, shade(canvas.second, 0.5))
    canvas.stroke("M356 244V288", rope, 4)
    canvas.dot(356, 302, 18, "#e58a96")


@drawing("pet-leash", "sport", ("front", "tilt", "pair"), foot=120)
def pet_leash(canvas: Canvas, camera: int) -> None:
    """A collar and lead."""
    canvas.stroke("M280 320Q420 330 400 190Q380 90 270 100Q170 112 200 190", canvas.second, 17)
    canvas.stroke(oval(212, 320, 118, 76), shade(canvas.main, 0.3), 36)
    canvas.stroke(oval(212, 314, 118, 76), canvas.main, 32)
    canvas.stroke(box(186, 368, 56, 46, 8), "#cfd4da", 10)
    for x, y in ((112, 338), (148, 372), (290, 368), (322, 330)):
        canvas.dot(x, y, 7, "#fffaf2")
    canvas.dot(212, 414, 17, "#dcb35c")


@drawing("pet-house", "fabric", ("front", "podium", "small+yarn"), foot=160)
def pet_house(canvas: Canvas, camera: int) -> None:
    """A litter box, kennel or carrier."""
    canvas.solid("M96 230Q96 110 240 110Q384 110 384 230V404H96Z", canvas.main, pattern=True)
    canvas.solid(box(80, 324, 320, 84, 24), canvas.second, (-5, -6))
    canvas.flat("M170 332V260Q170 196 240 196Q310 196 310 260V332Z", shade(canvas.main, 0.5))
    for side in (-1, 1):
        canvas.dot(240 + side * 24, 268, 10, "#ffe9a8")
        canvas.dot(240 + side * 24, 268, 4, "#1d1a22")
    canvas.stroke("M196 112Q200 74 240 74Q280 74 284 112", shade(canvas.main, 0.2), 13)
    canvas.gloss("M118 230q2-70 66-94q-40 36-46 96Z", 0.3)


@drawing("fish-tank", "baby", ("front", "mirror", "podium"), foot=150)
def fish_tank(canvas: Canvas, camera: int) -> None:
    """A fish bowl."""
    canvas.flat(
        curve((240, 118), (340, 132), (398, 230), (372, 350), (300, 402), (180, 402), (108, 350), (82, 230), (140, 132)),
        "#dcedf3",
    )
    canvas.flat(
        curve((240, 196), (386, 196), (396, 260), (364, 350), (296, 394), (184, 394), (116, 350), (84, 260), (94, 196)),
        "#a9d3e2",
    )
    canvas.flat("M126 354Q240 326 354 354L298 394H182Z", "#e7d2a8")
    canvas.stroke("M156 360Q140 310 164 270M182 366Q172 330 188 304", "#7fa37a", 8)
    canvas.solid(curve((210, 272), (262, 240), (310, 268), (262, 302)), "#f0954a", (-5, -5))
    canvas.flat(poly((218, 272), (178, 246), (184, 298), r=6), "#f0954a")
    canvas.dot(288, 264, 5, INK)
    for x, y in ((320, 226), (336, 204), (322, 186)):
        canvas.stroke(oval(x, y, 8), "#fff", 3)
    canvas.stroke(oval(240, 126, 92, 13), "#fff", 7)
