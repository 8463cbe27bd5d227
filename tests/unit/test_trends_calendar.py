from __future__ import annotations

from datetime import date, timedelta

import pytest

from huichang.trends.calendar import Festival, festival_names, festival_trends, upcoming


def next_of(code: str, today: date, days: int = 400) -> Festival:
    return next(festival for festival in upcoming(today, days) if festival.code == code)


# Published dates: China's State Council notices and the Hong Kong Observatory for lunar days and solar terms, calendars of record for
# the others; 2024 to 2032.
@pytest.mark.parametrize(
    ("code", "days"),
    [
        ("spring_festival", "02-10 01-29 02-17 02-06 01-26 02-13 02-03 01-23 02-11"),
        ("chuxi", "02-09 01-28 02-16 02-05 01-25 02-12 02-02 01-22 02-10"),
        ("lantern", "02-24 02-12 03-03 02-20 02-09 02-27 02-17 02-06 02-25"),
        ("qingming", "04-04 04-04 04-05 04-05 04-04 04-04 04-05 04-05 04-04"),
        ("dragon_boat", "06-10 05-31 06-19 06-09 05-28 06-16 06-05 06-24 06-12"),
        ("qixi", "08-10 08-29 08-19 08-08 08-26 08-16 08-05 08-24 08-12"),
        ("zhongyuan", "08-18 09-06 08-27 08-16 09-03 08-24 08-13 09-01 08-20"),
        ("mid_autumn", "09-17 10-06 09-25 09-15 10-03 09-22 09-12 10-01 09-19"),
        ("chongyang", "10-11 10-29 10-18 10-08 10-26 10-16 10-05 10-24 10-12"),
        ("winter_solstice", "12-21 12-21 12-22 12-22 12-21 12-21 12-22 12-22 12-21"),
        ("lichun", "02-04 02-03 02-04 02-04 02-04 02-03 02-04 02-04 02-04"),
        ("liqiu", "08-07 08-07 08-07 08-08 08-07 08-07 08-07 08-08 08-07"),
        ("mothers_day", "05-12 05-11 05-10 05-09 05-14 05-13 05-12 05-11 05-09"),
        ("fathers_day", "06-16 06-15 06-21 06-20 06-18 06-17 06-16 06-15 06-20"),
        ("thanksgiving", "11-28 11-27 11-26 11-25 11-23 11-22 11-28 11-27 11-25"),
        ("black_friday", "11-29 11-28 11-27 11-26 11-24 11-23 11-29 11-28 11-26"),
        ("cyber_monday", "12-02 12-01 11-30 11-29 11-27 11-26 12-02 12-01 11-29"),
        ("easter", "03-31 04-20 04-05 03-28 04-16 04-01 04-21 04-13 03-28"),
        ("diwali", "10-31 10-20 11-08 10-29 10-17 11-05 10-26 11-14 11-02"),
        ("holi", "03-25 03-14 03-04 03-22 03-11 03-01 03-20 03-09 03-27"),
        ("dussehra", "10-12 10-02 10-20 10-09 09-27 10-16 10-06 10-25 10-14"),
        ("singles_day", " ".join(["11-11"] * 9)),
        ("618", " ".join(["06-18"] * 9)),
        ("520", " ".join(["05-20"] * 9)),
        ("christmas", " ".join(["12-25"] * 9)),
    ],
)
def test_festivals_fall_on_their_published_dates(code: str, days: str) -> None:
    for year, text in zip(range(2024, 2033), days.split(), strict=True):
        on = date.fromisoformat(f"{year}-{text}")
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
        assert bool(festival.words["zh"]) is bool(festival.words["en"]) is festival.promote
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


# Umm al-Qura, Saudi Arabia's calendar of record. Other countries differ by a day, and so may ours: it says so.
@pytest.mark.parametrize(
    ("code", "days"),
    [
        ("ramadan", ["2024-03-11", "2025-03-01", "2026-02-18", "2027-02-08", "2028-01-28", "2029-01-16", "2030-12-26", "2031-12-15", "2032-12-04"]),
        ("eid_al_fitr", ["2024-04-10", "2025-03-30", "2026-03-20", "2027-03-09", "2028-02-26", "2029-02-14", "2030-02-04", "2031-01-24", "2032-01-14"]),
        ("eid_al_adha", ["2024-06-16", "2025-06-06", "2026-05-27", "2027-05-16", "2028-05-05", "2029-04-24", "2030-04-13", "2031-04-02", "2032-03-22"]),
    ],
)  # fmt: skip
def test_islamic_days_are_right_to_a_day_and_say_so(code: str, days: list[str]) -> None:
    for text in days:
        on = date.fromisoformat(text)
        found = next_of(code, on - timedelta(days=30), 60)
        assert abs((found.on - on).days) <= 1
        assert found.about


def test_days_of_mourning_are_known_and_never_offered() -> None:
    day = date(2026, 8, 20)
    ghosts = next_of("zhongyuan", day, 20)
    assert not ghosts.promote
    assert not any(ghosts.name["zh"] in trend.title for trend in festival_trends(day, 20, "zh"))
    assert "中元节" not in festival_names()
    assert {"中秋", "七夕", "Diwali"} <= set(festival_names())


def test_merchants_buy_before_shoppers_do() -> None:
    for festival in upcoming(date(2026, 1, 1), 400):
        assert festival.shop_days <= festival.lead_days
        assert festival.stock_up_on <= festival.on
        if festival.promote:
            assert festival.lead_days >= 20
