"""Beacons: believed only as far as they can be, counted exactly once in whatever order they come."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huichang.delivery.beacons import AcceptBeacons, CountBeacons, is_robot
from huichang.delivery.model import Beacon, BeaconBatch
from huichang.kernel.clock import iso
from huichang.kernel.errors import PermanentError
from tests.support.fakes import FakeClock
from tests.support.memory_delivery import MemoryBeacons, MemoryDelivery, live_venue

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0"
CLOCK = FakeClock()
VENUES = ("v-1", "v-2", "v-3")


def a_beacon(number: int = 1, **changes: object) -> Beacon:
    return Beacon.model_validate({"beacon_id": f"beacon-{number:04d}", "kind": "impression", "venue_id": "v-1"} | changes)


def accept(*beacons: Beacon, user_agent: str = BROWSER) -> tuple[object, list[Beacon]]:
    queue = MemoryBeacons()
    answer = AcceptBeacons(queue, CLOCK)(BeaconBatch(beacons=beacons), user_agent)
    return answer, queue.sent


def test_good_beacons_are_queued_and_stamped_where_the_browser_said_no_time() -> None:
    answer, sent = accept(a_beacon(1), a_beacon(2, at=iso(CLOCK.now() - timedelta(minutes=3))))
    assert answer.model_dump() == {"accepted": 2, "refused": ()}  # type: ignore[attr-defined]
    assert [beacon.at for beacon in sent] == ["2026-09-01T08:00:00.000Z", "2026-09-01T07:57:00.000Z"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"at": iso(CLOCK.now() + timedelta(minutes=6))}, "future"),
        ({"at": iso(CLOCK.now() - timedelta(hours=25))}, "24 hours"),
        ({"at": "2999-01-01T00:00:00Z"}, "future"),
        ({"at": "yesterday"}, "ISO"),
        ({"at": "2026-09-01T08:00:00"}, "zone"),
        ({"placement": "moon"}, "placement"),
    ],
)
def test_a_beacon_that_cannot_be_true_is_refused_and_the_others_are_not(changes: dict[str, str], why: str) -> None:
    answer, sent = accept(a_beacon(1, **changes), a_beacon(2))
    assert [beacon.beacon_id for beacon in sent] == ["beacon-0002"]
    assert answer.accepted == 1  # type: ignore[attr-defined]
    (refused,) = answer.refused  # type: ignore[attr-defined]
    assert refused.beacon_id == "beacon-0001"
    assert why in refused.reason


def test_a_clock_a_little_ahead_is_forgiven() -> None:
    _, sent = accept(a_beacon(1, at=iso(CLOCK.now() + timedelta(minutes=4))))
    assert len(sent) == 1


@pytest.mark.parametrize(
    "user_agent",
    [
        "",
        "  ",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
        "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
        "python-httpx/0.28.1",
        "curl/8.5.0",
        "Go-http-client/1.1",
        "facebookexternalhit/1.1",
    ],
)
def test_programs_get_a_friendly_answer_and_are_not_counted(user_agent: str) -> None:
    answer, sent = accept(a_beacon(), user_agent=user_agent)
    assert answer.accepted == 1  # type: ignore[attr-defined]
    assert sent == []


@pytest.mark.parametrize(
    "user_agent",
    [
        BROWSER,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
        "Mozilla/5.0 (Linux; Android 14; V2324A) Chrome/116.0 Mobile Safari/537.36 AliApp(AP/10.5.96)",
        "Mozilla/5.0 (Linux; U; Android 13; zh-CN; CUBOT NOTE 30) UCBrowser/15.5 Mobile Safari/537.36",
    ],
)
def test_buyers_browsers_are_no_robots(user_agent: str) -> None:
    assert not is_robot(user_agent)


kinds = st.sampled_from(["impression", "click"])
beacons = st.builds(
    a_beacon,
    st.integers(1, 12),
    kind=kinds,
    venue_id=st.sampled_from(VENUES),
    placement=st.sampled_from(["home", "direct"]),
)


@given(data=st.data(), unique=st.lists(beacons, max_size=12, unique_by=lambda beacon: beacon.beacon_id))
def test_order_and_repetition_change_no_counter(data: st.DataObject, unique: list[Beacon]) -> None:
    repeated = unique + data.draw(st.lists(st.sampled_from(unique), max_size=20)) if unique else []
    store = MemoryDelivery(*(live_venue(venue_id) for venue_id in VENUES))
    count = CountBeacons(store, CLOCK)
    counted = [count(beacon.model_dump_json()) for beacon in data.draw(st.permutations(repeated))]
    expected = Counter((b.placement, b.venue_id, b.kind) for b in unique)
    got = Counter(
        {
            (where, venue_id, kind): getattr(counters, field)
            for (where, venue_id), counters in store.counts.items()
            for kind, field in (("impression", "impressions"), ("click", "clicks"))
        }
    )
    assert +got == +expected
    assert sum(counted) == len(unique)


def test_beacons_about_venues_that_never_were_leave_no_trace() -> None:
    store = MemoryDelivery(live_venue("v-1"))
    count = CountBeacons(store, CLOCK)
    for number in range(50):
        assert count(a_beacon(number, venue_id=f"invented-{number}").model_dump_json()) is False
    assert store.counts == {}
    assert store.seen == set()
    assert store.reads == 1  # and do not make us read the list for each


def test_a_venue_published_a_moment_ago_is_counted() -> None:
    store, clock = MemoryDelivery(live_venue("v-1")), FakeClock()
    count = CountBeacons(store, clock)
    assert count(a_beacon(1).model_dump_json())
    store.put_live(live_venue("v-2"))
    clock.moment += timedelta(seconds=3)
    assert count(a_beacon(2, venue_id="v-2").model_dump_json())


@pytest.mark.parametrize("body", ["", "{}", "not json", '{"beacon_id": "x"}', "[]"])
def test_a_message_that_is_no_beacon_is_a_permanent_error(body: str) -> None:
    with pytest.raises(PermanentError):
        CountBeacons(MemoryDelivery(), CLOCK)(body)
