from __future__ import annotations

from datetime import date, timedelta

import pytest

from huichang.trends.calendar import Festival, festival_trends, upcoming


def next_of(code: str, today: date, days: int = 400) -> Festival:
    return next(festival for festival in upcoming(today, days) if festival.code == code)


# Published dates: China's State Council notices for the lunar holidays, calendars of record for the others.
@pytest.mark.parametrize(
    ("code", "dates"),
    [
        ("spring_festival", ["2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-03"]),
        ("chuxi", ["2026-02-16", "2027-02-05", "2028-01-25", "2029-02-12", "2030-02-02"]),
        ("lantern", ["2026-03-03", "2027-02-20", "2028-02-09", "2029-02-27", "2030-02-17"]),
        ("qingming", ["2026-04-05", "2027-04-05", "2028-04-04", "2029-04-04", "2030-04-05"]),
        ("dragon_boat", ["2026-06-19", "2027-06-09", "2028-05-28", "2029-06-16", "2030-06-05"]),
        ("qixi", ["2026-08-19", "2027-08-08", "2028-08-26", "2029-08-16", "2030-08-05"]),
        ("mid_autumn", ["2026-09-25", "2027-09-15", "2028-10-03", "2029-09-22", "2030-09-12"]),
        ("chongyang", ["2026-10-18", "2027-10-08", "2028-10-26", "2029-10-16", "2030-10-05"]),
        ("mothers_day", ["2026-05-10", "2027-05-09", "2028-05-14", "2029-05-13", "2030-05-12"]),
        ("fathers_day", ["2026-06-21", "2027-06-20", "2028-06-18", "2029-06-17", "2030-06-16"]),
        ("black_friday", ["2026-11-27", "2027-11-26", "2028-11-24", "2029-11-23", "2030-11-29"]),
        ("easter", ["2026-04-05", "2027-03-28", "2028-04-16", "2029-04-01", "2030-04-21"]),
        ("diwali", ["2026-11-08", "2027-10-29", "2028-10-17", "2029-11-05", "2030-10-26"]),
        ("holi", ["2026-03-04", "2027-03-22", "2028-03-11", "2029-03-01", "2030-03-20"]),
        ("dussehra", ["2026-10-20", "2027-10-09", "2028-09-27", "2029-10-16", "2030-10-06"]),
        ("singles_day", ["2026-11-11", "2027-11-11"]),
        ("618", ["2026-06-18", "2030-06-18"]),
        ("back_to_school", ["2026-09-01", "2030-09-01"]),
        ("christmas", ["2026-12-25", "2030-12-25"]),
    ],
)
def test_festivals_fall_on_their_published_dates(code: str, dates: list[str]) -> None:
    for text in dates:
        on = date.fromisoformat(text)
        assert next_of(code, on - timedelta(days=60)).on == on
        assert next_of(code, on).days_left == 0


def test_lunar_days_late_in_the_year_may_fall_into_the_next_gregorian_year() -> None:
    assert next_of("laba", date(2026, 6, 1)).on == date(2027, 1, 15)
    assert next_of("laba", date(2029, 12, 1)).on == date(2030, 1, 11)
    # 腊八 of lunar 2029 and of lunar 2030 bracket the whole of 2030: the second is on 1 January 2031.
    assert next_of("laba", date(2030, 1, 12)).on == date(2031, 1, 1)


def test_the_window_is_closed_on_both_ends_and_sorted() -> None:
    on = date(2026, 9, 25)
    assert any(festival.code == "mid_autumn" for festival in upcoming(on - timedelta(days=10), 10))
    assert not any(festival.code == "mid_autumn" for festival in upcoming(on - timedelta(days=10), 9))
    found = upcoming(date(2026, 9, 1), 400)
    assert [festival.on for festival in found] == sorted(festival.on for festival in found)
    assert len({festival.code for festival in found}) == len(found) >= 25
    for festival in found:
        assert festival.name["zh"]
        assert festival.name["en"]
        assert festival.words["zh"]
        assert festival.words["en"]
        assert festival.days_left == (festival.on - date(2026, 9, 1)).days


def test_festivals_are_seasonal_trends_that_warm_up() -> None:
    far = next(trend for trend in festival_trends(date(2026, 6, 1), 200, "zh") if trend.title.startswith("中秋节"))
    near = next(trend for trend in festival_trends(date(2026, 9, 1), 200, "zh") if trend.title.startswith("中秋节"))
    assert far.kind == near.kind == "seasonal"
    assert far.heat < near.heat == 100
    assert "月饼" in near.keywords
    assert "mooncake" in near.keywords
    assert far.id == near.id  # the same festival of the same year is the same trend
    assert "24" in near.description
