"""What the bench of releases calls a mix."""

from __future__ import annotations

import pytest

from infra.bench.release import Read, Turn, contradictions, sound

TURNS = [Turn(10, 20, 1, 2), Turn(30, 40, 2, 1)]


@pytest.mark.parametrize(
    ("reads", "wrong"),
    [
        ([(1, 2, 1), (12, 13, 1), (14, 15, 2), (22, 23, 2), (50, 51, 1)], 0),
        ([(22, 23, 1)], 1),  # the old one, though the release had answered before it was asked for
        ([(1, 2, 2)], 1),  # the new one before there was any
        ([(12, 13, 2), (14, 15, 1)], 1),  # somebody had seen the new one already
        ([(12, 15, 2), (14, 16, 1)], 0),  # both were under way at once
        ([(12, 13, 3)], 1),  # neither
        ([(15, 35, 1), (15, 35, 2)], 0),  # it spans both turns
        ([(12, 13, 0)], 0),  # an error, counted as such
    ],
)
def test_reads_that_no_single_moment_explains_are_mixed(reads: list[tuple[float, float, int]], wrong: int) -> None:
    assert contradictions([Read(*each) for each in reads], TURNS) == wrong


def test_a_run_is_sound_only_if_nothing_was_mixed_failed_or_half_done() -> None:
    old = {"seen": {"1": 3}, "after_tick": {"1": 3}, "records_behind": 0}
    new = {"seen": {"2": 3}, "after_tick": {"2": 3}, "records_behind": 0}
    killed = {"opening": old, "before_write": old, "after_write": old | {"after_tick": {"2": 3}}, "after_edge": new}
    good = {"mixed": 0, "errors": 0, "killed": killed}
    assert sound(good, 3)
    assert not sound(good | {"mixed": 1}, 3)
    assert not sound(good | {"errors": 1}, 3)
    assert not sound(good | {"killed": killed | {"after_edge": new | {"records_behind": 1}}}, 3)
    assert not sound(
        good | {"killed": killed | {"before_write": {"seen": {"1": 2, "2": 1}, "after_tick": {"1": 3}, "records_behind": 0}}}, 3
    )
