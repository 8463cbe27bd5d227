"""What the scores promise: between 0 and 1, scale-free where they say so, and never better for what is worse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huichang.selection.floors import scoring

SIZES = st.lists(st.integers(1, 60), min_size=1, max_size=14)
SHARE = st.floats(0, 1)


@given(SIZES, st.integers(2, 9))
def test_balance_is_scale_free_and_full_for_equal_floors(sizes: list[int], times: int) -> None:
    assert scoring.balance([size * times for size in sizes]) == pytest.approx(scoring.balance(sizes))
    assert 0 <= scoring.balance(sizes) <= 1
    if len(sizes) > 1:
        assert scoring.balance([sizes[0]] * len(sizes)) == pytest.approx(1)


@given(st.lists(st.integers(2, 60), min_size=2, max_size=12))
def test_evening_out_two_floors_never_lowers_the_balance(sizes: list[int]) -> None:
    low, high = sizes.index(min(sizes)), sizes.index(max(sizes))
    if sizes[high] - sizes[low] >= 2:
        evened = list(sizes)
        evened[low] += 1
        evened[high] -= 1
        assert scoring.balance(evened) >= scoring.balance(sizes) - 1e-12


@given(st.integers(0, 200), st.integers(1, 200), st.integers(2, 9))
def test_coverage_is_scale_free_and_grows(own: int, total: int, times: int) -> None:
    own = min(own, total)
    assert scoring.coverage(own * times, total * times) == pytest.approx(scoring.coverage(own, total))
    assert own == total or scoring.coverage(own + 1, total) > scoring.coverage(own, total)


@given(SHARE, SHARE, SHARE)
def test_purity_grows_with_likeness_and_stays_between_0_and_1(one: float, other: float, overall: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= scoring.purity(low, overall) <= scoring.purity(high, overall) <= 1
    assert scoring.purity(1.0, overall) == 1


@given(SIZES)
def test_splitting_a_crowded_floor_never_lowers_the_size_score(sizes: list[int]) -> None:
    sizes = [max(size, 4) for size in sizes]
    assert 0 <= scoring.size(sizes) <= 1
    largest = max(sizes)
    split = [*sizes, largest // 2]
    split[sizes.index(largest)] = largest - largest // 2
    if largest > scoring.CROWDED and len(split) <= scoring.wanted_floors(sum(sizes))[1]:
        assert scoring.size(split) >= scoring.size(sizes) - 1e-12


@given(st.lists(SHARE, min_size=1, max_size=12), st.integers(0, 11), SHARE)
def test_a_better_title_never_lowers_naming(scores: list[float], place: int, better: float) -> None:
    improved = list(scores)
    improved[place % len(scores)] = max(better, scores[place % len(scores)])
    assert 0 <= scoring.naming(scores) <= scoring.naming(improved) + 1e-12 <= 1 + 1e-9


def test_the_weights_add_up_and_the_weighted_score_is_monotone() -> None:
    weights = scoring.config()["weights"]
    assert sum(weights.values()) == pytest.approx(1)
    parts = dict.fromkeys(weights, 0.5)
    for name in weights:
        assert scoring.weighted({**parts, name: 0.6}, 1.0) > scoring.weighted(parts, 1.0)
    assert scoring.weighted(parts, 0.5) < scoring.weighted(parts, 1.0)


@pytest.mark.parametrize(("total", "fewest", "most"), [(12, 2, 2), (24, 3, 4), (38, 3, 7), (96, 6, 12), (500, 12, 12)])
def test_the_number_of_floors_suits_the_number_of_products(total: int, fewest: int, most: int) -> None:
    assert scoring.wanted_floors(total) == (fewest, most)
