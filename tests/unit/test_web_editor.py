"""Routes of the page editor: who may, what is passed on, and that a draft is seen behind a signed address."""

from __future__ import annotations

from typing import Any

from huichang.kernel.errors import ConflictError, in_both
from huichang.kernel.language import both
from tests.support.web_api import Api

DRAFT: dict[str, Any] = {"texts": {"hero": {"title": "竹林"}}, "floors": [{"key": "floor-1", "title": "甲", "product_ids": ["p1"]}]}


def test_everybody_with_a_role_looks_and_only_operators_save() -> None:
    api = Api()
    for role in ("operator", "reviewer", "designer"):
        assert api("GET", "/api/venues/v-1/page", role=role).status == 200
    body = {"base": DRAFT, "draft": DRAFT, "note": "n"}
    refused = api("PUT", "/api/venues/v-1/page", role="reviewer", body=body)
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    saved = api("PUT", "/api/venues/v-1/page", role="operator", body=body)
    assert saved.status == 202
    assert api("GET", "/api/venues/v-1/page", role=None).status == 401


def test_a_draft_is_seen_behind_a_signed_address() -> None:
    api = Api()
    answer = api("POST", "/api/venues/v-1/page/preview", role="designer", body={"draft": DRAFT})
    assert (answer.status, answer.json["url"], answer.json["blocked"], answer.json["version_id"]) == (200, "/preview/d", False, "h")
    assert ("link", "drafts/v-1", "h") in [tuple(call) for call in api.desk.calls]
    merged = api("POST", "/api/venues/v-1/page/merge", role="operator", body={"base": DRAFT, "draft": DRAFT})
    assert merged.json["merged"]["texts"] == DRAFT["texts"]
    checked = api("POST", "/api/venues/v-1/page/check", role="operator", body={"draft": DRAFT})
    assert checked.json == {"findings": []}


def test_what_is_no_draft_is_refused_field_by_field() -> None:
    api = Api()
    wrong = {"draft": {"floors": [{"key": "no key!", "title": "甲", "prices": 1}], "prices": {}}}
    answer = api("POST", "/api/venues/v-1/page/check", role="operator", body=wrong)
    assert answer.status == 400
    assert {each["where"] for each in answer.json["errors"]} == {"draft.floors.0.key", "draft.floors.0.prices", "draft.prices"}


def test_what_others_changed_meanwhile_is_a_conflict_with_its_reason_in_both_languages() -> None:
    api = Api()
    api.desk.fails = in_both(ConflictError("changed", code="page_changed"), both("别人改了", "changed"), both("合并", "merge"))
    answer = api("PUT", "/api/venues/v-1/page", body={"base": DRAFT, "draft": DRAFT})
    assert (answer.status, answer.json["code"], answer.json["told"]["zh"]) == (409, "page_changed", "别人改了")


def test_only_operators_ask_for_other_words_for_asking_costs() -> None:
    api = Api()
    body = {"draft": DRAFT, "place": "hero.title", "seen": ["竹林"]}
    assert api("POST", "/api/venues/v-1/page/ask", role="reviewer", body=body).status == 403
    asked = api("POST", "/api/venues/v-1/page/ask", role="operator", body=body)
    assert (asked.status, asked.json["ask_id"], asked.json["status"]) == (202, "a-1", "waiting")
    came = api("GET", "/api/venues/v-1/page/ask/a-1", role="operator", query={"place": "hero.title"})
    assert (came.status, came.json["place"]) == (200, "hero.title")
    assert api("POST", "/api/venues/v-1/page/ask", role="operator", body=body | {"seen": ["x"] * 31}).status == 400
