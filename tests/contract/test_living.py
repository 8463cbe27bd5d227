"""ClaimsStore and ShownProducts: the fakes of the line's tests and DynamoDB keep the same promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from huichang.adapters.dynamodb.claims import DynamoClaims, DynamoShownProducts
from huichang.line.living import ClaimsState, ClaimsStore, ShownProducts
from tests.support.line_fakes import TickingClock
from tests.support.memory_living import MemoryClaims, MemoryShown
from tests.support.moto_aws import make_table, moto_aws


@dataclass
class Ports:
    """Both ports of one kind, and their clock."""

    claims: ClaimsStore
    shown: ShownProducts
    clock: TickingClock


@pytest.fixture(params=["memory", "dynamodb"])
def ports(request: pytest.FixtureRequest) -> Iterator[Ports]:
    clock = TickingClock()
    if request.param == "memory":
        yield Ports(MemoryClaims(clock), MemoryShown(), clock)
        return
    with moto_aws():
        table = make_table()
        yield Ports(DynamoClaims(table, clock), DynamoShownProducts(table), clock)


def a_state(**changes: Any) -> ClaimsState:
    return ClaimsState.model_validate({"venue_id": "v-1", "base_version": "a", "shown_version": "b"} | changes)


def test_of_two_looks_at_once_one_is_written(ports: Ports) -> None:
    claims = ports.claims
    assert claims.get("v-1") is None
    assert claims.put(a_state(renders=1))
    read = claims.get("v-1")
    assert (read, read and read.revision) == (a_state(renders=1, revision=1), 1)
    assert not claims.put(a_state(renders=7))
    assert claims.put(a_state(renders=2, revision=1))
    assert not claims.put(a_state(renders=3, revision=1))
    claims.forget("v-1")
    claims.forget("v-1")
    assert claims.get("v-1") is None


def test_a_burst_asks_once_until_a_look_begins_or_is_lost(ports: Ports) -> None:
    clock, claims = ports.clock, ports.claims
    assert [claims.ask("v-1", 30) for _ in range(3)] == [True, False, False]
    assert claims.ask("v-2", 30)
    claims.begin("v-1")
    assert claims.ask("v-1", 30)
    clock.pass_time(31)
    assert claims.ask("v-1", 30)


def test_which_pages_show_a_product(ports: Ports) -> None:
    shown = ports.shown
    shown.watch("v-1", ["p-1", "p-2"], "2026-09-01T08:00:00Z")
    shown.watch("v-2", ["p-2"], "2026-09-01T08:00:00Z")
    assert (shown.showing(["p-1"]), shown.showing(["p-2", "p-1", "p-2"]), shown.showing(["p-3"])) == ({"v-1"}, {"v-1", "v-2"}, set())
    # Somebody published the page again after the one who takes it off looked.
    shown.watch("v-1", ["p-1"], "2026-09-01T09:00:00Z")
    shown.watch("v-1", ["p-1"], "2026-09-01T08:30:00Z")
    shown.unwatch("v-1", ["p-1", "p-2"], "2026-09-01T08:30:00Z")
    assert (shown.showing(["p-1"]), shown.showing(["p-2"])) == ({"v-1"}, {"v-2"})
