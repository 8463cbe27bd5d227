"""From a foreign catalogue file to products: every row is either accepted or rejected with its line and the reason.

The use case reads a file in slices: `rows(…, after_line=checkpoint.line)`, `convert`, `checkpoint.after(outcome)`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, BinaryIO

from pydantic import Field

from huichang.catalog.mapping import CatalogueMapping, Join, check_header
from huichang.catalog.product import Product
from huichang.catalog.reading import RowMapper
from huichang.catalog.rows import Row, RowError, rows
from huichang.catalog.steps import FieldError
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.model import Model

MAX_JOINED_ROWS = 500_000
MAX_JOINED_CHARACTERS = 100_000_000
MAX_TREE_DEPTH = 12
MAX_EXCERPT = 200

__all__ = ["Accepted", "ImportCheckpoint", "JoinedFiles", "Rejected", "convert", "load_joined", "rows"]


class Accepted(Model):
    """A row that became a product. `notes` name what was left out (`list_price_below_price`, `<field>_dropped`)."""

    line: int
    last_line: int
    product: Product
    notes: tuple[str, ...] = ()


class Rejected(Model):
    """A row that became none: where it begins, a stable code (a RowError's or the field's name), why, its look."""

    line: int
    last_line: int
    code: str
    reason: str
    excerpt: str = ""


class ImportCheckpoint(Model):
    """How far an import has come; rows == accepted + rejected at all times. `line` is the last line taken."""

    line: int = 0
    rows: Annotated[int, Field(ge=0)] = 0
    accepted: Annotated[int, Field(ge=0)] = 0
    rejected: Annotated[int, Field(ge=0)] = 0
    rejected_by_code: dict[str, int] = {}
    notes: dict[str, int] = {}
    done: bool = False

    def after(self, outcome: Accepted | Rejected) -> ImportCheckpoint:
        """The checkpoint with one more row taken."""
        changes: dict[str, Any] = {"line": outcome.last_line, "rows": self.rows + 1}
        if isinstance(outcome, Accepted):
            changes["accepted"] = self.accepted + 1
            changes["notes"] = _counted(self.notes, outcome.notes)
        else:
            changes["rejected"] = self.rejected + 1
            changes["rejected_by_code"] = _counted(self.rejected_by_code, (outcome.code,))
        return self.model_copy(update=changes)

    def finished(self) -> ImportCheckpoint:
        """The checkpoint at the end of the file."""
        return self.model_copy(update={"done": True})


def _counted(counts: Mapping[str, int], more: Iterable[str]) -> dict[str, int]:
    counted = dict(counts)
    for name in more:
        counted[name] = counted.get(name, 0) + 1
    return counted


class JoinedFiles:
    """The joined files of a mapping, in memory by key. `faults` are their unreadable rows, by join name."""

    def __init__(self, joins: Mapping[str, Join]) -> None:
        self._joins = joins
        self._rows: dict[str, dict[str, list[dict[str, Any]]]] = {name: {} for name in joins}
        self.faults: dict[str, list[tuple[int, RowError]]] = {}

    def load(self, name: str, source: Iterable[Row]) -> None:
        """Take the rows of one joined file. Raises InvalidInputError for missing columns and too large files."""
        join = self._joins[name]
        by_key: dict[str, list[dict[str, Any]]] = defaultdict(list)
        count = size = 0
        for row in source:
            if isinstance(row.content, RowError):
                self.faults.setdefault(name, []).append((row.line, row.content))
                continue
            if count == 0 and row.header is not None:
                self._check(name, join, row.header)
            count += 1
            size += sum(len(value) for value in row.content.values() if isinstance(value, str))
            if count > MAX_JOINED_ROWS or size > MAX_JOINED_CHARACTERS:
                raise InvalidInputError(
                    f"joined file {name}: more than {MAX_JOINED_ROWS:,} rows or {MAX_JOINED_CHARACTERS:,} characters",
                    where=f"joins.{name}",
                    mend="join it before the import",
                )
            if all(str(row.content.get(column)) == wanted for column, wanted in join.where.items()):
                by_key[_key(row.content.get(join.key))].append(row.content)
        self._rows[name] = dict(by_key)

    @staticmethod
    def _check(name: str, join: Join, header: tuple[str, ...]) -> None:
        wanted = {join.key, *join.where, *([join.parent] if join.parent else [])}
        missing = sorted(wanted - set(header))
        if missing:
            raise InvalidInputError(
                f"the joined file {name} has no column {', '.join(missing)}",
                where=f"joins.{name}",
                mend=f"its columns are {', '.join(header)[:1000]}",
            )

    def of(self, name: str, row: Mapping[str, Any]) -> Any:
        """What the join gives for a main row: one row, a list of rows (many, or a tree's path), or None."""
        join, by_key = self._joins[name], self._rows[name]
        found = by_key.get(_key(row.get(join.main_key)), [])
        if join.many:
            return found
        if join.parent is None:
            return found[0] if found else None
        path: list[dict[str, Any]] = []
        while found and len(path) < MAX_TREE_DEPTH and found[0] not in path:  # a tree that bites its tail ends there
            path.append(found[0])
            found = by_key.get(_key(found[0].get(join.parent)), [])
        return path[::-1]


def _key(value: Any) -> str:
    return "" if value is None else str(value).strip()


def load_joined(mapping: CatalogueMapping, files: Mapping[str, tuple[BinaryIO, str]]) -> JoinedFiles:
    """Load the joined files: join name to (stream, file name). Raises InvalidInputError for missing or unknown ones."""
    missing = [name for name, join in mapping.joins.items() if name not in files and not join.optional]
    unknown = [name for name in files if name not in mapping.joins]
    if missing or unknown:
        raise InvalidInputError(
            f"joined files missing: {', '.join(missing) or 'none'}; not asked for: {', '.join(unknown) or 'none'}",
            where="files",
            mend=f"the mapping joins {', '.join(mapping.joins) or 'no file'}",
        )
    joined = JoinedFiles(mapping.joins)
    for name, (stream, filename) in files.items():
        joined.load(name, rows(stream, filename, encoding=mapping.encoding, delimiter=mapping.delimiter))
    return joined


def convert(
    source: Iterable[Row], mapping: CatalogueMapping, *, today: date, joined: JoinedFiles | None = None
) -> Iterator[Accepted | Rejected]:
    """Turn rows into outcomes, one for one and in order. `today` dates the `days` step.

    Raises InvalidInputError at the first row where a CSV file lacks columns the mapping reads, or a join is missing.
    """
    needed = [name for name, join in mapping.joins.items() if not join.optional]
    if joined is None and needed:
        raise InvalidInputError(f"joined files missing: {', '.join(needed)}", where="files")
    files = joined or JoinedFiles(mapping.joins)
    mapper = RowMapper(mapping, files.of, today)
    checked = False
    for row in source:
        if not checked and row.header is not None:
            check_header(mapping, row.header)
            checked = True
        yield _outcome(row, mapper)


def _outcome(row: Row, mapper: RowMapper) -> Accepted | Rejected:
    if isinstance(row.content, RowError):
        return Rejected(line=row.line, last_line=row.last_line, code=row.content.code, reason=row.content.reason)
    try:
        product, notes = mapper.product(row.content)
    except FieldError as error:
        excerpt = ", ".join(f"{name}={str(value)[:40]}" for name, value in row.content.items() if value)[:MAX_EXCERPT]
        # A lone surrogate from a JSON escape must not break the report that names it.
        excerpt = excerpt.encode("utf-8", "replace").decode("utf-8")
        reason = str(error).encode("utf-8", "replace").decode("utf-8")
        code = error.field.partition(".")[0]
        return Rejected(line=row.line, last_line=row.last_line, code=code, reason=reason, excerpt=excerpt)
    return Accepted(line=row.line, last_line=row.last_line, product=product, notes=notes)
