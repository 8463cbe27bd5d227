"""What a trend is good for: reasons to drop it, kinds, industries, and that nothing sensitive gets through."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from huichang.catalog.industries import load_industries
from huichang.kernel.errors import TransientError
from huichang.kernel.models import CallContext
from huichang.trends import meaning
from huichang.trends.importing import TrendReader
from huichang.trends.lexicon import WordMatcher, inside
from huichang.trends.matching import may_be_offered
from huichang.trends.meaning import SENSITIVE, goods, judge, reasons, sensitive_reason
from huichang.trends.report import summarise
from huichang.trends.sorting import SortWaiting, TrendSorter
from huichang.trends.trend import DropCode, Sorting, Trend, Verdict
from infra.evaluation.trends import compare
from infra.sample.trends import trends as sample_trends
from tests.support.fakes import FakeEmbeddings, FakeTrendStore

LABELLED = Path(__file__).parents[1] / "fixtures" / "trend_titles.csv"
INDUSTRIES = load_industries()


def a_trend(title: str, **more: Any) -> Trend:
    row = {"source": "s", "title": title, "kind": "event", "heat": 1, "observed_on": date(2026, 9, 1), "language": "zh"}
    return Trend.model_validate(row | more)


def drop(title: str, **more: Any) -> str | None:
    return judge(a_trend(title, **more)).drop


def test_hand_labelled_titles() -> None:
    result = compare(LABELLED, TrendSorter(INDUSTRIES))
    assert result["titles"] >= 200
    assert result["sensitive_kept"] == []
    assert result["sensitive"]["recall"] >= 0.98
    assert result["commercial"]["precision"] >= 0.97
    assert result["commercial"]["recall"] >= 0.9


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("暴雨中的雨伞推荐", "disaster"),
        ("遇难者的玩偶", "death"),
        ("水枪玩具推荐", None),
        ("筋膜枪怎么选", None),
        ("仿真枪玩具", "gambling_drugs"),
        ("顶流同款连衣裙", "celebrity"),
        ("母亲节礼物", None),
        ("母亲在厨房做饭", "anecdote"),
        ("iPhone17Pro手机壳", "brand_news"),
        ("OPPOFindX9相机", "brand_news"),
        ("中央空调", "no_product"),
        ("温某凡 床单", "anecdote"),
    ],
)
def test_the_first_reason_that_fits_is_the_trends(title: str, code: str | None) -> None:
    assert drop(title) == code


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Earthquake survivors need blankets", "disaster"),
        ("army green jackets trend", None),
        ("Navy blue dresses are back in style", None),
        ("Navy ship seized", "military"),
        ("Warm winter coats", None),
        ("toy gun recalled after child dies", "death"),
        ("best camping tents", None),
        ("Taylor Swift tour dates", "celebrity"),
    ],
)
def test_english_words_are_whole_words(title: str, code: str | None) -> None:
    assert drop(title, language="en") == code


def test_nothing_overrules_what_is_sensitive() -> None:
    by_feed = Sorting(by="feed", kind_by="feed")
    assert drop("地震救援帐篷热销", industry="sports_outdoor", sorting=by_feed) == "disaster"
    assert drop("帐篷热销", industry="sports_outdoor", sorting=by_feed, description="为遇难者家属提供的帐篷") == "death"
    assert drop("帐篷热销", keywords=("空袭",)) == "military"
    # A feed whose category is sensitive is believed, and so is one that was paid for nothing.
    assert drop("新款连衣裙", verdict=Verdict(drop="politics")) == "politics"
    assert drop("新款连衣裙推荐", advertisement=True) == "advertisement"
    assert drop("假期自驾车品", industry="tools", sorting=by_feed) is None


def test_a_feed_made_for_selling_loses_only_what_is_sensitive() -> None:
    """The sample's trends are such a feed: none of them may be lost."""
    rows = list(TrendReader({industry.code for industry in INDUSTRIES}, date(2027, 1, 1)).rows(sample_trends()))
    found = TrendSorter(INDUSTRIES).sort(row for row in rows if isinstance(row, Trend))
    assert len(found) == len(rows) > 70
    assert [(trend.title, trend.verdict) for trend in found if trend.dropped] == []
    assert drop("Black Friday stock planning", keywords=("earbuds", "gift")) is None
    assert drop("国风新装", keywords=("童装", "女童")) is None


def test_sensitive_news_is_refused_again_where_trends_are_offered() -> None:
    """Whatever stands in the store: a trend that nobody judged, or that older rules let through."""
    assert not may_be_offered(a_trend("空袭后的玩具"))
    assert not may_be_offered(a_trend("空袭后的玩具", verdict=Verdict()))
    assert not may_be_offered(a_trend("玩具", verdict=Verdict(drop="celebrity")))
    assert may_be_offered(a_trend("毛绒玩具"))


def test_the_reasons_are_a_closed_set_in_both_languages() -> None:
    known = {reason.code for reason in reasons()}
    assert known == set(get_args(DropCode.__value__ if hasattr(DropCode, "__value__") else DropCode))
    assert {reason.code for reason in reasons() if reason.sensitive} == SENSITIVE
    assert all(reason.name["zh"] and reason.name["en"] for reason in reasons())


def test_every_innocent_phrase_protects_from_something_and_no_goods_are_refused() -> None:
    """Data that does nothing is a mistake: a phrase without a refused word, goods that a sensitive word would always drop."""
    here = Path(meaning.__file__).parent
    content = yaml.safe_load((here / "meaning.yaml").read_text(encoding="utf-8"))
    refused = WordMatcher((word, entry["code"]) for entry in content["reasons"] for group in entry["words"] for word in group)
    for phrase in (phrase for group in content["innocent"] for phrase in group):
        assert refused.find(phrase), phrase
        assert sensitive_reason(a_trend(phrase)) is None, phrase
    for industry, words in goods().goods.items():
        assert industry in {entry.code for entry in INDUSTRIES}
        for word in words:
            assert sensitive_reason(a_trend(word)) is None, word
            assert len(word) > 1


def test_words_are_found_at_their_longest_and_covers_are_longer() -> None:
    matcher = WordMatcher([("空气", 1), ("空气炸锅", 2), ("air fryer", 3), ("iphone", 4)])
    assert [(found.word, found.label) for found in matcher.find("新款空气炸锅 Air Fryers iPhone17")] == [
        ("空气炸锅", 2), ("air fryer", 3), ("iphone", 4),
    ]  # fmt: skip
    assert matcher.find("hairfryers") == []
    long, short = WordMatcher([("空气炸锅", 0)]).find("空气炸锅")[0], WordMatcher([("空气", 0)]).find("空气炸锅")[0]
    assert inside(short, [long])
    assert not inside(long, [long])
    with pytest.raises(ValueError, match="empty"):
        WordMatcher([(" ", 0)])


def sort(*trends: Trend) -> list[Trend]:
    return TrendSorter(INDUSTRIES).sort(trends)


def test_kinds_and_industries_come_with_their_evidence() -> None:
    (cups, autumn, both) = sort(a_trend("保温杯新款"), a_trend("中秋"), a_trend("圣诞树布置灵感"))
    assert (cups.kind, cups.industry) == ("industry", "kitchen")
    assert cups.sorting
    assert (cups.sorting.by, cups.sorting.because, cups.sorting.margin, cups.sorting.kind_by) == ("words", ("保温杯",), 1.0, "goods")
    assert (autumn.kind, autumn.industry) == ("seasonal", None)
    assert (both.kind, both.industry) == ("seasonal", "furniture")


def test_a_feeds_own_kind_and_industry_stand() -> None:
    row = {"source": "d", "title": "中秋礼盒保温杯", "kind": "industry", "industry": "food", "heat": 1, "observed_on": "2026-09-01"}
    (trend,) = TrendReader({"food"}, date(2026, 9, 1)).rows([row])
    assert isinstance(trend, Trend)
    (found,) = sort(trend)
    assert (found.kind, found.industry, found.verdict) == ("industry", "food", Verdict(because=("中秋", "保温杯")))


class Near:
    """Embeds food words in one direction, everything else in another."""

    def __init__(self, away: bool = False) -> None:
        self.away = away
        self.batches: list[int] = []

    def embed_query(self, text: str, context: CallContext) -> list[float]:
        raise AssertionError("titles are embedded in batches")

    def embed_passages(self, texts: list[str], context: CallContext) -> list[list[float]]:
        if self.away:
            raise TransientError("away")
        self.batches.append(len(texts))
        food = {*goods().goods["food"], "Food & tea", "食品茶饮", "食品"}
        return [[1.0, 0.2, 0.1] if text in food or "糕" in text else [0.1, 1.0, len(text) % 3 / 10] for text in texts]


def test_what_no_word_sorts_is_embedded_once_and_says_how_clear_it_was() -> None:
    near = Near()
    sorter = TrendSorter(INDUSTRIES, lambda: near)
    titles = ["黄米软糕", "黄米软糕", "酥皮云片", "今天的云"]
    found = sorter.sort(a_trend(title, source=f"s{n}") for n, title in enumerate(titles))
    assert [trend.industry for trend in found] == ["food", "food", None, None]
    assert found[0].sorting
    assert found[0].sorting.by == "embedding"
    assert found[0].sorting.runner_up
    assert found[0].sorting.margin is not None
    assert found[2].verdict == Verdict(drop="no_product")
    assert near.batches[1:] == [2], "each title once; one without a hint of goods not at all"


def test_without_a_model_it_waits_and_the_job_sorts_it_when_the_model_is_there() -> None:
    store = FakeTrendStore(TrendSorter(INDUSTRIES).sort([a_trend("黄米软糕"), a_trend("酥皮云片"), a_trend("保温杯新款")]))
    assert sorted(trend.title for trend in store.waiting()) == ["酥皮云片", "黄米软糕"]
    assert {trend.title for trend in store.dropped("unsorted", 9)} == {"酥皮云片", "黄米软糕"}
    assert [trend.title for trend in store.all()] == ["保温杯新款"], "nothing is promoted on what nobody sorted"
    with pytest.raises(TransientError):
        SortWaiting(store, TrendSorter(INDUSTRIES, lambda: Near(away=True)))()
    assert len(list(store.waiting())) == 2, "an endpoint that is away loses nothing"
    job = SortWaiting(store, TrendSorter(INDUSTRIES, Near), most=1)
    assert [job()["sorted"] for _ in range(3)] == [1, 1, 0]
    assert {trend.title for trend in store.all()} == {"保温杯新款", "黄米软糕"}
    assert store.dropped_counts() == {"no_product": 1}
    again = TrendSorter(INDUSTRIES).sort([a_trend("黄米软糕"), a_trend("酥皮云片"), a_trend("保温杯新款")])
    assert store.put_many(again) == 0, "the same feed again changes nothing, and embeds nothing again"
    assert job()["sorted"] == 0


def test_category_and_meaning_must_agree() -> None:
    by_category = {"industry": "pet", "sorting": Sorting(by="category", because=("萌宠",))}
    (found,) = TrendSorter(INDUSTRIES, Near).sort([a_trend("黄米软糕", **by_category)])
    assert found.verdict == Verdict(drop="no_product")


def test_the_fake_of_the_port_fits() -> None:
    assert len(TrendSorter(INDUSTRIES, FakeEmbeddings).sort([a_trend("酥皮云片")])) == 1


def test_the_report_counts_every_trend_once() -> None:
    trends = sort(
        a_trend("保温杯新款"), a_trend("空袭"), a_trend("顶流塌房了", heat=9), a_trend("演唱会", heat=5), a_trend("红毯"), a_trend("嗯")
    )
    report = summarise(trends)
    assert (report.trends, report.commercial, report.dropped, report.sensitive) == (6, 1, 5, 2)
    assert {item.code: item.count for item in report.dropped_for} == {"celebrity": 2, "military": 1, "scandal": 1, "no_product": 1}
    assert report.dropped_for[0].examples == ("演唱会", "红毯")
    assert (report.by_kind, report.by_industry, report.sorted_by) == ({"industry": 1}, {"kitchen": 1}, {"words": 1})
