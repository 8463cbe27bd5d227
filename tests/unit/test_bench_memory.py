"""Memory of a benchmark: a process's own, apart from mapped files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from infra.bench.machine import Memory, resident

pytestmark = pytest.mark.skipif(not resident(), reason="only Linux tells them apart")
MEGABYTE = 1 << 20


def test_what_a_process_allocates_is_its_own_and_a_peak_is_remembered() -> None:
    before = resident()
    with Memory() as memory:
        block = np.ones(64 * MEGABYTE, dtype=np.uint8)
        memory._look()
        del block
    assert memory.peaks["anonymous_mb"] >= before["anonymous_mb"] + 60


def test_what_is_mapped_is_not(tmp_path: Path) -> None:
    file = tmp_path / "mapped"
    file.write_bytes(bytes(64 * MEGABYTE))
    with Memory() as memory:
        before = resident()
        mapped = np.memmap(file, dtype=np.uint8, mode="r")
        assert int(mapped[::4096].sum()) == 0
        memory._look()
    assert memory.peaks["file_mb"] >= before["file_mb"] + 60
    assert memory.peaks["anonymous_mb"] <= before["anonymous_mb"] + 10
