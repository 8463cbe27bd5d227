"""Shoes, socks, bags and luggage."""

# ruff: noqa: ARG001 - every painter takes the camera; most leave it to the frame

from __future__ import annotations

from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import lightness, mix, shade, tint
from huichang.pictures.shapes import arc, box, curve, oval, poly
from huichang.pictures.stage import drawing

SHOE = ("front", "lean", "pair")


@drawing("sneakers", "sport", ("front", "mirror", "pair"), foot=180)
def sneakers(canvas: Canvas, camera: int) -> None:
    """A trainer from its side."""
    colour, trim = canvas.main, canvas.second
    sole = "#fbf8f2" if lightness(colour) < 0.85 else "#e9e2d6"
    canvas.solid(
        "M70 236Q74 206 104 204Q138 232 186 196Q204 178 224 186L292 262Q318 286 372 296Q424 306 424 350V366H64Q56 300 70 236Z",
        colour,
    )
    canvas.flat("M64 366Q58 296 70 240Q96 262 100 366Z", trim)
    canvas.flat("M330 288Q420 300 424 352V366H306Q300 318 330 288Z", mix(trim, "#ffffff", 0.2))
    canvas.flat("M186 198Q204 178 224 186L292 262L262 290Q214 258 186 198Z", shade(colour, 0.18))
    canvas.flat("M160 214Q184 168 226 176L240 196Q206 208 196 232Z", tint(colour, 0.3))
    for x, y in ((212, 224), (232, 246), (254, 268)):
        canvas.stroke(f"M{x} {y}L{x + 34} {y - 26}", "#fffdf8", 9)
    canvas.solid("M120 340Q196 332 238 284L262 296Q216 350 130 358Z", trim, (-3, -3))
    canvas.solid("M52 358H430Q440 380 424 402Q330 414 240 404Q130 414 62 402Q44 384 52 358Z", sole, (-6, -8), amount=0.14)
    canvas.stroke("M62 378Q240 388 430 376", shade(colour, 0.1), 6)
    canvas.gloss("M110 222q20 12 40 8l-8 14q-20 4-36-6Z", 0.35)


@drawing("leather-shoes", "leather", ("front", "mirror", "pair"), foot=180)
def leather_shoes(canvas: Canvas, camera: int) -> None:
    """A lace-up dress shoe."""
    colour = canvas.main
    canvas.solid("M70 262Q90 238 126 252Q172 250 212 216L276 280Q320 306 382 314Q424 324 426 366V378H66Q56 320 70 262Z", colour)
    canvas.flat("M330 304Q420 316 426 368V378H316Q300 340 330 304Z", shade(colour, 0.14))
    canvas.flat("M176 242L214 214L278 282L232 306Q198 286 176 242Z", shade(colour, 0.2))
    for x, y in ((206, 258), (226, 280)):
        canvas.stroke(f"M{x} {y}l30-24", mix(canvas.second, "#ffffff", 0.2), 6)
    canvas.stroke("M76 268Q100 250 130 262", shade(colour, 0.4), 5)
    canvas.flat("M60 372H430Q440 384 430 394H196V406H62Z", shade(colour, 0.6))
    canvas.gloss("M340 318q50 6 66 28q-36-14-70-12Z", 0.4)


@drawing("high-heels", "womens", ("front", "mirror", "pair"), foot=150)
def high_heels(canvas: Canvas, camera: int) -> None:
    """A court shoe with a slim heel."""
    colour = canvas.main
    canvas.flat("M86 214Q80 300 104 406H120Q118 320 140 282Z", shade(colour, 0.3))
    canvas.flat(
        "M86 226Q140 250 214 318Q270 380 404 384Q420 390 412 404H300Q236 404 176 336Q130 284 84 276Z",
        shade(colour, 0.42),
    )
    canvas.solid(
        "M82 162Q92 148 108 160Q128 224 206 276Q262 310 328 306Q390 314 414"
        " 372Q420 390 396 392Q286 394 226 334Q166 276 86 262Q72 220 82 162Z",
        colour,
    )
    canvas.flat("M110 168Q132 226 206 274Q262 308 326 306Q280 332 214 298Q130 246 110 168Z", shade(colour, 0.36))
    canvas.gloss("M344 330q40 10 50 34q-26-12-54-14Z", 0.45)
    if camera == 2:
        canvas.flat("M330 300q-24-18-20 4q6 12 20-4q22-16 22 4q-4 14-22-4Z", canvas.second)


@drawing("flats", "womens", ("front", "mirror", "pair"), foot=170)
def flats(canvas: Canvas, camera: int) -> None:
    """A ballerina with a bow."""
    colour = canvas.main
    canvas.flat("M64 376Q240 396 422 380Q426 400 404 404H84Q58 400 64 376Z", shade(colour, 0.5))
    canvas.solid(
        "M62 300Q70 276 98 286Q140 336 226 334Q274 334 300 312Q380 320 420 366Q430 392 396 394H90Q52 380 62 300Z",
        colour,
    )
    canvas.flat("M98 288Q140 336 226 334Q274 334 300 312Q290 352 224 356Q130 360 98 288Z", shade(colour, 0.4))
    canvas.solid("M312 318q-44-30-44-2q4 24 44 2q44-26 44 0q-6 24-44-2Z", canvas.second, (-3, -3))
    canvas.gloss("M356 340q34 10 44 30q-24-10-50-14Z", 0.4)


@drawing("wedges", "womens", ("front", "mirror", "pair"), foot=165)
def wedges(canvas: Canvas, camera: int) -> None:
    """A wedge sandal with straps."""
    colour = canvas.main
    canvas.solid("M78 250Q150 268 214 318Q290 372 412 376Q424 404 396 406H86Q66 340 78 250Z", "#c9a070")
    canvas.stroke("M84 300Q150 316 200 352M82 346Q130 356 160 382", "#a97c52", 4)
    canvas.flat("M76 244Q150 256 216 308Q290 360 416 364L414 384Q290 384 210 332Q146 284 76 268Z", "#f0dcc0")
    for start, end in (((290, 346), (352, 364)), ((336, 358), (398, 368))):
        canvas.stroke(arc(start, end, 62), shade(colour, 0.25), 26)
        canvas.stroke(arc((start[0] - 3, start[1] - 2), (end[0] - 4, end[1] - 3), 62), colour, 20)
    canvas.stroke("M92 250Q96 190 132 168Q170 206 168 282", colour, 17)
    canvas.stroke("M100 214Q130 232 162 216", shade(colour, 0.15), 14)
    canvas.stroke(box(122, 206, 24, 26, 5), "#d9b25f", 5)


@drawing("sandals", "leather", ("front", "mirror", "pair"), foot=170)
def sandals(canvas: Canvas, camera: int) -> None:
    """A flat sandal with two straps."""
    colour = canvas.main
    canvas.solid("M62 356Q240 338 420 360Q432 396 400 402H84Q54 396 62 356Z", shade(colour, 0.4))
    canvas.flat("M62 350Q240 330 420 354L418 372Q240 354 64 374Z", "#e9cfa8")
    for start, end, bend in (((288, 352), (392, 352), 74), ((234, 352), (330, 352), 84), ((84, 358), (176, 352), 108)):
        canvas.stroke(arc(start, end, bend), shade(colour, 0.28), 30)
        canvas.stroke(arc((start[0] - 3, start[1] - 3), (end[0] - 4, end[1] - 3), bend), colour, 24)
    canvas.stroke(box(116, 236, 28, 26, 5), "#d9b25f", 6)
    canvas.stroke(arc((258, 300), (288, 276), 4), "#fff", 5, 0.4)


@drawing("slippers", "fabric", ("front", "mirror", "pair"), foot=165)
def slippers(canvas: Canvas, camera: int) -> None:
    """House slippers or flip-flops, seen from above at a slant."""
    colour = canvas.main
    for x, y, turn in ((300, 262, 14), (182, 282, 4)):
        with canvas.group(f"rotate({turn} {x} {y}) translate({x} {y})"):
            canvas.flat(
                "M0-128Q60-120 58-40Q50 20 54 70Q54 128 0 130Q-54 128-54 70Q-50 20-58-40Q-60-120 0-128Z",
                shade(colour, 0.5),
            )
            canvas.flat("M0-134Q58-128 54-46Q46 14 50 62Q50 118 0 120Q-50 118-50 62Q-46 14-54-46Q-58-128 0-134Z", canvas.second)
            canvas.solid("M-62-20Q-66-118 0-132Q66-118 62-20Q0-52-62-20Z", colour, (-7, -6), pattern=True)
            canvas.gloss(oval(-22, -92, 18, 9), 0.35)


@drawing("boots", "leather", ("front", "mirror", "pair"), foot=150)
def boots(canvas: Canvas, camera: int) -> None:
    """An ankle boot."""
    colour = canvas.main
    canvas.solid("M122 96H268L264 238Q292 284 366 302Q410 318 408 372V384H112Q104 240 122 96Z", colour)
    canvas.flat("M118 92H272V120H116Z", canvas.second)
    canvas.flat("M200 150Q228 150 232 184L226 260Q200 250 194 210Z", shade(colour, 0.28))
    for y in (150, 186, 222):
        canvas.stroke(f"M250 {y}l-26 14", mix(canvas.second, "#ffffff", 0.2), 6)
    canvas.stroke("M264 240Q236 262 192 262", shade(colour, 0.35), 4)
    canvas.flat("M104 376H412Q420 390 410 400H200V408H108Z", shade(colour, 0.62))
    canvas.gloss("M142 136q-8 90-4 170h14q-4-90 2-170Z", 0.25)


@drawing("socks", "fabric", ("front", "tilt", "pair"), foot=120)
def socks(canvas: Canvas, camera: int) -> None:
    """A pair of socks."""
    for dx, dy, colour in ((86, 0, shade(canvas.main, 0.1)), (0, 10, canvas.main)):
        with canvas.group(f"translate({dx} {dy})"):
            canvas.solid(
                "M122 74H230V236Q236 270 292 304Q320 324 304 362Q286 396 240 388Q140 368 124 290Q116 230 122 74Z",
                colour,
                pattern=True,
            )
            canvas.flat(box(116, 68, 120, 48, 10), canvas.second)
            canvas.flat("M124 258Q168 262 172 304Q160 346 150 338Q128 312 124 258Z", canvas.second)
            canvas.flat("M282 298Q320 322 304 362Q292 386 266 390Q246 340 282 298Z", canvas.second)


@drawing("tote", "fabric", ("front", "tilt", "small+leaf"), foot=120)
def tote(canvas: Canvas, camera: int) -> None:
    """A canvas tote with long handles."""
    colour = canvas.main
    canvas.stroke("M176 190Q172 60 240 60Q308 60 304 190", shade(colour, 0.26), 14)
    canvas.solid(poly((124, 176), (356, 176), (344, 404, 16), (136, 404, 16), r=6), colour, pattern=True)
    canvas.stroke("M172 232Q164 84 240 84Q316 84 308 232", canvas.second if len(canvas.given) > 1 else shade(colour, 0.16), 15)
    canvas.stroke("M128 196H352", shade(colour, 0.22), 3, 1, "7 6")
    for x in (172, 308):
        canvas.flat(box(x - 11, 224, 22, 22, 4), shade(colour, 0.32))
    if not canvas.detail.get("pattern"):
        canvas.flat(oval(240, 306, 42), canvas.second, 0.85)
        canvas.flat("M240 334q-30-22-20-42q14-12 20 6q6-18 20-6q10 20-20 42Z", colour)
    canvas.gloss("M146 210q0 80 8 160h12q-8-80-8-160Z", 0.22)


@drawing("handbag", "leather", ("front", "podium", "pair"), foot=140)
def handbag(canvas: Canvas, camera: int) -> None:
    """A structured handbag with a flap and a clasp."""
    colour = canvas.main
    canvas.stroke("M160 214Q156 92 240 92Q324 92 320 214", shade(colour, 0.3), 15)
    canvas.stroke("M158 208Q154 90 238 90", tint(colour, 0.15), 4, 0.7)
    canvas.solid(poly((116, 196, 26), (364, 196, 26), (392, 404, 30), (88, 404, 30)), colour)
    canvas.solid(
        poly((110, 190, 24), (370, 190, 24), (376, 278, 30), (240, 330, 60), (104, 278, 30)),
        tint(colour, 0.12),
        (-4, -7),
    )
    canvas.stroke(
        poly((120, 204), (126, 268), (240, 312), (354, 268), (360, 204), r=26, close=False),
        tint(colour, 0.45),
        2.4,
        0.9,
        "6 5",
    )
    canvas.solid(box(218, 280, 44, 48, 10), "#dcb35c", (-4, -4))
    canvas.dot(240, 304, 8, "#a97d2f")
    for x in (160, 320):
        canvas.stroke(oval(x, 210, 12), "#dcb35c", 6)
    canvas.gloss("M134 214h80q-30 8-76 40Z", 0.22)


@drawing("shoulder-bag", "leather", ("front", "podium", "pair"), foot=140)
def shoulder_bag(canvas: Canvas, camera: int) -> None:
    """A small crossbody bag on a long strap."""
    colour = canvas.main
    canvas.stroke("M122 270Q104 60 240 56Q376 60 358 270", shade(colour, 0.22), 10)
    canvas.solid(box(98, 226, 284, 178, 44), colour)
    canvas.solid("M98 262Q98 226 140 226H340Q382 226 382 262Q372 336 240 340Q108 336 98 262Z", tint(colour, 0.14), (-3, -8))
    canvas.solid(box(220, 312, 40, 40, 20), "#dcb35c", (-4, -4))
    for x in (122, 358):
        canvas.stroke(oval(x, 262, 11), "#dcb35c", 6)
    canvas.gloss(box(134, 240, 110, 10, 5), 0.35)


@drawing("wallet", "leather", ("small", "tilt", "pair"), foot=150)
def wallet(canvas: Canvas, camera: int) -> None:
    """A folded wallet or clutch."""
    colour = canvas.main
    canvas.flat(box(106, 176, 250, 60, 10), "#f3ead9")
    canvas.flat(box(118, 162, 226, 60, 10), "#7fa6a0")
    canvas.solid(box(84, 194, 312, 212, 26), colour)
    canvas.stroke(box(96, 206, 288, 188, 18), tint(colour, 0.4), 2.6, 0.9, "7 6")
    canvas.solid(poly((318, 264, 20), (410, 264, 24), (410, 336, 24), (318, 336, 20)), tint(colour, 0.1), (-4, -5))
    canvas.dot(350, 300, 14, "#dcb35c")
    canvas.dot(347, 297, 5, "#f6e3b0")
    canvas.gloss(box(112, 216, 120, 9, 4), 0.3)


@drawing("backpack", "sport", ("front", "tilt", "small+leaf"), foot=130)
def backpack(canvas: Canvas, camera: int) -> None:
    """A backpack with a front pocket."""
    colour, trim = canvas.main, canvas.second
    canvas.stroke("M208 84Q208 46 240 46Q272 46 272 84", shade(colour, 0.35), 13)
    for side in (-1, 1):
        canvas.solid(
            curve(*[(240 + side * x, y) for x, y in ((112, 250), (150, 272), (152, 372), (112, 392))]),
            shade(colour, 0.14),
            (-4, -3),
        )
    canvas.solid("M122 210Q122 76 240 76Q358 76 358 210V368Q358 408 318 408H162Q122 408 122 368Z", colour, pattern=True)
    canvas.stroke("M142 232Q140 104 240 102Q340 104 338 232", shade(colour, 0.3), 5)
    canvas.flat(box(330, 222, 14, 30, 5), "#e7d9bd")
    canvas.solid("M152 292Q152 262 184 262H296Q328 262 328 292V372Q328 392 308 392H172Q152 392 152 372Z", trim, (-8, -6))
    canvas.stroke("M164 300H316", shade(trim, 0.3), 5)
    canvas.flat(box(298, 298, 10, 32, 4), shade(trim, 0.5))
    canvas.solid(box(206, 138, 68, 46, 10), trim, (-4, -4))
    canvas.gloss("M150 190q6-72 62-84q-36 26-44 90Z", 0.28)


@drawing("suitcase", "sport", ("front", "tilt", "pair"), foot=120)
def suitcase(canvas: Canvas, camera: int) -> None:
    """Cabin luggage on wheels."""
    colour = canvas.main
    canvas.stroke("M206 132V48H274V132", "#a9b0b8", 11)
    canvas.flat(box(194, 36, 92, 24, 10), "#3c3f48")
    for x in (148, 308):
        canvas.flat(box(x, 384, 26, 24, 9), "#33353c")
    canvas.solid(box(118, 116, 244, 276, 34), colour)
    for x in (160, 200, 240, 280, 320):
        canvas.stroke(f"M{x} 142V366", shade(colour, 0.22), 7)
        canvas.stroke(f"M{x - 8} 142V366", tint(colour, 0.3), 3, 0.7)
    canvas.solid(box(202, 100, 76, 26, 12), shade(colour, 0.35), (-3, -4))
    for x, y in ((118, 116), (334, 116), (118, 364), (334, 364)):
        canvas.flat(box(x, y, 28, 28, 12), shade(colour, 0.3), 0.7)
    canvas.flat(box(338, 226, 16, 44, 5), canvas.second)


@drawing("belt", "leather", ("front", "tilt", "pair"), foot=140)
def belt(canvas: Canvas, camera: int) -> None:
    """A coiled belt."""
    colour = canvas.main
    canvas.stroke(oval(240, 262, 122, 104), shade(colour, 0.3), 46)
    canvas.stroke(oval(240, 258, 122, 104), colour, 40)
    canvas.stroke(oval(240, 258, 122, 104), tint(colour, 0.35), 2.4, 0.9, "8 7")
    canvas.solid(poly((240, 338), (420, 338), (436, 358), (420, 380), (240, 380), r=8), colour, (-4, -5))
    canvas.stroke(box(196, 326, 72, 66, 12), "#cfd4da", 13)
    canvas.stroke("M206 359H262", "#aab1b9", 8)
    for x in (320, 350, 380):
        canvas.dot(x, 359, 5, shade(colour, 0.6))
