"""Plain text for the grammar: half-width, lower case, every character at its place, so that phrases stay verbatim."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

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
        chars.append(folded if len(folded) == 1 else char)
    return "".join(chars)


def blotted(text: str, start: int, end: int) -> str:
    """The text with these characters unreadable."""
    return text[:start] + BLOT * (end - start) + text[end:]


def alternatives(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first; a space or hyphen of a word stands for either."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(re.sub(r"(?:\\ |\\-|-)+", r"[\\s-]+", re.escape(word)) for word in ordered)


def word_pattern(word: str) -> str:
    """Where a word stands: Chinese anywhere, English as a whole word."""
    inner = alternatives([word])
    return inner if HAN.search(word) else rf"(?<![a-z0-9]){inner}(?![a-z0-9])"


def places(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where one of the words stands, the longest first."""
    found: list[tuple[int, int]] = []
    for word in sorted(set(words), key=lambda word: (-len(word), word)):
        found += [match.span() for match in re.finditer(word_pattern(word), text)]
    return found
