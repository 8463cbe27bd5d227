"""Which product index an endpoint names. The vendors behind them are imported only when asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from huichang.kernel.clock import Clock
from huichang.kernel.errors import InvalidInputError
from huichang.selection.index import ProductIndex
from huichang.selection.synonyms import Synonyms, built_in

OUTDATED = "index_outdated"
"""The code of the PermanentError that a reindex mends: the index was made by an earlier release."""


def open_index(
    endpoint: str, *, index: str, dimension: int, synonyms: Callable[[], Synonyms] = built_in, clock: Clock | None = None
) -> ProductIndex:
    """Return the product index at `sqlite:///absolute/folder` (kept in its subfolder `index`) or `http(s)://host:port`.

    `synonyms` is asked at every search, `clock` (None: the machine's) at every question.
    Nothing is opened or called before the first use. Raises InvalidInputError for any other endpoint.
    """
    parts = urlsplit(endpoint)
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        from huichang.adapters.index_sqlite import SqliteProductIndex

        return SqliteProductIndex(Path(unquote(parts.path)) / index, dimension, synonyms, clock)
    if parts.scheme in ("http", "https") and parts.hostname:
        from huichang.adapters.index_opensearch import OpenSearchProductIndex

        return OpenSearchProductIndex(endpoint, index=index, dimension=dimension, synonyms=synonyms, clock=clock)
    raise InvalidInputError(
        f"{endpoint!r} names no product index",
        where="SEARCH_ENDPOINT",
        mend="use sqlite:///absolute/folder or http(s)://host:port",
    )
