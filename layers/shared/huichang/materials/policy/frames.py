"""Frames: what is forbidden as a sequence of word classes (`@cure ~6 @disease`), found from the places of their words.

Dynamic programming over those places: linear in their number, so no text makes it slow as it could a regular expression.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from huichang.materials.policy.folding import ends_between
from huichang.materials.policy.lexicon import Lexicon

_GAP = re.compile(r"^(~~?)(\d{1,2})$")
_HAN = re.compile("[\u4e00-\u9fff]")


class Span(NamedTuple):
    """A part of the text: characters [start, end)."""

    start: int
    end: int


class Slot(NamedTuple):
    """A place of a frame: the class whose words stand there (`=word` for a word itself), and what may stand before it.

    `gap`: so many characters (Chinese) or words (Latin) at most after the slot before; `crossing`: a sentence may end among them.
    """

    name: str
    gap: int = 0
    crossing: bool = False


def is_frame(text: str) -> bool:
    """Whether an entry of a rule is a frame: it names a class or has a gap."""
    return "@" in text or " ~" in text


@dataclass(frozen=True)
class Frame:
    """`@class`, `@one|other` (either), a word itself (`_` for a space in it), `~4` (up to four characters or words between, within
    the sentence), `~~4` (also across its end)."""

    text: str
    slots: tuple[Slot, ...]

    def alternatives(self, slot: Slot) -> tuple[str, ...]:
        """The classes one of which stands in a slot."""
        return tuple(slot.name.split("|"))

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """All classes and words that it is made of."""
        return tuple(dict.fromkeys(name for slot in self.slots for name in self.alternatives(slot)))

    def is_chinese(self, lexicon: Lexicon) -> bool:
        """Whether gaps are counted in characters: a slot has a Chinese word."""
        return any(_HAN.search(word) for name in self.classes for word in words_of(name, lexicon))


def words_of(name: str, lexicon: Lexicon) -> tuple[str, ...]:
    """The words of a class, or the one of `=word`."""
    return (name[1:],) if name.startswith("=") else lexicon.words(name)


def read_frame(text: str) -> Frame:
    """A frame as rules write it. Raises ValueError naming the part that is wrong."""
    slots: list[Slot] = []
    gap: tuple[int, bool] | None = None
    for part in text.split():
        if part.startswith("~"):
            found = _GAP.match(part)
            if not found or gap or not slots:
                raise ValueError(f"{text!r}: {part!r} is no gap between two words (~4, ~~4)")
            gap = (int(found[2]), found[1] == "~~")
            continue
        name = "|".join(each.removeprefix("@") for each in part.split("|")) if part.startswith("@") else "=" + part.replace("_", " ")
        slots.append(Slot(name, *(gap or (0, False))))
        gap = None
    if gap or len(slots) < 2:
        raise ValueError(f"{text!r}: a frame has two words or classes at least and ends with one")
    return Frame(text, tuple(slots))


def example(frame: Frame, lexicon: Lexicon, chosen: Mapping[int, str] | None = None) -> str:
    """Words that make the frame: the first of each class, or `chosen` by the slot's place."""
    words = [(chosen or {}).get(place) or words_of(frame.alternatives(slot)[0], lexicon)[0] for place, slot in enumerate(frame.slots)]
    chinese = frame.is_chinese(lexicon)
    return ("" if chinese else " ").join(word.replace("<n>", "7").replace("*", "xx") for word in words)


class Units:
    """The text in the units that gaps are counted in: where each character (Chinese) or word (Latin) of a stream stands."""

    def __init__(self, text: str, starts: Sequence[int], ends: Sequence[int]) -> None:
        self._starts = starts
        self._text = text
        self._ends = ends

    def of(self, span: Span) -> tuple[int, int]:
        """First and last unit of a span."""
        first = bisect_left(self._starts, span.start)
        return first, max(first, bisect_left(self._starts, span.end) - 1)

    @cached_property
    def _ended(self) -> list[int]:
        """How many sentences have ended before each unit."""
        gaps = (ends_between(self._text, end, start) for end, start in zip(self._ends, self._starts[1:], strict=False))
        return list(accumulate(gaps, initial=0))

    def one_sentence(self, first: int, last: int) -> bool:
        """Whether no sentence ends between two units."""
        most = len(self._ended) - 1
        return self._ended[min(first, most)] == self._ended[min(last, most)]


@dataclass(frozen=True)
class _Spot:
    first: int
    last: int
    span: Span


class Finder:
    """The frames of all rules: which stand in a text, from the places of the words of their classes."""

    def __init__(self, frames: Sequence[tuple[Frame, bool]]) -> None:
        """`frames`: each with whether it is Chinese. They are named by their place in this list."""
        self._frames = frames
        self._by_first: dict[str, list[int]] = {}
        for place, (frame, _) in enumerate(frames):
            for name in frame.alternatives(frame.slots[0]):
                self._by_first.setdefault(name, []).append(place)

    def found(self, places: Mapping[str, Sequence[Span]], han: Units, words: Units) -> Iterator[tuple[int, Span]]:
        """(frame, where) of all frames; `places`: spans of the words of each class."""
        spots: dict[tuple[str, bool], list[_Spot]] = {}
        for place in sorted({place for name in places for place in self._by_first.get(name, ())}):
            frame, chinese = self._frames[place]
            if not all(any(name in places for name in frame.alternatives(slot)) for slot in frame.slots):
                continue
            units = han if chinese else words
            yield from ((place, span) for span in self._spans(frame, chinese, places, units, spots))

    @staticmethod
    def _spans(
        frame: Frame, chinese: bool, places: Mapping[str, Sequence[Span]], units: Units, spots: dict[tuple[str, bool], list[_Spot]]
    ) -> Iterator[Span]:
        reached: list[_Spot] = []
        for number, slot in enumerate(frame.slots):
            key = (slot.name, chinese)
            if key not in spots:
                spans = {span for name in frame.alternatives(slot) for span in places.get(name, ())}
                spots[key] = sorted((_Spot(*units.of(span), span) for span in spans), key=lambda spot: (spot.first, spot.last))
            if number == 0:
                reached = spots[key]
                continue
            reached = _onward(reached, spots[key], slot, units)
            if not reached:
                return
        yield from (spot.span for spot in reached)


def _onward(reached: Sequence[_Spot], following: Sequence[_Spot], slot: Slot, units: Units) -> list[_Spot]:
    """From each place reached so far to every word of the next slot that stands near enough; of two ways to it the shorter."""
    firsts = [spot.first for spot in following]
    best: dict[int, _Spot] = {}
    for spot in reached:
        low, high = bisect_right(firsts, spot.last), bisect_right(firsts, spot.last + 1 + slot.gap)
        for place in range(low, high):
            there = following[place]
            if not slot.crossing and not units.one_sentence(spot.last, there.first):
                break
            if place not in best or best[place].first < spot.first:
                best[place] = _Spot(spot.first, there.last, Span(spot.span.start, there.span.end))
    return sorted(best.values(), key=lambda spot: (spot.first, spot.last))
