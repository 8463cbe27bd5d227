"""Make-up, skin care, scent, washing and health."""

# ruff: noqa: ARG001 - every painter takes the camera; most leave it to the frame

from __future__ import annotations

from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import mix, shade, tint
from huichang.pictures.shapes import arc, box, curve, oval, poly
from huichang.pictures.stage import drawing


def label(canvas: Canvas, x: float, y: float, width: float, height: float, paper: str = "#fffaf2") -> None:
    """A blank label with two quiet lines instead of words."""
    canvas.flat(box(x, y, width, height, 6), paper, 0.92)
    ink = shade(paper, 0.35)
    canvas.flat(box(x + width * 0.2, y + height * 0.34, width * 0.6, max(4, height * 0.09), 3), ink)
    canvas.flat(box(x + width * 0.3, y + height * 0.56, width * 0.4, max(3, height * 0.06), 2), ink, 0.6)


@drawing(
    "lipstick",
    "beauty",
    ("front", "tilt", "trio"),
    foot=60,
    usual=(("#c94a55", "#2f2d36"), ("#d9796a", "#dcb35c"), ("#b5446e", "#f0e6da"), ("#e2705f", "#3a2f3a")),
)
def lipstick(canvas: Canvas, camera: int) -> None:
    """A lipstick bullet in its case."""
    case = canvas.second
    canvas.solid("M204 176Q206 92 262 74Q278 72 278 96V240H204Z", canvas.main)
    canvas.flat("M204 176Q206 92 262 74Q240 118 236 190Q214 196 204 176Z", tint(canvas.main, 0.25))
    canvas.solid(box(192, 226, 98, 70, 4), "#dcb35c", (-16, 0))
    canvas.solid(box(178, 284, 124, 124, 10), case, (-14, 0))
    canvas.flat(box(178, 300, 124, 6), "#dcb35c")
    canvas.gloss(box(194, 316, 10, 80, 5), 0.35)
    canvas.gloss(box(202, 236, 9, 44, 4), 0.5)


@drawing("perfume", "beauty", ("front", "podium", "small+leaf"), foot=100)
def perfume(canvas: Canvas, camera: int) -> None:
    """A square perfume flacon."""
    canvas.solid(box(200, 72, 80, 78, 10), canvas.second, (-12, 0))
    canvas.flat(box(214, 146, 52, 26, 3), "#dcb35c")
    canvas.solid(box(136, 166, 208, 242, 30), tint(canvas.main, 0.45))
    canvas.flat("M152 250Q240 236 328 250V370Q328 392 306 392H174Q152 392 152 370Z", canvas.main, 0.85)
    label(canvas, 184, 272, 112, 74)
    canvas.gloss("M152 200q2-20 22-20h10v210h-16q-16-4-16-22Z", 0.4)


@drawing("pump-bottle", "beauty", ("front", "podium", "pair"), foot=80)
def pump_bottle(canvas: Canvas, camera: int) -> None:
    """A bottle with a pump: lotion, shampoo, soap."""
    canvas.flat("M232 132V84H186Q172 84 168 98L158 94Q164 66 190 66H268V132Z", shade(canvas.second, 0.15))
    canvas.solid(box(204, 126, 72, 44, 8), canvas.second, (-10, 0))
    canvas.solid(box(158, 164, 164, 244, 42), canvas.main)
    label(canvas, 176, 238, 128, 104)
    canvas.gloss(box(176, 190, 12, 190, 6), 0.35)


@drawing("skincare", "beauty", ("front", "podium", "pair"), foot=70)
def skincare(canvas: Canvas, camera: int) -> None:
    """A dropper bottle of serum."""
    canvas.solid(curve((240, 52), (268, 70), (268, 120), (240, 132), (212, 120), (212, 70)), "#5a4a4f")
    canvas.solid(box(200, 122, 80, 56, 8), canvas.second, (-12, 0))
    for x in (212, 226, 240, 254, 268):
        canvas.stroke(f"M{x} 130V170", shade(canvas.second, 0.2), 3)
    canvas.solid(
        "M206 176H274Q276 206 308 216Q322 224 322 250V382Q322 408 296 408H184Q158 408 158 382V250Q158 224 172 216Q204 206 206 176Z",
        canvas.main,
    )
    label(canvas, 174, 266, 132, 96)
    canvas.gloss(box(174, 246, 11, 140, 5), 0.4)


@drawing("spray", "beauty", ("front", "podium", "pair"), foot=62)
def spray(canvas: Canvas, camera: int) -> None:
    """A deodorant or hair-spray can."""
    canvas.solid(box(192, 64, 96, 92, 26), canvas.second, (-14, 0))
    canvas.flat(box(184, 142, 112, 22, 8), "#c6ccd3")
    canvas.solid(box(174, 156, 132, 252, 24), canvas.main, (-16, 0))
    canvas.flat("M174 250Q240 214 306 262V330Q240 292 174 330Z", canvas.second)
    canvas.dot(240, 214, 22, tint(canvas.main, 0.6))
    canvas.gloss(box(190, 176, 11, 200, 5), 0.45)


@drawing("cream-jar", "beauty", ("front", "podium", "pair"), foot=130)
def cream_jar(canvas: Canvas, camera: int) -> None:
    """A jar of cream."""
    canvas.solid(box(112, 266, 256, 142, 36), canvas.main)
    canvas.solid(box(104, 186, 272, 90, 20), canvas.second, (-14, -6))
    canvas.flat(box(112, 266, 256, 8), shade(canvas.main, 0.35), 0.6)
    label(canvas, 176, 302, 128, 74)
    canvas.gloss(box(124, 200, 110, 10, 5), 0.5)


@drawing("tube", "beauty", ("front", "tilt", "pair"), foot=66)
def tube(canvas: Canvas, camera: int) -> None:
    """A squeezed tube standing on its cap."""
    canvas.solid(poly((158, 66, 4), (322, 66, 4), (290, 346), (190, 346), r=10), canvas.main)
    canvas.flat(box(156, 60, 168, 30, 4), shade(canvas.main, 0.15))
    canvas.solid(box(184, 340, 112, 68, 12), canvas.second, (-12, 0))
    canvas.flat("M176 168H304L296 260H184Z", "#fffaf2", 0.9)
    canvas.flat(box(206, 190, 68, 10, 4), canvas.second)
    canvas.flat(box(216, 216, 48, 8, 3), canvas.second, 0.6)
    canvas.gloss("M178 100l16 220h12l-14-220Z", 0.35)


@drawing("makeup-palette", "beauty", ("small", "tilt", "close"), foot=150, focus=(240, 320))
def makeup_palette(canvas: Canvas, camera: int) -> None:
    """An open palette of powders with its mirror."""
    canvas.solid(box(94, 84, 292, 150, 18), canvas.second)
    canvas.flat(box(112, 100, 256, 118, 10), "#dcecf2")
    canvas.flat("M130 214L222 104h44L174 214Z", "#fff", 0.5)
    canvas.solid(box(86, 238, 308, 170, 20), canvas.second, (-6, -6))
    tones = (
        canvas.main,
        tint(canvas.main, 0.4),
        shade(canvas.main, 0.3),
        mix(canvas.main, "#d7b36a", 0.6),
        mix(canvas.main, "#8a5a6c", 0.6),
        mix(canvas.main, "#fff3e2", 0.7),
    )
    for index, tone in enumerate(tones):
        canvas.solid(box(106 + index % 3 * 92, 254 + index // 3 * 70, 80, 58, 8), tone, (-4, -4), amount=0.14)


@drawing("makeup-brush", "beauty", ("front", "tilt", "small+leaf"), foot=90)
def makeup_brush(canvas: Canvas, camera: int) -> None:
    """Brushes or combs in a cup."""
    for x, lean, size in ((186, -13, 1.0), (244, 1, 1.2), (298, 14, 0.85)):
        with canvas.group(f"rotate({lean} {x} 380)"):
            canvas.flat(box(x - 7, 170, 14, 180, 6), "#3b3640")
            canvas.flat(box(x - 11, 158, 22, 40, 3), "#dcb35c")
            canvas.solid(
                curve((x, 160 - 92 * size), (x + 30 * size, 120), (x + 12, 162), (x - 12, 162), (x - 30 * size, 120)),
                mix(canvas.main, "#f6e3dc", 0.35),
                (-5, -3),
            )
    canvas.solid(poly((152, 268, 8), (328, 268, 8), (314, 406, 18), (166, 406, 18)), canvas.main)
    canvas.flat(poly((154, 300), (326, 300), (323, 322), (157, 322), r=2), canvas.second)


@drawing("soap", "beauty", ("front", "mirror+leaf", "pair"), foot=150)
def soap(canvas: Canvas, camera: int) -> None:
    """Soap with bubbles."""
    canvas.solid(box(88, 262, 304, 146, 56), canvas.main)
    canvas.flat(box(128, 284, 224, 96, 40), tint(canvas.main, 0.25))
    canvas.stroke(oval(240, 332, 46, 22), shade(canvas.main, 0.15), 5)
    for x, y, radius in ((160, 220, 34), (222, 184, 22), (120, 168, 16), (276, 232, 18), (196, 126, 12)):
        canvas.dot(x, y, radius, "#fff", 0.55)
        canvas.dot(x - radius * 0.3, y - radius * 0.35, radius * 0.25, "#fff", 0.9)


@drawing("face-mask", "fabric", ("small", "tilt", "pair"), foot=0)
def face_mask(canvas: Canvas, camera: int) -> None:
    """A protective mask or sheet mask."""
    for side in (-1, 1):
        canvas.stroke(arc((240 + side * 132, 190), (240 + side * 128, 312), side * 44), shade(canvas.main, 0.12), 7)
    canvas.solid(
        curve(
            (240, 152),
            (330, 168),
            (382, 192),
            (372, 296),
            (316, 344),
            (240, 360),
            (164, 344),
            (108, 296),
            (98, 192),
            (150, 168),
        ),
        canvas.main,
        pattern=True,
    )
    for y in (212, 256, 300):
        canvas.stroke(arc((116, y), (364, y), -14), shade(canvas.main, 0.2), 4)


@drawing(
    "medicine",
    "beauty",
    ("front", "mirror", "pair"),
    foot=90,
    usual=(("#f4f2ec", "#5d9a80"), ("#e9b26a", "#f7f3ea"), ("#b7d0de", "#4a7fc1")),
)
def medicine(canvas: Canvas, camera: int) -> None:
    """A jar of tablets or health food."""
    canvas.solid(box(158, 84, 164, 70, 14), canvas.second, (-14, 0))
    for x in range(176, 316, 18):
        canvas.stroke(f"M{x} 96V142", shade(canvas.second, 0.2), 4)
    canvas.solid(box(142, 150, 196, 258, 34), canvas.main, (-14, 0))
    canvas.flat(box(142, 214, 196, 130), canvas.second)
    canvas.flat(box(226, 238, 28, 82, 6) + box(199, 265, 82, 28, 6), "#fff", 0.9)
    for x, y, turn in ((372, 392, 20), (108, 396, -24)):
        with canvas.group(f"rotate({turn} {x} {y})"):
            canvas.flat(box(x - 26, y - 11, 52, 22, 11), canvas.second)
            canvas.flat(box(x, y - 11, 26, 22, 11), "#fdf6ea")


@drawing("candle", "beauty", ("front", "podium", "pair"), foot=90)
def candle(canvas: Canvas, camera: int) -> None:
    """A scented candle in a glass."""
    canvas.dot(240, 132, 62, "#ffdf8f", 0.35)
    canvas.flat("M240 84Q274 126 258 152Q240 168 222 152Q208 128 240 84Z", "#f6a63f")
    canvas.flat("M240 116Q256 140 248 152Q240 160 232 152Q226 138 240 116Z", "#fff0b8")
    canvas.stroke("M240 160V196", "#5a4a42", 5)
    canvas.solid(box(146, 186, 188, 222, 26), tint(canvas.main, 0.3))
    canvas.flat(oval(240, 200, 84, 13), mix(canvas.main, "#fff6e4", 0.75))
    label(canvas, 178, 268, 124, 92)
    canvas.gloss(box(162, 216, 11, 166, 5), 0.4)


@drawing(
    "wig",
    "beauty",
    ("front", "mirror", "small+leaf"),
    foot=90,
    usual=(("#6b4432", "#e6d9c6"), ("#2c2e35", "#e6d9c6"), ("#b98a57", "#e6d9c6")),
)
def wig(canvas: Canvas, camera: int) -> None:
    """Hair on a stand, or hair colour."""
    canvas.flat(box(216, 296, 48, 90, 10), "#e6d9c6")
    canvas.flat(box(172, 380, 136, 26, 12), "#c9a878")
    canvas.solid(
        curve(
            (240, 62),
            (330, 104),
            (352, 220),
            (344, 330),
            (368, 376),
            (296, 384),
            (184, 384),
            (112, 376),
            (136, 330),
            (128, 220),
            (150, 104),
        ),
        canvas.main,
    )
    canvas.flat(curve((240, 150), (290, 168), (292, 250), (240, 306), (188, 250), (190, 168)), "#f0dfca")
    canvas.flat("M182 208Q196 150 264 132Q306 160 300 214Q282 190 268 176Q230 200 182 208Z", canvas.main)
    canvas.stroke(arc((162, 140), (152, 300), -10), tint(canvas.main, 0.3), 7, 0.7)
