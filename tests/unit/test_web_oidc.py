"""Access tokens: what is let in, and the many things that are not."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from huichang.adapters.oidc import (
    CLOCK_SKEW_SECONDS,
    KEYS_FRESH_SECONDS,
    KEYS_USABLE_SECONDS,
    REFRESH_PAUSE_SECONDS,
    OidcVerifier,
    SigningKeys,
    fetch_json,
)
from huichang.kernel.errors import PermanentError, TransientError, UnauthenticatedError
from tests.support.web_api import CLIENT, ISSUER, FakeIssuer, claims, jwk_of, signing_key, token, verifier


class Ticks:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_good_token_names_its_owner_and_only_the_roles_we_know() -> None:
    identity = verifier().verify(token(["reviewer", "superuser", "operator"]))
    assert identity.name == "reviewer@example.com"
    assert identity.roles == ("operator", "reviewer")


@pytest.mark.parametrize("groups", [None, "admin", 7, [["admin"]], [{"admin": 1}]])
def test_groups_that_are_no_list_of_names_give_no_role(groups: Any) -> None:
    assert verifier().verify(token("operator", **{"cognito:groups": groups})).roles == ()


def test_the_audience_may_be_in_aud_instead_of_client_id() -> None:
    assert verifier().verify(token(client_id=None, aud=CLIENT)).subject
    assert verifier().verify(token(client_id=None, aud=["other", CLIENT])).subject


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"exp": int(time.time()) - CLOCK_SKEW_SECONDS - 5}, "expired"),
        ({"nbf": int(time.time()) + CLOCK_SKEW_SECONDS + 86_400}, "not yet valid"),
        ({"iat": int(time.time()) + CLOCK_SKEW_SECONDS + 86_400}, "iat"),
        ({"exp": None}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"iss": "https://evil.example/pool"}, "issuer"),
        ({"iss": ISSUER + "/"}, "issuer"),
        ({"iss": None}, "iss"),
        ({"sub": None}, "sub"),
        ({"client_id": "another"}, "another client"),
        ({"client_id": None}, "another client"),
        ({"client_id": None, "aud": ["x", "y"]}, "another client"),
        ({"token_use": "id"}, "not an access token"),
        ({"token_use": None}, "not an access token"),
    ],
)
def test_a_token_with_wrong_claims_is_refused_and_told_why(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(UnauthenticatedError, match=f"(?i){why}"):
        verifier().verify(token("admin", **changes))


def test_a_clock_that_is_a_little_wrong_does_not_matter() -> None:
    now = int(time.time())
    assert verifier().verify(token(exp=now - CLOCK_SKEW_SECONDS + 20, nbf=now + CLOCK_SKEW_SECONDS - 20)).subject


def _unsigned(header: dict[str, Any]) -> str:
    parts = (json.dumps(part).encode() for part in (header, claims("admin")))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


@pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
def test_alg_none_is_refused(alg: str) -> None:
    with pytest.raises(UnauthenticatedError):
        verifier().verify(_unsigned({"alg": alg, "kid": "main", "typ": "JWT"}))


def test_hs256_signed_with_our_public_key_is_refused() -> None:
    public = signing_key().public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    secret = base64.urlsafe_b64encode(public)  # PyJWT itself refuses a PEM here; an attacker's tool would not
    forged = jwt.encode(claims("admin"), secret, algorithm="HS256", headers={"kid": "main"})
    with pytest.raises(UnauthenticatedError, match="RS256"):
        verifier().verify(forged)


@pytest.mark.parametrize("algorithm", ["RS384", "PS256"])
def test_other_algorithms_of_the_right_key_are_refused(algorithm: str) -> None:
    other = jwt.encode(claims(), signing_key(), algorithm=algorithm, headers={"kid": "main"})
    with pytest.raises(UnauthenticatedError, match="RS256"):
        verifier().verify(other)


def test_a_key_that_the_token_brings_along_is_not_used() -> None:
    forged = jwt.encode(
        claims("admin"),
        signing_key("stranger"),
        algorithm="RS256",
        headers={"kid": "stranger", "jwk": jwk_of("stranger")},
    )
    with pytest.raises(UnauthenticatedError, match="key is not one"):
        verifier().verify(forged)


def test_another_key_under_a_known_id_is_refused() -> None:
    forged = jwt.encode(claims("admin"), signing_key("stranger"), algorithm="RS256", headers={"kid": "main"})
    with pytest.raises(UnauthenticatedError, match=r"(?i)signature"):
        verifier().verify(forged)


def test_changed_claims_are_refused() -> None:
    head, _, tail = token("operator").split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims("admin")).encode()).decode().rstrip("=")
    with pytest.raises(UnauthenticatedError):
        verifier().verify(f"{head}.{body}.{tail}")


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c", "..", "é.é.é", "x" * 9000, "eyJhbGciOiJSUzI1NiJ9.e30.e30"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(UnauthenticatedError):
        verifier().verify(text)


def test_a_token_without_kid_is_refused() -> None:
    with pytest.raises(UnauthenticatedError):
        verifier().verify(jwt.encode(claims(), signing_key(), algorithm="RS256"))


def test_keys_are_fetched_once_and_again_when_they_are_old() -> None:
    issuer, ticks = FakeIssuer(), Ticks()
    checked = verifier(issuer, ticks)
    for _ in range(3):
        checked.verify(token())
    assert len(issuer.calls) == 2  # discovery and keys
    ticks.now += KEYS_FRESH_SECONDS + 1
    checked.verify(token())
    assert len(issuer.calls) == 4


def test_an_unknown_key_id_refreshes_but_cannot_be_used_to_hammer_the_issuer() -> None:
    issuer, ticks = FakeIssuer(), Ticks()
    checked = verifier(issuer, ticks)
    checked.verify(token())
    issuer.names.append("rotated")
    ticks.now += REFRESH_PAUSE_SECONDS + 1
    assert checked.verify(token(key="rotated")).subject
    calls = len(issuer.calls)
    for _ in range(20):
        with pytest.raises(UnauthenticatedError):
            checked.verify(token(key="stranger"))
    assert len(issuer.calls) == calls


def test_a_withdrawn_key_stops_working_after_the_keys_are_read_again() -> None:
    issuer, ticks = FakeIssuer("main", "old"), Ticks()
    checked = verifier(issuer, ticks)
    assert checked.verify(token(key="old")).subject
    issuer.names.remove("old")
    ticks.now += KEYS_FRESH_SECONDS + 1
    with pytest.raises(UnauthenticatedError):
        checked.verify(token(key="old"))


def test_an_issuer_that_is_away_stops_nobody_for_an_hour_and_then_everybody() -> None:
    issuer, ticks = FakeIssuer(), Ticks()
    checked = verifier(issuer, ticks)
    checked.verify(token())
    issuer.error = TransientError("away")
    ticks.now += KEYS_USABLE_SECONDS - 1
    assert checked.verify(token()).subject
    ticks.now += REFRESH_PAUSE_SECONDS + 2
    with pytest.raises(TransientError):
        checked.verify(token())


def test_without_ever_having_had_keys_the_answer_is_try_again_not_refused() -> None:
    issuer = FakeIssuer()
    issuer.error = TransientError("away")
    with pytest.raises(TransientError):
        verifier(issuer).verify(token())


def test_a_discovery_document_of_another_issuer_is_a_configuration_error() -> None:
    issuer = FakeIssuer()
    issuer.issuer = "https://evil.example"
    with pytest.raises(PermanentError, match="names another issuer"):
        verifier(issuer).verify(token())


def test_keys_that_are_not_for_us_are_ignored() -> None:
    issuer = FakeIssuer()
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - weak on purpose
    weak_jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(weak.public_key())) | {"kid": "weak"}
    issuer.extra = [
        "nonsense",
        {"kty": "EC", "kid": "ec"},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "main"},
        jwk_of("main", kid="encryption", use="enc"),
        weak_jwk,
    ]
    checked = verifier(issuer)
    assert checked.verify(token()).subject
    weak_token = jwt.encode(claims("admin"), weak, algorithm="RS256", headers={"kid": "weak"})
    with pytest.raises(UnauthenticatedError):
        checked.verify(weak_token)
    with pytest.raises(UnauthenticatedError):
        checked.verify(jwt.encode(claims(), signing_key(), algorithm="RS256", headers={"kid": "encryption"}))


@pytest.mark.parametrize("url", ["http://issuer.example/keys", "file:///etc/passwd", "ftp://x/y", "", "https//x"])
def test_keys_are_never_fetched_over_plain_http_from_elsewhere(url: str) -> None:
    with pytest.raises(PermanentError, match="https"):
        fetch_json(url)


def test_a_verifier_without_issuer_or_client_is_refused_at_once() -> None:
    with pytest.raises(PermanentError, match="OIDC_ISSUER"):
        OidcVerifier("", "", SigningKeys("", FakeIssuer()))
