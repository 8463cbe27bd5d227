"""Recall and fusion at size: `python -m infra.bench.selection --products 20000 [--index opensearch]`. Its last line is one JSON object.

Made-up goods with seeded texts, measures and clustered unit vectors, so that the figures are about speed, memory and the accuracy of
approximate neighbours, never about relevance (that is `huichang eval recall`). Prints per recall p50/p95 milliseconds, peak memory of
filling and of asking, and on OpenSearch the share of true neighbours that k-NN finds against an exact search of the same vectors.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from huichang.catalog.product import Merchant, PriceTier, Product
from huichang.kernel.language import Language
from huichang.selection.index import IndexedProduct, ProductIndex
from huichang.selection.model import Condition, Eligibility, Hit, Path
from huichang.selection.policy import load_policy
from huichang.selection.recall import SIZE
from huichang.selection.rrf import fuse_ranks
from infra.bench.machine import machine
from infra.evaluation.metrics import percentile
from infra.evaluation.recall import fresh_index

DIMENSION = 384
BATCH = 1000
CLUSTERS = 200
Matrix = npt.NDArray[np.float32]

_NOUNS = ["lamp", "mug", "tent", "blouse", "cable", "speaker", "kettle", "notebook", "pillow", "backpack", "knife", "brush"]
_NOUNS_ZH = ["台灯", "马克杯", "帐篷", "衬衫", "数据线", "音箱", "水壶", "笔记本", "抱枕", "背包", "刀具", "刷子"]
_LOOKS = ["red", "blue", "vintage", "folding", "mini", "wireless", "cotton", "steel", "bamboo", "kids", "outdoor", "office"]
_LOOKS_ZH = ["红色", "蓝色", "复古", "折叠", "迷你", "无线", "纯棉", "不锈钢", "竹制", "儿童", "户外", "办公"]


def goods(many: int, seed: int = 1) -> Iterator[Product]:
    """`many` products, half zh, half en; the same for the same seed."""
    rng = random.Random(seed)
    for number in range(many):
        noun, looks = rng.randrange(len(_NOUNS)), rng.sample(range(len(_LOOKS)), 3)
        zh = number % 2 == 0
        words = [(_LOOKS_ZH if zh else _LOOKS)[look] for look in looks]
        name = (_NOUNS_ZH if zh else _NOUNS)[noun]
        yield Product(
            id=f"b{number:07d}",
            catalogue="bench",
            language="zh" if zh else "en",
            title=("" if zh else " ").join((*words[:2], name)) + f" {rng.randrange(50, 2000)}ml X{number % 977}",
            category_path=("goods", name),
            brand=f"Brand{rng.randrange(500)}",
            attributes={"材质" if zh else "material": words[2], "型号" if zh else "model": f"M{rng.randrange(5000)}"},
            description=" ".join((name, *words, f"series {rng.randrange(2000)}")),
            currency="CNY",
            tiers=(PriceTier(min_quantity=1, price=Decimal(rng.randint(100, 50_000)) / 100),),
            stock=rng.choice((0, 10, 500)),
            sales_30d=rng.randrange(5000),
            rating=round(rng.uniform(3.5, 5), 1),
            merchant=Merchant(id=f"m{rng.randrange(2000)}"),
        )


def vectors(many: int, seed: int = 2, *, queries: int = 0) -> tuple[Matrix, Matrix]:
    """`many` unit vectors around CLUSTERS centres of uneven size, and unit query vectors from the same mixture."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((CLUSTERS, DIMENSION)).astype(np.float32)
    shares = rng.dirichlet(np.full(CLUSTERS, 0.5))

    def draw(count: int) -> Matrix:
        found = np.empty((count, DIMENSION), dtype=np.float32)
        for start in range(0, count, 10_000):
            size = min(10_000, count - start)
            noise = rng.standard_normal((size, DIMENSION)).astype(np.float32)
            block = centres[rng.choice(CLUSTERS, size, p=shares)] + np.float32(0.7) * noise
            found[start : start + size] = block / np.linalg.norm(block, axis=1, keepdims=True)
        return found

    return draw(many), draw(queries)


def fill(index: ProductIndex, many: int, matrix: Matrix) -> float:
    """Write everything; return the seconds."""
    start = time.perf_counter()
    batch: list[IndexedProduct] = []
    for number, product in enumerate(goods(many)):
        batch.append(IndexedProduct(product=product, vector=tuple(matrix[number].tolist())))
        if len(batch) == BATCH or number == many - 1:
            report = index.upsert(batch)
            if report.failed:
                raise RuntimeError(f"not indexed: {report.failed}")
            batch = []
            if (number + 1) % 20_000 == 0:
                print(f"{number + 1:,} products in {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return time.perf_counter() - start


def ask(index: ProductIndex, queries: Matrix) -> dict[str, list[float]]:
    """Milliseconds of each recall and of their fusion, one sample a query."""
    rng = random.Random(4)
    where = Eligibility(catalogue="bench")
    cheap = where.model_copy(update={"conditions": (Condition(indicator="price", op="<=", value=150),)})
    policy = load_policy()
    taken: dict[str, list[float]] = {"search": [], "vector": [], "rules": [], "fusion": []}

    for query in queries:
        look, noun = rng.randrange(len(_LOOKS)), rng.randrange(len(_NOUNS))
        words: dict[Language, tuple[str, ...]] = {
            "en": (f"{_LOOKS[look]} {_NOUNS[noun]}", _NOUNS[noun]),
            "zh": (_LOOKS_ZH[look] + _NOUNS_ZH[noun],),
        }
        vector = query.tolist()
        moments = [time.perf_counter()]
        by_search = index.search(words, where, SIZE)
        moments.append(time.perf_counter())
        by_vector = index.nearest(vector, where, SIZE)
        moments.append(time.perf_counter())
        by_rules = index.filter(cheap, SIZE)
        moments.append(time.perf_counter())
        hits: dict[Path, list[Hit]] = {"search": by_search, "vector": by_vector, "rules": by_rules}
        ranks = {path: [hit.product_id for hit in found] for path, found in hits.items()}
        fused = fuse_ranks(ranks, policy.weights, policy.k)
        moments.append(time.perf_counter())
        if not fused:
            raise RuntimeError("nothing was recalled: this measures nothing")
        for path, start, end in zip(taken, moments, moments[1:], strict=False):
            taken[path].append(1000 * (end - start))
    return taken


def neighbours_found(index: ProductIndex, matrix: Matrix, queries: Matrix, depth: int = 100) -> float:
    """recall@depth of `nearest` against the exact search of the same vectors; products without stock are eligible too."""
    everything = Eligibility(enrolled=False, min_stock=0)
    shares = []
    for query in queries:
        exact = {f"b{number:07d}" for number in np.argsort(-(matrix @ query))[:depth]}
        found = {hit.product_id for hit in index.nearest(query.tolist(), everything, depth)}
        shares.append(len(exact & found) / depth)
    return float(np.mean(shares))


def run(kind: str, many: int, queries: int, endpoint: str) -> dict[str, Any]:
    """All figures of one index at one size."""
    matrix, asked = vectors(many, queries=queries)
    with fresh_index(kind, endpoint) as index:  # type: ignore[arg-type]
        seconds = fill(index, many, matrix)
        filled = _peak()
        ask(index, asked[: max(1, queries // 10)])  # warm
        taken = ask(index, asked)
        figures: dict[str, Any] = {
            "index": kind,
            "products": many,
            "queries": queries,
            "fill_seconds": round(seconds, 1),
            "fill_peak_mb": filled,
            "peak_mb": _peak(),
            "vectors_mb": round(matrix.nbytes / 1e6),
            "paths": {path: {"p50_ms": _ms(ms, 0.5), "p95_ms": _ms(ms, 0.95)} for path, ms in taken.items()},
        }
        if kind == "opensearch":
            figures["knn_recall_at_100"] = round(neighbours_found(index, matrix, asked), 4)
            figures["knn_p95_over_bm25_p95"] = round(_ms(taken["vector"], 0.95) / _ms(taken["search"], 0.95), 2)
    return figures


def _ms(values: list[float], share: float) -> float:
    return round(percentile(values, share), 2)


def _peak() -> int:
    """Peak resident memory of this process so far, MB (the generated matrix of `vectors_mb` included)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(arguments: list[str] | None = None) -> int:
    """Measure, print one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.selection", description=__doc__)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--index", choices=("sqlite", "opensearch"), default="sqlite")
    parser.add_argument("--endpoint", default="", help="a running OpenSearch node; without it one is started")
    given = parser.parse_args(arguments)
    surroundings = machine()
    figures = run(given.index, given.products, given.queries, given.endpoint)
    print(json.dumps({"benchmark": "selection", **figures, "machine": surroundings}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
