"""The gate over HTTP: rules, a check, brand rules, and findings as a problem."""

from __future__ import annotations

import pytest

from tests.support.web_api import Api


@pytest.fixture
def api() -> Api:
    return Api()


def test_the_rules_are_listed_with_their_hash(api: Api) -> None:
    answer = api("GET", "/api/policy/rules")
    assert answer.status == 200
    first = answer.json["rules"][0]
    assert {"id", "law", "severity", "words", "but", "message", "mend"} <= set(first)
    assert len(answer.json["hash"]) == 16


def test_words_are_checked_with_the_campaigns_brand(api: Api) -> None:
    body = {"revision": 0, "brands": [{"owner": "campaign:c-1", "forbidden": ["圆滚滚"]}]}
    assert api("PUT", "/api/policy/brands", body=body).json["revision"] == 1
    asked = {"texts": ["熊猫", "圆 滚 滚 的顶级熊猫"], "campaign_id": "c-1"}
    answer = api("POST", "/api/policy/check", body=asked).json
    assert answer["blocked"]
    assert [(f["rule"], f["place"]) for f in answer["findings"]] == [("brand.forbidden", "texts.1"), ("zh.absolute.level", "texts.1")]
    other = api("POST", "/api/policy/check", body=asked | {"texts": ["圆滚滚"], "campaign_id": "c-2"}).json
    assert not other["blocked"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"texts": []}, "texts"),
        ({"texts": ["x" * 20_001]}, "texts.0"),
        ({"texts": ["x"] * 101}, "texts"),
        ({"texts": ["x"], "more": 1}, "more"),
    ],
)
def test_a_check_that_cannot_be_is_named(api: Api, body: dict[str, object], where: str) -> None:
    answer = api("POST", "/api/policy/check", body=body)
    assert (answer.status, answer.json["where"]) == (400, where)


def test_a_book_that_somebody_saved_meanwhile_is_told(api: Api) -> None:
    api("PUT", "/api/policy/brands", body={"revision": 0, "brands": []})
    answer = api("PUT", "/api/policy/brands", body={"revision": 0, "brands": []})
    assert (answer.status, answer.json["code"]) == (409, "conflict")


def test_a_word_of_one_sign_is_no_rule(api: Api) -> None:
    answer = api("PUT", "/api/policy/brands", body={"revision": 0, "brands": [{"owner": "everywhere", "forbidden": ["！！"]}]})
    assert (answer.status, answer.json["where"]) == (400, "brands.0.forbidden")


def test_the_audit_trail_says_what_changed_in_the_book(api: Api) -> None:
    book = {"revision": 0, "brands": [{"owner": "everywhere", "forbidden": ["清仓"]}, {"owner": "campaign:c-1", "forbidden": ["甩卖"]}]}
    api("PUT", "/api/policy/brands", body=book)
    api("PUT", "/api/policy/brands", body={"revision": 1, "brands": [{"owner": "everywhere", "forbidden": ["清仓", "骨折价"]}]})
    first, second = (entry for entry in api.desk.trail.entries if entry.action == "replace_brand_rules")
    assert set(first.detail["changed"]) == {"everywhere", "campaign:c-1"}
    assert second.detail["changed"]["everywhere"]["forbidden"] == ["清仓", "骨折价"]
    assert second.detail["changed"]["campaign:c-1"] is None
    assert first.saw != second.saw
