"""Writing into the embedded product index: products with their vectors, offers without, deletions, compaction.

Slots of deleted and replaced products are dead until more than 30 % are, then the writer copies the living ones into the next
vectors file.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from huichang.adapters.index_conditions import unit_length
from huichang.adapters.index_sqlite_store import Matrix, SqliteStore, measure_columns, sqlite_errors
from huichang.adapters.index_text import SEARCH_FIELDS, filter_terms, promotion_terms, search_texts, stored_tokens
from huichang.catalog.product import PROMOTED, WINDOW, Product
from huichang.kernel.errors import InvalidInputError
from huichang.selection.index import IndexedProduct, UpsertReport
from huichang.selection.offers import Offer, OfferReport, apply_offer, latest, offered_product

WRITE_BATCH = 500
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
                        "SELECT f.id, f.row, p.body, f.offer FROM facts f JOIN products p ON p.row = f.row "
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
        facts |= {"enrolled": product.enrolled, "offered_at": offer.at, "offer": offer.model_dump_json()}
        db.execute(f"UPDATE facts SET {', '.join(f'{name} = ?' for name in facts)} WHERE row = ?", [*facts.values(), row])  # noqa: S608
        db.execute("UPDATE products SET body = ? WHERE row = ?", (product.model_dump_json(), row))
        db.execute("DELETE FROM terms WHERE row = ? AND kind = 'promotion'", (row,))
        named = [("promotion", found, row) for found in promotion_terms(product)]
        db.executemany("INSERT INTO terms (kind, term, row) VALUES (?, ?, ?)", named)
        db.execute("DELETE FROM promoted WHERE row = ?", (row,))
        _promote(db, row, product)

    def reindex(self, progress: Callable[[int], None]) -> int:
        """Write every product's row anew from its body; return how many. Readers see each product old or new, never neither."""
        done = last = 0
        while True:
            with self._store.writing() as db:
                rows = db.execute(
                    "SELECT f.row, f.slot, p.body, f.offer FROM facts f JOIN products p ON p.row = f.row "
                    "WHERE f.row > ? ORDER BY f.row LIMIT ?",
                    (last, WRITE_BATCH),
                ).fetchall()
                for row, slot, body, stored in rows:
                    product = Product.model_validate_json(body)
                    offer = None if stored is None else Offer.model_validate_json(stored)
                    item = _Prepared(product, body, np.empty(0, dtype=np.float32), product.embedding_hash(), "")
                    self._forget(db, row)
                    self._insert(db, item, _Old(row, slot, body, offer), slot)
            if not rows:
                return done
            last, done = rows[-1][0], done + len(rows)
            progress(done)

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
            generation, used = self._store.state(db)
            matrix = self._store.matrix(generation, used)
            ids = json.dumps([item.product.id for item in batch])
            old = {
                product_id: _Old(row, slot, body, None if offer is None else Offer.model_validate_json(offer))
                for product_id, row, slot, body, offer in db.execute(
                    "SELECT f.id, f.row, f.slot, p.body, f.offer FROM facts f JOIN products p ON p.row = f.row "
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
                self._append(generation, used, np.stack(fresh))
                db.execute("UPDATE meta SET value = ? WHERE name = 'slots'", (used + len(fresh),))
            for item, before, slot in changed:
                if before is not None:
                    self._forget(db, before.row)
                self._insert(db, item, before, slot)

    def _insert(self, db: sqlite3.Connection, item: _Prepared, before: _Old | None, slot: int) -> None:
        product = item.product
        measures = product.indicators()
        facts: dict[str, Any] = {
            "row": None if before is None else before.row,
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
            "offered_at": before.offer.at if before is not None and before.offer is not None else "",
            "offer": before.offer.model_dump_json() if before is not None and before.offer is not None else None,
        }
        facts |= {code: measures[code] for code in measure_columns()}
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
        _promote(db, row, product)

    @staticmethod
    def _forget(db: sqlite3.Connection, row: int) -> None:
        for table, key in (("facts", "row"), ("products", "row"), ("terms", "row"), ("words", "rowid"), ("promoted", "row")):
            db.execute(f"DELETE FROM {table} WHERE {key} = ?", (row,))  # noqa: S608

    def _append(self, generation: int, used: int, rows: Matrix) -> None:
        self._write_vectors(self._store.vector_file(generation), used, rows)

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
            generation, used = self._store.state(db)
            living = db.execute("SELECT row, slot FROM facts ORDER BY slot").fetchall()
            slots = np.asarray([slot for _, slot in living], dtype=np.int64)
            file = self._store.vector_file(generation + 1)
            file.unlink(missing_ok=True)  # left by a process that was killed before it could commit
            self._write_vectors(file, 0, self._store.matrix(generation, used)[slots])
            # Living slots only move down, in ascending order, so that no step meets a slot still in use.
            moves = [(new, row) for new, (row, _) in enumerate(living)]
            db.executemany("UPDATE facts SET slot = ? WHERE row = ?", moves)
            db.execute("UPDATE meta SET value = ? WHERE name = 'slots'", (len(living),))
            db.execute("UPDATE meta SET value = ? WHERE name = 'generation'", (generation + 1,))
        self._remove_old_vectors(generation)

    def _is_worn(self, db: sqlite3.Connection) -> bool:
        with sqlite_errors():
            _, used = self._store.state(db)
            (living,) = db.execute("SELECT count(*) FROM facts").fetchone()
        return used >= COMPACT_FROM_ROWS and used - living > COMPACT_ABOVE * used

    def _remove_old_vectors(self, generation: int) -> None:
        """Delete the files before this generation. This one stays for readers whose snapshot still names it."""
        for file in self._store.folder.glob("vectors-*.f32"):
            if int(file.stem.removeprefix("vectors-")) < generation:
                file.unlink(missing_ok=True)


def _promote(db: sqlite3.Connection, row: int | None, product: Product) -> None:
    """What the indicators are within each promotion that it is enrolled for, and when that holds."""
    columns = ("promotion", "row", *PROMOTED, *WINDOW)
    db.executemany(
        f"INSERT INTO promoted ({','.join(columns)}) VALUES ({','.join('?' * len(columns))})",  # noqa: S608
        [(name, row, *measures.values()) for name, measures in product.promoted_indicators().items()],
    )


def _with_offer(item: _Prepared, offer: Offer) -> _Prepared:
    product = offered_product(item.product, item.as_of, offer)
    return item if product is item.product else item._replace(product=product, body=product.model_dump_json())
