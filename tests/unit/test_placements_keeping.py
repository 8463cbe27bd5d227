"""Placements as operators keep them: the desk, the API, what beacons believe, and what a venue tells at its release."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from huichang.delivery.control.rules import Controls, VenueRule
from huichang.delivery.events.accepting import AcceptBeacons, Sender
from huichang.delivery.events.counting import CountEvents
from huichang.delivery.events.recounting import Recount
from huichang.delivery.model import Beacon, BeaconBatch
from huichang.delivery.placements.model import Eligibility, Placement
from huichang.delivery.placements.remembering import AWAY_SECONDS, KNOWN_SECONDS, RememberedPlacements
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, TransientError
from huichang.kernel.language import both
from huichang.line.placing import PlacementDesk
from huichang.line.venue_facts import merchant_of, with_facts
from huichang.trends.calendar import upcoming
from huichang.trends.regions import festival_regions
from huichang.venues.model import Actor
from tests.support.cli import Cli
from tests.support.fakes import FakeClock
from tests.support.memory_delivery import (
    MemoryBeacons,
    MemoryCells,
    MemoryDelivery,
    MemoryKeys,
    MemoryLog,
    MemoryRates,
    a_token,
    live_venue,
)
from tests.support.memory_placements import MemoryPlacements
from tests.support.web_api import Api, MemoryAudit

LIN, ZHOU = Actor(name="林运", role="operator"), Actor(name="周", role="operator")
EVENING = (0.0,) * 18 + (1.0,) * 6


def a_placement(name: str = "toys-channel", **changes: Any) -> Placement:
    return Placement.model_validate({"name": name, "kind": "public", "what": both("玩具频道", "the toys channel")} | changes)


class Desk:
    """The real desk over memory."""

    def __init__(self, *venues: Any, **ports: Any) -> None:
        self.shelf, self.delivery, self.trail = MemoryPlacements(), MemoryDelivery(*venues), MemoryAudit()
        self.desk = PlacementDesk(self.shelf, self.delivery, self.trail, FakeClock(), ("toys", "pet"), **ports)


# --- changing -----------------------------------------------------------------------------------------------------------


def test_a_shipped_one_is_changed_and_made_as_it_ships_again_and_its_versions_go_on() -> None:
    here = Desk()
    home = PLACEMENTS["home"]
    changed = here.desk.put(home.model_copy(update={"slots": 6, "busy": EVENING}), LIN)
    assert (changed.placement.version, changed.changed, changed.shipped, changed.by) == (1, True, True, "林运")
    assert here.shelf.get("home") == changed.placement
    assert here.desk.put(changed.placement, ZHOU).placement.version == 1  # nothing is different: no change
    back = here.desk.remove("home", 1, ZHOU)
    assert back is not None
    assert (back.placement, back.changed) == (home.model_copy(update={"version": 2}), False)
    again = here.desk.put(back.placement.model_copy(update={"slots": 4}), LIN)
    assert again.placement.version == 3
    assert [(entry.action, entry.subject, entry.actor) for entry in here.trail.entries] == [
        ("put_placement", "placement:home", "林运"),
        ("remove_placement", "placement:home", "周"),
        ("put_placement", "placement:home", "林运"),
    ]
    assert here.trail.entries[0].detail["slots"] == [20, 6]
    with pytest.raises(InvalidInputError, match="as it ships"):
        Desk().desk.remove("home", 0, LIN)


def test_one_that_is_added_can_be_removed_and_added_anew_but_not_confused_with_the_old_one() -> None:
    here = Desk()
    first = here.desk.put(a_placement(), LIN).placement
    assert here.desk.remove(first.name, first.version, LIN) is None
    assert here.shelf.get(first.name) is None
    with pytest.raises(ConflictError, match="林运 removed it"):
        here.desk.put(first.model_copy(update={"slots": 3}), ZHOU)
    anew = here.desk.put(a_placement(), ZHOU).placement
    assert anew.version == 3
    with pytest.raises(ConflictError):
        here.desk.remove(anew.name, first.version, LIN)
    with pytest.raises(NotFoundError):
        here.desk.remove("moon", 0, LIN)
    assert here.shelf.ever() == {"toys-channel"}


def test_whoever_comes_second_is_told_who_was_first_and_what_changed() -> None:
    here = Desk()
    here.desk.put(PLACEMENTS["home"].model_copy(update={"capacity": 50, "eligible": Eligibility(industries=("toys",))}), LIN)
    with pytest.raises(ConflictError) as refused:
        here.desk.put(PLACEMENTS["home"].model_copy(update={"slots": 2}), ZHOU)
    assert refused.value.code == "placement_changed"
    assert "林运 made version 1 (2026-09-01T08:00:00.000Z: capacity, industries)" in refused.value.told["en"]
    assert "林运 已经改成第 1 版（2026-09-01T08:00:00.000Z：容量、行业）" in refused.value.told["zh"]
    assert refused.value.todo["zh"]


def test_the_same_request_again_changes_nothing() -> None:
    here = Desk()
    wanted = PLACEMENTS["home"].model_copy(update={"slots": 2})
    once, twice = here.desk.put(wanted, LIN), here.desk.put(wanted, LIN)
    assert once.placement == twice.placement
    assert len(here.trail.entries) == 1


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"name": "direct"}, "name"),
        ({"what": {"zh": "频道"}}, "what"),
        ({"what": {"zh": " ", "en": "x"}}, "what"),
        ({"what": {"zh": "频" * 81, "en": "x"}}, "what"),
        ({"busy": (0.0,) * 24}, "busy"),
        ({"eligible": {"industries": ["toys", "moon"]}}, "eligible.industries"),
        ({"eligible": {"buyers": ["whales"]}}, "eligible.buyers"),
        ({"eligible": {"regions": ["cn"]}}, "eligible.regions"),
        ({"eligible": {"regions": ["CN"] * 201}}, "eligible.regions"),
        ({"eligible": {"merchants": [""]}}, "eligible.merchants"),
    ],
)
def test_what_cannot_be_is_refused_in_both_languages(changes: dict[str, Any], where: str) -> None:
    here = Desk()
    with pytest.raises(InvalidInputError) as refused:
        here.desk.put(a_placement(**changes), LIN)
    assert refused.value.where == where
    assert set(refused.value.told) == set(refused.value.todo) == {"zh", "en"}
    assert here.trail.entries == []


def test_there_is_an_end_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huichang.line.placing.MOST_PLACEMENTS", len(PLACEMENTS) + 1)
    here = Desk()
    here.desk.put(a_placement("one"), LIN)
    with pytest.raises(ConflictError) as refused:
        here.desk.put(a_placement("two"), LIN)
    assert refused.value.code == "placements_full"


def test_whoever_builds_what_the_feed_answers_from_is_asked_and_if_it_is_away_the_change_stands() -> None:
    class Builder:
        def __init__(self, *, away: bool) -> None:
            self.asked: list[str] = []
            self.away = away

        def ask(self, placement: str) -> None:
            self.asked.append(placement)
            if self.away:
                raise TransientError("the queue is away")

    used: dict[bool, Literal["", "soon", "on_schedule"]] = {}
    for away in (False, True):
        builder = Builder(away=away)
        here = Desk(rebuilds=builder)
        used[away] = here.desk.put(a_placement(), LIN).used
        assert builder.asked == ["toys-channel"]
        assert here.shelf.get("toys-channel") is not None
    assert used == {False: "soon", True: "on_schedule"}


# --- who is there -------------------------------------------------------------------------------------------------------


def many(count: int) -> list[Any]:
    return [
        live_venue(f"v-{n:03}", published_at=f"2026-09-01T08:00:00.{n:03}Z").model_copy(update={"industry": "toys"}) for n in range(count)
    ]


def test_a_released_venue_is_there_a_retired_one_is_not_and_nothing_else_is_written() -> None:
    here = Desk()
    assert here.desk.venues("home").venues == ()
    here.delivery.put_live(live_venue("v-1"))
    (one,) = here.desk.venues("home").venues
    assert (one.venue_id, one.there, one.place, one.reason.code) == ("v-1", True, 1, "there")
    here.delivery.remove_live("v-1")
    assert here.desk.venues("home").there == 0
    assert here.shelf.stored == {}


def test_pages_neither_repeat_nor_skip_although_venues_come_and_go_between_them() -> None:
    here = Desk(*many(25))
    here.desk.put(PLACEMENTS["home"].model_copy(update={"capacity": 10}), LIN)
    seen, cursor = [], ""
    while True:
        page = here.desk.venues("home", cursor=cursor, limit=7)
        seen += [venue.venue_id for venue in page.venues]
        cursor = page.next
        if not cursor:
            break
        here.delivery.remove_live(seen[-1])  # the one the cursor stands on
    assert len(seen) == len(set(seen))
    assert page.left_out_by.keys() == {"full"}
    whole = here.desk.venues("home", limit=200)
    assert [venue.there for venue in whole.venues] == sorted((venue.there for venue in whole.venues), reverse=True)
    assert {venue.there for venue in here.desk.venues("home", which="out").venues} == {False}
    (one,) = here.desk.venues("home", venue_id=seen[0] if seen[0] in here.delivery.venues else "v-020").venues
    assert one.reason.said["zh"]
    for wrong in ("x", "2~a~b", "1~~b"):
        with pytest.raises(InvalidInputError):
            here.desk.venues("home", cursor=wrong)


def test_rules_and_verdicts_of_the_other_rooms_are_heard() -> None:
    class Rules:
        def controls(self, placement: str, now: Any) -> Controls:
            return Controls(venues={"v-000": VenueRule(priority=3), "v-001": VenueRule(hold=True)})

    class Verdicts:
        def eliminated(self, placement: str) -> frozenset[str]:
            return frozenset({"v-002"})

    here = Desk(*many(5), rulebook=Rules(), standings=Verdicts())
    here.desk.put(PLACEMENTS["home"].model_copy(update={"capacity": 1}), LIN)
    found = {venue.venue_id: venue for venue in here.desk.venues("home").venues}
    assert {name: venue.reason.code for name, venue in found.items()} == {
        "v-000": "there",
        "v-001": "held",
        "v-002": "eliminated",
        "v-003": "full",
        "v-004": "full",
    }
    assert (found["v-000"].priority, found["v-003"].priority) == (3, 1)


def test_the_list_counts_who_may_enter_each() -> None:
    here = Desk(*many(12), live_venue("v-pet").model_copy(update={"industry": "pet"}), live_venue("v-en", "en"))
    here.desk.put(a_placement(capacity=10, eligible={"industries": ["toys"]}), LIN)
    counted = {view.placement.name: (view.may_enter, view.there) for view in here.desk.all()}
    assert (counted["home"], counted["toys-channel"], counted["direct"]) == ((14, 14), (12, 10), (0, 0))


# --- the API and the command line -----------------------------------------------------------------------------------------


def test_over_http_a_placement_is_read_changed_with_its_etag_and_removed() -> None:
    api = Api()
    for number in range(3):
        api.delivery.put_live(live_venue(f"v-{number}"))
    listed = api("GET", "/api/placements", role="reviewer").json["placements"]
    assert {each["placement"]["name"] for each in listed} == set(PLACEMENTS)
    shown = api("GET", "/api/placements/home")
    assert shown.headers["etag"] == '"0"'
    body = shown.json["placement"] | {"capacity": 2}
    assert api("PUT", "/api/placements/home", body=body, role="reviewer").status == 403
    saved = api("PUT", "/api/placements/home", body=body)
    assert (saved.status, saved.headers["etag"], saved.json["placement"]["version"]) == (200, '"1"', 1)
    late = api("PUT", "/api/placements/home", body=body | {"slots": 3}, headers={"If-Match": '"0"'})
    assert (late.status, late.json["code"]) == (409, "placement_changed")
    assert late.json["told"]["zh"]
    found = api("GET", "/api/placements/home/venues", query={"which": "out"}).json
    assert (found["live"], found["there"], found["left_out_by"], len(found["venues"])) == (3, 2, {"full": 1}, 1)
    assert api("DELETE", "/api/placements/home").json["code"] == "version_missing"
    back = api("DELETE", "/api/placements/home", headers={"If-Match": 'W/"1"'})
    assert (back.status, back.json["changed"]) == (200, False)
    api("PUT", "/api/placements/spot", body=a_placement("spot").model_dump(mode="json"))
    assert api("DELETE", "/api/placements/spot", query={"version": "1"}).status == 204
    assert [entry.action for entry in api.desk.trail.entries] == ["put_placement", "remove_placement"] * 2


@pytest.mark.parametrize(
    ("method", "path", "how", "status"),
    [
        ("GET", "/api/placements/moon", {}, 404),
        ("GET", "/api/placements/moon/venues", {}, 404),
        ("GET", "/api/placements/home/venues", {"query": {"limit": "0"}}, 400),
        ("GET", "/api/placements/home/venues", {"query": {"limit": "10000"}}, 400),
        ("GET", "/api/placements/home/venues", {"query": {"which": "some"}}, 400),
        ("GET", "/api/placements/home/venues", {"query": {"cursor": "\u0000"}}, 400),
        ("PUT", "/api/placements/home", {"body": {"name": "search", "kind": "public", "what": "x"}}, 400),
        ("PUT", "/api/placements/home", {"raw": '{"name":"home","kind":"public","what":"x","margin":NaN}'}, 400),
        ("PUT", "/api/placements/home", {"raw": '{"name":"home","kind":"public","what":"x","slots":10000}'}, 400),
        ("PUT", "/api/placements/home", {"raw": '{"name":"home","kind":"public","what":"x","busy":[1,2]}'}, 400),
        ("PUT", "/api/placements/A%20b", {"raw": '{"name":"A b","kind":"public","what":"x"}'}, 400),
        ("DELETE", "/api/placements/home", {"headers": {"If-Match": "*"}}, 400),
        ("DELETE", "/api/placements/home", {"query": {"version": "-1"}}, 400),
    ],
)
def test_bad_requests_get_a_problem(method: str, path: str, how: dict[str, Any], status: int) -> None:
    answer = Api()(method, path, **how)
    assert answer.status == status
    assert answer.json["mend"]


def test_the_command_line_lists_shows_sets_and_removes(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    api = cli.network.api
    for venue in many(3):
        api.delivery.put_live(venue)
    assert "3 of 3" in cli("placements", "list").out
    made = cli(
        "placements", "set", "spot", "--zh", "某处", "--en", "a spot", "--slots", "4", "--capacity", "2", "--industry", "toys",
        "--industry", "pet", "--busy", ",".join("0" * 18 + "1" * 6), "--per-buyer-day", "3",
    )  # fmt: skip
    assert made.code == 0, made.err
    assert "version 1: takes toys, pet; in use within a minute" in made.out
    spot = api.placements.get("spot")
    assert spot is not None
    assert (spot.slots, spot.busy, spot.per_buyer_day, spot.what["zh"]) == (4, EVENING, 3, "某处")
    assert cli("placements", "set", "spot", "--industry", "any", "--not-offered").code == 0
    changed = api.placements.get("spot")
    assert changed is not None
    assert (changed.eligible.industries, changed.offered, changed.slots) == ((), False, 4)
    shown = cli("placements", "show", "home", "--most", "0", "--json")
    assert len(json.loads(shown.out)["venues"]) == 3
    assert "there are more" in cli("placements", "show", "home", "--most", "2").out
    assert "number 3 of 3" in " ".join(cli("placements", "show", "home", "--venue", "v-000").out.split())
    assert "is not live" in cli("placements", "show", "home", "--venue", "v-x").out
    file = tmp_path / "home.json"
    file.write_text(shown.out, encoding="utf-8")
    assert cli("placements", "set", "home", "--file", str(file), "--capacity", "1").code == 0
    assert "room for 1" in " ".join(cli("placements", "show", "home", "--out").out.split())
    assert "as it ships" in cli("placements", "remove", "home").out
    assert "is removed" in cli("placements", "remove", "spot").out
    for wrong in (("set", "home", "--busy", "1,2"), ("set", "home", "--busy", "a"), ("remove", "spot"), ("show", "moon")):
        ran = cli("placements", *wrong)
        assert ran.code not in (0, 1), wrong
        assert ran.err


# --- beacons --------------------------------------------------------------------------------------------------------------


def accepted(store: MemoryPlacements, *beacons: dict[str, Any], remembered: RememberedPlacements | None = None) -> list[str]:
    queue = MemoryBeacons()
    known = remembered or RememberedPlacements(store)
    accept = AcceptBeacons(queue, MemoryKeys(), MemoryRates(), FakeClock(), known)
    said = [{"beacon_id": f"beacon-{n:04d}", "kind": "impression", "venue_id": "v-1"} | each for n, each in enumerate(beacons)]
    taken = accept(BeaconBatch(beacons=tuple(map(Beacon.model_validate, said))), Sender(user_agent="Mozilla/5.0 (iPhone) Mobile"))
    return [each.code for each in taken.answer.refused] or [event.cell.placement for event in queue.sent]


def test_beacons_of_added_placements_are_believed_and_of_unknown_ones_only_with_a_token() -> None:
    store = MemoryPlacements(a_placement("spot"))
    assert accepted(store, {"placement": "spot"}) == ["direct"]
    assert accepted(store, {"placement": "moon"}) == ["placement_unknown"]
    # Offered before it was removed, and signed by us: nobody needs to be asked.
    assert accepted(store, {"placement": "gone", "token": a_token(placement="gone")}) == ["gone"]
    reads = store.reads
    assert accepted(store, {"placement": "home"}, {"token": a_token()}) == ["direct", "home"]
    assert store.reads == reads


def test_a_table_that_is_away_leaves_what_was_known_and_first_what_ships() -> None:
    store, now = MemoryPlacements(a_placement("spot")), [0.0]
    known = RememberedPlacements(store, timer=lambda: now[0])
    store.away = True
    assert (known.get("spot"), known.get("home"), known.away) == (None, PLACEMENTS["home"], 0.0)
    store.away = False
    assert known.get("spot") is None  # not before AWAY_SECONDS: a table in trouble is not asked for every beacon
    now[0] = AWAY_SECONDS
    assert (known.get("spot") is not None, known.away) == (True, None)
    reads = store.reads
    now[0] += KNOWN_SECONDS - 1
    assert len(known.all()) == len(PLACEMENTS) + 1
    assert store.reads == reads
    store.away = True
    now[0] += 1
    assert known.get("spot") is not None
    assert KNOWN_SECONDS <= 60


def test_a_recount_looks_at_added_placements_and_at_removed_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huichang.delivery.events.recounting.PLACEMENTS", {"home": None})
    asked: set[str] = set()
    cells, log, clock = MemoryCells(), MemoryLog(), FakeClock()
    read = cells.cells
    monkeypatch.setattr(cells, "cells", lambda placement, window: (asked.add(placement), read(placement, window))[1])
    store = MemoryPlacements(a_placement("spot"))
    store.remove("spot", 0, "林运", "2026-09-01")
    Recount(cells, log, CountEvents(cells, log, list, clock), clock, store.ever)("2026-08-29")
    assert asked == {"home", "spot"}


# --- facts ----------------------------------------------------------------------------------------------------------------


def a_page(*merchants: str) -> Any:
    cards = [SimpleNamespace(product_id=f"p-{n}", merchant_id=merchant) for n, merchant in enumerate(merchants)]
    return SimpleNamespace(floors=[SimpleNamespace(cards=cards), SimpleNamespace(cards=cards[:1])])


@pytest.mark.parametrize(
    ("merchants", "most"),
    [(("a", "a", "b"), "a"), (("a", "b"), ""), (("a", "b", "c"), ""), ((), ""), (("", "", "a"), ""), (("b", "a", "a", "a"), "a")],
)
def test_a_merchant_is_the_one_of_more_than_half_of_the_products(merchants: tuple[str, ...], most: str) -> None:
    assert merchant_of(a_page(*merchants)) == most


def test_regions_are_those_of_the_festivals_a_theme_is_about() -> None:
    trends = {festival.code: festival.as_trend("zh").id for festival in upcoming(date(2026, 9, 1), 365)}
    by_code = {festival.code: festival for festival in upcoming(date(2026, 9, 1), 365)}
    bounded = next(code for code, festival in by_code.items() if festival.promote and "world" not in festival.regions)
    world = next(code for code, festival in by_code.items() if festival.promote and "world" in festival.regions)
    assert festival_regions([trends[bounded]], 2026) == tuple(sorted(by_code[bounded].regions))
    assert festival_regions([trends[bounded], trends[world]], 2026) == ()
    assert festival_regions([trends[bounded], "trend-of-something-hot"], 2026) == ()
    assert festival_regions([], 2026) == ()


def test_a_live_venue_gets_them_all() -> None:
    theme = SimpleNamespace(industry="toys", kind="seasonal", trend_ids=())
    venue: Any = SimpleNamespace(theme=theme, created_at="2026-09-01T08:00:00.000Z")
    live = with_facts(live_venue("v-1"), venue, a_page("m-1", "m-1"))
    assert (live.industry, live.kind, live.merchant, live.regions) == ("toys", "seasonal", "m-1", ())
