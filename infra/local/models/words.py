"""Words: the lexicon, request boilerplate, numerals."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

HAN = re.compile(r"[\u4e00-\u9fff]")
_NUMERALS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "俩": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@cache
def lexicon() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Groups of (Chinese synonyms, English synonyms)."""
    raw = yaml.safe_load((Path(__file__).parent / "lexicon.yaml").read_text(encoding="utf-8"))
    return tuple((tuple(str(w) for w in zh), tuple(str(w).lower() for w in en)) for zh, en in raw)


def contains(text: str, word: str) -> bool:
    """Whether a text has this word: as a substring for Chinese, as a whole word (plural allowed) for English."""
    if HAN.search(word):
        return word in text
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?:e?s)?(?![a-z0-9])", text.lower()) is not None


def groups_in(text: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Lexicon groups of which a word stands in the text, longest match first; a word inside a longer matched one does not count."""
    found: list[tuple[str, tuple[tuple[str, ...], tuple[str, ...]]]] = []
    for group in lexicon():
        matched = [word for side in group for word in side if contains(text, word)]
        if matched:
            found.append((max(matched, key=len), group))
    found.sort(key=lambda item: -len(item[0]))
    kept: list[tuple[str, tuple[tuple[str, ...], tuple[str, ...]]]] = []
    for word, group in found:
        if not any(word != longer and word in longer for longer, _ in kept):
            kept.append((word, group))
    return [group for _, group in kept]


def number(text: str) -> float | None:
    """A numeral in digits, Chinese or English words: "12", "1.5万", "1w", "三十五", "百", "twelve"."""
    tidy = text.strip().lower().replace(",", "")
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(w|万|k|千|百)?", tidy)
    if found:
        return float(found[1]) * {"w": 1e4, "万": 1e4, "k": 1e3, "千": 1e3, "百": 1e2, None: 1}[found[2]]
    if tidy in _ENGLISH:
        return float(_ENGLISH.index(tidy))
    return _chinese(tidy)


def _chinese(text: str) -> float | None:
    if not text or any(char not in _NUMERALS and char not in "十百千万" for char in text):
        return None
    total, section, digit = 0, 0, 0
    for char in text:
        if char in _NUMERALS:
            digit = _NUMERALS[char]
            continue
        unit = {"十": 10, "百": 100, "千": 1000, "万": 10_000}[char]
        if unit == 10_000:
            total, section, digit = (total + section + digit or 1) * unit, 0, 0
        else:
            section, digit = section + (digit or 1) * unit, 0
    return float(total + section + digit)
