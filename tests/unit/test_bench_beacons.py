"""The bench of beacons: the arithmetic of its paper part."""

from __future__ import annotations

import random

from huichang.delivery.events.counting import plan
from infra.bench.beacons import PARTITION_UNITS, hottest, paper, shares
from tests.unit.test_delivery_counting import offered


def test_write_units_are_laid_on_the_keys_of_the_table() -> None:
    events = [offered(decision, 1) for decision in range(10)]
    changes, _ = plan({event.mark: [event] for event in events}, {})
    found = hottest(changes, {"home": 1}, 3.0, 100, [1.0], random.Random(1))
    # One transaction of ten marks, one cell and one total: two units each for the cell and the total, three times a second.
    assert found == {"cells": 6, "totals": 6, "marks": 2, "decisions": 25}


def test_few_requests_need_no_more_shards_than_the_default_and_many_do() -> None:
    few, many = paper(500, 7, batches=40), paper(100_000, 7, batches=40)
    assert few["shards"]["at_default"] > 150
    assert max(few["hottest"].values()) < PARTITION_UNITS
    assert many["shards"]["busiest"] > 50 > few["shards"]["busiest"]
    assert sum(shares(200)) == 1 or abs(sum(shares(200)) - 1) < 1e-9
