"""Signing in: a local persona, a browser with PKCE, or a token from the environment."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from infra.cli.client import Api, find_url, is_local
from infra.cli.errors import NOT_ALLOWED, UNREACHABLE, CliError
from infra.cli.surroundings import Surroundings

PERSONA_GRANT = "urn:huichang:persona"
BROWSER_SECONDS = 180.0
# A token that ends within this time would fail in the middle of a command.
SPARE_SECONDS = 30


@dataclass(frozen=True)
class Issuer:
    """What /api/config and the issuer's discovery document say."""

    client_id: str
    token_endpoint: str
    authorization_endpoint: str
    grants: tuple[str, ...]


def connect(here: Surroundings) -> Api:
    """The API with a token if one can be had: --as, HUICHANG_TOKEN, or the last login at this address."""
    url = find_url(here)
    if here.persona:
        return Api(url, persona_token(here, url, here.persona)["access_token"], here)
    return Api(url, here.environ.get("HUICHANG_TOKEN", "") or stored_token(here, url), here)


def find_issuer(here: Surroundings, url: str) -> Issuer:
    """Ask the API for its issuer, and the issuer for its endpoints."""
    config = Api(url, "", here).get("/api/config")
    known = _fetch(here, "GET", f"{str(config['issuer']).rstrip('/')}/.well-known/openid-configuration")
    return Issuer(
        client_id=str(config["client_id"]),
        token_endpoint=str(known.get("token_endpoint", "")),
        authorization_endpoint=str(known.get("authorization_endpoint", "")),
        grants=tuple(known.get("grant_types_supported", ())),
    )


def persona_token(here: Surroundings, url: str, persona: str) -> dict[str, Any]:
    """A token of the embedded cloud's issuer, which has personas instead of passwords."""
    issuer = find_issuer(here, url)
    if not is_local(url) or PERSONA_GRANT not in issuer.grants:
        raise CliError(f"{url} has no personas", NOT_ALLOWED, mend="sign in with `huichang login`")
    form = {"grant_type": PERSONA_GRANT, "client_id": issuer.client_id, "persona": persona}
    return _fetch(here, "POST", issuer.token_endpoint, form)


def browser_token(here: Surroundings, url: str) -> dict[str, Any]:
    """Authorization code with PKCE: a browser signs in, the answer comes to a loopback address."""
    issuer = find_issuer(here, url)
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    with _Callback(here.callback_port) as callback:
        asked = {
            "response_type": "code",
            "client_id": issuer.client_id,
            "redirect_uri": callback.address,
            "scope": "openid profile",
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(issuer.authorization_endpoint).query else "?"
        here.open_browser(f"{issuer.authorization_endpoint}{joint}{urlencode(asked)}")
        answer = callback.wait()
    if not secrets.compare_digest(answer.get("state", ""), state):
        raise CliError("the sign-in answered to somebody else's question", NOT_ALLOWED, mend="try again")
    if "code" not in answer:
        said = answer.get("error_description") or answer.get("error") or "no code"
        raise CliError(f"the sign-in was refused: {said}", NOT_ALLOWED)
    form = {
        "grant_type": "authorization_code",
        "client_id": issuer.client_id,
        "code": answer["code"],
        "redirect_uri": callback.address,
        "code_verifier": verifier,
    }
    return _fetch(here, "POST", issuer.token_endpoint, form)


def remember(here: Surroundings, url: str, token: dict[str, Any]) -> None:
    """Keep the access token for this address, readable by this user only."""
    kept = _kept(here)
    kept[url] = {
        "access_token": token["access_token"],
        "expires_at": int(here.clock()) + int(token.get("expires_in", 3600)),
    }
    path = here.credentials
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)  # before anything secret is in it, also where an older file was more open
    path.write_text(json.dumps(kept, indent=1), encoding="utf-8")


def stored_token(here: Surroundings, url: str) -> str:
    """The token of the last login at this address, "" if there is none that is still good."""
    entry = _kept(here).get(url, {})
    if int(entry.get("expires_at", 0)) <= here.clock() + SPARE_SECONDS:
        return ""
    return str(entry.get("access_token", ""))


def who(token: str) -> dict[str, Any]:
    """The claims of a token, unchecked: only to greet its owner. The API does the checking."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _kept(here: Surroundings) -> dict[str, Any]:
    if not here.credentials.is_file():
        return {}
    try:
        kept = json.loads(here.credentials.read_text(encoding="utf-8"))
    except ValueError:
        return {}  # half-written by a killed login: signing in again writes it anew
    return kept if isinstance(kept, dict) else {}


def _fetch(here: Surroundings, method: str, url: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    # A client of its own: the issuer is another party and must not be sent the API's token.
    try:
        with httpx.Client(timeout=20, transport=here.transport) as client:
            answer = client.request(method, url, data=form)
            body = answer.json()
    except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise CliError(f"the issuer at {url} does not answer ({type(error).__name__})", UNREACHABLE) from error
    except ValueError as error:
        raise CliError(f"the issuer at {url} does not speak JSON", UNREACHABLE) from error
    if answer.status_code >= 400 or not isinstance(body, dict):
        said = body.get("error_description") or body.get("error") if isinstance(body, dict) else ""
        raise CliError(f"the issuer refused: {said or answer.status_code}", NOT_ALLOWED)
    return body


class _Callback:
    """A loopback server that takes one answer from the browser."""

    def __init__(self, port: int) -> None:
        self._answer: dict[str, str] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path != "/callback":
                    self.send_error(404)
                    return
                outer._answer = {name: values[0] for name, values in parse_qs(parts.query).items()}
                page = "<!doctype html><meta charset=utf-8><title>Huichang</title><p>已登录，可以关闭此页。 Signed in; close this page."
                body = page.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
                """Say nothing: the address holds the code."""

        try:
            self._server = HTTPServer(("127.0.0.1", port), Handler)
        except OSError as error:
            raise CliError(f"port {port} is taken, and the sign-in needs it: {error}", UNREACHABLE) from error
        self._server.timeout = 1.0

    @property
    def address(self) -> str:
        """The redirect address."""
        return f"http://127.0.0.1:{self._server.server_port}/callback"

    def wait(self) -> dict[str, str]:
        """The parameters that the browser brought."""
        left = BROWSER_SECONDS
        while not self._answer and left > 0:
            self._server.handle_request()
            left -= 1.0
        if not self._answer:
            raise CliError("nobody signed in within three minutes", NOT_ALLOWED, mend="huichang login")
        return self._answer

    def __enter__(self) -> _Callback:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()
