"""Routes that need no token: the console's configuration, and previews behind their own signature."""

from __future__ import annotations

import base64
import hashlib
import html
import re

from huichang.kernel.errors import NotFoundError
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services

# A staged page must be found by nobody and kept by nobody.
PRIVATE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",  # the address is the key: it goes to no other site
}
_META_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
_REFUSED_POLICY = "default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"


def preview_headers(page: str) -> dict[str, str]:
    """Headers of a staged page: its own content security policy, which names its style and script by hash, but it may connect to
    nothing (what reviewers do is no buyer's beacon) and be framed by the console only. A page without a policy may show nothing."""
    found = _META_POLICY.search(page)
    own = html.unescape(found[1]) if found else "default-src 'none'"
    kept = [part.strip() for part in own.split(";") if part.strip() and not part.strip().startswith(("connect-src", "frame-ancestors"))]
    return PRIVATE_HEADERS | {"Content-Security-Policy": "; ".join([*kept, "connect-src 'none'", "frame-ancestors 'self'"])}


def refused_page() -> Answer:
    """What a stranger is shown, and somebody who comes too late: the same for a forged, a broken and an expired address."""
    return Answer(
        status=403,
        body=_REFUSED.replace("{style}", _REFUSED_STYLE),
        content_type="text/html; charset=utf-8",
        headers=PRIVATE_HEADERS | {"Content-Security-Policy": _REFUSED_POLICY.format(style=_sha256(_REFUSED_STYLE))},
    )


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


_REFUSED_STYLE = (
    "body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei',sans-serif;"
    "background:#f6f4f1;color:#26221e}main{max-width:32em;padding:32px;margin:16px;background:#fff;border-radius:12px}"
    "h1{font-size:22px;margin:0 0 8px}p{margin:8px 0}a{color:#8a3b12}"
)
_REFUSED = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex,nofollow">
<title>预览地址无效 · This preview is not valid</title>
<style>{style}</style>
</head>
<body><main>
<h1>这个预览地址无效，或已过期</h1>
<p>预览地址只在十五分钟内有效。请在<a href="/console/">工作台</a>重新打开预览。</p>
<h1 lang="en">This preview address is not valid, or it has expired</h1>
<p lang="en">A preview can be opened for fifteen minutes. Open it again from the <a href="/console/">console</a>.</p>
</main></body>
</html>
"""


def routes(services: Services) -> Routes:
    """GET /api/config, GET /preview/<token>."""
    on = Routes()

    @on.public("GET", "/api/config")
    def config(_: Request) -> Answer:
        return json_answer(services.config)

    @on.public("GET", "/preview/<token>")
    def preview(request: Request) -> Answer:
        try:
            page = services.previews.open(request["token"])
        except NotFoundError:
            return refused_page()
        return Answer(status=200, body=page, content_type="text/html; charset=utf-8", headers=preview_headers(page))

    return on
