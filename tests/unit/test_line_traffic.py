"""Operators' orders in use: given, audited, judged, looked ahead at, withdrawn, paced by the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from huichang.delivery.cells import window_of
from huichang.delivery.control.gate import Judged
from huichang.delivery.control.orders import MOST_ORDERS, Order
from huichang.delivery.control.rules import Controls, VenueRule
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Eligibility
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.delivery.serving.outlook import Outlooks
from huichang.delivery.serving.ports import PolicySettings, Rulebook
from huichang.delivery.serving.rulebook import Briefly
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, TransientError
from huichang.kernel.language import both
from huichang.line.traffic import OverrideNeededError
from huichang.venues.model import Actor
from tests.support.fakes import FakeClock
from tests.support.line_fakes import FakeVenues, a_campaign
from tests.support.memory_orders import Traffic, an_order, live_one, some_terms
from tests.support.web_api import MemoryAudit, MemoryCampaigns, venue

OLGA = Actor(name="olga", role="operator")
NAMES = ("v-1", "v-2", "v-3", "v-4", "v-5", "v-6")


class FakeGate:
    """Says what it is told to, and remembers what it was asked."""

    def __init__(self, kind: str | None) -> None:
        self.kind, self.asked = kind, []  # type: ignore[var-annotated]

    def judge(self, placement: str, before: Controls, after: Controls) -> Judged | None:
        self.asked.append((placement, before, after))
        return None if self.kind is None else Judged.model_validate({"kind": self.kind, "words": both("估计", "an estimate")})


class Watch:
    """Seconds that pass by themselves."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def a_house(**how: Any) -> tuple[Traffic, MemoryAudit]:
    audit, campaigns, venues = MemoryAudit(), MemoryCampaigns(), FakeVenues(FakeClock())
    for name in NAMES:
        venues.create(venue(name))
    campaigns.create(a_campaign(campaign_id="c-1"))
    home = PLACEMENTS["home"].model_copy(update={"slots": 2})
    live = [live_one(name, campaign_id="c-1" if i < 2 else "c-2", merchant=f"m-{i % 3}", industry=None) for i, name in enumerate(NAMES)]
    return Traffic(venues, campaigns, audit, **({"live": live, "placements": [home]} | how)), audit


def seen(house: Traffic, **impressions: tuple[int, int]) -> None:
    """An hour ago: (impressions, clicks) by venue, with _ for -."""
    window = window_of(house.clock.now() - timedelta(hours=1))
    for name, (shown, clicked) in impressions.items():
        key = CellKey(window=window, placement="home", segment="none", position=1, venue_id=name.replace("_", "-"))
        house.cells.stored[key] = Counts(impressions=shown, clicks=clicked)


# --- effect within a minute -------------------------------------------------------------------------------------------


def test_an_order_holds_with_the_next_look_and_the_snapshot_is_asked_for_at_once() -> None:
    house, audit = a_house()
    book: Rulebook = house.book
    assert book.controls("home", house.clock.now()) == Controls()
    order = house.desk.order(some_terms("hold", None, placement="home"), OLGA)
    assert house.rebuilds.asked == ["home"]
    assert book.controls("home", house.clock.now()).rule("v-1").hold
    assert not book.controls("search", house.clock.now()).rule("v-1").hold
    house.desk.withdraw(order.order_id, "page is mended", OLGA)
    assert house.rebuilds.asked == ["home", "home"]
    assert book.controls("home", house.clock.now()) == Controls()
    assert [(entry.action, entry.actor, entry.subject) for entry in audit.entries] == [
        ("order_traffic", "olga", order.order_id),
        ("withdraw_order", "olga", order.order_id),
    ]


def test_the_audit_says_who_what_before_after_and_why() -> None:
    house, audit = a_house()
    house.desk.order(some_terms("cap", 0.5), OLGA)
    house.desk.order(some_terms("cap", 0.2, why="too much of it", ends="2026-09-02T00:00:00Z"), OLGA)
    detail = audit.entries[-1].detail
    assert (audit.entries[-1].actor, audit.entries[-1].role) == ("olga", "operator")
    assert (detail["why"], detail["kind"], detail["value"], detail["ends"]) == ("too much of it", "cap", 0.2, "2026-09-02T00:00:00.000Z")
    assert (detail["in"], detail["before"], detail["after"]) == ("home", {"venue:v-1": {"cap": 0.5}}, {"venue:v-1": {"cap": 0.2}})


def test_the_same_order_again_is_the_same_order_and_boosts_do_not_multiply_by_a_double_click() -> None:
    house, audit = a_house()
    wanted = some_terms("boost", 2.0)
    first = house.desk.order(wanted, OLGA, override="a promise to the brand")
    again = house.desk.order(wanted, OLGA, override="a promise to the brand")
    assert again == first
    assert house.book.controls("home", house.clock.now()).rule("v-1").boost == 2
    assert len(audit.entries) == 1
    keyed = house.desk.order(some_terms("cap", 0.3), OLGA, key="k-1")
    assert house.desk.order(some_terms("cap", 0.3), OLGA, key="k-1") == keyed
    with pytest.raises(ConflictError, match="used for another"):
        house.desk.order(some_terms("cap", 0.4), OLGA, key="k-1")
    house.desk.withdraw(first.order_id, "no longer", OLGA)
    assert house.desk.withdraw(first.order_id, "twice", OLGA).withdrawn == house.orders.kept[first.order_id].withdrawn
    assert [entry.action for entry in audit.entries].count("withdraw_order") == 1
    assert house.desk.order(wanted, OLGA, override="again").order_id != first.order_id


def test_who_died_between_storing_and_asking_is_made_whole_by_sending_it_again() -> None:
    house, audit = a_house()
    house.rebuilds.fails = TransientError("away")
    with pytest.raises(TransientError):
        house.desk.order(some_terms("cap", 0.3), OLGA)
    audit.entries.clear()
    house.rebuilds.fails = None
    house.desk.order(some_terms("cap", 0.3), OLGA)
    assert (len(house.orders.kept), len(audit.entries), house.rebuilds.asked) == (1, 1, [""])


def test_orders_begin_and_end_by_themselves_at_their_moments() -> None:
    house, _ = a_house()
    house.desk.order(some_terms("hold", None, placement="home", starts="2026-09-01T09:00:00Z", ends="2026-09-01T10:00:00Z"), OLGA)
    house.desk.order(some_terms("cap", 0.1, starts="2026-09-01T10:00:00Z"), OLGA)
    found = []
    for seconds in (3599, 3600, 7199, 7200):
        rule = house.book.controls("home", house.clock.now() + timedelta(seconds=seconds)).rule("v-1")
        found.append((rule.hold, rule.cap))
    assert found == [(False, 1.0), (True, 1.0), (True, 1.0), (False, 0.1)]


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", ["venue:v-99", "campaign:c-9", "merchant:m-9", "industry:nothing"])
def test_nobody_can_order_for_somebody_unknown(subject: str) -> None:
    house, audit = a_house()
    with pytest.raises(InvalidInputError) as refused:
        house.desk.order(some_terms("cap", 0.1, subject), OLGA)
    assert (refused.value.code, refused.value.where) == ("order_subject_unknown", "subject.id")
    assert refused.value.told.keys() == {"zh", "en"}
    assert (house.orders.kept, audit.entries, house.rebuilds.asked) == ({}, [], [])


@pytest.mark.parametrize("placement", ["attic", "direct"])
def test_nor_for_a_placement_that_is_not_offered(placement: str) -> None:
    house, _ = a_house()
    for call in (lambda: house.desk.order(some_terms(placement=placement), OLGA), lambda: house.desk.rules(placement)):
        with pytest.raises(InvalidInputError, match="there is no placement"):
            call()


def test_a_floor_above_a_cap_is_refused_and_names_the_other() -> None:
    house, _ = a_house()
    cap = house.desk.order(some_terms("cap", 0.2), OLGA)
    with pytest.raises(ConflictError, match=cap.order_id) as refused:
        house.desk.order(some_terms("floor", 0.3), OLGA, override="must be")
    assert refused.value.code == "floor_above_cap"
    with pytest.raises(NotFoundError):
        house.desk.withdraw("o-none", "because", OLGA)
    with pytest.raises(NotFoundError):
        house.desk.without("o-none")


def test_there_are_so_many_orders_and_no_more() -> None:
    house, _ = a_house()
    for number in range(MOST_ORDERS):
        order = an_order("cap", 0.5, "venue:v-2", order_id=f"o-{number}", why=f"reason {number}", ends=f"2027-01-01T00:00:00.{number:03d}Z")
        house.orders.add(order)
    with pytest.raises(ConflictError, match="at most 500"):
        house.desk.order(some_terms("cap", 0.1), OLGA)
    house.desk.withdraw("o-0", "make room", OLGA)
    assert house.desk.order(some_terms("cap", 0.1), OLGA).by == "olga"


# --- the gate ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["do_not_ship", "cannot_tell", None])
def test_more_traffic_needs_a_verdict_or_somebody_who_takes_it_upon_themselves(kind: str | None) -> None:
    house, audit = a_house(gate=FakeGate(kind))
    with pytest.raises(OverrideNeededError) as refused:
        house.desk.order(some_terms("floor", 0.3, placement="home"), OLGA)
    assert (refused.value.status, refused.value.where, refused.value.told.keys()) == (422, "override", {"zh", "en"})
    assert (house.orders.kept, house.rebuilds.asked) == ({}, [])
    order = house.desk.order(some_terms("floor", 0.3, placement="home"), OLGA, override="the brand paid for it")
    assert (order.judged, order.override) == (kind or "cannot_tell", "the brand paid for it")
    assert (audit.entries[-1].detail["judged"], audit.entries[-1].detail["override"]) == (order.judged, order.override)


def test_where_the_estimate_says_ship_nothing_else_is_needed_and_every_placement_is_asked_about() -> None:
    gate = FakeGate("ship")
    house, _ = a_house(gate=gate)
    order = house.desk.order(some_terms("boost", 2.0), OLGA, override="not needed")
    assert (order.judged, order.override) == ("ship", "")
    assert sorted(placement for placement, _, _ in gate.asked) == sorted(name for name, each in PLACEMENTS.items() if each.offered)
    assert all((before.rule("v-1").boost, after.rule("v-1").boost) == (1, 2) for _, before, after in gate.asked)


def test_without_a_gate_there_is_no_estimate_and_that_is_no_yes() -> None:
    house, _ = a_house()
    with pytest.raises(OverrideNeededError, match="There is no estimate"):
        house.desk.order(some_terms("priority", 3, "campaign:c-1"), OLGA)


def test_a_gate_that_takes_too_long_has_not_said_ship() -> None:
    house, _ = a_house(gate=FakeGate("ship"), elapsed=Watch(6.0))
    with pytest.raises(OverrideNeededError):
        house.desk.order(some_terms("boost", 2.0), OLGA)


@pytest.mark.parametrize(("kind", "value"), [("hold", None), ("cap", 0.1), ("daily_limit", 100.0), ("boost", 0.5), ("floor", 0.0)])
def test_less_traffic_is_nobodys_permission(kind: str, value: float | None) -> None:
    gate = FakeGate("do_not_ship")
    house, _ = a_house(gate=gate)
    assert house.desk.order(some_terms(kind, value), OLGA).judged == ""
    assert gate.asked == []


# --- looking ahead ----------------------------------------------------------------------------------------------------


def test_a_preview_says_what_becomes_of_shares_and_writes_nothing() -> None:
    house, audit = a_house()
    seen(house, v_1=(2000, 400), v_2=(2000, 50), v_3=(2000, 60), v_4=(2000, 40), v_5=(2000, 45), v_6=(2000, 30))
    found = house.desk.preview(some_terms("cap", 0.2))
    moves = {each.venue_id: each for each in found.outlook.moves}
    assert (found.outlook.placement, found.outlook.hours, found.outlook.impressions) == ("home", 48, 12_000)
    assert moves["v-1"].before > 0.9
    assert 0.15 < moves["v-1"].after <= 0.2 + 1e-9
    assert sum(each.after - each.before for each in moves.values()) == pytest.approx(0, abs=0.05)
    assert (found.touches, found.judged, found.needs_override, found.conflicts) == (1, None, False, ())
    assert "search" in found.others
    assert (house.orders.kept, audit.entries, house.rebuilds.asked) == ({}, [], [])


def test_what_does_not_change_does_not_move() -> None:
    house, _ = a_house()
    seen(house, v_1=(2000, 100), v_2=(2000, 90), v_3=(2000, 80))
    assert house.desk.preview(some_terms("hold", None, placement="search")).outlook.impressions == 0
    assert house.desk.preview(some_terms("cap", 1.0)).outlook.moved == 0
    held = house.desk.preview(some_terms("hold", None)).outlook
    assert next(each for each in held.moves if each.venue_id == "v-1").after == 0


def test_a_conflict_is_told_before_it_is_saved_and_afterwards() -> None:
    house, _ = a_house()
    house.desk.order(some_terms("cap", 0.1, "campaign:c-1", placement="home"), OLGA)
    found = house.desk.preview(some_terms("floor", 0.9, placement="home"))
    assert found.needs_override
    assert found.judged is not None
    assert [(each.new, each.conflict.subject, each.conflict.because) for each in found.conflicts] == [(True, "v-1", ("campaign:c-1",))]
    assert "The floor of venue Venue v-1 cannot be met: 90.0 %" in found.conflicts[0].words["en"]
    assert "会场“Venue v-1”的保底流量无法满足" in found.conflicts[0].words["zh"]
    house.desk.order(some_terms("floor", 0.9, placement="home"), OLGA, override="we try")
    rules = house.desk.rules("home")
    assert [(each.new, each.conflict.subject) for each in rules.conflicts] == [(False, "v-1")]
    assert rules.controls.campaign_caps["c-1"].venues == ("v-1", "v-2")
    assert {view.order.kind for view in rules.orders} == {"floor", "cap"}


def test_what_a_withdrawal_would_do() -> None:
    house, _ = a_house()
    order = house.desk.order(some_terms("hold", None, placement="home"), OLGA)
    moves = {each.venue_id: each for each in house.desk.without(order.order_id).moves}
    assert moves["v-1"].before == 0 < moves["v-1"].after
    assert house.book.controls("home", house.clock.now()).rule("v-1").hold


def test_a_preview_reads_for_so_long_and_says_what_it_read() -> None:
    house, _ = a_house()
    outlook = Outlooks(house.cells, Watch(4.0))(PLACEMENTS["home"], house.live, Controls(), Controls(), house.clock.now())
    assert (outlook.hours, outlook.of_hours, outlook.moved) == (2, 48, 0)


def test_only_who_may_be_there_is_looked_at() -> None:
    eligible = Eligibility(industries=("food",), languages=("zh",), regions=("cn-sh",))
    home = PLACEMENTS["home"].model_copy(update={"eligible": eligible})
    live = [
        live_one("v-1", industry="food"),
        live_one("v-2"),
        live_one("v-3", industry="food", language="en"),
        live_one("v-4", industry="food", regions=("cn-bj",)),
        live_one("v-5", industry="food", regions=("cn-sh", "cn-bj")),
    ]
    house, _ = a_house(live=live, placements=[home])
    assert house.desk.rules("home").outlook.venues == 2


# --- lists ------------------------------------------------------------------------------------------------------------


def test_orders_are_listed_newest_first_with_names_and_states() -> None:
    house, _ = a_house()
    house.desk.order(some_terms("cap", 0.1, "campaign:c-1"), OLGA)
    house.clock.moment += timedelta(seconds=1)
    house.desk.order(some_terms("hold", None, placement="home", starts="2026-09-05T00:00:00Z"), OLGA)
    house.clock.moment += timedelta(seconds=1)
    gone = house.desk.order(some_terms("cap", 0.4, "industry:toys", placement="search"), OLGA)
    house.desk.withdraw(gone.order_id, "a mistake", OLGA)
    views = house.desk.listed()
    assert [(view.order.kind, view.state, view.touches) for view in views] == [("hold", "waiting", 1), ("cap", "holds", 2)]
    assert views[1].name["en"] == a_campaign().request.sentence
    assert [view.state for view in house.desk.listed(finished=True)] == ["withdrawn", "waiting", "holds"]
    assert [view.order.kind for view in house.desk.listed("search")] == ["cap"]


def test_whom_orders_can_be_about() -> None:
    house, _ = a_house()
    found = house.desk.subjects()
    assert [each.id for each in found.venues] == sorted(NAMES, reverse=True)
    assert {each.id: each.venues for each in found.campaigns} == {"c-1": 2, "c-2": 4}
    assert {each.id for each in found.merchants} == {"m-0", "m-1", "m-2"}
    assert "direct" not in {each.id for each in found.placements}
    assert found.campaigns[1].name["en"] == "c-2"  # whose record is gone


def test_a_daily_limit_is_paced_from_what_was_delivered() -> None:
    house, _ = a_house()
    seen(house, v_1=(1000, 10))
    limit = house.desk.order(some_terms("daily_limit", 1800.0, placement="home"), OLGA)
    assert isinstance(limit, Order)
    # 800 are left for 16 hours of 1,000 answers.
    assert house.book.controls("home", house.clock.now()).rule("v-1").cap == pytest.approx(0.05, rel=0.08)
    key = CellKey(window=window_of(house.clock.now()), placement="home", segment="none", position=1, venue_id="v-1")
    house.cells.stored[key] = Counts(impressions=800)
    house.clock.moment += timedelta(seconds=30)
    assert house.book.controls("home", house.clock.now()).rule("v-1").cap == 0


def test_previewing_what_stands_already_changes_nothing() -> None:
    house, _ = a_house()
    house.desk.order(some_terms("boost", 3.0, placement="home"), OLGA, override="a promise")
    assert house.desk.preview(some_terms("boost", 3.0, placement="home")).outlook.moved == 0
    assert house.desk.preview(some_terms("boost", 0.3, placement="home")).outlook.moved > 0


def test_a_persons_look_reads_live_venues_once_and_the_builder_every_time() -> None:
    house, _ = a_house()
    reads = []

    def read() -> list[LiveVenue]:
        reads.append(1)
        return house.live

    watch = Watch(0.0)
    live = Briefly(read, watch)
    assert (len(live()), len(live()), len(reads)) == (6, 6, 1)
    watch.now = 6.0
    live()
    assert len(reads) == 2


def test_a_preview_is_of_the_released_policy() -> None:
    class Released:
        def settings(self, placement: str) -> PolicySettings:
            assert placement == "home"
            return PolicySettings(policy_id="all-even", explore=1.0)

    house, _ = a_house()
    seen(house, v_1=(2000, 400), v_2=(2000, 50))
    looks = Outlooks(house.cells, Watch(), policy=Released())
    home = house.placements.known["home"]
    held = Controls(venues={"v-1": VenueRule(hold=True)})
    # Everything is drawn evenly: two of six, then two of five.
    moves = {each.venue_id: (each.before, each.after) for each in looks(home, house.live, Controls(), held, house.clock.now()).moves}
    assert moves["v-2"] == pytest.approx((2 / 6, 2 / 5))
