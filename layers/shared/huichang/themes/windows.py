"""When a promotion runs, read from the operator's words: dates, weekends, "before the Mid-Autumn Festival". zh and en.

A model may point at the phrase; the days are always counted here, from today's date and the festival calendar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache

from huichang.selection.words import fold
from huichang.themes.model import Window
from huichang.trends.calendar import Festival, upcoming

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august", "sep sept september",
         "oct october", "nov november", "dec december"), 1
    )
    for name in names.split()
}  # fmt: skip
_MONTH = rf"(?P<{{0}}>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_TO = r"\s*(?:到|至|[-–—~～]|to|until|till|through|and)\s*"
_DAY = r"(?P<{0}>[0-3]?\d)(?:st|nd|rd|th)?"
# A festival that is further away than this is not meant: 开学季 in late September is no promotion of next autumn.
_AHEAD = 180
# Days a festival goes on after its date. The calendar knows the first day only.
_GOES_ON = {"national_day": 6, "spring_festival": 6, "labour_day": 4, "black_friday": 3}
_BEFORE_DAYS = 14


def _rules() -> list[tuple[re.Pattern[str], Callable[[re.Match[str], date], tuple[date, date] | None]]]:
    def rule(pattern: str, read: Callable[[re.Match[str], date], tuple[date, date] | None]) -> None:
        found.append((re.compile(pattern, re.IGNORECASE), read))

    found: list[tuple[re.Pattern[str], Callable[[re.Match[str], date], tuple[date, date] | None]]] = []
    zh_day = r"(?P<m1>1[0-2]|0?[1-9])\s*月\s*(?P<d1>[0-3]?\d)\s*[日号]?"
    rule(rf"(?:从|自)?{zh_day}{_TO}(?:(?P<m2>1[0-2]|0?[1-9])\s*月\s*)?(?P<d2>[0-3]?\d)\s*[日号]?", _from_to)
    rule(rf"{zh_day}(?:之?前|以前|截止)", _until)
    rule(zh_day.replace("[日号]?", "[日号]"), _on)
    rule(rf"(?:from\s+)?{_MONTH.format('m1')}\s+{_DAY.format('d1')}{_TO}(?:{_MONTH.format('m2')}\s+)?{_DAY.format('d2')}\b", _from_to)
    rule(rf"(?:from\s+)?\b{_DAY.format('d1')}{_TO}{_DAY.format('d2')}\s+(?:of\s+)?{_MONTH.format('m1')}\b", _from_to)
    rule(rf"(?:before|by|until|till)\s+(?:the\s+)?(?:{_MONTH.format('m1')}\s+{_DAY.format('d1')})\b", _until)
    rule(rf"(?:before|by|until|till)\s+(?:the\s+)?{_DAY.format('d1')}\s+(?:of\s+)?{_MONTH.format('m1')}\b", _until)
    rule(rf"(?:on\s+)?\b{_MONTH.format('m1')}\s+{_DAY.format('d1')}\b(?!\s*(?:venues|pages|products))", _on)
    rule(r"下下周末", lambda _, today: _weekend(today, 2))
    rule(r"下(?:个)?周末|next weekend", lambda _, today: _weekend(today, 1))
    rule(r"(?:这|本)?(?:个)?周末|this weekend|\bthe weekend\b", lambda _, today: _weekend(today, 0))
    rule(r"下(?:个)?(?:周|星期|礼拜)|next week\b", lambda _, today: _week(today, 1))
    rule(r"(?:这|本)(?:个)?(?:周|星期|礼拜)|this week\b", lambda _, today: _week(today, 0))
    rule(r"下个?月|next month", lambda _, today: _month(today, 1))
    rule(r"(?:这个|本|这)月|月底之?前|this month|by the end of the month", lambda _, today: _month(today, 0))
    rule(r"(?:未来|接下来|最近|今后)\s*(?P<n>\d{1,3})\s*天|(?:in|for|over) the next (?P<n2>\d{1,3}) days", _days)
    rule(r"明天|\btomorrow\b", lambda _, today: (today + timedelta(days=1), today + timedelta(days=1)))
    rule(r"今天|\btoday\b", lambda _, today: (today, today))
    return found


def find_window(text: str, today: date) -> Window | None:
    """The first window a text speaks of, with the words it stands in; None where it speaks of none.

    A date without a year is the next one. "Before" a festival ends the day before it and begins today, at most two weeks
    earlier; a festival by itself is the week before it, its day and the days it goes on.
    """
    for pattern, read in _RULES:
        found = pattern.search(text)
        days = read(found, today) if found else None
        if found and days:
            return Window(start=days[0], end=days[1], said=found[0].strip()[:60])
    return _festival_window(text, today)


def _festival_window(text: str, today: date) -> Window | None:
    folded = text.lower()
    best: tuple[int, int, str, Festival] | None = None
    for festival in _coming(today):
        for name in _names(festival):
            place = folded.find(name)
            if place >= 0 and (best is None or -len(name) < best[0]):
                best = (-len(name), place, name, festival)
    if best is None:
        return None
    _, place, name, festival = best
    end = place + len(name)
    after = re.match(r"(?:节|festival|day)?\s*(之?前|以前)", folded[end:])
    before = re.search(r"(?:before|ahead of|by|in time for)\s+(?:the\s+)?$", folded[:place])
    if after or before:
        start = max(today, festival.on - timedelta(days=_BEFORE_DAYS))
        last = max(start, festival.on - timedelta(days=1))
        said = text[before.start() if before else place : end + (after.end() if after else 0)]
        return Window(start=start, end=last, said=said.strip()[:60])
    start = max(today, festival.on - timedelta(days=7))
    last = festival.on + timedelta(days=_GOES_ON.get(festival.code, 0))
    return Window(start=start, end=last, said=text[place:end][:60])


@lru_cache(maxsize=4)
def _coming(today: date) -> tuple[Festival, ...]:
    """Lunar dates take a tenth of a second to compute, and a day has many sentences."""
    return tuple(upcoming(today, _AHEAD))


def _names(festival: Festival) -> list[str]:
    zh = festival.name["zh"]
    names = {zh, zh.removesuffix("节"), festival.name["en"].lower(), festival.name["en"].lower().removesuffix(" festival")}
    return [fold(name) for name in names if len(name) > 1]


def _from_to(found: re.Match[str], today: date) -> tuple[date, date] | None:
    said = found.groupdict()
    first = _next(_number(said["m1"]), int(said["d1"]), today)
    if first is None:
        return None
    month = _number(said["m2"]) if said.get("m2") else first.month
    last = _next(month, int(said["d2"]), first)
    return (first, last) if last and last - first <= timedelta(days=180) else None


def _until(found: re.Match[str], today: date) -> tuple[date, date] | None:
    last = _next(_number(found["m1"]), int(found["d1"]), today)
    return (max(today, last - timedelta(days=_BEFORE_DAYS)), last) if last else None


def _on(found: re.Match[str], today: date) -> tuple[date, date] | None:
    day = _next(_number(found["m1"]), int(found["d1"]), today)
    return (day, day) if day else None


def _days(found: re.Match[str], today: date) -> tuple[date, date] | None:
    said: Mapping[str, str | None] = found.groupdict()
    count = int(said.get("n") or said.get("n2") or 0)
    return (today, today + timedelta(days=count - 1)) if 1 <= count <= 366 else None


def _number(month: str) -> int:
    return int(month) if month.isdigit() else _MONTHS[month.lower().rstrip(".")]


def _next(month: int, day: int, earliest: date) -> date | None:
    """The first such date from `earliest` on; None for a day that no such month has within four years."""
    for year in range(earliest.year, earliest.year + 5):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= earliest:
            return found
    return None


def _weekend(today: date, weeks: int) -> tuple[date, date]:
    saturday = today - timedelta(days=today.weekday()) + timedelta(days=5 + 7 * weeks)
    return max(today, saturday), saturday + timedelta(days=1)


def _week(today: date, weeks: int) -> tuple[date, date]:
    monday = today - timedelta(days=today.weekday()) + timedelta(days=7 * weeks)
    return max(today, monday), monday + timedelta(days=6)


def _month(today: date, months: int) -> tuple[date, date]:
    first = date(today.year + (today.month - 1 + months) // 12, (today.month - 1 + months) % 12 + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return max(today, first), following - timedelta(days=1)


_RULES = _rules()
