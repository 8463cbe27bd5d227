"""The OpenSearch index itself: connection, versioned physical index behind an alias, mapping, scores, errors.

Readers and writers use an alias (`products`); the documents live in an index behind it, `products-v<mapping version>` or, after a
reindex, `products-v<mapping version>-<when>`, made from opensearch_mapping.json at the first use where it is missing. Measures and
text fields of the mapping are added from the indicator catalogue and SEARCH_FIELDS, so that they cannot drift from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth, Urllib3HttpConnection
from opensearchpy import exceptions as vendor

from huichang.adapters.index import OUTDATED
from huichang.adapters.index_text import HEAD_FIELD, SEARCH_FIELDS
from huichang.catalog.indicators import INDICATORS
from huichang.kernel.errors import PermanentError, TransientError

Engine = Literal["lucene", "faiss"]

MAPPING_VERSION = 4
OLDEST = (2, 19)
TIMEOUT_SECONDS = 20

SERVERLESS = ".aoss.amazonaws.com"
DOMAIN = ".es.amazonaws.com"


def connect(endpoint: str) -> OpenSearch:
    """A client; signed with the process's own AWS credentials where the endpoint is one of AWS."""
    host = urlsplit(endpoint).hostname or ""
    options: dict[str, Any] = {}
    service = "aoss" if host.endswith(SERVERLESS) else "es" if host.endswith(DOMAIN) else ""
    if service:
        import boto3

        region = host.removesuffix(SERVERLESS).removesuffix(DOMAIN).rpartition(".")[2]
        options["http_auth"] = Urllib3AWSV4SignerAuth(boto3.Session().get_credentials(), region, service)
    return OpenSearch(
        hosts=[endpoint],
        connection_class=Urllib3HttpConnection,
        timeout=TIMEOUT_SECONDS,
        max_retries=2,
        http_compress=bool(service),
        **options,
    )


def check_version(version: Mapping[str, Any]) -> None:
    """Raises PermanentError for a server whose scores we do not know."""
    number = str(version.get("number", ""))
    parts = tuple(int(part) for part in number.split(".")[:2] if part.isdigit())
    if version.get("distribution") != "opensearch" or parts < OLDEST:
        raise PermanentError(
            f"the search server is {version.get('distribution', 'not OpenSearch')} {number}",
            where="product index",
            mend="OpenSearch 2.19 or later is needed: earlier ones score cosine similarity otherwise",
        )


def ensure(client: OpenSearch, alias: str, dimension: int, engine: Engine, *, serverless: bool) -> None:
    """Make the index where it is missing; raise PermanentError where the one there does not fit."""
    if not serverless:
        check_version(client.info()["version"])
    if not client.indices.exists(index=alias):
        try:
            create(client, f"{alias}-v{MAPPING_VERSION}", dimension, engine, serverless=serverless, alias=alias)
        except vendor.RequestError as error:
            if error.error != "resource_already_exists_exception":  # another process was faster
                raise
    for name, definition in client.indices.get_mapping(index=alias).items():
        check_vectors(name, definition["mappings"], dimension, engine)
        if definition["mappings"].get("_meta", {}).get("mapping_version") != MAPPING_VERSION:
            raise PermanentError(
                f"index {name} was made by another version of the mapping than {MAPPING_VERSION}",
                where="product index",
                mend="run `huichang reindex` (docs/operations.md): it copies products and vectors behind the alias",
                code=OUTDATED,
            )


def create(client: OpenSearch, name: str, dimension: int, engine: Engine, *, serverless: bool, alias: str = "") -> None:
    """Make one physical index, behind the alias if one is given."""
    body = index_definition(dimension, engine, serverless=serverless)
    client.indices.create(index=name, body=body | ({"aliases": {alias: {}}} if alias else {}))


def check_vectors(name: str, mapping: Mapping[str, Any], dimension: int, engine: Engine) -> None:
    """Raises PermanentError where an index holds vectors of another dimension or engine, or lacks fields that are written."""
    vector = mapping["properties"].get("vector", {})
    if vector.get("dimension") != dimension or vector.get("method", {}).get("engine") != engine:
        raise PermanentError(
            f"index {name} holds vectors of {vector.get('dimension')} numbers in {vector.get('method', {}).get('engine')}, "
            f"not {dimension} in {engine}",
            where="product index",
            mend="import into another index, then point the alias to it",
        )


def index_definition(dimension: int, engine: Engine, *, serverless: bool = False) -> dict[str, Any]:
    """Settings and mappings of the physical index, complete."""
    definition: dict[str, Any] = json.loads(Path(__file__).with_name("opensearch_mapping.json").read_text("utf-8"))
    definition["mappings"]["_meta"] = {"mapping_version": MAPPING_VERSION}
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
        for field in (*SEARCH_FIELDS, HEAD_FIELD)
    }
    properties["spelling"] = {"type": "text", "analyzer": "plain_words"}
    for field in SEARCH_FIELDS:
        properties["text"]["properties"][field]["copy_to"] = "spelling"
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


@contextmanager
def vendor_errors() -> Iterator[None]:
    """The client's errors as ours."""
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
