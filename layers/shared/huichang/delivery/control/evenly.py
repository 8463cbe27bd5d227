"""The explored part: everybody as evenly as caps allow, drawn in closed form.

*How much*: progressive filling. All venues' shares grow together; whoever reaches a cap (its own, its merchant's, its industry's,
its campaign's) stops, the others go on until the answer is full. What comes out is max-min fair, and nobody who can be shown has nothing.

*Drawn*: systematic sampling (Madow 1949). The shares lie end to end on a line of length `slots`, industry by industry; one
uniform number U in [0, 1) picks the venues at U, U + 1, U + 2, ... A share is at most 1, so no venue is picked twice; its
probability is exactly its share; an industry with a total of 2.4 has 2 or 3 places in every answer, and so has a merchant within
each industry. (A line has one order: of a merchant whose venues lie in several industries, or of a campaign, the cap holds over
all explored answers, not in each.) Then the positions are shuffled.
"""

from __future__ import annotations

import itertools
import random
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from huichang.delivery.control.rules import Controls
from huichang.delivery.facts import VenueFacts

_SLACK = 1e-11


def even_shares(venues: Sequence[VenueFacts], slots: int, controls: Controls) -> dict[str, float]:
    """Probability (above 0) of being in an explored answer, by venue, without held ones. Their sum is whole, at most `slots`."""
    campaigns = controls.campaigns()
    active = {venue.venue_id: venue for venue in venues if not controls.rule(venue.venue_id).hold and controls.rule(venue.venue_id).cap > 0}
    groups: list[tuple[dict[str, float], Callable[[VenueFacts], str]]] = [
        ({name: slots * controls.cap_of_industry(name) for name in {v.industry for v in active.values()} if name}, lambda v: v.industry),
        ({name: slots * controls.cap_of_merchant(name) for name in {v.merchant for v in active.values()} if name}, lambda v: v.merchant),
        ({name: slots * capped.cap for name, capped in controls.campaign_caps.items()}, lambda v: campaigns.get(v.venue_id, "")),
    ]
    active = {name: v for name, v in active.items() if all(room.get(of(v), 1.0) > _SLACK for room, of in groups)}
    caps = {venue_id: controls.rule(venue_id).cap for venue_id in active}
    shares = dict.fromkeys(active, 0.0)
    left, level = float(slots), 0.0
    by_cap = sorted(active, key=caps.__getitem__)
    while active and left > _SLACK:
        while by_cap and (by_cap[0] not in active):
            by_cap.pop(0)
        growth = min(left / len(active), caps[by_cap[0]] - level)
        counted = [(room, Counter(of(venue) for venue in active.values())) for room, of in groups]
        for room, members in counted:
            growth = min([growth, *(room[name] / n for name, n in members.items() if name in room)])
        level += growth
        left -= growth * len(active)
        for room, members in counted:
            for name in members.keys() & room.keys():
                room[name] -= growth * members[name]
        stopped = [
            name for name, v in active.items() if caps[name] - level <= _SLACK or any(room.get(of(v), 1.0) <= _SLACK for room, of in groups)
        ]
        for name in active:
            shares[name] = level
        for name in stopped:
            del active[name]
    total = sum(shares.values())
    whole = round(total) if abs(total - round(total)) < 1e-6 else int(total)
    return {name: share * whole / total for name, share in shares.items()} if whole else {}


@dataclass(frozen=True)
class EvenDraw:
    """Draws explored answers; shared by all policies of a placement and a number of slots."""

    order: tuple[str, ...]
    ends: array[float]
    shares: Mapping[str, float]

    @property
    def slots(self) -> int:
        """Length of every explored answer."""
        return round(self.ends[-1]) if self.ends else 0

    def draw(self, generator: random.Random) -> list[str]:
        """One answer, in shuffled order."""
        start = generator.random()
        last = len(self.order) - 1
        picked = [self.order[min(last, bisect_right(self.ends, start + step))] for step in range(self.slots)]
        generator.shuffle(picked)
        return picked

    def propensity(self, venue_id: str, position: int) -> float:
        """Probability of this venue at this position (from 1) of an explored answer."""
        return self.shares.get(venue_id, 0.0) / self.slots if 1 <= position <= self.slots else 0.0


def even_draw(venues: Sequence[VenueFacts], slots: int, controls: Controls, generator: random.Random) -> EvenDraw:
    """The explored part of a placement. Merchants of an industry, and venues of a merchant, come in random order, so that nobody has the
    same neighbours for ever."""
    shares = even_shares(venues, slots, controls)
    listed = sorted((venue for venue in venues if venue.venue_id in shares), key=lambda venue: venue.venue_id)
    generator.shuffle(listed)
    turn = {venue.merchant: place for place, venue in enumerate(listed)}
    listed.sort(key=lambda venue: (venue.industry, turn[venue.merchant] if venue.merchant else -1))
    order = tuple(venue.venue_id for venue in listed)
    ends = array("d", itertools.accumulate(shares[name] for name in order))
    if ends:
        ends[-1] = round(ends[-1])
    return EvenDraw(order, ends, shares)
