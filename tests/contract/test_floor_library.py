"""One contract, every floor library: in memory (tests) and on DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huichang.adapters.dynamodb.floors import DynamoFloorLibrary
from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.selection.floors.library import FloorLibrary
from tests.support.memory_floors import MemoryFloorLibrary, a_kept_entry
from tests.support.moto_aws import make_table, moto_aws


@pytest.fixture(params=["memory", "dynamodb"])
def library(request: pytest.FixtureRequest) -> Iterator[FloorLibrary]:
    if request.param == "memory":
        yield MemoryFloorLibrary()
        return
    with moto_aws():
        yield DynamoFloorLibrary(make_table())


def test_what_is_kept_is_found_by_industry_and_language_latest_first(library: FloorLibrary) -> None:
    first = library.keep(a_kept_entry("fl-1"))
    later = library.keep(a_kept_entry("fl-2", kept_at="2026-09-02T08:00:00.000Z"))
    library.keep(a_kept_entry("fl-3", language="en"))
    library.keep(a_kept_entry("fl-4", industry="pet"))
    assert library.matching("toys", "zh") == [later, first]
    assert library.matching("toys", "en") == [library.get("fl-3")]
    assert library.matching("womenswear", "zh") == []
    assert {entry.entry_id for entry in library.recent()} == {"fl-1", "fl-2", "fl-3", "fl-4"}
    assert [entry.entry_id for entry in library.recent(limit=1)] == ["fl-2"]


def test_the_same_venue_replaces_its_entry(library: FloorLibrary) -> None:
    library.keep(a_kept_entry())
    again = library.keep(a_kept_entry(kept_by="lin", kept_at="2026-09-03T08:00:00.000Z"))
    assert (again.revision, again.kept_by) == (2, "lin")
    assert library.recent() == [again] == library.matching("toys", "zh")


def test_a_retired_entry_is_no_longer_suggested_and_stays_retired(library: FloorLibrary) -> None:
    entry = library.keep(a_kept_entry())
    retired = library.change(entry.model_copy(update={"status": "retired", "changed_by": "lin"}))
    assert (retired.status, retired.revision) == ("retired", 2)
    assert library.matching("toys", "zh") == []
    assert library.recent() == [retired]
    assert library.keep(a_kept_entry()).status == "retired"
    assert library.matching("toys", "zh") == []
    back = library.change(library.get("fl-1").model_copy(update={"status": "active"}))
    assert library.matching("toys", "zh") == [back]


def test_of_two_changes_from_one_revision_the_second_is_told(library: FloorLibrary) -> None:
    entry = library.keep(a_kept_entry())
    library.change(entry.model_copy(update={"changed_by": "mei"}))
    with pytest.raises(ConflictError):
        library.change(entry.model_copy(update={"changed_by": "lin"}))
    assert library.get("fl-1").changed_by == "mei"


def test_an_unknown_entry_is_not_found(library: FloorLibrary) -> None:
    for call in (lambda: library.get("fl-9"), lambda: library.change(a_kept_entry("fl-9"))):
        with pytest.raises(NotFoundError):
            call()
