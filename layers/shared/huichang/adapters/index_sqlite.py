"""The embedded product index: SQLite FTS5 for words, a facts table for measures, exact k-NN over a mapped matrix.

One folder, opened by many worker processes at once (WAL: readers never wait for the writer; writers queue). Layout:

    index.db              products, facts, terms, words (FTS5), meta
    vectors-<n>.f32       one float32 row of `dimension` numbers per slot, row-major

A vector is written and flushed *before* the transaction that names its slot commits, into slots no committed row uses.
A process killed half-way leaves bytes nobody refers to; the next writer overwrites them. Slots of deleted and replaced
products are dead until more than 30 % are, then the writer copies the living ones into the next file.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

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
    StockClause,
    TermClause,
    clauses,
    facet_field,
    hit_limit,
    numeric_indicator,
    percentile_rank,
    unit_length,
    wanted_terms,
)
from huichang.adapters.index_text import (
    FIELD_WEIGHTS,
    SEARCH_FIELDS,
    Unit,
    filter_terms,
    query_words,
    search_texts,
    stored_tokens,
)
from huichang.catalog.indicators import INDICATORS
from huichang.catalog.product import Product
from huichang.kernel.errors import InvalidInputError, PermanentError, TransientError
from huichang.kernel.language import Language
from huichang.selection.index import Facet, IndexedProduct, UpsertReport
from huichang.selection.model import Eligibility, Hit
from huichang.selection.values import TextIndicator

Matrix = npt.NDArray[np.float32]

SCHEMA_VERSION = 1
BUSY_SECONDS = 30
WRITE_BATCH = 500
COMPACT_ABOVE = 0.3
COMPACT_FROM_ROWS = 256

_TRANSIENT_CODES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_PROTOCOL,
}


@cache
def _measures() -> tuple[str, ...]:
    return tuple(item.code for item in INDICATORS.values() if item.type != "text")


class _Prepared(NamedTuple):
    """An item ready to be written: everything that can be computed without holding the write lock."""

    product: Product
    body: str
    vector: Matrix
    embedding_hash: str


class _Old(NamedTuple):
    row: int
    slot: int
    body: str


class SqliteProductIndex:
    """`ProductIndex` on one folder. Opens nothing until the first call; safe across threads, forks and processes.

    Raises TransientError where another writer holds the folder for too long or the disk fails, PermanentError where the
    folder holds another schema or dimension, InvalidInputError for what the caller asked wrongly.
    """

    def __init__(self, path: Path, dimension: int) -> None:
        self._folder = path
        self._dimension = dimension
        self._row_bytes = dimension * 4
        self._lock = threading.Lock()
        self._local = threading.local()
        self._pid = os.getpid()
        self._connections: list[sqlite3.Connection] = []
        self._inherited: list[sqlite3.Connection] = []
        self._mapped: tuple[int, int, Matrix] | None = None

    # --- writing ----------------------------------------------------------------------------------------------------

    def upsert(self, items: Sequence[IndexedProduct]) -> UpsertReport:
        """Insert or replace in batches of WRITE_BATCH, each all or nothing; of items with one id the last counts."""
        failed: dict[str, str] = {}
        ready: dict[str, _Prepared] = {}
        for item in items:
            product = item.product
            failed.pop(product.id, None)
            ready.pop(product.id, None)
            try:
                vector = np.asarray(unit_length(item.vector, self._dimension), dtype=np.float32)
            except InvalidInputError as error:
                failed[product.id] = error.message
                continue
            ready[product.id] = _Prepared(product, product.model_dump_json(), vector, product.embedding_hash())
        batch = list(ready.values())
        for start in range(0, len(batch), WRITE_BATCH):
            self._write(batch[start : start + WRITE_BATCH])
        if batch:
            self._compact_if_worn()
        return UpsertReport(written=len(batch), failed=failed)

    def delete(self, product_ids: Sequence[str]) -> int:
        """Remove; return how many existed."""
        with self._writing() as db:
            rows = db.execute(
                "SELECT row FROM facts WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(product_ids)),)
            ).fetchall()
            for (row,) in rows:
                self._forget(db, row)
        if rows:
            self._compact_if_worn()
        return len(rows)

    def _write(self, batch: list[_Prepared]) -> None:
        with self._writing() as db:
            generation, used = self._state(db)
            matrix = self._matrix(generation, used)
            ids = json.dumps([item.product.id for item in batch])
            old = {
                product_id: _Old(row, slot, body)
                for product_id, row, slot, body in db.execute(
                    "SELECT f.id, f.row, f.slot, p.body FROM facts f JOIN products p ON p.row = f.row "
                    "WHERE f.id IN (SELECT value FROM json_each(?))",
                    (ids,),
                )
            }
            fresh: list[Matrix] = []
            changed: list[tuple[_Prepared, int | None, int]] = []
            for item in batch:
                before = old.get(item.product.id)
                if before is not None and np.array_equal(matrix[before.slot], item.vector):
                    if before.body != item.body:
                        changed.append((item, before.row, before.slot))
                    continue
                changed.append((item, None if before is None else before.row, used + len(fresh)))
                fresh.append(item.vector)
            if fresh:
                self._append(generation, used, np.stack(fresh))
                db.execute("UPDATE meta SET value = ? WHERE name = 'slots'", (used + len(fresh),))
            for item, known_row, slot in changed:
                if known_row is not None:
                    self._forget(db, known_row)
                self._insert(db, item, known_row, slot)

    def _insert(self, db: sqlite3.Connection, item: _Prepared, row: int | None, slot: int) -> None:
        product = item.product
        measures = product.indicators()
        facts: dict[str, Any] = {
            "row": row,
            "id": product.id,
            "slot": slot,
            "embedding_hash": item.embedding_hash,
            "catalogue": product.catalogue,
            "language": product.language,
            "currency": product.currency,
            "industry": product.industry,
            "leaf_category": product.leaf_category or None,
            "brand": product.brand or None,
            "enrolled": product.enrolled,
        }
        facts |= {code: measures[code] for code in _measures()}
        marks = ",".join("?" * len(facts))
        cursor = db.execute(f"INSERT INTO facts ({','.join(facts)}) VALUES ({marks})", [*facts.values()])  # noqa: S608
        row = cursor.lastrowid
        db.execute("INSERT INTO products (row, body) VALUES (?, ?)", (row, item.body))
        texts = search_texts(product)
        db.execute(
            f"INSERT INTO words (rowid, {','.join(SEARCH_FIELDS)}) VALUES (?,?,?,?,?,?)",  # noqa: S608
            [row, *(stored_tokens(texts[field]) for field in SEARCH_FIELDS)],
        )
        db.executemany(
            "INSERT INTO terms (kind, term, row) VALUES (?, ?, ?)",
            [(kind, found, row) for kind, terms in filter_terms(product).items() for found in terms],
        )

    @staticmethod
    def _forget(db: sqlite3.Connection, row: int) -> None:
        for table, key in (("facts", "row"), ("products", "row"), ("terms", "row"), ("words", "rowid")):
            db.execute(f"DELETE FROM {table} WHERE {key} = ?", (row,))  # noqa: S608

    def _append(self, generation: int, used: int, rows: Matrix) -> None:
        self._write_vectors(self._vector_file(generation), used, rows)

    def _write_vectors(self, file: Path, first: int, rows: Matrix) -> None:
        # Flushed before the commit that refers to it: a power cut may lose the commit, never the vectors behind it.
        with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as stream:
            stream.seek(first * self._row_bytes)
            stream.write(rows.tobytes())
            stream.flush()
            os.fsync(stream.fileno())

    def _compact_if_worn(self) -> None:
        if not self._is_worn(self._connection()):
            return
        with self._writing() as db:
            if not self._is_worn(db):  # another process was faster
                return
            generation, used = self._state(db)
            living = db.execute("SELECT row, slot FROM facts ORDER BY slot").fetchall()
            slots = np.asarray([slot for _, slot in living], dtype=np.int64)
            file = self._vector_file(generation + 1)
            file.unlink(missing_ok=True)  # left by a process that was killed before it could commit
            self._write_vectors(file, 0, self._matrix(generation, used)[slots])
            # Living slots only move down, in ascending order, so that no step meets a slot still in use.
            moves = [(new, row) for new, (row, _) in enumerate(living)]
            db.executemany("UPDATE facts SET slot = ? WHERE row = ?", moves)
            db.execute("UPDATE meta SET value = ? WHERE name = 'slots'", (len(living),))
            db.execute("UPDATE meta SET value = ? WHERE name = 'generation'", (generation + 1,))
        self._remove_old_vectors(generation)

    def _is_worn(self, db: sqlite3.Connection) -> bool:
        with _sqlite_errors():
            _, used = self._state(db)
            (living,) = db.execute("SELECT count(*) FROM facts").fetchone()
        return used >= COMPACT_FROM_ROWS and used - living > COMPACT_ABOVE * used

    def _remove_old_vectors(self, generation: int) -> None:
        """Delete the files before this generation. This one stays for readers whose snapshot still names it."""
        for file in self._folder.glob("vectors-*.f32"):
            if int(file.stem.removeprefix("vectors-")) < generation:
                file.unlink(missing_ok=True)

    # --- reading ----------------------------------------------------------------------------------------------------

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        """The products that exist, by id, in the order asked."""
        with self._reading() as db:
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
        with self._reading() as db:
            found = db.execute(
                "SELECT embedding_hash, max(slot) FROM facts "
                "WHERE embedding_hash IN (SELECT value FROM json_each(?)) GROUP BY embedding_hash",
                (json.dumps(list(embedding_hashes)),),
            ).fetchall()
            matrix = self._matrix(*self._state(db))
            return {name: tuple(matrix[slot].tolist()) for name, slot in found}

    def search(self, words: dict[Language, tuple[str, ...]], where: Eligibility, size: int) -> list[Hit]:
        """BM25; a word of several parts matches where all its parts occur. Scores compare within one answer only."""
        condition, values = _where(where)
        match = _match_expression(words)
        if hit_limit(size) == 0 or not match:
            return []
        weights = ", ".join(str(FIELD_WEIGHTS[field]) for field in SEARCH_FIELDS)
        with self._reading() as db:
            rows = db.execute(
                f"SELECT f.id, -bm25(words, {weights}) AS score FROM words JOIN facts f ON f.row = words.rowid "  # noqa: S608
                f"WHERE words MATCH ? AND {condition} ORDER BY score DESC, f.id LIMIT ?",
                [match, *values, size],
            ).fetchall()
        return _hits(rows)

    def nearest(self, vector: Sequence[float], where: Eligibility, size: int) -> list[Hit]:
        """Exact k-NN among the eligible products."""
        condition, values = _where(where)
        query = np.asarray(unit_length(vector, self._dimension), dtype=np.float32)
        if hit_limit(size) == 0:
            return []
        with self._reading() as db:
            matrix = self._matrix(*self._state(db))
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
        condition, values = _where(where)
        column = numeric_indicator(sort_by, "sort_by")
        if size < 0:
            raise InvalidInputError(f"size {size} is negative", where="size")
        with self._reading() as db:
            rows = db.execute(
                f"SELECT f.id, f.{column} FROM facts f WHERE {condition} "  # noqa: S608
                f"ORDER BY f.{column} DESC NULLS LAST, f.id LIMIT ?",
                [*values, size],
            ).fetchall()
        return _hits([(product_id, score or 0.0) for product_id, score in rows])

    def percentile(self, indicator: str, p: float, where: Eligibility) -> float | None:
        """Exact percentile with linear interpolation."""
        condition, values = _where(where)
        column, share = numeric_indicator(indicator, "percentile"), percentile_rank(p)
        with self._reading() as db:
            rows = db.execute(
                f"SELECT f.{column} FROM facts f WHERE f.{column} IS NOT NULL AND {condition}",  # noqa: S608
                values,
            ).fetchall()
        if not rows:
            return None
        return float(np.quantile(np.fromiter((row[0] for row in rows), dtype=np.float64, count=len(rows)), share))

    def facet(self, field: str, where: Eligibility, size: int = 100) -> list[Facet]:
        """Commonest values; equal counts in order of the value. A missing value is no value."""
        condition, values = _where(where)
        column = facet_field(field)
        with self._reading() as db:
            rows = db.execute(
                f"SELECT f.{column}, count(*) AS many FROM facts f WHERE f.{column} IS NOT NULL AND {condition} "  # noqa: S608
                f"GROUP BY f.{column} ORDER BY many DESC, f.{column} LIMIT ?",
                [*values, hit_limit(size)],
            ).fetchall()
        return [Facet(value=value, count=count) for value, count in rows]

    def known_values(self, indicator: TextIndicator, terms: Sequence[str], where: Eligibility) -> dict[str, int]:
        """How many eligible products have each term."""
        condition, values = _where(where)
        wanted = wanted_terms(indicator, terms)
        with self._reading() as db:
            rows = db.execute(
                "SELECT t.term, count(*) FROM terms t JOIN facts f ON f.row = t.row "  # noqa: S608
                f"WHERE t.kind = ? AND t.term IN (SELECT value FROM json_each(?)) AND {condition} GROUP BY t.term",
                [indicator, json.dumps(list(wanted)), *values],
            ).fetchall()
        return {asked: int(count) for term, count in rows for asked in wanted[term]}

    def count(self, where: Eligibility) -> int:
        """How many products are eligible."""
        condition, values = _where(where)
        with self._reading() as db:
            (count,) = db.execute(f"SELECT count(*) FROM facts f WHERE {condition}", values).fetchone()  # noqa: S608
        return int(count)

    # --- files and connections --------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close this process's connections. The next call opens again."""
        with self._lock:
            connections, self._connections = self._connections, []
            self._local = threading.local()
            self._mapped = None
        for connection in connections:
            connection.close()

    def _vector_file(self, generation: int) -> Path:
        return self._folder / f"vectors-{generation}.f32"

    @staticmethod
    def _state(db: sqlite3.Connection) -> tuple[int, int]:
        """(generation of the vector file, slots in use) as of the connection's snapshot."""
        state = dict(db.execute("SELECT name, value FROM meta WHERE name IN ('generation', 'slots')").fetchall())
        return int(state["generation"]), int(state["slots"])

    def _matrix(self, generation: int, used: int) -> Matrix:
        """The slots in use, shape (used, dimension)."""
        if used == 0:
            return np.empty((0, self._dimension), dtype=np.float32)
        mapped = self._mapped
        if mapped is None or mapped[0] != generation or mapped[1] < used:
            file = self._vector_file(generation)
            if not file.exists():
                raise _VectorsMovedError
            if file.stat().st_size < used * self._row_bytes:
                raise PermanentError(
                    f"{file.name} is shorter than the index says",
                    where="product index",
                    mend="delete the folder and import again",
                )
            mapped = (generation, used, np.memmap(file, dtype=np.float32, mode="r", shape=(used, self._dimension)))
            self._mapped = mapped
        return mapped[2][:used]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """One snapshot for several statements."""
        with _sqlite_errors():
            db = self._connection()
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("COMMIT")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction under the write lock; rolled back on any error."""
        with _sqlite_errors():
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        if self._pid != os.getpid():
            # A forked child must neither use nor close its parent's connections: SQLite's locks belong to the parent.
            with self._lock:
                self._inherited, self._connections = self._connections, []
                self._local, self._mapped, self._pid = threading.local(), None, os.getpid()
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            with _sqlite_errors():
                connection = self._open()
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    def _open(self) -> sqlite3.Connection:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Each thread uses its own connection; only close() reaches across threads.
        db = sqlite3.connect(self._folder / "index.db", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _enter_wal(db)
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA cache_size = -32768")
            if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                self._create(db)
            self._check(db)
        except BaseException:
            db.close()
            raise
        return db

    def _create(self, db: sqlite3.Connection) -> None:
        db.execute("BEGIN IMMEDIATE")
        try:
            if db.execute("PRAGMA user_version").fetchone()[0] == 0:  # else another process created it while we waited
                for statement in _schema():
                    db.execute(statement)
                db.executemany(
                    "INSERT INTO meta (name, value) VALUES (?, ?)",
                    [("dimension", self._dimension), ("generation", 1), ("slots", 0)],
                )
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    def _check(self, db: sqlite3.Connection) -> None:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version != SCHEMA_VERSION:
            raise PermanentError(
                f"the product index has schema {version}, this code reads {SCHEMA_VERSION}",
                where="product index",
                mend="delete the folder and import again",
            )
        (dimension,) = db.execute("SELECT value FROM meta WHERE name = 'dimension'").fetchone()
        if dimension != self._dimension:
            raise PermanentError(
                f"the product index holds vectors of {dimension} numbers, the embedding model gives {self._dimension}",
                where="product index",
                mend="use the model it was built with, or import into another index",
            )


class _VectorsMovedError(TransientError):
    """Two compactions passed between a reader's snapshot and its first look at the file."""

    def __init__(self) -> None:
        super().__init__("the vectors were compacted while being read", where="product index")


@contextmanager
def _sqlite_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and code & 0xFF in _TRANSIENT_CODES:
            raise TransientError(f"the product index is not available: {error}", where="product index") from error
        mend = "use a Python whose SQLite has FTS5" if "fts5" in str(error) else ""
        raise PermanentError(f"the product index failed: {error}", where="product index", mend=mend) from error


def _enter_wal(db: sqlite3.Connection) -> None:
    """Switch to WAL. The switch ignores the busy timeout, so processes opening a new folder at once take turns here."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _schema() -> list[str]:
    measures = ", ".join(f"{code} {'INTEGER' if INDICATORS[code].type == 'boolean' else 'REAL'}" for code in _measures())
    return [
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        f"""CREATE TABLE facts (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, slot INTEGER NOT NULL UNIQUE,
            embedding_hash TEXT NOT NULL, catalogue TEXT NOT NULL, language TEXT NOT NULL,
            currency TEXT NOT NULL, industry TEXT, leaf_category TEXT,
            brand TEXT, enrolled INTEGER NOT NULL, {measures})""",
        "CREATE INDEX facts_by_hash ON facts (embedding_hash)",
        "CREATE TABLE products (row INTEGER PRIMARY KEY, body TEXT NOT NULL)",
        "CREATE TABLE terms (kind TEXT, term TEXT, row INTEGER, PRIMARY KEY (kind, term, row)) WITHOUT ROWID",
        "CREATE INDEX terms_by_row ON terms (row)",
        f"CREATE VIRTUAL TABLE words USING fts5({', '.join(SEARCH_FIELDS)}, tokenize = 'porter unicode61 remove_diacritics 2')",
    ]


def _match_expression(words: dict[Language, tuple[str, ...]]) -> str:
    """An FTS5 query of quoted tokens; tokens are letters and digits only, so that no user text is ever syntax."""
    return " OR ".join(_word_expression(units) for units in query_words(words))


def _word_expression(units: tuple[Unit, ...]) -> str:
    *others, head = map(_unit_expression, units)
    return f"({head} AND ({' OR '.join(others)}))" if others else f"({head})"


def _unit_expression(unit: Unit) -> str:
    phrase = '"' + " ".join(unit.tokens) + '"'
    if not unit.splits:
        return phrase
    split = " OR ".join(f"({_unit_expression(left)} AND {_unit_expression(right)})" for left, right in unit.splits)
    return f"({phrase} OR {split})"


def _where(where: Eligibility) -> tuple[str, list[Any]]:
    """The eligibility as an SQL condition on `facts f`, and its parameters."""
    parts: list[str] = []
    values: list[Any] = []
    for clause in clauses(where):
        sql, parameters = _clause(clause)
        parts.append(sql)
        values += parameters
    return " AND ".join(parts) or "1", values


def _clause(clause: Clause) -> tuple[str, list[Any]]:
    # Column names come from the indicator catalogue and from Literal types; everything a caller typed is a parameter.
    match clause:
        case NumberClause(indicator, op, value):
            return f"f.{indicator} {op} ?", [value]
        case NumberInClause(indicator, numbers):
            return f"f.{indicator} IN (SELECT value FROM json_each(?))", [json.dumps(numbers)]  # noqa: S608
        case FlagClause(indicator, flag):
            return f"f.{indicator} = ?", [int(flag)]
        case TermClause(kind, terms):
            return (
                "f.row IN (SELECT t.row FROM terms t WHERE t.kind = ? AND t.term IN (SELECT value FROM json_each(?)))",
                [kind, json.dumps(terms)],
            )
        case FieldClause(field, texts):
            return f"f.{field} IN (SELECT value FROM json_each(?))", [json.dumps(texts)]  # noqa: S608
        case EnrolledClause():
            return "f.enrolled = 1", []
        case StockClause(at_least, unknown_counts):
            return ("(f.stock >= ? OR f.stock IS NULL)" if unknown_counts else "f.stock >= ?"), [at_least]
        case NotIdsClause(ids):
            return "f.id NOT IN (SELECT value FROM json_each(?))", [json.dumps(ids)]


def _hits(rows: Sequence[tuple[str, float]]) -> list[Hit]:
    return [Hit(product_id=name, rank=rank, score=score) for rank, (name, score) in enumerate(rows, start=1)]
