"""The two languages the product speaks, and telling them apart."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

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


def _in_both(value: Any) -> Any:
    return {"zh": value, "en": value} if isinstance(value, str) and value else value or {}


Told = Annotated[Text, BeforeValidator(_in_both)]
"""What an operator is told, kept in both languages and read in the console's. A plain string (records made before both
were kept) stands for both; {} for nothing."""


def both(zh: str, en: str) -> Text:
    """The sentence in both languages."""
    return {"zh": zh, "en": en}


def pick(text: Text, language: Language) -> str:
    """The text in this language, or in the other where this one is missing."""
    return text.get(language) or next(iter(text.values()), "")


def holds_word(text: str, word: str) -> bool:
    """Whether the text holds the word: anywhere for Chinese, as a whole word (or its plural) for Latin letters. Case does not count."""
    text, word = _plain(text), _plain(word)
    return word in text and (not word.isascii() or _pattern(word).search(text) is not None)


def _plain(text: str) -> str:
    return text.casefold().replace("’", "'")


@cache
def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9]){re.escape(word)}(?:s|es)?(?![a-z0-9])")
