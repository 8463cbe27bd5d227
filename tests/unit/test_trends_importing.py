from __future__ import annotations

import io
import json
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.trends.importing import parse_trends

HEADER = "source,title,kind,industry,heat,observed_on,language,keywords,description"


def test_csv_rows_become_trends() -> None:
    text = f"{HEADER}\nweibo,熊猫花花过生日,event,,120000,2026-08-30,zh,熊猫|花花|玩偶,成都基地\n"
    trends, rejected = parse_trends(io.StringIO(text))
    assert rejected == []
    (trend,) = trends
    assert (trend.title, trend.kind, trend.industry, trend.heat) == ("熊猫花花过生日", "event", None, 120000)
    assert trend.observed_on == date(2026, 8, 30)
    assert trend.keywords == ("熊猫", "花花", "玩偶")


def test_bad_rows_are_reported_with_their_line_and_do_not_stop_the_others() -> None:
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
        "weibo,也好的,event,toys,5,2026-08-30,zh,,",
    ]
    trends, rejected = parse_trends([line + "\n" for line in lines], industries={"toys"})
    assert [trend.title for trend in trends] == ["好的", "也好的"]
    reasons = {row.line: row.reason for row in rejected}
    assert sorted(reasons) == [3, 4, 5, 6, 8, 9]
    assert reasons[3].startswith("heat")
    assert "observed_on" in reasons[4]
    assert "kind" in reasons[5]
    assert "3 cells" in reasons[6]
    assert "spaceships" in reasons[9]


def test_a_quoted_line_break_does_not_shift_later_line_numbers() -> None:
    lines = [HEADER, 'w,A,event,,5,2026-08-30,zh,,"one', 'two"', "w,B,event,,x,2026-08-30,zh,,"]
    trends, rejected = parse_trends([line + "\n" for line in lines])
    assert trends[0].description == "one two"
    assert [row.line for row in rejected] == [4]


def test_jsonl_and_rows_read_alike() -> None:
    row = {
        "source": "w", "title": "A", "kind": "seasonal", "heat": 5, "observed_on": "2026-08-30", "language": "en",
        "keywords": ["mooncake", " tea ", "Mooncake"],
    }  # fmt: skip
    from_text, bad_text = parse_trends([json.dumps(row) + "\n", "{oops\n", "[1]\n", "\n", json.dumps(row | {"title": "B"})])
    from_rows, bad_rows = parse_trends([row, row | {"title": "B"}, row | {"heat": "hot"}])
    assert from_text == from_rows
    assert from_text[0].keywords == ("mooncake", "tea")
    assert [bad.line for bad in bad_text] == [2, 3]
    assert [bad.line for bad in bad_rows] == [3]


def test_markup_in_a_title_is_taken_out_and_unknown_fields_are_refused() -> None:
    row = {"source": "w", "title": "<b>熊猫</b><script>alert(1)</script>", "kind": "event", "heat": 1, "observed_on": "2026-08-30", "language": "zh"}  # fmt: skip
    trends, rejected = parse_trends([row, row | {"hype": 3}])
    assert trends[0].title == "熊猫"
    assert len(rejected) == 1
    assert "hype" in rejected[0].reason


def test_a_wrong_header_says_what_is_missing() -> None:
    trends, rejected = parse_trends(["title,heat,colour\n", "A,1,red\n"])
    assert trends == []
    assert "source" in rejected[0].reason
    assert "colour" in rejected[0].reason


def test_an_import_repeats_nothing() -> None:
    line = "w,A,event,,{},2026-08-30,zh,,\n"
    trends, _ = parse_trends([HEADER + "\n", line.format(1), line.format(2)])
    assert [trend.heat for trend in trends] == [2]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([[], [HEADER + "\n"]]), st.lists(st.text(max_size=80), max_size=12))
def test_no_text_breaks_the_parser_and_every_data_line_is_accounted_for(first: list[str], rest: list[str]) -> None:
    lines = first + rest
    trends, rejected = parse_trends(lines)
    assert len(trends) + len(rejected) <= max(1, len(lines))
    assert all(1 <= row.line <= len(lines) and row.reason for row in rejected)
    if not any(line.strip("\ufeff \r\n\t") for line in lines):
        assert rejected == []


def test_a_missing_quotation_mark_says_how_much_it_swallowed() -> None:
    lines = [HEADER, 'w,"A,event,,5,2026-08-30,zh,,', "w,B,event,,5,2026-08-30,zh,,", "w,C,event,,5,2026-08-30,zh,,"]
    trends, rejected = parse_trends([line + "\n" for line in lines])
    assert trends == []
    assert rejected[0].line == 2
    assert "line 4" in rejected[0].reason
