"""What a drawing paints on: solids in two shades with one highlight, strokes, patterns, groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from huichang.pictures.colours import lightness, mix, saturation, shade, tint
from huichang.pictures.shapes import num, oval

INK = "#37323f"
PATTERNS = ("stripe", "dots", "floral", "plaid", "leopard", "knit")


class Canvas:
    """One drawing in the making.

    `main`, `second`, `third` are the product's colours ("#rrggbb"); where it names fewer, quiet companions stand in.
    `detail` carries what else is known of the product (pattern, sleeve, form …); unknown keys and values are ignored.
    """

    def __init__(self, key: str, colours: Sequence[str], detail: Mapping[str, str]) -> None:
        self.key = key
        self._count = 0
        self._parts: list[str] = []
        self._patterns: dict[tuple[str, str], str] = {}
        self.given = tuple(colours)
        self.detail = detail
        self.main = colours[0]
        self.second = colours[1] if len(colours) > 1 else _companion(colours[0])
        self.third = colours[2] if len(colours) > 2 else mix(self.second, "#fff4e2", 0.35)

    def markup(self) -> str:
        """Everything painted so far."""
        return "".join(self._parts)

    def uid(self) -> str:
        """A new id, unique even when several drawings are inlined in one page."""
        self._count += 1
        return f"{self.key}{self._count}"

    def raw(self, markup: str) -> None:
        """Paint trusted markup made by this package."""
        self._parts.append(markup)

    def flat(self, path: str, fill: str, opacity: float = 1) -> None:
        """A shape in one colour."""
        self.raw(f'<path d="{path}" fill="{fill}"{_opacity(opacity)}/>')

    def stroke(self, path: str, colour: str, width: float = 4, opacity: float = 1, dash: str = "") -> None:
        """A line with round ends."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.raw(
            f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{num(width)}" stroke-linecap="round" '
            f'stroke-linejoin="round"{_opacity(opacity)}{dashes}/>'
        )

    def solid(
        self,
        path: str,
        colour: str,
        lit: tuple[float, float] = (-10, -5),
        *,
        pattern: bool = False,
        amount: float = 0.2,
        pattern_colour: str | None = None,
    ) -> None:
        """A body lit from the upper left: its shade shows where the same outline, moved by `lit`, leaves it bare."""
        shape, clip = self.uid(), self.uid()
        use = f'<use href="#{shape}"'
        parts = [
            f'<clipPath id="{clip}"><path id="{shape}" d="{path}"/></clipPath><g clip-path="url(#{clip})">',
            f'{use} fill="{shade(colour, amount)}"/>',
            f'{use} x="{num(lit[0])}" y="{num(lit[1])}" fill="{colour}"/>',
        ]
        wanted = self.detail.get("pattern", "")
        if pattern and wanted in PATTERNS:
            mark = pattern_colour or (self.second if len(self.given) > 1 else _mark(colour))
            parts.append(f'{use} fill="url(#{self._pattern(wanted, mark)})"/>')
        parts.append("</g>")
        self.raw("".join(parts))

    def gloss(self, path: str, opacity: float = 0.35) -> None:
        """The one highlight."""
        self.flat(path, "#fff", opacity)

    def dot(self, x: float, y: float, radius: float, fill: str, opacity: float = 1) -> None:
        """A disc."""
        self.raw(f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(radius)}" fill="{fill}"{_opacity(opacity)}/>')

    def shadow(self, cx: float, cy: float, rx: float, opacity: float = 0.2) -> None:
        """Soft contact shadow on the ground."""
        self.raw(
            f'<ellipse cx="{num(cx)}" cy="{num(cy)}" rx="{num(rx)}" ry="{num(max(7, rx * 0.11))}" '
            f'fill="url(#{self.key}s)" opacity="{num(opacity * 4)}"/>'
        )

    @contextmanager
    def group(self, transform: str) -> Iterator[None]:
        """Paint under a transform."""
        self.raw(f'<g transform="{transform}">')
        yield
        self.raw("</g>")

    @contextmanager
    def twice(self, axis: float = 240) -> Iterator[None]:
        """Paint something and its mirror image: ears, paws, handles. The second costs only a reference."""
        name = self.uid()
        self.raw(f'<g id="{name}">')
        yield
        self.raw(f'</g><use href="#{name}" transform="matrix(-1 0 0 1 {num(axis * 2)} 0)"/>')

    @contextmanager
    def inside(self, path: str) -> Iterator[None]:
        """Paint only within an outline."""
        clip = self.uid()
        self.raw(f'<clipPath id="{clip}"><path d="{path}"/></clipPath><g clip-path="url(#{clip})">')
        yield
        self.raw("</g>")

    def recoloured(self, colours: Sequence[str]) -> Canvas:
        """A canvas for the same product in other colours; its ids continue from this one's."""
        other = Canvas(self.key, colours, self.detail)
        other._count = self._count
        other._patterns = dict(self._patterns)
        return other

    def absorb(self, other: Canvas) -> None:
        """Append what a recoloured canvas painted."""
        self.raw(other.markup())
        self._count = other._count
        self._patterns |= other._patterns

    def _pattern(self, name: str, colour: str) -> str:
        known = self._patterns.get((name, colour))
        if known:
            return known
        ident = self.uid()
        size, body = _PATTERN_BODIES[name]
        self.raw(
            f'<pattern id="{ident}" width="{size}" height="{size}" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate({_PATTERN_TURN.get(name, 0)})">{body.replace("@", colour)}</pattern>'
        )
        self._patterns[(name, colour)] = ident
        return ident


_PATTERN_TURN = {"floral": 12, "dots": 45, "leopard": 20}
_PATTERN_BODIES: dict[str, tuple[int, str]] = {
    "stripe": (30, '<path d="M0 6h30v11H0z" fill="@"/>'),
    "dots": (30, '<circle cx="15" cy="15" r="5.5" fill="@"/>'),
    "floral": (
        56,
        '<g fill="@"><circle cx="14" cy="9" r="6"/><circle cx="21" cy="15" r="6"/><circle cx="18" cy="23" r="6"/>'
        '<circle cx="10" cy="23" r="6"/><circle cx="7" cy="15" r="6"/><circle cx="44" cy="42" r="4.5"/></g>'
        '<circle cx="14" cy="17" r="4" fill="#fff3c9"/><path d="M34 33q8-6 10 4q-9 3-10-4z" fill="#7fa37a"/>',
    ),
    "plaid": (
        44,
        '<g fill="@"><path d="M0 0h44v16H0z" opacity=".4"/><path d="M0 0h16v44H0z" opacity=".4"/>'
        '<path d="M0 29h44v3H0zM29 0h3v44h-3z" opacity=".8"/></g>',
    ),
    "leopard": (
        40,
        '<g fill="none" stroke="@" stroke-width="5" stroke-linecap="round"><path d="M8 10q6-7 12-1M7 16q1 6 7 6"/>'
        '<path d="M28 28q7-4 8 3M27 34q4 4 8 2"/></g>',
    ),
    "knit": (14, '<path d="M2 2l5 6l5-6" fill="none" stroke="@" stroke-width="2.6" opacity=".5"/>'),
}


def _opacity(value: float) -> str:
    return "" if value >= 1 else f' opacity="{f"{value:.2f}".lstrip("0")}"'


def _companion(colour: str) -> str:
    """A second colour that goes with a product of one colour."""
    if lightness(colour) < 0.35:
        return mix(colour, "#f4dfc0", 0.72)
    if lightness(colour) > 0.82 and saturation(colour) < 0.2:
        return "#c8a98a"
    return mix(colour, "#fffaf0", 0.72)


def _mark(colour: str) -> str:
    """The colour of a pattern printed on a one-coloured cloth."""
    return tint(colour, 0.55) if lightness(colour) < 0.62 else shade(colour, 0.3)


def eye(canvas: Canvas, x: float, y: float, radius: float, colour: str = "#1d1a22") -> None:
    """A round plush eye with its spark."""
    canvas.dot(x, y, radius, colour)
    canvas.flat(oval(x - radius * 0.3, y - radius * 0.35, radius * 0.36), "#fff")
