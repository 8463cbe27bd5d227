"""Packed days added up, in two passes: everybody's sums, then what is dear for the rows that are shown.

A row's uplift compares its own cells with the even part of everybody else at the same placement, hour, position and segment. A row that
is everybody (a placement, a segment, the sum) is compared within itself: its steered part with its even part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from huichang.delivery.cells import hour_of
from huichang.delivery.events.cells import DIRECT, Counts
from huichang.delivery.results.model import FEW_CLICKS, Ask, Rate, Row, Uplift
from huichang.delivery.results.packed import FIELDS, Day, unpack
from huichang.delivery.results.uplift import Pool

# At most so many rows have a line of their own in a chart.
DRAWN = 6
# Up to so many hours are told hour by hour; longer ranges in stretches of a day, counted from their beginning.
HOURLY = 72
Key = tuple[str, ...]
_Z = 1.959963984540054


@dataclass
class Sums:
    """Of one ask. `rows`: five counts by key; `points`: five counts by stretch."""

    total: list[int] = field(default_factory=lambda: [0] * 5)
    rows: dict[Key, list[int]] = field(default_factory=dict)
    points: list[list[int]] = field(default_factory=list)
    campaign_of: dict[str, str] = field(default_factory=dict)


@dataclass
class Detail:
    """Of the rows that are shown: uplift by key (and of the sum), impressions by stretch of the drawn ones."""

    uplift: dict[Key, Uplift | None]
    total: Uplift | None
    parts: dict[Key, list[int]]


def stretch(ask: Ask) -> int:
    """Hours of one point."""
    return 1 if ask.end - ask.first <= HOURLY else 24


def add_up(ask: Ask, days: Iterable[bytes]) -> Sums:
    """The first pass. Sums over rows make up the total, whatever they are by: every cell is in exactly one."""
    sums = Sums(points=[[0] * 5 for _ in range(-(-(ask.end - ask.first) // stretch(ask)))])
    for part in _parts(ask, days):
        day, rows = part.day, part.day.rows
        sums.campaign_of.update(part.campaigns())
        if part.everybody:
            # Nobody is left out: the day's strata say it all, and are far fewer than its cells.
            strata = day.strata
            for hour, segment, values in zip(strata.hour, strata.segment, zip(*strata.counts, strict=True), strict=True):
                if part.low <= hour < part.high and part.segments[segment]:
                    _add(sums.total, values)
                    _add(sums.points[part.point(hour)], values)
                    if ask.by in ("placement", "segment"):
                        _add(sums.rows.setdefault(part.key(segment, 0, 0), [0] * 5), values)
            if ask.by in ("placement", "segment"):
                continue
            if part.whole and not ask.segment and ask.by in ("venue", "campaign"):
                for venue, values in enumerate(zip(*day.totals, strict=True)):
                    _add(sums.rows.setdefault(part.key(0, venue, 0), [0] * 5), values)
                continue
        for at, segment, venue, image in part.groups():
            key = part.key(segment, venue, image)
            own = sums.rows.get(key)
            if own is None:
                own = sums.rows[key] = [0] * 5
            if part.whole and part.everybody:
                for place, column in enumerate(day.groups.counts):
                    own[place] += column[at]
                continue
            for row in range(day.groups.start[at], day.groups.start[at + 1]):
                hour = rows.hour[row]
                if part.low <= hour < part.high:
                    for place, column in enumerate(rows.counts):
                        value = column[row]
                        own[place] += value
                        if not part.everybody:
                            sums.total[place] += value
                            sums.points[part.point(hour)][place] += value
    sums.rows = {key: values for key, values in sums.rows.items() if any(values)}
    return sums


def in_order(ask: Ask, sums: Sums) -> list[Key]:
    """All keys, the largest first; what is alike by name."""
    place = FIELDS.index(ask.sort)
    return sorted(sums.rows, key=lambda key: (-sums.rows[key][place], -sums.rows[key][0], key))


def detail(ask: Ask, days: Iterable[bytes], page: Sequence[Key], alphas: Mapping[str, float], alpha: float) -> Detail:
    """The second pass, for the rows of a page. `alphas`: of placements' rules; a row of several placements takes `alpha`."""
    everybody = not (ask.venue or ask.campaign)
    within = everybody and ask.by in ("placement", "segment")
    pools = {key: Pool() for key in page}
    total = Pool()
    points = -(-(ask.end - ask.first) // stretch(ask))
    parts = {key: [0] * points for key in page[:DRAWN]}
    for part in _parts(ask, days):
        steered = part.day.placement != DIRECT
        even = part.even() if steered else {}
        if everybody:
            for key, stratum, values in part.steered(within, page):
                m, c = even.get(stratum, (0, 0))
                if steered:
                    (total if key is None else pools[key]).add(values[0], values[1], m, c)
        if within:
            strata = part.day.strata
            for hour, segment, shown in zip(strata.hour, strata.segment, strata.counts[0], strict=True):
                if part.low <= hour < part.high and part.segments[segment] and part.key(segment, 0, 0) in parts:
                    parts[part.key(segment, 0, 0)][part.point(hour)] += shown
            continue
        own: dict[Key | None, dict[int, list[int]]] = {}
        wanted = pools.keys()
        for at, segment, venue, image in part.groups(page if everybody else None):
            key = part.key(segment, venue, image)
            line = parts.get(key)
            tallies = [own.setdefault(key, {})] if key in wanted else []
            tallies += [] if everybody else [own.setdefault(None, {})]
            for hour, stratum, explored, shown, clicks in part.cells(at, segment):
                if line is not None:
                    line[part.point(hour)] += shown
                for tally in tallies:
                    so_far = tally.get(stratum)
                    if so_far is None:
                        so_far = tally[stratum] = [0, 0, 0, 0]
                    so_far[0] += shown
                    so_far[1] += clicks
                    if explored:
                        so_far[2] += shown
                        so_far[3] += clicks
        if steered:
            for of, strata_of in own.items():
                pool = total if of is None else pools[of]
                for stratum, (n, k, own_m, own_c) in strata_of.items():
                    m, c = even.get(stratum, (0, 0))
                    pool.add(n, k, m - own_m, c - own_c)
    direct = ask.placement == DIRECT
    of_placement = alphas.get(ask.placement, alpha)

    def rule(key: Key) -> float:
        return alphas.get(key[0], alpha) if ask.by == "placement" else of_placement

    return Detail(
        uplift={key: None if direct or key == (DIRECT,) else pool.uplift(rule(key)) for key, pool in pools.items()},
        total=None if direct else total.uplift(of_placement),
        parts=parts,
    )


def rate(part: int, whole: int) -> Rate:
    """A share with Wilson's 95 % interval. `part` is at most `whole`, but orders of a click counted with a cart may pass it: then 1."""
    if whole <= 0:
        return Rate(value=None, low=0.0, high=1.0)
    p = min(1.0, part / whole)
    spread = _Z * _Z / whole
    middle = (p + spread / 2) / (1 + spread)
    half = _Z * ((p * (1 - p) + spread / 4) / whole) ** 0.5 / (1 + spread)
    return Rate(value=p, low=max(0.0, min(p, middle - half)), high=min(1.0, max(p, middle + half)))


def row(key: str, values: Sequence[int], everything: int, uplift: Uplift | None = None, **said: object) -> Row:
    """A row of five counts; `everything`: impressions of all that was asked for."""
    counts = counts_of(values)
    return Row.model_validate(
        {
            "key": key,
            "counts": counts,
            "share": counts.impressions / everything if everything else 0.0,
            "ctr": rate(counts.clicks, counts.impressions),
            "conversion": rate(counts.orders, counts.clicks),
            "few": counts.clicks < FEW_CLICKS,
            "uplift": uplift,
            **said,
        }
    )


def counts_of(values: Sequence[int]) -> Counts:
    """Five counts with their names."""
    return Counts(**dict(zip(FIELDS, values, strict=True)))


def _add(to: list[int], values: Sequence[int]) -> None:
    for place, value in enumerate(values):
        to[place] += value


@dataclass(frozen=True)
class _Part:
    """A packed day seen through an ask: only hours from `low` to `high` (not included), only what the filters let through."""

    ask: Ask
    day: Day
    begins: int
    low: int
    high: int
    segments: tuple[bool, ...]
    chosen: bytes | None

    @property
    def whole(self) -> bool:
        return self.low == 0 and self.high == 24

    @property
    def everybody(self) -> bool:
        return self.chosen is None

    def point(self, hour: int) -> int:
        return (self.begins + hour - self.ask.first) // stretch(self.ask)

    def campaigns(self) -> dict[str, str]:
        return {venue: campaign for venue, campaign in zip(self.day.venues, self.day.campaigns, strict=True) if campaign}

    def key(self, segment: int, venue: int, image: int) -> Key:
        by, day = self.ask.by, self.day
        if by == "venue":
            return (day.venues[venue],)
        if by == "campaign":
            return (day.campaigns[venue],)
        if by == "segment":
            return (day.segments[segment],)
        if by == "image":
            return (day.venues[venue], day.images[image])
        return (day.placement,)

    def groups(self, page: Sequence[Key] | None = None) -> Iterator[tuple[int, int, int, int]]:
        """(index, segment, venue, image) of those that pass; with a page of venues, campaigns or images only of what may be on it."""
        groups, chosen = self.day.groups, self.chosen
        if page is not None:
            named = {key[0] for key in page}
            chosen = bytes(name in named for name in (self.day.campaigns if self.ask.by == "campaign" else self.day.venues))
        for at, (segment, venue, image) in enumerate(zip(groups.segment, groups.venue, groups.image, strict=True)):
            if self.segments[segment] and (chosen is None or chosen[venue]):
                yield at, segment, venue, image

    def cells(self, at: int, segment: int) -> Iterator[tuple[int, int, int, int, int]]:
        """(hour, stratum, explored, impressions, clicks) of a group's rows."""
        rows = self.day.rows
        for index in range(self.day.groups.start[at], self.day.groups.start[at + 1]):
            hour = rows.hour[index]
            if self.low <= hour < self.high:
                stratum = _stratum(hour, segment, rows.position[index])
                yield hour, stratum, rows.explored[index], rows.counts[0][index], rows.counts[1][index]

    def even(self) -> dict[int, tuple[int, int]]:
        """(impressions, clicks) of the even part by stratum."""
        s = self.day.strata
        columns = zip(s.hour, s.segment, s.position, s.explored, s.counts[0], s.counts[1], strict=True)
        return {
            _stratum(hour, segment, position): (shown, clicks)
            for hour, segment, position, explored, shown, clicks in columns
            if explored and self.low <= hour < self.high
        }

    def steered(self, within: bool, page: Sequence[Key]) -> Iterator[tuple[Key | None, int, tuple[int, int]]]:
        """(key, or None for the sum; stratum; (impressions, clicks)) of what the policy chose."""
        wanted = set(page)
        s = self.day.strata
        columns = zip(s.hour, s.segment, s.position, s.explored, s.counts[0], s.counts[1], strict=True)
        for hour, segment, position, explored, shown, clicks in columns:
            if not explored and self.low <= hour < self.high and self.segments[segment]:
                stratum = _stratum(hour, segment, position)
                yield None, stratum, (shown, clicks)
                if within and self.key(segment, 0, 0) in wanted:
                    yield self.key(segment, 0, 0), stratum, (shown, clicks)


def _stratum(hour: int, segment: int, position: int) -> int:
    return (hour << 32) | (segment << 16) | position


def _parts(ask: Ask, days: Iterable[bytes]) -> Iterator[_Part]:
    for data in days:
        day = unpack(data)
        begins = hour_of(f"{day.day}T00")
        low, high = max(0, ask.first - begins), min(24, ask.end - begins)
        if low >= high:
            continue
        chosen: bytes | None = None
        if ask.venue or ask.campaign:
            fits = (
                (not ask.venue or venue == ask.venue) and (not ask.campaign or campaign == ask.campaign)
                for venue, campaign in zip(day.venues, day.campaigns, strict=True)
            )
            chosen = bytes(fits)
        segments = tuple(not ask.segment or segment == ask.segment for segment in day.segments)
        yield _Part(ask, day, begins, low, high, segments, chosen)
