"""The front door's routes, read from the template's distribution."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from infra.local.cloud import REPOSITORY
from infra.local.edge import Behaviour, Edge, Origin, Routes, read_routes
from infra.local.package import load_template

IDS = {"PagesBucket": "pages-bucket", "HttpApi": "abc123"}


@pytest.fixture(scope="module")
def routes() -> Routes:
    return read_routes(load_template(REPOSITORY / "template.yaml"), IDS)


@pytest.mark.parametrize("path", ["/api/venues", "/api/beacons", "/preview/token", "/console", "/console/app.js"])
def test_dynamic_paths_lead_to_the_api(routes: Routes, path: str) -> None:
    behaviour = routes.behaviour_for(path)
    assert behaviour is not None
    assert behaviour.origin == Origin("api", "abc123")
    assert "POST" in behaviour.methods


@pytest.mark.parametrize("path", ["/", "/v/panda/", "/media/a.png", "/API/venues"])
def test_everything_else_leads_to_the_public_pages(routes: Routes, path: str) -> None:
    behaviour = routes.behaviour_for(path)
    assert behaviour is not None
    assert behaviour.origin == Origin("bucket", "pages-bucket", "/public")
    assert "POST" not in behaviour.methods
    assert ("x-content-type-options", "nosniff") in behaviour.headers


def test_routes_survive_their_file(routes: Routes) -> None:
    assert Routes.from_json(routes.to_json()) == routes


def test_patterns_know_stars_and_question_marks_only() -> None:
    origin = Origin("api", "a")
    assert Behaviour("/a[b]*", origin).matches("/a[b]c")
    assert not Behaviour("/a[b]*", origin).matches("/abc")
    assert Behaviour("/a?c", origin).matches("/abc")


def test_template_without_a_distribution_is_refused() -> None:
    with pytest.raises(ValueError, match="0 distributions"):
        read_routes({"Resources": {}}, {})


def _ask(edge: Edge, method: str, path: str) -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
    }
    asyncio.run(edge(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


async def _no_issuer(*_: object) -> None:
    raise AssertionError("not the issuer's request")


def test_before_deployment_and_without_a_backend_the_answer_is_a_problem(tmp_path: Path, routes: Routes) -> None:
    edge = Edge(tmp_path, "http://127.0.0.1:9", _no_issuer)
    status, headers, body = _ask(edge, "GET", "/api/venues")
    assert (status, headers[b"content-type"]) == (503, b"application/problem+json")
    (tmp_path / "routes.json").write_text(routes.to_json())
    status, headers, body = _ask(edge, "GET", "/api/venues")
    assert (status, headers[b"content-type"]) == (502, b"application/problem+json")
    assert json.loads(body)["status"] == 502
    assert _ask(edge, "DELETE", "/v/panda/")[0] == 403
