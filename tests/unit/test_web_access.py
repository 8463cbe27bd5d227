"""Who may do what: every route says so, and what it says is held."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from huichang.venues.model import Actor
from huichang.web.access import ADMIN, ANY_ROLE, DESIGNER, OPERATOR, PUBLIC, REVIEWER, Access
from huichang.web.app import build_resolver, endpoints_of
from huichang.web.exchange import json_answer
from huichang.web.routing import Endpoint, Routes
from tests.support.web_api import Api

REPOSITORY = Path(__file__).resolve().parents[2]
IN_OTHER_FUNCTIONS = {("GET", "/api/feed"), ("GET", "/api/beacon.js"), ("POST", "/api/beacons"), ("POST", "/api/orders")}


def a_path(endpoint: Endpoint) -> str:
    return re.sub(r"<\w+>", "v-1", endpoint.path)


def documented() -> dict[tuple[str, str], str]:
    """(method, path with <> for parameters) -> roles, from docs/api.md."""
    found = {}
    lines = (REPOSITORY / "docs/api.md").read_text(encoding="utf-8").splitlines()
    for line in (line for line in lines if line.startswith("| `")):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        for method, path in re.findall(r"`?(GET|POST|PUT|PATCH|DELETE) (/api/[^`? ]+)", cells[0]):
            found[method, re.sub(r"\{\w+\}", "<>", path)] = cells[1]
    return found


def test_every_route_of_the_resolver_is_a_guarded_endpoint() -> None:
    services = Api().services
    resolver = build_resolver(services)
    registered = resolver._static_routes + resolver._dynamic_routes
    declared = {(endpoint.method, endpoint.path) for endpoint in endpoints_of(services)}
    assert {(route.method, route.path) for route in registered} == declared
    assert len(registered) == len(declared)
    for route in registered:
        endpoint = vars(route.func)["endpoint"]  # only app.guarded() puts it there
        assert endpoint.access.public or endpoint.access.roles, f"{route.method} {route.path} says nothing"


def test_only_config_and_preview_are_public() -> None:
    public = {(e.method, e.path) for e in endpoints_of(Api().services) if e.access.public}
    assert public == {("GET", "/api/config"), ("GET", "/preview/<token>")}


def test_a_route_cannot_be_declared_without_saying_who_may_use_it() -> None:
    def handle(request: object, actor: Actor) -> object:
        return json_answer({})

    with pytest.raises(TypeError):
        Routes().on("GET", "/api/secret")  # type: ignore[call-arg]
    for nothing in (Access(), Access(public=True, roles=("operator",))):
        with pytest.raises(ValueError, match="either public or name the roles"):
            Routes().on("GET", "/api/secret", nothing)(handle)  # type: ignore[arg-type]


def test_routes_and_roles_are_those_of_the_documentation() -> None:
    words = {"public": PUBLIC, "any role": ANY_ROLE, "operator": OPERATOR, "reviewer": REVIEWER, "designer": DESIGNER, "admin": ADMIN}
    words["admin or operator"] = Access(roles=("admin", "operator"))  # who is both acts as admin
    written = {key: words[roles] for key, roles in documented().items() if key not in IN_OTHER_FUNCTIONS}
    built = {
        (endpoint.method, re.sub(r"<\w+>", "<>", endpoint.path)): endpoint.access
        for endpoint in endpoints_of(Api().services)
        if endpoint.path.startswith("/api/")
    }
    assert built == written


@pytest.mark.parametrize("endpoint", endpoints_of(Api().services), ids=lambda e: f"{e.method} {e.path}")
@pytest.mark.parametrize("role", ["operator", "reviewer", "designer", "admin", "superuser", None])
def test_each_role_reaches_exactly_what_it_may(endpoint: Endpoint, role: str | None) -> None:
    api = Api()
    body: dict[str, str] | None = {} if endpoint.method in ("POST", "PUT") else None
    answer = api(endpoint.method, a_path(endpoint), role=role, body=body)
    if endpoint.access.public:
        assert answer.status == 200
    elif role is None:
        assert (answer.status, answer.json["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    elif role == "admin" or role in endpoint.access.roles:
        # The real use cases, and no campaign or template of that name.
        nothing_there = endpoint.path in (
            "/api/campaigns/<campaign_id>/budget",
            "/api/templates/<template_id>/preview",
            "/api/templates/<template_id>/venues",
            "/api/placements/<name>",
            "/api/placements/<name>/venues",
        )
        assert answer.status in (200, 201, 202, 204, 400, *([404] if nothing_there else [])), answer.text
    else:
        assert (answer.status, answer.json["code"]) == (403, "forbidden")
    if answer.status in (401, 403):
        assert api.desk.calls == []
        assert api.campaigns.records == {}


def test_the_body_is_not_even_read_before_the_role_is_known() -> None:
    answer = Api()("POST", "/api/campaigns", role="designer", raw="{not json")
    assert answer.status == 403


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic b3BlcmF0b3I6eA==", "eyJhbGciOi", "bearer\tx"])
def test_an_authorization_that_is_no_bearer_token_is_401(header: str) -> None:
    answer = Api()("GET", "/api/venues", role=None, headers={"authorization": header})
    assert answer.status == 401


def test_the_header_name_and_scheme_may_be_written_in_any_case() -> None:
    from tests.support.web_api import token

    answer = Api()("GET", "/api/venues", role=None, headers={"Authorization": f"bearer {token('designer')}"})
    assert answer.status == 200


def test_the_actor_is_who_the_token_says_and_acts_in_the_role_that_let_them_in() -> None:
    api = Api()
    body = {"version_id": "ver-1", "note": "looks right"}
    assert api("POST", "/api/venues/v-1/approve", role="reviewer", body=body).status == 202
    assert api("POST", "/api/venues/v-1/approve", role="admin", body=body).status == 202
    actors = [call[3] for call in api.desk.calls]
    assert actors == [
        Actor(name="reviewer@example.com", role="reviewer"),
        Actor(name="admin@example.com", role="admin"),
    ]
