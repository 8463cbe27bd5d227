"""The record of one import, and where records are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

from huichang.catalog.importing import ImportCheckpoint
from huichang.kernel.model import Model

ImportState = Literal["waiting_for_files", "reading", "indexing", "done", "failed"]


class ImportFile(Model):
    """A file of an import: its role ("main" or the name of a join) and what the client declared."""

    role: str
    filename: str
    bytes: int
    sha256: str


class ImportRecord(Model):
    """One import. accepted + rejected == rows at all times; it is done when indexed + not_indexed == accepted."""

    import_id: str
    catalogue: str
    status: ImportState
    requested_by: str
    created_at: str
    updated_at: str
    files: tuple[ImportFile, ...]
    mapping_key: str
    checkpoint: ImportCheckpoint = ImportCheckpoint()
    slices: int = 0
    indexed: int = 0
    not_indexed: int = 0
    failure: str = ""

    def settled(self) -> ImportRecord:
        """With the status that its counts call for."""
        if self.status in ("reading", "indexing") and self.checkpoint.done:
            rest = self.checkpoint.accepted - self.indexed - self.not_indexed
            return self.model_copy(update={"status": "indexing" if rest > 0 else "done"})
        return self


class ImportStatus(Model):
    """What the API answers."""

    import_id: str
    catalogue: str
    status: ImportState
    rows_read: int
    accepted: int
    rejected: int
    rejected_by_code: dict[str, int]
    notes: dict[str, int]
    indexed: int
    not_indexed: int
    failure: str = ""
    rejects_url: str = ""


class ImportStore(Protocol):
    """Import records."""

    def create(self, record: ImportRecord) -> None:
        """Store a new one."""
        ...

    def get(self, import_id: str) -> ImportRecord:
        """Raises NotFoundError."""
        ...

    def change(self, import_id: str, edit: Callable[[ImportRecord], ImportRecord]) -> ImportRecord:
        """Read, edit, write back if nobody else did meanwhile, else again. `edit` may raise to refuse."""
        ...

    def count(self, import_id: str, chunk: str, edit: Callable[[ImportRecord], ImportRecord]) -> bool:
        """`change`, once for this chunk; False (and nothing changed) if it was counted before."""
        ...
