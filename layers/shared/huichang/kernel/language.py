"""The two languages the product speaks, and telling them apart."""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["zh", "en"]

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


def detect_language(text: str) -> Language | None:
    """Return "zh" if the text holds Han characters that outweigh its Latin words, "en" for Latin words, None for neither."""
    han = len(_HAN.findall(text))
    latin = len(_LATIN_WORD.findall(text))
    if han == 0 and latin == 0:
        return None
    return "zh" if han >= latin else "en"


Text = dict[Language, str]
"""One text in both languages: {"zh": …, "en": …}."""


def pick(text: Text, language: Language) -> str:
    """The text in this language, or in the other where this one is missing."""
    return text.get(language) or next(iter(text.values()), "")
