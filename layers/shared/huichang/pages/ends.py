"""When a promotion is over: as a moment for machines, as words for buyers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone

from huichang.kernel.language import Language
from huichang.themes.model import Window

ZONE = timezone(timedelta(hours=8))
"""Where a promotion's days begin and end: China's time, all year. A fixed offset, so that no function needs a time zone database."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Ending:
    """`said` is true with and without a script, before the end and after it; `moment` is for the script, in UTC."""

    said: str
    moment: str


def end_of(window: Window | None, zone: timezone = ZONE) -> str:
    """The moment after a promotion's last day ("2026-11-12T00:00:00+08:00"); "" without a window."""
    if window is None:
        return ""
    return (datetime.combine(window.end, time(), zone) + timedelta(days=1)).isoformat()


def ending_of(ends_at: str, language: Language) -> Ending | None:
    """How a page says its end; None for "". Midnight is said as 24:00 of the day before. Raises ValueError for no moment with an offset."""
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
        said = f"{day.year}年{day.month}月{day.day}日 {clock}（{'北京时间' if offset == timedelta(hours=8) else _offset(offset)}）"
    else:
        said = f"{_MONTHS[day.month - 1]} {day.day}, {day.year}, {clock} ({_offset(offset)})"
    return Ending(said=said, moment=moment.astimezone(UTC).isoformat().replace("+00:00", "Z"))


def _offset(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}:{rest:02}" if rest else f"UTC{sign}{hours}" if hours else "UTC"
