"""The words of the embedded index: fields with lengths of their own, kept in step with the products."""

from __future__ import annotations

from pathlib import Path

import pytest

from huichang.adapters import index_sqlite_words
from huichang.adapters.index_sqlite import SqliteProductIndex
from huichang.kernel.language import Language
from huichang.selection.index import IndexedProduct
from huichang.selection.model import Eligibility, Hit
from tests.support.products import DIMENSION, make_items, make_product, unit_vector

EVERYTHING = Eligibility(enrolled=False, min_stock=0)
QUESTIONS: list[dict[Language, tuple[str, ...]]] = [
    {"en": ("panda",)},
    {"en": ("red dress", "dress")},
    {"zh": ("熊猫玩偶",)},
    {"zh": ("纯棉",), "en": ("cotton",)},
    {"en": ("mug",)},
]


def titled(number: int, title: str) -> IndexedProduct:
    bare = {"localized": {}, "category_path": (), "attributes": {}, "brand": None, "description": ""}
    return IndexedProduct(product=make_product(number, title=title, language="en", **bare), vector=unit_vector(number))


def asked(index: SqliteProductIndex, size: int = 30) -> list[list[Hit]]:
    return [index.search(question, EVERYTHING, size) for question in QUESTIONS]


def test_what_was_replaced_and_deleted_counts_in_no_field_any_more(tmp_path: Path) -> None:
    """Rarity and lengths come from every product of an index: a trace of an old text would move the scores of all others."""
    worn, fresh = (SqliteProductIndex(tmp_path / name, DIMENSION) for name in ("worn", "fresh"))
    worn.upsert(make_items(range(60)))
    worn.upsert([titled(number, f"a panda mug in red, number {number}, " * 3) for number in range(20)])
    worn.upsert(make_items(range(10)))
    assert worn.delete([f"p{number:05d}" for number in range(10, 20)]) == 10
    fresh.upsert(make_items([*range(10), *range(20, 60)]))
    assert asked(worn) == asked(fresh)
    assert any(asked(fresh))
    worn.reindex(lambda _: None)
    assert asked(worn) == asked(fresh)


def test_few_are_ranked_by_fields_and_they_are_the_best_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert([titled(number, f"lamp {'very ' * (number % 7)}long") for number in range(40)] + [titled(99, "lamp")])
    whole = index.search({"en": ("lamp",)}, EVERYTHING, 41)
    monkeypatch.setattr(index_sqlite_words, "RANKED", 10)
    few = index.search({"en": ("lamp",)}, EVERYTHING, 5)
    assert [hit.product_id for hit in few] == [hit.product_id for hit in whole[:5]]
    assert few[0].product_id == "p00099"


def test_equal_scores_come_in_the_order_of_the_ids(tmp_path: Path) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert([titled(number, "copper kettle") for number in (5, 3, 9, 1)])
    assert [hit.product_id for hit in index.search({"en": ("kettle",)}, EVERYTHING, 9)] == ["p00001", "p00003", "p00005", "p00009"]


def test_a_question_after_another_ranks_only_its_own_products(tmp_path: Path) -> None:
    index = SqliteProductIndex(tmp_path, DIMENSION)
    index.upsert([titled(1, "copper kettle"), titled(2, "copper lamp"), titled(3, "oak lamp")])
    for word, found in (("copper", ["p00002", "p00001"]), ("oak", ["p00003"]), ("zinc", []), ("lamp", ["p00002", "p00003"])):
        hits = index.search({"en": (word,)}, EVERYTHING, 9)
        assert sorted(hit.product_id for hit in hits) == sorted(found)
        assert all(hit.score > 0 for hit in hits)
