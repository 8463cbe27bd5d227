"""Writing into OpenSearch: bulks with partial failures, offers without vectors, and the reindex behind the alias."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from opensearchpy import OpenSearch

from huichang.adapters.index_conditions import unit_length
from huichang.adapters.index_opensearch_schema import vendor_errors
from huichang.adapters.index_text import filter_terms, promotion_terms, search_texts
from huichang.catalog.product import Product
from huichang.kernel.errors import InvalidInputError, TransientError
from huichang.selection.index import IndexedProduct, UpsertReport
from huichang.selection.offers import Offer, OfferReport, apply_offer, latest, offered_product

BULK_BYTES = 5_000_000
BULK_ITEMS = 500


class OpenSearchWriter:
    """The writing half of OpenSearchProductIndex. `client` opens the index at its first use."""

    def __init__(self, client: Callable[[], OpenSearch], alias: str, dimension: int, *, refresh: bool) -> None:
        self._client = client
        self._alias = alias
        self._dimension = dimension
        self._refresh = refresh

    def upsert(self, items: Sequence[IndexedProduct]) -> UpsertReport:
        """Insert or replace in bulks; of several items with one id the last counts."""
        failed: dict[str, str] = {}
        ready: dict[str, str] = {}
        offers = self._offers([item.product.id for item in items if item.as_of])
        for item in items:
            product = item.product
            failed.pop(product.id, None)
            ready.pop(product.id, None)
            try:
                ready[product.id] = index_lines(item, self._dimension, offers.get(product.id))
            except InvalidInputError as error:
                failed[product.id] = error.message
        for results in self._bulk(ready.values()):
            for result in results:
                if result["index"]["status"] >= 300:
                    failed[result["index"]["_id"]] = _reason(result["index"])
        return UpsertReport(written=len(ready) - len(ready.keys() & failed.keys()), failed=failed)

    def update(self, offers: Sequence[Offer]) -> OfferReport:
        """Partial updates. Raises TransientError where somebody else changed a product meanwhile: send them again."""
        newest = {offer.product_id: offer for offer in latest(offers)}
        lines: list[str] = []
        updated: list[str] = []
        stale: list[str] = []
        unknown: list[str] = []
        for document in self._documents(newest, ["body", "offer"]):
            product_id = document["_id"]
            if not document.get("found"):
                unknown.append(product_id)
                continue
            stored = document["_source"].get("offer")
            merged = newest[product_id].over(None if stored is None else Offer.model_validate_json(stored))
            if merged is None:
                stale.append(product_id)
                continue
            product = apply_offer(Product.model_validate_json(document["_source"]["body"]), merged)
            seen = {"_id": product_id, "if_seq_no": document["_seq_no"], "if_primary_term": document["_primary_term"]}
            lines.append(f"{json.dumps({'update': seen})}\n{json.dumps({'doc': _offer_fields(product, merged)}, ensure_ascii=False)}\n")
            updated.append(product_id)
        for results in self._bulk(lines):
            for result in results:
                if result["update"]["status"] == 404:  # deleted since we looked
                    updated.remove(result["update"]["_id"])
                    unknown.append(result["update"]["_id"])
                elif result["update"]["status"] >= 300:
                    raise TransientError(f"not updated: {_reason(result['update'])}", where="product index")
        return OfferReport(updated=tuple(updated), stale=tuple(stale), unknown=tuple(unknown))

    def _offers(self, product_ids: Sequence[str]) -> dict[str, Offer]:
        found = {}
        for document in self._documents(product_ids, ["offer"]):
            if document.get("found") and document["_source"].get("offer"):
                found[document["_id"]] = Offer.model_validate_json(document["_source"]["offer"])
        return found

    def _documents(self, product_ids: Iterable[str], fields: list[str]) -> Iterator[dict[str, Any]]:
        for ids in pages(dict.fromkeys(product_ids), BULK_ITEMS):
            with vendor_errors():
                answer = self._client().mget(body={"ids": ids}, index=self._alias, _source_includes=fields)
            yield from answer["docs"]

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
        for body in packed(lines):
            with vendor_errors():
                yield self._client().bulk(body=body, index=self._alias)["items"]
            sent = True
        if sent and self._refresh:
            with vendor_errors():
                self._client().indices.refresh(index=self._alias)


def index_lines(item: IndexedProduct, dimension: int, offer: Offer | None = None) -> str:
    """One product as two lines of a bulk; a newer offer than its catalogue outlasts it."""
    product = item.product if offer is None else offered_product(item.product, item.as_of, offer)
    made = document(product, item.vector, dimension, offer, time.time_ns() // 1000)
    action = json.dumps({"index": {"_id": product.id}}, ensure_ascii=False)
    return f"{action}\n{json.dumps(made, ensure_ascii=False)}\n"


def document(product: Product, vector: Sequence[float], dimension: int, offer: Offer | None, updated_at: int) -> dict[str, Any]:
    """What the index holds of a product. Raises InvalidInputError for a vector that does not fit."""
    measures = {code: value for code, value in product.indicators().items() if value is not None and math.isfinite(value)}
    made: dict[str, Any] = {
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
        "promoted": product.promoted_indicators(),
        "vector": unit_length(vector, dimension),
        "updated_at": updated_at,
    }
    if offer is not None:
        made |= {"offer": offer.model_dump_json(), "offered_at": offer.at}
    return made


def _offer_fields(product: Product, offer: Offer) -> dict[str, Any]:
    """What an offer changes of a document; null takes a measure away."""
    return {
        "enrolled": product.enrolled,
        "terms": {"promotion": promotion_terms(product)},  # merged into the terms that are there
        "promoted": dict.fromkeys(offer.promotions) | product.promoted_indicators(),
        "measures": {code: value if value is None or math.isfinite(value) else None for code, value in product.indicators().items()},
        "body": product.model_dump_json(),
        "offer": offer.model_dump_json(),
        "offered_at": offer.at,
        "updated_at": time.time_ns() // 1000,
    }


def packed(lines: Any) -> Iterator[str]:
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


def pages(values: Any, size: int) -> Iterator[list[str]]:
    """Lists of at most `size`."""
    rest = iter(values)
    while page := list(islice(rest, size)):
        yield page


def _reason(result: Mapping[str, Any]) -> str:
    error = result.get("error", {})
    return f"{result['status']} {error.get('type', '')}: {error.get('reason', '')}".strip(": ")
