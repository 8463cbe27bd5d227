"""How well the two text recalls and their fusion find what people judged relevant: production adapters, text and fusion."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from huichang.adapters.index import open_index
from huichang.catalog.product import Product
from huichang.kernel.ids import content_hash
from huichang.selection.feedback import with_feedback
from huichang.selection.index import IndexedProduct, ProductIndex
from huichang.selection.model import Eligibility, Hit
from huichang.selection.model import Path as RecallPath
from huichang.selection.policy import load_policy
from huichang.selection.queries import query_words
from huichang.selection.recall import SIZE
from huichang.selection.rrf import fuse
from infra.evaluation.embeddings import CachedEmbedder, Matrix
from infra.evaluation.metrics import judged_only, ndcg, percentile, recall, reciprocal_rank
from infra.local.models.embeddings import DIMENSION
from infra.opensearch.node import SearchNode

Kind = Literal["sqlite", "opensearch"]
Judged = Mapping[str, Mapping[str, float]]
PATHS = ("search", "vector", "fused")
EVERYTHING = Eligibility(enrolled=False, min_stock=0)
BATCH = 1000


class Embeddings(Protocol):
    """What an evaluation needs of an embedding model."""

    def passages(self, texts: Sequence[str]) -> Matrix:
        """One row of DIMENSION float32 numbers of unit length for each product text, in their order."""
        ...

    def fresh_query(self, text: str) -> tuple[float, ...]:
        """The unit vector of one question, computed each time, so that its cost is measured."""
        ...


@dataclass(frozen=True)
class Answers:
    """Product ids of each path for each query, best first, and the milliseconds they took, one a query."""

    rankings: Mapping[str, Mapping[str, list[str]]]
    millis: Mapping[str, list[float]]

    def figures(self, judged: Judged) -> dict[str, dict[str, float]]:
        """The figures of each path over these queries."""
        return {path: figures({query: found[query] for query in judged}, judged) for path, found in self.rankings.items()}

    def times(self, name: str) -> dict[str, float]:
        """p50_ms and p95_ms of a path, or of the embedding of the query."""
        return _times(self.millis[name])


def evaluate(products: Sequence[Product], judged: Judged, index: ProductIndex, embedder: Embeddings) -> dict[str, Any]:
    """Index the products, ask every query, and return the figures of each path (README: `huichang eval recall`).

    Queries without a relevant product say nothing about order and are left out of the means; `skipped` counts them.
    """
    fill(index, products, embedder)
    asked = {query: grades for query, grades in judged.items() if any(grade > 0 for grade in grades.values())}
    answers = ask(index, embedder, list(asked))
    return {
        "products": len(products),
        "queries": len(asked),
        "skipped": len(judged) - len(asked),
        "judgments": sum(len(grades) for grades in judged.values()),
        "paths": {path: {**found, **answers.times(path)} for path, found in answers.figures(asked).items()},
        "halves": [answers.figures(half) for half in halves(asked)],
        "embedding": answers.times("embedding"),
    }


def ask(index: ProductIndex, embedder: Embeddings, queries: Sequence[str]) -> Answers:
    """Every query on every path, as the line asks: the same words, the same feedback, the same fusion."""
    policy = load_policy()
    rankings: dict[str, dict[str, list[str]]] = {path: {} for path in PATHS}
    millis: dict[str, list[float]] = {path: [] for path in (*PATHS, "embedding")}
    for query in queries:
        start = time.perf_counter()
        vector = embedder.fresh_query(query)
        embedded = time.perf_counter()
        words = query_words(query)
        by_search = index.search(words, EVERYTHING, SIZE)
        searched = time.perf_counter()
        by_vector = index.nearest(with_feedback(index, vector, words, EVERYTHING), EVERYTHING, SIZE)
        found = time.perf_counter()
        recalls: dict[RecallPath, list[Hit]] = {"search": by_search, "vector": by_vector}
        rankings["fused"][query] = [product_id for product_id, _ in fuse(recalls, policy.weights, policy.k, policy.near)]
        end = time.perf_counter()
        for path, hits in recalls.items():
            rankings[path][query] = [hit.product_id for hit in hits]
        for name, seconds in (
            ("embedding", embedded - start),
            ("search", searched - embedded),
            ("vector", found - searched),
            ("fused", end - embedded),
        ):
            millis[name].append(1000 * seconds)
    return Answers(rankings=rankings, millis=millis)


def figures(rankings: Mapping[str, Sequence[str]], judged: Judged) -> dict[str, float]:
    """Means over the queries, four digits."""
    measures: dict[str, Callable[[Sequence[str], Mapping[str, float]], float]] = {
        "ndcg_at_10_all": ndcg,
        "ndcg_at_10_judged": lambda ranking, grades: ndcg(judged_only(ranking, grades), grades),
        "recall_at_10": lambda ranking, grades: recall(ranking, grades, 10),
        "recall_at_100": lambda ranking, grades: recall(ranking, grades, 100),
        "mrr": reciprocal_rank,
    }
    many = max(1, len(rankings))
    return {name: round(sum(measure(rankings[q], judged[q]) for q in rankings) / many, 4) for name, measure in measures.items()}


def fill(index: ProductIndex, products: Sequence[Product], embedder: Embeddings) -> None:
    """Embed (from the cache where it can) and index every product."""
    vectors = embedder.passages([product.embedding_text() for product in products])
    for start in range(0, len(products), BATCH):
        pairs = zip(products[start : start + BATCH], vectors[start : start + BATCH].tolist(), strict=True)
        report = index.upsert([IndexedProduct(product=product, vector=tuple(vector)) for product, vector in pairs])
        if report.failed:
            raise RuntimeError(f"the index refused {json.dumps(report.failed, ensure_ascii=False)[:500]}")


@contextmanager
def fresh_index(kind: Kind, endpoint: str = "") -> Iterator[ProductIndex]:
    """An empty index that is gone afterwards. `opensearch`: at `endpoint`, else $OPENSEARCH_TEST_URL, else a node of our own."""
    with fresh_endpoint(kind, endpoint) as (where, name):
        index = open_index(where, index=name, dimension=DIMENSION)
        yield index
        if kind == "sqlite":
            index.close()  # type: ignore[attr-defined]


@contextmanager
def fresh_endpoint(kind: Kind, endpoint: str = "") -> Iterator[tuple[str, str]]:
    """(endpoint, name) of `fresh_index`, for processes that open it each for itself."""
    name = f"evaluation-{uuid.uuid4().hex[:12]}"
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="huichang-eval-") as folder:
            yield f"sqlite://{folder}", name
        return
    given = endpoint or os.environ.get("OPENSEARCH_TEST_URL", "")
    if not given:
        print("starting an OpenSearch node …", file=sys.stderr, flush=True)
        with SearchNode() as node:
            yield node.url, name
        return
    from opensearchpy import OpenSearch

    try:
        yield given, name
    finally:
        client = OpenSearch(hosts=[given])
        for physical in client.indices.get_alias(name=name, ignore=[404]):
            if physical.startswith(name):
                client.indices.delete(index=physical)


def halves(judged: Judged) -> tuple[Judged, Judged]:
    """Two halves of the queries by their hash: tune on the first, look at the second once."""
    split: tuple[dict[str, Mapping[str, float]], dict[str, Mapping[str, float]]] = ({}, {})
    for query, grades in judged.items():
        split[int(content_hash(query), 16) % 2][query] = grades
    return split


def run(products: Path, judgments: Path, *, kind: Kind, endpoint: str = "", cache: Path) -> dict[str, Any]:
    """`huichang eval recall`. Raises BadFileError for files that cannot be read, NodeError where no node starts."""
    from infra.evaluation.files import read_judgments, read_products

    goods, judged = read_products(products), read_judgments(judgments)
    embedder = CachedEmbedder(cache)
    try:
        with fresh_index(kind, endpoint) as index:
            return {"index": kind, **evaluate(goods, judged, index, embedder)}
    finally:
        embedder.close()


def _times(millis: Sequence[float]) -> dict[str, float]:
    return {"p50_ms": round(percentile(millis, 0.5), 2), "p95_ms": round(percentile(millis, 0.95), 2)} if millis else {}
