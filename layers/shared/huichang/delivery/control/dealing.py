"""Copies put into answers so that every single answer is balanced: by venue, by merchant and by industry at once. Exactly.

Of a group that has n copies in k answers, each answer gets n/k rounded down or up. So a venue with at most k copies is nowhere
twice, and a merchant's or an industry's cap on the whole bounds each answer too, rounded up.

Why that is possible: venues lie within merchants and within industries, which makes two trees over the copies; the constraint
matrix of two trees is totally unimodular, so n/k of everything in each answer, being a solution, implies a whole one (de Werra
1971 for the bipartite graph of merchants and industries).

How: *halving*. Pair the copies within the first tree, deepest groups first, so that at most one of each group is left over and goes
up to its parent; likewise within the second. Each copy has at most one partner in each tree, so the pairs form paths and even
cycles, and can be coloured in turns: every pair, hence every group up to one copy, is split evenly. An odd number of answers first
gives one away: *rounding* n/k along cycles of what is not whole yet (there is always one: at each node of merchants and industries
whole flow goes through). With 256 answers there are only halvings: 8 rounds over all copies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from huichang.delivery.facts import VenueFacts

Node = tuple[str, str]


def into_answers(copies: Mapping[str, int], facts: Mapping[str, VenueFacts], answers: int) -> list[list[str]]:
    """`answers` lists of venue ids, none twice in one; the longest first, the lengths differ by one at most.

    Raises ValueError for a venue with more copies than answers.
    """
    if copies and max(copies.values()) > answers:
        raise ValueError("a venue has more copies than there are answers")
    order = sorted(copies, key=lambda name: (facts[name].industry, facts[name].merchant, name))
    # A venue of nobody in particular is its own merchant, and its own industry.
    sides = [(("merchant", facts[name].merchant or f" {name}"), ("industry", facts[name].industry or f" {name}")) for name in order]
    made: list[list[str]] = []
    piles = [([copies[name] for name in order], answers)]
    while piles:
        pile, number = piles.pop()
        if number == 1:
            made.append([name for name, n in zip(order, pile, strict=True) if n])
        elif number % 2:
            one = _one_of(pile, sides, number)
            rest = [n - taken for n, taken in zip(pile, one, strict=True)]
            piles += [(rest, number - 1), (one, 1)]
        else:
            first, second = _halved(pile, sides)
            piles += [(second, number // 2), (first, number // 2)]
    return sorted(made, key=len, reverse=True)


def _halved(pile: Sequence[int], sides: Sequence[tuple[Node, Node]]) -> tuple[list[int], list[int]]:
    """Two piles in which every venue, merchant and industry, and the whole, has its half, rounded down or up."""
    # An even number of a venue's copies is split on the spot; of an odd one a single copy is left, and its pairs decide.
    odd = [i for i, n in enumerate(pile) if n % 2]
    partner_of = [_pairs(odd, [sides[i][tree] for i in odd]) for tree in (0, 1)]
    first = [n // 2 for n in pile]
    taken: dict[int, bool] = {}
    for start in _ends_first(odd, partner_of):
        if start in taken:
            continue
        # Walk the path (or cycle) from here, changing trees and colours at each step.
        tree = 0 if start in partner_of[0] else 1
        at, colour = start, len(taken) % 4 < 2
        while at not in taken:
            taken[at] = colour
            if at not in partner_of[tree]:
                break
            at, colour, tree = partner_of[tree][at], not colour, 1 - tree
    for i, chosen in taken.items():
        first[i] += chosen
    return first, [n - half for n, half in zip(pile, first, strict=True)]


def _pairs(odd: Sequence[int], groups: Sequence[Node]) -> dict[int, int]:
    """Partners: within a group as far as they go, then among what groups have left over."""
    waiting: dict[Node, int] = {}
    found: dict[int, int] = {}
    for i, group in zip(odd, groups, strict=True):
        other = waiting.pop(group, None)
        if other is None:
            waiting[group] = i
        else:
            found |= {i: other, other: i}
    left = list(waiting.values())
    for one, other in zip(left[::2], left[1::2], strict=False):
        found |= {one: other, other: one}
    return found


def _ends_first(odd: Sequence[int], partner_of: Sequence[Mapping[int, int]]) -> list[int]:
    """Paths are walked from an end, or both halves of one could get the same colour where they meet."""
    return sorted(odd, key=lambda i: sum(i in partners for partners in partner_of))


def _one_of(pile: Sequence[int], sides: Sequence[tuple[Node, Node]], number: int) -> list[int]:
    """One answer out of `number`: of every venue, merchant, industry and the whole n / number, rounded down or up.

    Parts are counted in copies of which `number` make one, so that everything is whole. Edges: each venue from its merchant to its
    industry, and each merchant and industry to the whole. At every node what is not whole sums to a whole, so no node has exactly
    one such edge, and there is a cycle of them until all are whole; pushing round one makes an edge of it whole.
    """
    ends: list[tuple[Node, Node]] = list(sides)
    flow = list(pile)
    totals: defaultdict[Node, int] = defaultdict(int)
    for n, pair in zip(pile, sides, strict=True):
        for node in pair:
            totals[node] += n
    for node in totals:
        source, sink = ("all", "source"), ("all", "sink")
        ends.append((source, node) if node[0] == "merchant" else (node, sink))
        flow.append(totals[node])
    ends.append((("all", "sink"), ("all", "source")))
    flow.append(sum(pile))
    at: defaultdict[Node, set[int]] = defaultdict(set)
    for edge, (start, end) in enumerate(ends):
        if flow[edge] % number:
            at[start].add(edge)
            at[end].add(edge)
    while any(at.values()):
        cycle = _cycle(at, ends)
        up = min((number - flow[edge] % number if forward else flow[edge] % number) for edge, forward in cycle)
        for edge, forward in cycle:
            flow[edge] += up if forward else -up
            if flow[edge] % number == 0:
                for node in ends[edge]:
                    at[node].discard(edge)
    return [n // number for n in flow[: len(pile)]]


def _cycle(at: Mapping[Node, set[int]], ends: Sequence[tuple[Node, Node]]) -> list[tuple[int, bool]]:
    """Edges of a cycle, each with whether it is walked forwards."""
    node = next(node for node, edges in at.items() if edges)
    seen: dict[Node, int] = {}
    path: list[tuple[int, bool]] = []
    last = -1
    while node not in seen:
        seen[node] = len(path)
        edge = min(each for each in at[node] if each != last)
        forward = ends[edge][0] == node
        path.append((edge, forward))
        node, last = ends[edge][1 if forward else 0], edge
    return path[seen[node] :]
