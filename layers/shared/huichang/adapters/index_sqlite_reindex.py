"""A new physical index beside the one in use, without a gap: copy, catch up, switch.

Readers and writers know nothing of it; they go on with the old one. Triggers in the old database write down the ids of what anybody
changes there, so that the copy can catch up however much is written meanwhile. The last of it is brought over while the old
database's write lock is held, and under that same lock the pointer moves: a writer that waited finds the pointer moved and writes into
the new one. Nothing is in both places at once, nothing is lost. A process that is killed leaves the old index in use and a subfolder
that nobody reads; the next run deletes it and starts again. Vectors are copied, never computed.

The old schema may be any from 1 on: a reindex reads of it only bodies, offers, hashes and vectors.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from huichang.adapters import index_sqlite_words
from huichang.adapters.index_sqlite_folder import DATABASE, current_index, new_index, only_one, switch, tidy
from huichang.adapters.index_sqlite_store import (
    SCHEMA_VERSION,
    Connection,
    SqliteStore,
    check_dimension,
    check_schema,
    connect,
    sqlite_errors,
    unmoved,
)
from huichang.adapters.index_sqlite_writes import WRITE_BATCH, Copied, SqliteWriter
from huichang.kernel.errors import NotFoundError
from huichang.selection.index import ReindexReport

PASSES = 20
_JOURNAL = "reindex_journal"
_TRIGGERS = {
    "reindex_inserted": "AFTER INSERT ON facts BEGIN INSERT OR IGNORE INTO {journal} VALUES (NEW.id); END",
    "reindex_deleted": "AFTER DELETE ON facts BEGIN INSERT OR IGNORE INTO {journal} VALUES (OLD.id); END",
    # A compaction moves vectors to other slots and changes nothing of what is copied.
    "reindex_updated": "AFTER UPDATE ON facts WHEN NEW.slot = OLD.slot BEGIN INSERT OR IGNORE INTO {journal} VALUES (NEW.id); END",
}


class Reindex:
    """One reindex of the index in a folder."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def run(self, progress: Callable[[int], None] = lambda _: None) -> ReindexReport:
        """Do it. Raises NotFoundError where there is no index, TransientError where another reindex runs or the disk fails."""
        folder = self._store.folder
        if not (folder / DATABASE).exists() and current_index(folder) == folder:
            raise NotFoundError(f"there is no index in {folder} yet", where="reindex", mend="import a catalogue: it makes the index")
        with only_one(folder), sqlite_errors():
            tidy(folder)
            source = _Source(self._store, current_index(folder))
            try:
                target = new_index(folder, SCHEMA_VERSION)
                try:
                    report = self._make(source, target, progress)
                except BaseException:
                    with suppress(sqlite3.Error):  # the next run forgets them
                        source.forget_changes()
                    tidy(folder)
                    raise
            finally:
                source.close()
            tidy(folder)
        return report

    def _make(self, source: _Source, target: Path, progress: Callable[[int], None]) -> ReindexReport:
        made = SqliteStore(target, self._store.dimension)
        try:
            writer = SqliteWriter(made)
            source.note_changes()
            copied = removed = caught_up = 0
            for page in source.pages():
                writer.copy(page)
                copied += len(page)
                progress(copied)
            _settle(made.connection())
            for _ in range(PASSES):  # so that others need not wait for it below
                with source.locked():
                    newer, gone = source.changes()
                caught_up, removed = caught_up + _put(writer, newer), removed + writer.delete(gone)
                if len(newer) + len(gone) < WRITE_BATCH:
                    break
            made.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            with source.locked():
                while any(left := source.changes()):
                    newer, gone = left
                    caught_up, removed = caught_up + _put(writer, newer), removed + writer.delete(gone)
                made.close()  # the last connection: all is in the database file, and flushed
                switch(self._store.folder, target)
        finally:
            made.close()
        name = self._store.folder.name
        return ReindexReport(
            before=f"{name}-{source.name}", after=f"{name}-{target.name}", copied=copied, caught_up=caught_up, removed=removed
        )


class _Source:
    """The index in use, whatever its schema."""

    def __init__(self, store: SqliteStore, index: Path) -> None:
        self._store = store
        self._db = connect(index)
        try:
            check_dimension(self._db, store.dimension)
            self.name = f"v{check_schema(self._db)}" if index == store.folder else index.name
            columns = {table: {row[1] for row in self._db.execute(f"PRAGMA table_info({table})")} for table in ("facts", "products")}
        except BaseException:
            self._db.close()
            raise
        # Schemas before 4 kept hash and offer with the facts; 1 knew no offers.
        hashes = "p" if "embedding_hash" in columns["products"] else "f"
        offer = "p.offer" if "offer" in columns["products"] else "f.offer" if "offer" in columns["facts"] else "NULL"
        self._rows = (
            f"SELECT f.row, f.id, f.slot, p.body, {hashes}.embedding_hash, {offer} "  # noqa: S608
            "FROM facts f JOIN products p ON p.row = f.row WHERE "
        )

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def note_changes(self) -> None:
        """From now on every change is written down, whoever makes it."""
        with self.locked():
            self._drop_journal()  # of a run that was killed
            self._db.execute(f"CREATE TABLE {_JOURNAL} (id TEXT PRIMARY KEY) WITHOUT ROWID")
            for name, what in _TRIGGERS.items():
                self._db.execute(f"CREATE TRIGGER {name} {what.format(journal=_JOURNAL)}")

    def forget_changes(self) -> None:
        """The index goes on without us."""
        with self.locked():
            self._drop_journal()

    def _drop_journal(self) -> None:
        for name in _TRIGGERS:
            self._db.execute(f"DROP TRIGGER IF EXISTS {name}")
        self._db.execute(f"DROP TABLE IF EXISTS {_JOURNAL}")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else writes."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def pages(self) -> Iterator[list[Copied]]:
        """All products, some hundred at a time, each page of a snapshot of its own: what changes between them is in the journal."""
        last = 0
        while True:
            last, page = self._page(last)
            if not page:
                return
            yield page

    @unmoved
    def _page(self, after: int) -> tuple[int, list[Copied]]:
        self._db.execute("BEGIN")
        try:
            rows = self._db.execute(f"{self._rows} f.row > ? ORDER BY f.row LIMIT ?", (after, WRITE_BATCH)).fetchall()
            return (rows[-1][0] if rows else after), self._copied(rows)
        finally:
            self._db.execute("COMMIT")

    def changes(self) -> tuple[list[Copied], list[str]]:
        """The next changed products as they are now, and the ids of deleted ones; they are crossed out. To be called when locked."""
        noted = [name for (name,) in self._db.execute(f"SELECT id FROM {_JOURNAL} LIMIT ?", (WRITE_BATCH,))]  # noqa: S608
        ids = json.dumps(noted)
        rows = self._db.execute(f"{self._rows} f.id IN (SELECT value FROM json_each(?))", (ids,)).fetchall()  # noqa: S608
        self._db.execute(f"DELETE FROM {_JOURNAL} WHERE id IN (SELECT value FROM json_each(?))", (ids,))  # noqa: S608
        newer = self._copied(rows)
        return newer, sorted({*noted} - {copied.product_id for copied in newer})

    def _copied(self, rows: list[tuple[Any, ...]]) -> list[Copied]:
        matrix = self._store.matrix(self._db)
        return [Copied(name, body, hash_, offer, matrix[slot].copy()) for _, name, slot, body, hash_, offer in rows]


def _put(writer: SqliteWriter, rows: list[Copied]) -> int:
    if rows:
        writer.copy(rows)
    return len(rows)


def _settle(db: Connection) -> None:
    """One segment of words in the place of many: searches read less."""
    index_sqlite_words.settle(db)
