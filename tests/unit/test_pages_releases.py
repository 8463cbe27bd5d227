"""Pointers: what fits, what they say, and that places never move."""

from __future__ import annotations

from typing import Any

import pytest

from huichang.kernel.errors import InvalidInputError
from huichang.pages.releases import GONE, MOST_SLOTS, Release, Slot, code_of, edge_entries, next_slots, pointed, pointer_of


def a_release(*slots: Slot, **changes: Any) -> Release:
    values = {"campaign_id": "c-1", "number": 1, "kind": "release", "by": "olga", "at": "2026-09-01T08:00:00.000Z", "language": "zh"}
    return Release.model_validate(values | {"slots": slots} | changes)


def slot(number: int, version: str = "ver", code: str = "AbC_") -> Slot:
    return Slot(venue_id=f"v-{number}", version_id=version, code=code if version else "")


def test_a_pointer_says_language_number_industry_and_a_code_for_each_place() -> None:
    release = a_release(slot(1), slot(2, ""), slot(3, code="-_z9"), number=12, industry="toys")
    assert pointer_of(release) == f"zh:12:toys:AbC_{GONE}-_z9"
    assert pointed(pointer_of(release)) == (12, 3)
    assert pointed("") == pointed("rubbish") == pointed("zh:x:toys:AAAA") == (0, 0)
    assert release.live == {"v-1": "ver", "v-3": "ver"}
    assert (release.version_of("v-3"), release.version_of("v-2"), release.version_of("v-9")) == ("ver", "", "")


def test_the_largest_pointer_fits_into_a_value_of_cloudfronts_store() -> None:
    slots = [slot(number) for number in range(MOST_SLOTS)]
    release = a_release(*slots, number=99_999_999, industry="home_improvement_tools")
    assert len(pointer_of(release).encode()) <= 1024
    with pytest.raises(InvalidInputError) as caught:
        next_slots(release, {"v-new": Slot(venue_id="v-new", version_id="ver", code="AAAA")})
    assert (caught.value.code, "240" in caught.value.told["zh"]) == ("too_many_venues", True)


def test_a_venue_keeps_its_place_for_ever() -> None:
    first = a_release(slot(1), slot(2))
    second = next_slots(first, {"v-1": Slot(venue_id="v-1"), "v-3": slot(3), "v-9": Slot(venue_id="v-9")})
    assert [each.venue_id for each in second] == ["v-1", "v-2", "v-3"], "what was never live needs no place to be retired from"
    third = next_slots(a_release(*second), {"v-1": slot(1, "again")})
    assert [(each.venue_id, each.version_id) for each in third] == [("v-1", "again"), ("v-2", "ver"), ("v-3", "ver")]


def test_the_edge_is_told_new_places_and_the_pointer_last() -> None:
    release = a_release(slot(1), slot(2), slot(3))
    assert list(edge_entries(release)) == ["v/v-1", "v/v-2", "v/v-3", "c/c-1"]
    assert edge_entries(release, beyond=2) == {"v/v-3": "c-1:2", "c/c-1": pointer_of(release)}


def test_codes_are_short_and_another_salt_gives_another() -> None:
    codes = {code_of("ver", salt) for salt in range(16)}
    assert len(codes) == 16
    assert all(len(code) == 4 and GONE[0] not in code for code in codes)
    assert code_of("ver", 0) == code_of("ver", 0)
