"""What a benchmark ran on: a figure without its machine says nothing."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any


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
