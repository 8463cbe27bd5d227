"""A reindex of the embedded index while everybody goes on: readers, writers, compaction, kills, an older schema."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from huichang.adapters import index_sqlite_reindex, index_sqlite_writes
from huichang.adapters.index import OUTDATED
from huichang.adapters.index_sqlite import SqliteProductIndex
from huichang.adapters.index_sqlite_store import SCHEMA_VERSION
from huichang.kernel.errors import NotFoundError, PermanentError, TransientError
from huichang.selection.index import IndexedProduct
from huichang.selection.model import Eligibility
from huichang.selection.offers import Offer
from tests.support.products import DIMENSION, make_items, make_product, unit_vector

EVERYTHING = Eligibility(enrolled=False, min_stock=0)
ROOT = Path(__file__).resolve().parents[2]
FORK = multiprocessing.get_context("fork")


def edition(number: int, version: int) -> IndexedProduct:
    """A product whose review count, words and vector all tell which version was stored."""
    product = make_product(number, review_count=version, description=f"edition{version}")
    return IndexedProduct(product=product, vector=unit_vector(10_000 * (version + 1) + number))


def stock_offer(number: int, second: int, stock: int) -> Offer:
    return Offer(product_id=f"p{number:05d}", at=f"2026-09-01T10:{second // 60:02d}:{second % 60:02d}Z", stock=stock)


def names(numbers: Iterable[int]) -> list[str]:
    return [f"p{number:05d}" for number in numbers]


def whole(index: SqliteProductIndex, numbers: Collection[int]) -> dict[str, int]:
    """Body, words, measures and vector of exactly these products are of one version each; return the versions."""
    versions = {product_id: product.review_count or 0 for product_id, product in index.get(names(numbers)).items()}
    assert list(versions) == names(numbers)
    assert index.count(EVERYTHING) == len(versions)
    assert {hit.product_id: int(hit.score) for hit in index.filter(EVERYTHING, 10_000, sort_by="review_count")} == versions
    for version in set(versions.values()):
        found = index.search({"en": (f"edition{version}",)}, EVERYTHING, 10_000)
        assert {hit.product_id for hit in found} == {name for name, stored in versions.items() if stored == version}
    for number in numbers:
        only = EVERYTHING.model_copy(update={"product_ids": (f"p{number:05d}",)})
        hits = index.nearest(edition(number, versions[f"p{number:05d}"]).vector, only, 5)
        assert [round(hit.score, 4) for hit in hits] == [1]
    return versions


def physical(folder: Path) -> list[str]:
    """Every database under the folder, by the name of its place."""
    return sorted(file.parent.name if file.parent != folder else "." for file in folder.rglob("index.db"))


def journals(folder: Path) -> int:
    """How many leftovers of a reindex the databases hold."""
    found = 0
    for file in folder.rglob("index.db"):
        with sqlite3.connect(file) as db:
            found += db.execute("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'reindex%'").fetchone()[0]
        db.close()
    return found


def quiet(_: int) -> None:
    pass


# --- readers ---------------------------------------------------------------------------------------------------------


def _read_on(folder: Path, many: int, stop: multiprocessing.synchronize.Event, failures: multiprocessing.queues.Queue[str]) -> None:
    index = SqliteProductIndex(folder, DIMENSION)
    asked = 0
    try:
        while not stop.is_set() or not asked:
            assert index.count(EVERYTHING) == many
            assert len(index.nearest(unit_vector(asked), EVERYTHING, 2 * many)) == many
            assert len(index.search({"en": ("edition0",)}, EVERYTHING, 2 * many)) == many
            assert len(index.filter(EVERYTHING, 2 * many)) == many
            assert len(index.get(names(range(many)))) == many
            assert index.percentile("review_count", 50, EVERYTHING) == 0
            asked += 1
    except BaseException as error:
        failures.put(repr(error))
        raise


def test_readers_see_all_products_at_every_moment_of_many_reindexes(tmp_path: Path) -> None:
    """Two processes and a thread ask without a pause; each answer is complete, none is an error."""
    many = 150
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert([edition(number, 0) for number in range(many)])
    index.close()
    stop, failures = FORK.Event(), FORK.Queue()
    arguments = (tmp_path, many, stop, failures)
    readers = [FORK.Process(target=_read_on, args=arguments) for _ in range(2)]
    for process in readers:
        process.start()
    thread = threading.Thread(target=_read_on, args=arguments)
    thread.start()
    for _ in range(3):
        assert index.reindex(quiet).copied == many
    stop.set()
    thread.join(60)
    for process in readers:
        process.join(60)
    assert failures.empty(), failures.get()
    assert [process.exitcode for process in readers] == [0] * 2
    assert len(physical(tmp_path)) == 1
    assert physical(tmp_path) != ["."]


def test_every_thread_and_process_notices_at_its_next_question(tmp_path: Path) -> None:
    index, other = (SqliteProductIndex(tmp_path, DIMENSION) for _ in range(2))
    index.upsert(make_items(range(5)))
    answers: list[int] = []
    go, asked = threading.Event(), threading.Event()

    def ask_twice() -> None:
        answers.append(other.count(EVERYTHING))
        asked.set()
        go.wait(30)
        answers.append(other.count(EVERYTHING))

    thread = threading.Thread(target=ask_twice)
    thread.start()
    asked.wait(30)
    index.reindex(quiet)
    index.upsert(make_items(range(5, 9)))  # only the new one holds these
    go.set()
    thread.join(30)
    assert answers == [5, 9]
    assert other.count(EVERYTHING) == 9
    assert [hit.product_id for hit in other.nearest(unit_vector(7), EVERYTHING, 1)] == ["p00007"]


# --- writers ---------------------------------------------------------------------------------------------------------


def _write_on(folder: Path, start: int, stop: multiprocessing.synchronize.Event, written: multiprocessing.queues.Queue[int]) -> None:
    """Rewrite, offer, delete and bring back sixty products until told to stop; tell the last version."""
    index = SqliteProductIndex(folder, DIMENSION)
    version = 0
    while not stop.is_set() or version < 2:
        version += 1
        index.delete(names(range(start, start + 20)))
        index.upsert([edition(number, version) for number in range(start, start + 60)])
        report = index.update([stock_offer(number, version, 100 + version) for number in range(start, start + 60)])
        assert len(report.updated) == 60
        time.sleep(0.01)  # SQLite's lock knows no queue: who never pauses starves the others
    written.put(version)


def test_nothing_that_is_written_during_a_reindex_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes write and compact all the time through two reindexes."""
    monkeypatch.setattr(index_sqlite_writes, "COMPACT_FROM_ROWS", 40)
    monkeypatch.setattr(index_sqlite_reindex, "WRITE_BATCH", 25)
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert([edition(number, 0) for number in range(160)])
    index.close()
    stop = FORK.Event()
    starts = (0, 100)
    written = {start: FORK.Queue() for start in starts}
    writers = [FORK.Process(target=_write_on, args=(tmp_path, start, stop, written[start])) for start in starts]
    for process in writers:
        process.start()
    reports = [index.reindex(quiet) for _ in range(2)]
    stop.set()
    versions = {start: written[start].get(timeout=60) for start in starts}
    for process in writers:
        process.join(60)
    assert [process.exitcode for process in writers] == [0, 0]
    assert sum(report.caught_up for report in reports) > 0
    expected = {f"p{number:05d}": versions[start] for start in starts for number in range(start, start + 60)}
    expected |= dict.fromkeys(names(range(60, 100)), 0)
    assert whole(index, range(160)) == expected
    for start in starts:
        stocks = {product.stock for product in index.get(names(range(start, start + 60))).values()}
        assert stocks == {100 + versions[start]}
        assert index.update([stock_offer(start, 0, 1)]).stale == (f"p{start:05d}",)  # the offers came along, not their effect only
    assert journals(tmp_path) == 0


def test_a_writer_that_waits_through_the_switch_writes_into_the_new_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert(make_items(range(5)))
    writer = SqliteProductIndex(tmp_path, DIMENSION)
    assert writer.count(EVERYTHING) == 5
    waiting: list[threading.Thread] = []
    real = index_sqlite_reindex.switch

    def switch_late(*arguments: Path) -> None:
        waiting.append(threading.Thread(target=lambda: writer.upsert(make_items(range(5, 8)))))
        waiting[0].start()
        time.sleep(0.2)  # it has the old index open and waits for its lock; were it not, the test would still hold
        real(*arguments)

    monkeypatch.setattr(index_sqlite_reindex, "switch", switch_late)
    index.reindex(quiet)
    waiting[0].join(30)
    assert index.count(EVERYTHING) == writer.count(EVERYTHING) == 8


@pytest.mark.parametrize("passes", [0, 20])
def test_every_kind_of_change_during_the_copy_is_in_the_new_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passes: int) -> None:
    """Brought over while others may write, or all of it at the very last, under the lock."""
    monkeypatch.setattr(index_sqlite_reindex, "PASSES", passes)
    monkeypatch.setattr(index_sqlite_reindex, "WRITE_BATCH", 10)
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert([edition(number, 0) for number in range(40)])

    def meanwhile(done: int) -> None:
        if done == 20:  # some of these are copied already, some not
            index.delete([*names(range(5)), *names(range(35, 40))])
            index.upsert([edition(number, 1) for number in (*range(5, 10), *range(30, 35), *range(40, 60))])
            index.update([stock_offer(number, 1, 77) for number in (10, 11, 28, 29)])

    # Made when the last page has been read: only the journal knows of it.
    monkeypatch.setattr(index_sqlite_reindex, "_settle", lambda _: index.upsert([edition(60, 1)]))
    report = index.reindex(meanwhile)
    assert (report.copied, report.removed) == (55, 5)
    assert report.caught_up >= 5
    expected = {f"p{number:05d}": int(number < 10 or number >= 30) for number in range(5, 35)}
    expected |= dict.fromkeys(names(range(40, 61)), 1)
    assert whole(index, [*range(5, 35), *range(40, 61)]) == expected
    assert {index.get([name])[name].stock for name in ("p00010", "p00011", "p00028", "p00029")} == {77}


# --- kills and failures ----------------------------------------------------------------------------------------------

DIES = """
import os, signal, sys
from pathlib import Path
from huichang.adapters import index_sqlite_reindex
from huichang.adapters.index import OUTDATED
from huichang.adapters.index_sqlite import SqliteProductIndex
from tests.support.products import DIMENSION

folder, point = Path(sys.argv[1]), sys.argv[2]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

index_sqlite_reindex.WRITE_BATCH = 50
real, progress = index_sqlite_reindex.switch, (lambda done: None)
if point == "half copied":
    progress = lambda done: done >= 100 and die()
elif point == "about to switch":
    index_sqlite_reindex.switch = die
elif point == "switched, lock still held":
    index_sqlite_reindex.switch = lambda *arguments: (real(*arguments), die())
SqliteProductIndex(folder, DIMENSION).reindex(progress)
"""


@pytest.mark.parametrize(
    ("before", "point", "switched"),
    [
        (0, "half copied", False),
        (1, "about to switch", False),
        (1, "switched, lock still held", True),
    ],
)
def test_a_kill_leaves_one_index_standing_and_the_next_run_cleans_up(tmp_path: Path, before: int, point: str, switched: bool) -> None:
    """The first reindex leaves the folder itself, every later one a subfolder."""
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert([edition(number, 0) for number in range(200)])
    for _ in range(before):
        index.reindex(quiet)
    assert index.count(EVERYTHING) == 200  # has it open while the other is killed
    (place,) = physical(tmp_path)
    dead = subprocess.run(
        [sys.executable, "-c", DIES, str(tmp_path), point],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'layers' / 'shared'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert dead.returncode == -signal.SIGKILL, dead.stderr
    in_use = (tmp_path / "current").read_text().strip() if (tmp_path / "current").exists() else "."
    assert (in_use != place) is switched

    assert index.upsert([edition(number, 1) for number in range(150, 250)]).written == 100
    expected = dict.fromkeys(names(range(150)), 0) | dict.fromkeys(names(range(150, 250)), 1)
    assert whole(index, range(250)) == expected
    assert len(physical(tmp_path)) == 2

    assert index.reindex(quiet).copied == 250
    assert whole(index, range(250)) == expected
    assert len(physical(tmp_path)) == 1
    assert journals(tmp_path) == 0


def test_a_failure_leaves_the_old_index_and_no_trace(tmp_path: Path) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert([edition(number, 0) for number in range(30)])

    def fail(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.reindex(fail)
    assert physical(tmp_path) == ["."]
    assert journals(tmp_path) == 0
    assert whole(index, range(30)) == dict.fromkeys(names(range(30)), 0)


def test_a_failure_after_the_switch_does_not_delete_the_index_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert([edition(number, 0) for number in range(30)])
    real = index_sqlite_reindex.switch

    def switch_and_fail(*arguments: Path) -> None:
        real(*arguments)
        raise OSError("the disk is full")

    monkeypatch.setattr(index_sqlite_reindex, "switch", switch_and_fail)
    with pytest.raises(OSError, match="full"):
        index.reindex(quiet)
    assert whole(index, range(30)) == dict.fromkeys(names(range(30)), 0)


def test_two_reindexes_at_once_are_refused(tmp_path: Path) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert(make_items(range(3)))
    refused: list[str] = []

    def another(_: int) -> None:
        with pytest.raises(TransientError, match="another reindex") as error:
            SqliteProductIndex(tmp_path, DIMENSION).reindex(quiet)
        refused.append(error.value.mend)

    index.reindex(another)
    assert refused == ["wait for its end"]
    assert index.reindex(quiet).copied == 3


def test_a_reindex_makes_no_index_where_none_is(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no index"):
        SqliteProductIndex(tmp_path / "typo", DIMENSION).reindex(quiet)
    assert not (tmp_path / "typo").exists()


def test_a_pointer_to_nowhere_is_named(tmp_path: Path) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert(make_items(range(3)))
    (tmp_path / "current").write_text("../elsewhere\n")
    with pytest.raises(PermanentError, match=r"current names '\.\./elsewhere'"):
        index.count(EVERYTHING)
    (tmp_path / "current").write_text("v4-1\n")
    with pytest.raises(TransientError, match="not available"):
        index.count(EVERYTHING)
    assert not (tmp_path / "v4-1").exists()


# --- older schemas ---------------------------------------------------------------------------------------------------


@contextmanager
def _old_index(folder: Path, schema: int) -> Iterator[sqlite3.Connection]:
    """An index as releases with schema 1, 2 and 3 wrote it: what a reindex reads of it."""
    folder.mkdir()
    db = sqlite3.connect(folder / "index.db")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"PRAGMA user_version = {schema}")
    db.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID")
    offers = ", offered_at TEXT NOT NULL DEFAULT '', offer TEXT" if schema > 1 else ""
    db.execute(f"CREATE TABLE facts (row INTEGER PRIMARY KEY, id TEXT UNIQUE, slot INTEGER UNIQUE, embedding_hash TEXT{offers})")
    db.execute("CREATE TABLE products (row INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    items = [edition(number, 0) for number in range(60)]
    for row, item in enumerate(items, 1):
        slot = len(items) - row
        db.execute("INSERT INTO facts (row, id, slot, embedding_hash) VALUES (?, ?, ?, ?)", (row, item.product.id, slot, f"hash{row}"))
        db.execute("INSERT INTO products VALUES (?, ?)", (row, item.product.model_dump_json()))
    np.asarray([item.vector for item in reversed(items)], dtype=np.float32).tofile(folder / "vectors-1.f32")
    db.executemany("INSERT INTO meta VALUES (?, ?)", [("dimension", DIMENSION), ("generation", 1), ("slots", len(items))])
    db.commit()
    yield db
    db.close()


@pytest.mark.parametrize("schema", [1, 2, 3])
def test_an_older_schema_is_refused_until_it_is_reindexed(tmp_path: Path, schema: int) -> None:
    folder = tmp_path / "products"
    with _old_index(folder, schema) as db:
        if schema > 1:
            said = stock_offer(7, 30, 5).over(None)
            assert said is not None
            db.execute("UPDATE facts SET offer = ? WHERE row = 8", (said.model_dump_json(),))
            db.commit()
        index = SqliteProductIndex(folder, DIMENSION)
        with pytest.raises(PermanentError, match=f"schema {schema} of {SCHEMA_VERSION}") as refused:
            index.count(EVERYTHING)
        assert (refused.value.code, "huichang reindex" in refused.value.mend) == (OUTDATED, True)

        report = index.reindex(quiet)
    assert (report.before, report.copied) == (f"products-v{schema}", 60)
    assert report.after.startswith(f"products-v{SCHEMA_VERSION}-")
    assert whole(index, range(60)) == dict.fromkeys(names(range(60)), 0)
    # The vector is of the text that the hash was taken of, whatever this release would embed.
    assert index.known_vectors(["hash8"])["hash8"] == pytest.approx(edition(7, 0).vector, abs=1e-6)
    if schema > 1:
        assert index.update([stock_offer(7, 29, 1)]).stale == ("p00007",)


def test_a_schema_of_a_later_release_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "products"
    ask: list[Callable[[SqliteProductIndex], object]] = [lambda index: index.count(EVERYTHING), lambda index: index.reindex(quiet)]
    with _old_index(folder, 99):
        for question in ask:
            with pytest.raises(PermanentError, match="schema 99") as refused:
                question(SqliteProductIndex(folder, DIMENSION))
            assert refused.value.mend == "use the release that made it"
    assert physical(folder) == ["."]
