"""What a style preset is: palette, motif, type, words for the image model, and what it is meant for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator

from huichang.kernel.colours import HEX
from huichang.kernel.language import Text
from huichang.kernel.model import Model
from huichang.materials.styles.fonts import Weight
from huichang.trends.trend import TrendKind

PALETTE = (
    "ground",
    "on_ground",
    "surface",
    "ink",
    "muted",
    "accent",
    "on_accent",
    "price",
    "tint",
    "hero",
    "hero_2",
    "hero_ink",
    "highlight",
)
"""The colours a page is made of; docs/style-presets.md says what each is for."""
READ = (
    ("on_ground", "ground"),
    ("ink", "surface"),
    ("muted", "surface"),
    ("price", "surface"),
    ("accent", "surface"),
    ("accent", "tint"),
    ("price", "tint"),
    ("on_accent", "accent"),
    ("hero_ink", "hero"),
    ("hero_ink", "hero_2"),
    ("highlight", "hero"),
    ("highlight", "hero_2"),
    ("hero", "highlight"),
)
"""Which colour is read on which: (words, ground)."""
MIN_CONTRAST = 4.5
SEEN = (("accent", "ground"),)
"""Which fill has to be seen on which: (fill, ground)."""
MIN_SEEN = 1.5
MOTIFS = (
    "lantern",
    "moon",
    "bamboo",
    "petal",
    "wave",
    "snow",
    "leaf",
    "tent",
    "star",
    "balloon",
    "sprig",
    "lamp",
    "pencil",
    "tag",
    "tulip",
    "paw",
    "cup",
    "ball",
    "facet",
)
"""The ornaments that templates draw (page_templates/_parts/macros.html.j2)."""

Effect = Literal["plain", "outline", "two_tone"]
EFFECTS: tuple[Effect, ...] = ("plain", "outline", "two_tone")
Season = Literal["spring", "summer", "autumn", "winter"]
PriceLevel = Literal["low", "middle", "high"]
Word = Annotated[str, Field(min_length=1, max_length=40)]


class TypeStyle(Model):
    """How titles are set: a family that ships (fonts.yaml), its weight, and what is done to the letters.

    `effect`: plain; outline (a rim in the ground's colour); two_tone (ink turns into highlight).
    """

    family: str = "Noto Sans CJK SC"
    title_weight: Weight = 900
    effect: Effect = "two_tone"

    @classmethod
    def of(cls, style: Mapping[str, str]) -> TypeStyle:
        """As a page's style carries it (StylePreset.style); pages of earlier days do not. Raises pydantic.ValidationError."""
        named = {"family": "title_family", "title_weight": "title_weight", "effect": "title_effect"}
        return cls.model_validate({field: style[key] for field, key in named.items() if key in style}, strict=False)


class StyleTags(Model):
    """What a designer says a preset is for. Words may be of either language.

    `festivals` (codes of trends/festivals.yaml) and `signs` settle it; `seasons`, `words` speak for it where the theme says them; `goods`
    are names of categories that suit it, `industries` whole industries; `moods` are words of the brief's tone; `against` are words that it
    does not suit. `prices`: which price level it suits. `mixed`: it suits a page that holds some of everything.
    """

    industries: tuple[str, ...] = ()
    kinds: tuple[TrendKind, ...] = ()
    seasons: tuple[Season, ...] = ()
    festivals: tuple[str, ...] = ()
    signs: tuple[Word, ...] = ()
    words: tuple[Word, ...] = ()
    goods: tuple[Word, ...] = ()
    moods: tuple[Word, ...] = ()
    against: tuple[Word, ...] = ()
    prices: tuple[PriceLevel, ...] = ()
    mixed: bool = False


class StylePreset(Model):
    """One mood: style_presets/<id>/. `note` is the designer's: what it is for, what it is not.

    `palette` has a colour ("#rrggbb") for each name in `PALETTE`; `motif` is what templates draw; `motif_words` and `mood` are English
    words for the image model, which its template `image` (image.j2) puts together.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    version: Annotated[int, Field(ge=1)]
    name: Text
    note: Annotated[str, Field(min_length=1, max_length=600)]
    palette: dict[str, str]
    motif: str
    motif_words: Annotated[str, Field(min_length=1, max_length=300)]
    mood: Annotated[str, Field(min_length=1, max_length=120)]
    type: TypeStyle
    tags: StyleTags
    image: str = ""

    @field_validator("name")
    @classmethod
    def _in_both_languages(cls, name: Text) -> Text:
        if missing := [language for language in ("zh", "en") if not name.get(language, "").strip()]:
            raise ValueError(f"the name is missing in {' and '.join(missing)}")
        return name

    @field_validator("palette")
    @classmethod
    def _complete(cls, palette: dict[str, str]) -> dict[str, str]:
        wrong = [f"{name} is missing" for name in PALETTE if name not in palette]
        wrong += [f"{name} is none of its colours" for name in palette if name not in PALETTE]
        wrong += [f"{name} is {colour!r}, not #rrggbb in lower case" for name, colour in palette.items() if not HEX.match(colour)]
        if wrong:
            raise ValueError("; ".join(wrong))
        return palette

    @field_validator("motif")
    @classmethod
    def _drawn(cls, motif: str) -> str:
        if motif not in MOTIFS:
            raise ValueError(f"no template draws {motif!r}; there are {', '.join(MOTIFS)}")
        return motif

    @property
    def scene(self) -> str:
        """What a hero picture of this preset shows, in English: the facts of its alt text."""
        return f"{self.motif_words}, {self.mood}"

    def style(self) -> dict[str, str]:
        """What PageModel.style carries: the palette, the motif, how titles are set, and the preset's id."""
        return {
            **self.palette,
            "motif": self.motif,
            "title_family": self.type.family,
            "title_weight": str(self.type.title_weight),
            "title_effect": self.type.effect,
            "preset": self.id,
        }


class StyleReason(Model):
    """Something that speaks for a preset, or (points below zero) against it: how much, and in words."""

    code: Literal["sign", "season", "word", "goods", "industry", "kind", "mood", "colour", "price", "mixed", "against", "default"]
    points: float
    said: Text


class StyleScore(Model):
    """A preset and what speaks for it, the strongest first."""

    style_id: str
    score: float
    reasons: tuple[StyleReason, ...] = ()


class StyleChoice(Model):
    """The preset of a page, why, and what else something spoke for: the best of those first."""

    style_id: str
    version: int
    score: float
    reasons: tuple[StyleReason, ...]
    others: tuple[StyleScore, ...] = ()

    def said(self) -> Text:
        """All reasons in one line of each language."""
        return {
            "zh": "；".join(reason.said["zh"] for reason in self.reasons),
            "en": "; ".join(reason.said["en"] for reason in self.reasons),
        }
