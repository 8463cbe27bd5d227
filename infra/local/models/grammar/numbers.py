"""Numerals: digits, Chinese, English; alone (`number`) and where they stand in a text (`numbers_in`).

All of it reads plain text (grammar/text.py): lower case, half-width, every character at its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DIGITS = (
    {c: n for n, c in enumerate("零一二三四五六七八九")}
    | {c: n for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
    | {"〇": 0, "两": 2, "俩": 2}
)
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10_000, "亿": 100_000_000}
_BIG = (10_000, 100_000_000)
ZH_CHARS = "".join((*_DIGITS, *_UNITS))
_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 1_000_000}
_SUFFIXES = {
    "w": 1e4, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "k": 1e3, "千": 1e3, "百": 1e2, "十万": 1e5,
    "lakh": 1e5, "lakhs": 1e5, "lac": 1e5, "lacs": 1e5, "crore": 1e7, "crores": 1e7,
    "thousand": 1e3, "million": 1e6, "mn": 1e6, "hundred": 1e2, "dozen": 12.0,
}  # fmt: skip
_SUFFIX = r"百万|千万|十万|[万千百亿]|(?:w|k|mn|lakhs?|lacs?|crores?|thousand|million|hundred|dozen)(?![a-z])"
_PLAIN = r"\d{1,2}(?:,\d{2})+,\d{3}(?!\d)(?:\.\d+)?|\d{1,3}(?:,\d{3}(?!\d))+(?:\.\d+)?|\d+(?:\.\d+)?"  # 1,00,000 as in India, 1,200
_ONE = rf"(?:{'|'.join(_ONES[1:10])})"
_ENGLISH = (
    rf"{_ONE}\s+thousand\s+{_ONE}\s+hundred|"
    rf"(?:(?:half\s+a|a|{'|'.join(sorted(_ONES, key=len, reverse=True))})\s+)?(?:hundred|thousand|dozen|million)(?:\s+and\s+(?:{'|'.join(_TENS)}|{_ONE})(?:[ -]{_ONE})?)?|"
    rf"(?:{'|'.join(_TENS)})(?:[ -]{_ONE})?|(?:{'|'.join(sorted(_ONES, key=len, reverse=True))})"
)
_NUMERAL = re.compile(
    # a half counts as a numeral only before a span of time or behind one: 半年, half a year
    rf"(?P<digits>{_PLAIN})(?:\s?(?P<suffix>{_SUFFIX}))?"
    rf"|(?P<han>[{ZH_CHARS}]+(?:点[{ZH_CHARS}]+)?)"
    r"|(?P<half>半(?=个?月|年|天|个?小时|折)|(?<![a-z])half(?:\s+an?)?(?=\s+(?:hour|day|month|year|dozen)\b))"
    rf"|(?<![a-z])(?P<english>{_ENGLISH})(?![a-z])"
    r"|(?<=\blast )(?P<implied>)(?=(?:day|week|fortnight|month|quarter|year)\b)|(?<=\bpast )(?P<implied2>)(?=(?:day|week|fortnight|month|quarter|year)\b)"
    r"|(?<![a-z])(?P<article>an?)(?=[\s-](?:hour|day|week|month|year)s?\b)"
)
# Several digits side by side, or 几 and 多, say roughly how much; that is no threshold.
_ROUGH_HAN = re.compile(r"[一二三四五六七八九两][一二三四五六七八九两](?=[十百千万]|$)|十[一二三四五六七八九]?[十百千万]")


@dataclass(frozen=True)
class Numeral:
    """A number in a text. `mantissa` is the number before its suffix, which a range may share (2-3万)."""

    start: int
    end: int
    value: float
    mantissa: float
    scale: float = 1.0


def number(text: str) -> float | None:
    """A numeral in digits, Chinese or English words: "12", "1.5万", "1w", "三十五", "百", "两千五", "two hundred". Else None."""
    tidy = re.sub(r"\s+", " ", text.strip().lower())
    found = re.fullmatch(rf"({_PLAIN}) ?({_SUFFIX})?", tidy)
    if found:
        return _digits(found[1]) * _SUFFIXES.get(found[2] or "", 1.0)
    if any(char in ZH_CHARS or char == "点" for char in tidy):
        return chinese(tidy)
    return _english(tidy)


def _digits(text: str) -> float:
    return float(text.replace(",", ""))


def chinese(text: str) -> float | None:
    """三十五, 一百零五, 两千五 (2500), 一万二 (12000), 四点八, 二〇二六; None for what is none or only roughly one (二三十)."""
    whole, point, rest = text.partition("点")
    if point:
        before = chinese(whole)
        if before is None or not rest or any(char not in _DIGITS for char in rest):
            return None
        return float(f"{before:.0f}.{''.join(str(_DIGITS[char]) for char in rest)}")
    if not text or any(char not in _DIGITS and char not in _UNITS for char in text):
        return None
    if not any(char in _UNITS for char in text):
        if len(text) == 1:
            return float(_DIGITS[text])
        # digit by digit, as years are read; two or three bare digits are rather "three or five"
        return float("".join(str(_DIGITS[char]) for char in text)) if len(text) == 4 or "零" in text or "〇" in text else None
    if _ROUGH_HAN.search(text):
        return None
    total = section = digit = 0
    last_unit, zero = 1, False
    for char in text:
        if char in _DIGITS:
            if digit:
                return None
            digit, zero = _DIGITS[char], zero or _DIGITS[char] == 0
            continue
        unit = _UNITS[char]
        if unit in _BIG:
            total, section, digit = (total + section + digit or 1) * unit, 0, 0
        else:
            section, digit = section + (digit or 1) * unit, 0
        last_unit, zero = unit, False
    if digit and not zero and last_unit >= 100:
        digit *= last_unit // 10  # 一百五 is 150, 一万二 is 12000; 一百零五 is 105
    return float(total + section + digit)


def _english(text: str) -> float | None:
    total: float | None = None
    thousands, mark, rest = text.partition(" thousand ")
    if mark and rest.endswith("hundred"):
        first, second = _english(f"{thousands} thousand"), _english(rest)
        return None if first is None or second is None else first + second
    words = text.replace("-", " ").split()
    if words[:1] == ["half"]:
        doubled = _english(" ".join(word for word in words[1:] if word not in ("a", "an")) or "one")
        return None if doubled is None else doubled / 2
    for word in words:
        if word in ("a", "an"):
            total = 1
        elif word == "and":
            continue
        elif word in _ONES:
            total = (total or 0) + _ONES.index(word)
        elif word in _TENS:
            total = (total or 0) + 20 + 10 * _TENS.index(word)
        elif word in _SCALES:
            total = (1 if total is None else total) * _SCALES[word]
        else:
            return None
    return None if total is None else float(total)


def numbers_in(text: str) -> Iterator[Numeral]:
    """Every numeral of a plain text that says one number, from the left."""
    for found in _NUMERAL.finditer(text):
        start, end = found.span()
        if found["digits"] is not None:
            before = text[:start]
            # Letters glued to digits make a name: a4, rtx4090, 2b. The currencies rs and usd may stand so.
            if re.search(r"(?<![a-z0-9])(?!rs|usd|us|rmb|cny|inr|eur|gbp|hk|moq|top)[a-z]+[-.]?$", before) or before.endswith(("/", "×")):
                continue
            after = text[end:]
            if re.match(r"(?:x\d|×\d|/(?!5(?!\d))\d|:\d)", after) or (
                not found["suffix"]
                and re.match(
                    r"(?!yuan|rmb|usd|rs|inr|days?|hrs?|h(?![a-z])|hours?|d(?![a-z])|pcs?|stars?|st|units?|k?g|ml|l|cm|mm|m|mah|oz|lbs?|in|ft|gb|tb|hz|w|v|years?|yrs?)[a-z]",
                    after,
                )
            ):
                continue
            mantissa, scale = _digits(found["digits"]), _SUFFIXES.get(found["suffix"] or "", 1.0)
            yield Numeral(start, end, mantissa * scale, mantissa, scale)
        elif found["han"] is not None:
            if text[end : end + 2] == "分之":
                continue  # 百分之八 is read at the 八
            value = chinese(found["han"])
            if value is None and len(found["han"]) == 2 and text[end : end + 1] == "折" and all(char in _DIGITS for char in found["han"]):
                value = float(10 * _DIGITS[found["han"][0]] + _DIGITS[found["han"][1]])  # 七五折
            if value is not None and not (start and text[start - 1] in "第几数"):
                yield Numeral(start, end, value, value)
        elif found["half"] is not None:
            yield Numeral(start, end, 0.5, 0.5)
        elif found["english"] is not None:
            value = _english(found["english"])
            if value is not None:
                yield Numeral(start, end, value, value)
        else:
            yield Numeral(start, end, 1.0, 1.0)
