"""What a reviewer can ask for in terms that code can check, and where in a material it is meant."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator, model_validator

from huichang.kernel.language import Language
from huichang.kernel.model import Model

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$", to_lower=True)]
FOREIGN: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[A-Za-z]{2,}"),
    "en": re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"),
}
"""By the language of a text: a word of the other one."""
# Written-out numbers are numbers too; 一 alone is left out: 一起, 一站 count nothing.
NUMERALS: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[0-9０-９]|[一二两三四五六七八九十百千万半]+(?=[件款个元块折天年月日倍成])"),
    "en": re.compile(r"[0-9]|\b(?:two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|dozen|half)\b", re.IGNORECASE),
}
"""By the language of a text: a number."""
Share = Annotated[float, Field(ge=0, le=1)]


class Checks(Model):
    """Every check that is set must hold. Texts: the first five; pictures: the last three. Lengths in characters, light 0 (black) to 1.

    `only_language`: no word of the other language. `avoid_colours`: none of these covers a noticeable part of the picture.
    """

    never_say: Annotated[tuple[Phrase, ...], Field(max_length=20)] = ()
    must_say: Annotated[tuple[Phrase, ...], Field(max_length=5)] = ()
    max_chars: Annotated[int, Field(ge=1, le=400)] | None = None
    no_numbers: bool = False
    only_language: bool = False
    min_light: Share | None = None
    max_light: Share | None = None
    avoid_colours: Annotated[tuple[Colour, ...], Field(max_length=5)] = ()

    @field_validator("never_say")
    @classmethod
    def _leaves_words(cls, phrases: tuple[str, ...]) -> tuple[str, ...]:
        for phrase in phrases:
            if len(phrase) == 1 and phrase.isalnum():
                raise ValueError(f'"{phrase}" is one character: it would forbid nearly every text; name the whole phrase')
        return phrases

    @property
    def of_texts(self) -> bool:
        """Whether a check that is set speaks of texts."""
        return bool(self.never_say or self.must_say or self.max_chars or self.no_numbers or self.only_language)

    @property
    def of_pictures(self) -> bool:
        """Whether a check that is set speaks of pictures."""
        return bool(self.min_light is not None or self.max_light is not None or self.avoid_colours)

    def said(self, language: Language = "en") -> tuple[str, ...]:
        """The checks, one line each: in English as a model is told them, in either language for people."""
        words = _WORDS[language]
        lines = [words["never_say"].format(phrase) for phrase in self.never_say]
        lines += [words["must_say"].format(phrase) for phrase in self.must_say]
        if self.max_chars:
            lines.append(words["max_chars"].format(self.max_chars))
        lines += [words[name] for name in ("no_numbers", "only_language") if getattr(self, name)]
        if self.min_light is not None:
            lines.append(words["min_light"].format(f"{self.min_light:.0%}"))
        if self.max_light is not None:
            lines.append(words["max_light"].format(f"{self.max_light:.0%}"))
        lines += [words["avoid_colours"].format(colour) for colour in self.avoid_colours]
        return tuple(lines)


_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "never_say": 'never say "{}"',
        "must_say": 'must say "{}"',
        "max_chars": "at most {} characters",
        "no_numbers": "no numbers",
        "only_language": "no words of another language",
        "min_light": "bright: mean lightness at least {}",
        "max_light": "muted: mean lightness at most {}",
        "avoid_colours": "avoid the colour {}",
    },
    "zh": {
        "never_say": "不许说“{}”",
        "must_say": "必须说“{}”",
        "max_chars": "最多 {} 个字",
        "no_numbers": "不要数字",
        "only_language": "不夹其他语言",
        "min_light": "亮度不低于 {}",
        "max_light": "亮度不高于 {}",
        "avoid_colours": "避开颜色 {}",
    },
}


class Region(Model):
    """A marked part of a picture, in shares of its width and height from the top left corner."""

    x: Share
    y: Share
    width: Annotated[float, Field(gt=0, le=1)]
    height: Annotated[float, Field(gt=0, le=1)]

    @model_validator(mode="after")
    def _inside(self) -> Region:
        if self.x + self.width > 1.0005 or self.y + self.height > 1.0005:
            raise ValueError("the region reaches out of the picture")
        return self

    def said(self) -> str:
        """Where it is, in words for a model."""
        across = _third(self.x + self.width / 2, ("left", "middle", "right"))
        down = _third(self.y + self.height / 2, ("upper", "middle", "lower"))
        where = "centre" if across == down == "middle" else f"{down} {across}" if "middle" not in (across, down) else _side(across, down)
        return (
            f"in the {where} ({self.x:.0%}-{self.x + self.width:.0%} from the left, {self.y:.0%}-{self.y + self.height:.0%} from the top)"
        )


def _third(at: float, names: tuple[str, str, str]) -> str:
    return names[0] if at < 1 / 3 else names[2] if at > 2 / 3 else names[1]


def _side(across: str, down: str) -> str:
    return across if down == "middle" else f"{down} part"


class RejectedPicture(Model):
    """A picture that was sent back: its media key (named by content) and its look (likeness.py), "" where none was taken."""

    media_key: str
    look: str = ""
