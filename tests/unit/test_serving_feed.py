"""The feed: who is offered, what is logged, what is refused, and what buyers get when something is away."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.delivery.control.rules import Controls, VenueRule
from huichang.delivery.events.offering import SignedOffers
from huichang.delivery.placements.model import MAX_SLOTS, Eligibility
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.delivery.serving.default import NEWEST
from huichang.delivery.serving.model import Screen, Size
from huichang.kernel.errors import InvalidInputError, TransientError
from tests.support.memory_delivery import MemoryDelivery, MemoryKeys, live_venue
from tests.support.memory_snapshots import Delivery, venues


def built(*live: Any, place: str = "home", **changes: Any) -> Delivery:
    """A placement that has its snapshot."""
    made = Delivery(*(live or venues(12)))
    made.say.change(place, **changes)
    made.build(place)
    return made


def shown(screen: Screen) -> list[str]:
    return [item.venue_id for item in screen.items]


def later(made: Delivery, **by: float) -> None:
    made.clock.moment += timedelta(**by)


# --- what is answered -------------------------------------------------------------------------------------------------


def test_a_decision_offers_live_venues_and_is_logged_with_exact_probabilities() -> None:
    made = built(slots=3)
    screen = made.feed("home", 3)
    version = made.snapshots.pointers["home"].version[:12]
    assert (len(screen.items), screen.candidates, screen.placement) == (3, 12, "home")
    assert screen.policy == f"built-in/{version}"
    assert not screen.degraded
    policy = made.feed.warm.of("home").policy("none", Size(None, 3))  # type: ignore[union-attr]
    for item in screen.items:
        assert item.propensity == pytest.approx(policy.propensity(item.venue_id, item.position))
    (logged,) = made.store.decisions
    assert logged.decision_id == screen.decision_id
    assert made.told == Counter()


def test_a_snapshot_is_looked_for_every_ten_seconds_and_read_when_it_is_news() -> None:
    made = built()
    for _ in range(5):
        made.feed("home", 3)
    assert (made.snapshots.reads["pointer"], made.snapshots.reads["get"]) == (2, 2)  # the build's own, and the feed's
    later(made, seconds=11)
    made.feed("home", 3)
    assert (made.snapshots.reads["pointer"], made.snapshots.reads["get"]) == (3, 2)
    made.store.put_live(live_venue("v-new"))
    made.build("home")
    before = made.snapshots.reads["get"]
    later(made, seconds=11)
    assert made.feed("home", 3).candidates == 13
    assert made.snapshots.reads["get"] == before + 2


def test_a_retired_venue_is_not_offered_once_its_snapshot_is_built() -> None:
    made = built(*venues(4))
    assert set(shown(made.feed("home", 4))) == {"v-000", "v-001", "v-002", "v-003"}
    made.store.remove_live("v-002")
    made.build("home")
    later(made, seconds=10)
    assert all("v-002" not in shown(made.feed("home", 4)) for _ in range(50))


def test_a_language_offers_only_its_own_pages_whether_or_not_a_policy_was_built_for_it() -> None:
    live = [*venues(6), *(venue.model_copy(update={"venue_id": f"e{venue.venue_id}", "language": "en"}) for venue in venues(6))]
    made = built(*live, slots=8)
    for _ in range(2):
        drawn: Counter[tuple[str, int]] = Counter()
        told: dict[tuple[str, int], float] = {}
        for _ in range(300):
            screen = made.feed("home", 4, "en")
            assert len(screen.items) == 4
            assert {item.language for item in screen.items} == {"en"}
            for item in screen.items:
                drawn[item.venue_id, item.position] += 1
                told[item.venue_id, item.position] = item.propensity
        for key, share in told.items():
            assert drawn[key] / 300 == pytest.approx(share, abs=0.12)
        assert made.asked.sizes("home") == [Size("en", 4)]
        later(made, seconds=11)
        made.build("home")  # now with a policy of its own


def test_fewer_places_keep_their_probabilities_and_their_diversity() -> None:
    toys, tea = venues(9, ("toys",)), [v.model_copy(update={"venue_id": f"t{v.venue_id}"}) for v in venues(9, ("tea",))]
    made = Delivery(*toys, *tea)
    made.say.change("home", slots=10)
    for venue in toys:
        made.count(venue.venue_id, 900, 300)
    for venue in tea:
        made.count(venue.venue_id, 900, 3)
    made.build("home")
    for _ in range(30):
        assert Counter(name[0] for name in shown(made.feed("home", 4))) == {"v": 2, "t": 2}
    assert len(made.feed("home", 20).items) == 10, "never more than the placement has"


def test_nothing_live_is_an_empty_answer_not_an_error() -> None:
    made = Delivery()
    made.build("home")
    screen = made.feed("home", 3)
    assert (screen.items, screen.candidates, screen.degraded, made.store.decisions) == ((), 0, False, [])


def test_a_placement_for_some_buyers_shows_others_nothing() -> None:
    made = built(place="group", eligible=Eligibility(buyers=("bulk",)))
    assert made.feed("group", 3, segment="none").items == ()
    assert len(made.feed("group", 3, segment="bulk").items) == 3


@pytest.mark.parametrize("placement", ["", "moon", "direct", "HOME", "home ", "x" * 5000, "\ud83d\ude00"])
@pytest.mark.parametrize("away", [False, True])
def test_an_unknown_placement_is_refused_and_the_known_ones_are_named(placement: str, away: bool) -> None:
    made = built()
    made.snapshots.away = away
    with pytest.raises(InvalidInputError) as caught:
        made.another_feed()(placement, 1)
    assert (caught.value.where, caught.value.status) == ("placement", 400)
    assert "home" in caught.value.mend
    assert made.store.decisions == []


@pytest.mark.parametrize("slots", [0, -1, MAX_SLOTS + 1, 10_000])
def test_a_senseless_number_of_slots_is_refused(slots: int) -> None:
    with pytest.raises(InvalidInputError) as caught:
        built().feed("home", slots)
    assert caught.value.where == "slots"


def test_names_that_nobody_knows_do_not_fill_the_process() -> None:
    made = built()
    for number in range(1500):
        with pytest.raises(InvalidInputError):
            made.feed(f"made-up-{number}", 1)
    assert len(made.feed.warm._nothing) <= 1000


@pytest.mark.parametrize("placement", [name for name, known in PLACEMENTS.items() if known.offered])
def test_public_and_private_placements_are_served(placement: str) -> None:
    assert built(live_venue("v-1"), place=placement).feed(placement, 1).items[0].venue_id == "v-1"


def test_first_images_are_drawn_and_their_probability_stands_beside_the_venues_own() -> None:
    class Half:
        def __init__(self, body: bytes) -> None:
            assert body == b"shares"

        def pick(self, venue_id: str, segment: str, generator: random.Random) -> tuple[str, str, float]:
            return ("goods-1", "/media/goods.png", 0.25) if venue_id == "v-000" else ("", "", 1.0)

    made = Delivery(*venues(2))
    made.build.illustrate = lambda placement, there, now: b"shares"
    made.build("home")
    feed, plain = made.another_feed(pictures=Half), made.another_feed()
    item = next(item for item in feed("home", 2).items if item.venue_id == "v-000")
    known = plain.warm.of("home").policy("none", Size(None, 2)).propensity("v-000", item.position)  # type: ignore[union-attr]
    assert (item.image, item.picture) == ("goods-1", "/media/goods.png")
    assert (item.propensity, item.image_propensity) == (pytest.approx(known), 0.25)
    assert all(item.image == "" for item in plain("home", 2).items)


# --- pages and memories -----------------------------------------------------------------------------------------------


@given(slots=st.integers(1, 5), count=st.integers(0, 14), seed=st.integers(0, 9), capped=st.booleans())
@settings(max_examples=40, deadline=None)
def test_pages_never_repeat_a_venue_and_end(slots: int, count: int, seed: int, capped: bool) -> None:
    made = Delivery(*venues(count), seed=seed)
    made.say.change("home", slots=5)
    if capped:
        made.say.rules = Controls(venues={"v-001": VenueRule(cap=0.3)})
    made.build("home")
    seen: list[str] = []
    cursor, page = "", 0
    while page == 0 or cursor:
        screen = made.feed("home", slots, cursor=cursor)
        page += 1
        assert screen.page == page
        assert [item.position for item in screen.items] == list(range(len(seen) + 1, len(seen) + 1 + len(screen.items)))
        seen += shown(screen)
        cursor = screen.next
        assert page <= count + 2
    assert len(set(seen)) == len(seen)
    if not capped:
        assert len(seen) == count, "everybody comes in the end"


def test_a_second_page_is_drawn_as_it_says() -> None:
    made = built(*venues(9), slots=4)
    first = made.feed("home", 3)
    drawn: Counter[tuple[str, int]] = Counter()
    told: dict[tuple[str, int], float] = {}
    for _ in range(400):
        screen = made.feed("home", 3, cursor=first.next)
        assert screen.policy.endswith(" page=2 without=3")
        for item in screen.items:
            drawn[item.venue_id, item.position] += 1
            told[item.venue_id, item.position] = item.propensity
    for key, share in told.items():
        assert drawn[key] / 400 == pytest.approx(share, abs=0.1)
    for place in (4, 5, 6):
        assert sum(share for (_, position), share in told.items() if position == place) == pytest.approx(1, abs=0.03)


def test_a_buyer_is_shown_a_venue_so_often_a_day_and_then_others() -> None:
    made = built(*venues(6), slots=2, per_buyer_day=2)
    memory, times = "", Counter[str]()
    for _ in range(6):
        screen = made.feed("home", 2, memory=memory)
        times.update(shown(screen))
        memory = screen.memory
    assert set(times.values()) == {2}
    assert len(times) == 6
    assert made.feed("home", 2, memory=memory).items == ()
    # Another buyer, or the same one who threw the note away, knows nothing of it.
    assert len(made.feed("home", 2).items) == 2
    later(made, hours=24)
    assert len(made.feed("home", 2, memory=memory).items) == 2


def test_without_a_bound_nobody_is_remembered() -> None:
    assert built().feed("home", 2).memory == ""


def test_a_memory_of_one_placement_says_nothing_about_another() -> None:
    made = built(*venues(2), per_buyer_day=1)
    made.say.change("cart", per_buyer_day=1)
    made.build("cart")
    memory = made.feed("home", 2, memory="").memory
    both = made.feed("cart", 2, memory=memory)
    assert len(both.items) == 2
    assert made.feed("home", 2, memory=both.memory).items == ()


def test_what_is_forged_or_too_old_is_no_note_and_is_counted() -> None:
    made = built(*venues(6), slots=2, per_buyer_day=1)
    screen = made.feed("home", 2, memory="")
    for cursor, memory in (
        (screen.next[:-1] + "!", ""),
        (screen.next.replace("~home~", "~cart~"), "m1~0000~0~x"),
        ("nothing", screen.memory[:-2] + "AA"),
        (screen.memory, screen.next),
    ):
        assert len(made.feed("home", 2, cursor=cursor, memory=memory).items) == 2
    later(made, hours=25)
    assert made.feed("home", 2, cursor=screen.next, memory=screen.memory).page == 1
    assert sum(made.told.values()) == 9
    assert made.told["feed_cursor_expired"] == made.told["feed_memory_expired"] == 1
    assert all(name.startswith(("feed_cursor_", "feed_memory_")) for name in made.told)


# --- what is away -----------------------------------------------------------------------------------------------------


def test_an_old_snapshot_goes_on_while_the_store_is_away_and_says_how_old_it_is() -> None:
    made = built()
    made.feed("home", 3)
    made.snapshots.away = True
    later(made, seconds=40)
    screen = made.feed("home", 3)
    assert (len(screen.items), screen.degraded, screen.stale_seconds) == (3, False, 40)
    assert made.told["feed_stale"] == 1
    reads = made.snapshots.reads["pointer"]
    made.feed("home", 3)
    assert made.snapshots.reads["pointer"] == reads, "it is not asked again with every request"
    made.snapshots.away = False
    later(made, seconds=11)
    assert made.feed("home", 3).stale_seconds == 0


def test_an_object_that_is_missing_is_as_if_the_store_were_away() -> None:
    made = built()
    made.snapshots.objects.clear()
    screen = made.feed("home", 3)
    assert (len(screen.items), screen.degraded) == (3, True)


@pytest.mark.parametrize("why", ["away", "never built"])
def test_without_a_snapshot_the_newest_are_drawn_evenly(why: str) -> None:
    old = [live_venue(f"old-{i}", published_at="2026-08-01T08:00:00.000Z") for i in range(NEWEST)]
    made = Delivery(*old, *venues(NEWEST))
    made.snapshots.away = why == "away"
    drawn: Counter[str] = Counter()
    for _ in range(300):
        screen = made.feed("home", 6)
        assert (screen.degraded, len(screen.items), screen.policy) == (True, 6, "default/1")
        assert all(item.propensity == pytest.approx(1 / NEWEST) and not item.explored for item in screen.items)
        assert max(Counter(int(name[-3:]) % 3 for name in shown(screen)).values()) <= 3
        drawn.update(shown(screen))
    assert len(drawn) == NEWEST
    assert not any(name.startswith("old") for name in drawn)
    assert max(drawn.values()) < 4 * min(drawn.values())
    assert made.store.reads == 1
    assert len(made.store.decisions) == 300


def test_pages_of_the_default_do_not_repeat_either() -> None:
    made = Delivery(*venues(7))
    seen, cursor = [], ""
    for _ in range(4):
        screen = made.feed("home", 2, cursor=cursor)
        seen += shown(screen)
        cursor = screen.next
    assert sorted(seen) == [f"v-{i:03d}" for i in range(7)]
    assert cursor == ""


def test_where_nothing_is_known_the_answer_is_empty_and_says_so() -> None:
    class Away(MemoryDelivery):
        def live(self) -> Any:
            raise TransientError("the table is away")

    made = Delivery()
    made.snapshots.away = made.say.away = True
    for placement in ("home", "one-of-ours"):
        screen = made.another_feed(store=Away())(placement, 3)
        assert (screen.items, screen.degraded, screen.next) == ((), True, "")


def test_a_decision_that_cannot_be_logged_is_served_signed_and_counted() -> None:
    class Away(MemoryDelivery):
        def log_decision(self, decision: object) -> None:
            raise TransientError("the table is away")

    made = built()
    screen = SignedOffers(made.another_feed(store=Away(*venues(12))), made.keys)("home", 2)
    assert all(item.token for item in screen.items)
    assert made.told["decision_unlogged"] == 1


def test_without_a_key_there_is_no_next_page_and_no_memory() -> None:
    class Away(MemoryKeys):
        def signing(self) -> Any:
            raise TransientError("no secrets today")

        def named(self, name: str) -> Any:
            raise TransientError("no secrets today")

    made = built(per_buyer_day=1)
    known = made.feed("home", 2)
    screen = made.another_feed(keys=Away())("home", 2, cursor=known.next, memory=known.memory)
    assert (len(screen.items), screen.next, screen.memory, screen.page) == (2, "", "", 1)
    assert made.told == {"feed_cursor_unread": 1, "feed_memory_unread": 1}


def test_sizes_are_told_when_they_are_new_and_then_once_a_minute() -> None:
    class Away:
        def note(self, placement: str, sizes: object) -> None:
            raise TransientError("the table is away")

        def sizes(self, placement: str) -> list[Size]:
            return []

    made = built()
    for _ in range(9):
        made.feed("home", 3)
    assert made.asked.times["home"] == {Size(None, 3): 1}
    later(made, seconds=61)
    made.feed("home", 3)
    assert made.asked.times["home"] == {Size(None, 3): 10}
    assert len(made.another_feed(asked=Away())("home", 3).items) == 3
    assert made.told["feed_sizes_untold"] == 1


def test_of_many_placements_a_process_holds_those_that_are_asked_for() -> None:
    made = built()
    made.say.change("cart")
    made.build("cart")
    made.feed.warm.most = 1
    made.feed("home", 1)
    made.feed("cart", 1)
    assert list(made.feed.warm._held) == ["cart"]
    assert made.feed("home", 1).items
