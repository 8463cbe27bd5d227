"""Cups, pots, knives, tableware and kitchen helpers."""

# ruff: noqa: ARG001 - every painter takes the camera; most leave it to the frame

from __future__ import annotations

from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import lightness, mix, shade, tint
from huichang.pictures.menswear import chest_print
from huichang.pictures.shapes import arc, box, curve, oval, poly
from huichang.pictures.stage import drawing


@drawing("mug", "ceramic", ("front", "mirror+beans", "pair"), foot=110)
def mug(canvas: Canvas, camera: int) -> None:
    """A mug; detail print = panda | star paints its side."""
    colour = canvas.main
    canvas.stroke("M318 200Q412 184 408 268Q400 344 306 342", shade(colour, 0.22), 30)
    canvas.stroke("M316 198Q406 182 402 264Q396 336 304 336", colour, 20)
    canvas.solid("M112 148H330V358Q330 406 282 406H160Q112 406 112 358Z", colour, (-16, -4), pattern=True)
    canvas.flat(oval(221, 150, 109, 26), tint(colour, 0.45))
    canvas.flat(oval(221, 154, 96, 19), shade(colour, 0.4))
    canvas.flat(oval(221, 160, 86, 13), "#8a5a3c")
    if canvas.detail.get("print"):
        chest_print(canvas, 216, 288, 1.05)
    elif not canvas.detail.get("pattern"):
        canvas.flat("M112 318H330V358Q330 406 282 406H160Q112 406 112 358Z", canvas.second, 0.9)
    canvas.gloss(box(130, 190, 13, 130, 6), 0.45)
    if camera == 1:
        for x in (184, 226, 264):
            canvas.stroke(f"M{x} 118q-14-18 0-34t0-34", "#fff", 6, 0.7)


@drawing(
    "glass",
    "ceramic",
    ("front", "podium", "pair"),
    foot=80,
    usual=(("#bfdbe6", "#f2a65a"), ("#d8e8dc", "#c94a55"), ("#e6dcee", "#7fb08a")),
)
def glass(canvas: Canvas, camera: int) -> None:
    """A drinking glass with something cold."""
    canvas.flat(poly((152, 92, 4), (328, 92, 4), (304, 406, 22), (176, 406, 22)), tint(canvas.main, 0.35), 0.85)
    drink = poly((163, 196, 2), (317, 196, 2), (298, 394, 18), (182, 394, 18))
    canvas.flat(drink, canvas.second, 0.85)
    canvas.flat(oval(240, 196, 77, 12), tint(canvas.second, 0.35))
    for x, y, turn in ((206, 236, 14), (268, 262, -18)):
        with canvas.group(f"rotate({turn} {x} {y})"):
            canvas.flat(box(x - 24, y - 24, 48, 48, 8), "#fff", 0.5)
    canvas.stroke("M262 196L300 52", "#fffaf2", 12)
    canvas.stroke(oval(240, 92, 88, 12), "#fff", 4, 0.9)
    canvas.gloss("M176 120l16 250h13l-16-250Z", 0.5)


@drawing("thermos", "ceramic", ("front", "podium", "pair"), foot=72)
def thermos(canvas: Canvas, camera: int) -> None:
    """An insulated bottle."""
    canvas.solid(box(186, 54, 108, 92, 22), canvas.second, (-14, 0))
    canvas.stroke("M266 66Q320 60 316 110", shade(canvas.second, 0.2), 9)
    canvas.flat(box(180, 138, 120, 18, 6), "#c6ccd3")
    canvas.solid(box(166, 150, 148, 258, 34), canvas.main, (-16, 0), pattern=True)
    if canvas.detail.get("print"):
        chest_print(canvas, 240, 272, 0.8)
    else:
        canvas.flat(oval(240, 272, 24), canvas.second, 0.9)
    canvas.gloss(box(184, 180, 12, 190, 6), 0.4)


@drawing("sports-bottle", "sport", ("front", "tilt", "pair"), foot=75)
def sports_bottle(canvas: Canvas, camera: int) -> None:
    """A see-through sports bottle with a straw lid."""
    canvas.stroke("M286 116Q346 110 330 180", canvas.second, 13)
    canvas.solid(box(182, 74, 116, 70, 18), canvas.second)
    canvas.flat(box(214, 48, 34, 36, 10), shade(canvas.second, 0.2))
    canvas.solid(
        "M178 140H302L314 196L302 270L312 340V372Q312 408 276 408H204Q168 408 168 372V340L178 270L166 196Z",
        mix(canvas.main, "#ffffff", 0.35),
        (-12, 0),
    )
    canvas.flat("M174 286H306L312 340V372Q312 408 276 408H204Q168 408 168 372V340Z", canvas.main, 0.7)
    for y in (218, 246, 302, 330):
        canvas.stroke(f"M276 {y}h22", "#fff", 4, 0.8)
    canvas.gloss(box(186, 160, 11, 220, 5), 0.45)


@drawing("teapot", "ceramic", ("front", "mirror", "small+cup"), foot=150)
def teapot(canvas: Canvas, camera: int) -> None:
    """A round teapot."""
    colour = canvas.main
    canvas.stroke("M350 238Q440 214 424 300Q404 364 338 348", shade(colour, 0.16), 22)
    canvas.solid("M140 334Q92 324 82 256Q76 230 48 220L66 196Q108 208 118 250Q128 274 156 276Z", colour, (-5, -5))
    canvas.solid("M240 186Q378 192 374 300Q370 404 300 406H180Q110 404 106 300Q102 192 240 186Z", colour, (-16, -9), pattern=True)
    canvas.solid("M168 200Q180 156 240 154Q300 156 312 200Q240 218 168 200Z", tint(colour, 0.12), (-6, -3))
    canvas.dot(240, 144, 17, canvas.second)
    if not canvas.detail.get("pattern"):
        canvas.stroke("M120 322Q240 352 360 322", canvas.second, 12)
    canvas.gloss(curve((146, 250), (166, 220), (188, 214), (164, 262)), 0.45)


@drawing("frying-pan", "metal", ("small", "tilt", "small+leaf"), foot=150)
def frying_pan(canvas: Canvas, camera: int) -> None:
    """A frying pan from above at a slant."""
    colour = shade(canvas.main, 0.3) if lightness(canvas.main) > 0.6 else canvas.main
    with canvas.group("rotate(-34 200 280)"):
        canvas.solid(box(330, 262, 158, 34, 17), canvas.second, (-2, -7))
        canvas.flat(box(306, 266, 52, 26, 6), "#aab1b9")
        canvas.dot(464, 279, 7, "#fff", 0.6)
    canvas.solid(oval(190, 286, 146, 122), colour)
    canvas.flat(oval(190, 280, 122, 100), shade(colour, 0.3))
    canvas.flat(curve((130, 262), (176, 226), (236, 244), (252, 290), (208, 330), (146, 316)), "#fffdf6")
    canvas.dot(192, 278, 27, "#f6b93f")
    canvas.gloss(oval(184, 268, 9, 6), 0.7)
    canvas.stroke(arc((88, 250), (150, 190), 12), "#fff", 6, 0.35)


@drawing(
    "cooking-pot",
    "metal",
    ("front", "podium", "small+leaf"),
    foot=160,
    usual=(("#d8694f", "#f3e3c4"), ("#5b7f8f", "#e8d9c2"), ("#c6ccd3", "#3b3f49"), ("#7d9c6e", "#f3e3c4")),
)
def cooking_pot(canvas: Canvas, camera: int) -> None:
    """A casserole with its lid."""
    colour = canvas.main
    for side in (-1, 1):
        canvas.stroke(
            f"M{240 + side * 140} 262q{side * 50}-4 {side * 46} 30q{-side * 6} 22 {-side * 50} 16",
            shade(colour, 0.25),
            17,
        )
    canvas.solid("M98 236H382V342Q382 404 320 404H160Q98 404 98 342Z", colour, (-16, -3))
    canvas.solid("M88 234Q100 152 240 148Q380 152 392 234Q392 244 380 244H100Q88 244 88 234Z", tint(colour, 0.1), (-12, -4))
    canvas.flat(box(88, 228, 304, 16, 8), shade(colour, 0.22))
    canvas.solid(box(206, 118, 68, 36, 15), "#dcb35c" if lightness(colour) < 0.7 else canvas.second, (-4, -4))
    canvas.gloss("M120 216q24-44 84-50q-46 20-62 52Z", 0.4)
    canvas.gloss(box(116, 268, 12, 76, 6), 0.3)


@drawing("knife", "metal", ("small", "tilt", "small+leaf"), foot=0)
def knife(canvas: Canvas, camera: int) -> None:
    """A kitchen knife and scissors on a board."""
    board = "#d9b384"
    canvas.solid(box(70, 108, 340, 280, 30), board)
    canvas.stroke("M92 180H388M92 256H388M92 330H388", shade(board, 0.12), 4)
    canvas.dot(372, 142, 14, shade(board, 0.35))
    with canvas.group("rotate(-28 240 250)"):
        canvas.solid("M66 236H288V286Q150 300 66 236Z", "#dfe4e8", (0, -10))
        canvas.solid(box(284, 232, 134, 36, 14), canvas.second if lightness(canvas.second) < 0.8 else "#4b3d36", (-3, -6))
        for x in (316, 350, 384):
            canvas.dot(x, 250, 5, "#dfe4e8")


@drawing("plate", "ceramic", ("front", "tilt", "trio"), foot=150)
def plate(canvas: Canvas, camera: int) -> None:
    """A plate with its rim."""
    colour = canvas.main
    canvas.solid(oval(240, 250, 156), colour, (-8, -10))
    canvas.stroke(oval(240, 248, 138), canvas.second, 9)
    canvas.solid(oval(240, 248, 100), tint(colour, 0.2), (6, 8), amount=0.14)
    canvas.flat("M240 300q-44-52 0-104q44 52 0 104Z", canvas.second, 0.8)
    canvas.flat("M232 284q-60-6-76-52q56-2 76 52ZM248 284q60-6 76-52q-56-2-76 52Z", canvas.second, 0.5)


@drawing("bowl", "ceramic", ("front", "podium", "trio"), foot=120)
def bowl(canvas: Canvas, camera: int) -> None:
    """A bowl with chopsticks."""
    colour = canvas.main
    canvas.stroke("M300 244L420 108M318 250L444 128", "#b5835a", 9)
    canvas.flat(box(180, 380, 120, 28, 8), shade(colour, 0.25))
    canvas.solid("M84 240H396Q392 386 276 394H204Q88 386 84 240Z", colour, (-18, -5), pattern=True)
    canvas.flat(oval(240, 240, 156, 34), tint(colour, 0.35))
    canvas.flat(oval(240, 246, 138, 24), "#fffdf8")
    if not canvas.detail.get("pattern"):
        canvas.stroke("M100 296Q240 326 380 296", canvas.second, 13)
    canvas.gloss("M112 276q8 60 50 90q-24-40-30-86Z", 0.4)


@drawing("cutlery", "metal", ("small", "tilt", "small+leaf"), foot=0)
def cutlery(canvas: Canvas, camera: int) -> None:
    """Fork, knife and spoon on a napkin."""
    canvas.solid(box(110, 84, 260, 312, 10), canvas.second if lightness(canvas.second) > 0.4 else "#d9a98f", pattern=True)
    canvas.stroke(box(122, 96, 236, 288, 6), "#fffaf2", 3, 0.7, "8 7")
    metal = canvas.main if lightness(canvas.main) > 0.55 else "#c6ccd3"
    canvas.solid(
        poly(
            (150, 110),
            (158, 110),
            (160, 170),
            (168, 170),
            (168, 110),
            (178, 110),
            (178, 170),
            (186, 170),
            (188, 110),
            (196, 110),
            (194, 204, 20),
            (180, 222),
            (184, 366),
            (162, 366),
            (166, 222),
            (152, 204, 20),
            r=4,
        ),
        metal,
        (-4, 0),
    )
    canvas.solid("M232 112Q262 118 258 232H250L252 364H230Z", metal, (-4, 0))
    canvas.solid("M316 108Q346 118 342 176Q338 212 324 220L328 366H304L308 220Q294 212 290 176Q286 118 316 108Z", metal, (-5, -2))


@drawing("lunch-box", "ceramic", ("front", "tilt", "pair"), foot=150)
def lunch_box(canvas: Canvas, camera: int) -> None:
    """A food container with its clipped lid."""
    canvas.solid(box(84, 232, 312, 172, 34), canvas.main, pattern=True)
    canvas.solid(box(72, 176, 336, 72, 26), canvas.second, (-8, -8))
    for x in (108, 330):
        canvas.solid(box(x, 222, 42, 62, 10), shade(canvas.second, 0.16), (-4, -4))
    canvas.flat(oval(240, 322, 34), canvas.second, 0.9)
    canvas.gloss(box(96, 190, 130, 10, 5), 0.5)


@drawing("storage-jar", "ceramic", ("front", "podium", "trio"), foot=95)
def storage_jar(canvas: Canvas, camera: int) -> None:
    """A glass jar with a wooden lid and something in it."""
    canvas.flat(box(132, 142, 216, 266, 40), "#dcebee", 0.95)
    canvas.solid(box(146, 236, 188, 160, 30), canvas.main, pattern=True)
    for x, y in ((176, 238), (212, 230), (250, 238), (288, 230), (312, 242)):
        canvas.dot(x, y, 21, canvas.main)
    canvas.solid(box(126, 92, 228, 58, 18), "#c9985f", (-8, -6))
    canvas.flat(box(196, 286, 88, 62, 8), "#fffaf2", 0.9)
    canvas.gloss(box(148, 172, 13, 196, 6), 0.6)


@drawing("kitchen-tools", "wood", ("front", "tilt", "small+leaf"), foot=80)
def kitchen_tools(canvas: Canvas, camera: int) -> None:
    """Spatula, ladle and whisk in a crock."""
    wood = "#c08f5c"
    for x, lean in ((188, -12), (244, 2), (296, 14)):
        with canvas.group(f"rotate({lean} {x} 390)"):
            canvas.flat(box(x - 6, 150, 12, 200, 5), wood)
            if x == 188:
                canvas.solid(box(x - 27, 66, 54, 98, 14), canvas.second, (-4, -3))
            elif x == 244:
                canvas.solid(oval(x, 112, 34, 46), wood, (-5, -4))
            else:
                for bend in (-26, -10, 10, 26):
                    canvas.stroke(arc((x, 176), (x, 76), bend), "#b9c0c8", 4)
    canvas.solid(poly((146, 250, 10), (334, 250, 10), (320, 406, 20), (160, 406, 20)), canvas.main, pattern=True)
    canvas.gloss(box(166, 272, 11, 100, 5), 0.35)


@drawing("cleaning", "sport", ("front", "podium", "small+leaf"), foot=110)
def cleaning(canvas: Canvas, camera: int) -> None:
    """A trigger spray and a sponge."""
    canvas.solid("M170 102H246Q262 102 262 118V156H206Q180 156 170 140L128 132V110Z", canvas.second, (-3, -5))
    canvas.stroke("M186 150Q184 186 166 200", shade(canvas.second, 0.25), 11)
    canvas.solid("M204 152H264V206Q300 230 306 272V374Q306 408 272 408H186Q152 408 152 374V272Q160 226 204 206Z", canvas.main)
    canvas.flat(box(174, 284, 112, 80, 12), "#fffaf2", 0.9)
    canvas.dot(230, 324, 22, canvas.second, 0.8)
    canvas.solid(box(318, 352, 112, 56, 14), "#f4cb55", (-5, -6))
    canvas.flat(box(318, 352, 112, 20, 8), "#7fb08a")


@drawing("bucket", "sport", ("front", "podium", "pair"), foot=110)
def bucket(canvas: Canvas, camera: int) -> None:
    """A bucket, basin or waste bin."""
    canvas.stroke("M118 196Q130 66 240 66Q350 66 362 196", "#aab1b9", 8)
    canvas.flat(box(204, 54, 72, 22, 11), canvas.second)
    canvas.solid(poly((108, 190), (372, 190), (338, 406, 18), (142, 406, 18), r=6), canvas.main, (-18, 0))
    canvas.flat(oval(240, 192, 132, 24), shade(canvas.main, 0.3))
    canvas.stroke(oval(240, 190, 132, 24), tint(canvas.main, 0.25), 9)
    canvas.stroke("M130 306Q240 326 350 306", shade(canvas.main, 0.2), 6)
    canvas.gloss("M140 234l18 138h13l-16-136Z", 0.35)
