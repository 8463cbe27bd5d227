"""`python -m infra.sample --out DIR`: write the sample catalogue and the sample trends."""

from __future__ import annotations

import argparse
import collections
import gzip
import json
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from infra.sample.generate import SEED, products
from infra.sample.trends import trends


def write(out: Path, seed: int = SEED, latest: date | None = None) -> collections.Counter[str]:
    """Write products.jsonl.gz and trends.jsonl into `out` (made if missing); return the products per industry.

    `latest`: the day on which the newest trend shall have been observed; None keeps the authored dates.
    """
    out.mkdir(parents=True, exist_ok=True)
    counts: collections.Counter[str] = collections.Counter()
    # mtime 0 and no file name in the header: the same seed gives the same bytes.
    with (out / "products.jsonl.gz").open("wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as stream:
        for record in products(seed):
            counts[record["industry"]] += 1
            stream.write((json.dumps(record, ensure_ascii=False) + "\n").encode())
    with (out / "trends.jsonl").open("w", encoding="utf-8", newline="\n") as lines:
        for trend in trends(latest):
            lines.write(json.dumps(trend, ensure_ascii=False) + "\n")
    return counts


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, write, tell what was written."""
    parser = argparse.ArgumentParser(prog="python -m infra.sample", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed gives another catalogue of the same shape")
    parser.add_argument(
        "--trends-until",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="move the trends so that the newest is of this day",
    )
    options = parser.parse_args(arguments)
    started = time.monotonic()
    counts = write(options.out, options.seed, options.trends_until)
    print(f"{sum(counts.values())} products, {len(counts)} industries, {time.monotonic() - started:.1f} s -> {options.out}")
    for code, count in counts.items():
        print(f"  {code:16}{count:6}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
