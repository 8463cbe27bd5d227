"""Signing in."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.cli import URL, Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def kept(cli: Cli) -> Path:
    return cli.folder / ".config" / "huichang" / "credentials.json"


def test_a_persona_signs_in_and_is_remembered_by_this_user_only(cli: Cli) -> None:
    ran = cli("login", "--persona", "reviewer", role=None)
    assert ran.code == 0
    assert "reviewer@example.com (reviewer)" in ran.out
    assert stat.S_IMODE(kept(cli).stat().st_mode) == 0o600
    assert cli("approve", "v-1", role=None).code == 0
    assert cli("retire", "v-1", role=None).code == 4


def test_login_tells_machines_who_it_is(cli: Cli) -> None:
    assert cli("login", "--persona", "admin", "--json", role=None).json == {
        "url": URL,
        "name": "admin@example.com",
        "roles": ["admin"],
    }


def test_a_token_is_kept_for_its_address_and_its_time(cli: Cli) -> None:
    cli("login", "--persona", "operator", role=None)
    cli.environ["HUICHANG_URL"] = "http://127.0.0.1:9999"
    assert cli("venues", role=None).code == 4
    cli.environ["HUICHANG_URL"] = URL
    assert cli("venues", role=None).code == 0
    cli.now += 580  # of 600
    ran = cli("venues", role=None)
    assert (ran.code, "huichang login" in ran.err) == (4, True)


def test_a_persona_for_one_command_is_not_remembered(cli: Cli) -> None:
    assert cli("--as", "reviewer", "approve", "v-1", role=None).code == 0
    assert not kept(cli).exists()
    assert cli("approve", "v-1", role=None).code == 4


def test_without_a_persona_the_embedded_cloud_signs_in_the_operator_and_says_so(cli: Cli) -> None:
    ran = cli("login", role=None)
    assert (ran.code, "no persona was named: operator" in ran.err) == (0, True)


def test_an_unknown_persona_is_refused_by_the_issuer(cli: Cli) -> None:
    ran = cli("login", "--persona", "stranger", role=None)
    assert (ran.code, "no such persona" in ran.err) == (4, True)


def test_personas_are_never_asked_of_another_machine(cli: Cli) -> None:
    cli.environ["HUICHANG_URL"] = "https://huichang.example"
    ran = cli("login", "--persona", "admin", role=None)
    assert (ran.code, "no personas" in ran.err) == (4, True)
    assert "/token" not in cli.network.paths()


def test_a_token_in_the_environment_needs_no_login(cli: Cli) -> None:
    assert cli("login", role="operator").code == 2


def test_the_token_goes_to_the_api_only(cli: Cli) -> None:
    cli("--as", "admin", "venues", role=None)
    for request in cli.network.requests:
        assert ("authorization" in request.headers) == (request.url.path == "/api/venues")


def test_a_half_written_file_only_means_signing_in_again(cli: Cli) -> None:
    kept(cli).parent.mkdir(parents=True)
    kept(cli).write_text('{"http')
    assert cli("venues", role=None).code == 4
    assert cli("login", "--persona", "operator", role=None).code == 0
    assert cli("venues", role=None).code == 0


class Browser:
    """Follows the sign-in page back to the loopback address, as a browser would."""

    def __init__(self, **changes: str) -> None:
        self.changes = changes
        self.asked: dict[str, str] = {}
        self.threads: list[threading.Thread] = []

    def __call__(self, address: str) -> None:
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        answer = {"code": "the-code", "state": self.asked["state"]} | self.changes
        target = self.asked["redirect_uri"]

        def go() -> None:
            httpx.get(target.replace("/callback", "/favicon.ico"), timeout=10)
            httpx.get(target, params={k: v for k, v in answer.items() if v}, timeout=10)

        self.threads.append(threading.Thread(target=go))
        self.threads[-1].start()


def signed_in_with(cli: Cli, browser: Browser) -> tuple[int, str]:
    cli.network.grants = ["authorization_code"]
    cli.browser = browser
    ran = cli("login", role=None)
    for thread in browser.threads:
        thread.join(10)
    return ran.code, ran.out + ran.err


def test_the_browser_signs_in_with_pkce(cli: Cli) -> None:
    browser = Browser()
    code, said = signed_in_with(cli, browser)
    assert (code, "operator@example.com" in said) == (0, True)
    form = parse_qs(next(b for r, b in zip(cli.network.requests, cli.network.bodies, strict=True) if r.url.path == "/token"))
    sent = {name.decode(): values[0].decode() for name, values in form.items()}
    assert sent["grant_type"] == "authorization_code"
    assert sent["code"] == "the-code"
    assert sent["redirect_uri"] == browser.asked["redirect_uri"]
    assert browser.asked["code_challenge_method"] == "S256"
    challenge = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest()).decode().rstrip("=")
    assert browser.asked["code_challenge"] == challenge
    assert urlsplit(browser.asked["redirect_uri"]).hostname == "127.0.0.1"
    assert json.loads(kept(cli).read_text())[URL]["access_token"]


def test_an_answer_with_another_state_is_refused(cli: Cli) -> None:
    code, said = signed_in_with(cli, Browser(state="forged"))
    assert (code, "somebody else's question" in said) == (4, True)
    assert "/token" not in cli.network.paths()


def test_a_refusal_is_told(cli: Cli) -> None:
    code, said = signed_in_with(cli, Browser(code="", error="access_denied", error_description="not in this pool"))
    assert (code, "not in this pool" in said) == (4, True)
