"""The font families that ship with the product, as data (fonts.yaml): what a style preset may name, and where a typesetter finds it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field

from huichang.kernel.language import Language
from huichang.kernel.model import Model

Weight = Annotated[int, Field(ge=100, le=900)]


class FontFamily(Model):
    """A variable font. `index`: its face in a collection; `weights`: lightest and heaviest, both included."""

    family: str
    package: str
    file: str
    index: Annotated[int, Field(ge=0)] = 0
    weights: tuple[Weight, Weight]
    languages: tuple[Language, ...]
    licence: str


@cache
def load_fonts() -> dict[str, FontFamily]:
    """All families by name. Raises pydantic.ValidationError when the file is wrong."""
    entries = yaml.safe_load(Path(__file__).with_name("fonts.yaml").read_text(encoding="utf-8"))
    return {font.family: font for font in map(FontFamily.model_validate, entries)}
