"""A new physical index behind the alias, without a gap: copy, catch up, swap, catch up again.

Writers know nothing of it; they go on writing through the alias. Every document carries `updated_at`, so what was written while the
copy ran is found by time and copied again where the source is newer. Then the alias is swapped in one step, and what writers sent to the
old index in that very moment is brought over as well. What was deleted meanwhile is deleted from the copy, unless it was written anew
after the swap. Vectors are copied, never computed. The old index stays until somebody deletes it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from opensearchpy import OpenSearch

from huichang.adapters.index_opensearch_schema import MAPPING_VERSION, Engine, check_vectors, check_version, create, vendor_errors
from huichang.adapters.index_opensearch_writes import document, packed, pages
from huichang.catalog.product import Product
from huichang.kernel.errors import NotFoundError, PermanentError, TransientError
from huichang.selection.index import ReindexReport
from huichang.selection.offers import Offer

PAGE = 500
PASSES = 5
MARGIN = 120_000_000  # µs: clocks of two writers differ, and a bulk takes its time


class Reindex:
    """One reindex of the index behind an alias."""

    def __init__(self, client: OpenSearch, alias: str, dimension: int, engine: Engine, *, serverless: bool) -> None:
        self._client = client
        self._alias = alias
        self._dimension = dimension
        self._engine: Engine = engine
        self._serverless = serverless
        self._copied: dict[str, int] = {}  # product id to the updated_at that was copied

    def run(self, progress: Callable[[int], None] = lambda _: None) -> ReindexReport:
        """Do it. Raises TransientError where OpenSearch is away (run it again: the half-made copy is left unused)."""
        with vendor_errors():
            if not self._serverless:
                check_version(self._client.info()["version"])
            source = self._source()
            target = f"{self._alias}-v{MAPPING_VERSION}-{time.time_ns() // 1_000_000}"
            create(self._client, target, self._dimension, self._engine, serverless=self._serverless)
            since, copied = _now(), 0
            for page in self._pages(source, {"match_all": {}}):
                copied += self._copy(page, target)
                progress(copied)
            caught_up = 0
            for _ in range(PASSES):
                again, since = since, _now()
                newer = self._catch_up(source, target, again)
                caught_up += newer
                if not newer:
                    break
            self._client.indices.update_aliases(
                body={
                    "actions": [
                        {"remove": {"index": source, "alias": self._alias}},
                        {"add": {"index": target, "alias": self._alias}},
                    ]
                }
            )
            caught_up += self._catch_up(source, target, since)
            removed = self._sweep(source, target)
            self._client.indices.refresh(index=target)
        return ReindexReport(before=source, after=target, copied=copied, caught_up=caught_up, removed=removed)

    def _source(self) -> str:
        if not self._client.indices.exists(index=self._alias):
            raise NotFoundError(f"there is no index {self._alias!r} yet", where="reindex", mend="import a catalogue: it makes the index")
        behind = list(self._client.indices.get_alias(index=self._alias))
        if len(behind) != 1 or behind == [self._alias]:
            raise PermanentError(f"{self._alias} is {', '.join(behind)}", where="reindex", mend="let the alias name exactly one index")
        mapping = self._client.indices.get_mapping(index=behind[0])[behind[0]]["mappings"]
        check_vectors(behind[0], mapping, self._dimension, self._engine)
        return str(behind[0])

    def _pages(self, index: str, query: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        self._client.indices.refresh(index=index)
        body: dict[str, Any] = {"size": PAGE, "query": query, "sort": [{"id": "asc"}]}
        while True:
            answer = self._client.search(index=index, body=body)
            if answer["timed_out"] or answer["_shards"]["failed"]:
                raise TransientError("OpenSearch answered for some of its shards only", where="reindex")
            page = answer["hits"]["hits"]
            if not page:
                return
            yield page
            body["search_after"] = page[-1]["sort"]

    def _copy(self, page: list[dict[str, Any]], target: str) -> int:
        lines = []
        for hit in page:
            stored = hit["_source"]
            offer = Offer.model_validate_json(stored["offer"]) if stored.get("offer") else None
            product = Product.model_validate_json(stored["body"])
            self._copied[hit["_id"]] = stored.get("updated_at", 0)
            made = document(product, tuple(stored["vector"]), self._dimension, offer, stored.get("updated_at", 0))
            # The text that the vector was made of, whatever this release would embed.
            made["embedding_hash"] = stored.get("embedding_hash", made["embedding_hash"])
            lines.append(f"{json.dumps({'index': {'_id': hit['_id']}})}\n{json.dumps(made, ensure_ascii=False)}\n")
        for body in packed(lines):
            for result in self._client.bulk(body=body, index=target)["items"]:
                if result["index"]["status"] >= 300:
                    raise TransientError(f"not copied: {json.dumps(result['index'])[:400]}", where="reindex")
        return len(page)

    def _catch_up(self, source: str, target: str, since: int) -> int:
        """Copy what was written to the source since then and is newer there; return how many."""
        newer = 0
        for page in self._pages(source, {"range": {"updated_at": {"gte": since - MARGIN}}}):
            known = self._client.mget(body={"ids": [hit["_id"] for hit in page]}, index=target, _source_includes=["updated_at"])["docs"]
            times = {found["_id"]: found["_source"].get("updated_at", 0) for found in known if found.get("found")}
            stale = [hit for hit in page if hit["_source"]["updated_at"] > times.get(hit["_id"], -1)]
            newer += self._copy(stale, target) if stale else 0
        return newer

    def _sweep(self, source: str, target: str) -> int:
        """Delete what we copied and the source no longer has; what somebody wrote anew since then stays."""
        self._client.indices.refresh(index=source)
        removed = 0
        for ids in pages(self._copied, PAGE):
            there = self._client.mget(body={"ids": ids}, index=source, _source=False)["docs"]
            gone = [item["_id"] for item in there if not item.get("found")]
            if not gone:
                continue
            lines = ""
            for found in self._client.mget(body={"ids": gone}, index=target, _source_includes=["updated_at"])["docs"]:
                if found.get("found") and found["_source"]["updated_at"] == self._copied[found["_id"]]:
                    seen = {"_id": found["_id"], "if_seq_no": found["_seq_no"], "if_primary_term": found["_primary_term"]}
                    lines += json.dumps({"delete": seen}) + "\n"
            if lines:
                results = self._client.bulk(body=lines, index=target)["items"]
                removed += sum(result["delete"]["status"] == 200 for result in results)
        return removed


def _now() -> int:
    return time.time_ns() // 1000
