"""The production product index: OpenSearch 2.19 or later with k-NN, through opensearch-py.

The index itself is index_opensearch_schema.py, writing is index_opensearch_writes.py; here are the questions.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from opensearchpy import OpenSearch

from huichang.adapters.index_conditions import (
    MAX_HITS,
    Clause,
    EnrolledClause,
    FieldClause,
    FlagClause,
    NotIdsClause,
    NumberClause,
    NumberInClause,
    OpenClause,
    StockClause,
    TermClause,
    clauses,
    facet_field,
    hit_limit,
    numeric_indicator,
    percentile_rank,
    unit_length,
    wanted_terms,
    within,
)
from huichang.adapters.index_opensearch_schema import SERVERLESS, Engine, connect, cosine, ensure, vendor_errors
from huichang.adapters.index_opensearch_writes import OpenSearchWriter, pages
from huichang.adapters.index_text import (
    FIELD_WEIGHTS,
    HEAD_FIELD,
    HEAD_WEIGHT,
    TIE_BREAKER,
    Unit,
    Wording,
    closest,
    head_token,
    question,
    spellable,
    typos_allowed,
)
from huichang.catalog.product import Product
from huichang.kernel.clock import Clock, SystemClock
from huichang.kernel.errors import InvalidInputError, TransientError
from huichang.kernel.language import Language
from huichang.selection.index import Facet, IndexedProduct, ReindexReport, UpsertReport
from huichang.selection.model import Eligibility, Hit
from huichang.selection.offers import Offer, OfferReport
from huichang.selection.synonyms import Synonyms
from huichang.selection.values import TextIndicator

Query = dict[str, Any]

MAX_TERMS = 60_000
"""Values of one terms query; index.max_terms_count is 65,536."""

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
        synonyms: Callable[[], Synonyms] = Synonyms,
        clock: Clock | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._serverless = isinstance(endpoint, str) and (urlsplit(endpoint).hostname or "").endswith(SERVERLESS)
        self._alias = index
        self._dimension = dimension
        self._engine: Engine = engine or ("faiss" if self._serverless else "lucene")
        self._refresh = not self._serverless if refresh is None else refresh
        self._synonyms = synonyms
        self._clock = clock or SystemClock()
        self._writer = OpenSearchWriter(self._client, index, dimension, refresh=self._refresh)
        self._lock = threading.Lock()
        self._opened: OpenSearch | None = None

    # --- writing ----------------------------------------------------------------------------------------------------

    def upsert(self, items: Sequence[IndexedProduct]) -> UpsertReport:
        """Insert or replace in bulks; of several items with one id the last counts."""
        return self._writer.upsert(items)

    def update(self, offers: Sequence[Offer]) -> OfferReport:
        """New prices, stock and enrolment as partial updates; no embedding."""
        return self._writer.update(offers)

    def delete(self, product_ids: Sequence[str]) -> int:
        """Remove; return how many existed. Raises TransientError where a removal was refused: send them again."""
        return self._writer.delete(product_ids)

    def reindex(self, progress: Callable[[int], None]) -> ReindexReport:
        """A new physical index of today's mapping behind the alias; products and vectors are copied."""
        from huichang.adapters.index_opensearch_reindex import Reindex

        client = connect(self._endpoint) if isinstance(self._endpoint, str) else self._endpoint
        return Reindex(client, self._alias, self._dimension, self._engine, serverless=self._serverless).run(progress)

    # --- reading ----------------------------------------------------------------------------------------------------

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        """The products that exist, by id, in the order asked."""
        found: dict[str, Product] = {}
        for ids in pages(dict.fromkeys(product_ids), 500):
            with vendor_errors():
                answer = self._client().mget(body={"ids": ids}, index=self._alias, _source_includes=["body"])
            for document in answer["docs"]:
                if document.get("found"):
                    found[document["_id"]] = Product.model_validate_json(document["_source"]["body"])
        return found

    def known_vectors(self, embedding_hashes: Sequence[str]) -> dict[str, tuple[float, ...]]:
        """Vectors stored for these embedding hashes."""
        found: dict[str, tuple[float, ...]] = {}
        for hashes in pages(dict.fromkeys(embedding_hashes), 500):
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
        eligible = _eligible(where, self._clock.now())
        asked = question(words, self._synonyms())
        if hit_limit(size) == 0 or not asked.words:
            return []
        asked = asked.corrected(self._meant(spellable(asked)))
        query = {"bool": eligible["bool"] | {"should": [*map(_asked_query, asked.words)], "minimum_should_match": 1}}
        answer = self._search({"size": size, "query": query, "sort": _BEST_FIRST, "_source": False})
        return _hits([(hit["_id"], hit["_score"]) for hit in answer["hits"]["hits"]])

    def _meant(self, tokens: Sequence[str]) -> dict[str, str]:
        """For every token that no product has, the nearest word that one has."""
        if not tokens:
            return {}
        suggest = {
            token: {
                "text": token,
                "term": {
                    "field": "spelling",
                    "suggest_mode": "missing",
                    "prefix_length": 1,
                    "min_word_length": 4,
                    "max_edits": typos_allowed(token),
                    "size": 5,
                },
            }
            for token in tokens
        }
        found = self._search({"size": 0, "suggest": suggest}).get("suggest", {})
        meant = {}
        for token in tokens:
            options = ((option["text"], option["freq"]) for entry in found.get(token, ()) for option in entry["options"])
            word = closest(token, options)
            if word:
                meant[token] = word
        return meant

    def nearest(self, vector: Sequence[float], where: Eligibility, size: int) -> list[Hit]:
        """Approximate k-NN (HNSW) with the eligibility applied while the graph is walked."""
        query: Query = {"vector": unit_length(vector, self._dimension), "filter": _eligible(where, self._clock.now())}
        if hit_limit(size) == 0:
            return []
        # k is also how widely Lucene walks the graph: asking for more than is wanted buys recall.
        query["k"] = min(MAX_HITS, max(4 * size, 400))
        answer = self._search({"size": size, "query": {"knn": {"vector": query}}, "sort": _BEST_FIRST, "_source": False})
        return _hits([(hit["_id"], cosine(hit["_score"], self._engine)) for hit in answer["hits"]["hits"]])

    def filter(self, where: Eligibility, size: int, sort_by: str = "sales_30d") -> list[Hit]:
        """Eligible products; the score is the indicator's value, 0 where it is not known."""
        query = _eligible(where, self._clock.now())
        measure = _measure(numeric_indicator(sort_by, "sort_by"), within(sort_by, where))
        if size < 0:
            raise InvalidInputError(f"size {size} is negative", where="size")
        body: Query = {
            "query": query,
            "sort": [{measure: {"order": "desc", "missing": "_last", "unmapped_type": "double"}}, {"id": "asc"}],
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
        measure, share = _measure(numeric_indicator(indicator, "percentile"), within(indicator, where)), percentile_rank(p)
        known: Query = {"bool": {"filter": [_eligible(where, self._clock.now()), {"exists": {"field": measure}}]}}
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
        query = _eligible(where, self._clock.now())
        if hit_limit(size) == 0:
            return []
        answer = self._search({"size": 0, "query": query, "aggs": {"values": {"terms": terms | {"size": size}}}})
        buckets = answer["aggregations"]["values"]["buckets"]
        return [Facet(value=bucket["key"], count=bucket["doc_count"]) for bucket in buckets]

    def known_values(self, indicator: TextIndicator, terms: Sequence[str], where: Eligibility) -> dict[str, int]:
        """How many eligible products have each term. Exact on one shard."""
        wanted = wanted_terms(indicator, terms)
        found: dict[str, int] = {}
        for batch in pages(tuple(wanted), MAX_TERMS):
            values = {"field": f"terms.{indicator}", "include": list(batch), "size": len(batch)}
            answer = self._search({"size": 0, "query": _eligible(where, self._clock.now()), "aggs": {"values": {"terms": values}}})
            for bucket in answer["aggregations"]["values"]["buckets"]:
                found |= dict.fromkeys(wanted[bucket["key"]], int(bucket["doc_count"]))
        return found

    def count(self, where: Eligibility) -> int:
        """How many products are eligible."""
        return self._count(_eligible(where, self._clock.now()))

    def _count(self, query: Query) -> int:
        with vendor_errors():
            return int(self._client().count(body={"query": query}, index=self._alias)["count"])

    def _search(self, body: Query) -> dict[str, Any]:
        with vendor_errors():
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
                client = connect(self._endpoint) if isinstance(self._endpoint, str) else self._endpoint
                with vendor_errors():
                    ensure(client, self._alias, self._dimension, self._engine, serverless=self._serverless)
                self._opened = client
            return self._opened


_BEST_FIRST: list[dict[str, str]] = [{"_score": "desc"}, {"id": "asc"}]


def _asked_query(word: Sequence[Wording]) -> Query:
    """A word by the wording that scores highest."""
    return {"dis_max": {"queries": [*map(_wording_query, word)], "tie_breaker": TIE_BREAKER}}


def _wording_query(wording: Wording) -> Query:
    queries = [_word_query(wording.units), *([_head_query(wording.units)] if wording.head else [])]
    return {"bool": {"should": queries, "minimum_should_match": 1}}


def _head_query(units: tuple[Unit, ...]) -> Query:
    """The head in its place and every other phrase anywhere."""
    token = head_token(units)
    analysis = "en" if token.isascii() or len(token) == 1 else "zh"
    head: Query = {"match": {f"text.{HEAD_FIELD}.{analysis}": {"query": token, "boost": HEAD_WEIGHT}}}
    others = [_unit_query(unit) for unit in (units if len(units[-1].tokens) > 1 else units[:-1])]
    return {"bool": {"must": [head, *others]}}


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
            "fields": [f"text.{field}.{analysis}^{boost:.2f}" for field, boost in FIELD_WEIGHTS.items()],
            "tie_breaker": TIE_BREAKER,
            # Lucene adds up the rarity of a phrase's tokens; FTS5 takes the phrase's own. A long word is one word.
            "boost": 1 / len(unit.tokens),
        }
    }


def _eligible(where: Eligibility, now: datetime) -> Query:
    return {"bool": {"filter": [_clause(clause) for clause in clauses(where, now)]}}


def _clause(clause: Clause) -> Query:
    match clause:
        case NumberClause(indicator, "=", value, promotion):
            return {"term": {_measure(indicator, promotion): value}}
        case NumberClause(indicator, op, value, promotion):
            return {"range": {_measure(indicator, promotion): {_OPERATORS[op]: value}}}
        case NumberInClause(indicator, numbers, promotion):
            return {"terms": {_measure(indicator, promotion): list(numbers)}}
        case FlagClause(indicator, flag, promotion):
            return {"term": {_measure(indicator, promotion): flag}}
        case TermClause(kind, terms):
            return _one_of(f"terms.{kind}", terms)
        case FieldClause(field, texts):
            return _one_of(field, texts)
        case EnrolledClause():
            return {"term": {"enrolled": True}}
        case OpenClause(promotion, at):
            later: Query = {"range": {f"promoted.{promotion}.starts_at": {"gt": at}}}
            over: Query = {"range": {f"promoted.{promotion}.ends_at": {"lte": at}}}
            return {"bool": {"must_not": [later, over]}}
        case StockClause(at_least, unknown_counts):
            enough: Query = {"range": {"measures.stock": {"gte": at_least}}}
            unknown = {"bool": {"must_not": [{"exists": {"field": "measures.stock"}}]}}
            return {"bool": {"should": [enough, unknown], "minimum_should_match": 1}} if unknown_counts else enough
        case NotIdsClause(ids):
            return {"bool": {"must_not": [_one_of("id", ids)]}}


def _measure(indicator: str, promotion: str) -> str:
    """The field of the indicator, within the promotion where one is given."""
    return f"promoted.{promotion}.{indicator}" if promotion else f"measures.{indicator}"


def _one_of(field: str, values: tuple[str, ...]) -> Query:
    parts = [{"terms": {field: page}} for page in pages(values, MAX_TERMS)] or [{"terms": {field: []}}]
    return parts[0] if len(parts) == 1 else {"bool": {"should": parts, "minimum_should_match": 1}}


def _hits(rows: Sequence[tuple[str, float]]) -> list[Hit]:
    return [Hit(product_id=name, rank=rank, score=score) for rank, (name, score) in enumerate(rows, start=1)]
