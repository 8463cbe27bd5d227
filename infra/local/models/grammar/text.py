"""Plain text for the grammar: half-width, lower case, every character at its place, so that phrases stay verbatim."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

HAN = re.compile(r"[\u4e00-\u9fff]")
BLOT = "□"
_SAME = str.maketrans(
    {"’": "'", "–": "-", "—": "-", "～": "~", "〜": "~", "−": "-", "》": ">", "《": "<", "≦": "≤", "≧": "≥", "⩽": "≤", "⩾": "≥", "㎡": "m"}
)


def plain(sentence: str) -> str:
    """Half-width and lower case, each character mapped to exactly one."""
    chars = []
    for char in sentence.translate(_SAME):
        folded = unicodedata.normalize("NFKC", char).lower()
        # A wide comma parts clauses; half-width it could stand inside a number.
        chars.append(folded if len(folded) == 1 and char != "，" else char)
    return "".join(chars)


def blotted(text: str, start: int, end: int) -> str:
    """The text with these characters unreadable."""
    return text[:start] + BLOT * (end - start) + text[end:]


def alternatives(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first; a space or hyphen of a word stands for either."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(re.sub(r"(?:\\ |\\-|-)+", r"[\\s-]+", re.escape(word)) for word in ordered)


def places(text: str, words: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where one of the words stands, the longest at each place: Chinese anywhere, English as a whole word."""
    return [match.span() for match in _anywhere(words).finditer(text)]


@lru_cache(maxsize=256)
def _anywhere(words: tuple[str, ...]) -> re.Pattern[str]:
    han = [word for word in words if HAN.search(word)]
    latin = [word for word in words if not HAN.search(word)]
    parts = [alternatives(han)] if han else []
    parts += [rf"(?<![a-z0-9])(?:{alternatives(latin)})(?![a-z0-9])"] if latin else []
    return re.compile("|".join(parts) if parts else r"(?!)")
