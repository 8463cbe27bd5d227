"""The local OIDC issuer: four personas instead of passwords, tokens that look like Cognito's.

Never deployed to AWS: there the template's user pool (or another issuer) is used, and the functions see only an
issuer's address.

Access tokens carry what Cognito's carry (`token_use`, `client_id`, `scope`, `username`, `cognito:groups`, no `aud`),
signed RS256 with a key that stays in the state folder, so that a restart does not sign anybody out. Browsers use the
authorization code with PKCE; the command line and tests name a persona:
`grant_type=urn:huichang:persona&persona=operator`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import secrets
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "huichang-console"
PERSONA_GRANT = "urn:huichang:persona"
TOKEN_SECONDS = 8 * 3600
CODE_SECONDS = 60
_NAMESPACE = uuid.UUID("6f6a2a8e-3c55-4a0e-9a67-0b8a44d1c0de")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Persona:
    """One of the people of the system. `name` is also the group, and the group is the role."""

    name: str
    title_zh: str
    title_en: str
    does_zh: str
    does_en: str

    @property
    def subject(self) -> str:
        """A stable `sub`."""
        return str(uuid.uuid5(_NAMESPACE, self.name))


PERSONAS = {
    persona.name: persona
    for persona in (
        Persona("operator", "运营", "Operator", "写一句话，看进度，发布会场", "Writes, watches, publishes"),
        Persona("reviewer", "审核", "Reviewer", "看图看文案，通过或打回", "Approves or rejects what was made"),
        Persona("designer", "设计师", "Designer", "管理模板和风格", "Owns templates and styles"),
        Persona("admin", "管理员", "Administrator", "角色、预算、审计", "Roles, budgets, audit"),
    )
}


class OAuthError(Exception):
    """An answer of RFC 6749, section 5.2."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


class Issuer:
    """Signs tokens as `url`. The key is made once and kept in `folder`."""

    def __init__(self, url: str, folder: Path, now: Callable[[], float] = time.time) -> None:
        self.url = url
        self._now = now
        self._key = _load_or_make_key(folder / "oidc-key.pem")
        numbers = self._key.public_key().public_numbers()
        self._jwk = {"kty": "RSA", "use": "sig", "alg": "RS256", "n": _number(numbers.n), "e": _number(numbers.e)}
        thumbprint = json.dumps({name: self._jwk[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
        self._jwk["kid"] = _base64(hashlib.sha256(thumbprint.encode()).digest())
        self._codes: dict[str, dict[str, str | float]] = {}

    def configuration(self) -> dict[str, Any]:
        """OpenID Connect discovery."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/oauth2/authorize",
            "token_endpoint": f"{self.url}/oauth2/token",
            "userinfo_endpoint": f"{self.url}/oauth2/userInfo",
            "end_session_endpoint": f"{self.url}/logout",
            "jwks_uri": f"{self.url}/.well-known/jwks.json",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", PERSONA_GRANT],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
        }

    def keys(self) -> dict[str, Any]:
        """The JWKS."""
        return {"keys": [self._jwk]}

    def tokens(self, persona_name: str, nonce: str = "") -> dict[str, Any]:
        """A token answer for a persona. OAuthError for an unknown one."""
        persona = PERSONAS.get(persona_name)
        if persona is None:
            raise OAuthError("invalid_grant", f"persona must be one of {', '.join(PERSONAS)}")
        now = int(self._now())
        common = {
            "sub": persona.subject,
            "cognito:groups": [persona.name],
            "iss": self.url,
            "auth_time": now,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        access = {
            **common,
            "token_use": "access",
            "client_id": CLIENT_ID,
            "scope": "openid profile",
            "username": persona.name,
            "version": 2,
        }
        identity = {
            **common,
            "token_use": "id",
            "aud": CLIENT_ID,
            "cognito:username": persona.name,
            "name": f"{persona.title_zh} {persona.title_en}",
            **({"nonce": nonce} if nonce else {}),
        }
        return {
            "access_token": self._sign(access),
            "id_token": self._sign(identity),
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
        }

    def check_request(self, query: Mapping[str, str]) -> None:
        """An authorization request that may go on. OAuthError otherwise; never redirects to an address it does not
        know."""
        if query.get("client_id") != CLIENT_ID:
            raise OAuthError("unauthorized_client", f"client_id must be {CLIENT_ID}")
        target = urlsplit(query.get("redirect_uri", ""))
        if target.scheme != "http" or target.hostname not in ("127.0.0.1", "localhost"):
            raise OAuthError("invalid_request", "redirect_uri must be on this machine")
        if query.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "response_type must be code")
        if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
            raise OAuthError("invalid_request", "PKCE with S256 is required")

    def code(self, persona_name: str, query: Mapping[str, str]) -> str:
        """The address to go back to, with a code that is good for one use within CODE_SECONDS."""
        self.check_request(query)
        if persona_name not in PERSONAS:
            raise OAuthError("invalid_request", "unknown persona")
        code = secrets.token_urlsafe(32)
        self._codes[code] = {
            "persona": persona_name,
            "redirect_uri": query["redirect_uri"],
            "challenge": query["code_challenge"],
            "nonce": query.get("nonce", ""),
            "until": self._now() + CODE_SECONDS,
        }
        answer = {"code": code, **({"state": query["state"]} if query.get("state") else {})}
        joint = "&" if urlsplit(query["redirect_uri"]).query else "?"
        return f"{query['redirect_uri']}{joint}{urlencode(answer)}"

    def exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The token endpoint. OAuthError says why not."""
        if form.get("client_id") != CLIENT_ID:
            raise OAuthError("invalid_client", f"client_id must be {CLIENT_ID}")
        grant = form.get("grant_type")
        if grant == PERSONA_GRANT:
            return self.tokens(form.get("persona", ""))
        if grant != "authorization_code":
            raise OAuthError("unsupported_grant_type", f"{grant} is not supported")
        entry = self._codes.pop(form.get("code", ""), None)
        if entry is None or float(entry["until"]) < self._now():
            raise OAuthError("invalid_grant", "the code is unknown, used or too old")
        challenge = _base64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if not hmac.compare_digest(challenge, str(entry["challenge"])):
            raise OAuthError("invalid_grant", "the code verifier does not match")
        if form.get("redirect_uri") != entry["redirect_uri"]:
            raise OAuthError("invalid_grant", "the redirect_uri is another")
        return self.tokens(str(entry["persona"]), str(entry["nonce"]))

    def _sign(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode(dict(claims), self._key, algorithm="RS256", headers={"kid": str(self._jwk["kid"])})


def issuer_app(issuer: Issuer, path: str) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The issuer as an ASGI application; it serves below `path`."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        route = (scope["method"], scope["path"].removeprefix(path))
        query = _pairs(scope["query_string"].decode("latin-1"))
        try:
            if route == ("GET", "/.well-known/openid-configuration"):
                await _json(send, 200, issuer.configuration())
            elif route == ("GET", "/.well-known/jwks.json"):
                await _json(send, 200, issuer.keys())
            elif route == ("GET", "/oauth2/authorize"):
                issuer.check_request(query)
                await _answer(send, 200, "text/html; charset=utf-8", _picker(query).encode())
            elif route == ("POST", "/oauth2/authorize"):
                form = _pairs((await _body(receive)).decode())
                await _answer(send, 303, "text/plain", b"", location=issuer.code(form.pop("persona", ""), form))
            elif route == ("POST", "/oauth2/token"):
                await _json(send, 200, issuer.exchange(_pairs((await _body(receive)).decode())))
            elif route == ("GET", "/oauth2/userInfo"):
                await _json(send, 200, _user_info(issuer, scope))
            elif route == ("GET", "/logout"):
                await _logout(send, query)
            else:
                await _json(send, 404, {"error": "not_found"})
        except OAuthError as error:
            await _json(send, 400, {"error": error.code, "error_description": error.description})

    return application


def _user_info(issuer: Issuer, scope: Scope) -> dict[str, Any]:
    header = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"authorization"), "")
    try:
        key = jwt.PyJWK(issuer.keys()["keys"][0])
        claims = jwt.decode(header.removeprefix("Bearer "), key, algorithms=["RS256"], issuer=issuer.url)
    except jwt.PyJWTError as error:
        raise OAuthError("invalid_token", str(error)) from error
    return {"sub": claims["sub"], "username": claims.get("username", "")}


async def _logout(send: Send, query: Mapping[str, str]) -> None:
    target = query.get("logout_uri", "")
    if urlsplit(target).hostname not in ("127.0.0.1", "localhost"):
        raise OAuthError("invalid_request", "logout_uri must be on this machine")
    await _answer(send, 302, "text/plain", b"", location=target)


def _picker(query: Mapping[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in query.items()
        if name != "persona"
    )
    buttons = "".join(
        f'<button name="persona" value="{p.name}"><b>{p.title_zh} <span lang="en">{p.title_en}</span></b>'
        f'<span>{p.does_zh}</span><span lang="en">{p.does_en}</span></button>'
        for p in PERSONAS.values()
    )
    return f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>会场 · 以谁的身份登录 / Sign in as</title>
<style>
:root{{color-scheme:light
dark;--ground:#f6f4f1;--card:#fff;--ink:#1d1a17;--soft:#6d655d;--line:#e3ddd6;--accent:#c8371f}} @media
(prefers-color-scheme:dark){{:root{{--ground:#171412;--card:#221e1b;--ink:#f3eee9;--soft:#a89f96;
--line:#3a332d;--accent:#ff7a5c}}}}*{{box-sizing:border-box}}
body{{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink);
padding:24px 16px;font:16px/1.5 "PingFang SC","HarmonyOS Sans SC","Noto Sans CJK SC","Microsoft
YaHei",system-ui,sans-serif}} main{{width:min(560px,100%)}}h1{{font-size:28px;line-height:1.25;margin:0 0
4px}}p{{color:var(--soft);margin:0 0 24px;font-size:14px}}
form{{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:12px}}
button{{text-align:left;display:grid;gap:2px;padding:16px;border:1px solid var(--line);border-radius:12px;
background:var(--card);color:inherit;font:inherit;cursor:pointer;min-height:44px}}button b{{font-size:18px}} button b
span{{color:var(--soft);font-weight:500;font-size:14px}}button>span{{font-size:14px;color:var(--soft)}}
button:hover,button:focus-visible{{border-color:var(--accent);outline:2px solid var(--accent);outline-offset:1px}}
</style></head><body><main><h1>以谁的身份登录？</h1>
<p>本机演示身份，不需要密码。
<span lang="en">Sign in as: local personas, no password. On AWS people sign in with the user pool.</span></p>
<form method="post">{hidden}{buttons}</form></main></body></html>"""


def _load_or_make_key(path: Path) -> rsa.RSAPrivateKey:
    if path.exists():
        loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(loaded, rsa.RSAPrivateKey):
            raise TypeError(f"{path} holds no RSA key")
        return loaded
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(pem)
    return key


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _base64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _pairs(encoded: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(encoded, keep_blank_values=True).items()}


async def _body(receive: Receive) -> bytes:
    data: bytes = b""
    while True:
        message = await receive()
        data += bytes(message.get("body", b""))
        if len(data) > 64 * 1024:
            raise OAuthError("invalid_request", "the request is too long")
        if not message.get("more_body"):
            return data


async def _json(send: Send, status: int, value: Any) -> None:
    await _answer(send, status, "application/json", json.dumps(value, ensure_ascii=False).encode())


async def _answer(send: Send, status: int, kind: str, body: bytes, location: str = "") -> None:
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-frame-options", b"DENY"),
        (b"access-control-allow-origin", b"*"),
    ]
    if location:
        headers.append((b"location", location.encode("latin-1")))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
