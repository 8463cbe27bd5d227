"""The embedded product index: SQLite FTS5 for words, a facts table for measures, exact k-NN over a mapped matrix.

The folder is index_sqlite_store.py, writing is index_sqlite_writes.py; here are the questions.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

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
from huichang.adapters.index_sqlite_store import SqliteStore
from huichang.adapters.index_sqlite_writes import SqliteWriter
from huichang.adapters.index_text import FIELD_WEIGHTS, SEARCH_FIELDS, Unit, closest, corrected, query_words, spellable
from huichang.catalog.product import Product
from huichang.kernel.clock import Clock, SystemClock
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.language import Language
from huichang.selection.index import Facet, IndexedProduct, ReindexReport, UpsertReport
from huichang.selection.model import Eligibility, Hit
from huichang.selection.offers import Offer, OfferReport
from huichang.selection.synonyms import Synonyms
from huichang.selection.values import TextIndicator

_CORRECTIONS_LOOKED_AT = 20_000


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
        """Words, terms and measures of every product anew, some hundred in a transaction; vectors stay where they are."""
        copied = self._writer.reindex(progress)
        return ReindexReport(before=str(self._store.folder), after=str(self._store.folder), copied=copied)

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

    def known_vectors(self, embedding_hashes: Sequence[str]) -> dict[str, tuple[float, ...]]:
        """Vectors stored for these embedding hashes."""
        with self._store.reading() as db:
            found = db.execute(
                "SELECT embedding_hash, max(slot) FROM facts "
                "WHERE embedding_hash IN (SELECT value FROM json_each(?)) GROUP BY embedding_hash",
                (json.dumps(list(embedding_hashes)),),
            ).fetchall()
            matrix = self._store.matrix(*self._store.state(db))
            return {name: tuple(matrix[slot].tolist()) for name, slot in found}

    def search(self, words: dict[Language, tuple[str, ...]], where: Eligibility, size: int) -> list[Hit]:
        """BM25; a word of several parts matches where all its parts occur. Scores compare within one answer only."""
        condition, values = _where(where, self._clock.now())
        asked = query_words(words, self._synonyms())
        if hit_limit(size) == 0 or not asked:
            return []
        weights = ", ".join(str(FIELD_WEIGHTS[field]) for field in SEARCH_FIELDS)
        with self._store.reading() as db:
            match = _match_expression(corrected(asked, _meant(db, spellable(asked))))
            rows = db.execute(
                f"SELECT f.id, -bm25(words, {weights}) AS score FROM words JOIN facts f ON f.row = words.rowid "  # noqa: S608
                f"WHERE words MATCH ? AND {condition} ORDER BY score DESC, f.id LIMIT ?",
                [match, *values, size],
            ).fetchall()
        return _hits(rows)

    def nearest(self, vector: Sequence[float], where: Eligibility, size: int) -> list[Hit]:
        """Exact k-NN among the eligible products."""
        condition, values = _where(where, self._clock.now())
        query = np.asarray(unit_length(vector, self._store.dimension), dtype=np.float32)
        if hit_limit(size) == 0:
            return []
        with self._store.reading() as db:
            matrix = self._store.matrix(*self._store.state(db))
            found = db.execute(f"SELECT f.slot FROM facts f WHERE {condition}", values).fetchall()  # noqa: S608
            slots = np.fromiter((slot for (slot,) in found), dtype=np.int64, count=len(found))
            if not len(slots):
                return []
            # Gathering rows copies them; past a third of the file one pass over all of it is faster.
            scores = (matrix @ query)[slots] if len(slots) * 3 > len(matrix) else matrix[slots] @ query
            if size < len(slots):
                best = np.argpartition(-scores, size - 1)[:size]
                slots, scores = slots[best], scores[best]
            chosen = json.dumps(slots.tolist())
            by_slot = "SELECT slot, id FROM facts WHERE slot IN (SELECT value FROM json_each(?))"
            names = dict(db.execute(by_slot, (chosen,)).fetchall())
        ranked = [(names[slot], score) for slot, score in zip(slots.tolist(), scores.tolist(), strict=True)]
        return _hits(sorted(ranked, key=lambda hit: (-hit[1], hit[0])))

    def filter(self, where: Eligibility, size: int, sort_by: str = "sales_30d") -> list[Hit]:
        """Eligible products; the score is the indicator's value, 0 where it is not known."""
        condition, values = _where(where, self._clock.now())
        column, named = _measure(numeric_indicator(sort_by, "sort_by"), within(sort_by, where))
        if size < 0:
            raise InvalidInputError(f"size {size} is negative", where="size")
        with self._store.reading() as db:
            rows = db.execute(
                f"SELECT f.id, {column} AS measure FROM facts f WHERE {condition} "  # noqa: S608
                "ORDER BY measure DESC NULLS LAST, f.id LIMIT ?",
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
            ).fetchall()
        if not rows:
            return None
        return float(np.quantile(np.fromiter((row[0] for row in rows), dtype=np.float64, count=len(rows)), share))

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


def _meant(db: sqlite3.Connection, tokens: Sequence[str]) -> dict[str, str]:
    """For every token that no product has, the nearest word that one has (as FTS5 stores it: stemmed)."""
    meant: dict[str, str] = {}
    for token in tokens:
        if db.execute("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", (f'"{token}"',)).fetchone():
            continue
        like_it = db.execute(
            "SELECT term, doc FROM vocabulary WHERE term >= ? AND term < ? LIMIT ?",
            (token[0], token[0] + "\U0010ffff", _CORRECTIONS_LOOKED_AT),
        )
        found = closest(token, ((term, doc) for term, doc in like_it if term.isascii() and term.isalpha()))
        if found:
            meant[token] = found
    return meant


def _match_expression(words: Sequence[tuple[Unit, ...]]) -> str:
    """An FTS5 query of quoted tokens; tokens are letters and digits only, so that no user text is ever syntax."""
    return " OR ".join(_word_expression(units) for units in words)


def _word_expression(units: tuple[Unit, ...]) -> str:
    *others, head = map(_unit_expression, units)
    return f"({head} AND ({' OR '.join(others)}))" if others else f"({head})"


def _unit_expression(unit: Unit) -> str:
    phrase = '"' + " ".join(unit.tokens) + '"'
    if not unit.splits:
        return phrase
    split = " OR ".join(f"({_unit_expression(left)} AND {_unit_expression(right)})" for left, right in unit.splits)
    return f"({phrase} OR {split})"


def _where(where: Eligibility, now: datetime) -> tuple[str, list[Any]]:
    """The eligibility as an SQL condition on `facts f`, and its parameters."""
    parts: list[str] = []
    values: list[Any] = []
    for clause in clauses(where, now):
        sql, parameters = _clause(clause)
        parts.append(sql)
        values += parameters
    return " AND ".join(parts) or "1", values


def _clause(clause: Clause) -> tuple[str, list[Any]]:
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
            return (
                "f.row IN (SELECT t.row FROM terms t WHERE t.kind = ? AND t.term IN (SELECT value FROM json_each(?)))",
                [kind, json.dumps(terms)],
            )
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
