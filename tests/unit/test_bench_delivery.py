"""The delivery simulator: small, but the whole of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from infra.bench import delivery
from infra.bench.delivery_world import SEGMENTS, SLOTS, Ears, World


def test_every_click_is_heard_of_once_and_late() -> None:
    world = World("steep", 3, venues=9, days=2, slates=300)
    ears = Ears(world, np.random.default_rng(1))
    shown = np.zeros((len(SEGMENTS), SLOTS, 9, 2), np.int32)
    shown[0, 0, :3, 0] = 1000
    ears.show(0, shown)
    heard = [0]
    for hour in range(1, world.hours):
        ears.listen(hour)
        heard.append(int(ears.heard[0].sum()))
    assert heard == sorted(heard)
    assert heard[1] < heard[3] < heard[-1]
    expected = float((1000 * world.rates[0, 0, :3] * world.seen[0]).sum())
    assert ears.expected == pytest.approx(expected)
    assert abs(heard[-1] - expected) < 5 * expected**0.5
    assert world.best(0) >= 0


def test_a_world_does_not_depend_on_who_lives_in_it() -> None:
    one, two = (World("drifting", 5, venues=12, days=1, slates=100) for _ in range(2))
    assert (one.rates == two.rates).all()
    assert (one.slates == two.slates).all()
    assert not (one.rates == World("drifting", 6, venues=12, days=1, slates=100).rates).all()


def test_a_quick_run_breaks_no_rule(capsys: pytest.CaptureFixture[str]) -> None:
    delivery.main(["--quick"])
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["worlds"] == 1
    assert found["policies"] > 0
    assert not any(found["violations"].values())
    assert 0 < found["regret"]["ours"] < found["regret"]["uniform"]
