"""What search engines may read. Source: HTTP API, GET /sitemap.xml and GET /robots.txt, no token (template.yaml)."""

from functools import cache
from typing import Any

from huichang import bootstrap
from huichang.observability import http_handler
from huichang.web.buyers import EventHandler, sitemap_app


@cache
def _app() -> EventHandler:
    """Built at the first request, not at import: it reads settings."""
    return sitemap_app(*bootstrap.live_pages())


@http_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One request. Errors are answers, never exceptions."""
    return _app()(event)
