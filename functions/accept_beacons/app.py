"""What browsers and shops report, into the queue. Source: HTTP API, POST /api/beacons, POST /api/orders, no token (template.yaml)."""

from functools import cache
from typing import Any

from huichang import bootstrap
from huichang.observability import http_handler
from huichang.web.buyers import EventHandler, beacons_app


@cache
def _app() -> EventHandler:
    """Built at the first request, not at import: it reads settings."""
    return beacons_app(bootstrap.accept_beacons(), bootstrap.shop_secrets())


@http_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch. Errors are answers, never exceptions."""
    return _app()(event)
