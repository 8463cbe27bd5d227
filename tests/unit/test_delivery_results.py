"""Results add up, say how sure they are, and cost a bounded number of reads."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huichang.delivery.cells import hour_of
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.results.adding import rate
from huichang.delivery.results.charts import chart
from huichang.delivery.results.model import Ask, Happening, VenueName, hours_between
from huichang.delivery.results.packed import fill, unpack
from huichang.delivery.results.rollups import PackClosedDays
from huichang.delivery.results.table import COLUMNS, csv_lines, field, values
from huichang.delivery.results.telling import AuditHappened
from huichang.delivery.results.uplift import STEP, Pool
from huichang.delivery.verdicts.evidence import Stratum, gather
from huichang.kernel.clock import iso
from huichang.kernel.errors import InvalidInputError, PermanentError, TransientError
from huichang.kernel.language import both
from huichang.kernel.money import minor_digits
from huichang.venues.model import Actor
from infra.bench.results import measure
from tests.support.fakes import FakeClock
from tests.support.memory_results import MemoryHappened, MemoryNames, results_of
from tests.support.web_api import Api, MemoryAudit

NOW = FakeClock().now()
TODAY = NOW.strftime("%Y-%m-%d")
FIRST = hour_of((NOW - timedelta(days=4)).strftime("%Y-%m-%dT00"))
END = hour_of(NOW.strftime("%Y-%m-%dT%H")) + 1
CAMPAIGNS = {"v-0": "c-1", "v-1": "c-1", "v-2": "c-2"}
NAMES = MemoryNames(
    *(VenueName(venue_id=venue, campaign_id=campaign, name=f"会场 {venue}") for venue, campaign in CAMPAIGNS.items()),
    campaigns={"c-1": "熊猫玩偶大促", "c-2": "=1+1"},
)


def window(hours_ago: int) -> str:
    return (NOW - timedelta(hours=hours_ago)).strftime("%Y-%m-%dT%H")


def cell(venue: str = "v-1", hours_ago: int = 60, **changes: object) -> CellKey:
    said = {"window": window(hours_ago), "placement": "home", "segment": "none", "position": 1, "venue_id": venue}
    return CellKey.model_validate(said | changes)


def counts(impressions: int = 100, clicks: int = 5, orders: int = 0, value: int = 0) -> Counts:
    return Counts(impressions=impressions, clicks=clicks, carts=min(clicks, orders + 1), orders=orders, order_value=value)


@st.composite
def many_cells(draw: st.DrawFn) -> dict[CellKey, Counts]:
    found = {}
    for _ in range(draw(st.integers(0, 12))):
        key = cell(
            f"v-{draw(st.integers(0, 3))}",
            draw(st.integers(0, 96)),
            placement=draw(st.sampled_from(["home", "search"])),
            segment=draw(st.sampled_from(["none", "bulk", "new"])),
            position=draw(st.integers(1, 3)),
            image=draw(st.sampled_from(["", "img-a"])),
            explored=draw(st.booleans()),
        )
        shown = draw(st.integers(1, 2000))
        clicks = draw(st.integers(0, shown))
        orders = draw(st.integers(0, clicks))
        found[key] = counts(shown, clicks, orders, draw(st.integers(0, 10**9)) if orders else 0)
    return found


def ask(**changes: object) -> Ask:
    return Ask.model_validate({"first": FIRST, "end": END} | changes)


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - our own chart


def plus(*several: Counts) -> Counts:
    total = Counts()
    for each in several:
        total = total + each
    return total


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    many_cells(), st.sampled_from(["venue", "campaign", "placement", "segment", "image"]), st.integers(0, 90), st.integers(1, 4), st.data()
)
def test_rows_and_others_are_the_total_whatever_they_are_by(
    cells: dict[CellKey, Counts], by: str, cut: int, limit: int, data: st.DataObject
) -> None:
    desk = results_of(cells, NAMES)
    filters = data.draw(
        st.sampled_from(
            [{}, {"placement": "home"}, {"segment": "bulk"}, {"venue": "v-1"}, {"campaign": "c-1"}, {"campaign": "c-1", "segment": "none"}]
        )
    )
    asked = ask(by=by, limit=limit, first=FIRST + cut // 2, end=END - cut // 3, **filters)
    told = desk(asked)
    truth = plus(
        *(
            each
            for key, each in cells.items()
            if asked.first <= hour_of(key.window) < asked.end
            and filters.get("placement", key.placement) == key.placement
            and filters.get("segment", key.segment) == key.segment
            and filters.get("venue", key.venue_id) == key.venue_id
            and filters.get("campaign", CAMPAIGNS.get(key.venue_id, "")) == CAMPAIGNS.get(key.venue_id, "")
        )
    )
    assert told.total.counts == truth
    assert plus(*(row.counts for row in told.rows), told.others.counts if told.others else Counts()) == truth
    assert plus(*(point.counts for point in told.points)) == truth
    assert len(told.rows) == min(limit, told.found)
    for at, key in enumerate(told.drawn):
        assert sum(point.parts[at] for point in told.points) == told.rows[at].counts.impressions, key
    if truth.impressions:
        assert sum(row.share for row in told.rows) + (told.others.share if told.others else 0) == pytest.approx(1)
    # All pages together are all rows.
    pages = [row.key for page in range(0, told.found, limit) for row in desk(asked.model_copy(update={"offset": page})).rows]
    assert len(pages) == len(set(pages)) == told.found


@settings(max_examples=15, deadline=None)
@given(many_cells())
def test_venues_of_a_placement_add_up_to_the_placement(cells: dict[CellKey, Counts]) -> None:
    desk = results_of(cells, NAMES)
    for row in desk(ask(by="placement")).rows:
        of_venues = desk(ask(by="venue", placement=row.key))
        assert plus(*(each.counts for each in of_venues.rows)) == row.counts


@settings(max_examples=40, deadline=None)
@given(many_cells())
def test_a_packed_day_is_unpacked_as_it_was(cells: dict[CellKey, Counts]) -> None:
    day = window(50)[:10]
    windows = [(hour, {key: each for key, each in cells.items() if key.window == f"{day}T{hour:02d}"}) for hour in range(24)]
    made = fill("home", day, windows, CAMPAIGNS, read_at="2026-09-01T08:00:00.000Z", closed=True)
    assert unpack(made.pack()) == made


@pytest.mark.parametrize("data", [b"", b"nonsense", fill("home", TODAY, [], {}, read_at="x", closed=True).pack()[:-3]])
def test_what_is_no_packed_day_is_refused(data: bytes) -> None:
    with pytest.raises(PermanentError):
        unpack(data)


def test_counts_below_nothing_are_not_packed() -> None:
    with pytest.raises(PermanentError):
        fill("home", TODAY, [(0, {cell(): Counts(impressions=-1)})], {}, read_at="x", closed=True)


strata = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(0, 60), st.integers(0, 9000), st.integers(0, 80)).map(
        lambda each: (each[0], min(each[0], each[1]), each[2], min(each[2], each[3]))
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(strata)
def test_pooled_strata_say_what_verdicts_evidence_says(found: list[tuple[int, int, int, int]]) -> None:
    pool = Pool()
    for each in found:
        pool.add(*each)
    exact = gather(Stratum(shown=n, clicks=k, baseline_shown=m, baseline_clicks=c) for n, k, m, c in found)
    mine = pool.evidence()
    assert (mine.shown, mine.clicks, mine.baseline_shown, mine.baseline_clicks) == (
        exact.shown, exact.clicks, exact.baseline_shown, exact.baseline_clicks
    )  # fmt: skip
    assert bool(mine.log_likelihood) == bool(exact.log_likelihood)
    if exact.log_likelihood:
        shift = mine.log_likelihood[120] - exact.log_likelihood[120]
        clicks = exact.clicks + exact.baseline_clicks
        for one, other in zip(mine.log_likelihood, exact.log_likelihood, strict=True):
            assert abs(one - shift - other) <= clicks * STEP**2 / 32 + 1e-9
        assert mine.information == pytest.approx(exact.information, rel=1e-3)


def test_a_better_venue_is_told_to_be_better_and_the_interval_holds_it() -> None:
    cells = {}
    for hour in range(50, 90):
        for segment in ("none", "bulk"):
            cells[cell("good", hour, segment=segment)] = counts(1000, 100)
            cells[cell("weak", hour, segment=segment)] = counts(1000, 20)
            cells[cell("even", hour, segment=segment, explored=True)] = counts(1000, 50)
    rows = {row.key: row for row in results_of(cells)(ask()).rows}
    good, weak, even = rows["good"].uplift, rows["weak"].uplift, rows["even"].uplift
    assert good
    assert weak
    assert even
    assert good.low is not None
    assert good.high is not None
    assert good.low < 1.0 < good.high
    assert good.low > 0.75
    assert weak.high is not None
    assert weak.high < -0.5
    # It is the whole baseline itself: there is nobody to compare it with.
    assert (even.value, even.low, even.high) == (None, None, None)
    # The placement is its steered part over its even part: (100 + 20) / 2 against 50.
    home = results_of(cells)(ask(by="placement")).rows[0].uplift
    assert home
    assert home.low is not None
    assert home.high is not None
    assert home.low < 0.2 < home.high


def test_small_numbers_are_said_to_be_small() -> None:
    row = results_of({cell("v-1"): counts(10, 1)})(ask()).rows[0]
    assert row.few
    assert row.ctr.low < 0.1 < row.ctr.high
    assert row.ctr.high - row.ctr.low > 0.3
    none = rate(0, 0)
    assert (none.value, none.low, none.high) == (None, 0.0, 1.0)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_an_interval_holds_its_value(a: int, b: int) -> None:
    found = rate(min(a, b), max(a, b))
    assert 0 <= found.low <= (found.value if found.value is not None else 0.5) <= found.high <= 1


def test_direct_visits_are_told_where_they_are_asked_for_only() -> None:
    cells = {cell("v-1", placement="direct", position=0): counts(7, 2), cell("v-2"): counts(3, 0)}
    assert results_of(cells)(ask()).total.counts.impressions == 3
    direct = results_of(cells)(ask(placement="direct"))
    assert (direct.total.counts.impressions, direct.total.uplift, direct.rows[0].uplift) == (7, None, None)


# --- packed once -------------------------------------------------------------------------------------------------------


def test_closed_days_are_read_once_and_open_ones_for_five_minutes() -> None:
    clock = FakeClock()
    desk = results_of({cell("v-1", 90): counts(), cell("v-1", 1): counts()}, clock=clock)
    counted = desk.rollups.counted
    first = desk(ask())
    assert not first.settled
    assert first.counted_to == iso(NOW)
    reads = len(counted.read)  # type: ignore[attr-defined]
    assert desk(ask()).total == first.total
    assert len(counted.read) == reads  # type: ignore[attr-defined]
    clock.moment += timedelta(seconds=301)
    desk(ask())
    again = {at for _, at in counted.read[reads:]}  # type: ignore[attr-defined]
    # Only what is open: a day is closed 25 hours after its last window.
    assert again
    assert min(again)[:10] >= (NOW - timedelta(hours=49)).strftime("%Y-%m-%d")
    settled = desk(ask(end=FIRST + 24))
    assert settled.settled


def test_what_a_recount_mended_is_added_up_again() -> None:
    clock = FakeClock()
    desk = results_of({cell("v-1", 90): counts(100)}, clock=clock)
    assert desk(ask()).total.counts.impressions == 100
    desk.rollups.counted.stored[cell("v-1", 90)] = counts(120)  # type: ignore[attr-defined]
    assert desk(ask()).total.counts.impressions == 100
    desk.rollups.shelf.note_mended("home", window(90)[:10], iso(clock.now()))
    assert desk(ask()).total.counts.impressions == 120
    clock.moment += timedelta(seconds=120)
    desk(ask())
    reads = len(desk.rollups.counted.read)  # type: ignore[attr-defined]
    desk(ask(end=FIRST + 48))
    assert len(desk.rollups.counted.read) == reads  # type: ignore[attr-defined]


def test_a_broken_pack_is_made_again() -> None:
    desk = results_of({cell("v-1", 90): counts(100)})
    desk.rollups.shelf.put("home", window(90)[:10], b"1 not a moment")
    assert desk(ask()).total.counts.impressions == 100


class Slow(FakeClock):
    """Every look at it takes seven seconds."""

    def now(self) -> datetime:
        self.moment += timedelta(seconds=7)
        return self.moment


def test_a_look_that_would_take_too_long_goes_on_where_it_stopped() -> None:
    desk = results_of({cell("v-1", hour): counts(1) for hour in range(0, 90, 20)}, clock=Slow())
    with pytest.raises(TransientError) as error:
        desk(ask(end=END - 60))
    assert error.value.code == "results_preparing"
    assert error.value.told["zh"]
    for _ in range(6):
        try:
            desk(ask(end=END - 60))
            break
        except TransientError:
            continue
    else:
        pytest.fail("it never got done")


def test_a_schedule_packs_closed_days_once() -> None:
    clock = FakeClock()
    desk = results_of({cell("v-1", 90): counts()}, clock=clock)
    pack = PackClosedDays(desk.rollups, lambda: ["home", "search"], clock)
    assert pack() == {"looked_at": 8, "packed": 8, "left": 0}
    assert pack() == {"looked_at": 8, "packed": 0, "left": 0}
    clock.moment += timedelta(hours=23)
    # The day that closed meanwhile.
    assert pack()["packed"] == 1
    clock.moment += timedelta(hours=2)
    # What a blocked queue may still have counted in is read once a day; the two oldest cannot change any more.
    assert pack()["packed"] == 6


def test_a_queue_that_was_blocked_is_seen_a_day_later() -> None:
    clock = FakeClock()
    desk = results_of({cell("v-1", 90): counts(100)}, clock=clock)
    assert desk(ask()).total.counts.impressions == 100
    desk.rollups.counted.stored[cell("v-1", 90)] = counts(150)  # type: ignore[attr-defined]
    clock.moment += timedelta(hours=25)
    assert desk(ask()).total.counts.impressions == 150
    clock.moment += timedelta(days=7)
    desk(ask())
    reads = len(desk.rollups.counted.read)  # type: ignore[attr-defined]
    clock.moment += timedelta(days=7)
    desk(ask())
    assert len(desk.rollups.counted.read) == reads  # type: ignore[attr-defined]


# --- bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [
        ("2026-08-20", "2026-08-10", "range_backwards"),
        ("2016-08-20", "2026-08-20", "range_too_long"),
        ("2020-08-20", "2020-08-21", "range_not_kept"),
        ("yesterday", "", "range_malformed"),
        ("2026-02-30", "", "range_malformed"),
        ("2026-08-20T25", "", "range_malformed"),
        ("", "9999-12-31T23:59", "range_malformed"),
    ],
)
def test_ranges_that_are_none(since: str, until: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        hours_between(since, until, NOW)
    assert error.value.code == code


def test_a_range_is_whole_days_both_included_and_ends_now() -> None:
    first, end = hours_between("2026-08-20", "2026-08-21", NOW)
    assert end - first == 48
    assert hours_between("2026-08-20T10", "2026-08-20T10", NOW)[1] - hour_of("2026-08-20T10") == 1
    assert hours_between("", "", NOW)[1] == END
    first, end = hours_between(TODAY, "2026-12-31", NOW)
    assert end == END


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"by": "buyer"}, "by"),
        ({"placement": "moon"}, "placement"),
        ({"segment": "rich"}, "segment"),
        ({"limit": "100000"}, "limit"),
        ({"limit": "0"}, "limit"),
        ({"offset": "-1"}, "offset"),
        ({"from": "2026-08-30", "to": "2026-08-01"}, "from"),
        ({"from": "2016-08-30"}, "from"),
        ({"venue": "a b; drop"}, "venue"),
        ({"sort": "titles"}, "sort"),
    ],
)
def test_bad_queries_are_told(query: dict[str, str], where: str) -> None:
    for path in ("/api/results", "/api/results.csv", "/api/results.svg"):
        answer = Api()("GET", path, query=query)
        assert (answer.status, answer.json["where"]) == (400, where), path
    assert Api()("GET", "/api/results", role=None).status == 401


# --- charts and tables -------------------------------------------------------------------------------------------------

EVIL = '<script>alert("x")</script>]]>&\x00\ud800'


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["share", "ctr", "uplift"])
def test_charts_are_svg_whatever_titles_hold(name: str, language: str) -> None:
    cells = {cell(f"v-{n}", hour, explored=n == 2): counts(50 + n, 3) for n in range(3) for hour in range(50, 90, 7)}
    told = results_of(cells, happened=MemoryHappened(Happening(at=f"{window(60)}:30:00.000Z", kind="rule", what=both("加推", "boost"))))(
        ask()
    )
    rows = tuple(row.model_copy(update={"name": both(EVIL, EVIL)}) for row in told.rows)
    for width in (280, 1200):
        drawn = chart(told.model_copy(update={"rows": rows}), name, width=width, language=language)  # type: ignore[arg-type]
        tree = parsed(drawn)
        tags = {element.tag.partition("}")[2] for element in tree.iter()}
        assert tags <= {"svg", "title", "desc", "rect", "line", "text", "polyline", "polygon", "circle"}
        assert tree.find("{*}title") is not None
        assert "\x00" not in drawn
        for element in tree.iter("{*}text"):
            assert float(element.attrib["x"]) <= width
    assert parsed(chart(results_of()(ask()), name, language=language)).attrib["role"] == "img"  # type: ignore[arg-type]


ONE_ROW = results_of({cell("v-1"): counts(10, 2, 1, 1990)}, NAMES)(ask()).rows[0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_a_csv_is_read_back_and_holds_no_formula(titles: list[str]) -> None:
    rows = [ONE_ROW.model_copy(update={"name": both(title, title)}) for title in titles]
    lines = list(csv_lines((values(row, by="venue", currency="CNY", digits=2, language="zh") for row in rows), 2))
    assert lines[0].startswith("\ufeff")
    read = list(csv.DictReader(io.StringIO("".join(lines).removeprefix("\ufeff"), newline="")))
    assert len(read) == len(titles)
    for line, title in zip(read, titles, strict=True):
        assert line["order_value"] == "19.90"
        assert line["name"] in (title, f"'{title}")
        assert not line["name"].lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_formulas_get_an_apostrophe(title: str) -> None:
    assert field(title).lstrip('"').startswith("'")


def test_the_api_tells_and_exports() -> None:
    api = Api()
    api.results.rollups.counted.stored |= {cell("v-1", 1): counts(10, 2, 1, 1990), cell("v-2", 3): counts(30, 1)}  # type: ignore[attr-defined]
    told = api("GET", "/api/results", role="reviewer").json
    assert [row["key"] for row in told["rows"]] == ["v-2", "v-1"]
    assert told["total"]["counts"]["order_value"] == 1990
    assert (told["currency"], told["minor_digits"], told["hours"]) == ("CNY", 2, 24)
    assert [row["key"] for row in api("GET", "/api/results", query={"sort": "clicks"}).json["rows"]] == ["v-1", "v-2"]
    answer = api("GET", "/api/results.csv", query={"by": "segment", "lang": "zh"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.text.splitlines()[0].removeprefix("\ufeff") == ",".join(COLUMNS)
    assert "没有说明的买家" in answer.text
    drawn = api("GET", "/api/results.svg", query={"chart": "ctr", "width": "320"})
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert parsed(drawn.text).attrib["width"] == "320"
    both_charts = api("GET", "/api/results", query={"charts": "share,uplift"}).json["charts"]
    assert [parsed(text).tag for text in both_charts.values()] == 2 * ["{http://www.w3.org/2000/svg}svg"]
    assert api("GET", "/api/results", query={"charts": "share,pie"}).status == 400
    for value in json.dumps(told).split():
        assert "NaN" not in value
        assert "Infinity" not in value


def test_minor_units() -> None:
    assert [minor_digits(code) for code in ("CNY", "JPY", "KWD")] == [2, 0, 3]


# --- why ---------------------------------------------------------------------------------------------------------------


def test_why_tells_rules_releases_and_words_as_they_stand_and_leaves_desks_out() -> None:
    trail = MemoryAudit()
    olga = Actor(name="olga", role="operator")
    entries: list[tuple[str, str, dict[str, object]]] = [
        ("publish", "v-1", {}),
        ("approve", "v-1", {"note": "fine"}),
        ("order_traffic", "o-1", {"placement": "home", "kind": "boost", "value": 2, "why": "Singles' Day", "before": {}}),
        ("withdraw_order", "o-2", {"placement": "search"}),
        ("standing_eliminated", "v-1", {"placement": "home", "words": both("低 30 %", "30 % below")}),
        ("policy_released", "ranking-policies", {"placement": "", "policy": "calm-2"}),
        ("policy_released", "ranking-policies", {"placement": "search", "policy": "calm-3"}),
        ("moved_slots", "placement:home", {}),
        ("replace_brand_rules", "policy", {"brands": 3}),
        ("placement_changed", "placement:search", {}),
        ("retire", "v-7", {}),
    ]
    for hours, (action, subject, detail) in enumerate(entries):
        trail.record(olga.did(action, subject, at=iso(NOW - timedelta(hours=20 - hours)), detail=detail))
    trail.record(olga.did("retire", "v-1", at=iso(NOW - timedelta(days=90)), detail={}))
    told = AuditHappened(trail).about({"v-1", "home", "placement:home"}, iso(NOW - timedelta(days=3)), iso(NOW))
    assert [(each.kind, each.subject) for each in told] == [
        ("release", "v-1"), ("rule", "o-1"), ("verdict", "v-1"), ("policy", "ranking-policies"), ("other", "placement:home")
    ]  # fmt: skip
    assert told[1].said == "placement: home · kind: boost · value: 2 · Singles' Day"
    assert told[2].what == both("低 30 %", "30 % below")
    assert told[4].what["en"] == "moved slots"


def test_rules_begin_and_end_by_the_clock_unless_they_were_withdrawn() -> None:
    trail, olga = MemoryAudit(), Actor(name="olga", role="operator")
    days = [iso(NOW - timedelta(days=back)) for back in range(12)]
    about = {"subject": {"kind": "venue", "id": "v-1"}, "placement": "home", "kind": "hold"}
    trail.record(olga.did("order_traffic", "o-1", at=days[11], detail=about | {"starts": days[4], "ends": days[2]}))
    trail.record(olga.did("order_traffic", "o-2", at=days[11], detail=about | {"starts": days[11], "ends": days[1]}))
    trail.record(olga.did("withdraw_order", "o-2", at=days[3], detail=about))
    told = AuditHappened(trail).about({"v-1"}, days[5], days[0])
    assert [(each.at, each.subject, each.what["en"]) for each in told] == [
        (days[4], "v-1", "A traffic rule began, as ordered"),
        (days[3], "v-1", "A traffic rule was withdrawn"),
        (days[2], "v-1", "A traffic rule ended, as ordered"),
    ]


def test_a_newcomers_floor_is_said_to_have_ended() -> None:
    names = MemoryNames(VenueName(venue_id="v-1", campaign_id="c-1", name="新会场", released_at=iso(NOW - timedelta(hours=60))))
    happened = MemoryHappened()
    told = results_of({cell("v-1"): counts()}, names, happened)(ask(venue="v-1"))
    assert [(each.kind, each.at) for each in told.why] == [("floor", iso(NOW - timedelta(hours=12)))]
    assert {"v-1", "c-1", "home"} <= set(happened.asked[0])


def test_ten_thousand_venues_are_answered_in_bounds() -> None:
    cells = {cell(f"v-{n:05d}", 50 + n % 24, explored=n % 3 == 0): counts(10 + n % 50, n % 5) for n in range(10_000)}
    told = results_of(cells)(ask(limit=20))
    assert (told.found, len(told.rows), len(told.drawn)) == (10_000, 20, 6)
    assert told.others
    assert told.others.counts.impressions + sum(row.counts.impressions for row in told.rows) == told.total.counts.impressions
    assert len(told.model_dump_json()) < 60_000
    assert all(math.isfinite(row.share) for row in told.rows)


def test_too_many_placement_days_are_refused() -> None:
    desk = results_of({cell(): counts()})
    with pytest.raises(InvalidInputError) as error:
        desk.rollups.days([f"p{n}" for n in range(200)], ["2026-08-01"] * 6)
    assert error.value.code == "range_too_long"
    assert error.value.told


def test_the_bench_measures_a_small_world() -> None:
    found = measure(venues=40, cells=200, days=2, seed=1)
    assert found["cells"] == 200
    assert set(found["look_cpu_seconds"]) == {"venue", "campaign", "placement", "segment", "venue bulk"}
