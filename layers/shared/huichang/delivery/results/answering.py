"""An ask answered: rows with intervals, a series, and what happened meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from huichang.delivery.control.newcomers import NewcomerRule
from huichang.delivery.events.cells import DIRECT
from huichang.delivery.placements.model import Placement, Placements
from huichang.delivery.results.adding import DRAWN, Detail, Key, Sums, add_up, counts_of, detail, in_order, rate, row, stretch
from huichang.delivery.results.model import (
    OTHERS,
    TOTAL,
    Ask,
    Happened,
    Happening,
    Names,
    Point,
    Results,
    Row,
    VenueName,
    window_at,
)
from huichang.delivery.results.rollups import Rollups
from huichang.delivery.segments import NONE, SEGMENTS
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.language import Text, both
from huichang.kernel.money import minor_digits
from huichang.pages.segments import load_segments

ALPHA = 0.05
# Of so many venues or campaigns what happened is looked up.
TOLD_OF = 12
MOST_WHY = 100
# Of more venues the ends of their floors would drown everything else.
FEW_VENUES = 3
_OBSERVED: Mapping[str, Text] = {
    NONE: both("没有说明的买家", "buyers who said nothing"),
    "new": both("新买家", "new buyers"),
    "back": both("回访买家", "buyers who came back"),
}


@dataclass(frozen=True)
class ResultsDesk:
    """What came of what was shown. `currency`: ISO 4217, of the deployment; order values are counted in its minor units."""

    rollups: Rollups
    names: Names
    happened: Happened
    placements: Placements
    clock: Clock
    currency: str

    def __call__(self, ask: Ask) -> Results:
        """Raises InvalidInputError (an unknown placement or segment, more than can be added up at once), TransientError."""
        places = {place.name: place for place in self.placements.all()}
        wanted = self._wanted(ask, places)
        packs = self.rollups.days(wanted, ask.days)
        sums = add_up(ask, packs.days)
        keys = in_order(ask, sums)
        page = keys[ask.offset : ask.offset + ask.limit]
        alphas = {name: place.alpha for name, place in places.items()}
        found = detail(ask, packs.days, page, alphas, ALPHA)
        known = self._known(ask, page)
        everything = sums.total[0]
        rows = tuple(self._row(ask, key, sums.rows[key], everything, found, known, places) for key in page)
        counted_to = packs.counted_to or iso(self.clock.now())
        return Results(
            by=ask.by,
            placement=ask.placement,
            campaign=ask.campaign,
            venue=ask.venue,
            segment=ask.segment,
            first=window_at(ask.first),
            last=window_at(ask.end - 1),
            days=-(-(ask.end - ask.first) // 24),
            currency=self.currency,
            minor_digits=minor_digits(self.currency),
            counted_to=counted_to,
            settled=packs.settled,
            total=row("", sums.total, everything, found.total, name=TOTAL),
            rows=rows,
            found=len(keys),
            offset=ask.offset,
            others=_others(sums, page, everything) if len(keys) > len(page) else None,
            hours=stretch(ask),
            drawn=tuple(each.key for each in rows[:DRAWN]),
            points=_points(ask, sums, page, found),
            why=tuple(self._why(ask, page, known, wanted)),
        )

    def now(self) -> datetime:
        """Up to when there can be results."""
        return self.clock.now()

    def _wanted(self, ask: Ask, places: Mapping[str, Placement]) -> list[str]:
        if ask.segment and ask.segment not in SEGMENTS:
            raise InvalidInputError(
                "there is no such segment", where="segment", mend=f"one of {', '.join(sorted(SEGMENTS))}", code="segment_unknown"
            )
        if not ask.placement:
            # Direct visits were not offered by anybody; they are told where they are asked for.
            return [name for name in sorted(places) if name != DIRECT]
        if ask.placement not in places:
            raise InvalidInputError(
                "there is no such placement", where="placement", mend=f"one of {', '.join(sorted(places))}", code="placement_unknown"
            )
        return [ask.placement]

    def _known(self, ask: Ask, page: Sequence[Key]) -> tuple[Mapping[str, VenueName], Mapping[str, str]]:
        venues: Mapping[str, VenueName] = {}
        campaigns: set[str] = {ask.campaign} if ask.campaign else set()
        if ask.by in ("venue", "image"):
            venues = self.names.venues({key[0] for key in page} | ({ask.venue} if ask.venue else set()))
        if ask.by == "campaign":
            campaigns |= {key[0] for key in page if key[0]}
        return venues, self.names.campaigns(campaigns) if campaigns else {}

    def _row(
        self,
        ask: Ask,
        key: Key,
        values: Sequence[int],
        everything: int,
        found: Detail,
        known: tuple[Mapping[str, VenueName], Mapping[str, str]],
        places: Mapping[str, Placement],
    ) -> Row:
        venues, campaigns = known
        said: dict[str, object] = {}
        if ask.by in ("venue", "image"):
            venue = venues.get(key[0], VenueName(venue_id=key[0]))
            said = {"venue_id": key[0], "campaign_id": venue.campaign_id, "name": venue.name or {}}
            said |= {"image": key[1]} if ask.by == "image" else {}
        elif ask.by == "campaign":
            said = {"campaign_id": key[0], "name": campaigns.get(key[0]) or ({} if key[0] else both("不属于活动", "of no campaign"))}
        elif ask.by == "segment":
            said = {"name": segment_name(key[0])}
        elif key[0] in places:
            said = {"name": places[key[0]].what}
        return row("/".join(key), values, everything, found.uplift[key], **said)

    def _why(
        self, ask: Ask, page: Sequence[Key], known: tuple[Mapping[str, VenueName], Mapping[str, str]], wanted: Sequence[str]
    ) -> list[Happening]:
        since, until = f"{window_at(ask.first)}:00:00.000Z", f"{window_at(ask.end)}:00:00.000Z"
        shown = {key[0] for key in page[:TOLD_OF] if key[0]} if ask.by in ("venue", "campaign", "image") else set()
        subjects = {*shown, *({ask.venue, ask.campaign} - {""})}
        subjects |= {part for name in (wanted if len(wanted) <= TOLD_OF else ()) for part in (name, f"placement:{name}")}
        if ask.venue:
            subjects |= {venue.campaign_id for venue in known[0].values() if venue.venue_id == ask.venue} - {""}
        told = list(self.happened.about(subjects, since, until))
        floors = known[0].values() if ask.venue or len(known[0]) <= FEW_VENUES else ()
        told += [each for each in map(_floor_ends, floors) if each and each.subject in subjects and since <= each.at < until]
        return sorted(told, key=lambda each: each.at)[-MOST_WHY:]


def segment_name(segment: str) -> Text:
    """What a segment's buyers are called."""
    if segment in _OBSERVED:
        return _OBSERVED[segment]
    known = load_segments().get(segment)
    return dict(known.who) if known else both(segment, segment)


def _floor_ends(venue: VenueName) -> Happening | None:
    """When a newcomer is promised to be judged: its floor has ended by then, or earlier with a verdict (control/newcomers.py)."""
    if not venue.released_at:
        return None
    hours = NewcomerRule().hours
    at = iso(datetime.fromisoformat(venue.released_at) + timedelta(hours=hours))
    what = both(
        f"发布满 {hours:g} 小时：新会场的保底流量应已结束（有结论会更早，新会场多则更晚）",
        f"{hours:g} hours after its release: a newcomer's floor should have ended (sooner with a verdict, later where newcomers are many)",
    )
    return Happening(at=at, kind="floor", what=what, subject=venue.venue_id)


def _others(sums: Sums, page: Sequence[Key], everything: int) -> Row:
    left = list(sums.total)
    for key in page:
        left = [a - b for a, b in zip(left, sums.rows[key], strict=True)]
    return row("", left, everything, name=OTHERS)


def _points(ask: Ask, sums: Sums, page: Sequence[Key], found: Detail) -> tuple[Point, ...]:
    return tuple(
        Point(
            at=window_at(ask.first + at * stretch(ask)),
            counts=counts_of(values),
            ctr=rate(values[1], values[0]),
            parts=tuple(found.parts[key][at] for key in page[:DRAWN]),
        )
        for at, values in enumerate(sums.points)
    )
