"""The front door: one port that plays the template's CloudFront distribution, and carries the local issuer under /oidc.

Routes are read from the `AWS::CloudFront::Distribution` of the template: cache behaviours in their order, then the
default one; an origin is the HTTP API or a bucket, whichever its DomainName refers to. OriginPath, DefaultRootObject,
custom error pages and the security headers of a response headers policy are honoured. CloudFront Functions are played in
Python (edge_function.py): which object an address shows, by what its key-value store (edge_store.py) points to, and the status.

Not played: caching, compression, TLS. A missing object is 403 here too: without s3:ListBucket S3 does not say that a
key is missing.
"""

from __future__ import annotations

import asyncio
import fnmatch
import json
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx

from infra.local.edge_function import STATUS_HEADER, Chosen, Redirected, route, status_of
from infra.local.edge_store import PREFIX as STORE_PATH
from infra.local.edge_store import EdgeKeyValueStore, StoreError
from infra.local.issuer import Issuer, issuer_app
from infra.local.package import references

OIDC_PATH = "/oidc"
HOP_BY_HOP = frozenset(b"connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade".split())
# S3's own headers would tell visitors about the emulator; CloudFront passes some of them, our pages need none.
S3_HEADERS = frozenset(
    b"content-type content-length etag last-modified cache-control content-language content-encoding "
    b"content-disposition accept-ranges content-range".split()
)
BACKEND_SECONDS = 65.0

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Origin:
    """Where a behaviour leads: `kind` is "api" or "bucket", `target` the API's or bucket's physical id."""

    kind: str
    target: str
    path: str = ""


@dataclass(frozen=True)
class Behaviour:
    """Requests whose path matches `pattern` (CloudFront's `*` and `?`, case-sensitive) go to `origin`."""

    pattern: str
    origin: Origin
    methods: tuple[str, ...] = ("GET", "HEAD")
    headers: tuple[tuple[str, str], ...] = ()
    page_route: bool = False

    def matches(self, path: str) -> bool:
        """Does the path match?"""
        # fnmatch knows [..] as well, CloudFront does not.
        return fnmatch.fnmatchcase(path, self.pattern.replace("[", "[[]"))


@dataclass(frozen=True)
class Routes:
    """A distribution as far as the edge plays it."""

    behaviours: tuple[Behaviour, ...]
    root_object: str = ""
    error_pages: Mapping[int, tuple[str, int]] = field(default_factory=dict)

    def behaviour_for(self, path: str) -> Behaviour | None:
        """The first behaviour that matches; the default one is last and matches everything."""
        return next((b for b in self.behaviours if b.matches(path)), None)

    def to_json(self) -> str:
        """For the file between supervisor and edge."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Routes:
        """The inverse of `to_json`."""
        data = json.loads(text)
        behaviours = tuple(
            Behaviour(
                entry["pattern"],
                Origin(**entry["origin"]),
                tuple(entry["methods"]),
                tuple((name, value) for name, value in entry["headers"]),
                entry["page_route"],
            )
            for entry in data["behaviours"]
        )
        pages = {int(code): (page, status) for code, (page, status) in data["error_pages"].items()}
        return cls(behaviours, data["root_object"], pages)


def read_routes(template: Mapping[str, Any], physical_ids: Mapping[str, str]) -> Routes:
    """The routes of the template's only distribution.

    ValueError when there is none, or when an origin leads to neither API nor bucket.
    """
    resources = template["Resources"]
    distributions = [r for r in resources.values() if r["Type"] == "AWS::CloudFront::Distribution"]
    found = [resource["Properties"]["DistributionConfig"] for resource in distributions]
    if len(found) != 1:
        raise ValueError(f"the template has {len(found)} distributions, the edge plays exactly one")
    config = found[0]
    origins = {entry["Id"]: _origin(entry, resources, physical_ids) for entry in config["Origins"]}
    behaviours = [
        _behaviour(entry.get("PathPattern", "*"), entry, origins, resources)
        for entry in [*config.get("CacheBehaviors", []), config["DefaultCacheBehavior"]]
    ]
    pages = {
        int(entry["ErrorCode"]): (entry["ResponsePagePath"], int(entry.get("ResponseCode", entry["ErrorCode"])))
        for entry in config.get("CustomErrorResponses", [])
        if entry.get("ResponsePagePath")
    }
    return Routes(tuple(behaviours), config.get("DefaultRootObject", ""), pages)


def _origin(entry: Mapping[str, Any], resources: Mapping[str, Any], physical_ids: Mapping[str, str]) -> Origin:
    path = entry.get("OriginPath", "")
    for name in references(entry["DomainName"]):
        kind = resources.get(name, {}).get("Type")
        if kind in ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"):
            return Origin("api", physical_ids[name], path)
        if kind == "AWS::S3::Bucket":
            return Origin("bucket", physical_ids[name], path)
    raise ValueError(f"origin {entry['Id']} refers neither to an HTTP API nor to a bucket")


def _behaviour(pattern: str, entry: Mapping[str, Any], origins: Mapping[str, Origin], resources: Mapping[str, Any]) -> Behaviour:
    return Behaviour(
        pattern if pattern.startswith(("/", "*")) else f"/{pattern}",
        origins[entry["TargetOriginId"]],
        tuple(entry.get("AllowedMethods", ("GET", "HEAD"))),
        tuple(_security_headers(entry.get("ResponseHeadersPolicyId"), resources)),
        any(a.get("EventType") == "viewer-request" for a in entry.get("FunctionAssociations", [])),
    )


def _security_headers(policy: Any, resources: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name in references(policy):
        properties = resources.get(name, {}).get("Properties", {}).get("ResponseHeadersPolicyConfig", {})
        security = properties.get("SecurityHeadersConfig", {})
        # Strict-Transport-Security is left out: there is no TLS here.
        if "ContentTypeOptions" in security:
            yield "x-content-type-options", "nosniff"
        if "FrameOptions" in security:
            yield "x-frame-options", security["FrameOptions"]["FrameOption"]
        if "ReferrerPolicy" in security:
            yield "referrer-policy", security["ReferrerPolicy"]["ReferrerPolicy"]
        if "ContentSecurityPolicy" in security:
            yield "content-security-policy", security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
        for item in properties.get("CustomHeadersConfig", {}).get("Items", []):
            yield str(item["Header"]).lower(), str(item["Value"])


class Edge:
    """ASGI application. Routes come from `<state>/routes.json`, which the supervisor writes after each deployment."""

    def __init__(self, state: Path, backend: str, issuer: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._file = state / "routes.json"
        self._backend = backend
        self._issuer = issuer
        self.store = EdgeKeyValueStore(state / "edge-store.json")
        self._routes: Routes | None = None
        self._read_at = 0
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(BACKEND_SECONDS, connect=2.0),
            limits=httpx.Limits(max_connections=200, max_keepalive_connections=40),
            trust_env=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            path: str = scope["path"]
            if path == OIDC_PATH or path.startswith(f"{OIDC_PATH}/"):
                await self._issuer(scope, receive, send)
            elif path == "/_edge/health":
                await _plain(send, 200, b"ok")
            elif path.startswith(STORE_PATH):
                await self._store_api(scope, receive, send)
            else:
                await self._forward(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                await self._client.aclose()
                return

    async def _store_api(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b"".join([chunk async for chunk in _chunks(receive)]) if _has_body(scope) else b""
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
        try:
            status, said, etag = self.store.answer(scope["method"], path, query, _header(scope, b"if-match"), body)
            extra = [(b"etag", etag.encode())]
        except StoreError as error:
            status, said = error.status, {"Message": str(error)}
            extra = [(b"x-amzn-errortype", error.name.encode())]
        text = json.dumps(said).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(text)).encode()), *extra]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})

    def _current_routes(self) -> Routes | None:
        try:
            changed = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return None
        if changed != self._read_at:
            self._routes = Routes.from_json(self._file.read_text(encoding="utf-8"))
            self._read_at = changed
        return self._routes

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        routes = self._current_routes()
        if routes is None:
            await _problem(send, 503, "Starting", "The stack is not deployed yet. Try again in a few seconds.")
            return
        behaviour = routes.behaviour_for(scope["path"])
        if behaviour is None or scope["method"] not in behaviour.methods:
            await _plain(send, 403, b"This request is not allowed here.")
            return
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
        if behaviour.page_route and not (path == "/" and routes.root_object):
            query = scope["query_string"]
            # A browser may send several Cookie headers (HTTP/2); CloudFront reads them as one.
            cookies = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
            led = route(path, _header(scope, b"accept-language"), self.store.get, cookies, query.decode("latin-1"))
            if isinstance(led, Chosen):
                await _redirect(send, led.location.encode(), 302, [(b"cache-control", b"no-store"), (b"set-cookie", led.cookie.encode())])
                return
            if isinstance(led, Redirected):
                await _redirect(send, led.location.encode() + (b"?" + query if query else b""))
                return
            path = led.path
        url = self._address(scope, routes, behaviour, path)
        body = None if behaviour.origin.kind == "bucket" or not _has_body(scope) else _chunks(receive)
        headers = _request_headers(scope, behaviour)
        request = self._client.build_request(scope["method"], url, headers=headers, content=body)
        try:
            response = await self._client.send(request, stream=True)
        except httpx.TimeoutException:
            await _problem(send, 504, "No answer", f"The backend did not answer within {BACKEND_SECONDS:.0f} seconds.")
            return
        except httpx.TransportError as error:
            detail = f"The backend is away ({type(error).__name__}). If it was just restarted, try again in a moment."
            await _problem(send, 502, "Bad gateway", detail)
            return
        try:
            await self._pass_on(send, response, routes, behaviour)
        finally:
            await response.aclose()

    async def _pass_on(self, send: Send, response: httpx.Response, routes: Routes, behaviour: Behaviour) -> None:
        status = response.status_code
        if behaviour.origin.kind == "bucket" and status == 404:
            status = 403
        if status in routes.error_pages:
            page, status = routes.error_pages[status]
            await response.aclose()
            response = await self._client.get(self._object(routes.behaviours[-1].origin, page))
        elif behaviour.origin.kind == "bucket" and status == 403:
            await _plain(send, 403, b"There is nothing at this address, or it is not public.")
            return
        if behaviour.page_route:
            status = status_of(response.headers.get(STATUS_HEADER), status)
        added = dict(behaviour.headers)
        headers = [
            (name.lower(), value)
            for name, value in response.headers.raw
            if name.lower() not in HOP_BY_HOP | {b"date", b"server"}
            and name.lower().decode() not in added
            and (behaviour.origin.kind == "api" or name.lower() in S3_HEADERS)
        ]
        headers += [(name.encode(), value.encode("latin-1")) for name, value in added.items()]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if response.is_stream_consumed:
            await send({"type": "http.response.body", "body": response.content})
            return
        async for chunk in response.aiter_raw():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _address(self, scope: Scope, routes: Routes, behaviour: Behaviour, path: str) -> str:
        origin = behaviour.origin
        if origin.kind == "api":
            query = scope["query_string"].decode("latin-1")
            joint = f"?{query}" if query else ""
            return f"{self._backend}/_aws/execute-api/{origin.target}/$default{origin.path}{path}{joint}"
        if path == "/" and routes.root_object:
            path += routes.root_object
        return self._object(origin, path)

    def _object(self, origin: Origin, path: str) -> str:
        # A path must not climb out of OriginPath: the bucket holds staged versions beside the public ones.
        safe = re.sub(r"(?i)(/|%2f)(\.|%2e){2}(?=/|%2f|$)", "/", path)
        return f"{self._backend}/{origin.target}{origin.path}{safe}"


def _has_body(scope: Scope) -> bool:
    names = {name for name, _ in scope["headers"]}
    return b"content-length" in names or b"transfer-encoding" in names


def _request_headers(scope: Scope, behaviour: Behaviour) -> list[tuple[bytes, bytes]]:
    dropped = HOP_BY_HOP | {b"host"}
    if behaviour.origin.kind == "bucket":
        # What a visitor sends is not meant for S3 (an Authorization header would be read as a signature).
        kept = (b"range", b"if-none-match", b"if-modified-since")
        return [(name, value) for name, value in scope["headers"] if name in kept]
    headers = [(name, value) for name, value in scope["headers"] if name not in dropped]
    client = (scope.get("client") or ("127.0.0.1", 0))[0]
    return [*headers, (b"x-forwarded-for", client.encode()), (b"x-forwarded-proto", b"http")]


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body"):
            return


def _header(scope: Scope, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")


async def _redirect(send: Send, location: bytes, status: int = 301, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
    headers = [(b"location", location), (b"content-length", b"0"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _plain(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _problem(send: Send, status: int, title: str, detail: str) -> None:
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"retry-after", b"2"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """`python -m infra.local.edge STATE PORT BACKEND`: serve until SIGTERM."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    state, port, backend = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    issuer = Issuer(f"http://127.0.0.1:{port}{OIDC_PATH}", state)
    edge = Edge(state, backend, issuer_app(issuer, OIDC_PATH))
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.graceful_timeout = 1.0
    config.accesslog = None
    config.loglevel = "WARNING"
    config.include_server_header = False

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await serve(edge, config, shutdown_trigger=stop.wait)  # type: ignore[arg-type]

    asyncio.run(run())


if __name__ == "__main__":
    main()
