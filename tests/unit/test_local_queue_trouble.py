"""Trouble on the way of messages: what it does to a queue, in order and by dice."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pydantic import ValidationError

from infra.local.queue_trouble import QueueTrouble, Troublemaker


def a_queue(many: int) -> dict[str, Any]:
    return {"messages": [{"id": f"m{n}", "body": f"{n}", "receive_count": 1, "visible_at": time.time() + 900} for n in range(many)]}


def test_nothing_happens_unless_it_is_asked_for() -> None:
    queue, maker = a_queue(5), Troublemaker()
    assert maker.strike("huichang-CopyQueue-1", queue, list(queue["messages"])) == queue["messages"]
    assert not maker.struck


def test_the_first_ones_are_lost_doubled_and_late() -> None:
    maker, queue = Troublemaker(), a_queue(4)
    maker.set(QueueTrouble(queues=("CopyQueue",), lose_first=1, duplicate_first=1, reorder_first=1, late=(1, 2)))
    arrived = maker.strike("huichang-CopyQueue-1", queue, list(queue["messages"]))
    assert [message["id"] for message in arrived] == ["m1", "m3"]
    assert [message["body"] for message in queue["messages"]] == ["1", "2", "3", "1"]
    late, twin = queue["messages"][1], queue["messages"][3]
    assert late["receive_count"] == 0  # it was not received after all
    assert twin["id"] != "m1"
    assert time.time() < min(late["visible_at"], twin["visible_at"]) < time.time() + 3
    assert maker.struck == {"CopyQueue:lost": 1, "CopyQueue:duplicated": 1, "CopyQueue:reordered": 1}
    assert maker.strike("huichang-Other", a_queue(1), ["x"]) == ["x"]  # type: ignore[list-item]


def test_rates_are_kept_and_the_seed_repeats_them() -> None:
    def run(seed: int) -> dict[str, int]:
        maker = Troublemaker()
        maker.set(QueueTrouble(seed=seed, queues=("Q",), lose_rate=0.1, duplicate_rate=0.1, reorder_rate=0.1))
        queue = a_queue(2000)
        maker.strike("Q", queue, list(queue["messages"]))
        return dict(maker.struck)

    found = run(7)
    assert found == run(7) != run(8)
    assert all(140 < count < 260 for count in found.values())
    assert len(found) == 3


def test_a_rate_is_a_share() -> None:
    with pytest.raises(ValidationError):
        QueueTrouble(lose_rate=2)
