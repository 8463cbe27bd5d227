"""Finding many words in short texts: Chinese as substrings, others as whole words, the longest at each place.

A dictionary look-up for each place and word length: a title of 20 characters costs some microseconds, whatever the
number of words. (An Aho-Corasick automaton would not be faster at this length, and no layer carries one.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from huichang.selection.words import fold, singular

Label = TypeVar("Label")
_WORD = re.compile(r"[a-z0-9]+(?:['&.-][a-z0-9]+)*")
# Chinese titles run Latin names and models together: OPPOFindX9, iPhone17Pro.
_LEADING = re.compile(r"[a-z]{3,}(?=[^a-z])")
_FIRST_CASE = re.compile(r"[A-Z]{3,}(?=[A-Z][a-z])|[A-Z]?[a-z]{3,}(?=[A-Z])")


class Found(NamedTuple, Generic[Label]):
    """A word at its place in the folded text."""

    word: str
    start: int
    end: int
    label: Label


class WordMatcher(Generic[Label]):
    """Words with a label each; of a word given twice the first label holds."""

    def __init__(self, words: Iterable[tuple[str, Label]]) -> None:
        self._han: dict[str, tuple[str, Label]] = {}
        self._latin: dict[tuple[str, ...], tuple[str, Label]] = {}
        for word, label in words:
            folded = fold(word)
            if not folded:
                raise ValueError("an empty word would be found everywhere")
            if folded.isascii():
                self._latin.setdefault(tuple(map(singular, _WORD.findall(folded))), (word, label))
            else:
                self._han.setdefault(folded, (word, label))
        # By first character: only lengths that can begin here are looked up.
        lengths: dict[str, set[int]] = {}
        for word in self._han:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths: Mapping[str, tuple[int, ...]] = {first: tuple(sorted(sizes, reverse=True)) for first, sizes in lengths.items()}
        self._longest_phrase = max(map(len, self._latin), default=0)

    def find(self, text: str) -> list[Found[Label]]:
        """Every word in the text, the longest at each place, in their order; `text` is folded here."""
        folded = fold(text)
        found: list[Found[Label]] = []
        for start, char in enumerate(folded):
            for size in self._lengths.get(char, ()):
                part = folded[start : start + size]
                hit = self._han.get(part) if len(part) == size else None  # at the end a slice is shorter than asked for
                if hit is not None:
                    found.append(Found(hit[0], start, start + size, hit[1]))
                    break
        if self._longest_phrase:
            found += self._phrases(folded)
            found += self._glued(text, folded)
            found.sort(key=lambda item: (item.start, -item.end))
        return found

    def _phrases(self, folded: str) -> Iterable[Found[Label]]:
        words = [(match.start(), match.end(), singular(match.group())) for match in _WORD.finditer(folded)]
        for place in range(len(words)):
            for size in range(min(self._longest_phrase, len(words) - place), 0, -1):
                hit = self._latin.get(tuple(word for _, _, word in words[place : place + size]))
                if hit is not None:
                    yield Found(hit[0], words[place][0], words[place + size - 1][1], hit[1])
                    break

    def _glued(self, text: str, folded: str) -> Iterable[Found[Label]]:
        for match in _WORD.finditer(folded):
            raw = text[match.start() : match.end()] if len(text) == len(folded) else ""
            for part in (_LEADING.match(match.group()), _FIRST_CASE.match(raw)):
                hit = self._latin.get((singular(part.group().lower()),)) if part else None
                if part and hit is not None:
                    yield Found(hit[0], match.start(), match.start() + part.end(), hit[1])
                    break


def inside(item: Found[Label], covers: Iterable[Found[Any]]) -> bool:
    """Whether the word lies within one of `covers`, and is not that very word."""
    return any(cover.start <= item.start and item.end <= cover.end and cover.end - cover.start > item.end - item.start for cover in covers)
