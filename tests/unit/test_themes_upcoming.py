"""What is coming and has stock: themes from the festival's words and the catalogue, and a schedule that can be made as it stands."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from huichang.catalog.industries import load_industries
from huichang.catalog.product import Product
from huichang.line.desks import TrendDesk
from huichang.themes.depth import StockDepth
from huichang.themes.model import CampaignRequest
from huichang.themes.upcoming import Upcoming, UpcomingFestival
from huichang.trends.sorting import TrendSorter
from huichang.venues.model import Actor
from huichang.venues.schedules import CampaignSchedule
from tests.support.fakes import FakeClock, FakeProductIndex, FakeTrendStore, a_product
from tests.support.line_fakes import FakeAudit

INDUSTRIES = load_industries()
TODAY = date(2026, 9, 4)  # 中秋 is on 25 September


def shop(**counts: int) -> FakeProductIndex:
    goods = [a_product(f"{word}-{n}", title=f"{word} {n}号") for word, count in counts.items() for n in range(count)]
    return FakeProductIndex(goods)


def looking(index: FakeProductIndex) -> Upcoming:
    return Upcoming(StockDepth(index, INDUSTRIES), INDUSTRIES, min_products=5)


def festival(index: FakeProductIndex, code: str, days: int = 60, language: str = "zh") -> UpcomingFestival:
    found = looking(index)(TODAY, days, language)  # type: ignore[arg-type]
    return next(item for item in found.upcoming if item.code == code)


def test_a_festival_in_its_lead_time_names_the_themes_that_have_stock() -> None:
    found = festival(shop(月饼=9, 灯笼=6, 坚果=2), "mid_autumn")
    assert (found.days_left, found.in_season, str(found.on), str(found.stock_up_on)) == (21, True, "2026-09-25", "2026-08-16")
    assert [(theme.name, theme.products, theme.words) for theme in found.themes] == [
        ("中秋节月饼", 9, ("月饼",)),
        ("中秋节灯笼", 6, ("灯笼",)),
    ]
    assert "坚果" in found.short_of
    assert "mooncake" not in found.short_of, "a Chinese catalogue is not short of English words"
    assert found.themes[0].sentence == "帮我做一个中秋节月饼会场"
    assert found.themes[0].industry == "food"


def test_words_that_find_the_same_goods_are_one_theme() -> None:
    index = FakeProductIndex([a_product(f"p{n}", title=f"灯笼 月饼 礼盒 {n}") for n in range(8)])
    (theme,) = festival(index, "mid_autumn").themes
    assert set(theme.words) == {"月饼", "灯笼"}


def test_the_schedule_is_one_that_the_api_takes() -> None:
    plan = festival(shop(月饼=9, 灯笼=6), "mid_autumn").schedule
    assert plan
    assert (plan.name, plan.venues, plan.at) == ("mid-autumn-2026", 2, "2026-09-05T09:00:00")
    assert plan.sentence == "中秋节大促，做2个会场：月饼、灯笼"
    request = CampaignRequest(sentence=plan.sentence, venues=plan.venues, catalogue=plan.catalogue, language=plan.language)
    assert CampaignSchedule(name=plan.name, request=request, at=plan.at).at == plan.at


def test_english_speaks_english() -> None:
    index = FakeProductIndex([a_product(f"p{n}", title=f"lantern {n}", language="en") for n in range(8)])
    found = festival(index, "mid_autumn", language="en")
    assert [theme.name for theme in found.themes] == ["Mid-Autumn Festival lantern"]
    assert found.schedule
    assert found.schedule.sentence == "Mid-Autumn Festival promotion with 1 venues: lantern"


def test_a_catalogue_of_the_other_language_has_themes_too() -> None:
    found = festival(FakeProductIndex(index_products()), "mid_autumn")
    assert ([theme.words for theme in found.themes], found.short_of) == ([("lantern",)], ())
    both = festival(FakeProductIndex([*index_products(), *[a_product(f"m{n}", title=f"月饼 {n}") for n in range(8)]]), "mid_autumn")
    assert [theme.words for theme in both.themes] == [("月饼",)]


def index_products() -> list[Product]:
    return [a_product(f"p{n}", title=f"lantern {n}", language="en") for n in range(8)]


def test_too_early_no_stock_and_mourning_propose_nothing() -> None:
    index = shop(月饼=9, 南瓜灯=9)
    found = {item.code: item for item in looking(index)(date(2026, 8, 1), 120, "zh").upcoming}
    assert not found["halloween"].in_season
    assert found["halloween"].themes == ()
    assert (found["zhongyuan"].promote, found["zhongyuan"].themes, found["zhongyuan"].schedule) == (False, (), None)
    empty = festival(shop(), "mid_autumn")
    assert (empty.themes, empty.schedule) == ((), None)
    assert "月饼" in empty.short_of


def test_each_word_is_counted_once_however_many_festivals_want_it() -> None:
    index = shop(月饼=9)
    counted: list[str] = []
    depth = StockDepth(index, INDUSTRIES)
    of = depth.of

    def counting(words: list[str], **how: object) -> object:
        counted.extend(words)
        return of(words, **how)  # type: ignore[arg-type]

    depth.of = counting  # type: ignore[method-assign, assignment]
    Upcoming(depth, INDUSTRIES, min_products=5)(TODAY, 60, "zh")
    assert len(counted) == len(set(counted)) > 20, counted


@pytest.fixture
def desk() -> TrendDesk:
    clock = FakeClock(datetime(2026, 9, 1, tzinfo=UTC))
    return TrendDesk(FakeTrendStore(), FakeAudit(), clock, INDUSTRIES, TrendSorter(INDUSTRIES), looking(shop(月饼=9)))


def row(title: str, heat: float = 5, **more: object) -> dict[str, object]:
    return {"source": "w", "title": title, "heat": heat, "observed_on": "2026-08-30"} | more


def test_the_desk_takes_sorts_and_keeps_everything_once(desk: TrendDesk) -> None:
    actor = Actor(name="lin", role="operator")
    rows = [row("保温杯新款"), row("保温杯新款!"), row("空袭"), row("坏", heat=-1)]
    report = desk.take(rows, actor)
    assert (report.accepted, report.changed, report.dropped) == (3, 3, {"military": 1})
    assert [(bad.row, bad.code) for bad in report.rejected] == [(4, "heat")]
    assert desk.take(rows, actor).changed == 0
    (cups,) = desk.ranked()
    assert len(cups.members) == 1
    assert [trend.title for trend in desk.dropped(None, 10)] == ["空袭"]
    assert list(desk.dropped("celebrity", 10)) == []
    summary = desk.summary()
    assert (summary.trends, summary.commercial, summary.sensitive) == (3, 2, 1)


def test_the_desk_reads_a_feed_by_its_mapping(desk: TrendDesk) -> None:
    feed = [{"date": "2026-08-30", "title": "空气炸锅做法", "category": " 美食 ", "hot": "9", "ads": "0", "description": ""}]
    assert desk.take(feed, Actor(name="lin", role="operator"), "weibo").accepted == 1
    (found,) = desk.ranked()
    assert (found.trend.source, found.trend.industry) == ("weibo", "kitchen")


def test_the_calendar_is_todays(desk: TrendDesk) -> None:
    assert desk.calendar(30, "zh", None).today == date(2026, 9, 1)
