"""Beacons: believed only as far as they can be, counted exactly once in whatever order they come."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huichang.delivery.events.accepting import MOST_OF_ADDRESS, MOST_OF_DECISION, AcceptBeacons, Sender, Taken, is_robot
from huichang.delivery.events.cells import Event
from huichang.delivery.model import Beacon, BeaconBatch
from huichang.kernel.clock import iso
from huichang.kernel.errors import TransientError
from tests.support.fakes import FakeClock
from tests.support.memory_delivery import MemoryBeacons, MemoryKeys, MemoryRates, a_token

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0"
CLOCK = FakeClock()
BUYER = Sender(user_agent=BROWSER, address="203.0.113.9")
SHOP = Sender(user_agent="", shop="panda")


def a_beacon(number: int = 1, **changes: object) -> Beacon:
    return Beacon.model_validate({"beacon_id": f"beacon-{number:04d}", "kind": "impression", "venue_id": "v-1"} | changes)


def accept(*beacons: Beacon, sender: Sender = BUYER, rates: MemoryRates | None = None) -> tuple[Taken, list[Event]]:
    queue = MemoryBeacons()
    taken = AcceptBeacons(queue, MemoryKeys(), rates or MemoryRates(), CLOCK)(BeaconBatch(beacons=beacons), sender)
    return taken, queue.sent


def test_good_beacons_are_queued_and_stamped_where_the_browser_said_no_time() -> None:
    taken, sent = accept(a_beacon(1), a_beacon(2, at=iso(CLOCK.now() - timedelta(minutes=3))))
    assert taken.answer.model_dump() == {"accepted": 2, "refused": ()}
    assert taken.told == {"accepted": 2}
    assert [event.at for event in sent] == ["2026-09-01T08:00:00.000Z", "2026-09-01T07:57:00.000Z"]
    assert [event.cell.window for event in sent] == ["2026-09-01T08", "2026-09-01T07"]


def test_what_is_counted_stands_in_the_token_and_not_in_what_the_browser_says() -> None:
    token = a_token(segment="bulk", position=3, image="img-2", explored=True)
    _, (event,) = accept(a_beacon(token=token, kind="click", decision_id="d-mine", product_id="p1", value=7))
    assert event.cell.model_dump() == {
        "window": "2026-09-01T07",
        "placement": "home",
        "segment": "bulk",
        "position": 3,
        "venue_id": "v-1",
        "image": "img-2",
        "explored": True,
    }
    assert (event.decision_id, event.value, event.subject) == ("d-0001", 0, "")


@pytest.mark.parametrize("placement", ["direct", "home", "cart"])
def test_without_a_token_it_is_a_direct_visit_whatever_it_says(placement: str) -> None:
    _, (event,) = accept(a_beacon(placement=placement, decision_id="d-0001"))
    assert (event.cell.placement, event.cell.position, event.decision_id) == ("direct", 0, "")


OLD = a_token(at=CLOCK.now() - timedelta(hours=25))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"at": iso(CLOCK.now() + timedelta(minutes=6))}, "at_future"),
        ({"at": iso(CLOCK.now() - timedelta(hours=25))}, "at_past"),
        ({"at": "2025-09-01T08:00:00Z"}, "at_past"),
        ({"at": "2999-01-01T00:00:00Z"}, "at_future"),
        ({"at": "yesterday"}, "at_malformed"),
        ({"at": "2026-09-01T08:00:00"}, "at_malformed"),
        ({"at": iso(CLOCK.now() - timedelta(hours=3)), "token": a_token()}, "before_decision"),
        ({"placement": "moon"}, "placement_unknown"),
        ({"token": "d-0001"}, "token_malformed"),
        ({"token": a_token()[:-1]}, "token_forged"),
        ({"token": OLD}, "token_expired"),
        ({"token": a_token(venue_id="v-2")}, "token_replaced"),
        ({"token": a_token(), "placement": "cart"}, "token_replaced"),
        ({"kind": "cart"}, "token_missing"),
        ({"kind": "order", "token": a_token(), "order": "0" * 32, "value": 100}, "order_unsigned"),
    ],
)
def test_a_beacon_that_cannot_be_true_is_refused_with_a_reason_and_the_others_are_not(changes: dict[str, object], code: str) -> None:
    taken, sent = accept(a_beacon(1, **changes), a_beacon(2))
    assert [event.beacon_id for event in sent] == ["beacon-0002"]
    assert taken.answer.accepted == 1
    (refused,) = taken.answer.refused
    assert (refused.beacon_id, refused.code) == ("beacon-0001", code)
    assert refused.reason
    assert taken.told == {"accepted": 1, code: 1}


def test_a_clock_a_little_ahead_is_forgiven_and_so_is_a_late_beacon() -> None:
    _, sent = accept(a_beacon(1, at=iso(CLOCK.now() + timedelta(minutes=4))), a_beacon(2, at=iso(CLOCK.now() - timedelta(hours=23))))
    assert len(sent) == 2
    # Late, but of an offer of nine in the morning the day before: counted there.
    token = a_token(at=CLOCK.now() - timedelta(hours=23))
    _, (event,) = accept(a_beacon(3, token=token, kind="click"))
    assert event.cell.window == "2026-08-31T09"


@pytest.mark.parametrize("value", [-1, 10**9 + 1, 1.5, float("nan"), float("inf"), "7"])
def test_money_that_is_no_whole_amount_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="value"):
        a_beacon(value=value)


def test_orders_come_from_shops() -> None:
    order = a_beacon(kind="order", token=a_token(), order="ab" * 16, value=12_345)
    taken, (event,) = accept(order, sender=SHOP)
    assert (event.kind, event.value, event.subject) == ("order", 12_345, "ab" * 16)
    assert taken.answer.accepted == 1
    taken, sent = accept(a_beacon(kind="order", token=a_token()), sender=SHOP)
    assert (sent, taken.told) == ([], {"order_without_number": 1})


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
    taken, sent = accept(a_beacon(), sender=Sender(user_agent=user_agent))
    assert taken.answer.accepted == 1
    assert (sent, taken.told) == ([], {"robot": 1})


def test_staff_get_the_same_answer_and_are_not_counted() -> None:
    taken, sent = accept(a_beacon(token=a_token(), kind="click"), sender=Sender(user_agent=BROWSER, staff=True))
    assert taken.answer.accepted == 1
    assert (sent, taken.told) == ([], {"staff": 1})


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


def test_a_million_from_one_address_end_at_the_bound_and_others_go_on() -> None:
    rates, queued = MemoryRates(), 0
    rates.counts[f"a{BUYER.address}"] = MOST_OF_ADDRESS - 60
    for _ in range(5):
        taken, sent = accept(*(a_beacon(n) for n in range(50)), rates=rates)
        queued += len(sent)
    assert (queued, taken.told) == (50, {"address_flood": 50})
    _, sent = accept(a_beacon(), sender=Sender(user_agent=BROWSER, address="203.0.113.10"), rates=rates)
    assert len(sent) == 1


def test_more_than_anybody_does_with_one_decision_is_not_counted() -> None:
    rates = MemoryRates()
    rates.counts["dd-0001"] = MOST_OF_DECISION
    taken, sent = accept(a_beacon(1, token=a_token()), a_beacon(2, token=a_token(decision_id="d-0002")), a_beacon(3), rates=rates)
    assert [event.decision_id for event in sent] == ["d-0002", ""]
    assert taken.told == {"accepted": 2, "decision_flood": 1}


def test_if_nobody_can_say_how_many_there_were_clicks_are_not_lost() -> None:
    class Away(MemoryRates):
        def of_address(self, address: str, beacons: int) -> int:
            raise TransientError("the table is away")

    taken, sent = accept(a_beacon(), rates=Away())
    assert len(sent) == 1
    assert taken.told == {"accepted": 1, "rate_unknown": 1}


def test_nothing_that_is_queued_says_who_it_was() -> None:
    _, (event,) = accept(a_beacon(token=a_token(), kind="click", product_id="p-77"))
    text = event.model_dump_json()
    assert BUYER.address not in text
    assert "Mozilla" not in text
    assert set(event.model_dump()) == {"kind", "beacon_id", "decision_id", "cell", "subject", "value", "at"}


def test_what_a_buyer_can_declare_is_what_pages_are_arranged_for() -> None:
    """Two rooms, one list: `segments.yaml` of the pages is the source."""
    from huichang.delivery.segments import NEEDS
    from huichang.pages.segments import load_segments

    assert set(load_segments()) == NEEDS
