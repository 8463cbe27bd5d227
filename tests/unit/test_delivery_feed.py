"""The feed: who is offered, what is logged, what is refused."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from huichang.delivery.feed import MAX_CANDIDATES, MAX_SLOTS, Feed
from huichang.delivery.model import VenueCounters
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.kernel.errors import InvalidInputError, TransientError
from tests.support.fakes import FakeClock
from tests.support.memory_delivery import MemoryDelivery, live_venue


def a_feed(store: MemoryDelivery, seed: int = 1) -> Feed:
    return Feed(store, FakeClock(), random.Random(seed))


def test_a_decision_offers_live_venues_and_is_logged_whole() -> None:
    store = MemoryDelivery(live_venue("v-1"), live_venue("v-2"), live_venue("v-3"))
    decision = a_feed(store)("home", 2)
    assert len(decision.items) == 2
    assert decision.candidates == 3
    assert decision.placement == "home"
    assert decision.policy.startswith("thompson-gamma/2 draws=256")
    assert {item.href for item in decision.items} <= {"/v/v-1/", "/v/v-2/", "/v/v-3/"}
    assert all(0 < item.propensity <= 1 for item in decision.items)
    assert store.decisions == [decision]


def test_every_decision_has_its_own_id() -> None:
    feed = a_feed(MemoryDelivery(live_venue("v-1")))
    assert len({feed("home", 1).decision_id for _ in range(50)}) == 50


def test_a_language_offers_only_its_own_pages() -> None:
    store = MemoryDelivery(live_venue("zh-1"), live_venue("en-1", "en"), live_venue("en-2", "en"))
    feed = a_feed(store)
    assert {item.venue_id for item in feed("home", 5, "en").items} == {"en-1", "en-2"}
    assert {item.venue_id for item in feed("home", 5).items} == {"zh-1", "en-1", "en-2"}


def test_nothing_live_is_an_empty_answer_not_an_error() -> None:
    decision = a_feed(MemoryDelivery())("home", 3)
    assert (decision.items, decision.candidates) == ((), 0)


@pytest.mark.parametrize("placement", ["", "moon", "direct", "HOME", "home "])
def test_an_unknown_placement_is_refused_and_the_known_ones_are_named(placement: str) -> None:
    store = MemoryDelivery(live_venue("v-1"))
    with pytest.raises(InvalidInputError) as caught:
        a_feed(store)(placement, 1)
    assert (caught.value.where, caught.value.status) == ("placement", 400)
    assert "home" in caught.value.mend
    assert store.decisions == []


@pytest.mark.parametrize("slots", [0, -1, MAX_SLOTS + 1, 10**6])
def test_a_senseless_number_of_slots_is_refused(slots: int) -> None:
    with pytest.raises(InvalidInputError) as caught:
        a_feed(MemoryDelivery())("home", slots)
    assert caught.value.where == "slots"


@pytest.mark.parametrize("placement", [name for name, known in PLACEMENTS.items() if known.offered])
def test_public_and_private_placements_are_served(placement: str) -> None:
    assert a_feed(MemoryDelivery(live_venue("v-1")))(placement, 1).items[0].venue_id == "v-1"


def test_counters_are_those_of_the_placement() -> None:
    store = MemoryDelivery(live_venue("a"), live_venue("b"))
    for where, better, worse in (("home", "a", "b"), ("search", "b", "a")):
        for venue_id, clicks in ((better, 900), (worse, 20)):
            store.counts[where, venue_id] = VenueCounters(venue_id=venue_id, placement=where, impressions=5000, clicks=clicks)
    feed = a_feed(store)
    for where, better in (("home", "a"), ("search", "b")):
        first = [feed(where, 1).items[0].venue_id for _ in range(200)]
        assert first.count(better) > 170


def test_the_store_is_asked_again_only_after_some_seconds() -> None:
    store = MemoryDelivery(live_venue("v-1"))
    clock = FakeClock()
    feed = Feed(store, clock, random.Random(1))
    for _ in range(5):
        feed("home", 3)
    assert store.reads == 1
    store.put_live(live_venue("v-2"))
    clock.moment += timedelta(seconds=16)
    assert len(feed("home", 3).items) == 2
    assert store.reads == 2


def test_a_venue_that_was_taken_down_leaves_the_feed() -> None:
    store = MemoryDelivery(live_venue("v-1"), live_venue("v-2"))
    clock = FakeClock()
    feed = Feed(store, clock, random.Random(1))
    feed("home", 2)
    store.remove_live("v-1")
    clock.moment += timedelta(seconds=16)
    assert [item.venue_id for item in feed("home", 2).items] == ["v-2"]


def test_of_very_many_the_newest_are_compared() -> None:
    old = [live_venue(f"old-{i}", published_at=f"2026-08-01T08:00:00.{i:03d}Z") for i in range(MAX_CANDIDATES)]
    store = MemoryDelivery(*old, live_venue("newest"))
    decision = a_feed(store)("home", 20)
    assert decision.candidates == MAX_CANDIDATES
    assert "old-0" not in a_feed(store)._current("home", 1, None).venues
    assert "newest" in a_feed(store)._current("home", 1, None).venues


def test_a_decision_that_cannot_be_logged_is_not_served() -> None:
    class Away(MemoryDelivery):
        def log_decision(self, decision: object) -> None:
            raise TransientError("the table is away")

    with pytest.raises(TransientError):
        a_feed(Away(live_venue("v-1")))("home", 1)


def test_a_newcomer_is_offered_whatever_the_others_earn_until_it_is_known() -> None:
    venues = [live_venue(f"v-{i}") for i in range(8)]
    store = MemoryDelivery(*venues, live_venue("new"))
    for venue in venues:
        store.counts["home", venue.venue_id] = VenueCounters(venue_id=venue.venue_id, placement="home", impressions=90_000, clicks=27_000)
    store.counts["home", "new"] = VenueCounters(venue_id="new", placement="home", impressions=99, clicks=0)
    policy = a_feed(store)._current("home", 2, None).policy
    assert policy.share("new") >= 0.25
    store.counts["home", "new"] = VenueCounters(venue_id="new", placement="home", impressions=900, clicks=0)
    assert 0 < a_feed(store)._current("home", 2, None).policy.share("new") < 0.05


def test_an_answer_is_not_all_of_one_industry() -> None:
    toys = [live_venue(f"t-{i}").model_copy(update={"industry": "toys"}) for i in range(9)]
    tea = [live_venue(f"s-{i}").model_copy(update={"industry": "tea"}) for i in range(9)]
    store = MemoryDelivery(*toys, *tea)
    for venue in (*toys, *tea):
        clicks = 900 if venue.industry == "toys" else 9
        store.counts["home", venue.venue_id] = VenueCounters(venue_id=venue.venue_id, placement="home", impressions=9000, clicks=clicks)
    feed = a_feed(store)
    for _ in range(50):
        assert sum(item.venue_id.startswith("t-") for item in feed("home", 6).items) == 3
