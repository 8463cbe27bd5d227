"""Jewellery and accessories."""

# ruff: noqa: ARG001 - every painter takes the camera; most leave it to the frame

from __future__ import annotations

from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import lightness, shade, tint
from huichang.pictures.shapes import arc, around, box, curve, oval, poly, star
from huichang.pictures.stage import drawing


@drawing("necklace", "gold", ("front", "mirror", "close"), foot=0, focus=(240, 290))
def necklace(canvas: Canvas, camera: int) -> None:
    """A chain with a pendant on a bust card."""
    canvas.solid("M178 60Q190 130 112 158Q70 220 82 404H398Q410 220 368 158Q290 130 302 60Z", "#efe5d8", amount=0.1)
    canvas.stroke("M176 84Q180 262 240 292Q300 262 304 84", shade(canvas.main, 0.25), 6)
    canvas.stroke("M176 82Q180 260 240 290Q300 260 304 82", canvas.main, 5, 1, "1 8")
    canvas.stroke(oval(240, 298, 10), canvas.main, 5)
    canvas.solid("M240 306Q290 352 274 384Q240 412 206 384Q190 352 240 306Z", canvas.main, (-6, -5))
    canvas.solid("M240 332Q266 360 258 378Q240 392 222 378Q214 360 240 332Z", canvas.second, (-4, -4))
    canvas.flat(oval(230, 364, 5, 8), "#fff", 0.8)


@drawing("ring", "gold", ("front", "tilt", "pair"), foot=110)
def ring(canvas: Canvas, camera: int) -> None:
    """A ring with a stone."""
    canvas.stroke(oval(240, 294, 98, 98), shade(canvas.main, 0.3), 26)
    canvas.stroke(oval(237, 290, 98, 98), canvas.main, 18)
    canvas.stroke(arc((156, 252), (206, 198), 12), "#fff", 6, 0.6)
    canvas.flat(poly((206, 176), (274, 176), (258, 206), (222, 206), r=3), shade(canvas.main, 0.15))
    canvas.flat(poly((178, 116), (206, 78), (274, 78), (302, 116), (240, 190), r=2), canvas.second)
    canvas.flat("M178 116H302L240 190Z", shade(canvas.second, 0.2))
    canvas.flat("M206 78L222 116L240 78L258 116L274 78Z", tint(canvas.second, 0.5))
    canvas.flat("M222 116H258L240 190Z", tint(canvas.second, 0.25))
    for x, y in ((330, 84), (150, 96)):
        canvas.flat(poly(*star(x, y, 17, 5, 4), r=1), "#fff")


@drawing("earrings", "gold", ("front", "tilt", "close"), foot=0)
def earrings(canvas: Canvas, camera: int) -> None:
    """A pair of drop earrings on a card."""
    canvas.solid(box(104, 64, 272, 344, 18), "#fbf6ee", (-5, -5), amount=0.1)
    for x in (178, 302):
        canvas.stroke(oval(x, 150, 19), canvas.main, 6)
        canvas.dot(x, 182, 12, canvas.main)
        canvas.solid(curve((x, 194), (x + 38, 262), (x, 308), (x - 38, 262)), canvas.main, (-6, -5))
        canvas.solid(curve((x, 224), (x + 20, 262), (x, 288), (x - 20, 262)), canvas.second, (-4, -4))
        for dx in (-24, 0, 24):
            canvas.dot(x + dx, 326 - abs(dx) * 0.6, 7, canvas.main)
        canvas.flat(oval(x - 7, 254, 4, 8), "#fff", 0.8)


@drawing("bracelet", "gold", ("front", "tilt", "pair"), foot=130)
def bracelet(canvas: Canvas, camera: int) -> None:
    """Bangles, one of beads."""
    for y, colour in ((324, shade(canvas.main, 0.12)), (272, canvas.second), (220, canvas.main)):
        canvas.stroke(oval(240, y, 136, 66), shade(colour, 0.3), 27)
        canvas.stroke(oval(238, y - 4, 136, 66), colour, 20)
    canvas.stroke(oval(238, 216, 136, 66), tint(canvas.second, 0.4), 9, 1, "1 21")
    canvas.stroke(arc((120, 196), (186, 160), 9), "#fff", 6, 0.6)


@drawing("brooch", "gold", ("small", "tilt", "pair"), foot=0)
def brooch(canvas: Canvas, camera: int) -> None:
    """A flower brooch, hair clip or pin."""
    for x, y in around(240, 240, 82, 6, 30):
        canvas.solid(oval(x, y, 58), canvas.main, (-7, -7))
        canvas.dot(x, y, 27, canvas.second)
        canvas.flat(oval(x - 9, y - 9, 8, 6), "#fff", 0.7)
    canvas.solid(oval(240, 240, 46), tint(canvas.main, 0.3), (-5, -5))
    for x, y in around(240, 240, 24, 7):
        canvas.dot(x, y, 7, "#fffdf4")


@drawing("sunglasses", "leather", ("small", "tilt", "pair"), foot=150)
def sunglasses(canvas: Canvas, camera: int) -> None:
    """Sunglasses."""
    lens = "#3a4150" if lightness(canvas.second) > 0.7 else canvas.second
    canvas.stroke("M84 236Q50 220 44 262M396 236Q430 220 436 262", shade(canvas.main, 0.2), 14)
    for x in (74, 256):
        outline = poly((x, 222, 22), (x + 150, 222, 22), (x + 140, 330, 44), (x + 76, 344, 30), (x + 10, 330, 44))
        canvas.solid(outline, lens)
        canvas.gloss(f"M{x + 26} 236h44l-40 84q-16-10-20-30Z", 0.25)
        canvas.stroke(outline, canvas.main, 15)
    canvas.stroke("M220 244Q240 226 260 244", canvas.main, 14)
    canvas.stroke("M80 230Q150 212 216 230", tint(canvas.main, 0.4), 4, 0.8)


@drawing("hat", "fabric", ("front", "mirror", "pair"), foot=160)
def hat(canvas: Canvas, camera: int) -> None:
    """A brimmed sun hat."""
    canvas.flat(oval(240, 350, 196, 56), shade(canvas.main, 0.3))
    canvas.solid(oval(240, 340, 196, 54), canvas.main, (-4, -8), pattern=True)
    canvas.solid("M132 334Q128 176 240 172Q352 176 348 334Q240 368 132 334Z", canvas.main, (-12, -6), pattern=True)
    canvas.flat("M131 304Q240 344 349 304L348 336Q240 370 132 336Z", canvas.second)
    canvas.gloss(curve((168, 242), (188, 204), (214, 196), (188, 254)), 0.3)


@drawing("cap", "sport", ("front", "mirror", "pair"), foot=150)
def cap(canvas: Canvas, camera: int) -> None:
    """A baseball cap."""
    canvas.solid("M300 316Q420 316 446 372Q450 392 424 390Q360 366 268 366Z", canvas.second, (-4, -7))
    canvas.solid(
        "M92 340Q84 162 224 150Q338 152 346 320Q346 352 300 358Q180 372 112 362Q92 358 92 340Z",
        canvas.main,
        pattern=True,
    )
    canvas.stroke("M222 152Q274 220 272 360M222 152Q150 220 148 364", shade(canvas.main, 0.28), 4)
    canvas.dot(222, 148, 12, canvas.second)
    canvas.gloss(curve((126, 252), (150, 204), (176, 190), (146, 264)), 0.3)


@drawing("beanie", "fabric", ("front", "tilt", "pair"), foot=130)
def beanie(canvas: Canvas, camera: int) -> None:
    """A knitted hat with a pompom."""
    canvas.dot(240, 106, 48, canvas.second)
    outline = "M112 330Q108 144 240 138Q372 144 368 330Z"
    canvas.solid(outline, canvas.main, pattern=True)
    with canvas.inside(outline):
        for x in range(132, 360, 36):
            canvas.stroke(
                f"M{x} 330Q{240 + (x - 240) * 0.9:.0f} 230 {240 + (x - 240) * 0.4:.0f} 150",
                shade(canvas.main, 0.22),
                5,
                0.8,
            )
    canvas.solid(box(96, 308, 288, 92, 30), canvas.second, (-7, -7))
    for x in range(124, 372, 24):
        canvas.stroke(f"M{x} 326V384", shade(canvas.second, 0.2), 5)


@drawing("scarf", "fabric", ("front", "tilt", "small+branch"), foot=100)
def scarf(canvas: Canvas, camera: int) -> None:
    """A scarf looped once, with fringes."""
    for x, low in ((186, 392), (258, 404)):
        canvas.stroke("".join(f"M{x + step} {low - 20}v30" for step in range(6, 70, 13)), canvas.second, 5)
    canvas.solid(poly((250, 200), (322, 196), (330, 384), (256, 390), r=8), shade(canvas.main, 0.08), (-5, -3), pattern=True)
    canvas.solid(poly((176, 190), (260, 196), (256, 376), (182, 376), r=8), canvas.main, (-6, -3), pattern=True)
    canvas.solid(
        curve((240, 78), (332, 92), (364, 148), (338, 216), (240, 240), (142, 216), (116, 148), (148, 92)),
        canvas.main,
        pattern=True,
    )
    canvas.flat(curve((240, 106), (306, 116), (314, 142), (240, 170), (166, 142), (174, 116)), shade(canvas.main, 0.45))
    canvas.stroke("M128 178Q240 230 352 178", shade(canvas.main, 0.25), 5)
    for y in (330, 352):
        canvas.flat(box(184, y, 72, 11), canvas.second)


@drawing("gloves", "fabric", ("front", "tilt", "small+leaf"), foot=110)
def gloves(canvas: Canvas, camera: int) -> None:
    """A pair of mittens."""
    with canvas.twice(), canvas.group("rotate(-8 150 260)"):
        canvas.solid(
            "M92 318V170Q92 96 148 96Q204 96 204 170V216Q224 190 244 204Q256 226 226 262L204 318Z",
            canvas.main,
            pattern=True,
        )
        canvas.solid(box(80, 312, 136, 76, 18), canvas.second, (-6, -5))
        for x in range(100, 210, 20):
            canvas.stroke(f"M{x} 326V376", shade(canvas.second, 0.2), 4)


@drawing("tie", "mens", ("front", "tilt", "pair"), foot=50)
def tie(canvas: Canvas, camera: int) -> None:
    """A tie."""
    canvas.solid(poly((226, 126), (254, 126), (296, 340, 12), (240, 408, 4), (184, 340, 12), r=3), canvas.main, pattern=True)
    if not canvas.detail.get("pattern"):
        with canvas.inside(poly((226, 126), (254, 126), (296, 340), (240, 408), (184, 340), r=3)):
            for y in (200, 260, 320, 380):
                canvas.stroke(f"M160 {y + 30}L320 {y - 40}", canvas.second, 9)
    canvas.solid(poly((206, 62), (274, 62), (258, 132), (222, 132), r=8), shade(canvas.main, 0.1), (-5, -3))


@drawing("umbrella", "sport", ("front", "tilt", "pair"), foot=70)
def umbrella(canvas: Canvas, camera: int) -> None:
    """An open umbrella."""
    canvas.stroke("M240 80V372Q240 406 268 406Q296 404 294 374", "#7a5b45", 10)
    canvas.stroke("M240 62V84", "#7a5b45", 8)
    canvas.solid(
        "M56 262Q66 84 240 80Q414 84 424 262Q394 230 364 262Q334 230 302"
        " 262Q270 228 240 262Q210 228 178 262Q146 230 116 262Q86 230 56 262Z",
        canvas.main,
        pattern=True,
    )
    canvas.flat("M240 80Q170 140 178 262Q210 228 240 262Q270 228 302 262Q310 140 240 80Z", canvas.second, 0.85)
    canvas.gloss(curve((104, 212), (130, 148), (164, 118), (134, 216)), 0.3)
