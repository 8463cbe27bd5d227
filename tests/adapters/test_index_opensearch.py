"""What the OpenSearch adapter does with refusals, versions, aliases and AWS endpoints; a real node is `live`."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from opensearchpy import OpenSearch, Urllib3HttpConnection
from opensearchpy import exceptions as vendor

from huichang.adapters import index_opensearch, index_opensearch_schema, index_opensearch_writes
from huichang.adapters.index import open_index
from huichang.adapters.index_opensearch import OpenSearchProductIndex
from huichang.adapters.index_opensearch_schema import MAPPING_VERSION, cosine, index_definition
from huichang.adapters.index_sqlite import SqliteProductIndex
from huichang.catalog.indicators import INDICATORS
from huichang.kernel.errors import InvalidInputError, PermanentError, TransientError
from huichang.selection.index import IndexedProduct
from huichang.selection.model import Eligibility
from tests.support.products import DIMENSION, make_items, make_product, unit_vector

pytest_plugins = ("tests.support.search_node",)

EVERYTHING = Eligibility(enrolled=False, min_stock=0)
GOOD_INFO = {"version": {"distribution": "opensearch", "number": "2.19.1"}}
GOOD_MAPPING = {
    f"products-v{MAPPING_VERSION}": {
        "mappings": {
            "_meta": {"mapping_version": MAPPING_VERSION},
            "properties": {"vector": {"dimension": DIMENSION, "method": {"engine": "lucene"}}},
        }
    }
}


class Scripted(Urllib3HttpConnection):
    """A connection that answers from a script, below the client: what the vendor raises is what the vendor raises."""

    answers: dict[tuple[str, str], Any] = {}
    asked: list[tuple[str, str, str]] = []

    def perform_request(
        self, method: str, url: str, params: Any = None, body: Any = None, *_: Any, **__: Any
    ) -> tuple[int, dict[str, str], str]:
        self.asked.append((method, url, body.decode() if isinstance(body, bytes) else body or ""))
        answer = self.answers.get((method, url), self.answers.get(("*", "*")))
        if isinstance(answer, Exception):
            raise answer
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        text = json.dumps(content)
        if status >= 300 and not (method == "HEAD" and status == 404):
            self._raise_error(status, text, "application/json")
        if status == 404:
            raise vendor.NotFoundError(404, "", {})
        return status, {"content-type": "application/json"}, text


@pytest.fixture
def scripted() -> Iterator[type[Scripted]]:
    Scripted.asked = []
    Scripted.answers = {
        ("GET", "/"): GOOD_INFO,
        ("HEAD", "/products"): {},
        ("GET", "/products/_mapping"): GOOD_MAPPING,
        ("POST", "/products/_refresh"): {},
    }
    yield Scripted
    Scripted.answers = {}


def opened(**options: Any) -> OpenSearchProductIndex:
    client = OpenSearch(hosts=["http://search.test:9200"], connection_class=Scripted, max_retries=0)
    return OpenSearchProductIndex(client, index="products", dimension=DIMENSION, **options)


def test_nothing_is_asked_before_the_first_use(scripted: type[Scripted]) -> None:
    opened()
    open_index("http://search.test:9200", index="products", dimension=DIMENSION)
    assert scripted.asked == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (vendor.ConnectionError("N/A", "refused", OSError("refused")), TransientError),
        (vendor.ConnectionTimeout("TIMEOUT", "slow", OSError("slow")), TransientError),
        ((429, {"error": {"type": "rejected_execution_exception"}, "status": 429}), TransientError),
        ((503, {"error": {"type": "no_shard_available"}, "status": 503}), TransientError),
        ((500, {"error": {"type": "boom"}, "status": 500}), TransientError),
        ((400, {"error": {"type": "parsing_exception"}, "status": 400}), PermanentError),
        ((401, {"error": {"type": "security_exception"}, "status": 401}), PermanentError),
        ((403, {"error": {"type": "security_exception"}, "status": 403}), PermanentError),
        ((404, {"error": {"type": "index_not_found_exception"}, "status": 404}), PermanentError),
    ],
)
def test_vendor_errors_become_ours(scripted: type[Scripted], answer: Any, error: type[Exception]) -> None:
    scripted.answers["POST", "/products/_count"] = answer
    with pytest.raises(error) as caught:
        opened().count(EVERYTHING)
    assert type(caught.value) is error


def test_an_answer_of_some_shards_is_no_answer(scripted: type[Scripted]) -> None:
    scripted.answers["POST", "/products/_search"] = {"timed_out": True, "_shards": {"failed": 0}, "hits": {"hits": []}}
    with pytest.raises(TransientError, match="some of its shards"):
        opened().filter(EVERYTHING, 5)


def test_partial_failures_of_a_bulk_are_reported_by_product(scripted: type[Scripted]) -> None:
    refused = {"type": "rejected_execution_exception", "reason": "queue is full"}
    scripted.answers["POST", "/products/_bulk"] = {
        "errors": True,
        "items": [
            {"index": {"_id": "p00000", "status": 201}},
            {"index": {"_id": "p00001", "status": 429, "error": refused}},
            {"index": {"_id": "p00002", "status": 200}},
        ],
    }
    report = opened().upsert(make_items(range(3)))
    assert report.written == 2
    assert report.failed == {"p00001": "429 rejected_execution_exception: queue is full"}
    assert scripted.asked[-1][:2] == ("POST", "/products/_refresh")


def test_refresh_can_be_left_to_the_server(scripted: type[Scripted]) -> None:
    scripted.answers["POST", "/products/_bulk"] = {"items": [{"index": {"_id": "p00000", "status": 201}}]}
    opened(refresh=False).upsert(make_items(range(1)))
    assert not any(url.endswith("_refresh") for _, url, _ in scripted.asked)


def test_bulks_stay_small(scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_opensearch_writes, "BULK_BYTES", 10_000)
    scripted.answers["POST", "/products/_bulk"] = {"items": []}
    opened().upsert(make_items(range(20)))
    bulks = [body for _, url, body in scripted.asked if url.endswith("_bulk")]
    assert len(bulks) > 3
    assert all(len(body.encode()) <= 10_000 for body in bulks)
    sent = [json.loads(line)["index"]["_id"] for body in bulks for line in body.splitlines()[::2]]
    assert sent == [f"p{number:05d}" for number in range(20)]


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ({"distribution": "opensearch", "number": "2.19.0"}, True),
        ({"distribution": "opensearch", "number": "3.1.0"}, True),
        ({"distribution": "opensearch", "number": "2.17.0"}, False),
        ({"number": "8.15.0"}, False),
    ],
)
def test_only_servers_whose_scores_we_know(scripted: type[Scripted], version: dict[str, str], fits: bool) -> None:
    scripted.answers["GET", "/"] = {"version": version}
    scripted.answers["POST", "/products/_count"] = {"count": 7}
    if fits:
        assert opened().count(EVERYTHING) == 7
    else:
        with pytest.raises(PermanentError, match="search server is"):
            opened().count(EVERYTHING)


def test_an_index_of_another_dimension_is_refused(scripted: type[Scripted]) -> None:
    client = OpenSearch(hosts=["http://search.test:9200"], connection_class=Scripted, max_retries=0)
    with pytest.raises(PermanentError, match=f"vectors of {DIMENSION} numbers"):
        OpenSearchProductIndex(client, index="products", dimension=384).count(EVERYTHING)


def test_two_processes_may_create_the_index_at_once(scripted: type[Scripted]) -> None:
    scripted.answers["HEAD", "/products"] = (404, {})
    scripted.answers["PUT", f"/products-v{MAPPING_VERSION}"] = (
        400,
        {"error": {"type": "resource_already_exists_exception"}, "status": 400},
    )
    scripted.answers["POST", "/products/_count"] = {"count": 1}
    assert opened().count(EVERYTHING) == 1
    created = next(body for method, url, body in scripted.asked if (method, url) == ("PUT", f"/products-v{MAPPING_VERSION}"))
    assert json.loads(created)["aliases"] == {"products": {}}


def test_the_definition_holds_every_indicator() -> None:
    properties = index_definition(384, "lucene")["mappings"]["properties"]
    assert set(properties["measures"]["properties"]) == {item.code for item in INDICATORS.values() if item.type != "text"}
    assert properties["vector"]["dimension"] == 384
    assert properties["vector"]["method"]["space_type"] == "cosinesimil"
    faiss = index_definition(384, "faiss", serverless=True)
    assert faiss["mappings"]["properties"]["vector"]["method"]["space_type"] == "innerproduct"
    assert faiss["settings"]["index"] == {"knn": True}


@pytest.mark.parametrize("value", [-1.0, -0.3, 0.0, 0.4, 1.0])
def test_scores_are_turned_back_into_cosines(value: float) -> None:
    assert cosine((1 + value) / 2, "lucene") == pytest.approx(value)
    inner_product = 1 + value if value >= 0 else 1 / (1 - value)
    assert cosine(inner_product, "faiss") == pytest.approx(value)


@pytest.mark.parametrize(
    ("endpoint", "service"),
    [
        ("https://search-products-abc123.eu-west-1.es.amazonaws.com", "es"),
        ("https://abc123.us-east-1.aoss.amazonaws.com", "aoss"),
    ],
)
def test_aws_endpoints_are_signed(monkeypatch: pytest.MonkeyPatch, endpoint: str, service: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    client = index_opensearch_schema.connect(endpoint)
    headers = client.transport.get_connection().http_auth("GET", f"{endpoint}/", b"")
    region = endpoint.split(".")[1]
    assert f"/{region}/{service}/aws4_request" in headers["Authorization"]


def test_other_endpoints_are_not_signed() -> None:
    assert index_opensearch_schema.connect("http://search.test:9200").transport.get_connection().http_auth is None


def test_serverless_is_neither_refreshed_nor_asked_for_its_version() -> None:
    index = OpenSearchProductIndex("https://abc.us-east-1.aoss.amazonaws.com", index="products", dimension=DIMENSION)
    assert (index._engine, index._refresh, index._serverless) == ("faiss", False, True)


def test_endpoints(tmp_path: Any) -> None:
    assert isinstance(open_index(f"sqlite://{tmp_path}", index="products", dimension=8), SqliteProductIndex)
    assert isinstance(open_index("https://x.test", index="products", dimension=8), OpenSearchProductIndex)
    for wrong in ("", "sqlite://host/x", "sqlite://", "postgres://x", "/some/folder", "http://"):
        with pytest.raises(InvalidInputError):
            open_index(wrong, index="products", dimension=8)


# --- on a real node --------------------------------------------------------------------------------------------------


@pytest.fixture
def on_node(search_node_url: str) -> Iterator[OpenSearchProductIndex]:
    name = f"adapter-{uuid.uuid4().hex}"
    index = OpenSearchProductIndex(search_node_url, index=name, dimension=DIMENSION)
    yield index
    index._client().indices.delete(index=f"{name}-v{MAPPING_VERSION}", ignore_unavailable=True)


@pytest.mark.live
def test_the_alias_points_to_a_versioned_index(on_node: OpenSearchProductIndex) -> None:
    assert on_node.count(EVERYTHING) == 0
    aliases = on_node._client().indices.get_alias(name=on_node._alias)
    assert list(aliases) == [f"{on_node._alias}-v{MAPPING_VERSION}"]


@pytest.mark.live
@pytest.mark.parametrize("window", [10, 60])
def test_percentiles_are_exact_past_the_window_too(on_node: OpenSearchProductIndex, monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    """With a window smaller than the catalogue the values are looked for around the server's estimate."""
    on_node.upsert(make_items(range(300)))
    values = [float(make_product(number).price.amount) for number in range(300)]
    monkeypatch.setattr(index_opensearch, "MAX_HITS", window)
    for p in (0, 3, 30, 50, 77.7, 99, 100):
        expected = float(np.percentile(values, p))
        found = on_node.percentile("price", p, EVERYTHING)
        assert found == pytest.approx(expected, rel=1e-9), p


@pytest.mark.live
def test_filter_reads_past_one_page(on_node: OpenSearchProductIndex) -> None:
    vector = unit_vector(1)
    on_node.upsert(
        [
            IndexedProduct(product=make_product(1, id=f"x{number:05d}", rating=None if number % 2 else 4.0), vector=vector)
            for number in range(5_200)
        ]
    )
    found = [hit.product_id for hit in on_node.filter(EVERYTHING, 6_000, sort_by="rating")]
    assert found == [f"x{number:05d}" for number in (*range(0, 5_200, 2), *range(1, 5_200, 2))]
