"""Text folded for matching, so that a word is found however it is written; every folded character knows where it came from.

Folded away: width and case, accents, zero-width characters, look-alike letters of other scripts, traditional characters, letters
written as digits (b3st), single letters set apart (b e s t), and noise between Chinese characters (最 好, 第.一, 顶🔥级).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from huichang.materials.policy.reading import read_yaml

NUMBER = "#"
"""Stands for any number in a pattern and in a stream that `numbers` made."""
_MOST_PIECES = 4
"""One character stands for so many at most: some ligatures are whole sentences, and a text of them would grow eighteenfold."""
_LEET = str.maketrans("013457@$!", "oleastasi")
_VOWELS = frozenset("aeiou")
_REPEATED = re.compile(r"(.)\1{2,}")  # no English word has a letter three times in a row: besssst
_ENDS = frozenset("，。；！？：、\n\r\t|,;!?…“”")
_NUMERALS = frozenset("0123456789一二两三四五六七八九十百千万几")
_NUMBER_WORDS = frozenset(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "few"])
_TOKEN_SIGNS = frozenset("#%$")


@dataclass(frozen=True)
class Stream:
    """A folded text. `starts[i]`, `ends[i]`: what part of the original its character i stands for. `breaks`: i such that a
    sentence's sign stood between i-1 and i."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    breaks: frozenset[int] = frozenset()


@lru_cache(maxsize=1)
def _variants() -> dict[str, str]:
    data = read_yaml(Path(__file__).with_name("folding.yaml"))
    pairs = {pair[0]: pair[1] for group in ("traditional", "look_alikes", "substitutes") for pair in data[group].split()}
    return pairs


@lru_cache(maxsize=16_384)
def fold_character(character: str) -> str:
    """What one character stands for: none (zero-width, accents), one, or several (½, ①, ﬁ)."""
    variants = _variants()
    folded: list[str] = []
    for piece in unicodedata.normalize("NFKC", variants.get(character, character)).casefold():
        kept = [part for part in unicodedata.normalize("NFKD", piece) if unicodedata.category(part) not in ("Mn", "Me", "Cf", "Cc")]
        folded += [variants.get(part, part) for part in kept]
    return "".join(folded)[:_MOST_PIECES] if character not in "\n\r\t" else character


def _folded(text: str) -> list[tuple[str, int]]:
    return [(piece, place) for place, character in enumerate(text) for piece in fold_character(character)]


def han_stream(text: str) -> Stream:
    """Letters, digits and Chinese characters only, without anything between them; sentence signs are remembered as breaks."""
    kept: list[str] = []
    places: list[int] = []
    breaks: set[int] = set()
    for character, place in _folded(text):
        if character.isalnum():
            kept.append(character)
            places.append(place)
        elif character in _ENDS:
            breaks.add(len(kept))
    return Stream("".join(kept), tuple(places), tuple(place + 1 for place in places), frozenset(breaks))


def word_stream(text: str) -> Stream:
    """Latin words, numbers and the signs # % $, one space between them and around all; Chinese only separates them."""
    tokens: list[tuple[str, int, int]] = []
    run: list[tuple[str, int]] = []
    folded = [*_folded(text), (" ", len(text))]
    for here, (character, place) in enumerate(folded):
        if character in ",." and 0 < here < len(folded) - 1 and folded[here - 1][0].isdecimal() and folded[here + 1][0].isdecimal():
            continue  # 1,200 and 9.99 are one number
        latin = character.isascii() and (character.isalnum() or character in "@$!'")
        if latin or character == "’":
            run.append((character, place))
            continue
        tokens += _tokens(run)
        run = []
        if character in _TOKEN_SIGNS:
            tokens.append((character, place, place + 1))
    tokens = _joined(tokens)
    pieces = [" "]
    starts, ends = [0], [0]
    for token, start, end in tokens:
        pieces.append(token + " ")
        starts += [start] * (len(token) + 1)
        ends += [end] * (len(token) + 1)
    return Stream("".join(pieces), tuple(starts), tuple(ends))


def numbers(stream: Stream, *, words: bool) -> Stream:
    """The same with every number as NUMBER, itself where it holds none; `words`: a word stream, where "two" is a number as well."""
    kept: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    breaks: set[int] = set()
    spots = _number_words(stream.text) if words else _numerals(stream.text)
    if not spots:
        return stream
    here = 0
    while here < len(stream.text):
        if here in stream.breaks:
            breaks.add(len(kept))
        end = spots.get(here, here + 1)
        kept.append(NUMBER if here in spots else stream.text[here])
        starts.append(stream.starts[here])
        ends.append(stream.ends[end - 1])
        here = end
    return Stream("".join(kept), tuple(starts), tuple(ends), frozenset(breaks))


def _numerals(text: str) -> dict[int, int]:
    spots: dict[int, int] = {}
    here = 0
    while here < len(text):
        end = here
        while end < len(text) and text[end] in _NUMERALS:
            end += 1
        if end > here:
            spots[here] = end
        here = max(end, here + 1)
    return spots


def _number_words(text: str) -> dict[int, int]:
    spots: dict[int, int] = {}
    here = 0
    for token in text.split(" "):
        if token.isdigit() or token in _NUMBER_WORDS:
            spots[here] = here + len(token)
        here += len(token) + 1
    return spots


def _tokens(run: list[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """Words and numbers of a run of Latin signs: apostrophes fall out, digits and signs inside a word are letters (b3st)."""
    run = [(character, place) for character, place in run if character not in "'’"]
    cut: list[tuple[str, int, int]] = []
    begin = 0
    while begin < len(run):
        end = begin + 1
        kind = _kind(run, begin)
        while end < len(run) and _kind(run, end) == kind:
            end += 1
        word = "".join(character for character, _ in run[begin:end])
        if kind == "letter":
            cut.append((_shortened(_lettered(word)), run[begin][1], run[end - 1][1] + 1))
        elif kind == "digit":
            cut.append((word, run[begin][1], run[end - 1][1] + 1))
        begin = end
    return cut


def _lettered(word: str) -> str:
    """Digits and signs inside a word as the letters they stand for; 1 is i between consonants (r1sk, tr1ck) and l beside a vowel (sa1e)."""
    letters = list(word.translate(_LEET))
    for place, sign in enumerate(word):
        if sign == "1" and 0 < place < len(word) - 1:
            before = letters[place - 2 : place] if letters[place - 1] == "r" else letters[place - 1 : place]  # world, but trick
            if not any(letter in _VOWELS for letter in (*before, letters[place + 1])):
                letters[place] = "i"
    return "".join(letters)


def _shortened(word: str) -> str:
    """besssst is best; kkk and xxx are words of their own."""
    short = _REPEATED.sub(r"\1", word)
    return short if len(short) >= 3 else word


def _kind(run: list[tuple[str, int]], place: int) -> str:
    character = run[place][0]
    if character.isalpha():
        return "letter"
    between = 0 < place < len(run) - 1 and run[place - 1][0].isalpha() and run[place + 1][0].isalpha()
    if between and character in "013457@$!":
        return "letter"
    if character in "013457" and _doubled_end(run, place):
        return "letter"
    return "digit" if character.isdigit() else "sign"


def _doubled_end(run: list[tuple[str, int]], place: int) -> bool:
    """fr33 at the end of its word is free; a single digit there is a number (mp3, size4)."""
    begin = place if place + 1 < len(run) and run[place + 1][0] == run[place][0] else place - 1
    pair = [character for character, _ in run[begin : begin + 2]]
    return (
        begin >= 2
        and len(pair) == 2
        and pair[0] == pair[1]
        and all(run[n][0].isalpha() for n in (begin - 1, begin - 2))
        and begin + 2 == len(run)
    )


def _joined(tokens: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Three and more single letters in a row are one word that was set apart."""
    kept: list[tuple[str, int, int]] = []
    here = 0
    while here < len(tokens):
        end = here
        while end < len(tokens) and len(tokens[end][0]) == 1 and tokens[end][0].isalpha():
            end += 1
        if end - here >= 3:
            kept.append(("".join(token for token, _, _ in tokens[here:end]), tokens[here][1], tokens[end - 1][2]))
        else:
            kept += tokens[here : max(end, here + 1)]
        here = max(end, here + 1)
    return kept


def gap_at(stream: Stream, first: int, last: int) -> bool:
    """Whether a sentence's sign stands inside the characters first..last of a Chinese stream."""
    return any(place in stream.breaks for place in range(first + 1, last + 1))


def ends_between(text: str, start: int, end: int) -> bool:
    """Whether a sentence or a part of one ends in text[start:end], what stands between two words: a comma in 1,200 is none."""
    return any(text[place] in _ENDS or (text[place] == "." and text[place + 1 : place + 2].isspace()) for place in range(start, end))
