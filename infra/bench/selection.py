"""Recall and fusion at size: `python -m infra.bench.selection --products 20000 [--index opensearch]`. Its last line is one JSON object.

Made-up goods with seeded texts, measures and clustered unit vectors, so that the figures are about speed, memory and the accuracy of
approximate neighbours, never about relevance (that is `huichang eval recall`). Filling, reindexing and asking each have a process of
their own, so that what one needed is not counted for another; of each the peak of its own (anonymous) memory and of the mapped files is
told apart, because only the first adds up over processes. Prints p50/p95 milliseconds of each recall, of thresholds (a percentile
within a category) and shelves (the commonest categories), and on OpenSearch the share of true neighbours that k-NN finds against an
exact search of the same vectors. `--folder` keeps the embedded index there, and fills only an empty one.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from pathlib import Path as File
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from huichang.adapters.index import open_index
from huichang.catalog.product import Merchant, PriceTier, Product
from huichang.kernel.language import Language
from huichang.selection.index import IndexedProduct, ProductIndex, Reindexable
from huichang.selection.model import Condition, Eligibility, Hit, Path
from huichang.selection.policy import load_policy
from huichang.selection.recall import SIZE
from huichang.selection.rrf import fuse
from infra.bench.machine import Memory, machine, resident
from infra.evaluation.metrics import percentile
from infra.evaluation.recall import fresh_endpoint

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


def vectors(many: int, file: File, *, queries: int, seed: int = 2) -> tuple[Matrix, Matrix]:
    """`many` unit vectors around CLUSTERS centres of uneven size, mapped from the file, and unit query vectors from the same mixture."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((CLUSTERS, DIMENSION)).astype(np.float32)
    shares = rng.dirichlet(np.full(CLUSTERS, 0.5))

    def draw(found: Matrix) -> Matrix:
        for start in range(0, len(found), 10_000):
            size = min(10_000, len(found) - start)
            noise = rng.standard_normal((size, DIMENSION)).astype(np.float32)
            block = centres[rng.choice(CLUSTERS, size, p=shares)] + np.float32(0.7) * noise
            found[start : start + size] = block / np.linalg.norm(block, axis=1, keepdims=True)
        return found

    made: Matrix = np.lib.format.open_memmap(file, mode="w+", dtype=np.float32, shape=(many, DIMENSION))
    return draw(made), draw(np.empty((queries, DIMENSION), dtype=np.float32))


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
    """Milliseconds of each recall and of their fusion, of a threshold and of the shelves, one sample a query."""
    rng = random.Random(4)
    where = Eligibility(catalogue="bench")
    cheap = where.model_copy(update={"conditions": (Condition(indicator="price", op="<=", value=150),)})
    policy = load_policy()
    taken: dict[str, list[float]] = {name: [] for name in ("search", "vector", "rules", "fusion", "thresholds", "shelves")}

    for query in queries:
        look, noun = rng.randrange(len(_LOOKS)), rng.randrange(len(_NOUNS))
        words: dict[Language, tuple[str, ...]] = {
            "en": (f"{_LOOKS[look]} {_NOUNS[noun]}", _NOUNS[noun]),
            "zh": (_LOOKS_ZH[look] + _NOUNS_ZH[noun],),
        }
        category = where.model_copy(update={"leaf_categories": (_NOUNS[noun], _NOUNS_ZH[noun])})
        vector = query.tolist()
        moments = [time.perf_counter()]
        by_search = index.search(words, where, SIZE)
        moments.append(time.perf_counter())
        by_vector = index.nearest(vector, where, SIZE)
        moments.append(time.perf_counter())
        by_rules = index.filter(cheap, SIZE)
        moments.append(time.perf_counter())
        hits: dict[Path, list[Hit]] = {"search": by_search, "vector": by_vector, "rules": by_rules}
        fused = fuse(hits, policy.weights, policy.k, policy.near)
        moments.append(time.perf_counter())
        threshold = index.percentile("price", 30, category)
        moments.append(time.perf_counter())
        shelves = index.facet("leaf_category", where)
        moments.append(time.perf_counter())
        if not fused or threshold is None or not shelves:
            raise RuntimeError("nothing was found: this measures nothing")
        for name, start, end in zip(taken, moments, moments[1:], strict=False):
            taken[name].append(1000 * (end - start))
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


def _filling(endpoint: str, name: str, many: int, vectors_file: File) -> dict[str, Any]:
    with Memory() as memory:
        seconds = fill(open_index(endpoint, index=name, dimension=DIMENSION), many, np.load(vectors_file, mmap_mode="r"))
    return {"seconds": round(seconds, 1), **memory.peaks}


def _reindexing(endpoint: str, name: str) -> dict[str, Any]:
    start = time.perf_counter()
    with Memory() as memory:
        cast(Reindexable, open_index(endpoint, index=name, dimension=DIMENSION)).reindex(lambda _: None)
    return {"seconds": round(time.perf_counter() - start, 1), **memory.peaks}


def _asking(endpoint: str, name: str, asked: Matrix) -> tuple[dict[str, list[float]], dict[str, Any]]:
    before = resident()
    index = open_index(endpoint, index=name, dimension=DIMENSION)
    ask(index, asked[: max(1, len(asked) // 10)])  # warm
    taken = ask(index, asked)
    with Memory() as memory:  # looking on costs time: not while time is taken
        ask(index, asked[: max(1, len(asked) // 4)])
    return taken, {"before": before, **memory.peaks}


def run(kind: str, many: int, queries: int, endpoint: str, folder: File | None = None) -> dict[str, Any]:
    """All figures of one index at one size."""
    kept = folder is not None and (folder / "bench").exists()
    place: AbstractContextManager[tuple[str, str]] = (
        nullcontext((f"sqlite://{folder.absolute()}", "bench"))
        if folder
        else (
            fresh_endpoint(kind, endpoint)  # type: ignore[arg-type]
        )
    )
    with place as (where, name), tempfile.TemporaryDirectory() as scratch:
        file = File(scratch) / "vectors.npy"
        matrix, asked = vectors(many, file, queries=queries)
        figures: dict[str, Any] = {"index": kind, "products": many, "queries": queries}
        if not kept:
            figures["fill"] = _apart(_filling, where, name, many, file)
        if kind == "sqlite":
            figures["reindex"] = _apart(_reindexing, where, name)
        taken, figures["ask"] = _apart(_asking, where, name, asked)
        figures["vectors_mb"] = round(matrix.nbytes / 1e6)
        figures["paths"] = {path: {"p50_ms": _ms(ms, 0.5), "p95_ms": _ms(ms, 0.95)} for path, ms in taken.items()}
        if kind == "opensearch":
            index = open_index(where, index=name, dimension=DIMENSION)
            figures["knn_recall_at_100"] = round(neighbours_found(index, matrix, asked), 4)
            figures["knn_p95_over_bm25_p95"] = round(_ms(taken["vector"], 0.95) / _ms(taken["search"], 0.95), 2)
    return figures


def _apart(work: Callable[..., Any], *arguments: Any) -> Any:
    """Do it in a new process, which inherits no memory of this one."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(work, *arguments).result()


def _ms(values: list[float], share: float) -> float:
    return round(percentile(values, share), 2)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.selection", description=__doc__)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--index", choices=("sqlite", "opensearch"), default="sqlite")
    parser.add_argument("--endpoint", default="", help="a running OpenSearch node; without it one is started")
    parser.add_argument("--folder", type=File, help="where the embedded index is kept for another run")
    given = parser.parse_args(arguments)
    if given.folder and given.index != "sqlite":
        parser.error("--folder is for the embedded index")
    surroundings = machine()
    figures = run(given.index, given.products, given.queries, given.endpoint, given.folder)
    print(json.dumps({"benchmark": "selection", **figures, "machine": surroundings}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
