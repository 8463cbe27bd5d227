"""Venues for a placement, for buyers. Source: HTTP API, GET /api/feed, GET /api/beacon.js, no token (template.yaml)."""

from functools import cache
from typing import Any

from huichang import bootstrap
from huichang.observability import http_handler
from huichang.web.buyers import EventHandler, feed_app


@cache
def _app() -> EventHandler:
    """Kept while the process is warm: the feed remembers its policy for some seconds."""
    return feed_app(bootstrap.feed())


@http_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One request. Errors are answers, never exceptions."""
    return _app()(event)
