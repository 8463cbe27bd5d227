"""Feeds to trends: what is read, what is rejected and why, mappings, and files that are not what they should be."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.kernel.errors import InvalidInputError
from huichang.trends.importing import RejectedRow, TrendReader
from huichang.trends.mapping import load_trend_mapping
from huichang.trends.trend import Trend

TODAY = date(2026, 9, 1)
INDUSTRIES = {"toys", "food", "womenswear", "beauty", "pet", "furniture", "mother_baby", "electronics", "sports_outdoor"}
HEADER = "source,title,kind,industry,heat,observed_on,language,keywords,description"


def read(data: str | bytes, name: str = "t.csv", mapping: str = "") -> tuple[list[Trend], list[RejectedRow]]:
    raw = data.encode() if isinstance(data, str) else data
    reader = TrendReader(INDUSTRIES, TODAY, load_trend_mapping(mapping) if mapping else None)
    found = list(reader.file(io.BytesIO(raw), name))
    return [x for x in found if isinstance(x, Trend)], [x for x in found if isinstance(x, RejectedRow)]


def a_row(**changed: Any) -> dict[str, Any]:
    return {"source": "w", "title": "A", "kind": "seasonal", "heat": 5, "observed_on": "2026-08-30", "language": "en"} | changed


def test_csv_rows_become_trends() -> None:
    trends, rejected = read(f"{HEADER}\nweibo,熊猫花花过生日,event,,120000,2026-08-30,zh,熊猫|花花|玩偶,成都基地\n")
    assert rejected == []
    (trend,) = trends
    assert (trend.title, trend.kind, trend.industry, trend.heat) == ("熊猫花花过生日", "event", None, 120000)
    assert (trend.observed_on, trend.first_seen, trend.peak_heat, trend.days_seen) == (date(2026, 8, 30), date(2026, 8, 30), 120000, 1)
    assert trend.keywords == ("熊猫", "花花", "玩偶")
    assert trend.sorting
    assert (trend.sorting.by, trend.sorting.kind_by) == ("none", "feed")


def test_bad_rows_are_reported_with_line_and_reason_and_stop_no_other() -> None:
    lines = [
        HEADER,
        "weibo,好的,event,,5,2026-08-30,zh,,",
        "weibo,没有热度,event,,,2026-08-30,zh,,",
        "weibo,坏日期,event,,5,昨天,zh,,",
        "weibo,坏类型,gossip,,5,2026-08-30,zh,,",
        "weibo,缺列,event",
        "",
        "weibo,负数,event,,-1,2026-08-30,zh,,",
        "weibo,别的行业,event,spaceships,5,2026-08-30,zh,,",
        "weibo,未来,event,,5,2031-08-30,zh,,",
        "weibo,上古,event,,5,0026-08-30,zh,,",
        "weibo,二月三十,event,,5,2026-02-30,zh,,",
        "weibo,不是数,event,,nan,2026-08-30,zh,,",
        "weibo,也好的,event,toys,5,2026-08-30,zh,,",
    ]
    trends, rejected = read("\n".join(lines) + "\n")
    assert [trend.title for trend in trends] == ["好的", "也好的"]
    assert {row.line: row.code for row in rejected} == {
        3: "heat", 4: "observed_on", 5: "kind", 6: "columns", 8: "heat", 9: "industry", 10: "observed_on", 11: "observed_on",
        12: "observed_on", 13: "heat",
    }  # fmt: skip
    reasons = {row.line: row.reason for row in rejected}
    assert "昨天" in reasons[4]
    assert "3 columns" in reasons[6]
    assert "spaceships" in reasons[9]
    assert "2026-09-02" in reasons[10]


def test_a_line_of_megabytes_costs_one_row_and_no_memory() -> None:
    huge = b"w," + b"x" * 10_000_000 + b",event,,5,2026-08-30,zh,,\n"
    data = gzip.compress(HEADER.encode() + b"\n" + b"w,A,event,,5,2026-08-30,zh,,\n" + huge + b"w,B,event,,5,2026-08-30,zh,,\n")
    tracemalloc.start()
    trends, rejected = read(data, "t.csv.gz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [trend.title for trend in trends] == ["A", "B"]
    assert [(row.line, row.code) for row in rejected] == [(3, "too_long")]
    assert peak < 6_000_000


@pytest.mark.parametrize(
    "bad", [b"w,\x00,event,,5,2026-08-30,zh,,\n", b"w,\xff\xfe,event,,5,2026-08-30,zh,,\n", b'w,"open,event,,5,2026-08-30,zh,,\n']
)
def test_a_broken_line_costs_only_itself(bad: bytes) -> None:
    good = b"w,A,event,,5,2026-08-30,zh,,\n"
    trends, rejected = read(HEADER.encode() + b"\n" + good + bad + good.replace(b"A", b"B"))
    assert [trend.title for trend in trends] == ["A", "B"]
    assert [row.line for row in rejected] == [3]


def test_jsonl_and_rows_read_alike() -> None:
    row = a_row(keywords=["mooncake", " tea ", "Mooncake"])
    from_text, bad_text = read("\n".join([json.dumps(row), "{oops", "[1]", "", json.dumps(row | {"title": "B"})]), "t.jsonl")
    found = list(TrendReader(INDUSTRIES, TODAY).rows([row, row | {"title": "B"}, row | {"heat": "hot"}, 7]))
    assert from_text == found[:2]
    assert from_text[0].keywords == ("mooncake", "tea")
    assert [bad.line for bad in bad_text] == [2, 3]
    assert [bad.line for bad in found[2:] if isinstance(bad, RejectedRow)] == [3, 4]


def test_markup_is_taken_out_and_unknown_fields_are_refused() -> None:
    row = a_row(title="<b>熊猫</b><script>alert(1)</script>")
    good, unknown, empty, ours = TrendReader(INDUSTRIES, TODAY).rows(
        [row, row | {"hype": 3}, row | {"title": "<i></i>"}, row | {"verdict": {"drop": None}}]
    )
    assert isinstance(good, Trend)
    assert good.title == "熊猫"
    assert isinstance(unknown, RejectedRow)
    assert unknown.code == "hype"
    assert isinstance(empty, RejectedRow)
    assert isinstance(ours, RejectedRow), "a feed cannot bring its own verdict"


def test_kind_and_language_may_be_left_out() -> None:
    zh, en = TrendReader(INDUSTRIES, TODAY).rows(
        [{"source": "w", "title": title, "heat": 1, "observed_on": "2026-08-30T11:22:33Z"} for title in ("冰粉", "iced tea")]
    )
    assert isinstance(zh, Trend)
    assert isinstance(en, Trend)
    assert (zh.language, en.language, zh.observed_on) == ("zh", "en", date(2026, 8, 30))
    assert zh.sorting
    assert zh.sorting.kind_by == "none"


def test_a_wrong_header_says_what_is_missing_and_what_there_is() -> None:
    with pytest.raises(InvalidInputError, match="heat, observed_on, source") as caught:
        read("title,colour\nA,red\n")
    assert "title, colour" in caught.value.mend


WEIBO = "date,rank,title,category,hot,ads,readCount,discussCount,origin,description"


def test_weibos_own_columns_become_trends_by_the_mapping_in_the_product() -> None:
    spaced = '"\n          美食\n      "'
    lines = [
        WEIBO,
        f"2026-08-29,1,养猫人的收纳柜,{spaced},120000,0,,,,养猫家庭",
        "2026-08-29,2,花花草草,明星-内地,9,1,,,,",
        "2026-08-29,3,坏广告,社会,9,7,,,,",
        "昨天,4,坏日期,社会,9,0,,,,",
    ]
    trends, rejected = read("\n".join(lines), mapping="weibo")
    cats, star = trends
    assert (cats.source, cats.category, cats.industry, cats.heat, cats.advertisement) == ("weibo", "美食", "food", 120000, False)
    assert cats.sorting
    assert (cats.sorting.by, cats.sorting.because, cats.sorting.kind_by) == ("category", ("美食",), "none")
    assert star.advertisement
    assert star.verdict
    assert (star.verdict.drop, star.verdict.because) == ("celebrity", ("明星-内地",))
    assert [(row.line, row.code) for row in rejected] == [(6, "advertisement"), (7, "observed_on")]


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("weibp", "no mapping"),
        ("fields: {title: t, heat: h, observed_on: d}", "say the source"),
        ("source: x\nfields: {title: t, heat: h}", "observed_on"),
        ("source: x\nfields: {title: t, heat: h, observed_on: d}\nreasons: {a: boring}", "reasons.a"),
        ("source: x\nfields: {title: t, heat: h, observed_on: d}\nindustries: {a: spaceships}", "spaceships"),
        ("source: [", "not YAML"),
    ],
)
def test_a_mapping_that_cannot_be_right_says_why(mapping: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        read("t,h,d\n", mapping=mapping)


def test_a_mapping_of_another_feed_with_its_own_dates_and_counts() -> None:
    mapping = """
source: index
language: en
date_format: "%d.%m.%Y"
fields:
  title: Topic
  heat: {column: Searches, then: [{count: true}]}
  observed_on: Day
"""
    trends, rejected = read("Topic,Searches,Day\nmatcha,1.2w,30.08.2026\nsocks,77k,2026-08-30\n", mapping=mapping)
    assert [(trend.title, trend.heat, trend.observed_on) for trend in trends] == [("matcha", 12_000, date(2026, 8, 30))]
    assert [row.line for row in rejected] == [3]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([b"", HEADER.encode() + b"\n"]), st.binary(max_size=300), st.sampled_from(["t.csv", "t.jsonl", "t.csv.gz"]))
def test_no_bytes_break_the_reader(first: bytes, rest: bytes, name: str) -> None:
    try:
        trends, rejected = read(first + rest, name)
    except InvalidInputError:
        return  # a file that cannot be read at all
    assert len(trends) + len(rejected) <= (first + rest).count(b"\n") + 1
    assert all(row.line >= 1 and row.reason and row.code for row in rejected)
