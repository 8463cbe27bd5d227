"""Who may call when: the rules by themselves, and the whole of them in simulated time."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.kernel.errors import InvalidInputError
from huichang.quotas import policy
from huichang.quotas.model import UNLIMITED, Ask, Quota, read_quotas
from huichang.quotas.policy import HORIZON, Refusal, Slot, State, decide
from infra.bench.limiter import Party, Situation, simulate

NOW = 1_800_000_000.0
QUOTA = Quota(requests_per_minute=60)


def ask(campaign: str = "c-1", **changes: Any) -> Ask:
    return Ask.model_validate({"campaign_id": campaign, "purpose": "p", "input_tokens": 100, "output_limit": 400} | changes)


def fill(state: State, campaign: str = "c-1", quota: Quota = QUOTA, now: float = NOW, **changes: Any) -> tuple[State, list[float]]:
    """Ask until refused: (state, places)."""
    places = []
    while True:
        state, verdict = decide(state, quota, ask(campaign, **changes), now)
        if isinstance(verdict, Refusal):
            return state, places
        places.append(verdict.at)


def test_nobody_is_refused_where_nothing_is_limited() -> None:
    state, verdict = decide(State(), UNLIMITED, ask(), NOW)
    assert verdict == Slot(at=NOW)
    assert state == State()


def test_places_are_booked_no_further_than_a_worker_may_sleep() -> None:
    _, places = fill(State())
    assert places[0] == NOW
    assert places[-1] <= NOW + HORIZON
    steps = [b - a for a, b in itertools.pairwise(places[1:])]
    assert all(step == pytest.approx(62 / 60) for step in steps)


def test_the_refused_are_told_to_come_one_after_the_other() -> None:
    state, _ = fill(State())
    waits = []
    for _ in range(200):
        state, verdict = decide(state, QUOTA, ask(), NOW)
        assert isinstance(verdict, Refusal)
        assert verdict.code == "quota"
        waits.append(verdict.seconds)
    first = waits[:50]
    assert first == sorted(first)
    assert first[-1] - first[0] == pytest.approx(49 * 62 / 60 * 0.75)
    assert max(waits) <= policy.FARTHEST_SECONDS


def test_who_comes_by_its_own_clock_gets_no_place_in_the_queue() -> None:
    state, _ = fill(State())
    after, _ = decide(state, QUOTA, ask(comes_back=False), NOW)
    assert after.queue == state.queue


def served(asks: list[Ask], seconds: float = 60) -> dict[str, int]:
    """How many places each campaign got of those that ask all the time, in this order, twenty times a second."""
    state, got = State(), dict.fromkeys((each.campaign_id for each in asks), 0)
    for tick in range(int(seconds * 20)):
        for each in asks:
            state, verdict = decide(state, Quota(requests_per_minute=600), each, NOW + tick / 20)
            got[each.campaign_id] += isinstance(verdict, Slot)
    return got


def test_campaigns_share_alike_however_often_they_ask() -> None:
    got = served([ask("big")] * 9 + [ask("small")])
    assert sum(got.values()) >= 580
    assert got["small"] >= 0.45 * sum(got.values())


def test_a_campaign_that_needs_little_leaves_the_rest() -> None:
    state, got = State(), 0
    for tick in range(1200):
        if tick % 100 == 0:
            state, verdict = decide(state, Quota(requests_per_minute=600), ask("small"), NOW + tick / 20)
            assert isinstance(verdict, Slot)
        state, verdict = decide(state, Quota(requests_per_minute=600), ask("big"), NOW + tick / 20)
        got += isinstance(verdict, Slot)
    assert got >= 560


def test_who_is_in_a_rush_gets_most_and_the_others_do_not_stand_still() -> None:
    got = served([ask("a"), ask("b"), ask("c"), ask("rushed", rush=True)])
    assert got["rushed"] >= 0.8 * sum(got.values())
    assert all(count > 5 for count in got.values())


def test_too_many_campaigns_to_keep_are_not_kept() -> None:
    state = State()
    for number in range(300):
        state, _ = decide(state, Quota(requests_per_minute=6000), ask(f"c-{number}"), NOW + number / 1000)
    assert len(state.lanes) <= 64
    assert len(state.model_dump_json()) < 20_000


@pytest.mark.parametrize(("said", "waits"), [(7.0, 7.0), (0.0, 0.0), (86_400.0, policy.LONGEST_WAIT_SECONDS), (-5.0, 0.0)])
def test_a_provider_is_obeyed_within_bounds(said: float, waits: float) -> None:
    state = policy.throttled(State(), NOW, said)
    assert state.blocked_until == NOW + waits
    _, verdict = decide(state, UNLIMITED, ask(), NOW)
    assert isinstance(verdict, Refusal) == (waits > 0)
    _, after = decide(state, UNLIMITED, ask(), NOW + waits + 0.001)
    assert isinstance(after, Slot)


def test_a_shorter_wait_does_not_end_a_longer_one_and_silence_makes_it_longer() -> None:
    state = policy.throttled(State(), NOW, 60)
    assert policy.throttled(state, NOW, 1).blocked_until == NOW + 60
    waits, state = [], State()
    for _ in range(4):
        state = policy.throttled(state, NOW, None)
        waits.append(state.blocked_until - NOW)
    assert waits == [2, 4, 8, 16]
    assert policy.answered(state, UNLIMITED, "p", 0, None).blocked_times == 0


def trip(state: State, now: float, times: int = policy.CIRCUIT_FAILURES) -> State:
    for _ in range(times):
        state = policy.failed(state, now, "503", probe=False)
    return state


def test_the_circuit_opens_after_failures_in_a_row_only() -> None:
    state = trip(State(), NOW, policy.CIRCUIT_FAILURES - 1)
    assert state.circuit == "closed"
    state = policy.answered(state, UNLIMITED, "p", 0, (1, 1))
    assert trip(state, NOW, policy.CIRCUIT_FAILURES - 1).circuit == "closed"
    assert trip(state, NOW).circuit == "open"


def test_one_call_tries_and_each_failed_try_doubles_the_wait() -> None:
    state, now, waits = trip(State(), NOW), NOW, []
    for _ in range(6):
        waits.append(state.opens_at - now)
        now = state.opens_at
        state, probe = decide(state, UNLIMITED, ask(), now)
        assert isinstance(probe, Slot)
        assert probe.probe
        state, second = decide(state, UNLIMITED, ask(), now)
        assert isinstance(second, Refusal)
        state = policy.failed(state, now, "503", probe=True)
    assert waits == [10, 20, 40, 80, 120, 120]
    state, _ = decide(state, UNLIMITED, ask(), state.opens_at)
    state = policy.answered(state, UNLIMITED, "p", 0, (1, 1))
    assert (state.circuit, state.failures, state.why) == ("closed", 0, "")
    assert trip(state, NOW).opens_at == NOW + 10


def test_a_try_whose_worker_died_is_tried_by_another() -> None:
    state = trip(State(), NOW)
    state, _ = decide(state, UNLIMITED, ask(), state.opens_at)
    _, later = decide(state, UNLIMITED, ask(), state.probe_until + 1)
    assert isinstance(later, Slot)


def test_late_failures_of_calls_that_began_before_do_not_prolong_it() -> None:
    state = trip(State(), NOW)
    assert policy.failed(state, NOW + 5, "503", probe=False).opens_at == state.opens_at


@pytest.mark.parametrize("jump", [-86_400.0, -3_600.0, -10.0, 10.0, 3_600.0, 86_400.0 * 365])
@pytest.mark.parametrize("quota", [QUOTA, Quota(tokens_per_minute=10_000), Quota(requests_per_minute=1)])
def test_a_clock_that_jumps_stops_nobody_for_long(jump: float, quota: Quota) -> None:
    state, _ = fill(State(), quota=quota)
    state, _ = decide(policy.throttled(trip(state, NOW), NOW, 30), quota, ask("c-2"), NOW)
    now, longest = NOW + jump, policy.LONGEST_WAIT_SECONDS + 2 * policy.LONGEST_OPEN_SECONDS
    started = now
    while now - started <= longest:
        state, verdict = decide(state, quota, ask("c-2"), now)
        if isinstance(verdict, Slot):
            assert now <= verdict.at <= now + HORIZON
            return
        now += verdict.seconds
    pytest.fail(f"still refused after {now - started:.0f} s")


OPS = st.lists(
    st.tuples(st.sampled_from(["ask", "ask", "ask", "answer", "unused", "throttled", "failed"]), st.integers(0, 3), st.floats(0, 5)),
    max_size=150,
)


@given(OPS, st.sampled_from([1, 7, 60, 900]))
@settings(max_examples=150)
def test_whatever_happens_no_minute_has_more_than_the_quota(ops: list[tuple[str, int, float]], rpm: int) -> None:
    """Places that were given back may be used again; nothing else gives a minute more calls than it may have."""
    quota, state, now, open_slots = Quota(requests_per_minute=rpm), State(), NOW, []
    for what, who, seconds in ops:
        now += seconds
        if what == "ask":
            state, verdict = decide(state, quota, ask(f"c-{who}", rush=who == 3), now, 0.5)
            if isinstance(verdict, Slot):
                assert now <= verdict.at <= now + HORIZON
                open_slots.append(verdict)
            else:
                assert 0 < verdict.seconds <= policy.LONGEST_WAIT_SECONDS + HORIZON
        elif what == "unused" and open_slots and open_slots[-1].at > now:
            slot = open_slots.pop()
            state = policy.unused(state, quota, "c-1", slot.tokens, now, probe=slot.probe)
        elif what == "answer":
            state = policy.answered(state, quota, "p", 0, (1, 1))
        elif what == "throttled":
            state = policy.throttled(state, now, seconds)
        elif what == "failed":
            state = policy.failed(state, now, "503", probe=False)
        assert State.model_validate_json(state.model_dump_json()) == state
    places = sorted(slot.at for slot in open_slots if not slot.probe)
    for number, at in enumerate(places):
        assert sum(at <= other < at + 60 for other in places[number:]) <= rpm


# --- in simulated time ------------------------------------------------------------------------------------------------

SHORT = [Party(f"c-{number}", 8) for number in range(3)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_quota_is_used_up_and_not_passed(seed: int) -> None:
    found = simulate(Situation(SHORT, Quota(requests_per_minute=60), seed=seed))
    assert found.calls == 3 * 8 * 11
    assert found.over_bound <= 1.15
    assert found.peak_requests <= 60


def test_tokens_are_used_up_and_hardly_passed() -> None:
    found = simulate(Situation(SHORT, Quota(tokens_per_minute=60_000), seed=5))
    assert found.over_bound <= 1.15
    assert found.peak_tokens <= 60_000 * 1.02


def test_a_small_campaign_does_not_wait_for_a_big_one() -> None:
    found = simulate(Situation([Party("big", 30), Party("small", 1, arrives=30)], Quota(requests_per_minute=120), at_once=30))
    assert found.ended["small"] < found.ended["big"] / 4
    assert found.over_bound <= 1.15


def test_a_rush_goes_first() -> None:
    quota = Quota(requests_per_minute=120)
    plain = simulate(Situation([Party("a", 12), Party("b", 12)], quota, at_once=30))
    rushed = simulate(Situation([Party("a", 12), Party("b", 12, rush=True)], quota, at_once=30))
    assert rushed.ended["b"] < plain.ended["b"] * 0.75
    assert rushed.makespan <= plain.makespan * 1.05


def test_a_clock_that_jumps_to_and_fro_costs_little() -> None:
    jumps = ((20.0, 3600.0), (40.0, -7200.0))
    found = simulate(Situation(SHORT, Quota(requests_per_minute=120), clock_jumps=jumps))
    assert found.calls == 3 * 8 * 11
    assert found.over_bound <= 1.25


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("m: {requests_per_minute: 0}", "quota of m: requests_per_minute"),
        ("m: {requests_per_minute: many}", "quota of m: requests_per_minute"),
        ("m: {requests: 5}", "quota of m: requests"),
        ("m: 5", "quota of m: the entry"),
        ("- m", "no mapping"),
        ("m: {", "no YAML"),
    ],
)
def test_a_quota_that_cannot_be_read_is_named(text: str, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        read_quotas(text)
