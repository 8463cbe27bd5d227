"""The embedded product index: SQLite FTS5 for words, a facts table for measures, exact k-NN over a mapped matrix.

The files are index_sqlite_folder.py and index_sqlite_store.py, words are index_sqlite_words.py, writing is index_sqlite_writes.py;
here are the questions. Those for
the best few look at the best of all products first, and ask about everybody only where too few of these are eligible: the same answer,
without listing a whole catalogue.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from huichang.adapters.index_conditions import (
    Clause,
    EnrolledClause,
    FieldClause,
    FlagClause,
    NotIdsClause,
    NumberClause,
    NumberInClause,
    OpenClause,
    StockClause,
    TermClause,
    clauses,
    facet_field,
    hit_limit,
    numeric_indicator,
    percentile_rank,
    unit_length,
    wanted_terms,
    within,
)
from huichang.adapters.index_sqlite_reindex import Reindex
from huichang.adapters.index_sqlite_store import Matrix, SqliteStore, unmoved
from huichang.adapters.index_sqlite_words import best
from huichang.adapters.index_sqlite_writes import SqliteWriter
from huichang.adapters.index_text import question
from huichang.catalog.product import Product
from huichang.kernel.clock import Clock, SystemClock
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.language import Language
from huichang.selection.index import Facet, IndexedProduct, ReindexReport, UpsertReport
from huichang.selection.model import Eligibility, Hit
from huichang.selection.offers import Offer, OfferReport
from huichang.selection.synonyms import Synonyms
from huichang.selection.values import TextIndicator

Scores = npt.NDArray[np.float32]
Slots = npt.NDArray[np.intp]

_SORTED = "sales_30d"  # what facts_by_sales has in order
_LOOK_AT = 4  # times as many products as are asked for
_LOOK_AT_LEAST = 1_000
_GATHERED = 4_096
_WALK = 32  # times as many are walked over


class SqliteProductIndex:
    """`ProductIndex` on one folder. Opens nothing until the first call; safe across threads, forks and processes.

    Raises TransientError where another writer holds the folder for too long or the disk fails, PermanentError where the
    folder holds another schema or dimension, InvalidInputError for what the caller asked wrongly.
    """

    def __init__(self, path: Path, dimension: int, synonyms: Callable[[], Synonyms] = Synonyms, clock: Clock | None = None) -> None:
        self._store = SqliteStore(path, dimension)
        self._writer = SqliteWriter(self._store)
        self._synonyms = synonyms
        self._clock = clock or SystemClock()

    def upsert(self, items: Sequence[IndexedProduct]) -> UpsertReport:
        """Insert or replace in batches, each all or nothing; of items with one id the last counts."""
        return self._writer.upsert(items)

    def update(self, offers: Sequence[Offer]) -> OfferReport:
        """New prices, stock and enrolment; no vector is touched."""
        return self._writer.update(offers)

    def delete(self, product_ids: Sequence[str]) -> int:
        """Remove; return how many existed."""
        return self._writer.delete(product_ids)

    def reindex(self, progress: Callable[[int], None]) -> ReindexReport:
        """A new physical index beside this one, then in its place, while every process goes on reading and writing."""
        return Reindex(self._store).run(progress)

    def close(self) -> None:
        """Close this process's connections. The next call opens again."""
        self._store.close()

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        """The products that exist, by id, in the order asked."""
        with self._store.reading() as db:
            bodies = dict(
                db.execute(
                    "SELECT f.id, p.body FROM facts f JOIN products p ON p.row = f.row WHERE f.id IN (SELECT value FROM json_each(?))",
                    (json.dumps(list(product_ids)),),
                ).fetchall()
            )
        return {
            product_id: Product.model_validate_json(bodies[product_id]) for product_id in dict.fromkeys(product_ids) if product_id in bodies
        }

    @unmoved
    def known_vectors(self, embedding_hashes: Sequence[str]) -> dict[str, tuple[float, ...]]:
        """Vectors stored for these embedding hashes."""
        with self._store.reading() as db:
            found = db.execute(
                "SELECT p.embedding_hash, max(f.slot) FROM products p JOIN facts f ON f.row = p.row "
                "WHERE p.embedding_hash IN (SELECT value FROM json_each(?)) GROUP BY p.embedding_hash",
                (json.dumps(list(embedding_hashes)),),
            ).fetchall()
            matrix = self._store.matrix(db)
            return {name: tuple(matrix[slot].tolist()) for name, slot in found}

    def search(self, words: dict[Language, tuple[str, ...]], where: Eligibility, size: int) -> list[Hit]:
        """BM25; a word of several parts matches where all its parts occur. Scores compare within one answer only."""
        condition, values = _where(where, self._clock.now())
        asked = question(words, self._synonyms())
        if hit_limit(size) == 0 or not asked.words:
            return []
        with self._store.reading() as db:
            rows = best(db, asked, condition, values, size)
        return _hits(rows)

    @unmoved
    def nearest(self, vector: Sequence[float], where: Eligibility, size: int) -> list[Hit]:
        """Exact k-NN among the eligible products; equal cosines in order of the id."""
        now = self._clock.now()
        condition, values = _where(where, now)
        query = np.asarray(unit_length(vector, self._store.dimension), dtype=np.float32)
        if hit_limit(size) == 0:
            return []
        with self._store.reading() as db:
            matrix = self._store.matrix(db)
            # Gathering rows copies them; past a third of the file one pass over all of it is faster.
            few = _named_at_most(db, where, now)
            scores = None if few is not None and few * 3 < len(matrix) else matrix @ query
            if scores is not None:
                many = max(_LOOK_AT * size, _LOOK_AT_LEAST)
                while many * _LOOK_AT < len(matrix):
                    found = _eligible(db, _best(scores, many), where, now)
                    if len(found) >= size:
                        return _nearest_hits(found, scores[[slot for slot, _ in found]], size)
                    many = 2 * many * size // max(1, len(found))  # twice as far as it takes if they lie evenly
            listed = db.execute(f"SELECT f.slot FROM facts f WHERE {condition}", values)  # noqa: S608
            slots = np.fromiter((slot for (slot,) in listed), dtype=np.int64)
            cosines = _cosines(matrix, slots, query) if scores is None else scores[slots]
            best = _best(cosines, size)
            found = _eligible(db, slots[best], Eligibility(enrolled=False, min_stock=0), now)
        place = {slot: at for at, slot in zip(best.tolist(), slots[best].tolist(), strict=True)}
        return _nearest_hits(found, cosines[[place[slot] for slot, _ in found]], size)

    def filter(self, where: Eligibility, size: int, sort_by: str = "sales_30d") -> list[Hit]:
        """Eligible products; the score is the indicator's value, 0 where it is not known."""
        now = self._clock.now()
        condition, values = _where(where, now)
        column, named = _measure(numeric_indicator(sort_by, "sort_by"), within(sort_by, where))
        if size < 0:
            raise InvalidInputError(f"size {size} is negative", where="size")
        with self._store.reading() as db:
            if sort_by == _SORTED:
                best = _best_sellers(db, where, size, now)
                if len(best) == size:
                    return _hits(best)
            # + keeps the planner from the index: of few eligible products, a walk through all in order finds the last ones last.
            rows = db.execute(
                f"SELECT f.id, {column} AS measure FROM facts f WHERE {condition} "  # noqa: S608
                "ORDER BY +measure DESC NULLS LAST, f.id LIMIT ?",
                [*named, *values, size],
            ).fetchall()
        return _hits([(product_id, score or 0.0) for product_id, score in rows])

    def percentile(self, indicator: str, p: float, where: Eligibility) -> float | None:
        """Exact percentile with linear interpolation."""
        condition, values = _where(where, self._clock.now())
        (column, named), share = _measure(numeric_indicator(indicator, "percentile"), within(indicator, where)), percentile_rank(p)
        with self._store.reading() as db:
            rows = db.execute(
                f"SELECT {column} FROM facts f WHERE {column} IS NOT NULL AND {condition}",  # noqa: S608
                [*named, *named, *values],
            )
            known = np.fromiter((value for (value,) in rows), dtype=np.float64)
        return float(np.quantile(known, share)) if len(known) else None

    def facet(self, field: str, where: Eligibility, size: int = 100) -> list[Facet]:
        """Commonest values; equal counts in order of the value. A missing value is no value."""
        condition, values = _where(where, self._clock.now())
        column = facet_field(field)
        with self._store.reading() as db:
            rows = db.execute(
                f"SELECT f.{column}, count(*) AS many FROM facts f WHERE f.{column} IS NOT NULL AND {condition} "  # noqa: S608
                f"GROUP BY f.{column} ORDER BY many DESC, f.{column} LIMIT ?",
                [*values, hit_limit(size)],
            ).fetchall()
        return [Facet(value=value, count=count) for value, count in rows]

    def known_values(self, indicator: TextIndicator, terms: Sequence[str], where: Eligibility) -> dict[str, int]:
        """How many eligible products have each term."""
        condition, values = _where(where, self._clock.now())
        wanted = wanted_terms(indicator, terms)
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT t.term, count(*) FROM terms t JOIN facts f ON f.row = t.row "  # noqa: S608
                f"WHERE t.kind = ? AND t.term IN (SELECT value FROM json_each(?)) AND {condition} GROUP BY t.term",
                [indicator, json.dumps(list(wanted)), *values],
            ).fetchall()
        return {asked: int(count) for term, count in rows for asked in wanted[term]}

    def count(self, where: Eligibility) -> int:
        """How many products are eligible."""
        condition, values = _where(where, self._clock.now())
        with self._store.reading() as db:
            (count,) = db.execute(f"SELECT count(*) FROM facts f WHERE {condition}", values).fetchone()  # noqa: S608
        return int(count)


def _named_at_most(db: sqlite3.Connection, where: Eligibility, now: datetime) -> int | None:
    """No more products than this are eligible, as far as ids and terms tell; None where they tell nothing."""
    bounds = []
    for clause in clauses(where, now):
        match clause:
            case FieldClause("id", ids):
                bounds.append(len(ids))
            case TermClause(kind, terms):
                named = "SELECT count(*) FROM terms WHERE kind = ? AND term IN (SELECT value FROM json_each(?))"
                bounds.append(db.execute(named, (kind, json.dumps(terms))).fetchone()[0])
            case _:
                pass
    return min(bounds, default=None)


def _cosines(matrix: Matrix, slots: Slots, query: Matrix) -> Scores:
    """Those of these slots, a bounded part copied out of the file at a time."""
    parts = [matrix[slots[start : start + _GATHERED]] @ query for start in range(0, len(slots), _GATHERED)]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)


def _best(scores: Scores, many: int) -> Slots:
    """Where the highest `many` scores are, and all that equal the last of them."""
    if many >= len(scores):
        return np.arange(len(scores))
    return np.flatnonzero(scores >= np.partition(scores, len(scores) - many)[len(scores) - many])


def _eligible(db: sqlite3.Connection, slots: Slots, where: Eligibility, now: datetime) -> list[tuple[int, str]]:
    """(slot, product id) of the eligible ones among these slots."""
    condition, values = _where(where, now, looked_up=True)
    return db.execute(
        f"SELECT f.slot, f.id FROM facts f WHERE f.slot IN (SELECT value FROM json_each(?)) AND {condition}",  # noqa: S608
        (json.dumps(slots.tolist()), *values),
    ).fetchall()


def _best_sellers(db: sqlite3.Connection, where: Eligibility, size: int, now: datetime) -> list[tuple[str, float]]:
    """The eligible ones in order of sales, by a walk from the top; given up, and incomplete, where it would be a long one."""
    few = _named_at_most(db, where, now)
    if few is not None and few <= _WALK * size:
        return []  # to sort these is quick
    condition, values = _where(where, now, looked_up=True)
    walk = db.execute(
        f"SELECT f.id, f.{_SORTED}, {condition} FROM facts f ORDER BY f.{_SORTED} DESC NULLS LAST, f.id",  # noqa: S608
        values,
    )
    found: list[tuple[str, float]] = []
    for seen, (name, sales, eligible) in enumerate(walk, start=1):
        if eligible:
            found.append((name, sales or 0.0))
        # At this rate, would they all be met within the walk?
        if len(found) == size or (seen % _LOOK_AT_LEAST == 0 and len(found) * _WALK < seen):
            break
    return found


def _nearest_hits(found: Sequence[tuple[int, str]], cosines: Scores, size: int) -> list[Hit]:
    ranked = zip((name for _, name in found), cosines.tolist(), strict=True)
    return _hits(sorted(ranked, key=lambda hit: (-hit[1], hit[0]))[:size])


def _where(where: Eligibility, now: datetime, *, looked_up: bool = False) -> tuple[str, list[Any]]:
    """The eligibility as an SQL condition on `facts f`, and its parameters.

    `looked_up`: few products are asked about, so that terms are looked up for each of them rather than listed.
    """
    parts: list[str] = []
    values: list[Any] = []
    for clause in clauses(where, now):
        sql, parameters = _clause(clause, looked_up)
        parts.append(sql)
        values += parameters
    return " AND ".join(parts) or "1", values


def _clause(clause: Clause, looked_up: bool) -> tuple[str, list[Any]]:
    # Column names come from the indicator catalogue and from Literal types; everything a caller typed is a parameter.
    match clause:
        case NumberClause(indicator, op, value, promotion):
            column, named = _measure(indicator, promotion)
            return f"{column} {op} ?", [*named, value]
        case NumberInClause(indicator, numbers, promotion):
            column, named = _measure(indicator, promotion)
            return f"{column} IN (SELECT value FROM json_each(?))", [*named, json.dumps(numbers)]  # noqa: S608
        case FlagClause(indicator, flag, promotion):
            column, named = _measure(indicator, promotion)
            return f"{column} = ?", [*named, int(flag)]
        case TermClause(kind, terms):
            which = "t.kind = ? AND t.term IN (SELECT value FROM json_each(?))"
            looked = f"EXISTS (SELECT 1 FROM terms t WHERE {which} AND t.row = f.row)"  # noqa: S608
            listed = f"f.row IN (SELECT t.row FROM terms t WHERE {which})"  # noqa: S608
            return looked if looked_up else listed, [kind, json.dumps(terms)]
        case FieldClause(field, texts):
            return f"f.{field} IN (SELECT value FROM json_each(?))", [json.dumps(texts)]  # noqa: S608
        case EnrolledClause():
            return "f.enrolled = 1", []
        case OpenClause(promotion, at):
            return (
                "EXISTS (SELECT 1 FROM promoted e WHERE e.promotion = ? AND e.row = f.row "
                "AND (e.starts_at IS NULL OR e.starts_at <= ?) AND (e.ends_at IS NULL OR e.ends_at > ?))",
                [promotion, at, at],
            )
        case StockClause(at_least, unknown_counts):
            return ("(f.stock >= ? OR f.stock IS NULL)" if unknown_counts else "f.stock >= ?"), [at_least]
        case NotIdsClause(ids):
            return "f.id NOT IN (SELECT value FROM json_each(?))", [json.dumps(ids)]


def _measure(indicator: str, promotion: str) -> tuple[str, list[Any]]:
    """The indicator of a row of `facts f` as SQL, within the promotion where one is given, and its parameters."""
    if not promotion:
        return f"f.{indicator}", []
    return f"(SELECT e.{indicator} FROM promoted e WHERE e.promotion = ? AND e.row = f.row)", [promotion]  # noqa: S608


def _hits(rows: Sequence[tuple[str, float]]) -> list[Hit]:
    return [Hit(product_id=name, rank=rank, score=score) for rank, (name, score) in enumerate(rows, start=1)]
