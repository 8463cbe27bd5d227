"""Any order of messages, sweeps, crashes, replaced requests and clocks that jump: no key is paid twice, a page completes once, nothing is lost.

The desk, the collector and the payer of calls are the real ones; stores, queue, bus and tokens are in memory. Workers overlap: whatever else
happens happens while one of them waits for its model. Hypothesis chooses what.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.adapters.paid_calls import PaidCalls, Reply, Wanted
from huichang.kernel.errors import TransientError
from huichang.kernel.events import MaterialSuperseded
from huichang.kernel.model import Model
from huichang.kernel.models import CallContext
from huichang.ledger.prices import load_prices
from huichang.line.building import CollectMaterials
from huichang.line.journal import Journal
from huichang.materials.desk import BEATS, MaterialDesk
from huichang.materials.model import CopyResult, MaterialRequest, MaterialTask
from tests.support.line_fakes import (
    FakeBus,
    FakeDocuments,
    FakeMaterialQueue,
    FakeMaterials,
    FakeTokens,
    FakeVenues,
    TickingClock,
    a_copy_request,
    a_venue,
    reference_to,
)
from tests.support.memory_ledger import MemoryLedger
from tests.unit.test_paid_calls import Watched

STALE, ATTEMPTS = 180, 5
PLACES = ("hero.copy", "floor-1.copy", "share.copy")
ACTIONS = ("work", "lose", "double", "sweep", "look", "minute", "replay", "replace", "shrink", "collect")
JUMPS = ("forward", "back")
ENDINGS = ("answers", "answers", "away", "killed before", "killed after", "bus away")


class Leases:
    """CallLog whose leases end by the clock, as the table's do (adapters/dynamodb/calls.py)."""

    def __init__(self, clock: TickingClock) -> None:
        self.clock, self.answers, self.until = clock, dict[str, bytes](), dict[str, float]()

    def claim(self, key: str, lease_seconds: float) -> bool:
        now = self.clock.now().timestamp()
        if now <= self.until.get(key, 0.0):
            return False
        self.until[key] = now + lease_seconds
        return True

    def answer(self, key: str) -> bytes | None:
        return self.answers.get(key)

    def store(self, key: str, body: bytes) -> None:
        self.answers[key] = body
        self.release(key)

    def release(self, key: str) -> None:
        self.until.pop(key, None)


class KilledError(BaseException):
    """kill -9: nothing of ours runs after it."""


class WaitingStates(FakeTokens):
    """As Step Functions has it: a token is answered once, and whoever comes later is told that nobody waits."""

    def _answer(self, venue_id: str, purpose: str, said: dict[str, Any]) -> bool:
        token = self.kept.get((venue_id, purpose), "")
        told = super()._answer(venue_id, purpose, said)
        self.gone.add(token)
        return told


class Factory:
    """A page's materials, and everybody who has to do with them."""

    def __init__(self, choices: Iterator[str], *, keys_return: bool) -> None:
        self.choices, self.keys_return = choices, keys_return
        self.clock = TickingClock()
        self.store, self.queue, self.bus = FakeMaterials(self.clock), FakeMaterialQueue(), FakeBus()
        self.desk = MaterialDesk(self.store, FakeDocuments(), self.queue, self.bus, self.clock, stale_seconds=STALE, max_attempts=ATTEMPTS)
        self.venues, self.tokens = FakeVenues(self.clock), WaitingStates()
        self.venues.create(a_venue(status="generating"))
        records = SimpleNamespace(venues=self.venues, journal=Journal(self.venues, self.clock))
        self.collector = CollectMaterials(cast(Any, records), self.desk, self.store, self.tokens)
        self.calls, limiter = Leases(self.clock), Watched(cast(Any, self.clock))
        self.payer = PaidCalls(
            call_log=self.calls, ledger=MemoryLedger(self.clock, default_cap=None), limiter=limiter, priorities=limiter,
            prices=load_prices(), clock=self.clock, timeout=60, comes_back=True, sleep=lambda _: None,
        )  # fmt: skip
        self.paid: Counter[str] = Counter()
        self.messages: list[MaterialTask] = []
        self.living: list[MaterialTask] = []
        self.facts, self.places, self.state = 0, PLACES, 0
        self.page()

    # --- what happens -------------------------------------------------------------------------------------------------

    def next(self, among: tuple[str, ...]) -> str:
        """What the plan says, read as one of these."""
        return among[int(next(self.choices, "0")) % len(among)]

    def page(self, *, again: bool = False) -> None:
        """The page asks for what it needs now, and waits; `again`: the same state, entered by a retry."""
        self.state += not again
        requests = [a_copy_request(place, facts={"edition": self.facts}) for place in self.places]
        while True:
            try:
                self.desk.request_page(requests, 1)
                break
            except TransientError:  # the bus was away: Step Functions tries the state again
                continue
        self.tokens.keep("v-1", "materials", f"state-{self.state}")

    def step(self, actions: tuple[str, ...]) -> None:
        act = self.next(actions)
        self.messages += [task for task, _ in self.queue.take()]
        if act == "minute":
            self.pass_time(60)
        elif act == "sweep":
            self.pass_time(60)
            self.desk.sweep()
        elif act == "look":  # before anybody has beaten again
            self.desk.sweep()
        elif act in ("forward", "back"):
            self.clock.pass_time(7200 if act == "forward" else -7200)
        elif act == "replay":
            self.page(again=True)
        elif act == "replace":
            self.facts = (self.facts + 1) % 3 if self.keys_return else self.facts + 1
            self.page()
        elif act == "shrink":
            self.places = PLACES if len(self.places) == 1 else self.places[:-1]
            self.page()
        elif act == "collect":
            self.collect()
        elif self.messages:
            place = int(next(self.choices, "0")) % len(self.messages)
            message = self.messages.pop(place)
            if act == "double":
                self.messages += [message, message]
            if act == "work":
                self.work(message, actions)

    def pass_time(self, seconds: float) -> None:
        """Whoever lives beats meanwhile."""
        beat = STALE / BEATS
        for _ in range(round(seconds / beat)):
            self.clock.pass_time(beat)
            for task in self.living:
                self.store.touch(task)

    def work(self, message: MaterialTask, actions: tuple[str, ...]) -> None:
        ending = self.next(ENDINGS)
        running: MaterialTask | None = None

        def provider(key: str) -> Reply:
            for _ in range(int(next(self.choices, "0")) % 6):
                if len(self.living) < 4:
                    self.step(actions)
            if ending == "away":
                raise TransientError("500")
            if ending == "killed before":
                raise KilledError
            self.paid[key] += 1
            return Reply(body="{}", model="gpt-5-mini", input_tokens=1, output_tokens=1)

        def produce(request: MaterialRequest) -> Model:
            nonlocal running
            running = self.store.get("v-1", request.material_id)
            if running.task_key == request.task_key:  # else it was superseded in the moment before
                self.living.append(running)
            wanted = Wanted(
                kind="chat", model="gpt-5-mini", endpoint="http://m", request={"key": request.task_key}, purpose="copy", prompt="write_copy",
                input_tokens=1, input_most=1, output_limit=1, images=0,
            )  # fmt: skip
            self.payer.once(wanted, CallContext(campaign_id="c-1", venue_id="v-1"), provider)
            if ending == "killed after":
                raise KilledError
            return CopyResult(texts={"title": request.task_key})

        self.bus.failures = int(ending == "bus away")
        try:
            self.desk.work(reference_to(message), produce)
        except (KilledError, TransientError):
            self.messages.append(message)  # SQS gives it out again
        finally:
            self.bus.failures = 0
            if running in self.living:
                self.living.remove(running)
        self.collect()

    def collect(self) -> None:
        """The waiting state is told only of a page that is complete."""
        if self.collector.collect("v-1"):
            assert self.desk.progress("v-1").complete

    def drain(self) -> None:
        """Nothing more goes wrong: what is left is worked off, and the sweep does the rest."""
        self.choices = iter(())
        for _ in range(400):
            self.messages += [task for task, _ in self.queue.take()]
            while self.messages:
                self.work(self.messages.pop(), ACTIONS)
            if self.desk.progress("v-1").complete:
                return
            self.pass_time(60)
            self.desk.sweep()
        raise AssertionError(f"it does not end: {self.store.of_venue('v-1')}")

    # --- what must hold -----------------------------------------------------------------------------------------------

    def check(self) -> None:
        self.drain()
        assert all(count == 1 for count in self.paid.values()), self.paid
        tasks = self.store.of_venue("v-1")
        assert {task.material_id for task in tasks} == set(self.places)
        for task in tasks:
            assert task.status in ("ready", "failed")
            assert (task.status == "ready") == bool(task.result_key)
            assert task.status == "ready" or task.error
        # Its state was told once, and not before everything had ended.
        self.collector.collect("v-1")
        self.collector.collect("v-1")
        told = Counter(token for _, token, _ in self.tokens.told)
        assert set(told.values()) <= {1}
        assert told[f"state-{self.state}"] == 1
        for place in PLACES:
            self._check_history(place)

    def _check_history(self, place: str) -> None:
        """Every move is written down, in order; a task that gave way says to whom, and the bus was told."""
        moves = self.store.moves("v-1", place)
        assert [move.version for move in moves] == list(range(1, len(moves) + 1))
        gone = {(event.material_id, event.task_key, event.by) for event in self.bus.events if isinstance(event, MaterialSuperseded)}
        for before, after in itertools.pairwise(moves):
            if after.before:
                assert (before.after, before.task_key) == (after.before, after.task_key)
            else:
                assert before.after == "superseded"
            if after.after == "superseded":
                assert (place, after.task_key, after.by) in gone
        if moves:
            assert moves[-1].after == self.store.get("v-1", place).status


plans = st.lists(st.integers(0, 17).map(str), min_size=20, max_size=160)


def run(plan: list[str], actions: tuple[str, ...], *, keys_return: bool) -> Factory:
    factory = Factory(iter(plan), keys_return=keys_return)
    for _ in range(60):
        factory.step(actions)
    factory.check()
    return factory


@settings(max_examples=40, deadline=None)
@given(plans)
def test_no_order_of_events_pays_twice_or_loses_a_page(plan: list[str]) -> None:
    run(plan, (*ACTIONS, "work", "work"), keys_return=True)


@settings(max_examples=40, deadline=None)
@given(plans)
def test_a_clock_that_jumps_times_out_nobody_who_lives(plan: list[str]) -> None:
    """Two hours forth and back, at any moment: a worker who gives signs of life keeps its task, and what it was asked is paid once."""
    timed_out: list[MaterialTask] = []

    class Watching(Factory):
        def step(self, actions: tuple[str, ...]) -> None:
            before = len(self.store.log)
            living = {(task.material_id, task.version) for task in self.living}
            super().step(actions)
            # A living worker's move out of `running` is its own: at a version right after the one it works under.
            timed_out.extend(
                task
                for task in self.living
                for _, move in self.store.log[before:]
                if (task.material_id, task.version) in living
                and (move.material_id, move.version, move.after) == (task.material_id, task.version + 1, "timed_out")
            )

    factory = Watching(iter(plan), keys_return=False)
    for _ in range(60):
        factory.step((*ACTIONS, *JUMPS, "work", "work"))
    assert timed_out == []
    factory.check()


def test_a_clock_set_back_does_not_make_the_dead_look_alive() -> None:
    factory = Factory(iter(()), keys_return=False)
    (task, *_) = factory.store.of_venue("v-1")
    assert factory.store.move(task, "running", attempts=1)  # and its worker is killed
    factory.clock.pass_time(-7200)
    started = factory.clock.moment
    while factory.store.get("v-1", task.material_id).status == "running":
        factory.clock.pass_time(60)
        factory.desk.sweep()
        assert factory.clock.moment - started < timedelta(minutes=10)
    assert [move.after for move in factory.store.moves("v-1", task.material_id)][-2:] == ["timed_out", "requested"]


def test_a_clock_set_forth_times_out_nobody_who_is_at_work() -> None:
    factory = Factory(iter(()), keys_return=False)
    (task, *_) = factory.store.of_venue("v-1")
    running = factory.store.move(task, "running", attempts=1)
    assert running
    factory.living.append(running)
    for _ in range(5):
        factory.clock.pass_time(7200)
        factory.desk.sweep()
        factory.pass_time(60)
        factory.desk.sweep()
    assert factory.store.get("v-1", task.material_id).version == running.version


def test_a_clock_set_forth_costs_a_waiting_task_none_of_its_patience() -> None:
    factory = Factory(iter(()), keys_return=False)
    (task, *_) = factory.store.of_venue("v-1")
    for _ in range(3):  # each jump is longer than all the time there is to wait
        factory.clock.pass_time(5 * 3600)
        factory.desk.sweep()
        factory.clock.pass_time(60)
        factory.desk.sweep()
    assert factory.store.get("v-1", task.material_id).status == "requested"
    factory.check()
