"""Quantities: a number or a range with its unit and its comparison, before anybody asks what it measures."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.local.models.grammar import comparators
from infra.local.models.grammar.numbers import Numeral, numbers_in
from infra.local.models.grammar.units import CURRENCY_BEFORE, Kind, Unit, unit_at

_LINK = re.compile(r"\s*(?:-|~|到|至|to|and|&|和|与|through|till|until|–)\s*")
_BETWEEN = re.compile(r"(?:between|from|在|介于|ranging\s+from|range\s+of|anywhere\s+from)\s*(?:usd|rmb|rs\.?|[¥$₹€£￥])?\s*$")
_ENCLOSED = re.compile(r"\s*(?:之间|区间|范围|这个区间|的区间|的范围|内|以内|不等)")
_ABOUT = re.compile(
    r"(?:(?<![a-z])(?:around|about|roughly|approximately|circa|approx\.?)|大约|大概|约|差不多)\s*(?:usd|rmb|rs\.?|[¥$₹€£￥])?\s*$"
)
_ABOUT_AFTER = re.compile(r"\s*(?:左右|上下|or\s+so(?![a-z])|give\s+or\s+take)")
_TENTH = re.compile(r"[块元毛角][\d一二三四五六七八九](?![个件只双套条包瓶盒支台张把本箱袋\d百千万])")
_OF_A_HUNDRED = re.compile(r"百分之$")
_HALF = re.compile(r"半(?![价身袖裙月年天圆球])")
_AND_A_HALF = re.compile(r"个半(?=月|小时|钟头)|\s+and\s+a\s+half(?=\s)")
ABOUT = 0.2


@dataclass(frozen=True)
class Quantity:
    """Bounds in the unit's base, e.g. ((">=", 20.0), ("<=", 35.0)); `op` empty where no comparison was said.

    `said` is the number as written: 七五折 needs its digits.
    """

    start: int
    end: int
    kind: Kind
    bounds: tuple[tuple[str, float], ...]
    said: str
    value: float
    compared: bool


def quantities(text: str) -> list[Quantity]:
    """Every quantity of a plain text whose names are hidden, from the left; they do not overlap."""
    numerals = list(numbers_in(text))
    found: list[Quantity] = []
    place = 0
    while place < len(numerals):
        if found and numerals[place].start < found[-1].end:
            place += 1  # the 5 of "4 out of 5"
            continue
        quantity, used = _read(text, numerals, place, found[-1].end if found else 0)
        found.append(quantity)
        place += used
    return found


def _read(text: str, numerals: list[Numeral], place: int, floor: int) -> tuple[Quantity, int]:
    first = numerals[place]
    start = _currency_start(text, first.start, floor)
    money = start < first.start
    value, unit, end = _with_unit(text, first)
    money = money and unit.kind != "percent"
    if money and unit.kind == "none":
        unit = Unit("money")
    following = numerals[place + 1] if place + 1 < len(numerals) else None
    if following is not None and following.start <= end and following.start < first.end:
        following = None
    if unit.kind == "money" and following is not None and following.start == end and _TENTH.match(text, end - 1):
        value += following.value / 10  # 9块9
        end = following.end
        place_used = 2
        following = numerals[place + 2] if place + 2 < len(numerals) else None
    else:
        place_used = 1
    if following is not None:
        joined = _range(text, first, following, start, end, unit, value, money)
        if joined:
            return joined, place_used + 1
    return _single(text, first, start, end, unit, value, floor), place_used


def _currency_start(text: str, start: int, floor: int) -> int:
    found = CURRENCY_BEFORE.search(text, floor, start) or _OF_A_HUNDRED.search(text, floor, start)
    return found.start() if found else start


def _with_unit(text: str, numeral: Numeral) -> tuple[float, Unit, int]:
    half = _AND_A_HALF.match(text, numeral.end)
    value, end = numeral.value, numeral.end
    if half:
        value, end = value + 0.5, half.end()
    unit, length = unit_at(text[end : end + 24])
    if text.endswith("百分之", 0, numeral.start):
        unit, length = Unit("percent", 0.01), 0
    end += length
    if length and not half:
        tail = _HALF.match(text, end)
        if tail and unit.kind in ("days", "years", "hours", "stars", "money"):
            value, end = value + 0.5, tail.end()
    return value, unit, end


def _range(text: str, first: Numeral, second: Numeral, start: int, end: int, unit: Unit, value: float, money: bool) -> Quantity | None:
    second_start = _currency_start(text, second.start, end)
    link = _LINK.fullmatch(text[end:second_start])
    if not link:
        return None
    word = link[0].strip()
    opening = _BETWEEN.search(text, max(0, start - 20), start)
    high, second_unit, after = _with_unit(text, second)
    enclosed = _ENCLOSED.match(text, after)
    if (
        word in ("and", "&", "和", "与")
        and not (opening and opening[0].lstrip().startswith(("b", "在", "介")))
        and not (enclosed and enclosed[0].strip() == "之间")
    ):
        return None
    if unit.kind == "none":
        unit = Unit("money") if (money or second_start < second.start) and second_unit.kind == "none" else second_unit
        shared = second_unit
    else:
        shared = unit if second_unit.kind == "none" else second_unit
    if second_unit.kind not in ("none", unit.kind) and unit.kind != "none":
        return None
    low = value
    if first.scale == 1 and second.scale > 1 and first.mantissa < second.mantissa:
        low = value * second.scale  # 2-3万
    a, b = sorted((low * unit.factor, high * (second_unit.factor if second_unit.kind != "none" else shared.factor)))
    begin = opening.start() if opening and not opening[0].startswith("在") else start
    finish = enclosed.end() if enclosed else after
    return Quantity(begin, finish, unit.kind, ((">=", round(a, 6)), ("<=", round(b, 6))), text[first.start : first.end], low, True)


def _single(text: str, numeral: Numeral, start: int, end: int, unit: Unit, value: float, floor: int) -> Quantity:
    said = text[numeral.start : numeral.end]
    based = round(value * unit.factor, 6)
    about = _ABOUT.search(text, max(floor, start - 20), start)
    about_after = _ABOUT_AFTER.match(text, end)
    if about or about_after:
        begin = about.start() if about else start
        finish = about_after.end() if about_after else end
        bounds = ((">=", round(based * (1 - ABOUT), 6)), ("<=", round(based * (1 + ABOUT), 6)))
        return Quantity(begin, finish, unit.kind, bounds, said, value, True)
    before = comparators.before(text[floor:start])
    after = comparators.after(text[end : end + 24])
    begin, finish = start, end
    op = ""
    if after:
        op, finish = after[0], end + after[1]
        if unit.kind == "none":  # 500+ reviews, 5 or more years, 1000+件
            unit, length = unit_at(text[finish : finish + 24])
            based, finish = round(value * unit.factor, 6), finish + length
    if before:
        op, begin = before[0], floor + before[1]
    return Quantity(begin, finish, unit.kind, ((op, based),), said, value, bool(op))
