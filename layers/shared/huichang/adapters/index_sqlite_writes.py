"""Writing into the embedded product index: products with their vectors, offers without, deletions, compaction.

Slots of deleted and replaced products are dead until more than 30 % are, then the writer copies the living ones into the next
vectors file.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from huichang.adapters import index_sqlite_words
from huichang.adapters.index_conditions import unit_length
from huichang.adapters.index_sqlite_store import Connection, Matrix, SqliteStore, measure_columns, sqlite_errors, vector_file
from huichang.adapters.index_text import filter_terms, promotion_terms, search_texts
from huichang.catalog.product import PROMOTED, WINDOW, Product
from huichang.kernel.errors import InvalidInputError
from huichang.selection.index import IndexedProduct, UpsertReport
from huichang.selection.offers import Offer, OfferReport, apply_offer, latest, offered_product

WRITE_BATCH = 500
COMPACT_BATCH = 8192  # vectors held in memory at a time
COMPACT_ABOVE = 0.3
COMPACT_FROM_ROWS = 256


class _Prepared(NamedTuple):
    """An item ready to be written: everything that can be computed without holding the write lock."""

    product: Product
    body: str
    vector: Matrix
    embedding_hash: str
    as_of: str


class _Old(NamedTuple):
    row: int
    slot: int
    body: str
    offer: Offer | None


class Copied(NamedTuple):
    """A product as another physical index holds it, everything that cannot be computed anew from its body."""

    product_id: str
    body: str
    embedding_hash: str
    offer: str | None
    vector: Matrix


class SqliteWriter:
    """The writing half of SqliteProductIndex."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def upsert(self, items: Sequence[IndexedProduct]) -> UpsertReport:
        """Insert or replace in batches of WRITE_BATCH, each all or nothing; of items with one id the last counts."""
        failed: dict[str, str] = {}
        ready: dict[str, _Prepared] = {}
        for item in items:
            product = item.product
            failed.pop(product.id, None)
            ready.pop(product.id, None)
            try:
                vector = np.asarray(unit_length(item.vector, self._store.dimension), dtype=np.float32)
            except InvalidInputError as error:
                failed[product.id] = error.message
                continue
            ready[product.id] = _Prepared(product, product.model_dump_json(), vector, product.embedding_hash(), item.as_of)
        batch = list(ready.values())
        for start in range(0, len(batch), WRITE_BATCH):
            self._write(batch[start : start + WRITE_BATCH])
        if batch:
            self._compact_if_worn()
        return UpsertReport(written=len(batch), failed=failed)

    def update(self, offers: Sequence[Offer]) -> OfferReport:
        """Prices, stock and enrolment of known products, in batches, each all or nothing; no vector and no word is touched."""
        newest = latest(offers)
        updated: list[str] = []
        stale: list[str] = []
        unknown: list[str] = []
        for start in range(0, len(newest), WRITE_BATCH):
            batch = newest[start : start + WRITE_BATCH]
            with self._store.writing() as db:
                known = {
                    product_id: (row, body, offer)
                    for product_id, row, body, offer in db.execute(
                        "SELECT f.id, f.row, p.body, p.offer FROM facts f JOIN products p ON p.row = f.row "
                        "WHERE f.id IN (SELECT value FROM json_each(?))",
                        (json.dumps([offer.product_id for offer in batch]),),
                    )
                }
                for offer in batch:
                    if offer.product_id not in known:
                        unknown.append(offer.product_id)
                        continue
                    row, body, stored = known[offer.product_id]
                    merged = offer.over(None if stored is None else Offer.model_validate_json(stored))
                    if merged is None:
                        stale.append(offer.product_id)
                        continue
                    self._offer(db, row, apply_offer(Product.model_validate_json(body), merged), merged)
                    updated.append(offer.product_id)
        return OfferReport(updated=tuple(updated), stale=tuple(stale), unknown=tuple(unknown))

    @staticmethod
    def _offer(db: sqlite3.Connection, row: int, product: Product, offer: Offer) -> None:
        measures = product.indicators()
        facts: dict[str, float | bool | str | None] = {code: measures[code] for code in measure_columns()}
        facts["enrolled"] = product.enrolled
        db.execute(f"UPDATE facts SET {', '.join(f'{name} = ?' for name in facts)} WHERE row = ?", [*facts.values(), row])  # noqa: S608
        db.execute("UPDATE products SET body = ?, offer = ? WHERE row = ?", (product.model_dump_json(), offer.model_dump_json(), row))
        db.execute("DELETE FROM terms WHERE row = ? AND kind = 'promotion'", (row,))
        named = [("promotion", found, row) for found in promotion_terms(product)]
        db.executemany("INSERT INTO terms (kind, term, row) VALUES (?, ?, ?)", named)
        db.execute("DELETE FROM promoted WHERE row = ?", (row,))
        _promote(db, row, product)

    def copy(self, rows: Sequence[Copied]) -> None:
        """Insert or replace products of another physical index, in one transaction: new words, terms and measures, the same vectors."""
        with self._store.writing() as db:
            file, _, used = self._store.state(db)
            self._write_vectors(file, used, np.stack([copied.vector for copied in rows]))
            db.execute("UPDATE meta SET value = ? WHERE name = 'slots'", (used + len(rows),))
            ids = json.dumps([copied.product_id for copied in rows])
            known = dict(db.execute("SELECT id, row FROM facts WHERE id IN (SELECT value FROM json_each(?))", (ids,)).fetchall())
            for number, copied in enumerate(rows):
                row = known.get(copied.product_id)
                if row is not None:
                    self._forget(db, row)
                product = Product.model_validate_json(copied.body)
                item = _Prepared(product, copied.body, copied.vector, copied.embedding_hash, "")
                self._insert(db, item, row, used + number, copied.offer)

    def delete(self, product_ids: Sequence[str]) -> int:
        """Remove; return how many existed."""
        with self._store.writing() as db:
            rows = db.execute(
                "SELECT row FROM facts WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(product_ids)),)
            ).fetchall()
            for (row,) in rows:
                self._forget(db, row)
        if rows:
            self._compact_if_worn()
        return len(rows)

    def _write(self, batch: list[_Prepared]) -> None:
        with self._store.writing() as db:
            file, _, used = self._store.state(db)
            matrix = self._store.matrix(db)
            ids = json.dumps([item.product.id for item in batch])
            old = {
                product_id: _Old(row, slot, body, None if offer is None else Offer.model_validate_json(offer))
                for product_id, row, slot, body, offer in db.execute(
                    "SELECT f.id, f.row, f.slot, p.body, p.offer FROM facts f JOIN products p ON p.row = f.row "
                    "WHERE f.id IN (SELECT value FROM json_each(?))",
                    (ids,),
                )
            }
            fresh: list[Matrix] = []
            changed: list[tuple[_Prepared, _Old | None, int]] = []
            for item in batch:
                before = old.get(item.product.id)
                if before is not None and before.offer is not None and not item.as_of:
                    before = before._replace(offer=None)  # now outlasts all that was said before
                if before is not None and before.offer is not None:
                    item = _with_offer(item, before.offer)
                if before is not None and np.array_equal(matrix[before.slot], item.vector):
                    if before.body != item.body:
                        changed.append((item, before, before.slot))
                    continue
                changed.append((item, before, used + len(fresh)))
                fresh.append(item.vector)
            if fresh:
                self._append(file, used, np.stack(fresh))
                db.execute("UPDATE meta SET value = ? WHERE name = 'slots'", (used + len(fresh),))
            for item, before, slot in changed:
                if before is not None:
                    self._forget(db, before.row)
                offer = None if before is None or before.offer is None else before.offer.model_dump_json()
                self._insert(db, item, None if before is None else before.row, slot, offer)

    def _insert(self, db: sqlite3.Connection, item: _Prepared, row: int | None, slot: int, offer: str | None) -> None:
        product = item.product
        measures = product.indicators()
        facts: dict[str, Any] = {
            "row": row,
            "id": product.id,
            "slot": slot,
            "catalogue": product.catalogue,
            "language": product.language,
            "currency": product.currency,
            "industry": product.industry,
            "leaf_category": product.leaf_category or None,
            "brand": product.brand or None,
            "enrolled": product.enrolled,
        }
        facts |= {code: measures[code] for code in measure_columns()}
        row = db.execute(f"INSERT INTO facts ({','.join(facts)}) VALUES ({_marks(facts)})", [*facts.values()]).lastrowid  # noqa: S608
        db.execute(
            "INSERT INTO products (row, embedding_hash, offer, body) VALUES (?, ?, ?, ?)", (row, item.embedding_hash, offer, item.body)
        )
        index_sqlite_words.store(db, row, search_texts(product))
        db.executemany(
            "INSERT INTO terms (kind, term, row) VALUES (?, ?, ?)",
            [(kind, found, row) for kind, terms in filter_terms(product).items() for found in terms],
        )
        _promote(db, row, product)

    @staticmethod
    def _forget(db: sqlite3.Connection, row: int) -> None:
        index_sqlite_words.forget(db, row)
        for table, key in (("facts", "row"), ("products", "row"), ("terms", "row"), ("promoted", "row")):
            db.execute(f"DELETE FROM {table} WHERE {key} = ?", (row,))  # noqa: S608

    def _append(self, file: Path, used: int, rows: Matrix) -> None:
        self._write_vectors(file, used, rows)

    def _write_vectors(self, file: Path, first: int, rows: Matrix) -> None:
        # Flushed before the commit that refers to it: a power cut may lose the commit, never the vectors behind it.
        with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as stream:
            stream.seek(first * self._store.row_bytes)
            stream.write(rows.tobytes())
            stream.flush()
            os.fsync(stream.fileno())

    def _compact_if_worn(self) -> None:
        if not self._is_worn(self._store.connection()):
            return
        with self._store.writing() as db:
            if not self._is_worn(db):  # another process was faster
                return
            _, generation, _ = self._store.state(db)
            living = np.fromiter((slot for (slot,) in db.execute("SELECT slot FROM facts ORDER BY slot")), dtype=np.int64)
            matrix, file = self._store.matrix(db), vector_file(db.folder, generation + 1)
            file.unlink(missing_ok=True)  # left by a process that was killed before it could commit
            for start in range(0, len(living), COMPACT_BATCH):
                self._write_vectors(file, start, matrix[living[start : start + COMPACT_BATCH]])
            # Living slots only move down, in ascending order, so that no step meets a slot still in use.
            moves = ((new, old) for new, old in enumerate(living.tolist()) if new != old)
            db.executemany("UPDATE facts SET slot = ? WHERE slot = ?", moves)
            db.execute("UPDATE meta SET value = ? WHERE name = 'slots'", (len(living),))
            db.execute("UPDATE meta SET value = ? WHERE name = 'generation'", (generation + 1,))
            folder = db.folder
        _remove_old_vectors(folder, generation)

    def _is_worn(self, db: Connection) -> bool:
        with sqlite_errors():
            *_, used = self._store.state(db)
            (living,) = db.execute("SELECT count(*) FROM facts").fetchone()
        return used >= COMPACT_FROM_ROWS and used - living > COMPACT_ABOVE * used


def _remove_old_vectors(index: Path, generation: int) -> None:
    """Delete the files before this generation. This one stays for readers whose snapshot still names it."""
    for file in index.glob("vectors-*.f32"):
        if int(file.stem.removeprefix("vectors-")) < generation:
            file.unlink(missing_ok=True)


def _marks(columns: Iterable[str]) -> str:
    return ", ".join("?" for _ in columns)


def _promote(db: sqlite3.Connection, row: int | None, product: Product) -> None:
    """What the indicators are within each promotion that it is enrolled for, and when that holds."""
    columns = ("promotion", "row", *PROMOTED, *WINDOW)
    db.executemany(
        f"INSERT INTO promoted ({','.join(columns)}) VALUES ({_marks(columns)})",  # noqa: S608
        [(name, row, *measures.values()) for name, measures in product.promoted_indicators().items()],
    )


def _with_offer(item: _Prepared, offer: Offer) -> _Prepared:
    product = offered_product(item.product, item.as_of, offer)
    return item if product is item.product else item._replace(product=product, body=product.model_dump_json())
