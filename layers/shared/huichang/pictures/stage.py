"""The registry of kinds, the quiet grounds, and the three cameras every kind is seen through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from huichang.pictures import props
from huichang.pictures.canvas import Canvas
from huichang.pictures.colours import lightness, mix, saturation, shade
from huichang.pictures.shapes import num, oval

Painter = Callable[[Canvas, int], None]

_BUDGET = 4700
FLOOR = 408.0
"""Where things stand, in view box units from the top."""


@dataclass(frozen=True)
class Kind:
    """One thing that can be drawn.

    `usual` are the palettes it is drawn in when a product names no colour; `views` how cameras 0, 1 and 2 look at it
    (a frame, then props after "+"); `foot` the half width of its ground shadow, 0 for things that hang or float.
    """

    name: str
    paint: Painter
    usual: tuple[tuple[str, ...], ...]
    views: tuple[str, str, str]
    foot: float
    focus: tuple[float, float]


KINDS: dict[str, Kind] = {}

FORM_VIEWS: dict[str, tuple[str, str, str]] = {
    "keyring": ("front", "tilt", "pair"),
    "pillow": ("small", "tilt", "small+leaf"),
    "puppet": ("front", "lean+stars", "small+gift"),
    "soother": ("front", "tilt", "small+stars"),
}
"""Some forms of a kind hang or lie, so they are looked at in their own ways."""

TONES: dict[str, tuple[tuple[str, ...], ...]] = {
    "fabric": (
        ("#7f9fbf", "#f3ede2"), ("#d98a86", "#fbeee6"), ("#9aa98a", "#f4efe2"), ("#c9a36f", "#f6ecdc"),
        ("#6d6a8f", "#e9e4f0"), ("#3f4a63", "#e6dfd2"), ("#b9788f", "#f8e8ea"), ("#4f8a86", "#eef3ec"),
    ),
    "womens": (
        ("#e39aa0", "#fdf1ec"), ("#7fa6a0", "#f2efe4"), ("#c98f6a", "#f8ecdf"), ("#8a7fb0", "#efeaf6"),
        ("#2f3a4f", "#e9dfd3"), ("#d7b24f", "#fff6df"), ("#a33f4e", "#f6e5df"), ("#8fae86", "#f5f1e3"),
    ),
    "mens": (
        ("#4d6583", "#e8e4da"), ("#6f7a5d", "#ece7d8"), ("#9b9187", "#f1ece4"), ("#3a3f4b", "#dfe3e6"),
        ("#a56b4f", "#f2e5d9"), ("#86a0b8", "#f1efe9"),
    ),
    "ceramic": (
        ("#f1ece2", "#7d9c8e"), ("#e6b7a4", "#fbeee6"), ("#7d9fb8", "#f1f1ea"), ("#d9a24f", "#fdf3df"),
        ("#8fa58a", "#f3efe2"), ("#4e5766", "#e8d9c2"),
    ),
    "metal": (("#c6ccd3", "#3b3f49"), ("#5b616d", "#c69b6d"), ("#a9b3bd", "#4b3d36"), ("#c0643f", "#3b3f49")),
    "gadget": (
        ("#34373f", "#8fb6e6"), ("#eceae6", "#b9c3cf"), ("#b9cfe2", "#3f6fae"), ("#e8c9c1", "#c98478"),
        ("#49566b", "#9fd0c6"), ("#d3d0dc", "#7f72ad"),
    ),
    "beauty": (
        ("#e6a39d", "#d7b36a"), ("#f0e6da", "#c79a6b"), ("#a9c3b0", "#f3efe4"), ("#c9b3d9", "#efe7f4"),
        ("#2f2d36", "#d9b25f"), ("#b7d0de", "#f2f5f6"),
    ),
    "wood": (("#c9985f", "#f0e6d8"), ("#8d6242", "#d9c7ae"), ("#dcb98a", "#7f9c8c"), ("#a87b52", "#b9c7cc")),
    "toy": (
        ("#ef7f66", "#f4cb55", "#6fa8c9"), ("#6fb3a2", "#f2b56b", "#e98591"), ("#7f9fd4", "#f4cb55", "#ef8f7c"),
        ("#b79ad0", "#8fcfb5", "#f6c667"),
    ),
    "baby": (
        ("#f5cdbb", "#fff6ec", "#a9c9c0"), ("#bcd7e6", "#fff7ea", "#f3c98f"), ("#cfe0c3", "#fffaf0", "#eeb4a0"),
        ("#e2d2ec", "#fff8f0", "#f2c27f"),
    ),
    "sport": (
        ("#3f7fa8", "#f2a65a"), ("#e2694f", "#33384a"), ("#5d9a80", "#f3e3c4"), ("#7a6bb0", "#f4c9d3"),
        ("#39424f", "#d6e06a"), ("#c95f76", "#f6e6d9"),
    ),
    "food": (
        ("#d5573f", "#f7d98c"), ("#4f8a5f", "#f4e6b8"), ("#e6a23f", "#fff3d6"), ("#9c5a3a", "#f3dfc4"),
        ("#b2475f", "#fbe3dc"), ("#5f7f9f", "#f0ead8"),
    ),
    "gold": (("#dcb35c", "#e2566a"), ("#cfd5db", "#6f9fd4"), ("#e3ad99", "#fbf3ee"), ("#dcb35c", "#4f9a86")),
    "leather": (("#9a6442", "#e8cfae"), ("#33353d", "#c9a86a"), ("#c48a5a", "#f3e2cb"), ("#7c3a3f", "#e3c39a")),
}  # fmt: skip


def drawing(
    name: str,
    tones: str = "fabric",
    views: tuple[str, str, str] = ("front", "tilt", "pair"),
    *,
    foot: float = 100,
    focus: tuple[float, float] = (240, 240),
    usual: tuple[tuple[str, ...], ...] | None = None,
) -> Callable[[Painter], Painter]:
    """Register a painter as a kind. It receives the canvas and the camera (0, 1, 2) and stands things on FLOOR."""

    def register(paint: Painter) -> Painter:
        KINDS[name] = Kind(name, paint, usual or TONES[tones], views, foot, focus)
        return paint

    return register


def stage(kind: Kind, colours: Sequence[str], camera: int, detail: Mapping[str, str], key: str) -> str:
    """The whole SVG: ground, props and the thing itself."""
    canvas = Canvas(key, colours, detail)
    _ground(canvas, camera)
    views = FORM_VIEWS.get(detail.get("form", ""), kind.views)
    frame, *extras = views[camera].split("+")
    for extra in extras:
        props.paint_behind(canvas, extra)
    _frame(canvas, kind, camera, frame)
    for extra in extras:
        props.paint_before(canvas, extra)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 480" role="img">{canvas.markup()}</svg>'


def ground_colour(main: str, camera: int) -> str:
    """A quiet ground on which the thing stands out: warm, its own tint, or its opposite; deeper under pale things."""
    red, green, blue = (int(main[i : i + 2], 16) for i in (1, 3, 5))
    if camera == 0:
        base = "#f4efe8"
    elif saturation(main) < 0.12:
        base = ("#e7eef2", "#f3ebe4")[camera - 1]
    elif camera == 1:
        base = mix(main, "#ffffff", 0.84)
    else:
        base = mix(f"#{255 - red:02x}{255 - green:02x}{255 - blue:02x}", "#fdfaf5", 0.86)
    if lightness(main) > 0.8:
        base = mix(base, ("#e6d3b8", "#bcd5e3", "#ecc9bc")[camera], 0.72)
    return base


def _ground(canvas: Canvas, camera: int) -> None:
    base = ground_colour(canvas.main, camera)
    deep = shade(base, 0.09)
    key = canvas.uid()
    shadow = f"{canvas.key}s"
    canvas.raw(
        f'<radialGradient id="{shadow}"><stop offset=".35" stop-color="#3b2f4a" stop-opacity=".42"/>'
        '<stop offset="1" stop-color="#3b2f4a" stop-opacity="0"/></radialGradient>'
        f'<linearGradient id="{key}" x1="0" y1="0" x2="0" y2="1"><stop stop-color="{mix(base, "#ffffff", 0.35)}"/>'
        f'<stop offset=".74" stop-color="{base}"/><stop offset=".76" stop-color="{deep}"/>'
        f'<stop offset="1" stop-color="{base}"/></linearGradient><path fill="url(#{key})" d="M0 0h480v480H0z"/>'
    )
    if camera == 1:
        canvas.flat(oval(240, 222, 178), mix(base, "#ffffff", 0.5), 0.75)
    elif camera == 2:
        canvas.flat("M92 362V214a148 148 0 0 1 296 0V362Z", mix(base, "#ffffff", 0.5), 0.7)


def _frame(canvas: Canvas, kind: Kind, camera: int, frame: str) -> None:
    def thing(transform: str, shadow: tuple[float, float, float] | None) -> None:
        if shadow and kind.foot:
            canvas.shadow(*shadow)
        if not transform:
            kind.paint(canvas, camera)
            return
        with canvas.group(transform):
            kind.paint(canvas, camera)

    foot, floor = kind.foot, FLOOR
    if frame == "front":
        thing("", (240, floor - 2, foot * 1.15))
    elif frame == "mirror":
        thing("matrix(-1 0 0 1 480 0)", (240, floor - 2, foot * 1.15))
    elif frame == "tilt":
        thing("rotate(-9 240 260)", (246, floor + 2, foot * 1.1))
    elif frame == "lean":
        thing("rotate(11 240 260)", (234, floor + 2, foot * 1.1))
    elif frame == "small":
        thing(_scaled(0.84, 240, floor), (240, floor - 2, foot))
    elif frame == "aside":
        thing(_scaled(0.84, 240, floor) + " translate(-56 0)", (194, floor - 2, foot))
    elif frame == "close":
        thing(_scaled(1.42, *kind.focus), None)
    elif frame == "podium":
        _podium(canvas, foot)
        thing(f"translate({num(240 * 0.18)} {num(floor * 0.18 - 58)}) scale(.82)", (240, floor - 60, foot * 0.85))
    elif frame in ("pair", "trio"):
        _several(canvas, kind, camera, frame)


def _several(canvas: Canvas, kind: Kind, camera: int, frame: str) -> None:
    floor = FLOOR
    swapped = [canvas.second, canvas.main, *canvas.given[2:]]
    places: tuple[tuple[float, float, float, list[str]], ...]
    if frame == "pair":
        places = ((322.0, -20.0, 0.62, swapped), (178.0, 2.0, 0.78, list(canvas.given)))
    else:
        third = mix(canvas.main, canvas.second, 0.5)
        places = (
            (240.0, -26.0, 0.56, [third, canvas.main]),
            (352.0, -4.0, 0.58, swapped),
            (128.0, 4.0, 0.6, list(canvas.given)),
        )
    probe = canvas.recoloured(canvas.given)
    kind.paint(probe, camera)
    if len(probe.markup()) * len(places) > _BUDGET:
        _copies(canvas, kind, probe.markup(), [place[:3] for place in places])
        return
    for x, y, scale, colours in places:
        other = canvas.recoloured(colours)
        if kind.foot:
            other.shadow(x, floor - 2 + y, kind.foot * 1.1 * scale)
        with other.group(f"translate({num(x - 240 * scale)} {num(floor * (1 - scale) + y)}) scale({scale:.2f})"):
            kind.paint(other, camera)
        canvas.absorb(other)


def _copies(canvas: Canvas, kind: Kind, markup: str, places: Sequence[tuple[float, float, float]]) -> None:
    """The same thing in the same colours, painted once and used again: an elaborate drawing stays within its budget."""
    name = f"{canvas.key}c"
    canvas.raw(f'<defs><g id="{name}">{markup}</g></defs>')
    for x, y, scale in places:
        if kind.foot:
            canvas.shadow(x, FLOOR - 2 + y, kind.foot * 1.1 * scale)
        move = f"translate({num(x - 240 * scale)} {num(FLOOR * (1 - scale) + y)}) scale({scale:.2f})"
        canvas.raw(f'<use href="#{name}" transform="{move}"/>')


def _podium(canvas: Canvas, foot: float) -> None:
    base = ground_colour(canvas.main, 1)
    half = max(112.0, foot * 0.95)
    canvas.shadow(240, FLOOR + 16, half * 1.15)
    canvas.solid(
        f"M{num(240 - half)} 352v52a{num(half)} 22 0 0 0 {num(half * 2)} 0v-52Z",
        shade(base, 0.1),
        (-half * 0.5, 0),
        amount=0.07,
    )
    canvas.flat(oval(240, 352, half, 22), mix(base, "#ffffff", 0.55))


def _scaled(scale: float, x: float, y: float) -> str:
    return f"translate({num(x * (1 - scale))} {num(y * (1 - scale))}) scale({scale:.2f})"
