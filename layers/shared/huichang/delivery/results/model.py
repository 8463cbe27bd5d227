"""What is asked of results, what is answered, and the ports behind it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.delivery.cells import hour_of
from huichang.delivery.events.cells import CellKey, Counts
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.language import Told, both
from huichang.kernel.model import Model

By = Literal["venue", "campaign", "placement", "segment", "image"]
Sort = Literal["impressions", "clicks", "carts", "orders", "order_value"]
MOST_DAYS = 35
MOST_ROWS = 1000
# Counters are kept for 400 days (adapters/dynamodb/cells.py).
KEPT_DAYS = 400
# Fewer clicks than these and a rate may be anything: the answer says so.
FEW_CLICKS = 20


class Ask(Model):
    """`first` and `end`: UTC hours since the epoch, `end` not included. An empty filter bounds nothing."""

    by: By = "venue"
    placement: str = ""
    campaign: str = ""
    venue: str = ""
    segment: str = ""
    first: int
    end: int
    sort: Sort = "impressions"
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 20
    offset: Annotated[int, Field(ge=0)] = 0

    @property
    def days(self) -> tuple[str, ...]:
        """The UTC days that the hours lie in."""
        return tuple(_at(24 * day).strftime("%Y-%m-%d") for day in range(self.first // 24, (self.end - 1) // 24 + 1))


def hours_between(since: str, until: str, now: datetime) -> tuple[int, int]:
    """(first, end) of `from` and `to`: UTC days (2026-11-29) or hours (2026-11-29T10), both included; "": the seven days up to now.

    Raises InvalidInputError for what is no day or hour, ends before it begins, is longer than MOST_DAYS or no longer kept.
    """
    this = hour_of(now.astimezone(UTC).strftime("%Y-%m-%dT%H"))
    end = _hour(until, "to", last=True) + 1 if until else this + 1
    first = _hour(since, "from", last=False) if since else end - 7 * 24
    if first >= end:
        raise InvalidInputError("from lies after to", where="from", mend="exchange from and to", code="range_backwards")
    # What has not happened yet is nothing; it needs no days that are read.
    end = max(first + 1, min(end, this + 1))
    if end - first > MOST_DAYS * 24:
        raise InvalidInputError(
            f"that is {(end - first) / 24:.0f} days", where="from", mend=f"ask for at most {MOST_DAYS} days at once", code="range_too_long"
        )
    if first < this - KEPT_DAYS * 24:
        raise InvalidInputError(f"counts are kept for {KEPT_DAYS} days", where="from", mend="ask for a later time", code="range_not_kept")
    return first, end


def window_at(hour: int) -> str:
    """The window of an hour's number."""
    return _at(hour).strftime("%Y-%m-%dT%H")


def _at(hour: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(hours=hour)


def _hour(text: str, where: str, *, last: bool) -> int:
    try:
        if len(text) == 10:
            return hour_of(f"{text}T{23 if last else 0:02d}")
        if len(text) == 13:
            return hour_of(text)
    except (ValueError, OverflowError):
        pass
    raise InvalidInputError(
        f"{where} is no day and no hour", where=where, mend="write it as 2026-11-29 or 2026-11-29T10 (UTC)", code="range_malformed"
    )


class Rate(Model):
    """A share with its 95 % interval (Wilson 1927). `value` None: there was nothing to take a share of."""

    value: float | None
    low: float
    high: float


class Uplift(Model):
    """Rate of clicks over the baseline's, minus 1, at the same hours, positions and segments; the interval holds however often one
    looks (delivery/verdicts/evidence.py). `low` and `high` None: not known on that side. `value` None: nothing could be compared."""

    value: float | None
    low: float | None
    high: float | None
    alpha: float
    baseline_impressions: int
    baseline_clicks: int


class Row(Model):
    """One venue, campaign, placement, segment or first image. `share`: of the impressions of everything that was asked for.

    `name` {}: it has none that is known. `few`: too few clicks for its rates to say much. `uplift` None: its share of the traffic is
    not steered (direct visits), or it is a sum of others.
    """

    key: str
    name: Told = {}
    venue_id: str = ""
    campaign_id: str = ""
    image: str = ""
    counts: Counts
    share: float
    ctr: Rate
    conversion: Rate
    few: bool
    uplift: Uplift | None = None


class Point(Model):
    """A stretch of time: `at` its first window; `parts` the impressions of each drawn row in it, in the order of Results.drawn."""

    at: str
    counts: Counts
    ctr: Rate
    parts: tuple[int, ...] = ()


class Happening(Model):
    """Something that may have moved a share. `kind`: what the console shows it as; `said`: what was written down with it, as it stands."""

    at: str
    kind: Literal["rule", "verdict", "policy", "placement", "release", "image", "floor", "other"]
    what: Told
    who: str = ""
    subject: str = ""
    said: str = ""


class Results(Model):
    """The answer. Rows are one page, the largest first; `others` is the sum of all that are on other pages, so that rows and others make
    up `total` exactly. `hours`: of one point. `counted_to`: what was counted by then is in it. `settled`: all its days are closed.
    """

    by: By
    placement: str
    campaign: str
    venue: str
    segment: str
    first: str
    last: str
    days: int
    currency: str
    minor_digits: int
    counted_to: str
    settled: bool
    total: Row
    rows: tuple[Row, ...]
    found: int
    offset: int
    others: Row | None
    hours: int
    drawn: tuple[str, ...]
    points: tuple[Point, ...]
    why: tuple[Happening, ...]


class VenueName(Model):
    """What a venue is called. `released_at` "": it is not live."""

    venue_id: str
    campaign_id: str = ""
    name: str = ""
    released_at: str = ""


class Counted(Protocol):
    """What is counted (delivery/events/counting.py CellStore has it)."""

    def cells(self, placement: str, window: str) -> dict[CellKey, Counts]:
        """Everything of a placement and window. Raises TransientError."""
        ...


class DayShelf(Protocol):
    """Packed days (packed.py), and which were counted again since."""

    def get(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
        """By (placement, day), those that there are. Raises TransientError."""
        ...

    def put(self, placement: str, day: str, data: bytes) -> None:
        """In place of what was there. Raises TransientError."""
        ...

    def mended(self, since: str) -> Mapping[tuple[str, str], str]:
        """When a (placement, day) was last set right by a recount (ISO 8601), of days from `since`. Raises TransientError."""
        ...

    def note_mended(self, placement: str, day: str, at: str) -> None:
        """It was. Raises TransientError."""
        ...

    def ever_counted(self, placement: str) -> bool:
        """Whether anything was ever counted there. Raises TransientError."""
        ...


class Names(Protocol):
    """What venues and campaigns are called, of whatever state."""

    def venues(self, venue_ids: Collection[str]) -> Mapping[str, VenueName]:
        """Those that are known. Raises TransientError."""
        ...

    def campaigns(self, campaign_ids: Collection[str]) -> Mapping[str, str]:
        """The sentence of each that is known. Raises TransientError."""
        ...


class Happened(Protocol):
    """What was decided and done."""

    def about(self, subjects: Collection[str], since: str, until: str) -> Sequence[Happening]:
        """What is written about these (ids of venues and campaigns, names of placements) and about delivery as a whole, earliest first.

        From `since` to before `until` (ISO 8601). Raises TransientError.
        """
        ...


OTHERS = both("其余", "all others")
TOTAL = both("合计", "in all")
