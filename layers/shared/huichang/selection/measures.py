"""Sizes with a unit in one normal form: "500 ml", "0.5L" and "500毫升" are the token 500ml; "42码" is size42."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

# unit as written -> (its normal unit, how many of those it is)
_UNITS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("ml", "毫升", "cc"), ("ml", "1")),
    **dict.fromkeys(("l", "ltr", "liter", "liters", "litre", "litres", "升", "公升"), ("ml", "1000")),
    **dict.fromkeys(("g", "gram", "grams", "克"), ("g", "1")),
    **dict.fromkeys(("kg", "kgs", "kilogram", "kilograms", "千克", "公斤"), ("g", "1000")),
    "斤": ("g", "500"),
    **dict.fromkeys(("mm", "毫米"), ("mm", "1")),
    **dict.fromkeys(("cm", "厘米", "公分"), ("mm", "10")),
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres", "米"), ("mm", "1000")),
    **dict.fromkeys(("inch", "inches", "英寸", "寸", '"', "″"), ("inch", "1")),
    **dict.fromkeys(("ft", "feet", "foot", "英尺"), ("ft", "1")),
    **dict.fromkeys(("w", "watt", "watts", "瓦"), ("w", "1")),
    **dict.fromkeys(("kw", "千瓦"), ("w", "1000")),
    **dict.fromkeys(("v", "volt", "volts", "伏"), ("v", "1")),
    **dict.fromkeys(("mah", "毫安", "毫安时"), ("mah", "1")),
    **dict.fromkeys(("gb",), ("gb", "1")),
    **dict.fromkeys(("tb",), ("gb", "1000")),
}
_NAMES = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_NUMBER = r"(?<![\d.,/a-z])(\d{1,7}(?:\.\d{1,4})?)"
_MEASURE = re.compile(rf"{_NUMBER}[\s-]?({_NAMES})(?![a-z0-9])", re.IGNORECASE)
_SIZE = re.compile(rf"{_NUMBER}\s?码|(?:尺码|\bsize|\beu)[\s:：]?(\d{{2}}(?:\.5)?)(?![\d.])", re.IGNORECASE)


def measures_in(text: str) -> tuple[str, ...]:
    """The normal forms of all measures of a text, in order, each once. They hold letters and digits only: 0.35 mm is 0p35mm."""
    plain = unicodedata.normalize("NFKC", text).lower()
    found = [_form(number, *_UNITS[unit.lower()]) for number, unit in _MEASURE.findall(plain)]
    found += [_form(before or after, "", "1", "size") for before, after in _SIZE.findall(plain)]
    return tuple(dict.fromkeys(found))


def split_measures(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without its measures, and their normal forms."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return _SIZE.sub(" ", _MEASURE.sub(" ", plain)), measures_in(plain)


def _form(number: str, unit: str, times: str, prefix: str = "") -> str:
    amount = format((Decimal(number) * Decimal(times)).normalize(), "f").replace(".", "p")
    return f"{prefix}{amount}{unit}"
