"""The public Chorus / Icecat set (github.com/querqy/chorus) in the formats of `huichang eval recall`.

    python -m infra.evaluation.chorus FOLDER OUT

FOLDER holds products.jsonl.gz and Broad_Query_Set_rated.csv; OUT gets products.jsonl.gz and judgments.csv. Nothing of the
set is kept in this repository. Product data: Icecat, Open Content License; ratings: Apache-2.0.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path
from typing import Any


def convert(folder: Path, out: Path) -> tuple[int, int]:
    """Write both files; return how many products and judgments."""
    out.mkdir(parents=True, exist_ok=True)
    products = judgments = 0
    with (
        gzip.open(folder / "products.jsonl.gz", "rt", encoding="utf-8") as source,
        gzip.open(out / "products.jsonl.gz", "wt", encoding="utf-8", compresslevel=5) as target,
    ):
        for line in source:
            target.write(json.dumps(product(json.loads(line)), ensure_ascii=False) + "\n")
            products += 1
    with (
        (folder / "Broad_Query_Set_rated.csv").open(encoding="utf-8", newline="") as rated,
        (out / "judgments.csv").open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(("query", "product_id", "grade"))
        for row in csv.DictReader(rated):
            writer.writerow((row["query"], row["docid"], row["rating"]))
            judgments += 1
    return products, judgments


def product(row: dict[str, Any]) -> dict[str, Any]:
    """One Icecat row: supplier is the brand, attr_* are attributes with their names made readable; it has no category."""
    attributes = {
        name.split("_", 2)[2].strip("_").replace("_", " "): value
        for name, value in row.items()
        if name.startswith(("attr_t_", "attr_n_", "attr_b_"))
    }
    return {
        "id": row["id"],
        "title": row["title"],
        "language": "en",
        "category_path": [],
        "brand": row["supplier"],
        "attributes": {name: ", ".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in attributes.items()},
        "description": row.get("short_description") or "",
        "price": row["price"] / 100,
        "currency": "USD",
    }


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    counts = convert(Path(sys.argv[1]), Path(sys.argv[2]))
    print(f"{counts[0]} products, {counts[1]} judgments")
