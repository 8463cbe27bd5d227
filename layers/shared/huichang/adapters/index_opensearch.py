"""The production product index: OpenSearch 2.19 or later with k-NN, through opensearch-py.

Readers and writers use an alias (`products`); the documents live in a versioned index behind it (`products-v1`), made
from opensearch_mapping.json at the first use where it is missing. Texts are analysed twice, as stemmed English words
and as pairs of Chinese characters; measures and text fields of the mapping are added from the indicator catalogue and
SEARCH_FIELDS, so that they cannot drift from them.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth, Urllib3HttpConnection
from opensearchpy import exceptions as vendor

from huichang.adapters.index_conditions import (
    MAX_HITS,
    Clause,
    EnrolledClause,
    FieldClause,
    FlagClause,
    NotIdsClause,
    NumberClause,
    NumberInClause,
    StockClause,
    TermClause,
    clauses,
    facet_field,
    hit_limit,
    numeric_indicator,
    percentile_rank,
    unit_length,
    wanted_terms,
)
from huichang.adapters.index_text import SEARCH_FIELDS, Unit, filter_terms, query_words, search_texts
from huichang.catalog.indicators import INDICATORS
from huichang.catalog.product import Product
from huichang.kernel.errors import InvalidInputError, PermanentError, TransientError
from huichang.kernel.language import Language
from huichang.selection.index import Facet, IndexedProduct, UpsertReport
from huichang.selection.model import Eligibility, Hit
from huichang.selection.values import TextIndicator

Engine = Literal["lucene", "faiss"]
Query = dict[str, Any]

MAPPING_VERSION = 1
OLDEST = (2, 19)
BULK_BYTES = 5_000_000
BULK_ITEMS = 500
MAX_TERMS = 60_000
"""Values of one terms query; index.max_terms_count is 65,536."""
TIMEOUT_SECONDS = 20

# FTS5 weighs a field before BM25 saturates, Lucene after. These are FIELD_WEIGHTS after saturation (w / (w + k1) with
# k1 = 1.2, relative to the last), so that both adapters rank alike.
_BOOSTS = {"title": 1.96, "category": 1.83, "brand": 1.69, "attributes": 1.57, "description": 1.0}
_TIE_BREAKER = 0.3
_OPERATORS = {"<=": "lte", ">=": "gte", "<": "lt", ">": "gt"}


class OpenSearchProductIndex:
    """`ProductIndex` on OpenSearch. Calls nothing until the first use.

    `refresh` makes a following read see a write; OpenSearch Serverless does not know it. `engine` lucene serves domains
    and local nodes, faiss (inner product of unit vectors) what demands it. Raises TransientError for lost connections,
    time-outs, 429 and 5xx, PermanentError for other refusals, InvalidInputError for what the caller asked wrongly.
    """

    def __init__(
        self,
        endpoint: str | OpenSearch,
        *,
        index: str,
        dimension: int,
        engine: Engine | None = None,
        refresh: bool | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._serverless = isinstance(endpoint, str) and (urlsplit(endpoint).hostname or "").endswith(_SERVERLESS)
        self._alias = index
        self._dimension = dimension
        self._engine: Engine = engine or ("faiss" if self._serverless else "lucene")
        self._refresh = not self._serverless if refresh is None else refresh
        self._lock = threading.Lock()
        self._opened: OpenSearch | None = None

    # --- writing ----------------------------------------------------------------------------------------------------

    def upsert(self, items: Sequence[IndexedProduct]) -> UpsertReport:
        """Insert or replace in bulks; of several items with one id the last counts."""
        failed: dict[str, str] = {}
        ready: dict[str, str] = {}
        for item in items:
            product = item.product
            failed.pop(product.id, None)
            ready.pop(product.id, None)
            try:
                ready[product.id] = _index_lines(item, self._dimension)
            except InvalidInputError as error:
                failed[product.id] = error.message
        for results in self._bulk(ready.values()):
            for result in results:
                if result["index"]["status"] >= 300:
                    failed[result["index"]["_id"]] = _reason(result["index"])
        return UpsertReport(written=len(ready) - len(ready.keys() & failed.keys()), failed=failed)

    def delete(self, product_ids: Sequence[str]) -> int:
        """Remove; return how many existed. Raises TransientError where a removal was refused: send them again."""
        lines = [json.dumps({"delete": {"_id": product_id}}) + "\n" for product_id in dict.fromkeys(product_ids)]
        removed = 0
        for results in self._bulk(lines):
            for result in results:
                if result["delete"]["status"] not in (200, 404):
                    raise TransientError(f"not deleted: {_reason(result['delete'])}", where="product index")
                removed += result["delete"]["result"] == "deleted"
        return removed

    def _bulk(self, lines: Any) -> Iterator[list[dict[str, Any]]]:
        """Send the lines in bulks; yield each bulk's results. Refreshes at the end."""
        sent = False
        for body in _packed(lines):
            with _vendor_errors():
                yield self._client().bulk(body=body, index=self._alias)["items"]
            sent = True
        if sent and self._refresh:
            with _vendor_errors():
                self._client().indices.refresh(index=self._alias)

    # --- reading ----------------------------------------------------------------------------------------------------

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        """The products that exist, by id, in the order asked."""
        found: dict[str, Product] = {}
        for ids in _pages(dict.fromkeys(product_ids), 500):
            with _vendor_errors():
                answer = self._client().mget(body={"ids": ids}, index=self._alias, _source_includes=["body"])
            for document in answer["docs"]:
                if document.get("found"):
                    found[document["_id"]] = Product.model_validate_json(document["_source"]["body"])
        return found

    def known_vectors(self, embedding_hashes: Sequence[str]) -> dict[str, tuple[float, ...]]:
        """Vectors stored for these embedding hashes."""
        found: dict[str, tuple[float, ...]] = {}
        for hashes in _pages(dict.fromkeys(embedding_hashes), 500):
            answer = self._search(
                {
                    "size": len(hashes),
                    "query": {"bool": {"filter": [{"terms": {"embedding_hash": hashes}}]}},
                    "collapse": {"field": "embedding_hash"},  # products may share a text
                    "_source": ["embedding_hash", "vector"],
                }
            )
            for hit in answer["hits"]["hits"]:
                found[hit["_source"]["embedding_hash"]] = tuple(hit["_source"]["vector"])
        return found

    def search(self, words: dict[Language, tuple[str, ...]], where: Eligibility, size: int) -> list[Hit]:
        """BM25; a word of several parts matches where all its parts occur. Scores compare within one answer only."""
        eligible = _eligible(where)
        alternatives = [_word_query(units) for units in query_words(words)]
        if hit_limit(size) == 0 or not alternatives:
            return []
        query = {"bool": eligible["bool"] | {"should": alternatives, "minimum_should_match": 1}}
        answer = self._search({"size": size, "query": query, "sort": _BEST_FIRST, "_source": False})
        return _hits([(hit["_id"], hit["_score"]) for hit in answer["hits"]["hits"]])

    def nearest(self, vector: Sequence[float], where: Eligibility, size: int) -> list[Hit]:
        """Approximate k-NN (HNSW) with the eligibility applied while the graph is walked."""
        query: Query = {"vector": unit_length(vector, self._dimension), "filter": _eligible(where)}
        if hit_limit(size) == 0:
            return []
        # k is also how widely Lucene walks the graph: asking for more than is wanted buys recall.
        query["k"] = min(MAX_HITS, max(4 * size, 400))
        answer = self._search({"size": size, "query": {"knn": {"vector": query}}, "sort": _BEST_FIRST, "_source": False})
        return _hits([(hit["_id"], cosine(hit["_score"], self._engine)) for hit in answer["hits"]["hits"]])

    def filter(self, where: Eligibility, size: int, sort_by: str = "sales_30d") -> list[Hit]:
        """Eligible products; the score is the indicator's value, 0 where it is not known."""
        query = _eligible(where)
        measure = f"measures.{numeric_indicator(sort_by, 'sort_by')}"
        if size < 0:
            raise InvalidInputError(f"size {size} is negative", where="size")
        body: Query = {
            "query": query,
            "sort": [{measure: {"order": "desc", "missing": "_last"}}, {"id": "asc"}],
            "_source": False,
        }
        found: list[tuple[str, float]] = []
        while len(found) < size:
            page = self._search(body | {"size": min(size - len(found), 5_000)})["hits"]["hits"]
            if not page:
                break
            values = [float(hit["sort"][0]) for hit in page]
            found += [(hit["_id"], value if math.isfinite(value) else 0.0) for hit, value in zip(page, values, strict=True)]
            body["search_after"] = page[-1]["sort"]
        return _hits(found)

    def percentile(self, indicator: str, p: float, where: Eligibility) -> float | None:
        """Exact percentile with linear interpolation (as exact as doubles), found by rank.

        OpenSearch's own percentiles are estimates (t-digest). Here the estimate only says where to look; the two values
        of the rank are then read in order. Only where the estimate is off by more than MAX_HITS ranks (millions of
        products) is it returned as it is.
        """
        measure, share = f"measures.{numeric_indicator(indicator, 'percentile')}", percentile_rank(p)
        known: Query = {"bool": {"filter": [_eligible(where), {"exists": {"field": measure}}]}}
        estimates = {
            "known": {"value_count": {"field": measure}},
            "guess": {"percentiles": {"field": measure, "percents": [p], "keyed": False}},
        }
        found = self._search({"size": 0, "query": known, "aggs": estimates})["aggregations"]
        many = int(found["known"]["value"])
        if many == 0:
            return None
        rank = share * (many - 1)
        lower = math.floor(rank)
        if many <= MAX_HITS:
            values = self._sorted_values(known, measure, start=lower)
        else:
            guess = float(found["guess"]["values"][0]["value"])
            values = self._values_near(known, measure, guess, lower)
            if not values:
                return guess
        upper = values[1] if len(values) > 1 else values[0]
        return values[0] + (upper - values[0]) * (rank - lower)

    def _values_near(self, known: Query, measure: str, guess: float, lower: int) -> list[float]:
        """The values at ranks `lower` and `lower + 1`, looked for around the guess; empty where it is too far off."""
        below: Query = {"bool": {"filter": [known, {"range": {measure: {"lt": guess}}}]}}
        above: Query = {"bool": {"filter": [known, {"range": {measure: {"gte": guess}}}]}}
        offset = lower - self._count(below)
        if offset > MAX_HITS - 2 or -offset > MAX_HITS - 2:
            return []
        if offset >= 0:
            return self._sorted_values(above, measure, start=offset)
        if offset == -1:
            first = self._sorted_values(below, measure, start=0, descending=True)[:1]
            return first + self._sorted_values(above, measure, start=0)[:1]
        return self._sorted_values(below, measure, start=-offset - 2, descending=True)[::-1]

    def _sorted_values(self, query: Query, measure: str, *, start: int, descending: bool = False) -> list[float]:
        order = "desc" if descending else "asc"
        body = {"from": start, "size": 2, "query": query, "sort": [{measure: order}], "_source": False}
        return [float(hit["sort"][0]) for hit in self._search(body)["hits"]["hits"]]

    def facet(self, field: str, where: Eligibility, size: int = 100) -> list[Facet]:
        """Commonest values; equal counts in order of the value. A missing value is no value. Exact on one shard."""
        terms = {"field": facet_field(field), "order": [{"_count": "desc"}, {"_key": "asc"}]}
        query = _eligible(where)
        if hit_limit(size) == 0:
            return []
        answer = self._search({"size": 0, "query": query, "aggs": {"values": {"terms": terms | {"size": size}}}})
        buckets = answer["aggregations"]["values"]["buckets"]
        return [Facet(value=bucket["key"], count=bucket["doc_count"]) for bucket in buckets]

    def known_values(self, indicator: TextIndicator, terms: Sequence[str], where: Eligibility) -> dict[str, int]:
        """How many eligible products have each term. Exact on one shard."""
        wanted = wanted_terms(indicator, terms)
        found: dict[str, int] = {}
        for batch in _pages(tuple(wanted), MAX_TERMS):
            values = {"field": f"terms.{indicator}", "include": list(batch), "size": len(batch)}
            answer = self._search({"size": 0, "query": _eligible(where), "aggs": {"values": {"terms": values}}})
            for bucket in answer["aggregations"]["values"]["buckets"]:
                found |= dict.fromkeys(wanted[bucket["key"]], int(bucket["doc_count"]))
        return found

    def count(self, where: Eligibility) -> int:
        """How many products are eligible."""
        return self._count(_eligible(where))

    def _count(self, query: Query) -> int:
        with _vendor_errors():
            return int(self._client().count(body={"query": query}, index=self._alias)["count"])

    def _search(self, body: Query) -> dict[str, Any]:
        with _vendor_errors():
            answer: dict[str, Any] = self._client().search(body=body, index=self._alias)
        if answer["timed_out"] or answer["_shards"]["failed"]:
            raise TransientError("OpenSearch answered for some of its shards only", where="product index")
        return answer

    # --- opening ----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the connections. The next call opens again."""
        with self._lock:
            client, self._opened = self._opened, None
        if client is not None and isinstance(self._endpoint, str):
            client.close()

    def _client(self) -> OpenSearch:
        """The client, after making sure once that the server and the index are what we need."""
        with self._lock:
            if self._opened is None:
                client = _connect(self._endpoint) if isinstance(self._endpoint, str) else self._endpoint
                with _vendor_errors():
                    self._ensure(client)
                self._opened = client
            return self._opened

    def _ensure(self, client: OpenSearch) -> None:
        if not self._serverless:
            _check_version(client.info()["version"])
        if not client.indices.exists(index=self._alias):
            try:
                client.indices.create(
                    index=f"{self._alias}-v{MAPPING_VERSION}",
                    body=index_definition(self._dimension, self._engine, serverless=self._serverless) | {"aliases": {self._alias: {}}},
                )
            except vendor.RequestError as error:
                if error.error != "resource_already_exists_exception":  # another process was faster
                    raise
        for name, definition in client.indices.get_mapping(index=self._alias).items():
            vector = definition["mappings"]["properties"].get("vector", {})
            if vector.get("dimension") != self._dimension or vector.get("method", {}).get("engine") != self._engine:
                raise PermanentError(
                    f"index {name} holds vectors of {vector.get('dimension')} numbers in "
                    f"{vector.get('method', {}).get('engine')}, not {self._dimension} in {self._engine}",
                    where="product index",
                    mend="import into another index, then point the alias to it",
                )


_SERVERLESS = ".aoss.amazonaws.com"
_DOMAIN = ".es.amazonaws.com"
_BEST_FIRST: list[dict[str, str]] = [{"_score": "desc"}, {"id": "asc"}]


def _connect(endpoint: str) -> OpenSearch:
    """A client; signed with the process's own AWS credentials where the endpoint is one of AWS."""
    host = urlsplit(endpoint).hostname or ""
    options: dict[str, Any] = {}
    service = "aoss" if host.endswith(_SERVERLESS) else "es" if host.endswith(_DOMAIN) else ""
    if service:
        import boto3

        region = host.removesuffix(_SERVERLESS).removesuffix(_DOMAIN).rpartition(".")[2]
        options["http_auth"] = Urllib3AWSV4SignerAuth(boto3.Session().get_credentials(), region, service)
    return OpenSearch(
        hosts=[endpoint],
        connection_class=Urllib3HttpConnection,
        timeout=TIMEOUT_SECONDS,
        max_retries=2,
        http_compress=bool(service),
        **options,
    )


def _check_version(version: Mapping[str, Any]) -> None:
    number = str(version.get("number", ""))
    parts = tuple(int(part) for part in number.split(".")[:2] if part.isdigit())
    if version.get("distribution") != "opensearch" or parts < OLDEST:
        raise PermanentError(
            f"the search server is {version.get('distribution', 'not OpenSearch')} {number}",
            where="product index",
            mend="OpenSearch 2.19 or later is needed: earlier ones score cosine similarity otherwise",
        )


def index_definition(dimension: int, engine: Engine, *, serverless: bool = False) -> dict[str, Any]:
    """Settings and mappings of the physical index, complete."""
    definition: dict[str, Any] = json.loads(Path(__file__).with_name("opensearch_mapping.json").read_text("utf-8"))
    properties = definition["mappings"]["properties"]
    properties["text"]["properties"] = {
        field: {
            "type": "text",
            "index": False,
            "fields": {
                "en": {"type": "text", "analyzer": "english_words"},
                "zh": {"type": "text", "analyzer": "chinese_pairs"},
            },
        }
        for field in SEARCH_FIELDS
    }
    properties["measures"]["properties"] = {
        item.code: {"type": "boolean" if item.type == "boolean" else "double"} for item in INDICATORS.values() if item.type != "text"
    }
    properties["vector"] = {
        "type": "knn_vector",
        "dimension": dimension,
        "method": {
            "name": "hnsw",
            "engine": engine,
            "space_type": "cosinesimil" if engine == "lucene" else "innerproduct",
            # Twice the default links and effort. With `k` of `nearest`, recall@100 of 5,000 random vectors of 384
            # numbers is 1.00; defaults gave 0.95.
            "parameters": {"m": 32, "ef_construction": 256},
        },
    }
    if serverless:  # which places shards by itself and refuses to be told
        definition["settings"]["index"] = {"knn": True}
    return definition


def cosine(score: float, engine: Engine) -> float:
    """The cosine behind an OpenSearch k-NN score of unit vectors (2.19 and later)."""
    if engine == "lucene":  # cosinesimil: (1 + cos) / 2
        return 2 * score - 1
    return score - 1 if score > 1 else 1 - 1 / score  # innerproduct: ip + 1 where positive, 1 / (1 - ip) where not


def _index_lines(item: IndexedProduct, dimension: int) -> str:
    product = item.product
    measures = {code: value for code, value in product.indicators().items() if value is not None and math.isfinite(value)}
    document = {
        "id": product.id,
        "catalogue": product.catalogue,
        "language": product.language,
        "currency": product.currency,
        "industry": product.industry,
        "leaf_category": product.leaf_category or None,
        "brand": product.brand or None,
        "enrolled": product.enrolled,
        "embedding_hash": product.embedding_hash(),
        "body": product.model_dump_json(),
        "terms": filter_terms(product),
        "text": search_texts(product),
        "measures": measures,
        "vector": unit_length(item.vector, dimension),
    }
    action = json.dumps({"index": {"_id": product.id}}, ensure_ascii=False)
    return f"{action}\n{json.dumps(document, ensure_ascii=False)}\n"


def _packed(lines: Any) -> Iterator[str]:
    """Join lines to bulk bodies of at most BULK_BYTES (a single larger one goes alone) and BULK_ITEMS."""
    body: list[str] = []
    size = 0
    for line in lines:
        length = len(line.encode())
        if body and (size + length > BULK_BYTES or len(body) == BULK_ITEMS):
            yield "".join(body)
            body, size = [], 0
        body.append(line)
        size += length
    if body:
        yield "".join(body)


def _pages(values: Any, size: int) -> Iterator[list[str]]:
    rest = iter(values)
    while page := list(islice(rest, size)):
        yield page


def _reason(result: Mapping[str, Any]) -> str:
    error = result.get("error", {})
    return f"{result['status']} {error.get('type', '')}: {error.get('reason', '')}".strip(": ")


@contextmanager
def _vendor_errors() -> Iterator[None]:
    try:
        yield
    except vendor.ConnectionError as error:  # time-outs and TLS failures are its subclasses
        raise TransientError(f"OpenSearch cannot be reached: {error}", where="product index") from error
    except vendor.TransportError as error:
        status = error.status_code
        message = f"OpenSearch answered {status}: {error.error}"
        if status == 429 or (isinstance(status, int) and status >= 500):
            raise TransientError(message, where="product index") from error
        raise PermanentError(message, where="product index") from error
    except (vendor.OpenSearchException, vendor.ImproperlyConfigured) as error:
        raise PermanentError(f"OpenSearch client: {error}", where="product index") from error


def _word_query(units: tuple[Unit, ...]) -> Query:
    *others, head = (_unit_query(unit) for unit in units)
    return {"bool": {"must": [head], "should": others, "minimum_should_match": 1}} if others else head


def _unit_query(unit: Unit) -> Query:
    if not unit.splits:
        return _phrase_query(unit)
    parts: list[Query] = [{"bool": {"must": [_phrase_query(part) for part in split]}} for split in unit.splits]
    return {"bool": {"should": [_phrase_query(unit), *parts], "minimum_should_match": 1}}


def _phrase_query(unit: Unit) -> Query:
    # The English analysis also keeps every Chinese character by itself: that is where a one-character word is found.
    analysis = "zh" if unit.cjk and len(unit.text) > 1 else "en"
    return {
        "multi_match": {
            "query": unit.text,
            "type": "phrase" if len(unit.tokens) > 1 else "best_fields",
            "fields": [f"text.{field}.{analysis}^{boost}" for field, boost in _BOOSTS.items()],
            "tie_breaker": _TIE_BREAKER,
            # Lucene adds up the rarity of a phrase's tokens; FTS5 takes the phrase's own. A long word is one word.
            "boost": 1 / len(unit.tokens),
        }
    }


def _eligible(where: Eligibility) -> Query:
    return {"bool": {"filter": [_clause(clause) for clause in clauses(where)]}}


def _clause(clause: Clause) -> Query:
    match clause:
        case NumberClause(indicator, "=", value):
            return {"term": {f"measures.{indicator}": value}}
        case NumberClause(indicator, op, value):
            return {"range": {f"measures.{indicator}": {_OPERATORS[op]: value}}}
        case NumberInClause(indicator, numbers):
            return {"terms": {f"measures.{indicator}": list(numbers)}}
        case FlagClause(indicator, flag):
            return {"term": {f"measures.{indicator}": flag}}
        case TermClause(kind, terms):
            return _one_of(f"terms.{kind}", terms)
        case FieldClause(field, texts):
            return _one_of(field, texts)
        case EnrolledClause():
            return {"term": {"enrolled": True}}
        case StockClause(at_least, unknown_counts):
            enough: Query = {"range": {"measures.stock": {"gte": at_least}}}
            unknown = {"bool": {"must_not": [{"exists": {"field": "measures.stock"}}]}}
            return {"bool": {"should": [enough, unknown], "minimum_should_match": 1}} if unknown_counts else enough
        case NotIdsClause(ids):
            return {"bool": {"must_not": [_one_of("id", ids)]}}


def _one_of(field: str, values: tuple[str, ...]) -> Query:
    pages = [{"terms": {field: page}} for page in _pages(values, MAX_TERMS)] or [{"terms": {field: []}}]
    return pages[0] if len(pages) == 1 else {"bool": {"should": pages, "minimum_should_match": 1}}


def _hits(rows: Sequence[tuple[str, float]]) -> list[Hit]:
    return [Hit(product_id=name, rank=rank, score=score) for rank, (name, score) in enumerate(rows, start=1)]
