"""How much less is seen further down: examination probabilities of a placement's positions.

The model: P(click on venue v at position k) = seen[k] x theta[v], seen[1] = 1. A click of a given venue in a given segment
happened at position k with probability proportional to shown[v, k] x seen[k], whatever the venue's own rate is: it drops out. So
seen[] is estimated from *where a venue's own clicks happened* against where it was shown, and a policy that gives the best venues
the best positions does not make the positions look better than they are; uniformly drawn traffic, which moves everybody through
all positions, says most for its number. The likelihood is that of a two-way Poisson model with venues as nuisance; its maximum is
found by proportional fitting, with a Gamma prior on each position so that a page of which little is known looks like pages in
general.
"""

from __future__ import annotations

from collections import defaultdict

from huichang.delivery.ranking.history import Tally

# The prior weighs as much as this many clicks at each position.
PRIOR_CLICKS = 12.0
ROUNDS = 25
LEAST = 0.02


def usual(position: int) -> float:
    """What pages in general look like (eye-tracking and click studies: roughly a power of the rank)."""
    return float(position**-0.6)


def fit_positions(tally: Tally) -> dict[int, float]:
    """seen[k] of every position that occurs, relative to position 1 (also given if it never occurred). Between 0.02 and 5."""
    shown: defaultdict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    clicks: defaultdict[tuple[str, str], float] = defaultdict(float)
    at: defaultdict[int, float] = defaultdict(float)
    for (segment, venue, position), sums in tally.items():
        shown[segment, venue][position] = sums.shown
        clicks[segment, venue] += sums.events
        at[position] += sums.events
    seen = {position: usual(position) for position in {1, *at}}
    # A venue without clicks says nothing about where clicks happen.
    speaking = [(clicks[who], where) for who, where in shown.items() if clicks[who] > 0]
    for _ in range(ROUNDS):
        expected = dict.fromkeys(seen, 0.0)
        for happened, where in speaking:
            rate = happened / sum(n * seen[k] for k, n in where.items())
            for k, n in where.items():
                expected[k] += n * rate
        fresh = {k: (PRIOR_CLICKS + at[k]) / (PRIOR_CLICKS / usual(k) + expected[k]) for k in seen}
        moved = max(abs(fresh[k] / fresh[1] - seen[k]) for k in seen)
        seen = {k: value / fresh[1] for k, value in fresh.items()}
        if moved < 1e-4:
            break
    return {k: min(5.0, max(LEAST, value)) for k, value in seen.items()}
