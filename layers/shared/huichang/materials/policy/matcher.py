"""Words to places: four Aho-Corasick automata (Chinese and Latin, as written and with numbers as <n>), linear in the text's length."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import ahocorasick

from huichang.kernel.language import detect_language
from huichang.materials.policy.folding import NUMBER, Stream, fold_character, gap_at, han_stream, numbers, word_stream
from huichang.materials.policy.model import Rule

_WIDEST_GAP = 8
"""Signs that may stand on average between two characters of one word: more is no evasion but another sentence."""
_Span = tuple[int, int]


class Hit(NamedTuple):
    """A word of a rule, in the original text."""

    rule: int
    word: str
    start: int
    end: int


@dataclass(frozen=True)
class _Meaning:
    rule: int
    word: str
    harmless: bool


class Matcher:
    """Finds the words of rules in texts. Built once, used by many threads."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        patterns: dict[tuple[bool, bool], dict[str, list[_Meaning]]] = {(han, n): {} for han in (True, False) for n in (True, False)}
        for place, rule in enumerate(rules):
            for words, harmless in ((rule.words, False), (rule.but, True)):
                for word in words:
                    for han, numbered, pattern in _patterns(word):
                        patterns[han, numbered].setdefault(pattern, []).append(_Meaning(place, word, harmless))
        self._automata = {key: _automaton(table) for key, table in patterns.items() if table}

    def hits(self, text: str) -> list[Hit]:
        """Every hit that no harmless phrase of its rule outreaches, by rule and place."""
        found: dict[int, list[Hit]] = defaultdict(list)
        harmless: dict[int, list[_Span]] = defaultdict(list)
        for han, stream in ((True, han_stream(text)), (False, word_stream(text))):
            for numbered in (False, True):
                automaton = self._automata.get((han, numbered))
                if automaton is None:
                    continue
                read = numbers(stream, words=not han) if numbered else stream
                for meaning, span in _spans(automaton, read, han=han):
                    if meaning.harmless:
                        harmless[meaning.rule].append(span)
                    else:
                        found[meaning.rule].append(Hit(meaning.rule, meaning.word, *span))
        return [hit for rule, hits in found.items() for hit in _without(hits, harmless[rule])]


def _patterns(word: str) -> Iterator[tuple[bool, bool, str]]:
    """(Chinese?, with numbers?, folded pattern) of a word; Latin phrases also as one word ("risk free" is met as riskfree)."""
    numbered = "<n>" in word
    if detect_language(word) == "zh" or any("\u4e00" <= character <= "\u9fff" for character in word):
        folded = "".join(NUMBER if part is None else _letters(part) for part in _parts(word))
        yield True, numbered, folded
        return
    stream = word_stream(word.replace("<n>", " 0 "))
    pattern = numbers(stream, words=True).text if numbered else stream.text
    yield False, numbered, pattern
    squeezed = pattern.replace(" ", "")
    if not numbered and squeezed != pattern.strip() and squeezed.isalpha() and len(squeezed) >= 7:
        yield False, False, f" {squeezed} "


def _parts(word: str) -> Iterator[str | None]:
    first, *rest = word.split("<n>")
    yield first
    for part in rest:
        yield None
        yield part


def _letters(text: str) -> str:
    return "".join(piece for character in text for piece in fold_character(character) if piece.isalnum())


def _automaton(table: dict[str, list[_Meaning]]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for pattern, meanings in table.items():
        automaton.add_word(pattern, (len(pattern), meanings))
    automaton.make_automaton()
    return automaton


def _spans(automaton: ahocorasick.Automaton, stream: Stream, *, han: bool) -> Iterator[tuple[_Meaning, _Span]]:
    text = stream.text
    for last, (length, meanings) in automaton.iter(text):
        first = last - length + 1
        if han:
            if (text[first] < "\x80" or text[last] < "\x80") and not _whole(text, first, last):
                continue
            if stream.breaks and gap_at(stream, first, last) and not _all_apart(stream, first, last):
                continue
            span = (stream.starts[first], stream.ends[last])
            if span[1] - span[0] > length * (_WIDEST_GAP + 1):
                continue
        else:
            span = (stream.starts[first + 1], stream.ends[last - 1])  # without the spaces around the words
        for meaning in meanings:
            yield meaning, span


def _whole(text: str, first: int, last: int) -> bool:
    """Latin letters and digits at the edge of a Chinese pattern end there in the text as well: 第1 is not in 第12."""

    def same(one: str, other: str) -> bool:
        return (one.isascii() and other.isascii()) and ((one.isdigit() and other.isdigit()) or (one.isalpha() and other.isalpha()))

    return not (first > 0 and same(text[first - 1], text[first])) and not (last + 1 < len(text) and same(text[last], text[last + 1]))


def _all_apart(stream: Stream, first: int, last: int) -> bool:
    """Sentence signs between all characters of a word of three and more are no sentences: 国，家，级."""
    return last - first >= 2 and all(place in stream.breaks for place in range(first + 1, last + 1))


def _without(hits: list[Hit], harmless: list[_Span]) -> Iterator[Hit]:
    """Hits that no harmless span overlaps and outreaches (begins before or ends behind)."""
    if not harmless:
        yield from hits
        return
    spans = sorted(harmless)
    starts = [start for start, _ in spans]
    furthest = list(accumulate((end for _, end in spans), max))
    for hit in hits:
        before, within = bisect_left(starts, hit.start), bisect_left(starts, hit.end)
        outreached = (before > 0 and furthest[before - 1] > hit.start) or (within > 0 and furthest[within - 1] > hit.end)
        if not outreached:
            yield hit
