"""The embedded index and a real OpenSearch node, side by side on the same products (marked live)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from huichang.adapters.index_opensearch import OpenSearchProductIndex
from huichang.adapters.index_opensearch_schema import MAPPING_VERSION
from huichang.adapters.index_sqlite import SqliteProductIndex
from huichang.kernel.language import Language
from huichang.selection.model import Condition, Eligibility
from tests.support.products import DIMENSION, make_items, unit_vector

pytest_plugins = ("tests.support.search_node",)
pytestmark = pytest.mark.live

MANY = 500
LEAST_OVERLAP_OF_TOP_10 = 0.65  # measured 0.75: the products of one kind differ in little but their number
LEAST_RECALL_AT_20 = 0.99  # measured 1.0

QUERIES: list[dict[Language, tuple[str, ...]]] = [
    {"zh": ("熊猫玩偶",)},
    {"zh": ("红色连衣裙",)},
    {"en": ("cute panda",)},
    {"en": ("red dress", "blouse")},
    {"zh": ("保温杯", "茶")},
    {"en": ("stainless steel",)},
    {"zh": ("猫",)},
    {"zh": ("USB数据线",)},
    {"en": ("gift for cats",)},
    {"zh": ("纯棉",), "en": ("cotton dresses",)},
    {"zh": ("国风", "竹纤维")},
    {"zh": ("露营", "帐篷"), "en": ("camping", "outdoor")},
]
Both = tuple[SqliteProductIndex, OpenSearchProductIndex]


@pytest.fixture(scope="module")
def both(search_node_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    name = f"agreement-{uuid.uuid4().hex}"
    embedded = SqliteProductIndex(tmp_path_factory.mktemp("agreement"), DIMENSION)
    node = OpenSearchProductIndex(search_node_url, index=name, dimension=DIMENSION)
    items = make_items(range(MANY))
    assert embedded.upsert(items) == node.upsert(items)
    yield embedded, node
    node._client().indices.delete(index=f"{name}-v{MAPPING_VERSION}")


def test_words_match_the_same_products(both: Both) -> None:
    for query in QUERIES:
        found = [{hit.product_id for hit in index.search(query, Eligibility(), MANY)} for index in both]
        assert found[0] == found[1], query
        assert found[0], query


def test_words_rank_much_the_same(both: Both) -> None:
    overlaps = []
    for query in QUERIES:
        tops = [{hit.product_id for hit in index.search(query, Eligibility(), 10)} for index in both]
        overlaps.append(len(tops[0] & tops[1]) / len(tops[0]))
    assert sum(overlaps) / len(overlaps) >= LEAST_OVERLAP_OF_TOP_10


@pytest.mark.parametrize(
    "where",
    [
        Eligibility(),
        Eligibility(conditions=(Condition(indicator="price", op="<=", value=100),)),
        Eligibility(industries=("toys", "electronics"), catalogue="sample"),
    ],
)
def test_approximate_neighbours_are_the_true_ones(both: Both, where: Eligibility) -> None:
    recalls = []
    for number in range(1_000, 1_040):
        exact, near = ({hit.product_id for hit in index.nearest(unit_vector(number), where, 20)} for index in both)
        recalls.append(len(exact & near) / len(exact))
    assert sum(recalls) / len(recalls) >= LEAST_RECALL_AT_20


def test_measures_agree_exactly(both: Both) -> None:
    embedded, node = both
    for where in (Eligibility(), Eligibility(conditions=(Condition(indicator="rating", op=">=", value=4.5),))):
        assert embedded.filter(where, MANY, "sales_growth_7d") == node.filter(where, MANY, "sales_growth_7d")
        assert embedded.count(where) == node.count(where)
        for field in ("leaf_category", "brand", "industry"):
            assert embedded.facet(field, where) == node.facet(field, where)
        for p in (0, 17, 30, 80, 100):
            assert embedded.percentile("price", p, where) == pytest.approx(node.percentile("price", p, where), rel=1e-9)
