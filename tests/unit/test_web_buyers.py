"""The two routes buyers reach."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from huichang.delivery.events.accepting import AcceptBeacons
from huichang.delivery.events.offering import SignedOffers
from huichang.delivery.events.shops import shop_key, sign_request
from huichang.delivery.events.tokens import read
from huichang.kernel.errors import TransientError
from huichang.web.buyers import beacons_app, feed_app
from tests.support.fakes import FakeClock
from tests.support.memory_delivery import MemoryBeacons, MemoryKeys, MemoryRates, a_token, live_venue
from tests.support.memory_snapshots import Delivery
from tests.support.web_api import Reply, event, reply

REPOSITORY = Path(__file__).resolve().parents[2]
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"
GOOD = {"beacons": [{"beacon_id": "b-00000001", "kind": "click", "venue_id": "v-1", "placement": "home"}]}


NOW = FakeClock().now()


def feed(headers: dict[str, str] | None = None, path: str = "/api/feed", made: Delivery | None = None, **query: str) -> Reply:
    if made is None:
        made = Delivery(live_venue("v-1"), live_venue("v-2", "en"))
        made.clock.moment = NOW
        made.build("home")
    app = feed_app(SignedOffers(made.feed, made.keys))
    return reply(app(event("GET", path, role=None, query=query, headers=headers or {})))


def beacons(queue: MemoryBeacons, path: str = "/api/beacons", **how: Any) -> Reply:
    how["headers"] = {"user-agent": BROWSER} | how.get("headers", {})
    take = AcceptBeacons(queue, MemoryKeys(), MemoryRates(), FakeClock())
    app = beacons_app(take, lambda: ("new secret", "old secret"), NOW.timestamp)
    return reply(app(event("POST", path, role=None, **how)))


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
    assert [sent.cell.venue_id for sent in queue.sent] == ["v-1", "v-1"]


def test_each_offered_item_has_an_address_with_its_token() -> None:
    for item in feed(placement="home", slots="2", segment="bulk").json["items"]:
        assert item["href"].endswith(f"?p=home&d={item['token']}")
        assert read(MemoryKeys(), item["token"], NOW).segment == "bulk"


@pytest.mark.parametrize(
    ("headers", "query", "segment"),
    [
        ({"cookie": "hc_seg=value"}, {}, "value"),
        ({"cookie": "hc_seg=value"}, {"segment": "bulk"}, "bulk"),
        ({"cookie": "hc_seg=<script>"}, {"buyer": "back"}, "back"),
        ({}, {"segment": "nobody-knows"}, "none"),
    ],
)
def test_the_buyers_segment_is_what_they_said_or_what_is_seen(headers: dict[str, str], query: dict[str, str], segment: str) -> None:
    assert feed(headers, placement="home", **query).json["segment"] == segment


def test_a_bound_for_a_buyer_is_kept_by_the_buyer_in_a_cookie_or_by_whoever_asks() -> None:
    made = Delivery(live_venue("v-1"), live_venue("v-2"))
    made.say.change("home", per_buyer_day=1, slots=1)
    made.build("home")
    first = feed(made=made, placement="home")
    name, _, value = first.headers["set-cookie"].partition(";")[0].partition("=")
    assert (name, value) == ("hc_mem", first.json["memory"])
    assert "Max-Age=86400; Path=/api/feed; Secure; HttpOnly; SameSite=Lax" in first.headers["set-cookie"]
    assert len(value) <= 1024
    second = feed({"cookie": f"a=1; hc_mem={value}"}, made=made, placement="home")
    assert [item["venue_id"] for item in second.json["items"]] != [item["venue_id"] for item in first.json["items"]]
    third = feed(made=made, placement="home", memory=second.json["memory"])
    assert (third.json["items"], "set-cookie" in third.headers) == ([], False)


def test_pages_follow_each_other_by_the_cursor() -> None:
    made = Delivery(live_venue("v-1"), live_venue("v-2"))
    made.build("home")
    first = feed(made=made, placement="home", slots="1").json
    second = feed(made=made, placement="home", slots="1", cursor=first["next"]).json
    assert {first["items"][0]["venue_id"], second["items"][0]["venue_id"]} == {"v-1", "v-2"}
    assert (second["page"], second["next"], second["items"][0]["position"]) == (2, "", 2)


def test_a_feed_that_has_nothing_to_say_says_when_to_ask_again() -> None:
    made = Delivery()
    made.snapshots.away = made.say.away = True
    answer = feed(made=made, placement="ours")
    assert (answer.status, answer.json["degraded"], answer.headers["retry-after"]) == (200, True, "5")


def test_placements_pages_get_their_script() -> None:
    answer = feed(path="/api/beacon.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "data-hc-token" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "a=1; hc_staff=1"},
        {"authorization": "Bearer something"},
        {"referer": "https://example.com/preview/abc.def"},
    ],
)
def test_those_who_work_here_are_no_buyers(headers: dict[str, str]) -> None:
    queue = MemoryBeacons()
    assert beacons(queue, body=GOOD, headers=headers).json["accepted"] == 1
    assert queue.sent == []


ORDER = {"kind": "order", "venue_id": "v-1", "order": "ab" * 16, "value": 19_900}


def order_request(queue: MemoryBeacons, secret: str = "new secret", shop: str = "panda", late: int = 0, **changes: Any) -> Reply:
    raw = json.dumps({"shop": "panda", "events": [ORDER | {"token": a_token()} | changes]})
    signature = sign_request(shop_key(secret, shop), shop, raw.encode(), int(NOW.timestamp()) - late)
    return beacons(queue, "/api/orders", raw=raw, headers={"x-huichang-signature": signature, "user-agent": "shop/1.0"})


def test_a_shops_server_reports_orders_and_repeats_them_without_harm() -> None:
    queue = MemoryBeacons()
    assert order_request(queue).json == {"accepted": 1, "refused": []}
    assert order_request(queue, "old secret").status == 202
    first, again = queue.sent
    assert first == again
    assert (first.kind, first.value, first.cell.venue_id) == ("order", 19_900, "v-1")
    assert first.subject != ORDER["order"]  # two shops may number alike


@pytest.mark.parametrize("how", [{"secret": "guessed"}, {"shop": "tiger"}, {"late": 301}, {"late": -301}])
def test_an_order_that_the_shop_did_not_sign_now_is_refused(how: dict[str, Any]) -> None:
    queue = MemoryBeacons()
    answer = order_request(queue, **how)
    assert (answer.status, answer.json["code"]) == (401, "signature_not_valid")
    assert queue.sent == []


@pytest.mark.parametrize(
    "changes", [{"value": -1}, {"value": 1.5}, {"value": float("nan")}, {"kind": "impression"}, {"order": "Order 17, Ms Li"}]
)
def test_an_order_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    assert order_request(MemoryBeacons(), **changes).status == 400


def test_orders_without_a_signature_are_refused() -> None:
    answer = beacons(MemoryBeacons(), "/api/orders", body={"shop": "panda", "events": [ORDER | {"token": a_token()}]})
    assert answer.status == 401


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
    def broken(placement: str, slots: int, language: object = None, segment: str = "", **notes: str) -> Any:
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
