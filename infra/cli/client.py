"""The HTTP API, its address, and its errors in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from infra.cli.errors import NOT_ALLOWED, UNREACHABLE, USAGE, CliError, exit_code_of
from infra.cli.surroundings import Surroundings

TIMEOUT = httpx.Timeout(35.0, connect=5.0)
# Only what may be repeated without harm: reading, and writes that carry an idempotency key.
TRIES = 3
PAUSE_SECONDS = 0.5
_AWAY = (502, 503, 504)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def find_url(here: Surroundings) -> str:
    """--url, else HUICHANG_URL, else what the embedded cloud wrote into .huichang/runtime.json here or above."""
    given = here.url or here.environ.get("HUICHANG_URL", "")
    if given:
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CliError(f"{given} is no address", USAGE, mend="write it as https://host")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise CliError(f"{given} would send your token in the clear", USAGE, mend="use https")
        return given.rstrip("/")
    for folder in (here.folder, *here.folder.parents):
        runtime = folder / ".huichang" / "runtime.json"
        if runtime.is_file():
            try:
                return str(json.loads(runtime.read_text(encoding="utf-8"))["url"]).rstrip("/")
            except (ValueError, KeyError, TypeError) as error:
                raise CliError(f"{runtime} cannot be read: {error}", UNREACHABLE, mend="start again: huichang up") from error
    raise CliError(
        "no Huichang is running here, and no address was given",
        UNREACHABLE,
        mend="start one with `huichang up`, or give --url or HUICHANG_URL",
    )


class Api:
    """JSON over HTTP. Every failure is a CliError."""

    def __init__(self, url: str, token: str, here: Surroundings) -> None:
        self.url = url
        self._here = here
        headers = {"User-Agent": "huichang-cli", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._client = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT, transport=here.transport)
        self._seen: dict[str, tuple[str, Any]] = {}

    def get(self, path: str, **query: Any) -> Any:
        """GET. Brings the ETag of the last answer along, so that watching costs little."""
        asked = {name: str(value) for name, value in query.items() if value is not None}
        key = str(httpx.URL(path, params=asked))
        headers = {"If-None-Match": self._seen[key][0]} if key in self._seen else {}
        answer = self._send("GET", path, params=asked, headers=headers)
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            return self._seen[key][1]
        body = _json(answer)
        if "etag" in answer.headers:
            self._seen[key] = (answer.headers["etag"], body)
        return body

    def post(self, path: str, body: Any = None, *, idempotency_key: str = "") -> Any:
        """POST JSON, or nothing."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return _json(self._send("POST", path, json=body, headers=headers))

    def put(self, path: str, body: Any) -> Any:
        """PUT JSON."""
        return _json(self._send("PUT", path, json=body))

    def patch(self, path: str, body: Any) -> Any:
        """PATCH JSON."""
        return _json(self._send("PATCH", path, json=body))

    def delete(self, path: str) -> None:
        """DELETE."""
        self._send("DELETE", path)

    def _send(self, method: str, path: str, **how: Any) -> httpx.Response:
        may_repeat = method == "GET" or "Idempotency-Key" in how.get("headers", {})
        tries = TRIES if may_repeat else 1
        for attempt in range(1, tries + 1):
            try:
                answer = self._client.request(method, path, **how)
            except httpx.TransportError as error:
                if attempt == tries:
                    raise _unreachable(self.url, error) from error
            else:
                if answer.status_code not in _AWAY or attempt == tries:
                    return _checked(answer)
            self._here.sleep(PAUSE_SECONDS * attempt)
        raise AssertionError("unreachable: the last try returns or raises")


def _unreachable(url: str, error: httpx.TransportError) -> CliError:
    local = urlsplit(url).hostname in LOOPBACK
    return CliError(
        f"{url} does not answer ({type(error).__name__})",
        UNREACHABLE,
        mend="start it with `huichang up`" if local else "check the address and the network",
    )


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.status_code < 400:
        return answer
    problem = _problem(answer)
    code = exit_code_of(answer.status_code)
    said = str(problem.get("detail") or problem.get("message") or answer.reason_phrase or answer.status_code)
    mend = str(problem.get("mend", ""))
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        # The gateway's own 401 says just "Unauthorized".
        mend = "huichang login"
        said = said if "detail" in problem else "you are not signed in, or your token is not valid any more"
    elif code == NOT_ALLOWED and not mend:
        mend = "huichang login, as somebody with the right role"
    raise CliError(said, code, mend=mend, problem=problem if "status" in problem else None)


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _json(answer: httpx.Response) -> Any:
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError as error:
        raise CliError(f"{answer.request.url} does not speak JSON: is this really Huichang?", UNREACHABLE, mend="check --url") from error


def segment(name: str) -> str:
    """One path segment: an id that somebody typed cannot reach another route."""
    if name in ("", ".", ".."):
        raise CliError(f"{name!r} is no id", USAGE)
    return quote(name, safe="")


def is_local(url: str) -> bool:
    """Whether the address is this machine."""
    return urlsplit(url).hostname in LOOPBACK


def read_text(path: Path) -> str:
    """A text file that the user named."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"{path} cannot be read: {error}", USAGE) from error
