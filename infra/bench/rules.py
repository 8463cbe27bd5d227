"""`python -m infra.bench.rules`: the rules benchmark on the sample catalogue. Its last line is one JSON object, the machine included.

Briefs of infra/bench/data: briefs_dev.jsonl, written while the grammar was; briefs_heldout.jsonl, written blind and never looked
at while tuning, where it is there. Exit code 1 where a held-out F1 below 0.92 or an invented code says that something broke.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from infra.bench.machine import machine

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = Path(__file__).parent / "data"
HELD_OUT_F1 = 0.92


def figures(products: Path, briefs: Sequence[Path]) -> dict[str, Any]:
    """{file stem: figures without the list of what went wrong}."""
    from infra.evaluation.rules import run

    return {path.stem: {name: value for name, value in run(products, path).items() if name != "wrong"} for path in briefs}


def sample_products(folder: Path) -> Path:
    """The sample catalogue, written into the folder."""
    from infra.sample.__main__ import write

    write(folder)
    return folder / "products.jsonl.gz"


def passed(found: dict[str, Any]) -> bool:
    """Whether nothing was invented and the held-out half, where it is there, is read well enough."""
    held_out = found.get("briefs_heldout")
    return all(one["invented"] == 0 for one in found.values()) and (held_out is None or held_out["f1"] >= HELD_OUT_F1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print one JSON object, tell by the exit code whether the figures hold."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.rules", description=__doc__)
    parser.add_argument("--products", type=Path, help="products of your own instead of the sample catalogue")
    parser.add_argument("--briefs", type=Path, action="append", help="briefs of your own instead of infra/bench/data")
    options = parser.parse_args(arguments)
    surroundings = machine()
    with tempfile.TemporaryDirectory() as folder:
        products = options.products or sample_products(Path(folder))
        found = figures(products, options.briefs or sorted(DATA.glob("briefs_*.jsonl")))
    print(json.dumps({"benchmark": "rules", "passed": passed(found), "files": found, "machine": surroundings}, ensure_ascii=False))
    return 0 if passed(found) else 1


if __name__ == "__main__":
    sys.exit(main())
