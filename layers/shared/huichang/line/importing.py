"""Catalogue imports: a file in S3, read a slice at a time, its products embedded and indexed through a queue.

Resumable: the record's checkpoint names the last line taken, and moves only together with its counts. Repeating a slice or a
chunk writes the same objects again and counts nothing twice.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from huichang.catalog.importing import Accepted, Rejected, convert, load_joined, rows
from huichang.catalog.imports import ImportFile, ImportRecord, ImportStatus, ImportStore
from huichang.catalog.mapping import CatalogueMapping, load_mapping
from huichang.catalog.product import Product
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, InvalidInputError, PermanentError, TransientError
from huichang.kernel.ids import new_id
from huichang.kernel.model import Model
from huichang.kernel.models import CallContext, EmbeddingModel
from huichang.line.view_models import ImportCreated, Upload, UploadFile
from huichang.selection.index import IndexedProduct, ProductIndex
from huichang.venues.model import Actor, AuditTrail

MAIN = "main"
CHUNK = 200
ROWS_PER_SLICE = 4000
SECONDS_PER_SLICE = 120.0


class FileStore(Protocol):
    """Uploaded files and what is made of them."""

    def put(self, key: str, data: bytes, content_type: str, cache_control: str = "") -> None:
        """Write."""
        ...

    def get(self, key: str) -> bytes:
        """Raises NotFoundError."""
        ...

    def stream(self, key: str) -> BinaryIO:
        """Raises NotFoundError."""
        ...

    def exists(self, key: str) -> bool:
        """Whether it is there."""
        ...

    def upload_url(self, key: str, seconds: int = 3600) -> str:
        """A presigned PUT address."""
        ...

    def download_url(self, key: str, seconds: int = 3600) -> str:
        """A presigned GET address."""
        ...


class TextQueue(Protocol):
    """A work queue."""

    def send(self, bodies: list[str], delay_seconds: int = 0) -> None:
        """Enqueue. Raises TransientError."""
        ...


class SliceMessage(Model):
    """Read on after this line."""

    import_id: str
    after_line: int


class ChunkMessage(Model):
    """Index this chunk of products."""

    import_id: str
    chunk: str
    products: int


@dataclass(frozen=True)
class Imports:
    """Create, start, read, report."""

    records: ImportStore
    files: FileStore
    queue: TextQueue
    index_queue: TextQueue
    audit: AuditTrail
    clock: Clock
    timer: Callable[[], float] = time.monotonic

    def create(self, catalogue: str, filename: str, mapping: str, files: tuple[UploadFile, ...], actor: Actor) -> ImportCreated:
        """Check the mapping and reserve upload addresses. The file with the role "main" is the one that is read."""
        parsed = load_mapping(mapping)
        roles = [file.role for file in files]
        wanted = {MAIN, *(name for name, join in parsed.joins.items() if not join.optional)}
        unknown = set(roles) - {MAIN, *parsed.joins}
        if len(set(roles)) != len(roles) or not wanted <= set(roles) or unknown:
            raise InvalidInputError(f"the files are {', '.join(roles)}", where="files", mend=f"one of each: {', '.join(sorted(wanted))}")
        now = self.clock.now()
        import_id = new_id("i", now)
        mapping_key = f"imports/{import_id}/mapping.yaml"
        self.files.put(mapping_key, mapping.encode(), "application/yaml")
        self.records.create(
            ImportRecord(
                import_id=import_id,
                catalogue=catalogue,
                status="waiting_for_files",
                requested_by=actor.name,
                created_at=iso(now),
                updated_at=iso(now),
                files=tuple(ImportFile.model_validate(file.model_dump()) for file in files),
                mapping_key=mapping_key,
            )
        )
        self._record(actor, "create_import", import_id, {"catalogue": catalogue, "filename": filename})
        uploads = tuple(Upload(role=file.role, url=self.files.upload_url(_upload_key(import_id, file.role))) for file in files)
        return ImportCreated(import_id=import_id, uploads=uploads)

    def start(self, import_id: str, actor: Actor) -> ImportStatus:
        """Begin reading. Repeating is harmless."""
        record = self.records.get(import_id)
        missing = [file.role for file in record.files if not self.files.exists(_upload_key(import_id, file.role))]
        if missing:
            raise ConflictError(f"not uploaded yet: {', '.join(missing)}", where="files", mend="PUT them first")
        if record.status == "waiting_for_files":
            self.queue.send([SliceMessage(import_id=import_id, after_line=0).model_dump_json()])
            self.records.change(import_id, _begin)
            self._record(actor, "start_import", import_id, {})
        return self.status(import_id)

    def status(self, import_id: str) -> ImportStatus:
        """How far it is. `rejects_url` is valid for an hour."""
        record = self.records.get(import_id)
        point = record.checkpoint
        report = f"imports/{import_id}/rejects.jsonl"
        return ImportStatus(
            import_id=import_id,
            catalogue=record.catalogue,
            status=record.status,
            rows_read=point.rows,
            accepted=point.accepted,
            rejected=point.rejected,
            rejected_by_code=point.rejected_by_code,
            notes=point.notes,
            indexed=record.indexed,
            not_indexed=record.not_indexed,
            failure=record.failure,
            rejects_url=self.files.download_url(report) if point.done and point.rejected else "",
        )

    def slice(self, body: str) -> None:
        """Read one slice and queue the next. What ends an import for good is written into its record."""
        message = SliceMessage.model_validate_json(body)
        record = self.records.get(message.import_id)
        if record.status not in ("waiting_for_files", "reading"):
            return
        if message.after_line < record.checkpoint.line:
            # Our own earlier try moved the checkpoint and died before it could queue the next slice.
            self._queue_next(record)
            return
        try:
            self._read(record)
        except PermanentError as error:
            reason = f"{error.message} {error.mend}".strip()
            self.records.change(record.import_id, lambda r: _failed(r, reason))
        except TransientError:
            raise
        except Exception as error:
            # A defect of ours ends the import with a reason; raised again so that it is seen.
            defect = f"a defect: {type(error).__name__}: {error}"
            self.records.change(record.import_id, lambda r: _failed(r, defect))
            raise

    def _read(self, record: ImportRecord) -> None:
        mapping = load_mapping(self.files.get(record.mapping_key).decode())
        number = record.slices
        taken: list[Product] = []
        rejected: list[Rejected] = []
        chunks: list[str] = []
        start, before = self.timer(), record.checkpoint
        point = before
        for outcome in self._outcomes(record, mapping):
            point = point.after(outcome)
            if isinstance(outcome, Accepted):
                taken.append(_owned(outcome.product, record.catalogue))
                if len(taken) == CHUNK:
                    chunks.append(self._write_chunk(record.import_id, outcome.last_line, taken))
                    taken = []
            else:
                rejected.append(outcome)
            used = max((point.rows - before.rows) / ROWS_PER_SLICE, (self.timer() - start) / SECONDS_PER_SLICE)
            # Cut behind a whole chunk, so that a slice that is read again, faster or slower, makes the same chunks.
            if used >= 1 and (not taken or used >= 2):
                break
        else:
            point = point.finished()
        if taken:
            chunks.append(self._write_chunk(record.import_id, point.line, taken))
        if self.records.get(record.import_id).checkpoint.line != before.line:
            return  # another worker has read this slice; it queues what comes next
        self._write_rejected(record.import_id, number, rejected, last=point.done)
        self.index_queue.send(chunks)

        def advance(current: ImportRecord) -> ImportRecord:
            if current.checkpoint.line != before.line or current.slices != number:
                return current  # another worker took this very slice meanwhile
            return current.model_copy(update={"checkpoint": point, "slices": number + 1, "status": "reading"})

        changed = self.records.change(record.import_id, advance)
        if not changed.checkpoint.done:
            self._queue_next(changed)

    def _outcomes(self, record: ImportRecord, mapping: CatalogueMapping) -> Iterator[Accepted | Rejected]:
        by_role = {file.role: file for file in record.files}
        joined = load_joined(
            mapping,
            {
                role: (self.files.stream(_upload_key(record.import_id, role)), file.filename)
                for role, file in by_role.items()
                if role != MAIN
            },
        )
        source = rows(
            self.files.stream(_upload_key(record.import_id, MAIN)),
            by_role[MAIN].filename,
            encoding=mapping.encoding,
            delimiter=mapping.delimiter,
            after_line=record.checkpoint.line,
        )
        return convert(source, mapping, today=self.clock.now().date(), joined=joined)

    def _write_chunk(self, import_id: str, last_line: int, products: list[Product]) -> str:
        chunk = f"{last_line:010d}"
        lines = "".join(product.model_dump_json() + "\n" for product in products)
        self.files.put(_chunk_key(import_id, chunk), gzip.compress(lines.encode(), 5), "application/gzip")
        return ChunkMessage(import_id=import_id, chunk=chunk, products=len(products)).model_dump_json()

    def _write_rejected(self, import_id: str, number: int, rejected: list[Rejected], *, last: bool) -> None:
        text = "".join(outcome.model_dump_json() + "\n" for outcome in rejected)
        self.files.put(f"imports/{import_id}/rejects/{number:06d}.jsonl", text.encode(), "application/jsonl")
        if last:
            parts = [self.files.get(f"imports/{import_id}/rejects/{n:06d}.jsonl") for n in range(number + 1)]
            self.files.put(f"imports/{import_id}/rejects.jsonl", b"".join(parts), "application/jsonl")

    def _queue_next(self, record: ImportRecord) -> None:
        message = SliceMessage(import_id=record.import_id, after_line=record.checkpoint.line)
        self.queue.send([message.model_dump_json()])

    def _record(self, actor: Actor, action: str, subject: str, detail: dict[str, Any]) -> None:
        entry = actor.did(action, subject, at=iso(self.clock.now()), detail=detail)
        self.audit.record(entry)


@dataclass(frozen=True)
class IndexBatches:
    """Chunks of products into the index."""

    imports: Imports
    index: ProductIndex
    embeddings: EmbeddingModel
    dimension: int = 0
    """How many numbers the index holds; 0 lets the index judge."""

    def take(self, body: str) -> None:
        """Embed what is new, index everything, count once. A product the index refuses is counted, never lost in silence."""
        message = ChunkMessage.model_validate_json(body)
        data = gzip.decompress(self.imports.files.get(_chunk_key(message.import_id, message.chunk)))
        products = [Product.model_validate(json.loads(line)) for line in data.decode().splitlines()]
        as_of = self.imports.records.get(message.import_id).created_at
        report = self.index.upsert(self._embedded(products, as_of))
        if report.failed:
            reasons = json.dumps(report.failed, ensure_ascii=False).encode()
            key = f"imports/{message.import_id}/not-indexed/{message.chunk}.json"
            self.imports.files.put(key, reasons, "application/json")
        failed = len(report.failed)

        def counted(record: ImportRecord) -> ImportRecord:
            return record.model_copy(
                update={
                    "indexed": record.indexed + len(products) - failed,
                    "not_indexed": record.not_indexed + failed,
                }
            )

        self.imports.records.count(message.import_id, message.chunk, counted)

    def _embedded(self, products: list[Product], as_of: str) -> list[IndexedProduct]:
        hashes = [product.embedding_hash() for product in products]
        known = self.index.known_vectors(hashes)
        new = {digest: product.embedding_text() for digest, product in zip(hashes, products, strict=True) if digest not in known}
        context = CallContext(campaign_id=f"catalogue-{products[0].catalogue}", purpose="embed_products")
        vectors = self.embeddings.embed_passages(list(new.values()), context) if new else []
        self._check(vectors)
        made = {digest: tuple(vector) for digest, vector in zip(new, vectors, strict=True)}
        return [
            IndexedProduct(product=product, vector=known.get(digest) or made[digest], as_of=as_of)
            for digest, product in zip(hashes, products, strict=True)
        ]

    def _check(self, vectors: list[list[float]]) -> None:
        """Before anything is written: a model of another dimension would spoil or empty the whole chunk."""
        lengths = {len(vector) for vector in vectors} - {self.dimension}
        if self.dimension and lengths:
            raise PermanentError(
                f"the embedding model answers vectors of {', '.join(map(str, sorted(lengths)))} numbers, the index holds {self.dimension}",
                where="embeddings",
                mend="set EMBEDDING_MODEL and EMBEDDING_DIMENSION to those the index was built with, or import into another SEARCH_INDEX",
                code="embedding_dimension",
            )


def _upload_key(import_id: str, role: str) -> str:
    return f"imports/{import_id}/files/{role}"


def _chunk_key(import_id: str, chunk: str) -> str:
    return f"imports/{import_id}/products/{chunk}.jsonl.gz"


def _owned(product: Product, catalogue: str) -> Product:
    """The product under its catalogue's name: two shops may well use the same ids."""
    prefix = f"{catalogue}-"
    product_id = product.id if product.id.startswith(prefix) else prefix + product.id
    return product.model_copy(update={"id": product_id, "catalogue": catalogue})


def _begin(record: ImportRecord) -> ImportRecord:
    return record.model_copy(update={"status": "reading"}) if record.status == "waiting_for_files" else record


def _failed(record: ImportRecord, reason: str) -> ImportRecord:
    return record.model_copy(update={"status": "failed", "failure": reason[:1000]})
