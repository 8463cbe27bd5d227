"""What a benchmark ran on: a figure without its machine says nothing."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self


def machine() -> dict[str, Any]:
    """{cores (that this process may use), model, memory_mb (None where it cannot be told), python, system, load_1m}."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cores": cores,
        "model": _model(),
        "memory_mb": _memory_mb(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        # Before the benchmark has done anything: what else the machine was busy with.
        "load_1m": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def cpu_name(lines: Iterable[str]) -> str:
    """The processor's name in /proc/cpuinfo's lines, "" where they have none."""
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip().lower() == "model name":
            return value.strip()
    return ""


def _model() -> str:
    info = Path("/proc/cpuinfo")
    named = cpu_name(info.read_text(encoding="utf-8").splitlines()) if info.is_file() else ""
    return named or platform.processor() or platform.machine()


def _memory_mb() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1_000_000
    except (ValueError, OSError, AttributeError):
        return None


class Memory:
    """Peak memory of this process within a block: its own (anonymous), and pages of mapped files, which the system shares and takes back.

    Only Linux tells them apart; elsewhere `peaks` is empty.
    """

    EVERY = 0.005  # seconds between two looks; a peak that comes and goes between them is missed

    def __init__(self) -> None:
        self.peaks: dict[str, int] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end.set()
        self._thread.join()
        self._look()

    def _look_on(self) -> None:
        while not self._end.wait(self.EVERY):
            self._look()

    def _look(self) -> None:
        for name, size in resident().items():
            self.peaks[name] = max(size, self.peaks.get(name, 0))


def resident() -> dict[str, int]:
    """{anonymous_mb, file_mb} of this process now."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.is_file() else []
    values = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines) if name in ("RssAnon", "RssFile")}
    return {"anonymous_mb": values["RssAnon"] // 1024, "file_mb": values["RssFile"] // 1024} if len(values) == 2 else {}
