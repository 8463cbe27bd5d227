"""One picture in several widths and formats, so that a browser fetches no more of it than its screen can show.

A picture keeps its first form (WebP, or SVG where it was drawn): that is what its address, labels, claims and inspections speak of, and
what a browser takes that knows nothing better. Renditions stand beside it, each under the hash of its own bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Literal

from pydantic import Field

from huichang.kernel.model import Model

Kind = Literal["avif", "webp"]
TYPES: dict[Kind, str] = {"avif": "image/avif", "webp": "image/webp"}


class Encoded(Model):
    """A rendition before it is stored."""

    kind: Kind
    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]
    data: bytes


class Rendition(Model):
    """The same picture, `width` pixels wide, at another address ("/media/….avif")."""

    kind: Kind
    path: str
    width: Annotated[int, Field(ge=1)]


class PictureSet(Model):
    """What a page knows of a picture beside its address: its pixels, and its renditions by width."""

    width: Annotated[int, Field(ge=0)]
    height: Annotated[int, Field(ge=0)]
    renditions: tuple[Rendition, ...] = ()


def kept(made: Iterable[Encoded], keep: Callable[[bytes, str, str], str]) -> tuple[Rendition, ...]:
    """Store each by `keep` (data, content type, suffix -> key); narrow ones first."""
    stored = [Rendition(kind=each.kind, width=each.width, path="/" + keep(each.data, TYPES[each.kind], each.kind)) for each in made]
    return tuple(sorted(stored, key=lambda each: (each.kind, each.width)))


def srcset(renditions: Sequence[Rendition], kind: Kind, src: str = "", width: int = 0) -> str:
    """The value of a srcset: renditions of one kind, and `src` itself where it is of that kind and `width` pixels wide; "" without any."""
    ways = {each.width: each.path for each in renditions if each.kind == kind}
    if src and width and ways and src.endswith(f".{kind}"):
        ways[width] = src
    return ", ".join(f"{path} {wide}w" for wide, path in sorted(ways.items()))
