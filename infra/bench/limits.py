"""Quotas and caps under load: in simulated time, with fifty threads on a real table, and the whole line on the embedded cloud."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from huichang.adapters.aws import client
from huichang.adapters.dynamodb.ledger import DynamoLedger
from huichang.adapters.dynamodb.limiter import DynamoLimiter
from huichang.adapters.dynamodb.table import Table
from huichang.kernel.clock import SystemClock, iso
from huichang.kernel.errors import CapReachedError, ThrottledError
from huichang.ledger.model import ModelCall, Reservation
from huichang.quotas.model import Ask, Quota
from infra.bench.limiter import MINUTE, Party, Situation, simulate
from infra.bench.line import Race, ledger_of, say, sentences
from infra.local.cloud import EmbeddedCloud

WORKERS = 50
CHAT = "huichang-offline-chat"


def situations(seed: int) -> dict[str, Situation]:
    """A hundred venues at once, in all the ways that they come."""
    five = [Party(f"c-{number}", 20) for number in range(5)]
    one = [Party("c-0", 100)]
    return {
        "30_requests": Situation(five, Quota(requests_per_minute=30), seed),
        "60_requests": Situation(five, Quota(requests_per_minute=60), seed),
        "150_requests": Situation(five, Quota(requests_per_minute=150), seed),
        "300_requests": Situation(five, Quota(requests_per_minute=300), seed),
        "500_requests": Situation(five, Quota(requests_per_minute=500), seed),
        "one_campaign_300_requests": Situation(one, Quota(requests_per_minute=300), seed, at_once=100),
        "200000_tokens": Situation(five, Quota(tokens_per_minute=200_000), seed),
        "100000_tokens_150_requests": Situation(five, Quota(requests_per_minute=150, tokens_per_minute=100_000), seed),
        "clock_jumps": Situation(five, Quota(requests_per_minute=300), seed, clock_jumps=((50.0, 3600.0), (100.0, -7200.0))),
    }


def simulated(seed: int) -> dict[str, Any]:
    """Figures of each situation, and how a small and a rushed campaign fare beside a big one."""
    found: dict[str, Any] = {}
    for name, situation in situations(seed).items():
        run = simulate(situation)
        quota = situation.quota
        found[name] = {
            "calls": run.calls,
            "makespan_over_quota_bound": round(run.over_bound, 4),
            "requests_overshoot": _overshoot(run.peak_requests, quota.requests_per_minute),
            "tokens_overshoot": _overshoot(run.peak_tokens, quota.tokens_per_minute),
            "refusals_per_call": round(run.refusals / run.calls, 2),
        }
    quota = Quota(requests_per_minute=300)
    mixed = simulate(Situation([Party("big", 100), Party("small", 1, arrives=60)], quota, seed, at_once=100))
    plain = simulate(Situation([Party("a", 50), Party("b", 50)], quota, seed, at_once=100))
    rushed = simulate(Situation([Party("a", 50), Party("b", 50, rush=True)], quota, seed, at_once=100))
    found["fair"] = {
        "small_seconds": round(mixed.ended["small"], 1),
        "big_seconds": round(mixed.ended["big"], 1),
        "rushed_over_plain": round(rushed.ended["b"] / plain.ended["b"], 3),
    }
    return found


def _overshoot(peak: int, quota: int | None) -> float:
    """Share of the quota by which the fullest minute was above it."""
    return 0.0 if quota is None else round(max(peak / quota - 1, 0), 4)


def fullest_minute(moments: Sequence[float]) -> int:
    """The most moments in any half-open window of a minute."""
    ordered, first, most = sorted(moments), 0, 0
    for last, moment in enumerate(ordered):
        while ordered[first] <= moment - MINUTE:
            first += 1
        most = max(most, last - first + 1)
    return most


# --- threads on the embedded cloud's table ----------------------------------------------------------------------------


@contextmanager
def on_table(cloud: EmbeddedCloud) -> Iterator[Table]:
    """The state table of this cloud, for this process."""
    given = {
        "AWS_ENDPOINT_URL": cloud.runtime["aws"],
        "AWS_DEFAULT_REGION": cloud.runtime["region"],
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
    }
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    client.cache_clear()
    try:
        yield Table(cloud.runtime["resources"]["StateTable"])
    finally:
        client.cache_clear()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _NoAnswers:
    """No call was answered before."""

    def booking(self, key: str) -> ModelCall | None:  # noqa: ARG002
        return None


def _at_once(work: Callable[[int], None], workers: int = WORKERS) -> float:
    started = time.monotonic()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))
    return time.monotonic() - started


def cap_under_load(table: Table, seed: int) -> dict[str, Any]:
    """Fifty venues at once, each making calls until the cap stops it: what was spent, and the most that was ever out."""
    cap, most = Decimal("2"), Decimal("0.05")
    campaign = f"c-bench-{time.time_ns()}"
    clock = SystemClock()
    ledger = DynamoLedger(table, clock, default_cap=cap, answers=_NoAnswers())
    out: list[Decimal] = []
    made, lock = [0], threading.Lock()

    def venue(number: int) -> None:
        dice = random.Random(seed * 1000 + number)
        call = 0
        while True:
            key = f"{campaign}-{number}-{call}"
            until = iso(clock.now() + timedelta(seconds=60))
            try:
                ledger.reserve(Reservation(call_key=key, campaign_id=campaign, venue_id=f"v-{number}", most_usd=most, expires_at=until))
            except ThrottledError:
                time.sleep(dice.uniform(0.02, 0.1))  # said as seconds; here the calls last milliseconds
                continue
            except CapReachedError:
                return
            budget = ledger.budget(campaign)
            with lock:
                out.append(budget.spent_usd + budget.reserved_usd)
                made[0] += 1
            time.sleep(dice.uniform(0.01, 0.05))
            cost = (most * Decimal(dice.uniform(0.2, 1.0))).quantize(Decimal("0.00000001"))
            ledger.settle(
                ModelCall(
                    call_key=key,
                    kind="chat",
                    model="m",
                    purpose="bench",
                    campaign_id=campaign,
                    venue_id=f"v-{number}",
                    cost_usd=cost,
                    at=iso(clock.now()),
                )
            )
            call += 1

    seconds = _at_once(venue)
    budget = ledger.budget(campaign)
    booked = sum((call.cost_usd for call in ledger.of_campaign(campaign)), Decimal(0))
    return {
        "workers": WORKERS,
        "cap_usd": float(cap),
        "calls": made[0],
        "spent_usd": float(budget.spent_usd),
        "overshoot_usd": float(max(max(out), budget.spent_usd) - cap) if max(max(out), budget.spent_usd) > cap else 0.0,
        "left_usd": float(cap - budget.spent_usd),
        "left_over_largest_call": round(float((cap - budget.spent_usd) / most), 3),
        "counters_off_usd": float(abs(booked - budget.spent_usd)),
        "still_held_usd": float(budget.reserved_usd),
        "calls_per_second": round(made[0] / seconds, 1),
    }


def quota_under_load(table: Table, seed: int, *, requests_per_minute: int = 600, calls: int = 500) -> dict[str, Any]:
    """Thirty threads make `calls` calls of 0.2 to 1 s as fast as they may, in real time and on the real table."""
    model = f"bench-{time.time_ns()}"
    limiter = DynamoLimiter(table, {model: Quota(requests_per_minute=requests_per_minute)}, SystemClock())
    left, begun, refused, lock = [calls], list[float](), [0], threading.Lock()

    def worker(number: int) -> None:
        dice = random.Random(seed * 1000 + number)
        while True:
            with lock:
                if left[0] == 0:
                    return
                left[0] -= 1
            while True:
                try:
                    grant = limiter.acquire(model, Ask(campaign_id=f"c-{number % 5}", purpose="bench"))
                except ThrottledError as error:
                    with lock:
                        refused[0] += 1
                    time.sleep(error.retry_after_seconds)
                    continue
                break
            time.sleep(max(0.0, grant.at - time.time()))
            with lock:
                begun.append(time.time())
            time.sleep(dice.uniform(0.2, 1.0))
            limiter.answered(grant)

    _at_once(worker, 30)
    bound = MINUTE * calls / requests_per_minute
    return {
        "workers": 30,
        "requests_per_minute": requests_per_minute,
        "calls": calls,
        "makespan_over_quota_bound": round((max(begun) - min(begun)) / bound, 4),
        "requests_overshoot": _overshoot(fullest_minute(begun), requests_per_minute),
        "refusals_per_call": round(refused[0] / calls, 2),
    }


# --- the whole line ---------------------------------------------------------------------------------------------------


def line_under_quota(cloud: EmbeddedCloud, venues: int, seed: int, requests_per_minute: int, seconds: float) -> dict[str, Any]:
    """So many campaigns at once, from their sentences to published pages, all on one quota of chat requests."""
    with ThreadPoolExecutor(8) as pool:
        race = Race(cloud, sentences(venues, seed), pool)
        race.run(seconds)
    booked = [call for campaign in race.campaigns for call in ledger_of(cloud, campaign) if call["kind"] == "chat"]
    ends = [datetime.fromisoformat(call["at"]).timestamp() for call in booked]
    starts = [end - call["seconds"] for end, call in zip(ends, booked, strict=True)]
    bound = MINUTE * len(booked) / requests_per_minute
    for problem in (*race.failed, *race.hung):
        say(f"not published  {problem}")
    return {
        "venues": venues,
        "requests_per_minute": requests_per_minute,
        "chat_calls": len(booked),
        "published": sum(venue["status"] == "published" for venue in race.venues),
        "failed": len(race.failed),
        "hung": len(race.hung),
        "wall_seconds": round(race.wall_seconds, 1),
        "bound_seconds": round(bound, 1),
        "makespan_over_quota_bound": round((max(ends) - min(starts)) / bound, 4),
        "requests_overshoot": _overshoot(fullest_minute(starts), requests_per_minute),
    }
