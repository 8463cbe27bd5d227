"""`python -m infra.bench.fusion`: what fusion costs and what it keeps off a page. The last line of stdout is JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def main() -> None:
    """Measure (infra/bench/fusion_pages.py) and print."""
    sys.path.insert(0, str(REPOSITORY / "layers" / "shared"))
    from infra.bench.fusion_pages import figures

    print(json.dumps(figures(), ensure_ascii=False))


if __name__ == "__main__":
    main()
