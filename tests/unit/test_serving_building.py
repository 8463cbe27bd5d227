"""Snapshots: what is read, what is built again, and that none is older than the one before it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.delivery.cells import Cell, window_of
from huichang.delivery.control.rules import Controls, VenueRule
from huichang.delivery.placements.model import Eligibility
from huichang.delivery.ranking.history import History
from huichang.delivery.ranking.policies import Policy
from huichang.delivery.ranking.remembered import Remembered, pack_history, unpack_history
from huichang.delivery.ranking.rewards import Reward
from huichang.delivery.serving.building import PATIENCE, BuildSnapshots, Built
from huichang.delivery.serving.bundle import bundled, opened
from huichang.delivery.serving.model import Size
from huichang.delivery.serving.planning import Task
from huichang.delivery.serving.shelf import shelved, taken_down
from huichang.delivery.serving.telling import TellingDelivery
from huichang.delivery.verdicts.evidence import Evidence
from huichang.delivery.verdicts.judging import Rule, judge
from huichang.kernel.errors import PermanentError, TransientError
from tests.support.fakes import FakeClock
from tests.support.memory_delivery import live_venue
from tests.support.memory_snapshots import Delivery, MemoryRebuilds, MemorySnapshots, venues


def policy(made: Delivery, placement: str = "home", size: Size | None = None, segment: str = "none") -> Policy:
    """What would be served."""
    snapshot = opened(made.snapshots.objects[made.snapshots.pointers[placement].key])
    part = snapshot.part(size) if size else snapshot.base
    assert part is not None
    return snapshot.policies(part).of(segment)


def version(built: Built) -> str:
    assert built.pointer is not None
    return built.pointer.version


class Windows:
    """Cells that remember which windows were asked for."""

    def __init__(self, made: Delivery) -> None:
        self.made = made
        self.asked: list[str] = []

    def cells(self, placement: str, window: str) -> Any:
        self.asked.append(window)
        return self.made.cells.cells(placement, window)


def test_what_is_live_and_eligible_is_in_and_nothing_else() -> None:
    made = Delivery(*venues(6), live_venue("en-1", "en").model_copy(update={"industry": "toys"}))
    made.say.change("home", eligible=Eligibility(industries=("toys", "tea"), languages=("zh",)), slots=4)
    made.say.out = frozenset({"v-001"})
    made.say.rules = Controls(venues={"v-003": VenueRule(hold=True), "v-gone": VenueRule(floor=0.5)})
    assert made.build("home").outcome == "built"
    assert policy(made).candidates == ("v-000", "v-004")


def test_clicks_move_the_policy_and_positions_and_segments_are_known() -> None:
    made = Delivery(*venues(4))
    made.say.change("home", slots=1)
    for venue, clicks in (("v-000", 300), ("v-001", 20)):
        made.count(venue, 1000, clicks)
    for venue, clicks in (("v-000", 20), ("v-001", 300)):
        made.count(venue, 1000, clicks, segment="bulk")
    made.count("v-002", 1000, 900, placement="cart")
    made.count("v-003", 900, 900, position=0, placement="home")  # direct visits rank nobody
    made.build("home")
    assert policy(made).share("v-000") > 0.6
    assert policy(made, segment="bulk").share("v-001") > 0.6


def test_nothing_changed_nothing_is_written_and_the_version_stays() -> None:
    made = Delivery(*venues(5))
    made.count("v-001", 100, 10)
    first = made.build("home")
    written = len(made.snapshots.puts)
    made.clock.moment += timedelta(minutes=1)
    again = made.build("home")
    assert (again.outcome, version(again)) == ("unchanged", version(first))
    # The list of venues was read here, and is the same object.
    assert made.snapshots.puts[written:] == [first.pointer.live]  # type: ignore[union-attr]


def test_another_title_is_shown_from_the_same_policies() -> None:
    made = Delivery(*venues(5))
    first = made.build("home")
    made.store.put_live(made.store.venues["v-001"].model_copy(update={"title": "another"}))
    made.clock.moment += timedelta(seconds=30)
    again = made.build("home")
    assert (again.outcome, version(again)) == ("relisted", version(first))
    assert {item.title for item in made.feed("home", 5).items if item.venue_id == "v-001"} == {"another"}


def test_only_segments_in_which_something_was_counted_are_built_again() -> None:
    made = Delivery(*venues(5))
    for segment in ("bulk", "value", "none"):
        for number in range(5):
            made.count(f"v-00{number}", 500, 50, segment=segment)
    assert made.build("home").policies == 4
    made.count("v-001", 10, 9, segment="bulk")
    made.clock.moment += timedelta(minutes=1)
    before = {segment: policy(made, segment=segment).answers for segment in ("bulk", "value")}
    again = made.build("home")
    assert (again.outcome, again.policies) == ("built", 2)  # everybody's and that of the segment
    assert policy(made, segment="value").answers == before["value"]
    assert policy(made, segment="bulk").answers != before["bulk"]


def test_all_of_it_is_built_again_after_six_hours_and_after_a_rule() -> None:
    made = Delivery(*venues(5))
    for segment in ("bulk", "value", "none"):
        made.count("v-001", 500, 50, segment=segment)
    made.build("home")
    made.say.rules = Controls(venues={"v-002": VenueRule(floor=0.5)})
    made.clock.moment += timedelta(seconds=20)
    assert made.build("home").policies == 4
    assert policy(made).share("v-002") >= 0.5
    made.clock.moment += timedelta(hours=6, minutes=1)
    assert made.build("home").outcome == "built"
    assert version(made.build("home")) == made.snapshots.pointers["home"].version


def test_a_build_reads_only_windows_that_can_have_changed() -> None:
    made = Delivery(*venues(3))
    windows = Windows(made)
    build: BuildSnapshots = made.build
    build.cells = windows
    made.count("v-001", 5, 1)
    build("home")
    assert len(windows.asked) == 73, "backwards until three days were quiet"
    windows.asked.clear()
    made.clock.moment += timedelta(minutes=1)
    build("home")
    now = made.clock.now()
    due = {window_of(now), window_of(now - timedelta(hours=1))}
    assert set(windows.asked) == due
    windows.asked.clear()
    made.clock.moment += timedelta(minutes=1)
    made.count("v-001", 5, 1)
    build("home")
    assert set(windows.asked) == due
    for minutes, least, most in ((60, 20, 27), (1, 2, 2)):
        windows.asked.clear()
        made.clock.moment += timedelta(minutes=minutes)
        assert build("home").outcome == "unchanged"
        assert least <= len(windows.asked) <= most, "late beacons: a day of windows, once an hour"


def test_a_late_beacon_is_found_within_the_hour() -> None:
    made = Delivery(*venues(3))
    made.say.change("home", slots=1)
    made.count("v-001", 200, 20)
    made.count("v-002", 200, 20)
    early = made.clock.now()
    made.build("home")
    made.clock.moment += timedelta(hours=5)
    made.build("home")
    late, made.clock.moment = made.clock.moment, early
    made.count("v-002", 200, 190)
    made.clock.moment = late + timedelta(hours=1, minutes=1)
    assert made.build("home").outcome == "built"
    assert policy(made).share("v-002") > 0.6


def test_another_reward_reads_all_windows_again() -> None:
    made = Delivery(*venues(3))
    made.count("v-001", 5, 1)
    made.build("home")
    made.build.cells = windows = Windows(made)
    made.say.policy = made.say.policy.model_copy(update={"reward": Reward(kind="order"), "policy_id": "orders-1"})
    built = made.build("home")
    assert len(windows.asked) == 73
    assert built.pointer is not None
    assert built.pointer.policy_id == "orders-1"


def test_of_two_builds_one_wins_and_the_other_begins_anew() -> None:
    made = Delivery(*venues(3))
    made.build("home")
    made.store.put_live(live_venue("v-new"))
    made.snapshots.races = 1
    built = made.build("home")
    assert built.pointer is not None
    assert built.pointer.number == 3, "after the one that was faster"
    assert "v-new" in policy(made).candidates
    made.snapshots.races = 99
    made.store.put_live(live_venue("v-newer"))
    with pytest.raises(TransientError):
        made.build("home")


def test_a_task_that_waited_does_not_bring_a_retired_venue_back() -> None:
    made = Delivery(*venues(3))
    made.plan()
    waited = next(task for task in made.tasks.sent if task.placement == "home")
    made.clock.moment += timedelta(seconds=5)
    made.store.remove_live("v-001")
    made.build("home")
    assert "v-001" not in policy(made).candidates
    made.clock.moment += timedelta(seconds=5)
    assert made.work(waited.model_dump_json()).outcome == "unchanged"  # type: ignore[union-attr]
    assert "v-001" not in policy(made).candidates


def test_counts_alone_wait_until_a_build_has_paid_for_itself_and_asking_does_not() -> None:
    made = Delivery(*venues(3))
    ticks = iter(range(0, 1000, 7))
    # Judged long ago: no floor changes with the counts.
    made.say.said = {f"v-00{number}": judge(Evidence(), Rule()).model_copy(update={"kind": "keep"}) for number in range(3)}
    made.build.seconds = lambda: float(next(ticks))
    made.build("home")
    assert made.snapshots.pointers["home"].took_seconds == 7
    made.count("v-001", 10, 1)
    made.clock.moment += timedelta(seconds=7 * PATIENCE - 1)
    live = made.snapshots.pointers["home"]
    assert made.build("home", live=live.live, live_at=live.live_at, patient=True).outcome == "waits"
    assert made.build("home", live=live.live, live_at=live.live_at).outcome == "built"
    made.count("v-001", 10, 1)
    made.say.rules = Controls(venues={"v-001": VenueRule(hold=True)})
    made.clock.moment += timedelta(seconds=1)
    assert made.build("home", patient=True).outcome == "built", "a rule waits for nobody"


def test_a_placement_that_offers_nothing_any_more_is_not_served() -> None:
    made = Delivery(*venues(3))
    made.build("home")
    made.say.change("home", offered=False)
    assert made.build("home").outcome == "gone"
    assert made.snapshots.pointers == {}
    assert made.build("nowhere").outcome == "gone"


def test_newcomers_are_sure_of_some_answers_until_there_is_a_verdict() -> None:
    made = Delivery(*venues(12, ("toys",)), live_venue("new").model_copy(update={"industry": "toys"}))
    made.say.change("home", slots=2)
    made.clock.moment += timedelta(hours=1)
    for number in range(12):
        made.count(f"v-{number:03d}", 25, 5, explored=True)
    made.count("new", 50, 1)
    made.clock.moment += timedelta(hours=1)
    verdict = judge(Evidence(), Rule())
    made.say.said = {f"v-{number:03d}": verdict.model_copy(update={"kind": "keep"}) for number in range(12)}
    made.build("home")
    assert policy(made).share("new") >= 0.2
    made.say.said["new"] = verdict.model_copy(update={"kind": "keep"})
    made.build("home")
    assert policy(made).share("new") < 0.1, "what it earns, and no more"


def test_of_very_many_newcomers_as_many_are_sure_of_an_answer_as_there_is_room_and_the_others_wait_their_turn() -> None:
    early = [
        venue.model_copy(update={"published_at": "2026-08-01T08:00:00.000Z", "venue_id": f"e-{i}"}) for i, venue in enumerate(venues(30))
    ]
    made = Delivery(*venues(300), *early)
    made.say.change("home", slots=4)
    made.count("v-000", 500, 25, explored=True)
    made.clock.moment += timedelta(hours=1)
    made.say.said = {"v-200": judge(Evidence(), Rule()).model_copy(update={"shown": 100})}
    made.build("home")
    served = policy(made)
    sure = {name for name in served.candidates if any(name in answer for answer in served.answers)}
    # 0.15 of four places of 64 answers.
    assert {f"e-{i}" for i in range(30)} | {"v-200"} <= sure
    assert not served.conflicts, "300 floors would not fit"
    assert all(served.share(venue.venue_id) > 0 for venue in made.store.live()), "who waits is drawn evenly"


def test_sizes_that_are_asked_for_get_policies_under_the_same_rules() -> None:
    made = Delivery(*venues(10), *[venue.model_copy(update={"venue_id": f"e{venue.venue_id}", "language": "en"}) for venue in venues(10)])
    made.say.rules = Controls(venues={"v-001": VenueRule(floor=0.4), "ev-001": VenueRule(floor=0.4), "v-002": VenueRule(cap=0.1)})
    made.asked.note("home", {Size(None, 6): 9, Size("en", 3): 5, Size(None, 20): 50, Size("zh", 3): 2, Size(None, 1): 1})
    made.build("home")
    snapshot = opened(made.snapshots.objects[made.snapshots.pointers["home"].key])
    assert {part.size.name for part in snapshot.header.parts} == {"/20", "/6", "en/3", "zh/3"}
    six, english = policy(made, size=Size(None, 6)), policy(made, size=Size("en", 3))
    assert six.share("v-001") >= 0.4
    assert six.share("v-002") <= 0.1
    assert english.share("ev-001") >= 0.4
    assert {name[0] for name in english.candidates} == {"e"}
    assert snapshot.header.capped == ("v-002",)


def test_the_plan_reads_what_is_live_once_and_asks_for_every_placement() -> None:
    made = Delivery(*venues(3))
    assert made.plan() == len(made.say.places)
    assert made.store.reads == 1
    for task in made.tasks.sent:
        made.work(task.model_dump_json())
    assert made.store.reads == 1
    assert set(made.snapshots.pointers) == {name for name, place in made.say.places.items() if place.offered}
    assert made.work(Task(placement="").model_dump_json()) is None
    assert len(made.tasks.sent) == 2 * len(made.say.places)


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"placement": 1}', '{"placement": "home", "when": "now"}'])
def test_what_is_no_task_is_left_to_the_dead_letters(body: str) -> None:
    with pytest.raises(PermanentError):
        Delivery().work(body)


def test_whoever_goes_live_or_leaves_asks_for_snapshots() -> None:
    made, asked = Delivery(), MemoryRebuilds()
    telling = TellingDelivery(made.store, asked)
    telling.put_live(live_venue("v-1"))
    assert (asked.asked, [venue.venue_id for venue in telling.live()]) == ([""], ["v-1"])
    quiet = TellingDelivery(made.store, asked, puts=False)
    quiet.put_live(live_venue("v-1"))
    assert len(asked.asked) == 1
    quiet.remove_live("v-1")
    assert (len(asked.asked), telling.live()) == (2, [])


def test_a_snapshot_that_is_damaged_is_refused_and_built_whole() -> None:
    made = Delivery(*venues(3))
    made.count("v-001", 50, 5)
    pointer = made.build("home").pointer
    assert pointer is not None
    body = made.snapshots.objects[pointer.key]
    for broken in (b"", b"\x00", body[:-1], body + b"x", b"\x00\x00\x00\x02{}", body[:4] + b"{" * 20):
        with pytest.raises(ValueError, match="snapshot"):
            opened(broken)
    made.snapshots.objects[pointer.key] = body[:-1]
    made.snapshots.objects.pop(pointer.history)
    made.count("v-001", 50, 5)
    assert made.build("home").outcome == "built"
    assert policy(made).candidates == ("v-000", "v-001", "v-002")


def test_what_another_room_puts_in_comes_out() -> None:
    made = Delivery(*venues(2))
    made.build.illustrate = lambda placement, there, now: f"{placement.name} {len(there)}".encode()
    pointer = made.build("home").pointer
    assert pointer is not None
    assert opened(made.snapshots.objects[pointer.key]).attachment("images") == b"home 2"


def test_venues_are_shelved_by_their_content() -> None:
    live = venues(3, merchant="m-1")
    key, body = shelved(live)
    assert shelved(live[::-1]) == (key, body)
    assert list(taken_down(body).values()) == live
    assert shelved(live[:2])[0] != key
    with pytest.raises(ValueError, match="venues"):
        taken_down(b"nothing")


cells = st.builds(
    lambda segment, position, venue, shown, clicks, explored: Cell(
        window="2026-09-01T08",
        placement="home",
        segment=segment,
        position=position,
        venue_id=venue,
        impressions=shown + clicks,
        clicks=clicks,
        explored=explored,
    ),
    st.sampled_from(["none", "bulk"]),
    st.integers(1, 3),
    st.sampled_from(["a", "b", "c"]),
    st.integers(0, 50),
    st.integers(0, 50),
    st.booleans(),
)


@given(told=st.lists(st.tuples(st.integers(0, 40), st.lists(cells, max_size=6)), max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_history_that_was_kept_says_what_it_said_before(told: list[tuple[int, list[Cell]]]) -> None:
    """To six digits of what is settled."""
    clock, kept = FakeClock(), Remembered(History(Reward()))
    for hours, listed in sorted(told, key=lambda each: each[0]):
        window = window_of(clock.now() + timedelta(hours=hours))
        kept.put(window, [cell.model_copy(update={"window": window}) for cell in listed], 1)
    now = clock.now() + timedelta(hours=41)
    kept.history.settle(now)
    back = unpack_history(pack_history(kept), Reward())
    assert back is not None
    assert (back.hours, back.read_at, back.history.folded_to) == (kept.hours, kept.read_at, kept.history.folded_to)
    before, after = kept.history.tally(now), back.history.tally(now)
    assert before.keys() == after.keys()
    for key, sums in before.items():
        assert (after[key].shown, after[key].events) == (pytest.approx(sums.shown, rel=1e-5), pytest.approx(sums.events, rel=1e-5))
    assert unpack_history(pack_history(kept), Reward(kind="order")) is None
    assert unpack_history(b"x", Reward()) is None


@given(changes=st.lists(st.sampled_from(["count", "rule", "venue", "retire", "tick", "hour"]), max_size=8), seed=st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_whatever_happens_what_is_served_follows_from_what_holds(changes: list[str], seed: int) -> None:
    made = Delivery(*venues(4), seed=seed)
    made.say.change("home", slots=2)
    numbers = []
    for turn, change in enumerate(changes):
        if change == "count":
            made.count(f"v-00{turn % 4}", 30, 5, segment="bulk")
        elif change == "rule":
            made.say.rules = Controls(venues={f"v-00{turn % 4}": VenueRule(cap=0.25)})
        elif change == "venue":
            made.store.put_live(live_venue(f"n-{turn}"))
        elif change == "retire" and made.store.venues:
            made.store.remove_live(sorted(made.store.venues)[-1])
        made.clock.moment += timedelta(hours=1) if change == "hour" else timedelta(seconds=61)
        made.build("home")
        numbers.append(made.snapshots.pointers["home"].number)
        served = policy(made)
        assert set(served.candidates) == set(made.store.venues)
        for name, rule in made.say.rules.venues.items():
            assert served.share(name) <= rule.cap + 1e-9
    assert numbers == sorted(numbers)


def test_the_objects_of_a_version_are_named_by_their_content() -> None:
    made = Delivery(*venues(3))
    made.build("home")
    store: MemorySnapshots = made.snapshots
    assert Counter(key.rsplit("/", 1)[0] for key in store.objects) == {"snapshots/home": 2, "snapshots/venues": 1}
    place = made.say.places["home"]
    assert bundled(place, {}, policy_id="x", built_at="now") == bundled(place, {}, policy_id="x", built_at="now")
