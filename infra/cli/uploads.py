"""Files to the API: hashed, uploaded straight to storage, followed to the end."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from huichang.catalog.rows import RowError, rows
from huichang.kernel.errors import InvalidInputError
from huichang.trends.importing import check_header
from huichang.trends.mapping import load_trend_mapping
from infra.cli import words
from infra.cli.client import Api
from infra.cli.errors import FAILED, UNREACHABLE, USAGE, CliError
from infra.cli.surroundings import Surroundings

MAIN = "main"
BLOCK = 1024 * 1024
UPLOAD_TRIES = 3
POLL_SECONDS = 1.0
# The API takes 500 rows and 256 KB a call.
BATCH_ROWS = 200
BATCH_BYTES = 180_000


@dataclass(frozen=True)
class LocalFile:
    """A file to be uploaded."""

    role: str
    path: Path
    bytes: int
    sha256: str

    @classmethod
    def of(cls, role: str, path: Path) -> LocalFile:
        """Read it once for its size and hash."""
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("rb") as source:
                while block := source.read(BLOCK):
                    digest.update(block)
                    size += len(block)
        except OSError as error:
            raise CliError(f"{path} cannot be read: {error.strerror}", USAGE) from error
        if size == 0:
            raise CliError(f"{path} is empty", USAGE)
        return cls(role, path, size, digest.hexdigest())

    def declared(self) -> dict[str, Any]:
        """As POST /api/imports wants it."""
        return {"role": self.role, "filename": self.path.name, "bytes": self.bytes, "sha256": self.sha256}


def joined_files(entries: list[str]) -> list[tuple[str, Path]]:
    """`role=FILE` entries. Raises CliError (2)."""
    found = []
    for entry in entries:
        role, equals, name = entry.partition("=")
        if not equals or not role or not name or role == MAIN:
            raise CliError(f"--join {entry}: write it as role=FILE, the role as in the mapping's joins", USAGE)
        found.append((role, Path(name)))
    return found


def run_import(api: Api, here: Surroundings, files: list[LocalFile], *, catalogue: str, mapping: str, seconds: float) -> dict[str, Any]:
    """Create, upload, start, follow; the last status. Raises CliError (1) when the time is over."""
    main = files[0]
    created = api.post(
        "/api/imports",
        {
            "catalogue": catalogue,
            "filename": main.path.name,
            "mapping": mapping,
            "files": [file.declared() for file in files],
        },
    )
    addresses = {upload["role"]: upload["url"] for upload in created["uploads"]}
    out = words.console(stderr=True)
    bar = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*bar, console=out, disable=not out.is_terminal) as progress:
        for file in files:
            task = progress.add_task(words.plain(file.path.name), total=file.bytes)
            _upload(here, file, addresses[file.role], partial(_advance, progress, task))
            if not out.is_terminal:
                words.say(f"{file.path.name}: {file.bytes} bytes uploaded")
    import_id = created["import_id"]
    api.post(f"/api/imports/{import_id}/start")
    return _follow(api, here, import_id, seconds)


def _advance(progress: Progress, task: TaskID, sent: int) -> None:
    progress.update(task, completed=sent)


def save_rejects(here: Surroundings, status: dict[str, Any], target: Path) -> Path | None:
    """Download the report of rejected rows; None if there is nothing to report."""
    if not status.get("rejects_url"):
        return None
    try:
        with (
            httpx.Client(timeout=60, transport=here.transport) as client,
            client.stream("GET", status["rejects_url"]) as answer,
        ):
            if answer.status_code >= 400:
                raise CliError(f"the report of rejected rows answers {answer.status_code}", UNREACHABLE)
            with target.open("wb") as sink:
                for block in answer.iter_bytes():
                    sink.write(block)
    except httpx.TransportError as error:
        raise CliError(f"the report of rejected rows cannot be had ({type(error).__name__})", UNREACHABLE) from error
    return target


def _follow(api: Api, here: Surroundings, import_id: str, seconds: float) -> dict[str, Any]:
    started, said = here.clock(), ""
    out = words.console(stderr=True)
    with out.status("reading …") as spinner:
        while True:
            status: dict[str, Any] = api.get(f"/api/imports/{import_id}")
            line = (
                f"{status['status']}: {status['rows_read']} rows read, {status['accepted']} accepted, "
                f"{status['rejected']} rejected, {status['indexed']} indexed"
            )
            spinner.update(line)
            if line != said and not out.is_terminal:
                words.say(line)
            said = line
            if status["status"] in ("done", "failed"):
                return status
            if here.clock() - started > seconds:
                raise CliError(f"import {import_id} is still {line}", FAILED, mend="it goes on; watch with --timeout")
            here.sleep(POLL_SECONDS)


def _upload(here: Surroundings, file: LocalFile, url: str, told: Callable[[int], None]) -> None:
    # The address is signed: no token is sent along, and a client of its own makes sure of it.
    with httpx.Client(timeout=httpx.Timeout(300.0, connect=10.0), transport=here.transport) as client:
        for attempt in range(1, UPLOAD_TRIES + 1):
            try:
                headers = {"Content-Length": str(file.bytes)}  # S3 takes no chunked uploads
                answer = client.put(url, content=_blocks(file.path, told), headers=headers)
            except httpx.TransportError as error:
                if attempt == UPLOAD_TRIES:
                    raise CliError(f"{file.path.name} cannot be uploaded ({type(error).__name__})", UNREACHABLE) from error
            else:
                if answer.status_code < 400:
                    return
                if answer.status_code < 500 or attempt == UPLOAD_TRIES:
                    raise CliError(f"the storage refused {file.path.name}: {answer.status_code}", UNREACHABLE)
            here.sleep(attempt)


def _blocks(path: Path, told: Callable[[int], None]) -> Iterator[bytes]:
    sent = 0
    with path.open("rb") as source:
        while block := source.read(BLOCK):
            yield block
            sent += len(block)
            told(sent)


# --- trends ---------------------------------------------------------------------------------------------------------


def send_trends(api: Api, path: Path, mapping: str = "") -> dict[str, Any]:
    """A feed file in batches; what became of it: {accepted, changed, dropped: {reason: count}, unsorted, rejected: [{line, code, reason}]}.

    Streamed: memory stays at one batch and the rejections. Repeating a batch changes nothing, so a lost answer is asked for again.
    """
    counts: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    rejected: list[dict[str, Any]] = []
    for batch in _batches(_trend_rows(path, mapping, rejected)):
        body = {"trends": [row for _, row in batch]} | ({"mapping": mapping} if mapping else {})
        try:
            report = api.post("/api/trends", body, idempotency_key=str(uuid.uuid4()))
        except CliError as error:
            taken = f"{counts['accepted']} trends of the lines before {batch[0][0]} are in"
            raise CliError(
                error.message, error.code, mend=f"{taken}; send the file again: nothing is counted twice", problem=error.problem
            ) from error
        for name in ("accepted", "changed", "unsorted"):
            counts[name] += report.get(name, 0)
        dropped.update(report.get("dropped", {}))
        rejected += [
            {"line": batch[item["row"] - 1][0], "code": item.get("code", ""), "reason": item["reason"]} for item in report["rejected"]
        ]
    told = {name: counts[name] for name in ("accepted", "changed", "unsorted")}
    return told | {"dropped": dict(dropped.most_common()), "rejected": sorted(rejected, key=lambda item: item["line"])}


def _trend_rows(path: Path, mapping: str, rejected: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    read = 0
    sent = 0
    try:
        known = load_trend_mapping(mapping) if mapping else None
        encoding, delimiter = (known.encoding, known.delimiter) if known else ("utf-8", None)
        with path.open("rb") as source:
            for row in rows(source, path.name, encoding=encoding, delimiter=delimiter):
                if read == 0 and row.header is not None:
                    check_header(row.header, known)
                read += 1
                if isinstance(row.content, RowError):
                    rejected.append({"line": row.line, "code": row.content.code, "reason": row.content.reason})
                elif (size := len(_as_json(row.content))) > BATCH_BYTES:
                    reason = f"the row has {size:,} bytes, more than {BATCH_BYTES:,}"
                    rejected.append({"line": row.line, "code": "too_long", "reason": reason})
                else:
                    sent += 1
                    yield row.line, json.loads(_as_json(row.content))
    except OSError as error:
        raise CliError(f"{path} cannot be read: {error.strerror or error}", USAGE) from error
    except InvalidInputError as error:
        raise CliError(f"{path}: {error.message}", USAGE, mend=error.mend) from error
    if read == 0:
        raise CliError(f"{path} is empty", USAGE)
    if sent == 0:
        raise CliError(f"no row of {path} can be read; line {rejected[0]['line']}: {rejected[0]['reason']}", USAGE)


def _as_json(row: dict[str, Any]) -> bytes:
    # JSONL numbers were read exactly, as Decimal; heat needs no more than a float.
    return json.dumps(row, ensure_ascii=False, default=float).encode()


def _batches(rows: Iterator[tuple[int, dict[str, Any]]]) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    batch: list[tuple[int, dict[str, Any]]] = []
    size = 0
    for row in rows:
        weight = len(_as_json(row[1])) + 2
        if batch and (len(batch) >= BATCH_ROWS or size + weight > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += weight
    if batch:
        yield batch
