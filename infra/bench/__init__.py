"""Benchmarks. Each prints lines for people on standard error and one JSON object, its last line, on standard output."""

import sys
from pathlib import Path

# So that `python -m infra.bench.<name>` finds the product without being installed.
_SHARED = str(Path(__file__).resolve().parents[2] / "layers" / "shared")
if _SHARED not in sys.path:
    sys.path.insert(0, _SHARED)
