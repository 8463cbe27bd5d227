"""A request as the routes see it, and an answer as API Gateway wants it (HTTP API, payload format 2.0).

Knows no framework: the buyers' small functions use it directly, the operators' API through powertools (app.py).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from huichang.kernel.errors import HuichangError, InvalidInputError
from huichang.kernel.ids import canonical_json, content_hash
from huichang.kernel.model import Model
from huichang.observability import logger
from huichang.web.problems import (
    CONTENT_TYPE,
    FieldsError,
    TooLargeError,
    UnsupportedMediaError,
    headers_of,
    problem_of,
)

Body = TypeVar("Body", bound=BaseModel)
Value = TypeVar("Value")

MAX_BODY_BYTES = 256 * 1024
JSON = "application/json"

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000",
}


@dataclass(frozen=True)
class Request:
    """One HTTP request. Header names are lower case; `path_parameters` come from the route's pattern."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw_body: bytes
    request_id: str
    path_parameters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, event: Mapping[str, Any], path_parameters: Mapping[str, str] | None = None) -> Request:
        """Read a payload 2.0 event. Raises TooLargeError over 256 KB, InvalidInputError for broken base64."""
        context = event.get("requestContext") or {}
        http = context.get("http") or {}
        return cls(
            method=str(http.get("method", "GET")).upper(),
            path=str(event.get("rawPath", "/")),
            query=dict(event.get("queryStringParameters") or {}),
            headers={name.lower(): str(value) for name, value in (event.get("headers") or {}).items()},
            raw_body=_body_of(event),
            request_id=str(context.get("requestId", "")),
            path_parameters=dict(path_parameters or {}),
        )

    def __getitem__(self, name: str) -> str:
        """A path parameter."""
        return self.path_parameters[name]

    def header(self, name: str) -> str:
        """A header's value, "" where it was not sent."""
        return self.headers.get(name.lower(), "")

    def body(self, kind: type[Body], content_types: tuple[str, ...] = (JSON,)) -> Body:
        """The JSON body as a model; UnsupportedMediaError (415), or InvalidInputError (400) naming every field."""
        if not self.raw_body.strip():
            raise InvalidInputError(
                "the request has no body", where="body", mend="send a JSON object; see docs/api.md", code="body_missing"
            )
        sent = self.header("content-type").partition(";")[0].strip().lower()
        if sent not in content_types:
            raise UnsupportedMediaError(
                f"the body is sent as {sent or 'nothing'}", where="content-type", mend=f"send it as {content_types[0]}"
            )
        try:
            return kind.model_validate_json(self.raw_body)
        except ValidationError as error:
            raise FieldsError.of(error) from error

    def asked(self, name: str, kind: TypeAdapter[Value], default: Value) -> Value:
        """A query parameter, parsed; the default where it is missing or empty. Raises InvalidInputError naming it."""
        text = self.query.get(name, "").strip()
        if not text:
            return default
        try:
            return kind.validate_strings(text)
        except ValidationError as error:
            message = error.errors(include_url=False, include_input=False)[0]["msg"]
            raise InvalidInputError(
                f"{name}: {message}",
                where=name,
                mend="correct the query parameter; see docs/api.md",
                code="invalid_query",
            ) from error


@dataclass(frozen=True)
class Answer:
    """Status, body (text) and headers of an answer."""

    status: int
    body: str = ""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(body: Model | dict[str, Any], status: int = 200) -> Answer:
    """A model, or a dict that may hold models, as JSON. Nobody may store it: it is true now and for this caller."""
    return Answer(status=status, body=_json(body), headers={"Cache-Control": "no-store"})


def tagged_answer(request: Request, body: Model | dict[str, Any]) -> Answer:
    """JSON with an ETag: a poll that brings the tag back gets 304 and no body.

    `private, no-cache`, not `no-store`: a browser may keep it for this caller, must ask each time, and polls cheaply.
    """
    text = _json(body)
    tag = f'"{content_hash(text)[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    # A proxy that compresses makes the tag a weak one; for a poll that is the same thing.
    brought = {part.strip().removeprefix("W/") for part in request.header("if-none-match").split(",")}
    if tag in brought or "*" in brought:
        return Answer(status=304, headers=headers)
    return Answer(status=200, body=text, headers=headers)


def problem_answer(error: Exception, instance: str) -> Answer:
    """The problem+json of an error; what is not ours is logged with its trace and told without it."""
    if isinstance(error, HuichangError):
        logger.info("refused", extra={"code": error.code, "status": error.status, "where": error.where})
    else:
        logger.error("unexpected error in an HTTP request", exc_info=error)
    problem = problem_of(error, instance)
    return Answer(
        status=problem.status,
        body=problem.model_dump_json(),
        content_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store"} | headers_of(error),
    )


def instance_of(event: Mapping[str, Any]) -> str:
    """What `instance` says in a problem: the request's id, which is also in the logs."""
    return f"urn:huichang:request:{(event.get('requestContext') or {}).get('requestId', '')}"


def as_proxy(answer: Answer) -> dict[str, Any]:
    """The dict API Gateway wants."""
    return {
        "statusCode": answer.status,
        "headers": SECURITY_HEADERS | {"Content-Type": answer.content_type} | dict(answer.headers),
        "body": answer.body,
        "isBase64Encoded": False,
    }


def answering(route: Callable[[Request], Answer]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function with one route and no framework: event in, proxy answer out, every error as a problem."""

    def handle(event: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return as_proxy(route(Request.of(event)))
        except Exception as error:  # noqa: BLE001 - the edge: every error becomes an answer, and the unexpected is logged
            return as_proxy(problem_answer(error, instance_of(event)))

    return handle


def _body_of(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    try:
        data = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode("utf-8", "surrogatepass")
    except binascii.Error as error:
        raise InvalidInputError("the body is not valid base64", where="body", mend="send JSON in UTF-8") from error
    if len(data) > MAX_BODY_BYTES:
        raise TooLargeError(
            f"the body has {len(data)} bytes; at most {MAX_BODY_BYTES} are allowed",
            where="body",
            mend="send less at once; files are uploaded to the addresses that POST /api/imports returns",
        )
    return data


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def printable(text: str, name: str, limit: int) -> str:
    """A short header or parameter without control characters. Raises InvalidInputError."""
    if len(text) > limit or _CONTROL.search(text):
        raise InvalidInputError(f"{name} must be at most {limit} printable characters", where=name, mend="use a shorter, plain value")
    return text


def _json(body: Model | dict[str, Any]) -> str:
    plain = body if isinstance(body, Model) else TypeAdapter(dict[str, Any]).dump_python(body, mode="json")
    return plain.model_dump_json() if isinstance(plain, Model) else canonical_json(plain)
