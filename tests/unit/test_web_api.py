"""Each route: what it is sent, which use case it calls, what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from huichang.kernel.errors import ConflictError, NotFoundError, PermanentError, TransientError
from huichang.line.review import MaterialRejection
from huichang.materials.model import ReviewConstraint
from huichang.pages.release_plans import PlanTerms
from huichang.selection.edits import MerchandisingEdits
from huichang.selection.model import ArrangedFloor
from huichang.venues.model import Actor
from tests.support.web_api import Api

OPERATOR = Actor(name="operator@example.com", role="operator")
REVIEWER = Actor(name="reviewer@example.com", role="reviewer")
SENTENCE = "帮我生成一个熊猫玩偶会场"

RULES = [
    {"action": "pin", "value": "p1", "position": 3},
    {"action": "boost", "scope": "attribute", "attribute": "材质", "value": "棉", "level": 3, "ends_at": "2026-09-12T00:00:00+08:00"},
]
EDITS = MerchandisingEdits.model_validate({"rules": RULES})


def test_config_tells_a_stranger_how_to_sign_in() -> None:
    answer = Api()("GET", "/api/config", role=None)
    assert answer.status == 200
    assert answer.json["issuer"] == "https://issuer.example/pool"
    assert answer.json["offline_models"] is True
    assert {"code", "zh", "en"} == set(answer.json["industries"][0])


def test_a_sentence_starts_a_campaign_and_is_in_the_audit_trail() -> None:
    api = Api()
    answer = api("POST", "/api/campaigns", body={"sentence": SENTENCE, "venues": 2})
    assert answer.status == 202
    assert answer.json["request"]["sentence"] == SENTENCE
    assert answer.json["requested_by"] == "operator@example.com"
    assert api.machines.started == [answer.json["campaign_id"]]
    assert [entry.action for entry in api.desk.trail.entries] == ["create"]
    assert SENTENCE in answer.text  # readable, not \\u escapes


def test_the_same_idempotency_key_starts_one_campaign() -> None:
    api = Api()
    headers = {"Idempotency-Key": "once"}
    first = api("POST", "/api/campaigns", body={"sentence": SENTENCE}, headers=headers)
    again = api("POST", "/api/campaigns", body={"sentence": SENTENCE}, headers=headers)
    assert first.json["campaign_id"] == again.json["campaign_id"]
    assert len(api.machines.started) == 1
    other = api("POST", "/api/campaigns", body={"sentence": "womenswear venue"}, headers=headers)
    assert (other.status, other.json["where"]) == (409, "Idempotency-Key")


@pytest.mark.parametrize("key", ["x" * 201, "a\nb", "a\x00b"])
def test_an_unusable_idempotency_key_is_refused(key: str) -> None:
    answer = Api()("POST", "/api/campaigns", body={"sentence": SENTENCE}, headers={"Idempotency-Key": key})
    assert (answer.status, answer.json["where"]) == (400, "Idempotency-Key")


@pytest.mark.parametrize(
    ("method", "path", "role", "body", "status", "call"),
    [
        ("GET", "/api/campaigns", "designer", None, 200, ("campaigns",)),
        ("GET", "/api/campaigns/c-1", "designer", None, 200, ("campaign", "c-1")),
        ("GET", "/api/venues", "designer", None, 200, ("venues", None)),
        ("GET", "/api/venues/v-1", "designer", None, 200, ("venue", "v-1")),
        ("GET", "/api/venues/v-1/products", "designer", None, 200, ("venue_products", "v-1")),
        ("GET", "/api/venues/v-1/calls", "designer", None, 200, ("venue_calls", "v-1")),
        ("GET", "/api/venues/v-1/materials/hero.copy/moves", "designer", None, 200, ("material_moves", "v-1", "hero.copy")),
        ("GET", "/api/venues/v-1/audit", "designer", None, 200, ("venue_audit", "v-1")),
        ("POST", "/api/venues/v-1/preview", "designer", None, 200, ("issue", "v-1")),
        (
            "POST",
            "/api/venues/v-1/approve",
            "reviewer",
            {"version_id": "ver-1"},
            202,
            ("approve", "v-1", "ver-1", REVIEWER, ""),
        ),
        (
            "POST",
            "/api/venues/v-1/reject",
            "reviewer",
            {
                "version_id": "ver-1",
                "materials": [{"material_id": "hero", "code": "tone", "text": "太正式"}],
                "note": "n",
            },
            202,
            (
                "reject",
                "v-1",
                "ver-1",
                [MaterialRejection(material_id="hero", constraint=ReviewConstraint(code="tone", text="太正式"))],
                REVIEWER,
                "n",
            ),
        ),
        ("GET", "/api/campaigns/c-1/releases", "reviewer", None, 200, ("history", "c-1")),
        ("POST", "/api/campaigns/c-1/releases", "operator", {"dry_run": True}, 200, ("preview", "c-1", "release", 0, ())),
        (
            "POST",
            "/api/campaigns/c-1/releases",
            "operator",
            {"action": "rollback", "to": 2, "venues": ["v-1"], "expect": 4, "note": "n"},
            201,
            ("apply", "c-1", "rollback", OPERATOR, {"to": 2, "only": ("v-1",), "expect": 4, "leave_out_blocked": False, "note": "n"}),
        ),
        ("GET", "/api/campaigns/c-1/release-plan", "reviewer", None, 200, ("plan", "c-1")),
        (
            "PUT",
            "/api/campaigns/c-1/release-plan",
            "operator",
            {"starts_at": "2026-12-12T00:00:00", "timezone": "Asia/Tokyo", "revision": 2},
            200,
            ("change_plan", "c-1", PlanTerms(starts_at="2026-12-12T00:00:00", timezone="Asia/Tokyo"), OPERATOR, 2),
        ),
        ("POST", "/api/venues/v-1/publish", "operator", None, 200, ("publish", "v-1", OPERATOR)),
        ("POST", "/api/venues/v-1/rollback", "operator", None, 200, ("roll_back", "v-1", OPERATOR, "")),
        ("POST", "/api/venues/v-1/rollback", "operator", {}, 200, ("roll_back", "v-1", OPERATOR, "")),
        (
            "POST",
            "/api/venues/v-1/rollback",
            "operator",
            {"version_id": "ver-0"},
            200,
            ("roll_back", "v-1", OPERATOR, "ver-0"),
        ),
        ("POST", "/api/venues/v-1/retire", "operator", None, 200, ("retire", "v-1", OPERATOR)),
        (
            "PUT",
            "/api/venues/v-1/edits",
            "operator",
            {"version": 3, "rules": RULES},
            202,
            ("save", "v-1", EDITS, 3, OPERATOR, False, ""),
        ),
        (
            "PUT",
            "/api/venues/v-1/edits",
            "operator",
            {"version": 3, "rules": [], "allow_thin": True, "accept_conflicts": True, "note": "双十一"},
            202,
            ("save", "v-1", MerchandisingEdits(allow_thin=True), 3, OPERATOR, True, "双十一"),
        ),
        ("GET", "/api/venues/v-1/edits", "designer", None, 200, ("history", "v-1")),
        ("POST", "/api/venues/v-1/edits/preview", "designer", {"rules": RULES}, 200, ("preview", "v-1", EDITS, None)),
        (
            "POST",
            "/api/venues/v-1/edits/preview",
            "designer",
            {"rules": [], "at": "2026-09-01T08:00:00+08:00"},
            200,
            ("preview", "v-1", MerchandisingEdits(), datetime.fromisoformat("2026-09-01T00:00:00+00:00")),
        ),
        ("POST", "/api/venues/v-1/edits/undo", "operator", {"version": 3}, 202, ("undo", "v-1", 3, OPERATOR, None)),
        ("POST", "/api/venues/v-1/edits/undo", "operator", {"version": 3, "to": 1}, 202, ("undo", "v-1", 3, OPERATOR, 1)),
        ("GET", "/api/venues/v-1/products/p-1/why", "designer", None, 200, ("why", "v-1", "p-1")),
        ("GET", "/api/venues/v-1/why", "designer", None, 200, ("why_venue", "v-1")),
        ("GET", "/api/venues/v-1/proof", "reviewer", None, 200, ("proof", "v-1", "")),
        ("GET", "/api/venues/v-1/replay", "operator", None, 200, ("replay", "v-1", "")),
        (
            "PUT",
            "/api/venues/v-1/floors",
            "operator",
            {"plan_id": "abc", "floors": [{"title": "甲", "product_ids": ["p1"]}]},
            202,
            ("arrange", "v-1", "abc", (ArrangedFloor(title="甲", product_ids=("p1",)),), OPERATOR),
        ),
        ("DELETE", "/api/venues/v-1/floors", "operator", None, 202, ("automatic", "v-1", OPERATOR)),
        (
            "PUT",
            "/api/floor-library/fl-1",
            "operator",
            {"revision": 2, "status": "retired"},
            200,
            ("change_kept", "fl-1", 2, OPERATOR, None, "retired"),
        ),
        ("POST", "/api/imports/i-1/start", "operator", None, 202, ("start_import", "i-1", OPERATOR)),
        ("GET", "/api/imports/i-1", "operator", None, 200, ("import_status", "i-1")),
        ("DELETE", "/api/schedules/autumn", "operator", None, 204, ("delete_schedule", "autumn", OPERATOR)),
        ("GET", "/api/audit", "admin", None, 200, ("audit",)),
    ],
)
def test_a_route_calls_its_use_case(method: str, path: str, role: str, body: Any, status: int, call: tuple[Any, ...]) -> None:
    api = Api()
    answer = api(method, path, role=role, body=body)
    assert answer.status == status, answer.text
    assert api.desk.calls == [call]


def test_lists_are_named() -> None:
    api = Api()
    for path, name in [
        ("/api/campaigns", "campaigns"),
        ("/api/venues", "venues"),
        ("/api/venues/v-1/calls", "calls"),
        ("/api/venues/v-1/audit", "entries"),
        ("/api/products", "products"),
        ("/api/trends", "trends"),
        ("/api/festivals", "festivals"),
        ("/api/schedules", "schedules"),
        ("/api/floor-library", "entries"),
    ]:
        assert isinstance(api("GET", path).json[name], list), path


def test_a_venue_detail_has_everything_the_console_draws() -> None:
    found = Api()("GET", "/api/venues/v-1").json
    assert set(found) == {
        "venue",
        "steps",
        "step_names",
        "materials",
        "posters",
        "first_images",
        "inspection",
        "live_inspection",
        "cost",
        "live_url",
    }
    assert found["venue"]["theme"]["name"] == "熊猫玩偶会场"


def test_products_carry_price_and_reason() -> None:
    product = Api()("GET", "/api/venues/v-1/products").json["products"][0]
    assert product["price"] == {"amount": "12.80", "currency": "CNY"}
    assert product["reason"]["ranks"] == {"search": 1}


def test_venues_can_be_asked_for_by_status() -> None:
    api = Api()
    assert api("GET", "/api/venues", query={"status": "in_review"}).status == 200
    assert api.desk.calls == [("venues", "in_review")]
    wrong = api("GET", "/api/venues", query={"status": "sleeping"})
    assert (wrong.status, wrong.json["where"]) == (400, "status")


def test_products_are_searched_by_words_and_catalogue() -> None:
    api = Api()
    assert api("GET", "/api/products", query={"q": " 熊猫 ", "catalogue": "sample"}).status == 200
    assert api.desk.calls == [("products", "熊猫", "sample", 50)]
    for query, where in [({"q": "x" * 201}, "q"), ({"q": "\x07"}, "q"), ({"catalogue": "../x"}, "catalogue")]:
        wrong = api("GET", "/api/products", query=query)
        assert (wrong.status, wrong.json["where"]) == (400, where)


@pytest.mark.parametrize("days", ["0", "-3", "401", "soon", "1.5", "9" * 30])
def test_festivals_of_a_senseless_number_of_days_are_refused(days: str) -> None:
    answer = Api()("GET", "/api/festivals", query={"days": days})
    assert (answer.status, answer.json["where"]) == (400, "days")


def test_festivals_have_both_names() -> None:
    assert Api()("GET", "/api/festivals", query={"days": "30"}).json["festivals"][0]["name"] == {
        "zh": "中秋节",
        "en": "Mid-Autumn",
    }


def test_trends_are_taken_row_by_row() -> None:
    api = Api()
    rows = [{"source": "s"}, {"source": "s", "title": "t"}]
    answer = api("POST", "/api/trends", body={"trends": rows})
    assert answer.json == {
        "accepted": 1, "rejected": [{"row": 1, "code": "", "reason": "heat: is missing"}], "changed": 0, "dropped": {}, "unsorted": 0,
    }  # fmt: skip
    assert api.desk.calls[0][1] == tuple(rows)
    assert api("POST", "/api/trends", body={"trends": [{}] * 501}).status == 400
    assert api("POST", "/api/trends", body={"trends": []}).status == 400


def test_trends_are_listed_with_their_ids() -> None:
    trend = Api()("GET", "/api/trends").json["trends"][0]
    assert trend["id"].startswith("trend-")
    assert trend["title"] == "熊猫热"
    assert (trend["warmth"], trend["days_seen"], trend["members"][0]["title"]) == (0.5, 1, "熊猫真热")
    assert "days" not in trend


def test_dropped_trends_are_listed_with_their_reason() -> None:
    (trend,) = Api()("GET", "/api/trends/dropped", query={"code": "celebrity"}).json["trends"]
    assert trend["verdict"] == {"drop": "celebrity", "because": ["粉丝"]}
    assert Api()("GET", "/api/trends/dropped", query={"code": "nonsense"}).status == 400
    report = Api()("GET", "/api/trends/report").json
    assert (report["commercial"], report["dropped"], report["sensitive"]) == (1, 1, 0)
    assert report["dropped_for"][0]["name"]["zh"]


def test_the_calendar_asks_for_days_language_and_catalogue() -> None:
    api = Api()
    assert api("GET", "/api/calendar", query={"days": "30", "language": "en", "catalogue": "sample"}).json == {
        "today": "2026-09-01",
        "upcoming": [],
    }
    assert api.desk.calls[-1] == ("calendar", 30, "en", "sample")
    assert api("GET", "/api/calendar", query={"days": "1000"}).status == 400


def test_an_import_answers_with_upload_addresses() -> None:
    api = Api()
    file: dict[str, Any] = {"role": "main", "filename": "goods.csv.gz", "bytes": 10, "sha256": "a" * 64}
    body: dict[str, Any] = {"catalogue": "sample", "filename": "goods.csv.gz", "mapping": "fields: {}", "files": [file]}
    answer = api("POST", "/api/imports", body=body)
    assert answer.status == 201
    assert answer.json == {"import_id": "i-1", "uploads": [{"role": "main", "url": "https://bucket.example/put"}]}
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"catalogue": "No Good"}, "catalogue"),
        ({"files": []}, "files"),
        ({"files": [file | {"sha256": "short"}]}, "files.0.sha256"),
        ({"files": [file | {"bytes": 0}]}, "files.0.bytes"),
        ({"files": [file | {"role": "../../x"}]}, "files.0.role"),
        ({"mapping": ""}, "mapping"),
    ]
    for wrong, where in wrongs:
        answer = api("POST", "/api/imports", body=body | wrong)
        assert (answer.status, answer.json["where"]) == (400, where)


def test_a_schedule_is_made_listed_and_deleted() -> None:
    api = Api()
    body = {"name": "autumn", "sentence": SENTENCE, "at": "2026-09-20T09:00:00", "timezone": "Asia/Shanghai", "promotion": "2026-1212"}
    assert api("POST", "/api/schedules", body=body).status == 201
    listed = api("GET", "/api/schedules").json["schedules"]
    assert (listed[0]["request"]["sentence"], listed[0]["request"]["promotion"]) == (SENTENCE, "2026-1212")
    assert listed[0]["created_by"] == "operator@example.com"
    deleted = api("DELETE", "/api/schedules/autumn")
    assert (deleted.status, deleted.text) == (204, "")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"name": "a b"}, "name"),
        ({"at": "tomorrow"}, "at"),
        ({"at": None}, "body"),
        ({"cron": "0 9 * * ? *"}, "body"),
        ({"sentence": None}, "sentence"),
        ({"when": "now"}, "when"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_with_its_field(changes: dict[str, Any], where: str) -> None:
    body = {"name": "autumn", "sentence": SENTENCE, "at": "2026-09-20T09:00:00"} | changes
    answer = Api()("POST", "/api/schedules", body=body)
    assert (answer.status, answer.json["where"]) == (400, where)


@pytest.mark.parametrize("path", ["/api/venues/v-1", "/api/campaigns/c-1"])
def test_polling_is_cheap_while_nothing_changes(path: str) -> None:
    api = Api()
    first = api("GET", path)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Authorization"
    for brought in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = api("GET", path, headers={"If-None-Match": brought})
        assert (again.status, again.text, again.headers["etag"]) == (304, "", tag)
    api.desk.current = api.desk.current.model_copy(update={"status": "approved", "revision": 2})
    changed = api("GET", path, headers={"If-None-Match": tag})
    assert changed.status == 200
    assert changed.headers["etag"] != tag


def test_an_etag_does_not_get_a_stranger_past_the_guard() -> None:
    api = Api()
    tag = api("GET", "/api/venues/v-1").headers["etag"]
    assert api("GET", "/api/venues/v-1", role=None, headers={"If-None-Match": tag}).status == 401


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFoundError("no such venue", where="venue_id"), 404, "not_found"),
        (ConflictError("another version is staged", where="version_id", mend="look again"), 409, "conflict"),
        (PermanentError("not so", code="refused"), 422, "refused"),
        (TransientError("too many at once"), 503, "try_again"),
    ],
)
def test_errors_of_use_cases_become_problems(error: Exception, status: int, code: str) -> None:
    api = Api()
    api.desk.fails = error
    answer = api("POST", "/api/venues/v-1/approve", role="reviewer", body={"version_id": "ver-1"})
    assert (answer.status, answer.json["status"], answer.json["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["detail"] == str(error)
    assert (answer.headers.get("retry-after") is not None) == (status == 503)


def test_a_defect_becomes_a_500_that_tells_nothing_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    api = Api()
    api.desk.fails = RuntimeError("password is hunter2")
    answer = api("GET", "/api/venues")
    assert (answer.status, answer.json["code"]) == (500, "internal_error")
    assert "hunter2" not in answer.text
    assert answer.json["instance"] == "urn:huichang:request:req-1"
    logged = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(logged) == 1
    assert logged[0].exc_info is not None
    assert logged[0].exc_info[1] is api.desk.fails


def test_a_stored_record_that_does_not_validate_is_our_fault_not_the_callers() -> None:
    from huichang.venues.model import Venue

    api = Api()
    try:
        Venue.model_validate({})
    except ValueError as error:
        api.desk.fails = error
    assert api("GET", "/api/venues").status == 500


def test_answers_are_not_stored_and_carry_security_headers() -> None:
    api = Api()
    for answer in (api("GET", "/api/venues"), api("GET", "/api/venues", role=None), api("GET", "/nowhere")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "referrer-policy" in answer.headers


def test_a_preview_is_html_that_no_search_engine_keeps_and_that_counts_nothing() -> None:
    answer = Api()("GET", "/preview/some.token", role=None)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-robots-tag"].startswith("noindex, nofollow")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "connect-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "会场" in answer.text


def test_a_brief_is_corrected_by_operators_with_the_plan_they_saw() -> None:
    api = Api()
    campaign_id = api("POST", "/api/campaigns", role="operator", body={"sentence": "帮我生成一个熊猫玩偶会场"}).json["campaign_id"]
    path = f"/api/campaigns/{campaign_id}/brief"
    sent = {"brief": {"subjects": ["泰迪熊"], "window": {"start": "2026-10-01", "end": "2026-10-07"}}, "plan": 1}
    answer = api("PATCH", path, role="operator", body=sent)
    assert (answer.status, answer.json["plan"]) == (202, 2)
    name, subject, changes, actor, saw = api.desk.calls[-1]
    assert (name, subject, changes.model_fields_set) == ("edit_brief", campaign_id, {"subjects", "window"})
    assert changes.window.end.isoformat() == "2026-10-07"
    assert saw == 1
    assert actor.role == "operator"
    assert api("PATCH", path, role="operator", body=sent).status == 409
    assert api("PATCH", path, role="reviewer", body=sent).status == 403
    for wrong in ({"brief": {"venue": 3}}, {"brief": {"window": {"start": "2026-10-07", "end": "2026-10-01"}}}, {"subjects": []}, {}):
        assert api("PATCH", path, role="operator", body=wrong).status == 400


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"floors": []}, "plan_id"),
        ({"plan_id": "x", "floors": []}, "floors"),
        ({"plan_id": "x", "floors": [{"title": "t" * 81, "product_ids": []}]}, "floors.0.title"),
        ({"plan_id": "x", "floors": [{"title": "t", "product_ids": ["p"] * 501}]}, "floors.0.product_ids"),
        ({"plan_id": "x", "floors": [{"title": "t", "product_ids": [], "colour": "red"}]}, "floors.0.colour"),
    ],
)
def test_floors_that_are_no_floors_are_refused(body: Any, where: str) -> None:
    api = Api()
    answer = api("PUT", "/api/venues/v-1/floors", body=body)
    assert answer.status == 400
    assert where in answer.text
    assert api.desk.calls == []


def test_segments_are_set_for_a_venue_and_a_campaign_and_each_page_has_a_preview() -> None:
    api = Api()
    assert api("GET", "/api/venues/v-1/segments").json["on"] == ["bulk"]
    assert api("PUT", "/api/venues/v-1/segments", body={"segments": None}).status == 200
    assert api("PUT", "/api/campaigns/c-1/segments", body={"segments": ["bulk", "value"]}).status == 200
    assert api.desk.calls == [("set_venue_segments", "v-1", None, OPERATOR), ("set_campaign_segments", "c-1", ("bulk", "value"), OPERATOR)]
    for wanted in ({"segments": ["nobody"]}, {"segments": ["../x"]}, {}, {"segments": "bulk"}):
        assert api("PUT", "/api/venues/v-1/segments", body=wanted).status == 400
    assert api("POST", "/api/venues/v-1/segments/bulk/preview").status == 200
    assert api("POST", "/api/venues/v-1/segments/nobody/preview").status == 404
