"""Access tokens of an OIDC issuer (Cognito, or the embedded cloud's own), verified in our own code.

The gateway verifies them as well. Twice is meant: a route that somebody adds without the gateway's authorizer, or an
emulator that has none, must not open the door.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import jwt

from huichang.kernel.errors import PermanentError, TransientError, UnauthenticatedError
from huichang.web.access import Identity, known_roles

ALGORITHM = "RS256"
CLOCK_SKEW_SECONDS = 60
KEYS_FRESH_SECONDS = 600
# An issuer that is away for a while must not stop everybody at once; an hour is still short for a withdrawn key.
KEYS_USABLE_SECONDS = 3600
# A stranger can invent key ids as fast as he likes: the issuer is asked for them at most this often.
REFRESH_PAUSE_SECONDS = 10
FETCH_TIMEOUT_SECONDS = 3
MAX_DOCUMENT_BYTES = 256 * 1024
MIN_KEY_BITS = 2048
MAX_TOKEN = 8192

Fetch = Callable[[str], Mapping[str, Any]]


def fetch_json(url: str) -> Mapping[str, Any]:
    """GET a JSON object. Raises TransientError."""
    _require_safe(url)
    try:
        with urlopen(Request(url, headers={"Accept": "application/json"}), timeout=FETCH_TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked above
            document = json.loads(answer.read(MAX_DOCUMENT_BYTES))
    except (URLError, OSError, ValueError) as error:
        raise TransientError(f"the issuer does not answer: {error}", where=url) from error
    if not isinstance(document, dict):
        raise TransientError("the issuer's answer is no JSON object", where=url)
    return document


class SigningKeys:
    """The issuer's public RSA keys by id: fetched when needed, kept ten minutes, fetched again for an unknown id."""

    def __init__(self, issuer: str, fetch: Fetch = fetch_json, clock: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._asked_at: float | None = None

    def key(self, kid: str) -> jwt.PyJWK | None:
        """The key, or None if the issuer has none with this id. Raises TransientError when there are no usable keys."""
        fresh = self._age() < KEYS_FRESH_SECONDS
        if fresh and kid in self._keys:
            return self._keys[kid]
        if self._asked_at is None or self._clock() - self._asked_at >= REFRESH_PAUSE_SECONDS:
            self._refresh()
        if self._age() >= KEYS_USABLE_SECONDS:
            raise TransientError("the issuer's keys cannot be had", where=self._issuer, mend="try again in a moment")
        return self._keys.get(kid)

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else self._clock() - self._fetched_at

    def _refresh(self) -> None:
        self._asked_at = self._clock()
        try:
            discovery = self._fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if discovery.get("issuer") != self._issuer:
                raise PermanentError(
                    f"the document at the issuer names another issuer: {discovery.get('issuer')!r}",
                    where=self._issuer,
                    mend="set OIDC_ISSUER to exactly what the issuer calls itself",
                )
            document = self._fetch(str(discovery.get("jwks_uri", "")))
        except TransientError:
            if self._age() >= KEYS_USABLE_SECONDS:
                raise
            return  # the keys we have are still good enough
        usable = (_usable(entry) for entry in document.get("keys", []))
        self._keys = {key.key_id: key for key in usable if key is not None and key.key_id}
        self._fetched_at = self._clock()


class OidcVerifier:
    """TokenVerifier for access tokens: RS256 only, of our issuer, for our client, valid now."""

    def __init__(self, issuer: str, client_id: str, keys: SigningKeys | None = None) -> None:
        if not issuer or not client_id:
            raise PermanentError("OIDC_ISSUER and OIDC_CLIENT_ID are needed", where="settings", mend="see template.yaml")
        self._issuer = issuer
        self._client_id = client_id
        self._keys = keys or SigningKeys(issuer)

    def verify(self, token: str) -> Identity:
        """See TokenVerifier."""
        claims = self._claims(token)
        # Cognito's access tokens name their client in client_id and have no aud; other issuers use aud.
        audience = claims.get("aud", ())
        meant_for = {claims.get("client_id"), *([audience] if isinstance(audience, str) else audience)}
        if self._client_id not in meant_for:
            raise _refused("it was made for another client")
        # An id token says who somebody is, not what they may do here; it travels to more places than an access token.
        if claims.get("token_use") != "access":
            raise _refused("it is not an access token")
        subject = str(claims["sub"])
        name = str(claims.get("username") or claims.get("preferred_username") or claims.get("email") or subject)
        return Identity(subject=subject, name=name[:120], roles=known_roles(claims.get("cognito:groups")))

    def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > MAX_TOKEN:
            raise _refused("it is too long")
        try:
            header = jwt.get_unverified_header(token)
            # Chosen by us, never by the token: "none" and HS256 signed with our public key end here.
            if header.get("alg") != ALGORITHM:
                raise _refused("it is not signed with RS256")
            kid = header.get("kid")
            key = self._keys.key(kid) if isinstance(kid, str) else None
            if key is None:
                raise _refused("its key is not one of the issuer's")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": ["exp", "iss", "sub"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError as error:
            raise _refused("it has expired") from error
        except jwt.PyJWTError as error:
            raise _refused(str(error) or type(error).__name__) from error
        return claims


def _usable(entry: Any) -> jwt.PyJWK | None:
    """An RSA signing key of decent size, or None: an issuer may publish others, and they are not for us."""
    if not isinstance(entry, dict) or entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
        return None
    if entry.get("alg", ALGORITHM) != ALGORITHM:
        return None
    try:
        key = jwt.PyJWK(entry, algorithm=ALGORITHM)
    except (jwt.PyJWTError, ValueError):
        return None
    return key if key.key.key_size >= MIN_KEY_BITS else None


def _refused(why: str) -> UnauthenticatedError:
    return UnauthenticatedError(f"this token is not accepted: {why}", where="authorization", mend="sign in again")


def _require_safe(url: str) -> None:
    """Keys come over https; over plain http only from this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")):
        return
    raise PermanentError(f"{url} is not an https address", where="OIDC_ISSUER", mend="use an issuer with https")
