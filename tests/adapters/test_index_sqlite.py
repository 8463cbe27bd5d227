"""What only the embedded index promises: many processes, kills half-way, compaction, files that do not fit."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from huichang.adapters import index_sqlite_store, index_sqlite_writes
from huichang.adapters.index_sqlite import SqliteProductIndex
from huichang.kernel.errors import PermanentError, TransientError
from huichang.selection.index import IndexedProduct
from huichang.selection.model import Eligibility
from tests.support.products import DIMENSION, make_items, make_product, unit_vector

EVERYTHING = Eligibility(enrolled=False, min_stock=0)
ROOT = Path(__file__).resolve().parents[2]


def edition(number: int, version: int) -> IndexedProduct:
    """A product whose review count, description and vector all tell which version was stored."""
    product = make_product(number, review_count=version, description=f"edition{version}")
    return IndexedProduct(product=product, vector=unit_vector(10_000 * (version + 1) + number))


def assert_consistent(index: SqliteProductIndex, numbers: range) -> dict[str, int]:
    """Body, words and vector of every product are of one version; return the versions."""
    versions = {}
    for number in numbers:
        found = index.get([f"p{number:05d}"])
        if not found:
            continue
        product = found[f"p{number:05d}"]
        version = product.review_count or 0
        only = EVERYTHING.model_copy(update={"product_ids": (product.id,)})
        assert index.nearest(edition(number, version).vector, only, 1)[0].score == pytest.approx(1, abs=1e-5)
        assert len(index.search({"en": (f"edition{version}",)}, only, 5)) == 1
        assert len(index.known_vectors([product.embedding_hash()])) == 1
        versions[product.id] = version
    assert index.count(EVERYTHING) == len(versions)
    return versions


def test_nothing_is_opened_before_the_first_call(tmp_path: Path) -> None:
    SqliteProductIndex(tmp_path / "new", DIMENSION)
    assert not (tmp_path / "new").exists()


# --- kill -9 ---------------------------------------------------------------------------------------------------------

DIES = """
import os, signal, sys
from pathlib import Path
from huichang.adapters import index_sqlite_writes
from huichang.adapters.index_sqlite import SqliteProductIndex
from tests.adapters.test_index_sqlite import DIMENSION, edition

folder, point = Path(sys.argv[1]), sys.argv[2]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

index = SqliteProductIndex(folder, DIMENSION)
if point == "half the vectors":
    real = index._writer._write_vectors
    def write_half(file, first, rows):
        real(file, first, rows[: len(rows) // 2])
        die()
    index._writer._write_vectors = write_half
elif point == "vectors written":
    real = index._writer._append
    def append(*arguments):
        real(*arguments)
        die()
    index._writer._append = append
elif point == "half the rows":
    real, seen = index._writer._insert, []
    def insert(*arguments):
        real(*arguments)
        seen.append(1)
        if len(seen) == 150:
            die()
    index._writer._insert = insert
elif point == "compacted, not committed":
    index_sqlite_writes.COMPACT_ABOVE = 0.1
    real = index._writer._write_vectors
    def write(file, first, rows):
        real(file, first, rows)
        if file.name == "vectors-2.f32":
            die()
    index._writer._write_vectors = write
elif point == "committed, not yet compacted":
    index._writer._compact_if_worn = die
index.upsert([edition(number, 1) for number in range(100, 400)])
"""


@pytest.mark.parametrize(
    ("point", "committed"),
    [
        ("half the vectors", False),
        ("vectors written", False),
        ("half the rows", False),
        ("compacted, not committed", True),
        ("committed, not yet compacted", True),
    ],
)
def test_a_kill_half_way_leaves_a_readable_index_and_a_replay_repairs_it(tmp_path: Path, point: str, committed: bool) -> None:
    numbers = range(400)
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert([edition(number, 0) for number in range(300)])
    index.close()
    dead = subprocess.run(
        [sys.executable, "-c", DIES, str(tmp_path), point],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'layers' / 'shared'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert dead.returncode == -signal.SIGKILL, dead.stderr

    before = assert_consistent(index, numbers)
    old = {f"p{number:05d}": 0 for number in range(300)}
    new = {f"p{number:05d}": 1 for number in range(100, 400)}
    assert before == (old | new if committed else old)

    index.upsert([edition(number, 1) for number in range(100, 400)])
    assert assert_consistent(index, numbers) == old | new


# --- many processes and threads --------------------------------------------------------------------------------------


def _write_share(folder: Path, start: int) -> None:
    index = SqliteProductIndex(folder, DIMENSION)
    for version in range(3):
        for first in range(start, start + 60, 20):
            index.upsert([edition(number, version) for number in range(first, first + 20)])


def _read_on(folder: Path, stop: multiprocessing.synchronize.Event, failures: multiprocessing.queues.Queue[str]) -> None:
    index = SqliteProductIndex(folder, DIMENSION)
    try:
        while not stop.is_set():
            hits = index.nearest(unit_vector(1), EVERYTHING, 50)
            assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
            for product_id, product in index.get([hit.product_id for hit in hits]).items():
                assert product.id == product_id
            index.search({"zh": ("玩偶", "连衣裙")}, EVERYTHING, 20)
    except BaseException as error:
        failures.put(repr(error))
        raise


def test_writers_and_readers_in_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four processes open a folder that does not exist yet, write and compact, while two read."""
    monkeypatch.setattr(index_sqlite_writes, "COMPACT_FROM_ROWS", 40)
    context = multiprocessing.get_context("fork")
    stop = context.Event()
    failures: multiprocessing.queues.Queue[str] = context.Queue()
    readers = [context.Process(target=_read_on, args=(tmp_path, stop, failures)) for _ in range(2)]
    writers = [context.Process(target=_write_share, args=(tmp_path, start)) for start in (0, 60, 120, 180)]
    for process in (*readers, *writers):
        process.start()
    for process in writers:
        process.join(60)
    stop.set()
    for process in readers:
        process.join(60)
    assert failures.empty(), failures.get()
    assert [process.exitcode for process in (*writers, *readers)] == [0] * 6
    index = SqliteProductIndex(tmp_path, DIMENSION)
    assert assert_consistent(index, range(240)) == {f"p{number:05d}": 2 for number in range(240)}


def test_a_forked_child_opens_for_itself(tmp_path: Path) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert(make_items(range(3)))
    child = multiprocessing.get_context("fork").Process(target=lambda: index.upsert(make_items(range(3, 6))))
    child.start()
    child.join(30)
    assert child.exitcode == 0
    assert index.count(EVERYTHING) == 6


def test_threads_share_one_index(tmp_path: Path) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)

    def work(start: int) -> int:
        index.upsert(make_items(range(start, start + 30)))
        return len(index.nearest(unit_vector(start), EVERYTHING, 10))

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(work, range(0, 180, 30))) == [10] * 6
    assert index.count(EVERYTHING) == 180


# --- the vector file -------------------------------------------------------------------------------------------------


def test_replays_and_price_changes_do_not_grow_the_vector_file(tmp_path: Path) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert(make_items(range(100)))
    for stock in (1, 2, 3):
        index.upsert([IndexedProduct(product=make_product(n, stock=stock), vector=unit_vector(n)) for n in range(100)])
    assert (tmp_path / "vectors-1.f32").stat().st_size == 100 * DIMENSION * 4
    assert index.get(["p00007"])["p00007"].stock == 3


def test_dead_vectors_are_compacted_away(tmp_path: Path) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    reader = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert([edition(number, 0) for number in range(300)])
    assert reader.nearest(edition(5, 0).vector, EVERYTHING, 1)[0].product_id == "p00005"
    index.delete([f"p{number:05d}" for number in range(0, 80)])
    assert (tmp_path / "vectors-1.f32").exists()
    index.delete([f"p{number:05d}" for number in range(80, 200)])
    assert (tmp_path / "vectors-2.f32").stat().st_size == 100 * DIMENSION * 4
    assert set(assert_consistent(reader, range(300))) == {f"p{number:05d}" for number in range(200, 300)}
    index.upsert([edition(number, 1) for number in range(300)])
    assert len(assert_consistent(reader, range(300))) == 300


def test_only_the_last_two_vector_files_are_kept(tmp_path: Path) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    for version in range(4):
        index.upsert([edition(number, version) for number in range(300)])
    assert len(list(tmp_path.glob("vectors-*.f32"))) == 2
    assert set(assert_consistent(index, range(300)).values()) == {3}


def test_deleting_everything_leaves_a_usable_index(tmp_path: Path) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert(make_items(range(300)))
    assert index.delete([f"p{number:05d}" for number in range(300)]) == 300
    assert index.nearest(unit_vector(1), EVERYTHING, 5) == []
    index.upsert(make_items(range(5)))
    assert len(index.nearest(unit_vector(1), EVERYTHING, 9)) == 5


def test_exact_neighbours(tmp_path: Path) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert(make_items(range(400)))
    matrix = np.array([unit_vector(number) for number in range(400)])
    for where, allowed in (
        (EVERYTHING, set(range(400))),
        (EVERYTHING.model_copy(update={"industries": ("pet",)}), set(range(8, 400, 10))),
    ):
        for number in range(1_000, 1_010):
            scores = matrix @ np.array(unit_vector(number))
            order = [row for row in np.argsort(-scores) if row in allowed][:25]
            found = [hit.product_id for hit in index.nearest(unit_vector(number), where, 25)]
            assert found == [f"p{row:05d}" for row in order]


# --- refusals --------------------------------------------------------------------------------------------------------


def test_another_dimension_is_refused(tmp_path: Path) -> None:
    SqliteProductIndex(tmp_path, DIMENSION).upsert(make_items(range(2)))
    with pytest.raises(PermanentError, match=f"vectors of {DIMENSION} numbers"):
        SqliteProductIndex(tmp_path, 384).count(EVERYTHING)


def test_another_schema_is_refused(tmp_path: Path) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert(make_items(range(2)))
    index.close()
    with sqlite3.connect(tmp_path / "index.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(PermanentError, match="schema 99"):
        index.count(EVERYTHING)


def test_a_vector_file_that_lost_its_end_is_named(tmp_path: Path) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert(make_items(range(10)))
    index.close()
    os.truncate(tmp_path / "vectors-1.f32", 100)
    with pytest.raises(PermanentError, match=r"vectors-1\.f32 is shorter"):
        index.nearest(unit_vector(1), EVERYTHING, 5)


def test_a_file_that_is_no_database_is_a_permanent_error(tmp_path: Path) -> None:
    (tmp_path / "index.db").write_bytes(b"not a database, but long enough to look like a file" * 100)
    with pytest.raises(PermanentError, match="not a database"):
        SqliteProductIndex(tmp_path, DIMENSION).count(EVERYTHING)


def test_a_writer_that_waits_too_long_may_try_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_sqlite_store, "BUSY_SECONDS", 0.2)
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert(make_items(range(3)))
    holder = sqlite3.connect(tmp_path / "index.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        assert index.count(EVERYTHING) == 3  # readers never wait
        with pytest.raises(TransientError, match="not available"):
            index.upsert(make_items(range(3, 5)))
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert index.upsert(make_items(range(3, 5))).written == 2
    assert index.count(EVERYTHING) == 5
