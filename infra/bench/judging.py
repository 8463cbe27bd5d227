"""`python -m infra.bench.judging`: write data/sample_judgments.csv from data/sample_queries.yaml and the sample catalogue.

The rules look at categories, attributes and titles, never at a ranking, so that no recall can have helped to write them.
Run it again when the sample or a rule changes; tests/unit/test_bench_recall.py says when.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).with_name("data")
QUERIES = DATA / "sample_queries.yaml"
JUDGMENTS = DATA / "sample_judgments.csv"


def holds(rule: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a product record (infra/sample) meets everything that the rule asks for."""
    for name, wanted in rule.items():
        if name == "grade":
            continue
        if name == "category":
            if record["category_path"][-1] not in wanted:
                return False
            continue
        text = record["title"] if name == "title" else record["attributes"].get(name, "")
        if not any(word in text for word in wanted):
            return False
    return True


def judge(queries: Iterable[Mapping[str, Any]], records: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Query to {product id: grade}. Raises ValueError for a rule that no product meets: it judges nothing."""
    judged: dict[str, dict[str, int]] = {}
    for entry in queries:
        grades: dict[str, int] = {}
        for rule in entry["rules"]:
            found = [record["id"] for record in records if holds(rule, record)]
            if not found:
                raise ValueError(f"{QUERIES.name}: {entry['query']}: no product meets {rule}")
            for product_id in found:
                grades[product_id] = max(rule["grade"], grades.get(product_id, 0))
        judged[entry["query"]] = grades
    return judged


def text() -> str:
    """What the file should hold for the sample as it is."""
    from infra.sample.generate import products

    queries = yaml.safe_load(QUERIES.read_text(encoding="utf-8"))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("query", "product_id", "grade"))
    for query, grades in judge(queries, list(products())).items():
        for product_id, grade in sorted(grades.items(), key=lambda pair: (-pair[1], pair[0])):
            writer.writerow((query, product_id, grade))
    return out.getvalue()


def main() -> int:
    """Write the file."""
    JUDGMENTS.write_text(text(), encoding="utf-8", newline="\n")
    print(f"{JUDGMENTS}: {len(JUDGMENTS.read_text(encoding='utf-8').splitlines()) - 1} judgments")
    return 0


if __name__ == "__main__":
    sys.exit(main())
