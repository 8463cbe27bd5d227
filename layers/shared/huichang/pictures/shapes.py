"""SVG path data from points: the few outlines every drawing is made of. Lengths are units of the 480 x 480 view box."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]
Corner = tuple[float, float] | tuple[float, float, float]


def num(value: float) -> str:
    """Shortest text for a coordinate: one decimal where it can be seen, none where it only costs bytes."""
    text = f"{value:.0f}" if abs(value) >= 20 else f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def pair(x: float, y: float) -> str:
    """A coordinate pair."""
    return f"{num(x)} {num(y)}"


def oval(cx: float, cy: float, rx: float, ry: float | None = None) -> str:
    """Ellipse, or circle without `ry`."""
    ry = rx if ry is None else ry
    return f"M{pair(cx - rx, cy)}A{pair(rx, ry)} 0 1 1 {pair(cx + rx, cy)}A{pair(rx, ry)} 0 1 1 {pair(cx - rx, cy)}Z"


def box(x: float, y: float, width: float, height: float, radius: float = 0) -> str:
    """Rectangle with rounded corners."""
    r = min(radius, width / 2, height / 2)
    if r <= 0:
        return f"M{pair(x, y)}h{num(width)}v{num(height)}h{num(-width)}Z"
    a = f"a{pair(r, r)} 0 0 1 "
    return (
        f"M{pair(x + r, y)}h{num(width - 2 * r)}{a}{pair(r, r)}v{num(height - 2 * r)}{a}{pair(-r, r)}"
        f"h{num(2 * r - width)}{a}{pair(-r, -r)}v{num(2 * r - height)}{a}{pair(r, -r)}Z"
    )


def poly(*corners: Corner, r: float = 8, close: bool = True) -> str:
    """Polygon whose corners are rounded by `r`, or by a corner's own third number."""
    count = len(corners)
    parts: list[str] = []
    for index, corner in enumerate(corners):
        here = (corner[0], corner[1])
        radius = corner[2] if len(corner) == 3 else r
        if not close and index in (0, count - 1):
            parts.append(("M" if index == 0 else "L") + pair(*here))
            continue
        before, after = corners[index - 1], corners[(index + 1) % count]
        start = _towards(here, (before[0], before[1]), radius)
        end = _towards(here, (after[0], after[1]), radius)
        parts.append(f"{'L' if parts else 'M'}{pair(*start)}Q{pair(*here)} {pair(*end)}")
    return "".join(parts) + ("Z" if close else "")


def curve(*points: Point, close: bool = True, tension: float = 1.0) -> str:
    """Smooth line through all points (Catmull-Rom as cubic Béziers)."""
    count = len(points)
    parts = [f"M{pair(*points[0])}"]
    for index in range(count if close else count - 1):
        p1, p2 = points[index], points[(index + 1) % count]
        p0 = points[index - 1] if close or index > 0 else p1
        p3 = points[(index + 2) % count] if close or index + 2 < count else p2
        c1 = (p1[0] + (p2[0] - p0[0]) / 6 * tension, p1[1] + (p2[1] - p0[1]) / 6 * tension)
        c2 = (p2[0] - (p3[0] - p1[0]) / 6 * tension, p2[1] - (p3[1] - p1[1]) / 6 * tension)
        parts.append(f"C{pair(*c1)} {pair(*c2)} {pair(*p2)}")
    return "".join(parts) + ("Z" if close else "")


def both(right: Sequence[Corner], axis: float = 240) -> list[Corner]:
    """The right half of an outline (top to bottom) and its mirror image, as one closed outline."""
    left: list[Corner] = [_flip(corner, axis) for corner in reversed(right) if abs(corner[0] - axis) > 0.01]
    return [*right, *left]


def both_points(right: Sequence[Point], axis: float = 240) -> list[Point]:
    """As `both`, for smooth outlines."""
    return [*right, *[(2 * axis - x, y) for x, y in reversed(right) if abs(x - axis) > 0.01]]


def line(*points: Point) -> str:
    """Open polyline."""
    return "M" + "L".join(pair(*point) for point in points)


def arc(start: Point, end: Point, bend: float) -> str:
    """One quadratic curve; `bend` pushes its middle to the left of the way (in units)."""
    mx, my = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    length = math.dist(start, end) or 1
    nx, ny = (end[1] - start[1]) / length, -(end[0] - start[0]) / length
    return f"M{pair(*start)}Q{pair(mx + nx * bend * 2, my + ny * bend * 2)} {pair(*end)}"


def star(cx: float, cy: float, outer: float, inner: float, tips: int = 5) -> list[Corner]:
    """Corners of a star or a scalloped rosette."""
    corners: list[Corner] = []
    for index in range(tips * 2):
        radius = outer if index % 2 == 0 else inner
        angle = math.pi * index / tips - math.pi / 2
        corners.append((cx + radius * math.cos(angle), cy + radius * math.sin(angle)))
    return corners


def around(cx: float, cy: float, radius: float, count: int, turn: float = 0) -> list[Point]:
    """`count` points evenly on a circle; `turn` in degrees."""
    steps = [math.radians(turn) + 2 * math.pi * index / count for index in range(count)]
    return [(cx + radius * math.cos(step), cy + radius * math.sin(step)) for step in steps]


def _towards(here: Point, there: Point, distance: float) -> Point:
    length = math.dist(here, there)
    share = 0.0 if length == 0 else min(0.5, distance / length)
    return here[0] + (there[0] - here[0]) * share, here[1] + (there[1] - here[1]) * share


def _flip(corner: Corner, axis: float) -> Corner:
    if len(corner) == 3:
        return (2 * axis - corner[0], corner[1], corner[2])
    return (2 * axis - corner[0], corner[1])
