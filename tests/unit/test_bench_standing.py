"""infra.bench.standing: a small run ends well and says what it must."""

from __future__ import annotations

import json

import pytest

from infra.bench import standing
from infra.bench.verdicts import KINDS


def test_a_small_run_says_who_left_and_whether_that_was_right(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--worlds", "1", "--venues", "8", "--days", "1", "--slates", "400", "--slots", "5", "--margin", "0.3"]
    assert standing.main(sizes) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"machine", "seed", "slots", *KINDS} <= told.keys()
    assert told["equal"]["good"] == 8
    assert told["plain"]["windows_read"] > 2
    assert all(told[kind]["false_retirements"] == 0 for kind in KINDS)


def test_what_is_wrong_or_overdue_is_counted() -> None:
    fates = [
        standing.Fate(own=1.0, others=1.0, left=5, there=False),
        standing.Fate(own=0.5, others=1.0, overdue=True),
        standing.Fate(own=0.5, others=1.0, left=9, there=False, overdue=True),
        standing.Fate(),
    ]
    found = standing.figures(fates, [7.0, 8.0], 0.2)
    assert (found["good"], found["weak"], found["retired"]) == (2, 2, 2)
    assert (found["false_of_good"], found["false_of_retired"]) == (0.5, 0.5)
    assert (found["weak_past_promise"], found["weak_past_promise_there"], found["windows_read"]) == (2, 1, 7.5)
