"""A worker's signs of life while it waits for a model: who is slow is not taken for dead."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from huichang.kernel.errors import TransientError


class Pulse:
    """Beats in a thread of its own for the length of a `with` block.

    It cannot outlive its process, and a function's timeout ends that: a beat says that the worker lives, not that it comes to an end.
    `wanted` is False once a beat was refused: somebody moved the task, and whatever comes of this work is not waited for.
    """

    def __init__(self, beat: Callable[[], bool], every_seconds: float) -> None:
        self._beat = beat
        self._every = every_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)
        self.wanted = True
        self.missed = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        # A beat that is on its way is over before the task is moved: the two would only be in each other's way.
        self._thread.join()

    def _run(self) -> None:
        while self.wanted and not self._ended.wait(self._every):
            try:
                self.wanted = self._beat()
            except TransientError:
                self.missed += 1  # the next one may come through; several are missed before anybody doubts
