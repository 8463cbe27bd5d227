"""Verdicts on a schedule: a simulated placement, windows in any order, who leaves, who stays, who comes back."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.delivery.cells import window_of
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.standing.candidates import LiveCandidates
from huichang.delivery.standing.gathered import READ_AT, Gathered, Read, Sums
from huichang.delivery.standing.judging import Looked
from huichang.delivery.standing.model import Row
from huichang.delivery.standing.standings import KeptStandings
from huichang.delivery.standing.strata import NOTHING, Own, WindowCounts, beside_others, fingerprint
from huichang.delivery.standing.taking import TakeLooks
from huichang.delivery.verdicts.evidence import Evidence, Stratum, gather
from huichang.delivery.verdicts.judging import Rule, judge
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, PermanentError, TransientError
from huichang.venues.model import Actor
from tests.support.fakes import FakeClock
from tests.support.memory_delivery import live_venue
from tests.support.memory_standing import HOME, MemoryPlacements, Room

OLGA = Actor(name="olga", role="operator")
SEEN = (1.0, 0.6, 0.4)
WORDS = ("none", "bulk")


def cell(venue: str, window: str, position: int = 1, segment: str = "none", *, explored: bool = False, image: str = "") -> CellKey:
    return CellKey(window=window, placement="home", segment=segment, position=position, venue_id=venue, image=image, explored=explored)


class Market:
    """Buyers of one placement: what is shown follows what was clicked, except for an even part."""

    def __init__(self, room: Room, quality: dict[str, float], seed: int = 5) -> None:
        self.room, self.quality = room, quality
        self.rng = np.random.default_rng(seed)
        self.shown = dict.fromkeys(quality, 1.0)
        self.clicked = dict.fromkeys(quality, 0.05)

    def hour(self, impressions: int = 3000) -> None:
        """Fill the running window, then let the hour pass."""
        window = window_of(self.room.clock.now())
        out = {each.venue_id for each in self.room.records.known.values() if each.state == "eliminated"}
        here = [name for name in self.quality if name not in out]
        greedy = np.array([(self.clicked[name] / self.shown[name]) ** 2 for name in here])
        for explored, share, weights in ((True, 0.2, np.ones(len(here))), (False, 0.8, greedy)):
            for position, seen in enumerate(SEEN, 1):
                for segment in WORDS:
                    each = self.rng.multinomial(int(impressions * share / 6), weights / weights.sum())
                    for name, n in zip(here, each.tolist(), strict=True):
                        if n:
                            clicks = int(self.rng.binomial(n, min(0.9, 0.1 * seen * self.quality[name])))
                            key = cell(name, window, position, segment, explored=explored)
                            self.room.count(key, Counts(impressions=n, clicks=clicks))
                            self.shown[name] += n
                            self.clicked[name] += clicks
        self.room.later(1)


FORTY = {"poor": 0.4, "good": 1.6} | {f"v-{i:02d}": 1.0 for i in range(38)}


@pytest.fixture(scope="module")
def lived() -> tuple[Room, Market, list[Looked]]:
    """A day and a half of forty venues, looked at every three hours."""
    room = Room(*FORTY)
    market = Market(room, FORTY)
    looks = []
    for _ in range(12):
        for _ in range(3):
            market.hour()
        looks.append(room.judge("home"))
    return room, market, looks


def test_of_forty_venues_the_poor_one_leaves_and_the_good_one_never(lived: tuple[Room, Market, list[Looked]]) -> None:
    room, _, looks = lived
    eliminated = [venue for look in looks for venue in look.eliminated]
    assert "poor" in eliminated
    assert "good" not in eliminated
    assert len(eliminated) <= 2, "of 38 venues as good as the baseline, at most one in twenty"
    standing = room.records.known["home", "poor"]
    assert (standing.state, standing.by, standing.told) == ("eliminated", "verdicts", True)
    assert standing.row is not None
    assert standing.row.high is not None
    assert standing.row.high < 1
    assert standing.words["zh"].startswith("建议下线")
    assert standing.words["en"].startswith("Retire")
    kept = KeptStandings(room.records, room.shelf)
    assert kept.eliminated("home") == set(eliminated)
    assert kept.verdicts("home")["good"].kind == "promote"
    assert kept.verdicts("nowhere") == {}


def test_an_elimination_is_audited_and_a_snapshot_asked_for(lived: tuple[Room, Market, list[Looked]]) -> None:
    room, _, _ = lived
    (entry,) = room.trail.of("poor")
    assert (entry.actor, entry.role, entry.action) == ("verdicts", "system", "standing_eliminated")
    assert (entry.detail["kind"], entry.detail["placement"]) == ("retire", "home")
    assert entry.detail["words"]["zh"]
    assert set(room.rebuilds.asked) == {"home"}


def test_evidence_that_was_folded_is_evidence_of_all_windows_at_once(lived: tuple[Room, Market, list[Looked]]) -> None:
    room, _, _ = lived
    found = room.shelf.evidence("home")
    assert found is not None
    gathered = Gathered.unpack(found[0])
    assert len(gathered.windows) >= 35
    windows = [WindowCounts.of(room.counted[w]) for w, read in gathered.windows.items() if read.fingerprint]
    for name in ("poor", "good", "v-07"):
        whole = gather(stratum for counts in windows for stratum in counts.strata(name))
        assert close(gathered.venues[name], whole)


def test_the_sheet_shows_what_is_promised_and_missing(lived: tuple[Room, Market, list[Looked]]) -> None:
    view = lived[0].desk.view("home")
    by_name = {each.venue_id: each for each in view.rows}
    assert view.total == 40
    assert view.staying == 40 - view.counts["eliminated"]
    assert by_name["poor"].attention == "eliminated"
    row = by_name["v-05"].row
    assert row is not None
    assert row.promised is not None
    assert row.missing == max(0, row.promised - row.shown)
    assert view.rows[0].attention in ("weak_and_there", "eliminated")
    assert lived[0].desk.view("home", attention="promote").rows[0].venue_id == "good"
    assert lived[0].desk.view("home", venue="v-05", limit=1).total == 1
    with pytest.raises(InvalidInputError):
        lived[0].desk.view("home", attention="asleep")


def test_a_venue_that_is_put_back_starts_anew(lived: tuple[Room, Market, list[Looked]]) -> None:
    room, market, _ = lived
    decided = room.desk.restore("home", "poor", "a new first picture", OLGA)
    assert decided.standing.state == "restored"
    assert room.trail.of("poor")[0].actor == "olga"
    kept = KeptStandings(room.records, room.shelf)
    assert "poor" not in kept.eliminated("home")
    assert kept.verdicts("home")["poor"].kind == "cannot_tell", "the last look does not know yet"
    assert next(each for each in room.desk.view("home", venue="poor").rows).attention == "cannot_tell"
    room.later(0.2)
    assert "poor" not in room.judge("home").eliminated
    sheet = room.shelf.sheets["home"]
    row = next(row for row in sheet.rows if row.venue_id == "poor")
    assert (row.shown, row.kind) == (0, "cannot_tell")
    market.quality["poor"] = 1.1
    for _ in range(4):
        market.hour(1500)
        room.judge("home")
    row = next(row for row in room.shelf.sheets["home"].rows if row.venue_id == "poor")
    assert row.shown > 0
    assert room.records.known["home", "poor"].state == "restored"


# --- strata ------------------------------------------------------------------------------------------------------------


def test_a_venue_is_held_against_the_others_even_traffic_and_not_its_own() -> None:
    window = "2026-09-01T08"
    counts = WindowCounts.of(
        {
            cell("a", window): Counts(impressions=50, clicks=5),
            cell("a", window, explored=True): Counts(impressions=10, clicks=4),
            cell("a", window, explored=True, image="x"): Counts(impressions=1, clicks=0),
            cell("b", window, explored=True): Counts(impressions=20, clicks=1),
            cell("b", window, position=2): Counts(impressions=7, clicks=0),
            CellKey(window=window, placement="home", segment="none", position=0, venue_id="a"): Counts(impressions=99),
        }
    )
    assert list(counts.strata("a")) == [Stratum(shown=61, clicks=9, baseline_shown=20, baseline_clicks=1)]
    assert list(counts.strata("b")) == [
        Stratum(shown=20, clicks=1, baseline_shown=11, baseline_clicks=4),
        Stratum(shown=7, clicks=0, baseline_shown=0, baseline_clicks=0),
    ]
    assert list(counts.strata("nobody")) == []
    assert WindowCounts.unpack(counts.pack()) == counts
    assert beside_others(Own(3, 1, 2, 1), 10, 2) == Stratum(shown=3, clicks=1, baseline_shown=8, baseline_clicks=1)


def test_a_counter_that_cannot_be_says_what_it_can() -> None:
    window = "2026-09-01T08"
    counts = WindowCounts.of({cell("a", window): Counts(impressions=2, clicks=9), cell("b", window): Counts(impressions=-3, clicks=1)})
    assert list(counts.strata("a")) == [Stratum(shown=2, clicks=2, baseline_shown=0, baseline_clicks=0)]
    assert "b" not in counts.venues


def test_what_is_no_packed_body_is_named() -> None:
    for body in (b"", b"nonsense"):
        with pytest.raises(ValueError, match="packed"):
            WindowCounts.unpack(body)
        with pytest.raises(ValueError, match="packed"):
            Gathered.unpack(body)
    with pytest.raises(ValueError, match="cut short"):
        Gathered.unpack(some_gathered().pack()[:-1])


# --- windows -----------------------------------------------------------------------------------------------------------


def close(sums: Sums, evidence: Evidence) -> bool:
    counts = (evidence.shown, evidence.clicks, evidence.baseline_shown, evidence.baseline_clicks)
    if (sums.shown, sums.clicks, sums.baseline_shown, sums.baseline_clicks) != counts or bool(sums.likelihood) != bool(
        evidence.log_likelihood
    ):
        return False
    return np.allclose([*sums.likelihood, sums.information], [*evidence.log_likelihood, evidence.information], rtol=0, atol=1e-6)


def random_window(generator: random.Random, window: str) -> WindowCounts:
    cells = {}
    for venue in "abcd":
        for position in (1, 2):
            if generator.random() < 0.8:
                n = generator.randrange(1, 30)
                key = cell(venue, window, position, explored=generator.random() < 0.5)
                cells[key] = Counts(impressions=n, clicks=generator.randrange(n + 1))
    return WindowCounts.of(cells)


def some_gathered() -> Gathered:
    gathered = Gathered()
    gathered.fold("2026-09-01T08", NOTHING, random_window(random.Random(1), "2026-09-01T08"), Read("f", 1.0))
    return gathered


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.permutations(range(5)), st.lists(st.integers(0, 4), max_size=4), st.sampled_from(["", "h2"]))
def test_windows_in_any_order_and_read_again_give_the_same_evidence(seed: int, order: list[int], twice: list[int], since: str) -> None:
    generator = random.Random(seed)
    names = [f"2026-09-01T{8 + i:02d}" for i in range(5)]
    first = {name: random_window(generator, name) for name in names}
    last = {name: random_window(generator, name) if i in twice else first[name] for i, name in enumerate(names)}
    start = names[2] if since else ""
    gathered, straight = Gathered(), Gathered()
    kept = dict(first)
    for i in order:
        gathered.fold(names[i], NOTHING, first[names[i]], Read(f"{i}", 0.5))
        gathered = Gathered.unpack(gathered.pack())
    if since:
        assert gathered.start_again("a", start, lambda window, _: kept[window])
        assert not gathered.start_again("a", start, lambda window, _: kept[window])
    for i in twice:
        gathered.fold(names[i], kept[names[i]], last[names[i]], Read(f"{i}+", 26.0))
        kept[names[i]] = last[names[i]]
    for name in names:
        straight.fold(name, NOTHING, last[name], Read("x", 26.0))
    for venue in "abcd":
        whole = gather(s for name in names if name >= (start if venue == "a" else "") for s in last[name].strata(venue))
        if venue in gathered.venues:
            assert close(gathered.venues[venue], whole)
        else:
            assert whole.shown == 0
        if not since and venue in straight.venues:
            assert close(straight.venues[venue], whole)


def test_a_window_is_read_when_it_is_half_an_hour_old_and_each_time_its_age_has_doubled() -> None:
    gathered, clock = Gathered(), FakeClock()
    window = window_of(clock.now())
    reads: list[float] = []
    for step in range(9 * 24 * 2):
        clock.moment += timedelta(hours=0.5)
        if window in gathered.due(clock.now()):
            age = (step + 1) / 2 - 1
            reads.append(age)
            gathered.windows[window] = Read("", age)
    assert reads == list(READ_AT)


def test_windows_that_nobody_read_are_looked_for_two_weeks_back_and_at_first_a_day() -> None:
    gathered, clock = Gathered(), FakeClock()
    assert gathered.due(clock.now())[0] == "2026-08-31T05"
    gathered.windows["2026-08-01T00"] = Read("", 400.0)
    assert gathered.due(clock.now())[0] == "2026-08-17T08"
    gathered.windows = {"2026-08-30T00": Read("", 26.0)}
    assert gathered.due(clock.now())[0] == "2026-08-30T01"


def test_beacons_into_a_closed_window_count_a_week_later_or_when_somebody_asks() -> None:
    room = Room("a", "b")
    window = window_of(room.clock.now())
    room.count(cell("a", window, explored=True), Counts(impressions=100, clicks=10))
    room.count(cell("b", window, explored=True), Counts(impressions=100, clicks=20))
    room.later(27.5)
    room.judge("home")
    room.count(cell("a", window, explored=True), Counts(impressions=1, clicks=1))
    room.later(1)
    room.judge("home")
    assert shown_of(room, "a") == 100, "the window is closed"
    room.judge("home", (window, "1999-01-01T00", window_of(room.clock.now())))
    assert shown_of(room, "a") == 101, "read again, as after a recount that mended it"
    room.counted[window][cell("b", window, explored=True)] = Counts(impressions=90, clicks=20)
    room.later(168)
    room.judge("home")
    whole = WindowCounts.of(room.counted[window])
    found = room.shelf.evidence("home")
    assert found is not None
    gathered = Gathered.unpack(found[0])
    assert close(gathered.venues["b"], gather(whole.strata("b")))


def shown_of(room: Room, venue: str) -> int:
    return next(row.shown for row in room.shelf.sheets["home"].rows if row.venue_id == venue)


def test_a_look_that_takes_long_leaves_windows_for_the_next_and_asks_for_it() -> None:
    room = Room("a", "b")
    room.later(48)
    real = room.cells

    def slow(placement: str, window: str) -> object:
        room.clock.moment += timedelta(seconds=25)
        return real(placement, window)

    room.cells = slow  # type: ignore[method-assign, assignment]
    take = TakeLooks(MemoryPlacements(), room.looks, room.judge)
    looked = take('{"placement": "home"}')
    assert looked is not None
    assert looked.read == 3
    assert room.looks.asked == [("home", looked.unread)]


def test_two_looks_at_once_and_one_of_them_wins() -> None:
    room = Room("a", "b")
    room.later(2)
    room.judge("home")
    real = room.shelf.keep_evidence

    def raced(placement: str, body: bytes, tag: str) -> bool:
        real(placement, body, tag)
        return real(placement, body, tag)

    room.shelf.keep_evidence = raced  # type: ignore[method-assign]
    room.later(2)
    with pytest.raises(TransientError, match="another look"):
        room.judge("home")


def test_a_placement_that_is_not_there_or_not_offered_is_not_judged() -> None:
    room = Room("a", placement=HOME.model_copy(update={"offered": False}))
    assert room.judge("home") == Looked(placement="home")
    assert room.judge("nowhere") == Looked(placement="nowhere")


def test_damaged_evidence_is_told_with_what_to_do() -> None:
    room = Room("a")
    room.shelf.sums["home"] = (b"?", "1")
    with pytest.raises(PermanentError, match="cannot be read") as caught:
        room.judge("home")
    assert "refold" in caught.value.mend


# --- who leaves and who stays ---------------------------------------------------------------------------------------------


def poor_one(others: int, slots: int) -> Room:
    """A window in which `w-0` and `w-1` are proven weak among `others` venues."""
    names = ["w-0", "w-1", *(f"v-{i}" for i in range(others))]
    room = Room(*names, placement=HOME.model_copy(update={"slots": slots}))
    window = window_of(room.clock.now())
    for i, name in enumerate(names):
        clicks = (20, 60)[i] if i < 2 else 300
        room.count(cell(name, window, explored=True), Counts(impressions=2000, clicks=clicks))
    room.later(1.5)
    return room


def test_the_weakest_leave_first_and_none_that_the_placement_needs() -> None:
    room = poor_one(others=4, slots=5)
    looked = room.judge("home")
    assert (looked.eliminated, looked.kept) == (("w-0",), ("w-1",))
    kept = room.records.known["home", "w-1"]
    assert kept.state == "kept"
    assert "5" in kept.why["en"]
    assert kept.why["zh"]
    assert room.desk.view("home").rows[0].attention == "weak_and_there"
    assert room.judge("home").kept == (), "told once"
    assert len(room.trail.of("w-1")) == 1
    room.candidates.names.append("v-9")
    assert room.judge("home").eliminated == ("w-1",)


def test_a_venue_that_is_held_fills_no_place_and_leaves_none_empty() -> None:
    room = poor_one(others=4, slots=5)
    room.held = {"v-0"}
    looked = room.judge("home")
    assert (looked.eliminated, looked.kept) == ((), ("w-0", "w-1")), "five are left that can be shown"
    room.held = {"w-1"}
    assert room.judge("home").eliminated == ("w-1",), "nobody sees it anyway"


def test_who_was_kept_and_is_weak_no_more_has_no_standing() -> None:
    room = poor_one(others=4, slots=6)
    assert room.judge("home").kept == ("w-0", "w-1")
    window = min(room.counted)
    for name in ("w-0", "w-1"):
        room.counted[window][cell(name, window, explored=True)] = Counts(impressions=2000, clicks=300)
    room.judge("home", (window,))
    assert room.records.known == {}


def test_a_frozen_placement_loses_nobody_and_verdicts_are_told() -> None:
    room = poor_one(others=8, slots=3)
    room.desk.freeze("home", "the big sale", OLGA)
    assert room.judge("home").eliminated == ()
    view = room.desk.view("home")
    assert view.frozen is not None
    assert view.counts["weak_and_there"] == 2
    room.desk.thaw("home", "over", OLGA)
    assert room.looks.asked == [("home", ())]
    assert set(room.judge("home").eliminated) == {"w-0", "w-1"}
    assert [entry.action for entry in room.trail.of("home")] == ["standing_thawed", "standing_frozen"]


def test_a_person_takes_a_venue_out_and_puts_it_back() -> None:
    room = Room("a", "b", "c")
    decided = room.desk.retire("home", "a", "its merchant is gone", OLGA)
    assert (decided.staying, decided.slots, decided.standing.why["en"]) == (2, 6, "its merchant is gone")
    assert decided.standing.row is None
    with pytest.raises(ConflictError, match="already"):
        room.desk.retire("home", "a", "again", OLGA)
    assert room.desk.restore("home", "a", "back", OLGA).staying == 3
    assert room.records.known["home", "a"].since == "2026-09-01T09"
    with pytest.raises(ConflictError, match="not taken out"):
        room.desk.restore("home", "a", "back", OLGA)
    for venue in ("nobody", "../x"):
        with pytest.raises(NotFoundError):
            room.desk.retire("home", venue, "what", OLGA)
    for name in ("nowhere", "direct"):
        with pytest.raises(NotFoundError):
            room.desk.freeze(name, "what", OLGA)
    assert room.rebuilds.asked == ["home", "home"]


def test_a_person_who_is_faster_than_the_look_wins() -> None:
    room = poor_one(others=8, slots=3)
    room.records.before_put = lambda: (room.desk.retire("home", "w-0", "I was here", OLGA), None)[1]
    assert room.judge("home").eliminated == ("w-1",)
    assert room.records.known["home", "w-0"].by == "olga"


def test_two_people_at_once_and_one_is_told() -> None:
    room = Room("a", "b")
    room.records.before_put = lambda: (room.desk.retire("home", "a", "mine", OLGA), None)[1]
    with pytest.raises(ConflictError, match="same moment"):
        room.desk.retire("home", "a", "no, mine", Actor(name="otto", role="admin"))


def test_a_look_that_was_interrupted_before_it_told_tells_at_the_next() -> None:
    room = poor_one(others=8, slots=3)
    real, room.trail.record = room.trail.record, away  # type: ignore[method-assign]
    with pytest.raises(TransientError):
        room.judge("home")
    assert not any(each.told for each in room.records.known.values())
    room.trail.record = real  # type: ignore[method-assign]
    room.judge("home")
    assert {entry.subject for entry in room.trail.entries} == {"w-0", "w-1"}
    assert room.judge("home").eliminated == ()
    assert len(room.trail.entries) == 2


def away(_: object) -> None:
    raise TransientError("the trail is away", where="audit")


def test_a_venue_that_left_is_forgotten_a_week_later_and_would_start_anew() -> None:
    room = poor_one(others=8, slots=3)
    room.judge("home")
    room.candidates.names.remove("w-0")
    room.later(24)
    room.judge("home")
    assert "w-0" not in {row.venue_id for row in room.shelf.sheets["home"].rows}
    assert "w-0" in {each.venue_id for each in room.records.known.values()}
    room.later(24 * 7.5)
    assert room.judge("home").forgotten == ("w-0",)
    assert "w-0" not in {each.venue_id for each in room.records.known.values()}
    room.candidates.names.append("w-0")
    window = min(room.counted)
    room.counted[window][cell("w-0", window, explored=True)] = Counts(impressions=1900, clicks=20)
    room.judge("home", (window,))
    assert shown_of(room, "w-0") == 0


def test_a_day_is_read_again_on_request() -> None:
    room = Room("a")
    assert len(room.desk.refold("home", "2026-08-30", OLGA)) == 24
    assert room.looks.asked[0][1][0] == "2026-08-30T00"
    with pytest.raises(InvalidInputError):
        room.desk.refold("home", "yesterday", OLGA)


def test_a_tick_asks_for_every_offered_placement_and_nonsense_is_named() -> None:
    room = Room("a")
    direct = HOME.model_copy(update={"name": "direct", "offered": False})
    take = TakeLooks(MemoryPlacements(HOME, direct), room.looks, room.judge)
    assert take('{"detail-type": "Scheduled Event", "source": "aws.events"}') is None
    assert room.looks.asked == [("home", ())]
    for body in ("", "[]", '{"placement": "?"}', '{"placement": "home", "windows": 3}'):
        with pytest.raises(PermanentError):
            take(body)


def test_a_row_is_json_and_the_verdict_again() -> None:
    rule = Rule(margin=0.1)
    verdict = judge(Evidence(shown=3), rule)
    row = Row.model_validate_json(Row.of("a", verdict, None, "").model_dump_json())
    assert row.high is None
    assert row.verdict(rule) == verdict


def test_what_is_live_is_read_again_after_a_while() -> None:
    clock, reads = FakeClock(), []
    here = LiveCandidates(lambda: reads.append(1) or [live_venue("a")], clock, seconds=30)  # type: ignore[func-returns-value]
    assert [venue.venue_id for venue in here.of(HOME)] == ["a"]
    here.of(HOME)
    assert len(reads) == 1
    clock.moment += timedelta(seconds=31)
    here.of(HOME)
    assert len(reads) == 2


def test_a_look_that_finds_nothing_new_stores_no_sums() -> None:
    room = poor_one(others=4, slots=3)
    room.judge("home")
    had = room.shelf.sums["home"]
    room.later(0.1)
    room.judge("home")
    assert room.shelf.sums["home"] is had


def test_equal_counts_have_one_fingerprint() -> None:
    window = random_window(random.Random(3), "2026-09-01T08")
    assert fingerprint(window.pack()) == fingerprint(WindowCounts.unpack(window.pack()).pack())
