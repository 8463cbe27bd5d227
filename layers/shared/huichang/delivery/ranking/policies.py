"""What is served to one segment of a placement: a finite set of answers, with probabilities that are exact for the policy that
was run.

The probability that Thompson sampling puts venue v at position k has no closed form for more than two venues, and an estimate of
it, divided by, ruins every later judgement of the logs. So the policy is made finite: `draws` answers are fixed when it is built,
and serving takes one of them uniformly. The probability of (v, k) is then a count over `draws`: exact, never zero for what was
shown, and over all venues it sums to one at each position. With probability `explore` the answer is drawn evenly among all
instead (control/evenly.py); that part has a closed form and is mixed in. Which venue is in how many answers is decided under
floors and caps (control/planning.py); the copies are then put into answers (control/dealing.py) so that no answer has a venue
twice, and an industry's places, and a merchant's, differ by at most one between any two answers.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from huichang.delivery.control.dealing import into_answers
from huichang.delivery.control.evenly import EvenDraw
from huichang.delivery.control.planning import Conflict, plan
from huichang.delivery.control.rules import Controls
from huichang.delivery.facts import VenueFacts
from huichang.delivery.ranking.beliefs import Belief
from huichang.kernel.model import Model

EXPLORE = 0.05
DRAWS = 256
# Samples are drawn from a posterior this many times as certain: pure Thompson sampling explores more than a few days' traffic repays.
CALM = 2.0
# Venues of which samples are drawn at all: those whose optimistic value is highest. The others live on exploration and on floors.
SHORTLIST = 120
_OPTIMISM = 2.0
# Candidates that caps let into an answer, over its places: with fewer, every industry (or merchant) sends its best.
_ENOUGH = 2


class Placed(Model):
    """A venue at a position (from 1), the probability with which the policy puts it there, whether the even part drew this answer."""

    venue_id: str
    position: int
    propensity: float
    explored: bool = False


@dataclass(frozen=True)
class Policy:
    """Of one placement and segment. `answers`: each a tuple of venue ids, best position first; they differ in length by one at most."""

    answers: tuple[tuple[str, ...], ...]
    even: EvenDraw
    explore: float
    conflicts: tuple[Conflict, ...] = ()
    exact: bool = True

    @cached_property
    def _counts(self) -> Counter[tuple[str, int]]:
        # At first use: whoever serves hundreds of placements holds many policies that nobody asks for.
        return Counter((venue_id, k) for answer in self.answers for k, venue_id in enumerate(answer, start=1))

    @property
    def slots(self) -> int:
        """Places of the longest answer."""
        return max((len(self.answers[0]) if self.answers else 0), (len(self.answers[-1]) if self.answers else 0), self.even.slots)

    @property
    def candidates(self) -> tuple[str, ...]:
        """The venues it chooses among, sorted."""
        return tuple(sorted({*self.even.order, *(name for answer in self.answers for name in answer)}))

    def propensity(self, venue_id: str, position: int) -> float:
        """Probability that `draw` puts this venue at this position (from 1)."""
        drawn = self._counts[venue_id, position] / len(self.answers) if self.answers else 0.0
        return (1 - self.explore) * drawn + self.explore * self.even.propensity(venue_id, position)

    def share(self, venue_id: str) -> float:
        """Probability that the venue is in an answer."""
        return sum(self.propensity(venue_id, position) for position in range(1, self.slots + 1))

    def draw(self, generator: random.Random) -> tuple[Placed, ...]:
        """One answer, best position first; empty if there are no candidates."""
        explored = generator.random() < self.explore
        answer: Sequence[str] = ()
        if explored:
            answer = self.even.draw(generator)
        elif self.answers:
            answer = generator.choice(self.answers)
        return tuple(
            Placed(venue_id=venue_id, position=k, propensity=self.propensity(venue_id, k), explored=explored)
            for k, venue_id in enumerate(answer, start=1)
        )


def build_policy(
    beliefs: Mapping[str, Belief],
    facts: Mapping[str, VenueFacts],
    slots: int,
    controls: Controls,
    even: EvenDraw,
    generator: random.Random,
    *,
    draws: int = DRAWS,
    explore: float = EXPLORE,
    calm: float = CALM,
    shortlist: int = SHORTLIST,
) -> Policy:
    """`beliefs` of all venues that may be shown (no held ones). The same arguments and generator give the same policy."""
    names = shortlisted(beliefs, facts, slots, controls, shortlist)
    scores = {}
    for name in names:
        rule = controls.rule(name)
        factor = rule.boost * (1 + 0.1 * (rule.priority - 1))
        scores[name] = [score * factor for score in beliefs[name].draw(generator, draws, calm)]
    planned = plan(scores, facts, controls, slots, even.shares, explore)
    return Policy(_dealt(planned.copies, scores, facts, draws), even, explore, planned.conflicts, planned.exact)


def shortlisted(
    beliefs: Mapping[str, Belief], facts: Mapping[str, VenueFacts], slots: int, controls: Controls, shortlist: int = SHORTLIST
) -> list[str]:
    """Sorted names: the most promising, everybody with a floor, and of every group where caps leave few."""

    def hope(name: str) -> float:
        belief, rule = beliefs[name], controls.rule(name)
        return belief.mean * (1 + _OPTIMISM * belief.spread) * rule.boost

    allowed = sorted(name for name in beliefs if not controls.rule(name).hold)
    if len(allowed) <= shortlist:
        return allowed
    hopes = {name: hope(name) for name in allowed}
    chosen = set(heapq.nlargest(shortlist, allowed, key=hopes.__getitem__))
    chosen |= {name for name in controls.venues if controls.rule(name).floor > 0 and name in hopes}
    campaigns = controls.campaigns()

    def _campaign(facts: VenueFacts) -> str:
        return campaigns.get(facts.venue_id, "")

    groupings = ((_industry, controls.cap_of_industry), (_merchant, controls.cap_of_merchant), (_campaign, controls.cap_of_campaign))
    for of, cap in groupings:
        among = Counter(of(facts[name]) for name in chosen)
        if sum(n if cap(group) >= 1 else min(n, cap(group) * slots) for group, n in among.items()) >= _ENOUGH * slots:
            continue
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for name in allowed:
            groups[of(facts[name])].append(name)
        for members in sorted(groups.values(), key=len, reverse=True)[:shortlist]:
            chosen |= set(heapq.nlargest(slots, members, key=hopes.__getitem__))
    return sorted(chosen)


def _industry(facts: VenueFacts) -> str:
    return facts.industry


def _merchant(facts: VenueFacts) -> str:
    return facts.merchant


def _dealt(
    copies: Mapping[str, int], scores: Mapping[str, Sequence[float]], facts: Mapping[str, VenueFacts], draws: int
) -> tuple[tuple[str, ...], ...]:
    answers: list[list[tuple[float, str]]] = [[] for _ in range(draws)]
    # A venue's copies are those of its draws that spoke best for it, and its position in an answer follows from them.
    left = {name: iter(sorted(scores[name], reverse=True)) for name in copies}
    for answer, names in zip(answers, into_answers(copies, facts, draws), strict=True):
        answer += [(next(left[name]), name) for name in names]
    return tuple(tuple(name for _, name in sorted(answer, reverse=True)) for answer in answers)
