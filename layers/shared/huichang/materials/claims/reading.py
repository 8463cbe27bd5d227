"""A text made ready for reading: folded as the policy gate folds it, and with every number as one mark."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from huichang.materials.policy.folding import fold_character

MARK = "N"
"""Stands for a number: no folded text has a capital letter."""
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_NOISE = frozenset("·・•_*~|^`=.-—–…'\"")
_SPACES = frozenset(" \t\n\r")
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
_SCALES = {
    "万": 10_000,
    "百": 100,
    "千": 1000,
    "亿": 100_000_000,
    "w": 10_000,
    "k": 1000,
    "m": 1_000_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
}
_SCALES |= {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12}
# Bank numerals are written to be overlooked (伍折).
_ZH_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {c: n for n, c in enumerate("〇壹贰叁肆伍陆柒捌玖")} | {"两": 2}
_ZH_UNITS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_ONES = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_WORDS = {word: n for n, word in enumerate(_ONES, 2)} | {word: 10 * n for n, word in enumerate(_TENS, 2)} | {"one": 1, "a": 1}
# What makes a Chinese numeral a number: 一起, 万能, 七夕 count nothing.
_COUNTED = (
    r"(?:多|余|来|几)?\s?(?:折|元|块|件|款|个|天|日|月|小时|分钟|秒|年|家|分|成|倍|人|条|种|张|套|层|星|颗|位|单|份|岁|寸|米|斤|公斤|千克|克|升|毫升|厘米|瓦|吨|度|次|%|双|只|样|名|批|"
    r"大|用户|买家|客户|顾客|粉丝|女生|宝妈|店主|商家|工厂|好评)"
)
_SCALE = r"\s?(?:百万|千万|万|亿|百|千(?![克瓦米卡])|w(?=\+)|k(?![a-z0-9])|m(?=\+| sold)|(?:million|thousand|hundred|dozen)s?\b)"
_IN_WORDS = (
    rf"(?:{'|'.join(_TENS)})(?:[- ](?:one|{'|'.join(_ONES[:8])}))?|{'|'.join(sorted(_ONES, key=len, reverse=True))}|"
    r"(?:a|one)(?= (?:dozen|hundred|thousand|million)\b)"
)
_NUMBER = re.compile(
    rf"(?P<digits>{_DIGITS})(?P<scale>{_SCALE})?|"
    rf"(?P<zh>[零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]+)(?!分之|分百)(?={_COUNTED})|"
    rf"(?<![a-z])(?P<words>{_IN_WORDS})(?: (?P<word_scale>hundred|thousand|million|dozen)\b)?(?![a-z])"
)
_SET_APART = re.compile(r"(?<![a-z0-9])(?!a |i )(?:[a-z] ){2,}[a-z](?![a-z0-9])")
_ALONE = re.compile(r"一(?![折元块成倍%])")


@dataclass(frozen=True)
class Number:
    """A number and where it stands in the folded text."""

    value: Decimal
    start: int
    end: int
    in_words: bool


@dataclass(frozen=True)
class Reading:
    """`folded`, and where each of its characters stood; `marked`, the same with numbers as MARK, and where each of those stands."""

    text: str
    folded: str
    places: tuple[int, ...]
    marked: str
    spots: tuple[int, ...]
    numbers: tuple[Number, ...]

    def words(self, start: int, end: int) -> str:
        """As it was written: the part of the text that folded[start:end] stands for."""
        if start >= end:
            return ""
        last = self.places[end - 1] + 1
        return self.text[self.places[start] : last].strip()

    def folded_at(self, marked_at: int) -> int:
        """Where a place of `marked` lies in `folded`."""
        return self.spots[marked_at] if marked_at < len(self.spots) else len(self.folded)

    def within(self, start: int, end: int) -> tuple[Number, ...]:
        """The numbers inside folded[start:end]."""
        return tuple(number for number in self.numbers if start <= number.start and number.end <= end)


def _pieces(text: str) -> list[tuple[str, int]]:
    """Folded characters with their places; no noise between Chinese characters, no space beside one, one space elsewhere."""
    raw = [(piece, place) for place, character in enumerate(text) for piece in fold_character(character)]
    kept: list[tuple[str, int]] = []
    for number, (character, place) in enumerate(raw):
        space = character in _SPACES
        sign = character in _NOISE or unicodedata.category(character) in ("So", "Sk", "Co", "Cn", "Cs")
        if not space and not sign:
            kept.append((character, place))
            continue
        before = kept[-1][0] if kept else ""
        after = next((piece for piece, _ in raw[number + 1 : number + 40] if piece not in _SPACES and piece not in _NOISE), "")
        han = bool(_HAN.match(before or " ")), bool(_HAN.match(after or " "))
        if all(han) or (space and any(han)):
            continue
        if sign and character in _NOISE:
            kept.append((character, place))
        elif kept and before != " ":
            kept.append((" ", place))
    return _together(kept)


def _together(pieces: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Three and more single letters in a row are one word that was set apart (f r e e)."""
    text = "".join(piece for piece, _ in pieces)
    apart = {n for match in _SET_APART.finditer(text) for n in range(match.start(), match.end()) if text[n] == " "}
    return [piece for n, piece in enumerate(pieces) if n not in apart] if apart else pieces


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """The folded text alone."""
    return "".join(piece for piece, _ in _pieces(text)).strip()


@lru_cache(maxsize=1024)
def read(text: str) -> Reading:
    """Fold a text and find its numbers."""
    pieces = _pieces(text)
    folded = "".join(piece for piece, _ in pieces)
    marked: list[str] = []
    spots: list[int] = []
    numbers: list[Number] = []
    done = 0
    for match in _NUMBER.finditer(folded):
        if match["zh"] and _ALONE.fullmatch(match["zh"]) and not re.match("[折元块成倍%]", folded[match.end() :]):
            continue
        marked += [*folded[done : match.start()], MARK]
        spots += [*range(done, match.start()), match.start()]
        numbers.append(Number(_value(match), match.start(), match.end(), in_words=not match["digits"]))
        done = match.end()
    marked += folded[done:]
    spots += range(done, len(folded))
    return Reading(text, folded, tuple(place for _, place in pieces), "".join(marked), tuple(spots), tuple(numbers))


def clause(folded: str, start: int, end: int) -> tuple[int, int]:
    """Where the clause around folded[start:end] begins and ends."""
    breaks = [match.start() for match in re.finditer(r"[;!?。\n]|,(?!\d{3})|\.(?!\d)|:(?!\d)", folded)]
    first = bisect_right(breaks, start - 1)
    begin = breaks[first - 1] + 1 if first else 0
    stop = next((place for place in breaks if place >= end), len(folded))
    return begin, stop


def _value(match: re.Match[str]) -> Decimal:
    if match["digits"]:
        scale = (match["scale"] or "").strip().removesuffix("s") if match["scale"] else ""
        return Decimal(match["digits"].replace(",", "")) * _SCALES.get(scale, 1)
    if match["zh"]:
        return _chinese(match["zh"])
    parts = re.split(r"[- ]", match["words"])
    return Decimal(sum(_WORDS[part] for part in parts)) * _SCALES.get(match["word_scale"] or "", 1)


def _chinese(text: str) -> Decimal:
    """二十四, 一百二十, 三万; 八五 (as in 八五折) is 85."""
    if not any(character in _ZH_UNITS or character in "万亿" for character in text):
        return Decimal("".join(str(_ZH_DIGITS[character]) for character in text))
    total = section = digit = 0
    for character in text:
        if character in _ZH_DIGITS:
            digit = _ZH_DIGITS[character]
        elif character in _ZH_UNITS:
            section += (digit or 1) * _ZH_UNITS[character]
            digit = 0
        else:
            total = (total + (section + digit or 1)) * _SCALES[character]
            section = digit = 0
    return Decimal(total + section + digit)
