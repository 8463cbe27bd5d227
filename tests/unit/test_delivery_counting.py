"""Counters: each event once, whatever is repeated, reordered, raced or interrupted; and counted again from the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.delivery.events.cells import CellKey, Counts, Event, truth_of, window_of
from huichang.delivery.events.counting import EVENTS, MOST_TAGS, Change, CountEvents, Mark
from huichang.delivery.events.recounting import Recount
from huichang.kernel.clock import iso
from huichang.kernel.errors import InvalidInputError, TransientError
from tests.support.fakes import FakeClock
from tests.support.memory_delivery import MemoryCells, MemoryDelivery, MemoryLog, live_venue

CLOCK = FakeClock()
VENUES = ("v-1", "v-2", "v-3")


def offered(decision: int, venue: int, kind: str = "impression", order: str = "", hours_ago: int = 0, **cell: object) -> Event:
    at = CLOCK.now() - timedelta(hours=hours_ago)
    key = {"window": window_of(at), "placement": "home", "segment": "none", "position": venue, "venue_id": f"v-{venue}"}
    return Event.model_validate(
        {
            "kind": kind,
            "beacon_id": f"beacon-{decision}-{venue}-{kind}{order}",
            "decision_id": f"d-{decision}",
            "cell": key | cell,
            "subject": order,
            "value": 100 if kind == "order" else 0,
            "at": iso(at),
        }
    )


def visit(number: int, venue_id: str = "v-1", kind: str = "impression", hours_ago: int = 0) -> Event:
    at = CLOCK.now() - timedelta(hours=hours_ago)
    cell = CellKey(window=window_of(at), placement="direct", segment="none", position=0, venue_id=venue_id)
    return Event.model_validate({"kind": kind, "beacon_id": f"visit-{number:04d}", "cell": cell, "at": iso(at)})


def body(*events: Event) -> str:
    return EVENTS.dump_json(events).decode()


def counter(store: MemoryCells, log: MemoryLog | None = None) -> CountEvents:
    live = MemoryDelivery(*(live_venue(venue_id) for venue_id in VENUES))
    return CountEvents(store, log or MemoryLog(), live.live, CLOCK, sleep=lambda _: None)


events = st.one_of(
    st.builds(
        offered,
        st.integers(1, 5),
        st.integers(1, 3),
        st.sampled_from(["impression", "click", "cart", "order"]),
        st.sampled_from(["a", "b", "c"]),
    ),
    st.builds(visit, st.integers(1, 5)),
)


class Interrupted(MemoryCells):
    """Dies after a few writes, whether before or after they are done."""

    def __init__(self, after: int, *, done: bool) -> None:
        super().__init__()
        self.left = after
        self.done = done

    def write(self, change: Change) -> bool:
        self.left -= 1
        if self.left == -1:
            if self.done:
                super().write(change)
            raise TransientError("the connection broke")
        return super().write(change)


@settings(max_examples=50, deadline=None)
@given(data=st.data(), told=st.lists(events, max_size=30), races=st.integers(0, 3), after=st.integers(0, 4), done=st.booleans())
def test_order_repetition_races_and_restarts_change_no_counter(
    data: st.DataObject, told: list[Event], races: int, after: int, done: bool
) -> None:
    repeated = told + (data.draw(st.lists(st.sampled_from(told), max_size=15)) if told else [])
    shuffled = data.draw(st.permutations(repeated))
    cut = data.draw(st.integers(0, len(shuffled)))
    messages = [body(*shuffled[:cut]), body(*shuffled[cut:])]
    store = Interrupted(after, done=done)
    store.races = races
    count = counter(store)
    for _ in range(2):  # SQS gives an interrupted batch again; and then, for good measure, once more
        try:
            count(messages)
        except TransientError:
            count(messages)
    assert store.stored == truth_of(told)
    for counts in store.stored.values():
        if counts.impressions:
            assert max(counts.clicks, counts.carts, counts.orders) <= counts.impressions


class Crowded(MemoryCells):
    """Between reading marks and writing them, other consumers count some of the same decisions."""

    def __init__(self, others: list[Event]) -> None:
        super().__init__()
        self.others = others

    def marks(self, keys: Sequence[str]) -> dict[str, Mark]:
        read = super().marks(keys)
        if self.others:
            told, self.others = self.others[:7], self.others[7:]
            later, self.others = self.others, []
            counter(self).count(told)
            self.others = later
        return read


def test_consumers_that_count_the_same_decisions_let_each_other_through() -> None:
    told = [offered(d, v, kind) for d in range(80) for v in (1, 2) for kind in ("impression", "click")]
    store = Crowded(told[::-2])
    counter(store).count(told)
    assert store.stored == truth_of(told)


def test_of_an_offered_item_one_impression_and_one_click_count_and_every_orders_value() -> None:
    store = MemoryCells()
    count = counter(store)
    told = [offered(1, 1), offered(1, 1), *[offered(1, 1, "click")] * 3, offered(1, 1, "order", "a"), offered(1, 1, "order", "b")]
    done = count([body(*told)])
    assert (done.counted, done.repeated) == (4, 3)
    assert list(store.stored.values()) == [Counts(impressions=1, clicks=1, orders=1, order_value=200)]


def test_whoever_clicked_has_seen() -> None:
    store = MemoryCells()
    counter(store)([body(offered(1, 2, "click")), body(offered(1, 2))])
    assert list(store.stored.values()) == [Counts(impressions=1, clicks=1)]


def test_a_page_of_six_costs_one_mark_and_six_cells() -> None:
    store = MemoryCells()
    counter(store)([body(*(offered(1, venue) for venue in range(1, 7)))])
    assert store.items == [1 + 6 + 6]


def test_a_batch_of_many_decisions_shares_cells_and_transactions() -> None:
    store = MemoryCells()
    done = counter(store)([body(*(offered(decision, venue) for venue in range(1, 7))) for decision in range(100)])
    assert done.counted == 600
    assert store.items == [40 + 12, 40 + 12, 20 + 12]


def test_more_of_one_decision_than_a_transaction_holds_is_counted_in_parts() -> None:
    store = MemoryCells()
    told = [offered(1, venue, "click", window=f"2026-08-31T{venue % 24:02d}") for venue in range(1, 120)]
    assert counter(store)([body(*told)]).counted == 119
    assert store.stored == truth_of(told)


def test_a_mark_that_is_full_counts_no_more() -> None:
    store = MemoryCells()
    store.known["d#d-1"] = Mark(key="d#d-1", tags=frozenset(f"x{n}" for n in range(MOST_TAGS)), lock=1)
    done = counter(store)([body(offered(1, 1), offered(2, 1))])
    assert (done.counted, done.too_many) == (1, 1)


def test_visits_to_venues_that_never_were_leave_no_trace_but_an_offer_of_ours_counts_after_retirement() -> None:
    store, log = MemoryCells(), MemoryLog()
    count = counter(store, log)
    done = count([body(*(visit(number, f"invented-{number}") for number in range(50)))])
    assert (done.unknown, done.counted, store.stored, store.known, log.lines) == (50, 0, {}, {}, [])
    assert count([body(offered(1, 9, "click"))]).counted == 1  # v-9 is not live any more; it was when we offered it


def test_a_venue_published_a_moment_ago_is_counted() -> None:
    live, clock, store = MemoryDelivery(live_venue("v-1")), FakeClock(), MemoryCells()
    count = CountEvents(store, MemoryLog(), live.live, clock)
    assert count([body(visit(1))]).counted == 1
    live.put_live(live_venue("v-2"))
    clock.moment += timedelta(seconds=3)
    assert count([body(visit(2, "v-2"))]).counted == 1


def test_what_came_so_late_that_nobody_knows_whether_it_was_counted_is_not() -> None:
    store = MemoryCells()
    done = counter(store)([body(offered(1, 1, hours_ago=24 * 6 + 1), offered(2, 1))])
    assert (done.too_late, done.counted) == (1, 1)


@pytest.mark.parametrize("wrong", ["", "{}", "not json", '{"beacon_id": "x"}', '[{"kind": "impression"}]'])
def test_messages_that_are_no_events_are_named_and_the_others_counted(wrong: str) -> None:
    done = counter(MemoryCells())([body(offered(1, 1)), wrong, body(offered(2, 1))])
    assert (done.unreadable, done.counted) == ((1,), 2)


def test_a_mark_that_is_always_being_written_is_tried_later() -> None:
    with pytest.raises(TransientError):
        counter(MemoryCells(races=10**6))([body(offered(1, 1))])


# --- counting a day again ---------------------------------------------------------------------------------------------


def a_day(store: MemoryCells, log: MemoryLog) -> tuple[Recount, CountEvents, list[Event]]:
    told = [offered(d, v, kind, hours_ago=30) for d in range(4) for v in (1, 2) for kind in ("impression", "click")]
    told.append(visit(1, hours_ago=30))
    count = counter(store, log)
    return Recount(store, log, count, CLOCK), count, told


DAY = window_of(CLOCK.now() - timedelta(hours=30))[:10]


def test_a_day_counted_again_gives_the_same_counters() -> None:
    recount, count, told = a_day(MemoryCells(), MemoryLog())
    count([body(*told), body(*told)])
    found = recount(DAY, mend=True)
    assert found.events == 2 * len(told)
    assert (found.cells, found.differences, found.counted_late) == (3, (), 0)


def test_what_was_logged_and_never_counted_is_counted_with_its_mark() -> None:
    store, log = MemoryCells(), MemoryLog()
    recount, count, told = a_day(store, log)
    log.keep(told)  # and there the counter died
    assert len(recount(DAY).differences) == 3
    assert recount(DAY, mend=True).counted_late == len(told)
    assert store.stored == truth_of(told)
    count([body(*told)])  # its message comes back at last
    assert store.stored == truth_of(told)


def test_a_cell_that_says_too_much_is_set_right() -> None:
    store, log = MemoryCells(), MemoryLog()
    recount, count, told = a_day(store, log)
    count([body(*told)])
    cell = told[0].cell
    store.stored[cell] = store.stored[cell] + Counts(clicks=40)
    (told_only,) = recount(DAY).differences
    assert (told_only.stored.clicks, told_only.counts.clicks, told_only.mended) == (44, 4, False)
    (mended,) = recount(DAY, mend=True).differences
    assert mended.mended
    assert recount(DAY).differences == ()


def test_a_window_that_is_still_open_is_compared_and_left() -> None:
    store, log = MemoryCells(), MemoryLog()
    recount, count, _ = a_day(store, log)
    count([body(offered(1, 1))])
    store.stored = {}
    found = recount(window_of(CLOCK.now())[:10], mend=True)
    assert "2026-09-01T08" in found.open_windows
    assert [difference.mended for difference in found.differences] == [False]
    assert store.stored == {}


def test_what_is_no_day_is_refused() -> None:
    recount, _, _ = a_day(MemoryCells(), MemoryLog())
    with pytest.raises(InvalidInputError):
        recount("yesterday")
