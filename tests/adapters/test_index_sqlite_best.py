"""The best few of the embedded index are those of a full sort, however few are eligible and wherever they lie."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from huichang.adapters import index_sqlite
from huichang.adapters.index_sqlite import SqliteProductIndex
from huichang.catalog.product import Product
from huichang.selection.index import IndexedProduct
from huichang.selection.model import Condition, Eligibility
from tests.support.products import DIMENSION, make_product, unit_vector

MANY = 500
TWINS = 150  # so many different vectors: equal cosines are everywhere
EVERYTHING = Eligibility(enrolled=False, min_stock=0)


def product(number: int) -> Product:
    """Every seventh's sales are not known, the others' are few different numbers."""
    return make_product(number, sales_30d=None if number % 7 == 0 else number % 40)


PRODUCTS = [product(number) for number in range(MANY)]
RARE = tuple(f"p{number:05d}" for number in (3, 77, 200, 201, 499))

# What is eligible, in the index's words and in Python's.
WAYS: dict[str, tuple[Eligibility, Callable[[Product], bool]]] = {
    "all": (EVERYTHING, lambda _: True),
    "two thirds": (
        Eligibility(catalogue="sample", min_stock=1),
        lambda p: p.catalogue == "sample" and (p.stock is None or p.stock >= 1),
    ),
    "a category": (
        EVERYTHING.model_copy(update={"leaf_categories": ("猫砂",)}),
        lambda p: p.industry == "pet",
    ),
    "most categories": (
        EVERYTHING.model_copy(update={"conditions": (Condition(indicator="category", op="in", value=("玩具", "女装", "数码", "户外")),)}),
        lambda p: p.industry in ("toys", "womenswear", "electronics", "sports_outdoor"),
    ),
    "few by price": (
        EVERYTHING.model_copy(update={"conditions": (Condition(indicator="price", op="<=", value=8),)}),
        lambda p: p.price.amount <= 8,
    ),
    "a few ids": (EVERYTHING.model_copy(update={"product_ids": RARE}), lambda p: p.id in RARE),
    "most ids": (
        EVERYTHING.model_copy(update={"product_ids": tuple(p.id for p in PRODUCTS[60:])}),
        lambda p: p.id >= "p00060",
    ),
    "all but some ids": (EVERYTHING.model_copy(update={"exclude_ids": RARE}), lambda p: p.id not in RARE),
    "none": (EVERYTHING.model_copy(update={"industries": ("nothing",)}), lambda _: False),
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SqliteProductIndex:
    made = SqliteProductIndex(tmp_path_factory.mktemp("best"), DIMENSION)
    made.upsert([IndexedProduct(product=each, vector=unit_vector(number % TWINS)) for number, each in enumerate(PRODUCTS)])
    gone = [make_product(number) for number in range(MANY, MANY + 60)]  # their vectors stay in the file for a while
    made.upsert([IndexedProduct(product=each, vector=unit_vector(number)) for number, each in enumerate(gone)])
    made.delete([each.id for each in gone])
    return made


@pytest.fixture(params=[(4, 1_000, 32, 4_096), (2, 5, 3, 7), (1, 1, 1_000, 1)], ids=["as it is", "short looks", "long walks"])
def looks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many of the best are looked at: as in production (all, here), and so few that it must look again or list."""
    for name, value in zip(("_LOOK_AT", "_LOOK_AT_LEAST", "_WALK", "_GATHERED"), request.param, strict=True):
        monkeypatch.setattr(index_sqlite, name, value)


@pytest.mark.usefixtures("looks")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [1, 12, 90])
def test_nearest_and_best_sellers_are_those_of_a_full_sort(index: SqliteProductIndex, way: str, size: int) -> None:
    where, eligible = WAYS[way]
    rows = [number for number, each in enumerate(PRODUCTS) if eligible(each)]
    assert (way == "none") is not bool(rows)
    query = unit_vector(8 + 10 * size)  # among the cat litter
    cosines = np.asarray([unit_vector(number % TWINS) for number in range(MANY)], dtype=np.float32) @ np.asarray(query, dtype=np.float32)
    hits = index.nearest(query, where, size)
    expected = sorted(rows, key=lambda row: (-round(float(cosines[row]), 5), row))[:size]
    assert [hit.product_id for hit in hits] == [f"p{row:05d}" for row in expected]
    assert [hit.score for hit in hits] == pytest.approx([float(cosines[row]) for row in expected], abs=1e-5)

    best = sorted(rows, key=lambda row: (PRODUCTS[row].sales_30d is None, -(PRODUCTS[row].sales_30d or 0), row))[:size]
    assert [(hit.product_id, hit.score) for hit in index.filter(where, size)] == [
        (f"p{row:05d}", float(PRODUCTS[row].sales_30d or 0)) for row in best
    ]


def test_best_sellers_of_no_size_are_none(index: SqliteProductIndex) -> None:
    assert index.filter(EVERYTHING, 0) == []
