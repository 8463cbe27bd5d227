"""The operators' API: powertools routes, we decide who may pass, and every error is a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError

from huichang.kernel.errors import HuichangError, NotFoundError
from huichang.observability import logger
from huichang.venues.model import Actor
from huichang.web import (
    audit,
    budgets,
    campaigns,
    constraints,
    editor,
    floors,
    imports,
    living,
    merchandising,
    offers,
    pace,
    policy,
    proof,
    public,
    releases,
    results,
    schedules,
    segments,
    templates,
    trends,
    venues,
)
from huichang.web.access import NOBODY, Access, TokenVerifier, bearer
from huichang.web.exchange import SECURITY_HEADERS, Answer, Request, instance_of, problem_answer
from huichang.web.problems import MethodNotAllowedError
from huichang.web.routing import Endpoint
from huichang.web.services import Services

LambdaHandler = Callable[[dict[str, Any], Any], dict[str, Any]]
SUBJECTS = (
    public,
    campaigns,
    releases,
    budgets,
    venues,
    results,
    pace,
    merchandising,
    floors,
    editor,
    imports,
    offers,
    trends,
    schedules,
    policy,
    constraints,
    living,
    audit,
    templates,
    segments,
    proof,
)


def endpoints_of(services: Services) -> list[Endpoint]:
    """Every route of the API."""
    return [endpoint for subject in SUBJECTS for endpoint in subject.routes(services).endpoints]


def build_resolver(services: Services) -> APIGatewayHttpResolver:
    """The resolver with all routes, each behind its guard."""
    resolver = APIGatewayHttpResolver()
    for endpoint in endpoints_of(services):
        resolver.route(endpoint.path, endpoint.method)(guarded(endpoint, services.verifier, resolver))

    def no_route(_: NoRouteError) -> Response[str]:
        event = resolver.current_event
        error = _unrouted(resolver, event.http_method, event.path)
        return _response(problem_answer(error, instance_of(event.raw_event)))

    def failed(error: Exception) -> Response[str]:
        return _response(problem_answer(error, instance_of(resolver.current_event.raw_event)))

    resolver.not_found(no_route)
    resolver.exception_handler(Exception)(failed)
    return resolver


def build_app(services: Services) -> LambdaHandler:
    """The handler of functions/serve_api: an HTTP API event (payload 2.0) in, a proxy answer out. It never raises."""
    resolver = build_resolver(services)

    def app(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return resolver.resolve(event, context)

    return app


def guarded(endpoint: Endpoint, verifier: TokenVerifier, resolver: APIGatewayHttpResolver) -> Callable[..., Response[str]]:
    """The function powertools calls: authenticate, authorize, and only then read the body and act."""

    def call(**path_parameters: str) -> Response[str]:
        event = resolver.current_event.raw_event
        actor = NOBODY if endpoint.access.public else _admitted(endpoint.access, verifier, event)
        logger.append_keys(**{name: value for name, value in path_parameters.items() if name.endswith("_id")})
        return _response(endpoint.handle(Request.of(event, path_parameters), actor))

    call.endpoint = endpoint  # type: ignore[attr-defined]
    return call


def _admitted(access: Access, verifier: TokenVerifier, event: Mapping[str, Any]) -> Actor:
    headers = {name.lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    identity = verifier.verify(bearer(headers.get("authorization", "")))
    logger.append_keys(subject=identity.subject)
    return access.admit(identity)


def _unrouted(resolver: APIGatewayHttpResolver, method: str, path: str) -> HuichangError:
    routes = resolver._static_routes + resolver._dynamic_routes
    allowed = tuple(sorted({route.method for route in routes if route.rule.match(path)} - {method.upper()}))
    if allowed:
        return MethodNotAllowedError(method, path, allowed)
    return NotFoundError(f"there is nothing at {path}", where="path", mend="see docs/api.md", code="no_route")


def _response(answer: Answer) -> Response[str]:
    headers = SECURITY_HEADERS | dict(answer.headers)
    return Response(answer.status, content_type=answer.content_type, body=answer.body, headers=headers)
