"""Serve the console's static files. Route: GET /console/{proxy+} (template.yaml: ServeConsole)."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import os
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from huichang.observability import logger

STATIC = Path(__file__).parent / "static"
# Said here and not left to the machine's own tables: a wrong type with nosniff means a module that does not run.
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with a file, 304, or 404. A path without a dot is a place inside the console: index.html."""
    path = str((event.get("pathParameters") or {}).get("proxy") or "").strip("/")
    # Only names found on disk at start are ever served, so a path can be wrong but cannot lead anywhere else.
    name = path if path in _files() else "index.html" if "." not in path else ""
    if not name:
        return {"statusCode": 404, "headers": _headers("text/plain; charset=utf-8"), "body": "There is no such file."}
    kind, etag, text, data = _files()[name]
    headers = _headers(kind) | {"ETag": etag}
    if etag in (event.get("headers") or {}).get("if-none-match", ""):
        return {"statusCode": 304, "headers": headers}
    body = data.decode() if text else base64.b64encode(data).decode()
    return {"statusCode": 200, "headers": headers, "body": body, "isBase64Encoded": not text}


@cache
def _files() -> dict[str, tuple[str, str, bool, bytes]]:
    """{name: (content type, ETag, whether it is text, bytes)} of everything below static/."""
    found = {}
    for path in (path for path in sorted(STATIC.rglob("*")) if path.is_file()):
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        text = path.suffix in TYPES or kind.startswith("text/")
        data = path.read_bytes()
        etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        found[path.relative_to(STATIC).as_posix()] = (f"{kind}; charset=utf-8" if text else kind, etag, text, data)
    return found


def _headers(kind: str) -> dict[str, str]:
    return {
        "Content-Type": kind,
        # Always asked for again, answered with 304: a deployment is seen at the next load without a build step.
        "Cache-Control": "no-cache",
        "Content-Security-Policy": _policy(),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def _policy() -> str:
    # The issuer's discovery document and token endpoint are fetched from the page; with Cognito they lie on two hosts.
    issuer = urlsplit(os.environ.get("OIDC_ISSUER", ""))
    origins = os.environ.get("CONSOLE_CONNECT_ORIGINS", "").split()
    if issuer.scheme and issuer.netloc:
        origins.append(f"{issuer.scheme}://{issuer.netloc}")
    connect = " ".join(["'self'", *sorted(set(origins))])
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; connect-src {connect}; "
        "frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
