"""The panda plush, in every form it is sold."""

from __future__ import annotations

from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import lightness, mix, shade, tint
from huichang.pictures.shapes import box, curve, oval, poly, star
from huichang.pictures.stage import drawing

_BAMBOO = "#86b36f"


def _panda_colours(canvas: Canvas) -> tuple[str, str, str]:
    """(patches, fur, accent): the darkest colour makes the patches, the lightest the fur."""
    ordered = sorted(canvas.given, key=lightness)
    dark = ordered[0] if lightness(ordered[0]) < 0.8 else "#2c2e35"
    fur = ordered[-1] if len(ordered) > 1 and lightness(ordered[-1]) > 0.6 else "#f9f6f0"
    rest = [colour for colour in canvas.given if colour not in (dark, fur)]
    return dark, fur, rest[0] if rest else "#e2705f"


def _panda_head(canvas: Canvas, cx: float, cy: float, size: float, dark: str, fur: str) -> None:
    with canvas.group(f"translate({cx:.0f} {cy:.0f}) scale({size:.2f})"):
        with canvas.twice(0):
            canvas.flat(oval(-84, -78, 38), dark)
            canvas.flat(oval(-84, -72, 19), tint(dark, 0.35), 0.7)
        canvas.solid(
            curve(
                (0, -104),
                (76, -84),
                (122, -14),
                (104, 54),
                (52, 88),
                (0, 94),
                (-52, 88),
                (-104, 54),
                (-122, -14),
                (-76, -84),
            ),
            fur,
            (-12, -10),
            amount=0.16,
        )
        with canvas.twice(0):
            with canvas.group("rotate(-28 -48 4)"):
                canvas.flat(oval(-48, 6, 27, 36), dark)
            canvas.dot(-44, 2, 14, "#15131a")
            canvas.dot(-46, -4, 5, "#fff")
            canvas.flat(oval(-78, 46, 17, 11), "#f3a6a0", 0.6)
        canvas.flat(curve((0, 30), (15, 34), (0, 48), (-15, 34)), "#2a2730")
        canvas.stroke("M0 47v7M-20 56q10 11 20-1q10 12 20 1", "#2a2730", 4)
        canvas.gloss(oval(-48, -66, 26, 12), 0.7)


def _paw(canvas: Canvas, cx: float, cy: float, turn: float, dark: str) -> None:
    """A hind foot, sole towards us."""
    pads = "".join(oval(cx + x, cy + y, 7.5) for x, y in ((-20, -16), (0, -26), (20, -16)))
    with canvas.group(f"rotate({turn:.0f} {cx:.0f} {cy:.0f})"):
        canvas.solid(oval(cx, cy, 44, 50), dark, (-6, -6))
        canvas.flat(oval(cx, cy + 10, 20, 18) + pads, "#f0b3ab", 0.9)


def _bamboo_in_arm(canvas: Canvas) -> None:
    with canvas.group("rotate(24 250 300)"):
        canvas.solid(box(241, 196, 17, 196, 7), _BAMBOO, (-5, 0))
        for y in (250, 318):
            canvas.flat(box(238, y, 23, 6, 3), "#6a9858")
        for d in ("M252 204q34-34 66-22q-26 28-66 22Z", "M246 200q-34-32-62-12q24 24 62 12Z"):
            canvas.flat(d, "#6fa35c")


def _wear(canvas: Canvas, accent: str) -> None:
    wear = canvas.detail.get("wear", "")
    if wear == "scarf":
        canvas.solid(curve((168, 250), (240, 274), (312, 250), (310, 278), (240, 298), (170, 278)), accent, (-4, -5))
        canvas.solid(poly((276, 280), (306, 274), (316, 340), (286, 346), r=7), accent, (-5, -2))
    elif wear == "bow":
        canvas.solid(curve((240, 284), (190, 262), (182, 296), (200, 308)), accent, (-4, -4))
        canvas.solid(curve((240, 284), (290, 262), (298, 296), (280, 308)), accent, (-4, -4))
        canvas.dot(240, 286, 13, shade(accent, 0.15))
    elif wear == "hat":
        canvas.solid(curve((176, 92), (240, 8), (304, 92), (240, 104)), accent, (-8, -4))
        canvas.dot(240, 24, 15, "#fffaf0")


def _panda_sitting(canvas: Canvas, hug: bool, dark: str, fur: str, accent: str) -> None:
    with canvas.twice():
        canvas.flat(oval(128, 372, 52, 36), dark)
    canvas.solid(
        curve((240, 224), (322, 262), (348, 340), (306, 398), (240, 408), (174, 398), (132, 340), (158, 262)),
        fur,
        (-12, -10),
        amount=0.16,
    )
    with canvas.inside(oval(240, 240, 130, 62)):
        canvas.flat(box(100, 200, 280, 92), dark)
    if hug:
        _bamboo_in_arm(canvas)
    with canvas.twice():
        with canvas.group(f"rotate({-38 if hug else -24} 142 268)"):
            canvas.solid(oval(142, 310, 32, 60), dark, (-6, -5))
        _paw(canvas, 152, 366, -12, dark)
    _panda_head(canvas, 240, 164, 1.06, dark, fur)
    _wear(canvas, accent)


def _panda_lying(canvas: Canvas, dark: str, fur: str) -> None:
    canvas.solid(
        curve((250, 250), (352, 244), (424, 300), (428, 372), (388, 404), (220, 406), (180, 330)),
        fur,
        (-12, -10),
        amount=0.16,
    )
    canvas.solid(curve((262, 248), (318, 246), (322, 330), (306, 404), (220, 404), (206, 320)), dark)
    canvas.solid(oval(392, 384, 54, 28), dark, (-6, -6))
    for x in (118, 246):
        canvas.solid(oval(x, 384, 52, 26), dark, (-6, -6))
    _panda_head(canvas, 182, 274, 1.02, dark, fur)


def _panda_keyring(canvas: Canvas, dark: str, fur: str, accent: str) -> None:
    canvas.stroke(oval(240, 66, 30), "#c9ced6", 9)
    canvas.stroke(oval(240, 66, 30), "#eef1f4", 3)
    canvas.solid(box(228, 94, 24, 62, 8), accent, (-6, 0))
    canvas.dot(240, 148, 9, "#d9b25f")
    with canvas.group("translate(62 108) scale(.74)"):
        _panda_sitting(canvas, False, dark, fur, accent)


def _panda_puppet(canvas: Canvas, dark: str, fur: str) -> None:
    with canvas.twice(), canvas.group("rotate(52 170 286)"):
        canvas.solid(oval(170, 334, 31, 70), dark, (-6, -5))
    canvas.solid(
        curve((196, 236), (284, 236), (306, 320), (322, 404), (240, 412), (158, 404), (174, 320)),
        fur,
        (-14, -4),
        amount=0.16,
    )
    canvas.flat(curve((160, 396), (240, 386), (320, 396), (318, 408), (240, 414), (162, 408)), dark)
    canvas.flat(curve((192, 240), (288, 240), (296, 288), (240, 300), (184, 288)), dark)
    _panda_head(canvas, 240, 154, 1.02, dark, fur)


def _panda_soother(canvas: Canvas, dark: str, fur: str, accent: str) -> None:
    cloth = mix(accent, "#ffffff", 0.55)
    canvas.solid(
        curve(
            (240, 196),
            (330, 236),
            (424, 254),
            (398, 330),
            (404, 402),
            (310, 392),
            (240, 408),
            (170, 392),
            (76, 402),
            (82, 330),
            (56, 254),
            (150, 236),
        ),
        cloth,
        (-9, -8),
    )
    for x, y in ((128, 300), (188, 350), (292, 350), (352, 300), (240, 376), (150, 364), (330, 364)):
        canvas.flat(poly(*star(x, y, 12, 6), r=3), "#fff", 0.75)
    with canvas.twice(), canvas.group("rotate(-42 168 270)"):
        canvas.solid(oval(156, 300, 24, 44), dark, (-5, -5))
    _panda_head(canvas, 240, 168, 1.0, dark, fur)


def _panda_pillow(canvas: Canvas, dark: str, fur: str) -> None:
    _panda_head(canvas, 240, 262, 1.5, dark, fur)


@drawing(
    "panda-plush",
    views=("front", "front+bamboo", "small+bamboo"),
    foot=150,
    focus=(240, 200),
    usual=(("#2c2e35", "#f9f6f0", "#e2705f"),),
)
def panda_plush(canvas: Canvas, camera: int) -> None:
    """A panda: form = sitting | bamboo | lying | keyring | puppet | soother | pillow; wear = scarf | bow | hat."""
    dark, fur, accent = _panda_colours(canvas)
    form = canvas.detail.get("form", "")
    if form == "keyring":
        _panda_keyring(canvas, dark, fur, accent)
    elif form == "puppet":
        _panda_puppet(canvas, dark, fur)
    elif form == "soother":
        _panda_soother(canvas, dark, fur, accent)
    elif form == "pillow":
        _panda_pillow(canvas, dark, fur)
    elif form == "lying" or (camera == 1 and not form and not canvas.detail.get("wear")):
        _panda_lying(canvas, dark, fur)
    else:
        _panda_sitting(canvas, form == "bamboo" or camera == 2, dark, fur, accent)
