"""The operators' API. Source: HTTP API, ANY /api/{proxy+}, GET /api/config and GET /preview/{token} (template.yaml)."""

from functools import cache
from typing import Any

from huichang import bootstrap
from huichang.observability import http_handler
from huichang.web.app import LambdaHandler, build_app


@cache
def _app() -> LambdaHandler:
    """Built at the first request, not at import: it reads settings."""
    return build_app(bootstrap.services())


@http_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One request. Errors are answers, never exceptions."""
    return _app()(event, context)
