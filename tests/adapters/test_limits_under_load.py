"""Fifty workers at once on one budget and one quota: the cap is not passed, the quota is not passed, and nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from huichang.adapters.dynamodb.ledger import DynamoLedger
from huichang.adapters.dynamodb.limiter import DynamoLimiter, RushedCampaigns
from huichang.adapters.dynamodb.table import Table
from huichang.kernel.clock import iso
from huichang.kernel.errors import CapReachedError, ThrottledError
from huichang.ledger.model import ModelCall, Reservation
from huichang.quotas import policy
from huichang.quotas.model import Ask, Quota, load_quotas
from tests.support.busy_table import at_once, busy
from tests.support.fakes import FakeClock
from tests.support.moto_aws import make_table, moto_aws

WORKERS = 50
CAMPAIGN = "c-1"


@pytest.fixture(scope="module")
def one_table() -> Iterator[Table]:
    with moto_aws():
        yield make_table()


@pytest.fixture
def table(one_table: Table) -> Iterator[Table]:
    with busy() as client:
        yield one_table
        for item in client.scan(TableName=one_table.name)["Items"]:
            client.delete_item(TableName=one_table.name, Key={"pk": item["pk"], "sk": item["sk"]})


class NoAnswers:
    def booking(self, key: str) -> ModelCall | None:
        return None


def test_fifty_venues_at_once_do_not_pass_the_cap(table: Table) -> None:
    clock, cap, most, cost = FakeClock(), Decimal("0.4"), Decimal("0.05"), Decimal("0.03")
    ledger = DynamoLedger(table, clock, default_cap=cap, answers=NoAnswers(), sleep=lambda _: None)
    seen: list[Decimal] = []
    spent, refused, lock = [Decimal(0)], [0], threading.Lock()

    def venue(number: int) -> None:
        for call in range(2):
            key = f"{number}-{call}"
            until = iso(clock.now() + timedelta(seconds=60))
            for _ in range(200):
                try:
                    ledger.reserve(Reservation(call_key=key, campaign_id=CAMPAIGN, venue_id=f"v-{number}", most_usd=most, expires_at=until))
                except ThrottledError:
                    time.sleep(0.05)  # others' money will come back
                    continue
                except CapReachedError:
                    with lock:
                        refused[0] += 1
                    return
                break
            budget = ledger.budget(CAMPAIGN)
            seen.append(budget.spent_usd + budget.reserved_usd)
            made = ModelCall(
                call_key=key, kind="chat", model="m", purpose="p", campaign_id=CAMPAIGN, venue_id=f"v-{number}", cost_usd=cost, at=until
            )
            with lock:
                spent[0] += cost
            assert ledger.settle(made)
            assert not ledger.settle(made)

    at_once(WORKERS, venue)
    budget = ledger.budget(CAMPAIGN)
    assert max(seen) <= cap
    assert (budget.spent_usd, budget.reserved_usd) == (spent[0], 0)
    assert cap - most < budget.spent_usd <= cap, "it stops with less left than one call may cost"
    assert refused[0] > 0
    assert budget.reached_at
    assert sum(ledger.totals(CAMPAIGN, f"v-{n}").calls for n in range(WORKERS)) == ledger.totals(CAMPAIGN).calls == spent[0] / cost


def test_the_cap_is_raised_while_fifty_work(table: Table) -> None:
    ledger = DynamoLedger(table, FakeClock(), default_cap=Decimal(1), answers=NoAnswers(), sleep=lambda _: None)
    until = "2026-09-02T00:00:00.000Z"

    def work(number: int) -> int:
        if number == 0:
            return int(ledger.set_terms(CAMPAIGN, cap_usd=Decimal(3), rush=False).cap_usd or 0)
        for _ in range(100):
            try:
                ledger.reserve(Reservation(call_key=f"k{number}", campaign_id=CAMPAIGN, most_usd=Decimal("0.05"), expires_at=until))
            except (CapReachedError, ThrottledError):
                continue
            return 1
        return 0

    assert at_once(WORKERS, work) == [3] + [1] * (WORKERS - 1)
    budget = ledger.budget(CAMPAIGN)
    assert (budget.reserved_usd, budget.left_usd) == (Decimal("2.45"), Decimal("0.55"))


def test_fifty_workers_share_one_quota(table: Table) -> None:
    clock = FakeClock()
    quota = Quota(requests_per_minute=600)
    limiter = DynamoLimiter(table, {"m": quota}, clock, sleep=lambda _: None)
    places: list[float] = []
    waits: list[float] = []
    lock = threading.Lock()

    def worker(number: int) -> None:
        for _ in range(3):
            try:
                grant = limiter.acquire("m", Ask(campaign_id=f"c-{number % 5}", purpose="p"))
            except ThrottledError as error:
                with lock:
                    waits.append(error.retry_after_seconds)
                continue
            with lock:
                places.append(grant.at)

    at_once(WORKERS, worker)
    now = clock.now().timestamp()
    places.sort()
    pace = 62 / 600
    assert len(places) == len({round(place, 6) for place in places}) + sum(place == places[0] for place in places) - 1, "no place twice"
    for first, later in zip(places, places[12:], strict=False):
        assert later - first >= 2 * pace - 1e-4, "never faster than the quota, but for the first burst"
    assert places[-1] - now <= policy.HORIZON + 1e-6
    assert 20 <= len(places) <= 45
    assert all(0 < wait <= policy.FARTHEST_SECONDS for wait in waits)


@pytest.fixture
def limiter(table: Table) -> DynamoLimiter:
    return DynamoLimiter(table, {"m": Quota(requests_per_minute=60, tokens_per_minute=60_000)}, FakeClock(), sleep=lambda _: None)


def an_ask(**changes: Any) -> Ask:
    return Ask.model_validate({"campaign_id": CAMPAIGN, "purpose": "p", "input_tokens": 100, "output_limit": 400} | changes)


def test_one_workers_retry_after_is_everybodys(table: Table) -> None:
    clock = FakeClock()
    one, other = (DynamoLimiter(table, {}, clock) for _ in range(2))
    grant = one.acquire("m", an_ask())
    one.throttled(grant, 40)
    with pytest.raises(ThrottledError) as refused:
        other.acquire("m", an_ask())
    assert refused.value.code == "provider_wait"
    assert 40 <= refused.value.retry_after_seconds <= 44
    (standing,) = other.standings()
    assert standing.waits_until == clock.now().timestamp() + 40
    clock.moment += timedelta(seconds=41)
    other.answered(other.acquire("m", an_ask()))
    assert other.standings()[0].waits_until == 0


def test_the_circuit_is_everybodys_and_says_why(table: Table) -> None:
    clock = FakeClock()
    one, other = (DynamoLimiter(table, {}, clock) for _ in range(2))
    for _ in range(policy.CIRCUIT_FAILURES):
        one.failed(one.acquire("m", an_ask()), "the model failed: 503")
    with pytest.raises(ThrottledError, match="5 calls in a row failed, the last one: the model failed: 503") as refused:
        other.acquire("m", an_ask())
    assert refused.value.code == "circuit_open"
    clock.moment += timedelta(seconds=policy.OPEN_SECONDS + 1)
    probe = other.acquire("m", an_ask())
    assert probe.probe
    with pytest.raises(ThrottledError, match="one call is trying it"):
        one.acquire("m", an_ask())
    other.answered(probe, input_tokens=1, output_tokens=1)
    assert one.standings()[0].circuit == "closed"
    assert not one.acquire("m", an_ask()).probe


def test_a_place_that_is_not_used_is_free_again(limiter: DynamoLimiter) -> None:
    grants = [limiter.acquire("m", an_ask()) for _ in range(3)]
    booked = limiter.standings()[0].booked_seconds
    limiter.unused(grants[-1])
    assert limiter.standings()[0].booked_seconds < booked
    assert limiter.acquire("m", an_ask()).at == grants[-1].at


def test_tokens_are_corrected_by_what_a_call_took(limiter: DynamoLimiter) -> None:
    grant = limiter.acquire("m", an_ask(input_tokens=500, output_limit=4000))
    assert grant.tokens == 1500  # a quarter of what it may take, for nothing is known of such calls yet
    limiter.answered(grant, input_tokens=500, output_tokens=200)
    assert limiter.acquire("m", an_ask(input_tokens=500, output_limit=4000)).tokens == 700


def test_a_model_without_quota_is_not_written_about(table: Table) -> None:
    limiter = DynamoLimiter(table, {}, FakeClock())
    limiter.answered(limiter.acquire("m", an_ask()), input_tokens=5, output_tokens=5)
    assert table.get("QUOTA#m", "STATE") is None
    assert limiter.standings() == []


def test_a_rush_is_known_within_seconds() -> None:
    clock, rushed, asked = FakeClock(), {"c-1": False}, []

    def look(campaign_id: str) -> bool:
        asked.append(campaign_id)
        return rushed[campaign_id]

    known = RushedCampaigns(look, clock)
    assert [known.rush("c-1"), known.rush("c-1")] == [False, False]
    rushed["c-1"] = True
    assert len(asked) == 1
    clock.moment += timedelta(seconds=16)
    assert known.rush("c-1")
    clock.moment -= timedelta(hours=1)  # a clock that is set back does not keep the old answer for an hour
    rushed["c-1"] = False
    assert not known.rush("c-1")


def test_quotas_are_data() -> None:
    quotas = load_quotas("gpt-5-mini: {requests_per_minute: 500, tokens_per_minute: 200000, tokens_counted: asked}")
    assert quotas["gpt-5-mini"] == Quota(requests_per_minute=500, tokens_per_minute=200_000, tokens_counted="asked")
    assert load_quotas() == {}
