"""Routes that need no token: the console's configuration, and previews behind their own signature."""

from __future__ import annotations

from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services

# A preview is looked at, in the console's frame or by itself; its beacons must not count, so it may connect to nothing.
PREVIEW_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": (
        "default-src 'self' 'unsafe-inline' data:; img-src 'self' data: https:; connect-src 'none'; "
        "form-action 'none'; frame-ancestors 'self'; base-uri 'none'"
    ),
}


def routes(services: Services) -> Routes:
    """GET /api/config, GET /preview/<token>."""
    on = Routes()

    @on.public("GET", "/api/config")
    def config(_: Request) -> Answer:
        return json_answer(services.config)

    @on.public("GET", "/preview/<token>")
    def preview(request: Request) -> Answer:
        html = services.previews.open(request["token"])
        return Answer(status=200, body=html, content_type="text/html; charset=utf-8", headers=PREVIEW_HEADERS)

    return on
