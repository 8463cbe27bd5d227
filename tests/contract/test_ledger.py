"""One contract, every ledger: in memory (tests) and on DynamoDB. Whatever happens in whatever order, the sums are right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.adapters.dynamodb.ledger import DynamoLedger
from huichang.kernel.clock import iso
from huichang.kernel.errors import CapReachedError, ThrottledError
from huichang.ledger.model import Ledger, LedgerTotals, ModelCall, Reservation
from tests.support.fakes import FakeClock
from tests.support.memory_ledger import MemoryLedger
from tests.support.moto_aws import make_table, moto_aws

CAP = Decimal(1)
_CAMPAIGNS = count()


class Answers:
    """The bookings that stand in stored answers."""

    def __init__(self) -> None:
        self.known: dict[str, ModelCall] = {}

    def booking(self, key: str) -> ModelCall | None:
        return self.known.get(key)


class Desk:
    """A ledger and what surrounds it; the campaign is a new one."""

    def __init__(self, make: Callable[[FakeClock, Answers], Ledger]) -> None:
        self.clock = FakeClock()
        self.answers = Answers()
        self.ledger = make(self.clock, self.answers)
        self.campaign = f"c-{next(_CAMPAIGNS)}"

    def reserve(self, key: str, most: str | Decimal, seconds: float = 120, **changes: Any) -> None:
        until = iso(self.clock.now() + timedelta(seconds=seconds))
        values = {
            "call_key": self.key(key),
            "campaign_id": self.campaign,
            "venue_id": "v-1",
            "most_usd": Decimal(most),
            "expires_at": until,
        }
        self.ledger.reserve(Reservation.model_validate(values | changes))

    def call(self, key: str, cost: str | Decimal, **changes: Any) -> ModelCall:
        values: dict[str, Any] = {
            "call_key": self.key(key),
            "kind": "chat",
            "model": "m",
            "purpose": "copy",
            "campaign_id": self.campaign,
            "venue_id": "v-1",
            "input_tokens": 100,
            "output_tokens": 20,
            "cost_usd": Decimal(cost),
            "at": iso(self.clock.now()),
        }
        return ModelCall.model_validate(values | changes)

    def settle(self, key: str, cost: str | Decimal, **changes: Any) -> bool:
        return self.ledger.settle(self.call(key, cost, **changes))

    def key(self, key: str) -> str:
        return f"{self.campaign}-{key}"

    def sums(self) -> tuple[str, str, str]:
        """(spent, reserved, unclear)."""
        budget = self.ledger.budget(self.campaign)
        return tuple(f"{amount.normalize():f}" for amount in (budget.spent_usd, budget.reserved_usd, budget.unclear_usd))  # type: ignore[return-value]


def memory(clock: FakeClock, answers: Answers) -> Ledger:
    return MemoryLedger(clock, default_cap=CAP, answers=answers.booking)


@pytest.fixture(scope="module")
def on_dynamodb() -> Iterator[Callable[[FakeClock, Answers], Ledger]]:
    with moto_aws():
        table = make_table()
        yield lambda clock, answers: DynamoLedger(table, clock, default_cap=CAP, answers=answers, sleep=lambda _: None)


@pytest.fixture(params=["memory", "dynamodb"])
def desk(request: pytest.FixtureRequest, on_dynamodb: Callable[[FakeClock, Answers], Ledger]) -> Desk:
    return Desk(memory if request.param == "memory" else on_dynamodb)


def test_what_is_reserved_is_settled_at_its_cost_once(desk: Desk) -> None:
    desk.reserve("k1", "0.4")
    assert desk.sums() == ("0", "0.4", "0")
    assert desk.settle("k1", "0.00000217")
    assert not desk.settle("k1", "0.3")
    assert desk.sums() == ("0.00000217", "0", "0")
    (booked,) = desk.ledger.of_venue(desk.campaign, "v-1")
    assert booked.cost_usd == Decimal("0.00000217")
    totals = LedgerTotals(calls=1, input_tokens=100, output_tokens=20, cost_usd=Decimal("0.00000217"))
    assert desk.ledger.totals(desk.campaign) == totals == desk.ledger.totals(desk.campaign, "v-1")
    assert [(day.day, day.totals) for day in desk.ledger.days(desk.campaign)] == [("2026-09-01", totals)]


def test_calls_of_a_venue_and_of_its_campaign_oldest_first(desk: Desk) -> None:
    for key, venue, second in (("k2", "v-1", 2), ("k1", "v-1", 3), ("k3", "v-11", 4), ("k4", "", 1)):
        desk.settle(key, "0.1", venue_id=venue, at=f"2026-09-0{second}T08:00:00.000Z")
    keys = [call.call_key.rsplit("-", 1)[-1] for call in desk.ledger.of_venue(desk.campaign, "v-1")]
    assert keys == ["k2", "k1"]
    assert [call.call_key.rsplit("-", 1)[-1] for call in desk.ledger.of_campaign(desk.campaign)] == ["k4", "k2", "k1", "k3"]
    assert desk.ledger.of_campaign("c-none") == []
    assert desk.ledger.totals(desk.campaign, "v-1").calls == 2
    assert desk.ledger.totals("c-none") == LedgerTotals()
    assert [day.day for day in desk.ledger.days(desk.campaign)] == [f"2026-09-0{n}" for n in (1, 2, 3, 4)]
    assert {day.day for day in desk.ledger.days()} >= {"2026-09-01", "2026-09-04"}


def test_a_call_that_cost_nothing_gives_everything_back(desk: Desk) -> None:
    desk.reserve("k1", "0.9")
    desk.ledger.release(desk.key("k1"))
    desk.ledger.release(desk.key("k1"))
    assert desk.sums() == ("0", "0", "0")
    desk.reserve("k2", "1")


def test_the_cap_is_never_passed_and_says_so(desk: Desk) -> None:
    desk.reserve("k1", "0.6")
    with pytest.raises(ThrottledError) as held:
        desk.reserve("k2", "0.5")
    assert held.value.code == "budget_held"
    assert held.value.retry_after_seconds > 0
    assert desk.ledger.budget(desk.campaign).reached_at == ""
    desk.settle("k1", "0.55")
    with pytest.raises(CapReachedError, match="cap of"):
        desk.reserve("k2", "0.5")
    assert desk.ledger.budget(desk.campaign).reached_at == iso(desk.clock.now())
    desk.reserve("k3", "0.45")  # what still fits is still made
    assert desk.sums() == ("0.55", "0.45", "0")


def test_a_raised_cap_lets_the_work_go_on(desk: Desk) -> None:
    desk.settle("k1", "1")
    with pytest.raises(CapReachedError):
        desk.reserve("k2", "0.01")
    budget = desk.ledger.set_terms(desk.campaign, cap_usd=Decimal(2), rush=True)
    assert (budget.cap_usd, budget.rush, budget.reached_at, budget.left_usd) == (2, True, "", 1)
    desk.reserve("k2", "1")
    lower = desk.ledger.set_terms(desk.campaign, cap_usd=Decimal("0.5"), rush=False)
    assert (lower.left_usd, lower.spent_usd) == (Decimal("-1.5"), 1)
    with pytest.raises(CapReachedError):
        desk.reserve("k3", "0")
    open_end = desk.ledger.set_terms(desk.campaign, cap_usd=None, rush=False)
    assert (open_end.cap_usd, open_end.left_usd) == (None, None)
    desk.reserve("k3", "1000")
    again = desk.ledger.set_terms(desk.campaign, cap_usd=Decimal(3000), rush=False)
    assert again.left_usd == 3000 - 1 - 1 - 1000


def test_a_cap_of_nothing_allows_what_costs_nothing(desk: Desk) -> None:
    desk.ledger.set_terms(desk.campaign, cap_usd=Decimal(0), rush=False)
    desk.reserve("free", "0")
    with pytest.raises(CapReachedError):
        desk.reserve("paid", "0.00000001")
    assert desk.sums() == ("0", "0", "0")


def test_imports_and_trends_have_no_cap(desk: Desk) -> None:
    desk.campaign = f"catalogue-{desk.campaign}"
    desk.reserve("k1", "100000")
    assert desk.ledger.budget(desk.campaign).cap_usd is None


def test_a_second_try_takes_over_the_reservation_of_the_first(desk: Desk) -> None:
    desk.reserve("k1", "0.8")
    desk.clock.moment += timedelta(seconds=100)
    desk.reserve("k1", "0.8")
    assert desk.sums() == ("0", "0.8", "0")
    desk.clock.moment += timedelta(seconds=100)
    desk.ledger.reclaim()
    assert desk.sums() == ("0", "0.8", "0")  # it was renewed
    desk.settle("k1", "0.1")
    assert desk.sums() == ("0.1", "0", "0")


def test_what_the_dead_have_held_comes_back(desk: Desk) -> None:
    desk.reserve("dead", "0.3")
    desk.reserve("answered", "0.3")
    desk.reserve("alive", "0.3", seconds=1000)
    desk.answers.known[desk.key("answered")] = desk.call("answered", "0.2")
    desk.clock.moment += timedelta(seconds=121)
    assert desk.ledger.reclaim() >= 2  # on one table others' may be due too
    assert desk.sums() == ("0.2", "0.3", "0")
    desk.ledger.reclaim()
    assert desk.sums() == ("0.2", "0.3", "0")
    # The worker was only slow: its cost is booked all the same.
    desk.settle("dead", "0.25")
    assert desk.sums() == ("0.45", "0.3", "0")


def test_a_call_without_an_answer_stays_held_until_it_is_asked_again(desk: Desk) -> None:
    desk.reserve("lost", "0.3")
    desk.ledger.hold(desk.key("lost"))
    desk.clock.moment += timedelta(hours=2)
    desk.ledger.reclaim()
    assert desk.sums() == ("0", "0.3", "0")
    desk.reserve("lost", "0.3")
    desk.settle("lost", "0.1")
    assert desk.sums() == ("0.1", "0", "0")
    desk.reserve("given up", "0.2")
    desk.ledger.hold(desk.key("given up"))
    desk.clock.moment += timedelta(hours=25)
    desk.ledger.reclaim()
    assert desk.sums() == ("0.1", "0", "0.2")
    with pytest.raises(CapReachedError):
        desk.reserve("more", "0.75")  # what may have been billed counts


def test_a_useless_answer_may_have_been_billed(desk: Desk) -> None:
    desk.reserve("k1", "0.2")
    desk.ledger.write_off(desk.key("k1"))
    desk.ledger.write_off(desk.key("k1"))
    assert desk.sums() == ("0", "0", "0.2")


KEYS = st.sampled_from(["a", "b", "c", "d", "e", "f"])
CENTS = st.integers(0, 60).map(lambda cents: Decimal(cents) / 100)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), KEYS, CENTS),
        st.tuples(st.just("settle"), KEYS, st.floats(0, 1)),
        st.tuples(st.sampled_from(["release", "hold", "write_off"]), KEYS),
        st.tuples(st.just("time"), st.sampled_from([30, 200, 90_000, -7_200])),
        st.tuples(st.just("reclaim")),
        st.tuples(st.just("raise"), CENTS),
    ),
    max_size=25,
)


def _holds_whatever_happens(desk: Desk, acts: list[tuple[Any, ...]]) -> None:
    cap, most, booked, late = CAP, dict[str, Decimal](), dict[str, Decimal](), Decimal(0)
    for act in acts:
        match act:
            case ("reserve", key, amount):
                try:
                    desk.reserve(key, amount)
                    most.setdefault(key, amount)
                except (CapReachedError, ThrottledError):
                    pass
            case ("settle", key, share) if key in most:  # only what was asked for can cost, and at most what it was held for
                cost = (most[key] * Decimal(share)).quantize(Decimal("0.00000001"))
                before = desk.ledger.budget(desk.campaign)
                if desk.settle(key, cost):
                    booked[key] = cost
                    if desk.ledger.budget(desk.campaign).reserved_usd == before.reserved_usd:
                        late += cost  # its worker had been taken for dead
            case ("release" | "hold" | "write_off", key):
                getattr(desk.ledger, act[0])(desk.key(key))
            case ("time", seconds):
                desk.clock.moment = max(desk.clock.moment + timedelta(seconds=seconds), datetime.fromisoformat("2026-08-01T00:00:00Z"))
            case ("reclaim",):
                desk.ledger.reclaim()
            case ("raise", more):
                cap += more
                desk.ledger.set_terms(desk.campaign, cap_usd=cap, rush=False)
        budget = desk.ledger.budget(desk.campaign)
        assert budget.spent_usd == sum(booked.values(), Decimal(0))
        assert budget.spent_usd + budget.reserved_usd + budget.unclear_usd <= cap + late
        assert min(budget.spent_usd, budget.reserved_usd, budget.unclear_usd) >= 0
        totals = desk.ledger.totals(desk.campaign)
        assert (totals.calls, totals.cost_usd) == (len(booked), budget.spent_usd)
        assert sum((day.totals.cost_usd for day in desk.ledger.days(desk.campaign)), Decimal(0)) == budget.spent_usd


@given(ACTS)
@settings(max_examples=80)
def test_sums_hold_in_memory_whatever_happens(acts: list[tuple[Any, ...]]) -> None:
    _holds_whatever_happens(Desk(memory), acts)


@given(ACTS)
@settings(max_examples=5)
def test_sums_hold_on_dynamodb_whatever_happens(on_dynamodb: Callable[[FakeClock, Answers], Ledger], acts: list[tuple[Any, ...]]) -> None:
    _holds_whatever_happens(Desk(on_dynamodb), acts)
