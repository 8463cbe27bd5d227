"""One contract, every LiveLooks: in memory (tests) and on DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huichang.adapters.dynamodb.live_looks import DynamoLiveLooks
from huichang.line.inspecting import LiveLooks
from tests.support.memory_looks import MemoryLooks
from tests.support.moto_aws import make_table, moto_aws

AT = "2026-09-01T08:0{}:00.000Z"


@pytest.fixture(params=["memory", "dynamodb"])
def looks(request: pytest.FixtureRequest) -> Iterator[LiveLooks]:
    if request.param == "memory":
        yield MemoryLooks()
        return
    with moto_aws():
        yield DynamoLiveLooks(make_table())


def test_the_longest_overdue_comes_first_and_what_is_to_come_waits(looks: LiveLooks) -> None:
    for venue_id, minute in (("v-1", 3), ("v-2", 1), ("v-3", 2), ("v-4", 9)):
        looks.bring_forward(venue_id, AT.format(minute))
    assert [look.venue_id for look in looks.due(AT.format(5), 10)] == ["v-2", "v-3", "v-1"]
    assert [look.venue_id for look in looks.due(AT.format(5), 2)] == ["v-2", "v-3"]
    assert looks.known() == {"v-1", "v-2", "v-3", "v-4"}


def test_a_moment_is_brought_forward_and_never_back(looks: LiveLooks) -> None:
    looks.bring_forward("v-1", AT.format(5))
    looks.bring_forward("v-1", AT.format(7))
    looks.bring_forward("v-1", AT.format(2))
    (look,) = looks.due(AT.format(9), 10)
    assert look.due == AT.format(2)


def test_of_two_workers_one_looks(looks: LiveLooks) -> None:
    looks.bring_forward("v-1", AT.format(1))
    (look,) = looks.due(AT.format(2), 10)
    claimed = looks.claim(look, AT.format(8))
    assert claimed
    assert looks.claim(look, AT.format(9)) is None
    assert looks.due(AT.format(3), 10) == []
    assert [each.venue_id for each in looks.due(AT.format(8), 10)] == ["v-1"]  # its worker may have died


def test_what_a_look_leaves_behind_is_kept_and_a_change_meanwhile_is_not_lost(looks: LiveLooks) -> None:
    looks.bring_forward("v-1", AT.format(1))
    claimed = looks.claim(looks.due(AT.format(2), 10)[0], AT.format(8))
    assert claimed
    looks.settle(claimed.model_copy(update={"stale_since": AT.format(2)}), AT.format(9))
    (later,) = looks.due(AT.format(9), 10)
    assert (later.due, later.stale_since) == (AT.format(9), AT.format(2))
    again = looks.claim(later, AT.format(9) + "1")
    assert again
    looks.bring_forward("v-1", AT.format(4))  # its products changed while it was looked at
    looks.settle(again.model_copy(update={"trouble": "x"}), AT.format(9) + "2")
    (sooner,) = looks.due(AT.format(5), 10)
    assert (sooner.due, sooner.trouble) == (AT.format(4), "x")


def test_what_is_forgotten_is_gone_and_is_not_brought_back_by_a_late_worker(looks: LiveLooks) -> None:
    looks.bring_forward("v-1", AT.format(1))
    claimed = looks.claim(looks.due(AT.format(2), 10)[0], AT.format(8))
    assert claimed
    looks.forget("v-1")
    looks.settle(claimed, AT.format(9))
    assert looks.known() == set()
