"""Reading a trend file: CSV with a header, or JSONL; a bad row is reported and never stops the others.

Columns (CSV header or JSON keys) are the fields of Trend:

| field | must | meaning |
|---|---|---|
| source | yes | who reports it, at most 60 characters |
| title | yes | at most 200 characters |
| kind | yes | `industry`, `seasonal` or `event` |
| heat | yes | a number >= 0 in the source's own unit |
| observed_on | yes | `2026-09-01` |
| language | yes | `zh` or `en` |
| industry | no | a code of catalog/industries.yaml; empty for trends of no industry |
| keywords | no | CSV: separated by `|` or `;`; JSONL: a list or such a text |
| description | no | at most 1,000 characters |
"""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from huichang.kernel.model import Model
from huichang.selection.words import clean, clean_words
from huichang.trends.trend import Trend

REQUIRED = ("source", "title", "kind", "heat", "observed_on", "language")
MAX_LINE = 20_000
_MAX_KEYWORDS = 30


class RejectedRow(Model):
    """A row that became no trend: its line (from 1, the header counted; for rows its place from 1) and why."""

    line: int
    reason: str


def parse_trends(
    source: Iterable[str] | Iterable[Mapping[str, Any]], industries: Collection[str] | None = None
) -> tuple[list[Trend], list[RejectedRow]]:
    """Parse lines of text (CSV or JSONL, told apart by the first character) or rows that are already parsed.

    With `industries`, a code that is none of them is a rejection. Of rows with the same source and title the last wins.
    """
    trends: dict[str, Trend] = {}
    rejected: list[RejectedRow] = []
    for line, row in _rows(source):
        if isinstance(row, str):
            rejected.append(RejectedRow(line=line, reason=row))
            continue
        try:
            trend = _trend(row)
        except ValidationError as error:
            rejected.append(RejectedRow(line=line, reason=_reason(error)))
            continue
        if industries is not None and trend.industry is not None and trend.industry not in industries:
            rejected.append(RejectedRow(line=line, reason=f"industry: there is no industry {trend.industry!r}"))
            continue
        trends[trend.id] = trend
    return list(trends.values()), rejected


def _rows(source: Iterable[str] | Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Yield (line, row), or (line, reason) where there is no row to speak of."""
    items = iter(source)
    number = 0
    for first in items:
        number += 1
        if not isinstance(first, str):
            yield (
                number,
                first if isinstance(first, Mapping) else f"a row must be an object, not {type(first).__name__}",
            )
            for row in items:
                number += 1
                yield number, row if isinstance(row, Mapping) else f"a row must be an object, not {type(row).__name__}"
            return
        if not first.strip("\ufeff \r\n\t"):
            continue
        lines = (item for item in items if isinstance(item, str))
        if first.lstrip("\ufeff \t").startswith("{"):
            yield from _jsonl(first, number, lines)
        else:
            yield from _csv(first, number, lines)
        return


def _jsonl(first: str, number: int, lines: Iterator[str]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    line: str | None = first.lstrip("\ufeff")
    while line is not None:
        if len(line) > MAX_LINE:
            yield number, f"the line has {len(line)} characters, more than {MAX_LINE}"
        elif line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, f"not JSON: {error}"
            else:
                yield number, row if isinstance(row, dict) else f"a row must be an object, not {type(row).__name__}"
        line = next(lines, None)
        number += 1


def _csv(header: str, number: int, lines: Iterator[str]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    try:
        names = [name.strip().lower() for name in next(csv.reader([header.lstrip("\ufeff").rstrip("\r\n")]))]
    except csv.Error as error:
        yield number, f"the header is not CSV: {error}"
        return
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in Trend.model_fields]
    if missing or unknown:
        wrong = [f"missing columns: {', '.join(missing)}"] if missing else []
        wrong += [f"unknown columns: {', '.join(unknown)}"] if unknown else []
        yield number, "; ".join(wrong)
        return
    reader = csv.reader(lines)
    while True:
        start = number + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield start, f"not CSV: {error}"
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            last = number + reader.line_num
            span = f" (a quoted cell runs on to line {last}: is a quotation mark missing?)" if last > start else ""
            yield start, f"{len(cells)} cells where the header has {len(names)} columns{span}"
            continue
        yield start, dict(zip(names, cells, strict=True))


def _trend(row: Mapping[str, Any]) -> Trend:
    values: dict[str, Any] = {}
    for name, value in row.items():
        tidy = value.strip() if isinstance(value, str) else value
        if name == "keywords":
            values[name] = _keywords(tidy)
        elif tidy is None or tidy == "":
            continue  # an empty cell is a missing value
        elif name in {"title", "description"} and isinstance(tidy, str):
            values[name] = clean(tidy, len(tidy))
        else:
            values[name] = tidy
    return Trend.model_validate(values)


def _keywords(value: Any) -> Any:
    if isinstance(value, str):
        return clean_words(value.replace(";", "|").replace("；", "|").split("|"), limit=_MAX_KEYWORDS)
    if isinstance(value, (list, tuple)) and all(isinstance(word, str) for word in value):
        return clean_words(value, limit=_MAX_KEYWORDS)
    return () if value is None else value


def _reason(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(str(part) for part in item['loc']) or 'row'}: {item['msg']}" for item in error.errors(include_url=False))[
        :500
    ]
