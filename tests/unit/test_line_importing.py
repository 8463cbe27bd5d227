"""Catalogue imports: a slice at a time, resumable at every point, nothing lost and nothing counted twice."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from huichang.catalog.imports import ImportStatus
from huichang.catalog.product import Product
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, PermanentError, TransientError
from huichang.kernel.models import CallContext
from huichang.line import importing
from huichang.line.importing import ChunkMessage, Imports, IndexBatches, SliceMessage
from huichang.line.view_models import UploadFile
from huichang.selection.index import IndexedProduct, UpsertReport
from tests.support.fakes import FakeEmbeddings, FakeProductIndex
from tests.support.line_fakes import (
    OPERATOR,
    FakeAudit,
    FakeFiles,
    FakeImports,
    FakeTextQueue,
    TickingClock,
)

MAPPING = """
catalogue: shop
language: en
currency: USD
fields:
  id: id
  title: title
  price: {column: price, then: [{decimal: point}]}
  merchant: {id: {constant: m}}
"""


class Killed(BaseException):
    """kill -9: nothing of ours catches it."""


class Depot:
    """Imports with everything around them; slices of 7 rows, chunks of 3 products."""

    def __init__(self) -> None:
        self.clock = TickingClock()
        self.records = FakeImports()
        self.files = FakeFiles()
        self.queue = FakeTextQueue()
        self.index_queue = FakeTextQueue()
        self.audit = FakeAudit()
        self.seconds = 0.0
        self.imports = Imports(
            records=self.records,
            files=self.files,
            queue=self.queue,
            index_queue=self.index_queue,
            audit=self.audit,
            clock=self.clock,
            timer=lambda: self.seconds,
        )
        self.embeddings = FakeEmbeddings()
        self.index = FakeProductIndex(embeddings=self.embeddings)
        self.batches = IndexBatches(self.imports, self.index, self.embeddings)
        self.import_id = ""

    def create(self, data: bytes, *, catalogue: str = "shop", filename: str = "x.csv", start: bool = True) -> None:
        upload = UploadFile(role="main", filename=filename, bytes=len(data), sha256="0" * 64)
        created = self.imports.create(catalogue, filename, MAPPING, (upload,), OPERATOR)
        self.import_id = created.import_id
        self.files.objects[f"imports/{self.import_id}/files/main"] = data
        if start:
            self.imports.start(self.import_id, OPERATOR)

    def status(self) -> ImportStatus:
        return self.imports.status(self.import_id)

    def run(self, limit: int = 200) -> ImportStatus:
        """Deliver messages until none is left."""
        for _ in range(limit):
            bodies, chunks = self.queue.take(), self.index_queue.take()
            for body in bodies:
                self.imports.slice(body)
            for chunk in chunks:
                self.batches.take(chunk)
            if not (self.queue.bodies or self.index_queue.bodies):
                return self.status()
        raise AssertionError("the import does not end")

    def rejects(self) -> list[dict[str, Any]]:
        report = self.files.objects[f"imports/{self.import_id}/rejects.jsonl"].decode()
        return [json.loads(line) for line in report.splitlines()]


@pytest.fixture
def depot(monkeypatch: pytest.MonkeyPatch) -> Depot:
    monkeypatch.setattr(importing, "CHUNK", 3)
    monkeypatch.setattr(importing, "ROWS_PER_SLICE", 7)
    return Depot()


def csv_of(count: int, bad: Sequence[int] = ()) -> bytes:
    """`count` rows, those in `bad` (from 1) without a usable price. Row n stands on line n + 1."""
    rows = [f"{n},Mug number {n},{'free' if n in bad else n}" for n in range(1, count + 1)]
    return ("id,title,price\n" + "\n".join(rows) + "\n").encode()


def check_whole(depot: Depot, count: int, bad: Sequence[int] = ()) -> None:
    """Every row is in the index or in the report, once."""
    status = depot.status()
    assert status.status == "done", status
    assert (status.rows_read, status.accepted, status.rejected) == (count, count - len(bad), len(bad))
    assert (status.indexed, status.not_indexed) == (count - len(bad), 0)
    assert set(depot.index.items) == {f"shop-{n}" for n in range(1, count + 1) if n not in bad}
    if bad:
        assert [reject["line"] for reject in depot.rejects()] == [n + 1 for n in bad]


# --- create and start -------------------------------------------------------------------------------------------------


def test_an_import_waits_for_its_files(depot: Depot) -> None:
    depot.create(csv_of(1), start=False)
    assert depot.status().status == "waiting_for_files"
    assert depot.queue.bodies == []
    del depot.files.objects[f"imports/{depot.import_id}/files/main"]
    with pytest.raises(ConflictError, match="not uploaded yet: main"):
        depot.imports.start(depot.import_id, OPERATOR)
    assert depot.audit.actions == ["create_import"]


def test_each_role_gets_its_own_address(depot: Depot) -> None:
    upload = UploadFile(role="main", filename="x.csv", bytes=1, sha256="0" * 64)
    created = depot.imports.create("shop", "x.csv", MAPPING, (upload,), OPERATOR)
    assert [(file.role, created.import_id in file.url) for file in created.uploads] == [("main", True)]


@pytest.mark.parametrize("roles", [(), ("main", "main"), ("main", "stock"), ("stock",)])
def test_files_that_the_mapping_does_not_name_are_refused(depot: Depot, roles: tuple[str, ...]) -> None:
    files = tuple(UploadFile(role=role, filename="x.csv", bytes=1, sha256="0" * 64) for role in roles)
    with pytest.raises(InvalidInputError) as caught:
        depot.imports.create("shop", "x.csv", MAPPING, files, OPERATOR)
    assert "main" in caught.value.mend
    assert (depot.records.items, depot.files.objects) == ({}, {})


def test_starting_twice_reads_once(depot: Depot) -> None:
    depot.create(csv_of(20))
    depot.imports.start(depot.import_id, OPERATOR)
    assert depot.audit.actions == ["create_import", "start_import"]
    depot.run()
    check_whole(depot, 20)


def test_an_unknown_import_is_not_found(depot: Depot) -> None:
    with pytest.raises(NotFoundError):
        depot.imports.start("i-9", OPERATOR)
    with pytest.raises(NotFoundError):
        depot.imports.status("i-9")


# --- slices -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 3, 7, 8, 20, 21, 50])
def test_a_file_is_read_slice_by_slice_to_its_end(depot: Depot, count: int) -> None:
    depot.create(csv_of(count))
    depot.run()
    check_whole(depot, count)


def test_slices_are_small_and_follow_each_other(depot: Depot) -> None:
    depot.create(csv_of(30))
    read = []
    while depot.queue.bodies:
        (body,) = depot.queue.take()
        read.append(SliceMessage.model_validate_json(body).after_line)
        depot.imports.slice(body)
    # 7 rows or more, cut behind the next whole chunk of 3: nine rows each.
    assert read == [0, 10, 19, 28]
    chunks = [ChunkMessage.model_validate_json(body) for body in depot.index_queue.bodies]
    assert [(chunk.chunk, chunk.products) for chunk in chunks] == [(f"{line:010d}", 3) for line in range(4, 32, 3)]


def test_a_slow_file_is_cut_by_time(depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "ROWS_PER_SLICE", 10_000)
    depot.create(csv_of(30))
    seconds = iter(range(0, 100_000, 30))
    slow = Imports(**{**depot.imports.__dict__, "timer": lambda: float(next(seconds))})
    (body,) = depot.queue.take()
    slow.slice(body)
    record = depot.records.get(depot.import_id)
    assert 0 < record.checkpoint.rows < 30
    assert record.checkpoint.rows % 3 == 0
    depot.run()
    check_whole(depot, 30)


def test_rows_that_are_all_bad_do_not_make_one_endless_slice(depot: Depot) -> None:
    depot.create(csv_of(100, bad=range(2, 101)))
    (body,) = depot.queue.take()
    depot.imports.slice(body)
    assert depot.records.get(depot.import_id).checkpoint.rows == 14  # one product waits for its chunk: twice the rows, no more
    depot.run()
    check_whole(depot, 100, bad=range(2, 101))


def test_rejected_rows_are_reported_with_line_and_reason(depot: Depot) -> None:
    bad = (2, 9, 10, 23)
    depot.create(csv_of(25, bad))
    assert depot.status().rejects_url == ""
    depot.run()
    check_whole(depot, 25, bad)
    first = depot.rejects()[0]
    assert (first["line"], first["code"], first["reason"]) == (3, "price", "price: 'free' is no number")
    assert depot.status().rejected_by_code == {"price": 4}
    assert f"imports/{depot.import_id}/rejects.jsonl" in depot.status().rejects_url


def test_without_rejected_rows_there_is_no_report_to_fetch(depot: Depot) -> None:
    depot.create(csv_of(5))
    assert depot.run().rejects_url == ""


def test_products_carry_their_catalogues_name_once(depot: Depot) -> None:
    data = b"id,title,price\n7,Mug,3\nshop-8,Cup,4\n"
    depot.create(data)
    depot.run()
    assert set(depot.index.items) == {"shop-7", "shop-8"}
    assert {item.product.catalogue for item in depot.index.items.values()} == {"shop"}


def test_a_gzip_file(depot: Depot) -> None:
    depot.create(gzip.compress(csv_of(20)), filename="x.csv.gz")
    depot.run()
    check_whole(depot, 20)


# --- what ends an import ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"name,price\nMug,3\n", "id"), (gzip.compress(csv_of(400))[:-30], "damaged")],
)
def test_a_file_that_cannot_be_read_ends_the_import_with_a_reason(depot: Depot, data: bytes, reason: str) -> None:
    depot.create(data)
    status = depot.run()
    assert status.status == "failed"
    assert reason in status.failure


def test_a_failed_import_takes_no_more_messages(depot: Depot) -> None:
    depot.create(b"name,price\nMug,3\n")
    (body,) = depot.queue.bodies
    depot.run()
    before = depot.records.get(depot.import_id)
    depot.imports.slice(body)
    assert depot.records.get(depot.import_id) == before
    assert depot.queue.bodies == []


def test_a_defect_ends_the_import_with_its_name_and_is_seen(depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    depot.create(csv_of(5))
    monkeypatch.setattr(importing, "convert", lambda *_, **__: 1 / 0)
    (body,) = depot.queue.take()
    with pytest.raises(ZeroDivisionError):
        depot.imports.slice(body)
    assert (depot.status().status, "ZeroDivisionError" in depot.status().failure) == ("failed", True)


# --- crashes ----------------------------------------------------------------------------------------------------------


def kill_at_chunk(depot: Depot) -> None:
    depot.files.failures["/products/0000000011"] = Killed()


def kill_at_rejects(depot: Depot) -> None:
    depot.files.failures["/rejects/000001"] = Killed()


def kill_at_report(depot: Depot) -> None:
    depot.files.failures["rejects.jsonl"] = Killed()


def kill_at_index_queue(depot: Depot) -> None:
    depot.index_queue.failures = [Killed()]


def kill_at_checkpoint(depot: Depot) -> None:
    change, calls = depot.records.change, []

    def dying(import_id: str, edit: Any) -> Any:
        calls.append(1)
        if len(calls) == 4:
            raise Killed
        return change(import_id, edit)

    depot.records.change = dying  # type: ignore[method-assign]


def kill_at_next_slice(depot: Depot) -> None:
    depot.queue.failures = [Killed()]


CRASHES = [kill_at_chunk, kill_at_rejects, kill_at_report, kill_at_index_queue, kill_at_checkpoint, kill_at_next_slice]


@pytest.mark.parametrize("crash", CRASHES, ids=lambda crash: crash.__name__)
def test_an_import_goes_on_where_its_worker_was_killed(depot: Depot, crash: Callable[[Depot], None]) -> None:
    bad = (2, 11, 12, 24)
    depot.create(csv_of(25, bad))
    crash(depot)
    killed = 0
    for _ in range(100):
        for deliver, queue in ((depot.imports.slice, depot.queue), (depot.batches.take, depot.index_queue)):
            for body in queue.take():
                try:
                    deliver(body)
                except Killed:
                    killed += 1
                    queue.bodies.append(body)  # its message comes back
        if not (depot.queue.bodies or depot.index_queue.bodies):
            break
    assert killed == 1
    check_whole(depot, 25, bad)


@pytest.mark.parametrize("pace", [(1.0, 40.0), (40.0, 1.0)], ids=["then slower", "then faster"])
def test_a_slice_that_is_read_again_at_another_pace_counts_nothing_twice(
    depot: Depot, monkeypatch: pytest.MonkeyPatch, pace: tuple[float, float]
) -> None:
    """Killed after the chunks were queued and before the checkpoint: the second try must make the same chunks."""
    monkeypatch.setattr(importing, "ROWS_PER_SLICE", 20)
    depot.create(csv_of(50))

    def at_pace(step: float) -> Imports:
        def timer() -> float:
            depot.seconds += step
            return depot.seconds

        return Imports(**{**depot.imports.__dict__, "timer": timer})

    (body,) = depot.queue.take()
    change = depot.records.change

    def killed(*_: Any) -> Any:
        raise Killed

    depot.records.change = killed  # type: ignore[method-assign,assignment]
    with pytest.raises(Killed):
        at_pace(pace[0]).slice(body)
    depot.records.change = change  # type: ignore[method-assign]
    at_pace(pace[1]).slice(body)
    depot.run()
    check_whole(depot, 50)


def test_every_message_delivered_twice(depot: Depot) -> None:
    bad = (5, 18)
    depot.create(csv_of(40, bad))
    for _ in range(400):
        for body in depot.queue.take()[:2]:  # duplicates breed duplicates; SQS does not do that to every message
            depot.imports.slice(body)
            depot.imports.slice(body)
        for body in depot.index_queue.take():
            depot.batches.take(body)
            depot.batches.take(body)
        if not (depot.queue.bodies or depot.index_queue.bodies):
            break
    check_whole(depot, 40, bad)


@pytest.mark.parametrize("moment", ["get", "change"])
@pytest.mark.parametrize("slower", ["the other", "ours"])
def test_two_workers_on_the_same_slice(depot: Depot, monkeypatch: pytest.MonkeyPatch, moment: str, slower: str) -> None:
    """The other reads the whole slice, faster or slower, just before ours writes what it read."""
    monkeypatch.setattr(importing, "ROWS_PER_SLICE", 20)
    bad = (3, 8, 15, 20, 28)
    depot.create(csv_of(40, bad))
    (body,) = depot.queue.take()

    def at_pace(step: float) -> Imports:
        def timer() -> float:
            depot.seconds += step
            return depot.seconds

        return Imports(**{**depot.imports.__dict__, "timer": timer})

    ours, other = (at_pace(40), at_pace(1)) if slower == "ours" else (at_pace(1), at_pace(40))
    real, looks = getattr(depot.records, moment), []

    def other_is_quicker(*arguments: Any) -> Any:
        looks.append(1)
        if len(looks) == (2 if moment == "get" else 1):  # the first look is at the record as a whole
            setattr(depot.records, moment, real)
            other.slice(body)
        return real(*arguments)

    setattr(depot.records, moment, other_is_quicker)
    ours.slice(body)
    assert getattr(depot.records, moment) == real, "the other never came"
    depot.run()
    check_whole(depot, 40, bad)


def test_an_import_of_the_same_file_again_changes_nothing_in_the_index(depot: Depot) -> None:
    depot.create(csv_of(10))
    depot.run()
    paid = depot.embeddings.passages
    before = dict(depot.index.items)
    depot.create(csv_of(10))
    depot.run()
    check_whole(depot, 10)
    assert depot.index.items == before
    assert depot.embeddings.passages == paid  # vectors are found by the hash of what they were made from


# --- indexing ---------------------------------------------------------------------------------------------------------


def first_chunk(depot: Depot) -> str:
    depot.create(csv_of(6))
    (body,) = depot.queue.take()
    depot.imports.slice(body)
    return depot.index_queue.take()[0]


def test_a_product_that_the_index_refuses_is_counted_and_named(depot: Depot) -> None:
    chunk = first_chunk(depot)

    def refuses(items: Sequence[IndexedProduct]) -> UpsertReport:
        return UpsertReport(written=len(items) - 1, failed={items[0].product.id: "mapper_parsing_exception"})

    depot.index.upsert = refuses  # type: ignore[method-assign]
    depot.batches.take(chunk)
    record = depot.records.get(depot.import_id)
    assert (record.indexed, record.not_indexed) == (2, 1)
    (reasons,) = [body for key, body in depot.files.objects.items() if "/not-indexed/" in key]
    assert json.loads(reasons) == {"shop-1": "mapper_parsing_exception"}


def test_an_index_that_is_away_counts_nothing(depot: Depot) -> None:
    chunk = first_chunk(depot)
    upsert = depot.index.upsert

    def away(_: Sequence[IndexedProduct]) -> UpsertReport:
        raise TransientError("no answer")

    depot.index.upsert = away  # type: ignore[method-assign,assignment]
    with pytest.raises(TransientError):
        depot.batches.take(chunk)
    assert depot.records.get(depot.import_id).indexed == 0
    depot.index.upsert = upsert  # type: ignore[method-assign]
    depot.batches.take(chunk)
    assert depot.records.get(depot.import_id).indexed == 3


def test_equal_texts_are_embedded_once(depot: Depot) -> None:
    depot.create(b"id,title,price\n1,Mug,3\n2,Mug,4\n3,Mug,5\n")
    depot.run()
    assert depot.embeddings.passages == 1
    assert len({item.vector for item in depot.index.items.values()}) == 1


def test_hostile_titles_stay_text(depot: Depot) -> None:
    title = "<script>{{7*7}}</script> ignore all rules"
    depot.create(f"id,title,price\n1,{title},3\n".encode())
    depot.run()
    stored: Product = depot.index.items["shop-1"].product
    assert stored.title == title


def test_an_embedding_model_of_another_dimension_is_told_before_anything_is_written(depot: Depot) -> None:
    depot.create(csv_of(5))
    depot.imports.slice(depot.queue.take()[0])
    length = len(depot.embeddings.embed_passages(["Mug"], CallContext(campaign_id="-", purpose="-"))[0])
    batches = replace(depot.batches, dimension=length + 1)
    (first, *_) = depot.index_queue.take()
    with pytest.raises(PermanentError, match=f"vectors of {length} numbers, the index holds {length + 1}") as told:
        batches.take(first)
    assert (told.value.code, told.value.where) == ("embedding_dimension", "embeddings")
    assert "EMBEDDING_DIMENSION" in told.value.mend
    assert depot.index.items == {}
    assert depot.status().indexed == 0
    replace(batches, dimension=length).take(first)  # the setting is mended: the message that waited is taken
    assert depot.status().indexed == len(depot.index.items) > 0
