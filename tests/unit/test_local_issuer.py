"""The local OIDC issuer."""

from __future__ import annotations

import base64
import hashlib
import stat
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from infra.local.issuer import CLIENT_ID, CODE_SECONDS, PERSONA_GRANT, PERSONAS, Issuer, OAuthError

URL = "http://127.0.0.1:8200/oidc"
VERIFIER = "a" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REQUEST = {
    "client_id": CLIENT_ID,
    "redirect_uri": "http://127.0.0.1:8200/console/callback",
    "response_type": "code",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "state": "s&t",
    "nonce": "n",
}


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(tmp_path: Path, clock: Clock) -> Issuer:
    return Issuer(URL, tmp_path, clock)


def claims(issuer: Issuer, token: str) -> dict[str, object]:
    key = jwt.PyJWK(issuer.keys()["keys"][0])
    decoded: dict[str, object] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        issuer=URL,
        options={"verify_exp": False, "verify_aud": False, "verify_iat": False},
    )
    return decoded


def exchange_form(location: str, **changes: str) -> dict[str, str]:
    code = parse_qs(urlsplit(location).query)["code"][0]
    return {
        "grant_type": "authorization_code",
        "client_id": CLIENT_ID,
        "code": code,
        "code_verifier": VERIFIER,
        "redirect_uri": REQUEST["redirect_uri"],
        **changes,
    }


@pytest.mark.parametrize("persona", PERSONAS)
def test_access_token_looks_like_cognitos(issuer: Issuer, clock: Clock, persona: str) -> None:
    answer = issuer.exchange({"grant_type": PERSONA_GRANT, "client_id": CLIENT_ID, "persona": persona})
    found = claims(issuer, answer["access_token"])
    assert found["token_use"] == "access"
    assert found["client_id"] == CLIENT_ID
    assert found["cognito:groups"] == [persona]
    assert found["username"] == persona
    assert found["scope"] == "openid profile"
    assert found["exp"] == clock.now + answer["expires_in"]
    assert "aud" not in found
    assert found["sub"] == PERSONAS[persona].subject


def test_code_with_pkce_is_good_once(issuer: Issuer) -> None:
    location = issuer.code("reviewer", REQUEST)
    assert parse_qs(urlsplit(location).query)["state"] == ["s&t"]
    answer = issuer.exchange(exchange_form(location))
    assert claims(issuer, answer["id_token"])["nonce"] == "n"
    assert claims(issuer, answer["access_token"])["cognito:groups"] == ["reviewer"]
    with pytest.raises(OAuthError, match="used"):
        issuer.exchange(exchange_form(location))


def test_code_is_refused_late_with_another_verifier_or_another_address(issuer: Issuer, clock: Clock) -> None:
    for changes in ({"code_verifier": "b" * 64}, {"redirect_uri": "http://127.0.0.1/other"}, {"client_id": "x"}):
        with pytest.raises(OAuthError):
            issuer.exchange(exchange_form(issuer.code("admin", REQUEST), **changes))
    late = issuer.code("admin", REQUEST)
    clock.now += CODE_SECONDS + 1
    with pytest.raises(OAuthError, match="too old"):
        issuer.exchange(exchange_form(late))


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1.evil.example/"},
        {"client_id": "another"},
        {"response_type": "token"},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
    ],
)
def test_requests_that_could_leak_a_code_are_refused(issuer: Issuer, changes: dict[str, str]) -> None:
    with pytest.raises(OAuthError):
        issuer.check_request({**REQUEST, **changes})


def test_unknown_persona_and_grant_are_refused(issuer: Issuer) -> None:
    with pytest.raises(OAuthError, match="persona must be one of"):
        issuer.exchange({"grant_type": PERSONA_GRANT, "client_id": CLIENT_ID, "persona": "root"})
    with pytest.raises(OAuthError, match="not supported"):
        issuer.exchange({"grant_type": "password", "client_id": CLIENT_ID})


def test_key_stays_and_is_nobody_elses(issuer: Issuer, tmp_path: Path) -> None:
    assert Issuer(URL, tmp_path).keys() == issuer.keys()
    assert stat.S_IMODE((tmp_path / "oidc-key.pem").stat().st_mode) == 0o600
