"""How title art is set: font family, weight, effect; and which families there are."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from huichang.kernel.model import Model

Effect = Literal["plain", "outline", "two_tone"]


class FontFile(Model):
    """A font that ships with us: a file of an installed package, and the face in it. `axis`: it is variable, with weights 100 to 900."""

    package: str
    file: str
    face: int = 0
    axis: bool = True


FONTS: dict[str, FontFile] = {
    # The face of simplified Chinese; its Latin is Source Sans. SIL Open Font License 1.1.
    "noto_sans_cjk": FontFile(package="manimgx_fonts_cjk", file="NotoSansCJK-VF.otf.ttc", face=2),
}
"""Family -> its file. layers/imaging/requirements.in carries the packages."""
DEFAULT_FAMILY = "noto_sans_cjk"


def has_family(name: str) -> bool:
    """Whether we ship this family. A style preset that names another one is refused when it is loaded."""
    return name in FONTS


class TypeStyle(Model):
    """A designer's choice for title art. `effect`: plain; outline (a rim in the ground's colour); two_tone (ink turns into highlight)."""

    family: str = DEFAULT_FAMILY
    title_weight: Annotated[int, Field(ge=100, le=900)] = 900
    effect: Effect = "two_tone"
