"""Who is in a placement: never one that may not be, never more than there is room for, and always a reason in words."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.entering import Entered, entered, ineligible, not_for, there
from huichang.delivery.placements.model import Eligibility, Placement
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.kernel.language import both
from tests.support.memory_delivery import live_venue

INDUSTRIES, REGIONS, MERCHANTS = ("toys", "pet", "food"), ("CN", "US", "IN"), ("m-1", "m-2")


def a_placement(**changes: Any) -> Placement:
    eligible = Eligibility(**{name: changes.pop(name) for name in list(changes) if name in Eligibility.model_fields})
    return Placement(name="spot", kind="public", what=both("某处", "a spot"), eligible=eligible, **changes)


def a_venue(venue_id: str = "v-1", **facts: Any) -> LiveVenue:
    return live_venue(venue_id).model_copy(update=facts)


def some_of(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=len(values)).map(tuple)


VENUES = st.lists(
    st.builds(
        LiveVenue,
        venue_id=st.integers(1, 60).map(lambda n: f"v-{n}"),
        title=st.just("会场"),
        href=st.just("/v/"),
        language=st.sampled_from(["zh", "en"]),
        industry=st.sampled_from([None, *INDUSTRIES]),
        merchant=st.sampled_from(["", *MERCHANTS]),
        regions=some_of(REGIONS),
        published_at=st.integers(10, 19).map(lambda hour: f"2026-09-01T{hour}:00:00.000Z"),
    ),
    unique_by=lambda venue: venue.venue_id,
    max_size=30,
)
SPOTS = st.builds(
    a_placement,
    capacity=st.integers(1, 12),
    offered=st.booleans(),
    industries=some_of(INDUSTRIES),
    languages=some_of(("zh", "en")),
    regions=some_of(REGIONS),
    merchants=some_of(MERCHANTS),
)
IDS = st.sets(st.integers(1, 60).map(lambda n: f"v-{n}"), max_size=10)
PRIORITIES = st.dictionaries(st.integers(1, 60).map(lambda n: f"v-{n}"), st.integers(-2, 9))


def fits(placement: Placement, venue: LiveVenue) -> bool:
    """The rule said a second time."""
    wants = placement.eligible
    return (
        placement.offered
        and (not wants.industries or venue.industry in wants.industries)
        and (not wants.languages or venue.language in wants.languages)
        and (not wants.regions or not venue.regions or any(region in wants.regions for region in venue.regions))
        and (not wants.merchants or venue.merchant in wants.merchants)
    )


@settings(max_examples=150, deadline=None)
@given(SPOTS, VENUES, PRIORITIES, IDS, IDS)
def test_never_too_many_never_the_wrong_ones_and_nobody_without_a_reason(
    spot: Placement, venues: list[LiveVenue], priorities: dict[str, int], held: set[str], gone: set[str]
) -> None:
    found = entered(spot, venues, lambda venue: priorities.get(venue.venue_id, 1), held=held, eliminated=gone)
    ids = [venue.venue_id for venue in found.venues]
    assert len(ids) == len(set(ids)) <= spot.capacity
    assert {*ids} | found.left_out.keys() == {venue.venue_id for venue in venues}
    assert not {*ids} & found.left_out.keys()
    may = [venue for venue in venues if fits(spot, venue) and venue.venue_id not in held | gone]
    assert {*ids} <= {venue.venue_id for venue in may}
    # A free place is never kept from somebody who may have it.
    assert len(ids) == min(spot.capacity, len(may))
    for reason in found.left_out.values():
        assert all(reason.said[code] and reason.todo[code] for code in ("zh", "en"))
    codes = {name: reason.code for name, reason in found.left_out.items()}
    assert {name for name, code in codes.items() if code == "full"} == {venue.venue_id for venue in may} - {*ids}


@settings(max_examples=100, deadline=None)
@given(SPOTS, VENUES, PRIORITIES, st.randoms(use_true_random=False))
def test_higher_priority_then_newer_whatever_the_order_they_come_in(
    spot: Placement, venues: list[LiveVenue], priorities: dict[str, int], chance: random.Random
) -> None:
    def priority(venue: LiveVenue) -> int:
        return priorities.get(venue.venue_id, 1)

    found = entered(spot, venues, priority)
    shuffled = list(venues)
    chance.shuffle(shuffled)
    again = entered(spot, shuffled, priority)
    assert (again.venues, dict(again.left_out)) == (found.venues, dict(found.left_out))
    keys = [(min(3, max(0, priority(venue))), venue.published_at, venue.venue_id) for venue in found.venues]
    assert keys == sorted(keys, reverse=True)
    full = [venue for venue in venues if venue.venue_id in found.left_out and found.left_out[venue.venue_id].code == "full"]
    for venue in full:
        assert (min(3, max(0, priority(venue))), venue.published_at, venue.venue_id) < keys[-1]


@settings(max_examples=100, deadline=None)
@given(SPOTS, VENUES.filter(bool), st.data())
def test_one_that_comes_displaces_one_at_most_and_one_that_goes_lets_one_in(
    spot: Placement, venues: list[LiveVenue], data: st.DataObject
) -> None:
    comes = data.draw(st.sampled_from(venues))
    before = {venue.venue_id for venue in entered(spot, [venue for venue in venues if venue != comes]).venues}
    after = {venue.venue_id for venue in entered(spot, venues).venues}
    assert len(before - after) <= 1
    assert after - before <= {comes.venue_id}
    # A verdict that retires it frees its place as if it were not there.
    retired = {venue.venue_id for venue in entered(spot, venues, eliminated={comes.venue_id}).venues}
    assert retired == before


@pytest.mark.parametrize(
    ("asks", "facts", "code", "words"),
    [
        ({"industries": ("toys",)}, {"industry": "pet"}, "industry", "Pet supplies, the placement takes Toys"),
        ({"industries": ("toys",)}, {"industry": None}, "industry", "no industry"),
        ({"languages": ("en",)}, {}, "language", "Chinese"),
        ({"regions": ("US", "CA")}, {"regions": ("CN", "SG")}, "region", "CN, SG"),
        ({"merchants": ("m-1",)}, {"merchant": "m-2"}, "merchant", "m-2"),
        ({"merchants": ("m-1",)}, {"merchant": ""}, "merchant", "no merchant"),
        ({"offered": False}, {}, "not_offered", "no venues"),
    ],
)
def test_what_keeps_a_venue_out_is_told(asks: dict[str, Any], facts: dict[str, Any], code: str, words: str) -> None:
    reason = ineligible(a_placement(**asks), a_venue(**facts))
    assert reason is not None
    assert (reason.code, words in reason.said["en"]) == (code, True)


def test_a_venue_for_everywhere_may_be_in_a_placement_of_any_region() -> None:
    assert ineligible(a_placement(regions=("US",)), a_venue(regions=())) is None


def test_a_full_placement_says_what_stands_before_a_venue_and_who_is_there_hears_why() -> None:
    spot = a_placement(capacity=1, languages=("zh",), industries=("toys",))
    old = a_venue("v-old", industry="toys", published_at="2026-09-01")
    new = a_venue("v-new", industry="toys", published_at="2026-09-02")
    found = entered(spot, [old, new])
    assert [venue.venue_id for venue in found.venues] == ["v-new"]
    assert "room for 1, 2 may be there" in found.left_out["v-old"].said["en"]
    assert "number 2" in found.left_out["v-old"].said["en"]
    assert entered(spot, [old, new], lambda venue: 3 if venue is old else 1).venues == (old,)
    said = there(spot, new, 1, 1).said
    assert said["en"] == "It is what the placement asks for (Chinese, Toys); number 1 of 1, with room for 1"
    assert said["zh"] == "符合这个投放位的要求（中文、玩具）；按优先级和上线先后排第 1，共 1 个，容量 1"
    assert "asks for nothing" in there(a_placement(), new, 1, 1).said["en"]


def test_buyers_a_placement_is_not_for_are_told() -> None:
    spot = a_placement(buyers=("bulk", "export"))
    assert not_for(spot, "bulk") is None
    assert not_for(a_placement(), "none") is None
    reason = not_for(spot, "none")
    assert reason is not None
    assert (reason.code, "who buy in bulk, who export" in reason.said["en"]) == ("buyers", True)


def test_every_shipped_placement_but_direct_takes_every_venue() -> None:
    for placement in PLACEMENTS.values():
        found: Entered = entered(placement, [a_venue()])
        assert len(found.venues) == placement.offered
