"""Time zones by their IANA names, and the moment that a local time means. Whoever has a promotion's days has them from here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator

DEFAULT_ZONE = "Asia/Shanghai"


def _known(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name[:60]!r} is no time zone; write it as Asia/Shanghai or America/New_York")
    return name


TimeZone = Annotated[str, AfterValidator(_known)]


def moment_of(local: str, timezone: str, *, last: bool = False) -> datetime:
    """The moment (UTC) of a local time. A time that the clocks pass twice is the first of the two, with `last` the second; one that they
    leave out is the moment at which they are moved."""
    zone = ZoneInfo(timezone)
    naive = datetime.fromisoformat(local)
    first, second = (naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first > second:
        # Only in a gap is the later fold the earlier moment. Between the two lies the moment at which the clocks are moved.
        low, high = second, first
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            before = middle.astimezone(zone).utcoffset() == second.astimezone(zone).utcoffset()
            low, high = (middle, high) if before else (low, middle)
        return high.replace(microsecond=0)
    return second if last else first


def in_zone(moment: datetime, timezone: str) -> str:
    """ISO 8601 with the offset that the zone has at that moment ("2026-11-12T00:00:00+08:00")."""
    return moment.astimezone(ZoneInfo(timezone)).isoformat()
