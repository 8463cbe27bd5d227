"""What a sentence says beside its goods: when it runs, how many each, and what shall lead."""

from __future__ import annotations

import re

from infra.local.models.grammar import number

# When it runs: dates and relative days are no goods. Festivals stay, they say what is bought.
WHEN = re.compile(
    r"(?:从|自)?(?:1[0-2]|0?[1-9])月[0-3]?\d[日号]?(?:\s*(?:到|至|[-–—~～])\s*(?:(?:1[0-2]|0?[1-9])月)?[0-3]?\d[日号]?)?(?:之?前|以前|截止)?|下?下个?周末|(?:这|本)个?周末|周末|"
    r"(?:下|这|本)个?(?:周|星期|礼拜)|下个?月|(?:这个|本|这)月|月底之?前|(?:未来|接下来|今后)\s*\d{1,3}\s*天|"
    r"\b(?:from\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.?\s+[0-3]?\d(?:st|nd|rd|th)?(?:\s*(?:to|until|till|through|[-–])\s*(?:[a-z]{3,9}\s+)?[0-3]?\d(?:st|nd|rd|th)?)?\b|"
    r"\b[0-3]?\d\s*(?:to|[-–])\s*[0-3]?\d\s+(?:january|february|march|april|may|june|july|august|september|october|november|december)\b|"
    r"\b(?:next|this) (?:weekend|week|month)\b|\b(?:in|for|over) the next \d{1,3} days\b",
    re.IGNORECASE,
)
# Each of the kinds named gets so many: the whole is the product.
_EACH = re.compile(
    r"(?:各|每[类种个]品?类?)(?:自)?(?:来|做|出|要|上|开|搞|建|给)?\s*(\d{1,3}|[一两二三四五六七八九十]+)\s*(?:个|场|页)?|"
    r"\b(\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)\s+(?:venues?|pages?|themes?)?\s*(?:each|apiece|per (?:category|kind))\b|"
    r"\b(?:each|per category)\s+(?:with\s+)?(\d{1,3}|one|two|three|four|five|six)\s+(?:venues?|pages?|themes?)\b",
    re.IGNORECASE,
)
_SIGNALS = (
    ("rising", re.compile(r"涨得?最?快|增长最?快|上升最?快|飙升|正在火|最近火|rising(?: fast)?|fastest[- ]growing|growing fast(?:est)?|taking off", re.IGNORECASE)),
    ("new", re.compile(r"新到货?|最新上架|刚上架|上新|新品|new(?:est)? arrivals?|just (?:in|listed)|what(?:'s| is) new", re.IGNORECASE)),
    ("selling", re.compile(r"卖得?最?好|最?好卖|最?畅销|热卖|热销|爆款|销量最?高|what sells(?: best)?|best[- ]?sell(?:ers?|ing)|top sellers?|sells? (?:the )?best", re.IGNORECASE)),
)  # fmt: skip
NO_GOODS = frozenset({"品类", "类目", "类别", "东西", "right now", "category", "categories", "arrivals", "new arrivals"})


def signal_of(text: str) -> str:
    """ "rising", "new" or "selling" where the text asks for that; "" where it does not."""
    return next((name for name, pattern in _SIGNALS if pattern.search(text)), "")


def each_of(text: str) -> tuple[str, int]:
    """The text without "two each", and how many each; 0 where it does not say."""
    found = _EACH.search(text)
    if not found:
        return text, 0
    value = number(next(group for group in found.groups() if group).lower())
    return (text[: found.start()] + "；" * len(found[0]) + text[found.end() :], int(value)) if value else (text, 0)
