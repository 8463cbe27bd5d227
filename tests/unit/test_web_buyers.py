"""The two routes buyers reach."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from huichang.delivery.beacons import AcceptBeacons
from huichang.delivery.feed import Feed
from huichang.kernel.errors import TransientError
from huichang.web.buyers import beacons_app, feed_app
from tests.support.fakes import FakeClock
from tests.support.memory_delivery import MemoryBeacons, MemoryDelivery, live_venue
from tests.support.web_api import Reply, event, reply

REPOSITORY = Path(__file__).resolve().parents[2]
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"
GOOD = {"beacons": [{"beacon_id": "b-00000001", "kind": "click", "venue_id": "v-1", "placement": "home"}]}


def feed(**query: str) -> Reply:
    store = MemoryDelivery(live_venue("v-1"), live_venue("v-2", "en"))
    app = feed_app(Feed(store, FakeClock(), random.Random(1)))
    return reply(app(event("GET", "/api/feed", role=None, query=query)))


def beacons(queue: MemoryBeacons, **how: Any) -> Reply:
    how["headers"] = {"user-agent": BROWSER} | how.get("headers", {})
    return reply(beacons_app(AcceptBeacons(queue, FakeClock()))(event("POST", "/api/beacons", role=None, **how)))


def test_the_feed_answers_a_decision_without_a_token() -> None:
    answer = feed(placement="home", slots="5")
    assert answer.status == 200
    assert {item["venue_id"] for item in answer.json["items"]} == {"v-1", "v-2"}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({}, "placement"),
        ({"placement": "moon"}, "placement"),
        ({"placement": "home", "slots": "0"}, "slots"),
        ({"placement": "home", "slots": "21"}, "slots"),
        ({"placement": "home", "slots": "many"}, "slots"),
        ({"placement": "home", "slots": "9" * 40}, "slots"),
        ({"placement": "home", "language": "fr"}, "language"),
        ({"placement": "<script>alert(1)</script>"}, "placement"),
    ],
)
def test_a_senseless_question_is_a_problem(query: dict[str, str], where: str) -> None:
    answer = feed(**query)
    assert (answer.status, answer.json["where"]) == (400, where)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "<script>" not in answer.text


def test_beacons_are_taken_as_json_and_as_what_send_beacon_sends() -> None:
    queue = MemoryBeacons()
    assert beacons(queue, body=GOOD).status == 202
    plain = beacons(queue, body=GOOD, headers={"content-type": "text/plain;charset=UTF-8"})
    assert plain.json == {"accepted": 1, "refused": []}
    assert [beacon.venue_id for beacon in queue.sent] == ["v-1", "v-1"]


@pytest.mark.parametrize(
    "how",
    [
        {"raw": ""},
        {"raw": "{"},
        {"body": {"beacons": []}},
        {"body": {"beacons": GOOD["beacons"] * 51}},
        {"body": {"beacons": [{**GOOD["beacons"][0], "kind": "purchase"}]}},
        {"body": {"beacons": [{**GOOD["beacons"][0], "beacon_id": "short"}]}},
        {"body": {"beacons": [{**GOOD["beacons"][0], "venue_id": ""}]}},
        {"body": {"beacons": [{**GOOD["beacons"][0], "ip": "192.0.2.1"}]}},
    ],
    ids=lambda how: str(how)[:40],
)
def test_what_is_no_batch_of_beacons_is_refused(how: dict[str, Any]) -> None:
    queue = MemoryBeacons()
    assert beacons(queue, **how).status == 400
    assert queue.sent == []


def test_another_content_type_is_refused() -> None:
    assert beacons(MemoryBeacons(), body=GOOD, headers={"content-type": "text/html"}).status == 415


def test_a_queue_that_is_away_says_try_again() -> None:
    class Away(MemoryBeacons):
        def send(self, beacons: object) -> None:
            raise TransientError("the queue is away")

    answer = beacons(Away(), body=GOOD)
    assert (answer.status, answer.headers["retry-after"]) == (503, "2")


def test_a_defect_is_a_500_without_internals() -> None:
    def broken(placement: str, slots: int, language: object = None) -> Any:
        raise KeyError("secret-name")

    answer = reply(feed_app(broken)(event("GET", "/api/feed", role=None)))
    assert (answer.status, answer.json["code"]) == (500, "internal_error")
    assert "secret-name" not in answer.text


@pytest.mark.parametrize("name", ["serve_feed", "accept_beacons", "count_beacons"])
def test_the_buyers_functions_carry_no_token_code_and_no_models(name: str) -> None:
    """Their layers do not hold them, and a buyer must not wait for them."""
    source = (REPOSITORY / "functions" / name / "app.py").read_text(encoding="utf-8")
    wanted = {node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and node.module}
    ours = sorted(module for module in wanted if module.startswith("huichang."))
    script = f"import sys\nfor name in {ours!r}: __import__(name)\nprint(*sys.modules)"
    environment = {"PYTHONPATH": str(REPOSITORY / "layers/shared"), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True, timeout=60)
    loaded = set(ran.stdout.split())
    assert not loaded & {"jwt", "openai", "opensearchpy", "numpy", "huichang.web.app"}
    assert "huichang.delivery.model" in loaded
