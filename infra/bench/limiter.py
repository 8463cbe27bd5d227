"""The limiter in simulated time: the very rules of quotas/policy.py, with queues, workers and a provider around them.

Nothing waits and nothing is measured with a clock: the same seed gives the same figures on every machine. What is simulated
is what AWS does: messages are delayed by whole seconds and arrive some tenths late, a fixed number of workers takes them, a
state machine's retry comes by its own clock, calls take their time on the way and in the model. The provider counts what
arrives in every window of a minute.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from huichang.quotas import policy
from huichang.quotas.model import Ask, Quota

Act = Callable[[], None]
MINUTE = 60.0
_START = 1_800_000_000.0


@dataclass(frozen=True)
class Party:
    """A campaign: so many venues, each two calls of its state machine and then its materials. `arrives`: seconds."""

    name: str
    venues: int
    materials: int = 9
    rush: bool = False
    arrives: float = 0.0


@dataclass(frozen=True)
class Situation:
    """What is simulated. `trouble`: share of calls that the provider refuses with 429 and Retry-After, quota or not."""

    parties: Sequence[Party]
    quota: Quota
    seed: int = 7
    workers: int = 20
    at_once: int = 20
    latency: tuple[float, float] = (1.0, 4.0)
    tokens: tuple[int, int] = (500, 1500)
    output_limit: int = 8192
    trouble: float = 0.0
    retry_after: float = 5.0
    clock_jumps: Sequence[tuple[float, float]] = ()


@dataclass
class Figures:
    """What came of it. Seconds of simulated time; shares of the quota."""

    calls: int = 0
    makespan: float = 0.0
    bound: float = 0.0
    peak_requests: int = 0
    peak_tokens: int = 0
    refusals: int = 0
    slept: float = 0.0
    ended: dict[str, float] = field(default_factory=dict)
    served: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def over_bound(self) -> float:
        """1 is ideal."""
        return self.makespan / self.bound if self.bound else 0.0


class Simulation:
    """One run."""

    def __init__(self, situation: Situation) -> None:
        self.it = situation
        self.dice = random.Random(situation.seed)
        self.state = policy.State()
        self.figures = Figures()
        self._now = 0.0
        self._agenda: list[tuple[float, int, Act]] = []
        self._number = 0
        self._queue: list[tuple[float, int, Party, Act]] = []  # (visible at, number, whose, what to do once answered)
        self._idle = situation.workers
        self._arrivals: list[tuple[float, int]] = []
        self._open: dict[str, int] = {}

    def run(self) -> Figures:
        """Until nothing is left to do."""
        for party in self.it.parties:
            self._open[party.name] = party.venues
            waiting = [party] * party.venues
            self._at(party.arrives, lambda party=party, waiting=waiting: self._start_some(party, waiting, self.it.at_once))  # type: ignore[misc]
        while self._agenda:
            self._now, _, act = heapq.heappop(self._agenda)
            act()
        found = self.figures
        found.makespan = self._now
        times = [at for at, _ in self._arrivals]
        found.calls = len(times)
        tokens = sum(count for _, count in self._arrivals)
        found.peak_requests, found.peak_tokens = self._peaks()
        by_requests = MINUTE * found.calls / self.it.quota.requests_per_minute if self.it.quota.requests_per_minute else 0.0
        by_tokens = MINUTE * tokens / self.it.quota.tokens_per_minute if self.it.quota.tokens_per_minute else 0.0
        found.bound = max(by_requests, by_tokens)
        return found

    def _peaks(self) -> tuple[int, int]:
        """The most that the provider saw in any half-open window of a minute."""
        arrived = sorted(self._arrivals)
        first = requests = tokens = held = 0
        for last, (at, count) in enumerate(arrived):
            held += count
            while arrived[first][0] <= at - MINUTE:
                held -= arrived[first][1]
                first += 1
            requests, tokens = max(requests, last - first + 1), max(tokens, held)
        return requests, tokens

    # --- the line -----------------------------------------------------------------------------------------------------

    def _at(self, moment: float, act: Act) -> None:
        self._number += 1
        heapq.heappush(self._agenda, (max(moment, self._now), self._number, act))

    def _clock(self) -> float:
        """What the workers' clocks show."""
        return _START + self._now + sum(by for at, by in self.it.clock_jumps if self._now >= at)

    def _start_some(self, party: Party, waiting: list[Party], count: int) -> None:
        for _ in range(min(count, len(waiting))):
            waiting.pop()
            self._venue(party, lambda: self._start_some(party, waiting, 1))

    def _venue(self, party: Party, ended: Act) -> None:
        left = [party.materials]

        def one_made() -> None:
            left[0] -= 1
            if left[0] == 0:
                self._open[party.name] -= 1
                if self._open[party.name] == 0:
                    self.figures.ended[party.name] = self._now - party.arrives
                ended()

        def materials() -> None:
            for _ in range(party.materials):
                self._send(party, one_made, 0)

        self._step(party, lambda: self._step(party, materials))

    def _step(self, party: Party, done: Act) -> None:
        """A call in a step of the state machine: retried by its own clock (IntervalSeconds 4, MaxDelaySeconds 12, full jitter)."""

        def attempt(number: int) -> None:
            self._call(
                party,
                False,
                done,
                lambda _: self._at(self._now + self.dice.uniform(0, min(4 * 1.1**number, 12)), lambda: attempt(number + 1)),
            )

        attempt(0)

    def _send(self, party: Party, done: Act, delay: float) -> None:
        visible = self._now + math.ceil(delay) + self.dice.uniform(0.05, 0.6)
        self._number += 1
        heapq.heappush(self._queue, (visible, self._number, party, done))
        self._at(visible, self._take)

    def _take(self) -> None:
        while self._idle and self._queue and self._queue[0][0] <= self._now:
            _, _, party, done = heapq.heappop(self._queue)
            self._idle -= 1

            def free() -> None:
                self._idle += 1
                self._take()

            def finished(done: Act = done, free: Act = free) -> None:
                free()
                done()

            def refused(seconds: float, party: Party = party, done: Act = done, free: Act = free) -> None:
                self._send(party, done, seconds)
                self._at(self._now + 0.03, free)

            self._call(party, True, finished, refused)

    # --- a call -------------------------------------------------------------------------------------------------------

    def _call(self, party: Party, comes_back: bool, done: Act, refused: Callable[[float], None]) -> None:
        size = self.dice.randint(*self.it.tokens)
        asked, made = size // 2, size - size // 2
        ask = Ask(
            campaign_id=party.name,
            purpose="write" if comes_back else "think",
            rush=party.rush,
            input_tokens=asked,
            output_limit=self.it.output_limit,
            comes_back=comes_back,
        )
        self.state, verdict = policy.decide(self.state, self.it.quota, ask, self._clock(), self.dice.random())
        if isinstance(verdict, policy.Refusal):
            self.figures.refusals += 1
            refused(verdict.seconds)
            return
        slot = verdict
        wait = slot.at - self._clock()
        self.figures.slept += wait

        def sent() -> None:
            arrived = self._now + self.dice.uniform(0.02, 0.4)
            if self.dice.random() < self.it.trouble:
                self.state = policy.throttled(self.state, self._clock(), self.it.retry_after)
                refused(self.it.retry_after)
                return
            self._arrivals.append((arrived, size))
            self.figures.served[party.name].append(arrived)

            def answered() -> None:
                self.state = policy.answered(self.state, self.it.quota, ask.purpose, slot.tokens, (asked, made), learned=slot.learned)
                done()

            self._at(arrived + self.dice.uniform(*self.it.latency), answered)

        self._at(self._now + wait, sent)


def simulate(situation: Situation) -> Figures:
    """One run of this situation."""
    return Simulation(situation).run()
