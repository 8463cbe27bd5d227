"""When a promotion is over: as a moment for machines, as words for buyers, in the campaign's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from huichang.kernel.language import Language
from huichang.kernel.zones import DEFAULT_ZONE, in_zone, moment_of
from huichang.themes.model import Window

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# As buyers call them. Other zones are called by their city in English, and by their offset in Chinese.
_NAMES = {
    "Asia/Shanghai": ("北京时间", "Beijing time"),
    "Asia/Hong_Kong": ("香港时间", "Hong Kong time"),
    "Asia/Taipei": ("台北时间", "Taipei time"),
    "Asia/Tokyo": ("东京时间", "Tokyo time"),
    "Asia/Seoul": ("首尔时间", "Seoul time"),
    "Asia/Singapore": ("新加坡时间", "Singapore time"),
    "Asia/Kolkata": ("印度时间", "India time"),
    "Asia/Dubai": ("迪拜时间", "Dubai time"),
    "Europe/London": ("伦敦时间", "London time"),
    "Europe/Paris": ("巴黎时间", "Paris time"),
    "Europe/Berlin": ("柏林时间", "Berlin time"),
    "Europe/Madrid": ("马德里时间", "Madrid time"),
    "Europe/Moscow": ("莫斯科时间", "Moscow time"),
    "America/New_York": ("纽约时间", "New York time"),
    "America/Chicago": ("芝加哥时间", "Chicago time"),
    "America/Los_Angeles": ("洛杉矶时间", "Los Angeles time"),
    "America/Sao_Paulo": ("圣保罗时间", "São Paulo time"),
    "Australia/Sydney": ("悉尼时间", "Sydney time"),
}


@dataclass(frozen=True)
class Ending:
    """`said` is true with and without a script, before the end and after it; `moment` is for the script, in UTC."""

    said: str
    moment: str


def end_of(window: Window | None, zone: str) -> str:
    """The moment after a promotion's last day in a time zone ("2026-11-12T00:00:00+08:00"); "" without a window.

    Where the clocks pass that midnight twice it is the later one: no buyer is told an end that is too early.
    """
    if window is None:
        return ""
    after = datetime.fromordinal(window.end.toordinal() + 1)
    return in_zone(moment_of(after.isoformat(), zone, last=True), zone)


def ending_of(ends_at: str, language: Language, zone: str = "") -> Ending | None:
    """How a page says its end; None for "". Midnight is said as 24:00 of the day before. Raises ValueError for no moment with an offset.

    `zone`: the IANA name of the zone that the offset is of; "" on pages that were modelled before they knew it.
    """
    if not ends_at:
        return None
    moment = datetime.fromisoformat(ends_at)
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError(f"ends_at {ends_at!r} names no offset: write it like 2026-11-12T00:00:00+08:00")
    midnight = moment.hour == moment.minute == 0
    day = moment - timedelta(minutes=1) if midnight else moment
    clock = "24:00" if midnight else f"{moment:%H:%M}"
    if language == "zh":
        said = f"{day.year}年{day.month}月{day.day}日 {clock}（{_zone(offset, zone, language)}）"
    else:
        said = f"{_MONTHS[day.month - 1]} {day.day}, {day.year}, {clock} ({_zone(offset, zone, language)})"
    return Ending(said=said, moment=moment.astimezone(UTC).isoformat().replace("+00:00", "Z"))


def _zone(offset: timedelta, zone: str, language: Language) -> str:
    """北京时间 says its offset to everybody who reads Chinese; every other zone is said with it."""
    apart = _offset(offset)
    if language == "zh":
        if zone in ("", DEFAULT_ZONE) and offset == timedelta(hours=8):
            return _NAMES[DEFAULT_ZONE][0]
        return f"{_NAMES[zone][0]}，{apart}" if zone in _NAMES else apart
    name = _NAMES[zone][1] if zone in _NAMES else f"{zone.rpartition('/')[2].replace('_', ' ')} time" if "/" in zone else ""
    return f"{name}, {apart}" if name else apart


def _offset(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}:{rest:02}" if rest else f"UTC{sign}{hours}" if hours else "UTC"
