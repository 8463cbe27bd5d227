"""What people look at: the history of a material."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from huichang.kernel.errors import NotFoundError
from huichang.line.views import Reader
from huichang.materials.desk import MaterialDesk
from huichang.materials.model import CopyResult
from tests.support.line_fakes import (
    FakeBus,
    FakeDocuments,
    FakeMaterialQueue,
    FakeMaterials,
    FakeVenues,
    TickingClock,
    a_copy_request,
    a_venue,
    reference_to,
)


def test_a_material_tells_what_happened_to_it_and_to_those_before_it() -> None:
    clock = TickingClock()
    store, queue, venues = FakeMaterials(clock), FakeMaterialQueue(), FakeVenues(clock)
    venues.create(a_venue())
    desk = MaterialDesk(store, FakeDocuments(), queue, FakeBus(), clock, stale_seconds=180, max_attempts=5)
    nothing = cast(Any, SimpleNamespace())
    reader = Reader(nothing, venues, store, nothing, nothing, nothing, nothing, nothing)
    with pytest.raises(NotFoundError, match="no material hero"):
        reader.material_moves("v-1", "hero.copy")
    (first,) = desk.request_page([a_copy_request()], 1)
    (second,) = desk.request_page([a_copy_request(facts={"theme_name": "别的"})], 1)
    desk.work(reference_to(second), lambda _: CopyResult(texts={"title": "熊猫"}))
    told = [(move.task_key, move.before, move.after) for move in reader.material_moves("v-1", "hero.copy")]
    assert told == [
        (first.task_key, "", "requested"),
        (first.task_key, "requested", "superseded"),
        (second.task_key, "", "requested"),
        (second.task_key, "requested", "running"),
        (second.task_key, "running", "ready"),
    ]
    assert reader.material_moves("v-1", "hero.copy")[1].by == second.task_key
    with pytest.raises(NotFoundError):
        reader.material_moves("v-no", "hero.copy")
