"""Where a title or a sentence may break into lines, by the rules of Chinese typesetting (GB/T 15834, W3C clreq) and of English.

Never: closing punctuation at the start of a line, opening punctuation at its end, a Latin word or a number and its unit cut in two, a
single character alone on a line. Rather: at separators, where words and phrases end, in lines of even width. One implementation for
posters and for pages (pages/titles.py).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

Measure = Callable[[str], float]
"""Width of a text, in any unit."""

CLOSING = frozenset("！，。、；：？）》」』】〕〉”’…—～·%‰℃°々ー!,.:;?)]}›»")
"""Stands at no start of a line."""
_PAUSES = frozenset("！，。、；：？…—～!,;:?")
OPENING = frozenset("（《「『【〔〈“‘￥¥$€£#＠@([{‹«№")
"""Stands at no end of a line."""
QUARTER = "\u2005"
"""What Chinese and Latin characters are set apart by: a quarter of an em."""

_SEPARATOR = re.compile(r"\s*[·｜|]\s*|\s+[-–—]\s+|：\s*|(?<=\w):\s+")
_MEASURES = (
    "小时|分钟|元|折|件|款|天|年|月|日|号|个|套|双|只|条|米|斤|克|升|寸|分|秒|周|岁|度|倍|级|楼|代|届|季|人|家|城|省|万|千|百|大|重|期|场|选|合|色|码|盒|包|瓶|支|片|台|"
    "块|张|本|步|站"
)
_NUMBER = re.compile(
    r"(?:[第满减送省降达超近仅至]?[¥￥$€£]?\d[\d.,:/×xX-]*\d|[第满减送省降达超近仅至]?[¥￥$€£]?\d)"
    r"(?:\s?(?:%|‰|℃|°[CF]?|\+))?"
    rf"(?:\s?(?:cm|mm|km|kg|mg|ml|mAh|kW|GB|TB|MB|Hz|inch|in|ft|oz|lbs?|pcs|pc|pack|hrs?|hours?|days?|[gmlLWVhk])(?![A-Za-z])|(?:{_MEASURES})起?)?"
)
_NARROW = r"(?![\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff])"
_LATIN = re.compile(rf"{_NARROW}\w(?:{_NARROW}[\w'’&+/@#%-]|\.(?=[A-Za-z0-9]))*")
_WEAK = frozenset(("a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with", "your", "our", "&"))
_BOUND = frozenset("的了着过们儿性化得地吗吧呢啊")
"""Characters that belong to what stands before them."""

_EVEN = 1.0  # a line's squared deviation from the mean width
_INSIDE_WORD = 4.0
_UNKNOWN = 0.6  # between two characters that no known word joins or parts
_ODD = 0.5  # most Chinese words have two characters: a cut after an odd number of unknown ones is likelier to be inside a word
_AFTER_WEAK = 1.2
_AT_SEPARATOR = -1.5
_AT_PUNCTUATION = -0.9
_MOST_PIECES = 120
_ORPHAN = 50.0
_LINE = 2.5  # a line more must save this much badness
_SHORT_TAIL = 1.0  # a last line of less than half the mean width
_STUMP = 1.5  # a line of two characters below or above longer ones


@dataclass(frozen=True)
class Piece:
    """What no line may cut. `joined`: what stands between it and the piece before on one line. `cost`: of a break before it."""

    text: str
    joined: str = ""
    cost: float = 0.0


@dataclass(frozen=True)
class Broken:
    """A text in lines. `badness`: 0 is perfect; comparable between breaks of one text."""

    lines: tuple[str, ...]
    badness: float
    parted: tuple[bool, ...] = ()
    """For each break, whether it stands at a separator or punctuation: what follows is another thought."""


@cache
def known_words() -> frozenset[str]:
    """Chinese words of promotions that a line does not cut (words.txt)."""
    return frozenset(Path(__file__).with_name("words.txt").read_text(encoding="utf-8").split())


def is_wide(character: str) -> bool:
    """Whether a character is as wide as it is high: Chinese characters and their punctuation."""
    return unicodedata.east_asian_width(character) in "WF"


def pieces(text: str, *, words: Iterable[str] = (), gap: str = QUARTER) -> tuple[Piece, ...]:
    """The pieces of a text in order. `words`: more words that are not to be cut. `gap`: put between Chinese and Latin; "" for none."""
    text = " ".join(text.split())
    found: list[Piece] = []
    lead, joined, cost = "", "", 0.0
    place = 0
    cuts = _cuts(text, known_words().union(words))
    while place < len(text):
        separator = _SEPARATOR.match(text, place)
        if separator and found and not lead and separator.end() < len(text) and text[separator.end()] not in CLOSING:
            joined, cost, place = separator[0], _AT_SEPARATOR, separator.end()
            continue
        if text[place].isspace():
            wide = bool(found) and is_wide(found[-1].text[-1]) != is_wide(text[place + 1])
            joined, cost, place = (gap or " ") if wide else " ", min(cost, 0.0), place + 1
            continue
        whole = _NUMBER.match(text, place) or _LATIN.match(text, place)
        token = whole[0] if whole else text[place]
        if not whole and token in OPENING:
            lead, place = lead + token, place + 1
            continue
        if not whole and token in CLOSING and found and not lead:
            found[-1] = Piece(found[-1].text + joined + token, found[-1].joined, found[-1].cost)
            joined, cost, place = "", 0.0, place + len(token)
            continue
        if found and not joined:
            joined, cost = _between(found[-1].text, token, cuts.get(place, 0.0), gap)
        elif found and joined == " " and cost == 0.0 and found[-1].text.casefold() in _WEAK:
            cost = _AFTER_WEAK
        found.append(Piece(lead + token, joined, cost))
        lead, joined, cost = "", "", 0.0
        place += len(token)
    if lead:  # opening marks that nothing follows
        last = found.pop() if found else Piece("")
        found.append(Piece(last.text + lead, last.joined, last.cost))
    return tuple(found)


def _between(before: str, token: str, cut: float, gap: str) -> tuple[str, float]:
    """What joins two pieces that touch, and what a break there costs."""
    last, first = before[-1], token[0]
    if last in _PAUSES:
        return "", _AT_PUNCTUATION
    if last in CLOSING and last not in "%‰℃°":
        return "", 0.0
    if is_wide(last) != is_wide(first) and last not in OPENING:
        return ("" if last.isdigit() or first.isdigit() else gap), cut  # numbers stand close: 满300减30
    if not is_wide(last) and not is_wide(first):
        return "", _INSIDE_WORD  # "3D打印" knows no break inside "3D"
    return "", cut


def _cuts(text: str, words: frozenset[str]) -> dict[int, float]:
    """Place of a character -> cost of a break before it, inside runs of Chinese characters (longest known word first)."""
    longest = max(map(len, words), default=1)
    costs: dict[int, float] = {}
    place, loose = 0, 0
    while place < len(text):
        if not is_wide(text[place]) or text[place] in CLOSING or text[place] in OPENING:
            place, loose = place + 1, 0
            continue
        size = next((n for n in range(min(longest, len(text) - place), 1, -1) if text[place : place + n] in words), 1)
        if size > 1:
            costs.setdefault(place, 0.0 if loose != 1 else _ODD)
            costs.update({place + inside: _INSIDE_WORD for inside in range(1, size)})
            costs[place + size], loose = 0.0, 0
        else:
            if text[place] in _BOUND:
                costs[place], costs[place + 1], loose = _INSIDE_WORD, -0.2, 0
            else:
                costs.setdefault(place, _UNKNOWN + (_ODD if loose % 2 else 0.0))
                loose += 1
        place += size
    return costs


def break_lines(
    text: str, width: float, measure: Measure, *, most: int = 2, least: int = 1, words: Iterable[str] = (), gap: str = QUARTER
) -> Broken | None:
    """The best break into `least` to `most` lines of at most `width`; None where there is none.

    Fewer lines win where both fit and neither reads worse; a piece that alone is wider than the line is never cut (see `chopped`).
    """
    return break_pieces(pieces(text, words=words, gap=gap), width, measure, most=most, least=least)


def break_pieces(parts: Sequence[Piece], width: float, measure: Measure, *, most: int, least: int = 1, after: float = 1.0) -> Broken | None:
    """As `break_lines`, of pieces. `after`: the type size, of the first line's, of a line that follows a separator or punctuation."""
    if not parts:
        return Broken(("",), 0.0)
    lines = range(least, min(most, len(parts)) + 1)
    found = [broken for count in lines if (broken := _into(parts, count, width, measure, after))]
    return min(found, key=lambda broken: _LINE * len(broken.lines) + broken.badness, default=None)


def chopped(text: str, width: float, measure: Measure, *, most: int, words: Iterable[str] = (), gap: str = QUARTER) -> Broken:
    """As `break_lines`, for what fits no rule: cuts words between letters, and ends in "…" where even that is too long."""
    kept: list[Piece] = []
    for piece in pieces(text, words=words, gap=gap):
        if measure(piece.text) <= width:
            kept.append(piece)
        else:
            first, *rest = list(piece.text)
            kept += [Piece(first, piece.joined, piece.cost), *(Piece(letter, cost=_INSIDE_WORD) for letter in rest)]
    best = Broken((kept[0].text if kept else "",), math.inf)
    few, many = 1, min(len(kept), _MOST_PIECES)
    while few <= many:  # less fits where more does
        size = (few + many + 1) // 2 if few < many else few
        parts = kept[:size]
        if size < len(kept):
            parts[-1] = Piece(parts[-1].text + "…", parts[-1].joined, parts[-1].cost)
        found = next((broken for count in range(1, min(most, size) + 1) if (broken := _into(parts, count, width, measure))), None)
        if found is None:
            many = size - 1
        else:
            best, few = found, size + 1
    return best


def _into(parts: Sequence[Piece], count: int, width: float, measure: Measure, after: float = 1.0) -> Broken | None:
    """The best break into exactly `count` lines. Dynamic programming over (pieces set, lines used)."""
    total = measure(_line(parts))
    if total * after > width * count or len(parts) > _MOST_PIECES:
        return None
    mean = max(total / count, 1e-9)
    size = len(parts)
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}] + [{} for _ in range(count)]
    for used in range(1, count + 1):
        for end in [size] if used == count else range(used, size):
            for start in range(end - 1, used - 2, -1):
                line = _line(parts[start:end])
                wide = measure(line)
                if wide * after > width:
                    break
                if start not in best[used - 1] or wide * (after if parts[start].cost <= _AT_PUNCTUATION else 1.0) > width:
                    continue
                cost = best[used - 1][start][0] + _EVEN * ((wide - mean) / mean) ** 2 + _lonely(line, count)
                cost += parts[start].cost if start else 0.0
                cost += _SHORT_TAIL if used == count > 1 and wide < 0.5 * mean else 0.0
                if end not in best[used] or cost < best[used][end][0]:
                    best[used][end] = (cost, start)
    if size not in best[count]:
        return None
    badness, cuts, end = best[count][size][0], [size], size
    for used in range(count, 0, -1):
        end = best[used][end][1]
        cuts.insert(0, end)
    lines = tuple(_line(parts[start:end]) for start, end in pairwise(cuts))
    parted = tuple(parts[cut].cost <= _AT_PUNCTUATION for cut in cuts[1:-1])
    if count > 1 and badness >= _ORPHAN / 2:  # bonuses elsewhere do not buy a lonely character
        return None
    return Broken(lines, badness, parted)


def _lonely(line: str, count: int) -> float:
    letters = [char for char in line if char.isalnum()]
    if count == 1 or not letters or (not any(map(is_wide, letters)) and len(letters) > 1):
        return 0.0
    return _ORPHAN if len(letters) == 1 else _STUMP if len(letters) == 2 else 0.0


def _line(parts: Sequence[Piece]) -> str:
    return "".join((piece.joined if index else "") + piece.text for index, piece in enumerate(parts))
