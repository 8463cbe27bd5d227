"""The command line on a fake network: the real API edge behind a transport, an issuer, a storage, and scripted answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
from typer.testing import CliRunner

from infra.cli.main import app
from infra.cli.surroundings import Surroundings
from tests.support.web_api import Api, FakeContext, event, reply, token

URL = "http://127.0.0.1:8200"
STORAGE = "http://storage.test"
Script = Callable[[httpx.Request], httpx.Response | None]


@dataclass
class Network(httpx.BaseTransport):
    """Answers everything the command line asks, and remembers it. A script may answer first."""

    api: Api = field(default_factory=Api)
    scripts: list[Script] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    grants: list[str] = field(default_factory=lambda: ["authorization_code", "urn:huichang:persona"])

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(request.read())
        self.requests.append(request)
        for script in self.scripts:
            answer = script(request)
            if answer is not None:
                return answer
        if request.url.host == "issuer.example":
            return self._issuer(request)
        if str(request.url).startswith(STORAGE):
            return httpx.Response(200)
        return self._api(request)

    def paths(self, method: str = "") -> list[str]:
        return [request.url.path for request in self.requests if method in ("", request.method)]

    def sent(self, path: str) -> Any:
        """The JSON body of the last request to this path."""
        found = [body for request, body in zip(self.requests, self.bodies, strict=True) if request.url.path == path and body]
        return json.loads(found[-1])

    def _issuer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/.well-known/openid-configuration"):
            body = {
                "token_endpoint": "https://issuer.example/token",
                "authorization_endpoint": "https://issuer.example/authorize",
                "grant_types_supported": self.grants,
            }
            return httpx.Response(200, json=body)
        form = {name: values[0] for name, values in parse_qs(request.read().decode()).items()}
        if form.get("persona") == "stranger":
            return httpx.Response(400, json={"error": "invalid_grant", "error_description": "no such persona"})
        return httpx.Response(200, json={"access_token": token(form.get("persona", "operator")), "expires_in": 600})

    def _api(self, request: httpx.Request) -> httpx.Response:
        asked = event(
            request.method,
            request.url.path,
            role=None,
            raw=request.read() or None,
            headers=dict(request.headers),
            query=dict(request.url.params),
        )
        answer = reply(self.api.app(asked, FakeContext()))
        return httpx.Response(answer.status, headers=answer.headers, content=answer.text.encode())


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Cli:
    """Runs commands; time passes only when they sleep."""

    folder: Path
    network: Network = field(default_factory=Network)
    environ: dict[str, str] = field(default_factory=dict)
    now: float = 1_788_249_600.0
    executed: list[list[str]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    browser: Callable[[str], object] = lambda _: None

    def __post_init__(self) -> None:
        self.environ = {"HOME": str(self.folder), "HUICHANG_URL": URL} | self.environ

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def _open(self, address: str) -> None:
        self.opened.append(address)
        self.browser(address)

    def __call__(self, *arguments: str, role: str | None = "admin") -> Ran:
        environ = self.environ | ({"HUICHANG_TOKEN": token(role)} if role else {})
        here = Surroundings(
            environ=environ,
            folder=self.folder,
            transport=self.network,
            sleep=self.sleep,
            clock=lambda: self.now,
            open_browser=self._open,
            execute=self.executed.append,
            callback_port=0,
        )
        ran = CliRunner().invoke(app, list(arguments), obj=here)
        if ran.exception and not isinstance(ran.exception, SystemExit):
            raise ran.exception
        return Ran(ran.exit_code, ran.stdout, ran.stderr)
