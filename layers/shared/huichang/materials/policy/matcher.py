"""Words and frames to places: four Aho-Corasick automata (Chinese and Latin, as written and with numbers as <n>) over the folded text,
frames from the places of their words, and what makes a hit harmless. Linear in the text's length."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple, TypeVar

import ahocorasick

from huichang.kernel.language import detect_language
from huichang.materials.policy.contexts import Beside, Context
from huichang.materials.policy.folding import NUMBER, Stream, fold_character, gap_at, han_stream, numbers, word_stream
from huichang.materials.policy.frames import Finder, Frame, Span, Units, is_frame, read_frame, words_of
from huichang.materials.policy.lexicon import Lexicon
from huichang.materials.policy.model import Rule
from huichang.materials.policy.spelling import spellings

_WIDEST_GAP = 8
"""Signs that may stand on average between two characters of one word: more is no evasion but another sentence."""


class Hit(NamedTuple):
    """A word or a frame of a rule, in the original text."""

    rule: int
    word: str
    start: int
    end: int


_Place = TypeVar("_Place", Hit, Span)


@dataclass(frozen=True)
class _Meaning:
    """What a pattern is: a word of a rule (by place) or of a class (by name), or a harmless phrase of one."""

    owner: int | str
    word: str
    harmless: bool


@dataclass
class _Met:
    """What stands in a text. Owners are rules (by place) and classes (by name)."""

    hits: dict[int, list[Hit]] = field(default_factory=lambda: defaultdict(list))
    places: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    harmless: dict[int | str, list[Span]] = field(default_factory=lambda: defaultdict(list))


class Matcher:
    """Finds the words and frames of rules in texts. Built once, used by many threads.

    Raises ValueError for a frame that cannot be read, KeyError for a class that the lexicon has not.
    """

    def __init__(self, rules: Sequence[Rule], lexicon: Lexicon, contexts: Sequence[Context] = ()) -> None:
        patterns: dict[tuple[bool, bool], dict[str, list[_Meaning]]] = {(han, n): {} for han in (True, False) for n in (True, False)}

        def add(owner: int | str, words: Iterable[str], *, harmless: bool) -> None:
            for word in words:
                for han, numbered, pattern in _patterns(word, endings=isinstance(owner, str)):
                    patterns[han, numbered].setdefault(pattern, []).append(_Meaning(owner, word, harmless))

        frames: list[tuple[Frame, bool]] = []
        self._meant: list[tuple[int, bool]] = []  # of each frame: its rule, and whether it is harmless
        self._contexts: list[tuple[Context, ...]] = []
        needed: dict[str, None] = {}
        for place, rule in enumerate(rules):
            of_rule = tuple(context for context in contexts if context.of(rule.id))
            self._contexts.append(tuple(context for context in of_rule if context.classes))
            needed |= dict.fromkeys(name for context in of_rule for name in context.classes)
            add(place, rule.words, harmless=False)
            add(place, (phrase for phrase in rule.but if not is_frame(phrase)), harmless=True)
            add(place, (phrase for context in of_rule for phrase in context.phrases if not is_frame(phrase)), harmless=True)
            harmless = [phrase for phrase in (*rule.but, *(each for context in of_rule for each in context.phrases)) if is_frame(phrase)]
            for text, is_harmless in (*((text, False) for text in rule.frames), *((text, True) for text in harmless)):
                frame = read_frame(text)
                frames.append((frame, frame.is_chinese(lexicon)))
                self._meant.append((place, is_harmless))
                needed |= dict.fromkeys(frame.classes)
        for name in needed:
            add(name, words_of(name, lexicon), harmless=False)
            if not name.startswith("="):
                add(name, lexicon.classes[name].but, harmless=True)
        self._automata = {key: _automaton(table) for key, table in patterns.items() if table}
        self._finder = Finder(frames)
        self._frames = frames

    def hits(self, text: str) -> list[Hit]:
        """Every hit that no harmless phrase of its rule outreaches and no context makes harmless, by rule and place."""
        han, words = han_stream(text), word_stream(text)
        met = self._met(han, words)
        counted = [Units(text, han.starts, han.ends), Units(text, *_tokens(words))]
        for number, span in self._finder.found(met.places, *counted):
            rule, harmless = self._meant[number]
            if harmless:
                met.harmless[rule].append(span)
            else:
                met.hits[rule].append(Hit(rule, self._frames[number][0].text, *span))
        left = {rule: list(_without(hits, met.harmless[rule])) for rule, hits in met.hits.items()}
        surroundings = _Surroundings(met.places, counted)
        return [
            hit
            for rule, hits in left.items()
            for hit in hits
            if not any(surroundings.spare(hit, context) for context in self._contexts[rule])
        ]

    def _met(self, han: Stream, words: Stream) -> _Met:
        met = _Met()
        for is_han, stream in ((True, han), (False, words)):
            for numbered in (False, True):
                automaton = self._automata.get((is_han, numbered))
                if automaton is None:
                    continue
                read = numbers(stream, words=not is_han) if numbered else stream
                if numbered and read is stream:
                    continue
                for meaning, span in _spans(automaton, read, han=is_han):
                    if meaning.harmless:
                        met.harmless[meaning.owner].append(span)
                    elif isinstance(meaning.owner, int):
                        met.hits[meaning.owner].append(Hit(meaning.owner, meaning.word, *span))
                    else:
                        met.places[meaning.owner].append(span)
        for name in list(met.places):
            if name in met.harmless:
                left = list(_without(met.places[name], met.harmless[name]))
                met.places[name] = left
                if not left:
                    del met.places[name]
        return met


class _Surroundings:
    """Whether words of a class stand beside a hit: looked up among their sorted places, so that many hits and many words stay cheap."""

    def __init__(self, places: Mapping[str, Sequence[Span]], counted: Sequence[Units]) -> None:
        self._places = places
        self._counted = counted
        self._sorted: dict[str, list[tuple[list[int], list[int]]]] = {}

    def spare(self, hit: Hit, context: Context) -> bool:
        """Whether a context makes a hit harmless."""
        span = Span(hit.start, hit.end)
        return any(
            beside is not None and beside.words in self._places and self._near(span, beside, before=before)
            for beside, before in ((context.before, True), (context.after, False))
        )

    def _near(self, hit: Span, beside: Beside, *, before: bool) -> bool:
        for units, (firsts, lasts) in zip(self._counted, self._of(beside.words), strict=True):
            first, last = units.of(hit)
            if before:
                place = bisect_left(lasts, first) - 1
                found = place >= 0 and first - lasts[place] - 1 <= beside.within and units.one_sentence(lasts[place], first)
            else:
                place = bisect_right(firsts, last)
                found = place < len(firsts) and firsts[place] - last - 1 <= beside.within and units.one_sentence(last, firsts[place])
            if found:
                return True
        return False

    def _of(self, name: str) -> list[tuple[list[int], list[int]]]:
        if name not in self._sorted:
            spans = [[units.of(span) for span in self._places[name]] for units in self._counted]
            self._sorted[name] = [(sorted(first for first, _ in each), sorted(last for _, last in each)) for each in spans]
        return self._sorted[name]


def _tokens(words: Stream) -> tuple[list[int], list[int]]:
    """Starts and ends of the words of a word stream."""
    places = [place for place in range(1, len(words.text)) if words.text[place - 1] == " "]
    return [words.starts[place] for place in places], [words.ends[place] for place in places]


def _patterns(word: str, *, endings: bool) -> Iterator[tuple[bool, bool, str]]:
    """(Chinese?, with numbers?, folded pattern) of a word; Latin phrases also as one word ("risk free" is met as riskfree)."""
    numbered = "<n>" in word
    if not _letters(word) and not any(sign in word for sign in "#%"):
        raise ValueError(f"{word!r} has no letter and no digit")
    if detect_language(word) == "zh" or any("\u4e00" <= character <= "\u9fff" for character in word):
        for spelling in spellings(word):
            yield True, numbered, "".join(NUMBER if part is None else _letters(part) for part in _parts(spelling))
        return
    if endings and word.startswith("*"):  # of a class only: a brand may forbid "*star" and mean just that
        yield False, False, f"{_letters(word)} "
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
        automaton.add_word(pattern, (len(pattern), tuple(dict.fromkeys(meanings))))
    automaton.make_automaton()
    return automaton


def _spans(automaton: ahocorasick.Automaton, stream: Stream, *, han: bool) -> Iterator[tuple[_Meaning, Span]]:
    text = stream.text
    for last, (length, meanings) in automaton.iter(text):
        first = last - length + 1
        if han:
            if (text[first] < "\x80" or text[last] < "\x80") and not _whole(text, first, last):
                continue
            if stream.breaks and gap_at(stream, first, last) and not _all_apart(stream, first, last):
                continue
            span = Span(stream.starts[first], stream.ends[last])
            if span.end - span.start > length * (_WIDEST_GAP + 1):
                continue
        elif text[first] == " ":
            span = Span(stream.starts[first + 1], stream.ends[last - 1])  # without the spaces around the words
        else:  # the end of a word: all of it
            begin = text.rfind(" ", 0, first) + 1
            if first - begin > _LONGEST_STEM:
                continue
            span = Span(stream.starts[begin], stream.ends[last - 1])
        for meaning in meanings:
            yield meaning, span


_LONGEST_STEM = 20
"""Letters before an ending: longer words are none, and looking for their beginning would take long."""


def _whole(text: str, first: int, last: int) -> bool:
    """Latin letters and digits at the edge of a Chinese pattern end there in the text as well: 第1 is not in 第12."""

    def same(one: str, other: str) -> bool:
        return (one.isascii() and other.isascii()) and ((one.isdigit() and other.isdigit()) or (one.isalpha() and other.isalpha()))

    return not (first > 0 and same(text[first - 1], text[first])) and not (last + 1 < len(text) and same(text[last], text[last + 1]))


def _all_apart(stream: Stream, first: int, last: int) -> bool:
    """Sentence signs between all characters of a word of three and more are no sentences: 国，家，级."""
    return last - first >= 2 and all(place in stream.breaks for place in range(first + 1, last + 1))


def _without(hits: list[_Place], harmless: list[Span]) -> Iterator[_Place]:
    """Hits that no harmless span overlaps and outreaches (begins before or ends behind), nor is the same."""
    if not harmless:
        yield from hits
        return
    spans = sorted(harmless)
    starts = [start for start, _ in spans]
    furthest = list(accumulate((end for _, end in spans), max))
    equal = set(harmless)
    for hit in hits:
        before, within = bisect_left(starts, hit.start), bisect_left(starts, hit.end)
        outreached = (before > 0 and furthest[before - 1] > hit.start) or (within > 0 and furthest[within - 1] > hit.end)
        if not outreached and Span(hit.start, hit.end) not in equal:
            yield hit
