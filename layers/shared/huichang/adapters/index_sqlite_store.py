"""The folder of the embedded product index: schema, connections, transactions, the mapped matrix.

    index.db              products, facts, terms, words (FTS5), promoted (measures within a promotion), meta
    vectors-<n>.f32       one float32 row of `dimension` numbers per slot, row-major

A vector is written and flushed *before* the transaction that names its slot commits, into slots no committed row uses.
A process killed half-way leaves bytes nobody refers to; the next writer overwrites them. Many processes open one folder at once
(WAL: readers never wait for the writer; writers queue).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from huichang.adapters.index_text import SEARCH_FIELDS
from huichang.catalog.indicators import INDICATORS
from huichang.catalog.product import PROMOTED, WINDOW
from huichang.kernel.errors import PermanentError, TransientError

Matrix = npt.NDArray[np.float32]

SCHEMA_VERSION = 3
BUSY_SECONDS = 30
_VOCABULARY = "CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, row)"

_TRANSIENT_CODES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_PROTOCOL,
}


@cache
def measure_columns() -> tuple[str, ...]:
    """The indicators that are numbers or flags, in the catalogue's order."""
    return tuple(item.code for item in INDICATORS.values() if item.type != "text")


class SqliteStore:
    """One folder. Opens nothing until the first call; safe across threads, forks and processes.

    Raises TransientError where another writer holds the folder for too long or the disk fails, PermanentError where the
    folder holds another schema or dimension.
    """

    def __init__(self, path: Path, dimension: int) -> None:
        self.folder = path
        self.dimension = dimension
        self.row_bytes = dimension * 4
        self._lock = threading.Lock()
        self._local = threading.local()
        self._pid = os.getpid()
        self._connections: list[sqlite3.Connection] = []
        self._inherited: list[sqlite3.Connection] = []
        self._mapped: tuple[int, int, Matrix] | None = None

    def close(self) -> None:
        """Close this process's connections. The next call opens again."""
        with self._lock:
            connections, self._connections = self._connections, []
            self._local = threading.local()
            self._mapped = None
        for connection in connections:
            connection.close()

    def vector_file(self, generation: int) -> Path:
        """Where a generation's vectors are."""
        return self.folder / f"vectors-{generation}.f32"

    @staticmethod
    def state(db: sqlite3.Connection) -> tuple[int, int]:
        """(generation of the vector file, slots in use) as of the connection's snapshot."""
        state = dict(db.execute("SELECT name, value FROM meta WHERE name IN ('generation', 'slots')").fetchall())
        return int(state["generation"]), int(state["slots"])

    def matrix(self, generation: int, used: int) -> Matrix:
        """The slots in use, shape (used, dimension)."""
        if used == 0:
            return np.empty((0, self.dimension), dtype=np.float32)
        mapped = self._mapped
        if mapped is None or mapped[0] != generation or mapped[1] < used:
            file = self.vector_file(generation)
            if not file.exists():
                raise _VectorsMovedError
            if file.stat().st_size < used * self.row_bytes:
                raise PermanentError(
                    f"{file.name} is shorter than the index says",
                    where="product index",
                    mend="delete the folder and import again",
                )
            mapped = (generation, used, np.memmap(file, dtype=np.float32, mode="r", shape=(used, self.dimension)))
            self._mapped = mapped
        return mapped[2][:used]

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One snapshot for several statements."""
        with sqlite_errors():
            db = self.connection()
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction under the write lock; rolled back on any error."""
        with sqlite_errors():
            db = self.connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        if self._pid != os.getpid():
            # A forked child must neither use nor close its parent's connections: SQLite's locks belong to the parent.
            with self._lock:
                self._inherited, self._connections = self._connections, []
                self._local, self._mapped, self._pid = threading.local(), None, os.getpid()
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            with sqlite_errors():
                connection = self._open()
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    def _open(self) -> sqlite3.Connection:
        self.folder.mkdir(parents=True, exist_ok=True)
        # Each thread uses its own connection; only close() reaches across threads.
        db = sqlite3.connect(self.folder / "index.db", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _enter_wal(db)
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA cache_size = -32768")
            if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                self._create(db)
            self._upgrade(db)
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
                    [("dimension", self.dimension), ("generation", 1), ("slots", 0)],
                )
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    def _upgrade(self, db: sqlite3.Connection) -> None:
        """An older folder gets what is new; its texts are brought up to date by a reindex."""
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version == SCHEMA_VERSION:
            _with_windows(db)
        if version not in (1, 2):
            return
        db.execute("BEGIN IMMEDIATE")
        try:
            if db.execute("PRAGMA user_version").fetchone()[0] == 1:
                db.execute("ALTER TABLE facts ADD COLUMN offered_at TEXT NOT NULL DEFAULT ''")
                db.execute("ALTER TABLE facts ADD COLUMN offer TEXT")
                db.execute(_VOCABULARY)
            if db.execute("PRAGMA user_version").fetchone()[0] in (1, 2):  # where no product was enrolled for anything by name
                for statement in _promoted():
                    db.execute(statement)
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
        if dimension != self.dimension:
            raise PermanentError(
                f"the product index holds vectors of {dimension} numbers, the embedding model gives {self.dimension}",
                where="product index",
                mend="use the model it was built with, or import into another index",
            )


class _VectorsMovedError(TransientError):
    """Two compactions passed between a reader's snapshot and its first look at the file."""

    def __init__(self) -> None:
        super().__init__("the vectors were compacted while being read", where="product index")


@contextmanager
def sqlite_errors() -> Iterator[None]:
    """SQLite's errors as ours."""
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


def _columns(codes: Iterable[str]) -> str:
    return ", ".join(f"{code} {'INTEGER' if INDICATORS[code].type == 'boolean' else 'REAL'}" for code in codes)


def _with_windows(db: sqlite3.Connection) -> None:
    """A folder from before enrolments had windows gets their columns: what is in it holds always."""
    if len(_window_columns(db)) == len(WINDOW):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        for side in set(WINDOW) - _window_columns(db):  # else another process added them while we waited
            db.execute(f"ALTER TABLE promoted ADD COLUMN {side} REAL")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _window_columns(db: sqlite3.Connection) -> set[str]:
    return {name for _, name, *_ in db.execute("PRAGMA table_info(promoted)")} & set(WINDOW)


def _promoted() -> list[str]:
    window = ", ".join(f"{side} REAL" for side in WINDOW)
    return [
        f"CREATE TABLE promoted (promotion TEXT, row INTEGER, {_columns(PROMOTED)}, {window}, PRIMARY KEY (promotion, row)) WITHOUT ROWID",
        "CREATE INDEX promoted_by_row ON promoted (row)",
    ]


def _schema() -> list[str]:
    measures = _columns(measure_columns())
    return [
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        f"""CREATE TABLE facts (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, slot INTEGER NOT NULL UNIQUE,
            embedding_hash TEXT NOT NULL, catalogue TEXT NOT NULL, language TEXT NOT NULL,
            currency TEXT NOT NULL, industry TEXT, leaf_category TEXT,
            brand TEXT, enrolled INTEGER NOT NULL, offered_at TEXT NOT NULL DEFAULT '', offer TEXT, {measures})""",
        "CREATE INDEX facts_by_hash ON facts (embedding_hash)",
        "CREATE TABLE products (row INTEGER PRIMARY KEY, body TEXT NOT NULL)",
        "CREATE TABLE terms (kind TEXT, term TEXT, row INTEGER, PRIMARY KEY (kind, term, row)) WITHOUT ROWID",
        "CREATE INDEX terms_by_row ON terms (row)",
        f"CREATE VIRTUAL TABLE words USING fts5({', '.join(SEARCH_FIELDS)}, tokenize = 'porter unicode61 remove_diacritics 2')",
        _VOCABULARY,
        *_promoted(),
    ]
