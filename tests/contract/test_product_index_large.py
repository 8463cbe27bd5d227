"""The embedded index with twenty thousand products: written in batches, asked, offered to, emptied; against plain arithmetic."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from huichang.adapters.index import open_index
from huichang.catalog.product import Product
from huichang.selection.index import IndexedProduct, ProductIndex
from huichang.selection.model import Condition, Eligibility, Hit
from huichang.selection.offers import Offer

MANY, BATCH, DIMENSION, QUERIES = 20_000, 2_000, 32, 12
SHELVES = ("mugs", "tents", "socks", "lamps")
EVERYTHING = Eligibility(enrolled=False, min_stock=0)
Matrix = npt.NDArray[np.float32]


def product(number: int) -> Product:
    return Product.model_validate(
        {
            "id": f"p{number:05d}",
            "catalogue": "large",
            "language": "en",
            "title": f"article {number} shade {20_000 + number // 100}",
            "category_path": (SHELVES[number % len(SHELVES)],),
            "currency": "USD",
            "tiers": ({"min_quantity": 1, "price": 1 + number % 500},),
            "stock": number % 10,
            "merchant": {"id": f"m{number % 7}"},
        }
    )


@pytest.fixture(scope="module")
def vectors() -> Matrix:
    made = np.random.default_rng(7).standard_normal((MANY, DIMENSION)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, vectors: Matrix) -> ProductIndex:
    """Everything written, batch after batch. Tests run in the order they stand here: the last ones change it."""
    index = open_index(f"sqlite://{tmp_path_factory.mktemp('large')}", index="large", dimension=DIMENSION)
    for first in range(0, MANY, BATCH):
        numbers = range(first, first + BATCH)
        rows = vectors[first : first + BATCH].tolist()
        report = index.upsert([IndexedProduct(product=product(number), vector=row) for number, row in zip(numbers, rows, strict=True)])
        assert (report.written, report.failed) == (BATCH, {})
    return index


def numbers(hits: list[Hit]) -> list[int]:
    return [int(hit.product_id[1:]) for hit in hits]


def test_nearest_with_a_filter_is_what_arithmetic_says(index: ProductIndex, vectors: Matrix) -> None:
    where = Eligibility(leaf_categories=("tents",), min_stock=5, conditions=(Condition(indicator="price", op="<=", value=200.0),))
    every = np.arange(MANY)
    eligible = every[(every % len(SHELVES) == 1) & (every % 10 >= 5) & (1 + every % 500 <= 200)]
    assert index.count(where) == len(eligible)
    for query in np.random.default_rng(8).standard_normal((QUERIES, DIMENSION)).astype(np.float32):
        scores = vectors[eligible] @ (query / np.linalg.norm(query))
        hits = index.nearest(query.tolist(), where, 50)
        assert numbers(hits) == eligible[np.argsort(-scores)[:50]].tolist()
        assert [hit.score for hit in hits] == pytest.approx(sorted(scores.tolist(), reverse=True)[:50], abs=1e-5)
        whole = vectors @ (query / np.linalg.norm(query))
        assert numbers(index.nearest(query.tolist(), EVERYTHING, 100)) == np.argsort(-whole)[:100].tolist()


def test_words_find_the_one_product_and_all_of_its_shade(index: ProductIndex) -> None:
    assert numbers(index.search({"en": ("12345",)}, EVERYTHING, 5)) == [12345]
    assert set(numbers(index.search({"en": ("shade 20123",)}, EVERYTHING, 100))) == set(range(12_300, 12_400))
    assert index.search({"en": ("article",)}, EVERYTHING.model_copy(update={"leaf_categories": ("boats",)}), 5) == []


def test_the_same_products_again_change_nothing(index: ProductIndex, vectors: Matrix) -> None:
    again = [IndexedProduct(product=product(number), vector=vectors[number].tolist()) for number in range(BATCH)]
    assert index.upsert(again).failed == {}
    assert index.count(EVERYTHING) == MANY
    assert numbers(index.nearest(vectors[77].tolist(), EVERYTHING, 1)) == [77]


def test_offers_for_a_tenth_and_the_removal_of_half(index: ProductIndex, vectors: Matrix) -> None:
    offered = [f"p{number:05d}" for number in range(0, MANY, 10)]
    report = index.update([Offer(product_id=name, at="2026-09-01T08:00:00Z", stock=77) for name in offered])
    assert len(report.updated) == len(offered)
    plenty = EVERYTHING.model_copy(update={"min_stock": 77})
    assert index.count(plenty) == len(offered)
    assert set(numbers(index.nearest(vectors[3].tolist(), plenty, 100))) <= set(range(0, MANY, 10))
    assert index.delete([f"p{number:05d}" for number in range(MANY // 2)]) == MANY // 2
    left = np.arange(MANY // 2, MANY)
    scores = vectors[left] @ vectors[3]
    assert numbers(index.nearest(vectors[3].tolist(), EVERYTHING, 100)) == left[np.argsort(-scores)[:100]].tolist()
    assert index.search({"en": ("345",)}, EVERYTHING, 5) == []
    assert numbers(index.search({"en": ("12345",)}, EVERYTHING, 5)) == [12345]
    assert (index.count(EVERYTHING), index.count(plenty)) == (MANY // 2, len(offered) // 2)
