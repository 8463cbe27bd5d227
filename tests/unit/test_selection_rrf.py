"""Weighted reciprocal ranks, and near scores that share one."""

from __future__ import annotations

import pytest

from huichang.selection.model import Hit, Path
from huichang.selection.rrf import fuse, places_of, ranks_of


def falling(*names: str) -> list[Hit]:
    """Hits whose scores lie far from each other."""
    return [Hit(product_id=name, rank=rank, score=1 / rank) for rank, name in enumerate(names, 1)]


def scored(**scores: float) -> list[Hit]:
    return [Hit(product_id=name, rank=rank, score=score) for rank, (name, score) in enumerate(scores.items(), 1)]


def order(fused: list[tuple[str, float]]) -> list[str]:
    return [product_id for product_id, _ in fused]


def test_a_product_found_by_two_paths_beats_one_found_better_by_one() -> None:
    fused = fuse({"search": falling("a", "both"), "vector": falling("b", "both")}, {"search": 1.0, "vector": 1.0}, 60)
    assert order(fused) == ["both", "a", "b"]
    assert fused[0][1] == pytest.approx(2 / 62)


def test_weights_decide_whom_to_believe_and_an_unweighted_path_counts_nothing() -> None:
    recalls: dict[Path, list[Hit]] = {"search": falling("a", "b"), "vector": falling("b", "a"), "rules": falling("c")}
    assert fuse(recalls, {"search": 1.0, "vector": 2.0}, 10) == [
        ("b", pytest.approx(1 / 12 + 2 / 11)),
        ("a", pytest.approx(1 / 11 + 2 / 12)),
        ("c", 0.0),
    ]


def test_a_path_that_lists_a_product_twice_counts_it_once_at_its_best() -> None:
    assert ranks_of({"search": falling("a", "b", "a")}) == {"a": {"search": 1}, "b": {"search": 2}}
    assert places_of({"search": falling("a", "b", "a")}, {}) == {"a": {"search": 1.0}, "b": {"search": 2.0}}


def test_the_order_in_which_paths_are_given_changes_nothing() -> None:
    one: dict[Path, list[Hit]] = {"search": falling("a", "b", "c"), "vector": falling("c", "d"), "rules": falling("b")}
    other = {path: one[path] for path in reversed(one)}
    weights: dict[Path, float] = {"search": 1.0, "vector": 0.7, "rules": 0.1}
    assert fuse(one, weights, 60, {"search": 0.1}) == fuse(other, weights, 60, {"search": 0.1})


def test_near_scores_share_the_mean_of_their_ranks_and_keep_their_order() -> None:
    places = places_of({"search": scored(a=10, b=9.8, c=9.5, d=7, e=6.9, f=1)}, {"search": 0.06})
    shared = {name: round(place["search"]) for name, place in places.items()}
    assert (shared["a"], shared["b"], shared["c"], shared["f"]) == (2, 2, 2, 6)
    assert places["d"]["search"] == pytest.approx(4.5, abs=0.01)
    assert [*places] == sorted(places, key=lambda name: places[name]["search"])


def test_a_group_is_near_its_first_and_does_not_creep_down_the_list() -> None:
    """Each is within 5 % of the one before it, and the last is half of the first."""
    places = places_of({"search": scored(**{f"p{number:02}": 100 * 0.96**number for number in range(18)})}, {"search": 0.06})
    assert places["p00"]["search"] < 2 < places["p02"]["search"]
    assert places["p17"]["search"] > 16


def test_among_products_that_the_words_cannot_tell_apart_another_path_decides() -> None:
    """The shortest title leads by a hair; the meaning prefers the last of the twelve."""
    words = scored(**{f"p{number:02}": 15 - 0.05 * number for number in range(12)}, far=6)
    meaning = falling("p11", "p10", "far", *(f"p{number:02}" for number in range(10)))
    recalls: dict[Path, list[Hit]] = {"search": words, "vector": meaning}
    weights: dict[Path, float] = {"search": 1.0, "vector": 0.3}
    assert order(fuse(recalls, weights, 10))[0] == "p00"
    fused = order(fuse(recalls, weights, 10, {"search": 0.06}))
    assert fused[:2] == ["p11", "p10"]
    assert fused[-1] == "far"


def test_where_no_other_path_speaks_the_order_of_the_words_stands() -> None:
    words = scored(z=3.0, y=2.99, x=2.98, w=2.97)
    assert order(fuse({"search": words}, {"search": 1.0}, 10, {"search": 0.06})) == ["z", "y", "x", "w"]


@pytest.mark.parametrize("scores", [[0, 0], [-1, -1], [1, 5]], ids=["zero", "negative", "rising"])
def test_scores_that_measure_nothing_leave_the_ranks(scores: list[float]) -> None:
    hits = [Hit(product_id=f"p{rank}", rank=rank, score=score) for rank, score in enumerate(scores, 1)]
    places = places_of({"search": hits}, {"search": 0.06})
    assert {name: place["search"] for name, place in places.items()} == {"p1": 1.0, "p2": 2.0}


def test_nothing_recalled_is_nothing_fused() -> None:
    assert fuse({}, {"search": 1.0}, 10) == fuse({"search": []}, {"search": 1.0}, 10, {"search": 0.1}) == []
