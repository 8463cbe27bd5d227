"""A physical index: schema, connections, transactions, the mapped matrix. index_sqlite_folder.py says which one is in use.

    index.db              products (bodies), facts, terms, words (FTS5, index_sqlite_words.py), promoted (measures within a promotion), meta
    vectors-<n>.f32       one float32 row of `dimension` numbers per slot, row-major

A vector is written and flushed *before* the transaction that names its slot commits, into slots no committed row uses.
A process killed half-way leaves bytes nobody refers to; the next writer overwrites them. Many processes open one folder at once
(WAL: readers never wait for the writer; writers queue). Facts are narrow, because questions scan them; what no question looks at
is with the body. Both files are mapped: the pages are the system's, shared by all processes, and no process's own memory.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

from huichang.adapters import index_sqlite_words
from huichang.adapters.index import OUTDATED
from huichang.adapters.index_sqlite_folder import DATABASE, current_index
from huichang.catalog.indicators import INDICATORS
from huichang.catalog.product import PROMOTED, WINDOW
from huichang.kernel.errors import HuichangError, PermanentError, TransientError

Matrix = npt.NDArray[np.float32]
Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")

SCHEMA_VERSION = 5
BUSY_SECONDS = 30
_CACHE_KB = 8192  # of each connection's own memory; what is read is mapped
_MAPPED_BYTES = 0x7FFF0000  # SQLite's own limit
_ATTEMPTS = 5

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


class Connection(sqlite3.Connection):
    """A connection, and the physical index that it is of."""

    folder: Path


class SqliteStore:
    """One folder. Opens nothing until the first call; safe across threads, forks and processes.

    Every question and every write goes to the physical index in use at that moment: a reindex in any process is noticed here.
    Raises TransientError where another writer holds the index for too long or the disk fails, PermanentError where it holds
    another schema or dimension.
    """

    def __init__(self, path: Path, dimension: int) -> None:
        self.folder = path
        self.dimension = dimension
        self.row_bytes = dimension * 4
        self._lock = threading.Lock()
        self._local = threading.local()
        self._pid = os.getpid()
        self._connections: list[Connection] = []
        self._inherited: list[Connection] = []
        self._mapped: tuple[Path, int, Matrix] | None = None

    def close(self) -> None:
        """Close this process's connections. The next call opens again."""
        with self._lock:
            connections, self._connections = self._connections, []
            self._local = threading.local()
            self._mapped = None
        for connection in connections:
            connection.close()

    @staticmethod
    def state(db: Connection) -> tuple[Path, int, int]:
        """(vector file, its generation, slots in use) as of the connection's snapshot."""
        state = dict(db.execute("SELECT name, value FROM meta WHERE name IN ('generation', 'slots')").fetchall())
        return vector_file(db.folder, state["generation"]), int(state["generation"]), int(state["slots"])

    def matrix(self, db: Connection) -> Matrix:
        """The slots in use, shape (used, dimension), as of the connection's snapshot."""
        file, _, used = self.state(db)
        if used == 0:
            return np.empty((0, self.dimension), dtype=np.float32)
        mapped = self._mapped
        if mapped is None or mapped[0] != file or mapped[1] < used:
            try:
                length = file.stat().st_size
                if length < used * self.row_bytes:
                    raise PermanentError(
                        f"{file.name} is shorter than the index says",
                        where="product index",
                        mend="delete the folder and import again",
                    )
                mapped = (file, used, np.memmap(file, dtype=np.float32, mode="r", shape=(used, self.dimension)))
            except FileNotFoundError as error:
                raise _VectorsMovedError from error
            self._mapped = mapped
        return mapped[2][:used]

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot for several statements."""
        with sqlite_errors():
            db = self.connection()
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction under the write lock; rolled back on any error."""
        with sqlite_errors():
            db = self._locked()
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def _locked(self) -> Connection:
        while True:
            db = self.connection()
            db.execute("BEGIN IMMEDIATE")
            # A reindex switches under this very lock: whoever waited for it may hold an index that is no longer in use.
            if current_index(self.folder) == db.folder:
                return db
            db.execute("ROLLBACK")

    def connection(self) -> Connection:
        """This thread's connection to the physical index in use."""
        if self._pid != os.getpid():
            # A forked child must neither use nor close its parent's connections: SQLite's locks belong to the parent.
            with self._lock:
                self._inherited, self._connections = self._connections, []
                self._local, self._mapped, self._pid = threading.local(), None, os.getpid()
        while True:
            current = current_index(self.folder)
            connection: Connection | None = getattr(self._local, "connection", None)
            if connection is not None and connection.folder == current:
                return connection
            if connection is not None:
                self._leave(connection)
            self._enter(current)

    def _enter(self, index: Path) -> None:
        try:
            with sqlite_errors():
                connection = self._open(index)
        except HuichangError:
            if current_index(self.folder) != index:  # a reindex was faster, and deleted what was being opened
                return
            raise
        self._local.connection = connection
        with self._lock:
            self._connections.append(connection)
        # Opened before the pointer moved, or else it may be an empty file in the place of a deleted one: look again.
        if current_index(self.folder) != index:
            self._leave(connection)

    def _leave(self, connection: Connection) -> None:
        del self._local.connection
        with self._lock, suppress(ValueError):
            self._connections.remove(connection)
        connection.close()

    def _open(self, index: Path) -> Connection:
        if index == self.folder:
            index.mkdir(parents=True, exist_ok=True)
        db = connect(index, create=index == self.folder)
        try:
            _enter_wal(db)
            db.execute("PRAGMA synchronous = NORMAL")
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
                    [("dimension", self.dimension), ("generation", 1), ("slots", 0)],
                )
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    def _check(self, db: Connection) -> None:
        if check_schema(db) < SCHEMA_VERSION:
            raise PermanentError(
                f"the product index was made by an earlier release (schema {check_schema(db)} of {SCHEMA_VERSION})",
                where="product index",
                mend="run `huichang reindex` (docs/operations.md): products and vectors are kept",
                code=OUTDATED,
            )
        check_dimension(db, self.dimension)


def check_schema(db: Connection) -> int:
    """The schema's version. Raises PermanentError for one that this code does not know."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if not 0 < version <= SCHEMA_VERSION:
        raise PermanentError(
            f"the product index has schema {version}, this code knows 1 to {SCHEMA_VERSION}",
            where="product index",
            mend="use the release that made it",
        )
    return version


def check_dimension(db: Connection, dimension: int) -> None:
    """Raises PermanentError where the index holds vectors of another length."""
    (held,) = db.execute("SELECT value FROM meta WHERE name = 'dimension'").fetchone()
    if held != dimension:
        raise PermanentError(
            f"the product index holds vectors of {held} numbers, the embedding model gives {dimension}",
            where="product index",
            mend="use the model it was built with, or import into another index",
        )


def connect(index: Path, *, create: bool = False) -> Connection:
    """A connection to a physical index, its schema not looked at."""
    # Each thread uses its own connection; only close() reaches across threads.
    db = sqlite3.connect(
        f"{(index / DATABASE).absolute().as_uri()}?mode={'rwc' if create else 'rw'}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        factory=Connection,
    )
    db.folder = index
    db.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
    db.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
    return db


def vector_file(index: Path, generation: int) -> Path:
    """Where a generation's vectors are."""
    return index / f"vectors-{generation}.f32"


class _VectorsMovedError(TransientError):
    """Two compactions, or a reindex, passed between a reader's snapshot and its first look at the file."""

    def __init__(self) -> None:
        super().__init__("the vectors were compacted while being read", where="product index")


def unmoved(question: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
    """The question, asked anew of a new snapshot where the vectors moved away under it."""

    @wraps(question)
    def ask(*arguments: Parameters.args, **options: Parameters.kwargs) -> Answer:
        for _ in range(_ATTEMPTS):
            with suppress(_VectorsMovedError):
                return question(*arguments, **options)
        return question(*arguments, **options)

    return ask


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


def _schema() -> list[str]:
    measures = _columns(measure_columns())
    promoted = ", ".join((_columns(PROMOTED), *(f"{side} REAL" for side in WINDOW)))
    return [
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        f"""CREATE TABLE facts (
            row INTEGER PRIMARY KEY, slot INTEGER NOT NULL UNIQUE, enrolled INTEGER NOT NULL, catalogue TEXT NOT NULL,
            {measures},
            id TEXT NOT NULL UNIQUE, language TEXT NOT NULL, currency TEXT NOT NULL, industry TEXT, leaf_category TEXT, brand TEXT)""",
        "CREATE INDEX facts_by_sales ON facts (sales_30d DESC, id)",
        # Covers the shelves of a catalogue, an industry or a promotion, and what is counted without looking at measures.
        "CREATE INDEX facts_by_leaf ON facts (leaf_category, catalogue, enrolled, stock, industry)",
        "CREATE TABLE products (row INTEGER PRIMARY KEY, embedding_hash TEXT NOT NULL, offer TEXT, body TEXT NOT NULL)",
        "CREATE INDEX products_by_hash ON products (embedding_hash)",
        "CREATE TABLE terms (kind TEXT, term TEXT, row INTEGER, PRIMARY KEY (kind, term, row)) WITHOUT ROWID",
        "CREATE INDEX terms_by_row ON terms (row)",
        f"CREATE TABLE promoted (promotion TEXT, row INTEGER, {promoted}, PRIMARY KEY (promotion, row)) WITHOUT ROWID",
        "CREATE INDEX promoted_by_row ON promoted (row)",
        *index_sqlite_words.schema(),
    ]
