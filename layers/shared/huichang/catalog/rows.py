"""Foreign catalogue files as rows: CSV or JSONL, plain or gzip, streamed. What cannot be read is a row with a reason.

Nothing is lost silently. A row that cannot be decoded, parsed or held is one `RowError`; a quote that is never closed
costs the line it stands on and not the rest of the file. Only a damaged gzip stream stops the reading.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections import deque
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, NamedTuple, NoReturn

from huichang.kernel.errors import InvalidInputError
from huichang.kernel.model import Model

MAX_LINE = 1_000_000
"""Bytes of one line, and of all lines of one quoted CSV record."""
_GZIP_MAGIC = b"\x1f\x8b"
_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)


class RowError(Model):
    """Why a row could not be read. `code` is stable: encoding, nul_byte, too_long, columns, quote, json."""

    code: str
    reason: str


class Row(NamedTuple):
    """One row of a file. `line` is where it begins (from 1), `last_line` where it ends; `header` is None for JSONL."""

    line: int
    last_line: int
    content: dict[str, Any] | RowError
    header: tuple[str, ...] | None = None


class _Line(NamedTuple):
    number: int
    text: str
    too_long: bool = False


def file_format(filename: str) -> str:
    """Return "csv", "tsv" or "jsonl" by the name, with or without .gz. Raises InvalidInputError for other names."""
    name = filename.lower().removesuffix(".gz")
    for ending, kind in ((".csv", "csv"), (".tsv", "tsv"), (".jsonl", "jsonl"), (".ndjson", "jsonl")):
        if name.endswith(ending):
            return kind
    raise InvalidInputError(f"{filename!r} is of no known kind", where="filename", mend="send .csv, .tsv or .jsonl, plain or as .gz")


def rows(
    stream: BinaryIO,
    filename: str,
    *,
    encoding: str = "utf-8",
    delimiter: str | None = None,
    after_line: int = 0,
) -> Iterator[Row]:
    """Read a file row by row; memory stays at one row. Blank lines are no rows.

    `after_line` is the `last_line` of the last row taken before: reading goes on behind it. Raises InvalidInputError
    for an unknown kind of file or encoding, an unusable CSV header and a damaged gzip stream (naming the line).
    """
    kind = file_format(filename)
    lines = _lines(_plain(stream), _known_encoding(encoding))
    if kind == "jsonl":
        yield from _jsonl_rows(lines, after_line)
    else:
        yield from _csv_rows(lines, delimiter or ("\t" if kind == "tsv" else ","), after_line)


def _plain(stream: BinaryIO) -> BinaryIO:
    """The stream, unzipped where its first bytes say gzip (names lie)."""
    buffered = io.BufferedReader(_Raw(stream))
    if buffered.peek(2)[:2] == _GZIP_MAGIC:
        return gzip.GzipFile(fileobj=buffered)  # type: ignore[return-value]
    return buffered


class _Raw(io.RawIOBase):
    """Gives any object with `read` (an S3 body) the face that BufferedReader needs, without closing it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _known_encoding(encoding: str) -> str:
    name = encoding.lower().replace("_", "-")
    if name not in ("utf-8", "gb18030", "gbk", "latin-1", "cp1252"):
        # Only encodings in which the byte 0x0A is always a line break: lines are cut before they are decoded.
        raise InvalidInputError(f"encoding {encoding!r} is not read", where="encoding", mend="use utf-8, gb18030, gbk, latin-1 or cp1252")
    return name


def _lines(stream: BinaryIO, encoding: str) -> Iterator[_Line]:
    number = 0
    while True:
        try:
            data = stream.readline(MAX_LINE + 1)
            too_long = len(data) > MAX_LINE and not data.endswith(b"\n")
            if too_long:
                while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                    pass
        except _DAMAGED as error:
            raise InvalidInputError(
                f"the gzip file is damaged after line {number}: {error}", where=f"line {number}", mend="send it again"
            ) from error
        if not data:
            return
        number += 1
        if number == 1:
            data = data.removeprefix(b"\xef\xbb\xbf")
        # What cannot be decoded survives as lone surrogates and is found per row: one bad byte costs one row.
        yield _Line(number, data.decode(encoding, "surrogateescape"), too_long)


def _text_fault(text: str) -> RowError | None:
    if "\x00" in text:
        return RowError(code="nul_byte", reason="the row holds a NUL byte")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return RowError(code="encoding", reason="the row holds bytes that are not in the file's encoding")
    return None


# --- JSONL ------------------------------------------------------------------------------------------------------------


def _jsonl_rows(lines: Iterator[_Line], after_line: int) -> Iterator[Row]:
    for line in lines:
        if line.number > after_line and (line.too_long or line.text.strip()):
            yield Row(line.number, line.number, _parse_json(line))


def _parse_json(line: _Line) -> dict[str, Any] | RowError:
    if line.too_long:
        return _too_long()
    fault = _text_fault(line.text)
    if fault is not None:
        return fault
    try:
        content = json.loads(line.text, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError, InvalidOperation) as error:
        return RowError(code="json", reason=f"not JSON: {error}")
    if not isinstance(content, dict):
        return RowError(code="json", reason=f"a JSON object is needed, not {type(content).__name__}")
    return content


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _too_long() -> RowError:
    return RowError(code="too_long", reason=f"the row is longer than {MAX_LINE:,} bytes")


# --- CSV --------------------------------------------------------------------------------------------------------------


class _CsvLines(Iterator[str]):
    """Feeds csv.reader with lines, remembers those of the record under way, and takes lines back to be read again."""

    def __init__(self, lines: Iterator[_Line]) -> None:
        self._lines = lines
        self._returned: deque[_Line] = deque()
        self._bytes = 0
        self.taken: list[_Line] = []
        self.starved = False
        """True where csv.reader wanted one more line for the record under way and got none."""

    def begin_record(self) -> None:
        self.taken, self.starved, self._bytes = [], False, 0

    def keep_first_line(self) -> None:
        """The record under way ends with its first line; the others are read again."""
        self._returned.extendleft(reversed(self.taken[1:]))
        self.taken = self.taken[:1]

    def skip_to(self, number: int) -> None:
        """Drop all lines up to this one."""
        for line in self._lines:
            if line.number > number:
                self._returned.append(line)
                return

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines, None)
        if line is None:
            self.starved = bool(self.taken)
            raise StopIteration
        if self.taken and (line.too_long or self._bytes + len(line.text) > MAX_LINE):
            self._returned.appendleft(line)
            self.starved = True
            raise StopIteration
        self.taken.append(line)
        self._bytes += len(line.text)
        return "" if line.too_long else line.text


def _csv_rows(lines: Iterator[_Line], delimiter: str, after_line: int) -> Iterator[Row]:
    if len(delimiter) != 1:
        raise InvalidInputError(f"delimiter {delimiter!r} is not one character", where="delimiter")
    # The limit belongs to the process, so it is only ever raised; MAX_LINE is the one that counts.
    csv.field_size_limit(max(csv.field_size_limit(), 2 * MAX_LINE))
    source = _CsvLines(lines)
    first = _next_record(source, delimiter)
    if first is None:
        return
    header = _header(first)
    # Rows end where lines end, so that those taken in an earlier run need no parsing.
    source.skip_to(max(after_line, source.taken[-1].number))
    while (record := _next_record(source, delimiter, len(header))) is not None:
        content = record if isinstance(record, RowError) else dict(zip(header, record, strict=True))
        yield Row(source.taken[0].number, source.taken[-1].number, content, header)


def _next_record(source: _CsvLines, delimiter: str, columns: int | None = None) -> list[str] | RowError | None:
    """The next record that is no blank line, or why it is none; None at the end. `source.taken` are its lines."""
    while True:
        source.begin_record()
        fault: RowError | None = None
        cells: list[str] = []
        try:
            # Strict: text behind a closing quote is how a stray quote shows that swallowed the rows before it.
            cells = next(csv.reader(source, delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            fault = RowError(code="quote", reason=f"not CSV: {error}")
        if not source.taken:
            return None
        if source.taken[0].too_long:
            return _too_long()
        if source.starved:
            fault = RowError(code="quote", reason="a quote is opened and not closed")
        elif fault is None and not cells:
            continue  # a blank line
        elif fault is None and columns is not None and len(cells) != columns:
            fault = RowError(code="columns", reason=f"{len(cells)} columns where the header has {columns}")
        if fault is not None:
            # A stray quote may have swallowed good rows: only its own line is lost.
            source.keep_first_line()
            return fault
        return _text_fault("".join(line.text for line in source.taken)) or cells


def _header(cells: list[str] | RowError) -> tuple[str, ...]:
    if isinstance(cells, RowError):
        raise InvalidInputError(f"the header cannot be read: {cells.reason}", where="line 1")
    names = tuple(cell.strip() for cell in cells)
    if not all(names) or len(set(names)) != len(names):
        raise InvalidInputError(
            f"the header has empty or repeated names: {', '.join(names)[:500]}",
            where="line 1",
            mend="name every column",
        )
    return names
