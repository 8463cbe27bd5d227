"""Small companions that stand beside a product in some views. They never hide it."""

from __future__ import annotations

from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import shade
from huichang.pictures.shapes import arc, box, curve, oval, poly, star


def paint_behind(canvas: Canvas, name: str) -> None:
    """Paint what stands behind the product."""
    if name == "bamboo":
        stalk = canvas.uid()
        canvas.raw(f'<g id="{stalk}" transform="rotate(4 392 408)">')
        _bamboo(canvas, 392)
        canvas.raw(f'</g><use href="#{stalk}" transform="translate(30 6) rotate(6 392 408)"/>')
    elif name == "branch":
        _branch(canvas)
    elif name == "window":
        for x in (286, 356):
            canvas.flat(poly((x, 96), (x + 58, 82), (x + 58, 206), (x, 218), r=4), "#fff", 0.5)
    elif name == "curtain":
        canvas.flat("M0 0h76q-10 180 26 408H0Z", "#fff", 0.42)
        canvas.flat("M404 0h76v408h-96q34-220 20-408Z", "#fff", 0.42)


def paint_before(canvas: Canvas, name: str) -> None:
    """Paint what stands in front of the product, low and to the side."""
    if name == "pebbles":
        canvas.shadow(388, 420, 40)
        canvas.solid(oval(378, 408, 30, 16), "#c9c2b8")
        canvas.solid(oval(412, 416, 18, 10), "#ddd6cc")
    elif name == "gift":
        _gift(canvas)
    elif name == "leaf":
        _leaf(canvas)
    elif name == "beans":
        for x, y, turn in ((374, 414, 20), (400, 404, -30), (418, 420, 50), (352, 424, -10)):
            with canvas.group(f"rotate({turn} {x} {y})"):
                canvas.flat(oval(x, y, 13, 9), "#7a4d33")
                canvas.stroke(arc((x - 11, y), (x + 11, y), 3), "#5a3524", 2.4)
    elif name == "stars":
        for x, y, size in ((386, 132, 17), (98, 176, 12), (408, 196, 9)):
            canvas.flat(poly(*star(x, y, size, size * 0.45), r=3), "#f2c667")
    elif name == "yarn":
        canvas.shadow(386, 418, 42)
        canvas.solid(oval(384, 386, 32), canvas.third)
        for bend in (-14, 0, 14):
            canvas.stroke(arc((358, 372), (408, 402), bend), shade(canvas.third), 3)
    elif name == "bell":
        canvas.dot(386, 396, 18, "#e8bd52")
        canvas.flat(box(366, 392, 40, 5, 2), "#b98d2f")
    elif name == "cup":
        canvas.shadow(394, 416, 38)
        canvas.solid(poly((366, 362), (422, 362), (414, 414, 14), (374, 414, 14), r=4), "#fbf7f0")
        canvas.flat(oval(394, 363, 28, 6), "#a8714c")


def _bamboo(canvas: Canvas, x: float) -> None:
    canvas.flat(box(x - 8, 96, 16, 312, 5), "#6f9d5b")
    canvas.flat(box(x - 8, 96, 10, 312, 5), "#86b36f")
    for y in (168, 246, 324):
        canvas.flat(box(x - 10, y, 20, 6, 3), "#6a9858")
    for y, side in ((170, 1), (246, -1), (120, -1)):
        canvas.flat(curve((x, y), (x + side * 30, y - 26), (x + side * 62, y - 22), (x + side * 34, y - 8)), "#6fa35c")


def _branch(canvas: Canvas) -> None:
    canvas.stroke("M396 408Q420 290 388 176", "#8fae86", 5)
    for x, y, turn in ((404, 330, 40), (410, 268, -150), (402, 226, 30), (394, 196, -140), (388, 168, -80)):
        with canvas.group(f"translate({x} {y}) rotate({turn})"):
            canvas.flat("M0 0q22-20 48-4q-22 20-48 4Z", "#9dbb92")


def _gift(canvas: Canvas) -> None:
    canvas.shadow(392, 420, 54)
    canvas.solid(box(350, 350, 84, 68, 6), "#f6efe4")
    canvas.flat(box(384, 350, 16, 68), "#e2705f")
    canvas.solid(box(344, 338, 96, 22, 5), "#fffaf1")
    canvas.flat(box(384, 338, 16, 22), "#e2705f")
    canvas.flat("M392 338q-34-4-28-22q16-12 28 22q12-34 28-22q6 18-28 22Z", "#e2705f")


def _leaf(canvas: Canvas) -> None:
    for x, y, turn, size in ((356, 418, -24, 1.0), (372, 422, -62, 0.9), (392, 420, -8, 0.7)):
        with canvas.group(f"translate({x} {y}) rotate({turn}) scale({size})"):
            canvas.flat("M0 0q30-30 78-10q-30 34-78 10Z", "#8db08a")
            canvas.stroke("M6 0q30-6 62-8", "#6f9570", 2.4)
