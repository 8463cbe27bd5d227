"""The bench of first images: who knows everything earns most, and a run is what it says."""

from __future__ import annotations

import json

import pytest

from infra.bench import delivery_images


def test_a_small_world_is_lived_through(capsys: pytest.CaptureFixture[str]) -> None:
    status = delivery_images.main(["--quick"])
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert status == 0
    assert (told["shown_off"], told["off_by"] < 1e-9) == (0, True)
    assert told["ctr"]["oracle"] >= told["ctr"]["best_fixed"] >= told["ctr"]["default"]


def test_the_worlds_differ_by_kind_and_not_by_what_is_chosen() -> None:
    settings = delivery_images.Settings(venues=4, days=1, slates=50, explore=0.05, calm=2, segment_events=25)
    one, same, other = (delivery_images.Images(kind, 3, settings) for kind in ("segmented", "segmented", "flat"))
    assert (one.appeal == same.appeal).all()
    assert other.appeal.std() < one.appeal.std() / 3
    assert one.there[:, 0].sum() < one.there[:, 1].sum()  # something of every fourth venue is away for a while
