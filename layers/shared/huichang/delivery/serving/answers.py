"""A policy under a condition (other size, one language, without what this buyer has seen), with probabilities that are exact for it.

A policy is a list of answers of which one is taken, mixed with an even part. Under a condition each answer becomes *one* other answer,
by a rule that knows no chance; so what is served is again a uniform choice of as many answers as before, and the probability of a venue at
a position is again a count over all of them, given the condition.

*The rule.* The answer's own venues in their order, without those that the condition excludes and those whose industry or merchant has
as much as it may of so many places. Places that are left go to the next answers of the list, in turn, and in the end to the other
venues of the even part. Who has a cap of its own fills no place that another leaves, so nobody is in more answers than without the
condition but those whose cap allows everything. A bound that is for diversity only gives way where places could not be filled.

*The even part.* The excluded are cut out of the line on which shares lie (control/evenly.py), and the rest is sampled in equal steps, as
before: a venue is drawn with probability share x number drawn / length left. Where all shares are alike that fills the answer; where
caps made them differ as many are drawn as the line is long, so no share grows and no cap breaks, and an explored answer may be shorter.
"""

from __future__ import annotations

import random
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, chain, islice

from huichang.delivery.control.evenly import EvenDraw
from huichang.delivery.ranking.policies import Placed, Policy
from huichang.delivery.serving.bundle import Bounds

# Answers that are looked into for a venue, before everybody is.
_NEXT = 8
_SLACK = 1e-9
FREE = Bounds()
"""Nothing is bounded."""


@dataclass(frozen=True)
class Condition:
    """`allowed`: whether a venue may be shown at all under it (one language); None: all may. `without`: these may not."""

    slots: int
    without: frozenset[str] = frozenset()
    allowed: Callable[[str], bool] | None = None


@dataclass
class Conditioned:
    """`groups`: a venue's (industry, merchant). `first`: the position of the first place (a second page goes on counting)."""

    policy: Policy
    condition: Condition
    groups: Callable[[str], tuple[str, str]]
    bounds: Bounds = FREE
    capped: Collection[str] = frozenset()
    line: EvenLine | None = None  # the policy's even part, cut to what the condition allows, if somebody kept it
    first: int = 1
    _answers: list[tuple[str, ...]] = field(init=False, repr=False)
    _even: CutDraw = field(init=False, repr=False)

    def __post_init__(self) -> None:
        allowed, line = self.condition.allowed, self.line or EvenLine(self.policy.even)
        if self.line is None and allowed is not None:
            line = line.cut(allowed)
        self._even = CutDraw(line, self.condition.without, self.condition.slots)
        self._order = line.order
        slots = self.condition.slots
        self._free, self._groups = self.bounds.none, dict[str, tuple[str, str]]()
        # Whoever has at most so many of an answer needs no closer look, whichever industry or merchant it is.
        self._few = (self.bounds.least_of_industries(slots), self.bounds.least_of_merchants(slots))
        self._answers = [self._changed(i) for i in range(len(self.policy.answers))]

    @property
    def explore(self) -> float:
        """Probability that the even part answers: as the policy's, but where only one of the two has anything to say."""
        if not self._even.picks:
            return 0.0
        return self.policy.explore if any(self._answers) else 1.0

    @property
    def answers(self) -> Sequence[tuple[str, ...]]:
        """The finite part."""
        return self._answers

    def propensity(self, venue_id: str, place: int) -> float:
        """Probability that `draw` puts this venue at the place (from 1, on this page)."""
        told = sum(1 for answer in self._answers if len(answer) >= place and answer[place - 1] == venue_id)
        drawn = told / len(self._answers) if self._answers else 0.0
        return (1 - self.explore) * drawn + self.explore * self._even.propensity(venue_id, place)

    def draw(self, generator: random.Random) -> tuple[Placed, ...]:
        """One answer, best position first."""
        explored = generator.random() < self.explore
        answer: Sequence[str] = ()
        if explored:
            answer = self._even.draw(generator)
        elif self._answers:
            answer = generator.choice(self._answers)
        return tuple(
            Placed(venue_id=name, position=self.first + place - 1, propensity=self.propensity(name, place), explored=explored)
            for place, name in enumerate(answer, start=1)
        )

    def _changed(self, number: int) -> tuple[str, ...]:
        answers, slots = self.policy.answers, self.condition.slots
        own = answers[number]
        out, allowed = self.condition.without, self.condition.allowed
        kept = [name for name in own if name not in out and (allowed is None or allowed(name))][:slots]
        if self._free:
            if len(kept) < slots:
                self._fill(kept, self._others(number), slots, None)
            return tuple(kept)
        if len(kept) == slots and self._within(kept):
            # Nearly every answer, and on the way of every second page.
            return tuple(kept)
        chosen: list[str] = []
        room = _Room(self.bounds, slots, self.groups)
        self._fill(chosen, (name for name in own if self._may(name)), slots, room)
        if len(chosen) < slots:
            self._fill(chosen, self._others(number), slots, room)
        if len(chosen) < slots and self.bounds.soft:
            room.soften()
            self._fill(chosen, chain((name for name in own if self._may(name)), self._others(number)), slots, room)
        return tuple(chosen)

    def _within(self, names: list[str]) -> bool:
        """Whether no industry and no merchant has more than any of them may have."""
        groups = self._groups
        for name in names:
            if name not in groups:
                groups[name] = self.groups(name)
        most_industry, most_merchant = self._few
        industries = [groups[name][0] for name in names]
        if max(map(industries.count, industries)) > most_industry:
            return False
        if most_merchant >= len(names):
            return True
        merchants = [groups[name][1] for name in names]
        return max(map(merchants.count, merchants)) <= most_merchant

    def _may(self, name: str) -> bool:
        return name not in self.condition.without and (self.condition.allowed is None or self.condition.allowed(name))

    def _others(self, number: int) -> Iterator[str]:
        """Who may fill a place, in the order in which they are asked."""
        answers = self.policy.answers
        nearby = chain.from_iterable(answers[(number + step) % len(answers)] for step in range(1, min(_NEXT, len(answers) - 1) + 1))
        start = number * len(self._order) // max(1, len(answers))
        everybody = chain(islice(self._order, start, None), islice(self._order, start))
        return (name for name in chain(nearby, everybody) if name not in self.capped and self._may(name))

    @staticmethod
    def _fill(chosen: list[str], names: Iterator[str], slots: int, room: _Room | None) -> None:
        known = set(chosen)
        for name in names:
            if name not in known and (room is None or room.takes(name)):
                chosen.append(name)
                known.add(name)
                if len(chosen) == slots:
                    return


class _Room:
    """How many an industry and a merchant may still have in one answer."""

    def __init__(self, bounds: Bounds, slots: int, groups: Callable[[str], tuple[str, str]]) -> None:
        self._bounds, self._slots, self._groups = bounds, slots, groups
        self._had: Counter[tuple[str, str]] = Counter()
        self._soft = False

    def soften(self) -> None:
        """From now on diversity gives way; what operators bound stays."""
        self._soft = True

    def takes(self, name: str) -> bool:
        """Whether there is room for it, which it then has taken."""
        (of_industry, of_merchant), bounds = self._groups(name), self._bounds
        industry, merchant = ("industry", of_industry), ("merchant", of_merchant)
        free = self._soft and industry[1] not in bounds.industries
        if not free and self._had[industry] >= bounds.of_industry(industry[1], self._slots):
            return False
        if self._had[merchant] >= bounds.of_merchant(merchant[1], self._slots):
            return False
        self._had[industry] += 1
        self._had[merchant] += 1
        return True


class EvenLine:
    """An even part as the line on which its shares lie. Keep it: finding a venue on it is prepared once."""

    def __init__(self, even: EvenDraw) -> None:
        self.order, self.shares = even.order, even.shares
        low, high = min(even.shares.values(), default=0.0), max(even.shares.values(), default=0.0)
        # Shares that differ by rounding only are alike; then everybody's place on the line is its number.
        self.alike = high - low <= _SLACK
        self.ends = array("d") if self.alike else array("d", accumulate(even.shares[name] for name in even.order))

    @property
    def length(self) -> float:
        """Of the line: how many venues where all are alike, else the sum of their shares."""
        return float(len(self.order)) if self.alike else (self.ends[-1] if self.ends else 0.0)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Where each venue stands."""
        return {name: number for number, name in enumerate(self.order)}

    def share(self, name: str) -> float:
        """Its length on the line; 0 for who is not there."""
        return 0.0 if name not in self.shares else 1.0 if self.alike else self.shares[name]

    def at(self, point: float) -> int:
        """The number of the venue at a point of the line."""
        return min(len(self.order) - 1, int(point) if self.alike else bisect_right(self.ends, point))

    def end(self, number: int) -> float:
        """Where the venue's part of the line ends."""
        return number + 1.0 if self.alike else self.ends[number]

    def cut(self, allowed: Callable[[str], bool]) -> EvenLine:
        """With only these venues, their shares as they were."""
        order = tuple(name for name in self.order if allowed(name))
        if len(order) == len(self.order):
            return self
        return EvenLine(EvenDraw(order, array("d"), {name: self.shares[name] for name in order}))


class CutDraw:
    """Systematic sampling of at most `slots` venues from a line without some of them. `picks`: how many it draws, always."""

    def __init__(self, line: EvenLine, without: Collection[str], slots: int) -> None:
        self._line = line
        self._out = {line.numbers[name] for name in without if name in line.shares} if without else set[int]()
        numbers = sorted(self._out)
        lengths = [line.share(line.order[number]) for number in numbers]
        # On the line that is left: where each gap was; and how much was cut out before a point of it.
        self._gaps = [line.end(number) - cut for number, cut in zip(numbers, accumulate(lengths), strict=True)]
        self._cut = list(accumulate(lengths, initial=0.0))
        self._length = line.length - self._cut[-1]
        left = len(line.order) - len(numbers)
        # Steps of at least 1 leave every share as it is or smaller; where all are alike, nobody has a cap that could break.
        self.picks = min(slots, left if line.alike else int(self._length + _SLACK))

    def propensity(self, venue_id: str, place: int) -> float:
        """Probability of this venue at this place (from 1) of an explored answer."""
        if not 1 <= place <= self.picks or self._line.numbers.get(venue_id, -1) in self._out:
            return 0.0
        # Drawn with probability share x picks / length; then every place alike.
        return self._line.share(venue_id) / self._length

    def draw(self, generator: random.Random) -> list[str]:
        """One answer, in shuffled order."""
        step = self._length / self.picks
        start = generator.random() * step
        picked = []
        for turn in range(self.picks):
            point = start + turn * step
            number = self._line.at(point + self._cut[bisect_right(self._gaps, point)])
            while number in self._out:  # rounding, at the edge of a gap
                number = (number + 1) % len(self._line.order)
            picked.append(self._line.order[number])
        generator.shuffle(picked)
        return list(dict.fromkeys(picked))
