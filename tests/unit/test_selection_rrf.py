"""Weighted reciprocal ranks."""

from __future__ import annotations

import pytest

from huichang.selection.rrf import fuse_ranks, ranks_of


def test_a_product_found_by_two_paths_beats_one_found_better_by_one() -> None:
    fused = fuse_ranks({"search": ["a", "both"], "vector": ["b", "both"]}, {"search": 1.0, "vector": 1.0}, 60)
    assert [product_id for product_id, _ in fused] == ["both", "a", "b"]
    assert fused[0][1] == pytest.approx(2 / 62)


def test_weights_decide_whom_to_believe_and_an_unweighted_path_counts_nothing() -> None:
    recalls = {"search": ["a", "b"], "vector": ["b", "a"], "rules": ["c"]}
    assert fuse_ranks(recalls, {"search": 1.0, "vector": 2.0}, 10) == [
        ("b", pytest.approx(1 / 12 + 2 / 11)),
        ("a", pytest.approx(1 / 11 + 2 / 12)),
        ("c", 0.0),
    ]


def test_a_path_that_lists_a_product_twice_counts_it_once_at_its_best() -> None:
    assert ranks_of({"search": ["a", "b", "a"]}) == {"a": {"search": 1}, "b": {"search": 2}}


def test_the_order_in_which_paths_are_given_changes_nothing() -> None:
    one = {"search": ["a", "b", "c"], "vector": ["c", "d"], "rules": ["b"]}
    other = {path: one[path] for path in ("rules", "vector", "search")}
    weights = {"search": 1.0, "vector": 0.7, "rules": 0.1}
    assert fuse_ranks(one, weights, 60) == fuse_ranks(other, weights, 60)
