from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from huichang.themes.model import CampaignBrief
from huichang.trends.heat import decay, ranked
from huichang.trends.matching import candidates, shares_words
from huichang.trends.trend import Trend, TrendKind

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def a_trend(
    title: str,
    *,
    heat: float = 100,
    industry: str | None = None,
    kind: TrendKind = "industry",
    on: date = date(2026, 9, 1),
    source: str = "feed",
    keywords: tuple[str, ...] = (),
) -> Trend:
    return Trend(
        source=source,
        title=title,
        kind=kind,
        industry=industry,
        heat=heat,
        observed_on=on,
        language="zh",
        keywords=keywords,
    )


def a_brief(*subjects: str, industries: tuple[str, ...] = ("toys",)) -> CampaignBrief:
    return CampaignBrief(
        campaign_id="c",
        sentence="-",
        language="zh",
        idea=subjects[0],
        industries=industries,
        subjects=subjects,
        constraints=(),
    )


def test_heat_halves_every_half_life() -> None:
    assert decay(80, 0, 7) == 80
    assert decay(80, 7, 7) == pytest.approx(40)
    assert decay(80, 21, 7) == pytest.approx(10)
    assert decay(80, -3, 7) == 80
    with pytest.raises(ValueError, match="half-life"):
        decay(1, 1, 0)


def test_sources_are_compared_by_share_of_their_own_peak() -> None:
    million = a_trend("A", heat=1_000_000, source="searches")
    half = a_trend("B", heat=400_000, source="searches")
    small = a_trend("C", heat=9, source="editors")
    lower = a_trend("D", heat=6, source="editors")
    assert [item.trend.title for item in ranked([lower, small, half, million], NOW.date())] in (
        ["A", "C", "D", "B"],
        ["C", "A", "D", "B"],
    )


def test_news_fades_faster_than_an_industry_trend() -> None:
    old = date(2026, 8, 20)
    news = a_trend("news", kind="event", on=old)
    steady = a_trend("steady", kind="industry", on=old)
    result = ranked([news, steady], NOW.date())
    assert [item.trend.title for item in result] == ["steady", "news"]
    assert result[1].warmth < 0.1 < 0.7 < result[0].warmth


def test_repeats_are_one_trend_with_its_latest_heat_and_its_peak() -> None:
    old, new = a_trend("A", heat=900, on=date(2026, 8, 1)), a_trend("A", heat=10)
    (only,) = ranked([old, new], NOW.date())
    assert (only.trend.heat, only.trend.observed_on) == (10, NOW.date())
    assert (only.trend.peak_heat, only.trend.peak_on, only.trend.days_seen) == (900, date(2026, 8, 1), 2)
    # A month after the peak half of it is left: still more than a ninetieth of it today.
    assert only.warmth == pytest.approx(0.5 ** (31 / 30))


def test_the_briefs_words_come_first_then_its_industries_then_everybodys() -> None:
    named = a_trend("大熊猫花花过生日", heat=1, industry="pet", kind="event")
    toys = a_trend("盲盒收藏", heat=50, industry="toys")
    nobody = a_trend("开学季", heat=99, industry=None, kind="seasonal")
    other = a_trend("厨房收纳", heat=100, industry="kitchen")
    found = candidates(a_brief("熊猫玩偶"), [other, nobody, toys, named], NOW)
    assert found == [named, toys, nobody]


def test_a_generic_word_is_no_shared_word() -> None:
    assert not shares_words(a_brief("熊猫玩偶会场"), a_trend("美妆会场爆款"))
    assert not shares_words(a_brief("dresses on sale"), a_trend("summer sale", keywords=("sale",)))
    assert shares_words(a_brief("summer dresses"), a_trend("what to wear", keywords=("floral dress",)))


def test_the_limit_keeps_the_hottest_and_is_deterministic() -> None:
    trends = [a_trend(f"T{n}", heat=n, industry="toys") for n in range(50)]
    found = candidates(a_brief("熊猫"), trends, NOW, limit=10)
    assert [trend.title for trend in found] == [f"T{n}" for n in range(49, 39, -1)]
    assert candidates(a_brief("熊猫"), list(reversed(trends)), NOW, limit=10) == found
    assert candidates(a_brief("熊猫"), [], NOW) == []
