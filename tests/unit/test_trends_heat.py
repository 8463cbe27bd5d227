"""Heat: one scale for all feeds, fading, and never inflated by replays."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.trends.heat import HALF_LIFE_DAYS, level, ranked, references, together, warmth
from huichang.trends.trend import MAX_DAYS, Trend, TrendKind

START = date(2026, 1, 1)
heats = st.floats(0, 1e9, allow_nan=False)
kinds: st.SearchStrategy[TrendKind] = st.sampled_from(["industry", "seasonal", "event"])


def seen(heat: float, day: int, *, title: str = "A", source: str = "s", kind: TrendKind = "event") -> Trend:
    on = START + timedelta(days=day)
    return Trend(source=source, title=title, kind=kind, heat=heat, observed_on=on, language="zh")


def folded(observations: list[Trend]) -> Trend:
    result = observations[0]
    for observation in observations[1:]:
        result = result.with_observations_of(observation)
    return result


observations = st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 60)), min_size=1, max_size=5)


@given(observations, st.randoms())
def test_order_and_repetition_of_what_was_seen_do_not_matter(pairs: list[tuple[float, int]], random: object) -> None:
    one = [seen(heat, day) for heat, day in pairs]
    shuffled = [*one, *one]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert folded(one) == folded(shuffled)
    result = folded(one)
    last = max(day for _, day in pairs)
    assert result.observed_on == START + timedelta(days=last)
    assert result.heat == max(heat for heat, day in pairs if day == last)
    assert result.peak_heat == max(heat for heat, _ in pairs)
    assert result.first_seen == START + timedelta(days=min(day for _, day in pairs))
    assert result.days_seen == len({day for _, day in pairs})


def test_only_the_latest_days_are_remembered() -> None:
    result = folded([seen(1, day) for day in range(MAX_DAYS + 50)])
    assert result.days_seen == MAX_DAYS
    assert result.with_observations_of(seen(1, 3)) == result, "an old day does not count again"
    assert result.first_seen == START


@given(heats, heats, heats)
def test_level_is_monotone_bounded_and_knows_no_unit(one: float, other: float, reference: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= level(low, reference) <= level(high, reference) <= 1
    assert level(low * 1000, reference * 1000) == pytest.approx(level(low, reference))


@given(heats, heats, st.integers(0, 400), st.integers(0, 400), kinds)
def test_more_heat_never_cools_and_time_never_warms(one: float, other: float, age: int, more: int, kind: TrendKind) -> None:
    low, high = sorted((one, other))
    today = START + timedelta(days=age)
    assert warmth(seen(low, 0, kind=kind), 1e6, today) <= warmth(seen(high, 0, kind=kind), 1e6, today)
    assert warmth(seen(high, 0, kind=kind), 1e6, today + timedelta(days=more)) <= warmth(seen(high, 0, kind=kind), 1e6, today)


def test_half_is_left_after_the_half_life_of_the_kind() -> None:
    for kind, days in HALF_LIFE_DAYS.items():
        assert warmth(seen(10, 0, kind=kind), 10, START + timedelta(days=int(days))) == pytest.approx(0.5)


def test_a_weak_day_after_a_strong_one_does_not_cool_the_trend() -> None:
    strong = seen(1000, 0)
    both = strong.with_observations_of(seen(1, 1))
    today = START + timedelta(days=1)
    assert warmth(both, 1000, today) == warmth(strong, 1000, today) > warmth(seen(1, 1), 1000, today)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 20), st.sampled_from("ABC")), min_size=1, max_size=8))
def test_a_replayed_feed_ranks_as_before(rows: list[tuple[float, int, str]]) -> None:
    trends = [seen(heat, day, title=title) for heat, day, title in rows]
    today = START + timedelta(days=21)
    assert ranked(trends, today) == ranked([*trends, *reversed(trends)], today)


def test_one_freak_count_does_not_press_down_a_large_feed() -> None:
    feed = [seen(100 + n, 0, title=f"t{n}") for n in range(200)]
    freak = [*feed, seen(1e9, 0, title="freak")]
    assert references(freak)["s"] == pytest.approx(references(feed)["s"], rel=0.02)
    assert references(feed[:5])["s"] == 104, "of few trends it is the hottest"


def test_sources_confirm_each_other_and_are_not_added_up() -> None:
    assert together({"a": 0.5}) == 0.5
    assert together({"a": 0.5, "b": 0.5}) == 0.75
    for values in itertools.product((0.0, 0.3, 1.0), repeat=3):
        assert max(values) <= together(dict(zip("abc", values, strict=True))) <= 1
