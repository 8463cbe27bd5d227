"""HTTP API: routes from an OpenAPI body.

AWS: `AWS::ApiGatewayV2::Api` with a `Body` (what SAM's HttpApi becomes) imports routes, integrations, authorizers and
CORS from it. The emulator ignores `Body`: the API has no routes and answers 404. AWS answers 500 `Internal Server
Error` when the function fails and 503 `Service Unavailable` after 30 s; the emulator shows the function's stack trace
with a 502, and waits for as long as the function does.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import apigateway as api
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners as pv

from infra.local.fixes.guard import replace

EXPECTED = {
    "services.cloudformation.provisioners:_apigw_v2_api_create": "0002e18b4198",
    "services.cloudformation.provisioners:_apigw_v2_api_update": "d12d60c12ed7",
    "services.apigateway:_match_route": "c47ed1dc647e",
    "services.apigateway:_handle_execute_in_scope": "aa60b8b0dfaa",
    "services.apigateway:_invoke_lambda_proxy": "fbe5024fcd36",
    "services.apigateway:_extract_lambda_ref_from_integration_uri": "9454805a7592",
    "services.apigateway:_validate_jwt_authorizer": "b29aa12ec1dc",
    "services.lambda_svc:lambda_execute_result_to_api_proxy_response": "36f0ed215e85",
}

_original_proxy = api._invoke_lambda_proxy
_original_convert = lambda_svc.lambda_execute_result_to_api_proxy_response
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "x-amazon-apigateway-any-method")


def install() -> None:
    """Apply the fix."""
    handlers = pv._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    create, update = handlers["create"], handlers["update"]
    if create is not pv._apigw_v2_api_create or update is not pv._apigw_v2_api_update:
        raise RuntimeError("the provisioner table no longer holds the functions that the guard checked")

    def create_with_body(logical_id: str, props: dict[str, Any], stack: str) -> Any:
        result = create(logical_id, props, stack)
        import_body(result[0], props.get("Body"))
        return result

    def update_with_body(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str | None = None) -> Any:
        result = update(physical_id, old, new, stack, logical_id)
        import_body(result[0], new.get("Body"))
        return result

    handlers["create"], handlers["update"] = create_with_body, update_with_body
    replace("services.lambda_svc:lambda_execute_result_to_api_proxy_response", convert)
    replace("services.apigateway:_invoke_lambda_proxy", invoke_in_time)


def convert(result: dict[str, Any]) -> Any:
    """A function's answer as an HTTP response; its errors stay inside."""
    if result.get("error"):
        return _message(500, "Internal Server Error"), None
    return _original_convert(result)


async def invoke_in_time(integration: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
    """Invoke the function, but answer after the integration's timeout whether it has ended or not."""
    call = asyncio.ensure_future(_original_proxy(integration, *args, **kwargs))
    seconds = int(integration.get("timeoutInMillis", 30_000)) / 1000
    done, _ = await asyncio.wait({call}, timeout=seconds)
    if done:
        return call.result()
    late = _message(503, "Service Unavailable")
    return late["statusCode"], late["headers"], late["body"].encode()


def _message(status: int, text: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps({"message": text})}


def import_body(api_id: str, body: Any) -> None:
    """Replace the API's routes, integrations and authorizers by those of an OpenAPI document."""
    if not isinstance(body, dict):
        return
    title = (body.get("info") or {}).get("title")
    if title and title != "AWS":
        api._apis[api_id]["name"] = title
    if body.get("x-amazon-apigateway-cors"):
        api._apis[api_id]["corsConfiguration"] = body["x-amazon-apigateway-cors"]
    authorizers = _authorizers(api_id, body)
    routes: dict[str, Any] = {}
    integrations: dict[str, Any] = {}
    for path, operations in (body.get("paths") or {}).items():
        for method, operation in operations.items():
            if method.lower() not in _METHODS or not operation:
                continue
            integration = operation.get("x-amazon-apigateway-integration")
            if not integration:
                continue
            integration_id, route_id = new_uuid()[:7], new_uuid()[:7]
            integrations[integration_id] = _integration(integration_id, integration)
            routes[route_id] = {
                "routeId": route_id,
                "routeKey": _route_key(path, method),
                "target": f"integrations/{integration_id}",
                "apiKeyRequired": False,
                **_authorization(operation.get("security", body.get("security")), authorizers),
            }
    api._routes[api_id] = routes
    api._integrations[api_id] = integrations


def _route_key(path: str, method: str) -> str:
    if path == "/$default":
        return "$default"
    verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
    return f"{verb} {path}"


def _integration(integration_id: str, source: dict[str, Any]) -> dict[str, Any]:
    uri = source.get("uri", "")
    found = re.search(r"/functions/(.+)/invocations$", uri) if isinstance(uri, str) else None
    return {
        "integrationId": integration_id,
        "integrationType": str(source.get("type", "aws_proxy")).upper(),
        "integrationMethod": source.get("httpMethod", "POST"),
        "integrationUri": found.group(1) if found else uri,
        "payloadFormatVersion": str(source.get("payloadFormatVersion", "2.0")),
        "timeoutInMillis": int(source.get("timeoutInMillis", 30_000)),
        "connectionType": "INTERNET",
    }


def _authorizers(api_id: str, body: dict[str, Any]) -> dict[str, str]:
    """Create the JWT authorizers of securitySchemes. Returns scheme name -> authorizer id."""
    named: dict[str, str] = {}
    store: dict[str, Any] = {}
    for name, scheme in ((body.get("components") or {}).get("securitySchemes") or {}).items():
        source = scheme.get("x-amazon-apigateway-authorizer") or {}
        if source.get("type") != "jwt":
            continue
        identity = source.get("identitySource", "$request.header.Authorization")
        authorizer_id = new_uuid()[:6]
        named[name] = authorizer_id
        store[authorizer_id] = {
            "authorizerId": authorizer_id,
            "authorizerType": "JWT",
            "name": name,
            "identitySource": identity if isinstance(identity, list) else [identity],
            "jwtConfiguration": source.get("jwtConfiguration") or {},
        }
    api._authorizers[api_id] = store
    return named


def _authorization(security: Any, authorizers: dict[str, str]) -> dict[str, Any]:
    for requirement in security or []:
        for name, scopes in requirement.items():
            if name in authorizers:
                return {
                    "authorizationType": "JWT",
                    "authorizerId": authorizers[name],
                    "authorizationScopes": list(scopes or []),
                }
    return {"authorizationType": "NONE"}
