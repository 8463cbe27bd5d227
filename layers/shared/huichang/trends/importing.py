"""Rows of a trend feed to trends: each by itself, a bad one is reported with its line and stops no other.

Files are read by catalog/rows.py (CSV, TSV or JSONL, plain or .gz, streamed: memory stays at one row, a line of megabytes is
one rejected row). Without a mapping the columns are these; with one (mapping.py) they are whatever the feed calls them.

| field | must | meaning |
|---|---|---|
| source | yes | who reports it, at most 60 characters |
| title | yes | at most 200 characters |
| heat | yes | a number >= 0 in the source's own unit |
| observed_on | yes | `2026-09-01`; not before 2000, not after tomorrow |
| kind | no | `industry`, `seasonal` or `event`; else worked out |
| language | no | `zh` or `en`; else by the title's script |
| industry | no | a code of catalog/industries.yaml; else worked out |
| category | no | the feed's own name of the topic |
| advertisement | no | true where the place was paid for |
| keywords | no | separated by `|` or `;`, or a list |
| description | no | at most 1,000 characters |
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO

from pydantic import ValidationError

from huichang.catalog.rows import RowError, rows
from huichang.catalog.steps import FieldError
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.language import detect_language
from huichang.kernel.model import Model
from huichang.selection.words import clean, clean_words
from huichang.trends.mapping import TrendMapping
from huichang.trends.trend import Sorting, Trend, Verdict

REQUIRED = ("source", "title", "heat", "observed_on")
OPTIONAL = ("kind", "language", "industry", "category", "advertisement", "keywords", "description")
EARLIEST = date(2000, 1, 1)
_MAX_KEYWORDS = 30
_MAX_CATEGORY = 60
_TRUE, _FALSE = ("true", "1", "yes", "是"), ("false", "0", "no", "否")


class RejectedRow(Model):
    """A row that became no trend: where it begins (from 1, the header counted; for rows its place from 1) and why.

    `code` is stable: of the reading (encoding, nul_byte, too_long, columns, quote, json) or the name of the field that is wrong.
    """

    line: int
    code: str
    reason: str


def check_header(header: Collection[str], mapping: TrendMapping | None) -> None:
    """Raise InvalidInputError where a CSV file lacks columns that are read."""
    wanted = mapping.columns() if mapping else set(REQUIRED)
    missing = sorted(wanted - {name if mapping else name.lower() for name in header})
    if missing:
        mend = f"its columns are {', '.join(header)[:1000]}; a mapping (--mapping) says which is which"
        raise InvalidInputError(f"the file has no column {', '.join(missing)}", where="line 1", mend=mend)


class TrendReader:
    """Makes trends of rows. `industries`: the codes there are; `today`: by it, dates to come are told from slips."""

    def __init__(self, industries: Collection[str], today: date, mapping: TrendMapping | None = None) -> None:
        unknown = sorted(set(mapping.industries.values()) - set(industries)) if mapping else []
        if unknown:
            raise InvalidInputError(f"there is no industry {', '.join(unknown)}", where="mapping.industries")
        self._industries = industries
        self._latest = today + timedelta(days=1)
        self._mapping = mapping
        self._fields = mapping.reader(today) if mapping else None

    def file(self, stream: BinaryIO, filename: str) -> Iterator[Trend | RejectedRow]:
        """Every row of a file, in its order. Raises InvalidInputError for a file that cannot be read at all."""
        encoding, delimiter = (self._mapping.encoding, self._mapping.delimiter) if self._mapping else ("utf-8", None)
        checked = False
        for row in rows(stream, filename, encoding=encoding, delimiter=delimiter):
            if not checked and row.header is not None:
                check_header(row.header, self._mapping)
                checked = True
            yield self.row(row.line, row.content)

    def rows(self, items: Iterable[Any]) -> Iterator[Trend | RejectedRow]:
        """Every row of a request, numbered from 1."""
        for number, item in enumerate(items, 1):
            yield self.row(number, item)

    def row(self, line: int, content: Any) -> Trend | RejectedRow:
        """One row: never raises for what stands in it."""
        if isinstance(content, RowError):
            return RejectedRow(line=line, code=content.code, reason=content.reason)
        if not isinstance(content, Mapping):
            return RejectedRow(line=line, code="row", reason=f"a row must be an object, not {type(content).__name__}")
        try:
            return self._trend(content)
        except FieldError as error:
            return RejectedRow(line=line, code=error.field, reason=str(error)[:500])
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "row"
            return RejectedRow(line=line, code=field, reason=f"{field}: {first['msg'].removeprefix('Value error, ')}")

    def _trend(self, row: Mapping[str, Any]) -> Trend:
        values = self._mapped(row) if self._mapping else self._plain(row)
        for name in REQUIRED:
            if values.get(name) is None:
                raise FieldError(name, "missing")
        title = clean(str(values["title"]), 201)
        if not title:
            raise FieldError("title", "nothing is left without markup")
        industry, kind = values.get("industry"), values.get("kind")
        if industry is not None and industry not in self._industries:
            raise FieldError("industry", f"there is no industry {industry!r}")
        category = clean(str(values.get("category") or ""), _MAX_CATEGORY)
        translated = self._translated(category)
        return Trend(
            source=values["source"],
            title=title,
            kind=kind or "event",
            industry=industry or translated,
            heat=_number(values["heat"]),
            observed_on=self._date(values["observed_on"]),
            language=values.get("language") or detect_language(title) or "zh",
            keywords=_keywords(values.get("keywords")),
            description=_description(values.get("description")),
            category=category,
            advertisement=_flag(values.get("advertisement")),
            verdict=self._verdict(category),
            sorting=Sorting(
                by="feed" if industry else "category" if translated else "none",
                because=(category,) if translated and not industry else (),
                kind_by="feed" if kind else "none",
            ),
        )

    def _plain(self, row: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, value in row.items():
            field = str(name).strip().lower()
            if field not in REQUIRED and field not in OPTIONAL:
                raise FieldError(field[:60], "there is no such field")
            tidy = value.strip() if isinstance(value, str) else value
            values[field] = None if tidy == "" else tidy
        return values

    def _mapped(self, row: Mapping[str, Any]) -> dict[str, Any]:
        if self._mapping is None or self._fields is None:
            raise ValueError("no mapping was given")
        notes: list[str] = []
        values = {name: self._fields.field(row, name, spec, notes) for name, spec in self._mapping.fields if spec is not None}
        for name in ("source", "kind", "language"):
            values[name] = values.get(name) or getattr(self._mapping, name)
        return values

    def _looked_up(self, table: Mapping[str, Any], category: str) -> Any:
        return table.get(category) or table.get(category.partition("-")[0].strip())

    def _translated(self, category: str) -> str | None:
        return self._looked_up(self._mapping.industries, category) if self._mapping else None

    def _verdict(self, category: str) -> Verdict | None:
        code = self._looked_up(self._mapping.reasons, category) if self._mapping else None
        return Verdict(drop=code, because=(category,)) if code else None

    def _date(self, value: Any) -> date:
        found = value
        if not isinstance(value, date):
            text = str(value).strip()
            try:
                if self._mapping and self._mapping.date_format != "%Y-%m-%d":
                    found = datetime.strptime(text, self._mapping.date_format).date()
                else:
                    found = date.fromisoformat(text[:10] if len(text) > 10 and text[10] in "T " else text)
            except ValueError as error:
                raise FieldError("observed_on", f"{text[:40]!r} is no date") from error
        if not EARLIEST <= found <= self._latest:
            raise FieldError("observed_on", f"{found.isoformat()} is not between {EARLIEST.isoformat()} and {self._latest.isoformat()}")
        return date(found.year, found.month, found.day)


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise FieldError("heat", "a number is needed")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise FieldError("heat", f"{str(value)[:40]!r} is no number") from error


def _flag(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    text = str(value).strip().lower()
    if text not in (*_TRUE, *_FALSE):
        raise FieldError("advertisement", f"{text[:40]!r} is neither true nor false")
    return text in _TRUE


def _description(value: Any) -> str:
    return clean(str(value), 1000) if value is not None else ""


def _keywords(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return clean_words(value.replace(";", "|").replace("；", "|").split("|"), limit=_MAX_KEYWORDS)
    if isinstance(value, (list, tuple)) and all(isinstance(word, str) for word in value):
        return clean_words(value, limit=_MAX_KEYWORDS)
    raise FieldError("keywords", "a text or a list of texts is needed")
