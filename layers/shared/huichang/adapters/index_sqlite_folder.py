"""Which physical index of a folder is in use: a pointer file, switched in one step.

    current            the name of the subfolder in use; without it the folder itself is the physical index
    v<schema>-<ms>/    a physical index that a reindex made (index_sqlite_store.py says what is in it)
    reindex.lock       held by the one process that makes another

Physical indexes never share a file, nor the name of one: SQLite would replay the write-ahead log of the old database into a new one
of the same name.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huichang.kernel.errors import PermanentError, TransientError

DATABASE = "index.db"
POINTER = "current"
_NAME = re.compile(r"v\d+-\d+")
_OWN_FILES = (f"{DATABASE}*", "vectors-*.f32")


def current_index(folder: Path) -> Path:
    """The physical index in use. Raises PermanentError where the pointer names none."""
    try:
        name = (folder / POINTER).read_text("utf-8").strip()
    except FileNotFoundError:
        return folder
    if not _NAME.fullmatch(name):
        raise PermanentError(
            f"{POINTER} names {name[:40]!r}, which is no index",
            where="product index",
            mend="write the name of the subfolder that holds the index into it",
        )
    return folder / name


def new_index(folder: Path, schema: int) -> Path:
    """A subfolder for the next physical index; nobody reads it before `switch`."""
    moment = time.time_ns() // 1_000_000
    while (made := folder / f"v{schema}-{moment}").exists():
        moment += 1
    made.mkdir()
    return made


def switch(folder: Path, index: Path) -> None:
    """Make this subfolder the one in use, for every process from its next question on; survives a power cut or never happened."""
    unfinished = folder / f"{POINTER}.new"
    with unfinished.open("w", encoding="utf-8") as stream:
        stream.write(index.name + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(folder / POINTER)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def tidy(folder: Path) -> None:
    """Delete every physical index but the one in use. What others still have open stays readable to them until they close it."""
    current = current_index(folder)
    for other in folder.iterdir():
        if other.is_dir() and _NAME.fullmatch(other.name) and other != current:
            shutil.rmtree(other, ignore_errors=True)  # what is left goes with the next reindex
    if current != folder:
        for pattern in _OWN_FILES:
            for file in folder.glob(pattern):
                file.unlink(missing_ok=True)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Raises TransientError while another process makes an index here. A killed process holds nothing."""
    with (folder / "reindex.lock").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TransientError("another reindex of this index is running", where="reindex", mend="wait for its end") from error
        yield
