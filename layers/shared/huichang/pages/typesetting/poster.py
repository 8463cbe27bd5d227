"""What a poster is made of and what is known of it afterwards: colours, measured contrast, crops; and the port to who draws it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

from huichang.kernel.colours import contrast
from huichang.kernel.model import Model
from huichang.materials.styles.model import TypeStyle
from huichang.pages.renditions import Encoded
from huichang.pages.typesetting.formats import Format, FormatName
from huichang.pages.typesetting.layout import Layout, Words

LEAST_CONTRAST = 4.5
PERCENTILE = 1.0
"""What "the contrast behind a text" is: of the pixels under its glyphs and within a rim of 4 % of its size around them, each compared
with the glyph's own colour there, the value that 1 % lie below. One speck of light under a letter does not make it illegible, a stripe
does. Outlines and shadows, which help, are not counted."""


class Colours(Model):
    """A palette as posters use it, each "#rrggbb"."""

    ground: str
    ground_2: str
    ink: str
    highlight: str

    @classmethod
    def of(cls, style: Mapping[str, str]) -> Colours:
        """From a page's style. What could not be read on the palette's own ground is replaced by black or white."""
        ground = style["hero"]
        ink, highlight = (legible(style[name], ground) for name in ("hero_ink", "highlight"))
        return cls(ground=ground, ground_2=style["hero_2"], ink=ink, highlight=highlight)


def legible(colour: str, ground: str) -> str:
    """The colour, or black or white where it cannot be read on the ground."""
    if contrast(colour, ground) >= LEAST_CONTRAST:
        return colour
    return max(("#000000", "#ffffff"), key=lambda other: contrast(other, ground))


class Legibility(Model):
    """A text's measured contrast. `place`: role and line; `lowest`: of the single worst pixel."""

    place: str
    contrast: float
    lowest: float


class Poster(Model):
    """A finished picture: where it lies, and what was measured. `veil`: 0 to 1, how strongly the ground came to the words' help."""

    format: FormatName
    media_key: str
    width: int
    height: int
    bytes: int
    veil: float
    measured: tuple[Legibility, ...]


class Drawn(Model):
    """A poster before it is stored."""

    data: bytes
    width: int
    height: int
    veil: float
    measured: tuple[Legibility, ...]
    layout: Layout


class HeroCrop(Model):
    """The background as one kind of screen shows it. `veil`: opacity of the ground behind the title there, which makes `contrast` hold.

    `renditions`: the same cut, smaller (pages/renditions.py); each carries the XMP packet too.
    """

    screen: Literal["phone", "desktop"]
    data: bytes
    width: int
    height: int
    veil: float
    contrast: float
    renditions: tuple[Encoded, ...] = ()


class Studio(Protocol):
    """Who turns a background and words into finished pictures."""

    def poster(
        self,
        background: bytes | None,
        words: Words,
        form: Format,
        colours: Colours,
        style: TypeStyle,
        *,
        xmp: bytes,
        known: Iterable[str] = (),
        over: bytes | None = None,
    ) -> Drawn:
        """A WebP of the format, within its budget, carrying the XMP packet; every text's contrast at least LEAST_CONTRAST.

        Without a background the words stand on the palette's ground. `over`: a PNG of the format's size with transparency that lies on the
        background and below the words; what helps the words does not dim it, and contrast is measured on it.
        Raises PermanentError for a background that is no picture, a family that does not ship, and a palette nothing can be read on.
        """
        ...

    def hero(self, background: bytes, colours: Colours, *, xmp: bytes) -> tuple[HeroCrop, HeroCrop]:
        """The background for phones and for desktops. Raises PermanentError for what is no picture."""
        ...
