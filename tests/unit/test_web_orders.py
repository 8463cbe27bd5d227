"""/api/delivery/orders, rules and subjects: roles, bad input as problems, a dry run, an order's life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.web_api import Api

ORDERS = "/api/delivery/orders"


def body(kind: str = "cap", value: float | None = 0.2, subject: str = "venue:v-1", **more: Any) -> dict[str, Any]:
    about, _, name = subject.partition(":")
    return {"kind": kind, "value": value, "subject": {"kind": about, "id": name}, "why": "because of the festival"} | more


def test_an_orders_life() -> None:
    api = Api()
    made = api("POST", ORDERS, body=body(ends="2099-01-01T00:00:00+08:00"))
    assert (made.status, made.json["by"], made.json["ends"]) == (201, "operator@example.com", "2098-12-31T16:00:00.000Z")
    listed = api("GET", ORDERS, role="designer", query={"placement": "home"}).json["orders"]
    assert [(each["order"]["order_id"], each["state"], each["touches"]) for each in listed] == [(made.json["order_id"], "holds", 1)]
    rules = api("GET", "/api/delivery/rules", role="reviewer", query={"placement": "home"}).json
    assert rules["controls"]["venues"]["v-1"]["cap"] == 0.2
    path = f"{ORDERS}/{made.json['order_id']}/withdraw"
    assert api("POST", path, body={"why": "over", "dry": True}).json["placement"] == "home"
    gone = api("POST", path, body={"why": "it is over"})
    assert gone.json["withdrawn"]["why"] == "it is over"
    assert api("GET", ORDERS).json["orders"] == []
    assert len(api("GET", ORDERS, query={"finished": "true"}).json["orders"]) == 1
    assert api.traffic.rebuilds.asked == ["", ""]


def test_a_dry_run_answers_with_shares_and_conflicts_and_changes_nothing() -> None:
    api = Api()
    found = api("POST", ORDERS, body=body("hold", None, dry=True, look="search"))
    assert found.status == 200
    assert found.json["outlook"]["placement"] == "search"
    assert [(each["venue_id"], each["after"]) for each in found.json["outlook"]["moves"]] == [("v-1", 0)]
    assert [each["conflict"]["kind"] for each in found.json["conflicts"]] == []
    assert (api.traffic.orders.kept, api.traffic.rebuilds.asked, api.desk.trail.entries) == ({}, [], [])


@pytest.mark.parametrize(
    ("sent", "status", "where", "code"),
    [
        (body("cap", 1.5), 400, "value", "order_value_out_of_range"),
        (body("boost", 0), 400, "value", "order_value_out_of_range"),
        (body("cap", 0.1, "venue:v-99"), 400, "subject.id", "order_subject_unknown"),
        (body(starts="2099-01-02T00:00:00Z", ends="2099-01-01T00:00:00Z"), 400, "ends", "order_ends_before"),
        (body(placement="attic"), 400, "placement", "placement_unknown"),
        (body("floor", 0.2), 422, "override", "override_needed"),
        (body(kind="push"), 400, "kind", "invalid_fields"),
        (body(why="  "), 400, "why", "invalid_fields"),
        (body() | {"subject": {"kind": "venue", "id": "v 1#"}}, 400, "subject.id", "invalid_fields"),
        (body(much=1), 400, "much", "invalid_fields"),
    ],
)
@pytest.mark.parametrize("dry", [False, True])
def test_bad_orders_are_problems(sent: dict[str, Any], status: int, where: str, code: str, dry: bool) -> None:
    api = Api()
    answer = api("POST", ORDERS, body=sent | {"dry": dry})
    if code == "override_needed" and dry:
        assert (answer.status, answer.json["needs_override"], answer.json["judged"]["kind"]) == (200, True, "cannot_tell")
    else:
        assert (answer.status, answer.json["where"], answer.json["code"]) == (status, where, code)
        assert answer.headers["content-type"] == "application/problem+json"
    assert api.traffic.orders.kept == {}


def test_a_floor_above_a_cap_is_a_conflict() -> None:
    api = Api()
    api("POST", ORDERS, body=body("cap", 0.2))
    answer = api("POST", ORDERS, body=body("floor", 0.3, override="must be"))
    assert (answer.status, answer.json["code"], answer.json["told"].keys()) == (409, "floor_above_cap", {"zh", "en"})


def test_an_idempotency_key_gives_one_order() -> None:
    api = Api()
    ids = {api("POST", ORDERS, body=body(), headers={"idempotency-key": "k"}).json["order_id"] for _ in range(2)}
    assert len(ids) == 1
    assert api("POST", ORDERS, body=body(value=0.3), headers={"idempotency-key": "k"}).status == 409


def test_unknown_orders_and_flags() -> None:
    api = Api()
    assert api("POST", f"{ORDERS}/o-1/withdraw", body={"why": "because"}).status == 404
    assert api("GET", ORDERS, query={"finished": "maybe"}).json["code"] == "invalid_query"
    assert api("GET", "/api/delivery/rules").json["code"] == "placement_unknown"


def test_subjects_are_for_everybody_who_is_signed_in() -> None:
    found = Api()("GET", "/api/delivery/subjects", role="reviewer").json
    assert [each["id"] for each in found["venues"]] == ["v-2", "v-1"]
    assert "home" in {each["id"] for each in found["placements"]}
