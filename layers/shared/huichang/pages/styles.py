"""Style presets: which mood suits a theme and its goods, and what the image model is told about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import Field, field_validator

from huichang.kernel.language import Text, pick
from huichang.kernel.model import Model
from huichang.pages.colours import HEX
from huichang.themes.model import Theme

_FILE = Path(__file__).with_name("styles.yaml")
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
)
DEFAULT = "market_orange"


class StyleTags(Model):
    """What a designer says a preset is for. `signs` are words that settle it, `words` speak for it."""

    industries: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()


class StylePreset(Model):
    """One mood: a colour ("#rrggbb") for each name in `PALETTE`, a motif templates draw, words for the image model."""

    id: str
    name: Text
    motif: str
    motif_words: str
    mood: str
    palette: dict[str, str]
    tags: StyleTags = Field(default_factory=StyleTags)

    @field_validator("palette")
    @classmethod
    def _complete(cls, palette: dict[str, str]) -> dict[str, str]:
        wrong = set(palette) ^ set(PALETTE)
        if wrong:
            raise ValueError(f"palette must name exactly {', '.join(PALETTE)}; wrong: {', '.join(sorted(wrong))}")
        for name, colour in palette.items():
            if not HEX.match(colour):
                raise ValueError(f"{name} is {colour!r}, not #rrggbb in lower case")
        return palette

    @field_validator("motif")
    @classmethod
    def _drawn(cls, motif: str) -> str:
        if motif not in MOTIFS:
            raise ValueError(f"no template draws the motif {motif!r}")
        return motif

    def style(self) -> dict[str, str]:
        """What PageModel.style carries: the palette, the motif and the preset's id."""
        return {**self.palette, "motif": self.motif, "preset": self.id}


@cache
def load_presets() -> dict[str, StylePreset]:
    """All presets by id. Raises pydantic.ValidationError when the file is wrong."""
    presets = [StylePreset.model_validate(entry) for entry in yaml.safe_load(_FILE.read_text(encoding="utf-8"))]
    return {preset.id: preset for preset in presets}


def holds_word(text: str, word: str) -> bool:
    """Whether the text holds the word: anywhere for Chinese, as a whole word (or its plural) for Latin letters."""
    text, word = text.casefold(), word.casefold()
    if word.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?:s|es)?(?![a-z0-9])", text) is not None
    return word in text


def choose_style(theme: Theme, products_by_category: Mapping[str, int]) -> tuple[StylePreset, str]:
    """The preset that suits the theme's words and the goods' own categories best, and why in one line.

    A sign counts 6, a word in the theme's name 3, in keywords and sub-themes 1, two of each at most, the share of
    products in such categories 2; industry 1.5, kind 0.5 and only beside a word. Ties go to the order of the file.
    """
    presets = load_presets()
    total = sum(products_by_category.values())
    around = " | ".join([*theme.keywords, *(sub.name for sub in theme.subthemes), theme.slogan])
    best, best_score, best_why = presets[DEFAULT], 0.0, "no preset's tags fit, so the neutral market look"
    for preset in presets.values():
        signs = [word for word in preset.tags.signs if holds_word(theme.name, word) or holds_word(around, word)]
        in_name = [word for word in preset.tags.words if holds_word(theme.name, word)]
        in_words = [word for word in preset.tags.words if word not in in_name and holds_word(around, word)]
        share = 0.0
        if total:
            share = (
                sum(
                    count
                    for category, count in products_by_category.items()
                    if any(holds_word(category, word) for word in preset.tags.words)
                )
                / total
            )
        score = (6.0 if signs else 0.0) + min(len(in_name), 2) * 3.0 + min(len(in_words), 2) * 1.0 + share * 2.0
        why: list[str] = []
        if signs:
            why.append(f"{', '.join(signs[:3])} calls for it")
        if in_name:
            why.append(f"the theme's name says {', '.join(in_name[:3])}")
        if in_words:
            why.append(f"its keywords say {', '.join(in_words[:3])}")
        if share >= 0.1:
            why.append(f"{share:.0%} of its products are in such categories")
        if theme.industry is not None and theme.industry in preset.tags.industries:
            score += 1.5
            why.append(f"the industry is {theme.industry}")
        if score and theme.kind in preset.tags.kinds:
            score += 0.5
            why.append(f"the theme is {theme.kind}")
        if score > best_score:
            best, best_score, best_why = preset, score, "; ".join(why)
    return best, f"{pick(best.name, 'en')}: {best_why}"


def hero_image_prompt(preset: StylePreset, theme: Theme) -> str:
    """What the image model is told: the style on one line, the subject on the next. Words are typeset by the page."""
    colours = [preset.palette[name] for name in ("hero", "hero_2", "accent", "highlight", "ground")]
    return "\n".join(
        (
            f"motif: {preset.motif_words}; palette: {','.join(dict.fromkeys(colours))}; mood: {preset.mood}; "
            "composition: wide panorama, low stage for goods right of the middle, leave the left third quiet; no text",
            f"subject: background scene of a promotion page about {_inert(theme.name)}; no people, no goods",
        )
    )


def scene_of(image_prompt: str) -> str:
    """What a hero picture asked for with this prompt shows: its motif and mood, in English."""
    wanted = dict(part.partition(":")[::2] for part in image_prompt.partition("\n")[0].split("; "))
    return ", ".join(wanted[name].strip() for name in ("motif", "mood") if wanted.get(name, "").strip())


def _inert(name: str) -> str:
    return re.sub(r"[\s;:{}<>]+", " ", name).strip()[:60]
