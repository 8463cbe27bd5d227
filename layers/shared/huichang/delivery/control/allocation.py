"""Copies of venues dealt out under floors and caps: the best there are, exactly, with a certificate.

`units` copies (answers x places) are to be dealt. Each venue is an edge from its merchant to its industry with a lower wish, an
upper bound and a falling list of values (what its first, second, ... copy is worth); merchants and industries have capacities.
That is a flow:

    all copies -> merchant (cap) -> venue (floor, cap, values) -> industry (cap) -> dealt

Bounds are whole numbers, so the best flow is whole too, and nothing has to be rounded afterwards. Values fall, so it is a
min-cost flow with convex costs. Why a flow and not a linear programme: it needs no solver, and it is exact. (Merchants and
industries overlap, so no greedy rule is exact; a third overlapping family, that of campaigns, would not be a flow: see
planning.py.)

Floors are wishes of overwhelming value (the first half of a floor worth more than the second), so that what cannot be had is
missing from all alike, and caps are never broken. Places that caps leave empty cost more than any poor venue would.

Method: deal greedily, best copy first; that is already optimal while caps do not cross. Then push single copies around cycles of
positive gain in the residual graph (Bellman-Ford over merchants and industries only) until there is none: Klein 1967, no gaining
cycle = optimal. The number of pushes is bounded; `exact` says whether the end was reached. Even where it was not, every cap
holds.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# A wish for a floor's copy against the value of any other; ordinary values are scaled to -1..1.
FLOOR = 1e5
EMPTY = 1e3
EPSILON = 1e-6
MOST_PUSHES = 2000
_SOURCE, _SINK = "source", "sink"
Node = tuple[str, str]


@dataclass(frozen=True)
class Bounds:
    """One venue's: `values` in -1..1, falling, one for each copy it may have (its cap is their number); `floor` copies wished for."""

    venue_id: str
    values: Sequence[float]
    floor: int = 0
    priority: float = 1.0
    merchant: str = ""
    industry: str = ""

    def value(self, copies: int) -> float:
        """Of the next copy when it has `copies`."""
        if copies < self.floor:
            return FLOOR * self.priority * (2 - copies / self.floor) + self.values[copies]
        return self.values[copies]


@dataclass
class Allocation:
    """Copies by venue; what was left empty; whether it is certainly the best; how many copies groups have (by node)."""

    copies: dict[str, int]
    empty: int
    exact: bool
    pushes: int
    merchants: dict[str, int] = field(default_factory=dict)
    industries: dict[str, int] = field(default_factory=dict)


def allocate(
    venues: Sequence[Bounds],
    units: int,
    merchant_caps: Mapping[str, int] | None = None,
    industry_caps: Mapping[str, int] | None = None,
) -> Allocation:
    """Deal `units` copies. A merchant or an industry without a cap, or "" (unknown), is not bounded."""
    return _Dealing(venues, units, merchant_caps or {}, industry_caps or {}).solve()


class _Dealing:
    def __init__(self, venues: Sequence[Bounds], units: int, merchants: Mapping[str, int], industries: Mapping[str, int]) -> None:
        self.venues, self.units = venues, units
        self.caps: dict[Node, int] = {("merchant", name): cap for name, cap in merchants.items() if name}
        self.caps |= {("industry", name): cap for name, cap in industries.items() if name}
        self.copies = [0] * len(venues)
        self.used: defaultdict[Node, int] = defaultdict(int)
        self.empty = units
        self.by_pair: defaultdict[tuple[Node, Node], list[int]] = defaultdict(list)
        for index, venue in enumerate(venues):
            self.by_pair[("merchant", venue.merchant), ("industry", venue.industry)].append(index)

    def solve(self) -> Allocation:
        self._greedily()
        pushes = 0
        exact = False
        while pushes < MOST_PUSHES:
            cycle = self._gaining_cycle()
            if cycle is None:
                exact = True
                break
            self._push(cycle)
            pushes += 1
        return Allocation(
            copies={venue.venue_id: self.copies[i] for i, venue in enumerate(self.venues)},
            empty=self.empty,
            exact=exact,
            pushes=pushes,
            merchants={name: n for (kind, name), n in self.used.items() if kind == "merchant" and name},
            industries={name: n for (kind, name), n in self.used.items() if kind == "industry" and name},
        )

    def _room(self, node: Node) -> bool:
        return node not in self.caps or self.used[node] < self.caps[node]

    def _greedily(self) -> None:
        heap = [(-venue.value(0), i) for i, venue in enumerate(self.venues) if venue.values]
        heapq.heapify(heap)
        while self.empty and heap:
            _, i = heapq.heappop(heap)
            venue = self.venues[i]
            merchant, industry = ("merchant", venue.merchant), ("industry", venue.industry)
            # Rooms only shrink here: what has none now has none later.
            if not (self._room(merchant) and self._room(industry)):
                continue
            self._move(i, merchant, industry, 1)
            self.empty -= 1
            if self.copies[i] < len(venue.values):
                heapq.heappush(heap, (-venue.value(self.copies[i]), i))

    def _move(self, index: int, merchant: Node, industry: Node, by: int) -> None:
        self.copies[index] += by
        self.used[merchant] += by
        self.used[industry] += by

    def _arcs(self) -> list[tuple[Node, Node, float, int]]:
        """Residual arcs (from, to, gain, venue or -1). One for each direction of a pair: its best copy to add, its poorest to take."""
        source, sink = (_SOURCE, ""), (_SINK, "")
        arcs: list[tuple[Node, Node, float, int]] = []
        nodes = {node for pair in self.by_pair for node in pair}
        for node in sorted(nodes):
            out = node[0] == "merchant"
            if self._room(node):
                arcs.append((source, node, 0.0, -1) if out else (node, sink, 0.0, -1))
            if self.used[node] > 0:
                arcs.append((node, source, 0.0, -1) if out else (sink, node, 0.0, -1))
        for (merchant, industry), members in self.by_pair.items():
            add = max(
                ((self.venues[i].value(self.copies[i]), -i) for i in members if self.copies[i] < len(self.venues[i].values)), default=None
            )
            if add is not None:
                arcs.append((merchant, industry, add[0], -add[1]))
            take = min(((self.venues[i].value(self.copies[i] - 1), i) for i in members if self.copies[i] > 0), default=None)
            if take is not None:
                arcs.append((industry, merchant, -take[0], take[1]))
        # Leaving a place empty, and filling it after all.
        arcs.append((source, sink, -EMPTY, -1))
        if self.empty:
            arcs.append((sink, source, EMPTY, -1))
        return arcs

    def _gaining_cycle(self) -> list[tuple[Node, Node, float, int]] | None:
        arcs = self._arcs()
        gain: defaultdict[Node, float] = defaultdict(float)
        reached: dict[Node, tuple[Node, Node, float, int]] = {}
        nodes = {arc[0] for arc in arcs} | {arc[1] for arc in arcs}
        last: Node | None = None
        for _ in range(len(nodes) + 1):
            last = None
            for arc in arcs:
                if gain[arc[0]] + arc[2] > gain[arc[1]] + EPSILON:
                    gain[arc[1]] = gain[arc[0]] + arc[2]
                    reached[arc[1]] = arc
                    last = arc[1]
            if last is None:
                return None
        assert last is not None  # noqa: S101
        for _ in nodes:
            last = reached[last][0]
        cycle: list[tuple[Node, Node, float, int]] = []
        node = last
        while True:
            arc = reached[node]
            cycle.append(arc)
            node = arc[0]
            if node == last:
                return cycle

    def _push(self, cycle: Sequence[tuple[Node, Node, float, int]]) -> None:
        for start, end, _, index in cycle:
            if index >= 0:
                forward = start[0] == "merchant"
                self._move(index, *((start, end, 1) if forward else (end, start, -1)))
            elif (start[0], end[0]) == (_SOURCE, _SINK):
                self.empty += 1
            elif (start[0], end[0]) == (_SINK, _SOURCE):
                self.empty -= 1
