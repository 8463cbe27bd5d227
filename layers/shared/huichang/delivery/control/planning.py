"""A placement's traffic for one segment: what ranking wants, as far as floors and caps let it, and what could not hold.

Ranking gives draws of scores. In every draw a venue has an *advantage*: its score less the score of the last one that still has a
place. Dealing each venue's best advantages first, with nothing else in the way, reproduces Thompson sampling's own shares; with
rules it is the best under them (control/allocation.py). Shares that the explored part gives away anyway are taken into account,
so caps hold for the whole.

Campaigns' caps are a third family that overlaps merchants and industries, which is no flow any more. They are kept all the same:
what is dealt without them is looked at, a campaign above its cap keeps the best of its copies up to it (each of its venues is
capped at what it kept, so together they obey), and the rest is dealt again. Where no such cap bites the result is exact as
before; where one does, every cap holds and `exact` is false.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from huichang.delivery.control.allocation import Allocation, Bounds, allocate
from huichang.delivery.control.rules import Controls
from huichang.delivery.facts import VenueFacts
from huichang.kernel.model import Model

_CLOSE = 1e-9


class Conflict(Model):
    """A rule that could not hold. `subject`: a venue whose floor is short (kind "floor"), or "" for places left empty ("empty").

    `asked` and `got` are shares: of answers for a floor, of places otherwise. `because`: what stands in the way, as "venue:v-1",
    "industry:toys", "merchant:m-7", "campaign:c-1" or "places" (other floors and caps take all there is).
    """

    kind: Literal["floor", "empty"]
    subject: str
    asked: float
    got: float
    because: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """Copies of each venue in `draws` answers; `exact`: certainly the best under the rules."""

    copies: Mapping[str, int]
    draws: int
    exact: bool
    conflicts: tuple[Conflict, ...]


def plan(
    scores: Mapping[str, Sequence[float]],
    facts: Mapping[str, VenueFacts],
    controls: Controls,
    slots: int,
    even: Mapping[str, float],
    explore: float,
) -> Plan:
    """`scores`: for each candidate one score in each draw. `even`: shares of the explored part, by venue, as `even_shares` gives them.

    Held venues must not be among the scores. All shares of the mixture stay under their caps exactly; floors are met or told.
    """
    draws = len(next(iter(scores.values()))) if scores else 0
    if not draws or not slots:
        return Plan({}, draws, True, ())
    names = sorted(scores)
    places = min(slots, len(names))
    last = [sorted(row)[-places] for row in zip(*(scores[name] for name in names), strict=True)]
    advantages = {name: sorted((score - bar for score, bar in zip(scores[name], last, strict=True)), reverse=True) for name in names}
    scale = max((abs(each) for listed in advantages.values() for each in (listed[0], listed[-1])), default=0.0) or 1.0
    bounds = []
    for name in names:
        rule = controls.rule(name)
        most = _copies(rule.cap, even.get(name, 0.0), explore, draws, math.floor)
        bounds.append(
            Bounds(
                venue_id=name,
                values=[each / scale for each in advantages[name][: min(most, draws)]],
                floor=_copies(rule.floor, even.get(name, 0.0), explore, draws, math.ceil),
                priority=1 + rule.priority,
                merchant=facts[name].merchant,
                industry=facts[name].industry,
            )
        )
    explored: defaultdict[tuple[str, str], float] = defaultdict(float)
    member_of = controls.campaigns()
    for name, share in even.items():
        explored["campaign", member_of.get(name, "")] += share
        explored["merchant", facts[name].merchant] += share
        explored["industry", facts[name].industry] += share
    merchants = _group_caps("merchant", {b.merchant for b in bounds}, controls.cap_of_merchant, explored, explore, draws, slots)
    industries = _group_caps("industry", {b.industry for b in bounds}, controls.cap_of_industry, explored, explore, draws, slots)
    campaigns = _group_caps("campaign", set(member_of.values()), controls.cap_of_campaign, explored, explore, draws, slots)
    bounds, dealt, bitten = _within_campaigns(
        bounds, member_of, campaigns, lambda kept: allocate(kept, places * draws, merchants, industries)
    )
    return Plan(
        copies={name: n for name, n in dealt.copies.items() if n},
        draws=draws,
        exact=dealt.exact and not bitten,
        conflicts=tuple(_conflicts(bounds, dealt, merchants, industries, bitten, controls, even, explore, draws, places)),
    )


def _within_campaigns(
    bounds: list[Bounds], member_of: Mapping[str, str], caps: Mapping[str, int], deal: Callable[[list[Bounds]], Allocation]
) -> tuple[list[Bounds], Allocation, dict[str, str]]:
    """Dealt under campaigns' caps too: the bounds in the end, the dealing, and the campaign of each venue that one of them cut.

    Ends: each round cuts a campaign for good, and the venues of one that is cut can never have more than its cap together.
    """
    bitten: dict[str, str] = {}
    while True:
        dealt = deal(bounds)
        held: defaultdict[str, int] = defaultdict(int)
        for name, campaign in member_of.items():
            held[campaign] += dealt.copies.get(name, 0)
        over = {campaign for campaign, cap in caps.items() if held[campaign] > cap}
        if not over:
            return bounds, dealt, bitten
        kept: defaultdict[str, int] = defaultdict(int)
        for campaign in over:
            own = [each for each in bounds if member_of.get(each.venue_id) == campaign]
            # Values of a venue fall from copy to copy, so the best copies of all are the first ones of each.
            best = heapq.nlargest(
                caps[campaign],
                ((each.value(n), -n, each.venue_id) for each in own for n in range(dealt.copies[each.venue_id])),
            )
            for _, _, name in best:
                kept[name] += 1
            bitten |= {each.venue_id: campaign for each in own}
        bounds = [
            replace(each, values=each.values[: kept[each.venue_id]]) if member_of.get(each.venue_id) in over else each for each in bounds
        ]


def _copies(share: float, explored: float, explore: float, draws: int, rounded: Callable[[float], int]) -> int:
    """Of a share of all answers, what the drawn part has to carry, in copies."""
    carried = (share - explore * explored) / (1 - explore) if explore < 1 else 0.0
    return max(0, min(draws, rounded(carried * draws - _CLOSE if rounded is math.ceil else carried * draws + _CLOSE)))


def _group_caps(
    kind: str,
    names: set[str],
    cap_of: Callable[[str], float],
    explored: Mapping[tuple[str, str], float],
    explore: float,
    draws: int,
    slots: int,
) -> dict[str, int]:
    caps = {}
    for name in names:
        cap = cap_of(name)
        if name and cap < 1:
            most = slots * cap
            left = (most - explore * explored.get((kind, name), 0.0)) / (1 - explore) if explore < 1 else 0.0
            # Each answer by itself holds the cap too, so the drawn part may not make up for what is seldom explored.
            caps[name] = max(0, math.floor(min(left, most) * draws + _CLOSE))
    return caps


def _conflicts(
    bounds: Sequence[Bounds],
    dealt: Allocation,
    merchants: Mapping[str, int],
    industries: Mapping[str, int],
    bitten: Mapping[str, str],
    controls: Controls,
    even: Mapping[str, float],
    explore: float,
    draws: int,
    places: int,
) -> list[Conflict]:
    found = []
    for each in bounds:
        asked = controls.rule(each.venue_id).floor
        got = (1 - explore) * dealt.copies[each.venue_id] / draws + explore * even.get(each.venue_id, 0.0)
        if got < asked - _CLOSE:
            because = []
            if dealt.copies[each.venue_id] >= len(each.values):
                cut = bitten.get(each.venue_id)
                because.append(f"campaign:{cut}" if cut else f"venue:{each.venue_id}")
            if each.industry in industries and dealt.industries.get(each.industry, 0) >= industries[each.industry]:
                because.append(f"industry:{each.industry}")
            if each.merchant in merchants and dealt.merchants.get(each.merchant, 0) >= merchants[each.merchant]:
                because.append(f"merchant:{each.merchant}")
            found.append(Conflict(kind="floor", subject=each.venue_id, asked=asked, got=got, because=tuple(because) or ("places",)))
    if dealt.empty:
        full = [f"industry:{name}" for name, cap in sorted(industries.items()) if dealt.industries.get(name, 0) >= cap]
        full += [f"merchant:{name}" for name, cap in sorted(merchants.items()) if dealt.merchants.get(name, 0) >= cap]
        full += [f"campaign:{name}" for name in sorted(set(bitten.values()))]
        full += [
            f"venue:{each.venue_id}"
            for each in bounds
            if each.venue_id not in bitten and dealt.copies[each.venue_id] >= len(each.values) < draws
        ][:10]
        found.append(Conflict(kind="empty", subject="", asked=1.0, got=1 - dealt.empty / (places * draws), because=tuple(full)))
    return found
