"""One model call: paid once, at its turn, within the cap; and every step that refuses gives back what the steps before took."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from huichang.adapters.paid_calls import GarbledError, NotSentError, PaidCalls, Reply, UnclearError, Wanted
from huichang.kernel.errors import CapReachedError, HuichangError, ModelRefusedError, PermanentError, ThrottledError, TransientError
from huichang.kernel.models import CallContext
from huichang.ledger.model import ModelCall
from huichang.ledger.prices import load_prices
from huichang.quotas.model import Ask, Grant
from huichang.quotas.policy import HORIZON
from tests.support.fakes import FakeClock
from tests.support.memory_calls import MemoryCalls
from tests.support.memory_ledger import MemoryLedger

WHERE = CallContext(campaign_id="c-1", venue_id="v-1")
MOST = Decimal("0.00025") + Decimal("0.002")  # 1,000 tokens in, 1,000 out of gpt-5-mini


class Watched:
    """Limiter that gives every place `ahead` seconds from now, and Priorities."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock, self.ahead, self.refuses = clock, 0.0, False
        self.told: list[str] = []
        self.asked: list[Ask] = []

    def acquire(self, model: str, ask: Ask) -> Grant:
        self.asked.append(ask)
        if self.refuses:
            raise ThrottledError("not yet", retry_after=7, code="quota")
        return Grant(model=model, campaign_id=ask.campaign_id, purpose=ask.purpose, at=self.clock.now().timestamp() + self.ahead)

    def answered(self, grant: Grant, *, input_tokens: int | None = None, output_tokens: int | None = None) -> None:
        self.told.append(f"answered {input_tokens}/{output_tokens}")

    def throttled(self, grant: Grant, seconds: float | None) -> None:
        self.told.append(f"throttled {seconds}")

    def failed(self, grant: Grant, reason: str) -> None:
        self.told.append(f"failed {reason}")

    def unused(self, grant: Grant) -> None:
        self.told.append("unused")

    def rush(self, campaign_id: str) -> bool:
        return campaign_id == "c-rushed"


class Room:
    """A worker and what it shares with others."""

    def __init__(self, cap: str = "1") -> None:
        self.clock, self.log = FakeClock(), MemoryCalls()
        self.limiter = Watched(self.clock)
        self.ledger = MemoryLedger(self.clock, default_cap=Decimal(cap))
        self.slept: list[float] = []
        self.made = 0
        self.paid = PaidCalls(
            call_log=self.log,
            ledger=self.ledger,
            limiter=self.limiter,
            priorities=self.limiter,
            prices=load_prices(),
            clock=self.clock,
            timeout=60,
            comes_back=True,
            sleep=self.slept.append,
        )

    def once(
        self, call: Callable[[str], Reply] | None = None, *, where: CallContext = WHERE, model: str = "gpt-5-mini", n: int = 0
    ) -> Reply:
        wanted = Wanted(
            kind="chat", model=model, endpoint="http://m", request={"n": n}, purpose="copy of hero", prompt="write_copy",
            input_tokens=400, input_most=1000, output_limit=1000, images=0,
        )  # fmt: skip
        return self.paid.once(wanted, where, call or self.good)

    def good(self, key: str) -> Reply:
        assert self.ledger.held[key][0].most_usd == MOST, "the money is held before the call"
        self.made += 1
        return Reply(body="{}", model="gpt-5-mini-x", input_tokens=500, output_tokens=100)

    @property
    def budget(self) -> tuple[Decimal, Decimal, Decimal]:
        found = self.ledger.budget("c-1")
        return found.spent_usd, found.reserved_usd, found.unclear_usd


@pytest.fixture
def room() -> Room:
    return Room()


def raising(error: HuichangError) -> Callable[[str], Reply]:
    def call(_: str) -> Reply:
        raise error

    return call


def test_a_call_is_reserved_made_settled_and_told(room: Room) -> None:
    reply = room.once()
    cost = Decimal("0.000125") + Decimal("0.0002")
    assert room.budget == (cost, 0, 0)
    assert reply.call is not None
    assert (reply.call.cost_usd, reply.call.price) == (cost, "gpt-5-mini of 2025-08-07")
    assert room.limiter.told == ["answered 500/100"]
    (asked,) = room.limiter.asked
    assert (asked.purpose, asked.input_tokens, asked.output_limit, asked.comes_back) == ("write_copy", 400, 1000, True)
    assert not room.log.leases
    assert room.once() == reply
    assert (room.made, len(room.limiter.asked)) == (1, 1)


def test_a_place_is_waited_for_and_never_longer_than_promised(room: Room) -> None:
    room.limiter.ahead = 1.5
    room.once(n=1)
    assert room.slept == [pytest.approx(1.5)]
    room.limiter.ahead = 3600  # its clock was set back after the place was booked
    room.once(n=2)
    assert room.slept[1] == HORIZON


def test_who_is_refused_by_the_quota_has_touched_nothing(room: Room) -> None:
    room.limiter.refuses = True
    with pytest.raises(ThrottledError) as refused:
        room.once()
    assert refused.value.retry_after_seconds == 7
    assert (room.budget, room.log.leases, room.made) == ((0, 0, 0), set(), 0)


def test_who_is_refused_by_the_cap_gives_its_place_back() -> None:
    room = Room(cap="0.002")
    with pytest.raises(CapReachedError):
        room.once()
    assert room.limiter.told == ["unused"]
    assert (room.budget, room.log.leases, room.made) == ((0, 0, 0), set(), 0)
    room.ledger.set_terms("c-1", cap_usd=Decimal(1), rush=False)
    room.once()
    assert room.made == 1


def test_a_cap_of_nothing_means_no_paid_call() -> None:
    room = Room(cap="0")
    for n in range(3):
        with pytest.raises(CapReachedError):
            room.once(n=n)
    assert room.made == 0
    room.once(where=CallContext(campaign_id="catalogue-main"))  # an import is no campaign


def test_an_unknown_price_makes_no_call(room: Room) -> None:
    with pytest.raises(PermanentError, match="nobody knows what a call of mystery costs"):
        room.once(model="mystery")
    assert (room.made, room.limiter.asked, room.log.leases) == (0, [], set())


def test_a_campaign_in_a_rush_says_so(room: Room) -> None:
    room.once(where=CallContext(campaign_id="c-rushed"))
    assert room.limiter.asked[0].rush


@pytest.mark.parametrize(
    ("error", "budget", "told"),
    [
        (ThrottledError("429", retry_after=0), (0, 0, 0), "throttled None"),
        (ThrottledError("429", retry_after=30), (0, 0, 0), "throttled 30"),
        (NotSentError("no route"), (0, 0, 0), "failed no route"),
        (UnclearError("timed out"), (0, MOST, 0), "failed timed out"),
        (GarbledError("garbled"), (0, 0, MOST), "answered None/None"),
        (ModelRefusedError("no picture"), (0, 0, MOST), "answered None/None"),
        (PermanentError("400"), (0, 0, 0), "answered None/None"),
    ],
    ids=lambda value: getattr(value, "message", None),
)
def test_what_becomes_of_the_money_when_a_call_fails(
    room: Room, error: HuichangError, budget: tuple[Decimal, Decimal, Decimal], told: str
) -> None:
    with pytest.raises(type(error)):
        room.once(raising(error))
    assert room.budget == budget
    assert room.limiter.told == [told]
    assert not room.log.leases
    room.once()  # and the next try is made and paid
    assert room.budget == (Decimal("0.000325"), 0, budget[2])


@pytest.mark.parametrize(("said", "least", "most"), [(0.0, 0.5, 0.7), (30.0, 30, 38), (86_400.0, 600, 750)])
def test_a_provider_that_throttles_is_obeyed_within_bounds(room: Room, said: float, least: float, most: float) -> None:
    with pytest.raises(ThrottledError) as refused:
        room.once(raising(ThrottledError("429", retry_after=said)))
    assert least <= refused.value.retry_after_seconds <= most


def test_a_provider_in_trouble_that_says_when_is_left_alone_until_then(room: Room) -> None:
    error = UnclearError("503")
    error.retry_after_seconds = 20
    with pytest.raises(UnclearError):
        room.once(raising(error))
    assert room.limiter.told == ["throttled 20", "failed 503"]


def test_a_settlement_that_failed_is_made_up_for_by_the_replay(room: Room) -> None:
    room.ledger.fail = True
    with pytest.raises(TransientError):
        room.once()
    assert room.budget[1] == MOST
    room.ledger.fail = False
    room.once()
    assert (room.made, room.budget) == (1, (Decimal("0.000325"), 0, 0))


def test_a_defect_of_ours_leaves_the_money_held_until_its_time_is_over(room: Room) -> None:
    def broken(_: str) -> Reply:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        room.once(broken)
    assert room.budget == (0, MOST, 0)
    assert not room.log.leases


def test_the_booking_that_stands_in_an_answer_is_a_booking(room: Room) -> None:
    room.once()
    (stored,) = room.log.answers.values()
    kept = Reply.model_validate_json(stored)
    assert isinstance(kept.call, ModelCall)
