"""Reading foreign files: every line is a row or a stated fault; nothing crashes, nothing is lost."""

from __future__ import annotations

import gzip
import io
from decimal import Decimal
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.catalog.rows import MAX_LINE, Row, RowError, rows
from huichang.kernel.errors import InvalidInputError


def read(data: bytes, filename: str = "x.csv", **options: object) -> list[Row]:
    return list(rows(io.BytesIO(data), filename, **options))  # type: ignore[arg-type]


def codes(found: list[Row]) -> list[str]:
    return [row.content.code if isinstance(row.content, RowError) else "ok" for row in found]


def contents(found: list[Row]) -> list[dict[str, object]]:
    return [row.content for row in found if not isinstance(row.content, RowError)]


def test_csv_with_quotes_line_breaks_and_both_kinds_of_line_ends() -> None:
    found = read(b'\xef\xbb\xbfid,title\r\n1,"a ""big"", red\r\nbag"\r\n\r\n2,\xe5\x8c\x85\n')
    assert [(row.line, row.last_line) for row in found] == [(2, 3), (5, 5)]
    assert contents(found) == [{"id": "1", "title": 'a "big", red\r\nbag'}, {"id": "2", "title": "包"}]
    assert found[0].header == ("id", "title")


def test_a_last_line_without_a_line_end_counts() -> None:
    assert contents(read(b"id\n1\n2")) == [{"id": "1"}, {"id": "2"}]


def test_tsv_and_a_given_delimiter() -> None:
    assert contents(read(b"id\ttitle\n1\ta,b\n", "x.tsv")) == [{"id": "1", "title": "a,b"}]
    assert contents(read(b"id;title\n1;a,b\n", delimiter=";")) == [{"id": "1", "title": "a,b"}]


def test_gzip_is_told_by_its_bytes() -> None:
    data = gzip.compress(b"id\n1\n")
    assert contents(read(data, "x.csv.gz")) == contents(read(data, "x.csv")) == [{"id": "1"}]
    assert contents(read(b"id\n1\n", "x.csv.gz")) == [{"id": "1"}]


def test_a_stream_that_can_only_be_read_forwards() -> None:
    class Body:
        def __init__(self, data: bytes) -> None:
            self.data = io.BytesIO(data)

        def read(self, size: int = -1) -> bytes:
            return self.data.read(min(size, 7) if size >= 0 else -1)

    body: BinaryIO = Body(gzip.compress(b"id\n" + b"".join(b"%d\n" % n for n in range(1000))))  # type: ignore[assignment]
    assert len(list(rows(body, "x.csv.gz"))) == 1000


def test_jsonl_keeps_numbers_exact() -> None:
    found = read(b'{"id": 1, "price": 12.10}\n\n{"id": 2}\n', "x.jsonl")
    assert [(row.line, row.header) for row in found] == [(1, None), (3, None)]
    assert contents(found)[0] == {"id": 1, "price": Decimal("12.10")}


def test_other_files_are_refused() -> None:
    for name in ("x.xlsx", "x.zip", "x", "csv"):
        with pytest.raises(InvalidInputError):
            read(b"id\n1\n", name)
    with pytest.raises(InvalidInputError):
        read(b"id\n1\n", encoding="utf-16")


# --- faults ----------------------------------------------------------------------------------------------------------


def test_a_broken_encoding_costs_one_row() -> None:
    found = read(b"id,title\n1,ok\n2,\xff\xfe broken\n3,\xe4\xbd\xa0\n")
    assert codes(found) == ["ok", "encoding", "ok"]
    assert found[1].line == 3
    assert codes(read(b'{"a": "\xff"}\n{"a": 1}\n', "x.jsonl")) == ["encoding", "ok"]


def test_a_chinese_encoding_can_be_named() -> None:
    assert contents(read("id,名称\n1,熊猫\n".encode("gb18030"), encoding="GB18030")) == [{"id": "1", "名称": "熊猫"}]


def test_a_nul_byte_costs_one_row() -> None:
    assert codes(read(b"id,title\n1,a\x00b\n2,ok\n")) == ["nul_byte", "ok"]
    assert codes(read(b'{"a": "\x00"}\n{"a": 1}\n', "x.jsonl")) == ["nul_byte", "ok"]


@pytest.mark.parametrize("filename", ["x.csv", "x.jsonl"])
def test_a_line_too_long_costs_one_row(filename: str) -> None:
    good = b'{"id": 1}\n' if filename == "x.jsonl" else b"1\n"
    header = b"" if filename == "x.jsonl" else b"id\n"
    found = read(header + good + b"x" * (3 * MAX_LINE + 5) + b"\n" + good, filename)
    assert codes(found) == ["ok", "too_long", "ok"]
    assert found[2].line == found[1].line + 1


def test_a_line_of_just_the_limit_is_read() -> None:
    assert codes(read(b"id\n" + b"x" * (MAX_LINE - 1) + b"\n2\n")) == ["ok", "ok"]


def test_a_quote_that_is_never_closed_costs_its_line_only() -> None:
    data = b'id,title\n1,ok\n2,"never closed\n' + b"".join(b"%d,ok\n" % number for number in range(3, 50))
    found = read(data)
    assert codes(found) == ["ok", "quote", *["ok"] * 47]
    assert found[1].line == found[1].last_line == 3


def test_a_stray_quote_closed_by_a_later_one_costs_its_line_only() -> None:
    found = read(b'id,title\n1,"open\n2,b\n3,c\n4,d" e\n5,f\n')
    assert codes(found)[0] != "ok"
    assert contents(found)[:2] == [{"id": "2", "title": "b"}, {"id": "3", "title": "c"}]
    assert contents(found)[-1] == {"id": "5", "title": "f"}


def test_an_open_quote_before_a_line_too_long() -> None:
    found = read(b'id,title\n1,"open\n2,ok\n' + b"y" * (MAX_LINE + 9) + b"\n3,ok\n")
    assert codes(found) == ["quote", "ok", "too_long", "ok"]


def test_a_quoted_text_larger_than_the_limit() -> None:
    lines = b"".join(b"%d,filler that belongs to nobody\n" % number for number in range(40_000))
    found = read(b'id,title\n0,"open\n' + lines)
    assert codes(found) == ["quote", *["ok"] * 40_000]


def test_the_wrong_number_of_columns_is_said() -> None:
    found = read(b"id,title\n1\n2,b\n3,c,d\n")
    assert codes(found) == ["columns", "ok", "columns"]
    assert isinstance(found[2].content, RowError)
    assert found[2].content.reason == "3 columns where the header has 2"


@pytest.mark.parametrize(
    "line",
    [b"[1]", b'"a"', b"{", b'{"a": NaN}', b'{"a": Infinity}', b"[" * 100_000, b'{"a": ' + b"9" * 5_000 + b"}", b"nul"],
)
def test_what_is_no_json_object_costs_one_row(line: bytes) -> None:
    assert codes(read(line + b'\n{"a": 1}\n', "x.jsonl")) == ["json", "ok"]


@pytest.mark.parametrize("header", [b"id,,x\n", b"id,id\n", b'"id\n', b"id,\xff\n", b"a" * (MAX_LINE + 2) + b"\n"])
def test_a_header_must_be_usable(header: bytes) -> None:
    with pytest.raises(InvalidInputError):
        read(header + b"1,2,3\n")


def test_empty_files_have_no_rows() -> None:
    for data in (b"", b"\n\n", gzip.compress(b"")):
        assert read(data) == read(data, "x.jsonl") == []
    assert read(b"id,title\n") == []


def test_a_damaged_gzip_file_says_where_it_ends() -> None:
    data = gzip.compress(b"id\n" + b"".join(b"%d\n" % number for number in range(100_000)))
    seen: list[Row] = []
    with pytest.raises(InvalidInputError, match="damaged after line"):
        seen.extend(rows(io.BytesIO(data[: len(data) // 2]), "x.csv.gz"))
    assert len(seen) > 10


# --- resuming --------------------------------------------------------------------------------------------------------

MESSY = (
    b'id,title\n1,ok\n\n2,"two\nlines"\n3,"open\n4,ok\n5\n6,\xff\n7,a\x00\n8,"x""y"\n'
    + b"z" * (MAX_LINE + 1)
    + b'\n9,"q"\n10,"never closed\n11,ok\n'
)


def test_reading_goes_on_behind_any_row() -> None:
    whole = read(MESSY)
    assert codes(whole).count("ok") == 6
    for taken in range(len(whole) + 1):
        line = whole[taken - 1].last_line if taken else 0
        assert read(MESSY, after_line=line) == whole[taken:], taken


def test_jsonl_goes_on_behind_any_row() -> None:
    data = b'{"a":1}\n\nbad\n{"a":2}\n'
    whole = read(data, "x.jsonl")
    for taken in range(len(whole) + 1):
        line = whole[taken - 1].last_line if taken else 0
        assert read(data, "x.jsonl", after_line=line) == whole[taken:]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([b'"', b",", b"\n", b"\r\n", b"a", b"1", b"\xff", b"\x00", b'""', "熊".encode()]), max_size=60))
def test_no_bytes_crash_the_reader_and_every_line_is_told_of(parts: list[bytes]) -> None:
    """Whatever stands in the file: rows follow one another without gaps except blank lines, and resuming agrees."""
    data = b"id,title\n" + b"".join(parts)
    found = read(data)
    covered = {number for row in found for number in range(row.line, row.last_line + 1)}
    lines = data.split(b"\n")
    for number, line in enumerate(lines[1:], start=2):
        if line.strip(b"\r"):
            assert number in covered, (number, line)
    assert [row.line for row in found] == sorted({row.line for row in found})
    for taken in range(1, len(found)):
        assert read(data, after_line=found[taken - 1].last_line) == found[taken:]


def test_memory_does_not_grow_with_the_file() -> None:
    """The reader never holds more than one record: a source of a million rows is not exhausted by the first ones."""
    produced = 0

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            nonlocal produced
            produced += 1
            return b"1,2\n" * 1000

    source = rows(Endless(), "x.csv")  # type: ignore[arg-type]
    for _ in range(5_000):
        next(source)
    assert produced < 60
